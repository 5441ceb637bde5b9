"""Mutations of orders: notes, payment, cancellation, edits, fulfilment."""

from sandbox.shopify import edit_rows, oauth
from sandbox.shopify.buyers import address_row
from sandbox.shopify.calls import Call, Row, mutates, refuse
from sandbox.shopify.fields_shop import new_job, visible_order
from sandbox.shopify.figures import Figures, capturable_of, transactions_of
from sandbox.shopify.money import decimal_of
from sandbox.shopify.mutate_texts import write_metafields
from sandbox.shopify.payments import add_transaction


def order_or_refuse(
    call: Call, gid: str, path: list[str], code: str | None = None, text: str = "Order does not exist"
) -> Row:
    found = visible_order(call, gid)
    if found is None:
        raise refuse(path, text, code)
    return found


def order_changed(call: Call, order: Row) -> None:
    call.store.touch(order)
    call.app.emit("orders/updated", order)


@mutates("orderUpdate", scope="write_orders")
def update(call: Call, args: Row) -> Row:
    """Note, tags and attributes are overwritten by what is sent."""
    given = args["input"]
    order = order_or_refuse(call, given["id"], ["id"])
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
    order_changed(call, order)
    return {"order": order}


@mutates("orderClose", scope="write_orders")
def close(call: Call, args: Row) -> Row:
    order = order_or_refuse(call, args["input"]["id"], ["id"])
    order["closedAt"] = order["closedAt"] or call.now()
    order_changed(call, order)
    return {"order": order}


@mutates("orderOpen", scope="write_orders")
def reopen(call: Call, args: Row) -> Row:
    order = order_or_refuse(call, args["input"]["id"], ["id"])
    if order["cancelledAt"]:
        raise refuse(["id"], "Order cannot be opened, because it was cancelled.")
    order["closedAt"] = None
    order_changed(call, order)
    return {"order": order}


@mutates("orderCancel", scope="write_orders", errors="orderCancelUserErrors")
def cancel(call: Call, args: Row) -> Row:
    order = order_or_refuse(call, args["orderId"], ["orderId"], "NOT_FOUND")
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
    order = order_or_refuse(call, args["input"]["id"], ["id"])
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
    order_changed(call, order)
    return {"order": order}


@mutates("orderCreateManualPayment", scope="write_orders")
def manual_payment(call: Call, args: Row) -> Row:
    order = order_or_refuse(call, args["id"], ["id"], "ORDER_NOT_FOUND")
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
    order_changed(call, order)
    return {"order": order}


@mutates("orderCapture", scope="write_orders")
def capture(call: Call, args: Row) -> Row:
    given = args["input"]
    order = order_or_refuse(call, given["id"], ["id"])
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
    order_changed(call, order)
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
    order_changed(call, order)
    return {"transaction": made}


@mutates("orderInvoiceSend", scope="write_orders")
def send_invoice(call: Call, args: Row) -> Row:
    """The shop's own payment invoice by e-mail; no file of ours goes with it."""
    order = order_or_refuse(call, args["id"], ["id"], "ORDER_INVOICE_SEND_UNSUCCESSFUL")
    to = (args.get("email") or {}).get("to") or order["email"]
    if not to:
        raise refuse(["email", "to"], "To can't be blank", "ORDER_INVOICE_SEND_UNSUCCESSFUL")
    call.store.mails.append({"to": to, "about": f"invoice {order['name']}"})
    return {"order": order}


@mutates("appUninstall", scope="")
def uninstall(call: Call, args: Row) -> Row:
    call.app.emit("app/uninstalled", {"id": "gid://shopify/Shop/1"})
    oauth.uninstall(call.app)
    return {"app": {"id": "gid://shopify/App/1", "title": "Connector", "apiKey": call.options.client_id}}
