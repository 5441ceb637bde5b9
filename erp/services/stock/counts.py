"""Stock counts."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from erp.inputs import MovementInput
from erp.models import MovementType, StockCount, StockCountLine
from erp.services import numbering, transitions
from erp.services.stock.balances import BalanceBook
from erp.services.stock.ledger import write_movements
from erp.states import DocumentType, StockCountState


@transaction.atomic
def post_stock_count(
    *, stock_count: StockCount, movement_type: str = MovementType.COUNT_ADJUSTMENT
) -> StockCount:
    """Bring on hand to what was counted, by adjustment movements; equal figures make none."""
    transitions.lock(stock_count)
    transitions.require_transition(stock_count, StockCountState.POSTED)
    lines = list(stock_count.lines.select_related("item"))
    warehouse = stock_count.warehouse
    book = BalanceBook((line.item, warehouse) for line in lines)
    for line in lines:
        line.expected_quantity = book[line.item_id, warehouse.pk].on_hand
    stock_count.number = stock_count.number or numbering.next_number(
        document_type=DocumentType.STOCK_COUNT,
        legal_entity=stock_count.legal_entity,
        on=stock_count.issue_date,
    )
    write_movements(
        book,
        [
            MovementInput(
                item=line.item,
                warehouse=warehouse,
                quantity=line.difference,
                movement_type=movement_type,
                source_type=DocumentType.STOCK_COUNT,
                source_id=stock_count.pk,
                source_line=line.pk,
                source_label=stock_count.number,
            )
            for line in lines
            if line.difference
        ],
    )
    book.save()
    StockCountLine.objects.bulk_update(lines, ["expected_quantity"], batch_size=200)
    stock_count.posted_at = timezone.now()
    transitions.change_state(stock_count, StockCountState.POSTED, fields=["number", "posted_at"])
    return stock_count


@transaction.atomic
def cancel_stock_count(*, stock_count: StockCount) -> StockCount:
    """Drop a draft."""
    transitions.lock(stock_count)
    transitions.change_state(stock_count, StockCountState.CANCELLED)
    return stock_count
