from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from webhooks.services.sites import cards


@pytest.fixture(autouse=True)
def _fresh_cards() -> Iterator[None]:
    cards.clear()
    yield
    cards.clear()


@pytest.fixture(autouse=True)
def kicks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Wake-ups are counted and not sent: no worker runs in these tests."""
    sent: list[int] = []
    monkeypatch.setattr("webhooks.porch.kick", lambda: sent.append(1))
    return sent


@pytest.fixture
def live_receiver() -> Iterator[list[dict[str, Any]]]:
    """A server that takes any POST; its address first, then what it got."""
    got: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            size = int(self.headers["Content-Length"])
            got.append({"path": self.path, "body": json.loads(self.rfile.read(size))})
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    got.append({"url": f"http://127.0.0.1:{server.server_port}/hook"})
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield got
    server.shutdown()
    server.server_close()
