"""Deliveries: the whole object in the merchant's envelope, signed or with a token as the hook says; four tries.

Events of the app go to the app's own address, with the app's secret. Retries follow the shop's clock.
"""

import hashlib
import hmac
import http.client
import json
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from sandbox.faults import WEBHOOK_KINDS, FaultEngine
from sandbox.salla.answers import Json, hook_time
from sandbox.salla.state import Store

RETRY_AFTER = (300, 300, 300)
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@dataclass(slots=True)
class Waiting:
    hook: Json
    body: bytes
    due: int
    event: str
    ready: float = 0.0
    tries: int = 0
    late: bool = field(default=False)


class DeliveryQueue:
    """delay: seconds until a delivery leaves by itself; None = only by `flush()`."""

    def __init__(self, store: Store, faults: FaultEngine, *, delay: float | None, timeout: float) -> None:
        self.store = store
        self.faults = faults
        self.delay = delay
        self.timeout = timeout
        self.sent: deque[Json] = deque(maxlen=5000)
        self.app_hook: Json | None = None
        self._waiting: list[Waiting] = []
        self._guard = threading.Lock()
        self._running = threading.Lock()
        self._wake = threading.Event()
        self._closing = False
        self._thread: threading.Thread | None = None

    # -- filling ------------------------------------------------------------
    def emit(self, event: str, data: Json) -> None:
        hooks = [hook for hook in self.store.hooks.values() if hook["event"] == event]
        if event.startswith("app.") and self.app_hook is not None:
            hooks = [self.app_hook]
        if not hooks:
            return
        now = self.store.clock.now()
        body = envelope(event, self.store.options.merchant, hook_time(now), data)
        with self._guard:
            for hook in hooks:
                ready = time.monotonic() + (self.delay or 0)
                self._waiting.append(Waiting(hook, body, now, event, ready))
        self._wake.set()

    @property
    def waiting(self) -> int:
        with self._guard:
            return len(self._waiting)

    # -- running ------------------------------------------------------------
    def start(self) -> None:
        self._thread = threading.Thread(target=self._loop, name="sandbox-salla-hooks", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._closing = True
        self._wake.set()
        if self._thread:
            self._thread.join(timeout=5)

    def _loop(self) -> None:
        while not self._closing:
            self._wake.wait(0.25 if self.waiting and self.delay is not None else None)
            self._wake.clear()
            if self._closing:
                return
            if self.delay is not None:
                self._run(by_time=True)

    def flush(self) -> list[Json]:
        """Send what is due by the shop's clock; returns what was sent."""
        return self._run(by_time=False)

    def clear(self) -> None:
        with self._guard:
            self._waiting.clear()
        self.sent.clear()

    def _run(self, *, by_time: bool) -> list[Json]:
        with self._running:
            now, tick = self.store.clock.now(), time.monotonic()
            with self._guard:
                batch = [w for w in self._waiting if w.due <= now and (not by_time or w.ready <= tick)]
                self._waiting = [w for w in self._waiting if w not in batch]
            if len(batch) > 1 and self.faults.fire("WEBHOOK", batch[0].event, {"webhook_reorder"}):
                self.faults.random.shuffle(batch)
            return [row for waiting in batch for row in self._deliver(waiting)]

    def _deliver(self, waiting: Waiting) -> list[Json]:
        kinds = WEBHOOK_KINDS - {"webhook_reorder"}
        fired = {fault.kind: fault for fault in self.faults.fire("WEBHOOK", waiting.event, kinds)}
        if "webhook_disable" in fired:
            self.store.hooks.pop(waiting.hook.get("id", 0), None)
        if "webhook_drop" in fired or "webhook_disable" in fired:
            return [self._record(waiting, 0, "dropped by fault")]
        if "webhook_late" in fired and not waiting.late:
            waiting.late = True
            waiting.ready = time.monotonic() + fired["webhook_late"].params.get("ms", 1000) / 1000
            with self._guard:
                self._waiting.append(waiting)
            return []
        again = fired.get("webhook_duplicate")
        times = 1 + (int(again.params.get("times", 1)) if again else 0)
        return [self._send(waiting, wrong="webhook_wrong_signature" in fired) for _ in range(times)]

    def _send(self, waiting: Waiting, *, wrong: bool) -> Json:
        headers = {"Content-Type": "application/json", "User-Agent": "Salla"}
        headers |= {row["key"]: str(row["value"]) for row in waiting.hook.get("headers") or []}
        security = waiting.hook["security"]
        secret = str(security.get("secret") or "")
        headers |= proof(security["strategy"], f"not-{secret}" if wrong else secret, waiting.body)
        status, problem = self._post(waiting.hook["url"], waiting.body, headers)
        if status not in (200, 201) and waiting.tries < len(RETRY_AFTER):
            waiting.due = self.store.clock.now() + RETRY_AFTER[waiting.tries]
            waiting.tries += 1
            with self._guard:
                self._waiting.append(waiting)
        return self._record(waiting, status, problem)

    def _record(self, waiting: Waiting, status: int, problem: str) -> Json:
        data = json.loads(waiting.body)["data"]
        row: Json = {
            "webhook_id": waiting.hook.get("id", 0),
            "topic": waiting.event,
            "delivery_id": hashlib.sha256(waiting.body).hexdigest(),
            "resource_id": data.get("id"),
            "url": waiting.hook["url"],
            "status": status,
            "problem": problem,
            "tries": waiting.tries,
            "webhook_status": "active",
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
            path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
            connection.request("POST", path, body, headers)
            reply = connection.getresponse()
            reply.read()
            return reply.status, ""
        except (OSError, http.client.HTTPException) as err:
            return 0, f"{type(err).__name__}: {err}"
        finally:
            connection.close()


def envelope(event: str, merchant: int, created_at: str, data: Any) -> bytes:
    body = {"event": event, "merchant": merchant, "created_at": created_at, "data": data}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), default=_number).encode()


def proof(strategy: str, secret: str, body: bytes) -> dict[str, str]:
    """The headers that prove a delivery: HMAC over the raw body in hex, or the secret itself without 'Bearer'."""
    if strategy == "signature":
        signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        return {"X-Salla-Security-Strategy": "Signature", "X-Salla-Signature": signature}
    return {"Authorization": secret} if strategy == "token" else {}


def _number(value: object) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(f"{type(value).__name__} has no JSON")
