"""Who is calling: Basic and query keys over HTTPS, OAuth 1.0a over HTTP.

Quirks kept: an unknown key in Basic leaves the caller anonymous (only a wrong secret is named), Basic is not
even looked at over plain HTTP, and a used nonce is refused.
"""

import base64
import binascii
import hashlib
import hmac
import re
import time
from typing import Any
from urllib.parse import quote, unquote

from sandbox.messages import Request
from sandbox.php import flat_query
from sandbox.woocommerce.errors import RestError
from sandbox.woocommerce.rows import ApiKey
from sandbox.woocommerce.state import Store

WINDOW = 15 * 60
_OAUTH = ("oauth_consumer_key", "oauth_timestamp", "oauth_nonce", "oauth_signature", "oauth_signature_method")


def refused(message: str) -> RestError:
    return RestError("woocommerce_rest_authentication_error", message, 401)


def is_https(store: Store, request: Request, base_url: str) -> bool:
    return (
        base_url.startswith("https:")
        or store.options.treat_as_https
        or request.headers.get("x-forwarded-proto", "").lower() == "https"
    )


def authenticate(
    store: Store, request: Request, query: dict[str, Any], *, home: str, path: str, method: str
) -> ApiKey | None:
    """The key of the caller, or None when anonymous; raises the 401 that WooCommerce would answer.

    home: the shop's home URL; path: the request path inside it; method: the effective method, which decides
    between read and write permission (the signature covers the real one).
    """
    if request.fault("expired_key"):
        raise refused("Consumer key is invalid.")
    key = None
    if is_https(store, request, home):
        key = _basic(store, request, query)
    if key is None:
        key = _oauth(store, request, query, home, path)
    if key is not None:
        _check_permission(key, method)
    return key


def _basic(store: Store, request: Request, query: dict[str, Any]) -> ApiKey | None:
    name, secret = query.get("consumer_key"), query.get("consumer_secret")
    if not name or not secret:
        scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
    if not name or not secret:
        return None
    key = store.keys.get(str(name))
    if key is None:
        return None
    if not hmac.compare_digest(key.secret.encode(), str(secret).encode()):
        raise refused("Consumer secret is invalid.")
    return key


def _oauth(store: Store, request: Request, query: dict[str, Any], home: str, path: str) -> ApiKey | None:
    params = {**query, **_header_params(request.headers.get("authorization", ""))}
    missing = [name for name in _OAUTH if not params.get(name)]
    if len(missing) == len(_OAUTH):
        return None
    if missing:
        plural = "s" if len(missing) > 1 else ""
        raise RestError(
            "woocommerce_rest_authentication_missing_parameter",
            f"Missing OAuth parameter{plural} {', '.join(missing)}",
            401,
        )
    key = store.keys.get(str(params["oauth_consumer_key"]))
    if key is None:
        raise refused("Consumer key is invalid.")
    _check_signature(request.method, params, key, home, path)
    _check_nonce(store, params)
    return key


def _header_params(header: str) -> dict[str, str]:
    if not header.strip().lower().startswith("oauth "):
        return {}
    return {n: unquote(v) for n, v in re.findall(r'(oauth_[a-z_]+)="?([^",\s]*)"?', header)}


def _check_signature(method: str, params: dict[str, Any], key: ApiKey, home: str, path: str) -> None:
    given = str(params["oauth_signature"]).replace(" ", "+")
    pairs = flat_query({name: params[name] for name in sorted(params) if name != "oauth_signature"})
    joined = "&".join(f"{pct(name)}={pct(value)}" for name, value in pairs)
    base_scheme = home if home.startswith("http") else f"http://{home}"
    text = f"{method}&{pct(base_scheme.rstrip('/') + path)}&{pct(joined)}"
    digest = {"HMAC-SHA1": hashlib.sha1, "HMAC-SHA256": hashlib.sha256}.get(
        str(params["oauth_signature_method"])
    )
    if digest is None:
        raise refused("Invalid signature - signature method is invalid.")
    made = base64.b64encode(hmac.new(f"{key.secret}&".encode(), text.encode(), digest).digest()).decode()
    if not hmac.compare_digest(made.rstrip("="), unquote(given).replace(" ", "+").rstrip("=")):
        raise refused("Invalid signature - provided signature does not match.")


def _check_nonce(store: Store, params: dict[str, Any]) -> None:
    # The machine's clock, not the shop's: a moved shop clock must not lock every client out.
    now = int(time.time()) + store.options.auth_skew
    try:
        stamp = int(params["oauth_timestamp"])
    except ValueError:
        stamp = 0
    if abs(now - stamp) > WINDOW:
        raise refused("Invalid timestamp.")
    nonce = f"{params['oauth_consumer_key']}:{params['oauth_nonce']}"
    with store.lock:
        if nonce in store.nonces:
            raise refused("Invalid nonce - nonce has already been used.")
        store.nonces[nonce] = now
        if len(store.nonces) > 20_000:
            store.nonces = {n: at for n, at in store.nonces.items() if at > now - WINDOW}


def _check_permission(key: ApiKey, method: str) -> None:
    needs = "read" if method in ("GET", "HEAD", "OPTIONS") else "write"
    if needs not in key.permissions:
        raise refused(f"The API key provided does not have {needs} permissions.")


def pct(text: Any) -> str:
    return quote(str(text), safe="~")
