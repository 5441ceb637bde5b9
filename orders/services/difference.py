"""What an edited order asks for beyond its posted documents: quantities and money to add, and to take back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from ecomsync.common.money import ZERO, round_money
from erp.models import DocumentCharge, Item, SalesOrder, SalesOrderLine
from erp.models.sales import ChargeKind
from orders.services.chain import edit_returns
from orders.services.intake import clean_text
from orders.services.plan import OrderPlan, PlannedCharge, PlannedLine

#: Stand for the header in charges that correct it.
HEADER = "header"

Key = tuple[str, int, int | None]  # shop's line id, item, unit
ChargeKey = tuple[str, str]  # kind, shop's id


@dataclass(slots=True)
class Standing:
    """What the documents say of one line now."""

    quantity: Decimal = ZERO
    net: Decimal = ZERO
    tax: Decimal = ZERO
    rows: list[SalesOrderLine] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Added:
    """A quantity more of a planned line."""

    line: PlannedLine
    index: int
    quantity: Decimal
    net: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True)
class Removed:
    """A quantity less of what stands."""

    standing: Standing
    quantity: Decimal
    net: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True)
class MoneyChange:
    """Money without goods; positive: the buyer owes more. `charge` lends its item and texts where there is one."""

    kind: str
    external_id: str
    net: Decimal
    tax: Decimal
    description: str = ""
    service_item: Item | None = None
    tax_code: str = ""
    tax_rate: Decimal | None = None

    @property
    def gross(self) -> Decimal:
        return self.net + self.tax


@dataclass(slots=True)
class Difference:
    added: list[Added] = field(default_factory=list)
    removed: list[Removed] = field(default_factory=list)
    money: list[MoneyChange] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not (self.added or self.removed or self.money)


def difference_of(plan: OrderPlan, sales_order: SalesOrder) -> Difference:
    """The plan less what the sales order says, less what earlier edits took off it again."""
    found = Difference()
    lines, prices = _standing_lines(sales_order)
    currency = plan.remote.currency
    keys = {_key_of(line): index for index, line in enumerate(plan.lines)}
    for key, index in keys.items():
        price = prices.pop(key[0], (ZERO, ZERO))
        _compare_line(found, plan.lines[index], index, lines.pop(key, Standing()), price, currency)
    for standing in lines.values():
        if standing.quantity > 0:
            found.removed.append(Removed(standing, standing.quantity, standing.net, standing.tax))
    for external_id, (net, tax) in prices.items():
        _note_money(found, MoneyChange(ChargeKind.DISCOUNT, external_id, -net, -tax))
    _compare_charges(found, plan, sales_order, set(prices) | {key[0] for key in keys})
    _compare_header(found, plan, sales_order)
    return found


def _key_of(line: PlannedLine) -> Key:
    return clean_text(line.remote.remote_id, 100), line.item.pk, line.unit.pk if line.unit else None


def _standing_lines(
    sales_order: SalesOrder,
) -> tuple[dict[Key, Standing], dict[str, tuple[Decimal, Decimal]]]:
    """Per line what stands, and per line id the money that earlier edits moved without goods."""
    lines: dict[Key, Standing] = {}
    for row in sales_order.lines.select_related("item", "unit", "warehouse").order_by("line_no"):
        entry = lines.setdefault((row.external_line_id, row.item_id, row.unit_id), Standing())
        entry.rows.append(row)
        entry.quantity += row.quantity
        entry.net += row.net_amount
        entry.tax += row.tax_amount
    ids = {key[0] for key in lines}
    prices = _moved(sales_order.charges.all(), ids, 1)
    for sales_return in edit_returns(sales_order).prefetch_related("lines", "charges"):
        for back in sales_return.lines.all():
            entry = lines.setdefault((back.external_line_id, back.item_id, back.unit_id), Standing())
            entry.quantity -= back.quantity
            entry.net -= back.net_amount
            entry.tax -= back.tax_amount
        for external_id, (net, tax) in _moved(sales_return.charges.all(), ids, -1).items():
            before = prices.get(external_id, (ZERO, ZERO))
            prices[external_id] = (before[0] + net, before[1] + tax)
    return lines, prices


def _moved(
    charges: Iterable[DocumentCharge], line_ids: set[str], sign: int
) -> dict[str, tuple[Decimal, Decimal]]:
    found: dict[str, tuple[Decimal, Decimal]] = {}
    for charge in charges:
        if charge.kind == ChargeKind.DISCOUNT and charge.external_line_id in line_ids - {""}:
            net, tax = found.get(charge.external_line_id, (ZERO, ZERO))
            found[charge.external_line_id] = (
                net + sign * charge.net_amount,
                tax + sign * charge.tax_amount,
            )
    return found


def _compare_line(
    found: Difference,
    line: PlannedLine,
    index: int,
    standing: Standing,
    price: tuple[Decimal, Decimal],
    currency: str,
) -> None:
    """Quantity with its money where both go the same way; else the money apart from the quantity."""
    quantity = line.quantity - standing.quantity
    net, tax = line.net - standing.net - price[0], line.tax - standing.tax - price[1]
    if quantity > 0:
        part_net, part_tax = net, tax
        if net < 0 or tax < 0:
            share = quantity / line.quantity
            part_net, part_tax = (
                round_money(line.net * share, currency),
                round_money(line.tax * share, currency),
            )
        found.added.append(Added(line, index, quantity, part_net, part_tax))
        net, tax = net - part_net, tax - part_tax
    elif quantity < 0:
        part_net, part_tax = -net, -tax
        if net > 0 or tax > 0:
            share = -quantity / standing.quantity
            part_net = round_money(standing.net * share, currency)
            part_tax = round_money(standing.tax * share, currency)
        found.removed.append(Removed(standing, -quantity, part_net, part_tax))
        net, tax = net + part_net, tax + part_tax
    _note_money(
        found,
        MoneyChange(
            ChargeKind.DISCOUNT,
            clean_text(line.remote.remote_id, 100),
            net,
            tax,
            clean_text(line.remote.name, 500),
            tax_code=line.tax_code,
            tax_rate=line.tax_rate,
        ),
    )


def _note_money(found: Difference, change: MoneyChange) -> None:
    if change.net or change.tax:
        found.money.append(change)


def _compare_charges(found: Difference, plan: OrderPlan, sales_order: SalesOrder, line_ids: set[str]) -> None:
    """Shipping, fees and discount items by their kind and the shop's id."""
    wanted: dict[ChargeKey, list[PlannedCharge]] = {}
    for charge in plan.charges:
        wanted.setdefault((str(charge.kind), charge.remote_id), []).append(charge)
    stand: dict[ChargeKey, tuple[Decimal, Decimal]] = {}
    signed = [(row, 1) for row in sales_order.charges.select_related("service_item")]
    for sales_return in edit_returns(sales_order).prefetch_related("charges__service_item"):
        signed += [(row, -1) for row in sales_return.charges.all()]
    last: dict[ChargeKey, DocumentCharge] = {}
    for row, sign in signed:
        key = (row.kind, row.external_line_id)
        if _corrects_header(key) or (
            row.kind == ChargeKind.DISCOUNT and row.external_line_id in line_ids - {""}
        ):
            continue
        net, tax = stand.get(key, (ZERO, ZERO))
        stand[key] = (net + sign * row.net_amount, tax + sign * row.tax_amount)
        last.setdefault(key, row)
    for key in {**wanted, **stand}:
        charges = wanted.get(key, [])
        net, tax = stand.get(key, (ZERO, ZERO))
        rows: list[PlannedCharge | DocumentCharge] = [*charges, *([last[key]] if key in last else [])]
        sample = rows[0]
        _note_money(
            found,
            MoneyChange(
                key[0],
                key[1],
                sum((charge.net for charge in charges), ZERO) - net,
                sum((charge.tax for charge in charges), ZERO) - tax,
                sample.description,
                sample.service_item,
                sample.tax_code,
                sample.tax_rate,
            ),
        )


def _corrects_header(key: ChargeKey) -> bool:
    return key in ((ChargeKind.DISCOUNT, HEADER), (ChargeKind.ROUNDING, HEADER))


def _compare_header(found: Difference, plan: OrderPlan, sales_order: SalesOrder) -> None:
    """Discount and rounding of the header: what changes stands beside it as a charge."""
    discount = (-sales_order.discount_net, -sales_order.discount_tax)
    rounding = sales_order.rounding
    charges = [(row, 1) for row in sales_order.charges.filter(external_line_id=HEADER)]
    for sales_return in edit_returns(sales_order):
        charges += [(row, -1) for row in sales_return.charges.filter(external_line_id=HEADER)]
    for row, sign in charges:
        if row.kind == ChargeKind.DISCOUNT:
            discount = (discount[0] + sign * row.net_amount, discount[1] + sign * row.tax_amount)
        elif row.kind == ChargeKind.ROUNDING:
            rounding += sign * row.net_amount
    net, tax = -plan.header_discount_net - discount[0], -plan.header_discount_tax - discount[1]
    _note_money(found, MoneyChange(ChargeKind.DISCOUNT, HEADER, net, tax))
    _note_money(found, MoneyChange(ChargeKind.ROUNDING, HEADER, plan.rounding - rounding, ZERO))
