"""Sources, reservations and what can be sold; the legacy stock item beside them."""

from decimal import Decimal

from sandbox.magento2.rows import ZERO, Product, SourceItem, Stock
from sandbox.magento2.state import Store

DEFAULT = "default"


def source_item(store: Store, sku: str, source: str) -> SourceItem | None:
    return store.source_items.get((sku.lower(), source))


def put_source_item(store: Store, sku: str, source: str, quantity: Decimal, status: int) -> SourceItem:
    """Absolute, made when it is not there, whether a product has the SKU or not."""
    row = SourceItem(sku, source, quantity, status)
    store.source_items[(sku.lower(), source)] = row
    return row


def items_of(store: Store, sku: str) -> list[SourceItem]:
    key = sku.lower()
    return [row for source in store.sources if (row := store.source_items.get((key, source)))]


def threshold(product: Product | None) -> Decimal:
    return Decimal(str(product.stock.get("min_qty", 0))) if product else ZERO


def stock_of_website(store: Store, code: str) -> Stock:
    return next((s for s in store.stocks.values() if code in s.websites), store.stocks[1])


def salable(store: Store, sku: str, stock_id: int = 1) -> Decimal:
    """Enabled sources in stock, less the threshold, with the reservations."""
    stock = store.stocks[stock_id]
    product = store.by_sku(sku)
    held = sum(
        (
            row.quantity
            for source in stock.sources
            if store.sources[source].enabled
            and (row := source_item(store, sku, source)) is not None
            and row.status == 1
        ),
        ZERO,
    )
    return held - threshold(product) + store.reserved[(stock_id, sku.lower())]


def is_salable(store: Store, sku: str, stock_id: int = 1) -> bool:
    product = store.by_sku(sku)
    if product is None:
        return False
    if not product.stock.get("manage_stock", True):
        return True
    return bool(product.stock.get("backorders", 0)) or salable(store, sku, stock_id) > 0


def reserve(store: Store, sku: str, quantity: Decimal, stock_id: int, event: str, order_id: int) -> None:
    """Appends to the reservations: orders take, shipments and cancellations give back."""
    store.reservations.append(
        {
            "stock_id": stock_id,
            "sku": sku,
            "quantity": quantity,
            "metadata": {"event_type": event, "object_type": "order", "object_id": str(order_id)},
        }
    )
    store.reserved[(stock_id, sku.lower())] += quantity


def take(store: Store, sku: str, quantity: Decimal, source: str = DEFAULT) -> None:
    """Lowers (or, with a negative figure, raises) what lies in a source; in the legacy stock the one figure."""
    product = store.by_sku(sku)
    if not store.options.msi:
        if product is not None:
            left = Decimal(str(product.stock.get("qty", 0))) - quantity
            product.stock["qty"] = left
            if left <= threshold(product) and not product.stock.get("backorders", 0):
                product.stock["is_in_stock"] = False
            elif quantity < 0 and left > threshold(product):
                product.stock["is_in_stock"] = True
        return
    row = source_item(store, sku, source)
    if row is None:
        row = put_source_item(store, sku, source, ZERO, 1)
    row.quantity -= quantity


def legacy_figures(store: Store, product: Product) -> tuple[Decimal, bool]:
    """Quantity and whether it is in stock."""
    if store.options.msi:
        row = source_item(store, product.sku, DEFAULT)
        return (row.quantity, row.status == 1) if row else (ZERO, False)
    return Decimal(str(product.stock.get("qty", 0))), bool(product.stock.get("is_in_stock", False))


def put_legacy(store: Store, product: Product, fields: dict[str, object]) -> None:
    """A stock item as it is posted. Nothing but the flag itself puts a product back in stock."""
    quantity, available = legacy_figures(store, product)
    for name in ("manage_stock", "backorders", "min_qty"):
        if name in fields:
            product.stock[name] = fields[name]
    if fields.get("qty") is not None:
        quantity = Decimal(str(fields["qty"]))
    if "is_in_stock" in fields:
        available = bool(fields["is_in_stock"])
    if quantity <= threshold(product) and not product.stock.get("backorders", 0):
        available = False
    if store.options.msi:
        put_source_item(store, product.sku, DEFAULT, quantity, int(available))
    else:
        product.stock["qty"], product.stock["is_in_stock"] = quantity, available
