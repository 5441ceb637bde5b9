"""What an order sells that cannot be read whole: the items that still make sense."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from platforms.magento2.mapping_orders import PHASES
from platforms.types import OrderPhase, SoldLine

_NOT_SOLD = (OrderPhase.CANCELLED, OrderPhase.INCOMPLETE)


def sold_lines(payload: Mapping[str, Any]) -> tuple[SoldLine, ...] | None:
    """The readable items, a configurable once; none of a cancelled or unpaid order, None where there is no list."""
    if PHASES.get(str(payload.get("state") or "")) in _NOT_SOLD:
        return ()
    rows = payload.get("items")
    if not isinstance(rows, list):
        return None
    items = [row for row in rows if isinstance(row, Mapping)]
    return tuple(line for row in items if (line := _line(row, items)) is not None)


def _line(row: Mapping[str, Any], items: list[Mapping[str, Any]]) -> SoldLine | None:
    """Of a configurable the parent counts, of a bundle its parts: they are what leaves the shelf."""
    children = [other for other in items if other.get("parent_item_id") == row.get("item_id")]
    if row.get("product_type") == "bundle" and children:
        return None
    parent = next((other for other in items if other.get("item_id") == row.get("parent_item_id")), None)
    if parent is not None and parent.get("product_type") != "bundle":
        return None
    try:
        quantity = Decimal(str(row.get("qty_ordered")))
        quantity -= _cancelled(row, quantity, parent)
    except InvalidOperation:
        return None
    variant = _id(children[0].get("product_id")) if children else ""
    line = SoldLine(str(row.get("sku") or "").strip(), _id(row.get("product_id")), variant, quantity)
    known = line.sku or line.product_id
    return line if known and quantity.is_finite() and quantity > 0 else None


def _cancelled(row: Mapping[str, Any], quantity: Decimal, parent: Mapping[str, Any] | None) -> Decimal:
    """Of a part that is sold at its bundle's price the bundle counts what was cancelled."""
    gone = Decimal(str(row.get("qty_canceled") or 0))
    whole = Decimal(str(parent.get("qty_ordered") or 0)) if parent is not None else Decimal(0)
    if gone or parent is None or not whole:
        return gone
    return quantity * Decimal(str(parent.get("qty_canceled") or 0)) / whole


def _id(value: Any) -> str:
    text = str(value or "").strip()
    return text if text.isdigit() and text != "0" else ""
