"""OAuth 1.0a as the shop checks it: PHP's natural order, the raw query, nonces, methods by version."""

import base64
import hashlib
import hmac
import re
import time
from functools import cmp_to_key
from urllib.parse import quote, unquote, urlsplit

from sandbox.magento2.errors import MageError, forbidden, required
from sandbox.magento2.rows import Grant, Options
from sandbox.magento2.state import Store
from sandbox.messages import Request

FUTURE = 600
_NEEDED = (
    "oauth_consumer_key",
    "oauth_signature",
    "oauth_signature_method",
    "oauth_nonce",
    "oauth_timestamp",
)
_LEADING = re.compile(r"^0+(?=[0-9])")
_DIGITS = re.compile(r"[0-9]+")
_DIGESTS = {"HMAC-SHA256": hashlib.sha256, "HMAC-SHA1": hashlib.sha1}
_REFUSED = "The signature is invalid. Verify and try again."


def pct(text: str) -> str:
    return quote(text, safe="~")


def natural(left: str, right: str) -> int:
    """PHP's strnatcmp: digits compare as numbers, with leading zeros as fractions."""
    a, b = _LEADING.sub("", left), _LEADING.sub("", right)
    i = j = 0
    while True:
        while i < len(a) and a[i].isspace():
            i += 1
        while j < len(b) and b[j].isspace():
            j += 1
        if i >= len(a) or j >= len(b):
            return (len(a) - i > 0) - (len(b) - j > 0)
        if a[i].isdigit() and b[j].isdigit():
            first, second = _run(a, i), _run(b, j)
            if "0" in (a[i], b[j]):
                result = (first > second) - (first < second)
            else:
                result = (int(first) > int(second)) - (int(first) < int(second))
            if result:
                return result
            i, j = i + len(first), j + len(second)
            continue
        if a[i] != b[j]:
            return 1 if a[i] > b[j] else -1
        i, j = i + 1, j + 1


def _run(text: str, start: int) -> str:
    found = _DIGITS.match(text, start)
    return found.group() if found else ""


def header_params(header: str) -> dict[str, str]:
    if header[:6].lower() != "oauth ":
        return {}
    return {name: unquote(value) for name, value in re.findall(r'(\w+)="([^"]*)"', header[6:])}


def base_string(method: str, url: str, raw_query: str, params: dict[str, str]) -> str:
    """What is signed. url: without query; raw_query: as sent; params: the header's without the signature."""
    pairs = {
        pct(name): pct(value) for name, value in params.items() if name not in ("oauth_signature", "realm")
    }
    for piece in filter(None, raw_query.split("&")):
        parts = piece.split("=")
        if len(parts) == 2:  # a pair with a second `=` is not looked at
            pairs[pct(unquote(parts[0]))] = pct(unquote(parts[1]))
    joined = "&".join(f"{name}={pairs[name]}" for name in sorted(pairs, key=cmp_to_key(natural)))
    return f"{method.upper()}&{pct(url)}&{pct(joined)}"


def sign(text: str, consumer_secret: str, token_secret: str, method: str = "HMAC-SHA256") -> str:
    key = f"{pct(consumer_secret)}&{pct(token_secret)}".encode()
    return base64.b64encode(hmac.new(key, text.encode(), _DIGESTS[method]).digest()).decode()


def server_url(home: str, request: Request) -> str:
    """The address as the server sees it: its own scheme and host, the path as sent, no default port."""
    parts = urlsplit(home)
    host = parts.hostname or ""
    port = parts.port
    if port and port != {"http": 80, "https": 443}.get(parts.scheme):
        host = f"{host}:{port}"
    return f"{parts.scheme}://{host}{request.target.partition('?')[0]}"


def _check_params(options: Options, params: dict[str, str]) -> None:
    for name in _NEEDED:
        if not params.get(name):
            raise required(name)
    if params.get("oauth_version", "1.0") not in ("1.0", "1"):
        raise MageError('The "%1" Oauth version isn\'t supported.', [params["oauth_version"]])
    method = params["oauth_signature_method"]
    modern = options.at_least(2, 4, 4)
    good = method == "HMAC-SHA256" and (modern or options.old_sha256)
    if not good and not (method == "HMAC-SHA1" and not modern):
        raise MageError("Signature method %1 is not supported", [method])


def _check_nonce(store: Store, params: dict[str, str]) -> None:
    # The machine's clock, not the shop's: a moved shop clock must not lock every client out.
    stamp = params["oauth_timestamp"]
    if not stamp.isdigit() or int(stamp) > time.time() + FUTURE:
        raise MageError(
            "The timestamp value in the oauth_timestamp parameter isn't valid. Verify and try again.",
            status=401,
        )
    nonce = (params["oauth_consumer_key"], params["oauth_nonce"])
    if nonce in store.nonces:
        raise MageError("The nonce is already being used by the consumer with ID %1.", [1], status=401)
    store.nonces.add(nonce)


def verify(
    store: Store, request: Request, home: str, params: dict[str, str], grant: Grant, token_secret: str
) -> None:
    """Raises the refusal of a signature, a nonce, a time or a method that is not good."""
    _check_params(store.options, params)
    _check_nonce(store, params)
    raw_path = request.target.partition("?")[0]
    if store.options.breaks_special_signatures and "%" in raw_path:
        raise MageError(_REFUSED, status=401)
    query = request.raw_query
    if "x-www-form-urlencoded" in request.headers.get("content-type", ""):
        query = "&".join(filter(None, [query, request.body.decode("utf-8", "replace")]))
    text = base_string(request.method, server_url(home, request), query, params)
    made = sign(text, grant.secret, token_secret, params["oauth_signature_method"])
    if not hmac.compare_digest(made, params["oauth_signature"]):
        raise MageError(_REFUSED, status=401)


def caller(store: Store, request: Request, home: str, resource: str) -> Grant:
    """The integration that signed this API call."""
    params = header_params(request.headers.get("authorization", ""))
    _check_params(store.options, params)
    grant = next((g for g in store.grants.values() if g.key and g.key == params["oauth_consumer_key"]), None)
    if grant is None:
        raise MageError("A consumer having the specified key does not exist", status=401)
    token = params.get("oauth_token")
    if not token:
        raise required("oauth_token")
    if grant.revoked or request.fault("expired_key"):
        raise forbidden(resource)
    if token != grant.token:
        raise MageError("Specified token does not exist", status=401)
    verify(store, request, home, params, grant, grant.token_secret)
    return grant
