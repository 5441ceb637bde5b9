"""Routes of the catalogue, the stock and the price lists."""

import json
from typing import Any

from sandbox.bigcommerce import catalog, categories, inventory, pricelists
from sandbox.bigcommerce.answers import ApiError, Json, answer, empty, ids_of, moment, paged_v3, wrapped
from sandbox.bigcommerce.call import Call, Route
from sandbox.bigcommerce.catalog import product_json, variant_json
from sandbox.messages import Response

PRODUCT_BATCH, VARIANT_BATCH, DELETE_BATCH = 10, 50, 250
PRODUCTS, STOCK, PLACES = ("store_v2_products",), ("store_inventory",), ("store_locations", "store_inventory")
CHANNELS = ("store_channel_listings", "store_channel_settings", "store_v2_information")


def _product(call: Call) -> Json:
    found = call.store.products.get(call.ids[0])
    if found is None:
        raise ApiError(404)
    return found


def _narrowed(call: Call, rows: list[Json]) -> list[Json]:
    wanted = call.query.get("include_fields")
    if not wanted:
        return rows
    names = {"id", *wanted.split(","), *call.include()}
    return [{k: v for k, v in row.items() if k in names} for row in rows]


def _too_many(most: int) -> ApiError:
    return ApiError(
        413, f"The request payload is too large. The maximum items allowed in the array is {most}."
    )


# ---------------------------------------------------------------- products


def list_products(call: Call) -> Response:
    query, store = call.query, call.store
    rows = list(store.products.values())
    for name, test in _FILTERS.items():
        if name in query:
            rows = test(call, rows, query[name])
    key = {"date_modified": "_modified", "name": "name", "sku": "sku", "price": "price"}.get(
        query.get("sort", "id"), "id"
    )
    rows.sort(key=lambda row: (row[key], row["id"]), reverse=query.get("direction") == "desc")
    include = call.include()
    highest = 10 if include & {"options", "modifiers"} else 250
    page = paged_v3([row["id"] for row in rows], query, highest=highest)
    return _filled(call, page, lambda ids: [product_json(store, store.products[n], include) for n in ids])


def _filled(call: Call, page: Response, show: Any) -> Response:
    """Only the rows of the page are printed."""
    body = json.loads(page.body)
    return wrapped(_narrowed(call, show(body["data"])), meta=body["meta"])


_FILTERS: dict[str, Any] = {
    "id": lambda call, rows, v: [r for r in rows if r["id"] in ids_of(v, "id")],
    "id:in": lambda call, rows, v: [r for r in rows if r["id"] in ids_of(v, "id:in")],
    "id:greater": lambda call, rows, v: [r for r in rows if r["id"] > int(v)],
    "sku": lambda call, rows, v: [r for r in rows if r["sku"].lower() == v.lower()],
    "sku:in": lambda call, rows, v: [r for r in rows if r["sku"].lower() in v.lower().split(",")],
    "name": lambda call, rows, v: [r for r in rows if r["name"] == v],
    "date_modified:min": lambda call, rows, v: [r for r in rows if r["_modified"] >= _day(call, v)],
    "is_visible": lambda call, rows, v: [r for r in rows if r["is_visible"] == (v.lower() in ("true", "1"))],
    "categories:in": lambda call, rows, v: [
        r for r in rows if ids_of(v, "categories") & set(r["categories"])
    ],
    "channel_id:in": lambda call, rows, v: [
        r for r in rows if any((r["id"], c) in call.store.channel_products for c in ids_of(v, "channel_id"))
    ],
}


def _day(call: Call, text: str) -> int:
    """A day without a time gets the present time of day."""
    if "T" in text or ":" in text:
        return moment(text, "date_modified:min")
    return moment(text, "date_modified:min") + call.store.clock.now() % 86_400


def create_product(call: Call) -> Response:
    body = call.body()
    if not isinstance(body, dict):
        raise ApiError(422)
    made = catalog.create_product(call.store, body, call.app.emit)
    return wrapped(product_json(call.store, made, {"variants", "images", "custom_fields"}))


def get_product(call: Call) -> Response:
    return wrapped(product_json(call.store, _product(call), call.include()))


def change_product(call: Call) -> Response:
    changed = catalog.change_product(call.store, _product(call), call.body() or {}, call.app.emit)
    return wrapped(product_json(call.store, changed, {"custom_fields", *call.include()}))


def change_products(call: Call) -> Response:
    """All or none, and the refusal does not say which row it was."""
    rows = call.body()
    if not isinstance(rows, list) or not rows:
        raise ApiError(422, errors={"": "Expected a non-empty array."})
    if len(rows) > PRODUCT_BATCH:
        raise _too_many(PRODUCT_BATCH)
    for row in rows:
        if "variants" in row:
            raise ApiError(422, errors={"variants": "Variants cannot be updated in a batch of products."})
        product = call.store.products.get(row.get("id"))
        if product is None:
            raise ApiError(422, "One or more products were not found.", errors={"id": "not found"})
        if call.refused() & {product["sku"], str(product["id"])}:
            raise ApiError(422, errors={"price": "The value is refused."})
        clean = catalog.check_fields(row)
        catalog.check_references(call.store, clean, product["id"])
    for row in rows:
        catalog.change_product(call.store, call.store.products[row["id"]], row, call.app.emit)
    call.app.counters.rows("/v3/catalog/products", "update", len(rows))
    return wrapped(
        [product_json(call.store, call.store.products[row["id"]], {"custom_fields"}) for row in rows]
    )


def delete_products(call: Call) -> Response:
    wanted = ids_of(call.query.get("id:in", ""), "id:in")
    if not wanted:
        raise ApiError(422, "A filter is required to delete products.")
    for product_id in wanted & set(call.store.products):
        catalog.forget_product(call.store, product_id)
        call.app.emit("store/product/deleted", "product", product_id, {})
    return empty()


def list_images(call: Call) -> Response:
    return paged_v3(call.store.images.get(_product(call)["id"], []), call.query)


def add_image(call: Call) -> Response:
    return wrapped(catalog.add_image(call.store, _product(call), call.body() or {}))


def _image(call: Call) -> Json:
    for image in call.store.images.get(call.ids[0], []):
        if image["id"] == call.ids[1]:
            return image
    raise ApiError(404)


def change_image(call: Call) -> Response:
    image, body = _image(call), call.body() or {}
    image |= {name: body[name] for name in ("sort_order", "description", "is_thumbnail") if name in body}
    return wrapped(image)


def delete_image(call: Call) -> Response:
    call.store.images[call.ids[0]].remove(_image(call))
    return empty()


def add_variant_image(call: Call) -> Response:
    """The one picture of a variant; the store tells its own address of it and nothing else."""
    variant = call.store.variants.get(call.ids[1])
    if variant is None or variant["product_id"] != call.ids[0]:
        raise ApiError(404)
    url = str((call.body() or {}).get("image_url") or "")
    catalog.check_image_address(url)
    variant["image_url"] = f"https://cdn11.example.test/images/{url.rpartition('/')[2]}"
    return wrapped({"image_url": variant["image_url"]})


# ---------------------------------------------------------------- options and variants


def list_options(call: Call) -> Response:
    return paged_v3(call.store.product_options.get(_product(call)["id"], []), call.query)


def add_option(call: Call) -> Response:
    return wrapped(catalog.add_option(call.store, _product(call)["id"], call.body() or {}))


def add_option_value(call: Call) -> Response:
    for option in call.store.product_options.get(call.ids[0], []):
        if option["id"] == call.ids[1]:
            return wrapped(catalog.add_option_value(call.store, option, call.body() or {}))
    raise ApiError(404)


def list_variants(call: Call) -> Response:
    query, store = call.query, call.store
    rows = list(store.variants.values())
    if "product_id:in" in query:
        wanted = ids_of(query["product_id:in"], "product_id:in")
        rows = [store.variants[v] for product in sorted(wanted) for v in store.variants_of.get(product, ())]
    if "id" in query:
        rows = [row for row in rows if row["id"] in ids_of(query["id"], "id")]
    if "sku" in query:
        known = store.skus.get(query["sku"].lower())
        rows = [row for row in rows if known in (("variant", row["id"]), ("product", row["product_id"]))]
    page = paged_v3([row["id"] for row in rows], query)
    return _filled(call, page, lambda ids: [variant_json(store, store.variants[n]) for n in ids])


def list_variants_of(call: Call) -> Response:
    variants = [call.store.variants[v] for v in call.store.variants_of[_product(call)["id"]]]
    return paged_v3([variant_json(call.store, variant) for variant in variants], call.query)


def create_variant(call: Call) -> Response:
    made = catalog.add_variant(call.store, _product(call), call.body() or {})
    call.app.emit(
        "store/sku/created",
        "sku",
        made["id"],
        {"sku": {"product_id": made["product_id"], "variant_id": made["id"]}},
    )
    return wrapped(variant_json(call.store, made))


def change_variants(call: Call) -> Response:
    """PUT /v3/catalog/variants: an id changes, product and option values create; all or none."""
    rows, store = call.body(), call.store
    if not isinstance(rows, list) or not rows:
        raise ApiError(422, errors={"": "Expected a non-empty array."})
    if len(rows) > VARIANT_BATCH:
        raise _too_many(VARIANT_BATCH)
    faults = [fault for row in rows if (fault := _variant_fault(call, row))]
    if faults:
        raise ApiError(422, body={"batch_errors": faults})
    made = []
    for row in rows:
        if "id" in row:
            made.append(catalog.change_variant(store, store.variants[row["id"]], row, call.app.emit))
        else:
            made.append(catalog.add_variant(store, store.products[row["product_id"]], row))
    call.app.counters.rows("/v3/catalog/variants", "update", len(rows))
    return wrapped(
        [variant_json(store, store.variants[row["id"]]) for row in made if row["id"] in store.variants]
    )


def _variant_fault(call: Call, row: Json) -> Json | None:
    store, errors = call.store, {}
    if "id" in row:
        variant = store.variants.get(row["id"])
        if variant is None:
            errors = {"id": f"Variant {row['id']} was not found."}
        elif call.refused() & {
            variant["sku"] or store.products[variant["product_id"]]["sku"],
            str(variant["id"]),
        }:
            errors = {"price": "The value is refused."}
    elif row.get("product_id") not in store.products:
        errors = {"product_id": "not found"}
    if not errors:
        try:
            catalog.check_fields(row)
        except ApiError as error:
            errors = error.errors
    if not errors:
        return None
    return {
        "status": 422,
        "title": "The variant is invalid.",
        "type": "",
        "instance": f"/{row.get('id', '')}",
        "errors": errors,
    }


# ---------------------------------------------------------------- assignments, trees


def assign_categories(call: Call) -> Response:
    for row in call.body() or ():
        product = call.store.products.get(row.get("product_id"))
        if product is None or row.get("category_id") not in call.store.categories:
            raise ApiError(422, errors={"product_id": "unknown reference"})
        if row["category_id"] not in product["categories"]:
            product["categories"].append(row["category_id"])
    return empty()


def assign_channels(call: Call) -> Response:
    known = {channel["id"] for channel in call.store.channels}
    for row in call.body() or ():
        if row.get("product_id") not in call.store.products or row.get("channel_id") not in known:
            raise ApiError(422, errors={"channel_id": "unknown reference"})
        call.store.channel_products.add((row["product_id"], row["channel_id"]))
    return empty()


def list_channel_assignments(call: Call) -> Response:
    rows = [{"product_id": p, "channel_id": c} for p, c in sorted(call.store.channel_products)]
    if "product_id:in" in call.query:
        rows = [
            row for row in rows if row["product_id"] in ids_of(call.query["product_id:in"], "product_id:in")
        ]
    return paged_v3(rows, call.query)


def list_trees(call: Call) -> Response:
    return paged_v3(call.store.trees, call.query)


def list_categories(call: Call) -> Response:
    rows = list(call.store.categories.values())
    for name in ("tree_id", "parent_id", "category_id"):
        if f"{name}:in" in call.query:
            wanted = ids_of(call.query[f"{name}:in"], name)
            rows = [row for row in rows if row[name] in wanted]
    return paged_v3(rows, call.query)


def create_categories(call: Call) -> Response:
    made, errors = categories.create(call.store, call.body())
    for row in made:
        call.app.emit("store/category/created", "category", row["category_id"], {})
    meta = {"total": len(made) + len(errors), "success": len(made), "failed": len(errors)}
    if not errors:
        return wrapped(made, 201, meta)
    fault = {"status": 422, "title": "Some categories were not created.", "type": "", "errors": errors}
    return answer({"data": made, "errors": fault, "meta": meta}, 207)


def change_categories(call: Call) -> Response:
    errors = categories.update(call.store, call.body())
    if errors:
        raise ApiError(422, "Some categories were not changed.", errors=errors)
    return empty()


# ---------------------------------------------------------------- stock


def adjust_absolute(call: Call) -> Response:
    body = call.body()
    _refuse_rows(call, body)
    done = inventory.adjust(call.store, body, relative=False)
    call.app.counters.rows("/v3/inventory/adjustments/absolute", "update", len(body["items"]))
    return answer({"transaction_id": done})


def adjust_relative(call: Call) -> Response:
    body = call.body()
    done = inventory.adjust(call.store, body, relative=True)
    call.app.counters.rows("/v3/inventory/adjustments/relative", "update", len(body["items"]))
    return answer({"transaction_id": done})


def _refuse_rows(call: Call, body: Any) -> None:
    refused = call.refused()
    for item in (body or {}).get("items", ()) if refused else ():
        name = next((name for name in ("sku", "variant_id", "product_id") if name in item), "")
        rows = call.store.products if name == "product_id" else call.store.variants
        row = rows.get(item.get(name), {})
        if {str(item.get(name)), row.get("sku", "")} & refused:
            raise ApiError(422, f"[Item with {name} {item[name]} is not allowed to be adjusted]")


def list_items(call: Call) -> Response:
    store, query = call.store, call.query
    pairs = [(store.products[v["product_id"]], v) for v in store.variants.values()]
    if "sku:in" in query:
        wanted = {sku.strip().lower() for sku in query["sku:in"].split(",")}
        pairs = [(p, v) for p, v in pairs if (v["sku"] or p["sku"]).lower() in wanted]
    if "product_id:in" in query:
        pairs = [(p, v) for p, v in pairs if p["id"] in ids_of(query["product_id:in"], "product_id:in")]
    if "variant_id:in" in query:
        pairs = [(p, v) for p, v in pairs if v["id"] in ids_of(query["variant_id:in"], "variant_id:in")]
    places = ids_of(query.get("location_id:in", ""), "location_id:in")
    page = paged_v3([v["id"] for _, v in pairs], query, highest=1000)
    by_id = {v["id"]: (p, v) for p, v in pairs}
    return _filled(call, page, lambda ids: [inventory.item_json(store, *by_id[n], places) for n in ids])


def list_locations(call: Call) -> Response:
    return paged_v3(list(call.store.locations.values()), call.query)


# ---------------------------------------------------------------- price lists


def _list_id(call: Call) -> int:
    if call.ids[0] not in call.store.price_lists:
        raise ApiError(404)
    return call.ids[0]


def list_price_lists(call: Call) -> Response:
    return paged_v3(list(call.store.price_lists.values()), call.query)


def create_price_list(call: Call) -> Response:
    return wrapped(pricelists.add_list(call.store, call.body()))


def list_records(call: Call) -> Response:
    return paged_v3(pricelists.records(call.store, _list_id(call), call.query), call.query)


def put_records(call: Call) -> Response:
    rows = call.body()
    pricelists.upsert(call.store, _list_id(call), rows, refused=call.refused())
    call.app.counters.rows("/v3/pricelists/{id}/records", "update", len(rows))
    call.app.emit("store/priceList/records/updated", "priceListRecords", call.ids[0], {})
    return wrapped({})


def post_records(call: Call) -> Response:
    pricelists.upsert(call.store, _list_id(call), call.body(), refused=call.refused(), insert=True)
    return wrapped({})


def delete_records(call: Call) -> Response:
    pricelists.remove(call.store, _list_id(call), call.query)
    return empty()


def list_assignments(call: Call) -> Response:
    return paged_v3(call.store.assignments, call.query)


def create_assignments(call: Call) -> Response:
    pricelists.assign(call.store, call.body())
    return wrapped({})


def _routes(scopes: tuple[str, ...], *rows: tuple[str, str, Any]) -> list[Route]:
    return [Route(method, "v3", path, handler, scopes) for method, path, handler in rows]


ROUTES = [
    *_routes(
        PRODUCTS,
        ("GET", "/catalog/products", list_products),
        ("POST", "/catalog/products", create_product),
        ("PUT", "/catalog/products", change_products),
        ("DELETE", "/catalog/products", delete_products),
        ("GET", "/catalog/products/{id}", get_product),
        ("PUT", "/catalog/products/{id}", change_product),
        ("GET", "/catalog/products/{id}/images", list_images),
        ("POST", "/catalog/products/{id}/images", add_image),
        ("PUT", "/catalog/products/{id}/images/{image}", change_image),
        ("DELETE", "/catalog/products/{id}/images/{image}", delete_image),
        ("GET", "/catalog/products/{id}/options", list_options),
        ("POST", "/catalog/products/{id}/options", add_option),
        ("POST", "/catalog/products/{id}/options/{option}/values", add_option_value),
        ("GET", "/catalog/products/{id}/variants", list_variants_of),
        ("POST", "/catalog/products/{id}/variants", create_variant),
        ("POST", "/catalog/products/{id}/variants/{variant}/image", add_variant_image),
        ("GET", "/catalog/variants", list_variants),
        ("PUT", "/catalog/variants", change_variants),
        ("PUT", "/catalog/products/category-assignments", assign_categories),
        ("PUT", "/catalog/products/channel-assignments", assign_channels),
        ("GET", "/catalog/products/channel-assignments", list_channel_assignments),
        ("GET", "/catalog/trees", list_trees),
        ("GET", "/catalog/trees/categories", list_categories),
        ("POST", "/catalog/trees/categories", create_categories),
        ("PUT", "/catalog/trees/categories", change_categories),
        ("GET", "/pricelists", list_price_lists),
        ("POST", "/pricelists", create_price_list),
        ("GET", "/pricelists/{id}/records", list_records),
        ("PUT", "/pricelists/{id}/records", put_records),
        ("POST", "/pricelists/{id}/records", post_records),
        ("DELETE", "/pricelists/{id}/records", delete_records),
        ("GET", "/pricelists/assignments", list_assignments),
        ("POST", "/pricelists/assignments", create_assignments),
    ),
    *_routes(
        STOCK,
        ("PUT", "/inventory/adjustments/absolute", adjust_absolute),
        ("POST", "/inventory/adjustments/relative", adjust_relative),
        ("GET", "/inventory/items", list_items),
    ),
    *_routes(PLACES, ("GET", "/inventory/locations", list_locations)),
]
