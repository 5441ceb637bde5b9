"""A gateway in a process of its own, an inner installation here, and a network between them that breaks."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from django.conf import settings as django_settings
from django.utils import timezone

from activity.models import Alert, SiteError
from sites.choices import WebhookSource
from sites.models import Site, WebhookGateway
from tests.orders.factories import make_shop_site
from tests.servers import free_port
from tests.webhooks.cutting_proxy import CuttingProxy
from tests.webhooks.world import body_of, make_site, order_payload, sign
from webhooks.models import EventState, WebhookEvent
from webhooks.services.claim import claim_batch
from webhooks.services.pull import GatewayApi, PullReport, pull_all
from webhooks.services.sites import cards

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.worker]

ROOT = Path(django_settings.BASE_DIR)


class GatewayHost:
    """`gunicorn ecomsync.wsgi` with ROLE=gateway and a database of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.endswith("_URL")},
            "ROLE": "gateway",
            "VAR_DIR": str(folder),
            "DATABASE_URL": f"sqlite:///{folder / 'gateway.sqlite3'}",
            "ALLOWED_HOSTS": "127.0.0.1",
            "LOG_LEVEL": "WARNING",
        }
        self.run("migrate", "--verbosity", "0")
        made = self.run("make_gateway_client", "inner").split()
        self.client_id, self.secret = made[2], made[5]
        self.process: subprocess.Popen[bytes] | None = None

    def run(self, *command: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=ROOT, env=self.environment, capture_output=True, text=True, check=True,
        )  # fmt: skip
        return done.stdout

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "ecomsync.wsgi", "--bind", f"127.0.0.1:{self.port}",
             "--worker-class", "gthread", "--threads", "4", "--log-level", "error", "--no-control-socket"],
            cwd=ROOT, env=self.environment, start_new_session=True,
        )  # fmt: skip
        for _turn in range(200):
            try:
                if requests.get(f"http://127.0.0.1:{self.port}/healthz", timeout=10).ok:
                    return
            except requests.RequestException:
                time.sleep(0.1)
        raise AssertionError("The gateway did not start.")

    def kill(self) -> None:
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def deliver(self, site: Site, number: int, **values: Any) -> int:
        """What the shop sends to the public address."""
        body = body_of(order_payload(number, **values))
        headers = {
            "Content-Type": "application/json",
            "X-WC-Webhook-Topic": "order.updated",
            "X-WC-Webhook-Resource": "order",
            "X-WC-Webhook-Signature": sign(body, site.webhook_secret),
        }
        url = f"http://127.0.0.1:{self.port}{site.webhook_path}"
        return requests.post(url, body, headers=headers, timeout=10).status_code


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayHost]:
    made = GatewayHost(tmp_path_factory.mktemp("gateway"))
    made.start()
    yield made
    made.kill()


@pytest.fixture
def network(host: GatewayHost) -> Iterator[CuttingProxy]:
    proxy = CuttingProxy(host.port)
    yield proxy
    proxy.close()


@pytest.fixture
def gateway(host: GatewayHost, network: CuttingProxy) -> WebhookGateway:
    return WebhookGateway.objects.create(
        code="GATE", url=network.url, client_id=host.client_id, client_secret=host.secret
    )


@pytest.fixture
def site(gateway: WebhookGateway) -> Site:
    made = make_site(webhook_source=WebhookSource.GATEWAY, webhook_gateway=gateway)
    cards.clear()
    pull_all()
    return made


def stored() -> Counter[str]:
    return Counter(WebhookEvent.objects.values_list("remote_id", flat=True))


def test_shops_are_told_and_their_events_are_fetched_once(
    host: GatewayHost, gateway: WebhookGateway, site: Site
) -> None:
    assert site.webhook_url == f"{gateway.url}{site.webhook_path}"
    for number in range(1, 8):
        assert host.deliver(site, number) == 200

    assert pull_all() == [PullReport(fetched=7, stored=7, acknowledged=7)]
    assert pull_all() == [PullReport()]

    event = WebhookEvent.objects.order_by("id").first()
    assert event is not None
    assert (event.site, event.kind, event.state) == (site, "order.updated", EventState.PENDING)
    assert event.payload == order_payload(1)
    assert event.headers["x-wc-webhook-topic"] == "order.updated"
    gateway.refresh_from_db()
    assert gateway.last_pulled_at is not None


def test_events_of_all_sites_are_worked_on_in_the_order_of_the_shops(
    host: GatewayHost, gateway: WebhookGateway, site: Site
) -> None:
    other = make_site(webhook_source=WebhookSource.GATEWAY, webhook_gateway=gateway)
    pull_all()
    for number, (shop, minute) in enumerate(((site, 3), (other, 1), (site, 2), (other, 0)), start=1):
        assert host.deliver(shop, number, date_modified_gmt=f"2026-05-04T10:0{minute}:00") == 200

    pull_all()

    assert [event.remote_id for event in claim_batch(worker="w", limit=300)] == ["4", "2", "3", "1"]


@pytest.mark.parametrize("route", [b"/gateway/events?", b"/gateway/events/acknowledge"])
def test_a_network_that_breaks_in_any_answer_loses_nothing_and_repeats_nothing(
    host: GatewayHost, network: CuttingProxy, site: Site, settings: Any, route: bytes
) -> None:
    settings.SYSTEM_PROPERTIES = {"read-ecommerce-webhook-events-page-size": 4}
    for number in range(1, 11):
        assert host.deliver(site, number) == 200

    network.only_path = route
    for cut_after in (0, 1, 90, 200, 700):
        network.cut_after = cut_after
        pull_all()
        assert max(stored().values(), default=1) == 1
    assert network.cuts >= 3  # a short answer is over before the later cuts
    # What is here already has been worked on when the gateway serves it again.
    WebhookEvent.objects.update(state=EventState.PROCESSED)
    done = set(stored())
    network.cut_after = None
    pull_all()

    assert stored() == Counter({str(number): 1 for number in range(1, 11)})
    again = set(WebhookEvent.objects.filter(state=EventState.PENDING).values_list("remote_id", flat=True))
    assert not again & done
    assert set(WebhookEvent.objects.values_list("occurrences", flat=True)) == {1}
    assert pull_all() == [PullReport()]


def test_the_shop_sends_the_same_again_and_it_is_worked_on_again(host: GatewayHost, site: Site) -> None:
    host.deliver(site, 1)
    pull_all()
    WebhookEvent.objects.update(state=EventState.PROCESSED)
    host.deliver(site, 1)

    assert pull_all() == [PullReport(fetched=1, stored=1, acknowledged=1)]
    event = WebhookEvent.objects.get()
    assert (event.state, event.occurrences) == (EventState.PENDING, 2)


def test_tokens_of_an_app_reach_their_site_through_the_gateway_and_do_not_stay_there(
    host: GatewayHost, gateway: WebhookGateway
) -> None:
    """The app's address is that of any of its shops; the shop that gives a token may be another one."""
    heard = app_site(gateway, "S-1", "111")
    other = app_site(gateway, "S-2", "222")
    cards.clear()
    pull_all()

    assert (
        app_event(host, heard, "app.store.authorize", 222, access_token="ory_at_1", expires=1_995_000_000)
        == 200
    )
    assert b"ory_at_1" not in b"".join(file.read_bytes() for file in host.folder.glob("gateway.sqlite3*"))
    assert pull_all() == [PullReport(fetched=1, stored=1, acknowledged=1)]
    other.refresh_from_db()
    heard.refresh_from_db()
    assert (other.access_token, heard.access_token) == ("ory_at_1", "")
    assert b"ory_" not in bytes(WebhookEvent.objects.get().body)

    app_event(host, heard, "app.uninstalled", 222)
    pull_all()
    other.refresh_from_db()
    assert (other.paused, other.pause_code) == (True, "app_removed")

    app_event(host, heard, "app.store.authorize", 222, access_token="ory_at_2", expires=1_996_000_000)
    pull_all()
    other.refresh_from_db()
    assert (other.paused, other.access_token) == (False, "ory_at_2")


def app_site(gateway: WebhookGateway, code: str, account: str) -> Site:
    made = make_shop_site(
        site_type="salla",
        url=f"https://{code}.example.test",
        code=code,
        webhook_integration_enabled=True,
        webhook_source=WebhookSource.GATEWAY,
        webhook_gateway=gateway,
    )
    made.set_secret("merchant", account)
    made.set_secret("app_webhook_secret", "app-wide-secret")
    made.save()
    return made


def app_event(host: GatewayHost, site: Site, event: str, merchant: int, **data: Any) -> int:
    body = json.dumps({"event": event, "merchant": merchant, "data": {"id": 1, **data}}).encode()
    signature = hmac.new(b"app-wide-secret", body, hashlib.sha256).hexdigest()
    headers = {"Content-Type": "application/json", "X-Salla-Signature": signature}
    url = f"http://127.0.0.1:{host.port}{site.webhook_path}"
    return requests.post(url, body, headers=headers, timeout=10).status_code


def test_a_gateway_killed_under_load_keeps_every_event_that_it_accepted(
    host: GatewayHost, network: CuttingProxy, site: Site
) -> None:
    accepted = [number for number in range(1, 31) if host.deliver(site, number) == 200]
    host.kill()
    assert pull_all() == []
    host.start()
    accepted += [number for number in range(31, 41) if host.deliver(site, number) == 200]

    pull_all()

    assert stored() == Counter({str(number): 1 for number in accepted})
    assert len(accepted) == 40


def test_a_gateway_that_is_away_is_told_and_the_alert_closes_by_itself(
    network: CuttingProxy, gateway: WebhookGateway, site: Site
) -> None:
    network.down = True
    for _turn in range(2):
        pull_all()
    assert not Alert.objects.exists()
    pull_all()
    assert Alert.objects.get().code == "gateway_unreachable"
    gateway.refresh_from_db()
    assert gateway.failures == 3
    assert gateway.last_error

    network.down = False
    pull_all()
    gateway.refresh_from_db()
    assert (gateway.failures, gateway.last_error) == (0, "")
    assert Alert.objects.get().acknowledged


def test_a_wrong_secret_is_named_at_once_and_a_right_one_heals(
    host: GatewayHost, gateway: WebhookGateway, site: Site
) -> None:
    gateway.client_secret = "wrong"
    gateway.save()
    pull_all()
    assert "make_gateway_client" in Alert.objects.get().message

    gateway.client_secret = host.secret
    gateway.save()
    assert pull_all() == [PullReport()]


def test_a_host_that_is_no_gateway_is_named(
    network: CuttingProxy, gateway: WebhookGateway, site: Site
) -> None:
    gateway.url = f"{network.url}/elsewhere"
    gateway.save()
    pull_all()
    gateway.refresh_from_db()
    assert "ROLE=gateway" in gateway.last_error


def test_a_site_that_the_gateway_refuses_is_a_problem_of_that_site(
    gateway: WebhookGateway, site: Site
) -> None:
    Site.objects.filter(pk=site.pk).update(webhook_public_id="short")
    pull_all()
    problem = SiteError.objects.get()
    assert (problem.code, problem.site_code) == ("gateway_refused_site", site.code)

    Site.objects.filter(pk=site.pk).update(webhook_public_id="c" * 32)
    pull_all()
    problem.refresh_from_db()
    assert problem.state == SiteError.State.RESOLVED


def test_a_page_of_events_is_stored_with_one_statement(
    host: GatewayHost, site: Site, django_assert_max_num_queries: Any
) -> None:
    for number in range(1, 21):
        host.deliver(site, number)
    cards.get(site.webhook_public_id)
    with django_assert_max_num_queries(25) as queries:
        pull_all()
    inserts = [query for query in queries if query["sql"].startswith('INSERT INTO "webhooks_webhookevent"')]
    assert len(inserts) == 1
    assert stored().total() == 20


def test_two_workers_never_fetch_at_once(gateway: WebhookGateway, site: Site) -> None:
    WebhookGateway.objects.update(claimed_until=timezone.now() + timedelta(seconds=60))
    assert pull_all() == []

    WebhookGateway.objects.update(claimed_until=timezone.now())
    assert pull_all() == [PullReport()]


def test_an_event_that_cannot_be_read_stops_no_other_and_is_told(
    host: GatewayHost, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (1, 2, 3):
        host.deliver(site, number)
    real = GatewayApi.events

    def from_a_newer_release(self: GatewayApi, **query: int) -> dict[str, Any]:
        page = real(self, **query)
        for event in page["events"]:
            if event["remote_id"] == "2":
                del event["topic"]
        return page

    with monkeypatch.context() as newer:
        newer.setattr(GatewayApi, "events", from_a_newer_release)
        assert pull_all() == [PullReport(fetched=3, stored=2, acknowledged=2)]
    assert SiteError.objects.get().code == "gateway_bad_event"

    assert pull_all() == [PullReport(fetched=1, stored=1, acknowledged=1)]
    assert stored() == Counter({"1": 1, "2": 1, "3": 1})
