"""Addresses: the shop's own, parts of paths, and the names under which calls are counted."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

from ecomsync.common.errors import ConfigurationError
from platforms.magento2.errors import PLATFORM

_SKU_IN_ROUTE = re.compile(
    r"(/(?:products|stockItems|configurable-products|get-product-salable-quantity)/)"
    r"(?!attributes|attribute-sets|base-prices|special-price|tier-prices|cost|bySku)[^/]+"
)


def in_path(value: str) -> str:
    """A SKU or code as part of a path."""
    return quote(value, safe="")


def site_address(url: str) -> str:
    """The shop's address without a trailing slash, query or API path, however staff typed it."""
    text = url.strip()
    if text and "://" not in text:
        text = f"https://{text}"
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigurationError(
            f"'{url}' is not the address of a shop.",
            code="bad_url",
            cure="Enter it as https://shop.example.com, with the sub-folder if Magento lives in one.",
            platform=PLATFORM,
        )
    path = re.split(r"/(?:index\.php|rest|admin\w*|graphql)(?:/|$)", parts.path)[0].rstrip("/")
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{path}"


def route_name(api: str, route: str) -> str:
    """The route without what differs from call to call: ids, and SKUs behind the words that they follow."""
    name = re.sub(r"(?<=/)\d+(?=/|$)", "{id}", f"/{api}/{route}")
    name = re.sub(r"(?<=/bulk/)[0-9a-f-]{36}", "{uuid}", name)
    return _SKU_IN_ROUTE.sub(r"\1{sku}", name)
