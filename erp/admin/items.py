"""Items."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from import_export.admin import ImportExportMixin

from ecomsync.common.admin import (
    OrderedTabularInline,
    ReadOnlyTabularInline,
    ReportTable,
    amount_html,
    chip,
    code_text,
    format_quantity,
    link_to,
)
from erp.admin.resources import ItemResource
from erp.admin.shared import NOTES, ORGANISATION, MasterAdmin
from erp.models import (
    Item,
    ItemAttributeValue,
    ItemBarcode,
    ItemImage,
    ItemPrice,
    ItemType,
    ItemUnit,
    KitComponent,
    StockBalance,
)

MAX_VARIANTS = 100


class BarcodeInline(OrderedTabularInline):
    model = ItemBarcode
    classes = ("tab-general",)


class UnitInline(OrderedTabularInline):
    model = ItemUnit
    classes = ("tab-general",)


class AttributeInline(admin.TabularInline):  # type: ignore[type-arg]
    model = ItemAttributeValue
    extra = 0
    classes = ("tab-variants",)


class ComponentInline(OrderedTabularInline):
    model = KitComponent
    fk_name = "kit"
    classes = ("tab-variants",)
    autocomplete_fields = ("component",)


class ImageInline(admin.TabularInline):  # type: ignore[type-arg]
    model = ItemImage
    extra = 0
    classes = ("tab-images",)


class PriceInline(admin.TabularInline):  # type: ignore[type-arg]
    model = ItemPrice
    extra = 0
    classes = ("tab-prices",)
    autocomplete_fields = ("customer",)
    show_change_link = True


class StockInline(ReadOnlyTabularInline):
    model = StockBalance
    classes = ("tab-stock",)
    verbose_name_plural = _("stock per warehouse")
    fields = ("warehouse", "on_hand_", "reserved_", "incoming_", "safety_", "available_", "updated_at")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[StockBalance]:
        rows: QuerySet[StockBalance] = super().get_queryset(request)
        return rows.select_related("item", "warehouse")

    @admin.display(description=_("on hand"))
    def on_hand_(self, row: StockBalance) -> str:
        return format_quantity(row.on_hand)

    @admin.display(description=_("reserved"))
    def reserved_(self, row: StockBalance) -> str:
        return format_quantity(row.reserved)

    @admin.display(description=_("incoming"))
    def incoming_(self, row: StockBalance) -> str:
        return format_quantity(row.incoming)

    @admin.display(description=_("safety stock"))
    def safety_(self, row: StockBalance) -> str:
        return format_quantity(row.effective_safety_stock)

    @admin.display(description=_("available"))
    def available_(self, row: StockBalance) -> SafeString:
        return chip(format_quantity(row.available), "ok" if row.available > 0 else "bad")


@admin.register(Item)
class ItemAdmin(ImportExportMixin, MasterAdmin):  # type: ignore[misc]
    """Items with everything that belongs to them."""

    resource_classes = (ItemResource,)
    list_display = (
        "code_",
        "name1",
        "name2",
        "type_chip",
        "item_group",
        "price_",
        "on_hand_",
        "sellable",
        "active",
    )
    list_display_links = ("code_",)
    list_filter = (
        "item_type",
        "active",
        "sellable",
        ("item_group", admin.RelatedOnlyFieldListFilter),
        ("brand", admin.RelatedOnlyFieldListFilter),
        ("tax_plan", admin.RelatedOnlyFieldListFilter),
    )
    search_fields = ("code", "name1", "name2", "barcodes__barcode")
    list_select_related = ("item_group",)
    autocomplete_fields = ("variant_of", "item_group", "brand")
    status_counts = "item_type"
    tabs = (
        ("general", _("General")),
        ("prices", _("Prices")),
        ("stock", _("Stock")),
        ("variants", _("Variants and kits")),
        ("texts", _("Texts")),
        ("images", _("Images")),
    )
    fieldsets = (
        (
            None,
            {
                "classes": ("tab-general",),
                "fields": (
                    ("code", "active", "sellable"),
                    ("name1", "name2"),
                    ("item_type", "variant_of"),
                    ("item_group", "brand"),
                    ("base_unit", "tax_plan"),
                ),
            },
        ),
        (
            _("Measures and customs"),
            {
                "classes": ("tab-general",),
                "fields": (
                    ("weight", "weight_unit"),
                    ("length", "width", "height"),
                    ("country_of_origin", "customs_code"),
                ),
            },
        ),
        (
            _("Prices"),
            {
                "classes": ("tab-prices",),
                "fields": (
                    ("sales_price", "standard_cost"),
                    ("special_price", "special_price_from", "special_price_to"),
                ),
            },
        ),
        (_("Stock"), {"classes": ("tab-stock",), "fields": (("safety_stock", "allow_negative"),)}),
        (
            _("Texts"),
            {
                "classes": ("tab-texts",),
                "fields": (
                    "short_description_ar",
                    "short_description",
                    "long_description_ar",
                    "long_description",
                ),
            },
        ),
        (ORGANISATION[0], {"classes": ("tab-general", "collapse"), "fields": ORGANISATION[1]["fields"]}),
        (NOTES[0], {"classes": ("tab-texts", "collapse"), "fields": NOTES[1]["fields"]}),
    )
    inlines = (
        BarcodeInline,
        UnitInline,
        PriceInline,
        StockInline,
        AttributeInline,
        ComponentInline,
        ImageInline,
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Item]:
        rows: QuerySet[Item] = super().get_queryset(request)
        return rows.prefetch_related("balances")

    @admin.display(description=_("code"), ordering="code")
    def code_(self, item: Item) -> SafeString:
        return code_text(item.code)

    @admin.display(description=_("item type"), ordering="item_type")
    def type_chip(self, item: Item) -> SafeString:
        tones = {ItemType.STOCK: "ok", ItemType.TEMPLATE: "info", ItemType.KIT: "warn"}
        return chip(item.get_item_type_display(), tones.get(ItemType(item.item_type), "mute"))

    @admin.display(description=_("sales price"), ordering="sales_price")
    def price_(self, item: Item) -> SafeString:
        return amount_html(item.sales_price)

    @admin.display(description=_("on hand"))
    def on_hand_(self, item: Item) -> str:
        if not item.is_stocked:
            return "–"
        return format_quantity(sum(row.on_hand for row in item.balances.all()))

    def object_chip(self, obj: Item) -> object:
        return self.type_chip(obj)

    def object_panels(self, request: HttpRequest, obj: Item) -> Sequence[dict[str, Any]]:
        if obj.item_type != ItemType.TEMPLATE:
            return ()
        variants = obj.variants.prefetch_related("attribute_values", "balances").order_by("code")[
            :MAX_VARIANTS
        ]
        rows = [
            (
                link_to(variant, variant.code),
                variant.display_name,
                ", ".join(str(value) for value in variant.attribute_values.all()),
                amount_html(variant.sales_price),
                format_quantity(sum(row.on_hand for row in variant.balances.all())),
            )
            for variant in variants
        ]
        columns = (_("code"), _("name"), _("attributes"), _("sales price"), _("on hand"))
        return ({"title": _("Variants"), "wide": True, "table": ReportTable(columns=columns, rows=rows)},)
