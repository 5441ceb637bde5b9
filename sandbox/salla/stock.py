"""Quantities and prices in bulk: accepted at once, without a result per row; quantities count a while later.

The keys of a row are spelled `identifer_type` and `identifer`; the correct spelling is refused.
"""

from collections.abc import Callable
from typing import Any

from sandbox.messages import Response
from sandbox.salla.answers import ApiError, Json, decimal_of, paged, success, told
from sandbox.salla.call import Call, Route, need
from sandbox.salla.products import (
    by_sku,
    change_variant,
    level,
    level_key,
    product_json,
    quantity_of,
    set_amount,
    set_level,
    variants_of,
)
from sandbox.salla.state import Queued, Store

Emit = Callable[[str, Json], None]
MODES = ("overwrite", "increment", "decrement")
_REASONS = ({"id": 1, "name": "جرد"}, {"id": 2, "name": "تالف"})


def settle(store: Store, emit: Emit, *, all_now: bool = False) -> None:
    """Queued quantities whose time has come take effect."""
    now = store.clock.now()
    due = [entry for entry in store.queued if all_now or entry.due <= now]
    store.queued = [entry for entry in store.queued if entry not in due]
    for entry in due:
        for row in entry.rows:
            _apply(store, row, emit)


def _apply(store: Store, row: Json, emit: Emit) -> None:
    found = _target(store, row)
    if found is None:
        return  # nobody is ever told
    product, variant = found
    key = level_key(product, variant)
    branch = int(row.get("branch") or store.default_branch)
    before = store.levels.get(key, {}).get(branch, 0)
    pieces = int(row["quantity"])
    mode = row.get("mode", "overwrite")
    after = pieces if mode == "overwrite" else before + (pieces if mode == "increment" else -pieces)
    set_level(store, key, branch, max(0, after))
    target = variant or product
    if "unlimited_quantity" in row:
        target["unlimited_quantity"] = bool(row["unlimited_quantity"])
    store.audit.append({"product_id": product["id"], "branch": branch, "before": before, "after": after})
    if before != after:
        product["_updated"] = store.clock.now()
        emit("product.updated", product_json(store, product))


def _target(store: Store, row: Json) -> tuple[Json, Json | None] | None:
    kind, mark = row.get("identifer_type"), str(row.get("identifer", ""))
    if kind == "sku":
        try:
            return by_sku(store, mark)
        except LookupError:
            return None
    if not mark.isdigit():
        return None
    if kind == "variant_id":
        variant = store.variants.get(int(mark))
        return (store.products[variant["_product"]], variant) if variant else None
    product = store.products.get(int(mark))
    return (product, None) if product else None


def bulk(call: Call) -> Response:
    rows = call.body().get("products")
    if not isinstance(rows, list) or not rows:
        raise ApiError(422, fields={"products": "is required"})
    store = call.store
    wrong: dict[str, str] = {}
    for n, row in enumerate(rows):
        wrong |= _faults(store, n, row)
    if wrong:
        raise ApiError(422, fields=wrong)
    call.app.counters.rows("/products/quantities/bulk", "set", len(rows))
    store.queued.append(Queued(store.clock.now() + store.options.bulk_delay, rows))
    return told("تمت جدولة تحديث الكميات، وقد يستغرق ذلك عدة دقائق")


def _faults(store: Store, n: int, row: Any) -> dict[str, str]:
    if not isinstance(row, dict):
        return {f"products.{n}": "must be an object"}
    if row.get("identifer_type") not in ("id", "variant_id", "sku"):
        return {f"products.{n}.identifer_type": "is required"}
    if not str(row.get("identifer") or ""):
        return {f"products.{n}.identifer": "is required"}
    if (
        isinstance(row.get("quantity"), bool)
        or not isinstance(row.get("quantity"), int)
        or row["quantity"] < 0
    ):
        return {f"products.{n}.quantity": "must be a whole number"}
    if row.get("mode", "overwrite") not in MODES:
        return {f"products.{n}.mode": "is not known"}
    if row.get("branch") and int(row["branch"]) not in store.branches:
        return {f"products.{n}.branch": "is not known"}
    found = _target(store, row)
    if found is None:
        return {f"products.{n}.identifer": "غير موجود"} if store.options.bulk_checks_ids else {}
    if row["identifer_type"] == "id" and variants_of(store, found[0]) and store.options.bulk_checks_ids:
        return {f"products.{n}.identifer": "the product has variants"}
    return {}


def quantities(call: Call) -> Response:
    """Filters: keyword, branch[]. One row per product or variant."""
    store, word = call.store, call.query.get("keyword", "")
    branches = {int(number) for number in call.many("branch")}
    found = []
    for product in store.products.values():
        for variant in variants_of(store, product) or [None]:  # type: ignore[list-item]
            sku = (variant or product)["sku"]
            if word and word not in sku:
                continue
            levels = store.levels.get(level_key(product, variant), {})
            pieces = sum(v for b, v in levels.items() if not branches or b in branches)
            found.append(
                {
                    "id": product["id"],
                    "variant_id": variant["id"] if variant else None,
                    "sku": sku,
                    "quantity": pieces,
                    "unlimited_quantity": (variant or product)["unlimited_quantity"],
                }
            )
    return paged(found, call.query)


def prices(call: Call) -> Response:
    """Product ids only. No result per row: what cannot be is refused for the whole body, or ignored."""
    rows = call.body().get("products")
    if not isinstance(rows, list) or not rows:
        raise ApiError(422, fields={"products": "is required"})
    store = call.store
    wrong: dict[str, str] = {}
    for n, row in enumerate(rows):
        if not isinstance(row, dict) or not str(row.get("id", "")).isdigit():
            wrong[f"products.{n}.id"] = "is required"
        elif int(row["id"]) not in store.products and store.options.bulk_checks_ids:
            wrong[f"products.{n}.id"] = "غير موجود"
        elif row.get("price") is not None:
            decimal_of(row["price"], f"products.{n}.price")
    if wrong:
        raise ApiError(422, fields=wrong)
    for row in rows:
        product = store.products.get(int(row["id"]))
        if product is not None:
            for name in ("price", "cost_price", "sale_price"):
                if name in row:
                    set_amount(store, product, name, row[name])
            if "sale_end" in row:
                product["sale_end"] = row["sale_end"]
            product["_updated"] = store.clock.now()
            call.app.emit("product.updated", product_json(store, product))
    call.app.counters.rows("/products/prices/bulkPrice", "set", len(rows))
    return told("تم تحديث الأسعار")


def sku_price(call: Call) -> Response:
    body = call.body()
    try:
        product, variant = by_sku(call.store, call.parts[0])
    except LookupError:
        raise ApiError(404) from None
    set_amount(call.store, variant or product, "price", body.get("price"))
    product["_updated"] = call.store.clock.now()
    return success(product_json(call.store, product, call.language))


def change_one(call: Call) -> Response:
    """The older calls, one product or variant each."""
    store, body = call.store, call.body()
    if "variant" in call.request.path:
        variant = need(store.variants.get(call.number))
        change_variant(store, variant, {"stock_quantity": body.get("quantity")})
        return success({"id": variant["id"], "quantity": level(store, ("variant", variant["id"]))})
    product = need(store.products.get(call.number))
    set_level(store, ("product", product["id"]), store.default_branch, int(body.get("quantity") or 0))
    return success({"id": product["id"], "quantity": quantity_of(store, product)})


def audit(call: Call) -> Response:
    return paged(list(reversed(call.store.audit)), call.query)


ROUTES = [
    Route("POST", "/products/quantities/bulk", bulk, "products"),
    Route(
        "GET", "/products/quantities/quantity-change-reason", lambda call: success(list(_REASONS)), "products"
    ),
    Route("GET", "/products/quantities/audit", audit, "products"),
    Route("GET", "/products/quantities", quantities, "products"),
    Route("PUT", "/products/quantities/variant/{id}", change_one, "products"),
    Route("PUT", "/products/quantities/{id}", change_one, "products"),
    Route("POST", "/products/prices/bulkPrice", prices, "products"),
    Route("POST", "/products/sku/{sku}/price", sku_price, "products"),
]
