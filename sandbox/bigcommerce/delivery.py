"""Deliveries: ids only, signed by the Standard Webhooks scheme and with the hook's own headers, repeated for two days.

Retries follow the shop's clock, so `advance` and `flush` play them. A domain that fails too much is left alone for
three minutes; a hook that failed to the end, or that was silent for 90 days, is switched off.
"""

import base64
import hashlib
import hmac
import http.client
import json
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from sandbox.bigcommerce.answers import Json
from sandbox.bigcommerce.hooks import listens
from sandbox.bigcommerce.state import Store
from sandbox.faults import WEBHOOK_KINDS, FaultEngine

RETRY_AFTER = (60, 180, 300, 600, 900, 1800, 3600, 7200, 21_600, 50_400, 86_400)
WINDOW, LEAST, BLOCK = 120, 100, 180
IDLE = 90 * 86_400
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@dataclass(slots=True)
class Waiting:
    hook_id: int
    message_id: str
    body: bytes
    due: int
    scope: str
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
        self._waiting: list[Waiting] = []
        self._guard = threading.Lock()
        self._running = threading.Lock()
        self._wake = threading.Event()
        self._closing = False
        self._thread: threading.Thread | None = None
        self._recent: dict[str, deque[tuple[int, bool]]] = {}
        self._blocked: dict[str, int] = {}

    # -- filling ------------------------------------------------------------
    def emit(self, scope: str, kind: str, number: int, more: Json) -> None:
        store = self.store
        if not store.hooks:
            return
        now = store.clock.now()
        data = {"type": kind, "id": number, **more}
        digest = hashlib.sha1(json.dumps(data, separators=(",", ":")).encode()).hexdigest()
        body: Json = {
            "scope": scope,
            "store_id": "1001548912",
            "data": data,
            "hash": digest,
            "created_at": now,
            "producer": f"stores/{store.options.store_hash}",
        }
        raw = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        with self._guard:
            for hook in store.hooks.values():
                if hook["is_active"] and listens(hook, scope):
                    hook["_last_event"] = now
                    identity = f"msg_{store.token(16)}"
                    ready = time.monotonic() + (self.delay or 0)
                    self._waiting.append(Waiting(hook["id"], identity, raw, now, scope, ready))
        self._wake.set()

    @property
    def waiting(self) -> int:
        with self._guard:
            return len(self._waiting)

    # -- running ------------------------------------------------------------
    def start(self) -> None:
        self._thread = threading.Thread(target=self._loop, name="sandbox-bigcommerce-hooks", daemon=True)
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
            if len(batch) > 1 and self.faults.fire("WEBHOOK", batch[0].scope, {"webhook_reorder"}):
                self.faults.random.shuffle(batch)
            return [row for waiting in batch for row in self._deliver(waiting)]

    def _deliver(self, waiting: Waiting) -> list[Json]:
        hook = self.store.hooks.get(waiting.hook_id)
        if hook is None or not hook["is_active"]:
            return []
        kinds = WEBHOOK_KINDS - {"webhook_reorder"}
        fired = {fault.kind: fault for fault in self.faults.fire("WEBHOOK", waiting.scope, kinds)}
        if "webhook_disable" in fired:
            hook["is_active"] = False
        if "webhook_drop" in fired or "webhook_disable" in fired:
            return [self._record(hook, waiting, 0, "dropped by fault")]
        if "webhook_late" in fired and not waiting.late:
            waiting.late = True
            waiting.ready = time.monotonic() + fired["webhook_late"].params.get("ms", 1000) / 1000
            with self._guard:
                self._waiting.append(waiting)
            return []
        host = urlsplit(hook["destination"]).hostname or ""
        if self._blocked.get(host, 0) > self.store.clock.now():
            self._again(hook, waiting)
            return [self._record(hook, waiting, 0, "the domain is blocked for three minutes")]
        again = fired.get("webhook_duplicate")
        times = 1 + (int(again.params.get("times", 1)) if again else 0)
        wrong = "webhook_wrong_signature" in fired
        return [self._send(hook, waiting, host, wrong=wrong) for _ in range(times)]

    def _send(self, hook: Json, waiting: Waiting, host: str, *, wrong: bool) -> Json:
        headers = {"Content-Type": "application/json", "User-Agent": "okhttp/4.12.0"}
        headers |= {str(k): ("wrong" if wrong else str(v)) for k, v in hook["headers"].items()}
        if self.store.options.sign_webhooks:
            secret = self._secret(hook["client_id"])
            stamp = str(self.store.clock.now())
            headers["webhook-id"] = waiting.message_id
            headers["webhook-timestamp"] = stamp
            headers["webhook-signature"] = sign(
                f"not-{secret}" if wrong else secret, waiting.message_id, stamp, waiting.body
            )
        status, problem = self._post(hook["destination"], waiting.body, headers)
        ok = 200 <= status < 300
        self._judge(host, ok=ok)
        if not ok:
            self._again(hook, waiting)
        return self._record(hook, waiting, status, problem)

    def _secret(self, client_id: str) -> str:
        accounts = self.store.accounts.values()
        return next((a.client_secret for a in accounts if a.client_id == client_id), "")

    def _judge(self, host: str, *, ok: bool) -> None:
        now = self.store.clock.now()
        recent = self._recent.setdefault(host, deque())
        recent.append((now, ok))
        while recent and recent[0][0] <= now - WINDOW:
            recent.popleft()
        good = sum(1 for _, fine in recent if fine)
        if len(recent) >= LEAST and good < 0.9 * len(recent):
            self._blocked[host] = now + BLOCK
            recent.clear()

    def _again(self, hook: Json, waiting: Waiting) -> None:
        if waiting.tries >= len(RETRY_AFTER):
            hook["is_active"] = False
            return
        waiting.due = self.store.clock.now() + RETRY_AFTER[waiting.tries]
        waiting.tries += 1
        with self._guard:
            self._waiting.append(waiting)

    def _record(self, hook: Json, waiting: Waiting, status: int, problem: str) -> Json:
        row: Json = {
            "webhook_id": hook["id"],
            "topic": waiting.scope,
            "delivery_id": waiting.message_id,
            "resource_id": json.loads(waiting.body)["data"]["id"],
            "url": hook["destination"],
            "status": status,
            "problem": problem,
            "tries": waiting.tries,
            "webhook_status": "active" if hook["is_active"] else "inactive",
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


def sign(secret: str, message_id: str, stamp: str, body: bytes) -> str:
    """Standard Webhooks: HMAC-SHA256 over id, timestamp and raw body, with the bytes of the client secret."""
    signed = f"{message_id}.{stamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha256).digest()).decode()


def switch_idle_off(store: Store) -> None:
    now = store.clock.now()
    for hook in store.hooks.values():
        if now - hook["_last_event"] > IDLE:
            hook["is_active"] = False
