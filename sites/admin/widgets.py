"""Form fields for lists of codes, and inputs that offer what the shop told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ecomsync.common.stored_text import in_reader_language
from sites.models import Site


class CodeListField(forms.CharField):
    """Codes with commas between them (an Arabic comma will do), as a list."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(str(entry) for entry in value) if isinstance(value, list | tuple) else value

    def to_python(self, value: Any) -> Any:
        if isinstance(value, list):
            return value
        parts = str(value or "").replace("\u060c", ",").replace("\n", ",").split(",")
        found: list[str] = []
        for part in (part.strip() for part in parts):
            if part and part not in found:
                found.append(part)
        return found

    def validate(self, value: Any) -> None:
        if self.required and not value:
            raise forms.ValidationError(_("Enter at least one code."), code="required")

    def run_validators(self, value: Any) -> None:
        for entry in value:
            super().run_validators(entry)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.to_python(initial) != self.to_python(data))


class CodeChoiceField(forms.MultipleChoiceField):
    """The same as tick boxes, where the possible codes are known. Codes that vanished from the shop stay visible."""

    widget = forms.CheckboxSelectMultiple

    def has_changed(self, initial: Any, data: Any) -> bool:
        return sorted(str(entry) for entry in initial or ()) != sorted(str(entry) for entry in data or ())


class RankedChoices(forms.MultiWidget):
    """A row of selects: the first choice, the second, and so on."""

    use_fieldset = True

    def __init__(self, choices: Sequence[tuple[str, Any]], attrs: dict[str, Any] | None = None) -> None:
        self.choices = list(choices)
        options = [("", "–"), *self.choices]
        super().__init__([forms.Select(choices=options) for _entry in self.choices], attrs)

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        for number, widget in enumerate(context["widget"]["subwidgets"], start=1):
            widget["attrs"]["aria-label"] = _("choice %(number)s") % {"number": number}
        return context

    def decompress(self, value: Any) -> list[Any]:
        chosen = list(value or [])[: len(self.choices)]
        return chosen + [""] * (len(self.choices) - len(chosen))


class RankedChoiceField(forms.MultiValueField):
    """Known codes in an order of their own, as a list; each at most once, gaps close."""

    def __init__(self, *, choices: Sequence[tuple[str, Any]], **kwargs: Any) -> None:
        fields = [forms.ChoiceField(choices=[("", "–"), *choices], required=False) for _entry in choices]
        super().__init__(fields, widget=RankedChoices(choices), require_all_fields=False, **kwargs)
        self.names = dict(choices)

    def compress(self, data_list: list[Any]) -> list[str]:
        chosen = [str(entry) for entry in data_list if entry]
        twice = next((entry for entry in chosen if chosen.count(entry) > 1), None)
        if twice is not None:
            raise forms.ValidationError(
                _("‘%(name)s’ is chosen twice."), params={"name": self.names[twice]}, code="twice"
            )
        return chosen

    def has_changed(self, initial: Any, data: Any) -> bool:
        before, now = list(initial or []), [entry for entry in data or [] if entry]
        return before != now


def offering(name: str, **attrs: Any) -> forms.TextInput:
    """A text input that offers the values of a data list of the page."""
    return forms.TextInput(
        attrs={"list": f"offered-{name}", "autocomplete": "off", "class": "vTextField", **attrs}
    )


def pairs(site: Site | None, name: str) -> list[tuple[str, str]]:
    """(code, title) that the shop told, such as its payment methods."""
    told = site.shop_info.get(name, []) if site is not None and isinstance(site.shop_info, dict) else []
    return [
        (str(entry[0]), str(entry[1]))
        for entry in told
        if isinstance(entry, list | tuple) and len(entry) >= 2
    ]


def statuses(site: Site) -> list[tuple[str, str]]:
    """Order statuses of the shop, else those that its platform usually has."""
    found = pairs(site, "statuses") or list(site.capabilities.order_statuses)
    return [(code, in_reader_language(title)) for code, title in found]
