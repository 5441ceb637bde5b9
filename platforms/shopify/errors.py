"""What Shopify's answers mean: status, error codes and user errors -> class of error, with cause and cure.

Three layers, looked at in this order: the HTTP status, the top-level `errors`, and the `userErrors` of a mutation. Codes
are matched before texts; what no table names is closed by default (a refusal).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from ecomsync.common.errors import (
    BadCredentials,
    ConfigurationError,
    Conflict,
    EcomsyncError,
    MissingPermission,
    NotFound,
    RateLimited,
    Rejected,
    ShopUnavailable,
)
from ecomsync.common.http import Answer, mask_url

PLATFORM = "shopify"
TOO_COSTLY = "max_cost_exceeded"
STALE_CODES = frozenset({"CHANGE_FROM_QUANTITY_STALE", "COMPARE_QUANTITY_STALE", "STALE_OBJECT"})
_NOT_FOUND = frozenset(
    {
        "NOT_FOUND",
        "INVALID_INVENTORY_ITEM",
        "PRODUCT_DOES_NOT_EXIST",
        "PRODUCT_VARIANT_DOES_NOT_EXIST",
        "VARIANT_NOT_FOUND",
        "PRICE_LIST_NOT_FOUND",
        "COLLECTION_DOES_NOT_EXIST",
        "PRODUCT_NOT_FOUND",
    }
)
_BUSY = frozenset({"IDEMPOTENCY_CONCURRENT_REQUEST", "OPERATION_IN_PROGRESS", "INTERNAL_ERROR", "THROTTLED"})
_NOT_FOUND_TEXT = re.compile(r"does not exist|not found|could not be found|doesn't exist", re.I)
_SHOP_DOWN = frozenset({408, 425, 430, 500, 502, 503, 504, 507, 520, 521, 522, 523, 524, 525, 526, 530, 540})

#: What staff can do about a user error, by its code.
CURES: Mapping[str, str] = {
    "CHANGE_FROM_QUANTITY_STALE": "Nothing to do: the present quantity is read again and the row goes once more.",
    "INVALID_INVENTORY_ITEM": "The variant is gone from the shop: run 'Link Items' again.",
    "INVALID_LOCATION": "Choose another location in the warehouse lines of the site; this one is gone or switched off in the shop.",
    "ITEM_NOT_STOCKED_AT_LOCATION": "Stock the product at this location in the shop, or switch 'Stock at new locations' on.",
    "NON_MUTABLE_INVENTORY_ITEM": "This is a bundle: Shopify derives its stock from its components. Link the components instead.",
    "INVALID_QUANTITY_TOO_HIGH": "Shopify takes quantities up to 1,000,000,000.",
    "INVALID_QUANTITY_TOO_LOW": "Shopify takes quantities down to -1,000,000,000.",
    "INVALID_QUANTITY_NEGATIVE": "The quantity on hand cannot be below zero.",
    "PRODUCT_DOES_NOT_EXIST": "The product is gone from the shop: run 'Link Items' again.",
    "PRODUCT_VARIANT_DOES_NOT_EXIST": "The variant is gone from the shop: run 'Link Items' again.",
    "VARIANT_NOT_FOUND": "The variant is gone from the shop: run 'Link Items' again.",
    "PRICE_LIST_NOT_FOUND": "Choose another price list of the shop; this one was deleted there.",
    "PRICE_LIST_CURRENCY_MISMATCH": "Choose a price list in the currency of the shop's own price list.",
    "OPERATION_IN_PROGRESS": "Nothing to do: five bulk operations run already, it is tried again by itself.",
    "TAKEN": "Another record of the shop has this value already: link the item with it, or change one of the two.",
    "HANDLE_NOT_UNIQUE": "Another product of the shop has this handle: change one of the two.",
    "SUBSCRIPTION_VIOLATION": "The shop's plan does not allow this.",
    "INVALID_STAGED_UPLOAD_FILE": "Lower the batch size of the site: the file of the bulk operation is too large.",
}
_REFUSED_CURE = "Correct what the shop's message names, in the ERP or in the shop, then try again."
_GONE_CURE = "See in the shop whether the record was deleted; then link it again or send it anew."


# ---------------------------------------------------------------- HTTP


def error_of_status(answer: Answer, body: Any, *, site: str, what: str) -> EcomsyncError:
    """The error that an answer with a status other than 2xx stands for. body: the decoded JSON, or None."""
    status = answer.status
    text = _text_of(body)
    common: dict[str, Any] = {
        "site": site,
        "platform": PLATFORM,
        "status": status,
        "excerpt": answer.excerpt(500),
        "details": {"request_id": answer.headers.get("x-request-id", "")},
    }
    if 300 <= status < 400:
        target = mask_url(answer.headers.get("location", "")).partition("?")[0] or "another address"
        return ConfigurationError(
            f"The shop redirects to {target}.",
            code="redirected",
            cure="Enter the shop's address as name.myshopify.com; its own domain does not answer calls.",
            **common,
        )
    if status == 401:
        return BadCredentials(
            f"The shop refuses the access token. {text}".strip(),
            cure="The token was revoked, has expired, or the app was uninstalled. Press 'Connect' or enter a valid "
            "Admin API access token, then run 'Test Connection'.",
            **common,
        )
    if status == 429:
        return RateLimited(
            f"The shop asks for fewer calls. {text}".strip(), retry_after=seconds_of(answer.headers), **common
        )
    if status in _SHOP_DOWN or status >= 500:
        return ShopUnavailable(
            f"Shopify answered {status} ({what}). {text}".strip(),
            retry_after=seconds_of(answer.headers),
            **common,
        )
    if body is None:
        return _page(status, what, common)
    return _refused_status(status, text, what, common)


def _refused_status(status: int, text: str, what: str, common: dict[str, Any]) -> EcomsyncError:
    if status == 402:
        return ConfigurationError(
            f"The shop is frozen: its bill is not paid. {text}".strip(),
            code="shop_frozen",
            cure="The shop's owner must settle the bill at Shopify.",
            **common,
        )
    if status == 403:
        return MissingPermission(
            f"Shopify does not allow this ({what}). {text}".strip(),
            cure="Give the app the access scopes that 'Test Connection' names, and install it again.",
            **common,
        )
    if status == 404:
        return ConfigurationError(
            f"There is no Shopify shop at this address. {text}".strip(),
            code="shop_not_found",
            cure="Enter the shop's address as name.myshopify.com.",
            **common,
        )
    if status == 423:
        return ConfigurationError(
            f"Shopify has locked the shop. {text}".strip(),
            code="shop_locked",
            cure="The shop's owner must ask Shopify's support why the shop is locked.",
            **common,
        )
    return Rejected(f"The shop refused {what}. {text}".strip(), cure=_REFUSED_CURE, **common)


def _page(status: int, what: str, common: dict[str, Any]) -> EcomsyncError:
    """HTML or nothing: it comes from something between us and Shopify."""
    if status in (403, 406):
        return ConfigurationError(
            f"A firewall before the shop refused the call ({what}).",
            code="blocked_by_firewall",
            cure="Let a firewall or proxy between this server and Shopify pass calls to /admin/api.",
            **common,
        )
    if status == 404:
        return ConfigurationError(
            "There is no Shopify shop at this address.",
            code="shop_not_found",
            cure="Enter the shop's address as name.myshopify.com.",
            **common,
        )
    return Rejected(
        f"The shop's address answered {status} with a page instead of data ({what}).",
        code="refused",
        cure="Look at the related request: something between this server and Shopify answers in its place.",
        **common,
    )


def seconds_of(headers: Mapping[str, str]) -> float | None:
    """Retry-After: decimal seconds at Shopify."""
    value = headers.get("retry-after", "").strip()
    return float(value) if re.fullmatch(r"\d+(\.\d+)?", value) else None


def _text_of(body: Any) -> str:
    if not isinstance(body, Mapping):
        return ""
    errors = body.get("errors", body.get("error_description") or body.get("error"))
    if isinstance(errors, str):
        return _sentence(errors)
    if isinstance(errors, Mapping):
        parts = [f"{name}: {_joined(value)}" for name, value in errors.items()]
        return _sentence("; ".join(parts))
    if isinstance(errors, list):
        return _sentence(
            "; ".join(
                str(row.get("message", row)) if isinstance(row, Mapping) else str(row) for row in errors
            )
        )
    return ""


def _joined(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _sentence(text: str) -> str:
    clean = " ".join(str(text).split())[:400]
    return clean if not clean or clean.endswith((".", "!", "?")) else f"{clean}."


# ---------------------------------------------------------------- top-level errors


def code_of(error: Mapping[str, Any]) -> str:
    extensions = error.get("extensions")
    return str(extensions.get("code") or "") if isinstance(extensions, Mapping) else ""


def error_of_errors(
    errors: Sequence[Any], *, what: str, site: str, wait: float | None = None, request_id: str = ""
) -> EcomsyncError:
    """The error that the top-level `errors` of a good answer stand for; the gravest of them rules."""
    rows = [row for row in errors if isinstance(row, Mapping)]
    codes = [code_of(row) for row in rows]
    text = _sentence("; ".join(str(row.get("message") or "") for row in rows))
    common: dict[str, Any] = {
        "site": site,
        "platform": PLATFORM,
        "excerpt": text,
        "details": {"codes": codes, "request_id": request_id},
    }
    if "THROTTLED" in codes:
        return RateLimited("The shop's call budget is used up for the moment.", retry_after=wait, **common)
    if "MAX_COST_EXCEEDED" in codes:
        return Rejected(
            f"The query asks for too much at once ({what}). {text}",
            code=TOO_COSTLY,
            cure=_FAULT_OF_OURS,
            **common,
        )
    if "ACCESS_DENIED" in codes:
        return _access_denied(rows, what, common)
    if any(code in ("INTERNAL_SERVER_ERROR", "TIMEOUT", "SERVICE_UNAVAILABLE") for code in codes):
        return ShopUnavailable(f"Shopify failed ({what}). {text}", status=500, **common)
    code = next((code for code in codes if code), "refused")
    return Rejected(f"The shop refused {what}. {text}", code=code.lower(), cure=_FAULT_OF_OURS, **common)


def _access_denied(rows: Sequence[Mapping[str, Any]], what: str, common: dict[str, Any]) -> MissingPermission:
    """`status` is what the answer means; Shopify itself says 200."""
    denied = next(row for row in rows if code_of(row) == "ACCESS_DENIED")
    needed = str(denied.get("extensions", {}).get("requiredAccess") or "").strip()
    needs = f" It needs: {needed.rstrip('.')}." if needed else ""
    return MissingPermission(
        f"The app may not do this ({what}).{needs}",
        cure="Give the app the access scope that is named, let the shop's owner approve it, then run 'Test Connection'.",
        status=403,
        **common,
    )


_FAULT_OF_OURS = "This is a fault of ecomsync: send the related request to support."


# ---------------------------------------------------------------- user errors


def error_of_user_errors(errors: Sequence[Any], *, what: str) -> EcomsyncError:
    """The error that the `userErrors` of a mutation stand for, by the first of them."""
    rows = [row for row in errors if isinstance(row, Mapping)]
    first: Mapping[str, Any] = rows[0] if rows else {}
    code = str(first.get("code") or "")
    message = _sentence(str(first.get("message") or code or "no reason is given"))
    common: dict[str, Any] = {"platform": PLATFORM, "details": {"user_errors": [dict(row) for row in rows]}}
    if code in STALE_CODES:
        return Conflict(
            f"Somebody changed the record in the shop meanwhile ({what}): {message}",
            code=code.lower(),
            cure=CURES.get(code, ""),
            **common,
        )
    if code in _BUSY:
        return ShopUnavailable(
            f"The shop is busy with this ({what}): {message}",
            code=code.lower(),
            cure=CURES.get(code, ""),
            **common,
        )
    if code in _NOT_FOUND or (not code and _NOT_FOUND_TEXT.search(message)):
        return NotFound(
            f"The shop does not know this record ({what}): {message}",
            code=code.lower() or "not_found",
            cure=CURES.get(code, _GONE_CURE),
            **common,
        )
    return Rejected(
        f"The shop refused {what}: {message}",
        code=code.lower() or "rejected",
        cure=CURES.get(code, _REFUSED_CURE),
        **common,
    )


def row_of(error: Mapping[str, Any], list_name: str) -> int | None:
    """Which row of a list a user error is about: its path holds the index as text, ["input","quantities","1","…"]."""
    path = error.get("field")
    if not isinstance(path, list):
        return None
    for name, index in pairwise(path):
        if str(name) == list_name and str(index).isdigit():
            return int(str(index))
    return None
