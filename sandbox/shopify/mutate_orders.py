"""Mutations of orders: notes, payment, cancellation, edits, fulfilment."""

from sandbox.shopify import edit_rows, fulfil_rows
from sandbox.shopify.calls import Call, Row, mutates, refuse, resolves
from sandbox.shopify.checkout import add_transaction, address_row
from sandbox.shopify.connections import connection
from sandbox.shopify.fields_shop import new_job, visible_order
from sandbox.shopify.figures import Figures, capturable_of, lines_of, till_of, transactions_of
from sandbox.shopify.money import decimal_of
from sandbox.shopify.mutate_texts import write_metafields


def _order(
    call: Call, gid: str, path: list[str], code: str | None = None, text: str = "Order does not exist"
) -> Row:
    found = visible_order(call, gid)
    if found is None:
        raise refuse(path, text, code)
    return found


def _changed(call: Call, order: Row) -> None:
    call.store.touch(order)
    call.app.emit("orders/updated", order)


@mutates("orderUpdate", scope="write_orders")
def update(call: Call, args: Row) -> Row:
    """Note, tags and attributes are overwritten by what is sent."""
    given = args["input"]
    order = _order(call, given["id"], ["id"])
    for name in ("note", "email", "phone", "poNumber"):
        if name in given:
            order[name] = given[name]
    if given.get("tags") is not None:
        order["tags"] = sorted(dict.fromkeys(given["tags"]), key=str.lower)
    if given.get("customAttributes") is not None:
        order["customAttributes"] = [
            {"key": a["key"], "value": a["value"]} for a in given["customAttributes"]
        ]
    if given.get("shippingAddress") is not None:
        order["_shipping"] = address_row(call.store, given["shippingAddress"])
    write_metafields(call, order["id"], "ORDER", given.get("metafields") or [], ["metafields"])
    _changed(call, order)
    return {"order": order}


@mutates("orderClose", scope="write_orders")
def close(call: Call, args: Row) -> Row:
    order = _order(call, args["input"]["id"], ["id"])
    order["closedAt"] = order["closedAt"] or call.now()
    _changed(call, order)
    return {"order": order}


@mutates("orderOpen", scope="write_orders")
def reopen(call: Call, args: Row) -> Row:
    order = _order(call, args["input"]["id"], ["id"])
    if order["cancelledAt"]:
        raise refuse(["id"], "Order cannot be opened, because it was cancelled.")
    order["closedAt"] = None
    _changed(call, order)
    return {"order": order}


@mutates("orderCancel", scope="write_orders", errors="orderCancelUserErrors")
def cancel(call: Call, args: Row) -> Row:
    order = _order(call, args["orderId"], ["orderId"], "NOT_FOUND")
    method = args.get("refundMethod") or {}
    edit_rows.cancel_order(
        call.app,
        order,
        reason=args["reason"],
        restock=args["restock"],
        refund=bool(args.get("refund") or method.get("originalPaymentMethodsRefund")),
        note=args.get("staffNote"),
    )
    if args.get("notifyCustomer"):
        call.store.mails.append({"to": order["email"], "about": f"cancelled {order['name']}"})
    return {"job": new_job(call), "userErrors": []}


@mutates("orderMarkAsPaid", scope="write_orders")
def mark_as_paid(call: Call, args: Row) -> Row:
    order = _order(call, args["input"]["id"], ["id"])
    figures = Figures(call.store, order)
    open_amount = figures.outstanding()
    if order["cancelledAt"] or open_amount <= 0 or figures.capturable():
        raise refuse(["id"], "Order cannot be marked as paid.")
    gateway = order["_gateways"][-1] if order["_gateways"] else "manual"
    for row in transactions_of(call.store, order):
        if row["status"] == "PENDING":
            row["status"] = "SUCCESS" if row["_amount"] == open_amount else row["status"]
    if Figures(call.store, order).outstanding() > 0:
        made = add_transaction(call.store, order, "SALE", open_amount, gateway)
        call.app.emit("order_transactions/create", made)
    if gateway not in order["_gateways"]:
        order["_gateways"].append(gateway)
    call.app.emit("orders/paid", order)
    _changed(call, order)
    return {"order": order}


@mutates("orderCreateManualPayment", scope="write_orders")
def manual_payment(call: Call, args: Row) -> Row:
    order = _order(call, args["id"], ["id"], "ORDER_NOT_FOUND")
    open_amount = Figures(call.store, order).outstanding()
    given = args.get("amount")
    amount = decimal_of(given["amount"]) if given else open_amount
    if amount <= 0 or amount > open_amount:
        raise refuse(
            ["amount"], "Amount exceeds the outstanding balance of the order.", "AMOUNT_EXCEEDS_BALANCE"
        )
    gateway = args.get("paymentMethodName") or "manual"
    made = add_transaction(call.store, order, "SALE", amount, gateway)
    if gateway not in order["_gateways"]:
        order["_gateways"].append(gateway)
    call.app.emit("order_transactions/create", made)
    if Figures(call.store, order).outstanding() <= 0:
        call.app.emit("orders/paid", order)
    _changed(call, order)
    return {"order": order}


@mutates("orderCapture", scope="write_orders")
def capture(call: Call, args: Row) -> Row:
    given = args["input"]
    order = _order(call, given["id"], ["id"])
    rows = transactions_of(call.store, order)
    parent = next((r for r in rows if r["id"] == given["parentTransactionId"]), None)
    if parent is None or parent["kind"] != "AUTHORIZATION":
        raise refuse(["parentTransactionId"], "Transaction does not exist")
    amount = decimal_of(given["amount"])
    left = capturable_of(rows, parent)
    if amount <= 0 or amount > left:
        raise refuse(["amount"], f"Cannot capture more than the authorized amount {left:.2f}")
    made = add_transaction(
        call.store,
        order,
        "CAPTURE",
        amount,
        parent["gateway"],
        _parent=parent["id"],
        _final=bool(given.get("finalCapture")) or amount == left,
    )
    call.app.emit("order_transactions/create", made)
    if Figures(call.store, order).financial_status() == "PAID":
        call.app.emit("orders/paid", order)
    _changed(call, order)
    return {"transaction": made}


@mutates("transactionVoid", scope="write_orders")
def void(call: Call, args: Row) -> Row:
    parent = call.store.find(args["parentTransactionId"], "OrderTransaction")
    if parent is None:
        raise refuse(["parentTransactionId"], "Transaction does not exist", "TRANSACTION_NOT_FOUND")
    order = call.store.tables["Order"][parent["_order"]]
    rows = transactions_of(call.store, order)
    if parent["kind"] != "AUTHORIZATION" or not capturable_of(rows, parent):
        raise refuse(
            ["parentTransactionId"], "Only authorization transactions can be voided", "AUTH_NOT_VOIDABLE"
        )
    made = edit_rows.void(call.app, order)
    _changed(call, order)
    return {"transaction": made}


@mutates("orderInvoiceSend", scope="write_orders")
def send_invoice(call: Call, args: Row) -> Row:
    """The shop's own payment invoice by e-mail; no file of ours goes with it."""
    order = _order(call, args["id"], ["id"], "ORDER_INVOICE_SEND_UNSUCCESSFUL")
    to = (args.get("email") or {}).get("to") or order["email"]
    if not to:
        raise refuse(["email", "to"], "To can't be blank", "ORDER_INVOICE_SEND_UNSUCCESSFUL")
    call.store.mails.append({"to": to, "about": f"invoice {order['name']}"})
    return {"order": order}


# Edits: a session on a calculated order, which nothing sees until it is committed.


def _session(call: Call, gid: str) -> Row:
    found = call.store.find(gid, "CalculatedOrder")
    if found is None or found["_done"]:
        raise refuse(["id"], "The calculated order does not exist.")
    return found


@mutates("orderEditBegin", scope="write_order_edits")
def edit_begin(call: Call, args: Row) -> Row:
    order = _order(call, args["id"], ["id"])
    if order["cancelledAt"]:
        raise refuse(["id"], "The order cannot be edited.")
    row = call.store.add("CalculatedOrder", _order=order["id"], _set={}, _add=[], _done=False)
    return {"calculatedOrder": row}


@resolves("CalculatedOrder.originalOrder")
def original_order(call: Call, row: Row, args: Row) -> Row:
    return call.store.tables["Order"][row["_order"]]


def _calculated_line(call: Call, session: Row, line: Row) -> Row:
    gid = line["id"].replace("LineItem", "CalculatedLineItem")
    quantity = session["_set"].get(line["id"], line["currentQuantity"])
    return {
        "id": gid,
        "sku": line["sku"],
        "title": line["title"],
        "quantity": quantity,
        "variant": call.store.find(line["_variant"]),
    }


@resolves("CalculatedOrder.lineItems")
def calculated_lines(call: Call, row: Row, args: Row) -> Row:
    order = call.store.tables["Order"][row["_order"]]
    rows = [_calculated_line(call, row, line) for line in lines_of(call.store, order) if not line["_tip"]]
    return connection(rows, args)


@resolves("CalculatedOrder.addedLineItems")
def added_lines(call: Call, row: Row, args: Row) -> Row:
    return connection([_added(call, a) for a in row["_add"]], args)


def _added(call: Call, row: Row) -> Row:
    variant = call.store.tables["ProductVariant"][row["variant"]]
    title = call.store.tables["Product"][variant["_product"]]["title"]
    return {
        "id": row["id"],
        "sku": variant["sku"],
        "title": title,
        "quantity": row["quantity"],
        "variant": variant,
    }


@resolves("CalculatedOrder.totalPriceSet", "CalculatedOrder.subtotalPriceSet")
def calculated_total(call: Call, row: Row, args: Row) -> Row:
    order = call.store.tables["Order"][row["_order"]]
    return till_of(call.store, order).bag(Figures(call.store, order).current_total())


@mutates("orderEditSetQuantity", scope="write_order_edits")
def edit_quantity(call: Call, args: Row) -> Row:
    session = _session(call, args["id"])
    gid = args["lineItemId"].replace("CalculatedLineItem", "LineItem")
    order = call.store.tables["Order"][session["_order"]]
    line = next((r for r in lines_of(call.store, order) if r["id"] == gid), None)
    if line is None:
        raise refuse(["lineItemId"], "The line item does not exist.")
    if args["quantity"] < line["_fulfilled"] - line["_returned"]:
        raise refuse(["quantity"], "Quantity can't be lower than the fulfilled quantity.")
    session["_set"][gid] = args["quantity"]
    session.setdefault("_restock", {})[gid] = bool(args.get("restock"))
    return {"calculatedOrder": session, "calculatedLineItem": _calculated_line(call, session, line)}


@mutates("orderEditAddVariant", scope="write_order_edits")
def edit_add(call: Call, args: Row) -> Row:
    session = _session(call, args["id"])
    if call.store.find(args["variantId"], "ProductVariant") is None:
        raise refuse(["variantId"], "The variant does not exist.")
    row = {
        "id": call.store.gid("CalculatedLineItem"),
        "variant": args["variantId"],
        "quantity": args["quantity"],
    }
    session["_add"].append(row)
    return {"calculatedOrder": session, "calculatedLineItem": _added(call, row)}


@mutates("orderEditCommit", scope="write_order_edits")
def edit_commit(call: Call, args: Row) -> Row:
    session = _session(call, args["id"])
    session["_done"] = True
    order = call.store.tables["Order"][session["_order"]]
    additions: list[tuple[str, int]] = []
    removals: list[tuple[str, int]] = []
    for gid, quantity in session["_set"].items():
        line = call.store.tables["LineItem"][gid]
        restock = session.get("_restock", {}).get(gid, False)
        change = edit_rows.set_line_quantity(call.app, order, line, quantity, restock=restock)
        if change:
            (additions if change > 0 else removals).append((gid, abs(change)))
    for row in session["_add"]:
        line = edit_rows.add_line(call.app, order, row)
        additions.append((line["id"], line["quantity"]))
    edit_rows.commit_edit(call.app, order, additions, removals)
    return {"order": order, "successMessages": ["Order updated"]}


# Fulfilment.


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
    _changed(call, order)
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
            from sandbox.shopify.stock import move as shift
            from sandbox.shopify.stock import parts_of

            for item, each in parts_of(call.store, line):
                shift(call.store, item, old, "committed", "available", each * held)
                shift(call.store, item, place["id"], "available", "committed", each * held)
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


@mutates("appUninstall", scope="")
def uninstall(call: Call, args: Row) -> Row:
    from sandbox.shopify import oauth

    call.app.emit("app/uninstalled", {"id": "gid://shopify/Shop/1"})
    oauth.uninstall(call.app)
    return {"app": {"id": "gid://shopify/App/1", "title": "Connector", "apiKey": call.options.client_id}}
