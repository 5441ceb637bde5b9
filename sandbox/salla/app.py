"""The store over HTTP: sign-in server, tokens and scopes, the plan's limit, routing."""

import json
import threading
from typing import Any

from sandbox.base import SandboxApp
from sandbox.faults import Fault
from sandbox.messages import Request, Response
from sandbox.salla import catalog_routes, oauth, order_routes, stock, store_routes
from sandbox.salla.answers import ApiError, Json
from sandbox.salla.call import Call, Route, RouteTable
from sandbox.salla.control import ControlDesk
from sandbox.salla.delivery import DeliveryQueue
from sandbox.salla.state import PLANS, Grant, Options, Store

TABLE = RouteTable([*stock.ROUTES, *order_routes.ROUTES, *catalog_routes.ROUTES, *store_routes.ROUTES])
ROOT = "/admin/v2"
WINDOW = 60


class SallaApp(SandboxApp):
    platform = "salla"

    def __init__(
        self,
        options: Options,
        *,
        secret: str,
        time_zone: str,
        seed: int,
        webhook_delay: float | None,
        webhook_timeout: float,
    ) -> None:
        super().__init__(time_zone=time_zone, seed=seed)
        self.options = options
        self.secret = secret
        self.store = Store(options, self.clock, seed)
        self.queue = DeliveryQueue(self.store, self.faults, delay=webhook_delay, timeout=webhook_timeout)
        self.desk = ControlDesk(self)
        self._seed = seed
        self._guard = threading.Lock()
        self._window = (0, 0)  # (number of the minute, calls in it)

    def emit(self, event: str, data: Json) -> None:
        self.queue.emit(event, data)

    def settle(self, *, all_now: bool = False) -> None:
        with self.store.lock:
            stock.settle(self.store, self.emit, all_now=all_now)

    def replace_store(self, store: Store) -> None:
        self.store = self.queue.store = store

    def empty(self) -> None:
        """A new store that keeps its tokens."""
        store = Store(self.options, self.clock, self._seed)
        store.grants, store.refreshes = self.store.grants, self.store.refreshes
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
        return request.method, route.template if route else request.path

    def _route(self, request: Request) -> tuple[Route | None, list[str], bool]:
        if not request.path.startswith(f"{ROOT}/"):
            return None, [], False
        return TABLE.find(request.method, request.path.removeprefix(ROOT).rstrip("/"))

    def answer(self, request: Request) -> Response:
        if request.path.startswith("/oauth2/"):
            return self._sign_in(request)
        language = request.headers.get("accept-language", "ar")[:2].lower()
        try:
            headers = self._take_quota()
        except ApiError as error:
            return error.answer(language)
        try:
            response = self._answered(request)
        except ApiError as error:
            response = error.answer(language)
        response.headers.extend(headers)
        return response

    def _sign_in(self, request: Request) -> Response:
        with self.store.lock:
            if request.path == "/oauth2/token" and request.method == "POST":
                return oauth.token(self.store, self.secret, request)
            if request.path == "/oauth2/auth" and request.method == "GET":
                return oauth.authorize(self.store, request)
            if request.path == "/oauth2/user/info" and request.method == "GET":
                return oauth.user_info(self.store, request)
        return ApiError(404).answer()

    def _answered(self, request: Request) -> Response:
        grant = self._signed_in(request)
        if request.fault("internal_error"):
            raise ApiError(500)
        route, parts, known = self._route(request)
        if route is None:
            raise ApiError(405 if known else 404)
        self._check_scope(grant, route)
        self.settle()
        with self.store.lock:
            return route.handler(Call(self, request, grant, dict(request.pairs), parts))

    def _signed_in(self, request: Request) -> Grant:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        grant = self.store.grants.get(token.strip()) if scheme == "Bearer" else None
        lapsed = grant is None or grant.expires <= self.clock.now()
        if lapsed or not self.store.installed or request.fault("expired_key"):
            raise ApiError(401)
        assert grant is not None
        return grant

    @staticmethod
    def _check_scope(grant: Grant, route: Route) -> None:
        """A missing scope is a 401 too; its message names the scopes of which one is needed."""
        write = route.method != "GET"
        if route.scope and not grant.may(route.scope, write=write):
            names = [f"{route.scope}.read_write", *([] if write else [f"{route.scope}.read"])]
            raise ApiError(
                401, f"The access token should have access to one of those scopes: {', '.join(names)}"
            )

    # -- limits -------------------------------------------------------------
    def _take_quota(self) -> list[tuple[str, str]]:
        limit = PLANS[self.options.plan]
        if not self.options.limited:
            return self._headers(limit - 1, (self.clock.now() // WINDOW + 1) * WINDOW)
        with self._guard:
            now = self.clock.now()
            number = now // WINDOW
            used = self._window[1] if self._window[0] == number else 0
            over = used >= limit
            used += 0 if over else 1
            self._window = (number, used)
        headers = self._headers(max(0, limit - used), (number + 1) * WINDOW)
        if over:
            raise ApiError(429, headers=[*headers, ("Retry-After", "1")])
        return headers

    def _headers(self, left: int, reset: int) -> list[tuple[str, str]]:
        return [
            ("X-RateLimit-Limit", str(PLANS[self.options.plan])),
            ("X-RateLimit-Remaining", str(left)),
            ("X-RateLimit-Reset", str(reset)),
        ]

    def _before(self, fault: Fault, request: Request) -> Response | None:
        """The shared faults in the words of this platform."""
        if fault.kind == "rate_limit":
            seconds = int(fault.params.get("retry_after", 2))
            headers = [*self._headers(0, self.clock.now() + seconds), ("Retry-After", str(seconds))]
            return ApiError(429, headers=headers).answer()
        return super()._before(fault, request)

    def _after(self, fault: Fault, request: Request, response: Response) -> Response:
        if fault.kind != "drop_fields":
            return super()._after(fault, request, response)
        try:
            body = json.loads(response.body)
        except ValueError:
            return response
        if isinstance(body, dict) and "data" in body:
            body["data"] = _without(body["data"], set(fault.params.get("fields", [])))
        return Response(response.status, json.dumps(body, ensure_ascii=False).encode(), response.headers)


def _without(value: Any, names: set[str]) -> Any:
    if isinstance(value, dict):
        return {key: _without(entry, names) for key, entry in value.items() if key not in names}
    return [_without(entry, names) for entry in value] if isinstance(value, list) else value
