"""productSet: a whole product at once, its lists authoritative."""

from sandbox.shopify.calls import Call, Refused, Row, mutates, refuse, user_error
from sandbox.shopify.fields_metafields import app_namespace
from sandbox.shopify.fields_products import identified
from sandbox.shopify.mutate_files import attach_files
from sandbox.shopify.mutate_products import MOST_QUANTITIES, set_handle, write_fields
from sandbox.shopify.mutate_texts import check_metafield, write_metafields
from sandbox.shopify.mutate_variants import check_variant, guard_day_cap, write_variant
from sandbox.shopify.product_rows import (
    new_product,
    new_variant,
    remove_variant,
    renumber,
    set_options,
    variant_by_options,
    variant_title,
    variants_of,
)


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
    _check_plain(call, given, found, errors)
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


def _check_plain(call: Call, given: Row, found: Row | None, errors: list[Row]) -> None:
    """What would stop the work half-way is looked at before it begins."""
    owner = found["id"] if found else ""
    handle, category = given.get("handle"), given.get("category")
    if handle and call.store.handles.get(f"products/{handle}", owner) != owner:
        text = f"Handle '{handle}' already in use. Please provide a new handle."
        errors.append(user_error(["input", "handle"], text, "HANDLE_NOT_UNIQUE"))
    if category and call.store.find(category, "TaxonomyCategory") is None:
        text = "The specified product category does not exist"
        errors.append(user_error(["input", "category"], text, "PRODUCT_CATEGORY_INVALID"))
    for index, row in enumerate(given.get("metafields") or []):
        try:
            check_metafield(call, owner, "PRODUCT", row, ["input", "metafields", str(index)])
        except Refused as refusal:
            errors += [{**e, "code": "INVALID_METAFIELD"} for e in refusal.errors]


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
        set_handle(call, product, identifier["handle"], redirect=False)
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
