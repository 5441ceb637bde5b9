"""Prices as a shop wants them to look."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from ecomsync.common.money import ZERO, round_money
from sites.choices import PriceRounding

ONE = Decimal(1)
_STEPS = {
    PriceRounding.FIVE_HUNDREDTHS.value: Decimal("0.05"),
    PriceRounding.TENTH.value: Decimal("0.10"),
    PriceRounding.HALF.value: Decimal("0.50"),
    PriceRounding.WHOLE.value: ONE,
}
_ENDINGS = {PriceRounding.END_99.value: Decimal("0.99"), PriceRounding.END_95.value: Decimal("0.95")}


def round_price(amount: Decimal, rounding: str, currency: str) -> Decimal:
    """Round to the currency, to a step, or to the nearest amount with this ending. Zero stays zero."""
    if amount <= ZERO:
        return round_money(amount, currency)
    if rounding in _STEPS:
        step = _STEPS[rounding]
        rounded = (amount / step).quantize(ONE, rounding=ROUND_HALF_UP) * step
        return round_money(max(rounded, step), currency)
    if rounding in _ENDINGS:
        ending = _ENDINGS[rounding]
        units = max((amount - ending).quantize(ONE, rounding=ROUND_HALF_UP), ZERO)
        return round_money(units + ending, currency)
    return round_money(amount, currency)
