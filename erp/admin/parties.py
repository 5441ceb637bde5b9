"""Customers and their groups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from import_export.admin import ImportExportMixin

from ecomsync.common.admin import (
    OrderedTabularInline,
    ReportTable,
    amount_html,
    chip,
    code_text,
    link_to,
    object_action,
    state_chip,
)
from erp.admin.resources import CustomerResource
from erp.admin.shared import NOTES, ORGANISATION, TONES, MasterAdmin
from erp.models import Blocked, Customer, CustomerAddress, CustomerGroup, ExternalReference
from erp.selectors.customers import customer_balance, customer_exposure
from erp.services.accounting import base_currency
from erp.services.erase import erase_customer
from erp.signals import customers_changed

RECENT = 10


@admin.register(CustomerGroup)
class CustomerGroupAdmin(MasterAdmin):
    list_display = ("code", "name1", "name2", "parent", "price_list", "tax_plan_override", "active")
    list_select_related = ("parent", "price_list", "tax_plan_override")


class AddressInline(OrderedTabularInline):
    model = CustomerAddress
    classes = ("tab-addresses",)


@admin.register(Customer)
class CustomerAdmin(ImportExportMixin, MasterAdmin):  # type: ignore[misc]
    """Customers with addresses, balance and ageing."""

    resource_classes = (CustomerResource,)
    list_display = (
        "code_",
        "name_",
        "type_chip",
        "email",
        "mobile_",
        "tax_reg_no",
        "customer_group",
        "blocked_",
    )
    list_filter = (
        "customer_type",
        "is_guest",
        "blocked",
        "active",
        ("customer_group", admin.RelatedOnlyFieldListFilter),
        "currency",
    )
    search_fields = ("code", "name1", "name2", "email", "mobile", "phone", "tax_reg_no")
    list_select_related = ("customer_group",)
    tabs = (("general", _("General")), ("addresses", _("Addresses")), ("terms", _("Terms")))
    fieldsets = (
        (
            None,
            {
                "classes": ("tab-general",),
                "fields": (
                    ("code", "active"),
                    ("customer_type", "is_guest"),
                    ("name1", "name2"),
                    ("email", "language"),
                    ("mobile", "phone"),
                    ("tax_reg_no", "marketing_consent"),
                ),
            },
        ),
        (
            _("Terms"),
            {
                "classes": ("tab-terms",),
                "fields": (
                    ("customer_group", "price_list"),
                    ("currency", "payment_terms_days"),
                    ("credit_limit", "credit_check"),
                    "blocked",
                ),
            },
        ),
        (ORGANISATION[0], {"classes": ("tab-terms", "collapse"), "fields": ORGANISATION[1]["fields"]}),
        (NOTES[0], {"classes": ("tab-general", "collapse"), "fields": NOTES[1]["fields"]}),
    )
    inlines = (AddressInline,)
    object_actions = ("erase",)

    @object_action(
        label=_("Erase personal data"),
        permission="erp.erase_customer",
        tone="danger",
        on_list=False,
        visible=lambda row: row.erased_at is None,
        confirm=_(
            "Names, contact data, addresses and notes of this customer and of the orders of the shops are erased for "
            "good. Amounts and documents stay; issued invoices keep the name, address and tax number that the law "
            "asks of them. Erase the customer in the shop first: a later change of an order would bring the data back."
        ),
    )
    def erase(self, request: HttpRequest, queryset: QuerySet[Customer], form: Any = None) -> None:
        for row in queryset:
            erase_customer(customer=row, actor=request.user)
            messages.success(
                request, _("The personal data of %(customer)s is erased.") % {"customer": row.code}
            )

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        customers_changed.send(sender=Customer, customer_ids={form.instance.pk})

    @admin.display(description=_("code"), ordering="code")
    def code_(self, row: Customer) -> SafeString:
        return code_text(row.code)

    @admin.display(description=_("name"), ordering="name1")
    def name_(self, row: Customer) -> str:
        return row.display_name

    @admin.display(description=_("customer type"), ordering="customer_type")
    def type_chip(self, row: Customer) -> SafeString:
        if row.erased_at is not None:
            return chip(_("erased"), "mute")
        if row.is_guest:
            return chip(_("guest"), "mute")
        return chip(row.get_customer_type_display(), "info" if row.customer_type == "company" else "ok")

    @admin.display(description=_("mobile"), ordering="mobile")
    def mobile_(self, row: Customer) -> SafeString:
        return code_text(row.mobile or row.phone)

    @admin.display(description=_("blocked"), ordering="blocked")
    def blocked_(self, row: Customer) -> SafeString:
        return SafeString("–") if row.blocked == Blocked.NONE else chip(row.get_blocked_display(), "bad")

    def object_panels(self, request: HttpRequest, obj: Customer) -> Sequence[dict[str, Any]]:
        found, currency = customer_balance(obj), base_currency(obj.legal_entity)
        facts: list[tuple[object, object]] = [
            (_("Balance"), amount_html(found.balance, currency)),
            (_("Invoiced"), amount_html(found.invoiced, currency)),
            (_("Credited"), amount_html(found.credited, currency)),
            (_("Paid"), amount_html(found.paid, currency)),
            (_("Refunded"), amount_html(found.refunded, currency)),
        ]
        if obj.credit_limit is not None:
            facts.append((_("Credit limit"), amount_html(obj.credit_limit, currency)))
            facts.append((_("Used with open orders"), amount_html(customer_exposure(obj), currency)))
        names = {
            "current": _("not due"),
            "1_30": _("1 to 30 days"),
            "31_60": _("31 to 60 days"),
            "61_90": _("61 to 90 days"),
            "over_90": _("over 90 days"),
        }
        ageing = [(names[key], amount_html(amount, currency)) for key, amount in found.ageing.items()]
        orders = [
            (
                link_to(row),
                row.external_number,
                amount_html(row.grand_total, row.currency),
                state_chip(row, tones=TONES),
            )
            for row in obj.sales_orders.order_by("-id")[:RECENT]
        ]
        known = ExternalReference.objects.filter(
            model_label=Customer._meta.label_lower, object_id=obj.pk
        ).order_by("system", "id")
        shops = [(row.system, code_text(row.external_id)) for row in known[:RECENT]]
        columns = (_("sales order"), _("order number in the shop"), _("grand total"), _("state"))
        return (
            {"title": _("Balance"), "facts": facts},
            {"title": _("Ageing of open invoices"), "facts": ageing},
            *([{"title": _("Known in the shops as"), "facts": shops}] if shops else []),
            {"title": _("Latest orders"), "table": ReportTable(columns=columns, rows=orders)},
        )
