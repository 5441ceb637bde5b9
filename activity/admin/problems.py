from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import linebreaksbr
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from activity.admin.common import LEVEL_TONES, SiteCodeFilter, shown_json, subject_link
from activity.masking import mask_text
from activity.models import Alert, SiteError
from activity.services import acknowledge_rows, close_rows, reopen_rows
from ecomsync.common.admin import (
    ActionForm,
    ReadOnlyAdmin,
    chip,
    code_text,
    object_action,
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


class MineFilter(admin.SimpleListFilter):
    title = _("assigned")
    parameter_name = "assigned"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("me", _("to me")), ("nobody", _("to nobody"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[SiteError]) -> QuerySet[SiteError]:
        if self.value() == "me":
            return queryset.filter(assigned_to=request.user.pk)
        return queryset.filter(assigned_to=None) if self.value() == "nobody" else queryset


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
    list_display = ("problem", "state_shown", "site_code", "record", "count", "seen", "assigned_to")
    list_filter = ("state", SiteCodeFilter, MineFilter, CauseFilter, "last_seen")
    list_select_related = ("assigned_to",)
    search_fields = ("code", "message", "subject_label", "=subject_id", "comment")
    search_help_text = _("Error code, record or words of the cause")
    status_counts = "state"
    object_actions = ("assign_to_me", "add_comment", "resolve", "reopen", "delete_error")
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

    @object_action(label=_("Assign to me"), visible=is_open)
    def assign_to_me(self, request: HttpRequest, queryset: QuerySet[SiteError], form: object = None) -> None:
        count = queryset.update(assigned_to=request.user.pk)
        messages.success(
            request,
            ngettext("%(count)s problem is yours.", "%(count)s problems are yours.", count)
            % {"count": count},
        )

    @object_action(label=_("Comment"), form=CommentForm)
    def add_comment(self, request: HttpRequest, queryset: QuerySet[SiteError], form: CommentForm) -> None:
        local = timezone.localtime().strftime("%Y-%m-%d %H:%M")
        line = f"{local} {request.user.get_username()}: {form.cleaned_data['comment'].strip()}"
        rows = list(queryset.only("pk", "comment"))
        for row in rows:
            row.comment = f"{row.comment}\n{line}".strip()
        SiteError.objects.bulk_update(rows, ["comment"], batch_size=200)
        messages.success(request, _t("The comment was added."))

    @object_action(label=_("Resolve"), visible=is_open, tone="primary")
    def resolve(self, request: HttpRequest, queryset: QuerySet[SiteError], form: object = None) -> None:
        count = close_rows(queryset, by=request.user.get_username())
        text = ngettext("%(count)s problem was resolved.", "%(count)s problems were resolved.", count)
        messages.success(request, text % {"count": count})

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
