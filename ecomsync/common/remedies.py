"""What staff read about an error, in their language: code -> what happened and what to do.

The errors themselves speak plain English and stay free of Django; pages and mails take the texts from here.
"""

from __future__ import annotations

from dataclasses import dataclass

from ecomsync.common.remedy_texts import GENERAL, Text
from ecomsync.common.remedy_texts_erp import ERP
from ecomsync.common.remedy_texts_refusals import REFUSALS
from ecomsync.common.remedy_texts_shops import SHOPS

__all__ = ["Remedy", "Text", "known_codes", "register", "remedy_for"]


@dataclass(frozen=True, slots=True)
class Remedy:
    """title: the cause in a few words. cure: what to do about it. Both may be lazy."""

    title: Text
    cure: Text
    code: str = ""


_TABLE: dict[str, tuple[Text, Text]] = {**GENERAL, **ERP, **SHOPS, **REFUSALS}


def register(code: str, title: Text, cure: Text) -> None:
    """Add or replace the texts of a code; apps call it when they start."""
    _TABLE[code] = (title, cure)


def known_codes() -> frozenset[str]:
    return frozenset(_TABLE)


def remedy_for(code: str, *, title: str = "", cure: str = "") -> Remedy:
    """The texts for a code; for an unknown one `title` and `cure` (what the error itself said) are used."""
    found = _TABLE.get(code)
    if found is not None:
        return Remedy(found[0], found[1], code)
    fallback = _TABLE["error"]
    return Remedy(title or fallback[0], cure or fallback[1], code)
