from __future__ import annotations

import json
import time
from typing import Any

import pytest

from sandbox.woocommerce import WooShop
from tests.sandbox.client import Api, Receiver

SECRET = "wh_s3cret-1234567890"


def register(api: Api, receiver: Receiver, topic: str = "order.created", **extra: Any) -> dict[str, Any]:
    body = {"topic": topic, "delivery_url": f"{receiver.url}/hook", "secret": SECRET, **extra}
    answer = api.post("/webhooks", body)
    assert answer.status_code == 201
    made: dict[str, Any] = answer.json()
    return made


@pytest.fixture
def goods(shop: WooShop) -> WooShop:
    shop.add_product(sku="A", regular_price="10.00", stock_quantity=100)
    return shop


def test_saving_pings_with_a_bare_form_body(goods: WooShop, api: Api, receiver: Receiver) -> None:
    made = register(api, receiver)
    goods.flush_webhooks()
    ping = receiver.pings[0]
    assert ping.body == f"webhook_id={made['id']}".encode()
    assert ping.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert not [name for name in ping.headers if name.startswith("X-WC-")]
    assert "secret" not in made
    api.put(f"/webhooks/{made['id']}", {"name": "renamed"})
    goods.flush_webhooks()
    assert len(receiver.pings) == 1


@pytest.mark.parametrize("status", [202, 204, 302, 500])
def test_ping_needs_exactly_200_and_is_repeated_with_each_save(
    goods: WooShop, api: Api, receiver: Receiver, status: int
) -> None:
    receiver.ping_status = status
    made = register(api, receiver)
    goods.flush_webhooks()
    api.put(f"/webhooks/{made['id']}", {"name": "again"})
    goods.flush_webhooks()
    assert len(receiver.pings) == 2


def test_delivery_is_signed_php_json_over_http_1_0(goods: WooShop, api: Api, receiver: Receiver) -> None:
    made = register(api, receiver)
    order = goods.place_order([{"sku": "A"}], customer_note="شكرًا 🎁 a/b")
    goods.flush_webhooks()
    delivery = receiver.events[0]
    assert delivery.version == "HTTP/1.0"
    headers = delivery.headers
    assert headers["X-WC-Webhook-Signature"] == delivery.signature(SECRET)
    assert headers["X-WC-Webhook-Source"] == f"{goods.url}/"
    assert headers["X-WC-Webhook-ID"] == str(made["id"])
    assert (headers["X-WC-Webhook-Topic"], headers["X-WC-Webhook-Resource"]) == ("order.created", "order")
    assert headers["X-WC-Webhook-Event"] == "created"
    assert headers["User-Agent"] == "WooCommerce/9.9.5 Hookshot (WordPress/6.9)"
    assert len(headers["X-WC-Webhook-Delivery-ID"]) == 32
    assert b"\\ud83c\\udf81 a\\/b" in delivery.body
    assert json.loads(delivery.body) == api.get(f"/orders/{order['id']}").json()


def test_delivery_ids_repeat_within_a_second(goods: WooShop, api: Api, receiver: Receiver) -> None:
    register(api, receiver, "product.updated")
    rows = goods.bulk_simple(60)
    update = [{"id": row["id"], "stock_quantity": 2} for row in rows]
    api.post("/products/batch", {"update": update})
    goods.flush_webhooks()
    assert len(receiver.events) == 60
    assert len({d.body for d in receiver.events}) == 60
    assert len({d.headers["X-WC-Webhook-Delivery-ID"] for d in receiver.events}) < 10


def test_body_is_the_state_at_sending_and_waiting_updates_collapse(
    goods: WooShop, api: Api, receiver: Receiver
) -> None:
    register(api, receiver, "order.created")
    register(api, receiver, "order.updated")
    order = goods.place_order([{"sku": "A"}])
    for note in ("1", "2", "3"):
        api.put(f"/orders/{order['id']}", {"customer_note": note})
    api.put(f"/orders/{order['id']}", {"status": "completed"})
    goods.flush_webhooks()
    assert [d.topic for d in receiver.events] == ["order.created", "order.updated"]
    assert [json.loads(d.body)["status"] for d in receiver.events] == ["completed", "completed"]


def test_trashed_order_arrives_as_trash_and_its_deletion_is_only_an_id(
    goods: WooShop, api: Api, receiver: Receiver
) -> None:
    register(api, receiver, "order.created")
    register(api, receiver, "order.deleted")
    order = goods.place_order([{"sku": "A"}])
    api.delete(f"/orders/{order['id']}")
    goods.flush_webhooks()
    assert [d.topic for d in receiver.events] == ["order.created", "order.deleted"]
    assert json.loads(receiver.events[0].body)["status"] == "trash"
    assert json.loads(receiver.events[1].body) == {"id": order["id"]}


def test_deleted_object_is_delivered_as_a_signed_error(goods: WooShop, api: Api, receiver: Receiver) -> None:
    register(api, receiver, "product.created")
    product = goods.add_product(sku="SHORT", regular_price="1.00")
    api.delete(f"/products/{product['id']}", force="true")
    goods.flush_webhooks()
    delivery = receiver.events[0]
    assert delivery.headers["X-WC-Webhook-Signature"] == delivery.signature(SECRET)
    assert json.loads(delivery.body) == {
        "code": "woocommerce_rest_product_invalid_id",
        "message": "Invalid ID.",
        "data": {"status": 404},
    }


def test_forced_deletion_is_silent_and_variations_come_as_products(
    goods: WooShop, api: Api, receiver: Receiver
) -> None:
    parent = goods.add_variable("V", {"Size": ["M"]})
    child = parent["variations"][0]
    register(api, receiver, "product.updated")
    register(api, receiver, "product.deleted")
    api.put(f"/products/{parent['id']}/variations/{child}", {"stock_quantity": 1})
    goods.flush_webhooks()
    first = json.loads(receiver.events[0].body)
    assert (first["type"], first["parent_id"]) == ("variation", parent["id"])
    receiver.got.clear()
    api.delete(f"/products/{parent['id']}", force="true")
    assert goods.flush_webhooks() == []


def test_failures_are_not_retried_and_the_seventh_disables_silently(
    goods: WooShop, api: Api, receiver: Receiver
) -> None:
    made = register(api, receiver)
    goods.flush_webhooks()
    receiver.status = 500
    for number in range(1, 10):
        goods.place_order([{"sku": "A"}])
        goods.flush_webhooks()
        status = api.get(f"/webhooks/{made['id']}").json()["status"]
        assert status == ("active" if number < 7 else "disabled"), number
    assert len(receiver.events) == 7
    assert goods.store.webhooks[made["id"]].failure_count == 6
    assert [w["id"] for w in api.get("/webhooks", status="disabled").json()] == [made["id"]]
    receiver.status = 200
    api.put(f"/webhooks/{made['id']}", {"status": "active"})
    goods.place_order([{"sku": "A"}])
    goods.flush_webhooks()
    assert len(receiver.pings) == 2
    assert goods.store.webhooks[made["id"]].failure_count == 0


def test_failed_delivery_pings_again_while_no_ping_has_succeeded(
    goods: WooShop, api: Api, receiver: Receiver
) -> None:
    receiver.ping_status = receiver.status = 500
    register(api, receiver)
    goods.flush_webhooks()
    for _ in range(7):
        goods.place_order([{"sku": "A"}])
        goods.flush_webhooks()
    assert len(receiver.pings) == 1 + 6


def test_redirect_counts_as_success_and_is_not_followed(goods: WooShop, api: Api, receiver: Receiver) -> None:
    made = register(api, receiver)
    receiver.status = 302
    goods.place_order([{"sku": "A"}])
    sent = goods.flush_webhooks()
    assert [row["status"] for row in sent] == [302]
    assert len(receiver.events) == 1
    assert goods.store.webhooks[made["id"]].failure_count == 0


def test_paused_webhook_gets_nothing(goods: WooShop, api: Api, receiver: Receiver) -> None:
    register(api, receiver, status="paused")
    goods.place_order([{"sku": "A"}])
    goods.flush_webhooks()
    assert receiver.got == []


def test_trashing_in_7_9_with_own_order_tables_tells_nobody(
    goods: WooShop, api: Api, receiver: Receiver
) -> None:
    goods.options.version = "7.9.0"
    register(api, receiver, "order.deleted")
    order = goods.place_order([{"sku": "A"}])
    api.delete(f"/orders/{order['id']}")
    goods.flush_webhooks()
    assert receiver.events == []


def test_bad_registrations_are_refused(api: Api) -> None:
    url = "http://127.0.0.1:9/x"
    missing = api.post("/webhooks", {"name": "x"})
    assert missing.json()["data"] == {"status": 400, "params": ["topic", "delivery_url"]}
    for body, code in (
        ({"topic": "order.shipped", "delivery_url": url}, "woocommerce_rest_shop_webhook_invalid_topic"),
        (
            {"topic": "order.created", "delivery_url": "x"},
            "woocommerce_rest_shop_webhook_invalid_delivery_url",
        ),
        ({"topic": "order.created", "delivery_url": url, "status": "on"}, "rest_invalid_param"),
    ):
        answer = api.post("/webhooks", body)
        assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_deleting_needs_force_and_batch_works(goods: WooShop, api: Api, receiver: Receiver) -> None:
    made = register(api, receiver)
    assert api.delete(f"/webhooks/{made['id']}").status_code == 501
    body = api.post("/webhooks/batch", {"delete": [made["id"]]}).json()
    assert body["delete"][0]["id"] == made["id"]
    assert api.get(f"/webhooks/{made['id']}").json()["code"] == "woocommerce_rest_shop_webhook_invalid_id"


def test_outside_hosts_are_never_called(goods: WooShop, api: Api) -> None:
    body = {"topic": "order.created", "delivery_url": "https://erp.example.net/x", "secret": SECRET}
    api.post("/webhooks", body)
    goods.place_order([{"sku": "A"}])
    sent = goods.flush_webhooks()
    assert (sent[0]["status"], sent[0]["failure_count"]) == (0, 1)
    assert "webhook_hosts" in sent[0]["problem"]


def test_background_sender_delivers_by_itself(receiver: Receiver) -> None:
    with WooShop(treat_as_https=True, webhook_delay=0.05) as shop:
        register(Api(shop), receiver)
        shop.add_product(sku="A", regular_price="1.00")
        shop.buy("A")
        deadline = time.monotonic() + 5
        while not receiver.events and time.monotonic() < deadline:
            time.sleep(0.02)
        assert len(receiver.events) == 1
        assert len(receiver.pings) == 1


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("webhook_duplicate", 2), ("webhook_drop", 0), ("webhook_late", 0)],
)
def test_webhook_faults_change_what_arrives(
    goods: WooShop, api: Api, receiver: Receiver, kind: str, expected: int
) -> None:
    register(api, receiver)
    goods.faults.add(kind, count=1)
    goods.place_order([{"sku": "A"}])
    goods.flush_webhooks()
    assert len(receiver.events) == expected
    if kind == "webhook_duplicate":
        assert receiver.events[0].body == receiver.events[1].body
    if kind == "webhook_late":
        goods.flush_webhooks()
        assert len(receiver.events) == 1


def test_webhook_fault_wrong_signature_disable_and_reorder(
    goods: WooShop, api: Api, receiver: Receiver
) -> None:
    made = register(api, receiver)
    goods.faults.add("webhook_wrong_signature", path="order\\.created", count=1)
    goods.place_order([{"sku": "A"}])
    goods.flush_webhooks()
    delivery = receiver.events[0]
    assert delivery.headers["X-WC-Webhook-Signature"] != delivery.signature(SECRET)
    receiver.got.clear()
    goods.faults.add("webhook_reorder", count=1)
    placed = [goods.place_order([{"sku": "A"}])["id"] for _ in range(8)]
    goods.flush_webhooks()
    arrived = [json.loads(d.body)["id"] for d in receiver.events]
    assert sorted(arrived) == placed != arrived
    goods.faults.add("webhook_disable", count=1)
    goods.place_order([{"sku": "A"}])
    goods.flush_webhooks()
    assert api.get(f"/webhooks/{made['id']}").json()["status"] == "disabled"


def test_webhook_of_a_deleted_user_sends_signed_refusals(
    goods: WooShop, receiver: Receiver, shop: WooShop
) -> None:
    key = shop.add_key(user_id=7)
    register(Api(shop, (key.key, key.secret)), receiver, "order.created")
    shop.delete_user(7)
    goods.place_order([{"sku": "A"}])
    goods.flush_webhooks()
    delivery = receiver.events[0]
    assert delivery.headers["X-WC-Webhook-Signature"] == delivery.signature(SECRET)
    body = json.loads(delivery.body)
    assert (body["code"], body["data"]) == ("woocommerce_rest_cannot_view", {"status": 401})
