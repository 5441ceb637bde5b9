"""Webhook deliveries: the queue behind the shop, run by a background thread or by hand.

Kept from the real thing: the body is the state when it is sent, the same webhook and object wait only once,
delivery ids repeat within a second, an object gone by then is delivered as a signed error body, nothing is
sent twice, and the seventh failure in a row disables the webhook without a word.
"""

import base64
import hashlib
import hmac
import http.client
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sandbox.faults import WEBHOOK_KINDS, Fault, FaultEngine
from sandbox.php import dumps
from sandbox.woocommerce.errors import RestError
from sandbox.woocommerce.rows import Json, Webhook
from sandbox.woocommerce.state import Store

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class _Connection10(http.client.HTTPConnection):
    _http_vsn = 10
    _http_vsn_str = "HTTP/1.0"


class _SecureConnection10(http.client.HTTPSConnection):
    _http_vsn = 10
    _http_vsn_str = "HTTP/1.0"


@dataclass(slots=True)
class Waiting:
    webhook_id: int
    topic: str
    resource_id: int
    not_before: float


class DeliveryQueue:
    """render: (topic resource, id) -> body as GET by id answers, or RestError; delay None: only `flush()`."""

    def __init__(
        self,
        store: Store,
        faults: FaultEngine,
        render: Callable[[str, int], Any],
        *,
        delay: float | None,
        timeout: float,
    ) -> None:
        self.store = store
        self.faults = faults
        self.render = render
        self.delay = delay
        self.timeout = timeout
        self.base_url = ""
        self.sent: deque[Json] = deque(maxlen=5000)
        self._waiting: list[Waiting] = []
        self._pings: list[int] = []
        self._guard = threading.Lock()
        self._running = threading.Lock()
        self._wake = threading.Event()
        self._closing = False
        self._thread: threading.Thread | None = None

    # Filling.

    def emit(self, topic: str, resource_id: int) -> None:
        """An event of the shop: queued once for each active webhook of the topic."""
        if not self.store.webhooks:
            return
        with self._guard:
            for webhook in self.store.webhooks.values():
                if webhook.status != "active" or webhook.topic != topic:
                    continue
                same = (webhook.id, topic, resource_id)
                if any((w.webhook_id, w.topic, w.resource_id) == same for w in self._waiting):
                    continue
                self._waiting.append(
                    Waiting(webhook.id, topic, resource_id, time.monotonic() + (self.delay or 0))
                )
        self._wake.set()

    def ping(self, webhook_id: int) -> None:
        with self._guard:
            self._pings.append(webhook_id)
        self._wake.set()

    @property
    def waiting(self) -> int:
        with self._guard:
            return len(self._waiting) + len(self._pings)

    # Running.

    def start(self) -> None:
        self._thread = threading.Thread(target=self._loop, name="sandbox-webhooks", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._closing = True
        self._wake.set()
        if self._thread:
            self._thread.join(timeout=5)

    def _loop(self) -> None:
        while not self._closing:
            self._wake.wait(0.5 if self.waiting else None)
            self._wake.clear()
            if self._closing:
                return
            self._run_pings()
            if self.delay is None:
                continue
            while (due := self._next_due()) is not None:
                if self._closing:
                    return
                if due > 0:
                    self._wake.wait(min(due, 0.5))
                    self._wake.clear()
                    self._run_pings()
                    continue
                self._run(everything=False)

    def _next_due(self) -> float | None:
        with self._guard:
            if not self._waiting:
                return None
            return min(w.not_before for w in self._waiting) - time.monotonic()

    def flush(self) -> list[Json]:
        """Sends everything that waits, now, and returns what was sent (late faults included)."""
        self._run_pings()
        return self._run(everything=True)

    def clear(self) -> None:
        with self._guard:
            self._waiting.clear()
            self._pings.clear()
        self.sent.clear()

    def _run(self, *, everything: bool) -> list[Json]:
        with self._running:
            with self._guard:
                now = time.monotonic()
                batch = [w for w in self._waiting if everything or w.not_before <= now]
                self._waiting = [w for w in self._waiting if w not in batch]
            if len(batch) > 1 and self.faults.fire("WEBHOOK", batch[0].topic, {"webhook_reorder"}):
                self.faults.random.shuffle(batch)
            sent: list[Json] = []
            for waiting in batch:
                sent.extend(self._deliver(waiting))
            return sent

    def _deliver(self, waiting: Waiting) -> list[Json]:
        store = self.store
        with store.lock:
            webhook = store.webhooks.get(waiting.webhook_id)
            if webhook is None or webhook.status != "active":
                return []
            body = dumps(self._payload(webhook, waiting))
        kinds = WEBHOOK_KINDS - {"webhook_reorder"}
        fired = {f.kind: f for f in self.faults.fire("WEBHOOK", waiting.topic, kinds)}
        if "webhook_disable" in fired:
            webhook.status = "disabled"
        if "webhook_drop" in fired or "webhook_disable" in fired:
            return [self._record(webhook, waiting, body, "", 0, "dropped by fault")]
        if "webhook_late" in fired:
            return self._postpone(waiting, fired["webhook_late"])
        wrong = "webhook_wrong_signature" in fired
        again = fired.get("webhook_duplicate")
        times = 1 + (int(again.params.get("times", 1)) if again else 0)
        return [self._send(webhook, waiting, body, wrong=wrong) for _ in range(times)]

    def _postpone(self, waiting: Waiting, fault: Fault) -> list[Json]:
        waiting.not_before = time.monotonic() + fault.params.get("ms", 1000) / 1000
        with self._guard:
            self._waiting.append(waiting)
        self._wake.set()
        return []

    def _payload(self, webhook: Webhook, waiting: Waiting) -> Any:
        resource, _, event = waiting.topic.partition(".")
        if event == "deleted":
            return {"id": waiting.resource_id}
        if webhook.user_id in self.store.deleted_users and resource != "action":
            # The body is what the user who made the webhook would see, and he is gone.
            refusal = RestError("woocommerce_rest_cannot_view", "Sorry, you cannot view this resource.", 401)
            return refusal.body()
        if resource == "action":
            return {"action": event, "arg": waiting.resource_id}
        try:
            return self.render(resource, waiting.resource_id)
        except RestError as err:
            return err.body()

    def _send(self, webhook: Webhook, waiting: Waiting, body: bytes, *, wrong: bool) -> Json:
        resource, _, event = waiting.topic.partition(".")
        secret = f"not-{webhook.secret}" if wrong else webhook.secret
        digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
        delivery_id = self._delivery_id(webhook)
        options = self.store.options
        headers = {
            "Content-Type": "application/json",
            "User-Agent": f"WooCommerce/{options.version} Hookshot (WordPress/{options.wp_version})",
            "X-WC-Webhook-Source": f"{self.base_url}/",
            "X-WC-Webhook-Topic": waiting.topic,
            "X-WC-Webhook-Resource": resource,
            "X-WC-Webhook-Event": event,
            "X-WC-Webhook-Signature": base64.b64encode(digest).decode(),
            "X-WC-Webhook-ID": str(webhook.id),
            "X-WC-Webhook-Delivery-ID": delivery_id,
        }
        status, problem = self._post(webhook.delivery_url, body, headers)
        self._judge(webhook, ok=200 <= status <= 302)
        return self._record(webhook, waiting, body, delivery_id, status, problem)

    def _delivery_id(self, webhook: Webhook) -> str:
        """A hash of the webhook and the current second: not unique, as in every version."""
        second = str(int(time.time()))
        return hmac.new(b"sandbox-auth-salt", f"{webhook.id}{second}".encode(), hashlib.md5).hexdigest()

    def _judge(self, webhook: Webhook, *, ok: bool) -> None:
        with self.store.lock:
            if ok:
                webhook.failure_count = 0
            elif webhook.failure_count > self.store.options.max_webhook_failures:
                webhook.status = "disabled"
            else:
                webhook.failure_count += 1
            webhook.modified = self.store.clock.now()
            pings = not ok and webhook.status == "active" and webhook.pending_delivery
        if pings:
            self._ping(webhook)

    def _record(
        self, webhook: Webhook, waiting: Waiting, body: bytes, delivery_id: str, status: int, problem: str
    ) -> Json:
        row: Json = {
            "webhook_id": webhook.id,
            "topic": waiting.topic,
            "resource_id": waiting.resource_id,
            "delivery_id": delivery_id,
            "url": webhook.delivery_url,
            "status": status,
            "problem": problem,
            "bytes": len(body),
            "failure_count": webhook.failure_count,
            "webhook_status": webhook.status,
        }
        self.sent.append(row)
        return row

    # Pings.

    def _run_pings(self) -> None:
        # Under the lock of deliveries, so that `flush` returns only after a ping that is on its way.
        with self._running:
            while True:
                with self._guard:
                    webhook_id = self._pings.pop(0) if self._pings else None
                if webhook_id is None:
                    return
                webhook = self.store.webhooks.get(webhook_id)
                if webhook is not None:
                    self._ping(webhook)

    def _ping(self, webhook: Webhook) -> None:
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "User-Agent": f"WooCommerce/{self.store.options.version} Hookshot (WordPress/"
            f"{self.store.options.wp_version})",
        }
        body = f"webhook_id={webhook.id}".encode()
        status, problem = self._post(webhook.delivery_url, body, headers)
        webhook.pending_delivery = status != 200
        self._record(webhook, Waiting(webhook.id, "ping", webhook.id, 0.0), body, "", status, problem)

    def _post(self, url: str, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
        parts = urlsplit(url)
        host = parts.hostname or ""
        if host not in _LOOPBACK and host not in self.store.options.webhook_hosts:
            return 0, "refused: the sandbox posts to loopback and to the hosts of `webhook_hosts` only"
        kind = _SecureConnection10 if parts.scheme == "https" else _Connection10
        connection = kind(host, parts.port, timeout=self.timeout)
        try:
            target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
            connection.request("POST", target, body, headers)
            answer = connection.getresponse()
            answer.read()
            return answer.status, ""
        except (OSError, http.client.HTTPException) as err:
            return 0, f"{type(err).__name__}: {err}"
        finally:
            connection.close()
