"""Products and categories."""

from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.custom.state import LOCATIONS, ApiError, Json, Store


def add(store: Store, **values: Any) -> Json:
    """A product, or with `parent_id` a variant of one."""
    with store.lock:
        sku = str(values.get("sku", ""))
        if sku and store.by_sku(sku) is not None:
            raise ApiError(409, "SKU_TAKEN", f"The SKU {sku} is taken.")
        number = store.next_id("products", 101)
        row: Json = {
            "id": number,
            "sku": sku,
            "name": str(values.get("name", f"Product {sku}")),
            "parent_id": values.get("parent_id"),
            "sellable": bool(values.get("sellable", True)),
            "price": _amount(values.get("price", "10.00")),
            "special_price": _amount(values["special_price"]) if values.get("special_price") else None,
            "quantity": Decimal(str(values.get("quantity", 0) or 0)),
            "barcode": str(values.get("barcode", "") or ""),
            "tax_class": str(values.get("tax_class", "standard")),
            "active": bool(values.get("active", True)),
            "updated": store.clock.now(),
        }
        store.products[number] = row
        return row


def change(store: Store, row: Json, body: Json) -> Json:
    for name in ("name", "barcode"):
        if body.get(name) is not None:
            row[name] = str(body[name])
    if body.get("active") is not None:
        row["active"] = str(body["active"]).lower() in ("true", "1")
    if body.get("price") is not None:
        row["price"] = _amount(body["price"])
    if "special_price" in body:
        row["special_price"] = _amount(body["special_price"]) if body["special_price"] else None
    if body.get("quantity") is not None:
        row["quantity"] = _stock(row, _amount(body["quantity"]), str(body.get("location_id") or ""))
    row["updated"] = store.clock.now()
    return row


def _stock(row: Json, quantity: Decimal, place: str) -> Decimal:
    """What is there in all. A quantity without a place is that of the first one, unless no place was ever named."""
    if not place and not row.get("places"):
        return quantity
    place = place or LOCATIONS[0][0]
    if place not in dict(LOCATIONS):
        raise ApiError(422, "NO_LOCATION", f"There is no location {place}.")
    row["places"] = {**row.get("places", {}), place: quantity}
    return sum(row["places"].values(), Decimal(0))


def set_rows(store: Store, rows: list[Json], refused: set[str]) -> list[Json]:
    """Quantities or prices of many products: each row is answered for itself."""
    answers = []
    for row in rows:
        number = str(row.get("id", ""))
        product = store.products.get(int(number)) if number.isdigit() else None
        error = ""
        if product is None:
            error = f"There is no product {number}."
        elif product["sku"] in refused:
            error = "The product is locked."
        else:
            try:
                change(store, product, {name: value for name, value in row.items() if name != "id"})
            except ApiError as found:
                error = found.message
        answers.append({"id": row.get("id"), "ok": not error, "error": error or None})
    return answers


def _amount(value: Any) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation as error:
        raise ApiError(422, "BAD_NUMBER", f"{value!r} is not a number.") from error
    if number < 0:
        raise ApiError(422, "NEGATIVE", f"{value} is below zero.")
    return number


def shown(store: Store, row: Json) -> Json:
    return {
        **{name: row[name] for name in ("id", "sku", "name", "parent_id", "sellable", "barcode", "active")},
        "price": f"{row['price'].quantize(store.quantum):f}",
        "special_price": None
        if row["special_price"] is None
        else f"{row['special_price'].quantize(store.quantum):f}",
        "quantity": int(row["quantity"]),
        "updated_at": f"{store.clock.gmt(row['updated'])}Z",
    }


def add_image(store: Store, product: Json, body: Json) -> Json:
    """A picture by its address; the same one may be there twice."""
    url = str(body.get("url") or "")
    if not url.startswith(("https://", "http://")):
        raise ApiError(422, "BAD_PICTURE", "A picture needs a web address.")
    number = store.next_id("images", 501)
    label = str(body.get("label") or "").strip()
    store.images[number] = {"id": number, "product_id": product["id"], "url": url, "label": label}
    return store.images[number]


def add_category(store: Store, body: Json) -> Json:
    name = str(body.get("name") or "")
    if not name:
        raise ApiError(422, "NO_NAME", "A category needs a name.")
    parent = body.get("parent_id") or None
    if parent is not None and int(parent) not in store.categories:
        raise ApiError(422, "NO_PARENT", f"There is no category {parent}.")
    number = store.next_id("categories", 11)
    store.categories[number] = {"id": number, "name": name, "parent_id": int(parent) if parent else None}
    return store.categories[number]
