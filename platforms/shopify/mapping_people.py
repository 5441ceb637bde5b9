"""Who bought, where it goes, and how it was paid. Pure functions.

Names and addresses are null until Shopify has approved the app for protected customer data: then the buyer is a guest
without a name, and the order is read all the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from ecomsync.common.money import ZERO
from platforms.shopify.ids import number_of
from platforms.shopify.payloads import AddressShape, OrderShape, TransactionShape
from platforms.types import (
    FinancialStatus,
    PaymentKind,
    RemoteAddress,
    RemoteCustomer,
    RemotePayment,
)

GATEWAY_KINDS: Mapping[str, PaymentKind] = {
    "gift_card": PaymentKind.GIFT_CARD,
    "shopify_store_credit": PaymentKind.STORE_CREDIT,
    "store_credit": PaymentKind.STORE_CREDIT,
}
_TAKES_MONEY = ("SALE", "CAPTURE")
FINANCIAL: Mapping[str, FinancialStatus] = {
    "AUTHORIZED": FinancialStatus.AUTHORISED,
    "EXPIRED": FinancialStatus.FAILED,
    "PAID": FinancialStatus.PAID,
    "PARTIALLY_PAID": FinancialStatus.UNPAID,
    "PARTIALLY_REFUNDED": FinancialStatus.PARTLY_REFUNDED,
    "PENDING": FinancialStatus.UNPAID,
    "REFUNDED": FinancialStatus.REFUNDED,
    "VOIDED": FinancialStatus.FAILED,
}


def address_of(shape: AddressShape | None, *, email: str) -> RemoteAddress:
    if shape is None:
        return RemoteAddress(email=email)
    return RemoteAddress(
        first_name=shape.first_name.strip(),
        last_name=shape.last_name.strip(),
        company=shape.company.strip(),
        line1=shape.line1.strip(),
        line2=shape.line2.strip(),
        city=shape.city.strip(),
        region=shape.province_code.strip() or shape.province.strip(),
        postal_code=shape.zip.strip(),
        country=shape.country.strip().upper(),
        phone=shape.phone.strip(),
        email=email,
    )


def addresses_of(order: OrderShape) -> tuple[RemoteAddress, RemoteAddress]:
    """(billing, shipping); each stands in for the other where it is not given."""
    email = email_of(order)
    billing, shipping = address_of(order.billing, email=email), address_of(order.shipping, email=email)
    if billing.is_empty:
        return shipping, shipping
    return billing, billing if shipping.is_empty else shipping


def email_of(order: OrderShape) -> str:
    customer = order.customer or {}
    address = _text(_dict(customer.get("defaultEmailAddress")).get("emailAddress"))
    return order.email.strip() or address


def customer_of(order: OrderShape, billing: RemoteAddress, tax_number_keys: Sequence[str]) -> RemoteCustomer:
    """The buyer; of a company its name and tax number."""
    customer = order.customer or {}
    remote_id = number_of(customer.get("id"))
    purchaser = order.purchaser or {}
    company = _text(_dict(purchaser.get("company")).get("name"))
    place = _dict(purchaser.get("location"))
    registered = _text(_dict(place.get("taxSettings")).get("taxRegistrationId"))
    phone = (
        order.phone or _text(_dict(customer.get("defaultPhoneNumber")).get("phoneNumber")) or billing.phone
    )
    return RemoteCustomer(
        remote_id=remote_id,
        email=email_of(order),
        first_name=_text(customer.get("firstName")) or billing.first_name,
        last_name=_text(customer.get("lastName")) or billing.last_name,
        company=company or billing.company,
        phone=phone.strip(),
        tax_number=re.sub(r"\s+", "", registered or _entered(order, tax_number_keys)),
        is_guest=not remote_id,
        language=(order.locale or _text(customer.get("locale")))[:2].lower(),
    )


def _entered(order: OrderShape, keys: Sequence[str]) -> str:
    given = {row.key.strip().lower(): row.value for row in order.attributes}
    return next((given[key.lower()] for key in keys if given.get(key.lower(), "").strip()), "")


# ---------------------------------------------------------------- payments


def payments_of(order: OrderShape, total: Decimal) -> tuple[RemotePayment, ...]:
    """Money taken, then money that is bound or expected; only what succeeded counts as paid."""
    taken = [row for row in order.transactions if row.kind in _TAKES_MONEY and row.status == "SUCCESS"]
    change = sum(
        (row.amount for row in order.transactions if row.kind == "CHANGE" and row.status == "SUCCESS"), ZERO
    )
    payments = [payment_of(row, order.currency, is_paid=True) for row in taken]
    if change and payments:
        payments[0] = _less(payments[0], change)
    paid = sum((payment.amount for payment in payments), ZERO)
    if paid >= total > 0:
        return tuple(payments)
    payments += [
        payment_of(row, order.currency, is_authorised=True) for row in _bound(order.transactions, taken)
    ]
    payments += [
        payment_of(row, order.currency)
        for row in order.transactions
        if row.kind == "SALE" and row.status == "PENDING"
    ]
    if not payments and (total or order.gateways):
        name = order.gateways[0] if order.gateways else ""
        payments.append(
            RemotePayment(name, name.replace("_", " "), total, order.currency, kind=kind_of_gateway(name))
        )
    return tuple(payments)


def payment_of(
    row: TransactionShape, currency: str, *, is_paid: bool = False, is_authorised: bool = False
) -> RemotePayment:
    return RemotePayment(
        code=row.gateway,
        title=row.title or row.gateway.replace("_", " "),
        amount=row.amount,
        currency=currency,
        paid_at=row.processed_at if is_paid else None,
        transaction_id=row.payment_id or row.id,
        kind=kind_of_gateway(row.gateway),
        is_paid=is_paid,
        is_authorised=is_authorised,
    )


def _bound(rows: Sequence[TransactionShape], taken: Sequence[TransactionShape]) -> list[TransactionShape]:
    """Authorisations that were neither captured nor voided."""
    ended = {row.parent for row in taken}
    ended |= {row.parent for row in rows if row.kind == "VOID" and row.status == "SUCCESS"}
    return [
        row
        for row in rows
        if row.kind in ("AUTHORIZATION", "EMV_AUTHORIZATION")
        and row.status == "SUCCESS"
        and row.id not in ended
    ]


def _less(payment: RemotePayment, change: Decimal) -> RemotePayment:
    """Cash given back at the till."""
    return RemotePayment(
        payment.code,
        payment.title,
        payment.amount - change,
        payment.currency,
        payment.paid_at,
        payment.transaction_id,
        payment.kind,
        payment.is_paid,
    )


def kind_of_gateway(gateway: str) -> PaymentKind:
    return GATEWAY_KINDS.get(gateway.lower(), PaymentKind.PAYMENT)


def _dict(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""
