"""Deliveries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ecomsync.common.admin import (
    ReadOnlyTabularInline,
    code_text,
    link,
    link_to,
    object_action,
    state_chip,
)
from erp.admin.forms import (
    ShipForm,
    ship_values,
    tracking_text,
)
from erp.admin.shared import ORGANISATION, TONES, DocumentAdmin, address_html
from erp.models import (
    Delivery,
    DeliveryLine,
)
from erp.services.deliveries import cancel_delivery, ship_delivery


class DeliveryLineInline(ReadOnlyTabularInline):
    model = DeliveryLine
    fields = ("line_no", "item", "quantity", "warehouse")
    readonly_fields = fields


@admin.register(Delivery)
class DeliveryAdmin(DocumentAdmin):
    """Deliveries are made from their order."""

    object_actions = ("ship", "cancel")
    list_display = (
        "number_",
        "order",
        "customer_",
        "warehouse",
        "carrier",
        "tracking_",
        "state_",
        "shipped_at",
    )
    list_display_links = ("number_",)
    list_filter = ("state", ("warehouse", admin.RelatedOnlyFieldListFilter), "carrier", "shipped_at")
    search_fields = ("number", "order__number", "order__external_number", "order__customer__name1")
    list_select_related = ("order__customer", "warehouse", "delivery_method")
    readonly_fields = ("number", "order", "warehouse", "shipped_at", "tracking_")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("number", "order"),
                    ("warehouse", "delivery_method"),
                    ("carrier", "tracking_"),
                    ("issue_date", "value_date", "shipped_at"),
                    "remarks",
                )
            },
        ),
        ORGANISATION,
    )
    inlines = (DeliveryLineInline,)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.display(description=_("number"), ordering="number")
    def number_(self, row: Delivery) -> SafeString:
        return code_text(row.number or str(row))

    @admin.display(description=_("customer"))
    def customer_(self, row: Delivery) -> str:
        return row.order.customer.display_name

    @admin.display(description=_("tracking numbers"))
    def tracking_(self, row: Delivery) -> SafeString:
        """Each number as a link to the carrier, where the delivery method knows its address."""
        method = row.delivery_method
        if method is None or not method.tracking_url_template:
            return code_text(tracking_text(row))
        numbers = [str(number) for number in row.tracking_numbers or []]
        links = ((link(method.tracking_url(number), code_text(number)),) for number in numbers)
        return format_html_join(" · ", "{}", links) or SafeString("–")

    @admin.display(description=_("state"), ordering="state")
    def state_(self, row: Delivery) -> SafeString:
        return state_chip(row, tones=TONES)

    def object_panels(self, request: HttpRequest, obj: Delivery) -> Sequence[dict[str, Any]]:
        facts = [
            (_("Sales order"), link_to(obj.order)),
            (_("Customer"), link_to(obj.order.customer)),
            (_("Shipping address"), address_html(obj.order.shipping_address)),
        ]
        return ({"title": _("Sales order"), "facts": facts},)

    @object_action(label=_("Ship"), tone="primary", form=ShipForm, visible=lambda row: row.state == "draft")
    def ship(self, request: HttpRequest, queryset: QuerySet[Delivery], form: Any) -> None:
        for delivery in queryset:
            ship_delivery(delivery=delivery, **ship_values(form))
            messages.success(request, gettext("Delivery %(number)s is shipped.") % {"number": delivery})

    @object_action(
        label=_("Cancel"),
        tone="danger",
        visible=lambda row: row.state in ("draft", "shipped"),
        confirm=_("Cancel the delivery? Shipped goods go back to stock and are reserved again."),
    )
    def cancel(self, request: HttpRequest, queryset: QuerySet[Delivery], form: Any = None) -> None:
        for delivery in queryset:
            cancel_delivery(delivery=delivery)
            messages.success(request, gettext("The delivery is cancelled."))
