"""The shop over HTTP: signing in, routes, pages, refusals."""

import base64
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from sandbox.base import SandboxApp
from sandbox.custom import access, catalog, graph, orders, wire
from sandbox.custom.control import ControlDesk
from sandbox.custom.delivery import DeliveryQueue
from sandbox.custom.state import LOCATIONS, PAYMENTS, SHIPPINGS, STATUSES, ApiError, Json, Key, Options, Store
from sandbox.messages import Request, Response

ROOT = "/api/v1"
Handler = Callable[["CustomApp", Request, str, Any], Any]


class CustomApp(SandboxApp):
    platform = "custom"

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
        self.store = Store(options, self.clock)
        self.queue = DeliveryQueue(self, delay=webhook_delay, timeout=webhook_timeout)
        self.desk = ControlDesk(self)

    def emit(self, topic: str, number: int) -> None:
        self.queue.emit(topic, number)

    def replace_store(self, store: Store) -> None:
        self.store = store

    def started(self) -> None:
        self.queue.start()

    def stopped(self) -> None:
        self.queue.stop()

    def control(self, method: str, path: str, body: dict[str, Any], query: dict[str, str]) -> Any:
        return self.desk.handle(method, path, body, query)

    # -- one request --------------------------------------------------------
    def route_name(self, request: Request) -> tuple[str, str]:
        """GraphQL is counted by its first root field: `QUERY /graphql/orders`, `POST /graphql/set_stock`."""
        if request.path == graph.PATH:
            word, name = graph.first_field(graph.document(request))
            return ("POST" if word == "mutation" else "QUERY"), f"{graph.PATH}/{name}"
        return request.method, re.sub(r"/\d+(?=/|$)", "/{id}", request.path)

    def answer(self, request: Request) -> Response:
        kind = self.options.body
        try:
            if request.fault("internal_error"):
                raise ApiError(500, "INTERNAL", "Something broke.")
            with self.store.lock:
                found = self._answered(request)
        except ApiError as error:
            return self._refused(error)
        if isinstance(found, Response):
            return found
        return wire.write({"ok": True, **found} if self.options.envelope else found, kind)

    def _refused(self, error: ApiError) -> Response:
        told = {"error": {"code": error.code, "message": error.message}}
        if self.options.envelope and error.status < 500:
            return wire.write({"ok": False, **told}, self.options.body)
        return wire.write(told, self.options.body, error.status, error.headers)

    def _answered(self, request: Request) -> Any:
        if (request.method, request.path) == ("POST", "/oauth/token"):
            return wire.write(access.token(self.store, request), "json")
        if (request.method, request.path) == ("POST", graph.PATH):
            return graph.answer(self, request)
        body = wire.read(request.body, self.options.body) if request.body else {}
        if (request.method, request.path) == ("POST", f"{ROOT}/login"):
            return access.login(self.store, body)
        key = access.caller(self.store, request)
        handler, number, writes = _route(request)
        self.check_rights(key, writes=writes)
        return handler(self, request, number, body)

    @staticmethod
    def check_rights(key: Key, *, writes: bool) -> None:
        if key.rights == "none" or (writes and key.rights != "all"):
            raise ApiError(403, "FORBIDDEN", "This key may not do that.")

    def facts(self) -> Json:
        """What the shop tells of itself."""
        return {
            "name": "متجر البن | Coffee Shop",
            "currency": self.options.currency,
            "time_zone": self.clock.zone_name,
            "prices_include_tax": self.options.prices_include_tax,
            "statuses": [{"code": code, "title": code.title()} for code in STATUSES],
            "payment_methods": [{"code": code, "title": title} for code, title in PAYMENTS],
            "shipping_methods": [{"code": code, "title": title} for code, title in SHIPPINGS],
            "locations": [{"code": code, "title": title} for code, title in LOCATIONS],
        }

    # -- lists --------------------------------------------------------------
    def page(self, request: Request, rows: list[Json], show: Callable[[Store, Json], Json]) -> Any:
        """A page of the rows, in the style of the shop."""
        options, query = self.options, dict(request.pairs)
        size = min(int(query.get("limit", options.page_size)), 500)
        style = options.paging
        if style == "since_id":
            start = 0
            rows = sorted(
                (row for row in rows if row["id"] > int(query.get("since_id") or 0)),
                key=lambda row: row["id"],
            )
        elif style == "offset":
            start = int(query.get("offset", 0))
        elif style == "cursor":
            start = int(base64.b64decode(query["cursor"])) if query.get("cursor") else 0
        else:
            start = (int(query.get("page", 1)) - 1) * size
        shown = [show(self.store, row) for row in rows[start : start + size]]
        answer: Json = {"items": shown, "count": len(rows)}
        more = start + size < len(rows)
        headers: list[tuple[str, str]] = []
        if style == "cursor":
            answer["next_cursor"] = base64.b64encode(str(start + size).encode()).decode() if more else None
        elif style in ("link", "next_url"):
            following = {**query, "page": str(start // size + 2), "limit": str(size)}
            address = f"{self.base_url}{request.path}?{urlencode(following)}" if more else None
            if style == "next_url":
                answer["next"] = address
            elif address:
                headers.append(("Link", f'<{address}>; rel="next"'))
        if headers:
            return wire.write(answer, options.body, 200, headers)
        return answer


# ---------------------------------------------------------------- routes


def _shop(app: CustomApp, request: Request, number: str, body: Any) -> Json:
    return app.facts()


def _products(app: CustomApp, request: Request, number: str, body: Any) -> Any:
    query, rows = dict(request.pairs), list(app.store.products.values())
    if "sku" in query:
        wanted = set(query["sku"].split(","))
        rows = [row for row in rows if row["sku"] in wanted]
    if "ids" in query:
        ids = set(query["ids"].split(","))
        rows = [row for row in rows if str(row["id"]) in ids]
    return app.page(request, rows, catalog.shown)


def _make_product(app: CustomApp, request: Request, number: str, body: Any) -> Json:
    return catalog.shown(app.store, catalog.add(app.store, **body))


def _change_product(app: CustomApp, request: Request, number: str, body: Any) -> Json:
    return catalog.shown(app.store, catalog.change(app.store, _product_of(app, number), body))


def _product_of(app: CustomApp, number: str) -> Json:
    row = app.store.products.get(int(number))
    if row is None:
        raise ApiError(404, "NOT_FOUND", f"There is no product {number}.")
    return row


def _images(app: CustomApp, request: Request, number: str, body: Any) -> Any:
    wanted = _product_of(app, number)["id"]
    rows = [row for row in app.store.images.values() if row["product_id"] == wanted]
    return app.page(request, rows, lambda store, row: dict(row))


def _add_image(app: CustomApp, request: Request, number: str, body: Any) -> Json:
    return dict(catalog.add_image(app.store, _product_of(app, number), body))


def _remove_image(app: CustomApp, request: Request, number: str, body: Any) -> Json:
    if app.store.images.pop(int(number), None) is None:
        raise ApiError(404, "NOT_FOUND", f"There is no picture {number}.")
    return {}


def _rows(app: CustomApp, request: Request, number: str, body: Any) -> Json:
    fault = request.fault("batch_fail")
    refused = set(fault.params.get("skus", [])) if fault else set()
    rows = wire.as_rows(body)
    app.counters.rows(request.path, "update", len(rows))
    return {"results": catalog.set_rows(app.store, rows, refused)}


def _orders(app: CustomApp, request: Request, number: str, body: Any) -> Any:
    query = dict(request.pairs)
    rows = sorted(app.store.orders.values(), key=lambda row: (row["updated"], row["id"]))
    if query.get("updated_from"):
        since = app.clock.parse(query["updated_from"], gmt=True)
        rows = [row for row in rows if row["updated"] >= since]
    if "ids" in query:
        ids = set(query["ids"].split(","))
        rows = [row for row in rows if str(row["id"]) in ids]
    return app.page(request, rows, orders.shown)


def _order(app: CustomApp, request: Request, number: str, body: Any) -> Json:
    return orders.shown(app.store, orders.find(app.store, number))


def _changing(change: Callable[..., Json]) -> Handler:
    def handler(app: CustomApp, request: Request, number: str, body: Any) -> Json:
        order = orders.find(app.store, number)
        change(app.store, app.emit, order, body)
        return orders.shown(app.store, order)

    return handler


def _status(store: Store, emit: Any, order: Json, body: Json) -> Json:
    return orders.set_status(store, emit, order, str(body.get("status", "")))


def _categories(app: CustomApp, request: Request, number: str, body: Any) -> Any:
    return app.page(request, list(app.store.categories.values()), lambda store, row: dict(row))


def _make_category(app: CustomApp, request: Request, number: str, body: Any) -> Json:
    return dict(catalog.add_category(app.store, body))


def _change_category(app: CustomApp, request: Request, number: str, body: Any) -> Json:
    row = app.store.categories.get(int(number))
    if row is None:
        raise ApiError(404, "NOT_FOUND", f"There is no category {number}.")
    row |= {name: body[name] for name in ("name", "parent_id") if name in body}
    return dict(row)


def _hooks(app: CustomApp, request: Request, number: str, body: Any) -> Any:
    return app.page(request, list(app.store.hooks.values()), _hook_shown)


def _hook_shown(store: Store, row: Json) -> Json:
    return {name: row[name] for name in ("id", "topic", "url", "active")}


def _make_hook(app: CustomApp, request: Request, number: str, body: Any) -> Json:
    if not str(body.get("secret", "")) or not str(body.get("url", "")):
        raise ApiError(422, "BAD_HOOK", "A hook needs a URL and a secret.")
    made = app.store.next_id("hooks")
    row = {
        "id": made,
        "topic": str(body["topic"]),
        "url": str(body["url"]),
        "secret": str(body["secret"]),
        "active": True,
    }
    app.store.hooks[made] = row
    return _hook_shown(app.store, row)


def _change_hook(app: CustomApp, request: Request, number: str, body: Any) -> Json:
    row = app.store.hooks.get(int(number))
    if row is None:
        raise ApiError(404, "NOT_FOUND", f"There is no hook {number}.")
    row |= {"active": True, **{name: body[name] for name in ("secret", "url") if body.get(name)}}
    return _hook_shown(app.store, row)


ROUTES: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/shop", _shop),
    ("GET", "/products", _products),
    ("POST", "/products", _make_product),
    ("PUT", r"/products/(\d+)", _change_product),
    ("GET", r"/products/(\d+)/images", _images),
    ("POST", r"/products/(\d+)/images", _add_image),
    ("DELETE", r"/images/(\d+)", _remove_image),
    ("PUT", "/stock", _rows),
    ("PUT", "/prices", _rows),
    ("GET", "/orders", _orders),
    ("GET", r"/orders/(\d+)", _order),
    ("PUT", r"/orders/(\d+)/status", _changing(_status)),
    ("POST", r"/orders/(\d+)/shipments", _changing(orders.ship)),
    ("POST", r"/orders/(\d+)/invoices", _changing(orders.invoice)),
    ("POST", r"/orders/(\d+)/refunds", _changing(orders.refund)),
    ("GET", "/categories", _categories),
    ("POST", "/categories", _make_category),
    ("PUT", r"/categories/(\d+)", _change_category),
    ("GET", "/hooks", _hooks),
    ("POST", "/hooks", _make_hook),
    ("PUT", r"/hooks/(\d+)", _change_hook),
)


def _route(request: Request) -> tuple[Handler, str, bool]:
    path = request.path.removeprefix(ROOT) if request.path.startswith(ROOT) else ""
    for method, pattern, handler in ROUTES:
        found = re.fullmatch(pattern, path)
        if found and method == request.method:
            return handler, found[1] if found.groups() else "", method != "GET"
    raise ApiError(404, "NO_ROUTE", f"There is no {request.method} {request.path}.")
