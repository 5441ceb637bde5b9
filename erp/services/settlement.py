"""Who has paid what: allocations meet invoices, credit notes meet their invoice."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import Decimal

from ecomsync.common.sql import save_rows
from erp.errors import AmountExceeded
from erp.models import (
    InvoiceKind,
    ReceiptAllocation,
    ReceiptKind,
    SalesInvoice,
    SalesOrder,
)
from erp.models.columns import plain
from erp.services import transitions
from erp.states import InvoiceState, ReceiptState


def settle_new_invoices(invoices: Sequence[SalesInvoice]) -> None:
    """Right after issuing: set credit notes off against their invoices, and use payments made in advance."""
    before = {invoice.pk: (invoice.paid_amount, invoice.credited_amount) for invoice in invoices}
    for invoice in invoices:
        original = invoice.original_invoice if invoice.original_invoice_id is not None else None
        if original is not None:
            part = min(invoice.balance, original.balance)
            if part > 0:
                for document in (invoice, original):
                    document.credited_amount += part
                save_settlement(original)
    use_prepayments(invoices)
    save_settlements(
        [
            invoice
            for invoice in invoices
            if before[invoice.pk] != (invoice.paid_amount, invoice.credited_amount)
            or invoice.state != _wanted_state(invoice)
        ]
    )


def use_prepayments(invoices: Sequence[SalesInvoice]) -> None:
    """Take what was received for the orders and stands on no invoice yet, up to each invoice's balance."""
    wanting = [invoice for invoice in invoices if invoice.order_id is not None and invoice.balance > 0]
    waiting = _waiting({invoice.order_id for invoice in wanting if invoice.order_id is not None})
    for invoice in wanting:
        is_credit = invoice.kind == InvoiceKind.CREDIT_NOTE
        kind = ReceiptKind.REFUND if is_credit else ReceiptKind.PAYMENT
        rows = waiting.get(invoice.order_id or 0, [])
        for allocation in tuple(rows):
            if invoice.balance > 0 and allocation.invoice_id is None and allocation.receipt.kind == kind:
                rows += _allocate(allocation, invoice)


def _waiting(order_ids: Collection[int]) -> dict[int, list[ReceiptAllocation]]:
    """Order id -> its payments and refunds without an invoice, locked, oldest first."""
    found: dict[int, list[ReceiptAllocation]] = {}
    if order_ids:
        rows = ReceiptAllocation.objects.select_for_update(of=("self",)).filter(
            order_id__in=order_ids, invoice=None, receipt__state=ReceiptState.POSTED
        )
        for row in rows.select_related("receipt").order_by("id"):
            found.setdefault(row.order_id or 0, []).append(row)
    return found


def _allocate(allocation: ReceiptAllocation, invoice: SalesInvoice) -> list[ReceiptAllocation]:
    """Put a payment on an invoice as far as it is open; answers the rest, which goes on waiting."""
    part = min(allocation.amount, invoice.balance)
    rest = []
    if part < allocation.amount:
        rest = [
            ReceiptAllocation.objects.create(
                receipt=allocation.receipt,
                order_id=allocation.order_id,
                line_no=allocation.line_no + 1,
                amount=allocation.amount - part,
            )
        ]
        allocation.amount = part
    allocation.invoice = invoice
    allocation.save(update_fields=["invoice", "amount"])
    invoice.paid_amount += part
    return rest


def pay_invoices(payments: Sequence[tuple[SalesInvoice, Decimal]]) -> None:
    """Add payments to locked invoices (refunds to credit notes), in a handful of statements. Raises AmountExceeded."""
    for invoice, amount in payments:
        if amount > invoice.balance:
            raise AmountExceeded(
                f"Invoice {invoice}: {plain(amount)} allocated, {plain(invoice.balance)} open.",
                item=str(invoice),
            )
        invoice.paid_amount += amount
    save_settlements([invoice for invoice, _ in payments])


def unpay_invoice(invoice: SalesInvoice, amount: Decimal) -> None:
    """Take a payment back off a locked invoice."""
    invoice.paid_amount -= amount
    save_settlement(invoice)


def save_settlement(invoice: SalesInvoice) -> None:
    """Write paid and credited amounts, and the state that follows from them."""
    save_settlements([invoice])


def save_settlements(invoices: Sequence[SalesInvoice]) -> None:
    """The same for several: one statement for those that change their state, one for the others."""
    chosen = list({invoice.pk: invoice for invoice in invoices}.values())
    wanted = [(invoice, _wanted_state(invoice)) for invoice in chosen]
    amounts = ["paid_amount", "credited_amount"]
    save_rows([invoice for invoice, state in wanted if invoice.state == state], amounts)
    transitions.change_states(
        [(invoice, state) for invoice, state in wanted if invoice.state != state], fields=amounts
    )


def _wanted_state(invoice: SalesInvoice) -> str:
    if invoice.balance <= 0:
        return InvoiceState.PAID
    settled = invoice.paid_amount + invoice.credited_amount
    return InvoiceState.PARTIALLY_PAID if settled > 0 else InvoiceState.ISSUED


def set_off_order(order: SalesOrder) -> Decimal:
    """Set what credit notes of an order still owe off against its open invoices, oldest first. Answers how much.

    The order is locked by the caller. Money that went back already stands on its credit note and is not used again.
    """
    rows = list(
        SalesInvoice.objects.select_for_update(of=("self",))
        .filter(order=order, state__in=(InvoiceState.ISSUED, InvoiceState.PARTIALLY_PAID))
        .order_by("id")
    )
    notes = [row for row in rows if row.kind == InvoiceKind.CREDIT_NOTE and row.balance > 0]
    used = Decimal(0)
    for invoice in rows:
        for note in notes if invoice.kind == InvoiceKind.INVOICE else ():
            part = min(invoice.balance, note.balance)
            if part > 0:
                invoice.credited_amount += part
                note.credited_amount += part
                used += part
    if used:
        save_settlements(rows)
    return used
