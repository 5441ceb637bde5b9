"""Sales orders with their lines and charges, as services hand them on within one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from erp.models import DocumentCharge, SalesOrder, SalesOrderLine, StockReservation
from erp.services import transitions
from erp.services.stock.reservations import active_reservations


@dataclass(slots=True)
class OrderParts:
    """An order that this transaction made or has locked, so that what stands here is what the database holds.

    Lines come with `item`, `unit` and `warehouse`. `reservations`: what is held for the lines; None: not read yet.
    """

    order: SalesOrder
    lines: list[SalesOrderLine]
    charges: list[DocumentCharge]
    is_new: bool = False
    reservations: list[StockReservation] | None = field(default=None)

    @property
    def goods(self) -> list[SalesOrderLine]:
        """The lines whose goods leave a warehouse."""
        return [line for line in self.lines if line.item.is_deliverable]


def lock_parts(orders: Iterable[SalesOrder]) -> list[OrderParts]:
    """Lock orders and read them anew with their parts, in three statements for one order. Keeps the given order."""
    wanted = list(orders)
    transitions.lock_all(wanted)
    return read_parts(wanted)


def read_parts(orders: Sequence[SalesOrder]) -> list[OrderParts]:
    """The parts of orders that are locked already."""
    found = {order.pk: OrderParts(order, [], []) for order in orders}
    lines = SalesOrderLine.objects.filter(order__in=found).select_related("item", "unit", "warehouse")
    for line in lines:
        parts = found[line.order_id]
        line.order = parts.order
        parts.lines.append(line)
    for charge in DocumentCharge.objects.filter(sales_order__in=found):
        if charge.sales_order_id is not None:
            found[charge.sales_order_id].charges.append(charge)
    return [found[order.pk] for order in orders]


def held_stock(orders: Sequence[OrderParts]) -> list[StockReservation]:
    """What is held for these orders, locked, oldest first; what this transaction has made itself is not read again."""
    unread = [parts for parts in orders if parts.reservations is None]
    if unread:
        by_line = {line.pk: parts for parts in unread for line in parts.lines}
        for parts in unread:
            parts.reservations = []
        for row in active_reservations(line for parts in unread for line in parts.lines):
            parts = by_line[row.order_line_id or 0]
            if parts.reservations is not None:
                parts.reservations.append(row)
    rows = [row for parts in orders for row in parts.reservations or ()]
    return sorted(rows, key=lambda row: row.pk)
