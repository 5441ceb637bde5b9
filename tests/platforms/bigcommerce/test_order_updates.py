"""Back to the order: status, notes, shipments per address, invoice, capture, refunds; and never an archive."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

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
from sandbox.bigcommerce import after_sales
from tests.platforms.bigcommerce.bench import BigCommerceBench

D = Decimal


def placed(bench: BigCommerceBench, quantity: int = 3, **extra: Any) -> int:
    for sku in ("MUG", "CUP"):
        if sku.lower() not in bench.shop.store.skus:
            bench.shop.add_product(sku=sku, price="10.00", inventory_level=100)
    lines = [{"sku": "MUG", "quantity": quantity}, {"sku": "CUP", "quantity": 1}]
    return int(bench.shop.place_order(lines, shipping="25.00", **extra)["id"])


# ---------------------------------------------------------------- archiving


@pytest.mark.parametrize(
    ("method", "route", "body"),
    [
        ("DELETE", "v2/orders", None),
        ("DELETE", "v2/orders/", None),
        ("DELETE", "v2/orders/2187", None),
        ("DELETE", "v2/orders/2187/shipments", None),
        ("PUT", "v2/orders/2187", {"is_deleted": True}),
    ],
)
def test_no_call_that_archives_leaves_the_client(
    bench: BigCommerceBench, method: str, route: str, body: Any
) -> None:
    bench.order()
    with bench.adapter() as adapter, pytest.raises(ValueError, match="archive"):
        adapter._parts.client.call(method, route, body=body, lane="orders")

    assert bench.calls == 0
    assert not bench.shop.store.archived_all


def test_cancelled_order_is_not_archived(bench: BigCommerceBench) -> None:
    order = placed(bench)
    with bench.adapter() as adapter:
        result = adapter.push_status(
            StatusNotice("k", str(order), "", action="cancel", comment="Out of stock")
        )

    shown = bench.shop.order(order)
    assert result.outcome is Outcome.OK
    assert (shown["status_id"], shown["is_deleted"]) == (5, False)
    assert bench.shop.counters.calls("DELETE *") == 0


# ---------------------------------------------------------------- status and notes


def test_status_note_and_number_are_one_call_and_are_kept(bench: BigCommerceBench) -> None:
    order = placed(bench, staff_notes="Fragile")
    notice = StatusNotice(
        "k", str(order), "10", comment="Delivered", metadata={"_erp_order_no": "SO-7", "batch": "12"}
    )

    with bench.adapter() as adapter:
        first = adapter.push_status(notice)
        written = bench.writes
        second = adapter.push_status(notice)

    shown = bench.shop.order(order)
    assert (first.outcome, second.outcome) == (Outcome.OK, Outcome.UNCHANGED) and bench.writes == written
    assert shown["staff_notes"] == "Fragile\nDelivered" and shown["external_order_id"] == "SO-7"
    assert bench.shop.counters.calls("PUT /v2/orders/{id}") == 1
    (field,) = bench.shop.store.metafields.values()
    assert (field["namespace"], field["key"], field["value"]) == ("ecomsync", "batch", "12")


def test_note_that_is_part_of_another_is_added_and_the_buyer_is_not_told(bench: BigCommerceBench) -> None:
    order = placed(bench, staff_notes="Delivered late")
    notice = StatusNotice("k", str(order), "", comment="Delivered", notify_customer=True)

    with bench.adapter() as adapter:
        first, second = adapter.push_status(notice), adapter.push_status(notice)

    assert (first.outcome, second.outcome) == (Outcome.OK, Outcome.UNCHANGED)
    assert first.warning == second.warning != ""
    assert bench.shop.order(order)["staff_notes"] == "Delivered late\nDelivered"


def test_lines_and_amounts_are_never_sent(bench: BigCommerceBench) -> None:
    order = placed(bench, coupons=None)
    before = bench.shop.order(order)
    with bench.adapter() as adapter:
        adapter.push_status(StatusNotice("k", str(order), "2"))
    after = bench.shop.order(order)

    assert {k for k in before if before[k] != after[k]} <= {
        "status_id",
        "status",
        "custom_status",
        "date_shipped",
        "date_modified",
    }


# ---------------------------------------------------------------- shipments


def test_partial_shipment_and_the_rest(bench: BigCommerceBench) -> None:
    order = placed(bench)
    with bench.adapter() as adapter:
        lines = adapter.get_order(str(order)).lines
        part = ShipmentNotice(
            "a", str(order), ((lines[0].remote_id, D(2)),), "SMSA Express", (Parcel("S-1"),), is_partial=True
        )
        first = adapter.push_shipment(part)
        status = bench.status_of(str(order))
        rest = adapter.push_shipment(ShipmentNotice("b", str(order), (), "SMSA Express", (Parcel("S-2"),)))

    assert (first.outcome, rest.outcome) == (Outcome.OK, Outcome.OK)
    assert (status, bench.status_of(str(order))) == ("3", "2")
    one, two = bench.shop.shipments_of(order)
    assert [item["quantity"] for item in one["items"]] == [2]
    assert sum(item["quantity"] for item in two["items"]) == 2
    assert (one["tracking_carrier"], one["shipping_method"]) == ("smsa-express", "SMSA Express")


def test_rest_without_a_number_is_not_shipped_again_after_a_lost_answer(bench: BigCommerceBench) -> None:
    """Some pieces had left before, so that no shipment is just the whole order."""
    order = placed(bench)
    with bench.adapter() as adapter:
        lines = adapter.get_order(str(order)).lines
        adapter.push_shipment(ShipmentNotice("a", str(order), ((lines[0].remote_id, D(2)),), is_partial=True))
        rest = ShipmentNotice("b", str(order))
        adapter.push_shipment(rest)
        bench.shop.counters.reset()
        again = adapter.push_shipment(rest)

    assert again.outcome is Outcome.UNCHANGED, again.message
    assert bench.writes == 0 and len(bench.shop.shipments_of(order)) == 2


def test_order_to_two_addresses_gets_a_shipment_for_each(bench: BigCommerceBench) -> None:
    order = placed(bench, addresses=2)
    notice = ShipmentNotice(
        "a", str(order), (), "DHL", (Parcel("D-1", "https://dhl.test/1"), Parcel("D-2")), comment="Two boxes"
    )

    with bench.adapter() as adapter:
        adapter.push_shipment(notice)
        again = adapter.push_shipment(notice)

    shipments = bench.shop.shipments_of(order)
    assert len({shipment["order_address_id"] for shipment in shipments}) == len(shipments) == 2
    assert {shipment["comments"] for shipment in shipments} == {"Two boxes\nD-2"}
    assert {shipment["tracking_link"] for shipment in shipments} == {"https://dhl.test/1"}
    assert again.outcome is Outcome.UNCHANGED


@pytest.mark.parametrize(("by_itself", "puts"), [(True, 0), (False, 1)])
def test_status_is_put_only_where_the_store_has_not_moved_it(
    bench: BigCommerceBench, by_itself: bool, puts: int
) -> None:
    bench.shop.options.shipment_moves_status = by_itself
    order = placed(bench)
    bench.shop.counters.reset()

    with bench.adapter() as adapter:
        result = adapter.push_shipment(
            ShipmentNotice("a", str(order), (), "DHL", (Parcel("D-1"),), status="2")
        )

    assert result.outcome is Outcome.OK and bench.status_of(str(order)) == "2"
    assert bench.shop.counters.calls("PUT /v2/orders/{id}") == puts


def test_alike_shipment_from_before_the_first_try_is_not_ours(bench: BigCommerceBench) -> None:
    order = placed(bench, quantity=2)
    with bench.adapter() as adapter:
        line = adapter.get_order(str(order)).lines[0].remote_id
        one = ShipmentNotice("a", str(order), ((line, D(1)),), is_partial=True)
        adapter.push_shipment(one)
        bench.shop.advance(7200)
        since = datetime.now(UTC) + timedelta(seconds=7000)
        second = adapter.push_shipment(replace(one, key="b", tried_since=since))

    assert second.outcome is Outcome.OK
    assert len(bench.shop.shipments_of(order)) == 2


def test_two_alike_shipments_without_a_number_are_two_and_each_is_made_once(bench: BigCommerceBench) -> None:
    """Two pieces leave one by one within minutes, and nobody gave them a number."""
    order = placed(bench, quantity=2)
    now = datetime.now(UTC)
    with bench.adapter() as adapter:
        line = adapter.get_order(str(order)).lines[0].remote_id
        one = ShipmentNotice("a", str(order), ((line, D(1)),), is_partial=True, tried_since=now)
        other = replace(one, key="b", comment="Second box")
        results = [adapter.push_shipment(notice).outcome for notice in (one, other, one, other)]

    assert results == [Outcome.OK, Outcome.OK, Outcome.UNCHANGED, Outcome.UNCHANGED]
    first, second = bench.shop.shipments_of(order)
    assert [item["quantity"] for item in (*first["items"], *second["items"])] == [1, 1]
    assert first["comments"].startswith("[ecomsync:")
    assert second["comments"].startswith("Second box\n[ecomsync:")


def test_more_than_was_ordered_is_refused(bench: BigCommerceBench) -> None:
    order = placed(bench)
    with bench.adapter() as adapter:
        line = adapter.get_order(str(order)).lines[0].remote_id
        too_much = adapter.push_shipment(ShipmentNotice("a", str(order), ((line, D(9)),)))
        unknown = adapter.push_shipment(ShipmentNotice("a", str(order), (("99", D(1)),)))

    assert (too_much.outcome, unknown.code) == (Outcome.REJECTED, "unknown_line")
    assert bench.shop.shipments_of(order) == []


def test_digital_order_has_nothing_to_ship(bench: BigCommerceBench) -> None:
    order = placed(bench, digital=True)
    with bench.adapter() as adapter:
        result = adapter.push_shipment(ShipmentNotice("a", str(order), status="10"))

    assert result.outcome is Outcome.OK and bench.status_of(str(order)) == "10"
    assert bench.shop.shipments_of(order) == []


@pytest.mark.parametrize(("wanted", "status"), [(True, "captured"), (False, "authorized")])
def test_authorised_payment_is_captured_on_shipment_where_staff_want_it(
    bench: BigCommerceBench, wanted: bool, status: str
) -> None:
    order = placed(bench, payment_method="Tabby")
    with bench.adapter(options={"capture_on_shipment": wanted}) as adapter:
        adapter.push_shipment(ShipmentNotice("a", str(order), (), "DHL", (Parcel("1"),)))

    assert bench.shop.order(order)["payment_status"] == status


# ---------------------------------------------------------------- invoices


def test_capture_is_made_up_for_after_the_lost_answer_of_a_shipment(bench: BigCommerceBench) -> None:
    order = placed(bench, payment_status="authorized")
    notice = ShipmentNotice("a", str(order), (), "DHL", (Parcel("D-1"),))
    with bench.adapter() as adapter:
        adapter.push_shipment(notice)  # its answer was lost, and the work ended there
    with bench.adapter(options={"capture_on_shipment": True}) as adapter:
        second = adapter.push_shipment(notice)
        third = adapter.push_shipment(notice)

    assert (second.outcome, third.outcome) == (Outcome.OK, Outcome.UNCHANGED)
    assert bench.shop.order(order)["payment_status"] == "captured"
    assert len(bench.shop.shipments_of(order)) == 1


def test_invoice_and_credit_note_stand_beside_each_other(bench: BigCommerceBench) -> None:
    order = placed(bench)
    with bench.adapter() as adapter:
        adapter.push_invoice(InvoiceNotice("i", str(order), "INV-7", url="https://erp.test/i/7"))
        adapter.push_invoice(InvoiceNotice("c", str(order), "CN-1", kind=InvoiceKind.CREDIT_NOTE))

    fields = {field["key"]: field["value"] for field in bench.shop.store.metafields.values()}
    assert fields == {
        "invoice_number": "INV-7",
        "invoice_url": "https://erp.test/i/7",
        "credit_note_number": "CN-1",
    }
    assert bench.shop.order(order)["staff_notes"] == "Invoice INV-7: https://erp.test/i/7\nCredit note CN-1:"


# ---------------------------------------------------------------- refunds


def test_money_goes_back_by_the_gateway_only_when_asked(bench: BigCommerceBench) -> None:
    order = placed(bench, customer={})
    with bench.adapter() as adapter:
        line = adapter.get_order(str(order)).lines[0]
        given = RemoteReturnLine(line.remote_id, line.sku, line.name, D(1), D("10.00"), D("1.50"))
        notice = RefundNotice("k1", str(order), D("11.50"), "late", (given,))
        adapter.push_refund(notice)
        adapter.push_refund(replace(notice, key="k2", pay_back=True))
        first, second = adapter.get_returns(str(order))

    offline, online = (row["payments"][0] for row in bench.shop.refunds_of(order))
    assert (offline["offline"], online["offline"], online["provider_id"]) == (True, False, "moyasar")
    assert (first.paid_back, second.paid_back) == (False, True)
    assert (first.our_key, second.our_key, first.reason) == ("k1", "k2", "late")


def test_refund_goes_back_in_the_parts_in_which_it_was_paid(
    bench: BigCommerceBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each inner list of a quote is one way to split the money; a part never gets more than its own."""

    def part(provider: str, amount: str, *, offline: bool = False) -> dict[str, Any]:
        return {"provider_id": provider, "amount": D(amount), "offline": offline}

    def ways(order: dict[str, Any], total: Decimal) -> list[list[dict[str, Any]]]:
        return [
            [part("storecredit", "11.50")],
            [part("moyasar", "8.00"), part("giftcertificate", "3.50")],
            [part("custom", "11.50", offline=True)],
        ]

    monkeypatch.setattr(after_sales, "_methods", ways)
    order = placed(bench, customer={})
    with bench.adapter() as adapter:
        line = adapter.get_order(str(order)).lines[0]
        given = RemoteReturnLine(line.remote_id, line.sku, line.name, D(1), D("10.00"), D("1.50"))
        result = adapter.push_refund(RefundNotice("k", str(order), D("11.50"), "", (given,), pay_back=True))

    (refund,) = bench.shop.refunds_of(order)
    assert result.outcome is Outcome.OK, result.message
    assert [(row["provider_id"], D(str(row["amount"])), row["offline"]) for row in refund["payments"]] == [
        ("moyasar", D("8.00"), False),
        ("giftcertificate", D("3.50"), False),
    ]


def test_refund_of_another_amount_than_quoted_is_overridden(bench: BigCommerceBench) -> None:
    order = placed(bench)
    with bench.adapter() as adapter:
        line = adapter.get_order(str(order)).lines[0]
        given = RemoteReturnLine(line.remote_id, line.sku, line.name, D(1), D("8.00"), D("1.20"))
        result = adapter.push_refund(RefundNotice("k", str(order), D("9.20"), "", (given,), restock=True))
        (found,) = adapter.get_returns(str(order))

    assert result.outcome is Outcome.OK and "stock" in result.warning
    assert found.total == D("9.20") and found.unexplained == 0
    assert (found.lines[0].net, found.lines[0].tax) == (D("8.00"), D("1.20"))
    assert bench.shop.refunds_of(order)[0]["uses_merchant_override_values"]


def test_refund_with_shipping(bench: BigCommerceBench) -> None:
    order = placed(bench)
    with bench.adapter() as adapter:
        shown = adapter.get_order(str(order))
        line, shipping = shown.lines[1], shown.charges[0]
        rows = (
            RemoteReturnLine(line.remote_id, line.sku, line.name, D(1), line.net, line.tax),
            RemoteReturnLine(
                shipping.remote_id, "", "Shipping", D(0), shipping.net, shipping.tax, kind="shipping"
            ),
        )
        amount = sum((row.net + row.tax for row in rows), D(0))
        result = adapter.push_refund(RefundNotice("k", str(order), amount, "", rows))
        (found,) = adapter.get_returns(str(order))

    assert result.outcome is Outcome.OK, result.message
    assert [(row.kind, row.net, row.tax) for row in found.lines] == [
        ("line", line.net, line.tax),
        ("shipping", shipping.net, shipping.tax),
    ]


def test_reason_bears_our_key_in_a_form_that_people_can_skip(bench: BigCommerceBench) -> None:
    order = placed(bench)
    with bench.adapter() as adapter:
        adapter.push_refund(RefundNotice("ref:9", str(order), D("5.00"), "goodwill"))

    (item,) = bench.shop.refunds_of(order)[0]["items"]
    assert re.fullmatch(r"goodwill \[#ref:9\]", item["reason"]) and item["item_type"] == "ORDER"
