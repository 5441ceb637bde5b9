"""The routes of orders."""

from typing import Any

from sandbox.magento2 import order_flow, search
from sandbox.magento2.call import Call, as_int
from sandbox.magento2.errors import MageError, no_entity, required
from sandbox.magento2.order_json import item_json, order_json
from sandbox.magento2.order_rows import Item, Order
from sandbox.magento2.routes import Line
from sandbox.magento2.rows import Json

_HEADER = frozenset(
    [
        "entity_id",
        "increment_id",
        "ext_order_id",
        "state",
        "status",
        "store_id",
        "created_at",
        "updated_at",
        "customer_id",
        "customer_email",
        "customer_is_guest",
        "customer_group_id",
        "customer_firstname",
        "customer_lastname",
        "grand_total",
        "base_grand_total",
        "order_currency_code",
        "coupon_code",
        "quote_id",
        "total_paid",
        "total_due",
        "subtotal",
        "is_virtual",
    ]
)


def _value(call: Call, order: Order, name: str) -> Any:
    match name:
        case "entity_id":
            return order.id
        case "created_at":
            return call.store.moment(order.created)
        case "updated_at":
            return call.store.moment(order.updated)
        case "customer_email":
            return order.email
        case "customer_is_guest":
            return int(order.customer_id is None)
        case "order_currency_code":
            return order.currency
        case "total_paid":
            return order.paid or None
        case "total_due":
            return order.grand_total - order.paid - order.canceled
        case "base_grand_total":
            return order.grand_total / order.rate
        case "is_virtual":
            return int(order.is_virtual)
    return getattr(order, name.removeprefix("customer_") if name.endswith("name") else name)


def list_orders(call: Call) -> Json:
    store = call.store
    rows = list(store.orders.values())
    return search.answer(
        call, rows, lambda o, name: _value(call, o, name), lambda o: order_json(store, o), _HEADER
    )


def find(call: Call, name: str = "id") -> Order:
    """By entity_id, never by increment_id."""
    value = call.args[name]
    found = call.store.orders.get(as_int(value)) if value.isdigit() else None
    if found is None:
        raise no_entity()
    return found


def get_order(call: Call) -> Json:
    return order_json(call.store, find(call))


def list_items(call: Call) -> Json:
    store = call.store
    rows: list[tuple[Order, Item]] = [(o, i) for o in store.orders.values() for i in o.items]

    def value(row: tuple[Order, Item], name: str) -> Any:
        return item_json(store, row[0], row[1], with_parent=False).get(name)

    return search.answer(call, rows, value, lambda row: item_json(store, row[0], row[1]))


def get_item(call: Call) -> Json:
    for order in call.store.orders.values():
        item = order.item(as_int(call.args["id"]))
        if item is not None:
            return item_json(call.store, order, item)
    raise no_entity()


def get_status(call: Call) -> str:
    return find(call).status


# Comments and states.


def list_comments(call: Call) -> Json:
    rows = [dict(row) for row in find(call).histories]
    return {"items": rows, "search_criteria": {"filter_groups": []}, "total_count": len(rows)}


def add_comment(call: Call) -> bool:
    """A comment with a status. One of another state is refused since 2.4.3, and was taken before."""
    order, row = find(call), call.object("statusHistory")
    if row.get("comment") is None:
        raise required("comment")
    status = row.get("status")
    moved = False
    if status and status != order.status:
        state = call.store.statuses.get(str(status))
        if not call.options.any_status and state != order.state:
            raise MageError(
                'Unable to add comment: The status "%1" is not part of the order status history.', [status]
            )
        order.status, moved = str(status), True
    order_flow.history(
        call.store,
        order,
        str(row["comment"]),
        notified=as_int(row.get("is_customer_notified") or 0),
        visible=as_int(row.get("is_visible_on_front") or 0),
    )
    if moved or call.options.comment_moves_updated_at:
        order_flow.touch(call.store, order)
    call.app.happened("new_order_comment", order.id)
    if moved:
        call.app.happened("order", order.id)
    return True


def cancel(call: Call) -> bool:
    return _moved(call, order_flow.cancel(call.app, find(call)))


def hold(call: Call) -> bool:
    return _moved(call, order_flow.hold(call.app, find(call)))


def unhold(call: Call) -> bool:
    return _moved(call, order_flow.unhold(call.app, find(call)))


def _moved(call: Call, done: bool) -> bool:
    if done:
        call.app.happened("order", find(call).id)
    return done


def send_email(call: Call) -> bool:
    find(call)
    return True


def save(call: Call) -> Json:
    """`POST /V1/orders` with an entity_id saves over the order, without any rule of its own."""
    entity = call.object("entity")
    order = call.store.orders.get(as_int(entity.get("entity_id") or 0))
    if order is None:
        raise MageError("The order can't be created through this sandbox; place one as a buyer does.")
    if call.options.order_save_nulls:
        order.ext_order_id = order.note = order.coupon_code = order.taxvat = None
    for name, field in (
        ("status", "status"),
        ("state", "state"),
        ("ext_order_id", "ext_order_id"),
        ("customer_note", "note"),
        ("customer_taxvat", "taxvat"),
    ):
        if name in entity:
            setattr(order, field, entity[name])
    order_flow.touch(call.store, order)
    return order_json(call.store, order)


_SALES = "Magento_Sales::"
LINES: list[Line] = [
    ("GET", "/V1/orders", list_orders, f"{_SALES}actions_view"),
    ("POST", "/V1/orders", save, f"{_SALES}create"),
    ("PUT", "/V1/orders/create", save, f"{_SALES}create"),
    ("GET", "/V1/orders/items", list_items, f"{_SALES}actions_view"),
    ("GET", "/V1/orders/items/:id", get_item, f"{_SALES}actions_view"),
    ("GET", "/V1/orders/:id", get_order, f"{_SALES}actions_view"),
    ("GET", "/V1/orders/:id/statuses", get_status, f"{_SALES}actions_view"),
    ("GET", "/V1/orders/:id/comments", list_comments, f"{_SALES}actions_view"),
    ("POST", "/V1/orders/:id/comments", add_comment, f"{_SALES}comment"),
    ("POST", "/V1/orders/:id/cancel", cancel, f"{_SALES}cancel"),
    ("POST", "/V1/orders/:id/hold", hold, f"{_SALES}hold"),
    ("POST", "/V1/orders/:id/unhold", unhold, f"{_SALES}unhold"),
    ("POST", "/V1/orders/:id/emails", send_email, f"{_SALES}email"),
]
