"""A running store for tests and demos.

from sandbox.salla import SallaShop

with SallaShop(prices_include_tax=True) as shop:
    shop.add_product(sku="MUG", price="11.50", quantity=5)
    order = shop.place_order([{"sku": "MUG", "quantity": 2}])
    requests.get(f"{shop.url}/orders", headers=shop.headers)
"""

from dataclasses import fields
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sandbox.base import CONTROL
from sandbox.counters import Counters
from sandbox.faults import FaultEngine
from sandbox.salla import bulk, control, demo, oauth, products, storage, storefront
from sandbox.salla.answers import Json
from sandbox.salla.app import SallaApp
from sandbox.salla.orders import items_json, order_json
from sandbox.salla.products import level, level_key, product_json, variant_json
from sandbox.salla.state import ALL_SCOPES, Grant, Options, Store
from sandbox.server import SandboxServer

DEMO_TOKEN = "ory_at_" + "d3m0" * 10  # published: it opens training stores only
DEMO_REFRESH = "ory_rt_" + "d3m0" * 10
DEMO_SECRET = "5ecr" * 16
FAR = 10 * 365 * 86_400


class SallaShop:
    """Listens on port `port` (0 = any free one) once started, as context or by `start()`.

    seed: "empty" or "demo"; webhook_delay: seconds until a delivery leaves, None = only on `flush_webhooks()`; key and
    secret: access token and client secret of the app; home_url: what the outside calls this host; every further keyword
    is a field of `Options`.
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
        self.app = SallaApp(
            Options(**options),
            secret=secret,
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
        known = self.store.grants.get(key)
        self.grant = known or Grant(
            key, DEMO_REFRESH, self.store.next_id("family"), self.app.clock.now() + FAR
        )
        if known is None:
            oauth.keep(self.store, self.grant)

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
        """The root of the Merchant API."""
        return f"{self._home or self.server.url}/admin/v2"

    @property
    def login_url(self) -> str:
        """The root of the sign-in server."""
        return self._home or self.server.url

    @property
    def control_url(self) -> str:
        return f"{self.server.url}{CONTROL}"

    @property
    def key(self) -> str:
        """The access token."""
        return self.grant.access_token

    @property
    def refresh_token(self) -> str:
        return self.grant.refresh_token

    @property
    def secret(self) -> str:
        """The client secret of the app."""
        return self.app.secret

    @property
    def client_id(self) -> str:
        return self.options.client_id

    @property
    def merchant(self) -> int:
        return self.options.merchant

    @property
    def headers(self) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {self.key}",
            "Accept": "application/json",
            "Content-Type": "application/json",
        }

    @property
    def sign_in(self) -> dict[str, str]:
        """What a connector needs."""
        return {
            "API": self.url,
            "access token": self.key,
            "refresh token": self.refresh_token,
            "client id": self.client_id,
            "client secret": self.secret,
            "merchant": str(self.merchant),
        }

    def add_key(self, scopes: tuple[str, ...] = ALL_SCOPES) -> Grant:
        """Another token pair."""
        return oauth.grant(self.store, scopes)

    def revoke_key(self, token: str) -> bool:
        return self.store.grants.pop(token, None) is not None

    def set_app_webhook(self, url: str, secret: str, strategy: str = "signature") -> None:
        """The app's webhook address in the Partner portal."""
        control.set_app_webhook(self.app, url, secret, strategy)

    def install_app(self) -> Json:
        """Easy mode: a new token pair, told by `app.store.authorize`."""
        return control.install(self.app)

    def uninstall_app(self) -> None:
        control.uninstall(self.app)

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
        """Moves the store's clock: queued quantities count, minutes of the limit pass, retries fall due."""
        now = self.app.clock.advance(seconds)
        self.app.settle()
        return now

    def settle(self) -> None:
        """Queued quantities count now."""
        self.app.settle(all_now=True)

    # -- the merchant's hand ------------------------------------------------
    def add_product(self, *, sku: str = "", image: bool = True, **body: Any) -> Json:
        """A product from the fields of the API."""
        full: Json = {"name": f"Product {sku}".strip(), "product_type": "product", "price": "10.00"}
        if image:
            full["images"] = bulk.IMAGE
        with self.store.lock:
            made = products.create(self.store, {**full, **body, "sku": sku})
            return self.product(made["id"])

    def add_variable(
        self, sku: str, options: dict[str, list[str]], *, price: str = "10.00", stock: int = 5
    ) -> Json:
        """A product with a variant for each combination; children have SKUs such as `SKU-RED-M`."""
        body = [{"name": name, "values": [{"name": v} for v in values]} for name, values in options.items()]
        with self.store.lock:
            made = self.add_product(sku=sku, price=price, options=body)
            row = self.store.products[made["id"]]
            names = {v["id"]: v["name"] for option in row["_options"] for v in option["values"]}
            for variant in products.variants_of(self.store, row):
                parts = [names[number].upper().replace(" ", "") for number in variant["_values"]]
                variant["sku"] = "-".join([sku, *parts])
                products.set_level(self.store, ("variant", variant["id"]), self.store.default_branch, stock)
            return self.product(made["id"])

    def add_branch(self, name: str) -> Json:
        return self.store.add_branch(name)

    def add_status(self, parent_slug: str, name: str) -> Json:
        """A custom status below a built-in one."""
        parent = self.status_id(parent_slug)
        return self.store.add_status(parent_slug, name, name, parent=parent)

    def status_id(self, slug: str) -> int:
        return storefront._status_id(self.store, slug)

    def bulk_simple(self, count: int, **extra: Any) -> list[Json]:
        with self.store.lock:
            return bulk.simple(self.store, count, **extra)

    def bulk_variable(self, count: int, each: int, **extra: Any) -> list[Json]:
        with self.store.lock:
            return bulk.variable(self.store, count, each, **extra)

    def product(self, product_id: int) -> Json:
        return product_json(self.store, self.store.products[product_id])

    def by_sku(self, sku: str) -> Json:
        """The product or variant as the API prints it. Raises LookupError."""
        product, variant = products.by_sku(self.store, sku)
        return product_json(self.store, product) if variant is None else variant_json(self.store, variant)

    def count_by_sku(self, sku: str) -> int:
        rows = [*self.store.products.values(), *self.store.variants.values()]
        return sum(1 for row in rows if row["sku"] == sku)

    def stock_of(self, sku: str, branch: int = 0) -> int:
        """Pieces once everything that was accepted counts."""
        self.settle()
        with self.store.lock:
            key = level_key(*products.by_sku(self.store, sku))
            return self.store.levels.get(key, {}).get(branch, 0) if branch else level(self.store, key)

    def price_of(self, sku: str) -> Decimal:
        """The regular price."""
        product, variant = products.by_sku(self.store, sku)
        return Decimal((variant or product)["price"])

    def sale_price_of(self, sku: str) -> Decimal | None:
        product, variant = products.by_sku(self.store, sku)
        return Decimal((variant or product)["sale_price"]) or None

    def put_on_sale(self, sku: str, price: str) -> None:
        product, variant = products.by_sku(self.store, sku)
        (variant or product)["sale_price"] = Decimal(price)

    # -- the buyer's hand ---------------------------------------------------
    def place_order(self, lines: list[Json], **extra: Any) -> Json:
        """See `storefront.place_order`; returns the order as GET by id prints it."""
        return self.order(storefront.place_order(self.store, self.app.emit, lines, **extra)["id"])

    def buy(self, sku: str, quantity: int = 1) -> Json:
        return self.place_order([{"sku": sku, "quantity": quantity}])

    def order(self, order_id: int) -> Json:
        with self.store.lock:
            order = self.store.orders[order_id]
            return {**order_json(self.store, order), "items": items_json(self.store, order)}

    def shipments_of(self, order_id: int) -> list[Json]:
        return [row for row in self.store.shipments.values() if row["order_id"] == order_id]

    def invoices_of(self, order_id: int) -> list[Json]:
        return [row for row in self.store.invoices.values() if row["order_id"] == order_id]

    def notes_of(self, order_id: int) -> list[str]:
        return [row["note"] for row in self.store.orders[order_id]["_history"] if row["note"]]

    def set_order_status(self, order_id: int, status: str | int) -> Json:
        """By slug, or by the store's own number."""
        with self.store.lock:
            number = status if isinstance(status, int) else self.status_id(status)
            storefront.set_status(self.store, self.store.orders[order_id], number, self.app.emit)
        return self.order(order_id)

    def add_return_shipment(self, order_id: int, pieces: dict[int, int]) -> Json:
        """A parcel brings pieces back: line -> how many."""
        with self.store.lock:
            return storefront.return_shipment(self.store, self.store.orders[order_id], pieces)

    def touch_order(self, order_id: int) -> None:
        """Staff change something, so that the order's date moves."""
        with self.store.lock:
            order = self.store.orders[order_id]
            storefront.touch(self.store, order)
            self.app.emit("order.updated", order_json(self.store, order))

    def refund(self, order_id: int, pieces: dict[int, int]) -> None:
        """The merchant takes pieces of lines (by line id) back."""
        with self.store.lock:
            storefront.refund_items(self.store, self.store.orders[order_id], pieces, self.app.emit)
