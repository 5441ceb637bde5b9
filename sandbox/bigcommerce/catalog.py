"""Products and their variants: rows, checks, and the rule that a SKU and a name stand once in a store."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from sandbox.bigcommerce.answers import ApiError, Json, decimal_of, iso
from sandbox.bigcommerce.inventory import MAX_LEVEL, item_key, on_hand, set_level
from sandbox.bigcommerce.state import Store

Emit = Callable[[str, str, int, Json], None]

NUMBERS = (
    "price", "cost_price", "retail_price", "sale_price", "map_price", "weight", "width", "height", "depth",
    "fixed_cost_shipping_price",
)  # fmt: skip
_TEXTS = (
    "name", "sku", "description", "page_title", "meta_description", "search_keywords", "upc", "gtin", "mpn",
    "bin_picking_number", "warranty", "product_tax_code", "availability_description", "preorder_message",
)  # fmt: skip
_WHOLE = ("brand_id", "tax_class_id", "inventory_warning_level", "sort_order", "order_quantity_minimum")
_FLAGS = ("is_visible", "is_featured", "is_free_shipping", "is_condition_shown", "is_price_hidden")
_CHOICES = {
    "type": ("physical", "digital"),
    "inventory_tracking": ("none", "product", "variant"),
    "availability": ("available", "disabled", "preorder"),
    "condition": ("New", "Used", "Refurbished"),
}
_LIMITS = {"name": 250, "sku": 255, "upc": 14, "gtin": 14}
READ_ONLY = (
    "id",
    "date_created",
    "date_modified",
    "base_variant_id",
    "calculated_price",
    "variants",
    "images",
)


def is_complex(store: Store, product_id: int) -> bool:
    return any(store.variants[v]["option_values"] for v in store.variants_of.get(product_id, ()))


def product_json(store: Store, product: Json, include: set[str] = frozenset()) -> Json:  # type: ignore[assignment]
    complex_ = is_complex(store, product["id"])
    shown = {k: v for k, v in product.items() if not k.startswith("_")}
    shown["calculated_price"] = _calculated(product["price"], product["sale_price"])
    shown["base_variant_id"] = None if complex_ else store.variants_of[product["id"]][0]
    shown["inventory_level"] = product_level(store, product)
    if "variants" in include:
        shown["variants"] = [variant_json(store, store.variants[v]) for v in store.variants_of[product["id"]]]
    if "images" in include:
        shown["images"] = store.images.get(product["id"], [])
    if "options" in include:
        shown["options"] = store.product_options.get(product["id"], [])
    if "channels" in include:
        shown["channels"] = [c for p, c in sorted(store.channel_products) if p == product["id"]]
    if "custom_fields" not in include:
        shown.pop("custom_fields", None)
    return shown


def product_level(store: Store, product: Json) -> int:
    tracking = product["inventory_tracking"]
    if tracking == "none":
        return 0
    if tracking == "variant":
        return sum(variant_level(store, store.variants[v]) for v in store.variants_of[product["id"]])
    return min(MAX_LEVEL, on_hand(store, f"p{product['id']}"))


def variant_level(store: Store, variant: Json) -> int:
    product = store.products[variant["product_id"]]
    if product["inventory_tracking"] == "none":
        return 0
    return min(MAX_LEVEL, on_hand(store, item_key(store, product, variant)))


def variant_json(store: Store, variant: Json) -> Json:
    product = store.products[variant["product_id"]]
    simple = not variant["option_values"]
    shown = {k: v for k, v in variant.items() if not k.startswith("_")}
    if simple:  # the base variant of a simple product is the product
        shown |= {"sku": product["sku"], "price": product["price"], "upc": product["upc"]}
        shown |= {"sale_price": product["sale_price"] or None, "weight": product["weight"]}
    price = shown["price"] if shown["price"] is not None else product["price"]
    sale = shown["sale_price"] if shown["sale_price"] is not None else product["sale_price"]
    shown["calculated_price"] = _calculated(price, sale)
    shown["calculated_weight"] = shown["weight"] if shown["weight"] is not None else product["weight"]
    shown["inventory_level"] = variant_level(store, variant)
    return shown


def _calculated(price: Any, sale: Any) -> Any:
    return sale if sale else price


# ---------------------------------------------------------------- checks


def check_fields(body: Json) -> Json:
    """The known fields of a product or variant in their types. Raises 422 naming each wrong one."""
    errors: Json = {}
    clean: Json = {}
    for name, value in body.items():
        if name in READ_ONLY or (value is None and name not in NUMBERS):
            continue
        if name in NUMBERS:
            try:
                clean[name] = None if value is None or value == "" else decimal_of(value, name)
            except ApiError:
                errors[name] = f"{name} must be a number."
                continue
            if clean[name] is not None and clean[name] < 0:
                errors[name] = f"{name} must not be negative."
        elif name in _TEXTS:
            if not isinstance(value, str):
                errors[name] = f"{name} must be a string."
            elif len(value) > _LIMITS.get(name, 65_535):
                errors[name] = f"{name} must be at most {_LIMITS[name]} characters."
            clean[name] = value
        elif name in _WHOLE or name == "inventory_level":
            if isinstance(value, bool) or not isinstance(value, int):
                errors[name] = f"{name} must be an integer."
            clean[name] = value
        elif name in _FLAGS or name == "purchasing_disabled":
            if not isinstance(value, bool):
                errors[name] = f"{name} must be a boolean."
            clean[name] = value
        elif name in _CHOICES:
            if value not in _CHOICES[name]:
                errors[name] = f"{name} must be one of: {', '.join(_CHOICES[name])}."
            clean[name] = value
        elif name in ("categories", "related_products"):
            if not isinstance(value, list) or not all(isinstance(entry, int) for entry in value):
                errors[name] = f"{name} must be a list of ids."
            clean[name] = value
        elif name in ("custom_fields", "custom_url", "meta_keywords", "option_values", "image_url"):
            clean[name] = value
    if errors:
        raise ApiError(422, errors=errors)
    return clean


def claim_sku(store: Store, sku: str, kind: str, owner: int, *, forgive: int = 0) -> None:
    """SKUs are unique over products and variants, whatever their case. forgive: a product whose SKU may be taken."""
    if not sku:
        return
    known = store.skus.get(sku.lower())
    if known is not None and known != (kind, owner) and known != ("product", forgive):
        raise ApiError(409, f"Product SKU is a duplicate: {sku}", errors={"sku": "must be unique"})
    store.skus[sku.lower()] = (kind, owner)


def release_sku(store: Store, sku: str, kind: str, owner: int) -> None:
    if sku and store.skus.get(sku.lower()) == (kind, owner):
        del store.skus[sku.lower()]


def check_references(store: Store, body: Json, product_id: int) -> None:
    name = body.get("name")
    if name is not None and store.names.get(name.lower(), product_id) != product_id:
        raise ApiError(409, "The product name is a duplicate", errors={"name": "must be unique"})
    for category in body.get("categories") or ():
        if category not in store.categories:
            raise ApiError(409, f"Category {category} does not exist", errors={"categories": "unknown"})
    for entry in body.get("custom_fields") or ():
        if len(str(entry.get("name", ""))) > 250 or len(str(entry.get("value", ""))) > 250:
            raise ApiError(422, errors={"custom_fields": "name and value must be at most 250 characters."})


# ---------------------------------------------------------------- writing


def create_product(store: Store, body: Json, emit: Emit) -> Json:
    missing = [name for name in ("name", "type", "weight", "price") if body.get(name) in (None, "")]
    if missing:
        raise ApiError(422, errors={name: f"Please provide a {name}." for name in missing})
    clean = check_fields(body)
    variants = body.get("variants") or []
    check_references(store, clean, 0)
    product_id = store.next_id("product", 77)
    store.random.random()
    now = store.clock.now()
    product: Json = {
        "id": product_id,
        "name": "",
        "type": "physical",
        "sku": "",
        "description": "",
        "weight": Decimal(0),
        "width": Decimal(0),
        "depth": Decimal(0),
        "height": Decimal(0),
        "price": Decimal(0),
        "cost_price": Decimal(0),
        "retail_price": Decimal(0),
        "sale_price": Decimal(0),
        "map_price": Decimal(0),
        "tax_class_id": 0,
        "product_tax_code": "",
        "categories": [],
        "brand_id": 0,
        "inventory_warning_level": 0,
        "inventory_tracking": "none",
        "is_visible": False,
        "is_featured": False,
        "availability": "available",
        "condition": "New",
        "upc": "",
        "gtin": "",
        "mpn": "",
        "bin_picking_number": "",
        "page_title": "",
        "meta_description": "",
        "search_keywords": "",
        "sort_order": 0,
        "custom_url": {"url": f"/product-{product_id}/", "is_customized": False},
        "custom_fields": [],
        "_created": now,
        "_modified": now,
    }
    _stamp(product, now, created=True)
    level = clean.pop("inventory_level", None)
    claim_sku(store, clean.get("sku", ""), "product", product_id)
    product |= {k: v if v is not None else Decimal(0) for k, v in clean.items() if k != "option_values"}
    store.products[product_id] = product
    store.names[product["name"].lower()] = product_id
    store.variants_of[product_id] = []
    try:
        for row in variants:
            add_variant(store, product, row)
    except ApiError:
        forget_product(store, product_id)
        raise
    if not variants:
        _base_variant(store, product)
    if level is not None:
        set_level(store, f"p{product_id}", 1, level)
    for number, image in enumerate(body.get("images") or ()):
        add_image(store, product, {"sort_order": number, **image})
    store.channel_products.add((product_id, 1))
    emit("store/product/created", "product", product_id, {})
    return product


def _base_variant(store: Store, product: Json) -> Json:
    made = _variant_row(store, product["id"])
    store.variants[made["id"]] = made
    store.variants_of[product["id"]].append(made["id"])
    return made


def _variant_row(store: Store, product_id: int) -> Json:
    return {
        "id": store.next_id("variant", 380),
        "product_id": product_id,
        "sku": "",
        "sku_id": None,
        "price": None,
        "cost_price": Decimal(0),
        "sale_price": None,
        "retail_price": None,
        "map_price": Decimal(0),
        "weight": None,
        "width": None,
        "height": None,
        "depth": None,
        "purchasing_disabled": False,
        "purchasing_disabled_message": "",
        "image_url": "",
        "upc": "",
        "gtin": "",
        "mpn": "",
        "inventory_warning_level": 0,
        "bin_picking_number": "",
        "option_values": [],
    }


def add_variant(store: Store, product: Json, body: Json) -> Json:
    """A SKU of a complex product. Its options are found by id, or by name and label and then made when missing."""
    clean = check_fields(body)
    product_id = product["id"]
    sku = str(body.get("sku") or "")
    values = [_option_value(store, product_id, entry) for entry in body.get("option_values") or ()]
    if not values:
        raise ApiError(422, errors={"option_values": "A variant needs option values."})
    chosen = {value["id"] for value in values}
    for known in store.variants_of[product_id]:
        if {entry["id"] for entry in store.variants[known]["option_values"]} == chosen:
            raise ApiError(
                409, "A variant with these option values exists", errors={"option_values": "duplicate"}
            )
    variant = _variant_row(store, product_id)
    claim_sku(store, sku, "variant", variant["id"])
    level = clean.pop("inventory_level", None)
    variant |= {**clean, "sku": sku, "option_values": values}
    for base in [v for v in store.variants_of[product_id] if not store.variants[v]["option_values"]]:
        store.variants_of[product_id].remove(base)  # the base variant gives way to real ones
        del store.variants[base]
    store.variants[variant["id"]] = variant
    store.variants_of[product_id].append(variant["id"])
    if level is not None:
        set_level(store, f"v{variant['id']}", 1, level)
    touch(store, product)
    return variant


def _option_value(store: Store, product_id: int, entry: Json) -> Json:
    options = store.product_options.setdefault(product_id, [])
    if "option_id" in entry and "id" in entry:
        for option in options:
            for value in option["option_values"]:
                if option["id"] == entry["option_id"] and value["id"] == entry["id"]:
                    return _chosen(option, value)
        raise ApiError(422, errors={"option_values": f"Option value {entry['id']} does not exist."})
    name, label = entry.get("option_display_name"), entry.get("label")
    if not name or not label:
        raise ApiError(
            422, errors={"option_values": "Give option_id and id, or option_display_name and label."}
        )
    known: Json | None = next((o for o in options if o["display_name"].lower() == name.lower()), None)
    option = known or add_option(
        store, product_id, {"display_name": name, "type": "dropdown", "option_values": []}
    )
    chosen: Json | None = next(
        (v for v in option["option_values"] if v["label"].lower() == label.lower()), None
    )
    return _chosen(option, chosen or add_option_value(store, option, {"label": label}))


def _chosen(option: Json, value: Json) -> Json:
    return {
        "id": value["id"],
        "label": value["label"],
        "option_id": option["id"],
        "option_display_name": option["display_name"],
    }


def add_option(store: Store, product_id: int, body: Json) -> Json:
    options = store.product_options.setdefault(product_id, [])
    name = str(body.get("display_name") or "")
    if not name:
        raise ApiError(422, errors={"display_name": "Please provide a display_name."})
    if body.get("type") not in (
        "dropdown", "rectangles", "swatch", "radio_buttons", "product_list", "product_list_with_images"
    ):  # fmt: skip
        raise ApiError(422, errors={"type": "This type of option does not exist."})
    if any(option["display_name"].lower() == name.lower() for option in options):
        raise ApiError(409, "The option is a duplicate", errors={"display_name": "must be unique"})
    option: Json = {
        "id": store.next_id("option", 112),
        "product_id": product_id,
        "name": f"{name}-{store.token(6)}",
        "display_name": name,
        "type": body["type"],
        "sort_order": int(body.get("sort_order", len(options))),
        "option_values": [],
    }
    options.append(option)
    for value in body.get("option_values") or ():
        add_option_value(store, option, value)
    return option


def add_option_value(store: Store, option: Json, body: Json) -> Json:
    label = str(body.get("label") or "")
    if not label:
        raise ApiError(422, errors={"label": "Please provide a label."})
    if any(value["label"].lower() == label.lower() for value in option["option_values"]):
        raise ApiError(409, "The option value is a duplicate", errors={"label": "must be unique"})
    value = {
        "id": store.next_id("option_value", 204),
        "label": label,
        "sort_order": int(body.get("sort_order", len(option["option_values"]))),
        "value_data": None,
        "is_default": False,
    }
    option["option_values"].append(value)
    return value


def change_product(store: Store, product: Json, body: Json, emit: Emit) -> Json:
    """What is left out stays; `variants` and `images` are not looked at."""
    clean = check_fields(body)
    check_references(store, clean, product["id"])
    level = clean.pop("inventory_level", None)
    if "sku" in clean and clean["sku"] != product["sku"]:
        claim_sku(store, clean["sku"], "product", product["id"])
        release_sku(store, product["sku"], "product", product["id"])
    if "name" in clean:
        del store.names[product["name"].lower()]
        store.names[clean["name"].lower()] = product["id"]
    product |= {k: v if v is not None else Decimal(0) for k, v in clean.items() if k != "option_values"}
    if "custom_fields" in clean:
        for entry in product["custom_fields"]:
            entry.setdefault("id", store.next_id("custom_field"))
    if level is not None:
        set_level(store, f"p{product['id']}", 1, min(level, MAX_LEVEL))
    touch(store, product)
    emit("store/product/updated", "product", product["id"], {})
    return product


def change_variant(store: Store, variant: Json, body: Json, emit: Emit) -> Json:
    clean = check_fields(body)
    product = store.products[variant["product_id"]]
    level = clean.pop("inventory_level", None)
    clean.pop("option_values", None)
    if not variant["option_values"]:
        simple = {k: v for k, v in clean.items() if k in NUMBERS or k in ("sku", "upc", "gtin", "mpn")}
        return change_product(store, product, simple, emit) and variant
    if "sku" in clean and clean["sku"] != variant["sku"]:
        claim_sku(store, clean["sku"], "variant", variant["id"])
        release_sku(store, variant["sku"], "variant", variant["id"])
    variant |= clean
    if level is not None:
        set_level(store, f"v{variant['id']}", 1, min(level, MAX_LEVEL))
    touch(store, product)
    emit(
        "store/sku/updated",
        "sku",
        variant["id"],
        {"sku": {"product_id": product["id"], "variant_id": variant["id"]}},
    )
    return variant


def check_image_address(url: str) -> None:
    """Raises 422 for what the store could not download."""
    if not url.startswith(("http://", "https://")) or len(url) > 255:
        raise ApiError(
            422, errors={"image_url": "The image_url must be a public address of at most 255 characters."}
        )
    if not url.partition("?")[0].lower().endswith((".jpg", ".jpeg", ".png", ".gif", ".webp", ".bmp")):
        raise ApiError(422, errors={"image_url": "The image could not be downloaded."})


def add_image(store: Store, product: Json, body: Json) -> Json:
    url = str(body.get("image_url") or "")
    check_image_address(url)
    rows = store.images.setdefault(product["id"], [])
    image = {
        "id": store.next_id("image", 300),
        "product_id": product["id"],
        "image_file": f"g/{url.rpartition('/')[2]}",
        "url_standard": f"https://cdn11.example.test/images/{url.rpartition('/')[2]}",
        "is_thumbnail": bool(body.get("is_thumbnail", not rows)),
        "sort_order": int(body.get("sort_order", len(rows))),
        "description": str(body.get("description") or ""),
        "date_modified": store.clock.gmt(store.clock.now()),
    }
    if image["is_thumbnail"]:
        for other in rows:
            other["is_thumbnail"] = False
    rows.append(image)
    touch(store, product)
    return image


def forget_product(store: Store, product_id: int) -> None:
    product = store.products.pop(product_id)
    release_sku(store, product["sku"], "product", product_id)
    store.names.pop(product["name"].lower(), None)
    for variant_id in store.variants_of.pop(product_id, []):
        variant = store.variants.pop(variant_id)
        release_sku(store, variant["sku"], "variant", variant_id)
    store.images.pop(product_id, None)
    store.product_options.pop(product_id, None)


def touch(store: Store, product: Json) -> None:
    _stamp(product, store.clock.now())


def _stamp(product: Json, now: int, *, created: bool = False) -> None:
    product["_modified"], product["date_modified"] = now, iso(now).replace("Z", "+00:00")
    if created:
        product["_created"], product["date_created"] = now, product["date_modified"]


def by_sku(store: Store, sku: str) -> tuple[Json, Json | None]:
    """(product, variant or None for a simple product)."""
    known = store.skus.get(sku.lower())
    if known is None:
        raise LookupError(f"No product has the SKU {sku!r}.")
    if known[0] == "product":
        return store.products[known[1]], None
    variant = store.variants[known[1]]
    return store.products[variant["product_id"]], variant
