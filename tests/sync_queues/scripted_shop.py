"""A shop over real HTTP that a test scripts: it keeps figures, may be down, slow, or share its quota with others."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

from ecomsync.common.errors import RateLimited, ShopUnavailable
from ecomsync.common.http import HttpClient
from platforms.base import Capabilities
from platforms.types import Quota
from sites.budget import SiteBudget
from sites.models import Site
from sync_queues.inputs import RowOutcome, RowResult
from sync_queues.models import Request
from tests.sync_queues.fake_shop import FakeAdapter

#: Points that a call is taken for beforehand, and those that it costs in the end.
ASKED, COSTS = 3.0, 1.0


class ScriptedShop(ThreadingHTTPServer):
    """`figures` is what customers would see. status: of all answers. before: called with each batch ahead of its effect.

    quota: (size, refill per second) of a bucket that is told in the headers; `foreign` points go to another program
    with each call.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.lock = threading.Lock()
        self.figures: dict[str, int] = {}
        self.calls: list[str] = []
        self.refused = 0
        self.status = 200
        self.before: Callable[[dict[str, int]], None] | None = None
        self.quota: tuple[float, float] | None = None
        self.foreign = 0.0
        self._left, self._at = 0.0, time.monotonic()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> ScriptedShop:
        self._thread.start()
        return self

    def __exit__(self, *args: object) -> None:
        self.shutdown()
        self.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def limit(self, size: float, per_second: float, *, foreign: float = 0.0) -> None:
        self.quota, self.foreign, self._left, self._at = (size, per_second), foreign, size, time.monotonic()

    def take(self) -> tuple[bool, dict[str, str]]:
        """(whether the call may pass, headers about the bucket); the other program takes its part first."""
        if self.quota is None:
            return True, {}
        size, per_second = self.quota
        with self.lock:
            now = time.monotonic()
            self._left, self._at = min(size, self._left + (now - self._at) * per_second), now
            self._left = max(0.0, self._left - self.foreign)
            passes = self._left >= COSTS
            self._left -= COSTS if passes else 0.0
            return passes, {
                "X-Left": str(self._left),
                "X-Limit": str(size),
                "X-Per-Second": str(per_second),
                "X-Cost": str(COSTS),
            }


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ScriptedShop

    def do_POST(self) -> None:
        batch = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        shop = self.server
        with shop.lock:
            shop.calls.append(self.headers.get("X-Lane", ""))
        if shop.before is not None:
            shop.before(batch)
        passes, told = shop.take()
        status = shop.status if passes else 429
        if status == 200:
            with shop.lock:
                shop.figures.update(batch)
        shop.refused += status == 429
        self.send_response(status)
        for name, value in told.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        return


class ScriptedAdapter(FakeAdapter):
    """Asks the budget before each call and teaches it after, as real adapters do."""

    name = "scripted"
    capabilities = Capabilities(push_quantities=True, push_prices=True, push_products=True)

    def push(self, batch: dict[str, int]) -> None:
        budget = self.budget
        assert isinstance(budget, SiteBudget)
        headers = {"X-Lane": budget.lane}
        with closing(HttpClient(timeout=60, allow_private=True)) as http, budget.acquire(cost=ASKED):
            answer = http.request("POST", self.connection.url, json_body=batch, headers=headers)
        told = {name: float(value) for name, value in answer.headers.items() if name.startswith("x-")}
        quota = Quota(
            left=told["x-left"], limit=told["x-limit"], per_second=told["x-per-second"],
            asked=ASKED, cost=told["x-cost"],
        ) if told else None  # fmt: skip
        budget.learn(status=answer.status, headers=answer.headers, retry_after=None, quota=quota)
        if answer.status == 429:
            raise RateLimited("Too many calls.", status=429)
        if answer.status != 200:
            raise ShopUnavailable(f"Status {answer.status}.", status=answer.status)


class PresentValueHandler:
    """Sends what is true at that moment: the figure in `present`."""

    present: ClassVar[dict[str, int]] = {}

    def __init__(self, site: Site, adapter: ScriptedAdapter) -> None:
        self.adapter = adapter

    def handle(self, requests: Sequence[Request]) -> list[RowResult]:
        self.adapter.push({row.key: self.present.get(row.key, 0) for row in requests})
        return [RowResult(row.pk, RowOutcome.DONE) for row in requests]
