"""Fields of inventory items, levels and adjustment groups."""

from sandbox.shopify.calls import Call, Row, resolves
from sandbox.shopify.connections import connection, searched
from sandbox.shopify.money import money
from sandbox.shopify.search import Fields
from sandbox.shopify.state import QUANTITIES, number_of

ITEM_FIELDS: Fields = {
    "default": ("text", lambda r: r["sku"]),
    "id": ("id", lambda r: r["id"]),
    "sku": ("text", lambda r: r["sku"]),
    "created_at": ("time", lambda r: r["createdAt"]),
    "updated_at": ("time", lambda r: r["updatedAt"]),
}


@resolves("QueryRoot.inventoryItems", scope="read_inventory")
def items(call: Call, row: Row, args: Row) -> Row:
    return searched(call, call.store.rows("InventoryItem"), args, ITEM_FIELDS, {})


@resolves("QueryRoot.inventoryItem", scope="read_inventory")
def item(call: Call, row: Row, args: Row) -> Row | None:
    return call.store.find(args["id"], "InventoryItem")


@resolves("QueryRoot.inventoryLevel", scope="read_inventory")
def level(call: Call, row: Row, args: Row) -> Row | None:
    wanted = args["id"]
    for at in call.store.levels.values():
        for found in at.values():
            if found["id"] == wanted:
                return found
    return None


@resolves("InventoryItem.unitCost")
def unit_cost(call: Call, row: Row, args: Row) -> Row | None:
    return None if row["_cost"] is None else money(row["_cost"], call.options.currency)


@resolves("InventoryItem.measurement")
def measurement(call: Call, row: Row, args: Row) -> Row:
    return {"id": f"gid://shopify/InventoryItemMeasurement/{number_of(row['id'])}", "weight": row["_weight"]}


@resolves("InventoryItem.variant")
def item_variant(call: Call, row: Row, args: Row) -> Row | None:
    return call.store.find(row["_variant"], "ProductVariant")


@resolves("InventoryItem.variants")
def item_variants(call: Call, row: Row, args: Row) -> Row:
    found = item_variant(call, row, {})
    return connection([found] if found else [], args)


@resolves("InventoryItem.duplicateSkuCount")
def duplicates(call: Call, row: Row, args: Row) -> int:
    return max(0, len(call.store.skus.get(row["sku"] or "", [])) - 1)


@resolves("InventoryItem.trackedEditable")
def tracked_editable(call: Call, row: Row, args: Row) -> Row:
    return {"locked": False, "reason": None}


@resolves("InventoryItem.inventoryLevels")
def item_levels(call: Call, row: Row, args: Row) -> Row:
    rows = [
        r
        for r in call.store.levels.get(row["id"], {}).values()
        if r["isActive"] or args.get("includeInactive")
    ]
    return connection(rows, args, key=lambda r: number_of(r["id"]))


@resolves("InventoryItem.locationsCount")
def locations_count(call: Call, row: Row, args: Row) -> Row:
    count = sum(r["isActive"] for r in call.store.levels.get(row["id"], {}).values())
    return {"count": count, "precision": "EXACT"}


@resolves("InventoryItem.inventoryLevel")
def item_level(call: Call, row: Row, args: Row) -> Row | None:
    return _shown(call.store.level(row["id"], args["locationId"]), args)


@resolves("Location.inventoryLevel")
def location_level(call: Call, row: Row, args: Row) -> Row | None:
    return _shown(call.store.level(args["inventoryItemId"], row["id"]), args)


def _shown(found: Row | None, args: Row) -> Row | None:
    return found if found and (found["isActive"] or args.get("includeInactive")) else None


@resolves("Location.inventoryLevels")
def location_levels(call: Call, row: Row, args: Row) -> Row:
    rows = [
        at[row["id"]]
        for at in call.store.levels.values()
        if row["id"] in at and (at[row["id"]]["isActive"] or args.get("includeInactive"))
    ]
    fields: Fields = {
        "updated_at": ("time", lambda r: r["updatedAt"]),
        "inventory_item_id": ("id", lambda r: r["_item"]),
    }
    return searched(call, rows, args, fields, {})


@resolves("InventoryLevel.item")
def level_item(call: Call, row: Row, args: Row) -> Row:
    return call.store.tables["InventoryItem"][row["_item"]]


@resolves("InventoryLevel.location")
def level_location(call: Call, row: Row, args: Row) -> Row:
    return call.store.tables["Location"][row["_location"]]


@resolves("InventoryLevel.canDeactivate")
def can_deactivate(call: Call, row: Row, args: Row) -> bool:
    return bool(row["_q"]["committed"] == 0)


@resolves("InventoryLevel.quantities")
def quantities(call: Call, row: Row, args: Row) -> list[Row]:
    """The named quantities; an unknown name is left out."""
    return [
        {
            "id": f"gid://shopify/InventoryQuantity/{number_of(row['id'])}?name={name}",
            "name": name,
            "quantity": row["_q"][name],
            "updatedAt": row["_at"].get(name),
        }
        for name in args["names"]
        if name in QUANTITIES
    ]


@resolves("InventoryAdjustmentGroup.changes")
def changes(call: Call, row: Row, args: Row) -> list[Row]:
    rows: list[Row] = row["_changes"]
    items_, places, names = args.get("inventoryItemIds"), args.get("locationIds"), args.get("quantityNames")
    return [
        r
        for r in rows
        if (not items_ or r["_item"] in items_)
        and (not places or r["_location"] in places)
        and (not names or r["name"] in names)
    ]


@resolves("InventoryAdjustmentGroup.app")
def group_app(call: Call, row: Row, args: Row) -> Row | None:
    return None


@resolves("InventoryChange.item")
def change_item(call: Call, row: Row, args: Row) -> Row | None:
    return call.store.find(row["_item"])


@resolves("InventoryChange.location")
def change_location(call: Call, row: Row, args: Row) -> Row | None:
    return call.store.find(row["_location"])
