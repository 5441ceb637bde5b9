"""Category settings of the shops."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from import_export.admin import ImportExportMixin

from activity.models import Run
from catalog.admin.resources import CategoryConfigResource
from catalog.models import CategoryConfig, CategoryConfigLine, CategoryText
from catalog.services.categories import assign_products
from ecomsync.common.admin import BaseAdmin, OrderedTabularInline, code_text, object_action, time_ago
from sites.kick import publish_runs
from sites.models import Site
from sites.runs import refusal, request_run

SEND = "catalog.send_categoryconfig"


class CategoryTextInline(admin.TabularInline):  # type: ignore[type-arg]
    model = CategoryText
    extra = 0
    classes = ("tab-texts",)


class CategoryConfigLineInline(OrderedTabularInline):
    model = CategoryConfigLine
    autocomplete_fields = ("item_group",)
    verbose_name_plural = _("Details")
    classes = ("tab-category",)


@admin.register(CategoryConfig)
class CategoryConfigAdmin(ImportExportMixin, BaseAdmin):  # type: ignore[misc]
    """E-commerce Category Config."""

    resource_classes = (CategoryConfigResource,)
    list_display = ("code_", "title", "site_", "parent", "position", "products", "remote", "sent", "active")
    list_display_links = ("code_", "title")
    list_filter = ("site", "include_in_menu", "active")
    search_fields = ("code", "name1", "name2", "texts__name", "=remote_id")
    list_select_related = ("site", "parent")
    autocomplete_fields = ("site", "parent", "legal_entity", "branch", "department", "sector")
    inlines = (CategoryConfigLineInline, CategoryTextInline)
    object_actions = ("send_tree", "fetch_from_shop", "assign")
    tabs = (("category", _("Category")), ("texts", _("Texts")), ("organisation", _("Organisation")))
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "code", ("site", "parent"), ("name1", "name2"), ("position", "include_in_menu"), "image_url",
                    "remote_id", "active",
                ),
                "classes": ("tab-category",),
            },
        ),
        (
            _("Organisation"),
            {
                "fields": (
                    ("legal_entity", "branch"), ("department", "sector"), "description1", "description2",
                    "description3", "remarks",
                ),
                "classes": ("tab-organisation",),
            },
        ),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[CategoryConfig]:
        rows: QuerySet[CategoryConfig] = super().get_queryset(request)
        counted: QuerySet[CategoryConfig] = rows.annotate(
            number_of_products=Count("product_lines", distinct=True)
        )
        return counted

    @admin.display(description=_("code"), ordering="code")
    def code_(self, row: CategoryConfig) -> SafeString:
        return code_text(row.code)

    @admin.display(description=_("name"))
    def title(self, row: CategoryConfig) -> str:
        return row.display_name

    @admin.display(description=_("site"), ordering="site__code")
    def site_(self, row: CategoryConfig) -> SafeString:
        return code_text(row.site.code)

    @admin.display(description=_("products by hand"), ordering="number_of_products")
    def products(self, row: Any) -> int:
        return int(row.number_of_products)

    @admin.display(description=_("category id in the shop"), ordering="remote_id")
    def remote(self, row: CategoryConfig) -> SafeString:
        return code_text(row.remote_id)

    @admin.display(description=_("last sent"), ordering="last_sent_at")
    def sent(self, row: CategoryConfig) -> SafeString:
        return time_ago(row.last_sent_at)

    def object_panels(self, request: HttpRequest, obj: CategoryConfig) -> Sequence[dict[str, Any]]:
        facts = [
            (_("Category id in the shop"), code_text(obj.remote_id)),
            (_("Last sent"), time_ago(obj.last_sent_at)),
            (_("Subcategories"), obj.children.count()),
        ]
        return ({"title": _("In the shop"), "facts": facts},)

    @object_action(
        label=_("Send Tree"),
        permission=SEND,
        tone="primary",
        hint=_("Sends the whole tree of the site; what the shop has already is left out."),
    )
    def send_tree(
        self, request: HttpRequest, queryset: QuerySet[Any], form: forms.Form | None = None
    ) -> Run | None:
        return self._start(request, queryset, "send_categories")

    @object_action(label=_("Fetch From Shop"), permission=SEND)
    def fetch_from_shop(
        self, request: HttpRequest, queryset: QuerySet[Any], form: forms.Form | None = None
    ) -> Run | None:
        return self._start(request, queryset, "fetch_categories")

    @object_action(
        label=_("Assign Products"),
        permission=SEND,
        hint=_("Sends the products that the details of the category admit."),
    )
    def assign(self, request: HttpRequest, queryset: QuerySet[Any], form: forms.Form | None = None) -> None:
        number = assign_products(categories=queryset.select_related("site"))
        text = ngettext("%(count)s product is on its way.", "%(count)s products are on their way.", number)
        messages.success(request, text % {"count": number})

    def _start(self, request: HttpRequest, queryset: QuerySet[Any], action: str) -> Run | None:
        """One run per site of the chosen categories; the page of the run when there is just one."""
        runs = []
        for site in Site.objects.filter(pk__in=queryset.values("site_id")):
            reason = refusal(site, action)
            if reason:
                messages.error(request, f"{site.code}: {reason}")
                continue
            runs.append(request_run(site=site, action=action, user=request.user))
        transaction.on_commit(publish_runs)
        if len(runs) > 1:
            text = ngettext("%(count)s run was started.", "%(count)s runs were started.", len(runs))
            messages.success(request, text % {"count": len(runs)})
        return runs[0] if len(runs) == 1 else None
