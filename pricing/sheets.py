"""The prices of a document's line as they travel with a request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.dateparse import parse_datetime


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the document asks for. `rate` turns its currency into the shop's; None: that of the day."""

    price: Decimal
    special: Decimal | None = None
    special_from: datetime | None = None
    special_to: datetime | None = None
    currency: str = ""
    prices_include_tax: bool = True
    rate: Decimal | None = None
    confirmed: bool = False

    def as_json(self) -> dict[str, Any]:
        return {
            "price": str(self.price),
            "special": None if self.special is None else str(self.special),
            "from": self.special_from.isoformat() if self.special_from else None,
            "to": self.special_to.isoformat() if self.special_to else None,
            "currency": self.currency,
            "prices_include_tax": self.prices_include_tax,
            "rate": None if self.rate is None else str(self.rate),
            "confirmed": self.confirmed,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Sheet:
        return cls(
            price=Decimal(str(value["price"])),
            special=_decimal(value.get("special")),
            special_from=_moment(value.get("from")),
            special_to=_moment(value.get("to")),
            currency=str(value.get("currency") or ""),
            prices_include_tax=bool(value.get("prices_include_tax", True)),
            rate=_decimal(value.get("rate")),
            confirmed=bool(value.get("confirmed")),
        )


def _decimal(value: Any) -> Decimal | None:
    return None if value in (None, "") else Decimal(str(value))


def _moment(value: Any) -> datetime | None:
    return parse_datetime(str(value)) if value else None
