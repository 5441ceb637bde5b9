"""Warehouses, stock card, balances, reservations, counts."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from import_export.admin import ExportMixin, ImportExportMixin

from ecomsync.common.admin import (
    OrderedTabularInline,
    ReadOnlyAdmin,
    chip,
    code_text,
    format_quantity,
    link_to,
    object_action,
    state_chip,
)
from erp.admin.forms import SafetyStockForm, TransferForm
from erp.admin.resources import StockMovementResource, StockResource
from erp.admin.shared import NOTES, ORGANISATION, TONES, DocumentAdmin, MasterAdmin
from erp.models import (
    SalesOrderLine,
    StockBalance,
    StockCount,
    StockCountLine,
    StockMovement,
    StockReservation,
    Warehouse,
)
from erp.services import stock


@admin.register(Warehouse)
class WarehouseAdmin(MasterAdmin):
    list_display = ("code", "name1", "name2", "is_default", "sellable", "priority", "active")
    list_filter = ("active", "sellable")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("code", "active"),
                    ("name1", "name2"),
                    ("is_default", "sellable", "priority"),
                    "address",
                )
            },
        ),
        ORGANISATION,
        NOTES,
    )


@admin.register(StockMovement)
class StockMovementAdmin(ExportMixin, ReadOnlyAdmin):  # type: ignore[misc]
    """The stock card."""

    resource_classes = (StockMovementResource,)
    list_display = ("posted_at", "item_", "warehouse", "type_chip", "quantity_", "balance_", "source_label")
    list_filter = (("warehouse", admin.RelatedOnlyFieldListFilter), "movement_type", "posted_at")
    search_fields = ("item__code", "item__name1", "item__name2", "source_label")
    list_select_related = ("item", "warehouse")
    date_hierarchy = "posted_at"

    @admin.display(description=_("item"), ordering="item__code")
    def item_(self, row: StockMovement) -> SafeString:
        return code_text(row.item.code)

    @admin.display(description=_("movement type"), ordering="movement_type")
    def type_chip(self, row: StockMovement) -> SafeString:
        tone = "warn" if row.reversal_of_id else ("ok" if row.quantity > 0 else "info")
        return chip(row.get_movement_type_display(), tone)

    @admin.display(description=_("quantity"), ordering="quantity")
    def quantity_(self, row: StockMovement) -> SafeString:
        return code_text(format_quantity(row.quantity))

    @admin.display(description=_("balance after"))
    def balance_(self, row: StockMovement) -> str:
        return format_quantity(row.balance_after)


@admin.register(StockBalance)
class StockBalanceAdmin(ImportExportMixin, ReadOnlyAdmin):  # type: ignore[misc]
    """Figures per item and warehouse; importing counted stock makes movements."""

    resource_classes = (StockResource,)
    object_actions = ("transfer_stock", "change_safety_stock", "check_balances")
    list_display = (
        "item_",
        "name_",
        "warehouse",
        "on_hand_",
        "reserved_",
        "safety_",
        "available_",
        "updated_at",
    )
    list_filter = (("warehouse", admin.RelatedOnlyFieldListFilter), "item__item_group")
    search_fields = ("item__code", "item__name1", "item__name2")
    list_select_related = ("item", "warehouse")

    def has_import_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("erp.change_stockbalance"))

    @admin.display(description=_("item"), ordering="item__code")
    def item_(self, row: StockBalance) -> SafeString:
        return code_text(row.item.code)

    @admin.display(description=_("name"))
    def name_(self, row: StockBalance) -> str:
        return row.item.display_name

    @admin.display(description=_("on hand"), ordering="on_hand")
    def on_hand_(self, row: StockBalance) -> str:
        return format_quantity(row.on_hand)

    @admin.display(description=_("reserved"), ordering="reserved")
    def reserved_(self, row: StockBalance) -> str:
        return format_quantity(row.reserved)

    @admin.display(description=_("safety stock"))
    def safety_(self, row: StockBalance) -> str:
        return format_quantity(row.effective_safety_stock)

    @admin.display(description=_("available"))
    def available_(self, row: StockBalance) -> SafeString:
        return chip(format_quantity(row.available), "ok" if row.available > 0 else "bad")

    @object_action(label=_("Transfer"), form=TransferForm, on_list=False, permission="change")
    def transfer_stock(self, request: HttpRequest, queryset: QuerySet[StockBalance], form: Any) -> None:
        for row in queryset.select_related("item", "warehouse"):
            stock.transfer(
                item=row.item,
                from_warehouse=row.warehouse,
                to_warehouse=form.cleaned_data["warehouse"],
                quantity=form.cleaned_data["quantity"],
                reference=form.cleaned_data["reference"],
            )
            messages.success(request, gettext("The stock was transferred."))

    @object_action(label=_("Set safety stock"), form=SafetyStockForm)
    def change_safety_stock(self, request: HttpRequest, queryset: QuerySet[StockBalance], form: Any) -> None:
        rows = list(queryset.select_related("item", "warehouse"))
        for row in rows:
            stock.set_balance_terms(
                item=row.item, warehouse=row.warehouse, safety_stock=form.cleaned_data["safety_stock"]
            )
        messages.success(request, gettext("Safety stock set on %(count)s balances.") % {"count": len(rows)})

    @object_action(
        label=_("Check against the ledger"),
        confirm=_("Compare all balances with ledger and reservations, and repair those that differ?"),
    )
    def check_balances(
        self, request: HttpRequest, queryset: QuerySet[StockBalance], form: Any = None
    ) -> HttpResponse | None:
        differences = stock.rebuild_balances(repair=True)
        if not differences:
            messages.success(request, gettext("Every balance equals the ledger."))
            return None
        messages.warning(
            request, gettext("%(count)s balances differed and were repaired.") % {"count": len(differences)}
        )
        return None


@admin.register(StockReservation)
class StockReservationAdmin(ReadOnlyAdmin):
    status_counts = "state"
    list_display = ("item_", "warehouse", "quantity_", "open_", "state_", "reference", "order_", "created_at")
    list_filter = ("state", ("warehouse", admin.RelatedOnlyFieldListFilter))
    search_fields = ("item__code", "reference")
    list_select_related = ("item", "warehouse", "order_line__order")

    @admin.display(description=_("item"), ordering="item__code")
    def item_(self, row: StockReservation) -> SafeString:
        return code_text(row.item.code)

    @admin.display(description=_("quantity"), ordering="quantity")
    def quantity_(self, row: StockReservation) -> str:
        return format_quantity(row.quantity)

    @admin.display(description=_("still held"))
    def open_(self, row: StockReservation) -> str:
        return format_quantity(row.open_quantity)

    @admin.display(description=_("state"), ordering="state")
    def state_(self, row: StockReservation) -> SafeString:
        return state_chip(row, tones={**TONES, "active": "info"})

    @admin.display(description=_("sales order"))
    def order_(self, row: StockReservation) -> SafeString:
        line: SalesOrderLine | None = row.order_line
        return link_to(line.order) if line else SafeString("–")


class StockCountLineInline(OrderedTabularInline):
    model = StockCountLine
    autocomplete_fields = ("item",)
    readonly_fields = ("expected_quantity", "difference_")

    @admin.display(description=_("difference"))
    def difference_(self, row: StockCountLine) -> str:
        return format_quantity(row.difference)


@admin.register(StockCount)
class StockCountAdmin(DocumentAdmin):
    object_actions = ("post_count", "cancel_count")
    list_display = ("__str__", "warehouse", "issue_date", "state_", "posted_at")
    list_filter = ("state", "warehouse")
    search_fields = ("number", "lines__item__code")
    list_select_related = ("warehouse",)
    readonly_fields = ("number", "posted_at")
    fieldsets = (
        (None, {"fields": (("number", "warehouse"), ("issue_date", "posted_at"), "remarks")}),
        ORGANISATION,
    )
    inlines = (StockCountLineInline,)

    @admin.display(description=_("state"), ordering="state")
    def state_(self, row: StockCount) -> SafeString:
        return state_chip(row, tones=TONES)

    @object_action(
        label=_("Post"),
        tone="primary",
        visible=lambda row: row.state == "draft",
        confirm=_("Bring the stock to the counted quantities?"),
    )
    def post_count(self, request: HttpRequest, queryset: QuerySet[StockCount], form: Any = None) -> None:
        for row in queryset:
            stock.post_stock_count(stock_count=row)
            messages.success(request, gettext("Stock count %(number)s is posted.") % {"number": row.number})

    @object_action(
        label=_("Cancel"),
        tone="danger",
        visible=lambda row: row.state == "draft",
        confirm=_("Cancel the count?"),
    )
    def cancel_count(self, request: HttpRequest, queryset: QuerySet[StockCount], form: Any = None) -> None:
        for row in queryset:
            stock.cancel_stock_count(stock_count=row)
            messages.success(request, gettext("The count is cancelled."))
