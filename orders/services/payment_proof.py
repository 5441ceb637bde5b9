"""What was paid, by what it came as, against the receipts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from ecomsync.common.money import ZERO, round_money
from erp.models import Receipt
from orders.services.payments import is_paid
from orders.services.plan import OrderPlan, PlannedPayment
from orders.services.totals import ProofRow
from platforms.types import PaymentKind
from sites.choices import PaymentCalculation

#: Kind of a payment -> component of the proof.
COMPONENT_OF: Mapping[PaymentKind, str] = {
    PaymentKind.PAYMENT: "paid",
    PaymentKind.GIFT_CARD: "paid_gift_cards",
    PaymentKind.STORE_CREDIT: "paid_store_credit",
    PaymentKind.REWARD: "paid_rewards",
}


def payment_rows(plan: OrderPlan, receipts: Sequence[Receipt], *, wanted: bool) -> list[ProofRow]:
    """One row per kind of payment that the shop took. wanted: whether the rules ask for receipts."""
    remote = plan.remote
    told: dict[PaymentKind, Decimal] = {}
    for payment in remote.payments:
        if payment.amount and (payment.is_paid or is_paid(remote)):
            told[payment.kind] = told.get(payment.kind, ZERO) + round_money(payment.amount, remote.currency)
    received = _received(plan, receipts)
    rows = []
    for kind, name in COMPONENT_OF.items():
        shop, erp = told.get(kind, ZERO), received.get(kind, ZERO)
        if not shop and not erp:
            continue
        explained = cause = ""
        if shop != erp:
            settled = ZERO < erp - shop <= sum((receipt.withheld for receipt in receipts), ZERO)
            explained = "settlement_difference" if settled else _explanation(plan, kind, wanted=wanted)
            cause = "" if explained else "payment_differs"
        rows.append(ProofRow(name, shop, erp, explained, cause))
    return rows


def _received(plan: OrderPlan, receipts: Sequence[Receipt]) -> dict[PaymentKind, Decimal]:
    """Receipts by kind of payment: of one method for several kinds, each takes its own amount, the last the rest."""
    left: dict[int, Decimal] = {}
    for receipt in receipts:
        left[receipt.payment_method_id] = left.get(receipt.payment_method_id, ZERO) + receipt.amount
    found: dict[PaymentKind, Decimal] = {}
    last: dict[int, PaymentKind] = {}
    for payment in plan.payments:
        key, kind = payment.method.pk, payment.remote.kind
        part = min(left.get(key, ZERO), payment.remote.amount)
        found[kind] = found.get(kind, ZERO) + part
        left[key] = left.get(key, ZERO) - part
        last[key] = kind
    for key, rest in left.items():
        if key in last:
            found[last[key]] += rest
    return found


def _explanation(plan: OrderPlan, kind: PaymentKind, *, wanted: bool) -> str:
    """Why receipts need not equal what was paid; "" when they must."""
    if not wanted:
        return "no_receipt_rule"
    planned = [entry for entry in plan.payments if entry.remote.kind is kind]
    of_kind = [entry for entry in plan.remote.payments if entry.kind is kind]
    if len(planned) < len(of_kind) or any(not _settles_at_once(entry) for entry in planned):
        return "no_receipt"
    if any(entry.currency and entry.currency != plan.remote.currency for entry in of_kind):
        return "other_currency"
    if len(plan.payments) == 1 or any(
        entry.line.calculation_type != PaymentCalculation.FULL_TOTAL for entry in plan.payments
    ):
        return "by_calculation"
    paid = sum((entry.amount for entry in plan.remote.payments), ZERO)
    return "more_than_total" if paid > plan.remote.totals.grand_total else ""


def _settles_at_once(payment: PlannedPayment) -> bool:
    if payment.line.calculation_type == PaymentCalculation.NONE:
        return False
    own = payment.line.settles_immediately
    return payment.method.settles_immediately if own is None else own
