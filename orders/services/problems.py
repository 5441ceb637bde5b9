"""The problem list's way to orders, returns and messages: try them again, tell which problems still stand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db.models import Q

from activity.models import SiteError
from orders.models import Order, OrderHold, OrderOutbox, ReturnOrder
from orders.services.due import mark_due, waiting_orders
from orders.services.push_outbox import retry_messages
from orders.states import OrderState, OutboxState, ReturnState
from sites.models import Site
from sites.runs import refusal, request_run

#: The payload we keep cannot be read; only what the shop sends now can.
UNREADABLE = ("invalid_payload",)


def _keys(problems: Sequence[SiteError]) -> list[int]:
    return [int(row.subject_id) for row in problems if row.subject_id.isdigit()]


def retry_orders(*, problems: Sequence[SiteError], user: Any) -> int:
    """Held and failed orders go again from what we keep; unreadable ones are read from the shop again."""
    chosen = Order.objects.filter(pk__in=_keys(problems))
    unreadable = chosen.filter(state=OrderState.FAILED, state_reason__in=UNREADABLE)
    asked = _read_again(unreadable, user)
    rest = waiting_orders().filter(pk__in=chosen.values("pk"))
    return asked + mark_due(rest.exclude(state=OrderState.FAILED, state_reason__in=UNREADABLE))


def _read_again(orders: Any, user: Any) -> int:
    by_site: dict[int, list[str]] = defaultdict(list)
    for site_id, remote_id in orders.values_list("site_id", "remote_id"):
        by_site[site_id].append(remote_id)
    asked = 0
    for site in Site.objects.filter(pk__in=by_site):
        if not refusal(site, "reread_orders"):
            request_run(site=site, action="reread_orders", params={"remote_ids": by_site[site.pk]}, user=user)
            asked += len(by_site[site.pk])
    return asked


def standing_orders(*, problems: Sequence[SiteError]) -> set[int]:
    """An open hold with this reason, or an order that failed or whose newest version broke the import."""
    keys = _keys(problems)
    holds = set(OrderHold.objects.filter(order__in=keys, released_at=None).values_list("order_id", "code"))
    broken = Q(state=OrderState.FAILED) | Q(sales_order__isnull=False, heal_at__isnull=False)
    failed = set(Order.objects.filter(broken, pk__in=keys).values_list("pk", flat=True))
    return {
        row.pk
        for row in problems
        if (int(row.subject_id), row.code) in holds or int(row.subject_id) in failed
    }


def retry_returns(*, problems: Sequence[SiteError], user: Any) -> int:
    rows = ReturnOrder.objects.filter(pk__in=_keys(problems), state=ReturnState.HELD)
    return mark_due(Order.objects.none(), rows)


def standing_returns(*, problems: Sequence[SiteError]) -> set[int]:
    rows = ReturnOrder.objects.filter(pk__in=_keys(problems), state=ReturnState.HELD)
    held = set(rows.values_list("pk", "hold_code"))
    return {row.pk for row in problems if (int(row.subject_id), row.code) in held}


def retry_outbox(*, problems: Sequence[SiteError], user: Any) -> int:
    return retry_messages(OrderOutbox.objects.filter(pk__in=_keys(problems)))


def standing_outbox(*, problems: Sequence[SiteError]) -> set[int]:
    """Given up, or on the way again and not there yet."""
    rows = OrderOutbox.objects.filter(pk__in=_keys(problems)).exclude(state=OutboxState.DONE)
    waiting = set(rows.exclude(error_code="").values_list("pk", flat=True))
    return {row.pk for row in problems if int(row.subject_id) in waiting}
