"""What we write to the shop comes back as an event: it must cost nothing and hide nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from erp.models import SalesOrder
from erp.services.deliveries import create_delivery, ship_delivery
from orders.models import Order, OrderHold, OrderOutbox
from orders.services.push_outbox import push_outbox
from sandbox.woocommerce import WooShop
from sites.models import Site
from sites.runs import request_run
from sites.services.execute_runs import execute_waiting_runs
from tests.orders.factories import make_item, make_shop_site
from webhooks.models import EventState, WebhookEvent
from webhooks.services.process import ProcessReport, process_waiting
from webhooks.services.sites import cards

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop() -> Iterator[WooShop]:
    with WooShop(webhook_delay=None) as running:
        running.add_product(sku="S1", regular_price="20.00", stock_quantity=50)
        yield running


@pytest.fixture
def site(
    transactional_db: None, shop: WooShop, live_server: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Site:
    """Webhooks are registered at the shop, and a shipped delivery completes the order there."""
    settings.BASE_URL = live_server.url
    monkeypatch.setattr("webhooks.porch.kick", lambda: None)
    cards.clear()
    make_item("S1", stock=50)
    site = make_shop_site(
        url=shop.url,
        username=shop.key,
        password=shop.secret,
        currency=shop.options.currency,
        time_zone="Asia/Riyadh",
        webhook_integration_enabled=True,
        update_order_status=True,
        read_orders_from_date=datetime(2020, 1, 1, tzinfo=UTC),
    )
    site.update_order_status_to.create(
        document_type="delivery",
        document_state="shipped",
        remote_status="completed",
        remote_action="ship",
        comment_template="Shipped with {tracking}",
        notify_customer=True,
    )
    act(site, "register_webhooks")
    shop.flush_webhooks()
    return site


def act(site: Site, action: str) -> Any:
    run = request_run(site=site, action=action)
    execute_waiting_runs()
    run.refresh_from_db()
    assert run.state == "finished", run.message
    return run


def deliver(shop: WooShop) -> ProcessReport:
    """The shop sends what waits, and we work on it."""
    shop.flush_webhooks()
    report = process_waiting()
    assert report.adds_up
    assert report.faults == 0
    return report


def sell(shop: WooShop, count: int = 1) -> list[dict[str, Any]]:
    placed = [shop.buy("S1") for _ in range(count)]
    deliver(shop)
    push_outbox()
    deliver(shop)
    return placed


def ship_all(site: Site) -> None:
    for order in SalesOrder.objects.order_by("pk"):
        ship_delivery(delivery=create_delivery(order=order), tracking_numbers=[f"TR{order.pk}"])
    assert push_outbox() == SalesOrder.objects.count()


def test_the_echo_of_our_own_writes_costs_no_call_and_no_import(site: Site, shop: WooShop) -> None:
    placed = sell(shop, 3)
    ship_all(site)
    before = list(Order.objects.order_by("pk").values("state", "relevant_hash", "sales_order"))
    known = {order.remote_id: order.updated_remote for order in Order.objects.all()}
    sent = shop.flush_webhooks()
    assert sent, "the shop does send events about our writes"
    shop.counters.reset()
    report = process_waiting()
    assert report.processed >= 3
    assert shop.counters.requests == 0
    assert {order.remote_id: order.updated_remote for order in Order.objects.all()} == known
    assert list(Order.objects.order_by("pk").values("state", "relevant_hash", "sales_order")) == before
    results = WebhookEvent.objects.filter(resource="order").order_by("-pk").values_list("result", flat=True)
    assert "nothing was read" in results[0]
    assert {shop.order(row["id"])["status"] for row in placed} == {"completed"}
    assert set(Order.objects.values_list("status_remote", flat=True)) == {"completed"}
    # polling finds nothing new either, and nothing is sent again
    run = act(site, "read_sales")
    assert (run.created, run.updated, run.held, run.failed) == (0, 0, 0, 0)
    assert push_outbox() == 0
    assert not OrderOutbox.objects.exclude(state="done").exists()


def test_a_change_of_the_shop_after_our_write_is_read(site: Site, shop: WooShop) -> None:
    placed = sell(shop)[0]
    ship_all(site)
    deliver(shop)
    shop.advance(5)
    shop.set_order_status(placed["id"], "cancelled")
    shop.counters.reset()
    deliver(shop)
    assert shop.counters.calls("GET /orders") == 1
    assert Order.objects.get().status_remote == "cancelled"


def test_a_change_made_in_the_same_second_as_our_write_is_read(site: Site, shop: WooShop) -> None:
    shop.app.clock.freeze()
    placed = sell(shop)[0]
    ship_all(site)
    shop.set_order_status(placed["id"], "cancelled")
    deliver(shop)
    assert Order.objects.get().status_remote == "cancelled"


def test_what_staff_of_the_shop_changed_before_our_write_is_not_hidden_by_it(
    site: Site, shop: WooShop
) -> None:
    placed = sell(shop)[0]
    line = shop.order(placed["id"])["line_items"][0]
    shop.rest("PUT", f"/orders/{placed['id']}", {"line_items": [{"id": line["id"], "quantity": 2}]})
    ship_all(site)
    assert OrderHold.objects.filter(released_at=None, code="order_changed").exists() or (
        Order.objects.get().proof_ok is False
    )
    deliver(shop)
    assert Order.objects.get().lines.get().quantity == 2
    assert set(WebhookEvent.objects.values_list("state", flat=True)) == {EventState.PROCESSED}
