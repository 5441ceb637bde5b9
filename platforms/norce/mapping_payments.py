"""Norce's payments -> ours: reserved until an invoice captures them. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from platforms.norce.fields import number, rows, text
from platforms.norce.options import NorceOptions
from platforms.types import FinancialStatus, PaymentKind, RemotePayment

_KINDS_OF_PAYMENT = {"giftcard": PaymentKind.GIFT_CARD, "gift_card": PaymentKind.GIFT_CARD}


def payments_of(
    payload: Mapping[str, Any], currency: str, options: NorceOptions
) -> tuple[RemotePayment, ...]:
    """Money is reserved at the payment provider until an invoice captures it, unless the method means paid."""
    found = []
    for payment in rows(payload, "Payments"):
        code = text(payment, "PaymentMethodCode") or text(payment, "PaymentCode")
        paid = code in options.paid_payment_methods
        found.append(
            RemotePayment(
                code=code,
                title=text(payment, "PaymentName") or code,
                amount=number(payment, "Amount"),
                currency=text(payment, "CurrencyCode").upper() or currency,
                transaction_id=text(payment, "PaymentRef"),
                kind=_KINDS_OF_PAYMENT.get(code.lower(), PaymentKind.PAYMENT),
                is_paid=paid or code.lower() in _KINDS_OF_PAYMENT,
                is_authorised=not paid and code.lower() not in _KINDS_OF_PAYMENT,
            )
        )
    return tuple(found)


def settled(payments: tuple[RemotePayment, ...], status: str) -> tuple[RemotePayment, ...]:
    if status != "Invoiced":
        return payments
    return tuple(replace(payment, is_paid=True, is_authorised=False) for payment in payments)


def financial_status(payments: Sequence[RemotePayment], status: str, total: Decimal) -> FinancialStatus:
    if not payments:
        return FinancialStatus.UNPAID
    if status == "Invoiced" or all(payment.is_paid for payment in payments):
        return FinancialStatus.PAID
    return FinancialStatus.AUTHORISED
