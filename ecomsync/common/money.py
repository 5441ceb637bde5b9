"""Amounts: Decimal, rounded in one way, split without losing a cent.

Decimals per currency come from CLDR (through babel), so JPY has 0, SAR 2 and KWD 3.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import cache

from babel.numbers import get_currency_precision

ZERO = Decimal(0)
HUNDRED = Decimal(100)


@cache
def currency_decimals(currency: str) -> int:
    """Number of decimals of an ISO 4217 currency; 2 when the code is unknown."""
    return int(get_currency_precision(currency.upper())) if currency else 2


@cache
def currency_quantum(currency: str) -> Decimal:
    """The smallest amount of the currency: 1, 0.01 or 0.001."""
    return Decimal(1).scaleb(-currency_decimals(currency))


def round_money(amount: Decimal, currency: str) -> Decimal:
    """Round half up to the currency's decimals."""
    return amount.quantize(currency_quantum(currency), rounding=ROUND_HALF_UP)


def to_decimal(value: object, *, what: str = "amount") -> Decimal:
    """Read a number that came as text, int or JSON float without binary noise; empty and None are zero.

    Raises ValueError naming `what` for anything that is not a finite number.
    """
    if value is None or value == "":
        return ZERO
    if isinstance(value, bool):
        raise ValueError(f"{what}: {value!r} is not a number")
    try:
        number = value if isinstance(value, Decimal) else Decimal(str(value).strip())
    except InvalidOperation:
        raise ValueError(f"{what}: {value!r} is not a number") from None
    if not number.is_finite():
        raise ValueError(f"{what}: {value!r} is not a finite number")
    return number


def allocate(total: Decimal, weights: Sequence[Decimal], currency: str) -> list[Decimal]:
    """Split `total` in proportion to `weights`, rounded to the currency, so that the parts sum to it exactly.

    What rounding leaves goes to the largest weight. With no positive weight it all goes to the first part.
    """
    if not weights:
        return []
    basis = sum(weights, ZERO)
    if basis <= 0:
        return [total, *([ZERO] * (len(weights) - 1))]
    parts = [round_money(total * weight / basis, currency) for weight in weights]
    largest = max(range(len(weights)), key=lambda index: weights[index])
    parts[largest] += total - sum(parts, ZERO)
    return parts
