"""Which rate of a tax plan applies."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.utils import timezone

from erp.models import CustomerKind, TaxAppliesTo, TaxPlan


@dataclass(frozen=True, slots=True)
class ResolvedTax:
    """Code and rate in percent; `exemption_text` is printed at rate zero."""

    tax_code: str
    rate: Decimal
    exemption_text: str = ""


def resolve_tax(
    *,
    tax_plan: TaxPlan,
    applies_to: str = TaxAppliesTo.GOODS,
    country: str = "",
    customer_kind: str = CustomerKind.CONSUMER,
    on: dt.date | None = None,
) -> ResolvedTax | None:
    """The first line of the plan, in line order, that fits; None when none does."""
    day = on or timezone.localdate()
    for line in tax_plan.lines.all():
        if (
            line.applies_to in (TaxAppliesTo.BOTH, applies_to)
            and line.country in ("", country.upper())
            and line.customer_kind in (CustomerKind.ANY, customer_kind)
            and (line.valid_from is None or line.valid_from <= day)
            and (line.valid_to is None or line.valid_to >= day)
        ):
            return ResolvedTax(line.tax_code, line.rate, line.exemption_text)
    return None
