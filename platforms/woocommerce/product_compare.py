"""Whether the shop already shows what we would send. WooCommerce writes many values in its own way."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from platforms.woocommerce.errors import plain_text


def already_shows(record: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
    """Whether the shop's record has all that `body` would set."""
    return all(_same(name, record.get(name), value, record) for name, value in body.items())


def _same(name: str, present: Any, wanted: Any, record: Mapping[str, Any]) -> bool:
    if name == "categories" or name == "tags":
        return {row.get("id") for row in dicts(present)} == {row["id"] for row in wanted}
    if name in ("upsell_ids", "cross_sell_ids"):
        return isinstance(present, list) and set(present) == set(wanted)
    if name == "dimensions":
        return isinstance(present, Mapping) and all(
            _same_text(present.get(key), value) for key, value in wanted.items()
        )
    if name == "meta_data":
        known = {str(row.get("key")): row.get("value") for row in dicts(present)}
        return all(_same_text(known.get(row["key"], ""), row["value"]) for row in wanted)
    if name == "attributes":
        return [_attribute_key(row) for row in dicts(present)] == [_attribute_key(row) for row in wanted]
    if name == "tax_class" and present == "parent":
        return wanted in ("", "parent")
    if isinstance(wanted, bool | int):
        return bool(present == wanted)
    return _same_text(present, wanted)


def _same_text(present: Any, wanted: Any) -> bool:
    left, right = str(present if present is not None else ""), str(wanted)
    if left == right:
        return True
    try:
        return bool(left and right) and Decimal(left) == Decimal(right)
    except ArithmeticError:
        return plain_text(left) == plain_text(right) and "<" not in right


def _attribute_key(row: Mapping[str, Any]) -> tuple[Any, ...]:
    reference = row.get("id") or str(row.get("name", "")).casefold()
    if "options" in row:
        options = tuple(str(option).casefold() for option in row["options"])
        return (reference, bool(row.get("variation")), bool(row.get("visible")), options)
    return (reference, str(row.get("option", "")).casefold())


def dicts(rows: Any) -> list[Mapping[str, Any]]:
    """The objects of a list; anything else is passed over."""
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []
