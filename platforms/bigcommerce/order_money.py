"""The amounts of an order's rows: what each was after all discounts, net and tax apart, to the cent.

BigCommerce keeps lines with four decimals and before the discounts of the order, and rounds its header once. So each row
is taken with tax as it was paid and rounded, the taxes are made to sum to the order's tax, and what one rounding of the
whole explains becomes `rounding`. A difference beyond that is left standing, so that the proof of the order finds it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from ecomsync.common.money import ZERO, allocate
from platforms.bigcommerce.payloads import LineShape, OrderShape, TaxShape
from platforms.types import RemoteTax


@dataclass(slots=True)
class Row:
    """Amounts of one line or charge. `before_*`: before discounts of the order."""

    inc: Decimal
    tax: Decimal
    before_net: Decimal
    before_tax: Decimal
    taxes: list[TaxShape]

    @property
    def net(self) -> Decimal:
        return self.inc - self.tax


@dataclass(frozen=True, slots=True)
class Figures:
    """Rows in the order of the order's lines and then of its charges, and what is left of the header."""

    rows: list[Row]
    discount_net: Decimal  # of the whole order, beside the lines
    discount_tax: Decimal
    rounding: Decimal
    grand_total: Decimal
    tenders_off: bool  # gift certificates and store credit are taken off the total already


def figures_of(
    order: OrderShape, lines: Sequence[Row], charges: Sequence[Row], *, quantum: Decimal
) -> Figures:
    """Settle the rows against the header."""
    rows = [*lines, *charges]
    summed = sum((row.inc for row in rows), ZERO)
    room = quantum * max(1, len(rows))
    tenders = order.store_credit_amount + order.gift_certificate_amount
    missing = summed - order.total_inc_tax
    taxed = _highest_share(rows)
    off = bool(tenders) and not _explained(order, missing, room, taxed)
    off = off and _explained(order, missing - tenders, room, taxed)
    grand = order.total_inc_tax + (tenders if off else ZERO)
    beside_inc = _beside(order, summed - grand, room, taxed)
    tax_before = sum((row.tax for row in rows), ZERO)
    beside_tax = tax_before - order.total_tax if beside_inc and tax_before > order.total_tax else ZERO
    _spread_tax(rows, order.total_tax + beside_tax, quantum)
    rest = grand - (summed - beside_inc)
    return Figures(
        rows=rows,
        discount_net=beside_inc - beside_tax,
        discount_tax=beside_tax,
        rounding=rest if abs(rest) <= room else ZERO,
        grand_total=grand,
        tenders_off=off,
    )


def _highest_share(rows: Sequence[Row]) -> Decimal:
    """The most that an amount without tax can come to with tax: by the row that is taxed highest."""
    return max((row.inc / row.net for row in rows if row.net > 0), default=Decimal(1))


def _explained(order: OrderShape, missing: Decimal, room: Decimal, taxed: Decimal) -> bool:
    """Whether what the header has less than the rows is rounding, or a discount of the header."""
    return abs(missing) <= room or bool(_beside(order, missing, room, taxed))


def _beside(order: OrderShape, missing: Decimal, room: Decimal, taxed: Decimal) -> Decimal:
    """A discount of the header that no line bears, with tax; 0 when the lines bear it all.

    Prices with tax give discounts with tax; else the tax that it saved comes on top.
    """
    applied = sum((entry.amount for line in order.products for entry in line.applied_discounts), ZERO)
    left = order.discount_amount + order.coupon_discount - applied
    if left <= room or missing <= room:
        return ZERO
    highest = left if order.is_tax_inclusive_pricing else left * max(taxed, Decimal(1))
    return missing if left - room <= missing <= highest + room else ZERO


def line_row(line: LineShape, details: Sequence[TaxShape], *, inclusive: bool, quantum: Decimal) -> Row:
    """A line after its discounts. The tax is what the tax rows of the order say, else the line's in proportion."""
    inc_before = line.total_inc_tax
    inc = _after(line, inclusive=inclusive)
    share = inc / inc_before if inc_before else Decimal(1)
    told = sum((tax.line_amount for tax in details), ZERO)
    tax = told if details else line.total_tax * share
    return Row(
        inc=_round(inc, quantum),
        tax=_round(tax, quantum),
        before_net=_round(inc_before, quantum) - _round(line.total_tax, quantum),
        before_tax=_round(line.total_tax, quantum),
        taxes=list(details),
    )


def _after(line: LineShape, *, inclusive: bool) -> Decimal:
    """The line with tax as it was paid. Where the store does not tell, what was applied is taken off."""
    taken = sum((entry.amount for entry in line.applied_discounts), ZERO)
    if line.discounted_total_inc_tax is not None and (
        line.discounted_total_inc_tax or not _is_worth(line, taken)
    ):
        return line.discounted_total_inc_tax
    if not inclusive and line.total_ex_tax:
        taken = taken * line.total_inc_tax / line.total_ex_tax
    return line.total_inc_tax - taken


def _is_worth(line: LineShape, taken: Decimal) -> bool:
    """Whether the line still costs something, so that a discounted total of 0 means 'not told'."""
    return bool(line.total_inc_tax) and taken < line.total_ex_tax


def charge_row(inc: Decimal, tax: Decimal, details: Sequence[TaxShape], *, quantum: Decimal) -> Row:
    rounded, tax = _round(inc, quantum), _round(tax, quantum)
    return Row(rounded, tax, rounded - tax, tax, list(details))


def _spread_tax(rows: Sequence[Row], total: Decimal, quantum: Decimal) -> None:
    """Make the rows' taxes sum to the order's. Only what rounding explains is moved, a quantum at a time, to the rows with
    the most tax; the amounts with tax stay."""
    difference = total - sum((row.tax for row in rows), ZERO)
    if abs(difference) > quantum * max(1, len(rows)):
        return
    step = quantum if difference > 0 else -quantum
    taxed = sorted((row for row in rows if row.tax), key=lambda row: row.tax, reverse=True)
    number = 0
    while taxed and abs(difference) >= quantum:
        row = taxed[number % len(taxed)]
        if row.before_net == row.net and row.before_tax == row.tax:
            row.before_tax += step
            row.before_net -= step
        row.tax += step
        difference -= step
        number += 1


def remote_taxes(row: Row, currency: str) -> tuple[RemoteTax, ...]:
    """The tax of a row per rate; one row without a rate where the store was not asked for rates."""
    if not row.taxes:
        return (RemoteTax("", "Tax", None, row.tax),) if row.tax else ()
    amounts = allocate(row.tax, [tax.line_amount for tax in row.taxes], currency)
    return tuple(
        RemoteTax(_rate_id(tax), tax.name, tax.rate, amount)
        for tax, amount in zip(row.taxes, amounts, strict=True)
    )


def _rate_id(tax: TaxShape) -> str:
    return f"{tax.tax_rate_id}:{tax.rate.normalize():f}" if tax.rate is not None else tax.tax_rate_id


def _round(amount: Decimal, quantum: Decimal) -> Decimal:
    return amount.quantize(quantum, rounding=ROUND_HALF_UP)
