"""Single-click apps: the code of an installation is exchanged for a permanent token; callbacks bear a signed JWT."""

import base64
import hashlib
import hmac
import json
from typing import Any

from sandbox.bigcommerce.answers import ApiError, Json
from sandbox.bigcommerce.state import ALL_SCOPES, Account, Store

_OWNER = {"id": 9_128_000, "username": "owner@example.test", "email": "owner@example.test"}


def install(
    store: Store, *, client_id: str, client_secret: str, scopes: tuple[str, ...] = ALL_SCOPES
) -> Json:
    """A merchant installs an app: what its auth callback is called with."""
    code = store.token(30)
    store.codes[code] = {"client_id": client_id, "client_secret": client_secret, "scopes": scopes}
    return {
        "code": code,
        "scope": " ".join(scopes),
        "context": f"stores/{store.options.store_hash}",
        "account_uuid": "-".join(store.token(size) for size in (8, 4, 4, 4, 12)),
    }


def exchange(store: Store, body: Any) -> Json:
    """POST /oauth2/token. A code works once; the app's earlier token dies."""
    wanted = ("client_id", "client_secret", "code", "context", "scope", "grant_type", "redirect_uri")
    missing = [name for name in wanted if not (isinstance(body, dict) and body.get(name))]
    if missing:
        raise ApiError(400, body={"error": f"Missing or invalid: {', '.join(missing)}"})
    grant = store.codes.pop(str(body["code"]), None)
    if grant is None or not hmac.compare_digest(str(body["client_secret"]), grant["client_secret"]):
        raise ApiError(401, body={"error": "Invalid client or code"})
    if body["client_id"] != grant["client_id"] or body["grant_type"] != "authorization_code":
        raise ApiError(401, body={"error": "Invalid client or code"})
    if body["context"] != f"stores/{store.options.store_hash}":
        raise ApiError(400, body={"error": "Missing or invalid: context"})
    for token in [t for t, a in store.accounts.items() if a.client_id == grant["client_id"]]:
        del store.accounts[token]
    token = store.token(31)
    store.accounts[token] = Account(
        token, grant["client_id"], grant["client_secret"], tuple(grant["scopes"]), app=True
    )
    return {
        "access_token": token,
        "scope": " ".join(grant["scopes"]),
        "user": {"id": 9_128_371, "username": "staff@example.test", "email": "staff@example.test"},
        "owner": _OWNER,
        "context": body["context"],
        "account_uuid": "-".join(store.token(size) for size in (8, 4, 4, 4, 12)),
    }


def signed_payload(store: Store, account: Account, now: int) -> str:
    """The JWT that /load, /uninstall and /remove_user of an app are called with."""
    payload = {
        "aud": account.client_id,
        "iss": "bc",
        "iat": now,
        "nbf": now - 5,
        "exp": now - 5 + 86_400,
        "jti": store.token(32),
        "sub": f"stores/{store.options.store_hash}",
        "user": {"id": 9_128_371, "email": "staff@example.test", "locale": "ar"},
        "owner": {"id": 9_128_000, "email": "owner@example.test"},
        "url": "/",
        "channel_id": None,
    }
    return jwt(payload, account.client_secret)


def jwt(payload: Json, secret: str) -> str:
    parts = [
        _b64(json.dumps(part, separators=(",", ":")).encode())
        for part in ({"alg": "HS256", "typ": "JWT"}, payload)
    ]
    signature = hmac.new(secret.encode(), ".".join(parts).encode(), hashlib.sha256).digest()
    return ".".join([*parts, _b64(signature)])


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
