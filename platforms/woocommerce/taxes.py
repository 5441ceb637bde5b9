"""Tax per rate of the rows of orders and refunds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal

from ecomsync.common.money import ZERO, currency_quantum
from platforms.types import RemoteTax
from platforms.woocommerce.payloads import TaxLineShape, TaxShare


def taxes_of(
    shares: Sequence[TaxShare], tax: Decimal, rates: Mapping[str, TaxLineShape], currency: str
) -> tuple[RemoteTax, ...]:
    """The row's tax per rate. The shares come unrounded; rounded, they sum to the row's tax exactly.

    A rate of 0 % and the rate of a row that is discounted away are kept: they tell zero-rated from exempt.
    """
    shares = [share for share in shares if share.total or share.subtotal or _is_zero_rate(rates, share)]
    if not shares:
        return ()
    quantum = min(currency_quantum(currency), quantum_of(tax))
    amounts = [share.total.quantize(quantum, rounding=ROUND_HALF_UP) for share in shares]
    largest = max(range(len(shares)), key=lambda index: abs(shares[index].total))
    amounts[largest] += tax - sum(amounts, ZERO)
    return tuple(tax_of(rates, share.id, amount) for share, amount in zip(shares, amounts, strict=True))


def _is_zero_rate(rates: Mapping[str, TaxLineShape], share: TaxShare) -> bool:
    rate = rates.get(share.id)
    return rate is not None and rate.rate_percent == 0


def tax_of(rates: Mapping[str, TaxLineShape], rate_id: str, amount: Decimal) -> RemoteTax:
    """The tax of one rate, named as the document's tax lines name it."""
    rate = rates.get(rate_id)
    return RemoteTax(
        rate_id=rate_id,
        name=(rate.label or rate.rate_code) if rate else "",
        rate_percent=rate.rate_percent if rate else None,
        amount=amount,
        compound=rate.compound if rate else False,
    )


def quantum_of(amount: Decimal) -> Decimal:
    """The last decimal that an amount shows."""
    exponent = amount.as_tuple().exponent
    return Decimal(1).scaleb(exponent) if isinstance(exponent, int) and exponent < 0 else Decimal(1)
