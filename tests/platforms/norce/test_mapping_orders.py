"""Norce's order as we read it: the sheet's own example, discounts, structures, fees, rounding, people."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from ecomsync.common.errors import InvalidPayload
from platforms.norce.mapping_orders import order_from_json
from platforms.norce.options import NorceOptions
from platforms.norce.orders import moment_literal
from platforms.norce.sold_lines import sold_lines
from platforms.types import ChargeKind, DiscountKind, FinancialStatus, OrderPhase, PaymentKind, RemoteOrder
from sandbox.norce import NorceShop
from tests.contracts.bench import LONG_AGO
from tests.platforms.norce.bench import NorceBench

D = Decimal
OPTIONS = NorceOptions.read({})
PERSON = {
    "CustomerCode": "C-7001",
    "FirstName": "Anna",
    "LastName": "Berg",
    "CellPhone": "+46700000111",
    "Email": "anna@example.com",
    "Address": {"Line1": "Storgatan 1", "ZipCode": "11122", "City": "Stockholm", "Country": "SE"},
}
#: The example of the fact sheet: 2 x (100 + 25) + (49 + 12.25) = 311.25.
SHEET: dict[str, Any] = {
    "Header": {"ApplicationKey": "3f2b8c1e-6d0a-4b7e-9a55-0c1d2e3f4a5b"},
    "ClientOrderRef": "553201",
    "OrderType": 1,
    "SubmitDate": "2026-11-08T07:15:30",
    "CurrencyCode": "SEK",
    "SellTo": {"Company": None, "Person": PERSON},
    "BillTo": {"Person": PERSON},
    "ShipTo": {"Person": PERSON},
    "DoHold": False,
    "CustomerOrderComment": "",
    "Payments": [
        {
            "PaymentCode": 900411,
            "PaymentMethodCode": "CARD",
            "PaymentRef": "psp-771",
            "PaymentName": "Card",
            "Amount": D("311.25"),
            "CurrencyCode": "SEK",
        }
    ],
    "Discounts": [],
    "Fees": [],
    "ShippingAdvice": {"DeliveryMethodCode": "HOME", "IsComplete": True},
    "Items": [
        {
            "LineNo": 1,
            "Type": "ErpStandard",
            "TypeGroup": "Physical",
            "PartNo": "TSH-BLK-M",
            "Description": "Cotton shirt black M",
            "Quantity": 2,
            "Quantity2": D("2.0"),
            "UnitPrice": D("100.00"),
            "UnitPriceOriginal": D("100.00"),
            "Discount": 0,
            "UnitVat": D("25.00"),
            "VatRate": 25,
        },
        {
            "LineNo": 2,
            "Type": "Freight",
            "TypeGroup": "Fee",
            "PartNo": "FREIGHT-HOME",
            "Description": "Home delivery",
            "Quantity": 1,
            "UnitPrice": D("49.00"),
            "UnitVat": D("12.25"),
            "VatRate": 25,
        },
    ],
}


def read(**changes: Any) -> RemoteOrder:
    return order_from_json({**SHEET, **changes}, OPTIONS)


def line(**changes: Any) -> dict[str, Any]:
    return {**SHEET["Items"][0], **changes}


def paid(amount: str) -> list[dict[str, Any]]:
    return [{**SHEET["Payments"][0], "Amount": D(amount)}]


def rows_sum(order: RemoteOrder) -> Decimal:
    rows: list[Any] = [*order.lines, *order.charges]
    beside = sum((d.net + d.tax for d in order.discounts if not d.in_lines), D(0))
    return sum((row.net + row.tax for row in rows), D(0)) - beside + order.totals.rounding


def test_example_of_the_sheet() -> None:
    order = read()

    assert (order.remote_id, order.number, order.status) == ("553201", "553201", "Created")
    assert order.totals.grand_total == rows_sum(order) == D("311.25")
    (sold,) = order.lines
    assert (sold.sku, sold.quantity, sold.net, sold.tax) == ("TSH-BLK-M", D(2), D(200), D(50))
    (freight,) = order.charges
    assert (freight.kind, freight.code, freight.net, freight.tax) == (
        ChargeKind.SHIPPING,
        "HOME",
        D(49),
        D("12.25"),
    )
    assert [(tax.rate_percent, tax.amount) for tax in order.taxes] == [(D(25), D("62.25"))]
    assert order.created_at == datetime(2026, 11, 8, 7, 15, 30, tzinfo=UTC)
    assert order.financial_status is FinancialStatus.AUTHORISED
    assert order.customer.remote_id == "C-7001" and not order.customer.is_guest
    assert order.tags == ("ship complete",)


def test_camel_case_and_ticks_are_the_same_order() -> None:
    def camel(value: Any) -> Any:
        if isinstance(value, dict):
            return {key[:1].lower() + key[1:]: camel(one) for key, one in value.items()}
        return [camel(one) for one in value] if isinstance(value, list) else value

    other = order_from_json(camel({**SHEET, "SubmitDate": "/Date(1794122130000)/"}), OPTIONS)

    assert (other.lines, other.charges, other.totals) == (read().lines, read().charges, read().totals)
    assert other.billing == read().billing
    assert other.created_at == datetime(2026, 11, 8, 7, 15, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("discount", "amount", "net"),
    [
        ("10.00", "250.00", "200"),  # is in the price already
        ("10.00", "225.00", "180"),  # per unit beside it
        ("10.00", "237.50", "190"),  # per line beside it
    ],
)
def test_discount_is_read_the_way_that_fits_what_was_paid(discount: str, amount: str, net: str) -> None:
    order = read(Items=[line(Discount=D(discount))], Payments=paid(amount), ShippingAdvice=None)

    assert order.lines[0].net == D(net)
    assert order.totals.grand_total == rows_sum(order) == D(amount)


def test_promotion_in_the_price_is_a_discount_of_its_code() -> None:
    item = line(
        UnitPriceOriginal=D(120),
        UnitPriceOriginalVat=D(30),
        Promotions=[{"Id": 7, "Name": "Welcome", "DiscountCode": "W10", "AppliedAmount": 20}],
    )
    order = read(Items=[item], Payments=paid("250.00"))

    (given,) = order.discounts
    assert (given.code, given.kind, given.net, given.tax) == ("W10", DiscountKind.COUPON, D(40), D(10))
    assert order.lines[0].subtotal_net == D(240)
    assert order.totals.grand_total == rows_sum(order) == D(250)


def test_discount_of_the_header_is_beside_the_lines_where_that_fits() -> None:
    order = read(
        Items=[line()],
        Discounts=[{"Type": "Voucher", "Code": "V", "Amount": 20}],
        Payments=paid("230.00"),
    )

    assert [(d.net, d.in_lines) for d in order.discounts] == [(D(20), False)]
    assert rows_sum(order) == order.totals.grand_total == D(230)


def test_difference_that_nothing_explains_is_left_for_the_proof() -> None:
    order = read(Payments=paid("300.00"))

    assert order.totals.grand_total == D(300)
    assert rows_sum(order) == D("311.25")


def test_cents_are_rounding() -> None:
    order = read(
        Payments=paid("311.00"), Items=[*SHEET["Items"][:1], {**SHEET["Items"][1], "UnitVat": D("12.04")}]
    )

    assert (order.totals.rounding, rows_sum(order)) == (D("-0.04"), D("311.00"))


def test_rounding_line_is_no_charge() -> None:
    rounding = line(LineNo=3, Type="CentRounding", TypeGroup="Fee", Quantity=1, Quantity2=1)
    rounding |= {"UnitPrice": D("-0.25"), "UnitPriceOriginal": D("-0.25"), "UnitVat": 0, "VatRate": 0}
    order = read(Items=[*SHEET["Items"], rounding], Payments=paid("311.00"))

    assert (len(order.charges), order.totals.rounding) == (1, D("-0.25"))
    assert rows_sum(order) == D("311.00")


def test_parts_of_a_structure_bear_its_money_and_leave_the_shelf() -> None:
    whole = line(LineNo=1, Type="Structure", PartNo="SET", UnitPriceOriginal=D(100))
    free = {"UnitPrice": 0, "UnitVat": 0, "Quantity": 2, "Quantity2": 2}
    parts = [
        line(LineNo=2, ParentLineNo=1, PartNo="A", UnitPriceOriginal=D(30), **free),
        line(LineNo=3, ParentLineNo=1, PartNo="B", UnitPriceOriginal=D(90), **free),
    ]
    order = read(Items=[whole, *parts], Payments=paid("250.00"))

    assert [(one.sku, one.net, one.tax) for one in order.lines] == [
        ("A", D(50), D("12.50")),
        ("B", D(150), D("37.50")),
    ]
    assert rows_sum(order) == D(250)
    sold = sold_lines({**SHEET, "Items": [whole, *parts]})
    assert sold is not None and [one.sku for one in sold] == ["A", "B"]


def test_quantity_with_decimals_and_rate_as_a_fraction() -> None:
    order = read(Items=[line(Quantity=1, Quantity2=D("1.5"), VatRate=D("0.25"))], Payments=paid("187.50"))

    assert order.lines[0].quantity == D("1.5")
    assert order.lines[0].taxes[0].rate_percent == D(25)
    assert rows_sum(order) == D("187.50")


def test_three_decimals_of_dinars() -> None:
    item = line(
        Quantity=3, Quantity2=3, UnitPrice=D("1.235"), UnitPriceOriginal=D("1.235"), UnitVat=D("0.062")
    )
    order = read(CurrencyCode="KWD", Items=[item], Payments=paid("3.891"))

    assert order.totals.grand_total == rows_sum(order) == D("3.891")


def test_company_with_tax_number_and_arabic_address() -> None:
    address = {"Line1": "طريق الملك فهد", "CareOf": "خالد", "City": "الرياض", "Country": "sa"}
    company = {"Code": "C-9001", "Name": "مؤسسة الأفق", "VatNo": "3101 22393500003", "Addresses": [address]}
    order = read(SellTo={"Company": company, "Person": None}, BillTo={"Company": company, "Person": None})

    assert order.customer.tax_number == "310122393500003"
    assert read(CustomerOrderRef="PO-17", DoHold=True).tags == ("hold", "ship complete", "ref: PO-17")
    assert (order.billing.company, order.billing.city, order.billing.country) == (
        "مؤسسة الأفق",
        "الرياض",
        "SA",
    )
    assert order.billing.line2 == "c/o خالد"


def test_gift_card_pays_a_part_and_paid_methods_are_paid() -> None:
    payments = [*paid("300.00"), {**paid("11.25")[0], "PaymentMethodCode": "GIFTCARD"}]
    options = NorceOptions.read({"paid_payment_methods": "CARD, SWISH"})
    order = order_from_json({**SHEET, "Payments": payments}, options)

    assert [p.kind for p in order.payments] == [PaymentKind.PAYMENT, PaymentKind.GIFT_CARD]
    assert order.financial_status is FinancialStatus.PAID
    assert rows_sum(order) == order.totals.grand_total == D("311.25")


@pytest.mark.parametrize(
    ("changes", "phase"),
    [
        ({"OrderType": 4}, OrderPhase.INCOMPLETE),
        ({"StatusId": 6}, OrderPhase.CANCELLED),
        ({"OrderStatus": "Delivered"}, OrderPhase.COMPLETE),
        ({"StatusId": 9}, OrderPhase.OPEN),
    ],
)
def test_phases(changes: dict[str, Any], phase: OrderPhase) -> None:
    assert read(**changes).phase is phase


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"ClientOrderRef": ""}, "ClientOrderRef"),
        ({"Items": None}, "Items"),
        ({"CurrencyCode": None}, "CurrencyCode"),
        ({"SubmitDate": None}, "SubmitDate"),
        ({"Items": [line(UnitPrice="abc")]}, "UnitPrice"),
    ],
)
def test_broken_order_names_what_is_wrong(changes: dict[str, Any], word: str) -> None:
    with pytest.raises(InvalidPayload) as caught:
        read(**changes)

    assert word in caught.value.message and caught.value.cure


def test_every_order_of_the_demo_sums_to_what_was_paid() -> None:
    with NorceShop("demo", items=60, orders=60, webhook_delay=None) as shop:
        bench = NorceBench(shop)
        with bench.adapter() as adapter:
            orders = {order.remote_id: order for order in adapter.iter_orders(modified_from=LONG_AGO)}
        marks = shop.store.demo_tags

    assert len(orders) == 60
    for order in orders.values():
        assert isinstance(order, RemoteOrder)
        assert rows_sum(order) == order.totals.grand_total, marks[order.remote_id]
    kinds = {tag for tags in marks.values() for tag in tags}
    assert {"bundle", "promotion", "discount_beside", "header_discount", "rounding", "b2b"} <= kinds


def test_pushed_order_and_queried_order_are_the_same(bench: NorceBench) -> None:
    bench.shop.add_product("MUG", price="11.50")
    pushed = bench.shop.place_order([{"sku": "MUG", "quantity": 2}], freight="25.00", note="شكرًا")
    with bench.adapter() as adapter:
        queried = adapter.get_order(pushed["ClientOrderRef"])
        told = adapter.parse_order(json.loads(json.dumps(pushed, default=float), parse_float=Decimal))

    for name in (
        "lines",
        "charges",
        "discounts",
        "payments",
        "totals",
        "customer",
        "billing",
        "shipping",
        "note",
    ):
        assert getattr(told, name) == getattr(queried, name), name


@pytest.mark.parametrize(
    ("written", "literal"),
    [
        ("2026-11-08T07:15:30.1234567", "2026-11-08T07:15:30.1234567Z"),
        ("2026-11-08T07:15:30.12+01:00", "2026-11-08T07:15:30.12+01:00"),
        ("/Date(1794122130000)/", "2026-11-08T07:15:30Z"),
    ],
)
def test_next_page_begins_after_the_very_moment_of_the_last_row(written: str, literal: str) -> None:
    assert moment_literal({"Updated": written}) == literal


def test_orders_of_one_second_are_read_over_pages(bench: NorceBench) -> None:
    bench.shop.app.clock.freeze()
    made = {bench.order() for _ in range(505)}
    with bench.adapter() as adapter:
        found = [order.remote_id for order in adapter.iter_orders(modified_from=LONG_AGO)]

    assert len(found) == 505 and set(found) == made
