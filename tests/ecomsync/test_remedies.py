from __future__ import annotations

import inspect
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.utils import translation

from ecomsync.common import errors
from ecomsync.common.remedies import known_codes, register, remedy_for

ROOT = Path(__file__).resolve().parents[2]
ERROR_CLASSES = [
    found
    for _name, found in inspect.getmembers(errors, inspect.isclass)
    if issubclass(found, errors.EcomsyncError)
]


@pytest.mark.parametrize("error", ERROR_CLASSES, ids=lambda error: error.__name__)
def test_every_error_class_has_a_remedy(error: type[errors.EcomsyncError]) -> None:
    assert error.default_code in known_codes()


def test_an_unknown_code_says_what_the_error_said() -> None:
    found = remedy_for("nobody_knows", title="A cause.", cure="A cure.")
    assert (found.title, found.cure) == ("A cause.", "A cure.")
    assert str(remedy_for("nobody_knows").title) == "Something went wrong"


def test_an_app_may_add_its_codes() -> None:
    register("test_only", "Title", "Cure")
    assert remedy_for("test_only").title == "Title"


@pytest.mark.parametrize("catalogue", ["ecomsync", "activity"])
def test_the_arabic_catalogue_is_complete_and_keeps_placeholders(catalogue: str) -> None:
    path = ROOT / catalogue / "locale" / "ar" / "LC_MESSAGES" / "django.po"
    with path.open("rb") as file:
        messages = [message for message in read_po(file, locale="ar") if message.id]
    assert messages
    for message in messages:
        texts = message.string if isinstance(message.string, tuple) else (message.string,)
        assert all(texts), message.id
        assert not message.fuzzy
        assert not list(message.check()), message.id


def test_remedies_speak_arabic() -> None:
    with translation.override("ar"):
        assert str(remedy_for("rate_limited").title) == "المتجر يطلب تقليل عدد الاتصالات"
