"""Invoices and credit notes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ecomsync.common.admin import (
    ReadOnlyTabularInline,
    amount_html,
    chip,
    code_text,
    link_to,
    object_action,
    state_chip,
)
from erp.admin.forms import EntriesForm, PayForm, ReasonForm
from erp.admin.shared import ORGANISATION, TONES, DocumentAdmin, address_html, totals_panel
from erp.models import (
    DocumentCharge,
    InvoiceKind,
    InvoiceTax,
    SalesInvoice,
    SalesInvoiceLine,
)
from erp.services.credit_notes import credit_whole_invoice
from erp.services.invoices import cancel_draft_invoice, issue_invoice
from erp.services.receipts import create_receipt
from erp.states import ISSUED_STATES

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


class InvoiceLineInline(ReadOnlyTabularInline):
    model = SalesInvoiceLine
    fields = (*LINE_COLUMNS, "gross_amount")
    readonly_fields = fields


class InvoiceChargeInline(ReadOnlyTabularInline):
    model = DocumentCharge
    fk_name = "invoice"
    fields = ("line_no", "kind", "description", "net_amount", "tax_rate", "tax_amount", "gross_amount")
    readonly_fields = fields


class InvoiceTaxInline(ReadOnlyTabularInline):
    model = InvoiceTax
    fields = ("tax_code", "rate", "taxable_amount", "tax_amount")
    readonly_fields = fields


@admin.register(SalesInvoice)
class SalesInvoiceAdmin(DocumentAdmin):
    """Invoices and credit notes; made from orders and returns."""

    object_actions = ("issue", "pay", "credit", "cancel_draft")
    list_display = (
        "number_",
        "kind_",
        "customer",
        "order",
        "issue_date",
        "due_date",
        "total_",
        "balance_",
        "state_",
    )
    list_display_links = ("number_",)
    list_filter = ("state", "kind", "currency", "channel", "issue_date")
    search_fields = ("number", "order__number", "order__external_number", "customer__code", "customer__name1")
    list_select_related = ("customer", "order")
    readonly_fields = (
        "number",
        "kind",
        "customer",
        "order",
        "original_invoice",
        "issued_at",
        "currency",
        "billing_",
    )
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("number", "kind"),
                    ("customer", "order", "original_invoice"),
                    ("issue_date", "value_date", "issued_at"),
                    ("supply_date", "due_date", "payment_terms"),
                    ("currency", "billing_"),
                    "reason",
                    "remarks",
                )
            },
        ),
        ORGANISATION,
    )
    inlines = (InvoiceLineInline, InvoiceChargeInline, InvoiceTaxInline)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.display(description=_("number"), ordering="number")
    def number_(self, row: SalesInvoice) -> SafeString:
        return code_text(row.number or str(row))

    @admin.display(description=_("kind"), ordering="kind")
    def kind_(self, row: SalesInvoice) -> SafeString:
        return chip(row.get_kind_display(), "warn" if row.kind == InvoiceKind.CREDIT_NOTE else "info")

    @admin.display(description=_("grand total"), ordering="grand_total")
    def total_(self, row: SalesInvoice) -> SafeString:
        return amount_html(row.grand_total, row.currency)

    @admin.display(description=_("open"))
    def balance_(self, row: SalesInvoice) -> SafeString:
        return amount_html(row.balance, row.currency)

    @admin.display(description=_("state"), ordering="state")
    def state_(self, row: SalesInvoice) -> SafeString:
        return state_chip(row, tones=TONES)

    @admin.display(description=_("billing address"))
    def billing_(self, row: SalesInvoice) -> SafeString:
        return address_html(row.billing_address)

    def object_panels(self, request: HttpRequest, obj: SalesInvoice) -> Sequence[dict[str, Any]]:
        facts: list[tuple[object, object]] = [
            (_("Paid"), amount_html(obj.paid_amount, obj.currency)),
            (_("Credited"), amount_html(obj.credited_amount, obj.currency)),
            (_("Open"), amount_html(obj.balance, obj.currency)),
        ]
        if obj.order:
            facts.append((_("Sales order"), link_to(obj.order)))
        if obj.original_invoice:
            facts.append((_("Original invoice"), link_to(obj.original_invoice)))
        facts += [(_("Credit note"), link_to(note)) for note in obj.credit_notes.all()]
        facts += [(_("Receipt"), link_to(row.receipt)) for row in obj.payments.select_related("receipt")]
        return (totals_panel(obj), {"title": _("Settlement"), "facts": facts})

    @object_action(
        label=_("Issue"), tone="primary", form=EntriesForm, visible=lambda row: row.state == "draft"
    )
    def issue(self, request: HttpRequest, queryset: QuerySet[SalesInvoice], form: Any) -> None:
        for invoice in queryset.order_by("id"):
            issue_invoice(invoice=invoice, post_entries=form.cleaned_data["post_entries"])
            messages.success(request, gettext("Invoice %(number)s is issued.") % {"number": invoice})

    @object_action(
        label=_("Receive payment"),
        form=PayForm,
        on_list=False,
        visible=lambda row: row.kind == "invoice" and row.state in ("issued", "partially_paid"),
    )
    def pay(self, request: HttpRequest, queryset: QuerySet[SalesInvoice], form: Any) -> None:
        for invoice in queryset:
            amount = form.cleaned_data["amount"] or invoice.balance
            receipt, _created = create_receipt(
                customer=invoice.customer,
                payment_method=form.cleaned_data["payment_method"],
                amount=amount,
                currency=invoice.currency,
                exchange_rate=invoice.exchange_rate,
                paid_at=timezone.now(),
                transaction_id=form.cleaned_data["transaction_id"],
                allocations=[(invoice, amount)],
                channel=invoice.channel,
                legal_entity=invoice.legal_entity,
                post_entries=form.cleaned_data["post_entries"],
            )
            messages.success(request, gettext("Receipt %(number)s is posted.") % {"number": receipt})

    @object_action(
        label=_("Credit"),
        tone="danger",
        form=ReasonForm,
        on_list=False,
        visible=lambda row: row.kind == "invoice" and row.state in ISSUED_STATES,
        hint=_("Takes back the whole invoice by a credit note."),
    )
    def credit(self, request: HttpRequest, queryset: QuerySet[SalesInvoice], form: Any) -> None:
        for invoice in queryset:
            note = credit_whole_invoice(invoice=invoice, reason=form.cleaned_data["reason"])
            issue_invoice(invoice=note)
            messages.success(request, gettext("Credit note %(number)s is issued.") % {"number": note})

    @object_action(
        label=_("Cancel draft"),
        tone="danger",
        visible=lambda row: row.state == "draft",
        confirm=_("Drop the draft? What it holds can be invoiced again."),
    )
    def cancel_draft(self, request: HttpRequest, queryset: QuerySet[SalesInvoice], form: Any = None) -> None:
        for invoice in queryset:
            cancel_draft_invoice(invoice=invoice)
            messages.success(request, gettext("The draft is cancelled."))
