"""Mutations that stock items at locations, and of items and locations themselves."""

from collections.abc import Callable

from sandbox.shopify.calls import Call, Row, mutates, refuse
from sandbox.shopify.idempotency import once
from sandbox.shopify.money import decimal_of


@mutates("inventoryActivate", scope="write_inventory")
def activate(call: Call, args: Row) -> Row:
    return once(call, "inventoryActivate", args, lambda: _activate(call, args))


def _activate(call: Call, args: Row) -> Row:
    item = call.store.find(args["inventoryItemId"], "InventoryItem")
    place = call.store.find(args["locationId"], "Location")
    if item is None:
        raise refuse(
            ["inventoryItemId"], "The product couldn't be stocked because it wasn't found.", "NOT_FOUND"
        )
    if place is None or not place["isActive"]:
        raise refuse(
            ["locationId"], "The product couldn't be stocked because the location wasn't found.", "NOT_FOUND"
        )
    old = call.store.level(item["id"], place["id"])
    if old is not None and old["isActive"]:
        if args.get("available") is not None:
            raise refuse(
                ["available"],
                "Not allowed to set available quantity when the item is already active at the location.",
            )
        return {"inventoryLevel": old}
    kept = old["_q"]["available"] if old else 0
    amount = args.get("available", args.get("onHand"))
    level = call.store.open_level(item["id"], place["id"], kept if amount is None else amount)
    call.app.emit("inventory_levels/connect", level)
    return {"inventoryLevel": level}


@mutates("inventoryDeactivate", scope="write_inventory")
def deactivate(call: Call, args: Row) -> Row:
    for at in call.store.levels.values():
        for level in at.values():
            if level["id"] == args["inventoryLevelId"]:
                _deactivate(call, level)
                return {}
    raise refuse(None, "The inventory level couldn't be found.")


def _deactivate(call: Call, level: Row) -> None:
    """Since 2026-04 quantities survive."""
    if level["_q"]["committed"]:
        raise refuse(None, "The product couldn't be unstocked because it has committed inventory.")
    active = [r for r in call.store.levels[level["_item"]].values() if r["isActive"]]
    if len(active) == 1:
        raise refuse(None, "The product couldn't be unstocked because it must be stocked at a location.")
    level["isActive"] = False
    level["updatedAt"] = call.now()
    call.app.emit("inventory_levels/disconnect", level)


@mutates("inventoryBulkToggleActivation", scope="write_inventory")
def toggle(call: Call, args: Row) -> Row:
    item = call.store.find(args["inventoryItemId"], "InventoryItem")
    if item is None:
        raise refuse(["inventoryItemId"], "The inventory item couldn't be found.", "GENERIC_ERROR")
    levels = []
    for index, row in enumerate(args["inventoryItemUpdates"]):
        path = ["inventoryItemUpdates", str(index), "locationId"]
        place = call.store.find(row["locationId"], "Location")
        if place is None or not place["isActive"]:
            raise refuse(path, "The location couldn't be found.", "LOCATION_NOT_FOUND")
        level = call.store.level(item["id"], place["id"])
        if row["activate"] and (level is None or not level["isActive"]):
            level = call.store.open_level(item["id"], place["id"], level["_q"]["available"] if level else 0)
            call.app.emit("inventory_levels/connect", level)
        elif not row["activate"] and level is not None and level["isActive"]:
            _deactivate(call, level)
        if level is not None:
            levels.append(level)
    return {"inventoryItem": item, "inventoryLevels": levels}


@mutates("inventoryItemUpdate", scope="write_inventory")
def update_item(call: Call, args: Row) -> Row:
    item = call.store.find(args["id"], "InventoryItem")
    if item is None:
        raise refuse(["id"], "The product couldn't be updated because it does not exist.")
    write_item(call, item, args["input"])
    call.app.emit("inventory_items/update", item)
    return {"inventoryItem": item}


def write_item(call: Call, item: Row, given: Row) -> None:
    """The fields of InventoryItemInput, wherever they were sent along."""
    if "sku" in given:
        call.store.set_sku(call.store.tables["ProductVariant"][item["_variant"]], given["sku"])
    for name in (
        "tracked",
        "requiresShipping",
        "countryCodeOfOrigin",
        "harmonizedSystemCode",
        "provinceCodeOfOrigin",
    ):
        if given.get(name) is not None:
            item[name] = given[name]
    if "cost" in given:
        item["_cost"] = None if given["cost"] is None else decimal_of(given["cost"])
    weight = (given.get("measurement") or {}).get("weight")
    if weight:
        item["_weight"] = {"value": float(weight["value"]), "unit": weight["unit"]}
    call.store.touch(item)


def _switch(name: str, state: bool) -> Callable[[Call, Row], Row]:
    def run(call: Call, args: Row) -> Row:
        return once(call, name, args, lambda: _switched(call, args, state=state))

    return run


def _switched(call: Call, args: Row, *, state: bool) -> Row:
    place = call.store.find(args["locationId"], "Location")
    if place is None:
        raise refuse(["locationId"], "Location not found.", "LOCATION_NOT_FOUND")
    place["isActive"] = state
    place["deactivatedAt"] = None if state else call.now()
    place["activatable"], place["deactivatable"] = not state, state
    call.store.touch(place)
    call.app.emit("locations/activate" if state else "locations/deactivate", place)
    return {"location": place}


mutates("locationActivate", scope="write_locations", errors="locationActivateUserErrors")(
    _switch("locationActivate", True)
)
mutates("locationDeactivate", scope="write_locations", errors="locationDeactivateUserErrors")(
    _switch("locationDeactivate", False)
)
