"""Prices between us and WooCommerce. Pure functions.

All prices travel as text with a point; an empty text clears, null is ignored. A `sale_price` that is not below
`regular_price` is erased by WooCommerce without a word.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from ecomsync.common.errors import Rejected
from ecomsync.common.money import currency_decimals, to_decimal
from platforms.types import PriceUpdate

CLEARED_PROMOTION = {"sale_price": "", "date_on_sale_from": "", "date_on_sale_to": ""}


def price_text(amount: Decimal, currency: str, decimals: int | None = None) -> str:
    """The amount as WooCommerce wants it, rounded half up to the decimals of the site or else of the currency."""
    places = currency_decimals(currency) if decimals is None else decimals
    return format(amount.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP), "f")


def read_price(value: Any) -> Decimal | None:
    """A price of the shop; None when it has none. Text that is no number counts as none."""
    if value in (None, ""):
        return None
    try:
        return to_decimal(value)
    except ValueError:
        return None


def price_body(
    update: PriceUpdate, *, decimals: int | None, currency: str, zone: ZoneInfo, now: datetime
) -> dict[str, Any]:
    """What to send for one row. Raises Rejected when WooCommerce would drop the promotion.

    The regular price goes alone unless the promotion is ours to set; then price, sale price and window go together.
    A promotion whose window is over is cleared.
    """
    code = update.currency or currency
    body: dict[str, Any] = {"regular_price": price_text(update.price, code, decimals)}
    over = update.special_to is not None and window_end(update.special_to, zone) < now
    if update.clear_special or (update.special is not None and over):
        return {**body, **CLEARED_PROMOTION}
    if update.special is None:
        return body
    sale = price_text(update.special, code, decimals)
    if Decimal(sale) >= Decimal(body["regular_price"]):
        raise Rejected(
            f"The special price {sale} is not below the price {body['regular_price']}; WooCommerce would erase it.",
            code="special_not_below_price",
            cure="Lower the special price, or remove it from the price list.",
            platform="woocommerce",
        )
    if (
        update.special_from
        and update.special_to
        and update.special_from > window_end(update.special_to, zone)
    ):
        raise Rejected(
            "The special price ends before it begins.",
            code="special_window",
            cure="Correct the dates of the special price.",
            platform="woocommerce",
        )
    return {
        **body,
        "sale_price": sale,
        **_date("date_on_sale_from", update.special_from),
        **_date(
            "date_on_sale_to", None if update.special_to is None else window_end(update.special_to, zone)
        ),
    }


def window_end(moment: datetime, zone: ZoneInfo) -> datetime:
    """A to-date without a time means the whole of that day; WooCommerce compares exact moments."""
    local = moment.astimezone(zone)
    if local.time() == time(0, 0):
        return datetime.combine(local.date(), time(23, 59, 59), tzinfo=zone).astimezone(UTC)
    return moment.astimezone(UTC)


def _date(name: str, moment: datetime | None) -> dict[str, str]:
    if moment is None:
        return {name: ""}
    return {f"{name}_gmt": moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")}


def shows(record: dict[str, Any], body: dict[str, Any], now: datetime) -> bool:
    """Whether the shop's record already has all that `body` says, so that nothing need be sent.

    When a promotion starts the shop empties its from-date, and when it ends it empties all three.
    """
    if read_price(record.get("regular_price")) != read_price(body["regular_price"]):
        return False
    if "sale_price" not in body:
        return True
    if read_price(record.get("sale_price")) != read_price(body["sale_price"]):
        return False
    begins = body.get("date_on_sale_from_gmt", "")
    if begins and _parse(begins) <= now and not record.get("date_on_sale_from_gmt"):
        begins = ""
    same_begin = begins == (record.get("date_on_sale_from_gmt") or "")
    same_end = body.get("date_on_sale_to_gmt", "") == (record.get("date_on_sale_to_gmt") or "")
    return bool(same_begin and same_end)


def promotion_ends(record: dict[str, Any], now: datetime) -> bool:
    """Whether the shop's promotion lies in the past and only waits for the shop's nightly clean-up."""
    ends = record.get("date_on_sale_to_gmt")
    return bool(ends) and _parse(str(ends)) + timedelta(seconds=1) <= now


def _parse(stamp: str) -> datetime:
    return datetime.fromisoformat(stamp).replace(tzinfo=UTC)
