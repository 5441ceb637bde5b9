"""The ways of signing in: keys as they are, tokens that are asked for, and signatures over each call."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from ecomsync.common.errors import BadCredentials, InvalidPayload, Rejected
from platforms.custom.errors import KEYS_CURE, PLATFORM
from platforms.custom.operations import Operation, read_operation
from platforms.custom.templates import as_text, render
from platforms.types import Token

if TYPE_CHECKING:
    from platforms.custom.client import CustomClient, Prepared

#: Credentials that each way needs; of oauth2 a token at hand is enough.
NEEDS: Mapping[str, tuple[str, ...]] = {
    "header": ("access_token",),
    "query": ("access_token",),
    "bearer": ("access_token",),
    "basic": ("username", "password"),
    "login": ("password",),
    "hmac": ("password",),
    "oauth2": ("gateway_client_id", "gateway_client_secret"),
}
SKEW = timedelta(seconds=30)


def digest(secret: str, text: bytes, algorithm: str, encoding: str) -> str:
    """An HMAC as shops write it: hex or base64."""
    raw = hmac.new(secret.encode(), text, getattr(hashlib, algorithm)).digest()
    return raw.hex() if encoding == "hex" else base64.b64encode(raw).decode()


class SignIn:
    def __init__(self, client: CustomClient) -> None:
        self._client = client
        self._way = client.settings.sign_in
        self._details = client.settings.sign_in_settings
        self._credentials = client.connection.credentials
        self._gained = False  # by this very client, so that another one would be no better
        self._until: datetime | None = None
        self.token = self._credentials.get("access_token", "").strip()

    @property
    def is_asked_for(self) -> bool:
        """Whether a token is asked for by a call."""
        return self._way in ("oauth2", "login")

    # -- tokens -------------------------------------------------------------
    def prepare(self, lane: str) -> None:
        """Ask for a token where there is none, or none that still counts."""
        lapsed = self._until is not None and datetime.now(UTC) + SKEW >= self._until
        if self.is_asked_for and (not self.token or lapsed):
            self._keep(self.ask(lane=lane))

    def forget(self) -> bool:
        """Whether another token may help: only when the one refused was not asked for just now."""
        if not self.is_asked_for or self._gained:
            return False
        self.token = ""
        return True

    def _keep(self, token: Token) -> None:
        self.token, self._until, self._gained = token.access_token, token.expires_at, True

    def ask(self, *, lane: str = "orders", code: str = "", refresh: bool = False) -> Token:
        """A new token. Raises BadCredentials when the shop gives none."""
        client = self._client
        operation = self._request(code=code, refresh=refresh)
        try:
            reply = client.send(
                client.prepare(operation, {"code": code}), operation, {"code": code}, lane=lane
            )
        except Rejected as error:
            raise BadCredentials(
                f"The shop gives no token: {error.message}",
                cure=KEYS_CURE,
                site=client.connection.site_code,
                platform=PLATFORM,
                status=error.status,
            ) from error
        told = reply.context
        token = as_text(
            client.value(self._path("token", "body.access_token"), told, where="sign_in_settings")
        )
        if not token:
            raise InvalidPayload(
                "The shop's answer to the sign-in holds no token.",
                code="no_token",
                cure="Correct 'token' in the details of signing in: it says where the answer has the token.",
                site=client.connection.site_code,
                platform=PLATFORM,
            )
        renewed = client.value(
            self._path("refresh_token", "body.refresh_token"), told, where="sign_in_settings"
        )
        seconds = client.value(self._path("expires_in", "body.expires_in"), told, where="sign_in_settings")
        until = datetime.now(UTC) + timedelta(seconds=int(seconds)) if seconds else None
        return Token(token, as_text(renewed), until)

    def _path(self, name: str, usual: str) -> str:
        return str(self._details.get(name) or usual)

    def _request(self, *, code: str, refresh: bool) -> Operation:
        if self._details.get("request") is not None:
            return replace(read_operation("sign_in", self._details["request"]), reads=True)
        return replace(read_operation("sign_in", self._oauth(code=code, refresh=refresh)), reads=True)

    def _oauth(self, *, code: str, refresh: bool) -> dict[str, Any]:
        """RFC 6749: a code, a refresh token, or the client's keys alone."""
        body = {
            "client_id": "{{ credentials.gateway_client_id }}",
            "client_secret": "{{ credentials.gateway_client_secret }}",
        }
        held = self._credentials.get("refresh_token", "")
        if code:
            body |= {"grant_type": "authorization_code", "code": "{{ code }}"}
            if self._details.get("redirect_uri"):
                body["redirect_uri"] = str(self._details["redirect_uri"])
        elif held and (refresh or self._details.get("grant") == "refresh_token"):
            body |= {"grant_type": "refresh_token", "refresh_token": "{{ credentials.refresh_token }}"}
        else:
            body["grant_type"] = "client_credentials"
        if self._details.get("scope"):
            body["scope"] = str(self._details["scope"])
        return {
            "method": "POST",
            "path": str(self._details.get("token_path", "")),
            "root": bool(self._details.get("token_root", True)),
            "body": body,
            "body_format": str(self._details.get("body_format") or "form"),
        }

    # -- each call ----------------------------------------------------------
    def sign(self, request: Prepared) -> Prepared:
        """The request with its proof."""
        if self._way == "basic":
            pair = f"{self._credentials.get('username', '')}:{self._credentials.get('password', '')}"
            return self._with(request, "Authorization", f"Basic {base64.b64encode(pair.encode()).decode()}")
        if self._way in ("bearer", "oauth2", "login"):
            header = str(self._details.get("header") or "Authorization")
            return self._with(request, header, f"{self._details.get('prefix', 'Bearer ')}{self.token}")
        if self._way == "header":
            return self._with(
                request,
                str(self._details.get("header") or "X-Api-Key"),
                f"{self._details.get('prefix', '')}{self.token}",
            )
        if self._way == "query":
            name = quote(str(self._details.get("parameter") or "key"))
            joint = "&" if "?" in request.url else "?"
            return replace(request, url=f"{request.url}{joint}{name}={quote(self.token, safe='')}")
        return self._signed(request) if self._way == "hmac" else request

    @staticmethod
    def _with(request: Prepared, name: str, value: str) -> Prepared:
        return replace(request, headers={**request.headers, name: value})

    def _signed(self, request: Prepared) -> Prepared:
        """A signature by the password over what the settings name, with the time beside it where they ask for one."""
        parts = urlsplit(request.url)
        stamp = str(int(time.time()))
        body = (request.body or b"").decode()
        context = {
            "method": request.method,
            "path": parts.path,
            "query": parts.query,
            "url": request.url,
            "body": body,
            "body_hash": hashlib.sha256(request.body or b"").hexdigest(),
            "timestamp": stamp,
            "username": self._credentials.get("username", ""),
        }
        template = str(self._details.get("signed") or "{{ method }}{{ path }}{{ timestamp }}{{ body }}")
        text = as_text(render(template, context, self._client.scope))
        signature = digest(
            self._credentials.get("password", ""),
            text.encode(),
            str(self._details.get("algorithm") or "sha256"),
            str(self._details.get("encoding") or "hex"),
        )
        headers = {
            str(
                self._details.get("header") or "X-Signature"
            ): f"{self._details.get('prefix', '')}{signature}",
            str(self._details.get("timestamp_header") or "X-Timestamp"): stamp,
        }
        if self._credentials.get("username"):
            headers[str(self._details.get("user_header") or "X-Api-User")] = self._credentials["username"]
        return replace(request, headers={**request.headers, **headers})
