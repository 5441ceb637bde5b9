"""The flow of a single-click app: the code of an installation becomes a permanent token, and callbacks are proved.

A store-level API account needs none of this: the merchant copies its token. There is no refresh token: a token is valid
until the app's scopes or the owner's e-mail address change; then the merchant opens the app again and a new code comes.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from ecomsync.common.errors import BadCredentials, ConfigurationError, InvalidSignature, ShopUnavailable
from platforms.bigcommerce.client import BigCommerceClient, login_root
from platforms.bigcommerce.errors import PLATFORM, error_from_answer
from platforms.types import EventKind, Token, WebhookNotice

QUERY_NAME = "signed_payload_jwt"
CLOCK_TOLERANCE = 300  # seconds that our clock may be behind the store's
_CALLBACKS = {"load": EventKind.PING, "uninstall": EventKind.APP_REMOVED}
_DIGESTS = {"HS256": hashlib.sha256, "HS512": hashlib.sha512}


@dataclass(frozen=True, slots=True)
class Callback:
    """What the auth callback of an app is called with."""

    code: str
    scope: str
    context: str
    redirect_uri: str = ""


def callback_of(text: str, *, store_hash: str) -> Callback:
    """The callback's whole address, its query, or the bare code, as staff paste it. Raises ConfigurationError."""
    pasted = text.strip()
    query = dict(parse_qsl(urlsplit(pasted).query or (pasted if "=" in pasted else "")))
    code = query.get("code", "") or ("" if "=" in pasted or "/" in pasted else pasted)
    if not code:
        raise ConfigurationError(
            "There is no authorization code.",
            code="no_code",
            cure="Install the app in the store's control panel, and paste the address to which the browser was sent (it "
            "holds code, scope and context) as the authorization code.",
            platform=PLATFORM,
        )
    context = query.get("context", "") or f"stores/{store_hash}"
    if context != f"stores/{store_hash}":
        raise ConfigurationError(
            f"The code belongs to another store ({context}).",
            code="other_store",
            cure="Install the app in the store of this site, or correct the URL of the site.",
            platform=PLATFORM,
        )
    return Callback(
        code, query.get("scope", ""), context, pasted.partition("?")[0] if "://" in pasted else ""
    )


def exchange(client: BigCommerceClient, callback: Callback, *, scopes: str, redirect_uri: str) -> Token:
    """A permanent token for a code, which works once. Raises ConfigurationError, BadCredentials."""
    credentials = client.connection.credentials
    body = {
        "client_id": credentials.get("username", "").strip(),
        "client_secret": credentials.get("password", "").strip(),
        "code": callback.code,
        "context": callback.context,
        "scope": callback.scope or scopes,
        "grant_type": "authorization_code",
        "redirect_uri": callback.redirect_uri or redirect_uri,
    }
    missing = [label for name, label in _LABELS.items() if not body[name]]
    if missing:
        raise ConfigurationError(
            f"The site has no {' and no '.join(missing)}.",
            code="missing_credentials",
            cure="Enter them on the site: they are shown in the Developer Portal of BigCommerce. Paste the whole address of "
            "the callback as the code, so that scope and callback are known.",
            platform=PLATFORM,
        )
    answer = client.exchange(f"{login_root(client.root)}/oauth2/token", body)
    try:
        data = answer.json()
    except ValueError:
        data = None
    if answer.status in (400, 401):
        raise BadCredentials(
            "BigCommerce refuses the code, or the client's id and secret.",
            cure="A code works once and for a short time: install or open the app again and use the new code. Check client "
            "id, client secret and auth callback against the Developer Portal.",
            platform=PLATFORM,
            status=answer.status,
            excerpt=answer.excerpt(500),
        )
    if answer.status != 200:
        raise error_from_answer(answer, data, site=client.connection.site_code, what="POST oauth2/token")
    if not isinstance(data, Mapping) or not data.get("access_token"):
        raise ShopUnavailable(
            "BigCommerce answered the exchange of the code without a token.",
            code="unexpected_answer",
            platform=PLATFORM,
        )
    return Token(
        access_token=str(data["access_token"]),
        scopes=tuple(str(data.get("scope") or "").split()),
        extra={"store_hash": str(data.get("context", "")).removeprefix("stores/")},
    )


_LABELS = {
    "client_id": "client id",
    "client_secret": "client secret",
    "scope": "scope",
    "redirect_uri": "auth callback",
}


def read_callback(
    query: Mapping[str, str],
    *,
    client_id: str,
    client_secret: str,
    store_hash: str,
    now: datetime | None = None,
) -> WebhookNotice:
    """A callback of the app. Which one it is stands in the address that the Developer Portal has for it: `?event=load`,
    `?event=uninstall` or `?event=remove_user`. Opening the app means nothing to us. Raises InvalidSignature."""
    claims = read_signed_payload(
        query[QUERY_NAME], client_id=client_id, client_secret=client_secret, store_hash=store_hash, now=now
    )
    event = query.get("event", "load")
    topic = f"app/{event}"
    issued = claims.get("iat")
    return WebhookNotice(
        kind=_CALLBACKS.get(event, EventKind.UNKNOWN),
        topic=topic,
        identity=hashlib.sha256(f"{topic}\n{query[QUERY_NAME]}".encode()).hexdigest(),
        delivery_id=str(claims.get("jti") or ""),
        occurred_at=datetime.fromtimestamp(issued, UTC) if isinstance(issued, int) else None,
        resource="app",
        payload=claims,
    )


def read_signed_payload(
    token: str, *, client_id: str, client_secret: str, store_hash: str, now: datetime | None = None
) -> dict[str, Any]:
    """The claims of `signed_payload_jwt`, with which the store calls /load, /uninstall and /remove_user of an app.

    Raises InvalidSignature unless it is signed by the client secret, for this app and store, and still valid.
    """
    parts = token.strip().split(".")
    if len(parts) != 3 or not client_secret:
        raise _unproved("The signed payload is no JWT, or the site has no client secret.")
    header, claims = _json(parts[0]), _json(parts[1])
    digest = _DIGESTS.get(str(header.get("alg")))
    if digest is None:
        raise _unproved("The signed payload is signed in a way that BigCommerce does not use.")
    wanted = hmac.new(client_secret.encode(), f"{parts[0]}.{parts[1]}".encode(), digest).digest()
    if not hmac.compare_digest(wanted, _bytes(parts[2])):
        raise _unproved("The signature of the payload does not fit the client secret of the site.")
    moment = (now or datetime.now(UTC)).timestamp()
    expires = claims.get("exp")
    if not isinstance(expires, int | float) or expires < moment:
        raise _unproved("The signed payload is not valid any more.")
    begins = claims.get("nbf")
    if isinstance(begins, int | float) and begins > moment + CLOCK_TOLERANCE:
        raise _unproved("The signed payload is not valid yet.")
    wrong = claims.get("iss") != "bc" or claims.get("aud") != client_id
    if wrong or claims.get("sub") != f"stores/{store_hash}":
        raise _unproved("The signed payload is for another app or another store.")
    return claims


def _json(part: str) -> dict[str, Any]:
    try:
        value = json.loads(_bytes(part))
    except ValueError as err:
        raise _unproved("The signed payload is no JWT.") from err
    if not isinstance(value, dict):
        raise _unproved("The signed payload is no JWT.")
    return value


def _bytes(part: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except (binascii.Error, ValueError) as err:
        raise _unproved("The signed payload is no JWT.") from err


def _unproved(message: str) -> InvalidSignature:
    return InvalidSignature(
        message, platform=PLATFORM, cure="Open the app again in the store's control panel."
    )
