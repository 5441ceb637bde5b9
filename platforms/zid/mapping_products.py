"""Product JSON <-> our values. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from ecomsync.common.errors import Rejected
from ecomsync.common.money import to_decimal
from platforms.types import AttributeSheet, ProductSheet, RemoteCategory, RemoteProduct
from platforms.zid.mapping_prices import number, read_price, rounded
from platforms.zid.payloads import moment_of

MAX_SKU = 255
_KILOGRAMS = {
    "kg": Decimal(1), "g": Decimal("0.001"), "t": Decimal(1000), "lb": Decimal("0.45359237"),
    "lbs": Decimal("0.45359237"), "oz": Decimal("0.028349523125"),
}  # fmt: skip
_KINDS = {"grouped_product": "grouped", "dynamic_bundle": "bundle"}
_TEXTS = ("name", "description", "short_description")

# (field, label): where a CopyToEcommerceItemLine may put a value.
PRODUCT_FIELDS: tuple[tuple[str, str], ...] = (
    ("name", "Name"),
    ("description", "Description"),
    ("short_description", "Short description"),
    ("barcode", "Barcode"),
    ("cost", "Cost price"),
    ("weight", "Weight (kg)"),
    ("keywords", "Keywords, comma separated"),
    ("is_taxable", "Taxable"),
    ("requires_shipping", "Requires shipping"),
    ("min_quantity_per_cart", "Lowest quantity per cart"),
    ("max_quantity_per_cart", "Highest quantity per cart"),
    ("seo_title", "Page title"),
    ("seo_description", "Meta description"),
)
_KNOWN = frozenset(name for name, _ in PRODUCT_FIELDS)
_FLAGS = frozenset({"is_taxable", "requires_shipping"})
_ON_VARIANTS = frozenset({"barcode", "cost", "weight"})


# ---------------------------------------------------------------- in


def product_from_json(
    row: Mapping[str, Any], *, parent: Mapping[str, Any] | None = None, languages: Sequence[str] = ()
) -> RemoteProduct:
    """One product or variant. A parent is listed and not sellable: its variants have stock and price."""
    structure = str(row.get("structure") or "standalone")
    has_variants = structure == "parent" or (structure != "child" and bool(row.get("variants")))
    above = str(row.get("parent_id") or "")
    if structure == "child" and not above and parent is not None and parent is not row:
        above = str(parent.get("id", ""))
    infinite = row.get("is_infinite") is True
    return RemoteProduct(
        remote_id=str(row.get("id") or ""),
        sku=str(row.get("sku") or "").strip(),
        name=text_of(row.get("name"), languages),
        kind=_kind(row, structure, has_variants=has_variants),
        is_sellable=not has_variants,
        parent_remote_id=above,
        barcode=str(row.get("barcode") or ""),
        price=read_price(row.get("price")),
        special_price=read_price(row.get("sale_price")),
        quantity=None if infinite or has_variants else _quantity(row.get("quantity")),
        manages_stock=not infinite and not has_variants,
        active=row.get("is_published") is not False and row.get("is_draft") is not True,
        attributes={
            text_of(entry.get("name"), languages): text_of(entry.get("value"), languages)
            for entry in dicts(row.get("attributes"))
            if entry.get("value")
        },
        category_ids=tuple(str(entry.get("id")) for entry in dicts(row.get("categories"))),
        updated_at=moment_or_none(row.get("updated_at")),
        raw=row,
    )


def _kind(row: Mapping[str, Any], structure: str, *, has_variants: bool) -> str:
    if has_variants:
        return "variable"
    if structure == "child":
        return "variant"
    special = str(row.get("product_class") or "")
    return _KINDS.get(special, "other") if special else "simple"


def text_of(value: Any, languages: Sequence[str] = ()) -> str:
    """A text that comes plain or per language; missing languages are simply absent."""
    if not isinstance(value, Mapping):
        return str(value or "")
    for language in (*languages, "ar", "en"):
        if value.get(language):
            return str(value[language])
    return str(next((text for text in value.values() if text), ""))


def categories_from_json(rows: Any, languages: Sequence[str] = ()) -> list[RemoteCategory]:
    """The tree, parents before their children."""
    found: list[RemoteCategory] = []
    for position, row in enumerate(dicts(rows)):
        parent = str(row.get("parent_id") or "")
        found.append(
            RemoteCategory(
                remote_id=str(row.get("id", "")),
                name=text_of(row.get("names"), languages) or text_of(row.get("name"), languages),
                parent_remote_id="" if parent == "0" else parent,
                description=text_of(row.get("description"), languages),
                position=position,
                product_count=int(row.get("products_count") or 0),
            )
        )
        found += categories_from_json(row.get("sub_categories"), languages)
    return found


def _quantity(value: Any) -> Decimal | None:
    try:
        return None if value is None else to_decimal(value)
    except ValueError:
        return None


def moment_or_none(value: Any) -> datetime | None:
    try:
        return moment_of(str(value or ""), UTC)
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
    language: str,
    currency: str,
    decimals: int | None,
    publish: bool,
) -> dict[str, Any]:
    """The JSON of a product or variant without attributes, categories, pictures and stock. None is left out, "" clears.

    Prices go along only when creating: later they take the careful way of price pushes. Raises Rejected.
    """
    variant = sheet.kind == "variant"
    body: dict[str, Any] = {}
    if creating:
        body |= _creation(sheet, currency, decimals)
    if not variant:
        body |= _texts(sheet, language, creating=creating)
    body |= _publication(sheet, creating=creating, publish=publish)
    if sheet.barcode is not None:
        body["barcode"] = sheet.barcode
    if sheet.weight is not None:
        body["weight"] = {"value": number(_kilograms(sheet.weight, sheet.weight_unit)), "unit": "kg"}
    _put_fields(body, sheet, variant, language)
    return body


def _creation(sheet: ProductSheet, currency: str, decimals: int | None) -> dict[str, Any]:
    if not sheet.sku:
        raise Rejected(
            "The item has no SKU, so a repeated creation could not be recognised.",
            code="no_sku",
            cure="Give the item a code.",
        )
    if len(sheet.sku) > MAX_SKU:
        raise Rejected(
            f"The SKU has {len(sheet.sku)} characters; Zid keeps {MAX_SKU}.",
            code="sku_too_long",
            cure="Shorten the item's code.",
        )
    if sheet.kind != "variant" and not sheet.name:
        raise Rejected(
            "The item has no name for this shop.", code="no_name", cure="Fill in the name of the item."
        )
    price = rounded(sheet.price or Decimal(0), currency, decimals)
    body: dict[str, Any] = {"sku": sheet.sku, "price": number(price)}
    if sheet.special_price is not None and sheet.special_price < price:
        body["sale_price"] = number(rounded(sheet.special_price, currency, decimals))
    return body


def _texts(sheet: ProductSheet, language: str, *, creating: bool) -> dict[str, Any]:
    """Texts per language; languages that are not sent stay as they are."""
    body: dict[str, Any] = {}
    for name in _TEXTS:
        texts = {
            code: str(told[name]) for code, told in sheet.translations.items() if told.get(name) is not None
        }
        own = getattr(sheet, name)
        if own is not None:
            texts[language] = own
        if texts and (texts.get(language) or not (name == "name" and creating)):
            body[name] = texts
    return body


def _publication(sheet: ProductSheet, *, creating: bool, publish: bool) -> dict[str, Any]:
    """A draft hides too, so publishing says both. Nothing is sold for nothing."""
    if creating:
        priced = sheet.price is not None or sheet.kind == "variable"
        wanted = publish if sheet.active is None else sheet.active
        return {"is_draft": False, "is_published": wanted and priced and sheet.visible is not False}
    if sheet.active is None and sheet.visible is None:
        return {}
    if sheet.active is not False and sheet.visible is not False:
        return {"is_draft": False, "is_published": True}
    return {"is_published": False}


def _kilograms(weight: Decimal, unit: str) -> Decimal:
    """To four decimals. Raises Rejected on an unknown unit."""
    factor = _KILOGRAMS.get((unit or "kg").lower())
    if factor is None:
        raise Rejected(
            f"{unit!r} is not a unit of weight that Zid has.",
            code="weight_unit",
            cure="Use kg, g, lb or oz on the item.",
        )
    return (weight * factor).quantize(Decimal("0.0001"))


def _put_fields(body: dict[str, Any], sheet: ProductSheet, variant: bool, language: str) -> None:
    """The targets of the site's copy lines, each in the type that Zid wants."""
    for name, value in sheet.fields.items():
        if value is None:
            continue
        if name not in _KNOWN:
            raise Rejected(
                f"Zid has no product field '{name}'.",
                code="unknown_field",
                cure="Correct the target in the site's lines 'Copy to E-commerce Item'.",
            )
        if variant and name not in _ON_VARIANTS:
            continue  # a variant shows its product's
        if name in _TEXTS:
            body[name] = {**body.get(name, {}), language: str(value)}
        elif name in _FLAGS:
            body[name] = (
                value if isinstance(value, bool) else str(value).lower() in ("1", "true", "yes", "on")
            )
        elif name in ("cost", "weight"):
            amount = _decimal(value, name)
            body[name] = {"value": number(amount), "unit": "kg"} if name == "weight" else number(amount)
        elif name == "keywords":
            body[name] = [word.strip() for word in str(value).split(",") if word.strip()]
        elif name.startswith("seo_"):
            body.setdefault("seo", {})[name.removeprefix("seo_")] = {language: str(value)}
        elif name.endswith("_per_cart"):
            body.setdefault("purchase_restrictions", {})[name] = int(_decimal(value, name))
        else:
            body[name] = str(value)


def _decimal(value: Any, name: str) -> Decimal:
    try:
        return to_decimal(value, what=name)
    except ValueError as err:
        raise Rejected(f"{err}.", code="bad_value", cure="Correct the value on the item.") from err


def variant_values(sheet: ProductSheet) -> list[tuple[AttributeSheet, str]]:
    """(attribute, value) of a variant. Raises Rejected when it has none."""
    rows = list(sheet.attributes or ())
    chosen = [row for row in rows if row.for_variants] or rows
    found = [(row, row.options[0]) for row in chosen if row.options]
    if not found:
        raise Rejected(
            "The variant has no attribute that tells it from the others.",
            code="no_options",
            cure="Give the item the attributes of its variant, such as colour or size.",
        )
    return found


def changed_fields(record: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
    """What of the body the store does not show already. Of purchase restrictions the others go along, since they are
    written together."""
    found: dict[str, Any] = {}
    for name, value in body.items():
        if _same(record.get(name), value):
            continue
        present = record.get(name)
        together = name == "purchase_restrictions" and isinstance(present, Mapping)
        found[name] = {**present, **value} if together and isinstance(present, Mapping) else value
    return found


def _same(present: Any, wanted: Any) -> bool:
    if isinstance(wanted, Mapping):
        shown = present if isinstance(present, Mapping) else {}
        return all(_same(shown.get(name), value) for name, value in wanted.items())
    if isinstance(wanted, bool) or isinstance(present, bool):
        return bool(present) is bool(wanted)
    if isinstance(wanted, list):
        return isinstance(present, list) and sorted(map(str, present)) == sorted(map(str, wanted))
    if isinstance(wanted, int | float):
        try:
            return present not in (None, "") and to_decimal(present) == to_decimal(str(wanted))
        except ValueError:
            return False
    return str(present if present is not None else "") == str(wanted)
