"""What goes back to an order: status, notes, invoice link, refund. Each write looks first, so that a repetition after a lost
answer does nothing twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ecomsync.common.errors import EcomsyncError, NotFound, PermanentError, Rejected
from platforms.base import result_from_error
from platforms.shopify.answers import nodes_of
from platforms.shopify.client import ShopifyClient
from platforms.shopify.documents import Document, document
from platforms.shopify.ids import gid
from platforms.shopify.mapping_orders import CANCELLED, CLOSED, ORDER_STATUSES
from platforms.shopify.product_documents import SET_METAFIELDS
from platforms.types import InvoiceKind, InvoiceNotice, Outcome, PushResult, StatusNotice

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


class OrderUpdater:
    def __init__(self, client: ShopifyClient) -> None:
        self._client = client

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
