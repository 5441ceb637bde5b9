"""What Norce sends: events (ids only, a static header, no signature) and orders to the receiver of the ERP.

Nothing is collected while an event is OFF. Retries follow the shop's clock, so `advance` and `flush` play them.
"""

import base64
import hashlib
import http.client
import json
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from sandbox.faults import WEBHOOK_KINDS, FaultEngine
from sandbox.norce.answers import Json, dump
from sandbox.norce.state import Store

#: Seconds after which a failed delivery is tried again; sixteen tries, then it is dropped.
RETRY_AFTER = (5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 14_400, 18_000, 21_600)
EVENT_TIMEOUT = 5.0
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@dataclass(slots=True)
class Subscription:
    """One event type as Admin has it."""

    event: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)
    active: bool = True


@dataclass(slots=True)
class Receiver:
    """The ERP's order receiver."""

    url: str
    user: str
    password: str
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Waiting:
    event: str
    url: str
    headers: dict[str, str]
    body: bytes
    due: int
    ready: float = 0.0
    tries: int = 0
    late: bool = False
    order: str = ""


class DeliveryQueue:
    """delay: seconds until a delivery leaves by itself; None = only by `flush()`."""

    def __init__(self, store: Store, faults: FaultEngine, *, delay: float | None, timeout: float) -> None:
        self.store = store
        self.faults = faults
        self.delay = delay
        self.timeout = min(timeout, EVENT_TIMEOUT)
        self.subscriptions: dict[str, Subscription] = {}
        self.receiver: Receiver | None = None
        self.sent: deque[Json] = deque(maxlen=5000)
        self._waiting: list[Waiting] = []
        self._guard = threading.Lock()
        self._running = threading.Lock()
        self._wake = threading.Event()
        self._closing = False
        self._thread: threading.Thread | None = None

    # -- filling ------------------------------------------------------------
    def emit(self, event: str, ids: Json) -> None:
        wanted = self.subscriptions.get(event)
        if wanted is None or not wanted.active:
            return
        options = self.store.options
        body = {"ClientId": options.client, "ApplicationId": options.application, **ids}
        headers = {"x-norce-event-type": event, **wanted.headers}
        self._add(Waiting(event, wanted.url, headers, dump(body), self.store.clock.now()))

    def hand_over(self, order: Json) -> None:
        """An order for the receiver, which Norce waits for."""
        if self.receiver is None:
            return
        pair = f"{self.receiver.user}:{self.receiver.password}".encode()
        basic = f"Basic {base64.b64encode(pair).decode()}"
        body = dump({name: value for name, value in order.items() if not name.startswith("_")})
        headers = {"Authorization": basic, **self.receiver.headers}
        reference = order["ClientOrderRef"]
        self._add(
            Waiting("CreateOrder", self.receiver.url, headers, body, self.store.clock.now(), order=reference)
        )

    def _add(self, waiting: Waiting) -> None:
        waiting.ready = time.monotonic() + (self.delay or 0)
        with self._guard:
            self._waiting.append(waiting)
        self._wake.set()

    @property
    def waiting(self) -> int:
        with self._guard:
            return len(self._waiting)

    # -- running ------------------------------------------------------------
    def start(self) -> None:
        self._thread = threading.Thread(target=self._loop, name="sandbox-norce-events", daemon=True)
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
        wanted = self.subscriptions.get(waiting.event)
        if "webhook_disable" in fired and wanted is not None:
            wanted.active = False
        if "webhook_drop" in fired or "webhook_disable" in fired:
            return [self._record(waiting, 0, "dropped by fault", None)]
        if "webhook_late" in fired and not waiting.late:
            waiting.late = True
            waiting.ready = time.monotonic() + fired["webhook_late"].params.get("ms", 1000) / 1000
            with self._guard:
                self._waiting.append(waiting)
            return []
        again = fired.get("webhook_duplicate")
        times = 1 + (int(again.params.get("times", 1)) if again else 0)
        wrong = "webhook_wrong_signature" in fired
        return [self._send(waiting, wrong=wrong) for _ in range(times)]

    def _send(self, waiting: Waiting, *, wrong: bool) -> Json:
        headers = {"Content-Type": "application/json"}
        own = {"x-norce-event-type"}
        headers |= {k: "wrong" if wrong and k not in own else v for k, v in waiting.headers.items()}
        status, problem, told = self._post(waiting.url, waiting.body, headers)
        good = status in range(200, 210)
        if waiting.order and good:
            good = self._taken(waiting.order, told)
        if not good and waiting.tries < len(RETRY_AFTER):
            waiting.due = self.store.clock.now() + RETRY_AFTER[waiting.tries]
            waiting.tries += 1
            with self._guard:
                self._waiting.append(waiting)
        return self._record(waiting, status, problem, told)

    def _taken(self, reference: str, told: bytes) -> bool:
        """Whether the receiver answered OK; with a number of the ERP it is kept."""
        try:
            answer = json.loads(told)
        except ValueError:
            return False
        if not isinstance(answer, dict) or answer.get("StatusCode") != "OK":
            return False
        if answer.get("HasErpOrderNo"):
            with self.store.lock:
                self.store.orders[reference]["ErpOrderNo"] = answer.get("ErpOrderNo")
        return True

    def _record(self, waiting: Waiting, status: int, problem: str, told: bytes | None) -> Json:
        row: Json = {
            "topic": waiting.event,
            "url": waiting.url,
            "body": waiting.body.decode(),
            "sha256": hashlib.sha256(waiting.body).hexdigest(),
            "status": status,
            "answer": (told or b"").decode(errors="replace"),
            "problem": problem,
            "tries": waiting.tries,
        }
        self.sent.append(row)
        return row

    def _post(self, url: str, body: bytes, headers: dict[str, str]) -> tuple[int, str, bytes]:
        parts = urlsplit(url)
        host = parts.hostname or ""
        if host not in _LOOPBACK and host not in self.store.options.webhook_hosts:
            return 0, "refused: the sandbox posts to loopback and to the hosts of `webhook_hosts` only", b""
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(host, parts.port, timeout=self.timeout)
        try:
            connection.request(
                "POST", f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}", body, headers
            )
            reply = connection.getresponse()
            return reply.status, "", reply.read()
        except (OSError, http.client.HTTPException) as err:
            return 0, f"{type(err).__name__}: {err}", b""
        finally:
            connection.close()
