"""What Norce's answers mean: part and status -> class of error, with cause and cure. Source: fact sheet §14.

Error bodies are not documented: only the status, Identity's `error` and Connect's `StatusCode` decide.
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
from platforms.norce.fields import field, text

PLATFORM = "norce"
#: Identity gives three tokens a minute and names no time to wait.
IDENTITY_WAIT = 20.0
_SHOP_DOWN = frozenset({408, 425, 500, 502, 503, 504, 520, 521, 522, 523, 524, 525, 526, 527, 530})
_URL_CURE = "Enter the base URL of the environment on the site: https://….api-se.norce.tech (stage and playground have hosts of their own)."
_RIGHTS_CURE = (
    "In Norce Admin, under Settings > Users > OAuth, give the account access to this application and part; check the "
    "application id of the site."
)
_REFUSED_CURE = "Correct what Norce's message names, in the ERP or in Norce, then try again."


def error_from_answer(answer: Answer, body: Any, *, site: str, what: str) -> EcomsyncError:
    """The error that an answer of Connect or Query with status >= 300 stands for.

    body: the decoded JSON, or None when it is not JSON. what: the call in words, such as "GET Orders/Orders".
    """
    status = answer.status
    common: dict[str, Any] = {
        "site": site,
        "platform": PLATFORM,
        "status": status,
        "excerpt": answer.excerpt(500),
    }
    if 300 <= status < 400:
        target = mask_url(answer.headers.get("location", "")).partition("?")[0] or "another address"
        return ConfigurationError(
            f"The address redirects to {target}.", code="redirected", cure=_URL_CURE, **common
        )
    if status == 429:
        return RateLimited("Norce asks for fewer calls.", retry_after=retry_after(answer.headers), **common)
    if status in _SHOP_DOWN or status > 500:
        return ShopUnavailable(
            f"Norce failed with status {status} ({what}).", retry_after=retry_after(answer.headers), **common
        )
    if not isinstance(body, dict | list | str):
        return _not_from_api(status, what, common)
    return _refusal(status, what, body, common)


def _refusal(status: int, what: str, body: Any, common: dict[str, Any]) -> EcomsyncError:
    if status == 401:
        return BadCredentials(
            "Norce refuses the token.",
            cure="Press 'Request Token' on the site; if that fails, check client id and client secret.",
            **common,
        )
    if status == 403:
        return MissingPermission(f"The account may not do this ({what}).", cure=_RIGHTS_CURE, **common)
    if status == 404:
        return NotFound(
            f"Norce does not know this record ({what}).",
            cure="See in Norce whether the record was deleted; check the paths in the options of the site.",
            **common,
        )
    return Rejected(f"Norce refused {what}: {sentence_of(body)}", cure=_REFUSED_CURE, **common)


def _not_from_api(status: int, what: str, common: dict[str, Any]) -> EcomsyncError:
    """HTML or nothing: something stands between us and the API, or this is another server."""
    if status in (401, 403, 406):
        return ConfigurationError(
            f"A firewall or proxy before the API refused the call ({what}).",
            code="blocked_by_firewall",
            cure="Let this server reach Norce through the firewall or proxy.",
            **common,
        )
    if status == 404:
        return ConfigurationError(
            "There is no Norce API at this address.", code="rest_not_found", cure=_URL_CURE, **common
        )
    return Rejected(f"Norce refused {what} with status {status}.", cure=_REFUSED_CURE, **common)


def error_from_identity(answer: Answer, body: Any, *, site: str) -> EcomsyncError:
    """The error that a refused request for a token stands for."""
    word = text(body, "error")
    common: dict[str, Any] = {"site": site, "platform": PLATFORM, "status": answer.status}
    if answer.status == 429:
        return RateLimited(
            "Norce gives three tokens a minute, and more were asked for.",
            retry_after=retry_after(answer.headers) or IDENTITY_WAIT,
            **common,
        )
    if answer.status >= 500:
        return ShopUnavailable(f"Norce's Identity failed with status {answer.status}.", **common)
    if word == "invalid_scope":
        return ConfigurationError(
            "Norce does not know the scope, or the account may not have it.",
            code="invalid_scope",
            cure="Set 'Scope' of the site to the environment: prod, stage or playground (older: production, lab).",
            **common,
        )
    if word or answer.status in (400, 401):
        return BadCredentials(
            "Norce does not know the client id, or the client secret is wrong.",
            cure="Enter client id and client secret of Norce Admin > Settings > Users > OAuth; the secret is shown once.",
            **common,
        )
    return error_from_answer(answer, body, site=site, what="POST token")


def connect_refusal(status_code: str, description: str, *, what: str, site: str) -> Rejected:
    """Connect answered 200 with another StatusCode than OK."""
    told = description.strip().rstrip(".") or status_code or "no reason given"
    return Rejected(f"Norce refused {what}: {told}.", cure=_REFUSED_CURE, site=site, platform=PLATFORM)


def sentence_of(body: Any) -> str:
    """Norce's own words on one line."""
    error = field(body, "error")
    told = body if isinstance(body, str) else text(error, "message") or text(body, "Description", "message")
    return f"{(told or 'no reason given').strip().rstrip('.')}."


def retry_after(headers: Mapping[str, str]) -> float | None:
    told = headers.get("retry-after", "").strip()
    return float(told) if re.fullmatch(r"\d+(\.\d+)?", told) else None
