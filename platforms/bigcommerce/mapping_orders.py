"""BigCommerce order JSON -> RemoteOrder. Pure functions.

The payload is the order of V2 with the lists that stand apart in the API put into it: `products`, `shipping_addresses`,
`fees`, `coupons`, `taxes`, `refunds`, `shipments` and `transactions`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from ecomsync.common.money import ZERO, currency_quantum
from platforms.bigcommerce.mapping_returns import returns_of
from platforms.bigcommerce.options import BigCommerceOptions
from platforms.bigcommerce.order_money import Figures, Row, charge_row, figures_of, line_row, remote_taxes
from platforms.bigcommerce.payloads import (
    AddressShape,
    DiscountShape,
    LineShape,
    OrderShape,
    TaxShape,
    TransactionShape,
    moment_of,
    read_shape,
)
from platforms.types import (
    ChargeKind,
    DiscountKind,
    FinancialStatus,
    OrderPhase,
    PaymentKind,
    RemoteAddress,
    RemoteCharge,
    RemoteCustomer,
    RemoteDiscount,
    RemoteOrder,
    RemoteOrderLine,
    RemotePayment,
    RemoteShipment,
    RemoteTax,
    RemoteTotals,
)

#: Labels can be renamed by the merchant, so the numbers count.
ORDER_STATUSES: tuple[tuple[str, str], ...] = (
    ("0", "Incomplete"),
    ("1", "Pending"),
    ("7", "Awaiting Payment"),
    ("11", "Awaiting Fulfillment"),
    ("9", "Awaiting Shipment"),
    ("8", "Awaiting Pickup"),
    ("3", "Partially Shipped"),
    ("2", "Shipped"),
    ("10", "Completed"),
    ("5", "Cancelled"),
    ("6", "Declined"),
    ("4", "Refunded"),
    ("14", "Partially Refunded"),
    ("13", "Disputed"),
    ("12", "Manual Verification Required"),
)
PHASES: Mapping[int, OrderPhase] = {
    0: OrderPhase.INCOMPLETE,
    2: OrderPhase.COMPLETE,
    4: OrderPhase.COMPLETE,
    5: OrderPhase.CANCELLED,
    6: OrderPhase.CANCELLED,
    10: OrderPhase.COMPLETE,
}
_PAID: Mapping[str, FinancialStatus] = {
    "authorized": FinancialStatus.AUTHORISED,
    "capture pending": FinancialStatus.AUTHORISED,
    "held for review": FinancialStatus.AUTHORISED,
    "captured": FinancialStatus.PAID,
    "paid": FinancialStatus.PAID,
    "partially refunded": FinancialStatus.PARTLY_REFUNDED,
    "refunded": FinancialStatus.REFUNDED,
    "declined": FinancialStatus.FAILED,
    "void": FinancialStatus.FAILED,
    "void pending": FinancialStatus.FAILED,
    "pending": FinancialStatus.UNPAID,
}
_SETTLED = (FinancialStatus.PAID, FinancialStatus.PARTLY_REFUNDED, FinancialStatus.REFUNDED)


def order_from_json(payload: Mapping[str, Any], options: BigCommerceOptions) -> RemoteOrder:
    """Read one order. Raises InvalidPayload listing every fault."""
    shape = read_shape(OrderShape, payload, what="Order")
    currency = (shape.default_currency_code or shape.currency_code).upper()
    quantum = currency_quantum(currency)
    taxes = _by_target(shape.taxes)
    line_rows = [
        line_row(line, taxes.get(line.id, []), inclusive=shape.is_tax_inclusive_pricing, quantum=quantum)
        for line in shape.products
    ]
    drafts = _charges(shape, taxes, quantum)
    figures = figures_of(shape, line_rows, [row for _, row in drafts], quantum=quantum)
    lines = tuple(_line(line, row, currency) for line, row in zip(shape.products, line_rows, strict=True))
    charges = tuple(_charge(draft, row, currency) for draft, row in drafts)
    discounts = _discounts(shape, line_rows, figures)
    returns = returns_of(
        shape, currency, dict(zip([line.id for line in shape.products], line_rows, strict=True))
    )
    billing = _address(shape.billing_address)
    status = _financial_status(shape, options, figures.grand_total)
    return RemoteOrder(
        remote_id=shape.id,
        number=shape.id,
        created_at=shape.date_created,
        updated_at=shape.date_modified or shape.date_created,
        status=str(shape.status_id),
        phase=PHASES.get(shape.status_id, OrderPhase.OPEN),
        financial_status=status,
        currency=currency,
        prices_include_tax=shape.is_tax_inclusive_pricing,
        customer=_customer(shape, options),
        billing=billing,
        shipping=_shipping(shape, billing),
        lines=lines,
        charges=charges,
        discounts=discounts,
        taxes=_order_taxes([row for _, row in drafts] + line_rows, currency),
        payments=_payments(shape, currency, status, figures, options),
        totals=_totals(shape, lines, charges, discounts, figures, sum((r.total for r in returns), ZERO)),
        returns=returns,
        note=shape.customer_message,
        presentment_currency=_presentment(shape, currency),
        presentment_total=_presentment_total(shape, currency, quantum),
        raw=payload,
        shipments=_shipments(shape),
    )


def _by_target(taxes: Sequence[TaxShape]) -> dict[str, list[TaxShape]]:
    """Tax rows by the line they are on, or by `shipping`, `handling` and `gift-wrapping`. Rows of nothing stay: they say
    which rate it was, also 0."""
    found: dict[str, list[TaxShape]] = {}
    for tax in taxes:
        key = tax.order_product_id if tax.line_item_type in ("item", "") else tax.line_item_type
        if key:
            found.setdefault(key, []).append(tax)
    return found


# ---------------------------------------------------------------- lines and charges


def _line(line: LineShape, row: Row, currency: str) -> RemoteOrderLine:
    return RemoteOrderLine(
        remote_id=line.id,
        sku=line.sku.strip(),
        name=line.name,
        quantity=line.quantity,
        subtotal_net=row.before_net,
        subtotal_tax=row.before_tax,
        net=row.net,
        tax=row.tax,
        taxes=remote_taxes(row, currency),
        product_id=line.product_id,
        variant_id=line.chosen_variant,
        attributes={o.display_name: o.display_value for o in line.product_options if o.display_name},
    )


class _Draft:
    """A charge before its tax was settled."""

    __slots__ = ("code", "kind", "remote_id", "title")

    def __init__(self, remote_id: str, kind: ChargeKind, code: str, title: str) -> None:
        self.remote_id, self.kind, self.code, self.title = remote_id, kind, code, title


def _charges(
    shape: OrderShape, taxes: Mapping[str, list[TaxShape]], quantum: Decimal
) -> list[tuple[_Draft, Row]]:
    found = _shipping_charges(shape, taxes.get("shipping", []), quantum)
    beside = (
        ("handling", ChargeKind.FEE, "Handling", shape.handling_cost_inc_tax, shape.handling_cost_tax),
        (
            "gift-wrapping",
            ChargeKind.GIFT_WRAP,
            "Gift wrapping",
            shape.wrapping_cost_inc_tax,
            shape.wrapping_cost_tax,
        ),
    )
    for code, kind, title, inc, tax in beside:
        if inc:
            found.append(
                (_Draft(code, kind, code, title), charge_row(inc, tax, taxes.get(code, []), quantum=quantum))
            )
    for fee in shape.fees:
        name = fee.display_name_customer or fee.display_name_merchant
        draft = _Draft(fee.id, ChargeKind.FEE, fee.display_name_merchant or name, name)
        found.append((draft, charge_row(fee.cost_inc_tax, fee.cost_tax, [], quantum=quantum)))
    return found


def _shipping_charges(
    shape: OrderShape, details: list[TaxShape], quantum: Decimal
) -> list[tuple[_Draft, Row]]:
    """One per address where their costs come to the order's, else one for the order."""
    addresses = [a for a in shape.shipping_addresses if a.shipping_method or a.cost_inc_tax]
    costs = sum((address.cost_inc_tax for address in addresses), ZERO)
    if not addresses or costs != shape.shipping_cost_inc_tax:
        method = next((a.shipping_method for a in addresses), "")
        if not shape.shipping_cost_inc_tax and not method:
            return []
        row = charge_row(shape.shipping_cost_inc_tax, shape.shipping_cost_tax, details, quantum=quantum)
        return [(_Draft("shipping", ChargeKind.SHIPPING, method, method), row)]
    found = []
    for address in addresses:
        own = details if len(addresses) == 1 else []
        row = charge_row(address.cost_inc_tax, address.cost_tax, own, quantum=quantum)
        draft = _Draft(address.id, ChargeKind.SHIPPING, address.shipping_method, address.shipping_method)
        found.append((draft, row))
    return found


def _charge(draft: _Draft, row: Row, currency: str) -> RemoteCharge:
    return RemoteCharge(
        draft.remote_id, draft.kind, draft.code, draft.title, row.net, row.tax, remote_taxes(row, currency)
    )


def _order_taxes(rows: Sequence[Row], currency: str) -> tuple[RemoteTax, ...]:
    """The tax of the whole order per rate."""
    found: dict[str, RemoteTax] = {}
    for row in rows:
        for tax in remote_taxes(row, currency):
            known = found.get(tax.rate_id)
            amount = tax.amount + (known.amount if known else ZERO)
            found[tax.rate_id] = RemoteTax(tax.rate_id, tax.name, tax.rate_percent, amount)
    return tuple(found.values())


# ---------------------------------------------------------------- discounts and totals


def _discounts(shape: OrderShape, rows: Sequence[Row], figures: Figures) -> tuple[RemoteDiscount, ...]:
    """The lines' discounts by code, and what the header gives beside them."""
    names: dict[str, tuple[str, str, DiscountKind]] = {}
    nets: dict[str, Decimal] = {}
    taxes: dict[str, Decimal] = {}
    for line, row in zip(shape.products, rows, strict=True):
        net, tax = row.before_net - row.net, row.before_tax - row.tax
        told = [entry for entry in line.applied_discounts if entry.amount]
        weight = sum((entry.amount for entry in told), ZERO)
        for entry in told:
            key = entry.code or entry.id or entry.name
            names[key] = (entry.code or entry.name, entry.name or entry.code, _kind(entry))
            nets[key] = nets.get(key, ZERO) + net * entry.amount / weight
            taxes[key] = taxes.get(key, ZERO) + tax * entry.amount / weight
    found = [
        RemoteDiscount(code, kind, nets[key], taxes[key], in_lines=True, title=title)
        for key, (code, title, kind) in names.items()
        if nets[key] or taxes[key]
    ]
    if figures.discount_net or figures.discount_tax:
        code = next((coupon.code for coupon in shape.coupons), "")
        kind = DiscountKind.COUPON if code else DiscountKind.HEADER
        title = code or "Discount"
        found.append(
            RemoteDiscount(
                code, kind, figures.discount_net, figures.discount_tax, in_lines=False, title=title
            )
        )
    return tuple(found)


def _kind(entry: DiscountShape) -> DiscountKind:
    return DiscountKind.COUPON if entry.code else DiscountKind.HEADER


def _totals(
    shape: OrderShape,
    lines: Sequence[RemoteOrderLine],
    charges: Sequence[RemoteCharge],
    discounts: Sequence[RemoteDiscount],
    figures: Figures,
    refunded: Decimal,
) -> RemoteTotals:
    shipping = [charge for charge in charges if charge.kind is ChargeKind.SHIPPING]
    fees = [charge for charge in charges if charge.kind is not ChargeKind.SHIPPING]
    given = sum((line.subtotal_net - line.net for line in lines), ZERO)
    given_tax = sum((line.subtotal_tax - line.tax for line in lines), ZERO)
    return RemoteTotals(
        lines_net=sum((line.net for line in lines), ZERO),
        lines_tax=sum((line.tax for line in lines), ZERO),
        discount_net=given + figures.discount_net,
        discount_tax=given_tax + figures.discount_tax,
        shipping_net=sum((charge.net for charge in shipping), ZERO),
        shipping_tax=sum((charge.tax for charge in shipping), ZERO),
        fees_net=sum((fee.net for fee in fees), ZERO),
        fees_tax=sum((fee.tax for fee in fees), ZERO),
        tax_total=shape.total_tax,
        grand_total=figures.grand_total,
        refunded_total=refunded,
        rounding=figures.rounding,
    )


def _presentment(shape: OrderShape, currency: str) -> str:
    shown = shape.currency_code.upper()
    return shown if shown and shown != currency else ""


def _presentment_total(shape: OrderShape, currency: str, quantum: Decimal) -> Decimal | None:
    if not _presentment(shape, currency) or not shape.currency_exchange_rate:
        return None
    return (shape.total_inc_tax * shape.currency_exchange_rate).quantize(quantum)


# ---------------------------------------------------------------- people, payment, shipments


def _address(shape: AddressShape) -> RemoteAddress:
    return RemoteAddress(
        first_name=shape.first_name.strip(),
        last_name=shape.last_name.strip(),
        company=shape.company.strip(),
        line1=shape.street_1.strip(),
        line2=shape.street_2.strip(),
        city=shape.city.strip(),
        region=shape.state.strip(),
        postal_code=shape.zip.strip(),
        country=shape.country_iso2.strip().upper(),
        phone=shape.phone.strip(),
        email=shape.email.strip(),
    )


def _shipping(shape: OrderShape, billing: RemoteAddress) -> RemoteAddress:
    """The first address; a digital order has none, and goes to the buyer's own."""
    return _address(shape.shipping_addresses[0]) if shape.shipping_addresses else billing


def _customer(shape: OrderShape, options: BigCommerceOptions) -> RemoteCustomer:
    billing = shape.billing_address
    fields = {entry.name.strip().casefold(): entry.value for entry in billing.form_fields}
    numbers = [fields.get(name.casefold(), "") for name in options.tax_number_fields]
    return RemoteCustomer(
        remote_id=shape.customer_id,
        email=billing.email.strip(),
        first_name=billing.first_name.strip(),
        last_name=billing.last_name.strip(),
        company=billing.company.strip(),
        phone=billing.phone.strip(),
        tax_number=re.sub(r"\s+", "", next((number for number in numbers if number), "")),
        is_guest=not shape.customer_id,
        language=shape.customer_locale[:2].lower(),
    )


def _financial_status(shape: OrderShape, options: BigCommerceOptions, total: Decimal) -> FinancialStatus:
    """What the store knows of the payment; of offline payments it knows nothing, so the status tells."""
    known = _PAID.get(shape.payment_status.strip().lower())
    refunded = sum((refund.total_amount for refund in shape.refunds), ZERO)
    if shape.status_id == 4 or (refunded and refunded >= total):
        return FinancialStatus.REFUNDED
    if shape.status_id == 14 or refunded:
        return FinancialStatus.PARTLY_REFUNDED
    if known is not None:
        return known
    if shape.status_id == 6:
        return FinancialStatus.FAILED
    covered = shape.store_credit_amount + shape.gift_certificate_amount >= total
    if covered or str(shape.status_id) in options.paid_statuses:
        return FinancialStatus.PAID
    return FinancialStatus.UNPAID


def _payments(
    shape: OrderShape,
    currency: str,
    status: FinancialStatus,
    figures: Figures,
    options: BigCommerceOptions,
) -> tuple[RemotePayment, ...]:
    """The method that the buyer chose, beside gift certificates and store credit, which pay first."""
    tenders = (
        (PaymentKind.GIFT_CARD, "gift_certificate", "Gift certificate", shape.gift_certificate_amount),
        (PaymentKind.STORE_CREDIT, "store_credit", "Store credit", shape.store_credit_amount),
    )
    found = [
        RemotePayment(code, title, amount, currency, kind=kind, is_paid=True)
        for kind, code, title, amount in tenders
        if amount
    ]
    rest = figures.grand_total - sum((payment.amount for payment in found), ZERO)
    if rest <= 0 and (found or not shape.payment_method):
        return tuple(found)
    event = _settling_event(shape.transactions)
    paid = status in _SETTLED
    found.insert(
        0,
        RemotePayment(
            code=shape.payment_method,
            title=shape.payment_method,
            amount=rest,
            currency=currency,
            paid_at=event.date_created if event and paid else None,
            transaction_id=(event.gateway_transaction_id if event else "") or shape.payment_provider_id,
            is_paid=paid,
            is_authorised=status is FinancialStatus.AUTHORISED,
        ),
    )
    return tuple(found)


def _settling_event(transactions: Sequence[TransactionShape]) -> TransactionShape | None:
    """The transaction that brought the money, or that holds it."""
    good = [entry for entry in transactions if entry.status in ("ok", "")]
    for events in (("purchase", "capture", "settled"), ("authorization",)):
        for entry in good:
            if entry.event in events and entry.method not in ("gift_certificate", "store_credit"):
                return entry
    return None


def _shipments(shape: OrderShape) -> tuple[RemoteShipment, ...]:
    return tuple(
        RemoteShipment(
            remote_id=shipment.id,
            lines=tuple((item.order_product_id, item.quantity) for item in shipment.items),
            carrier=shipment.tracking_carrier or shipment.shipping_provider or shipment.shipping_method,
            tracking_numbers=(shipment.tracking_number,) if shipment.tracking_number else (),
            shipped_at=shipment.date_created,
        )
        for shipment in shape.shipments
    )


def modified_at(payload: Mapping[str, Any]) -> datetime | None:
    """When an order was changed last, read from raw JSON without judging the rest."""
    for key in ("date_modified", "date_created"):
        try:
            moment = moment_of(payload.get(key))
        except ValueError:
            continue
        if moment is not None:
            return moment
    return None
