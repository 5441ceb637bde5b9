"""Refunds: what is given back for lines and shipping, and what money moves."""

from decimal import Decimal
from typing import TYPE_CHECKING

from sandbox.shopify.calls import Row, refuse
from sandbox.shopify.figures import (
    Figures,
    discounted,
    line_tax,
    places_of,
    share,
    shipping_current,
    shipping_of,
    transactions_of,
    unfulfilled,
)
from sandbox.shopify.money import ZERO, rounded
from sandbox.shopify.payments import add_transaction
from sandbox.shopify.state import Store
from sandbox.shopify.stock import release, take_back

if TYPE_CHECKING:
    from sandbox.shopify.app import ShopifyApp


def line_refund(store: Store, order: Row, line: Row, quantity: int) -> tuple[Decimal, Decimal]:
    """(subtotal, tax) of the last `quantity` current units; subtotal holds the tax when prices include it."""
    places = places_of(store, order)
    now, then = line["currentQuantity"], line["currentQuantity"] - quantity
    whole = line["quantity"]
    subtotal = share(discounted(line), now, whole, places) - share(discounted(line), then, whole, places)
    tax = sum(
        (
            share(t["amount"], now, whole, places) - share(t["amount"], then, whole, places)
            for t in line["_taxes"]
        ),
        ZERO,
    )
    return subtotal, tax


def shipping_refund(store: Store, order: Row, amount: Decimal | None) -> list[tuple[Row, Decimal, Decimal]]:
    """(shipping line, amount, tax) for a part of shipping, or with None for all that is left."""
    places = places_of(store, order)
    out = []
    left = amount
    for row in shipping_of(store, order):
        open_amount = shipping_current(row)
        taken = open_amount if left is None else min(open_amount, left)
        if taken <= 0:
            continue
        open_tax = line_tax(row) - row["_refunded_tax"]
        tax = rounded(open_tax * taken / open_amount, places) if open_amount else ZERO
        out.append((row, taken, tax))
        left = None if left is None else left - taken
    if left:
        raise refuse(["shipping"], f"Refund shipping amount is greater than what is left: {left} too much")
    return out


def calculated(
    store: Store, order: Row, lines: list[Row], shipping: list[tuple[Row, Decimal, Decimal]], duties: Decimal
) -> Decimal:
    """Money that the goods given back are worth."""
    total = sum((a for _, a, _ in shipping), ZERO) + duties
    for row in lines:
        subtotal, tax = line_refund(store, order, row["line"], row["quantity"])
        total += subtotal + (ZERO if order["taxesIncluded"] else tax)
    if not order["taxesIncluded"]:
        total += sum((tax for _, _, tax in shipping), ZERO)
    return total


def make_refund(
    app: "ShopifyApp",
    order: Row,
    *,
    lines: list[Row],
    shipping: list[tuple[Row, Decimal, Decimal]] | None = None,
    money: list[Row] | None = None,
    duties: list[Row] | None = None,
    note: str | None = None,
    return_row: Row | None = None,
    over: bool = False,
) -> Row:
    """lines: `{"line", "quantity", "restock", "location"}`; money: `{"amount", "gateway", "parent"}`.

    What moves otherwise than calculated becomes an order adjustment. Without `money` nothing is paid back.
    """
    store = app.store
    parts = shipping or []
    _check_lines(lines)
    given = sum((m["amount"] for m in money or []), ZERO)
    figures = Figures(store, order)
    if given > figures.net_payment() and not over:
        raise refuse(
            None,
            f"Refund amount ${given:.2f} is greater than net payment received ${figures.net_payment():.2f}",
        )
    given_duties = duties or []
    worth = calculated(store, order, lines, parts, _worth_of_duties(order, given_duties))
    refund = store.add(
        "Refund",
        note=note,
        processedAt=store.now(),
        _order=order["id"],
        _return=return_row["id"] if return_row else None,
        _lines=[_line_row(app, order, row) for row in lines],
        _shipping=[_shipping_row(store, *part) for part in parts],
        _adjustments=[],
        _transactions=[],
        _duties=sum((d["amount"] for d in given_duties), ZERO),
        _duty_rows=given_duties,
    )
    if money is not None and given != worth:
        refund["_adjustments"].append(
            {
                "id": store.gid("OrderAdjustment"),
                "amount": worth - given,
                "reason": "REFUND_DISCREPANCY",
            }
        )
    for row in money or []:
        made = add_transaction(store, order, "REFUND", row["amount"], row["gateway"], _parent=row["parent"])
        refund["_transactions"].append(made["id"])
    order["_refunds"].append(refund["id"])
    if return_row is not None:
        return_row["_refunds"].append(refund["id"])
    store.touch(order)
    app.emit("refunds/create", refund)
    for gid in refund["_transactions"]:
        app.emit("order_transactions/create", store.tables["OrderTransaction"][gid])
    app.emit("orders/updated", order)
    return refund


def _worth_of_duties(order: Row, duties: list[Row]) -> Decimal:
    """Duties with the tax on them, where it is not within."""
    taxes = sum((t["amount"] for d in duties for t in d["taxes"]), ZERO)
    return sum((d["amount"] for d in duties), ZERO) + (ZERO if order["taxesIncluded"] else taxes)


def _check_lines(lines: list[Row]) -> None:
    for index, row in enumerate(lines):
        if row["quantity"] > row["line"]["currentQuantity"]:
            raise refuse(
                ["refundLineItems", str(index), "quantity"],
                "Refund line items quantity cannot refund more items than were purchased",
            )


def _line_row(app: "ShopifyApp", order: Row, row: Row) -> Row:
    """The refunded units leave the order; what happens to the goods depends on the restock type."""
    store, line, quantity = app.store, row["line"], row["quantity"]
    subtotal, tax = line_refund(store, order, line, quantity)
    unshipped = max(0, line["currentQuantity"] - (line["_fulfilled"] - line["_returned"]))
    line["currentQuantity"] -= quantity
    line["_refunded"] += quantity
    kind, place = row["restock"], row.get("location")
    if not place and kind in ("RETURN", "CANCEL"):
        place = next(iter(line["_committed"]), None) or next(iter(store.tables["Location"]))
    _goods(app, line, kind, place, quantity, unshipped)
    close_parts(store, order, line)
    return {
        "id": store.gid("RefundLineItem"),
        "_line": line["id"],
        "quantity": quantity,
        "restockType": kind,
        "restocked": kind in ("RETURN", "CANCEL"),
        "_location": place if kind != "NO_RESTOCK" else None,
        "price": line["_price"],
        "subtotal": subtotal,
        "tax": tax,
    }


def _goods(app: "ShopifyApp", line: Row, kind: str, place: str | None, quantity: int, unshipped: int) -> None:
    store = app.store
    before = {p: dict(store.level(i, p)["_q"]) for i in _items(store, line) for p in store.levels.get(i, {})}  # type: ignore[index]
    if kind == "CANCEL":
        release(store, line, quantity, restock=True)
    elif kind == "RETURN":
        line["_returned"] += min(quantity, max(0, line["_fulfilled"] - line["_returned"]))
        take_back(store, line, place or "", quantity)
        if unshipped:
            release(store, line, min(quantity, unshipped), restock=False)
    else:
        from_shelf = min(quantity, unshipped)
        release(store, line, from_shelf, restock=False)
        line["_returned"] += quantity - from_shelf
    for item in _items(store, line):
        for where, level in store.levels.get(item, {}).items():
            if before.get(where) != level["_q"]:
                app.emit("inventory_levels/update", level)


def _items(store: Store, line: Row) -> list[str]:
    variant = store.find(line["_variant"])
    return [variant["_item"]] if variant else []


def close_parts(store: Store, order: Row, line: Row) -> None:
    """Fulfilment orders shrink to what still has to be shipped."""
    left = unfulfilled(line)
    for gid in order["_fulfillment_orders"]:
        head = store.tables["FulfillmentOrder"][gid]
        if head["status"] in ("CLOSED", "CANCELLED"):
            continue
        for part in (store.tables["FulfillmentOrderLineItem"][p] for p in head["_lines"]):
            if part["_line"] == line["id"]:
                keep = min(left, part["remainingQuantity"])
                part["totalQuantity"] -= part["remainingQuantity"] - keep
                part["remainingQuantity"] = keep
                left -= keep
        _close_empty(store, head)


def _close_empty(store: Store, head: Row) -> None:
    if all(not store.tables["FulfillmentOrderLineItem"][p]["remainingQuantity"] for p in head["_lines"]):
        head["status"] = "CLOSED"
        head["_holds"] = []
        store.touch(head)


def _shipping_row(store: Store, row: Row, amount: Decimal, tax: Decimal) -> Row:
    row["_refunded"] += amount
    row["_refunded_tax"] += tax
    return {"id": store.gid("RefundShippingLine"), "_line": row["id"], "amount": amount, "tax": tax}


def refundable_payments(store: Store, order: Row) -> list[tuple[Row, Decimal]]:
    """Payments with what is left of them to pay back; gift cards first, as the shop suggests."""
    rows = transactions_of(store, order)
    found = []
    for row in rows:
        if row["kind"] in ("SALE", "CAPTURE") and row["status"] == "SUCCESS":
            back = sum(
                (t["_amount"] for t in rows if t["_parent"] == row["id"] and t["kind"] == "REFUND"), ZERO
            )
            if row["_amount"] > back:
                found.append((row, row["_amount"] - back))
    return found


def money_back(store: Store, order: Row, amount: Decimal) -> list[Row]:
    """Which payments give an amount back."""
    rows, left = [], amount
    for row, open_amount in refundable_payments(store, order):
        taken = min(left, open_amount)
        if taken > 0:
            rows.append({"amount": taken, "gateway": row["gateway"], "parent": row["id"]})
            left -= taken
    if left > 0:
        net = Figures(store, order).net_payment()
        raise refuse(None, f"Refund amount ${amount:.2f} is greater than net payment received ${net:.2f}")
    return rows
