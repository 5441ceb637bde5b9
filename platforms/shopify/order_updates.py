"""What goes back to an order: status, notes, invoice link, refund. Each write looks first, so that a repetition after a lost
answer does nothing twice."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from ecomsync.common.errors import EcomsyncError, NotFound, PermanentError, Rejected
from ecomsync.common.money import ZERO, currency_quantum
from platforms.base import result_from_error
from platforms.shopify.answers import nodes_of, user_errors
from platforms.shopify.client import ShopifyClient
from platforms.shopify.documents import Document, document
from platforms.shopify.errors import error_of_user_errors
from platforms.shopify.ids import gid, number_of
from platforms.shopify.locations import LocationBook
from platforms.shopify.mapping_orders import CANCELLED, CLOSED, ORDER_STATUSES
from platforms.shopify.mapping_returns import mark_in, note_with_mark
from platforms.shopify.product_documents import SET_METAFIELDS
from platforms.types import InvoiceKind, InvoiceNotice, Outcome, PushResult, RefundNotice, StatusNotice

LANE = "orders"
NAMESPACE = "ecomsync"
#: (number, link) under which the order keeps what was made for it.
META_KEYS = {
    InvoiceKind.INVOICE: ("invoice_number", "invoice_url"),
    InvoiceKind.CREDIT_NOTE: ("credit_note_number", "credit_note_url"),
}
_TITLES = {InvoiceKind.INVOICE: "Invoice", InvoiceKind.CREDIT_NOTE: "Credit note"}
_ACTION_STATUS = {"complete": CLOSED, "cancel": CANCELLED}
_WAITS = (0.5, 1.0, 2.0, 4.0, 8.0)

ORDER_NOW = document(
    """query OrderNow($id: ID!) {
  order(id: $id) {
    id note closed cancelledAt displayFinancialStatus currencyCode
    metafields(first: 50, namespace: "ecomsync") { nodes { key value } }
  }
}""",
    cost=20,
)
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
CLOSE = document(
    """mutation CloseOrder($id: ID!) {
  orderClose(input: { id: $id }) { order { id closed } userErrors { field message } }
}""",
    cost=10,
)
OPEN = document(
    """mutation OpenOrder($id: ID!) {
  orderOpen(input: { id: $id }) { order { id closed } userErrors { field message } }
}""",
    cost=10,
)
MARK_PAID = document(
    """mutation MarkOrderPaid($id: ID!) {
  orderMarkAsPaid(input: { id: $id }) { order { id displayFinancialStatus } userErrors { field message } }
}""",
    cost=10,
)
CANCEL = document(
    """mutation CancelOrder(
  $id: ID!, $reason: OrderCancelReason!, $restock: Boolean!, $refund: OrderCancelRefundMethodInput,
  $notify: Boolean, $note: String
) {
  orderCancel(
    orderId: $id, reason: $reason, restock: $restock, refundMethod: $refund, notifyCustomer: $notify, staffNote: $note
  ) {
    job { id done }
    orderCancelUserErrors { field message code }
  }
}""",
    cost=10,
)
JOB = document(
    """query JobState($id: ID!) {
  job(id: $id) { id done }
}""",
    cost=1,
)
UPDATE_ORDER = document(
    """mutation UpdateOrder($input: OrderInput!) {
  orderUpdate(input: $input) { order { id note } userErrors { field message } }
}""",
    cost=10,
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


class OrderUpdater:
    def __init__(self, client: ShopifyClient, locations: LocationBook) -> None:
        self._client = client
        self._locations = locations

    # -- status -------------------------------------------------------------
    def push_status(self, notice: StatusNotice) -> PushResult:
        """Pay, archive, open or cancel; then our data and the comment. UNCHANGED when all is there already.

        Shopify has no comment that we may write: it is appended to the order's note, which staff and the buyer's packing
        slip show.
        """
        status = notice.status or _ACTION_STATUS.get(notice.action, "")
        if not status and not notice.metadata and not notice.comment:
            return _rejected(
                notice.key, notice.order_remote_id, "no_status", "No status is given.", "Map the status."
            )
        try:
            order = self.order(notice.order_remote_id)
            changed = self.set_status(order, status, notice) if status else False
            changed |= self.set_metadata(order, notice.metadata)
            changed |= self.append_note(order, notice.comment)
        except PermanentError as error:
            return refused(notice.key, notice.order_remote_id, error)
        return done(notice.key, notice.order_remote_id, changed, status=status)

    def order(self, order_id: str, query: Document = ORDER_NOW) -> dict[str, Any]:
        """The order as it is now. Raises Rejected, NotFound."""
        if not order_id.isdigit():
            raise Rejected(
                f"'{order_id}' is not the id of an order in this shop.",
                code="bad_id",
                cure="Read the order again from the shop.",
            )
        found = self._client.query(query, {"id": gid("Order", order_id)}, lane=LANE).get("order")
        if not isinstance(found, dict):
            raise NotFound(
                f"The shop does not know order {order_id}.",
                code="order_not_found",
                cure="The order was deleted, or is older than 60 days and the app may not read all orders.",
                platform="shopify",
            )
        return found

    def set_status(self, order: Mapping[str, Any], status: str, notice: StatusNotice) -> bool:
        """Whether something was changed. Raises Rejected for what cannot be set."""
        financial = str(order.get("displayFinancialStatus") or "").lower()
        cancelled, closed = bool(order.get("cancelledAt")), bool(order.get("closed"))
        present = CANCELLED if cancelled else CLOSED if closed else financial
        if status == present:
            return False
        if status not in {code for code, _ in ORDER_STATUSES}:
            raise _not_settable(status)
        if status == CANCELLED:
            return self._cancel(order, notice)
        if cancelled:
            raise Rejected(
                "The order is cancelled in the shop, and Shopify never takes that back.",
                code="order_cancelled",
                cure="Cancel the order in the ERP too, or enter a new one in the shop.",
            )
        if status == CLOSED:
            return self._do(CLOSE, order, "the archiving of the order")
        if closed and status == financial:
            return self._do(OPEN, order, "the opening of the order")
        if status == "paid":
            changed = self._do(MARK_PAID, order, "the payment of the order")
            return self._do(OPEN, order, "the opening of the order") if closed else changed
        raise _not_settable(status)

    def _do(self, mutation: Document, order: Mapping[str, Any], what: str) -> bool:
        self._client.change(mutation, {"id": order["id"]}, lane=LANE, what=what)
        return True

    def _cancel(self, order: Mapping[str, Any], notice: StatusNotice) -> bool:
        """Cannot be taken back. Shopify does it in the background; we wait a moment for it."""
        options = self._client.options
        payload = self._client.change(
            CANCEL,
            {
                "id": order["id"],
                "reason": "OTHER",
                "restock": options.cancel_restock,
                "refund": {"originalPaymentMethodsRefund": options.cancel_refund},
                "notify": notice.notify_customer,
                "note": notice.comment or None,
            },
            lane=LANE,
            what="the cancellation of the order",
        )
        job = payload.get("job") or {}
        for wait in _WAITS:
            if job.get("done") or not job.get("id"):
                break
            self._client.pause(wait)
            job = self._client.query(JOB, {"id": job["id"]}, lane=LANE).get("job") or {}
        return True

    # -- notes and data -----------------------------------------------------
    def append_note(self, order: Mapping[str, Any], text: str) -> bool:
        """Add a line to the order's note unless it is there; the rest of the note stays."""
        present = str(order.get("note") or "")
        if not text or text in present:
            return False
        body = {"id": order["id"], "note": f"{present}\n{text}".strip()}
        self._client.change(UPDATE_ORDER, {"input": body}, lane=LANE, what="the note of the order")
        return True

    def set_metadata(self, order: Mapping[str, Any], metadata: Mapping[str, str]) -> bool:
        """Our data as metafields of the order. `orderUpdate` would overwrite the buyer's own details."""
        present = {str(row.get("key")): str(row.get("value")) for row in nodes_of(order.get("metafields"))}
        rows = [
            {
                "ownerId": order["id"],
                "namespace": NAMESPACE,
                "key": key,
                "type": "single_line_text_field",
                "value": " ".join(value.split()),
            }
            for key, value in metadata.items()
            if value and present.get(key) != " ".join(value.split())
        ]
        if not rows:
            return False
        self._client.change(SET_METAFIELDS, {"metafields": rows}, lane=LANE, what="the data of the order")
        return True

    # -- invoice ------------------------------------------------------------
    def push_invoice(self, notice: InvoiceNotice) -> PushResult:
        """The document's number and link as metafields, and in the note. Orders of Shopify keep no files, and its file store
        is public, which is no place for an invoice."""
        number_key, url_key = META_KEYS[notice.kind]
        metadata = {number_key: notice.number, **({url_key: notice.url} if notice.url else {})}
        try:
            order = self.order(notice.order_remote_id)
            changed = self.set_metadata(order, metadata)
            if notice.comment or notice.url:
                comment = notice.comment or f"{_TITLES[notice.kind]} {notice.number}:"
                changed |= self.append_note(order, " ".join(part for part in (comment, notice.url) if part))
        except PermanentError as error:
            return refused(notice.key, notice.order_remote_id, error)
        return done(notice.key, notice.order_remote_id, changed)

    # -- refund -------------------------------------------------------------
    def push_refund(self, notice: RefundNotice) -> PushResult:
        """Record a refund of lines; money goes back only when `pay_back` says so. Our key stands in the refund's note, and
        is the call's idempotency key, so that a repetition finds what it made."""
        try:
            order = self.order(notice.order_remote_id, ORDER_REFUNDS)
            for row in order.get("refunds") or ():
                if mark_in(str(row.get("note") or "")) == notice.key:
                    return done(notice.key, notice.order_remote_id, False, refund_id=number_of(row.get("id")))
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


def _not_settable(status: str) -> Rejected:
    return Rejected(
        f"The status '{status}' cannot be set in Shopify.",
        code="status_not_settable",
        cure=f"Use one of: paid, {CLOSED}, {CANCELLED}. Shipments and refunds set the others.",
    )


def done(key: str, order_id: str, changed: bool, **data: Any) -> PushResult:
    return PushResult(key, Outcome.OK if changed else Outcome.UNCHANGED, remote_id=order_id, data=data)


def refused(key: str, order_id: str, error: EcomsyncError) -> PushResult:
    return replace(result_from_error(key, error), remote_id=order_id)


def _rejected(key: str, order_id: str, code: str, message: str, cure: str) -> PushResult:
    return PushResult(key, Outcome.REJECTED, code, message, cure, remote_id=order_id)
