"""Deliveries in, by both proofs; hooks out, through the sandbox to a receiver and back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ecomsync.common.errors import ConfigurationError, InvalidPayload, InvalidSignature
from platforms.bigcommerce.webhooks import SECRET_HEADER, read_delivery, signature_of
from platforms.types import EventKind, Outcome, WebhookDelivery, WebhookNotice
from sandbox.bigcommerce import BigCommerceShop
from tests.platforms.bigcommerce.bench import SECRET, BigCommerceBench
from tests.sandbox.client import Receiver

#: Worked example of the fact sheet, sections 2 and 13 (computed, and checked with the `standardwebhooks` package).
CLIENT_SECRET = "example-client-secret-bigcommerce-0001"
BODY = (
    b'{"scope":"store/order/statusUpdated","store_id":"1001548912","data":{"type":"order","id":2187,"status":'
    b'{"previous_status_id":7,"new_status_id":11}},"hash":"0f9f2f3f7f0c5a3d4e1b2c6d8a7e9b0c1d2e3f40",'
    b'"created_at":1793613400,"producer":"stores/z9k2q7m1ab"}'
)
SIGNED = {
    "webhook-id": "msg_2xYk7pQwErTyUiOp",
    "webhook-timestamp": "1793613402",
    "webhook-signature": "v1,1b+U0msF6cVwmgiRZjilbwWmr1182+M5ZQNYUCF8wdg=",
}
HEADERS = {**SIGNED, SECRET_HEADER.lower(): SECRET}
AT = datetime.fromtimestamp(1_793_613_410, UTC)


def read(
    headers: dict[str, str], *, client_secret: str = CLIENT_SECRET, mode: str = "auto", now: datetime = AT
) -> WebhookNotice:
    return read_delivery(
        WebhookDelivery(headers, BODY),
        secret=SECRET,
        client_secret=client_secret,
        store_hash="z9k2q7m1ab",
        mode=mode,
        now=now,
    )


def test_signature_of_the_fact_sheet() -> None:
    assert len(BODY) == 253
    assert (
        signature_of(CLIENT_SECRET, SIGNED["webhook-id"], SIGNED["webhook-timestamp"], BODY)
        == SIGNED["webhook-signature"]
    )

    notice = read(HEADERS)

    assert (notice.kind, notice.remote_id, notice.resource) == (EventKind.ORDER_UPDATED, "2187", "order")
    assert notice.delivery_id == "msg_2xYk7pQwErTyUiOp"
    assert notice.occurred_at == datetime.fromtimestamp(1_793_613_400, UTC)
    assert notice.payload["data"]["status"] == {"previous_status_id": 7, "new_status_id": 11}


def test_one_of_several_signatures_is_enough() -> None:
    several = f"v1,AAAA {SIGNED['webhook-signature']} v2,BBBB"

    assert read({**HEADERS, "webhook-signature": several}).remote_id == "2187"


@pytest.mark.parametrize(
    "headers",
    [
        {**SIGNED, SECRET_HEADER.lower(): "another"},
        SIGNED,
        {**HEADERS, "webhook-signature": "v1,AAAA"},
        {**HEADERS, "webhook-id": "msg_other"},
        {**HEADERS, "webhook-timestamp": "1793613403"},
        {**HEADERS, "webhook-timestamp": "soon"},
        {SECRET_HEADER.lower(): SECRET},
    ],
)
def test_what_is_not_proved_both_ways_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(InvalidSignature):
        read(headers)


def test_old_delivery_is_refused() -> None:
    with pytest.raises(InvalidSignature) as caught:
        read(HEADERS, now=datetime.fromtimestamp(1_793_613_402 + 301, UTC))

    assert caught.value.code == "stale_delivery"


def test_header_alone_is_enough_without_client_secret_or_by_option() -> None:
    header = {SECRET_HEADER.lower(): SECRET}

    assert read(header, client_secret="").remote_id == "2187"
    assert read(header, mode="header").remote_id == "2187"
    with pytest.raises(InvalidSignature):
        read(header, client_secret="", mode="required")


def test_delivery_of_another_store_is_refused_although_its_app_signed_it(bench: BigCommerceBench) -> None:
    """All stores of an app share its client secret."""
    body = bench.order_body("1", producer="stores/other")

    with pytest.raises(InvalidSignature) as caught:
        bench.adapter().read_webhook(bench.delivery("store/order/updated", body))

    assert caught.value.code == "other_store"


def test_list_in_place_of_an_object_is_an_invalid_payload(bench: BigCommerceBench) -> None:
    with pytest.raises(InvalidPayload):
        bench.adapter().read_webhook(bench.delivery("store/order/updated", b"[1]"))


def test_variants_are_named_by_their_own_number(bench: BigCommerceBench) -> None:
    detail = {"product_id": 77, "variant_id": 381, "method": "absolute", "value": 5}
    body = bench.order_body("9", data={"type": "sku", "id": 9, "inventory": detail})

    notice = bench.adapter().read_webhook(bench.delivery("store/sku/inventory/updated", body))

    assert (notice.kind, notice.remote_id) == (EventKind.STOCK_CHANGED, "381")


def test_archived_order_is_not_taken_for_cancelled(bench: BigCommerceBench) -> None:
    notice = bench.adapter().read_webhook(bench.delivery("store/order/archived", bench.order_body("7")))

    assert notice.kind is EventKind.ORDER_UPDATED


# ---------------------------------------------------------------- through the sandbox


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


def test_events_of_the_store_arrive_and_are_proved(shop: BigCommerceShop, receiver: Receiver) -> None:
    bench = BigCommerceBench(shop)
    with bench.adapter(connection={"webhook_url": f"{receiver.url}/hooks/"}) as adapter:
        adapter.register_webhooks(adapter.capabilities.required_webhook_topics)
        order = bench.order()
        shop.set_order_status(int(order), 10)
        shop.flush_webhooks()
        deliveries = [
            WebhookDelivery({k.lower(): v for k, v in got.headers.items()}, got.body) for got in receiver.got
        ]
        notices = [adapter.read_webhook(delivery) for delivery in deliveries]

    assert [notice.topic for notice in notices] == [
        "store/order/created",
        "store/order/statusUpdated",
        "store/order/updated",
    ]
    assert {notice.remote_id for notice in notices} == {order}
    assert all(SECRET_HEADER.lower() in delivery.headers for delivery in deliveries)
    assert len({notice.identity for notice in notices}) == 3


def test_retry_is_the_same_event(shop: BigCommerceShop, receiver: Receiver) -> None:
    receiver.status = 500
    bench = BigCommerceBench(shop)
    with bench.adapter(connection={"webhook_url": f"{receiver.url}/hooks/"}) as adapter:
        adapter.register_webhooks(["store/order/created"])
        bench.order()
        shop.flush_webhooks()
        receiver.status = 200
        shop.advance(61)
        shop.flush_webhooks()
        first, second = (
            read_delivery(
                WebhookDelivery({k.lower(): v for k, v in got.headers.items()}, got.body),
                secret=SECRET,
                client_secret=shop.secret,
                store_hash=shop.options.store_hash,
                mode="auto",
                now=datetime.fromtimestamp(int(got.headers["webhook-timestamp"]), UTC),
            )
            for got in receiver.got
        )

    assert first.identity == second.identity and first.delivery_id == second.delivery_id


# ---------------------------------------------------------------- registration


def test_secret_travels_in_a_header_and_is_renewed(bench: BigCommerceBench) -> None:
    with bench.adapter() as adapter:
        adapter.register_webhooks(["store/order/created"])
    with bench.adapter(connection={"webhook_secret": "another-secret"}) as adapter:
        (result,) = adapter.register_webhooks(["store/order/created"])

    (hook,) = bench.shop.store.hooks.values()
    assert (result.outcome, result.code) == (Outcome.OK, "secret_renewed")
    assert hook["headers"] == {SECRET_HEADER: "another-secret"}


def test_hooks_that_are_not_wanted_any_more_go_and_those_of_others_stay(bench: BigCommerceBench) -> None:
    with bench.adapter() as adapter:
        adapter.register_webhooks(["store/order/created", "store/order/updated"])
        bench.shop.store.hooks[1] = {
            **next(iter(bench.shop.store.hooks.values())),
            "id": 1,
            "destination": "https://other.example.test/",
        }
        adapter.register_webhooks(["store/order/updated"])

    assert sorted((hook["scope"], hook["destination"][:13]) for hook in bench.shop.store.hooks.values()) == [
        ("store/order/created", "https://other"),
        ("store/order/updated", "https://erp.e"),
    ]


def test_secret_of_the_header_is_in_no_record(bench: BigCommerceBench) -> None:
    seen: list[object] = []
    with bench.adapter(observer=seen.append) as adapter:
        adapter.register_webhooks(["store/order/created"])
        adapter.webhook_health()

    assert len(seen) >= 3 and SECRET not in str(seen)


def test_unknown_topic_and_bad_address_are_refused(bench: BigCommerceBench) -> None:
    with bench.adapter() as adapter:
        (result,) = adapter.register_webhooks(["store/moon/landed"])
        assert result.code == "unknown_topic"
        adapter.connection = replace(adapter.connection, webhook_url="")
    for url in ("http://erp.example.test/", "https://erp.example.test:8443/", ""):
        with bench.adapter(connection={"webhook_url": url}) as adapter, pytest.raises(ConfigurationError):
            adapter.register_webhooks(["store/order/created"])
