"""What an answer means: the status first, then what the settings say of the body."""

from __future__ import annotations

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
from ecomsync.common.http import Answer, http_date, mask_url

PLATFORM = "custom"
REFUSED_CURE = "Correct what the shop's message names, in the ERP or in the shop, then try again."
KEYS_CURE = "Enter valid credentials on the site and run 'Test Connection'; look at 'How to sign in' too."
RIGHT_CURE = "Give the API user of the shop the right for this call, then run 'Test Connection'."


def retry_after(answer: Answer) -> float | None:
    """Seconds of a Retry-After header: a number or a date."""
    value = answer.headers.get("retry-after", "").strip()
    if value.replace(".", "", 1).isdigit():
        return float(value)
    moment, now = http_date(value), http_date(answer.headers.get("date", ""))
    return max(0.0, (moment - now).total_seconds()) if moment and now else None


def error_of(
    answer: Answer, *, kind: str, code: str, text: str, is_api: bool, what: str, site: str
) -> EcomsyncError:
    """kind: what the settings make of the shop's code, else "". is_api: the body could be read as the shop's format."""
    common: dict[str, Any] = {
        "site": site,
        "platform": PLATFORM,
        "status": answer.status,
        "excerpt": answer.excerpt(500),
    }
    said = text or answer.excerpt(200) or "without a reason"
    status = answer.status
    found = kind or _kind_of(status, is_api=is_api)
    if found == "redirect":
        target = mask_url(answer.headers.get("location", "")).partition("?")[0] or "another address"
        return ConfigurationError(
            f"The address redirects to {target}.",
            code="redirected",
            cure="Enter the address to which it leads as the URL of the site.",
            **common,
        )
    if found == "firewall":
        return ConfigurationError(
            f"A page instead of an answer refused the call ({what}).",
            code="blocked",
            cure="Let the firewall before the shop pass our calls, or correct the path of the API.",
            **common,
        )
    if found == "rate_limited":
        return RateLimited("The shop asks for fewer calls.", retry_after=retry_after(answer), **common)
    if found == "retry":
        return ShopUnavailable(
            f"The shop failed with status {status} ({what}).", retry_after=retry_after(answer), **common
        )
    if found == "bad_credentials":
        return BadCredentials(f"The shop refuses our credentials: {said}", cure=KEYS_CURE, **common)
    if found == "missing_permission":
        return MissingPermission(f"We may not do this ({what}): {said}", cure=RIGHT_CURE, **common)
    if found == "not_found":
        return NotFound(
            f"The shop does not have this record ({what}): {said}",
            cure="See in the shop whether the record was deleted; then link it again or send it anew.",
            **common,
        )
    return Rejected(f"The shop refused {what}: {said}", code=code or "rejected", cure=REFUSED_CURE, **common)


_KINDS: Mapping[int, str] = {
    401: "bad_credentials",
    403: "missing_permission",
    404: "not_found",
    410: "not_found",
    429: "rate_limited",
    408: "retry",
    423: "retry",
    425: "retry",
}


def _kind_of(status: int, *, is_api: bool) -> str:
    if 300 <= status < 400:
        return "redirect"
    if status >= 500:
        return "retry"
    if status in (401, 403, 406) and not is_api:
        return "firewall"
    return _KINDS.get(status, "rejected")


def not_readable(answer: Answer, *, what: str, expected: str, site: str) -> ShopUnavailable:
    return ShopUnavailable(
        f"The shop answered {what} with something that is not {expected.upper()}.",
        code="not_json",
        site=site,
        platform=PLATFORM,
        status=answer.status,
        excerpt=answer.excerpt(500),
    )
