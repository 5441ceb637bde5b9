"""The shop's arithmetic: tax after discount, with prices entered without or with tax.

grand_total = subtotal + shipping + tax + discount (negative) + hidden tax + extras. Hidden tax gives back what a
discount on prices with tax took of the tax.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sandbox.magento1.rows import ZERO, Json

HUNDRED = Decimal(100)
Round = Callable[[Decimal], Decimal]


@dataclass
class Money:
    """What one row costs."""

    price: Decimal
    price_incl_tax: Decimal
    row_total: Decimal
    row_total_incl_tax: Decimal
    discount: Decimal
    tax: Decimal
    hidden_tax: Decimal


def row_money(
    price: Decimal, quantity: Decimal, percent: Decimal, *, discount: Decimal, with_tax: bool, rounded: Round
) -> Money:
    """price: as the shop keeps it, with tax in it when `with_tax`; discount: on that same amount."""
    if not with_tax:
        row = rounded(price * quantity)
        full_tax = rounded(row * percent / HUNDRED)
        tax = rounded((row - discount) * percent / HUNDRED)
        return Money(
            price, rounded(price * (HUNDRED + percent) / HUNDRED), row, row + full_tax, discount, tax, ZERO
        )
    row_incl = rounded(price * quantity)
    full_tax = rounded(row_incl * percent / (HUNDRED + percent))
    tax = rounded((row_incl - discount) * percent / (HUNDRED + percent))
    net_price = price - rounded(price * percent / (HUNDRED + percent))
    return Money(net_price, price, row_incl - full_tax, row_incl, discount, tax, full_tax - tax)


def spread(amount: Decimal, weights: Sequence[Decimal], rounded: Round) -> list[Decimal]:
    """An amount over rows by their weight; the last takes what rounding leaves."""
    whole = sum(weights, ZERO)
    parts: list[Decimal] = []
    for position, weight in enumerate(weights):
        last = position == len(weights) - 1
        parts.append(
            amount - sum(parts, ZERO) if last else rounded(amount * weight / whole) if whole else ZERO
        )
    return parts


def grand_total(columns: Json) -> Decimal:
    """By the header's own columns."""
    names = (
        "subtotal", "shipping_amount", "tax_amount", "discount_amount", "hidden_tax_amount",
        "shipping_hidden_tax_amount", "fooman_surcharge_amount", "gw_price",
    )  # fmt: skip
    total = sum((columns.get(name) or ZERO for name in names), ZERO)
    for name in ("gift_cards_amount", "customer_balance_amount", "reward_currency_amount"):
        total -= columns.get(name) or ZERO
    return total
