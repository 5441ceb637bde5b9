"""A running store for tests and demos.

from sandbox.zid import ZidShop

with ZidShop(prices_include_tax=True) as shop:
    shop.add_product(sku="MUG", price="11.50", quantity=5)
    order = shop.place_order([{"sku": "MUG", "quantity": 2}])
    requests.get(f"{shop.url}/v1/managers/store/orders", headers=shop.headers)
"""

from dataclasses import fields
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sandbox.base import CONTROL
from sandbox.counters import Counters
from sandbox.faults import FaultEngine
from sandbox.server import SandboxServer
from sandbox.zid import catalog, demo, oauth, storage, storefront
from sandbox.zid.answers import Json
from sandbox.zid.app import ZidApp
from sandbox.zid.catalog import product_json, quantity_of
from sandbox.zid.control import add_account
from sandbox.zid.hooks import hook_json
from sandbox.zid.orders import order_json
from sandbox.zid.state import Account, Options, Store
from sandbox.zid.store_routes import new_category

# Published: they open training stores only.
DEMO_CLIENT = "3699"
DEMO_SECRET = "5ecr" * 10
DEMO_AUTHORIZATION = "eyJ0eXAi" + "d3m0" * 14
DEMO_TOKEN = "eyJpdiI6" + "d3m0" * 14
DEMO_REFRESH = "def502" + "d3m0" * 14


class ZidShop:
    """Listens on port `port` (0 = any free one) once started, as context or by `start()`.

    seed: "empty" or "demo"; webhook_delay: seconds until a delivery leaves, None = only on `flush_webhooks()`; key and
    secret: manager token and client secret; home_url: what the outside calls this host; every further keyword is a field of
    `Options`.
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
        self.app = ZidApp(
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
        known = next((a for a in self.store.accounts if a.client_id == DEMO_CLIENT), None)
        self.account = known or self._demo_account(key, secret)

    def _demo_account(self, key: str, secret: str) -> Account:
        made = add_account(self.app, client_id=DEMO_CLIENT, client_secret=secret)
        made.manager_token, made.authorization, made.refresh_token = key, DEMO_AUTHORIZATION, DEMO_REFRESH
        return made

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
        """Host of the API and of the sign-in."""
        return self._home or self.server.url

    @property
    def control_url(self) -> str:
        return f"{self.server.url}{CONTROL}"

    @property
    def key(self) -> str:
        """The manager token."""
        return self.account.manager_token

    @property
    def authorization(self) -> str:
        """The bearer, which is another token."""
        return self.account.authorization

    @property
    def secret(self) -> str:
        """The client secret."""
        return self.account.client_secret

    @property
    def client_id(self) -> str:
        return self.account.client_id

    @property
    def headers(self) -> dict[str, str]:
        return headers_of(self.account, self.options.store_id)

    @property
    def sign_in(self) -> dict[str, str]:
        """What a connector needs."""
        return {
            "URL": self.url,
            "authorization": self.authorization,
            "manager token": self.key,
            "refresh token": self.account.refresh_token,
            "client id": self.client_id,
            "client secret": self.secret,
            "redirect URI": self.account.redirect_uri,
            "store id": str(self.options.store_id),
        }

    def add_key(self, scopes: tuple[str, ...] | None = None) -> Account:
        """Another app in this store. scopes: such as `orders.read`; None = all."""
        return add_account(self.app, scopes)

    def revoke_key(self, token: str) -> bool:
        """An app is uninstalled, and its webhooks go with it."""
        gone = next((a for a in self.store.accounts if a.manager_token == token), None)
        if gone is None:
            return False
        self.store.accounts.remove(gone)
        hooks = self.store.hooks.items()
        self.store.hooks = {k: h for k, h in hooks if h["original_id"] != gone.client_id}
        return True

    def install_app(self, client_id: str, client_secret: str, redirect_uri: str, **more: Any) -> str:
        """The address to which the browser comes back when a merchant installs an app."""
        return oauth.install(
            self.store, client_id=client_id, client_secret=client_secret, redirect_uri=redirect_uri, **more
        )

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

    @property
    def location(self) -> str:
        """The default location."""
        return self.store.default_location

    @property
    def hooks(self) -> list[Json]:
        return [hook_json(hook) for hook in self.store.hooks.values()]

    def flush_webhooks(self) -> list[Json]:
        return self.app.queue.flush()

    def advance(self, seconds: int) -> int:
        """Moves the store's clock."""
        return self.app.clock.advance(seconds)

    def break_hooks(self) -> None:
        """Thirty failures within an hour: every hook is broken and nothing is sent any more."""
        for hook in self.store.hooks.values():
            for _ in range(30):
                self.app.queue.judge(hook, 500)

    # -- the merchant's hand ------------------------------------------------
    def add_product(self, **body: Any) -> Json:
        with self.store.lock:
            name = body.pop("name", f"Product {body.get('sku', '')}".strip())
            row = catalog.create(self.store, {"price": "10.00", "name": name, **body}, self.app.emit)
            return product_json(self.store, row)

    def add_variable(
        self, sku: str, options: dict[str, list[str]], *, price: str = "10.00", stock: int = 5, name: str = ""
    ) -> Json:
        """A product with a variant for each combination; children have SKUs such as `SKU-RED-M`."""
        chosen: list[list[tuple[str, str]]] = [[]]
        for label, values in options.items():
            chosen = [[*before, (label, value)] for before in chosen for value in values]
        with self.store.lock:
            parent = catalog.create(
                self.store, {"name": name or f"Product {sku}", "sku": sku, "price": price}, self.app.emit
            )
            for row in chosen:
                for label, value in row:
                    demo.attribute_with(self.store, label, value)
            variants = [
                {
                    "sku": "-".join([sku, *(value.upper().replace(" ", "") for _, value in row)]),
                    "price": price,
                    "attributes": [{"slug": label.lower(), "value": {"en": value}} for label, value in row],
                    "stocks": [
                        {"location": self.location, "available_quantity": stock, "is_infinite": False}
                    ],
                }
                for row in chosen
            ]
            catalog.write_variants(self.store, parent, {"variants": variants}, self.app.emit)
            for number in parent["_children"]:
                self.store.products[number] |= {"is_draft": False, "is_published": True}
            return product_json(self.store, parent)

    def add_category(self, names: dict[str, str], parent: int | None = None) -> Json:
        with self.store.lock:
            return new_category(self.store, names, parent=parent)

    def add_coupon(self, code: str, amount: str, kind: str = "p") -> None:
        """kind: p percent, f fixed amount without tax."""
        self.store.coupons[code] = {"id": len(self.store.coupons) + 1, "type": kind, "amount": amount}

    def add_location(self, name_ar: str, name_en: str) -> Json:
        return self.store.add_location(name_ar, name_en)

    def bulk_simple(self, count: int, **extra: Any) -> list[Json]:
        with self.store.lock:
            return demo.bulk_simple(self.store, count, **extra)

    def bulk_variable(self, count: int, each: int, **extra: Any) -> list[Json]:
        with self.store.lock:
            return demo.bulk_variable(self.store, count, each, **extra)

    def product(self, product_id: str) -> Json:
        return product_json(self.store, self.store.products[product_id])

    def by_sku(self, sku: str) -> Json:
        """The product or variant as the API prints it. Raises LookupError."""
        return product_json(self.store, catalog.by_sku(self.store, sku))

    def count_by_sku(self, sku: str) -> int:
        return sum(1 for row in self.store.products.values() if row["sku"] == sku)

    def stock_of(self, sku: str, location: str = "") -> int:
        """Units on hand, at one location or at all."""
        row = catalog.by_sku(self.store, sku)
        if location:
            return int(row["_stocks"].get(location, {}).get("quantity", 0))
        return quantity_of(row)

    def price_of(self, sku: str) -> Decimal:
        return Decimal(catalog.by_sku(self.store, sku)["price"])

    def sale_price_of(self, sku: str) -> Decimal | None:
        price = catalog.by_sku(self.store, sku)["sale_price"]
        return None if price is None else Decimal(price)

    def put_on_sale(self, sku: str, price: str) -> None:
        catalog.by_sku(self.store, sku)["sale_price"] = Decimal(price)

    # -- the buyer's hand ---------------------------------------------------
    def place_order(self, lines: list[Json], **extra: Any) -> Json:
        """See `storefront.place_order`; returns the order as the view prints it."""
        return self.order(storefront.place_order(self.store, self.app.emit, lines, **extra)["id"])

    def buy(self, sku: str, quantity: int = 1) -> Json:
        return self.place_order([{"sku": sku, "quantity": quantity}])

    def order(self, order_id: int) -> Json:
        with self.store.lock:
            return order_json(self.store, self.store.orders[order_id])

    def set_order_status(self, order_id: int, status: str) -> Json:
        with self.store.lock:
            storefront.set_status(self.store, self.store.orders[order_id], status, self.app.emit)
        return self.order(order_id)

    def set_paid(self, order_id: int, status: str = "paid") -> Json:
        with self.store.lock:
            storefront.set_paid(self.store, self.store.orders[order_id], status, self.app.emit)
        return self.order(order_id)

    def edit_order(self, order_id: int, note: str) -> None:
        """Staff change something by hand, so that the order's date moves."""
        with self.store.lock:
            order = self.store.orders[order_id]
            order["_note"] = note
            storefront.touch(self.store, order)
            self.app.emit("order.status.update", order_json(self.store, order))

    def refund(self, order_id: int, quantities: dict[int, int], *, reason: str = "") -> Json:
        """Pieces of lines (by order_product_id) come back and are paid back by the merchant."""
        with self.store.lock:
            return demo.give_back(self.app, self.store.orders[order_id], quantities, reason=reason)

    def credit_notes_of(self, order_id: int) -> list[Json]:
        return list(self.store.orders[order_id]["_credit_notes"])


def headers_of(account: Account, store_id: int | str) -> dict[str, str]:
    """The set that every call bears."""
    return {
        "Authorization": f"Bearer {account.authorization}",
        "X-Manager-Token": account.manager_token,
        "Access-Token": account.manager_token,
        "Store-Id": str(store_id),
        "Role": "Manager",
        "Accept": "application/json",
        "Accept-Language": "en",
    }
