"""Mutations of stock: set, adjust, move, activate; of inventory items and locations."""

import re

from sandbox.shopify.calls import Call, FieldError, Refused, Row, mutates, user_error
from sandbox.shopify.idempotency import once
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
