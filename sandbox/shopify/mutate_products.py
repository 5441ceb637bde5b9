"""Mutations of whole products: productSet (lists are authoritative), create, update, delete, publish, options."""

from typing import Any

from sandbox.shopify.calls import Call, Refused, Row, mutates, refuse, user_error
from sandbox.shopify.fields_products import identified
from sandbox.shopify.fields_shop import app_namespace
from sandbox.shopify.mutate_files import attach_files
from sandbox.shopify.mutate_texts import write_metafields
from sandbox.shopify.mutate_variants import check_variant, guard_day_cap, write_variant
from sandbox.shopify.product_rows import (
    new_product,
    new_variant,
    remove_product,
    remove_variant,
    renumber,
    set_options,
    variant_by_options,
    variant_title,
    variants_of,
)

MOST_QUANTITIES = 50_000


@mutates("productSet", scope="write_products")
def product_set(call: Call, args: Row) -> Row:
    given = args["input"]
    identifier = args.get("identifier")
    if identifier and given.get("id"):
        raise refuse(
            ["input", "id"], "The id field is not allowed if identifier is provided.", "ID_NOT_ALLOWED"
        )
    found = _existing(call, given, identifier)
    errors = _check_set(call, given, found)
    if args.get("synchronous") is False and not call.in_bulk:
        return _later(call, given, found, identifier, errors)
    if errors:
        raise Refused(*errors)
    product = _write_set(call, given, found, identifier)
    return {"product": product, "productSetOperation": None}


def _existing(call: Call, given: Row, identifier: Row | None) -> Row | None:
    if given.get("id"):
        identifier = {"id": given["id"]}
    if not identifier:
        return None
    found = identified(call, "Product", identifier)
    if found is None and identifier.get("id"):
        path = ["input"] if given.get("id") else ["identifier", "id"]
        raise refuse(path, "Product does not exist", "PRODUCT_DOES_NOT_EXIST")
    custom = identifier.get("customId")
    if custom and not _unique_definition(call, custom):
        raise refuse(
            ["identifier", "customId"],
            "Metafield definition is required for custom ids, and its values must be unique.",
            "INVALID_METAFIELD",
        )
    return found


def _unique_definition(call: Call, custom: Row) -> bool:
    return any(
        row["key"] == custom["key"]
        and row["namespace"] == app_namespace(custom.get("namespace"))
        and row["capabilities"]["uniqueValues"]["enabled"]
        for row in call.store.rows("MetafieldDefinition")
    )


def _check_set(call: Call, given: Row, found: Row | None) -> list[Row]:
    errors: list[Row] = []
    options, variants = given.get("productOptions"), given.get("variants")
    if found is None and not (given.get("title") or "").strip():
        errors.append(user_error(["input", "title"], "Title can't be blank", "INVALID_INPUT"))
    if variants is not None and options is None:
        errors.append(
            user_error(
                ["input", "productOptions"],
                "Product options input is required when updating variants",
                "PRODUCT_OPTIONS_INPUT_MISSING",
            )
        )
    if options is not None and variants is None:
        errors.append(
            user_error(
                ["input", "variants"],
                "Variants input is required when updating product options",
                "VARIANTS_INPUT_MISSING",
            )
        )
    if len(options or []) > 3:
        errors.append(
            user_error(
                ["input", "productOptions"], "Can only specify a maximum of 3 options", "OPTIONS_OVER_LIMIT"
            )
        )
    if sum(len(v.get("inventoryQuantities") or []) for v in variants or []) > MOST_QUANTITIES:
        errors.append(
            user_error(
                ["input", "variants"],
                f"The total number of inventory quantities can't exceed {MOST_QUANTITIES}.",
                "INVENTORY_QUANTITIES_LIMIT_EXCEEDED",
            )
        )
    if options is not None and variants is not None and not errors:
        _check_set_variants(call, options, variants, found, errors)
    for index, gid in enumerate(given.get("collections") or []):
        row = call.store.find(gid, "Collection")
        if row is None or row["_rules"]:
            errors.append(
                user_error(
                    ["input", "collections", str(index)],
                    "Collection is smart and doesn't allow manual products"
                    if row
                    else "Collection does not exist",
                    "INVALID_INPUT",
                )
            )
    for index, row in enumerate(variants or []):
        if call.app.refuses(row.get("sku"), row.get("id")):
            errors.append(
                user_error(["input", "variants", str(index)], "Variant is invalid", "GENERIC_ERROR")
            )
    return errors


def _check_set_variants(
    call: Call, options: list[Row], variants: list[Row], found: Row | None, errors: list[Row]
) -> None:
    names = [o.get("name") for o in options]
    seen: set[tuple[str, ...]] = set()
    for index, row in enumerate(variants):
        path = ["input", "variants", str(index)]
        chosen = {v.get("optionName"): v.get("name") for v in row["optionValues"]}
        if set(chosen) != set(names):
            errors.append(
                user_error(
                    [*path, "optionValues"],
                    "You need to add option values for " + ", ".join(str(n) for n in names),
                    "INVALID_VARIANT",
                )
            )
            continue
        key = tuple(str(chosen[n]) for n in names)
        if key in seen:
            errors.append(
                user_error(path, f"The variant '{' / '.join(key)}' already exists.", "INVALID_VARIANT")
            )
        seen.add(key)
        check_variant(call, row, path, errors, code="INVALID_VARIANT")
        _check_quantities(call, row, path, found, errors)


def _check_quantities(call: Call, row: Row, path: list[str], found: Row | None, errors: list[Row]) -> None:
    """Existing variants take quantities only at locations where they are stocked."""
    known = call.store.find(row.get("id"), "ProductVariant")
    for at, given in enumerate(row.get("inventoryQuantities") or []):
        where = [*path, "inventoryQuantities", str(at)]
        if given["name"] not in ("available", "on_hand"):
            errors.append(
                user_error(
                    [*where, "name"],
                    "The quantity name must be either 'available' or 'on_hand'.",
                    "INVALID_INPUT",
                )
            )
        elif call.store.find(given["locationId"], "Location") is None:
            errors.append(user_error([*where, "locationId"], "Location does not exist", "INVALID_INPUT"))
        elif known is not None and call.store.level(known["_item"], given["locationId"]) is None:
            errors.append(
                user_error(
                    [*where, "locationId"],
                    "The variant is not stocked at the location.",
                    "INVENTORY_QUANTITIES_NOT_STOCKED",
                )
            )


def _later(call: Call, given: Row, found: Row | None, identifier: Row | None, errors: list[Row]) -> Row:
    """The work is done behind the scenes; who asks learns its end from the operation."""
    product = None if errors else _write_set(call, given, found, identifier)
    row = call.store.add(
        "ProductSetOperation",
        status="CREATED",
        userErrors=errors,
        _product=product["id"] if product else None,
    )
    return {"product": None, "productSetOperation": {**row, "userErrors": []}}


def _write_set(call: Call, given: Row, found: Row | None, identifier: Row | None) -> Row:
    store = call.store
    if given.get("variants"):
        fresh = len(given["variants"]) - (len(found["_variants"]) if found else 0)
        guard_day_cap(call, max(0, fresh))
    product = found or new_product(store, given["title"], handle=given.get("handle") or "")
    if found is None and identifier and identifier.get("handle") and not given.get("handle"):
        _set_handle(call, product, identifier["handle"], redirect=False)
    write_fields(call, product, given)
    if given.get("productOptions") is not None:
        _replace_variants(call, product, given)
    elif found is None:
        set_options(store, product, [("Title", ["Default Title"])])
        new_variant(store, product, {"Title": "Default Title"})
    if given.get("files") is not None:
        product["_media"] = []
        attach_files(call, product, given["files"])
    if given.get("collections") is not None:
        for row in store.rows("Collection"):
            row["_products"].pop(product["id"], None)
        for gid in given["collections"]:
            store.tables["Collection"][gid]["_products"][product["id"]] = None
    if given.get("metafields") is not None:
        keep = {(app_namespace(m.get("namespace")), m.get("key")) for m in given["metafields"]}
        mine = store.metafields.get(product["id"], {})
        for place in [p for p in mine if p not in keep]:
            del mine[place]
        write_metafields(call, product["id"], "PRODUCT", given["metafields"], ["input", "metafields"])
    _by_custom_id(call, product, identifier)
    store.touch(product)
    call.app.emit("products/update" if found else "products/create", product)
    return product


def _by_custom_id(call: Call, product: Row, identifier: Row | None) -> None:
    """A product made under a custom id can be found by it again."""
    custom = (identifier or {}).get("customId")
    if custom:
        row = {
            "namespace": custom.get("namespace"),
            "key": custom["key"],
            "type": "id",
            "value": custom["value"],
        }
        write_metafields(call, product["id"], "PRODUCT", [row], ["identifier", "customId"])


def _replace_variants(call: Call, product: Row, given: Row) -> None:
    """Variants that are not in the list go; the others are found by id, or by their options."""
    store = call.store
    options = []
    for row in sorted(given["productOptions"], key=lambda o: o.get("position") or 0):
        used = [
            v["name"]
            for variant in given["variants"]
            for v in variant["optionValues"]
            if v["optionName"] == row["name"]
        ]
        listed = [v["name"] for v in row.get("values") or []]
        options.append((row["name"], list(dict.fromkeys([*listed, *used]))))
    kept: list[Row] = []
    work: list[tuple[Row, Row, bool]] = []
    set_options(store, product, options)
    for row in given["variants"]:
        chosen = {v["optionName"]: v["name"] for v in row["optionValues"]}
        known = store.find(row.get("id"), "ProductVariant") or variant_by_options(store, product, chosen)
        fresh = known is None or known["_product"] != product["id"]
        variant = new_variant(store, product, chosen) if fresh or known is None else known
        variant["_chosen"] = chosen
        kept.append(variant)
        work.append((variant, row, fresh))
    for variant in [v for v in variants_of(store, product) if v not in kept]:
        remove_variant(store, product, variant)
    product["_variants"] = [v["id"] for v in kept]
    renumber(store, product)
    for variant, row, fresh in work:
        variant["title"] = variant_title(product, variant)
        write_variant(call, variant, row, fresh=fresh)
        if row.get("file"):
            variant["_media"] = []
            attach_files(call, product, [row["file"]], variant)


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
        _set_handle(call, product, given["handle"], redirect=bool(given.get("redirectNewHandle")))


def _set_handle(call: Call, product: Row, wanted: str, *, redirect: bool) -> None:
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
    product = _product(call, given.get("id"), ["id"])
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


def _product(call: Call, gid: str | None, path: list[str], code: str | None = None) -> Row:
    found = call.store.find(gid, "Product")
    if found is None:
        raise refuse(path, "Product does not exist", code)
    return found


@mutates("productDelete", scope="write_products")
def delete(call: Call, args: Row) -> Row:
    product = _product(call, args["input"]["id"], ["id"])
    remove_product(call.store, product)
    call.app.emit("products/delete", product)
    return {"deletedProductId": product["id"], "shop": None}


@mutates("productChangeStatus", scope="write_products")
def change_status(call: Call, args: Row) -> Row:
    product = _product(call, args["productId"], ["productId"], "PRODUCT_NOT_FOUND")
    product["status"] = args["status"]
    call.store.touch(product)
    call.app.emit("products/update", product)
    return {"product": product}


# Options.


@mutates("productOptionsCreate", scope="write_products")
def options_create(call: Call, args: Row) -> Row:
    product = _product(call, args["productId"], ["productId"], "PRODUCT_DOES_NOT_EXIST")
    names = {o["name"] for o in product["_options"]}
    for index, row in enumerate(args["options"]):
        if row["name"] in names:
            raise refuse(
                ["options", str(index)], f"Option '{row['name']}' already exists.", "OPTION_ALREADY_EXISTS"
            )
        if not row.get("values"):
            raise refuse(["options", str(index)], "Option values can't be empty", "OPTION_VALUES_MISSING")
    default = only_default(product)
    kept = [] if default else [(o["name"], [v["name"] for v in o["_values"]]) for o in product["_options"]]
    if len(kept) + len(args["options"]) > 3:
        raise refuse(["options"], "Can only specify a maximum of 3 options", "OPTIONS_OVER_LIMIT")
    added = [(o["name"], [v["name"] for v in o["values"]]) for o in args["options"]]
    set_options(call.store, product, [*kept, *added])
    for variant in variants_of(call.store, product):
        if default:
            variant["_chosen"] = {}
        variant["_chosen"].update({name: values[0] for name, values in added})
        variant["title"] = variant_title(product, variant)
    if args.get("variantStrategy") == "CREATE":
        _all_combinations(call, product)
    call.store.touch(product)
    call.app.emit("products/update", product)
    return {"product": product}


def only_default(product: Row) -> bool:
    return len(product["_options"]) == 1 and product["_options"][0]["name"] == "Title"


def _all_combinations(call: Call, product: Row) -> None:
    chosen: list[dict[str, str]] = [{}]
    for option in product["_options"]:
        chosen = [{**row, option["name"]: v["name"]} for row in chosen for v in option["_values"]]
    for row in chosen:
        if variant_by_options(call.store, product, row) is None:
            new_variant(call.store, product, row)


@mutates("productOptionUpdate", scope="write_products")
def option_update(call: Call, args: Row) -> Row:
    product = _product(call, args["productId"], ["productId"], "PRODUCT_DOES_NOT_EXIST")
    option = next((o for o in product["_options"] if o["id"] == args["option"]["id"]), None)
    if option is None:
        raise refuse(["option"], "Option does not exist", "OPTION_DOES_NOT_EXIST")
    variants = variants_of(call.store, product)
    if args["option"].get("name"):
        _rename_option(variants, option, args["option"]["name"])
    for row in args.get("optionValuesToAdd") or []:
        option["_values"].append({"id": call.store.gid("ProductOptionValue"), "name": row["name"]})
    for row in args.get("optionValuesToUpdate") or []:
        value = next((v for v in option["_values"] if v["id"] == row["id"]), None)
        if value is not None and row.get("name"):
            for variant in variants:
                if variant["_chosen"].get(option["name"]) == value["name"]:
                    variant["_chosen"][option["name"]] = row["name"]
            value["name"] = row["name"]
    gone = set(args.get("optionValuesToDelete") or [])
    used = {v["_chosen"].get(option["name"]) for v in variants}
    for value in [v for v in option["_values"] if v["id"] in gone]:
        if value["name"] in used:
            raise refuse(
                ["optionValuesToDelete"],
                "Cannot delete option values linked to variants",
                "CANNOT_DELETE_OPTION_VALUE_IN_USE",
            )
        option["_values"].remove(value)
    for variant in variants:
        variant["title"] = variant_title(product, variant)
    call.store.touch(product)
    call.app.emit("products/update", product)
    return {"product": product}


def _rename_option(variants: list[Row], option: Row, name: str) -> None:
    for variant in variants:
        variant["_chosen"] = {name if k == option["name"] else k: v for k, v in variant["_chosen"].items()}
    option["name"] = name


@mutates("productOptionsDelete", scope="write_products")
def options_delete(call: Call, args: Row) -> Row:
    product = _product(call, args["productId"], ["productId"], "PRODUCT_DOES_NOT_EXIST")
    gone = [o for o in product["_options"] if o["id"] in args["options"]]
    if len(gone) != len(args["options"]):
        raise refuse(["options"], "Option does not exist", "OPTION_DOES_NOT_EXIST")
    names = {o["name"] for o in gone}
    left = [
        (o["name"], [v["name"] for v in o["_values"]]) for o in product["_options"] if o["name"] not in names
    ]
    seen: list[dict[str, str]] = []
    for variant in variants_of(call.store, product):
        rest = {k: v for k, v in variant["_chosen"].items() if k not in names}
        if rest in seen:
            raise refuse(
                ["options"],
                "Cannot delete an option that leaves variants alike",
                "CANNOT_DELETE_OPTION_WITH_MULTIPLE_VALUES",
            )
        seen.append(rest)
    for variant in variants_of(call.store, product):
        variant["_chosen"] = {k: v for k, v in variant["_chosen"].items() if k not in names} or {
            "Title": "Default Title"
        }
    set_options(call.store, product, left or [("Title", ["Default Title"])])
    for variant in variants_of(call.store, product):
        variant["title"] = variant_title(product, variant)
    call.store.touch(product)
    return {"deletedOptionsIds": [o["id"] for o in gone], "product": product}


@mutates("productOptionsReorder", scope="write_products")
def options_reorder(call: Call, args: Row) -> Row:
    product = _product(call, args["productId"], ["productId"], "PRODUCT_DOES_NOT_EXIST")
    known = {o["name"]: o for o in product["_options"]} | {o["id"]: o for o in product["_options"]}
    order = []
    for row in args["options"]:
        option = known.get(row.get("id") or row.get("name"))
        if option is None:
            raise refuse(["options"], "Option does not exist", "OPTION_ID_DOES_NOT_EXIST")
        order.append((option["name"], [v["name"] for v in option["_values"]]))
    set_options(call.store, product, order)
    for variant in variants_of(call.store, product):
        variant["title"] = variant_title(product, variant)
    call.store.touch(product)
    return {"product": product}


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
