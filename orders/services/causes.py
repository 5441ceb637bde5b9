"""The probable cause of a difference between the shop and the documents: a code that labels put into words."""

from __future__ import annotations

from decimal import Decimal

from ecomsync.common.money import ZERO, currency_quantum
from orders.services.figures import DISCOUNTS, RATE, Figures
from platforms.types import PaymentKind, RemoteOrder


def cause_of(component: str, difference: Decimal, remote: RemoteOrder, shop: Figures) -> str:
    """difference: the documents less the shop. Answers a key of `orders.labels.CAUSES`."""
    rows = len(remote.lines) + len(remote.charges)
    is_small = abs(difference) <= currency_quantum(remote.currency) * max(1, rows)
    if component == "grand_total":
        return _of_total(difference, remote, shop, is_small=is_small)
    if component.startswith(RATE) or component.endswith("tax") or component == "tax_total":
        return "tax_rounding" if is_small else "tax_differs"
    if component in DISCOUNTS:
        return "unmapped_discount"
    if component in ("shipping", "fees", "tips", "duties"):
        return "missing_charge" if difference < 0 else "charge_twice"
    return "rounding" if is_small else "rows_differ"


def _of_total(difference: Decimal, remote: RemoteOrder, shop: Figures, *, is_small: bool) -> str:
    if is_small:
        return "rounding"
    size = abs(difference)
    tenders = sum(
        (payment.amount for payment in remote.payments if payment.kind is not PaymentKind.PAYMENT), ZERO
    )
    if size == tenders:
        return "tender_in_total"
    if size == abs(remote.totals.refunded_total):
        return "refund_in_total"
    if size == abs(shop["tax_total"]):
        return "tax_mode"
    return "missing_charge" if difference < 0 else "unmapped_discount"
