"""The custom shop's part of the control API under `/__sandbox__/`."""

from collections.abc import Callable
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from sandbox.custom import catalog, demo, orders, state
from sandbox.custom.state import Json, Options

if TYPE_CHECKING:
    from sandbox.custom.app import CustomApp


class ControlDesk:
    def __init__(self, app: "CustomApp") -> None:
        self.app = app

    def handle(self, method: str, path: str, body: Json, query: dict[str, str]) -> Any:
        """Answers a control route; LookupError when there is none."""
        with self.app.store.lock:
            if method == "GET":
                return self._get(path, query)
            actions: dict[str, Callable[[Json], Any]] = {
                "orders": self._order,
                "orders/status": self._status,
                "sale": lambda b: self._order(
                    {"lines": [{"sku": b["sku"], "quantity": b.get("quantity", 1)}]}
                ),
                "webhooks/flush": lambda _: {
                    "sent": self.app.queue.flush(),
                    "waiting": self.app.queue.waiting,
                },
                "seed": self._seed,
                "options": self._options,
                "save": self._save,
            }
            if method != "POST" or path not in actions:
                raise LookupError(path)
            return actions[path](body)

    def _get(self, path: str, query: dict[str, str]) -> Any:
        app, store = self.app, self.app.store
        if path in ("", "state"):
            rows = {name: len(getattr(store, name)) for name in ("products", "orders", "hooks", "categories")}
            return {
                "platform": app.platform,
                "url": app.base_url,
                "keys": [{"user": key.user, "secret": key.secret, "token": key.token} for key in store.keys],
                "rows": rows,
                "counters": app.counters.snapshot(),
                "faults": app.faults.listing(),
                "webhooks": {"waiting": app.queue.waiting, "sent": len(app.queue.sent)},
            }
        if path == "webhooks":
            return {"deliveries": list(app.queue.sent), "waiting": app.queue.waiting}
        if path == "options":
            return asdict(app.options)
        if path == "demo":
            return demo.summary(store)
        if path == "db/orders":
            shown = [
                {**orders.shown(store, row), "demo": store.demo_tags.get(row["id"], [])}
                for row in store.orders.values()
            ]
            return [row for row in shown if "id" not in query or str(row["id"]) in query["id"].split(",")]
        if path == "db/products":
            return [catalog.shown(store, row) for row in store.products.values()]
        if path == "db/stock":
            return {row["sku"]: int(row["quantity"]) for row in store.products.values()}
        if path == "db/prices":
            return {
                row["sku"]: [str(row["price"]), str(row["special_price"] or "")]
                for row in store.products.values()
            }
        raise LookupError(path)

    def _order(self, body: Json) -> Json:
        order = orders.place(self.app.store, self.app.emit, body.pop("lines"), **body)
        return orders.shown(self.app.store, order)

    def _status(self, body: Json) -> Json:
        order = self.app.store.orders[int(body["id"])]
        return orders.shown(
            self.app.store, orders.set_status(self.app.store, self.app.emit, order, str(body["status"]))
        )

    def _save(self, body: Json) -> Json:
        state.save(self.app.store, str(body["file"]))
        return {"ok": True}

    def _seed(self, body: Json) -> Json:
        sizes = {
            name: int(body.get(name, usual)) for name, usual in (("items", 500), ("orders", 200), ("seed", 1))
        }
        demo.seed(self.app, **sizes)
        return {"rows": self._get("state", {})["rows"]}

    def _options(self, body: Json) -> Any:
        known = {one.name for one in fields(Options)}
        for name, value in body.items():
            if name not in known:
                raise ValueError(f"Unknown option {name!r}; known: {', '.join(sorted(known))}.")
            setattr(self.app.options, name, tuple(value) if isinstance(value, list) else value)
        return asdict(self.app.options)
