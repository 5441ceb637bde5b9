"""The shop's own rounding, carried into the plan so that every component of the documents is the shop's to the cent.

A shop that rounds tax once per rate or per order, and not per row, has totals that its rows do not sum to. What
arithmetic explains is given to the rows; anything else is left standing for the proof to find.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from ecomsync.common.money import HUNDRED, ZERO, currency_quantum
from orders.services.figures import DISCOUNTS, RATE, Figures, component_of, is_discount, planned_figures
from orders.services.plan import OrderPlan, Place, PlannedCharge, PlannedLine
from orders.services.saved_documents import rate_name
from orders.services.shares import RateKey, negated, tax_on
from platforms.types import RemoteOrder, RemoteTax

Row = PlannedLine | PlannedCharge
Cell = tuple[Row, RateKey]
#: Net, tax and rates of the shop's rows that a component sums.
TaxedRow = tuple[Decimal, Decimal, Sequence[RemoteTax]]


def carry_rounding(plan: OrderPlan, shop: Figures) -> Figures:
    """Give the shop's rounding of taxes and discounts to the rows. Answers the figures of the plan afterwards."""
    planned = planned_figures(plan)
    gaps = {
        name: shop[name] - planned.get(name, ZERO)
        for name in shop
        if name.startswith(RATE) and shop[name] != planned.get(name, ZERO)
    }
    moved = ZERO
    for component in ("shipping_tax", "fees_tax", "goods_tax"):
        difference = shop[component] - planned[component]
        if difference and is_rounding(plan.remote, component, shop[component], difference):
            given = _give(_rows(plan, component), difference, gaps)
            if given != difference and component == "goods_tax":
                given += _give_to_discount(plan, difference - given, gaps)
            moved += given
    between_rates = bool(gaps)
    if gaps:
        _balance_rates(plan, gaps)
    if _carry_discounts(plan, shop, planned) or moved or between_rates:
        plan.decide("tax", str(shop["tax_total"]), f"{moved:+f}", "row of the largest tax")
        return planned_figures(plan)
    return planned


# ---------------------------------------------------------------- what is rounding


def is_rounding(remote: RemoteOrder, component: str, wanted: Decimal, difference: Decimal) -> bool:
    """Whether the shop's figure is what its rows come to when rounded once per rate.

    Where a rate is not told, half a cent per row and rate is the most that rounding can do.
    """
    rows = [row for row in _remote_rows(remote, component) if row[1] or row[2]]
    rates = {rate.rate_id or rate.name for _net, _tax, taxes in rows for rate in taxes}
    quantum = shop_quantum(remote)
    beside = [entry for entry in remote.discounts if entry.tax and not entry.in_lines]
    is_goods = component == "goods_tax"
    known = all(taxes and all(tax.rate_percent is not None for tax in taxes) for _net, _tax, taxes in rows)
    if known and not (is_goods and beside):
        exact = sum((tax_on(net, taxes) for net, _tax, taxes in rows), ZERO)
        of_nets = sum((abs(tax_on(HUNDRED, taxes)) for _net, _tax, taxes in rows), ZERO) / HUNDRED
        count = max(1, len(rates)) + _rounded_apart(remote, component)
        return abs(wanted - exact) <= quantum / 2 * (count + of_nets)
    count = len(rows) + max(1, len(rates)) + (len(beside) if is_goods else 0)
    return abs(difference) <= quantum * (count // 2 if count > 2 else 0)


def _rounded_apart(remote: RemoteOrder, component: str) -> int:
    """Figures that were rounded for themselves and taken off: goods are what the total leaves beside shipping and
    fees, fees what the sum of all fees leaves beside those that give money back."""
    if component == "goods_tax":
        return sum(1 for tax in (remote.totals.shipping_tax, remote.totals.fees_tax) if tax)
    if component == "fees_tax":
        return sum(1 for charge in remote.charges if is_discount(charge.net, charge.tax, charge.kind.value))
    return 0


def shop_quantum(remote: RemoteOrder) -> Decimal:
    """What the shop rounds to: it may show fewer decimals than its currency has; then all its amounts do."""
    totals = remote.totals
    amounts = [totals.grand_total, totals.tax_total]
    amounts += [amount for line in remote.lines for amount in (line.net, line.tax)]
    amounts += [amount for charge in remote.charges for amount in (charge.net, charge.tax)]
    finest = min(_exponent(amount) for amount in amounts)
    return max(currency_quantum(remote.currency), Decimal(1).scaleb(finest))


def _exponent(amount: Decimal) -> int:
    exponent = amount.as_tuple().exponent
    return min(exponent, 0) if isinstance(exponent, int) else 0


def _remote_rows(remote: RemoteOrder, component: str) -> Iterable[TaxedRow]:
    if component == "goods_tax":
        for line in remote.lines:
            yield line.net, line.tax, line.taxes
    for charge in remote.charges:
        given_back = is_discount(charge.net, charge.tax, charge.kind.value)
        place = "shipping_tax" if component_of(charge.kind) == "shipping" else "fees_tax"
        if component == ("goods_tax" if given_back else place):
            yield charge.net, charge.tax, charge.taxes


# ---------------------------------------------------------------- giving it to rows


def _rows(plan: OrderPlan, component: str) -> list[Row]:
    if component == "goods_tax":
        return [*plan.lines]
    wanted = ("shipping",) if component == "shipping_tax" else ("fees", "tips", "duties")
    return [charge for charge in plan.charges if charge.component in wanted]


def _give(rows: Sequence[Row], difference: Decimal, gaps: Figures) -> Decimal:
    """Add to the tax of rows: first at rates that lack it, then at the largest. Answers what was given."""
    given = ZERO
    cells: list[Cell] = [(row, key) for row in rows for key in row.shares]
    cells.sort(key=lambda cell: abs(cell[0].shares[cell[1]]), reverse=True)
    for row, key in cells:
        gap = gaps.get(RATE + rate_name(key[1]), ZERO)
        rest = difference - given
        if gap * rest > 0:
            given += _add(row, key, min(abs(gap), abs(rest)).copy_sign(rest), gaps)
    rest = difference - given
    for row, key in cells:
        if rest and row.shares[key] + rest >= 0:
            return given + _add(row, key, rest, gaps)
    return given


def _give_to_discount(plan: OrderPlan, rest: Decimal, gaps: Figures) -> Decimal:
    """Lines without tax to give or take: the discount of the header bears it. Answers what it took."""
    shares = plan.header_discount_shares
    key = max(shares, key=lambda entry: shares[entry], default=None)
    if key is None or shares[key] - rest < 0:
        return ZERO
    header = PlannedCharge("discount", "", "", ZERO, {key: -shares[key]})
    _shift((header, key), rest, gaps)
    shares[key] = -header.shares[key]
    return rest


def _add(row: Row, key: RateKey, amount: Decimal, gaps: Figures) -> Decimal:
    if row.shares[key] + amount < 0:
        return ZERO
    _shift((row, key), amount, gaps)
    return amount


def _balance_rates(plan: OrderPlan, gaps: Figures) -> None:
    """Cents that stand at the wrong rate of one component: move them, as far as rounding goes."""
    most = shop_quantum(plan.remote) * max(
        1, len(plan.lines) + len(plan.charges) + len(plan.remote.discounts)
    )
    if sum(gaps.values(), ZERO) or any(abs(gap) > most for gap in gaps.values()):
        return
    header = PlannedCharge("discount", "", "", ZERO, negated(plan.header_discount_shares))
    discounts = [charge for charge in plan.charges if charge.component == "discount"]
    groups: list[list[Row]] = [[header], [*discounts]]
    groups += [_rows(plan, name) for name in ("goods_tax", "fees_tax", "shipping_tax")]
    for rows in groups:
        cells = [(row, key) for row in rows for key in row.shares]
        cells.sort(key=lambda cell: abs(cell[0].shares[cell[1]]), reverse=True)
        for to in cells:
            for other in cells:
                _move(other, to, gaps)
    plan.header_discount_shares = negated(header.shares)


def _move(source: Cell, to: Cell, gaps: Figures) -> None:
    """Move what the rate of `to` lacks and that of `source` has too much; no share changes its sign."""
    lacks = gaps.get(RATE + rate_name(to[1][1]), ZERO)
    has = -gaps.get(RATE + rate_name(source[1][1]), ZERO)
    part = min(lacks, has)
    there, here = source[0].shares[source[1]], to[0].shares[to[1]]
    if there > 0:
        part = min(part, there)
    if here < 0:
        part = min(part, -here)
    if part > 0 and not (there == 0 and here >= 0):
        _shift(source, -part, gaps)
        _shift(to, part, gaps)


def _shift(cell: Cell, amount: Decimal, gaps: Figures) -> None:
    row, key = cell
    row.shares[key] += amount
    name = RATE + rate_name(key[1])
    gaps[name] = gaps.get(name, ZERO) - amount
    if not gaps[name]:
        del gaps[name]


def _carry_discounts(plan: OrderPlan, shop: Figures, planned: Figures) -> bool:
    """The shop's discount total rounded once: the cent goes to the largest discount, before and after alike."""
    difference = sum((shop[name] - planned[name] for name in DISCOUNTS), ZERO)
    lines = [line for line in plan.lines if line.remote.subtotal_net != line.remote.net]
    most = shop_quantum(plan.remote) * (len(lines) if len(lines) > 1 else 0)
    if not difference or abs(difference) > most:
        return False
    line = max(lines, key=lambda entry: entry.remote.subtotal_net - entry.remote.net)
    line.subtotal_net += difference
    in_lines = [key for key in plan.placements if key[1] == Place.LINES]
    if in_lines:
        key = max(in_lines, key=lambda entry: abs(plan.placements[entry]))
        plan.placements[key] += difference
    elif plan.header_discount_net:
        line.net += difference
        plan.header_discount_net += difference
        plan.place("coupons", Place.HEADER, difference)
    else:
        line.net += difference
        for charge in plan.charges:
            if charge.component == "discount":
                charge.net -= difference
                plan.place("coupons", Place.ITEM, difference)
                break
    return True
