"""Fields of refunds."""

from sandbox.shopify.calls import Call, Row, resolves
from sandbox.shopify.connections import connection
from sandbox.shopify.fields_lines import the_till
from sandbox.shopify.fields_totals import tax_row
from sandbox.shopify.money import ZERO


@resolves("QueryRoot.refund", scope="read_orders")
def refund(call: Call, row: Row, args: Row) -> Row | None:
    return call.store.find(args["id"], "Refund")


@resolves("Refund.return")
def refund_return(call: Call, row: Row, args: Row) -> Row | None:
    return call.store.find(row["_return"])


@resolves("Refund.totalRefundedSet")
def refund_total(call: Call, row: Row, args: Row) -> Row:
    table = call.store.tables["OrderTransaction"]
    total = sum(
        (table[gid]["_amount"] for gid in row["_transactions"] if table[gid]["status"] == "SUCCESS"), ZERO
    )
    return the_till(call, row).bag(total)


@resolves("Refund.refundLineItems")
def refund_lines(call: Call, row: Row, args: Row) -> Row:
    return connection([{**r, "_order": row["_order"]} for r in row["_lines"]], args)


@resolves("Refund.refundShippingLines")
def refund_shipping(call: Call, row: Row, args: Row) -> Row:
    return connection([{**r, "_order": row["_order"]} for r in row["_shipping"]], args)


@resolves("Refund.orderAdjustments")
def adjustments(call: Call, row: Row, args: Row) -> Row:
    return connection([{**r, "_order": row["_order"]} for r in row["_adjustments"]], args)


@resolves("Refund.transactions")
def refund_transactions(call: Call, row: Row, args: Row) -> Row:
    return connection([call.store.tables["OrderTransaction"][gid] for gid in row["_transactions"]], args)


@resolves("Refund.duties")
def refund_duties(call: Call, row: Row, args: Row) -> list[Row]:
    till = the_till(call, row)
    return [
        {
            "amountSet": till.bag(d["amount"]),
            "originalDuty": {
                "id": d["id"],
                "price": till.bag(d["amount"]),
                "countryCodeOfOrigin": None,
                "harmonizedSystemCode": None,
                "taxLines": [tax_row(till, t, t["amount"]) for t in d["taxes"]],
            },
        }
        for d in row["_duty_rows"]
    ]


@resolves("RefundLineItem.priceSet")
def refund_price(call: Call, row: Row, args: Row) -> Row:
    return the_till(call, row).bag(row["price"])


@resolves("RefundLineItem.subtotalSet")
def refund_subtotal(call: Call, row: Row, args: Row) -> Row:
    return the_till(call, row).bag(row["subtotal"])


@resolves("RefundLineItem.totalTaxSet")
def refund_tax(call: Call, row: Row, args: Row) -> Row:
    return the_till(call, row).bag(row["tax"])


@resolves("RefundLineItem.location")
def refund_location(call: Call, row: Row, args: Row) -> Row | None:
    return call.store.find(row["_location"])


@resolves("RefundShippingLine.shippingLine")
def refunded_shipping_line(call: Call, row: Row, args: Row) -> Row:
    return {**call.store.tables["ShippingLine"][row["_line"]], "_order": row["_order"]}


@resolves("RefundShippingLine.subtotalAmountSet")
def refund_shipping_amount(call: Call, row: Row, args: Row) -> Row:
    return the_till(call, row).bag(row["amount"])


@resolves("RefundShippingLine.taxAmountSet")
def refund_shipping_tax(call: Call, row: Row, args: Row) -> Row:
    return the_till(call, row).bag(row["tax"])


@resolves("OrderAdjustment.amountSet")
def adjustment_amount(call: Call, row: Row, args: Row) -> Row:
    return the_till(call, row).bag(row["amount"])


@resolves("OrderAdjustment.taxAmountSet")
def adjustment_tax(call: Call, row: Row, args: Row) -> Row:
    return the_till(call, row).bag(ZERO)
