"""Digits of our number columns, the same everywhere: amounts, quantities, rates and percentages."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TypedDict

from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _


class Digits(TypedDict):
    """Keyword arguments of a DecimalField."""

    max_digits: int
    decimal_places: int


MONEY: Digits = {"max_digits": 18, "decimal_places": 4}
QUANTITY: Digits = {"max_digits": 18, "decimal_places": 6}
RATE: Digits = {"max_digits": 15, "decimal_places": 6}
PERCENT: Digits = {"max_digits": 9, "decimal_places": 6}

MONEY_QUANTUM = Decimal("0.0001")
QUANTITY_QUANTUM = Decimal("0.000001")

CURRENCY_CODE = RegexValidator(
    r"^[A-Z]{3}$", _("Enter the three capital letters of the currency, such as SAR.")
)
COUNTRY_CODE = RegexValidator(r"^[A-Z]{2}$", _("Enter the two capital letters of the country, such as SA."))


def as_amount(value: Decimal | int) -> Decimal:
    """Round to what a money column holds, so that sums of stored parts equal stored sums."""
    return Decimal(value).quantize(MONEY_QUANTUM, rounding=ROUND_HALF_UP)


def as_quantity(value: Decimal | int) -> Decimal:
    """Round to what a quantity column holds."""
    return Decimal(value).quantize(QUANTITY_QUANTUM, rounding=ROUND_HALF_UP)


def plain(value: Decimal | None) -> str:
    """A number for messages: no exponent, no trailing zeros."""
    return "—" if value is None else f"{value.normalize():f}"
