"""Deliveries: goods leave the warehouse, reservations are used up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from ecomsync.common.errors import PermanentError
from ecomsync.common.money import ZERO
from erp.errors import IllegalState, QuantityExceeded
from erp.inputs import MovementInput, ReservationInput
from erp.models import (
    Delivery,
    DeliveryLine,
    MovementType,
    SalesOrder,
    SalesOrderLine,
    StockMovement,
    StockReservation,
    Warehouse,
)
from erp.models.columns import as_quantity, plain
from erp.services import accounting, numbering, transitions
from erp.services.base_quantities import StockNeed, stock_needs
from erp.services.progress import FOLLOWING, refresh_order_state
from erp.services.sales_orders import default_warehouse
from erp.services.stock.balances import BalanceBook
from erp.services.stock.ledger import reverse_movements, write_movements
from erp.services.stock.reservations import (
    active_reservations,
    reserve,
    save_reservations,
    take,
)
from erp.states import DeliveryState, DocumentType


@transaction.atomic
def create_delivery(
    *,
    order: SalesOrder,
    quantities: Mapping[int, Decimal] | None = None,
    warehouse: Warehouse | None = None,
) -> Delivery:
    """A draft delivery. quantities: order line id -> quantity in the line's unit; None: all that is open.

    warehouse: deliver from here, instead of the warehouse of each line.
    """
    transitions.lock(order)
    if order.state not in FOLLOWING:
        raise IllegalState(
            f"Order {order} is {order.state}; nothing can be delivered from it.",
            cure="Confirm the order first.",
            item=str(order),
        )
    lines = [line for line in order.lines.select_related("item", "warehouse") if line.item.is_deliverable]
    wanted = _wanted(order, lines, quantities)
    place = warehouse or order.warehouse
    delivery = Delivery.objects.create(
        order=order,
        warehouse=place,
        delivery_method=order.delivery_method,
        carrier=order.delivery_method.carrier if order.delivery_method else "",
        legal_entity=order.legal_entity,
        branch=order.branch,
        department=order.department,
        sector=order.sector,
    )
    rows = []
    for line in lines:
        if wanted.get(line.pk):
            source = warehouse or line.warehouse or place or default_warehouse()
            rows.append(
                DeliveryLine(
                    delivery=delivery,
                    line_no=line.line_no,
                    order_line=line,
                    item=line.item,
                    quantity=wanted[line.pk],
                    warehouse=source,
                )
            )
    DeliveryLine.objects.bulk_create(rows)
    transitions.announce_state(delivery, old_state="")
    return delivery


def _wanted(
    order: SalesOrder, lines: Sequence[SalesOrderLine], quantities: Mapping[int, Decimal] | None
) -> dict[int, Decimal]:
    drafts = DeliveryLine.objects.filter(delivery__order=order, delivery__state=DeliveryState.DRAFT)
    in_drafts = dict(drafts.order_by().values_list("order_line").annotate(total=Sum("quantity")))
    still_open = {
        line.pk: line.open_to_deliver - as_quantity(in_drafts.get(line.pk) or ZERO) for line in lines
    }
    asked = still_open if quantities is None else {pk: as_quantity(value) for pk, value in quantities.items()}
    wanted = {pk: value for pk, value in asked.items() if value > 0}
    codes = {line.pk: line.item.code for line in lines}
    for pk, value in wanted.items():
        if value > still_open.get(pk, ZERO):
            raise QuantityExceeded(
                f"Order {order}, item {codes.get(pk, pk)}: {plain(value)} asked, "
                f"{plain(still_open.get(pk, ZERO))} open to deliver.",
                item=codes.get(pk, str(pk)),
            )
    if not wanted:
        raise PermanentError(
            f"Order {order} has nothing left to deliver.",
            code="nothing_to_deliver",
            cure="It holds only services, or everything is delivered or in a draft delivery already.",
            item=str(order),
        )
    return wanted


@transaction.atomic
def ship_delivery(
    *,
    delivery: Delivery,
    carrier: str = "",
    tracking_numbers: Sequence[str] = (),
    post_entries: bool = False,
) -> Delivery:
    """Issue the goods: sales_issue movements, reservations consumed, order progress.

    Raises StockShortage when a warehouse lacks the goods, QuantityExceeded when they were delivered meanwhile.
    """
    order = _lock_with_order(delivery)
    transitions.require_transition(delivery, DeliveryState.SHIPPED)
    rows = list(delivery.lines.select_related("order_line__item", "order_line__unit", "warehouse"))
    lines = [row.order_line for row in rows]
    _add_delivered(rows)
    needs = stock_needs(lines)
    delivery.number = numbering.next_number(
        document_type=DocumentType.DELIVERY, legal_entity=delivery.legal_entity, on=delivery.issue_date
    )
    movements = _issue(delivery, rows, needs)
    SalesOrderLine.objects.bulk_update(lines, ["delivered_qty"], batch_size=200)
    delivery.carrier = carrier or delivery.carrier
    delivery.tracking_numbers = list(tracking_numbers) or delivery.tracking_numbers
    delivery.shipped_at = timezone.now()
    transitions.change_state(
        delivery, DeliveryState.SHIPPED, fields=["number", "carrier", "tracking_numbers", "shipped_at"]
    )
    if post_entries:
        accounting.post_stock_cost(
            movements=movements, source=delivery, source_type=DocumentType.DELIVERY, customer=order.customer
        )
    refresh_order_state(order)
    return delivery


def _lock_with_order(delivery: Delivery) -> SalesOrder:
    """Order before delivery, everywhere, so that two documents of one order never wait in a circle."""
    order = SalesOrder.objects.select_for_update().get(pk=delivery.order_id)
    transitions.lock(delivery)
    delivery.order = order
    return order


def _add_delivered(rows: Iterable[DeliveryLine]) -> None:
    for row in rows:
        line = row.order_line
        if row.quantity > line.open_to_deliver:
            raise QuantityExceeded(
                f"Item {line.item.code}: {plain(row.quantity)} in the delivery, "
                f"{plain(line.open_to_deliver)} open in the order.",
                item=line.item.code,
            )
        line.delivered_qty += row.quantity


def _issue(
    delivery: Delivery, rows: Sequence[DeliveryLine], needs: Mapping[int, list[StockNeed]]
) -> list[StockMovement]:
    reservations = active_reservations(row.order_line for row in rows)
    movements = [
        MovementInput(
            item=need.item,
            warehouse=row.warehouse,
            quantity=-need.times(row.quantity),
            movement_type=MovementType.SALES_ISSUE,
            source_type=DocumentType.DELIVERY,
            source_id=delivery.pk,
            source_line=row.pk,
            source_label=delivery.number,
        )
        for row in rows
        for need in needs[row.order_line_id]
    ]
    pairs = [(movement.item, movement.warehouse) for movement in movements]
    book = BalanceBook([*pairs, *((held.item, held.warehouse) for held in reservations)])
    changed = []
    for row in rows:
        for need in needs[row.order_line_id]:
            changed += _use_up(book, reservations, row.order_line_id, need.item.pk, need.times(row.quantity))
    made = write_movements(book, movements)
    save_reservations(changed)
    book.save()
    return made


def _use_up(
    book: BalanceBook, reservations: Sequence[StockReservation], line_id: int, item_id: int, quantity: Decimal
) -> list[StockReservation]:
    """Consume what is held for the line, oldest first, up to the quantity that leaves."""
    changed = []
    for held in reservations:
        if quantity <= 0:
            break
        if (held.order_line_id, held.item_id) == (line_id, item_id) and held.open_quantity > 0:
            part = min(quantity, held.open_quantity)
            take(book, held, part)
            quantity -= part
            changed.append(held)
    return changed


@transaction.atomic
def cancel_delivery(*, delivery: Delivery) -> Delivery:
    """Drop a draft, or take back a shipped delivery: movements reversed, stock held for the order again."""
    order = _lock_with_order(delivery)
    was_shipped = delivery.state == DeliveryState.SHIPPED
    transitions.require_transition(delivery, DeliveryState.CANCELLED)
    if was_shipped:
        _take_back(delivery, order)
    transitions.change_state(delivery, DeliveryState.CANCELLED)
    refresh_order_state(order)
    return delivery


def _take_back(delivery: Delivery, order: SalesOrder) -> None:
    rows = list(delivery.lines.select_related("order_line__item", "order_line__unit", "warehouse"))
    lines = [row.order_line for row in rows]
    for row in rows:
        row.order_line.delivered_qty -= row.quantity
        if row.order_line.delivered_qty < row.order_line.returned_qty:
            raise QuantityExceeded(
                f"Item {row.order_line.item.code} of delivery {delivery} was returned already.",
                cure="Only deliveries without returns can be cancelled.",
                item=row.order_line.item.code,
            )
    reverse_movements(
        movements=list(
            StockMovement.objects.filter(
                source_type=DocumentType.DELIVERY, source_id=delivery.pk, reversal_of=None
            )
        ),
        source_label=delivery.number,
    )
    needs = stock_needs(lines)
    reserve(
        requests=[
            ReservationInput(need.item, row.warehouse, need.times(row.quantity), row.order_line, order.number)
            for row in rows
            for need in needs[row.order_line_id]
        ]
    )
    SalesOrderLine.objects.bulk_update(lines, ["delivered_qty"], batch_size=200)
