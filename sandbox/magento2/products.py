"""The routes of products."""

from collections.abc import Callable
from functools import partial
from typing import Any

from sandbox.magento2 import search
from sandbox.magento2.call import Call, as_int
from sandbox.magento2.errors import MageError, no_product
from sandbox.magento2.product_json import filter_value, product_json
from sandbox.magento2.product_write import save
from sandbox.magento2.routes import Line
from sandbox.magento2.rows import Json, Product


def _fields(call: Call) -> frozenset[str]:
    extra = {"entity_id", "type_id", "attribute_set_id", "created_at", "updated_at", "category_id"}
    return frozenset({*call.store.attributes, *extra, "website_id", "store_id"})


def list_products(call: Call) -> Json:
    """In a store view: the products of its website."""
    store, view = call.store, call.store.views.get(call.scope)
    rows = [p for p in store.products.values() if view is None or view.website_id in p.website_ids]
    getter: Callable[[Product, str], Any] = partial(_value, call)
    return search.answer(call, rows, getter, lambda p: product_json(store, p, call.scope), _fields(call))


def _value(call: Call, product: Product, name: str) -> Any:
    return filter_value(call.store, product, name, call.scope)


def find(call: Call, name: str = "sku") -> Product:
    found = call.store.by_sku(call.args[name])
    if found is None:
        raise no_product()
    return found


def get_product(call: Call) -> Json:
    return product_json(call.store, find(call), call.scope, single=True)


def create(call: Call) -> Json:
    return product_json(call.store, save(call), call.scope)


def update(call: Call) -> Json:
    return product_json(call.store, save(call, call.args["sku"]), call.scope)


def delete(call: Call) -> bool:
    product = find(call)
    call.store.forget_product(product)
    call.app.happened("delete_product", product.id)
    return True


def add_website(call: Call) -> bool:
    product = find(call)
    number = as_int(call.object("productWebsiteLink").get("website_id"))
    if number not in call.store.websites:
        raise MageError('Could not assign product "%1" to websites "%2"', [product.id, number])
    if number not in product.website_ids:
        product.website_ids.append(number)
    return True


def remove_website(call: Call) -> bool:
    product = find(call)
    number = as_int(call.args["websiteId"])
    if number not in product.website_ids:
        raise MageError('Could not save product "%1" with websites %2', [product.id, number])
    product.website_ids.remove(number)
    return True


_ACL = "Magento_Catalog::products"
LINES: list[Line] = [
    ("GET", "/V1/products", list_products, _ACL),
    ("POST", "/V1/products", create, _ACL),
    ("GET", "/V1/products/:sku", get_product, _ACL),
    ("PUT", "/V1/products/:sku", update, _ACL),
    ("DELETE", "/V1/products/:sku", delete, _ACL),
    ("POST", "/V1/products/:sku/websites", add_website, _ACL),
    ("PUT", "/V1/products/:sku/websites", add_website, _ACL),
    ("DELETE", "/V1/products/:sku/websites/:websiteId", remove_website, _ACL),
]
