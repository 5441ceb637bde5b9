"""`sales_order.*`: list, info, comments with statuses, hold, unhold, cancel."""

from typing import Any

from sandbox.magento1 import stock
from sandbox.magento1.calls import Call, flag, limited
from sandbox.magento1.documents import STATUS_OF
from sandbox.magento1.errors import fault
from sandbox.magento1.filters import chosen, flat_column, parse
from sandbox.magento1.rows import ZERO, Json, Order
from sandbox.magento1.state import shown_row

RESOURCE = "sales_order"


def header(order: Order) -> Json:
    return {name: value for name, value in shown_row(order.columns).items() if name != "entity_id"}


def items(call: Call, filters: Any = None) -> list[Json]:
    """Headers with the names of both addresses, no rows."""
    get = flat_column("sales_flat_order", lambda order: order.columns)
    rows = chosen(call.store.orders.values(), parse(filters, {"order_id": "entity_id"}), get)
    return [
        {
            **header(order),
            "billing_firstname": order.billing.get("firstname"),
            "billing_lastname": order.billing.get("lastname"),
            "billing_name": f"{order.billing.get('firstname')} {order.billing.get('lastname')}",
            "shipping_firstname": order.shipping.get("firstname"),
            "shipping_lastname": order.shipping.get("lastname"),
            "shipping_name": f"{order.shipping.get('firstname')} {order.shipping.get('lastname')}",
        }
        for order in limited(call.store, rows)
    ]


def info(call: Call, number: Any) -> Json:
    order = call.store.order(number, RESOURCE, 100)
    return {
        **header(order),
        # PHP has one kind of empty array.
        "shipping_address": shown_row(order.shipping) if order.shipping else [],
        "billing_address": shown_row(order.billing),
        "items": [shown_row(row) for row in order.items],
        "payment": shown_row(order.payment),
        "status_history": [dict(row) for row in reversed(order.history)],
    }


def add_comment(call: Call, number: Any, status: Any, comment: Any = "", notify: Any = False) -> bool:
    """Sets the status text without a look at the state."""
    order = call.store.order(number, RESOURCE, 100)
    if status not in (None, ""):
        order.columns["status"] = str(status)
    _note(call, order, comment, notified=flag(notify))
    if flag(notify):
        order.mails.append("comment")
    _saved(call, order)
    return True


def _note(call: Call, order: Order, comment: Any, *, notified: bool) -> None:
    order.history.append(
        {
            "parent_id": str(order.id),
            "is_customer_notified": "1" if notified else "0",
            "is_visible_on_front": "0",
            "comment": str(comment) if comment else None,
            "status": order.columns["status"],
            "created_at": call.store.now(),
            "entity_name": "order",
        }
    )


def _saved(call: Call, order: Order) -> None:
    call.store.touch(order)
    call.hint("order.updated", order)


def hold(call: Call, number: Any) -> bool:
    order = call.store.order(number, RESOURCE, 100)
    if order.state in ("holded", "canceled", "complete", "closed", "payment_review"):
        raise fault(RESOURCE, 103, "Hold action is not available.")
    order.columns |= {
        "hold_before_state": order.columns["state"],
        "hold_before_status": order.columns["status"],
        "state": "holded",
        "status": "holded",
    }
    _note(call, order, None, notified=False)
    _saved(call, order)
    return True


def unhold(call: Call, number: Any) -> bool:
    order = call.store.order(number, RESOURCE, 100)
    if order.state != "holded":
        raise fault(RESOURCE, 103, "Unhold action is not available.")
    order.columns |= {
        "state": order.columns.pop("hold_before_state"),
        "status": order.columns.pop("hold_before_status"),
    }
    _note(call, order, None, notified=False)
    _saved(call, order)
    return True


def cancel(call: Call, number: Any) -> bool:
    order = call.store.order(number, RESOURCE, 100)
    invoiced = all(row["qty_invoiced"] >= row["qty_ordered"] for row in order.items)
    if order.state in ("canceled", "complete", "closed", "holded", "payment_review") or invoiced:
        raise fault(RESOURCE, 103)
    cancel_order(call.store, order)
    _note(call, order, None, notified=False)
    _saved(call, order)
    return True


def cancel_order(store: Any, order: Order) -> None:
    """What is neither invoiced nor shipped goes back to the stock. An order of which something is invoiced goes on.

    The row under a configurable keeps its count of cancelled pieces at zero, and so do all rows of a bundle whose parts have
    the price, as in the shop's own tables.
    """
    state = "canceled"
    for row in order.items:
        if row["qty_invoiced"] > row["qty_refunded"] and state != "processing":
            waits = row["qty_ordered"] - row["qty_shipped"] > row["qty_ordered"] - row["qty_invoiced"]
            state = "processing" if waits else "complete"
    for row in order.items:
        gone = row["qty_ordered"] - max(row["qty_invoiced"], row["qty_shipped"]) - row["qty_canceled"]
        product = store.products.get(int(row["product_id"] or 0))
        if product is not None and row["product_type"] in ("simple", "virtual"):
            stock.take(store, product, -gone)
        if not _follows(order, row):
            row["qty_canceled"] += gone
    columns = order.columns
    columns["total_canceled"] = columns["grand_total"] - (columns["total_paid"] or ZERO)
    columns["shipping_canceled"] = ZERO if columns["total_invoiced"] else columns["shipping_amount"]
    columns |= {"state": state, "status": STATUS_OF[state]}


def _follows(order: Order, row: Json) -> bool:
    """Whether the shop counts no cancelled pieces on a row."""
    if row["parent_item_id"] is not None:
        top = next(one for one in order.items if one["item_id"] == row["parent_item_id"])
        return top["product_type"] == "bundle" or not row["row_total"]
    parts = [one for one in order.items if one["parent_item_id"] == row["item_id"]]
    return row["product_type"] == "bundle" and any(one["row_total"] for one in parts)
