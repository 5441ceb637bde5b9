"""WooCommerce refunds -> RemoteReturn. WooCommerce counts them negative, we count positive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ecomsync.common.errors import InvalidPayload
from platforms.types import RemoteReturn, RemoteReturnLine
from platforms.woocommerce.payloads import OrderShape, RefundLineShape, RefundShape, meta_value, read_shape

# Our own mark on refunds that we made, so that they are recognised when they come back.
RETURN_META_KEY = "_erp_return"


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
    return RemoteReturn(
        remote_id=shape.id,
        order_remote_id=order_remote_id,
        created_at=shape.date_created_gmt,
        currency=currency.upper(),
        total=abs(shape.amount),
        lines=(
            *_lines(shape.line_items, "line"),
            *_lines(shape.shipping_lines, "shipping"),
            *_lines(shape.fee_lines, "fee"),
        ),
        reason=shape.reason,
        number=shape.id,
        raw=payload,
    )


def _lines(shapes: Sequence[RefundLineShape], kind: str) -> list[RemoteReturnLine]:
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
        )
        for shape in shapes
        if shape.quantity or shape.total or shape.total_tax
    ]
