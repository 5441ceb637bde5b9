"""OData v4 as Query speaks it: $filter, $select, $orderby, $expand, $top, $skip, $count, nextLink."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from sandbox.norce.answers import ApiError, Json

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<date>\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d))|(?P<number>-?\d+(?:\.\d+)?)"
    r"|(?P<word>[A-Za-z_][\w/]*)|(?P<mark>[()]))"
)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda a, b: bool(a == b),
    "ne": lambda a, b: bool(a != b),
    "gt": lambda a, b: a is not None and bool(a > b),
    "ge": lambda a, b: a is not None and bool(a >= b),
    "lt": lambda a, b: a is not None and bool(a < b),
    "le": lambda a, b: a is not None and bool(a <= b),
}
Test = Callable[[Json], bool]


class _Parser:
    """`A eq 1 and (B eq 'x' or C gt 2026-01-01T00:00:00Z)` -> a test of a row."""

    def __init__(self, text: str) -> None:
        self.tokens = list(_tokens(text))
        self.place = 0

    def parse(self) -> Test:
        test = self._or()
        if self.place < len(self.tokens):
            raise _bad("unexpected text after the filter")
        return test

    def _peek(self, word: str) -> bool:
        return self.place < len(self.tokens) and self.tokens[self.place] == ("word", word)

    def _next(self) -> tuple[str, Any]:
        if self.place >= len(self.tokens):
            raise _bad("the filter ends too early")
        self.place += 1
        return self.tokens[self.place - 1]

    def _or(self) -> Test:
        tests = [self._and()]
        while self._peek("or"):
            self.place += 1
            tests.append(self._and())
        return tests[0] if len(tests) == 1 else lambda row: any(test(row) for test in tests)

    def _and(self) -> Test:
        tests = [self._one()]
        while self._peek("and"):
            self.place += 1
            tests.append(self._one())
        return tests[0] if len(tests) == 1 else lambda row: all(test(row) for test in tests)

    def _one(self) -> Test:
        kind, value = self._next()
        if (kind, value) == ("mark", "("):
            test = self._or()
            if self._next() != ("mark", ")"):
                raise _bad("a bracket is not closed")
            return test
        if kind != "word":
            raise _bad(f"a property is expected in place of {value!r}")
        operator = self._next()[1]
        if operator not in _COMPARE:
            raise _bad(f"the operator {operator!r} is unknown")
        wanted_kind, wanted = self._next()
        if wanted_kind == "word":
            if wanted not in ("true", "false", "null"):
                raise _bad(f"{wanted!r} is no literal")
            wanted = {"true": True, "false": False, "null": None}[wanted]
        compare, path = _COMPARE[str(operator)], str(value).split("/")
        return lambda row: compare(_at(row, path), wanted)


def _tokens(text: str) -> Iterator[tuple[str, Any]]:
    place = 0
    while place < len(text.rstrip()):
        found = _TOKEN.match(text, place)
        if found is None:
            raise _bad(f"the filter cannot be read at {text[place : place + 20]!r}")
        place, kind = found.end(), str(found.lastgroup)
        value: Any = found.group(kind)
        if kind == "text":
            value = value[1:-1].replace("''", "'")
        elif kind == "number":
            value = Decimal(value)
        elif kind == "date":
            value = Moment(int(datetime.fromisoformat(value.replace("Z", "+00:00")).timestamp()))
        yield kind, value


class Moment(int):
    """Seconds of a date, told apart from plain numbers when an entity is printed."""


def _at(row: Json, path: list[str]) -> Any:
    value: Any = row
    for name in path:
        if not isinstance(value, dict) or name not in value:
            raise _bad(f"there is no property '{name}'")
        value = value[name]
    return value


def _bad(text: str) -> ApiError:
    return ApiError(400, f"The query specified in the URI is not valid: {text}.")


def parse_filter(text: str) -> Test:
    return _Parser(text).parse()


def split_top(text: str, mark: str) -> list[str]:
    """Split at `mark` outside of brackets and quotes."""
    parts, depth, quoted, start = [], 0, False, 0
    for place, letter in enumerate(text):
        if letter == "'":
            quoted = not quoted
        elif quoted:
            continue
        elif letter in "()":
            depth += 1 if letter == "(" else -1
        elif letter == mark and depth == 0:
            parts.append(text[start:place])
            start = place + 1
    parts.append(text[start:])
    return [part.strip() for part in parts if part.strip()]


def expansions(text: str) -> dict[str, dict[str, str]]:
    """`PriceLists($filter=IsActive eq true),Product` -> name -> its own options."""
    found: dict[str, dict[str, str]] = {}
    for part in split_top(text, ","):
        name, _, inner = part.partition("(")
        options = {}
        for option in split_top(inner.rstrip(")") if inner else "", ";"):
            key, _, value = option.partition("=")
            options[key.strip()] = value.strip()
        found[name.strip()] = options
    return found


def shown(rows: list[Json], query: dict[str, str], *, navigation: set[str]) -> list[Json]:
    """Rows after filter and order; navigation properties only where they are expanded."""
    if query.get("$filter"):
        test = parse_filter(query["$filter"])
        rows = [row for row in rows if test(row)]
    for part in reversed(split_top(query.get("$orderby", ""), ",")):
        name, _, direction = part.partition(" ")
        path = name.split("/")
        if rows:
            _at(rows[0], path)
        rows = sorted(rows, key=lambda row: _order(_at(row, path)), reverse=direction.strip() == "desc")
    return rows


def _order(value: Any) -> tuple[bool, Any]:
    return value is not None, "" if value is None else value


def printed(row: Json, query: dict[str, str], navigation: set[str], date: Callable[[int], str]) -> Json:
    """One row as it is answered: chosen fields, expanded neighbours, dates as text."""
    asked = expansions(query.get("$expand", ""))
    if "*" in asked:
        asked |= {name: {} for name in navigation}
        asked.pop("*")
    unknown = set(asked) - navigation
    if unknown:
        raise _bad(f"'{sorted(unknown)[0]}' is no navigation property")
    chosen = [name.strip() for name in query.get("$select", "").split(",") if name.strip()]
    for name in chosen:
        if name not in row:
            raise _bad(f"there is no property '{name}'")
    found: Json = {}
    for name, value in row.items():
        if name in navigation:
            if name in asked:
                found[name] = _expanded(value, asked[name], date)
        elif not chosen or name in chosen:
            found[name] = _plain(value, date)
    return found


def _expanded(value: Any, options: dict[str, str], date: Callable[[int], str]) -> Any:
    if not isinstance(value, list):
        return _plain(value, date)
    rows = shown(value, options, navigation=set())
    return [printed(row, {"$select": options.get("$select", "")}, set(), date) for row in rows]


def _plain(value: Any, date: Callable[[int], str]) -> Any:
    if isinstance(value, Moment):
        return date(value)
    if isinstance(value, dict):
        return {name: _plain(one, date) for name, one in value.items()}
    if isinstance(value, list):
        return [_plain(one, date) for one in value]
    return value
