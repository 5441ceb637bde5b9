"""`manage.py up` as a user starts it: a process of its own, on a folder of its own."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.management.base import CommandError

from ecomsync.management.commands.up import parse_address
from tests.servers import free_port

pytestmark = [pytest.mark.worker, pytest.mark.timeout(150)]

QUEUED = """
from activity.models import Run
print(Run.objects.create(site_code="GONE", action="read_sales").pk)
"""


class Installation:
    """A folder and the processes started on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.started: list[subprocess.Popen[bytes]] = []

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.endswith("_URL")}
        return {**kept, "VAR_DIR": str(self.folder), "LEASE_SECONDS": "3"}

    def manage(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=django_settings.BASE_DIR,
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def up(self) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "manage.py", "up", f"127.0.0.1:{self.port}"],
                cwd=django_settings.BASE_DIR,
                env=self.environment,
                stdout=log,
                stderr=log,
            )
        self.started.append(process)
        self.wait_for(lambda: self.get("/readyz") is not None, "the web server", process)
        return process

    def get(self, path: str) -> dict[str, Any] | None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                found: dict[str, Any] = json.loads(answer.read())
                return found
        except (OSError, urllib.error.URLError):
            return None

    def row(self, sql: str, *values: Any) -> Any:
        with closing(sqlite3.connect(self.folder / "ecomsync.sqlite3", timeout=10)) as database:
            return (database.execute(sql, values).fetchone() or (None,))[0]

    def wait_for(
        self, what: Callable[[], bool], name: str, process: subprocess.Popen[bytes], seconds: float = 60
    ) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if what():
                return
            assert process.poll() is None, (self.folder / "log").read_text()[-2000:]
            time.sleep(0.1)
        pytest.fail(f"{name} did not come: {(self.folder / 'log').read_text()[-2000:]}")

    def queue_run(self) -> int:
        return int(self.manage("shell", "-v0", "-c", QUEUED).stdout.strip().splitlines()[-1])

    def run_is_over(self, number: int) -> bool:
        return bool(self.row("SELECT state FROM activity_run WHERE id = ?", number) == "failed")


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    made = Installation(tmp_path)
    yield made
    for process in made.started:
        if process.poll() is None:
            process.kill()
            process.wait(10)


def test_one_command_serves_works_stops_and_starts_again(installation: Installation) -> None:
    process = installation.up()

    # Beat ticks, the worker works: a queued run is carried out (and fails, since its site is gone).
    number = installation.queue_run()
    installation.wait_for(lambda: installation.run_is_over(number), "the run", process)
    installation.wait_for(lambda: installation.get("/readyz") == whole(), "the heartbeat", process)

    # A second one on the same folder, or on the same port, is told so.
    second = installation.manage("up", f"127.0.0.1:{free_port()}")
    assert second.returncode == 1
    assert f"ecomsync already runs on {installation.folder} (process {process.pid})" in second.stderr
    elsewhere = installation.manage(
        "up", f"127.0.0.1:{installation.port}", VAR_DIR=f"{installation.folder}/b"
    )
    assert elsewhere.returncode == 1
    assert f"Port {installation.port} of 127.0.0.1 is in use" in elsewhere.stderr
    assert "Traceback" not in second.stderr + elsewhere.stderr

    # kill -9 loses nothing: the next start on the same folder carries on.
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    late = installation.queue_run()
    again = installation.up()
    installation.wait_for(lambda: installation.run_is_over(late), "the run queued meanwhile", again)
    assert installation.run_is_over(number)
    assert installation.row("PRAGMA integrity_check") == "ok"

    # SIGTERM is a clean end, soon.
    began = time.monotonic()
    again.send_signal(signal.SIGTERM)
    assert again.wait(20) == 0
    assert time.monotonic() - began < 12
    assert installation.get("/healthz") is None
    assert "Traceback" not in (installation.folder / "log").read_text()


def whole() -> dict[str, str]:
    return {"status": "ok", "database": "ok", "broker": "ok", "cache": "ok", "beat": "ok"}


@pytest.mark.parametrize("variable", ["BROKER_URL", "REDIS_URL"])
def test_up_is_refused_when_a_broker_is_named(installation: Installation, variable: str) -> None:
    result = installation.manage("up", **{variable: "redis://127.0.0.1:1/0"})

    assert result.returncode == 1
    assert "BROKER_URL names a broker" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("address", ["8000", "host", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:70000", ":80"])
def test_up_names_a_bad_address(address: str) -> None:
    with pytest.raises(CommandError, match=f"'{address}' is not host:port"):
        parse_address(address)


def test_address_of_ipv6_is_read() -> None:
    assert parse_address("[::1]:8000") == ("::1", 8000)


def test_up_names_an_address_of_another_machine(installation: Installation) -> None:
    result = installation.manage("up", "192.0.2.1:8000")

    assert "Nothing can listen on 192.0.2.1:8000: Cannot assign requested address" in result.stderr


def test_importing_the_package_reads_no_settings_yet() -> None:
    """The demo prepares the environment that they are read from after it was imported."""
    code = (
        "import ecomsync.demo.__main__; from django.conf import settings; assert not settings.configured;"
        "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'ecomsync.settings';"
        "import django; django.setup(); from ecomsync.celery import app;"
        "assert 'orders.tasks.push_outbox' in app.conf.beat_schedule"
    )
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        cwd=django_settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
