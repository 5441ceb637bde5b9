"""Payments and refunds."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ecomsync.common.admin import (
    OrderedTabularInline,
    amount_html,
    chip,
    code_text,
    object_action,
    state_chip,
)
from erp.admin.forms import EntriesForm, ReasonForm
from erp.admin.shared import ORGANISATION, TONES, DocumentAdmin
from erp.models import (
    Receipt,
    ReceiptAllocation,
)
from erp.services.receipts import post_receipt, reverse_receipt


class AllocationInline(OrderedTabularInline):
    model = ReceiptAllocation
    autocomplete_fields = ("order", "invoice")


@admin.register(Receipt)
class ReceiptAdmin(DocumentAdmin):
    """Payments and refunds."""

    object_actions = ("post", "reverse")
    list_display = (
        "number_",
        "kind_",
        "customer",
        "payment_method",
        "paid_at",
        "amount_",
        "transaction_id",
        "state_",
    )
    list_display_links = ("number_",)
    list_filter = (
        "state",
        "kind",
        ("payment_method", admin.RelatedOnlyFieldListFilter),
        "channel",
        "paid_at",
    )
    search_fields = ("number", "transaction_id", "customer__code", "customer__name1", "customer__name2")
    list_select_related = ("customer", "payment_method")
    date_hierarchy = "paid_at"
    autocomplete_fields = ("customer",)
    readonly_fields = ("number", "channel")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("number", "kind"),
                    ("customer", "payment_method"),
                    ("amount", "currency", "exchange_rate"),
                    ("withheld", "fee_item"),
                    ("paid_at", "transaction_id"),
                    ("issue_date", "value_date", "channel"),
                    "remarks",
                )
            },
        ),
        ORGANISATION,
    )
    inlines = (AllocationInline,)

    @admin.display(description=_("number"), ordering="number")
    def number_(self, row: Receipt) -> SafeString:
        return code_text(row.number or str(row))

    @admin.display(description=_("kind"), ordering="kind")
    def kind_(self, row: Receipt) -> SafeString:
        return chip(row.get_kind_display(), "warn" if row.kind == "refund" else "info")

    @admin.display(description=_("amount"), ordering="amount")
    def amount_(self, row: Receipt) -> SafeString:
        return amount_html(row.amount, row.currency)

    @admin.display(description=_("state"), ordering="state")
    def state_(self, row: Receipt) -> SafeString:
        return state_chip(row, tones=TONES)

    @object_action(
        label=_("Post"), tone="primary", form=EntriesForm, visible=lambda row: row.state == "draft"
    )
    def post(self, request: HttpRequest, queryset: QuerySet[Receipt], form: Any) -> None:
        for receipt in queryset:
            post_receipt(receipt=receipt, post_entries=form.cleaned_data["post_entries"])
            messages.success(request, gettext("Receipt %(number)s is posted.") % {"number": receipt})

    @object_action(
        label=_("Reverse"), tone="danger", form=ReasonForm, visible=lambda row: row.state == "posted"
    )
    def reverse(self, request: HttpRequest, queryset: QuerySet[Receipt], form: Any) -> None:
        for receipt in queryset:
            reverse_receipt(receipt=receipt, reason=form.cleaned_data["reason"])
            messages.success(request, gettext("Receipt %(number)s is reversed.") % {"number": receipt})
