"""The search language of `query:` arguments: `updated_at:>='…' status:open (sku:A OR sku:B) -tag:x`."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sandbox.shopify.calls import Row

#: Name in a query -> (kind, values of a row). Kinds: time, number, word (whole, any case), text (tokens), id, bool.
Fields = dict[str, tuple[str, Callable[[Row], Any]]]
Test = Callable[[Row], bool]

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<open>\() | (?P<close>\)) | (?P<not>-(?=[\w(]))
      | (?P<name>[\w.]+)\s*:\s*(?P<op><=|>=|<|>)?\s*(?P<value>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^\s()]+)
      | (?P<word>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^\s()]+)
    )""",
    re.VERBOSE,
)


class _Parser:
    def __init__(self, text: str, fields: Fields) -> None:
        self.tokens = [m for m in _TOKEN.finditer(text) if m.group().strip()]
        self.at = 0
        self.fields = fields
        self.unknown: list[str] = []

    def _peek(self) -> re.Match[str] | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def either(self) -> Test:
        tests = [self.both()]
        while (token := self._peek()) and (token["word"] or "") == "OR":
            self.at += 1
            tests.append(self.both())
        if len(tests) == 1:
            return tests[0]
        return lambda row: any(test(row) for test in tests)

    def both(self) -> Test:
        tests: list[Test] = []
        while (token := self._peek()) and not token["close"] and (token["word"] or "") != "OR":
            if (token["word"] or "") == "AND":
                self.at += 1
                continue
            tests.append(self.one())
        if len(tests) == 1:
            return tests[0]
        return lambda row: all(test(row) for test in tests)

    def one(self) -> Test:
        token = self.tokens[self.at]
        self.at += 1
        if token["not"] or (token["word"] or "") == "NOT":
            inner = self.one()
            return lambda row: not inner(row)
        if token["open"]:
            inside = self.either()
            self.at += 1
            return inside
        if token["name"]:
            return self._field(token["name"], token["op"] or "", _unquoted(token["value"]))
        return self._default(_unquoted(token["word"] or ""))

    def _default(self, value: str) -> Test:
        known = [entry for name, entry in self.fields.items() if name == "default"]
        return lambda row: any(_text(_values(get(row)), value) for _, get in known)

    def _field(self, name: str, op: str, value: str) -> Test:
        entry = self.fields.get(name)
        if entry is None and name.startswith("metafields.") and "metafields" in self.fields:
            get = self.fields["metafields"][1]
            path = name.removeprefix("metafields.")
            return lambda row: get(row).get(path) == value
        if entry is None:
            self.unknown.append(name)
            return lambda row: True
        kind, get = entry
        return lambda row: _matches(kind, op, _values(get(row)), value)


def _unquoted(text: str) -> str:
    if len(text) > 1 and text[0] in "'\"" and text[-1] == text[0]:
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    return text


def _values(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple, set)) else [value]


def _matches(kind: str, op: str, values: list[Any], wanted: str) -> bool:
    if kind == "time":
        moment = _moment(wanted)
        return any(_compare(op or ":", str(v), moment) for v in values)
    if wanted == "*":
        return bool(values)
    if kind == "number":
        return any(_compare(op or ":", float(v), float(wanted)) for v in values)
    if kind == "id":
        number = wanted.rpartition("/")[2]
        if op:
            return any(_compare(op, int(str(v).rpartition("/")[2]), int(number)) for v in values)
        return any(str(v).rpartition("/")[2] == number for v in values)
    if kind == "bool":
        return any(str(bool(v)).lower() == wanted.lower() for v in values)
    if kind == "text":
        return _text(values, wanted)
    return any(_word(str(v), wanted) for v in values)


def _compare(op: str, left: Any, right: Any) -> bool:
    if op == ">=":
        return bool(left >= right)
    if op == "<=":
        return bool(left <= right)
    if op == ">":
        return bool(left > right)
    if op == "<":
        return bool(left < right)
    return bool(left == right) or (isinstance(left, str) and len(right) == 10 and left.startswith(right))


def _moment(text: str) -> str:
    """An ISO time as rows hold it; a day alone is its midnight in UTC."""
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return text
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _word(value: str, wanted: str) -> bool:
    left, right = value.lower(), wanted.lower()
    if right.endswith("*"):
        return left.startswith(right[:-1])
    return left == right


def _text(values: list[Any], wanted: str) -> bool:
    """A text match: the words of the search stand in the value one after the other, whatever their case."""
    prefix = wanted.endswith("*")
    words = re.findall(r"\w+", wanted.lower())
    for value in values:
        have = re.findall(r"\w+", str(value).lower())
        for start in range(len(have) - len(words) + 1):
            piece = have[start : start + len(words)]
            if piece == words or (prefix and piece[:-1] == words[:-1] and piece[-1].startswith(words[-1])):
                return True
    return False


def matcher(text: str, fields: Fields) -> tuple[Test, list[str]]:
    """The test of a query, and the names in it that this list cannot be searched by (they are ignored)."""
    parser = _Parser(text, fields)
    test = parser.either()
    return test, parser.unknown
