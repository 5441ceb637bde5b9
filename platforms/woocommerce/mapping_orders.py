"""WooCommerce order JSON -> RemoteOrder. Pure functions.

All line amounts of WooCommerce are net of tax, whatever `prices_include_tax` says; coupons are already taken off them;
`total` is the order's total before refunds. Each row's amounts are rounded to the shop's decimals by WooCommerce, its
taxes per rate are not, and the header may have been rounded once over all (setting "round at subtotal"). What the
rows' unrounded figures explain is rounding; any other difference is left standing so that the proof of the order finds it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
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
    RemoteTotals,
)
from platforms.woocommerce.errors import plain_text
from platforms.woocommerce.mapping_returns import refund_summaries
from platforms.woocommerce.payloads import (
    AddressShape,
    LineShape,
    MetaRow,
    OrderShape,
    TaxLineShape,
    meta_value,
    read_shape,
)
from platforms.woocommerce.taxes import quantum_of, tax_of, taxes_of

#: Where the plugins of Stripe, WooPayments and PayPal note their fee, in the order's currency.
_FEE_KEYS = ("_stripe_fee", "_wcpay_transaction_fee", "_paypal_transaction_fee", "PayPal Transaction Fee")

PHASES: Mapping[str, OrderPhase] = {
    "checkout-draft": OrderPhase.INCOMPLETE,
    "auto-draft": OrderPhase.INCOMPLETE,
    "draft": OrderPhase.INCOMPLETE,
    "new": OrderPhase.INCOMPLETE,
    "trash": OrderPhase.INCOMPLETE,
    "completed": OrderPhase.COMPLETE,
    "refunded": OrderPhase.COMPLETE,
    "cancelled": OrderPhase.CANCELLED,
    "failed": OrderPhase.CANCELLED,
}
_LANGUAGE_KEYS = ("wpml_language", "_wpml_language", "pll_language", "_locale", "locale")


def order_from_json(payload: Mapping[str, Any], *, tax_number_keys: Sequence[str] = ()) -> RemoteOrder:
    """Read one order. Raises InvalidPayload listing every fault."""
    shape = read_shape(OrderShape, payload, what="Order")
    if shape.date_created_gmt is None:
        raise InvalidPayload(
            f"Order {shape.id} cannot be read: date_created_gmt is empty.",
            platform="woocommerce",
            item=shape.id,
            cure="Open the order in the shop and save it again.",
        )
    status = shape.status.removeprefix("wc-")
    updated_at = shape.date_modified_gmt or shape.date_created_gmt
    rates = {line.rate_id: line for line in shape.tax_lines}
    lines = tuple(_line(line, rates, shape.currency) for line in shape.line_items)
    charges = _charges(shape, rates)
    returns = refund_summaries(shape, updated_at)
    totals = _totals(shape, lines, charges, sum((entry.total for entry in returns), ZERO))
    billing = _address(shape.billing)
    return RemoteOrder(
        remote_id=shape.id,
        number=shape.number or shape.id,
        created_at=shape.date_created_gmt,
        updated_at=updated_at,
        status=status,
        phase=PHASES.get(status, OrderPhase.OPEN),
        financial_status=_financial_status(shape, status, totals.refunded_total),
        currency=shape.currency.upper(),
        prices_include_tax=shape.prices_include_tax,
        customer=_customer(shape, tax_number_keys),
        billing=billing,
        shipping=_shipping_address(shape.shipping, billing),
        lines=lines,
        charges=charges,
        discounts=_discounts(shape),
        taxes=tuple(
            tax_of(rates, line.rate_id, line.tax_total + line.shipping_tax_total) for line in shape.tax_lines
        ),
        payments=_payments(shape, status),
        totals=totals,
        returns=returns,
        note=shape.customer_note,
        raw=payload,
    )


# ---------------------------------------------------------------- lines and charges


def _line(line: LineShape, rates: Mapping[str, TaxLineShape], currency: str) -> RemoteOrderLine:
    return RemoteOrderLine(
        remote_id=line.id,
        sku=line.sku.strip(),
        name=line.name,
        quantity=line.quantity,
        subtotal_net=line.subtotal,
        subtotal_tax=line.subtotal_tax,
        net=line.total,
        tax=line.total_tax,
        taxes=taxes_of(line.taxes, line.total_tax, rates, currency),
        product_id=_id_or_empty(line.product_id),
        variant_id=_id_or_empty(line.variation_id),
        attributes=_attributes(line.meta_data),
    )


def _charges(shape: OrderShape, rates: Mapping[str, TaxLineShape]) -> tuple[RemoteCharge, ...]:
    shipping = [
        RemoteCharge(
            remote_id=line.id,
            kind=ChargeKind.SHIPPING,
            code=line.method_id.partition(":")[0],
            title=line.method_title,
            net=line.total,
            tax=line.total_tax,
            taxes=taxes_of(line.taxes, line.total_tax, rates, shape.currency),
        )
        for line in shape.shipping_lines
    ]
    fees = [
        RemoteCharge(
            remote_id=line.id,
            kind=ChargeKind.FEE,
            code=line.name,
            title=line.name,
            net=line.total,
            tax=line.total_tax,
            taxes=taxes_of(line.taxes, line.total_tax, rates, shape.currency),
        )
        for line in shape.fee_lines
    ]
    return (*shipping, *fees)


def _discounts(shape: OrderShape) -> tuple[RemoteDiscount, ...]:
    return tuple(
        RemoteDiscount(
            code=line.code,
            kind=DiscountKind.COUPON,
            net=line.discount,
            tax=line.discount_tax,
            in_lines=True,
            title=line.code,
        )
        for line in shape.coupon_lines
    )


def _attributes(rows: Sequence[MetaRow]) -> dict[str, str]:
    """What the buyer chose; keys with a leading underscore are the shop's own bookkeeping."""
    found: dict[str, str] = {}
    for row in rows:
        if not row.key or row.key.startswith("_"):
            continue
        name = row.display_key if isinstance(row.display_key, str) and row.display_key else row.key
        value = row.display_value if isinstance(row.display_value, str) and row.display_value else row.value
        if isinstance(value, str | int | Decimal) and not isinstance(value, bool):
            found[plain_text(name)] = plain_text(str(value))
    return found


# ---------------------------------------------------------------- taxes and totals


def _totals(
    shape: OrderShape, lines: Sequence[RemoteOrderLine], charges: Sequence[RemoteCharge], refunded: Decimal
) -> RemoteTotals:
    fees = [charge for charge in charges if charge.kind is not ChargeKind.SHIPPING]
    rows: list[RemoteOrderLine | RemoteCharge] = [*lines, *charges]
    rows_net = sum((row.net for row in rows), ZERO)
    quantum = _smallest_shown(shape.currency, shape.total, shape.total_tax, rows)
    return RemoteTotals(
        lines_net=sum((line.net for line in lines), ZERO),
        lines_tax=sum((line.tax for line in lines), ZERO),
        discount_net=shape.discount_total,
        discount_tax=shape.discount_tax,
        shipping_net=shape.shipping_total,
        shipping_tax=shape.shipping_tax,
        fees_net=sum((fee.net for fee in fees), ZERO),
        fees_tax=sum((fee.tax for fee in fees), ZERO),
        tax_total=shape.total_tax,
        grand_total=shape.total,
        refunded_total=refunded,
        rounding=_rounding(shape, shape.total - shape.total_tax - rows_net, quantum),
    )


def _smallest_shown(
    currency: str, total: Decimal, tax: Decimal, rows: Sequence[RemoteOrderLine | RemoteCharge]
) -> Decimal:
    """What the shop rounds its figures to. It may show fewer decimals than its currency has; then all amounts do."""
    amounts = [total, tax, *(amount for row in rows for amount in (row.net, row.tax))]
    return max(currency_quantum(currency), min(quantum_of(amount) for amount in amounts))


def _rounding(shape: OrderShape, difference: Decimal, quantum: Decimal) -> Decimal:
    """The difference of the net amounts, when the shop rounded their sum once; else 0 and the proof will find it.

    `price` is the line's net per piece, unrounded: its sum must round to what the header holds. Shops that do not
    send it get the benefit of half a cent per line.
    """
    if not difference:
        return ZERO
    exact, told = ZERO, True
    for line in shape.line_items:
        whole = line.price * line.quantity if line.price is not None else None
        if whole is None or abs(whole - line.total) > quantum:
            whole, told = line.total, False
        exact += whole - line.total
    if told:
        return difference if abs(exact - difference) <= quantum * Decimal("0.51") else ZERO
    return difference if abs(difference) <= quantum * (len(shape.line_items) // 2) else ZERO


def total_differences(order: RemoteOrder) -> list[str]:
    """Where the order's rows and the shop's own totals disagree beyond rounding; empty when all is proved.

    Each text names the component and the difference, for the reason on a held order.
    """
    totals = order.totals
    shipping = [charge for charge in order.charges if charge.kind is ChargeKind.SHIPPING]
    rows: list[RemoteOrderLine | RemoteCharge] = [*order.lines, *order.charges]
    quantum = _smallest_shown(order.currency, totals.grand_total, totals.tax_total, rows)
    checks = (
        (
            "discount",
            totals.discount_net,
            sum((line.discount_net for line in order.lines), ZERO),
            len(order.lines),
        ),
        ("shipping", totals.shipping_net, sum((charge.net for charge in shipping), ZERO), len(shipping)),
        ("shipping tax", totals.shipping_tax, sum((charge.tax for charge in shipping), ZERO), len(shipping)),
        ("tax", totals.tax_total, sum((row.tax for row in rows), ZERO), len(rows)),
    )
    found = [
        f"{name}: the shop says {said}, its rows come to {summed}"
        for name, said, summed, count in checks
        if abs(said - summed) > quantum * max(1, count)
    ]
    total = sum((row.net for row in rows), ZERO) + totals.tax_total + totals.rounding
    if total != totals.grand_total:
        found.append(f"total: the shop says {totals.grand_total}, its rows come to {total}")
    return found


# ---------------------------------------------------------------- people and payment


def _address(shape: AddressShape) -> RemoteAddress:
    return RemoteAddress(
        first_name=shape.first_name.strip(),
        last_name=shape.last_name.strip(),
        company=shape.company.strip(),
        line1=shape.address_1.strip(),
        line2=shape.address_2.strip(),
        city=shape.city.strip(),
        region=shape.state.strip(),
        postal_code=shape.postcode.strip(),
        country=shape.country.strip().upper(),
        phone=shape.phone.strip(),
        email=shape.email.strip(),
    )


def _shipping_address(shape: AddressShape, billing: RemoteAddress) -> RemoteAddress:
    """An empty shipping address means the billing address; phone and e-mail are asked for only there."""
    address = _address(shape)
    if address.is_empty:
        return billing
    return RemoteAddress(
        first_name=address.first_name,
        last_name=address.last_name,
        company=address.company,
        line1=address.line1,
        line2=address.line2,
        city=address.city,
        region=address.region,
        postal_code=address.postal_code,
        country=address.country or billing.country,
        phone=address.phone or billing.phone,
        email=address.email or billing.email,
    )


def _customer(shape: OrderShape, tax_number_keys: Sequence[str]) -> RemoteCustomer:
    customer_id = _id_or_empty(shape.customer_id)
    billing, shipping = shape.billing, shape.shipping
    return RemoteCustomer(
        remote_id=customer_id,
        email=billing.email.strip(),
        first_name=(billing.first_name or shipping.first_name).strip(),
        last_name=(billing.last_name or shipping.last_name).strip(),
        company=(billing.company or shipping.company).strip(),
        phone=(billing.phone or shipping.phone).strip(),
        tax_number=re.sub(r"\s+", "", meta_value(shape.meta_data, *tax_number_keys)),
        is_guest=not customer_id,
        language=meta_value(shape.meta_data, *_LANGUAGE_KEYS)[:2].lower(),
    )


def _payments(shape: OrderShape, status: str) -> tuple[RemotePayment, ...]:
    """The one payment of an order; none for an order that cost nothing and names no method."""
    if not shape.payment_method and not shape.total:
        return ()
    paid = shape.date_paid_gmt is not None
    return (
        RemotePayment(
            code=shape.payment_method,
            title=plain_text(shape.payment_method_title),
            amount=shape.total,
            currency=shape.currency.upper(),
            paid_at=shape.date_paid_gmt,
            transaction_id=shape.transaction_id,
            is_paid=paid,
            is_authorised=_is_authorised(shape, status),
            fee=_withheld(shape),
        ),
    )


def _withheld(shape: OrderShape) -> Decimal:
    """What the gateway kept of the payment, as its plugin notes it on the order; zero when none does."""
    try:
        fee = Decimal(meta_value(shape.meta_data, *_FEE_KEYS).strip() or "0")
    except InvalidOperation:
        return ZERO
    return fee if fee.is_finite() and ZERO < fee < shape.total else ZERO


def _is_authorised(shape: OrderShape, status: str) -> bool:
    """Card gateways that capture later leave the order on hold with a transaction and without a date of payment."""
    return status == "on-hold" and bool(shape.transaction_id) and shape.date_paid_gmt is None


def _financial_status(shape: OrderShape, status: str, refunded: Decimal) -> FinancialStatus:
    if status == "refunded" or (refunded and refunded >= shape.total):
        return FinancialStatus.REFUNDED
    if refunded:
        return FinancialStatus.PARTLY_REFUNDED
    if shape.date_paid_gmt is not None:
        return FinancialStatus.PAID
    if status == "failed":
        return FinancialStatus.FAILED
    return FinancialStatus.AUTHORISED if _is_authorised(shape, status) else FinancialStatus.UNPAID


def modified_at(payload: Mapping[str, Any]) -> datetime | None:
    """When a record was changed last, read from raw JSON without judging the rest."""
    for key in ("date_modified_gmt", "date_created_gmt"):
        value = payload.get(key)
        if isinstance(value, str) and value:
            try:
                return datetime.fromisoformat(
                    value + ("" if "+" in value or value.endswith("Z") else "+00:00")
                )
            except ValueError:
                continue
    return None


def _id_or_empty(value: str) -> str:
    text = value.strip()
    return "" if text in ("", "0") else text
