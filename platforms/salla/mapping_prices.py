"""Prices between us and Salla. Pure functions.

`regular_price` is the entered one, `sale_price` what is asked instead until `sale_end`; 0 is none. There is no beginning of
a sale.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from ecomsync.common.money import currency_decimals
from platforms.salla.payloads import RIYADH, amount_of
from platforms.types import PriceUpdate


def rounded(amount: Decimal, currency: str) -> Decimal:
    """Half up to the decimals of the currency."""
    return amount.quantize(Decimal(1).scaleb(-currency_decimals(currency)), rounding=ROUND_HALF_UP)


def number(amount: Decimal) -> float:
    """Salla wants JSON numbers; up to four decimals survive that exactly."""
    return float(amount)


def price_of(row: Mapping[str, Any]) -> Decimal | None:
    """The regular price: where `price` is what a sale asks, `regular_price` has it."""
    for name in ("regular_price", "price"):
        found = _amount(row.get(name))
        if found:
            return found
    return _amount(row.get("price"))


def sale_of(row: Mapping[str, Any]) -> Decimal | None:
    """None where there is no sale; 0 means none."""
    return _amount(row.get("sale_price")) or None


def _amount(value: Any) -> Decimal | None:
    if value in (None, "", [], {}):
        return None
    try:
        return amount_of(value)
    except ValueError:
        return None


def sale_to_send(update: PriceUpdate, now: datetime) -> tuple[Decimal | None, bool, str]:
    """(sale price or None for none, whether to send it at all, warning)."""
    if update.clear_special:
        return None, True, ""
    if update.special is None:
        return None, False, ""
    if update.special_to is not None and update.special_to < now:
        return None, True, ""
    if update.special_from is not None and update.special_from > now:
        return (
            None,
            False,
            "The special price begins later; it is sent by the first price update after its beginning.",
        )
    return update.special, True, ""


def last_day(moment: datetime) -> str:
    """The day on which a sale ends, by the store's calendar."""
    return moment.astimezone(RIYADH).date().isoformat()
