"""The handshake of an integration with a callback address: keys are posted, tokens asked for within 300 seconds."""

import http.client
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode, urlsplit

from sandbox.magento2 import oauth
from sandbox.magento2.errors import MageError
from sandbox.magento2.rows import Grant
from sandbox.messages import Request, Response

if TYPE_CHECKING:
    from sandbox.magento2.app import Magento2App

PATHS = ("/oauth/token/request", "/oauth/token/access")
WITHIN = 300
CALLBACK_TIMEOUT = 5.0
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def activate(app: "Magento2App", grant: Grant, callback_url: str) -> int:
    """Posts the keys; returns the status of the answer. The grant has no tokens until the handshake is done."""
    store = app.store
    with store.lock:
        grant.token = grant.token_secret = ""
        verifier = store.token()
        store.activations[grant.id] = (verifier, store.clock.now())
    form = {
        "store_base_url": f"{app.home}/",
        "oauth_verifier": verifier,
        "oauth_consumer_key": grant.key,
        "oauth_consumer_secret": grant.secret,
    }
    return _post(callback_url, urlencode(form).encode(), app.options.webhook_hosts)


def _post(url: str, body: bytes, hosts: tuple[str, ...]) -> int:
    parts = urlsplit(url)
    host = parts.hostname or ""
    if host not in _LOOPBACK and host not in hosts:
        raise ValueError("The sandbox posts to loopback and to the hosts of `webhook_hosts` only.")
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(host, parts.port, timeout=CALLBACK_TIMEOUT)
    try:
        target = parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
        connection.request("POST", target, body, {"Content-Type": "application/x-www-form-urlencoded"})
        return connection.getresponse().status
    finally:
        connection.close()


def answer(app: "Magento2App", request: Request) -> Response:
    """Answers are forms; refusals too."""
    try:
        if request.method != "POST":
            raise MageError("method_not_allowed", status=400)
        with app.store.lock:
            pair = _request_token(app, request) if request.path == PATHS[0] else _access_token(app, request)
    except MageError as err:
        status = 401 if err.status == 401 else 400
        return Response(status, f"oauth_problem={quote(err.filled())}".encode(), _FORM)
    return Response(200, urlencode({"oauth_token": pair[0], "oauth_token_secret": pair[1]}).encode(), _FORM)


_FORM = [("Content-Type", "application/x-www-form-urlencoded")]


def _consumer(app: "Magento2App", params: dict[str, str]) -> Grant:
    store = app.store
    grant = next(
        (g for g in store.grants.values() if g.key and g.key == params.get("oauth_consumer_key")), None
    )
    if grant is None or grant.id not in store.activations:
        raise MageError("A consumer having the specified key does not exist", status=401)
    if store.clock.now() - store.activations[grant.id][1] > WITHIN:
        raise MageError("Consumer key has expired", status=401)
    return grant


def _request_token(app: "Magento2App", request: Request) -> tuple[str, str]:
    params = oauth.header_params(request.headers.get("authorization", ""))
    grant = _consumer(app, params)
    oauth.verify(app.store, request, app.home, params, grant, "")
    token, secret = app.store.token(), app.store.token()
    app.store.request_tokens[token] = (grant.id, secret, app.store.activations[grant.id][0])
    return token, secret


def _access_token(app: "Magento2App", request: Request) -> tuple[str, str]:
    params = oauth.header_params(request.headers.get("authorization", ""))
    grant = _consumer(app, params)
    held = app.store.request_tokens.get(params.get("oauth_token", ""))
    if held is None or held[0] != grant.id:
        raise MageError("Specified token does not exist", status=401)
    oauth.verify(app.store, request, app.home, params, grant, held[1])
    if params.get("oauth_verifier") != held[2]:
        raise MageError("OAuth verifier is invalid", status=401)
    del app.store.request_tokens[params["oauth_token"]]
    grant.token, grant.token_secret = app.store.token(), app.store.token()
    return grant.token, grant.token_secret
