"""OAuth 1.0a as Magento verifies it: one header, parameters in PHP's natural order. Pure functions.

Natural order differs from the order of bytes as soon as an index of ten or more appears: `[2]` stands before `[10]`. A
JSON body is not signed. Source: Magento\\Framework\\Oauth and laminas-oauth's AbstractSignature, read 2026-11-20.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
from collections.abc import Iterable, Sequence
from urllib.parse import quote, urlsplit, urlunsplit

SHA256 = "HMAC-SHA256"
SHA1 = "HMAC-SHA1"  # before 2.4.4
_HASHES = {SHA256: hashlib.sha256, SHA1: hashlib.sha1}
_DEFAULT_PORTS = {"http": 80, "https": 443}


def authorization(
    method: str,
    url: str,
    params: Iterable[tuple[str, str]],
    *,
    consumer_key: str,
    consumer_secret: str,
    token: str,
    token_secret: str,
    nonce: str,
    timestamp: int,
    signature_method: str = SHA256,
    verifier: str = "",
) -> str:
    """The value of the `Authorization` header of one call. url: without query, its path encoded as it is sent.

    token: empty while a token is only asked for. verifier: of the handshake's second step.
    """
    oauth = [
        ("oauth_consumer_key", consumer_key),
        ("oauth_nonce", nonce),
        ("oauth_signature_method", signature_method),
        ("oauth_timestamp", str(timestamp)),
        ("oauth_version", "1.0"),
        *([("oauth_token", token)] if token else []),
        *([("oauth_verifier", verifier)] if verifier else []),
    ]
    text = base_string(method, url, [*oauth, *params])
    key = f"{encode(consumer_secret)}&{encode(token_secret)}"
    digest = hmac.new(key.encode(), text.encode(), _HASHES[signature_method]).digest()
    signed = [*oauth, ("oauth_signature", base64.b64encode(digest).decode())]
    return "OAuth " + ", ".join(f'{name}="{encode(value)}"' for name, value in signed)


def base_string(method: str, url: str, params: Sequence[tuple[str, str]]) -> str:
    """What is signed: method, address and all parameters, each encoded."""
    pairs = sorted(((encode(name), encode(value)) for name, value in params), key=_natural_key)
    joined = "&".join(f"{name}={value}" for name, value in pairs)
    return "&".join((method.upper(), encode(_plain(url)), encode(joined)))


def encode(text: str) -> str:
    """RFC 3986: all but letters, digits and `-._~`."""
    return quote(text, safe="")


def _plain(url: str) -> str:
    """The address without query, and without the port that its scheme has anyway."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    if parts.port is not None and parts.port != _DEFAULT_PORTS.get(parts.scheme):
        host = f"{host}:{parts.port}"
    return urlunsplit((parts.scheme.lower(), host, parts.path, "", ""))


# ---------------------------------------------------------------- natural order


def natural_compare(first: str, second: str) -> int:
    """PHP's `strnatcmp` for texts without spaces: -1, 0 or 1."""
    if not first or not second:
        return (len(first) > len(second)) - (len(first) < len(second))
    a, b = _skip_zeros(first), _skip_zeros(second)
    while True:
        ca, cb = first[a], second[b]
        if _is_digit(ca) and _is_digit(cb):
            result, a, b = _compare_numbers(first, a, second, b)
            if result:
                return result
            if a == len(first) or b == len(second):
                return (a < len(first)) - (b < len(second))
            ca, cb = first[a], second[b]
        if ca != cb:
            return -1 if ca < cb else 1
        a, b = a + 1, b + 1
        if a >= len(first) or b >= len(second):
            return (a < len(first)) - (b < len(second))


def _compare_pairs(one: tuple[str, str], other: tuple[str, str]) -> int:
    return natural_compare(one[0], other[0]) or natural_compare(one[1], other[1])


_natural_key = functools.cmp_to_key(_compare_pairs)


def _skip_zeros(text: str) -> int:
    place = 0
    while place + 1 < len(text) and text[place] == "0" and _is_digit(text[place + 1]):
        place += 1
    return place


def _compare_numbers(first: str, a: int, second: str, b: int) -> tuple[int, int, int]:
    """Two runs of digits: the longer is the larger number. With a leading zero they compare like fractions."""
    is_fraction = "0" in (first[a], second[b])
    bias = 0
    while True:
        ends = a >= len(first) or not _is_digit(first[a]), b >= len(second) or not _is_digit(second[b])
        if all(ends):
            return bias, a, b
        if any(ends):
            return (-1 if ends[0] else 1), a, b
        if first[a] != second[b] and not bias:
            bias = -1 if first[a] < second[b] else 1
            if is_fraction:
                return bias, a, b
        a, b = a + 1, b + 1


def _is_digit(letter: str) -> bool:
    return "0" <= letter <= "9"
