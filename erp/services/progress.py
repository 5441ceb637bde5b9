"""The state of an order follows what was delivered, invoiced and paid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from ecomsync.common.money import ZERO
from erp.models import InvoiceKind, SalesInvoice, SalesOrder
from erp.services import transitions
from erp.services.order_parts import OrderParts, read_parts
from erp.states import ISSUED_STATES, SalesOrderState

FOLLOWING = frozenset(
    {
        SalesOrderState.CONFIRMED,
        SalesOrderState.PARTIALLY_DELIVERED,
        SalesOrderState.DELIVERED,
        SalesOrderState.INVOICED,
        SalesOrderState.COMPLETED,
    }
)


def refresh_order_state(order: SalesOrder) -> None:
    """Set the state that the quantities of the (locked) order ask for; announces only a change."""
    refresh_order_states(read_parts([order]))


def refresh_order_states(orders: Sequence[OrderParts]) -> None:
    """The same for several orders, in two statements."""
    following = [parts for parts in orders if parts.order.state in FOLLOWING]
    balances = _open_balances([parts.order for parts in following if _is_settled(parts)])
    wanted = [(parts.order, _wanted_state(parts, balances)) for parts in following]
    transitions.change_states([(order, state) for order, state in wanted if state != order.state])


def _is_settled(parts: OrderParts) -> bool:
    """Whether nothing is left to deliver or to invoice."""
    nothing_open = all(line.open_to_deliver <= 0 for line in parts.goods)
    return nothing_open and all(
        line.open_to_invoice - max(ZERO, line.cancelled_qty - line.waived_qty) <= 0 for line in parts.lines
    )


def _open_balances(orders: Sequence[SalesOrder]) -> dict[int, list[Decimal]]:
    """Order id -> what is still to be paid of each of its issued invoices."""
    found: dict[int, list[Decimal]] = {}
    if orders:
        rows = SalesInvoice.objects.filter(
            order__in=[order.pk for order in orders], kind=InvoiceKind.INVOICE, state__in=ISSUED_STATES
        ).only("order_id", "grand_total", "paid_amount", "credited_amount")
        for invoice in rows:
            found.setdefault(invoice.order_id or 0, []).append(invoice.balance)
    return found


def _wanted_state(parts: OrderParts, balances: Mapping[int, Sequence[Decimal]]) -> str:
    invoices = balances.get(parts.order.pk)
    if invoices:
        return SalesOrderState.INVOICED if any(invoices) else SalesOrderState.COMPLETED
    if not any(line.delivered_qty > 0 for line in parts.goods):
        return SalesOrderState.CONFIRMED
    all_delivered = all(line.open_to_deliver <= 0 for line in parts.goods)
    return SalesOrderState.DELIVERED if all_delivered else SalesOrderState.PARTIALLY_DELIVERED
