"""The production shape for real: what docker-compose.yml and the Dockerfile say is started, checked, used and stopped."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import redis
import requests
from django.conf import settings
from django.urls import reverse

from activity.models import Run
from orders.models import Order
from sandbox.woocommerce import WooShop
from sites.models import Site
from tests.compose_file import read_compose
from tests.journeys.conftest import database_url
from tests.orders.factories import make_item, make_shop_site
from tests.servers import free_port
from webhooks.models import WebhookEvent

pytestmark = [pytest.mark.worker, pytest.mark.postgres, pytest.mark.redis, pytest.mark.timeout(180)]

ROOT = Path(settings.BASE_DIR)
SERVICES = ("web", "worker", "beat", "flower")
PASSWORD = "a long test password"
CREATE_LOGIN = (
    "python",
    "manage.py",
    "createsuperuser",
    "--noinput",
    "--username=staff",
    "--email=s@example.com",
)


@dataclass
class Installation:
    """The services of the file as processes of this machine: its host names, ports and folders translated."""

    compose: dict[str, Any]
    translation: dict[str, str]
    environment: dict[str, str]
    url: str
    log: Path
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def here(self, text: str) -> str:
        for theirs, ours in self.translation.items():
            text = text.replace(theirs, ours)
        return text

    def command(self, service: str) -> list[str]:
        words = self.compose["services"][service].get("command") or image_command()
        return [self.here(word) for word in words]

    def start(self, service: str) -> None:
        self.processes[service] = subprocess.Popen(
            self.command(service),
            cwd=ROOT,
            env=self.environment,
            stdout=self.log.open("ab"),
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def run_once(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """`docker compose exec web …`."""
        return subprocess.run(
            words,
            cwd=ROOT,
            env={**self.environment, **variables},
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )

    def wait_until_healthy(self, service: str, seconds: float) -> str:
        """Runs the service's health check until it passes. Returns "", or what it said last."""
        test = self.compose["services"][service]["healthcheck"]["test"]
        words = ["sh", "-c", test[1]] if test[0] == "CMD-SHELL" else list(test[1:])
        deadline = time.monotonic() + seconds
        while True:
            done = subprocess.run(
                [self.here(word) for word in words],
                cwd=ROOT,
                env=self.environment,
                capture_output=True,
                text=True,
                timeout=30,
                check=False,
            )
            if done.returncode == 0:
                return ""
            if time.monotonic() > deadline or self.processes[service].poll() is not None:
                return f"{service}: {done.stdout}{done.stderr}"
            time.sleep(0.3)

    def stop(self, seconds: float = 20) -> dict[str, int | None]:
        """SIGTERM, as `docker stop` sends it to the first process of a container. None: it had to be killed."""
        for process in self.processes.values():
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        ended: dict[str, int | None] = {}
        for service, process in self.processes.items():
            try:
                ended[service] = process.wait(seconds)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                ended[service] = None
        self.processes.clear()
        return ended


def image_command() -> list[str]:
    """The CMD of the Dockerfile."""
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", "")
    return re.findall(r'"([^"]+)"', text[text.rindex("CMD [") :])


@pytest.fixture
def installation(transactional_db: None, tmp_path: Path) -> Iterator[Installation]:
    number = int("".join(filter(str.isdigit, os.environ.get("PYTEST_XDIST_WORKER", "gw0"))) or 0)
    server = os.environ["REDIS_URL"].rsplit("/", 1)[0]
    cache, broker = f"{server}/{2 + 2 * number}", f"{server}/{3 + 2 * number}"
    for address in (cache, broker):
        with redis.Redis.from_url(address) as client:
            client.flushdb()
    web, flower = free_port(), free_port()
    # what staff put into .env
    dotenv = {
        "POSTGRES_PASSWORD": "unused-here",
        "SECRET_KEY": settings.SECRET_KEY,
        "FIELD_ENCRYPTION_KEYS": ",".join(settings.FIELD_ENCRYPTION_KEYS),
        "FLOWER_AUTH": "flower:secret",
        "BASE_URL": f"http://127.0.0.1:{web}",
        "ALLOW_PRIVATE_ADDRESSES": "true",  # the shop of this test is on this machine
    }
    compose = read_compose(ROOT / "docker-compose.yml", dotenv)
    translation = {
        "postgresql://ecomsync:unused-here@postgres:5432/ecomsync": database_url(),
        "redis://redis:6379/0": cache,
        "redis://redis:6379/1": broker,
        "0.0.0.0:8000": f"127.0.0.1:{web}",
        "127.0.0.1:8000": f"127.0.0.1:{web}",
        "--address=0.0.0.0": "--address=127.0.0.1",
        "5555": str(flower),
        "/tmp/beat-schedule": str(tmp_path / "beat-schedule"),
        "/data": str(tmp_path),
        "/app/static": str(tmp_path / "static"),
    }
    found = Installation(compose, translation, {}, f"http://127.0.0.1:{web}", tmp_path / "processes.log")
    # nothing of this process's environment but where programs are: the file must say all the rest
    found.environment = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOSTNAME": socket.gethostname(),
        "HOME": str(tmp_path),
        **dotenv,
        **{name: found.here(value) for name, value in compose["services"]["web"]["environment"].items()},
    }
    yield found
    found.stop(5)


@pytest.fixture
def shop() -> Iterator[WooShop]:
    with WooShop(webhook_delay=0) as running:
        running.add_product(sku="MUG", regular_price="50.00", stock_quantity=20)
        yield running


@pytest.fixture
def site(transactional_db: None, shop: WooShop) -> Site:
    """Orders come only when Read Sales is pressed or a webhook tells of them: nothing is polled."""
    make_item("MUG", stock=100)
    return make_shop_site(
        url=shop.url,
        username=shop.key,
        password=shop.secret,
        currency=shop.options.currency,
        read_orders_from_date=datetime(2020, 1, 1, tzinfo=UTC),
        webhook_integration_enabled=True,
        orders_interval=0,
    )


class Staff:
    """Somebody with a browser, signed in at the web service."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.session = requests.Session()
        self.session.trust_env = False
        page = self.session.get(f"{url}{reverse('admin:login')}", timeout=10)
        assert page.status_code == 200
        answer = self.post(reverse("admin:login"), username="staff", password=PASSWORD, next="/admin/")
        assert answer.status_code == 302, answer.text[:500]

    def post(self, path: str, **data: str) -> requests.Response:
        token = self.session.cookies.get("csrftoken", "")
        return self.session.post(
            f"{self.url}{path}",
            data={**data, "csrfmiddlewaretoken": token},
            headers={"Referer": f"{self.url}{path}"},
            allow_redirects=False,
            timeout=10,
        )

    def press(self, site: Site, action: str) -> Run:
        answer = self.post(reverse("admin:ecomsites_site_action", args=[site.pk, action]))
        assert answer.status_code == 302, answer.text[:500]
        run = Run.objects.get(action=action)
        assert answer.headers["Location"] == run.get_absolute_url()
        return run


def wait_for(condition: Callable[[], Any], what: str, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"no {what} after {seconds:.0f} s"
        time.sleep(0.1)


def has_documents(order: dict[str, Any]) -> bool:
    return Order.objects.filter(remote_id=str(order["id"]), sales_order__isnull=False).exists()


def hooks_answer(shop: WooShop) -> bool:
    """Whether the shop has hooks and got 200 for the ping of each."""
    with shop.store.lock:
        hooks = list(shop.store.webhooks.values())
    return bool(hooks) and not any(hook.pending_delivery for hook in hooks)


def readiness(installation: Installation) -> str:
    return str(requests.get(f"{installation.url}/readyz", timeout=10).json()["status"])


def test_what_the_compose_file_says_runs_a_shop_and_ends_cleanly(
    installation: Installation, site: Site, shop: WooShop
) -> None:
    # given: every service of the file, each healthy by its own check
    began = datetime.now(UTC)
    for service in ("migrate", *SERVICES):
        installation.start(service)
    with ThreadPoolExecutor(len(SERVICES) + 1) as pool:
        login = pool.submit(installation.run_once, *CREATE_LOGIN, DJANGO_SUPERUSER_PASSWORD=PASSWORD)
        complaints = list(pool.map(lambda service: installation.wait_until_healthy(service, 60), SERVICES))
    assert complaints == [""] * len(SERVICES), installation.log.read_text()[-3000:]
    assert installation.processes.pop("migrate").wait(60) == 0
    assert login.exception() is None

    # when: staff press Read Sales in the web service, the worker does it
    first = shop.buy("MUG", 2)
    staff = Staff(installation.url)
    run = staff.press(site, "read_sales")
    wait_for(lambda: has_documents(first), "documents of the order that was read")
    wait_for(lambda: Run.objects.get(pk=run.pk).state == Run.State.FINISHED, "report of the run")
    run.refresh_from_db()
    assert (run.found, run.created, run.adds_up) == (1, 1, True)

    # and: the shop is told where to send, and sends what is sold next
    staff.press(site, "register_webhooks")
    wait_for(lambda: hooks_answer(shop), "webhooks in the shop whose pings were answered")
    second = shop.buy("MUG", 1)
    wait_for(lambda: has_documents(second), "documents of the order that a webhook told of")

    # then: the documents hold the shop's figures
    for sold in (first, second):
        order = Order.objects.select_related("sales_order").get(remote_id=str(sold["id"]))
        assert order.sales_order is not None
        assert order.sales_order.grand_total == Decimal(sold["total"])
        assert order.proof_ok
    assert WebhookEvent.objects.filter(remote_id=str(second["id"]), received_at__gt=began).exists()
    # A quick machine is here before beat's first tick.
    wait_for(lambda: readiness(installation) == "ok", "beat, broker, cache and database that all answer")

    # and: SIGTERM ends each of them by itself
    ended = installation.stop()
    log = installation.log.read_text()
    assert ended == dict.fromkeys(SERVICES, 0), log[-3000:]
    assert "Traceback" not in log, log[log.index("Traceback") - 500 :][:3000]


def test_no_secret_of_the_env_file_is_left_to_chance(tmp_path: Path) -> None:
    """Each of them missing stops `docker compose` with what to do, before anything runs."""
    full = {"POSTGRES_PASSWORD": "p", "SECRET_KEY": "s", "FIELD_ENCRYPTION_KEYS": "k", "FLOWER_AUTH": "a:b"}
    for name in full:
        with pytest.raises(ValueError, match=f"set {name}"):
            read_compose(ROOT / "docker-compose.yml", {**full, name: ""})
