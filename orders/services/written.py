"""What a rehearsed import or return would leave in the ERP: told by comparing before and after inside the rehearsal.

Rows hold codes, since they may be kept by a worker and read in another language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Max, Q

from erp.models import (
    AccountingEntryLine,
    Customer,
    Delivery,
    Receipt,
    SalesInvoice,
    SalesOrder,
    SalesReturn,
    StockMovement,
    StockReservation,
)
from erp.models.columns import plain
from erp.states import DocumentType
from orders.models import Order, OrderOutbox

Row = dict[str, Any]

MODELS: Mapping[str, Any] = {
    DocumentType.SALES_ORDER: SalesOrder,
    DocumentType.DELIVERY: Delivery,
    DocumentType.INVOICE: SalesInvoice,
    DocumentType.CREDIT_NOTE: SalesInvoice,
    DocumentType.RETURN: SalesReturn,
    DocumentType.RECEIPT: Receipt,
}


@dataclass(slots=True)
class Before:
    """How things stand before the rehearsal: documents of the order with their looks, and the newest keys."""

    documents: dict[tuple[str, int], Row] = field(default_factory=dict)
    reservations: dict[int, str] = field(default_factory=dict)
    newest: dict[Any, int] = field(default_factory=dict)


_COUNTED = (Customer, StockMovement, AccountingEntryLine, OrderOutbox)


def look(order: Order | None) -> Before:
    """Take it down. Called inside the transaction of the rehearsal."""
    before = Before(
        newest={model: model._default_manager.aggregate(top=Max("pk"))["top"] or 0 for model in _COUNTED}
    )
    if order is not None:
        before.documents = {
            (row.document_type, row.object_id): document_row(row.document_type, row.object_id)
            for row in order.documents.all()
        }
        before.reservations = {
            row.pk: str(row.state) for row in StockReservation.objects.filter(_reserved_by(order))
        }
    return before


def documents_of(order: Order, before: Before) -> list[Row]:
    """Documents with what becomes of each: new | changed | same."""
    rows = []
    for link in order.documents.all():
        row = document_row(link.document_type, link.object_id)
        earlier = before.documents.get((link.document_type, link.object_id))
        row["change"] = "new" if earlier is None else "same" if earlier == row else "changed"
        rows.append(row)
    return rows


def document_row(document_type: str, key: int) -> Row:
    model = MODELS.get(document_type)
    row = model._default_manager.filter(pk=key).first() if model else None
    total = getattr(row, "grand_total", None)
    total = getattr(row, "amount", None) if total is None else total
    return {
        "type": str(document_type),
        "number": str(getattr(row, "number", "")),
        "state": str(row.state) if row is not None else "",
        "total": str(total) if total is not None else "",
        "currency": str(getattr(row, "currency", "")),
    }


def stock_of(order: Order, before: Before) -> list[Row]:
    """Reservations made or let go, and movements of the stock ledger."""
    rows = []
    held = StockReservation.objects.filter(_reserved_by(order)).select_related("item", "warehouse")
    for reservation in held.order_by("pk"):
        earlier = before.reservations.get(reservation.pk)
        if earlier != reservation.state:
            rows.append(_stock_row(reservation, str(reservation.state), reservation.quantity, "reservation"))
    made = StockMovement.objects.filter(_about(order), pk__gt=before.newest[StockMovement])
    rows += [
        _stock_row(row, str(row.movement_type), row.quantity, "movement")
        for row in made.select_related("item", "warehouse").order_by("pk")
    ]
    return rows


def _stock_row(row: Any, what: str, quantity: Any, kind: str) -> Row:
    return {
        "kind": kind,
        "what": what,
        "item": row.item.code,
        "warehouse": row.warehouse.code,
        "quantity": plain(quantity),
    }


def _reserved_by(order: Order) -> Q:
    return Q(order_line__order=order.sales_order_id) if order.sales_order_id else Q(pk=None)


def _about(order: Order, prefix: str = "") -> Q:
    """Rows whose source is one of the order's documents; costs and reversals carry the type with a suffix."""
    found = Q(pk=None)
    for document_type, key in order.documents.values_list("document_type", "object_id"):
        found |= Q(**{f"{prefix}source_type__startswith": document_type, f"{prefix}source_id": key})
    return found


def entries_of(order: Order, before: Before) -> list[Row]:
    """Lines of accounting entries."""
    lines = AccountingEntryLine.objects.filter(
        _about(order, "entry__"), pk__gt=before.newest[AccountingEntryLine]
    )
    return [
        {
            "entry": line.entry.description,
            "account": line.account.code,
            "debit": str(line.debit),
            "credit": str(line.credit),
        }
        for line in lines.select_related("entry", "account").order_by("pk")
    ]


def customer_of(order: Order, before: Before) -> tuple[str, bool]:
    """The customer, and whether the import makes them."""
    customer = order.erp_customer
    if customer is None:
        return "", False
    return str(customer), customer.pk > before.newest[Customer]


def messages_of(order: Order, before: Before) -> list[Row]:
    """What would be told to the shop."""
    rows = OrderOutbox.objects.filter(order=order, pk__gt=before.newest[OrderOutbox]).order_by("id")
    return [{"kind": str(row.kind), "status": row.echo_status, "payload": row.payload} for row in rows]
