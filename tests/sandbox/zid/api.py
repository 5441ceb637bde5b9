"""A small client of the sandbox; nothing of the product is used here."""

from __future__ import annotations

from typing import Any

import requests

from sandbox.zid import ZidShop
from sandbox.zid.shop import headers_of
from sandbox.zid.state import Account


class Api:
    def __init__(self, shop: ZidShop, account: Account | None = None) -> None:
        self.root = shop.url
        self.session = requests.Session()
        self.session.headers.update(headers_of(account or shop.account, shop.options.store_id))

    def __call__(self, method: str, path: str, body: Any = None, **params: Any) -> requests.Response:
        return self.session.request(
            method, f"{self.root}{path}", json=body, params=params, timeout=20, allow_redirects=False
        )

    def get(self, path: str, **params: Any) -> requests.Response:
        return self("GET", path, **params)

    def post(self, path: str, body: Any) -> requests.Response:
        return self("POST", path, body)

    def patch(self, path: str, body: Any) -> requests.Response:
        return self("PATCH", path, body)
