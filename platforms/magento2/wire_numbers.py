"""Numbers as Magento reads them."""

from __future__ import annotations

from decimal import Decimal


def json_number(value: Decimal) -> int | float:
    """Magento wants JSON numbers; the four decimals that it keeps survive a float exactly."""
    return int(value) if value == value.to_integral_value() else float(value)
