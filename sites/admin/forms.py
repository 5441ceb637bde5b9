"""The form of a site, made for its platform: credentials and options as the adapter declares them."""

from __future__ import annotations

import json
from typing import Any, ClassVar
from zoneinfo import available_timezones

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from ecomsync.common.fields import EncryptedTextField, KeepSecretsMixin, SecretField
from ecomsync.common.stored_text import in_reader_language
from platforms.base import CredentialField, OptionField, PlatformAdapter
from sites.admin.widgets import CodeChoiceField, CodeListField, RankedChoiceField, offering, statuses
from sites.choices import CustomerMatch, QtyPart
from sites.models import Site
from sites.shown import SWITCHES, VALUES_NOT_YET

CREDENTIAL = "credential__"
OPTION = "option__"
LIST_COLUMNS = ("languages", "scopes", "remote_statuses_to_import")


def arabic() -> bool:
    return (get_language() or "").startswith("ar")


def columns() -> dict[str, Any]:
    return {column.name: column for column in Site._meta.concrete_fields}


def form_name(credential: CredentialField) -> str:
    """A credential with a column of its own keeps the column's name."""
    return credential.name if credential.name in columns() else f"{CREDENTIAL}{credential.name}"


def is_stored_secret(credential: CredentialField) -> bool:
    column = columns().get(credential.name)
    return credential.secret if column is None else isinstance(column, EncryptedTextField)


def credential_form_field(credential: CredentialField) -> forms.Field:
    """A write-only field for a secret, a plain one for the rest."""
    return (SecretField if is_stored_secret(credential) else forms.CharField)(required=False)


def option_form_field(option: OptionField) -> forms.Field:
    """An input after the kind that the adapter declares."""
    label = option.label_ar if arabic() else option.label_en
    help_text = option.help_ar if arabic() else option.help_en
    common: dict[str, Any] = {
        "label": label,
        "help_text": help_text,
        "required": False,
        "initial": option.default,
    }
    if option.kind == "bool":
        return forms.BooleanField(**common)
    if option.kind == "int":
        return forms.IntegerField(**common)
    if option.kind == "choice":
        return forms.ChoiceField(choices=[(choice, choice) for choice in option.choices], **common)
    if option.kind == "json":
        return StructureField(**common)
    return forms.CharField(widget=forms.TextInput(attrs={"class": "vTextField"}), **common)


class StructureField(forms.JSONField):
    """JSON over several lines, written from left to right in every language."""

    widget = forms.Textarea(
        attrs={"class": "vLargeTextField", "rows": 8, "dir": "ltr", "spellcheck": "false", "wrap": "off"}
    )

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, str):
            return value  # as it was typed, also where it is no JSON
        return json.dumps(value, ensure_ascii=False, indent=2) if value else ""


class SiteForm(KeepSecretsMixin):
    """Base of the forms; `site_form_class` makes one for each platform."""

    adapter: ClassVar[type[PlatformAdapter]]

    class Meta:
        model = Site
        exclude = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        instance = kwargs.get("instance") or Site()
        if instance._state.adding:
            instance.site_type = self.adapter.name
            for switch, capability in SWITCHES.items():
                if not getattr(self.adapter.capabilities, capability):
                    setattr(instance, switch, False)
        kwargs["instance"] = instance
        super().__init__(*args, **kwargs)
        self._prepare_credentials()
        self._prepare_options()
        self._prepare_lists()
        self._hide_values()

    # -- what the adapter declares -------------------------------------------
    def _prepare_credentials(self) -> None:
        for credential in self.adapter.credential_fields:
            name = form_name(credential)
            if name not in self.fields:
                continue
            field = self.fields[name]
            field.label = credential.label_ar if arabic() else credential.label_en
            field.help_text = (credential.help_ar if arabic() else credential.help_en) or field.help_text
            field.widget.attrs.update({"dir": "ltr", "class": "vTextField"})
            if name.startswith(CREDENTIAL):
                stored = self.instance.credential(credential.name)
                self.initial.setdefault(
                    name, ("set" if stored else "") if is_stored_secret(credential) else stored
                )

    def _prepare_options(self) -> None:
        for option in self.adapter.option_fields:
            name = f"{OPTION}{option.name}"
            if name in self.fields and option.name in self.instance.platform_options:
                self.initial[name] = self.instance.platform_options[option.name]

    def _prepare_lists(self) -> None:
        if "remote_statuses_to_import" in self.fields:
            known = dict(statuses(self.instance))
            if known:
                known |= {code: code for code in self.instance.remote_statuses_to_import if code not in known}
                chosen = CodeChoiceField(choices=list(known.items()), required=False)
                self._replace("remote_statuses_to_import", chosen)
        if "time_zone" in self.fields:
            self.fields["time_zone"].widget = offering("zones", dir="ltr")

    def _hide_values(self) -> None:
        for name, values in VALUES_NOT_YET.items():
            field = self.fields.get(name)
            if isinstance(field, forms.ChoiceField):
                choices: list[Any] = list(field.choices)  # type: ignore[arg-type]
                field.choices = [choice for choice in choices if choice[0] not in values]

    def _replace(self, name: str, field: forms.Field) -> None:
        old = self.fields[name]
        field.label, field.help_text = old.label, old.help_text
        self.fields[name] = field

    # -- validation -----------------------------------------------------------
    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        data = self.cleaned_data if cleaned is None else cleaned
        self._clean_credentials(data)
        self._clean_options(data)
        if data.get("time_zone") and data["time_zone"] not in available_timezones():
            self.add_error("time_zone", _("This time zone is not known. Write it like Asia/Riyadh."))
        return data

    def _clean_credentials(self, data: dict[str, Any]) -> None:
        for credential in self.adapter.credential_fields:
            name = form_name(credential)
            if name not in data:
                continue
            value = data[name]
            if name.startswith(CREDENTIAL):
                typed = self.data.get(self.add_prefix(name), "") if is_stored_secret(credential) else value
                stored = self.instance.credential(credential.name)
                value = "" if typed == "-" else (typed or (stored if is_stored_secret(credential) else ""))
                data[name] = value
            if credential.required and not value:
                self.add_error(name, _("%(platform)s needs this.") % {"platform": self._platform_label()})

    def _clean_options(self, data: dict[str, Any]) -> None:
        for option in self.adapter.option_fields:
            name = f"{OPTION}{option.name}"
            if name in data and data[name] in (None, "") and option.kind in ("choice",):
                data[name] = option.default
        typed = {
            option.name: data[f"{OPTION}{option.name}"]
            for option in self.adapter.option_fields
            if f"{OPTION}{option.name}" in data
        }
        problems = self.adapter.option_problems({**self.instance.platform_options, **typed})
        for option_name, text in problems.items():
            name = f"{OPTION}{option_name}"
            self.add_error(name if name in self.fields else None, in_reader_language(text))

    def _platform_label(self) -> str:
        return self.adapter.label_ar if arabic() else self.adapter.label_en

    def _update_errors(self, errors: ValidationError) -> None:
        """Errors of settings that this form does not show go to its top, instead of being a fault."""
        if hasattr(errors, "error_dict"):
            shown: dict[str, Any] = {}
            told = any(name.startswith(OPTION) for name in self.errors)
            for name, found in errors.error_dict.items():
                if name == "platform_options" and told:
                    continue  # it stands beside the option already
                if name in self.fields or name == NON_FIELD_ERRORS:
                    shown.setdefault(name, []).extend(found)
                    continue
                label = columns()[name].verbose_name if name in columns() else name
                texts = [f"{label}: {text}" for error in found for text in error.messages]
                shown.setdefault(NON_FIELD_ERRORS, []).extend(ValidationError(text) for text in texts)
            errors = ValidationError(shown)
        super()._update_errors(errors)  # type: ignore[misc]

    def _post_clean(self) -> None:
        self._apply_platform_values()
        super()._post_clean()  # type: ignore[misc]

    def _apply_platform_values(self) -> None:
        """Options and secrets without a column go into their JSON before the model is validated."""
        data = self.cleaned_data
        options = dict(self.instance.platform_options)
        for option in self.adapter.option_fields:
            name = f"{OPTION}{option.name}"
            if name in data:
                options[option.name] = "" if data[name] is None else data[name]
        for credential in self.adapter.credential_fields:
            name = form_name(credential)
            if not name.startswith(CREDENTIAL) or name not in data:
                continue
            if is_stored_secret(credential):
                self.instance.set_secret(credential.name, data[name])
            else:
                options[credential.name] = data[name]
        self.instance.platform_options = options


def site_form_class(adapter: type[PlatformAdapter]) -> type[SiteForm]:
    """The form for a platform."""
    declared: dict[str, Any] = {
        "adapter": adapter,
        "qty_formula": CodeChoiceField(
            choices=QtyPart.choices,
            required=False,
            label=capfirst(_("quantity formula")),
            help_text=_("What is taken off the stock on hand."),
        ),
        "customer_match_by": RankedChoiceField(
            choices=CustomerMatch.choices,
            required=False,
            label=capfirst(_("find customer by")),
            help_text=_(
                "Tried in this order; the first that leads to a customer decides. When several customers fit, "
                "the order is held and nobody is guessed."
            ),
        ),
    }
    for name in LIST_COLUMNS:
        column = columns()[name]
        declared[name] = CodeListField(
            required=False,
            label=capfirst(column.verbose_name),
            help_text=column.help_text,
            widget=forms.TextInput(attrs={"class": "vTextField", "dir": "ltr"}),
        )
    for credential in adapter.credential_fields:
        if credential.name not in columns():
            declared[f"{CREDENTIAL}{credential.name}"] = credential_form_field(credential)
    for option in adapter.option_fields:
        declared[f"{OPTION}{option.name}"] = option_form_field(option)
    made: type[SiteForm] = type(f"{adapter.__name__}SiteForm", (SiteForm,), declared)
    return made
