"""Secrets are encrypted in the table and never come back into a page."""

from __future__ import annotations

import pytest
from django import forms
from django.contrib.admin.widgets import AdminTextareaWidget
from django.core.exceptions import FieldError
from django.db import connection, models
from django.db.utils import NotSupportedError
from django.test.utils import isolate_apps

from ecomsync.common.errors import ConfigurationError
from ecomsync.common.fields import KEEP, EncryptedTextField, KeepSecretsMixin, SecretField, SecretInput
from sites.models import Site

FIELD = EncryptedTextField("token", blank=True)


def test_value_is_encrypted_on_its_way_in_and_plain_on_its_way_out() -> None:
    stored = FIELD.get_prep_value("geheim")

    assert "geheim" not in stored
    assert stored != FIELD.get_prep_value("geheim")
    assert FIELD.from_db_value(stored, None, connection) == "geheim"


@pytest.mark.parametrize("empty", ["", None])
def test_nothing_stays_nothing(empty: str | None) -> None:
    assert FIELD.get_prep_value(empty) == ""
    assert FIELD.from_db_value(empty, None, connection) == ""


def test_what_no_key_reads_is_an_error_and_never_the_ciphertext() -> None:
    with pytest.raises(ConfigurationError) as caught:
        FIELD.from_db_value("enc1:gAAAAA-not-ours", None, connection)

    assert caught.value.code == "wrong_encryption_key"


def test_admin_cannot_turn_it_into_a_textarea() -> None:
    field = FIELD.formfield(widget=AdminTextareaWidget, show_hidden_initial=True)

    assert isinstance(field, SecretField)
    assert isinstance(field.widget, SecretInput)
    assert not field.show_hidden_initial


def test_input_tells_that_a_secret_is_set_but_not_which() -> None:
    html = SecretInput().render("token", "geheim")

    assert "geheim" not in html
    assert KEEP in html
    assert KEEP not in SecretInput().render("token", "")


@pytest.mark.parametrize("field", [EncryptedTextField(unique=True), EncryptedTextField(db_index=True)])
def test_it_can_be_neither_unique_nor_indexed(field: EncryptedTextField) -> None:
    field.set_attributes_from_name("token")
    field.model = Site

    assert "ecomsync.E001" in [found.id for found in field.check()]


@pytest.mark.django_db
def test_it_cannot_be_searched() -> None:
    name = next(field.name for field in Site._meta.fields if isinstance(field, EncryptedTextField))

    with pytest.raises((FieldError, NotSupportedError)):
        Site.objects.filter(**{f"{name}__contains": "x"}).exists()


@pytest.mark.parametrize(("typed", "kept"), [("", "old"), ("new", "new"), ("-", "")])
@isolate_apps("activity.apps.ActivityConfig")
def test_form_keeps_replaces_or_clears(typed: str, kept: str) -> None:
    class Holder(models.Model):
        token = EncryptedTextField(blank=True)

        class Meta:
            app_label = "activity"

        def __str__(self) -> str:
            return "holder"

    class HolderForm(KeepSecretsMixin, forms.ModelForm):
        class Meta:
            model = Holder
            fields = ["token"]

    form = HolderForm({"token": typed}, instance=Holder(token="old"))

    assert form.is_valid(), form.errors
    assert form.save(commit=False).token == kept
    assert form.has_changed() is bool(typed)
