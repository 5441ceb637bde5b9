"""Product sheets -> items of ImportProducts, and the fields that each really fills. Pure functions.

Only listed fields are read, and a listed field without value is emptied: so sheets that fill the same fields go
together, and nothing that a sheet leaves alone is listed. Source: fact sheet §5.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from platforms.norce.fields import json_number
from platforms.norce.options import NorceOptions
from platforms.types import ProductSheet

ACTIVE, HIDDEN, INACTIVE = 1, 4, 5
STANDARD_TYPE = 1
PRODUCT, PRODUCT_TEXT, VARIANT, SKU, SKU_TEXT, VARIANT_TEXT = (
    "ProductFieldsThatAreSet",
    "ProductCultureFieldsThatAreSet",
    "VariantFieldsThatAreSet",
    "SkuFieldsThatAreSet",
    "SkuCultureFieldsThatAreSet",
    "VariantCultureFieldsThatAreSet",
)
#: What `fields` of a sheet may set beside the sheet's own fields: (field, label).
PRODUCT_FIELDS: tuple[tuple[str, str], ...] = (
    ("sub_header", "Sub header"),
    ("title", "Title"),
    ("meta_description", "Meta description"),
    ("commodity_code", "Commodity code"),
)
_TEXTS: Mapping[str, tuple[int, str]] = {
    "name": (0, "Name"),
    "short_description": (3, "SubDescription"),
    "description": (5, "Description"),
    "sub_header": (2, "SubHeader"),
    "title": (8, "Title"),
    "meta_description": (11, "MetaDescription"),
}
_GRAMS = {
    "kg": Decimal(1),
    "g": Decimal("0.001"),
    "lb": Decimal("0.45359237"),
    "oz": Decimal("0.028349523125"),
}
_CULTURES = {
    "ar": "ar-SA",
    "en": "en-GB",
    "sv": "sv-SE",
    "nb": "nb-NO",
    "da": "da-DK",
    "fi": "fi-FI",
    "de": "de-DE",
}


@dataclass(slots=True)
class Item:
    """One product of a file, made of the sheets of its parent and its variants."""

    sheets: list[ProductSheet]
    body: dict[str, Any]
    listed: dict[str, set[int]] = field(default_factory=dict)

    @property
    def shape(self) -> tuple[tuple[str, tuple[int, ...]], ...]:
        return tuple(sorted((name, tuple(sorted(numbers))) for name, numbers in self.listed.items()))

    def list_fields(self, name: str, numbers: Iterable[int]) -> None:
        self.listed.setdefault(name, set()).update(numbers)


def items_of(
    sheets: Sequence[ProductSheet], existing: set[str], options: NorceOptions, price_list: str
) -> list[Item]:
    """One item per family that the sheets of one kind make. existing: PartNos and codes that Norce has."""
    found: dict[tuple[Any, ...], Item] = {}
    more: list[Item] = []
    for sheet in sheets:
        code = family_of(sheet)
        item = Item([sheet], {"ManufacturerCode": options.manufacturer_code})
        if code:
            item.body["Code"] = code
            item.list_fields(PRODUCT, (3,))
        if sheet.kind != "variable":
            _article(item, sheet, options, price_list, is_new=(sheet.remote_id or sheet.sku) not in existing)
        if sheet.kind != "variant":
            more += _product_fields(item, sheet, options)
        # Variants that fill other fields stand apart: what one leaves alone the other must not empty.
        key = (code or f"\0{sheet.sku}", sheet.kind, item.shape)
        known = found.get(key)
        if known is None:
            found[key] = item
        else:
            known.sheets.append(sheet)
            known.body.setdefault("Variants", []).extend(item.body.get("Variants", []))
    return [*found.values(), *more]


def whole_items(items: Sequence[Item]) -> list[Item]:
    """One row per product with the fields that all of them fill: what is listed would be emptied where it is missing.

    Variants of one family come together, whatever each filled.
    """
    rows: dict[str, Item] = {}
    for item in items:
        variants = item.body.get("Variants")
        if not variants:
            continue
        name = str(item.body.get("Code") or variants[0]["Skus"][0]["PartNo"])
        known = rows.get(name)
        if known is None:
            rows[name] = item
            continue
        known.sheets += [sheet for sheet in item.sheets if sheet not in known.sheets]
        present = {variant["ManufacturerPartNo"] for variant in known.body["Variants"]}
        known.body["Variants"] += [
            variant for variant in variants if variant["ManufacturerPartNo"] not in present
        ]
        known.listed = _common(known.listed, item.listed)
    found = list(rows.values())
    for item in found[1:]:
        found[0].listed = _common(found[0].listed, item.listed)
    for item in found:
        item.listed = found[0].listed
    return found


def _common(ours: Mapping[str, set[int]], theirs: Mapping[str, set[int]]) -> dict[str, set[int]]:
    shared = {name: numbers & theirs.get(name, set()) for name, numbers in ours.items()}
    return {name: numbers for name, numbers in shared.items() if numbers}


def family_of(sheet: ProductSheet) -> str:
    """The Code of the product: a parent's own number, that of a variant's parent; none of a simple article."""
    if sheet.kind == "variable":
        return sheet.remote_id or sheet.sku
    return (sheet.parent_remote_id or sheet.parent_sku) if sheet.kind == "variant" else ""


def culture_of(language: str, options: NorceOptions) -> str:
    """ar -> ar-SA; a culture stays as it is."""
    return language if "-" in language else _CULTURES.get(language, language or options.default_culture)


def _product_fields(item: Item, sheet: ProductSheet, options: NorceOptions) -> list[Item]:
    """Fill the item. Cultures with other texts than the first go into further items, which are given back: a text that
    a culture lacks would be emptied there."""
    more: list[Item] = []
    by_texts: dict[frozenset[str], list[dict[str, str]]] = {}
    for code, words in _texts(sheet, options).items():
        by_texts.setdefault(frozenset(words), []).append({"CultureCode": code, **words})
    for place, (filled, cultures) in enumerate(by_texts.items()):
        target = item if place == 0 else _same_product(item, sheet)
        target.body["Cultures"] = cultures
        target.list_fields(PRODUCT, (5,))
        target.list_fields(PRODUCT_TEXT, (number for number, name in _TEXTS.values() if name in filled))
        if place:
            more.append(target)
    if sheet.category_ids is not None:
        item.body["Categories"] = [
            {"Code": code, "SortOrder": place} for place, code in enumerate(sheet.category_ids, 1)
        ]
        item.list_fields(PRODUCT, (6,))
    _images(item, sheet)
    return more


def _same_product(item: Item, sheet: ProductSheet) -> Item:
    """Another item about the same product: by its code, else by its article, of which nothing is set."""
    kept = ("ManufacturerCode", "Code")
    body: dict[str, Any] = {name: item.body[name] for name in kept if name in item.body}
    other = Item([sheet], body)
    if "Code" in body:
        other.list_fields(PRODUCT, (3,))
    if sheet.kind != "variable":
        part_no = sheet.remote_id or sheet.sku
        body["Variants"] = [{"ManufacturerPartNo": part_no, "Skus": [{"PartNo": part_no}]}]
        other.list_fields(PRODUCT, (4,))
    return other


def _texts(sheet: ProductSheet, options: NorceOptions) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for ours, (_, theirs) in _TEXTS.items():
        value = getattr(sheet, ours, None) if hasattr(sheet, ours) else sheet.fields.get(ours)
        if value is not None:
            found.setdefault(options.default_culture, {})[theirs] = str(value)
    for language, words in sheet.translations.items():
        for ours, value in words.items():
            if ours in _TEXTS and value is not None:
                found.setdefault(culture_of(language, options), {})[_TEXTS[ours][1]] = str(value)
    return found


def _images(item: Item, sheet: ProductSheet) -> None:
    """Norce fetches pictures from their addresses; those without an address cannot be sent."""
    if sheet.images is None:
        return
    images = [
        image for image in sorted(sheet.images, key=lambda one: (not one.is_main, one.position)) if image.url
    ]
    bodies = [
        {
            "FileTypeName": "jpg",
            "ExternalCode": image.content_hash[:40],
            "Filename": image.filename or image.url.rpartition("/")[2].partition("?")[0],
            "Url": image.url,
            "Cultures": [],
        }
        for image in images
    ]
    if bodies:
        item.body["MainImage"] = bodies[0]
        item.body["AdditionalImages"] = bodies[1:]
        item.list_fields(PRODUCT, (7, 8))


def _article(
    item: Item, sheet: ProductSheet, options: NorceOptions, price_list: str, *, is_new: bool
) -> None:
    part_no = sheet.remote_id or sheet.sku
    sku: dict[str, Any] = {"PartNo": part_no}
    status = _status(sheet)
    if is_new or status is not None:
        sku["Status"] = ACTIVE if status is None else status
        # The ERP's word counts for new articles alone where staff in Norce switch articles on and off.
        only_new = options.status_mode == "create_only" and not is_new
        item.list_fields(SKU, (22,) if only_new or options.status_mode == "create_only" else (1,))
    if is_new:
        sku["Type"] = STANDARD_TYPE
        item.list_fields(SKU, (1, 2) if options.status_mode == "erp" else (2,))
        if sheet.price and price_list:
            sku["StandardPrice"] = {
                "PriceListCode": price_list,
                "PartNo": part_no,
                "QuantityBreak": 1,
                "PriceSale": json_number(sheet.price),
            }
            item.list_fields(SKU, (20,))
    if sheet.barcode is not None:
        sku["EanCode"] = sheet.barcode
        item.list_fields(SKU, (5,))
    if sheet.weight is not None:
        factor = _GRAMS.get(sheet.weight_unit, Decimal(1))
        sku["ActualWeight"] = json_number(sheet.weight * factor)
        item.list_fields(SKU, (14,))
    if sheet.fields.get("commodity_code") is not None:
        sku["CommodityCode"] = str(sheet.fields["commodity_code"])
        item.list_fields(SKU, (4,))
    if sheet.name is not None:
        sku["Cultures"] = [{"CultureCode": options.default_culture, "ErpName": sheet.name}]
        item.list_fields(SKU_TEXT, (0,))
    variant: dict[str, Any] = {"ManufacturerPartNo": part_no, "Skus": [sku]}
    item.list_fields(PRODUCT, (4,))
    # The number of the maker is Norce's own once the article is there.
    item.list_fields(VARIANT, (0, 5) if is_new else (5,))
    if sheet.kind == "variant":
        _definitions(item, sheet, variant, options)
    item.body.setdefault("Variants", []).append(variant)


def _status(sheet: ProductSheet) -> int | None:
    if sheet.active is False:
        return INACTIVE
    if sheet.visible is False:
        return HIDDEN
    return ACTIVE if sheet.active or sheet.visible else None


def _definitions(item: Item, sheet: ProductSheet, variant: dict[str, Any], options: NorceOptions) -> None:
    """What tells variants apart, as free texts by type."""
    chosen = [one for one in sheet.attributes or () if one.options]
    if not chosen:
        return
    variant["NonParametricVariantDefinitions"] = [
        {
            "TypeCode": code_of(one.code or one.name),
            "Cultures": [{"CultureCode": options.default_culture, "Value": one.options[0]}],
        }
        for one in chosen
    ]
    item.list_fields(VARIANT, (10,))
    item.body["VariantDefinitionGroup"] = {
        "Code": "-".join(code_of(one.code or one.name) for one in chosen),
        "Name": " / ".join(one.name for one in chosen),
        "Types": [
            {"Code": code_of(one.code or one.name), "Name": one.name, "SortOrder": place}
            for place, one in enumerate(chosen, 1)
        ],
    }
    item.list_fields(PRODUCT, (12,))


def code_of(name: str) -> str:
    return "_".join(name.upper().split())[:50]
