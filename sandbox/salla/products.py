"""Products, options and the grid of variants that follows from them."""

from decimal import Decimal
from itertools import product as combinations
from typing import Any

from sandbox.salla.answers import ApiError, Json, decimal_of, local_time, money, rounded
from sandbox.salla.state import Store

TYPES = (
    "product", "service", "group_products", "codes", "digital", "food", "donating", "booking", "financial_support",
)  # fmt: skip
_TEXTS = (
    "description", "subtitle", "promotion_title", "mpn", "gtin", "metadata_title", "metadata_description",
    "metadata_url", "weight_type", "sale_end",
)  # fmt: skip
_AMOUNTS = ("price", "sale_price", "cost_price", "weight")
_FLAGS = ("unlimited_quantity", "require_shipping", "hide_quantity", "with_tax")


def by_sku(store: Store, sku: str) -> tuple[Json, Json | None]:
    """(product, variant or None). Raises LookupError."""
    for variant in store.variants.values():
        if variant["sku"] == sku:
            return store.products[variant["_product"]], variant
    for row in store.products.values():
        if row["sku"] == sku:
            return row, None
    raise LookupError(sku)


def variants_of(store: Store, product: Json) -> list[Json]:
    return [store.variants[number] for number in product["_variants"]]


def level_key(product: Json, variant: Json | None) -> tuple[str, int]:
    return ("variant", variant["id"]) if variant else ("product", product["id"])


def level(store: Store, key: tuple[str, int]) -> int:
    return sum(store.levels.get(key, {}).values())


def set_level(store: Store, key: tuple[str, int], branch: int, pieces: int) -> None:
    store.levels.setdefault(key, {})[branch] = pieces


def quantity_of(store: Store, product: Json) -> int:
    if product["_variants"]:
        return sum(level(store, ("variant", number)) for number in product["_variants"])
    return level(store, ("product", product["id"]))


# ---------------------------------------------------------------- writing


def create(store: Store, body: Json, *, language: str = "ar") -> Json:
    """Raises ApiError 422 for what is missing or cannot be."""
    missing = {
        name: "is required" for name in ("name", "price", "product_type") if body.get(name) in (None, "")
    }
    if missing:
        raise ApiError(422, fields=missing)
    if body["product_type"] not in TYPES:
        raise ApiError(422, fields={"product_type": "is not known"})
    _check_sku(store, str(body.get("sku") or ""), 0)
    made: Json = {
        "id": store.next_id("product", 310_001),
        "type": body["product_type"],
        "sku": "",
        "_names": {},
        "_descriptions": {},
        "_variants": [],
        "_options": [],
        "_images": [],
        "_status": str(body.get("status") or "sale"),
        "_managed": False,
        "price": Decimal(0),
        "sale_price": Decimal(0),
        "sale_end": None,
        "cost_price": Decimal(0),
        "weight": Decimal(0),
        "weight_type": "kg",
        "unlimited_quantity": False,
        "with_tax": True,
        "require_shipping": True,
        "hide_quantity": False,
        "categories": [],
        "tags": [],
        "brand_id": None,
        "_updated": store.clock.now(),
    }
    change(store, made, body, language=language)
    store.products[made["id"]] = made
    if body.get("options"):
        for option in body["options"]:
            add_option(store, made, option)
    elif body.get("quantity") is not None:
        set_level(store, ("product", made["id"]), store.default_branch, int(body["quantity"]))
    return made


def _check_sku(store: Store, sku: str, own: int) -> None:
    rows = [*store.products.values(), *store.variants.values()]
    if sku and any(row["sku"] == sku and row["id"] != own for row in rows):
        raise ApiError(422, fields={"sku": "رمز المنتج مستخدم من قبل"})


def change(store: Store, row: Json, body: Json, *, language: str = "ar") -> None:
    """What PUT does: keys that are left out stay. The type is fixed for life."""
    if "sku" in body:
        _check_sku(store, str(body["sku"] or ""), row["id"])
        row["sku"] = str(body["sku"] or "")
    if body.get("name") is not None:
        row["_names"][language] = str(body["name"])
    if body.get("description") is not None:
        row["_descriptions"][language] = str(body["description"])
    for name in _TEXTS:
        if name in body and name != "description":
            row[name] = body[name]
    for name in _AMOUNTS:
        if name in body:
            set_amount(store, row, name, body[name])
    for name in _FLAGS:
        if name in body:
            row[name] = bool(body[name])
    if "categories" in body:
        wanted = [int(number) for number in body["categories"] or []]
        unknown = [number for number in wanted if number not in store.categories]
        if unknown:
            raise ApiError(422, fields={"categories": f"{unknown[0]} is not known"})
        row["categories"] = wanted
    if body.get("status"):
        row["_status"] = str(body["status"])
    if "images" in body:
        for number in list(row["_images"]):
            store.images.pop(number, None)
        row["_images"] = []
        for image in body["images"] or []:
            add_image(store, row, image)
    if "quantity" in body and row.get("_variants") == [] and row["id"] in store.products:
        set_level(store, ("product", row["id"]), store.default_branch, int(body["quantity"] or 0))
    row["_updated"] = store.clock.now()


def set_amount(store: Store, row: Json, name: str, value: Any) -> None:
    """An amount of the body; of sale prices, which of null and 0 takes them away is the store's setting."""
    if name == "sale_price":
        ends = store.options.ends_sale_with
        if value is None:
            row[name] = Decimal(0) if ends == "null" else row[name]
            return
        amount = decimal_of(value, name)
        if not amount and ends == "null" and row[name]:
            return
        row[name] = amount
        return
    row[name] = decimal_of(0 if value is None else value, name)


def add_option(store: Store, product: Json, body: Json) -> Json:
    """An option with its values; the grid of variants grows with it."""
    values = body.get("values") or []
    if not body.get("name") or not values:
        raise ApiError(422, fields={"options": "name and values are required"})
    made: Json = {
        "id": store.next_id("option", 61_001),
        "name": str(body["name"]),
        "type": "radio",
        "required": bool(body.get("required", True)),
        "display_type": body.get("display_type", "text"),
        "values": [],
    }
    product["_options"].append(made)
    for value in values:
        made["values"].append(_value(store, value))
    store.levels.pop(("product", product["id"]), None)
    grow(store, product)
    return made


def add_value(store: Store, product: Json, option: Json, body: Json) -> Json:
    made = _value(store, body)
    option["values"].append(made)
    grow(store, product)
    return made


def _value(store: Store, body: Any) -> Json:
    name = body.get("name") if isinstance(body, dict) else body
    price = decimal_of(body.get("price") or 0, "price") if isinstance(body, dict) else Decimal(0)
    return {"id": store.next_id("value", 62_001), "name": str(name), "price": price}


def grow(store: Store, product: Json) -> None:
    """One variant for each combination of values; those that are there already stay."""
    wanted = list(
        combinations(*([value["id"] for value in option["values"]] for option in product["_options"]))
    )
    known = {tuple(row["_values"]): row for row in variants_of(store, product)}
    for values in wanted:
        if values in known:
            continue
        made: Json = {
            "id": store.next_id("variant", 880_010),
            "_product": product["id"],
            "_values": list(values),
            "sku": "",
            "barcode": "",
            "mpn": "",
            "gtin": "",
            "price": product["price"],
            "sale_price": Decimal(0),
            "cost_price": Decimal(0),
            "weight": product["weight"],
            "weight_type": product["weight_type"],
            "unlimited_quantity": False,
            "_updated": store.clock.now(),
        }
        store.variants[made["id"]] = made
        known[values] = made
    product["_variants"] = [known[values]["id"] for values in wanted]
    for number in [n for n, row in store.variants.items() if row["_product"] == product["id"]]:
        if number not in product["_variants"]:
            del store.variants[number]
    product["_updated"] = store.clock.now()


def change_variant(store: Store, variant: Json, body: Json) -> None:
    if "sku" in body:
        _check_sku(store, str(body["sku"] or ""), variant["id"])
        variant["sku"] = str(body["sku"] or "")
    for name in ("barcode", "mpn", "gtin"):
        if name in body:
            variant[name] = str(body[name] or "")
    for name in ("price", "sale_price", "cost_price", "weight"):
        if name in body:
            set_amount(store, variant, name, body[name])
    key = ("variant", variant["id"])
    if body.get("stock_quantity") is not None:
        set_level(store, key, store.default_branch, int(body["stock_quantity"]))
    for row in body.get("quantities") or []:
        set_level(store, key, int(row["branch"]), int(row["quantity"]))
    variant["_updated"] = store.products[variant["_product"]]["_updated"] = store.clock.now()


def add_image(store: Store, product: Json, body: Json) -> Json:
    address = str(body.get("original") or body.get("url") or "")
    if not address:
        raise ApiError(422, fields={"original": "is required"})
    made: Json = {
        "id": store.next_id("image", 41_001),
        "url": address,
        "main": bool(body.get("main", body.get("default", not product["_images"]))),
        "alt": str(body.get("alt") or ""),
        "type": "image",
        "sort": int(body.get("sort") or len(product["_images"]) + 1),
        "_product": product["id"],
    }
    store.images[made["id"]] = made
    product["_images"].append(made["id"])
    product["_updated"] = store.clock.now()
    return made


# ---------------------------------------------------------------- printing


def status_of(store: Store, product: Json) -> str:
    """Hidden until it has an image, out until it has stock; what the merchant hid stays hidden."""
    if product["_status"] in ("hidden", "deleted") or not product["_images"]:
        return "hidden"
    sold_out = not product["unlimited_quantity"] and quantity_of(store, product) <= 0
    return "out" if sold_out or product["_status"] == "out" else "sale"


def name_of(product: Json, language: str) -> str:
    names: dict[str, str] = product["_names"]
    return names.get(language) or names.get("ar") or next(iter(names.values()), "")


def product_json(store: Store, product: Json, language: str = "ar") -> Json:
    currency = store.options.currency
    variants = [variant_json(store, row) for row in variants_of(store, product)]
    descriptions = product["_descriptions"]
    return {
        "id": product["id"],
        "type": product["type"],
        "sku": product["sku"],
        "mpn": product.get("mpn") or "",
        "gtin": product.get("gtin") or "",
        "name": name_of(product, language),
        "description": descriptions.get(language) or descriptions.get("ar") or "",
        "status": status_of(store, product),
        **_prices(store, product, currency, taxed=product["with_tax"]),
        "cost_price": str(product["cost_price"]),
        "sale_end": product["sale_end"],
        "quantity": quantity_of(store, product),
        "unlimited_quantity": product["unlimited_quantity"],
        "managed_by_branches": product["_managed"],
        "weight": product["weight"],
        "weight_type": product["weight_type"],
        "weight_label": "٠٫٢٥ كجم",
        "with_tax": product["with_tax"],
        "url": f"{store.options.domain}/p{product['id']}",
        "urls": {"customer": f"{store.options.domain}/p{product['id']}", "admin": "https://s.salla.sa/products"},
        "images": [_public(store.images[number]) for number in product["_images"]],
        "categories": [category_json(store.categories[n], language) for n in product["categories"] if n in store.categories],
        "brand": None,
        "tags": product["tags"],
        "options": [
            {**{k: v for k, v in option.items() if k != "values"}, "values": [
                {"id": v["id"], "name": v["name"], "price": money(v["price"], currency)} for v in option["values"]
            ]}
            for option in product["_options"]
        ],
        "skus": variants,
        "channels": ["web", "app"],
        "metadata": {"title": product.get("metadata_title"), "description": product.get("metadata_description")},
        "updated_at": local_time(store.clock, product["_updated"])["date"][:19],
    }  # fmt: skip


def _prices(store: Store, row: Json, currency: str, *, taxed: bool) -> Json:
    """`price` is what is asked now; taxed_price and pre_tax_price are its sides."""
    now = row["sale_price"] if row["sale_price"] else row["price"]
    rate = store.rate if taxed else Decimal(0)
    decimals = store.options.decimals
    if store.options.prices_include_tax:
        gross, net = now, rounded(now / (1 + rate), decimals)
    else:
        gross, net = rounded(now * (1 + rate), decimals), now
    return {
        "price": money(now, currency),
        "regular_price": money(row["price"], currency),
        "sale_price": money(row["sale_price"], currency),
        "taxed_price": money(gross, currency),
        "pre_tax_price": money(net, currency),
        "tax": money(gross - net, currency),
    }


def variant_json(store: Store, variant: Json) -> Json:
    currency, product = store.options.currency, store.products[variant["_product"]]
    shift = 5_000_000 if store.options.mismatched_values else 0
    prices = _prices(store, variant, currency, taxed=product["with_tax"])
    return {
        "id": variant["id"],
        "price": prices["price"],
        "regular_price": prices["regular_price"],
        "sale_price": prices["sale_price"],
        "cost_price": money(variant["cost_price"], currency),
        "has_special_price": bool(variant["sale_price"]),
        "stock_quantity": level(store, ("variant", variant["id"])),
        "unlimited_quantity": variant["unlimited_quantity"],
        "notify_low": None,
        "barcode": variant["barcode"],
        "sku": variant["sku"],
        "mpn": variant["mpn"],
        "gtin": variant["gtin"],
        "related_options": [option["id"] for option in product["_options"]],
        "related_option_values": [number + shift for number in variant["_values"]],
        "weight": variant["weight"],
        "weight_type": variant["weight_type"],
        "is_default": variant["id"] == product["_variants"][0],
        "updated_at": local_time(store.clock, variant["_updated"]),
    }


def category_json(row: Json, language: str = "ar") -> Json:
    names = row["_names"]
    found = {k: v for k, v in row.items() if not k.startswith("_")}
    return {**found, "name": names.get(language) or names.get("ar") or next(iter(names.values()), "")}


def _public(row: Json) -> Json:
    return {k: v for k, v in row.items() if not k.startswith("_")}
