"""What an order sells that cannot be read whole: the lines that still make sense."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from platforms.norce.fields import field, rows, text
from platforms.norce.mapping_orders import is_charge, quantity_of
from platforms.norce.order_states import TEMPLATE, status_of
from platforms.types import SoldLine


def sold_lines(payload: Mapping[str, Any]) -> tuple[SoldLine, ...] | None:
    """The readable lines, of structures their parts; none of a cancelled order, None where there is no list."""
    if status_of(payload) == "Cancelled" or text(payload, "OrderType").lower() in TEMPLATE:
        return ()
    if not isinstance(field(payload, "Items"), list):
        return None
    items = rows(payload, "Items")
    parents = {text(item, "ParentLineNo") for item in items} - {""}
    found = []
    for item in items:
        part_no = text(item, "PartNo", "ErpPartNo")
        try:
            quantity = quantity_of(item)
        except ValueError:
            continue
        if part_no and quantity > 0 and not is_charge(item) and text(item, "LineNo") not in parents:
            found.append(SoldLine(part_no, part_no, "", quantity))
    return tuple(found)
