"""Credit notes of the ERP as refunds of the shop: of a return that was opened there, or of the order itself."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from ecomsync.common.errors import PermanentError, Rejected
from ecomsync.common.money import ZERO, currency_quantum
from platforms.shopify.answers import nodes_of, user_errors
from platforms.shopify.client import ShopifyClient
from platforms.shopify.documents import document
from platforms.shopify.errors import error_of_user_errors
from platforms.shopify.ids import gid, number_of
from platforms.shopify.locations import LocationBook
from platforms.shopify.mapping_returns import mark_in, note_with_mark
from platforms.shopify.order_updates import LANE, OrderUpdater, done, refused
from platforms.shopify.returns import PROCESS, ReturnReader, money, process_input, return_number
from platforms.types import PushResult, RefundNotice

ORDER_REFUNDS = document(
    """query OrderRefunds($id: ID!) {
  order(id: $id) {
    id currencyCode
    refunds(first: 100) { id note }
    transactions { id kind status gateway amountSet { shopMoney { amount } } parentTransaction { id } }
  }
}""",
    cost=50,
)
REFUND = document(
    """mutation CreateRefund($input: RefundInput!, $key: String!) {
  refundCreate(input: $input) @idempotent(key: $key) {
    refund { id }
    userErrors { field message }
  }
}""",
    cost=10,
)


class RefundPusher:
    def __init__(self, client: ShopifyClient, locations: LocationBook, updater: OrderUpdater) -> None:
        self._client = client
        self._locations = locations
        self._updater = updater

    def push(self, notice: RefundNotice) -> PushResult:
        """Record a refund of lines; money goes back only when `pay_back` says so. Our key stands in the refund's note, and
        is the call's idempotency key, so that a repetition finds what it made."""
        try:
            order = self._updater.order(notice.order_remote_id, ORDER_REFUNDS)
            for row in order.get("refunds") or ():
                if mark_in(str(row.get("note") or "")) == notice.key:
                    return done(notice.key, notice.order_remote_id, False, refund_id=number_of(row.get("id")))
            refund = self._process_return(notice, order)
            if refund is None:
                body = self._refund_body(notice, order)
                refund = self._create_refund(notice, order, body)
        except PermanentError as error:
            return refused(notice.key, notice.order_remote_id, error)
        return done(notice.key, notice.order_remote_id, True, refund_id=number_of(refund.get("id")))

    def _create_refund(
        self, notice: RefundNotice, order: Mapping[str, Any], body: Mapping[str, Any]
    ) -> dict[str, Any]:
        """A key whose first use had failed is spent: then a new one is taken."""
        keys = [str(uuid.uuid5(uuid.NAMESPACE_URL, f"{order['id']}/{notice.key}")), str(uuid.uuid4())]
        errors: list[dict[str, Any]] = []
        for key in keys:
            payload = self._client.mutate(REFUND, {"input": body, "key": key}, lane=LANE)
            errors = user_errors(payload)
            if not errors:
                return dict(payload.get("refund") or {})
            if not any(
                "PREVIOUS_ATTEMPT_FAILED" in str(row.get("code") or row.get("message")) for row in errors
            ):
                break
        raise error_of_user_errors(errors, what="the refund")

    def _process_return(self, notice: RefundNotice, order: Mapping[str, Any]) -> dict[str, Any] | None:
        """The refund of a return of the shop. None when there is none, or not for all of these goods: then the order
        itself is refunded. Shopify has no key for this, so the mark in the note must be looked for first."""
        number = return_number(notice.return_remote_id)
        if not number:
            return None
        goods = [
            line for line in notice.lines if line.kind == "line" and line.order_line_id and line.quantity
        ]
        if any(line.quantity != line.quantity.to_integral_value() for line in goods):
            return None  # refused with its reason by the refund itself
        location = self._locations.default(lane=LANE) if notice.restock else ""
        found = ReturnReader(self._client).whole(gid("Return", number))
        lines = process_input(found, goods, restock=notice.restock, location=location)
        if lines is None:
            return None
        currency = str(order.get("currencyCode") or "")
        body: dict[str, Any] = {
            "returnId": gid("Return", number),
            "returnLineItems": lines,
            "note": note_with_mark(notice.reason, notice.key),
            "notifyCustomer": False,
        }
        shipping = sum((line.net + line.tax for line in notice.lines if line.kind == "shipping"), ZERO)
        if shipping:
            body["refundShipping"] = {"shippingRefundAmount": money(_amount(shipping, currency), currency)}
        if notice.pay_back:
            rows = [
                {"parentId": row["parentId"], "transactionAmount": money(row["amount"], currency)}
                for row in _transactions(notice.amount, order, currency)
            ]
            body["financialTransfer"] = {"issueRefund": {"orderTransactions": rows}}
        payload = self._client.change(PROCESS, {"input": body}, lane=LANE, what="the refund of the return")
        refunds = nodes_of((payload.get("return") or {}).get("refunds"))
        return next((row for row in refunds if mark_in(str(row.get("note") or "")) == notice.key), {})

    def _refund_body(self, notice: RefundNotice, order: Mapping[str, Any]) -> dict[str, Any]:
        currency = str(order.get("currencyCode") or "")
        rows = [line for line in notice.lines if line.kind == "line" and line.order_line_id and line.quantity]
        if not rows and not notice.pay_back:
            raise Rejected(
                "Shopify records no amount without goods unless the money itself goes back.",
                code="refund_without_money",
                cure="Give the return its lines, or let the money be paid back through the shop.",
            )
        body: dict[str, Any] = {
            "orderId": order["id"],
            "note": note_with_mark(notice.reason, notice.key),
            "notify": False,
            "refundLineItems": [
                self._refund_line(line.order_line_id, line.quantity, notice.restock) for line in rows
            ],
        }
        shipping = sum((line.net + line.tax for line in notice.lines if line.kind == "shipping"), ZERO)
        if shipping:
            body["shipping"] = {"amount": _amount(shipping, currency)}
        if notice.pay_back:
            body["transactions"] = _transactions(notice.amount, order, currency)
        return body

    def _refund_line(self, line_id: str, quantity: Decimal, restock: bool) -> dict[str, Any]:
        if quantity != quantity.to_integral_value():
            raise Rejected(
                f"Shopify takes whole numbers only, and the quantity is {quantity}.",
                code="fractional_quantity",
                cure="Return a whole number of pieces.",
            )
        row: dict[str, Any] = {
            "lineItemId": gid("LineItem", line_id),
            "quantity": int(quantity),
            "restockType": "RETURN" if restock else "NO_RESTOCK",
        }
        if restock:
            row["locationId"] = gid("Location", self._locations.default(lane=LANE))
        return row


def _transactions(amount: Decimal, order: Mapping[str, Any], currency: str) -> list[dict[str, Any]]:
    """The amount, shared out over the payments that took it, the latest first. What is beyond them goes to the last, so
    that Shopify says how much there was."""
    rows: Sequence[Mapping[str, Any]] = order.get("transactions") or ()
    given_back: dict[str, Decimal] = {}
    for row in rows:
        if row.get("kind") == "REFUND" and row.get("status") == "SUCCESS":
            parent = number_of((row.get("parentTransaction") or {}).get("id"))
            given_back[parent] = given_back.get(parent, ZERO) + _money(row)
    taken = [row for row in rows if row.get("kind") in ("SALE", "CAPTURE") and row.get("status") == "SUCCESS"]
    if not taken:
        raise Rejected(
            "The order has no payment that could be given back.",
            code="nothing_paid",
            cure="Let the refund be recorded without paying back.",
        )
    found: list[dict[str, Any]] = []
    left = amount
    for place, row in enumerate(reversed(taken)):
        rest = _money(row) - given_back.get(number_of(row.get("id")), ZERO)
        part = left if place == len(taken) - 1 else min(left, rest)
        if part <= 0:
            continue
        found.append(
            {
                "orderId": order["id"],
                "parentId": row["id"],
                "gateway": row.get("gateway"),
                "kind": "REFUND",
                "amount": _amount(part, currency),
            }
        )
        left -= part
    return found


def _money(row: Mapping[str, Any]) -> Decimal:
    return Decimal(str(((row.get("amountSet") or {}).get("shopMoney") or {}).get("amount") or 0))


def _amount(amount: Decimal, currency: str) -> str:
    return format(amount.quantize(currency_quantum(currency), rounding=ROUND_HALF_UP), "f")
