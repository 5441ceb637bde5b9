"""Who has paid what: allocations meet invoices, credit notes meet their invoice."""

from __future__ import annotations

from decimal import Decimal

from erp.errors import AmountExceeded
from erp.models import (
    InvoiceKind,
    ReceiptAllocation,
    ReceiptKind,
    SalesInvoice,
)
from erp.models.columns import plain
from erp.services import transitions
from erp.states import InvoiceState, ReceiptState


def settle_new_invoice(invoice: SalesInvoice) -> None:
    """Right after issuing: set a credit note off against its invoice, and use payments made in advance."""
    original = invoice.original_invoice
    if original is not None:
        part = min(invoice.balance, original.balance)
        if part > 0:
            for document in (invoice, original):
                document.credited_amount += part
            save_settlement(original)
    use_prepayments(invoice)
    save_settlement(invoice)


def use_prepayments(invoice: SalesInvoice) -> None:
    """Take what was received for the order and stands on no invoice yet, up to the invoice's balance."""
    if invoice.order_id is None or invoice.balance <= 0:
        return
    is_credit = invoice.kind == InvoiceKind.CREDIT_NOTE
    kind = ReceiptKind.REFUND if is_credit else ReceiptKind.PAYMENT
    waiting = ReceiptAllocation.objects.select_for_update().filter(
        order_id=invoice.order_id, invoice=None, receipt__kind=kind, receipt__state=ReceiptState.POSTED
    )
    for allocation in waiting.order_by("id"):
        if invoice.balance <= 0:
            break
        part = min(allocation.amount, invoice.balance)
        if part < allocation.amount:
            rest = allocation.amount - part
            ReceiptAllocation.objects.create(
                receipt_id=allocation.receipt_id,
                order_id=allocation.order_id,
                line_no=allocation.line_no + 1,
                amount=rest,
            )
            allocation.amount = part
        allocation.invoice = invoice
        allocation.save(update_fields=["invoice", "amount"])
        invoice.paid_amount += part


def pay_invoice(invoice: SalesInvoice, amount: Decimal) -> None:
    """Add a payment to a locked invoice (or a refund to a credit note). Raises AmountExceeded."""
    if amount > invoice.balance:
        raise AmountExceeded(
            f"Invoice {invoice}: {plain(amount)} allocated, {plain(invoice.balance)} open.", item=str(invoice)
        )
    invoice.paid_amount += amount
    save_settlement(invoice)


def unpay_invoice(invoice: SalesInvoice, amount: Decimal) -> None:
    """Take a payment back off a locked invoice."""
    invoice.paid_amount -= amount
    save_settlement(invoice)


def save_settlement(invoice: SalesInvoice) -> None:
    """Write paid and credited amounts, and the state that follows from them."""
    invoice.save(update_fields=["paid_amount", "credited_amount", "updated_at"])
    wanted = _wanted_state(invoice)
    if invoice.state != wanted:
        transitions.change_state(invoice, wanted)


def _wanted_state(invoice: SalesInvoice) -> str:
    if invoice.balance <= 0:
        return InvoiceState.PAID
    settled = invoice.paid_amount + invoice.credited_amount
    return InvoiceState.PARTIALLY_PAID if settled > 0 else InvoiceState.ISSUED
