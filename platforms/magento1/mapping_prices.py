"""Price updates <-> the shop's attributes. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ecomsync.common.errors import ConfigurationError, Rejected
from ecomsync.common.money import currency_decimals, to_decimal
from platforms.types import PriceUpdate

#: What is asked for before a price is written.
PRICE_ATTRIBUTES = ("price", "special_price", "special_from_date", "special_to_date")
#: An empty text clears an attribute; a null would be ignored.
CLEARED = {"special_price": "", "special_from_date": "", "special_to_date": ""}


def price_text(value: Decimal, currency: str, decimals: int | None = None) -> str:
    """The amount in plain digits, rounded half up to the decimals of the site or else of the currency."""
    places = currency_decimals(currency) if decimals is None else decimals
    return format(value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP), "f")


def read_price(value: Any) -> Decimal | None:
    """A price of the shop; None when it has none, or text that is no number."""
    if value in (None, ""):
        return None
    try:
        return to_decimal(value)
    except ValueError:
        return None


def price_data(
    update: PriceUpdate, *, decimals: int | None, currency: str, zone: ZoneInfo, now: datetime
) -> dict[str, str]:
    """The attributes of one row: the price alone, unless the promotion is ours to set or to clear. Raises Rejected.

    The dates of a promotion are days of the shop and both inclusive. One that is over is cleared.
    """
    code = update.currency or currency
    data = {"price": price_text(update.price, code, decimals)}
    over = update.special_to is not None and _day(update.special_to, zone) < _day(now, zone)
    if update.clear_special or (update.special is not None and over):
        return {**data, **CLEARED}
    if update.special is None:
        return data
    begins = "" if update.special_from is None else _day(update.special_from, zone)
    ends = "" if update.special_to is None else _day(update.special_to, zone)
    if begins and ends and begins > ends:
        raise Rejected(
            "The special price ends before it begins.",
            code="special_window",
            cure="Correct the dates of the special price.",
            platform="magento1",
        )
    return {
        **data,
        "special_price": price_text(update.special, code, decimals),
        "special_from_date": begins,
        "special_to_date": ends,
    }


def _day(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).strftime("%Y-%m-%d")


def shows(record: Mapping[str, Any], data: Mapping[str, str]) -> bool:
    """Whether the shop's record already has all that `data` says."""
    for name, wanted in data.items():
        present = record.get(name)
        if name in ("price", "special_price"):
            if read_price(present) != read_price(wanted):
                return False
        elif str(present or "")[:10] != wanted:
            return False
    return True


def shop_zone(name: str) -> ZoneInfo:
    """The shop's time zone. Raises ConfigurationError."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError) as err:
        raise ConfigurationError(
            f"'{name}' is not a time zone.",
            code="bad_time_zone",
            cure="Choose the shop's time zone on the site, such as Asia/Riyadh.",
            platform="magento1",
        ) from err
