"""Webhook deliveries: signed, sent, tried again, and subscriptions removed that fail for good.

Kept from the real thing: the body is what it was when the event happened, a retry repeats body and webhook id, two
subscriptions of a topic share the event id, the order of deliveries is nobody's promise, and after the eighth retry
in vain a subscription made by the API is deleted.
"""

import base64
import hashlib
import hmac
import http.client
import json
import re
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from sandbox.faults import WEBHOOK_KINDS
from sandbox.shopify.calls import Row
from sandbox.shopify.mutate_bulk import settle
from sandbox.shopify.payloads import payload_of, topic_name
from sandbox.shopify.search import Fields, matcher

if TYPE_CHECKING:
    from sandbox.shopify.app import ShopifyApp

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
#: Seconds from the first attempt to each retry: 8 over 4 hours, growing. The real schedule is not published.
RETRIES = (60, 180, 420, 900, 1800, 3600, 7200, 14400)
FAILURES = 8


@dataclass(slots=True)
class Waiting:
    subscription: str
    topic: str
    body: bytes
    webhook_id: str
    event_id: str
    triggered: str
    not_before: float
    first: float
    retries: int = 0
    resource: str = ""
    extra: Row = field(default_factory=dict)


class DeliveryQueue:
    """delay None: only `flush()` sends. Retries wait for the shop's clock, so tests move it."""

    def __init__(self, app: "ShopifyApp", *, delay: float | None, timeout: float) -> None:
        self.app = app
        self.delay = delay
        self.timeout = timeout
        self.sent: deque[Row] = deque(maxlen=5000)
        self._waiting: list[Waiting] = []
        self._later: list[Waiting] = []
        self._guard = threading.Lock()
        self._running = threading.Lock()
        self._wake = threading.Event()
        self._closing = False
        self._thread: threading.Thread | None = None

    # Filling.

    def emit(self, topic: str, row: Row, **extra: Any) -> None:
        subscriptions = self._subscribed(topic)
        if not subscriptions:
            return
        store = self.app.store
        event_id = self._uuid()
        full = payload_of(self.app, topic, row, extra)
        triggered = f"{store.now()[:-1]}.{self.app.faults.random.randrange(10**9):09d}Z"
        for subscription in subscriptions:
            if not _passes(full, subscription["filter"]):
                continue
            body = _body(full, subscription)
            if self._debounced(subscription, str(row.get("id", "")), body):
                continue
            self._put(subscription, topic, body, event_id, triggered, str(row.get("id", "")))
        self._wake.set()

    def _subscribed(self, topic: str) -> list[Row]:
        """Those of the API, and those that no API lists: of the app's configuration, and made by hand in the admin."""
        wanted = topic_name(topic)
        store = self.app.store
        rows = [*store.rows("WebhookSubscription"), *store.rows("OtherSubscription")]
        return [r for r in rows if r["topic"] == wanted]

    def _put(
        self, subscription: Row, topic: str, body: bytes, event_id: str, triggered: str, resource: str
    ) -> None:
        now = self.app.seconds()
        entry = Waiting(
            subscription["id"],
            topic,
            body,
            self._uuid(),
            event_id,
            triggered,
            time.monotonic() + (self.delay or 0),
            now,
            resource=resource,
        )
        with self._guard:
            self._waiting.append(entry)

    @staticmethod
    def _debounced(subscription: Row, resource: str, body: bytes) -> bool:
        """With chosen fields, a delivery that says what the last one said is left out."""
        if not subscription["includeFields"]:
            return False
        last: dict[str, bytes] = subscription.setdefault("_last", {})
        same = last.get(resource) == body
        last[resource] = body
        return same

    def nudge(self) -> None:
        """Something began that ends behind the scenes."""
        self._wake.set()

    def _uuid(self) -> str:
        return str(uuid.UUID(int=self.app.faults.random.getrandbits(128), version=4))

    @property
    def waiting(self) -> int:
        with self._guard:
            return len(self._waiting) + len(self._later)

    # Running.

    def start(self) -> None:
        self._thread = threading.Thread(target=self._loop, name="sandbox-shopify-webhooks", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._closing = True
        self._wake.set()
        if self._thread:
            self._thread.join(timeout=5)

    def _loop(self) -> None:
        while not self._closing:
            self._wake.wait(0.2 if self.delay is not None and self.waiting else None)
            self._wake.clear()
            if self.delay is not None:
                self._run(everything=False)

    def flush(self) -> list[Row]:
        """Sends everything that waits and every retry that is due by the shop's clock; returns what was sent."""
        return self._run(everything=True)

    def clear(self) -> None:
        with self._guard:
            self._waiting.clear()
            self._later.clear()
        self.sent.clear()

    def _take(self, *, everything: bool) -> list[Waiting]:
        with self._guard:
            now, shop_now = time.monotonic(), self.app.seconds()
            batch = [w for w in self._waiting if everything or w.not_before <= now]
            self._waiting = [w for w in self._waiting if not (everything or w.not_before <= now)]
            due = [w for w in self._later if w.first + RETRIES[w.retries - 1] <= shop_now]
            self._later = [w for w in self._later if w.first + RETRIES[w.retries - 1] > shop_now]
        return batch + due

    def _run(self, *, everything: bool) -> list[Row]:
        settle(self.app)
        with self._running:
            batch = self._take(everything=everything)
            if len(batch) > 1 and self.app.faults.fire("WEBHOOK", batch[0].topic, {"webhook_reorder"}):
                self.app.faults.random.shuffle(batch)
            sent: list[Row] = []
            for entry in batch:
                sent += self._deliver(entry)
            return sent

    def _deliver(self, entry: Waiting) -> list[Row]:
        store = self.app.store
        subscription = store.find(entry.subscription)
        if subscription is None:
            return []
        kinds = WEBHOOK_KINDS - {"webhook_reorder"}
        fired = {f.kind: f for f in self.app.faults.fire("WEBHOOK", entry.topic, kinds)}
        if "webhook_disable" in fired:
            store.drop(subscription)
        if "webhook_drop" in fired or "webhook_disable" in fired:
            return [self._record(subscription, entry, 0, "dropped by fault")]
        if "webhook_late" in fired:
            entry.not_before = time.monotonic() + fired["webhook_late"].params.get("ms", 1000) / 1000
            with self._guard:
                self._waiting.append(entry)
            return []
        again = fired.get("webhook_duplicate")
        times = 1 + (int(again.params.get("times", 1)) if again else 0)
        wrong = "webhook_wrong_signature" in fired
        return [self._send(subscription, entry, wrong=wrong) for _ in range(times)]

    def _send(self, subscription: Row, entry: Waiting, *, wrong: bool) -> Row:
        options = self.app.options
        secret = subscription.get("_secret") or options.old_client_secret or options.client_secret
        key = f"not-{secret}" if wrong else secret
        digest = hmac.new(key.encode(), entry.body, hashlib.sha256).digest()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Shopify-Captain-Hook",
            "X-Shopify-Topic": entry.topic,
            "X-Shopify-Hmac-Sha256": base64.b64encode(digest).decode(),
            "X-Shopify-Shop-Domain": options.domain,
            "X-Shopify-API-Version": options.webhook_version,
            "X-Shopify-Webhook-Id": entry.webhook_id,
            "X-Shopify-Event-Id": entry.event_id,
            "X-Shopify-Triggered-At": entry.triggered,
        }
        if subscription.get("name"):
            headers["X-Shopify-Name"] = subscription["name"]
        if options.events_delivery:
            headers = _newer(headers, entry)
        status, problem = self._post(subscription["uri"], entry.body, headers)
        self._judge(subscription, entry, ok=200 <= status < 300)
        return self._record(subscription, entry, status, problem)

    def _judge(self, subscription: Row, entry: Waiting, *, ok: bool) -> None:
        store = self.app.store
        with store.lock:
            if ok:
                subscription["_failures"] = 0
                return
            subscription["_failures"] += 1
            if entry.retries >= FAILURES and "OtherSubscription" in subscription["id"]:
                return
            if entry.retries >= FAILURES:
                # Eight retries in vain: gone without a word to the app, only the developer gets a mail.
                store.drop(subscription)
                store.mails.append({"to": "developer", "about": f"removed {subscription['uri']}"})
                return
        entry.retries += 1
        with self._guard:
            self._later.append(entry)

    def _record(self, subscription: Row, entry: Waiting, status: int, problem: str) -> Row:
        row: Row = {
            "subscription": subscription["id"],
            "topic": entry.topic,
            "resource_id": entry.resource,
            "webhook_id": entry.webhook_id,
            "event_id": entry.event_id,
            "url": subscription["uri"],
            "status": status,
            "problem": problem,
            "bytes": len(entry.body),
            "retries": entry.retries,
            "removed": self.app.store.find(subscription["id"]) is None,
        }
        self.sent.append(row)
        return row

    def post_raw(self, url: str, topic: str, body: Row) -> Row:
        """A delivery to an address outside subscriptions: the mandatory privacy topics."""
        subscription: Row = {
            "id": "gid://shopify/WebhookSubscription/0",
            "uri": url,
            "name": None,
            "_failures": 0,
        }
        triggered = f"{self.app.store.now()[:-1]}.000000000Z"
        entry = Waiting(
            subscription["id"],
            topic,
            _dump(body),
            self._uuid(),
            self._uuid(),
            triggered,
            0,
            self.app.seconds(),
        )
        entry.retries = FAILURES
        return self._send(subscription, entry, wrong=False)

    def _post(self, url: str, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
        parts = urlsplit(url)
        host = parts.hostname or ""
        if host not in _LOOPBACK and host not in self.app.options.webhook_hosts:
            return 0, "refused: the sandbox posts to loopback and to the hosts of `webhook_hosts` only"
        kind: Callable[..., http.client.HTTPConnection] = (
            http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        )
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


def _newer(headers: dict[str, str], entry: Waiting) -> dict[str, str]:
    """The names of the newer "events" delivery."""
    kept = {k: v for k, v in headers.items() if not k.startswith("X-Shopify-")}
    kept |= {
        k[2:].lower(): v for k, v in headers.items() if k.startswith("X-Shopify-") and k != "X-Shopify-Name"
    }
    kept["shopify-handle"] = headers.get("X-Shopify-Name", "default")
    kept["shopify-action"] = entry.topic.partition("/")[2]
    kept["shopify-resource-id"] = entry.resource
    return kept


def _passes(full: Row, text: str | None) -> bool:
    """The filter of a subscription, over the top fields of the payload."""
    if not text:
        return True
    fields: Fields = {name: (_kind(value), _reader(name)) for name, value in full.items()}
    return matcher(text, fields)[0](full)


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    return "number" if re.fullmatch(r"-?\d+(\.\d+)?", str(value)) else "word"


def _reader(name: str) -> Callable[[Row], Any]:
    return lambda row: row[name]


def _body(full: Row, subscription: Row) -> bytes:
    fields = subscription["includeFields"]
    if not fields:
        return _dump(full)
    top = {f.partition(".")[0] for f in fields}
    return _dump({k: v for k, v in full.items() if k in top})


def _dump(value: Row) -> bytes:
    """JSON as the platform writes it: slashes and ampersands escaped, letters of any script left alone."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("/", "\\/").replace("&", "\\u0026").encode()
