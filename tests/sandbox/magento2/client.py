"""A small REST client that signs as OAuth 1.0a asks; written on its own, nothing of the shop's code is used."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import time
import uuid
from typing import Any
from urllib.parse import quote, urlsplit

import requests

from sandbox.magento2 import Magento2Shop


def pct(text: str) -> str:
    return quote(str(text), safe="-._~")


def natural_key(text: str) -> list[tuple[int, int, str]]:
    """Digits as numbers; enough for the names that a query has."""
    return [
        (0, int(piece), "") if piece.isdigit() else (1, 0, piece)
        for piece in re.split(r"(\d+)", text)
        if piece
    ]


def criteria(
    *filters: tuple[str, str, str] | list[tuple[str, str, str]],
    size: int | None = 100,
    page: int = 1,
    sort: tuple[tuple[str, str], ...] = (),
) -> list[tuple[str, str]]:
    """Query pairs: each argument is a group, a list of filters is ORed."""
    pairs: list[tuple[str, str]] = []
    for g, group in enumerate(filters):
        for f, (field, condition, value) in enumerate(group if isinstance(group, list) else [group]):
            base = f"searchCriteria[filter_groups][{g}][filters][{f}]"
            pairs += [
                (f"{base}[field]", field),
                (f"{base}[value]", value),
                (f"{base}[condition_type]", condition),
            ]
    for n, (field, direction) in enumerate(sort):
        base = f"searchCriteria[sortOrders][{n}]"
        pairs += [(f"{base}[field]", field), (f"{base}[direction]", direction)]
    if size is None:
        return pairs or [("searchCriteria", "")]
    return [*pairs, ("searchCriteria[pageSize]", str(size)), ("searchCriteria[currentPage]", str(page))]


def encoded(pairs: list[tuple[str, str]]) -> str:
    return "&".join(f"{pct(name)}={pct(value)}" for name, value in pairs)


def oauth_header(
    method: str,
    url: str,
    pairs: list[tuple[str, str]],
    keys: tuple[str, str, str, str],
    *,
    signature_method: str = "HMAC-SHA256",
    natural: bool = True,
    **changes: str,
) -> str:
    key, secret, token, token_secret = keys
    oauth = {
        "oauth_consumer_key": key,
        "oauth_nonce": uuid.uuid4().hex,
        "oauth_signature_method": signature_method,
        "oauth_timestamp": str(int(time.time())),
        "oauth_token": token,
        "oauth_version": "1.0",
        **changes,
    }
    signed = [(pct(n), pct(v)) for n, v in [*oauth.items(), *pairs]]
    signed.sort(key=lambda pair: natural_key(pair[0]) if natural else pair[0])
    text = f"{method}&{pct(url)}&{pct('&'.join(f'{n}={v}' for n, v in signed))}"
    digest = hashlib.sha256 if signature_method == "HMAC-SHA256" else hashlib.sha1
    made = hmac.new(f"{pct(secret)}&{pct(token_secret)}".encode(), text.encode(), digest).digest()
    oauth["oauth_signature"] = base64.b64encode(made).decode()
    return "OAuth " + ", ".join(f'{n}="{pct(v)}"' for n, v in oauth.items())


class Api:
    """Calls `/rest/{store}/V1/…` of a shop, signed with the integration's four strings, or with a bearer token."""

    def __init__(
        self,
        shop: Magento2Shop,
        *,
        keys: tuple[str, str, str, str] | None = None,
        bearer: str = "",
        store: str = "all",
    ) -> None:
        self.root, self.store = f"{shop.url}/rest", store
        self.keys, self.bearer = keys or shop.auth, bearer
        self.session = requests.Session()

    def __call__(
        self,
        method: str,
        path: str,
        body: Any = None,
        pairs: list[tuple[str, str]] | None = None,
        *,
        store: str | None = None,
        mode: str = "",
        headers: dict[str, str] | None = None,
        data: bytes | None = None,
    ) -> requests.Response:
        """mode: `async` or `async/bulk`. store: another store code, `` for none."""
        code = self.store if store is None else store
        url = "/".join(filter(None, [self.root, code, mode, f"V1{path}"]))
        scheme, host, raw_path, *_ = urlsplit(url)
        signed = f"{scheme}://{host}{raw_path}"
        auth = (
            f"Bearer {self.bearer}" if self.bearer else oauth_header(method, signed, pairs or [], self.keys)
        )
        # A prepared address: requests would otherwise unquote what is not reserved.
        request = requests.Request(
            method, signed, json=body, data=data, headers={"Authorization": auth, **(headers or {})}
        )
        prepared = self.session.prepare_request(request)
        prepared.url = f"{signed}?{encoded(pairs)}" if pairs else signed
        return self.session.send(prepared, timeout=20, allow_redirects=False)

    def get(self, path: str, pairs: list[tuple[str, str]] | None = None, **more: Any) -> requests.Response:
        return self("GET", path, None, pairs, **more)

    def post(self, path: str, body: Any, **more: Any) -> requests.Response:
        return self("POST", path, body, **more)

    def put(self, path: str, body: Any, **more: Any) -> requests.Response:
        return self("PUT", path, body, **more)

    def delete(self, path: str, **more: Any) -> requests.Response:
        return self("DELETE", path, **more)
