"""Deliveries: the sheet's own worked signature, both forms of headers, what each topic is about, and subscriptions that
Shopify removes."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from ecomsync.common.errors import ConfigurationError, InvalidSignature
from platforms.shopify.adapter import ShopifyAdapter
from platforms.shopify.webhooks import REQUIRED_TOPICS, TOPICS, read_delivery, signature_of, topic_for
from platforms.types import EventKind, Outcome, WebhookDelivery
from tests.platforms.shopify.bench import HOOK_URL, ShopifyBench

SECRET = "example-client-secret-shopify-0001"
BODY = (
    b'{"id":5501234567890,"admin_graphql_api_id":"gid://shopify/Order/5501234567890","name":"#1042",'
    b'"financial_status":"paid","total_price":"59.80","currency":"EUR","updated_at":"2026-11-02T10:15:31+01:00"}'
)
PROOF = "ow9R+/TYeNs9nhN+z5klYbNhP6zq5N4Gz39THjTt1Po="


def delivery(topic: str, body: Any, *, prefix: str = "x-shopify-", **headers: str) -> WebhookDelivery:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return WebhookDelivery(
        {
            f"{prefix}topic": topic,
            f"{prefix}hmac-sha256": signature_of(raw, SECRET),
            f"{prefix}webhook-id": "w1",
            f"{prefix}event-id": "e1",
            **headers,
        },
        raw,
    )


def read(made: WebhookDelivery, **more: Any) -> Any:
    return read_delivery(made, secrets=(SECRET,), **more)


class TestProof:
    def test_signature_is_that_of_the_fact_sheet(self) -> None:
        assert len(BODY) == 200
        assert signature_of(BODY, SECRET) == PROOF

    def test_events_with_the_newer_headers_are_read_too(self) -> None:
        notice = read(delivery("orders/updated", BODY, prefix="shopify-"))

        assert (notice.kind, notice.remote_id, notice.delivery_id) == (
            EventKind.ORDER_UPDATED,
            "5501234567890",
            "w1",
        )
        assert notice.occurred_at.isoformat() == "2026-11-02T09:15:31+00:00"

    def test_former_secret_is_good_for_a_while(self) -> None:
        assert (
            read_delivery(delivery("orders/paid", BODY), secrets=("new", SECRET)).kind is EventKind.ORDER_PAID
        )
        with pytest.raises(InvalidSignature):
            read_delivery(delivery("orders/paid", BODY), secrets=("new",))

    def test_delivery_of_another_shop_of_the_same_app_is_refused(self) -> None:
        """All shops of an app share its secret."""
        made = delivery("orders/paid", BODY, **{"x-shopify-shop-domain": "other.myshopify.com"})

        with pytest.raises(InvalidSignature) as caught:
            read(made, shop="mine.myshopify.com")

        assert caught.value.code == "other_shop"
        assert read(made, shop="other.myshopify.com").remote_id == "5501234567890"

    def test_adapter_takes_the_former_secret_of_the_site(self, bench: ShopifyBench) -> None:
        adapter = bench.adapter(credentials={"password": "shpss_new", "old_client_secret": bench.shop.secret})

        assert adapter.read_webhook(bench.delivery("orders/paid", bench.order_body("5"))).remote_id == "5"

    def test_gateway_is_given_what_proves_a_delivery_and_nothing_else(self) -> None:
        assert ShopifyAdapter.webhook_credentials == ("password", "old_client_secret")


class TestWhatItIsAbout:
    @pytest.mark.parametrize(
        ("topic", "body", "kind", "remote_id", "resource"),
        [
            (
                "orders/edited",
                {"order_edit": {"id": 1, "order_id": 77}},
                EventKind.ORDER_UPDATED,
                "77",
                "order",
            ),
            ("refunds/create", {"id": 5, "order_id": 77}, EventKind.RETURN_CREATED, "77", "order"),
            ("fulfillments/create", {"id": 5, "order_id": 77}, EventKind.ORDER_UPDATED, "77", "order"),
            ("order_transactions/create", {"id": 5, "order_id": 77}, EventKind.ORDER_UPDATED, "77", "order"),
            (
                "returns/close",
                {"id": 5, "order": {"id": 77, "admin_graphql_api_id": "gid://shopify/Order/77"}},
                EventKind.RETURN_CREATED,
                "77",
                "order",
            ),
            ("products/delete", {"id": 9}, EventKind.PRODUCT_DELETED, "9", "product"),
            (
                "inventory_levels/update",
                {"inventory_item_id": 4, "location_id": 1, "available": 3},
                EventKind.STOCK_CHANGED,
                "4",
                "inventory_levels",
            ),
            ("customers/redact", {"customer": {"id": 8}}, EventKind.PERSON_TO_ERASE, "8", "customer"),
            (
                "customers/data_request",
                {"customer": {"id": 8}},
                EventKind.PERSON_ASKS_FOR_DATA,
                "8",
                "customer",
            ),
            ("shop/redact", {"shop_id": 1}, EventKind.SHOP_TO_ERASE, "", "shop"),
            (
                "bulk_operations/finish",
                {"admin_graphql_api_id": "gid://shopify/BulkOperation/6"},
                EventKind.UNKNOWN,
                "6",
                "bulk_operations",
            ),
        ],
    )
    def test_topic(self, topic: str, body: Any, kind: EventKind, remote_id: str, resource: str) -> None:
        notice = read(delivery(topic, body))

        assert (notice.kind, notice.remote_id, notice.resource) == (kind, remote_id, resource)

    def test_deletions_alike_are_told_apart_by_their_event(self) -> None:
        first = read(delivery("products/delete", {"id": 9}))
        again = read(delivery("products/delete", {"id": 9}, **{"x-shopify-webhook-id": "w2"}))
        other = read(delivery("products/delete", {"id": 9}, **{"x-shopify-event-id": "e2"}))

        assert first.identity == again.identity != other.identity

    def test_nanoseconds_of_the_header_are_read(self) -> None:
        made = delivery(
            "products/delete", {"id": 9}, **{"x-shopify-triggered-at": "2026-11-02T09:15:31.118000123Z"}
        )

        assert read(made).occurred_at.isoformat() == "2026-11-02T09:15:31.118000+00:00"

    def test_every_kind_finds_its_way_back(self) -> None:
        for kind in set(TOPICS.values()) - {EventKind.UNKNOWN}:
            assert TOPICS[topic_for(kind)] is kind


class TestAtTheShop:
    def test_deliveries_of_the_shop_prove_and_name_themselves(self, bench: ShopifyBench) -> None:
        with bench.adapter() as adapter:
            adapter.register_webhooks(["orders/create", "refunds/create"])
            remote_id = bench.order()
            sent = bench.shop.flush_webhooks()

        assert remote_id
        assert [row["topic"] for row in sent] == ["orders/create"]

    def test_removed_subscriptions_are_shown_and_made_again(self, bench: ShopifyBench) -> None:
        with bench.adapter() as adapter:
            adapter.register_webhooks(REQUIRED_TOPICS)
            learned = adapter.learned
            bench.switch_webhooks_off()
        with bench.adapter(connection={"learned": learned}) as later:
            health = later.webhook_health()
            again = later.register_webhooks(REQUIRED_TOPICS)

        assert {(hook.topic, hook.active, hook.detail) for hook in health} == {
            (topic, False, "removed by Shopify") for topic in REQUIRED_TOPICS
        }
        assert {(result.outcome, result.code) for result in again} == {(Outcome.OK, "enabled_again")}

    def test_topics_no_longer_wanted_are_taken_away(self, bench: ShopifyBench) -> None:
        with bench.adapter() as adapter:
            adapter.register_webhooks(["orders/create", "products/update"])
            adapter.register_webhooks(["orders/create"])
            topics = [hook.topic for hook in adapter.webhook_health()]

        assert topics == ["orders/create"]

    def test_all_are_made_anew_when_asked_for(self, bench: ShopifyBench) -> None:
        with bench.adapter() as adapter:
            (before,) = adapter.register_webhooks(["orders/create"])
            (after,) = adapter.register_webhooks(["orders/create"], anew=True)

            assert len(adapter.webhook_health()) == 1
        assert before.remote_id != after.remote_id

    def test_hooks_of_others_are_left_alone(self, bench: ShopifyBench) -> None:
        with bench.adapter(connection={"webhook_url": f"{HOOK_URL}other"}) as other:
            other.register_webhooks(["orders/create"])
        with bench.adapter() as adapter:
            adapter.register_webhooks(["orders/paid"])
            assert [hook.topic for hook in adapter.webhook_health()] == ["orders/paid"]
        with bench.adapter(connection={"webhook_url": f"{HOOK_URL}other"}) as other:
            assert [hook.topic for hook in other.webhook_health()] == ["orders/create"]

    def test_unknown_topic_is_refused(self, bench: ShopifyBench) -> None:
        with bench.adapter() as adapter:
            (result,) = adapter.register_webhooks(["moon/landed"])

        assert (result.outcome, result.code) == (Outcome.REJECTED, "unknown_topic")

    @pytest.mark.parametrize(
        ("connection", "credentials", "code"),
        [
            ({"webhook_url": ""}, {}, "no_webhook_url"),
            ({"webhook_url": "http://erp.example.test/hook/"}, {}, "https_required"),
            ({}, {"password": ""}, "no_webhook_secret"),
        ],
    )
    def test_what_is_missing_is_named_before_any_call(
        self, bench: ShopifyBench, connection: dict[str, Any], credentials: dict[str, str], code: str
    ) -> None:
        with (
            bench.adapter(connection=connection, credentials=credentials) as adapter,
            pytest.raises(ConfigurationError) as caught,
        ):
            adapter.register_webhooks(["orders/create"])

        assert caught.value.code == code
        assert bench.calls == 0


def test_secret_of_the_site_stands_in_where_the_app_has_none(bench: ShopifyBench) -> None:
    adapter = bench.adapter(credentials={"password": ""})
    adapter.connection = replace(adapter.connection, webhook_secret=bench.shop.secret)

    assert adapter.read_webhook(bench.delivery("orders/paid", bench.order_body("5"))).remote_id == "5"
