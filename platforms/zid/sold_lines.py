"""What an order sells that cannot be read whole: the lines that still make sense."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from platforms.types import OrderPhase, SoldLine
from platforms.zid.mapping_orders import phase_of, status_of

_NOT_SOLD = (OrderPhase.CANCELLED, OrderPhase.INCOMPLETE)


def sold_lines(payload: Mapping[str, Any]) -> tuple[SoldLine, ...] | None:
    """The readable lines; none of a cancelled or unfinished order, None where there is no list of them."""
    if phase_of(status_of(payload)) in _NOT_SOLD:
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
    own, parent = str(row.get("id") or "").strip(), str(row.get("parent_id") or "").strip()
    line = SoldLine(str(row.get("sku") or "").strip(), parent or own, own if parent else "", quantity)
    known = line.sku or line.product_id
    return line if known and quantity.is_finite() and quantity > 0 else None
