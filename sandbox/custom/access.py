"""Who calls: every way of signing in that shops have, one at a time."""

import base64
import hashlib
import hmac
import secrets
from typing import Any
from urllib.parse import parse_qs

from sandbox.custom.state import ApiError, Json, Key, Store
from sandbox.messages import Request

TOKEN_LIFE = 3600


def caller(store: Store, request: Request) -> Key:
    """The key that signed the call. Raises ApiError 401."""
    found: Key | None = _WAYS[store.options.auth](store, request)
    if found is None or request.fault("expired_key"):
        raise ApiError(401, "AUTH_FAILED", "The credentials are not valid.")
    return found


def _by_token(store: Store, token: str) -> Key | None:
    if not token:
        return None
    return next((key for key in store.keys if key.token == token), None)


def _bearer(store: Store, request: Request) -> Key | None:
    scheme, _blank, token = request.headers.get("authorization", "").partition(" ")
    return _by_token(store, token) if scheme.lower() == "bearer" else None


def _session(store: Store, request: Request) -> Key | None:
    scheme, _blank, token = request.headers.get("authorization", "").partition(" ")
    return store.sessions.get(token) if scheme.lower() == "bearer" else None


def _basic(store: Store, request: Request) -> Key | None:
    scheme, _blank, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, _colon, secret = base64.b64decode(value).decode().partition(":")
    except ValueError:
        return None
    return next((key for key in store.keys if (key.user, key.secret) == (user, secret)), None)


def _hmac(store: Store, request: Request) -> Key | None:
    """HMAC-SHA256 in hex over method, path, time and body."""
    user, stamp = request.headers.get("x-api-user", ""), request.headers.get("x-timestamp", "")
    key = next((one for one in store.keys if one.user == user), None)
    if key is None or not stamp.isdigit() or abs(int(stamp) - store.clock.now()) > 300:
        return None
    signed = f"{request.method}{request.path}{stamp}".encode() + request.body
    wanted = hmac.new(key.secret.encode(), signed, hashlib.sha256).hexdigest()
    return key if hmac.compare_digest(wanted, request.headers.get("x-signature", "")) else None


_WAYS: dict[str, Any] = {
    "bearer": _bearer,
    "oauth2": _session,
    "login": _session,
    "header": lambda store, request: _by_token(store, request.headers.get("x-api-key", "")),
    "query": lambda store, request: _by_token(store, dict(request.pairs).get("key", "")),
    "basic": _basic,
    "hmac": _hmac,
}


def token(store: Store, request: Request) -> Json:
    """RFC 6749: a token for the client's keys, or for a refresh token."""
    form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
    key = next(
        (
            one
            for one in store.keys
            if (one.user, one.secret) == (form.get("client_id"), form.get("client_secret"))
        ),
        None,
    )
    if key is None:
        raise ApiError(401, "invalid_client", "The client is not known.")
    if form.get("grant_type") == "refresh_token" and form.get("refresh_token") != f"refresh-{key.user}":
        raise ApiError(400, "invalid_grant", "The refresh token is not valid.")
    if form.get("grant_type") not in ("client_credentials", "refresh_token"):
        raise ApiError(400, "unsupported_grant_type", "This grant is not known.")
    return {
        "access_token": _opened(store, key),
        "token_type": "Bearer",
        "expires_in": TOKEN_LIFE,
        "refresh_token": f"refresh-{key.user}",
    }


def login(store: Store, body: Json) -> Json:
    key = next(
        (one for one in store.keys if (one.user, one.secret) == (body.get("user"), body.get("password"))),
        None,
    )
    if key is None:
        raise ApiError(401, "AUTH_FAILED", "The user or the password is wrong.")
    return {"session": {"token": _opened(store, key)}}


def _opened(store: Store, key: Key) -> str:
    made = secrets.token_hex(16)
    store.sessions[made] = key
    return made
