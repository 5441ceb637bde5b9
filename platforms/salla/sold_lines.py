"""What an order sells that cannot be read whole."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from platforms.salla.mapping_orders import CANCELED, DELETED, QUOTE
from platforms.types import SoldLine


def sold_lines(payload: Mapping[str, Any]) -> tuple[SoldLine, ...] | None:
    """The readable lines; none of a cancelled order, a draft or a quote, None where there is no list of them."""
    status = payload.get("status")
    status = status if isinstance(status, Mapping) else {}
    gone = status.get("slug") in (CANCELED, QUOTE) or str(status.get("id")) == DELETED
    if gone or payload.get("draft") is True or payload.get("is_price_quote") is True:
        return ()
    rows = payload.get("items")
    if not isinstance(rows, list):
        return None
    found = [_line(row) for row in rows if isinstance(row, Mapping)]
    return tuple(line for line in found if line is not None)


def _line(row: Mapping[str, Any]) -> SoldLine | None:
    try:
        quantity = Decimal(str(row.get("quantity")))
    except InvalidOperation:
        return None
    product = row.get("product")
    number = str(product.get("id") or "") if isinstance(product, Mapping) else ""
    line = SoldLine(str(row.get("sku") or "").strip(), number if number.isdigit() else "", "", quantity)
    known = line.sku or line.product_id
    return line if known and quantity.is_finite() and quantity > 0 else None
