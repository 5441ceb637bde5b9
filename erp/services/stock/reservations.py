"""Stock held for orders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Literal

from django.db import transaction

from ecomsync.common.money import ZERO
from ecomsync.common.sql import insert_rows, save_rows
from erp.errors import StockShortage
from erp.inputs import ReservationInput
from erp.models import Item, ReservationState, SalesOrderLine, StockBalance, StockReservation, Warehouse
from erp.models.columns import as_quantity, plain
from erp.services.stock.balances import BalanceBook, announce_stock

OnShortage = Literal["back_order", "reject"]


@transaction.atomic
def reserve(
    *, requests: Sequence[ReservationInput], on_shortage: OnShortage = "back_order"
) -> list[StockReservation]:
    """Hold stock.

    back_order: the full quantity is held even beyond what is there, so that later receipts serve it first.
    reject: StockShortage, and nothing at all is held, when free stock (on hand less reserved) does not suffice.
    """
    if not requests:
        return []
    book = BalanceBook((request.item, request.warehouse) for request in requests)
    rows, _ = write_reservations(book, requests, on_shortage)
    book.save()
    return rows


def write_reservations(
    book: BalanceBook, requests: Iterable[ReservationInput], on_shortage: OnShortage
) -> tuple[list[StockReservation], dict[int, Decimal]]:
    """Reservations on locked balances, and what was short per order line id; the caller saves the book."""
    rows: list[StockReservation] = []
    short: dict[int, Decimal] = {}
    for request in requests:
        quantity = as_quantity(request.quantity)
        missing = max(ZERO, quantity - max(ZERO, book.free(request.item, request.warehouse)))
        if missing and on_shortage == "reject" and not request.item.allow_negative:
            raise _shortage(request, quantity, quantity - missing)
        if missing and request.order_line is not None:
            short[request.order_line.pk] = short.get(request.order_line.pk, ZERO) + missing
        book.hold(request.item.pk, request.warehouse.pk, quantity)
        rows.append(
            StockReservation(
                item=request.item,
                warehouse=request.warehouse,
                order_line=request.order_line,
                reference=request.reference,
                quantity=quantity,
            )
        )
    insert_rows(rows)
    return rows, short


def _shortage(request: ReservationInput, wanted: Decimal, free: Decimal) -> StockShortage:
    return StockShortage(
        f"Item {request.item.code} in warehouse {request.warehouse.code}: {plain(wanted)} ordered, "
        f"{plain(free)} free.",
        cure="Receive stock, choose another warehouse, or allow back orders.",
        item=request.item.code,
        details={"item": request.item.code, "warehouse": request.warehouse.code, "free": str(free)},
    )


def active_reservations(lines: Iterable[SalesOrderLine]) -> list[StockReservation]:
    """What is still held for the lines, locked, oldest first."""
    ids = [line.pk for line in lines]
    return list(
        StockReservation.objects.select_for_update(of=("self",))
        .filter(order_line_id__in=ids, state=ReservationState.ACTIVE)
        .select_related("item", "warehouse")
        .order_by("id")
    )


@transaction.atomic
def release(
    *,
    order_lines: Sequence[SalesOrderLine] = (),
    reservations: Sequence[StockReservation] = (),
) -> list[StockReservation]:
    """Give back all that is still held for the lines or by the reservations; never more than was held."""
    rows = active_reservations(order_lines)
    if reservations:
        rows += list(
            StockReservation.objects.select_for_update(of=("self",))
            .filter(pk__in=[row.pk for row in reservations], state=ReservationState.ACTIVE)
            .select_related("item", "warehouse")
        )
    if not rows:
        return []
    book = BalanceBook((row.item, row.warehouse) for row in rows)
    for row in rows:
        take(book, row, row.open_quantity, as_released=True)
    save_reservations(rows)
    book.save()
    return rows


@transaction.atomic
def consume(*, quantities: Mapping[int, Decimal]) -> list[StockReservation]:
    """Use up reservations: reservation id -> quantity in base units, at most what is open of each."""
    rows = list(
        StockReservation.objects.select_for_update(of=("self",))
        .filter(pk__in=quantities, state=ReservationState.ACTIVE)
        .select_related("item", "warehouse")
        .order_by("id")
    )
    if not rows:
        return []
    book = BalanceBook((row.item, row.warehouse) for row in rows)
    for row in rows:
        take(book, row, min(row.open_quantity, as_quantity(quantities[row.pk])))
    save_reservations(rows)
    book.save()
    return rows


def take(
    book: BalanceBook, reservation: StockReservation, quantity: Decimal, *, as_released: bool = False
) -> None:
    """Take `quantity` off a reservation and its balance; the caller saves both."""
    if as_released:
        reservation.released_quantity += quantity
    else:
        reservation.consumed_quantity += quantity
    if reservation.open_quantity <= 0:
        released = reservation.released_quantity > 0 and reservation.consumed_quantity == 0
        reservation.state = ReservationState.RELEASED if released else ReservationState.CONSUMED
    book.hold(reservation.item_id, reservation.warehouse_id, -quantity)


def save_reservations(rows: Sequence[StockReservation]) -> None:
    """Write changed reservations in one statement."""
    save_rows(rows, ["consumed_quantity", "released_quantity", "state"])


@transaction.atomic
def set_balance_terms(
    *, item: Item, warehouse: Warehouse, safety_stock: Decimal | None = None, incoming: Decimal | None = None
) -> StockBalance:
    """Set the safety stock (None: that of the item) and, when given, what is on its way to a warehouse."""
    book = BalanceBook([(item, warehouse)])
    row = book[item.pk, warehouse.pk]
    row.safety_stock = safety_stock
    if incoming is not None:
        row.incoming = incoming
    row.save(update_fields=["safety_stock", "incoming", "updated_at"])
    announce_stock({item.pk}, {warehouse.pk})
    return row
