"""The inbox of events, and what came to the porch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from activity.models import ApiCall
from ecomsync.common.admin import (
    ReadOnlyAdmin,
    change_url,
    chip,
    code_text,
    link,
    object_action,
    pretty_json,
    state_chip,
    time_ago,
)
from ecomsync.common.remedies import remedy_for
from ecomsync.common.stored_text import in_reader_language
from orders.models import Order
from platforms.types import EventKind
from sites.choices import EventAction
from webhooks.gateway_admin import GatewayClientAdmin
from webhooks.kick import kick
from webhooks.models import WebhookCounter, WebhookEvent
from webhooks.services import privacy
from webhooks.services.replay import REPLAYABLE, replay_events

__all__ = ["GatewayClientAdmin", "WebhookCounterAdmin", "WebhookEventAdmin"]

RESOURCES = {
    "order": _("order"),
    "product": _("product"),
    "customer": _("customer"),
    "refund": _("refund"),
    "coupon": _("coupon"),
}
REPLAY = "webhooks.replay_webhookevent"


ERASE = "erp.erase_customer"
_OF_PERSONS = {
    privacy.TELL_DATA_REQUEST: _("Put before staff"),
    privacy.ERASE_PERSON: _("Erase personal data"),
    privacy.TELL_SHOP_ERASURE: _("Put before staff"),
}


def _action_label(name: str) -> object:
    return EventAction(name).label if name in EventAction.values else _OF_PERSONS.get(name, name)


@admin.register(WebhookEvent)
class WebhookEventAdmin(ReadOnlyAdmin):
    """What shops have told us, and what was done about it."""

    list_display = (
        "topic_",
        "status",
        "site_code",
        "record",
        "occurred",
        "received",
        "times",
        "attempts",
        "told",
    )
    list_filter = (
        "state",
        "site",
        "kind",
        "critical",
        "resource",
        ("received_at", admin.DateFieldListFilter),
    )
    search_fields = ("topic", "=remote_id", "=trace_id", "=delivery_id", "=identity")
    search_help_text = _("Topic, id of the record, trace, delivery id")
    list_select_related = ("site",)
    status_counts = "state"
    date_hierarchy = "received_at"
    show_full_result_count = False
    object_actions = ("export_data", "erase_shop", "replay")
    fields = (
        "site", "topic", "kind", "resource", "remote_id", "occurred_at", "received_at", "last_received_at",
        "occurrences", "critical", "delivery_id", "identity", "trace_id", "headers_text", "body_shown",
    )  # fmt: skip
    readonly_fields = ("headers_text", "body_shown")

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebhookEvent]:
        rows = super().get_queryset(request)
        match = request.resolver_match
        return (
            rows.defer("body", "headers")
            if match and match.url_name == "webhooks_webhookevent_changelist"
            else rows
        )

    @admin.display(description=_("topic"), ordering="topic")
    def topic_(self, row: WebhookEvent) -> SafeString:
        return code_text(row.topic)

    @admin.display(description=_("state"), ordering="state")
    def status(self, row: WebhookEvent) -> SafeString:
        return state_chip(row)

    @admin.display(description=_("site"), ordering="site__code")
    def site_code(self, row: WebhookEvent) -> SafeString:
        return code_text(row.site.code)

    @admin.display(description=_("record"), ordering="remote_id")
    def record(self, row: WebhookEvent) -> str:
        return f"{RESOURCES.get(row.resource, row.resource)} {row.remote_id}".strip() or "–"

    @admin.display(description=_("occurred at"), ordering="occurred_at")
    def occurred(self, row: WebhookEvent) -> SafeString:
        return time_ago(row.occurred_at)

    @admin.display(description=_("received at"), ordering="received_at")
    def received(self, row: WebhookEvent) -> SafeString:
        return time_ago(row.last_received_at)

    @admin.display(description=_("times received"), ordering="occurrences")
    def times(self, row: WebhookEvent) -> int:
        return row.occurrences

    @admin.display(description=_("result"))
    def told(self, row: WebhookEvent) -> str:
        return in_reader_language(row.error_message or row.result)[:120] or "–"

    @admin.display(description=_("headers"))
    def headers_text(self, row: WebhookEvent) -> SafeString:
        return pretty_json(row.headers)

    @admin.display(description=_("body"))
    def body_shown(self, row: WebhookEvent) -> SafeString:
        """As JSON when it is JSON, else as it came."""
        payload = row.payload
        return pretty_json(payload) if payload is not None else pretty_json(row.body_text[:20_000])

    def object_panels(self, request: HttpRequest, obj: WebhookEvent) -> Sequence[dict[str, Any]]:
        facts: list[tuple[Any, Any]] = [
            (_("State"), state_chip(obj)),
            (_("Result"), in_reader_language(obj.result) or "–"),
            (_("Attempts"), obj.attempts),
            (_("Processed at"), time_ago(obj.processed_at)),
        ]
        if obj.error_code:
            told = in_reader_language(obj.error_message)
            remedy = remedy_for(obj.error_code, title=told)
            facts += [
                (_("Error"), f"{remedy.title}: {told}"),
                (_("What to do"), remedy.cure),
                (_("Next attempt"), time_ago(obj.not_before)),
            ]
        steps = [
            (_action_label(str(entry.get("action"))), in_reader_language(str(entry.get("result"))))
            for entry in obj.actions
        ]
        related = self._related(obj)
        panels = [{"title": _("Processing"), "facts": facts}]
        if steps:
            panels.append({"title": _("Actions"), "facts": steps})
        if related:
            panels.append({"title": _("Related"), "facts": related})
        return panels

    def _related(self, obj: WebhookEvent) -> list[tuple[Any, Any]]:
        rows: list[tuple[Any, Any]] = []
        if obj.resource == "order" and obj.remote_id:
            order = Order.objects.filter(site=obj.site_id, remote_id=obj.remote_id).first()
            if order is not None:
                rows.append((_("Order"), link(change_url("orders.order", order.pk), str(order))))
        calls = ApiCall.objects.filter(trace_id=obj.trace_id)[:10] if obj.trace_id else ()
        rows += [
            (_("Related request"), link(change_url("activity.apicall", call.pk), str(call))) for call in calls
        ]
        return rows

    @object_action(
        label=_("Export personal data"),
        permission=ERASE,
        tone="primary",
        on_list=False,
        visible=lambda row: row.kind == EventKind.PERSON_ASKS_FOR_DATA,
        hint=_("A file with all that is kept of the buyer who asks."),
    )
    def export_data(
        self, request: HttpRequest, queryset: QuerySet[WebhookEvent], form: forms.Form | None = None
    ) -> HttpResponse:
        event = queryset.get()
        found = privacy.export_data(event=event, actor=request.user)
        answer = JsonResponse(found, json_dumps_params={"ensure_ascii": False, "indent": 1})
        answer["Content-Disposition"] = f'attachment; filename="personal-data-{event.pk}.json"'
        return answer

    @object_action(
        label=_("Erase all buyers"),
        permission=ERASE,
        tone="danger",
        on_list=False,
        visible=lambda row: row.kind == EventKind.SHOP_TO_ERASE,
        confirm=_(
            "Names, contact data, addresses and notes of all buyers of this shop are erased for good. Amounts and "
            "documents stay; issued invoices keep the name, address and tax number that the law asks of them."
        ),
    )
    def erase_shop(
        self, request: HttpRequest, queryset: QuerySet[WebhookEvent], form: forms.Form | None = None
    ) -> None:
        count, refused = privacy.erase_shop(event=queryset.get(), actor=request.user)
        text = ngettext("%(count)s buyer was erased.", "%(count)s buyers were erased.", count)
        messages.success(request, text % {"count": count})
        for reason in list(refused.values())[:10]:
            messages.warning(request, in_reader_language(reason))
        if refused:
            more = ngettext(
                "%(count)s buyer could not be erased yet; do it again once the business with him is done.",
                "%(count)s buyers could not be erased yet; do it again once the business with them is done.",
                len(refused),
            )
            messages.warning(request, more % {"count": len(refused)})

    @object_action(
        label=_("Replay"),
        permission=REPLAY,
        tone="primary",
        visible=lambda row: row.state in REPLAYABLE,
        hint=_("Processes the event again; documents are never made twice."),
    )
    def replay(self, request: HttpRequest, queryset: QuerySet[Any], form: forms.Form | None = None) -> None:
        number = replay_events(events=queryset, user=request.user)
        transaction.on_commit(kick)
        text = ngettext(
            "%(count)s event will be processed again.", "%(count)s events will be processed again.", number
        )
        messages.success(request, text % {"count": number})


@admin.register(WebhookCounter)
class WebhookCounterAdmin(ReadOnlyAdmin):
    """Deliveries by site and day, the refused ones included."""

    list_display = ("day", "site_", "accepted", "duplicates", "pings", "bad", "unknown_site", "too_large")
    list_filter = ("site",)
    list_select_related = ("site",)
    date_hierarchy = "day"

    @admin.display(description=_("site"), ordering="scope")
    def site_(self, row: WebhookCounter) -> SafeString | str:
        return code_text(row.site.code) if row.site else str(_("addresses that nobody has"))

    @admin.display(description=_("bad signature"), ordering="bad_signature")
    def bad(self, row: WebhookCounter) -> SafeString | int:
        return chip(row.bad_signature, "bad") if row.bad_signature else 0


__all__ = ["WebhookCounterAdmin", "WebhookEventAdmin"]
