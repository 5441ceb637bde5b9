"""What staff read of the adapter is in its list of phrases, and in Arabic with the same gaps to fill."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from babel.messages.pofile import read_po

import platforms.salla
from platforms.salla.phrases import PHRASES

GAP = re.compile(r"%\(\w+\)s")
FOLDER = Path(platforms.salla.__file__).parent
PO = FOLDER / "locale" / "ar" / "LC_MESSAGES" / "django.po"
#: Modules whose texts are labels, with their Arabic beside them.
LABELS = ("options.py", "declaration.py", "phrases.py")


def arabic() -> dict[str, str]:
    with PO.open("rb") as file:
        return {str(message.id): str(message.string) for message in read_po(file) if message.id}


def sentences() -> set[str]:
    """Whole sentences without gaps, as they stand in the modules."""
    found: set[str] = set()
    for path in FOLDER.glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        docs = {
            id(node.body[0].value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
            and isinstance(node.body[0], ast.Expr)
        }
        pieces = {
            id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values
        }
        found |= {
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in docs | pieces
            and path.name not in LABELS
            and re.fullmatch(r"['A-Z][^%]* [^%]*\.", node.value)
        }
    return found


def test_every_phrase_has_its_arabic_with_the_same_gaps() -> None:
    found = arabic()

    assert [phrase for phrase in PHRASES if not re.search("[\u0600-\u06ff]", found.get(phrase, ""))] == []
    assert [
        phrase for phrase in PHRASES if sorted(GAP.findall(phrase)) != sorted(GAP.findall(found[phrase]))
    ] == []
    assert set(found) == set(PHRASES)


def test_every_sentence_of_the_adapter_is_a_phrase() -> None:
    assert len(sentences()) > 60
    assert sorted(sentences() - set(PHRASES)) == []
