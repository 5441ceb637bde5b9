"""Orders by their figures: the record of the fact sheet, taxes, discounts, pairs, extras."""

from __future__ import annotations

import copy
from decimal import Decimal
from typing import Any

import pytest

from ecomsync.common.errors import InvalidPayload
from platforms.magento1.mapping_orders import order_from_json
from platforms.magento1.sold_lines import sold_lines
from platforms.types import ChargeKind, DiscountKind, FinancialStatus, OrderPhase, RemoteOrder, SoldLine
from sandbox.magento1 import Magento1Shop
from tests.platforms.magento1.samples import SHEET_ORDER
from tests.platforms.magento1.test_orders import rows_total

D = Decimal


def placed(shop: Magento1Shop, lines: list[dict[str, Any]], **extra: Any) -> RemoteOrder:
    for line in lines:
        if shop.by_sku(line["sku"]) is None and "price" not in line:
            shop.add_product(line["sku"], price=line.pop("costs", "10.00"), stock=1000)
    order = shop.place_order(lines, **extra)
    return order_from_json(shop.order_json(order.increment_id))


def test_record_of_the_fact_sheet() -> None:
    order = order_from_json(SHEET_ORDER)

    (line,) = order.lines
    assert (line.sku, line.quantity, line.product_id, line.remote_id) == ("SHIRT-RED-M", D(2), "45", "301")
    assert (line.subtotal_net, line.net, line.tax, line.subtotal_tax) == (D(50), D(45), D("8.55"), D("9.5"))
    assert (line.taxes[0].rate_percent, line.taxes[0].amount) == (D(19), D("8.55"))
    (shipping,) = order.charges
    assert (shipping.kind, shipping.code, shipping.net, shipping.tax) == (
        ChargeKind.SHIPPING,
        "flatrate_flatrate",
        D("4.9"),
        D("0.93"),
    )
    assert shipping.taxes[0].rate_percent == D(19)
    (coupon,) = order.discounts
    assert (coupon.code, coupon.kind, coupon.net, coupon.in_lines) == (
        "MAY5",
        DiscountKind.COUPON,
        D(5),
        True,
    )
    assert rows_total(order) == order.totals.grand_total == D("59.38")
    assert order.totals.tax_total == D("9.48")
    assert (order.remote_id, order.status, order.phase) == ("100000123", "processing", OrderPhase.OPEN)
    assert order.financial_status is FinancialStatus.PAID
    assert (order.billing.line1, order.billing.line2, order.billing.country) == ("Hauptstr. 5", "2. OG", "DE")
    assert (order.customer.tax_number, order.customer.company, order.customer.remote_id) == (
        "DE123456789",
        "Weber KG",
        "77",
    )
    assert order.created_at.isoformat() == "2024-05-01T09:12:44+00:00"
    assert (order.payments[0].code, order.payments[0].amount, order.payments[0].is_paid) == (
        "banktransfer",
        D("59.38"),
        True,
    )


def test_record_without_parents_is_paired_by_place() -> None:
    """SOAP v2 drops what tells a pair."""
    payload = copy.deepcopy(SHEET_ORDER)
    for item in payload["items"]:
        item.pop("parent_item_id")
        item.pop("row_total_incl_tax", None)
    order = order_from_json(payload)

    assert [(line.sku, line.product_id, line.quantity) for line in order.lines] == [
        ("SHIRT-RED-M", "45", D(2))
    ]
    assert rows_total(order) == D("59.38")


@pytest.mark.parametrize("with_tax", [False, True])
@pytest.mark.parametrize(
    "coupon", [None, ("TEN", "percent", "10"), ("OFF", "fixed", "7.77"), ("ALL", "percent", "100")]
)
def test_tax_and_discount_in_every_combination(shop: Magento1Shop, with_tax: bool, coupon: Any) -> None:
    lines = [
        {"sku": "A", "quantity": 3, "costs": "19.99"},
        {"sku": "B", "quantity": 1, "costs": "0.95"},
        {"sku": "C", "quantity": 7, "costs": "1.49"},
    ]
    order = placed(shop, lines, coupon=coupon, prices_include_tax=with_tax, shipping_amount="17.39")
    gross = D("59.97") + D("0.95") + D("10.43")

    assert rows_total(order) == order.totals.grand_total
    assert abs(order.totals.rounding) <= D("0.01")
    if with_tax:
        off = {None: D(0), "TEN": D("7.14"), "OFF": D("7.77"), "ALL": gross}[coupon[0] if coupon else None]
        assert order.totals.grand_total == gross - off + D("17.39")
    if coupon:
        (found,) = order.discounts
        assert (
            found.net == sum((line.discount_net for line in order.lines), D(0)) == order.totals.discount_net
        )


def test_zero_rated_line_and_untaxed_shipping(shop: Magento1Shop) -> None:
    shop.add_product("BOOK", tax_class_id="5", price="20.00")
    order = placed(shop, [{"sku": "BOOK", "quantity": 1}], shipping_amount="5.00", shipping_taxed=False)

    assert order.lines[0].taxes[0].rate_percent == 0
    assert order.charges[0].taxes[0].rate_percent == 0
    assert order.totals.grand_total == D(25)


def test_virtual_order_has_no_shipping_and_bills_to_its_buyer(shop: Magento1Shop) -> None:
    order = placed(shop, [{"sku": "LICENCE", "quantity": 1}], virtual=True)

    assert order.charges == ()
    assert order.shipping == order.billing


def test_configurable_is_one_line_of_the_child(shop: Magento1Shop) -> None:
    _parent, children = shop.add_configurable("SHIRT", {"color": ["Red", "Blue"]}, price="25.00")
    order = placed(shop, [{"sku": "SHIRT-RED", "quantity": 2}])

    assert [(line.sku, line.product_id, line.net) for line in order.lines] == [
        ("SHIRT-RED", str(children[0].id), D(50))
    ]


def test_bundle_has_its_money_where_the_shop_keeps_it() -> None:
    fixed = copy.deepcopy(SHEET_ORDER)
    fixed["items"][0]["product_type"] = "bundle"
    fixed["items"][0]["sku"] = "BOX"
    assert [line.sku for line in order_from_json(fixed).lines] == ["BOX"]

    dynamic = copy.deepcopy(fixed)
    parts = [dict(dynamic["items"][0]), dict(dynamic["items"][0])]
    for number, (part, share) in enumerate(zip(parts, ("30.0000", "20.0000"), strict=True)):
        part |= {
            "item_id": str(310 + number),
            "parent_item_id": "301",
            "product_type": "simple",
            "sku": f"P{number}",
        }
        part |= {"row_total": share, "row_total_incl_tax": str(D(share) * D("1.19"))}
    parts[0] |= {"tax_amount": "5.1300", "discount_amount": "3.0000"}
    parts[1] |= {"tax_amount": "3.4200", "discount_amount": "2.0000"}
    dynamic["items"] = [dynamic["items"][0], *parts]
    order = order_from_json(dynamic)

    assert [line.sku for line in order.lines] == ["P0", "P1"]
    assert rows_total(order) == D("59.38")


def test_known_extras_have_rows_of_their_own(shop: Magento1Shop) -> None:
    extras = {
        "gift_cards_amount": "3.00",
        "customer_balance_amount": "2.00",
        "reward_currency_amount": "1.00",
        "fooman_surcharge_amount": "4.00",
        "gw_price": "5.00",
    }
    order = placed(shop, [{"sku": "A", "quantity": 2}], extras=extras)

    assert {(one.kind, one.net) for one in order.discounts} == {
        (DiscountKind.GIFT_CARD, D(3)),
        (DiscountKind.STORE_CREDIT, D(2)),
        (DiscountKind.REWARD, D(1)),
    }
    assert {(one.kind, one.net) for one in order.charges if one.kind is not ChargeKind.SHIPPING} == {
        (ChargeKind.PAYMENT_FEE, D(4)),
        (ChargeKind.GIFT_WRAP, D(5)),
    }
    assert order.totals.fees_net == D(9)
    assert rows_total(order) == order.totals.grand_total == D("23.00") + D(9) - D(6)


@pytest.mark.parametrize(
    ("change", "charge", "discount"), [("6.5000", D("6.5"), None), ("-6.5000", None, D("6.5"))]
)
def test_extra_that_no_column_explains_is_a_row_or_left_for_the_proof(
    change: str, charge: Decimal | None, discount: Decimal | None
) -> None:
    payload = copy.deepcopy(SHEET_ORDER)
    payload["grand_total"] = str(D(payload["grand_total"]) + D(change))
    order = order_from_json(payload)
    held = order_from_json(payload, keep_extras=False)

    assert [one.net for one in order.charges if one.code == "other"] == ([charge] if charge else [])
    assert [one.net for one in order.discounts if one.code == "other"] == ([discount] if discount else [])
    assert rows_total(order) == order.totals.grand_total
    assert rows_total(held) == held.totals.grand_total - D(change)


def test_missing_row_is_never_covered_up() -> None:
    payload = copy.deepcopy(SHEET_ORDER)
    more = dict(payload["items"][1])
    more |= {"item_id": "303", "parent_item_id": None, "sku": "CAP", "row_total": "9.0000"}
    payload["subtotal"], payload["grand_total"] = "59.0000", "68.3800"
    with_all = copy.deepcopy(payload)
    with_all["items"].append(more)

    assert rows_total(order_from_json(with_all)) == D("68.38")
    assert rows_total(order_from_json(payload)) == D("59.38"), "left standing for the proof"


def test_cent_of_rounding_is_told_as_rounding() -> None:
    payload = copy.deepcopy(SHEET_ORDER)
    payload["grand_total"] = "59.3900"
    order = order_from_json(payload)

    assert order.totals.rounding == D("0.01")
    assert rows_total(order) == D("59.39")


def test_three_decimals(shop: Magento1Shop) -> None:
    shop.options.decimals, shop.options.currency = 3, "KWD"
    shop.options.tax_percent = "5"
    order = placed(shop, [{"sku": "A", "quantity": 3, "costs": "1.235"}], shipping_amount="0.750")

    assert order.currency == "KWD"
    assert order.lines[0].net == D("3.705") and order.lines[0].tax == D("0.185")
    assert rows_total(order) == order.totals.grand_total == D("4.678")


def test_both_currencies_are_told(shop: Magento1Shop) -> None:
    order = placed(shop, [{"sku": "A", "quantity": 2, "costs": "100.00"}], order_currency="USD", rate="0.25")

    assert (order.currency, order.totals.grand_total) == ("USD", D("57.50"))
    assert (order.presentment_currency, order.presentment_total) == ("SAR", D("230.00"))


def test_arabic_order(shop: Magento1Shop) -> None:
    billing = {
        "firstname": "نورة",
        "lastname": "القحطاني",
        "street": "شارع العليا 45\nالدور الثاني",
        "city": "الرياض",
    }
    order = placed(
        shop, [{"sku": "قهوة", "quantity": 1, "name": "بن خولاني ☕"}], billing=billing, note="شكرًا 🌹"
    )

    assert (order.billing.line1, order.billing.line2) == ("شارع العليا 45", "الدور الثاني")
    assert (order.lines[0].sku, order.lines[0].name, order.note) == ("قهوة", "بن خولاني ☕", "شكرًا 🌹")


def test_states_decide_and_not_the_names_that_a_shop_gives(shop: Magento1Shop) -> None:
    phases = {}
    for state, status in (
        ("processing", "picking"),
        ("complete", "delivered"),
        ("canceled", "gone"),
        ("holded", "waiting"),
    ):
        payload = {**copy.deepcopy(SHEET_ORDER), "state": state, "status": status}
        phases[status] = order_from_json(payload).phase

    assert phases == {
        "picking": OrderPhase.OPEN,
        "delivered": OrderPhase.COMPLETE,
        "gone": OrderPhase.CANCELLED,
        "waiting": OrderPhase.OPEN,
    }


def test_what_the_buyer_chose_is_read_from_php() -> None:
    payload = copy.deepcopy(SHEET_ORDER)
    payload["items"][0]["product_options"] = (
        'a:1:{s:15:"attributes_info";a:1:{i:0;a:2:{s:5:"label";s:10:"اللون";s:5:"value";s:8:"أحمر";}}}'
    )
    assert order_from_json(payload).lines[0].attributes == {"اللون": "أحمر"}

    payload["items"][0]["product_options"] = 'O:8:"stdClass":0:{}'
    assert order_from_json(payload).lines[0].attributes == {}


def test_all_faults_are_named_at_once() -> None:
    payload = copy.deepcopy(SHEET_ORDER)
    payload["grand_total"] = "a lot"
    payload["items"][0]["qty_ordered"] = None
    del payload["tax_amount"]
    with pytest.raises(InvalidPayload) as caught:
        order_from_json(payload)

    for name in ("grand_total", "items.0.qty_ordered", "tax_amount is missing"):
        assert name in caught.value.message


@pytest.mark.parametrize("total_canceled", ["26.7800", "59.3800"], ids=["paid", "not-paid-yet"])
def test_what_was_cancelled_of_an_order_is_no_part_of_it(total_canceled: str) -> None:
    """One of two pieces and the shipping are invoiced; the other piece was cancelled, and the order goes on. The shop takes
    for cancelled whatever is not paid, so that of an invoice which is not captured yet counts too."""
    payload = copy.deepcopy(SHEET_ORDER)
    payload |= {"state": "complete", "status": "complete", "total_canceled": total_canceled}
    payload["total_paid"] = str(D("59.38") - D(total_canceled))
    for row in payload["items"]:
        row["qty_canceled"] = "1.0000"

    order = order_from_json(payload)

    (line,) = order.lines
    assert (line.quantity, line.net, line.subtotal_net) == (D(1), D("22.50"), D("25.00"))
    assert order.totals.grand_total == pytest.approx(D("32.60"), abs=D("0.01"))
    assert rows_total(order) == order.totals.grand_total
    assert order.totals.tax_total == line.tax + order.charges[0].tax
    assert [discount.kind for discount in order.discounts] == [DiscountKind.COUPON]
    assert len(order.charges) == 1 and order.charges[0].net == D("4.90")


def test_cancelled_pieces_of_a_configurable_are_counted_on_its_first_row(shop: Magento1Shop) -> None:
    """And an order that cannot be read sells no more of the product than is left."""
    shop.add_configurable("SHIRT", {"color": ["Red"]}, price="25.00")
    number = shop.place_order([{"sku": "SHIRT-RED", "quantity": 3}], shipping_amount="5.00").increment_id
    shop.invoice(number, {shop.order(number).items[0]["item_id"]: 1})
    shop.rpc("order.cancel", number)
    payload = shop.order_json(number)

    (line,) = order_from_json(payload).lines

    assert (payload["state"], payload["items"][0]["qty_canceled"]) == ("processing", "2.0000")
    assert payload["items"][1]["qty_canceled"] == "0.0000"
    assert (line.sku, line.quantity, line.net) == ("SHIRT-RED", D(1), D(25))
    assert sold_lines(payload) == (SoldLine("SHIRT-RED", line.product_id, "", D(1)),)
    assert shop.stock_of("SHIRT-RED") == 4


def test_bundle_whose_parts_are_cancelled_is_no_line(shop: Magento1Shop) -> None:
    for sku in ("CUP", "PLATE", "MUG"):
        shop.add_product(sku, price="10.00", stock=50)
    box = {
        "sku": "BOX",
        "quantity": 1,
        "parts": [{"sku": "CUP", "quantity": 2}, {"sku": "PLATE", "quantity": 1}],
    }
    order = shop.place_order([{"sku": "MUG", "quantity": 1}, box])
    shop.invoice(order.increment_id, {order.items[0]["item_id"]: 1})
    shop.rpc("order.cancel", order.increment_id)

    payload = shop.order_json(order.increment_id)
    found = order_from_json(payload)

    assert {row["qty_canceled"] for row in payload["items"]} == {"0.0000"}, "the shop counts nothing of it"
    assert [(line.sku, line.net) for line in found.lines] == [("MUG", D(10))]
    assert rows_total(found) == found.totals.grand_total == D("11.50")


def test_rest_of_a_bundle_is_guessed_by_no_money_but_its_own(shop: Magento1Shop) -> None:
    """Two boxes, one of them invoiced and gone, the other cancelled; once the totals say something else, nothing is."""
    for sku in ("CUP", "PLATE"):
        shop.add_product(sku, price="10.00", stock=50)
    parts = [{"sku": "CUP", "quantity": 4}, {"sku": "PLATE", "quantity": 2}]
    placed = shop.place_order([{"sku": "BOX", "quantity": 2, "parts": parts}])
    payload = shop.order_json(placed.increment_id)
    for row, pieces in zip(payload["items"], ("1.0000", "2.0000", "1.0000"), strict=True):
        row["qty_invoiced"] = pieces
    payload |= {"state": "complete", "total_paid": "34.5000", "total_canceled": "34.5000"}

    half, whole = order_from_json(payload), order_from_json({**payload, "total_canceled": "11.5000"})

    assert [(line.sku, line.quantity) for line in half.lines] == [("CUP", D(2)), ("PLATE", D(1))]
    assert rows_total(half) == half.totals.grand_total == D("34.50")
    assert [(line.sku, line.quantity) for line in whole.lines] == [("CUP", D(4)), ("PLATE", D(2))]


@pytest.mark.parametrize("place", ["total", "tax", "subtotal"])
def test_fixed_product_tax_is_a_charge_wherever_the_shop_adds_it(shop: Magento1Shop, place: str) -> None:
    """Two televisions with a recycling fee of 3.00, and one of them cancelled."""
    shop.add_product("TV", price="100.00", stock=9)
    placed = shop.place_order(
        [{"sku": "TV", "quantity": 2, "fixed_tax": "6.00"}, {"sku": "A", "quantity": 1, "price": "10.00"}],
        fixed_taxes_in=place,
        order_currency="USD",
        rate="0.5",
    )
    payload = shop.order_json(placed.increment_id)

    order, base = order_from_json(payload), order_from_json(payload, amounts="base")
    payload["items"][0]["qty_canceled"] = "1.0000"
    half = order_from_json(payload)

    assert [(fee.code, fee.net, fee.tax) for fee in order.charges if fee.code == "weee"] == [
        ("weee", D(3), D(0))
    ]
    assert rows_total(order) == order.totals.grand_total == D("123.75")
    assert order.totals.tax_total == sum(line.tax for line in order.lines) == D("15.75")
    assert [fee.net for fee in base.charges if fee.code == "weee"] == [D(6)]
    assert rows_total(base) == base.totals.grand_total == D("247.50")
    assert [fee.net for fee in half.charges if fee.code == "weee"] == [D("1.50")]
    assert rows_total(half) == half.totals.grand_total == D("64.75")


def test_fixed_product_tax_may_be_taxed_and_may_be_in_the_prices() -> None:
    payload = copy.deepcopy(SHEET_ORDER)
    payload["items"][0]["weee_tax_applied_row_amount"] = "2.0000"
    within = order_from_json(payload)
    payload |= {"tax_amount": "9.8600", "grand_total": "61.7600"}
    taxed = order_from_json(payload)

    assert [one.code for one in within.charges] == ["flatrate_flatrate"]
    assert [(one.net, one.tax) for one in taxed.charges if one.code == "weee"] == [(D(2), D("0.38"))]
    assert rows_total(taxed) == taxed.totals.grand_total
    assert rows_total(within) == within.totals.grand_total


def test_order_cancelled_as_a_whole_keeps_its_rows() -> None:
    payload = copy.deepcopy(SHEET_ORDER)
    payload |= {"state": "canceled", "status": "canceled", "total_canceled": "59.3800"}
    for row in payload["items"]:
        row["qty_canceled"] = "2.0000"

    order = order_from_json(payload)

    assert (order.phase, order.lines[0].quantity, rows_total(order)) == (
        OrderPhase.CANCELLED,
        D(2),
        D("59.38"),
    )
