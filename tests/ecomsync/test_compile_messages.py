"""Catalogues are compiled with Python alone, and only when they changed."""

from __future__ import annotations

import gettext
import os
from pathlib import Path

import pytest

from ecomsync import compile_messages
from ecomsync.compile_messages import compile_catalogue

TEXT = """msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=6; plural=n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5;\\n"

msgid "Order"
msgstr "طلب"

#, fuzzy
msgid "Guess"
msgstr "تخمين"
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "shop" / "locale" / "ar" / "LC_MESSAGES" / "django.po"
    path.parent.mkdir(parents=True)
    path.write_text(TEXT)
    return path


def test_catalogue_is_compiled(source: Path) -> None:
    assert compile_catalogue(source) > 0

    with source.with_suffix(".mo").open("rb") as file:
        texts = gettext.GNUTranslations(file)
    assert texts.gettext("Order") == "طلب"
    assert texts.gettext("Guess") == "Guess"


def test_fresh_catalogue_is_left_and_a_changed_one_compiled_again(source: Path) -> None:
    compile_catalogue(source)
    assert compile_catalogue(source) == 0

    later = source.with_suffix(".mo").stat().st_mtime + 5
    os.utime(source, (later, later))
    assert compile_catalogue(source) > 0


def test_lost_placeholder_is_told(source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source.write_text(TEXT + '\n#, python-format\nmsgid "%(n)s rows"\nmsgstr "صفوف %(m)s"\n')

    compile_catalogue(source)

    assert "%(n)s rows" in capsys.readouterr().err


def test_all_catalogues_of_the_project_are_found(
    source: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(compile_messages, "ROOT", source.parents[4])

    compile_messages.main()

    assert capsys.readouterr().out.startswith("shop/locale/ar/LC_MESSAGES/django.po: ")
    assert source.with_suffix(".mo").exists()
