"""What goes back to an order: status, notes, tracking, invoice link, refund.

Billing, shipping, lines, fees and coupons are never sent: WooCommerce would compute the order anew with today's tax
rates. Statuses go by single calls: the batch route takes an unknown status and silently makes it `pending`.
Each write looks first, so that a repetition after a lost answer does nothing twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from ecomsync.common.errors import EcomsyncError, PermanentError, Rejected
from ecomsync.common.money import ZERO, currency_quantum
from platforms.base import result_from_error
from platforms.types import (
    InvoiceKind,
    InvoiceNotice,
    Outcome,
    PushResult,
    RefundNotice,
    RemoteReturnLine,
    ShipmentNotice,
    StatusNotice,
)
from platforms.woocommerce.client import WooClient
from platforms.woocommerce.errors import plain_text
from platforms.woocommerce.mapping_returns import RETURN_META_KEY
from platforms.woocommerce.tracking import TrackingWriter

LANE = "orders"
#: (number, link) under which the order keeps what was made for it.
META_KEYS = {
    InvoiceKind.INVOICE: ("_erp_invoice_no", "_erp_invoice_url"),
    InvoiceKind.CREDIT_NOTE: ("_erp_credit_note_no", "_erp_credit_note_url"),
}
_TITLES = {InvoiceKind.INVOICE: "Invoice", InvoiceKind.CREDIT_NOTE: "Credit note"}
#: How far the shop's clock may be behind ours when a note's age is judged.
CLOCK_TOLERANCE = timedelta(minutes=10)
#: From these an order does not come back by itself.
CLOSED = frozenset({"cancelled", "refunded", "trash"})
CLOSED_MEANWHILE = "The shop closed this order meanwhile (%(status)s); nothing was written there."
_ACTION_STATUS = {"complete": "completed", "cancel": "cancelled"}


class OrderUpdater:
    def __init__(self, client: WooClient) -> None:
        self._client = client
        self._tracking = TrackingWriter(client)

    # -- status -------------------------------------------------------------
    def push_status(self, notice: StatusNotice) -> PushResult:
        """Set the status and our meta data in one call, then add the comment. UNCHANGED when all is there already."""
        status = (notice.status or _ACTION_STATUS.get(notice.action, "")).removeprefix("wc-")
        if not status and not notice.metadata and not notice.comment:
            return _rejected(
                notice.key, notice.order_remote_id, "no_status", "No status is given.", "Map the status."
            )
        try:
            order = self._order(notice.order_remote_id)
            if _is_closed(order, status):
                return self._closed(notice.key, order)
            shown = self._change(order, status, notice.metadata)
            changed = shown is not None
            if notice.comment:
                changed |= self.add_note(
                    order["id"],
                    notice.comment,
                    customer=notice.notify_customer,
                    since=notice.tried_since,
                )
        except PermanentError as error:
            return _refused(notice.key, notice.order_remote_id, error)
        return _done(notice.key, notice.order_remote_id, changed, shown, status=status)

    def _order(self, order_id: str) -> dict[str, Any]:
        if not order_id.isdigit():
            raise Rejected(
                f"'{order_id}' is not the id of an order in this shop.",
                code="bad_id",
                cure="Read the order again from the shop.",
            )
        fields = "id,status,currency,meta_data,line_items,shipping_lines,fee_lines"
        return self._client.get(f"orders/{order_id}", [("_fields", fields)], lane=LANE).record()

    def _closed(self, key: str, order: Mapping[str, Any]) -> PushResult:
        """The shop closed the order meanwhile: nothing is written, and its answer brings the news."""
        shown = self._client.get(f"orders/{order['id']}", lane=LANE).record()
        return replace(
            _done(key, str(order["id"]), False, shown), warning=CLOSED_MEANWHILE % {"status": order["status"]}
        )

    def _change(
        self, order: Mapping[str, Any], status: str, metadata: Mapping[str, str]
    ) -> dict[str, Any] | None:
        """The order as it is after the change; None when there was nothing to change."""
        body: dict[str, Any] = {}
        if status and order.get("status") != status:
            body["status"] = status
        present = {
            str(row.get("key")): row.get("value")
            for row in order.get("meta_data") or ()
            if isinstance(row, dict)
        }
        meta = [
            {"key": key, "value": value}
            for key, value in metadata.items()
            if str(present.get(key, "")) != value
        ]
        if meta:
            body["meta_data"] = meta
        if not body:
            return None
        answer = self._client.put(f"orders/{order['id']}", body, lane=LANE).record()
        if status and answer.get("status") != status:
            raise Rejected(
                f"The shop made the status '{answer.get('status')}' although '{status}' was sent.",
                code="status_not_kept",
                cure="A plugin of the shop changes statuses; choose another status in 'Update Order Status'.",
            )
        return answer

    # -- notes --------------------------------------------------------------
    def add_note(self, order_id: Any, text: str, *, customer: bool, since: datetime | None = None) -> bool:
        """Add a note unless the order has just this one. customer: WooCommerce e-mails it to the buyer.

        since: a note from before that was not written by this message, however alike it is.
        """
        notes = self._client.get(f"orders/{order_id}/notes", [("type", "any")], lane=LANE).rows()
        wanted = plain_text(text)
        for note in notes:
            if (
                bool(note.get("customer_note")) == customer
                and plain_text(str(note.get("note", ""))) == wanted
                and not _is_older(note, since)
            ):
                return False
        self._client.post(f"orders/{order_id}/notes", {"note": text, "customer_note": customer}, lane=LANE)
        return True

    # -- shipment -----------------------------------------------------------
    def push_shipment(self, notice: ShipmentNotice) -> PushResult:
        """Tracking first, then the status: the mail that 'completed' sends shows the tracking.

        Without a tracking plugin and fulfillments the numbers go into a note to the buyer, of a partial shipment
        with its items.
        """
        try:
            order = self._order(notice.order_remote_id)
            if _is_closed(order, notice.status.removeprefix("wc-")):
                return self._closed(notice.key, order)
            written = self._tracking.write(order, notice)
            changed, shown = written.changed, None
            in_note = written.place == "note" and bool(notice.parcels or notice.is_partial)
            text = _shipment_text(notice, order) if in_note else notice.comment
            if text:
                customer = notice.notify_customer or (in_note and bool(notice.parcels))
                changed |= self.add_note(order["id"], text, customer=customer, since=notice.tried_since)
            if notice.status:
                shown = self._change(order, notice.status.removeprefix("wc-"), {})
                changed |= shown is not None
        except PermanentError as error:
            return _refused(notice.key, notice.order_remote_id, error)
        return _done(notice.key, notice.order_remote_id, changed, shown, tracking=written.place)

    # -- invoice ------------------------------------------------------------
    def push_invoice(self, notice: InvoiceNotice) -> PushResult:
        """The document's number and link as meta data and, by option, as a note. WooCommerce keeps no files."""
        number_key, url_key = META_KEYS[notice.kind]
        metadata = {number_key: notice.number}
        if notice.url:
            metadata[url_key] = notice.url
        place = self._client.options.invoice_note
        try:
            order = self._order(notice.order_remote_id)
            shown = self._change(order, "", metadata)
            changed = shown is not None
            if place != "none" and (notice.url or notice.comment):
                comment = notice.comment or f"{_TITLES[notice.kind]} {notice.number}:"
                text = " ".join(part for part in (comment, notice.url) if part)
                customer = place == "customer" and notice.notify_customer
                changed |= self.add_note(order["id"], text, customer=customer, since=notice.tried_since)
        except PermanentError as error:
            return _refused(notice.key, notice.order_remote_id, error)
        return _done(notice.key, notice.order_remote_id, changed, shown)

    # -- refund -------------------------------------------------------------
    def push_refund(self, notice: RefundNotice) -> PushResult:
        """Record a refund. Money goes back through the gateway only when `pay_back` says so: WooCommerce would do it
        by default. Our key is kept on the refund, so that a repetition finds it."""
        try:
            order = self._order(notice.order_remote_id)
            known = self._find_refund(order["id"], notice.key)
            if known:
                return _done(notice.key, notice.order_remote_id, False, refund_id=known)
            refund = self._client.post(
                f"orders/{order['id']}/refunds", refund_body(notice, order), lane=LANE
            ).record()
        except PermanentError as error:
            return _refused(notice.key, notice.order_remote_id, error)
        return _done(notice.key, notice.order_remote_id, True, refund_id=str(refund.get("id", "")))

    def _find_refund(self, order_id: Any, key: str) -> str:
        for row in self._client.pages(f"orders/{order_id}/refunds", lane=LANE):
            for meta in row.get("meta_data") or ():
                if (
                    isinstance(meta, dict)
                    and meta.get("key") == RETURN_META_KEY
                    and str(meta.get("value")) == key
                ):
                    return str(row.get("id", ""))
        return ""


def refund_body(notice: RefundNotice, order: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON of a refund. Raises Rejected for a line that the order does not have."""
    currency = str(order.get("currency", ""))
    rows = {
        str(row.get("id")): row
        for part in ("line_items", "shipping_lines", "fee_lines")
        for row in order.get(part) or ()
        if isinstance(row, dict)
    }
    body: dict[str, Any] = {
        "amount": format(notice.amount.quantize(currency_quantum(currency), rounding=ROUND_HALF_UP), "f"),
        "reason": notice.reason,
        "api_refund": notice.pay_back,
        "api_restock": notice.restock,
        "meta_data": [{"key": RETURN_META_KEY, "value": notice.key}],
    }
    lines = [_refund_line(line, rows, currency) for line in notice.lines if line.order_line_id]
    if lines:
        body["line_items"] = lines
    return body


def _refund_line(
    line: RemoteReturnLine, rows: Mapping[str, Mapping[str, Any]], currency: str
) -> dict[str, Any]:
    row = rows.get(line.order_line_id)
    if row is None:
        raise Rejected(
            f"The order has no line {line.order_line_id} ('{line.name or line.sku}').",
            code="unknown_line",
            cure="Read the order again from the shop and correct the return.",
        )
    body: dict[str, Any] = {
        "id": int(line.order_line_id),
        "quantity": int(line.quantity),
        "refund_total": _number(line.net),
    }
    taxes = _refund_taxes(line.tax, row, currency)
    if taxes:
        body["refund_tax"] = taxes
    return body


def _refund_taxes(tax: Decimal, row: Mapping[str, Any], currency: str) -> list[dict[str, Any]]:
    """The tax given back, split over the rates of the order's line in their proportion, to the cent."""
    shares = [
        (int(share["id"]), abs(Decimal(str(share.get("total") or 0))))
        for share in row.get("taxes") or ()
        if isinstance(share, dict) and str(share.get("id", "")).isdigit()
    ]
    weight = sum((amount for _, amount in shares), ZERO)
    if not tax or not weight:
        return []
    parts = [
        (tax * amount / weight).quantize(currency_quantum(currency), rounding=ROUND_HALF_UP)
        for _, amount in shares
    ]
    largest = max(range(len(shares)), key=lambda n: shares[n][1])
    parts[largest] += tax - sum(parts, ZERO)
    return [
        {"id": rate_id, "refund_total": _number(part)}
        for (rate_id, _), part in zip(shares, parts, strict=True)
        if part
    ]


def _number(amount: Decimal) -> float:
    """The one place where WooCommerce wants a JSON number; two or three decimals survive it exactly."""
    return float(amount)


def _is_older(note: Mapping[str, Any], since: datetime | None) -> bool:
    """Whether a note stood there before `since`; one without a readable time counts as ours."""
    if since is None:
        return False
    try:
        made = datetime.fromisoformat(str(note.get("date_created_gmt", ""))).replace(tzinfo=UTC)
    except ValueError:
        return False
    return made < since - CLOCK_TOLERANCE


def _shipment_text(notice: ShipmentNotice, order: Mapping[str, Any]) -> str:
    """The comment, of a partial shipment its items, and each parcel with its carrier and address."""
    parts = [notice.comment]
    if notice.is_partial:
        parts.append(_items_text(notice, order))
    for parcel in notice.parcels:
        parts += [" ".join(part for part in (notice.carrier, parcel.number) if part), parcel.url]
    return "\n".join(part for part in parts if part)


def _items_text(notice: ShipmentNotice, order: Mapping[str, Any]) -> str:
    names = {str(line.get("id")): str(line.get("name") or "") for line in order.get("line_items") or ()}
    items = [
        f"{quantity.normalize():f} × {names[line]}" for line, quantity in notice.lines if names.get(line)
    ]
    return ", ".join(items)


def _is_closed(order: Mapping[str, Any], status: str) -> bool:
    """Whether another status would bring back an order that was closed: its goods would be taken out of stock again, and
    the buyer told of an order that he had cancelled."""
    return bool(status) and status not in CLOSED and order.get("status") in CLOSED


def _done(
    key: str, order_id: str, changed: bool, order: Mapping[str, Any] | None = None, **data: Any
) -> PushResult:
    if order is not None:
        data["order"] = order
    return PushResult(key, Outcome.OK if changed else Outcome.UNCHANGED, remote_id=order_id, data=data)


def _refused(key: str, order_id: str, error: EcomsyncError) -> PushResult:
    return replace(result_from_error(key, error), remote_id=order_id)


def _rejected(key: str, order_id: str, code: str, message: str, cure: str) -> PushResult:
    return PushResult(key, Outcome.REJECTED, code, message, cure, remote_id=order_id)
