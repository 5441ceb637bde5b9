"""The demo shop: the catalogue of `sandbox/data/demo_catalogue.json` and orders of every kind."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox.magento1 import demo_orders
from sandbox.magento1.attributes import add_option_value
from sandbox.magento1.catalogue import add_product, category_of
from sandbox.magento1.rows import Json, Product
from sandbox.magento1.state import Store

if TYPE_CHECKING:
    from sandbox.magento1.app import MagentoApp

CATALOGUE = Path(__file__).resolve().parent.parent / "data" / "demo_catalogue.json"
_ATTRIBUTES = {"Color": "color", "Size": "size"}
_ARABIC_VIEW = 2


def catalogue(items: int | None = None) -> list[Json]:
    """The demo rows; items: how many sellable ones (simple products and variations) at most."""
    rows: list[Json] = json.loads(CATALOGUE.read_text(encoding="utf-8"))
    if items is None:
        return rows
    kept: list[Json] = []
    parents: dict[str, Json] = {}
    sellable = 0
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


def seed(app: "MagentoApp", *, items: int, orders: int, seed: int) -> None:
    """Puts the catalogue and the orders into the shop's tables."""
    store = app.store
    with store.lock:
        rows = catalogue(items)
        parents: dict[str, Product] = {}
        for row in rows:
            product = _product(store, row, parents.get(row["parent_sku"] or ""))
            if row["type"] == "variable":
                parents[row["sku"]] = product
        demo_orders.seed_orders(store, rows, count=orders, seed=seed)


def _product(store: Store, row: Json, parent: Product | None) -> Product:
    """A configurable sells at its own price, which is that of its children here."""
    is_parent = row["type"] == "variable"
    product = add_product(
        store,
        row["sku"],
        price=row["price"] or "0.00",
        stock=0 if is_parent else sum(row["stock"].values()),
        kind="configurable" if is_parent else "simple",
        name=f"{row['name_ar']} | {row['name_en']}",
        category_ids=[category_of(store, row["category"])],
        parent_id=parent.id if parent is not None else 0,
        visibility="1" if parent is not None else "4",
        barcode=row["barcode"],
        weight=f"{row['weight'] or '0'}",
        special_price=row.get("special_price"),
        tax_class_id="5" if row["tax_class"] == "zero-rate" else "2",
        **_options(store, row),
    )
    product.store_values[_ARABIC_VIEW] = {"name": row["name_ar"]}
    product.created = product.updated = store.clock.now() - 30 * 86400
    if is_parent:
        product.stock.is_in_stock = True
    elif parent is not None and parent.values["price"] == "0.00":
        parent.values["price"] = row["price"]
    return product


def _options(store: Store, row: Json) -> dict[str, Any]:
    return {
        _ATTRIBUTES[name]: str(add_option_value(store, _ATTRIBUTES[name], option))
        for name, option in row["attributes"].items()
        if name in _ATTRIBUTES and isinstance(option, str)
    }


def summary(store: Store) -> Json:
    """What the seeded orders are: how many carry each mark, and how many stand in each status."""
    kinds: dict[str, int] = {}
    statuses: dict[str, int] = {}
    marks: Json = {}
    for order in store.orders.values():
        if not order.marks:
            continue
        status = str(order.columns["status"])
        statuses[status] = statuses.get(status, 0) + 1
        marks[order.increment_id] = order.marks
        for mark in order.marks:
            kinds[mark] = kinds.get(mark, 0) + 1
    return {"kinds": dict(sorted(kinds.items())), "statuses": dict(sorted(statuses.items())), "orders": marks}
