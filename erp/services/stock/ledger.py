"""Movements of the stock ledger."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from ecomsync.common.errors import PermanentError
from ecomsync.common.sql import insert_rows
from erp.errors import IllegalState
from erp.inputs import MovementInput
from erp.models import Item, MovementType, StockMovement, Warehouse
from erp.models.columns import as_amount, as_quantity
from erp.services.stock.balances import BalanceBook


@transaction.atomic
def post_movements(*, movements: Sequence[MovementInput]) -> list[StockMovement]:
    """Append to the ledger and move the balances with it; all or nothing.

    Raises StockShortage when a balance would go below zero and the item may not.
    """
    if not movements:
        return []
    book = BalanceBook((movement.item, movement.warehouse) for movement in movements)
    rows = write_movements(book, movements)
    book.save()
    return rows


def write_movements(book: BalanceBook, movements: Iterable[MovementInput]) -> list[StockMovement]:
    """The movements in one insert, on balances that are locked already; the caller saves the book."""
    now = timezone.now()
    rows = [
        StockMovement(
            item=movement.item,
            warehouse=movement.warehouse,
            quantity=as_quantity(movement.quantity),
            movement_type=movement.movement_type,
            balance_after=book.move(movement.item, movement.warehouse, as_quantity(movement.quantity)),
            source_type=movement.source_type,
            source_id=movement.source_id,
            source_line=movement.source_line,
            source_label=movement.source_label,
            unit_cost=as_amount(
                movement.item.standard_cost if movement.unit_cost is None else movement.unit_cost
            ),
            reversal_of=movement.reversal_of,
            posted_at=movement.posted_at or now,
        )
        for movement in movements
        if as_quantity(movement.quantity)
    ]
    insert_rows(rows)
    book.mark_last(rows)
    return rows


@transaction.atomic
def reverse_movements(*, movements: Sequence[StockMovement], source_label: str = "") -> list[StockMovement]:
    """Correct movements by their opposites. Raises IllegalState for one that is reversed already."""
    ids = [movement.pk for movement in movements]
    reversed_ids = set(
        StockMovement.objects.filter(reversal_of__in=ids).values_list("reversal_of", flat=True)
    )
    if reversed_ids:
        raise IllegalState(
            f"Stock movements {sorted(pk for pk in reversed_ids if pk)} are reversed already.",
            cure="Nothing is left to do for them; choose others.",
        )
    rows = StockMovement.objects.filter(pk__in=ids).select_related("item", "warehouse").order_by("id")
    return post_movements(
        movements=[
            MovementInput(
                item=row.item,
                warehouse=row.warehouse,
                quantity=-row.quantity,
                movement_type=row.movement_type,
                source_type=row.source_type,
                source_id=row.source_id,
                source_line=row.source_line,
                source_label=source_label or row.source_label,
                unit_cost=row.unit_cost,
                reversal_of=row,
            )
            for row in rows
        ]
    )


def transfer(
    *,
    item: Item,
    from_warehouse: Warehouse,
    to_warehouse: Warehouse,
    quantity: Decimal,
    reference: str = "",
) -> list[StockMovement]:
    """Move stock between warehouses: one movement out, one in."""
    if quantity <= 0 or from_warehouse.pk == to_warehouse.pk:
        raise PermanentError(
            f"A transfer of {quantity} from {from_warehouse.code} to {to_warehouse.code} moves nothing.",
            code="bad_transfer",
            cure="Enter a quantity above zero and two different warehouses.",
            item=item.code,
        )
    return post_movements(
        movements=[
            MovementInput(item, place, part, kind, source_type="transfer", source_label=reference)
            for place, part, kind in (
                (from_warehouse, -quantity, MovementType.TRANSFER_OUT),
                (to_warehouse, quantity, MovementType.TRANSFER_IN),
            )
        ]
    )
