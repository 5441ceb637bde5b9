"""Deliveries by the three ways: the secret header, Commerce's own signature, Adobe's I/O events."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from ecomsync.common.errors import ConfigurationError, InvalidPayload, InvalidSignature
from platforms.base import Connection
from platforms.magento2.adapter import Magento2Adapter
from platforms.magento2.event_keys import EventKeys
from platforms.magento2.rsa import is_key, proves
from platforms.types import EventKind, Outcome, WebhookDelivery
from sandbox.magento2 import Magento2Shop, rsa
from tests.platforms.magento2.bench import PUBLIC_KEY, SECRET, MageBench, signature_of

# The fact sheet's worked example (§13), made with a throw-away key.
SHEET_KEY = """-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwExO6XRj3vbuG5RgSHXpV2uk+
QGpy8LOZXojWjA7+F6dpo4v1Gr1RdY8UtP74ILK8Q5SMFq/mCbpWwJk5kg4hPPxw
4zZdYV0D4lyudnpDBlvqRlfSKW/ddKce2FpyZl2CY+oD9nIH8pR1jeCNRs/Up+YB
324nnSKz0ktaP+AnqwIDAQAB
-----END PUBLIC KEY-----"""
SHEET_BODY = b'{"product":{"sku":"SHIRT-RED-M","price":19.9}}'
OVER_BASE64 = (
    "gN0oCLj3KhSpWacxZG3LAaflB+RhtOF2QlK/FkCcuQ8gBy8IRi4u68lY8UpJRtILAgSSnRjPazZJolruPtfF5B20Hm2TxhrtKzSMDIyXQ7KYB8/"
    "wM3vN26BXkPmys/s4776tNt6Q6JArcYk8gxjK3/mACYpXFhbbP++1LhoB7ys="
)
OVER_RAW = (
    "HNVtOIhskqmLL6lyP7KTEOB0bB9lkqaxT3ygPxcBjvuvxiUMKGOf5RY7dXuDCispTF6WQ802ivjQsKaMlVFC3XCdAC6figMg/Nwnp6W03Po9KSxb"
    "WoFqh6GUqshWGixUGe3JGffr5gNWPmDp4k/vW6OI7H8FLtPvtRDDO6QbIeM="
)
HINT = b'{"topic":"order","id":501,"increment_id":"000000501","updated_at":"2024-05-01 09:13:02"}'


def adapter(variant: str, **options: Any) -> Magento2Adapter:
    settings = {"webhook_variant": variant, **options}
    return Magento2Adapter(Connection("S1", "https://shop.test", {}, options=settings, webhook_secret=SECRET))


# ---------------------------------------------------------------- the secret header


def test_hint_of_a_module_is_read_by_its_body() -> None:
    notice = adapter("module").read_webhook(WebhookDelivery({"x-ecomsync-token": SECRET}, HINT))

    assert (notice.kind, notice.topic, notice.remote_id) == (EventKind.ORDER_UPDATED, "order", "501")
    assert notice.occurred_at == datetime(2024, 5, 1, 9, 13, 2, tzinfo=UTC)
    assert notice.resource == "order"


@pytest.mark.parametrize("headers", [{}, {"x-ecomsync-token": "wrong"}, {"x-ecomsync-token": ""}])
def test_hint_without_the_secret_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(InvalidSignature) as caught:
        adapter("module").read_webhook(WebhookDelivery(headers, HINT))

    assert "X-Ecomsync-Token" in caught.value.cure


def test_later_change_of_the_same_order_is_another_event() -> None:
    shop = adapter("module")
    later = HINT.replace(b"09:13:02", b"09:15:00")

    identities = {
        shop.read_webhook(WebhookDelivery({"x-ecomsync-token": SECRET}, body)).identity
        for body in (HINT, HINT, later)
    }

    assert len(identities) == 2


@pytest.mark.parametrize(
    ("topic", "kind", "resource"),
    [
        ("new_creditmemo", EventKind.RETURN_CREATED, "order"),
        ("new_invoice", EventKind.ORDER_PAID, "order"),
        ("update_product", EventKind.PRODUCT_UPDATED, "product"),
        ("delete_customer", EventKind.CUSTOMER_DELETED, "customer"),
        ("abandoned_cart", EventKind.UNKNOWN, ""),
    ],
)
def test_topics_of_the_module_are_named(topic: str, kind: EventKind, resource: str) -> None:
    body = json.dumps({"topic": topic, "id": 9, "order_id": 501}).encode()

    notice = adapter("module").read_webhook(WebhookDelivery({"x-ecomsync-token": SECRET}, body))

    assert (notice.kind, notice.resource) == (kind, resource)
    assert notice.remote_id == ("501" if resource == "order" else "9")


@pytest.mark.parametrize("body", [b"{{item.entity_id}}", b"[1]", b"\xff\xfe"])
def test_template_that_was_pasted_wrong_is_told(body: bytes) -> None:
    with pytest.raises(InvalidPayload) as caught:
        adapter("module").read_webhook(WebhookDelivery({"x-ecomsync-token": SECRET}, body))

    assert "template" in caught.value.cure


# ---------------------------------------------------------------- Commerce webhooks


@pytest.mark.parametrize("signature", [OVER_BASE64, OVER_RAW])
def test_worked_example_is_proved_over_either_text(signature: str) -> None:
    headers = {
        "x-ecomsync-token": SECRET,
        "x-ecomsync-topic": "update_product",
        "x-adobe-commerce-webhook-signature": signature,
    }

    notice = adapter("commerce", webhook_public_key=SHEET_KEY).read_webhook(
        WebhookDelivery(headers, SHEET_BODY)
    )

    assert notice.kind is EventKind.PRODUCT_UPDATED


def test_signature_is_asked_for_only_where_the_site_has_the_key() -> None:
    headers = {"x-ecomsync-token": SECRET}
    signed = {**headers, "x-adobe-commerce-webhook-signature": signature_of(HINT)}

    assert adapter("commerce").read_webhook(WebhookDelivery(headers, HINT)).remote_id == "501"
    with_key = adapter("commerce", webhook_public_key=PUBLIC_KEY)
    assert with_key.read_webhook(WebhookDelivery(signed, HINT)).remote_id == "501"
    for delivery in (WebhookDelivery(headers, HINT), WebhookDelivery(signed, HINT + b" ")):
        with pytest.raises(InvalidSignature):
            with_key.read_webhook(delivery)


def test_key_that_lost_its_line_breaks_in_a_form_works() -> None:
    assert proves(" ".join(SHEET_KEY.split("\n")), base64.b64encode(SHEET_BODY), OVER_BASE64)
    assert is_key(SHEET_KEY) and not is_key("-----BEGIN PUBLIC KEY-----\nnonsense\n-----END PUBLIC KEY-----")
    assert not proves("", SHEET_BODY, OVER_RAW)
    assert not proves(SHEET_KEY, SHEET_BODY, "not base64 ü")


# ---------------------------------------------------------------- I/O events


class Keys:
    """Adobe's host with one key."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.now = 0.0
        self.keys = EventKeys(self._fetch, lambda: self.now)

    def _fetch(self, url: str) -> str:
        self.asked.append(url)
        return SHEET_KEY if url.endswith("/prod/keys/pub-key-1.pem") else ""


@pytest.fixture
def keys() -> Keys:
    return Keys()


def events(keys: Keys) -> Magento2Adapter:
    found = adapter("events")
    found.event_keys = keys.keys
    return found


def event_headers(**more: str) -> dict[str, str]:
    return {
        "x-adobe-delivery-id": "d-1",
        "x-adobe-event-id": "e-1",
        "x-adobe-event-code": "com.adobe.commerce.observer.catalog_product_save_commit_after",
        "x-adobe-digital-signature-1": base64.b64encode(b"x" * 128).decode(),
        "x-adobe-public-key1-path": "/prod/keys/pub-key-2.pem",
        "x-adobe-digital-signature-2": OVER_RAW,
        "x-adobe-public-key2-path": "/prod/keys/pub-key-1.pem",
        **more,
    }


def test_event_is_proved_by_either_of_two_signatures_and_named_by_its_code(keys: Keys) -> None:
    shop = events(keys)

    notice = shop.read_webhook(WebhookDelivery(event_headers(), SHEET_BODY))
    again = shop.read_webhook(WebhookDelivery(event_headers(**{"x-adobe-delivery-id": "d-2"}), SHEET_BODY))

    assert (notice.kind, notice.topic, notice.delivery_id) == (
        EventKind.PRODUCT_UPDATED,
        "update_product",
        "d-1",
    )
    assert notice.identity == again.identity
    assert keys.asked == [
        "https://static.adobeioevents.com/prod/keys/pub-key-2.pem",
        "https://static.adobeioevents.com/prod/keys/pub-key-1.pem",
    ]


def test_keys_are_kept_for_a_day_and_missing_ones_for_minutes(keys: Keys) -> None:
    keys.keys.get("/prod/keys/pub-key-1.pem")
    keys.keys.get("/prod/keys/pub-key-2.pem")
    keys.now = 3600.0
    keys.keys.get("/prod/keys/pub-key-1.pem")
    keys.keys.get("/prod/keys/pub-key-2.pem")
    keys.now = 25 * 3600.0
    keys.keys.get("/prod/keys/pub-key-1.pem")

    assert [url.rpartition("-")[2] for url in keys.asked] == ["1.pem", "2.pem", "2.pem", "1.pem"]


@pytest.mark.parametrize(
    "path",
    [
        "https://evil.example/prod/keys/pub-key-1.pem",
        "//evil.example/pub-key-1.pem",
        "/prod/keys/../../evil.pem",
        "@evil.example/prod/keys/pub-key-1.pem",
        "",
    ],
)
def test_keys_come_from_adobes_host_only(keys: Keys, path: str) -> None:
    headers = event_headers(**{"x-adobe-public-key2-path": path})

    with pytest.raises(InvalidSignature):
        events(keys).read_webhook(WebhookDelivery(headers, SHEET_BODY))

    assert all(url.startswith("https://static.adobeioevents.com/prod/keys/pub-key-2") for url in keys.asked)


def test_changed_event_and_unsigned_event_are_refused(keys: Keys) -> None:
    shop = events(keys)
    delivery = WebhookDelivery(event_headers(), SHEET_BODY)
    unsigned = {name: value for name, value in delivery.headers.items() if "signature" not in name}

    for wrong in (replace(delivery, body=SHEET_BODY + b" "), replace(delivery, headers=unsigned)):
        with pytest.raises(InvalidSignature):
            shop.read_webhook(wrong)


@pytest.mark.parametrize("wrapped", [False, True])
def test_fields_of_an_event_lie_in_data_or_one_deeper(wrapped: bool, monkeypatch: Any) -> None:
    fields = {"entity_id": 501, "updated_at": "2024-05-01 09:13:02"}
    body = json.dumps(
        {
            "specversion": "1.0",
            "type": "com.adobe.commerce.observer.sales_order_save_commit_after",
            "id": "e-9",
            "time": "2024-05-01T09:13:05Z",
            "data": {"value": fields} if wrapped else fields,
        }
    ).encode()
    monkeypatch.setattr("platforms.magento2.webhooks.proves", lambda *_args: True)
    keys = Keys()

    notice = events(keys).read_webhook(WebhookDelivery(event_headers(), body))

    assert (notice.kind, notice.remote_id) == (EventKind.ORDER_UPDATED, "501")
    assert notice.occurred_at == datetime(2024, 5, 1, 9, 13, 2, tzinfo=UTC)


# ---------------------------------------------------------------- from the sandbox and back


class Postbox:
    """Takes what the shop sends, in place of the network."""

    def __init__(self, shop: Magento2Shop) -> None:
        self.got: list[WebhookDelivery] = []
        shop.app.events._request = self._take  # type: ignore[method-assign]

    def _take(self, method: str, url: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes, str]:
        self.got.append(WebhookDelivery({name.lower(): value for name, value in headers.items()}, body))
        return 200, b'{"op":"success"}', ""


@pytest.mark.parametrize("signing", [False, True])
def test_hook_of_commerce_is_registered_delivered_and_read(
    shop: Magento2Shop, bench: MageBench, signing: bool
) -> None:
    shop.options.webhook_signing = signing
    postbox = Postbox(shop)
    options = {"webhook_public_key": rsa.public_pem() if signing else ""}
    with bench.adapter(options=options) as adapter:
        results = adapter.register_webhooks(["order", "new_creditmemo", "moon"])
        order = bench.order()
        shop.refund(int(order))
        shop.flush_webhooks()
        notices = [adapter.read_webhook(delivery) for delivery in postbox.got]
        health = {hook.topic for hook in adapter.webhook_health()}

    assert [result.code for result in results] == ["", "", "unknown_topic"]
    assert {(notice.topic, notice.remote_id) for notice in notices} == {
        ("order", order),
        ("new_creditmemo", order),
    }
    assert health == {"order", "new_creditmemo"}
    hooks = shop.rest("GET", "/V1/webhooks/list")
    assert {(hook["required"], hook["timeout"]) for hook in hooks} == {(False, 2000)}


def test_new_secret_and_topics_no_longer_wanted_change_the_hooks(
    shop: Magento2Shop, bench: MageBench
) -> None:
    with bench.adapter() as adapter:
        adapter.register_webhooks(["order", "update_product"])
    with bench.adapter(connection={"webhook_secret": "another-secret"}) as adapter:
        (result,) = adapter.register_webhooks(["order"])

    (hook,) = shop.rest("GET", "/V1/webhooks/list")
    assert result.outcome is Outcome.OK
    assert {"name": "X-Ecomsync-Token", "value": "another-secret"} in hook["headers"]


def test_event_of_adobe_is_subscribed_delivered_and_read(shop: Magento2Shop, bench: MageBench) -> None:
    postbox = Postbox(shop)
    shop.app.events._challenge = lambda url: None  # type: ignore[method-assign]
    shop.add_hook("https://erp.example.test/hook", kind="io")
    with bench.adapter(options={"webhook_variant": "events"}) as adapter:
        adapter.event_keys = EventKeys(lambda _url: rsa.public_pem())
        first = adapter.register_webhooks(["order", "moon"])
        second = adapter.register_webhooks(["order"])
        order = bench.order()
        shop.flush_webhooks()
        notices = [adapter.read_webhook(delivery) for delivery in postbox.got]
        health = [(hook.topic, hook.active) for hook in adapter.webhook_health()]

    assert [result.code for result in first] == ["", "unknown_topic"]
    assert second[0].outcome is Outcome.UNCHANGED
    assert {(notice.topic, notice.remote_id) for notice in notices} == {("order", order)}
    assert len({notice.identity for notice in notices}) == len(notices) > 0
    assert health == [("order", True)]


def test_module_is_set_up_by_hand_and_its_template_is_understood(
    shop: Magento2Shop, bench: MageBench
) -> None:
    postbox = Postbox(shop)
    shop.add_hook("https://erp.example.test/hook", "order", token=SECRET)
    with bench.adapter(options={"webhook_variant": "module"}) as adapter:
        (told,) = adapter.register_webhooks(["order"])
        order = bench.order()
        shop.flush_webhooks()
        notices = [adapter.read_webhook(delivery) for delivery in postbox.got]
        health = adapter.webhook_health()

    assert (told.outcome, told.code) == (Outcome.REJECTED, "set_up_by_hand")
    assert "X-Ecomsync-Token" in told.cure and "{{item.entity_id}}" in told.cure
    assert {(notice.topic, notice.remote_id) for notice in notices} == {("order", order)}
    assert {hook.detail for hook in health} == {"set up by hand; not watched"}


def test_shop_without_the_modules_of_commerce_is_told(open_source: MageBench) -> None:
    for variant in ("commerce", "events"):
        with (
            open_source.adapter(options={"webhook_variant": variant}) as adapter,
            pytest.raises(ConfigurationError) as caught,
        ):
            adapter.register_webhooks(["order"])
        assert caught.value.code == "no_webhook_module"
