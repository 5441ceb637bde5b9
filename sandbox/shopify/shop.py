"""A running shop for tests and demos.

from sandbox.shopify import ShopifyShop

with ShopifyShop(prices_include_tax=True) as shop:
    shop.add_product(sku="MUG", price="10.00", stock=5)
    order = shop.place_order([{"sku": "MUG", "quantity": 2}])
    answer = shop.graphql("{ shop { name } }")          # as the administrator: uncounted, free of charge
    requests.post(f"{shop.url}/admin/api/2026-10/graphql.json", headers=shop.headers, json={"query": "..."})
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
from sandbox.shopify import demo, executor, merchant, oauth, product_rows, setup, storage
from sandbox.shopify.app import ShopifyApp
from sandbox.shopify.buyers import new_customer
from sandbox.shopify.calls import Call, Row
from sandbox.shopify.checkout import place_order
from sandbox.shopify.options import Options
from sandbox.shopify.payloads import topic_name
from sandbox.shopify.state import Store

DEMO_TOKEN = "shpat_" + "5a0db0c5" * 4  # published: it opens training shops only


class ShopifyShop:
    """Listens on port `port` (0 = any free one) once started, as context or by `start()`.

    seed: "empty" or "demo"; webhook_delay: seconds until a delivery leaves, None = only on `flush_webhooks()`;
    every further keyword is a field of `Options` (currency, prices_include_tax, plan, scopes, …).
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
        key: str = "",
        secret: str = "",
        verbose: bool = False,
        **options: Any,
    ) -> None:
        """key: access token; secret: the app's client secret; published ones unless given."""
        if seed not in ("empty", "demo"):
            raise ValueError(f"Unknown seed {seed!r}: give empty or demo.")
        unknown = set(options) - self.option_names()
        if unknown:
            raise TypeError(f"Unknown shop option: {', '.join(sorted(unknown))}.")
        if secret:
            options["client_secret"] = secret
        self.app = ShopifyApp(
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
        self.token = key or DEMO_TOKEN
        if self.token not in self.store.tokens:
            oauth.issue(self.store, self.options.scopes, token=self.token)

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
        """The shop's address, without a trailing slash: `/admin/api/…` hangs below it."""
        return self.app.home

    @property
    def control_url(self) -> str:
        return f"{self.server.url}{CONTROL}"

    @property
    def domain(self) -> str:
        return self.options.domain

    @property
    def key(self) -> str:
        return self.token

    @property
    def secret(self) -> str:
        """The app's client secret: webhooks and callbacks are signed with it."""
        return self.options.client_secret

    @property
    def sign_in(self) -> dict[str, str]:
        """What the command line prints."""
        return {"access token": self.token, "client id": self.client_id, "client secret": self.secret}

    @property
    def client_id(self) -> str:
        return self.options.client_id

    @property
    def headers(self) -> dict[str, str]:
        return {"X-Shopify-Access-Token": self.token}

    def add_token(self, scopes: tuple[str, ...] | None = None, *, expires: int | None = None) -> str:
        """A further access token; expires: seconds from now."""
        row = oauth.issue(self.store, self.options.scopes if scopes is None else scopes, expires=expires)
        return str(row["token"])

    def expiring_pair(self, scopes: tuple[str, ...] | None = None) -> Row:
        """What an expiring installation was given: access_token, refresh_token and their seconds."""
        return oauth.issue_pair(self.store, self.options.scopes if scopes is None else scopes)

    def authorization_code(self, scopes: tuple[str, ...] | None = None) -> str:
        """A code as the callback brings it."""
        code = self.store.token(32)
        self.store.codes[code] = {"scopes": scopes or self.options.scopes, "at": self.app.clock.now()}
        return code

    def revoke_token(self, token: str = "") -> None:
        self.store.tokens[token or self.token]["revoked"] = True

    def uninstall(self) -> None:
        """The merchant removes the app: tokens die, `app/uninstalled` is sent."""
        self.app.emit("app/uninstalled", {"id": "gid://shopify/Shop/1"})
        oauth.uninstall(self.app)

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
    def deliveries(self) -> list[Row]:
        """Every webhook delivery so far, with the status that it got."""
        return list(self.app.queue.sent)

    def flush_webhooks(self) -> list[Row]:
        return self.app.queue.flush()

    def advance(self, seconds: int) -> int:
        """Moves the shop's clock; cost points come back with it, tokens age, webhook retries fall due."""
        return self.app.clock.advance(seconds)

    def graphql(self, query: str, variables: Row | None = None, *, version: str = "2026-10") -> Row:
        """A document as the administrator: every scope, neither counted, nor billed, nor spoiled."""
        call = Call(self.app, version, frozenset((*self.options.scopes, "write_locations")))
        return executor.execute(call, query, variables or {})

    # The merchant's hand.

    def add_product(self, **body: Any) -> Row:
        """A product with one variant: `sku, title, price, compare_at_price, stock, barcode, cost, tracked, status…`.

        stock: a number for the first location, `{"location name": number}`, or None for not stocked at all.
        """
        return merchant.add_product(self.app, **body)

    def add_variable(
        self, sku: str, options: dict[str, list[str]], *, price: str = "10.00", stock: int = 5, name: str = ""
    ) -> Row:
        """A product with all combinations as variants `SKU-RED-M`; `variants` holds their rows."""
        return merchant.add_variable(self.app, sku, options, price=price, stock=stock, name=name)

    def bulk_simple(self, count: int, **extra: Any) -> list[Row]:
        """`SIM-00001` …; ids of product, variant and inventory item of each."""
        return merchant.bulk_simple(self.app, count, **extra)

    def bulk_variable(self, count: int, variations: int, **extra: Any) -> list[Row]:
        return merchant.bulk_variable(self.app, count, variations, **extra)

    def add_bundle(self, sku: str, parts: dict[str, int], *, price: str = "10.00") -> Row:
        """A bundle of other SKUs; its stock is what its parts make."""
        return merchant.add_bundle(self.app, sku, parts, price=price)

    def add_location(self, name: str, **body: Any) -> Row:
        return setup.add_location(self.store, name, **body)

    def add_discount(self, code: str, **gives: Any) -> None:
        """A discount code: `percent=10`, `amount=50`, `skus=[…]`, `shipping=True`."""
        self.store.discounts[code] = gives

    def add_customer(self, **body: Any) -> Row:
        return new_customer(self.store, **body)

    def add_company(self, name: str, **body: Any) -> Row:
        """A company with a location and a contact: `{"company", "location", "contact"}`."""
        return merchant.add_company(self.app, name, **body)

    def add_market(self, name: str, country: str, currency: str) -> Row:
        return setup.add_market(self.store, name, country, currency)

    def add_price_list(self, name: str, currency: str, **body: Any) -> Row:
        return setup.add_price_list(self.store, name, currency, **body)

    def add_collection(self, title: str, skus: list[str] | None = None, rules: Row | None = None) -> Row:
        return merchant.add_collection(self.app, title, skus or [], rules)

    def unique_metafield(self, namespace: str, key: str, owner: str = "PRODUCT") -> Row:
        """A metafield definition whose values are unique: what `customId` looks up."""
        return merchant.unique_metafield(self.app, namespace, key, owner)

    def set_price(self, sku: str, price: str, compare_at: str | None = None) -> None:
        """A human changes a price in the admin."""
        merchant.set_price(self.app, sku, price, compare_at)

    def set_stock(self, sku: str, quantity: int, location: str = "") -> None:
        """A human counts the shelf: available at a location (name, GID, or the first)."""
        merchant.set_stock(self.app, sku, quantity, location)

    def product(self, gid: str) -> Row:
        return self.store.tables["Product"][gid]

    def by_sku(self, sku: str) -> Row | None:
        """The variant with this SKU: its row, with `product`, `item` and `stock` beside the fields."""
        with self.store.lock:
            row = self.store.by_sku(sku)
            if row is None:
                return None
            return {
                **row,
                "product": product_rows.product_of(self.store, row),
                "item": self.store.tables["InventoryItem"][row["_item"]],
                "stock": merchant.stock_by_location(self.store, row),
            }

    def stock_of(self, sku: str, location: str = "") -> int:
        """What can be sold: over all locations, or at one (name or GID)."""
        return merchant.stock_of(self.store, sku, location)

    # The buyer's hand.

    def place_order(self, lines: list[Row], **extra: Any) -> Row:
        """See `checkout.place_order`; returns the order's row with `totals` in shop money."""
        return self.shown(place_order(self.app, lines, **extra))

    def buy(self, sku: str, quantity: int = 1) -> Row:
        if self.store.by_sku(sku) is None:
            raise ValueError(f"No variant has the SKU {sku!r}.")
        return self.place_order([{"sku": sku, "quantity": quantity}])

    def order(self, order_id: str | int) -> Row:
        """By GID, number of the GID, or name such as `#1001`."""
        return self.shown(merchant.order_row(self.store, order_id))

    def shown(self, order: Row) -> Row:
        return merchant.shown(self.store, order)

    def refund(self, order_id: str | int, **body: Any) -> Row:
        """`lines={sku: quantity}`, `shipping="5.00"|True`, `amount="…"` (money: as calculated, unless given), `restock`."""
        return merchant.refund(self.app, merchant.order_row(self.store, order_id), **body)

    def edit_order(
        self,
        order_id: str | int,
        quantities: dict[str, int] | None = None,
        add: list[Row] | None = None,
        **body: Any,
    ) -> Row:
        """Sets quantities of lines by SKU (0 removes) and adds lines, as an order edit; returns the order."""
        order = merchant.order_row(self.store, order_id)
        return self.shown(merchant.edit(self.app, order, quantities or {}, add or [], **body))

    def cancel_order(self, order_id: str | int, **body: Any) -> Row:
        order = merchant.order_row(self.store, order_id)
        return self.shown(merchant.cancel(self.app, order, **body))

    def fulfill(self, order_id: str | int, **body: Any) -> Row:
        """Ships what is left, or `lines={sku: quantity}`, with `number`, `company`, `url`."""
        return merchant.fulfill(self.app, merchant.order_row(self.store, order_id), **body)

    def return_lines(self, order_id: str | int, lines: dict[str, int], **body: Any) -> Row:
        """A return of shipped units; `request=True` leaves it to be approved."""
        return merchant.open_return(self.app, merchant.order_row(self.store, order_id), lines, **body)

    def touch_order(self, order_id: str | int, note: str = "changed") -> Row:
        """Somebody writes a note into an order."""
        order = merchant.order_row(self.store, order_id)
        with self.store.lock:
            order["note"] = note
            self.store.touch(order)
        self.app.emit("orders/updated", order)
        return self.shown(order)

    def add_other_subscription(self, topic: str, uri: str, secret: str = "") -> Row:
        """A subscription that the API does not list and no failure removes: of the app's configuration file, or with
        `secret` one that somebody made by hand in the shop's admin, signed with that store's own key."""
        return self.store.add(
            "OtherSubscription",
            topic=topic_name(topic),
            uri=uri,
            includeFields=[],
            filter=None,
            name=None,
            _failures=0,
            _secret=secret,
        )

    def hold_key(self, key: str) -> None:
        """A request with this idempotency key is still at work."""
        self.store.idempotent[key] = {
            "at": self.app.clock.now(),
            "print": "",
            "state": "running",
            "result": None,
        }

    def privacy(self, topic: str, url: str, body: Row | None = None) -> Row:
        """Sends `customers/data_request`, `customers/redact` or `shop/redact` to the app's configured address."""
        head = {"shop_id": 1, "shop_domain": self.options.domain}
        return self.app.queue.post_raw(url, topic, {**head, **(body or {})})

    def empty_bucket(self, left: float = 0.0) -> None:
        """Somebody else used the app's points up."""
        self.app.bucket.empty(left)

    def totals(self, order_id: str | int) -> dict[str, Decimal]:
        return merchant.totals(self.store, merchant.order_row(self.store, order_id))
