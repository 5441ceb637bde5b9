"""Saving a product: an upsert by SKU, with values per store view."""

import re
from decimal import Decimal
from typing import Any

from sandbox.magento2 import stock
from sandbox.magento2.call import Call, as_bool, as_decimal, as_int
from sandbox.magento2.errors import MageError
from sandbox.magento2.media import add_entry, keep_entries
from sandbox.magento2.product_parts import save_bundle, save_configurable, save_tiers
from sandbox.magento2.rows import Attribute, Json, Product
from sandbox.magento2.state import Store
from sandbox.php import slugify

TYPES = ("simple", "virtual", "configurable", "bundle", "grouped", "downloadable")
FIELDS = frozenset(
    [
        "id",
        "sku",
        "name",
        "attribute_set_id",
        "price",
        "status",
        "visibility",
        "type_id",
        "created_at",
        "updated_at",
        "weight",
        "extension_attributes",
        "product_links",
        "options",
        "media_gallery_entries",
        "tier_prices",
        "custom_attributes",
    ]
)
_TOP = ("name", "price", "status", "visibility", "weight")
_NO_PRICE = ("configurable", "grouped")
_EMPTY = 'The "%1" attribute value is empty. Set the attribute and try again.'
#: What a write to a store view may hold for that view alone.
_PER_VIEW = ("store", "website")


def save(call: Call, sku: str | None = None) -> Product:
    """Creates or updates. sku: from the address; a SKU in the body beside it renames nothing."""
    body = call.object("product")
    _check_fields(body)
    wanted = sku or str(body.get("sku") or "").strip()
    if not wanted:
        raise MageError(_EMPTY, ["SKU"])
    _refused_by_fault(call, wanted)
    store = call.store
    product = store.by_sku(wanted)
    if product is None:
        product = _create(call, wanted, body)
    values = _values(call, product, body)
    _check_url_key(store, product, values, call.scope)
    _write_values(call, product, values)
    if body.get("attribute_set_id") is not None:
        product.attribute_set_id = _set_id(store, body["attribute_set_id"])
    _extensions(call, product, body.get("extension_attributes") or {})
    _parts(call, product, body)
    new = product.id not in store.products
    if new:
        product.created = store.clock.now()
        store.add_product(product)
    product.updated = store.clock.now()
    call.app.happened("new_product" if new else "update_product", product.id)
    return product


def _check_fields(body: Json) -> None:
    for name in body:
        if name not in FIELDS:
            camel = "".join(part.capitalize() for part in name.split("_"))
            raise MageError(
                f'Property "{camel}" does not have accessor method "get{camel}" in class '
                '"Magento\\Catalog\\Api\\Data\\ProductInterface".'
            )


def _refused_by_fault(call: Call, sku: str) -> None:
    fault = call.request.fault("batch_fail") if call.request else None
    if fault is not None and sku in fault.params.get("skus", [sku]):
        text = "The product was unable to be saved. Please try again."
        raise MageError(str(fault.params.get("message", text)))


def _create(call: Call, sku: str, body: Json) -> Product:
    """A row that is not yet in the table; what is required at creation is asked for here."""
    type_id = str(body.get("type_id") or "simple")
    if type_id not in TYPES:
        raise MageError("The product type is not valid: %1", [type_id])
    if not str(body.get("name") or "").strip():
        raise MageError(_EMPTY, ["Product Name"])
    if body.get("attribute_set_id") is None:
        raise MageError("Invalid attribute set entity type")
    if body.get("price") is None and type_id not in _NO_PRICE and not _dynamic(body):
        raise MageError(_EMPTY, ["Price"])
    product = Product(
        call.store.next_id("product"), sku, type_id, _set_id(call.store, body["attribute_set_id"])
    )
    view = call.store.views.get(call.scope)
    product.website_ids = [view.website_id] if view else list(call.store.websites)
    product.values[0] = {"status": 1, "visibility": 4}
    return product


def _dynamic(body: Json) -> bool:
    rows = body.get("custom_attributes") or []
    return any(
        isinstance(r, dict) and r.get("attribute_code") == "price_type" and str(r.get("value")) == "0"
        for r in rows
    )


def _set_id(store: Store, value: Any) -> int:
    number = as_int(value)
    if number not in store.sets:
        raise MageError("Invalid attribute set entity type")
    return number


# Values.


def _values(call: Call, product: Product, body: Json) -> Json:
    """attribute code -> value, of the fields and the custom attributes that the shop knows."""
    values: Json = {}
    for name in _TOP:
        if name in body:
            values[name] = _typed(name, body[name])
    rows = body.get("custom_attributes")
    if isinstance(rows, dict):
        rows = [{"attribute_code": code, "value": value} for code, value in rows.items()]
    for row in rows if isinstance(rows, list) else []:
        code = str(row.get("attribute_code", "")) if isinstance(row, dict) else ""
        attribute = call.store.attributes.get(code)
        if attribute is None or code == "sku":
            continue
        if code == "category_ids":
            product.categories = {as_int(c): 0 for c in row.get("value") or []}
            continue
        values[code] = _plain(attribute, row.get("value"))
    if product.id not in call.store.products:
        values.setdefault("url_key", slugify(str(values.get("name", product.sku))))
    return values


def _typed(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in ("price", "weight"):
        number = as_decimal(value)
        if number < 0:
            raise (
                MageError('The value of attribute "%1" must be set', [name])
                if name == "weight"
                else MageError("Please enter a number 0 or greater in this field.")
            )
        return number
    if name in ("status", "visibility"):
        return as_int(value)
    return str(value)


def _plain(attribute: Attribute, value: Any) -> Any:
    if value is None:
        return None
    if attribute.input in ("price", "weight"):
        return as_decimal(value) if value != "" else None
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, list):
        return ",".join(str(v) for v in value)
    return str(value)


def _write_values(call: Call, product: Product, values: Json) -> None:
    """Through `all` the global values; through a store view that view's own, where the attribute has such."""
    store, scope = call.store, call.scope
    if scope == 0 or product.id not in store.products:
        # A product that is made through a store view still has its values for all of them.
        product.values[0].update(values)
        return
    own = product.values.setdefault(scope, {})
    if call.options.overrides_everything:
        for code, value in product.values[0].items():
            if store.scope_of(code) in _PER_VIEW:
                own.setdefault(code, value)
    for code, value in values.items():
        reach = store.scope_of(code)
        if reach not in _PER_VIEW:
            product.values[0][code] = value
            continue
        for view_id in [scope] if reach == "store" else store.views_beside(scope):
            held = product.values.setdefault(view_id, {})
            if value is None:
                held.pop(code, None)
            else:
                held[code] = value


def _check_url_key(store: Store, product: Product, values: Json, scope: int) -> None:
    key = values.get("url_key")
    if not key:
        return
    values["url_key"] = re.sub(r"\s+", "-", str(key).strip().lower())
    for other_id in store.url_keys[values["url_key"]] - {product.id}:
        other = store.products.get(other_id)
        if other is not None and other.get("url_key", scope) == values["url_key"]:
            raise MageError("URL key for specified store already exists.")
    store.url_keys[values["url_key"]].add(product.id)


# Everything beside the values.


def _extensions(call: Call, product: Product, extensions: Json) -> None:
    store = call.store
    if "website_ids" in extensions:
        ids = [as_int(w) for w in extensions["website_ids"] or []]
        for number in ids:
            if number not in store.websites:
                raise MageError("The website with id %1 that was requested wasn't found.", [number])
        product.website_ids = ids
    if "category_links" in extensions:
        links = {}
        for row in extensions["category_links"] or []:
            number = as_int(row.get("category_id"))
            if number not in store.categories:
                raise MageError("Category ID %1 does not exist.", [number])
            links[number] = as_int(row.get("position") or 0)
        product.categories = links
    item = extensions.get("stock_item")
    if isinstance(item, dict):
        fields: dict[str, object] = {k: v for k, v in item.items() if v is not None}
        if "is_in_stock" in fields:
            fields["is_in_stock"] = as_bool(fields["is_in_stock"])
        stock.put_legacy(store, product, fields)
    elif _needs_row(store, product):
        stock.put_source_item(store, product.sku, stock.DEFAULT, Decimal(0), 0)
    save_configurable(call, product, extensions)
    if "bundle_product_options" in extensions:
        save_bundle(store, product, extensions["bundle_product_options"] or [])


def _needs_row(store: Store, product: Product) -> bool:
    """A new product of its own stock stands in the default source with nothing; an orphan's row stays."""
    new = product.id not in store.products and product.type_id in ("simple", "virtual")
    return new and store.options.msi and stock.source_item(store, product.sku, stock.DEFAULT) is None


def _parts(call: Call, product: Product, body: Json) -> None:
    if "media_gallery_entries" in body:
        entries = body["media_gallery_entries"] or []
        keep_entries(product, [as_int(e["id"]) for e in entries if e.get("id")])
        for entry in entries:
            if not entry.get("id"):
                add_entry(call.store, product, entry)
    if "tier_prices" in body:
        save_tiers(call.store, product, body["tier_prices"] or [])
    if "product_links" in body:
        product.links = [_link(call.store, product, row) for row in body["product_links"] or []]
    if "options" in body and (as_bool(call.body.get("saveOptions")) or not product.options):
        product.options = [
            {"product_sku": product.sku, "option_id": call.store.next_id("custom_option"), **row}
            for row in body["options"] or []
        ]


def _link(store: Store, product: Product, row: Json) -> Json:
    linked = store.by_sku(str(row.get("linked_product_sku", "")))
    if linked is None:
        raise MageError("The linked product SKU is invalid. Verify the data and try again.", status=400)
    link: Json = {
        "sku": product.sku,
        "link_type": str(row.get("link_type", "related")),
        "linked_product_sku": linked.sku,
        "linked_product_type": linked.type_id,
        "position": as_int(row.get("position") or 0),
    }
    quantity = (row.get("extension_attributes") or {}).get("qty")
    if link["link_type"] == "associated":
        link["extension_attributes"] = {"qty": float(1 if quantity is None else quantity)}
    return link
