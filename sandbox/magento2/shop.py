"""A running shop for tests and demos.

from sandbox.magento2 import Magento2Shop

with Magento2Shop(seed="empty", version="2.4.6") as shop:
    shop.add_product(sku="MUG", price="10.00", stock_quantity=5)
    order = shop.place_order([{"sku": "MUG", "quantity": 2}])
    token = shop.admin_token()
    requests.get(f"{shop.url}/rest/V1/orders?searchCriteria[pageSize]=1", headers={"Authorization": f"Bearer {token}"})
"""

from dataclasses import fields
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sandbox.base import CONTROL
from sandbox.counters import Counters
from sandbox.faults import FaultEngine
from sandbox.magento2 import auth, bulk_api, demo, handshake, stock, stocking, storage, storefront
from sandbox.magento2.app import Magento2App
from sandbox.magento2.document_json import document_json
from sandbox.magento2.order_json import order_json
from sandbox.magento2.product_json import product_json
from sandbox.magento2.rows import (
    CartRule,
    Grant,
    Group,
    Json,
    Options,
    Product,
    Source,
    Stock,
    TierPrice,
    View,
    Website,
)
from sandbox.magento2.state import Store
from sandbox.server import SandboxServer

# Published: they open training shops only.
DEMO_KEY = "d3m0" * 8
DEMO_SECRET = "5ecr" * 8
DEMO_TOKEN = "70k3" * 8
DEMO_TOKEN_SECRET = "7ok5" * 8
ADMIN, PASSWORD = "admin", "Sandbox123!"


class Magento2Shop:
    """Listens from construction on port `port` (0 = any free one) once started, as context or by `start()`.

    seed: "empty" or "demo"; webhook_delay: seconds until a delivery leaves, None = only on `flush_webhooks()`;
    every further keyword is a field of `Options` (version, msi, prices_include_tax, input_limits, …).
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
        token: str = DEMO_TOKEN,
        token_secret: str = DEMO_TOKEN_SECRET,
        verbose: bool = False,
        **options: Any,
    ) -> None:
        if seed not in ("empty", "demo"):
            raise ValueError(f"Unknown seed {seed!r}: give empty or demo.")
        unknown = set(options) - self.option_names()
        if unknown:
            raise TypeError(f"Unknown shop option: {', '.join(sorted(unknown))}.")
        self.app = Magento2App(
            Options(**options),
            time_zone=time_zone,
            seed=seed_number,
            home_url=home_url,
            webhook_delay=webhook_delay,
            webhook_timeout=webhook_timeout,
        )
        self.state_file = state_file
        self.server = SandboxServer(self.app, host=host, port=port, tls=tls, verbose=verbose)
        if state_file and Path(state_file).exists():
            self.app.replace_store(storage.load(state_file, self.app.options, self.app.clock))
        else:
            self._people(key, secret, token, token_secret)
            if seed == "demo":
                demo.seed(self.app, items=items, orders=orders, seed=seed_number)

    @staticmethod
    def option_names() -> set[str]:
        return {f.name for f in fields(Options)}

    def _people(self, key: str, secret: str, token: str, token_secret: str) -> None:
        store = self.app.store
        integration = Grant(store.next_id("grant"), "integration", "ERP")
        integration.key, integration.secret = key, secret
        integration.token, integration.token_secret = token, token_secret
        store.grants[integration.id] = integration
        self.add_admin(ADMIN, PASSWORD)

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
        """The shop's base URL, without a trailing slash."""
        return self.app.home

    @property
    def control_url(self) -> str:
        return f"{self.server.url}{CONTROL}"

    @property
    def integration(self) -> Grant:
        return next(g for g in self.store.grants.values() if g.kind == "integration")

    @property
    def key(self) -> str:
        return self.integration.key

    @property
    def secret(self) -> str:
        return self.integration.secret

    @property
    def token(self) -> str:
        return self.integration.token

    @property
    def token_secret(self) -> str:
        return self.integration.token_secret

    @property
    def auth(self) -> tuple[str, str, str, str]:
        """The four strings of the integration."""
        return self.key, self.secret, self.token, self.token_secret

    @property
    def sign_in(self) -> dict[str, str]:
        """What the command line prints."""
        return {
            "consumer key": self.key,
            "consumer secret": self.secret,
            "access token": self.token,
            "token secret": self.token_secret,
            "admin": f"{ADMIN} / {PASSWORD}",
        }

    def add_integration(self, *resources: str, name: str = "Second") -> Grant:
        """Another integration. resources: ACL names or patterns such as `Magento_Sales::*`; none is everything."""
        store = self.store
        with store.lock:
            grant = Grant(store.next_id("grant"), "integration", name, frozenset(resources) or None)
            grant.key, grant.secret = store.token(), store.token()
            grant.token, grant.token_secret = store.token(), store.token()
            store.grants[grant.id] = grant
            return grant

    def activate(self, callback_url: str, *resources: str, name: str = "Callback") -> Grant:
        """Staff activate an integration with a callback address: its keys are posted there, tokens are asked for."""
        grant = self.add_integration(*resources, name=name)
        handshake.activate(self.app, grant, callback_url)
        return grant

    def add_hook(self, url: str, topic: str = "order", **fields: Any) -> Json:
        """Staff set up a hook of the third-party module (token=, template=, statuses=), or `kind="io"` for I/O events."""
        return self.app.events.register(url=url, topic=topic, **fields)

    def announce(self, event: str, row_id: int) -> None:
        """An event as hooks see it, also about a row that was rolled back and is not there."""
        with self.store.lock:
            self.app.happened(event, row_id)

    def add_admin(self, username: str, password: str, *resources: str) -> Grant:
        store = self.store
        with store.lock:
            grant = Grant(store.next_id("grant"), "admin", username, frozenset(resources) or None)
            grant.password, grant.otp_secret = password, store.token(20).encode()
            store.grants[grant.id] = grant
            return grant

    def revoke(self, token: str) -> bool:
        """Staff revoke an integration, or an admin token goes."""
        with self.store.lock:
            if self.store.admin_tokens.pop(token, None):
                return True
            for grant in self.store.grants.values():
                if grant.token and grant.token == token:
                    grant.revoked = True
                    return True
        return False

    def admin_token(self, username: str = ADMIN) -> str:
        """A fresh token without signing in over HTTP."""
        with self.store.lock:
            grant = next(g for g in self.store.grants.values() if g.kind == "admin" and g.name == username)
            return auth.issue(self.store, grant)

    def otp(self, username: str = ADMIN) -> str:
        """The six figures on the admin's phone now."""
        return auth.otp_of(next(g for g in self.store.grants.values() if g.name == username))

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
        """Every hook and event sent so far, with the status that it got."""
        return list(self.app.events.sent)

    def flush_webhooks(self) -> list[Json]:
        return self.app.events.flush()

    def run_consumers(self) -> int:
        """Runs the consumer of the bulk operations; returns how many it did."""
        with self.store.lock:
            return bulk_api.work(self.app, now=True)

    def run_cron(self) -> list[int]:
        """Orders that were not paid in eight hours are cancelled; returns their numbers."""
        return storefront.cancel_unpaid(self.app)

    def advance(self, seconds: int) -> int:
        return self.app.clock.advance(seconds)

    def rest(self, method: str, path: str, body: Json | None = None, *, scope: int = 0, **query: Any) -> Any:
        """A REST call as the administrator, neither counted nor spoiled: `shop.rest("GET", "/V1/orders/101")`.

        scope: store id, 0 is `all`.
        """
        return self.app.internal(method, path, body, scope=scope, **query)

    # The merchant's hand.

    def add_product(
        self, *, sku: str, price: str = "10.00", stock_quantity: int | str | None = None, **values: Any
    ) -> Json:
        """A product. values: `type_id`, `name` and attribute values (tax_class_id, weight, special_price …)."""
        with self.store.lock:
            product = stocking.new_product(self.store, sku, price=price, **values)
            if stock_quantity is not None:
                stocking.fill(self.store, product, stock_quantity)
            return product_json(self.store, product, single=True)

    def add_variable(
        self, sku: str, options: dict[str, list[str]], *, price: str = "10.00", stock: int = 5, name: str = ""
    ) -> Json:
        """A configurable product with all combinations as children, `SKU-RED-M`; options: label -> values."""
        store = self.store
        with store.lock:
            codes = [label.lower().replace(" ", "_") for label in options]
            for code, values in zip(codes, options.values(), strict=True):
                for value in values:
                    stocking.option_value(store, code, value)
            parent = stocking.make_configurable(store, sku, codes, name=name)
            rows: list[dict[str, str]] = [{}]
            for code, values in zip(codes, options.values(), strict=True):
                rows = [{**row, code: value} for row in rows for value in values]
            for row in rows:
                child_sku = "-".join([sku, *(v.upper().replace(" ", "") for v in row.values())])
                chosen = {code: stocking.option_value(store, code, label) for code, label in row.items()}
                child = stocking.new_product(store, child_sku, price=price, visibility=1, **chosen)
                stocking.fill(store, child, stock)
                stocking.adopt(store, parent, child)
            return product_json(store, parent)

    def add_bundle(self, sku: str, parts: dict[str, int], *, price: str | None = None) -> Json:
        """parts: SKU -> pieces. Without a price of its own the bundle is dynamic: it costs what its parts cost."""
        store = self.store
        with store.lock:
            dynamic = {"price_type": "0" if price is None else "1"}
            product = stocking.new_product(store, sku, type_id="bundle", price=price or "0", **dynamic)
            options = [
                {
                    "title": part,
                    "type": "select",
                    "position": place,
                    "product_links": [{"sku": part, "qty": pieces, "is_default": True}],
                }
                for place, (part, pieces) in enumerate(parts.items(), start=1)
            ]
            self.rest(
                "PUT",
                f"/V1/products/{sku}",
                {"product": {"extension_attributes": {"bundle_product_options": options}}},
            )
            return product_json(store, product)

    def add_grouped(self, sku: str, members: dict[str, int]) -> Json:
        """members: SKU -> pieces."""
        with self.store.lock:
            product = stocking.new_product(self.store, sku, type_id="grouped", price=None)
            links = [
                {
                    "link_type": "associated",
                    "linked_product_sku": member,
                    "extension_attributes": {"qty": pieces},
                }
                for member, pieces in members.items()
            ]
            self.rest("PUT", f"/V1/products/{sku}", {"product": {"product_links": links}})
            return product_json(self.store, product)

    def add_category(self, name: str, parent: int = 2) -> Json:
        made: Json = self.rest("POST", "/V1/categories", {"category": {"name": name, "parent_id": parent}})
        return made

    def add_coupon(self, code: str, amount: str, discount_type: str = "percent") -> CartRule:
        """discount_type: percent, or fixed for an amount off the cart."""
        kind = "by_percent" if discount_type == "percent" else "cart_fixed"
        with self.store.lock:
            rule = CartRule(self.store.next_id("rule", 11), code, kind, Decimal(amount), code)
            self.store.rules[rule.id] = rule
            return rule

    def add_source(self, code: str, name: str = "", *, stock_id: int = 1) -> Source:
        with self.store.lock:
            source = Source(code, name or code)
            self.store.sources[code] = source
            held = self.store.stocks[stock_id].sources
            held[code] = len(held) + 1
            return source

    def add_view(self, code: str, name: str, locale: str = "en_US", *, website_id: int = 1) -> View:
        with self.store.lock:
            group = self.store.websites[website_id].default_group_id
            view = View(self.store.next_id("view"), code, name, website_id, group, locale)
            self.store.views[view.id] = view
            return view

    def add_website(self, code: str, name: str = "", *, sources: tuple[str, ...] = ()) -> Website:
        """A website with a group and a view `CODE_en` of its own; with sources, also a stock of its own."""
        store = self.store
        with store.lock:
            website = Website(store.next_id("website"), code, name or code)
            group_id, view_id = store.next_id("group"), store.next_id("view")
            website.default_group_id = group_id
            store.websites[website.id] = website
            store.groups[group_id] = Group(
                group_id, website.id, 2, view_id, f"{website.name} Store", f"{code}_store"
            )
            store.views[view_id] = View(
                view_id, f"{code}_en", f"{website.name} English", website.id, group_id
            )
            if sources:
                number = store.next_id("stock")
                ranked = {source: rank for rank, source in enumerate(sources, start=1)}
                store.stocks[number] = Stock(number, f"{website.name} Stock", [code], ranked)
            else:
                store.stocks[1].websites.append(code)
            return website

    def add_status(self, status: str, state: str) -> None:
        """A status of the shop's own, belonging to a state."""
        self.store.statuses[status] = state

    def set_special(self, sku: str, price: str, start: str | None = None, end: str | None = None) -> None:
        """Staff put a product on sale."""
        with self.store.lock:
            values = self._product(sku).values[0]
            values |= {
                "special_price": Decimal(price),
                "special_from_date": start or self.store.moment(self.app.clock.now()),
                "special_to_date": end,
            }

    def set_tier(self, sku: str, price: str, quantity: str = "1", group: str = "ALL GROUPS") -> None:
        with self.store.lock:
            row = TierPrice(Decimal(price), "fixed", 0, group, Decimal(quantity))
            self._product(sku).tiers.append(row)

    def bulk_simple(self, count: int, **extra: Any) -> list[Json]:
        return stocking.bulk_simple(self.store, count, **extra)

    def bulk_variable(self, count: int, variations: int, **extra: Any) -> list[Json]:
        return stocking.bulk_variable(self.store, count, variations, **extra)

    def set_stock(self, sku: str, quantity: int | str, source: str = stock.DEFAULT) -> None:
        with self.store.lock:
            stocking.fill(self.store, self._product(sku), quantity, source)

    # Looking.

    def _product(self, sku: str) -> Product:
        product = self.store.by_sku(sku)
        if product is None:
            raise LookupError(f"No product has the SKU {sku!r}.")
        return product

    def by_sku(self, sku: str, scope: int = 0) -> Json | None:
        with self.store.lock:
            bulk_api.work(self.app)
            product = self.store.by_sku(sku)
            return product_json(self.store, product, scope, single=True) if product else None

    def stock_of(self, sku: str, source: str = stock.DEFAULT) -> Decimal:
        """What lies in a source (in the one stock, without multi-source inventory)."""
        with self.store.lock:
            bulk_api.work(self.app)
            if not self.options.msi:
                return stock.legacy_figures(self.store, self._product(sku))[0]
            row = stock.source_item(self.store, sku, source)
            if row is None:
                self._product(sku)
            return row.quantity if row else Decimal(0)

    def salable_of(self, sku: str, stock_id: int = 1) -> Decimal:
        with self.store.lock:
            return stock.salable(self.store, sku, stock_id)

    def phantoms(self) -> list[str]:
        """SKUs of source items that no product bears."""
        with self.store.lock:
            held = (row.sku for row in self.store.source_items.values())
            return sorted({sku for sku in held if self.store.by_sku(sku) is None})

    def price_of(self, sku: str, store_id: int = 0) -> Decimal:
        """The base price."""
        with self.store.lock:
            bulk_api.work(self.app)
            return Decimal(self._product(sku).get("price", store_id) or 0)

    # The buyer's hand, and what staff do with orders.

    def place_order(self, lines: list[Json], **extra: Any) -> Json:
        """See `storefront.place_order`; returns the order as GET by id prints it."""
        order = storefront.place_order(self.app, lines, **extra)
        return self.order(order.id)

    def buy(self, sku: str, quantity: int = 1) -> Json:
        return self.order(storefront.buy(self.app, sku, quantity).id)

    def order(self, order_id: int) -> Json:
        with self.store.lock:
            return order_json(self.store, self.store.orders[order_id])

    def set_order_status(self, order_id: int, status: str) -> Json:
        """By the documents that lead there, or by hand."""
        with self.store.lock:
            storefront.finish_as(self.app, self.store.orders[order_id], status)
            self.app.happened("order", order_id)
            return order_json(self.store, self.store.orders[order_id])

    def comment(self, order_id: int, text: str) -> Json:
        """Staff write a comment and save the order, which moves its date."""
        self.rest("POST", f"/V1/orders/{order_id}/comments", {"statusHistory": {"comment": text}})
        with self.store.lock:
            self.store.orders[order_id].updated = self.app.clock.now()
        return self.order(order_id)

    def invoice(self, order_id: int, **body: Any) -> int:
        return int(self.rest("POST", f"/V1/order/{order_id}/invoice", {"capture": True, **body}))

    def ship(self, order_id: int, **body: Any) -> int:
        return int(self.rest("POST", f"/V1/order/{order_id}/ship", body))

    def refund(self, order_id: int, **body: Any) -> Json:
        """An offline credit memo; items: `[{"order_item_id", "qty"}]`, none is everything."""
        number = int(self.rest("POST", f"/V1/order/{order_id}/refund", body))
        with self.store.lock:
            return document_json(self.store, self.store.creditmemos[number])

    def invoices(self, order_id: int) -> list[Json]:
        return self._documents("invoices", order_id)

    def shipments(self, order_id: int) -> list[Json]:
        return self._documents("shipments", order_id)

    def creditmemos(self, order_id: int) -> list[Json]:
        return self._documents("creditmemos", order_id)

    def _documents(self, table: str, order_id: int) -> list[Json]:
        with self.store.lock:
            rows = getattr(self.store, table).values()
            return [document_json(self.store, d) for d in rows if d.order_id == order_id]
