"""What goes back to an order: status, comment, shipment with its tracks, invoice.

The API knows no idempotency: each creation would be made again. So each write looks first, and what we create bears our
mark in a comment, by which a repetition after a lost answer finds it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from ecomsync.common.errors import EcomsyncError, PermanentError, Rejected
from ecomsync.common.money import ZERO
from platforms.base import result_from_error
from platforms.magento1.client import MagentoClient
from platforms.magento1.faults import plain_text
from platforms.magento1.orders import OrderReader
from platforms.magento1.payloads import OrderShape, moment, read_shape
from platforms.magento1.statuses import ACTIONS, STATE_OF
from platforms.types import (
    InvoiceKind,
    InvoiceNotice,
    Outcome,
    PushResult,
    StatusNotice,
)

LANE = "orders"
#: How far the shop's clock may be behind ours when a comment's age is judged.
CLOCK_TOLERANCE = timedelta(minutes=10)
_OPEN = "1"  # the state of an invoice that is not paid
_TITLES = {InvoiceKind.INVOICE: "Invoice", InvoiceKind.CREDIT_NOTE: "Credit note"}


class OrderUpdater:
    def __init__(self, client: MagentoClient, reader: OrderReader) -> None:
        self._client = client
        self._reader = reader

    # -- status -------------------------------------------------------------
    def push_status(self, notice: StatusNotice) -> PushResult:
        """Set the status and add the comment, in one call where the status is only a name."""
        status = notice.status or ACTIONS.get(notice.action, "")
        comment = _comment_of(notice)
        if not status and not comment:
            return PushResult(
                notice.key,
                Outcome.REJECTED,
                "no_status",
                "No status is given.",
                "Map the status.",
                remote_id=notice.order_remote_id,
            )
        try:
            order = self._reader.record(notice.order_remote_id)
            changed = self.set_status(
                order,
                status,
                comment=comment,
                notify=notice.notify_customer,
                since=notice.tried_since,
            )
        except PermanentError as error:
            return refused(notice.key, notice.order_remote_id, error)
        return done(notice.key, notice.order_remote_id, changed)

    def set_status(
        self,
        order: Mapping[str, Any],
        status: str,
        *,
        comment: str = "",
        notify: bool = False,
        since: datetime | None = None,
    ) -> bool:
        """Whether anything was written. Raises Rejected for what the order's state does not allow."""
        number, present = str(order["increment_id"]), str(order.get("status") or "")
        said = not comment or self.has_comment(order, comment, since)
        if status in ("", present):
            if said:
                return False
            self._comment(number, present, comment, notify=notify)
            return True
        by_step = self._by_step(order, status)
        if by_step:
            self._client.call(f"order.{by_step}", number, lane=LANE)
        else:
            self._check_fits(order, status)
        if not by_step or not said:
            self._comment(number, status, "" if said else comment, notify=notify and not said)
        return True

    def _comment(self, number: str, status: str, text: str, *, notify: bool) -> None:
        self._client.call("order.addComment", number, status, text, notify, lane=LANE)

    def _by_step(self, order: Mapping[str, Any], status: str) -> str:
        """The call that brings an order there, or "" when the status is a name only."""
        state = str(order.get("state") or "")
        if status == "canceled":
            return "cancel"
        if status == "holded":
            return "hold"
        if state == "holded":
            before = str(order.get("hold_before_status") or "")
            if before and before != status:
                raise Rejected(
                    f"The order is on hold and was '{before}' before; it cannot become '{status}' at once.",
                    code="status_not_allowed",
                    cure=f"Send the status '{before}' first, or take the order off hold in the shop.",
                    platform="magento1",
                )
            return "unhold"
        return ""

    def _check_fits(self, order: Mapping[str, Any], status: str) -> None:
        """Raises Rejected for a status nobody knows, or of another state than the order's."""
        custom = self._client.options.custom_statuses
        if status not in STATE_OF and status not in custom:
            raise Rejected(
                f"The status '{status}' is none of Magento's own, and the shop takes any text without a check.",
                code="status_unknown",
                cure="If the shop has it, add it to 'Order statuses of the shop's own' in the options of the site.",
                platform="magento1",
            )
        belongs, state = custom.get(status) or STATE_OF.get(status, ""), str(order.get("state") or "")
        if belongs and state and belongs != state:
            raise Rejected(
                f"The status '{status}' belongs to the state '{belongs}', and the order is '{state}'.",
                code="status_not_allowed",
                cure="An order becomes complete by its invoice and shipments and closed by its credit memos: send those.",
                platform="magento1",
            )

    def has_comment(self, order: Mapping[str, Any], text: str, since: datetime | None) -> bool:
        """Whether the order's history has just this text. since: an older one was not written by this message."""
        wanted = plain_text(text)
        for row in order.get("status_history") or ():
            if isinstance(row, Mapping) and plain_text(str(row.get("comment") or "")) == wanted:
                made = _moment(row.get("created_at"))
                if since is None or made is None or made >= since - CLOCK_TOLERANCE:
                    return True
        return False

    # -- invoice ------------------------------------------------------------
    def push_invoice(self, notice: InvoiceNotice) -> PushResult:
        """The document's number and link as a comment; by option the order is invoiced in the shop, too.

        The shop keeps no files. All that is not invoiced yet goes into one invoice of the shop.
        """
        title = notice.comment or f"{_TITLES[notice.kind]} {notice.number}"
        text = " ".join(part for part in (title, notice.url) if part)
        made = ""
        try:
            order = self._reader.record(notice.order_remote_id)
            changed = False
            if notice.kind is InvoiceKind.INVOICE and self._client.options.create_invoice:
                made = self._invoice(order, notice.tried_since)
                changed = bool(made)
            if not self.has_comment(order, text, notice.tried_since):
                status = str(order.get("status") or "")
                if made:  # the invoice may have moved it on
                    status = str(self._reader.record(notice.order_remote_id).get("status") or status)
                self._comment(str(order["increment_id"]), status, text, notify=notice.notify_customer)
                changed = True
        except PermanentError as error:
            return refused(notice.key, notice.order_remote_id, error)
        return done(notice.key, notice.order_remote_id, changed, **({"invoice_id": made} if made else {}))

    def _invoice(self, order: Mapping[str, Any], since: datetime | None) -> str:
        """The number of the invoice that was made or captured, or "" when nothing was left to do."""
        shape = read_shape(OrderShape, order, what="Order")
        left = sum((row.qty_ordered - row.qty_canceled - row.qty_invoiced for row in tops(shape)), ZERO)
        if shape.state in ("canceled", "closed", "holded", "payment_review"):
            return ""
        if left <= 0:
            return self._capture_late(shape, since)
        number = str(
            self._client.call("order_invoice.create", shape.increment_id, {}, "", False, False, lane=LANE)
        )
        if self._client.options.capture_invoices:
            record = self._client.read("order_invoice.info", number, lane=LANE)
            if isinstance(record, Mapping) and str(record.get("state")) == _OPEN:
                self._client.call("order_invoice.capture", number, lane=LANE)
        return number

    def _capture_late(self, shape: OrderShape, since: datetime | None) -> str:
        """Capture the invoice that an earlier try of this message made and could not capture. One from before the first try
        was left open by somebody else. Its number, or ""."""
        if not self._client.options.capture_invoices or since is None:
            return ""
        for row in self._client.rows("order_invoice.list", {"order_id": {"eq": shape.order_id}}, lane=LANE):
            made = _moment(row.get("created_at"))
            if str(row.get("state")) == _OPEN and made is not None and made >= since - CLOCK_TOLERANCE:
                number = str(row.get("increment_id") or "")
                self._client.call("order_invoice.capture", number, lane=LANE)
                return number
        return ""


def tops(shape: OrderShape) -> list[Any]:
    """The rows that are counted when goods leave or are invoiced: of a configurable the first."""
    return [row for row in shape.items if not row.parent_item_id]


def _moment(value: Any) -> datetime | None:
    try:
        return moment(value)
    except ValueError:
        return None


def done(key: str, order_id: str, changed: bool, **data: Any) -> PushResult:
    return PushResult(key, Outcome.OK if changed else Outcome.UNCHANGED, remote_id=order_id, data=data)


def refused(key: str, order_id: str, error: EcomsyncError) -> PushResult:
    return replace(result_from_error(key, error), remote_id=order_id)


def _comment_of(notice: StatusNotice) -> str:
    """The comment, and the ERP's numbers where it is not for the buyer's eyes: orders have no field for them."""
    numbers = ", ".join(value for value in notice.metadata.values() if value)
    if not numbers or notice.notify_customer:
        return notice.comment
    return "\n".join(filter(None, (notice.comment, f"ERP: {numbers}")))
