"""Balances computed anew from ledger and reservations."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import F, Sum

from ecomsync.common.money import ZERO
from erp.models import Item, ReservationState, StockBalance, StockMovement, StockReservation, Warehouse
from erp.models.columns import as_quantity
from erp.services.stock.balances import BalanceBook


@dataclass(frozen=True, slots=True)
class BalanceDifference:
    """A balance that does not equal what ledger and reservations sum to."""

    item_id: int
    warehouse_id: int
    on_hand: Decimal
    on_hand_expected: Decimal
    reserved: Decimal
    reserved_expected: Decimal


@transaction.atomic
def rebuild_balances(*, repair: bool = False) -> list[BalanceDifference]:
    """Compare every balance with ledger and active reservations; with `repair` write the right figures."""
    on_hand = {
        (row["item_id"], row["warehouse_id"]): as_quantity(row["total"])
        for row in StockMovement.objects.order_by()
        .values("item_id", "warehouse_id")
        .annotate(total=Sum("quantity"))
    }
    held = {
        (row["item_id"], row["warehouse_id"]): as_quantity(row["total"])
        for row in StockReservation.objects.filter(state=ReservationState.ACTIVE)
        .order_by()
        .values("item_id", "warehouse_id")
        .annotate(total=Sum(F("quantity") - F("consumed_quantity") - F("released_quantity")))
    }
    stored = {(row.item_id, row.warehouse_id): row for row in StockBalance.objects.all()}
    differences = []
    for key in sorted(on_hand.keys() | held.keys() | stored.keys()):
        row = stored.get(key)
        difference = BalanceDifference(
            item_id=key[0],
            warehouse_id=key[1],
            on_hand=row.on_hand if row else ZERO,
            on_hand_expected=on_hand.get(key, ZERO),
            reserved=row.reserved if row else ZERO,
            reserved_expected=held.get(key, ZERO),
        )
        if (difference.on_hand, difference.reserved) != (
            difference.on_hand_expected,
            difference.reserved_expected,
        ):
            differences.append(difference)
    if repair and differences:
        _repair(differences)
    return differences


def _repair(differences: list[BalanceDifference]) -> None:
    items = Item.objects.in_bulk({row.item_id for row in differences})
    warehouses = Warehouse.objects.in_bulk({row.warehouse_id for row in differences})
    book = BalanceBook((items[row.item_id], warehouses[row.warehouse_id]) for row in differences)
    for row in differences:
        balance = book[row.item_id, row.warehouse_id]
        balance.on_hand = row.on_hand_expected
        balance.allow_negative = balance.allow_negative or row.on_hand_expected < 0
        book.hold(row.item_id, row.warehouse_id, row.reserved_expected - balance.reserved)
    book.save()
