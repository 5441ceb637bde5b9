"""Sentences that workers stored in plain English, shown in the reader's language.

A worker has no reader, so notes, outcomes and errors are stored in English. The catalogue knows the sentence they
were made from ('The shop has %(price)s already.'): it is found again, and filled with the same values.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _
from django.utils.translation.trans_real import catalog

_PLACEHOLDER = re.compile(r"%\((\w+)\)[a-z]")
_KEY_LENGTH = 5
_LEAST_LETTERS = (
    8  # of fixed text in a sentence that begins with a value, so that it is not found in any other
)
_LONGEST = 2000
_AND_NO = gettext_noop(" and no ")

Sentence = tuple[re.Pattern[str], str]
Reader = Callable[[str], str]

_READERS: list[Reader] = []


def register_reader(reader: Reader) -> None:
    """Add a function that puts an app's own codes into words; it returns the text as it is when it knows none."""
    _READERS.append(reader)


def in_reader_language(text: str) -> str:
    """The same sentence in the active language; as it is when the catalogue does not know it."""
    language = get_language() or "en"
    if not text or len(text) > _LONGEST:
        return text
    return _translated(language, text)


@lru_cache(maxsize=4096)
def _translated(language: str, text: str) -> str:
    exact = _(text)
    if exact != text:
        return exact
    for reader in _READERS:
        told: str = reader(text)
        if told != text:
            return told
    if language.startswith("en"):
        return text
    by_start = _sentences(language)
    for pattern, translation in (*by_start.get(text[:_KEY_LENGTH], ()), *by_start.get("", ())):
        found = pattern.fullmatch(text)
        if found:
            values = {
                name: _translated(language, value) if value else ""
                for name, value in found.groupdict().items()
            }
            return str(translation % values)
    return _in_parts(language, text)


def _in_parts(language: str, text: str) -> str:
    """'shipment · completed', 'clock: The clocks agree.', 'key and no secret' and two sentences: each part for itself.

    A text that can be parted in several ways is parted where both parts are known.
    """
    best = text
    for mark in (" · ", ": ", ". ", _AND_NO):
        head, found, tail = text.partition(mark)
        if not found or not head or not tail:
            continue
        whole = head + "." if mark == ". " else head
        told = _translated(language, whole), _translated(language, tail)
        joined = f"{told[0]}{' ' if mark == '. ' else _(mark) if mark == _AND_NO else mark}{told[1]}"
        if told[0] != whole and told[1] != tail:
            return joined
        if best == text and told != (whole, tail):
            best = joined
    return best


@lru_cache(maxsize=8)
def _sentences(language: str) -> dict[str, list[Sentence]]:
    """Sentences with placeholders of the active catalogue, by how they begin."""
    found: dict[str, list[Sentence]] = defaultdict(list)
    entries: Any = getattr(catalog(), "_catalog")  # noqa: B009  as Django's JavaScriptCatalog reads it
    for msgid, translation in entries.items():
        if (
            not isinstance(msgid, str)
            or not isinstance(translation, str)
            or "\x04" in msgid
            or not translation
        ):
            continue
        pattern = _pattern(msgid)
        if pattern is not None and set(_PLACEHOLDER.findall(translation)) <= set(pattern.groupindex):
            start = msgid.partition("%")[0]
            found[start[:_KEY_LENGTH] if len(start) >= _KEY_LENGTH else ""].append(
                (pattern, re.sub(r"%\((\w+)\)[a-z]", r"%(\1)s", translation))
            )
    for sentences in found.values():  # the one with most fixed text first
        sentences.sort(key=lambda sentence: -len(sentence[0].pattern))
    return found


def _pattern(msgid: str) -> re.Pattern[str] | None:
    parts = _PLACEHOLDER.split(msgid)
    fixed, names = parts[::2], parts[1::2]
    letters = sum(len(re.findall(r"[A-Za-z]", part)) for part in fixed)
    if not names or len(set(names)) != len(names):
        return None
    if len(fixed[0]) < _KEY_LENGTH and letters < _LEAST_LETTERS:
        return None
    groups = [f"(?P<{name}>.*?)" for name in names] + [""]
    literal = [re.escape(part.replace("%%", "%")) for part in fixed]
    return re.compile("".join(text + group for text, group in zip(literal, groups, strict=True)), re.DOTALL)
