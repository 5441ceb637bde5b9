"""A running shop for tests and demos.

from sandbox.woocommerce import WooShop

with WooShop(seed="empty", prices_include_tax=True) as shop:
    shop.add_product(sku="MUG", regular_price="10.00", stock_quantity=5)
    order = shop.place_order([{"sku": "MUG", "quantity": 2}])
    requests.get(f"{shop.url}/wp-json/wc/v3/orders", auth=shop.auth)   # needs treat_as_https=True
"""

from dataclasses import fields
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sandbox.base import CONTROL
from sandbox.counters import Counters
from sandbox.faults import FaultEngine
from sandbox.server import SandboxServer
from sandbox.woocommerce import bulk, demo, pages, storage, storefront
from sandbox.woocommerce.app import WooApp
from sandbox.woocommerce.order_json import order_json
from sandbox.woocommerce.rows import ApiKey, Json, Options
from sandbox.woocommerce.state import Store

DEMO_KEY = "ck_" + "d3m0" * 10
DEMO_SECRET = "cs_" + "5ecr" * 10  # published: it opens training shops only


class WooShop:
    """Listens from construction on port `port` (0 = any free one) once started, as context or by `start()`.

    seed: "empty" or "demo"; webhook_delay: seconds until a delivery leaves, None = only on `flush_webhooks()`;
    every further keyword is a field of `Options` (version, prices_include_tax, treat_as_https, …).
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
        key: str = DEMO_KEY,
        secret: str = DEMO_SECRET,
        verbose: bool = False,
        **options: Any,
    ) -> None:
        if seed not in ("empty", "demo"):
            raise ValueError(f"Unknown seed {seed!r}: give empty or demo.")
        unknown = set(options) - self.option_names()
        if unknown:
            raise TypeError(f"Unknown shop option: {', '.join(sorted(unknown))}.")
        self.app = WooApp(
            Options(**options),
            time_zone=time_zone,
            seed=seed_number,
            webhook_delay=webhook_delay,
            webhook_timeout=webhook_timeout,
            home_url=home_url,
        )
        self.state_file = state_file
        self.server = SandboxServer(self.app, host=host, port=port, tls=tls, verbose=verbose)
        if state_file and Path(state_file).exists():
            self.app.replace_store(storage.load(state_file, self.app.options, self.app.clock))
        elif seed == "demo":
            demo.seed(self.app, items=items, orders=orders, seed=seed_number)
        if key in self.store.keys:
            self.api_key = self.store.keys[key]
        else:
            self.api_key = pages.issue_key(self.app, key=key, secret=secret, description="sandbox")

    @staticmethod
    def option_names() -> set[str]:
        return {f.name for f in fields(Options)}

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

    # Addresses and keys.

    @property
    def url(self) -> str:
        """The shop's home URL, without a trailing slash."""
        return self.app.home

    @property
    def control_url(self) -> str:
        return f"{self.server.url}{CONTROL}"

    @property
    def key(self) -> str:
        return self.api_key.key

    @property
    def secret(self) -> str:
        return self.api_key.secret

    @property
    def sign_in(self) -> dict[str, str]:
        """What the command line prints."""
        return {"consumer key": self.key, "consumer secret": self.secret}

    @property
    def auth(self) -> tuple[str, str]:
        """For `requests`; Basic works only when the shop thinks that it is HTTPS."""
        return self.key, self.secret

    def add_key(
        self, permissions: str = "read_write", *, role: str = "administrator", user_id: int = 1
    ) -> ApiKey:
        return pages.issue_key(self.app, permissions, role=role, user_id=user_id)

    def delete_user(self, user_id: int) -> int:
        """A WordPress user goes, and his keys with him; returns how many. His webhooks stay without rights."""
        return pages.delete_user(self.app, user_id)

    def revoke_key(self, key: str) -> bool:
        return pages.revoke(self.app, key)

    # The shop's inside.

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
        """Every webhook delivery and ping so far, with the status that it got."""
        return list(self.app.queue.sent)

    def flush_webhooks(self) -> list[Json]:
        return self.app.queue.flush()

    def advance(self, seconds: int) -> int:
        """Moves the shop's clock; midnight passing runs the sales job at the next request."""
        return self.app.clock.advance(seconds)

    def rest(self, method: str, path: str, body: Json | None = None, **query: Any) -> Any:
        """A REST call as the administrator, neither counted nor spoiled: `shop.rest("GET", "/products/10")`."""
        return self.app.internal(method, path, body, **query)

    # The merchant's hand.

    def add_product(self, **body: Any) -> Json:
        """Creates a product from REST fields; a `stock_quantity` alone switches stock management on."""
        if "stock_quantity" in body:
            body.setdefault("manage_stock", True)
        body.setdefault("name", f"Product {body.get('sku', '')}".strip())
        made: Json = self.rest("POST", "/products", body)
        return made

    def add_variable(
        self, sku: str, options: dict[str, list[str]], *, price: str = "10.00", stock: int = 5, name: str = ""
    ) -> Json:
        """A variable product with a custom attribute per key and all combinations as variations.

        Children have SKUs such as `SKU-RED-M`. Returns the parent; `variations` holds the ids.
        """
        attributes = [
            {"name": label, "variation": True, "visible": True, "options": values}
            for label, values in options.items()
        ]
        parent = self.rest(
            "POST",
            "/products",
            {"name": name or f"Product {sku}", "sku": sku, "type": "variable", "attributes": attributes},
        )
        chosen: list[list[tuple[str, str]]] = [[]]
        for label, values in options.items():
            chosen = [[*before, (label, value)] for before in chosen for value in values]
        for row in chosen:
            self.rest(
                "POST",
                f"/products/{parent['id']}/variations",
                {
                    "sku": "-".join([sku, *(v.upper().replace(" ", "") for _, v in row)]),
                    "regular_price": price,
                    "manage_stock": True,
                    "stock_quantity": stock,
                    "attributes": [{"name": label, "option": value} for label, value in row],
                },
            )
        shown: Json = self.product(parent["id"])
        return shown

    def add_category(self, name: str, parent: int = 0) -> Json:
        made: Json = self.rest("POST", "/products/categories", {"name": name, "parent": parent})
        return made

    def add_coupon(self, code: str, amount: str, discount_type: str = "percent") -> Json:
        body = {"code": code, "amount": amount, "discount_type": discount_type}
        made: Json = self.rest("POST", "/coupons", body)
        return made

    def add_tax_rate(self, rate: str, **body: Any) -> Json:
        made: Json = self.rest("POST", "/taxes", {"rate": rate, "country": self.options.base_country, **body})
        return made

    def bulk_simple(self, count: int, **extra: Any) -> list[Json]:
        return bulk.bulk_simple(self.store, count, **extra)

    def bulk_variable(self, count: int, variations: int, **extra: Any) -> list[Json]:
        return bulk.bulk_variable(self.store, count, variations, **extra)

    def product(self, product_id: int) -> Json:
        found: Json = self.rest("GET", f"/products/{product_id}")
        return found

    def by_sku(self, sku: str) -> Json | None:
        rows = self.rest("GET", "/products", None, sku=sku)
        return rows[0] if rows else None

    def stock_of(self, sku: str) -> int | None:
        with self.store.lock:
            product = self.store.by_sku(sku)
            if product is None:
                raise LookupError(f"No product has the SKU {sku!r}.")
            return product.stock_quantity

    # The buyer's hand.

    def place_order(self, lines: list[Json], **extra: Any) -> Json:
        """See `storefront.place_order`; returns the order as GET by id prints it."""
        order = storefront.place_order(self.app, lines, **extra)
        return self.order(order.id)

    def buy(self, sku: str, quantity: int = 1) -> Json:
        return self.order(storefront.buy(self.app, sku, quantity).id)

    def order(self, order_id: int) -> Json:
        with self.store.lock:
            return order_json(self.app.viewer(), self.store.orders[order_id])

    def set_order_status(self, order_id: int, status: str) -> Json:
        storefront.set_status(self.app, order_id, status)
        return self.order(order_id)

    def refund(self, order_id: int, **body: Any) -> Json:
        made: Json = self.rest("POST", f"/orders/{order_id}/refunds", {"api_refund": False, **body})
        return made
