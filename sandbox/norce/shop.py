"""A running client for tests and demos.

from sandbox.norce import NorceShop

with NorceShop() as shop:
    shop.add_product(sku="MUG", price="11.50", stock_quantity=5)
    order = shop.place_order([{"sku": "MUG", "quantity": 2}])
"""

from dataclasses import fields
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sandbox.base import CONTROL
from sandbox.counters import Counters
from sandbox.faults import FaultEngine
from sandbox.norce import bulk, demo, orders, storage, storefront
from sandbox.norce.answers import Json
from sandbox.norce.app import NorceApp
from sandbox.norce.control import add_account, revoke
from sandbox.norce.delivery import Receiver, Subscription
from sandbox.norce.entities import order_entity
from sandbox.norce.state import Account, Job, Options, Store, plain
from sandbox.server import SandboxServer

CLIENT_ID = "erp-demo"  # published: it opens training clients only
CLIENT_SECRET = "n0rce-d3mo-" + "5ecret" * 5


class NorceShop:
    """Listens on port `port` (0 = any free one) once started, as context or by `start()`.

    seed: "empty" or "demo"; webhook_delay: seconds until a delivery leaves, None = only on `flush_webhooks()`; key and
    secret: client id and client secret of the OAuth user; home_url: what the outside calls this host; every further
    keyword is a field of `Options`.
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
        webhook_timeout: float = 5.0,
        home_url: str = "",
        state_file: str = "",
        key: str = CLIENT_ID,
        secret: str = CLIENT_SECRET,
        verbose: bool = False,
        **options: Any,
    ) -> None:
        if seed not in ("empty", "demo"):
            raise ValueError(f"Unknown seed {seed!r}: give empty or demo.")
        unknown = set(options) - self.option_names()
        if unknown:
            raise TypeError(f"Unknown option: {', '.join(sorted(unknown))}.")
        self.app = NorceApp(
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
            self.app, client_id=key, client_secret=secret
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
        return self._home or self.server.url

    @property
    def control_url(self) -> str:
        return f"{self.server.url}{CONTROL}"

    @property
    def key(self) -> str:
        return self.account.client_id

    @property
    def secret(self) -> str:
        return self.account.client_secret

    @property
    def sign_in(self) -> dict[str, str]:
        """What a connector needs, as Admin shows it."""
        return {
            "base url": self.url,
            "client id": self.key,
            "client secret": self.secret,
            "application id": str(self.options.application),
            "scope": self.options.scope,
        }

    def add_key(self, rights: tuple[str, ...] | None = None) -> Account:
        """Another OAuth user. rights: of connect, orders, query; None = all."""
        return add_account(self.app, rights)

    def revoke_key(self, client_id: str) -> bool:
        return revoke(self.app, client_id)

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
    def jobs(self) -> list[Job]:
        self.app.settle()
        return list(self.store.jobs.values())

    def jobs_of(self, kind: str) -> list[Job]:
        """Jobs of one import, such as `Product/ImportOnhands`, oldest first."""
        return [job for job in self.jobs if job.kind == kind]

    def fail_jobs(self, kind: str = "*", *, status: int = 3, count: int = 1) -> None:
        """The next jobs of a kind end with status 3 (Failed) or 4 (ValidationFailed)."""
        self.store.failing += [(kind, status)] * count

    def most_at_once(self, kind: str) -> int:
        """How many jobs of a kind were ever open at once."""
        return self.store.overlaps.get(kind, 0)

    @property
    def deliveries(self) -> list[Json]:
        return list(self.app.queue.sent)

    def flush_webhooks(self) -> list[Json]:
        self.app.settle()
        return self.app.queue.flush()

    def advance(self, seconds: int) -> int:
        """Moves the shop's clock: jobs run, tokens lapse, retries fall due."""
        now = self.app.clock.advance(seconds)
        self.app.settle()
        return now

    # -- the merchant's hand ------------------------------------------------
    def add_product(
        self, sku: str, *, price: Any = "10.00", stock_quantity: Any = 5, name: str = "", **values: Any
    ) -> Json:
        """A simple article. values: fields of the SKU, `code` and `manufacturer` of its product."""
        with self.store.lock:
            return bulk.article(self.store, sku, name=name, price=price, stock=stock_quantity, **values)

    def add_variable(self, code: str, part_numbers: list[str], **values: Any) -> list[Json]:
        with self.store.lock:
            return bulk.family(self.store, code, part_numbers, **values)

    def add_price_list(self, code: str, **values: Any) -> Json:
        return self.store.add_price_list(code, **values)

    def add_warehouse(self, code: str, **values: Any) -> Json:
        return self.store.add_warehouse(code, **values)

    def add_category(self, code: str, name: str = "") -> Json:
        number = self.store.next_id("category", 400)
        row = {"Id": number, "Code": code, "DefaultName": name or code, "ParentId": None}
        self.store.categories[code] = row
        return row

    def bulk_simple(self, count: int, **extra: Any) -> list[Json]:
        with self.store.lock:
            return bulk.simple(self.store, count, **extra)

    def bulk_variable(self, count: int, each: int, **extra: Any) -> list[Json]:
        with self.store.lock:
            return bulk.variants(self.store, count, each, **extra)

    def by_sku(self, sku: str) -> Json:
        return self.store.skus[sku]

    def product(self, code: str) -> Json:
        return self.store.products[code]

    def count_by_sku(self, sku: str) -> int:
        return int(sku in self.store.skus) + sum(1 for p in self.store.products.values() if p["Code"] == sku)

    def stock_of(self, sku: str, warehouse: str = "") -> Decimal:
        self.app.settle()
        with self.store.lock:
            return self.store.on_hand(sku, warehouse)

    def price_of(self, sku: str, price_list: str = "", quantity_break: int = 1) -> Decimal | None:
        """The active sale price without VAT; None without one."""
        self.app.settle()
        record = self.store.prices.get((sku, price_list or self.options.price_list, quantity_break))
        return Decimal(record["PriceSale"]) if record and record["IsActive"] and record["PriceSale"] else None

    # -- the buyer's hand ---------------------------------------------------
    def place_order(self, lines: list[Json], **extra: Any) -> Json:
        """See `storefront.place_order`; returns the order as the receiver gets it."""
        order = storefront.place_order(self.store, self.app.emit, lines, **extra)
        self.app.queue.hand_over(order)
        return self.order(order["ClientOrderRef"])

    def buy(self, sku: str, quantity: int = 1) -> Json:
        return self.place_order([{"sku": sku, "quantity": quantity}])

    def order(self, reference: str) -> Json:
        """The order without what is Norce's own."""
        row = self.store.orders[str(reference)]
        return {name: value for name, value in row.items() if not name.startswith("_")}

    def order_entity(self, reference: str) -> Json:
        with self.store.lock:
            return dict(plain(order_entity(self.store, self.store.orders[str(reference)])))

    def status_of(self, reference: str) -> str:
        return str(self.store.orders[str(reference)]["_status"])

    def captured_of(self, reference: str) -> Decimal:
        return Decimal(self.store.orders[str(reference)]["_captured"])

    def set_order_status(self, reference: str, status: str) -> None:
        with self.store.lock:
            orders.set_status(self.store, self.store.orders[str(reference)], status, self.app.emit)

    def edit_order(self, reference: str, **values: Any) -> None:
        """Staff change a field by hand, so that the order's date moves."""
        with self.store.lock:
            order = self.store.orders[str(reference)]
            order |= values
            order["_updated"] = self.store.stamp()

    def invoices_of(self, reference: str) -> list[Json]:
        return [row for row in self.store.invoices.values() if row["ClientOrderRef"] == str(reference)]

    def notes_of(self, reference: str) -> list[Json]:
        number = str(self.store.orders[str(reference)]["_id"])
        return [row for row in self.store.notes.values() if row["OrderNo"] == number]

    # -- integrations -------------------------------------------------------
    def subscribe(self, event: str, url: str, **headers: str) -> None:
        """Admin > Integrations > Events."""
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        self.app.queue.subscriptions[event] = Subscription(event, url, told)

    def announce(self, event: str, **ids: Any) -> None:
        self.app.emit(event, ids)

    def set_receiver(self, url: str, user: str, password: str) -> None:
        """Admin > ERP integration, endpoint type REST."""
        self.app.queue.receiver = Receiver(url, user, password)
