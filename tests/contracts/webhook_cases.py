"""Deliveries in: proved, named, and told apart; hooks registered and watched."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ecomsync.common.errors import InvalidPayload, InvalidSignature
from platforms.types import EventKind, Outcome
from tests.contracts.bench import Bench, need, need_capability


class WebhookCases:
    """Deliveries in: proved, named, and told apart."""

    def test_signed_delivery_is_read(self, bench: Bench) -> None:
        delivery = bench.delivery(bench.order_topic, bench.order_body("4711", status="processing"))

        notice = bench.adapter().read_webhook(delivery)

        assert notice.kind in (EventKind.ORDER_CREATED, EventKind.ORDER_UPDATED)
        assert (notice.topic, notice.remote_id) == (bench.order_topic, "4711")
        assert notice.identity and not notice.error

    def test_wrong_signature_is_refused(self, bench: Bench) -> None:
        delivery = bench.delivery(bench.order_topic, bench.order_body("4711"), secret="another secret")

        with pytest.raises(InvalidSignature) as caught:
            bench.adapter().read_webhook(delivery)

        assert caught.value.cure

    def test_changed_body_is_refused(self, bench: Bench) -> None:
        need(bench, "signed_body")
        delivery = bench.delivery(bench.order_topic, bench.order_body("4711"))

        with pytest.raises(InvalidSignature):
            bench.adapter().read_webhook(replace(delivery, body=bench.order_body("4712")))

    def test_unsigned_delivery_is_refused(self, bench: Bench) -> None:
        delivery = bench.delivery(bench.order_topic, bench.order_body("4711"))

        with pytest.raises(InvalidSignature):
            bench.adapter().read_webhook(bench.unsigned(delivery))

    def test_site_without_secret_refuses_everything(self, bench: Bench) -> None:
        adapter = bench.adapter()
        adapter.connection = replace(adapter.connection, webhook_secret="")

        with pytest.raises(InvalidSignature):
            adapter.read_webhook(bench.delivery(bench.order_topic, bench.order_body("4711"), secret=""))

    def test_replayed_delivery_has_the_same_identity(self, bench: Bench) -> None:
        adapter = bench.adapter()
        delivery = bench.delivery(bench.order_topic, bench.order_body("4711"))

        assert adapter.read_webhook(delivery).identity == adapter.read_webhook(delivery).identity

    def test_other_bodies_have_other_identities(self, bench: Bench) -> None:
        adapter = bench.adapter()
        bodies = [
            bench.order_body("1"),
            bench.order_body("2"),
            bench.order_body("1", status="completed"),
        ]

        identities = {
            adapter.read_webhook(bench.delivery(bench.order_topic, body)).identity for body in bodies
        }

        assert len(identities) == 3

    def test_unknown_topic_is_kept_as_unknown(self, bench: Bench) -> None:
        notice = bench.adapter().read_webhook(bench.delivery("moon.landed", bench.order_body("1")))

        assert (notice.kind, notice.topic) == (EventKind.UNKNOWN, "moon.landed")

    def test_signed_body_that_is_not_json_is_an_invalid_payload(self, bench: Bench) -> None:
        with pytest.raises(InvalidPayload):
            bench.adapter().read_webhook(bench.delivery(bench.order_topic, b"<b>Warning</b> {"))

    def test_arabic_body_is_proved_by_its_raw_bytes(self, bench: Bench) -> None:
        body = bench.order_body("4711", note="شكرًا 👍").replace(b"4711", b" 4711 ")

        notice = bench.adapter().read_webhook(bench.delivery(bench.order_topic, body))

        assert notice.payload["note"] == "شكرًا 👍"

    def test_events_of_one_order_in_one_moment_are_told_apart_by_topic(self, bench: Bench) -> None:
        need(bench, "second_topic")
        adapter, body = bench.adapter(), bench.order_body("4711")
        topics = [topic for topic in adapter.capabilities.webhook_topics if topic != bench.order_topic][:1]

        identities = {
            adapter.read_webhook(bench.delivery(topic, body)).identity
            for topic in (bench.order_topic, *topics)
        }

        assert len(identities) == 2

    def test_hooks_are_registered_once(self, bench: Bench) -> None:
        with bench.adapter() as adapter:
            need_capability(adapter, "webhook_registration")
            topics = list(adapter.capabilities.required_webhook_topics)
            first = adapter.register_webhooks(topics)
            written = bench.writes
            second = adapter.register_webhooks(topics)

        assert [result.key for result in first] == topics
        assert all(result.is_ok for result in first)
        assert {result.outcome for result in second} == {Outcome.UNCHANGED}
        assert bench.writes == written

    def test_hooks_that_the_shop_switched_off_are_seen_and_switched_on(self, bench: Bench) -> None:
        need(bench, "switch_webhooks_off")
        with bench.adapter() as adapter:
            need_capability(adapter, "webhook_registration", "webhook_health")
            topics = list(adapter.capabilities.required_webhook_topics)
            adapter.register_webhooks(topics)
            assert {hook.active for hook in adapter.webhook_health()} == {True}
            bench.switch_webhooks_off()
            assert {hook.active for hook in adapter.webhook_health()} == {False}

            assert all(result.is_ok for result in adapter.register_webhooks(topics))

            health = adapter.webhook_health()
        assert sorted(hook.topic for hook in health if hook.active) == sorted(topics)

    def test_every_topic_that_is_declared_can_be_named(self, bench: Bench) -> None:
        adapter = bench.adapter()
        capabilities = adapter.capabilities

        assert set(capabilities.required_webhook_topics) <= set(capabilities.webhook_topics)
        named = {adapter.topic_for(kind) for kind in EventKind} - {""}
        assert named <= set(capabilities.webhook_topics)
        assert adapter.topic_for(EventKind.ORDER_UPDATED)
