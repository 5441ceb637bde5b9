"""One list per queue, with the actions under the documents' labels."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from ecomsync.common.admin import format_amount, format_quantity, object_action
from sync_queues.admin.base import (
    PERMISSION,
    RequestAdmin,
    ask_delete,
    ask_delete_finished,
    can_cancel,
    can_retry,
    is_idle,
)
from sync_queues.models import QueueKind, UpdateItemRequest, UpdatePriceRequest, UpdateQtyRequest

Rows = QuerySet[Any]
Form = forms.Form | None


@admin.register(UpdateQtyRequest)
class UpdateQtyRequestAdmin(RequestAdmin):
    kind = QueueKind.QTY
    list_display = (
        "number", "site_code", "item_link", "status", "asked", "sent", "tries", "cause", "attempted", "next_attempt",
    )  # fmt: skip
    own_facts = ("warehouse", "remote_location_id", "quantity_at_enqueue", "quantity_sent")
    object_actions = (
        "retry_selected_lines",
        "delete_finished_requests",
        "cancel_requests",
        "delete_requests",
    )

    @admin.display(description=_("quantity when asked"), ordering="quantity_at_enqueue")
    def asked(self, row: UpdateQtyRequest) -> str:
        return format_quantity(row.quantity_at_enqueue)

    @admin.display(description=_("quantity sent"), ordering="quantity_sent")
    def sent(self, row: UpdateQtyRequest) -> str:
        return format_quantity(row.quantity_sent)

    @object_action(label=_("Retry Selected Lines"), permission=PERMISSION, visible=can_retry, tone="primary")
    def retry_selected_lines(self, request: HttpRequest, queryset: Rows, form: Form = None) -> None:
        self.do_retry(request, queryset)

    @object_action(
        label=_("Delete Finished Requests"),
        permission=PERMISSION,
        confirm=ask_delete_finished,
        on_object=False,
    )
    def delete_finished_requests(self, request: HttpRequest, queryset: Rows, form: Form = None) -> None:
        self.do_delete_finished(request, queryset)

    @object_action(label=_("Cancel Requests"), permission=PERMISSION, visible=can_cancel)
    def cancel_requests(self, request: HttpRequest, queryset: Rows, form: Form = None) -> None:
        self.do_cancel(request, queryset)

    @object_action(
        label=_("Delete Requests"), permission=PERMISSION, confirm=ask_delete, visible=is_idle, tone="danger"
    )
    def delete_requests(self, request: HttpRequest, queryset: Rows, form: Form = None) -> None:
        self.do_delete(request, queryset)


def _currency_of(row: UpdatePriceRequest) -> str:
    """The shop's; a list of the shop may have another one, which its outcome names."""
    return row.site.currency if row.price_list_id is None else ""


@admin.register(UpdatePriceRequest)
class UpdatePriceRequestAdmin(RequestAdmin):
    kind = QueueKind.PRICE
    list_display = (
        "number", "site_code", "item_link", "list_shown", "status", "asked", "sent", "tries", "cause", "attempted",
        "next_attempt",
    )  # fmt: skip
    list_select_related = ("site", "item", "price_list")
    own_facts = ("price_list", "min_quantity", "price_at_enqueue", "price_sent", "special_sent", "forced")
    object_actions = (
        "price_retry_selected_lines",
        "delete_finished_price_requests",
        "cancel_requests",
        "delete_requests",
    )

    @admin.display(description=_("price list"), ordering="price_list")
    def list_shown(self, row: UpdatePriceRequest) -> str:
        """Empty for base prices; a list with the quantity from which its price counts, where that is not one."""
        if row.price_list is None:
            return ""
        quantity = f" ≥ {row.min_quantity.normalize():f}" if row.min_quantity > 1 else ""
        return f"{row.price_list.code}{quantity}"

    @admin.display(description=_("price when asked"), ordering="price_at_enqueue")
    def asked(self, row: UpdatePriceRequest) -> str:
        return format_amount(row.price_at_enqueue, _currency_of(row))

    @admin.display(description=_("price sent"), ordering="price_sent")
    def sent(self, row: UpdatePriceRequest) -> str:
        return format_amount(row.price_sent, _currency_of(row))

    @object_action(
        label=_("Price Retry Selected Lines"), permission=PERMISSION, visible=can_retry, tone="primary"
    )
    def price_retry_selected_lines(self, request: HttpRequest, queryset: Rows, form: Form = None) -> None:
        self.do_retry(request, queryset)

    @object_action(
        label=_("Delete Finished Price Requests"),
        permission=PERMISSION,
        confirm=ask_delete_finished,
        on_object=False,
    )
    def delete_finished_price_requests(self, request: HttpRequest, queryset: Rows, form: Form = None) -> None:
        self.do_delete_finished(request, queryset)

    @object_action(label=_("Cancel Requests"), permission=PERMISSION, visible=can_cancel)
    def cancel_requests(self, request: HttpRequest, queryset: Rows, form: Form = None) -> None:
        self.do_cancel(request, queryset)

    @object_action(
        label=_("Delete Requests"), permission=PERMISSION, confirm=ask_delete, visible=is_idle, tone="danger"
    )
    def delete_requests(self, request: HttpRequest, queryset: Rows, form: Form = None) -> None:
        self.do_delete(request, queryset)


@admin.register(UpdateItemRequest)
class UpdateItemRequestAdmin(RequestAdmin):
    kind = QueueKind.ITEM
    list_display = (
        "number", "site_code", "item_link", "action", "status", "tries", "cause", "attempted", "next_attempt",
    )  # fmt: skip
    list_filter = ("action", *RequestAdmin.list_filter)
    own_facts = ("action", "subject_type", "subject_id")
    object_actions = (
        "item_retry_selected_lines",
        "delete_finished_item_requests",
        "cancel_requests",
        "delete_item_entries",
    )

    @object_action(
        label=_("Item Retry Selected Lines"), permission=PERMISSION, visible=can_retry, tone="primary"
    )
    def item_retry_selected_lines(self, request: HttpRequest, queryset: Rows, form: Form = None) -> None:
        self.do_retry(request, queryset)

    @object_action(
        label=_("Delete Finished Item Requests"),
        permission=PERMISSION,
        confirm=ask_delete_finished,
        on_object=False,
    )
    def delete_finished_item_requests(self, request: HttpRequest, queryset: Rows, form: Form = None) -> None:
        self.do_delete_finished(request, queryset)

    @object_action(label=_("Cancel Requests"), permission=PERMISSION, visible=can_cancel)
    def cancel_requests(self, request: HttpRequest, queryset: Rows, form: Form = None) -> None:
        self.do_cancel(request, queryset)

    @object_action(
        label=_("Delete Item Entries"),
        permission=PERMISSION,
        confirm=ask_delete,
        visible=is_idle,
        tone="danger",
    )
    def delete_item_entries(self, request: HttpRequest, queryset: Rows, form: Form = None) -> None:
        self.do_delete(request, queryset)
