"""Zid's part of the control API under `/__sandbox__/`."""

from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from sandbox.zid import demo, oauth, storage, storefront
from sandbox.zid.answers import Json
from sandbox.zid.catalog import product_json, quantity_of
from sandbox.zid.hooks import hook_json
from sandbox.zid.orders import order_json
from sandbox.zid.state import Account, Options, plain

if TYPE_CHECKING:
    from sandbox.zid.app import ZidApp

TABLES = ("products", "orders", "customers", "categories", "attributes", "locations", "hooks", "reverses")


class ControlDesk:
    def __init__(self, app: "ZidApp") -> None:
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
            "keys/revoke": self._revoke,
            "install": self._install,
            "options": self._options,
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
            "url": app.base_url,
            "store_id": app.options.store_id,
            "clock": {
                "now": app.clock.local(now),
                "now_gmt": app.clock.gmt(now),
                "zone": app.clock.zone_name,
            },
            "keys": [keys_of(account) for account in store.accounts],
            "rows": {name: len(getattr(store, name)) for name in TABLES},
            "counters": app.counters.snapshot(),
            "faults": app.faults.listing(),
            "webhooks": {"waiting": app.queue.waiting, "sent": len(app.queue.sent)},
        }

    def _dump(self, table: str, query: dict[str, str]) -> Any:
        store = self.app.store
        if table == "products":
            rows = [product_json(store, p, extended=False) for p in store.products.values()]
            return [row for row in rows if _asked(row, query) and query.get("sku", row["sku"]) == row["sku"]]
        if table == "orders":
            shown = [
                order_json(store, o) | {"demo": store.demo_tags.get(o["id"], [])}
                for o in store.orders.values()
            ]
            return [row for row in shown if _asked(row, query)]
        if table == "stock":
            return {sku: quantity_of(store.products[number]) for sku, number in store.skus.items()}
        if table == "prices":
            rows = [store.products[number] for number in store.skus.values()]
            return {row["sku"]: [row["price"], row["sale_price"]] for row in rows}
        if table == "hooks":
            return [hook_json(row) for row in store.hooks.values()]
        if table not in TABLES:
            raise LookupError(table)
        return [
            {k: v for k, v in row.items() if not k.startswith("_")}
            for row in getattr(store, table).values()
            if _asked(row, query)
        ]

    def _order(self, body: Json) -> Json:
        order = storefront.place_order(self.app.store, self.app.emit, body.pop("lines"), **body)
        return order_json(self.app.store, order)

    def _status(self, body: Json) -> Json:
        order = self.app.store.orders[int(body["id"])]
        storefront.set_status(self.app.store, order, str(body["status"]), self.app.emit)
        return order_json(self.app.store, order)

    def _sale(self, body: Json) -> Json:
        return self._order({"lines": [{"sku": str(body["sku"]), "quantity": int(body.get("quantity", 1))}]})

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
            made += demo.bulk_simple(self.app.store, int(body["simple"]), **extra)
        if "variable" in body:
            made += demo.bulk_variable(self.app.store, int(body["variable"]), int(body.get("variations", 4)))
        return {"made": plain(made)}

    def _key(self, body: Json) -> Json:
        scopes = body.get("scopes")
        return keys_of(add_account(self.app, tuple(scopes) if scopes is not None else None))

    def _revoke(self, body: Json) -> Json:
        """The app is uninstalled: its tokens are void at once."""
        store = self.app.store
        before = len(store.accounts)
        store.accounts = [a for a in store.accounts if a.manager_token != str(body["token"])]
        return {"revoked": len(store.accounts) < before}

    def _install(self, body: Json) -> Json:
        client_id, secret, target = (str(body[n]) for n in ("client_id", "client_secret", "redirect_uri"))
        callback = oauth.install(
            self.app.store, client_id=client_id, client_secret=secret, redirect_uri=target
        )
        return {"callback": callback}

    def _options(self, body: Json) -> Json:
        known = {f.name for f in fields(Options)}
        for name, value in body.items():
            if name not in known:
                raise ValueError(f"Unknown option {name!r}; known: {', '.join(sorted(known))}.")
            setattr(self.app.options, name, tuple(value) if isinstance(value, list) else value)
        return self._get("options", {})  # type: ignore[no-any-return]

    def _save(self, body: Json) -> Json:
        storage.save(self.app.store, str(body["file"]))
        return {"ok": True}


def keys_of(account: Account) -> Json:
    return {
        "client_id": account.client_id,
        "client_secret": account.client_secret,
        "authorization": account.authorization,
        "access_token": account.manager_token,
        "refresh_token": account.refresh_token,
        "redirect_uri": account.redirect_uri,
        "scopes": list(account.scopes),
    }


def add_account(app: "ZidApp", scopes: tuple[str, ...] | None = None, **more: Any) -> Account:
    """An app that the merchant has installed."""
    store = app.store
    values = {"client_id": str(store.next_id("app", 3_700)), "client_secret": store.token(40), **more}
    account = oauth.new_account(store, **values)
    if scopes is not None:
        account.scopes = scopes
    return account


def _asked(row: Json, query: dict[str, str]) -> bool:
    return "id" not in query or str(row["id"]) in query["id"].split(",")
