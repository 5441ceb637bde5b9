"""One message of the outbox as a call to the shop."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from ecomsync.common.errors import NotFound
from erp.models import Delivery, SalesInvoice, SalesOrder
from erp.printing.render import render_invoice, require_pdf
from erp.services.document_links import public_link, public_url
from orders.models import OrderOutbox
from orders.services.outbox import NUMBER_KEY
from orders.services.refund_messages import refund_notice
from orders.states import OPEN_OUTBOX_STATES, OutboxKind
from platforms.base import Capabilities, PlatformAdapter
from platforms.types import (
    InvoiceKind,
    InvoiceNotice,
    Parcel,
    PushResult,
    RefundNotice,
    ShipmentNotice,
    StatusNotice,
)

Notice = StatusNotice | ShipmentNotice | InvoiceNotice | RefundNotice


@dataclass(frozen=True, slots=True)
class Message:
    """A message ready to leave; `status` is what the shop will show then, empty when that stays."""

    notice: Notice
    status: str


def prepare_message(row: OrderOutbox, can: Capabilities) -> Message:
    """What will be sent, as things stand now; no call to the shop.

    Raises ConfigurationError when this installation lacks something (such as Pango for the PDF of an invoice).
    """
    return _PREPARERS[OutboxKind(row.kind)](row, can)


def send_message(message: Message, adapter: PlatformAdapter) -> PushResult:
    """Send one message. Raises what concerns the whole connection; a refusal is a result."""
    notice = message.notice
    if isinstance(notice, ShipmentNotice):
        return adapter.push_shipment(notice)
    if isinstance(notice, InvoiceNotice):
        return adapter.push_invoice(notice)
    if isinstance(notice, RefundNotice):
        return adapter.push_refund(notice)
    return adapter.push_status(notice)


def describe_message(row: OrderOutbox) -> str:
    """What would be sent, for a site in dry run."""
    payload = row.payload
    parts = [row.get_kind_display(), payload.get("status", ""), payload.get("document_number", "")]
    parts += [number for number, _url in payload.get("parcels", [])]
    parts += [payload.get("amount", ""), payload.get("comment", "")]
    return " · ".join(str(part) for part in parts if part)


def _status(row: OrderOutbox, can: Capabilities) -> Message:
    payload = row.payload
    notice = StatusNotice(
        key=row.dedupe_key,
        order_remote_id=row.order.remote_id,
        status=str(payload.get("status", "")),
        action=str(payload.get("action") or "status"),
        comment=str(payload.get("comment", "")),
        notify_customer=bool(payload.get("notify_customer")),
        metadata=_metadata(payload),
        tried_since=row.first_attempt_at,
    )
    return Message(notice, row.echo_status)


def _complete(row: OrderOutbox, can: Capabilities) -> Message:
    """Completing waits for the last delivery; before it only the comment and the number are told."""
    message = _status(row, can)
    if row.payload.get("document_type") != "delivery" or _is_last_delivery(row):
        return message
    assert isinstance(message.notice, StatusNotice)
    notice = StatusNotice(
        key=row.dedupe_key,
        order_remote_id=row.order.remote_id,
        status="",
        comment=message.notice.comment,
        notify_customer=message.notice.notify_customer,
        metadata=message.notice.metadata,
        tried_since=row.first_attempt_at,
    )
    return Message(notice, "")


def _metadata(payload: Mapping[str, Any]) -> dict[str, str]:
    number = str(payload.get("erp_number", ""))
    return {NUMBER_KEY: number} if number else {}


def _shipment(row: OrderOutbox, can: Capabilities) -> Message:
    payload = row.payload
    shipped_at = str(payload.get("shipped_at", ""))
    is_partial = _is_partial(row)
    lines = tuple((str(key), Decimal(str(quantity))) for key, quantity in payload.get("lines", []))
    status = str(payload.get("status", "")) if _is_last_delivery(row) else ""
    notice = ShipmentNotice(
        key=row.dedupe_key,
        order_remote_id=row.order.remote_id,
        lines=lines if can.partial_shipments else (),
        carrier=str(payload.get("carrier", "")),
        parcels=tuple(Parcel(str(number), str(url)) for number, url in payload.get("parcels", [])),
        shipped_at=datetime.fromisoformat(shipped_at) if shipped_at else None,
        notify_customer=bool(payload.get("notify_customer")),
        comment=str(payload.get("comment", "")),
        status=status,
        is_partial=is_partial,
        tried_since=row.first_attempt_at,
        location_id=_location_of(row) if can.locations else "",
    )
    return Message(notice, status)


def _location_of(row: OrderOutbox) -> str:
    """The shop's place of the warehouse that the goods left, if the site has one for it."""
    if row.payload.get("document_type") != "delivery":
        return ""
    left = Delivery.objects.filter(pk=row.payload.get("document_id")).values("warehouse_id")
    lines = row.order.site.ecommerce_warehouse_lines.filter(active=True, warehouse_id__in=left)
    named = lines.exclude(remote_location_id="").order_by("pk").values_list("remote_location_id", flat=True)
    return (named.first() or "").strip()


def _is_last_delivery(row: OrderOutbox) -> bool:
    """Whether nothing of the order is left to deliver, and no other delivery waits to be told after this one."""
    order = row.order.sales_order
    if order is not None and _open_goods(order):
        return False
    others = OrderOutbox.objects.filter(
        order_id=row.order_id, kind=OutboxKind.SHIP, state__in=OPEN_OUTBOX_STATES
    )
    return not others.filter(pk__gt=row.pk).exists()


def _open_goods(order: SalesOrder) -> bool:
    lines = order.lines.select_related("item")
    return any(line.item.is_deliverable and line.open_to_deliver > 0 for line in lines)


def _is_partial(row: OrderOutbox) -> bool:
    """Whether the order leaves, or left, in more than one delivery."""
    order = row.order.sales_order
    if order is None:
        return False
    shipped = order.deliveries.filter(state="shipped").count()
    return shipped > 1 or _open_goods(order)


def _invoice(row: OrderOutbox, can: Capabilities) -> Message:
    """The public link where the platform links, the file itself where it keeps attachments."""
    payload = row.payload
    invoice = (
        SalesInvoice.objects.filter(pk=payload.get("document_id"))
        .select_related("customer", "legal_entity")
        .first()
    )
    if invoice is None:
        raise NotFound(
            f"The invoice of this message ({payload.get('document_number', '')}) is gone.",
            cure="Cancel the message.",
        )
    require_pdf()
    with_file = can.push_invoices == "attachment"
    content = render_invoice(invoice) if with_file else None
    notice = InvoiceNotice(
        key=row.dedupe_key,
        order_remote_id=row.order.remote_id,
        number=invoice.number,
        url=public_url(public_link(invoice=invoice)),
        pdf=content,
        notify_customer=bool(payload.get("notify_customer")),
        comment=str(payload.get("comment", "")) or _words(invoice),
        kind=InvoiceKind(invoice.kind),
        tried_since=row.first_attempt_at,
    )
    return Message(notice, "")


def _words(invoice: SalesInvoice) -> str:
    """What stands before the link, in the customer's language."""
    with override("ar" if invoice.customer.language.lower().startswith("ar") else "en"):
        text = (
            _("Your credit note %(number)s:")
            if invoice.kind == InvoiceKind.CREDIT_NOTE.value
            else _("Your invoice %(number)s:")
        )
        return text % {"number": invoice.number}


def _refund(row: OrderOutbox, can: Capabilities) -> Message:
    return Message(refund_notice(row), "")


_PREPARERS: Mapping[OutboxKind, Callable[[OrderOutbox, Capabilities], Message]] = {
    OutboxKind.STATUS: _status,
    OutboxKind.COMPLETE: _complete,
    OutboxKind.CANCEL: _status,
    OutboxKind.NOTE: _status,
    OutboxKind.SHIP: _shipment,
    OutboxKind.INVOICE: _invoice,
    OutboxKind.REFUND: _refund,
}
