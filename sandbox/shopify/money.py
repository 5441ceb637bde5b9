"""Amounts as the shop prints and rounds them."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sandbox.shopify.calls import Row
from sandbox.shopify.options import Options

ZERO = Decimal(0)


def decimal_of(value: Any) -> Decimal:
    return Decimal(str(value if value is not None else 0))


def shown(amount: Decimal) -> str:
    """`"12.5"`, `"0.0"`: no needless zeros, at least one decimal."""
    text = format(amount, "f")
    if "." in text:
        text = text.rstrip("0")
        return text + "0" if text.endswith(".") else text
    return text + ".0"


def rounded(amount: Decimal, places: int) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def price(amount: Any, places: int = 2) -> str:
    """A variant's price: always with the decimals of the currency."""
    return format(rounded(decimal_of(amount), places), "f")


def part(amount: Decimal, done: int, more: int, whole: int, places: int) -> Decimal:
    """What `more` of `whole` units carry of an amount after `done` of them took theirs; the parts add up."""
    if whole <= 0:
        return ZERO
    before = rounded(amount * done / whole, places)
    return rounded(amount * (done + more) / whole, places) - before


def spread(amount: Decimal, weights: list[Decimal], places: int) -> list[Decimal]:
    """An amount over weights, to the last unit; zero weights get nothing."""
    total = sum(weights, ZERO)
    out: list[Decimal] = []
    given, seen = ZERO, ZERO
    for weight in weights:
        seen += weight
        upto = rounded(amount * seen / total, places) if total else ZERO
        out.append(upto - given)
        given = upto
    return out


def money(amount: Decimal, currency: str) -> Row:
    return {"__typename": "MoneyV2", "amount": shown(amount), "currencyCode": currency}


class Till:
    """Money bags of one order: shop money, and presentment money at the rate of the day of the order."""

    def __init__(self, options: Options, shop_currency: str, presentment: str, rate: Decimal) -> None:
        self.shop = shop_currency
        self.presentment = presentment
        self.rate = rate
        self.places = options.zeros(shop_currency)
        self.other_places = options.zeros(presentment)

    def bag(self, amount: Decimal) -> Row:
        other = rounded(amount * self.rate, self.other_places) if self.presentment != self.shop else amount
        return {"shopMoney": money(amount, self.shop), "presentmentMoney": money(other, self.presentment)}
