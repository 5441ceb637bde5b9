"""Holding an order with its reasons, and letting it go again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.utils import timezone

from activity.services import report_error, resolve_errors
from ecomsync.common.remedies import remedy_for
from orders.models import Order, OrderHold
from orders.reasons import QUIET_CODES, Hold, settings_link
from orders.services.intake import clean_json, clean_text
from orders.states import OrderState

FIRST_RETRY = timedelta(minutes=10)
LAST_RETRY = timedelta(hours=6)


def hold_order(order: Order, holds: Sequence[Hold], *, keep_state: bool = False) -> None:
    """Write the reasons (rows that stand already are kept) and open the problems. The caller saves the order.

    keep_state: only flag an order whose documents stand.
    """
    present = {(row.code, row.subject): row for row in order.holds.filter(released_at=None)}
    wanted = {hold.key: hold for hold in holds}
    gone = [row for key, row in present.items() if key not in wanted]
    if gone:
        OrderHold.objects.filter(pk__in=[row.pk for row in gone]).update(released_at=timezone.now())
    OrderHold.objects.bulk_create(
        OrderHold(
            order=order,
            code=hold.code,
            subject=clean_text(hold.subject, 255),
            params=clean_json({**hold.params, **({"message": hold.message} if hold.message else {})}),
        )
        for key, hold in wanted.items()
        if key not in present
    )
    if not keep_state:
        order.state = OrderState.HELD
        order.heal_at = timezone.now() + next_wait(order.heal_attempts)
        order.heal_attempts += 1
    _report(order, [hold for key, hold in wanted.items() if key not in present])
    stale = {row.code for row in gone} - {hold.code for hold in holds}
    if stale:
        resolve_errors(site_code=order.site.code, code=sorted(stale), subject=order)


def release_holds(order: Order) -> int:
    """The order goes on: reasons are kept as history, its problems close."""
    order.heal_at = None
    released = OrderHold.objects.filter(order=order, released_at=None).update(released_at=timezone.now())
    if released:
        resolve_errors(site_code=order.site.code, subject=order)
    return released


def next_wait(attempts: int) -> timedelta:
    """How long a held order waits before it is tried by itself, without any sign that its cause is gone."""
    return min(FIRST_RETRY * int(2 ** min(attempts, 10)), LAST_RETRY)


def _report(order: Order, holds: Sequence[Hold]) -> None:
    """One problem per reason and order; several subjects of one reason share it."""
    by_code: dict[str, list[Hold]] = {}
    for hold in holds:
        if hold.code not in QUIET_CODES:
            by_code.setdefault(hold.code, []).append(hold)
    for code, entries in by_code.items():
        told = "; ".join(hold.message for hold in entries if hold.message)
        remedy = remedy_for(code, title=told or code)
        subjects = ", ".join(dict.fromkeys(hold.subject for hold in entries if hold.subject))
        text = ": ".join(dict.fromkeys(part for part in (str(remedy.title), subjects, told) if part))
        report_error(
            site_code=order.site.code,
            code=code,
            message=text[:2000],
            cure=str(remedy.cure),
            subject=order,
            link=settings_link(
                code, site_id=order.site_id, subject=entries[0].subject, params=entries[0].params
            ),
        )
