"""Tax of one row at several rates, as documents keep it: a list of code, rate and amount that sums to the row's tax."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from ecomsync.common.money import ZERO, allocate
from erp.inputs import TaxPart
from erp.models.columns import as_amount, as_quantity

Stored = list[dict[str, Any]]


def parts_json(parts: Sequence[TaxPart], tax: Decimal, *, least: int = 2) -> Stored:
    """What a column keeps. Empty for less than `least` parts (code and rate of a row say it all), and for parts
    that do not sum to its tax."""
    kept = [TaxPart(part.code, part.rate, as_amount(part.amount)) for part in parts]
    if len(kept) < least or sum((part.amount for part in kept), ZERO) != tax:
        return []
    return [
        {
            "code": part.code[:20],
            "rate": None if part.rate is None else str(as_quantity(part.rate)),
            "amount": str(part.amount),
        }
        for part in kept
    ]


def parts_of(stored: Iterable[Mapping[str, Any]]) -> list[TaxPart]:
    """The parts of a column."""
    return [
        TaxPart(
            str(row["code"]),
            None if row["rate"] is None else Decimal(row["rate"]),
            Decimal(row["amount"]),
        )
        for row in stored
    ]


def share_parts(
    stored: Iterable[Mapping[str, Any]], tax: Decimal, currency: str, *, least: int = 2
) -> Stored:
    """The parts of a share of the row, whose tax is `tax`, in the same proportion."""
    parts = parts_of(stored)
    amounts = allocate(tax, [abs(part.amount) for part in parts], currency)
    return parts_json(
        [TaxPart(part.code, part.rate, amount) for part, amount in zip(parts, amounts, strict=True)],
        tax,
        least=least,
    )
