"""Model and form fields of ours: secrets that are encrypted at rest and never shown again."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core import checks
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.translation import gettext_lazy as _

from ecomsync.common.crypto import decrypt, encrypt

KEEP = "\u2022\u2022\u2022\u2022\u2022\u2022\u2022\u2022"


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]
    """Text that is stored encrypted. In Python it is the plain secret; it cannot be searched."""

    description = "Encrypted text"

    def get_prep_value(self, value: Any) -> Any:
        prepared = super().get_prep_value(value)
        return encrypt(prepared) if prepared else ""

    def from_db_value(self, value: str | None, expression: Any, connection: BaseDatabaseWrapper) -> str:
        return decrypt(value or "")

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name not in ("exact", "isnull"):
            return None
        return super().get_lookup(lookup_name)

    def formfield(self, **kwargs: Any) -> Any:
        """Always our write-only field: the admin passes a textarea for every text field, which would show the secret,
        and a callable default would put it into a hidden input."""
        forced = {
            "form_class": SecretField,
            "widget": SecretInput,
            "max_length": None,
            "show_hidden_initial": False,
        }
        return super().formfield(**{**kwargs, **forced})

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        errors = super().check(**kwargs)
        if self.unique or getattr(self, "db_index", False):
            errors.append(
                checks.Error("An encrypted field cannot be unique or indexed.", obj=self, id="ecomsync.E001")
            )
        return errors


class SecretInput(forms.PasswordInput):
    """Shows that a secret is set, never the secret itself."""

    template_name = "django/forms/widgets/password.html"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs={"autocomplete": "new-password", "spellcheck": "false", **(attrs or {})})

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, None, attrs)
        if value:
            told = _("set; leave empty to keep")  # not in the f-string: makemessages looks into none
            context["widget"]["attrs"]["placeholder"] = f"{KEEP}  {told}"
        return context


class SecretField(forms.CharField):
    """Write-only: empty keeps what is stored; a single dash clears it."""

    widget = SecretInput

    def __init__(self, *, strip: bool = True, **kwargs: Any) -> None:
        super().__init__(strip=strip, **kwargs)

    def clean(self, value: Any) -> Any:
        """Returns the new secret, or "" for 'keep' (the form puts the stored one back)."""
        required, self.required = self.required, False
        try:
            return super().clean(value)
        finally:
            self.required = required

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(data)


class KeepSecretsMixin(forms.ModelForm):  # type: ignore[type-arg]
    """For model forms with `EncryptedTextField`s: empty input keeps the stored secret, "-" clears it."""

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        data = self.cleaned_data if cleaned is None else cleaned
        for name, field in self.fields.items():
            if isinstance(field, SecretField) and name in data:
                typed = data[name]
                if typed == "-":
                    data[name] = ""
                elif not typed:
                    data[name] = getattr(self.instance, name, "") or ""
        return data
