"""Orders as they are read: figures to the cent."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from ecomsync.common.errors import InvalidPayload
from platforms.magento2.mapping_orders import order_from_json
from platforms.magento2.sold_lines import sold_lines
from platforms.types import (
    ChargeKind,
    DiscountKind,
    FinancialStatus,
    OrderPhase,
    RemoteOrder,
    RemoteTax,
    SoldLine,
)
from tests.platforms.magento2.samples import item, order, plain_order

D = Decimal


def total_of(found: RemoteOrder) -> Decimal:
    """Rows less what is taken off beside them."""
    rows = sum((row.net + row.tax for row in (*found.lines, *found.charges)), D(0))  # type: ignore[attr-defined]
    outside = [entry for entry in found.discounts if not entry.in_lines]
    return rows + found.totals.rounding - sum((entry.net + entry.tax for entry in outside), D(0))


def test_order_of_the_sheet_is_read_whole() -> None:
    found = order_from_json(order())

    (line,) = found.lines
    assert (found.remote_id, found.number, found.status) == ("501", "000000501", "processing")
    assert found.created_at == datetime(2024, 5, 1, 9, 12, 44, tzinfo=UTC)
    assert (line.remote_id, line.sku, line.product_id, line.variant_id) == ("11", "SHIRT-RED-M", "301", "305")
    assert (line.quantity, line.subtotal_net, line.net, line.tax) == (D(2), D(50), D(45), D("8.55"))
    assert (line.subtotal_tax, line.discount_net, line.discount_tax) == (D("9.50"), D(5), D("0.95"))
    assert line.taxes == (RemoteTax("DE-19", "VAT 19", D(19), D("8.55")),)
    (shipping,) = found.charges
    assert (shipping.code, shipping.net, shipping.tax) == ("flatrate_flatrate", D("4.9"), D("0.93"))
    assert shipping.taxes == (RemoteTax("DE-19", "VAT 19", D(19), D("0.93")),)
    (coupon,) = found.discounts
    assert (coupon.code, coupon.kind, coupon.net, coupon.in_lines) == (
        "MAY5",
        DiscountKind.COUPON,
        D(5),
        True,
    )
    assert found.customer.tax_number == "DE123456789" and not found.customer.is_guest
    assert found.billing.line1 == "Hauptstr. 5" and found.billing.line2 == "2. OG"
    assert found.shipping.line2 == "" and found.shipping.email == "ana@example.com"
    (payment,) = found.payments
    assert (payment.code, payment.title, payment.is_paid) == ("banktransfer", "Bank Transfer Payment", True)
    assert found.financial_status is FinancialStatus.PAID and found.phase is OrderPhase.OPEN
    assert total_of(found) == found.totals.grand_total == D("59.38")


def test_row_total_of_2_3_is_before_the_discount_and_reads_the_same() -> None:
    newer = order()
    older = order()
    older["items"][0]["row_total"] = 50

    assert order_from_json(older).lines == order_from_json(newer).lines


def test_row_total_that_was_cut_off_at_zero_is_price_times_quantity() -> None:
    """The whole row given away on prices with tax: 11.90 off a net 10.00, which the API shows as 0."""
    row = item(1, "MUG", 1, 10, tax_percent=19, tax_amount=0, discount_amount=11.9, row_total=0)
    row["discount_tax_compensation_amount"] = 1.9
    payload = plain_order([row], 0, discount_amount=-11.9, discount_tax_compensation_amount=1.9)

    (line,) = order_from_json(payload).lines

    assert (line.subtotal_net, line.subtotal_tax, line.net, line.tax) == (D(10), D("1.9"), D(0), D(0))


def test_discount_on_prices_with_tax_is_taken_off_without_its_tax() -> None:
    """119.00 with 19 %, 10 % off: 11.90 of which 1.90 is tax."""
    row = item(1, "LAMP", 1, 100, price_incl_tax=119, tax_percent=19, tax_amount=17.1, discount_amount=11.9)
    row |= {"row_total": 88.1, "discount_tax_compensation_amount": 1.9}
    payload = plain_order([row], 107.1)
    payload |= {"tax_amount": 17.1, "discount_amount": -11.9, "discount_tax_compensation_amount": 1.9}

    found = order_from_json(payload)

    (line,) = found.lines
    assert (line.subtotal_net, line.net, line.tax, line.subtotal_tax) == (D(100), D(90), D("17.1"), D(19))
    assert found.prices_include_tax
    assert found.totals.discount_net == 10
    assert total_of(found) == found.totals.grand_total == D("107.1")


def test_round_gross_price_tells_that_prices_include_tax() -> None:
    row = item(1, "PEN", 3, 8.6957, price_incl_tax=10, tax_percent=15, tax_amount=3.91, row_total=26.09)
    payload = plain_order([row], 30)
    payload |= {"tax_amount": 3.91, "subtotal": 26.09}

    found = order_from_json(payload)

    assert found.prices_include_tax
    assert found.lines[0].net == D("26.09")
    assert order_from_json(payload, prices_include_tax=False).prices_include_tax is False
    assert order_from_json(order()).prices_include_tax is False


def test_dynamic_bundle_is_its_parts_and_a_fixed_one_is_itself() -> None:
    parts = [
        item(2, "CUP", 2, 5, parent_item_id=1, tax_amount=0),
        item(3, "PLATE", 2, 7, parent_item_id=1),
    ]
    dynamic = [item(1, "SET", 2, 12, product_type="bundle", row_total=24), *parts]
    fixed = [
        item(1, "SET", 2, 12, product_type="bundle"),
        *({**part, "price": 0, "row_total": 0, "price_incl_tax": 0} for part in parts),
    ]

    by_parts, whole = order_from_json(plain_order(dynamic, 24)), order_from_json(plain_order(fixed, 24))

    assert [(line.sku, line.quantity, line.net) for line in by_parts.lines] == [
        ("CUP", D(2), D(10)),
        ("PLATE", D(2), D(14)),
    ]
    assert by_parts.lines[0].attributes == {"Bundle": "Set"}
    assert [(line.sku, line.quantity, line.net) for line in whole.lines] == [("SET", D(2), D(24))]
    assert whole.lines[0].attributes == {"Contents": "2 × CUP, 2 × PLATE"}
    assert total_of(by_parts) == total_of(whole) == 24


@pytest.mark.parametrize(
    ("extension", "total", "kind", "amount"),
    [
        (
            {"gift_cards": [{"code": "GC1", "amount": 20}], "gift_cards_amount": 20},
            30,
            DiscountKind.GIFT_CARD,
            20,
        ),
        ({"gift_cards_amount": 20}, 30, DiscountKind.GIFT_CARD, 20),
        ({"customer_balance_amount": 12.5}, 37.5, DiscountKind.STORE_CREDIT, D("12.5")),
        ({"reward_currency_amount": 3}, 47, DiscountKind.REWARD, 3),
    ],
)
def test_what_magento_takes_off_the_total_is_named(
    extension: dict[str, Any], total: float, kind: DiscountKind, amount: Decimal
) -> None:
    payload = plain_order([item(1, "MUG", 5, 10)], total, extension_attributes=extension)

    found = order_from_json(payload)

    (tender,) = found.discounts
    assert (tender.kind, tender.net, tender.in_lines) == (kind, amount, False)
    assert total_of(found) == found.totals.grand_total == D(str(total))
    assert found.totals.rounding == 0


def test_gift_wrap_is_a_charge_with_its_tax() -> None:
    extension = {
        "gw_price": 10,
        "gw_tax_amount": 1.5,
        "applied_taxes": [{"code": "VAT", "percent": 15, "amount": 1.5}],
    }
    payload = plain_order([item(1, "MUG", 1, 10)], 21.5, extension_attributes=extension)
    payload["tax_amount"] = 1.5

    found = order_from_json(payload)

    (wrap,) = found.charges
    assert (wrap.kind, wrap.net, wrap.tax) == (ChargeKind.GIFT_WRAP, D(10), D("1.5"))
    assert wrap.taxes[0].rate_percent == 15
    assert total_of(found) == D("21.5") == found.totals.grand_total


def test_recycling_fee_is_a_charge() -> None:
    row = item(1, "TV", 2, 100, weee_tax_applied_row_amount=3)

    found = order_from_json(plain_order([row], 203))

    assert [(fee.code, fee.net) for fee in found.charges] == [("weee", D(3))]
    assert total_of(found) == 203


@pytest.mark.parametrize(("total", "charge", "discount"), [(52, 2, 0), (48, 0, 2)])
def test_what_no_field_explains_is_named_as_a_difference(total: int, charge: int, discount: int) -> None:
    found = order_from_json(plain_order([item(1, "MUG", 5, 10)], total))

    assert sum(entry.net for entry in found.charges) == charge
    assert sum(entry.net for entry in found.discounts) == discount
    codes = [charge.code for charge in found.charges] + [entry.code for entry in found.discounts]
    assert codes == ["other_charges"]
    assert total_of(found) == total


def test_difference_is_left_for_the_proof_where_the_site_says_hold() -> None:
    found = order_from_json(plain_order([item(1, "MUG", 5, 10)], 52), book_difference=False)

    assert found.charges == () and found.totals.rounding == 0
    assert total_of(found) == 50 != found.totals.grand_total


def test_a_cent_is_rounding() -> None:
    found = order_from_json(plain_order([item(1, "MUG", 3, 3.3333, row_total=10)], 10.01))

    assert (found.totals.rounding, found.charges) == (D("0.01"), ())


def test_shipping_discount_lowers_the_shipping_and_no_line() -> None:
    payload = order(
        shipping_discount_amount=4.9,
        discount_amount=-9.9,
        shipping_tax_amount=0,
        tax_amount=8.55,
        grand_total=53.55,
        total_paid=53.55,
    )
    payload["extension_attributes"]["item_applied_taxes"].pop()

    found = order_from_json(payload)

    assert (found.charges[0].net, found.charges[0].tax) == (D(0), D(0))
    assert found.totals.discount_net == 5
    assert total_of(found) == D("53.55")


def test_three_decimals_survive() -> None:
    row = item(1, "COFFEE", 3, 1.235, tax_percent=5, tax_amount=0.185, row_total=3.705)
    payload = plain_order([row], 3.89, order_currency_code="KWD")
    payload |= {"tax_amount": 0.185, "subtotal": 3.705}

    found = order_from_json(payload)

    assert (found.lines[0].net, found.lines[0].tax, found.currency) == (D("3.705"), D("0.185"), "KWD")
    assert total_of(found) == D("3.89")


def test_arabic_names_and_a_guest_are_read() -> None:
    payload = order(customer_id=None, customer_is_guest=1, customer_note="اترك الطلب عند الباب")
    payload["billing_address"] |= {"firstname": "عبد الله", "city": "الرياض", "vat_id": "3 00 "}

    found = order_from_json(payload)

    assert found.customer.is_guest and found.customer.remote_id == ""
    assert (found.billing.first_name, found.billing.city) == ("عبد الله", "الرياض")
    assert found.note == "اترك الطلب عند الباب"
    assert found.customer.tax_number == "300"


def test_virtual_order_has_no_shipping_and_the_billing_address() -> None:
    payload = plain_order([item(1, "EBOOK", 1, 10, product_type="virtual")], 10, shipping_description=None)

    found = order_from_json(payload)

    assert found.charges == ()
    assert found.shipping == found.billing


def test_what_was_cancelled_of_an_order_that_goes_on_is_taken_off() -> None:
    """Two of three mugs and the whole cup: 50.00 and 7.50 tax become 10.00 and 1.50."""
    mugs = item(1, "MUG", 3, 10, qty_canceled=2, qty_invoiced=1, tax_percent=15, tax_amount=4.5)
    cup = item(2, "CUP", 1, 20, qty_canceled=1, tax_percent=15, tax_amount=3)
    payload = plain_order([mugs, cup], 57.5, total_paid=11.5)
    payload |= {"tax_amount": 7.5, "subtotal": 50, "total_canceled": 46, "tax_canceled": 6}
    payload["subtotal_canceled"] = 40

    found = order_from_json(payload)

    (line,) = found.lines
    assert (line.sku, line.quantity, line.net, line.tax) == ("MUG", D(1), D(10), D("1.50"))
    assert (found.totals.grand_total, found.totals.tax_total) == (D("11.5"), D("1.5"))
    assert not found.charges and not found.discounts
    assert total_of(found) == D("11.5")
    assert found.financial_status is FinancialStatus.PAID
    assert sold_lines(payload) == (SoldLine("MUG", "1001", "", D(1)),)
    whole = order_from_json({**payload, "state": "canceled"})
    assert [(row.sku, row.quantity) for row in whole.lines] == [("MUG", D(3)), ("CUP", D(1))]


def test_item_under_another_is_cancelled_with_it() -> None:
    """The shop counts cancelled pieces on the item with the money only."""
    pair = [
        item(1, "SHIRT-M", 3, 10, product_type="configurable", qty_canceled=3),
        item(2, "SHIRT-M", 3, 0, parent_item_id=1, row_total=0, price_incl_tax=0),
    ]
    fixed = [
        item(3, "SET", 2, 12, product_type="bundle", qty_canceled=1),
        item(4, "CUP", 4, 0, parent_item_id=3, row_total=0, price_incl_tax=0),
    ]
    dynamic = [
        item(5, "BOX", 1, 0, product_type="bundle", row_total=0),
        item(6, "PLATE", 1, 7, parent_item_id=5, qty_canceled=1),
    ]
    payload = plain_order([*pair, *fixed, *dynamic], 61, total_canceled=49, total_paid=12)

    found = order_from_json(payload)

    assert [(line.sku, line.quantity, line.net) for line in found.lines] == [("SET", D(1), D(12))]
    assert found.lines[0].attributes == {"Contents": "2 × CUP"}
    assert total_of(found) == found.totals.grand_total == 12
    assert sold_lines(payload) == (SoldLine("CUP", "1004", "", D(2)),)


def test_open_invoice_is_not_taken_for_cancelled() -> None:
    """One of two is invoiced and not paid yet: the shop's own total counts all of it as cancelled."""
    mugs = item(1, "MUG", 2, 10, qty_canceled=1, qty_invoiced=1)

    found = order_from_json(plain_order([mugs], 20, total_canceled=20, total_paid=None))

    assert total_of(found) == found.totals.grand_total == 10


@pytest.mark.parametrize(
    ("state", "phase"),
    [
        ("new", OrderPhase.OPEN),
        ("processing", OrderPhase.OPEN),
        ("holded", OrderPhase.OPEN),
        ("pending_payment", OrderPhase.INCOMPLETE),
        ("payment_review", OrderPhase.INCOMPLETE),
        ("complete", OrderPhase.COMPLETE),
        ("closed", OrderPhase.COMPLETE),
        ("canceled", OrderPhase.CANCELLED),
        ("some_module", OrderPhase.OPEN),
    ],
)
def test_phase_goes_by_state_and_not_by_status(state: str, phase: OrderPhase) -> None:
    assert order_from_json(order(state=state, status="packed")).phase is phase


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"total_paid": None}, FinancialStatus.UNPAID),
        ({"total_refunded": 10}, FinancialStatus.PARTLY_REFUNDED),
        ({"total_refunded": 59.38}, FinancialStatus.REFUNDED),
        ({"total_paid": None, "state": "canceled"}, FinancialStatus.FAILED),
        (
            {"total_paid": None, "payment": {"method": "adyen_cc", "amount_authorized": 59.38}},
            FinancialStatus.AUTHORISED,
        ),
    ],
)
def test_financial_status(changes: dict[str, Any], status: FinancialStatus) -> None:
    assert order_from_json(order(**changes)).financial_status is status


def test_free_order_has_no_payment_and_a_purchase_order_its_number() -> None:
    free = plain_order([item(1, "GIFT", 1, 0)], 0, payment={"method": "free"})
    company = order(payment={"method": "purchaseorder", "po_number": "PO-4711"})

    assert order_from_json(free).payments == ()
    assert order_from_json(company).payments[0].transaction_id == "PO-4711"


def test_faults_are_listed_whole() -> None:
    payload = order(grand_total=None, created_at="soon")
    payload["items"][0].pop("qty_ordered")

    with pytest.raises(InvalidPayload) as caught:
        order_from_json(payload)

    assert {"grand_total is missing", "items.0.qty_ordered is missing"} <= set(caught.value.details["faults"])
    assert "'soon' is not a time" in caught.value.message
    assert caught.value.item == "501"


def test_what_an_unreadable_order_sells_is_told_once_per_configurable() -> None:
    payload = order(grand_total=None)

    assert sold_lines(payload) == (SoldLine("SHIRT-RED-M", "301", "305", D(2)),)
    assert sold_lines({**payload, "state": "canceled"}) == ()
    assert sold_lines({"state": "new"}) is None


def test_of_a_bundle_its_parts_leave_the_shelf() -> None:
    items = [
        item(1, "SET", 2, 12, product_type="bundle"),
        item(2, "CUP", 4, 0, parent_item_id=1),
        {"item_id": 9, "qty_ordered": "many"},
    ]

    assert sold_lines({"state": "new", "items": items}) == (SoldLine("CUP", "1002", "", D(4)),)
