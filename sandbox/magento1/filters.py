"""`list` filters: a value means equal, of a map of operators only the first counts, except `from` beside `to`."""

import re
from collections.abc import Callable, Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.magento1.errors import fault, sql_error
from sandbox.magento1.rows import Json

Getter = Callable[[Any, str], Any]
_KNOWN = frozenset(
    [
        "eq",
        "neq",
        "like",
        "nlike",
        "in",
        "nin",
        "is",
        "notnull",
        "null",
        "gt",
        "lt",
        "gteq",
        "lteq",
        "moreq",
        "finset",
        "regexp",
        "from",
        "to",
        "seq",
        "sneq",
    ]
)
Test = Callable[[Any], bool]


def parse(filters: Any, names: dict[str, str]) -> dict[str, Any]:
    """Filters as they may come: null, an empty array, a map, or one map in a list. names: shown name -> column."""
    if not filters:
        return {}
    if isinstance(filters, list):
        merged: Json = {}
        for part in filters:
            merged |= parse(part, names)
        return merged
    if not isinstance(filters, dict):
        return {}
    return {names.get(str(field), str(field)): condition for field, condition in filters.items()}


def chosen(rows: Iterable[Any], filters: dict[str, Any], get: Getter) -> list[Any]:
    """The rows that pass all filters. get: value of a column; LookupError when there is no such column."""
    tests = [(field, test_of(condition)) for field, condition in filters.items()]
    return [row for row in rows if all(test(get(row, field)) for field, test in tests)]


def test_of(condition: Any) -> Test:
    if isinstance(condition, list):
        parts = [test_of(part) for part in condition]
        return lambda value: any(part(value) for part in parts)
    if not isinstance(condition, dict):
        return lambda value: _compare(value, condition) == 0
    if "from" in condition or "to" in condition:
        low, high = condition.get("from"), condition.get("to")
        return lambda value: (
            value is not None
            and (low is None or _compare(value, low) >= 0)
            and (high is None or _compare(value, high) <= 0)
        )
    for name, wanted in condition.items():
        if name in _KNOWN:
            return _operator(name, wanted)
    return lambda value: True


def _operator(name: str, wanted: Any) -> Test:
    tests: dict[str, Test] = {
        "eq": lambda v: _compare(v, wanted) == 0,
        "seq": lambda v: _compare(v, wanted) == 0 if wanted not in (None, "") else v is None,
        "neq": lambda v: v is not None and _compare(v, wanted) != 0,
        "sneq": lambda v: v is not None and _compare(v, wanted) != 0,
        "in": lambda v: any(_compare(v, one) == 0 for one in _many(wanted)),
        "nin": lambda v: v is not None and all(_compare(v, one) != 0 for one in _many(wanted)),
        "finset": lambda v: str(wanted) in str(v or "").split(","),
        "null": lambda v: v is None,
        "notnull": lambda v: v is not None,
        "is": lambda v: (v is None) == (wanted is None or str(wanted).lower() == "null"),
        "gt": lambda v: v is not None and _compare(v, wanted) > 0,
        "lt": lambda v: v is not None and _compare(v, wanted) < 0,
        "gteq": lambda v: v is not None and _compare(v, wanted) >= 0,
        "moreq": lambda v: v is not None and _compare(v, wanted) >= 0,
        "lteq": lambda v: v is not None and _compare(v, wanted) <= 0,
        "like": lambda v: bool(_like(wanted).fullmatch(str(v or ""))),
        "nlike": lambda v: v is not None and not _like(wanted).fullmatch(str(v)),
        "regexp": lambda v: bool(re.search(str(wanted), str(v or ""))),
    }
    return tests[name]


def _many(wanted: Any) -> list[Any]:
    if isinstance(wanted, list):
        return wanted
    return list(wanted.values()) if isinstance(wanted, dict) else str(wanted).split(",")


def _like(wanted: Any) -> re.Pattern[str]:
    return re.compile(re.escape(str(wanted)).replace("%", ".*").replace("_", "."), re.I | re.S)


def _compare(value: Any, wanted: Any) -> int:
    """Numbers as numbers, everything else as text: an empty row is below all."""
    if value is None:
        return -1
    try:
        left, right = Decimal(str(value)), Decimal(str(wanted))
    except InvalidOperation:
        first, second = str(value).casefold(), str(wanted).casefold()
        return (first > second) - (first < second)
    return (left > right) - (left < right)


def flat_column(table: str, columns: Callable[[Any], Json]) -> Getter:
    """Columns of a flat table; an unknown one is the database's own error."""

    def get(row: Any, field: str) -> Any:
        known = columns(row)
        if field not in known:
            raise sql_error(field, table)
        return known[field]

    return get


def unknown_attribute(resource: str, code: int, field: str) -> Exception:
    return fault(resource, code, f"Invalid attribute name: {field}")
