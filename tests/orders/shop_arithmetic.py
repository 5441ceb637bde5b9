"""The arithmetic of a shop, written without any of our code: what a buyer sees on a receipt.

A cart is priced with or without tax, lowered by line discounts, coupons and discounts of the order, charged with
shipping, fees and tips, taxed at rates that may be compound, and rounded per line, per rate or once per order. The
result is the order as an adapter would hand it over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from platforms.types import (
    ChargeKind,
    DiscountKind,
    PaymentKind,
    RemoteCharge,
    RemoteDiscount,
    RemoteOrder,
    RemoteOrderLine,
    RemotePayment,
    RemoteTax,
    RemoteTotals,
)
from tests.orders.factories import ORDERED, make_remote

D = Decimal
NONE = D(0)
DECIMALS = {"JPY": 0, "SAR": 2, "KWD": 3}


@dataclass(frozen=True)
class Rate:
    name: str
    percent: Decimal
    compound: bool = False


@dataclass(frozen=True)
class CartLine:
    sku: str
    quantity: int
    price: Decimal  # of one piece, with tax when the cart's prices include it
    rates: tuple[Rate, ...] = ()
    discount: Decimal = NONE  # of the line, share of the price (0 to 1)
    coupon: Decimal = NONE  # taken off after it, share


@dataclass(frozen=True)
class CartCharge:
    kind: ChargeKind
    amount: Decimal  # net; negative gives money back
    rates: tuple[Rate, ...] = ()


@dataclass(frozen=True)
class Cart:
    currency: str
    lines: tuple[CartLine, ...]
    charges: tuple[CartCharge, ...] = ()
    gross_prices: bool = False
    rounding: str = "line"  # line | rate | order
    coupon_beside: Decimal = NONE  # share of the goods, kept beside the lines
    header_beside: Decimal = NONE
    tells_rates_of_discounts: bool = True
    lists_taxes: bool = True
    gift_card: Decimal = NONE  # share of the total that is paid with one
    credit: Decimal = NONE


def to_coin(amount: Decimal, currency: str) -> Decimal:
    return amount.quantize(D(1).scaleb(-DECIMALS[currency]), ROUND_HALF_UP)


def taxes_on(net: Decimal, rates: Sequence[Rate]) -> dict[Rate, Decimal]:
    """Exact tax per rate; a compound rate is taken on the amount and the taxes before it."""
    found: dict[Rate, Decimal] = {}
    for rate in rates:
        base = net + sum(found.values(), D(0)) if rate.compound else net
        found[rate] = base * rate.percent / 100
    return found


def net_of(gross: Decimal, rates: Sequence[Rate]) -> Decimal:
    return gross / (1 + sum(taxes_on(D(1), rates).values(), D(0)))


@dataclass
class Row:
    """Exact figures of a line, charge or discount."""

    net: Decimal
    rates: tuple[Rate, ...]
    before: Decimal = NONE
    place: str = "goods"  # goods | shipping | fees
    sign: int = 1
    taxes: dict[Rate, Decimal] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.taxes = taxes_on(self.net, self.rates)


class Till:
    """Rings up one cart."""

    def __init__(self, cart: Cart) -> None:
        self.cart = cart
        self.lines = [self._line(line) for line in cart.lines]
        self.charges = [
            Row(
                charge.amount,
                charge.rates,
                place="shipping" if charge.kind is ChargeKind.SHIPPING else "fees",
            )
            for charge in cart.charges
        ]
        self.beside = [
            self._beside(share, kind)
            for share, kind in (
                (cart.coupon_beside, DiscountKind.COUPON),
                (cart.header_beside, DiscountKind.HEADER),
            )
            if share
        ]

    def coin(self, amount: Decimal) -> Decimal:
        return to_coin(amount, self.cart.currency)

    def _line(self, line: CartLine) -> Row:
        whole = line.price * line.quantity
        before = net_of(whole, line.rates) if self.cart.gross_prices else whole
        after = before * (1 - line.discount) * (1 - line.coupon)
        if self.cart.rounding == "line":
            before, after = self.coin(before), self.coin(after)
        return Row(after, line.rates, before)

    def _beside(self, share: Decimal, kind: DiscountKind) -> tuple[DiscountKind, list[Row]]:
        """The discount as a share of each line, so that it lowers each rate as it should."""
        rows = []
        for row in self.lines:
            net = self.coin(row.net * share)
            rows.append(Row(net, row.rates, sign=-1))
        return kind, rows

    # -- rounding -----------------------------------------------------------
    def shown(self, row: Row) -> dict[Rate, Decimal]:
        """The tax of one row, as the receipt prints it."""
        return {rate: self.coin(tax) for rate, tax in row.taxes.items()}

    def tax_of(self, rows: Sequence[Row]) -> Decimal:
        """The tax of a component."""
        if self.cart.rounding == "line":
            return sum((row.sign * tax for row in rows for tax in self.shown(row).values()), D(0))
        per_rate: dict[Rate, Decimal] = {}
        for row in rows:
            for rate, tax in row.taxes.items():
                per_rate[rate] = per_rate.get(rate, D(0)) + row.sign * tax
        if self.cart.rounding == "rate":
            return sum((self.coin(tax) for tax in per_rate.values()), D(0))
        return self.coin(sum(per_rate.values(), D(0)))

    def order(self) -> RemoteOrder:
        cart = self.cart
        lines = tuple(
            self._remote_line(given, row) for given, row in zip(cart.lines, self.lines, strict=True)
        )
        charges = tuple(
            self._remote_charge(number, given, row)
            for number, (given, row) in enumerate(zip(cart.charges, self.charges, strict=True))
        )
        discounts = (
            *self._coupons_in_lines(lines),
            *(self._remote_discount(*entry) for entry in self.beside),
        )
        totals = self._totals(lines, charges, discounts)
        return make_remote(
            *lines,
            charges=charges,
            discounts=discounts,
            totals=totals,
            taxes=self._listed(totals) if cart.lists_taxes else (),
            currency=cart.currency,
            prices_include_tax=cart.gross_prices,
            payments=self._payments(totals.grand_total),
        )

    def _remote_line(self, given: CartLine, row: Row) -> RemoteOrderLine:
        return RemoteOrderLine(
            remote_id=given.sku,
            sku=given.sku,
            name=f"Product {given.sku}",
            quantity=D(given.quantity),
            subtotal_net=self.coin(row.before),
            subtotal_tax=sum((self.coin(tax) for tax in taxes_on(row.before, row.rates).values()), D(0)),
            net=self.coin(row.net),
            tax=sum(self.shown(row).values(), D(0)),
            taxes=remote_taxes(self.shown(row)),
        )

    def _remote_charge(self, number: int, given: CartCharge, row: Row) -> RemoteCharge:
        shown = self.shown(row)
        return RemoteCharge(
            f"c{number}",
            given.kind,
            given.kind.value,
            given.kind.value,
            row.net,
            sum(shown.values(), D(0)),
            remote_taxes(shown),
        )

    def _coupons_in_lines(self, lines: Sequence[RemoteOrderLine]) -> tuple[RemoteDiscount, ...]:
        net = tax = D(0)
        for given, line in zip(self.cart.lines, lines, strict=True):
            if given.coupon and not given.discount:
                net += line.subtotal_net - line.net
                tax += line.subtotal_tax - line.tax
        return (RemoteDiscount("SALE", DiscountKind.COUPON, net, tax, in_lines=True),) if net else ()

    def _remote_discount(self, kind: DiscountKind, rows: Sequence[Row]) -> RemoteDiscount:
        per_rate: dict[Rate, Decimal] = {}
        for row in rows:
            for rate, tax in self.shown(row).items():
                per_rate[rate] = per_rate.get(rate, D(0)) + tax
        net, tax = sum((row.net for row in rows), D(0)), sum(per_rate.values(), D(0))
        told = remote_taxes(per_rate) if self.cart.tells_rates_of_discounts else ()
        return RemoteDiscount(kind.value, kind, net, tax, in_lines=False, taxes=told)

    def _totals(
        self,
        lines: Sequence[RemoteOrderLine],
        charges: Sequence[RemoteCharge],
        discounts: Sequence[RemoteDiscount],
    ) -> RemoteTotals:
        discount_rows = [row for _kind, rows in self.beside for row in rows]
        shipping = [row for row in self.charges if row.place == "shipping"]
        fees = [row for row in self.charges if row.place == "fees"]
        shipping_tax, fees_tax = self.tax_of(shipping), self.tax_of(fees)
        if self.cart.rounding == "order":
            tax = self.tax_of([*self.lines, *discount_rows, *self.charges])
        else:
            tax = self.tax_of([*self.lines, *discount_rows]) + shipping_tax + fees_tax
        shown_net = sum((line.net for line in lines), D(0))
        goods = (
            shown_net if self.cart.rounding == "line" else self.coin(sum((r.net for r in self.lines), D(0)))
        )
        beside = [entry for entry in discounts if not entry.in_lines]
        beside_net = sum((entry.net for entry in beside), D(0))
        charges_net = sum((charge.net for charge in charges), D(0))
        return RemoteTotals(
            lines_net=shown_net,
            lines_tax=sum((line.tax for line in lines), D(0)),
            discount_net=sum((line.subtotal_net - line.net for line in lines), D(0)) + beside_net,
            discount_tax=sum((entry.tax for entry in beside), D(0)),
            shipping_net=sum((row.net for row in shipping), D(0)),
            shipping_tax=shipping_tax,
            fees_net=sum((row.net for row in fees), D(0)),
            fees_tax=fees_tax,
            tax_total=tax,
            grand_total=goods - beside_net + charges_net + tax,
            rounding=goods - shown_net,
        )

    def _listed(self, totals: RemoteTotals) -> tuple[RemoteTax, ...]:
        """The order's tax per rate, as the receipt's foot prints it."""
        per_rate: dict[Rate, Decimal] = {}
        groups = (
            [*self.lines, *(row for _kind, rows in self.beside for row in rows)],
            [row for row in self.charges if row.place == "shipping"],
            [row for row in self.charges if row.place == "fees"],
        )
        for rows in groups:
            exact: dict[Rate, Decimal] = {}
            for row in rows:
                taxes = self.shown(row) if self.cart.rounding == "line" else row.taxes
                for rate, tax in taxes.items():
                    exact[rate] = exact.get(rate, D(0)) + row.sign * tax
            for rate, tax in exact.items():
                whole = self.coin(tax) if self.cart.rounding != "order" else tax
                per_rate[rate] = per_rate.get(rate, D(0)) + whole
        return remote_taxes(per_rate)

    def _payments(self, total: Decimal) -> tuple[RemotePayment, ...]:
        card = self.coin(total * self.cart.gift_card)
        credit = self.coin((total - card) * self.cart.credit)
        parts = (
            ("giftcard", PaymentKind.GIFT_CARD, card),
            ("credit", PaymentKind.STORE_CREDIT, credit),
            ("card", PaymentKind.PAYMENT, total - card - credit),
        )
        return tuple(
            RemotePayment(code, code, amount, self.cart.currency, ORDERED, f"tx-{code}", kind, is_paid=True)
            for code, kind, amount in parts
            if amount > 0
        )


def remote_taxes(taxes: dict[Rate, Decimal]) -> tuple[RemoteTax, ...]:
    return tuple(
        RemoteTax(rate.name, rate.name, rate.percent, amount, rate.compound) for rate, amount in taxes.items()
    )


def ring_up(cart: Cart) -> RemoteOrder:
    """The order of a cart, as the shop's adapter hands it over."""
    return Till(cart).order()
