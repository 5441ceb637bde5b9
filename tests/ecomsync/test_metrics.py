"""What `/metrics` tells a Prometheus, and what a scrape costs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from activity.services import raise_alert, report_error
from ecomsync.tasks import note_heartbeat
from orders.models import Order, OrderOutbox
from orders.states import OrderState, OutboxKind
from sites.budget import store_for
from sites.models import Site
from sync_queues.inputs import RequestInput
from sync_queues.models import State, UpdateQtyRequest
from sync_queues.services.enqueue import enqueue
from tests.orders.factories import make_item
from webhooks.models import WebhookEvent

pytestmark = pytest.mark.django_db

TOKEN = "scrape-me"
Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


@pytest.fixture(autouse=True)
def _token(settings: Any) -> None:
    settings.METRICS_TOKEN = TOKEN


def make_site(code: str) -> Site:
    return Site.objects.create(
        code=code,
        name1=code,
        name2=code,
        site_type="woocommerce",
        url=f"https://{code.lower()}.example.com",
        calls_per_second_cap=2,
        webhook_integration_enabled=True,
        last_webhook_read_at=timezone.now() - timedelta(seconds=90),
    )


@pytest.fixture
def site() -> Site:
    return make_site("SHOP")


def scrape(client: Client) -> Samples:
    response = client.get("/metrics", headers={"authorization": f"Bearer {TOKEN}"})
    assert response.status_code == 200
    return {
        (sample.name.removeprefix("ecomsync_"), tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(response.content.decode())
        for sample in family.samples
    }


def value(samples: Samples, name: str, **labels: str) -> float:
    return samples[name, tuple(sorted(labels.items()))]


def test_without_token_or_with_a_wrong_one_there_are_no_figures(client: Client, settings: Any) -> None:
    assert client.get("/metrics").status_code == 401
    wrong = client.get("/metrics", headers={"authorization": "Bearer wrong"})
    assert (wrong.status_code, wrong.json()["status"]) == (401, "bad_token")

    settings.METRICS_TOKEN = ""
    off = client.get("/metrics", headers={"authorization": "Bearer "})
    assert (off.status_code, off.json()["status"]) == (404, "metrics_off")
    assert "METRICS_TOKEN" in off.json()["cure"]


def test_an_empty_installation_has_figures_too(client: Client) -> None:
    assert scrape(client) == {}


def test_queues_tell_backlog_age_and_failures_by_class(client: Client, site: Site) -> None:
    items = [make_item(f"I{number}") for number in range(3)]
    enqueue("qty", site=site, rows=[RequestInput(item_id=item.pk) for item in items])
    old = timezone.now() - timedelta(minutes=10)
    UpdateQtyRequest.objects.filter(item=items[0]).update(created_at=old)
    UpdateQtyRequest.objects.filter(item=items[2]).update(state=State.FAILED, error_class="permanent")

    samples = scrape(client)

    assert value(samples, "queue_requests", site="SHOP", queue="qty", state="pending") == 2
    assert 599 < value(samples, "queue_oldest_seconds", site="SHOP", queue="qty") < 660
    assert value(samples, "queue_failures", site="SHOP", queue="qty", error_class="permanent") == 1


def test_orders_tell_what_stopped_and_how_long_they_took(client: Client, site: Site) -> None:
    now = timezone.now()
    for number, seconds in enumerate((20, 100, 4000)):
        Order.objects.create(
            site=site,
            remote_id=str(number),
            state=OrderState.IMPORTED,
            imported_at=now,
            created_remote=now - timedelta(seconds=seconds),
        )
    Order.objects.create(site=site, remote_id="old", imported_at=now - timedelta(hours=2), created_remote=now)
    held = Order.objects.create(site=site, remote_id="held", state=OrderState.HELD)
    OrderOutbox.objects.create(order=held, kind=OutboxKind.STATUS, dedupe_key="k")

    samples = scrape(client)

    assert value(samples, "orders_stopped", site="SHOP", state="held") == 1
    times = {
        dict(labels)["le"]: number
        for (name, labels), number in samples.items()
        if name == "order_to_erp_seconds_bucket"
    }
    assert (times["30"], times["120"], times["3600"], times["21600"], times["+Inf"]) == (
        1,
        2,
        2,
        3,
        3,
    )
    assert value(samples, "order_to_erp_seconds_gsum", site="SHOP") == pytest.approx(4120, abs=1)
    assert value(samples, "outbox_messages", site="SHOP", state="pending") == 1


def test_webhooks_budget_problems_and_heartbeats_are_told(client: Client, site: Site) -> None:
    WebhookEvent.objects.create(
        site=site,
        platform="woocommerce",
        topic="order.updated",
        kind="order.updated",
        identity="x",
        occurred_at=timezone.now(),
        received_at=timezone.now() - timedelta(seconds=30),
    )
    store_for(site.pk).block(20)
    report_error(site_code="SHOP", code="unknown_sku", message="x")
    raise_alert(code="site_paused", message="x", site_code="SHOP")
    note_heartbeat()

    samples = scrape(client)

    assert value(samples, "webhook_events_waiting", site="SHOP") == 1
    assert 29 < value(samples, "webhook_oldest_seconds", site="SHOP") < 60
    assert 89 < value(samples, "webhook_silence_seconds", site="SHOP") < 120
    assert 15 < value(samples, "budget_blocked", site="SHOP") <= 20
    assert value(samples, "budget_capacity", site="SHOP") == 4
    assert value(samples, "site_paused", site="SHOP") == 0
    assert value(samples, "problems_open", site="SHOP", code="unknown_sku") == 1
    assert value(samples, "alerts_open", level="critical") == 1
    assert value(samples, "heartbeat_seconds", part="beat") < 5


def test_a_scrape_costs_the_same_statements_for_one_site_and_for_many(client: Client, site: Site) -> None:
    with CaptureQueriesContext(
        connection,
    ) as one:
        scrape(client)
    for number in range(10):
        make_site(f"S{number}")
    with CaptureQueriesContext(connection) as many:
        scrape(client)

    assert len(many) == len(one) <= 12


def test_failed_and_dead_requests_of_one_class_are_one_sample(client: Client, site: Site) -> None:
    items = [make_item(f"I{number}") for number in range(2)]
    enqueue("qty", site=site, rows=[RequestInput(item_id=item.pk) for item in items])
    for item, state in zip(items, (State.FAILED, State.DEAD), strict=True):
        UpdateQtyRequest.objects.filter(item=item).update(state=state, error_class="permanent")

    text = client.get("/metrics", headers={"authorization": f"Bearer {TOKEN}"}).content.decode()

    told = [line for line in text.splitlines() if line.startswith("ecomsync_queue_failures{")]
    assert [line.rsplit(" ", 1)[1] for line in told] == ["2.0"]
