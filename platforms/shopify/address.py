"""The shop's address, however staff typed it."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from ecomsync.common.errors import ConfigurationError

_ADMIN = re.compile(r"admin\.shopify\.com$")


def shop_address(url: str) -> str:
    """The shop's address without path, however staff typed it: name, name.myshopify.com, or the admin's address."""
    text = url.strip()
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]*", text):
        text = f"{text}.myshopify.com"
    if text and "://" not in text:
        text = f"https://{text}"
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigurationError(
            f"'{url}' is not the address of a shop.",
            code="bad_url",
            cure="Enter the shop's address as name.myshopify.com.",
            platform="shopify",
        )
    store = re.match(r"/store/([A-Za-z0-9-]+)", parts.path)
    if _ADMIN.search(parts.hostname) and store:
        return f"https://{store.group(1)}.myshopify.com"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
