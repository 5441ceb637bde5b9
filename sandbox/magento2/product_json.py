"""A product as the REST layer prints it."""

from decimal import Decimal
from typing import Any

from sandbox.magento2 import stock
from sandbox.magento2.call import num, shown
from sandbox.magento2.rows import ZERO, Json, MediaEntry, Product
from sandbox.magento2.state import Store

#: Attributes that are fields of their own, or that no answer lists.
TOP = frozenset({"name", "sku", "price", "status", "visibility", "weight"})
ALONE = frozenset({"configurable", "grouped"})


def product_json(store: Store, product: Product, scope: int = 0, *, single: bool = False) -> Json:
    """single: GET by SKU shows the stock item, lists do not."""
    weight = product.get("weight", scope)
    body: Json = {
        "id": product.id,
        "sku": product.sku,
        "name": product.get("name", scope),
        "attribute_set_id": product.attribute_set_id,
        "price": num(Decimal(product.get("price", scope) or 0)),
        "status": int(product.get("status", scope) or 1),
        "visibility": int(product.get("visibility", scope) or 4),
        "type_id": product.type_id,
        "created_at": store.moment(product.created),
        "updated_at": store.moment(product.updated),
        "weight": None if weight in (None, "") else num(Decimal(weight)),
        "extension_attributes": extensions(store, product, single=single),
        "product_links": [dict(link) for link in product.links],
        "options": [dict(option) for option in product.options],
        "media_gallery_entries": [entry_json(entry) for entry in product.media],
        "tier_prices": [_tier(store, product, row) for row in range(len(product.tiers))],
        "custom_attributes": custom_attributes(product, scope),
    }
    if product.type_id in ALONE:
        body["price"] = 0
    return shown(body)


def extensions(store: Store, product: Product, *, single: bool) -> Json:
    body: Json = {"website_ids": list(product.website_ids)}
    if product.categories:
        body["category_links"] = [
            {"position": position, "category_id": str(category)}
            for category, position in product.categories.items()
        ]
    if single:
        body["stock_item"] = stock_item_json(store, product)
    if product.type_id == "configurable":
        body["configurable_product_options"] = [option_json(product, o) for o in product.configurable]
        body["configurable_product_links"] = list(product.children)
    if product.type_id == "bundle":
        body["bundle_product_options"] = [bundle_json(option) for option in product.bundle]
    return body


def option_json(product: Product, option: Json) -> Json:
    return {
        "id": option["id"],
        "attribute_id": str(option["attribute_id"]),
        "label": option["label"],
        "position": option["position"],
        "values": [{"value_index": value} for value in option["values"]],
        "product_id": product.id,
    }


def bundle_json(option: Json) -> Json:
    links = [
        {**link, "qty": num(link["qty"]), "price": num(link.get("price") or ZERO)}
        for link in option["product_links"]
    ]
    return {**option, "product_links": links}


def stock_item_json(store: Store, product: Product) -> Json:
    """The legacy stock item. With multi-source inventory it mirrors the default source."""
    quantity, available = stock.legacy_figures(store, product)
    return {
        "item_id": product.id,
        "product_id": product.id,
        "stock_id": 1,
        "qty": num(quantity),
        "is_in_stock": available,
        "is_qty_decimal": False,
        "show_default_notification_message": False,
        "use_config_min_qty": True,
        "min_qty": num(stock.threshold(product)),
        "use_config_min_sale_qty": 1,
        "min_sale_qty": 1,
        "use_config_max_sale_qty": True,
        "max_sale_qty": 10000,
        "use_config_backorders": "backorders" not in product.stock,
        "backorders": int(product.stock.get("backorders", 0)),
        "use_config_notify_stock_qty": True,
        "notify_stock_qty": 1,
        "use_config_qty_increments": True,
        "qty_increments": 0,
        "use_config_enable_qty_inc": True,
        "enable_qty_increments": False,
        "use_config_manage_stock": "manage_stock" not in product.stock,
        "manage_stock": bool(product.stock.get("manage_stock", True)),
        "low_stock_date": None,
        "is_decimal_divided": False,
        "stock_status_changed_auto": 0,
    }


def entry_json(entry: MediaEntry) -> Json:
    return {
        "id": entry.id,
        "media_type": entry.media_type,
        "label": entry.label,
        "position": entry.position,
        "disabled": entry.disabled,
        "types": list(entry.types),
        "file": entry.file,
    }


def _tier(store: Store, product: Product, index: int) -> Json:
    row = product.tiers[index]
    group = next((g["id"] for g in store.customer_groups.values() if g["code"] == row.customer_group), 32000)
    percent = num(row.price) if row.price_type == "discount" else None
    value = row.price
    if row.price_type == "discount":
        base = Decimal(product.get("price") or 0)
        value = base - base * row.price / 100
    return {
        "customer_group_id": group,
        "qty": num(row.quantity),
        "value": num(value),
        "extension_attributes": shown({"percentage_value": percent, "website_id": row.website_id}),
    }


def custom_attributes(product: Product, scope: int) -> list[Json]:
    """Values are text, but for `category_ids`; null ones are not there."""
    codes = dict.fromkeys([*product.values[0], *product.values.get(scope, {})])
    rows: list[Json] = [
        {"attribute_code": code, "value": value}
        for code in codes
        if code not in TOP and (value := printed(product.get(code, scope))) is not None
    ]
    if product.categories:
        rows.append({"attribute_code": "category_ids", "value": [str(c) for c in product.categories]})
    for role in ("image", "small_image", "thumbnail"):
        entry = next((m for m in product.media if role in m.types and not m.disabled), None)
        if entry is not None:
            rows.append({"attribute_code": role, "value": entry.file})
    return rows


def printed(value: Any) -> Any:
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, Decimal):
        return f"{value:.6f}"
    if value is None or isinstance(value, str | list):
        return value
    return str(value)


def filter_value(store: Store, product: Product, name: str, scope: int = 0) -> object:
    """What searchCriteria compares."""
    match name:
        case "sku":
            return product.sku
        case "entity_id":
            return product.id
        case "type_id":
            return product.type_id
        case "attribute_set_id":
            return product.attribute_set_id
        case "created_at":
            return store.moment(product.created)
        case "updated_at":
            return store.moment(product.updated)
        case "category_id":
            return list(product.categories)
        case "website_id":
            return list(product.website_ids)
        case "store_id":
            return [0, *store.views]
    value = product.get(name, scope)
    attribute = store.attributes.get(name)
    if value is None or attribute is None:
        return value
    if attribute.input in ("price", "weight"):
        return Decimal(value)
    return value
