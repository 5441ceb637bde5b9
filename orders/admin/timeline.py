"""The story of an order: versions, decisions, documents, calls and messages in one list, newest last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from activity.models import ApiCall, Event
from ecomsync.common.admin import chip, link_to
from orders.labels import EVENTS, label_of
from orders.models import Order

LEVELS = {"info": "info", "success": "ok", "warning": "warn", "error": "bad", "debug": "mute"}
MAX_CALLS = 60


@dataclass(frozen=True, slots=True)
class Moment:
    """One entry; `text` and `detail` may be safe HTML."""

    at: datetime
    badge: object
    text: object
    detail: object = ""


def timeline_of(order: Order) -> list[Moment]:
    """In order of time. Three statements, however long the story."""
    events = list(
        Event.objects.filter(subject_type="orders.order", subject_id=str(order.pk)).order_by("id")[:300]
    )
    messages = list(order.outbox.order_by("id")[:100])
    traces = (
        {event.trace_id for event in events} | {message.trace_id for message in messages} | {order.trace_id}
    )
    calls = ApiCall.objects.filter(trace_id__in=traces - {""}, site_code=order.site.code)
    calls = calls.defer("request_body", "response_body", "request_headers", "response_headers").order_by("id")
    found = [_of_event(row) for row in events]
    found += [_of_call(row) for row in calls[:MAX_CALLS]]
    if order.created_remote is not None:
        found.append(Moment(order.created_remote, chip(_("Shop"), "mute"), _("Ordered in the shop")))
    found.append(Moment(order.created_at, chip(order.get_source_display(), "mute"), _("First seen")))
    return sorted(found, key=lambda moment: moment.at)


def _of_event(row: Event) -> Moment:
    by = _("by %(name)s") % {"name": row.actor} if row.actor else ""
    return Moment(
        row.created_at, chip(label_of(EVENTS, row.kind), LEVELS.get(row.level, "info")), row.message, by
    )


def _of_call(row: ApiCall) -> Moment:
    tone = "ok" if row.succeeded else "bad"
    text = link_to(row, f"{row.method} {row.route or row.url}"[:160])
    milliseconds = _("%(time)s ms") % {"time": row.duration_ms}
    return Moment(row.created_at, chip(row.status or row.error_code or "–", tone), text, milliseconds)
