"""Returns: units that come back, the warehouse's view of them, and the refund that may follow."""

from typing import TYPE_CHECKING

from sandbox.shopify.calls import Row, refuse
from sandbox.shopify.state import Store
from sandbox.shopify.stock import take_back

if TYPE_CHECKING:
    from sandbox.shopify.app import ShopifyApp


def returnable(store: Store, row: Row) -> int:
    """Units of a fulfilment line that are in no living return."""
    taken = sum(
        line["quantity"]
        for line in store.tables["ReturnLineItem"].values()
        if line["_fulfillment_line"] == row["id"] and not line["_void"]
    )
    return int(row["quantity"] - taken)


def make_return(app: "ShopifyApp", order: Row, lines: list[Row], *, status: str = "OPEN") -> Row:
    """lines: `{"fulfillment_line", "quantity", "reason", "note", "customer_note"}`."""
    store = app.store
    for index, given in enumerate(lines):
        if given["quantity"] < 1 or given["quantity"] > returnable(store, given["fulfillment_line"]):
            raise refuse(
                ["returnLineItems", str(index), "quantity"],
                "Return line item has an invalid quantity.",
                "INVALID",
            )
    row = store.add(
        "Return",
        name=f"{order['name']}-R{len(order['_returns']) + 1}",
        status=status,
        closedAt=None,
        requestApprovedAt=None if status == "REQUESTED" else store.now(),
        decline=None,
        totalQuantity=sum(given["quantity"] for given in lines),
        _order=order["id"],
        _lines=[],
        _refunds=[],
        _reverse=[],
    )
    for given in lines:
        made = store.add(
            "ReturnLineItem",
            quantity=given["quantity"],
            processedQuantity=0,
            refundedQuantity=0,
            customerNote=given.get("customer_note"),
            returnReasonNote=given.get("note") or "",
            returnReason="OTHER",
            _reason=given.get("reason"),
            _fulfillment_line=given["fulfillment_line"]["id"],
            _return=row["id"],
            _void=False,
        )
        row["_lines"].append(made["id"])
    order["_returns"].append(row["id"])
    if status == "OPEN":
        open_reverse(store, row)
    store.touch(order)
    app.emit("returns/request" if status == "REQUESTED" else "returns/approve", row)
    app.emit("orders/updated", order)
    return row


def open_reverse(store: Store, row: Row) -> None:
    """What the warehouse is to receive."""
    head = store.add(
        "ReverseFulfillmentOrder", status="OPEN", _order=row["_order"], _return=row["id"], _lines=[]
    )
    for gid in row["_lines"]:
        line = store.tables["ReturnLineItem"][gid]
        part = store.add(
            "ReverseFulfillmentOrderLineItem",
            totalQuantity=line["quantity"],
            _return_line=gid,
            _fulfillment_line=line["_fulfillment_line"],
            _dispositions=[],
        )
        head["_lines"].append(part["id"])
    row["_reverse"].append(head["id"])


def dispose(
    app: "ShopifyApp", part: Row, quantity: int, kind: str, place: str | None, path: list[str]
) -> None:
    """The goods are here: on the shelf again, or not."""
    store = app.store
    done = sum(d["quantity"] for d in part["_dispositions"])
    if quantity < 1 or done + quantity > part["totalQuantity"]:
        raise refuse(
            [*path, "quantity"], "Quantity exceeds the number that is left to be disposed.", "INVALID"
        )
    if kind == "RESTOCKED" and store.find(place, "Location") is None:
        raise refuse([*path, "locationId"], "A location is required to restock items.", "BLANK")
    part["_dispositions"].append(
        {
            "id": store.gid("ReverseFulfillmentOrderDisposition"),
            "type": kind,
            "quantity": quantity,
            "createdAt": store.now(),
            "_location": place,
        }
    )
    source = store.tables["FulfillmentLineItem"][part["_fulfillment_line"]]
    line = store.tables["LineItem"][source["_line"]]
    if kind == "RESTOCKED" and place:
        take_back(store, line, place, quantity)
        variant = store.find(line["_variant"])
        level = store.level(variant["_item"], place) if variant else None
        if level:
            app.emit("inventory_levels/update", level)


def close_return(app: "ShopifyApp", row: Row) -> None:
    store = app.store
    if row["status"] in ("CANCELED", "DECLINED", "REQUESTED"):
        raise refuse(["id"], "Return status is invalid.", "INVALID_STATE")
    row["status"] = "CLOSED"
    row["closedAt"] = store.now()
    for gid in row["_reverse"]:
        store.tables["ReverseFulfillmentOrder"][gid]["status"] = "CLOSED"
    store.touch(store.tables["Order"][row["_order"]])
    app.emit("returns/close", row)
    app.emit("orders/updated", store.tables["Order"][row["_order"]])
