"""Headers of the item linker, with counts by state, the run that matches, and the review of what it left open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from activity.models import Run
from ecomsync.common.admin import (
    STATE_TONES,
    BaseAdmin,
    chip,
    code_text,
    link,
    link_to,
    object_action,
    time_ago,
)
from ecomsync.common.stored_text import in_reader_language
from linking.admin.review import OPEN_STATES, review_view
from linking.models import ItemLinker, ItemLinkerLine, LinkState
from sites.kick import publish_runs
from sites.runs import PUSH, refusal, request_run


@admin.register(ItemLinker)
class ItemLinkerAdmin(BaseAdmin):
    """Item Link File with Magento Site."""

    list_display = ("code_", "title", "site_link", "matching_rule", "linked", "to_review", "ran", "active")
    list_display_links = ("code_", "title")
    list_filter = ("site", "matching_rule", "active")
    search_fields = ("code", "name1", "name2", "site__code")
    list_select_related = ("site", "last_run")
    autocomplete_fields = ("site",)
    object_actions = ("link_items", "review_candidates")
    tabs = (("linking", _("Linking")), ("organisation", _("Organisation")))
    fieldsets = (
        (
            None,
            {
                "fields": ("code", "name1", "name2", "site", "matching_rule", "expression", "active"),
                "classes": ("tab-linking",),
            },
        ),
        (
            _("Organisation"),
            {"fields": ("legal_entity", "branch", "department", "sector"), "classes": ("tab-organisation",)},
        ),
        (
            _("Descriptions"),
            {
                "fields": ("description1", "description2", "description3", "remarks"),
                "classes": ("tab-organisation",),
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        counted: QuerySet[Any] = rows.annotate(
            linked_count=Count("details", filter=Q(details__state=LinkState.LINKED)),
            open_count=Count("details", filter=Q(details__state__in=OPEN_STATES)),
        )
        return counted

    def get_urls(self) -> list[URLPattern]:
        own = path(
            "<int:linker_id>/review/",
            self.admin_site.admin_view(self.review),
            name="linking_itemlinker_review",
        )
        return [own, *super().get_urls()]

    def review(self, request: HttpRequest, linker_id: int) -> HttpResponse:
        """Products and their candidates side by side."""
        return review_view(self, request, linker_id)

    @admin.display(description=_("code"), ordering="code")
    def code_(self, row: ItemLinker) -> SafeString:
        return code_text(row.code)

    @admin.display(description=_("name"))
    def title(self, row: ItemLinker) -> str:
        return row.display_name or "–"

    @admin.display(description=_("site"), ordering="site__code")
    def site_link(self, row: ItemLinker) -> SafeString:
        return link_to(row.site)

    @admin.display(description=_("linked"), ordering="linked_count")
    def linked(self, row: Any) -> SafeString:
        return link(lines_url(row, LinkState.LINKED), row.linked_count)

    @admin.display(description=_("to review"), ordering="open_count")
    def to_review(self, row: Any) -> SafeString:
        if not row.open_count:
            return SafeString("–")
        return link(reverse("admin:linking_itemlinker_review", args=[row.pk]), chip(row.open_count, "warn"))

    @admin.display(description=_("last run"), ordering="last_run__created_at")
    def ran(self, row: ItemLinker) -> SafeString:
        return time_ago(row.last_run.created_at) if row.last_run else SafeString("–")

    def object_panels(self, request: HttpRequest, obj: ItemLinker) -> Sequence[dict[str, Any]]:
        counts = dict(obj.details.order_by().values_list("state").annotate(number=Count("pk")))
        states = [
            (label, link(lines_url(obj, value), chip(counts.get(value, 0), STATE_TONES.get(value, "mute"))))
            for value, label in LinkState.choices
        ]
        run = obj.last_run
        facts = [
            (_("Site"), link_to(obj.site)),
            (_("Last run"), link(run.get_absolute_url(), run) if run else "–"),
            (_("Result"), in_reader_language(run.message) if run else "–"),
            (_("Lines"), link(lines_url(obj), _("Open, search, import and export the lines"))),
        ]
        return (
            {"title": _("Details"), "facts": [*states]},
            {"title": _("Linking"), "facts": facts},
        )

    @object_action(label=_("Link Items"), permission=PUSH, tone="primary")
    def link_items(
        self, request: HttpRequest, queryset: QuerySet[Any], form: forms.Form | None = None
    ) -> Run | None:
        run = None
        for linker in queryset.select_related("site"):
            reason = refusal(linker.site, "link_items")
            if reason:
                messages.warning(request, f"{linker.site.code}: {reason}")
                continue
            run = request_run(site=linker.site, action="link_items", user=request.user)
        transaction.on_commit(publish_runs)
        return run

    @object_action(
        label=_("Review Candidates"),
        permission="linking.change_itemlinkerline",
        on_list=False,
        visible=lambda linker: ItemLinkerLine.objects.filter(linker=linker, state__in=OPEN_STATES).exists(),
    )
    def review_candidates(
        self, request: HttpRequest, queryset: QuerySet[Any], form: forms.Form | None = None
    ) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:linking_itemlinker_review", args=[queryset.get().pk]))


def lines_url(linker: ItemLinker, state: str = "") -> str:
    """The list of the linker's lines, of one state or of all."""
    address = f"{reverse('admin:linking_itemlinkerline_changelist')}?linker__id__exact={linker.pk}"
    return f"{address}&state__exact={state}" if state else address
