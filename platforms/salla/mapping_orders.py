"""Salla order JSON -> RemoteOrder. Pure functions.

The payload is the order in its light form with the lines of `/orders/items` put into it as `items`; of a restored one also
`refunded_items`, `restored_in_part`, `return_pieces` and `our_refunds`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ecomsync.common.money import ZERO
from platforms.salla.mapping_returns import RESTORED, returns_of
from platforms.salla.options import SallaOptions
from platforms.salla.order_money import Figures, Row, remote_taxes, settle
from platforms.salla.payloads import CustomerShape, LineShape, OrderShape, StatusShape, read_shape
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

#: Slugs are the same in every store. `canceled` has one l here and two in events and shipments.
ORDER_STATUSES: tuple[tuple[str, str], ...] = (
    ("payment_pending", "Pending payment"),
    ("under_review", "Under review"),
    ("in_progress", "In progress"),
    ("delivering", "Delivering"),
    ("shipped", "Shipped"),
    ("delivered", "Delivered"),
    ("completed", "Completed"),
    ("restoring", "Being restored"),
    ("restored", "Restored"),
    ("canceled", "Canceled"),
    ("request_quote", "Request for a quote"),
)
CANCELED, QUOTE = "canceled", "request_quote"
DELETED = "99911771"
_PHASES: Mapping[str, OrderPhase] = {
    CANCELED: OrderPhase.CANCELLED,
    "completed": OrderPhase.COMPLETE,
    "delivered": OrderPhase.COMPLETE,
    RESTORED: OrderPhase.COMPLETE,
}
_PAID_BY_THEN = ("completed", "delivered", RESTORED)


def status_code(status: StatusShape, options: SallaOptions) -> str:
    """The slug, or `slug/number` of a custom status where those are told apart."""
    base = status.slug or ("deleted" if status.id == DELETED else status.id)
    custom = status.customized
    named_apart = bool(custom.name and status.name and custom.name != status.name)
    return f"{base}/{custom.id}" if options.custom_statuses and custom.id and named_apart else base


def phase_of(status: StatusShape, *, draft: bool = False, quote: bool = False) -> OrderPhase:
    if draft or quote or status.slug == QUOTE:
        return OrderPhase.INCOMPLETE
    if status.id == DELETED:
        return OrderPhase.CANCELLED
    return _PHASES.get(status.slug, OrderPhase.OPEN)


def order_from_json(payload: Mapping[str, Any], options: SallaOptions) -> RemoteOrder:
    """Read one order. Raises InvalidPayload listing every fault."""
    shape = read_shape(OrderShape, payload, what="Order")
    currency = shape.currency.upper()
    figures = settle(shape)
    lines = tuple(_line(line, row) for line, row in zip(shape.items, figures.lines, strict=True))
    charges = _charges(shape, figures)
    financial = _financial_status(shape, options)
    billing = _billing(shape)
    updated = shape.updated_at or shape.date
    order = RemoteOrder(
        remote_id=shape.id,
        number=shape.reference_id or shape.id,
        created_at=shape.date,
        updated_at=updated,
        status=status_code(shape.status, options),
        phase=phase_of(shape.status, draft=shape.draft, quote=shape.is_price_quote),
        financial_status=financial,
        currency=currency,
        prices_include_tax=False,
        customer=_customer(shape.customer, options),
        billing=billing,
        shipping=_shipping(shape, billing),
        lines=lines,
        charges=charges,
        discounts=_discounts(shape, lines, figures),
        taxes=_taxes([*lines, *charges]),
        payments=_payments(shape, currency, financial),
        totals=_totals(shape, lines, charges, figures),
        returns=(),
        note="\n".join(dict.fromkeys(line.notes.strip() for line in shape.items if line.notes.strip())),
        tags=tuple(tag.name for tag in shape.tags if tag.name),
        raw=payload,
        location_id=_branch(shape.items),
    )
    return _with_returns(order, shape)


# ---------------------------------------------------------------- lines, charges, totals


def _line(line: LineShape, row: Row) -> RemoteOrderLine:
    return RemoteOrderLine(
        remote_id=line.id,
        sku=line.sku.strip(),
        name=line.name,
        quantity=line.quantity,
        subtotal_net=row.before,
        subtotal_tax=row.before_tax,
        net=row.net,
        tax=row.tax,
        taxes=remote_taxes(row),
        product_id=line.product.id,
        attributes={option.name: option.shown for option in line.options if option.name},
    )


def _charges(shape: OrderShape, figures: Figures) -> tuple[RemoteCharge, ...]:
    company = shape.shipping.company
    found = []
    if figures.shipping is not None:
        row = figures.shipping
        found.append(
            RemoteCharge(
                "shipping",
                ChargeKind.SHIPPING,
                company,
                company or "Shipping",
                row.net,
                row.tax,
                remote_taxes(row),
            )
        )
    if figures.cod is not None:
        row = figures.cod
        found.append(
            RemoteCharge(
                "cod", ChargeKind.PAYMENT_FEE, "cod", "Cash on delivery", row.net, row.tax, remote_taxes(row)
            )
        )
    return tuple(found)


def _discounts(
    shape: OrderShape, lines: Sequence[RemoteOrderLine], figures: Figures
) -> tuple[RemoteDiscount, ...]:
    """What was taken off the goods, by its codes; the shipping's part is in the shipping already."""
    net = sum((line.discount_net for line in lines), ZERO)
    tax = sum((line.discount_tax for line in lines), ZERO)
    if not net:
        return ()
    told = [row for row in shape.amounts.discounts if row.discount]
    if not told:
        return (RemoteDiscount("", DiscountKind.HEADER, net, tax, in_lines=True, title="Discount"),)
    weight = sum((row.discount for row in told), ZERO)
    return tuple(
        RemoteDiscount(
            row.code,
            DiscountKind.COUPON if row.code else DiscountKind.HEADER,
            net * row.discount / weight,
            tax * row.discount / weight,
            in_lines=True,
            title=row.title or row.code or "Discount",
        )
        for row in told
    )


def _taxes(rows: Sequence[RemoteOrderLine | RemoteCharge]) -> tuple[RemoteTax, ...]:
    """The tax of the whole order per rate."""
    found: dict[str, RemoteTax] = {}
    for row in rows:
        for tax in row.taxes:
            known = found.get(tax.rate_id)
            amount = tax.amount + (known.amount if known else ZERO)
            found[tax.rate_id] = RemoteTax(tax.rate_id, tax.name, tax.rate_percent, amount)
    return tuple(found.values())


def _totals(
    shape: OrderShape,
    lines: Sequence[RemoteOrderLine],
    charges: Sequence[RemoteCharge],
    figures: Figures,
) -> RemoteTotals:
    shipping = [charge for charge in charges if charge.kind is ChargeKind.SHIPPING]
    fees = [charge for charge in charges if charge.kind is not ChargeKind.SHIPPING]
    return RemoteTotals(
        lines_net=sum((line.net for line in lines), ZERO),
        lines_tax=sum((line.tax for line in lines), ZERO),
        discount_net=sum((line.discount_net for line in lines), ZERO),
        discount_tax=sum((line.discount_tax for line in lines), ZERO),
        shipping_net=sum((charge.net for charge in shipping), ZERO),
        shipping_tax=sum((charge.tax for charge in shipping), ZERO),
        fees_net=sum((fee.net for fee in fees), ZERO),
        fees_tax=sum((fee.tax for fee in fees), ZERO),
        tax_total=figures.tax_total,
        grand_total=shape.amounts.total,
        rounding=figures.rounding,
    )


# ---------------------------------------------------------------- people and payment


def _customer(shape: CustomerShape, options: SallaOptions) -> RemoteCustomer:
    """Guests have a record too; it may lack an e-mail address, so the number is what tells buyers apart."""
    return RemoteCustomer(
        remote_id=shape.id,
        email=shape.email.strip(),
        first_name=shape.first_name.strip(),
        last_name=shape.last_name.strip(),
        phone=shape.phone,
        is_guest=not shape.id,
        language=options.language,
    )


def _billing(shape: OrderShape) -> RemoteAddress:
    customer, address = shape.customer, shape.shipping.address
    return RemoteAddress(
        first_name=customer.first_name.strip(),
        last_name=customer.last_name.strip(),
        line1=_street(shape),
        line2=address.block.strip(),
        city=customer.city.strip() or address.city.strip(),
        postal_code=address.postal_code.strip(),
        country=(customer.country_code or address.country_code).strip().upper(),
        phone=customer.phone,
        email=customer.email.strip(),
    )


def _street(shape: OrderShape) -> str:
    address = shape.shipping.address
    return " ".join(filter(None, (address.shipping_address.strip(), address.street_number.strip())))


def _shipping(shape: OrderShape, billing: RemoteAddress) -> RemoteAddress:
    """The receiver's; an order that is picked up or digital has none, and is the buyer's own."""
    receiver, address = shape.shipping.receiver, shape.shipping.address
    if not (receiver.name or address.city or address.shipping_address):
        return billing
    buyer = f"{billing.first_name} {billing.last_name}".strip()
    first, _, last = receiver.name.strip().partition(" ")
    if receiver.name.strip() in ("", buyer):
        first, last = billing.first_name, billing.last_name
    phone = receiver.phone.strip()
    return RemoteAddress(
        first_name=first,
        last_name=last.strip(),
        line1=_street(shape),
        line2=address.block.strip(),
        city=address.city.strip(),
        postal_code=address.postal_code.strip(),
        country=address.country_code.strip().upper(),
        phone=f"+{phone}"
        if phone.isdigit() and len(phone) > 9 and not phone.startswith("0")
        else phone or billing.phone,
        email=receiver.email.strip() or billing.email,
    )


def _financial_status(shape: OrderShape, options: SallaOptions) -> FinancialStatus:
    slug = shape.status.slug
    if slug == RESTORED:
        return FinancialStatus.PARTLY_REFUNDED if shape.restored_in_part else FinancialStatus.REFUNDED
    if shape.is_pending_payment or slug == "payment_pending":
        return FinancialStatus.UNPAID
    if shape.payment_method in options.unpaid_methods and slug not in _PAID_BY_THEN:
        return FinancialStatus.UNPAID
    if slug == CANCELED:
        return FinancialStatus.FAILED
    return FinancialStatus.PAID


def _payments(shape: OrderShape, currency: str, status: FinancialStatus) -> tuple[RemotePayment, ...]:
    if not shape.payment_method:
        return ()
    paid = status in (FinancialStatus.PAID, FinancialStatus.PARTLY_REFUNDED, FinancialStatus.REFUNDED)
    return (
        RemotePayment(
            code=shape.payment_method,
            title=shape.payment_method,
            amount=shape.amounts.total,
            currency=currency,
            paid_at=shape.date if paid else None,
            is_paid=paid,
        ),
    )


def _branch(lines: Sequence[LineShape]) -> str:
    """The branch that the goods leave from, where it is one."""
    found = {branch.id for line in lines for branch in line.branches_quantity if branch.id}
    return found.pop() if len(found) == 1 else ""


# ---------------------------------------------------------------- returns


def _with_returns(order: RemoteOrder, shape: OrderShape) -> RemoteOrder:
    found = returns_of(order, shape)
    if not found:
        return order
    refunded = sum((entry.total for entry in found), ZERO)
    return replace(order, returns=found, totals=replace(order.totals, refunded_total=refunded))
