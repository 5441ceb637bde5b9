"""Payments of an order: mapped by the site's rows, turned into receipts."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from ecomsync.common.money import HUNDRED, ZERO, round_money
from erp.models import Receipt, SalesInvoice, SalesOrder
from erp.services.receipts import create_receipt
from orders.models import Order
from orders.reasons import HoldCode
from orders.services.context import ImportContext
from orders.services.intake import clean_text
from orders.services.plan import OrderPlan, PlannedPayment
from platforms.types import FinancialStatus, RemoteOrder
from sites.choices import PaymentCalculation

SETTLED = (FinancialStatus.PAID, FinancialStatus.PARTLY_REFUNDED, FinancialStatus.REFUNDED)


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


def create_receipts(
    *,
    order: Order,
    payments: Sequence[PlannedPayment],
    remote: RemoteOrder,
    sales_order: SalesOrder,
    invoice: SalesInvoice | None,
    context: ImportContext,
) -> list[Receipt]:
    """Receipts for what is paid, never for more than the order's total; idempotent by transaction."""
    total = sales_order.grand_total
    remaining = total
    made = []
    for index, payment in enumerate(payments):
        if not _settles(payment, remote):
            continue
        amount = min(_amount(payment, len(payments), total, remaining), remaining)
        if amount <= 0:
            continue
        remaining -= amount
        receipt, _created = create_receipt(
            customer=sales_order.customer,
            payment_method=payment.method,
            amount=amount,
            currency=sales_order.currency,
            paid_at=payment.remote.paid_at or remote.created_at,
            transaction_id=_transaction(order, payment, index),
            kind="payment",
            allocations=[(invoice or sales_order, amount)],
            channel=sales_order.channel,
            post_entries=context.site.generate_accounting_entries,
        )
        made.append(receipt)
    return made


def _settles(payment: PlannedPayment, remote: RemoteOrder) -> bool:
    if payment.line.calculation_type == PaymentCalculation.NONE:
        return False
    if not (payment.remote.is_paid or is_paid(remote)):
        return False
    own = payment.line.settles_immediately
    return payment.method.settles_immediately if own is None else own


def _amount(payment: PlannedPayment, count: int, total: Decimal, remaining: Decimal) -> Decimal:
    kind, value = payment.line.calculation_type, payment.line.value or ZERO
    if kind == PaymentCalculation.REMAINING:
        return remaining
    if kind == PaymentCalculation.PERCENT:
        return round_money(total * value / HUNDRED, payment.remote.currency)
    if kind == PaymentCalculation.FIXED:
        return value
    # Full total: of several payments each is taken with its own amount.
    return total if count == 1 else payment.remote.amount


def _transaction(order: Order, payment: PlannedPayment, index: int) -> str:
    """The shop's transaction, made unique per order: some gateways repeat theirs."""
    given = clean_text(payment.remote.transaction_id)
    return f"{order.site.code}:{order.remote_id}:{index}{':' + given if given else ''}"[:150]
