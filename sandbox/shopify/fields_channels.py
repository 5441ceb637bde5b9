"""Fields of sales channels."""

from sandbox.shopify.calls import Call, Row, resolves
from sandbox.shopify.connections import connection
from sandbox.shopify.state import number_of


@resolves("QueryRoot.publications", scope="read_publications")
def publications(call: Call, row: Row, args: Row) -> Row:
    return connection(call.store.rows("Publication"), args, key=lambda r: number_of(r["id"]))


@resolves("QueryRoot.publication", scope="read_publications")
def publication(call: Call, row: Row, args: Row) -> Row | None:
    return call.store.find(args["id"], "Publication")


@resolves("Publication.catalog")
def publication_catalog(call: Call, row: Row, args: Row) -> None:
    return None


@resolves("Publication.products")
def publication_products(call: Call, row: Row, args: Row) -> Row:
    rows = [p for p in call.store.rows("Product") if row["id"] in p["_publications"]]
    return connection(rows, args, key=lambda r: number_of(r["id"]))


@resolves("Publication.collections")
def publication_collections(call: Call, row: Row, args: Row) -> Row:
    rows = [p for p in call.store.rows("Collection") if row["id"] in p["_publications"]]
    return connection(rows, args, key=lambda r: number_of(r["id"]))


@resolves("Publication.hasCollection")
def has_collection(call: Call, row: Row, args: Row) -> bool:
    found = call.store.find(args["id"], "Collection")
    return bool(found and row["id"] in found["_publications"])


def _publishing(call: Call, row: Row, args: Row) -> list[Row]:
    shown = []
    for gid, date in row["_publications"].items():
        published = date <= call.now()
        if published or args.get("onlyPublished") is False:
            channel = call.store.tables["Publication"][gid]
            shown.append(
                {"isPublished": published, "publication": channel, "publishDate": date, "publishable": row}
            )
    return shown


@resolves(
    "Product.resourcePublications",
    "Product.resourcePublicationsV2",
    "Collection.resourcePublications",
    "Collection.resourcePublicationsV2",
)
def resource_publications(call: Call, row: Row, args: Row) -> Row:
    return connection(_publishing(call, row, args), args)


@resolves("Product.availablePublicationsCount", "Collection.availablePublicationsCount")
def publications_count(call: Call, row: Row, args: Row) -> Row:
    return {"count": len(_publishing(call, row, args)), "precision": "EXACT"}


@resolves("Product.publishedOnPublication", "Collection.publishedOnPublication")
def published_on(call: Call, row: Row, args: Row) -> bool:
    date = row["_publications"].get(args["publicationId"])
    return date is not None and date <= call.now()
