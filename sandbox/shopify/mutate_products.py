"""Mutations of whole products: productSet (lists are authoritative), create, update, delete, publish, options."""

from sandbox.shopify.calls import Call, Row, mutates, refuse
from sandbox.shopify.mutate_files import attach_files
from sandbox.shopify.mutate_texts import write_metafields
from sandbox.shopify.product_rows import (
    new_product,
    new_variant,
    remove_product,
    set_options,
    variant_title,
)

MOST_QUANTITIES = 50_000


_PLAIN = {
    "title": "title",
    "descriptionHtml": "descriptionHtml",
    "status": "status",
    "vendor": "vendor",
    "productType": "productType",
    "category": "_category",
    "giftCard": "isGiftCard",
}


def write_fields(call: Call, product: Row, given: Row) -> None:
    """Fields that productSet, productCreate and productUpdate share."""
    if "title" in given and not (given["title"] or "").strip():
        raise refuse(["title"], "Title can't be blank", "BLANK")
    for name, field in _PLAIN.items():
        if name in given and given[name] is not None:
            product[field] = given[name]
    if given.get("category") is not None and call.store.find(given["category"], "TaxonomyCategory") is None:
        product["_category"] = None
        raise refuse(
            ["input", "category"], "The specified product category does not exist", "PRODUCT_CATEGORY_INVALID"
        )
    if given.get("tags") is not None:
        product["tags"] = sorted({t.strip() for t in given["tags"] if t.strip()}, key=str.lower)
    if given.get("seo") is not None:
        product["seo"] = {**product["seo"], **given["seo"]}
    if given.get("handle") and given["handle"] != product["handle"]:
        set_handle(call, product, given["handle"], redirect=bool(given.get("redirectNewHandle")))


def set_handle(call: Call, product: Row, wanted: str, *, redirect: bool) -> None:
    handles = call.store.handles
    if handles.get(f"products/{wanted}", product["id"]) != product["id"]:
        raise refuse(
            ["input", "handle"],
            f"Handle '{wanted}' already in use. Please provide a new handle.",
            "HANDLE_NOT_UNIQUE",
        )
    handles.pop(f"products/{product['handle']}", None)
    if redirect:
        call.store.redirects.append(
            {"path": f"/products/{product['handle']}", "target": f"/products/{wanted}"}
        )
    product["handle"] = wanted
    handles[f"products/{wanted}"] = product["id"]


@mutates("productCreate", scope="write_products")
def create(call: Call, args: Row) -> Row:
    given = args.get("product") or args.get("input") or {}
    if not (given.get("title") or "").strip():
        raise refuse(["title"], "Title can't be blank")
    product = new_product(call.store, given["title"], handle=given.get("handle") or "")
    write_fields(call, product, {k: v for k, v in given.items() if k != "handle"})
    options = given.get("productOptions") or [{"name": "Title", "values": [{"name": "Default Title"}]}]
    shape = [(o["name"], [v["name"] for v in o.get("values") or []]) for o in options]
    set_options(call.store, product, shape)
    first = new_variant(call.store, product, {name: values[0] for name, values in shape if values})
    first["title"] = variant_title(product, first)
    write_metafields(call, product["id"], "PRODUCT", given.get("metafields") or [], ["metafields"])
    for gid in given.get("collectionsToJoin") or []:
        row = call.store.find(gid, "Collection")
        if row is not None and not row["_rules"]:
            row["_products"][product["id"]] = None
    if args.get("media"):
        attach_files(call, product, args["media"])
    call.app.emit("products/create", product)
    return {"product": product, "shop": None}


@mutates("productUpdate", scope="write_products")
def update(call: Call, args: Row) -> Row:
    given = args.get("product") or args.get("input") or {}
    product = product_or_refuse(call, given.get("id"), ["id"])
    write_fields(call, product, given)
    write_metafields(call, product["id"], "PRODUCT", given.get("metafields") or [], ["metafields"])
    for name, joins in (("collectionsToJoin", True), ("collectionsToLeave", False)):
        for gid in given.get(name) or []:
            row = call.store.find(gid, "Collection")
            if row is None or row["_rules"]:
                continue
            if joins:
                row["_products"][product["id"]] = None
            else:
                row["_products"].pop(product["id"], None)
    if args.get("media"):
        attach_files(call, product, args["media"])
    call.store.touch(product)
    call.app.emit("products/update", product)
    return {"product": product}


def product_or_refuse(call: Call, gid: str | None, path: list[str], code: str | None = None) -> Row:
    found = call.store.find(gid, "Product")
    if found is None:
        raise refuse(path, "Product does not exist", code)
    return found


@mutates("productDelete", scope="write_products")
def delete(call: Call, args: Row) -> Row:
    product = product_or_refuse(call, args["input"]["id"], ["id"])
    remove_product(call.store, product)
    call.app.emit("products/delete", product)
    return {"deletedProductId": product["id"], "shop": None}


@mutates("productChangeStatus", scope="write_products")
def change_status(call: Call, args: Row) -> Row:
    product = product_or_refuse(call, args["productId"], ["productId"], "PRODUCT_NOT_FOUND")
    product["status"] = args["status"]
    call.store.touch(product)
    call.app.emit("products/update", product)
    return {"product": product}
