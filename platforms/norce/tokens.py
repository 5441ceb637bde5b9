"""Tokens of an hour for client id and secret, asked for as seldom as possible.

Identity gives three a minute. The token is kept with the site, where all workers find it and one renews it under the
row lock; without one there (a first test of the connection) the process keeps one of its own, also under a lock.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode, urlsplit

from ecomsync.common.errors import ConfigurationError, ShopUnavailable
from ecomsync.common.http import HttpClient
from platforms.base import Connection
from platforms.norce.errors import PLATFORM, error_from_identity
from platforms.norce.fields import field, text
from platforms.norce.options import NorceOptions
from platforms.types import Token

LIFETIME = 3600
#: A token is given up before Norce gives it up.
KEPT_SECONDS = 50 * 60


class TokenDesk:
    def __init__(self, connection: Connection, options: NorceOptions, http: HttpClient, root: str) -> None:
        self._connection = connection
        self._options = options
        self._http = http
        self._root = root
        self.given = connection.credentials.get("access_token", "").strip()

    def token(self) -> str:
        """The site's token, else this process's own."""
        return self.given or _KEPT.get(self._key(), lambda: self.ask().access_token)

    def renew(self) -> bool:
        """Forget a token that Norce refuses. False where the site holds it: then the house renews it."""
        if self.given:
            return False
        return _KEPT.forget(self._key())

    def ask(self) -> Token:
        """A new token. Raises BadCredentials, RateLimited, ConfigurationError."""
        form = {
            "grant_type": "client_credentials",
            "client_id": self._credential("username", "client id"),
            "client_secret": self._credential("password", "client secret"),
            "scope": self._options.scope or scope_of(self._root),
        }
        answer = self._http.request(
            "POST",
            f"{self._root}/{self._options.identity_path}",
            data=urlencode(form).encode(),
            headers={"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"},
            route="token",
        )
        try:
            body = answer.json() if answer.body.strip() else None
        except ValueError:
            body = None
        if not 200 <= answer.status < 300:
            raise error_from_identity(answer, body, site=self._connection.site_code)
        token = text(body, "access_token")
        if not token:
            raise ShopUnavailable(
                "Norce's Identity answered without a token.", code="unexpected_answer", platform=PLATFORM
            )
        told = field(body, "expires_in")
        seconds = int(told) if str(told).isdigit() else LIFETIME
        return Token(
            token,
            expires_at=datetime.now(UTC) + timedelta(seconds=seconds),
            scopes=tuple(text(body, "scope").split()),
        )

    def _credential(self, name: str, shown: str) -> str:
        value = self._connection.credentials.get(name, "").strip()
        if not value:
            raise ConfigurationError(
                f"The site has no {shown}.",
                code="missing_credentials",
                cure="Enter client id and client secret of Norce Admin > Settings > Users > OAuth; the secret is shown "
                "once.",
                platform=PLATFORM,
            )
        return value

    def _key(self) -> str:
        parts = [self._root, self._options.scope]
        parts += [self._connection.credentials.get(name, "") for name in ("username", "password")]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()


@dataclass(slots=True)
class _Kept:
    """Tokens of this process; in memory only."""

    lock: threading.Lock
    tokens: dict[str, tuple[str, float]]

    def get(self, key: str, ask: Callable[[], str]) -> str:
        """One asks, the others wait for what it gets."""
        with self.lock:
            token, until = self.tokens.get(key, ("", 0.0))
            if time.monotonic() >= until:
                token = ask()
                self.tokens[key] = (token, time.monotonic() + KEPT_SECONDS)
            return token

    def forget(self, key: str) -> bool:
        with self.lock:
            return self.tokens.pop(key, None) is not None


_KEPT = _Kept(threading.Lock(), {})


def forget_tokens() -> None:
    """Begin as a new process does."""
    with _KEPT.lock:
        _KEPT.tokens.clear()


def scope_of(root: str) -> str:
    """The scope of an environment, by its host."""
    host = urlsplit(root).hostname or ""
    if ".playground." in host or not host.endswith(".norce.tech"):
        return "playground"
    return "stage" if ".stage." in host else "prod"
