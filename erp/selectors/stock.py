"""Stock figures per item and warehouse."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

from django.db.models import QuerySet

from ecomsync.common.money import ZERO
from erp.models import Item, ItemType, KitComponent, StockBalance, StockMovement

CHUNK = 500


@dataclass(frozen=True, slots=True)
class BalanceFigure:
    """Stock in base units. Of a kit: how many whole kits the components make."""

    on_hand: Decimal = ZERO
    reserved: Decimal = ZERO
    safety_stock: Decimal = ZERO

    @property
    def available(self) -> Decimal:
        """max(0, on hand − reserved − safety stock)"""
        return max(ZERO, self.on_hand - self.reserved - self.safety_stock)


Figures = dict[tuple[int, int], BalanceFigure]


def availability(*, item_ids: Collection[int], warehouse_ids: Collection[int]) -> Figures:
    """(item id, warehouse id) -> figure, for every pair asked for; services and templates are zero.

    The number of statements depends on the number of items asked for (one block per 500), not on the tables.
    """
    figures: Figures = {}
    ordered, places = sorted(set(item_ids)), sorted(set(warehouse_ids))
    for ids in _chunks(ordered):
        items = dict(Item.objects.filter(pk__in=ids).values_list("pk", "item_type"))
        kits = [pk for pk, item_type in items.items() if item_type == ItemType.KIT]
        plain = [pk for pk, item_type in items.items() if item_type == ItemType.STOCK]
        figures.update(_balances(plain, places))
        if kits:
            figures.update(_kits(kits, places))
    for item_id in ordered:
        for place in places:
            figures.setdefault((item_id, place), BalanceFigure())
    return figures


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]


def _balances(item_ids: Collection[int], warehouse_ids: Collection[int]) -> Figures:
    rows = StockBalance.objects.filter(item_id__in=item_ids, warehouse_id__in=warehouse_ids).values_list(
        "item_id", "warehouse_id", "on_hand", "reserved", "safety_stock", "item__safety_stock"
    )
    return {
        (item, place): BalanceFigure(on_hand, reserved, of_item if safety is None else safety)
        for item, place, on_hand, reserved, safety, of_item in rows
    }


def _kits(kit_ids: Collection[int], warehouse_ids: Collection[int]) -> Figures:
    parts: dict[int, list[tuple[int, Decimal]]] = defaultdict(list)
    for kit, component, quantity in KitComponent.objects.filter(kit_id__in=kit_ids).values_list(
        "kit_id", "component_id", "quantity"
    ):
        parts[kit].append((component, quantity))
    components = sorted({component for rows in parts.values() for component, _ in rows})
    figures: Figures = {}
    for ids in _chunks(components):
        figures.update(_balances(ids, warehouse_ids))
    result: Figures = {}
    for kit, rows in parts.items():
        for place in warehouse_ids:
            whole = min(
                (
                    figures.get((component, place), BalanceFigure()).available / quantity
                    for component, quantity in rows
                ),
                default=ZERO,
            ).to_integral_value(rounding=ROUND_FLOOR)
            result[kit, place] = BalanceFigure(on_hand=whole)
    return result


def stock_card(*, item: Item, warehouse_id: int | None = None) -> QuerySet[StockMovement]:
    """The ledger of an item, newest first."""
    rows = StockMovement.objects.filter(item=item).select_related("warehouse")
    return rows.filter(warehouse_id=warehouse_id) if warehouse_id else rows
