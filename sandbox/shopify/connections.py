"""Connections: filtered, sorted, paged by cursors that hold the place and not a number."""

import base64
import json
from collections.abc import Callable, Iterable
from typing import Any

from sandbox.shopify.calls import Call, FieldError, Row
from sandbox.shopify.search import Fields, matcher
from sandbox.shopify.state import number_of

#: Nobody gets further than this with one query.
MOST = 25_000
Key = Callable[[Row], Any]


def cursor_of(key: Any, number: int, place: int) -> str:
    content = {"last_id": number, "last_value": key, "n": place}
    return base64.b64encode(json.dumps(content, separators=(",", ":")).encode()).decode()


def _place(cursor: str) -> tuple[Any, int, int]:
    try:
        content = json.loads(base64.b64decode(cursor, validate=True))
        return content["last_value"], int(content["last_id"]), int(content["n"])
    except (ValueError, KeyError, TypeError) as err:
        raise FieldError("Invalid cursor for current pagination sort.", "BAD_REQUEST") from err


def connection(rows: Iterable[Row], args: Row, *, key: Key | None = None, number: Key | None = None) -> Row:
    """A page. key: sort value of a row; ties go by the number of the id. reverse, first/after, last/before."""
    numbered = number or (lambda row: number_of(row.get("id") or ""))
    listed = list(rows)
    if key is None and number is None:
        return _positions(listed, args)
    keyed = sorted(
        ((key(row) if key else numbered(row), numbered(row), row) for row in listed),
        key=lambda entry: (entry[0], entry[1]),
        reverse=bool(args.get("reverse")),
    )
    return _page(keyed, args)


def _positions(rows: list[Row], args: Row) -> Row:
    """Rows in their own order, counted through."""
    order = list(reversed(rows)) if args.get("reverse") else rows
    keyed = [(position, position, row) for position, row in enumerate(order)]
    return _page(keyed, {**args, "reverse": False})


def _page(keyed: list[tuple[Any, int, Row]], args: Row) -> Row:
    start, end, place = 0, len(keyed), 0
    backwards = bool(args.get("reverse"))

    def beyond(entry: tuple[Any, int, Row], mark: tuple[Any, int]) -> bool:
        here = (entry[0], entry[1])
        return here < mark if backwards else here > mark

    if args.get("after"):
        value, number, place = _place(args["after"])
        start = _first(keyed, lambda entry: beyond(entry, (value, number)))
    if args.get("before"):
        value, number, _ = _place(args["before"])
        end = _first(keyed, lambda entry: not beyond((value, number, {}), (entry[0], entry[1])))
    if place >= MOST:
        raise FieldError(
            f"Pagination is limited to {MOST} objects. Narrow the query by a filter, or use a bulk operation.",
            "BAD_REQUEST",
        )
    window = keyed[start:end]
    size = args.get("first")
    if size is not None:
        chosen, more_after, more_before = window[:size], len(window) > size, start > 0
    else:
        size = args.get("last") or 0
        chosen = window[-size:] if size else []
        more_after, more_before = end < len(keyed), len(window) > size
    cursors = [cursor_of(k, n, place + i) for i, (k, n, _) in enumerate(chosen, 1)]
    return {
        "nodes": [row for _, _, row in chosen],
        "edges": [{"node": row, "cursor": c} for (_, _, row), c in zip(chosen, cursors, strict=True)],
        "pageInfo": {
            "hasNextPage": more_after,
            "hasPreviousPage": more_before,
            "startCursor": cursors[0] if cursors else None,
            "endCursor": cursors[-1] if cursors else None,
        },
    }


def _first(keyed: list[tuple[Any, int, Row]], test: Callable[[tuple[Any, int, Row]], bool]) -> int:
    """Index of the first entry that passes; the entries that do not come first."""
    low, high = 0, len(keyed)
    while low < high:
        middle = (low + high) // 2
        if test(keyed[middle]):
            high = middle
        else:
            low = middle + 1
    return low


def searched(
    call: Call, rows: Iterable[Row], args: Row, fields: Fields, sorts: dict[str, Key], *, default: str = "ID"
) -> Row:
    """A root connection with `query`, `sortKey` and `reverse`."""
    found = filtered(call, rows, args.get("query"), fields)
    key = sorts.get(args.get("sortKey") or default)
    return connection(found, args, key=key, number=lambda row: number_of(row["id"]))


def filtered(call: Call, rows: Iterable[Row], text: str | None, fields: Fields) -> list[Row]:
    if not text or not text.strip():
        return list(rows)
    test, unknown = matcher(text, fields)
    for name in unknown:
        call.search_warnings.append(
            {"field": name, "message": "Invalid search field for this query.", "code": "invalid_field"}
        )
    lag = call.options.search_lag
    if lag:
        horizon = call.store.stamp(call.store.clock.now() - lag)
        rows = (row for row in rows if row.get("updatedAt", "") <= horizon)
    return [row for row in rows if test(row)]
