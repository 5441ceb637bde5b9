"""Payments of an order: mapped by the site's rows, turned into receipts, each amount once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from django.db.models import Sum
from django.utils.translation import gettext_noop

from ecomsync.common.money import HUNDRED, ZERO, allocate, round_money
from erp.models import Receipt, ReceiptAllocation, ReceiptKind, SalesInvoice, SalesOrder
from erp.services.accounting import post_documents
from erp.services.receipts import ReceiptInput, allocate_credit, create_receipts
from erp.states import DocumentType, ReceiptState
from orders.models import Order, OrderPayment
from orders.reasons import Hold, HoldCode
from orders.services.context import ImportContext
from orders.services.intake import clean_text
from orders.services.plan import OrderPlan, PlannedPayment
from platforms.types import FinancialStatus, OrderPhase, RemoteOrder
from sites.choices import PaymentCalculation

SHORT = gettext_noop("%(paid)s of %(total)s %(currency)s are paid by what the shop tells.")
SETTLED = (FinancialStatus.PAID, FinancialStatus.PARTLY_REFUNDED, FinancialStatus.REFUNDED)
#: Ends the transaction of a refund that a cancellation made.
CANCELLED_MARK = ":cancelled"


@dataclass(frozen=True, slots=True)
class Due:
    """What one payment brings. `amount` counts for the customer; `withheld` of it never reaches us."""

    payment: PlannedPayment
    amount: Decimal
    withheld: Decimal = ZERO


def map_payments(plan: OrderPlan, context: ImportContext) -> None:
    """Each payment to a row of the site; an order that cost nothing needs none."""
    remote = plan.remote
    payments = remote.payments
    if not payments and remote.totals.grand_total:
        plan.hold(HoldCode.UNMAPPED_PAYMENT, subject="", message="The shop names no payment method.")
    for payment in payments:
        line = context.payment_line(payment.code, payment.title, payment.kind)
        if line is None and not remote.totals.grand_total:
            continue
        method = line.payment_method if line else None
        if line is not None and method is None and line.calculation_type == PaymentCalculation.NONE:
            plan.decide("payment", payment.code or payment.title, "no receipt")
            continue
        if line is None or method is None:
            subject = clean_text(payment.code or payment.title or payment.kind.value, 255)
            plan.hold(HoldCode.UNMAPPED_PAYMENT, subject=subject, title=payment.title)
            continue
        plan.payments.append(PlannedPayment(payment, line, method))
        plan.decide("payment", payment.code or payment.title, method.code)


def is_paid(remote: RemoteOrder) -> bool:
    """Paid in the shop's eyes; an order that cost nothing counts as paid."""
    return remote.financial_status in SETTLED or not remote.totals.grand_total


def paid_amount(remote: RemoteOrder) -> Decimal:
    """What the shop says is paid, in the order's currency."""
    if is_paid(remote):
        return remote.totals.grand_total
    return sum((payment.amount for payment in remote.payments if payment.is_paid), ZERO)


# ---------------------------------------------------------------- what is due


def dues_of(payments: Sequence[PlannedPayment], remote: RemoteOrder, total: Decimal) -> list[Due]:
    """What the payments that are settled bring, by the calculation type of their rows.

    Full total: the payment's own amount, also when it is more than is asked (the rest is the customer's credit); an
    only payment without amount brings it all; what remains, percent, fixed: at most what remains. A last payment that is short by no more than the
    row's tolerance counts as full, and the rest is a settlement difference, like the fee that a provider withheld where
    the row has a fee item.
    """
    remaining = total
    found: list[Due] = []
    settled = _in_currency([payment for payment in payments if _settles(payment, remote)], remote, total)
    for payment in settled:
        amount = _amount(payment, settled, total, remaining)
        if amount <= 0:
            continue
        told = payment.line.fee_item is not None and not _is_foreign(payment, remote.currency)
        told = told and 0 < payment.remote.fee <= amount
        withheld = payment.remote.fee if told else ZERO
        gap = remaining - amount
        if payment is settled[-1] and 0 < gap <= payment.line.settlement_tolerance:
            amount, withheld = amount + gap, withheld + gap
        remaining = max(ZERO, remaining - amount)
        found.append(Due(payment, amount, withheld))
    return found


def _in_currency(
    settled: Sequence[PlannedPayment], remote: RemoteOrder, total: Decimal
) -> list[PlannedPayment]:
    """Payments told in another currency than the order's: together they pay what the others leave, each in its
    proportion. No rate is guessed."""
    foreign = [payment for payment in settled if _is_foreign(payment, remote.currency)]
    if not foreign:
        return list(settled)
    own = [payment.remote.amount for payment in settled if not _is_foreign(payment, remote.currency)]
    shares = allocate(
        max(ZERO, total - sum(own, ZERO)), [payment.remote.amount for payment in foreign], remote.currency
    )
    amounts = {id(payment): share for payment, share in zip(foreign, shares, strict=True)}
    return [
        replace(payment, remote=replace(payment.remote, amount=amounts[id(payment)]))
        if id(payment) in amounts
        else payment
        for payment in settled
    ]


def _settles(payment: PlannedPayment, remote: RemoteOrder) -> bool:
    """Immediately: once paid. Not immediately (cash on delivery): once the shop has also completed the order."""
    if payment.line.calculation_type == PaymentCalculation.NONE:
        return False
    if not (payment.remote.is_paid or is_paid(remote)):
        return False
    own = payment.line.settles_immediately
    at_once = payment.method.settles_immediately if own is None else own
    return at_once or remote.phase is OrderPhase.COMPLETE


def _amount(
    payment: PlannedPayment, settled: Sequence[PlannedPayment], total: Decimal, remaining: Decimal
) -> Decimal:
    kind, value = payment.line.calculation_type, payment.line.value or ZERO
    if kind == PaymentCalculation.REMAINING:
        return remaining
    if kind == PaymentCalculation.PERCENT:
        return min(round_money(total * value / HUNDRED, payment.remote.currency), remaining)
    if kind == PaymentCalculation.FIXED:
        return min(value, remaining)
    return payment.remote.amount or (remaining if len(settled) == 1 else ZERO)


def _is_foreign(payment: PlannedPayment, currency: str) -> bool:
    return payment.remote.currency not in ("", currency)


# ---------------------------------------------------------------- receipts


def take_payments(
    *,
    order: Order,
    plan: OrderPlan,
    sales_order: SalesOrder,
    context: ImportContext,
    confirm: bool = True,
    is_first: bool = False,
    invoice: SalesInvoice | None = None,
    owed: Decimal | None = None,
) -> list[Receipt]:
    """Make the receipts that are missing: what is due less what was received, per payment method.

    The order's row is locked. What was received beyond the order is used first, and what is received beyond it now
    stays the customer's credit. confirm=False leaves drafts. invoice: the issued one that they pay, when it is over the
    whole order. owed: what the documents of the order ask for together, when that is not the sales order's total.
    Answers the new receipts; none when all is there.
    """
    total = sales_order.grand_total if owed is None else owed
    dues = dues_of(plan.payments, plan.remote, total)
    known = [] if is_first else receipts_of(order)
    still_open = total if is_first else total - _allocated(sales_order)
    if confirm:
        still_open -= _use_credit(known, sales_order, still_open)
    inputs = _inputs(order, plan, sales_order, dues, known, still_open, confirm=confirm, invoice=invoice)
    made = create_receipts(inputs=inputs)
    if confirm and context.site.generate_accounting_entries:
        post_documents([receipt for receipt, is_new in made if is_new])
    return [receipt for receipt, is_new in made if is_new or is_first]


def first_receipts(
    *, order: Order, plan: OrderPlan, sales_order: SalesOrder, confirm: bool, invoice: SalesInvoice | None
) -> list[ReceiptInput]:
    """What `take_payments` makes of a new order, for the ERP's `create_receipts`; nothing is read or written."""
    total = sales_order.grand_total
    dues = dues_of(plan.payments, plan.remote, total)
    return _inputs(order, plan, sales_order, dues, [], total, confirm=confirm, invoice=invoice)


def _inputs(
    order: Order,
    plan: OrderPlan,
    sales_order: SalesOrder,
    dues: Sequence[Due],
    known: Sequence[Receipt],
    still_open: Decimal,
    *,
    confirm: bool,
    invoice: SalesInvoice | None,
) -> list[ReceiptInput]:
    received = _received(known)
    taken = {receipt.transaction_id for receipt in known}
    found = []
    for index, due in enumerate(dues):
        key = due.payment.method.pk
        covered = min(due.amount, max(ZERO, received.get(key, ZERO)))
        received[key] = received.get(key, ZERO) - covered
        missing = due.amount - covered
        if missing <= 0:
            continue
        part = max(ZERO, min(missing, still_open))
        still_open -= part
        found.append(
            ReceiptInput(
                customer=sales_order.customer,
                payment_method=due.payment.method,
                amount=missing,
                currency=sales_order.currency,
                paid_at=due.payment.remote.paid_at or plan.remote.created_at,
                transaction_id=_free_id(_transaction(order, due.payment, index), taken),
                kind="payment",
                allocations=[(invoice or sales_order, part)] if part else [],
                channel=sales_order.channel,
                exchange_rate=sales_order.exchange_rate,
                legal_entity=sales_order.legal_entity,
                withheld=due.withheld if not covered else ZERO,
                fee_item=due.payment.line.fee_item if due.withheld else None,
                post=confirm,
            )
        )
    return found


def receipts_of(order: Order) -> list[Receipt]:
    """The order's receipts that count or will: drafts and posted ones, oldest first."""
    keys = order.documents.filter(document_type=DocumentType.RECEIPT).values("object_id")
    return list(Receipt.objects.filter(pk__in=keys).exclude(state=ReceiptState.REVERSED).order_by("id"))


def counting_receipts(order: Order) -> list[Receipt]:
    """Payments of the order that were not paid back by one of our own cancellations."""
    known = receipts_of(order)
    refunded = _paid_back(known)
    return [
        receipt
        for receipt in known
        if receipt.kind == ReceiptKind.PAYMENT and cancelled_id(receipt) not in refunded
    ]


def cancelled_id(receipt: Receipt) -> str:
    """The transaction of the refund that a cancellation makes of a payment; payments by hand may have none."""
    return f"{receipt.transaction_id or receipt.number}{CANCELLED_MARK}"


def _paid_back(known: Sequence[Receipt]) -> set[str]:
    """Transactions of the refunds that cancellations made."""
    return {
        receipt.transaction_id
        for receipt in known
        if receipt.kind == ReceiptKind.REFUND and receipt.transaction_id.endswith(CANCELLED_MARK)
    }


def _received(known: Sequence[Receipt]) -> dict[int, Decimal]:
    """Payment method -> received, less what our own cancellations paid back (a refund of the shop is a return)."""
    found: dict[int, Decimal] = {}
    for receipt in known:
        sign = 1
        if receipt.kind == ReceiptKind.REFUND:
            sign = -1 if receipt.transaction_id.endswith(CANCELLED_MARK) else 0
        found[receipt.payment_method_id] = found.get(receipt.payment_method_id, ZERO) + sign * receipt.amount
    return found


def _allocated(sales_order: SalesOrder) -> Decimal:
    rows = ReceiptAllocation.objects.filter(order=sales_order, receipt__kind=ReceiptKind.PAYMENT)
    rows = rows.exclude(receipt__state=ReceiptState.REVERSED).order_by()
    return rows.aggregate(total=Sum("amount"))["total"] or ZERO


def _use_credit(known: Sequence[Receipt], sales_order: SalesOrder, wanted: Decimal) -> Decimal:
    """Allocate what receipts of this order have left, unless it was paid back."""
    refunded = _paid_back(known)
    used = ZERO
    for receipt in known:
        if receipt.kind == ReceiptKind.PAYMENT and cancelled_id(receipt) not in refunded and used < wanted:
            used += allocate_credit(receipt=receipt, order=sales_order, amount=wanted - used)
    return used


def _transaction(order: Order, payment: PlannedPayment, index: int) -> str:
    """The shop's transaction, made unique per order: some gateways repeat theirs."""
    given = clean_text(payment.remote.transaction_id)
    return f"{order.site.code}:{order.remote_id}:{index}{':' + given if given else ''}"[:130]


def _free_id(wanted: str, taken: set[str]) -> str:
    """A further amount under the same transaction is told apart by a running number."""
    found, number = wanted, 1
    while found in taken:
        number += 1
        found = f"{wanted}+{number}"
    taken.add(found)
    return found


# ---------------------------------------------------------------- what the order keeps


def payments_changed(order: Order, remote: RemoteOrder) -> bool:
    """Whether the shop tells of other payments, or of another standing of them, than we keep."""
    if order.financial_status != remote.financial_status.value:
        return True
    completed = remote.phase is OrderPhase.COMPLETE
    if completed != (order.phase == OrderPhase.COMPLETE.value):
        return True
    kept = list(
        order.payments.order_by("id").values_list("kind", "code", "amount", "is_paid", "is_authorised")
    )
    told = [
        (entry.kind.value, clean_text(entry.code, 200), entry.amount, entry.is_paid, entry.is_authorised)
        for entry in remote.payments
    ]
    return kept != told


def write_payments(order: Order, remote: RemoteOrder) -> None:
    """Mirror the payments anew; the other rows stay."""
    OrderPayment.objects.filter(order=order).delete()
    OrderPayment.objects.bulk_create(
        OrderPayment(
            order=order,
            kind=payment.kind.value,
            code=clean_text(payment.code, 200),
            title=clean_text(payment.title),
            amount=payment.amount,
            currency=payment.currency[:3],
            paid_at=payment.paid_at,
            transaction_id=clean_text(payment.transaction_id, 255),
            is_paid=payment.is_paid,
            is_authorised=payment.is_authorised,
        )
        for payment in remote.payments
    )


def shortfall(plan: OrderPlan, total: Decimal, remote: RemoteOrder) -> Hold | None:
    """A flag for an order that the shop calls paid although its payments bring less than is asked."""
    if remote.financial_status is not FinancialStatus.PAID or not plan.payments:
        return None
    if any(payment.line.calculation_type != PaymentCalculation.FULL_TOTAL for payment in plan.payments):
        return None  # the site itself asks for less
    if any(not _settles(payment, remote) for payment in plan.payments):
        return None
    paid = sum((due.amount for due in dues_of(plan.payments, remote, total)), ZERO)
    if paid >= total:
        return None
    message = SHORT % {"paid": f"{paid:f}", "total": f"{total:f}", "currency": remote.currency}
    return Hold(HoldCode.PAYMENT_SHORT, message=message)
