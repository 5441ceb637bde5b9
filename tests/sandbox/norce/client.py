"""Plain HTTP to the sandbox, as the fact sheet writes it."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlencode

from sandbox.norce import NorceShop

Answer = tuple[int, Any]


class Caller:
    def __init__(self, shop: NorceShop) -> None:
        self.shop = shop
        self.headers: dict[str, str] = {}

    def sign_in(self) -> str:
        form = {
            "grant_type": "client_credentials",
            "client_id": self.shop.key,
            "client_secret": self.shop.secret,
            "scope": self.shop.options.scope,
        }
        _, body = self.token(form)
        token = str(body["access_token"])
        self.headers = {
            "Authorization": f"Bearer {token}",
            "application-id": str(self.shop.options.application),
            "Content-Type": "application/json",
        }
        return token

    def token(self, form: dict[str, str]) -> Answer:
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._send("POST", "/identity/1.0/connect/token", urlencode(form).encode(), kind)

    def query(self, route: str, **params: str) -> Answer:
        asked = urlencode({f"${name}": value for name, value in params.items()})
        return self.get(f"/commerce/query/2.0/{route}{'?' + asked if asked else ''}")

    def get(self, path: str) -> Answer:
        return self._send("GET", path, None, self.headers)

    def post_import(self, route: str, rows: Any, **header: Any) -> Answer:
        headers = {**self.headers, "X-Stormconnect-Header": json.dumps(header)}
        return self._send("POST", f"/commerce/connect/4.0/{route}", json.dumps(rows).encode(), headers)

    def post_order(self, route: str, body: Any) -> Answer:
        return self._send(
            "POST", f"/commerce/connect/4.0/Order/{route}", json.dumps(body).encode(), self.headers
        )

    def job(self, number: str) -> Any:
        return self.get(f"/commerce/connect/4.0/Job/Get?id={number}")[1]

    def log(self, number: str) -> Any:
        return self.get(f"/commerce/connect/4.0/Job/GetLog?id={number}")[1]

    def _send(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        request = urllib.request.Request(self.shop.url + path, body, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=10) as reply:
                return reply.status, json.loads(reply.read())
        except urllib.error.HTTPError as error:
            raw = error.read()
            return error.code, json.loads(raw) if raw.startswith(b"{") else raw.decode()
