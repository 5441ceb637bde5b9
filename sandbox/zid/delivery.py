"""Deliveries: the object itself, without a signature; a hook that fails too often is broken and its events are gone.

Ten failures within an hour make a hook `degraded`, thirty `broken`: sending stops until it is registered anew. One
success sets the count back. How the real one repeats is not known; here nothing is sent twice by itself.
"""

import base64
import http.client
import json
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from sandbox.faults import WEBHOOK_KINDS, FaultEngine
from sandbox.zid.answers import Json
from sandbox.zid.hooks import listens
from sandbox.zid.state import Store

WINDOW, DEGRADED, BROKEN = 3600, 10, 30
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@dataclass(slots=True)
class Waiting:
    hook_id: str
    event: str
    body: bytes
    ready: float = 0.0
    late: bool = field(default=False)


class DeliveryQueue:
    """delay: seconds until a delivery leaves by itself; None = only by `flush()`."""

    def __init__(self, store: Store, faults: FaultEngine, *, delay: float | None, timeout: float) -> None:
        self.store = store
        self.faults = faults
        self.delay = delay
        self.timeout = timeout
        self.sent: deque[Json] = deque(maxlen=5000)
        self._waiting: list[Waiting] = []
        self._guard = threading.Lock()
        self._running = threading.Lock()
        self._wake = threading.Event()
        self._closing = False
        self._thread: threading.Thread | None = None

    # -- filling ------------------------------------------------------------
    def emit(self, event: str, body: Json) -> None:
        store = self.store
        if not store.hooks:
            return
        wrap = store.options.envelope
        raw = json.dumps(
            {wrap: body} if wrap else body, ensure_ascii=False, separators=(",", ":"), default=float
        )
        with self._guard:
            for hook in store.hooks.values():
                if hook["active"] and hook["health_status"] != "broken" and listens(hook, event, body):
                    ready = time.monotonic() + (self.delay or 0)
                    self._waiting.append(Waiting(hook["id"], event, raw.encode(), ready))
        self._wake.set()

    @property
    def waiting(self) -> int:
        with self._guard:
            return len(self._waiting)

    # -- running ------------------------------------------------------------
    def start(self) -> None:
        self._thread = threading.Thread(target=self._loop, name="sandbox-zid-hooks", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._closing = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout=5)

    def _loop(self) -> None:
        while not self._closing:
            self._wake.wait(0.05 if self.waiting and self.delay is not None else None)
            self._wake.clear()
            if self._closing:
                return
            if self.delay is not None:
                self._run(by_time=True)

    def flush(self) -> list[Json]:
        """Send what waits; returns what was sent."""
        return self._run(by_time=False)

    def clear(self) -> None:
        with self._guard:
            self._waiting.clear()
        self.sent.clear()

    def _run(self, *, by_time: bool) -> list[Json]:
        with self._running:
            tick = time.monotonic()
            with self._guard:
                batch = [w for w in self._waiting if not by_time or w.ready <= tick]
                self._waiting = [w for w in self._waiting if w not in batch]
            if len(batch) > 1 and self.faults.fire("WEBHOOK", batch[0].event, {"webhook_reorder"}):
                self.faults.random.shuffle(batch)
            return [row for waiting in batch for row in self._deliver(waiting)]

    def _deliver(self, waiting: Waiting) -> list[Json]:
        hook = self.store.hooks.get(waiting.hook_id)
        if hook is None or not hook["active"] or hook["health_status"] == "broken":
            return []
        kinds = WEBHOOK_KINDS - {"webhook_reorder"}
        fired = {fault.kind: fault for fault in self.faults.fire("WEBHOOK", waiting.event, kinds)}
        if "webhook_disable" in fired:
            hook["active"] = False
        if "webhook_drop" in fired or "webhook_disable" in fired:
            return [self._record(hook, waiting, 0, "dropped by fault")]
        if "webhook_late" in fired and not waiting.late:
            waiting.late = True
            waiting.ready = time.monotonic() + fired["webhook_late"].params.get("ms", 1000) / 1000
            with self._guard:
                self._waiting.append(waiting)
            return []
        again = fired.get("webhook_duplicate")
        times = 1 + (int(again.params.get("times", 1)) if again else 0)
        wrong = "webhook_wrong_signature" in fired
        return [self._send(hook, waiting, wrong=wrong) for _ in range(times)]

    def _send(self, hook: Json, waiting: Waiting, *, wrong: bool) -> Json:
        headers = {"Content-Type": "application/json", "User-Agent": "Zid-Webhooks"}
        if hook["_basic"] is not None and self.store.options.send_basic:
            user, password = hook["_basic"]
            pair = f"{user}:{'wrong' if wrong else password}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        status, problem = self._post(hook["target_url"], waiting.body, headers)
        self.judge(hook, status)
        return self._record(hook, waiting, status, problem)

    def judge(self, hook: Json, status: int) -> None:
        """The circuit breaker: failures of the last hour; 429 does not count, one success sets it back."""
        if status == 429:
            return
        now = self.store.clock.now()
        if 200 <= status < 300:
            hook["_failures"] = []
        else:
            hook["_failures"] = [stamp for stamp in hook["_failures"] if stamp > now - WINDOW] + [now]
        count = len(hook["_failures"])
        hook["health_status"] = (
            "broken" if count >= BROKEN else "degraded" if count >= DEGRADED else "healthy"
        )
        if count >= BROKEN:
            hook["_broken_at"] = now
            with self._guard:
                self._waiting = [w for w in self._waiting if w.hook_id != hook["id"]]

    def _record(self, hook: Json, waiting: Waiting, status: int, problem: str) -> Json:
        row: Json = {
            "webhook_id": hook["id"],
            "topic": waiting.event,
            "url": hook["target_url"],
            "status": status,
            "problem": problem,
            "webhook_status": hook["health_status"] if hook["active"] else "inactive",
        }
        self.sent.append(row)
        return row

    def _post(self, url: str, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
        parts = urlsplit(url)
        host = parts.hostname or ""
        if host not in _LOOPBACK and host not in self.store.options.webhook_hosts:
            return 0, "refused: the sandbox posts to loopback and to the hosts of `webhook_hosts` only"
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(host, parts.port, timeout=self.timeout)
        try:
            connection.request(
                "POST", f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}", body, headers
            )
            reply = connection.getresponse()
            reply.read()
            return reply.status, ""
        except (OSError, http.client.HTTPException) as err:
            return 0, f"{type(err).__name__}: {err}"
        finally:
            connection.close()
