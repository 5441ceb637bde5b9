"""The routes of configurable products and of bundles."""

from sandbox.magento2.call import Call, as_int
from sandbox.magento2.errors import MageError, no_entity, no_product
from sandbox.magento2.product_json import bundle_json, option_json, product_json
from sandbox.magento2.product_parts import bundle_link, bundle_option, check_child, option_row
from sandbox.magento2.products import find
from sandbox.magento2.routes import Line
from sandbox.magento2.rows import Json, Product


def _parent(call: Call, kind: str = "configurable") -> Product:
    product = find(call)
    if product.type_id != kind:
        raise MageError(f'The product with the "%1" SKU isn\'t a {kind} product.', [product.sku])
    return product


def list_options(call: Call) -> list[Json]:
    parent = _parent(call)
    return [option_json(parent, option) for option in parent.configurable]


def add_option(call: Call) -> int:
    """An option of the same attribute again replaces the first."""
    product = find(call)
    if product.type_id not in ("configurable", "simple", "virtual"):
        raise MageError("Provided product type is not valid.")
    row = option_row(call.store, call.object("option"))
    product.type_id = "configurable"
    call.store.parents.add(product.id)
    known = next((o for o in product.configurable if o["attribute_id"] == row["attribute_id"]), None)
    if known is not None:
        known.update({**row, "id": known["id"]})
        return int(known["id"])
    product.configurable.append(row)
    return int(row["id"])


def _option(call: Call, product: Product) -> Json:
    found = next((o for o in product.configurable if str(o["id"]) == call.args["id"]), None)
    if found is None:
        raise no_entity()
    return found


def get_option(call: Call) -> Json:
    parent = _parent(call)
    return option_json(parent, _option(call, parent))


def put_option(call: Call) -> int:
    held = _option(call, _parent(call))
    body = call.object("option")
    held.update({k: body[k] for k in ("label", "position") if k in body})
    if body.get("values"):
        held["values"] = [as_int(v["value_index"]) for v in body["values"]]
    return int(held["id"])


def delete_option(call: Call) -> bool:
    parent = _parent(call)
    parent.configurable.remove(_option(call, parent))
    parent.children.clear()
    return True


def list_children(call: Call) -> list[Json]:
    parent = find(call)
    return [product_json(call.store, call.store.products[i], call.scope) for i in parent.children]


def add_child(call: Call) -> bool:
    parent = find(call)
    child = call.store.by_sku(str(call.body.get("childSku", "")))
    if child is None:
        raise no_product()
    if child.id in parent.children:
        raise MageError("The product is already attached.")
    check_child(call.store, parent, child, parent.children)
    parent.children.append(child.id)
    return True


def remove_child(call: Call) -> bool:
    parent = find(call)
    child = call.store.by_sku(call.args["childSku"])
    if child is None or child.id not in parent.children:
        raise MageError(
            "The option that was requested doesn't exist. Verify the entity and try again.", status=404
        )
    parent.children.remove(child.id)
    return True


# Bundles.


def list_bundle(call: Call) -> list[Json]:
    return [bundle_json(option) for option in _parent(call, "bundle").bundle]


def add_bundle_option(call: Call) -> int:
    body = call.object("option")
    product = call.store.by_sku(str(body.get("sku", "")))
    if product is None or product.type_id != "bundle":
        raise no_product()
    row = bundle_option(call.store, product, body)
    product.bundle = [o for o in product.bundle if o["option_id"] != row["option_id"]]
    product.bundle.append(row)
    return int(row["option_id"])


def delete_bundle_option(call: Call) -> bool:
    product = _parent(call, "bundle")
    before = len(product.bundle)
    product.bundle = [o for o in product.bundle if str(o["option_id"]) != call.args["optionId"]]
    if len(product.bundle) == before:
        raise no_entity()
    return True


def add_bundle_link(call: Call) -> int:
    product = _parent(call, "bundle")
    option = next((o for o in product.bundle if str(o["option_id"]) == call.args["optionId"]), None)
    if option is None:
        raise MageError(
            'Product with specified sku: "%1" does not contain option: "%2"',
            [product.sku, call.args["optionId"]],
        )
    link = bundle_link(call.store, option["option_id"], call.object("linkedProduct"))
    if any(row["sku"] == link["sku"] for row in option["product_links"]):
        raise MageError(
            'Child with specified sku: "%1" already assigned to product: "%2"', [link["sku"], product.sku]
        )
    option["product_links"].append(link)
    return int(link["id"])


def bundle_children(call: Call) -> list[Json]:
    return [link for option in list_bundle(call) for link in option["product_links"]]


_ACL = "Magento_Catalog::products"
LINES: list[Line] = [
    ("GET", "/V1/configurable-products/:sku/children", list_children, _ACL),
    ("POST", "/V1/configurable-products/:sku/child", add_child, _ACL),
    ("DELETE", "/V1/configurable-products/:sku/children/:childSku", remove_child, _ACL),
    ("GET", "/V1/configurable-products/:sku/options/all", list_options, _ACL),
    ("POST", "/V1/configurable-products/:sku/options", add_option, _ACL),
    ("GET", "/V1/configurable-products/:sku/options/:id", get_option, _ACL),
    ("PUT", "/V1/configurable-products/:sku/options/:id", put_option, _ACL),
    ("DELETE", "/V1/configurable-products/:sku/options/:id", delete_option, _ACL),
    ("POST", "/V1/bundle-products/options/add", add_bundle_option, _ACL),
    ("GET", "/V1/bundle-products/:sku/options/all", list_bundle, _ACL),
    ("DELETE", "/V1/bundle-products/:sku/options/:optionId", delete_bundle_option, _ACL),
    ("POST", "/V1/bundle-products/:sku/links/:optionId", add_bundle_link, _ACL),
    ("GET", "/V1/bundle-products/:sku/children", bundle_children, _ACL),
]
