"""Stock that orders hold, ship and give back."""

from sandbox.shopify.calls import Row
from sandbox.shopify.state import Store


def parts_of(store: Store, line: Row) -> list[tuple[str, int]]:
    """Inventory items of one unit of a line: itself, or the components of a bundle."""
    variant = store.find(line["_variant"])
    if variant is None:
        return []
    if variant["_components"]:
        table = store.tables["ProductVariant"]
        return [
            (table[p["variant"]]["_item"], p["quantity"])
            for p in variant["_components"]
            if p["variant"] in table
        ]
    item = store.tables["InventoryItem"][variant["_item"]]
    return [(variant["_item"], 1)] if item["tracked"] else []


def commit_line(store: Store, line: Row, location: str = "") -> str:
    """Takes the units from available into committed; returns the location."""
    parts = parts_of(store, line)
    place = location or _place(store, parts, line["currentQuantity"])
    for item, each in parts:
        move(store, item, place, "available", "committed", each * line["currentQuantity"])
    line["_committed"] = {place: line["currentQuantity"]} if parts else {}
    return place


def _place(store: Store, parts: list[tuple[str, int]], quantity: int) -> str:
    places: list[str] = [
        r["id"] for r in store.rows("Location") if r["isActive"] and r["fulfillsOnlineOrders"]
    ]
    for place in places:
        rows = [(store.level(item, place), each) for item, each in parts]
        if all(r and r["isActive"] and r["_q"]["available"] >= each * quantity for r, each in rows):
            return place
    stocked = [p for p in places if parts and all(store.level(item, p) for item, _ in parts)]
    return (stocked or places)[0]


def move(store: Store, item: str, place: str, source: str, target: str, count: int) -> None:
    """Moves units between named quantities; "" is the world outside."""
    row = store.level(item, place) or store.open_level(item, place)
    if source:
        row["_q"][source] -= count
    if target:
        row["_q"][target] += count
    store.settle_level(row, *(name for name in (source, target) if name), "on_hand")


def levels_of(store: Store, line: Row) -> list[Row]:
    """Where the goods of a line are held."""
    rows = [store.level(item, place) for item, _ in parts_of(store, line) for place in line["_committed"]]
    return [row for row in rows if row is not None]


def release(store: Store, line: Row, count: int, *, restock: bool) -> None:
    """Units that will not ship: back to available, or gone."""
    for place in list(line["_committed"]):
        taken = min(count, line["_committed"][place])
        if taken <= 0:
            continue
        line["_committed"][place] -= taken
        count -= taken
        for item, each in parts_of(store, line):
            move(store, item, place, "committed", "available" if restock else "", each * taken)


def ship(store: Store, line: Row, place: str, count: int) -> None:
    """Units leave the shelf."""
    for item, each in parts_of(store, line):
        held = line["_committed"].get(place, 0)
        row = store.level(item, place)
        if row is not None:
            move(store, item, place, "committed" if held else "available", "", each * count)
    if place in line["_committed"]:
        line["_committed"][place] = max(0, line["_committed"][place] - count)


def unship(store: Store, line: Row, place: str, count: int) -> None:
    for item, each in parts_of(store, line):
        move(store, item, place, "", "committed", each * count)
    line["_committed"][place] = line["_committed"].get(place, 0) + count


def take_back(store: Store, line: Row, place: str, count: int) -> None:
    """Returned units go on the shelf of a location."""
    for item, each in parts_of(store, line):
        move(store, item, place, "", "available", each * count)
