"""Invoices and credit notes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ecomsync.common.admin import (
    ReadOnlyTabularInline,
    amount_html,
    chip,
    code_text,
    link,
    link_to,
    object_action,
    state_chip,
    time_ago,
    time_exact,
)
from erp.admin.forms import EntriesForm, PayForm, ReasonForm
from erp.admin.shared import ORGANISATION, TONES, DocumentAdmin, address_html, totals_panel
from erp.models import (
    DocumentCharge,
    DocumentLink,
    InvoiceKind,
    InvoiceTax,
    SalesInvoice,
    SalesInvoiceLine,
)
from erp.printing.render import render_invoice
from erp.services.credit_notes import credit_whole_invoice
from erp.services.document_links import public_link, public_url, revoke_links
from erp.services.invoices import cancel_draft_invoice, issue_invoice
from erp.services.receipts import create_receipt
from erp.states import ISSUED_STATES
from erp.views import pdf_response

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


def valid_link(invoice: SalesInvoice) -> DocumentLink | None:
    """The public link that still opens it."""
    return invoice.links.filter(revoked_at=None, expires_at__gt=timezone.now()).first()


def link_panel(invoice: SalesInvoice) -> dict[str, Any]:
    """The public link with its end and its use; empty without one."""
    found = valid_link(invoice)
    if found is None:
        return {}
    facts: list[tuple[object, object]] = [
        (_("Address"), link(public_url(found), public_url(found))),
        (_("Valid until"), time_exact(found.expires_at)),
        (_("Times opened"), found.opened),
    ]
    if found.last_opened_at:
        facts.append((_("Last opened"), time_ago(found.last_opened_at)))
    return {"title": _("Public link"), "facts": facts, "wide": True}


@admin.register(SalesInvoice)
class SalesInvoiceAdmin(DocumentAdmin):
    """Invoices and credit notes; made from orders and returns."""

    object_actions = ("issue", "pdf", "pay", "credit", "make_link", "revoke_link", "cancel_draft")
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
        panels = [totals_panel(obj), {"title": _("Settlement"), "facts": facts}, link_panel(obj)]
        return [panel for panel in panels if panel]

    @object_action(
        label=_("Issue"), tone="primary", form=EntriesForm, visible=lambda row: row.state == "draft"
    )
    def issue(self, request: HttpRequest, queryset: QuerySet[SalesInvoice], form: Any) -> None:
        for invoice in queryset.order_by("id"):
            issue_invoice(invoice=invoice, post_entries=form.cleaned_data["post_entries"])
            messages.success(request, gettext("Invoice %(number)s is issued.") % {"number": invoice})

    @object_action(
        label=_("PDF"),
        permission="view",
        on_list=False,
        visible=lambda row: bool(row.number),
        hint=_("Downloads the printed document in the layout of the legal entity."),
    )
    def pdf(self, request: HttpRequest, queryset: QuerySet[SalesInvoice], form: Any = None) -> HttpResponse:
        invoice = queryset.get()
        return pdf_response(invoice, render_invoice(invoice), download=True)

    @object_action(
        label=_("Make public link"),
        on_list=False,
        visible=lambda row: bool(row.number) and not valid_link(row),
        hint=_("An address that opens the PDF without login, until it ends or is revoked."),
    )
    def make_link(self, request: HttpRequest, queryset: QuerySet[SalesInvoice], form: Any = None) -> None:
        public_link(invoice=queryset.get())
        messages.success(request, gettext("The public link is made; it stands on this page."))

    @object_action(
        label=_("Revoke public link"),
        tone="danger",
        visible=lambda row: valid_link(row) is not None,
        confirm=_(
            "End the public link? Whoever has it can no longer open the document, also from old e-mails."
        ),
    )
    def revoke_link(self, request: HttpRequest, queryset: QuerySet[SalesInvoice], form: Any = None) -> None:
        for invoice in queryset:
            revoke_links(invoice=invoice)
        messages.success(request, gettext("The public link is revoked."))

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
