"""The accounting module."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet, Sum
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from import_export import resources
from import_export.admin import ExportMixin

from ecomsync.common.admin import BaseAdmin, ReadOnlyAdmin, ReadOnlyTabularInline, amount_html, code_text
from erp.admin.resources import by_code
from erp.admin.shared import MasterAdmin
from erp.models import (
    Account,
    AccountingEntry,
    AccountingEntryLine,
    AccountingRule,
    Customer,
    PeriodLock,
)


class EntryLineResource(resources.ModelResource):  # type: ignore[misc]
    """Lines for the real bookkeeping."""

    account = by_code("account", Account)
    customer = by_code("customer", Customer)

    class Meta:
        model = AccountingEntryLine
        fields = (
            "entry__number",
            "entry__issue_date",
            "entry__description",
            "account",
            "debit",
            "credit",
            "customer",
            "tax_code",
            "currency",
            "amount_currency",
        )


@admin.register(Account)
class AccountAdmin(MasterAdmin):
    list_display = ("code", "name1", "name2", "account_type", "active")
    list_filter = ("account_type", "active")


@admin.register(AccountingRule)
class AccountingRuleAdmin(BaseAdmin):
    list_display = ("line_no", "event", "debit_account", "credit_account", "payment_method", "customer_group")
    list_display_links = ("event",)
    list_filter = ("event",)
    list_select_related = ("debit_account", "credit_account", "payment_method", "customer_group")


class EntryLineInline(ReadOnlyTabularInline):
    model = AccountingEntryLine
    fields = ("account", "debit", "credit", "customer", "tax_code", "currency", "amount_currency")
    readonly_fields = fields


@admin.register(AccountingEntry)
class AccountingEntryAdmin(ReadOnlyAdmin):
    list_display = ("number_", "issue_date", "description", "total_")
    list_filter = ("source_type", "issue_date")
    search_fields = ("number", "description")
    date_hierarchy = "issue_date"
    inlines = (EntryLineInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[AccountingEntry]:
        rows: QuerySet[AccountingEntry] = super().get_queryset(request)
        return rows.annotate(total=Sum("lines__debit"))

    @admin.display(description=_("number"), ordering="number")
    def number_(self, row: AccountingEntry) -> SafeString:
        return code_text(row.number)

    @admin.display(description=_("debit = credit"), ordering="total")
    def total_(self, row: Any) -> SafeString:
        return amount_html(row.total)


@admin.register(AccountingEntryLine)
class AccountingEntryLineAdmin(ExportMixin, ReadOnlyAdmin):  # type: ignore[misc]
    """All postings, to filter and to export."""

    resource_classes = (EntryLineResource,)
    list_display = ("entry", "account", "debit", "credit", "customer", "tax_code", "currency")
    list_filter = (("account", admin.RelatedOnlyFieldListFilter), "entry__issue_date", "tax_code")
    search_fields = ("entry__number", "entry__description", "customer__code")
    list_select_related = ("entry", "account", "customer")


@admin.register(PeriodLock)
class PeriodLockAdmin(BaseAdmin):
    list_display = ("__str__", "legal_entity", "locked_until")
    list_select_related = ("legal_entity",)
