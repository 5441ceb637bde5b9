"""Organisation, terms of business, units, series."""

from __future__ import annotations

from django.contrib import admin

from ecomsync.common.admin import BaseAdmin, OrderedTabularInline, ReadOnlyAdmin
from erp.admin.shared import MasterAdmin
from erp.models import (
    Branch,
    Brand,
    CancelReason,
    Currency,
    DeliveryMethod,
    Department,
    ExchangeRate,
    ExternalReference,
    ItemGroup,
    NumberSeries,
    PaymentMethod,
    PaymentTerms,
    ReturnReason,
    SalesPerson,
    Sector,
    TaxPlan,
    TaxPlanLine,
    UnitOfMeasure,
)

for model in (Department, Sector, Brand, CancelReason):
    admin.site.register(model, MasterAdmin)


@admin.register(Branch)
class BranchAdmin(MasterAdmin):
    list_display = ("code", "name1", "name2", "legal_entity", "active")
    list_filter = ("active", "legal_entity")
    list_select_related = ("legal_entity",)


@admin.register(NumberSeries)
class NumberSeriesAdmin(MasterAdmin):
    list_display = (
        "code",
        "document_type",
        "legal_entity",
        "prefix",
        "next_number",
        "padding",
        "year_reset",
        "active",
    )
    list_filter = ("document_type", "active")
    list_select_related = ("legal_entity",)
    readonly_fields = ("current_year",)


class ExchangeRateInline(admin.TabularInline):  # type: ignore[type-arg]
    model = ExchangeRate
    extra = 0


@admin.register(Currency)
class CurrencyAdmin(BaseAdmin):
    list_display = ("code", "name1", "name2", "decimal_places", "active")
    search_fields = ("code", "name1", "name2")
    inlines = (ExchangeRateInline,)


@admin.register(ExchangeRate)
class ExchangeRateAdmin(BaseAdmin):
    list_display = ("currency", "date", "rate_to_base")
    list_filter = ("currency",)
    date_hierarchy = "date"
    list_select_related = ("currency",)


@admin.register(UnitOfMeasure)
class UnitOfMeasureAdmin(MasterAdmin):
    list_display = ("code", "name1", "name2", "decimals_allowed", "unece_code", "active")


@admin.register(ItemGroup)
class ItemGroupAdmin(MasterAdmin):
    list_display = ("code", "name1", "name2", "parent", "active")
    list_filter = ("active", ("parent", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("parent",)
    autocomplete_fields = ("parent",)


class TaxPlanLineInline(OrderedTabularInline):
    model = TaxPlanLine


@admin.register(TaxPlan)
class TaxPlanAdmin(MasterAdmin):
    inlines = (TaxPlanLineInline,)


@admin.register(PaymentMethod)
class PaymentMethodAdmin(MasterAdmin):
    list_display = ("code", "name1", "name2", "kind", "settles_immediately", "active")
    list_filter = ("kind", "settles_immediately", "active")


@admin.register(DeliveryMethod)
class DeliveryMethodAdmin(MasterAdmin):
    list_display = ("code", "name1", "name2", "carrier", "service_item", "active")
    list_select_related = ("service_item",)
    autocomplete_fields = ("service_item",)


@admin.register(PaymentTerms)
class PaymentTermsAdmin(MasterAdmin):
    list_display = ("code", "name1", "name2", "days", "active")


@admin.register(ReturnReason)
class ReturnReasonAdmin(MasterAdmin):
    list_display = ("code", "name1", "name2", "restock_default", "active")


@admin.register(SalesPerson)
class SalesPersonAdmin(MasterAdmin):
    list_display = ("code", "name1", "name2", "email", "phone", "active")


@admin.register(ExternalReference)
class ExternalReferenceAdmin(ReadOnlyAdmin):
    list_display = ("system", "model_label", "object_id", "external_id", "created_at")
    list_filter = ("system", "model_label")
    search_fields = ("external_id",)
