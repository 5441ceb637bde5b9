"""Every text that a person may see has an Arabic one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation.template import templatize

ROOT = Path(settings.BASE_DIR)
ROOMS = (
    "ecomsync", "activity", "erp", "sites", "sync_queues", "linking", "pricing", "catalog", "orders", "webhooks", "platforms"
)  # fmt: skip
KEYWORDS = {
    **dict.fromkeys(("_", "_t", "gettext", "gettext_lazy", "pgettext", "gettext_noop"), None),
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}")
ARABIC = re.compile("[\u0600-\u06ff]")
#: Names and signs that are the same in every language.
SAME = re.compile(r"^[\W\dA-Z]*$|^(SKU|URL|REST|GraphQL|ecomsync|English|CSV|XLSX|PDF|JSON|QR|DEBUG)$")


@lru_cache
def catalogue() -> dict[str, object]:
    found: dict[str, object] = {}
    catalogues = "locale/ar/LC_MESSAGES/django*.po"
    for path in sorted([*ROOT.glob(f"*/{catalogues}"), *ROOT.glob(f"platforms/*/{catalogues}")]):
        with path.open("rb") as file:
            for message in read_po(file):
                key = message.id[0] if isinstance(message.id, tuple | list) else message.id
                if key:
                    found[str(key)] = message.string
    return found


def texts_of(room: str) -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / room).rglob("*.py")):
        if "migrations" in path.parts:
            continue
        for _line, message, _comments, _context in extract_from_file("python", str(path), keywords=KEYWORDS):
            text = message[0] if isinstance(message, tuple) else message
            yield str(path.relative_to(ROOT)), str(text)


def template_texts() -> Iterator[tuple[str, str]]:
    for path in sorted(ROOT.glob("**/templates/**/*.html")):
        if ".venv" in path.parts:
            continue
        code = templatize(path.read_text(), origin=str(path))
        for match in re.finditer(r"_\((u?['\"].*?['\"])\)|gettext\((u?['\"].*?['\"])\)", code):
            literal = match[1] or match[2]
            yield (
                str(path.relative_to(ROOT)),
                literal.lstrip("u")[1:-1].replace('\\"', '"').replace("\\'", "'"),
            )


def is_known(text: str) -> bool:
    """In a catalogue of ours, in Django's own, or the same in every language."""
    if text in catalogue() or SAME.match(text):
        return True
    with translation.override("ar"):
        return bool(ARABIC.search(gettext(text)))


@pytest.mark.parametrize("room", ROOMS)
def test_every_text_of_a_room_is_in_arabic(room: str) -> None:
    missing = sorted({f"{text!r} ({place})" for place, text in texts_of(room) if not is_known(text)})
    assert not missing, "\n".join(missing)


def test_every_text_of_the_templates_is_in_arabic() -> None:
    missing = sorted({f"{text!r} ({place})" for place, text in template_texts() if not is_known(text)})
    assert not missing, "\n".join(missing)


def test_every_arabic_text_is_arabic_and_has_the_placeholders_of_its_source() -> None:
    wrong = []
    for source, arabic in catalogue().items():
        forms = list(arabic) if isinstance(arabic, tuple | list) else [str(arabic)]
        if not SAME.match(source) and not all(ARABIC.search(form) for form in forms):
            wrong.append(source)
        wanted = set(PLACEHOLDER.findall(source))
        if any(set(PLACEHOLDER.findall(form)) - wanted for form in forms):
            wrong.append(source)
    assert not wrong, "\n".join(wrong)
