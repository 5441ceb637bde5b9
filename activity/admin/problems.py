from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django import forms
from django.apps import apps
from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.template.defaultfilters import linebreaksbr
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from activity.admin.common import LEVEL_TONES, SiteCodeFilter, shown_json, subject_link
from activity.admin.problems_csv import problems_csv
from activity.masking import mask_text
from activity.models import Alert, SiteError
from activity.problem_kinds import kind_of
from activity.services import acknowledge_rows, reopen_rows
from activity.services.problem_work import assign_rows, comment_rows, resolve_rows, retry_rows
from ecomsync.common.admin import (
    ActionForm,
    ReadOnlyAdmin,
    chip,
    code_text,
    object_action,
    show_error,
    state_chip,
    time_ago,
)
from ecomsync.common.remedies import remedy_for
from ecomsync.common.stored_text import in_reader_language


class CommentForm(ActionForm):
    comment = forms.CharField(
        label=_("comment"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Added with your name and the time."),
    )


def is_open(row: SiteError) -> bool:
    return row.state == SiteError.State.OPEN


def can_retry(row: SiteError) -> bool:
    return is_open(row) and kind_of(row) is not None


def is_resolved(row: SiteError) -> bool:
    return row.state == SiteError.State.RESOLVED


def count_text(request: HttpRequest, queryset: QuerySet[SiteError]) -> str:
    count = queryset.count()
    text = ngettext(
        "Delete %(count)s problem for good? An open cause is reported again when it occurs again.",
        "Delete %(count)s problems for good? An open cause is reported again when it occurs again.",
        count,
    )
    return text % {"count": count}


class AssignForm(ActionForm):
    """Who takes care of the problems."""

    assigned_to = forms.ModelChoiceField(
        queryset=get_user_model().objects.none(),
        label=_("assigned to"),
        required=False,
        empty_label=_("nobody"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["assigned_to"].queryset = staff_members()  # type: ignore[attr-defined]


def staff_members() -> QuerySet[Any]:
    """Whoever may work in the admin."""
    people: QuerySet[Any] = get_user_model().objects.filter(is_active=True, is_staff=True)
    return people.order_by("username")


class AssigneeFilter(admin.SimpleListFilter):
    title = _("assigned")
    parameter_name = "assigned"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        busy = SiteError.objects.exclude(assigned_to=None).exclude(assigned_to=request.user.pk).order_by()
        people = get_user_model().objects.filter(pk__in=busy.values("assigned_to")).order_by("username")
        return [
            ("me", _("to me")),
            ("nobody", _("to nobody")),
            *((str(person.pk), person.get_username()) for person in people),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[SiteError]) -> QuerySet[SiteError]:
        chosen = self.value() or ""
        if chosen == "me":
            return queryset.filter(assigned_to=request.user.pk)
        if chosen == "nobody":
            return queryset.filter(assigned_to=None)
        return queryset.filter(assigned_to=int(chosen)) if chosen.isdigit() else queryset


class AgeFilter(admin.SimpleListFilter):
    """How long ago the problem was seen first."""

    title = _("age")
    parameter_name = "age"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("hour", _("up to an hour")),
            ("day", _("up to a day")),
            ("older", _("more than a day")),
            ("week", _("more than a week")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[SiteError]) -> QuerySet[SiteError]:
        now = timezone.now()
        ranges = {
            "hour": {"first_seen__gte": now - timedelta(hours=1)},
            "day": {"first_seen__gte": now - timedelta(days=1)},
            "older": {"first_seen__lt": now - timedelta(days=1)},
            "week": {"first_seen__lt": now - timedelta(days=7)},
        }
        chosen = ranges.get(self.value() or "")
        return queryset.filter(**chosen) if chosen else queryset


class RecordFilter(admin.SimpleListFilter):
    """What the problems are about: orders, returns, requests, events, sites."""

    title = _("record type")
    parameter_name = "about"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        types = SiteError.objects.order_by("subject_type").values_list("subject_type", flat=True).distinct()
        return [(name, type_label(name)) for name in types if name]

    def queryset(self, request: HttpRequest, queryset: QuerySet[SiteError]) -> QuerySet[SiteError]:
        return queryset.filter(subject_type=self.value()) if self.value() else queryset


def type_label(name: str) -> str:
    """What people call a model; its name when it is not installed."""
    try:
        return capfirst(str(apps.get_model(name)._meta.verbose_name))
    except (LookupError, ValueError):
        return name


class CauseFilter(admin.SimpleListFilter):
    """The causes that occur, in words."""

    title = _("cause")
    parameter_name = "code"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        codes = model_admin.model._default_manager.order_by("code").values_list("code", flat=True).distinct()
        return [(code, remedy_for(code, title=code).title) for code in codes]

    def queryset(self, request: HttpRequest, queryset: QuerySet[SiteError]) -> QuerySet[SiteError]:
        return queryset.filter(code=self.value()) if self.value() else queryset


@admin.register(SiteError)
class SiteErrorAdmin(ReadOnlyAdmin):
    list_display = ("problem", "state_shown", "site_code", "record", "count", "began", "seen", "assigned_to")
    list_filter = ("state", SiteCodeFilter, CauseFilter, AssigneeFilter, AgeFilter, RecordFilter)
    list_select_related = ("assigned_to",)
    search_fields = ("code", "message", "subject_label", "=subject_id", "comment")
    search_help_text = _("Error code, record or words of the cause")
    status_counts = "state"
    object_actions = (
        "retry",
        "assign_to_me",
        "assign",
        "add_comment",
        "resolve",
        "reopen",
        "export_csv",
        "delete_error",
    )
    fields = ("comment",)
    panels_only = True

    @admin.display(description=_("problem"), ordering="code")
    def problem(self, row: SiteError) -> SafeString:
        remedy = row.remedy
        return format_html(
            '<b>{}</b><br><bdi class="quiet">{}</bdi>',
            remedy.title,
            mask_text(in_reader_language(row.message)[:160]),
        )

    @admin.display(description=_("state"), ordering="state")
    def state_shown(self, row: SiteError) -> SafeString:
        return state_chip(row)

    @admin.display(description=_("record"))
    def record(self, row: SiteError) -> SafeString:
        return subject_link(row)

    @admin.display(description=_("last seen"), ordering="last_seen")
    def seen(self, row: SiteError) -> SafeString:
        return time_ago(row.last_seen)

    @admin.display(description=_("first seen"), ordering="first_seen")
    def began(self, row: SiteError) -> SafeString:
        return time_ago(row.first_seen)

    @object_action(
        label=_("Try again"),
        visible=can_retry,
        tone="primary",
        hint=_("The order, return, request, message or event that each problem is about goes again."),
    )
    def retry(self, request: HttpRequest, queryset: QuerySet[SiteError], form: object = None) -> None:
        report = retry_rows(queryset, user=request.user)
        if report.again:
            text = ngettext("%(count)s record goes again.", "%(count)s records go again.", report.again)
            messages.success(request, text % {"count": report.again})
        if report.left:
            text = ngettext(
                "%(count)s problem has nothing that could be tried again now.",
                "%(count)s problems have nothing that could be tried again now.",
                report.left,
            )
            messages.warning(request, text % {"count": report.left})
        if report.refused:
            text = ngettext(
                "%(count)s problem was left out: you may not try its record again.",
                "%(count)s problems were left out: you may not try their records again.",
                report.refused,
            )
            messages.error(request, text % {"count": report.refused})
        for error in report.errors:
            show_error(request, error)

    @object_action(label=_("Assign to me"), visible=is_open)
    def assign_to_me(self, request: HttpRequest, queryset: QuerySet[SiteError], form: object = None) -> None:
        count = assign_rows(queryset, to=request.user, by=request.user.get_username())  # type: ignore[arg-type]
        messages.success(
            request,
            ngettext("%(count)s problem is yours.", "%(count)s problems are yours.", count)
            % {"count": count},
        )

    @object_action(label=_("Assign"), form=AssignForm, visible=is_open)
    def assign(self, request: HttpRequest, queryset: QuerySet[SiteError], form: AssignForm) -> None:
        chosen = form.cleaned_data["assigned_to"]
        count = assign_rows(queryset, to=chosen, by=request.user.get_username())
        text = ngettext("%(count)s problem was assigned.", "%(count)s problems were assigned.", count)
        messages.success(request, text % {"count": count})

    @object_action(label=_("Comment"), form=CommentForm)
    def add_comment(self, request: HttpRequest, queryset: QuerySet[SiteError], form: CommentForm) -> None:
        comment_rows(queryset, text=form.cleaned_data["comment"], by=request.user.get_username())
        messages.success(request, _t("The comment was added."))

    @object_action(label=_("Resolve"), visible=is_open)
    def resolve(self, request: HttpRequest, queryset: QuerySet[SiteError], form: object = None) -> None:
        count = resolve_rows(queryset, by=request.user.get_username())
        text = ngettext("%(count)s problem was resolved.", "%(count)s problems were resolved.", count)
        messages.success(request, text % {"count": count})

    @object_action(
        label=_("Export as CSV"),
        permission="view",
        on_object=False,
        hint=_("The chosen problems as a table."),
    )
    def export_csv(
        self, request: HttpRequest, queryset: QuerySet[SiteError], form: object = None
    ) -> StreamingHttpResponse:
        return problems_csv(queryset)

    @object_action(label=_("Reopen"), visible=is_resolved)
    def reopen(self, request: HttpRequest, queryset: QuerySet[SiteError], form: object = None) -> None:
        opened, kept = reopen_rows(queryset)
        text = ngettext("%(count)s problem is open again.", "%(count)s problems are open again.", opened)
        messages.success(request, text % {"count": opened})
        if kept:
            messages.warning(
                request, _t("%(count)s stay resolved: the same problem is open already.") % {"count": kept}
            )

    @object_action(label=_("Delete Error"), permission="delete", confirm=count_text, tone="danger")
    def delete_error(self, request: HttpRequest, queryset: QuerySet[SiteError], form: object = None) -> None:
        count, _kinds = queryset.delete()
        text = ngettext("%(count)s problem was deleted.", "%(count)s problems were deleted.", count)
        messages.success(request, text % {"count": count})

    def object_panels(self, request: HttpRequest, obj: SiteError) -> Sequence[dict[str, Any]]:
        remedy = obj.remedy
        told = mask_text(in_reader_language(obj.message))
        cure = [format_html("<p><b>{}</b></p><p><bdi>{}</bdi></p>", remedy.title, told)]
        cure.append(format_html("<p><b>{}</b> {}</p>", _("What to do:"), remedy.cure or "–"))
        if obj.link:
            cure.append(
                format_html(
                    '<p><a class="button plain" href="{}">{}</a></p>', obj.link, _("Open the setting")
                )
            )
        facts = [
            (_("Site"), obj.site_code or "–"),
            (_("Record"), subject_link(obj)),
            (_("Error code"), code_text(obj.code)),
            (_("Times seen"), obj.count),
            (_("First seen"), time_ago(obj.first_seen)),
            (_("Last seen"), time_ago(obj.last_seen)),
            (_("Assigned to"), obj.assigned_to or "–"),
        ]
        if obj.comment:
            facts.append((_("Comment"), linebreaksbr(obj.comment)))
        if not is_open(obj):
            facts.append(
                (
                    _("Resolved"),
                    format_html("{} · {}", time_ago(obj.resolved_at), obj.resolved_by or _("by itself")),
                )
            )
        return (
            {
                "title": _("Cause and cure"),
                "text": format_html("{}" * len(cure), *cure),
                "tone": "bad" if is_open(obj) else "ok",
            },
            {"title": _("Facts"), "facts": facts},
            {"title": _("Details"), "text": shown_json(request, obj.details), "wide": True},
        )


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdmin):
    list_display = ("text", "level_chip", "site_code", "code", "count", "raised", "seen_by")
    list_filter = ("level", SiteCodeFilter, ("acknowledged_at", admin.EmptyFieldListFilter), "code")
    search_fields = ("code", "message", "site_code")
    object_actions = ("acknowledge",)
    status_counts = "level"
    fields = ("message",)
    panels_only = True

    @admin.display(description=_("message"))
    def text(self, row: Alert) -> str:
        return mask_text(in_reader_language(row.message)[:160])

    @admin.display(description=_("level"), ordering="level")
    def level_chip(self, row: Alert) -> SafeString:
        return chip(row.get_level_display(), LEVEL_TONES.get(row.level, "mute"))

    @admin.display(description=_("raised"), ordering="last_raised_at")
    def raised(self, row: Alert) -> SafeString:
        return time_ago(row.last_raised_at)

    @admin.display(description=_("acknowledged"), ordering="acknowledged_at")
    def seen_by(self, row: Alert) -> SafeString:
        return (
            chip(row.acknowledged_by or _("by itself"), "ok") if row.acknowledged else chip(_("open"), "bad")
        )

    def object_chip(self, obj: Alert) -> object:
        return self.seen_by(obj)

    @object_action(label=_("Acknowledge"), visible=lambda row: not row.acknowledged, tone="primary")
    def acknowledge(self, request: HttpRequest, queryset: QuerySet[Alert], form: object = None) -> None:
        count = acknowledge_rows(queryset, by=request.user.get_username())
        text = ngettext("%(count)s alert was acknowledged.", "%(count)s alerts were acknowledged.", count)
        messages.success(request, text % {"count": count})

    def object_panels(self, request: HttpRequest, obj: Alert) -> Sequence[dict[str, Any]]:
        facts = [
            (_("Message"), mask_text(in_reader_language(obj.message))),
            (_("Site"), obj.site_code or "–"),
            (_("Alert code"), code_text(obj.code)),
            (_("Times raised"), obj.count),
            (_("Raised at"), time_ago(obj.created_at)),
            (_("Last raised at"), time_ago(obj.last_raised_at)),
            (_("Mail sent at"), time_ago(obj.notified_at)),
        ]
        return (
            {"title": _("Alert"), "facts": facts},
            {"title": _("Details"), "text": shown_json(request, obj.details)},
        )
