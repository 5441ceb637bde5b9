"""Credit memos: offline for an order, on- or offline for an invoice."""

from decimal import Decimal
from typing import TYPE_CHECKING

from sandbox.magento2 import stock
from sandbox.magento2.call import as_bool, as_decimal, as_int
from sandbox.magento2.documents import (
    add_comment,
    add_up,
    earlier_items,
    leaves,
    new_document,
    of_order,
    priced_item,
    refused,
)
from sandbox.magento2.order_flow import check_state, followers, history, settle_parents, to_refund, units
from sandbox.magento2.order_rows import Document, Item, Order
from sandbox.magento2.rows import ZERO, Json

if TYPE_CHECKING:
    from sandbox.magento2.app import Magento2App

Wanted = list[tuple[Item, Decimal]]


def refund(app: "Magento2App", order: Order, body: Json, paid_by: Document | None = None) -> Document:
    """paid_by: the invoice that is refunded. No items: everything that was invoiced and not refunded yet."""
    store = app.store
    arguments = body.get("arguments") or {}
    chosen, problems = _wanted(app, order, list(body.get("items") or []))
    positive = as_decimal(arguments.get("adjustment_positive") or 0)
    negative = as_decimal(arguments.get("adjustment_negative") or 0)
    shipping = arguments.get("shipping_amount")
    rest = order.shipping_invoiced - order.shipping_refunded
    amount = rest if shipping is None else as_decimal(shipping)
    online = as_bool(body.get("isOnline", False))
    if not any(d.state == 2 for d in of_order(store.invoices, order)):
        problems.append(f"A creditmemo can not be created when an order has a status of {order.status}")
    if online and (paid_by is None or not paid_by.online):
        problems.append("Invoice wasn't captured online: an online refund is not possible.")
    if amount > rest:
        problems.append(f"Maximum shipping amount allowed to refund is: {rest:.2f}")
    if not chosen and not amount and not positive:
        problems.append("The credit memo's total must be positive.")
    if problems:
        raise refused("Creditmemo", problems)
    document = _draft(app, order, chosen, amount, positive, negative)
    _check_total(order, document)
    document.invoice_id = paid_by.id if paid_by else None
    document.online = online
    _save(app, order, document, chosen, arguments)
    comment = body.get("comment")
    if isinstance(comment, dict) and comment.get("comment"):
        add_comment(store, document, comment)
        if as_bool(body.get("appendComment", False)):
            history(store, order, str(comment["comment"]), "creditmemo")
    if as_bool(body.get("notify", False)):
        document.emails += 1
    app.happened("new_creditmemo", document.id)
    app.happened("order", order.id)
    return document


def _wanted(app: "Magento2App", order: Order, rows: list[Json]) -> tuple[Wanted, list[str]]:
    candidates = units(app.store, order, "money")
    if not rows:
        return [(i, to_refund(i)) for i in candidates if to_refund(i) > 0], []
    chosen: Wanted = []
    problems = []
    for row in rows:
        item, quantity = order.item(as_int(row.get("order_item_id"))), as_decimal(row.get("qty", 0))
        if item is None:
            problems.append("The creditmemo contains product item that is not part of the original order.")
        elif item not in candidates:
            continue
        elif quantity > to_refund(item):
            problems.append(
                "The quantity to creditmemo must not be greater than the unrefunded quantity "
                f'for product SKU "{item.sku}".'
            )
        elif quantity > 0:
            chosen.append((item, quantity))
    return chosen, problems


def _draft(
    app: "Magento2App", order: Order, chosen: Wanted, shipping: Decimal, positive: Decimal, negative: Decimal
) -> Document:
    store = app.store
    before = of_order(store.creditmemos, order)
    document = new_document(store, order, "creditmemo")
    for item, quantity in chosen:
        pairs = [(item, quantity), *((child, quantity * each) for child, each in followers(order, item))]
        for row, pieces in pairs:
            document.items.append(priced_item(store, "creditmemo", earlier_items(before, row), row, pieces))
    document.shipping_amount = shipping
    if order.shipping_amount:
        document.shipping_tax = store.money(order.shipping_tax * shipping / order.shipping_amount)
    document.adjustment_positive, document.adjustment_negative = positive, negative
    add_up(document)
    left = order.paid - order.refunded
    everything = all(i.ordered == i.refunded + dict_quantity(chosen, i) for i in units(store, order, "money"))
    if (
        everything
        and shipping == order.shipping_invoiced - order.shipping_refunded
        and not positive
        and not negative
    ):
        # The whole order goes back: with it what is neither line nor shipping.
        document.grand_total = left
    return document


def dict_quantity(chosen: Wanted, item: Item) -> Decimal:
    return sum((quantity for one, quantity in chosen if one is item), ZERO)


def _check_total(order: Order, document: Document) -> None:
    left = order.paid - order.refunded
    if document.grand_total > left:
        raise refused("Creditmemo", [f"The most money available to refund is {left:.2f}."])
    if document.grand_total < 0:
        raise refused("Creditmemo", ["The credit memo's total must be positive."])


def _save(app: "Magento2App", order: Order, document: Document, chosen: Wanted, arguments: Json) -> None:
    store = app.store
    document.state = 2
    extra = arguments.get("extension_attributes") or {}
    back = {as_int(i) for i in extra.get("return_to_stock_items") or []}
    for item, quantity in chosen:
        for leaf, pieces in leaves(order, [(item, quantity)]):
            _return(app, order, leaf, pieces, shelf=bool({leaf.id, item.id} & back))
        item.refunded += quantity
        for child, each in followers(order, item):
            child.refunded += quantity * each
    settle_parents(order, "refunded")
    order.refunded += document.grand_total
    order.shipping_refunded += document.shipping_amount
    order.adjustment_positive += document.adjustment_positive
    order.adjustment_negative += document.adjustment_negative
    store.creditmemos[document.id] = document
    check_state(store, order)


def _return(app: "Magento2App", order: Order, leaf: Item, quantity: Decimal, *, shelf: bool) -> None:
    """Shipped pieces come back to the shelf when asked for; unshipped ones end their reservation."""
    store = app.store
    if leaf.product_id not in store.products or leaf.is_virtual:
        return
    shipped = min(quantity, max(ZERO, leaf.shipped - leaf.refunded))
    unshipped = quantity - shipped
    if unshipped and store.options.msi:
        stock.reserve(store, leaf.sku, unshipped, order.stock_id, "creditmemo_created", order.id)
    if shelf:
        stock.take(store, leaf.sku, -(shipped if store.options.msi else quantity))
        leaf.returned += quantity
