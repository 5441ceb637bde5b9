"""Product JSON <-> our values. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import product as combinations
from typing import Any

from ecomsync.common.errors import Rejected
from ecomsync.common.money import to_decimal
from platforms.salla.mapping_prices import number, price_of, rounded, sale_of
from platforms.salla.payloads import moment_of
from platforms.types import AttributeSheet, ProductSheet, RemoteProduct

# (field, label): where a CopyToEcommerceItemLine may put a value.
PRODUCT_FIELDS: tuple[tuple[str, str], ...] = (
    ("name", "Name"),
    ("description", "Description"),
    ("subtitle", "Subtitle"),
    ("promotion_title", "Promotion title"),
    ("cost_price", "Cost price"),
    ("weight", "Weight"),
    ("mpn", "Manufacturer part number"),
    ("gtin", "GTIN / barcode"),
    ("brand_id", "Brand (id)"),
    ("maximum_quantity_per_order", "Highest quantity per order"),
    ("metadata_title", "Page title"),
    ("metadata_description", "Meta description"),
    ("metadata_url", "Page address"),
    ("require_shipping", "Needs shipping"),
    ("hide_quantity", "Hide the quantity"),
)
_NUMBERS = frozenset({"cost_price", "weight"})
_WHOLE = frozenset({"brand_id", "maximum_quantity_per_order"})
_FLAGS = frozenset({"require_shipping", "hide_quantity"})
_WEIGHTS = ("kg", "g", "lb", "oz")


# ---------------------------------------------------------------- in


def products_from_json(row: Mapping[str, Any]) -> list[RemoteProduct]:
    """A product, and after it its variants. Bundles and donations are listed as other and not sold by number."""
    variants = dicts(row.get("skus"))
    parent = _product(row, has_variants=bool(variants))
    return [parent, *(_variant(variant, row, parent) for variant in variants)]


def _product(row: Mapping[str, Any], *, has_variants: bool) -> RemoteProduct:
    kind = str(row.get("type") or "product")
    ours = {"group_products": "bundle", "donating": "other", "booking": "other", "financial_support": "other"}
    return RemoteProduct(
        remote_id=str(row.get("id")),
        sku=str(row.get("sku") or "").strip(),
        name=str(row.get("name") or ""),
        kind="variable" if has_variants else ours.get(kind, "simple"),
        is_sellable=not has_variants,
        barcode=str(row.get("gtin") or ""),
        price=price_of(row),
        special_price=sale_of(row),
        quantity=_quantity(row.get("quantity")),
        manages_stock=row.get("unlimited_quantity") is not True,
        active=str(row.get("status") or "") in ("sale", "out"),
        category_ids=tuple(str(entry.get("id")) for entry in dicts(row.get("categories"))),
        updated_at=_moment(row.get("updated_at")),
        raw=row,
    )


def _variant(row: Mapping[str, Any], product: Mapping[str, Any], parent: RemoteProduct) -> RemoteProduct:
    attributes = values_of(row, product)
    name = " - ".join(filter(None, (parent.name, ", ".join(attributes.values()))))
    return RemoteProduct(
        remote_id=str(row.get("id")),
        sku=str(row.get("sku") or "").strip(),
        name=name,
        kind="variant",
        parent_remote_id=parent.remote_id,
        barcode=str(row.get("barcode") or row.get("gtin") or ""),
        price=price_of(row),
        special_price=sale_of(row),
        quantity=_quantity(row.get("stock_quantity")),
        manages_stock=row.get("unlimited_quantity") is not True,
        active=parent.active,
        attributes=attributes,
        category_ids=parent.category_ids,
        updated_at=_moment(row.get("updated_at")) or parent.updated_at,
        raw=row,
    )


def values_of(variant: Mapping[str, Any], product: Mapping[str, Any]) -> dict[str, str]:
    """Option -> value of a variant. In some stores the ids of values match nothing; then its place in the grid tells."""
    options = dicts(product.get("options"))
    names = {
        str(value.get("id")): (str(option.get("name")), str(value.get("name")))
        for option in options
        for value in dicts(option.get("values"))
    }
    wanted = [str(number) for number in variant.get("related_option_values") or ()]
    if wanted and all(number in names for number in wanted):
        return dict(names[number] for number in wanted)
    grid = list(combinations(*(dicts(option.get("values")) for option in options))) if options else []
    ids = [row.get("id") for row in dicts(product.get("skus"))]
    place = ids.index(variant.get("id")) if variant.get("id") in ids else len(grid)
    if len(ids) != len(grid) or place >= len(grid):
        return {}
    return {
        str(option.get("name")): str(value.get("name"))
        for option, value in zip(options, grid[place], strict=True)
    }


def _quantity(value: Any) -> Decimal | None:
    try:
        return None if value is None or value == "" else to_decimal(value)
    except ValueError:
        return None


def _moment(value: Any) -> Any:
    try:
        return moment_of(value)
    except ValueError:
        return None


def dicts(value: Any) -> list[dict[str, Any]]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


# ---------------------------------------------------------------- out


def product_body(sheet: ProductSheet, *, currency: str) -> dict[str, Any]:
    """The fields of a product that the sheet sets, without images, options and quantity."""
    given = {"name": sheet.name, "description": _description(sheet), "gtin": sheet.barcode}
    body: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    if sheet.sku:
        body["sku"] = sheet.sku
    if sheet.price is not None and sheet.kind != "variable":
        body["price"] = number(rounded(sheet.price, currency))
    if sheet.special_price is not None and sheet.kind != "variable":
        body["sale_price"] = number(rounded(sheet.special_price, currency))
    if sheet.weight is not None:
        unit = sheet.weight_unit if sheet.weight_unit in _WEIGHTS else "kg"
        body |= {"weight": float(sheet.weight), "weight_type": unit}
    if sheet.category_ids is not None:
        body["categories"] = [int(entry) for entry in sheet.category_ids if entry.isdigit()]
    if sheet.active is not None or sheet.visible is not None:
        shown = sheet.active is not False and sheet.visible is not False
        body["status"] = "sale" if shown else "hidden"
    for name, value in sheet.fields.items():
        body[name] = field_value(name, value)
    return body


def _description(sheet: ProductSheet) -> str | None:
    return sheet.description if sheet.description is not None else sheet.short_description


def field_value(name: str, value: Any) -> Any:
    """A free field as Salla wants it. Raises Rejected."""
    if name not in {known for known, _ in PRODUCT_FIELDS}:
        raise Rejected(
            f"Salla has no product field '{name}'.",
            code="unknown_field",
            cure="Choose another field in the copy rules of the site.",
        )
    try:
        if name in _NUMBERS:
            return float(to_decimal(value))
        if name in _WHOLE:
            return int(to_decimal(value))
    except (ValueError, ArithmeticError):
        raise Rejected(
            f"The value {value!r} of '{name}' is not a number.",
            code="bad_field",
            cure="Correct the value in the ERP or the copy rule.",
        ) from None
    if name in _FLAGS:
        return str(value).strip().lower() in ("1", "true", "yes", "on")
    return str(value)


def changes(body: Mapping[str, Any], row: Mapping[str, Any]) -> dict[str, Any]:
    """What of `body` the store's record does not show already; the type and what it does not tell stay out."""
    found: dict[str, Any] = {}
    for name, wanted in body.items():
        if name == "price":
            same = price_of(row) == Decimal(str(wanted))
        elif name == "sale_price":
            same = (sale_of(row) or Decimal(0)) == Decimal(str(wanted or 0))
        elif name == "categories":
            same = {str(entry.get("id")) for entry in dicts(row.get("categories"))} == {
                str(n) for n in wanted
            }
        elif name == "status":
            same = _same_status(str(wanted), row)
        elif name in ("weight", "cost_price"):
            same = _number(row.get(name)) == Decimal(str(wanted))
        elif name.startswith("metadata_"):
            metadata = row.get("metadata")
            key = name.removeprefix("metadata_")
            same = isinstance(metadata, Mapping) and str(metadata.get(key) or "") == str(wanted)
        else:
            same = str(row.get(name) if row.get(name) is not None else "") == str(wanted)
        if not same:
            found[name] = wanted
    return found


def _same_status(wanted: str, row: Mapping[str, Any]) -> bool:
    """A product is hidden until it has an image and out until it has stock: that is no difference to what we want."""
    shown = str(row.get("status") or "")
    if wanted == "hidden":
        return shown == "hidden"
    return shown in ("sale", "out") or not row.get("images")


def _number(value: Any) -> Decimal | None:
    try:
        return (
            None
            if value in (None, "")
            else to_decimal(value.get("amount") if isinstance(value, dict) else value)
        )
    except ValueError:
        return None


def option_values(attributes: Sequence[AttributeSheet] | None) -> dict[str, list[str]]:
    """Option -> values, of the attributes that make variants."""
    return {
        row.name: list(dict.fromkeys(row.options))
        for row in attributes or ()
        if row.for_variants and row.options
    }
