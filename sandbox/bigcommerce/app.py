"""The store over HTTP: signing in, quota, concurrency, routing."""

import json
import threading
from collections import Counter
from typing import Any

from sandbox.base import SandboxApp
from sandbox.bigcommerce import app_flow, catalog_routes, order_routes, store_routes
from sandbox.bigcommerce.answers import ApiError, Json, answer
from sandbox.bigcommerce.call import Call, Route, RouteTable
from sandbox.bigcommerce.control import ControlDesk
from sandbox.bigcommerce.delivery import DeliveryQueue
from sandbox.bigcommerce.inventory import settle
from sandbox.bigcommerce.state import Options, Store
from sandbox.faults import Fault
from sandbox.messages import Request, Response

TABLE = RouteTable([*order_routes.ROUTES, *catalog_routes.ROUTES, *store_routes.ROUTES])


class BigCommerceApp(SandboxApp):
    platform = "bigcommerce"

    def __init__(
        self,
        options: Options,
        *,
        time_zone: str,
        seed: int,
        webhook_delay: float | None,
        webhook_timeout: float,
    ) -> None:
        super().__init__(time_zone=time_zone, seed=seed)
        self.options = options
        self.store = Store(options, self.clock, seed)
        self.queue = DeliveryQueue(self.store, self.faults, delay=webhook_delay, timeout=webhook_timeout)
        self.desk = ControlDesk(self)
        self._seed = seed
        self._flight: Counter[str] = Counter()
        self._guard = threading.Lock()
        self._window = (0, 0)  # (number of the window, calls in it)

    def emit(self, scope: str, kind: str, number: int, more: Json) -> None:
        self.queue.emit(scope, kind, number, more)

    def settle(self, *, all_now: bool = False) -> None:
        with self.store.lock:
            settle(self.store, self.emit, all_now=all_now)

    def replace_store(self, store: Store) -> None:
        self.store = self.queue.store = store

    def empty(self) -> None:
        """A new store that keeps its accounts."""
        store = Store(self.options, self.clock, self._seed)
        store.accounts = self.store.accounts
        self.replace_store(store)

    def started(self) -> None:
        self.queue.start()

    def stopped(self) -> None:
        self.queue.stop()

    def control(self, method: str, path: str, body: dict[str, Any], query: dict[str, str]) -> Any:
        return self.desk.handle(method, path, body, query)

    # -- one request --------------------------------------------------------
    def route_name(self, request: Request) -> tuple[str, str]:
        route, _, _ = self._route(request)
        shown = f"/{route.version}{route.template}" if route else request.path
        return request.method, shown

    def _route(self, request: Request) -> tuple[Route | None, list[int], bool]:
        version, path = self._path(request)
        return TABLE.find(request.method, version, path)

    def _path(self, request: Request) -> tuple[str, str]:
        root = f"/stores/{self.options.store_hash}/"
        if not request.path.startswith(root):
            return "", request.path
        version, _, rest = request.path.removeprefix(root).partition("/")
        return version, f"/{rest}".rstrip("/") or "/"

    def serve(self, request: Request) -> Response:
        """Counts what is under way per endpoint; a fault that makes an answer slow keeps its place."""
        name = " ".join(self.route_name(request))
        with self._guard:
            self._flight[name] += 1
            most = self.options.concurrency.get(name)
            request.memo["crowded"] = most is not None and self._flight[name] > most
        try:
            return super().serve(request)
        finally:
            with self._guard:
                self._flight[name] -= 1

    def answer(self, request: Request) -> Response:
        if request.path == "/oauth2/token" and request.method == "POST":
            return self._token(request)
        version, _ = self._path(request)
        try:
            quota = self._take_quota()
        except ApiError as error:
            return error.answer(version)
        try:
            response = self._answered(request, version)
        except ApiError as error:
            response = error.answer(version)
        response.headers.extend(quota)
        return response

    def _answered(self, request: Request, version: str) -> Response:
        account = self.store.accounts.get(request.headers.get("x-auth-token", ""))
        if account is None or request.fault("expired_key") or version not in ("v2", "v3"):
            if version not in ("v2", "v3"):
                raise ApiError(404)
            raise ApiError(401)
        if request.fault("internal_error"):
            raise ApiError(500)
        if self.options.status not in ("live", "prelaunch"):
            raise ApiError(503)
        if request.memo["crowded"]:
            raise self._too_many(marked=not self.options.unmarked_overload)
        route, ids, known = self._route(request)
        if route is None:
            raise ApiError(405 if known else 404)
        self._check_headers(request)
        if route.scopes and not any(account.may(scope, write=route.writes) for scope in route.scopes):
            raise ApiError(403)
        self.settle()
        with self.store.lock:
            return route.handler(Call(self, request, account, version, dict(request.pairs), ids))

    @staticmethod
    def _check_headers(request: Request) -> None:
        accept = request.headers.get("accept", "")
        if "application/json" not in accept and "*/*" not in accept:
            raise ApiError(406)
        sent = request.headers.get("content-type", "")
        if request.body.strip() and "application/json" not in sent:
            raise ApiError(415)

    def _token(self, request: Request) -> Response:

        try:
            body = json.loads(request.body)
        except ValueError:
            body = None
        try:
            with self.store.lock:
                return answer(app_flow.exchange(self.store, body))
        except ApiError as error:
            return error.answer("v3")

    # -- limits -------------------------------------------------------------
    def _take_quota(self) -> list[tuple[str, str]]:
        """Each call takes one of the window, also one that is refused; the headers tell what is left."""
        quota = self.options.quota
        if quota is None:
            return []
        with self._guard:
            now = self.clock.now() * 1000
            number = now // self.options.window_ms
            used = self._window[1] if self._window[0] == number else 0
            over = used >= quota
            used += 0 if over else 1
            self._window = (number, used)
            reset = self.options.window_ms - now % self.options.window_ms
        headers = self._quota_headers(quota - used, reset)
        if over:
            raise ApiError(429, "You have exceeded the quota of requests.", headers=headers)
        return headers

    def _quota_headers(self, left: int, reset: int) -> list[tuple[str, str]]:
        return [
            ("X-Rate-Limit-Time-Window-Ms", str(self.options.window_ms)),
            ("X-Rate-Limit-Time-Reset-Ms", str(reset)),
            ("X-Rate-Limit-Requests-Quota", str(self.options.quota or 150)),
            ("X-Rate-Limit-Requests-Left", str(left)),
        ]

    def _too_many(self, *, marked: bool) -> ApiError:
        headers = self._quota_headers(0, 2000) if marked else []
        return ApiError(429, "There are too many concurrent requests.", headers=headers)

    def _before(self, fault: Fault, request: Request) -> Response | None:
        """The shared faults in the words of this platform."""
        if fault.kind == "rate_limit":
            seconds = int(fault.params.get("retry_after", 2))
            if fault.params.get("unmarked"):
                return ApiError(429, "Too many requests").answer("v3")
            headers = [*self._quota_headers(0, seconds * 1000), ("X-Retry-After", str(seconds))]
            return ApiError(429, "You have exceeded the quota of requests.", headers=headers).answer("v3")
        if fault.kind == "strip_authorization":
            request.headers.pop("x-auth-token", None)
            return None
        return super()._before(fault, request)
