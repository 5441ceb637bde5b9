"""WooCommerce's part of the control API under `/__sandbox__/`."""

from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from sandbox.woocommerce import bulk, demo, pages, storage, storefront
from sandbox.woocommerce.errors import RestError
from sandbox.woocommerce.order_json import order_json
from sandbox.woocommerce.product_json import product_json
from sandbox.woocommerce.rows import Json, Options
from sandbox.woocommerce.stock import sales_job

if TYPE_CHECKING:
    from sandbox.woocommerce.app import WooApp

TABLES = ("products", "orders", "customers", "coupons", "categories", "webhooks", "media", "refunds")


class ControlDesk:
    def __init__(self, app: "WooApp") -> None:
        self.app = app

    def handle(self, method: str, path: str, body: Json, query: dict[str, str]) -> Any:
        """Answers a control route; LookupError when there is none."""
        if method == "GET":
            return self._get(path, query)
        actions = {
            "orders": self._order,
            "orders/status": self._status,
            "sale": self._sale,
            "webhooks/flush": lambda _: {"sent": self.app.queue.flush(), "waiting": self.app.queue.waiting},
            "webhooks/clear": self._clear_deliveries,
            "seed": self._seed,
            "reset": self._reset,
            "bulk": self._bulk,
            "keys": self._key,
            "keys/revoke": lambda b: {"revoked": pages.revoke(self.app, str(b["key"]))},
            "users/delete": lambda b: {"keys": pages.delete_user(self.app, int(b["user_id"]))},
            "options": self._options,
            "cron": self._cron,
            "save": self._save,
            "rest": self._rest,
        }
        if method != "POST" or path not in actions:
            raise LookupError(path)
        return actions[path](body)

    def _get(self, path: str, query: dict[str, str]) -> Any:
        app = self.app
        if path in ("", "state"):
            return self._state()
        if path == "webhooks":
            return {"deliveries": list(app.queue.sent), "waiting": app.queue.waiting}
        if path == "options":
            return asdict(app.options)
        if path == "demo":
            with app.store.lock:
                return demo.summary(app.store)
        if path.startswith("db/"):
            return self._dump(path.removeprefix("db/"), query)
        raise LookupError(path)

    def _state(self) -> Json:
        app, store = self.app, self.app.store
        now = app.clock.now()
        keys = [
            {"consumer_key": k.key, "consumer_secret": k.secret, "permissions": k.permissions}
            for k in store.keys.values()
        ]
        return {
            "platform": app.platform,
            "url": app.home,
            "version": app.options.version,
            "clock": {
                "now": app.clock.local(now),
                "now_gmt": app.clock.gmt(now),
                "zone": app.clock.zone_name,
            },
            "keys": keys,
            "rows": {name: len(getattr(store, name)) for name in TABLES},
            "counters": app.counters.snapshot(),
            "faults": app.faults.listing(),
            "webhooks": {"waiting": app.queue.waiting, "sent": len(app.queue.sent)},
            "gateway_refunds": store.gateway_refunds,
        }

    def _dump(self, table: str, query: dict[str, str]) -> Any:
        """Rows as the API prints them (products, orders) or as they are kept; `sku` and `id` narrow."""
        app, store = self.app, self.app.store
        call = app.viewer()
        with store.lock:
            if table == "products":
                rows = list(store.products.values())
                if "sku" in query:
                    rows = [p for p in rows if p.sku == query["sku"]]
                return [product_json(call, p) for p in rows if _asked(p.id, query)]
            if table == "orders":
                return [
                    {**order_json(call, o), "demo": store.demo_tags.get(o.id, []), "notes": len(o.notes)}
                    for o in store.orders.values()
                    if _asked(o.id, query)
                ]
            if table == "stock":
                return {p.sku: p.stock_quantity for p in store.products.values() if p.sku}
            if table == "prices":
                return {
                    p.sku: [p.regular_price, p.sale_price]
                    for p in store.products.values()
                    if p.sku and p.type != "variable"
                }
            if table not in TABLES:
                raise LookupError(table)
            return [_plain(asdict(row)) for row in getattr(store, table).values() if _asked(row.id, query)]

    def _order(self, body: Json) -> Json:
        order = storefront.place_order(self.app, body.pop("lines"), **body)
        with self.app.store.lock:
            return order_json(self.app.viewer(), order)

    def _status(self, body: Json) -> Json:
        order = storefront.set_status(self.app, int(body["id"]), str(body["status"]))
        with self.app.store.lock:
            return order_json(self.app.viewer(), order)

    def _sale(self, body: Json) -> Json:
        order = storefront.buy(self.app, str(body["sku"]), int(body.get("quantity", 1)))
        with self.app.store.lock:
            return order_json(self.app.viewer(), order)

    def _clear_deliveries(self, body: Json) -> Json:
        self.app.queue.clear()
        return {"ok": True}

    def _seed(self, body: Json) -> Json:
        demo.seed(
            self.app,
            items=int(body.get("items", 500)),
            orders=int(body.get("orders", 200)),
            seed=int(body.get("seed", 1)),
        )
        return {"rows": self._state()["rows"]}

    def _reset(self, body: Json) -> Json:
        self.app.empty()
        self.app.counters.reset()
        self.app.faults.clear()
        return {"rows": self._state()["rows"]}

    def _bulk(self, body: Json) -> Json:
        extra = {k: body[k] for k in ("prefix", "price", "stock", "start") if k in body}
        store = self.app.store
        made: list[Json] = []
        if "simple" in body:
            made += bulk.bulk_simple(store, int(body["simple"]), **extra)
        if "variable" in body:
            made += bulk.bulk_variable(store, int(body["variable"]), int(body.get("variations", 4)), **extra)
        return {"made": made}

    def _key(self, body: Json) -> Json:
        key = pages.issue_key(
            self.app,
            str(body.get("permissions", "read_write")),
            role=str(body.get("role", "administrator")),
            user_id=int(body.get("user_id", 1)),
        )
        return {"consumer_key": key.key, "consumer_secret": key.secret, "permissions": key.permissions}

    def _options(self, body: Json) -> Json:
        known = {f.name for f in fields(Options)}
        for name, value in body.items():
            if name not in known:
                raise ValueError(f"Unknown option {name!r}; known: {', '.join(sorted(known))}.")
            setattr(self.app.options, name, tuple(value) if isinstance(value, list) else value)
        return asdict(self.app.options)

    def _cron(self, body: Json) -> Json:
        """Runs the daily sales job and the webhook queue now."""
        with self.app.store.lock:
            changed = sales_job(self.app.store)
            for product in changed:
                self.app.queue.emit("product.updated", product.id)
        return {"sales_changed": [p.id for p in changed], "sent": self.app.queue.flush()}

    def _rest(self, body: Json) -> Any:
        """What the shop's staff do in its admin: a REST call that is neither counted nor spoiled."""
        try:
            return self.app.internal(str(body["method"]), str(body["path"]), body.get("body"))
        except RestError as err:
            raise ValueError(str(err.message)) from err

    def _save(self, body: Json) -> Json:
        storage.save(self.app.store, str(body["file"]))
        return {"ok": True}


def _asked(row_id: int, query: dict[str, str]) -> bool:
    return "id" not in query or str(row_id) in query["id"].split(",")


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, str | int | float | bool) or value is None:
        return value
    return str(value)
