"""Refunds as credit memos: offline, or through the payment gateway when money is to go back.

Our mark stands in the credit memo's comment, so that a repetition finds it. What Magento computes for the lines and
what is to be given back may differ: the difference goes as adjustment, so that the total is ours to the cent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from ecomsync.common.errors import PermanentError, Rejected
from ecomsync.common.money import ZERO, currency_quantum
from platforms.magento2.mapping_returns import key_in, mark_of
from platforms.magento2.order_amounts import row_amounts, sold_items
from platforms.magento2.order_desk import LANE, OrderDesk, done, id_in, items_of, number, refused
from platforms.magento2.payloads import ItemShape, OrderShape, read_shape
from platforms.magento2.wire_numbers import json_number
from platforms.types import PushResult, RefundNotice, RemoteReturnLine

_PAID_INVOICE = "2"


class RefundWriter:
    def __init__(self, desk: OrderDesk) -> None:
        self._desk = desk

    def push(self, notice: RefundNotice) -> PushResult:
        """Two calls to look and one to write; one more to find the invoice when the gateway is to pay back."""
        order_id = notice.order_remote_id
        try:
            order = self._desk.order(order_id)
            known = self._find(order_id, notice.key)
            if known:
                return done(notice.key, order_id, False, refund_id=known)
            _refuse_too_much(notice, order)
            body = refund_body(notice, order)
            route = f"order/{order_id}/refund"
            if notice.pay_back:
                route, body["isOnline"] = f"invoice/{self._paid_invoice(order_id)}/refund", True
            made = id_in(self._desk.client.post(route, body, lane=LANE))
        except PermanentError as error:
            return refused(notice.key, order_id, error)
        return done(notice.key, order_id, True, refund_id=made)

    def _find(self, order_id: str, key: str) -> str:
        for memo in self._desk.documents("creditmemos", order_id):
            for comment in memo.get("comments") or ():
                if isinstance(comment, Mapping) and key_in(str(comment.get("comment") or "")) == key:
                    return str(memo.get("entity_id", ""))
        return ""

    def _paid_invoice(self, order_id: str) -> str:
        """The gateway pays back by the invoice that it was charged for."""
        for invoice in self._desk.documents("invoices", order_id):
            if str(invoice.get("state", "")) == _PAID_INVOICE:
                return str(invoice["entity_id"])
        raise Rejected(
            "The order has no paid invoice in the shop, so its gateway cannot pay back.",
            code="no_paid_invoice",
            cure="Invoice the order in the shop first, or record the refund without paying back.",
        )


def refund_body(notice: RefundNotice, order: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON of a credit memo. Raises Rejected for a line that the order does not have."""
    currency = str(order.get("order_currency_code") or "")
    quantum = currency_quantum(currency)
    rows = items_of(order)
    goods = [line for line in notice.lines if line.kind == "line" and line.order_line_id]
    items = _items(goods, rows)
    shipping = sum((line.net for line in notice.lines if line.kind == "shipping"), ZERO)
    expected = sum((_worth(rows[line.order_line_id], line.quantity, quantum) for line in goods), ZERO)
    expected += _shipping_worth(order, shipping, quantum)
    adjustment = notice.amount - expected
    arguments: dict[str, Any] = {
        "shipping_amount": json_number(shipping),
        "adjustment_positive": json_number(max(ZERO, adjustment)),
        "adjustment_negative": json_number(max(ZERO, -adjustment)),
    }
    if notice.restock and items:
        arguments["extension_attributes"] = {
            "return_to_stock_items": [entry["order_item_id"] for entry in items]
        }
    return {
        # Without items Magento gives back all of them, so an amount alone names every item with nothing of it.
        "items": items or [{"order_item_id": line_id, "qty": 0} for line_id in _money_bearers(order)],
        "notify": False,
        "appendComment": False,
        "comment": {
            "comment": "\n".join(filter(None, (notice.reason, mark_of(notice.key)))),
            "is_visible_on_front": 0,
        },
        "arguments": arguments,
    }


def _money_bearers(order: Mapping[str, Any]) -> list[int]:
    """Items that stand for themselves: of others, such as the bundle that its parts pay for, Magento refuses even none."""
    shape = read_shape(OrderShape, order, what="Order")
    return [int(item.item_id) for item in sold_items(shape.items)]


def _items(lines: Sequence[RemoteReturnLine], rows: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    quantities: dict[str, Decimal] = {}
    for line in lines:
        if line.order_line_id not in rows:
            raise Rejected(
                f"The order has no line {line.order_line_id} ('{line.name or line.sku}').",
                code="unknown_line",
                cure="Read the order again from the shop and correct the return.",
            )
        quantities[line.order_line_id] = quantities.get(line.order_line_id, ZERO) + line.quantity
    return [
        {"order_item_id": int(line_id), "qty": json_number(quantity)}
        for line_id, quantity in quantities.items()
    ]


def _worth(row: Mapping[str, Any], quantity: Decimal, quantum: Decimal) -> Decimal:
    """What Magento gives back for so many pieces: their share of the row with its tax, each part rounded."""
    ordered = number(row, "qty_ordered")
    if not ordered or not quantity:
        return ZERO
    amounts = row_amounts(read_shape(ItemShape, row, what="Order item"), "")
    share = quantity / ordered
    return sum(
        ((part * share).quantize(quantum, rounding=ROUND_HALF_UP) for part in (amounts.net, amounts.tax)),
        ZERO,
    )


def _shipping_worth(order: Mapping[str, Any], shipping: Decimal, quantum: Decimal) -> Decimal:
    """Shipping with the tax that Magento adds in proportion."""
    whole = number(order, "shipping_amount")
    if not whole or not shipping:
        return shipping
    tax = number(order, "shipping_tax_amount") * shipping / whole
    return shipping + tax.quantize(quantum, rounding=ROUND_HALF_UP)


def _refuse_too_much(notice: RefundNotice, order: Mapping[str, Any]) -> None:
    left = number(order, "total_paid") - number(order, "total_refunded")
    if notice.amount > left:
        raise Rejected(
            f"{notice.amount} is more than the {left} that is left to give back.",
            code="refund_too_large",
            cure="Compare the refunds of this order in the shop with the return in the ERP; an order that is not paid in "
            "the shop has nothing to give back there.",
        )
