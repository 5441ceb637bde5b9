"""The store over HTTP: three headers, two families of paths, 60 calls a minute, routing."""

import threading
from collections import deque
from typing import Any

from sandbox.base import SandboxApp
from sandbox.faults import Fault
from sandbox.messages import Request, Response
from sandbox.zid import catalog_routes, oauth, order_routes, store_routes
from sandbox.zid.answers import ApiError, Json
from sandbox.zid.call import Call, Route, RouteTable
from sandbox.zid.control import ControlDesk
from sandbox.zid.delivery import DeliveryQueue
from sandbox.zid.state import Account, Options, Store

TABLE = RouteTable([*order_routes.ROUTES, *catalog_routes.ROUTES, *store_routes.ROUTES])
WINDOW = 60


class ZidApp(SandboxApp):
    platform = "zid"

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
        self._guard = threading.Lock()
        self._calls: dict[str, deque[int]] = {}

    def emit(self, event: str, body: Json) -> None:
        self.queue.emit(event, body)

    def replace_store(self, store: Store) -> None:
        self.store = self.queue.store = store

    def empty(self) -> None:
        """A new store that keeps its apps and locations' ids."""
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
        route, _, _ = TABLE.find(request.method, request.path)
        return request.method, route.template if route else request.path

    def answer(self, request: Request) -> Response:
        if request.path.startswith("/oauth/"):
            return self._oauth(request)
        family = "managers" if request.path.startswith("/v1/managers") else "catalogue"
        try:
            response = self._answered(request, family)
        except ApiError as error:
            response = error.answer(family)
        response.headers.append(("X-Request-Id", f"req-{self.counters.requests}"))
        return response

    def _oauth(self, request: Request) -> Response:
        with self.store.lock:
            if request.path == "/oauth/token" and request.method == "POST":
                return oauth.token(self.store, request)
            if request.path == "/oauth/authorize" and request.method == "GET":
                return oauth.authorize(self.store, dict(request.pairs))
        return ApiError(404).answer("managers")

    def _answered(self, request: Request, family: str) -> Response:
        route, ids, known = TABLE.find(request.method, request.path)
        if route is None:
            self._slashes(request)
            raise ApiError(405 if known else 404)
        account = self._signed_in(request, route)
        self._limit(account)
        if request.fault("internal_error"):
            raise ApiError(500)
        if route.scope and route.scope not in account.scopes:
            raise ApiError(403)
        with self.store.lock:
            return route.handler(Call(self, request, account, dict(request.pairs), ids))

    def _slashes(self, request: Request) -> None:
        """A path of the catalogue without its end slash redirects, which loses the body of a write."""
        other = request.path.rstrip("/") if request.path.endswith("/") else f"{request.path}/"
        if TABLE.find(request.method, other)[0] is not None:
            raise ApiError(301, "Moved", headers=[("Location", f"{self.base_url}{other}")])

    def _signed_in(self, request: Request, route: Route) -> Account:
        headers = request.headers
        bearer = headers.get("authorization", "").removeprefix("Bearer ").strip()
        name = (
            "x-manager-token"
            if route.family == "managers" and "reverse-orders" not in route.template
            else "access-token"
        )
        token = headers.get(name, "")
        if not bearer or not token:
            raise _session(route.family, "ERROR_SESSION_MISSING")
        found = next(
            (a for a in self.store.accounts if a.authorization == bearer and a.manager_token == token), None
        )
        if found is None or request.fault("expired_key"):
            raise _session(route.family, "ERROR_SESSION_INVALID")
        if found.expires_at <= self.clock.now():
            raise _session(route.family, "ERROR_SESSION_EXPIRED")
        if route.family == "catalogue":
            wanted = self.store.uuid if self.options.store_header == "uuid" else str(self.options.store_id)
            if headers.get("store-id", "") != wanted:
                raise ApiError(401, "No such user")
        return found

    def _limit(self, account: Account) -> None:
        """60 calls a minute per app and store."""
        most = self.options.rate_limit
        if most is None:
            return
        with self._guard:
            now = self.clock.now()
            calls = self._calls.setdefault(account.client_id, deque())
            while calls and calls[0] <= now - WINDOW:
                calls.popleft()
            if len(calls) >= most:
                wait = calls[0] + WINDOW - now
                raise ApiError(429, headers=[("Retry-After", str(wait))])
            calls.append(now)

    def _before(self, fault: Fault, request: Request) -> Response | None:
        """The shared faults in the words of this platform."""
        if fault.kind == "rate_limit":
            headers = (
                []
                if fault.params.get("unmarked")
                else [("Retry-After", str(fault.params.get("retry_after", 2)))]
            )
            family = "managers" if request.path.startswith("/v1/managers") else "catalogue"
            return ApiError(429, headers=headers).answer(family)
        return super()._before(fault, request)


def _session(family: str, code: str) -> ApiError:
    texts = {
        "ERROR_SESSION_MISSING": "Session is missing",
        "ERROR_SESSION_INVALID": "Session is invalid",
        "ERROR_SESSION_EXPIRED": "Session has expired",
    }
    return ApiError(401, texts[code], code=code if family == "managers" else "")
