"""What Zid's answers mean: status -> class of error, with cause and cure.

Managers, catalogue, OAuth and the documented standard refuse in different shapes. What no table names is closed by default
(4xx = refused, 5xx = shop fault).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
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
from ecomsync.common.http import Answer

PLATFORM = "zid"
_SHOP_DOWN = frozenset({408, 425, 500, 502, 503, 504, 520, 521, 522, 523, 524, 525, 526, 527, 530})
_REFUSED_CURE = "Correct what the store's message names, in the ERP or in the store, then try again."
_GONE_CURE = "See in the store whether the record was deleted; then link it again or send it anew."
_SIGN_IN_CURE = "Press 'Connect' or 'Request Token' with a new code. An uninstalled app loses all tokens at once: install it again."
_FAULT_CURE = "This is a fault of ecomsync: send the related request to support."
URL_CURE = "Enter https://api.zid.sa as the URL of the site."
STORE_ID_CODE = "wrong_store_id"
#: Without Retry-After a minute is what the limit is counted in; more than two are never waited.
USUAL_WAIT, LONGEST_WAIT = 60.0, 120.0

#: status -> (code, cure) of what is the record's own fault.
_REFUSALS: Mapping[int, tuple[str, str]] = {
    400: ("rejected", _REFUSED_CURE),
    405: ("rejected", _FAULT_CURE),
    406: ("rejected", _FAULT_CURE),
    409: ("duplicate", "The store has this already: link the item to it, or change one of the two."),
    413: ("too_large", "Lower the batch sizes of the site."),
    415: ("rejected", _FAULT_CURE),
    422: ("rejected", _REFUSED_CURE),
}


def error_from_answer(answer: Answer, body: Any, *, site: str, what: str) -> EcomsyncError:
    """The error that an answer with status >= 300 stands for.

    body: the decoded JSON, or None when it is not JSON. what: the call in words, such as "GET /v1/products/".
    """
    status = answer.status
    common: dict[str, Any] = {
        "site": site,
        "platform": PLATFORM,
        "status": status,
        "excerpt": answer.excerpt(500),
    }
    if 300 <= status < 400:
        common["status"] = 401
        return BadCredentials(
            f"Zid sends us to a login page instead of answering ({what}).", cure=_SIGN_IN_CURE, **common
        )
    if status == 429:
        return RateLimited("The store asks for fewer calls.", retry_after=wait_of(answer.headers), **common)
    if status in _SHOP_DOWN or status > 500:
        return ShopUnavailable(
            f"The store failed with status {status} ({what}).",
            retry_after=told_wait(answer.headers),
            **common,
        )
    if not is_api_body(body):
        return _not_from_api(status, what, common)
    return _refusal(status, what, body, common)


def _refusal(status: int, what: str, body: Any, common: dict[str, Any]) -> EcomsyncError:
    text = sentence_of(body)
    if status == 401 and "no such user" in text.lower():
        return ConfigurationError(
            "Zid does not know the store id that was sent with the call.",
            code=STORE_ID_CODE,
            cure="Correct the store id of the site, or empty it so that it is read from the store's profile.",
            **common,
        )
    if status == 401:
        return BadCredentials(f"Zid refuses the tokens: {text}", cure=_SIGN_IN_CURE, **common)
    if status == 403:
        return MissingPermission(
            f"The app may not do this ({what}): {text}",
            cure="Tick the missing scope of the app in Zid's partner dashboard, then install the app again.",
            **common,
        )
    if status in (404, 410):
        return NotFound(f"The store does not know this record ({what}).", cure=_GONE_CURE, **common)
    code, cure = _REFUSALS.get(status, _REFUSALS[400])
    return Rejected(
        f"The store refused {what}: {text}", code=code, cure=cure, details={"reasons": body}, **common
    )


def _not_from_api(status: int, what: str, common: dict[str, Any]) -> EcomsyncError:
    """HTML or nothing: something stands between us and the API, or this is another server."""
    if status in (401, 403, 406):
        return ConfigurationError(
            f"A firewall or proxy before the API refused the call ({what}).",
            code="blocked_by_firewall",
            cure="Let this server reach api.zid.sa through the firewall or proxy.",
            **common,
        )
    if status == 404:
        return ConfigurationError(
            "There is no Zid API at this address.", code="rest_not_found", cure=URL_CURE, **common
        )
    return Rejected(
        f"The store refused {what} with status {status}.",
        code="too_large" if status == 413 else "rejected",
        cure=_REFUSED_CURE,
        **common,
    )


def error_in_good_answer(body: Any, *, site: str, what: str) -> EcomsyncError | None:
    """A 200 may carry an error in its `message`."""
    message = body.get("message") if isinstance(body, Mapping) else None
    if not isinstance(message, Mapping) or message.get("type") != "error":
        return None
    code = str(message.get("code") or "")
    common: dict[str, Any] = {"site": site, "platform": PLATFORM, "status": 200}
    if code.startswith("ERROR_SESSION"):
        return BadCredentials(f"Zid refuses the tokens: {sentence_of(body)}", cure=_SIGN_IN_CURE, **common)
    return Rejected(f"The store refused {what}: {sentence_of(body)}", cure=_REFUSED_CURE, **common)


# ---------------------------------------------------------------- reading bodies


def is_api_body(body: Any) -> bool:
    """True for a refusal in one of Zid's shapes; fields of the catalogue are bare, so any object or list will do."""
    return isinstance(body, Mapping | list) and bool(body)


def sentence_of(body: Any) -> str:
    """The store's own words on one line, with the fields that it names."""
    parts = [part.strip().rstrip(".") for part in _words(body)]
    text = "; ".join(dict.fromkeys(part for part in parts if part))[:400]
    return f"{text or 'no reason given'}."


def _words(body: Any) -> list[str]:
    if isinstance(body, list):
        return [word for row in body for word in _words(row)]
    if not isinstance(body, Mapping):
        return [] if body is None else [str(body)]
    error, message = body.get("error"), body.get("message")
    if isinstance(error, Mapping):
        return [str(error.get("message") or ""), *_fields(error.get("fields"))]
    if isinstance(error, str):
        return [str(body.get("error_description") or error)]
    if isinstance(message, Mapping):
        return [str(message.get(name) or "") for name in ("name", "description")]
    detail = body.get("detail")
    if isinstance(detail, str):
        return [detail]
    if isinstance(detail, list):
        return [_located(row) for row in detail]
    if isinstance(message, str):
        return [message, *_fields(body.get("errors"))]
    return _fields(body)


def _fields(fields: Any) -> list[str]:
    if not isinstance(fields, Mapping):
        return []
    return [f"{name}: {_reasons(value)}" for name, value in fields.items() if value]


def _reasons(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(_fields(value))
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(_reasons(entry) for entry in value)
    return str(value)


def _located(row: Any) -> str:
    if not isinstance(row, Mapping):
        return str(row)
    place = ".".join(str(part) for part in row.get("loc") or ())
    return f"{place}: {row.get('msg', '')}" if place else str(row.get("msg", ""))


def told_wait(headers: Mapping[str, str]) -> float | None:
    """Seconds of Retry-After, at most two minutes; None where there is none."""
    text = headers.get("retry-after", "").strip()
    return min(float(text), LONGEST_WAIT) if re.fullmatch(r"\d+(\.\d+)?", text) else None


def wait_of(headers: Mapping[str, str]) -> float:
    """How long to leave the store alone after a 429."""
    told = told_wait(headers)
    return USUAL_WAIT if told is None else told
