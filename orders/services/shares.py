"""Tax of a row split by its rates; the parts always sum to the row's tax."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from ecomsync.common.money import HUNDRED, ZERO, allocate, round_money
from erp.inputs import TaxPart
from orders.services.intake import clean_text
from platforms.types import RemoteTax

#: (code, percent) of a rate; percent is None where the shop does not tell.
RateKey = tuple[str, Decimal | None]
Shares = dict[RateKey, Decimal]
UNKNOWN: RateKey = ("", None)


def key_of(tax: RemoteTax) -> RateKey:
    rate = tax.rate_percent
    return clean_text(tax.name or tax.rate_id, 20), rate if rate is None or abs(rate) < 1000 else None


def shares_of(taxes: Sequence[RemoteTax], tax: Decimal, currency: str) -> Shares:
    """The parts of a row's tax as the shop tells them, rounded so that they sum to `tax`."""
    if not taxes:
        return {UNKNOWN: tax} if tax else {}
    exact: Shares = {}
    for entry in taxes:
        key = key_of(entry)
        exact[key] = exact.get(key, ZERO) + entry.amount
    parts = {key: round_money(amount, currency) for key, amount in exact.items()}
    largest = max(parts, key=lambda key: (abs(exact[key]), key[1] or ZERO))
    parts[largest] += tax - sum(parts.values(), ZERO)
    return parts


def scale(parts: Mapping[RateKey, Decimal], tax: Decimal, currency: str) -> Shares:
    """Another amount of tax in the proportion of `parts`; by the rates themselves when all of them are zero."""
    if not parts:
        return {UNKNOWN: tax} if tax else {}
    weights = [abs(amount) for amount in parts.values()]
    if not any(weights):
        weights = [abs(rate or ZERO) for _code, rate in parts]
    return dict(zip(parts, allocate(tax, weights, currency), strict=True))


def total(parts: Mapping[RateKey, Decimal]) -> Decimal:
    return sum(parts.values(), ZERO)


def add(parts: Shares, more: Mapping[RateKey, Decimal], *, sign: int = 1) -> None:
    """Add (sign 1) or take off (sign -1) in place."""
    for key, amount in more.items():
        parts[key] = parts.get(key, ZERO) + sign * amount


def negated(parts: Mapping[RateKey, Decimal]) -> Shares:
    return {key: -amount for key, amount in parts.items()}


def as_parts(parts: Mapping[RateKey, Decimal]) -> list[TaxPart]:
    """In the words of the ERP."""
    return [TaxPart(code, rate, amount) for (code, rate), amount in parts.items()]


def code_and_rate(taxes: Sequence[RemoteTax]) -> tuple[str, Decimal | None]:
    """Code and rate that a row shows: all its codes, and what its rates come to together (compound ones on top);
    no rate when the shop does not tell one."""
    if not taxes:
        return UNKNOWN
    keys = {key_of(tax) for tax in taxes}
    if len(keys) == 1:
        return keys.pop()
    code = "+".join(dict.fromkeys(clean_text(tax.name or tax.rate_id) for tax in taxes))
    if any(tax.rate_percent is None for tax in taxes):
        return code[:20], None
    rate = tax_on(HUNDRED, taxes)
    return code[:20], rate if abs(rate) < 1000 else None


def tax_on(net: Decimal, taxes: Iterable[RemoteTax]) -> Decimal:
    """The tax that these rates make of an amount, not rounded; unknown rates count as zero."""
    seen: dict[tuple[str, RateKey], RemoteTax] = {(tax.rate_id, key_of(tax)): tax for tax in taxes}
    plain = sum((tax.rate_percent or ZERO for tax in seen.values() if not tax.compound), ZERO)
    whole = net * plain / HUNDRED
    for tax in seen.values():
        if tax.compound:
            whole += (net + whole) * (tax.rate_percent or ZERO) / HUNDRED
    return whole
