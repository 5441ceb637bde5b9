"""The figures of an order, settled so that its rows come to its total.

Three things the API does not say are found out per order: whether prices of lines are per piece or per line, whether the
discounts of lines repeat those of the order, and how the tax of the order spreads. Where nothing fits, the order is left
for review.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from ecomsync.common.errors import InvalidPayload
from ecomsync.common.money import ZERO, allocate, currency_quantum, round_money
from platforms.salla.errors import PLATFORM
from platforms.salla.payloads import LineShape, OrderShape
from platforms.types import RemoteTax

HUNDRED = Decimal(100)
CENT = Decimal("0.01")


@dataclass(slots=True)
class Row:
    """One line or charge. `before`: net before discounts; `net` after; rate in percent, None = not told."""

    before: Decimal
    net: Decimal
    rate: Decimal
    told_tax: Decimal | None = None
    tax: Decimal = ZERO
    before_tax: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Figures:
    """lines as the order has them; shipping and cod None where there is none. rounding: what rounding left."""

    lines: tuple[Row, ...]
    shipping: Row | None
    cod: Row | None
    goods_discount: Decimal
    shipping_discount: Decimal
    tax_total: Decimal
    rounding: Decimal


def settle(shape: OrderShape) -> Figures:
    """Raises InvalidPayload where the order's own figures contradict each other."""
    currency = shape.currency.upper()
    amounts = shape.amounts
    lines = _lines(shape, currency)
    goods, shipping_off = _discounts(shape, lines, currency)
    shipping = _charge(amounts.shipping_cost, shipping_off, shape)
    cod = _charge(amounts.cash_on_delivery, ZERO, shape)
    rows = [*lines, *(row for row in (shipping, cod) if row is not None)]
    _spread_tax(rows, amounts.tax.amount, sum((line.quantity for line in shape.items), ZERO), currency)
    left = amounts.total - sum((row.net + row.tax for row in rows), ZERO)
    return Figures(tuple(lines), shipping, cod, goods, shipping_off, amounts.tax.amount, left)


def remote_taxes(row: Row) -> tuple[RemoteTax, ...]:
    """The tax of a row; one of rate 0 says zero-rated."""
    rate = row.rate.normalize()
    return (RemoteTax(f"{rate:f}", f"VAT {rate:f}%", row.rate, row.tax),)


# ---------------------------------------------------------------- lines and discounts


def _lines(shape: OrderShape, currency: str) -> list[Row]:
    sub_total = shape.amounts.sub_total
    pieces = sum((line.quantity for line in shape.items), ZERO)
    tolerance = currency_quantum(currency) * pieces / 2
    per_piece = [line.amounts.price_without_tax * line.quantity for line in shape.items]
    per_line = [line.amounts.price_without_tax for line in shape.items]
    for subtotals in (per_piece, per_line):
        if abs(sum(subtotals, ZERO) - sub_total) <= tolerance:
            break
    else:
        raise _contradiction(
            shape,
            f"its lines come to {sum(per_piece, ZERO)} per piece and {sum(per_line, ZERO)} per line, and its subtotal is "
            f"{sub_total}",
        )
    return [
        Row(subtotal, subtotal, _rate(line, shape), line.amounts.tax.amount if line.amounts.tax else None)
        for line, subtotal in zip(shape.items, subtotals, strict=True)
    ]


def _rate(line: LineShape, shape: OrderShape) -> Decimal:
    return line.amounts.tax.percent if line.amounts.tax is not None else _order_rate(shape)


def _order_rate(shape: OrderShape) -> Decimal:
    return shape.amounts.tax.percent if shape.amounts.tax.amount else ZERO


def _discounts(shape: OrderShape, lines: Sequence[Row], currency: str) -> tuple[Decimal, Decimal]:
    """(what was taken off the goods, what off the shipping). The lines' nets are lowered."""
    amounts = shape.amounts
    before = amounts.sub_total + amounts.shipping_cost + amounts.cash_on_delivery + amounts.tax.amount
    taken = before - amounts.total
    of_order = sum((row.discount for row in amounts.discounts), ZERO)
    of_shipping = min(
        sum((row.discounted_shipping for row in amounts.discounts), ZERO), amounts.shipping_cost
    )
    of_lines = sum((line.amounts.total_discount for line in shape.items), ZERO)
    # Texts of discounts have two decimals also where the currency has three.
    tolerance = max(currency_quantum(currency), CENT) * (1 + len(amounts.discounts))
    if abs(taken) <= tolerance and not of_order and not of_lines:
        return ZERO, ZERO
    for goods, shipping, from_lines in (
        (of_order, of_shipping, of_lines == of_order),
        (of_order - of_shipping, of_shipping, of_lines == of_order - of_shipping),
        (of_order, ZERO, of_lines == of_order),
        (of_lines, ZERO, True),
        (of_order + of_lines, of_shipping, False),
    ):
        if goods >= 0 and abs(taken - goods - shipping) <= tolerance:
            exact = taken - shipping if goods else ZERO
            _take_off(shape, lines, exact, currency, as_told=from_lines)
            return exact, shipping
    raise _contradiction(
        shape, f"{taken} was taken off, its discounts are {of_order} and those of its lines {of_lines}"
    )


def _take_off(
    shape: OrderShape, lines: Sequence[Row], amount: Decimal, currency: str, *, as_told: bool
) -> None:
    told = [line.amounts.total_discount for line in shape.items]
    if not as_told or sum(told, ZERO) != amount:
        told = allocate(amount, [row.before for row in lines], currency)
    for row, off in zip(lines, told, strict=True):
        row.net = row.before - off


def _charge(amount: Decimal, off: Decimal, shape: OrderShape) -> Row | None:
    if not amount:
        return None
    net = amount - off
    return Row(net, net, _order_rate(shape))


# ---------------------------------------------------------------- tax


def _spread_tax(rows: Sequence[Row], total: Decimal, pieces: Decimal, currency: str) -> None:
    """The tax of the order on its rows, to the last piece: as the lines tell it where that fits, else by rate."""
    expected = [
        row.told_tax if row.told_tax is not None else round_money(row.net * row.rate / HUNDRED, currency)
        for row in rows
    ]
    tolerance = currency_quantum(currency) * (pieces + len(rows))
    if abs(sum(expected, ZERO) - total) > tolerance:
        weights = [row.net * row.rate for row in rows]
        weights = weights if any(weights) else [row.net for row in rows]
        expected = allocate(total, weights, currency)
    elif expected:
        largest = max(range(len(rows)), key=lambda index: expected[index])
        expected[largest] += total - sum(expected, ZERO)
    for row, tax in zip(rows, expected, strict=True):
        row.tax = tax
        row.before_tax = tax + round_money((row.before - row.net) * row.rate / HUNDRED, currency)


def _contradiction(shape: OrderShape, reason: str) -> InvalidPayload:
    return InvalidPayload(
        f"The figures of order {shape.reference_id or shape.id} contradict each other: {reason}.",
        code="figures_contradict",
        platform=PLATFORM,
        item=shape.id,
        cure="Compare the order in the store with its raw payload; enter it by hand if the store shows other figures.",
    )
