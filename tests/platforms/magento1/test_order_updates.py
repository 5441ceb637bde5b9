"""Status, comments, invoices and shipments back: what fits the state, once, and with the mail last."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from platforms.magento1.payloads import OrderShape, read_shape
from platforms.magento1.shipments import asked, leaving
from platforms.types import (
    InvoiceKind,
    InvoiceNotice,
    Outcome,
    Parcel,
    ShipmentNotice,
    StatusNotice,
)
from sandbox.magento1 import documents
from tests.platforms.magento1.bench import MagentoBench
from tests.platforms.magento1.samples import bundle_order

D = Decimal


def two_lines(bench: MagentoBench, **extra: Any) -> tuple[str, list[str]]:
    """An order of 3 x A and 2 x B, and the numbers of its rows."""
    for sku in ("A", "B"):
        if bench.shop.by_sku(sku) is None:
            bench.shop.add_product(sku, stock=100)
    order = bench.shop.place_order([{"sku": "A", "quantity": 3}, {"sku": "B", "quantity": 2}], **extra)
    return order.increment_id, [row["item_id"] for row in order.items]


def state_of(bench: MagentoBench, number: str) -> tuple[str, str]:
    columns = bench.shop.order(number).columns
    return columns["state"], columns["status"]


def test_cancelling_gives_the_goods_back_and_is_done_once(bench: MagentoBench) -> None:
    number, _ = two_lines(bench)
    with bench.adapter() as adapter:
        first = adapter.push_status(StatusNotice("k", number, "", action="cancel"))
        second = adapter.push_status(StatusNotice("k", number, "canceled"))

    assert (first.outcome, second.outcome) == (Outcome.OK, Outcome.UNCHANGED)
    assert state_of(bench, number) == ("canceled", "canceled")
    assert (bench.shop.stock_of("A"), bench.shop.stock_of("B")) == (D(100), D(100))


def test_order_that_cannot_be_cancelled_is_refused_with_the_reason(bench: MagentoBench) -> None:
    number, _ = two_lines(bench, invoiced=True)
    with bench.adapter() as adapter:
        result = adapter.push_status(StatusNotice("k", number, "canceled"))

    assert (result.outcome, result.code) == (Outcome.REJECTED, "status_not_changed")
    assert state_of(bench, number) == ("processing", "processing")


def test_hold_and_back(bench: MagentoBench) -> None:
    number, _ = two_lines(bench)
    with bench.adapter() as adapter:
        assert adapter.push_status(StatusNotice("a", number, "holded")).outcome is Outcome.OK
        assert state_of(bench, number) == ("holded", "holded")
        wrong = adapter.push_status(StatusNotice("b", number, "processing"))
        assert adapter.push_status(StatusNotice("c", number, "pending")).outcome is Outcome.OK

    assert (wrong.outcome, wrong.code) == (Outcome.REJECTED, "status_not_allowed")
    assert state_of(bench, number) == ("new", "pending")


@pytest.mark.parametrize("status", ["complete", "closed", "pending"])
def test_status_of_another_state_is_refused(bench: MagentoBench, status: str) -> None:
    number, _ = two_lines(bench, invoiced=True)
    with bench.adapter() as adapter:
        result = adapter.push_status(StatusNotice("k", number, status))

    assert (result.outcome, result.code) == (Outcome.REJECTED, "status_not_allowed")
    assert bench.writes == 0


def test_status_of_the_shops_own_is_set_in_its_state(bench: MagentoBench) -> None:
    number, _ = two_lines(bench, invoiced=True)
    waiting, _ = two_lines(bench)
    with bench.adapter(options={"custom_statuses": "picking:processing, free"}) as adapter:
        fits = adapter.push_status(
            StatusNotice("k", number, "picking", comment="في المستودع", notify_customer=True)
        )
        wrong = adapter.push_status(StatusNotice("k", waiting, "picking"))
        anywhere = adapter.push_status(StatusNotice("k", waiting, "free"))

    assert (fits.outcome, wrong.outcome, anywhere.outcome) == (Outcome.OK, Outcome.REJECTED, Outcome.OK)
    order = bench.shop.order(number)
    assert state_of(bench, number) == ("processing", "picking")
    assert order.history[-1]["comment"] == "في المستودع" and order.mails == ["comment"]
    assert state_of(bench, waiting) == ("new", "free")


def test_comment_is_written_once_and_keeps_the_status(bench: MagentoBench) -> None:
    number, _ = two_lines(bench)
    notice = StatusNotice("k", number, "", comment="Packed & ready")
    with bench.adapter() as adapter:
        first, second = adapter.push_status(notice), adapter.push_status(notice)

    assert (first.outcome, second.outcome) == (Outcome.OK, Outcome.UNCHANGED)
    assert [row["comment"] for row in bench.shop.order(number).history].count("Packed & ready") == 1
    assert state_of(bench, number) == ("new", "pending")


def test_invoice_is_made_in_the_shop_and_told_with_its_link(bench: MagentoBench) -> None:
    number, _ = two_lines(bench)
    notice = InvoiceNotice("k", number, "INV-7", url="https://erp.test/i/7")
    with bench.adapter() as adapter:
        first, second = adapter.push_invoice(notice), adapter.push_invoice(notice)

    order = bench.shop.order(number)
    assert (first.outcome, second.outcome) == (Outcome.OK, Outcome.UNCHANGED)
    assert state_of(bench, number) == ("processing", "processing")
    assert order.columns["total_paid"] == order.columns["grand_total"]
    assert order.history[-1]["comment"] == "Invoice INV-7 https://erp.test/i/7"
    assert len(bench.shop.store.documents_of("invoice", order.id)) == 1
    assert first.data["invoice_id"] == "100000001"


def test_invoice_whose_answer_was_lost_is_not_made_again(bench: MagentoBench) -> None:
    number, _ = two_lines(bench)
    notice = InvoiceNotice("k", number, "INV-7")
    bench.fail("silence_after", writes_only=True, count=1)
    with bench.adapter(timeout=0.5) as adapter:
        with pytest.raises(Exception, match="did not answer"):
            adapter.push_invoice(notice)
        bench.heal()
        assert adapter.push_invoice(notice).outcome is Outcome.OK

    assert len(bench.shop.store.documents_of("invoice", bench.shop.order(number).id)) == 1


def test_invoice_by_comment_only_and_credit_note(bench: MagentoBench) -> None:
    number, _ = two_lines(bench)
    with bench.adapter(options={"shop_invoice": "comment"}) as adapter:
        adapter.push_invoice(InvoiceNotice("k", number, "INV-7"))
    with bench.adapter() as adapter:
        adapter.push_invoice(InvoiceNotice("n", number, "CN-1", kind=InvoiceKind.CREDIT_NOTE))

    order = bench.shop.order(number)
    assert state_of(bench, number) == ("new", "pending")
    assert [row["comment"] for row in order.history if row["comment"]] == [
        "Invoice INV-7",
        "Credit note CN-1",
    ]
    assert bench.shop.store.documents_of("invoice", order.id) == []


def test_online_payment_is_captured_by_option(bench: MagentoBench) -> None:
    paid = {}
    for name, options in (("open", {}), ("captured", {"capture_invoices": True})):
        number, _ = two_lines(bench, payment_method="paypal_express")
        with bench.adapter(options=options) as adapter:
            adapter.push_invoice(InvoiceNotice("k", number, "INV"))
        paid[name] = bench.shop.order(number).columns["total_paid"]

    assert paid == {"open": None, "captured": D("57.50")}


def test_capture_whose_answer_was_lost_is_made_up_for(bench: MagentoBench) -> None:
    """The invoice is there and nothing is left to invoice; one that staff left open before is theirs."""
    since = datetime.now(UTC)
    paid = {}
    for name, ago in (("ours", timedelta()), ("of_staff", timedelta(days=1))):
        number, _ = two_lines(bench, payment_method="paypal_express")
        stamp = (since - ago).strftime("%Y-%m-%d %H:%M:%S")
        documents.make_invoice(bench.shop.store, bench.shop.order(number), {}, moment=stamp)
        with bench.adapter(options={"capture_invoices": True}) as adapter:
            notice = InvoiceNotice("k", number, "INV", tried_since=since)
            adapter.push_invoice(notice)
            again = adapter.push_invoice(notice)
        paid[name] = bench.shop.order(number).columns["total_paid"]
        assert again.outcome is Outcome.UNCHANGED

    assert paid == {"ours": D("57.50"), "of_staff": None}


def test_shipment_is_made_then_tracked_then_mailed(bench: MagentoBench) -> None:
    number, _ = two_lines(bench, invoiced=True)
    parcels = (Parcel("0034-1", "https://dhl.test/1"), Parcel("0034-2"))
    notice = ShipmentNotice("k", number, carrier="DHL", parcels=parcels, notify_customer=True)
    with bench.adapter() as adapter:
        first = adapter.push_shipment(notice)
        written = bench.writes
        second = adapter.push_shipment(notice)

    order = bench.shop.order(number)
    (shipment,) = bench.shop.store.documents_of("shipment", order.id)
    assert (first.outcome, second.outcome) == (Outcome.OK, Outcome.UNCHANGED)
    assert bench.writes == written == 3  # the shipment, both tracks in one bundle, the mail
    assert [(row["carrier_code"], row["number"]) for row in shipment.tracks] == [
        ("dhl", "0034-1"),
        ("dhl", "0034-2"),
    ]
    assert order.mails == ["shipment 0034-1,0034-2"]
    assert state_of(bench, number) == ("complete", "complete")
    assert first.data["shipment_id"] == shipment.increment_id


def test_carrier_that_the_shop_does_not_know_is_custom(bench: MagentoBench) -> None:
    number, _ = two_lines(bench)
    with bench.adapter() as adapter:
        adapter.push_shipment(ShipmentNotice("k", number, carrier="أرامكس", parcels=(Parcel("7"),)))

    (shipment,) = bench.shop.store.documents_of("shipment", bench.shop.order(number).id)
    assert [(row["carrier_code"], row["title"]) for row in shipment.tracks] == [("custom", "أرامكس")]


def test_shipment_in_parts_to_the_last_piece(bench: MagentoBench) -> None:
    number, (a, b) = two_lines(bench, invoiced=True)
    parts = [
        ShipmentNotice("p1", number, lines=((a, D(2)),), parcels=(Parcel("1"),), is_partial=True),
        ShipmentNotice("p2", number, lines=((a, D(1)), (b, D(2))), parcels=(Parcel("2"),), is_partial=True),
    ]
    with bench.adapter() as adapter:
        outcomes = [adapter.push_shipment(part).outcome for part in (*parts, *parts)]
        more = adapter.push_shipment(ShipmentNotice("p3", number, lines=((a, D(1)),)))
        unknown = adapter.push_shipment(ShipmentNotice("p4", number, lines=(("999", D(1)),)))

    assert outcomes == [Outcome.OK, Outcome.OK, Outcome.UNCHANGED, Outcome.UNCHANGED]
    order = bench.shop.order(number)
    assert [row["qty_shipped"] for row in order.items] == [D(3), D(2)]
    assert len(bench.shop.store.documents_of("shipment", order.id)) == 2
    assert state_of(bench, number) == ("complete", "complete")
    assert more.is_ok or more.outcome is Outcome.REJECTED
    assert len(bench.shop.store.documents_of("shipment", order.id)) == 2
    assert unknown.outcome is not Outcome.OK


def test_shipment_of_a_configurable_counts_its_first_row(bench: MagentoBench) -> None:
    bench.shop.add_configurable("SHIRT", {"color": ["Red"]}, stock=9)
    order = bench.shop.place_order([{"sku": "SHIRT-RED", "quantity": 2}])
    child = order.items[1]["item_id"]
    with bench.adapter() as adapter:
        result = adapter.push_shipment(
            ShipmentNotice("k", order.increment_id, lines=((child, D(1)),), is_partial=True)
        )

    assert result.outcome is Outcome.OK
    assert [row["qty_shipped"] for row in order.items] == [D(1), D(1)]


def test_shipment_whose_tracks_were_lost_is_completed(bench: MagentoBench) -> None:
    number, _ = two_lines(bench)
    notice = ShipmentNotice("k", number, carrier="UPS", parcels=(Parcel("1Z"),), notify_customer=True)
    bench.shop.faults.add("http_503", path="/api/", method="POST", skip=1)
    with bench.adapter() as adapter:
        with pytest.raises(Exception, match="503"):
            adapter.push_shipment(notice)
        bench.heal()
        result = adapter.push_shipment(notice)

    (shipment,) = bench.shop.store.documents_of("shipment", bench.shop.order(number).id)
    assert result.outcome is Outcome.OK
    assert [row["number"] for row in shipment.tracks] == ["1Z"]
    assert bench.shop.order(number).mails == ["shipment 1Z"]


def test_shipment_made_by_the_staff_with_the_same_parcel_is_ours(bench: MagentoBench) -> None:
    number, _ = two_lines(bench)
    shipment = bench.shop.ship(number)
    bench.shop.rpc("order_shipment.addTrack", shipment, "ups", "UPS", "1Z")
    with bench.adapter() as adapter:
        same = adapter.push_shipment(ShipmentNotice("k", number, carrier="UPS", parcels=(Parcel("1Z"),)))
        other = adapter.push_shipment(ShipmentNotice("k2", number, carrier="UPS", parcels=(Parcel("2Z"),)))
        plain = adapter.push_shipment(ShipmentNotice("k3", number))

    assert (same.outcome, plain.outcome) == (Outcome.UNCHANGED, Outcome.UNCHANGED)
    assert (other.outcome, other.code) == (Outcome.REJECTED, "already_shipped")


def test_cancelled_order_is_not_shipped(bench: MagentoBench) -> None:
    number, _ = two_lines(bench)
    bench.shop.rpc("order.hold", number)
    with bench.adapter() as adapter:
        result = adapter.push_shipment(ShipmentNotice("k", number))

    assert (result.outcome, result.code) == (Outcome.REJECTED, "cannot_ship")


def test_parts_of_a_bundle_leave_as_the_shop_counts_them() -> None:
    """Together by the bundle, or apart where the bundle says so; never as more than there is."""
    together = read_shape(OrderShape, bundle_order(), what="Order")
    notice = ShipmentNotice("k", "100000123", (("311", D(2)), ("312", D(1))))
    left = {row.item_id: row.qty_ordered for row in leaving(together)}
    assert asked(together, notice, left) == [("301", D(1))]
    assert asked(together, notice, {"301": D(0)}) == [("301", D(0))]

    payload = bundle_order()
    payload["items"][0]["product_options"] = 'a:1:{s:13:"shipment_type";s:1:"1";}'
    apart = read_shape(OrderShape, payload, what="Order")
    left = {row.item_id: row.qty_ordered for row in leaving(apart)}
    assert asked(apart, notice, left) == [("311", D(2)), ("312", D(1))]


def test_lines_of_nothing_do_not_ship_the_whole_order(bench: MagentoBench) -> None:
    """The shop takes an empty map for all that is left."""
    number = bench.order()
    line = bench.shop.order(number).items[0]["item_id"]
    with bench.adapter() as adapter:
        result = adapter.push_shipment(ShipmentNotice("k", number, ((line, D(0)),)))

    assert result.outcome is Outcome.UNCHANGED
    assert bench.writes == 0 and not bench.shop.order(number).items[0]["qty_shipped"]
