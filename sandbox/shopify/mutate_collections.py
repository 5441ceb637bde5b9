"""Mutations of collections: the older calls, and the sources of 2026-07."""

from sandbox.shopify.calls import Call, Row, mutates, refuse
from sandbox.shopify.collections import new_collection, products_of
from sandbox.shopify.fields_shop import new_job
from sandbox.shopify.mutate_texts import write_metafields


def _collection(call: Call, gid: str | None, path: list[str], code: str | None = None) -> Row:
    found = call.store.find(gid, "Collection")
    if found is None:
        raise refuse(path, "Collection does not exist", code)
    return found


def _by_hand(row: Row, path: list[str], code: str | None = None) -> None:
    if row["_rules"]:
        raise refuse(path, "Can't manually add products to a smart collection", code)


def _products(call: Call, ids: list[str], path: list[str]) -> list[str]:
    for gid in ids:
        if call.store.find(gid, "Product") is None:
            raise refuse(path, f"Product {gid} does not exist", "INVALID")
    return ids


def _write(call: Call, row: Row, given: Row) -> None:
    for name in ("title", "descriptionHtml", "sortOrder"):
        if given.get(name) is not None:
            row[name] = given[name]
    if given.get("seo") is not None:
        row["seo"] = {**row["seo"], **given["seo"]}
    if given.get("handle") and given["handle"] != row["handle"]:
        if call.store.handles.get(f"collections/{given['handle']}", row["id"]) != row["id"]:
            raise refuse(["handle"], "Handle has already been taken")
        call.store.handles.pop(f"collections/{row['handle']}", None)
        row["handle"] = given["handle"]
        call.store.handles[f"collections/{row['handle']}"] = row["id"]
    if given.get("image"):
        row["image"] = {
            "id": call.store.gid("CollectionImage"),
            "altText": given["image"].get("altText"),
            "url": given["image"].get("src"),
        }
    write_metafields(call, row["id"], "COLLECTION", given.get("metafields") or [], ["metafields"])


def _rules(given: Row) -> Row | None:
    rules = given.get("ruleSet")
    if not rules or not rules.get("rules"):
        return None
    return {"appliedDisjunctively": rules["appliedDisjunctively"], "rules": rules["rules"]}


@mutates("collectionCreate", scope="write_products")
def create(call: Call, args: Row) -> Row:
    given = args.get("collection") or args.get("input") or {}
    if not (given.get("title") or "").strip():
        raise refuse(["title"], "Title can't be blank")
    members = _products(call, given.get("products") or [], ["products"])
    for source in given.get("sources") or []:
        inclusion = (source.get("source") or {}).get("inclusion") or {}
        members += [s["productId"] for s in inclusion.get("selections") or []]
    _products(call, members, ["collection", "sources"])
    row = new_collection(call.store, given["title"], _rules=_rules(given))
    if members:
        _by_hand(row, ["products"])
    _write(call, row, {k: v for k, v in given.items() if k != "title"})
    row["_products"] = dict.fromkeys(members)
    call.app.emit("collections/create", row)
    return {"collection": row}


@mutates("collectionUpdate", scope="write_products")
def update(call: Call, args: Row) -> Row:
    given = args.get("collection") or args.get("input") or {}
    row = _collection(call, given.get("id"), ["id"])
    if "title" in given and not (given["title"] or "").strip():
        raise refuse(["title"], "Title can't be blank")
    _write(call, row, given)
    if given.get("ruleSet") is not None:
        row["_rules"] = _rules(given)
    if given.get("products") is not None:
        _by_hand(row, ["products"])
        row["_products"] = dict.fromkeys(_products(call, given["products"], ["products"]))
    for index, source in enumerate(given.get("sourcesToUpdate") or []):
        _update_source(call, row, source, ["collection", "sourcesToUpdate", str(index)])
    call.store.touch(row)
    call.app.emit("collections/update", row)
    return {"collection": row, "job": None}


def _update_source(call: Call, row: Row, source: Row, path: list[str]) -> None:
    condition = source.get("condition") or {}
    if condition.get("id") != row["_source"]:
        raise refuse([*path, "condition", "id"], "Source does not exist")
    _by_hand(row, path)
    inclusion = condition.get("inclusion") or {}
    added = [s["productId"] for s in inclusion.get("selectionsToAdd") or []]
    for gid in _products(call, added, [*path, "condition", "inclusion", "selectionsToAdd"]):
        row["_products"][gid] = None
    for selection in inclusion.get("selectionsToRemove") or []:
        row["_products"].pop(selection["productId"], None)


@mutates("collectionDelete", scope="write_products")
def delete(call: Call, args: Row) -> Row:
    row = _collection(call, args["input"]["id"], ["id"])
    call.store.handles.pop(f"collections/{row['handle']}", None)
    call.store.drop(row)
    call.app.emit("collections/delete", row)
    return {"deletedCollectionId": row["id"]}


@mutates("collectionAddProducts", scope="write_products")
def add_products(call: Call, args: Row) -> Row:
    row = _collection(call, args["id"], ["id"])
    _by_hand(row, ["id"])
    ids = _products(call, args["productIds"], ["productIds"])
    if any(gid in row["_products"] for gid in ids):
        raise refuse(
            ["productIds"], "Error adding product to collection: Product is already in the collection"
        )
    _join(call, row, ids)
    return {"collection": row}


def _join(call: Call, row: Row, ids: list[str]) -> None:
    for gid in ids:
        row["_products"][gid] = None
    call.store.touch(row)
    call.app.emit("collections/update", row)


@mutates("collectionAddProductsV2", scope="write_products")
def add_products_later(call: Call, args: Row) -> Row:
    row = _collection(call, args["id"], ["id"], "COLLECTION_DOES_NOT_EXIST")
    _by_hand(row, ["id"], "CANT_ADD_TO_SMART_COLLECTION")
    _join(call, row, _products(call, args["productIds"], ["productIds"]))
    return {"job": new_job(call)}


@mutates("collectionRemoveProducts", scope="write_products")
def remove_products(call: Call, args: Row) -> Row:
    row = _collection(call, args["id"], ["id"])
    if row["_rules"]:
        raise refuse(["id"], "Can't manually remove products from a smart collection")
    for gid in args["productIds"]:
        row["_products"].pop(gid, None)
    call.store.touch(row)
    call.app.emit("collections/update", row)
    return {"job": new_job(call)}


@mutates("collectionReorderProducts", scope="write_products")
def reorder(call: Call, args: Row) -> Row:
    row = _collection(call, args["id"], ["id"], "COLLECTION_NOT_FOUND")
    if row["sortOrder"] != "MANUAL":
        raise refuse(
            ["id"],
            "Can't reorder products unless collection is manually sorted",
            "MANUALLY_SORTED_COLLECTION",
        )
    order = [p["id"] for p in products_of(call.store, row)]
    for move in args["moves"]:
        if move["id"] in order:
            order.remove(move["id"])
            order.insert(int(move["newPosition"]), move["id"])
    row["_products"] = dict.fromkeys(order)
    return {"job": new_job(call)}
