"""Ids. Shopify names every object by an address of its own, `gid://shopify/Product/88`; everywhere else we keep the
number alone, which is what webhooks and the shop's own pages show."""

from __future__ import annotations

import re

_PREFIX = "gid://shopify/"
_GID = re.compile(r"gid://shopify/([A-Za-z]+)/(\d+)(?:\?.*)?")


def gid(kind: str, number: str) -> str:
    """The address of an object: kind as the API spells it, such as ProductVariant."""
    return f"{_PREFIX}{kind}/{number}"


def number_of(address: object) -> str:
    """The number in an address, or "" where there is none; a number alone stays as it is."""
    text = str(address or "")
    if text.isdigit():
        return text
    found = _GID.fullmatch(text)
    return found.group(2) if found else ""


def kind_of(address: object) -> str:
    """The kind of object that an address names, or ""."""
    found = _GID.fullmatch(str(address or ""))
    return found.group(1) if found else ""
