"""The sign-in server: approval, token pairs, refresh tokens that are good once, and who one is."""

from typing import Any
from urllib.parse import parse_qsl, urlencode

from sandbox.messages import Request, Response
from sandbox.salla.answers import Json, answer
from sandbox.salla.state import ALL_SCOPES, Grant, Store


def grant(store: Store, scopes: tuple[str, ...] = ALL_SCOPES, *, family: int = 0) -> Grant:
    """A new pair, as an installation or a refresh makes it."""
    made = Grant(
        access_token=f"ory_at_{store.token(40)}",
        refresh_token=f"ory_rt_{store.token(40)}",
        family=family or store.next_id("family"),
        expires=store.clock.now() + store.options.token_life,
        scopes=scopes,
    )
    keep(store, made)
    return made


def keep(store: Store, made: Grant) -> None:
    store.grants[made.access_token] = made
    store.refreshes[made.refresh_token] = made


def revoke(store: Store, family: int) -> None:
    """The whole chain dies, access tokens included."""
    store.grants = {token: g for token, g in store.grants.items() if g.family != family}
    for made in store.refreshes.values():
        if made.family == family:
            made.spent = True


def pair_json(store: Store, made: Grant) -> Json:
    lives: Json = (
        {"expires_in": made.expires - store.clock.now()}
        if store.options.expires_in
        else {"expires": made.expires}
    )
    return {
        "token_type": "bearer",
        "access_token": made.access_token,
        **lives,
        "refresh_token": made.refresh_token,
        "scope": " ".join(made.scopes),
    }


def authorize(store: Store, request: Request) -> Response:
    """The merchant approves at once: back with a code. Hyphens go out of the state, as Salla takes them out."""
    query = dict(request.pairs)
    if query.get("client_id") != store.options.client_id or query.get("response_type") != "code":
        return _refused(400, "invalid_request", "The client is not known.")
    code = f"ory_ac_{store.token(32)}"
    store.codes[code] = {"redirect_uri": query.get("redirect_uri", ""), "scope": query.get("scope", "")}
    back = {"code": code, "scope": query.get("scope", ""), "state": query.get("state", "").replace("-", "")}
    return Response(302, b"", [("Location", f"{query.get('redirect_uri', '')}?{urlencode(back)}")])


def token(store: Store, secret: str, request: Request) -> Response:
    if "application/x-www-form-urlencoded" not in request.headers.get("content-type", ""):
        return _refused(400, "invalid_request", "The POST body can not be empty.")
    form = dict(parse_qsl(request.body.decode("utf-8", "replace")))
    if form.get("client_id") != store.options.client_id or form.get("client_secret") != secret:
        return _refused(401, "invalid_client", "Client authentication failed.")
    if form.get("grant_type") == "authorization_code":
        return _by_code(store, form)
    if form.get("grant_type") == "refresh_token":
        return _by_refresh(store, form)
    return _refused(400, "unsupported_grant_type", "The grant type is not supported.")


def _by_code(store: Store, form: dict[str, str]) -> Response:
    asked = store.codes.pop(form.get("code", ""), None)
    if asked is None or asked["redirect_uri"] != form.get("redirect_uri"):
        return _refused(
            400, "invalid_grant", "The code is not valid, was used before or is of another address."
        )
    scopes = tuple(str(asked["scope"]).split())
    made = grant(store, scopes or ALL_SCOPES)
    store.installed = True
    body = pair_json(store, made)
    if "offline_access" not in made.scopes:
        body.pop("refresh_token")
    return answer(body)


def _by_refresh(store: Store, form: dict[str, str]) -> Response:
    known = store.refreshes.get(form.get("refresh_token", ""))
    if known is None:
        return _refused(400, "invalid_grant", "The refresh token is not known.")
    if known.spent:
        revoke(store, known.family)
        return _refused(
            401, "invalid_grant", "The refresh token was used before; all tokens of the app are revoked."
        )
    known.spent = True
    store.grants.pop(known.access_token, None)
    return answer(pair_json(store, grant(store, known.scopes, family=known.family)))


def user_info(store: Store, request: Request) -> Response:
    bearer = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
    known = store.grants.get(bearer)
    if known is None or known.expires <= store.clock.now():
        return answer(
            {"status": 401, "success": False, "error": {"code": "unauthorized", "message": ""}}, 401
        )
    options = store.options
    found: Json = {
        "id": 88001,
        "name": "نورة السالم",
        "email": "owner@example.test",
        "mobile": "+966555000111",
        "role": "user",
        "merchant": {
            "id": options.merchant,
            "username": "demo-store",
            "name": options.name,
            "plan": options.plan,
            "status": "active",
            "domain": options.domain,
        },
    }
    body: Any = found if options.bare_user_info else {"status": 200, "success": True, "data": found}
    return answer(body)


def _refused(status: int, error: str, description: str) -> Response:
    return answer({"error": error, "error_description": description}, status)
