"""Salla's part of the control API under `/__sandbox__/`."""

from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from sandbox.salla import bulk, demo, oauth, storage, storefront
from sandbox.salla.answers import Json
from sandbox.salla.orders import items_json, order_json
from sandbox.salla.products import level, product_json
from sandbox.salla.state import ALL_SCOPES, Options, plain

if TYPE_CHECKING:
    from sandbox.salla.app import SallaApp

TABLES = (
    "products", "variants", "orders", "customers", "categories", "hooks", "shipments", "invoices", "transactions",
    "branches", "statuses",
)  # fmt: skip


class ControlDesk:
    def __init__(self, app: "SallaApp") -> None:
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
            "webhooks/clear": self._clear,
            "app/webhook": self._app_hook,
            "app/install": self._install,
            "app/uninstall": self._uninstall,
            "seed": self._seed,
            "reset": self._reset,
            "bulk": self._bulk,
            "keys": self._key,
            "keys/revoke": self._revoke,
            "options": self._options,
            "settle": self._settle,
            "save": self._save,
        }
        if method != "POST" or path not in actions:
            raise LookupError(path)
        with self.app.store.lock:
            return plain(actions[path](body))

    def _get(self, path: str, query: dict[str, str]) -> Any:
        app = self.app
        if path in ("", "state"):
            return self._state()
        if path == "webhooks":
            return {"deliveries": list(app.queue.sent), "waiting": app.queue.waiting}
        if path == "options":
            return plain(asdict(app.options))
        if path == "demo":
            with app.store.lock:
                return demo.summary(app.store)
        if path.startswith("db/"):
            with app.store.lock:
                return plain(self._dump(path.removeprefix("db/"), query))
        raise LookupError(path)

    def _state(self) -> Json:
        app, store = self.app, self.app.store
        now = app.clock.now()
        return {
            "platform": app.platform,
            "url": f"{app.base_url}/admin/v2",
            "clock": {
                "now": app.clock.local(now),
                "now_gmt": app.clock.gmt(now),
                "zone": app.clock.zone_name,
            },
            "merchant": app.options.merchant,
            "keys": [oauth.pair_json(store, grant) for grant in store.grants.values()],
            "rows": {name: len(getattr(store, name)) for name in TABLES},
            "queued_quantities": sum(len(entry.rows) for entry in store.queued),
            "counters": app.counters.snapshot(),
            "faults": app.faults.listing(),
            "webhooks": {"waiting": app.queue.waiting, "sent": len(app.queue.sent)},
        }

    def _dump(self, table: str, query: dict[str, str]) -> Any:
        app, store = self.app, self.app.store
        if table == "products":
            rows = [product_json(store, row) for row in store.products.values()]
            return [row for row in rows if _asked(row, query) and query.get("sku", row["sku"]) == row["sku"]]
        if table == "orders":
            return [
                {
                    **order_json(store, order),
                    "items": items_json(store, order),
                    "demo": store.demo_tags.get(order["id"], []),
                }
                for order in store.orders.values()
                if _asked(order, query)
            ]
        if table in ("stock", "prices"):
            app.settle(all_now=True)
            found: Json = {}
            for kind, sold in (("product", store.products), ("variant", store.variants)):
                for number, row in sold.items():
                    if not row["sku"] or row.get("_variants"):
                        continue
                    key = (kind, number)
                    shown = [row["price"], row["sale_price"]]
                    found[row["sku"]] = level(store, key) if table == "stock" else shown
            return found
        if table not in TABLES:
            raise LookupError(table)
        return [
            {k: v for k, v in row.items() if not k.startswith("_")} for row in getattr(store, table).values()
        ]

    def _order(self, body: Json) -> Json:
        order = storefront.place_order(self.app.store, self.app.emit, body.pop("lines"), **body)
        return order_json(self.app.store, order)

    def _status(self, body: Json) -> Json:
        store = self.app.store
        order, wanted = store.orders[int(body["id"])], str(body["status"])
        number = (
            int(wanted)
            if wanted.isdigit()
            else next(n for n, row in store.statuses.items() if row["slug"] == wanted and not row["_parent"])
        )
        storefront.set_status(store, order, number, self.app.emit)
        return order_json(store, order)

    def _sale(self, body: Json) -> Json:
        return self._order({"lines": [{"sku": str(body["sku"]), "quantity": int(body.get("quantity", 1))}]})

    def _clear(self, body: Json) -> Json:
        self.app.queue.clear()
        return {"ok": True}

    def _app_hook(self, body: Json) -> Json:
        set_app_webhook(
            self.app, str(body["url"]), str(body["secret"]), str(body.get("strategy", "signature"))
        )
        return {"ok": True}

    def _install(self, body: Json) -> Json:
        return install(self.app)

    def _uninstall(self, body: Json) -> Json:
        uninstall(self.app)
        return {"ok": True}

    def _seed(self, body: Json) -> Json:
        usual = (("items", 500), ("orders", 200), ("seed", 1))
        demo.seed(self.app, **{name: int(body.get(name, value)) for name, value in usual})
        return {"rows": self._state()["rows"]}

    def _reset(self, body: Json) -> Json:
        self.app.empty()
        self.app.counters.reset()
        self.app.faults.clear()
        return {"rows": self._state()["rows"]}

    def _bulk(self, body: Json) -> Json:
        extra = {k: body[k] for k in ("prefix", "price", "stock", "start") if k in body}
        made: list[Json] = []
        if "simple" in body:
            made += bulk.simple(self.app.store, int(body["simple"]), **extra)
        if "variable" in body:
            made += bulk.variable(self.app.store, int(body["variable"]), int(body.get("variations", 4)))
        return {"made": made}

    def _key(self, body: Json) -> Json:
        scopes = tuple(body.get("scopes") or ALL_SCOPES)
        return oauth.pair_json(self.app.store, oauth.grant(self.app.store, scopes))

    def _revoke(self, body: Json) -> Json:
        return {"revoked": self.app.store.grants.pop(str(body["token"]), None) is not None}

    def _options(self, body: Json) -> Json:
        known = {f.name for f in fields(Options)}
        for name, value in body.items():
            if name not in known:
                raise ValueError(f"Unknown option {name!r}; known: {', '.join(sorted(known))}.")
            setattr(self.app.options, name, tuple(value) if isinstance(value, list) else value)
        return self._get("options", {})  # type: ignore[no-any-return]

    def _settle(self, body: Json) -> Json:
        self.app.settle(all_now=True)
        return {"queued_quantities": 0}

    def _save(self, body: Json) -> Json:
        storage.save(self.app.store, str(body["file"]))
        return {"ok": True}


def set_app_webhook(app: "SallaApp", url: str, secret: str, strategy: str = "signature") -> None:
    """The app's own webhook address, as the Partner portal keeps it; a store's hooks are another thing."""
    app.queue.app_hook = {"id": 0, "url": url, "security": {"strategy": strategy, "secret": secret}}


def install(app: "SallaApp") -> Json:
    """The merchant installs or approves the app anew (easy mode): tokens come by event, once."""
    store = app.store
    store.installed = True
    made = oauth.pair_json(store, oauth.grant(store))
    app.emit("app.installed", {"id": app.options.app_id, "app_name": "ecomsync"})
    app.emit("app.store.authorize", made)
    return made


def uninstall(app: "SallaApp") -> None:
    """Both tokens die with the app."""
    app.store.installed = False
    for grant in list(app.store.grants.values()):
        oauth.revoke(app.store, grant.family)
    app.emit("app.uninstalled", {"id": app.options.app_id, "app_name": "ecomsync"})


def _asked(row: Json, query: dict[str, str]) -> bool:
    return "id" not in query or str(row["id"]) in query["id"].split(",")
