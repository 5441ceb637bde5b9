"""A small GraphQL client; nothing of the product is used here."""

from __future__ import annotations

from typing import Any

import requests

from sandbox.shopify import ShopifyShop


class Admin:
    """Calls the Admin API of a shop over HTTP."""

    def __init__(self, shop: ShopifyShop, token: str = "", version: str = "2026-10") -> None:
        self.shop = shop
        self.version = version
        self.session = requests.Session()
        self.session.headers["X-Shopify-Access-Token"] = token or shop.token

    def post(
        self, query: str, variables: dict[str, Any] | None = None, version: str = "", **extra: Any
    ) -> requests.Response:
        url = f"{self.shop.url}/admin/api/{version or self.version}/graphql.json"
        body = {"query": query, "variables": variables or {}, **extra}
        return self.session.post(url, json=body, timeout=20)

    def __call__(self, query: str, variables: dict[str, Any] | None = None, **extra: Any) -> Any:
        """The data of an answer without errors."""
        answer = self.post(query, variables, **extra).json()
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    def errors(self, query: str, variables: dict[str, Any] | None = None, **extra: Any) -> Any:
        return self.post(query, variables, **extra).json()["errors"]
