"""Magento 1's part of the control API under `/__sandbox__/`."""

from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from sandbox.magento1 import catalogue, demo, documents, orders, storefront
from sandbox.magento1.calls import Call
from sandbox.magento1.errors import ApiFault
from sandbox.magento1.methods import METHODS, full_path
from sandbox.magento1.rows import ApiUser, Json, Options, Order
from sandbox.magento1.state import shown_row

if TYPE_CHECKING:
    from sandbox.magento1.app import MagentoApp

TABLES = ("products", "orders", "customers", "categories", "invoices", "shipments", "creditmemos")
_STAFF = ApiUser("staff", "")


class ControlDesk:
    def __init__(self, app: "MagentoApp") -> None:
        self.app = app

    def handle(self, method: str, path: str, body: Json, query: dict[str, str]) -> Any:
        """Answers a control route; LookupError when there is none."""
        if method == "GET":
            return self._get(path, query)
        actions = {
            "orders": self._order,
            "orders/status": self._status,
            "sale": self._sale,
            "webhooks/flush": lambda _: {"sent": self.app.hints.flush(), "waiting": self.app.hints.waiting},
            "webhooks/clear": self._clear,
            "hints": self._hints,
            "seed": self._seed,
            "reset": self._reset,
            "bulk": self._bulk,
            "keys": self._key,
            "sessions/end": self._end_sessions,
            "options": self._options,
            "rpc": self._rpc,
        }
        if method != "POST" or path not in actions:
            raise LookupError(path)
        return actions[path](body)

    def _get(self, path: str, query: dict[str, str]) -> Any:
        app = self.app
        if path in ("", "state"):
            return self._state()
        if path == "webhooks":
            return {"deliveries": list(app.hints.sent), "waiting": app.hints.waiting}
        if path == "options":
            return asdict(app.options)
        if path == "demo":
            with app.store.lock:
                return demo.summary(app.store)
        if path.startswith("db/"):
            return self._dump(path.removeprefix("db/"), query)
        raise LookupError(path)

    def _rows(self) -> dict[str, int]:
        store = self.app.store
        counts = {
            name: len(getattr(store, name)) for name in ("products", "orders", "customers", "categories")
        }
        return counts | {f"{kind}s": len(rows) for kind, rows in store.documents.items()}

    def _state(self) -> Json:
        app = self.app
        now = app.clock.now()
        return {
            "platform": app.platform,
            "url": app.home,
            "version": app.options.version,
            "clock": {
                "now": app.clock.local(now),
                "now_gmt": app.clock.gmt(now),
                "zone": app.clock.zone_name,
            },
            "users": [{"username": user.name, "api_key": user.key} for user in app.store.users.values()],
            "rows": self._rows(),
            "sessions": len(app.store.sessions),
            "counters": app.counters.snapshot(),
            "faults": app.faults.listing(),
            "webhooks": {"waiting": app.hints.waiting, "sent": len(app.hints.sent)},
        }

    def _dump(self, table: str, query: dict[str, str]) -> Any:
        """Rows as the API prints them; `sku` and `id` narrow."""
        store = self.app.store
        with store.lock:
            if table == "stock":
                return {one.sku: str(one.stock.qty) for one in store.products.values()}
            if table == "prices":
                return {
                    one.sku: [one.value("price"), one.value("special_price")]
                    for one in store.products.values()
                }
            if table == "products":
                found = [one for one in store.products.values() if query.get("sku") in (None, one.sku)]
                return [
                    METHODS["catalog_product.info"].handler(self._call(), one.id, None, None, "id")
                    for one in found
                ]
            if table == "orders":
                return [
                    self._shown(order) for order in store.orders.values() if _asked(order.increment_id, query)
                ]
            if table == "customers":
                return [
                    {k: v for k, v in one.columns.items() if k != "password_hash"}
                    for one in store.customers.values()
                ]
            if table == "categories":
                return [asdict(one) for one in store.categories.values()]
            if table.removesuffix("s") in store.documents:
                return [shown_row(one.columns) for one in store.documents[table.removesuffix("s")].values()]
        raise LookupError(table)

    def _call(self) -> Call:
        return Call(self.app.store, _STAFF, self.app.hint)

    def _shown(self, order: Order) -> Json:
        shown = orders.info(self._call(), order.increment_id)
        return {**shown, "demo": order.marks, "mails": order.mails}

    def _order(self, body: Json) -> Json:
        with self.app.store.lock:
            coupon = body.pop("coupon", None)
            extra = {**body, "coupon": tuple(coupon)} if coupon else body
            order = storefront.place_order(self.app.store, extra.pop("lines"), **extra)
            self.app.hint("order.updated", order)
            return self._shown(order)

    def _status(self, body: Json) -> Json:
        with self.app.store.lock:
            number = str(body["id"])
            try:
                if body["status"] == "canceled":
                    orders.cancel(self._call(), number)
                else:
                    orders.add_comment(self._call(), number, str(body["status"]))
            except ApiFault as err:
                raise ValueError(err.message) from err
            return self._shown(self.app.store.order(number, "sales_order", 100))

    def _sale(self, body: Json) -> Json:
        line = {"sku": str(body["sku"]), "quantity": str(body.get("quantity", 1))}
        with self.app.store.lock:
            order = storefront.place_order(self.app.store, [line])
            documents.make_invoice(self.app.store, order, {})
            self.app.hint("order.updated", order)
            return self._shown(order)

    def _hints(self, body: Json) -> Json:
        self.app.hints.target, self.app.hints.secret = str(body["target"]), str(body["secret"])
        return {"ok": True}

    def _clear(self, body: Json) -> Json:
        self.app.hints.clear()
        return {"ok": True}

    def _seed(self, body: Json) -> Json:
        demo.seed(
            self.app,
            items=int(body.get("items", 500)),
            orders=int(body.get("orders", 200)),
            seed=int(body.get("seed", 1)),
        )
        return {"rows": self._rows()}

    def _reset(self, body: Json) -> Json:
        self.app.empty()
        self.app.counters.reset()
        self.app.faults.clear()
        return {"rows": self._rows()}

    def _bulk(self, body: Json) -> Json:
        store = self.app.store
        prefix, start = str(body.get("prefix", "SIM")), int(body.get("start", 1))
        with store.lock:
            made = [
                catalogue.add_product(
                    store,
                    f"{prefix}-{n:05d}",
                    price=str(body.get("price", "10.00")),
                    stock=str(body.get("stock", 5)),
                )
                for n in range(start, start + int(body.get("simple", 0)))
            ]
        return {"made": [{"id": one.id, "sku": one.sku} for one in made]}

    def _key(self, body: Json) -> Json:
        rights = body.get("rights")
        user = ApiUser(str(body["username"]), str(body["api_key"]), frozenset(rights) if rights else None)
        self.app.store.users[user.name] = user
        return {"username": user.name, "rights": sorted(user.rights) if user.rights else None}

    def _end_sessions(self, body: Json) -> Json:
        with self.app.store.lock:
            count = len(self.app.store.sessions)
            self.app.store.sessions.clear()
        return {"ended": count}

    def _options(self, body: Json) -> Json:
        known = {f.name for f in fields(Options)}
        for name, value in body.items():
            if name not in known:
                raise ValueError(f"Unknown option {name!r}; known: {', '.join(sorted(known))}.")
            setattr(self.app.options, name, value)
        return asdict(self.app.options)

    def _rpc(self, body: Json) -> Any:
        """What the shop's staff do: a call that is neither counted nor spoiled."""
        with self.app.store.lock:
            try:
                return METHODS[full_path(str(body["path"]))].handler(self._call(), *body.get("arguments", []))
            except ApiFault as err:
                raise ValueError(f"{err.code}: {err.message}") from err


def _asked(number: str, query: dict[str, str]) -> bool:
    return "id" not in query or number in query["id"].split(",")
