"""The edges of an order's money, each with one worked example: README's table is made of them and tests import them.

`python -m tests.orders.write_money_table` writes the table into the README. A shop over HTTP rings up what WooCommerce can;
the rest are orders as an adapter hands them over. `figures` are what the documents must say, worked out by hand.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from platforms.types import (
    ChargeKind,
    DiscountKind,
    PaymentKind,
    RemoteDiscount,
    RemoteOrder,
    RemotePayment,
    RemoteTax,
)
from sandbox.woocommerce import WooShop
from tests.orders.factories import ORDERED, make_charge, make_fee, make_line, make_remote
from tests.orders.shop_arithmetic import Cart, CartLine, Rate, ring_up

README = Path(__file__).parents[2] / "README.md"
BEGIN, END = "<!-- edges: made by tests/orders/money_edges.py -->", "<!-- /edges -->"
D = Decimal


@dataclass(frozen=True)
class Edge:
    """ring: what happens in the shop of `options`, or the order itself. figures: component of the proof -> amount."""

    title: str
    example: str
    figures: Mapping[str, str]
    shop: Callable[[WooShop], Any] | None = None
    order: Callable[[], RemoteOrder] | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    currency: str = "SAR"
    held: bool = False

    @property
    def key(self) -> str:
        return self.title.lower().replace(" ", "-")


# ---------------------------------------------------------------- what WooCommerce rings up


def product(shop: WooShop, sku: str, price: str, **extra: Any) -> None:
    shop.add_product(sku=sku, regular_price=price, stock_quantity=99, **extra)


def vat(shop: WooShop, rate: str = "15", **extra: Any) -> None:
    shop.add_tax_rate(rate, **{"name": f"VAT{rate}", **extra})


def plain(shop: WooShop) -> None:
    vat(shop)
    product(shop, "A1", "57.50" if shop.options.prices_include_tax else "50.00")
    shop.place_order([{"sku": "A1", "quantity": 2}])


def mixed_rates(shop: WooShop) -> None:
    vat(shop)
    vat(shop, "5", **{"class": "reduced-rate"})
    product(shop, "A1", "100.00")
    product(shop, "BOOK", "40.00", tax_class="reduced-rate")
    shop.place_order([{"sku": "A1", "quantity": 1}, {"sku": "BOOK", "quantity": 1}])


def zero_and_exempt(shop: WooShop) -> None:
    vat(shop)
    vat(shop, "0", **{"class": "zero-rate"})
    product(shop, "A1", "100.00")
    product(shop, "RICE", "50.00", tax_class="zero-rate")
    product(shop, "STAMP", "30.00", tax_status="none")
    shop.place_order([{"sku": sku, "quantity": 1} for sku in ("A1", "RICE", "STAMP")])


def three_small_lines(shop: WooShop) -> None:
    vat(shop)
    for sku in ("A1", "A2", "A3"):
        product(shop, sku, "3.30")
    shop.place_order([{"sku": sku, "quantity": 1} for sku in ("A1", "A2", "A3")])


def compound(shop: WooShop) -> None:
    vat(shop, "5", name="GST", priority=1)
    vat(shop, "9.975", name="QST", priority=2, compound=True)
    product(shop, "A1", "100.00")
    shop.place_order([{"sku": "A1", "quantity": 1}])


def priced(price: str, quantity: int, rate: str = "15") -> Callable[[WooShop], None]:
    def ring(shop: WooShop) -> None:
        vat(shop, rate)
        product(shop, "A1", price)
        shop.place_order([{"sku": "A1", "quantity": quantity}])

    return ring


def coupon(amount: str, **extra: Any) -> Callable[[WooShop], None]:
    def ring(shop: WooShop) -> None:
        vat(shop)
        shop.add_coupon("sale", amount)
        product(shop, "A1", "100.00")
        product(shop, "A2", "49.99")
        lines = [{"sku": "A1", "quantity": 2}, {"sku": "A2", "quantity": 1}]
        shop.place_order(lines, coupons=["sale"], **extra)

    return ring


def fees_of_both_signs(shop: WooShop) -> None:
    vat(shop)
    product(shop, "A1", "100.00")
    shop.place_order(
        [{"sku": "A1", "quantity": 1}],
        shipping={"method_id": "flat_rate", "title": "Flat rate", "total": "20.00"},
        fees=[{"name": "Gift wrap", "total": "4.00"}, {"name": "Loyalty", "total": "-10.00"}],
    )


def refunded_before(shop: WooShop) -> None:
    vat(shop)
    product(shop, "A1", "50.00")
    placed = shop.place_order([{"sku": "A1", "quantity": 2}])
    shop.refund(placed["id"], amount="57.50", reason="one is broken")


def edited_before(shop: WooShop) -> None:
    vat(shop)
    product(shop, "A1", "50.00")
    product(shop, "A2", "10.00")
    placed = shop.place_order([{"sku": "A1", "quantity": 2}, {"sku": "A2", "quantity": 1}])
    first, second = (line["id"] for line in placed["line_items"])
    changes = [
        {"id": first, "quantity": 3, "subtotal": "150.00", "total": "120.00"},
        {"id": second, "quantity": 0},
    ]
    shop.rest("PUT", f"/orders/{placed['id']}", {"line_items": changes})


def three_for_ten(shop: WooShop) -> None:
    vat(shop)
    product(shop, "A1", "3.33")
    line = {"product_id": shop.by_sku("A1")["id"], "quantity": 3, "subtotal": "10.00", "total": "10.00"}  # type: ignore[index]
    body = {"line_items": [line], "payment_method": "bacs", "set_paid": True, "status": "processing"}
    shop.rest("POST", "/orders", body)


def tenths(shop: WooShop) -> None:
    product(shop, "A1", "0.10")
    product(shop, "A2", "0.20")
    shop.place_order([{"sku": "A1", "quantity": 1}, {"sku": "A2", "quantity": 1}])


def thirds_rounded_once(shop: WooShop) -> None:
    vat(shop)
    for sku in ("A1", "A2", "A3"):
        product(shop, sku, "3.333333")
    shop.place_order([{"sku": sku, "quantity": 1, "price": "3.333333"} for sku in ("A1", "A2", "A3")])


# ---------------------------------------------------------------- what other shops hand over


def first_line_only() -> RemoteOrder:
    tax = (RemoteTax("1", "VAT15", D(15), D("15.00")),)
    lines = (
        make_line("A1", 1, "50", tax=D("15.00"), subtotal_tax=D("15.00"), taxes=tax),
        make_line("A2", 1, "50", rate=0),
    )
    return make_remote(*lines, charges=[], taxes=tax)


def per_order() -> RemoteOrder:
    rate = (Rate("VAT15", D(15)),)
    lines = tuple(CartLine(sku, 1, D("3.30"), rate) for sku in ("A1", "A2", "A3"))
    return ring_up(Cart("SAR", lines, rounding="order"))


def beside(kind: DiscountKind, net: str, tax: str) -> Callable[[], RemoteOrder]:
    def ring() -> RemoteOrder:
        discount = RemoteDiscount(kind.value.upper(), kind, D(net), D(tax), in_lines=False)
        lines = (make_line("A1", 2, "100"), make_line("A2", 1, "49.99"))
        return make_remote(*lines, charges=[], discounts=[discount])

    return ring


def charged(kind: ChargeKind, net: str, rate: str) -> Callable[[], RemoteOrder]:
    return lambda: make_remote(
        make_line("A1"), charges=[make_charge(kind, D(net), code=kind.value, rate=rate)]
    )


def paid_with(*parts: tuple[PaymentKind, str]) -> Callable[[], RemoteOrder]:
    def ring() -> RemoteOrder:
        payments = [
            RemotePayment(kind.value, kind.value, D(amount), "SAR", ORDERED, f"tx-{kind}", kind, is_paid=True)
            for kind, amount in parts
        ]
        return make_remote(make_line("A1"), charges=[], payments=payments)

    return ring


def zero_quantity() -> RemoteOrder:
    return make_remote(make_line("A1"), make_line("A2", 0, "0"), charges=[])


def six_decimals() -> RemoteOrder:
    """Three lines of 3.333333, as a shop that is asked for six decimals prints them."""
    net, tax = D("3.333333"), D("0.500000")
    shares = (RemoteTax("1", "VAT15", D(15), tax),)
    known = {"subtotal_net": net, "subtotal_tax": tax, "net": net, "tax": tax, "taxes": shares}
    lines = [make_line(sku, 1, "3.33", **known) for sku in ("A1", "A2", "A3")]
    totals = {
        "lines_net": D("9.999999"),
        "discount_net": D("0.000000"),
        "tax_total": D("1.500000"),
        "grand_total": D("11.500000"),
    }
    return make_remote(*lines, charges=[], total_changes=totals)


def cash_rounding() -> RemoteOrder:
    return make_remote(
        make_line("A1", 1, "9.99"),
        charges=[],
        total_changes={"rounding": D("0.01"), "grand_total": D("11.50")},
    )


def cent_too_much() -> RemoteOrder:
    remote = make_remote(make_line("A1"), charges=[make_fee("5")])
    total = remote.totals.grand_total + D("0.01")
    return dataclasses.replace(remote, totals=dataclasses.replace(remote.totals, grand_total=total))


CENTS_ROUNDED_ONCE = {"tax_round_at_subtotal": True}
EDGES = (
    Edge(
        "Prices without tax",
        "2 × 50.00 + 15 %",
        {"goods_net": "100.00", "tax_rate 15": "15.00", "grand_total": "115.00"},
        shop=plain,
    ),
    Edge(
        "Prices with tax",
        "2 × 57.50, 15 % inside",
        {"goods_net": "100.00", "tax_rate 15": "15.00", "grand_total": "115.00"},
        shop=plain,
        options={"prices_include_tax": True},
    ),
    Edge(
        "Mixed rates",
        "100.00 at 15 %, 40.00 at 5 %",
        {"tax_rate 15": "15.00", "tax_rate 5": "2.00", "tax_total": "17.00", "grand_total": "157.00"},
        shop=mixed_rates,
    ),
    Edge(
        "Zero-rated and exempt lines",
        "100.00 at 15 %, 50.00 at 0 %, 30.00 exempt",
        {"tax_rate 15": "15.00", "tax_rate 0": "0.00", "goods_net": "180.00", "grand_total": "195.00"},
        shop=zero_and_exempt,
    ),
    Edge(
        "Tax on the first line only",
        "2 lines of 50.00, 15.00 tax on the first",
        {"goods_tax": "15.00", "tax_rate 15": "15.00", "grand_total": "115.00"},
        order=first_line_only,
    ),
    Edge(
        "Tax rounded per line",
        "3 lines of 3.30: 3 × 0.50",
        {"goods_tax": "1.50", "rounding": "0", "grand_total": "11.40"},
        shop=three_small_lines,
    ),
    Edge(
        "Tax rounded per rate",
        "the same: 15 % of 9.90 is 1.485",
        {"goods_tax": "1.49", "rounding": "0", "grand_total": "11.39"},
        shop=three_small_lines,
        options=CENTS_ROUNDED_ONCE,
    ),
    Edge(
        "Tax rounded per order",
        "the same, rounded once over all rates",
        {"goods_tax": "1.49", "rounding": "0", "grand_total": "11.39"},
        order=per_order,
    ),
    Edge(
        "Compound tax",
        "100.00: 5 % GST, then 9.975 % QST on 105.00",
        {"tax_rate 5": "5.00", "tax_rate 9.975": "10.47", "grand_total": "115.47"},
        shop=compound,
    ),
    Edge(
        "Currency without decimals",
        "3 × 333 JPY + 10 %",
        {"goods_net": "999", "tax_total": "100", "grand_total": "1099"},
        shop=priced("333", 3, "10"),
        options={"currency": "JPY", "decimals": 0},
        currency="JPY",
    ),
    Edge(
        "Currency with three decimals",
        "3 × 1.125 KWD + 15 %",
        {"goods_net": "3.375", "tax_total": "0.506", "grand_total": "3.881"},
        shop=priced("1.125", 3),
        options={"currency": "KWD", "decimals": 3},
        currency="KWD",
    ),
    Edge(
        "Coupon",
        "249.99 less 10 %, + 15 %",
        {"goods": "249.99", "coupons": "25.00", "goods_net": "224.99", "grand_total": "258.74"},
        shop=coupon("10"),
    ),
    Edge(
        "Discount of 100 %",
        "249.99 less 100 %, shipping 20.00 + 15 %",
        {"coupons": "249.99", "goods_net": "0.00", "shipping": "20.00", "grand_total": "23.00"},
        shop=coupon("100", shipping={"method_id": "flat_rate", "title": "Flat rate", "total": "20.00"}),
    ),
    Edge(
        "Free order",
        "249.99 less 100 %, nothing to pay",
        {"coupons": "249.99", "tax_total": "0.00", "grand_total": "0.00"},
        shop=coupon("100"),
    ),
    Edge(
        "Discount of the order, beside the lines",
        "249.99 less 33.33 net and 5.00 tax",
        {"header_discounts": "33.33", "goods_net": "216.66", "tax_total": "32.50", "grand_total": "249.16"},
        order=beside(DiscountKind.HEADER, "33.33", "5.00"),
    ),
    Edge(
        "Coupon beside the lines",
        "249.99 less 33.33 net and 5.00 tax",
        {"coupons": "33.33", "goods_net": "216.66", "tax_total": "32.50", "grand_total": "249.16"},
        order=beside(DiscountKind.COUPON, "33.33", "5.00"),
    ),
    Edge(
        "Shipping, fee and negative fee",
        "100.00, shipping 20.00, fee 4.00, fee −10.00, each + 15 %",
        {
            "header_discounts": "10.00",
            "shipping": "20.00",
            "shipping_tax": "3.00",
            "fees": "4.00",
            "fees_tax": "0.60",
            "grand_total": "131.10",
        },
        shop=fees_of_both_signs,
    ),
    Edge(
        "Tip",
        "100.00 + 15 %, tip 5.00 without tax",
        {"tips": "5.00", "fees_tax": "0", "tax_total": "15.00", "grand_total": "120.00"},
        order=charged(ChargeKind.TIP, "5.00", "0"),
    ),
    Edge(
        "Import duty",
        "100.00 + 15 %, duty 8.00 + 15 %",
        {"duties": "8.00", "fees_tax": "1.20", "grand_total": "124.20"},
        order=charged(ChargeKind.DUTY, "8.00", "15"),
    ),
    Edge(
        "Gift card that pays",
        "115.00: 40.00 by gift card, 75.00 by card",
        {"grand_total": "115.00", "paid_gift_cards": "40.00", "paid": "75.00"},
        order=paid_with((PaymentKind.GIFT_CARD, "40.00"), (PaymentKind.PAYMENT, "75.00")),
    ),
    Edge(
        "Store credit and points that pay",
        "115.00: 20.00 credit, 5.00 points, 90.00 by card",
        {"paid_store_credit": "20.00", "paid_rewards": "5.00", "paid": "90.00", "grand_total": "115.00"},
        order=paid_with(
            (PaymentKind.STORE_CREDIT, "20.00"), (PaymentKind.REWARD, "5.00"), (PaymentKind.PAYMENT, "90.00")
        ),
    ),
    Edge(
        "Gift card taken off the total",
        "249.99 + 37.50 tax less 40.00",
        {"gift_cards": "40.00", "tax_total": "37.50", "grand_total": "247.49"},
        order=beside(DiscountKind.GIFT_CARD, "40.00", "0"),
    ),
    Edge(
        "Refunded before the import",
        "2 × 50.00 + 15 %, 57.50 given back: the order whole, the refund beside it",
        {"goods_net": "100.00", "grand_total": "115.00"},
        shop=refunded_before,
    ),
    Edge(
        "Edited before the import",
        "line 1 now 3 pieces for 120.00 of 150.00, line 2 removed",
        {"goods": "150.00", "line_discounts": "30.00", "tax_total": "18.00", "grand_total": "138.00"},
        shop=edited_before,
    ),
    Edge(
        "Line of quantity 0",
        "100.00 + 15 %, a line of 0 pieces stays behind",
        {"goods": "100.00", "grand_total": "115.00"},
        order=zero_quantity,
    ),
    Edge(
        "Unit price that does not divide",
        "3 for 10.00 + 15 %: unit price 3.3333, amount 10.00",
        {"goods_net": "10.00", "tax_total": "1.50", "grand_total": "11.50"},
        shop=three_for_ten,
    ),
    Edge(
        "0.1 + 0.2",
        "0.10 + 0.20",
        {"goods_net": "0.30", "tax_total": "0.00", "grand_total": "0.30"},
        shop=tenths,
    ),
    Edge(
        "Amounts of six decimals",
        "3 lines of 3.333333 + 15 %",
        {"goods_net": "10.00", "tax_total": "1.50", "grand_total": "11.50"},
        order=six_decimals,
    ),
    Edge(
        "Amounts rounded once",
        "the same, shown as 3 × 3.33",
        {"goods_net": "9.99", "rounding": "0.01", "tax_total": "1.50", "grand_total": "11.50"},
        shop=thirds_rounded_once,
        options=CENTS_ROUNDED_ONCE,
    ),
    Edge(
        "Cash rounding",
        "9.99 + 1.50 tax, rounded to 11.50",
        {"rounding": "0.01", "tax_total": "1.50", "grand_total": "11.50"},
        order=cash_rounding,
    ),
    Edge(
        "A cent that nothing explains",
        "120.76 where the rows come to 120.75: held, nothing posted",
        {"grand_total": "120.76"},
        order=cent_too_much,
        held=True,
    ),
)


# ---------------------------------------------------------------- the table of the README


def table() -> str:
    """The edges as a table in Markdown."""
    rows = [f"| {edge.title} | {edge.example} | {_told(edge)} |" for edge in EDGES]
    return "\n".join(["| edge | worked example | the documents say |", "|---|---|---|", *rows])


def _told(edge: Edge) -> str:
    if edge.held:
        return "nothing: the order is held"
    parts = [f"{_name(name)} {amount}" for name, amount in edge.figures.items()]
    return f"{', '.join(parts)} {edge.currency}"


def _name(component: str) -> str:
    head, _space, rate = component.partition(" ")
    return f"tax at {rate} %" if head == "tax_rate" else head.replace("_", " ")


def written_table() -> str:
    """What the README holds now."""
    return README.read_text().split(BEGIN)[1].split(END)[0].strip()


def write_table() -> None:
    before, _begin, rest = README.read_text().partition(BEGIN)
    after = rest.partition(END)[2]
    README.write_text(f"{before}{BEGIN}\n\n{table()}\n\n{END}{after}")
