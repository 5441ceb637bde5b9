"""`checkout_cart.*`, as little as it takes to place an order. Ordering the same cart again makes a second order."""

from typing import Any

from sandbox.magento1.calls import Call
from sandbox.magento1.errors import ApiFault
from sandbox.magento1.state import php_int
from sandbox.magento1.storefront import place_order


def create(call: Call, view: Any = None) -> int:
    number = call.store.next_id("cart")
    call.store.carts[number] = []
    return number


def _lines(call: Call, given: Any) -> list[dict[str, Any]]:
    found = call.store.carts.get(php_int(str(given)))
    if found is None:
        raise ApiFault(1002, "Can not make operation because quote does not exist.")
    return found


def add(call: Call, given: Any, rows: Any, view: Any = None) -> bool:
    lines = _lines(call, given)
    for row in rows or []:
        product = call.store.by_sku(str(row.get("sku") or "")) or call.store.products.get(
            php_int(str(row.get("product_id") or 0))
        )
        if product is None:
            raise ApiFault(1021, "Product's data is not valid.")
        lines.append({"sku": product.sku, "quantity": str(row.get("qty") or 1)})
    return True


def order(call: Call, given: Any, view: Any = None, agreements: Any = None) -> str:
    made = place_order(call.store, _lines(call, given))
    call.hint("order.updated", made)
    return made.increment_id
