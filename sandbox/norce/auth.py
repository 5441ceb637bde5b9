"""Identity: client credentials for a token of an hour; three calls a minute, twenty at once."""

import base64
from urllib.parse import parse_qsl

from sandbox.messages import Request, Response
from sandbox.norce.answers import ApiError, answer
from sandbox.norce.state import Account, Store

TOKEN_PATH = "/identity/1.0/connect/token"


def token_answer(store: Store, request: Request) -> Response:
    _take(store)
    form = dict(parse_qsl(request.body.decode(errors="replace")))
    if "application/x-www-form-urlencoded" not in request.headers.get("content-type", ""):
        raise ApiError(400, oauth="invalid_request")
    if form.get("grant_type") != "client_credentials":
        raise ApiError(400, oauth="unsupported_grant_type")
    account = store.accounts.get(form.get("client_id", ""))
    if account is None or account.client_secret != form.get("client_secret"):
        raise ApiError(400, oauth="invalid_client")
    wanted = form.get("scope", "").split()
    if store.options.scope not in wanted:
        raise ApiError(400, oauth="invalid_scope")
    token = f"eyJ{store.token(40)}"
    store.tokens[token] = (account.client_id, store.stamp() + store.options.token_seconds)
    return answer(
        {
            "access_token": token,
            "expires_in": store.options.token_seconds,
            "token_type": "Bearer",
            "scope": store.options.scope,
        }
    )


def _take(store: Store) -> None:
    """One of the calls that the address may make; the bucket fills by the shop's clock."""
    options, now = store.options, store.stamp()
    left, at = store.bucket
    left = min(float(options.token_burst), left + (now - at) * options.tokens_a_minute / 60)
    if left < 1:
        store.bucket = (left, now)
        raise ApiError(429, "Too many requests.")
    store.bucket = (left - 1, now)


def account_of(store: Store, request: Request) -> Account:
    """Who calls. Raises ApiError 401 for an unknown or lapsed token."""
    legacy = _by_basic(store, request) if store.options.allows_basic else None
    if legacy is not None:
        return legacy
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    client_id, until = store.tokens.get(token.strip(), ("", 0))
    account = store.accounts.get(client_id)
    if (
        scheme.lower() != "bearer"
        or account is None
        or until <= store.stamp()
        or request.fault("expired_key")
    ):
        raise ApiError(401, "Unauthorized")
    return account


def _by_basic(store: Store, request: Request) -> Account | None:
    """Application id and the secret of an account, as the older Connect takes them."""
    scheme, _, pair = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        application, _, secret = base64.b64decode(pair, validate=True).decode().partition(":")
    except ValueError:
        return None
    if application != str(store.options.application):
        return None
    return next((one for one in store.accounts.values() if one.client_secret == secret), None)
