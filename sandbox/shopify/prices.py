"""Price lists of markets and companies: what they say, and what a buyer in a context pays."""

from decimal import Decimal

from sandbox.shopify.calls import Row
from sandbox.shopify.money import money, rounded
from sandbox.shopify.state import Store


def list_price(store: Store, price_list: Row, variant: Row) -> Row:
    """Price of a variant in a list: fixed, or the base price with the list's percentage."""
    fixed = price_list["_prices"].get(variant["id"])
    code = price_list["currency"]
    if fixed:
        before = fixed["compareAtPrice"]
        return {
            "price": money(fixed["price"], code),
            "compareAtPrice": None if before is None else money(before, code),
            "originType": "FIXED",
            "_variant": variant["id"],
            "_list": price_list["id"],
        }
    rate = store.options.presentment.get(code, Decimal(1)) if code != store.options.currency else Decimal(1)
    adjustment = price_list["parent"]["adjustment"]
    sign = -1 if adjustment["type"] == "PERCENTAGE_DECREASE" else 1
    factor = 1 + sign * Decimal(str(adjustment["value"])) / 100
    places = store.options.zeros(code)
    before = variant["compareAtPrice"]
    return {
        "price": money(rounded(Decimal(variant["price"]) * factor * rate, places), code),
        "compareAtPrice": None
        if before is None
        else money(rounded(Decimal(before) * factor * rate, places), code),
        "originType": "RELATIVE",
        "_variant": variant["id"],
        "_list": price_list["id"],
    }


def price_in_context(store: Store, variant: Row, context: Row) -> Row:
    found = _list_for(store, context)
    if found is not None:
        return list_price(store, found, variant)
    code = store.options.currency
    before = variant["compareAtPrice"]
    return {
        "price": money(Decimal(variant["price"]), code),
        "compareAtPrice": None if before is None else money(Decimal(before), code),
    }


def _list_for(store: Store, context: Row) -> Row | None:
    place, country = context.get("companyLocationId"), context.get("country")
    for catalog in store.rows("CompanyLocationCatalog"):
        if place and place in catalog["_locations"]:
            return store.find(catalog["_price_list"])
    for catalog in store.rows("MarketCatalog"):
        markets = [store.tables["Market"][gid] for gid in catalog["_markets"]]
        if country and any(m["_country"] == country for m in markets):
            return store.find(catalog["_price_list"])
    return None
