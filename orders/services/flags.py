"""Flags on an order whose documents stand: one reason beside the others, without leaving its state."""

from __future__ import annotations

from django.utils import timezone

from activity.services import resolve_errors
from orders.models import Order, OrderHold
from orders.reasons import Hold
from orders.services.holds import hold_order


def flag_order(order: Order, found: Hold | None, *, code: str) -> None:
    """Flag the order, or take the flag off when nothing was found. Other reasons stay as they are."""
    if found is None:
        release_flag(order, code)
        return
    others = [
        Hold(row.code, row.subject, str(row.params.get("message", "")), row.params)
        for row in order.holds.filter(released_at=None).exclude(code=code)
    ]
    hold_order(order, [*others, found], keep_state=True)


def release_flag(order: Order, code: str) -> bool:
    """The cause is gone: the reason is kept as history and its problem closes."""
    rows = OrderHold.objects.filter(order=order, released_at=None, code=code)
    if not rows.update(released_at=timezone.now()):
        return False
    resolve_errors(site_code=order.site.code, code=code, subject=order)
    return True
