"""Product JSON <-> our values. Pure functions.

Batch rows bypass WooCommerce's own checks of types, so what leaves here must be right: money and sizes as text,
quantities as whole numbers, flags as booleans, ids as numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from ecomsync.common.errors import Rejected
from ecomsync.common.money import to_decimal
from platforms.types import AttributeSheet, ProductSheet, RemoteCategory, RemoteProduct
from platforms.woocommerce.errors import plain_text
from platforms.woocommerce.mapping_orders import modified_at
from platforms.woocommerce.mapping_prices import price_text, read_price
from platforms.woocommerce.product_compare import dicts

ERP_ID_KEY = "_erp_id"
MAX_SKU = 100
_KINDS = {
    "simple": "simple",
    "variable": "variable",
    "variation": "variant",
    "grouped": "grouped",
    "bundle": "bundle",
}
_KILOGRAMS = {
    "kg": Decimal(1),
    "g": Decimal("0.001"),
    "lb": Decimal("0.45359237"),
    "lbs": Decimal("0.45359237"),
    "oz": Decimal("0.028349523125"),
}

# (field, label): where a CopyToEcommerceItemLine may put a value; `meta:<key>` is open.
PRODUCT_FIELDS: tuple[tuple[str, str], ...] = (
    ("name", "Name"),
    ("slug", "Slug"),
    ("short_description", "Short description"),
    ("description", "Description"),
    ("tax_class", "Tax class"),
    ("tax_status", "Tax status"),
    ("catalog_visibility", "Catalogue visibility"),
    ("featured", "Featured"),
    ("virtual", "Virtual"),
    ("weight", "Weight"),
    ("length", "Length"),
    ("width", "Width"),
    ("height", "Height"),
    ("shipping_class", "Shipping class"),
    ("backorders", "Backorders"),
    ("low_stock_amount", "Low stock threshold"),
    ("sold_individually", "Sold individually"),
    ("reviews_allowed", "Reviews allowed"),
    ("purchase_note", "Purchase note"),
    ("menu_order", "Menu order"),
    ("global_unique_id", "GTIN / barcode"),
    ("tags", "Tags (comma separated ids)"),
    ("upsell_ids", "Upsells (comma separated product ids)"),
    ("cross_sell_ids", "Cross-sells (comma separated product ids)"),
    ("meta:", "Meta data (meta:key)"),
)
_FLAGS = frozenset({"featured", "virtual", "sold_individually", "reviews_allowed"})
_PRODUCT_LISTS = frozenset({"upsell_ids", "cross_sell_ids"})
_WHOLE = frozenset({"low_stock_amount", "menu_order"})
_SIZES = frozenset({"length", "width", "height"})
_CHOICES: Mapping[str, frozenset[str]] = {
    "tax_status": frozenset({"taxable", "shipping", "none"}),
    "catalog_visibility": frozenset({"visible", "catalog", "search", "hidden"}),
    "backorders": frozenset({"no", "notify", "yes"}),
}
_NOT_ON_VARIATIONS = frozenset(
    {
        "name",
        "slug",
        "short_description",
        "catalog_visibility",
        "featured",
        "sold_individually",
        "reviews_allowed",
    }
    | {"purchase_note", "tags", "upsell_ids", "cross_sell_ids"}
)
_KNOWN = frozenset(name for name, _ in PRODUCT_FIELDS)


# ---------------------------------------------------------------- in


def product_from_json(
    row: Mapping[str, Any], *, parent: Mapping[str, Any] | None = None, barcode_key: str = ""
) -> RemoteProduct:
    """One product or variation. parent: the variable product that a variation was listed under."""
    kind = _KINDS.get(str(row.get("type") or ("variation" if parent else "simple")), "other")
    if parent is not None:
        kind = "variant"
    parent_id = str(row.get("parent_id") or "") if kind == "variant" else ""
    name = plain_text(str(row.get("name") or ""))
    if parent is not None:
        parent_id = str(parent.get("id"))
        name = _variant_name(parent, row)
    manages = bool(row.get("manage_stock"))
    return RemoteProduct(
        remote_id=str(row.get("id", "")),
        sku=str(row.get("sku") or "").strip(),
        name=name,
        kind=kind,
        is_sellable=kind in ("simple", "variant", "bundle", "other"),
        parent_remote_id="" if parent_id == "0" else parent_id,
        barcode=_barcode(row, barcode_key),
        price=read_price(row.get("regular_price")),
        special_price=read_price(row.get("sale_price")),
        quantity=_quantity(row.get("stock_quantity")) if manages else None,
        manages_stock=manages,
        active=row.get("status", "publish") == "publish",
        attributes=_attribute_values(row.get("attributes")),
        category_ids=tuple(str(entry["id"]) for entry in dicts(row.get("categories")) if "id" in entry),
        updated_at=modified_at(row),
        raw=row,
    )


def category_from_json(row: Mapping[str, Any]) -> RemoteCategory:
    """One category. WordPress keeps names with HTML entities."""
    parent = str(row.get("parent") or "")
    return RemoteCategory(
        remote_id=str(row.get("id", "")),
        name=plain_text(str(row.get("name") or "")),
        parent_remote_id="" if parent == "0" else parent,
        description=str(row.get("description") or ""),
        position=int(row.get("menu_order") or 0),
        product_count=int(row.get("count") or 0),
    )


def _variant_name(parent: Mapping[str, Any], row: Mapping[str, Any]) -> str:
    values = ", ".join(_attribute_values(row.get("attributes")).values())
    name = plain_text(str(parent.get("name") or ""))
    return f"{name} - {values}" if values else name


def _attribute_values(rows: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for row in dicts(rows):
        options = row.get("options")
        value = row.get("option") if options is None else ", ".join(str(option) for option in options)
        if row.get("name"):
            found[plain_text(str(row["name"]))] = plain_text(str(value or ""))
    return found


def _barcode(row: Mapping[str, Any], key: str) -> str:
    if not key:
        return str(row.get("global_unique_id") or "")
    for meta in dicts(row.get("meta_data")):
        if meta.get("key") == key and isinstance(meta.get("value"), str | int):
            return str(meta["value"])
    return ""


def _quantity(value: Any) -> Decimal | None:
    try:
        return None if value is None else to_decimal(value)
    except ValueError:
        return None


# ---------------------------------------------------------------- out


def product_body(
    sheet: ProductSheet,
    *,
    creating: bool,
    currency: str,
    price_decimals: int | None,
    weight_unit: str,
    status_on_create: str,
    barcode_key: str,
) -> dict[str, Any]:
    """The JSON of one product or variation, without attributes and images. None is left out, "" clears.

    Prices go along only when creating: later they take the careful way of price pushes. Raises Rejected.
    """
    variant = sheet.kind == "variant"
    body: dict[str, Any] = {}
    if creating:
        body |= _creation(sheet, variant, status_on_create, currency, price_decimals)
    elif sheet.active is not None:
        body["status"] = _status(sheet.active, variant)
    if sheet.name is not None and not variant:
        body["name"] = sheet.name
    if sheet.short_description is not None and not variant:
        body["short_description"] = sheet.short_description
    if sheet.description is not None:
        body["description"] = sheet.description
    if sheet.visible is not None and not variant:
        body["catalog_visibility"] = "visible" if sheet.visible else "hidden"
    if sheet.weight is not None:
        body["weight"] = weight_text(sheet.weight, sheet.weight_unit, weight_unit)
    if sheet.tax_class is not None:
        body["tax_class"] = "" if sheet.tax_class == "standard" else sheet.tax_class
    if sheet.category_ids is not None and not variant:
        body["categories"] = [{"id": _id(category, "category")} for category in sheet.category_ids]
    if sheet.quantity is not None and sheet.kind != "variable":
        body |= {"manage_stock": True, "stock_quantity": _whole(sheet.quantity, "quantity")}
    meta = [{"key": key, "value": value} for key, value in sheet.metadata.items()]
    if sheet.barcode is not None:
        if barcode_key:
            meta.append({"key": barcode_key, "value": sheet.barcode})
        else:
            body["global_unique_id"] = sheet.barcode
    _put_fields(body, meta, sheet.fields, variant, sheet.weight_unit, weight_unit)
    if creating:
        meta.append({"key": ERP_ID_KEY, "value": sheet.key})
    if meta:
        body["meta_data"] = meta
    return body


def _creation(
    sheet: ProductSheet, variant: bool, status_on_create: str, currency: str, price_decimals: int | None
) -> dict[str, Any]:
    if not sheet.sku:
        raise Rejected(
            "The item has no SKU, so a repeated creation could not be recognised.",
            code="no_sku",
            cure="Give the item a code.",
        )
    if len(sheet.sku) > MAX_SKU:
        raise Rejected(
            f"The SKU has {len(sheet.sku)} characters; WooCommerce keeps {MAX_SKU}.",
            code="sku_too_long",
            cure="Shorten the item's code.",
        )
    body: dict[str, Any] = {"sku": sheet.sku}
    if not variant:
        if not sheet.name:
            raise Rejected(
                "The item has no name for this shop.", code="no_name", cure="Fill in the name of the item."
            )
        body["type"] = sheet.kind
    body["status"] = _status(sheet.active, variant) if sheet.active is not None else status_on_create
    if variant and body["status"] not in ("publish", "private"):
        body["status"] = "private"
    if sheet.kind == "variable":
        return body
    if sheet.price is not None:
        body["regular_price"] = price_text(sheet.price, currency, price_decimals)
        if sheet.special_price is not None and sheet.special_price < sheet.price:
            body["sale_price"] = price_text(sheet.special_price, currency, price_decimals)
    return body


def _status(active: bool, variant: bool) -> str:
    return "publish" if active else ("private" if variant else "draft")


def weight_text(weight: Decimal, unit: str, shop_unit: str) -> str:
    """The weight in the shop's unit, to six decimals, without trailing zeros. Raises Rejected on an unknown unit."""
    try:
        converted = weight * _KILOGRAMS[unit.lower()] / _KILOGRAMS[(shop_unit or "kg").lower()]
    except KeyError as err:
        raise Rejected(
            f"{err.args[0]!r} is not a unit of weight that WooCommerce has.",
            code="weight_unit",
            cure="Use kg, g, lb or oz on the item and kg, g, lbs or oz in the shop.",
        ) from err
    if unit.lower().rstrip("s") == (shop_unit or "kg").lower().rstrip("s"):
        converted = weight
    text = format(converted.quantize(Decimal("0.000001")), "f").rstrip("0").rstrip(".")
    return text or "0"


def _put_fields(
    body: dict[str, Any],
    meta: list[dict[str, Any]],
    fields: Mapping[str, Any],
    variant: bool,
    unit: str,
    shop_unit: str,
) -> None:
    """The targets of the site's copy lines, each in the type that WooCommerce wants."""
    for name, value in fields.items():
        if value is None:
            continue
        if name.startswith("meta:") and len(name) > 5:
            meta.append(
                {"key": name[5:], "value": value if isinstance(value, str | int | bool) else str(value)}
            )
        elif name not in _KNOWN:
            raise Rejected(
                f"WooCommerce has no product field '{name}'.",
                code="unknown_field",
                cure="Correct the target in the site's lines 'Copy to E-commerce Item', or write it as meta:<key>.",
            )
        elif variant and name in _NOT_ON_VARIATIONS:
            continue  # a variation shows its parent's
        elif name in _SIZES:
            body.setdefault("dimensions", {})[name] = str(value)
        elif name == "weight":
            body["weight"] = weight_text(_decimal(value, name), unit, shop_unit)
        elif name == "tags":
            body["tags"] = [{"id": _id(tag, "tag")} for tag in str(value).split(",") if tag.strip()]
        elif name in _PRODUCT_LISTS:
            body[name] = [_id(product, "product") for product in str(value).split(",") if product.strip()]
        else:
            body[name] = _typed(name, value)


def _typed(name: str, value: Any) -> Any:
    if name in _FLAGS:
        return value if isinstance(value, bool) else str(value).strip().lower() in ("1", "true", "yes", "on")
    if name in _WHOLE:
        return _whole(_decimal(value, name), name)
    text = str(value)
    if name in _CHOICES and text not in _CHOICES[name]:
        raise Rejected(
            f"'{text}' is not a value of '{name}'.",
            code="bad_value",
            cure=f"Use one of: {', '.join(sorted(_CHOICES[name]))}.",
        )
    return text


def _decimal(value: Any, name: str) -> Decimal:
    try:
        return to_decimal(value, what=name)
    except ValueError as err:
        raise Rejected(f"{err}.", code="bad_value", cure="Correct the value on the item.") from err


def _whole(value: Decimal, name: str) -> int:
    if value != value.to_integral_value():
        raise Rejected(
            f"WooCommerce takes whole numbers only, and the {name.replace('_', ' ')} is {value}.",
            code="fractional_quantity",
            cure="Use a whole number.",
        )
    return int(value)


def _id(value: str, what: str) -> int:
    text = str(value).strip()
    if not text.isdigit():
        raise Rejected(
            f"'{value}' is not the id of a {what} in this shop.",
            code="bad_id",
            cure="Read the shop's categories again and map this one.",
        )
    return int(text)


def with_options(
    attributes: Sequence[AttributeSheet], variants: Sequence[ProductSheet]
) -> tuple[AttributeSheet, ...]:
    """A parent's attributes with every option that its variants use; WooCommerce drops what the parent lacks."""
    options = {attribute.name: dict.fromkeys(attribute.options) for attribute in attributes}
    by_name = {attribute.name: attribute for attribute in attributes}
    for sheet in variants:
        for attribute in sheet.attributes or ():
            options.setdefault(attribute.name, {}).update(dict.fromkeys(attribute.options))
            known = by_name.get(attribute.name)
            if known is None or not known.for_variants:
                visible = known.visible if known else True
                by_name[attribute.name] = AttributeSheet(
                    attribute.name, (), for_variants=True, visible=visible, code=attribute.code
                )
    return tuple(
        AttributeSheet(name, tuple(options[name]), sheet.for_variants, sheet.visible, sheet.code)
        for name, sheet in by_name.items()
    )
