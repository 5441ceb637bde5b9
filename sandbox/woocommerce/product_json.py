"""How products and variations print: key order and types as the real shop's answers."""

from decimal import Decimal
from typing import Any

from sandbox.php import slugify
from sandbox.woocommerce.listing import ITEM_ALLOW, Call, links
from sandbox.woocommerce.rows import CURRENCY_SYMBOLS, Json, Product
from sandbox.woocommerce.state import Store, meta_json

_ENTITIES = {"EUR": "&euro;", "GBP": "&pound;", "USD": "&#36;", "SAR": "&#x631;.&#x633;"}


def on_sale(store: Store, product: Product) -> bool:
    if product.type == "variable":
        return any(on_sale(store, store.products[c]) for c in product.children if c in store.products)
    if product.sale_price == "" or Decimal(product.regular_price or "0") <= Decimal(product.sale_price):
        return False
    now = store.clock.now()
    return not (
        (product.sale_from is not None and product.sale_from > now)
        or (product.sale_to is not None and product.sale_to < now)
    )


def manages_stock(store: Store, product: Product) -> bool | str:
    """True, False, or "parent" for a variation whose parent keeps the stock."""
    if not store.options.manage_stock:
        return False
    if product.manage_stock:
        return True
    parent = store.products.get(product.parent_id) if product.type == "variation" else None
    return "parent" if parent and parent.manage_stock else False


def _stock(store: Store, product: Product) -> Json:
    managed = manages_stock(store, product)
    keeper = store.products[product.parent_id] if managed == "parent" else product
    quantity = keeper.stock_quantity if managed else None
    return {
        "manage_stock": managed,
        "stock_quantity": quantity,
        "backorders": keeper.backorders,
        "backorders_allowed": keeper.backorders != "no",
        "backordered": keeper.stock_status == "onbackorder"
        or (keeper.backorders != "no" and (quantity or 0) < 0),
        "low_stock_amount": product.low_stock_amount,
    }


def _amount(store: Store, value: str) -> str:
    symbol = _ENTITIES.get(store.options.currency, store.options.currency)
    shown = f"{Decimal(value or '0'):.{store.options.decimals}f}"
    return (
        '<span class="woocommerce-Price-amount amount"><bdi><span class="woocommerce-Price-currencySymbol">'
        f"{symbol}</span>{shown}</bdi></span>"
    )


def _price_html(store: Store, product: Product) -> str:
    if product.type == "variable":
        prices = sorted(
            {Decimal(store.products[c].price) for c in product.children if store.products[c].price}
        )
        if not prices:
            return ""
        ends = [_amount(store, str(prices[0]))]
        if prices[-1] != prices[0]:
            ends.append(_amount(store, str(prices[-1])))
        return " &ndash; ".join(ends)
    if product.price == "":
        return ""
    if on_sale(store, product):
        old, new = _amount(store, product.regular_price), _amount(store, product.sale_price)
        return f'<del aria-hidden="true">{old}</del> <ins>{new}</ins>'
    return _amount(store, product.price)


def permalink(call: Call, product: Product) -> str:
    store = call.store
    if product.type == "variation":
        parent = store.products.get(product.parent_id)
        base = f"{call.home}/product/{parent.slug if parent else product.slug}/"
        chosen = "&".join(
            f"attribute_{slugify(key)}={slugify(value)}" for key, value in product.options.items() if value
        )
        return f"{base}?{chosen}" if chosen else base
    return f"{call.home}/product/{product.slug}/"


def attribute_key(attribute: Json) -> str:
    """What a variation stores an option under: `pa_color` or the custom attribute's slug."""
    return str(attribute["slug"] if attribute["id"] else slugify(attribute["name"]))


def variation_options(store: Store, product: Product) -> list[Json]:
    parent = store.products.get(product.parent_id)
    if parent is None:
        return []
    return [
        {
            "id": attribute["id"],
            "name": attribute["name"],
            "slug": attribute_key(attribute),
            "option": product.options[attribute_key(attribute)],
        }
        for attribute in parent.attributes
        if product.options.get(attribute_key(attribute))
    ]


def variation_label(store: Store, product: Product) -> str:
    return ", ".join(option["option"] for option in variation_options(store, product))


def image_json(store: Store, media_id: int) -> Json | None:
    media = store.media.get(media_id)
    if media is None:
        return None
    local, gmt = store.clock.local(media.created), store.clock.gmt(media.created)
    return {
        "id": media.id,
        "date_created": local,
        "date_created_gmt": gmt,
        "date_modified": local,
        "date_modified_gmt": gmt,
        "src": media.src,
        "name": media.name,
        "alt": media.alt,
    }


def _terms(table: dict[int, Any], ids: list[int]) -> list[Json]:
    return [{"id": t.id, "name": t.name, "slug": t.slug} for i in ids if (t := table.get(i))]


def _related(store: Store, product: Product) -> list[int]:
    if not product.category_ids:
        return []
    found = []
    for other in store.in_category[product.category_ids[0]]:
        if other != product.id:
            found.append(other)
            if len(found) == 5:
                break
    return found


def _dates(store: Store, product: Product) -> Json:
    clock = store.clock
    return {
        "date_created": clock.local(product.created),
        "date_created_gmt": clock.gmt(product.created),
        "date_modified": clock.local(product.modified),
        "date_modified_gmt": clock.gmt(product.modified),
    }


def _prices(store: Store, product: Product) -> Json:
    clock = store.clock
    return {
        "price": product.price,
        "regular_price": product.regular_price,
        "sale_price": product.sale_price,
        "date_on_sale_from": clock.local(product.sale_from),
        "date_on_sale_from_gmt": clock.gmt(product.sale_from),
        "date_on_sale_to": clock.local(product.sale_to),
        "date_on_sale_to_gmt": clock.gmt(product.sale_to),
        "on_sale": on_sale(store, product),
    }


def purchasable(store: Store, product: Product) -> bool:
    return product.status == "publish" and product.price != ""


def product_json(call: Call, product: Product, *, edit: bool = False) -> Json:
    """A row of /products; edit adds what only answers to writes carry. Variations print here too (by SKU)."""
    store, variation = call.store, product.type == "variation"
    parent = store.products.get(product.parent_id) if variation else None
    shipping_class = store.shipping_classes.get(product.shipping_class_id)
    row: Json = {
        "id": product.id,
        "name": f"{parent.name} - {variation_label(store, product)}" if parent else product.name,
        "slug": product.slug,
        "permalink": permalink(call, product),
        **_dates(store, product),
        "type": product.type,
        "status": product.status,
        "featured": product.featured,
        "catalog_visibility": product.catalog_visibility,
        "description": product.description,
        "short_description": product.short_description,
        "sku": product.sku,
        **_prices(store, product),
        "purchasable": purchasable(store, product),
        "total_sales": str(product.total_sales) if variation else product.total_sales,
        "virtual": product.virtual,
        "downloadable": product.downloadable,
        "downloads": product.downloads,
        "download_limit": product.download_limit,
        "download_expiry": product.download_expiry,
        "external_url": product.external_url,
        "button_text": product.button_text,
        "tax_status": product.tax_status,
        "tax_class": product.tax_class,
        **_stock(store, product),
        "sold_individually": product.sold_individually,
        "weight": product.weight,
        "dimensions": {"length": product.length, "width": product.width, "height": product.height},
        "shipping_required": not product.virtual,
        "shipping_taxable": not product.virtual and product.tax_status in ("taxable", "shipping"),
        "shipping_class": shipping_class.slug if shipping_class else "",
        "shipping_class_id": product.shipping_class_id,
        "reviews_allowed": product.reviews_allowed and not variation,
        "average_rating": "0" if edit else "0.00",
        "rating_count": 0,
        "upsell_ids": product.upsell_ids,
        "cross_sell_ids": product.cross_sell_ids,
        "parent_id": product.parent_id,
        "purchase_note": product.purchase_note,
        "categories": _terms(store.categories, product.category_ids),
        "brands": [],
        "tags": _terms(store.tags, product.tag_ids),
        "images": [image for i in product.image_ids if (image := image_json(store, i))],
        "attributes": variation_options(store, product) if variation else product.attributes,
        "default_attributes": product.default_attributes,
        "variations": product.children,
        "grouped_products": product.grouped,
        "menu_order": product.menu_order,
        **({"lang": product.lang} if store.options.languages else {}),
        "price_html": _price_html(store, product),
        "related_ids": _related(store, product),
        "meta_data": meta_json(product.meta),
        "stock_status": product.stock_status,
        "has_options": product.type == "variable",
        "post_password": "",
        "global_unique_id": product.global_unique_id,
    }
    if not store.options.at_least(9, 2):
        del row["brands"], row["global_unique_id"]
    if edit:
        row["permalink_template"] = f"{call.home}/product/%pagename%/"
        row["generated_slug"] = product.slug
    row["_links"] = links(
        call, "/products", product.id, ITEM_ALLOW, f"/products/{product.parent_id}" if variation else ""
    )
    return row


def variation_json(call: Call, product: Product) -> Json:
    """A row of /products/{id}/variations."""
    store = call.store
    shipping_class = store.shipping_classes.get(product.shipping_class_id)
    stock = _stock(store, product)
    row: Json = {
        "id": product.id,
        "type": "variation",
        **_dates(store, product),
        "description": product.description,
        "permalink": permalink(call, product),
        "sku": product.sku,
        "global_unique_id": product.global_unique_id,
        **_prices(store, product),
        "status": product.status,
        "purchasable": purchasable(store, product),
        "virtual": product.virtual,
        "downloadable": product.downloadable,
        "downloads": product.downloads,
        "download_limit": product.download_limit,
        "download_expiry": product.download_expiry,
        "tax_status": product.tax_status,
        "tax_class": product.tax_class or "parent",
        "manage_stock": stock["manage_stock"],
        "stock_quantity": stock["stock_quantity"],
        "stock_status": product.stock_status,
        "backorders": stock["backorders"],
        "backorders_allowed": stock["backorders_allowed"],
        "backordered": stock["backordered"],
        "low_stock_amount": stock["low_stock_amount"],
        "weight": product.weight,
        "dimensions": {"length": product.length, "width": product.width, "height": product.height},
        "shipping_class": shipping_class.slug if shipping_class else "",
        "shipping_class_id": product.shipping_class_id,
        "image": image_json(store, product.image_ids[0]) if product.image_ids else None,
        "attributes": variation_options(store, product),
        "menu_order": product.menu_order,
        "meta_data": meta_json(product.meta),
        "name": variation_label(store, product),
        "parent_id": product.parent_id,
    }
    if not store.options.at_least(9, 2):
        del row["global_unique_id"]
    parent = f"/products/{product.parent_id}"
    row["_links"] = links(call, f"{parent}/variations", product.id, ITEM_ALLOW, parent)
    return row


def symbol_of(currency: str) -> str:
    return CURRENCY_SYMBOLS.get(currency, currency)
