"""Magento's part of the control API under `/__sandbox__/`."""

from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from sandbox.magento2 import bulk_api, demo, stock, stocking, storage, storefront
from sandbox.magento2.document_json import document_json
from sandbox.magento2.errors import MageError
from sandbox.magento2.order_json import order_json
from sandbox.magento2.product_json import product_json
from sandbox.magento2.rows import Grant, Json, Options
from sandbox.php import number

if TYPE_CHECKING:
    from sandbox.magento2.app import Magento2App

TABLES = (
    "products",
    "orders",
    "customers",
    "categories",
    "invoices",
    "shipments",
    "creditmemos",
    "rules",
    "bulks",
)


class ControlDesk:
    def __init__(self, app: "Magento2App") -> None:
        self.app = app

    def handle(self, method: str, path: str, body: Json, query: dict[str, str]) -> Any:
        """Answers a control route; LookupError when there is none."""
        if method == "GET":
            return self._get(path, query)
        actions = {
            "orders": self._order,
            "orders/status": self._status,
            "sale": self._sale,
            "webhooks/flush": lambda _: {"sent": self.app.events.flush(), "waiting": self.app.events.waiting},
            "webhooks/clear": self._clear_deliveries,
            "hooks": self._hook,
            "seed": self._seed,
            "reset": self._reset,
            "bulk": self._bulk,
            "keys": self._key,
            "keys/revoke": self._revoke,
            "options": self._options,
            "consumers": self._consumers,
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
            return {"deliveries": list(app.events.sent), "waiting": app.events.waiting}
        if path == "options":
            return asdict(app.options)
        if path == "demo":
            with app.store.lock:
                return demo.summary(app.store)
        if path.startswith("db/"):
            with app.store.lock:
                return self._dump(path.removeprefix("db/"), query)
        raise LookupError(path)

    def _state(self) -> Json:
        app, store = self.app, self.app.store
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
            "keys": [_shown_key(g) for g in store.grants.values() if g.kind == "integration"],
            "admins": [
                {"username": g.name, "password": g.password}
                for g in store.grants.values()
                if g.kind == "admin"
            ],
            "rows": {name: len(getattr(store, name)) for name in TABLES},
            "phantoms": sorted({r.sku for r in store.source_items.values() if store.by_sku(r.sku) is None}),
            "counters": app.counters.snapshot(),
            "faults": app.faults.listing(),
            "webhooks": {"waiting": app.events.waiting, "sent": len(app.events.sent)},
        }

    def _dump(self, table: str, query: dict[str, str]) -> Any:
        """Rows as the API prints them; `sku` and `id` narrow."""
        store = self.app.store
        if table == "products":
            rows = [p for p in store.products.values() if query.get("sku") in (None, p.sku)]
            return [product_json(store, p, single=True) for p in rows if _asked(p.id, query)]
        if table == "orders":
            return [
                {**order_json(store, o), "demo": store.demo_tags.get(o.id, [])}
                for o in store.orders.values()
                if _asked(o.id, query)
            ]
        if table == "stock":
            return {p.sku: number(stock.legacy_figures(store, p)[0]) for p in store.products.values()}
        if table == "salable":
            return {p.sku: number(stock.salable(store, p.sku)) for p in store.products.values()}
        if table == "sources":
            return [{**asdict(row), "quantity": number(row.quantity)} for row in store.source_items.values()]
        if table == "prices":
            return {
                p.sku: [str(p.get("price") or "0"), str(p.get("special_price") or "")]
                for p in store.products.values()
                if p.type_id != "configurable"
            }
        if table in ("invoices", "shipments", "creditmemos"):
            return [document_json(store, d) for d in getattr(store, table).values() if _asked(d.id, query)]
        if table not in TABLES:
            raise LookupError(table)
        return [
            _plain(asdict(row))
            for row in getattr(store, table).values()
            if _asked(getattr(row, "id", 0), query)
        ]

    def _order(self, body: Json) -> Json:
        order = storefront.place_order(self.app, body.pop("lines"), **body)
        with self.app.store.lock:
            return order_json(self.app.store, order)

    def _status(self, body: Json) -> Json:
        store = self.app.store
        with store.lock:
            order = store.orders[int(body["id"])]
            storefront.finish_as(self.app, order, str(body["status"]))
            self.app.happened("order", order.id)
            return order_json(store, order)

    def _sale(self, body: Json) -> Json:
        order = storefront.buy(self.app, str(body["sku"]), int(body.get("quantity", 1)))
        with self.app.store.lock:
            return order_json(self.app.store, order)

    def _clear_deliveries(self, body: Json) -> Json:
        self.app.events.clear()
        return {"ok": True}

    def _hook(self, body: Json) -> Json:
        """What staff set up in the admin: a hook of the third-party module, or the address for I/O events."""
        return self.app.events.register(**body)

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
            made += stocking.bulk_simple(store, int(body["simple"]), **extra)
        if "variable" in body:
            each = int(body.get("variations", 4))
            made += stocking.bulk_variable(store, int(body["variable"]), each, **extra)
        return {"made": made}

    def _key(self, body: Json) -> Json:
        """`{"resources": ["Magento_Sales::*"]}`; none is everything."""
        store = self.app.store
        with store.lock:
            wanted = frozenset(body.get("resources") or ()) or None
            grant = Grant(store.next_id("grant"), "integration", str(body.get("name", "Second")), wanted)
            grant.key, grant.secret = store.token(), store.token()
            grant.token, grant.token_secret = store.token(), store.token()
            store.grants[grant.id] = grant
            return _shown_key(grant)

    def _revoke(self, body: Json) -> Json:
        for grant in self.app.store.grants.values():
            if body["key"] in (grant.key, grant.token):
                grant.revoked = True
                return {"revoked": True}
        return {"revoked": False}

    def _options(self, body: Json) -> Json:
        known = {f.name for f in fields(Options)}
        for name, value in body.items():
            if name not in known:
                raise ValueError(f"Unknown option {name!r}; known: {', '.join(sorted(known))}.")
            setattr(self.app.options, name, tuple(value) if isinstance(value, list) else value)
        return asdict(self.app.options)

    def _consumers(self, body: Json) -> Json:
        with self.app.store.lock:
            return {"operations": bulk_api.work(self.app, now=True)}

    def _cron(self, body: Json) -> Json:
        return {"canceled": storefront.cancel_unpaid(self.app), **self._consumers(body)}

    def _rest(self, body: Json) -> Any:
        """What the shop's staff do in its admin: a REST call that is neither counted nor spoiled."""
        try:
            return self.app.internal(
                str(body["method"]), str(body["path"]), body.get("body"), scope=int(body.get("scope", 0))
            )
        except MageError as err:
            raise ValueError(err.filled()) from err

    def _save(self, body: Json) -> Json:
        storage.save(self.app.store, str(body["file"]))
        return {"ok": True}


def _shown_key(grant: Grant) -> Json:
    return {
        "consumer_key": grant.key,
        "consumer_secret": grant.secret,
        "access_token": grant.token,
        "access_token_secret": grant.token_secret,
        "resources": sorted(grant.resources) if grant.resources else "all",
    }


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
