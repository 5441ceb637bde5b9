"""WooCommerce refunds -> RemoteReturn. WooCommerce counts them negative, we count positive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from ecomsync.common.errors import InvalidPayload
from ecomsync.common.money import ZERO, to_decimal
from platforms.types import RemoteReturn, RemoteReturnLine, RemoteTax
from platforms.woocommerce.payloads import (
    OrderShape,
    RefundLineShape,
    RefundShape,
    SoldLineShape,
    SoldShape,
    TaxLineShape,
    meta_value,
    read_shape,
)
from platforms.woocommerce.taxes import taxes_of

# Our own mark on refunds that we made, so that they are recognised when they come back.
RETURN_META_KEY = "_erp_return"
# What WooCommerce took off its stock for a line; it lowers it when a refund puts goods back, and removes it at zero.
_REDUCED_KEY = "_reduced_stock"


def refund_summaries(order: OrderShape, seen_at: datetime) -> tuple[RemoteReturn, ...]:
    """The refunds as an order lists them: id, reason and total, without lines or date.

    `created_at` is the order's last change; `get_returns` reads them whole.
    """
    return tuple(
        RemoteReturn(
            remote_id=refund.id,
            order_remote_id=order.id,
            created_at=seen_at,
            currency=order.currency.upper(),
            total=abs(refund.total),
            lines=(),
            reason=refund.reason,
            number=refund.id,
        )
        for refund in order.refunds
    )


def return_from_json(payload: Mapping[str, Any], *, order_remote_id: str, currency: str) -> RemoteReturn:
    """Read one refund in full. Raises InvalidPayload listing every fault."""
    shape = read_shape(RefundShape, payload, what="Refund")
    if shape.date_created_gmt is None:
        raise InvalidPayload(
            f"Refund {shape.id} cannot be read: date_created_gmt is empty.",
            platform="woocommerce",
            item=shape.id,
        )
    rates = {line.rate_id: line for line in shape.tax_lines}
    rows = ((shape.line_items, "line"), (shape.shipping_lines, "shipping"), (shape.fee_lines, "fee"))
    return RemoteReturn(
        remote_id=shape.id,
        order_remote_id=order_remote_id,
        created_at=shape.date_created_gmt,
        currency=currency.upper(),
        total=abs(shape.amount),
        lines=tuple(line for shapes, kind in rows for line in _lines(shapes, kind, rates, currency)),
        reason=shape.reason,
        number=shape.id,
        raw=payload,
        paid_back=shape.refunded_payment,
        our_key=meta_value(shape.meta_data, RETURN_META_KEY),
    )


def _lines(
    shapes: Sequence[RefundLineShape], kind: str, rates: Mapping[str, TaxLineShape], currency: str
) -> list[RemoteReturnLine]:
    """Rows that give something back; a refund copies some rows with nothing on them."""
    return [
        RemoteReturnLine(
            order_line_id=meta_value(shape.meta_data, "_refunded_item_id"),
            sku=shape.sku,
            name=shape.name or shape.method_title,
            quantity=abs(shape.quantity),
            net=-shape.total,
            tax=-shape.total_tax,
            kind=kind,
            product_id="" if shape.product_id == "0" else shape.product_id,
            variant_id="" if shape.variation_id == "0" else shape.variation_id,
            taxes=_taxes(shape, rates, currency),
        )
        for shape in shapes
        if shape.quantity or shape.total or shape.total_tax
    ]


def _taxes(shape: RefundLineShape, rates: Mapping[str, TaxLineShape], currency: str) -> tuple[RemoteTax, ...]:
    found = taxes_of(shape.taxes, shape.total_tax, rates, currency)
    return tuple(replace(tax, amount=-tax.amount) for tax in found)


def with_restock(returns: Sequence[RemoteReturn], order: Mapping[str, Any]) -> list[RemoteReturn]:
    """Say of all refunds of an order whether their goods went back to the shop's stock; None where it cannot be told.

    A refund does not tell; the order's lines do: sold less what stands in `_reduced_stock` is what went back.
    """
    lines = {line.id: line for line in read_shape(SoldShape, order, what="Order").line_items}
    returned: dict[str, Decimal] = {}
    for entry in returns:
        for row in entry.lines:
            if row.kind == "line":
                returned[row.order_line_id] = returned.get(row.order_line_id, ZERO) + row.quantity
    went_back = {key: _went_back(lines.get(key), quantity) for key, quantity in returned.items()}
    return [replace(entry, restock=_restock(entry, went_back)) for entry in returns]


def _went_back(line: SoldLineShape | None, returned: Decimal) -> bool | None:
    """Of all pieces returned of a line: True all, False none, None some, or the shop keeps no stock of it."""
    if line is None:
        return None
    reduced = meta_value(line.meta_data, _REDUCED_KEY)
    if not reduced:
        return True if returned and returned >= line.quantity else None
    try:
        restocked = line.quantity - to_decimal(reduced)
    except ValueError:
        return None
    return False if restocked <= 0 else True if restocked >= returned else None


def _restock(entry: RemoteReturn, went_back: Mapping[str, bool | None]) -> bool | None:
    found = {went_back[row.order_line_id] for row in entry.lines if row.kind == "line" and row.quantity}
    return found.pop() if len(found) == 1 else None
