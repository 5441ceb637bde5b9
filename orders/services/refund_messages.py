"""A credit note that staff made in the ERP, as a message that refunds the shop's order."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import models

from ecomsync.common.logs import current_trace_id
from erp.models import DocumentCharge, InvoiceKind, SalesInvoice, SalesInvoiceLine
from erp.models.sales import ChargeKind
from orders.models import Order, OrderOutbox, ReturnOrder
from orders.services.intake import clean_json
from orders.states import CANCELLED_IN_SHOP, OrderState, OutboxKind
from platforms.types import RefundNotice, RemoteReturnLine
from sites.models import UpdateOrderStatusLine

_KINDS = {ChargeKind.SHIPPING: "shipping", ChargeKind.FEE: "fee", ChargeKind.PAYMENT_FEE: "fee"}


def refund_row(
    *, order: Order, document: models.Model, new_state: str, line: UpdateOrderStatusLine
) -> OrderOutbox | None:
    """The message, not saved; None for what the shop itself gave back in the first place, and where nothing is given back.

    Money goes back through the shop's payment provider only where the line says so.
    """
    if not isinstance(document, SalesInvoice) or document.kind != InvoiceKind.CREDIT_NOTE:
        return None
    source = document.sales_return
    return_id = source.external_number if source is not None else ""
    if document.grand_total <= 0 or (return_id and not _is_announced(order, return_id)):
        return None
    if order.state == OrderState.CANCELLED and order.state_reason == CANCELLED_IN_SHOP:
        return None
    if not order.site.capabilities.push_refunds:
        return None
    payload = {
        "document_type": document.document_type,
        "document_id": document.pk,
        "document_number": document.number,
        "amount": str(document.grand_total),
        "currency": document.currency,
        "comment": document.reason or document.number,
        "lines": _lines(document),
        "restock": bool(source and source.restocked),
        "pay_back": line.pay_back,
        **({"return_id": return_id} if return_id else {}),
    }
    return OrderOutbox(
        order=order,
        kind=OutboxKind.REFUND,
        payload=clean_json(payload),
        dedupe_key=f"{order.pk}:{document.document_type}:{document.pk}:{new_state}:{line.pk}",
        trace_id=current_trace_id()[:64],
    )


def _is_announced(order: Order, return_id: str) -> bool:
    """Whether the shop named a return and has given nothing for it."""
    return ReturnOrder.objects.filter(site=order.site_id, remote_id=return_id, announced=True).exists()


def _lines(note: SalesInvoice) -> list[dict[str, Any]]:
    """Rows that the shop knows by their ids; the rest is part of the amount only."""
    goods = [("line", row, row.quantity) for row in note.lines.select_related("item")]
    charges = [
        (_KINDS[ChargeKind(row.kind)], row, Decimal(1))
        for row in note.charges.all()
        if row.kind in _KINDS and row.net_amount > 0
    ]
    rows: list[tuple[str, SalesInvoiceLine | DocumentCharge, Decimal]] = [*goods, *charges]
    return [
        {
            "kind": kind,
            "id": row.external_line_id,
            "sku": row.item.code if isinstance(row, SalesInvoiceLine) else "",
            "name": row.description,
            "quantity": str(quantity),
            "net": str(row.net_amount),
            "tax": str(row.tax_amount),
        }
        for kind, row, quantity in rows
        if row.external_line_id
    ]


def refund_notice(row: OrderOutbox) -> RefundNotice:
    """The stored message in the words of the contract."""
    payload = row.payload
    return RefundNotice(
        key=row.dedupe_key,
        order_remote_id=row.order.remote_id,
        amount=Decimal(str(payload.get("amount", "0"))),
        reason=str(payload.get("comment", "")),
        lines=tuple(
            RemoteReturnLine(
                order_line_id=str(entry.get("id", "")),
                sku=str(entry.get("sku", "")),
                name=str(entry.get("name", "")),
                quantity=Decimal(str(entry.get("quantity", "0"))),
                net=Decimal(str(entry.get("net", "0"))),
                tax=Decimal(str(entry.get("tax", "0"))),
                kind=str(entry.get("kind", "line")),
            )
            for entry in payload.get("lines", ())
        ),
        restock=bool(payload.get("restock")),
        pay_back=bool(payload.get("pay_back")),
        return_remote_id=str(payload.get("return_id", "")),
    )
