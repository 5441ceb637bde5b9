from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from activity.admin.common import LEVEL_TONES, SiteCodeFilter, shown_json, subject_link
from activity.masking import mask_text
from activity.models import Run, RunNote
from activity.models.runs import EXTRA_OUTCOMES, OUTCOMES
from activity.services import cancel_runs
from ecomsync.common.admin import ReadOnlyAdmin, chip, object_action, state_chip, time_ago
from ecomsync.common.remedies import known_codes, remedy_for
from ecomsync.common.stored_text import in_reader_language

NOTES_PER_PAGE = 100
OUTCOME_LABELS = {
    "created": _("created"),
    "updated": _("updated"),
    "unchanged": _("unchanged"),
    "held": _("held"),
    "failed": _("failed"),
    "pushed": _("sent"),
    "skipped": _("skipped"),
}
COUNT_LABELS = {
    "returns": _("returns"),
    "state_linked": _("linked"),
    "state_candidate": _("candidates"),
    "state_conflict": _("conflicts"),
    "state_unlinked": _("without item"),
    "state_item_missing": _("without item"),
    "state_remote_missing": _("gone from the shop"),
    "switched_off": _("switched off in the shop"),
    "set_aside": _("earlier requests set aside"),
    "named": _("named in the complete file"),
    "list_prices": _("prices of lists asked for"),
    "differences_open": _("differences open"),
    "differences_repaired": _("differences repaired since"),
    "differences_gone": _("differences gone by themselves"),
    "differences_waiting": _("changes on their way"),
}
ALWAYS = ("created", "updated", "unchanged", "held", "failed")


def may_cancel(run: Run) -> bool:
    return not run.is_over


class ActionFilter(admin.SimpleListFilter):
    """The actions that were run, under the names of their buttons."""

    title = _("action")
    parameter_name = "action"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        rows = model_admin.model._default_manager.order_by("action").values_list("action", "title").distinct()
        return sorted({action: in_reader_language(title) or action for action, title in rows}.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Run]) -> QuerySet[Run]:
        return queryset.filter(action=self.value()) if self.value() else queryset


@admin.register(Run)
class RunAdmin(ReadOnlyAdmin):
    change_form_template = "admin/activity/run/change_form.html"
    list_display = (
        "name",
        "state_shown",
        "site_code",
        "bar",
        "found",
        "held",
        "failed",
        "asked",
        "took",
        "started_by",
    )
    list_filter = ("state", SiteCodeFilter, ActionFilter, "created_at")
    list_select_related = ("started_by",)
    search_fields = ("action", "title", "site_code", "=trace_id", "message")
    date_hierarchy = "created_at"
    status_counts = "state"
    object_actions = ("cancel",)
    fields = ("message",)
    panels_only = True

    @admin.display(description=_("run"), ordering="action")
    def name(self, row: Run) -> str:
        return in_reader_language(row.title) or row.action

    @admin.display(description=_("state"), ordering="state")
    def state_shown(self, row: Run) -> SafeString:
        if row.state == Run.State.FINISHED and (row.failed or row.held or not row.adds_up):
            return chip(_("finished with problems"), "warn")
        return state_chip(row)

    @admin.display(description=_("progress"))
    def bar(self, row: Run) -> SafeString:
        return format_html('<progress max="100" value="{}">{} %</progress>', row.percent, row.percent)

    @admin.display(description=_("asked"), ordering="created_at")
    def asked(self, row: Run) -> SafeString:
        return time_ago(row.created_at)

    @admin.display(description=_("duration"))
    def took(self, row: Run) -> str:
        return "–" if row.seconds is None else f"{row.seconds:.1f} s"

    @object_action(
        label=_("Cancel run"),
        permission="activity.cancel_run",
        visible=may_cancel,
        confirm=_("Cancel the run? What it has done stays done; it stops at the next record."),
        tone="danger",
    )
    def cancel(self, request: HttpRequest, queryset: QuerySet[Run], form: object = None) -> None:
        count = cancel_runs(queryset, by=request.user.get_username())
        text = ngettext("%(count)s run was cancelled.", "%(count)s runs were cancelled.", count)
        messages.success(request, text % {"count": count})

    def object_chip(self, obj: Run) -> object:
        return self.state_shown(obj)

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any | None = None,
    ) -> HttpResponse:
        if obj is not None:
            context["report"] = run_report(request, obj)
        return super().render_change_form(
            request, context, add=add, change=change, form_url=form_url, obj=obj
        )


#: Actions whose result has a page of its own: action -> its address by name and what the link says.
RESULT_PAGES: Mapping[str, tuple[str, Any]] = {
    "compare_orders": ("admin:orders_order_comparison", _("Show the differences")),
    "reconcile": ("admin:activity_difference_of_run", _("Show the differences")),
    "reconcile_orders": ("admin:activity_difference_of_run", _("Show the differences")),
    "repair_differences": ("admin:activity_difference_of_repair", _("Show the differences")),
}


def result_page(run: Run) -> dict[str, Any] | None:
    """Where the result is looked at, once there is one."""
    name, label = RESULT_PAGES.get(run.action, ("", ""))
    if not name or not (run.found or run.is_over):
        return None
    try:
        return {"url": reverse(name, args=[run.pk]), "label": label}
    except NoReverseMatch:
        return None  # the page belongs to an app that is not installed


def run_report(request: HttpRequest, run: Run) -> dict[str, Any]:
    """Everything the report page shows."""
    pages = Paginator(run.notes.order_by("id"), NOTES_PER_PAGE)
    notes = pages.get_page(request.GET.get("notes", 1))
    outcomes = [
        {"name": name, "label": OUTCOME_LABELS[name], "value": value}
        for name in (*OUTCOMES, *EXTRA_OUTCOMES)
        if (value := _outcome(run, name)) or name in ALWAYS
    ]
    others = {
        COUNT_LABELS.get(name, name): value
        for name, value in run.counts.items()
        if name not in EXTRA_OUTCOMES
    }
    calls = f"{reverse('admin:activity_apicall_changelist')}?run__id__exact={run.pk}"
    return {
        "run": run,
        "message": in_reader_language(run.message),
        "progress_url": reverse("run-progress", args=[run.pk]) if not run.is_over else "",
        "outcomes": outcomes,
        "others": others,
        "missing": run.found - run.accounted,
        "notes": notes,
        "note_rows": [_note_row(note) for note in notes],
        "params": shown_json(request, run.params),
        "calls_url": calls,
        "calls": run.calls.count(),
        "result": result_page(run),
        "events_url": f"{reverse('admin:activity_event_changelist')}?q={run.trace_id}"
        if run.trace_id
        else "",
    }


def _outcome(run: Run, name: str) -> int:
    return int(run.counts.get(name, 0)) if name in EXTRA_OUTCOMES else int(getattr(run, name))


def _note_row(note: RunNote) -> dict[str, Any]:
    remedy = remedy_for(note.code) if note.code in known_codes() else None
    return {
        "chip": chip(note.get_level_display(), LEVEL_TONES.get(note.level, "mute")),
        "record": subject_link(note),
        "message": mask_text(in_reader_language(note.message)),
        "remedy": remedy,
    }
