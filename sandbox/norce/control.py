"""Norce's part of the control API under `/__sandbox__/`."""

from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from sandbox.norce import bulk, demo, entities, orders, storage, storefront
from sandbox.norce.answers import Json
from sandbox.norce.delivery import Receiver, Subscription
from sandbox.norce.state import Account, Options, plain

if TYPE_CHECKING:
    from sandbox.norce.app import NorceApp

TABLES = ("products", "skus", "orders", "customers", "companies", "jobs", "invoices", "notes", "price_lists")


class ControlDesk:
    def __init__(self, app: "NorceApp") -> None:
        self.app = app

    def handle(self, method: str, path: str, body: Json, query: dict[str, str]) -> Any:
        """Answers a control route; LookupError when there is none."""
        if method == "GET":
            return self._get(path, query)
        actions = {
            "orders": self._order,
            "orders/status": self._status,
            "sale": self._sale,
            "events": self._event,
            "receiver": self._receiver,
            "webhooks/flush": lambda _: {"sent": self.app.queue.flush(), "waiting": self.app.queue.waiting},
            "webhooks/clear": self._clear,
            "seed": self._seed,
            "reset": self._reset,
            "bulk": self._bulk,
            "keys": self._key,
            "keys/revoke": self._revoke,
            "options": self._options,
            "jobs/fail": self._fail,
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
            app.settle()
            with app.store.lock:
                return plain(self._dump(path.removeprefix("db/"), query))
        raise LookupError(path)

    def _state(self) -> Json:
        app, store = self.app, self.app.store
        now = app.clock.now()
        return {
            "platform": app.platform,
            "url": app.base_url,
            "clock": {
                "now": app.clock.local(now),
                "now_gmt": app.clock.gmt(now),
                "zone": app.clock.zone_name,
            },
            "keys": [
                {"client_id": a.client_id, "client_secret": a.client_secret, "rights": list(a.rights)}
                for a in store.accounts.values()
            ],
            "rows": {name: len(getattr(store, name)) for name in TABLES},
            "overlapping_jobs": dict(store.overlaps),
            "counters": app.counters.snapshot(),
            "faults": app.faults.listing(),
            "webhooks": {"waiting": app.queue.waiting, "sent": len(app.queue.sent)},
        }

    def _dump(self, table: str, query: dict[str, str]) -> Any:
        store = self.app.store
        if table == "orders":
            return [
                {
                    **entities.order_entity(store, order),
                    "total": storefront.owed(order),
                    "demo": store.demo_tags.get(order["ClientOrderRef"], []),
                }
                for order in store.orders.values()
                if "id" not in query or order["ClientOrderRef"] in query["id"].split(",")
            ]
        if table == "stock":
            return {part_no: store.on_hand(part_no) for part_no in store.skus}
        if table == "prices":
            return {
                part_no: [record["PriceSale"], None]
                for (part_no, code, amount), record in store.prices.items()
                if code == store.options.price_list and amount == 1 and record["IsActive"]
            }
        if table == "jobs":
            return [
                {"id": job.number, "kind": job.kind, "status": job.status, "rows": len(job.rows)}
                for job in store.jobs.values()
            ]
        if table not in TABLES:
            raise LookupError(table)
        return [
            {name: value for name, value in row.items() if not name.startswith("_")}
            for row in getattr(store, table).values()
        ]

    def _order(self, body: Json) -> Json:
        order = storefront.place_order(self.app.store, self.app.emit, body.pop("lines"), **body)
        self.app.queue.hand_over(order)
        return dict(plain(entities.order_entity(self.app.store, order)))

    def _status(self, body: Json) -> Json:
        order = self.app.store.orders[str(body["id"])]
        orders.set_status(self.app.store, order, str(body["status"]), self.app.emit)
        return dict(plain(entities.order_entity(self.app.store, order)))

    def _sale(self, body: Json) -> Json:
        return self._order({"lines": [{"sku": str(body["sku"]), "quantity": int(body.get("quantity", 1))}]})

    def _event(self, body: Json) -> Json:
        self.app.queue.subscriptions[str(body["event"])] = Subscription(
            str(body["event"]), str(body["url"]), dict(body.get("headers", {}))
        )
        return {"ok": True}

    def _receiver(self, body: Json) -> Json:
        self.app.queue.receiver = Receiver(
            str(body["url"]), str(body["user"]), str(body["password"]), dict(body.get("headers", {}))
        )
        return {"ok": True}

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
            made += bulk.variants(self.app.store, int(body["variable"]), int(body.get("variations", 4)))
        return {"made": plain(made)}

    def _key(self, body: Json) -> Json:
        account = add_account(self.app, body.get("rights"))
        return {"client_id": account.client_id, "client_secret": account.client_secret}

    def _revoke(self, body: Json) -> Json:
        return {"revoked": revoke(self.app, str(body["client_id"]))}

    def _options(self, body: Json) -> Json:
        known = {f.name for f in fields(Options)}
        for name, value in body.items():
            if name not in known:
                raise ValueError(f"Unknown option {name!r}; known: {', '.join(sorted(known))}.")
            setattr(self.app.options, name, tuple(value) if isinstance(value, list) else value)
        return dict(self._get("options", {}))

    def _fail(self, body: Json) -> Json:
        self.app.store.failing.append((str(body.get("kind", "*")), int(body.get("status", 3))))
        return {"ok": True}

    def _save(self, body: Json) -> Json:
        storage.save(self.app.store, str(body["file"]))
        return {"ok": True}


def add_account(app: "NorceApp", rights: Any = None, **more: Any) -> Account:
    """A user under Settings > Users > OAuth."""
    store = app.store
    values: Json = {"client_id": f"erp-{store.token(8)}", "client_secret": store.token(40), **more}
    account = Account(**values) if rights is None else Account(**values, rights=tuple(rights))
    store.accounts[account.client_id] = account
    return account


def revoke(app: "NorceApp", client_id: str) -> bool:
    """Deletes an account; its tokens die with it."""
    return app.store.accounts.pop(client_id, None) is not None
