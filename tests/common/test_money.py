"""Amounts are exact, rounded in one way, and split without losing a cent."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecomsync.common.money import allocate, currency_decimals, round_money, to_decimal


@pytest.mark.parametrize(
    ("currency", "decimals"), [("JPY", 0), ("SAR", 2), ("EUR", 2), ("KWD", 3), ("BHD", 3), ("", 2)]
)
def test_currency_decimals_follow_iso_4217(currency: str, decimals: int) -> None:
    assert currency_decimals(currency) == decimals


@pytest.mark.parametrize(
    ("amount", "currency", "rounded"),
    [
        ("0.005", "SAR", "0.01"),  # half goes up, not to even
        ("2.675", "SAR", "2.68"),
        ("-0.005", "SAR", "-0.01"),
        ("1.2345", "KWD", "1.235"),
        ("99.5", "JPY", "100"),
    ],
)
def test_round_money_rounds_half_up_to_the_currency(amount: str, currency: str, rounded: str) -> None:
    assert round_money(Decimal(amount), currency) == Decimal(rounded)


def test_to_decimal_reads_a_json_float_without_binary_noise() -> None:
    assert to_decimal(0.1) + to_decimal(0.2) == Decimal("0.3")
    assert to_decimal("") == to_decimal(None) == Decimal(0)


@pytest.mark.parametrize("value", ["abc", "NaN", "Infinity", True, [], "1,5"])
def test_to_decimal_names_what_is_not_a_number(value: object) -> None:
    with pytest.raises(ValueError, match="price"):
        to_decimal(value, what="price")


@given(
    total=st.decimals(min_value=-10_000, max_value=10_000, places=2),
    weights=st.lists(st.decimals(min_value=0, max_value=1000, places=2), min_size=1, max_size=12),
)
def test_allocate_loses_nothing(total: Decimal, weights: list[Decimal]) -> None:
    parts = allocate(total, weights, "SAR")
    assert sum(parts) == total
    assert len(parts) == len(weights)


def test_allocate_gives_the_odd_cent_to_the_largest_weight() -> None:
    # 10.00 over 1:1:2 = 2.50, 2.50, 5.00; over 1:1:1.01 the cent goes last
    assert allocate(Decimal("10.00"), [Decimal(1), Decimal(1), Decimal("1.01")], "SAR") == [
        Decimal("3.32"),
        Decimal("3.32"),
        Decimal("3.36"),
    ]
    assert allocate(Decimal("1.00"), [], "SAR") == []
    assert allocate(Decimal("1.00"), [Decimal(0), Decimal(0)], "SAR") == [Decimal("1.00"), Decimal(0)]
