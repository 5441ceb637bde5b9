"""Fields of products, variants, options, pictures and collections."""

import re
from decimal import Decimal
from typing import Any

from sandbox.shopify.calls import Call, Row, resolves
from sandbox.shopify.collections import in_smart
from sandbox.shopify.connections import connection, filtered, searched
from sandbox.shopify.fields_files import file_status, image_row
from sandbox.shopify.fields_metafields import app_namespace
from sandbox.shopify.fields_shop import polled
from sandbox.shopify.money import money
from sandbox.shopify.product_rows import available_of, product_of, variants_of
from sandbox.shopify.search import Fields
from sandbox.shopify.state import number_of

TAGS = re.compile(r"<[^>]+>")


def metafields_of(call: Call, row: Row) -> dict[str, str]:
    found = call.store.metafields.get(row["id"], {})
    return {f"{ns}.{key}": m["value"] for (ns, key), m in found.items()}


def product_fields(call: Call) -> Fields:
    store = call.store

    def of_variants(name: str) -> Any:
        return lambda row: [v[name] for v in variants_of(store, row) if v[name]]

    return {
        "default": ("text", lambda r: [r["title"], *of_variants("sku")(r)]),
        "id": ("id", lambda r: r["id"]),
        "title": ("text", lambda r: r["title"]),
        "handle": ("word", lambda r: r["handle"]),
        "status": ("word", lambda r: r["status"]),
        "vendor": ("word", lambda r: r["vendor"]),
        "product_type": ("word", lambda r: r["productType"]),
        "tag": ("word", lambda r: r["tags"]),
        "sku": ("text", of_variants("sku")),
        "barcode": ("word", of_variants("barcode")),
        "created_at": ("time", lambda r: r["createdAt"]),
        "updated_at": ("time", lambda r: r["updatedAt"]),
        "published_at": ("time", lambda r: r["publishedAt"]),
        "published_status": ("word", lambda r: "published" if r["publishedAt"] else "unpublished"),
        "gift_card": ("bool", lambda r: r["isGiftCard"]),
        "inventory_total": ("number", lambda r: sum(available_of(store, v) for v in variants_of(store, r))),
        "metafields": ("word", lambda r: metafields_of(call, r)),
    }


PRODUCT_SORTS = {
    "UPDATED_AT": lambda r: r["updatedAt"],
    "CREATED_AT": lambda r: r["createdAt"],
    "TITLE": lambda r: r["title"].lower(),
    "VENDOR": lambda r: r["vendor"].lower(),
    "PRODUCT_TYPE": lambda r: r["productType"].lower(),
    "PUBLISHED_AT": lambda r: r["publishedAt"] or "",
    "ID": lambda r: number_of(r["id"]),
}


@resolves("QueryRoot.products", scope="read_products")
def products(call: Call, row: Row, args: Row) -> Row:
    return searched(call, call.store.rows("Product"), args, product_fields(call), PRODUCT_SORTS)


@resolves("QueryRoot.productsCount", scope="read_products")
def products_count(call: Call, row: Row, args: Row) -> Row:
    found = filtered(call, call.store.rows("Product"), args.get("query"), product_fields(call))
    return {"count": len(found), "precision": "EXACT"}


@resolves("QueryRoot.product", scope="read_products")
def product(call: Call, row: Row, args: Row) -> Row | None:
    return call.store.find(args["id"], "Product")


@resolves("QueryRoot.productByHandle", scope="read_products")
def product_by_handle(call: Call, row: Row, args: Row) -> Row | None:
    return call.store.find(call.store.handles.get(f"products/{args['handle']}"), "Product")


@resolves("QueryRoot.productByIdentifier", scope="read_products")
def product_by_identifier(call: Call, row: Row, args: Row) -> Row | None:
    return identified(call, "Product", args["identifier"])


def identified(call: Call, kind: str, identifier: Row) -> Row | None:
    """By id, handle, or the value of a metafield whose definition makes it unique."""
    if identifier.get("id"):
        return call.store.find(identifier["id"], kind)
    if identifier.get("handle"):
        return call.store.find(call.store.handles.get(f"{kind.lower()}s/{identifier['handle']}"), kind)
    custom = identifier.get("customId")
    if custom:
        place = (app_namespace(custom.get("namespace")), custom["key"])
        for owner, fields in call.store.metafields.items():
            if place in fields and fields[place]["value"] == custom["value"]:
                found = call.store.find(owner, kind)
                if found is not None:
                    return found
    return None


@resolves("QueryRoot.productOperation", scope="read_products")
def product_operation(call: Call, row: Row, args: Row) -> Row | None:
    found = call.store.find(args["id"])
    if found is None:
        return None
    if found["status"] == "CREATED":
        return {**polled(call, found, "COMPLETE", "ACTIVE")}
    return found


@resolves("ProductSetOperation.product", "ProductBundleOperation.product")
def operation_product(call: Call, row: Row, args: Row) -> Row | None:
    return call.store.find(row.get("_product"), "Product") if row["status"] == "COMPLETE" else None


@resolves("Product.options")
def options(call: Call, row: Row, args: Row) -> list[Row]:
    found: list[Row] = row["_options"]
    return found[: args["first"]] if args.get("first") else found


@resolves("ProductOption.values")
def option_values(call: Call, row: Row, args: Row) -> list[str]:
    return [v["name"] for v in row["_values"] if _used(call, row, v["name"])]


@resolves("ProductOption.optionValues")
def option_value_rows(call: Call, row: Row, args: Row) -> list[Row]:
    return [{**v, "hasVariants": _used(call, row, v["name"])} for v in row["_values"]]


def _used(call: Call, option: Row, value: str) -> bool:
    found = call.store.tables["Product"].get(option["_product"])
    if found is None:
        return True
    return any(v["_chosen"].get(option["name"]) == value for v in variants_of(call.store, found))


@resolves("Product.description", "Collection.description")
def description(call: Call, row: Row, args: Row) -> str:
    text = TAGS.sub("", row["descriptionHtml"]).strip()
    return text[: args["truncateAt"]] if args.get("truncateAt") else text


@resolves("Product.category")
def category(call: Call, row: Row, args: Row) -> Row | None:
    return call.store.find(row["_category"])


@resolves("Product.variants")
def product_variants(call: Call, row: Row, args: Row) -> Row:
    keys = {
        "ID": lambda r: number_of(r["id"]),
        "SKU": lambda r: r["sku"] or "",
        "TITLE": lambda r: r["title"],
        "NAME": lambda r: r["title"],
        "POSITION": lambda r: r["position"],
        "FULL_TITLE": lambda r: r["title"],
    }
    key = keys.get(args.get("sortKey") or "POSITION", keys["POSITION"])
    return connection(variants_of(call.store, row), args, key=key)


@resolves("Product.variantsCount")
def variants_count(call: Call, row: Row, args: Row) -> Row:
    return {"count": len(row["_variants"]), "precision": "EXACT"}


@resolves("Product.media", "ProductVariant.media")
def media(call: Call, row: Row, args: Row) -> Row:
    return connection([call.store.tables["MediaImage"][gid] for gid in row["_media"]], args)


@resolves("Product.mediaCount")
def media_count(call: Call, row: Row, args: Row) -> Row:
    return {"count": len(row["_media"]), "precision": "EXACT"}


@resolves("Product.featuredMedia")
def featured_media(call: Call, row: Row, args: Row) -> Row | None:
    return call.store.tables["MediaImage"][row["_media"][0]] if row["_media"] else None


def _images(call: Call, row: Row) -> list[Row]:
    rows = [call.store.tables["MediaImage"][gid] for gid in row["_media"]]
    return [image_row(r) for r in rows if file_status(call, r, {}) == "READY"]


@resolves("Product.featuredImage", "ProductVariant.image")
def featured_image(call: Call, row: Row, args: Row) -> Row | None:
    return next(iter(_images(call, row)), None)


@resolves("Product.images")
def images(call: Call, row: Row, args: Row) -> Row:
    return connection(_images(call, row), args)


@resolves("Product.collections")
def product_collections(call: Call, row: Row, args: Row) -> Row:
    rows = [
        c
        for c in call.store.rows("Collection")
        if row["id"] in c["_products"] or in_smart(call.store, c, row)
    ]
    return connection(rows, args, key=lambda r: number_of(r["id"]))


@resolves("Product.inCollection")
def in_collection(call: Call, row: Row, args: Row) -> bool:
    found = call.store.find(args["id"], "Collection")
    return bool(found and (row["id"] in found["_products"] or in_smart(call.store, found, row)))


@resolves("Product.totalInventory")
def total_inventory(call: Call, row: Row, args: Row) -> int:
    table = call.store.tables["InventoryItem"]
    return sum(
        available_of(call.store, v) for v in variants_of(call.store, row) if table[v["_item"]]["tracked"]
    )


@resolves("Product.tracksInventory")
def tracks_inventory(call: Call, row: Row, args: Row) -> bool:
    table = call.store.tables["InventoryItem"]
    return any(table[v["_item"]]["tracked"] for v in variants_of(call.store, row))


@resolves("Product.hasOnlyDefaultVariant")
def only_default(call: Call, row: Row, args: Row) -> bool:
    return len(row["_options"]) == 1 and row["_options"][0]["name"] == "Title"


@resolves("Product.hasOutOfStockVariants")
def out_of_stock(call: Call, row: Row, args: Row) -> bool:
    return any(available_of(call.store, v) <= 0 for v in variants_of(call.store, row))


@resolves("Product.hasVariantsThatRequiresComponents")
def has_components(call: Call, row: Row, args: Row) -> bool:
    return any(v["_components"] for v in variants_of(call.store, row))


@resolves("Product.requiresSellingPlan")
def selling_plan(call: Call, row: Row, args: Row) -> bool:
    return False


@resolves("Product.onlineStoreUrl")
def store_url(call: Call, row: Row, args: Row) -> str | None:
    if row["status"] != "ACTIVE" or not row["_publications"]:
        return None
    return f"https://{call.options.domain}/products/{row['handle']}"


@resolves("Product.onlineStorePreviewUrl")
def preview_url(call: Call, row: Row, args: Row) -> str:
    return f"https://{call.options.domain}/products/{row['handle']}"


@resolves("Product.defaultCursor", "ProductVariant.defaultCursor")
def default_cursor(call: Call, row: Row, args: Row) -> str:
    return str(number_of(row["id"]))


@resolves("Product.priceRangeV2")
def price_range(call: Call, row: Row, args: Row) -> Row:
    prices = [Decimal(v["price"]) for v in variants_of(call.store, row)] or [Decimal(0)]
    code = call.options.currency
    return {"minVariantPrice": money(min(prices), code), "maxVariantPrice": money(max(prices), code)}


@resolves("Product.compareAtPriceRange")
def compare_range(call: Call, row: Row, args: Row) -> Row | None:
    prices = [Decimal(v["compareAtPrice"]) for v in variants_of(call.store, row) if v["compareAtPrice"]]
    code = call.options.currency
    if not prices:
        return None
    return {
        "minVariantCompareAtPrice": money(min(prices), code),
        "maxVariantCompareAtPrice": money(max(prices), code),
    }


@resolves("Product.bundleComponents")
def bundle_components(call: Call, row: Row, args: Row) -> Row:
    parts = [p for v in variants_of(call.store, row) for p in v["_components"]]
    table = call.store.tables["ProductVariant"]
    rows = [
        {
            "componentProduct": product_of(call.store, table[p["variant"]]),
            "componentVariantsCount": {"count": 1, "precision": "EXACT"},
            "quantity": p["quantity"],
        }
        for p in parts
        if p["variant"] in table
    ]
    return connection(rows, args)
