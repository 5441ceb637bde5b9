"""The demo shop: the catalogue of `sandbox/data/demo_catalogue.json` and orders of every kind."""

import json
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox.woocommerce import demo_orders
from sandbox.woocommerce.bulk import add_variation
from sandbox.woocommerce.rows import Attribute, Coupon, Json, Product
from sandbox.woocommerce.state import Store
from sandbox.woocommerce.stock import settle_parent, settle_prices, settle_stock

if TYPE_CHECKING:
    from sandbox.woocommerce.app import WooApp

CATALOGUE = Path(__file__).resolve().parent.parent / "data" / "demo_catalogue.json"


def catalogue(items: int | None = None) -> list[Json]:
    """The demo rows; items: how many sellable ones (simple products and variations) at most."""
    rows: list[Json] = json.loads(CATALOGUE.read_text(encoding="utf-8"))
    if items is None:
        return rows
    kept, parents, sellable = [], {}, 0
    for row in rows:
        if row["type"] == "variable":
            parents[row["sku"]] = row
            continue
        if sellable == items:
            break
        if row["type"] == "variation" and row["parent_sku"] in parents:
            kept.append(parents.pop(row["parent_sku"]))
        kept.append(row)
        sellable += 1
    return kept


def seed(app: "WooApp", *, items: int, orders: int, seed: int) -> None:
    store = app.store
    with store.lock:
        rows = catalogue(items)
        attributes = _attributes(store, rows)
        parents: dict[str, Product] = {}
        for row in rows:
            if row["type"] == "variation":
                _variation(store, row, parents[row["parent_sku"]], attributes)
                continue
            product = _product(store, row, attributes)
            if row["type"] == "variable":
                parents[row["sku"]] = product
        for parent in parents.values():
            settle_parent(store, parent)
        for code, kind, amount in (
            ("welcome10", "percent", "10"),
            ("ramadan50", "fixed_cart", "50"),
            ("vipgift", "percent", "100"),
        ):
            if not any(c.code == code for c in store.coupons.values()):
                coupon = Coupon(store.next_id("post"), code, kind, Decimal(amount))
                coupon.created = coupon.modified = store.clock.now()
                store.coupons[coupon.id] = coupon
        demo_orders.seed_orders(app, rows, count=orders, seed=seed)


def _attributes(store: Store, rows: list[Json]) -> dict[str, Attribute]:
    found = {a.name: a for a in store.attributes.values()}
    for row in rows:
        for name, options in row["attributes"].items():
            attribute = found.get(name)
            if attribute is None:
                attribute = Attribute(store.next_id("attribute"), name, f"pa_{name.lower()}")
                store.attributes[attribute.id] = found[name] = attribute
            for option in options if isinstance(options, list) else [options]:
                if all(t.name != option for t in attribute.terms.values()):
                    store.add_term(attribute.terms, option)
    return found


def _category(store: Store, path: list[str]) -> int:
    parent = 0
    for name in path:
        known = (t.id for t in store.categories.values() if t.name == name and t.parent == parent)
        parent = next(known, 0) or store.add_term(store.categories, name, parent=parent).id
    return parent


def _product(store: Store, row: Json, attributes: dict[str, Attribute]) -> Product:
    product = Product(store.next_id("post"), type=row["type"], sku=row["sku"])
    product.name = f"{row['name_ar']} | {row['name_en']}"
    product.created = product.modified = store.clock.now() - 30 * 86400
    product.slug = store.unique_slug(row["name_en"], product.id)
    product.category_ids = [_category(store, row["category"])]
    product.description = f"<p>{row['name_ar']}</p><p>{row['name_en']}</p>"
    _figures(store, product, row)
    product.attributes = [
        {
            "id": attributes[name].id,
            "name": name,
            "slug": attributes[name].slug,
            "position": position,
            "visible": True,
            "variation": row["type"] == "variable",
            "options": options if isinstance(options, list) else [options],
        }
        for position, (name, options) in enumerate(row["attributes"].items())
    ]
    store.add_product(product)
    return product


def _figures(store: Store, product: Product, row: Json) -> None:
    product.weight = row["weight"] or ""
    product.global_unique_id = row["barcode"] or ""
    product.tax_class = "" if row["tax_class"] in ("standard", None) else row["tax_class"]
    if row["type"] != "variable":
        product.regular_price = row["price"]
        product.sale_price = row.get("special_price") or ""
        product.manage_stock = True
        product.stock_quantity = sum(row["stock"].values())
    else:
        product.stock_status = "outofstock"
    settle_prices(store, product)
    settle_stock(store, product)


def _variation(store: Store, row: Json, parent: Product, attributes: dict[str, Attribute]) -> None:
    options = {attributes[name].slug: option for name, option in row["attributes"].items()}
    product = add_variation(store, parent, row["sku"], options, row["price"], sum(row["stock"].values()))
    product.created = product.modified = parent.created
    _figures(store, product, row)


def summary(store: Store) -> Json:
    """What the seeded orders are: how many carry each mark, and how many stand in each status."""
    kinds: dict[str, int] = {}
    statuses: dict[str, int] = {}
    for order_id, tags in store.demo_tags.items():
        order = store.orders.get(order_id)
        if order is None:
            continue
        statuses[order.status] = statuses.get(order.status, 0) + 1
        for tag in tags:
            kinds[tag] = kinds.get(tag, 0) + 1
    marks: dict[str, Any] = {str(i): tags for i, tags in store.demo_tags.items()}
    return {"kinds": dict(sorted(kinds.items())), "statuses": dict(sorted(statuses.items())), "orders": marks}
