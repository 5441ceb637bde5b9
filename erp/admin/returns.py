"""Sales returns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ecomsync.common.admin import (
    ReadOnlyTabularInline,
    amount_html,
    code_text,
    link_to,
    object_action,
    state_chip,
)
from erp.admin.forms import EntriesForm, ReasonForm, ReceiveForm
from erp.admin.shared import ORGANISATION, TONES, DocumentAdmin, totals_panel
from erp.models import (
    DocumentCharge,
    SalesReturn,
    SalesReturnLine,
)
from erp.services.returns import credit_return, receive_return, reject_return

LINE_COLUMNS = (
    "line_no",
    "item",
    "description",
    "quantity",
    "unit_price",
    "net_amount",
    "tax_rate",
    "tax_amount",
)


class ReturnLineInline(ReadOnlyTabularInline):
    model = SalesReturnLine
    fields = (*LINE_COLUMNS, "gross_amount", "cancelled_qty", "waived_qty", "restock_warehouse", "condition")
    readonly_fields = fields


class ReturnChargeInline(ReadOnlyTabularInline):
    model = DocumentCharge
    fk_name = "sales_return"
    fields = ("line_no", "kind", "description", "net_amount", "tax_rate", "tax_amount", "gross_amount")
    readonly_fields = fields


@admin.register(SalesReturn)
class SalesReturnAdmin(DocumentAdmin):
    """Returns; made from their order or read from the shop."""

    object_actions = ("receive", "credit", "reject")
    open_states = ("requested",)
    list_display = (
        "number_",
        "external_number",
        "channel",
        "customer",
        "order",
        "return_date",
        "total_",
        "state_",
    )
    list_display_links = ("number_",)
    list_filter = ("state", "channel", "restocked", "return_date")
    search_fields = (
        "number",
        "external_number",
        "order__number",
        "order__external_number",
        "customer__name1",
    )
    list_select_related = ("customer", "order")
    readonly_fields = (
        "number",
        "channel",
        "external_number",
        "customer",
        "order",
        "invoice",
        "credit_note",
        "restocked",
        "received_at",
        "currency",
    )
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("number", "channel", "external_number"),
                    ("customer", "order", "invoice"),
                    ("return_date", "received_at", "restocked"),
                    ("reason", "return_reason"),
                    ("credit_note", "currency"),
                    "remarks",
                )
            },
        ),
        ORGANISATION,
    )
    inlines = (ReturnLineInline, ReturnChargeInline)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.display(description=_("number"), ordering="number")
    def number_(self, row: SalesReturn) -> SafeString:
        return code_text(row.number or str(row))

    @admin.display(description=_("grand total"), ordering="grand_total")
    def total_(self, row: SalesReturn) -> SafeString:
        return amount_html(row.grand_total, row.currency)

    @admin.display(description=_("state"), ordering="state")
    def state_(self, row: SalesReturn) -> SafeString:
        return state_chip(row, tones=TONES)

    def object_panels(self, request: HttpRequest, obj: SalesReturn) -> Sequence[dict[str, Any]]:
        facts = [
            (_("Customer"), link_to(obj.customer)),
            (_("Sales order"), link_to(obj.order)),
            *((_("Credit note"), link_to(note)) for note in obj.credit_notes.order_by("id")),
        ]
        return (totals_panel(obj), {"title": _("Documents"), "facts": facts})

    @object_action(
        label=_("Receive"), tone="primary", form=ReceiveForm, visible=lambda row: row.state == "requested"
    )
    def receive(self, request: HttpRequest, queryset: QuerySet[SalesReturn], form: Any) -> None:
        for row in queryset:
            receive_return(
                sales_return=row,
                restock=form.cleaned_data["restock"],
                warehouse=form.cleaned_data["warehouse"],
                waive=True,
                post_entries=form.cleaned_data["post_entries"],
            )
            messages.success(request, gettext("Return %(number)s is received.") % {"number": row})

    @object_action(
        label=_("Credit"),
        tone="primary",
        form=EntriesForm,
        visible=lambda row: row.state in ("received", "requested"),
    )
    def credit(self, request: HttpRequest, queryset: QuerySet[SalesReturn], form: Any) -> None:
        for row in queryset:
            note = credit_return(sales_return=row, post_entries=form.cleaned_data["post_entries"])
            messages.success(request, gettext("Credit note %(number)s is issued.") % {"number": note})

    @object_action(
        label=_("Reject"), tone="danger", form=ReasonForm, visible=lambda row: row.state == "requested"
    )
    def reject(self, request: HttpRequest, queryset: QuerySet[SalesReturn], form: Any) -> None:
        for row in queryset:
            reject_return(sales_return=row, reason=form.cleaned_data["reason"])
            messages.success(request, gettext("The return is rejected."))
