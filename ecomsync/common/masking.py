"""Secrets out of everything that is stored or shown about a call: addresses, headers, bodies, error texts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

MASK = "***"

_SECRET_NAME = re.compile(
    r"(authorization|secret|password|passwd|token|api[-_]?key|consumer_key|signature|cookie|client_id|nonce)",
    re.I,
)
_SECRET_WORDS = r"(?:secret|password|passwd|token|api_?key|consumer_key)"
# Both begin at the telling word and are bounded up to the value, so that hostile bodies cost no more than long ones.
# A value may be cut off before its closing quote, since bodies are cut before they are masked.
_SECRET_JSON = re.compile(
    rf'({_SECRET_WORDS}[^"\\]{{0,60}}"\s{{0,9}}:\s{{0,9}})(?:"(?:[^"\\]|\\.)*(?:"|\\?\Z)|-?\d[\d.eE+-]*)',
    re.I,
)
_SECRET_PAIR = re.compile(
    rf"((?:{_SECRET_WORDS}|signature|nonce)[\w%\[\].-]{{0,60}}=)(?!\*\*\*)[^&\s\"'<>]+", re.I
)
#: One of these stands in whatever the two patterns above match.
_TELLING = ("secret", "passw", "token", "key", "signature", "nonce")
_USER_IN_URL = re.compile(r"(https?://)[^/\s@\"'<>]+@", re.I)
_HAS_MORE = re.compile(r"[@?#]").search
_URL = re.compile(r"https?://[^>\s]+", re.I)


def mask_url(url: str) -> str:
    """The address without user, password, fragment and secret parameters."""
    if url.isprintable() and url.startswith(("https://", "http://")) and not _HAS_MORE(url):
        return url
    try:
        parts = urlsplit(url)
        pairs = parse_qsl(parts.query, keep_blank_values=True)
    except ValueError:
        return mask_body(url)
    netloc = parts.netloc.rpartition("@")[2]
    query = urlencode(
        [(name, MASK if _SECRET_NAME.search(name) else value) for name, value in pairs], safe="*[]:,"
    )
    return urlunsplit((parts.scheme, netloc, parts.path, query, ""))


def mask_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers with secrets replaced; links and redirects lose the secrets in their addresses."""
    masked = {}
    for name, value in headers.items():
        if _SECRET_NAME.search(name):
            masked[name] = MASK
        elif name.lower() in ("location", "content-location", "referer"):
            masked[name] = mask_url(value)
        else:
            masked[name] = mask_body(_mask_urls(value))
    return masked


def _mask_urls(text: str) -> str:
    return _URL.sub(lambda match: mask_url(match.group(0)), text) if "://" in text else text


def mask_body(text: str) -> str:
    """JSON, a form or an error text with the values of secret names replaced."""
    # Most bodies name no secret at all, and to look for plain words takes a hundredth of what the patterns take.
    folded = text.casefold()
    if any(word in folded for word in _TELLING):
        text = _SECRET_JSON.sub(rf'\1"{MASK}"', text)
        text = _SECRET_PAIR.sub(rf"\1{MASK}", text)
    return _USER_IN_URL.sub(rf"\1{MASK}@", text) if "://" in text and "@" in text else text
