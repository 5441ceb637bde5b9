"""Which warehouse delivers an order: the first by priority that has all of it, else simply the first."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from ecomsync.common.money import ZERO
from erp.models import ItemUnit, Warehouse
from erp.selectors.stock import availability
from orders.services.context import ImportContext
from orders.services.plan import OrderPlan
from orders.services.rules import Wanted


def choose_warehouse(plan: OrderPlan, wanted: Wanted, context: ImportContext) -> Warehouse | None:
    """The rule's own warehouse, else one of the site's warehouse lines for orders, else the default.

    One block of statements more, and only where there is a choice.
    """
    if wanted.warehouse is not None:
        return wanted.warehouse
    places = context.warehouses()
    if len(places) < 2:
        return places[0] if places else None
    needed = _needed(plan)
    figures = availability(item_ids=needed, warehouse_ids=[place.pk for place in places])
    for place in places:
        free = {item: figures[item, place.pk] for item in needed}
        if all(free[item].on_hand - free[item].reserved >= quantity for item, quantity in needed.items()):
            plan.decide("warehouse", plan.remote.number, place.code, "has all of it")
            return place
    plan.decide("warehouse", plan.remote.number, places[0].code, "none has all of it: the first by priority")
    return places[0]


def _needed(plan: OrderPlan) -> dict[int, Decimal]:
    """Pieces per item that must leave a warehouse, in base units."""
    lines = [line for line in plan.lines if line.item.is_deliverable]
    packed = {line.item.pk for line in lines if line.unit and line.unit.pk != line.item.base_unit_id}
    factors: dict[tuple[int, int], Decimal] = {}
    if packed:
        rows = ItemUnit.objects.filter(item_id__in=packed).values_list("item_id", "unit_id", "factor_to_base")
        factors = {(item, unit): factor for item, unit, factor in rows}
    found: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for line in lines:
        factor = factors.get((line.item.pk, line.unit.pk), Decimal(1)) if line.unit else Decimal(1)
        found[line.item.pk] += line.quantity * factor
    return dict(found)
