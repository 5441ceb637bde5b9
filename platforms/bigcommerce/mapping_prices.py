"""Prices between us and BigCommerce. Pure functions.

`price` is the regular one, `sale_price` what is asked instead while it is set; there are no dates. A variant without a
price of its own has its product's. JSON numbers, in the store's default currency.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from ecomsync.common.money import currency_decimals, to_decimal
from platforms.types import PriceUpdate


def rounded(amount: Decimal, currency: str, decimals: int | None) -> Decimal:
    """Half up to the decimals of the site or else of the currency."""
    places = currency_decimals(currency) if decimals is None else decimals
    return amount.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def number(amount: Decimal) -> float:
    """BigCommerce wants JSON numbers; up to four decimals survive that exactly."""
    return float(amount)


def read_price(value: Any) -> Decimal | None:
    """A price of the store; None when it has none. 0 counts as none where it is a sale price."""
    if value in (None, ""):
        return None
    try:
        return to_decimal(value)
    except ValueError:
        return None


def sale_to_send(update: PriceUpdate, now: datetime) -> tuple[Decimal | None, bool, str]:
    """(sale price or None for none, whether to send it at all, warning).

    The store keeps no dates: a special price is sent while it is valid, and taken away once its time is over; before it
    begins the store's own promotion is left alone.
    """
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
    if update.special_to is not None:
        return (
            update.special,
            True,
            "BigCommerce keeps no end of a special price; a price update after its end takes it away.",
        )
    return update.special, True, ""


def shows(record: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
    """Whether the store's record has what `body` would set; a sale price of 0 and none are the same."""
    for name, value in body.items():
        if name == "id":
            continue
        present = read_price(record.get(name))
        wanted = read_price(value)
        if name in ("sale_price", "retail_price"):
            present, wanted = present or None, wanted or None
        if present != wanted:
            return False
    return True
