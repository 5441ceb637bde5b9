"""Types of a body, checked before anything is done: what is not of its type fails the whole call."""

from typing import Any

from sandbox.magento2.call import as_decimal, as_int
from sandbox.magento2.errors import wrong_type
from sandbox.magento2.rows import Json

_OBJECTS = frozenset(
    [
        "product",
        "entry",
        "option",
        "category",
        "customer",
        "entity",
        "stockItem",
        "productLink",
        "statusHistory",
    ]
)
_LISTS = frozenset({"sourceItems", "prices", "skus", "items", "tracks"})
_FLOATS = frozenset({"price", "cost", "quantity", "qty", "weight"})
_INTEGERS = frozenset({"store_id", "website_id", "attribute_set_id", "visibility", "order_item_id"})


def check(body: Json) -> None:
    """Raises the 400 of a value that cannot be what the interface wants. Absent and null ones pass."""
    for name, value in body.items():
        if value is None:
            continue
        if name in _OBJECTS:
            if not isinstance(value, dict):
                raise wrong_type(value, "object")
            _row(value)
        elif name in _LISTS:
            if not isinstance(value, list):
                raise wrong_type(value, "array")
            for row in value:
                if isinstance(row, dict):
                    _row(row)


def _row(row: dict[str, Any]) -> None:
    for name, value in row.items():
        if value is None or value == "":
            continue
        if name in _FLOATS:
            as_decimal(value)
        elif name in _INTEGERS:
            as_int(value)
