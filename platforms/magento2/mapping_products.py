"""Product JSON <-> our values. Pure functions.

What leaves here is global data, for the scope `all`; texts of languages go to their store views on their own. Prices,
special prices, tiers and stock are never part of a product that exists: they have routes that touch nothing else.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from ecomsync.common.errors import Rejected
from ecomsync.common.money import round_money, to_decimal
from platforms.magento2.compositions import TYPES
from platforms.magento2.criteria import read_time
from platforms.magento2.mapping_prices import attributes_of, read_amount
from platforms.types import ProductSheet, RemoteProduct

MAX_SKU = 64
ENABLED, DISABLED = 1, 2
NOT_ALONE, BOTH = 1, 4
_KINDS = {"configurable": "variable", "grouped": "grouped", "bundle": "bundle"}
_KILOGRAMS = {
    "kg": Decimal(1),
    "kgs": Decimal(1),
    "g": Decimal("0.001"),
    "lb": Decimal("0.45359237"),
    "lbs": Decimal("0.45359237"),
    "oz": Decimal("0.028349523125"),
}

# (field, label): where a CopyToEcommerceItemLine may put a value; `attribute:<code>` is open.
PRODUCT_FIELDS: tuple[tuple[str, str], ...] = (
    ("name", "Name"),
    ("short_description", "Short description"),
    ("description", "Description"),
    ("url_key", "URL key"),
    ("meta_title", "Meta title"),
    ("meta_keyword", "Meta keywords"),
    ("meta_description", "Meta description"),
    ("weight", "Weight"),
    ("tax_class_id", "Tax class (id)"),
    ("visibility", "Visibility (1-4)"),
    ("attribute_set", "Attribute set (name)"),
    ("websites", "Websites (codes)"),
    ("country_of_manufacture", "Country of manufacture"),
    ("news_from_date", "New from"),
    ("news_to_date", "New to"),
    ("cost", "Cost"),
)
_KNOWN = {name for name, _label in PRODUCT_FIELDS}
#: Fields that are no attributes, or that are handled on their own.
_APART = frozenset({"name", "weight", "visibility", "attribute_set", "websites"})
#: What a store view may say in its own language.
TRANSLATED = (
    "name",
    "description",
    "short_description",
    "url_key",
    "meta_title",
    "meta_keyword",
    "meta_description",
)


# ---------------------------------------------------------------- in


def product_from_json(
    row: Mapping[str, Any], *, parent_id: str = "", quantity: Decimal | None = None, barcode: str = ""
) -> RemoteProduct:
    """parent_id: of a variant. quantity: of the site's source, which the product itself does not tell."""
    kind = _KINDS.get(str(row.get("type_id") or ""), "variant" if parent_id else "simple")
    attributes = attributes_of(row)
    links = _extension(row).get("category_links")
    return RemoteProduct(
        remote_id=str(row.get("id", "")),
        sku=str(row.get("sku") or "").strip(),
        name=str(row.get("name") or ""),
        kind=kind,
        is_sellable=kind in ("simple", "variant"),
        parent_remote_id=parent_id,
        barcode=str(attributes.get(barcode) or "") if barcode else "",
        price=None if kind in ("variable", "grouped") else read_amount(row.get("price")),
        special_price=read_amount(attributes.get("special_price")),
        quantity=quantity,
        active=row.get("status") != DISABLED,
        attributes={
            code: str(value)
            for code, value in attributes.items()
            if isinstance(value, str | int | Decimal) and code not in ("description", "short_description")
        },
        category_ids=tuple(
            str(link.get("category_id", "")) for link in (links if isinstance(links, list) else ())
        ),
        updated_at=read_time(row.get("updated_at")),
        raw=row,
    )


def _extension(row: Mapping[str, Any]) -> Mapping[str, Any]:
    found = row.get("extension_attributes")
    return found if isinstance(found, Mapping) else {}


def child_ids(row: Mapping[str, Any]) -> list[str] | None:
    """Ids of a configurable's variants; None where the answer does not tell them."""
    links = _extension(row).get("configurable_product_links")
    return [str(link) for link in links] if isinstance(links, list) else None


def option_attribute_ids(row: Mapping[str, Any]) -> list[str] | None:
    """Ids of the attributes that tell a configurable's variants apart; None where the answer does not tell them."""
    options = _extension(row).get("configurable_product_options")
    if not isinstance(options, list):
        return None
    return [str(option.get("attribute_id", "")) for option in options if isinstance(option, Mapping)]


# ---------------------------------------------------------------- out


def product_body(
    sheet: ProductSheet,
    *,
    creating: bool,
    attribute_set_id: int | None,
    website_ids: Sequence[int] | None,
    currency: str,
    weight_unit: str,
    attributes: Mapping[str, Any],
    barcode_attribute: str = "",
    priced: bool = True,
) -> dict[str, Any]:
    """The `product` of a save: everything but prices of what exists, stock and pictures. None is left out.

    attribute_set_id, website_ids: None leaves them alone. attributes: code -> value as Magento wants it (option ids).
    priced: whether a new bundle has a price of its own.
    Raises Rejected.
    """
    variant = sheet.kind == "variant"
    body: dict[str, Any] = {"sku": sheet.sku}
    custom: dict[str, Any] = {}
    if creating:
        body |= _creation(sheet, variant, currency, priced=priced)
        custom["url_key"] = url_key(sheet.name or sheet.sku, sheet.sku)
        custom["tax_class_id"] = _DEFAULT_TAX_CLASS
    elif sheet.active is not None:
        body["status"] = ENABLED if sheet.active else DISABLED
    if sheet.name is not None:
        body["name"] = sheet.name
    if attribute_set_id is not None:
        body["attribute_set_id"] = attribute_set_id
    if not variant and sheet.visible is not None:
        body["visibility"] = BOTH if sheet.visible else NOT_ALONE
    if sheet.weight is not None:
        body["weight"] = weight_in(sheet.weight, sheet.weight_unit, weight_unit)
    if sheet.description is not None:
        custom["description"] = sheet.description
    if sheet.short_description is not None:
        custom["short_description"] = sheet.short_description
    if sheet.tax_class is not None:
        custom["tax_class_id"] = _tax_class(sheet.tax_class)
    if sheet.barcode is not None and barcode_attribute:
        custom[barcode_attribute] = sheet.barcode
    custom |= _fields(sheet, body)
    custom |= {code: value for code, value in attributes.items() if value is not None}
    extension: dict[str, Any] = {}
    if website_ids is not None:
        extension["website_ids"] = list(website_ids)
    if sheet.category_ids is not None and not variant:
        extension["category_links"] = [
            {"position": 0, "category_id": _id(category, "category")} for category in sheet.category_ids
        ]
    if extension:
        body["extension_attributes"] = extension
    if custom:
        body["custom_attributes"] = [
            {"attribute_code": code, "value": value} for code, value in custom.items()
        ]
    return body


#: "Taxable Goods" of every installation.
_DEFAULT_TAX_CLASS = "2"


def _creation(sheet: ProductSheet, variant: bool, currency: str, *, priced: bool) -> dict[str, Any]:
    if not sheet.sku:
        raise Rejected(
            "The item has no SKU, so a repeated creation could not be recognised.",
            code="no_sku",
            cure="Give the item a code.",
        )
    if len(sheet.sku) > MAX_SKU:
        raise Rejected(
            f"The SKU has {len(sheet.sku)} characters; Magento keeps {MAX_SKU}.",
            code="sku_too_long",
            cure="Shorten the item's code.",
        )
    if not sheet.name:
        raise Rejected(
            "The item has no name for this shop.", code="no_name", cure="Fill in the name of the item."
        )
    body: dict[str, Any] = {
        "type_id": TYPES[sheet.kind],
        "status": DISABLED if sheet.active is False else ENABLED,
        "visibility": NOT_ALONE if variant or sheet.visible is False else BOTH,
    }
    if sheet.kind in ("simple", "variant") or (sheet.kind == "bundle" and priced):
        # Magento takes no product without a price; the price push follows with the right one.
        body["price"] = _amount(sheet.price or Decimal(0), currency)
    return body


def _fields(sheet: ProductSheet, body: dict[str, Any]) -> dict[str, Any]:
    """The targets of the site's copy lines and the product's own attributes, as custom attributes."""
    found: dict[str, Any] = {}
    for name, value in sheet.fields.items():
        if value is None:
            continue
        if name.startswith("attribute:") and len(name) > 10:
            continue  # resolved with the other attributes
        if name not in _KNOWN:
            raise Rejected(
                f"Magento has no product field '{name}'.",
                code="unknown_field",
                cure="Correct the target in the site's lines 'Copy to E-commerce Item', or write it as attribute:<code>.",
            )
        if name == "visibility":
            body["visibility"] = _whole(value, name, 1, 4)
        elif name not in _APART:
            found[name] = str(value)
    return found


def open_attributes(sheet: ProductSheet) -> dict[str, str]:
    """Attributes named by code: copy lines to `attribute:<code>`, and the product's own lines in the ERP."""
    found = {
        name.partition(":")[2]: str(value)
        for name, value in sheet.fields.items()
        if name.startswith("attribute:") and value is not None
    }
    return {**sheet.metadata, **found}


def translation_body(sheet: ProductSheet, texts: Mapping[str, str]) -> dict[str, Any]:
    """What one store view says of a product: its texts and nothing else, since several versions write overrides of
    everything that is sent."""
    body: dict[str, Any] = {"sku": sheet.sku}
    if texts.get("name"):
        body["name"] = texts["name"]
    custom = [
        {"attribute_code": code, "value": texts[code]}
        for code in TRANSLATED
        if code != "name" and texts.get(code)
    ]
    if custom:
        body["custom_attributes"] = custom
    return body


def already_shows(record: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
    """Whether the shop's product has all that `body` says."""
    present = attributes_of(record)
    for row in body.get("custom_attributes", ()):
        if _comparable(present.get(row["attribute_code"])) != _comparable(row["value"]):
            return False
    wanted, kept = body.get("extension_attributes", {}), _extension(record)
    if "bundle_product_options" in wanted or "product_links" in body:
        return False  # they stand there only where they differ
    if "website_ids" in wanted and set(wanted["website_ids"]) != set(kept.get("website_ids") or ()):
        return False
    if "category_links" in wanted:
        theirs = {str(link.get("category_id")) for link in kept.get("category_links") or ()}
        if {link["category_id"] for link in wanted["category_links"]} != theirs:
            return False
    plain = {
        name: value
        for name, value in body.items()
        if name not in ("custom_attributes", "extension_attributes")
    }
    return all(_comparable(record.get(name)) == _comparable(value) for name, value in plain.items())


def _comparable(value: Any) -> Any:
    """Numbers by their value, lists as the text that they are stored as, absent as empty."""
    if isinstance(value, list):
        return ",".join(str(part) for part in value)
    text = "" if value is None else str(value).strip()
    if re.fullmatch(r"-?\d+(\.\d+)?", text) and len(text) < 18:
        return Decimal(text).normalize() + Decimal(0)
    return text


# ---------------------------------------------------------------- single values


def url_key(name: str, sku: str) -> str:
    """A key for the product's address that no other product has: its name and its SKU."""
    return "-".join(part for part in (slug(name), slug(sku)) if part)[:200] or slug(sku) or "product"


def slug(text: str) -> str:
    """Small Latin letters and digits with hyphens between them; other scripts leave nothing."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def weight_in(weight: Decimal, unit: str, shop_unit: str) -> float:
    """The weight in the shop's unit, to four decimals. Raises Rejected on an unknown unit."""
    try:
        factor = _KILOGRAMS[unit.lower()] / _KILOGRAMS[(shop_unit or "kgs").lower()]
    except KeyError as err:
        raise Rejected(
            f"{err.args[0]!r} is not a unit of weight that Magento has.",
            code="weight_unit",
            cure="Use kg, g, lb or oz on the item and kgs or lbs in the shop.",
        ) from err
    return float((weight * factor).quantize(Decimal("0.0001"), rounding=ROUND_HALF_UP))


def _amount(amount: Decimal, currency: str) -> float:
    return float(round_money(amount, currency) if currency else amount)


def _tax_class(value: str) -> str:
    text = value.strip()
    if text == "standard":
        return _DEFAULT_TAX_CLASS
    if text in ("none", "zero"):
        return "0"
    if not text.isdigit():
        raise Rejected(
            f"'{value}' is not the id of a tax class.",
            code="bad_value",
            cure="Enter the id of the product tax class as Magento shows it in Stores > Taxes > Tax Classes.",
        )
    return text


def _whole(value: Any, name: str, lowest: int, highest: int) -> int:
    try:
        number = int(to_decimal(value, what=name))
    except ValueError as err:
        raise Rejected(f"{err}.", code="bad_value", cure="Correct the value on the item.") from err
    if not lowest <= number <= highest:
        raise Rejected(
            f"'{value}' is not a value of '{name}'.",
            code="bad_value",
            cure=f"Use a number from {lowest} to {highest}.",
        )
    return number


def _id(value: str, what: str) -> str:
    text = str(value).strip()
    if not text.isdigit():
        raise Rejected(
            f"'{value}' is not the id of a {what} in this shop.",
            code="bad_id",
            cure="Read the shop's categories again and map this one.",
        )
    return text
