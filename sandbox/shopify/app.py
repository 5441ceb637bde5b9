"""The shop behind the server: finds the door, checks who knocks, answers."""

import json
import re
import time
import uuid
from typing import Any
from urllib.parse import unquote

from sandbox.base import SandboxApp
from sandbox.faults import Fault
from sandbox.messages import Request, Response
from sandbox.shopify import executor, graph, oauth, rest, transfers
from sandbox.shopify.calls import Row
from sandbox.shopify.control import ControlDesk
from sandbox.shopify.delivery import DeliveryQueue
from sandbox.shopify.options import Options
from sandbox.shopify.setup import furnish
from sandbox.shopify.state import Store
from sandbox.shopify.throttle import Bucket
from sandbox.shopify.versions import supported, version_used

_API = re.compile(r"/admin/api/([^/]+)/(.*)")
BAD_TOKEN = "[API] Invalid API key or access token (unrecognized login or wrong password)"
_FROZEN = {
    402: "Unavailable Shop",
    403: "Forbidden",
    423: "Unavailable Shop",
}


class ShopifyApp(SandboxApp):
    """One shop with one app installed in it. `store` holds the rows, `queue` the webhook deliveries."""

    platform = "shopify"

    def __init__(
        self,
        options: Options,
        *,
        time_zone: str,
        seed: int,
        webhook_delay: float | None,
        webhook_timeout: float,
        home_url: str = "",
    ) -> None:
        super().__init__(time_zone=time_zone, seed=seed)
        self.options = options
        self.home_url = home_url
        self.store = Store(options, self.clock, seed)
        furnish(self.store)
        self.bucket = Bucket(options, self.seconds)
        self.queue = DeliveryQueue(self, delay=webhook_delay, timeout=webhook_timeout)
        self.desk = ControlDesk(self)
        self.spoiling: list[Fault] = []
        self.rest_calls = (0.0, 0.0)

    @property
    def home(self) -> str:
        return self.home_url.rstrip("/") or self.base_url

    @property
    def newest(self) -> str:
        return supported(self.options, self.clock.now())[-1]

    def rest_level(self, leak: float) -> float:
        """How full the bucket of the older API is."""
        level, at = self.rest_calls
        return max(0.0, level - (self.seconds() - at) * leak)

    def seconds(self) -> float:
        """The shop's time, with fractions unless it is frozen."""
        frozen = self.clock.frozen_at
        return float(frozen) if frozen is not None else time.time() + self.clock.offset

    def started(self) -> None:
        self.queue.start()

    def stopped(self) -> None:
        self.queue.stop()

    def replace_store(self, store: Store) -> None:
        self.store = store
        self.queue.clear()

    def emit(self, topic: str, row: Row, **extra: Any) -> None:
        """Something happened: `orders/updated` and the row that it happened to."""
        self.queue.emit(topic, row, **extra)

    def refuses(self, *names: str | None) -> bool:
        """Whether a `batch_fail` fault on this request names the row by SKU or id."""
        wanted = {str(v) for fault in self.spoiling for v in fault.params.get("skus", [])}
        wanted |= {str(v) for fault in self.spoiling for v in fault.params.get("ids", [])}
        return any(name in wanted or (name or "").rpartition("/")[2] in wanted for name in names if name)

    # Counting.

    def route_name(self, request: Request) -> tuple[str, str]:
        """GraphQL is counted by its first root field: `QUERY /graphql/orders`, `POST /graphql/productSet`."""
        found = _API.fullmatch(request.path)
        if not found or found[2] != "graphql.json":
            return request.method, transfers.route(request.path) or request.path
        word, name = self._operation(request)
        return ("POST" if word == "mutation" else "QUERY"), f"/graphql/{name}"

    def subject(self, request: Request) -> str:
        """What the `path` of a fault is searched in: target and root field."""
        return f"{request.target} {self.route_name(request)[1]}"

    def _operation(self, request: Request) -> tuple[str, str]:
        if "operation" not in request.memo:
            request.memo["operation"] = graph.first_field(self._query_text(request))
        found: tuple[str, str] = request.memo["operation"]
        return found

    @staticmethod
    def _query_text(request: Request) -> str:
        if "application/graphql" in request.headers.get("content-type", ""):
            return request.body.decode("utf-8", "replace")
        try:
            return str(json.loads(request.body)["query"])
        except (ValueError, KeyError, TypeError):
            return ""

    # Answering.

    def answer(self, request: Request) -> Response:
        found = _API.fullmatch(request.path)
        if found is None:
            return self._other(request)
        asked, rest_path = found[1], found[2]
        version = version_used(asked, self.options, self.clock.now())
        if version is None:
            return self.dressed({"errors": "Not Found"}, 404)
        if self.options.frozen:
            status = self.options.frozen
            return self.dressed({"errors": _FROZEN.get(status, "Unavailable Shop")}, status, version)
        token = oauth.token_row(self.store, request.headers.get("x-shopify-access-token", ""))
        if token is None or request.fault("expired_key"):
            return self.dressed({"errors": BAD_TOKEN}, 401, version)
        if rest_path != "graphql.json":
            return rest.answer(self, request, rest_path, version, token)
        if request.method != "POST":
            return self.dressed({"errors": "Not Found"}, 404, version)
        with self.store.lock:
            self.spoiling = [f for f in request.faults if f.kind in ("batch_fail", "batch_dies")]
            return graph.answer(self, request, version, token)

    def _other(self, request: Request) -> Response:
        if request.path.startswith("/admin/oauth/"):
            return oauth.answer(self, request)
        return transfers.answer(self, request) or self.dressed({"errors": "Not Found"}, 404)

    def dressed(
        self, value: Any, status: int = 200, version: str = "", *headers: tuple[str, str]
    ) -> Response:
        body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        shown = [
            ("Content-Type", "application/json; charset=utf-8"),
            ("X-Request-Id", f"{uuid.UUID(int=self.faults.random.getrandbits(128))}-{int(time.time())}"),
            ("X-Shopify-Stage", "production"),
        ]
        if version:
            shown.append(("X-Shopify-API-Version", version))
        return Response(status, body, [*shown, *headers])

    # Faults in this platform's own form.

    def _before(self, fault: Fault, request: Request) -> Response | None:
        graphql = request.path.endswith("/graphql.json")
        if fault.kind == "rate_limit" and graphql:
            return self._throttled(fault)
        if fault.kind == "internal_error" and graphql:
            number = str(uuid.UUID(int=self.faults.random.getrandbits(128)))
            text = (
                "Internal error. Looks like something went wrong on our end.\n"
                f"Request ID: {number} (include this in support requests)."
            )
            error = {"message": text, "extensions": {"code": "INTERNAL_SERVER_ERROR", "requestId": number}}
            return self.dressed({"errors": [error]}, 200, self.newest)
        if fault.kind == "strip_authorization":
            request.headers.pop("x-shopify-access-token", None)
        return super()._before(fault, request)

    def _throttled(self, fault: Fault) -> Response:
        """The answer of an empty bucket; waiting `retry_after` seconds fills it enough."""
        restore = float(fault.params.get("restore_rate", self.bucket.restore))
        wait = float(fault.params.get("retry_after", 2))
        requested = max(13, int(wait * restore))
        status = {
            "maximumAvailable": float(self.bucket.size),
            "currentlyAvailable": int(requested - wait * restore),
            "restoreRate": restore,
        }
        return self.dressed(executor.throttled(requested, status), 200, self.newest)

    def _after(self, fault: Fault, request: Request, response: Response) -> Response:
        if fault.kind == "drop_fields":
            try:
                value = json.loads(response.body)
            except ValueError:
                return response
            names = set(fault.params.get("fields", []))
            body = json.dumps(_without(value, names), ensure_ascii=False, separators=(",", ":")).encode()
            return Response(response.status, body, response.headers)
        return super()._after(fault, request, response)

    def control(self, method: str, path: str, body: dict[str, Any], query: dict[str, str]) -> Any:
        return self.desk.serve(method, unquote(path), body, query)


def _without(value: Any, names: set[str]) -> Any:
    if isinstance(value, dict):
        return {k: _without(v, names) for k, v in value.items() if k not in names}
    if isinstance(value, list):
        return [_without(v, names) for v in value]
    return value
