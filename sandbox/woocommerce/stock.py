"""Stock and price rules that run whenever a product is saved or an order changes state."""

from decimal import Decimal

from sandbox.woocommerce.product_json import manages_stock, on_sale
from sandbox.woocommerce.rows import Line, Order, Product
from sandbox.woocommerce.state import Store

REDUCING = frozenset({"processing", "on-hold", "completed"})
RESTORING = frozenset({"cancelled", "pending"})


def settle_prices(store: Store, product: Product) -> None:
    """A sale price not below the regular one is erased without a word; `price` becomes the active one."""
    if product.type in ("variable", "grouped"):
        product.regular_price = product.sale_price = ""
        product.sale_from = product.sale_to = None
        return
    if product.sale_price != "" and (
        product.regular_price == "" or Decimal(product.sale_price) >= Decimal(product.regular_price)
    ):
        product.sale_price = ""
    product.price = product.sale_price if on_sale(store, product) else product.regular_price


def settle_stock(store: Store, product: Product) -> None:
    """Status follows the quantity of managed products; unmanaged ones lose quantity and backorders."""
    if product.type == "variable" and not product.manage_stock:
        product.stock_quantity = None
        return
    if not product.manage_stock:
        product.stock_quantity = None
        product.backorders = "no"
        product.low_stock_amount = None
        return
    if (product.stock_quantity or 0) > 0:
        product.stock_status = "instock"
    else:
        product.stock_status = "outofstock" if product.backorders == "no" else "onbackorder"


def settle_parent(store: Store, parent: Product) -> None:
    """Price range and stock status of a variable product come from its published variations."""
    children = [store.products[c] for c in parent.children if c in store.products]
    prices = [c.price for c in children if c.status == "publish" and c.price != ""]
    parent.price = min(prices, key=Decimal) if prices else ""
    if parent.manage_stock:
        return
    statuses = {c.stock_status for c in children if c.status == "publish"}
    for status in ("instock", "onbackorder"):
        if status in statuses:
            parent.stock_status = status
            return
    parent.stock_status = "outofstock"


def run_scheduled_sales(store: Store) -> list[Product]:
    """The daily job at shop midnight: starts and ends sales, and empties the fields that it has used up.

    Returns the products it changed. Called on each request; does something once per shop day.
    """
    now = store.clock.now()
    today = store.clock.local_day(now)
    if today == store.sale_day:
        return []
    store.sale_day = today
    return sales_job(store)


def sales_job(store: Store) -> list[Product]:
    now = store.clock.now()
    changed: list[Product] = []
    for product in store.products.values():
        if product.sale_to is not None and product.sale_to < now:
            product.sale_price = ""
            product.sale_from = product.sale_to = None
        elif product.sale_from is not None and product.sale_from <= now and product.sale_price:
            product.sale_from = None
        else:
            continue
        settle_prices(store, product)
        product.modified = now
        changed.append(product)
    for product in changed:
        parent = store.products.get(product.parent_id)
        if product.type == "variation" and parent:
            settle_parent(store, parent)
    return changed


def stock_keeper(store: Store, product: Product) -> Product | None:
    """The product whose quantity an order line lowers, or None when nobody counts."""
    managed = manages_stock(store, product)
    if managed == "parent":
        return store.products[product.parent_id]
    return product if managed else None


def line_product(store: Store, line: Line) -> Product | None:
    return store.products.get(line.variation_id or line.product_id)


def change_stock(store: Store, product: Product, delta: int) -> Product | None:
    """Moves the quantity of a product's stock keeper; returns the keeper when it did."""
    keeper = stock_keeper(store, product)
    if keeper is None:
        return None
    keeper.stock_quantity = (keeper.stock_quantity or 0) + delta
    settle_stock(store, keeper)
    touch(store, keeper)
    return keeper


def touch(store: Store, product: Product) -> None:
    """A change of a variation moves its parent too."""
    product.modified = store.clock.now()
    parent = store.products.get(product.parent_id)
    if product.type == "variation" and parent:
        parent.modified = product.modified
        settle_parent(store, parent)


def reduce_stock(store: Store, order: Order) -> list[Product]:
    """Lowers the stock of an order's lines, once; each line remembers it in `_reduced_stock`."""
    if order.stock_reduced:
        return []
    order.stock_reduced = True
    changed = []
    for line in order.lines:
        product = line_product(store, line)
        if product is None or any(m.key == "_reduced_stock" for m in line.meta):
            continue
        product.total_sales += line.quantity
        keeper = change_stock(store, product, -line.quantity)
        if keeper is not None:
            line.meta.append(store.meta("_reduced_stock", str(line.quantity), "itemmeta"))
            changed.append(keeper)
    return changed


def restore_stock(store: Store, order: Order) -> list[Product]:
    if not order.stock_reduced:
        return []
    order.stock_reduced = False
    changed = []
    for line in order.lines:
        mark = next((m for m in line.meta if m.key == "_reduced_stock"), None)
        product = line_product(store, line)
        if mark is None or product is None:
            continue
        line.meta.remove(mark)
        keeper = change_stock(store, product, int(mark.value))
        if keeper is not None:
            changed.append(keeper)
    return changed


def needs_processing(store: Store, order: Order) -> bool:
    products = [line_product(store, line) for line in order.lines]
    return any(p is not None and not (p.virtual and p.downloadable) for p in products)
