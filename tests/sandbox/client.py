"""A small REST client and a webhook receiver; nothing of the product is used here."""

from __future__ import annotations

import base64
import hashlib
import hmac
import threading
import time
import uuid
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

import requests

from sandbox.woocommerce import WooShop


class Api:
    """Calls wc/v3 of a shop with Basic; a shop on plain HTTP must have `treat_as_https`."""

    def __init__(self, shop: WooShop, auth: tuple[str, str] | None = None) -> None:
        self.base = f"{shop.url}/wp-json"
        self.session = requests.Session()
        self.session.auth = auth or shop.auth

    def __call__(self, method: str, path: str, body: Any = None, **params: Any) -> requests.Response:
        route = path if path.startswith("/wc-") else f"/wc/v3{path}"
        return self.session.request(method, f"{self.base}{route}", json=body, params=params, timeout=20)

    def get(self, path: str, **params: Any) -> requests.Response:
        return self("GET", path, **params)

    def post(self, path: str, body: Any, **params: Any) -> requests.Response:
        return self("POST", path, body, **params)

    def put(self, path: str, body: Any, **params: Any) -> requests.Response:
        return self("PUT", path, body, **params)

    def delete(self, path: str, **params: Any) -> requests.Response:
        return self("DELETE", path, **params)


def percent(text: str) -> str:
    return quote(text, safe="~")


def signed_url(
    method: str,
    url: str,
    key: str,
    secret: str,
    *,
    digest: str = "SHA256",
    nonce: str = "",
    timestamp: int | None = None,
    **params: str,
) -> str:
    """OAuth 1.0a one-legged, parameters in the query."""
    signed = {
        **params,
        "oauth_consumer_key": key,
        "oauth_nonce": nonce or uuid.uuid4().hex,
        "oauth_signature_method": f"HMAC-{digest}",
        "oauth_timestamp": str(int(time.time()) if timestamp is None else timestamp),
    }
    joined = "&".join(f"{percent(k)}={percent(signed[k])}" for k in sorted(signed))
    text = f"{method}&{percent(url)}&{percent(joined)}"
    algorithm = hashlib.sha1 if digest == "SHA1" else hashlib.sha256
    made = hmac.new(f"{secret}&".encode(), text.encode(), algorithm).digest()
    return f"{url}?{urlencode({**signed, 'oauth_signature': base64.b64encode(made).decode()})}"


@dataclass
class Delivery:
    path: str
    version: str
    headers: dict[str, str]
    body: bytes

    @property
    def is_ping(self) -> bool:
        return self.body.startswith(b"webhook_id=")

    @property
    def topic(self) -> str:
        return self.headers.get("X-WC-Webhook-Topic", "")

    def signature(self, secret: str) -> str:
        return base64.b64encode(hmac.new(secret.encode(), self.body, hashlib.sha256).digest()).decode()


@dataclass
class Receiver:
    """Records what is posted to it; `status` is what it answers, `ping_status` to pings."""

    status: int = 200
    ping_status: int = 200
    content_type: str = "text/plain"
    answer: bytes = b"ok"
    got: list[Delivery] = field(default_factory=list)
    url: str = ""

    def __enter__(self) -> Receiver:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                delivery = Delivery(self.path, self.request_version, dict(self.headers.items()), body)
                receiver.got.append(delivery)
                self._answer(receiver.ping_status if delivery.is_ping else receiver.status)

            def do_GET(self) -> None:
                self._answer(receiver.status)

            def _answer(self, status: int) -> None:
                self.send_response(status)
                self.send_header("Content-Type", receiver.content_type)
                self.send_header("Content-Length", str(len(receiver.answer)))
                if 300 <= status < 400:
                    self.send_header("Location", "/elsewhere")
                self.end_headers()
                self.wfile.write(receiver.answer)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def events(self) -> list[Delivery]:
        return [d for d in self.got if not d.is_ping]

    @property
    def pings(self) -> list[Delivery]:
        return [d for d in self.got if d.is_ping]


def query_of(url: str) -> dict[str, str]:
    return dict(parse_qsl(url.partition("?")[2], keep_blank_values=True))
