"""The Arabic catalogue of the ERP."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.apps import apps

CATALOGUE = Path(apps.get_app_config("erp").path) / "locale" / "ar" / "LC_MESSAGES" / "django.po"
PLACEHOLDER = re.compile(r"%\(\w+\)s|\{\w+\}")


@pytest.fixture(scope="module")
def messages():
    with CATALOGUE.open("rb") as file:
        return {message.id: message.string for message in read_po(file) if message.id}


def test_every_message_is_in_arabic_with_its_placeholders(messages):
    for source, arabic in messages.items():
        assert re.search(r"[؀-ۿ]", arabic), source
        assert sorted(PLACEHOLDER.findall(source)) == sorted(PLACEHOLDER.findall(arabic)), source


def test_every_model_name_of_the_erp_is_translated(messages):
    for model in apps.get_app_config("erp").get_models():
        for name in (model._meta.verbose_name, model._meta.verbose_name_plural):
            assert str(name) in messages, name
