"""The story of an order: versions, reasons, documents, calls, messages and people in one list, newest last."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from activity.admin.common import shown_json, shown_text
from activity.kinds import kind_label
from activity.models import ApiCall, Event, Run
from ecomsync.common.admin import STATE_TONES, change_url, chip, code_text, link, link_to
from ecomsync.common.stored_text import in_reader_language
from erp.states import DocumentType
from orders.labels import DECISIONS, HOW, label_of, story_text
from orders.models import Order, OrderDocument, OrderOutbox, OrderVersion
from orders.services.written import MODELS
from orders.states import OrderSource, OutboxState
from orders.timeline_sources import told_by_others

LEVELS = {"info": "info", "success": "ok", "warning": "warn", "error": "bad", "debug": "mute"}
MAX_EVENTS = 300
MAX_CALLS = 60
#: Calls whose request and answer can be opened in place; older ones have them on their own page.
OPENED = 20
BODY = 4000

DOCUMENT_PAGES = {
    DocumentType.SALES_ORDER: "erp.salesorder",
    DocumentType.DELIVERY: "erp.delivery",
    DocumentType.INVOICE: "erp.salesinvoice",
    DocumentType.CREDIT_NOTE: "erp.salesinvoice",
    DocumentType.RETURN: "erp.salesreturn",
    DocumentType.RECEIPT: "erp.receipt",
}


@dataclass(frozen=True, slots=True)
class Moment:
    """One entry; `text` and `detail` may be safe HTML."""

    at: datetime
    badge: object
    text: object
    detail: object = ""


def timeline_of(order: Order, request: HttpRequest | None = None) -> list[Moment]:
    """In order of time. A fixed number of statements, however long the story; personal data as the reader may see it."""
    events = _events(order)
    messages = list(order.outbox.order_by("id")[:100])
    versions = list(OrderVersion.objects.filter(order=order).defer("raw").order_by("-id")[:50])
    traces = {event.trace_id for event in events} | {row.trace_id for row in messages} | {order.trace_id}
    traces |= {version.trace_id for version in versions}
    found = [_of_event(row, request) for row in events if row.kind != "order.held"]
    found += [*_versions(order, versions, _origin(events)), *_holds(order), *_documents(order)]
    found += [_of_message(row) for row in messages if row.state != OutboxState.DONE]
    found += _of_calls(_calls(order, traces - {""}), request)
    found += _runs(traces - {""})
    found += [
        Moment(row.at, chip(row.badge, row.tone), link(row.url, row.text), row.detail)
        for row in told_by_others(order)
    ]
    if order.created_remote is not None:
        found.append(Moment(order.created_remote, chip(_("Shop"), "mute"), _("Ordered in the shop")))
    return sorted(found, key=lambda moment: moment.at)


def _runs(traces: Collection[str]) -> list[Moment]:
    """The readings and other runs that touched the order."""
    rows = Run.objects.filter(trace_id__in=traces).select_related("started_by").order_by("id")[:50]
    return [
        Moment(
            row.started_at or row.created_at,
            chip(_("Run"), "info"),
            link(row.get_absolute_url(), row),
            _("by %(name)s") % {"name": row.started_by.get_username()} if row.started_by else "",
        )
        for row in rows
    ]


def _events(order: Order) -> list[Event]:
    """Of the order, and of its returns: some were told before the order was here."""
    returns = [str(key) for key in order.returns.values_list("pk", flat=True)[:50]]
    about = Q(subject_type="orders.order", subject_id=str(order.pk))
    if returns:
        about |= Q(subject_type="orders.returnorder", subject_id__in=returns)
    return list(Event.objects.filter(about).order_by("-id")[:MAX_EVENTS])


def _of_event(row: Event, request: HttpRequest | None) -> Moment:
    by = _("by %(name)s") % {"name": row.actor} if row.actor else ""
    text: object = shown_text(request, in_reader_language(row.message))
    payload = row.payload if isinstance(row.payload, dict) else {}
    parts = [by, _steps(payload.get("documents")), _decided(payload.get("decisions"), request)]
    if row.kind == "order.documents":
        text, parts = _steps(payload.get("documents")), [by]
    detail = format_html_join(" ", "{}", [(part,) for part in parts if part])
    return Moment(row.created_at, chip(kind_label(row.kind), LEVELS.get(row.level, "info")), text, detail)


def _steps(steps: Any) -> object:
    """'invoice SI-1: issued', each with a link."""
    rows = [step for step in steps or () if isinstance(step, list) and len(step) == 4]
    return format_html_join(
        " · ", "{}: {}", [(_document_link(*step[:3]), state_label(step[0], step[3])) for step in rows]
    )


def _document_link(kind: str, key: object, number: str) -> SafeString:
    label = DocumentType(kind).label if kind in DocumentType.values else kind
    page = DOCUMENT_PAGES.get(DocumentType(kind), "") if kind in DocumentType.values else ""
    return link(change_url(page, key) if page else "", f"{label} {number}".strip())


def state_label(kind: str, state: str) -> object:
    """The state of a document in the reader's language."""
    if not state:
        return ""
    model = MODELS.get(kind)
    choices = dict(model._meta.get_field("state").flatchoices) if model else {}
    return chip(choices.get(state, state), STATE_TONES.get(state, "mute"))


def _decided(decisions: Any, request: HttpRequest | None) -> object:
    """The mapping decisions of that moment, to be opened."""
    rows = [
        (
            label_of(DECISIONS, row["what"]),
            code_text(shown_text(request, str(row.get("source", "")))),
            code_text(row.get("target", "")),
            label_of(HOW, row.get("why", "")),
        )
        for row in decisions or ()
        if isinstance(row, dict) and "what" in row
    ]
    if not rows:
        return ""
    items = format_html_join("", '<li>{}: {} → {} <span class="quiet">{}</span></li>', rows)
    return _fold(_("Mapping decisions"), format_html("<ul>{}</ul>", items))


def _fold(title: object, content: object) -> SafeString:
    return format_html("<details><summary>{}</summary>{}</details>", title, content)


def _origin(events: Sequence[Event]) -> str:
    """How the order first came: a later try by hand from the same payload has taken the place of it on the order."""
    for row in sorted(events, key=lambda event: event.pk):
        if isinstance(row.payload, dict) and row.payload.get("source"):
            return str(row.payload["source"])
    return ""


def _versions(order: Order, earlier: Sequence[OrderVersion], origin: str) -> list[Moment]:
    """Each payload when it came: the first with the order, each later one when it replaced the one before."""
    found: list[Moment] = []
    at = order.created_at
    for row in sorted(earlier, key=lambda version: version.pk):
        source = origin or row.source if not found else row.source
        found.append(_version(order, at, source, row.status_remote, row.raw_hash, row.pk))
        at = row.replaced_at
    source = origin or order.source if not found else order.source
    return [*found, _version(order, at, source, order.status_remote, order.raw_hash, 0)]


def _version(order: Order, at: datetime, source: str, status: str, digest: str, key: int) -> Moment:
    label = OrderSource(source).label if source in OrderSource.values else source
    text = format_html("{} {}", _("Version of the shop:"), code_text(status or "–"))
    address = reverse("admin:orders_order_version", args=[order.pk, key])
    return Moment(
        at,
        chip(label, "mute"),
        text,
        format_html("{} {}", link(address, _("Payload")), code_text(digest[:8])),
    )


def _holds(order: Order) -> list[Moment]:
    """Each reason when it came and when it went."""
    found = []
    for row in order.holds.order_by("id")[:100]:
        name = story_text(f"{row.code} {row.subject}".strip())
        told = in_reader_language(str(row.params.get("message", "")))
        found.append(Moment(row.created_at, chip(_("Held"), "warn"), name, told))
        if row.released_at is not None:
            found.append(Moment(row.released_at, chip(_("Released"), "ok"), name))
    return found


def _documents(order: Order) -> list[Moment]:
    return [_of_document(row) for row in order.documents.order_by("id")]


def _of_document(row: OrderDocument) -> Moment:
    text = _document_link(row.document_type, row.object_id, row.number or f"#{row.object_id}")
    return Moment(row.created_at, chip(_("Made"), "ok"), text)


def _of_message(row: OrderOutbox) -> Moment:
    """A message that has not reached the shop; what reached it is told by its event."""
    at = row.last_attempt_at or row.created_at
    tone = STATE_TONES.get(row.state, "mute")
    tries = _("tries: %(count)s") % {"count": row.attempts} if row.attempts else ""
    told = in_reader_language(row.error_message)
    parts = [str(row.get_state_display()), tries, told]
    return Moment(at, chip(_("To the shop"), tone), link_to(row), " · ".join(part for part in parts if part))


def _calls(order: Order, traces: Collection[str]) -> list[ApiCall]:
    """Calls about this order alone: one trace may be a reading of many orders."""
    calls = ApiCall.objects.filter(
        trace_id__in=traces, site_code=order.site.code, url__contains=f"/{order.remote_id}"
    )
    calls = calls.defer("request_headers", "response_headers").order_by("-id")
    own = re.compile(rf"/{re.escape(order.remote_id)}(?![\w-])")
    return [call for call in calls[: 3 * MAX_CALLS] if own.search(call.url)][:MAX_CALLS]


def _of_calls(calls: Sequence[ApiCall], request: HttpRequest | None) -> list[Moment]:
    return [_of_call(call, request if index < OPENED else None) for index, call in enumerate(calls)]


def _of_call(row: ApiCall, request: HttpRequest | None) -> Moment:
    tone = "ok" if row.succeeded else "bad"
    text = link_to(row, f"{row.method} {row.route or row.url}"[:160])
    milliseconds = _("%(time)s ms") % {"time": row.duration_ms}
    parts: list[object] = [milliseconds]
    for title, body in ((_("Request"), row.request_body), (_("Answer"), row.response_body)):
        if request is not None and body:
            parts.append(_fold(title, shown_json(request, body[:BODY])))
    detail = format_html_join(" ", "{}", [(part,) for part in parts])
    return Moment(row.created_at, chip(row.status or row.error_code or "–", tone), text, detail)
