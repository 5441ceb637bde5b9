"""Products, variants and their inventory items as rows: made, named, found, removed."""

from collections.abc import Iterable
from itertools import product as combinations
from typing import Any

from sandbox.shopify.calls import Row
from sandbox.shopify.money import price
from sandbox.shopify.state import Store


def new_product(store: Store, title: str, **fields: Any) -> Row:
    """A product without options and variants; published to the channels that publish by themselves."""
    gid = fields.pop("id", None) or store.gid("Product")
    now = store.now()
    handle = fields.pop("handle", "") or store.unique_handle(title, gid)
    store.handles[f"products/{handle}"] = gid
    row = store.add(
        "Product",
        id=gid,
        title=title,
        handle=handle,
        descriptionHtml="",
        status="ACTIVE",
        vendor=store.options.name,
        productType="",
        tags=[],
        _category=None,
        seo={"title": None, "description": None},
        isGiftCard=False,
        templateSuffix=None,
        _options=[],
        _variants=[],
        _media=[],
        _publications={p["id"]: now for p in store.tables["Publication"].values() if p["autoPublish"]},
        publishedAt=now,
    )
    row.update(fields)
    return row


def set_options(store: Store, product: Row, options: list[tuple[str, list[str]]]) -> None:
    """Options in their order; options and values that stay keep their ids."""
    before = {o["name"]: o for o in product["_options"]}
    made = []
    for position, (name, values) in enumerate(options, 1):
        row = before.get(name) or {"id": store.gid("ProductOption"), "name": name, "_values": []}
        known = {v["name"]: v for v in row["_values"]}
        row["_values"] = [known.get(v) or {"id": store.gid("ProductOptionValue"), "name": v} for v in values]
        row["position"] = position
        row["_product"] = product["id"]
        store.tables["ProductOption"][row["id"]] = row
        made.append(row)
    product["_options"] = made


def new_variant(store: Store, product: Row, chosen: dict[str, str], **fields: Any) -> Row:
    """A variant with its inventory item. fields: those of the row; `sku`, `tracked`, `cost`, `weight` go where they live."""
    places = store.options.zeros()
    item = store.add(
        "InventoryItem",
        sku=None,
        tracked=fields.pop("tracked", True),
        requiresShipping=fields.pop("requiresShipping", True),
        _cost=fields.pop("cost", None),
        _weight=fields.pop("weight", None) or {"value": 0.0, "unit": "KILOGRAMS"},
        countryCodeOfOrigin=None,
        harmonizedSystemCode=None,
        provinceCodeOfOrigin=None,
    )
    sku = fields.pop("sku", None)
    row = store.add(
        "ProductVariant",
        sku=None,
        barcode=None,
        price=price(fields.pop("price", "0"), places),
        compareAtPrice=None,
        position=len(product["_variants"]) + 1,
        taxable=True,
        taxCode=None,
        inventoryPolicy="DENY",
        _product=product["id"],
        _item=item["id"],
        _chosen=chosen,
        _media=[],
        _components=[],
    )
    row.update(fields)
    item["_variant"] = row["id"]
    product["_variants"].append(row["id"])
    row["title"] = variant_title(product, row)
    store.set_sku(row, sku)
    return row


def variant_title(product: Row, variant: Row) -> str:
    return " / ".join(variant["_chosen"].get(o["name"], "") for o in product["_options"]) or "Default Title"


def stock_everywhere(store: Store, item: str, quantity: int) -> None:
    """The whole quantity at the first location, nothing at the others, which do stock it."""
    for index, location in enumerate(store.tables["Location"]):
        store.open_level(item, location, quantity if index == 0 else 0)


def simple_product(store: Store, sku: str, title: str = "", *, stock: int | None = 5, **fields: Any) -> Row:
    """A product with its one variant `Default Title`; returns the variant. Product fields go to the product."""
    mine = {k: fields.pop(k) for k in PRODUCT_FIELDS if k in fields}
    product = new_product(store, title or f"Product {sku}", **mine)
    set_options(store, product, [("Title", ["Default Title"])])
    variant = new_variant(store, product, {"Title": "Default Title"}, sku=sku, **fields)
    if stock is not None:
        stock_everywhere(store, variant["_item"], stock)
    return variant


PRODUCT_FIELDS = frozenset(
    [
        "handle",
        "descriptionHtml",
        "status",
        "vendor",
        "productType",
        "tags",
        "isGiftCard",
        "_category",
        "createdAt",
    ]
)


def optioned_product(
    store: Store, sku: str, options: dict[str, list[str]], *, title: str = "", stock: int = 5, **fields: Any
) -> Row:
    """A product with every combination as a variant, SKUs `SKU-RED-M`; returns the product."""
    mine = {k: fields.pop(k) for k in PRODUCT_FIELDS if k in fields}
    product = new_product(store, title or f"Product {sku}", **mine)
    set_options(store, product, list(options.items()))
    for values in combinations(*options.values()):
        chosen = dict(zip(options, values, strict=True))
        text = "-".join([sku, *(v.upper().replace(" ", "") for v in values)])
        variant = new_variant(store, product, chosen, sku=text, **fields)
        stock_everywhere(store, variant["_item"], stock)
    return product


def variants_of(store: Store, product: Row) -> list[Row]:
    table = store.tables["ProductVariant"]
    return [table[gid] for gid in product["_variants"]]


def remove_variant(store: Store, product: Row, variant: Row) -> None:
    store.set_sku(variant, None)
    product["_variants"].remove(variant["id"])
    store.levels.pop(variant["_item"], None)
    store.tables["InventoryItem"].pop(variant["_item"], None)
    store.drop(variant)
    renumber(store, product)


def renumber(store: Store, product: Row) -> None:
    for position, row in enumerate(variants_of(store, product), 1):
        row["position"] = position


def remove_product(store: Store, product: Row) -> None:
    for variant in variants_of(store, product):
        remove_variant(store, product, variant)
    for collection in store.tables["Collection"].values():
        collection["_products"].pop(product["id"], None)
    store.handles.pop(f"products/{product['handle']}", None)
    store.drop(product)


def product_of(store: Store, variant: Row) -> Row:
    return store.tables["Product"][variant["_product"]]


def variant_by_options(store: Store, product: Row, chosen: dict[str, str]) -> Row | None:
    return next((v for v in variants_of(store, product) if v["_chosen"] == chosen), None)


def component_parents(store: Store, variant: Row) -> Iterable[Row]:
    """Bundles that this variant is a part of."""
    for row in store.tables["ProductVariant"].values():
        if any(part["variant"] == variant["id"] for part in row["_components"]):
            yield row


def available_of(store: Store, variant: Row) -> int:
    """What can be sold: of a bundle, as many as its scarcest component makes."""
    if variant["_components"]:
        table = store.tables["ProductVariant"]
        counts = [
            available_of(store, table[part["variant"]]) // part["quantity"]
            for part in variant["_components"]
            if part["variant"] in table
        ]
        return min(counts, default=0)
    return store.available(variant["_item"])
