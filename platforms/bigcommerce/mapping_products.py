"""Product JSON <-> our values. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from html import unescape
from typing import Any

from ecomsync.common.errors import Rejected
from ecomsync.common.money import to_decimal
from platforms.bigcommerce.mapping_prices import number, read_price, rounded
from platforms.bigcommerce.payloads import moment_of
from platforms.types import AttributeSheet, ProductSheet, RemoteCategory, RemoteProduct

MAX_NAME, MAX_SKU, MAX_CUSTOM = 250, 255, 250
_KILOGRAMS = {
    "kg": Decimal(1), "g": Decimal("0.001"), "t": Decimal(1000), "lb": Decimal("0.45359237"),
    "lbs": Decimal("0.45359237"), "oz": Decimal("0.028349523125"),
}  # fmt: skip

# (field, label): where a CopyToEcommerceItemLine may put a value; `custom:<name>` is open.
PRODUCT_FIELDS: tuple[tuple[str, str], ...] = (
    ("name", "Name"),
    ("description", "Description"),
    ("page_title", "Page title"),
    ("meta_description", "Meta description"),
    ("search_keywords", "Search keywords"),
    ("brand_id", "Brand (id)"),
    ("tax_class_id", "Tax class (id)"),
    ("product_tax_code", "Product tax code"),
    ("weight", "Weight"),
    ("width", "Width"),
    ("height", "Height"),
    ("depth", "Depth"),
    ("cost_price", "Cost price"),
    ("retail_price", "Retail price (MSRP)"),
    ("map_price", "Minimum advertised price"),
    ("upc", "UPC / barcode"),
    ("gtin", "GTIN"),
    ("mpn", "Manufacturer part number"),
    ("bin_picking_number", "Bin picking number"),
    ("warranty", "Warranty"),
    ("condition", "Condition"),
    ("availability", "Availability"),
    ("availability_description", "Availability text"),
    ("is_featured", "Featured"),
    ("is_free_shipping", "Free shipping"),
    ("sort_order", "Sort order"),
    ("inventory_warning_level", "Low stock threshold"),
    ("custom:", "Custom field (custom:name)"),
)
_KNOWN = frozenset(name for name, _ in PRODUCT_FIELDS)
_FLAGS = frozenset({"is_featured", "is_free_shipping"})
_WHOLE = frozenset({"brand_id", "tax_class_id", "sort_order", "inventory_warning_level"})
_NUMBERS = frozenset({"width", "height", "depth", "cost_price", "retail_price", "map_price"})
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "condition": ("New", "Used", "Refurbished"),
    "availability": ("available", "disabled", "preorder"),
}
_ON_VARIANTS = _NUMBERS | {"weight", "upc", "gtin", "mpn", "bin_picking_number", "inventory_warning_level"}


# ---------------------------------------------------------------- in


def products_from_json(row: Mapping[str, Any]) -> list[RemoteProduct]:
    """A product and its variants; a product without options is one sellable thing, whose stock and price are those of its
    base variant (`inventory_id`)."""
    variants = dicts(row.get("variants"))
    base = row.get("base_variant_id")
    simple = bool(base) or not any(variant.get("option_values") for variant in variants)
    if simple and not base and variants:
        base = variants[0].get("id")
    tracking = str(row.get("inventory_tracking") or "none")
    product = RemoteProduct(
        remote_id=str(row.get("id", "")),
        sku=str(row.get("sku") or "").strip(),
        name=str(row.get("name") or ""),
        kind="simple" if simple else "variable",
        is_sellable=simple,
        inventory_id=str(base or "") if simple else "",
        barcode=str(row.get("upc") or row.get("gtin") or ""),
        price=read_price(row.get("price")),
        special_price=read_price(row.get("sale_price")) or None,
        quantity=_quantity(row.get("inventory_level")) if tracking != "none" else None,
        manages_stock=tracking != "none",
        active=row.get("is_visible") is not False and row.get("availability") != "disabled",
        category_ids=tuple(str(entry) for entry in row.get("categories") or ()),
        updated_at=_moment(row.get("date_modified")),
        raw=row,
    )
    return [product] if simple else [product, *(_variant(variant, product, tracking) for variant in variants)]


def _variant(row: Mapping[str, Any], product: RemoteProduct, tracking: str) -> RemoteProduct:
    values = {
        str(value.get("option_display_name")): str(value.get("label"))
        for value in dicts(row.get("option_values"))
    }
    name = f"{product.name} - {', '.join(values.values())}" if values else product.name
    own = read_price(row.get("price"))
    return RemoteProduct(
        remote_id=str(row.get("id", "")),
        sku=str(row.get("sku") or "").strip(),
        name=name,
        kind="variant",
        parent_remote_id=product.remote_id,
        inventory_id=str(row.get("id", "")),
        barcode=str(row.get("upc") or row.get("gtin") or ""),
        price=own if own is not None else product.price,
        special_price=read_price(row.get("sale_price")) or None,
        quantity=_quantity(row.get("inventory_level")) if tracking == "variant" else None,
        manages_stock=tracking == "variant",
        active=product.active and not row.get("purchasing_disabled"),
        attributes=values,
        updated_at=product.updated_at,
        raw=row,
    )


def category_from_json(row: Mapping[str, Any]) -> RemoteCategory:
    parent = str(row.get("parent_id") or "")
    return RemoteCategory(
        remote_id=str(row.get("category_id", "")),
        name=unescape(str(row.get("name") or "")),
        parent_remote_id="" if parent == "0" else parent,
        description=str(row.get("description") or ""),
        position=int(row.get("sort_order") or 0),
    )


def _quantity(value: Any) -> Decimal | None:
    try:
        return None if value is None else to_decimal(value)
    except ValueError:
        return None


def _moment(value: Any) -> datetime | None:
    try:
        return moment_of(value)
    except ValueError:
        return None


def dicts(rows: Any) -> list[Mapping[str, Any]]:
    """The objects of a list; anything else is passed over."""
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []


# ---------------------------------------------------------------- out


def product_body(
    sheet: ProductSheet,
    *,
    creating: bool,
    currency: str,
    decimals: int | None,
    weight_unit: str,
    visible: bool,
    short_to: str = "none",
) -> dict[str, Any]:
    """The JSON of a product, or of a variant, without options, pictures and custom fields. None is left out, "" clears.

    Prices go along only when creating: later they take the careful way of price pushes. Raises Rejected.
    """
    variant = sheet.kind == "variant"
    body: dict[str, Any] = {}
    if creating:
        body |= _creation(sheet, variant, currency, decimals, visible)
    if sheet.active is not None:
        if variant:
            body["purchasing_disabled"] = not sheet.active
        else:
            body["availability"] = "available" if sheet.active else "disabled"
    if not variant and (sheet.visible is not None or sheet.active is not None):
        body["is_visible"] = sheet.active is not False and sheet.visible is not False
    if sheet.name is not None and not variant:
        body["name"] = _name(sheet)
    if sheet.description is not None and not variant:
        body["description"] = sheet.description
    if sheet.short_description is not None and not variant and short_to != "none":
        body[short_to] = plain_text(sheet.short_description)
    if sheet.weight is not None:
        body["weight"] = number(weight_in(sheet.weight, sheet.weight_unit, weight_unit))
    if sheet.barcode is not None:
        body["upc"] = sheet.barcode
    if sheet.tax_class not in (None, "") and not variant:
        body["tax_class_id"] = _whole(sheet.tax_class, "tax class")
    if sheet.category_ids is not None and not variant:
        body["categories"] = [_whole(category, "category") for category in sheet.category_ids]
    _put_fields(body, sheet, variant, weight_unit)
    return body


def _creation(
    sheet: ProductSheet, variant: bool, currency: str, decimals: int | None, visible: bool
) -> dict[str, Any]:
    if not sheet.sku:
        raise Rejected(
            "The item has no SKU, so a repeated creation could not be recognised.",
            code="no_sku",
            cure="Give the item a code.",
        )
    if len(sheet.sku) > MAX_SKU:
        raise Rejected(
            f"The SKU has {len(sheet.sku)} characters; BigCommerce keeps {MAX_SKU}.",
            code="sku_too_long",
            cure="Shorten the item's code.",
        )
    body: dict[str, Any] = {"sku": sheet.sku}
    if sheet.price is not None:
        price = rounded(sheet.price, currency, decimals)
        body["price"] = number(price)
        if sheet.special_price is not None and sheet.special_price < price:
            body["sale_price"] = number(rounded(sheet.special_price, currency, decimals))
    if variant:
        return body
    if not sheet.name:
        raise Rejected(
            "The item has no name for this shop.", code="no_name", cure="Fill in the name of the item."
        )
    priced = sheet.price is not None or sheet.kind == "variable"
    body |= {
        "type": "physical",
        "weight": 0,
        "is_visible": visible and priced,  # nothing is sold for nothing
        "inventory_tracking": "variant" if sheet.kind == "variable" else "product",
    }
    body.setdefault("price", 0)
    return body


def plain_text(html: str) -> str:
    """Text without tags and entities, on one line."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def _name(sheet: ProductSheet) -> str:
    if not sheet.name or len(sheet.name) > MAX_NAME:
        raise Rejected(
            f"The name must have 1 to {MAX_NAME} characters.",
            code="bad_name",
            cure="Correct the name of the item for this shop.",
        )
    return sheet.name


def weight_in(weight: Decimal, unit: str, shop_unit: str) -> Decimal:
    """The weight in the store's unit, to four decimals. Raises Rejected on an unknown unit."""
    try:
        factor = _KILOGRAMS[unit.lower()] / _KILOGRAMS[(shop_unit or "kg").lower()]
    except KeyError as err:
        raise Rejected(
            f"{err.args[0]!r} is not a unit of weight that BigCommerce has.",
            code="weight_unit",
            cure="Use kg, g, lb or oz on the item.",
        ) from err
    return (weight * factor).quantize(Decimal("0.0001"))


def _put_fields(body: dict[str, Any], sheet: ProductSheet, variant: bool, shop_unit: str) -> None:
    """The targets of the site's copy lines, each in the type that BigCommerce wants."""
    for name, value in sheet.fields.items():
        if value is None or name.startswith("custom:"):
            continue
        if name not in _KNOWN:
            raise Rejected(
                f"BigCommerce has no product field '{name}'.",
                code="unknown_field",
                cure="Correct the target in the site's lines 'Copy to E-commerce Item', or write it as custom:<name>.",
            )
        if variant and name not in _ON_VARIANTS:
            continue  # a variant shows its product's
        body[name] = _typed(name, value, sheet.weight_unit, shop_unit)


def _typed(name: str, value: Any, unit: str, shop_unit: str) -> Any:
    if name == "weight":
        return number(weight_in(_decimal(value, name), unit, shop_unit))
    if name in _FLAGS:
        return value if isinstance(value, bool) else str(value).strip().lower() in ("1", "true", "yes", "on")
    if name in _WHOLE:
        return _whole(value, name)
    if name in _NUMBERS:
        return number(_decimal(value, name))
    text = str(value)
    if name in _CHOICES and text not in _CHOICES[name]:
        raise Rejected(
            f"'{text}' is not a value of '{name}'.",
            code="bad_value",
            cure=f"Use one of: {', '.join(_CHOICES[name])}.",
        )
    return text


def _decimal(value: Any, name: str) -> Decimal:
    try:
        return to_decimal(value, what=name)
    except ValueError as err:
        raise Rejected(f"{err}.", code="bad_value", cure="Correct the value on the item.") from err


def _whole(value: Any, name: str) -> int:
    text = str(value).strip()
    if not re.fullmatch(r"\d{1,9}", text):
        raise Rejected(
            f"'{value}' is not the number of a {name.replace('_', ' ')} in this store.",
            code="bad_id",
            cure="Read the store's categories again and map this one, or correct the value on the item.",
        )
    return int(text)


def custom_fields(sheet: ProductSheet, present: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]] | None:
    """All custom fields as they are to be, the present ones with their ids; None when none of ours differs.

    Attributes that make no variants, custom attributes of the item and the targets `custom:<name>` go there.
    """
    wanted = {
        attribute.name: ", ".join(attribute.options)
        for attribute in sheet.attributes or ()
        if not attribute.for_variants and attribute.options
    }
    wanted |= {name: value for name, value in sheet.metadata.items() if name and value}
    wanted |= {
        name[7:]: str(value)
        for name, value in sheet.fields.items()
        if name.startswith("custom:") and len(name) > 7 and value not in (None, "")
    }
    known = {str(row.get("name")): row for row in present}
    if all(str(known.get(name, {}).get("value")) == value[:MAX_CUSTOM] for name, value in wanted.items()):
        return None
    rows = [
        {
            "id": row["id"],
            "name": str(row["name"]),
            "value": wanted.pop(str(row["name"]), str(row.get("value")))[:MAX_CUSTOM],
        }
        for row in present
        if "id" in row
    ]
    return rows + [{"name": name[:MAX_CUSTOM], "value": value[:MAX_CUSTOM]} for name, value in wanted.items()]


def variant_values(sheet: ProductSheet) -> list[tuple[str, str]]:
    """(option, value) of a variant. Raises Rejected when it has none."""
    found = [
        (attribute.name, attribute.options[0]) for attribute in variant_attributes(sheet) if attribute.options
    ]
    if not found:
        raise Rejected(
            "The variant has no attribute that tells it from the others.",
            code="no_options",
            cure="Give the item the attributes of its variant, such as colour or size.",
        )
    return found


def variant_attributes(sheet: ProductSheet) -> list[AttributeSheet]:
    rows = list(sheet.attributes or ())
    return [row for row in rows if row.for_variants] or rows


def already_shows(record: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
    """Whether the store's record has all that `body` would set."""
    return all(_same(record.get(name), value) for name, value in body.items() if name != "id")


def _same(present: Any, wanted: Any) -> bool:
    if isinstance(wanted, bool) or isinstance(present, bool):
        return bool(present) is bool(wanted)
    if isinstance(wanted, list):
        return isinstance(present, list) and sorted(map(str, present)) == sorted(map(str, wanted))
    if isinstance(wanted, int | float):
        try:
            return bool(to_decimal(present) == to_decimal(str(wanted)))
        except ValueError:
            return False
    return str(present if present is not None else "") == str(wanted)
