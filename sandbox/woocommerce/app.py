"""The shop behind the server: finds the route, authenticates, checks, calls, and dresses the answer."""

import json
from typing import Any
from urllib.parse import parse_qsl

from sandbox.base import SandboxApp
from sandbox.faults import Fault
from sandbox.messages import Request, Response
from sandbox.php import dumps, nest, to_int
from sandbox.woocommerce import auth, coupons, customers, orders, pages, products, stock
from sandbox.woocommerce.control import ControlDesk
from sandbox.woocommerce.delivery import DeliveryQueue
from sandbox.woocommerce.errors import RestError, critical_error, no_route
from sandbox.woocommerce.listing import Call, Result, only_fields
from sandbox.woocommerce.media import MediaDesk, download, sources
from sandbox.woocommerce.routes import Batch, Route, Routes, Version
from sandbox.woocommerce.rows import ApiKey, Json, Options
from sandbox.woocommerce.setup import furnish
from sandbox.woocommerce.state import Store
from sandbox.woocommerce.validate import PAGING, batch_too_large, check
from sandbox.woocommerce.webhooks import WebhookDesk

_STAFF = ("administrator", "shop_manager")
_DENIED = {
    "list": ("view", "Sorry, you cannot list resources."),
    "GET": ("view", "Sorry, you cannot view this resource."),
    "POST": ("create", "Sorry, you are not allowed to create resources."),
    "PUT": ("edit", "Sorry, you are not allowed to edit this resource."),
    "DELETE": ("delete", "Sorry, you are not allowed to delete this resource."),
    "batch": ("batch", "Sorry, you are not allowed to batch manipulate this resource."),
}
_SHOW = {
    "product": products.show_any,
    "order": orders.show_any,
    "customer": customers.show_any,
    "coupon": coupons.show_any,
}


class WooApp(SandboxApp):
    """One WooCommerce shop. `store` holds the rows, `queue` the webhook deliveries, `options` the set-up."""

    platform = "woocommerce"

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
        self.queue = DeliveryQueue(
            self.store, self.faults, self._render, delay=webhook_delay, timeout=webhook_timeout
        )
        self.desk = WebhookDesk(self.queue.ping)
        self.control_desk = ControlDesk(self)
        self._routes: tuple[Any, Routes] | None = None

    @property
    def home(self) -> str:
        return self.home_url.rstrip("/") or f"{self.base_url}{self.options.base_path}"

    @property
    def rest_url(self) -> str:
        if self.options.pretty_permalinks:
            return f"{self.home}/{self.options.rest_prefix}"
        return f"{self.home}/index.php?rest_route="

    @property
    def routes(self) -> Routes:
        version, plugin = Version.of(self.options), self.options.tracking_plugin
        state = (version, plugin)
        if self._routes is None or self._routes[0] != state:
            self._routes = (state, Routes(self.desk, version, plugin))
        return self._routes[1]

    def started(self) -> None:
        self.queue.base_url = self.home
        self.queue.start()

    def stopped(self) -> None:
        self.queue.stop()

    def replace_store(self, store: Store) -> None:
        """Puts another store (empty, or loaded from a file) in place of the present one."""
        self.store = self.queue.store = store
        self.queue.clear()

    def empty(self) -> None:
        """A new shop with the same keys and webhook registrations gone."""
        keys = self.store.keys
        store = Store(self.options, self.clock, 1)
        furnish(store)
        store.keys = keys
        store.ids["key"] = max((k.id for k in keys.values()), default=0)
        self.replace_store(store)

    # Routing.

    def rest_path(self, request: Request) -> str | None:
        """The REST path (`/wc/v3/…`) that a request means, or None for a page of the site."""
        path = request.path.removeprefix(self.options.base_path)
        if self.options.pretty_permalinks:
            prefix = f"/{self.options.rest_prefix}"
            if path == prefix or path.startswith(f"{prefix}/"):
                return path.removeprefix(prefix) or "/"
        return next((value for name, value in request.pairs if name == "rest_route" and value), None)

    def method_of(self, request: Request) -> str:
        override = next((v for n, v in request.pairs if n == "_method"), "")
        return (override or request.headers.get("x-http-method-override") or request.method).upper()

    def route_name(self, request: Request) -> tuple[str, str]:
        method = self.method_of(request)
        rest = self.rest_path(request)
        if rest is None:
            return method, request.path
        found = self.routes.find(rest)
        request.memo.update(rest=rest, method=method, found=found)
        if found is None:
            return method, f"/{self.options.rest_prefix}{rest}"
        route = found[0]
        prefix = "" if route.namespace == "wc/v3" else f"/{route.namespace}"
        return method, f"{prefix}{route.template}"

    # Answering.

    def answer(self, request: Request) -> Response:
        if "rest" not in request.memo:
            return pages.page(self, request)
        key: ApiKey | None = None
        query = nest(request.pairs)
        try:
            key = self._authenticate(request, query)
            result = self._rest(request, query, key)
            fields = query.get("_fields")
            if fields:
                names = list(fields.values()) if isinstance(fields, dict) else fields.split(",")
                result.body = only_fields(result.body, [n.strip() for n in names if n.strip()])
        except RestError as err:
            result = Result(err.body(), err.status)
        found = request.memo["found"]
        return Response(result.status, dumps(result.body), self._headers(found, key, result))

    def _authenticate(self, request: Request, query: Json) -> ApiKey | None:
        rest = request.memo["rest"]
        if not rest.startswith(("/wc/", "/wc-")):
            return None
        raw = request.target.partition("?")[0].removeprefix(self.options.base_path)
        return auth.authenticate(
            self.store, request, query, home=self.home, path=raw, method=request.memo["method"]
        )

    def _headers(
        self, found: tuple[Route, tuple[str, ...]] | None, key: ApiKey | None, result: Result
    ) -> list[tuple[str, str]]:
        headers = [
            ("X-Powered-By", "PHP/8.2.35"),
            ("Content-Type", "application/json; charset=UTF-8"),
            ("X-Robots-Tag", "noindex"),
        ]
        if not any(name == "Link" for name, _ in result.headers):
            headers.append(("Link", f'<{self.rest_url}/>; rel="https://api.w.org/"'))
        headers += [
            ("X-Content-Type-Options", "nosniff"),
            ("Access-Control-Expose-Headers", "X-WP-Total, X-WP-TotalPages, Link"),
            (
                "Access-Control-Allow-Headers",
                "Authorization, X-WP-Nonce, Content-Disposition, Content-MD5, Content-Type",
            ),
            *result.headers,
        ]
        if key is None:
            return [*headers, ("Vary", "Origin")]
        if found:
            headers.append(("Allow", found[0].allow))
        return [
            *headers,
            ("Expires", "Wed, 11 Jan 1984 05:00:00 GMT"),
            ("Cache-Control", "no-cache, must-revalidate, max-age=0, no-store, private"),
        ]

    def _rest(self, request: Request, query: Json, key: ApiKey | None) -> Result:
        rest: str = request.memo["rest"]
        method: str = request.memo["method"]
        found: tuple[Route, tuple[str, ...]] | None = request.memo["found"]
        if found is None:
            if method in ("GET", "HEAD") and rest.strip("/") in ("", *self.routes.namespaces):
                return pages.index(self, rest.strip("/"))
            raise no_route()
        route, ids = found
        verb = "GET" if method == "HEAD" else method
        if verb == "OPTIONS":
            return Result({"namespace": route.namespace, "methods": route.allow.split(", ")})
        endpoint = route.methods.get(verb)
        if endpoint is None:
            raise no_route()
        body = self._body(request)
        params = {k: v for k, v in query.items() if k not in ("rest_route", "_method")} | body
        if route.batch is None:
            check({"context": PAGING["context"], **endpoint.schema}, params)
        self._permit(route, verb, key)
        call = self._call(request, route, ids, verb, params, query, key)
        problem = request.fault("internal_error")
        if problem:
            raise critical_error()
        with self.store.lock:
            for product in stock.run_scheduled_sales(self.store):
                self.queue.emit("product.updated", product.id)
            if route.batch is not None:
                rows = [f for f in request.faults if f.kind == "batch_fail"]
                death = request.fault("batch_dies")
                rows_left = None if death is None else int(death.params.get("after", 1))
                return self._batch(call, route.batch, body, rows, route.template, rows_left)
            return endpoint.handler(call)

    def _call(
        self,
        request: Request | None,
        route: Route,
        ids: tuple[str, ...],
        method: str,
        params: Json,
        query: Json,
        key: ApiKey | None,
    ) -> Call:
        path = request.memo["rest"] if request else route.template
        problems = {}
        if method != "GET":
            external = self.options.download_external_images
            problems = {src: download(src, external=external) for src in set(sources(params))}
        return Call(
            self.store,
            method,
            route.template,
            path,
            ids,
            params,
            {k: v for k, v in query.items() if k != "rest_route"},
            key,
            self.rest_url,
            self.home,
            self.queue.emit,
            MediaDesk(self.store, self.home, problems),
        )

    @staticmethod
    def _body(request: Request) -> Json:
        if not request.body:
            return {}
        kind = request.headers.get("content-type", "").lower()
        if "json" in kind:
            try:
                body = json.loads(request.body)
            except ValueError as err:
                raise RestError(
                    "rest_invalid_json",
                    "Invalid JSON body passed.",
                    400,
                    json_error_code=4,
                    json_error_message="Syntax error",
                ) from err
            return body if isinstance(body, dict) else {}
        if "x-www-form-urlencoded" in kind:
            return nest(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
        return {}

    @staticmethod
    def _permit(route: Route, verb: str, key: ApiKey | None) -> None:
        if key is not None and key.role in _STAFF:
            return
        if route.batch is not None:
            name = "batch"
        elif verb == "GET" and route.noun == "collection":
            name = "list"
        elif verb in ("PUT", "PATCH") or (verb == "POST" and route.noun == "item"):
            name = "PUT"
        else:
            name = verb
        code, message = _DENIED[name]
        raise RestError(f"woocommerce_rest_cannot_{code}", message, 401 if key is None else 403)

    # Batches: always 200, a result per row, no checks before, no way back after.

    def _batch(
        self,
        call: Call,
        batch: Batch,
        body: Json,
        faults: list[Fault],
        template: str,
        rows_left: int | None = None,
    ) -> Result:
        """rows_left: how many rows are done before PHP dies and takes the answer with it."""
        rows = {name: _rows(body.get(name)) for name in ("create", "update", "delete")}
        limit = self.options.batch_limit
        if sum(len(r) for r in rows.values()) > limit:
            raise batch_too_large(limit)
        answer: Json = {}
        for name, handler in (("create", batch.create), ("update", batch.update), ("delete", batch.delete)):
            if not rows[name]:
                continue
            self.counters.rows(template, name, len(rows[name]))
            answer[name] = []
            for row in rows[name]:
                params = {"id": to_int(row), "force": True} if name == "delete" else row
                if name == "delete" and not params["id"]:
                    continue
                if rows_left is not None:
                    if rows_left == 0:
                        raise critical_error()
                    rows_left -= 1
                if not isinstance(params, dict) or (name == "update" and not params.get("id")):
                    raise critical_error()
                answer[name].append(self._batch_row(call, name, handler, params, faults))
        return Result(answer)

    def _batch_row(self, call: Call, name: str, handler: Any, params: Json, faults: list[Fault]) -> Json:
        row_id = 0 if name == "create" else to_int(params.get("id"))
        ids = call.ids if name == "create" else (*call.ids, str(row_id))
        inner = Call(
            call.store,
            call.method,
            call.route,
            call.path,
            ids,
            dict(params),
            call.query,
            call.key,
            call.rest_url,
            call.home,
            call.emit,
            call.media,
            in_batch=True,
        )
        try:
            for fault in faults:
                self._refuse(fault, params, row_id)
            body: Json = handler(inner).body
        except RestError as err:
            return {"id": row_id, "error": err.body()}
        return body

    def _refuse(self, fault: Fault, params: Json, row_id: int) -> None:
        held = self.store.products.get(row_id)
        sku = str(params.get("sku") or (held.sku if held else ""))
        wanted = fault.params
        everything = "skus" not in wanted and "ids" not in wanted
        if everything or sku in wanted.get("skus", ()) or row_id in wanted.get("ids", ()):
            raise RestError(
                wanted.get("code", "db_update_error"),
                wanted.get("message", "Could not update post in the database."),
                wanted.get("status", 500),
            )

    # Inside.

    def internal(self, method: str, path: str, body: Json | None = None, **query: Any) -> Any:
        """Calls a route as the administrator without HTTP, counters or faults; returns the body."""
        found = self.routes.find(path if path.startswith("/wc") else f"/wc/v3{path}")
        if found is None:
            raise no_route()
        route, ids = found
        params = {**query, **(body or {})}
        call = self._call(None, route, ids, method, params, {}, None)
        with self.store.lock:
            if route.batch is not None:
                return self._batch(call, route.batch, params, [], route.template).body
            check(route.methods[method].schema, params)
            return route.methods[method].handler(call).body

    def _render(self, resource: str, row_id: int) -> Any:
        show = _SHOW.get(resource)
        if show is None:
            raise no_route()
        return show(self.viewer(), row_id)

    def viewer(self) -> Call:
        """A call that only prints, for webhook bodies and dumps."""
        media = MediaDesk(self.store, self.home, {})
        return Call(
            self.store, "GET", "", "", (), {}, {}, None, self.rest_url, self.home, self.queue.emit, media
        )

    def control(self, method: str, path: str, body: Json, query: dict[str, str]) -> Any:
        return self.control_desk.handle(method, path, body, query)


def _rows(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
