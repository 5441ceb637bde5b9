"""States and statuses of orders, and what moves them."""

from decimal import Decimal
from typing import TYPE_CHECKING

from sandbox.magento2 import stock
from sandbox.magento2.order_rows import Item, Order
from sandbox.magento2.rows import ZERO
from sandbox.magento2.state import Store

if TYPE_CHECKING:
    from sandbox.magento2.app import Magento2App

FINAL = ("complete", "closed", "canceled")


def put_state(store: Store, order: Order, state: str, status: str = "") -> None:
    """status: the state's default one unless given."""
    order.state = state
    order.status = status or next(s for s, held in store.statuses.items() if held == state)
    touch(store, order)


def touch(store: Store, order: Order) -> None:
    order.updated = max(order.updated, store.clock.now())


def history(
    store: Store,
    order: Order,
    comment: str | None,
    entity: str = "order",
    *,
    notified: int = 0,
    visible: int = 0,
) -> None:
    order.histories.append(
        {
            "comment": comment,
            "created_at": store.moment(store.clock.now()),
            "entity_id": store.next_id("history"),
            "entity_name": entity,
            "is_customer_notified": notified,
            "is_visible_on_front": visible,
            "parent_id": order.id,
            "status": order.status,
        }
    )


# Which items a document names, and which follow them.


def dynamic_bundle(order: Order, item: Item) -> bool:
    return item.product_type == "bundle" and any(child.row_total for child in order.children(item))


def ships_apart(store: Store, item: Item) -> bool:
    """A bundle whose parts are shipped separately."""
    product = store.products.get(item.product_id or 0)
    return product is not None and str(product.get("shipment_type")) == "1"


def units(store: Store, order: Order, kind: str) -> list[Item]:
    """The items that an invoice or credit memo (`money`), or a shipment (`goods`), can name."""
    found: list[Item] = []
    for item in order.items:
        if item.parent_id is not None:
            continue
        children = order.children(item)
        apart = dynamic_bundle(order, item) if kind == "money" else ships_apart(store, item)
        if item.product_type == "bundle" and children and apart:
            found += children
        else:
            found.append(item)
    return found


def followers(order: Order, item: Item) -> list[tuple[Item, Decimal]]:
    """The children that move with a named parent, and how many of each go with one of it."""
    return [(child, child.ordered / item.ordered) for child in order.children(item)]


def settle_parents(order: Order, field: str) -> None:
    """A bundle whose parts were named has as many as its slowest part."""
    for item in order.items:
        children = order.children(item)
        if item.product_type == "bundle" and children:
            least = min(getattr(c, field) / (c.ordered / item.ordered) for c in children)
            setattr(item, field, max(getattr(item, field), Decimal(int(least))))


def to_invoice(item: Item) -> Decimal:
    return max(ZERO, item.ordered - item.invoiced - item.canceled)


def to_ship(item: Item) -> Decimal:
    if item.is_virtual:
        return ZERO
    return max(ZERO, item.ordered - item.shipped - item.refunded - item.canceled)


def to_refund(item: Item) -> Decimal:
    return max(ZERO, item.invoiced - item.refunded)


def can_invoice(store: Store, order: Order) -> bool:
    if order.state in (*FINAL, "holded", "payment_review"):
        return False
    return any(to_invoice(i) > 0 for i in units(store, order, "money"))


def can_ship(store: Store, order: Order) -> bool:
    if order.state in ("canceled", "closed", "holded", "payment_review") or order.is_virtual:
        return False
    return any(to_ship(i) > 0 for i in units(store, order, "goods"))


def check_state(store: Store, order: Order) -> None:
    """After a document: all refunded is closed, all invoiced and shipped is complete, the first one processing."""
    money = units(store, order, "money")
    if order.state in ("canceled", "closed"):
        return
    refunded = any(i.refunded for i in money)
    if refunded and not any(to_refund(i) or to_invoice(i) for i in money):
        put_state(store, order, "closed")
    elif not can_invoice(store, order) and not can_ship(store, order) and order.state != "complete":
        put_state(store, order, "complete")
    elif order.state in ("new", "pending_payment"):
        put_state(store, order, "processing")
    touch(store, order)


# What staff do.


def cancel(app: "Magento2App", order: Order) -> bool:
    """False, without a word, when there is something invoiced or shipped, or the order is on hold."""
    if order.state in (*FINAL, "payment_review", "holded") or any(
        i.invoiced or i.shipped for i in order.items
    ):
        return False
    store = app.store
    for item in order.items:
        item.canceled = item.ordered
        if order.children(item) or item.is_virtual or item.product_id not in store.products:
            continue
        if store.options.msi:
            stock.reserve(store, item.sku, item.ordered, order.stock_id, "order_canceled", order.id)
        else:
            stock.take(store, item.sku, -item.ordered)
    order.canceled = order.grand_total
    put_state(store, order, "canceled")
    history(store, order, None)
    return True


def cancel_rest(app: "Magento2App", order: Order) -> None:
    """What staff do in the admin with an order of which something is invoiced: the rest is cancelled, the order goes on.

    Only items that bear money count what was cancelled; the product under a configurable keeps zero. The total counts
    whatever is not paid.
    """
    store, money = app.store, units(app.store, order, "money")
    if order.state in (*FINAL, "holded", "payment_review") or not any(to_invoice(i) for i in money):
        raise ValueError(f"Nothing of order {order.increment_id} can be cancelled.")
    state = "canceled"
    for item in money:
        if item.invoiced > item.refunded and state != "processing":
            state = "processing" if item.invoiced > item.shipped else "complete"
    for item in order.items:
        gone = item.ordered - max(item.invoiced, item.shipped) - item.canceled
        if item in money:
            item.canceled += gone
        if order.children(item) or item.is_virtual or item.product_id not in store.products or gone <= 0:
            continue
        if store.options.msi:
            stock.reserve(store, item.sku, gone, order.stock_id, "order_canceled", order.id)
        else:
            stock.take(store, item.sku, -gone)
    papers = [paper for paper in store.invoices.values() if paper.order_id == order.id and paper.state != 3]
    order.canceled = order.grand_total - order.paid
    order.parts_canceled = {
        "subtotal": order.subtotal - sum((paper.subtotal for paper in papers), ZERO),
        "tax": order.tax - sum((paper.tax for paper in papers), ZERO),
        "shipping": order.shipping_amount - order.shipping_invoiced,
        "discount": order.discount - sum((paper.discount for paper in papers), ZERO),
    }
    put_state(store, order, state)
    history(store, order, None)


def hold(app: "Magento2App", order: Order) -> bool:
    if order.state in (*FINAL, "payment_review", "holded"):
        return False
    order.hold_before = (order.state, order.status)
    put_state(app.store, order, "holded")
    return True


def unhold(app: "Magento2App", order: Order) -> bool:
    if order.state != "holded" or order.hold_before is None:
        return False
    state, status = order.hold_before
    order.hold_before = None
    put_state(app.store, order, state, status)
    return True
