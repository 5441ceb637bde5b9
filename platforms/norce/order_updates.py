"""Statuses and shipments back to Norce: look first, then write. Source: fact sheet §11."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ecomsync.common.errors import PermanentError, Rejected
from platforms.norce.client import quoted
from platforms.norce.errors import PLATFORM
from platforms.norce.fields import json_number, rows, text
from platforms.norce.mapping_orders import is_charge, quantity_of
from platforms.norce.order_desk import ERP_NUMBER, OrderDesk, connect_number, done, order_no, refused
from platforms.norce.order_states import STATUS_NAMES
from platforms.types import PushResult, ShipmentNotice, StatusNotice

CANCELLED, DELIVERED, PARTLY_DELIVERED = "Cancelled", "Delivered", "PartlyDelivered"
_ACTIONS = {"complete": DELIVERED, "cancel": CANCELLED}
PARCEL_DELIVERED = 4


class StatusWriter:
    def __init__(self, desk: OrderDesk) -> None:
        self._desk = desk

    def push(self, notice: StatusNotice) -> PushResult:
        """Two calls; a repetition one."""
        reference = notice.order_remote_id
        try:
            wanted = _wanted(notice)
            order = self._desk.order(reference)
            present = self._desk.status(order)
            number = notice.metadata.get(ERP_NUMBER, "")
            known = not number or number == text(order, "ErpOrderNo")
            if wanted in ("", present) and known:
                return done(notice.key, reference, False)
            if not wanted:
                # Only the number is told: whoever has one has received the order.
                wanted = "Acknowledged" if present == "Created" else present
            if wanted == CANCELLED:
                self._cancel(order, reference)
            else:
                self._desk.send_status(reference, wanted, erp_number=number)
        except PermanentError as error:
            return refused(notice.key, reference, error)
        return done(notice.key, reference, True)

    def _cancel(self, order: Mapping[str, Any], reference: str) -> None:
        """Cancels, and lets go of what is reserved at the payment provider."""
        body: dict[str, Any] = {
            "ClientOrderRef": connect_number(reference),
            "ErpOrderNo": text(order, "ErpOrderNo"),
            "Payments": [
                {"PaymentRef": text(payment, "PaymentRef")}
                for payment in rows(order, "Payments")
                if text(payment, "PaymentRef")
            ],
        }
        self._desk.client.post_order("Order/CancelOrder", body)


def _wanted(notice: StatusNotice) -> str:
    """The status to set; "" when only the number of the ERP is told."""
    wanted = notice.status or _ACTIONS.get(notice.action, "")
    if wanted and wanted not in STATUS_NAMES:
        raise Rejected(
            f"Norce has no order status '{wanted}'.",
            code="unknown_status",
            cure=f"Choose one of these in the order statuses of the site: {', '.join(STATUS_NAMES)}.",
            platform=PLATFORM,
        )
    return wanted


class ShipmentWriter:
    def __init__(self, desk: OrderDesk) -> None:
        self._desk = desk

    def push(self, notice: ShipmentNotice) -> PushResult:
        """A delivery note with its parcels, then the status: four calls, a repetition two."""
        reference = notice.order_remote_id
        try:
            order = self._desk.order(reference)
            changed = self._note(order, notice)
            changed |= self._status(order, notice)
        except PermanentError as error:
            return refused(notice.key, reference, error)
        return done(notice.key, reference, changed)

    def _note(self, order: Mapping[str, Any], notice: ShipmentNotice) -> bool:
        number = note_number(notice)
        if self._desk.records("DeliveryNotes", f"NoteNo eq {quoted(number)}"):
            return False
        try:
            self._desk.client.post_order("Order/CreateDeliveryNote", _note_body(order, notice, number))
        except Rejected as error:
            # Where Query lists no notes, the refusal of a second one of this number says that it is there.
            if "exist" in error.message.lower():
                return False
            raise
        return True

    def _status(self, order: Mapping[str, Any], notice: ShipmentNotice) -> bool:
        wanted = notice.status or (PARTLY_DELIVERED if notice.is_partial else DELIVERED)
        present = self._desk.status(order)
        if present == wanted or present in (DELIVERED, "Invoiced") or wanted not in STATUS_NAMES:
            return False
        self._desk.send_status(notice.order_remote_id, wanted)
        return True


def note_number(notice: ShipmentNotice) -> str:
    """Delivery notes have a number; the key of the message is one of ours and of no other."""
    return notice.key[-50:]


def _note_body(order: Mapping[str, Any], notice: ShipmentNotice, number: str) -> dict[str, Any]:
    wanted = dict(notice.lines)
    items = []
    for row in rows(order, "Items"):
        line = text(row, "LineNo")
        if is_charge(row) or (wanted and line not in wanted):
            continue
        quantity = wanted.get(line, quantity_of(row))
        items.append(
            {
                "RowNumber": int(line) if line.isdigit() else line,
                "ItemNo": text(row, "PartNo"),
                "Qty": json_number(quantity),
                "Description": text(row, "Description"),
            }
        )
    shipped = notice.shipped_at or datetime.now(UTC)
    return {
        "OrderNo": order_no(order),
        "NoteNo": number,
        "DeliveryDate": shipped.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S"),
        "DeliveryMode": notice.carrier,
        "NoteText": notice.comment or " ".join(parcel.url for parcel in notice.parcels if parcel.url),
        "StatusId": PARCEL_DELIVERED,
        "DeliveryNoteItems": items,
        "DeliveryNotePackages": [
            {"ParcelNumber": parcel.number, "StatusId": PARCEL_DELIVERED} for parcel in notice.parcels
        ],
    }
