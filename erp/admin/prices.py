"""Price lists and prices."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from import_export.admin import ImportExportMixin

from ecomsync.common.admin import BaseAdmin, amount_html, code_text, link
from erp.admin.resources import ItemPriceResource
from erp.admin.shared import NOTES, ORGANISATION, MasterAdmin
from erp.models import ItemPrice, PriceList


@admin.register(PriceList)
class PriceListAdmin(MasterAdmin):
    """The prices themselves have a list of their own: there may be a hundred thousand."""

    list_display = (
        "code",
        "name1",
        "name2",
        "currency",
        "prices_include_tax",
        "priority",
        "parent",
        "prices_",
        "active",
    )
    list_filter = ("active", "currency", "prices_include_tax")
    list_select_related = ("parent",)
    autocomplete_fields = ("parent",)
    filter_horizontal = ("customer_groups",)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("code", "active"),
                    ("name1", "name2"),
                    ("currency", "prices_include_tax"),
                    ("valid_from", "valid_to"),
                    ("parent", "priority"),
                    "customer_groups",
                )
            },
        ),
        ORGANISATION,
        NOTES,
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[PriceList]:
        rows: QuerySet[PriceList] = super().get_queryset(request)
        return rows.annotate(price_count=Count("prices"))

    @admin.display(description=_("prices"), ordering="price_count")
    def prices_(self, row: Any) -> SafeString:
        url = reverse("admin:erp_itemprice_changelist")
        return link(f"{url}?price_list__id__exact={row.pk}", row.price_count)


@admin.register(ItemPrice)
class ItemPriceAdmin(ImportExportMixin, BaseAdmin):  # type: ignore[misc]
    resource_classes = (ItemPriceResource,)
    list_display = (
        "item_",
        "price_list",
        "price_",
        "special_",
        "min_quantity",
        "customer",
        "valid_from",
        "valid_to",
    )
    list_filter = ("price_list", "valid_from", ("customer", admin.RelatedOnlyFieldListFilter))
    search_fields = ("item__code", "item__name1", "item__name2")
    list_select_related = ("item", "price_list", "customer")
    autocomplete_fields = ("item", "price_list", "customer")

    @admin.display(description=_("item"), ordering="item__code")
    def item_(self, row: ItemPrice) -> SafeString:
        return code_text(row.item.code)

    @admin.display(description=_("price"), ordering="price")
    def price_(self, row: ItemPrice) -> SafeString:
        return amount_html(row.price, row.price_list.currency)

    @admin.display(description=_("special price"), ordering="special_price")
    def special_(self, row: ItemPrice) -> SafeString:
        return amount_html(row.special_price, row.price_list.currency)
