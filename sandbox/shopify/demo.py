"""The demo shop: the catalogue of `sandbox/data/demo_catalogue.json` and orders of every kind."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox.shopify import demo_orders
from sandbox.shopify.calls import Row
from sandbox.shopify.collections import new_collection
from sandbox.shopify.figures import Figures
from sandbox.shopify.product_rows import new_product, new_variant, set_options
from sandbox.shopify.state import Store

if TYPE_CHECKING:
    from sandbox.shopify.app import ShopifyApp

CATALOGUE = Path(__file__).resolve().parent.parent / "data" / "demo_catalogue.json"


def catalogue(items: int | None = None) -> list[Row]:
    """The demo rows; items: how many sellable ones (simple products and variations) at most."""
    rows: list[Row] = json.loads(CATALOGUE.read_text(encoding="utf-8"))
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


def seed(app: "ShopifyApp", *, items: int, orders: int, seed: int) -> None:
    store = app.store
    with store.lock:
        rows = catalogue(items)
        collections: dict[str, Row] = {}
        parents: dict[str, Row] = {}
        for row in rows:
            if row["type"] == "variation":
                product = parents[row["parent_sku"]]
                chosen = {name: str(value) for name, value in row["attributes"].items()}
                _variant(store, row, product, chosen)
                continue
            product = _product(store, row)
            if row["type"] == "variable":
                parents[row["sku"]] = product
                set_options(store, product, [(n, list(v)) for n, v in row["attributes"].items()])
            else:
                set_options(store, product, [("Title", ["Default Title"])])
                _variant(store, row, product, {"Title": "Default Title"})
            _collect(store, collections, row, product)
        store.discounts.update(
            {
                "WELCOME10": {"percent": "10"},
                "RAMADAN50": {"amount": "50"},
                "VIPGIFT": {"percent": "100"},
                "FREESHIP": {"percent": "100", "shipping": True},
            }
        )
        demo_orders.seed_orders(app, rows, count=orders, seed=seed)


def _product(store: Store, row: Row) -> Row:
    product = new_product(store, f"{row['name_ar']} | {row['name_en']}", vendor="Demo")
    created = store.stamp(store.clock.now() - 30 * 86400)
    product.update(createdAt=created, updatedAt=created, publishedAt=created)
    product["descriptionHtml"] = f"<p>{row['name_ar']}</p><p>{row['name_en']}</p>"
    product["productType"] = row["category"][-1]
    product["tags"] = sorted({"demo", row["category"][0].lower()})
    product["_publications"] = dict.fromkeys(product["_publications"], created)
    return product


def _collect(store: Store, known: dict[str, Row], row: Row, product: Row) -> None:
    """No tree here: every category of the path is a flat collection."""
    for name in row["category"]:
        if name not in known:
            known[name] = new_collection(store, name)
        known[name]["_products"][product["id"]] = None


def _variant(store: Store, row: Row, product: Row, chosen: dict[str, str]) -> None:
    price, before = row["price"], None
    if row.get("special_price"):
        price, before = row["special_price"], row["price"]
    variant = new_variant(
        store,
        product,
        chosen,
        sku=row["sku"],
        price=price,
        barcode=row["barcode"],
        taxable=row["tax_class"] != "zero-rate",
        weight={"value": float(row["weight"] or 0), "unit": "KILOGRAMS"},
    )
    variant["compareAtPrice"] = before
    variant["createdAt"] = variant["updatedAt"] = product["createdAt"]
    codes = {r["_code"]: gid for gid, r in store.tables["Location"].items() if r.get("_code")}
    for code, count in row["stock"].items():
        if code in codes:
            store.open_level(variant["_item"], codes[code], int(count))


def summary(store: Store) -> Row:
    """What the seeded orders are: how many carry each mark, and how many stand in each status."""
    kinds: dict[str, int] = {}
    statuses: dict[str, int] = {}
    for order_id, tags in store.demo_tags.items():
        order = store.tables["Order"].get(order_id)
        if order is None:
            continue
        status = "CANCELLED" if order["cancelledAt"] else Figures(store, order).financial_status()
        statuses[status] = statuses.get(status, 0) + 1
        for tag in tags:
            kinds[tag] = kinds.get(tag, 0) + 1
    marks: dict[str, Any] = dict(store.demo_tags)
    return {"kinds": dict(sorted(kinds.items())), "statuses": dict(sorted(statuses.items())), "orders": marks}
