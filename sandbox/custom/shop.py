"""A running shop for tests and demos.

from sandbox.custom import CustomShop

with CustomShop(auth="hmac", paging="cursor") as shop:
    shop.add_product(sku="MUG", price="11.50", quantity=5)
    order = shop.place_order([{"sku": "MUG", "quantity": 2}])
"""

from dataclasses import fields
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sandbox.base import CONTROL
from sandbox.counters import Counters
from sandbox.custom import catalog, demo, orders, state
from sandbox.custom.app import CustomApp
from sandbox.custom.state import Json, Key, Options, Store
from sandbox.faults import FaultEngine
from sandbox.server import SandboxServer

DEMO_TOKEN = "cst_d3m0" * 4  # published: it opens training shops only
DEMO_SECRET = "cst_5ecr" * 4


class CustomShop:
    """Listens on port `port` (0 = any free one) once started, as context or by `start()`.

    seed: "empty" or "demo"; webhook_delay: seconds until a delivery leaves, None = only on `flush_webhooks()`; key and
    secret: token and secret of its first key; every further keyword is a field of `Options`.
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
            raise TypeError(f"Unknown shop option: {', '.join(sorted(unknown))}.")
        self.app = CustomApp(
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
            self.app.replace_store(state.load(state_file, self.app.options, self.app.clock))
        elif seed == "demo":
            demo.seed(self.app, items=items, orders=orders, seed=seed_number)
        if not self.store.keys:
            self.store.keys.append(Key("shop", secret, key))

    @staticmethod
    def option_names() -> set[str]:
        return {field.name for field in fields(Options)}

    def start(self) -> Self:
        self.server.start()
        return self

    def stop(self) -> None:
        self.server.stop()
        if self.state_file:
            state.save(self.store, self.state_file)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # -- addresses and keys -------------------------------------------------
    @property
    def url(self) -> str:
        return self._home or self.server.url

    @property
    def control_url(self) -> str:
        return f"{self.server.url}{CONTROL}"

    @property
    def sign_in(self) -> dict[str, str]:
        """What a connector needs, by the way of signing in."""
        key = self.store.keys[0]
        shown = {"url": self.url, "way": self.options.auth}
        if self.options.auth in ("bearer", "header", "query"):
            return {**shown, "access token": key.token}
        return {**shown, "user": key.user, "secret": key.secret}

    @property
    def key(self) -> str:
        return self.store.keys[0].token

    @property
    def secret(self) -> str:
        return self.store.keys[0].secret

    def add_key(self, rights: str = "all") -> Key:
        """rights: all, read or none."""
        number = len(self.store.keys) + 1
        key = Key(f"user{number}", f"secret-{number}-{DEMO_SECRET}", f"token-{number}-{DEMO_TOKEN}", rights)
        self.store.keys.append(key)
        return key

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

    def advance(self, seconds: int) -> int:
        return self.app.clock.advance(seconds)

    def flush_webhooks(self) -> list[Json]:
        return self.app.queue.flush()

    @property
    def deliveries(self) -> list[Json]:
        return list(self.app.queue.sent)

    # -- the merchant's hand ------------------------------------------------
    def add_product(self, **values: Any) -> Json:
        return catalog.add(self.store, **values)

    def bulk_simple(
        self, count: int, *, start: int = 1, prefix: str = "BULK", quantity: int = 5
    ) -> list[Json]:
        return [
            self.add_product(sku=f"{prefix}-{number:05d}", price="10.00", quantity=quantity)
            for number in range(start, start + count)
        ]

    def bulk_variable(self, count: int, each: int, *, quantity: int = 5) -> list[Json]:
        """Products with `each` variants; returns the variants."""
        made = []
        for _ in range(count):
            sku = f"VAR-{self.store.next_id('bulk'):04d}"
            parent = self.add_product(sku=sku, sellable=False)
            made += [
                self.add_product(
                    sku=f"{sku}-{child}", parent_id=parent["id"], price="10.00", quantity=quantity
                )
                for child in range(1, each + 1)
            ]
        return made

    def product(self, sku: str) -> Json:
        found = self.store.by_sku(sku)
        if found is None:
            raise LookupError(sku)
        return found

    def stock_of(self, sku: str) -> Decimal:
        return Decimal(self.product(sku)["quantity"])

    def set_order_status(self, number: int, status: str) -> Json:
        return orders.set_status(self.store, self.app.emit, self.store.orders[number], status)

    def edit_order(self, number: int, **values: Any) -> None:
        """Staff change a field by hand, so that the order's date moves."""
        order = self.store.orders[number]
        order |= values
        orders.touch(self.store, self.app.emit, order)

    def refund(self, number: int, amount: str, lines: list[Json] | None = None) -> Json:
        body = {"amount": amount, "lines": lines or []}
        return orders.refund(self.store, self.app.emit, self.store.orders[number], body)

    # -- the buyer's hand ---------------------------------------------------
    def place_order(self, lines: list[Json], **extra: Any) -> Json:
        """See `orders.place`; returns the order as the API prints it."""
        return self.order(orders.place(self.store, self.app.emit, lines, **extra)["id"])

    def order(self, number: int) -> Json:
        with self.store.lock:
            return orders.shown(self.store, self.store.orders[number])
