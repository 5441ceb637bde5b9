from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from activity.admin.common import LEVEL_TONES, SiteCodeFilter, shown_json, shown_text, subject_link
from activity.kinds import kind_label
from activity.masking import mask_text
from activity.models import ApiCall, Event
from ecomsync.common.admin import ReadOnlyAdmin, ReportTable, chip, code_text, link, time_ago
from ecomsync.common.stored_text import in_reader_language

SHOWN_CALLS = 50


class KindFilter(admin.SimpleListFilter):
    """The kinds that occur, in words."""

    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        kinds = model_admin.model._default_manager.order_by("kind").values_list("kind", flat=True).distinct()
        return [(kind, kind_label(kind)) for kind in kinds]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ("when", "level_chip", "kind_code", "site_code", "record", "text", "actor")
    list_display_links = ("when", "kind_code")
    list_filter = ("level", SiteCodeFilter, "created_at", KindFilter)
    search_fields = ("=trace_id", "=subject_id", "subject_label", "kind", "message")
    search_help_text = _("Trace, record, kind or words of the message")
    date_hierarchy = "created_at"
    status_counts = "level"
    show_full_result_count = False
    fields = ("message",)
    panels_only = True

    @admin.display(description=_("time"), ordering="created_at")
    def when(self, row: Event) -> SafeString:
        return time_ago(row.created_at)

    @admin.display(description=_("level"), ordering="level")
    def level_chip(self, row: Event) -> SafeString:
        return chip(row.get_level_display(), LEVEL_TONES.get(row.level, "mute"))

    @admin.display(description=_("kind"), ordering="kind")
    def kind_code(self, row: Event) -> SafeString:
        return format_html('<span title="{}">{}</span>', row.kind, kind_label(row.kind))

    @admin.display(description=_("record"))
    def record(self, row: Event) -> SafeString:
        return subject_link(row)

    @admin.display(description=_("message"))
    def text(self, row: Event) -> str:
        return mask_text(in_reader_language(row.message)[:140])

    def object_chip(self, obj: Event) -> object:
        return self.level_chip(obj)

    def object_panels(self, request: HttpRequest, obj: Event) -> Sequence[dict[str, Any]]:
        facts = [
            (_("Message"), shown_text(request, in_reader_language(obj.message)) or "–"),
            (_("Time"), time_ago(obj.created_at)),
            (_("Site"), obj.site_code or "–"),
            (_("Record"), subject_link(obj)),
            (_("By"), obj.actor or _("the system itself")),
            (_("Trace"), code_text(obj.trace_id)),
        ]
        calls = calls_of_trace(obj.trace_id)
        return (
            {"title": _("What happened"), "facts": facts},
            {"title": _("Payload"), "text": shown_json(request, obj.payload)},
            {"title": _("Related requests"), "wide": True, "table": calls},
        )


def calls_of_trace(trace_id: str) -> ReportTable:
    """The calls made under one trace, oldest first."""
    calls = (
        ApiCall.objects.filter(trace_id=trace_id).order_by("created_at", "id")[:SHOWN_CALLS]
        if trace_id
        else []
    )
    return calls_table(calls)


def calls_table(calls: Any) -> ReportTable:
    """A table of calls for an object page of any app."""
    rows = [
        (
            time_ago(call.created_at),
            link(
                reverse("admin:activity_apicall_change", args=[call.pk]),
                f"{call.method} {call.route or call.url}",
            ),
            status_chip(call),
            _t("%(time)s ms") % {"time": call.duration_ms},
        )
        for call in calls
    ]
    return ReportTable(
        columns=(_("Time"), _("Request"), _("Answer"), _("Duration")),
        rows=rows,
        empty=_("No request was made."),
    )


def status_chip(call: ApiCall) -> SafeString:
    if call.status is None:
        return chip(call.error_code or _("no answer"), "bad")
    tone = "ok" if call.status < 400 else "warn" if call.status < 500 else "bad"
    return chip(call.status, tone)


class AnswerFilter(admin.SimpleListFilter):
    title = _("answer")
    parameter_name = "answer"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("ok", _("accepted")),
            ("refused", _("refused (4xx)")),
            ("fault", _("fault (5xx)")),
            ("none", _("none")),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        ranges: dict[str, dict[str, Any]] = {
            "ok": {"status__lt": 400},
            "refused": {"status__gte": 400, "status__lt": 500},
            "fault": {"status__gte": 500},
            "none": {"status__isnull": True},
        }
        return queryset.filter(**ranges[self.value()]) if self.value() in ranges else queryset  # type: ignore[index]


@admin.register(ApiCall)
class ApiCallAdmin(ReadOnlyAdmin):
    list_display = ("when", "method", "route_code", "answer", "duration", "site_code", "platform")
    list_display_links = ("when", "route_code")
    list_filter = (
        AnswerFilter,
        SiteCodeFilter,
        "platform",
        "method",
        "created_at",
        ("run", admin.EmptyFieldListFilter),
    )
    search_fields = ("=trace_id", "route", "url", "error_code")
    search_help_text = _("Trace, route, address or error code")
    date_hierarchy = "created_at"
    show_full_result_count = False
    fields = ("url",)
    panels_only = True

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = super().get_queryset(request).select_related("run")
        in_list = request.resolver_match is not None and str(request.resolver_match.url_name).endswith(
            "_changelist"
        )
        if in_list:
            return rows.defer("request_headers", "request_body", "response_headers", "response_body")
        return rows

    @admin.display(description=_("time"), ordering="created_at")
    def when(self, row: ApiCall) -> SafeString:
        return time_ago(row.created_at)

    @admin.display(description=_("route"), ordering="route")
    def route_code(self, row: ApiCall) -> SafeString:
        return code_text(row.route or row.url)

    @admin.display(description=_("answer"), ordering="status")
    def answer(self, row: ApiCall) -> SafeString:
        return status_chip(row)

    @admin.display(description=_("duration"), ordering="duration_ms")
    def duration(self, row: ApiCall) -> str:
        return _t("%(time)s ms") % {"time": row.duration_ms}

    def object_chip(self, obj: ApiCall) -> object:
        return status_chip(obj)

    def object_panels(self, request: HttpRequest, obj: ApiCall) -> Sequence[dict[str, Any]]:
        facts = [
            (_("Address"), code_text(f"{obj.method} {shown_text(request, obj.url)}")),
            (_("Time"), time_ago(obj.created_at)),
            (_("Site"), obj.site_code or "–"),
            (_("Platform"), obj.platform or "–"),
            (_("Duration"), _t("%(time)s ms") % {"time": obj.duration_ms}),
            (_("Run"), link(obj.run.get_absolute_url(), obj.run) if obj.run else "–"),
            (_("Trace"), self.trace_link(obj)),
            (_("Error"), shown_text(request, obj.error) or "–"),
        ]
        return (
            {"title": _("Call"), "facts": facts, "wide": True},
            {"title": _("Request headers"), "text": shown_json(request, obj.request_headers)},
            {"title": _("Response headers"), "text": shown_json(request, obj.response_headers)},
            {"title": _("Request body"), "text": shown_json(request, obj.request_body)},
            {"title": _("Response body"), "text": shown_json(request, obj.response_body)},
        )

    def trace_link(self, obj: ApiCall) -> SafeString:
        if not obj.trace_id:
            return SafeString("–")
        return link(f"{reverse('admin:activity_event_changelist')}?q={obj.trace_id}", code_text(obj.trace_id))
