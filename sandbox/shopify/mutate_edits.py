"""Order edits: a session on a calculated order, which nothing sees until it is committed."""

from sandbox.shopify import edit_rows
from sandbox.shopify.calls import Call, Row, mutates, refuse, resolves
from sandbox.shopify.connections import connection
from sandbox.shopify.figures import Figures, lines_of, till_of
from sandbox.shopify.mutate_orders import order_or_refuse


def _session(call: Call, gid: str) -> Row:
    found = call.store.find(gid, "CalculatedOrder")
    if found is None or found["_done"]:
        raise refuse(["id"], "The calculated order does not exist.")
    return found


@mutates("orderEditBegin", scope="write_order_edits")
def edit_begin(call: Call, args: Row) -> Row:
    order = order_or_refuse(call, args["id"], ["id"])
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
