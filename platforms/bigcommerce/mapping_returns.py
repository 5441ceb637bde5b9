"""BigCommerce refunds -> RemoteReturn. A refund names its lines and pieces, and only its total in money."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from ecomsync.common.money import ZERO, allocate, currency_quantum
from platforms.bigcommerce.order_money import Row
from platforms.bigcommerce.payloads import LineShape, OrderShape, RefundItemShape, RefundShape, read_shape
from platforms.types import RemotePayment, RemoteReturn, RemoteReturnLine

_KINDS = {"PRODUCT": "line", "SHIPPING": "shipping", "HANDLING": "fee", "FEE": "fee", "GIFT_WRAPPING": "fee"}
_MARK = re.compile(r"\s*\[#([^\[\]]+)\]\s*$")


def reason_with_key(reason: str, key: str) -> str:
    """Our key goes with the reason, the only text that a refund keeps, so that a repetition finds it."""
    return f"{reason} [#{key}]".strip()


def returns_of(order: OrderShape, currency: str, rows: Mapping[str, Row]) -> tuple[RemoteReturn, ...]:
    """The refunds of an order, oldest first. rows: the money of its lines by line id."""
    refunds = sorted(order.refunds, key=lambda refund: (refund.created, int(refund.id)))
    return tuple(_return(refund, order, currency, rows) for refund in refunds)


def refund_from_json(payload: Mapping[str, Any]) -> RefundShape:
    """Raises InvalidPayload."""
    return read_shape(RefundShape, payload, what="Refund")


def _return(refund: RefundShape, order: OrderShape, currency: str, rows: Mapping[str, Row]) -> RemoteReturn:
    lines = {line.id: line for line in order.products}
    items = [_Item(item, order, lines, rows) for item in refund.items]
    quantum = currency_quantum(currency)
    totals = _shares(refund.total_amount, [item.natural_inc for item in items], currency, quantum)
    taxes = _shares(refund.total_tax, [item.natural_tax for item in items], currency, quantum)
    reasons = [item.shape.reason for item in items] + [refund.reason]
    said = next((reason for reason in reasons if reason), "")
    key = next((found.group(1) for reason in reasons if (found := _MARK.search(reason))), "")
    return RemoteReturn(
        remote_id=refund.id,
        order_remote_id=refund.order_id,
        created_at=refund.created,
        currency=currency,
        total=refund.total_amount,
        lines=tuple(
            item.line(inc - tax, tax)
            for item, inc, tax in zip(items, totals, taxes, strict=True)
            if inc or item.shape.quantity
        ),
        reason=_MARK.sub("", said),
        number=refund.id,
        restock=None,  # the API neither asks nor tells whether goods went back to the stock
        paid_back=_paid_back(refund),
        payments=tuple(
            RemotePayment(p.provider_id, p.provider_id, p.amount, currency, is_paid=not p.is_declined)
            for p in refund.payments
            if p.amount
        ),
        our_key=key,
    )


def _shares(total: Decimal, natural: list[Decimal], currency: str, quantum: Decimal) -> list[Decimal]:
    """What each item got. Where the items come to the total but for rounding they share it exactly; where less was given
    than they were worth they share it in proportion; what was given beyond them stays unexplained."""
    rounded = [amount.quantize(quantum, rounding=ROUND_HALF_UP) for amount in natural]
    summed = sum(rounded, ZERO)
    if not natural or total - summed > quantum * len(natural):
        return rounded
    return rounded if total == summed else allocate(total, rounded, currency)


class _Item:
    """One item of a refund with what it was worth in the order."""

    __slots__ = ("natural_inc", "natural_tax", "shape", "sold")

    def __init__(
        self,
        shape: RefundItemShape,
        order: OrderShape,
        lines: Mapping[str, LineShape],
        rows: Mapping[str, Row],
    ) -> None:
        self.shape = shape
        self.sold = lines.get(shape.item_id) if shape.item_type == "PRODUCT" else None
        row = rows.get(shape.item_id) if self.sold is not None else None
        self.natural_inc = shape.requested_amount or ZERO
        self.natural_tax = ZERO
        if self.sold is not None and row is not None and self.sold.quantity:
            share = shape.quantity / self.sold.quantity
            self.natural_inc, self.natural_tax = row.inc * share, row.tax * share
        else:
            self.natural_tax = self.natural_inc * _tax_share(order, shape)

    def line(self, net: Decimal, tax: Decimal) -> RemoteReturnLine:
        sold, shape = self.sold, self.shape
        return RemoteReturnLine(
            order_line_id=sold.id if sold else "",
            sku=sold.sku.strip() if sold else "",
            name=sold.name if sold else shape.item_type.capitalize(),
            quantity=shape.quantity if sold else ZERO,
            net=net,
            tax=tax,
            kind="line" if sold else _KINDS.get(shape.item_type, "amount"),
            product_id=sold.product_id if sold else "",
            variant_id=sold.chosen_variant if sold else "",
        )


def _tax_share(order: OrderShape, item: RefundItemShape) -> Decimal:
    """How much of an amount beside the lines was tax when it was paid; the refund tells only its tax as a whole."""
    fee = next((fee for fee in order.fees if fee.id == item.item_id), None)
    inc, tax = {
        "SHIPPING": (order.shipping_cost_inc_tax, order.shipping_cost_tax),
        "HANDLING": (order.handling_cost_inc_tax, order.handling_cost_tax),
        "GIFT_WRAPPING": (order.wrapping_cost_inc_tax, order.wrapping_cost_tax),
        "FEE": (fee.cost_inc_tax, fee.cost_tax) if fee else (ZERO, ZERO),
    }.get(item.item_type, (ZERO, ZERO))
    return tax / inc if inc else ZERO


def _paid_back(refund: RefundShape) -> bool | None:
    """Whether the store gave the money back: not when it was declined, nor when staff were to do it (offline)."""
    if not refund.payments:
        return None
    if any(payment.is_declined for payment in refund.payments):
        return False
    return not any(payment.offline for payment in refund.payments)
