"""Keeping an order as the shop sent it: hashes, the header's columns, the mirrored rows."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from ecomsync.common.logs import current_trace_id
from ecomsync.common.money import ZERO
from ecomsync.common.sql import insert_rows
from erp.models import Item
from orders.models import Order, OrderCharge, OrderDiscount, OrderLine, OrderPayment, OrderTax
from orders.services.versions import keep_version
from platforms.types import ChargeKind, PaymentKind, RemoteAddress, RemoteOrder, RemoteTotals

#: Both databases refuse NUL in text, and PostgreSQL refuses lone surrogates.
_NUL = "\x00"
#: How they look in JSON; pairs of surrogates look like lone ones.
_ESCAPED_NUL, _ESCAPED_SURROGATE = "\\u0000", "\\ud"
MAX_AMOUNT = Decimal(10) ** 13
MAX_QUANTITY = Decimal(10) ** 11
MAX_RATE = Decimal(10) ** 5


def clean_json(value: Any) -> Any:
    """A JSON value that both databases store: no NUL characters, no lone surrogates, no binary floats."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, Mapping):
        return {clean_text(str(key)): clean_json(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [clean_json(entry) for entry in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return value


def clean_payload(raw: Mapping[str, Any]) -> dict[str, Any]:
    """`clean_json` of a payload of the shop; one that needs no cleaning, as nearly all, is not taken apart."""
    try:
        text = json.dumps(raw)
    except (TypeError, ValueError):
        text = _ESCAPED_NUL
    dirty = _ESCAPED_NUL in text or _ESCAPED_SURROGATE in text
    return clean_json(raw) if dirty else dict(raw)


def clean_text(text: str, length: int | None = None) -> str:
    """Text that both databases store, cut to a column's length."""
    kept = text.replace(_NUL, "")
    if not kept.isascii():
        kept = kept.encode("utf-8", "replace").decode("utf-8")
    return kept if length is None else kept[:length]


def hash_of_raw(remote: RemoteOrder) -> str:
    """Changes with anything the shop sends; for payloads kept elsewhere, with anything we read."""
    content = remote.raw or {
        "order": _relevant(remote),
        "status": remote.status,
        "updated": remote.updated_at,
    }
    return _digest(content)


def hash_of_content(remote: RemoteOrder) -> str:
    """Changes with what the documents depend on; not with status, payment, refunds, notes to staff or times.

    What we write back ourselves changes only those, so our own write is never taken for a change of the order.
    """
    return _digest(_relevant(remote))


def _relevant(remote: RemoteOrder) -> dict[str, Any]:
    return {
        "currency": remote.currency,
        "gross": remote.prices_include_tax,
        "customer": [
            remote.customer.remote_id,
            remote.customer.email.lower(),
            remote.customer.company,
            remote.customer.tax_number,
        ],
        "billing": address_json(remote.billing),
        "shipping": address_json(remote.shipping),
        "lines": [
            [line.remote_id, line.sku, line.product_id, line.variant_id]
            + [
                _plain(value)
                for value in (line.quantity, line.subtotal_net, line.subtotal_tax, line.net, line.tax)
            ]
            for line in remote.lines
        ],
        "charges": [
            [charge.remote_id, charge.kind.value, charge.code, _plain(charge.net), _plain(charge.tax)]
            for charge in remote.charges
        ],
        "discounts": [
            [entry.code, entry.kind.value, _plain(entry.net), _plain(entry.tax)] for entry in remote.discounts
        ],
        "total": [_plain(remote.totals.tax_total), _plain(remote.totals.grand_total)],
        "payments": [[payment.code, payment.kind.value] for payment in remote.payments],
        "note": remote.note,
    }


def _plain(value: Decimal) -> str:
    """The same text for 1, 1.0 and 1.00."""
    return format(value.normalize(), "f") if value else "0"


def _digest(content: Any) -> str:
    text = json.dumps(content, sort_keys=True, ensure_ascii=True, default=str, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def address_json(address: RemoteAddress) -> dict[str, str]:
    """The snapshot that documents keep of an address."""
    return {
        "name": clean_text(f"{address.first_name} {address.last_name}".strip(), 255),
        "company": clean_text(address.company, 255),
        "line1": clean_text(address.line1, 255),
        "line2": clean_text(address.line2, 255),
        "city": clean_text(address.city, 100),
        "region": clean_text(address.region, 100),
        "postal_code": clean_text(address.postal_code, 20),
        "country": clean_text(address.country, 2).upper(),
        "phone": clean_text(address.phone, 40),
        "email": clean_text(address.email, 254),
    }


def write_header(order: Order, remote: RemoteOrder, *, source: str, raw_hash: str) -> None:
    """Copy the header of the newest version to the row (not saved); the payload it replaces is kept."""
    raw = clean_payload(remote.raw)
    keep_version(order, raw)
    customer, totals = remote.customer, remote.totals
    name = f"{customer.first_name} {customer.last_name}".strip()
    shipping = next((charge.code for charge in remote.charges if charge.kind is ChargeKind.SHIPPING), "")
    payment = next((entry.code for entry in remote.payments if entry.kind is PaymentKind.PAYMENT), "")
    order.number = clean_text(remote.number, 100)
    order.created_remote = remote.created_at
    order.status_remote = clean_text(remote.status, 100)
    order.phase = remote.phase.value
    order.financial_status = remote.financial_status.value
    order.currency = remote.currency.upper()[:3]
    order.prices_include_tax = remote.prices_include_tax
    order.remote_customer_id = clean_text(customer.remote_id, 100)
    order.customer_email = clean_text(customer.email.strip().lower(), 254)
    order.customer_name = clean_text(name, 510)
    order.customer_phone = clean_text(customer.phone, 64)
    order.customer_company = clean_text(customer.company, 510)
    order.customer_tax_number = clean_text(customer.tax_number.strip(), 64)
    order.is_guest = customer.is_guest
    order.billing_address = address_json(remote.billing)
    order.shipping_address = address_json(remote.shipping)
    order.lines_net = sum((line.subtotal_net for line in remote.lines), ZERO)
    order.discount_net = totals.discount_net
    order.shipping_net, order.shipping_tax = totals.shipping_net, totals.shipping_tax
    order.fees_net, order.fees_tax = totals.fees_net, totals.fees_tax
    order.tax_total, order.grand_total = totals.tax_total, totals.grand_total
    order.refunded_total = totals.refunded_total
    order.payment_code = clean_text(payment, 200)
    order.shipping_code = clean_text(shipping, 200)
    order.note = clean_text(remote.note)
    order.raw = raw
    order.raw_hash = raw_hash
    order.updated_remote = remote.updated_at
    order.source = source
    order.trace_id = current_trace_id()[:64]
    order.last_seen_at = timezone.now()


def write_rows(order: Order, remote: RemoteOrder, items: Sequence[Item | None], *, replace: bool) -> None:
    """Mirror lines, charges, discounts, taxes and payments; `items` stands beside the lines."""
    if replace:
        for model in (OrderLine, OrderCharge, OrderDiscount, OrderTax, OrderPayment):
            model.objects.filter(order=order).delete()
    write_rows_of([(order, remote, items)])


def write_rows_of(entries: Sequence[tuple[Order, RemoteOrder, Sequence[Item | None]]]) -> None:
    """Mirror the rows of several new orders: one statement per table."""
    insert_rows([row for entry in entries for row in _lines(*entry)])
    for rows in (_charges, _discounts, _taxes, _payments):
        insert_rows([row for order, remote, _ in entries for row in rows(order, remote)])


def _lines(order: Order, remote: RemoteOrder, items: Sequence[Item | None]) -> Iterator[OrderLine]:
    for index, (line, item) in enumerate(zip(remote.lines, items, strict=True), start=1):
        yield OrderLine(
            order=order,
            line_no=index,
            remote_id=clean_text(line.remote_id, 100),
            sku=clean_text(line.sku, 255),
            name=clean_text(line.name),
            product_id=clean_text(line.product_id, 100),
            variant_id=clean_text(line.variant_id, 100),
            attributes=clean_json(dict(line.attributes)) if line.attributes else {},
            item=item,
            quantity=line.quantity,
            subtotal_net=line.subtotal_net,
            subtotal_tax=line.subtotal_tax,
            net=line.net,
            tax=line.tax,
        )


def _charges(order: Order, remote: RemoteOrder) -> Iterator[OrderCharge]:
    for charge in remote.charges:
        yield OrderCharge(
            order=order,
            remote_id=clean_text(charge.remote_id, 100),
            kind=charge.kind.value,
            code=clean_text(charge.code, 200),
            title=clean_text(charge.title),
            net=charge.net,
            tax=charge.tax,
        )


def _discounts(order: Order, remote: RemoteOrder) -> Iterator[OrderDiscount]:
    for entry in remote.discounts:
        yield OrderDiscount(
            order=order,
            kind=entry.kind.value,
            code=clean_text(entry.code, 255),
            title=clean_text(entry.title),
            net=entry.net,
            tax=entry.tax,
            in_lines=entry.in_lines,
        )


def _taxes(order: Order, remote: RemoteOrder) -> Iterator[OrderTax]:
    for tax in remote.taxes:
        yield OrderTax(
            order=order,
            rate_id=clean_text(tax.rate_id, 100),
            name=clean_text(tax.name, 255),
            rate_percent=tax.rate_percent,
            amount=tax.amount,
        )


def _payments(order: Order, remote: RemoteOrder) -> Iterator[OrderPayment]:
    for payment in remote.payments:
        yield OrderPayment(
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


def faults_of(remote: RemoteOrder) -> list[str]:
    """Why an order cannot be booked by anybody; empty for a sound one."""
    found = []
    if not remote.lines and not remote.charges:
        found.append("The order has neither lines nor charges.")
    if len(remote.currency) != 3 or not remote.currency.isalpha():
        found.append(f"The currency is {remote.currency!r}.")
    if remote.totals.grand_total < 0:
        found.append(f"The grand total is negative: {remote.totals.grand_total}.")
    for line in remote.lines:
        label = line.sku or line.name[:60] or line.remote_id
        if line.quantity < 0:
            found.append(f"Line '{label}' has the quantity {line.quantity}.")
        elif line.quantity == 0 and (line.net or line.tax or line.subtotal_net):
            found.append(f"Line '{label}' has quantity 0 and the amount {line.net}.")
        elif line.net < 0 or line.subtotal_net < 0:
            found.append(f"Line '{label}' has a negative amount: {line.net}.")
    return found


def too_large(remote: RemoteOrder) -> list[str]:
    """Figures that no column holds, each with its place; an order with one of them cannot even be kept as rows."""
    figures = [(f"total {name}", value, MAX_AMOUNT) for name, value in vars_of(remote.totals)]
    for line in remote.lines:
        label = line.sku or line.name[:60] or line.remote_id
        figures.append((f"quantity of line '{label}'", line.quantity, MAX_QUANTITY))
        amounts = (line.subtotal_net, line.subtotal_tax, line.net, line.tax)
        figures += [(f"amount of line '{label}'", value, MAX_AMOUNT) for value in amounts]
    for charge in remote.charges:
        figures += [(f"amount of '{charge.title[:60]}'", v, MAX_AMOUNT) for v in (charge.net, charge.tax)]
    for entry in remote.discounts:
        figures += [(f"discount '{entry.code[:60]}'", v, MAX_AMOUNT) for v in (entry.net, entry.tax)]
    for tax in remote.taxes:
        figures.append((f"tax '{tax.name[:60]}'", tax.amount, MAX_AMOUNT))
        figures.append((f"rate of tax '{tax.name[:60]}'", tax.rate_percent or ZERO, MAX_RATE))
    figures += [(f"payment '{payment.code[:60]}'", payment.amount, MAX_AMOUNT) for payment in remote.payments]
    return [
        f"{name} is {value:.3E}"
        for name, value, limit in figures
        if not value.is_finite() or abs(value) >= limit
    ]


def vars_of(totals: RemoteTotals) -> list[tuple[str, Decimal]]:
    """The totals with their names."""
    return [(entry.name, getattr(totals, entry.name)) for entry in dataclasses.fields(totals)]
