"""Thousands of products at once, straight into the tables, for tests and benchmarks."""

from sandbox.php import slugify
from sandbox.woocommerce.product_write import adopt
from sandbox.woocommerce.rows import Json, Product
from sandbox.woocommerce.state import Store
from sandbox.woocommerce.stock import settle_parent, settle_prices, settle_stock


def bulk_simple(
    store: Store, count: int, *, prefix: str = "SIM", price: str = "10.00", stock: int = 5, start: int = 1
) -> list[Json]:
    """`SIM-00001` …; returns id and sku of each."""
    with store.lock:
        return [_row(_product(store, f"{prefix}-{n:05d}", price, stock)) for n in range(start, start + count)]


def _product(store: Store, sku: str, price: str, stock: int) -> Product:
    product = Product(store.next_id("post"), name=f"Product {sku}", sku=sku, regular_price=price)
    product.created = product.modified = store.clock.now()
    product.slug = store.unique_slug(product.name, product.id)
    product.category_ids = [store.default_category]
    product.manage_stock, product.stock_quantity = True, stock
    settle_prices(store, product)
    settle_stock(store, product)
    store.add_product(product)
    return product


def bulk_variable(
    store: Store,
    count: int,
    variations: int,
    *,
    prefix: str = "VAR",
    price: str = "10.00",
    stock: int = 5,
    start: int = 1,
) -> list[Json]:
    """`VAR-00001` … with children `VAR-00001-01` …; returns id, sku and parent_id of each variation."""
    made = []
    with store.lock:
        for n in range(start, start + count):
            sku = f"{prefix}-{n:05d}"
            options = [f"{k:02d}" for k in range(1, variations + 1)]
            parent = Product(store.next_id("post"), type="variable", name=f"Product {sku}", sku=sku)
            parent.created = parent.modified = store.clock.now()
            parent.slug = store.unique_slug(parent.name, parent.id)
            parent.category_ids = [store.default_category]
            parent.attributes = [
                {
                    "id": 0,
                    "name": "Size",
                    "slug": "Size",
                    "position": 0,
                    "visible": True,
                    "variation": True,
                    "options": options,
                }
            ]
            store.add_product(parent)
            made += [
                _row(add_variation(store, parent, f"{sku}-{option}", {"size": option}, price, stock))
                for option in options
            ]
            settle_parent(store, parent)
    return made


def add_variation(
    store: Store, parent: Product, sku: str, options: dict[str, str], price: str, stock: int
) -> Product:
    product = Product(store.next_id("post"), type="variation", parent_id=parent.id, sku=sku)
    product.created = product.modified = store.clock.now()
    product.options = options
    product.slug = store.unique_slug("-".join([parent.slug, *map(slugify, options.values())]), product.id)
    product.regular_price = price
    product.manage_stock, product.stock_quantity = True, stock
    settle_prices(store, product)
    settle_stock(store, product)
    store.add_product(product)
    adopt(store, product, parent)
    return product


def _row(product: Product) -> Json:
    return {"id": product.id, "sku": product.sku, "parent_id": product.parent_id}
