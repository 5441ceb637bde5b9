"""BigCommerce's part of the control API under `/__sandbox__/`."""

from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from sandbox.bigcommerce import app_flow, bulk, demo, storage, storefront
from sandbox.bigcommerce.after_sales import refund_json
from sandbox.bigcommerce.answers import Json
from sandbox.bigcommerce.catalog import product_json, variant_json, variant_level
from sandbox.bigcommerce.orders import line_json, order_json
from sandbox.bigcommerce.state import Account, Options, plain

if TYPE_CHECKING:
    from sandbox.bigcommerce.app import BigCommerceApp

TABLES = (
    "products",
    "variants",
    "orders",
    "customers",
    "categories",
    "hooks",
    "refunds",
    "price_records",
    "metafields",
)


class ControlDesk:
    def __init__(self, app: "BigCommerceApp") -> None:
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
            "seed": self._seed,
            "reset": self._reset,
            "bulk": self._bulk,
            "keys": self._key,
            "keys/revoke": lambda b: {
                "revoked": self.app.store.accounts.pop(str(b["token"]), None) is not None
            },
            "install": self._install,
            "options": self._options,
            "settle": self._settle,
            "save": self._save,
        }
        if method != "POST" or path not in actions:
            raise LookupError(path)
        with self.app.store.lock:
            return actions[path](body)

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
            "url": f"{app.base_url}/stores/{app.options.store_hash}",
            "clock": {
                "now": app.clock.local(now),
                "now_gmt": app.clock.gmt(now),
                "zone": app.clock.zone_name,
            },
            "keys": [
                {
                    "access_token": a.token,
                    "client_id": a.client_id,
                    "client_secret": a.client_secret,
                    "scopes": a.scopes,
                }
                for a in store.accounts.values()
            ],
            "rows": {name: len(getattr(store, name)) for name in TABLES},
            "archived_all": store.archived_all,
            "pending_adjustments": len(store.pending),
            "counters": app.counters.snapshot(),
            "faults": app.faults.listing(),
            "webhooks": {"waiting": app.queue.waiting, "sent": len(app.queue.sent)},
        }

    def _dump(self, table: str, query: dict[str, str]) -> Any:
        app, store = self.app, self.app.store
        if table == "products":
            rows = [product_json(store, p, {"variants", "images"}) for p in store.products.values()]
            return [row for row in rows if _asked(row, query) and query.get("sku", row["sku"]) == row["sku"]]
        if table == "orders":
            return [
                {
                    **order_json(store, o, app.base_url),
                    "lines": [line_json(o, line) for line in o["_lines"]],
                    "shipments": o["_shipments"],
                    "demo": store.demo_tags.get(o["id"], []),
                }
                for o in store.orders.values()
                if _asked(o, query)
            ]
        if table in ("stock", "prices"):
            app.settle(all_now=True)
            found: Json = {}
            for variant in store.variants.values():
                shown = variant_json(store, variant)
                level = variant_level(store, variant)
                found[shown["sku"]] = level if table == "stock" else [shown["price"], shown["sale_price"]]
            return found
        if table == "refunds":
            return [refund_json(row) for row in store.refunds.values() if _asked(row, query)]
        if table not in TABLES:
            raise LookupError(table)
        return [
            {k: v for k, v in row.items() if not k.startswith("_")} for row in getattr(store, table).values()
        ]

    def _order(self, body: Json) -> Json:
        order = storefront.place_order(self.app.store, self.app.emit, body.pop("lines"), **body)
        return order_json(self.app.store, order, self.app.base_url)

    def _status(self, body: Json) -> Json:
        order = self.app.store.orders[int(body["id"])]
        storefront.set_status(self.app.store, order, int(body["status"]), self.app.emit)
        return order_json(self.app.store, order, self.app.base_url)

    def _sale(self, body: Json) -> Json:
        lines = [{"sku": str(body["sku"]), "quantity": int(body.get("quantity", 1))}]
        return self._order({"lines": lines})

    def _clear(self, body: Json) -> Json:
        self.app.queue.clear()
        return {"ok": True}

    def _seed(self, body: Json) -> Json:
        sizes = {
            name: int(body.get(name, usual)) for name, usual in (("items", 500), ("orders", 200), ("seed", 1))
        }
        demo.seed(self.app, **sizes)
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
            made += bulk.complex_products(
                self.app.store, int(body["variable"]), int(body.get("variations", 4))
            )
        return {"made": plain(made)}

    def _key(self, body: Json) -> Json:
        scopes = body.get("scopes")
        account = add_account(self.app, tuple(scopes) if scopes is not None else None)
        return {
            "access_token": account.token,
            "client_id": account.client_id,
            "client_secret": account.client_secret,
        }

    def _install(self, body: Json) -> Json:
        return app_flow.install(
            self.app.store, client_id=str(body["client_id"]), client_secret=str(body["client_secret"])
        )

    def _options(self, body: Json) -> Json:
        known = {f.name for f in fields(Options)}
        for name, value in body.items():
            if name not in known:
                raise ValueError(f"Unknown option {name!r}; known: {', '.join(sorted(known))}.")
            setattr(self.app.options, name, tuple(value) if isinstance(value, list) else value)
        return self._get("options", {})  # type: ignore[no-any-return]

    def _settle(self, body: Json) -> Json:
        self.app.settle(all_now=True)
        return {"pending_adjustments": len(self.app.store.pending)}

    def _save(self, body: Json) -> Json:
        storage.save(self.app.store, str(body["file"]))
        return {"ok": True}


def add_account(app: "BigCommerceApp", scopes: tuple[str, ...] | None = None, **more: Any) -> Account:
    """A store-level API account, as the merchant makes it in the control panel."""
    store = app.store
    values = {
        "token": store.token(31),
        "client_id": store.token(15),
        "client_secret": store.token(64),
        **more,
    }
    account = Account(**values) if scopes is None else Account(**values, scopes=scopes)
    store.accounts[account.token] = account
    return account


def _asked(row: Json, query: dict[str, str]) -> bool:
    return "id" not in query or str(row["id"]) in query["id"].split(",")
