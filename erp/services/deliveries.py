"""Deliveries: goods leave the warehouse, reservations are used up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from ecomsync.common.errors import PermanentError
from ecomsync.common.money import ZERO
from ecomsync.common.sql import insert_rows, save_rows
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
from erp.services.order_parts import OrderParts, held_stock, lock_parts, read_parts
from erp.services.progress import FOLLOWING, refresh_order_states
from erp.services.sales_orders import default_warehouse
from erp.services.stock.balances import BalanceBook
from erp.services.stock.ledger import reverse_movements, write_movements
from erp.services.stock.reservations import (
    reserve,
    save_reservations,
    take,
)
from erp.states import DeliveryState, DocumentType


@dataclass(slots=True)
class DeliveryParts:
    """A delivery with its lines, made or locked by this transaction, and the order it belongs to."""

    delivery: Delivery
    lines: list[DeliveryLine]
    order: OrderParts


@dataclass(slots=True)
class Shipment:
    """What `ship_deliveries` is told of one delivery."""

    parts: DeliveryParts
    carrier: str = ""
    tracking_numbers: Sequence[str] = ()
    moves_stock: bool = True


@transaction.atomic
def create_delivery(
    *,
    order: SalesOrder,
    quantities: Mapping[int, Decimal] | None = None,
    warehouse: Warehouse | None = None,
    before_drafts: bool = False,
) -> Delivery:
    """A draft delivery. quantities: order line id -> quantity in the line's unit; None: all that is open.

    warehouse: deliver from here, instead of the warehouse of each line. before_drafts: other drafts give way, since
    these goods have left.
    """
    locked = lock_parts([order])
    if before_drafts:
        goods = locked[0].goods
        trim_drafts(goods, leaving=quantities or {line.pk: line.open_to_deliver for line in goods})
    [parts] = create_deliveries(orders=locked, quantities=quantities, warehouse=warehouse)
    return parts.delivery


def trim_drafts(lines: Iterable[SalesOrderLine], *, leaving: Mapping[int, Decimal] | None = None) -> None:
    """Draft deliveries leave out what is not open any more, the newest first; one that is left empty is cancelled.

    leaving: order line id -> quantity that leaves by another delivery.
    """
    wanted = {line.pk: line for line in lines if line.item.is_deliverable}
    drafts = DeliveryLine.objects.filter(order_line__in=wanted.keys(), delivery__state=DeliveryState.DRAFT)
    planned: dict[int, Decimal] = {pk: as_quantity(value) for pk, value in (leaving or {}).items()}
    changed: set[int] = set()
    for row in drafts.order_by("id"):
        room = wanted[row.order_line_id].open_to_deliver - planned.get(row.order_line_id, ZERO)
        kept = min(row.quantity, max(ZERO, room))
        planned[row.order_line_id] = planned.get(row.order_line_id, ZERO) + kept
        if kept == row.quantity:
            continue
        changed.add(row.delivery_id)
        if kept:
            row.quantity = kept
            row.save(update_fields=["quantity"])
        else:
            row.delete()
    for delivery in Delivery.objects.filter(pk__in=changed, lines=None):
        transitions.change_state(delivery, DeliveryState.CANCELLED)


@transaction.atomic(savepoint=False)
def create_deliveries(
    *,
    orders: Sequence[OrderParts],
    quantities: Mapping[int, Decimal] | None = None,
    warehouse: Warehouse | None = None,
) -> list[DeliveryParts]:
    """A draft delivery of each order, in a handful of statements, all or none."""
    in_drafts = _in_drafts(orders)
    made = []
    for parts in orders:
        _require_following(parts.order)
        wanted = _wanted(parts, in_drafts, quantities)
        place = warehouse or parts.order.warehouse
        lines = [
            DeliveryLine(
                line_no=line.line_no,
                order_line=line,
                item=line.item,
                quantity=wanted[line.pk],
                warehouse=warehouse or line.warehouse or place or default_warehouse(),
            )
            for line in parts.goods
            if wanted.get(line.pk)
        ]
        made.append(DeliveryParts(_header(parts.order, place), lines, parts))
    insert_rows([parts.delivery for parts in made])
    for entry in made:
        for line in entry.lines:
            line.delivery = entry.delivery
    insert_rows([line for entry in made for line in entry.lines])
    for entry in made:
        transitions.announce_state(entry.delivery, old_state="")
    return made


def _require_following(order: SalesOrder) -> None:
    if order.state not in FOLLOWING:
        raise IllegalState(
            f"Order {order} is {order.state}; nothing can be delivered from it.",
            cure="Confirm the order first.",
            item=str(order),
        )


def _header(order: SalesOrder, place: Warehouse | None) -> Delivery:
    return Delivery(
        order=order,
        warehouse=place,
        delivery_method=order.delivery_method,
        carrier=order.delivery_method.carrier if order.delivery_method else "",
        legal_entity=order.legal_entity,
        branch=order.branch,
        department=order.department,
        sector=order.sector,
    )


def _in_drafts(orders: Sequence[OrderParts]) -> dict[int, Decimal]:
    """Order line id -> what stands in draft deliveries already."""
    drafts = DeliveryLine.objects.filter(
        delivery__order__in=[parts.order.pk for parts in orders], delivery__state=DeliveryState.DRAFT
    )
    return dict(drafts.order_by().values_list("order_line").annotate(total=Sum("quantity")))


def _wanted(
    parts: OrderParts, in_drafts: Mapping[int, Decimal], quantities: Mapping[int, Decimal] | None
) -> dict[int, Decimal]:
    order, lines = parts.order, parts.goods
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
    moves_stock: bool = True,
) -> Delivery:
    """Goods leave: movements, reservations used up, delivered quantities, number, state of the order.

    moves_stock: False for goods that left before stock was kept here; only the progress of the order is written.
    Raises StockShortage when a warehouse lacks the goods, QuantityExceeded when they were delivered meanwhile.
    """
    parts = _lock_parts(delivery)
    ship_deliveries(shipments=[Shipment(parts, carrier, tracking_numbers, moves_stock)])
    if post_entries:
        accounting.post_documents([delivery])
    return delivery


def _lock_parts(delivery: Delivery) -> DeliveryParts:
    [order] = read_parts([_lock_with_order(delivery)])
    lines = {line.pk: line for line in order.lines}
    rows = list(delivery.lines.select_related("item", "warehouse"))
    for row in rows:
        row.order_line = lines[row.order_line_id]
    return DeliveryParts(delivery, rows, order)


@transaction.atomic(savepoint=False)
def ship_deliveries(*, shipments: Sequence[Shipment]) -> None:
    """Ship deliveries in their order, in a handful of statements, all or none. Entries are the caller's to post."""
    now = timezone.now()
    made = [shipment.parts for shipment in shipments]
    for parts in made:
        transitions.require_transition(parts.delivery, DeliveryState.SHIPPED)
        _add_delivered(parts.lines)
    moving = [shipment.parts for shipment in shipments if shipment.moves_stock]
    _number([shipment.parts for shipment in shipments if not shipment.moves_stock])
    if moving:
        _issue(moving)
    save_rows([row.order_line for parts in made for row in parts.lines], ["delivered_qty"])
    for shipment in shipments:
        delivery = shipment.parts.delivery
        delivery.carrier = shipment.carrier or delivery.carrier
        delivery.tracking_numbers = list(shipment.tracking_numbers) or delivery.tracking_numbers
        delivery.shipped_at = now
    transitions.change_states(
        [(parts.delivery, DeliveryState.SHIPPED) for parts in made],
        fields=["number", "carrier", "tracking_numbers", "shipped_at"],
    )
    refresh_order_states([parts.order for parts in made])


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


def _issue(made: Sequence[DeliveryParts]) -> None:
    """Balances first, then numbers, as everywhere; then movements, and reservations used up."""
    rows = [row for parts in made for row in parts.lines]
    needs = stock_needs(row.order_line for row in rows)
    held = held_stock([parts.order for parts in made])
    pairs = [(need.item, row.warehouse) for row in rows for need in needs[row.order_line_id]]
    book = BalanceBook([*pairs, *((entry.item, entry.warehouse) for entry in held)])
    _number(made)
    by_line: dict[tuple[int, int], list[StockReservation]] = {}
    for entry in held:
        by_line.setdefault((entry.order_line_id or 0, entry.item_id), []).append(entry)
    changed: list[StockReservation] = []
    for row in rows:
        for need in needs[row.order_line_id]:
            mine = by_line.get((row.order_line_id, need.item.pk), ())
            changed += _use_up(book, mine, need.times(row.quantity))
    write_movements(book, [entry for parts in made for entry in _movements(parts, needs)])
    save_reservations(changed)
    book.save()


def _number(made: Sequence[DeliveryParts]) -> None:
    numbers = numbering.next_numbers(
        [
            numbering.NumberWish(
                DocumentType.DELIVERY,
                legal_entity=parts.delivery.legal_entity,
                on=parts.delivery.issue_date,
            )
            for parts in made
        ]
    )
    for parts, number in zip(made, numbers, strict=True):
        parts.delivery.number = number


def _movements(parts: DeliveryParts, needs: Mapping[int, list[StockNeed]]) -> list[MovementInput]:
    return [
        MovementInput(
            item=need.item,
            warehouse=row.warehouse,
            quantity=-need.times(row.quantity),
            movement_type=MovementType.SALES_ISSUE,
            source_type=DocumentType.DELIVERY,
            source_id=parts.delivery.pk,
            source_line=row.pk,
            source_label=parts.delivery.number,
        )
        for row in parts.lines
        for need in needs[row.order_line_id]
    ]


def _use_up(
    book: BalanceBook, reservations: Sequence[StockReservation], quantity: Decimal
) -> list[StockReservation]:
    """Consume what is held for a line, oldest first, up to the quantity that leaves."""
    changed = []
    for held in reservations:
        if quantity <= 0:
            break
        if held.open_quantity > 0:
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
    refresh_order_states(read_parts([order]))
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
    save_rows(lines, ["delivered_qty"])
