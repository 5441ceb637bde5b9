"""Cursors: to be read, and set back by those who want older records again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminSplitDateTime
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from ecomsync.common.admin import ReadOnlyAdmin, ReportTable, chip, object_action, time_ago, time_exact
from ecomsync.common.stored_text import in_reader_language
from sites.models import SyncCursor
from sites.services import cursors
from sites.services.reading_windows import NOTABLE_SKEW, HistoryRow, reading_history


class RewindForm(forms.Form):
    """From when to read again."""

    to = forms.SplitDateTimeField(
        label=_("Read again from"),
        widget=AdminSplitDateTime,
        required=False,
        help_text=_("Empty: from the beginning. Orders that are known already are not imported twice."),
    )


@admin.register(SyncCursor)
class SyncCursorAdmin(ReadOnlyAdmin):
    list_display = ("site", "flow", "position", "started", "succeeded", "outcome")
    list_filter = ("flow", "site")
    list_select_related = ("site",)
    object_actions = ("rewind",)
    fields = (("site", "flow"), "position", ("started", "succeeded", "outcome"))
    readonly_fields = ("started", "succeeded", "outcome")

    def object_panels(self, request: HttpRequest, obj: SyncCursor) -> Sequence[dict[str, Any]]:
        """The history of readings, with what is missing between them."""
        minutes = getattr(obj.site, cursors.INTERVALS[obj.flow][0], 0) if obj.flow in cursors.INTERVALS else 0
        history = reading_history(
            site=obj.site, flow=obj.flow, interval=timedelta(minutes=minutes) if minutes else None
        )
        columns = (
            _("Began"), _("Read from"), _("Read to"), _("Seen"), _("Taken over"), _("Clock of the shop"), _("Outcome"),
        )  # fmt: skip
        table = ReportTable(
            "", columns, [_history_row(row) for row in history], empty=_("Nothing was read yet.")
        )
        return ({"title": _("Readings"), "wide": True, "table": table},)

    @admin.display(description=_("last started"), ordering="last_started_at")
    def started(self, row: SyncCursor) -> object:
        return time_ago(row.last_started_at)

    @admin.display(description=_("last succeeded"), ordering="last_ok_at")
    def succeeded(self, row: SyncCursor) -> object:
        return time_ago(row.last_ok_at)

    @admin.display(description=_("outcome"))
    def outcome(self, row: SyncCursor) -> object:
        if row.last_error:
            return chip(in_reader_language(row.last_error)[:120], "bad")
        return chip(_("ok"), "ok") if row.last_ok_at else chip(_("never"), "mute")

    @object_action(label=_("Read again from…"), permission="ecomsites.read_sales", form=RewindForm)
    def rewind(self, request: HttpRequest, queryset: QuerySet[SyncCursor], form: Any = None) -> None:
        to = form.cleaned_data["to"] if form is not None else None
        rows = list(queryset.select_related("site"))
        for row in rows:
            cursors.rewind(row.site, row.flow, to)
        text = ngettext("%(count)s cursor was set back.", "%(count)s cursors were set back.", len(rows))
        messages.success(request, text % {"count": len(rows)})


def _history_row(row: HistoryRow) -> tuple[object, ...]:
    window = row.window
    marks = []
    if row.gap is not None:
        marks.append(chip(gettext("gap of %(span)s before it") % {"span": _span(row.gap)}, "bad"))
    if row.silence is not None:
        marks.append(chip(gettext("silence of %(span)s before it") % {"span": _span(row.silence)}, "warn"))
    if window.error:
        marks.append(chip(in_reader_language(window.error)[:120], "bad"))
    elif not window.complete:
        marks.append(chip(_("stopped at its limit"), "info"))
    elif not marks:
        marks.append(chip(_("ok"), "ok"))
    skew = window.skew_seconds
    is_off = skew is not None and abs(skew) >= NOTABLE_SKEW
    ahead = "–" if skew is None else chip(_span(timedelta(seconds=skew)), "warn") if is_off else _("right")
    return (
        time_exact(window.started_at),
        time_exact(window.read_from) if window.read_from else "–",
        time_exact(window.read_to) if window.read_to else "–",
        window.seen,
        window.worked,
        ahead,
        format_html_join(" ", "{}", ((mark,) for mark in marks)),
    )


def _span(span: timedelta) -> str:
    """`-1:05:00`, days in front; short enough for a cell."""
    sign = "-" if span < timedelta(0) else ""
    return f"{sign}{str(abs(span)).partition('.')[0]}"
