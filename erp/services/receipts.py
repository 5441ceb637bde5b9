"""Receipts: payments and refunds, allocated to orders and invoices."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

from django.db import IntegrityError, transaction

from ecomsync.common.errors import PermanentError
from ecomsync.common.money import ZERO
from erp.errors import AmountExceeded, DuplicateMismatch
from erp.models import (
    Customer,
    InvoiceKind,
    Item,
    LegalEntity,
    PaymentMethod,
    Receipt,
    ReceiptAllocation,
    ReceiptKind,
    SalesInvoice,
    SalesOrder,
)
from erp.models.columns import as_amount, plain
from erp.services import accounting, numbering, settlement, transitions
from erp.services.progress import refresh_order_state
from erp.states import ISSUED_STATES, DocumentType, ReceiptState

Target = SalesOrder | SalesInvoice


def create_receipt(
    *,
    customer: Customer,
    payment_method: PaymentMethod,
    amount: Decimal,
    currency: str,
    paid_at: dt.datetime,
    transaction_id: str = "",
    kind: Literal["payment", "refund"] = "payment",
    allocations: Sequence[tuple[Target, Decimal]] = (),
    channel: str = "",
    exchange_rate: Decimal = Decimal(1),
    legal_entity: LegalEntity | None = None,
    remarks: str = "",
    withheld: Decimal = ZERO,
    fee_item: Item | None = None,
    post: bool = True,
    post_entries: bool = False,
) -> tuple[Receipt, bool]:
    """Record and post money in (payment) or out (refund); True when it is new. post=False leaves a draft.

    What is not allocated stays the customer's credit. withheld: the part that never reached us (see the column).

    Idempotent on (payment_method, kind, transaction_id) when there is a transaction id; another amount,
    currency or customer under the same id raises DuplicateMismatch. A payment for an order goes to its
    invoices as far as they are open, the rest waits for the next one.
    """
    receipt = Receipt(
        kind=kind,
        channel=channel,
        customer=customer,
        payment_method=payment_method,
        amount=as_amount(amount),
        currency=currency,
        exchange_rate=exchange_rate,
        paid_at=paid_at,
        transaction_id=transaction_id,
        legal_entity=legal_entity,
        remarks=remarks,
        withheld=as_amount(withheld),
        fee_item=fee_item,
    )
    existing = _existing(receipt)
    if existing is not None:
        return existing, False
    _check(receipt, allocations)
    try:
        with transaction.atomic():
            receipt.save()
            ReceiptAllocation.objects.bulk_create(
                _allocation(receipt, target, part, line_no)
                for line_no, (target, part) in enumerate(allocations, start=1)
            )
            if post:
                post_receipt(receipt=receipt, post_entries=post_entries)
            else:
                transitions.announce_state(receipt, old_state="")
    except IntegrityError:
        existing = _existing(receipt)
        if existing is None:
            raise
        return existing, False
    return receipt, True


def _existing(wanted: Receipt) -> Receipt | None:
    if not wanted.transaction_id:
        return None
    found = Receipt.objects.filter(
        payment_method=wanted.payment_method, kind=wanted.kind, transaction_id=wanted.transaction_id
    ).first()
    if found is None:
        return None
    theirs = (found.amount, found.currency, found.customer_id)
    if theirs != (wanted.amount, wanted.currency, wanted.customer_id):
        raise DuplicateMismatch(
            f"Transaction {wanted.transaction_id} of {wanted.payment_method.code} is recorded as {found} over "
            f"{plain(found.amount)} {found.currency}, now it comes with {plain(wanted.amount)} {wanted.currency}.",
            item=wanted.transaction_id,
            details={"receipt_id": found.pk},
        )
    return found


def _check(receipt: Receipt, allocations: Sequence[tuple[Target, Decimal]]) -> None:
    if receipt.amount <= 0:
        raise PermanentError(
            f"A receipt over {plain(receipt.amount)} {receipt.currency} is none.",
            code="bad_amount",
            cure="The amount must be above zero; money that goes back is a refund.",
        )
    total = sum((as_amount(part) for _, part in allocations), ZERO)
    if total > receipt.amount:
        raise AmountExceeded(
            f"{plain(total)} {receipt.currency} allocated, but the receipt is over {plain(receipt.amount)}."
        )
    for target, part in allocations:
        if part <= 0 or target.currency != receipt.currency:
            raise PermanentError(
                f"{plain(part)} {receipt.currency} cannot be allocated to {target} in {target.currency}.",
                code="bad_allocation",
                cure="Allocate amounts above zero, in the currency of the document.",
                item=str(target),
            )


def _allocation(receipt: Receipt, target: Target, part: Decimal, line_no: int) -> ReceiptAllocation:
    row = ReceiptAllocation(receipt=receipt, amount=as_amount(part), line_no=line_no)
    if isinstance(target, SalesInvoice):
        row.invoice, row.order_id = target, target.order_id
    else:
        row.order = target
    return row


@transaction.atomic
def post_receipt(*, receipt: Receipt, post_entries: bool = False) -> Receipt:
    """Number a draft receipt and let it count. Raises AmountExceeded when an invoice has less open."""
    rows = list(receipt.allocations.all())
    orders = _lock_orders({row.order_id for row in rows if row.order_id})
    transitions.lock(receipt)
    transitions.require_transition(receipt, ReceiptState.POSTED)
    if sum((row.amount for row in rows), ZERO) > receipt.amount:
        raise AmountExceeded(
            f"Receipt {receipt}: more is allocated than its {plain(receipt.amount)}.", item=str(receipt)
        )
    receipt.number = numbering.next_number(
        document_type=DocumentType.RECEIPT, legal_entity=receipt.legal_entity, on=receipt.issue_date
    )
    transitions.change_state(receipt, ReceiptState.POSTED, fields=["number"])
    _pay_invoices(rows)
    wanted = InvoiceKind.CREDIT_NOTE if receipt.kind == ReceiptKind.REFUND else InvoiceKind.INVOICE
    waiting = {row.order_id for row in rows if row.invoice_id is None}
    for order in orders:
        if order.pk in waiting:
            _use_for_open_invoices(order, wanted)
        refresh_order_state(order)
    if post_entries:
        accounting.post_receipt(receipt)
    return receipt


def _lock_orders(order_ids: set[int]) -> list[SalesOrder]:
    if not order_ids:
        return []
    return list(SalesOrder.objects.select_for_update().filter(pk__in=order_ids).order_by("id"))


def _pay_invoices(rows: Sequence[ReceiptAllocation]) -> None:
    ids = {row.invoice_id for row in rows if row.invoice_id}
    if not ids:
        return
    invoices = {
        row.pk: row for row in SalesInvoice.objects.select_for_update().filter(pk__in=ids).order_by("id")
    }
    for row in rows:
        if row.invoice_id:
            settlement.pay_invoice(invoices[row.invoice_id], row.amount)


def _use_for_open_invoices(order: SalesOrder, kind: str) -> None:
    invoices = SalesInvoice.objects.select_for_update().filter(
        order=order, kind=kind, state__in=ISSUED_STATES
    )
    for invoice in invoices.order_by("id"):
        if invoice.balance > 0:
            settlement.use_prepayments(invoice)
            settlement.save_settlement(invoice)


@transaction.atomic
def allocate_credit(*, receipt: Receipt, order: SalesOrder, amount: Decimal) -> Decimal:
    """Use what a posted receipt has left for an order, at most `amount`; answers what was used."""
    [order] = _lock_orders({order.pk})
    transitions.lock(receipt)
    part = min(as_amount(amount), receipt.unallocated)
    if part <= 0 or receipt.state != ReceiptState.POSTED or receipt.currency != order.currency:
        return ZERO
    line_no = receipt.allocations.count() + 1
    ReceiptAllocation.objects.create(receipt=receipt, order=order, amount=part, line_no=line_no)
    _use_for_open_invoices(order, InvoiceKind.INVOICE)
    refresh_order_state(order)
    return part


@transaction.atomic
def free_prepayments(*, order: SalesOrder) -> list[Receipt]:
    """Money received for an order that stands on no invoice becomes credit of the customer. Answers the receipts."""
    rows = list(
        ReceiptAllocation.objects.select_for_update(of=("self",))
        .filter(
            order=order,
            invoice=None,
            receipt__kind=ReceiptKind.PAYMENT,
            receipt__state=ReceiptState.POSTED,
        )
        .select_related("receipt")
        .order_by("id")
    )
    ReceiptAllocation.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return list({row.receipt_id: row.receipt for row in rows}.values())


@transaction.atomic
def reverse_receipt(*, receipt: Receipt, reason: str = "") -> Receipt:
    """Take a posted receipt back: its invoices are open again. Its number stays used."""
    rows = list(receipt.allocations.all())
    orders = _lock_orders({row.order_id for row in rows if row.order_id})
    transitions.lock(receipt)
    transitions.require_transition(receipt, ReceiptState.REVERSED)
    invoices = {
        row.pk: row
        for row in SalesInvoice.objects.select_for_update()
        .filter(pk__in={row.invoice_id for row in rows if row.invoice_id})
        .order_by("id")
    }
    for row in rows:
        if row.invoice_id:
            settlement.unpay_invoice(invoices[row.invoice_id], row.amount)
    receipt.remarks = "\n".join(part for part in (receipt.remarks, reason) if part)
    transitions.change_state(receipt, ReceiptState.REVERSED, fields=["remarks"])
    accounting.reverse_entry(source_type=DocumentType.RECEIPT, source_id=receipt.pk)
    for order in orders:
        refresh_order_state(order)
    return receipt
