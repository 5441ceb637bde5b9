"""Applies a request body to a product or variation, keeping WooCommerce's silent rules."""

from typing import Any

from sandbox.php import clean_decimal, slugify, to_bool, to_int
from sandbox.woocommerce.errors import RestError
from sandbox.woocommerce.listing import Call
from sandbox.woocommerce.product_json import attribute_key
from sandbox.woocommerce.rows import Attribute, Json, Product, Term
from sandbox.woocommerce.state import Store, apply_meta
from sandbox.woocommerce.stock import settle_parent, settle_prices, settle_stock

_TEXT = (
    "description",
    "short_description",
    "catalog_visibility",
    "external_url",
    "button_text",
    "tax_status",
    "weight",
    "purchase_note",
    "global_unique_id",
)
_FLAGS = ("featured", "virtual", "downloadable", "sold_individually", "reviews_allowed")
_NUMBERS = ("menu_order", "download_limit", "download_expiry", "low_stock_amount")


def apply_product(call: Call, product: Product) -> None:
    """Everything a product and a variation share, then what differs; settles price and stock at the end."""
    params, store = call.params, call.store
    _apply_plain(params, product)
    _apply_sku(call, product)
    if params.get("tax_class") is not None:
        tax_class = slugify(str(params["tax_class"]))
        known = tax_class in store.tax_classes and tax_class != "standard"
        product.tax_class = tax_class if known or tax_class == "parent" else ""
        if product.tax_class == "parent" and product.type != "variation":
            product.tax_class = ""
    if isinstance(params.get("dimensions"), dict):
        for side in ("length", "width", "height"):
            if params["dimensions"].get(side) is not None:
                setattr(product, side, clean_decimal(params["dimensions"][side]))
    if params.get("shipping_class") is not None:
        wanted = str(params["shipping_class"])
        found = (t.id for t in store.shipping_classes.values() if t.slug == wanted)
        product.shipping_class_id = next(found, 0)
    _apply_prices(call, product)
    _apply_stock(call, product)
    if params.get("meta_data") is not None:
        apply_meta(store, product.meta, params["meta_data"])


def _apply_plain(params: Json, product: Product) -> None:
    for name in _TEXT:
        if params.get(name) is not None:
            setattr(product, name, str(params[name]))
    for name in _FLAGS:
        if params.get(name) is not None:
            setattr(product, name, to_bool(params[name]))
    for name in _NUMBERS:
        if name in params and not (params[name] is None and name != "low_stock_amount"):
            setattr(product, name, None if params[name] in (None, "") else to_int(params[name]))
    if params.get("status") is not None:
        product.status = str(params["status"])
        product.trashed_from = ""
    if isinstance(params.get("downloads"), list):
        product.downloads = params["downloads"]


def _apply_sku(call: Call, product: Product) -> None:
    if call.params.get("sku") is None:
        return
    sku, store = str(call.params["sku"]).strip(), call.store
    if sku and sku.lower() != product.sku.lower():
        holder = store.by_sku(sku)
        if holder is not None and holder.lang != product.lang:
            holder = None  # translations of a product share its SKU
        if holder is not None and holder.id != product.id:
            raise RestError(
                "product_invalid_sku",
                "Invalid or duplicated SKU.",
                400,
                resource_id=holder.id,
                unique_sku=_free_sku(store, sku),
            )
        creating = product.id not in store.products
        if creating and store.by_sku(sku, trashed=True) is not None:
            # A trashed product keeps its row in the lookup table, which refuses the new one.
            raise RestError(
                "woocommerce_rest_product_not_created",
                f"The product with SKU ({sku}) you are trying to insert is already present in the lookup table",
                400,
            )
    if product.id in store.products:
        store.set_sku(product, sku)
    else:
        product.sku = sku


def _free_sku(store: Store, sku: str) -> str:
    number = 1
    while store.by_sku(f"{sku}-{number}"):
        number += 1
    return f"{sku}-{number}"


def _apply_prices(call: Call, product: Product) -> None:
    params, clock = call.params, call.store.clock
    for name in ("regular_price", "sale_price"):
        if params.get(name) is not None:
            setattr(product, name, clean_decimal(params[name]))
    for end in ("from", "to"):
        for suffix in ("", "_gmt"):
            value = params.get(f"date_on_sale_{end}{suffix}")
            if value is None:
                continue
            try:
                stamp = clock.parse(str(value), gmt=suffix == "_gmt") if value != "" else None
            except ValueError:
                stamp = None
            setattr(product, f"sale_{end}", stamp)
    settle_prices(call.store, product)


def _apply_stock(call: Call, product: Product) -> None:
    params, store = call.params, call.store
    wanted_status = str(params["stock_status"]) if params.get("stock_status") else product.stock_status
    if not store.options.manage_stock:
        if product.type != "variable":
            product.stock_status = wanted_status
        return
    if params.get("manage_stock") is not None and params["manage_stock"] != "parent":
        product.manage_stock = to_bool(params["manage_stock"])
    if params.get("backorders") is not None:
        product.backorders = str(params["backorders"])
    if product.type in ("grouped", "external"):
        product.manage_stock = False
        product.stock_status = "instock" if product.type == "external" else wanted_status
    elif product.manage_stock:
        product.stock_status = wanted_status
        if "stock_quantity" in params and params["stock_quantity"] is not None:
            product.stock_quantity = to_int(params["stock_quantity"])
        elif params.get("inventory_delta") is not None:
            product.stock_quantity = (product.stock_quantity or 0) + to_int(params["inventory_delta"])
    elif product.type != "variable":
        product.stock_status = wanted_status
    settle_stock(store, product)


def apply_catalogue(call: Call, product: Product) -> None:
    """What only a parent or simple product has; each list replaces the old one when it is sent."""
    params, store = call.params, call.store
    if params.get("type") is not None:
        product.type = str(params["type"])
    if params.get("name") is not None:
        product.name = str(params["name"])
    if params.get("slug") is not None or not product.slug:
        store.slugs.pop(product.slug, None)
        product.slug = store.unique_slug(str(params.get("slug") or product.name), product.id)
    creating = product.id not in store.products
    if params.get("categories") is not None or creating:
        ids = [i for i in _ids(params.get("categories")) if i in store.categories]
        chosen = list(dict.fromkeys(ids)) or [store.default_category]
        if creating:
            product.category_ids = chosen
        else:
            store.set_categories(product, chosen)
    if params.get("tags") is not None:
        product.tag_ids = [i for i in _ids(params["tags"]) if i in store.tags]
    for name, column in (
        ("upsell_ids", "upsell_ids"),
        ("cross_sell_ids", "cross_sell_ids"),
        ("grouped_products", "grouped"),
    ):
        if isinstance(params.get(name), list):
            setattr(product, column, [to_int(i) for i in params[name]])
    if isinstance(params.get("images"), list):
        product.image_ids = [
            call.media.take(i)
            for i in params["images"]
            if isinstance(i, dict) and (i.get("id") or i.get("src"))
        ]
    if isinstance(params.get("attributes"), list):
        product.attributes = _attributes(store, params["attributes"])
    if isinstance(params.get("default_attributes"), list):
        product.default_attributes = _defaults(product, params["default_attributes"])


def _ids(rows: Any) -> list[int]:
    return [to_int(r.get("id")) for r in rows or [] if isinstance(r, dict)]


def _attributes(store: Store, rows: list[Any]) -> list[Json]:
    found: list[Json] = []
    for row in rows:
        if not isinstance(row, dict):
            continue
        attribute = store.attributes.get(to_int(row.get("id")))
        if attribute is None and not row.get("name"):
            continue
        options = row.get("options") or []
        if isinstance(options, str):
            options = [part.strip() for part in options.split("|")]
        names = [str(o) for o in options if str(o) != ""]
        if attribute:
            names = [_term(store, attribute, name).name for name in names]
        if not names:
            continue
        label = attribute.name if attribute else str(row["name"])
        found.append(
            {
                "id": attribute.id if attribute else 0,
                "name": label,
                "slug": attribute.slug if attribute else label,
                "position": to_int(row.get("position")) if row.get("position") is not None else len(found),
                "visible": to_bool(row.get("visible")),
                "variation": to_bool(row.get("variation")),
                "options": names,
            }
        )
    return sorted(found, key=lambda a: int(a["position"]))


def _term(store: Store, attribute: Attribute, name: str) -> Term:
    for term in attribute.terms.values():
        if term.name.lower() == name.lower():
            return term
    return store.add_term(attribute.terms, name)


def _defaults(product: Product, rows: list[Any]) -> list[Json]:
    found = []
    for row in rows:
        attribute = _matching(product, row)
        if attribute and attribute["variation"] and row.get("option"):
            found.append({"id": attribute["id"], "name": attribute["name"], "option": str(row["option"])})
    return found


def _matching(product: Product, row: Any) -> Json | None:
    if not isinstance(row, dict):
        return None
    wanted = to_int(row.get("id"))
    slug = slugify(str(row.get("name") or ""))
    for attribute in product.attributes:
        if wanted and attribute["id"] == wanted:
            return attribute
        if not wanted and slug and slug in (slugify(attribute["name"]), attribute_key(attribute)):
            return attribute
    return None


def apply_options(product: Product, parent: Product, rows: Any) -> None:
    """A variation's options; an attribute that the parent lacks, or has not for variations, is dropped."""
    options: dict[str, str] = {}
    for row in rows if isinstance(rows, list) else []:
        attribute = _matching(parent, row)
        if attribute is None or not attribute["variation"]:
            continue
        value = str(row.get("option") or "")
        for known in attribute["options"]:
            if attribute["id"] and slugify(known) == slugify(value):
                value = known
        if value:
            options[attribute_key(attribute)] = value
    product.options = options


def adopt(store: Store, product: Product, parent: Product) -> None:
    """Puts a variation under the parent of the URL: a variation sent under another product moves there."""
    old = store.products.get(product.parent_id)
    if old is not None and old.id != parent.id and product.id in old.children:
        old.children.remove(product.id)
        settle_parent(store, old)
    product.parent_id = parent.id
    if product.id not in parent.children:
        parent.children.append(product.id)
        if any(store.products[c].menu_order for c in parent.children if c in store.products):
            parent.children.sort(key=lambda c: (store.products[c].menu_order, c))
