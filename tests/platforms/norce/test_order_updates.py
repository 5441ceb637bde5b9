"""Back to Norce: statuses with the ERP's number, delivery notes, invoices that may capture, credits against them."""

from __future__ import annotations

from decimal import Decimal

from platforms.norce.adapter import NorceAdapter
from platforms.norce.order_desk import ERP_NUMBER
from platforms.types import (
    InvoiceNotice,
    Outcome,
    Parcel,
    RefundNotice,
    RemoteReturnLine,
    ShipmentNotice,
    StatusNotice,
)
from tests.platforms.norce.bench import NorceBench

D = Decimal


def test_number_of_the_erp_alone_acknowledges_the_order(bench: NorceBench) -> None:
    order = bench.order()
    notice = StatusNotice("k", order, "", metadata={ERP_NUMBER: "SO-100231"})
    with bench.adapter() as adapter:
        first, second = adapter.push_status(notice), adapter.push_status(notice)

    assert (first.outcome, second.outcome) == (Outcome.OK, Outcome.UNCHANGED)
    assert bench.shop.order(order)["ErpOrderNo"] == "SO-100231"
    assert bench.status_of(order) == "Acknowledged"


def test_cancelling_lets_the_reservation_go(bench: NorceBench) -> None:
    order = bench.order()
    with bench.adapter() as adapter:
        assert adapter.push_status(StatusNotice("k", order, "", action="cancel")).outcome is Outcome.OK

    assert bench.status_of(order) == "Cancelled"
    assert bench.shop.counters.calls("POST /commerce/connect/4.0/Order/CancelOrder") == 1


def test_delivered_order_is_not_cancelled_and_the_reason_is_told(bench: NorceBench) -> None:
    order = bench.order()
    bench.shop.set_order_status(order, "Delivered")
    with bench.adapter() as adapter:
        result = adapter.push_status(StatusNotice("k", order, "Cancelled"))

    assert result.outcome is Outcome.REJECTED
    assert "cannot be cancelled" in result.message


def test_partial_delivery_then_the_rest(bench: NorceBench) -> None:
    bench.shop.add_product("MUG", price="10.00")
    order = bench.shop.place_order([{"sku": "MUG", "quantity": 3}], freight="5.00")["ClientOrderRef"]
    part = ShipmentNotice(
        "ship-1", order, (("1", D(2)),), "DHL", (Parcel("0034-1", "https://x.test/1"),), is_partial=True
    )
    with bench.adapter() as adapter:
        assert adapter.push_shipment(part).outcome is Outcome.OK
        assert bench.status_of(order) == "PartlyDelivered"
        assert adapter.push_shipment(ShipmentNotice("ship-2", order, (("1", D(1)),))).outcome is Outcome.OK

    first, second = bench.shop.notes_of(order)
    assert bench.status_of(order) == "Delivered"
    assert [(item["RowNumber"], item["ItemNo"], item["Qty"]) for item in first["DeliveryNoteItems"]] == [
        (1, "MUG", 2)
    ]
    assert first["DeliveryNotePackages"] == [{"ParcelNumber": "0034-1", "StatusId": 4}]
    assert [item["Qty"] for item in second["DeliveryNoteItems"]] == [1]


def test_note_is_written_once_where_query_lists_none(bench: NorceBench) -> None:
    bench.shop.options.delivery_notes_in_query = False
    order = bench.order()
    notice = ShipmentNotice("ship-1", order, status="PartlyDelivered")
    with bench.adapter() as adapter:
        assert adapter.push_shipment(notice).outcome is Outcome.OK
        assert adapter.push_shipment(notice).outcome is Outcome.UNCHANGED

    assert len(bench.shop.notes_of(order)) == 1


def invoiced(bench: NorceBench, adapter: NorceAdapter) -> str:
    order = bench.order()
    assert adapter.push_invoice(InvoiceNotice("i", order, "INV-7")).outcome is Outcome.OK
    return order


def test_invoice_captures_only_where_the_site_says_so(bench: NorceBench) -> None:
    with bench.adapter() as adapter:
        order = invoiced(bench, adapter)
    with bench.adapter(options={"capture_with_invoice": True}) as adapter:
        other = bench.order()
        assert adapter.push_invoice(InvoiceNotice("i", other, "INV-8")).outcome is Outcome.OK

    (invoice,) = bench.shop.invoices_of(order)
    assert (invoice["TotalAmount"], invoice["Vat"], len(invoice["Items"])) == (D("11.5"), D("1.5"), 1)
    assert (bench.shop.captured_of(order), bench.shop.captured_of(other)) == (D(0), D("11.5"))
    assert bench.status_of(order) == "Invoiced"


def test_second_invoice_of_an_order_would_charge_it_twice(bench: NorceBench) -> None:
    with bench.adapter() as adapter:
        order = invoiced(bench, adapter)
        result = adapter.push_invoice(InvoiceNotice("i2", order, "INV-9"))

    assert (result.outcome, result.code) == (Outcome.REJECTED, "already_invoiced")
    assert len(bench.shop.invoices_of(order)) == 1


def test_invoice_whose_answer_was_lost_is_found_by_its_number(bench: NorceBench) -> None:
    order = bench.order()
    notice = InvoiceNotice("i", order, "INV-7")
    bench.fail("silence_after", writes_only=True)
    with bench.adapter(timeout=1.0, options={"capture_with_invoice": True}) as adapter:
        try:
            assert adapter.push_invoice(notice).outcome is Outcome.RETRY
        except Exception as error:
            assert type(error).__name__ == "UncertainOutcome"
        bench.heal()
        again = adapter.push_invoice(notice)

    assert again.outcome is Outcome.UNCHANGED
    assert bench.shop.captured_of(order) == D("11.5")


def test_refund_is_a_credit_against_the_invoice_once(bench: NorceBench) -> None:
    with bench.adapter() as adapter:
        order = invoiced(bench, adapter)
        lines = (RemoteReturnLine("1", "BENCH", "Bench", D(1), D(10), D("1.5")),)
        notice = RefundNotice("refund-1", order, D("11.5"), "damaged", lines, pay_back=True)
        first, second = adapter.push_refund(notice), adapter.push_refund(notice)
        above = adapter.push_refund(RefundNotice("refund-2", order, D("0.01")))

    assert (first.outcome, second.outcome) == (Outcome.OK, Outcome.UNCHANGED)
    assert (above.outcome, above.code) == (Outcome.REJECTED, "above_invoice")
    assert bench.refunds_of(order) == 1
    credit = bench.shop.invoices_of(order)[1]
    assert (credit["InvoiceNo"], credit["CreditedInvoiceNo"], credit["TotalAmount"]) == (
        "refund-1",
        "INV-7",
        D("11.5"),
    )


def test_refund_without_an_invoice_is_refused_with_a_cure(bench: NorceBench) -> None:
    order = bench.order()
    with bench.adapter() as adapter:
        result = adapter.push_refund(RefundNotice("refund-1", order, D(1)))

    assert (result.outcome, result.code) == (Outcome.REJECTED, "no_invoice")
    assert result.cure and bench.shop.invoices_of(order) == []


def test_reference_that_is_no_number_is_refused_before_a_call(bench: NorceBench) -> None:
    order = bench.order()
    bench.shop.store.orders["W-77"] = {**bench.shop.store.orders[order], "ClientOrderRef": "W-77"}
    with bench.adapter() as adapter:
        result = adapter.push_status(StatusNotice("k", "W-77", "Confirmed"))

    assert (result.outcome, result.code) == (Outcome.REJECTED, "bad_reference")
    assert bench.writes == 0
