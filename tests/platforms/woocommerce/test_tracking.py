"""Fulfillments are switched off in released shops, so their route is scripted here."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from platforms.types import Outcome, ShipmentNotice
from tests.platforms.scripted import Say, Seen, scripted_server
from tests.platforms.woocommerce.bench import WooBench


def test_partial_shipment_is_a_fulfillment_with_its_items_once(bench: WooBench) -> None:
    stored: list[Any] = []

    def script(seen: Seen) -> Say:
        if not seen.path.endswith("/fulfillments"):
            return Say(200, {"id": 7, "status": "processing", "line_items": [{"id": 12, "quantity": 5}]})
        if seen.method == "POST":
            stored.append(seen.json())
            return Say(201, {"fulfillment": seen.json()})
        return Say(200, {"fulfillments": stored})

    notice = ShipmentNotice(
        "k", "7", lines=(("12", Decimal(2)),), carrier="DHL", tracking_number="003", notify_customer=True
    )
    with scripted_server() as server:
        server.script = script
        with bench.adapter(
            connection={"url": server.url}, options={"tracking_mode": "fulfillments"}
        ) as adapter:
            first, second = adapter.push_shipment(notice), adapter.push_shipment(notice)

    assert (first.outcome, second.outcome) == (Outcome.OK, Outcome.UNCHANGED)
    assert len(stored) == 1
    meta = {row["key"]: row["value"] for row in stored[0]["meta_data"]}
    assert meta == {
        "_items": [{"item_id": 12, "qty": 2}],
        "_tracking_number": "003",
        "_shipping_provider": "dhl",
    }
    assert stored[0]["notify_customer"] is True


def test_shipment_without_lines_fulfils_the_whole_order(bench: WooBench) -> None:
    stored: list[Any] = []

    def script(seen: Seen) -> Say:
        if not seen.path.endswith("/fulfillments"):
            return Say(200, {"id": 7, "line_items": [{"id": 12, "quantity": 5}, {"id": 13, "quantity": 1}]})
        if seen.method == "POST":
            stored.append(seen.json())
        return Say(200, [] if seen.method == "GET" else {})

    with scripted_server() as server:
        server.script = script
        with bench.adapter(
            connection={"url": server.url}, options={"tracking_mode": "fulfillments"}
        ) as adapter:
            adapter.push_shipment(ShipmentNotice("k", "7", tracking_number="003"))

    assert stored[0]["meta_data"][0]["value"] == [{"item_id": 12, "qty": 5}, {"item_id": 13, "qty": 1}]
