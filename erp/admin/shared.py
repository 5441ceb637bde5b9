"""Pieces that several pages of the ERP share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ecomsync.common.admin import BaseAdmin, amount_html, state_chip
from erp.inputs import ADDRESS_KEYS
from erp.models import Currency
from erp.models.sales_amounts import AmountDocument

#: Fieldsets are typed loosely: the stubs ask for other shapes than the admin takes.
ORGANISATION: Any = (
    gettext_lazy("Organisation"),
    {"classes": ("collapse",), "fields": (("legal_entity", "branch"), ("department", "sector"))},
)
NOTES: Any = (
    gettext_lazy("Descriptions and remarks"),
    {"classes": ("collapse",), "fields": ("description1", "description2", "description3", "remarks")},
)
#: States whose usual tone is not known to the house.
TONES: Mapping[str, str] = {
    "partially_delivered": "info",
    "invoiced": "info",
    "on_hold": "warn",
    "partially_paid": "warn",
    "requested": "warn",
    "credited": "ok",
    "reversed": "bad",
    "consumed": "ok",
    "released": "mute",
}


class MasterAdmin(BaseAdmin):
    """A list by code and names."""

    list_display: Any = ("code", "name1", "name2", "active")
    list_filter: ClassVar[Any] = ("active",)
    search_fields: ClassVar[Any] = ("code", "name1", "name2")
    ordering: ClassVar[Any] = ("code",)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return with_currency_choices(db_field, super().formfield_for_dbfield(db_field, request, **kwargs))


class DocumentAdmin(BaseAdmin):
    """Documents: state chips, dates, numbers; locked once they are posted."""

    status_counts = "state"
    date_hierarchy: ClassVar[Any] = "issue_date"
    #: States in which staff may still change the document.
    open_states: ClassVar[Sequence[str]] = ("draft",)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return with_currency_choices(db_field, super().formfield_for_dbfield(db_field, request, **kwargs))

    def has_change_permission(self, request: HttpRequest, obj: Any | None = None) -> bool:
        if obj is not None and not self.is_open(obj):
            return False
        return bool(super().has_change_permission(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any | None = None) -> bool:
        if obj is None or obj.number or not self.is_open(obj):
            return False
        return bool(super().has_delete_permission(request, obj))

    def is_open(self, obj: Any) -> bool:
        return obj.state in self.open_states

    def object_chip(self, obj: Any) -> object:
        return document_chip(obj)


def document_chip(obj: Any) -> SafeString:
    """The state of a document in its tone."""
    return state_chip(obj, tones=TONES)


def with_currency_choices(db_field: Any, field: Any) -> Any:
    """Turn a currency code column into a choice of the currencies in the table, if there are any."""
    if db_field.name not in ("currency", "base_currency") or field is None:
        return field
    codes = list(Currency.objects.filter(active=True).values_list("code", flat=True))
    if not codes:
        return field
    choices = [(code, code) for code in codes]
    empty = [("", "—")] if db_field.blank or not db_field.has_default() else []
    return forms.ChoiceField(
        label=field.label,
        help_text=field.help_text,
        required=field.required,
        choices=[*empty, *choices],
        initial=field.initial,
    )


def totals_panel(document: AmountDocument) -> dict[str, Any]:
    """The sum of a document, part by part."""
    currency = document.currency
    facts: list[tuple[object, object]] = [
        (_("Lines, net"), amount_html(document.lines_net, currency)),
        (_("Header discount, net"), amount_html(-document.discount_net, currency)),
        (_("Charges, net"), amount_html(document.charges_net, currency)),
        (_("Tax"), amount_html(document.tax_total, currency)),
    ]
    if document.rounding:
        facts.append((_("Rounding"), amount_html(document.rounding, currency)))
    facts.append((_("Grand total"), amount_html(document.grand_total, currency)))
    return {"title": _("Totals"), "facts": facts}


def address_html(address: Mapping[str, Any]) -> SafeString:
    """An address snapshot in lines."""
    lines = [(str(address[key]),) for key in ADDRESS_KEYS if address.get(key)]
    return format_html_join(SafeString("<br>"), "<bdi>{}</bdi>", lines) if lines else SafeString("–")
