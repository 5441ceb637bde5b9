"""Access tokens: by the event of an installation (easy mode), by a code (custom mode), and renewed before they lapse.

A refresh token is good once. Using it twice revokes the whole chain and the merchant must install the app again, so whoever
calls `refresh` must be alone with the site and must have read its tokens anew.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from ecomsync.common.errors import (
    BadCredentials,
    ConfigurationError,
    EcomsyncError,
    InvalidPayload,
    InvalidSignature,
    MissingPermission,
    ShopUnavailable,
)
from platforms.base import Connection
from platforms.salla.client import SallaClient, addresses, decode
from platforms.salla.errors import PLATFORM, error_from_answer, sentence_of
from platforms.types import ConnectCode, Token

ASKED_FOR = (
    "offline_access",
    "orders.read_write",
    "products.read_write",
    "categories.read_write",
    "customers.read",
    "branches.read",
    "settings.read",
    "webhooks.read_write",
    "payments.read",
    "taxes.read",
    "shipping.read_write",
    "transactions.read_write",
)
AUTHORIZE = "app.store.authorize"


class TokenDesk:
    """Tokens of one site."""

    def __init__(self, client: SallaClient) -> None:
        self._client = client
        credentials = client.connection.credentials
        self._client_id = credentials.get("username", "").strip()
        self._secret = credentials.get("password", "").strip()
        self._refresh = credentials.get("refresh_token", "").strip()

    def request(self, code: str) -> Token:
        """code: the authorisation code, the whole address to which the browser came back, or the body of
        `app.store.authorize`; without one the present pair is renewed. Raises BadCredentials, ConfigurationError."""
        text = code.strip()
        if text.startswith("{"):
            return self._with_merchant(token_of_event(text))
        if not text:
            return self.refresh()
        self._need_keys()
        value, redirect_uri = _code_and_address(text)
        fields = {"grant_type": "authorization_code", "code": value}
        if redirect_uri:
            fields["redirect_uri"] = redirect_uri
        return self._with_merchant(self._ask(fields, "the code"))

    def refresh(self) -> Token:
        """A new pair for the refresh token, which is dead from then on."""
        if not self._refresh:
            raise ConfigurationError(
                "The site has no refresh token.",
                code="missing_credentials",
                cure="Install the app in the store: Salla then sends the tokens to the app's webhook address. Or enter the "
                "authorisation code, or the text of the event 'app.store.authorize', in 'Read Salla Access Token'.",
                platform=PLATFORM,
                site=self._client.connection.site_code,
            )
        self._need_keys()
        return self._ask({"grant_type": "refresh_token", "refresh_token": self._refresh}, "the refresh token")

    def _ask(self, fields: Mapping[str, str], by: str) -> Token:
        answer = self._client.sign_in({"client_id": self._client_id, "client_secret": self._secret, **fields})
        payload, _ = decode(answer)
        if not 200 <= answer.status < 300:
            raise self._refused(answer, payload, by)
        if not isinstance(payload, dict) or not payload.get("access_token"):
            raise ShopUnavailable(
                "Salla's answer to the request for a token holds none.",
                code="unexpected_answer",
                platform=PLATFORM,
                site=self._client.connection.site_code,
            )
        return token_of(payload, now=datetime.now(UTC))

    def _refused(self, answer: Any, payload: Any, by: str) -> EcomsyncError:
        if answer.status not in (400, 401, 403) or not isinstance(payload, Mapping):
            return error_from_answer(
                answer, payload, site=self._client.connection.site_code, what="the request for a token"
            )
        return BadCredentials(
            f"Salla gives no token for {by}: {sentence_of(payload)}",
            cure="See that the app's client ID and client secret are right; then install the app again in the store, or run "
            "'Read Salla Access Token' with a new code.",
            platform=PLATFORM,
            site=self._client.connection.site_code,
            status=answer.status,
        )

    def _with_merchant(self, token: Token) -> Token:
        """The number of the store beside the token: events of the app tell stores apart by it."""
        if token.extra.get("merchant"):
            return token
        try:
            merchant = self._client.who_am_i(token.access_token).get("merchant")
        except EcomsyncError:
            return token  # the token was given, and that is what counts
        number = str(merchant.get("id") or "") if isinstance(merchant, Mapping) else ""
        if not number:
            return token
        return Token(
            token.access_token, token.refresh_token, token.expires_at, token.scopes, {"merchant": number}
        )

    def _need_keys(self) -> None:
        if not (self._client_id and self._secret):
            raise ConfigurationError(
                "The site has no client ID and no client secret of the app.",
                code="missing_credentials",
                cure="Enter both from the app's page in Salla's Partner portal.",
                platform=PLATFORM,
                site=self._client.connection.site_code,
            )


# ---------------------------------------------------------------- approval in the browser (custom mode)


def approval_url(connection: Connection, *, token: str, return_url: str) -> str:
    """Salla's page that asks for approval. Salla takes hyphens out of the state, so it has letters and digits only; it
    carries our return address too, which the exchange of the code must name again."""
    client_id = connection.credentials.get("username", "").strip()
    if not client_id:
        raise ConfigurationError(
            "The site has no client ID of the app.",
            code="missing_credentials",
            cure="Enter client ID and client secret from the app's page in Salla's Partner portal.",
            platform=PLATFORM,
            site=connection.site_code,
        )
    query = {
        "client_id": client_id,
        "response_type": "code",
        "redirect_uri": return_url,
        "scope": " ".join(ASKED_FOR),
        "state": f"{token} {return_url}".encode().hex(),
    }
    return f"{addresses(connection.url)[1]}/oauth2/auth?{urlencode(query)}"


def code_of_return(query: Mapping[str, str]) -> ConnectCode:
    """The code of the address with which the browser comes back, and our token out of the state."""
    if query.get("error"):
        raise MissingPermission(
            "The approval was refused in the store.",
            cure="Press 'Connect' again and approve all scopes.",
            platform=PLATFORM,
        )
    token, return_url = _read_state(query.get("state", ""))
    if not token or not query.get("code"):
        raise InvalidSignature(
            "The address with which the browser came back holds no approval that was asked for here.",
            cure="Press 'Connect' on the page of the site again, signed in here and in the store.",
            platform=PLATFORM,
        )
    return ConnectCode(token, f"{query['code']} {return_url}")


def _read_state(state: str) -> tuple[str, str]:
    try:
        token, _, return_url = bytes.fromhex(state).decode().partition(" ")
    except ValueError:
        return "", ""
    return token, return_url


def _code_and_address(text: str) -> tuple[str, str]:
    """(code, redirect address) of a code, `code address`, or the whole address of the return."""
    if text.startswith(("http://", "https://")):
        query = dict(parse_qsl(urlsplit(text).query))
        return query.get("code", ""), text.partition("?")[0]
    code, _, address = text.partition(" ")
    return code, address.strip()


# ---------------------------------------------------------------- reading tokens


def token_of(payload: Mapping[str, Any], *, now: datetime) -> Token:
    """A pair as Salla tells it: `expires` is an instant; some clients get `expires_in`, seconds to live."""
    expires, lives = _whole(payload.get("expires")), _whole(payload.get("expires_in"))
    until = None
    if expires is not None:
        until = datetime.fromtimestamp(expires, UTC)
    elif lives is not None:
        until = now + timedelta(seconds=lives)
    return Token(
        access_token=str(payload["access_token"]),
        refresh_token=str(payload.get("refresh_token") or ""),
        expires_at=until,
        scopes=tuple(str(payload.get("scope") or "").split()),
    )


def token_of_event(text: str) -> Token:
    """The pair of `app.store.authorize`, with the number of its store. Raises InvalidPayload."""
    try:
        event = json.loads(text)
    except ValueError:
        event = None
    data = event.get("data") if isinstance(event, dict) else None
    if not isinstance(data, dict) or event.get("event") != AUTHORIZE or not data.get("access_token"):
        raise InvalidPayload(
            "This is not the text of an event 'app.store.authorize'.",
            platform=PLATFORM,
            cure="Copy the whole text of the event from the app's webhook log in Salla's Partner portal.",
        )
    token = token_of(data, now=datetime.now(UTC))
    extra = {"merchant": str(event["merchant"])} if event.get("merchant") else {}
    return Token(token.access_token, token.refresh_token, token.expires_at, token.scopes, extra)


def _whole(value: Any) -> int | None:
    text = str(value if value is not None else "").strip()
    return int(text) if text.isdigit() else None
