"""Zid order JSON -> RemoteOrder. Pure functions.

The payload is the order of the view, with the credit notes that stand apart in the API put into it as `credit_notes`.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from ecomsync.common.errors import InvalidPayload
from ecomsync.common.money import ZERO, currency_quantum
from platforms.types import (
    ChargeKind,
    DiscountKind,
    FinancialStatus,
    OrderPhase,
    RemoteAddress,
    RemoteCharge,
    RemoteCustomer,
    RemoteDiscount,
    RemoteOrder,
    RemoteOrderLine,
    RemotePayment,
    RemoteTax,
    RemoteTotals,
)
from platforms.zid.errors import PLATFORM
from platforms.zid.mapping_returns import returns_of
from platforms.zid.options import ZidOptions
from platforms.zid.order_money import Figures, Row, charge_kind, figures_of
from platforms.zid.payloads import LineShape, OrderShape, moment_of, read_shape

ORDER_STATUSES: tuple[tuple[str, str], ...] = (
    ("initial", "Initial"),
    ("new", "New"),
    ("preparing", "Preparing"),
    ("ready", "Ready"),
    ("indelivery", "In delivery"),
    ("reverse_in_progress", "Reverse in progress"),
    ("partially_reversed", "Partially reversed"),
    ("reversed", "Reversed"),
    ("cancelled", "Cancelled"),
    ("delivered", "Delivered"),
)
#: Other spellings of the same statuses, in lower case without anything but letters.
_ALIASES: Mapping[str, str] = {
    "canceled": "cancelled",
    "canceledreversal": "delivered",
    "processingreverse": "reverse_in_progress",
    "reverseinprogress": "reverse_in_progress",
    "partiallyreversed": "partially_reversed",
    "refunded": "reversed",
    "chargeback": "reversed",
    "processed": "preparing",
    "voided": "cancelled",
    "failed": "cancelled",
    "denied": "cancelled",
    "expired": "cancelled",
}
_PHASES: Mapping[str, OrderPhase] = {
    "initial": OrderPhase.INCOMPLETE,
    "delivered": OrderPhase.COMPLETE,
    "reversed": OrderPhase.COMPLETE,
    "partially_reversed": OrderPhase.COMPLETE,
    "reverse_in_progress": OrderPhase.COMPLETE,
    "cancelled": OrderPhase.CANCELLED,
}
RETURNED = frozenset({"reverse_in_progress", "partially_reversed", "reversed"})
_PAID: Mapping[str, FinancialStatus] = {
    "paid": FinancialStatus.PAID,
    "refunded": FinancialStatus.REFUNDED,
    "voided": FinancialStatus.FAILED,
}
_SETTLED = (FinancialStatus.PAID, FinancialStatus.PARTLY_REFUNDED, FinancialStatus.REFUNDED)
_DISCOUNT_TITLES = {"loyalty_points": "Loyalty points", "coupon": "Coupon"}


def status_of(payload: Mapping[str, Any]) -> str:
    """The status by its one spelling; codes differ in case and words, and are a number at times."""
    given = payload.get("order_status")
    code, name = (given.get("code"), given.get("name")) if isinstance(given, Mapping) else (given, "")
    text = str(code or "")
    return canonical_status(str(name or "") if text.isdigit() or not text else text)


def canonical_status(code: str) -> str:
    letters = re.sub(r"[^a-z]", "", code.lower())
    known = {re.sub(r"[^a-z]", "", status): status for status, _ in ORDER_STATUSES}
    return _ALIASES.get(letters) or known.get(letters) or code.strip().lower()


def phase_of(status: str) -> OrderPhase:
    """A store's own status stands for work that goes on."""
    return _PHASES.get(status, OrderPhase.OPEN)


def order_from_json(payload: Mapping[str, Any], options: ZidOptions) -> RemoteOrder:
    """Read one order. Raises InvalidPayload listing every fault."""
    shape = read_shape(OrderShape, payload, what="Order")
    currency = shape.currency_code.upper()
    figures = figures_of(shape, quantum=currency_quantum(currency))
    lines = tuple(_line(line, row) for line, row in zip(shape.products, figures.lines, strict=True))
    charges = tuple(
        RemoteCharge(
            entry.code,
            charge_kind(entry.code),
            _charge_code(shape, entry.code),
            _charge_title(shape, entry.code, entry.title),
            row.net,
            row.tax,
            row.taxes(),
        )
        for entry, row in figures.charges
    )
    discounts = _discounts(shape, figures, currency)
    created = _moment(shape, shape.created_at, options)
    status = status_of(payload)
    returns = returns_of(shape, currency, options)
    financial = _financial_status(shape, figures.total, sum((entry.total for entry in returns), ZERO))
    billing = _billing(shape, options)
    return RemoteOrder(
        remote_id=shape.id,
        number=shape.id,
        created_at=created,
        updated_at=_moment(shape, shape.updated_at, options) if shape.updated_at else created,
        status=status,
        phase=phase_of(status),
        financial_status=financial,
        currency=currency,
        prices_include_tax=_prices_include_tax(shape),
        customer=_customer(shape, options),
        billing=billing,
        shipping=_shipping(shape, billing),
        lines=lines,
        charges=charges,
        discounts=discounts,
        taxes=_order_taxes([*figures.lines, *(row for _, row in figures.charges)]),
        payments=_payments(shape, currency, financial, figures.total),
        totals=_totals(lines, charges, discounts, figures, sum((entry.total for entry in returns), ZERO)),
        returns=returns,
        note=shape.customer_note,
        tags=tuple(_tag(tag) for tag in shape.tags if _tag(tag)),
        raw=payload,
        location_id=location_with_dashes(shape.inventory_address.id),
    )


def _moment(shape: OrderShape, text: str, options: ZidOptions) -> datetime:
    try:
        return moment_of(text, options.order_zone)
    except ValueError as err:
        raise InvalidPayload(
            f"Order {shape.id} cannot be read: '{text}' is no moment.",
            platform=PLATFORM,
            cure="Look at the raw payload: the store sent something else.",
        ) from err


def updated_at(payload: Mapping[str, Any], options: ZidOptions) -> datetime | None:
    """When an order of a list was changed last, without judging the rest."""
    for key in ("updated_at", "created_at"):
        try:
            return moment_of(str(payload.get(key) or ""), options.order_zone)
        except ValueError:
            continue
    return None


def created_at(payload: Mapping[str, Any], options: ZidOptions) -> datetime | None:
    return updated_at({"updated_at": payload.get("created_at")}, options)


def location_with_dashes(text: str) -> str:
    """Orders write a location's id without dashes, the list of locations with them."""
    try:
        return str(uuid.UUID(text)) if text else ""
    except ValueError:
        return text


# ---------------------------------------------------------------- lines, discounts, totals


def _line(line: LineShape, row: Row) -> RemoteOrderLine:
    return RemoteOrderLine(
        remote_id=line.order_product_id,
        sku=line.sku.strip(),
        name=line.name,
        quantity=line.quantity,
        subtotal_net=row.before_net,
        subtotal_tax=row.before_tax,
        net=row.net,
        tax=row.tax,
        taxes=row.taxes(),
        product_id=line.parent_id or line.id,
        variant_id=line.id if line.parent_id else "",
        attributes={option.name: option.value for option in line.options if option.name},
    )


def _prices_include_tax(shape: OrderShape) -> bool:
    """`price` is with tax where the store's prices are; a line with tax shows which of its two prices it is."""
    for line in shape.products:
        rate, net = line.tax_percentage, line.net_sale_price or line.net_price
        if rate and net and line.price:
            unit = net + line.net_additions_price
            return abs(line.price - unit * (1 + rate)) < abs(line.price - unit)
    return True


def _discounts(shape: OrderShape, figures: Figures, currency: str) -> tuple[RemoteDiscount, ...]:
    """The lines' discounts by name, and what the totals give beside them."""
    nets: dict[str, Decimal] = {}
    taxes: dict[str, Decimal] = {}
    for line, row in zip(shape.products, figures.lines, strict=True):
        weight = sum((entry.amount for entry in line.discounts.values()), ZERO)
        for name, entry in line.discounts.items() if weight else ():
            nets[name] = nets.get(name, ZERO) + (row.before_net - row.net) * entry.amount / weight
            taxes[name] = taxes.get(name, ZERO) + (row.before_tax - row.tax) * entry.amount / weight
    found = [
        RemoteDiscount(
            *_names(shape, name), nets[name], taxes[name], in_lines=True, title=_title(shape, name)
        )
        for name in nets
        if nets[name] or taxes[name]
    ]
    found += [
        RemoteDiscount(
            *_names(shape, entry.code),
            row.net,
            row.tax,
            in_lines=False,
            title=entry.title or entry.code,
            taxes=row.taxes(),
        )
        for entry, row in figures.discounts
    ]
    return tuple(found)


def _names(shape: OrderShape, name: str) -> tuple[str, DiscountKind]:
    if "coupon" in name.lower() and shape.coupon.code:
        return shape.coupon.code, DiscountKind.COUPON
    return name, DiscountKind.COUPON if "coupon" in name.lower() else DiscountKind.HEADER


def _title(shape: OrderShape, name: str) -> str:
    if "coupon" in name.lower() and shape.coupon.code:
        return shape.coupon.name or shape.coupon.code
    return _DISCOUNT_TITLES.get(name, name)


def _charge_code(shape: OrderShape, code: str) -> str:
    """Shipping is mapped by its method; a store's own carrier has no code that stays."""
    method = shape.shipping.method
    return method.name or method.code or code if code == "shipping" else code


def _charge_title(shape: OrderShape, code: str, title: str) -> str:
    return shape.shipping.method.name or title if code == "shipping" else title or code


def _order_taxes(rows: Sequence[Row]) -> tuple[RemoteTax, ...]:
    """The tax of the whole order per rate."""
    found: dict[str, RemoteTax] = {}
    for row in rows:
        for tax in row.taxes():
            known = found.get(tax.rate_id)
            amount = tax.amount + (known.amount if known else ZERO)
            found[tax.rate_id] = RemoteTax(tax.rate_id, tax.name, tax.rate_percent, amount)
    return tuple(found.values())


def _totals(
    lines: Sequence[RemoteOrderLine],
    charges: Sequence[RemoteCharge],
    discounts: Sequence[RemoteDiscount],
    figures: Figures,
    refunded: Decimal,
) -> RemoteTotals:
    shipping = [charge for charge in charges if charge.kind is ChargeKind.SHIPPING]
    fees = [charge for charge in charges if charge.kind is not ChargeKind.SHIPPING]
    beside = [discount for discount in discounts if not discount.in_lines]
    return RemoteTotals(
        lines_net=sum((line.net for line in lines), ZERO),
        lines_tax=sum((line.tax for line in lines), ZERO),
        discount_net=sum((line.discount_net for line in lines), ZERO) + sum((d.net for d in beside), ZERO),
        discount_tax=sum((line.discount_tax for line in lines), ZERO) + sum((d.tax for d in beside), ZERO),
        shipping_net=sum((charge.net for charge in shipping), ZERO),
        shipping_tax=sum((charge.tax for charge in shipping), ZERO),
        fees_net=sum((fee.net for fee in fees), ZERO),
        fees_tax=sum((fee.tax for fee in fees), ZERO),
        tax_total=figures.tax,
        grand_total=figures.total,
        refunded_total=refunded,
    )


# ---------------------------------------------------------------- people and payment


def _email(text: str, options: ZidOptions) -> str:
    """Placeholders are nobody's address."""
    given = text.strip()
    return "" if given.lower().endswith(options.placeholder_emails) and options.placeholder_emails else given


def phone_of(mobile: str) -> str:
    """Zid writes no plus sign."""
    text = mobile.strip()
    return f"+{text}" if text.isdigit() and len(text) > 9 and not text.startswith("0") else text


def _customer(shape: OrderShape, options: ZidOptions) -> RemoteCustomer:
    """One field holds the whole name, which is not split blindly."""
    who = shape.customer
    return RemoteCustomer(
        remote_id="" if shape.is_guest_customer else who.id,
        email=_email(who.email, options),
        first_name=who.name.strip(),
        company=who.business_name.strip(),
        phone=phone_of(who.mobile),
        tax_number=re.sub(r"\s+", "", who.tax_number),
        is_guest=bool(shape.is_guest_customer) or not who.id,
    )


def _billing(shape: OrderShape, options: ZidOptions) -> RemoteAddress:
    who, place = shape.customer, shape.shipping.address
    return RemoteAddress(
        first_name=who.name.strip(),
        company=who.business_name.strip(),
        line1=(place.street or place.formatted_address).strip(),
        line2=", ".join(filter(None, (place.district.strip(), place.meta.building_number.strip()))),
        city=place.city.name.strip(),
        postal_code=place.meta.postcode.strip(),
        country=place.country.code.strip().upper(),
        phone=phone_of(who.mobile),
        email=_email(who.email, options),
    )


def _shipping(shape: OrderShape, billing: RemoteAddress) -> RemoteAddress:
    """To the consignee where it is another than the buyer."""
    other = shape.consignee
    if not shape.has_different_consignee or not other.name:
        return billing
    return RemoteAddress(
        first_name=other.name.strip(),
        line1=billing.line1,
        line2=billing.line2,
        city=billing.city,
        postal_code=billing.postal_code,
        country=billing.country,
        phone=phone_of(other.mobile),
        email=other.email.strip(),
    )


def _financial_status(shape: OrderShape, total: Decimal, returned: Decimal) -> FinancialStatus:
    """An order counts as paid only when Zid says so."""
    known = _PAID.get(shape.payment_status.strip().lower(), FinancialStatus.UNPAID)
    if known is FinancialStatus.PAID and returned:
        return FinancialStatus.PARTLY_REFUNDED if returned < total else FinancialStatus.REFUNDED
    return known


def _payments(
    shape: OrderShape, currency: str, status: FinancialStatus, total: Decimal
) -> tuple[RemotePayment, ...]:
    method = shape.payment.method
    if not method.code and not method.name:
        return ()
    return (
        RemotePayment(
            code=method.code or method.name,
            title=method.name or method.code,
            amount=total,
            currency=currency,
            transaction_id=shape.transaction_reference,
            is_paid=status in _SETTLED,
        ),
    )


def _tag(tag: Any) -> str:
    return str(tag.get("name") or "") if isinstance(tag, Mapping) else str(tag or "")
