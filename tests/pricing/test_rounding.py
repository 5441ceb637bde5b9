from __future__ import annotations

from decimal import Decimal

import pytest

from pricing.rounding import round_price


@pytest.mark.parametrize(
    ("amount", "rounding", "currency", "expected"),
    [
        ("10.005", "currency", "SAR", "10.01"),
        ("10.0005", "currency", "KWD", "10.001"),
        ("10.5", "currency", "JPY", "11"),
        ("10.02", "0.05", "SAR", "10.00"),
        ("10.03", "0.05", "SAR", "10.05"),
        ("10.04", "0.10", "SAR", "10.00"),
        ("10.30", "0.50", "SAR", "10.50"),
        ("10.49", "1", "SAR", "10.00"),
        ("10.40", "end_99", "SAR", "9.99"),
        ("10.60", "end_99", "SAR", "10.99"),
        ("0.20", "end_99", "SAR", "0.99"),
        ("10.60", "end_95", "SAR", "10.95"),
        ("0.01", "1", "SAR", "1.00"),
        ("0", "end_99", "SAR", "0.00"),
    ],
)
def test_price_is_rounded_as_the_site_wants_it(
    amount: str, rounding: str, currency: str, expected: str
) -> None:
    assert round_price(Decimal(amount), rounding, currency) == Decimal(expected)
