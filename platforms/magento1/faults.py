"""What the shop's faults and pages mean: code, resource and status -> class of error, with cause and cure.

A code of 100 and above means something only together with its resource. What no table names is closed by default.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from html import unescape
from typing import Any

from ecomsync.common.errors import (
    BadCredentials,
    ConfigurationError,
    EcomsyncError,
    MissingPermission,
    NotFound,
    RateLimited,
    Rejected,
    ShopUnavailable,
    UncertainOutcome,
    UnsupportedFeature,
)
from ecomsync.common.http import Answer, http_date, mask_url

PLATFORM = "magento1"
UNKNOWN, INTERNAL, ACCESS_DENIED, BAD_PATH, NOT_CALLABLE, SESSION_EXPIRED, PARAMETER_MISSING = range(7)

#: (resource, code) -> our code. Resources are full names, never aliases.
NAMES: Mapping[tuple[str, int], str] = {
    ("catalog_product", 100): "store_view_unknown",
    ("catalog_product", 101): "product_not_found",
    ("catalog_product", 102): "data_invalid",
    ("catalog_product", 103): "not_deleted",
    ("catalog_product", 104): "product_type_unknown",
    ("catalog_product", 105): "attribute_set_unknown",
    ("catalog_product", 106): "attribute_set_unknown",
    ("catalog_product", 107): "counts_differ",
    ("catalog_product", 108): "partly_updated",
    ("catalog_category", 100): "store_view_unknown",
    ("catalog_category", 101): "website_unknown",
    ("catalog_category", 102): "category_not_found",
    ("catalog_category", 103): "data_invalid",
    ("catalog_category", 104): "not_moved",
    ("catalog_category", 105): "not_deleted",
    ("catalog_category", 106): "product_not_in_category",
    ("catalog_product_attribute", 100): "store_view_unknown",
    ("catalog_product_attribute", 101): "attribute_not_found",
    ("catalog_product_attribute", 102): "attribute_refused",
    ("catalog_product_attribute", 103): "attribute_refused",
    ("catalog_product_attribute", 104): "attribute_refused",
    ("catalog_product_attribute", 105): "attribute_refused",
    ("catalog_product_attribute", 106): "not_deleted",
    ("catalog_product_attribute", 107): "attribute_refused",
    ("catalog_product_attribute", 108): "option_not_added",
    ("catalog_product_attribute", 109): "not_deleted",
    ("catalog_product_attribute_media", 100): "store_view_unknown",
    ("catalog_product_attribute_media", 101): "product_not_found",
    ("catalog_product_attribute_media", 102): "data_invalid",
    ("catalog_product_attribute_media", 103): "image_not_found",
    ("catalog_product_attribute_media", 104): "image_refused",
    ("catalog_product_attribute_media", 105): "image_refused",
    ("catalog_product_attribute_media", 106): "image_refused",
    ("catalog_product_attribute_media", 107): "image_not_found",
    ("catalog_product_attribute_tier_price", 100): "product_not_found",
    ("catalog_product_attribute_tier_price", 101): "data_invalid",
    ("catalog_product_attribute_tier_price", 102): "data_invalid",
    ("catalog_product_link", 100): "link_refused",
    ("catalog_product_link", 101): "product_not_found",
    ("catalog_product_link", 102): "link_refused",
    ("catalog_product_link", 104): "link_refused",
    ("cataloginventory_stock_item", 101): "product_not_found",
    ("cataloginventory_stock_item", 102): "data_invalid",
    ("cataloginventory_stock_item", 103): "counts_differ",
    ("sales_order", 100): "order_not_found",
    ("sales_order", 101): "filter_invalid",
    ("sales_order", 102): "data_invalid",
    ("sales_order", 103): "status_not_changed",
    ("sales_order_shipment", 100): "shipment_not_found",
    ("sales_order_shipment", 101): "filter_invalid",
    ("sales_order_shipment", 102): "cannot_ship",
    ("sales_order_shipment", 103): "order_not_found",
    ("sales_order_shipment", 104): "tracking_not_found",
    ("sales_order_shipment", 105): "not_deleted",
    ("sales_order_invoice", 100): "invoice_not_found",
    ("sales_order_invoice", 101): "filter_invalid",
    ("sales_order_invoice", 102): "cannot_invoice",
    ("sales_order_invoice", 103): "order_not_found",
    ("sales_order_invoice", 104): "status_not_changed",
    ("sales_order_creditmemo", 100): "credit_memo_not_found",
    ("sales_order_creditmemo", 101): "filter_invalid",
    ("sales_order_creditmemo", 102): "cannot_refund",
    ("sales_order_creditmemo", 103): "order_not_found",
    ("sales_order_creditmemo", 104): "status_not_changed",
    ("sales_order_creditmemo", 105): "no_store_credit_for_guests",
    ("sales_order_creditmemo", 106): "cannot_refund",
    ("customer", 100): "customer_data_refused",
    ("customer", 101): "filter_invalid",
    ("customer", 102): "customer_not_found",
    ("customer", 103): "not_deleted",
    ("customer_address", 100): "customer_data_refused",
    ("customer_address", 101): "customer_not_found",
    ("customer_address", 102): "customer_not_found",
    ("customer_address", 103): "not_deleted",
    ("core_store", 100): "store_view_unknown",
}
_MISSING = frozenset({"product_not_found", "order_not_found", "category_not_found", "customer_not_found"})
_CURES: Mapping[str, str] = {
    "product_not_found": "The product is gone from the shop: run 'Link Items' again.",
    "order_not_found": "The order was deleted in the shop.",
    "category_not_found": "The category is gone from the shop: read the categories again.",
    "store_view_unknown": "Correct the store views in the options of the site.",
    "attribute_set_unknown": "Choose an attribute set of the shop in the options of the site.",
    "image_refused": "The picture must be a JPEG, PNG, GIF or WebP file of a usual size.",
    "cannot_ship": "Look at the order in the shop: it may be shipped already, on hold or cancelled.",
    "cannot_invoice": "Look at the order in the shop: it may be invoiced already, on hold or cancelled.",
    "cannot_refund": "Compare the credit memos of this order in the shop with the return in the ERP; an order is invoiced "
    "before it is refunded.",
    "status_not_changed": "Look at the state of the order in the shop: it does not allow this step.",
}
_REFUSED_CURE = "Correct what the shop's message names, in the ERP or in the shop, then try again."
_RIGHTS = (
    "In the shop's admin, under System > Web Services > SOAP/XML-RPC - Roles, give the role of the API user the right "
    "named in the message, or all resources."
)
_SHOP_DOWN = frozenset({408, 425, 500, 502, 503, 504, 507, 508, 520, 521, 522, 523, 524, 525, 526, 527, 530})
_DEADLOCK = re.compile(r"deadlock|lock wait|try restarting|gone away", re.I)
_SQL_OF_OURS = re.compile(r"SQLSTATE\[4(?!0001)", re.I)

#: Aliases of resources; codes are looked up by the full name.
ALIASES: Mapping[str, str] = {
    "product": "catalog_product",
    "category": "catalog_category",
    "product_attribute": "catalog_product_attribute",
    "product_attribute_set": "catalog_product_attribute_set",
    "product_media": "catalog_product_attribute_media",
    "product_tier_price": "catalog_product_attribute_tier_price",
    "product_stock": "cataloginventory_stock_item",
    "product_link": "catalog_product_link",
    "order": "sales_order",
    "order_shipment": "sales_order_shipment",
    "order_invoice": "sales_order_invoice",
    "order_creditmemo": "sales_order_creditmemo",
    "store": "core_store",
    "magento": "core_magento",
}


class RemoteFault(Exception):
    """A fault as it came: a number and a text. It never leaves this package."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message


def resource_of(path: str) -> str:
    """`order.info` -> `sales_order`."""
    name = path.partition(".")[0]
    return ALIASES.get(name, name)


def is_passing(fault: RemoteFault) -> bool:
    """Whether the shop failed inside and may succeed next time: often a deadlock. A wrong query of ours is no such."""
    return fault.code == INTERNAL and not _SQL_OF_OURS.search(fault.message)


def error_from_fault(fault: RemoteFault, path: str, *, site: str = "", what: str = "") -> EcomsyncError:
    """The error that a fault of one call stands for. what: the call in words; the path unless given."""
    what = f"{what or path}, fault {fault.code}"
    text = _sentence(fault.message)
    common: dict[str, Any] = {
        "site": site,
        "platform": PLATFORM,
        "details": {"fault": fault.code, "path": path},
    }
    if fault.code == ACCESS_DENIED:
        return MissingPermission(
            f"The API user has no right to '{path}'.",
            code="missing_permission",
            cure=_RIGHTS,
            status=403,
            **common,
        )
    if fault.code == SESSION_EXPIRED:
        return ShopUnavailable(
            "The shop ended our session again right after signing in.",
            code="session_lost",
            cure="See that the shop keeps its API sessions (System > Configuration > Services > Magento Core API) and that "
            "its servers share them.",
            **common,
        )
    if fault.code in (BAD_PATH, NOT_CALLABLE):
        return UnsupportedFeature(
            f"This shop has no '{path}'.",
            code="method_missing",
            cure="Update the shop, or switch the feature off on the site.",
            **common,
        )
    if is_passing(fault):
        return ShopUnavailable(
            f"The shop failed inside ({what}): {text}", code="internal_fault", retry_after=None, **common
        )
    if fault.code in (UNKNOWN, INTERNAL, PARAMETER_MISSING):
        return Rejected(
            f"The shop refused {what}: {text}",
            code="unknown_fault",
            cure="Look at the shop's exception.log at this time; send it to support with the related request.",
            **common,
        )
    code = NAMES.get((resource_of(path), fault.code), f"fault_{fault.code}")
    cure = _CURES.get(code, _REFUSED_CURE)
    if code in _MISSING:
        return NotFound(
            f"The shop does not know this record ({what}): {text}", code=code, cure=cure, **common
        )
    if resource_of(path) == "catalog_product" and "must be unique" in text:
        code, cure = "duplicate_sku", "Link the item to the product that has this SKU."
    return Rejected(f"The shop refused {what}: {text}", code=code, cure=cure, **common)


def login_error(fault: RemoteFault, *, site: str) -> EcomsyncError:
    """What a refused login means; the same number as for a missing right, told apart by where it happened."""
    common: dict[str, Any] = {"site": site, "platform": PLATFORM}
    if fault.code in (ACCESS_DENIED, PARAMETER_MISSING):
        return BadCredentials(
            "The shop refuses the API user or its key.",
            cure="Enter the user name and the API key (not the admin password) of an active user under System > Web "
            "Services > SOAP/XML-RPC - Users, then run 'Test Connection'.",
            status=401,
            details={"fault": fault.code},
            **common,
        )
    return error_from_fault(fault, "login", site=site)


# ---------------------------------------------------------------- pages instead of answers


def error_from_page(answer: Answer, *, site: str, what: str) -> EcomsyncError:
    """HTML or nothing with a status of its own: it comes from the web server, a firewall or PHP before the API."""
    status = answer.status
    common: dict[str, Any] = {
        "site": site,
        "platform": PLATFORM,
        "status": status,
        "excerpt": answer.excerpt(500),
    }
    title = _title(answer)
    said = f" It says: {title}." if title else ""
    if 300 <= status < 400:
        target = mask_url(answer.headers.get("location", "")).partition("?")[0] or "another address"
        return ConfigurationError(
            f"The shop redirects to {target}.",
            code="redirected",
            cure="Set the URL of the site to the address that answers without a redirect.",
            **common,
        )
    if status == 429:
        return RateLimited(
            f"The shop's server asks for fewer calls.{said}",
            retry_after=retry_after(answer.headers),
            **common,
        )
    if status == 401:
        return BadCredentials(
            f"The shop's web server asks for a password of its own before the API is reached.{said}",
            cure="Exempt /api from the server's password protection.",
            **common,
        )
    if status in (403, 406):
        return ConfigurationError(
            f"A firewall or security module before the shop refused the call ({what}).{said}",
            code="blocked_by_firewall",
            cure="Allow the address of this server and the path /api in the shop's firewall, CDN or security module.",
            **common,
        )
    if status in (404, 405, 410, 501):
        return ConfigurationError(
            f"There is no core API at this address.{said}",
            code="api_not_found",
            cure="Check the URL (and sub-folder) of the shop, and that its web server passes /api to index.php.",
            **common,
        )
    if status == 413:
        return Rejected(
            f"The shop's server refused {what}: too much data in one call.{said}",
            code="too_large",
            cure="Lower the batch sizes of the site.",
            **common,
        )
    if status == 504:
        return UncertainOutcome(
            f"The server before the shop gave up waiting ({what}); the shop may have done it all the same.",
            **common,
        )
    if status >= 500 or status in _SHOP_DOWN:
        return ShopUnavailable(
            f"The shop answered {status} with a page instead of data ({what}).{said}",
            retry_after=retry_after(answer.headers),
            **common,
        )
    return Rejected(
        f"The shop's server refused {what} with status {status}.{said}",
        code="refused",
        cure="Ask whoever runs the shop's server why; the related request shows the answer.",
        **common,
    )


def not_xml(answer: Answer, reason: str, *, site: str, what: str) -> ShopUnavailable:
    """A good status and no answer of the API: notices of PHP, a page, a body that was cut."""
    return ShopUnavailable(
        f"The shop answered {what} with something that is not an answer of its API ({reason}).",
        code="not_xml",
        cure="Look at the related request: often PHP prints warnings before the data, or a page stands in its place. "
        "Switch display_errors off in the shop; it is tried again by itself.",
        site=site,
        platform=PLATFORM,
        status=answer.status,
        excerpt=answer.excerpt(500),
    )


def is_too_much(error: EcomsyncError) -> bool:
    """Whether the shop broke on the size of the answer: its memory, its time, or our bound. Less may pass."""
    if isinstance(error, UncertainOutcome) or error.code == "too_large":
        return True
    if not isinstance(error, ShopUnavailable) or error.status != 500:
        return False
    return not error.excerpt.strip() or bool(re.search(r"memory size|execution time", error.excerpt, re.I))


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds of Retry-After, which is a number or an HTTP date."""
    value = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d+(\.\d+)?", value):
        return float(value)
    moment = http_date(value) if value else None
    return None if moment is None else max(0.0, (moment - datetime.now(UTC)).total_seconds())


def _title(answer: Answer) -> str:
    found = re.search(r"<title[^>]*>(.*?)</title>", answer.text[:5000], re.S | re.I)
    return plain_text(found.group(1))[:120].rstrip(".") if found else ""


def plain_text(html: str) -> str:
    """Text without tags and entities, on one line."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def _sentence(message: str) -> str:
    """The shop's words on one line. A raw query is cut off: it helps nobody and may hold data."""
    text = plain_text(message.partition(", query was:")[0]) or "no reason given"
    return text if text.endswith((".", "!", "?")) else f"{text}."
