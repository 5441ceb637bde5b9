"""Fields of payments, and what state they put an order in."""

from sandbox.shopify.calls import Call, Row, resolves
from sandbox.shopify.figures import (
    Figures,
    capturable_of,
    refunds_of,
    till_of,
    transactions_of,
)
from sandbox.shopify.money import ZERO, money
from sandbox.shopify.versions import schema_for


@resolves("Order.transactions")
def transactions(call: Call, row: Row, args: Row) -> list[Row]:
    rows = transactions_of(call.store, row)
    if args.get("capturable"):
        rows = [r for r in rows if r["kind"] == "AUTHORIZATION" and capturable_of(rows, r)]
    return rows[: args["first"]] if args.get("first") is not None else rows


@resolves("Order.transactionsCount")
def transactions_count(call: Call, row: Row, args: Row) -> Row:
    return {"count": len(row["_transactions"]), "precision": "EXACT"}


@resolves("OrderTransaction.amountSet")
def transaction_amount(call: Call, row: Row, args: Row) -> Row:
    return till_of(call.store, call.store.tables["Order"][row["_order"]]).bag(row["_amount"])


@resolves("OrderTransaction.totalUnsettledSet")
def unsettled(call: Call, row: Row, args: Row) -> Row | None:
    if row["kind"] != "AUTHORIZATION":
        return None
    order = call.store.tables["Order"][row["_order"]]
    return till_of(call.store, order).bag(capturable_of(transactions_of(call.store, order), row))


@resolves("OrderTransaction.parentTransaction")
def parent_transaction(call: Call, row: Row, args: Row) -> Row | None:
    return call.store.find(row["_parent"])


@resolves("OrderTransaction.order")
def transaction_order(call: Call, row: Row, args: Row) -> Row | None:
    return call.store.find(row["_order"])


@resolves("OrderTransaction.manuallyCapturable", "OrderTransaction.multiCapturable")
def manually_capturable(call: Call, row: Row, args: Row) -> bool:
    order = call.store.tables["Order"][row["_order"]]
    return row["kind"] == "AUTHORIZATION" and bool(capturable_of(transactions_of(call.store, order), row))


@resolves("OrderTransaction.maximumRefundableV2")
def maximum_refundable(call: Call, row: Row, args: Row) -> Row | None:
    order = call.store.tables["Order"][row["_order"]]
    if row["kind"] not in ("SALE", "CAPTURE"):
        return None
    back = sum(
        (
            t["_amount"]
            for t in transactions_of(call.store, order)
            if t["_parent"] == row["id"] and t["kind"] == "REFUND"
        ),
        ZERO,
    )
    return money(row["_amount"] - back, order["_currency"])


@resolves("Order.displayFinancialStatus")
def financial_status(call: Call, row: Row, args: Row) -> str:
    return Figures(call.store, row).financial_status()


@resolves("Order.displayFulfillmentStatus")
def fulfillment_status(call: Call, row: Row, args: Row) -> str:
    figures = Figures(call.store, row)
    if figures.nothing_to_ship() and schema_for(call.version) >= "2026-10":
        return "FULFILLMENT_NOT_REQUIRED"
    return figures.fulfillment_status()


@resolves("Order.returnStatus")
def return_status(call: Call, row: Row, args: Row) -> str:
    return Figures(call.store, row).return_status()


@resolves("Order.capturable")
def capturable(call: Call, row: Row, args: Row) -> bool:
    return Figures(call.store, row).capturable() > 0


@resolves("Order.canMarkAsPaid")
def can_mark(call: Call, row: Row, args: Row) -> bool:
    figures = Figures(call.store, row)
    return row["cancelledAt"] is None and figures.financial_status() in ("PENDING", "PARTIALLY_PAID")


@resolves("Order.refundable")
def refundable(call: Call, row: Row, args: Row) -> bool:
    return Figures(call.store, row).net_payment() > 0


@resolves("Order.fullyPaid")
def fully_paid(call: Call, row: Row, args: Row) -> bool:
    return Figures(call.store, row).outstanding() <= 0


@resolves("Order.unpaid")
def unpaid(call: Call, row: Row, args: Row) -> bool:
    return Figures(call.store, row).received() == 0


@resolves("Order.refunds")
def order_refunds(call: Call, row: Row, args: Row) -> list[Row]:
    rows = refunds_of(call.store, row)
    return rows[: args["first"]] if args.get("first") is not None else rows
