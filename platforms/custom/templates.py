"""Requests as staff write them: JSON with `{{ expression }}` where a value belongs.

A text that is one placeholder keeps the value's own type; within a longer text it becomes text. `{{? … }}` leaves its
key out when there is no value. Two objects have a meaning: `{"$each": "rows", "$do": …}` is a list with one entry per
row (the row is `row`), `{"$when": "expression", "$value": …}` is there only when the expression holds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from platforms.custom.expressions import ExpressionError, Scope, compiled

_HOLE = re.compile(r"\{\{(\??)\s*(.+?)\s*\}\}(?!\})", re.DOTALL)
EACH, DO, WHEN, VALUE = "$each", "$do", "$when", "$value"


class _Left:
    """Stands for a value that is left out."""


_OUT = _Left()


def holds(expression: str, context: Mapping[str, Any], scope: Scope) -> bool:
    """Whether an expression finds something: not null, false, empty or nothing."""
    found = compiled(expression).value(context, scope)
    return found not in (None, False, "", [], {})


def render(template: Any, context: Mapping[str, Any], scope: Scope) -> Any:
    """The template with its values. Raises ExpressionError."""
    found = _render(template, context, scope)
    return None if found is _OUT else found


def _render(template: Any, context: Mapping[str, Any], scope: Scope) -> Any:
    if isinstance(template, str):
        return _text(template, context, scope)
    if isinstance(template, Mapping):
        if EACH in template:
            rows = compiled(str(template[EACH])).value(context, scope) or []
            entries = (_render(template.get(DO), {**context, "row": row}, scope) for row in rows)
            return [entry for entry in entries if entry is not _OUT]
        if WHEN in template:
            if not holds(str(template[WHEN]), context, scope):
                return _OUT
            return _render(template.get(VALUE), context, scope)
        pairs = ((name, _render(value, context, scope)) for name, value in template.items())
        return {name: value for name, value in pairs if value is not _OUT}
    if isinstance(template, list):
        entries = (_render(entry, context, scope) for entry in template)
        return [entry for entry in entries if entry is not _OUT]
    return template


def _text(template: str, context: Mapping[str, Any], scope: Scope) -> Any:
    whole = _HOLE.fullmatch(template.strip())
    if whole and len(_HOLE.findall(template)) == 1:
        value = compiled(whole[2]).value(context, scope)
        return _OUT if whole[1] and value in (None, "", []) else plain(value)
    return _HOLE.sub(lambda hole: as_text(compiled(hole[2]).value(context, scope)), template)


def render_path(template: str, context: Mapping[str, Any], scope: Scope) -> str:
    """A path; what is put into it is escaped, so that no id can lead elsewhere."""
    return _HOLE.sub(lambda hole: quote(as_text(compiled(hole[2]).value(context, scope)), safe=""), template)


def plain(value: Any) -> Any:
    """A value as JSON has it: whole numbers as such, moments in ISO 8601."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    if isinstance(value, Mapping):
        return {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return value


def as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return ",".join(as_text(inner) for inner in value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    return str(plain(value))


def expressions_of(template: Any, where: str = "") -> Iterator[tuple[str, str]]:
    """(where, expression) of all that stands in a template, to be checked before it is used."""
    if isinstance(template, str):
        for _optional, text in _HOLE.findall(template):
            yield where, text
    elif isinstance(template, Mapping):
        for name, value in template.items():
            at = f"{where}.{name}" if where else str(name)
            if name in (EACH, WHEN):
                yield at, str(value)
            else:
                yield from expressions_of(value, at)
    elif isinstance(template, list):
        for number, value in enumerate(template):
            yield from expressions_of(value, f"{where}[{number}]")


def problem_of(text: str) -> str:
    """ "" for an expression that can be read, else what is wrong with it."""
    try:
        compiled(text)
    except ExpressionError as error:
        return str(error)
    return ""


Check = Callable[[str], str]
