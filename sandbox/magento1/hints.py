"""Hints of a shop-side module of our own: Magento 1 itself pushes nothing. No hint is sent twice by itself.

Headers: topic, delivery id, Unix time, and hex(HMAC-SHA256(secret, timestamp + "." + raw body)).
"""

import hashlib
import hmac
import http.client
import json
import threading
import uuid
from collections import deque
from urllib.parse import urlsplit

from sandbox.clock import ShopClock
from sandbox.faults import WEBHOOK_KINDS, FaultEngine
from sandbox.magento1.rows import Json, Order


def signature(secret: str, timestamp: str, body: bytes) -> str:
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


class HintQueue:
    """target, secret: where the module is told to send; empty means it is not installed. delay None: by hand only."""

    def __init__(self, clock: ShopClock, faults: FaultEngine, *, delay: float | None) -> None:
        self.clock = clock
        self.faults = faults
        self.delay = delay
        self.target = ""
        self.secret = ""
        self.sent: list[Json] = []
        self._waiting: deque[Json] = deque()
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._stopping = False
        self._thread: threading.Thread | None = None

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    def emit(self, topic: str, order: Order) -> None:
        if not self.target:
            return
        with self._lock:
            self._waiting.append(
                {
                    "topic": topic,
                    "increment_id": order.increment_id,
                    "updated_at": order.columns["updated_at"],
                }
            )
        self._wake.set()

    def delivery(self, topic: str, increment_id: str, updated_at: str) -> tuple[dict[str, str], bytes]:
        """Headers and body of one hint."""
        body = json.dumps(
            {"increment_id": increment_id, "updated_at": updated_at}, separators=(",", ":")
        ).encode()
        stamp = str(self.clock.now())
        return {
            "Content-Type": "application/json",
            "X-Ecomsync-Topic": topic,
            "X-Ecomsync-Delivery": str(uuid.uuid4()),
            "X-Ecomsync-Timestamp": stamp,
            "X-Ecomsync-Signature": signature(self.secret, stamp, body),
        }, body

    def flush(self) -> list[Json]:
        """Sends what waits, now; returns what was sent with its status."""
        with self._lock:
            rows, self._waiting = list(self._waiting), deque()
        done: list[Json] = []
        for row in rows:
            faults = {one.kind: one for one in self.faults.fire("POST", row["topic"], WEBHOOK_KINDS)}
            if "webhook_drop" in faults:
                continue
            headers, body = self.delivery(row["topic"], row["increment_id"], row["updated_at"])
            if "webhook_wrong_signature" in faults:
                headers["X-Ecomsync-Signature"] = "0" * 64
            again = faults.get("webhook_duplicate")
            times = 1 + int(again.params.get("times", 1)) if again is not None else 1
            name = headers["X-Ecomsync-Delivery"]
            done += [{**row, "delivery": name, "status": self._post(headers, body)} for _ in range(times)]
        self.sent += done
        return done

    def _post(self, headers: dict[str, str], body: bytes) -> int:
        parts = urlsplit(self.target)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.hostname or "", parts.port, timeout=5)
        try:
            connection.request("POST", parts.path or "/", body, headers)
            return connection.getresponse().status
        except OSError:
            return 0
        finally:
            connection.close()

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()
        self.sent.clear()

    def start(self) -> None:
        if self.delay is not None:
            self._thread = threading.Thread(target=self._run, daemon=True, name="hints")
            self._thread.start()

    def stop(self) -> None:
        self._stopping = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout=5)

    def _run(self) -> None:
        while not self._stopping:
            self._wake.wait(1.0)
            self._wake.clear()
            if self._waiting and not self._stopping:
                threading.Event().wait(self.delay)
                self.flush()
