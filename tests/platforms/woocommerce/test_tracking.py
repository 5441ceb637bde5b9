"""Shipments of one order in several parcels and deliveries, in each place that shops have for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from decimal import Decimal
from typing import Any

import pytest

from ecomsync.common.errors import ConfigurationError, ShopUnavailable
from platforms.types import Outcome, Parcel, PushResult, ShipmentNotice
from sandbox.woocommerce import WooShop
from tests.platforms.woocommerce.bench import WooBench
from tests.platforms.woocommerce.test_order_updates import notes

Opener = Callable[..., WooBench]


@pytest.fixture
def open_shop() -> Iterator[Opener]:
    """A shop with these options, closed at the end."""
    with ExitStack() as stack:
        yield lambda **options: WooBench(stack.enter_context(WooShop(webhook_delay=None, **options)))


def sell(bench: WooBench) -> tuple[str, list[str]]:
    """An order of 5 shirts and 1 mug: its id and the ids of its lines."""
    bench.shop.add_product(sku="SHIRT", name="Shirt", regular_price="10.00", stock_quantity=50)
    bench.shop.add_product(sku="MUG", name="Mug", regular_price="5.00", stock_quantity=50)
    order = bench.shop.place_order([{"sku": "SHIRT", "quantity": 5}, {"sku": "MUG", "quantity": 1}])
    return str(order["id"]), [str(line["id"]) for line in order["line_items"]]


def push(bench: WooBench, *notices: ShipmentNotice, mode: str = "auto") -> list[PushResult]:
    with bench.adapter(options={"tracking_mode": mode}) as adapter:
        return [adapter.push_shipment(notice) for notice in notices]


def fulfilled(bench: WooBench, order_id: str) -> list[dict[str, Any]]:
    rows = bench.shop.rest("GET", f"/orders/{order_id}/fulfillments")["fulfillments"]
    return [{meta["key"]: meta["value"] for meta in row["meta_data"]} for row in rows]


def tracked(bench: WooBench, order_id: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = bench.shop.rest(
        "GET", f"/wc-shipment-tracking/v3/orders/{order_id}/shipment-trackings"
    )
    return rows


def test_fulfillments_are_found_by_asking_and_take_each_delivery_with_its_items_once(
    open_shop: Opener,
) -> None:
    bench = open_shop(version="10.4.0", fulfillments=True)
    order_id, (shirts, mug) = sell(bench)
    first = ShipmentNotice(
        "d1",
        order_id,
        lines=((shirts, Decimal(2)),),
        carrier="DHL",
        parcels=(Parcel("A1", "https://dhl.example/A1"), Parcel("A2")),
        notify_customer=True,
        is_partial=True,
    )
    last = ShipmentNotice(
        "d2", order_id, lines=((shirts, Decimal(3)), (mug, Decimal(1))), status="completed", is_partial=True
    )
    results = push(bench, first, first, last, last)
    assert [result.outcome for result in results] == [
        Outcome.OK,
        Outcome.UNCHANGED,
        Outcome.OK,
        Outcome.UNCHANGED,
    ]
    assert {result.data["tracking"] for result in results} == {"fulfillments"}
    assert fulfilled(bench, order_id) == [
        {
            "_items": [{"item_id": int(shirts), "qty": 2}],
            "_tracking_number": "A1, A2",
            "_shipping_provider": "dhl",
            "_tracking_url": "https://dhl.example/A1",
            "_erp_delivery": "d1",
        },
        {
            "_items": [{"item_id": int(shirts), "qty": 3}, {"item_id": int(mug), "qty": 1}],
            "_erp_delivery": "d2",
        },
    ]
    assert bench.shop.order(int(order_id))["status"] == "completed"
    assert notes(bench, order_id) == [("Fulfillment e-mail sent A1, A2", False)]


def test_fulfillment_without_lines_holds_what_earlier_ones_left(open_shop: Opener) -> None:
    bench = open_shop(version="10.4.0", fulfillments=True)
    order_id, (shirts, mug) = sell(bench)
    push(bench, ShipmentNotice("d1", order_id, lines=((shirts, Decimal(2)),)), ShipmentNotice("d2", order_id))
    assert fulfilled(bench, order_id)[1]["_items"] == [
        {"item_id": int(shirts), "qty": 3},
        {"item_id": int(mug), "qty": 1},
    ]


def test_comment_of_a_fulfillment_is_the_only_mail(open_shop: Opener) -> None:
    bench = open_shop(version="10.4.0", fulfillments=True)
    order_id, (shirts, _) = sell(bench)
    notice = ShipmentNotice(
        "d1", order_id, lines=((shirts, Decimal(1)),), comment="في الطريق", notify_customer=True
    )
    push(bench, notice)
    assert notes(bench, order_id) == [("في الطريق", True)]


def test_quantity_that_is_fulfilled_already_is_refused_with_the_shops_words(open_shop: Opener) -> None:
    bench = open_shop(version="10.4.0", fulfillments=True)
    order_id, (shirts, _) = sell(bench)
    (result,) = push(bench, ShipmentNotice("d1", order_id, lines=((shirts, Decimal(6)),)))
    assert result.outcome is Outcome.REJECTED and "Invalid item" in result.message


@pytest.mark.parametrize(("version", "on"), [("10.4.0", False), ("9.9.5", True)])
def test_shop_without_fulfillments_gets_notes_and_is_asked_once(
    open_shop: Opener, version: str, on: bool
) -> None:
    bench = open_shop(version=version, fulfillments=on)
    order_id, (shirts, mug) = sell(bench)
    first = ShipmentNotice(
        "d1",
        order_id,
        lines=((shirts, Decimal(2)),),
        carrier="SMSA",
        parcels=(Parcel("A1", "https://smsa.example/A1"), Parcel("A2")),
        comment="Part one",
        is_partial=True,
    )
    last = ShipmentNotice(
        "d2",
        order_id,
        lines=((shirts, Decimal(3)), (mug, Decimal(1))),
        carrier="SMSA",
        parcels=(Parcel("B1"),),
        status="completed",
        is_partial=True,
    )
    results = push(bench, first, last, last)
    assert [result.data["tracking"] for result in results] == ["note"] * 3
    assert results[2].outcome is Outcome.UNCHANGED
    assert notes(bench, order_id) == [
        ("3 × Shirt, 1 × Mug\nSMSA B1", True),
        ("Part one\n2 × Shirt\nSMSA A1\nhttps://smsa.example/A1\nSMSA A2", True),
    ]
    assert bench.shop.order(int(order_id))["status"] == "completed"


def test_plugin_gets_every_number_once(open_shop: Opener) -> None:
    bench = open_shop(tracking_plugin="shipment-tracking")
    order_id, _ = sell(bench)
    notice = ShipmentNotice("d1", order_id, carrier="DHL", parcels=(Parcel("A1"), Parcel("A2")))
    more = ShipmentNotice("d2", order_id, carrier="DHL", parcels=(Parcel("A2"), Parcel("B1")))
    results = push(bench, notice, notice, more)
    assert [result.outcome for result in results] == [Outcome.OK, Outcome.UNCHANGED, Outcome.OK]
    assert [row["tracking_number"] for row in tracked(bench, order_id)] == ["A1", "A2", "B1"]


def test_half_written_parcels_are_completed_and_not_doubled(open_shop: Opener) -> None:
    bench = open_shop(tracking_plugin="shipment-tracking")
    order_id, _ = sell(bench)
    notice = ShipmentNotice("d1", order_id, carrier="DHL", parcels=(Parcel("A1"), Parcel("A2")))
    bench.shop.faults.add("http_500", method="POST", path="shipment-trackings", skip=1, count=1)
    with pytest.raises(ShopUnavailable):
        push(bench, notice)
    assert [row["tracking_number"] for row in tracked(bench, order_id)] == ["A1"]
    push(bench, notice)
    assert [row["tracking_number"] for row in tracked(bench, order_id)] == ["A1", "A2"]


def test_ast_is_told_which_items_a_parcel_holds(open_shop: Opener) -> None:
    bench = open_shop(tracking_plugin="ast")
    order_id, (shirts, mug) = sell(bench)
    lines = ((shirts, Decimal(2)), (mug, Decimal(1)))
    push(bench, ShipmentNotice("d1", order_id, lines=lines, carrier="SMSA", parcels=(Parcel("A1"),)))
    (row,) = tracked(bench, order_id)
    assert (row["tracking_provider"], row["sku"], row["qty"]) == ("SMSA", "SHIRT,MUG", "2,1")


def test_plugin_goes_before_fulfillments(open_shop: Opener) -> None:
    bench = open_shop(version="10.4.0", fulfillments=True, tracking_plugin="shipment-tracking")
    order_id, _ = sell(bench)
    (result,) = push(bench, ShipmentNotice("d1", order_id, carrier="DHL", parcels=(Parcel("A1"),)))
    assert result.data["tracking"] == "plugin" and fulfilled(bench, order_id) == []


def test_fulfillments_named_by_staff_fail_loudly_where_the_shop_has_none(open_shop: Opener) -> None:
    bench = open_shop(version="9.9.5")
    order_id, _ = sell(bench)
    with pytest.raises(ConfigurationError, match="no such REST route"):
        push(bench, ShipmentNotice("d1", order_id, parcels=(Parcel("A1"),)), mode="fulfillments")
