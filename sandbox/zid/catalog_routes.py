"""Routes of the catalogue family: products, stock, attributes, locations. Every path ends with a slash."""

from typing import Any

from sandbox.messages import Response
from sandbox.zid import catalog
from sandbox.zid.answers import ApiError, Json, answer, empty, paged
from sandbox.zid.call import Call, Route
from sandbox.zid.catalog import product_json

READ, WRITE = "products.read", "products.write"
STOCK_READ, STOCK_WRITE = "inventories.read", "inventories.write"


def _product(call: Call) -> Json:
    found = call.store.products.get(call.ids[0])
    if found is None:
        raise ApiError(404)
    return found


def _filtered(call: Call) -> list[Json]:
    query, store = call.query, call.store
    rows = list(store.products.values())
    ids = {part.strip() for part in query.get("id__in", "").split(",") if part.strip()}
    if ids:
        rows = [row for row in rows if row["id"] in ids]
    elif query.get("structure"):
        rows = [row for row in rows if row["structure"] == query["structure"]]
    elif not store.options.list_children:
        rows = [row for row in rows if row["structure"] != "child"]
    if query.get("search"):
        rows = [row for row in rows if _matches(call, row, query["search"])]
    if query.get("barcode"):
        rows = [row for row in rows if row["barcode"] == query["barcode"]]
    for name in ("is_published", "is_infinite"):
        if name in query:
            rows = [row for row in rows if row[name] is (query[name].lower() == "true")]
    if query.get("locations"):
        wanted = set(query["locations"].split(","))
        rows = [row for row in rows if wanted & set(row["_stocks"])]
    return _ordered(call, rows)


def _matches(call: Call, row: Json, text: str) -> bool:
    """Like a search box: parts of the SKU or of a name, also of a variant's."""
    told = [row["sku"], *row["name"].values()]
    told += [call.store.products[number]["sku"] for number in row["_children"]]
    return any(text.casefold() in str(entry).casefold() for entry in told)


def _ordered(call: Call, rows: list[Json]) -> list[Json]:
    ordering = call.query.get("ordering", "")
    name = {"created_at": "_created", "updated_at": "_updated"}.get(ordering.lstrip("-"))
    if name is None or (ordering.startswith("-") and not call.store.options.newest_first):
        return rows
    return sorted(rows, key=lambda row: row[name], reverse=ordering.startswith("-"))


def list_products(call: Call) -> Response:
    rows = _filtered(call)
    page = int(call.query.get("page", "1") or 1)
    size = min(100, int(call.query.get("page_size", "10") or 10))
    extended = call.query.get("extended", "").lower() == "true"
    shown: list[Any] = [None] * len(rows)
    for n in range((page - 1) * size, min(len(rows), page * size)):
        shown[n] = product_json(call.store, rows[n], extended=extended)
    return paged(shown, call.query, call.base)


def create_product(call: Call) -> Response:
    return answer(product_json(call.store, catalog.create(call.store, call.record(), call.app.emit)), 201)


def bulk(call: Call) -> Response:
    rows = call.body()
    names = call.store.options.bulk_names_rows
    found = catalog.bulk_change(call.store, rows, call.app.emit, call.refused(), names_rows=names)
    call.app.counters.rows("/v1/products/", "update", len(found))
    return answer([product_json(call.store, row) for row in found])


def get_product(call: Call) -> Response:
    return answer(product_json(call.store, _product(call)))


def change_product(call: Call) -> Response:
    row = _product(call)
    catalog.change(call.store, row, call.record(), call.app.emit)
    return answer(product_json(call.store, row))


def delete_product(call: Call) -> Response:
    catalog.delete(call.store, _product(call), call.app.emit)
    return empty()


def variants(call: Call) -> Response:
    row = _product(call)
    catalog.write_variants(call.store, row, call.body(), call.app.emit)
    return answer(product_json(call.store, row))


# ---------------------------------------------------------------- categories of a product


def _assign(call: Call, ids: list[Any]) -> Response:
    row = _product(call)
    for given in ids:
        number = int(given) if str(given).isdigit() else 0
        if number not in call.store.categories:
            raise ApiError(400, fields={"id": ["Invalid category."]})
        if number not in row["_categories"]:
            row["_categories"].append(number)
    catalog.touch(call.store, row)
    return answer(product_json(call.store, row)["categories"])


def add_category(call: Call) -> Response:
    return _assign(call, [call.record().get("id")])


def add_categories(call: Call) -> Response:
    ids = call.record().get("ids")
    if not isinstance(ids, list):
        raise ApiError(400, fields={"ids": ["This field is required."]})
    return _assign(call, ids)


def remove_category(call: Call) -> Response:
    row = _product(call)
    number = int(call.ids[1]) if call.ids[1].isdigit() else 0
    if number not in row["_categories"]:
        raise ApiError(404)
    row["_categories"].remove(number)
    catalog.touch(call.store, row)
    return empty()


# ---------------------------------------------------------------- pictures


def images(call: Call) -> Response:
    return paged(_product(call)["images"], call.query, call.base)


def add_image(call: Call) -> Response:
    row = _product(call)
    parts = _multipart(call)
    if not parts.get("image"):
        raise ApiError(400, fields={"image": ["No file was submitted."]})
    number = call.store.new_uuid()
    address = f"https://media.zid.store/{number}.png"
    image = {
        "id": number,
        "image": dict.fromkeys(("thumbnail", "small", "medium", "large", "full_size"), address),
        "alt_text": parts.get("alt_text", b"").decode(),
        "display_order": len(row["images"]) + 1,
    }
    row["images"].append(image)
    catalog.touch(call.store, row)
    return answer(image, 201)


def _multipart(call: Call) -> dict[str, bytes]:
    kind = call.request.headers.get("content-type", "")
    if "boundary=" not in kind:
        raise ApiError(415, "Unsupported media type")
    boundary = kind.partition("boundary=")[2].strip('"').encode()
    found: dict[str, bytes] = {}
    for part in call.request.body.split(b"--" + boundary):
        head, _, content = part.partition(b"\r\n\r\n")
        name = head.partition(b'name="')[2].partition(b'"')[0].decode()
        if name:
            found[name] = content.removesuffix(b"\r\n")
    return found


def _image(call: Call) -> tuple[Json, Json]:
    row = _product(call)
    found = next((image for image in row["images"] if image["id"] == call.ids[1]), None)
    if found is None:
        raise ApiError(404)
    return row, found


def change_image(call: Call) -> Response:
    _, image = _image(call)
    image |= {k: v for k, v in call.record().items() if k in ("display_order", "alt_text")}
    return answer(image)


def delete_image(call: Call) -> Response:
    row, image = _image(call)
    row["images"].remove(image)
    return empty()


# ---------------------------------------------------------------- stock and locations


def stocks(call: Call) -> Response:
    row = _product(call)
    rows = [catalog.stock_json(call.store, place, stock) for place, stock in row["_stocks"].items()]
    return paged(rows, call.query, call.base)


def add_stock(call: Call) -> Response:
    row, body = _product(call), call.record()
    place = str(body.get("location", ""))
    if place in row["_stocks"]:
        raise ApiError(400, fields={"location": ["There is a stock at this location already."]})
    catalog._stock_row(call.store, row, place, body)
    catalog.touch(call.store, row)
    return answer(catalog.stock_json(call.store, place, row["_stocks"][place]), 201)


def write_stocks(call: Call) -> Response:
    catalog.write_stocks(call.store, _product(call), call.body(), call.app.emit)
    return empty()


def _location(call: Call) -> Json:
    found = call.store.locations.get(call.ids[0])
    if found is None:
        raise ApiError(404, "Location not found.")
    return found


def locations(call: Call) -> Response:
    rows = list(call.store.locations.values())
    active = sum(1 for row in rows if row["is_enabled"])
    return paged(rows, call.query, call.base, active_locations_limit=10, active_locations_count=active)


def get_location(call: Call) -> Response:
    return answer(_location(call))


def change_location(call: Call) -> Response:
    row = _location(call)
    row |= {k: v for k, v in call.record().items() if k in ("name", "is_enabled", "fulfillment_priority")}
    return answer(row)


def stock_update(call: Call) -> Response:
    place, rows = _location(call), call.body()
    catalog.update_location(call.store, place, rows, call.app.emit, call.refused())
    call.app.counters.rows("/v1/locations/stock-update/", "update", len(rows))
    return Response(200, b"", [("Content-Type", "application/json")])


# ---------------------------------------------------------------- attributes


def _shown(row: Json) -> Json:
    return {key: value for key, value in row.items() if not key.startswith("_")}


def _attribute(call: Call) -> Json:
    found = call.store.attributes.get(call.ids[0])
    if found is None:
        raise ApiError(404)
    return found


def attributes(call: Call) -> Response:
    return paged([_shown(row) for row in call.store.attributes.values()], call.query, call.base)


def add_attribute(call: Call) -> Response:
    return answer(_shown(catalog.add_attribute(call.store, call.record())), 201)


def presets(call: Call) -> Response:
    return paged(_attribute(call)["_presets"], call.query, call.base)


def add_preset(call: Call) -> Response:
    return answer(catalog.add_preset(call.store, _attribute(call), call.record()), 201)


ROUTES = [
    Route("GET", "/v1/products/", list_products, READ),
    Route("POST", "/v1/products/", create_product, WRITE),
    Route("PATCH", "/v1/products/", bulk, WRITE),
    Route("GET", "/v1/products/{id}/", get_product, READ),
    Route("PATCH", "/v1/products/{id}/", change_product, WRITE),
    Route("DELETE", "/v1/products/{id}/", delete_product, WRITE),
    Route("POST", "/v1/products/{id}/variants/", variants, WRITE),
    Route("POST", "/v1/products/{id}/categories/", add_category, WRITE),
    Route("PATCH", "/v1/products/{id}/categories/bulk-add/", add_categories, WRITE),
    Route("DELETE", "/v1/products/{id}/categories/{category}/", remove_category, WRITE),
    Route("GET", "/v1/products/{id}/images/", images, READ),
    Route("POST", "/v1/products/{id}/images/", add_image, WRITE),
    Route("PATCH", "/v1/products/{id}/images/{image}/", change_image, WRITE),
    Route("DELETE", "/v1/products/{id}/images/{image}/", delete_image, WRITE),
    Route("GET", "/v1/products/{id}/stocks/", stocks, STOCK_READ),
    Route("POST", "/v1/products/{id}/stocks/", add_stock, STOCK_WRITE),
    Route("PATCH", "/v1/products/{id}/stocks/", write_stocks, STOCK_WRITE),
    Route("GET", "/v1/locations/", locations, STOCK_READ),
    Route("GET", "/v1/locations/{id}/", get_location, STOCK_READ),
    Route("PATCH", "/v1/locations/{id}/", change_location, STOCK_WRITE),
    Route("POST", "/v1/locations/{id}/stock-update/", stock_update, STOCK_WRITE),
    Route("GET", "/v1/attributes/", attributes, READ),
    Route("POST", "/v1/attributes/", add_attribute, WRITE),
    Route("GET", "/v1/attributes/{id}/presets/", presets, READ),
    Route("POST", "/v1/attributes/{id}/presets/", add_preset, WRITE),
]
