"""What workers store and what errors say has an Arabic sentence, found again by `in_reader_language`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import translation

from ecomsync.common.stored_text import in_reader_language

ROOT = Path(settings.BASE_DIR)
ROOMS = ("activity", "catalog", "ecomsync", "erp", "linking", "orders", "pricing", "sites", "sync_queues", "webhooks", "platforms/woocommerce")  # fmt: skip
#: Read by operators and programs: command lines, logs, answers to shops and to other installations.
FOR_MACHINES = re.compile(
    r"/(migrations|management|demo|gateway)/|/(porch|views|settings|checks|kick|environment|metrics|health|phrases|"
    r"stored_phrases|demo\w*|sql|fields|admin\w*)\.py$|/sync_queues/services/(enqueue|record)\.py$"
)
#: Their texts are in the catalogue by another way, or are meant for programmers.
NOT_STORED = frozenset(
    ("ngettext", "ngettext_lazy", "debug", "info", "warning", "exception", "TypeError", "RuntimeError", "OptionField", "CredentialField")
)  # fmt: skip
SENTENCE = re.compile(r"(?=.{12})[A-Z'7](?=.*[A-Za-z']+( [A-Za-z'7,]+){2}).*[.!?]\s*$")
ARABIC = re.compile("[\u0600-\u06ff]")
ENGLISH = re.compile(r"[A-Za-z']+(?: [A-Za-z',]+){2,}")
QUOTED = re.compile(r"'[^']*'|‘[^’]*’|«[^»]*»|\([^)]*\)")


def _text(node: ast.AST) -> str:
    """A literal; of an f-string with 7 for every value."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "7" for part in node.values)
    return ""


def _left_out(tree: ast.AST) -> Iterator[ast.AST]:
    """Docstrings, pieces of f-strings, and what is said to nobody who reads pages."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            yield from node.values
        elif isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in NOT_STORED:
                yield from ast.walk(node)


def sentences(room: str) -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / room).rglob("*.py")):
        if FOR_MACHINES.search(str(path)):
            continue
        tree = ast.parse(path.read_text())
        left_out = {id(node) for node in _left_out(tree)}
        for node in ast.walk(tree):
            text = _text(node) if id(node) not in left_out else ""
            text = re.sub(r"^7 (?=[A-Z])", "", text)  # a sentence after one that was made before
            if "\n" not in text and SENTENCE.match(text):
                yield f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}", text


@pytest.mark.parametrize("room", ROOMS)
def test_every_sentence_that_is_stored_is_found_in_arabic(room: str) -> None:
    missing = []
    with translation.override("ar"):
        for place, text in sentences(room):
            told = in_reader_language(text)
            if not ARABIC.search(told) or ENGLISH.search(QUOTED.sub("", told)):
                missing.append(f"{place} {text!r} -> {told!r}")
    assert not missing, "\n".join(missing)
