"""What Salla's answers mean: status -> class of error, with cause and cure.

Messages are Arabic unless English is asked for, so statuses and codes decide; the words are only shown. A 401 has five
faces, and the one that names scopes is no matter of the token.
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

PLATFORM = "salla"
_SCOPES = re.compile(r"\b([a-z]+)\.(read_write|read)\b")
_SHOP_DOWN = frozenset({408, 425, 500, 502, 503, 504, 520, 521, 522, 523, 524, 525, 526, 527, 530})
_REFUSED_CURE = "Correct what Salla's message names, in the ERP or in the store, then try again."
_OUR_FAULT = "This is a fault of ecomsync: send the related request to support."
_ADDRESS_CURE = "Enter the address of the store, such as https://salla.sa/name, as the URL of the site."
_SCOPE_CURE = (
    "Give the app this scope in Salla's Partner portal and let the merchant approve the app anew, then run 'Test "
    "Connection'."
)


def error_from_answer(answer: Answer, body: Any, *, site: str, what: str) -> EcomsyncError:
    """The error that an answer with status >= 300 stands for.

    body: the decoded JSON, or None when it is not JSON. what: the call in words, such as "GET orders/17".
    """
    common: dict[str, Any] = {
        "site": site,
        "platform": PLATFORM,
        "status": answer.status,
        "excerpt": answer.excerpt(500),
    }
    status = answer.status
    if 300 <= status < 400:
        target = mask_url(answer.headers.get("location", "")).partition("?")[0] or "another address"
        return ConfigurationError(
            f"The address redirects to {target}.", code="redirected", cure=_ADDRESS_CURE, **common
        )
    if status == 429:
        return RateLimited("Salla asks for fewer calls.", retry_after=retry_after(answer.headers), **common)
    if status in _SHOP_DOWN or status > 500:
        return ShopUnavailable(
            f"Salla failed with status {status} ({what}).",
            retry_after=retry_after(answer.headers),
            **common,
        )
    if not is_api_body(body):
        return _not_from_api(status, what, common)
    return _refusal(status, what, body, common)


def _refusal(status: int, what: str, body: Any, common: dict[str, Any]) -> EcomsyncError:
    text = sentence_of(body)
    if status == 401:
        return _unauthorized(text, what, common)
    if status == 403:
        return MissingPermission(f"The app may not do this ({what}): {text}", cure=_SCOPE_CURE, **common)
    if status in (404, 410):
        return NotFound(
            f"The store does not know this record ({what}).",
            cure="See in the store whether the record was deleted; then link it again or send it anew.",
            **common,
        )
    if status in (405, 406):
        return Rejected(f"Salla refused {what}: {text}", cure=_OUR_FAULT, **common)
    return Rejected(
        f"Salla refused {what}: {text}", cure=_REFUSED_CURE, details={"fields": fields_of(body)}, **common
    )


def _unauthorized(text: str, what: str, common: dict[str, Any]) -> EcomsyncError:
    scopes = sorted({f"{name}.{right}" for name, right in _SCOPES.findall(text)})
    if scopes:
        return MissingPermission(
            f"The app lacks one of the scopes {', '.join(scopes)} ({what}).", cure=_SCOPE_CURE, **common
        )
    return BadCredentials(
        f"Salla refuses the access token: {text}",
        cure="Run 'Read Salla Access Token'; if that does not help, install the app again in the store.",
        **common,
    )


def _not_from_api(status: int, what: str, common: dict[str, Any]) -> EcomsyncError:
    """HTML or nothing: something stands between us and the API, or this is another server."""
    if status in (401, 403, 406):
        return ConfigurationError(
            f"A firewall or proxy before the API refused the call ({what}).",
            code="blocked_by_firewall",
            cure="Let this server reach api.salla.dev through the firewall or proxy; if Salla itself blocks it, make fewer "
            "calls and wait a quarter of an hour.",
            **common,
        )
    if status == 404:
        return ConfigurationError(
            "There is no Salla API at this address.", code="rest_not_found", cure=_ADDRESS_CURE, **common
        )
    return Rejected(f"Salla refused {what} with status {status}.", cure=_REFUSED_CURE, **common)


# ---------------------------------------------------------------- reading bodies


def is_api_body(body: Any) -> bool:
    """True for a refusal in the envelope, or in the shape of the sign-in server."""
    return isinstance(body, Mapping) and ("error" in body or "success" in body)


def sentence_of(body: Any) -> str:
    """Salla's own words on one line, with the fields that it names."""
    error = body.get("error") if isinstance(body, Mapping) else None
    if isinstance(error, Mapping):
        parts = [str(error.get("message") or error.get("code") or "")]
        parts += [f"{name}: {reason}" for name, reason in fields_of(body).items()]
    else:
        parts = [str(body.get("error_description") or error or "")] if isinstance(body, Mapping) else []
    text = "; ".join(part.strip().rstrip(".") for part in parts if part.strip())
    return f"{text or 'no reason given'}."


def fields_of(body: Any) -> dict[str, str]:
    """Field -> reason of a 422."""
    error = body.get("error") if isinstance(body, Mapping) else None
    fields = error.get("fields") if isinstance(error, Mapping) else None
    if not isinstance(fields, Mapping):
        return {}
    return {
        str(name): "; ".join(map(str, reason)) if isinstance(reason, list) else str(reason)
        for name, reason in fields.items()
    }


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, as Retry-After tells; None when it does not."""
    text = headers.get("retry-after", "").strip()
    return float(text) if re.fullmatch(r"\d+(\.\d+)?", text) else None
