"""Stock per location: adjustments of up to 2,000 rows that count a while after they were accepted."""

from collections.abc import Callable
from typing import Any

from sandbox.bigcommerce.answers import ApiError, Json
from sandbox.bigcommerce.state import Store

MAX_LEVEL = 2_147_483_647
MAX_ROWS = 2_000

Emit = Callable[[str, str, int, Json], None]


def item_key(store: Store, product: Json, variant: Json | None) -> str:
    """Where the stock of a thing is kept: with the variant, or with the whole product."""
    if variant is not None and variant["option_values"] and product["inventory_tracking"] == "variant":
        return f"v{variant['id']}"
    return f"p{product['id']}"


def on_hand(store: Store, key: str, location: int = 0) -> int:
    """Units of one location, or of all."""
    if location:
        return store.levels.get((key, location), 0)
    return sum(store.levels.get((key, place), 0) for place in store.locations)


def set_level(store: Store, key: str, location: int, quantity: int) -> None:
    store.levels[key, location] = quantity


def settle(store: Store, emit: Emit, *, all_now: bool = False) -> None:
    """Accepted adjustments whose time has come take effect, in the order in which they came."""
    now = store.clock.now()
    while store.pending and (all_now or store.pending[0][0] <= now):
        for key, location, quantity, relative in store.pending.pop(0)[1]:
            present = store.levels.get((key, location), 0)
            store.levels[key, location] = present + quantity if relative else quantity
            announce(store, emit, key, quantity, "relative" if relative else "absolute")


def announce(store: Store, emit: Emit, key: str, value: int, method: str, *, by_order: bool = False) -> None:
    part = "inventory/order/updated" if by_order else "inventory/updated"
    number = int(key[1:])
    if key[0] == "v" and number in store.variants:
        product = store.variants[number]["product_id"]
        detail = {"product_id": product, "variant_id": number, "method": method, "value": value}
        emit(f"store/sku/{part}", "sku", number, {"inventory": detail})
    elif number in store.products:
        detail = {"product_id": number, "method": method, "value": value}
        emit(f"store/product/{part}", "product", number, {"inventory": detail})


def adjust(store: Store, body: Any, *, relative: bool) -> str:
    """Accepts all rows or none. Raises 422 with the row named in the title."""
    items = body.get("items") if isinstance(body, dict) else None
    if not isinstance(items, list) or not items:
        raise ApiError(422, "[items must be a non-empty array]")
    if len(items) > MAX_ROWS:
        raise ApiError(
            413, f"The request payload is too large. The maximum items allowed in the array is {MAX_ROWS}."
        )
    rows = [_row(store, item, relative=relative) for item in items]
    if relative:
        for key, location, quantity, _ in rows:
            if store.levels.get((key, location), 0) + quantity < 0:
                raise ApiError(422, f"[Item with {_named(key)} would fall below its safety stock]")
    store.pending.append((store.clock.now() + store.options.inventory_delay, rows))
    return "-".join(store.token(size) for size in (8, 4, 4, 4, 12))


def _named(key: str) -> str:
    return f"{'variant_id' if key[0] == 'v' else 'product_id'} {key[1:]}"


def _row(store: Store, item: Any, *, relative: bool) -> tuple[str, int, int, bool]:
    if not isinstance(item, dict):
        raise ApiError(422, "[Each item must be an object]")
    names = [name for name in ("sku", "variant_id", "product_id") if name in item]
    if len(names) != 1:
        raise ApiError(422, "[Give exactly one of sku, variant_id and product_id]")
    label = f"{names[0]} {item[names[0]]}"
    quantity, location = item.get("quantity"), item.get("location_id")
    if isinstance(quantity, bool) or not isinstance(quantity, int) or (quantity < 0 and not relative):
        raise ApiError(422, f"[Item with {label} has an invalid quantity]")
    if abs(quantity) > MAX_LEVEL:
        raise ApiError(422, f"[Item with {label} has a quantity above {MAX_LEVEL}]")
    if location not in store.locations:
        raise ApiError(422, f"[Location {location} was not found for item with {label}]")
    return _found(store, names[0], item[names[0]], label), int(location), quantity, relative


def _found(store: Store, name: str, value: Any, label: str) -> str:
    product: Json | None
    variant: Json | None = None
    if name == "product_id":
        product = store.products.get(value)
    else:
        if name == "sku":
            known = store.skus.get(str(value).lower())
            number = known[1] if known else 0
            variant = store.variants.get(number) if known and known[0] == "variant" else None
            if known and known[0] == "product":
                variant = store.variants[store.variants_of[number][0]]
        else:
            variant = store.variants.get(value)
        product = store.products.get(variant["product_id"]) if variant else None
    if product is None:
        raise ApiError(422, f"[Item with {label} was not found]")
    tracking = product["inventory_tracking"]
    if tracking == "product" and variant is not None:
        raise ApiError(422, f"[Item with {label} is tracked by product, please update stock by product id]")
    if tracking == "variant" and variant is None:
        raise ApiError(422, f"[Item with {label} is tracked by variant, please update stock by variant id]")
    return item_key(store, product, variant)


def item_json(store: Store, product: Json, variant: Json, locations: set[int]) -> Json:
    key = item_key(store, product, variant)
    return {
        "identity": {
            "sku": variant["sku"] or product["sku"],
            "variant_id": variant["id"],
            "product_id": product["id"],
            "sku_id": variant["sku_id"],
        },
        "locations": [
            {
                "location_id": place["id"],
                "location_code": place["code"],
                "location_name": place["label"],
                "available_to_sell": on_hand(store, key, place["id"]),
                "total_inventory_onhand": on_hand(store, key, place["id"]),
                "location_enabled": place["enabled"],
                "settings": {
                    "safety_stock": 0,
                    "is_in_stock": on_hand(store, key, place["id"]) > 0,
                    "warning_level": 0,
                    "bin_picking_number": "",
                },
            }
            for place in store.locations.values()
            if not locations or place["id"] in locations
        ],
    }
