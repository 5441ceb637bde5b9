"""Mutations of sales channels and bundles."""

from typing import Any

from sandbox.shopify.calls import Call, Row, mutates, refuse
from sandbox.shopify.product_rows import (
    new_product,
    new_variant,
    set_options,
)

# Channels.


def _publishable(call: Call, gid: str) -> Row:
    found = call.store.find(gid, "Product") or call.store.find(gid, "Collection")
    if found is None:
        raise refuse(["id"], "Resource does not exist")
    return found


@mutates("publishablePublish", scope="write_publications")
def publish(call: Call, args: Row) -> Row:
    row = _publishable(call, args["id"])
    for index, given in enumerate(args["input"]):
        if call.store.find(given.get("publicationId"), "Publication") is None:
            raise refuse(
                ["input", str(index), "publicationId"], "Publication does not exist or is not publishable"
            )
    for given in args["input"]:
        row["_publications"][given["publicationId"]] = given.get("publishDate") or call.now()
    return {"publishable": _published(call, row), "shop": None}


@mutates("publishableUnpublish", scope="write_publications")
def unpublish(call: Call, args: Row) -> Row:
    row = _publishable(call, args["id"])
    for given in args["input"]:
        row["_publications"].pop(given.get("publicationId"), None)
    return {"publishable": _published(call, row), "shop": None}


def _published(call: Call, row: Row) -> Any:
    if "publishedAt" in row:
        row["publishedAt"] = min(row["_publications"].values(), default=None)
        call.app.emit("products/update", row)
    call.store.touch(row)
    return row


# Bundles.


@mutates("productBundleCreate", scope="write_products")
def bundle_create(call: Call, args: Row) -> Row:
    given = args["input"]
    parts = []
    for index, part in enumerate(given["components"]):
        found = call.store.find(part["productId"], "Product")
        if found is None:
            raise refuse(["input", "components", str(index)], "Component product does not exist")
        parts.append((found["_variants"][0], part.get("quantity") or 1))
    product = new_product(call.store, given["title"], status="DRAFT")
    set_options(call.store, product, [("Title", ["Default Title"])])
    variant = new_variant(call.store, product, {"Title": "Default Title"})
    variant["_components"] = [
        {"id": call.store.gid("ProductVariantComponent"), "variant": gid, "quantity": count}
        for gid, count in parts
    ]
    for place in call.store.tables["Location"]:
        call.store.open_level(variant["_item"], place, 0)
    row = call.store.add("ProductBundleOperation", status="CREATED", userErrors=[], _product=product["id"])
    call.app.emit("products/create", product)
    return {"productBundleOperation": row}
