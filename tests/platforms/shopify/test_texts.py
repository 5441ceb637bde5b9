"""What staff read of the adapter is in its list of phrases, and in Arabic with the same gaps to fill."""

from __future__ import annotations

import re
from pathlib import Path

from babel.messages.pofile import read_po

import platforms.shopify
from platforms.shopify.errors import CURES
from platforms.shopify.phrases import PHRASES

GAP = re.compile(r"%\(\w+\)s")
PO = Path(platforms.shopify.__file__).parent / "locale" / "ar" / "LC_MESSAGES" / "django.po"


def arabic() -> dict[str, str]:
    with PO.open("rb") as file:
        return {str(message.id): str(message.string) for message in read_po(file) if message.id}


def test_every_phrase_has_its_arabic_with_the_same_gaps() -> None:
    found = arabic()

    assert [phrase for phrase in PHRASES if not re.search("[\u0600-\u06ff]", found.get(phrase, ""))] == []
    assert [
        phrase for phrase in PHRASES if sorted(GAP.findall(phrase)) != sorted(GAP.findall(found[phrase]))
    ] == []
    assert set(found) == set(PHRASES)


def test_cures_of_the_table_are_phrases() -> None:
    assert set(CURES.values()) <= set(PHRASES)
