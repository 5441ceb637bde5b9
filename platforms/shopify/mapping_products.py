"""Products between us and Shopify. Pure functions.

A product that sells one thing has one variant all the same, with the option `Title` and its value `Default Title`. Its
variant is what is linked, priced and stocked, so that it is one row here, under the variant's id.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from ecomsync.common.errors import Rejected
from ecomsync.common.money import to_decimal
from platforms.shopify.answers import nodes_of
from platforms.shopify.ids import gid, number_of
from platforms.shopify.mapping_prices import Shown, price_text, read_price
from platforms.types import AttributeSheet, ProductSheet, RemoteProduct

DEFAULT_OPTION, DEFAULT_VALUE = "Title", "Default Title"
#: Where the ERP's code of a product with variants is kept, which has no SKU of its own in Shopify.
ERP_NAMESPACE, ERP_KEY = "ecomsync", "sku"
MAX_SKU = 255

#: (field, label): where a CopyToEcommerceItemLine may put a value; `meta:<namespace>.<key>` is open.
PRODUCT_FIELDS: tuple[tuple[str, str], ...] = (
    ("name", "Title"),
    ("description", "Description"),
    ("handle", "Handle"),
    ("vendor", "Vendor"),
    ("product_type", "Product type"),
    ("category", "Category of the standard taxonomy (id)"),
    ("tags", "Tags (comma separated)"),
    ("seo_title", "Page title for search engines"),
    ("seo_description", "Description for search engines"),
    ("template_suffix", "Theme template"),
    ("barcode", "Barcode"),
    ("weight", "Weight"),
    ("cost", "Cost per item"),
    ("taxable", "Charge tax"),
    ("inventory_policy", "When sold out (deny, continue)"),
    ("requires_shipping", "Requires shipping"),
    ("country_of_origin", "Country of origin"),
    ("hs_code", "HS code"),
    ("meta:", "Metafield (meta:namespace.key)"),
)
_PLAIN = {
    "handle": "handle",
    "vendor": "vendor",
    "product_type": "productType",
    "template_suffix": "templateSuffix",
}
_UNITS = {"kg": "KILOGRAMS", "g": "GRAMS", "lb": "POUNDS", "lbs": "POUNDS", "oz": "OUNCES"}
_ON_VARIANT = frozenset(
    {"cost", "taxable", "inventory_policy", "requires_shipping", "country_of_origin", "hs_code"}
)
_KNOWN = frozenset(name for name, _ in PRODUCT_FIELDS)


# ---------------------------------------------------------------- in


def products_of(product: Mapping[str, Any]) -> list[RemoteProduct]:
    """A product as rows: its only variant, or a parent and each of its variants."""
    variants = nodes_of(product.get("variants"))
    if product.get("hasOnlyDefaultVariant"):
        return [variant_of(row, product) for row in variants]
    return [parent_of(product), *(variant_of(row, product) for row in variants)]


def parent_of(product: Mapping[str, Any]) -> RemoteProduct:
    metafield = product.get("metafield")
    return RemoteProduct(
        remote_id=number_of(product.get("id")),
        sku=str(metafield.get("value") or "") if isinstance(metafield, Mapping) else "",
        name=str(product.get("title") or ""),
        kind="variable",
        is_sellable=False,
        manages_stock=False,
        active=product.get("status") == "ACTIVE",
        category_ids=_collections(product),
        updated_at=_moment(product.get("updatedAt")),
        raw=product,
    )


def variant_of(row: Mapping[str, Any], product: Mapping[str, Any]) -> RemoteProduct:
    """One variant, or the only one of a simple product."""
    simple = bool(product.get("hasOnlyDefaultVariant"))
    title = str(product.get("title") or "")
    item = row.get("inventoryItem") or {}
    shown = Shown(read_price(row.get("price")), read_price(row.get("compareAtPrice")))
    quantity = row.get("inventoryQuantity")
    return RemoteProduct(
        remote_id=number_of(row.get("id")),
        sku=str(row.get("sku") or "").strip(),
        name=title if simple else f"{title} - {row.get('title') or ''}".rstrip(" -"),
        kind="simple" if simple else "variant",
        parent_remote_id=number_of(product.get("id")),
        inventory_id=number_of(item.get("id")),
        barcode=str(row.get("barcode") or ""),
        price=shown.compare_at if shown.on_sale else shown.price,
        special_price=shown.price if shown.on_sale else None,
        quantity=Decimal(quantity) if isinstance(quantity, int) else None,
        manages_stock=bool(item.get("tracked", True)),
        active=product.get("status") == "ACTIVE",
        attributes={} if simple else options_of(row),
        category_ids=_collections(product),
        updated_at=_moment(row.get("updatedAt")) or _moment(product.get("updatedAt")),
        raw=row,
    )


def options_of(row: Mapping[str, Any]) -> dict[str, str]:
    return {str(option.get("name")): str(option.get("value")) for option in row.get("selectedOptions") or ()}


def _collections(product: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(number_of(row.get("id")) for row in nodes_of(product.get("collections")))


def _moment(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


# ---------------------------------------------------------------- out: the product


def product_input(sheet: ProductSheet, *, creating: bool, status_on_create: str) -> dict[str, Any]:
    """The members of the product itself that a simple or variable sheet states. Raises Rejected."""
    body: dict[str, Any] = {}
    if sheet.name is not None:
        body["title"] = sheet.name
    text = sheet.description if sheet.description is not None else sheet.short_description
    if text is not None:
        body["descriptionHtml"] = text
    if sheet.active is not None:
        body["status"] = "ACTIVE" if sheet.active else "DRAFT"
    elif creating:
        body["status"] = status_on_create
    if creating and not sheet.name:
        raise Rejected(
            "The item has no name for this shop.", code="no_name", cure="Fill in the name of the item."
        )
    seo: dict[str, str] = {}
    for name, value in sheet.fields.items():
        if value is None or name in _ON_VARIANT or name.startswith("meta:"):
            continue
        if name not in _KNOWN:
            raise Rejected(
                f"Shopify has no product field '{name}'.",
                code="unknown_field",
                cure="Correct the target in the site's lines 'Copy to E-commerce Item', or write it as "
                "meta:<namespace>.<key>.",
            )
        if name in _PLAIN:
            body[_PLAIN[name]] = str(value)
        elif name == "category":
            body["category"] = _taxonomy(str(value))
        elif name == "tags":
            body["tags"] = [tag.strip() for tag in str(value).split(",") if tag.strip()]
        elif name in ("seo_title", "seo_description"):
            seo[name.removeprefix("seo_")] = str(value)
    if seo:
        body["seo"] = seo
    if sheet.category_ids is not None:
        body["collections"] = [
            gid("Collection", _digits(number, "category")) for number in sheet.category_ids
        ]
    return body


def handle_of(sheet: ProductSheet) -> str:
    """A handle of the name and the SKU: the SKU makes it the item's own, so that a creation that is repeated after a
    lost answer meets the product that it had made."""
    if sheet.fields.get("handle"):
        return str(sheet.fields["handle"])
    return "-".join(part for part in (_slug(sheet.name or "")[:80].strip("-"), _slug(sheet.sku)) if part)


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def metafields_of(sheet: ProductSheet) -> dict[tuple[str, str], str]:
    """(namespace, key) -> text, of the sheet's own attributes and of copy lines."""
    found: dict[tuple[str, str], str] = {}
    for name, value in sheet.metadata.items():
        found[_metafield_name(name)] = str(value)
    for name, value in sheet.fields.items():
        if name.startswith("meta:") and value not in (None, ""):
            found[_metafield_name(name[5:])] = str(value)
    return found


def _metafield_name(name: str) -> tuple[str, str]:
    """`namespace.key`; a name without a dot lives in `custom`, as the shop's own admin does it."""
    namespace, dot, key = name.partition(".")
    namespace, key = (namespace, key) if dot else ("custom", namespace)
    key = re.sub(r"[^A-Za-z0-9_-]", "_", key)
    if len(key) < 2 or len(namespace) < 3:
        raise Rejected(
            f"'{name}' is not the name of a metafield.",
            code="bad_metafield",
            cure="Write it as namespace.key, with at least three letters before the dot and two behind it.",
        )
    return namespace, key


def _taxonomy(value: str) -> str:
    return value if value.startswith("gid://") else f"gid://shopify/TaxonomyCategory/{value}"


def _digits(value: str, what: str) -> str:
    text = number_of(str(value).strip())
    if not text:
        raise Rejected(
            f"'{value}' is not the id of a {what} in this shop.",
            code="bad_id",
            cure="Read the shop's categories again and map this one.",
        )
    return text


# ---------------------------------------------------------------- out: a variant


def variant_input(
    sheet: ProductSheet, *, creating: bool, currency: str, location: str = ""
) -> dict[str, Any]:
    """The members of a variant that a sheet states, without its options. location: where a first quantity goes.

    Prices are stated at the creation only; later they take the way that keeps the shop's sales. Raises Rejected.
    """
    body: dict[str, Any] = {}
    item: dict[str, Any] = {}
    if creating:
        if not sheet.sku:
            raise Rejected(
                "The item has no SKU, so a repeated creation could not be recognised.",
                code="no_sku",
                cure="Give the item a code.",
            )
        body["sku"] = sheet.sku
        item["tracked"] = True
        if sheet.kind == "variant" and sheet.active is False:
            body["published"] = False
        _first_price(body, sheet, currency)
        if sheet.quantity is not None and location:
            quantity = max(0, int(sheet.quantity))
            body["inventoryQuantities"] = [
                {"locationId": gid("Location", location), "name": "available", "quantity": quantity}
            ]
    if sheet.barcode is not None:
        body["barcode"] = sheet.barcode
    if sheet.weight is not None:
        item["measurement"] = {"weight": {"value": float(sheet.weight), "unit": _unit(sheet.weight_unit)}}
    if sheet.tax_class is not None:
        body["taxable"] = sheet.tax_class not in ("none", "exempt", "zero-rate")
    _put_variant_fields(body, item, sheet.fields, sheet.weight_unit)
    if item:
        body["inventoryItem"] = item
    return body


def _first_price(body: dict[str, Any], sheet: ProductSheet, currency: str) -> None:
    if sheet.price is None:
        return
    special = sheet.special_price
    if special is not None and special < sheet.price:
        body["price"] = price_text(special, currency)
        body["compareAtPrice"] = price_text(sheet.price, currency)
    else:
        body["price"] = price_text(sheet.price, currency)


def _put_variant_fields(
    body: dict[str, Any], item: dict[str, Any], fields: Mapping[str, Any], unit: str
) -> None:
    for name, value in fields.items():
        if value is None:
            continue
        if name == "taxable":
            body["taxable"] = _flag(value)
        elif name == "inventory_policy":
            text = str(value).strip().upper()
            if text not in ("DENY", "CONTINUE"):
                raise Rejected(
                    f"'{value}' is not a value of 'inventory_policy'.",
                    code="bad_value",
                    cure="Use one of: deny, continue.",
                )
            body["inventoryPolicy"] = text
        elif name == "requires_shipping":
            item["requiresShipping"] = _flag(value)
        elif name == "cost":
            item["cost"] = str(_number(value, name))
        elif name == "country_of_origin":
            item["countryCodeOfOrigin"] = str(value).strip().upper()
        elif name == "hs_code":
            item["harmonizedSystemCode"] = str(value).strip()
        elif name == "weight":
            item["measurement"] = {"weight": {"value": float(_number(value, name)), "unit": _unit(unit)}}
        elif name == "barcode":
            body["barcode"] = str(value)


def _unit(unit: str) -> str:
    found = _UNITS.get(unit.lower())
    if found is None:
        raise Rejected(
            f"'{unit}' is not a unit of weight that Shopify has.",
            code="weight_unit",
            cure="Use kg, g, lb or oz on the item.",
        )
    return found


def _flag(value: Any) -> bool:
    return value if isinstance(value, bool) else str(value).strip().lower() in ("1", "true", "yes", "on")


def _number(value: Any, name: str) -> Decimal:
    try:
        return to_decimal(value, what=name)
    except ValueError as err:
        raise Rejected(f"{err}.", code="bad_value", cure="Correct the value on the item.") from err


def variant_differs(row: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
    """Whether a variant of the shop shows something else than `body` states."""
    item = row.get("inventoryItem") or {}
    for name, value in body.items():
        if name == "inventoryItem":
            if any(_item_differs(item, part, wanted) for part, wanted in value.items()):
                return True
        elif name in ("barcode", "sku"):
            if str(row.get(name) or "") != str(value):
                return True
        elif row.get(name) != value:
            return True
    return False


def _item_differs(item: Mapping[str, Any], name: str, wanted: Any) -> bool:
    if name == "measurement":
        shown = ((item.get("measurement") or {}).get("weight")) or {}
        value = read_price(shown.get("value"))
        return shown.get("unit") != wanted["weight"]["unit"] or value != to_decimal(wanted["weight"]["value"])
    if name == "cost":
        return read_price((item.get("unitCost") or {}).get("amount")) != read_price(wanted)
    return bool(item.get(name) != wanted)


# ---------------------------------------------------------------- options


def option_values(attributes: Sequence[AttributeSheet] | None) -> dict[str, str]:
    """The options of a variant by its attributes."""
    return {
        attribute.name: attribute.options[0]
        for attribute in attributes or ()
        if attribute.for_variants and attribute.options
    }


def option_rows(values: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"optionName": name, "name": value} for name, value in values.items()]


def options_input(names: Sequence[str], variants: Sequence[Mapping[str, str]]) -> list[dict[str, Any]]:
    """Options with every value that a variant uses, in the order of their first use."""
    return [
        {
            "name": name,
            "position": place,
            "values": [{"name": value} for value in dict.fromkeys(v[name] for v in variants if name in v)],
        }
        for place, name in enumerate(names, start=1)
    ]
