"""Fields of collections."""

from sandbox.shopify.calls import Call, Row, resolves
from sandbox.shopify.collections import products_of, sources_of
from sandbox.shopify.connections import connection, filtered, searched
from sandbox.shopify.fields_products import identified
from sandbox.shopify.search import Fields
from sandbox.shopify.state import number_of

COLLECTION_FIELDS: Fields = {
    "default": ("text", lambda r: r["title"]),
    "id": ("id", lambda r: r["id"]),
    "title": ("text", lambda r: r["title"]),
    "handle": ("word", lambda r: r["handle"]),
    "updated_at": ("time", lambda r: r["updatedAt"]),
    "collection_type": ("word", lambda r: "smart" if r["_rules"] else "custom"),
}


@resolves("QueryRoot.collections", scope="read_products")
def collections(call: Call, row: Row, args: Row) -> Row:
    sorts = {
        "TITLE": lambda r: r["title"].lower(),
        "UPDATED_AT": lambda r: r["updatedAt"],
        "ID": lambda r: number_of(r["id"]),
    }
    return searched(call, call.store.rows("Collection"), args, COLLECTION_FIELDS, sorts)


@resolves("QueryRoot.collectionsCount", scope="read_products")
def collections_count(call: Call, row: Row, args: Row) -> Row:
    found = filtered(call, call.store.rows("Collection"), args.get("query"), COLLECTION_FIELDS)
    return {"count": len(found), "precision": "EXACT"}


@resolves("QueryRoot.collection", scope="read_products")
def collection(call: Call, row: Row, args: Row) -> Row | None:
    return call.store.find(args["id"], "Collection")


@resolves("QueryRoot.collectionByIdentifier", scope="read_products")
def collection_by_identifier(call: Call, row: Row, args: Row) -> Row | None:
    return identified(call, "Collection", args["identifier"])


@resolves("Collection.products")
def collection_products(call: Call, row: Row, args: Row) -> Row:
    return connection(products_of(call.store, row), args)


@resolves("Collection.productsCount")
def collection_products_count(call: Call, row: Row, args: Row) -> Row:
    return {"count": len(products_of(call.store, row)), "precision": "EXACT"}


@resolves("Collection.hasProduct")
def has_product(call: Call, row: Row, args: Row) -> bool:
    return any(p["id"] == args["id"] for p in products_of(call.store, row))


@resolves("Collection.ruleSet")
def rule_set(call: Call, row: Row, args: Row) -> Row | None:
    found: Row | None = row["_rules"]
    return found


@resolves("Collection.sources")
def collection_sources(call: Call, row: Row, args: Row) -> list[Row]:
    return sources_of(row)


@resolves("CollectionSourceInclusion.selections")
def selections(call: Call, row: Row, args: Row) -> Row:
    table = call.store.tables["Product"]
    return connection([{"product": table[gid]} for gid in row["_products"] if gid in table], args)
