"""What must go back to the shop when a document changes its state: collected, decided by the site's rows, queued."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import models, transaction

from erp.models import Delivery, Receipt, SalesInvoice, SalesOrder, SalesReturn
from erp.states import DocumentType, InvoiceState, SalesOrderState
from orders.models import Order, OrderDocument, OrderOutbox
from orders.services.context import ImportContext
from orders.services.outbox_rows import StateChange, invoice_row, number_row, status_row
from orders.services.rules import order_facts
from orders.services.supersede import move_behind_shipments, settle_first, supersede_by, supersede_undone
from orders.states import OutboxKind
from platforms.types import RemoteOrder
from sites.models import UpdateOrderStatusLine

__all__ = [
    "StateChange",
    "collecting",
    "enqueue_changes",
    "note_change",
    "order_of_document",
    "stored_facts",
]

#: Under which key the ERP's number is written on the shop's order.
NUMBER_KEY = "_erp_order_no"

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
    if not changes or not _tells(context):
        return 0
    rows = messages_of(order=order, changes=changes, context=context, remote=remote)
    supersede_undone(order, changes)
    if rows:
        OrderOutbox.objects.bulk_create(rows, ignore_conflicts=True)
        move_behind_shipments(order, rows)
        supersede_by(order, rows)
    return len(rows)


def _tells(context: ImportContext) -> bool:
    """Whether this shop is told anything at all."""
    site, can = context.site, context.site.capabilities
    wanted = site.update_order_status or site.send_invoices
    return wanted and bool(can.push_status or can.push_shipments or can.push_invoices or can.push_refunds)


def messages_of(
    *,
    order: Order,
    changes: Sequence[StateChange],
    context: ImportContext,
    remote: RemoteOrder | None = None,
) -> list[OrderOutbox]:
    """What the site's rows want told of these changes; nothing is written."""
    site = context.site
    if not changes or not _tells(context):
        return []
    facts = order_facts(remote) if remote is not None else stored_facts(order)
    rows: list[OrderOutbox] = []
    for change in changes:
        if site.update_order_status:
            rows += _told(order, change, context, facts)
        if site.send_invoices and _is_issued(change) and not _tells_invoice(rows, change):
            rows.append(invoice_row(order, change))
    if site.update_order_status and not any(row.kind in _NUMBERED_KINDS for row in rows):
        rows += [number_row(order, number) for number in _numbers(order, changes)]
    return rows


def write_first_messages(messages: Sequence[Sequence[OrderOutbox]]) -> None:
    """Queue the messages of orders that had none, each order's together, in one statement."""
    rows = [row for mine in messages for row in settle_first(mine)]
    if rows:
        OrderOutbox.objects.bulk_create(rows, ignore_conflicts=True)


#: Messages that carry the ERP's number along.
_NUMBERED_KINDS = (OutboxKind.STATUS, OutboxKind.COMPLETE, OutboxKind.CANCEL)


def _told(
    order: Order, change: StateChange, context: ImportContext, facts: Mapping[str, Any]
) -> list[OrderOutbox]:
    lines = _matching(change, context, facts)
    return [row for line in lines if (row := status_row(order, change, line)) is not None]


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
    kinds = (DocumentType.INVOICE, DocumentType.CREDIT_NOTE)
    return change.document_type in kinds and change.new_state == InvoiceState.ISSUED


def _tells_invoice(rows: Sequence[OrderOutbox], change: StateChange) -> bool:
    """Whether a row of the site tells of this very invoice already."""
    return any(
        row.kind == OutboxKind.INVOICE and row.payload.get("document_id") == change.document.pk
        for row in rows
    )


def _numbers(order: Order, changes: Sequence[StateChange]) -> list[str]:
    numbers = {
        change.document.number
        for change in changes
        if isinstance(change.document, SalesOrder) and change.new_state == SalesOrderState.CONFIRMED
    }
    return sorted(number for number in numbers if number and number != order.erp_number_sent)


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
