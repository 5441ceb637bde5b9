"""searchCriteria: groups that are ANDed, filters inside one that are ORed, sorting, pages."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.magento2.call import Call
from sandbox.magento2.errors import MageError, required
from sandbox.magento2.rows import Json, Options
from sandbox.php import to_int

Getter = Callable[[Any, str], Any]
_CONDITIONS = frozenset(
    [
        "eq",
        "neq",
        "like",
        "nlike",
        "in",
        "nin",
        "gt",
        "lt",
        "gteq",
        "lteq",
        "moreq",
        "from",
        "to",
        "finset",
        "nfinset",
        "null",
        "notnull",
    ]
)


@dataclass
class Criteria:
    groups: list[list[tuple[str, str, str]]] = field(default_factory=list)  # field, value, condition
    sorts: list[tuple[str, str]] = field(default_factory=list)
    page_size: int | None = None
    page: int = 1

    def body(self) -> Json:
        body: Json = {
            "filter_groups": [
                {"filters": [{"field": f, "value": v, "condition_type": c} for f, v, c in group]}
                for group in self.groups
            ]
        }
        if self.sorts:
            body["sort_orders"] = [{"field": f, "direction": d} for f, d in self.sorts]
        if self.page_size is not None:
            body |= {"page_size": self.page_size, "current_page": self.page}
        return body


def criteria_of(call: Call) -> Criteria:
    """Raises 400 when the call has no searchCriteria, and for pages above the limit."""
    raw = call.query.get("searchCriteria", call.query.get("search_criteria"))
    if raw is None:
        raise required("searchCriteria")
    found = Criteria()
    if isinstance(raw, dict):
        for group in _values(_either(raw, "filter_groups", "filterGroups")):
            filters = [_filter(row) for row in _values(_either(group, "filters"))]
            if filters:
                found.groups.append(filters)
        for row in _values(_either(raw, "sortOrders", "sort_orders")):
            if row.get("field"):
                found.sorts.append((str(row["field"]), str(row.get("direction", "ASC")).upper()))
        size = _either(raw, "pageSize", "page_size")
        found.page_size = to_int(size) if size not in (None, "") else None
        found.page = max(1, to_int(_either(raw, "currentPage", "current_page") or 1))
    _limit(found, call.options)
    return found


def _limit(found: Criteria, options: Options) -> None:
    if not options.limited:
        return
    if found.page_size is None:
        found.page_size = options.default_page_size
    elif found.page_size > options.maximum_page_size:
        raise MageError("Maximum SearchCriteria pageSize is %max", {"max": options.maximum_page_size})


def _either(row: Any, *names: str) -> Any:
    return next((row[name] for name in names if isinstance(row, dict) and name in row), None)


def _values(rows: Any) -> list[Json]:
    if isinstance(rows, dict):
        rows = list(rows.values())
    return [row for row in rows or [] if isinstance(row, dict)]


def _filter(row: Json) -> tuple[str, str, str]:
    value = row.get("value", "")
    if isinstance(value, dict):
        value = ",".join(str(v) for v in value.values())
    condition = str(_either(row, "condition_type", "conditionType") or "eq")
    return str(row.get("field", "")), str(value), condition


def answer(
    call: Call,
    rows: Iterable[Any],
    getter: Getter,
    show: Callable[[Any], Any],
    fields: frozenset[str] | None = None,
) -> Json:
    """The list answer. getter: (row, field) -> value; fields: what can be filtered on (None: anything)."""
    criteria = criteria_of(call)
    _check(criteria, fields)
    found = matching(rows, getter, criteria)
    total = len(found)
    for name, direction in reversed(criteria.sorts):
        found.sort(key=lambda row: _order(getter(row, name)), reverse=direction == "DESC")
    return {
        "items": [show(row) for row in _page(found, criteria, call.options)],
        "search_criteria": criteria.body(),
        "total_count": total,
    }


def _check(criteria: Criteria, fields: frozenset[str] | None) -> None:
    names = [f for group in criteria.groups for f, _, _ in group] + [f for f, _ in criteria.sorts]
    for name in names:
        if fields is not None and name not in fields:
            raise MageError(f"Column not found: 1054 Unknown column '{name}' in 'where clause'", status=400)
    for group in criteria.groups:
        for _, _, condition in group:
            if condition not in _CONDITIONS:
                raise MageError("Invalid condition type: %1", [condition])


def matching(rows: Iterable[Any], getter: Getter, criteria: Criteria) -> list[Any]:
    groups = [[(name, _test(value, condition)) for name, value, condition in g] for g in criteria.groups]
    return [
        row for row in rows if all(any(test(getter(row, name)) for name, test in group) for group in groups)
    ]


def _page(found: list[Any], criteria: Criteria, options: Options) -> list[Any]:
    if not criteria.page_size:
        return found
    size, page = criteria.page_size, criteria.page
    last = max(1, -(-len(found) // size))
    if page > last:
        if not options.last_page_repeats:
            return []
        page = last
    return found[(page - 1) * size : page * size]


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool):
        return Decimal(int(value))
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


def _order(value: Any) -> tuple[int, Any]:
    if value is None:
        return 0, 0
    number = _number(value)
    return (1, number) if number is not None else (2, str(value).lower())


def _compare(left: Any, right: str) -> int | None:
    if left is None:
        return None
    if isinstance(left, bool | int | float | Decimal):
        number = _number(right)
        mine = _number(left)
        if number is not None and mine is not None:
            return (mine > number) - (mine < number)
    text, other = str(left).lower(), right.lower()
    return (text > other) - (text < other)


def _test(value: str, condition: str) -> Callable[[Any], bool]:
    """A predicate on a field's value, which may be a list: then one match is enough."""
    single = _single(value, condition)
    if condition in ("neq", "nin", "nlike", "nfinset"):
        return lambda held: all(map(single, held)) if isinstance(held, list | set) else single(held)
    return lambda held: any(map(single, held)) if isinstance(held, list | set) else single(held)


def _single(value: str, condition: str) -> Callable[[Any], bool]:
    parts = {part.strip().lower() for part in value.split(",")}
    if condition == "null":
        return lambda held: held is None
    if condition == "notnull":
        return lambda held: held is not None
    if condition in ("in", "nin"):
        wanted = condition == "in"
        return lambda held: held is not None and (_text(held) in parts) == wanted
    if condition in ("like", "nlike"):
        pattern = re.compile(
            "".join({"%": ".*", "_": "."}.get(c, re.escape(c)) for c in value), re.IGNORECASE | re.DOTALL
        )
        wanted = condition == "like"
        return lambda held: held is not None and bool(pattern.fullmatch(str(held))) == wanted
    if condition in ("finset", "nfinset"):
        wanted = condition == "finset"
        return lambda held: (value.lower() in _text(held).split(",")) == wanted
    signs = {
        "eq": (0,),
        "neq": (-1, 1),
        "gt": (1,),
        "lt": (-1,),
        "gteq": (0, 1),
        "moreq": (0, 1),
        "from": (0, 1),
        "lteq": (-1, 0),
        "to": (-1, 0),
    }[condition]
    return lambda held: _compare(held, value) in signs


def _text(value: Any) -> str:
    if isinstance(value, Decimal | float):
        return format(Decimal(str(value)).normalize(), "f")
    return str(int(value) if isinstance(value, bool) else value).lower()
