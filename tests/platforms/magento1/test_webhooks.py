"""Hints of the shop's module: our own contract, by its worked example."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ecomsync.common.errors import InvalidSignature
from platforms.magento1.webhooks import read_delivery, signature_of
from platforms.types import EventKind, WebhookDelivery
from tests.contracts.bench import LONG_AGO
from tests.platforms.magento1.bench import SECRET, MagentoBench
from tests.platforms.scripted import Say, scripted_server

BODY = b'{"increment_id":"100000123","updated_at":"2024-05-01 09:13:02"}'
DELIVERY = WebhookDelivery(
    {
        "content-type": "application/json",
        "x-ecomsync-topic": "order.updated",
        "x-ecomsync-delivery": "5b0a1c9e-6a55-4a60-9c5e-0d0b7c1f2a33",
        "x-ecomsync-timestamp": "1714554782",
        "x-ecomsync-signature": "c04b6244f4adf118f4e4fe78e6e46fd3559f38dc7fb4c0941b7c2ea3fb6e2393",
    },
    BODY,
)
SIGNED_AT = datetime.fromtimestamp(1714554782, UTC)


def test_worked_example_of_the_contract() -> None:
    notice = read_delivery(DELIVERY, secret="m1-shared-secret", tolerance=300, now=lambda: SIGNED_AT)

    assert (notice.kind, notice.remote_id, notice.delivery_id) == (
        EventKind.ORDER_UPDATED,
        "100000123",
        "5b0a1c9e-6a55-4a60-9c5e-0d0b7c1f2a33",
    )
    assert notice.occurred_at == datetime(2024, 5, 1, 9, 13, 2, tzinfo=UTC)


@pytest.mark.parametrize("seconds", [-301, 301])
def test_hint_of_another_time_is_refused(seconds: int) -> None:
    now = datetime.fromtimestamp(1714554782 + seconds, UTC)
    with pytest.raises(InvalidSignature) as caught:
        read_delivery(DELIVERY, secret="m1-shared-secret", tolerance=300, now=lambda: now)

    assert caught.value.code == "stale_delivery"


@pytest.mark.parametrize("stamp", ["", "soon", "1714554783", "-5", "9" * 40])
def test_time_is_part_of_what_is_signed(stamp: str) -> None:
    delivery = replace(DELIVERY, headers={**DELIVERY.headers, "x-ecomsync-timestamp": stamp})
    with pytest.raises(InvalidSignature):
        read_delivery(delivery, secret="m1-shared-secret", tolerance=10**9, now=lambda: SIGNED_AT)


def test_same_change_told_twice_by_the_module_is_two_events_and_a_replay_one() -> None:
    later = {**DELIVERY.headers, "x-ecomsync-timestamp": "1714554790", "x-ecomsync-signature": signature_of(
        "m1-shared-secret", "1714554790", BODY)}  # fmt: skip
    renamed = {**DELIVERY.headers, "x-ecomsync-delivery": "forged"}

    def identity(headers: dict[str, str]) -> str:
        delivery = WebhookDelivery(headers, BODY)
        return read_delivery(
            delivery, secret="m1-shared-secret", tolerance=300, now=lambda: SIGNED_AT
        ).identity

    assert identity(later) != identity(dict(DELIVERY.headers)) == identity(renamed)


def test_hint_of_the_sandbox_is_read_and_leads_to_the_order(bench: MagentoBench) -> None:
    with scripted_server() as server:
        server.script = lambda seen: Say(200, {})
        bench.shop.install_hints(f"{server.url}/hooks/magento1/7f3c", SECRET)
        number = bench.order()
        assert [row["status"] for row in bench.shop.flush_webhooks()] == [200]
        seen = server.seen[0]

    with bench.adapter() as adapter:
        notice = adapter.read_webhook(WebhookDelivery(seen.headers, seen.body))
        order = adapter.get_order(notice.remote_id)
        polled = [one.remote_id for one in adapter.iter_orders(modified_from=LONG_AGO)]

    assert notice.remote_id == order.remote_id == number
    assert polled == [number], "polling finds what no hint told"
