"""The stock item routes of 2.2, which still stand beside the sources."""

from typing import Any

from sandbox.magento2 import stock
from sandbox.magento2.call import Call, as_bool, as_decimal, num
from sandbox.magento2.errors import no_product
from sandbox.magento2.product_json import stock_item_json
from sandbox.magento2.routes import Line
from sandbox.magento2.rows import Json, Product


def _product(call: Call, name: str) -> Product:
    found = call.store.by_sku(call.args[name])
    if found is None:
        raise no_product()
    return found


def get_item(call: Call) -> Json:
    return stock_item_json(call.store, _product(call, "productSku"))


def put_item(call: Call) -> Any:
    """The item's number in the address is not looked at; the answer is the number."""
    product = _product(call, "productSku")
    row = call.object("stockItem")
    fields: dict[str, object] = {}
    for name in ("qty", "min_qty"):
        if row.get(name) is not None:
            fields[name] = as_decimal(row[name])
    for name in ("is_in_stock", "manage_stock"):
        if name in row:
            fields[name] = as_bool(row[name])
    if "backorders" in row:
        fields["backorders"] = int(row["backorders"])
    stock.put_legacy(call.store, product, fields)
    return product.id


def get_status(call: Call) -> Json:
    product = _product(call, "productSku")
    quantity, available = stock.legacy_figures(call.store, product)
    return {
        "product_id": product.id,
        "stock_id": 1,
        "qty": num(quantity),
        "stock_status": int(available),
        "stock_item": stock_item_json(call.store, product),
    }


LINES: list[Line] = [
    ("GET", "/V1/stockItems/:productSku", get_item, "Magento_Catalog::catalog_inventory"),
    ("PUT", "/V1/products/:productSku/stockItems/:itemId", put_item, "Magento_Catalog::catalog_inventory"),
    ("GET", "/V1/stockStatuses/:productSku", get_status, "Magento_Catalog::catalog_inventory"),
]
