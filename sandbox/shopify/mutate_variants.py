"""Mutations of variants: in bulk per product, by rows, with or without partial success."""

from decimal import Decimal, InvalidOperation

from sandbox.shopify.calls import Call, Refused, Row, TooMany, mutates, refuse, user_error
from sandbox.shopify.money import price
from sandbox.shopify.mutate_files import media_of
from sandbox.shopify.mutate_levels import write_item
from sandbox.shopify.mutate_texts import write_metafields
from sandbox.shopify.product_rows import (
    new_variant,
    product_of,
    remove_variant,
    variant_by_options,
    variant_title,
    variants_of,
)

MOST_VARIANTS = 2048
MOST_COMPONENTS = 30
TOO_LOW = "Price must be greater than or equal to 0"
TOO_HIGH = Decimal("1e15")


def guard_day_cap(call: Call, more: int) -> None:
    """Large catalogues may make only so many variants a day."""
    cap = call.options.variant_day_cap
    if not cap or not more:
        return
    day = call.now()[:10]
    made = call.store.variants_made.get(day, 0)
    if made + more > cap:
        raise TooMany("Daily variant creation limit reached, please try again later.")
    call.store.variants_made[day] = made + more


def check_variant(call: Call, row: Row, path: list[str], errors: list[Row], *, code: str = "") -> None:
    """Figures of one row."""
    for name in ("price", "compareAtPrice"):
        if row.get(name) is None:
            continue
        try:
            value = Decimal(str(row[name]))
        except InvalidOperation:
            errors.append(user_error([*path, name], f"{name} is not a number", code or "INVALID"))
            continue
        if value < 0:
            text = TOO_LOW if name == "price" else "Compare at price must be greater than or equal to 0"
            errors.append(user_error([*path, name], text, code or "GREATER_THAN_OR_EQUAL_TO"))
        elif value >= TOO_HIGH:
            errors.append(user_error([*path, name], "Price is too high", code or "INVALID"))
    sku = row.get("sku") or (row.get("inventoryItem") or {}).get("sku")
    if sku and len(sku) > 255:
        errors.append(user_error([*path, "inventoryItem", "sku"], "SKU is too long", code or "INVALID"))


def write_variant(call: Call, variant: Row, given: Row, *, fresh: bool = False) -> None:
    """Fields that productSet and the bulk mutations share; what is not sent stays."""
    store, places = call.store, call.options.zeros()
    if given.get("price") is not None:
        variant["price"] = price(given["price"], places)
    if "compareAtPrice" in given:
        before = given["compareAtPrice"]
        variant["compareAtPrice"] = None if before is None else price(before, places)
    for name in ("barcode", "taxable", "inventoryPolicy"):
        if name in given and (given[name] is not None or name == "barcode"):
            variant[name] = given[name]
    if "sku" in given:
        store.set_sku(variant, given["sku"])
    if given.get("inventoryItem"):
        write_item(call, store.tables["InventoryItem"][variant["_item"]], given["inventoryItem"])
    for row in given.get("inventoryQuantities") or []:
        _write_quantity(call, variant, row)
    if fresh and not store.levels.get(variant["_item"]):
        first = next(iter(store.tables["Location"]))
        store.open_level(variant["_item"], first, 0)
    if given.get("metafields"):
        write_metafields(
            call, variant["id"], "PRODUCTVARIANT", given["metafields"], ["variants", "metafields"]
        )
    store.touch(variant)


def _write_quantity(call: Call, variant: Row, row: Row) -> None:
    store = call.store
    place = row["locationId"]
    count = row["quantity"] if "quantity" in row else row["availableQuantity"]
    level = store.level(variant["_item"], place) or store.open_level(variant["_item"], place)
    if row.get("name") == "on_hand":
        level["_q"]["available"] += count - level["_q"]["on_hand"]
    else:
        level["_q"]["available"] = count
    store.settle_level(level, "available")
    call.app.emit("inventory_levels/update", level)


@mutates("productVariantsBulkUpdate", scope="write_products")
def bulk_update(call: Call, args: Row) -> Row:
    store = call.store
    product = store.find(args["productId"], "Product")
    if product is None:
        raise refuse(["productId"], "Product does not exist", "PRODUCT_DOES_NOT_EXIST")
    partial = bool(args.get("allowPartialUpdates"))
    errors: list[Row] = []
    good: list[tuple[Row, Row]] = []
    shown: list[Row] = []
    seen: set[str] = set()
    for index, row in enumerate(args["variants"]):
        found: list[Row] = []
        variant = _row_variant(call, product, row, ["variants", str(index)], found, seen)
        if variant is not None:
            shown.append(variant)
            if not found:
                good.append((variant, row))
        errors += found
    if errors and not partial:
        return {"product": product, "productVariants": None, "userErrors": errors}
    for variant, row in good:
        _choose(product, variant, row)
        write_variant(call, variant, row)
        if row.get("mediaId"):
            variant["_media"] = [row["mediaId"]]
    if good:
        store.touch(product)
        call.app.emit("products/update", product)
    call.app.counters.rows("/graphql/productVariantsBulkUpdate", "update", len(good))
    return {"product": product, "productVariants": shown, "userErrors": errors}


def _row_variant(
    call: Call, product: Row, row: Row, path: list[str], errors: list[Row], seen: set[str]
) -> Row | None:
    if not row.get("id"):
        errors.append(
            user_error([*path, "id"], "Product variant is missing ID attribute", "PRODUCT_VARIANT_ID_MISSING")
        )
        return None
    variant = call.store.find(row["id"], "ProductVariant")
    if variant is None or variant["_product"] != product["id"]:
        errors.append(
            user_error([*path, "id"], "Product variant does not exist", "PRODUCT_VARIANT_DOES_NOT_EXIST")
        )
        return None
    if row["id"] in seen:
        errors.append(
            user_error([*path, "id"], "Product variants must be unique", "MUST_BE_FOR_THIS_PRODUCT")
        )
        return variant
    seen.add(row["id"])
    if row.get("inventoryQuantities"):
        errors.append(
            user_error(
                [*path, "inventoryQuantities"],
                "Inventory quantities can only be provided during create. To update inventory for existing "
                "variants, use inventoryAdjustQuantities.",
                "NO_INVENTORY_QUANTITIES_ON_VARIANTS_UPDATE",
            )
        )
    if row.get("quantityAdjustments"):
        errors.append(
            user_error(
                [*path, "quantityAdjustments"],
                "Quantity adjustments are not supported.",
                "UNSUPPORTED_COMBINED_LISTING_PARENT_OPERATION",
            )
        )
    check_variant(call, row, path, errors)
    if call.app.refuses(variant["sku"], variant["id"]):
        errors.append(user_error(path, "Product variant is invalid", "INVALID_INPUT"))
    return variant


def _choose(product: Row, variant: Row, row: Row) -> None:
    for value in row.get("optionValues") or []:
        name = value.get("optionName")
        option = next(
            (o for o in product["_options"] if name == o["name"] or value.get("optionId") == o["id"]), None
        )
        if option is not None and value.get("name"):
            variant["_chosen"][option["name"]] = value["name"]
            if all(v["name"] != value["name"] for v in option["_values"]):
                number = f"{option['id']}{len(option['_values'])}".rpartition("/")[2]
                option["_values"].append(
                    {"id": f"gid://shopify/ProductOptionValue/{number}", "name": value["name"]}
                )
    variant["title"] = variant_title(product, variant)


@mutates("productVariantsBulkCreate", scope="write_products")
def bulk_create(call: Call, args: Row) -> Row:
    store = call.store
    product = store.find(args["productId"], "Product")
    if product is None:
        raise refuse(["productId"], "Product does not exist", "PRODUCT_DOES_NOT_EXIST")
    strategy = args.get("strategy") or "DEFAULT"
    lone = strategy == "REMOVE_STANDALONE_VARIANT" or (
        strategy == "DEFAULT" and [v["title"] for v in variants_of(store, product)] == ["Default Title"]
    )
    errors: list[Row] = []
    chosen: list[dict[str, str]] = []
    for index, row in enumerate(args["variants"]):
        path = ["variants", str(index)]
        values = _values(product, row)
        if set(values) != {o["name"] for o in product["_options"]}:
            errors.append(
                user_error(
                    [*path, "optionValues"],
                    "You need to add option values for all options",
                    "NEED_TO_ADD_OPTION_VALUES",
                )
            )
        elif values in chosen or variant_by_options(store, product, values):
            title = " / ".join(values.values())
            errors.append(
                user_error(path, f"The variant '{title}' already exists.", "VARIANT_ALREADY_EXISTS")
            )
        chosen.append(values)
        check_variant(call, row, path, errors)
        if call.app.refuses((row.get("inventoryItem") or {}).get("sku")):
            errors.append(user_error(path, "Product variant is invalid", "INVALID_INPUT"))
    if len(product["_variants"]) + len(chosen) > MOST_VARIANTS:
        errors.append(
            user_error(
                ["variants"], f"You can only have {MOST_VARIANTS} variants per product", "LIMIT_EXCEEDED"
            )
        )
    if errors:
        raise Refused(*errors)
    guard_day_cap(call, len(chosen))
    old = variants_of(store, product) if lone else []
    made = []
    for row, values in zip(args["variants"], chosen, strict=True):
        variant = new_variant(store, product, values)
        _choose(product, variant, row)
        write_variant(call, variant, row, fresh=True)
        if row.get("mediaId"):
            variant["_media"] = [row["mediaId"]]
        made.append(variant)
    for variant in old:
        remove_variant(store, product, variant)
    store.touch(product)
    call.app.emit("products/update", product)
    return {"product": product, "productVariants": made}


def _values(product: Row, row: Row) -> dict[str, str]:
    by_id = {o["id"]: o for o in product["_options"]}
    values: dict[str, str] = {}
    for value in row.get("optionValues") or []:
        option = by_id.get(value.get("optionId") or "")
        name = value.get("optionName") or (option["name"] if option else "")
        text = value.get("name")
        if not text:
            found = [v for o in product["_options"] for v in o["_values"] if v["id"] == value.get("id")]
            text = found[0]["name"] if found else ""
        values[name] = text
    return values


@mutates("productVariantsBulkDelete", scope="write_products")
def bulk_delete(call: Call, args: Row) -> Row:
    store = call.store
    product = store.find(args["productId"], "Product")
    if product is None:
        raise refuse(["productId"], "Product does not exist", "PRODUCT_DOES_NOT_EXIST")
    errors = [
        user_error(
            ["variantsIds", str(i)],
            "At least one variant does not belong to the product",
            "AT_LEAST_ONE_VARIANT_DOES_NOT_BELONG_TO_THE_PRODUCT",
        )
        for i, gid in enumerate(args["variantsIds"])
        if gid not in product["_variants"]
    ]
    if errors:
        raise Refused(*errors)
    if len(set(args["variantsIds"])) == len(product["_variants"]):
        raise refuse(["variantsIds"], "Cannot delete default variant", "CANNOT_DELETE_LAST_VARIANT")
    for gid in dict.fromkeys(args["variantsIds"]):
        remove_variant(store, product, store.tables["ProductVariant"][gid])
    store.touch(product)
    call.app.emit("products/update", product)
    return {"product": product}


@mutates("productVariantAppendMedia", scope="write_products")
def append_media(call: Call, args: Row) -> Row:
    store = call.store
    product = store.find(args["productId"], "Product")
    if product is None:
        raise refuse(["productId"], "Product does not exist", "PRODUCT_DOES_NOT_EXIST")
    changed = []
    for index, row in enumerate(args["variantMedia"]):
        variant = store.find(row["variantId"], "ProductVariant")
        if variant is None or variant["_product"] != product["id"]:
            raise refuse(
                ["variantMedia", str(index), "variantId"],
                "Variant does not exist on the specified product.",
                "PRODUCT_VARIANT_DOES_NOT_EXIST_ON_PRODUCT",
            )
        for gid in row["mediaIds"]:
            media_of(call, product, gid, ["variantMedia", str(index), "mediaIds"])
            variant["_media"] = [gid]
        changed.append(variant)
    return {"product": product, "productVariants": changed}


@mutates("productVariantRelationshipBulkUpdate", scope="write_products")
def relationships(call: Call, args: Row) -> Row:
    """Components of bundles; the stock of the parent is derived from then on."""
    store = call.store
    parents = []
    for index, row in enumerate(args["input"]):
        path = ["input", str(index)]
        parent = store.find(row.get("parentProductVariantId"), "ProductVariant")
        if parent is None and row.get("parentProductId"):
            product = store.find(row["parentProductId"], "Product")
            parent = variants_of(store, product)[0] if product else None
        if parent is None:
            raise refuse(
                path, "The product variants with ID(s) [] could not be found.", "PRODUCT_VARIANTS_NOT_FOUND"
            )
        if row.get("removeAllProductVariantRelationships"):
            parent["_components"] = []
        for gid in row.get("productVariantRelationshipsToRemove") or []:
            parent["_components"] = [p for p in parent["_components"] if p["variant"] != gid]
        for part in [
            *(row.get("productVariantRelationshipsToCreate") or []),
            *(row.get("productVariantRelationshipsToUpdate") or []),
        ]:
            if store.find(part["id"], "ProductVariant") is None or part["id"] == parent["id"]:
                raise refuse(path, "The product variant could not be found.", "PRODUCT_VARIANTS_NOT_FOUND")
            parent["_components"] = [p for p in parent["_components"] if p["variant"] != part["id"]]
            parent["_components"].append(
                {
                    "id": store.gid("ProductVariantComponent"),
                    "variant": part["id"],
                    "quantity": part["quantity"],
                }
            )
        if len(parent["_components"]) > MOST_COMPONENTS:
            raise refuse(path, "Exceeded maximum number of components", "EXCEEDED_PRODUCT_VARIANT_LIMIT")
        parents.append(parent)
        call.app.emit("products/update", product_of(store, parent))
    return {"parentProductVariants": parents}
