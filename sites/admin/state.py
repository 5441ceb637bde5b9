"""Cursors: to be read, and set back by those who want older records again."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminSplitDateTime
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from ecomsync.common.admin import ReadOnlyAdmin, chip, object_action, time_ago
from ecomsync.common.stored_text import in_reader_language
from sites.models import SyncCursor
from sites.services import cursors


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
