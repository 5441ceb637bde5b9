"""Import as a rehearsal: everything is done in a transaction that is rolled back, and told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from ecomsync.common.remedies import remedy_for
from erp.models import Delivery, Receipt, SalesInvoice, SalesOrder
from erp.states import DocumentType
from orders.models import Order, OrderOutbox
from orders.services.context import ImportContext
from orders.services.import_order import import_order
from orders.services.result import ImportResult
from orders.states import OrderSource
from platforms.types import RemoteOrder
from sites.models import Site


@dataclass(slots=True)
class Preview:
    """Exactly what an import would write. Rows of text, ready to be shown."""

    number: str
    outcome: str
    message: str = ""
    currency: str = ""
    customer: str = ""
    documents: list[dict[str, Any]] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)
    holds: list[dict[str, str]] = field(default_factory=list)
    proof: list[dict[str, Any]] = field(default_factory=list)
    decisions: list[dict[str, Any]] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)


def preview_order(
    *, site: Site, remote: RemoteOrder, context: ImportContext | None = None, source: str = OrderSource.MANUAL
) -> Preview:
    """Rehearse the import of one order. Nothing is written, no signal reaches anybody after commit."""
    with transaction.atomic():
        result = import_order(
            site=site, remote=remote, source=source, context=context or ImportContext(site), force=True
        )
        found = _describe(remote, result)
        transaction.set_rollback(True)
    return found


def _describe(remote: RemoteOrder, result: ImportResult) -> Preview:
    order = result.order
    preview = Preview(remote.number or remote.remote_id, str(result.outcome), result.message, remote.currency)
    preview.holds = [
        {
            "code": hold.code,
            "title": str(remedy_for(hold.code).title),
            "subject": hold.subject,
            "message": hold.message,
            "cure": str(remedy_for(hold.code).cure),
        }
        for hold in result.holds
    ]
    if order is None:
        return preview
    preview.customer = str(order.erp_customer or "")
    preview.proof, preview.decisions = order.proof, order.decisions
    preview.documents = [_document(row.document_type, row.object_id) for row in order.documents.all()]
    preview.lines = _lines(order)
    preview.messages = [
        {"kind": str(row.get_kind_display()), "status": row.echo_status, "payload": row.payload}
        for row in OrderOutbox.objects.filter(order=order).order_by("id")
    ]
    return preview


_MODELS: dict[str, Any] = {
    DocumentType.SALES_ORDER: SalesOrder,
    DocumentType.DELIVERY: Delivery,
    DocumentType.INVOICE: SalesInvoice,
    DocumentType.CREDIT_NOTE: SalesInvoice,
    DocumentType.RECEIPT: Receipt,
}


def _document(document_type: str, key: int) -> dict[str, Any]:
    model = _MODELS.get(document_type)
    row = model._default_manager.filter(pk=key).first() if model else None
    total = getattr(row, "grand_total", None) or getattr(row, "amount", None)
    return {
        "type": str(DocumentType(document_type).label),
        "number": str(getattr(row, "number", "")),
        "state": str(row.get_state_display()) if row is not None else "",
        "total": str(total) if total is not None else "",
        "currency": str(getattr(row, "currency", "")),
    }


def _lines(order: Order) -> list[dict[str, Any]]:
    if order.sales_order is None:
        return []
    rows = order.sales_order.lines.select_related("item", "warehouse")
    lines = [
        {
            "item": row.item.code,
            "description": row.description,
            "quantity": str(row.quantity.normalize()),
            "net": str(row.net_amount),
            "tax": str(row.tax_amount),
            "warehouse": str(row.warehouse or ""),
        }
        for row in rows
    ]
    charges = [
        {
            "item": charge.service_item.code if charge.service_item else "",
            "description": charge.description,
            "quantity": "",
            "net": str(charge.net_amount),
            "tax": str(charge.tax_amount),
            "warehouse": "",
        }
        for charge in order.sales_order.charges.select_related("service_item")
    ]
    return lines + charges
