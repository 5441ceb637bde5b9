"""What BigCommerce's answers mean: status -> class of error, with cause and cure.

V2 refuses with a list of messages, V3 with `title` and `errors`, batches with `batch_errors`. What no table names is
closed by default (4xx = refused, 5xx = shop fault).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
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
from ecomsync.common.http import Answer, mask_url

PLATFORM = "bigcommerce"
_SHOP_DOWN = frozenset({408, 425, 500, 502, 503, 504, 520, 521, 522, 523, 524, 525, 526, 527, 530})
_REFUSED_CURE = "Correct what the store's message names, in the ERP or in the store, then try again."
_GONE_CURE = "See in the store whether the record was deleted; then link it again or send it anew."

#: status -> (code, message, cure) of what is the record's own fault.
_REFUSALS: Mapping[int, tuple[str, str, str]] = {
    400: ("rejected", "The store refused {what}: {text}", _REFUSED_CURE),
    405: (
        "rejected",
        "The store refused {what}: {text}",
        "This is a fault of ecomsync: send the related request to support.",
    ),
    406: (
        "rejected",
        "The store refused {what}: {text}",
        "This is a fault of ecomsync: send the related request to support.",
    ),
    409: (
        "duplicate",
        "The store has this already ({what}): {text}",
        "Names, SKUs and addresses of products stand once in a store: link the item to the product that has it, or "
        "change one of the two.",
    ),
    413: ("too_large", "The store refused {what}: {text}", "Lower the batch sizes of the site."),
    415: (
        "rejected",
        "The store refused {what}: {text}",
        "This is a fault of ecomsync: send the related request to support.",
    ),
    422: ("rejected", "The store refused {what}: {text}", _REFUSED_CURE),
    507: (
        "plan_limit",
        "The store's plan allows no more ({what}): {text}",
        "Delete what is not needed in the store, or change its plan.",
    ),
}


def error_from_answer(answer: Answer, body: Any, *, site: str, what: str) -> EcomsyncError:
    """The error that an answer with status >= 300 stands for.

    body: the decoded JSON, or None when it is not JSON. what: the call in words, such as "GET v2/orders/17".
    """
    common: dict[str, Any] = {
        "site": site,
        "platform": PLATFORM,
        "status": answer.status,
        "excerpt": answer.excerpt(500),
    }
    status = answer.status
    if 300 <= status < 400:
        return _redirect(answer, common)
    if status in (423, 429):
        return RateLimited(
            "The store asks for fewer calls.", retry_after=retry_after(answer.headers), **common
        )
    if status in _SHOP_DOWN or (status > 500 and status != 507):
        return _down(status, what, body, answer, common)
    if not is_api_body(body):
        return _not_from_api(answer, what, common)
    return _refusal(status, what, body, common)


def _refusal(status: int, what: str, body: Any, common: dict[str, Any]) -> EcomsyncError:
    text, details = sentence_of(body), details_of(body)
    if status == 401:
        return BadCredentials(
            f"The store refuses the access token: {text}",
            cure="Enter the access token of a store-level API account, or install the app again: the token dies when "
            "the account is deleted, the app's scopes change or the owner's e-mail address changes.",
            **common,
        )
    if status == 403:
        return MissingPermission(
            f"The API account may not do this ({what}): {text}",
            cure="Scopes of an API account cannot be changed: make a new store-level API account with the scopes that "
            "'Test Connection' names, and enter its token.",
            **common,
        )
    if status == 404:
        return NotFound(f"The store does not know this record ({what}).", cure=_GONE_CURE, **common)
    code, message, cure = _REFUSALS.get(status, _REFUSALS[400])
    return Rejected(message.format(what=what, text=text), code=code, cure=cure, details=details, **common)


def _down(status: int, what: str, body: Any, answer: Answer, common: dict[str, Any]) -> ShopUnavailable:
    if status == 503:
        return ShopUnavailable(
            f"The store is in maintenance, suspended or out of reach ({what}).",
            cure="Look at the store's status in its control panel if it lasts; it is tried again by itself.",
            retry_after=retry_after(answer.headers),
            **common,
        )
    return ShopUnavailable(
        f"The store failed with status {status} ({what}).", retry_after=retry_after(answer.headers), **common
    )


def _redirect(answer: Answer, common: dict[str, Any]) -> ConfigurationError:
    target = mask_url(answer.headers.get("location", "")).partition("?")[0] or "another address"
    return ConfigurationError(
        f"The address redirects to {target}.",
        code="redirected",
        cure="Enter the API path of the API account as the URL of the site: https://api.bigcommerce.com/stores/…",
        **common,
    )


def _not_from_api(answer: Answer, what: str, common: dict[str, Any]) -> EcomsyncError:
    """HTML or nothing: something stands between us and the API, or this is another server."""
    status = answer.status
    if status in (401, 403, 406):
        return ConfigurationError(
            f"A firewall or proxy before the API refused the call ({what}).",
            code="blocked_by_firewall",
            cure="Let this server reach api.bigcommerce.com through the firewall or proxy.",
            **common,
        )
    if status == 404:
        return ConfigurationError(
            "There is no BigCommerce API at this address.",
            code="rest_not_found",
            cure="Enter the API path of the API account as the URL of the site: https://api.bigcommerce.com/stores/…",
            **common,
        )
    return Rejected(
        f"The store refused {what} with status {status}.",
        code="too_large" if status == 413 else "rejected",
        cure=_REFUSED_CURE,
        **common,
    )


# ---------------------------------------------------------------- reading bodies


def is_api_body(body: Any) -> bool:
    """True for a refusal in one of the shapes of V2 and V3."""
    if isinstance(body, list):
        return bool(body) and isinstance(body[0], Mapping) and "message" in body[0]
    return isinstance(body, Mapping) and bool(
        {"status", "title", "errors", "batch_errors", "error"} & set(body)
    )


def sentence_of(body: Any) -> str:
    """The store's own words on one line, with the fields that it names."""
    parts: list[str] = []
    if isinstance(body, list):
        parts = [str(row.get("message", "")) for row in body if isinstance(row, Mapping)]
    elif isinstance(body, Mapping):
        fields = body.get("errors")
        named = fields if isinstance(fields, Mapping) else {}
        parts = [str(body.get("title") or body.get("error") or "")]
        parts += [f"{name}: {reason}" if name else str(reason) for name, reason in named.items()]
        parts += [row_sentence(row) for row in _rows(body)[:3]]
    text = "; ".join(part.strip().rstrip(".") for part in parts if part.strip())
    return f"{text or 'no reason given'}."


def row_sentence(row: Mapping[str, Any]) -> str:
    """The reasons of one row of `batch_errors`, which has one of two shapes."""
    fields = row.get("errors") or row.get("field_errors")
    if isinstance(fields, Mapping) and fields:
        return "; ".join(f"{name}: {reason}" for name, reason in fields.items())
    return str(row.get("title") or "refused")


def _rows(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    rows = body.get("batch_errors")
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []


def details_of(body: Any) -> dict[str, Any]:
    """What callers look into: `title`, `errors` and `batch_errors`."""
    if not isinstance(body, Mapping):
        return {}
    return {name: body[name] for name in ("title", "errors", "batch_errors") if body.get(name)}


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait: the longest of what the headers say. None when they say nothing, as when the platform itself
    is overloaded; then the caller backs off by itself."""
    found = [_number(headers.get("x-rate-limit-time-reset-ms", "")) / 1000]
    found += [_number(headers.get(name, "")) for name in ("x-retry-after", "retry-after")]
    wait = max(found)
    return wait or None


def _number(text: str) -> float:
    return float(text) if re.fullmatch(r"\d+(\.\d+)?", text.strip()) else 0.0
