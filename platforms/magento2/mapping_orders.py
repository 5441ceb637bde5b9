"""Magento 2 order JSON -> RemoteOrder. Pure functions.

Amounts are those in the buyer's currency (`order_currency_code`), net of tax with the tax beside them. What the shop's
total has beyond its rows is named (`order_amounts.extras_of`), so that the rows sum to `grand_total` to the cent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from ecomsync.common.money import HUNDRED, ZERO, currency_quantum
from platforms.magento2.cancelled_rest import without_cancelled
from platforms.magento2.mapping_shipments import shipments_of
from platforms.magento2.order_amounts import RowAmounts, extras_of, row_amounts, sold_items
from platforms.magento2.payloads import (
    AddressShape,
    AppliedTax,
    ItemShape,
    OrderShape,
    read_shape,
)
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

#: By state, which Magento fixes; statuses are the shop's own. A payment that is not certain is no order yet: it is read
#: again when its state moves.
PHASES: Mapping[str, OrderPhase] = {
    "pending_payment": OrderPhase.INCOMPLETE,
    "payment_review": OrderPhase.INCOMPLETE,
    "complete": OrderPhase.COMPLETE,
    "closed": OrderPhase.COMPLETE,
    "canceled": OrderPhase.CANCELLED,
}


def order_from_json(
    payload: Mapping[str, Any], *, prices_include_tax: bool | None = None, book_difference: bool = True
) -> RemoteOrder:
    """Read one order. prices_include_tax: what the site says, None to judge by the prices. Raises InvalidPayload
    listing every fault."""
    shape = without_cancelled(read_shape(OrderShape, payload, what="Order"))
    goods = sold_items(shape.items)
    amounts = [row_amounts(item, shape.order_currency_code) for item in goods]
    lines = tuple(_line(shape, item, row) for item, row in zip(goods, amounts, strict=True))
    shipping = _shipping(shape)
    rows_net = _net(lines) + _net(shipping)
    extras = extras_of(shape, goods, rows_net, book_difference=book_difference)
    charges = (*shipping, *extras.charges)
    billing = _address(shape.billing_address, shape.customer_email)
    return RemoteOrder(
        remote_id=shape.entity_id,
        number=shape.increment_id or shape.entity_id,
        created_at=shape.created_at,
        updated_at=shape.updated_at or shape.created_at,
        status=shape.status or shape.state,
        phase=PHASES.get(shape.state, OrderPhase.OPEN),
        financial_status=_financial_status(shape),
        currency=shape.order_currency_code.upper(),
        prices_include_tax=_includes_tax(shape, goods) if prices_include_tax is None else prices_include_tax,
        customer=_customer(shape, billing),
        billing=billing,
        shipping=_shipping_address(shape, billing),
        lines=lines,
        charges=charges,
        discounts=(*_line_discounts(shape, lines), *extras.discounts),
        taxes=_taxes(shape, lines, charges),
        payments=_payments(shape),
        totals=_totals(shape, lines, charges, extras.discounts, extras.rounding),
        note=shape.customer_note,
        raw=payload,
        shipments=shipments_of(payload, shape.items, lines),
    )


# ---------------------------------------------------------------- lines


def _line(shape: OrderShape, item: ItemShape, row: RowAmounts) -> RemoteOrderLine:
    """A configurable's parent item bears the SKU of the variant; the variant's id stands on its child."""
    child = next(
        (
            other
            for other in shape.items
            if other.parent_item_id == item.item_id and item.product_type == "configurable"
        ),
        None,
    )
    return RemoteOrderLine(
        remote_id=item.item_id,
        sku=item.sku.strip(),
        name=item.name,
        quantity=item.qty_ordered,
        subtotal_net=row.gross,
        subtotal_tax=row.gross_tax,
        net=row.net,
        tax=row.tax,
        taxes=_line_taxes(shape, item, row.tax),
        product_id=item.product_id,
        variant_id=child.product_id if child is not None else "",
        attributes=_attributes(shape, item),
    )


def _attributes(shape: OrderShape, item: ItemShape) -> dict[str, str]:
    """What the buyer entered, the bundle that a part belongs to, and the parts of a bundle sold at one price."""
    found = {
        f"Option {entry.option_id}": entry.option_value
        for entry in item.product_option.extension_attributes.custom_options
        if entry.option_id and entry.option_value
    }
    parent = next((other for other in shape.items if other.item_id == item.parent_item_id), None)
    if parent is not None:
        found["Bundle"] = parent.name or parent.sku
    if item.product_type == "bundle":
        parts = [other for other in shape.items if other.parent_item_id == item.item_id]
        texts = [f"{part.qty_ordered.normalize():f} × {part.sku or part.name}" for part in parts]
        if texts:
            found["Contents"] = ", ".join(texts)
    return found


def _line_taxes(shape: OrderShape, item: ItemShape, tax: Decimal) -> tuple[RemoteTax, ...]:
    """The item's own rates where the shop tells them, else its one percentage."""
    applied = [
        entry
        for entry in shape.extension_attributes.item_applied_taxes
        if entry.type == "product" and entry.item_id == item.item_id
    ]
    told = [tax for entry in applied for tax in entry.applied_taxes]
    return _shares(told, tax, shape.order_currency_code) or _by_percent(shape, item.tax_percent, tax)


def _shares(told: Sequence[AppliedTax], tax: Decimal, currency: str) -> tuple[RemoteTax, ...]:
    """Rates of one row, whose amounts sum to the row's tax exactly; the largest takes what rounding leaves."""
    if not told:
        return ()
    quantum = currency_quantum(currency)
    amounts = [entry.amount.quantize(quantum, rounding=ROUND_HALF_UP) for entry in told]
    rest = tax - sum(amounts, ZERO)
    if abs(rest) > quantum * len(told):
        return ()
    amounts[max(range(len(told)), key=lambda n: abs(amounts[n]))] += rest
    return tuple(
        RemoteTax(entry.code, entry.title or entry.code, entry.percent, amount)
        for entry, amount in zip(told, amounts, strict=True)
    )


def _by_percent(shape: OrderShape, percent: Decimal, tax: Decimal) -> tuple[RemoteTax, ...]:
    if not percent and not tax:
        return ()
    known = next(
        (entry for entry in shape.extension_attributes.applied_taxes if entry.percent == percent), None
    )
    name = (known.title or known.code) if known is not None else ""
    return (RemoteTax(known.code if known is not None else "", name, percent or None, tax),)


def _taxes(
    shape: OrderShape, lines: Sequence[RemoteOrderLine], charges: Sequence[RemoteCharge]
) -> tuple[RemoteTax, ...]:
    """The order's taxes by rate as the shop tells them; of one that was cancelled in part those of its rows, since the
    shop's are of the order as it was placed."""
    told = tuple(_tax(tax) for tax in shape.extension_attributes.applied_taxes)
    if sum((tax.amount for tax in told), ZERO) == shape.tax_amount or not shape.total_canceled:
        return told
    rows: list[RemoteOrderLine | RemoteCharge] = [*lines, *charges]
    found: dict[str, RemoteTax] = {}
    for tax in (tax for row in rows for tax in row.taxes):
        earlier = found.get(tax.rate_id)
        amount = tax.amount + (earlier.amount if earlier is not None else ZERO)
        found[tax.rate_id] = replace(tax, amount=amount)
    return tuple(found.values())


def _tax(tax: AppliedTax) -> RemoteTax:
    return RemoteTax(tax.code, tax.title or tax.code, tax.percent, tax.amount)


# ---------------------------------------------------------------- shipping, discounts, totals


def _shipping(shape: OrderShape) -> tuple[RemoteCharge, ...]:
    """Shipping after its own discount; an order without goods to send has none."""
    method = _method(shape)
    net = (
        shape.shipping_amount
        - shape.shipping_discount_amount
        + shape.shipping_discount_tax_compensation_amount
    )
    if not (method or net or shape.shipping_tax_amount):
        return ()
    told = [
        tax
        for entry in shape.extension_attributes.item_applied_taxes
        if entry.type == "shipping"
        for tax in entry.applied_taxes
    ]
    tax = shape.shipping_tax_amount
    taxes = _shares(told, tax, shape.order_currency_code) or _shipping_by_rate(shape, net, tax)
    return (
        RemoteCharge("shipping", ChargeKind.SHIPPING, method, shape.shipping_description, net, tax, taxes),
    )


def _shipping_by_rate(shape: OrderShape, net: Decimal, tax: Decimal) -> tuple[RemoteTax, ...]:
    """The one of the order's rates that gives this tax."""
    if not tax:
        return ()
    quantum = currency_quantum(shape.order_currency_code)
    for entry in shape.extension_attributes.applied_taxes:
        if entry.percent is not None and abs(net * entry.percent / HUNDRED - tax) <= quantum:
            return (RemoteTax(entry.code, entry.title or entry.code, entry.percent, tax),)
    return ()


def _method(shape: OrderShape) -> str:
    assignments = shape.extension_attributes.shipping_assignments
    return assignments[0].shipping.method if assignments else ""


def _line_discounts(shape: OrderShape, lines: Sequence[RemoteOrderLine]) -> tuple[RemoteDiscount, ...]:
    """One entry for what the cart rules took off the lines; which rule took what the shop does not tell."""
    net = sum((line.discount_net for line in lines), ZERO)
    if not net:
        return ()
    kind = DiscountKind.COUPON if shape.coupon_code else DiscountKind.HEADER
    code = shape.coupon_code or shape.discount_description or "discount"
    tax = sum((line.discount_tax for line in lines), ZERO)
    return (RemoteDiscount(code, kind, net, tax, True, shape.discount_description or code),)


def _net(rows: Sequence[RemoteOrderLine] | Sequence[RemoteCharge]) -> Decimal:
    return sum((row.net for row in rows), ZERO)


def _totals(
    shape: OrderShape,
    lines: Sequence[RemoteOrderLine],
    charges: Sequence[RemoteCharge],
    beside: Sequence[RemoteDiscount],
    rounding: Decimal,
) -> RemoteTotals:
    shipping = [charge for charge in charges if charge.kind is ChargeKind.SHIPPING]
    fees = [charge for charge in charges if charge.kind is not ChargeKind.SHIPPING]
    fees_tax = sum((fee.tax for fee in fees), ZERO)
    rows_tax = sum((line.tax for line in lines), ZERO) + sum((row.tax for row in shipping), ZERO)
    # Some versions leave the tax of gift wrap out of the order's tax; then it is added, so that rows and total agree.
    beyond = shape.grand_total - shape.tax_amount - _net(lines) - _net(charges)
    beyond += sum((entry.net for entry in beside), ZERO) - rounding
    tax_total = shape.tax_amount + (beyond if fees_tax and beyond == fees_tax else ZERO)
    return RemoteTotals(
        lines_net=sum((line.net for line in lines), ZERO),
        lines_tax=rows_tax - sum((row.tax for row in shipping), ZERO),
        discount_net=sum((line.discount_net for line in lines), ZERO)
        + sum((entry.net for entry in beside), ZERO),
        discount_tax=sum((line.discount_tax for line in lines), ZERO),
        shipping_net=sum((row.net for row in shipping), ZERO),
        shipping_tax=sum((row.tax for row in shipping), ZERO),
        fees_net=sum((fee.net for fee in fees), ZERO),
        fees_tax=fees_tax,
        tax_total=tax_total,
        grand_total=shape.grand_total,
        refunded_total=shape.total_refunded,
        rounding=rounding,
    )


def _includes_tax(shape: OrderShape, goods: Sequence[ItemShape]) -> bool:
    """Whether the shop's prices have the tax in them: a discount with tax inside says so, and so does a price that is
    round only with its tax. Round both ways, or untaxed, says nothing."""
    if shape.discount_tax_compensation_amount:
        return True
    quantum = currency_quantum(shape.order_currency_code)
    votes = 0
    for item in goods:
        if not item.tax_amount or item.price_incl_tax is None:
            continue
        net_round, gross_round = _is_round(item.price, quantum), _is_round(item.price_incl_tax, quantum)
        votes += (gross_round and not net_round) - (net_round and not gross_round)
    return votes > 0


def _is_round(amount: Decimal, quantum: Decimal) -> bool:
    return amount == amount.quantize(quantum, rounding=ROUND_HALF_UP)


# ---------------------------------------------------------------- people and payment


def _address(shape: AddressShape, email: str = "") -> RemoteAddress:
    street = [line.strip() for line in shape.street if line.strip()]
    return RemoteAddress(
        first_name=shape.firstname.strip(),
        last_name=shape.lastname.strip(),
        company=shape.company.strip(),
        line1=street[0] if street else "",
        line2="\n".join(street[1:]),
        city=shape.city.strip(),
        region=(shape.region or shape.region_code).strip(),
        postal_code=shape.postcode.strip(),
        country=shape.country_id.strip().upper(),
        phone=shape.telephone.strip(),
        email=(shape.email or email).strip(),
    )


def _shipping_address(shape: OrderShape, billing: RemoteAddress) -> RemoteAddress:
    """The address of the first assignment; orders without goods to send have none, and the billing one counts."""
    assignments = shape.extension_attributes.shipping_assignments
    address = _address(assignments[0].shipping.address, shape.customer_email) if assignments else billing
    return billing if address.is_empty else address


def _customer(shape: OrderShape, billing: RemoteAddress) -> RemoteCustomer:
    tax_number = shape.customer_taxvat or shape.billing_address.vat_id
    return RemoteCustomer(
        remote_id=shape.customer_id,
        email=(shape.customer_email or billing.email).strip(),
        first_name=(shape.customer_firstname or billing.first_name).strip(),
        last_name=(shape.customer_lastname or billing.last_name).strip(),
        company=billing.company,
        phone=billing.phone,
        tax_number=re.sub(r"\s+", "", tax_number),
        is_guest=not shape.customer_id,
    )


def _payments(shape: OrderShape) -> tuple[RemotePayment, ...]:
    """The one payment of an order; none for an order that cost nothing."""
    payment = shape.payment
    if not shape.grand_total and payment.method in ("", "free"):
        return ()
    told = {entry.key: entry.value for entry in shape.extension_attributes.payment_additional_info}
    return (
        RemotePayment(
            code=payment.method,
            title=told.get("method_title") or payment.method,
            amount=shape.grand_total,
            currency=shape.order_currency_code.upper(),
            transaction_id=payment.last_trans_id or payment.po_number,
            is_paid=_is_paid(shape),
            is_authorised=_is_authorised(shape),
        ),
    )


def _is_paid(shape: OrderShape) -> bool:
    return shape.total_paid >= shape.grand_total


def _is_authorised(shape: OrderShape) -> bool:
    return not _is_paid(shape) and shape.payment.amount_authorized > 0


def _financial_status(shape: OrderShape) -> FinancialStatus:
    if shape.total_refunded and shape.total_refunded >= shape.grand_total:
        return FinancialStatus.REFUNDED
    if shape.total_refunded:
        return FinancialStatus.PARTLY_REFUNDED
    if _is_paid(shape) and shape.state != "canceled":
        return FinancialStatus.PAID
    if shape.state == "canceled":
        return FinancialStatus.FAILED if shape.grand_total else FinancialStatus.UNPAID
    return FinancialStatus.AUTHORISED if _is_authorised(shape) else FinancialStatus.UNPAID
