"""Products, variants, options, images and categories over HTTP."""

import re

from sandbox.messages import Response
from sandbox.salla import products
from sandbox.salla.answers import ApiError, Json, paged, success
from sandbox.salla.call import Call, Route, need
from sandbox.salla.products import product_json, variant_json, variants_of


def listed(call: Call) -> Response:
    store, query = call.store, call.query
    rows = [row for row in store.products.values() if row["_status"] != "deleted"]
    word = query.get("keyword", "").lower()
    if word:
        rows = [
            row
            for row in rows
            if word in row["sku"].lower() or word in _names(row) or _variant_has(call, row, word)
        ]
    if query.get("status"):
        rows = [row for row in rows if products.status_of(store, row) == query["status"]]
    if query.get("category"):
        rows = [row for row in rows if int(query["category"]) in row["categories"]]
    rows.sort(key=lambda row: -row["id"])
    light = query.get("format") == "light"
    size = query.get("per_page", "15")
    shown = [row["id"] for row in rows]
    answer = paged(shown, {**query, "per_page": size})
    return _filled(call, answer, light=light)


def _filled(call: Call, answer: Response, *, light: bool) -> Response:
    """Only the rows of the page are printed."""
    import json

    from sandbox.salla.answers import answer as made

    body = json.loads(answer.body)
    rows = [product_json(call.store, call.store.products[number], call.language) for number in body["data"]]
    if light:
        keep = ("id", "sku", "name", "status", "price", "sale_price", "quantity", "updated_at")
        rows = [{name: row[name] for name in keep} for row in rows]
    return made({**body, "data": rows})


def _names(row: Json) -> str:
    return " ".join(row["_names"].values()).lower()


def _variant_has(call: Call, row: Json, word: str) -> bool:
    return any(word in variant["sku"].lower() for variant in variants_of(call.store, row))


def create(call: Call) -> Response:
    made = products.create(call.store, call.body(), language=call.written_language)
    shown = product_json(call.store, made, call.language)
    call.app.emit("product.created", shown)
    return success(shown, 201)


def _product(call: Call) -> Json:
    if "/sku/" not in call.request.path:
        return need(call.store.products.get(call.number))  # type: ignore[no-any-return]
    try:
        return products.by_sku(call.store, call.parts[0])[0]
    except LookupError:
        raise ApiError(404) from None


def read(call: Call) -> Response:
    return success(product_json(call.store, _product(call), call.language))


def update(call: Call) -> Response:
    row = _product(call)
    products.change(call.store, row, call.body(), language=call.written_language)
    return _told(call, row)


def _told(call: Call, row: Json, status: int = 200) -> Response:
    shown = product_json(call.store, row, call.language)
    call.app.emit("product.updated", shown)
    return success(shown, status)


def delete(call: Call) -> Response:
    row = _product(call)
    for number in row["_variants"]:
        call.store.variants.pop(number, None)
    del call.store.products[row["id"]]
    call.app.emit("product.deleted", {"id": row["id"], "sku": row["sku"]})
    return success({"message": "تم حذف المنتج", "code": 202}, 202)


def set_status(call: Call) -> Response:
    row, status = _product(call), call.body().get("status")
    if status not in ("sale", "out", "hidden"):
        raise ApiError(422, fields={"status": "is not known"})
    row["_status"] = status
    row["_updated"] = call.store.clock.now()
    return _told(call, row)


def bulk_edit(call: Call) -> Response:
    rows = call.body().get("products")
    if not isinstance(rows, list) or not rows:
        raise ApiError(422, fields={"products": "is required"})
    for n, row in enumerate(rows):
        if int(row.get("id", 0)) not in call.store.products:
            raise ApiError(422, fields={f"products.{n}.id": "غير موجود"})
    for row in rows:
        products.change(call.store, call.store.products[int(row["id"])], row, language=call.written_language)
    return success({"message": "تم التحديث", "code": 201}, 201)


def variants(call: Call) -> Response:
    row = _product(call)
    return paged([variant_json(call.store, v) for v in variants_of(call.store, row)], call.query)


def variant(call: Call) -> Response:
    return success(variant_json(call.store, need(call.store.variants.get(call.number))))


def update_variant(call: Call) -> Response:
    row = need(call.store.variants.get(call.number))
    products.change_variant(call.store, row, call.body())
    product = call.store.products[row["_product"]]
    call.app.emit("product.updated", product_json(call.store, product))
    return success(variant_json(call.store, row))


def add_option(call: Call) -> Response:
    row = _product(call)
    made = products.add_option(call.store, row, call.body())
    return success(made, 201)


def add_value(call: Call) -> Response:
    for row in call.store.products.values():
        for option in row["_options"]:
            if option["id"] == call.number:
                return success(products.add_value(call.store, row, option, call.body()), 201)
    raise ApiError(404)


def add_image(call: Call) -> Response:
    """Multipart, with the file or its address in `original`."""
    made = products.add_image(call.store, _product(call), _fields(call))
    return success({k: v for k, v in made.items() if not k.startswith("_")}, 201)


def _fields(call: Call) -> Json:
    kind = call.request.headers.get("content-type", "")
    if "multipart/form-data" not in kind:
        return call.body()
    boundary = kind.partition("boundary=")[2].strip('"').encode()
    found: Json = {}
    for part in call.request.body.split(b"--" + boundary)[1:-1]:
        head, _, content = part.strip(b"\r\n").partition(b"\r\n\r\n")
        name = re.search(rb'name="([^"]+)"', head)
        if name is None:
            continue
        file = re.search(rb'filename="([^"]*)"', head)
        key = name.group(1).decode()
        found[key] = (
            f"https://cdn.salla.example.test/{call.store.token(8)}/{file.group(1).decode()}"
            if file
            else content.decode()
        )
    for key in ("main", "default"):
        if key in found:
            found[key] = str(found[key]).lower() in ("1", "true")
    return found


def delete_image(call: Call) -> Response:
    image = need(call.store.images.pop(call.number, None))
    product = call.store.products.get(image["_product"])
    if product:
        product["_images"].remove(call.number)
    return success({"message": "تم حذف الصورة", "code": 202}, 202)


# ---------------------------------------------------------------- categories


def add_category(call: Call) -> Response:
    body = call.body()
    if not body.get("name"):
        raise ApiError(422, fields={"name": "is required"})
    made = make_category(call, body)
    call.app.emit("category.created", products.category_json(made, call.language))
    return success(products.category_json(made, call.language), 201)


def make_category(call: Call, body: Json) -> Json:
    store = call.store
    made: Json = {
        "id": store.next_id("category", 5001),
        "parent_id": int(body.get("parent_id") or 0),
        "sort_order": int(body.get("sort_order") or 0),
        "status": str(body.get("status") or "active"),
        "image": body.get("image"),
        "_names": {},
        "update_at": "",
    }
    store.categories[made["id"]] = made
    _rename(call, made, body)
    return made


def _rename(call: Call, row: Json, body: Json) -> None:
    if body.get("name"):
        row["_names"][call.written_language] = str(body["name"])
    for language, texts in (body.get("translations") or {}).items():
        if isinstance(texts, dict) and texts.get("name"):
            row["_names"][language] = str(texts["name"])
    row["update_at"] = (call.store.clock.local(call.store.clock.now()) or "").replace("T", " ")


def update_category(call: Call) -> Response:
    row, body = need(call.store.categories.get(call.number)), call.body()
    for name in ("parent_id", "sort_order"):
        if name in body:
            row[name] = int(body[name] or 0)
    for name in ("status", "image"):
        if name in body:
            row[name] = body[name]
    _rename(call, row, body)
    return success(products.category_json(row, call.language))


def list_categories(call: Call) -> Response:
    rows = [products.category_json(row, call.language) for row in call.store.categories.values()]
    word = call.query.get("keyword", "")
    return paged([row for row in rows if word in row["name"]], call.query)


def read_category(call: Call) -> Response:
    return success(products.category_json(need(call.store.categories.get(call.number)), call.language))


def delete_category(call: Call) -> Response:
    need(call.store.categories.pop(call.number, None))
    return success({"message": "تم الحذف", "code": 202}, 202)


ROUTES = [
    Route("GET", "/products", listed, "products"),
    Route("POST", "/products", create, "products"),
    Route("POST", "/products/bulk", bulk_edit, "products"),
    Route("GET", "/products/{id}", read, "products"),
    Route("PUT", "/products/{id}", update, "products"),
    Route("DELETE", "/products/{id}", delete, "products"),
    Route("GET", "/products/sku/{sku}", read, "products"),
    Route("PUT", "/products/sku/{sku}", update, "products"),
    Route("POST", "/products/{id}/status", set_status, "products"),
    Route("POST", "/products/{id}/images", add_image, "products"),
    Route("DELETE", "/products/images/{id}", delete_image, "products"),
    Route("POST", "/products/{id}/options", add_option, "products"),
    Route("POST", "/products/options/{id}", add_value, "products"),
    Route("GET", "/products/{id}/variants", variants, "products"),
    Route("GET", "/products/variants/{id}", variant, "products"),
    Route("PUT", "/products/variants/{id}", update_variant, "products"),
    Route("GET", "/categories", list_categories, "categories"),
    Route("POST", "/categories", add_category, "categories"),
    Route("GET", "/categories/{id}", read_category, "categories"),
    Route("PUT", "/categories/{id}", update_category, "categories"),
    Route("DELETE", "/categories/{id}", delete_category, "categories"),
]
