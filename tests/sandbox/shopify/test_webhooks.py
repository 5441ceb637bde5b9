"""Webhooks: chapter 13 of the fact sheet."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest

from tests.sandbox.client import Receiver
from tests.sandbox.shopify.client import Admin

CREATE = """mutation($t: WebhookSubscriptionTopic!, $w: WebhookSubscriptionInput!) {
  webhookSubscriptionCreate(topic: $t, webhookSubscription: $w) {
    webhookSubscription { id topic uri callbackUrl apiVersion { handle } } userErrors { field message } } }"""
LIST = "{ webhookSubscriptions(first: 50) { nodes { id topic uri } } }"


def subscribe(admin: Admin, topic: str, uri: str, **extra: Any) -> Any:
    answer = admin(CREATE, {"t": topic, "w": {"uri": uri, "format": "JSON", **extra}})[
        "webhookSubscriptionCreate"
    ]
    assert answer["userErrors"] == []
    return answer["webhookSubscription"]


def signature(secret: str, body: bytes) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def test_the_worked_example_of_the_sheet():
    body = (
        b'{"id":5501234567890,"admin_graphql_api_id":"gid://shopify/Order/5501234567890","name":"#1042",'
        b'"financial_status":"paid","total_price":"59.80","currency":"EUR","updated_at":"2026-11-02T10:15:31+01:00"}'
    )
    assert len(body) == 200
    assert (
        signature("example-client-secret-shopify-0001", body)
        == "ow9R+/TYeNs9nhN+z5klYbNhP6zq5N4Gz39THjTt1Po="
    )


def test_delivery_is_signed_and_told_in_headers(shop, admin, receiver):
    made = subscribe(admin, "ORDERS_CREATE", f"{receiver.url}/hooks?a=1&b=2")
    assert made["apiVersion"] == {"handle": "2026-10"}
    order = shop.place_order([{"title": "قهوة & شاي", "price": "10.00"}])
    (sent,) = shop.flush_webhooks()
    assert (sent["status"], sent["topic"]) == (200, "orders/create")
    (got,) = receiver.got
    head = got.headers
    assert head["X-Shopify-Hmac-Sha256"] == signature(shop.secret, got.body)
    assert (head["X-Shopify-Topic"], head["X-Shopify-Shop-Domain"]) == ("orders/create", shop.domain)
    assert head["X-Shopify-API-Version"] == "2026-10"
    assert len(head["X-Shopify-Webhook-Id"]) == len(head["X-Shopify-Event-Id"]) == 36
    assert head["X-Shopify-Triggered-At"].endswith("Z")
    body = json.loads(got.body)
    assert (body["id"], body["admin_graphql_api_id"], body["total_price"]) == (
        order["number"],
        order["id"],
        "11.50",
    )
    assert body["line_items"][0]["title"] == "قهوة & شاي"
    assert b"\\/" in got.body
    assert b"\\u0026" in got.body


def test_payload_version_is_that_of_the_app(shop, admin, receiver):
    shop.options.webhook_version = "2026-07"
    subscribe(admin, "ORDERS_CREATE", receiver.url)
    shop.place_order([{"title": "Thing", "price": "1.00"}])
    shop.flush_webhooks()
    assert receiver.got[0].headers["X-Shopify-API-Version"] == "2026-07"


def test_two_subscriptions_share_the_event_and_not_the_id(shop, admin, receiver):
    subscribe(admin, "ORDERS_CREATE", f"{receiver.url}/one")
    subscribe(admin, "ORDERS_CREATE", f"{receiver.url}/two")
    shop.place_order([{"title": "Thing", "price": "1.00"}])
    shop.flush_webhooks()
    one, two = (d.headers for d in receiver.got)
    assert one["X-Shopify-Event-Id"] == two["X-Shopify-Event-Id"]
    assert one["X-Shopify-Webhook-Id"] != two["X-Shopify-Webhook-Id"]


def test_retries_repeat_body_and_id(shop, admin, receiver):
    subscribe(admin, "ORDERS_CREATE", receiver.url)
    receiver.status = 500
    order = shop.place_order([{"title": "Thing", "price": "1.00"}])
    shop.flush_webhooks()
    shop.touch_order(order["id"])
    assert shop.flush_webhooks() == []
    receiver.status = 200
    shop.advance(61)
    (again,) = shop.flush_webhooks()
    assert (again["status"], again["retries"]) == (200, 1)
    first, second = receiver.got
    assert first.body == second.body
    assert first.headers["X-Shopify-Webhook-Id"] == second.headers["X-Shopify-Webhook-Id"]
    assert len(admin(LIST)["webhookSubscriptions"]["nodes"]) == 1


def test_eighth_retry_in_vain_removes_the_subscription(shop, admin, receiver):
    subscribe(admin, "ORDERS_CREATE", receiver.url)
    receiver.status = 302
    shop.place_order([{"title": "Thing", "price": "1.00"}])
    shop.flush_webhooks()
    for _ in range(20):
        shop.advance(1800)
        shop.flush_webhooks()
    assert len(receiver.got) == 9
    assert admin(LIST)["webhookSubscriptions"]["nodes"] == []


def test_include_fields_and_names(shop, admin, receiver):
    subscribe(admin, "ORDERS_CREATE", receiver.url, includeFields=["id", "updated_at"], name="orders")
    shop.place_order([{"title": "Thing", "price": "1.00"}])
    shop.flush_webhooks()
    assert set(json.loads(receiver.got[0].body)) == {"id", "updated_at"}
    assert receiver.got[0].headers["X-Shopify-Name"] == "orders"


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("http://shop.example.com/hook", "Address protocol http:// is not supported"),
        ("https://x.myshopify.com/hook", "Address cannot be a Shopify or an internal domain"),
        ("ftp://example.com", "Address is invalid"),
    ],
)
def test_addresses_are_checked(admin, uri, message):
    answer = admin(CREATE, {"t": "ORDERS_CREATE", "w": {"uri": uri}})["webhookSubscriptionCreate"]
    assert answer["userErrors"] == [{"field": ["webhookSubscription", "callbackUrl"], "message": message}]


def test_the_same_address_twice_is_taken(admin):
    subscribe(admin, "ORDERS_CREATE", "https://example.com/hook")
    again = admin(CREATE, {"t": "ORDERS_CREATE", "w": {"uri": "https://example.com/hook"}})
    assert again["webhookSubscriptionCreate"]["userErrors"][0]["message"] == (
        "Address for this topic has already been taken"
    )


def test_topics_need_their_scope(shop):
    admin = Admin(shop, shop.add_token(("read_products",)))
    answer = admin(CREATE, {"t": "ORDERS_CREATE", "w": {"uri": "https://example.com/h"}})[
        "webhookSubscriptionCreate"
    ]
    assert answer["userErrors"][0]["field"] == ["topic"]


def test_after_a_rotation_the_old_secret_signs_for_a_while(shop, admin, receiver):
    subscribe(admin, "ORDERS_CREATE", receiver.url)
    shop.options.old_client_secret = "shpss_old"
    shop.place_order([{"title": "Thing", "price": "1.00"}])
    shop.flush_webhooks()
    (got,) = receiver.got
    assert got.headers["X-Shopify-Hmac-Sha256"] == signature("shpss_old", got.body)


def topics(receiver: Receiver) -> list[str]:
    return [d.headers["X-Shopify-Topic"] for d in receiver.got]


def test_each_act_is_announced(shop, admin, receiver):
    shop.add_product(sku="A", price="10.00", stock=5)
    for topic in [
        "ORDERS_CREATE",
        "ORDERS_PAID",
        "ORDERS_UPDATED",
        "ORDERS_EDITED",
        "ORDERS_CANCELLED",
        "REFUNDS_CREATE",
        "FULFILLMENTS_CREATE",
        "ORDER_TRANSACTIONS_CREATE",
        "PRODUCTS_UPDATE",
        "INVENTORY_LEVELS_UPDATE",
        "RETURNS_APPROVE",
        "APP_UNINSTALLED",
    ]:
        subscribe(admin, topic, receiver.url)

    def told() -> list[str]:
        receiver.got.clear()
        shop.flush_webhooks()
        return topics(receiver)

    order = shop.place_order([{"sku": "A", "quantity": 3}])["id"]
    assert told() == ["orders/create", "orders/paid", "order_transactions/create", "inventory_levels/update"]
    shop.edit_order(order, {"A": 2})
    assert told() == ["inventory_levels/update", "orders/edited", "orders/updated"]
    shop.refund(order, lines={"A": 1}, restock="CANCEL")
    assert told() == [
        "inventory_levels/update",
        "refunds/create",
        "order_transactions/create",
        "orders/updated",
    ]
    shop.fulfill(order)
    assert told() == ["fulfillments/create", "orders/updated"]
    shop.return_lines(order, {"A": 1})
    assert told() == ["returns/approve", "orders/updated"]
    shop.set_price("A", "12.00")
    assert told() == ["products/update"]
    shop.cancel_order(shop.buy("A")["id"])
    assert told()[-2:] == ["orders/cancelled", "orders/updated"]
    shop.uninstall()
    assert told() == ["app/uninstalled"]


def test_privacy_topics_are_sent_to_the_apps_address(shop, receiver):
    sent = shop.privacy("customers/redact", receiver.url, {"customer": {"id": 7}})
    assert sent["status"] == 200
    (got,) = receiver.got
    assert got.headers["X-Shopify-Topic"] == "customers/redact"
    assert got.headers["X-Shopify-Hmac-Sha256"] == signature(shop.secret, got.body)
    assert json.loads(got.body)["customer"] == {"id": 7}


@pytest.mark.parametrize(("kind", "count"), [("webhook_duplicate", 2), ("webhook_drop", 0)])
def test_faults_of_deliveries(shop, admin, receiver, kind, count):
    subscribe(admin, "ORDERS_CREATE", receiver.url)
    shop.faults.add(kind, path="orders/create")
    shop.place_order([{"title": "Thing", "price": "1.00"}])
    shop.flush_webhooks()
    assert len(receiver.got) == count


def test_wrong_signature_fault(shop, admin, receiver):
    subscribe(admin, "ORDERS_CREATE", receiver.url)
    shop.faults.add("webhook_wrong_signature")
    shop.place_order([{"title": "Thing", "price": "1.00"}])
    shop.flush_webhooks()
    (got,) = receiver.got
    assert got.headers["X-Shopify-Hmac-Sha256"] != signature(shop.secret, got.body)
