"""The handshake of an integration with a callback address.

Staff enter our address in the integration and activate it; Magento posts the consumer's keys and a verifier there. With
them a request token is asked for, and with that the token that stays, both within 300 seconds of the activation. Its
answers are forms, refusals too (`oauth_problem=…`).
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from ecomsync.common.errors import BadCredentials, ConfigurationError, InvalidPayload, ShopUnavailable
from ecomsync.common.http import Answer, HttpClient
from ecomsync.common.logs import current_trace_id
from platforms.base import Connection
from platforms.magento2 import oauth
from platforms.magento2.addresses import site_address
from platforms.magento2.errors import PLATFORM, plain_text
from platforms.magento2.options import MageOptions
from platforms.types import ConnectGrant, Token

INDEX = "/index.php"
_KEY = re.compile(r"[0-9A-Za-z]{16,64}")
_AGAIN = "Press 'Connect' on the page of the site, enter the addresses in the integration, and activate or reauthorize it."


def read_callback(payload: Any) -> ConnectGrant:
    """What Magento posts upon activation. Raises InvalidPayload."""
    body: Mapping[str, Any] = payload if isinstance(payload, Mapping) else {}
    names = ("oauth_consumer_key", "oauth_consumer_secret", "oauth_verifier")
    key, secret, verifier = (str(body.get(name) or "") for name in names)
    missing = [
        name for name, text in zip(names, (key, secret, verifier), strict=True) if not _KEY.fullmatch(text)
    ]
    if missing:
        raise InvalidPayload(
            f"This is not what Magento sends when an integration is activated: {', '.join(missing)} is missing.",
            cure=_AGAIN,
            platform=PLATFORM,
        )
    keys = {"consumer_key": key, "consumer_secret": secret}
    return ConnectGrant(str(body.get("token") or ""), keys, verifier)


def read_return(query: Mapping[str, str]) -> tuple[str, bool]:
    """(our token, approved): Magento opens the address once the integration is activated, and may hang a query of its own
    behind ours."""
    token = query.get("token", "").partition("?")[0]
    return token, bool(token)


def exchange(connection: Connection, options: MageOptions, verifier: str) -> Token:
    """The token that stays. Raises BadCredentials, ConfigurationError, ShopUnavailable.

    No record is kept of these calls: their answers are secrets and nothing else.
    """
    http = HttpClient(
        pool_size=1,
        timeout=connection.timeout,
        verify_tls=connection.verify_tls,
        allow_private=connection.allow_private,
        user_agent_suffix=connection.user_agent_suffix,
        trace_id=current_trace_id,
    )
    try:
        return _Handshake(http, connection, options).run(verifier)
    finally:
        http.close()


class _Handshake:
    def __init__(self, http: HttpClient, connection: Connection, options: MageOptions) -> None:
        self._http = http
        self._keys = connection.credentials
        self._site = connection.site_code
        self._base = site_address(connection.url)
        self._prefix = INDEX if connection.learned.get("prefix") == INDEX else ""
        auto = options.signature_method == "auto"
        self._method = oauth.SHA256 if auto else options.signature_method
        self._may_sign_otherwise = auto

    def run(self, verifier: str) -> Token:
        request_token, request_secret = self._pair("request", "", "", "")
        token, secret = self._pair("access", request_token, request_secret, verifier)
        return Token(token, extra={"access_token_secret": secret})

    def _pair(self, step: str, token: str, secret: str, verifier: str) -> tuple[str, str]:
        answer = self._post(step, token, secret, verifier)
        if answer.status == 404 and not self._prefix and "oauth_problem" not in answer.text:
            self._prefix = INDEX
            answer = self._post(step, token, secret, verifier)
        if self._may_sign_otherwise and step == "request" and re.search("signature", answer.text, re.I):
            self._method = oauth.SHA1  # before 2.4.4
            answer = self._post(step, token, secret, verifier)
        found = dict(parse_qsl(answer.text))
        if answer.status == 200 and found.get("oauth_token") and found.get("oauth_token_secret"):
            return found["oauth_token"], found["oauth_token_secret"]
        raise self._error(answer, found, step)

    def _post(self, step: str, token: str, secret: str, verifier: str) -> Answer:
        url = f"{self._base}{self._prefix}/oauth/token/{step}"
        header = oauth.authorization(
            "POST",
            url,
            (),
            consumer_key=self._keys.get("consumer_key", ""),
            consumer_secret=self._keys.get("consumer_secret", ""),
            token=token,
            token_secret=secret,
            nonce=secrets.token_hex(16),
            timestamp=int(time.time()),
            signature_method=self._method,
            verifier=verifier,
        )
        return self._http.request(
            "POST", url, headers={"Authorization": header}, route=f"/oauth/token/{step}"
        )

    def _error(
        self, answer: Answer, found: Mapping[str, str], step: str
    ) -> BadCredentials | ConfigurationError | ShopUnavailable:
        common: dict[str, Any] = {"site": self._site, "platform": PLATFORM, "status": answer.status}
        told = plain_text(found.get("oauth_problem", ""))
        if told:
            return BadCredentials(
                f"The shop refuses the handshake: {told}.", code="handshake_refused", cure=_AGAIN, **common
            )
        if answer.status >= 500 or answer.status == 429:
            return ShopUnavailable(
                f"The shop answered {answer.status} to the handshake.",
                cure="Open the identity link again within five minutes of the activation; later, reauthorize the "
                "integration.",
                **common,
            )
        return ConfigurationError(
            f"There is no handshake of integrations at this address (status {answer.status}, step '{step}').",
            code="rest_not_found",
            cure="Check the URL of the shop; it is tried with and without index.php.",
            **common,
        )
