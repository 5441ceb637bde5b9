"""Mutations of fulfilment orders and fulfilments."""

from sandbox.shopify import fulfil_rows, stock
from sandbox.shopify.calls import Call, Row, mutates, refuse
from sandbox.shopify.mutate_orders import order_changed


@mutates("fulfillmentCreate", scope="write_merchant_managed_fulfillment_orders")
def fulfill(call: Call, args: Row) -> Row:
    given = args["fulfillment"]
    path = ["fulfillment", "lineItemsByFulfillmentOrder"]
    work: list[tuple[Row, list[tuple[Row, int]]]] = []
    for row in given["lineItemsByFulfillmentOrder"]:
        head = call.store.find(row["fulfillmentOrderId"], "FulfillmentOrder")
        if head is None:
            raise refuse(["fulfillment"], "Fulfillment order does not exist.")
        if head["status"] not in ("OPEN", "IN_PROGRESS"):
            number = head["legacyResourceId"]
            raise refuse(
                ["fulfillment"],
                f"Fulfillment order {number} has an unfulfillable status= {head['status'].lower()}.",
            )
        work.append((head, _chosen(call, head, row.get("fulfillmentOrderLineItems"))))
    if not work:
        raise refuse(path, "Fulfillment orders must be specified.")
    if len({(h["_order"], h["_location"]) for h, _ in work}) > 1:
        raise refuse(["fulfillment"], "All fulfillment orders must belong to the same order and location.")
    made = fulfil_rows.make_fulfillment(
        call.app, work, given.get("trackingInfo"), notify=bool(given.get("notifyCustomer"))
    )
    return {"fulfillment": made}


def _chosen(call: Call, head: Row, rows: list[Row] | None) -> list[tuple[Row, int]]:
    """The lines of a fulfilment order to ship; none named is all that is left."""
    parts = fulfil_rows.parts_of(call.store, head)
    if not rows:
        return [(p, p["remainingQuantity"]) for p in parts if p["remainingQuantity"]]
    known = {p["id"]: p for p in parts}
    chosen = []
    for row in rows:
        part = known.get(row["id"])
        if part is None:
            raise refuse(["fulfillment"], "Fulfillment order line item does not exist.")
        if row["quantity"] < 1 or row["quantity"] > part["remainingQuantity"]:
            raise refuse(["fulfillment"], "Invalid fulfillment order line item quantity requested.")
        chosen.append((part, row["quantity"]))
    return chosen


def _fulfillment(call: Call, gid: str, path: list[str]) -> Row:
    found = call.store.find(gid, "Fulfillment")
    if found is None:
        raise refuse(path, "Fulfillment does not exist.")
    return found


@mutates("fulfillmentTrackingInfoUpdate", scope="write_merchant_managed_fulfillment_orders")
def update_tracking(call: Call, args: Row) -> Row:
    row = _fulfillment(call, args["fulfillmentId"], ["fulfillmentId"])
    if row["status"] == "CANCELLED":
        raise refuse(["fulfillmentId"], "The fulfillment is cancelled.")
    row["_tracking"] = fulfil_rows.tracking_rows(args["trackingInfoInput"])
    call.store.touch(row)
    order = call.store.tables["Order"][row["_order"]]
    if args.get("notifyCustomer"):
        call.store.mails.append({"to": order["email"], "about": f"tracking {row['name']}"})
    call.app.emit("fulfillments/update", row)
    order_changed(call, order)
    return {"fulfillment": row}


@mutates("fulfillmentCancel", scope="write_merchant_managed_fulfillment_orders")
def cancel_fulfillment(call: Call, args: Row) -> Row:
    row = _fulfillment(call, args["id"], ["id"])
    fulfil_rows.cancel_fulfillment(call.app, row)
    return {"fulfillment": row}


@mutates("fulfillmentEventCreate", scope="write_fulfillments")
def fulfillment_event(call: Call, args: Row) -> Row:
    given = args["fulfillmentEvent"]
    row = _fulfillment(call, given["fulfillmentId"], ["fulfillmentEvent", "fulfillmentId"])
    event = {
        "id": call.store.gid("FulfillmentEvent"),
        "status": given["status"],
        "message": given.get("message"),
        "happenedAt": given.get("happenedAt") or call.now(),
        "createdAt": call.now(),
        **{k: given.get(k) for k in ("city", "country", "province", "zip", "estimatedDeliveryAt")},
    }
    row["_events"].append(event)
    row["displayStatus"] = fulfil_rows.STEPS.get(given["status"], row["displayStatus"])
    if given["status"] == "IN_TRANSIT":
        row["inTransitAt"] = event["happenedAt"]
    if given["status"] == "DELIVERED":
        row["deliveredAt"] = event["happenedAt"]
    call.store.touch(row)
    call.app.emit("fulfillment_events/create", {"id": event["id"]})
    call.app.emit("fulfillments/update", row)
    return {"fulfillmentEvent": event}


def _head(call: Call, gid: str) -> Row:
    found = call.store.find(gid, "FulfillmentOrder")
    if found is None:
        raise refuse(["id"], "Fulfillment order does not exist.", "FULFILLMENT_ORDER_NOT_FOUND")
    return found


@mutates("fulfillmentOrderHold", scope="write_merchant_managed_fulfillment_orders")
def hold(call: Call, args: Row) -> Row:
    head, given = _head(call, args["id"]), args["fulfillmentHold"]
    if head["status"] in ("CLOSED", "CANCELLED"):
        raise refuse(["id"], "Fulfillment order cannot be put on hold.", "TAKEN")
    row = {
        "id": call.store.gid("FulfillmentHold"),
        "reason": given["reason"],
        "reasonNotes": given.get("reasonNotes"),
        "displayReason": given["reason"].replace("_", " ").capitalize(),
        "handle": given.get("handle"),
        "heldByRequestingApp": True,
    }
    head["_holds"].append(row)
    head["status"] = "ON_HOLD"
    call.store.touch(head)
    call.app.emit("fulfillment_orders/placed_on_hold", head)
    return {"fulfillmentHold": row, "fulfillmentOrder": head}


@mutates("fulfillmentOrderReleaseHold", scope="write_merchant_managed_fulfillment_orders")
def release(call: Call, args: Row) -> Row:
    head = _head(call, args["id"])
    wanted = set(args.get("holdIds") or [h["id"] for h in head["_holds"]])
    head["_holds"] = [h for h in head["_holds"] if h["id"] not in wanted]
    if not head["_holds"] and head["status"] == "ON_HOLD":
        head["status"] = "OPEN"
    call.store.touch(head)
    return {"fulfillmentOrder": head}


@mutates("fulfillmentOrderMove", scope="write_merchant_managed_fulfillment_orders")
def move(call: Call, args: Row) -> Row:
    head = _head(call, args["id"])
    place = call.store.find(args["newLocationId"], "Location")
    if place is None or not place["isActive"]:
        raise refuse(["newLocationId"], "Location not found.", "LOCATION_NOT_FOUND")
    if head["status"] not in ("OPEN", "ON_HOLD"):
        raise refuse(["id"], "Fulfillment order cannot be moved.", "FULFILLMENT_ORDER_INVALID_STATE")
    old = head["_location"]
    for part in fulfil_rows.parts_of(call.store, head):
        line = call.store.tables["LineItem"][part["_line"]]
        held = min(line["_committed"].get(old, 0), part["remainingQuantity"])
        if held:
            for item, each in stock.parts_of(call.store, line):
                stock.move(call.store, item, old, "committed", "available", each * held)
                stock.move(call.store, item, place["id"], "available", "committed", each * held)
            line["_committed"][old] -= held
            line["_committed"][place["id"]] = line["_committed"].get(place["id"], 0) + held
    head["_location"] = place["id"]
    call.store.touch(head)
    return {"movedFulfillmentOrder": head, "originalFulfillmentOrder": head}


def _state(status: str, allowed: tuple[str, ...], word: str):  # type: ignore[no-untyped-def]
    def run(call: Call, args: Row) -> Row:
        head = _head(call, args["id"])
        if head["status"] not in allowed:
            raise refuse(["id"], f"Fulfillment order cannot be {word}.")
        head["status"] = status
        call.store.touch(head)
        return {"fulfillmentOrder": head}

    return run


for _name, _status, _allowed, _word in (
    ("fulfillmentOrderCancel", "CANCELLED", ("OPEN", "ON_HOLD", "SCHEDULED"), "cancelled"),
    ("fulfillmentOrderClose", "CLOSED", ("IN_PROGRESS",), "closed"),
    ("fulfillmentOrderOpen", "OPEN", ("SCHEDULED", "IN_PROGRESS"), "opened"),
):
    mutates(_name, scope="write_merchant_managed_fulfillment_orders")(_state(_status, _allowed, _word))
