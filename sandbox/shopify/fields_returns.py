"""Fields of returns and of what the warehouse receives; what a refund would come to."""

from decimal import Decimal

from sandbox.shopify.calls import Call, Row, resolves
from sandbox.shopify.connections import connection
from sandbox.shopify.figures import (
    Figures,
    discounted,
    places_of,
    share,
    shipping_current,
    shipping_of,
    till_of,
)
from sandbox.shopify.money import ZERO, decimal_of
from sandbox.shopify.refund_rows import calculated, line_refund, refundable_payments, shipping_refund
from sandbox.shopify.return_rows import returnable
from sandbox.shopify.state import number_of


@resolves("Order.returns", scope="read_returns")
def order_returns(call: Call, row: Row, args: Row) -> Row:
    rows = [call.store.tables["Return"][gid] for gid in row["_returns"]]
    return connection(rows, args, key=lambda r: number_of(r["id"]))


@resolves("QueryRoot.return", scope="read_returns")
def return_row(call: Call, row: Row, args: Row) -> Row | None:
    return call.store.find(args["id"], "Return")


@resolves("QueryRoot.reverseFulfillmentOrder", scope="read_returns")
def reverse_order(call: Call, row: Row, args: Row) -> Row | None:
    return call.store.find(args["id"], "ReverseFulfillmentOrder")


@resolves("QueryRoot.returnReasonDefinitions", scope="read_returns")
def reasons(call: Call, row: Row, args: Row) -> Row:
    rows = call.store.rows("ReturnReasonDefinition")
    for name, field in (("ids", "id"), ("handles", "handle")):
        if args.get(name):
            rows = [r for r in rows if r[field] in args[name]]
    return connection(rows, args, key=lambda r: number_of(r["id"]))


@resolves("QueryRoot.returnableFulfillments", scope="read_returns")
def returnables(call: Call, row: Row, args: Row) -> Row:
    order = call.store.find(args["orderId"], "Order")
    rows = []
    for gid in order["_fulfillments"] if order else []:
        fulfillment = call.store.tables["Fulfillment"][gid]
        lines = [call.store.tables["FulfillmentLineItem"][x] for x in fulfillment["_lines"]]
        if fulfillment["status"] == "SUCCESS" and any(returnable(call.store, line) for line in lines):
            rows.append(
                {
                    "id": gid.replace("Fulfillment", "ReturnableFulfillment"),
                    "fulfillment": fulfillment,
                    "_lines": lines,
                }
            )
    return connection(rows, args)


@resolves("ReturnableFulfillment.returnableFulfillmentLineItems")
def returnable_lines(call: Call, row: Row, args: Row) -> Row:
    rows = [
        {"fulfillmentLineItem": line, "quantity": returnable(call.store, line)}
        for line in row["_lines"]
        if returnable(call.store, line)
    ]
    return connection(rows, args)


@resolves("Return.returnLineItems")
def return_lines(call: Call, row: Row, args: Row) -> Row:
    rows = [call.store.tables["ReturnLineItem"][gid] for gid in row["_lines"]]
    return connection(rows, args, key=lambda r: number_of(r["id"]))


@resolves("Return.refunds")
def return_refunds(call: Call, row: Row, args: Row) -> Row:
    return connection([call.store.tables["Refund"][gid] for gid in row["_refunds"]], args)


@resolves("Return.reverseFulfillmentOrders")
def reverse_orders(call: Call, row: Row, args: Row) -> Row:
    return connection([call.store.tables["ReverseFulfillmentOrder"][gid] for gid in row["_reverse"]], args)


@resolves("ReturnLineItem.fulfillmentLineItem", "ReverseFulfillmentOrderLineItem.fulfillmentLineItem")
def source_line(call: Call, row: Row, args: Row) -> Row:
    return call.store.tables["FulfillmentLineItem"][row["_fulfillment_line"]]


@resolves("ReturnLineItem.returnReasonDefinition")
def reason(call: Call, row: Row, args: Row) -> Row | None:
    return call.store.find(row["_reason"])


@resolves("ReturnLineItem.processableQuantity", "ReturnLineItem.unprocessedQuantity")
def processable(call: Call, row: Row, args: Row) -> int:
    return int(row["quantity"] - row["processedQuantity"])


@resolves("ReturnLineItem.refundableQuantity")
def refundable(call: Call, row: Row, args: Row) -> int:
    return int(row["quantity"] - row["refundedQuantity"])


@resolves("ReturnLineItem.withCodeDiscountedTotalPriceSet")
def return_worth(call: Call, row: Row, args: Row) -> Row:
    source = source_line(call, row, {})
    line = call.store.tables["LineItem"][source["_line"]]
    order = call.store.tables["Order"][line["_order"]]
    amount = share(discounted(line), row["quantity"], line["quantity"], places_of(call.store, order))
    return till_of(call.store, order).bag(amount)


@resolves("ReverseFulfillmentOrder.lineItems")
def reverse_lines(call: Call, row: Row, args: Row) -> Row:
    rows = [call.store.tables["ReverseFulfillmentOrderLineItem"][gid] for gid in row["_lines"]]
    return connection(rows, args, key=lambda r: number_of(r["id"]))


@resolves("ReverseFulfillmentOrderLineItem.dispositions")
def dispositions(call: Call, row: Row, args: Row) -> list[Row]:
    return list(row["_dispositions"])


@resolves("ReverseFulfillmentOrderDisposition.location")
def disposed_at(call: Call, row: Row, args: Row) -> Row | None:
    return call.store.find(row["_location"])


# What a refund would come to.


@resolves("Order.suggestedRefund")
def suggested_refund(call: Call, row: Row, args: Row) -> Row:
    store, till = call.store, till_of(call.store, row)
    lines = _wanted(call, row, args)
    shipping = _shipping(call, row, args)
    worth = calculated(store, row, lines, shipping, ZERO)
    pairs = [line_refund(store, row, r["line"], r["quantity"]) for r in lines]
    tax = sum((t for _, t in pairs), ZERO) + sum((t for _, _, t in shipping), ZERO)
    subtotal = sum((r["line"]["_price"] * r["quantity"] for r in lines), ZERO)
    net = Figures(store, row).net_payment()
    left = sum((shipping_current(s) for s in shipping_of(store, row)), ZERO)
    return {
        "amountSet": till.bag(min(worth, net)),
        "subtotalSet": till.bag(subtotal),
        "discountedSubtotalSet": till.bag(sum((s for s, _ in pairs), ZERO)),
        "maximumRefundableSet": till.bag(net),
        "totalTaxSet": till.bag(tax),
        "totalCartDiscountAmountSet": till.bag(subtotal - sum((s for s, _ in pairs), ZERO)),
        "totalDutiesSet": till.bag(ZERO),
        "shipping": {
            "amountSet": till.bag(sum((a for _, a, _ in shipping), ZERO)),
            "maximumRefundableSet": till.bag(left),
            "taxSet": till.bag(sum((t for _, _, t in shipping), ZERO)),
        },
        "refundLineItems": [
            {
                "id": None,
                "_line": r["line"]["id"],
                "_order": row["id"],
                "_location": None,
                "quantity": r["quantity"],
                "restockType": "NO_RESTOCK",
                "restocked": False,
                "price": r["line"]["_price"],
                "subtotal": subtotal_,
                "tax": tax_,
            }
            for r, (subtotal_, tax_) in zip(lines, pairs, strict=True)
        ],
        "suggestedTransactions": _payments(call, row, min(worth, net)),
    }


def _wanted(call: Call, row: Row, args: Row) -> list[Row]:
    table = call.store.tables["LineItem"]
    if args.get("suggestFullRefund"):
        lines = [table[gid] for gid in row["_lines"]]
        return [
            {"line": r, "quantity": r["currentQuantity"]}
            for r in lines
            if r["currentQuantity"] and not r["_tip"]
        ]
    asked = args.get("refundLineItems") or []
    return [
        {"line": table[r["lineItemId"]], "quantity": r["quantity"]} for r in asked if r["lineItemId"] in table
    ]


def _shipping(call: Call, row: Row, args: Row) -> list[tuple[Row, Decimal, Decimal]]:
    if args.get("refundShipping") or args.get("suggestFullRefund"):
        return shipping_refund(call.store, row, None)
    amount = decimal_of(args.get("shippingAmount") or 0)
    return shipping_refund(call.store, row, amount) if amount else []


def _payments(call: Call, row: Row, amount: Decimal) -> list[Row]:
    till = till_of(call.store, row)
    shown = []
    for payment, left in refundable_payments(call.store, row):
        taken = min(amount, left)
        amount -= taken
        shown.append(
            {
                "amountSet": till.bag(taken),
                "gateway": payment["gateway"],
                "formattedGateway": payment["formattedGateway"],
                "kind": "SUGGESTED_REFUND",
                "maximumRefundableSet": till.bag(left),
                "parentTransaction": payment,
                "accountNumber": None,
            }
        )
    return shown
