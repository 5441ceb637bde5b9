"""What the lines of an order cost: which reading of their discounts fits what was paid. Source: fact sheet §10.

`UnitPrice` is taken as the price paid, without VAT. Whether `Discount` is in it already is not documented, so each
reading is held against the payments; the first that fits within 0.05 counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from ecomsync.common.money import HUNDRED, ZERO

TOLERANCE = Decimal("0.05")
READINGS = ("paid", "discount_per_unit", "discount_per_line")


@dataclass(frozen=True, slots=True)
class Line:
    """Figures of one line as Norce tells them, per unit and without VAT."""

    quantity: Decimal
    price: Decimal
    vat: Decimal
    original: Decimal
    original_vat: Decimal
    discount: Decimal
    rate: Decimal | None


@dataclass(frozen=True, slots=True)
class Money:
    net: Decimal
    tax: Decimal
    before_net: Decimal
    before_tax: Decimal


def money_of(line: Line, reading: str, quantum: Decimal) -> Money:
    """Net and VAT of the whole line, before and after its discounts."""
    net, tax = line.price * line.quantity, line.vat * line.quantity
    if reading != "paid" and line.discount:
        given = line.discount * (line.quantity if reading == "discount_per_unit" else 1)
        before_net, before_tax = net, tax
        rate = (
            line.rate if line.rate is not None else (line.vat / line.price * HUNDRED if line.price else ZERO)
        )
        share = (given * rate / HUNDRED).quantize(quantum, rounding=ROUND_HALF_UP)
        return Money(net - given, tax - share, before_net, before_tax)
    if line.original > line.price:
        return Money(net, tax, line.original * line.quantity, line.original_vat * line.quantity)
    return Money(net, tax, net, tax)


def reading_that_fits(
    lines: Sequence[Line], paid: Decimal | None, besides: Sequence[Decimal], quantum: Decimal
) -> tuple[str, Decimal]:
    """(reading, what of the header's discounts is beside the lines).

    besides: sums that may stand beside the lines, nothing first. paid: None when no payment is told.
    """
    if paid is None:
        return READINGS[0], ZERO
    for beside in besides:
        for reading in READINGS:
            found = [money_of(line, reading, quantum) for line in lines]
            total = sum((one.net + one.tax for one in found), ZERO) - beside
            if abs(total - paid) <= TOLERANCE:
                return reading, beside
    return READINGS[0], ZERO
