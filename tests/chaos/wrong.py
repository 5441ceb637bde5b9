"""One thing that is wrong, and what the diary knows it by."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wrong:
    """subject: `order <id in the shop>`, a SKU, or a word for what concerns neither."""

    subject: str
    sentence: str
