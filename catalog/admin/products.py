"""Product settings of the shops."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from import_export.admin import ImportExportMixin

from catalog.admin.resources import ProductConfigResource
from catalog.models import (
    CategoryLine,
    CustomAttributeLine,
    GalleryLine,
    ProductAttributeLine,
    ProductConfig,
    ProductText,
)
from catalog.previews import describe_sheet
from catalog.services.products import disable_products, fetch_products, send_products
from catalog.sheets import SheetBuilder
from catalog.sheets.sources import load_sources
from ecomsync.common.admin import (
    BaseAdmin,
    OrderedTabularInline,
    ReportTable,
    chip,
    code_text,
    link_to,
    object_action,
    time_ago,
    yes_no,
)
from sites.models import Site
from sync_queues.kick import kick

SEND = "catalog.send_productconfig"
MAX_PREVIEW = 50
TONES = {"sent": "ok", "unchanged": "ok", "pending": "info", "failed": "bad"}


class ProductTextInline(admin.StackedInline):  # type: ignore[type-arg]
    model = ProductText
    extra = 0
    classes = ("tab-texts",)
    fieldsets = (
        (None, {"fields": (("language", "name"), "short_description", "description")}),
        (_("SEO"), {"fields": ("seo_title", "seo_description", "seo_keywords"), "classes": ("collapse",)}),
    )


class CategoryLineInline(OrderedTabularInline):
    model = CategoryLine
    autocomplete_fields = ("category",)
    classes = ("tab-categories",)


class CustomAttributeLineInline(OrderedTabularInline):
    model = CustomAttributeLine
    classes = ("tab-attributes",)


class ProductAttributeLineInline(OrderedTabularInline):
    model = ProductAttributeLine
    classes = ("tab-attributes",)


class GalleryLineInline(OrderedTabularInline):
    model = GalleryLine
    classes = ("tab-gallery",)
    readonly_fields = ("remote_id",)


@admin.register(ProductConfig)
class ProductConfigAdmin(ImportExportMixin, BaseAdmin):  # type: ignore[misc]
    """E-commerce Product Config."""

    resource_classes = (ProductConfigResource,)
    list_display = (
        "sku_",
        "title",
        "site_",
        "item_",
        "product_type",
        "status",
        "sent_status",
        "sent",
        "active",
    )
    list_display_links = ("sku_", "title")
    list_filter = ("site", "product_type", "status", "request_status", "visibility", "active")
    search_fields = (
        "code",
        "sku",
        "name1",
        "name2",
        "item__code",
        "item__name1",
        "item__name2",
        "=remote_id",
    )
    list_select_related = ("site", "item")
    status_counts = "request_status"
    autocomplete_fields = ("item", "site", "parent_product", "legal_entity", "branch", "department", "sector")
    inlines = (
        ProductTextInline,
        CategoryLineInline,
        ProductAttributeLineInline,
        CustomAttributeLineInline,
        GalleryLineInline,
    )
    object_actions = ("send_now", "preview", "disable_in_shop", "fetch_from_shop")
    tabs = (
        ("product", _("Product")),
        ("texts", _("Texts")),
        ("categories", _("Categories")),
        ("attributes", _("Attributes")),
        ("gallery", _("Gallery")),
        ("organisation", _("Organisation")),
    )
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("site", "item"), ("sku", "code"), ("product_type", "parent_product"), "attribute_set_id",
                    ("status", "visibility"), ("weight", "tax_class"), "active",
                ),
                "classes": ("tab-product",),
            },
        ),
        (
            _("Organisation"),
            {
                "fields": (
                    ("name1", "name2"), ("legal_entity", "branch"), ("department", "sector"), "description1",
                    "description2", "description3", "remarks",
                ),
                "classes": ("tab-organisation",),
            },
        ),
    )  # fmt: skip

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """The code may stay empty: it follows the SKU."""
        form = super().get_form(request, obj, change=change, **kwargs)
        if "code" in form.base_fields:
            form.base_fields["code"].required = False
        return form

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("site",) if obj is not None and obj.remote_id else ()

    @admin.display(description=_("SKU"), ordering="sku")
    def sku_(self, row: ProductConfig) -> SafeString:
        return code_text(row.sku)

    @admin.display(description=_("name"))
    def title(self, row: ProductConfig) -> str:
        return row.display_name or row.item.display_name

    @admin.display(description=_("site"), ordering="site__code")
    def site_(self, row: ProductConfig) -> SafeString:
        return code_text(row.site.code)

    @admin.display(description=_("item"), ordering="item__code")
    def item_(self, row: ProductConfig) -> SafeString:
        return link_to(row.item)

    @admin.display(description=_("request status"), ordering="request_status")
    def sent_status(self, row: ProductConfig) -> SafeString:
        return chip(row.get_request_status_display(), TONES.get(row.request_status, "mute"))

    @admin.display(description=_("last request sent"), ordering="last_request_sent")
    def sent(self, row: ProductConfig) -> SafeString:
        return time_ago(row.last_request_sent)

    def object_chip(self, obj: ProductConfig) -> object:
        return self.sent_status(obj)

    def object_panels(self, request: HttpRequest, obj: ProductConfig) -> Sequence[dict[str, Any]]:
        facts = [
            (_("Request status"), self.sent_status(obj)),
            (_("Last request sent"), time_ago(obj.last_request_sent)),
            (_("Answer of the shop"), obj.request_message or "–"),
            (_("Product id in the shop"), code_text(obj.remote_id)),
            (_("Parent id in the shop"), code_text(obj.remote_parent_id)),
        ]
        return ({"title": _("In the shop"), "facts": facts},)

    @object_action(label=_("Send Now"), permission=SEND, tone="primary", visible=lambda row: row.active)
    def send_now(self, request: HttpRequest, queryset: QuerySet[Any], form: forms.Form | None = None) -> None:
        number = send_products(configs=list(queryset.select_related("site")))
        self._kick(queryset)
        text = ngettext("%(count)s product is on its way.", "%(count)s products are on their way.", number)
        messages.success(request, text % {"count": number})

    @object_action(label=_("Preview"), permission="view", hint=_("Shows what would be sent; writes nothing."))
    def preview(
        self, request: HttpRequest, queryset: QuerySet[Any], form: forms.Form | None = None
    ) -> HttpResponse:
        rows = list(queryset.select_related("site")[:MAX_PREVIEW])
        row = rows[0] if len(rows) == 1 else None
        return self.report_response(
            request,
            title=_("Preview"),
            intro=_("This would be sent to the shop. Nothing was written."),
            tables=list(_preview_tables(rows)),
            row=row,
        )

    @object_action(
        label=_("Disable in Shop"),
        permission=SEND,
        tone="danger",
        confirm=_(
            "Switch the chosen products off in their shops? They are not deleted and can be sent again."
        ),
    )
    def disable_in_shop(
        self, request: HttpRequest, queryset: QuerySet[Any], form: forms.Form | None = None
    ) -> None:
        number = disable_products(configs=list(queryset.select_related("site")))
        self._kick(queryset)
        text = ngettext(
            "%(count)s product will be switched off.", "%(count)s products will be switched off.", number
        )
        messages.success(request, text % {"count": number})

    @object_action(label=_("Fetch From Shop"), permission=SEND)
    def fetch_from_shop(
        self, request: HttpRequest, queryset: QuerySet[Any], form: forms.Form | None = None
    ) -> None:
        report = fetch_products(configs=list(queryset.select_related("site")[:MAX_PREVIEW]))
        messages.success(
            request,
            _("Found in the shop: %(found)s; not there: %(missing)s.")
            % {"found": report.found, "missing": ", ".join(report.missing) or "–"},
        )

    def _kick(self, queryset: QuerySet[Any]) -> None:
        for site_id in set(queryset.values_list("site_id", flat=True)):
            kick(site_id, "item")


SHEET_MEMBERS = {
    "kind": _("product type"),
    "name": _("name"),
    "active": _("active"),
    "visible": _("visible"),
    "weight": _("weight"),
    "barcode": _("barcode"),
    "tax_class": _("tax class"),
    "category_ids": _("categories"),
    "image": _("image"),
}


def _preview_cell(name: str, value: str) -> tuple[object, object]:
    """A member of the sheet in words."""
    shown: object = yes_no(value == "True") if value in ("True", "False") else value
    return SHEET_MEMBERS.get(name, name), shown


def _preview_tables(rows: Sequence[ProductConfig]) -> Iterator[ReportTable]:
    by_site: dict[Site, list[ProductConfig]] = {}
    for row in rows:
        by_site.setdefault(row.site, []).append(row)
    for site, configs in by_site.items():
        sources = load_sources(site, {config.item_id for config in configs})
        builder = SheetBuilder(sources, site.capabilities)
        for config in configs:
            built = builder.build(sources.items[config.item_id])
            cells = [_preview_cell(*line.partition(": ")[::2]) for line in describe_sheet(built)]
            yield ReportTable(
                title=f"{site.code} · {config.sku}", columns=(_("Field"), _("Value")), rows=cells
            )
