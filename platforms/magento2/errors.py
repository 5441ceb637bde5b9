"""What Magento's answers mean: status and message template -> class of error, with cause and cure.

Magento has no error codes: the untranslated template of the message is the nearest thing, so the one table here goes
by templates (their placeholders still open) and then by status. What no row names is closed by default: 4xx is
refused, 5xx is a fault of the shop.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
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
from ecomsync.common.http import Answer, http_date, mask_url

PLATFORM = "magento2"
#: No other text tells an unknown source from a deadlock.
SOURCE_ITEM_NOT_SAVED = "source_item_not_saved"
NO_ROUTE = "no_route"
TOO_MANY_ITEMS = "too_many_items"
PAGE_TOO_LARGE = "page_too_large"
URL_KEY_TAKEN = "url_key_taken"
ALREADY_ATTACHED = "already_attached"
OPTION_EXISTS = "option_exists"
DOCUMENT_REFUSED = "document_refused"
OAUTH_METHOD = "signature_method"


@dataclass(frozen=True, slots=True)
class _Rule:
    """Which answers, what they are, and what to do about it."""

    pattern: re.Pattern[str]
    error: type[EcomsyncError]
    code: str
    cure: str = ""


def _rule(pattern: str, error: type[EcomsyncError], code: str, cure: str = "") -> _Rule:
    return _Rule(re.compile(pattern, re.I), error, code, cure)


_REFUSED_CURE = "Correct what the shop's message names, in the ERP or in the shop, then try again."
_GONE_CURE = "See in the shop whether the record was deleted; then link it again or send it anew."
_KEYS_CURE = "Enter the four keys of the integration again (Magento admin > System > Integrations), then run 'Test Connection'."

#: Templates of statuses 400 and 404. The first that fits rules.
RULES: tuple[_Rule, ...] = (
    _rule(
        r"signature method .* is not supported",
        BadCredentials,
        OAUTH_METHOD,
        "Set 'Signature of OAuth' to auto.",
    ),
    _rule(r"^(the signature is invalid|invalid signature)", BadCredentials, "bad_credentials", _KEYS_CURE),
    _rule(
        r"\bnonce\b|oauth_|consumer|\btoken\b.*(does not exist|not exist|rejected|revoked)",
        BadCredentials,
        "bad_credentials",
        _KEYS_CURE,
    ),
    _rule(
        r"2fa|two.factor",
        BadCredentials,
        "two_factor",
        "Enter the secret of the user's Google authenticator on the site, or use an integration instead of a user.",
    ),
    _rule(r"maximum items of type", Rejected, TOO_MANY_ITEMS),
    _rule(r"maximum searchcriteria pagesize", Rejected, PAGE_TOO_LARGE),
    _rule(r"deadlock|lock wait timeout|database lock", Conflict, "deadlock"),
    _rule(
        r"^could not save source item",
        Conflict,
        SOURCE_ITEM_NOT_SAVED,
        "See that the source named on the site exists in Magento (Stores > Inventory > Sources).",
    ),
    _rule(
        r"^url key for specified store already exists",
        Rejected,
        URL_KEY_TAKEN,
        "Another product or category has this address: give one of the two another URL key.",
    ),
    _rule(r"product is already attached", Rejected, ALREADY_ATTACHED),
    _rule(r"attribute option label .* already exists", Rejected, OPTION_EXISTS),
    _rule(
        r"credit ?memo without products",
        Rejected,
        "refund_without_goods",
        "Magento gives an amount back without goods only while shipping is left to give back: name the goods in the "
        "return, or give the money back in the payment gateway and mark the return as paid.",
    ),
    _rule(
        r"(invoice|shipment|creditmemo) document validation error",
        Rejected,
        DOCUMENT_REFUSED,
        "Compare the order in the shop with its documents in the ERP: what was to be sent may be done there already.",
    ),
    _rule(
        r"does(n't| not) have the .* attribute value",
        Rejected,
        "variant_without_value",
        "Give the variant a value for each attribute that tells the variants apart, and see that the attribute is in "
        "the product's attribute set.",
    ),
    _rule(
        r"^request does not match any route",
        ConfigurationError,
        NO_ROUTE,
        "See that the URL of the site is that of a Magento 2 shop, and that the module named in the call is installed.",
    ),
)
_NOT_JSON_DOWN = frozenset(
    {408, 425, 500, 502, 503, 504, 507, 508, 520, 521, 522, 523, 524, 525, 526, 527, 530}
)


def error_from_answer(answer: Answer, body: Any, *, site: str, what: str) -> EcomsyncError:
    """The error that an answer with a status of 300 or more stands for.

    body: the decoded JSON, or None when it is not JSON. what: the call in words, such as "GET orders/17".
    """
    common: dict[str, Any] = {
        "site": site,
        "platform": PLATFORM,
        "status": answer.status,
        "excerpt": answer.excerpt(500),
    }
    if 300 <= answer.status < 400:
        return _redirect(answer, common)
    if not is_magento_error(body):
        return _not_from_magento(answer, what, common)
    return error_from_body(body, answer.status, what=what, common=common, headers=answer.headers)


def error_from_body(
    body: Mapping[str, Any],
    status: int,
    *,
    what: str,
    common: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> EcomsyncError:
    """The error of one error object of Magento; also for one operation of a bulk."""
    kwargs: dict[str, Any] = {"platform": PLATFORM, "status": status, **(common or {})}
    template, text = template_of(body), sentence(body)
    parameters = parameters_of(body)
    kwargs["details"] = {"template": template, "parameters": list(parameters.values())}
    if status == 401:
        return _unauthorised(template, text, parameters, kwargs)
    if status == 429:
        return RateLimited(
            f"The shop asks for fewer calls: {text}", retry_after=retry_after(headers or {}), **kwargs
        )
    if status in (400, 404):
        for rule in RULES:
            if rule.pattern.search(template):
                return _by_rule(rule, text, what, parameters, kwargs)
    if status == 404:
        return NotFound(f"The shop does not know this record ({what}): {text}", cure=_GONE_CURE, **kwargs)
    if status == 403:
        return MissingPermission(f"The shop forbids this ({what}): {text}", **kwargs)
    if status >= 500 or status in _NOT_JSON_DOWN:
        return ShopUnavailable(
            f"The shop failed ({what}): {text}",
            retry_after=retry_after(headers or {}),
            cure="Look into var/log and var/report of the shop if it lasts; it is tried again by itself.",
            **kwargs,
        )
    return Rejected(f"The shop refused {what}: {text}", cure=_REFUSED_CURE, **kwargs)


def _by_rule(
    rule: _Rule, text: str, what: str, parameters: Mapping[str, Any], kwargs: dict[str, Any]
) -> EcomsyncError:
    kwargs["code"] = rule.code
    if rule.code in (TOO_MANY_ITEMS, PAGE_TOO_LARGE):
        numbers = [int(str(value)) for value in parameters.values() if str(value).isdigit()]
        numbers += [int(found) for found in re.findall(r"\d+", text)]
        kwargs["details"]["max"] = numbers[0] if numbers else 0
    refused = issubclass(rule.error, Rejected | Conflict)
    message = f"The shop refused {what}: {text}" if refused else f"The shop refuses the call ({what}): {text}"
    return rule.error(message, cure=rule.cure or _REFUSED_CURE, **kwargs)


def _unauthorised(
    template: str, text: str, parameters: Mapping[str, Any], kwargs: dict[str, Any]
) -> EcomsyncError:
    """Magento answers a refused key and a missing right alike; the client tells them apart by what worked before."""
    if "%resources" in template:
        kwargs["details"]["resource"] = str(parameters.get("resources") or "")
    return BadCredentials(f"The shop refuses the keys: {text}", cure=_KEYS_CURE, **kwargs)


def missing_permission(error: EcomsyncError) -> MissingPermission:
    """A refusal of keys that are known to be good: the right is missing."""
    resource = str(error.details.get("resource") or "")
    return MissingPermission(
        f"The keys are right but may not use '{resource}'.",
        cure=f"In Magento admin > System > Integrations, tick the resource {resource} under 'API', save, and authorise "
        "the integration again; for a user, give his role this resource.",
        site=error.site,
        platform=PLATFORM,
        status=error.status,
        excerpt=error.excerpt,
        details=error.details,
    )


# ---------------------------------------------------------------- messages


def is_magento_error(body: Any) -> bool:
    """True for an error object of the REST layer, and for the one that PHP's shutdown handler writes."""
    if not isinstance(body, Mapping):
        return False
    return isinstance(body.get("message"), str) or isinstance(body.get("messages"), Mapping)


def template_of(body: Mapping[str, Any]) -> str:
    """The message as Magento has it in its source, with its placeholders open."""
    if isinstance(body.get("message"), str):
        return str(body["message"])
    found = body.get("messages")
    errors = found.get("error") if isinstance(found, Mapping) else None
    first = errors[0] if isinstance(errors, list) and errors else {}
    return str(first.get("message", "")) if isinstance(first, Mapping) else ""


def parameters_of(body: Mapping[str, Any]) -> dict[str, Any]:
    """Name -> value; the places of a bare list are the names 1, 2, …"""
    found = body.get("parameters")
    if isinstance(found, Mapping):
        return {str(name): value for name, value in found.items()}
    if isinstance(found, list):
        return {str(n): value for n, value in enumerate(found, start=1)}
    return {}


def filled(template: str, parameters: Mapping[str, Any]) -> str:
    """The message with its placeholders replaced: `%1`, `%fieldName`; longer names first."""
    text = template
    for name in sorted(parameters, key=len, reverse=True):
        value = parameters[name]
        if isinstance(value, list):
            value = ", ".join(str(part) for part in value)
        text = text.replace(f"%{name}", str(value))
    return text


def sentence(body: Mapping[str, Any]) -> str:
    """The message and the messages under it, filled in, on one line."""
    parts = [filled(template_of(body), parameters_of(body))]
    for entry in body.get("errors") or ():
        if isinstance(entry, Mapping) and isinstance(entry.get("message"), str):
            text = filled(entry["message"], parameters_of(entry))
            if text not in parts[0]:
                parts.append(text)
    text = plain_text(" ".join(part for part in parts if part)) or "no message"
    return text if text.endswith((".", "!", "?")) else f"{text}."


def plain_text(html: str) -> str:
    """Text without tags and entities, on one line."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds of Retry-After, which is a number or an HTTP date."""
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    if re.fullmatch(r"\d+(\.\d+)?", value):
        return float(value)
    moment = http_date(value)
    return None if moment is None else max(0.0, (moment - datetime.now(UTC)).total_seconds())


def clock_skew(headers: Mapping[str, str]) -> float | None:
    """Seconds by which the shop's clock is ahead of ours, by its Date header."""
    moment = http_date(headers.get("date", ""))
    return None if moment is None else (moment - datetime.now(UTC)).total_seconds()


# ---------------------------------------------------------------- what is not Magento's


def _redirect(answer: Answer, common: dict[str, Any]) -> ConfigurationError:
    target = mask_url(answer.headers.get("location", "")).partition("?")[0] or "another address"
    base = re.split(r"/(?:index\.php/)?rest/", target)[0].rstrip("/") or target
    return ConfigurationError(
        f"The shop redirects to {target}.",
        code="redirected",
        cure=f"Set the URL of the site to the address that answers without a redirect ({base}).",
        **common,
    )


def _not_from_magento(answer: Answer, what: str, common: dict[str, Any]) -> EcomsyncError:
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
            f"The shop's web server asks for a password of its own before Magento is reached.{said}",
            cure="Exempt /rest from the server's password protection.",
            **common,
        )
    if status in (403, 406):
        return ConfigurationError(
            f"A firewall before the shop refused the call ({what}).{said}",
            code="blocked_by_firewall",
            cure="Allow the address of this server and the path /rest in the shop's firewall or CDN.",
            **common,
        )
    if "json" in answer.headers.get("content-type", "") and status not in _NOT_JSON_DOWN:
        return ShopUnavailable(
            f"The shop answered {status} with JSON that is broken ({what}).", code="not_json", **common
        )
    if status == 404:
        return ConfigurationError(
            f"There is no Magento REST interface at this address.{said}",
            code="rest_not_found",
            cure="Check the URL of the shop; it is tried with and without index.php.",
            **common,
        )
    if status in (405, 501):
        return ConfigurationError(
            f"The shop's web server does not allow this method ({what}).{said}",
            code="method_blocked",
            cure="Allow GET, POST, PUT and DELETE for /rest on the shop's web server.",
            **common,
        )
    if status == 413:
        return Rejected(
            f"The shop's server refused {what}: too much data in one call.{said}",
            code="too_large",
            cure="Lower the batch sizes of the site, or send smaller pictures.",
            **common,
        )
    if status >= 500 or status in _NOT_JSON_DOWN:
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
