"""Prices between us and Zid. Pure functions.

`price` is the regular one and with tax or without as the store's setting says; `sale_price` is what is asked instead. The
time of a sale stands apart, in `purchase_restrictions`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from ecomsync.common.money import currency_decimals, to_decimal
from platforms.types import PriceUpdate

PERIOD = ("sale_price_period_start", "sale_price_period_end")


def rounded(amount: Decimal, currency: str, decimals: int | None) -> Decimal:
    """Half up to the decimals of the site or else of the currency."""
    places = currency_decimals(currency) if decimals is None else decimals
    return amount.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def number(amount: Decimal) -> float:
    """JSON numbers; up to four decimals survive that exactly."""
    return float(amount)


def read_price(value: Any) -> Decimal | None:
    """A price of the store; None when it has none. With included tax it may bear noise after the cents."""
    if value in (None, ""):
        return None
    try:
        return to_decimal(value)
    except ValueError:
        return None


def period_of(update: PriceUpdate) -> dict[str, Any]:
    """When a sale runs; empty where the ERP says nothing of it."""
    if update.special is None or (update.special_from is None and update.special_to is None):
        return {}
    return {
        name: _moment(value)
        for name, value in zip(PERIOD, (update.special_from, update.special_to), strict=True)
    }


def _moment(value: datetime | None) -> str | None:
    return None if value is None else value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def shows(record: Mapping[str, Any], body: Mapping[str, Any], decimals: int) -> bool:
    """Whether the store's record has what `body` would set, up to the noise behind the last decimal."""
    quantum = Decimal(1).scaleb(-decimals)
    for name, value in body.items():
        if name == "purchase_restrictions":
            present = record.get(name)
            shown = present if isinstance(present, Mapping) else {}
            if any(not _same_moment(shown.get(key), wanted) for key, wanted in value.items()):
                return False
            continue
        present_price, wanted_price = read_price(record.get(name)), read_price(value)
        if (present_price is None) is not (wanted_price is None):
            return False
        if present_price is None or wanted_price is None:
            continue
        if present_price.quantize(quantum, rounding=ROUND_HALF_UP) != wanted_price.quantize(quantum):
            return False
    return True


def _same_moment(present: Any, wanted: Any) -> bool:
    try:
        left = datetime.fromisoformat(str(present or "").replace("Z", "+00:00")) if present else None
        right = datetime.fromisoformat(str(wanted).replace("Z", "+00:00")) if wanted else None
    except ValueError:
        return False
    if left is not None and left.tzinfo is None:
        left = left.replace(tzinfo=UTC)
    return left == right
