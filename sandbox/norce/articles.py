"""Product/ImportProducts: products with their variants and SKUs, field by field as the header lists them."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sandbox.norce.answers import Json, pick
from sandbox.norce.run import Run
from sandbox.norce.state import Store

_TEXTS = {
    0: "Name",
    2: "SubHeader",
    3: "SubDescription",
    4: "DescriptionHeader",
    5: "Description",
    7: "Synonyms",
    8: "Title",
    9: "Tags",
    10: "MetaTags",
    11: "MetaDescription",
}
_VARIANT_TEXTS = {1: "Name", 8: "SubDescription", 10: "Description"}
_SKU_FIELDS = {
    1: "Status",
    2: "Type",
    3: "IntegrationPartNo",
    4: "CommodityCode",
    5: "EanCode",
    10: "IsBuyable",
    14: "ActualWeight",
    21: "VatRates",
    23: "StartDate",
    24: "StopDate",
    25: "StructureItems",
}
INACTIVE = 5


def new_product(store: Store, key: str, code: str, manufacturer: str) -> Json:
    now = store.stamp()
    row: Json = {
        "Id": store.next_id("product", 51000),
        "Code": code,
        "ManufacturerCode": manufacturer,
        "Cultures": {},
        "Categories": [],
        "Images": [],
        "Flags": [],
        "VariantDefinitionGroup": None,
        "_created": now,
        "_updated": now,
    }
    store.products[key] = row
    return row


def new_sku(store: Store, product_key: str, part_no: str, **values: Any) -> Json:
    now = store.stamp()
    row: Json = {
        "Id": store.next_id("sku", 88001),
        "PartNo": part_no,
        "ManufacturerPartNo": part_no,
        "Status": 1,
        "Type": 1,
        "EanCode": None,
        "IsBuyable": True,
        "ActualWeight": None,
        "VatRates": [],
        "Cultures": {},
        "StructureItems": [],
        "Definitions": [],
        "_product": product_key,
        "_created": now,
        "_updated": now,
        **values,
    }
    store.skus[part_no] = row
    return row


def names_of_product(row: Json) -> set[str]:
    return {str(pick(row, "Code") or ""), *part_numbers(row)}


def part_numbers(row: Json) -> list[str]:
    return [
        str(pick(sku, "PartNo"))
        for variant in pick(row, "Variants") or []
        for sku in pick(variant, "Skus") or []
        if pick(sku, "PartNo")
    ]


def apply_product(run: Run, row: Json, key: str) -> None:
    store, fields = run.store, run.listed("ProductFieldsThatAreSet")
    code = str(pick(row, "Code") or "") if 3 in fields or pick(row, "Code") else ""
    product_key, product = _known(store, row, code)
    variants = pick(row, "Variants") or [] if 4 in fields else []
    if product is None:
        if not code and not variants:
            run.refuse(row, "The product has neither Code nor variants", severity=3)
            return
        bare = [
            variant
            for variant in variants
            if not pick(variant, "ManufacturerPartNo")
            or any(not (pick(sku, "Status") and pick(sku, "Type")) for sku in pick(variant, "Skus") or [])
        ]
        if bare:
            run.refuse(row, "ManufacturerPartNo, Status and Type are needed for new articles", severity=3)
            return
        product_key = code or str(pick(variants[0], "ManufacturerPartNo"))
        product = new_product(store, product_key, code, str(pick(row, "ManufacturerCode")))
        run.count(new=True)
        fresh = True
    else:
        run.count(new=False)
        fresh = False
    _texts(run, row, product, fresh=fresh)
    _categories(run, row, product, fields, fresh=fresh)
    if 7 in fields:
        main = pick(row, "MainImage")
        product["Images"] = ([main] if main else []) + product["Images"][1:]
    if 8 in fields:
        product["Images"] = product["Images"][:1] + list(pick(row, "AdditionalImages") or [])
    if 12 in fields:
        product["VariantDefinitionGroup"] = pick(row, "VariantDefinitionGroup")
    for variant in variants:
        _variant(run, row, product_key, variant)
    product["_updated"] = store.stamp()


def _known(store: Store, row: Json, code: str) -> tuple[str, Json | None]:
    if code and code in store.products:
        return code, store.products[code]
    for part_no in part_numbers(row):
        sku = store.skus.get(part_no)
        if sku is not None:
            return sku["_product"], store.products[sku["_product"]]
    return "", None


def _texts(run: Run, row: Json, product: Json, *, fresh: bool) -> None:
    if 5 not in run.listed("ProductFieldsThatAreSet"):
        return
    listed = run.listed("ProductCultureFieldsThatAreSet")
    for texts in pick(row, "Cultures") or []:
        target = product["Cultures"].setdefault(str(pick(texts, "CultureCode")), {})
        for number in listed:
            if number in _TEXTS:
                target[_TEXTS[number]] = pick(texts, _TEXTS[number])
            elif fresh and number in (1, 6):
                name = "Name" if number == 1 else "Description"
                target[name] = pick(texts, name)


def _categories(run: Run, row: Json, product: Json, fields: list[int], *, fresh: bool) -> None:
    if not (6 in fields or (15 in fields and fresh)):
        return
    product["Categories"] = []
    for category in pick(row, "Categories") or []:
        code = str(pick(category, "Code"))
        if code in run.store.categories:
            product["Categories"].append(code)
        else:
            run.warn(row, f"Category '{code}' not found")


def _variant(run: Run, row: Json, product_key: str, variant: Json) -> None:
    fields = run.listed("VariantFieldsThatAreSet")
    for body in (pick(variant, "Skus") or []) if 5 in fields else []:
        part_no = str(pick(body, "PartNo") or "")
        if not part_no:
            run.refuse(row, "A SKU without PartNo", severity=3)
            continue
        sku = run.store.skus.get(part_no)
        fresh = sku is None
        if sku is None:
            if not (pick(body, "Status") and pick(body, "Type") and pick(variant, "ManufacturerPartNo")):
                run.refuse(row, "ManufacturerPartNo, Status and Type are needed for new articles", severity=3)
                continue
            number = str(pick(variant, "ManufacturerPartNo"))
            sku = new_sku(
                run.store,
                product_key,
                part_no,
                ManufacturerPartNo=number,
                Status=pick(body, "Status"),
                Type=pick(body, "Type"),
            )
        _sku(run, body, sku, fresh=fresh)
        if 10 in fields:
            sku["Definitions"] = list(pick(variant, "NonParametricVariantDefinitions") or [])
        if 4 in fields:
            for texts in pick(variant, "Cultures") or []:
                target = sku["Cultures"].setdefault(str(pick(texts, "CultureCode")), {})
                for listed in run.listed("VariantCultureFieldsThatAreSet"):
                    if listed in _VARIANT_TEXTS:
                        target[_VARIANT_TEXTS[listed]] = pick(texts, _VARIANT_TEXTS[listed])


def _sku(run: Run, body: Json, sku: Json, *, fresh: bool) -> None:
    listed = run.listed("SkuFieldsThatAreSet")
    for number in listed:
        if number in _SKU_FIELDS:
            sku[_SKU_FIELDS[number]] = pick(body, _SKU_FIELDS[number])
        elif number == 22 and fresh:
            sku["Status"] = pick(body, "Status")
        elif number == 20:
            _standard_price(run, body, sku)
    for texts in pick(body, "Cultures") or []:
        target = sku["Cultures"].setdefault(str(pick(texts, "CultureCode")), {})
        for number, name in ((0, "ErpName"), (2, "Comment")):
            if number in run.listed("SkuCultureFieldsThatAreSet"):
                target[name] = pick(texts, name)
    sku["_updated"] = run.store.stamp()


def _standard_price(run: Run, body: Json, sku: Json) -> None:
    price = pick(body, "StandardPrice") or {}
    code = str(pick(price, "PriceListCode") or run.store.options.price_list)
    if code not in run.store.price_lists:
        run.warn(body, f"Price list '{code}' not found")
    elif pick(price, "PriceSale"):
        run.store.set_price(sku["PartNo"], Decimal(str(pick(price, "PriceSale"))), code)


def switch_off_products(run: Run, rows: Sequence[Json]) -> None:
    """The strongest reading of a full file: every article that it does not name is deactivated."""
    named = {part_no for row in rows for part_no in part_numbers(row)}
    for part_no, sku in run.store.skus.items():
        if part_no not in named:
            sku["Status"] = INACTIVE
            sku["_updated"] = run.store.stamp()
