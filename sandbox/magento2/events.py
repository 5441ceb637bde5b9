"""What leaves the shop when something happens. Open Source itself sends nothing; who does, is one of three:

* `module`: a third-party module that staff set up in the admin. No signature, no delivery id, no retry.
* `commerce`: Adobe Commerce Webhooks, asked for over REST; sent inside the shopper's request, signed when staff
  made a key pair. No delivery id, no retry.
* `io`: Adobe I/O Events, subscribed over REST and registered elsewhere: CloudEvents with two signatures, sent
  again for a day on 429 and 5xx, switched off after too many failures.
"""

import base64
import http.client
import json
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from sandbox.faults import WEBHOOK_KINDS
from sandbox.magento2 import rsa
from sandbox.magento2.event_bodies import (
    MODULE_TOPICS,
    OBSERVERS,
    chosen,
    cloud_event,
    item_of,
    liquid,
    template_of,
)
from sandbox.magento2.rows import Json

if TYPE_CHECKING:
    from sandbox.magento2.app import Magento2App

KEY_PATHS = ("/prod/keys/pub-key-sandbox-1.pem", "/prod/keys/pub-key-sandbox-2.pem")
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_WAITS = (60, 120, 240, 480)  # seconds before the first tries again; then every 900 for a day
_DAY = 86_400


@dataclass(slots=True)
class Waiting:
    hook_id: int
    kind: str
    topic: str
    body: bytes
    event_id: str = ""
    tries: int = 0
    first: int = 0
    due: int = 0  # shop time of the next try
    not_before: float = 0.0
    headers: dict[str, str] = field(default_factory=dict)


class EventDesk:
    """delay: seconds until a delivery leaves; None: only `flush()`."""

    def __init__(self, app: "Magento2App", *, delay: float | None, timeout: float) -> None:
        self.app = app
        self.delay = delay
        self.timeout = timeout
        self.sent: deque[Json] = deque(maxlen=5000)
        self._queue: list[Waiting] = []
        self._guard = threading.Lock()
        self._running = threading.Lock()
        self._wake = threading.Event()
        self._closing = False
        self._thread: threading.Thread | None = None

    # Setting up.

    def register(
        self,
        *,
        url: str,
        kind: str = "module",
        topic: str = "order",
        token: str = "",
        template: str = "",
        method: str = "POST",
        content_type: str = "application/json",
        statuses: list[str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Json:
        """What staff do by hand: a hook of the module, or (`io`) the address for I/O events, which is challenged."""
        if kind not in ("module", "io"):
            raise ValueError("kind is module or io; hooks of Commerce are subscribed over REST.")
        if kind == "module" and topic not in MODULE_TOPICS:
            raise ValueError(f"The module has no hook {topic!r}; known: {', '.join(sorted(MODULE_TOPICS))}.")
        if kind == "io":
            self._challenge(url)
        return self.add(
            {
                "kind": kind,
                "url": url,
                "topic": topic,
                "headers": {**(headers or {}), **({"X-Ecomsync-Token": token} if token else {})},
                "template": template or template_of(topic),
                "method": method,
                "content_type": content_type,
                "statuses": statuses or [],
            }
        )

    def add(self, row: Json) -> Json:
        store = self.app.store
        with store.lock:
            row |= {"id": store.next_id("hook"), "active": True, "tried": []}
            store.hooks[row["id"]] = row
            return row

    def _challenge(self, url: str) -> None:
        """The registration is good when the address echoes the challenge."""
        word = f"c-{self.app.store.token(12)}"
        mark = "&" if "?" in url else "?"
        status, body, problem = self._request("GET", f"{url}{mark}challenge={quote(word)}", b"", {})
        if status != 200 or word.encode() not in body:
            raise ValueError(
                f"The address did not echo the challenge (status {status}{' ' + problem if problem else ''})."
            )

    # Filling.

    def emit(self, event: str, row_id: int) -> None:
        """Something happened. Bodies are made now, inside the save, before it is certain to stay."""
        hooks = [h for h in self.app.store.hooks.values() if h["active"]]
        if not hooks:
            return
        item = item_of(self.app, event, row_id)
        for hook in hooks:
            if hook["kind"] == "module" and self.app.options.webhook_module:
                self._module(hook, event, item)
            elif hook["kind"] == "commerce":
                self._commerce(hook, event, item)
            elif hook["kind"] == "subscription":
                self._subscription(hook, event, item)
        self._wake.set()

    def _module(self, hook: Json, event: str, item: Json) -> None:
        if hook["topic"] != event or (hook["statuses"] and item.get("status") not in hook["statuses"]):
            return
        headers = {"Content-Type": hook["content_type"], **hook["headers"]}
        self._put(Waiting(hook["id"], "module", event, liquid(hook["template"], item), headers=headers))

    def _commerce(self, hook: Json, event: str, item: Json) -> None:
        if hook["method_name"].removeprefix("observer.") not in OBSERVERS.get(event, ()) or hook["required"]:
            return
        self._put(self._commerce_call(hook, event, item))

    def _commerce_call(self, hook: Json, event: str, item: Json) -> Waiting:
        body = json.dumps(chosen(event, item, hook["fields"]), ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json", **hook["headers"]}
        if self.app.options.webhook_signing:
            signed = base64.b64encode(body) if self.app.options.signs_base64 else body
            headers["x-adobe-commerce-webhook-signature"] = rsa.sign(signed)
        return Waiting(hook["id"], "commerce", hook["method_name"], body, headers=headers)

    def _subscription(self, hook: Json, event: str, item: Json) -> None:
        observer = str(hook["name"]).removeprefix("observer.")
        if observer not in OBSERVERS.get(event, ()):
            return
        for target in self.app.store.hooks.values():
            if target["kind"] == "io" and target["active"]:
                event_id = self.app.store.uuid()
                body = json.dumps(
                    cloud_event(self.app, observer, item, hook["fields"], event_id), ensure_ascii=False
                )
                now = self.app.clock.now()
                self._put(
                    Waiting(
                        target["id"],
                        "io",
                        f"com.adobe.commerce.observer.{observer}",
                        body.encode(),
                        event_id,
                        0,
                        now,
                        now,
                    )
                )

    def _put(self, waiting: Waiting) -> None:
        waiting.not_before = time.monotonic() + (self.delay or 0)
        with self._guard:
            self._queue.append(waiting)

    def must_allow(self, event: str, row_id: int) -> None:
        """A required hook of Commerce runs inside the checkout: when it fails, so does the order."""
        for hook in list(self.app.store.hooks.values()):
            names = OBSERVERS.get(event, ())
            if hook["kind"] != "commerce" or not hook["required"] or not hook["active"]:
                continue
            if hook["method_name"].removeprefix("observer.") not in names:
                continue
            record = self._send(
                hook, self._commerce_call(hook, event, item_of(self.app, event, row_id)), wrong=False
            )
            if record["problem"] or record["status"] != 200:
                raise ValueError(hook["fallback"] or "The order could not be placed.")

    @property
    def waiting(self) -> int:
        with self._guard:
            return len(self._queue)

    # Running.

    def start(self) -> None:
        if self.delay is not None:
            self._thread = threading.Thread(target=self._loop, name="sandbox-events", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        self._closing = True
        self._wake.set()
        if self._thread:
            self._thread.join(timeout=5)

    def _loop(self) -> None:
        while not self._closing:
            self._wake.wait(0.2 if self.waiting else None)
            self._wake.clear()
            if not self._closing:
                self._run(everything=False)

    def flush(self) -> list[Json]:
        """Sends everything that is due, now."""
        return self._run(everything=True)

    def clear(self) -> None:
        with self._guard:
            self._queue.clear()
        self.sent.clear()

    def _run(self, *, everything: bool) -> list[Json]:
        with self._running:
            now, shop_now = time.monotonic(), self.app.clock.now()
            with self._guard:
                batch = [w for w in self._queue if w.due <= shop_now and (everything or w.not_before <= now)]
                self._queue = [w for w in self._queue if w not in batch]
            if len(batch) > 1 and self.app.faults.fire("WEBHOOK", batch[0].topic, {"webhook_reorder"}):
                self.app.faults.random.shuffle(batch)
            return [record for waiting in batch for record in self._deliver(waiting)]

    def _deliver(self, waiting: Waiting) -> list[Json]:
        hook = self.app.store.hooks.get(waiting.hook_id)
        if hook is None or not hook["active"]:
            return []
        kinds = WEBHOOK_KINDS - {"webhook_reorder"}
        fired = {f.kind: f for f in self.app.faults.fire("WEBHOOK", waiting.topic, kinds)}
        if "webhook_disable" in fired:
            hook["active"] = False
        if "webhook_drop" in fired or "webhook_disable" in fired:
            return [self._record(hook, waiting, 0, "dropped by fault")]
        if "webhook_late" in fired:
            waiting.not_before = time.monotonic() + fired["webhook_late"].params.get("ms", 1000) / 1000
            with self._guard:
                self._queue.append(waiting)
            return []
        again = fired.get("webhook_duplicate")
        times = 1 + (int(again.params.get("times", 1)) if again else 0)
        wrong = "webhook_wrong_signature" in fired
        return [self._send(hook, waiting, wrong=wrong) for _ in range(times)]

    # Sending.

    def _send(self, hook: Json, waiting: Waiting, *, wrong: bool) -> Json:
        headers = dict(waiting.headers)
        if waiting.kind == "io":
            headers |= self._io_headers(waiting, wrong=wrong)
        elif wrong:
            headers = {
                n: f"not-{v}" if n in ("X-Ecomsync-Token", "x-adobe-commerce-webhook-signature") else v
                for n, v in headers.items()
            }
        url, method = str(hook["url"]), str(hook.get("method", "POST"))
        body = waiting.body
        if method == "GET":
            body = b""
        status, answer, problem = self._request(method, url, body, headers)
        if waiting.kind == "commerce" and not problem and not _success(status, answer):
            problem = "the answer is not 200 with an op"
        if waiting.kind == "io":
            self._judge(hook, waiting, status)
        return self._record(hook, waiting, status, problem)

    def _io_headers(self, waiting: Waiting, *, wrong: bool) -> dict[str, str]:
        good = rsa.sign(waiting.body if not wrong else waiting.body + b" ")
        first = rsa.sign(b"of a key that was retired") if self.app.options.first_key_retired else good
        headers = {
            "Content-Type": "application/cloudevents+json",
            "x-adobe-delivery-id": self.app.store.uuid(),
            "x-adobe-event-id": waiting.event_id,
            "x-adobe-event-code": waiting.topic,
            "x-adobe-provider": "adobe_commerce_sandbox",
            "x-adobe-digital-signature-1": first,
            "x-adobe-digital-signature-2": good,
            "x-adobe-public-key1-path": KEY_PATHS[0],
            "x-adobe-public-key2-path": KEY_PATHS[1],
        }
        if waiting.tries:
            headers["x-adobe-retry-count"] = str(waiting.tries)
        return headers

    def _judge(self, hook: Json, waiting: Waiting, status: int) -> None:
        """Later again on 429 and 5xx, for a day; a registration that fails too often is switched off."""
        now = self.app.clock.now()
        good = 200 <= status < 300
        hook["tried"] = [(at, ok) for at, ok in hook["tried"] if at > now - _DAY] + [(now, good)]
        failed = sum(not ok for _, ok in hook["tried"])
        if len(hook["tried"]) >= 10 and failed >= 0.8 * len(hook["tried"]):
            hook["active"] = False
        if good or not (status == 429 or (status >= 500 and status != 505)) or now - waiting.first > _DAY:
            return
        wait = _WAITS[waiting.tries] if waiting.tries < len(_WAITS) else 900
        waiting.tries += 1
        waiting.due = now + wait
        with self._guard:
            self._queue.append(waiting)

    def _record(self, hook: Json, waiting: Waiting, status: int, problem: str) -> Json:
        row: Json = {
            "hook_id": hook["id"],
            "kind": waiting.kind,
            "topic": waiting.topic,
            "event_id": waiting.event_id,
            "url": hook["url"],
            "status": status,
            "problem": problem,
            "bytes": len(waiting.body),
            "tries": waiting.tries,
            "active": hook["active"],
        }
        self.sent.append(row)
        return row

    def _request(self, method: str, url: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes, str]:
        """Status, body and what went wrong; loopback and the named hosts only, redirects are not followed."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        if host not in _LOOPBACK and host not in self.app.options.webhook_hosts:
            return 0, b"", "refused: the sandbox posts to loopback and to the hosts of `webhook_hosts` only"
        kind: Any = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(host, parts.port, timeout=self.timeout)
        try:
            target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
            connection.request(method, target, body or None, headers)
            answer = connection.getresponse()
            return answer.status, answer.read(), ""
        except (OSError, http.client.HTTPException) as err:
            return 0, b"", f"{type(err).__name__}: {err}"
        finally:
            connection.close()


def _success(status: int, answer: bytes) -> bool:
    if status != 200:
        return False
    try:
        found = json.loads(answer)
    except ValueError:
        return False
    rows = found if isinstance(found, list) else [found]
    return all(
        isinstance(row, dict) and row.get("op") in ("success", "add", "replace", "remove") for row in rows
    )
