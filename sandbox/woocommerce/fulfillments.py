"""Fulfillments of an order: WooCommerce 10.1 and newer, where the shop has switched the feature on."""

from typing import Any

from sandbox.php import to_int
from sandbox.woocommerce.errors import RestError
from sandbox.woocommerce.listing import Call, Result
from sandbox.woocommerce.order_write import add_note
from sandbox.woocommerce.orders import find_order
from sandbox.woocommerce.rows import Json, Order
from sandbox.woocommerce.validate import META, B, S, Schema

FULFILLMENT_BODY: Schema = {
    "status": S,
    "is_fulfilled": B,
    "meta_data": META,
    "notify_customer": B,
}


def _meta(row: Json, key: str) -> Any:
    return next((meta["value"] for meta in row["meta_data"] if meta["key"] == key), None)


def fulfillment_json(order: Order, row: Json) -> Json:
    return {"id": row["id"], "entity_type": "WC_Order", "entity_id": str(order.id), **_shown(row)}


def _shown(row: Json) -> Json:
    return {
        "status": row["status"],
        "is_fulfilled": row["is_fulfilled"],
        "date_updated": row["date_updated"],
        "date_deleted": None,
        "meta_data": row["meta_data"],
    }


def list_fulfillments(call: Call) -> Result:
    order = find_order(call, position=0)
    return Result({"fulfillments": [fulfillment_json(order, row) for row in order.fulfillments]})


def create_fulfillment(call: Call) -> Result:
    """Items must belong to the order and not be fulfilled already; a fulfillment without items is refused."""
    store = call.store
    order = find_order(call, position=0)
    row: Json = {"id": store.next_id("fulfillment"), "meta_data": []}
    _write(call, order, row)
    order.fulfillments.append(row)
    order.modified = store.clock.now()
    call.emit("order.updated", order.id)
    if call.flag("notify_customer"):
        number = _meta(row, "_tracking_number") or ""
        add_note(store, order, f"Fulfillment e-mail sent {number}".strip())
    return Result({"fulfillment": fulfillment_json(order, row)}, 201)


def _write(call: Call, order: Order, row: Json) -> None:
    given = call.params.get("meta_data") or row["meta_data"]
    meta = [
        {"id": index, "key": str(m.get("key")), "value": m.get("value")} for index, m in enumerate(given, 1)
    ]
    items = next((m["value"] for m in meta if m["key"] == "_items"), None)
    if not isinstance(items, list) or not items:
        raise RestError(
            "woocommerce_rest_fulfillment_error", "The fulfillment should contain at least one item.", 400
        )
    others = [other for other in order.fulfillments if other is not row]
    for item in items:
        _check_item(order, others, to_int(item.get("item_id")), to_int(item.get("qty")))
    row["meta_data"] = meta
    row["status"] = call.text("status") or "unfulfilled"
    row["is_fulfilled"] = row["status"] == "fulfilled" or call.flag("is_fulfilled")
    row["date_updated"] = call.store.clock.gmt(call.store.clock.now())


def _check_item(order: Order, others: list[Json], item_id: int, quantity: int) -> None:
    line = next((line for line in order.lines if line.id == item_id), None)
    gone = sum(
        to_int(item.get("qty"))
        for other in others
        for item in _meta(other, "_items") or []
        if to_int(item.get("item_id")) == item_id
    )
    if line is None or quantity < 1 or gone + quantity > line.quantity:
        raise RestError("woocommerce_rest_fulfillment_error", f"Invalid item in fulfillment: {item_id}.", 400)


def _find(call: Call) -> tuple[Order, Json]:
    order = find_order(call, position=0)
    row = next((row for row in order.fulfillments if row["id"] == call.id()), None)
    if row is None:
        raise RestError("woocommerce_rest_fulfillment_invalid_id", "Fulfillment not found.", 404)
    return order, row


def get_fulfillment(call: Call) -> Result:
    order, row = _find(call)
    return Result({"fulfillment": fulfillment_json(order, row)})


def update_fulfillment(call: Call) -> Result:
    order, row = _find(call)
    _write(call, order, row)
    return Result({"fulfillment": fulfillment_json(order, row)})


def delete_fulfillment(call: Call) -> Result:
    order, row = _find(call)
    order.fulfillments.remove(row)
    return Result({"message": "Fulfillment deleted successfully."})
