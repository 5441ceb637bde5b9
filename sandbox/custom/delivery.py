"""Deliveries of events, proved in the way that the shop is set to."""

import base64
import hashlib
import hmac
import http.client
import json
import threading
import time
from collections import deque
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sandbox.custom.state import Json
from sandbox.faults import WEBHOOK_KINDS

if TYPE_CHECKING:
    from sandbox.custom.app import CustomApp

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def proof(style: str, secret: str, body: bytes, now: int) -> dict[str, str]:
    """The headers that prove a delivery."""
    if style == "token":
        return {"X-Shop-Token": secret}
    if style == "basic":
        return {"Authorization": f"Basic {base64.b64encode(f'shop:{secret}'.encode()).decode()}"}
    if style == "timestamped":
        signed = f"{now}.".encode() + body
        return {"X-Shop-Timestamp": str(now), "X-Shop-Signature": f"v1={_hex(secret, signed)}"}
    if style == "base64":
        return {
            "X-Shop-Signature": base64.b64encode(
                hmac.new(secret.encode(), body, hashlib.sha256).digest()
            ).decode()
        }
    return {"X-Shop-Signature": f"sha256={_hex(secret, body)}"}


def _hex(secret: str, text: bytes) -> str:
    return hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()


class DeliveryQueue:
    """delay: seconds until a delivery leaves by itself; None = only by `flush()`."""

    def __init__(self, app: "CustomApp", *, delay: float | None, timeout: float) -> None:
        self._app = app
        self.delay = delay
        self.timeout = timeout
        self.sent: deque[Json] = deque(maxlen=5000)
        self._waiting: list[tuple[float, int, str, bytes]] = []
        self._guard = threading.Lock()
        self._wake = threading.Event()
        self._closing = False
        self._thread: threading.Thread | None = None

    def emit(self, topic: str, number: int) -> None:
        store = self._app.store
        body = json.dumps(
            {"id": number, "event": topic, "at": f"{store.clock.gmt(store.clock.now())}Z"}
        ).encode()
        with self._guard:
            for hook in store.hooks.values():
                if hook["active"] and hook["topic"] == topic:
                    self._waiting.append((time.monotonic() + (self.delay or 0), hook["id"], topic, body))
        self._wake.set()

    @property
    def waiting(self) -> int:
        with self._guard:
            return len(self._waiting)

    def start(self) -> None:
        self._thread = threading.Thread(target=self._loop, name="sandbox-custom-hooks", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._closing = True
        self._wake.set()
        if self._thread:
            self._thread.join(timeout=5)

    def _loop(self) -> None:
        while not self._closing:
            self._wake.wait(0.1 if self.waiting and self.delay is not None else None)
            self._wake.clear()
            if self.delay is not None and not self._closing:
                self._run(by_time=True)

    def flush(self) -> list[Json]:
        """Send all that waits; returns what was sent."""
        return self._run(by_time=False)

    def _run(self, *, by_time: bool) -> list[Json]:
        tick = time.monotonic()
        with self._guard:
            batch = [one for one in self._waiting if not by_time or one[0] <= tick]
            self._waiting = [one for one in self._waiting if one not in batch]
        return [row for one in batch for row in self._deliver(*one[1:])]

    def _deliver(self, hook_id: int, topic: str, body: bytes) -> list[Json]:
        hook = self._app.store.hooks.get(hook_id)
        if hook is None or not hook["active"]:
            return []
        fired = {fault.kind: fault for fault in self._app.faults.fire("WEBHOOK", topic, WEBHOOK_KINDS)}
        if "webhook_disable" in fired:
            hook["active"] = False
        if "webhook_drop" in fired or "webhook_disable" in fired:
            return [self._record(hook, topic, body, 0, "dropped by fault")]
        again = fired.get("webhook_duplicate")
        times = 1 + (int(again.params.get("times", 1)) if again else 0)
        secret = f"not-{hook['secret']}" if "webhook_wrong_signature" in fired else hook["secret"]
        return [self._send(hook, topic, body, secret) for _ in range(times)]

    def _send(self, hook: Json, topic: str, body: bytes, secret: str) -> Json:
        options = self._app.options
        headers = {
            "Content-Type": "application/json",
            "X-Shop-Topic": topic,
            **proof(options.signature, secret, body, self._app.clock.now()),
        }
        parts = urlsplit(hook["url"])
        host = parts.hostname or ""
        if host not in _LOOPBACK and host not in options.webhook_hosts:
            text = "refused: the sandbox posts to loopback and to the hosts of `webhook_hosts` only"
            return self._record(hook, topic, body, 0, text)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(host, parts.port, timeout=self.timeout)
        try:
            connection.request("POST", parts.path or "/", body, headers)
            reply = connection.getresponse()
            reply.read()
            return self._record(hook, topic, body, reply.status, "")
        except (OSError, http.client.HTTPException) as error:
            return self._record(hook, topic, body, 0, f"{type(error).__name__}: {error}")
        finally:
            connection.close()

    def _record(self, hook: Json, topic: str, body: bytes, status: int, problem: str) -> Json:
        row: Json = {
            "webhook_id": hook["id"],
            "topic": topic,
            "resource_id": json.loads(body)["id"],
            "url": hook["url"],
            "status": status,
            "problem": problem,
        }
        self.sent.append(row)
        return row
