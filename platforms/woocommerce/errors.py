"""What WooCommerce's answers mean: status and code -> class of error, with cause and cure.

Codes are matched before statuses; what no table names is closed by default (4xx = refused, 5xx = shop fault).
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
)
from ecomsync.common.http import Answer, http_date, mask_url

# Business refusals that arrive dressed as HTTP 500 because their error data is a bare number.
REFUSALS_AS_500 = frozenset(
    {
        "woocommerce_rest_cannot_create_order_refund",
        "woocommerce_rest_invalid_order_refund",
        "woocommerce_rest_invalid_order_id",
    }
)
NOT_FOUND_CODES = frozenset(
    {
        "woocommerce_rest_product_invalid_id",
        "woocommerce_rest_product_variation_invalid_id",
        "woocommerce_rest_shop_order_invalid_id",
        "woocommerce_rest_order_invalid_id",
        "woocommerce_rest_shop_order_refund_invalid_id",
        "woocommerce_rest_shop_webhook_invalid_id",
        "woocommerce_rest_term_invalid",
        "woocommerce_rest_invalid_order_id",
    }
)
USE_VARIATION_ROUTE = "woocommerce_rest_invalid_product_id"
DUPLICATE_SKU = frozenset({"product_invalid_sku", "woocommerce_rest_product_not_created"})
TERM_EXISTS = "term_exists"
ALREADY_TRASHED = "woocommerce_rest_already_trashed"

_CURES: Mapping[str, str] = {
    "rest_invalid_json": "This is a fault of ecomsync: send the related request to support.",
    "product_invalid_sku": "Link the item to the product that has this SKU, or give one of the two another SKU.",
    "woocommerce_rest_product_not_created": "A product in the shop's trash probably holds this SKU: restore it or delete it for good.",
    "woocommerce_rest_product_invalid_id": "The product is gone from the shop: run 'Link Items' again.",
    "woocommerce_rest_product_variation_invalid_id": "The variation is gone from the shop: run 'Link Items' again.",
    "woocommerce_rest_shop_order_invalid_id": "The order was deleted in the shop.",
    "woocommerce_product_image_upload_error": "The shop could not download the picture: its address must be public and must answer with a JPEG, PNG, GIF or WebP.",
    "woocommerce_rest_cannot_create_order_refund": "Compare the refunds of this order in the shop with the return in the ERP.",
    "woocommerce_rest_term_invalid": "The category or attribute value is gone from the shop: read the categories again.",
    "woocommerce_rest_request_entity_too_large": "Lower the batch size of the site to 100 or less.",
}
_REFUSED_CURE = "Correct what the shop's message names, in the ERP or in the shop, then try again."
_GONE_CURE = "See in the shop whether the record was deleted; then link it again or send it anew."
_SHOP_DOWN_STATUSES = frozenset(
    {408, 425, 500, 502, 503, 504, 507, 508, 520, 521, 522, 523, 524, 525, 526, 527, 530}
)


def error_from_answer(answer: Answer, body: Any, *, site: str, what: str) -> EcomsyncError:
    """The error that an answer with status >= 300 stands for.

    body: the decoded JSON, or None when it is not JSON. what: the call in words, such as "GET orders/17".
    """
    common: dict[str, Any] = {
        "site": site,
        "platform": "woocommerce",
        "status": answer.status,
        "excerpt": answer.excerpt(500),
    }
    if 300 <= answer.status < 400:
        return _redirect(answer, common)
    if not is_wp_error(body):
        return _not_from_wordpress(answer, what, common)
    return error_from_body(body, answer.status, what=what, common=common, headers=answer.headers)


def error_from_body(
    body: Mapping[str, Any],
    status: int,
    *,
    what: str,
    common: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> EcomsyncError:
    """The error of one WordPress error object; also for the `error` member of a batch row."""
    code = str(body.get("code", ""))
    kwargs: dict[str, Any] = {"platform": "woocommerce", "status": status, **(common or {})}
    kwargs["code"] = code
    kwargs["details"] = error_data(body)
    text = _sentence(body)
    cure = _CURES.get(code, "")
    if code in REFUSALS_AS_500 and status == 500:
        return Rejected(f"The shop refused {what}: {text}", cure=cure or _REFUSED_CURE, **kwargs)
    if code in (
        "rest_no_route",
        "rest_disabled",
        "rest_cannot_access",
        "rest_forbidden",
        "rest_not_logged_in",
    ):
        return _rest_blocked(code, text, kwargs)
    if status == 401 and not code.startswith("woocommerce_"):
        return _rest_blocked(code, text, kwargs)  # each security plugin has a code of its own
    if status == 401:
        return _unauthorised(text, headers or {}, kwargs)
    if status == 403:
        kwargs["code"] = "missing_permission"
        return MissingPermission(
            f"The user of the API key may not do this ({what}): {text}",
            cure="In WooCommerce, give the API key to a Shop manager or Administrator.",
            **kwargs,
        )
    if status == 404 and code in NOT_FOUND_CODES:
        return NotFound(
            f"The shop does not know this record ({what}): {text}", cure=cure or _GONE_CURE, **kwargs
        )
    if status == 429 or status in _SHOP_DOWN_STATUSES or status > 501:
        return _for_now(status, text, what, retry_after(headers or {}), kwargs)
    return Rejected(f"The shop refused {what}: {text}", cure=cure or _REFUSED_CURE, **kwargs)


def _for_now(
    status: int, text: str, what: str, wait: float | None, kwargs: dict[str, Any]
) -> RateLimited | ShopUnavailable:
    """Faults that pass. Our own code decides how they are retried; the shop's is kept beside it."""
    native = kwargs.pop("code")
    kwargs["details"] = {**kwargs["details"], "native_code": native}
    if status == 429:
        return RateLimited(f"The shop asks for fewer calls: {text}", retry_after=wait, **kwargs)
    return ShopUnavailable(f"The shop failed ({what}): {text}", retry_after=wait, **kwargs)


def error_of_row(row: Mapping[str, Any], *, what: str) -> EcomsyncError | None:
    """The error of one row of a batch answer, or None when the row was accepted."""
    error = row.get("error")
    if not isinstance(error, Mapping):
        return None
    data = error_data(error)
    status = data.get("status")
    return error_from_body(error, status if isinstance(status, int) else 400, what=what)


def is_wp_error(body: Any) -> bool:
    """True for WordPress' error object."""
    return isinstance(body, Mapping) and isinstance(body.get("code"), str) and "message" in body


def error_data(body: Mapping[str, Any]) -> dict[str, Any]:
    """The `data` member; a bare number (refund refusals) stands for the status."""
    data = body.get("data")
    if isinstance(data, Mapping):
        return dict(data)
    return {"status": data} if isinstance(data, int) else {}


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds of Retry-After, which is a number or an HTTP date."""
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    if re.fullmatch(r"\d+(\.\d+)?", value):
        return float(value)
    moment = http_date(value)
    return None if moment is None else max(0.0, (moment - datetime.now(UTC)).total_seconds())


def _sentence(body: Mapping[str, Any]) -> str:
    """WordPress' message with the reasons per parameter, which name the actual fault."""
    message = plain_text(str(body.get("message") or body.get("code") or ""))
    params = error_data(body).get("params")
    if isinstance(params, Mapping) and params:
        reasons = "; ".join(plain_text(str(reason)).rstrip(".") for reason in params.values())
        message = f"{message.rstrip('.')}: {reasons}."
    return message if message.endswith((".", "!", "?")) else f"{message}."


def plain_text(html: str) -> str:
    """Text without tags and entities, on one line."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def _redirect(answer: Answer, common: dict[str, Any]) -> ConfigurationError:
    target = mask_url(answer.headers.get("location", "")).partition("?")[0] or "another address"
    return ConfigurationError(
        f"The shop redirects to {target}.",
        code="redirected",
        cure=f"Set the URL of the site to the address that answers without a redirect ({_site_part(target)}).",
        **common,
    )


def _site_part(target: str) -> str:
    return re.split(r"/(?:wp-json|index\.php)(?:/|$)", target)[0].rstrip("/") or target


def _not_from_wordpress(answer: Answer, what: str, common: dict[str, Any]) -> EcomsyncError:
    """HTML or nothing: it comes from the web server, a firewall or a CDN before the shop."""
    status = answer.status
    title = _html_title(answer)
    said = f" It says: {title}." if title else ""
    if status == 429:
        return RateLimited(
            f"The shop's server asks for fewer calls.{said}",
            retry_after=retry_after(answer.headers),
            **common,
        )
    if status == 401:
        return BadCredentials(
            f"The shop's web server asks for a password of its own before WordPress is reached.{said}",
            cure="Exempt /wp-json from the server's password protection.",
            **common,
        )
    if status in (403, 406):
        return ConfigurationError(
            f"A firewall or security plugin before the shop refused the call ({what}).{said}",
            code="blocked_by_firewall",
            cure="Allow the address of this server and the path /wp-json in the shop's firewall, CDN or security plugin.",
            **common,
        )
    if "json" in answer.headers.get("content-type", "") and status not in _SHOP_DOWN_STATUSES:
        return ShopUnavailable(
            f"The shop answered {status} with JSON that is broken ({what}).", code="not_json", **common
        )
    if status == 404:
        return _rest_missing(f"There is no WooCommerce REST interface at this address.{said}", common)
    if status in (405, 501):
        return ConfigurationError(
            f"The shop's web server does not allow this method ({what}).{said}",
            code="method_blocked",
            cure="Switch on 'Send PUT and DELETE as POST' in the options of the site.",
            **common,
        )
    if status == 413:
        return Rejected(
            f"The shop's server refused {what}: too much data in one call.{said}",
            code="too_large",
            cure="Lower the batch sizes of the site.",
            **common,
        )
    if status >= 500 or status in _SHOP_DOWN_STATUSES:
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


def _html_title(answer: Answer) -> str:
    found = re.search(r"<title[^>]*>(.*?)</title>", answer.text[:5000], re.S | re.I)
    return plain_text(found.group(1))[:120].rstrip(".") if found else ""


def _rest_missing(message: str, common: dict[str, Any]) -> ConfigurationError:
    return ConfigurationError(
        message,
        code="rest_not_found",
        cure="Check the URL (and sub-folder) of the shop, set WordPress' permalinks to anything but 'Plain', "
        "and see that no security plugin switches the REST API off.",
        **common,
    )


def _rest_blocked(code: str, text: str, kwargs: dict[str, Any]) -> ConfigurationError:
    if code == "rest_no_route":
        kwargs["code"] = "rest_no_route"
        return ConfigurationError(
            f"WordPress has no such REST route: {text}",
            cure="See that WooCommerce (3.5 or newer) is active in the shop and that the URL names the right site.",
            **kwargs,
        )
    kwargs["code"] = "rest_disabled"
    return ConfigurationError(
        f"A security plugin has switched the REST API off: {text}",
        cure="Allow the REST API for signed-in users, or exempt /wp-json/wc/v3 in that plugin.",
        **kwargs,
    )


def _unauthorised(text: str, headers: Mapping[str, str], kwargs: dict[str, Any]) -> EcomsyncError:
    native = kwargs["code"]
    kwargs["details"] = {**kwargs.get("details", {}), "native_code": native}
    kwargs["code"] = "bad_credentials"
    skew = clock_skew(headers)
    if skew is not None and abs(skew) > 900:
        return BadCredentials(
            f"The shop refuses the keys: {text} The clocks differ by {abs(skew) / 60:.0f} minutes.",
            cure="Set the clock of this server (and of the shop) by a time server; signatures are valid for 15 minutes.",
            **kwargs,
        )
    if "permission" in text.lower() and native == "woocommerce_rest_authentication_error":
        kwargs["code"] = "missing_permission"
        return MissingPermission(
            f"The API key may not do this: {text}",
            cure="In WooCommerce > Settings > Advanced > REST API, set the key's permissions to Read/Write.",
            **kwargs,
        )
    if "signature" in text.lower():
        return BadCredentials(
            f"The shop refuses the keys: {text}",
            cure="Enter the consumer secret again, then run 'Test Connection'. If it is right, the URL of the site is "
            "not the one in WordPress' Settings > General > Site Address: use exactly that, with sub-folder and www.",
            **kwargs,
        )
    return BadCredentials(
        f"The shop refuses the keys: {text}",
        cure="Enter a valid consumer key and secret of a Shop manager, then run 'Test Connection'; a key goes when its "
        "WordPress user is deleted. If they are right, the shop's server drops the Authorization header: set 'How to "
        "sign in' to query.",
        **kwargs,
    )


def clock_skew(headers: Mapping[str, str]) -> float | None:
    """Seconds by which the shop's clock is ahead of ours, by its Date header."""
    moment = http_date(headers.get("date", ""))
    return None if moment is None else (moment - datetime.now(UTC)).total_seconds()
