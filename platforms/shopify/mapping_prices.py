"""Prices between us and Shopify. Pure functions.

`price` is what the buyer pays; `compareAtPrice` above it is the struck-through regular price. Neither has dates, so a
special price with a window is set while the window is open and taken off outside of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from ecomsync.common.errors import Rejected
from ecomsync.common.money import currency_quantum, to_decimal
from platforms.types import PriceUpdate


@dataclass(frozen=True, slots=True)
class Shown:
    """What a variant shows. compare_at: None where nothing is struck through."""

    price: Decimal | None
    compare_at: Decimal | None

    @property
    def on_sale(self) -> bool:
        return self.price is not None and self.compare_at is not None and self.compare_at > self.price


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a variant is to show."""

    price: Decimal
    compare_at: Decimal | None
    warning: str = ""

    def is_shown_by(self, shown: Shown) -> bool:
        """A compare-at price that is not above the price is as good as none."""
        struck = shown.compare_at if shown.on_sale else None
        return shown.price == self.price and struck == self.compare_at


def read_price(value: object) -> Decimal | None:
    """A price of the shop; None for none. Text that is no number counts as none."""
    if value in (None, ""):
        return None
    try:
        return to_decimal(value)
    except ValueError:
        return None


def price_text(amount: Decimal, currency: str) -> str:
    return format(rounded(amount, currency), "f")


def rounded(amount: Decimal, currency: str) -> Decimal:
    return amount.quantize(currency_quantum(currency), rounding=ROUND_HALF_UP)


def wanted_price(
    update: PriceUpdate, shown: Shown, *, currency: str, now: datetime, overwrite: bool
) -> Wanted:
    """What to set. overwrite: the ERP's price ends a sale of the shop. Raises Rejected."""
    price = rounded(update.price, currency)
    special = rounded(update.special, currency) if update.special is not None else None
    if special is not None:
        return _with_special(update, price, special, now)
    if update.clear_special or overwrite or not shown.on_sale or shown.price is None:
        return Wanted(price, None)
    if price <= shown.price:
        raise Rejected(
            f"The new price {price} is not above the shop's own promotion price {shown.price}; the sale would end.",
            code="price_below_promotion",
            cure="End the promotion in the shop, raise the price, or set 'New price on a sale of the shop' of the site to "
            "overwrite.",
            details={"sale_price": str(shown.price)},
        )
    return Wanted(shown.price, price)


def _with_special(update: PriceUpdate, price: Decimal, special: Decimal, now: datetime) -> Wanted:
    opens, closes = update.special_from, update.special_to
    if closes is not None and closes <= now:
        return Wanted(price, None)
    if opens is not None and opens > now:
        return Wanted(price, None, _BEGINS_LATER)
    if special >= price:
        raise Rejected(
            f"The special price {special} is not below the price {price}.",
            code="special_not_below_price",
            cure="Correct the special price, or take it off.",
        )
    return Wanted(special, price, _ENDS if closes is not None else "")


_BEGINS_LATER = (
    "Shopify's prices have no dates: the special price is set once its window opens, by the push of that day."
)
_ENDS = "Shopify's prices have no dates: the special price stays until the push that follows the end of its window."
