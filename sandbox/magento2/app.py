"""The shop behind the server: finds store, route and caller, calls, and dresses the answer."""

import json
from decimal import Decimal
from typing import Any

from sandbox.base import SandboxApp
from sandbox.faults import Fault
from sandbox.magento2 import answer_fields, auth, bulk_api, races, typed
from sandbox.magento2.call import Call
from sandbox.magento2.control import ControlDesk
from sandbox.magento2.errors import MageError, fatal_error, internal_error, no_route
from sandbox.magento2.events import EventDesk
from sandbox.magento2.pages import page
from sandbox.magento2.route_table import LINES
from sandbox.magento2.routes import Route, Routes
from sandbox.magento2.rows import Grant, Json, Options
from sandbox.magento2.self_description import schema
from sandbox.magento2.setup import furnish
from sandbox.magento2.state import Store
from sandbox.messages import Request, Response, html_page
from sandbox.php import dumps, nest

ROUTES = Routes(LINES)
_METHODS = frozenset({"GET", "POST", "PUT", "DELETE"})


class Magento2App(SandboxApp):
    """One Magento 2 shop. `store` holds the rows, `options` the set-up."""

    platform = "magento2"

    def __init__(
        self,
        options: Options,
        *,
        time_zone: str,
        seed: int,
        home_url: str = "",
        webhook_delay: float | None = None,
        webhook_timeout: float = 10.0,
    ) -> None:
        super().__init__(time_zone=time_zone, seed=seed)
        self.options = options
        self.home_url = home_url
        self.store = Store(options, self.clock, seed)
        furnish(self.store)
        self.routes = ROUTES
        self.events = EventDesk(self, delay=webhook_delay, timeout=webhook_timeout)
        self.control_desk = ControlDesk(self)

    @property
    def home(self) -> str:
        return self.home_url.rstrip("/") or self.base_url

    def started(self) -> None:
        self.events.start()

    def stopped(self) -> None:
        self.events.stop()

    def replace_store(self, store: Store) -> None:
        """Puts another store (empty, or loaded from a file) in place of the present one."""
        self.store = store

    def empty(self) -> None:
        """A new shop with the same integrations and admins."""
        old = self.store
        store = Store(self.options, self.clock, 1)
        furnish(store)
        store.grants, store.ids["grant"] = old.grants, old.ids.get("grant", 0)
        self.replace_store(store)

    # Routing.

    def route_name(self, request: Request) -> tuple[str, str]:
        """Counted by route: `POST /V1/products/:sku/media`, `PUT /async/bulk/V1/products/bySku`."""
        raw = request.target.partition("?")[0]
        memo = request.memo
        rest = self._rest_path(raw)
        if rest is None:
            return request.method, request.path
        scope, path = self._scope(rest)
        mode = ""
        for prefix in ("/async/bulk/", "/async/"):
            if path.startswith(prefix):
                mode, path = prefix.strip("/"), path.removeprefix(prefix.rstrip("/"))
                break
        memo.update(scope=scope, mode=mode, path=path, found=None)
        if mode == "async/bulk":
            route = self.routes.find_bulk(request.method, path)
            memo["found"] = (route, {}) if route else None
            return request.method, f"/async/bulk{path}"
        memo["found"] = self.routes.find(request.method, path)
        found = memo["found"]
        prefix = f"/{mode}" if mode else ""
        return request.method, f"{prefix}{found[0].template if found else path}"

    def _rest_path(self, raw: str) -> str | None:
        prefixes = ["/index.php/rest"] if self.options.index_php else ["/rest", "/index.php/rest"]
        for prefix in prefixes:
            if raw == prefix or raw.startswith(f"{prefix}/"):
                return raw.removeprefix(prefix) or "/"
        return None

    def _scope(self, rest: str) -> tuple[int, str]:
        """The store id that the address names, and the path behind it."""
        first, _, tail = rest.lstrip("/").partition("/")
        if first == "all":
            return 0, f"/{tail}"
        view = self.store.view_by_code(first)
        if view is not None:
            return view.id, f"/{tail}"
        return self.store.default_view.id, rest

    # Answering.

    def answer(self, request: Request) -> Response:
        if "path" not in request.memo:
            return page(self, request)
        if len(request.target) > self.options.max_target:
            return html_page(
                414, "Request-URI Too Long", "The requested URL's length exceeds the capacity limit."
            )
        if not self.options.encoded_slash and "%2f" in request.target.partition("?")[0].lower():
            return html_page(404, "Not Found", "The requested URL was not found on this server.")
        status = 200
        try:
            with self.store.lock:
                bulk_api.work(self)
            status, body = self._rest(request)
        except MageError as err:
            status, body = err.status, err.body()
        kind = [("Content-Type", "application/json; charset=utf-8")]
        return Response(status, dumps(body), [*kind, ("X-Frame-Options", "SAMEORIGIN")])

    def _rest(self, request: Request) -> tuple[int, Any]:
        if request.memo["path"] == "/schema":
            return 200, schema(self, request)
        if request.method not in _METHODS:
            raise MageError("Requested method is not allowed.", status=405)
        _check_accept(request)
        found: tuple[Route, dict[str, str]] | None = request.memo["found"]
        if found is None or not self._there(found[0]):
            raise no_route()
        route, args = found
        with self.store.lock:
            grant = auth.authorise(self.store, request, self.home, route.resource)
        problem = request.fault("internal_error")
        if problem is not None:
            if problem.params.get("fatal"):
                return 500, fatal_error(self.store.token(12))
            raise internal_error(self.store.token(13))
        body = _body(request)
        mode = request.memo["mode"]
        if mode:
            return 202, self._later(request, route, args, body, grant)
        if not isinstance(body, dict):
            raise MageError("Decoding error.")
        typed.check(body)
        call = self._call(request, route, args, body, grant)
        result = self._run(call, route)
        wanted = call.query.get("fields")
        if wanted and isinstance(wanted, str):
            result = answer_fields.only(result, answer_fields.parse(wanted))
        return 200, result

    def _there(self, route: Route) -> bool:
        """Routes of modules that this shop does not have."""
        path = route.template
        if not self.options.msi and path.startswith("/V1/inventory"):
            return False
        if path.startswith(("/V1/webhooks", "/V1/eventing")):
            return self.options.commerce
        return not (path.startswith("/V1/tfa") and not self.options.needs_otp)

    def _run(self, call: Call, route: Route) -> Any:
        if self.options.parallel_loss_ms and races.is_document(route.template):
            return races.run(call, route.handler, self.stopping, self.options.parallel_loss_ms)
        with self.store.lock:
            return route.handler(call)

    def _call(
        self, request: Request | None, route: Route, args: dict[str, str], body: Json, grant: Grant | None
    ) -> Call:
        query = nest(request.pairs) if request else {}
        scope = request.memo["scope"] if request else 0
        return Call(self, route.method, route.template, args, body, query, scope, grant, request)

    def _later(
        self, request: Request, route: Route, args: dict[str, str], body: Any, grant: Grant | None
    ) -> Json:
        if route.method == "GET":
            raise no_route()
        rows = body if request.memo["mode"] == "async/bulk" else [{**args, **body}]
        with self.store.lock:
            return bulk_api.accept(self, route, rows, request.memo["scope"], grant)

    def _before(self, fault: Fault, request: Request) -> Response | None:
        """The limiters of Magento itself answer JSON, those of hosts a page."""
        if fault.kind == "rate_limit" and fault.params.get("json"):
            body = dumps({"message": "Too Many Requests"})
            return Response(429, body, [("Content-Type", "application/json; charset=utf-8")])
        return super()._before(fault, request)

    # Inside.

    def happened(self, event: str, row_id: int) -> None:
        """Something that hooks may be set on."""
        self.events.emit(event, row_id)

    def internal(
        self, method: str, path: str, body: Json | None = None, *, scope: int = 0, **query: Any
    ) -> Any:
        """Calls a route as the merchant without HTTP, counters or faults; returns the body."""
        found = self.routes.find(method, path)
        if found is None:
            raise no_route()
        route, args = found
        call = Call(self, method, route.template, args, body or {}, query, scope)
        with self.store.lock:
            return route.handler(call)

    def control(self, method: str, path: str, body: Json, query: dict[str, str]) -> Any:
        return self.control_desk.handle(method, path, body, query)


def _check_accept(request: Request) -> None:
    accepted = request.headers.get("accept", "*/*").lower()
    if not any(kind in accepted for kind in ("*/*", "json", "xml", "application/*")):
        raise MageError(
            'Server cannot match any of the given Accept HTTP header media type(s) from the request: "%1" '
            "with media types from the config of response renderer.",
            [accepted],
            status=406,
        )


def _body(request: Request) -> Any:
    if request.method not in ("POST", "PUT") or not request.body.strip():
        return {}
    kind = request.headers.get("content-type", "").lower()
    if not kind:
        raise MageError("Content-Type header is empty.")
    if "json" not in kind:
        raise MageError("Server cannot understand Content-Type HTTP header media type %1", [kind])
    try:
        return json.loads(request.body, parse_float=Decimal)
    except ValueError as err:
        raise MageError("Decoding error.") from err
