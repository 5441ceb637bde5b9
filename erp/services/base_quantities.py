"""From a document line to what moves in the warehouse: base units, and components of kits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ecomsync.common.errors import PermanentError
from erp.models import Item, ItemType, ItemUnit, KitComponent, SalesOrderLine
from erp.models.columns import as_quantity


@dataclass(frozen=True, slots=True)
class StockNeed:
    """A stock item and how many base units of it one unit of the order line takes."""

    item: Item
    per_line_unit: Decimal

    def times(self, quantity: Decimal) -> Decimal:
        return as_quantity(self.per_line_unit * quantity)


def stock_needs(lines: Iterable[SalesOrderLine]) -> dict[int, list[StockNeed]]:
    """Order line id -> what one unit of it takes from stock; lines of services have none.

    Two statements at most, however many lines. The lines come with `item` selected.
    """
    rows = [line for line in lines if line.item.is_deliverable]
    factors = _unit_factors(rows)
    components = _components(rows)
    needs: dict[int, list[StockNeed]] = {}
    for line in rows:
        factor = factors.get((line.item_id, line.unit_id), Decimal(1))
        if line.item.item_type == ItemType.KIT:
            needs[line.pk] = [
                StockNeed(part.component, part.quantity * factor) for part in components[line.item_id]
            ]
        else:
            needs[line.pk] = [StockNeed(line.item, factor)]
    return needs


def _unit_factors(lines: Sequence[SalesOrderLine]) -> dict[tuple[int, int | None], Decimal]:
    others = [
        line
        for line in lines
        if line.unit_id and line.item.base_unit_id and line.unit_id != line.item.base_unit_id
    ]
    if not others:
        return {}
    found: dict[tuple[int, int | None], Decimal] = {
        (row.item_id, row.unit_id): row.factor_to_base
        for row in ItemUnit.objects.filter(item_id__in={line.item_id for line in others})
    }
    for line in others:
        if (line.item_id, line.unit_id) not in found:
            raise PermanentError(
                f"Item {line.item.code} has no unit {line.unit.code if line.unit else ''}.",
                code="unknown_unit",
                cure="Add the unit with its factor on the item, or use the base unit.",
                item=line.item.code,
            )
    return found


def _components(lines: Sequence[SalesOrderLine]) -> dict[int, list[KitComponent]]:
    kits = {line.item_id: line.item.code for line in lines if line.item.item_type == ItemType.KIT}
    found: dict[int, list[KitComponent]] = {}
    if kits:
        for part in KitComponent.objects.filter(kit_id__in=kits).select_related("component"):
            found.setdefault(part.kit_id, []).append(part)
    for kit_id, code in kits.items():
        if kit_id not in found:
            raise PermanentError(
                f"Kit {code} has no components.",
                code="empty_kit",
                cure="Add its components on the item.",
                item=code,
            )
    return found
