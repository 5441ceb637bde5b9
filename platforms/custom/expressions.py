"""What staff write to name a value: a JMESPath path, and converters behind it.

    createdAt -> time
    totalWithTax -> minor
    state -> map {"PaymentSettled": "paid"} unpaid

JMESPath has no arithmetic, so `plus`, `minus`, `times` and `total` are added as functions; no expression can loop or
reach anything but the values that it is given.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import jmespath
from jmespath import functions
from jmespath.exceptions import JMESPathError

from ecomsync.common.money import currency_decimals, to_decimal

ARROW = " -> "


class ExpressionError(ValueError):
    """An expression that cannot be read, or a value that a converter cannot take."""


class _Functions(functions.Functions):  # type: ignore[misc]
    """Arithmetic over numbers of any kind, so that no cent is lost to binary fractions."""

    @functions.signature({"types": []}, {"types": []})  # type: ignore[untyped-decorator]
    def _func_plus(self, left: Any, right: Any) -> Decimal:
        return _number(left) + _number(right)

    @functions.signature({"types": []}, {"types": []})  # type: ignore[untyped-decorator]
    def _func_minus(self, left: Any, right: Any) -> Decimal:
        return _number(left) - _number(right)

    @functions.signature({"types": []}, {"types": []})  # type: ignore[untyped-decorator]
    def _func_times(self, left: Any, right: Any) -> Decimal:
        return _number(left) * _number(right)

    @functions.signature({"types": []})  # type: ignore[untyped-decorator]
    def _func_total(self, rows: Any) -> Decimal:
        """The sum of a list; nothing at all is 0."""
        return sum((_number(row) for row in rows or ()), Decimal(0))


_OPTIONS = jmespath.Options(custom_functions=_Functions())


@dataclass(frozen=True, slots=True)
class Scope:
    """What converters need to know of the shop."""

    currency: str = ""
    time_zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class _Step:
    name: str
    arguments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Expression:
    """A path and its converters, read once."""

    text: str
    path: Any
    steps: tuple[_Step, ...]

    def value(self, data: Any, scope: Scope) -> Any:
        """Raises ExpressionError when the value is not what the expression expects."""
        try:
            found = self.path.search(data, options=_OPTIONS)
        except JMESPathError as error:
            raise ExpressionError(f"'{self.text}' cannot be computed: {error}") from error
        for step in self.steps:
            try:
                found = CONVERTERS[step.name](found, step.arguments, scope)
            except (ValueError, InvalidOperation, ArithmeticError, OverflowError, OSError) as error:
                shown = str(found)[:60]
                raise ExpressionError(
                    f"'{self.text}': '{shown}' cannot be taken by '{step.name}' ({error})"
                ) from error
        return found


@cache
def compiled(text: str) -> Expression:
    """Raises ExpressionError that names what is wrong with the expression."""
    path, *converters = text.split(ARROW)
    try:
        parsed = jmespath.compile(path.strip())
    except JMESPathError as error:
        reason = str(error).splitlines()[0]
        raise ExpressionError(f"'{text}' is not a path: {reason}") from error
    return Expression(text, parsed, tuple(_step(converter, text) for converter in converters))


def _step(text: str, whole: str) -> _Step:
    name, _blank, rest = text.strip().partition(" ")
    if name not in CONVERTERS:
        raise ExpressionError(
            f"'{whole}': there is no converter '{name}'; known are {', '.join(sorted(CONVERTERS))}"
        )
    rest = rest.strip()
    if rest.startswith("{"):
        end = rest.rfind("}") + 1
        arguments = (rest[:end], *rest[end:].split())
        try:
            json.loads(arguments[0])
        except ValueError as error:
            raise ExpressionError(f"'{whole}': the table of '{name}' is not JSON") from error
    else:
        try:
            arguments = tuple(shlex.split(rest))
        except ValueError as error:
            raise ExpressionError(f"'{whole}': the words behind '{name}' cannot be read") from error
    if len(arguments) < NEEDS.get(name, 0):
        raise ExpressionError(f"'{whole}': '{name}' needs a word behind it")
    return _Step(name, arguments)


# ---------------------------------------------------------------- converters

Arguments = tuple[str, ...]
Converter = Callable[[Any, Arguments, Scope], Any]


def _number(value: Any) -> Decimal:
    if isinstance(value, str):
        value = value.replace("\u066b", ".").replace("\u066c", "").replace(",", "").replace("\u00a0", "")
        value = value.translate(_DIGITS).strip()
    return to_decimal(value)


#: Arabic and Persian digits.
_DIGITS = {base + digit: str(digit) for base in (0x0660, 0x06F0) for digit in range(10)}


def _maybe(convert: Callable[[Any, Arguments, Scope], Any]) -> Converter:
    """Nothing stays nothing."""
    return lambda value, words, scope: None if value is None or value == "" else convert(value, words, scope)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else f"{value:f}" if isinstance(value, Decimal) else str(value)


def _time(value: Any, words: Arguments, scope: Scope) -> datetime:
    """ISO 8601, or the format behind the converter; without a zone it is the site's time."""
    if isinstance(value, datetime):
        return value
    if words:
        moment = datetime.strptime(str(value).strip(), words[0])  # noqa: DTZ007 - its zone is set below
    else:
        moment = datetime.fromisoformat(str(value).strip().replace(" ", "T", 1))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(scope.time_zone))
    return moment.astimezone(UTC)


def _date(value: Any, words: Arguments, scope: Scope) -> str:
    """A moment as the shop writes it: format, and "local" for the site's zone instead of UTC."""
    moment = _time(value, (), scope)
    if len(words) > 1 and words[1] == "local":
        moment = moment.astimezone(ZoneInfo(scope.time_zone))
    return moment.strftime(words[0])


def _map(value: Any, words: Arguments, scope: Scope) -> Any:
    """A table; what it does not have becomes the word behind it, or stays as it is."""
    table: Mapping[str, Any] = json.loads(words[0])
    key = _text(value)
    return table.get(key, words[1] if len(words) > 1 else value)


def _minor(value: Any, words: Arguments, scope: Scope) -> Decimal:
    """Whole cents as an amount; the decimals are the currency's, or the number behind it."""
    decimals = int(words[0]) if words else currency_decimals(scope.currency)
    return _number(value).scaleb(-decimals)


def _cents(value: Any, words: Arguments, scope: Scope) -> int:
    """An amount as whole cents."""
    decimals = int(words[0]) if words else currency_decimals(scope.currency)
    return int(_number(value).scaleb(decimals).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def _round(value: Any, words: Arguments, scope: Scope) -> Decimal:
    decimals = int(words[0]) if words else currency_decimals(scope.currency)
    return _number(value).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def _bool(value: Any, words: Arguments, scope: Scope) -> bool:
    if isinstance(value, str):
        return value.strip().lower() in ("1", "true", "yes", "y", "on")
    return bool(value)


def _split(value: Any, words: Arguments, scope: Scope) -> list[str]:
    mark = words[0] if words else ","
    return [part.strip() for part in _text(value).split(mark) if part.strip()]


def _join(value: Any, words: Arguments, scope: Scope) -> str:
    mark = words[0] if words else ", "
    rows = value if isinstance(value, list) else [value]
    return mark.join(_text(row) for row in rows if row not in (None, ""))


def _list(value: Any, words: Arguments, scope: Scope) -> list[Any]:
    """XML tells one row and a list of one alike."""
    return [] if value is None or value == "" else value if isinstance(value, list) else [value]


CONVERTERS: Mapping[str, Converter] = {
    "text": lambda value, words, scope: _text(value),
    "number": _maybe(lambda value, words, scope: _number(value)),
    "int": _maybe(lambda value, words, scope: int(_number(value))),
    "bool": _bool,
    "not": lambda value, words, scope: not _bool(value, words, scope),
    "time": _maybe(_time),
    "unix": _maybe(lambda value, words, scope: datetime.fromtimestamp(float(_number(value)), UTC)),
    "date": _maybe(_date),
    "seconds": _maybe(lambda value, words, scope: int(_time(value, (), scope).timestamp())),
    "earlier": _maybe(lambda value, words, scope: _time(value, (), scope) - timedelta(seconds=int(words[0]))),
    "minor": _maybe(_minor),
    "cents": _maybe(_cents),
    "round": _maybe(_round),
    "times": _maybe(lambda value, words, scope: _number(value) * _number(words[0])),
    "divide": _maybe(lambda value, words, scope: _number(value) / _number(words[0])),
    "minus": _maybe(lambda value, words, scope: _number(value) - _number(words[0])),
    "plus": _maybe(lambda value, words, scope: _number(value) + _number(words[0])),
    "abs": _maybe(lambda value, words, scope: abs(_number(value))),
    "map": _map,
    "default": lambda value, words, scope: words[0] if value in (None, "", []) else value,
    "lower": _maybe(lambda value, words, scope: _text(value).lower()),
    "upper": _maybe(lambda value, words, scope: _text(value).upper()),
    "trim": _maybe(lambda value, words, scope: _text(value).strip()),
    "after": _maybe(lambda value, words, scope: _text(value).rpartition(words[0])[2]),
    "before": _maybe(lambda value, words, scope: _text(value).partition(words[0])[0]),
    "prefix": _maybe(lambda value, words, scope: words[0] + _text(value)),
    "suffix": _maybe(lambda value, words, scope: _text(value) + words[0]),
    "split": _maybe(_split),
    "join": _maybe(_join),
    "list": _list,
    "json": lambda value, words, scope: json.dumps(value, ensure_ascii=False, default=str),
}
NEEDS: Mapping[str, int] = {
    "date": 1,
    "earlier": 1,
    "times": 1,
    "divide": 1,
    "minus": 1,
    "plus": 1,
    "map": 1,
    "default": 1,
    "after": 1,
    "before": 1,
    "prefix": 1,
    "suffix": 1,
}
