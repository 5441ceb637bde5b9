"""What the merchant and his staff do with the catalogue: products, categories, stock, prices, coupons, websites."""

from decimal import Decimal
from typing import Any

from sandbox.magento2 import bulk_api, stock, stocking
from sandbox.magento2.app import Magento2App
from sandbox.magento2.product_json import product_json
from sandbox.magento2.rows import (
    CartRule,
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


class Merchant:
    """The catalogue's half of a shop."""

    app: Magento2App

    @property
    def store(self) -> Store:
        return self.app.store

    @property
    def options(self) -> Options:
        return self.app.options

    def rest(self, method: str, path: str, body: Json | None = None, *, scope: int = 0, **query: Any) -> Any:
        """A REST call as the administrator, neither counted nor spoiled: `shop.rest("GET", "/V1/orders/101")`.

        scope: store id, 0 is `all`.
        """
        return self.app.internal(method, path, body, scope=scope, **query)

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
