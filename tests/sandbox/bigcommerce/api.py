"""A small client of the sandbox; nothing of the product is used here."""

from __future__ import annotations

from typing import Any

import requests

from sandbox.bigcommerce import BigCommerceShop


class Api:
    def __init__(self, shop: BigCommerceShop, token: str = "") -> None:
        self.root = shop.url
        self.session = requests.Session()
        self.session.headers.update({**shop.headers, "X-Auth-Token": token or shop.key})

    def __call__(self, method: str, path: str, body: Any = None, **params: Any) -> requests.Response:
        return self.session.request(method, f"{self.root}/{path}", json=body, params=params, timeout=20)

    def get(self, path: str, **params: Any) -> requests.Response:
        return self("GET", path, **params)

    def post(self, path: str, body: Any) -> requests.Response:
        return self("POST", path, body)

    def put(self, path: str, body: Any) -> requests.Response:
        return self("PUT", path, body)
