"""Collections: flat, by hand or by rules."""

from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.shopify.calls import Row
from sandbox.shopify.product_rows import available_of, variants_of
from sandbox.shopify.state import Store


def new_collection(store: Store, title: str, **fields: Any) -> Row:
    gid = store.gid("Collection")
    handle = fields.pop("handle", "") or store.unique_handle(title, gid, "collections")
    store.handles[f"collections/{handle}"] = gid
    row = store.add(
        "Collection",
        id=gid,
        title=title,
        handle=handle,
        descriptionHtml="",
        sortOrder="BEST_SELLING",
        seo={"title": None, "description": None},
        templateSuffix=None,
        image=None,
        _rules=None,
        _products={},
        _source=store.gid("CollectionConditionsSource"),
        _publications={
            p["id"]: store.now() for p in store.tables["Publication"].values() if p["autoPublish"]
        },
    )
    row.update(fields)
    return row


def products_of(store: Store, collection: Row) -> list[Row]:
    if collection["_rules"]:
        return [p for p in store.rows("Product") if in_smart(store, collection, p)]
    table = store.tables["Product"]
    return [table[gid] for gid in collection["_products"] if gid in table]


def sources_of(collection: Row) -> list[Row]:
    """The hand-picked membership as the newer API sees it: one source with one inclusion."""
    inclusion = {"matchType": "ANY", "_products": list(collection["_products"])}
    return [
        {
            "__typename": "CollectionConditionsSource",
            "id": collection["_source"],
            "title": collection["title"],
            "description": None,
            "inclusion": inclusion,
        }
    ]


def in_smart(store: Store, collection: Row, product: Row) -> bool:
    rules = collection["_rules"]
    if not rules:
        return False
    found = [_holds(store, rule, product) for rule in rules["rules"]]
    return any(found) if rules["appliedDisjunctively"] else bool(found) and all(found)


def _holds(store: Store, rule: Row, product: Row) -> bool:
    column, relation, wanted = rule["column"], rule["relation"], str(rule["condition"])
    variants = variants_of(store, product)
    values: list[Any] = {
        "TITLE": [product["title"]],
        "TYPE": [product["productType"]],
        "VENDOR": [product["vendor"]],
        "TAG": product["tags"],
        "VARIANT_TITLE": [v["title"] for v in variants],
        "VARIANT_PRICE": [v["price"] for v in variants],
        "VARIANT_COMPARE_AT_PRICE": [v["compareAtPrice"] for v in variants if v["compareAtPrice"]],
        "VARIANT_INVENTORY": [available_of(store, v) for v in variants],
    }.get(column, [])
    return any(_compare(str(value), relation, wanted) for value in values)


def _compare(value: str, relation: str, wanted: str) -> bool:
    left, right = value.lower(), wanted.lower()
    if relation in ("GREATER_THAN", "LESS_THAN"):
        try:
            difference = Decimal(value) - Decimal(wanted)
        except InvalidOperation:
            return False
        return difference > 0 if relation == "GREATER_THAN" else difference < 0
    return {
        "EQUALS": left == right,
        "NOT_EQUALS": left != right,
        "CONTAINS": right in left,
        "NOT_CONTAINS": right not in left,
        "STARTS_WITH": left.startswith(right),
        "ENDS_WITH": left.endswith(right),
        "IS_SET": bool(left),
        "IS_NOT_SET": not left,
    }.get(relation, False)
