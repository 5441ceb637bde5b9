"""Fields of variants."""

import re

from sandbox.shopify.calls import Call, Row, resolves
from sandbox.shopify.connections import connection, filtered, searched
from sandbox.shopify.fields_products import identified, metafields_of
from sandbox.shopify.prices import price_in_context
from sandbox.shopify.product_rows import available_of, product_of
from sandbox.shopify.search import Fields
from sandbox.shopify.state import number_of


def variant_fields(call: Call) -> Fields:
    store = call.store
    of_product = {
        "product_status": ("word", "status"),
        "vendor": ("word", "vendor"),
        "product_type": ("word", "productType"),
        "tag": ("word", "tags"),
    }
    fields: Fields = {
        name: (kind, lambda r, f=field: product_of(store, r)[f])  # type: ignore[misc]
        for name, (kind, field) in of_product.items()
    }
    fields.update(
        {
            "default": ("text", lambda r: [r["sku"], product_of(store, r)["title"]]),
            "id": ("id", lambda r: r["id"]),
            "sku": ("text", lambda r: r["sku"]),
            "barcode": ("word", lambda r: r["barcode"]),
            "product_id": ("id", lambda r: r["_product"]),
            "title": ("text", lambda r: r["title"]),
            "created_at": ("time", lambda r: r["createdAt"]),
            "updated_at": ("time", lambda r: r["updatedAt"]),
            "inventory_quantity": ("number", lambda r: available_of(store, r)),
            "location_id": ("id", lambda r: list(store.levels.get(r["_item"], {}))),
            "collection": (
                "id",
                lambda r: [c["id"] for c in store.rows("Collection") if r["_product"] in c["_products"]],
            ),
            "metafields": ("word", lambda r: metafields_of(call, r)),
        }
    )
    return fields


VARIANT_SORTS = {
    "ID": lambda r: number_of(r["id"]),
    "SKU": lambda r: r["sku"] or "",
    "TITLE": lambda r: r["title"],
    "NAME": lambda r: r["title"],
    "POSITION": lambda r: r["position"],
}


def _product_ids(args: Row) -> tuple[Row, set[str] | None]:
    """`product_ids:1,2,3` is a list, unlike every other filter."""
    text = args.get("query") or ""
    found = re.search(r"product_ids:\s*'?([\d,]+)'?", text)
    if not found:
        return args, None
    return {**args, "query": text.replace(found[0], " ")}, set(found[1].split(","))


@resolves("QueryRoot.productVariants", scope="read_products")
def variants(call: Call, row: Row, args: Row) -> Row:
    args, wanted = _product_ids(args)
    rows = call.store.rows("ProductVariant")
    if wanted is not None:
        rows = [r for r in rows if str(number_of(r["_product"])) in wanted]
    sorts = {**VARIANT_SORTS, "INVENTORY_QUANTITY": lambda r: available_of(call.store, r)}
    return searched(call, rows, args, variant_fields(call), sorts)


@resolves("QueryRoot.productVariantsCount", scope="read_products")
def all_variants_count(call: Call, row: Row, args: Row) -> Row:
    found = filtered(call, call.store.rows("ProductVariant"), args.get("query"), variant_fields(call))
    return {"count": len(found), "precision": "EXACT"}


@resolves("QueryRoot.productVariant", scope="read_products")
def variant(call: Call, row: Row, args: Row) -> Row | None:
    return call.store.find(args["id"], "ProductVariant")


@resolves("QueryRoot.productVariantByIdentifier", scope="read_products")
def variant_by_identifier(call: Call, row: Row, args: Row) -> Row | None:
    return identified(call, "ProductVariant", args["identifier"])


@resolves("ProductVariant.product")
def variant_product(call: Call, row: Row, args: Row) -> Row:
    return product_of(call.store, row)


@resolves("ProductVariant.displayName")
def display_name(call: Call, row: Row, args: Row) -> str:
    return f"{product_of(call.store, row)['title']} - {row['title']}"


@resolves("ProductVariant.inventoryItem")
def variant_item(call: Call, row: Row, args: Row) -> Row:
    return call.store.tables["InventoryItem"][row["_item"]]


@resolves("ProductVariant.inventoryQuantity", "ProductVariant.sellableOnlineQuantity")
def inventory_quantity(call: Call, row: Row, args: Row) -> int:
    return available_of(call.store, row)


@resolves("ProductVariant.availableForSale")
def for_sale(call: Call, row: Row, args: Row) -> bool:
    item = call.store.tables["InventoryItem"][row["_item"]]
    return not item["tracked"] or row["inventoryPolicy"] == "CONTINUE" or available_of(call.store, row) > 0


@resolves("ProductVariant.selectedOptions")
def selected_options(call: Call, row: Row, args: Row) -> list[Row]:
    shown = []
    for option in product_of(call.store, row)["_options"]:
        value = row["_chosen"].get(option["name"], "")
        found = next((v for v in option["_values"] if v["name"] == value), {"id": "", "name": value})
        shown.append({"name": option["name"], "value": value, "optionValue": {**found, "hasVariants": True}})
    return shown


@resolves("ProductVariant.requiresComponents")
def requires_components(call: Call, row: Row, args: Row) -> bool:
    return bool(row["_components"])


@resolves("ProductVariant.productVariantComponents")
def variant_components(call: Call, row: Row, args: Row) -> Row:
    table = call.store.tables["ProductVariant"]
    rows = [
        {"id": p["id"], "productVariant": table[p["variant"]], "quantity": p["quantity"]}
        for p in row["_components"]
        if p["variant"] in table
    ]
    return connection(rows, args)


@resolves("ProductVariant.contextualPricing")
def contextual_pricing(call: Call, row: Row, args: Row) -> Row:
    """What a market or a location of a company pays: the fixed price of its list, else the list's percentage."""
    return price_in_context(call.store, row, args.get("context") or {})
