"""OAuth 1.0a, one-legged, as WooCommerce wants it from shops without TLS.

The signature covers method, address and query, never the body. WooCommerce rebuilds the address from the shop's home
URL, whatever host the request came by, and orders parameters by their encoded names.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Sequence
from urllib.parse import quote

SIGNATURE_METHOD = "HMAC-SHA256"
_DIGESTS = {"HMAC-SHA256": hashlib.sha256, "HMAC-SHA1": hashlib.sha1}

Params = Sequence[tuple[str, str]]


def base_string(method: str, url: str, params: Params) -> str:
    """The text that is signed: METHOD & address & parameters, each encoded."""
    pairs = sorted((_encode(name), _encode(value)) for name, value in params)
    joined = "&".join(f"{name}={value}" for name, value in pairs)
    return f"{method.upper()}&{_encode(url)}&{_encode(joined)}"


def signature(method: str, url: str, params: Params, secret: str, algorithm: str = SIGNATURE_METHOD) -> str:
    """base64 of the HMAC. The key is the consumer secret and an ampersand, with nothing after it."""
    digest = hmac.new(f"{secret}&".encode(), base_string(method, url, params).encode(), _DIGESTS[algorithm])
    return base64.b64encode(digest.digest()).decode()


def signed_params(
    method: str,
    url: str,
    params: Params,
    *,
    key: str,
    secret: str,
    nonce: str = "",
    timestamp: int | None = None,
) -> list[tuple[str, str]]:
    """`params` with the OAuth parameters added. url: without query."""
    oauth = [
        ("oauth_consumer_key", key),
        ("oauth_nonce", nonce or secrets.token_hex(16)),
        ("oauth_signature_method", SIGNATURE_METHOD),
        ("oauth_timestamp", str(timestamp if timestamp is not None else int(time.time()))),
    ]
    everything = [*params, *oauth]
    return [*everything, ("oauth_signature", signature(method, url, everything, secret))]


def _encode(text: str) -> str:
    return quote(text, safe="-_.~")
