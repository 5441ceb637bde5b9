"""One message to the shop: what it holds, made when a document changes its state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.translation import override

from ecomsync.common.logs import current_trace_id
from erp.models import Delivery, SalesInvoice, SalesOrder
from erp.models.columns import plain
from erp.states import STATES_BY_TYPE, DocumentType
from orders.models import Order, OrderOutbox
from orders.services.intake import clean_json, clean_text
from orders.services.refund_messages import refund_row
from orders.states import OutboxKind
from platforms.types import OrderPhase
from sites.choices import RemoteAction
from sites.comments import fill_template
from sites.models import UpdateOrderStatusLine

_KINDS = {
    RemoteAction.STATUS: OutboxKind.STATUS,
    RemoteAction.COMPLETE: OutboxKind.COMPLETE,
    RemoteAction.SHIP: OutboxKind.SHIP,
    RemoteAction.INVOICE: OutboxKind.INVOICE,
    RemoteAction.CANCEL: OutboxKind.CANCEL,
}


@dataclass(frozen=True, slots=True)
class StateChange:
    """A document reached a state."""

    document: models.Model
    document_type: str
    new_state: str


def status_row(order: Order, change: StateChange, line: UpdateOrderStatusLine) -> OrderOutbox | None:
    """What a row of 'Update Order Status' wants told; None when the shop knows it already."""
    action = RemoteAction(line.remote_action)
    if action == RemoteAction.REFUND:
        return refund_row(order=order, document=change.document, new_state=change.new_state, line=line)
    if action == RemoteAction.SHIP and isinstance(change.document, Delivery) and change.document.external_id:
        return None  # the shop shipped it and told us
    number = sales_order_number(order, change.document)
    cancelled = action == RemoteAction.CANCEL or line.remote_status.lower() in ("cancelled", "canceled")
    if cancelled and order.phase == OrderPhase.CANCELLED.value:
        return None  # the shop told us
    same = action == RemoteAction.STATUS and line.remote_status == order.status_remote
    told = same and not line.comment_template and number == order.erp_number_sent
    if told and _waiting_status(order) in ("", line.remote_status):
        return None
    payload = {
        "action": "complete" if action == RemoteAction.COMPLETE else "cancel" if cancelled else "status",
        "status": line.remote_status,
        "notify_customer": line.notify_customer,
        "comment": comment_of(line.comment_template, order, change),
        **document_part(change, number),
    }
    return _row(
        order,
        OutboxKind.CANCEL if cancelled and action == RemoteAction.STATUS else _KINDS[action],
        payload,
        f"{change.document_type}:{change.document.pk}:{change.new_state}:{_version(change)}:{line.pk}",
        echo_status=line.remote_status,
    )


def _waiting_status(order: Order) -> str:
    """The status that an unsent message will set; the shop will not stay as it is now."""
    waiting = order.outbox.filter(state="pending").exclude(echo_status="").order_by("-id")
    return waiting.values_list("echo_status", flat=True).first() or ""


def _version(change: StateChange) -> int:
    """Of the document: one announcement told twice is one message, the same state reached again is another."""
    return int(getattr(change.document, "version", 0))


def number_row(order: Order, number: str) -> OrderOutbox:
    """The ERP's number on the shop's order, where no status changes."""
    return _row(
        order, OutboxKind.NOTE, {"action": "status", "status": "", "erp_number": number}, f"number:{number}"
    )


def invoice_row(order: Order, change: StateChange) -> OrderOutbox:
    """The invoice or credit note for its own sake: 'Send Invoices' of the site."""
    payload = {
        "status": "",
        "notify_customer": False,
        "comment": "",
        **document_part(change, order.erp_number_sent),
    }
    key = f"{change.document_type}:{change.document.pk}:{change.new_state}:invoice"
    return _row(order, OutboxKind.INVOICE, payload, key)


def _row(
    order: Order, kind: OutboxKind, payload: dict[str, Any], key: str, *, echo_status: str = ""
) -> OrderOutbox:
    return OrderOutbox(
        order=order,
        kind=kind,
        payload=clean_json(payload),
        echo_status=echo_status,
        dedupe_key=f"{order.pk}:{key}"[:200],
        trace_id=current_trace_id()[:64],
    )


def sales_order_number(order: Order, document: models.Model) -> str:
    if isinstance(document, SalesOrder):
        return document.number
    sales_order = order.sales_order
    if sales_order is None and isinstance(document, Delivery | SalesInvoice):
        sales_order = document.order
    return sales_order.number if sales_order else ""


def document_part(change: StateChange, number: str) -> dict[str, Any]:
    """What the message says of the document itself."""
    document = change.document
    part: dict[str, Any] = {
        "document_type": change.document_type,
        "document_id": document.pk,
        "document_number": getattr(document, "number", ""),
        "erp_number": number,
    }
    if isinstance(document, Delivery):
        lines = document.lines.values_list("order_line__external_line_id", "quantity")
        part |= {
            "carrier": carrier_of(document),
            "parcels": parcels_of(document),
            "shipped_at": document.shipped_at.isoformat() if document.shipped_at else "",
            "lines": [[line_id, str(quantity)] for line_id, quantity in lines if line_id],
        }
    return part


def carrier_of(delivery: Delivery) -> str:
    method = delivery.delivery_method
    return delivery.carrier or (method.carrier if method else "")


def parcels_of(delivery: Delivery) -> list[list[str]]:
    """[number, address to follow it] of each parcel."""
    method = delivery.delivery_method
    numbers = dict.fromkeys(str(number).strip() for number in delivery.tracking_numbers or [])
    return [[number, method.tracking_url(number) if method else ""] for number in numbers if number]


def comment_of(template: str, order: Order, change: StateChange) -> str:
    """The comment with its placeholders filled, states in the customer's language."""
    if not template:
        return ""
    document, customer = change.document, order.erp_customer
    values = {
        "number": str(getattr(document, "number", "")),
        "order": order.number,
        "state": _state_label(change, customer.language if customer else ""),
        "customer": customer.display_name if customer else order.customer_name,
        "carrier": "",
        "tracking": "",
        "tracking_url": "",
        "items": "",
    }
    if isinstance(document, Delivery):
        parcels = parcels_of(document)
        values |= {
            "carrier": carrier_of(document),
            "tracking": ", ".join(number for number, _url in parcels),
            "tracking_url": "\n".join(url for _number, url in parcels if url),
            "items": ", ".join(
                f"{plain(row.quantity)} × {row.order_line.description or row.item.code}"
                for row in document.lines.select_related("order_line", "item")
            ),
        }
    return clean_text(fill_template(template, values))


def _state_label(change: StateChange, language: str) -> str:
    states = STATES_BY_TYPE.get(DocumentType(change.document_type))
    if states is None or change.new_state not in states.values:
        return change.new_state
    with override("ar" if language.lower().startswith("ar") else "en"):
        return str(states(change.new_state).label)
