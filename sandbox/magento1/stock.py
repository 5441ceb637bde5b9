"""`cataloginventory_stock_item.*`, and what saving stock does to a row."""

from decimal import Decimal
from typing import Any

from sandbox.magento1.calls import Call, flag
from sandbox.magento1.errors import fault
from sandbox.magento1.rows import Json, Product, Stock
from sandbox.magento1.state import php_number

RESOURCE = "cataloginventory_stock_item"
V1_KEYS = (
    "qty",
    "is_in_stock",
    "manage_stock",
    "use_config_manage_stock",
    "backorders",
    "use_config_backorders",
    "min_sale_qty",
)


def apply_stock_data(stock: Stock, data: Json, *, v2: bool) -> None:
    """v1 honours seven keys. Any text is taken for a quantity, and zero switches the item off; nothing switches it on."""
    known = data if v2 else {name: data[name] for name in V1_KEYS if name in data}
    if known.get("manage_stock") is not None:
        stock.manage_stock = flag(known["manage_stock"])
    if known.get("use_config_manage_stock") is not None:
        stock.use_config_manage_stock = flag(known["use_config_manage_stock"])
    if known.get("min_qty") is not None:
        stock.min_qty = php_number(known["min_qty"])
    if known.get("backorders") is not None:
        stock.backorders = int(php_number(known["backorders"]))
    if known.get("is_in_stock") is not None:
        stock.is_in_stock = flag(known["is_in_stock"])
    for name in ("min_sale_qty", "max_sale_qty", "notify_stock_qty", "is_qty_decimal"):
        if known.get(name) is not None:
            stock.more[name] = known[name]
    if known.get("qty") is not None:
        stock.qty = php_number(known["qty"])
        # A text that is no number is stored as 0 behind the check that would switch the item off.
        if stock.qty <= stock.min_qty and _is_number(known["qty"]):
            stock.is_in_stock = False


def _is_number(value: Any) -> bool:
    text = str(value).strip()
    return text.replace(".", "", 1).lstrip("+-").isdigit()


def configured(stock: Stock) -> bool:
    """Whether the shop keeps stock of it; the shop's own setting is to do so."""
    return stock.use_config_manage_stock or stock.manage_stock


def items(call: Call, given: Any = None) -> list[Json]:
    """Rows of the products named; SKUs the shop does not know are left out without a word."""
    store = call.store
    if given in (None, "", []):
        products = list(store.products.values())
    else:
        products = []
        for one in given if isinstance(given, list) else [given]:
            found = store.by_sku(str(one)) or store.products.get(int(one) if str(one).isdigit() else 0)
            if found is not None and found not in products:
                products.append(found)
    return [_row(product) for product in products]


def _row(product: Product) -> Json:
    return {
        "product_id": str(product.id),
        "sku": product.sku,
        "qty": f"{product.stock.qty:.4f}",
        "is_in_stock": 1 if product.stock.is_in_stock else 0,
    }


def update(call: Call, given: Any, data: Any) -> Any:
    """v1 saves the whole product, so that its date moves; v2 the stock row alone."""
    product = call.store.stock_product(given)
    apply_stock_data(product.stock, data if isinstance(data, dict) else {}, v2=call.v2)
    if not call.v2:
        product.updated = call.store.clock.now()
    return 1 if call.v2 else True


def multi_update(call: Call, ids: Any, rows: Any) -> bool:
    """v2 only: row by row until the first fault, which does not say whose it is; what was saved stays."""
    if len(ids or []) != len(rows or []):
        raise fault(RESOURCE, 103)
    for given, data in zip(ids, rows, strict=True):
        update(call, given, data)
    return True


def take(call_store: Any, product: Product, quantity: Decimal) -> None:
    """An order takes goods off (or a cancelled one gives them back: a negative quantity)."""
    if not configured(product.stock) or not call_store.options.can_subtract:
        return
    product.stock.qty -= quantity
    if product.stock.qty <= product.stock.min_qty and not product.stock.backorders:
        product.stock.is_in_stock = False
    elif quantity < 0:
        product.stock.is_in_stock = True
