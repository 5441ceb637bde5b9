"""The amounts of an order's rows: what each was after all discounts, net and tax apart, to the cent.

Zid rounds nothing: lines and totals bear long decimals. Each row is rounded here, and the cents that this leaves against the
order's own total and tax go to the largest line. A difference beyond rounding is left standing, so that the proof of the
order finds it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from ecomsync.common.money import ZERO
from platforms.types import ChargeKind, RemoteTax
from platforms.zid.payloads import LineShape, OrderShape, TotalShape

TOTAL, TAX = "total", "vat"
_SUMS = ("taxable_amount", TOTAL, TAX)
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*[%٪]|[%٪]\s*(\d+(?:\.\d+)?)")
#: How far the order's tax may be from what its rows come to before another way of taxing is looked for.
ROOM = Decimal("0.02")


@dataclass(slots=True)
class Row:
    """Amounts of one line, charge or discount. `before_*`: before discounts. rate: a fraction."""

    net: Decimal
    tax: Decimal
    before_net: Decimal
    before_tax: Decimal
    rate: Decimal
    taxable: bool = True

    @property
    def gross(self) -> Decimal:
        return self.net + self.tax

    def taxes(self) -> tuple[RemoteTax, ...]:
        """A row of rate 0 says zero-rated; what is not taxable at all has none."""
        if not self.taxable and not self.tax:
            return ()
        percent = (self.rate * 100).quantize(Decimal("0.01")).normalize()
        return (RemoteTax(f"vat-{percent:f}", f"VAT {percent:f}%", Decimal(f"{percent:f}"), self.tax),)


@dataclass(frozen=True, slots=True)
class Figures:
    """lines: in the order of the order's lines. charges, discounts: with the entry of the totals that each is."""

    lines: list[Row]
    charges: list[tuple[TotalShape, Row]]
    discounts: list[tuple[TotalShape, Row]]  # of the whole order, beside the lines; positive amounts
    tax: Decimal
    total: Decimal


def figures_of(order: OrderShape, *, quantum: Decimal) -> Figures:
    """Settle the rows against the order's own totals."""
    lines = [line_row(line) for line in order.products]
    rate = main_rate(order)
    total = _rounded(order.order_total, quantum)
    told = next((entry.value for entry in order.payment.invoice if entry.code == TAX), ZERO)
    charges, discounts = _beside_lines(order, lines, rate)
    _settle_taxation(lines, [row for _, row in charges], [row for _, row in discounts], told)
    tax = _rounded(told, quantum)
    for row in [*lines, *(row for _, row in charges), *(row for _, row in discounts)]:
        _round(row, quantum)
    _fix_cents(lines, charges, discounts, tax, total, quantum)
    return Figures(lines, charges, discounts, tax, total)


def line_row(line: LineShape) -> Row:
    """Exact amounts of a line. Discounts are told without tax."""
    rate = line.tax_percentage
    unit = _unit_net(line, rate) + line.net_additions_price
    before = unit * line.quantity
    net = before - sum((entry.amount for entry in line.discounts.values()), ZERO)
    taxable = bool(rate) or line.is_taxable is not False
    return Row(net, net * rate, before, before * rate, rate, taxable)


def _unit_net(line: LineShape, rate: Decimal) -> Decimal:
    """What one piece cost without tax: its sale price where it had one."""
    for net, gross in ((line.net_sale_price, line.gross_sale_price), (line.net_price, line.gross_price)):
        if net is not None:
            return net
        if gross is not None:
            return gross / (1 + rate)
    return ZERO if line.price is None else line.price / (1 + rate)


def main_rate(order: OrderShape) -> Decimal:
    """The rate of charges: the one in the title of the tax, else the highest of the lines, else what the sums say."""
    entries = {entry.code: entry for entry in order.payment.invoice}
    tax = entries.get(TAX)
    if tax is None or not tax.value:
        return ZERO
    found = _PERCENT.search(tax.title)
    if found:
        return Decimal(found.group(1) or found.group(2)) / 100
    highest = max((line.tax_percentage for line in order.products), default=ZERO)
    taxable = entries.get("taxable_amount")
    if highest or taxable is None or not taxable.value:
        return highest
    return (tax.value / taxable.value).quantize(Decimal("0.0001"))


def is_sum(entry: TotalShape) -> bool:
    """Entries that only repeat what others come to."""
    return entry.code in _SUMS or entry.code.startswith("sub_total")


def _beside_lines(
    order: OrderShape, lines: Sequence[Row], rate: Decimal
) -> tuple[list[tuple[TotalShape, Row]], list[tuple[TotalShape, Row]]]:
    """Charges, and discounts that the lines do not have already. Unknown codes are fees, so that nothing is lost."""
    charges: list[tuple[TotalShape, Row]] = []
    discounts: list[tuple[TotalShape, Row]] = []
    in_lines = sum((row.before_net - row.net for row in lines), ZERO)
    untaxed = False
    for entry in order.payment.invoice:
        untaxed = untaxed or entry.code == "taxable_amount"
        if is_sum(entry) or not entry.value:
            if entry.code == "shipping":
                charges.append((entry, Row(ZERO, ZERO, ZERO, ZERO, rate, taxable=bool(rate))))
            continue
        if entry.value > 0:
            own = ZERO if untaxed else rate
            tax = entry.value * own
            charges.append((entry, Row(entry.value, tax, entry.value, tax, own, taxable=not untaxed)))
            continue
        rest = -entry.value - min(in_lines, -entry.value)
        in_lines -= min(in_lines, -entry.value)
        if rest > ROOM:
            # What is taken off after the tax was counted, such as a wallet's money, lowers no tax.
            own = ZERO if untaxed else rate
            discounts.append((entry, Row(rest, rest * own, rest, rest * own, own, taxable=not untaxed)))
    return charges, discounts


def _settle_taxation(
    lines: Sequence[Row], charges: Sequence[Row], discounts: Sequence[Row], told: Decimal
) -> None:
    """Shipping is taxed or not as the store says, which an order does not tell but by its tax."""

    def summed() -> Decimal:
        given = sum((row.tax for row in discounts), ZERO)
        return sum((row.tax for row in [*lines, *charges]), ZERO) - given

    if abs(summed() - told) <= ROOM or not charges:
        return
    kept = [(row.tax, row.before_tax, row.rate, row.taxable) for row in charges]
    for row in charges:
        row.tax = row.before_tax = row.rate = ZERO
        row.taxable = False
    if abs(summed() - told) > ROOM:
        for row, (tax, before_tax, rate, taxable) in zip(charges, kept, strict=True):
            row.tax, row.before_tax, row.rate, row.taxable = tax, before_tax, rate, taxable


def _round(row: Row, quantum: Decimal) -> None:
    same = row.before_net == row.net
    row.net, row.tax = _rounded(row.net, quantum), _rounded(row.tax, quantum)
    row.before_net = row.net if same else _rounded(row.before_net, quantum)
    row.before_tax = row.tax if same else _rounded(row.before_tax, quantum)


def _fix_cents(
    lines: Sequence[Row],
    charges: Sequence[tuple[TotalShape, Row]],
    discounts: Sequence[tuple[TotalShape, Row]],
    tax: Decimal,
    total: Decimal,
    quantum: Decimal,
) -> None:
    """What rounding left goes to the largest line, of the tax to the largest one that is taxed."""
    rows = [*lines, *(row for _, row in charges)]
    if not rows:
        return
    given = [row for _, row in discounts]
    room = max(ROOM, quantum * len(rows))
    largest = max(lines or rows, key=lambda row: row.net)
    taxed = max((row for row in rows if row.tax), key=lambda row: row.tax, default=None)
    off_tax = tax - sum((row.tax for row in rows), ZERO) + sum((row.tax for row in given), ZERO)
    if taxed is not None and off_tax and abs(off_tax) <= room:
        taxed.tax += off_tax
        taxed.before_tax += off_tax
    off_net = total - tax - sum((row.net for row in rows), ZERO) + sum((row.net for row in given), ZERO)
    if off_net and abs(off_net) <= room:
        largest.net += off_net
        largest.before_net += off_net


def _rounded(amount: Decimal, quantum: Decimal) -> Decimal:
    return amount.quantize(quantum, rounding=ROUND_HALF_UP)


def charge_kind(code: str) -> ChargeKind:
    name = code.lower()
    if name == "shipping":
        return ChargeKind.SHIPPING
    if "cod" in name or "payment" in name:
        return ChargeKind.PAYMENT_FEE
    if "gift" in name or "wrap" in name:
        return ChargeKind.GIFT_WRAP
    return ChargeKind.FEE
