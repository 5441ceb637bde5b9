"""The three ways of signing in: OAuth 1.0a, an integration's token as plain bearer, an admin user's token.

An admin token lives for an hour (four before 2.4.4) and cannot be renewed, only asked for anew. A shop locks a user
after six refused passwords and then answers the right one with the same words, so a refused login is not tried again
until the password on the site changes.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import struct
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ecomsync.common.errors import BadCredentials, ConfigurationError
from platforms.magento2 import oauth

OAUTH_FIELDS = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
#: A token is given up before the shop gives it up.
ADMIN_TOKEN_SECONDS = 50 * 60

Params = Sequence[tuple[str, str]]


class Signer(Protocol):
    """Makes the header that proves who calls."""

    mode: str

    def header(self, method: str, url: str, params: Params) -> str: ...


@dataclass(slots=True)
class OAuthSigner:
    consumer_key: str
    consumer_secret: str
    token: str
    token_secret: str
    signature_method: str = oauth.SHA256
    mode: str = "oauth"

    def header(self, method: str, url: str, params: Params) -> str:
        return oauth.authorization(
            method,
            url,
            params,
            consumer_key=self.consumer_key,
            consumer_secret=self.consumer_secret,
            token=self.token,
            token_secret=self.token_secret,
            nonce=secrets.token_hex(16),
            timestamp=int(time.time()),
            signature_method=self.signature_method,
        )


@dataclass(slots=True)
class BearerSigner:
    token: str
    mode: str = "bearer"

    def header(self, method: str, url: str, params: Params) -> str:
        return f"Bearer {self.token}"


@dataclass(slots=True)
class AdminSigner:
    """Logs in when it is first needed. login: asks the shop for a token by a user's name, password and code."""

    url: str
    username: str
    password: str
    otp_secret: str
    login: Callable[[str, str, str], str]
    mode: str = "admin"

    def header(self, method: str, url: str, params: Params) -> str:
        return f"Bearer {self._token()}"

    def renew(self) -> None:
        """Forget the token: the shop refuses it."""
        _TOKENS.forget(self._key())

    def allow(self) -> None:
        """Try a login that was refused once more: staff ask for it, and may have unlocked the user meanwhile."""
        _TOKENS.allow(self._key())

    def _token(self) -> str:
        key = self._key()
        token = _TOKENS.token(key)
        if not token:
            code = one_time_code(self.otp_secret) if self.otp_secret else ""
            try:
                token = self.login(self.username, self.password, code)
            except BadCredentials as error:
                _TOKENS.refused(key, error)
                raise
            _TOKENS.keep(key, token)
        return token

    def _key(self) -> str:
        parts = "\n".join((self.url, self.username, self.password, self.otp_secret))
        return hashlib.sha256(parts.encode()).hexdigest()


class _Tokens:
    """Admin tokens of this process, so that not every job logs in; in memory only."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tokens: dict[str, tuple[str, float]] = {}
        self._refused: dict[str, tuple[BadCredentials, float]] = {}

    def token(self, key: str) -> str:
        """The token in hand, or "". Raises BadCredentials when this very login was refused a short while ago."""
        now = time.monotonic()
        with self._lock:
            error, until = self._refused.get(key, (None, 0.0))
            if error is not None and now < until:
                raise BadCredentials(
                    error.message,
                    code=error.code,
                    cure=error.cure,
                    platform=error.platform,
                    status=error.status,
                    details=error.details,
                )
            token, until = self._tokens.get(key, ("", 0.0))
            return token if now < until else ""

    def keep(self, key: str, token: str) -> None:
        with self._lock:
            self._refused.pop(key, None)
            self._tokens[key] = (token, time.monotonic() + ADMIN_TOKEN_SECONDS)

    def forget(self, key: str) -> None:
        with self._lock:
            self._tokens.pop(key, None)

    def allow(self, key: str) -> None:
        with self._lock:
            self._refused.pop(key, None)

    def refused(self, key: str, error: BadCredentials) -> None:
        with self._lock:
            self._refused[key] = (error, time.monotonic() + NOT_AGAIN_SECONDS)

    def clear(self) -> None:
        with self._lock:
            self._tokens.clear()
            self._refused.clear()


#: Six refusals lock the user for half an hour; a few workers at this distance never come to six in that time.
NOT_AGAIN_SECONDS = 15 * 60
_TOKENS = _Tokens()


def forget_tokens() -> None:
    """Begin as a new process does."""
    _TOKENS.clear()


def one_time_code(secret: str, *, at: float | None = None) -> str:
    """The six digits of the moment, as Google Authenticator shows them (RFC 6238). Raises ConfigurationError."""
    text = "".join(secret.split()).upper()
    try:
        key = base64.b32decode(text + "=" * (-len(text) % 8))
    except (binascii.Error, ValueError) as err:
        raise ConfigurationError(
            "The secret of the authenticator is not one.",
            code="bad_otp_secret",
            cure="Enter the text that Magento shows beside the QR code: letters A-Z and digits 2-7.",
            platform="magento2",
        ) from err
    counter = struct.pack(">Q", int((time.time() if at is None else at) // 30))
    digest = hmac.new(key, counter, hashlib.sha1).digest()
    start = digest[-1] & 0xF
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
    return f"{number % 1_000_000:06d}"


def mode_of(credentials: Mapping[str, str], wanted: str) -> str:
    """oauth | bearer | admin, by the setting or by what is filled in; "" when nothing suffices."""
    filled = {name for name, value in credentials.items() if value.strip()}
    if wanted != "auto":
        return wanted if not missing_fields(credentials, wanted) else ""
    if filled.issuperset(OAUTH_FIELDS):
        return "oauth"
    if filled.isdisjoint({"consumer_key", "consumer_secret", "access_token_secret"}):
        if "access_token" in filled:
            return "bearer"
        if filled.issuperset({"username", "password"}):
            return "admin"
    return ""


def missing_fields(credentials: Mapping[str, str], mode: str) -> list[str]:
    """The names of the credentials that this way of signing in needs and that are empty."""
    needed = {"bearer": ("access_token",), "admin": ("username", "password")}.get(mode, OAUTH_FIELDS)
    return [name for name in needed if not credentials.get(name, "").strip()]
