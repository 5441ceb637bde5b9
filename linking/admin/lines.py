"""All lines of the linkers: 100,000 and more, so everything here is paged, indexed and bulk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AutocompleteSelect
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from import_export.admin import ImportExportMixin

from ecomsync.common.admin import (
    ActionForm,
    BaseAdmin,
    code_text,
    format_amount,
    format_quantity,
    link_to,
    object_action,
    show_error,
    state_chip,
    time_ago,
)
from ecomsync.common.errors import EcomsyncError
from erp.models import Item
from linking.admin.resources import ItemLinkerLineResource
from linking.models import ItemLinkerLine, LinkState, MatchSource
from linking.services.announce import announce_linked
from linking.services.link_line import forget_sent, link_line, unlink_line

PERMISSION = "linking.change_itemlinkerline"


class LineForm(forms.ModelForm):  # type: ignore[type-arg]
    """The site follows the linker, and the constraints that name it are checked here, not by the database."""

    class Meta:
        model = ItemLinkerLine
        fields = (
            "linker", "item", "unit", "variant_text", "active", "remote_sku", "remote_name", "remote_product_id",
            "remote_variant_id", "parent_remote_id", "remote_inventory_id", "remote_kind",
        )  # fmt: skip

    def clean(self) -> dict[str, Any] | None:
        data = super().clean()
        linker = self.cleaned_data.get("linker")
        if linker is not None:
            self.instance.site = linker.site
        chosen = self.cleaned_data.get("item")
        if "item" in self.changed_data or self.instance.pk is None:
            self.instance.state = LinkState.LINKED if chosen else LinkState.ITEM_MISSING
        return data

    def _get_validation_exclusions(self) -> set[str]:
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return excluded - {"site", "state"}


class ChooseItemForm(ActionForm):
    item = forms.ModelChoiceField(queryset=Item.objects.none(), label=_("item"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["item"]
        field.queryset = Item.objects.all()  # type: ignore[attr-defined]
        field.widget = AutocompleteSelect(ItemLinkerLine._meta.get_field("item"), admin.site)
        field.widget.choices = field.choices  # type: ignore[attr-defined]


@admin.register(ItemLinkerLine)
class ItemLinkerLineAdmin(ImportExportMixin, BaseAdmin):  # type: ignore[misc]
    """One product or variant of a shop, and its item."""

    form = LineForm
    resource_classes = (ItemLinkerLineResource,)
    list_display = (
        "sku", "name", "site_code", "item_link", "unit", "status", "match_source", "remote_key", "seen", "sent",
    )  # fmt: skip
    list_display_links = ("sku", "name")
    list_filter = ("state", "site", "match_source", "remote_kind", "active", "linker")
    search_fields = (
        "remote_sku", "remote_name", "=remote_product_id", "=remote_variant_id", "item__code", "item__name1", "item__name2",
    )  # fmt: skip
    search_help_text = _("SKU, name or id in the shop; code or name of the item")
    list_select_related = ("site", "item", "unit")
    status_counts = "state"
    show_full_result_count = False
    autocomplete_fields = ("item", "unit")
    object_actions = ("choose_item", "unlink")
    fieldsets = (
        (_("Item"), {"fields": ("linker", "item", "unit", "variant_text", "active")}),
        (
            _("Product in the shop"),
            {
                "fields": (
                    "remote_sku", "remote_name", "remote_product_id", "remote_variant_id", "parent_remote_id",
                    "remote_inventory_id", "remote_kind",
                )
            },
        ),
    )  # fmt: skip

    @admin.display(description=_("SKU in the shop"), ordering="remote_sku")
    def sku(self, row: ItemLinkerLine) -> SafeString:
        return code_text(row.remote_sku)

    @admin.display(description=_("name in the shop"), ordering="remote_name")
    def name(self, row: ItemLinkerLine) -> str:
        return row.remote_name[:80] or "–"

    @admin.display(description=_("site"), ordering="site__code")
    def site_code(self, row: ItemLinkerLine) -> SafeString:
        return code_text(row.site.code)

    @admin.display(description=_("item"), ordering="item__code")
    def item_link(self, row: ItemLinkerLine) -> SafeString:
        return link_to(row.item)

    @admin.display(description=_("state"), ordering="state")
    def status(self, row: ItemLinkerLine) -> SafeString:
        return state_chip(row)

    @admin.display(description=_("id in the shop"))
    def remote_key(self, row: ItemLinkerLine) -> SafeString:
        return code_text(row.remote_id)

    @admin.display(description=_("last seen"), ordering="last_seen_at")
    def seen(self, row: ItemLinkerLine) -> SafeString:
        return time_ago(row.last_seen_at)

    @admin.display(description=_("last sent"), ordering="last_sent_quantity_at")
    def sent(self, row: ItemLinkerLine) -> str:
        return f"{format_quantity(row.last_sent_quantity)} · {format_amount(row.last_sent_price)}"

    def object_panels(self, request: HttpRequest, obj: ItemLinkerLine) -> Sequence[dict[str, Any]]:
        attributes = ", ".join(f"{name}: {value}" for name, value in obj.attribute_values.items())
        facts = [
            (_("Site"), link_to(obj.site)),
            (_("Match source"), obj.get_match_source_display()),
            (_("Last seen in the shop"), time_ago(obj.last_seen_at)),
            (_("Attribute values"), attributes or "–"),
            (_("Barcode in the shop"), code_text(obj.remote_barcode)),
        ]
        sent = [
            (_("Quantity"), f"{format_quantity(obj.last_sent_quantity)}"),
            (_("Quantity sent at"), time_ago(obj.last_sent_quantity_at)),
            (_("Price"), format_amount(obj.last_sent_price, obj.site.currency)),
            (_("Special price"), format_amount(obj.last_sent_special, obj.site.currency)),
            (_("Price sent at"), time_ago(obj.last_sent_price_at)),
            (_("Sheet sent at"), time_ago(obj.last_sent_hash_at)),
        ]
        return (
            {"title": _("Link"), "facts": facts},
            {"title": _("Last accepted by the shop"), "facts": sent},
        )

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change or {"item", "unit"} & set(form.changed_data):
            obj.match_source, obj.candidates = MatchSource.MANUAL, []
            forget_sent(obj)
        super().save_model(request, obj, form, change)
        if obj.item_id is not None and (not change or "item" in form.changed_data):
            announce_linked(site_id=obj.site_id, item_ids=[obj.item_id], skus=[obj.remote_sku])

    @object_action(
        label=_("Link with Item…"), permission=PERMISSION, form=ChooseItemForm, tone="primary", on_list=False
    )
    def choose_item(
        self, request: HttpRequest, queryset: QuerySet[Any], form: forms.Form | None = None
    ) -> None:
        if form is None:
            return
        for line in queryset:
            try:
                link_line(line, form.cleaned_data["item"], request.user)
            except EcomsyncError as error:
                show_error(request, error)
            else:
                messages.success(request, _("%(line)s is linked now.") % {"line": line})

    @object_action(
        label=_("Unlink"),
        permission=PERMISSION,
        confirm=_(
            "Take the item off the chosen lines? Orders of these products will be held until they are linked again."
        ),
        visible=lambda line: line.item_id is not None,
        tone="danger",
    )
    def unlink(self, request: HttpRequest, queryset: QuerySet[Any], form: forms.Form | None = None) -> None:
        count = 0
        for line in queryset.iterator(chunk_size=500):
            unlink_line(line, request.user)
            count += 1
        text = ngettext("%(count)s line was unlinked.", "%(count)s lines were unlinked.", count)
        messages.success(request, text % {"count": count})
