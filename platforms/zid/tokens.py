"""Tokens: the code of an installation is exchanged for three of them, and all three are renewed together.

`access_token` is the store's manager token, `authorization` the bearer: swapping the two is the commonest mistake. Both last
a year; the declaration says that they are renewed two months before its end, as Zid advises.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from ecomsync.common.errors import (
    BadCredentials,
    ConfigurationError,
    InvalidSignature,
    MissingPermission,
    ShopUnavailable,
)
from ecomsync.common.http import Answer
from platforms.types import ConnectCode, Token
from platforms.zid.client import PROFILE, ZidClient, decode, login_root
from platforms.zid.errors import PLATFORM, error_from_answer, sentence_of


class TokenDesk:
    """Tokens of one site."""

    def __init__(self, client: ZidClient) -> None:
        self._client = client
        credentials = client.connection.credentials
        self._client_id = credentials.get("username", "").strip()
        self._secret = credentials.get("password", "").strip()
        self._refresh_token = credentials.get("refresh_token", "").strip()
        self._redirect_uri = client.options.redirect_uri

    def request(self, code: str) -> Token:
        """code: the code of an installation, or the whole address with which the browser came back. Raises BadCredentials."""
        self._need_app()
        given = code_of(code)
        if not given:
            raise ConfigurationError(
                "There is no authorization code.",
                code="no_code",
                cure="Press 'Connect', or install the app in the store and paste the address to which the browser was sent.",
                platform=PLATFORM,
                site=self._client.connection.site_code,
            )
        return self._ask({"grant_type": "authorization_code", "code": given}, "the code")

    def refresh(self) -> Token:
        """By the refresh token. Raises BadCredentials."""
        self._need_app()
        if not self._refresh_token:
            raise ConfigurationError(
                "The site has no refresh token.",
                code="no_refresh",
                cure="Press 'Connect' or 'Request Token' with a new code: all three tokens come with it.",
                platform=PLATFORM,
                site=self._client.connection.site_code,
            )
        return self._ask(
            {"grant_type": "refresh_token", "refresh_token": self._refresh_token}, "the refresh token"
        )

    def _ask(self, fields: Mapping[str, str], by: str) -> Token:
        body = {
            **fields,
            "client_id": self._client_id,
            "client_secret": self._secret,
            "redirect_uri": self._redirect_uri,
        }
        answer = self._client.http.request(
            "POST",
            f"{login_root(self._client.root)}/oauth/token",
            data=urlencode(body).encode(),
            headers={"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"},
            route="/oauth/token",
        )
        payload = decode(answer)
        if not 200 <= answer.status < 300:
            raise self._refused(answer, payload, by)
        if not isinstance(payload, dict) or not payload.get("access_token"):
            raise ShopUnavailable(
                "Zid's answer to the request for a token holds none.",
                code="unexpected_answer",
                platform=PLATFORM,
                site=self._client.connection.site_code,
            )
        return self._token(payload)

    def _token(self, payload: Mapping[str, Any]) -> Token:
        """The callback names no store, so its profile is asked for with the new tokens. A bearer that the answer lacks stays
        the old one."""
        bearer = str(payload.get("authorization") or payload.get("Authorization") or "")
        manager = str(payload["access_token"])
        store_id = self._store_id(bearer, manager)
        extra = {"authorization_token": bearer.removeprefix("Bearer ").strip(), "store_id": store_id}
        return Token(
            access_token=manager,
            refresh_token=str(payload.get("refresh_token") or ""),
            expires_at=expiry_of(payload, now=datetime.now(UTC)),
            extra={name: value for name, value in extra.items() if value},
        )

    def _store_id(self, bearer: str, manager: str) -> str:
        """ "" where the profile cannot be read now; it is read again with the first call that needs it."""
        headers = {
            "Authorization": f"Bearer {bearer.removeprefix('Bearer ').strip()}",
            "X-Manager-Token": manager,
            "Access-Token": manager,
        }
        if not bearer:
            return ""
        answer = self._client.http.request(
            "GET", f"{self._client.root}{PROFILE}", headers=headers, route=PROFILE
        )
        payload = decode(answer)
        user = payload.get("user") if isinstance(payload, dict) else None
        store = user.get("store") if isinstance(user, dict) else None
        return str(store.get("id") or "") if answer.status == 200 and isinstance(store, dict) else ""

    def _refused(self, answer: Answer, payload: Any, by: str) -> Exception:
        site = self._client.connection.site_code
        if answer.status not in (400, 401, 403):
            return error_from_answer(answer, payload, site=site, what="the request for a token")
        return BadCredentials(
            f"Zid gives no token for {by}: {sentence_of(payload)}",
            cure="A code works once: press 'Connect' again. Check client ID, client secret and callback URL against Zid's "
            "partner dashboard.",
            platform=PLATFORM,
            site=site,
            status=answer.status,
        )

    def _need_app(self) -> None:
        values = (
            ("client ID", self._client_id),
            ("client secret", self._secret),
            ("callback URL of the app", self._redirect_uri),
        )
        missing = [name for name, value in values if not value]
        if missing:
            raise ConfigurationError(
                f"The site has no {' and no '.join(missing)}.",
                code="missing_credentials",
                cure="Enter them as Zid's partner dashboard shows them, then try again.",
                platform=PLATFORM,
                site=self._client.connection.site_code,
            )

    # -- approval in the browser --------------------------------------------
    def approval_url(self, *, state: str, return_url: str) -> str:
        """Zid's page that asks for approval. Raises ConfigurationError."""
        if not self._redirect_uri:
            raise ConfigurationError(
                f"The site has no callback URL of the app, which must be {return_url} here and in Zid's partner dashboard.",
                code="missing_credentials",
                cure="Enter this address in both places, then press 'Connect' again.",
                platform=PLATFORM,
                site=self._client.connection.site_code,
            )
        self._need_app()
        query = {
            "client_id": self._client_id,
            "redirect_uri": self._redirect_uri,
            "response_type": "code",
            "state": state,
        }
        return f"{login_root(self._client.root)}/oauth/authorize?{urlencode(query)}"


def read_connect_code(query: Mapping[str, str]) -> ConnectCode:
    """Code and state of the address with which the browser comes back. The state is ours and used once: it is the proof,
    since Zid signs nothing. Raises InvalidSignature, MissingPermission."""
    if query.get("error"):
        raise MissingPermission(
            "The approval was refused in the store.",
            cure="Press 'Connect' again and approve the app.",
            platform=PLATFORM,
        )
    if not query.get("code") or not query.get("state"):
        raise InvalidSignature(
            "The address with which the browser came back has no code or no state.",
            cure="Press 'Connect' on the page of the site again.",
            platform=PLATFORM,
        )
    return ConnectCode(token=query["state"], code=query["code"])


def code_of(text: str) -> str:
    """The code itself, also out of a whole address."""
    given = text.strip()
    if "code=" not in given:
        return given
    query = urlsplit(given).query or given.partition("?")[2] or given
    return next(iter(parse_qs(query).get("code", ())), "")


def expiry_of(payload: Mapping[str, Any], *, now: datetime) -> datetime | None:
    """When it lapses; None where the answer does not tell."""
    lives = payload.get("expires_in")
    if lives is None or not str(lives).isdigit():
        return None
    return now + timedelta(seconds=int(lives))
