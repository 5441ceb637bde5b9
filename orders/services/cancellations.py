"""An order that the shop cancels, and one that it takes up again."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext_noop

from activity.services import record_event
from ecomsync.common.errors import ConfigurationError, PermanentError
from ecomsync.common.money import ZERO
from erp.models import InvoiceKind, Receipt, ReceiptKind, SalesInvoice, SalesOrder
from erp.services.credit_notes import credit_whole_invoice
from erp.services.invoices import issue_invoice
from erp.services.receipts import create_receipt, free_prepayments
from erp.services.sales_orders import cancel_sales_order
from erp.states import ISSUED_STATES, DocumentType, ReceiptState, SalesOrderState
from orders.models import Order
from orders.reasons import Hold, HoldCode
from orders.services import outbox
from orders.services.context import ImportContext
from orders.services.holds import hold_order, release_holds
from orders.services.payments import cancelled_id, receipts_of
from orders.services.result import ImportResult
from orders.services.sold import clear_sold
from orders.states import CANCELLED_IN_SHOP, ImportOutcome, OrderState
from platforms.types import OrderPhase, RemoteOrder
from sites.choices import CancelledPaymentPolicy, CancelPolicy, ReopenedPolicy

REOPENED = gettext_noop("The shop set the order to '%(status)s' after it was cancelled.")


def cancel_documents(
    order: Order, sales_order: SalesOrder, context: ImportContext, *, reason: str
) -> ImportResult:
    """Cancel by the site's policy: what was held is given back, what is invoiced is credited, money is dealt with.

    Goods that were delivered, and what the policy leaves alone, are flagged: posted documents are only corrected.
    """
    if sales_order.state == SalesOrderState.CANCELLED:
        order.state, order.state_reason = OrderState.CANCELLED, CANCELLED_IN_SHOP
        release_holds(order)
        return ImportResult(ImportOutcome.UNCHANGED, order)
    policy = context.site.cancel_policy
    if policy == CancelPolicy.FLAG:
        return _flag(order, Hold(HoldCode.CANCELLED_AFTER_POSTING, message=reason))
    try:
        with outbox.attempt():
            if policy == CancelPolicy.CREDIT:
                _credit_invoices(sales_order, context, reason)
            cancel_sales_order(order=sales_order, reason=reason)
            _settle_money(order, sales_order, context, reason)
    except (PermanentError, ConfigurationError) as error:
        sales_order.refresh_from_db()
        return _flag(order, Hold(HoldCode.CANCELLED_AFTER_POSTING, message=str(error)))
    order.state, order.state_reason = OrderState.CANCELLED, CANCELLED_IN_SHOP
    release_holds(order)
    clear_sold(order)
    record_event(kind="order.cancelled", site_code=context.site.code, subject=order, message=reason)
    return ImportResult(ImportOutcome.UPDATED, order, message=reason)


def reopens(order: Order, remote: RemoteOrder, context: ImportContext) -> bool:
    """Whether this version takes up an order whose documents were cancelled with it, and the site wants new ones."""
    return (
        context.site.reopened_policy == ReopenedPolicy.REMAKE
        and order.phase == OrderPhase.CANCELLED.value
        and remote.phase is not OrderPhase.CANCELLED
        and order.sales_order is not None
        and order.sales_order.state == SalesOrderState.CANCELLED
    )


def flag_reopened(order: Order, context: ImportContext) -> ImportResult:
    """Tell staff that the shop goes on with an order whose documents are cancelled."""
    message = REOPENED % {"status": order.status_remote}
    found = Hold(HoldCode.ORDER_REOPENED, message=message)
    hold_order(order, [found], keep_state=True)
    order.state = OrderState.IMPORTED
    record_event(
        kind="order.reopened", site_code=context.site.code, subject=order, message=message, level="warning"
    )
    return ImportResult(ImportOutcome.UPDATED, order, (found,), code=found.code, message=message)


def _flag(order: Order, found: Hold) -> ImportResult:
    hold_order(order, [found], keep_state=True)
    record_event(
        kind="order.changed", site_code=order.site.code, subject=order, message=found.message, level="warning"
    )
    return ImportResult(ImportOutcome.UPDATED, order, (found,), code=found.code, message=found.message)


def _credit_invoices(sales_order: SalesOrder, context: ImportContext, reason: str) -> list[SalesInvoice]:
    """A credit note over the whole of each invoice. Refuses (AmountExceeded) one that is credited in part already,
    and delivered goods are refused by the cancellation that follows."""
    entries = context.site.generate_accounting_entries
    issued = sales_order.invoices.filter(kind=InvoiceKind.INVOICE, state__in=ISSUED_STATES).order_by("id")
    return [
        issue_invoice(invoice=credit_whole_invoice(invoice=invoice, reason=reason), post_entries=entries)
        for invoice in issued
    ]


def _settle_money(order: Order, sales_order: SalesOrder, context: ImportContext, reason: str) -> None:
    """Money received: the customer's credit, or paid back. Drafts of receipts go, since they never counted."""
    free_prepayments(order=sales_order)
    known = receipts_of(order)
    for receipt in known:
        if receipt.state == ReceiptState.DRAFT:
            order.documents.filter(document_type=DocumentType.RECEIPT, object_id=receipt.pk).delete()
            receipt.delete()
    if context.site.cancelled_payment_policy != CancelledPaymentPolicy.REFUND:
        return
    posted = [receipt for receipt in known if receipt.state == ReceiptState.POSTED]
    before = sum((receipt.amount for receipt in posted if receipt.kind == ReceiptKind.REFUND), ZERO)
    for receipt in posted:
        if receipt.kind == ReceiptKind.PAYMENT:
            covered = min(before, receipt.amount)
            before -= covered
            _pay_back(receipt, receipt.amount - covered, sales_order, context, reason)


def _pay_back(
    receipt: Receipt, amount: Decimal, sales_order: SalesOrder, context: ImportContext, reason: str
) -> None:
    """A refund over the receipt's method, set off against the credit notes as far as they are open."""
    if amount <= 0:
        return
    left = amount
    allocations: list[tuple[SalesOrder | SalesInvoice, Decimal]] = []
    notes = sales_order.invoices.filter(kind=InvoiceKind.CREDIT_NOTE, state__in=ISSUED_STATES).order_by("id")
    for note in notes:
        part = min(left, note.balance)
        if part > ZERO:
            allocations.append((note, part))
            left -= part
    create_receipt(
        customer=receipt.customer,
        payment_method=receipt.payment_method,
        amount=amount,
        currency=receipt.currency,
        paid_at=receipt.paid_at,
        transaction_id=cancelled_id(receipt),
        kind="refund",
        allocations=allocations,
        channel=receipt.channel,
        exchange_rate=receipt.exchange_rate,
        legal_entity=receipt.legal_entity,
        remarks=reason[:500],
        post_entries=context.site.generate_accounting_entries,
    )
