"""Access tokens: by approval in the browser, by the app's own keys, and renewed before they lapse.

An expiring token lives an hour and its refresh token 90 days; both change with each renewal. A token by the app's keys
alone lives a day and is simply asked for again. Tokens made in the shop's admin never lapse; one can be exchanged for a
pair that renews, and never back.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from ecomsync.common.errors import (
    BadCredentials,
    ConfigurationError,
    InvalidSignature,
    MissingPermission,
    ShopUnavailable,
)
from ecomsync.common.http import Answer, HttpClient
from platforms.base import Connection
from platforms.shopify.address import shop_address
from platforms.shopify.answers import decode
from platforms.shopify.errors import PLATFORM, error_of_status
from platforms.shopify.scopes import ASKED_FOR
from platforms.types import Token

_SHOP = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9-_]*\.myshopify\.com")
_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
_OFFLINE = "urn:shopify:params:oauth:token-type:offline-access-token"
#: How old the address may be with which the browser comes back.
FRESH_FOR = timedelta(minutes=10)


class TokenDesk:
    """Tokens of one site."""

    def __init__(self, connection: Connection, http: HttpClient, *, exchange: bool = False) -> None:
        self._connection = connection
        self._exchange = exchange
        self._http = http
        self._client_id = connection.credentials.get("username", "").strip()
        self._secret = connection.credentials.get("password", "").strip()

    def request(self, code: str) -> Token:
        """With a code: the token that the approval gave; without: the one that the app's keys give, or, where the site says
        so, renewing tokens for the lasting one that it has. Raises BadCredentials."""
        self._need_keys()
        if code:
            return self._ask({"code": code, "expiring": "1"}, "the code of the approval")
        lasting = self._lasting_token()
        if self._exchange and lasting:
            return self._ask(
                {
                    "grant_type": _EXCHANGE,
                    "subject_token": lasting,
                    "subject_token_type": _OFFLINE,
                    "requested_token_type": _OFFLINE,
                    "expiring": "1",
                },
                "the lasting token",
            )
        return self._ask({"grant_type": "client_credentials"}, "the app's keys")

    def _lasting_token(self) -> str:
        """The site's token where nothing renews it. It may be one for a day: Shopify says so then."""
        keys = self._connection.credentials
        return "" if keys.get("refresh_token", "").strip() else keys.get("access_token", "").strip()

    def refresh(self) -> Token:
        """By the refresh token where there is one, else by the keys. Never by an exchange: what lapses is no lasting one."""
        self._need_keys()
        refresh_token = self._connection.credentials.get("refresh_token", "").strip()
        if not refresh_token:
            return self._ask({"grant_type": "client_credentials"}, "the app's keys")
        return self._ask({"grant_type": "refresh_token", "refresh_token": refresh_token}, "the refresh token")

    def _ask(self, body: Mapping[str, str], by: str) -> Token:
        answer = self._http.request(
            "POST",
            f"{shop_address(self._connection.url)}/admin/oauth/access_token",
            json_body={"client_id": self._client_id, "client_secret": self._secret, **body},
            route="/oauth/access_token",
        )
        payload = decode(answer)
        if not 200 <= answer.status < 300:
            raise self._refused(answer, payload, by)
        if not isinstance(payload, dict) or not payload.get("access_token"):
            raise ShopUnavailable(
                "Shopify's answer to the request for a token holds none.",
                code="unexpected_answer",
                platform=PLATFORM,
                site=self._connection.site_code,
            )
        return token_of(payload, now=datetime.now(UTC))

    def _refused(self, answer: Answer, payload: Any, by: str) -> Exception:
        if answer.status not in (400, 401, 403):
            return error_of_status(
                answer, payload, site=self._connection.site_code, what="the request for a token"
            )
        text = ""
        if isinstance(payload, Mapping):
            text = str(
                payload.get("error_description") or payload.get("error") or payload.get("errors") or ""
            )
        said = f" Shopify says: {text.rstrip('.')}." if text else ""
        return BadCredentials(
            f"Shopify gives no token for {by}.{said}",
            cure="Press 'Connect' on the site and approve again; see that the app's client ID and client secret are right "
            "and that the app is installed in this shop.",
            platform=PLATFORM,
            site=self._connection.site_code,
            status=answer.status,
        )

    def _need_keys(self) -> None:
        if not (self._client_id and self._secret):
            raise ConfigurationError(
                "The site has no client ID and no client secret of the app.",
                code="missing_credentials",
                cure="Enter both from the app's page in Shopify's Dev Dashboard, or enter an Admin API access token.",
                platform=PLATFORM,
                site=self._connection.site_code,
            )

    # -- approval in the browser --------------------------------------------
    def approval_url(self, *, state: str, return_url: str) -> str:
        """The shop's page that asks for approval. Raises ConfigurationError."""
        self._need_keys()
        query = {
            "client_id": self._client_id,
            "scope": ",".join(ASKED_FOR),
            "redirect_uri": return_url,
            "state": state,
        }
        return f"{shop_address(self._connection.url)}/admin/oauth/authorize?{urlencode(query)}"

    def code_of_return(self, query: Mapping[str, str], *, now: datetime | None = None) -> str:
        """The code of the address with which the browser comes back, proved to be this shop's. Raises InvalidSignature,
        MissingPermission."""
        self._need_keys()
        if query.get("error"):
            raise MissingPermission(
                "The approval was refused in the shop.",
                cure="Press 'Connect' again and approve all access scopes.",
                platform=PLATFORM,
            )
        given = query.get("hmac", "")
        if not given or not hmac.compare_digest(query_hmac(query, self._secret).encode(), given.encode()):
            raise _not_shopify("The address with which the browser came back is not signed by Shopify.")
        shop, own = query.get("shop", ""), urlsplit(shop_address(self._connection.url)).hostname or ""
        if own.endswith(".myshopify.com") and (not _SHOP.fullmatch(shop) or shop.lower() != own.lower()):
            raise _not_shopify(f"The approval is of the shop '{shop[:80]}' and not of this site's.")
        stamp = query.get("timestamp", "")
        age = abs(
            (now or datetime.now(UTC)) - datetime.fromtimestamp(int(stamp) if stamp.isdigit() else 0, UTC)
        )
        if age > FRESH_FOR:
            raise _not_shopify("The approval is too old.")
        if not query.get("code"):
            raise _not_shopify("The approval brought no code.")
        return query["code"]


def query_hmac(query: Mapping[str, str], secret: str) -> str:
    """The signature of an address that Shopify sends the browser to, in lower-case hex."""
    pairs = sorted((name, value) for name, value in query.items() if name not in ("hmac", "signature"))
    message = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs)
    return hmac.new(secret.encode(), message.encode(), hashlib.sha256).hexdigest()


def token_of(payload: Mapping[str, Any], *, now: datetime) -> Token:
    """A token as Shopify tells it."""
    lives = payload.get("expires_in")
    scopes = tuple(scope.strip() for scope in str(payload.get("scope") or "").split(",") if scope.strip())
    return Token(
        access_token=str(payload["access_token"]),
        refresh_token=str(payload.get("refresh_token") or ""),
        expires_at=now + timedelta(seconds=int(lives)) if lives is not None else None,
        scopes=scopes,
    )


def _not_shopify(message: str) -> InvalidSignature:
    return InvalidSignature(message, cure="Press 'Connect' on the page of the site again.", platform=PLATFORM)
