"""The detail tables on the site page."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from ecomsync.common.admin import OrderedTabularInline
from sites.admin.widgets import offering
from sites.models import (
    CopyToEcommerceItemLine,
    DocumentGenerationLine,
    EventActionLine,
    GraphQLLine,
    PaymentMethodLine,
    PriceListLine,
    ShippingItemLine,
    Site,
    UpdateItemCriterion,
    UpdateOrderStatusLine,
    UpdateQtyCriterion,
    WarehouseLine,
)


class SiteInline(OrderedTabularInline):
    """A detail table. `offered`: column -> data list of the page whose values it offers."""

    offered: ClassVar[dict[str, str]] = {}
    wide: ClassVar[tuple[str, ...]] = ()
    #: Columns with sentences, in whatever language they are written.
    sentences: ClassVar[tuple[str, ...]] = ()

    def get_formset(self, request: HttpRequest, obj: Site | None = None, **kwargs: Any) -> Any:
        widgets: dict[str, forms.Widget] = {column: offering(name) for column, name in self.offered.items()}
        widgets |= {
            column: forms.Textarea(attrs={"rows": 2, "cols": 40, "dir": "ltr"}) for column in self.wide
        }
        widgets |= {
            column: forms.Textarea(attrs={"rows": 2, "cols": 40, "dir": "auto"}) for column in self.sentences
        }
        return super().get_formset(request, obj, **{"widgets": widgets, **kwargs})


class PaymentMethodInline(SiteInline):
    model = PaymentMethodLine
    verbose_name_plural = _("Payment Methods")
    classes = ("tab-orders",)
    offered = {"remote_code": "payment_methods"}
    fields = (
        "remote_code",
        "remote_title",
        "payment_method",
        "calculation_type",
        "value",
        "import_policy",
        "fee_item",
        "settles_immediately",
        "settlement_tolerance",
        "special_handling",
        "active",
    )
    autocomplete_fields = ("fee_item",)


class ShippingItemInline(SiteInline):
    model = ShippingItemLine
    verbose_name_plural = _("Shipping Items")
    classes = ("tab-orders",)
    offered = {"remote_code": "shipping_methods"}
    fields = (
        "remote_code",
        "remote_title",
        "service_item",
        "delivery_method",
        "cost_calculation",
        "value",
        "tax_plan",
        "active",
    )
    autocomplete_fields = ("service_item",)


class DocumentGenerationInline(SiteInline):
    model = DocumentGenerationLine
    verbose_name_plural = _("Document Generation Info Lines")
    classes = ("tab-orders",)
    offered: ClassVar[dict[str, str]] = {}
    wide = ("criteria",)
    fields = (
        "name",
        "criteria",
        "create_reservation",
        "create_sales_order",
        "create_delivery",
        "create_invoice",
        "create_receipt",
        "auto_confirm",
        "number_series",
        "warehouse",
        "price_list",
        "salesperson",
        "payment_terms",
        "stop_after_match",
        "active",
    )


class UpdateOrderStatusInline(SiteInline):
    model = UpdateOrderStatusLine
    verbose_name_plural = _("Update Order Status")
    classes = ("tab-orders",)
    offered = {"remote_status": "statuses", "document_state": "document_states"}
    wide = ("criteria",)
    sentences = ("comment_template",)
    fields = (
        "document_type",
        "document_state",
        "remote_action",
        "remote_status",
        "notify_customer",
        "pay_back",
        "comment_template",
        "criteria",
        "active",
    )

    def get_fields(self, request: HttpRequest, obj: Any | None = None) -> list[Any]:
        found = super().get_fields(request, obj)
        can_refund = obj is not None and obj.capabilities.push_refunds
        return found if can_refund else [name for name in found if name != "pay_back"]


class CopyToEcommerceItemInline(SiteInline):
    model = CopyToEcommerceItemLine
    verbose_name_plural = _("Copy to E-commerce Item Lines")
    classes = ("tab-products",)
    offered = {"item_field": "item_fields", "target_field": "product_fields"}
    fields = (
        "item_field",
        "target_field",
        "language",
        "transform",
        "when_empty",
        "default_value",
        "apply_on",
        "active",
    )

    def get_fields(self, request: HttpRequest, obj: Any | None = None) -> list[Any]:
        found = super().get_fields(request, obj)
        can_translate = obj is not None and obj.capabilities.languages
        return found if can_translate else [name for name in found if name != "language"]


class UpdateItemCriterionInline(SiteInline):
    model = UpdateItemCriterion
    verbose_name_plural = _("Update Item Criteria")
    classes = ("tab-products",)
    offered = {"field": "criterion_fields"}
    wide = ("expression",)
    fields = ("group_no", "field", "operator", "value", "expression", "active")


class UpdateQtyCriterionInline(SiteInline):
    model = UpdateQtyCriterion
    verbose_name_plural = _("Update Quantity Criteria")
    classes = ("tab-inventory",)
    offered = {"field": "criterion_fields"}
    wide = ("expression",)
    fields = ("group_no", "field", "operator", "value", "expression", "active")


class WarehouseInline(SiteInline):
    model = WarehouseLine
    verbose_name_plural = _("E-commerce Warehouse Lines")
    classes = ("tab-inventory",)
    offered = {"remote_location_id": "locations"}
    fields = (
        "remote_location_id",
        "remote_location_name",
        "warehouse",
        "share_percent",
        "buffer",
        "priority",
        "for_orders",
        "for_stock",
        "active",
    )

    def get_fields(self, request: HttpRequest, obj: Any | None = None) -> list[Any]:
        found = super().get_fields(request, obj)
        if obj is not None and obj.capabilities.locations:
            return found
        return [name for name in found if not name.startswith("remote_location")]


class PriceListInline(SiteInline):
    model = PriceListLine
    verbose_name_plural = _("Price Lists of the Shop")
    classes = ("tab-inventory",)
    offered = {"remote_code": "price_lists"}
    fields = ("price_list", "remote_code", "with_quantity_breaks", "active")


class EventActionInline(SiteInline):
    model = EventActionLine
    verbose_name_plural = _("E-commerce Event Actions Lines")
    classes = ("tab-webhook",)
    offered = {"event_kind": "event_kinds"}
    wide = ("criteria", "parameters")
    fields = ("event_kind", "criteria", "action", "parameters", "critical", "active")


class GraphQLInline(SiteInline):
    model = GraphQLLine
    verbose_name_plural = _("GraphQL Lines")
    classes = ("tab-webhook",)
    offered: ClassVar[dict[str, str]] = {}
    wide = ("document", "variables")
    fields = ("name", "kind", "document", "variables", "result_path", "used_by", "active")


# related name -> inline, in the order of the page
INLINES: dict[str, type[SiteInline]] = {
    "payment_methods": PaymentMethodInline,
    "shipping_items": ShippingItemInline,
    "document_generation_info_lines": DocumentGenerationInline,
    "update_order_status_to": UpdateOrderStatusInline,
    "copy_to_ecommerce_item_lines": CopyToEcommerceItemInline,
    "update_item_for": UpdateItemCriterionInline,
    "ecommerce_warehouse_lines": WarehouseInline,
    "update_qty_for": UpdateQtyCriterionInline,
    "price_list_lines": PriceListInline,
    "ecommerce_event_actions_lines": EventActionInline,
    "graphql_lines": GraphQLInline,
}
