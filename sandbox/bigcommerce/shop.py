"""A running store for tests and demos.

from sandbox.bigcommerce import BigCommerceShop

with BigCommerceShop(prices_include_tax=True) as shop:
    shop.add_product(sku="MUG", price="11.50", inventory_level=5)
    order = shop.place_order([{"sku": "MUG", "quantity": 2}])
    requests.get(f"{shop.url}/v2/orders", headers=shop.headers)
"""

from dataclasses import fields
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sandbox.base import CONTROL
from sandbox.bigcommerce import (
    after_sales,
    app_flow,
    bulk,
    catalog,
    categories,
    demo,
    pricelists,
    storage,
    storefront,
)
from sandbox.bigcommerce.answers import Json
from sandbox.bigcommerce.app import BigCommerceApp
from sandbox.bigcommerce.catalog import product_json, variant_json, variant_level
from sandbox.bigcommerce.control import add_account
from sandbox.bigcommerce.inventory import item_key, on_hand
from sandbox.bigcommerce.orders import order_json
from sandbox.bigcommerce.state import Account, Options, Store
from sandbox.counters import Counters
from sandbox.faults import FaultEngine
from sandbox.server import SandboxServer

DEMO_TOKEN = "d3m0" * 8  # published: it opens training stores only
DEMO_CLIENT = "q0x7w2m9n4"
DEMO_SECRET = "5ecr" * 16


class BigCommerceShop:
    """Listens on port `port` (0 = any free one) once started, as context or by `start()`.

    seed: "empty" or "demo"; webhook_delay: seconds until a delivery leaves, None = only on `flush_webhooks()`; key and
    secret: access token and client secret; home_url: what the outside calls this host; every further keyword is a field
    of `Options`.
    """

    def __init__(
        self,
        seed: str = "empty",
        *,
        items: int = 500,
        orders: int = 200,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: tuple[str, str] | None = None,
        time_zone: str = "Asia/Riyadh",
        seed_number: int = 1,
        webhook_delay: float | None = 0.1,
        webhook_timeout: float = 10.0,
        home_url: str = "",
        state_file: str = "",
        key: str = DEMO_TOKEN,
        secret: str = DEMO_SECRET,
        verbose: bool = False,
        **options: Any,
    ) -> None:
        if seed not in ("empty", "demo"):
            raise ValueError(f"Unknown seed {seed!r}: give empty or demo.")
        unknown = set(options) - self.option_names()
        if unknown:
            raise TypeError(f"Unknown store option: {', '.join(sorted(unknown))}.")
        self.app = BigCommerceApp(
            Options(**options),
            time_zone=time_zone,
            seed=seed_number,
            webhook_delay=webhook_delay,
            webhook_timeout=webhook_timeout,
        )
        self.state_file = state_file
        self._home = home_url.rstrip("/")
        self.server = SandboxServer(self.app, host=host, port=port, tls=tls, verbose=verbose)
        if state_file and Path(state_file).exists():
            self.app.replace_store(storage.load(state_file, self.app.options, self.app.clock))
        elif seed == "demo":
            demo.seed(self.app, items=items, orders=orders, seed=seed_number)
        self.account = self.store.accounts.get(key) or add_account(
            self.app, token=key, client_id=DEMO_CLIENT, client_secret=secret
        )

    @staticmethod
    def option_names() -> set[str]:
        return {field.name for field in fields(Options)}

    def start(self) -> Self:
        self.server.start()
        return self

    def stop(self) -> None:
        self.server.stop()
        if self.state_file:
            storage.save(self.store, self.state_file)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # -- addresses and keys -------------------------------------------------
    @property
    def url(self) -> str:
        """The API path of the account, without version."""
        return f"{self._home or self.server.url}/stores/{self.options.store_hash}"

    @property
    def control_url(self) -> str:
        return f"{self.server.url}{CONTROL}"

    @property
    def key(self) -> str:
        """The access token."""
        return self.account.token

    @property
    def secret(self) -> str:
        """The client secret."""
        return self.account.client_secret

    @property
    def client_id(self) -> str:
        return self.account.client_id

    @property
    def headers(self) -> dict[str, str]:
        return {"X-Auth-Token": self.key, "Accept": "application/json", "Content-Type": "application/json"}

    @property
    def sign_in(self) -> dict[str, str]:
        """What a connector needs, as the control panel shows it."""
        return {
            "API path": f"{self.url}/v3/",
            "access token": self.key,
            "client id": self.client_id,
            "client secret": self.secret,
        }

    def add_key(self, scopes: tuple[str, ...] | None = None) -> Account:
        """Another store-level account. scopes: such as `store_v2_orders_read_only`; None = all."""
        return add_account(self.app, scopes)

    def revoke_key(self, token: str) -> bool:
        """Deletes an account, and its webhooks with it."""
        gone = self.store.accounts.pop(token, None)
        if gone is not None:
            self.store.hooks = {n: h for n, h in self.store.hooks.items() if h["client_id"] != gone.client_id}
        return gone is not None

    def install_app(self, client_id: str, client_secret: str, **more: Any) -> Json:
        """What the auth callback of an app is called with when a merchant installs it."""
        return app_flow.install(self.store, client_id=client_id, client_secret=client_secret, **more)

    def signed_payload(self) -> str:
        """`signed_payload_jwt` of /load and /uninstall."""
        return app_flow.signed_payload(self.store, self.account, self.app.clock.now())

    # -- inside -------------------------------------------------------------
    @property
    def store(self) -> Store:
        return self.app.store

    @property
    def options(self) -> Options:
        return self.app.options

    @property
    def counters(self) -> Counters:
        return self.app.counters

    @property
    def faults(self) -> FaultEngine:
        return self.app.faults

    @property
    def deliveries(self) -> list[Json]:
        return list(self.app.queue.sent)

    def flush_webhooks(self) -> list[Json]:
        return self.app.queue.flush()

    def advance(self, seconds: int) -> int:
        """Moves the store's clock: adjustments take effect, windows of the quota pass, retries fall due."""
        now = self.app.clock.advance(seconds)
        self.app.settle()
        return now

    def settle(self) -> None:
        """Accepted adjustments take effect now."""
        self.app.settle(all_now=True)

    # -- the merchant's hand ------------------------------------------------
    def add_product(self, **body: Any) -> Json:
        """A product from V3 fields; `inventory_level` alone switches tracking on."""
        if "inventory_level" in body:
            body.setdefault("inventory_tracking", "product")
        full = {
            "name": f"Product {body.get('sku', '')}".strip(),
            "type": "physical",
            "weight": 0.5,
            "is_visible": True,
        }
        with self.store.lock:
            made = catalog.create_product(self.store, {"price": "10.00", **full, **body}, self.app.emit)
            return self.product(made["id"])

    def add_variable(
        self, sku: str, options: dict[str, list[str]], *, price: str = "10.00", stock: int = 5, name: str = ""
    ) -> Json:
        """A product with a variant for each combination; children have SKUs such as `SKU-RED-M`."""
        chosen: list[list[tuple[str, str]]] = [[]]
        for label, values in options.items():
            chosen = [[*before, (label, value)] for before in chosen for value in values]
        variants = [
            {
                "sku": "-".join([sku, *(value.upper().replace(" ", "") for _, value in row)]),
                "price": price,
                "inventory_level": stock,
                "option_values": [{"option_display_name": label, "label": value} for label, value in row],
            }
            for row in chosen
        ]
        return self.add_product(
            sku=sku,
            name=name or f"Product {sku}",
            price=price,
            inventory_tracking="variant",
            variants=variants,
        )

    def add_category(self, name: str, parent: int = 0) -> Json:
        with self.store.lock:
            return categories.add(self.store, {"name": name, "parent_id": parent, "tree_id": 1})

    def add_coupon(self, code: str, amount: str, kind: int = 1) -> None:
        """kind: 1 percentage, 2 off the total."""
        number = len(self.store.coupons) + 1
        self.store.coupons[code] = {
            "id": number,
            "code": code,
            "name": code.upper(),
            "type": kind,
            "amount": amount,
        }

    def add_price_list(self, name: str) -> Json:
        return pricelists.add_list(self.store, {"name": name, "active": True})

    def add_location(self, code: str, label: str) -> Json:
        return self.store.add_location(code, label)

    def add_channel(self, name: str) -> Json:
        made = {"id": len(self.store.channels) + 1, "name": name, "type": "storefront", "status": "active"}
        self.store.channels.append(made)
        return made

    def bulk_simple(self, count: int, **extra: Any) -> list[Json]:
        with self.store.lock:
            return bulk.simple(self.store, count, **extra)

    def bulk_variable(self, count: int, each: int, **extra: Any) -> list[Json]:
        with self.store.lock:
            return bulk.complex_products(self.store, count, each, **extra)

    def product(self, product_id: int) -> Json:
        include = {"variants", "images", "options", "custom_fields"}
        return product_json(self.store, self.store.products[product_id], include)

    def by_sku(self, sku: str) -> Json:
        """The product or variant as the API prints it. Raises LookupError."""
        product, variant = catalog.by_sku(self.store, sku)
        return product_json(self.store, product) if variant is None else variant_json(self.store, variant)

    def count_by_sku(self, sku: str) -> int:
        rows = [*self.store.products.values(), *self.store.variants.values()]
        return sum(1 for row in rows if row["sku"] == sku)

    def stock_of(self, sku: str, location: int = 0) -> int:
        """Units on hand once everything that was accepted counts."""
        self.settle()
        with self.store.lock:
            product, variant = catalog.by_sku(self.store, sku)
            if location:
                return on_hand(self.store, item_key(self.store, product, variant), location)
            base = variant or self.store.variants[self.store.variants_of[product["id"]][0]]
            return variant_level(self.store, base)

    def price_of(self, sku: str) -> Decimal:
        """The regular price that buyers see, of a variant its product's when it has none."""
        product, variant = catalog.by_sku(self.store, sku)
        own = variant["price"] if variant is not None else None
        return Decimal(str(own if own is not None else product["price"]))

    def sale_price_of(self, sku: str) -> Decimal | None:
        product, variant = catalog.by_sku(self.store, sku)
        price = variant["sale_price"] if variant is not None else product["sale_price"]
        return Decimal(str(price)) if price else None

    def put_on_sale(self, sku: str, price: str) -> None:
        product, variant = catalog.by_sku(self.store, sku)
        (product if variant is None else variant)["sale_price"] = Decimal(price)

    def price_record(self, list_id: int, sku: str, currency: str) -> Json | None:
        product, variant = catalog.by_sku(self.store, sku)
        number = variant["id"] if variant else self.store.variants_of[product["id"]][0]
        return self.store.price_records.get((list_id, number, currency.lower()))

    # -- the buyer's hand ---------------------------------------------------
    def place_order(self, lines: list[Json], **extra: Any) -> Json:
        """See `storefront.place_order`; returns the order as GET by id prints it."""
        return self.order(storefront.place_order(self.store, self.app.emit, lines, **extra)["id"])

    def buy(self, sku: str, quantity: int = 1) -> Json:
        return self.place_order([{"sku": sku, "quantity": quantity}])

    def order(self, order_id: int) -> Json:
        with self.store.lock:
            return order_json(self.store, self.store.orders[order_id], self.server.url)

    def shipments_of(self, order_id: int) -> list[Json]:
        return list(self.store.orders[order_id]["_shipments"])

    def refunds_of(self, order_id: int) -> list[Json]:
        return [row for row in self.store.refunds.values() if row["order_id"] == order_id]

    def set_order_status(self, order_id: int, status: int) -> Json:
        with self.store.lock:
            storefront.set_status(self.store, self.store.orders[order_id], status, self.app.emit)
        return self.order(order_id)

    def archive(self, order_id: int) -> None:
        with self.store.lock:
            storefront.archive(self.store, self.store.orders[order_id], self.app.emit)

    def edit_order(self, order_id: int, **values: Any) -> None:
        """Staff change a field by hand, so that the order's date moves."""
        with self.store.lock:
            order = self.store.orders[order_id]
            order |= values
            storefront.touch(self.store, order)
            self.app.emit("store/order/updated", "order", order_id, {})

    def refund(
        self, order_id: int, quantities: dict[int, int], *, amount: str = "", reason: str = ""
    ) -> Json:
        """Pieces of lines (by line id), and an amount of the whole order beside them."""
        items: list[Json] = [
            {"item_type": "PRODUCT", "item_id": line, "quantity": quantity, "reason": reason}
            for line, quantity in quantities.items()
        ]
        if amount:
            items.append({"item_type": "ORDER", "item_id": order_id, "amount": amount, "reason": reason})
        with self.store.lock:
            order = self.store.orders[order_id]
            total = after_sales.quote(self.store, order, {"items": items})["total_refund_amount"]
            body = {
                "items": items,
                "payments": [{"provider_id": "moyasar", "amount": total, "offline": False}],
            }
            return after_sales.refund_json(after_sales.refund(self.store, order, body, self.app.emit))
