"""Order of the GraphQL Admin API -> RemoteOrder. Pure functions.

Everything is booked in the shop's currency (`shopMoney`). Quantities and amounts are those that stand after edits and
before refunds: a refund comes in as a return of its own. The shop's total of an order that was never edited is
`totalPriceSet`; of an edited one it is the present total and what refunds took off it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from ecomsync.common.errors import InvalidPayload
from ecomsync.common.money import ZERO, currency_quantum
from platforms.shopify.ids import number_of
from platforms.shopify.mapping_lines import (
    MappedLine,
    discounts_of,
    duty_charge,
    fee_charge,
    is_tip,
    map_line,
    ordered_quantities,
    shipping_charge,
    tip_charge,
)
from platforms.shopify.mapping_people import FINANCIAL, addresses_of, customer_of, payments_of
from platforms.shopify.mapping_returns import announced_returns, refund_value, return_of
from platforms.shopify.payloads import OrderShape, read_shape
from platforms.shopify.returns import NO_RETURN
from platforms.types import (
    ChargeKind,
    FinancialStatus,
    OrderPhase,
    RemoteCharge,
    RemoteOrder,
    RemoteOrderLine,
    RemoteReturn,
    RemoteShipment,
    RemoteTotals,
)

CANCELLED, CLOSED = "cancelled", "closed"
#: Codes of ours: Shopify has no one status. The payment's is the order's, until it is archived or cancelled.
ORDER_STATUSES: tuple[tuple[str, str], ...] = (
    ("pending", "Payment pending"),
    ("authorized", "Authorized"),
    ("partially_paid", "Partially paid"),
    ("partially_refunded", "Partially refunded"),
    ("refunded", "Refunded"),
    ("voided", "Voided"),
    ("expired", "Expired"),
    (CANCELLED, "Cancelled"),
    ("paid", "Paid"),
    (CLOSED, "Archived"),
)
DEFAULT_STATUSES = ("pending", "authorized", "partially_paid", "paid", "partially_refunded", CLOSED)


def order_from_json(
    payload: Mapping[str, Any], *, tax_number_keys: Sequence[str] = (), import_test_orders: bool = True
) -> RemoteOrder:
    """Read one order. Raises InvalidPayload listing every fault."""
    order = read_shape(OrderShape, payload, what="Order")
    quantities = ordered_quantities(order)
    mapped = [
        map_line(line, quantities[line.id], order)
        for line in order.lines
        if quantities[line.id] and not is_tip(line, order)
    ]
    edited = order.cancelled_at is None and (
        order.edited or any(quantities[line.id] != line.quantity for line in order.lines)
    )
    charges = _charges(order, mapped, edited)
    refunds = returns_of(order, payload)
    returns = (*refunds, *announced_returns(order, [entry.line for entry in mapped], payload))
    totals = _totals(order, mapped, charges, refunds, edited)
    billing, shipping = addresses_of(order)
    phase = _phase(order)
    if order.test and not import_test_orders:
        phase = OrderPhase.INCOMPLETE
    return RemoteOrder(
        remote_id=order.id,
        number=order.name or order.id,
        created_at=order.created_at,
        updated_at=order.updated_at,
        status=status_of(order),
        phase=phase,
        financial_status=FINANCIAL.get(order.financial_status, FinancialStatus.UNPAID),
        currency=order.currency.upper(),
        prices_include_tax=order.taxes_included,
        customer=customer_of(order, billing, tax_number_keys),
        billing=billing,
        shipping=shipping,
        lines=tuple(entry.line for entry in mapped),
        charges=charges,
        discounts=discounts_of(order, mapped),
        taxes=(),
        payments=payments_of(order, totals.grand_total),
        totals=totals,
        returns=returns,
        note=order.note,
        tags=tuple(order.tags),
        presentment_currency=order.presentment_currency,
        presentment_total=order.total.presentment,
        raw=payload,
        location_id=order.retail_location,
        shipments=shipments_of(order),
    )


def has_more_to_tell(payload: Mapping[str, Any]) -> bool:
    """Whether an order as a page shows it is not told whole: more rows than fit, edits, refunds, a company, a part
    shipped, perhaps a tip, or a total that the rows do not come to."""
    shown = [payload.get(name) or {} for name in ("lineItems", "shippingLines", "discountApplications")]
    if any((connection.get("pageInfo") or {}).get("hasNextPage") for connection in shown):
        return True
    if payload.get("edited") or payload.get("refunds"):
        return True
    if payload.get("returnStatus") not in (None, NO_RETURN):
        return True
    if (payload.get("purchasingEntity") or {}).get("__typename") == "PurchasingCompany":
        return True
    sent = [row for row in payload.get("fulfillments") or () if row.get("status") == "SUCCESS"]
    if sent and (len(sent) > 1 or payload.get("displayFulfillmentStatus") != "FULFILLED"):
        return True
    try:
        order = order_from_json(payload)
    except InvalidPayload:
        return True
    if any(not (line.product_id or line.variant_id or line.sku or line.taxes) for line in order.lines):
        return True  # it may be a tip, which pages do not tell
    rows: list[RemoteOrderLine | RemoteCharge] = [*order.lines, *order.charges]
    summed = sum((row.net + row.tax for row in rows), ZERO) + order.totals.rounding
    return summed != order.totals.grand_total or order.totals.rounding != 0


def status_of(order: OrderShape) -> str:
    """Our one code for the order's several statuses."""
    if order.cancelled_at is not None:
        return CANCELLED
    return CLOSED if order.closed else order.financial_status.lower() or "pending"


def _phase(order: OrderShape) -> OrderPhase:
    if order.cancelled_at is not None:
        return OrderPhase.CANCELLED
    done = order.closed or order.fulfillment_status == "FULFILLED"
    return OrderPhase.COMPLETE if done else OrderPhase.OPEN


def returns_of(order: OrderShape, payload: Mapping[str, Any]) -> tuple[RemoteReturn, ...]:
    """All refunds of the order."""
    raws = {number_of(raw.get("id")): raw for raw in payload.get("refunds") or ()}
    return tuple(return_of(refund, order, raws[refund.id], order.updated_at) for refund in order.real_refunds)


def shipments_of(order: OrderShape) -> tuple[RemoteShipment, ...]:
    """What left, by the shop's own fulfilments. The only one of an order that is fulfilled took all there was: it names
    no lines, since pages do not show them."""
    sent = [entry for entry in order.fulfillments if entry.status == "SUCCESS"]
    took_all = len(sent) == 1 and order.fulfillment_status == "FULFILLED"
    return tuple(
        RemoteShipment(
            remote_id=entry.id,
            lines=()
            if took_all
            else tuple((row.line, Decimal(row.quantity)) for row in entry.lines if row.line and row.quantity),
            carrier=next((row.company for row in entry.tracking if row.company), ""),
            tracking_numbers=tuple(row.number for row in entry.tracking if row.number),
            shipped_at=entry.created_at,
            location_id=entry.location,
        )
        for entry in sent
    )


# ---------------------------------------------------------------- charges and totals


def _charges(order: OrderShape, lines: Sequence[MappedLine], edited: bool) -> tuple[RemoteCharge, ...]:
    charges = [shipping_charge(row, order) for row in order.shipping_lines]
    charges += [fee_charge(row, order) for row in order.fees]
    if order.tip:
        charges.append(tip_charge(order.tip))
    duties = order.current_duties if edited else order.duties
    if duties and not order.duties_included:
        told = sum((entry.line.tax for entry in lines), ZERO) + sum((row.tax for row in charges), ZERO)
        tax = _tax_total(order, edited) - told
        slack = currency_quantum(order.currency) * (len(lines) + len(charges))
        charges.append(duty_charge(duties, tax if tax > slack else ZERO))
    return tuple(charges)


def _tax_total(order: OrderShape, edited: bool) -> Decimal:
    if not edited:
        return order.tax
    given_back = sum(
        (refund_value(refund, taxes_included=order.taxes_included)[1] for refund in order.real_refunds), ZERO
    )
    return order.current_tax + given_back


def _grand_total(order: OrderShape, edited: bool, summed: Decimal) -> Decimal:
    """What the buyer owes before refunds. Whether the present total of an edited order has money-only refunds taken off
    is told by its rows; else the proof of the order finds the difference."""
    if not edited:
        return order.total.shop
    goods = sum(
        (refund_value(refund, taxes_included=order.taxes_included)[0] for refund in order.real_refunds), ZERO
    )
    readings = [order.current_total + goods, order.current_total + order.refunded]
    return next((reading for reading in readings if reading == summed), readings[0])


def _totals(
    order: OrderShape,
    lines: Sequence[MappedLine],
    charges: Sequence[RemoteCharge],
    returns: Sequence[RemoteReturn],
    edited: bool,
) -> RemoteTotals:
    shipping = [row for row in charges if row.kind is ChargeKind.SHIPPING]
    fees = [row for row in charges if row.kind is not ChargeKind.SHIPPING]
    lines_net = sum((entry.line.net for entry in lines), ZERO)
    lines_tax = sum((entry.line.tax for entry in lines), ZERO)
    charges_net = sum((row.net for row in charges), ZERO)
    charges_tax = sum((row.tax for row in charges), ZERO)
    tax_total = _tax_total(order, edited)
    grand_total = _grand_total(order, edited, lines_net + lines_tax + charges_net + charges_tax)
    difference = grand_total - tax_total - lines_net - charges_net
    tax_difference = lines_tax + charges_tax - tax_total
    return RemoteTotals(
        lines_net=lines_net,
        lines_tax=lines_tax,
        discount_net=sum((entry.line.discount_net for entry in lines), ZERO),
        discount_tax=sum((entry.line.discount_tax for entry in lines), ZERO),
        shipping_net=sum((row.net for row in shipping), ZERO),
        shipping_tax=sum((row.tax for row in shipping), ZERO),
        fees_net=sum((row.net for row in fees), ZERO),
        fees_tax=sum((row.tax for row in fees), ZERO),
        tax_total=tax_total,
        grand_total=grand_total,
        refunded_total=sum((entry.total for entry in returns), ZERO),
        rounding=_rounding(order, difference, tax_difference, len(lines) + len(charges), edited),
    )


def _rounding(
    order: OrderShape, difference: Decimal, tax_difference: Decimal, rows: int, edited: bool
) -> Decimal:
    """What rounding explains: the tax rounded over all where prices include it, or the scaled amounts of an edited order."""
    most = currency_quantum(order.currency) * max(1, rows)
    if not difference or abs(difference) > most:
        return ZERO
    if edited or (order.taxes_included and difference == tax_difference):
        return difference
    return ZERO
