"""The story of an order: versions, decisions, documents, calls and messages in one list, newest last."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from activity.kinds import kind_label
from activity.models import ApiCall, Event
from ecomsync.common.admin import chip, link_to
from ecomsync.common.stored_text import in_reader_language
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
    found = [_of_event(row) for row in events]
    found += [_of_call(row) for row in _calls(order, traces - {""})]
    if order.created_remote is not None:
        found.append(Moment(order.created_remote, chip(_("Shop"), "mute"), _("Ordered in the shop")))
    found.append(Moment(order.created_at, chip(order.get_source_display(), "mute"), _("First seen")))
    return sorted(found, key=lambda moment: moment.at)


def _calls(order: Order, traces: Collection[str]) -> list[ApiCall]:
    """Calls about this order alone: one trace may be a reading of many orders."""
    calls = ApiCall.objects.filter(
        trace_id__in=traces, site_code=order.site.code, url__contains=f"/{order.remote_id}"
    )
    calls = calls.defer("request_body", "response_body", "request_headers", "response_headers").order_by("id")
    own = re.compile(rf"/{re.escape(order.remote_id)}(?![\w-])")
    return [call for call in calls[: 3 * MAX_CALLS] if own.search(call.url)][:MAX_CALLS]


def _of_event(row: Event) -> Moment:
    by = _("by %(name)s") % {"name": row.actor} if row.actor else ""
    return Moment(
        row.created_at,
        chip(kind_label(row.kind), LEVELS.get(row.level, "info")),
        in_reader_language(row.message),
        by,
    )


def _of_call(row: ApiCall) -> Moment:
    tone = "ok" if row.succeeded else "bad"
    text = link_to(row, f"{row.method} {row.route or row.url}"[:160])
    milliseconds = _("%(time)s ms") % {"time": row.duration_ms}
    return Moment(row.created_at, chip(row.status or row.error_code or "–", tone), text, milliseconds)
