"""Mutations of price lists: fixed prices, tiers and rules by quantity."""

from collections.abc import Iterable

from sandbox.shopify.calls import Call, Refused, Row, mutates, refuse, user_error
from sandbox.shopify.money import decimal_of
from sandbox.shopify.prices import list_price


def _list(call: Call, gid: str) -> Row:
    found = call.store.find(gid, "PriceList")
    if found is None:
        raise refuse(["priceListId"], "Price list does not exist.", "PRICE_LIST_NOT_FOUND")
    return found


def _check(call: Call, price_list: Row, rows: Iterable[Row], field: str) -> list[Row]:
    errors: list[Row] = []
    for index, row in enumerate(rows):
        path = [field, str(index)]
        variant = call.store.find(row["variantId"], "ProductVariant")
        if variant is None or call.app.refuses(variant["sku"], variant["id"]):
            errors.append(user_error([*path, "variantId"], "Variant does not exist.", "VARIANT_NOT_FOUND"))
        for name in ("price", "compareAtPrice"):
            given = row.get(name)
            if given is None:
                continue
            if given["currencyCode"] != price_list["currency"]:
                errors.append(
                    user_error(
                        [*path, name, "currencyCode"],
                        "The specified currency does not match the price list's currency.",
                        "PRICE_LIST_CURRENCY_MISMATCH",
                    )
                )
            elif decimal_of(given["amount"]) < 0:
                errors.append(
                    user_error([*path, name, "amount"], "Price must be greater than or equal to 0", None)
                )
    return errors


def _put(price_list: Row, rows: Iterable[Row]) -> None:
    for row in rows:
        before = row.get("compareAtPrice")
        price_list["_prices"][row["variantId"]] = {
            "price": decimal_of(row["price"]["amount"]),
            "compareAtPrice": None if before is None else decimal_of(before["amount"]),
        }


def _shown(call: Call, price_list: Row, rows: Iterable[Row]) -> list[Row]:
    table = call.store.tables["ProductVariant"]
    return [list_price(call.store, price_list, table[row["variantId"]]) for row in rows]


@mutates("priceListFixedPricesAdd", scope="write_products")
def add(call: Call, args: Row) -> Row:
    price_list = _list(call, args["priceListId"])
    errors = _check(call, price_list, args["prices"], "prices")
    if errors:
        raise Refused(*errors)
    _put(price_list, args["prices"])
    call.app.counters.rows("/graphql/priceListFixedPricesAdd", "set", len(args["prices"]))
    return {"prices": _shown(call, price_list, args["prices"])}


@mutates("priceListFixedPricesUpdate", scope="write_products")
def update(call: Call, args: Row) -> Row:
    price_list = _list(call, args["priceListId"])
    errors = _check(call, price_list, args["pricesToAdd"], "pricesToAdd")
    errors += _not_fixed(price_list, args["variantIdsToDelete"], "variantIdsToDelete")
    if errors:
        raise Refused(*errors)
    for gid in args["variantIdsToDelete"]:
        price_list["_prices"].pop(gid, None)
    _put(price_list, args["pricesToAdd"])
    call.app.counters.rows("/graphql/priceListFixedPricesUpdate", "set", len(args["pricesToAdd"]))
    return {
        "priceList": price_list,
        "pricesAdded": _shown(call, price_list, args["pricesToAdd"]),
        "deletedFixedPriceVariantIds": args["variantIdsToDelete"],
    }


def _not_fixed(price_list: Row, ids: list[str], field: str) -> list[Row]:
    return [
        user_error([field, str(i)], "Only fixed prices can be deleted.", "PRICE_NOT_FIXED")
        for i, gid in enumerate(ids)
        if gid not in price_list["_prices"]
    ]


@mutates("priceListFixedPricesDelete", scope="write_products")
def delete(call: Call, args: Row) -> Row:
    price_list = _list(call, args["priceListId"])
    errors = _not_fixed(price_list, args["variantIds"], "variantIds")
    if errors:
        raise Refused(*errors)
    for gid in args["variantIds"]:
        price_list["_prices"].pop(gid, None)
    return {"deletedFixedPriceVariantIds": args["variantIds"]}


@mutates("priceListFixedPricesByProductUpdate", scope="write_products")
def by_product(call: Call, args: Row) -> Row:
    """One price for every variant of a product."""
    price_list = _list(call, args["priceListId"])
    added, gone = [], []
    for index, row in enumerate(args.get("pricesToAdd") or []):
        product = call.store.find(row["productId"], "Product")
        if product is None:
            raise refuse(
                ["pricesToAdd", str(index), "productId"], "Product does not exist.", "PRODUCT_DOES_NOT_EXIST"
            )
        rows = [{**row, "variantId": gid} for gid in product["_variants"]]
        errors = _check(call, price_list, rows[:1], "pricesToAdd")
        if errors:
            raise Refused(*errors)
        _put(price_list, rows)
        added.append(product)
    for gid in args.get("pricesToDeleteByProductIds") or []:
        product = call.store.find(gid, "Product")
        if product is not None:
            for variant in product["_variants"]:
                price_list["_prices"].pop(variant, None)
            gone.append(product)
    return {"priceList": price_list, "pricesToAddProducts": added, "pricesToDeleteProducts": gone}


@mutates("priceListUpdate", scope="write_products")
def update_list(call: Call, args: Row) -> Row:
    price_list = call.store.find(args["id"], "PriceList")
    if price_list is None:
        raise refuse(["id"], "Price list does not exist.", "PRICE_LIST_NOT_FOUND")
    given = args["input"]
    if given.get("currency") and given["currency"] != price_list["currency"]:
        price_list["currency"] = given["currency"]
        price_list["_prices"].clear()
        price_list["_breaks"].clear()
    if given.get("name"):
        price_list["name"] = given["name"]
    adjustment = (given.get("parent") or {}).get("adjustment")
    if adjustment:
        price_list["parent"]["adjustment"] = {"type": adjustment["type"], "value": float(adjustment["value"])}
    return {"priceList": price_list}


@mutates("quantityPricingByVariantUpdate", scope="write_products")
def tiers(call: Call, args: Row) -> Row:
    """Fixed prices, price breaks and quantity rules of B2B lists, all or nothing."""
    price_list = call.store.find(args["priceListId"], "PriceList")
    if price_list is None:
        raise refuse(["priceListId"], "Price list not found.", "PRICE_LIST_NOT_FOUND")
    given = args["input"]
    errors = _check_tiers(call, price_list, given)
    if errors:
        raise Refused(*errors)
    changed: dict[str, None] = dict.fromkeys(given["pricesToDeleteByVariantId"])
    for gid in given["pricesToDeleteByVariantId"]:
        price_list["_prices"].pop(gid, None)
    _put(price_list, given["pricesToAdd"])
    breaks = price_list["_breaks"]
    for gid in given["quantityPriceBreaksToDelete"]:
        breaks.pop(gid, None)
    for gid in given.get("quantityPriceBreaksToDeleteByVariantId") or []:
        for key in [k for k, b in breaks.items() if b["_variant"] == gid]:
            del breaks[key]
    for row in given["quantityPriceBreaksToAdd"]:
        _put_break(call, price_list, row)
    for gid in given["quantityRulesToDeleteByVariantId"]:
        price_list["_rules"].pop(gid, None)
    for row in given["quantityRulesToAdd"]:
        price_list["_rules"][row["variantId"]] = {
            "increment": row["increment"],
            "minimum": row["minimum"],
            "maximum": row.get("maximum"),
            "isDefault": False,
            "originType": "FIXED",
            "_variant": row["variantId"],
        }
    for name in ("pricesToAdd", "quantityPriceBreaksToAdd", "quantityRulesToAdd"):
        changed |= dict.fromkeys(row["variantId"] for row in given[name])
    table = call.store.tables["ProductVariant"]
    return {"productVariants": [table[gid] for gid in changed if gid in table]}


def _put_break(call: Call, price_list: Row, row: Row) -> None:
    breaks = price_list["_breaks"]
    same = (
        k
        for k, b in breaks.items()
        if b["_variant"] == row["variantId"] and b["minimumQuantity"] == row["minimumQuantity"]
    )
    gid = next(same, None) or call.store.gid("QuantityPriceBreak")
    breaks[gid] = {
        "id": gid,
        "minimumQuantity": row["minimumQuantity"],
        "_amount": decimal_of(row["price"]["amount"]),
        "_variant": row["variantId"],
        "_list": price_list["id"],
    }


def _check_tiers(call: Call, price_list: Row, given: Row) -> list[Row]:
    errors: list[Row] = []
    for field, start in (
        ("pricesToAdd", "PRICE_ADD"),
        ("quantityPriceBreaksToAdd", "QUANTITY_PRICE_BREAK_ADD"),
    ):
        for row in _check(call, price_list, given[field], field):
            code = {
                "VARIANT_NOT_FOUND": f"{start}_VARIANT_NOT_FOUND",
                "PRICE_LIST_CURRENCY_MISMATCH": f"{start}_CURRENCY_MISMATCH",
            }.get(row["code"], "GENERIC_ERROR")
            errors.append(user_error(["input", *row["field"]], row["message"], code))
    fixed = {*price_list["_prices"], *(r["variantId"] for r in given["pricesToAdd"])}
    for index, row in enumerate(given["quantityPriceBreaksToAdd"]):
        if row["variantId"] not in fixed:
            errors.append(
                user_error(
                    ["input", "quantityPriceBreaksToAdd", str(index)],
                    "A fixed price is needed before price breaks can be added.",
                    "QUANTITY_PRICE_BREAK_ADD_PRICE_LIST_PRICE_NOT_FOUND",
                )
            )
    for index, row in enumerate(given["quantityRulesToAdd"]):
        path = ["input", "quantityRulesToAdd", str(index)]
        if row["minimum"] % row["increment"]:
            errors.append(
                user_error(
                    path,
                    "Minimum must be a multiple of the increment.",
                    "QUANTITY_RULE_ADD_MINIMUM_NOT_A_MULTIPLE_OF_INCREMENT",
                )
            )
    return errors
