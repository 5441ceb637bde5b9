"""`sales_order_creditmemo.*`: offline, so that no gateway is asked and no stock comes back."""

from decimal import Decimal
from typing import Any

from sandbox.magento1.calls import Call, flag
from sandbox.magento1.documents import (
    asked,
    chosen_rows,
    count_pieces,
    document_of,
    item_of,
    new_document,
    say,
    settle_state,
    worth,
)
from sandbox.magento1.errors import fault
from sandbox.magento1.rows import ZERO, Document, Json, Order
from sandbox.magento1.state import Store, php_number


def make_creditmemo(store: Store, order: Order, data: Any, *, moment: str = "") -> Document:
    """Offline: no gateway is asked and no stock comes back. Amounts of money come in the base currency."""
    rate = order.columns["base_to_order_rate"]
    data = data if isinstance(data, dict) else {}
    paid, refunded = order.columns["total_paid"] or ZERO, order.columns["total_refunded"] or ZERO
    if order.state in ("canceled", "closed", "holded", "payment_review") or paid - refunded <= 0:
        raise fault("sales_order_creditmemo", 106)
    named = asked(data.get("qtys"))
    rows = chosen_rows(order, data.get("qtys"), "creditmemo") if named or not data.get("qtys") else []
    shipping_left = order.columns["shipping_amount"] - (order.columns.get("shipping_refunded") or ZERO)
    shipping = (
        store.round(php_number(data["shipping_amount"]) * rate)
        if data.get("shipping_amount") is not None
        else shipping_left
    )
    if shipping > shipping_left:
        raise fault(
            "sales_order_creditmemo", 102, f"Maximum shipping amount allowed to refund is: {shipping_left}"
        )
    shipping_tax = ZERO
    if order.columns["shipping_amount"]:
        share = shipping / order.columns["shipping_amount"]
        shipping_tax = store.round(order.columns["shipping_tax_amount"] * share)
    plus = store.round(php_number(data.get("adjustment_positive")) * rate)
    minus = store.round(php_number(data.get("adjustment_negative")) * rate)
    total = worth(store, rows) + shipping + shipping_tax + plus - minus
    if total > paid - refunded:
        raise fault("sales_order_creditmemo", 102, f"Maximum amount available to refund is {paid - refunded}")
    if total <= 0:
        raise fault("sales_order_creditmemo", 102, "Credit memo's total must be positive.")
    return _keep_memo(store, order, rows, (total, shipping, shipping_tax, plus, minus), moment)


def _keep_memo(
    store: Store,
    order: Order,
    rows: list[tuple[Json, Decimal]],
    amounts: tuple[Decimal, Decimal, Decimal, Decimal, Decimal],
    moment: str,
) -> Document:
    total, shipping, shipping_tax, plus, minus = amounts
    document = new_document(store, "creditmemo", order, moment or store.now())
    tax = shipping_tax
    for number, (row, quantity) in enumerate(rows, 1):
        share = quantity / row["qty_ordered"]
        item = item_of(document, row, quantity, number)
        item["tax_amount"] = store.round(row["tax_amount"] * share)
        item["hidden_tax_amount"] = store.round(row["hidden_tax_amount"] * share)
        item["discount_amount"] = store.round(row["discount_amount"] * share)
        item["row_total"] = (
            worth(store, [(row, quantity)])
            - item["tax_amount"]
            - item["hidden_tax_amount"]
            + item["discount_amount"]
        )
        item["price"] = row["price"]
        item["row_total_incl_tax"] = store.round(row["row_total_incl_tax"] * share)
        tax += item["tax_amount"]
        document.items.append(item)
        count_pieces(order, row, "qty_refunded", quantity)
    document.columns |= {
        "state": "2",
        "grand_total": total,
        "base_grand_total": store.round(total / order.columns["base_to_order_rate"]),
        "subtotal": sum((one["row_total"] for one in document.items), ZERO),
        "discount_amount": -sum((one["discount_amount"] for one in document.items), ZERO),
        "hidden_tax_amount": sum((one["hidden_tax_amount"] for one in document.items), ZERO),
        "tax_amount": tax,
        "shipping_amount": shipping,
        "shipping_tax_amount": shipping_tax,
        "adjustment": plus - minus,
        "adjustment_positive": plus,
        "adjustment_negative": minus,
    }
    order.columns["total_refunded"] = (order.columns["total_refunded"] or ZERO) + total
    order.columns["shipping_refunded"] = (order.columns.get("shipping_refunded") or ZERO) + shipping
    settle_state(store, order)
    store.touch(order)
    return document


def creditmemo_create(
    call: Call, number: Any, data: Any = None, comment: Any = None, notify: Any = False, include: Any = False,
    to_credit: Any = None,
) -> str:  # fmt: skip
    order = call.store.order(number, "sales_order_creditmemo", 103)
    if to_credit not in (None, "", 0, "0") and order.columns["customer_is_guest"] == "1":
        raise fault("sales_order_creditmemo", 105)
    document = make_creditmemo(call.store, order, data)
    say(call, order, document, comment, flag(notify))
    return document.increment_id


def creditmemo_cancel(call: Call, number: Any) -> bool:
    document_of(call, "creditmemo", number)
    raise fault("sales_order_creditmemo", 104, "Credit memo cannot be canceled.")
