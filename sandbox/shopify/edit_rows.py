"""Order edits: quantities that change after the order was placed, lines that come in, and cancellations."""

from decimal import Decimal
from typing import TYPE_CHECKING

from sandbox.shopify.allocation import open_fulfillment_order
from sandbox.shopify.calls import Row, refuse
from sandbox.shopify.figures import Figures, capturable_of, lines_of, transactions_of, unfulfilled
from sandbox.shopify.money import ZERO
from sandbox.shopify.order_lines import add_order_line, settle_taxes
from sandbox.shopify.payments import add_transaction
from sandbox.shopify.refund_rows import close_parts, make_refund, money_back, shipping_refund
from sandbox.shopify.stock import commit_line, levels_of, release

if TYPE_CHECKING:
    from sandbox.shopify.app import ShopifyApp


def set_line_quantity(
    app: "ShopifyApp", order: Row, line: Row, quantity: int, *, restock: bool = True
) -> int:
    """Fewer: units are removed, the discount of the line stays as it was. More: they are ordered. Returns the change."""
    store = app.store
    change = quantity - int(line["currentQuantity"])
    if quantity < 0 or quantity < line["_fulfilled"] - line["_returned"]:
        raise refuse(["quantity"], "Quantity can't be lower than the fulfilled quantity.")
    if change < 0:
        line["currentQuantity"] = quantity
        release(store, line, -change, restock=restock)
        _shrink(app, order, line)
    elif change > 0:
        held = dict(line["_committed"])
        line["quantity"] += change
        settle_taxes(store, order, line)
        fresh = {**line, "currentQuantity": change}
        place = commit_line(store, fresh, next(iter(held), ""))
        line["currentQuantity"] = quantity
        if fresh["_committed"]:
            line["_committed"] = {**held, place: held.get(place, 0) + change}
        _grow(app, order, line, place, change)
    if change:
        for level in levels_of(store, line):
            app.emit("inventory_levels/update", level)
    return change


def _shrink(app: "ShopifyApp", order: Row, line: Row) -> None:
    close_parts(app.store, order, line)


def _grow(app: "ShopifyApp", order: Row, line: Row, place: str, change: int) -> None:
    store = app.store
    for gid in order["_fulfillment_orders"]:
        head = store.tables["FulfillmentOrder"][gid]
        if head["_location"] != place or head["status"] not in ("OPEN", "ON_HOLD"):
            continue
        for part in (store.tables["FulfillmentOrderLineItem"][p] for p in head["_lines"]):
            if part["_line"] == line["id"]:
                part["totalQuantity"] += change
                part["remainingQuantity"] += change
                return
    head = open_fulfillment_order(store, order, place, [line])
    part = store.tables["FulfillmentOrderLineItem"][head["_lines"][0]]
    part["totalQuantity"] = part["remainingQuantity"] = change


def add_line(app: "ShopifyApp", order: Row, given: Row) -> Row:
    store = app.store
    standard = ZERO if order["taxExempt"] else store.options.tax_rate
    line = add_order_line(store, order, given, standard)
    settle_taxes(store, order, line)
    place = commit_line(store, line)
    open_fulfillment_order(store, order, place, [line])
    return line


def commit_edit(
    app: "ShopifyApp", order: Row, additions: list[tuple[str, int]], removals: list[tuple[str, int]]
) -> None:
    store = app.store
    order["edited"] = True
    order["_last_edit"] = {"additions": additions, "removals": removals}
    store.touch(order)
    app.emit("orders/edited", order)
    app.emit("orders/updated", order)


def cancel_order(
    app: "ShopifyApp", order: Row, *, reason: str, restock: bool, refund: bool, note: str | None = None
) -> None:
    """Irreversible. Raises Refused for shipped or already cancelled orders."""
    store = app.store
    if order["cancelledAt"]:
        raise refuse(["orderId"], "Cannot cancel an order that has already been canceled", "INVALID")
    alive = [store.tables["Fulfillment"][gid] for gid in order["_fulfillments"]]
    if any(row["status"] == "SUCCESS" for row in alive):
        raise refuse(["orderId"], "Cannot cancel an order that has outstanding fulfillments", "INVALID")
    figures = Figures(store, order)
    lines = [
        {
            "line": line,
            "quantity": line["currentQuantity"],
            "restock": "CANCEL" if restock else "NO_RESTOCK",
            "location": None,
        }
        for line in lines_of(store, order)
        if line["currentQuantity"] and not line["_tip"]
    ]
    net = figures.net_payment()
    back = money_back(store, order, net) if refund and net > 0 else None
    if lines or back:
        make_refund(app, order, lines=lines, shipping=shipping_refund(store, order, None), money=back)
    if figures.capturable():
        void(app, order)
    now = store.now()
    order.update(cancelledAt=now, closedAt=now, cancelReason=reason, cancellation={"staffNote": note})
    if not figures.received():
        order["_voided"] = order["_voided"] or bool(order["_transactions"])
    for gid in order["_fulfillment_orders"]:
        head = store.tables["FulfillmentOrder"][gid]
        if head["status"] != "CLOSED":
            head["status"] = "CANCELLED"
    store.touch(order)
    app.emit("orders/cancelled", order)
    app.emit("orders/updated", order)


def void(app: "ShopifyApp", order: Row) -> Row | None:
    """What was authorized is let go."""
    store = app.store
    rows = transactions_of(store, order)
    made = None
    for row in rows:
        if row["kind"] == "AUTHORIZATION" and capturable_of(rows, row):
            made = add_transaction(
                store, order, "VOID", Decimal(row["_amount"]), row["gateway"], _parent=row["id"]
            )
    order["_voided"] = made is not None or order["_voided"]
    return made


def left_to_ship(app: "ShopifyApp", order: Row) -> int:
    return sum(unfulfilled(line) for line in lines_of(app.store, order) if not line["_tip"])
