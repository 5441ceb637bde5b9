"""Back to the order: statuses by documents, shipments, invoices, refunds, each once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from platforms.magento2.refunds import refund_body
from platforms.types import (
    InvoiceKind,
    InvoiceNotice,
    Outcome,
    Parcel,
    RefundNotice,
    RemoteReturnLine,
    ShipmentNotice,
    StatusNotice,
)
from sandbox.magento2 import Magento2Shop
from tests.platforms.magento2.bench import MageBench

D = Decimal


@pytest.fixture
def made() -> Iterator[MageBench]:
    """A shop with a few things to buy."""
    with Magento2Shop(webhook_delay=None) as shop:
        shop.add_product(sku="MUG", price="10.00", stock_quantity=100)
        shop.add_product(sku="CUP", price="4.00", stock_quantity=100)
        shop.add_variable("SHIRT", {"Size": ["M", "L"]}, price="25.00", stock=50)
        shop.add_bundle("SET", {"MUG": 1, "CUP": 2})
        yield MageBench(shop)


def buy(bench: MageBench, *lines: tuple[str, int], paid: bool = False, **extra: Any) -> str:
    wanted = [{"sku": sku, "quantity": quantity} for sku, quantity in lines or (("MUG", 3),)]
    extra.setdefault("payment_method", "banktransfer")
    order = bench.shop.place_order(wanted, **extra)
    if paid:
        bench.shop.invoice(order["entity_id"])
    return str(order["entity_id"])


def line_ids(bench: MageBench, order: str) -> dict[str, str]:
    """SKU -> line, as the adapter reads them."""
    with bench.adapter() as adapter:
        return {line.sku: line.remote_id for line in adapter.get_order(order).lines}


def state_of(bench: MageBench, order: str) -> str:
    return str(bench.shop.order(int(order))["state"])


def comments_of(bench: MageBench, order: str) -> list[str]:
    rows = bench.shop.order(int(order))["status_histories"]
    return [str(row.get("comment")) for row in rows if row.get("comment")]


# ---------------------------------------------------------------- statuses


def test_cancelled_order_gives_its_reservation_back(made: MageBench) -> None:
    order = buy(made)
    assert made.shop.salable_of("MUG") == 97

    with made.adapter() as adapter:
        first = adapter.push_status(StatusNotice("k", order, "", action="cancel", comment="No stock"))
        second = adapter.push_status(StatusNotice("k", order, "canceled", comment="No stock"))

    assert (first.outcome, second.outcome) == (Outcome.OK, Outcome.UNCHANGED)
    assert state_of(made, order) == "canceled"
    assert made.shop.salable_of("MUG") == made.shop.stock_of("MUG") == 100
    assert comments_of(made, order) == ["No stock"]


def test_order_that_is_invoiced_is_not_cancelled_and_that_is_said(made: MageBench) -> None:
    order = buy(made, paid=True)

    with made.adapter() as adapter:
        result = adapter.push_status(StatusNotice("k", order, "canceled"))

    assert (result.outcome, result.code) == (Outcome.REJECTED, "cannot_cancel")
    assert "refunded" in result.cure
    assert state_of(made, order) == "processing"


def test_order_is_held_released_and_cancelled_from_hold(made: MageBench) -> None:
    order = buy(made)

    with made.adapter() as adapter:
        held = adapter.push_status(StatusNotice("a", order, "holded"))
        state = state_of(made, order)
        released = adapter.push_status(StatusNotice("b", order, "pending"))
        free = state_of(made, order)
        adapter.push_status(StatusNotice("c", order, "holded"))
        cancelled = adapter.push_status(StatusNotice("d", order, "canceled"))

    assert {held.outcome, released.outcome, cancelled.outcome} == {Outcome.OK}
    assert (state, free, state_of(made, order)) == ("holded", "new", "canceled")


@pytest.mark.parametrize("mode", ["none", "offline", "capture"])
def test_completing_ships_and_invoices_as_the_site_says(made: MageBench, mode: str) -> None:
    order = buy(made, ("MUG", 2), ("SHIRT-M", 1))

    with made.adapter(options={"invoice_in_shop": mode}) as adapter:
        first = adapter.push_status(StatusNotice("k", order, "", action="complete"))
        written = made.writes
        second = adapter.push_status(StatusNotice("k", order, "complete"))

    assert (first.outcome, second.outcome) == (Outcome.OK, Outcome.UNCHANGED)
    assert made.writes == written
    assert len(made.shop.shipments(int(order))) == 1
    assert len(made.shop.invoices(int(order))) == (0 if mode == "none" else 1)
    assert state_of(made, order) == ("processing" if mode == "none" else "complete")
    assert bool(first.warning) == (mode == "none")
    assert made.shop.stock_of("MUG") == 98


def test_status_of_the_shops_own_goes_with_its_comment_once(made: MageBench) -> None:
    made.shop.add_status("packed", "processing")
    order = buy(made, paid=True)
    notice = StatusNotice("k", order, "packed", comment="Packed", notify_customer=True)

    with made.adapter() as adapter:
        unknown = adapter.push_status(notice)
    with made.adapter(options={"statuses": "packed, picked"}) as adapter:
        first, second = adapter.push_status(notice), adapter.push_status(notice)

    assert (unknown.outcome, unknown.code) == (Outcome.REJECTED, "unknown_status")
    assert (first.outcome, second.outcome) == (Outcome.OK, Outcome.UNCHANGED)
    assert made.status_of(order) == "packed"
    assert comments_of(made, order) == ["Packed"]


def test_same_comment_of_an_earlier_message_is_not_this_one(made: MageBench) -> None:
    order = buy(made)
    with made.adapter() as adapter:
        adapter.push_status(StatusNotice("a", order, "", comment="Called"))
        since = datetime.now(UTC) + timedelta(hours=1)
        again = adapter.push_status(StatusNotice("b", order, "", comment="Called", tried_since=since))

    assert again.outcome is Outcome.OK
    assert comments_of(made, order) == ["Called", "Called"]


@pytest.mark.parametrize("place", ["comment", "ext_order_id", "none"])
def test_number_of_the_erp_goes_where_the_site_says(made: MageBench, place: str) -> None:
    order = buy(made, paid=True)
    notice = StatusNotice("k", order, "", comment="Taken over", metadata={"erp_number": "SO-0007"})

    with made.adapter(options={"erp_number": place}) as adapter:
        first, second = adapter.push_status(notice), adapter.push_status(notice)

    assert (first.outcome, second.outcome) == (Outcome.OK, Outcome.UNCHANGED)
    told = "Taken over\nERP: SO-0007" if place == "comment" else "Taken over"
    assert comments_of(made, order) == [told]
    stored = made.shop.order(int(order)).get("ext_order_id")
    assert stored == ("SO-0007" if place == "ext_order_id" else None)


@pytest.mark.parametrize(
    ("status", "code"), [("closed", "status_by_document"), ("processing", "order_is_final")]
)
def test_status_that_no_call_brings_is_refused(made: MageBench, status: str, code: str) -> None:
    order = buy(made)
    if code == "order_is_final":
        made.shop.set_order_status(int(order), "canceled")

    with made.adapter() as adapter:
        result = adapter.push_status(StatusNotice("k", order, status))

    assert (result.outcome, result.code) == (Outcome.REJECTED, code)
    assert result.cure


# ---------------------------------------------------------------- shipments


def test_parts_of_an_order_leave_one_after_the_other(made: MageBench) -> None:
    order = buy(made, ("MUG", 3), ("SHIRT-M", 1))
    lines = line_ids(made, order)
    first = ShipmentNotice(
        "d1",
        order,
        lines=((lines["MUG"], D(1)),),
        carrier="DHL",
        parcels=(Parcel("0034-1"),),
        is_partial=True,
    )
    alike = replace(first, key="d2", parcels=())
    rest = ShipmentNotice("d3", order, lines=((lines["MUG"], D(1)), (lines["SHIRT-M"], D(1))))

    with made.adapter() as adapter:
        results = [adapter.push_shipment(notice) for notice in (first, first, alike, alike, rest, rest)]

    assert [result.outcome for result in results] == [Outcome.OK, Outcome.UNCHANGED] * 3
    shipments = made.shop.shipments(int(order))
    assert [[row["qty"] for row in shipment["items"]] for shipment in shipments][:2] == [[1], [1]]
    assert len(shipments) == 3
    assert made.shop.stock_of("MUG") == 97
    track = shipments[0]["tracks"][0]
    assert (track["track_number"], track["carrier_code"], track["title"]) == ("0034-1", "dhl", "DHL")
    assert all("[ecomsync:d" in shipment["comments"][0]["comment"] for shipment in shipments)


@pytest.mark.parametrize("by_notice", [False, True])
def test_shipment_names_the_source_that_it_leaves_from(made: MageBench, by_notice: bool) -> None:
    made.shop.add_source("JED", "Jeddah")
    made.shop.set_stock("MUG", 50, "JED")
    order = buy(made)
    notice = ShipmentNotice("k", order, location_id="JED" if by_notice else "")

    with made.adapter(options={} if by_notice else {"source_code": "JED"}) as adapter:
        assert adapter.push_shipment(notice).outcome is Outcome.OK

    assert (made.shop.stock_of("MUG", "JED"), made.shop.stock_of("MUG")) == (D(47), D(100))


def test_unknown_carrier_is_custom_with_its_name(made: MageBench) -> None:
    order = buy(made)
    notice = ShipmentNotice("k", order, carrier="SMSA Express", parcels=(Parcel("SM1"), Parcel("SM2")))

    with made.adapter() as adapter:
        adapter.push_shipment(notice)

    tracks = made.shop.shipments(int(order))[0]["tracks"]
    assert {(row["carrier_code"], row["title"]) for row in tracks} == {("custom", "SMSA Express")}
    assert {row["track_number"] for row in tracks} == {"SM1", "SM2"}


def test_number_that_comes_later_is_added_to_the_shipment(made: MageBench) -> None:
    order = buy(made)
    notice = ShipmentNotice("k", order, carrier="UPS")

    with made.adapter() as adapter:
        adapter.push_shipment(notice)
        added = adapter.push_shipment(replace(notice, parcels=(Parcel("1Z9"),)))
        again = adapter.push_shipment(replace(notice, parcels=(Parcel("1Z9"),)))

    assert (added.outcome, again.outcome) == (Outcome.OK, Outcome.UNCHANGED)
    (shipment,) = made.shop.shipments(int(order))
    assert [row["track_number"] for row in shipment["tracks"]] == ["1Z9"]


def test_what_the_shops_own_desk_shipped_is_not_shipped_again(made: MageBench) -> None:
    order = buy(made)
    made.shop.ship(int(order))

    with made.adapter() as adapter:
        bare = adapter.push_shipment(ShipmentNotice("k", order))
        told = adapter.push_shipment(ShipmentNotice("k", order, carrier="DHL", parcels=(Parcel("77"),)))

    assert (bare.outcome, told.outcome) == (Outcome.UNCHANGED, Outcome.OK)
    (shipment,) = made.shop.shipments(int(order))
    assert [row["track_number"] for row in shipment["tracks"]] == ["77"]


def test_parts_of_a_bundle_leave_with_it(made: MageBench) -> None:
    order = buy(made, ("SET", 2))
    lines = line_ids(made, order)
    assert set(lines) == {"MUG", "CUP"}
    notice = ShipmentNotice("k", order, lines=((lines["MUG"], D(2)), (lines["CUP"], D(4))))

    with made.adapter() as adapter:
        result = adapter.push_shipment(notice)

    assert result.outcome is Outcome.OK, result.message
    assert (made.shop.stock_of("MUG"), made.shop.stock_of("CUP")) == (D(98), D(96))


def test_line_that_the_order_does_not_have_is_refused(made: MageBench) -> None:
    order = buy(made)

    with made.adapter() as adapter:
        result = adapter.push_shipment(ShipmentNotice("k", order, lines=(("424242", D(1)),)))

    assert (result.outcome, result.code) == (Outcome.REJECTED, "unknown_line")
    assert made.shop.shipments(int(order)) == []


def test_shipment_without_stock_is_refused_with_the_shops_words(made: MageBench) -> None:
    order = buy(made)
    made.shop.set_stock("MUG", 1)

    with made.adapter() as adapter:
        result = adapter.push_shipment(ShipmentNotice("k", order))

    assert result.outcome is Outcome.REJECTED
    assert "requested quantity" in result.message and result.cure


# ---------------------------------------------------------------- invoices


@pytest.mark.parametrize(("mode", "paid"), [("none", False), ("offline", True), ("capture", True)])
def test_invoice_of_the_erp_is_a_link_and_perhaps_a_document(made: MageBench, mode: str, paid: bool) -> None:
    order = buy(made)
    notice = InvoiceNotice("k", order, "INV-7", url="https://erp.test/i/7")

    with made.adapter(options={"invoice_in_shop": mode}) as adapter:
        first, second = adapter.push_invoice(notice), adapter.push_invoice(notice)

    assert (first.outcome, second.outcome) == (Outcome.OK, Outcome.UNCHANGED)
    assert comments_of(made, order) == ["Invoice INV-7: https://erp.test/i/7"]
    assert len(made.shop.invoices(int(order))) == int(paid)
    assert bool(first.data["invoice_id"]) == paid


def test_link_is_shown_to_the_buyer_by_option(made: MageBench) -> None:
    shown, hidden = buy(made), buy(made)
    with made.adapter() as adapter:
        adapter.push_invoice(InvoiceNotice("a", shown, "1", url="https://erp.test/1", notify_customer=True))
    with made.adapter(options={"link_visible": False}) as adapter:
        adapter.push_invoice(InvoiceNotice("b", hidden, "2", url="https://erp.test/2", notify_customer=True))

    def flags(order: str) -> list[tuple[int, int]]:
        rows = made.shop.order(int(order))["status_histories"]
        return [
            (row["is_visible_on_front"], row["is_customer_notified"]) for row in rows if row.get("comment")
        ]

    assert (flags(shown), flags(hidden)) == ([(1, 1)], [(0, 0)])


def test_credit_note_is_a_link_and_makes_no_invoice(made: MageBench) -> None:
    order = buy(made)
    notice = InvoiceNotice("k", order, "CN-1", url="https://erp.test/c/1", kind=InvoiceKind.CREDIT_NOTE)

    with made.adapter(options={"invoice_in_shop": "offline"}) as adapter:
        assert adapter.push_invoice(notice).outcome is Outcome.OK

    assert comments_of(made, order) == ["Credit note CN-1: https://erp.test/c/1"]
    assert made.shop.invoices(int(order)) == []


# ---------------------------------------------------------------- refunds


def refund_of(bench: MageBench, order: str, sku: str, quantity: int, **more: Any) -> RefundNotice:
    with bench.adapter() as adapter:
        line = next(line for line in adapter.get_order(order).lines if line.sku == sku)
    share = D(quantity) / line.quantity
    net, tax = round(line.net * share, 2), round(line.tax * share, 2)
    given = RemoteReturnLine(line.remote_id, line.sku, line.name, D(quantity), net, tax)
    return replace(RefundNotice("r1", order, net + tax, "damaged", (given,)), **more)


def test_pieces_come_back_to_stock_when_they_are_to(made: MageBench) -> None:
    order = buy(made, paid=True)
    made.shop.ship(int(order))

    with made.adapter() as adapter:
        kept = adapter.push_refund(refund_of(made, order, "MUG", 1, key="a"))
        back = adapter.push_refund(refund_of(made, order, "MUG", 1, key="b", restock=True))
        found = adapter.get_returns(order)

    assert (kept.outcome, back.outcome) == (Outcome.OK, Outcome.OK)
    assert made.shop.stock_of("MUG") == 98
    assert [entry.our_key for entry in found] == ["a", "b"]
    assert {entry.reason for entry in found} == {"damaged"}


@pytest.mark.parametrize("amount", ["8.00", "15.00"])
def test_amount_that_differs_from_the_lines_is_met_to_the_cent(made: MageBench, amount: str) -> None:
    order = buy(made, ("MUG", 3), paid=True)
    notice = refund_of(made, order, "MUG", 1, amount=D(amount))

    with made.adapter() as adapter:
        result = adapter.push_refund(notice)
        (found,) = adapter.get_returns(order)

    assert result.outcome is Outcome.OK, result.message
    assert found.total == D(amount)


def test_amount_alone_gives_no_goods_back(made: MageBench) -> None:
    order = buy(made, ("MUG", 3), ("SHIRT-M", 1), paid=True)

    with made.adapter() as adapter:
        result = adapter.push_refund(RefundNotice("r", order, D("5.00"), "sorry"))
        (found,) = adapter.get_returns(order)

    assert result.outcome is Outcome.OK, result.message
    assert found.total == 5
    assert [line.kind for line in found.lines] == ["amount"]


def test_amount_alone_names_the_parts_of_a_bundle_and_not_the_bundle(made: MageBench) -> None:
    order = buy(made, ("SET", 1), ("SHIRT-M", 1), paid=True)
    notice = RefundNotice("r", order, D("2.00"))

    body = refund_body(notice, made.shop.order(int(order)))
    with made.adapter() as adapter:
        assert adapter.push_refund(notice).outcome is Outcome.OK
        lines = {line.remote_id for line in adapter.get_order(order).lines}

    assert {str(entry["order_item_id"]) for entry in body["items"]} == lines
    assert {entry["qty"] for entry in body["items"]} == {0}


def test_shipping_is_given_back_with_its_tax(made: MageBench) -> None:
    method = {"method": "tablerate_bestway", "title": "Table rate", "total": "20.00"}
    order = buy(made, ("MUG", 1), paid=True, shipping=method)
    with made.adapter() as adapter:
        shipping = next(charge for charge in adapter.get_order(order).charges)
        line = RemoteReturnLine("", "", "Shipping", D(0), shipping.net, shipping.tax, "shipping")
        result = adapter.push_refund(RefundNotice("r", order, shipping.net + shipping.tax, lines=(line,)))
        (found,) = adapter.get_returns(order)

    assert result.outcome is Outcome.OK, result.message
    assert found.total == shipping.net + shipping.tax > 0
    assert [(row.kind, row.net) for row in found.lines] == [("shipping", shipping.net)]


def test_gateway_pays_back_by_the_paid_invoice(made: MageBench) -> None:
    order = buy(made, payment_method="moyasar")
    if not made.shop.invoices(int(order)):
        made.shop.invoice(int(order))
    unpaid = buy(made)

    with made.adapter() as adapter:
        paid = adapter.push_refund(refund_of(made, order, "MUG", 1, pay_back=True))
        refused = adapter.push_refund(RefundNotice("x", unpaid, D("1.00"), lines=(), pay_back=True))

    assert paid.outcome is Outcome.OK, paid.message
    assert made.shop.counters.calls("POST /V1/invoice/:*/refund") == 1
    assert refused.outcome is Outcome.REJECTED and refused.cure


def test_order_that_the_shop_does_not_have_is_refused_with_a_cure(made: MageBench) -> None:
    with made.adapter() as adapter:
        results = [
            adapter.push_shipment(ShipmentNotice("k", "99999999")),
            adapter.push_invoice(InvoiceNotice("k", "99999999", "1", url="https://erp.test")),
            adapter.push_refund(RefundNotice("k", "no-id", D(1))),
        ]

    assert {result.outcome for result in results} == {Outcome.REJECTED}
    assert all(result.cure and result.message for result in results)
