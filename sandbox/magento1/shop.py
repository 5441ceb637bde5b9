"""A running shop for tests and demos.

from sandbox.magento1 import Magento1Shop

with Magento1Shop(seed="empty") as shop:
    shop.add_product("MUG", price="10.00", stock=5)
    order = shop.place_order([{"sku": "MUG", "quantity": 2}])
    xmlrpc.client.ServerProxy(f"{shop.url}/api/xmlrpc/").login(shop.key, shop.secret)
"""

import pickle
from dataclasses import fields
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sandbox.base import CONTROL
from sandbox.counters import Counters
from sandbox.faults import FaultEngine
from sandbox.magento1 import catalogue, creditmemos, demo, documents, orders, storefront
from sandbox.magento1.app import MagentoApp
from sandbox.magento1.calls import Call
from sandbox.magento1.methods import METHODS, full_path
from sandbox.magento1.rows import ApiUser, Json, Options, Order, Product
from sandbox.magento1.state import Store
from sandbox.server import SandboxServer

DEMO_USER = "erp"
DEMO_KEY = "m1-demo-k3y-0123456789"  # published: it opens training shops only
_KEPT = ("users", "sessions", "products", "skus", "attributes", "sets", "categories", "orders", "order_ids",
         "documents", "customers", "ids", "carts")  # fmt: skip


class Magento1Shop:
    """Listens from construction on `port` (0 = any free one) once started, as context or by `start()`.

    seed: "empty" or "demo"; webhook_delay: seconds until a hint leaves, None = only on `flush_webhooks()`;
    every further keyword is a field of `Options` (version, prices_include_tax, xmlrpc, …).
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
        home_url: str = "",
        state_file: str = "",
        key: str = DEMO_USER,
        secret: str = DEMO_KEY,
        verbose: bool = False,
        **options: Any,
    ) -> None:
        if seed not in ("empty", "demo"):
            raise ValueError(f"Unknown seed {seed!r}: give empty or demo.")
        unknown = set(options) - self.option_names()
        if unknown:
            raise TypeError(f"Unknown shop option: {', '.join(sorted(unknown))}.")
        self.app = MagentoApp(
            Options(**options), time_zone=time_zone, seed=seed_number, hint_delay=webhook_delay
        )
        self.state_file = state_file
        self._home_url = home_url
        self.server = SandboxServer(self.app, host=host, port=port, tls=tls, verbose=verbose)
        if state_file and Path(state_file).exists():
            self._load()
        elif seed == "demo":
            demo.seed(self.app, items=items, orders=orders, seed=seed_number)
        self.key, self.secret = key, secret
        self.add_user(key, secret)

    @staticmethod
    def option_names() -> set[str]:
        return {f.name for f in fields(Options)}

    @property
    def sign_in(self) -> dict[str, str]:
        """What staff enter to connect, by its name."""
        return {"API user": self.key, "API key": self.secret}

    def start(self) -> Self:
        self.server.start()
        return self

    def stop(self) -> None:
        self.server.stop()
        if self.state_file:
            tables = {name: getattr(self.store, name) for name in _KEPT}
            Path(self.state_file).write_bytes(pickle.dumps(tables))

    def _load(self) -> None:
        for name, table in pickle.loads(Path(self.state_file).read_bytes()).items():
            setattr(self.store, name, table)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # Addresses and users.

    @property
    def url(self) -> str:
        return self._home_url.rstrip("/") or self.app.home

    @property
    def control_url(self) -> str:
        return f"{self.server.url}{CONTROL}"

    def add_user(self, name: str, key: str, rights: frozenset[str] | None = None) -> ApiUser:
        """An API user. rights: full paths such as `sales_order.info`, or `sales_order.*`; None is the full role."""
        user = ApiUser(name, key, rights)
        self.store.users[name] = user
        return user

    def read_only_rights(self) -> frozenset[str]:
        return frozenset(path for path, method in METHODS.items() if not method.writes)

    def end_sessions(self) -> int:
        """As after a restart of the session storage: every session is gone."""
        with self.store.lock:
            count = len(self.store.sessions)
            self.store.sessions.clear()
        return count

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

    def advance(self, seconds: int) -> int:
        return self.app.clock.advance(seconds)

    def rpc(self, path: str, *arguments: Any) -> Any:
        """A call as the full role, neither counted nor spoiled: `shop.rpc("order.info", "100000001")`."""
        with self.store.lock:
            call = Call(self.store, self.store.users[self.key], self.app.hint)
            return METHODS[full_path(path)].handler(call, *arguments)

    # Hints.

    def install_hints(self, target: str, secret: str) -> None:
        """Installs the module that tells what changed."""
        self.app.hints.target, self.app.hints.secret = target, secret

    def flush_webhooks(self) -> list[Json]:
        return self.app.hints.flush()

    @property
    def deliveries(self) -> list[Json]:
        return list(self.app.hints.sent)

    # The merchant's hand.

    def add_product(self, sku: str, *, price: str = "10.00", stock: str | int = 5, **values: Any) -> Product:
        with self.store.lock:
            return catalogue.add_product(self.store, sku, price=price, stock=stock, **values)

    def add_configurable(
        self, sku: str, options: dict[str, list[str]], *, price: str = "10.00", stock: int = 5
    ) -> tuple[Product, list[Product]]:
        """A configurable with a simple product per combination, as staff build it in the admin."""
        with self.store.lock:
            return catalogue.add_configurable(self.store, sku, options, price=price, stock=stock)

    def bulk_simple(self, count: int, *, prefix: str = "SIM", start: int = 1) -> list[Product]:
        with self.store.lock:
            return [
                catalogue.add_product(self.store, f"{prefix}-{n:05d}") for n in range(start, start + count)
            ]

    def bulk_orders(self, count: int, *, sku: str = "BULK") -> list[Order]:
        """Orders of one line, a minute apart, the last one now."""
        with self.store.lock:
            if self.store.by_sku(sku) is None:
                catalogue.add_product(self.store, sku, stock=10 * count)
            now = self.app.clock.now()
            return [
                storefront.place_order(
                    self.store,
                    [{"sku": sku, "quantity": 1}],
                    created=now - 60 * (count - n - 1),
                    state="new",
                    shipping_amount="5.00",
                )
                for n in range(count)
            ]

    def by_sku(self, sku: str) -> Product | None:
        return self.store.by_sku(sku)

    def stock_of(self, sku: str) -> Decimal:
        product = self.store.by_sku(sku)
        if product is None:
            raise LookupError(f"No product has the SKU {sku!r}.")
        return product.stock.qty

    def set_status(self, number: str, status: str) -> None:
        self.rpc("order.addComment", number, status, "", False)

    def touch_order(self, number: str) -> None:
        """Staff write a comment that tells nobody."""
        order = self.order(number)
        self.rpc("order.addComment", number, order.columns["status"], "Seen by staff", False)

    def invoice(self, number: str, quantities: Json | None = None) -> str:
        with self.store.lock:
            return documents.make_invoice(self.store, self.order(number), quantities or {}).increment_id

    def ship(self, number: str, quantities: Json | None = None) -> str:
        with self.store.lock:
            return documents.make_shipment(self.store, self.order(number), quantities or {}).increment_id

    def refund(self, number: str, data: Json | None = None) -> str:
        with self.store.lock:
            return creditmemos.make_creditmemo(self.store, self.order(number), data or {}).increment_id

    # The buyer's hand.

    def place_order(self, lines: list[Json], **extra: Any) -> Order:
        """See `storefront.place_order`."""
        with self.store.lock:
            order = storefront.place_order(self.store, lines, **extra)
            self.app.hint("order.updated", order)
            return order

    def order(self, number: str) -> Order:
        return self.store.orders[self.store.order_ids[number]]

    def order_json(self, number: str) -> Json:
        shown: Json = self.rpc("order.info", number)
        return shown

    def headers(self) -> list[Json]:
        with self.store.lock:
            return [orders.header(order) for order in self.store.orders.values()]
