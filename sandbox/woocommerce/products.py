"""/products, and what variations share with them."""

from collections.abc import Callable
from decimal import Decimal

from sandbox.php import to_int
from sandbox.woocommerce.errors import RestError
from sandbox.woocommerce.listing import Call, Result, dated, ordered, paged, post_keys
from sandbox.woocommerce.product_json import on_sale, product_json
from sandbox.woocommerce.product_write import apply_catalogue, apply_product
from sandbox.woocommerce.rows import Json, Product
from sandbox.woocommerce.state import Store
from sandbox.woocommerce.stock import settle_parent, settle_prices, settle_stock
from sandbox.woocommerce.validate import (
    DATED,
    META,
    MODIFIED,
    B,
    I,
    M,
    S,
    Schema,
    array,
    enum,
    obj,
    objects,
)

SHARED_BODY: Schema = {
    "sku": S,
    "regular_price": S,
    "sale_price": S,
    "date_on_sale_from": M,
    "date_on_sale_from_gmt": M,
    "date_on_sale_to": M,
    "date_on_sale_to_gmt": M,
    "description": S,
    "virtual": B,
    "downloadable": B,
    "tax_status": enum("taxable", "shipping", "none"),
    "tax_class": S,
    "stock_quantity": I,
    "stock_status": enum("instock", "outofstock", "onbackorder"),
    "backorders": enum("no", "notify", "yes"),
    "low_stock_amount": I,
    "weight": S,
    "dimensions": obj(length=S, width=S, height=S),
    "shipping_class": S,
    "menu_order": I,
    "global_unique_id": S,
    "meta_data": META,
}
IMAGE_BODY = {"id": I, "src": S, "name": S, "alt": S}
PRODUCT_BODY: Schema = {
    **SHARED_BODY,
    "name": S,
    "slug": S,
    "type": enum("simple", "grouped", "external", "variable"),
    "status": enum("draft", "pending", "private", "publish", "future", "auto-draft", "trash"),
    "featured": B,
    "catalog_visibility": enum("visible", "catalog", "search", "hidden"),
    "short_description": S,
    "external_url": S,
    "button_text": S,
    "manage_stock": B,
    "sold_individually": B,
    "reviews_allowed": B,
    "upsell_ids": array(I),
    "cross_sell_ids": array(I),
    "grouped_products": array(I),
    "parent_id": I,
    "purchase_note": S,
    "categories": objects(id=I, name=S, slug=S),
    "tags": objects(id=I, name=S, slug=S),
    "images": objects(**IMAGE_BODY),
    "attributes": objects(id=I, name=S, position=I, visible=B, variation=B, options=array(S)),
    "default_attributes": objects(id=I, name=S, option=S),
}
_ORDERBY = ("id", "include", "title", "slug", "price", "popularity", "rating", "menu_order")
PRODUCT_LIST: Schema = {
    **DATED,
    **MODIFIED,
    "orderby": enum("date", "modified", *_ORDERBY),
    "slug": S,
    "status": enum("any", "future", "trash", "draft", "pending", "private", "publish"),
    "type": enum("simple", "grouped", "external", "variable"),
    "sku": S,
    "search_sku": S,
    "category": S,
    "tag": S,
    "attribute": S,
    "attribute_term": S,
    "shipping_class": S,
    "tax_class": enum("standard", "reduced-rate", "zero-rate"),
    "stock_status": enum("instock", "outofstock", "onbackorder"),
    "on_sale": B,
    "featured": B,
    "min_price": S,
    "max_price": S,
}
PRODUCT_LIST_UNSORTED: Schema = {**PRODUCT_LIST, "orderby": enum("date", *_ORDERBY)}
PRODUCT_LIST_OLD: Schema = {k: v for k, v in PRODUCT_LIST_UNSORTED.items() if k not in MODIFIED}
INVALID_PRODUCT = "woocommerce_rest_product_invalid_id"


def invalid_id(code: str, status: int) -> RestError:
    return RestError(code, "Invalid ID.", status)


# Lists.


def list_products(call: Call) -> Result:
    store = call.store
    rows = (
        rows_by_sku(call)
        if call.text("sku")
        else [p for p in store.products.values() if p.type != "variation"]
    )
    language = call.language()
    if language:
        rows = [p for p in rows if language_of(store, p) == language]
    return product_page(call, rows, lambda p: product_json(call, p))


def language_of(store: Store, product: Product) -> str:
    """A variation speaks its parent's language."""
    parent = store.products.get(product.parent_id)
    return (parent or product).lang or next(iter(store.options.languages), "")


def rows_by_sku(call: Call) -> list[Product]:
    found: list[Product] = []
    for sku in dict.fromkeys(part.strip().lower() for part in call.text("sku").split(",")):
        found.extend(call.store.products[i] for i in call.store.skus.get(sku, ()))
    return found


def product_page(call: Call, rows: list[Product], show: Callable[[Product], Json]) -> Result:
    rows = _status(call, dated(call, rows))
    rows = _narrowed(call, rows)
    keys = {
        **post_keys(),
        "price": lambda p: (Decimal(p.price or "0"), p.id),
        "popularity": lambda p: (p.total_sales, p.id),
        "rating": lambda p: p.id,
        "menu_order": lambda p: (p.menu_order, p.name.lower(), p.id),
    }
    return paged(call, ordered(call, rows, keys), show)


def _status(call: Call, rows: list[Product]) -> list[Product]:
    wanted = call.text("status", "any")
    if wanted == "any":
        return [p for p in rows if p.status not in ("trash", "auto-draft")]
    return [p for p in rows if p.status == wanted]


def _narrowed(call: Call, rows: list[Product]) -> list[Product]:
    store, params = call.store, call.params
    if call.text("search"):
        word = call.text("search").lower()
        rows = [p for p in rows if word in f"{p.name} {p.description} {p.short_description}".lower()]
    if call.text("search_sku"):
        part = call.text("search_sku").lower()
        rows = [p for p in rows if part in p.sku.lower()]
    for name in ("slug", "type", "stock_status"):
        if call.text(name):
            rows = [p for p in rows if getattr(p, name) == call.text(name)]
    if call.text("tax_class"):
        wanted = call.text("tax_class").replace("standard", "")
        rows = [p for p in rows if p.tax_class == wanted]
    if call.params.get("parent") not in (None, "", []):
        rows = [p for p in rows if p.parent_id in call.integers("parent")]
    if call.text("category"):
        chosen = _with_children(store, set(call.integers("category")))
        rows = [p for p in rows if chosen.intersection(p.category_ids)]
    if call.text("tag"):
        tags = set(call.integers("tag"))
        rows = [p for p in rows if tags.intersection(p.tag_ids)]
    for name, test in (("on_sale", lambda p: on_sale(store, p)), ("featured", lambda p: p.featured)):
        if params.get(name) not in (None, ""):
            rows = [p for p in rows if test(p) == call.flag(name)]
    for name, sign in (("min_price", 1), ("max_price", -1)):
        if call.text(name):
            limit = Decimal(call.text(name))
            rows = [p for p in rows if p.price and (Decimal(p.price) - limit) * sign >= 0]
    if call.text("attribute") and call.text("attribute_term"):
        rows = _with_attribute(call, rows)
    if call.text("shipping_class"):
        rows = [p for p in rows if str(p.shipping_class_id) == call.text("shipping_class")]
    return rows


def _with_children(store: Store, ids: set[int]) -> set[int]:
    found, todo = set(ids), list(ids)
    while todo:
        parent = todo.pop()
        for term in store.categories.values():
            if term.parent == parent and term.id not in found:
                found.add(term.id)
                todo.append(term.id)
    return found


def _with_attribute(call: Call, rows: list[Product]) -> list[Product]:
    attribute = next((a for a in call.store.attributes.values() if a.slug == call.text("attribute")), None)
    if attribute is None:
        return rows
    names = {attribute.terms[i].name for i in call.integers("attribute_term") if i in attribute.terms}
    return [
        p
        for p in rows
        if any(a["id"] == attribute.id and names.intersection(a["options"]) for a in p.attributes)
    ]


# One product.


def get_product(call: Call) -> Result:
    product = call.store.products.get(call.id())
    if product is None:
        raise invalid_id(INVALID_PRODUCT, 404)
    return Result(product_json(call, product, edit=call.text("context") == "edit"))


def create_product(call: Call) -> Result:
    store = call.store
    if call.params.get("id"):
        raise RestError("woocommerce_rest_product_exists", "Cannot create existing product.", 400)
    # The id is taken only once nothing can refuse any more; a refused SKU leaves no hole of a row.
    product = Product(store.ids["post"] + 1, name=str(call.params.get("name") or "Product"))
    product.created = product.modified = store.clock.now()
    product.lang = call.language()
    if call.params.get("type") is not None:
        product.type = str(call.params["type"])
    apply_product(call, product)
    apply_catalogue(call, product)
    _renumber(store, product)
    if product.type == "variable":
        settle_parent(store, product)
    store.add_product(product)
    call.emit("product.created", product.id)
    return Result(
        product_json(call, product, edit=True),
        201,
        [("Location", f"{call.rest_url}/wc/v3/products/{product.id}")],
    )


def _renumber(store: Store, product: Product) -> None:
    """Images uploaded while the product was read took ids first, as attachments do not: keep ids unique."""
    product.id = store.next_id("post")
    if store.slugs.get(product.slug) is not None:
        store.slugs[product.slug] = product.id


def update_product(call: Call) -> Result:
    store = call.store
    product = store.products.get(call.id())
    if product is None:
        raise invalid_id(INVALID_PRODUCT, 400)
    if product.type == "variation":
        raise _use_variations()
    apply_product(call, product)
    apply_catalogue(call, product)
    settle_prices(store, product)
    settle_stock(store, product)
    if product.type == "variable":
        settle_parent(store, product)
    product.modified = store.clock.now()
    call.emit("product.updated", product.id)
    return Result(product_json(call, product, edit=True))


def _use_variations() -> RestError:
    return RestError(
        "woocommerce_rest_invalid_product_id",
        "To manipulate product variations you should use the /products/<product_id>/variations/<id> endpoint.",
        404,
    )


def delete_product(call: Call) -> Result:
    """Soft: to the trash, answering with the status it had; `force=true`: gone, children too, and silently."""
    store = call.store
    product = store.products.get(call.id())
    if product is None:
        raise invalid_id(INVALID_PRODUCT, 404)
    if product.type == "variation":
        raise _use_variations()
    shown = product_json(call, product, edit=True)
    children = [store.products[c] for c in product.children if c in store.products]
    if call.flag("force"):
        for child in children:
            store.forget_product(child)
        store.forget_product(product)
        return Result(shown)
    trash(call, [product, *children])
    call.emit("product.deleted", product.id)
    return Result(shown)


def trash(call: Call, rows: list[Product]) -> None:
    if not call.store.options.trash_enabled:
        raise RestError("woocommerce_rest_trash_not_supported", "The product does not support trashing.", 501)
    if rows[0].status == "trash":
        raise RestError("woocommerce_rest_already_trashed", "The product has already been deleted.", 410)
    for row in rows:
        row.trashed_from, row.status = row.status, "trash"
        row.modified = call.store.clock.now()


def duplicate_product(call: Call) -> Result:
    store, source = call.store, call.store.products.get(call.id())
    if source is None:
        raise invalid_id(INVALID_PRODUCT, 404)
    call.params = {
        "name": f"{source.name} (Copy)",
        "status": "draft",
        "type": source.type,
        "regular_price": source.regular_price,
        "sale_price": source.sale_price,
        "categories": [{"id": i} for i in source.category_ids],
        "attributes": source.attributes,
        "sku": f"{source.sku}-1" if source.sku and not store.by_sku(f"{source.sku}-1") else None,
        **{k: v for k, v in call.params.items() if k not in ("id",)},
    }
    return create_product(call)


def show_any(call: Call, product_id: int) -> Json:
    """The body of a webhook: what GET by id answers."""
    product = call.store.products.get(product_id)
    if product is None:
        raise invalid_id(INVALID_PRODUCT, 404)
    return product_json(call, product)


def lookup(store: Store, posted: Json) -> Product | None:
    """The product of a posted order line: by sku first, then variation, then product id."""
    if posted.get("sku"):
        return store.by_sku(str(posted["sku"]))
    return store.products.get(to_int(posted.get("variation_id")) or to_int(posted.get("product_id")))
