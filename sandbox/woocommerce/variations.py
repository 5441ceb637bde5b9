"""/products/{id}/variations, and GET /variations across parents."""

from itertools import product as combinations

from sandbox.woocommerce.errors import RestError
from sandbox.woocommerce.listing import Call, Result
from sandbox.woocommerce.product_json import attribute_key, variation_json
from sandbox.woocommerce.product_write import adopt, apply_options, apply_product
from sandbox.woocommerce.products import (
    IMAGE_BODY,
    INVALID_PRODUCT,
    SHARED_BODY,
    invalid_id,
    product_page,
    rows_by_sku,
    trash,
)
from sandbox.woocommerce.rows import Product
from sandbox.woocommerce.stock import settle_parent, touch
from sandbox.woocommerce.validate import I, M, S, Schema, enum, obj, objects

VARIATION_BODY: Schema = {
    **SHARED_BODY,
    "status": enum("draft", "pending", "private", "publish", "future", "auto-draft", "trash"),
    "manage_stock": M,
    "image": obj(**IMAGE_BODY),
    "attributes": objects(id=I, name=S, option=S),
}
INVALID_VARIATION = "woocommerce_rest_product_variation_invalid_id"


def _parent(call: Call, status: int = 404) -> Product:
    parent = call.store.products.get(int(call.ids[0]))
    if parent is None or parent.type == "variation":
        raise invalid_id(INVALID_PRODUCT, status)
    return parent


def _variation(call: Call, status: int, action: str) -> Product:
    product = call.store.products.get(call.id())
    if product is None or product.type != "variation":
        raise invalid_id(INVALID_VARIATION, status)
    if not call.in_batch and product.parent_id != int(call.ids[0]):
        raise RestError(
            f"woocommerce_rest_cannot_{action}", "Parent product does not match current variation.", 403
        )
    return product


def list_variations(call: Call) -> Result:
    parent = _parent(call)
    call.params.pop("parent", None)
    rows = [call.store.products[c] for c in parent.children if c in call.store.products]
    if call.text("sku"):
        wanted = {part.strip().lower() for part in call.text("sku").split(",")}
        rows = [p for p in rows if p.sku.lower() in wanted]
    return product_page(call, rows, lambda p: variation_json(call, p))


def all_variations(call: Call) -> Result:
    """GET /variations across parents, from 10.3."""
    rows = rows_by_sku(call) if call.text("sku") else list(call.store.products.values())
    return product_page(call, [p for p in rows if p.type == "variation"], lambda p: variation_json(call, p))


def get_variation(call: Call) -> Result:
    return Result(variation_json(call, _variation(call, 404, "view")))


def create_variation(call: Call) -> Result:
    store, parent = call.store, _parent(call)
    if call.params.get("id"):
        raise RestError(
            "woocommerce_rest_product_variation_exists", "Cannot create existing product variation.", 400
        )
    product = Product(store.ids["post"] + 1, type="variation", parent_id=parent.id)
    product.created = product.modified = store.clock.now()
    _write_variation(call, product, parent)
    product.id = store.next_id("post")
    product.slug = store.unique_slug("-".join([parent.slug, *product.options.values()]), product.id)
    store.add_product(product)
    adopt(store, product, parent)
    touch(store, product)
    call.emit("product.created", product.id)
    call.emit("product.updated", parent.id)
    return Result(
        variation_json(call, product),
        201,
        [("Location", f"{call.rest_url}/wc/v3/products/{parent.id}/variations/{product.id}")],
    )


def update_variation(call: Call) -> Result:
    parent = _parent(call, 404)
    product = _variation(call, 400, "edit")
    adopt(call.store, product, parent)
    _write_variation(call, product, parent)
    touch(call.store, product)
    call.emit("product.updated", product.id)
    call.emit("product.updated", parent.id)
    return Result(variation_json(call, product))


def _write_variation(call: Call, product: Product, parent: Product) -> None:
    apply_product(call, product)
    if product.tax_class == "parent":
        product.tax_class = ""
    if call.params.get("attributes") is not None:
        apply_options(product, parent, call.params["attributes"])
    image = call.params.get("image")
    if isinstance(image, dict) and (image.get("id") or image.get("src")):
        product.image_ids = [call.media.take(image)]
    elif image in ("", []):
        product.image_ids = []


def delete_variation(call: Call) -> Result:
    store = call.store
    product = _variation(call, 404, "delete")
    shown = variation_json(call, product)
    if call.flag("force"):
        parent = store.products.get(product.parent_id)
        store.forget_product(product)
        if parent:
            settle_parent(store, parent)
        return Result(shown)
    trash(call, [product])
    call.emit("product.deleted", product.id)
    return Result(shown)


def generate_variations(call: Call) -> Result:
    """Every missing combination of the parent's variation attributes, without price."""
    store, parent = call.store, _parent(call)
    attributes = [a for a in parent.attributes if a["variation"]]
    have = [store.products[c].options for c in parent.children if c in store.products]
    made = 0
    for options in combinations(*(a["options"] for a in attributes)):
        chosen = {attribute_key(a): o for a, o in zip(attributes, options, strict=True)}
        if not chosen or chosen in have:
            continue
        product = Product(store.next_id("post"), type="variation", parent_id=parent.id, options=chosen)
        product.created = product.modified = store.clock.now()
        product.slug = store.unique_slug("-".join([parent.slug, *options]), product.id)
        store.add_product(product)
        adopt(store, product, parent)
        call.emit("product.created", product.id)
        made += 1
    settle_parent(store, parent)
    return Result({"count": made, "deleted_count": 0})
