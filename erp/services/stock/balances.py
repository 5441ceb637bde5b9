"""Balances of several items and warehouses, locked together in one order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from ecomsync.common.errors import PermanentError
from ecomsync.common.sql import save_rows
from erp import signals
from erp.errors import StockShortage
from erp.models import Item, ItemType, KitComponent, StockBalance, StockMovement, Warehouse
from erp.models.columns import plain

Key = tuple[int, int]

CHUNK = 300  # items per statement, below the parameter limit of old SQLite builds


class BalanceBook:
    """The locked balances of some (item, warehouse) pairs, changed in memory and written once.

    Rows are locked in the order (item, warehouse), so that two transactions never wait for each other in a
    circle; rows that are missing are made first, in the same order. Must be used inside a transaction.
    """

    def __init__(self, pairs: Iterable[tuple[Item, Warehouse]]) -> None:
        self._items: dict[int, Item] = {}
        self._warehouses: dict[int, Warehouse] = {}
        keys: set[Key] = set()
        for item, warehouse in pairs:
            if item.item_type != ItemType.STOCK:
                raise PermanentError(
                    f"Item {item.code} is a {item.item_type} item: the ledger keeps no stock of it.",
                    code="not_stocked",
                    cure="Set its item type to stock, or leave it out.",
                    item=item.code,
                )
            self._items[item.pk] = item
            self._warehouses[warehouse.pk] = warehouse
            keys.add((item.pk, warehouse.pk))
        self._rows = self._locked(sorted(keys)) if keys else {}
        self._changed: set[Key] = set()

    def __iter__(self) -> Iterator[StockBalance]:
        return iter(self._rows.values())

    def __getitem__(self, key: Key) -> StockBalance:
        return self._rows[key]

    def _locked(self, keys: Sequence[Key]) -> dict[Key, StockBalance]:
        present: set[Key] = set()
        for item_ids in _chunks(keys):
            rows = StockBalance.objects.filter(item_id__in=item_ids, warehouse_id__in=self._warehouses)
            present.update(rows.values_list("item_id", "warehouse_id"))
        missing = [key for key in keys if key not in present]
        if missing:
            StockBalance.objects.bulk_create(
                [
                    StockBalance(
                        item_id=item, warehouse_id=warehouse, allow_negative=self._items[item].allow_negative
                    )
                    for item, warehouse in missing
                ],
                ignore_conflicts=True,
            )
        wanted, locked = set(keys), {}
        for item_ids in _chunks(keys):
            rows = StockBalance.objects.select_for_update().filter(
                item_id__in=item_ids, warehouse_id__in=self._warehouses
            )
            for row in rows.order_by("item_id", "warehouse_id"):
                if (row.item_id, row.warehouse_id) in wanted:
                    locked[row.item_id, row.warehouse_id] = row
        return locked

    def move(self, item: Item, warehouse: Warehouse, quantity: Decimal) -> Decimal:
        """Change on hand and return the new figure. Raises StockShortage when it would go below zero."""
        key = (item.pk, warehouse.pk)
        row = self._rows[key]
        after = row.on_hand + quantity
        row.allow_negative = item.allow_negative or (row.allow_negative and row.on_hand < 0)
        if after < 0 and quantity < 0 and not item.allow_negative:
            raise StockShortage(
                f"Item {item.code} in warehouse {warehouse.code}: {plain(-quantity)} needed, "
                f"{plain(row.on_hand)} on hand.",
                item=item.code,
                details={"item": item.code, "warehouse": warehouse.code, "on_hand": str(row.on_hand)},
            )
        row.on_hand = after
        self._changed.add(key)
        return after

    def free(self, item: Item, warehouse: Warehouse) -> Decimal:
        """On hand less reserved. Safety stock is not kept back here: it only lowers what shops are told."""
        row = self._rows[item.pk, warehouse.pk]
        return row.on_hand - row.reserved

    def hold(self, item_id: int, warehouse_id: int, quantity: Decimal) -> None:
        """Change reserved; negative gives back."""
        row = self._rows[item_id, warehouse_id]
        row.reserved += quantity
        self._changed.add((item_id, warehouse_id))

    def mark_last(self, movements: Iterable[StockMovement]) -> None:
        """Remember the newest movement of each balance."""
        for movement in movements:
            self._rows[movement.item_id, movement.warehouse_id].last_movement = movement

    def save(self) -> None:
        """Write what changed in one statement, and announce it."""
        if not self._changed:
            return
        # In the order of the keys, as they were locked.
        rows = [self._rows[key] for key in sorted(self._changed)]
        save_rows(rows, ["on_hand", "reserved", "allow_negative", "last_movement"])
        keys, self._changed = self._changed, set()
        announce_stock({item for item, _ in keys}, {warehouse for _, warehouse in keys})


def announce_stock(item_ids: set[int], warehouse_ids: set[int]) -> None:
    """Send stock_changed for the items and for the kits that contain them."""
    kits: set[int] = set()
    ordered = sorted(item_ids)
    for start in range(0, len(ordered), CHUNK):
        chunk = ordered[start : start + CHUNK]
        kits.update(KitComponent.objects.filter(component_id__in=chunk).values_list("kit_id", flat=True))
    signals.stock_changed.send(sender=StockBalance, item_ids=item_ids | kits, warehouse_ids=warehouse_ids)


def _chunks(keys: Sequence[Key]) -> Iterator[list[int]]:
    item_ids = list(dict.fromkeys(item for item, _ in keys))
    for start in range(0, len(item_ids), CHUNK):
        yield item_ids[start : start + CHUNK]
