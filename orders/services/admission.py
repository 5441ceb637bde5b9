"""Whether an order is to become documents now: its phase, date and status, and the site's import policy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from orders.reasons import HoldCode
from orders.services.context import ImportContext
from orders.services.payments import is_paid
from orders.states import CANCELLED_IN_SHOP, OrderState
from platforms.types import FinancialStatus, OrderPhase, RemoteOrder
from sites.choices import ImportPolicy

#: Why an order is left although the buyer has bought: its status is none of those that are imported.
STATUS_NOT_IMPORTED = "status_not_imported"


@dataclass(frozen=True, slots=True)
class Admission:
    """verdict: import | wait | skip | cancelled | ignore (not even kept). `reason` is a code."""

    verdict: str
    reason: str = ""

    @property
    def is_import(self) -> bool:
        return self.verdict == "import"


def is_wanted_now(state: str, reason: str, remote: RemoteOrder, context: ImportContext) -> bool:
    """Whether an order was left for its status, and the site imports that status by now."""
    left = state == OrderState.SKIPPED and reason == STATUS_NOT_IMPORTED
    return left and context.wants_status(remote.status)


def admit(remote: RemoteOrder, context: ImportContext, *, by_hand: bool = False) -> Admission:
    """Judge an order that has no documents yet. by_hand: staff chose it, so dates and policy 'never' do not count."""
    site = context.site
    if remote.phase is OrderPhase.INCOMPLETE:
        return Admission("ignore", "incomplete")
    first_day = site.read_orders_from_date
    if not by_hand and first_day is not None and remote.created_at < first_day:
        return Admission("ignore", "before_first_date")
    if remote.phase is OrderPhase.CANCELLED:
        return Admission("cancelled", CANCELLED_IN_SHOP)
    if not by_hand and not context.wants_status(remote.status):
        return Admission("skip", STATUS_NOT_IMPORTED)
    return _by_policy(remote, context, by_hand=by_hand)


def _by_policy(remote: RemoteOrder, context: ImportContext, *, by_hand: bool) -> Admission:
    site = context.site
    payment = remote.payments[0] if remote.payments else None
    line = context.payment_line(payment.code, payment.title) if payment else None
    policy = (line.import_policy if line else "") or site.order_import_policy
    if policy == ImportPolicy.NEVER:
        return Admission("import") if by_hand else Admission("skip", "import_policy_never")
    authorised = remote.financial_status is FinancialStatus.AUTHORISED
    if policy == ImportPolicy.ALWAYS or is_paid(remote) or (policy == ImportPolicy.AUTHORISED and authorised):
        return Admission("import")
    if (
        site.max_wait_days is not None
        and remote.created_at + timedelta(days=site.max_wait_days) < timezone.now()
    ):
        return Admission("skip", "payment_wait_over")
    return Admission("wait", HoldCode.WAITING_PAYMENT)
