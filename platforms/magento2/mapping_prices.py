"""Prices between us and Magento's price routes. Pure functions.

The routes answer with the rows that failed, without saying which: a row is found by its SKU among the parameters.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ecomsync.common.errors import ConfigurationError, Rejected
from ecomsync.common.money import round_money, to_decimal
from platforms.magento2.errors import plain_text
from platforms.types import PriceUpdate

ALL_GROUPS = "ALL GROUPS"


def refuse_unsupported(update: PriceUpdate, shop_currency: str) -> None:
    """Raises Rejected for what the shop would refuse or misread: its own message would not name the row."""
    if shop_currency and update.currency and update.currency.upper() != shop_currency.upper():
        raise Rejected(
            f"The price is in {update.currency} and the shop sells in {shop_currency}.",
            code="currency_mismatch",
            cure="Choose a price list in the shop's currency on the site.",
        )
    if update.price < 0 or (update.special is not None and update.special < 0):
        raise Rejected("A price is below zero.", code="negative_price", cure="Correct the price list.")
    if update.special is not None and update.special >= update.price:
        raise Rejected(
            f"The special price {update.special} is not below the price {update.price}.",
            code="special_not_below_price",
            cure="Lower the special price, or remove it from the price list.",
        )
    begins, ends = update.special_from, update.special_to
    if begins is not None and ends is not None and begins > ends + timedelta(days=1):
        raise Rejected(
            "The special price ends before it begins.",
            code="special_window",
            cure="Correct the dates of the special price.",
        )


def wire_price(amount: Decimal, currency: str) -> Decimal:
    """The amount as it is sent: rounded half up to the decimals of the currency."""
    return round_money(amount, currency) if currency else amount


def window_begin(moment: datetime | None, zone: ZoneInfo) -> str:
    """A from-moment as the storefront compares it: in the shop's own time."""
    return "" if moment is None else moment.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def window_end(moment: datetime | None, zone: ZoneInfo) -> str:
    """Midnight at the beginning of the last day: Magento goes on for a day after the to-moment.

    A moment at midnight names its day, as people enter it; any other moment lies within its day.
    """
    if moment is None:
        return ""
    return datetime.combine(moment.astimezone(zone).date(), time(0, 0)).strftime("%Y-%m-%d %H:%M:%S")


def window_is_over(moment: datetime | None, zone: ZoneInfo, now: datetime) -> bool:
    """Whether the last day of a special price lies behind us."""
    return moment is not None and moment.astimezone(zone).date() < now.astimezone(zone).date()


def shows_special(attributes: Mapping[str, Any], special: Decimal | None, begins: str, ends: str) -> bool:
    """Whether the product's attributes have this special price and this window already."""
    present = read_amount(attributes.get("special_price"))
    if special is None or present is None:
        return special == present
    if special != present or _stamp(attributes.get("special_to_date")) != ends:
        return False
    # Without a from-date Magento notes the moment of saving.
    return not begins or _stamp(attributes.get("special_from_date")) == begins


def _stamp(value: Any) -> str:
    text = str(value or "").strip()
    return f"{text} 00:00:00" if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else text


def read_amount(value: Any) -> Decimal | None:
    """An amount of the shop; None when it has none. Text that is no number counts as none."""
    if value in (None, ""):
        return None
    try:
        return to_decimal(value)
    except ValueError:
        return None


def attributes_of(product: Mapping[str, Any]) -> dict[str, Any]:
    """`custom_attributes` by code."""
    rows = product.get("custom_attributes")
    return {
        str(row.get("attribute_code")): row.get("value")
        for row in (rows if isinstance(rows, list) else ())
        if isinstance(row, Mapping)
    }


def failures_by_sku(answers: Sequence[Any], sent: Collection[str]) -> tuple[dict[str, str], list[str]]:
    """What failed, by the SKU that was sent, and the messages that name none of them."""
    known = {sku.casefold(): sku for sku in sent}
    found: dict[str, str] = {}
    nameless: list[str] = []
    for row in answers:
        if not isinstance(row, Mapping):
            continue
        parameters = row.get("parameters")
        values = list(parameters.values()) if isinstance(parameters, Mapping) else list(parameters or ())
        text = in_order(str(row.get("message") or ""), values)
        sku = next((known[key] for value in values if (key := str(value).casefold()) in known), None)
        if sku is None:
            nameless.append(text)
        else:
            found.setdefault(sku, text)
    return found, nameless


def in_order(template: str, values: Sequence[Any]) -> str:
    """The message with its placeholders filled by the bare list: each new name takes the next value."""
    names = list(dict.fromkeys(re.findall(r"%(\w+)", template)))
    told = dict(zip(names, values, strict=False))
    text = re.sub(r"%(\w+)", lambda found: str(told.get(found.group(1), found.group(0))), template)
    return plain_text(text) or "The shop refused the price without a reason."


def shop_zone(name: str) -> ZoneInfo:
    """The shop's time zone. Raises ConfigurationError."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError) as err:
        raise ConfigurationError(
            f"'{name}' is not a time zone.",
            code="bad_time_zone",
            cure="Choose the shop's time zone on the site, such as Asia/Riyadh.",
            platform="magento2",
        ) from err
