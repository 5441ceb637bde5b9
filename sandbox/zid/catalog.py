"""Products, variants, stock per location, attributes: what may be written and what is printed."""

import uuid
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from sandbox.zid.answers import ApiError, Json, decimal_of, iso
from sandbox.zid.state import Store

Emit = Callable[[str, Json], None]
_FLAGS = ("is_infinite", "is_draft", "is_published", "is_taxable", "requires_shipping")
_OPEN = (
    "barcode",
    "keywords",
    "description",
    "short_description",
    "product_class",
    "seo",
    "badge",
    "weight",
    "purchase_restrictions",
)
_CLASSES = (
    None,
    "grouped_product",
    "dynamic_bundle",
    "voucher",
    "downloadable",
    "crowdfunding_project",
    "donation_item",
)
BULK = 50


def nobody(event: str, body: Json) -> None:
    """Nobody is told of rows that were there before the shop opened."""


# ---------------------------------------------------------------- printing


def product_json(store: Store, row: Json, *, extended: bool = True) -> Json:
    """A product as the API prints it. extended: with its variants."""
    shown = {key: value for key, value in row.items() if not key.startswith("_")}
    children = [store.products[number] for number in row["_children"]]
    shown |= {
        "currency": store.options.currency,
        "currency_symbol": store.options.currency,
        "formatted_price": f"{row['price']} {store.options.currency}",
        "quantity": None if row["is_infinite"] else quantity_of(row),
        "stocks": [stock_json(store, location, stock) for location, stock in row["_stocks"].items()],
        "categories": [
            _category(store, number) for number in row["_categories"] if number in store.categories
        ],
        "has_options": bool(children),
        "has_fields": False,
        "options": _options(children),
        "variants": [product_json(store, child) for child in children] if extended else [],
        "metafields": [],
        "custom_user_input_fields": [],
        "custom_option_fields": [],
        "group_products": None,
        "store_id": store.uuid,
        "html_url": f"https://demo.zid.store/products/{row['slug']}",
        "created_at": iso(row["_created"]),
        "updated_at": iso(row["_updated"]),
    }
    return shown


def _category(store: Store, number: int) -> Json:
    """Ids of categories are text here and numbers in the managers family."""
    row = store.categories[number]
    return {"id": str(number), "name": dict(row["names"]), "slug": row["slug"]}


def _options(children: list[Json]) -> list[Json]:
    found: dict[str, Json] = {}
    for child in children:
        for entry in child["attributes"]:
            option = found.setdefault(
                entry["slug"],
                {"id": entry["attribute_id"], "name": entry["name"], "slug": entry["slug"], "choices": []},
            )
            if entry["value"] not in option["choices"]:
                option["choices"].append(entry["value"])
    return list(found.values())


def stock_json(store: Store, location: str, stock: Json) -> Json:
    place = store.locations[location]
    return {
        "id": stock["id"],
        "location": {
            "id": location,
            "name": place["name"],
            "type": place["type"],
            "full_address": place["full_address"],
        },
        "available_quantity": None if stock["infinite"] else stock["quantity"],
        "is_infinite": stock["infinite"],
    }


def quantity_of(row: Json) -> int:
    """The sum over locations; of a parent 0, since its variants have the stock."""
    if row["structure"] == "parent":
        return 0
    return sum(stock["quantity"] for stock in row["_stocks"].values())


# ---------------------------------------------------------------- writing


def create(store: Store, body: Json, emit: Emit) -> Json:
    if not body.get("name"):
        raise ApiError(400, fields={"name": ["This field is required."]})
    if body.get("price") is None:
        raise ApiError(400, fields={"price": ["This field is required."]})
    now = store.clock.now()
    row: Json = {
        "id": store.new_uuid(),
        "structure": "standalone",
        "parent_id": None,
        "sku": "",
        "barcode": None,
        "name": {},
        "slug": "",
        "price": Decimal(0),
        "sale_price": None,
        "cost": None,
        "is_infinite": False,
        "is_draft": False,
        "is_published": True,
        "is_taxable": True,
        "requires_shipping": True,
        "weight": {"value": 0, "unit": "kg"},
        "description": {},
        "short_description": {},
        "keywords": [],
        "product_class": None,
        "seo": {},
        "badge": None,
        "attributes": [],
        "images": [],
        "purchase_restrictions": {},
        "_stocks": {},
        "_children": [],
        "_categories": [],
        "_created": now,
        "_updated": now,
    }
    _apply(store, row, body, checked=_check(store, row, body, creating=True))
    row["slug"] = f"p-{row['id'][:8]}"
    _register(store, row)
    if body.get("quantity") is not None:
        set_stock(store, row, store.default_location, int(body["quantity"]), infinite=row["is_infinite"])
    emit("product.create", product_json(store, row))
    return row


def _register(store: Store, row: Json) -> None:
    store.products[row["id"]] = row
    store.skus[row["sku"]] = row["id"]


def change(store: Store, row: Json, body: Json, emit: Emit) -> None:
    _apply(store, row, body, checked=_check(store, row, body, creating=False))
    if body.get("quantity") is not None and row["structure"] != "parent":
        set_stock(store, row, store.default_location, int(body["quantity"]), infinite=row["is_infinite"])
    touch(store, row)
    emit("product.update", product_json(store, row))


def touch(store: Store, row: Json) -> None:
    row["_updated"] = store.clock.now()
    if row["parent_id"]:
        store.products[row["parent_id"]]["_updated"] = row["_updated"]


def _check(store: Store, row: Json, body: Json, *, creating: bool) -> Json:
    """What is wrong with the values, before any is taken. Returns the money of the body."""
    faults: Json = {}
    money: Json = {}
    for name in ("price", "sale_price", "cost"):
        if name not in body:
            continue
        value = body[name]
        money[name] = None if value is None and name != "price" else decimal_of(value, name)
        if money[name] is not None and money[name] < 0:
            faults[name] = ["Ensure this value is greater than or equal to 0."]
    price = money.get("price", row["price"])
    sale = money.get("sale_price", row["sale_price"])
    if sale is not None and price is not None and sale >= price:
        faults["sale_price"] = ["must be lower than price"]
    sku = body.get("sku")
    if (
        sku is not None
        and (creating or sku != row["sku"])
        and sku in store.skus
        and store.skus[sku] != row["id"]
    ):
        faults["sku"] = ["product with this sku already exists."]
    if body.get("product_class") not in _CLASSES:
        faults["product_class"] = ["is not a valid choice."]
    quantity = body.get("quantity")
    if quantity is not None and (isinstance(quantity, bool) or not isinstance(quantity, int) or quantity < 0):
        faults["quantity"] = ["A valid integer is required."]
    if faults:
        raise ApiError(400, fields=faults)
    return money


def _apply(store: Store, row: Json, body: Json, *, checked: Json) -> None:
    for name, value in checked.items():
        row[name] = value
    if "name" in body:
        name = body["name"]
        row["name"] = {
            **row["name"],
            **(name if isinstance(name, dict) else {store.options.language: str(name)}),
        }
    for name in _FLAGS:
        if name in body:
            row[name] = bool(body[name])
    for name in _OPEN:
        if name in body:
            row[name] = body[name]
    if body.get("sku") and body["sku"] != row["sku"]:
        store.skus.pop(row["sku"], None)
        row["sku"] = str(body["sku"])
        store.skus[row["sku"]] = row["id"]
    elif not row["sku"]:
        row["sku"] = f"Z.{store.next_id('sku', 100000)}.{store.token(6)}"


def bulk_change(store: Store, rows: Any, emit: Emit, refused: set[str], *, names_rows: bool) -> list[Json]:
    """At most 50 rows, each by `id` or `sku`; one bad row refuses all of them."""
    if not isinstance(rows, list):
        raise ApiError(400, "Expected a list of items.")
    if len(rows) > BULK:
        raise ApiError(400, f"Ensure this list has no more than {BULK} elements.")
    found: list[tuple[Json, Json]] = []
    faults: list[Json] = []
    for body in rows:
        try:
            row = _of(store, body)
            if refused & {row["id"], row["sku"]}:
                raise ApiError(400, fields={"sku": ["refused"]})
            _check(store, row, body, creating=False)
        except ApiError as error:
            faults.append(error.fields or {"detail": error.text})
            continue
        faults.append({})
        found.append((row, body))
    if any(faults):
        raise ApiError(400, body=faults if names_rows else next(fault for fault in faults if fault))
    for row, body in found:
        change(store, row, body, emit)
    return [row for row, _ in found]


def _of(store: Store, body: Any) -> Json:
    if not isinstance(body, dict) or not (body.get("id") or body.get("sku")):
        raise ApiError(400, fields={"id": ["id or sku is required."]})
    number = str(body.get("id") or store.skus.get(str(body.get("sku")), ""))
    row = store.products.get(number)
    if row is None:
        raise ApiError(400, fields={"id": [f"product {number} does not exist."]})
    return row


def delete(store: Store, row: Json, emit: Emit) -> None:
    for number in [*row["_children"], row["id"]]:
        gone = store.products.pop(number)
        store.skus.pop(gone["sku"], None)
    if row["parent_id"] and row["parent_id"] in store.products:
        store.products[row["parent_id"]]["_children"].remove(row["id"])
    emit("product.delete", {"id": row["id"], "store_id": store.options.store_id})


# ---------------------------------------------------------------- variants


def write_variants(store: Store, parent: Json, body: Any, emit: Emit) -> None:
    """Creates, changes (`id`) and deletes (`is_deleted`). Attributes and presets must be there before."""
    rows = body.get("variants") if isinstance(body, dict) else None
    if not isinstance(rows, list) or not rows:
        raise ApiError(400, fields={"variants": ["This field is required."]})
    if parent["product_class"] == "voucher" or parent["structure"] == "child":
        raise ApiError(400, fields={"variants": ["This product cannot have variants."]})
    checked = [(_variant(store, parent, entry), entry) for entry in rows]
    for child, entry in checked:
        _write_variant(store, parent, child, entry, emit)
    parent["structure"] = "parent" if parent["_children"] else "standalone"
    if parent["_children"]:
        parent["_stocks"] = {}
    touch(store, parent)
    emit("product.update", product_json(store, parent))


def _variant(store: Store, parent: Json, entry: Json) -> Json | None:
    """The present variant of an entry, or None for a new one. Raises ApiError for what cannot be."""
    if entry.get("id"):
        child = store.products.get(str(entry["id"]))
        if child is None or child["parent_id"] != parent["id"]:
            raise ApiError(400, fields={"id": ["is not a variant of this product."]})
        _check(store, child, entry, creating=False)
        return child
    if entry.get("price") is None:
        raise ApiError(400, fields={"price": ["This field is required."]})
    _check(store, {"id": "", "sku": "", "price": None, "sale_price": None}, entry, creating=True)
    wanted = _values(store, entry)
    for number in parent["_children"]:
        if store.products[number]["attributes"] == wanted:
            raise ApiError(400, fields={"attributes": ["A variant with these values already exists."]})
    return None


def _values(store: Store, entry: Json) -> list[Json]:
    found = []
    for given in entry.get("attributes") or ():
        attribute = next((a for a in store.attributes.values() if a["slug"] == given.get("slug")), None)
        if attribute is None:
            raise ApiError(400, fields={"attributes": [f"attribute {given.get('slug')} does not exist."]})
        if not any(_same(preset["value"], given.get("value")) for preset in attribute["_presets"]):
            raise ApiError(400, fields={"attributes": [f"preset of {attribute['slug']} does not exist."]})
        found.append(
            {
                "id": attribute["id"],
                "attribute_id": attribute["id"],
                "slug": attribute["slug"],
                "name": attribute["name"].get(store.options.language)
                or next(iter(attribute["name"].values())),
                "value": given["value"]
                if isinstance(given["value"], dict)
                else {store.options.language: given["value"]},
            }
        )
    if not found:
        raise ApiError(400, fields={"attributes": ["This field is required."]})
    return found


def _same(preset: Json, given: Any) -> bool:
    texts: Iterable[Any] = given.values() if isinstance(given, dict) else [given]
    return bool(set(map(str, preset.values())) & set(map(str, texts)))


def _write_variant(store: Store, parent: Json, child: Json | None, entry: Json, emit: Emit) -> None:
    if child is not None and entry.get("is_deleted"):
        delete(store, child, emit)
        return
    if child is None:
        values = _values(store, entry)
        label = ", ".join(next(iter(value["value"].values())) for value in values)
        names = {code: f"{text} - {label}" for code, text in parent["name"].items()}
        fields = {key: value for key, value in entry.items() if key not in ("attributes", "stocks", "id")}
        child = create(store, {"name": names, "is_taxable": parent["is_taxable"], **fields}, nobody)
        child |= {"structure": "child", "parent_id": parent["id"], "attributes": values}
        child |= {"is_draft": True, "is_published": False}
        parent["_children"].append(child["id"])
    else:
        _apply(store, child, entry, checked=_check(store, child, entry, creating=False))
    for stock in entry.get("stocks") or ():
        _stock_row(store, child, str(stock.get("location", "")), stock)
    touch(store, child)


# ---------------------------------------------------------------- attributes


def add_attribute(store: Store, body: Json) -> Json:
    name = body.get("name")
    if not name:
        raise ApiError(400, fields={"name": ["This field is required."]})
    names = name if isinstance(name, dict) else {store.options.language: str(name)}
    slug = str(body.get("slug") or next(iter(names.values()))).strip().lower().replace(" ", "-")
    if any(row["slug"] == slug for row in store.attributes.values()):
        raise ApiError(400, fields={"slug": ["attribute with this slug already exists."]})
    row: Json = {
        "id": store.new_uuid(),
        "name": names,
        "slug": slug,
        "is_enabled": bool(body.get("is_enabled", True)),
        "_presets": [],
    }
    store.attributes[row["id"]] = row
    return row


def add_preset(store: Store, attribute: Json, body: Json) -> Json:
    value = body.get("value")
    if not value:
        raise ApiError(400, fields={"value": ["This field is required."]})
    values = value if isinstance(value, dict) else {store.options.language: str(value)}
    if any(_same(preset["value"], values) for preset in attribute["_presets"]):
        raise ApiError(400, fields={"value": ["preset already exists."]})
    preset = {"id": store.new_uuid(), "value": values, "display_order": len(attribute["_presets"])}
    attribute["_presets"].append(preset)
    return preset


# ---------------------------------------------------------------- stock


def set_stock(store: Store, row: Json, location: str, quantity: int, *, infinite: bool = False) -> None:
    stock = row["_stocks"].setdefault(location, {"id": store.new_uuid(), "quantity": 0, "infinite": False})
    stock |= {"quantity": quantity, "infinite": infinite}
    row["is_infinite"] = infinite


def update_location(
    store: Store, location: Json, rows: Any, emit: Emit, refused: set[str], most: int = BULK
) -> None:
    """`POST /v1/locations/{id}/stock-update/`: all rows or none."""
    if not location["is_enabled"]:
        raise ApiError(400, "The location is not enabled.")
    if not isinstance(rows, list) or len(rows) > most:
        raise ApiError(400, f"Expected a list of at most {most} items.")
    found = []
    for entry in rows:
        row = store.products.get(str(entry.get("product_id", "")))
        if row is None:
            raise ApiError(400, fields={"product_id": ["Invalid product id."]})
        if refused & {row["id"], row["sku"]}:
            raise ApiError(400, fields={"product_id": ["refused"]})
        found.append((row, *_stock_values(entry)))
    for row, quantity, infinite in found:
        if row["structure"] == "parent":
            continue  # stock on the parent does nothing
        set_stock(store, row, location["id"], quantity, infinite=infinite)
        touch(store, row)
        emit("product.update", product_json(store, row))


def _stock_values(entry: Json) -> tuple[int, bool]:
    infinite, quantity = bool(entry.get("is_infinite")), entry.get("available_quantity")
    if "is_infinite" not in entry:
        raise ApiError(400, fields={"is_infinite": ["This field is required."]})
    if infinite:
        return 0, True
    if isinstance(quantity, bool) or not isinstance(quantity, int) or quantity < 0:
        raise ApiError(400, fields={"available_quantity": ["A valid integer is required."]})
    return quantity, False


def _stock_row(store: Store, row: Json, location: str, entry: Json) -> None:
    if location not in store.locations:
        raise ApiError(400, fields={"location": ["Invalid location."]})
    quantity, infinite = _stock_values(entry)
    set_stock(store, row, location, quantity, infinite=infinite)


def write_stocks(store: Store, row: Json, rows: Any, emit: Emit) -> None:
    """`PATCH /v1/products/{id}/stocks/`: the rows must be there."""
    if not isinstance(rows, list):
        raise ApiError(400, "Expected a list of items.")
    for entry in rows:
        if str(entry.get("location", "")) not in row["_stocks"]:
            raise ApiError(400, fields={"location": ["There is no stock at this location."]})
    for entry in rows:
        _stock_row(store, row, str(entry["location"]), entry)
    touch(store, row)
    emit("product.update", product_json(store, row))


def by_sku(store: Store, sku: str) -> Json:
    """Raises LookupError."""
    if sku not in store.skus:
        raise LookupError(sku)
    return store.products[store.skus[sku]]


def is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True
