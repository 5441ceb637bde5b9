"""What the actions of a site ask for."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminSplitDateTime
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ecomsync.common.admin import ActionForm
from erp.models import Item
from platforms.registry import platform_entries
from sites.choices import site_type_choices
from sites.models import Site
from sites.runs import ACTIONS

MAX_ORDERS = 500


class FromDateForm(ActionForm):
    """For 'Read Sales From Date'."""

    start = forms.SplitDateTimeField(label=_("From"), widget=AdminSplitDateTime)

    def clean_start(self) -> Any:
        start = self.cleaned_data["start"]
        if start > timezone.now():
            raise forms.ValidationError(_("This lies in the future."))
        return start


class MaybeFromDateForm(ActionForm):
    """For 'Read Returns'."""

    start = forms.SplitDateTimeField(
        label=_("From"),
        widget=AdminSplitDateTime,
        required=False,
        help_text=_("Empty: since the last reading."),
    )


class OrderNumbersForm(ActionForm):
    """For 'ReRead Selected Orders'."""

    numbers = forms.CharField(
        label=_("Orders"),
        widget=forms.Textarea(attrs={"rows": 4, "cols": 60, "dir": "ltr"}),
        help_text=_("Numbers or ids of orders in the shop, with commas, spaces or lines between them."),
    )

    def clean_numbers(self) -> list[str]:
        typed = self.cleaned_data["numbers"].replace(",", " ").replace("\u060c", " ").split()
        numbers = list(dict.fromkeys(number.lstrip("#") for number in typed if number.lstrip("#")))
        if not numbers:
            raise forms.ValidationError(_("Enter at least one order."))
        if len(numbers) > MAX_ORDERS:
            raise forms.ValidationError(
                _("At most %(limit)s orders at a time."), params={"limit": MAX_ORDERS}
            )
        return numbers


class ForceForm(ActionForm):
    """For full runs."""

    force = forms.BooleanField(
        label=_("Send unchanged values too"),
        required=False,
        help_text=_("Also what the shop has already; costs a call for every row."),
    )


class RepairForm(ActionForm):
    """For comparisons."""

    repair = forms.BooleanField(
        label=_("Repair"),
        required=False,
        help_text=_("Put right what differs; without this it is only listed."),
    )


class PauseForm(ActionForm):
    """Why a site is paused; everybody sees it."""

    reason = forms.CharField(
        label=_("Reason"), max_length=400, widget=forms.TextInput(attrs={"class": "vTextField"})
    )


class TokenForm(ActionForm):
    """For 'Request Token'."""

    code = forms.CharField(
        label=_("Authorization code"),
        required=False,
        max_length=2000,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "class": "vTextField"}),
        help_text=_("Empty: the authorization code stored on the site."),
    )


class PreviewForm(ActionForm):
    """Which push is to be shown without being sent."""

    kind = forms.ChoiceField(label=_("Preview of"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(name, action.label) for name, action in ACTIONS.items() if name.startswith("preview_")]
        site = self.queryset.first() if self.queryset is not None else None
        if isinstance(site, Site):
            choices = [entry for entry in choices if getattr(site.capabilities, ACTIONS[entry[0]].needs)]
        self.fields["kind"].choices = choices  # type: ignore[attr-defined]


class ItemForm(ActionForm):
    """For 'Test criteria against item'."""

    item = forms.CharField(label=_("Item code"), max_length=64, widget=forms.TextInput(attrs={"dir": "ltr"}))
    warehouse = forms.CharField(label=_("Warehouse code"), max_length=64, required=False)

    def clean_item(self) -> Item:
        code = self.cleaned_data["item"].strip().upper()
        item = Item.objects.filter(code=code).select_related("item_group", "brand").first()
        if item is None:
            raise forms.ValidationError(_("There is no item with code %(code)s."), params={"code": code})
        return item


class SettingsFileForm(forms.Form):
    """A file made by 'Export Settings'."""

    file = forms.FileField(label=_("File"), help_text=_("A file made by ‘Export Settings’."))


class SiteTypeForm(ActionForm):
    """For 'Change Site Type'."""

    site_type = forms.ChoiceField(label=_("Site type"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["site_type"].choices = site_type_choices()  # type: ignore[attr-defined]

    def clean_site_type(self) -> str:
        chosen: str = self.cleaned_data["site_type"]
        if chosen not in platform_entries():
            raise forms.ValidationError(_("This site type is not installed."))
        return chosen
