"""Mutations of refunds and returns."""

from decimal import Decimal

from sandbox.shopify import refund_rows, return_rows
from sandbox.shopify.calls import Call, Row, mutates, refuse
from sandbox.shopify.fields_shop import visible_order
from sandbox.shopify.idempotency import once
from sandbox.shopify.money import decimal_of


@mutates("refundCreate", scope="write_orders")
def refund_create(call: Call, args: Row) -> Row:
    return once(call, "refundCreate", args, lambda: _refund(call, args["input"]))


def _refund(call: Call, given: Row) -> Row:
    order = visible_order(call, given["orderId"])
    if order is None:
        raise refuse(["orderId"], "Order does not exist")
    if given.get("currency") and given["currency"] not in (order["_currency"], order["_presentment"]):
        raise refuse(["currency"], "Currency does not match the order's currency")
    lines = [_line(call, order, row, index) for index, row in enumerate(given.get("refundLineItems") or [])]
    money = [_money(call, order, row, index) for index, row in enumerate(given.get("transactions") or [])]
    made = refund_rows.make_refund(
        call.app,
        order,
        lines=lines,
        shipping=_shipping(call, order, given.get("shipping")),
        money=money or None,
        duties=_duties(order, call, given.get("refundDuties") or []),
        note=given.get("note"),
        over=bool(given.get("allowOverRefunding")),
    )
    if given.get("notify"):
        call.store.mails.append({"to": order["email"], "about": f"refund {order['name']}"})
    return {"refund": made, "order": order}


def _line(call: Call, order: Row, row: Row, index: int) -> Row:
    path = ["refundLineItems", str(index)]
    if row["lineItemId"] not in order["_lines"]:
        raise refuse([*path, "lineItemId"], "Line item does not exist")
    kind = row.get("restockType") or "NO_RESTOCK"
    if kind == "LEGACY_RESTOCK":
        raise refuse([*path, "restockType"], "Restock type legacy_restock is read only")
    if row.get("locationId") and call.store.find(row["locationId"], "Location") is None:
        raise refuse([*path, "locationId"], "Location does not exist")
    if row["quantity"] < 1:
        raise refuse([*path, "quantity"], "Quantity must be greater than 0")
    return {
        "line": call.store.tables["LineItem"][row["lineItemId"]],
        "quantity": row["quantity"],
        "restock": kind,
        "location": row.get("locationId"),
    }


def _money(call: Call, order: Row, row: Row, index: int) -> Row:
    path = ["transactions", str(index)]
    if row["kind"] != "REFUND":
        raise refuse([*path, "kind"], "Only refund transactions can be created")
    parent = call.store.find(row.get("parentId"), "OrderTransaction")
    if parent is None or parent["_order"] != order["id"]:
        raise refuse(["transactions"], "Transactions require a parent_id associated with the order")
    amount = decimal_of(row["amount"])
    if amount <= 0:
        raise refuse([*path, "amount"], "Amount must be greater than 0")
    return {"amount": amount, "gateway": row["gateway"], "parent": parent["id"]}


def _shipping(call: Call, order: Row, given: Row | None) -> list[tuple[Row, Decimal, Decimal]]:
    if not given:
        return []
    if given.get("fullRefund"):
        return refund_rows.shipping_refund(call.store, order, None)
    amount = decimal_of(given.get("amount") or 0)
    return refund_rows.shipping_refund(call.store, order, amount) if amount else []


def _duties(order: Row, call: Call, rows: list[Row]) -> list[Row]:
    wanted = {r["dutyId"] for r in rows}
    lines = (call.store.tables["LineItem"][gid] for gid in order["_lines"])
    return [d for line in lines for d in line["_duties"] if d["id"] in wanted]


# Returns.


def _return(call: Call, gid: str, path: list[str]) -> Row:
    found = call.store.find(gid, "Return")
    if found is None:
        raise refuse(path, "Return does not exist.", "NOT_FOUND")
    return found


def _shipped(call: Call, order: Row, rows: list[Row]) -> list[Row]:
    shown = []
    for index, row in enumerate(rows):
        path = ["returnLineItems", str(index)]
        source = call.store.find(row["fulfillmentLineItemId"], "FulfillmentLineItem")
        owner = call.store.find(source["_fulfillment"]) if source else None
        if source is None or owner is None or owner["_order"] != order["id"]:
            raise refuse(
                [*path, "fulfillmentLineItemId"], "Fulfillment line item does not exist.", "NOT_FOUND"
            )
        shown.append(
            {
                "fulfillment_line": source,
                "quantity": row["quantity"],
                "reason": row.get("returnReasonDefinitionId"),
                "note": row.get("returnReasonNote"),
                "customer_note": row.get("customerNote"),
            }
        )
    return shown


def _open(call: Call, given: Row, status: str) -> Row:
    order = visible_order(call, given["orderId"])
    if order is None:
        raise refuse(["orderId"], "Order does not exist.", "NOT_FOUND")
    rows = _shipped(call, order, given["returnLineItems"])
    return return_rows.make_return(call.app, order, rows, status=status)


@mutates("returnCreate", scope="write_returns")
def create(call: Call, args: Row) -> Row:
    return {"return": _open(call, args["returnInput"], "OPEN")}


@mutates("returnRequest", scope="write_returns")
def request(call: Call, args: Row) -> Row:
    return {"return": _open(call, args["input"], "REQUESTED")}


def _requested(call: Call, given: Row) -> Row:
    row = _return(call, given["id"], ["input", "id"])
    if row["status"] != "REQUESTED":
        raise refuse(
            ["input", "id"],
            "Return is not approvable. Only returns with status REQUESTED can be approved.",
            "INVALID_STATE",
        )
    return row


@mutates("returnApproveRequest", scope="write_returns")
def approve(call: Call, args: Row) -> Row:
    row = _requested(call, args["input"])
    row["status"] = "OPEN"
    row["requestApprovedAt"] = call.now()
    return_rows.open_reverse(call.store, row)
    _changed(call, row, "returns/approve")
    return {"return": row}


def _changed(call: Call, row: Row, topic: str) -> None:
    order = call.store.tables["Order"][row["_order"]]
    call.store.touch(order)
    call.app.emit(topic, row)
    call.app.emit("orders/updated", order)


@mutates("returnDeclineRequest", scope="write_returns")
def decline(call: Call, args: Row) -> Row:
    row = _requested(call, args["input"])
    row["status"] = "DECLINED"
    row["decline"] = {"reason": args["input"]["declineReason"], "note": args["input"].get("declineNote")}
    _free(call, row)
    _changed(call, row, "returns/decline")
    return {"return": row}


def _free(call: Call, row: Row) -> None:
    for gid in row["_lines"]:
        call.store.tables["ReturnLineItem"][gid]["_void"] = True


@mutates("returnCancel", scope="write_returns")
def cancel(call: Call, args: Row) -> Row:
    row = _return(call, args["id"], ["id"])
    lines = [call.store.tables["ReturnLineItem"][gid] for gid in row["_lines"]]
    if row["status"] not in ("OPEN", "REQUESTED") or any(line["refundedQuantity"] for line in lines):
        raise refuse(["id"], "Return cannot be canceled.", "INVALID_STATE")
    row["status"] = "CANCELED"
    _free(call, row)
    _changed(call, row, "returns/cancel")
    return {"return": row}


@mutates("returnClose", scope="write_returns")
def close(call: Call, args: Row) -> Row:
    row = _return(call, args["id"], ["id"])
    return_rows.close_return(call.app, row)
    return {"return": row}


@mutates("returnReopen", scope="write_returns")
def reopen(call: Call, args: Row) -> Row:
    row = _return(call, args["id"], ["id"])
    if row["status"] != "CLOSED":
        raise refuse(["id"], "Return status is invalid.", "INVALID_STATE")
    row["status"], row["closedAt"] = "OPEN", None
    _changed(call, row, "returns/reopen")
    return {"return": row}


@mutates("reverseFulfillmentOrderDispose", scope="write_returns")
def dispose(call: Call, args: Row) -> Row:
    parts = []
    for index, row in enumerate(args["dispositionInputs"]):
        part = call.store.find(row["reverseFulfillmentOrderLineItemId"], "ReverseFulfillmentOrderLineItem")
        path = ["dispositionInputs", str(index)]
        if part is None:
            raise refuse(
                [*path, "reverseFulfillmentOrderLineItemId"],
                "Reverse fulfillment order line item does not exist.",
                "NOT_FOUND",
            )
        return_rows.dispose(
            call.app, part, row["quantity"], row["dispositionType"], row.get("locationId"), path
        )
        parts.append(part)
    return {"reverseFulfillmentOrderLineItems": parts}


@mutates("returnProcess", scope="write_returns")
def process(call: Call, args: Row) -> Row:
    """Goods are received, disposed of and, if asked for, paid back: the return closes when nothing is left."""
    given = args["input"]
    row = _return(call, given["returnId"], ["input", "returnId"])
    if row["status"] != "OPEN":
        raise refuse(["input", "returnId"], "Return status is invalid.", "INVALID_STATE")
    work = _to_process(call, row, given.get("returnLineItems") or [])
    for index, (_, entry) in enumerate(work):
        for at, disposition in enumerate(entry.get("dispositions") or []):
            path = ["input", "returnLineItems", str(index), "dispositions", str(at)]
            part = call.store.find(
                disposition["reverseFulfillmentOrderLineItemId"], "ReverseFulfillmentOrderLineItem"
            )
            if part is None:
                raise refuse(path, "Reverse fulfillment order line item does not exist.", "NOT_FOUND")
            return_rows.dispose(
                call.app,
                part,
                disposition["quantity"],
                disposition["dispositionType"],
                disposition.get("locationId"),
                path,
            )
    counts = [(line, entry["quantity"]) for line, entry in work]
    transfer = (given.get("financialTransfer") or {}).get("issueRefund")
    _give_back(call, row, counts, transfer, given.get("refundShipping"), given.get("note"))
    for line, quantity in counts:
        line["processedQuantity"] += quantity
    lines = [call.store.tables["ReturnLineItem"][gid] for gid in row["_lines"]]
    if all(line["processedQuantity"] >= line["quantity"] for line in lines):
        return_rows.close_return(call.app, row)
    return {"return": row}


def _to_process(call: Call, row: Row, entries: list[Row]) -> list[tuple[Row, Row]]:
    work = []
    for index, entry in enumerate(entries):
        line = call.store.find(entry["id"], "ReturnLineItem")
        path = ["input", "returnLineItems", str(index)]
        if line is None or line["_return"] != row["id"]:
            raise refuse([*path, "id"], "Return line item does not exist.", "NOT_FOUND")
        if entry["quantity"] < 1 or entry["quantity"] > line["quantity"] - line["processedQuantity"]:
            raise refuse([*path, "quantity"], "Quantity exceeds the number that can be processed.", "INVALID")
        work.append((line, entry))
    return work


def _give_back(
    call: Call,
    row: Row,
    counts: list[tuple[Row, int]],
    transfer: Row | None,
    shipping: Row | None,
    note: str | None,
) -> Row:
    """The refund of returned units: they leave the order with it, whether money moves or not."""
    order = call.store.tables["Order"][row["_order"]]
    lines = []
    for line, quantity in counts:
        source = call.store.tables["FulfillmentLineItem"][line["_fulfillment_line"]]
        owner = call.store.tables["LineItem"][source["_line"]]
        lines.append({"line": owner, "quantity": quantity, "restock": "NO_RESTOCK", "location": None})
        line["refundedQuantity"] += quantity
    money = [
        {
            "amount": decimal_of(t["transactionAmount"]["amount"]),
            "gateway": (call.store.find(t["parentId"]) or {"gateway": "manual"})["gateway"],
            "parent": t["parentId"],
        }
        for t in (transfer or {}).get("orderTransactions") or []
    ]
    given: Row | None = None
    if shipping:
        amount = shipping.get("shippingRefundAmount")
        given = {"fullRefund": shipping.get("fullRefund"), "amount": amount["amount"] if amount else None}
    return refund_rows.make_refund(
        call.app,
        order,
        lines=lines,
        shipping=_shipping(call, order, given),
        money=money or None,
        note=note,
        return_row=row,
        over=bool((transfer or {}).get("allowOverRefunding")),
    )


@mutates("returnRefund", scope="write_returns")
def refund(call: Call, args: Row) -> Row:
    given = args["returnRefundInput"]
    row = _return(call, given["returnId"], ["returnId"])
    counts = []
    for index, entry in enumerate(given["returnRefundLineItems"]):
        line = call.store.find(entry["returnLineItemId"], "ReturnLineItem")
        if line is None or entry["quantity"] > line["quantity"] - line["refundedQuantity"]:
            raise refuse(
                ["returnRefundLineItems", str(index)], "Return line item has an invalid quantity.", "INVALID"
            )
        counts.append((line, entry["quantity"]))
    transfer = {"orderTransactions": given.get("orderTransactions") or []}
    return {"refund": _give_back(call, row, counts, transfer, given.get("refundShipping"), None)}
