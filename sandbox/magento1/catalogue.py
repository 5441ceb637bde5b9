"""Products as staff make them in the admin, straight into the tables."""

from decimal import Decimal
from itertools import product as combinations
from typing import Any

from sandbox.magento1.attributes import add_option_value
from sandbox.magento1.rows import Category, Product, Stock
from sandbox.magento1.state import DEFAULT_CATEGORY, Store


def add_product(
    store: Store, sku: str, *, price: str = "10.00", stock: str | int = 5, kind: str = "simple", **values: Any
) -> Product:
    """values: attributes by code; `category_ids` and `parent_id` are columns of their own."""
    product = Product(store.next_id("product"), sku, type=kind)
    product.category_ids = list(values.pop("category_ids", [DEFAULT_CATEGORY]))
    product.parent_id = int(values.pop("parent_id", 0))
    quantity = Decimal(str(stock))
    product.stock = Stock(quantity, is_in_stock=quantity > 0)
    name = values.pop("name", f"Product {sku}")
    product.values = {
        "name": name,
        "description": name,
        "short_description": name,
        "weight": "0.3000",
        "status": "1",
        "visibility": "4",
        "price": price,
        "special_price": None,
        "tax_class_id": "2",
        "url_key": sku.lower(),
        **values,
    }
    product.created = product.updated = store.clock.now()
    for category_id in product.category_ids:
        if category_id in store.categories:
            store.categories[category_id].products[product.id] = 0
    return store.add_product(product)


def add_configurable(
    store: Store, sku: str, options: dict[str, list[str]], *, price: str, stock: int
) -> tuple[Product, list[Product]]:
    """options: attribute code -> labels; children are SKU-LABEL-… and cannot be seen alone."""
    parent = add_product(store, sku, price=price, stock=0, kind="configurable", has_options="1")
    parent.stock.is_in_stock = True
    children = []
    for labels in combinations(*options.values()):
        chosen = {
            code: str(add_option_value(store, code, label))
            for code, label in zip(options, labels, strict=True)
        }
        child = add_product(
            store,
            "-".join([sku, *(label.upper() for label in labels)]),
            price=price,
            stock=stock,
            visibility="1",
            parent_id=parent.id,
            **chosen,
        )
        children.append(child)
    return parent, children


def category_of(store: Store, path: list[str]) -> int:
    """The id of a category by its names from the top, made where it is missing."""
    above = DEFAULT_CATEGORY
    for name in path:
        known = [one for one in store.categories.values() if one.parent_id == above and one.name == name]
        if not known:
            made = Category(store.next_id("category"), name, above)
            made.position = len([one for one in store.categories.values() if one.parent_id == above]) + 1
            store.categories[made.id] = made
            known = [made]
        above = known[0].id
    return above
