"""The parts of composed products: options and links of configurables, bundles' options, tier prices of a save."""

from decimal import Decimal
from typing import Any

from sandbox.magento2.call import Call, as_bool, as_decimal, as_int
from sandbox.magento2.errors import MageError
from sandbox.magento2.rows import Json, Product, TierPrice
from sandbox.magento2.state import Store

ALL_GROUPS = "ALL GROUPS"


# Configurable.


def save_configurable(call: Call, product: Product, extensions: Json) -> None:
    """`configurable_product_options` and `configurable_product_links` of a save; the links replace."""
    if product.type_id != "configurable":
        return
    if "configurable_product_options" in extensions:
        product.configurable = [
            option_row(call.store, row) for row in extensions["configurable_product_options"] or []
        ]
    if "configurable_product_links" in extensions:
        children: list[int] = []
        for number in extensions["configurable_product_links"] or []:
            child = call.store.products.get(as_int(number))
            if child is None:
                raise MageError('The product with ID "%1" doesn\'t exist. Verify and try again.', [number])
            check_child(call.store, product, child, children)
            children.append(child.id)
        product.children = children


def option_row(store: Store, row: Json) -> Json:
    """An option as it is kept: id, attribute, label, position, values."""
    attribute = store.attribute(str(row.get("attribute_id", "")))
    if attribute is None or attribute.input != "select" or attribute.scope != "global":
        raise MageError(
            'The attribute with ID "%1" doesn\'t exist or cannot be used.', [row.get("attribute_id")]
        )
    values = [as_int(v["value_index"]) for v in row.get("values") or [] if "value_index" in v]
    if not values:
        raise MageError("Option values are not specified.")
    known = {option["value"] for option in attribute.options}
    if any(str(v) not in known for v in values):
        raise MageError('The attribute option with ID "%1" doesn\'t exist.', [values[0]])
    return {
        "id": as_int(row["id"]) if row.get("id") else store.next_id("configurable_option"),
        "attribute_id": attribute.id,
        "label": str(row.get("label") or attribute.label),
        "position": as_int(row.get("position") or 0),
        "values": values,
    }


def combination(store: Store, parent: Product, child: Product) -> tuple[str, ...]:
    """The child's values of the parent's options; 400 when one is missing."""
    found = []
    for option in parent.configurable:
        attribute = store.attribute_by_id(option["attribute_id"])
        code = attribute.code if attribute else ""
        value = child.get(code)
        if value in (None, ""):
            raise MageError(
                'The child product doesn\'t have the "%1" attribute value. Verify the value and try again.',
                [code],
            )
        found.append(str(value))
    return tuple(found)


def check_child(store: Store, parent: Product, child: Product, others: list[int]) -> None:
    if not parent.configurable:
        raise MageError("The parent product doesn't have configurable product options.")
    mine = combination(store, parent, child)
    for number in others:
        if combination(store, parent, store.products[number]) == mine:
            raise MageError(
                'Products "%1" and "%2" have the same set of attribute values.', [number, child.id]
            )


# Bundle.


def save_bundle(store: Store, product: Product, rows: list[Json]) -> None:
    if product.type_id != "bundle":
        return
    product.bundle = [bundle_option(store, product, row) for row in rows]


def bundle_option(store: Store, product: Product, row: Json) -> Json:
    kind = str(row.get("type") or "select")
    if kind not in ("select", "radio", "checkbox", "multi"):
        raise MageError("The option type is not valid: %1", [kind])
    number = as_int(row["option_id"]) if row.get("option_id") else store.next_id("bundle_option")
    return {
        "option_id": number,
        "title": str(row.get("title") or ""),
        "required": as_bool(row.get("required", True)),
        "type": kind,
        "position": as_int(row.get("position") or 0),
        "sku": product.sku,
        "product_links": [bundle_link(store, number, link) for link in row.get("product_links") or []],
    }


def bundle_link(store: Store, option_id: int, row: Json) -> Json:
    child = store.by_sku(str(row.get("sku", "")))
    if child is None:
        raise MageError(
            "The product that was requested doesn't exist. Verify the product and try again.", status=404
        )
    if child.type_id in ("bundle", "configurable", "grouped"):
        raise MageError("The bundle product can't contain another composite product.")
    return {
        "id": str(row.get("id") or store.next_id("bundle_selection")),
        "sku": child.sku,
        "option_id": option_id,
        "qty": as_decimal(row.get("qty") or 1),
        "position": as_int(row.get("position") or 0),
        "is_default": as_bool(row.get("is_default")),
        "price": as_decimal(row.get("price") or 0),
        "price_type": as_int(row.get("price_type") or 0),
        "can_change_quantity": as_int(row.get("can_change_quantity") or 0),
    }


# Tier prices of a product's save.


def save_tiers(store: Store, product: Product, rows: list[Json]) -> None:
    """Replaces all tiers; an empty list deletes them."""
    tiers = []
    for row in rows:
        group_id = as_int(row.get("customer_group_id", 32000))
        group: Any = store.customer_groups.get(group_id)
        extra = row.get("extension_attributes") or {}
        percent = extra.get("percentage_value")
        tiers.append(
            TierPrice(
                as_decimal(percent if percent is not None else row.get("value") or 0),
                "fixed" if percent is None else "discount",
                as_int(extra.get("website_id") or 0),
                ALL_GROUPS if group_id == 32000 or group is None else str(group["code"]),
                Decimal(str(row.get("qty") or 1)),
            )
        )
    product.tiers = tiers
