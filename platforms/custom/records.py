"""A record of the shop read through a field map, value by value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from ecomsync.common.errors import InvalidPayload
from ecomsync.common.money import round_money
from platforms.custom.expressions import ExpressionError, Scope, compiled
from platforms.custom.operations import RowMap
from platforms.custom.templates import as_text

ZERO = Decimal(0)
CURE = "Look at the raw payload and at the field maps in the platform options of the site."


class Record:
    """One record and the map that reads it. Every reader raises InvalidPayload that names our field and the path."""

    def __init__(self, kind: str, data: Any, fields: Mapping[str, Any], scope: Scope) -> None:
        self.kind = kind
        self.data = data
        self._fields = fields
        self._scope = scope

    def has(self, name: str) -> bool:
        return name in self._fields

    def value(self, name: str) -> Any:
        expression = self._fields.get(name)
        if not expression:
            return None
        try:
            return compiled(expression).value(self.data, self._scope)
        except ExpressionError as error:
            raise self._bad(name, str(error)) from error

    def text(self, name: str) -> str:
        return as_text(self.value(name)).strip()

    def needed(self, name: str) -> Any:
        """Raises InvalidPayload where the record has none."""
        found = self.value(name)
        if found in (None, ""):
            raise self._bad(name, f"nothing is found at '{self._fields.get(name) or '(no path is set)'}'")
        return found

    def flag(self, name: str, default: bool) -> bool:
        found = self.value(name)
        if isinstance(found, str):
            return found.strip().lower() in ("1", "true", "yes", "y", "on")
        return default if found is None else bool(found)

    def maybe_flag(self, name: str) -> bool | None:
        return None if self.value(name) is None else self.flag(name, False)

    def number(self, name: str) -> Decimal | None:
        found = self.value(name)
        if found in (None, ""):
            return None
        try:
            return found if isinstance(found, Decimal) else Decimal(str(found).strip())
        except ArithmeticError as error:
            raise self._bad(name, f"'{as_text(found)[:40]}' is not a number") from error

    def amount(self, name: str) -> Decimal:
        return self.number(name) or ZERO

    def moment(self, name: str) -> datetime | None:
        found = self.value(name)
        if found in (None, ""):
            return None
        try:
            moment = compiled("@ -> time").value(found, self._scope)
        except ExpressionError as error:
            raise self._bad(name, str(error)) from error
        return moment.astimezone(UTC) if isinstance(moment, datetime) else None

    def rows(self, name: str) -> Iterator[Record]:
        """The rows of a list; each sees the whole record as `_order`."""
        for entry in self._fields.get(name, ()):
            assert isinstance(entry, RowMap)
            for row in self._list(name, entry.rows):
                data = (
                    {**row, "_order": self.data}
                    if isinstance(row, Mapping)
                    else {"_row": row, "_order": self.data}
                )
                yield Record(f"{self.kind}.{name}", data, entry.fields, self._scope)

    def _list(self, name: str, expression: str) -> list[Any]:
        try:
            found = compiled(expression).value(self.data, self._scope)
        except ExpressionError as error:
            raise self._bad(name, str(error)) from error
        if found is None:
            return []
        return found if isinstance(found, list) else [found]

    def money(self, currency: str, prefix: str = "") -> tuple[Decimal, Decimal]:
        """(net, tax) of two of net, tax and gross, or of one and the percentage."""
        net, tax, gross = (self.number(f"{prefix}{part}") for part in ("net", "tax", "gross"))
        if net is not None and tax is not None:
            return net, tax
        if net is not None and gross is not None:
            return net, gross - net
        if gross is not None and tax is not None:
            return gross - tax, tax
        percent = self.number("tax_percent") or ZERO
        if net is not None:
            return net, round_money(net * percent / 100, currency)
        if gross is not None:
            taxed = round_money(gross * percent / (100 + percent), currency)
            return gross - taxed, taxed
        return ZERO, ZERO

    def _bad(self, name: str, reason: str) -> InvalidPayload:
        return InvalidPayload(
            f"The field '{name}' of {'an' if self.kind[0] in 'aeiou' else 'a'} {self.kind} cannot be read: {reason}.",
            platform="custom",
            cure=CURE,
        )
