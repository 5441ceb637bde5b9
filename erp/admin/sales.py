"""Sales orders."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ecomsync.common.admin import (
    OrderedTabularInline,
    ReportTable,
    amount_html,
    code_text,
    format_quantity,
    link_to,
    object_action,
    state_chip,
    time_exact,
)
from ecomsync.common.money import round_money
from ecomsync.common.stored_text import in_reader_language
from erp.admin.forms import (
    CancelForm,
    ConfirmForm,
    DeliveryQuantitiesForm,
    InvoiceQuantitiesForm,
    PayForm,
    ReasonForm,
    ReturnQuantitiesForm,
    ShipForm,
    ship_values,
)
from erp.admin.shared import ORGANISATION, TONES, DocumentAdmin, address_html, totals_panel
from erp.inputs import ReturnLineInput
from erp.models import (
    DocumentCharge,
    SalesOrder,
    SalesOrderLine,
    SalesReturn,
)
from erp.services.deliveries import create_delivery, ship_delivery
from erp.services.invoices import create_invoice, issue_invoice
from erp.services.manual_documents import complete_sales_order
from erp.services.progress import FOLLOWING
from erp.services.receipts import create_receipt
from erp.services.returns import create_sales_return
from erp.services.sales_orders import (
    cancel_sales_order,
    confirm_sales_order,
    hold_sales_order,
    release_sales_order,
)


class OrderLineInline(OrderedTabularInline):
    model = SalesOrderLine
    classes = ("tab-lines",)
    autocomplete_fields = ("item",)
    fields = (
        "item",
        "description",
        "quantity",
        "unit",
        "unit_price",
        "discount_percent",
        "tax_rate",
        "warehouse",
        "net_amount",
        "tax_amount",
        "gross_amount",
        "progress_",
    )
    readonly_fields = ("net_amount", "tax_amount", "gross_amount", "progress_")

    @admin.display(description=_("delivered / invoiced / returned"))
    def progress_(self, row: SalesOrderLine) -> SafeString:
        figures = (row.delivered_qty, row.invoiced_qty, row.returned_qty)
        return (
            code_text(" / ".join(format_quantity(value) for value in figures)) if row.pk else SafeString("–")
        )


class OrderChargeInline(OrderedTabularInline):
    model = DocumentCharge
    fk_name = "sales_order"
    classes = ("tab-lines",)
    autocomplete_fields = ("service_item",)
    fields = (
        "kind",
        "description",
        "service_item",
        "net_amount",
        "tax_code",
        "tax_rate",
        "tax_amount",
        "gross_amount",
    )
    readonly_fields = ("gross_amount",)


def _is_open(order: SalesOrder) -> bool:
    return order.state in FOLLOWING


@admin.register(SalesOrder)
class SalesOrderAdmin(DocumentAdmin):
    """Orders. Those of a shop keep the shop's figures; those typed here are computed when saved."""

    object_actions = (
        "confirm",
        "deliver",
        "make_invoice",
        "receive_payment",
        "draft_delivery",
        "partial_invoice",
        "make_return",
        "hold",
        "release",
        "cancel",
    )
    list_display = (
        "number_",
        "external_number",
        "channel",
        "customer",
        "order_date",
        "total_",
        "state_",
    )
    list_display_links = ("number_",)
    list_filter = (
        "state",
        "channel",
        "currency",
        ("warehouse", admin.RelatedOnlyFieldListFilter),
        "order_date",
    )
    search_fields = (
        "number",
        "external_number",
        "external_id",
        "customer__code",
        "customer__name1",
        "customer__name2",
        "customer__email",
    )
    list_select_related = ("customer",)
    date_hierarchy = "order_date"
    autocomplete_fields = ("customer", "price_list", "warehouse")
    readonly_fields = (
        "number",
        "channel",
        "external_number",
        "external_id",
        "billing_",
        "shipping_",
        "coupon_code",
        "hold_reason",
        "notice",
        "cancel_reason",
    )
    tabs = (("lines", _("Lines")), ("general", _("General")), ("addresses", _("Addresses")))
    fieldsets = (
        (
            None,
            {
                "classes": ("tab-lines",),
                "fields": (
                    ("customer", "warehouse"),
                    ("currency", "prices_include_tax"),
                    ("price_list", "order_date"),
                ),
            },
        ),
        (
            _("General"),
            {
                "classes": ("tab-general",),
                "fields": (
                    ("number", "number_series"),
                    ("channel", "external_number", "external_id"),
                    ("issue_date", "value_date", "requested_delivery_date"),
                    ("delivery_method", "payment_terms", "salesperson"),
                    ("exchange_rate", "coupon_code"),
                    ("discount_net", "discount_tax", "rounding"),
                    "note",
                    "remarks",
                    ("hold_reason", "cancel_reason", "notice"),
                ),
            },
        ),
        (_("Addresses"), {"classes": ("tab-addresses",), "fields": (("billing_", "shipping_"),)}),
        (ORGANISATION[0], {"classes": ("tab-general", "collapse"), "fields": ORGANISATION[1]["fields"]}),
    )
    inlines = (OrderLineInline, OrderChargeInline)

    def is_open(self, obj: Any) -> bool:
        return obj.state == "draft" and not obj.external_number

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        complete_sales_order(order=form.instance)

    @admin.display(description=_("number"), ordering="number")
    def number_(self, row: SalesOrder) -> SafeString:
        return code_text(row.number or str(row))

    @admin.display(description=_("grand total"), ordering="grand_total")
    def total_(self, row: SalesOrder) -> SafeString:
        return amount_html(row.grand_total, row.currency)

    @admin.display(description=_("state"), ordering="state")
    def state_(self, row: SalesOrder) -> SafeString:
        return state_chip(row, tones=TONES)

    @admin.display(description=_("billing address"))
    def billing_(self, row: SalesOrder) -> SafeString:
        return address_html(row.billing_address)

    @admin.display(description=_("shipping address"))
    def shipping_(self, row: SalesOrder) -> SafeString:
        return address_html(row.shipping_address)

    def object_panels(self, request: HttpRequest, obj: SalesOrder) -> Sequence[dict[str, Any]]:
        facts: list[tuple[object, object]] = [(_("Customer"), link_to(obj.customer))]
        if obj.external_number:
            facts.append((_("Shop order"), code_text(f"{obj.channel} {obj.external_number}")))
        for label, text in (
            (_("Reason of hold"), obj.hold_reason),
            (_("Notice"), obj.notice),
            (_("Reason of cancellation"), obj.cancel_reason),
        ):
            if text:
                facts.append((label, text))
        documents = [
            (row._meta.verbose_name, link_to(row), state_chip(row, tones=TONES))
            for rows in (obj.deliveries.all(), obj.invoices.all(), obj.sales_returns.all())
            for row in rows
        ]
        paid = [
            (_("receipt"), link_to(row.receipt), state_chip(row.receipt, tones=TONES))
            for row in obj.payments.select_related("receipt")
        ]
        table = ReportTable(
            columns=(_("document"), _("number"), _("state")),
            rows=[*documents, *paid],
            empty=_("No documents yet."),
        )
        return (
            totals_panel(obj),
            {"title": _("Sales order"), "facts": facts},
            {"title": _("Documents of the order"), "table": table},
            *_revisions(obj),
        )

    @object_action(
        label=_("Confirm"),
        tone="primary",
        form=ConfirmForm,
        visible=lambda row: row.state in ("draft", "on_hold"),
        hint=_("Takes the number and reserves the stock."),
    )
    def confirm(self, request: HttpRequest, queryset: QuerySet[SalesOrder], form: Any) -> None:
        for order in queryset:
            confirm_sales_order(
                order=order,
                reserve=form.cleaned_data["reserve"],
                on_shortage=form.cleaned_data["on_shortage"],
            )
            messages.success(request, gettext("Order %(number)s is confirmed.") % {"number": order})
            if order.notice:
                messages.warning(request, order.notice)

    @object_action(
        label=_("Deliver all"),
        tone="primary",
        form=ShipForm,
        visible=lambda row: row.state in ("confirmed", "partially_delivered"),
        hint=_("Ships everything that is open."),
    )
    def deliver(self, request: HttpRequest, queryset: QuerySet[SalesOrder], form: Any) -> None:
        for order in queryset:
            delivery = create_delivery(order=order)
            ship_delivery(delivery=delivery, **ship_values(form))
            messages.success(request, gettext("Delivery %(number)s is shipped.") % {"number": delivery})

    @object_action(label=_("Draft delivery"), form=DeliveryQuantitiesForm, visible=_is_open, on_list=False)
    def draft_delivery(self, request: HttpRequest, queryset: QuerySet[SalesOrder], form: Any) -> None:
        for order in queryset:
            delivery = create_delivery(
                order=order, quantities=form.quantities(), warehouse=form.cleaned_data["warehouse"]
            )
            messages.success(request, gettext("The %(document)s is made.") % {"document": delivery})

    @object_action(
        label=_("Invoice all"),
        tone="primary",
        visible=_is_open,
        confirm=_("Issue an invoice for everything that is not invoiced yet?"),
    )
    def make_invoice(self, request: HttpRequest, queryset: QuerySet[SalesOrder], form: Any = None) -> None:
        for order in queryset:
            invoice = issue_invoice(invoice=create_invoice(order=order))
            messages.success(request, gettext("Invoice %(number)s is issued.") % {"number": invoice})

    @object_action(label=_("Partial invoice"), form=InvoiceQuantitiesForm, visible=_is_open, on_list=False)
    def partial_invoice(self, request: HttpRequest, queryset: QuerySet[SalesOrder], form: Any) -> None:
        for order in queryset:
            invoice = create_invoice(order=order, quantities=form.quantities())
            issue_invoice(invoice=invoice, post_entries=form.cleaned_data["post_entries"])
            messages.success(request, gettext("Invoice %(number)s is issued.") % {"number": invoice})

    @object_action(label=_("Receive payment"), form=PayForm, visible=_is_open, on_list=False)
    def receive_payment(self, request: HttpRequest, queryset: QuerySet[SalesOrder], form: Any) -> None:
        for order in queryset:
            paid = sum((row.amount for row in order.payments.filter(receipt__state="posted")), Decimal(0))
            amount = form.cleaned_data["amount"] or order.grand_total - paid
            receipt, created = create_receipt(
                customer=order.customer,
                payment_method=form.cleaned_data["payment_method"],
                amount=amount,
                currency=order.currency,
                exchange_rate=order.exchange_rate,
                paid_at=timezone.now(),
                transaction_id=form.cleaned_data["transaction_id"],
                allocations=[(order, amount)],
                channel=order.channel,
                legal_entity=order.legal_entity,
                post_entries=form.cleaned_data["post_entries"],
            )
            text = (
                gettext("Receipt %(number)s is posted.")
                if created
                else gettext("Receipt %(number)s was posted before.")
            )
            messages.success(request, text % {"number": receipt})

    @object_action(label=_("Return"), form=ReturnQuantitiesForm, visible=_is_open, on_list=False)
    def make_return(self, request: HttpRequest, queryset: QuerySet[SalesOrder], form: Any) -> None:
        for order in queryset:
            sales_return = _return_of(order, form.lines, form.quantities(), form.cleaned_data["reason"])
            messages.success(request, gettext("The %(document)s is made.") % {"document": sales_return})

    @object_action(label=_("Put on hold"), form=ReasonForm, visible=lambda row: row.state == "draft")
    def hold(self, request: HttpRequest, queryset: QuerySet[SalesOrder], form: Any) -> None:
        for order in queryset:
            hold_sales_order(order=order, reason=form.cleaned_data["reason"])
            messages.success(request, gettext("Order %(number)s is on hold.") % {"number": order})

    @object_action(label=_("Take off hold"), visible=lambda row: row.state == "on_hold")
    def release(self, request: HttpRequest, queryset: QuerySet[SalesOrder], form: Any = None) -> None:
        for order in queryset:
            release_sales_order(order=order)
            messages.success(request, gettext("Order %(number)s is a draft again.") % {"number": order})

    @object_action(
        label=_("Cancel"),
        tone="danger",
        form=CancelForm,
        visible=lambda row: row.state in ("draft", "on_hold", "confirmed", "invoiced", "completed"),
    )
    def cancel(self, request: HttpRequest, queryset: QuerySet[SalesOrder], form: Any) -> None:
        for order in queryset:
            cancel_sales_order(order=order, reason=form.text())
            messages.success(request, gettext("Order %(number)s is cancelled.") % {"number": order})


def _revisions(order: SalesOrder) -> Sequence[dict[str, Any]]:
    """What the order said before it was amended."""
    rows = [
        (
            row.revision,
            amount_html(row.grand_total, order.currency),
            in_reader_language(row.reason),
            time_exact(row.created_at),
        )
        for row in order.revisions.all()
    ]
    if not rows:
        return ()
    columns = (_("revision"), _("grand total"), _("reason"), _("amended at"))
    return ({"title": _("Earlier revisions"), "table": ReportTable(columns=columns, rows=rows)},)


def _return_of(
    order: SalesOrder, lines: Sequence[SalesOrderLine], quantities: dict[int, Decimal], reason: str
) -> SalesReturn:
    """A return with the share of each line's amounts."""
    given = []
    for line in lines:
        quantity = quantities.get(line.pk)
        if quantity:
            share = quantity / line.quantity
            given.append(
                ReturnLineInput(
                    order_line=line,
                    item=line.item,
                    quantity=quantity,
                    net_amount=round_money(line.net_amount * share, order.currency),
                    tax_amount=round_money(line.tax_amount * share, order.currency),
                )
            )
    sales_return, _created = create_sales_return(
        channel=order.channel,
        external_number="",
        customer=order.customer,
        order=order,
        lines=given,
        reason=reason,
    )
    return sales_return
