"""Product records <-> our values. Pure functions.

Every attribute of a product is a member of one flat map in v1. A null is ignored by the shop and an empty text clears.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ecomsync.common.errors import Rejected
from platforms.magento1.faults import plain_text
from platforms.magento1.mapping_prices import price_text, read_price
from platforms.magento1.payloads import amount, moment
from platforms.types import ProductSheet, RemoteProduct

MAX_SKU = 64
ENABLED, DISABLED = "1", "2"
NOT_ALONE, EVERYWHERE = "1", "4"
_KINDS: Mapping[str, str] = {
    "simple": "simple",
    "virtual": "simple",
    "downloadable": "simple",
    "configurable": "variable",
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
#: What is read of a product beside its attributes.
DETAILS = (
    "name", "status", "visibility", "price", "special_price", "special_from_date", "special_to_date", "updated_at",
)  # fmt: skip

# (field, label): where a CopyToEcommerceItemLine may put a value; `attribute:<code>` is open.
PRODUCT_FIELDS: tuple[tuple[str, str], ...] = (
    ("name", "Name"),
    ("short_description", "Short description"),
    ("description", "Description"),
    ("weight", "Weight"),
    ("url_key", "URL key"),
    ("meta_title", "Meta title"),
    ("meta_keyword", "Meta keywords"),
    ("meta_description", "Meta description"),
    ("tax_class_id", "Tax class"),
    ("visibility", "Visibility"),
    ("gift_message_available", "Allow gift message"),
    ("options_container", "Display product options in"),
    ("cost", "Cost"),
    ("manufacturer", "Manufacturer"),
    ("attribute:", "Attribute (attribute:code)"),
)
_KNOWN = frozenset(name for name, _ in PRODUCT_FIELDS)


def product_from_json(
    row: Mapping[str, Any],
    *,
    details: Mapping[str, Any] | None = None,
    stock: Mapping[str, Any] | None = None,
    barcode_attribute: str = "",
) -> RemoteProduct:
    """A row of the product list with what `info` and the stock list tell beside it.

    Which configurable a simple product belongs to is told by no call.
    """
    told = details or {}
    kind = _KINDS.get(str(row.get("type") or ""), "other")
    quantity = amount(stock.get("qty")) if stock is not None and stock.get("qty") not in (None, "") else None
    categories = row.get("category_ids") or told.get("categories") or ()
    return RemoteProduct(
        remote_id=str(row.get("product_id") or ""),
        sku=str(row.get("sku") or "").strip(),
        name=plain_text(str(told.get("name") or row.get("name") or "")),
        kind=kind,
        is_sellable=kind in ("simple", "bundle", "other"),
        inventory_id="",
        barcode=str(told.get(barcode_attribute) or "") if barcode_attribute else "",
        price=read_price(told.get("price")),
        special_price=read_price(told.get("special_price")),
        quantity=quantity,
        active=str(told.get("status") or ENABLED) == ENABLED,
        category_ids=tuple(str(one) for one in categories) if isinstance(categories, list | tuple) else (),
        updated_at=_updated(told),
        raw={**row, **told, **({"stock": dict(stock)} if stock is not None else {})},
    )


def _updated(told: Mapping[str, Any]) -> Any:
    try:
        return moment(told.get("updated_at"))
    except ValueError:
        return None


def product_data(sheet: ProductSheet, *, currency: str, price_decimals: int | None) -> dict[str, Any]:
    """What of a sheet is an attribute of its own; select attributes still bear labels. Raises Rejected."""
    texts = {
        "name": sheet.name,
        "short_description": sheet.short_description,
        "description": sheet.description,
        "tax_class_id": sheet.tax_class,
    }
    data: dict[str, Any] = {name: text for name, text in texts.items() if text is not None}
    if sheet.active is not None:
        data["status"] = ENABLED if sheet.active else DISABLED
    if sheet.visible is not None:
        data["visibility"] = EVERYWHERE if sheet.visible else NOT_ALONE
    if sheet.weight is not None:
        data["weight"] = weight_text(sheet.weight, sheet.weight_unit)
    if sheet.price is not None:
        data["price"] = price_text(sheet.price, currency, price_decimals)
    if sheet.special_price is not None:
        data["special_price"] = price_text(sheet.special_price, currency, price_decimals)
    if sheet.category_ids is not None:
        data["category_ids"] = list(sheet.category_ids)
    for name, value in sheet.fields.items():
        data[field_code(name)] = "" if value is None else str(value)
    return data


def field_code(name: str) -> str:
    """The attribute that a field of CopyToEcommerceItemLine stands for. Raises Rejected."""
    if name.startswith("attribute:") and name.partition(":")[2]:
        return name.partition(":")[2].strip()
    if name not in _KNOWN or name.endswith(":"):
        raise Rejected(
            f"Magento 1 has no product field '{name}'.",
            code="unknown_field",
            cure="Choose a field of the list, or attribute:code for an attribute of the shop.",
            platform="magento1",
        )
    return name


def weight_text(weight: Decimal, unit: str) -> str:
    """Kilograms: the shop has one unit of weight and does not tell it. Raises Rejected for an unknown unit."""
    factor = _KILOGRAMS.get(unit.strip().lower())
    if factor is None:
        raise Rejected(
            f"'{unit}' is no unit of weight.",
            code="bad_value",
            cure="Use kg, g, lb or oz.",
            platform="magento1",
        )
    return format((weight * factor).quantize(Decimal("0.0001")), "f")


def with_defaults(data: Mapping[str, Any], sheet: ProductSheet) -> dict[str, Any]:
    """The data of a new product: what the shop insists on and the ERP may not have."""
    name = str(data.get("name") or sheet.sku)
    full: dict[str, Any] = {
        "name": name,
        "short_description": data.get("description") or name,
        "description": data.get("short_description") or name,
        "weight": "0",
        "visibility": NOT_ALONE if sheet.kind == "variant" else EVERYWHERE,
        "price": "0",
    }
    given = {key: value for key, value in data.items() if value not in (None, "") or key not in full}
    return {**full, **given}


def already_shows(record: Mapping[str, Any], data: Mapping[str, Any]) -> bool:
    """Whether the shop's record has all that `data` would set."""
    return all(_same(name, record, value) for name, value in data.items())


def _same(name: str, record: Mapping[str, Any], wanted: Any) -> bool:
    if name in ("category_ids", "website_ids"):
        present = record.get("categories" if name == "category_ids" else "websites")
        return {str(one) for one in present or ()} == {str(one) for one in wanted}
    present = record.get(name)
    if isinstance(wanted, list):
        return sorted(str(present or "").split(",")) == sorted(str(one) for one in wanted)
    left, right = str(present if present is not None else ""), str(wanted)
    if left == right:
        return True
    try:
        return bool(left and right) and Decimal(left) == Decimal(right)
    except ArithmeticError:
        return False
