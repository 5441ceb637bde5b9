"""Money that went back to a buyer: refund receipts, as the shop paid it, never more than was received."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from ecomsync.common.errors import PermanentError
from ecomsync.common.money import ZERO
from erp.models import PaymentMethod, Receipt, ReceiptAllocation, ReceiptKind, SalesInvoice, SalesOrder
from erp.models.columns import plain
from erp.services.receipts import create_receipt
from erp.states import ISSUED_STATES, ReceiptState
from orders.models import ReturnOrder
from orders.reasons import HoldCode
from orders.services.context import ImportContext
from orders.services.return_intake import lock_return
from orders.states import ReturnState
from platforms.types import PaymentKind
from sites.choices import PaymentCalculation

Target = SalesOrder | SalesInvoice


@dataclass(slots=True)
class Received:
    """What a method brought in for an order and has not given back."""

    method: PaymentMethod
    amount: Decimal
    exchange_rate: Decimal


@dataclass(frozen=True, slots=True)
class Payout:
    """An amount that went back by one method."""

    method: PaymentMethod
    amount: Decimal
    exchange_rate: Decimal
    transaction_id: str = ""


def create_refund_receipts(
    *, row: ReturnOrder, sales_order: SalesOrder, notes: Sequence[SalesInvoice], context: ImportContext
) -> list[Receipt]:
    """Receipts for what the shop paid back; none when staff have to (`paid_back` is not True).

    By the methods that the shop names, else by those that paid the order, the last one first. An order whose payments
    are not in the ERP (settled later by the provider, say) gets none: the provider's settlement is less by them.
    Raises PermanentError for a method that the site does not map, and for more than was received.
    """
    if not row.paid_back:
        return []
    received = received_for(sales_order)
    if not received:
        _check_methods(row, context)
        return []
    payouts = _told(row, received, context) if row.payments else _spread(row, received, context)
    targets = _Targets(sales_order, notes)
    return [
        _receipt(row, sales_order, payout, targets, context, index=index)
        for index, payout in enumerate(payouts)
    ]


def received_for(sales_order: SalesOrder) -> list[Received]:
    """Posted payments of an order less its refunds, by method, the last one paid first."""
    rows = ReceiptAllocation.objects.filter(
        Q(order=sales_order) | Q(invoice__order=sales_order), receipt__state=ReceiptState.POSTED
    ).select_related("receipt__payment_method")
    found: dict[int, Received] = {}
    for row in rows.order_by("-receipt__paid_at", "-receipt_id", "-id"):
        receipt = row.receipt
        entry = found.setdefault(
            receipt.payment_method_id, Received(receipt.payment_method, ZERO, receipt.exchange_rate)
        )
        entry.amount += row.amount if receipt.kind == ReceiptKind.PAYMENT else -row.amount
    return list(found.values())


def _spread(row: ReturnOrder, received: Sequence[Received], context: ImportContext) -> list[Payout]:
    """By the methods that paid; what a provider settles outside the ERP went back outside it too."""
    payouts, left = [], row.total
    for entry in received:
        part = min(left, entry.amount)
        if part > 0:
            payouts.append(Payout(entry.method, part, entry.exchange_rate))
            left -= part
    if left > 0 and not _is_paid_elsewhere(row, context):
        raise _more_than_received(row, row.total, row.total - left)
    return payouts


def _told(row: ReturnOrder, received: Sequence[Received], context: ImportContext) -> list[Payout]:
    """The methods the shop names: store credit or a gift card, say, although the order was paid by card."""
    rate = received[0].exchange_rate
    payouts = [
        Payout(method, Decimal(str(entry["amount"])), rate, str(entry.get("transaction_id", "")))
        for entry, method in _check_methods(row, context)
        if Decimal(str(entry["amount"])) > 0
    ]
    wanted = sum((payout.amount for payout in payouts), ZERO)
    there = sum((entry.amount for entry in received), ZERO)
    if wanted > there:
        raise _more_than_received(row, wanted, there)
    return payouts


def _check_methods(row: ReturnOrder, context: ImportContext) -> list[tuple[dict[str, Any], PaymentMethod]]:
    """What the shop says it gave back, with the methods of those that make receipts. Raises PermanentError."""
    found = []
    for entry in row.payments:
        code, title = str(entry.get("code", "")), str(entry.get("title", ""))
        line = context.payment_line(code, title)
        if line is None or (line.payment_method is None and line.calculation_type != PaymentCalculation.NONE):
            raise PermanentError(
                f"Money went back by '{title or code}', which no payment method line maps.",
                code=HoldCode.UNMAPPED_PAYMENT,
                item=code or title,
            )
        if line.payment_method is not None and line.calculation_type != PaymentCalculation.NONE:
            found.append((entry, line.payment_method))
    return found


def _is_paid_elsewhere(row: ReturnOrder, context: ImportContext) -> bool:
    """Whether the site itself asks for less than the order's payments: no receipt, a percentage, a fixed amount."""
    lines = [
        context.payment_line(payment.code, payment.title, PaymentKind(payment.kind))
        for payment in (row.order.payments.all() if row.order else ())
    ]
    whole = (PaymentCalculation.FULL_TOTAL, PaymentCalculation.REMAINING)
    return any(line is None or line.calculation_type not in whole for line in lines)


def _more_than_received(row: ReturnOrder, wanted: Decimal, there: Decimal) -> PermanentError:
    return PermanentError(
        f"{plain(wanted)} {row.currency} went back to the buyer; {plain(max(ZERO, there))} "
        "were received for the order and not given back yet.",
        code=HoldCode.REFUND_EXCEEDS_PAID,
    )


class _Targets:
    """What refunds pay: the credit notes as far as they are open, the order beyond."""

    def __init__(self, sales_order: SalesOrder, notes: Sequence[SalesInvoice]) -> None:
        self._order = sales_order
        self._open = [(note, note.balance) for note in notes if note.balance > 0]

    def take(self, amount: Decimal) -> list[tuple[Target, Decimal]]:
        parts: list[tuple[Target, Decimal]] = []
        rest = []
        for note, balance in self._open:
            part = min(amount, balance)
            if part > 0:
                parts.append((note, part))
                amount -= part
            if balance > part:
                rest.append((note, balance - part))
        self._open = rest
        return [*parts, (self._order, amount)] if amount else parts


def _receipt(
    row: ReturnOrder,
    sales_order: SalesOrder,
    payout: Payout,
    targets: _Targets,
    context: ImportContext,
    *,
    index: int,
) -> Receipt:
    given = f":{payout.transaction_id}" if payout.transaction_id else ""
    receipt, _created = create_receipt(
        customer=sales_order.customer,
        payment_method=payout.method,
        amount=payout.amount,
        currency=sales_order.currency,
        paid_at=row.created_remote or timezone.now(),
        transaction_id=f"{context.site.code}:{row.order_remote_id}:refund:{row.remote_id}:{index}{given}"[
            :150
        ],
        kind="refund",
        allocations=targets.take(payout.amount),
        channel=sales_order.channel,
        exchange_rate=payout.exchange_rate,
        legal_entity=sales_order.legal_entity,
        post_entries=context.site.generate_accounting_entries,
    )
    return receipt


@transaction.atomic
def pay_back_by_hand(
    *,
    row: ReturnOrder,
    payment_method: PaymentMethod,
    amount: Decimal,
    paid_at: datetime,
    context: ImportContext,
) -> Receipt:
    """Staff gave money back for a posted return. Raises PermanentError for more than is owed."""
    row = lock_return(row)
    sales_order = _locked_order(row)
    owed = still_to_pay_back(row) if row.state == ReturnState.POSTED else ZERO
    if sales_order is None or amount <= 0 or amount > owed:
        raise PermanentError(
            f"{plain(amount)} {row.currency} to pay back, {plain(owed)} are owed.",
            code="amount_exceeded",
            cure="Enter an amount up to what is still owed to the buyer.",
        )
    targets = _Targets(sales_order, credit_notes_of(row))
    receipt, _created = create_receipt(
        customer=sales_order.customer,
        payment_method=payment_method,
        amount=amount,
        currency=sales_order.currency,
        paid_at=paid_at,
        kind="refund",
        allocations=targets.take(amount),
        channel=sales_order.channel,
        exchange_rate=sales_order.exchange_rate,
        legal_entity=sales_order.legal_entity,
        post_entries=context.site.generate_accounting_entries,
    )
    row.receipts.add(receipt)
    return receipt


def _locked_order(row: ReturnOrder) -> SalesOrder | None:
    """What was received for an order is shared by its returns."""
    if row.order is None or row.order.sales_order_id is None:
        return None
    return SalesOrder.objects.select_for_update().get(pk=row.order.sales_order_id)


def credit_notes_of(row: ReturnOrder) -> list[SalesInvoice]:
    """All credit notes of a return, as they stand in the database."""
    if row.sales_return_id is None:
        return list(SalesInvoice.objects.filter(pk=row.credit_note_id)) if row.credit_note_id else []
    notes = SalesInvoice.objects.filter(sales_return=row.sales_return_id, state__in=ISSUED_STATES)
    return list(notes.order_by("id"))


def paid_back_amount(row: ReturnOrder) -> Decimal:
    """What refund receipts of a return gave back."""
    amounts = row.receipts.filter(state=ReceiptState.POSTED).values_list("amount", flat=True)
    return sum(amounts, ZERO)


def still_to_pay_back(row: ReturnOrder) -> Decimal:
    """What staff may still give back: no more than the refund, nor than was received for its order."""
    sales_order = row.order.sales_order if row.order else None
    if sales_order is None:
        return ZERO
    received = sum((entry.amount for entry in received_for(sales_order)), ZERO)
    return max(ZERO, min(row.total - paid_back_amount(row), received))
