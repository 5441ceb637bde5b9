"""Sign-in of apps: authorize, exchange of the code, renewal. All three tokens are new with each."""

import hmac
import json
from typing import Any
from urllib.parse import parse_qsl, urlencode

from sandbox.messages import Request, Response
from sandbox.zid.answers import Json, answer
from sandbox.zid.state import ALL_SCOPES, Account, Store

YEAR = 31_536_000


def install(
    store: Store,
    *,
    client_id: str,
    client_secret: str,
    redirect_uri: str,
    scopes: tuple[str, ...] = ALL_SCOPES,
    state: str = "",
) -> str:
    """A merchant installs an app: the address to which the browser is sent back, with the code in it."""
    code = f"def502{store.token(30)}"
    store.codes[code] = {
        "client_id": client_id,
        "client_secret": client_secret,
        "redirect_uri": redirect_uri,
        "scopes": scopes,
    }
    return f"{redirect_uri}?{urlencode({'code': code, **({'state': state} if state else {})})}"


def authorize(store: Store, query: dict[str, str]) -> Response:
    """`redirect_uri` must be the one of the app; `state` is passed back."""
    account = next((a for a in store.accounts if a.client_id == query.get("client_id")), None)
    if account is None or query.get("response_type") != "code":
        return _refused("invalid_client", "Client authentication failed", 401)
    if query.get("redirect_uri") != account.redirect_uri:
        return _refused("invalid_client", "The redirect URI does not match", 401)
    target = install(
        store,
        client_id=account.client_id,
        client_secret=account.client_secret,
        redirect_uri=account.redirect_uri,
        scopes=account.scopes,
        state=query.get("state", ""),
    )
    return Response(302, b"", [("Location", target)])


def token(store: Store, request: Request) -> Response:
    body = _body(request)
    missing = [
        name for name in ("grant_type", "client_id", "client_secret", "redirect_uri") if not body.get(name)
    ]
    if missing:
        return _refused("invalid_request", f"Check the `{missing[0]}` parameter")
    if body["grant_type"] == "authorization_code":
        return _exchange(store, body)
    if body["grant_type"] == "refresh_token":
        return _renew(store, body)
    return _refused("unsupported_grant_type", "The grant type is not supported")


def _body(request: Request) -> Json:
    if "json" in request.headers.get("content-type", ""):
        try:
            found = json.loads(request.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}
    return dict(parse_qsl(request.body.decode(errors="replace")))


def _exchange(store: Store, body: Json) -> Response:
    grant = store.codes.pop(str(body.get("code", "")), None)
    if grant is None or grant["redirect_uri"] != body["redirect_uri"]:
        return _refused("invalid_grant", "The authorization code is invalid, expired or revoked")
    if not _is_client(grant["client_id"], grant["client_secret"], body):
        return _refused("invalid_client", "Client authentication failed", 401)
    store.accounts = [a for a in store.accounts if a.client_id != grant["client_id"]]
    account = new_account(
        store,
        client_id=grant["client_id"],
        client_secret=grant["client_secret"],
        scopes=tuple(grant["scopes"]),
        redirect_uri=grant["redirect_uri"],
    )
    return answer(_tokens(account))


def _renew(store: Store, body: Json) -> Response:
    given = str(body.get("refresh_token", ""))
    account = next((a for a in store.accounts if a.refresh_token == given), None)
    if account is None:
        return _refused("invalid_grant", "The refresh token is invalid", 401)
    if not _is_client(account.client_id, account.client_secret, body):
        return _refused("invalid_client", "Client authentication failed", 401)
    if account.redirect_uri != body["redirect_uri"]:
        return _refused("invalid_request", "The redirect URI does not match")
    fresh(store, account)
    return answer(_tokens(account))


def new_account(store: Store, **values: Any) -> Account:
    account = Account(
        authorization="",
        manager_token="",
        refresh_token="",
        expires_at=0,
        **{k: v for k, v in values.items() if v},
    )
    fresh(store, account)
    store.accounts.append(account)
    return account


def fresh(store: Store, account: Account) -> None:
    account.authorization = f"eyJ0eXAi{store.token(56)}"
    account.manager_token = f"eyJpdiI6{store.token(56)}"
    account.refresh_token = f"def502{store.token(58)}"
    account.expires_at = store.clock.now() + YEAR


def _tokens(account: Account) -> Json:
    return {
        "access_token": account.manager_token,
        "authorization": account.authorization,
        "refresh_token": account.refresh_token,
        "token_type": "Bearer",
        "expires_in": YEAR,
    }


def _is_client(client_id: str, secret: str, body: Json) -> bool:
    return body["client_id"] == client_id and hmac.compare_digest(str(body["client_secret"]), secret)


def _refused(error: str, text: str, status: int = 400) -> Response:
    return answer({"error": error, "error_description": text, "message": text}, status)
