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
_USER_IN_URL = re.compile(r"(https?://)[^/\s@\"'<>]+@", re.I)
_URL = re.compile(r"https?://[^>\s]+", re.I)


def mask_url(url: str) -> str:
    """The address without user, password, fragment and secret parameters."""
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
            masked[name] = mask_body(_URL.sub(lambda match: mask_url(match.group(0)), value))
    return masked


def mask_body(text: str) -> str:
    """JSON, a form or an error text with the values of secret names replaced."""
    masked = _SECRET_JSON.sub(rf'\1"{MASK}"', text)
    masked = _SECRET_PAIR.sub(rf"\1{MASK}", masked)
    return _USER_IN_URL.sub(rf"\1{MASK}@", masked)
