"""Journeys meet the real parts: PostgreSQL, Redis, Celery workers and beat as processes, a shop over HTTP."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import redis
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from ecomsync.demo.company import create_site
from ecomsync.demo.processes import SandboxControl
from ecomsync.demo.story import Demo
from sandbox.woocommerce import WooShop


@dataclass
class Workers:
    """A Celery worker and beat on the test database, killed and started again at will."""

    environment: dict[str, str]
    folder: Path
    _children: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self) -> None:
        log = (self.folder / "workers.log").open("ab")
        worker = [
            "worker",
            "--pool",
            "threads",
            "--concurrency",
            "4",
            "--loglevel",
            "WARNING",
            "--without-mingle",
        ]
        beat = ["beat", "--loglevel", "WARNING", "--schedule", str(self.folder / "beat-schedule")]
        for arguments in (worker, [*beat, "--max-interval", "1"]):
            self._children.append(
                subprocess.Popen(
                    [sys.executable, "-m", "celery", "-A", "ecomsync", *arguments],
                    cwd=settings.BASE_DIR,
                    env={**os.environ, **self.environment},
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            )

    def kill(self) -> None:
        """SIGKILL: nobody gets to tidy up."""
        for child in self._children:
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
        self._children.clear()

    def stop(self) -> None:
        for child in self._children:
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGTERM)
        for child in self._children:
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
        self._children.clear()


def database_url() -> str:
    """Address of the database that this test uses, for processes of its own."""
    found = connection.settings_dict
    user = found["USER"] + (f":{found['PASSWORD']}" if found["PASSWORD"] else "")
    return f"postgresql://{user}@{found['HOST']}:{found['PORT']}/{found['NAME']}"


@pytest.fixture
def workers(transactional_db: None, tmp_path: Path) -> Iterator[Workers]:
    number = int("".join(filter(str.isdigit, os.environ.get("PYTEST_XDIST_WORKER", "gw0"))) or 0)
    server = os.environ["REDIS_URL"].rsplit("/", 1)[0]
    broker, cache = f"{server}/{2 + 2 * number}", f"{server}/{3 + 2 * number}"
    for address in (broker, cache):
        with redis.Redis.from_url(address) as client:
            client.flushdb()
    found = Workers(
        {
            "DATABASE_URL": database_url(),
            "REDIS_URL": cache,
            "BROKER_URL": broker,
            "SECRET_KEY": settings.SECRET_KEY,
            "FIELD_ENCRYPTION_KEYS": ",".join(settings.FIELD_ENCRYPTION_KEYS),
            "ALLOW_PRIVATE_ADDRESSES": "true",
            "VAR_DIR": str(tmp_path),
            "INVENTORY_SYNC_INTERVAL": "2",
            "PRICE_SYNC_INTERVAL": "2",
        },
        tmp_path,
    )
    yield found
    found.stop()


@pytest.fixture
def shop() -> Iterator[WooShop]:
    with WooShop(seed="demo", items=120, orders=60) as running:
        yield running


@pytest.fixture
def demo(transactional_db: None, shop: WooShop) -> Demo:
    """The demo company with its site, on the shop of this test."""
    call_command("load_demo_company", verbosity=0)
    control = SandboxControl(shop.url)
    return Demo(create_site(control), control)


@pytest.fixture
def soon() -> Callable[[Callable[[], Any], float], None]:
    """Wait for a condition, or fail after some seconds."""

    def wait(condition: Callable[[], Any], seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"still not so after {seconds:.0f} s"
            time.sleep(0.1)

    return wait
