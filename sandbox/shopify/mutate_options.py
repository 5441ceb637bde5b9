"""Mutations of options and their values."""

from sandbox.shopify.calls import Call, Row, mutates, refuse
from sandbox.shopify.mutate_products import product_or_refuse
from sandbox.shopify.product_rows import (
    new_variant,
    set_options,
    variant_by_options,
    variant_title,
    variants_of,
)


@mutates("productOptionsCreate", scope="write_products")
def options_create(call: Call, args: Row) -> Row:
    product = product_or_refuse(call, args["productId"], ["productId"], "PRODUCT_DOES_NOT_EXIST")
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
    product = product_or_refuse(call, args["productId"], ["productId"], "PRODUCT_DOES_NOT_EXIST")
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
    product = product_or_refuse(call, args["productId"], ["productId"], "PRODUCT_DOES_NOT_EXIST")
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
    product = product_or_refuse(call, args["productId"], ["productId"], "PRODUCT_DOES_NOT_EXIST")
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
