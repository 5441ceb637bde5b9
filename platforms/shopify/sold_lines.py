"""What an order sells that cannot be read whole: the lines that still make sense."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from platforms.shopify.answers import nodes_of
from platforms.shopify.ids import number_of
from platforms.types import SoldLine


def sold_lines(payload: Mapping[str, Any]) -> tuple[SoldLine, ...] | None:
    """The readable lines with the units that are not refunded; none of a cancelled order, None where no list is."""
    if payload.get("cancelledAt"):
        return ()
    if not isinstance(payload.get("lineItems"), Mapping):
        return None
    found = []
    for row in nodes_of(payload["lineItems"]):
        quantity = row.get("currentQuantity", row.get("quantity"))
        line = SoldLine(
            str(row.get("sku") or "").strip(),
            _id(row.get("product")),
            _id(row.get("variant")),
            Decimal(quantity) if isinstance(quantity, int) else Decimal(0),
        )
        if line.quantity > 0 and (line.sku or line.product_id or line.variant_id):
            found.append(line)
    return tuple(found)


def _id(value: Any) -> str:
    return number_of(value.get("id")) if isinstance(value, Mapping) else ""
