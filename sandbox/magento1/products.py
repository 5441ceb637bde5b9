"""`catalog_product.*`: list, info, create, update, delete, special price."""

from copy import deepcopy
from datetime import datetime
from decimal import Decimal
from typing import Any

from sandbox.magento1.calls import Call, flag, limited
from sandbox.magento1.errors import ApiFault, fault
from sandbox.magento1.filters import chosen, parse, unknown_attribute
from sandbox.magento1.rows import Attribute, Json, Product
from sandbox.magento1.state import WEBSITES, php_int, php_number
from sandbox.magento1.stock import apply_stock_data
from sandbox.magento1.tiers import tiers_from

RESOURCE = "catalog_product"
TYPES = ("simple", "grouped", "configurable", "virtual", "bundle", "downloadable")
NAMES = {"product_id": "entity_id", "set": "attribute_set_id", "type": "type_id"}
_NUMBERS = ("price", "special_price", "weight", "msrp", "cost")


def columns(call: Call, product: Product, store_id: int = 0) -> Json:
    store = call.store
    return {
        "entity_id": str(product.id),
        "sku": product.sku,
        "attribute_set_id": str(product.set_id),
        "type_id": product.type,
        "created_at": store.stamp(product.created),
        "updated_at": store.stamp(product.updated),
        **{a.code: product.value(a.code, store_id) for a in store.attributes.values()},
    }


def items(call: Call, filters: Any = None, view: Any = None) -> list[Json]:
    """Basic rows of all products that pass; an unknown attribute raises a fault nobody declared: Unknown Error."""
    store = call.store
    store_id = store.store_id(view, RESOURCE)

    def get(product: Product, field: str) -> Any:
        known = columns(call, product, store_id)
        if field not in known:
            raise unknown_attribute(RESOURCE, 0, field)
        return known[field]

    rows = chosen(store.products.values(), parse(filters, NAMES), get)
    return [
        {
            "product_id": str(product.id),
            "sku": product.sku,
            "name": product.value("name", store_id),
            "set": str(product.set_id),
            "type": product.type,
            "category_ids": [str(one) for one in product.category_ids],
            "website_ids": [str(one) for one in product.website_ids],
        }
        for product in limited(store, rows)
    ]


def info(call: Call, given: Any, view: Any = None, attributes: Any = None, identifier: Any = None) -> Json:
    store = call.store
    store_id = store.store_id(view, RESOURCE)
    product = store.catalogue_product(given, identifier, RESOURCE, 101)
    shown: Json = {
        "product_id": str(product.id),
        "sku": product.sku,
        "set": str(product.set_id),
        "type": product.type,
        "categories": [str(one) for one in product.category_ids],
        "websites": [str(one) for one in product.website_ids],
    }
    wanted = _wanted(attributes)
    everything: Json = {
        **{a.code: product.value(a.code, store_id) for a in store.attributes.values()},
        "type_id": product.type,
        "category_ids": shown["categories"],
        "website_ids": shown["websites"],
        # Two forms of time in one answer: the shop's own with an offset, and UTC without.
        "created_at": datetime.fromtimestamp(product.created, store.clock.zone).isoformat(timespec="seconds"),
        "updated_at": store.stamp(product.updated),
        "tier_price": [_tier_row(row) for row in product.tier_prices],
    }
    for code in _NUMBERS:
        if everything.get(code) not in (None, ""):
            everything[code] = f"{php_number(everything[code]):.4f}"
    return {
        **shown,
        **{code: value for code, value in everything.items() if wanted is None or code in wanted},
    }


def _tier_row(row: Json) -> Json:
    return {
        "website_id": "0" if row["website"] == "all" else str(WEBSITES.get(row["website"], 1)),
        "all_groups": "1" if row["customer_group_id"] == "all" else "0",
        "cust_group": "32000" if row["customer_group_id"] == "all" else str(row["customer_group_id"]),
        "price": f"{php_number(row['price']):.4f}",
        "price_qty": f"{php_number(row['qty']):.4f}",
    }


def _wanted(attributes: Any) -> set[str] | None:
    """v1 takes a list of codes; v2 two lists, of standard and of additional attributes."""
    if isinstance(attributes, dict):
        both = [*(attributes.get("attributes") or []), *(attributes.get("additional_attributes") or [])]
        return {str(one) for one in both} if both else None
    return {str(one) for one in attributes} if attributes else None


def create(call: Call, kind: Any, set_id: Any, sku: Any, data: Any = None, view: Any = None) -> Any:
    store = call.store
    if not kind or not set_id or not sku:
        raise fault(RESOURCE, 102)
    if kind not in TYPES:
        raise fault(RESOURCE, 104)
    if php_int(str(set_id)) not in store.sets:
        raise fault(RESOURCE, 105)
    store_id = store.store_id(view, RESOURCE)
    data = data if isinstance(data, dict) else {}
    product = Product(0, str(sku)[:64], type=str(kind), set_id=php_int(str(set_id)), website_ids=[])
    product.values |= {"url_key": None, "has_options": "0"}
    if not isinstance(data.get("stock_data"), dict):
        # Without stock data the product is left unmanaged.
        product.stock.use_config_manage_stock = product.stock.manage_stock = False
        product.stock.is_in_stock = True
    product.created = product.updated = store.clock.now()
    _take(call, product, data, store_id=0)
    _validate(call, product)
    product.id = store.next_id("product")
    if not product.values.get("url_key"):
        product.values["url_key"] = product.sku.lower().replace(" ", "-")
    store.add_product(product)
    for category_id in product.category_ids:
        if category_id in store.categories:
            store.categories[category_id].products.setdefault(product.id, 0)
    if store_id:
        product.store_values[store_id] = dict(product.values)
    return product.id


def update(call: Call, given: Any, data: Any, view: Any = None, identifier: Any = None) -> bool:
    store = call.store
    store_id = store.store_id(view, RESOURCE)
    product = store.catalogue_product(given, identifier, RESOURCE, 101)
    data = data if isinstance(data, dict) else {}
    draft = deepcopy(product)
    _take(call, draft, data, store_id=store_id)
    _validate(call, draft)
    _keep(call, product, draft)
    product.updated = store.clock.now()
    return True


def _keep(call: Call, product: Product, draft: Product) -> None:
    store = call.store
    if draft.sku != product.sku:
        store.skus.pop(product.sku, None)
        store.skus[draft.sku] = product.id
    gone = set(product.category_ids) - set(draft.category_ids)
    for category_id in gone:
        if category_id in store.categories:
            store.categories[category_id].products.pop(product.id, None)
    for category_id in draft.category_ids:
        if category_id in store.categories:
            store.categories[category_id].products.setdefault(product.id, 0)
    for name in ("sku", "values", "store_values", "category_ids", "website_ids", "stock", "tier_prices"):
        setattr(product, name, getattr(draft, name))


def _take(call: Call, product: Product, data: Json, *, store_id: int) -> None:
    """What of the data is known lands in the row. A null is not set at all; an empty text clears."""
    store = call.store
    more = data.get("additional_attributes")
    single = more.get("single_data") if isinstance(more, dict) else None
    multi = more.get("multi_data") if isinstance(more, dict) else None
    flat = dict(data) if not call.v2 else {k: v for k, v in data.items() if k in _V2_FIELDS}
    for part in (single, multi):
        if isinstance(part, dict):
            flat |= part
    for attribute in store.attributes.values():
        if flat.get(attribute.code) is None:
            continue
        value = flat[attribute.code]
        if isinstance(value, list):
            value = ",".join(str(one) for one in value)
        _set(product, attribute.code, attribute.scope, "" if value == "" else value, store_id)
    if data.get("sku"):
        product.sku = str(data["sku"])
    for name in ("category_ids", "categories"):
        if isinstance(data.get(name), list):
            product.category_ids = [php_int(str(one)) for one in data[name]]
    for name in ("website_ids", "websites"):
        if isinstance(data.get(name), list):
            product.website_ids = [WEBSITES.get(str(one), php_int(str(one))) for one in data[name]]
    if isinstance(data.get("stock_data"), dict):
        apply_stock_data(product.stock, data["stock_data"], v2=True)
        if product.type in _WITHOUT_QUANTITY:
            product.stock.qty = Decimal(0)
            product.stock.is_in_stock = flag(data["stock_data"].get("is_in_stock"))
    if isinstance(data.get("tier_price"), list):
        product.tier_prices = tiers_from(data["tier_price"], "catalog_product_attribute_tier_price")


#: Types that have no quantity: zero does not switch them off.
_WITHOUT_QUANTITY = ("configurable", "grouped", "bundle")


def _set(product: Product, code: str, scope: str, value: Any, store_id: int) -> None:
    value = None if value == "" else value
    if not store_id or scope == "global":
        product.values[code] = value  # a price in a store view goes to the defaults under global price scope
    else:
        product.store_values.setdefault(store_id, {})[code] = value


_V2_FIELDS = frozenset(
    [
        "name",
        "description",
        "short_description",
        "weight",
        "status",
        "url_key",
        "url_path",
        "visibility",
        "has_options",
        "gift_message_available",
        "price",
        "special_price",
        "special_from_date",
        "special_to_date",
        "tax_class_id",
        "meta_title",
        "meta_keyword",
        "meta_description",
        "custom_design",
        "custom_layout_update",
        "options_container",
    ]
)


def _validate(call: Call, product: Product) -> None:
    problems = []
    for attribute in call.store.attributes.values():
        value = product.values.get(attribute.code)
        if attribute.required and value in (None, "") and _applies(product, attribute.code):
            problems.append(f'The value of attribute "{attribute.label}" must be set')
        elif attribute.input == "select" and attribute.options and not _is_option(attribute, value):
            problems.append(f'Attribute "{attribute.code}" is invalid.')
    holder = call.store.by_sku(product.sku)
    if holder is not None and holder.id != product.id:
        problems = ['The value of attribute "SKU" must be unique']
    if problems:
        raise fault(RESOURCE, 102, "\n".join(problems))


def _is_option(attribute: Attribute, value: Any) -> bool:
    return value in (None, "") or php_int(str(value)) in attribute.options


def _applies(product: Product, code: str) -> bool:
    if code == "weight":
        return product.type == "simple"
    return code != "price" or product.type not in ("grouped", "bundle")


def multi_update(call: Call, ids: Any, rows: Any, view: Any = None, identifier: Any = None) -> bool:
    """v2 only: goes through all rows; good ones stay, and one fault names the failed by a number cast from its id."""
    if len(ids or []) != len(rows or []):
        raise fault(RESOURCE, 107)
    failed = []
    for given, data in zip(ids, rows, strict=True):
        try:
            update(call, given, data, view, identifier)
        except ApiFault as err:
            failed.append(f"Product ID {php_int(str(given))}:\n {_fault_name(err)}")
    if failed:
        raise fault(RESOURCE, 108, "\n".join(failed))
    return True


def _fault_name(err: ApiFault) -> str:
    return {101: "not_exists", 100: "store_not_exists"}.get(err.code, "data_invalid")


def delete(call: Call, given: Any, identifier: Any = None) -> bool:
    product = call.store.catalogue_product(given, identifier, RESOURCE, 101)
    call.store.forget_product(product)
    return True


def set_special_price(
    call: Call, given: Any, price: Any = None, begins: Any = None, ends: Any = None, view: Any = None,
    identifier: Any = None,
) -> bool:  # fmt: skip
    data = {"special_price": price, "special_from_date": begins, "special_to_date": ends}
    return update(call, given, data, view, identifier)


def get_special_price(call: Call, given: Any, view: Any = None, identifier: Any = None) -> Json:
    found = info(call, given, view, None, identifier)
    return {name: found.get(name) for name in ("special_price", "special_from_date", "special_to_date")}
