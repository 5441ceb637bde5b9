"""Price lists: up to 1,000 records an upsert, of which good ones stay when others are refused."""

from typing import Any

from sandbox.bigcommerce.answers import ApiError, Json, decimal_of, ids_of, iso
from sandbox.bigcommerce.state import Store

UPSERT_ROWS, INSERT_ROWS, ASSIGNMENT_ROWS = 1_000, 100, 25
_AMOUNTS = ("price", "sale_price", "retail_price", "map_price")


def add_list(store: Store, body: Any) -> Json:
    name = str((body or {}).get("name") or "")
    if not name:
        raise ApiError(422, errors={"name": "Please provide a name."})
    if any(row["name"] == name for row in store.price_lists.values()):
        raise ApiError(409, "The price list name is a duplicate", errors={"name": "must be unique"})
    now = iso(store.clock.now())
    made: Json = {
        "id": store.next_id("price_list", 4),
        "name": name,
        "active": bool(body.get("active", True)),
    }
    made |= {"date_created": now, "date_modified": now}
    store.price_lists[int(made["id"])] = made
    return made


def upsert(store: Store, list_id: int, body: Any, *, refused: set[str], insert: bool = False) -> None:
    """Raises 413 above the size, 422 with `batch_errors` when rows were refused; the others are kept."""
    most = INSERT_ROWS if insert else UPSERT_ROWS
    if not isinstance(body, list) or not body:
        raise ApiError(422)
    if len(body) > most:
        raise ApiError(
            413, f"The request payload is too large. The maximum items allowed in the array is {most}."
        )
    errors: list[Json] = []
    for row in body:
        fault = _put(store, list_id, row, refused, insert=insert)
        if fault:
            named = {k: row[k] for k in ("variant_id", "sku", "currency") if k in row}
            errors.append({"data": {"price_list_id": list_id, **named}, "field_errors": fault})
    if errors:
        raise ApiError(422, body={"batch_errors": errors})


def _put(store: Store, list_id: int, row: Json, refused: set[str], *, insert: bool) -> Json:
    variant = _variant(store, row)
    currency = str(row.get("currency", "")).lower()
    if variant is None:
        return {"sku" if "sku" in row else "variant_id": "not found"}
    if len(currency) != 3:
        return {"currency": "invalid"}
    sku = variant["sku"] or store.products[variant["product_id"]]["sku"]
    if refused & {sku, str(variant["id"])}:
        return {"price": "refused"}
    key = (list_id, variant["id"], currency)
    if insert and key in store.price_records:
        return {"variant_id": "exists"}
    clean: Json = {}
    for name in _AMOUNTS:
        if name in row:
            clean[name] = None if row[name] is None else decimal_of(row[name], name)
            if clean[name] is not None and clean[name] < 0:
                return {name: "must not be negative"}
    for tier in row.get("bulk_pricing_tiers") or ():
        if tier.get("type") not in ("fixed", "price", "percent") or int(tier.get("quantity_min", 0)) < 1:
            return {"bulk_pricing_tiers": "invalid"}
    now = iso(store.clock.now())
    present = store.price_records.get(key)
    if present is None:
        present = {
            "price_list_id": list_id,
            "variant_id": variant["id"],
            "product_id": variant["product_id"],
            "_sku": sku,
            "currency": currency,
            **dict.fromkeys(_AMOUNTS),
            "bulk_pricing_tiers": [],
            "date_created": now,
        }
        store.price_records[key] = present
    present |= clean
    if "bulk_pricing_tiers" in row:
        present["bulk_pricing_tiers"] = [
            {**tier, "amount": decimal_of(tier.get("amount"))} for tier in row["bulk_pricing_tiers"] or ()
        ]
    present["date_modified"] = now
    return {}


def _variant(store: Store, row: Json) -> Json | None:
    if "variant_id" in row:
        return store.variants.get(row["variant_id"])
    known = store.skus.get(str(row.get("sku", "")).lower())
    if known is None:
        return None
    return store.variants[known[1] if known[0] == "variant" else store.variants_of[known[1]][0]]


def records(store: Store, list_id: int, query: dict[str, str]) -> list[Json]:
    include = set(query.get("include", "").split(","))
    rows = [row for key, row in sorted(store.price_records.items()) if key[0] == list_id]
    for name in ("variant_id", "product_id"):
        if f"{name}:in" in query:
            wanted = ids_of(query[f"{name}:in"], name)
            rows = [row for row in rows if row[name] in wanted]
    for name in ("currency", "currency:in"):
        if name in query:
            codes = query[name].lower().split(",")
            rows = [row for row in rows if row["currency"] in codes]
    found = []
    for row in rows:
        shown = {k: v for k, v in row.items() if not k.startswith("_")}
        if "bulk_pricing_tiers" not in include:
            shown.pop("bulk_pricing_tiers")
        if "sku" in include:
            shown["sku"] = row["_sku"]
        shown["calculated_price"] = row["sale_price"] or row["price"]
        found.append(shown)
    return found


def remove(store: Store, list_id: int, query: dict[str, str]) -> None:
    """Delete what the filter chooses; records that are not there are none."""
    if not query.keys() & {"currency", "variant_id:in", "sku:in"}:
        raise ApiError(422, "A filter is required to delete price records.")
    variants = ids_of(query["variant_id:in"], "variant_id") if "variant_id:in" in query else None
    skus = query["sku:in"].split(",") if "sku:in" in query else None
    for key, row in list(store.price_records.items()):
        chosen = key[0] == list_id and (variants is None or key[1] in variants)
        chosen = chosen and (skus is None or row["_sku"] in skus)
        if chosen and query.get("currency", key[2]).lower() == key[2]:
            del store.price_records[key]


def assign(store: Store, body: Any) -> None:
    if not isinstance(body, list) or len(body) > ASSIGNMENT_ROWS:
        raise ApiError(413, f"The maximum items allowed in the array is {ASSIGNMENT_ROWS}.")
    for row in body:
        if row.get("price_list_id") not in store.price_lists:
            raise ApiError(422, errors={"price_list_id": "not found"})
        store.assignments.append({"id": store.next_id("assignment"), **row})
