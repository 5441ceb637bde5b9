"""Receipts: payments and refunds, allocated to orders and invoices."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from django.db import IntegrityError, transaction

from ecomsync.common.errors import PermanentError
from ecomsync.common.money import ZERO
from ecomsync.common.sql import insert_rows
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
from erp.services.order_parts import OrderParts, read_parts
from erp.services.progress import refresh_order_states
from erp.states import ISSUED_STATES, DocumentType, ReceiptState

Target = SalesOrder | SalesInvoice
Key = tuple[int, str, str] | int


@dataclass(frozen=True, slots=True)
class HeldDocuments:
    """Orders and invoices that the transaction under way has made or locked."""

    orders: Sequence[OrderParts] = ()
    invoices: Sequence[SalesInvoice] = ()


@dataclass(frozen=True, slots=True)
class ReceiptInput:
    """Money in (payment) or out (refund). allocations: the documents it pays, with the amount of each."""

    customer: Customer
    payment_method: PaymentMethod
    amount: Decimal
    currency: str
    paid_at: dt.datetime
    transaction_id: str = ""
    kind: Literal["payment", "refund"] = "payment"
    allocations: Sequence[tuple[Target, Decimal]] = ()
    channel: str = ""
    exchange_rate: Decimal = Decimal(1)
    legal_entity: LegalEntity | None = None
    remarks: str = ""
    withheld: Decimal = ZERO
    fee_item: Item | None = None
    post: bool = True


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
    wanted = ReceiptInput(
        customer=customer,
        payment_method=payment_method,
        amount=amount,
        currency=currency,
        paid_at=paid_at,
        transaction_id=transaction_id,
        kind=kind,
        allocations=allocations,
        channel=channel,
        exchange_rate=exchange_rate,
        legal_entity=legal_entity,
        remarks=remarks,
        withheld=withheld,
        fee_item=fee_item,
        post=post,
    )
    with transaction.atomic():
        [(receipt, is_new)] = create_receipts(inputs=[wanted])
        if is_new and post and post_entries:
            accounting.post_documents([receipt])
    return receipt, is_new


def create_receipts(
    *, inputs: Sequence[ReceiptInput], held: HeldDocuments | None = None
) -> list[tuple[Receipt, bool]]:
    """Receipts in a handful of statements, all or none, each with the promise of `create_receipt`.

    held: orders and invoices that this transaction has made or locked; the others are locked and read anew.
    Entries are the caller's to post.
    """
    wanted = [_receipt(data) for data in inputs]
    known = _existing(wanted)
    new = _first_of_each([row for row in wanted if _key(row) not in known])
    given = {id(row): data for row, data in zip(wanted, inputs, strict=True)}
    for row in new:
        _check(row, given[id(row)].allocations)
    try:
        with transaction.atomic():
            _insert([(row, given[id(row)]) for row in new], held or HeldDocuments())
    except IntegrityError:
        found = _existing(new)
        if not found:
            raise
        if len(new) > 1:  # another worker took one of them: each for itself
            return [create_receipts(inputs=[data], held=held)[0] for data in inputs]
        known |= found
    made = {_key(row): row for row in new if row.pk and _key(row) not in known}
    answer = []
    for row in wanted:
        found_row = made.get(_key(row)) or known[_key(row)]
        _require_same(found_row, row)
        answer.append((found_row, found_row is row))
    return answer


def _receipt(data: ReceiptInput) -> Receipt:
    return Receipt(
        kind=data.kind,
        channel=data.channel,
        customer=data.customer,
        payment_method=data.payment_method,
        amount=as_amount(data.amount),
        currency=data.currency,
        exchange_rate=data.exchange_rate,
        paid_at=data.paid_at,
        transaction_id=data.transaction_id,
        legal_entity=data.legal_entity,
        remarks=data.remarks,
        withheld=as_amount(data.withheld),
        fee_item=data.fee_item,
    )


def _key(receipt: Receipt) -> Key:
    """What may be there only once; receipts without a transaction are told apart as they are."""
    if not receipt.transaction_id:
        return id(receipt)
    return receipt.payment_method_id, receipt.kind, receipt.transaction_id


def _first_of_each(receipts: Sequence[Receipt]) -> list[Receipt]:
    return list({_key(row): row for row in reversed(receipts)}.values())[::-1]


def _existing(wanted: Sequence[Receipt]) -> dict[Key, Receipt]:
    ids = {row.transaction_id for row in wanted if row.transaction_id}
    if not ids:
        return {}
    keys = {_key(row) for row in wanted}
    rows = Receipt.objects.filter(transaction_id__in=ids).select_related("payment_method")
    return {_key(row): row for row in rows if _key(row) in keys}


def _require_same(found: Receipt, wanted: Receipt) -> None:
    theirs = (found.amount, found.currency, found.customer_id)
    if theirs != (wanted.amount, wanted.currency, wanted.customer_id):
        raise DuplicateMismatch(
            f"Transaction {wanted.transaction_id} of {wanted.payment_method.code} is recorded as {found} over "
            f"{plain(found.amount)} {found.currency}, now it comes with {plain(wanted.amount)} {wanted.currency}.",
            item=wanted.transaction_id,
            details={"receipt_id": found.pk},
        )


def _insert(made: Sequence[tuple[Receipt, ReceiptInput]], held: HeldDocuments) -> None:
    insert_rows([receipt for receipt, _ in made])
    rows = [
        [
            _allocation(receipt, target, part, line_no)
            for line_no, (target, part) in enumerate(data.allocations, start=1)
        ]
        for receipt, data in made
    ]
    insert_rows([row for part in rows for row in part])
    posted = []
    for (receipt, data), part in zip(made, rows, strict=True):
        if data.post:
            posted.append((receipt, part))
        else:
            transitions.announce_state(receipt, old_state="")
    _post(posted, held)


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
    held = HeldDocuments(orders=_lock_orders({row.order_id for row in rows if row.order_id}))
    transitions.lock(receipt)
    _post([(receipt, rows)], held)
    if post_entries:
        accounting.post_documents([receipt])
    return receipt


def _post(receipts: Sequence[tuple[Receipt, Sequence[ReceiptAllocation]]], held: HeldDocuments) -> None:
    """Number receipts in their order, let them count, and pay with them."""
    rows = [row for _, parts in receipts for row in parts]
    orders = _orders_of(rows, held)
    for receipt, parts in receipts:
        transitions.require_transition(receipt, ReceiptState.POSTED)
        if sum((row.amount for row in parts), ZERO) > receipt.amount:
            raise AmountExceeded(
                f"Receipt {receipt}: more is allocated than its {plain(receipt.amount)}.", item=str(receipt)
            )
    headers = [receipt for receipt, _ in receipts]
    numbers = numbering.next_numbers([_number_wish(receipt) for receipt in headers])
    for receipt, number in zip(headers, numbers, strict=True):
        receipt.number = number
    transitions.change_states([(receipt, ReceiptState.POSTED) for receipt in headers], fields=["number"])
    _pay_invoices(rows, held)
    for kind in ReceiptKind.PAYMENT, ReceiptKind.REFUND:
        waiting = {
            row.order_id
            for receipt, parts in receipts
            for row in parts
            if receipt.kind == kind and row.invoice_id is None and row.order_id is not None
        }
        _use_for_open_invoices(waiting, kind)
    refresh_order_states(orders)


def _number_wish(receipt: Receipt) -> numbering.NumberWish:
    return numbering.NumberWish(
        DocumentType.RECEIPT, legal_entity=receipt.legal_entity, on=receipt.issue_date
    )


def _orders_of(rows: Sequence[ReceiptAllocation], held: HeldDocuments) -> list[OrderParts]:
    """The orders that these rows pay, locked, in the order of their ids."""
    wanted = {row.order_id for row in rows if row.order_id is not None}
    found = {parts.order.pk: parts for parts in held.orders if parts.order.pk in wanted}
    found |= {parts.order.pk: parts for parts in _lock_orders(wanted - set(found))}
    return [found[pk] for pk in sorted(found)]


def _lock_orders(order_ids: set[int]) -> list[OrderParts]:
    if not order_ids:
        return []
    return read_parts(list(SalesOrder.objects.select_for_update().filter(pk__in=order_ids).order_by("id")))


def _pay_invoices(rows: Sequence[ReceiptAllocation], held: HeldDocuments) -> None:
    wanted = {row.invoice_id for row in rows if row.invoice_id is not None}
    invoices = {invoice.pk: invoice for invoice in held.invoices if invoice.pk in wanted}
    missing = wanted - set(invoices)
    if missing:
        locked = SalesInvoice.objects.select_for_update().filter(pk__in=missing).order_by("id")
        invoices |= {row.pk: row for row in locked}
    settlement.pay_invoices(
        [(invoices[row.invoice_id], row.amount) for row in rows if row.invoice_id is not None]
    )


def _use_for_open_invoices(order_ids: Collection[int], kind: str) -> None:
    """Payments of an order go to its open invoices, refunds to its open credit notes."""
    if not order_ids:
        return
    wanted = InvoiceKind.CREDIT_NOTE if kind == ReceiptKind.REFUND else InvoiceKind.INVOICE
    invoices = SalesInvoice.objects.select_for_update().filter(
        order_id__in=order_ids, kind=wanted, state__in=ISSUED_STATES
    )
    opened = [invoice for invoice in invoices.order_by("id") if invoice.balance > 0]
    settlement.use_prepayments(opened)
    settlement.save_settlements(opened)


@transaction.atomic
def allocate_credit(*, receipt: Receipt, order: SalesOrder, amount: Decimal) -> Decimal:
    """Use what a posted receipt has left for an order, at most `amount`; answers what was used."""
    [parts] = _lock_orders({order.pk})
    transitions.lock(receipt)
    part = min(as_amount(amount), receipt.unallocated)
    if part <= 0 or receipt.state != ReceiptState.POSTED or receipt.currency != parts.order.currency:
        return ZERO
    line_no = receipt.allocations.count() + 1
    ReceiptAllocation.objects.create(receipt=receipt, order=parts.order, amount=part, line_no=line_no)
    _use_for_open_invoices({parts.order.pk}, ReceiptKind.PAYMENT)
    refresh_order_states([parts])
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
    refresh_order_states(orders)
    return receipt
