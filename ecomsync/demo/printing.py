"""Plain tables for a terminal."""

from __future__ import annotations

import sys
import time
import unicodedata
from collections.abc import Iterable, Sequence

BEGAN = time.monotonic()


def say(text: str = "") -> None:
    print(text, flush=True)


def step(text: str) -> None:
    """A heading with the seconds since the start."""
    say(f"\n[{time.monotonic() - BEGAN:5.1f} s] {text}")


def width(text: str) -> int:
    """Columns a text takes in a terminal; combining marks take none."""
    return sum(0 if unicodedata.combining(character) else 1 for character in text)


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows under headings; numbers go to the right."""
    texts = [[str(cell) for cell in row] for row in rows]
    widths = [max(width(row[index]) for row in [list(headings), *texts]) for index in range(len(headings))]
    say("    " + "  ".join(_pad(cell, size, "") for cell, size in zip(headings, widths, strict=True)))
    say("    " + "  ".join("-" * size for size in widths))
    for row in texts:
        say("    " + "  ".join(_pad(cell, size, cell) for cell, size in zip(row, widths, strict=True)))


def _pad(text: str, size: int, sample: str) -> str:
    blank = " " * (size - width(text))
    is_number = sample.replace(".", "", 1).replace("-", "", 1).isdigit()
    return blank + text if is_number else text + blank


def fail(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
