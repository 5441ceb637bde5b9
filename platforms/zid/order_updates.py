"""What goes back to an order: its status with the tracking that travels with it, and comments.

Zid has no shipments and takes no invoices. Each write looks first, so that a repetition after a lost answer does nothing
twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ecomsync.common.errors import EcomsyncError, PermanentError
from platforms.base import result_from_error
from platforms.types import InvoiceKind, InvoiceNotice, Outcome, PushResult, ShipmentNotice, StatusNotice
from platforms.zid.client import ZidClient
from platforms.zid.mapping_orders import canonical_status, location_with_dashes, status_of
from platforms.zid.mapping_products import dicts
from platforms.zid.orders import ROUTE, OrderReader

LANE = "orders"
MAX_COMMENT = 100
SHIPPED, DELIVERED = "indelivery", "delivered"
_ACTION_STATUS = {"complete": DELIVERED, "cancel": "cancelled"}
_TITLES = {InvoiceKind.INVOICE: "Invoice", InvoiceKind.CREDIT_NOTE: "Credit note"}


class OrderUpdater:
    def __init__(self, client: ZidClient, orders: OrderReader) -> None:
        self._client = client
        self._orders = orders

    # -- status -------------------------------------------------------------
    def push_status(self, notice: StatusNotice) -> PushResult:
        """Set the status, then add our comment. UNCHANGED when all is there."""
        status = notice.status or _ACTION_STATUS.get(notice.action, "")
        if not status and not notice.comment:
            if notice.metadata:
                return PushResult(
                    notice.key,
                    Outcome.UNCHANGED,
                    remote_id=notice.order_remote_id,
                    warning="Zid's orders have no place for data of ours.",
                )
            return PushResult(
                notice.key, Outcome.REJECTED, "no_status", "No status is given.", "Map the status."
            )
        try:
            order = self._orders.view(notice.order_remote_id)
            changed = False
            if status and not _has_status(order, status):
                order = self._set(order, {"order_status": status})
                changed = True
            if notice.comment:
                changed |= self._comment(order, notice.comment)
        except PermanentError as error:
            return _refused(notice.key, notice.order_remote_id, error)
        return _done(notice.key, notice.order_remote_id, order, changed, status=status)

    def _set(self, order: Mapping[str, Any], body: Mapping[str, str]) -> dict[str, Any]:
        """The order as the answer shows it. A store that ships by a carrier asks for the location of what is ready."""
        location = location_with_dashes(str((order.get("inventory_address") or {}).get("id") or ""))
        if body["order_status"] == "ready" and location:
            body = {**body, "inventory_address_id": location}
        reply = self._client.post(f"{ROUTE}/{order['id']}/change-order-status", body, lane=LANE)
        return reply.record("order")

    def _comment(self, order: Mapping[str, Any], text: str) -> bool:
        """A comment of at most 100 characters, unless the order's history has it."""
        short = text.strip()[:MAX_COMMENT]
        if any(str(row.get("comment") or "").strip() == short for row in dicts(order.get("histories"))):
            return False
        self._client.post(f"{ROUTE}/{order['id']}/add-order-comment", {"comment": short}, lane=LANE)
        return True

    # -- shipment -----------------------------------------------------------
    def push_shipment(self, notice: ShipmentNotice) -> PushResult:
        """The tracking goes with the status. A part that leaves repeats the present status; the rest moves the order on, but
        never back from delivered. Parcels beyond the first stand in comments."""
        try:
            order = self._orders.view(notice.order_remote_id)
            present = status_of(order)
            status = notice.status or (present if notice.is_partial else SHIPPED)
            if canonical_status(status) == SHIPPED and present == DELIVERED:
                status = DELIVERED
            body = {"order_status": status, **_tracking(notice)}
            changed = False
            if not (_has_status(order, status) and _has_tracking(order, body)):
                order = self._set(order, body)
                changed = True
            for parcel in notice.parcels[1:]:
                changed |= self._comment(order, " ".join(filter(None, (parcel.number, parcel.url))))
            if notice.comment:
                changed |= self._comment(order, notice.comment)
        except PermanentError as error:
            return _refused(notice.key, notice.order_remote_id, error)
        return _done(notice.key, notice.order_remote_id, order, changed)

    # -- invoice ------------------------------------------------------------
    def push_invoice(self, notice: InvoiceNotice) -> PushResult:
        """The document's number, and its link where it fits, as a comment; only where the site wants that."""
        if not self._client.options.invoice_comment:
            return PushResult(
                notice.key,
                Outcome.REJECTED,
                "invoices_off",
                "Zid takes no invoices, and their numbers are not to become comments.",
                "Switch 'Invoice numbers as comments' of the site on, or leave invoices out of 'Update Order Status'.",
                remote_id=notice.order_remote_id,
            )
        text = notice.comment or f"{_TITLES[notice.kind]} {notice.number}"
        whole = f"{text} {notice.url}".strip()
        try:
            order = self._orders.view(notice.order_remote_id)
            changed = self._comment(order, whole if len(whole) <= MAX_COMMENT else text)
        except PermanentError as error:
            return _refused(notice.key, notice.order_remote_id, error)
        return PushResult(
            notice.key,
            Outcome.OK if changed else Outcome.UNCHANGED,
            remote_id=notice.order_remote_id,
        )


def _has_status(order: Mapping[str, Any], wanted: str) -> bool:
    return status_of(order) == canonical_status(wanted)


def _tracking(notice: ShipmentNotice) -> dict[str, str]:
    if not notice.parcels:
        return {}
    first = notice.parcels[0]
    return {"tracking_number": first.number, **({"tracking_url": first.url} if first.url else {})}


def _has_tracking(order: Mapping[str, Any], body: Mapping[str, str]) -> bool:
    method = (order.get("shipping") or {}).get("method") or {}
    tracking = method.get("tracking") or {}
    return "tracking_number" not in body or str(tracking.get("number") or "") == body["tracking_number"]


def _done(key: str, order_id: str, order: Mapping[str, Any], changed: bool, **data: Any) -> PushResult:
    """With the order as it is after a write, so that the event about it brings nothing new."""
    told = {"order": dict(order)} if changed else {}
    return PushResult(
        key, Outcome.OK if changed else Outcome.UNCHANGED, remote_id=order_id, data={**data, **told}
    )


def _refused(key: str, order_id: str, error: EcomsyncError) -> PushResult:
    return replace(result_from_error(key, error), remote_id=order_id)
