"""The state of an order follows what was delivered, invoiced and paid."""

from __future__ import annotations

from ecomsync.common.money import ZERO
from erp.models import InvoiceKind, SalesOrder
from erp.services import transitions
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
    if order.state not in FOLLOWING:
        return
    wanted = _wanted_state(order)
    if wanted != order.state:
        transitions.change_state(order, wanted)


def _wanted_state(order: SalesOrder) -> str:
    lines = list(order.lines.select_related("item"))
    goods = [line for line in lines if line.item.is_deliverable]
    nothing_open = all(line.open_to_deliver <= 0 for line in goods)
    any_delivered = any(line.delivered_qty > 0 for line in goods)
    invoiced = all(
        line.open_to_invoice - max(ZERO, line.cancelled_qty - line.waived_qty) <= 0 for line in lines
    )
    if nothing_open and invoiced:
        invoices = order.invoices.filter(kind=InvoiceKind.INVOICE, state__in=ISSUED_STATES)
        balances = [invoice.balance for invoice in invoices]
        if balances:
            return SalesOrderState.INVOICED if any(balances) else SalesOrderState.COMPLETED
    if nothing_open and any_delivered:
        return SalesOrderState.DELIVERED
    return SalesOrderState.PARTIALLY_DELIVERED if any_delivered else SalesOrderState.CONFIRMED
