"""What an order sells that cannot be read whole: the rows that still make sense."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from platforms.magento1.mapping_orders import phase_of
from platforms.types import OrderPhase, SoldLine


def sold_lines(payload: Mapping[str, Any]) -> tuple[SoldLine, ...] | None:
    """The readable rows; none of a cancelled order, None where there is no list of them.

    Of a configurable the second row counts, which names the product that leaves the shelf.
    """
    if phase_of(str(payload.get("state") or ""), str(payload.get("status") or "")) is OrderPhase.CANCELLED:
        return ()
    rows = payload.get("items")
    if not isinstance(rows, list):
        return None
    records = [row for row in rows if isinstance(row, Mapping)]
    parents = {str(row.get("parent_item_id")) for row in records if row.get("parent_item_id")}
    known = {str(row.get("item_id")): row for row in records}
    found = [
        _line(row, known.get(str(row.get("parent_item_id") or "")))
        for row in records
        if str(row.get("item_id")) not in parents
    ]
    return tuple(line for line in found if line is not None)


def _line(row: Mapping[str, Any], parent: Mapping[str, Any] | None) -> SoldLine | None:
    """Cancelled pieces of a product under another row are counted on that one."""
    try:
        quantity = _number(row, "qty_ordered")
        gone = _number(row, "qty_canceled")
        if not gone and parent is not None and _number(parent, "qty_ordered"):
            gone = quantity * _number(parent, "qty_canceled") / _number(parent, "qty_ordered")
        quantity -= gone
    except InvalidOperation:
        return None
    line = SoldLine(str(row.get("sku") or "").strip(), str(row.get("product_id") or ""), "", quantity)
    return line if (line.sku or line.product_id) and quantity.is_finite() and quantity > 0 else None


def _number(row: Mapping[str, Any], name: str) -> Decimal:
    """Raises InvalidOperation for what is no number; a quantity that is not told is none."""
    value = row.get(name)
    return Decimal(str(value)) if value is not None or name == "qty_ordered" else Decimal(0)
