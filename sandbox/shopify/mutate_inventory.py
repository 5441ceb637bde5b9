"""Mutations of stock: set, adjust, move, activate; of inventory items and locations."""

import re
from collections.abc import Callable

from sandbox.shopify.calls import Call, FieldError, Refused, Row, mutates, refuse, user_error
from sandbox.shopify.idempotency import once
from sandbox.shopify.money import decimal_of
from sandbox.shopify.state import QUANTITIES

REASONS = frozenset(
    [
        "correction",
        "cycle_count_available",
        "damaged",
        "movement_canceled",
        "movement_created",
        "movement_received",
        "movement_updated",
        "other",
        "promotion",
        "quality_control",
        "received",
        "reservation_created",
        "reservation_deleted",
        "reservation_updated",
        "restock",
        "safety_stock",
        "shrinkage",
    ]
)
MOST = 1_000_000_000
_URI = re.compile(r"[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE)
STALE = "The changeFromQuantity value does not match persisted value."
Errors = list[Row]


def _with_change_from(rows: list[Row], kind: str) -> None:
    """Since 2026-04 the field has to be there, even as null. Raises FieldError."""
    for row in rows:
        if "changeFromQuantity" not in row:
            raise FieldError(
                f"{kind} must include the following argument: changeFromQuantity.", "INVALID_FIELD_ARGUMENTS"
            )


def _check_head(given: Row, errors: Errors) -> None:
    if given["reason"] not in REASONS:
        errors.append(user_error(["input", "reason"], "The specified reason is invalid.", "INVALID_REASON"))
    uri = given.get("referenceDocumentUri")
    if uri is not None and not _URI.fullmatch(uri):
        errors.append(
            user_error(
                ["input", "referenceDocumentUri"],
                "The specified reference document is not valid.",
                "INVALID_REFERENCE_DOCUMENT",
            )
        )


def _check_place(call: Call, row: Row, path: list[str], errors: Errors) -> Row | None:
    """The level of a row, or None with the error noted."""
    item = call.store.find(row["inventoryItemId"], "InventoryItem")
    if item is None:
        errors.append(
            user_error(
                [*path, "inventoryItemId"],
                "The specified inventory item could not be found.",
                "INVALID_INVENTORY_ITEM",
            )
        )
        return None
    variant = call.store.find(item["_variant"])
    if variant is not None and variant["_components"]:
        errors.append(
            user_error(
                [*path, "inventoryItemId"],
                "The specified inventory item is not allowed to be adjusted via API.",
                "NON_MUTABLE_INVENTORY_ITEM",
            )
        )
        return None
    place = call.store.find(row["locationId"], "Location")
    if place is None or not place["isActive"]:
        errors.append(
            user_error(
                [*path, "locationId"], "The specified location could not be found.", "INVALID_LOCATION"
            )
        )
        return None
    level = call.store.level(item["id"], place["id"])
    if level is None or not level["isActive"]:
        return _unstocked(call, item, place, path, errors)
    return level


def _unstocked(call: Call, item: Row, place: Row, path: list[str], errors: Errors) -> Row | None:
    """2026-07 refuses; 2026-10 dropped the code, and stocks the item there (unconfirmed)."""
    if call.version == "2026-07":
        errors.append(
            user_error(
                [*path, "locationId"],
                "The specified inventory item is not stocked at the location.",
                "ITEM_NOT_STOCKED_AT_LOCATION",
            )
        )
        return None
    return {"_new": True, "_item": item["id"], "_location": place["id"], "_q": dict.fromkeys(QUANTITIES, 0)}


def _opened(call: Call, level: Row) -> Row:
    if not level.get("_new"):
        return level
    old = call.store.level(level["_item"], level["_location"])
    return call.store.open_level(level["_item"], level["_location"], old["_q"]["available"] if old else 0)


def _group(call: Call, given: Row, changes: list[Row]) -> Row:
    return call.store.add(
        "InventoryAdjustmentGroup",
        reason=given["reason"],
        referenceDocumentUri=given.get("referenceDocumentUri"),
        _changes=changes,
    )


def _change(level: Row, name: str, delta: int, document: str | None = None) -> Row:
    return {
        "name": name,
        "delta": delta,
        "quantityAfterChange": None,
        "ledgerDocumentUri": document,
        "_item": level["_item"],
        "_location": level["_location"],
    }


def _apply(call: Call, level: Row, name: str, delta: int, document: str | None = None) -> list[Row]:
    """Changes one named quantity; on_hand moves along, or available when on_hand is what is set."""
    target = "available" if name == "on_hand" else name
    level["_q"][target] += delta
    call.store.settle_level(level, target, "on_hand")
    if delta:
        call.app.emit("inventory_levels/update", level)
        _touch_variant(call, level)
    rows = [_change(level, target, delta, document)]
    if target != "incoming":
        rows.append(_change(level, "on_hand", delta))
    return rows


def _touch_variant(call: Call, level: Row) -> None:
    item = call.store.tables["InventoryItem"][level["_item"]]
    call.store.touch(item)


def _refused_skus(call: Call, rows: list[Row], field: str, errors: Errors) -> None:
    """Rows that a fault (`batch_fail`) has the shop refuse."""
    for index, row in enumerate(rows):
        item = call.store.find(row["inventoryItemId"], "InventoryItem")
        if item is not None and call.app.refuses(item["sku"], item["_variant"], item["id"]):
            errors.append(
                user_error(
                    ["input", field, str(index), "inventoryItemId"],
                    "The specified inventory item could not be found.",
                    "INVALID_INVENTORY_ITEM",
                )
            )


@mutates("inventorySetQuantities", scope="write_inventory")
def set_quantities(call: Call, args: Row) -> Row:
    given = args["input"]
    if call.idempotency_key is not None:
        _with_change_from(given["quantities"], "InventoryQuantityInput")
    return once(call, "inventorySetQuantities", args, lambda: _set(call, given))


def _set(call: Call, given: Row) -> Row:
    errors: Errors = []
    name = given["name"]
    if name not in ("available", "on_hand"):
        errors.append(
            user_error(
                ["input", "name"],
                "The quantity name must be either 'available' or 'on_hand'.",
                "INVALID_NAME",
            )
        )
    _check_head(given, errors)
    _refused_skus(call, given["quantities"], "quantities", errors)
    levels: list[tuple[Row, Row]] = []
    seen: set[tuple[str, str]] = set()
    for index, row in enumerate(given["quantities"]):
        path = ["input", "quantities", str(index)]
        pair = (row["inventoryItemId"], row["locationId"])
        if pair in seen:
            errors.append(
                user_error(
                    path,
                    "The combination of inventoryItemId and locationId must be unique.",
                    "NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR",
                )
            )
            continue
        seen.add(pair)
        level = _check_place(call, row, path, errors)
        if level is not None and not errors_of(errors, path):
            _check_quantity(row, name, path, errors)
            _check_stale(row, level, name, path, errors)
            levels.append((row, level))
    if errors:
        raise Refused(*errors)
    changes: list[Row] = []
    for row, level in levels:
        opened = _opened(call, level)
        changes += _apply(call, opened, name, row["quantity"] - opened["_q"][name])
    call.app.counters.rows("/graphql/inventorySetQuantities", "set", len(levels))
    return {"inventoryAdjustmentGroup": _group(call, given, changes)}


def errors_of(errors: Errors, path: list[str]) -> bool:
    return any(e["field"][: len(path)] == path for e in errors if e["field"])


def _check_quantity(row: Row, name: str, path: list[str], errors: Errors) -> None:
    quantity = row["quantity"]
    where = [*path, "quantity"]
    if quantity > MOST:
        errors.append(
            user_error(where, "The quantity can't be higher than 1,000,000,000.", "INVALID_QUANTITY_TOO_HIGH")
        )
    elif name == "on_hand" and quantity < 0:
        errors.append(user_error(where, "The quantity can't be negative.", "INVALID_QUANTITY_NEGATIVE"))
    elif quantity < -MOST:
        errors.append(
            user_error(where, "The quantity can't be lower than -1,000,000,000.", "INVALID_QUANTITY_TOO_LOW")
        )


def _check_stale(row: Row, level: Row, name: str, path: list[str], errors: Errors) -> None:
    believed = row["changeFromQuantity"]
    if believed is not None and believed != level["_q"][name]:
        errors.append(user_error([*path, "changeFromQuantity"], STALE, "CHANGE_FROM_QUANTITY_STALE"))


@mutates("inventorySetOnHandQuantities", scope="write_inventory")
def set_on_hand(call: Call, args: Row) -> Row:
    given = args["input"]
    rows = given["setQuantities"]
    if call.idempotency_key is not None:
        _with_change_from(rows, "InventorySetQuantityInput")
    whole = {
        "name": "on_hand",
        "reason": given["reason"],
        "referenceDocumentUri": given.get("referenceDocumentUri"),
        "quantities": rows,
    }
    return once(call, "inventorySetOnHandQuantities", args, lambda: _set(call, whole))


@mutates("inventoryAdjustQuantities", scope="write_inventory")
def adjust_quantities(call: Call, args: Row) -> Row:
    given = args["input"]
    if call.idempotency_key is not None:
        _with_change_from(given["changes"], "InventoryChangeInput")
    return once(call, "inventoryAdjustQuantities", args, lambda: _adjust(call, given))


def _adjust(call: Call, given: Row) -> Row:
    errors: Errors = []
    name = given["name"]
    if name not in QUANTITIES or name == "on_hand":
        errors.append(
            user_error(["input", "name"], "The specified quantity name is invalid.", "INVALID_QUANTITY_NAME")
        )
    _check_head(given, errors)
    _refused_skus(call, given["changes"], "changes", errors)
    work: list[tuple[Row, Row]] = []
    for index, row in enumerate(given["changes"]):
        path = ["input", "changes", str(index)]
        if name != "available" and not row.get("ledgerDocumentUri"):
            errors.append(
                user_error(
                    [*path, "ledgerDocumentUri"],
                    "A ledger document URI is required except when adjusting available.",
                    "INVALID_QUANTITY_DOCUMENT",
                )
            )
        if name == "available" and row.get("ledgerDocumentUri"):
            errors.append(
                user_error(
                    [*path, "ledgerDocumentUri"],
                    "A ledger document URI is not allowed when adjusting available.",
                    "INVALID_AVAILABLE_DOCUMENT",
                )
            )
        level = _check_place(call, row, path, errors)
        if level is None or errors:
            continue
        _check_stale(row, level, name, path, errors)
        if abs(level["_q"][name] + row["delta"]) > MOST:
            errors.append(
                user_error(
                    [*path, "delta"],
                    "The quantity can't be higher than 1,000,000,000.",
                    "INVALID_QUANTITY_TOO_HIGH",
                )
            )
        work.append((row, level))
    if errors:
        raise Refused(*errors)
    changes: list[Row] = []
    for row, level in work:
        changes += _apply(call, _opened(call, level), name, row["delta"], row.get("ledgerDocumentUri"))
    call.app.counters.rows("/graphql/inventoryAdjustQuantities", "adjust", len(work))
    return {"inventoryAdjustmentGroup": _group(call, given, changes)}


@mutates("inventoryMoveQuantities", scope="write_inventory")
def move_quantities(call: Call, args: Row) -> Row:
    given = args["input"]
    return once(call, "inventoryMoveQuantities", args, lambda: _move(call, given))


def _move(call: Call, given: Row) -> Row:
    errors: Errors = []
    _check_head(given, errors)
    work: list[tuple[Row, Row, Row]] = []
    for index, row in enumerate(given["changes"]):
        path = ["input", "changes", str(index)]
        source, target = row["from"], row["to"]
        if source["locationId"] != target["locationId"]:
            errors.append(
                user_error(
                    path, "The quantities can't be moved between different locations.", "DIFFERENT_LOCATIONS"
                )
            )
            continue
        if source["name"] == target["name"]:
            errors.append(
                user_error(
                    path, "The quantity names for each change can't be the same.", "SAME_QUANTITY_NAME"
                )
            )
            continue
        asked = {"inventoryItemId": row["inventoryItemId"], "locationId": source["locationId"]}
        level = _check_place(call, asked, path, errors)
        if level is not None:
            for end in (source, target):
                if (
                    end.get("changeFromQuantity") is not None
                    and end["changeFromQuantity"] != level["_q"][end["name"]]
                ):
                    errors.append(
                        user_error([*path, "from", "changeFromQuantity"], STALE, "CHANGE_FROM_QUANTITY_STALE")
                    )
            work.append((row, level, source))
    if errors:
        raise Refused(*errors)
    changes: list[Row] = []
    for row, level, _ in work:
        opened = _opened(call, level)
        source, target, count = row["from"], row["to"], row["quantity"]
        opened["_q"][source["name"]] -= count
        opened["_q"][target["name"]] += count
        call.store.settle_level(opened, source["name"], target["name"])
        changes.append(_change(opened, source["name"], -count, source.get("ledgerDocumentUri")))
        changes.append(_change(opened, target["name"], count, target.get("ledgerDocumentUri")))
        call.app.emit("inventory_levels/update", opened)
    return {"inventoryAdjustmentGroup": _group(call, given, changes)}


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
