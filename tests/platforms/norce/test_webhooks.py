"""Events and orders that Norce hands over: proved by a header or a password, told apart, answered as it waits for."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from ecomsync.common.errors import InvalidPayload, InvalidSignature
from erp.models import SalesOrder
from orders.models import Order
from orders.states import OrderState
from platforms.types import EventKind, WebhookDelivery
from sites.models import Site
from tests.contracts.journey_cases import act, drain_all, make_site
from tests.orders.factories import make_item
from tests.platforms.norce.bench import PRODUCTS, SECRET, NorceBench
from webhooks.models import WebhookEvent
from webhooks.services.process import process_waiting
from webhooks.services.sites import cards

D = Decimal


def basic(user: str, password: str) -> dict[str, str]:
    pair = base64.b64encode(f"{user}:{password}".encode()).decode()
    return {"content-type": "application/json", "authorization": f"Basic {pair}"}


def handed_over(bench: NorceBench, *, password: str = SECRET, user: str = "ecomsync") -> WebhookDelivery:
    bench.shop.add_product("MUG", price="11.50")
    order = bench.shop.place_order([{"sku": "MUG", "quantity": 2}])
    return WebhookDelivery(basic(user, password), json.dumps(order, default=float).encode())


def test_order_of_the_receiver_is_known_by_application_and_reference(bench: NorceBench) -> None:
    adapter, delivery = bench.adapter(), handed_over(bench)

    notice = adapter.read_webhook(delivery)
    again = adapter.read_webhook(
        replace(delivery, body=delivery.body.replace(b'"Source": "web"', b'"Source": "app"'))
    )

    assert (notice.kind, notice.topic, notice.resource) == (EventKind.ORDER_CREATED, "CreateOrder", "order")
    assert notice.remote_id == "553201"
    assert notice.identity == again.identity
    assert adapter.parse_order(notice.payload).totals.grand_total == D("26.46")


@pytest.mark.parametrize(("user", "password"), [("ecomsync", "wrong"), ("somebody", SECRET), ("", "")])
def test_receiver_refuses_another_user_or_password(bench: NorceBench, user: str, password: str) -> None:
    with pytest.raises(InvalidSignature) as caught:
        bench.adapter().read_webhook(handed_over(bench, user=user, password=password))

    assert caught.value.cure


def test_password_of_the_sheets_example(bench: NorceBench) -> None:
    adapter = bench.adapter(
        options={"receiver_user": "norce-erp"}, connection={"webhook_secret": "Order!Recv-2026"}
    )
    delivery = handed_over(bench)
    headers = {"authorization": "Basic bm9yY2UtZXJwOk9yZGVyIVJlY3YtMjAyNg=="}

    assert adapter.read_webhook(replace(delivery, headers=headers)).topic == "CreateOrder"


def test_type_of_an_event_may_stand_in_the_address(bench: NorceBench) -> None:
    body = b'{"ClientId":1042,"ApplicationId":1588,"JobId":778120,"StatusId":2}'
    delivery = WebhookDelivery({"x-hub-token": SECRET}, body, {"norceEventType": "JobCompletedEvent"})

    notice = bench.adapter().read_webhook(delivery)

    assert (notice.topic, notice.resource, notice.remote_id) == ("JobCompletedEvent", "job", "778120")


def test_event_of_another_application_is_not_taken_for_ours(bench: NorceBench) -> None:
    body = bench.order_body("1", ApplicationId=77)

    with pytest.raises(InvalidPayload) as caught:
        bench.adapter().read_webhook(bench.delivery("OrderReceivedEvent", body))

    assert "77" in caught.value.message


def test_events_of_the_sandbox_are_proved_and_named(bench: NorceBench) -> None:
    shop = bench.shop
    for event in ("OrderConfirmedEvent", "OrderCancelledEvent"):
        shop.subscribe(event, f"{shop.url}/nowhere", X_Hub_Token=SECRET)
    reference = bench.order()
    shop.set_order_status(reference, "Confirmed")
    shop.set_order_status(reference, "Cancelled")
    adapter = bench.adapter()
    notices = [
        adapter.read_webhook(bench.delivery(row["topic"], row["body"].encode()))
        for row in shop.flush_webhooks()
    ]

    assert [(n.kind, n.remote_id) for n in notices] == [
        (EventKind.ORDER_UPDATED, reference),
        (EventKind.ORDER_CANCELLED, reference),
    ]


# ---------------------------------------------------------------- through the house


@pytest.mark.django_db
def test_order_that_query_does_not_show_yet_is_imported_once_from_what_was_handed_over(
    bench: NorceBench, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.BASE_URL = "https://erp.example.test"
    monkeypatch.setattr("webhooks.porch.kick", lambda: None)
    cards.clear()
    bench.shop.options.query_lag = 600
    delivery = handed_over(bench)
    make_item("MUG", stock=100)
    site = make_site(bench)

    answers = []
    for _ in range(2):
        answers.append(
            Client().post(
                site.webhook_path,
                delivery.body,
                content_type="application/json",
                headers=dict(delivery.headers),
            )
        )
        process_waiting()

    assert [json.loads(answer.content) for answer in answers] == [
        {"StatusCode": "OK", "Description": "", "HasErpOrderNo": False, "ErpOrderNo": ""}
    ] * 2
    order = Order.objects.get(site=site)
    assert (order.remote_id, order.state) == ("553201", OrderState.IMPORTED)
    assert order.sales_order is not None and order.sales_order.grand_total == D("26.46")
    assert WebhookEvent.objects.filter(site=site).count() == 1

    bench.shop.options.query_lag = 0
    refused = Client().post(
        site.webhook_path, delivery.body, content_type="application/json", headers=basic("a", "b")
    )
    assert refused.status_code == 401
    assert SalesOrder.objects.count() == 1
    cards.clear()


def erp_address(live_server: Any, site: Site) -> str:
    return f"{live_server.url}{site.webhook_path}"


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch, settings: Any, live_server: Any) -> Iterator[Any]:
    """The ERP as Norce reaches it: over real HTTP."""
    settings.BASE_URL = live_server.url
    monkeypatch.setattr("webhooks.porch.kick", lambda: None)
    cards.clear()
    yield live_server
    cards.clear()


@pytest.mark.django_db(transaction=True)
def test_norce_hands_an_order_over_until_it_is_taken_and_a_replay_changes_nothing(
    bench: NorceBench, house: Any
) -> None:
    shop = bench.shop
    shop.options.query_lag = 100_000
    shop.add_product("MUG", price="11.50")
    make_item("MUG", stock=100)
    site = make_site(bench)
    shop.set_receiver(erp_address(house, site), "ecomsync", "wrong")
    reference = shop.buy("MUG", 2)["ClientOrderRef"]

    (refused,) = shop.flush_webhooks()
    assert (refused["status"], shop.app.queue.waiting) == (401, 1)
    assert not WebhookEvent.objects.exists()

    shop.set_receiver(erp_address(house, site), "ecomsync", SECRET)
    shop.app.queue.clear()
    shop.faults.add("webhook_duplicate", path="CreateOrder", times=2)
    shop.app.queue.hand_over(shop.store.orders[reference])
    sent = shop.flush_webhooks()

    assert [(row["status"], json.loads(row["answer"])["StatusCode"]) for row in sent] == [(200, "OK")] * 3
    assert shop.app.queue.waiting == 0
    process_waiting()
    order = Order.objects.get(site=site)
    assert (order.remote_id, order.state) == (reference, OrderState.IMPORTED)
    assert SalesOrder.objects.count() == WebhookEvent.objects.count() == 1

    shop.app.queue.hand_over(shop.store.orders[reference])
    shop.flush_webhooks()
    process_waiting()
    assert SalesOrder.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_event_of_an_order_that_query_does_not_have_is_kept_with_its_reason(
    bench: NorceBench, house: Any
) -> None:
    shop = bench.shop
    site = make_site(bench)
    shop.subscribe("OrderConfirmedEvent", erp_address(house, site), X_Hub_Token=SECRET)
    shop.announce("OrderConfirmedEvent", OrderId=9, OrderNo="9", ClientOrderRef="999999")

    (sent,) = shop.flush_webhooks()
    process_waiting()

    assert sent["status"] == 200
    event = WebhookEvent.objects.get(site=site)
    assert event.remote_id == "999999"
    assert "999999" in (event.result or event.error_message)
    assert not Order.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_echo_of_our_own_imports_is_not_looked_up_and_other_changes_are(
    bench: NorceBench, house: Any
) -> None:
    (product,) = bench.products(1)
    make_item(product.sku, stock=7, sales_price=D("12.50"))
    site = make_site(bench)
    act(site, "link_items")
    address = erp_address(house, site)
    for event in ("SkuChangedNotification", "SkuPriceChangedNotification"):
        bench.shop.subscribe(event, address, X_Hub_Token=SECRET)
    act(site, "send_items")
    drain_all(site, "item")
    calls = bench.calls
    bench.shop.announce("SkuChangedNotification", PartNo=product.sku, EntityChanged="Sku")
    bench.shop.announce("SkuPriceChangedNotification", PartNo=product.sku)
    bench.shop.flush_webhooks()

    process_waiting()

    told = dict(WebhookEvent.objects.values_list("topic", "result"))
    assert "echo" in told["SkuChangedNotification"]
    assert told["SkuPriceChangedNotification"] == "Products looked at: 1."
    assert bench.calls == calls + 1

    site.refresh_from_db()
    kept = site.shop_info["learned"]["values"]
    long_ago = dict.fromkeys(kept["ended"], "2026-01-01T00:00:00+00:00")
    with bench.adapter(connection={"learned": {**kept, "ended": long_ago}}) as adapter:
        assert not adapter.is_echo("SkuChangedNotification")
    with bench.adapter(connection={"learned": {"jobs": {PRODUCTS: {"id": "1"}}}}) as adapter:
        assert adapter.is_echo("SkuChangedNotification")
