from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from ecomsync.common.errors import ConfigurationError, InvalidSignature, MissingPermission
from platforms.types import EventKind, Outcome, WebhookDelivery
from platforms.woocommerce.webhooks import REGISTRABLE_TOPICS, signature_of, topic_for, verify
from tests.platforms.woocommerce.bench import HOOK_URL, SECRET, WooBench

BODY = (
    b'{"id":4711,"status":"processing","currency":"EUR","total":"59.90","line_items":'
    b'[{"id":12,"sku":"SHIRT-RED-M","quantity":2,"total":"50.34"}]}'
)


# ---------------------------------------------------------------- in


def test_signature_is_that_of_the_worked_examples() -> None:
    assert len(BODY) == 140
    assert signature_of(BODY, "wh_s3cret-1234567890") == "vH7W2SK66CLHb8Ftpmrr+upxXpbWFaIC+NI3BC79Dbs="
    assert (
        signature_of(b'{"id":4711}', "wh_s3cret-1234567890") == "G3QAx3ujuzjlE2I3g2TYqXp9n2GLtxnulC58JQHL3PM="
    )


def test_secret_with_entities_is_decoded_as_wordpress_does() -> None:
    assert signature_of(BODY, "a&amp;b") == signature_of(BODY, "a&b")


@pytest.mark.parametrize("given", ["", "nonsense", "ÄÖÜ", base64.b64encode(b"x" * 32).decode()])
def test_signature_that_proves_nothing_is_refused(given: str) -> None:
    with pytest.raises(InvalidSignature):
        verify(BODY, given, SECRET)


def test_ping_is_recognised_without_signature_even_without_secret(bench: WooBench) -> None:
    adapter = bench.adapter(connection={"webhook_secret": ""})
    headers = {"content-type": "application/x-www-form-urlencoded"}

    notice = adapter.read_webhook(WebhookDelivery(headers, b"webhook_id=123"))

    assert (notice.kind, notice.remote_id, notice.payload) == (EventKind.PING, "", None)


@pytest.mark.parametrize(
    "body",
    [
        b"webhook_id=",
        b"webhook_id=1&x=2",
        b"webhook_id=abc",
        b" webhook_id=1",
        b"webhook_id=1\n",
        b"",
        b'{"id":1}',
    ],
)
def test_unsigned_body_that_is_not_exactly_a_ping_is_refused(bench: WooBench, body: bytes) -> None:
    with pytest.raises(InvalidSignature):
        bench.adapter().read_webhook(WebhookDelivery({}, body))


def test_ping_with_a_topic_must_be_signed(bench: WooBench) -> None:
    with pytest.raises(InvalidSignature):
        bench.adapter().read_webhook(
            WebhookDelivery({"x-wc-webhook-topic": "order.updated"}, b"webhook_id=1")
        )


def test_deliveries_with_one_delivery_id_are_told_apart(bench: WooBench) -> None:
    """Real shops give one id to all deliveries of a hook within a second."""
    adapter = bench.adapter()
    deliveries = [bench.delivery("product.updated", f'{{"id":{n}}}'.encode()) for n in range(51)]

    notices = [adapter.read_webhook(delivery) for delivery in deliveries]

    assert len({notice.delivery_id for notice in notices}) == 1
    assert len({notice.identity for notice in notices}) == 51


def test_one_body_under_two_topics_is_two_events(bench: WooBench) -> None:
    adapter = bench.adapter()

    identities = {
        adapter.read_webhook(bench.delivery(topic, b'{"id":7}')).identity
        for topic in ("order.deleted", "product.deleted")
    }

    assert len(identities) == 2


def test_two_deletions_of_one_object_are_two_events_and_a_replay_is_one(bench: WooBench) -> None:
    """Trashed, restored and trashed again: the bodies are alike, the moments of sending are not."""
    adapter = bench.adapter()
    first = bench.delivery("product.deleted", b'{"id":5}')
    later = replace(first, headers={**first.headers, "x-wc-webhook-delivery-id": "0" * 32})

    identities = [adapter.read_webhook(delivery).identity for delivery in (first, later, first)]

    assert identities[0] == identities[2] != identities[1]


def test_dated_body_under_two_delivery_ids_is_one_event(bench: WooBench) -> None:
    adapter = bench.adapter()
    first = bench.delivery("order.updated", b'{"id":5,"date_modified_gmt":"2024-05-01T09:13:02"}')
    again = replace(first, headers={**first.headers, "x-wc-webhook-delivery-id": "0" * 32})

    assert adapter.read_webhook(first).identity == adapter.read_webhook(again).identity


def test_signed_error_body_is_told_as_an_error(bench: WooBench) -> None:
    body = b'{"code":"woocommerce_rest_product_invalid_id","message":"Invalid ID.","data":{"status":404}}'

    notice = bench.adapter().read_webhook(bench.delivery("product.created", body))

    assert notice.kind is EventKind.PRODUCT_CREATED
    assert notice.error == "woocommerce_rest_product_invalid_id: Invalid ID."
    assert notice.remote_id == ""


def test_deletion_has_only_an_id(bench: WooBench) -> None:
    notice = bench.adapter().read_webhook(bench.delivery("order.deleted", b'{"id":4711}'))

    assert (notice.kind, notice.remote_id, notice.occurred_at) == (EventKind.ORDER_DELETED, "4711", None)


def test_event_happened_when_the_object_was_changed(bench: WooBench) -> None:
    body = b'{"id":4711,"date_modified":"2024-05-01T11:13:02","date_modified_gmt":"2024-05-01T09:13:02"}'

    notice = bench.adapter().read_webhook(bench.delivery("order.updated", body))

    assert notice.occurred_at == datetime(2024, 5, 1, 9, 13, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("topic", "kind"),
    [
        ("order.created", EventKind.ORDER_CREATED),
        ("order.restored", EventKind.ORDER_UPDATED),
        ("product.restored", EventKind.PRODUCT_UPDATED),
        ("product.published", EventKind.PRODUCT_UPDATED),
        ("customer.deleted", EventKind.CUSTOMER_DELETED),
        ("coupon.updated", EventKind.UNKNOWN),
        ("action.woocommerce_add_to_cart", EventKind.UNKNOWN),
    ],
)
def test_topic_gives_the_kind(bench: WooBench, topic: str, kind: EventKind) -> None:
    assert bench.adapter().read_webhook(bench.delivery(topic, b'{"id":1}')).kind is kind


def test_kind_gives_a_topic_that_can_be_registered() -> None:
    assert topic_for(EventKind.ORDER_PAID) == "order.updated"
    assert topic_for(EventKind.STOCK_CHANGED) == "product.updated"
    assert topic_for(EventKind.APP_REMOVED) == ""
    assert {topic_for(kind) for kind in EventKind} - {""} <= set(REGISTRABLE_TOPICS)


def test_delivery_of_the_shop_itself_is_read(bench: WooBench) -> None:
    with bench.adapter() as adapter:
        adapter.register_webhooks(["order.created", "order.updated"])
        sent: list[WebhookDelivery] = []
        bench.shop.app.queue._post = _catch(sent)  # type: ignore[method-assign]
        order_id = bench.order()
        bench.shop.flush_webhooks()
        notices = [adapter.read_webhook(delivery) for delivery in sent if b"webhook_id=" not in delivery.body]

    created = [notice for notice in notices if notice.kind is EventKind.ORDER_CREATED]
    assert [notice.remote_id for notice in created] == [order_id]
    assert adapter.parse_order(created[0].payload).remote_id == order_id


def _catch(sent: list[WebhookDelivery]) -> Any:
    def post(url: str, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
        sent.append(WebhookDelivery({name.lower(): value for name, value in headers.items()}, body))
        return 200, ""

    return post


# ---------------------------------------------------------------- out


def test_hooks_are_registered_once(bench: WooBench) -> None:
    topics = ["order.created", "order.updated", "order.deleted", "product.updated"]

    with bench.adapter() as adapter:
        first = adapter.register_webhooks(topics)
        written = bench.writes
        second = adapter.register_webhooks(topics)

    hooks = bench.shop.rest("GET", "/webhooks", None, per_page=100)
    assert [result.outcome for result in first] == [Outcome.OK] * 4
    assert [result.outcome for result in second] == [Outcome.UNCHANGED] * 4
    assert bench.writes == written
    assert sorted(hook["topic"] for hook in hooks) == sorted(topics)
    assert {hook["delivery_url"] for hook in hooks} == {HOOK_URL}
    assert {hook.secret for hook in bench.shop.store.webhooks.values()} == {SECRET}
    assert SECRET not in str(hooks)


def test_hook_that_the_shop_switched_off_is_seen_and_enabled_again(bench: WooBench) -> None:
    with bench.adapter() as adapter:
        adapter.register_webhooks(["order.updated"])
        next(iter(bench.shop.store.webhooks.values())).status = "disabled"
        before = adapter.webhook_health()
        (result,) = adapter.register_webhooks(["order.updated"])
        after = adapter.webhook_health()

    assert [(hook.active, hook.detail) for hook in before] == [(False, "disabled")]
    assert (result.outcome, result.code) == (Outcome.OK, "enabled_again")
    assert [hook.active for hook in after] == [True]


def test_new_secret_is_given_to_the_shop(bench: WooBench) -> None:
    with bench.adapter() as adapter:
        adapter.register_webhooks(["order.updated"])
    with bench.adapter(connection={"webhook_secret": "another-secret-42"}) as adapter:
        (result,) = adapter.register_webhooks(["order.updated"])

    (hook,) = bench.shop.store.webhooks.values()
    assert (result.outcome, result.code, hook.secret) == (Outcome.OK, "secret_renewed", "another-secret-42")


def test_hooks_of_others_stay_and_ours_beyond_the_list_go(bench: WooBench) -> None:
    other = bench.shop.rest(
        "POST", "/webhooks", {"topic": "order.updated", "delivery_url": "https://other.example.test/"}
    )
    with bench.adapter() as adapter:
        adapter.register_webhooks(["order.updated", "product.updated"])
        adapter.register_webhooks(["order.updated"])
        health = adapter.webhook_health()

    assert other["id"] in bench.shop.store.webhooks
    assert len(bench.shop.store.webhooks) == 2
    assert [hook.topic for hook in health] == ["order.updated"]


def test_unknown_topic_is_refused_and_the_rest_is_registered(bench: WooBench) -> None:
    with bench.adapter() as adapter:
        results = adapter.register_webhooks(["moon.landed", "order.updated"])

    assert [(result.outcome, result.code) for result in results] == [
        (Outcome.REJECTED, "unknown_topic"),
        (Outcome.OK, ""),
    ]


def test_address_to_which_wordpress_does_not_deliver_is_warned_of(bench: WooBench) -> None:
    with bench.adapter(connection={"webhook_url": "http://127.0.0.1:8000/hooks/"}) as adapter:
        (odd_port,) = adapter.register_webhooks(["order.updated"])
    with bench.adapter(connection={"webhook_url": "http://127.0.0.1:8080/hooks/"}) as adapter:
        (private,) = adapter.register_webhooks(["order.updated"])

    assert "8080" in odd_port.warning
    assert "private" in private.warning


@pytest.mark.parametrize("field", ["webhook_url", "webhook_secret"])
def test_registration_without_address_or_secret_says_what_to_do(bench: WooBench, field: str) -> None:
    with bench.adapter(connection={field: ""}) as adapter, pytest.raises(ConfigurationError) as caught:
        adapter.register_webhooks(["order.updated"])

    assert caught.value.code == f"no_{field}"
    assert caught.value.cure


def test_registration_with_a_read_only_key_is_missing_permission(bench: WooBench) -> None:
    with (
        bench.adapter(credentials=bench.read_only_credentials()) as adapter,
        pytest.raises(MissingPermission),
    ):
        adapter.register_webhooks(["order.updated"])


def test_fingerprint_in_the_name_does_not_tell_the_secret(bench: WooBench) -> None:
    with bench.adapter() as adapter:
        adapter.register_webhooks(["order.updated"])

    (hook,) = bench.shop.store.webhooks.values()
    assert hook.name == f"ecomsync order.updated [{hashlib.sha256(SECRET.encode()).hexdigest()[:8]}]"
    assert replace(bench.adapter().connection).webhook_secret not in hook.name


@pytest.mark.parametrize(
    ("code", "refusal"),
    [
        ("woocommerce_rest_cannot_view", True),
        ("woocommerce_rest_authentication_error", True),
        ("rest_forbidden", True),
        ("woocommerce_rest_product_invalid_id", False),
        ("woocommerce_rest_shop_order_invalid_id", False),
    ],
)
def test_body_that_refuses_is_told_apart_from_one_about_a_lost_record(
    bench: WooBench, code: str, refusal: bool
) -> None:
    body = json.dumps({"code": code, "message": "No.", "data": {"status": 401}}).encode()

    notice = bench.adapter().read_webhook(bench.delivery("order.updated", body))

    assert notice.error
    assert notice.is_refusal is refusal


def test_hooks_made_anew_replace_the_ones_that_seem_well(bench: WooBench) -> None:
    topics = ["order.created", "order.updated"]
    with bench.adapter() as adapter:
        first = {result.remote_id for result in adapter.register_webhooks(topics)}
        second = adapter.register_webhooks(topics, anew=True)
        hooks = adapter.webhook_health()

    assert [result.outcome for result in second] == [Outcome.OK, Outcome.OK]
    assert not first & {hook.remote_id for hook in hooks}
    assert sorted(hook.topic for hook in hooks) == topics
