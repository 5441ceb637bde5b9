"""The control API of the Shopify sandbox: looks inside, and the merchant's and buyer's hands over HTTP."""

from dataclasses import fields
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox.shopify import demo, merchant, oauth, storage
from sandbox.shopify.calls import Row
from sandbox.shopify.checkout import place_order
from sandbox.shopify.options import Options
from sandbox.shopify.payload_orders import customer_payload, order_payload, refund_payload
from sandbox.shopify.payloads import product_payload
from sandbox.shopify.setup import furnish
from sandbox.shopify.state import Store

if TYPE_CHECKING:
    from sandbox.shopify.app import ShopifyApp


class ControlDesk:
    def __init__(self, app: "ShopifyApp") -> None:
        self.app = app

    def serve(self, method: str, path: str, body: Row, query: dict[str, str]) -> Any:
        if path == "webhooks/flush" and method == "POST":
            # Not under the lock: who is told may ask the shop back before he answers.
            return self.app.queue.flush()
        with self.app.store.lock:
            if path.startswith("db/") and method == "GET":
                return self._table(path.removeprefix("db/"), query)
            handler = getattr(self, f"_{method.lower()}_{path.replace('/', '_').replace('-', '_')}", None)
            if handler is None:
                raise LookupError(path)
            return handler(body)

    def _get_state(self, body: Row) -> Any:
        app = self.app
        return {
            "platform": app.platform,
            "url": app.home,
            "domain": app.options.domain,
            "client_id": app.options.client_id,
            "rows": {name: len(rows) for name, rows in app.store.tables.items()},
            "counters": app.counters.snapshot(),
            "faults": app.faults.listing(),
            "bucket": app.bucket.status(),
            "webhooks": [self._hook(r) for r in app.store.rows("WebhookSubscription")],
            "waiting": app.queue.waiting,
        }

    @staticmethod
    def _hook(row: Row) -> Row:
        return {"id": row["id"], "topic": row["topic"], "uri": row["uri"], "failures": row["_failures"]}

    def _table(self, name: str, query: dict[str, str]) -> Any:
        store = self.app.store
        if name == "stock":
            return {v["sku"]: store.available(v["_item"]) for v in store.rows("ProductVariant") if v["sku"]}
        if name == "prices":
            rows = store.rows("ProductVariant")
            return {v["sku"]: [v["price"], v["compareAtPrice"]] for v in rows if v["sku"]}
        if name == "webhooks":
            return [self._hook(r) for r in store.rows("WebhookSubscription")]
        writers = {
            "products": ("Product", product_payload),
            "orders": ("Order", order_payload),
            "customers": ("Customer", customer_payload),
            "refunds": ("Refund", refund_payload),
        }
        if name not in writers:
            raise LookupError(name)
        kind, write = writers[name]
        wanted = {i for i in query.get("id", "").split(",") if i}
        rows = [r for r in store.rows(kind) if not wanted or r["legacyResourceId"] in wanted]
        shown = [write(store, r) for r in rows]
        for row, made in zip(rows, shown, strict=True):
            if kind == "Order":
                made["demo"] = store.demo_tags.get(row["id"], [])
        return shown

    def _get_demo(self, body: Row) -> Any:
        return demo.summary(self.app.store)

    def _get_webhooks(self, body: Row) -> Any:
        return list(self.app.queue.sent)

    def _post_webhooks_clear(self, body: Row) -> Any:
        self.app.queue.clear()
        return {"ok": True}

    def _post_orders(self, body: Row) -> Any:
        return _plain(merchant.shown(self.app.store, place_order(self.app, body.pop("lines"), **body)))

    def _post_orders_cancel(self, body: Row) -> Any:
        order = merchant.order_row(self.app.store, body.pop("id"))
        return _plain(merchant.shown(self.app.store, merchant.cancel(self.app, order, **body)))

    def _post_orders_edit(self, body: Row) -> Any:
        order = merchant.order_row(self.app.store, body.pop("id"))
        changed = merchant.edit(self.app, order, body.get("quantities", {}), body.get("add", []))
        return _plain(merchant.shown(self.app.store, changed))

    def _post_orders_refund(self, body: Row) -> Any:
        order = merchant.order_row(self.app.store, body.pop("id"))
        return refund_payload(self.app.store, merchant.refund(self.app, order, **body))

    def _post_orders_fulfill(self, body: Row) -> Any:
        order = merchant.order_row(self.app.store, body.pop("id"))
        return {"id": merchant.fulfill(self.app, order, **body)["id"]}

    def _post_sale(self, body: Row) -> Any:
        """One product, paid by card."""
        if self.app.store.by_sku(str(body["sku"])) is None:
            raise ValueError(f"No variant has the SKU {body['sku']!r}.")
        line = {"sku": body["sku"], "quantity": int(body.get("quantity", 1))}
        return _plain(merchant.shown(self.app.store, place_order(self.app, [line])))

    def _post_products(self, body: Row) -> Any:
        return merchant.add_product(self.app, **body)

    def _post_stock(self, body: Row) -> Any:
        merchant.set_stock(self.app, body["sku"], int(body["quantity"]), body.get("location", ""))
        return {"stock": merchant.stock_of(self.app.store, body["sku"], "")}

    def _post_prices(self, body: Row) -> Any:
        merchant.set_price(self.app, body["sku"], str(body["price"]), body.get("compare_at"))
        return {"ok": True}

    def _post_bulk(self, body: Row) -> Any:
        if "variable" in body:
            count, each = int(body.pop("variable")), int(body.pop("variations", 4))
            return {"made": len(merchant.bulk_variable(self.app, count, each, **body))}
        return {"made": len(merchant.bulk_simple(self.app, int(body.pop("simple")), **body))}

    def _post_seed(self, body: Row) -> Any:
        demo.seed(
            self.app,
            items=int(body.get("items", 500)),
            orders=int(body.get("orders", 200)),
            seed=int(body.get("seed", 1)),
        )
        return demo.summary(self.app.store)

    def _post_keys(self, body: Row) -> Any:
        scopes = tuple(body.get("scopes") or self.app.options.scopes)
        return {"token": oauth.issue(self.app.store, scopes, expires=body.get("expires"))["token"]}

    def _post_keys_revoke(self, body: Row) -> Any:
        self.app.store.tokens[body["key"]]["revoked"] = True
        return {"ok": True}

    def _post_bucket(self, body: Row) -> Any:
        self.app.bucket.empty(float(body.get("left", 0)))
        return self.app.bucket.status()

    def _get_options(self, body: Row) -> Any:
        return {f.name: _plain(getattr(self.app.options, f.name)) for f in fields(Options)}

    def _post_options(self, body: Row) -> Any:
        known = {f.name for f in fields(Options)}
        for name, value in body.items():
            if name not in known:
                raise ValueError(f"Unknown shop option {name!r}.")
            old = getattr(self.app.options, name)
            setattr(self.app.options, name, _like(old, value))
        return self._get_options({})

    def _post_reset(self, body: Row) -> Any:
        """An empty shop; tokens stay."""
        old = self.app.store
        store = Store(self.app.options, self.app.clock, 1)
        store.tokens, store.refresh_tokens = old.tokens, old.refresh_tokens
        furnish(store)
        self.app.replace_store(store)
        return {"ok": True}

    def _post_save(self, body: Row) -> Any:
        storage.save(self.app.store, str(Path(body["file"])))
        return {"ok": True}


def _like(old: Any, value: Any) -> Any:
    """A value of JSON as the kind that the option holds."""
    if isinstance(old, tuple):
        return tuple(value)
    if isinstance(old, Decimal):
        return Decimal(str(value))
    if isinstance(old, dict):
        return {k: Decimal(str(v)) for k, v in value.items()}
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items() if not str(k).startswith("_")}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    return value
