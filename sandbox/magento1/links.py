"""`catalog_product_link.*`: related, up-sell and cross-sell products, and the members of a grouped one."""

from typing import Any

from sandbox.magento1.calls import Call
from sandbox.magento1.errors import fault
from sandbox.magento1.rows import Json, Product
from sandbox.magento1.state import php_number

RESOURCE = "catalog_product_link"
TYPES = ("related", "up_sell", "cross_sell", "grouped")


def _two(call: Call, kind: Any, given: Any, linked: Any, identifier: Any) -> tuple[Product, Product]:
    if kind not in TYPES:
        raise fault(RESOURCE, 100)
    found = call.store.catalogue_product(given, identifier, RESOURCE, 101)
    return found, call.store.catalogue_product(linked, identifier, RESOURCE, 101)


def types(call: Call) -> list[str]:
    return list(TYPES)


def items(call: Call, kind: Any, given: Any, identifier: Any = None) -> list[Json]:
    if kind not in TYPES:
        raise fault(RESOURCE, 100)
    product = call.store.catalogue_product(given, identifier, RESOURCE, 101)
    rows = product.links.get(str(kind), {})
    return [
        {
            "product_id": str(number),
            "type": call.store.products[number].type,
            "set": str(call.store.products[number].set_id),
            "sku": call.store.products[number].sku,
            **{name: f"{value:.4f}" if name == "qty" else f"{value:f}" for name, value in row.items()},
        }
        for number, row in rows.items()
        if number in call.store.products
    ]


def assign(call: Call, kind: Any, given: Any, linked: Any, data: Any = None, identifier: Any = None) -> bool:
    """A link that is there already is changed."""
    product, other = _two(call, kind, given, linked, identifier)
    row = product.links.setdefault(str(kind), {}).setdefault(other.id, {})
    for name in ("qty", "position"):
        if isinstance(data, dict) and data.get(name) is not None:
            row[name] = php_number(data[name])
    product.updated = call.store.clock.now()
    return True


def remove(call: Call, kind: Any, given: Any, linked: Any, identifier: Any = None) -> bool:
    product, other = _two(call, kind, given, linked, identifier)
    if other.id not in product.links.get(str(kind), {}):
        raise fault(RESOURCE, 104)
    del product.links[str(kind)][other.id]
    product.updated = call.store.clock.now()
    return True
