"""One message of the outbox as a call to the shop."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from orders.models import OrderOutbox
from orders.services.outbox import NUMBER_KEY
from orders.states import OutboxKind
from platforms.base import PlatformAdapter
from platforms.types import InvoiceNotice, PushResult, ShipmentNotice, StatusNotice


def send_message(row: OrderOutbox, adapter: PlatformAdapter) -> PushResult:
    """Send one message. Raises what concerns the whole connection; a refusal is a result."""
    return _SENDERS[OutboxKind(row.kind)](row, adapter)


def describe_message(row: OrderOutbox) -> str:
    """What would be sent, for a site in dry run."""
    payload = row.payload
    parts = [row.get_kind_display(), payload.get("status", ""), payload.get("document_number", "")]
    parts += [payload.get("tracking_number", ""), payload.get("comment", "")]
    return " · ".join(str(part) for part in parts if part)


def _send_status(row: OrderOutbox, adapter: PlatformAdapter) -> PushResult:
    payload = row.payload
    return adapter.push_status(
        StatusNotice(
            key=row.dedupe_key,
            order_remote_id=row.order.remote_id,
            status=str(payload.get("status", "")),
            action=str(payload.get("action") or "status"),
            comment=str(payload.get("comment", "")),
            notify_customer=bool(payload.get("notify_customer")),
            metadata=_metadata(payload),
        )
    )


def _metadata(payload: Mapping[str, Any]) -> dict[str, str]:
    number = str(payload.get("erp_number", ""))
    return {NUMBER_KEY: number} if number else {}


def _send_shipment(row: OrderOutbox, adapter: PlatformAdapter) -> PushResult:
    payload = row.payload
    shipped_at = str(payload.get("shipped_at", ""))
    partial = adapter.capabilities.partial_shipments
    lines = tuple((str(key), Decimal(str(quantity))) for key, quantity in payload.get("lines", []))
    return adapter.push_shipment(
        ShipmentNotice(
            key=row.dedupe_key,
            order_remote_id=row.order.remote_id,
            lines=lines if partial else (),
            carrier=str(payload.get("carrier", "")),
            tracking_number=str(payload.get("tracking_number", "")),
            tracking_url=str(payload.get("tracking_url", "")),
            shipped_at=datetime.fromisoformat(shipped_at) if shipped_at else None,
            notify_customer=bool(payload.get("notify_customer")),
            comment=str(payload.get("comment", "")),
            status=str(payload.get("status", "")),
        )
    )


def _send_invoice(row: OrderOutbox, adapter: PlatformAdapter) -> PushResult:
    payload = row.payload
    return adapter.push_invoice(
        InvoiceNotice(
            key=row.dedupe_key,
            order_remote_id=row.order.remote_id,
            number=str(payload.get("document_number", "")),
            notify_customer=bool(payload.get("notify_customer")),
            comment=str(payload.get("comment", "")),
        )
    )


_SENDERS: Mapping[OutboxKind, Callable[[OrderOutbox, PlatformAdapter], PushResult]] = {
    OutboxKind.STATUS: _send_status,
    OutboxKind.CANCEL: _send_status,
    OutboxKind.NOTE: _send_status,
    OutboxKind.SHIP: _send_shipment,
    OutboxKind.INVOICE: _send_invoice,
}
