"""The demo shop: the catalogue of `sandbox/data/demo_catalogue.json` and orders of every kind."""

import json
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.magento2 import demo_orders, stocking
from sandbox.magento2.rows import Attribute, CartRule, Category, Json, Product, Source
from sandbox.magento2.state import Store
from sandbox.php import slugify

if TYPE_CHECKING:
    from sandbox.magento2.app import Magento2App

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


def seed(app: "Magento2App", *, items: int, orders: int, seed: int) -> None:
    store = app.store
    with store.lock:
        rows = catalogue(items)
        _furnish(store)
        parents: dict[str, Product] = {}
        for row in rows:
            if row["type"] == "variable":
                parents[row["sku"]] = _parent(store, row)
            else:
                _sellable(store, row, parents)
        demo_orders.add_composed(store, rows)
        _coupons(store)
        demo_orders.seed_orders(app, rows, count=orders, seed=seed)


def _furnish(store: Store) -> None:
    """The two warehouses, beside the default source that holds the goods; and the attribute for barcodes."""
    if "barcode" not in store.attributes:
        attribute = Attribute(store.next_id("attribute"), "barcode", "Barcode", "text", "global", True)
        store.attributes["barcode"] = attribute
        store.sets[4].attribute_ids.append(attribute.id)
    for code, name in (("RUH", "Riyadh"), ("JED", "Jeddah")):
        store.sources[code] = Source(code, name)
        held = store.stocks[1].sources
        held[code] = len(held) + 1


def _coupons(store: Store) -> None:
    for code, kind, amount in (
        ("welcome10", "by_percent", "10"),
        ("ramadan50", "cart_fixed", "50"),
        ("vipgift", "by_percent", "100"),
    ):
        if all(rule.code != code for rule in store.rules.values()):
            rule = CartRule(store.next_id("rule", 11), code, kind, Decimal(amount), code)
            store.rules[rule.id] = rule


def _category(store: Store, names: list[str], arabic: list[str]) -> int:
    parent = 2
    for name, translated in zip(names, arabic, strict=True):
        known = (
            c.id
            for c in store.categories.values()
            if c.values[0].get("name") == name and c.parent_id == parent
        )
        number = next(known, 0)
        if not number:
            number, now, above = store.next_id("category"), store.clock.now(), store.categories[parent]
            values: dict[int, Json] = {
                0: {"name": name, "is_active": True, "include_in_menu": True, "url_key": slugify(name)},
                2: {"name": translated},
            }
            path = f"{above.path}/{number}"
            store.categories[number] = Category(number, parent, values, 1, above.level + 1, path, now, now)
        parent = number
    return parent


def _dress(store: Store, product: Product, row: Json) -> Product:
    """English for all, Arabic in the Arabic view."""
    product.created = product.updated = store.clock.now() - 30 * 86_400
    product.values[0] |= {
        "name": row["name_en"],
        "description": f"<p>{row['name_en']}</p>",
        "tax_class_id": "2" if row["tax_class"] in ("standard", None) else "0",
    }
    if row["weight"]:
        product.values[0]["weight"] = Decimal(row["weight"])
    if row["barcode"]:
        product.values[0]["barcode"] = row["barcode"]
    product.values[2] = {"name": row["name_ar"], "description": f"<p>{row['name_ar']}</p>"}
    product.categories = {_category(store, row["category"], row["category_ar"]): 0}
    return product


def _parent(store: Store, row: Json) -> Product:
    codes = []
    for label, options in row["attributes"].items():
        code = label.lower().replace(" ", "_")
        for option in options if isinstance(options, list) else [options]:
            stocking.option_value(store, code, option)
        codes.append(code)
    return _dress(store, stocking.make_configurable(store, row["sku"], codes), row)


def _sellable(store: Store, row: Json, parents: dict[str, Product]) -> None:
    values: Json = {}
    for label, option in row["attributes"].items():
        code = label.lower().replace(" ", "_")
        values[code] = stocking.option_value(store, code, option[0] if isinstance(option, list) else option)
    if row.get("special_price"):
        values["special_price"] = Decimal(row["special_price"])
    if row["type"] == "variation":
        values["visibility"] = 1
    product = _dress(store, stocking.new_product(store, row["sku"], price=row["price"], **values), row)
    stocking.fill(store, product, sum(row["stock"].values()))
    if row["type"] == "variation":
        stocking.adopt(store, parents[row["parent_sku"]], product)


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
    marks: Json = {str(i): tags for i, tags in store.demo_tags.items()}
    return {"kinds": dict(sorted(kinds.items())), "statuses": dict(sorted(statuses.items())), "orders": marks}
