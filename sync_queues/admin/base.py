"""What the lists of the three queues share: columns, filters, panels, and the work behind their actions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django.apps import apps
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from activity.admin.events import calls_of_trace
from ecomsync.common.admin import ReadOnlyAdmin, chip, code_text, link_to, state_chip, time_ago, yes_no
from ecomsync.common.remedies import remedy_for
from ecomsync.common.stored_text import in_reader_language
from sites.models import Site
from sync_queues.kick import kick
from sync_queues.models import FINISHED_STATES, PROBLEM_STATES, QueueKind, Request, State
from sync_queues.services.manage import DeleteReport, cancel, delete_finished, delete_requests, retry_selected
from sync_queues.services.reopen import ReopenReport

PERMISSION = "ecomsites.manage_requests"
CLASS_TONES = {"configuration": "warn", "permanent": "bad", "retryable": "info", "internal": "bad"}


def can_retry(row: Request) -> bool:
    """Failed and dead rows, and waiting ones that need not wait."""
    return row.state in (State.PENDING, *PROBLEM_STATES)


def can_cancel(row: Request) -> bool:
    return row.state in (State.PENDING, *PROBLEM_STATES)


def is_idle(row: Request) -> bool:
    return row.state != State.PROCESSING


class DueFilter(admin.SimpleListFilter):
    title = _("waiting time")
    parameter_name = "due"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("retry", _("waits for another attempt")), ("first", _("never tried"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "retry":
            return queryset.filter(state=State.PENDING, last_attempt_at__isnull=False)
        if self.value() == "first":
            return queryset.filter(state=State.PENDING, last_attempt_at__isnull=True)
        return queryset


class CauseFilter(admin.SimpleListFilter):
    """Causes of what failed; read from the few failed rows, never from the whole table."""

    title = _("cause")
    parameter_name = "error_code"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        problems = model_admin.model._default_manager.filter(state__in=PROBLEM_STATES)
        codes = problems.order_by("error_code").values_list("error_code", flat=True).distinct()
        return [(code, remedy_for(code, title=code).title) for code in codes if code]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(error_code=self.value()) if self.value() else queryset


class RequestAdmin(ReadOnlyAdmin):
    """Subclasses name their kind, their own columns and their actions under the documents' labels."""

    kind: ClassVar[QueueKind]
    own_facts: ClassVar[Sequence[str]] = ()
    list_filter: ClassVar[Any] = ("state", "error_class", DueFilter, "site", CauseFilter, "created_at")
    search_fields = ("=id", "=trace_id", "item__code", "item__name1", "item__name2", "error_message")
    search_help_text = _("Number, item code or name, trace, or words of the message")
    list_select_related: ClassVar[tuple[str, ...]] = ("site", "item")
    status_counts = "state"
    show_full_result_count = False
    panels_only = True
    fields = ("key",)

    # -- columns -------------------------------------------------------------
    @admin.display(description=_("number"), ordering="id")
    def number(self, row: Request) -> str:
        return f"#{row.pk}"

    @admin.display(description=_("site"), ordering="site__code")
    def site_code(self, row: Request) -> SafeString:
        return code_text(row.site.code)

    @admin.display(description=_("item"), ordering="item__code")
    def item_link(self, row: Request) -> SafeString:
        return link_to(row.item)

    @admin.display(description=_("state"), ordering="state")
    def status(self, row: Request) -> SafeString:
        return state_chip(row)

    @admin.display(description=_("retries"), ordering="retry_count")
    def tries(self, row: Request) -> int:
        return row.retry_count

    @admin.display(description=_("cause"), ordering="error_code")
    def cause(self, row: Request) -> str | Promise | SafeString:
        if not row.error_code:
            return in_reader_language(row.outcome)[:80] or SafeString("–")
        return remedy_for(row.error_code, title=in_reader_language(row.error_message)[:80]).title

    @admin.display(description=_("last attempt"), ordering="last_attempt_at")
    def attempted(self, row: Request) -> SafeString:
        return time_ago(row.last_attempt_at)

    @admin.display(description=_("next attempt"), ordering="not_before")
    def next_attempt(self, row: Request) -> SafeString:
        return time_ago(row.not_before) if row.state == State.PENDING else SafeString("–")

    # -- object page ---------------------------------------------------------
    def object_panels(self, request: HttpRequest, obj: Request) -> Sequence[dict[str, Any]]:
        wish = [
            (_("Site"), link_to(obj.site)),
            (_("Item"), link_to(obj.item)),
            *(
                (getattr(self.opts.get_field(name), "verbose_name", name), self._value(obj, name))
                for name in self.own_facts
            ),
            (_("Gathered changes"), obj.coalesced),
            (_("Key"), code_text(obj.key)),
        ]
        life = [
            (_("State"), state_chip(obj)),
            (_("Asked at"), time_ago(obj.created_at)),
            (_("Last attempt"), time_ago(obj.last_attempt_at)),
            (_("Next attempt"), self.next_attempt(obj)),
            (_("Retries"), obj.retry_count),
            (_("Completed"), time_ago(obj.completed_at)),
            (_("Outcome"), in_reader_language(obj.outcome) or "–"),
            (_("Related document"), self._document(obj)),
            (_("Trace"), code_text(obj.trace_id)),
        ]
        panels: list[dict[str, Any]] = [
            {"title": _("What was asked"), "facts": wish},
            {"title": _("Course"), "facts": life},
        ]
        if obj.error_code:
            panels.insert(0, self._error_panel(obj))
        panels.append({"title": _("Related requests"), "wide": True, "table": calls_of_trace(obj.trace_id)})
        return panels

    def _error_panel(self, obj: Request) -> dict[str, Any]:
        message, hint = in_reader_language(obj.error_message), in_reader_language(obj.remedy)
        remedy = remedy_for(obj.error_code, title=message, cure=hint)
        facts = [
            (_("Cause"), remedy.title),
            (_("Message"), message or "–"),
            (_("Remedy"), remedy.cure or "–"),
            (
                _("Kind of error"),
                chip(obj.get_error_class_display(), CLASS_TONES.get(obj.error_class, "mute")),
            ),
        ]
        if hint and hint != str(remedy.cure):
            facts.insert(3, (_("Hint of the shop's answer"), hint))
        return {"title": _("Error"), "facts": facts, "tone": "bad", "wide": True}

    def _value(self, obj: Request, name: str) -> object:
        value = getattr(obj, f"get_{name}_display", lambda: getattr(obj, name))()
        if value in (None, ""):
            return "–"
        if isinstance(value, bool):
            return yes_no(value)
        return link_to(value) if hasattr(value, "_meta") else value

    def _document(self, obj: Request) -> object:
        if not obj.document_type or obj.document_id is None:
            return "–"
        try:
            model = apps.get_model(obj.document_type)
        except LookupError:
            return f"{obj.document_type} {obj.document_id}"
        return link_to(model._default_manager.filter(pk=obj.document_id).first())

    # -- work behind the actions ---------------------------------------------
    def do_retry(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        ids = list(queryset.values_list("pk", flat=True))
        sites = set(queryset.order_by().values_list("site_id", flat=True))
        report = retry_selected(self.kind, ids, user=request.user)
        for site_id in sites:
            kick(site_id, self.kind)
        self._tell_retry(request, report)

    def _tell_retry(self, request: HttpRequest, report: ReopenReport) -> None:
        text = ngettext(
            "%(count)s request goes again now.", "%(count)s requests go again now.", report.reopened
        )
        messages.success(request, text % {"count": report.reopened})
        if report.joined:
            text = ngettext(
                "%(count)s request was set aside: a newer one of the same item waits already.",
                "%(count)s requests were set aside: newer ones of the same items wait already.",
                report.joined,
            )
            messages.info(request, text % {"count": report.joined})
        if report.refused:
            text = ngettext(
                "%(count)s request was left as it is: it is finished or being worked on.",
                "%(count)s requests were left as they are: they are finished or being worked on.",
                report.refused,
            )
            messages.warning(request, text % {"count": report.refused})

    def do_delete_finished(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Of the sites of the chosen rows, all finished ones: the action cleans up, it does not pick."""
        deleted = 0
        for site in Site.objects.filter(pk__in=set(queryset.order_by().values_list("site_id", flat=True))):
            deleted += delete_finished(self.kind, site=site, user=request.user)
        text = ngettext(
            "%(count)s finished request was deleted.", "%(count)s finished requests were deleted.", deleted
        )
        messages.success(request, text % {"count": deleted})

    def do_delete(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        report = delete_requests(self.kind, queryset.values_list("pk", flat=True), user=request.user)
        text = ngettext("%(count)s request was deleted.", "%(count)s requests were deleted.", report.deleted)
        messages.success(request, text % {"count": report.deleted})
        self._tell_kept(request, report)

    def do_cancel(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        report = cancel(self.kind, queryset.values_list("pk", flat=True), user=request.user)
        text = ngettext(
            "%(count)s request was cancelled.", "%(count)s requests were cancelled.", report.deleted
        )
        messages.success(request, text % {"count": report.deleted})
        self._tell_kept(request, report)

    def _tell_kept(self, request: HttpRequest, report: DeleteReport) -> None:
        if report.kept:
            text = ngettext(
                "%(count)s request was kept: a worker holds it, or it is finished.",
                "%(count)s requests were kept: workers hold them, or they are finished.",
                report.kept,
            )
            messages.warning(request, text % {"count": report.kept})


def ask_delete_finished(request: HttpRequest, queryset: QuerySet[Any]) -> str:
    """How many rows would go, over the sites of the chosen rows."""
    sites = set(queryset.order_by().values_list("site_id", flat=True))
    count = queryset.model._default_manager.filter(site_id__in=sites, state__in=FINISHED_STATES).count()
    text = ngettext(
        "Delete %(count)s finished request of the sites of the chosen lines? Failed and waiting ones stay.",
        "Delete all %(count)s finished requests of the sites of the chosen lines? Failed and waiting ones stay.",
        count,
    )
    return text % {"count": count}


def ask_delete(request: HttpRequest, queryset: QuerySet[Any]) -> str:
    """How many rows would go, and how many of them are unfinished."""
    rows = queryset.exclude(state=State.PROCESSING)
    count, waiting = rows.count(), rows.filter(state=State.PENDING).count()
    text = ngettext(
        "Delete %(count)s request, %(waiting)s of them not sent yet? What is not sent is lost for the shop until the "
        "item changes again or a full run is started.",
        "Delete %(count)s requests, %(waiting)s of them not sent yet? What is not sent is lost for the shop until the "
        "items change again or a full run is started.",
        count,
    )
    return text % {"count": count, "waiting": waiting}
