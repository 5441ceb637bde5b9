"""Reading Norce's JSON: names in any case, numbers as text or number, dates in two forms.

The vendor writes PascalCase, newer parts camelCase; dates are ISO texts or `/Date(ms)/`. Source: fact sheet §1, §10.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from ecomsync.common.money import to_decimal

_TICKS = re.compile(r"^/Date\((-?\d+)(?:[+-]\d{4})?\)/$")
_FRACTION = re.compile(r"\.(\d{6})\d+")


def field(row: Any, *names: str) -> Any:
    """The first of these fields that the row has with a value, whatever the case of its name; None without one."""
    if not isinstance(row, Mapping):
        return None
    for name in names:
        found = row.get(name)
        if found is not None:
            return found
    lower = {str(key).lower(): value for key, value in row.items()}
    return next((lower[n.lower()] for n in names if lower.get(n.lower()) is not None), None)


def text(row: Any, *names: str) -> str:
    """A field as trimmed text; numbers as they are written, nothing for True, False, lists and objects."""
    value = field(row, *names)
    if isinstance(value, str):
        return value.strip()
    return str(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else ""


def rows(row: Any, *names: str) -> list[Mapping[str, Any]]:
    """A list of objects; what is none is left out."""
    value = field(row, *names)
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def number(row: Any, *names: str) -> Decimal:
    """A number; nothing is zero. Raises ValueError naming the field."""
    return to_decimal(field(row, *names), what=names[0])


def moment(value: Any) -> datetime | None:
    """A date as aware UTC; without an offset it is UTC. None for nothing. Raises ValueError."""
    if value is None or value == "":
        return None
    ticks = _TICKS.match(str(value))
    if ticks:
        return datetime.fromtimestamp(int(ticks.group(1)) / 1000, UTC)
    written = _FRACTION.sub(r".\1", str(value).strip().replace("Z", "+00:00"))
    found = datetime.fromisoformat(written)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def json_number(value: Decimal) -> int | float:
    """Connect takes JSON numbers; the decimals of prices and quantities survive a float exactly."""
    return int(value) if value == value.to_integral_value() else float(value)
