"""Which warehouse delivers an order, or each of its lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ecomsync.common.money import ZERO
from erp.models import ItemUnit, Warehouse
from erp.selectors.stock import availability
from orders.services.context import ImportContext
from orders.services.plan import OrderPlan, PlannedLine
from orders.services.rules import Wanted
from sites.choices import OrderRouting

Free = dict[tuple[int, int], Decimal]


@dataclass(frozen=True, slots=True)
class Places:
    """The warehouse of the order, and one per line where lines differ (beside `plan.lines`)."""

    order: Warehouse | None
    lines: Sequence[Warehouse | None] = ()

    def of_line(self, index: int) -> Warehouse | None:
        return self.lines[index] if self.lines else None


def choose_places(plan: OrderPlan, wanted: Wanted, context: ImportContext) -> Places:
    """The rule's own warehouse, else that of the location the shop names, else the site's warehouse lines for orders.

    Of several: the first by priority that has all of it; where the site lets lines part, else each line from the
    first that has it; else the first by priority. One block of statements more, and only where there is a choice.
    """
    if wanted.warehouse is not None:
        return Places(wanted.warehouse)
    named = context.warehouse_at(plan.remote.location_id)
    if named is not None:
        plan.decide("warehouse", plan.remote.location_id, named.code, "location of the order")
        return Places(named)
    places = context.warehouses()
    if len(places) < 2:
        return Places(places[0] if places else None)
    needed = _needed(plan.lines)
    free = _free({item for item, _ in needed}, places)
    for place in places:
        if _has_all(place, needed, free):
            plan.decide("warehouse", plan.remote.number, place.code, "has all of it")
            return Places(place)
    if context.site.order_routing == OrderRouting.BY_LINE:
        return Places(places[0], _line_by_line(plan, places, needed, free))
    plan.decide("warehouse", plan.remote.number, places[0].code, "none has all of it: the first by priority")
    return Places(places[0])


def _line_by_line(
    plan: OrderPlan,
    places: Sequence[Warehouse],
    needed: Sequence[tuple[int, Decimal]],
    free: Free,
) -> list[Warehouse | None]:
    """Each line takes what it needs from the first warehouse that still has it."""
    chosen: list[Warehouse | None] = []
    for line, (item, quantity) in zip(plan.lines, needed, strict=True):
        if not line.item.is_deliverable:
            chosen.append(None)
            continue
        found = next((place for place in places if free[item, place.pk] >= quantity), None)
        place = found or places[0]
        free[item, place.pk] -= quantity
        why = "has it" if found else "none has it: the first by priority"
        plan.decide("warehouse", line.remote.sku or line.item.code, place.code, why)
        chosen.append(place)
    return chosen


def _has_all(
    place: Warehouse, needed: Sequence[tuple[int, Decimal]], free: Mapping[tuple[int, int], Decimal]
) -> bool:
    total: dict[int, Decimal] = {}
    for item, quantity in needed:
        total[item] = total.get(item, ZERO) + quantity
    return all(not quantity or free[item, place.pk] >= quantity for item, quantity in total.items())


def _free(items: set[int], places: Sequence[Warehouse]) -> Free:
    figures = availability(item_ids=items, warehouse_ids=[place.pk for place in places])
    return {key: figure.on_hand - figure.reserved for key, figure in figures.items()}


def _needed(lines: Sequence[PlannedLine]) -> list[tuple[int, Decimal]]:
    """(item, pieces in base units) that must leave a warehouse, beside the lines; services need none."""
    packed = {line.item.pk for line in lines if line.unit and line.unit.pk != line.item.base_unit_id}
    factors: dict[tuple[int, int], Decimal] = {}
    if packed:
        rows = ItemUnit.objects.filter(item_id__in=packed).values_list("item_id", "unit_id", "factor_to_base")
        factors = {(item, unit): factor for item, unit, factor in rows}
    found = []
    for line in lines:
        factor = factors.get((line.item.pk, line.unit.pk), Decimal(1)) if line.unit else Decimal(1)
        found.append((line.item.pk, line.quantity * factor if line.item.is_deliverable else ZERO))
    return found
