"""What an order sells that cannot be read whole: the lines that still make sense."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from platforms.bigcommerce.mapping_orders import PHASES
from platforms.types import OrderPhase, SoldLine

_NOT_SOLD = (OrderPhase.CANCELLED, OrderPhase.INCOMPLETE)


def sold_lines(payload: Mapping[str, Any]) -> tuple[SoldLine, ...] | None:
    """The readable lines; none of a cancelled or incomplete order, None where there is no list of them."""
    status = payload.get("status_id")
    if isinstance(status, int) and PHASES.get(status) in _NOT_SOLD:
        return ()
    rows = payload.get("products")
    if not isinstance(rows, list):
        return None
    found = [_line(row) for row in rows if isinstance(row, Mapping)]
    return tuple(line for line in found if line is not None)


def _line(row: Mapping[str, Any]) -> SoldLine | None:
    try:
        quantity = Decimal(str(row.get("quantity")))
    except InvalidOperation:
        return None
    chosen = (
        row.get("variant_id") if row.get("product_options") else ""
    )  # else the base variant, which is the product
    line = SoldLine(str(row.get("sku") or "").strip(), _id(row.get("product_id")), _id(chosen), quantity)
    known = line.sku or line.product_id or line.variant_id
    return line if known and quantity.is_finite() and quantity > 0 else None


def _id(value: Any) -> str:
    text = str(value or "").strip()
    return text if text.isdigit() and text != "0" else ""
