"""Tokens: authorization codes, expiring and lasting tokens, refresh, exchange, client credentials."""

import hashlib
import hmac
import json
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from sandbox.messages import Request, Response
from sandbox.shopify.calls import Row
from sandbox.shopify.state import Store

if TYPE_CHECKING:
    from sandbox.shopify.app import ShopifyApp

ACCESS_SECONDS = 3600
REFRESH_SECONDS = 90 * 86400
OLD_REFRESH_SECONDS = 30 * 86400
DAY = 86399
OFFLINE = "urn:shopify:params:oauth:token-type:offline-access-token"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"


def token_row(store: Store, token: str) -> Row | None:
    """The living token; using a new one ends the refresh token that it replaced."""
    with store.lock:
        row = store.tokens.get(token)
        if row is None or row.get("revoked"):
            return None
        if row["expires"] is not None and store.clock.now() >= row["expires"]:
            return None
        return row


def issue(
    store: Store,
    scopes: tuple[str, ...],
    *,
    expires: int | None = None,
    token: str = "",
    prefix: str = "shpat_",
) -> Row:
    """A new access token; expires: seconds from now, None is for ever."""
    with store.lock:
        text = token or prefix + store.token(32)
        ends = None if expires is None else store.clock.now() + expires
        row = {"token": text, "scopes": tuple(scopes), "expires": ends, "revoked": False}
        store.tokens[text] = row
        return row


def issue_pair(store: Store, scopes: tuple[str, ...], *, family: Row | None = None) -> Row:
    """An expiring token with its refresh token, as the token endpoint prints them."""
    now = store.clock.now()
    access = issue(store, scopes, expires=ACCESS_SECONDS)
    ends = now + REFRESH_SECONDS
    text = "shprt_" + store.token(32)
    store.refresh_tokens[text] = {
        "token": text,
        "scopes": tuple(scopes),
        "expires": ends,
        "replaces": family["token"] if family else None,
        "first_used": None,
        "access": access["token"],
    }
    return {
        "access_token": access["token"],
        "scope": ",".join(scopes),
        "expires_in": ACCESS_SECONDS,
        "refresh_token": text,
        "refresh_token_expires_in": ends - now,
    }


def callback_hmac(secret: str, pairs: list[tuple[str, str]]) -> str:
    """Hex HMAC-SHA256 over the sorted parameters without `hmac` and `signature`."""
    kept = sorted((k, v) for k, v in pairs if k not in ("hmac", "signature"))
    text = "&".join(f"{quote(k, safe='-_.~')}={quote(v, safe='-_.~')}" for k, v in kept)
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def answer(app: "ShopifyApp", request: Request) -> Response:
    if request.path == "/admin/oauth/access_token" and request.method == "POST":
        return _token(app, request)
    if request.path == "/admin/oauth/authorize" and request.method == "GET":
        return _authorize(app, dict(request.pairs))
    if request.path == "/admin/oauth/access_scopes.json":
        row = token_row(app.store, request.headers.get("x-shopify-access-token", ""))
        if row is None:
            from_app = "[API] Invalid API key or access token (unrecognized login or wrong password)"
            return app.dressed({"errors": from_app}, 401)
        return app.dressed({"access_scopes": [{"handle": s} for s in row["scopes"]]})
    return app.dressed({"errors": "Not Found"}, 404)


def _authorize(app: "ShopifyApp", asked: dict[str, str]) -> Response:
    """The merchant says yes at once: the browser is sent back with a code."""
    target = asked.get("redirect_uri", "")
    if asked.get("client_id") != app.options.client_id:
        return app.dressed(
            {"errors": "Oauth error invalid_request: Could not find Shopify API application"}, 400
        )
    if urlsplit(target).hostname not in app.options.callback_hosts:
        text = "Oauth error invalid_request: The redirect_uri is not whitelisted"
        return app.dressed({"errors": text}, 400)
    scopes = tuple(s.strip() for s in asked.get("scope", "").split(",") if s.strip())
    code = app.store.token(32)
    app.store.codes[code] = {"scopes": scopes, "at": app.clock.now()}
    pairs = [
        ("code", code),
        ("host", "YWRtaW4vc3RvcmUvc2FuZGJveA"),
        ("shop", app.options.domain),
        ("state", asked.get("state", "")),
        ("timestamp", str(int(time.time()))),
    ]
    pairs.append(("hmac", callback_hmac(app.options.client_secret, pairs)))
    join = "&" if urlsplit(target).query else "?"
    return Response(302, b"", [("Location", f"{target}{join}{urlencode(pairs)}")])


def _given(request: Request) -> dict[str, Any]:
    if "json" in request.headers.get("content-type", ""):
        try:
            value = json.loads(request.body)
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}
    return dict(parse_qsl(request.body.decode("utf-8", "replace")))


def _refused(app: "ShopifyApp", error: str, text: str, status: int = 400) -> Response:
    return app.dressed({"error": error, "error_description": text}, status)


def _token(app: "ShopifyApp", request: Request) -> Response:
    asked = _given(request)
    options = app.options
    secrets = {options.client_secret, options.old_client_secret} - {""}
    if asked.get("client_id") != options.client_id or asked.get("client_secret") not in secrets:
        return _refused(
            app, "application_cannot_be_found", "The client_id or the client_secret is wrong.", 401
        )
    grant = asked.get("grant_type", "authorization_code")
    with app.store.lock:
        if grant == "client_credentials":
            return _client_credentials(app)
        if grant == "refresh_token":
            return _refresh(app, str(asked.get("refresh_token", "")))
        if grant == EXCHANGE:
            return _exchange(app, asked)
        return _code(app, asked)


def _expiring(app: "ShopifyApp", asked: dict[str, Any]) -> bool:
    return app.options.public_app or str(asked.get("expiring", "")) in ("1", "true", "True")


def _code(app: "ShopifyApp", asked: dict[str, Any]) -> Response:
    code = app.store.codes.pop(str(asked.get("code", "")), None)
    if code is None:
        return _refused(app, "invalid_request", "The authorization code was not found or was already used")
    scopes = code["scopes"] or app.options.scopes
    if _expiring(app, asked):
        return app.dressed(issue_pair(app.store, scopes))
    row = issue(app.store, scopes)
    return app.dressed({"access_token": row["token"], "scope": ",".join(scopes)})


def _client_credentials(app: "ShopifyApp") -> Response:
    if not app.options.same_organization:
        return _refused(
            app, "shop_not_permitted", "Client credentials cannot be performed on this shop.", 400
        )
    row = issue(app.store, app.options.scopes, expires=DAY)
    return app.dressed(
        {"access_token": row["token"], "scope": ",".join(app.options.scopes), "expires_in": DAY}
    )


def _refresh(app: "ShopifyApp", text: str) -> Response:
    """Both rotate; the old refresh token stays usable until the new one is first used, 30 days at most."""
    store = app.store
    row = store.refresh_tokens.get(text)
    now = store.clock.now()
    gone = row is None or now >= row["expires"]
    if row is not None and row["first_used"] is not None:
        gone = gone or now >= row["first_used"] + OLD_REFRESH_SECONDS
    if row is None or gone:
        return _refused(app, "invalid_grant", "The refresh token is expired, revoked or was never issued.")
    if row["replaces"]:
        store.refresh_tokens.pop(row["replaces"], None)
        row["replaces"] = None
    row["first_used"] = row["first_used"] or now
    return app.dressed(issue_pair(store, row["scopes"], family=row))


def _exchange(app: "ShopifyApp", asked: dict[str, Any]) -> Response:
    """A lasting token for an expiring one; there is no way back."""
    row = token_row(app.store, str(asked.get("subject_token", "")))
    kinds = {asked.get("subject_token_type"), asked.get("requested_token_type")}
    if row is None or kinds != {OFFLINE} or row["expires"] is not None:
        return _refused(app, "invalid_subject_token", "The subject token cannot be exchanged.")
    row["revoked"] = True
    return app.dressed(issue_pair(app.store, row["scopes"]))


def uninstall(app: "ShopifyApp") -> None:
    """The merchant removes the app: every token dies."""
    with app.store.lock:
        for row in app.store.tokens.values():
            row["revoked"] = True
        app.store.refresh_tokens.clear()
