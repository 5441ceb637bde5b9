"""What must go back to the shop when a document changes its state: collected, decided by the site's rows, queued."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.db import models, transaction

from ecomsync.common.logs import current_trace_id
from erp.models import Delivery, Receipt, SalesInvoice, SalesOrder, SalesReturn
from erp.states import DocumentType, InvoiceState, SalesOrderState
from orders.models import Order, OrderDocument, OrderOutbox
from orders.services.context import ImportContext
from orders.services.intake import clean_json, clean_text
from orders.services.rules import order_facts
from orders.states import OutboxKind
from platforms.types import OrderPhase, RemoteOrder
from sites.choices import RemoteAction
from sites.models import UpdateOrderStatusLine

#: Under which key the ERP's number is written on the shop's order.
NUMBER_KEY = "_erp_order_no"

_KINDS = {
    RemoteAction.STATUS: OutboxKind.STATUS,
    RemoteAction.COMPLETE: OutboxKind.STATUS,
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


_collected: ContextVar[list[StateChange] | None] = ContextVar("orders_state_changes", default=None)


@contextmanager
def collecting() -> Iterator[list[StateChange]]:
    """Gather the state changes of documents made inside, instead of looking up their order one by one."""
    found: list[StateChange] = []
    token = _collected.set(found)
    try:
        yield found
    finally:
        _collected.reset(token)


@contextmanager
def attempt() -> Iterator[None]:
    """A savepoint whose changes count only if it succeeds: what is rolled back is told to nobody."""
    with transaction.atomic(), collecting() as found:
        yield
    outer = _collected.get()
    if outer is not None:
        outer += found


def note_change(change: StateChange) -> bool:
    """Keep a change for the import under way; False when there is none."""
    found = _collected.get()
    if found is None:
        return False
    found.append(change)
    return True


def link_documents(order: Order, changes: Sequence[StateChange]) -> list[OrderDocument]:
    """Show the documents of these changes on the order's page, with their newest numbers. Answers the new links."""
    newest = {(change.document_type, change.document.pk): change.document for change in changes}
    if not newest:
        return []
    known = {(row.document_type, row.object_id): row for row in order.documents.all()}
    made, changed = [], []
    for (kind, key), document in newest.items():
        number = str(getattr(document, "number", ""))[:60]
        row = known.get((kind, key))
        if row is None:
            made.append(OrderDocument(order=order, document_type=kind, object_id=key, number=number))
        elif row.number != number:
            row.number = number
            changed.append(row)
    OrderDocument.objects.bulk_create(made, ignore_conflicts=True)
    OrderDocument.objects.bulk_update(changed, ["number"])
    return made


def order_of_document(document: models.Model) -> Order | None:
    """The shop order that a document of the ERP belongs to."""
    sales_order_id = _sales_order_id(document)
    if sales_order_id is None:
        return None
    return Order.objects.filter(sales_order_id=sales_order_id).select_related("site").first()


def _sales_order_id(document: models.Model) -> int | None:
    if isinstance(document, SalesOrder):
        return document.pk
    if isinstance(document, Delivery | SalesInvoice | SalesReturn):
        return document.order_id
    if isinstance(document, Receipt):
        return document.allocations.filter(order__isnull=False).values_list("order_id", flat=True).first()
    return None


def enqueue_changes(
    *,
    order: Order,
    changes: Sequence[StateChange],
    context: ImportContext,
    remote: RemoteOrder | None = None,
) -> int:
    """Queue what the site's rows want told of these changes. Each is told once, however often it is announced."""
    site = context.site
    if not changes or not (site.update_order_status or site.send_invoices):
        return 0
    can = site.capabilities
    if not (can.push_status or can.push_shipments or can.push_invoices):
        return 0
    facts = order_facts(remote) if remote is not None else stored_facts(order)
    rows = []
    for change in changes:
        if site.update_order_status:
            rows += _told(order, change, context, facts)
        if (
            site.send_invoices
            and _is_issued(change)
            and not any(row.kind == OutboxKind.INVOICE for row in rows)
        ):
            rows.append(_invoice_row(order, change))
    if site.update_order_status and not any(row.kind == OutboxKind.STATUS for row in rows):
        rows += _number_rows(order, changes)
    if rows:
        OrderOutbox.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def _told(
    order: Order, change: StateChange, context: ImportContext, facts: Mapping[str, Any]
) -> list[OrderOutbox]:
    lines = _matching(change, context, facts)
    return [row for line in lines if (row := _row(order, change, line)) is not None]


def _matching(
    change: StateChange, context: ImportContext, facts: Mapping[str, Any]
) -> list[UpdateOrderStatusLine]:
    known = {**facts, "document_type": change.document_type, "document_state": change.new_state}
    return [
        rule.line
        for rule in context.status_rules()
        if rule.line.document_type == change.document_type
        and rule.line.document_state.strip().lower() == change.new_state
        and rule.condition.matches(known)
    ]


def _is_issued(change: StateChange) -> bool:
    return change.document_type == DocumentType.INVOICE and change.new_state == InvoiceState.ISSUED


def _row(order: Order, change: StateChange, line: UpdateOrderStatusLine) -> OrderOutbox | None:
    action = RemoteAction(line.remote_action)
    if action == RemoteAction.SHIP and isinstance(change.document, Delivery) and change.document.external_id:
        return None  # the shop shipped it and told us
    number = _sales_order_number(order, change.document)
    cancelled = action == RemoteAction.CANCEL or line.remote_status.lower() in ("cancelled", "canceled")
    if cancelled and order.phase == OrderPhase.CANCELLED.value:
        return None  # the shop told us
    same = action == RemoteAction.STATUS and line.remote_status == order.status_remote
    if same and not line.comment_template and number == order.erp_number_sent:
        return None
    payload = {
        "action": "complete" if action == RemoteAction.COMPLETE else "cancel" if cancelled else "status",
        "status": line.remote_status,
        "notify_customer": line.notify_customer,
        "comment": _comment(line.comment_template, order, change),
        **_document_part(change, number),
    }
    return OrderOutbox(
        order=order,
        kind=_KINDS[action],
        payload=clean_json(payload),
        echo_status=line.remote_status,
        dedupe_key=f"{order.pk}:{change.document_type}:{change.document.pk}:{change.new_state}:{line.pk}",
        trace_id=current_trace_id()[:64],
    )


def _number_rows(order: Order, changes: Sequence[StateChange]) -> list[OrderOutbox]:
    """The ERP's number on the shop's order, also where no status changes."""
    numbers = {
        change.document.number
        for change in changes
        if isinstance(change.document, SalesOrder) and change.new_state == SalesOrderState.CONFIRMED
    }
    return [
        OrderOutbox(
            order=order,
            kind=OutboxKind.NOTE,
            payload={"action": "status", "status": "", "erp_number": number},
            dedupe_key=f"{order.pk}:number:{number}"[:200],
            trace_id=current_trace_id()[:64],
        )
        for number in sorted(numbers)
        if number and number != order.erp_number_sent
    ]


def _invoice_row(order: Order, change: StateChange) -> OrderOutbox:
    payload = {
        "status": "",
        "notify_customer": False,
        "comment": "",
        **_document_part(change, order.erp_number_sent),
    }
    return OrderOutbox(
        order=order,
        kind=OutboxKind.INVOICE,
        payload=clean_json(payload),
        dedupe_key=f"{order.pk}:{change.document_type}:{change.document.pk}:{change.new_state}:invoice",
        trace_id=current_trace_id()[:64],
    )


def _sales_order_number(order: Order, document: models.Model) -> str:
    if isinstance(document, SalesOrder):
        return document.number
    sales_order = order.sales_order
    if sales_order is None and isinstance(document, Delivery | SalesInvoice):
        sales_order = document.order
    return sales_order.number if sales_order else ""


def _document_part(change: StateChange, number: str) -> dict[str, Any]:
    document = change.document
    part: dict[str, Any] = {
        "document_type": change.document_type,
        "document_id": document.pk,
        "document_number": getattr(document, "number", ""),
        "erp_number": number,
    }
    if isinstance(document, Delivery):
        tracking = str((document.tracking_numbers or [""])[0])
        method = document.delivery_method
        lines = document.lines.values_list("order_line__external_line_id", "quantity")
        part |= {
            "carrier": document.carrier,
            "tracking_number": tracking,
            "tracking_url": method.tracking_url(tracking) if method else "",
            "shipped_at": document.shipped_at.isoformat() if document.shipped_at else "",
            "lines": [[line_id, str(quantity)] for line_id, quantity in lines if line_id],
        }
    return part


def _comment(template: str, order: Order, change: StateChange) -> str:
    """Fill the placeholders; anything else in braces stays as it is."""
    document = change.document
    values = {
        "number": str(getattr(document, "number", "")),
        "order": order.number,
        "state": change.new_state,
        "carrier": str(getattr(document, "carrier", "")),
        "tracking": ", ".join(str(number) for number in getattr(document, "tracking_numbers", []) or []),
    }
    text = template
    for name, value in values.items():
        text = text.replace("{" + name + "}", value)
    return clean_text(text)


def stored_facts(order: Order) -> dict[str, Any]:
    """The facts of an order as we keep it, for criteria over later changes of its documents."""
    customer = order.erp_customer
    group = customer.customer_group if customer else None
    address, billing = order.shipping_address, order.billing_address
    return {
        "total": order.grand_total,
        "currency": order.currency,
        "country": address.get("country") or billing.get("country", ""),
        "city": address.get("city") or billing.get("city", ""),
        "payment_method": order.payment_code,
        "payment_status": order.financial_status,
        "shipping_method": order.shipping_code,
        "status": order.status_remote,
        "is_guest": order.is_guest,
        "has_tax_number": bool(order.customer_tax_number),
        "customer_group": group.code if group else "",
        "coupon": list(order.discounts.values_list("code", flat=True)),
        "tag": [],
        "lines_count": order.lines.count(),
        "created_via": str(order.raw.get("created_via", "")),
    }
