"""Refunds that we made in the shop for credit notes of the ERP: when they come back they make no documents."""

from __future__ import annotations

from decimal import Decimal

from django.utils import timezone

from activity.services import record_event
from erp.models import SalesInvoice
from erp.models.columns import plain
from orders.models import OrderOutbox, ReturnOrder
from orders.services.announced_returns import posted_announced, take_over
from orders.services.context import ImportContext
from orders.services.intake import clean_text
from orders.services.return_intake import mirror
from orders.states import OutboxKind, ReturnOrigin, ReturnState
from platforms.types import PushResult, RemoteReturn


def adopt_own_refund(row: ReturnOrder, remote: RemoteReturn, context: ImportContext) -> bool:
    """Link a refund that bears our key to the credit note it was made for. False when the key is not ours.

    Also when the answer to our write was lost: the key on the refund says that it did arrive.
    """
    message = (
        OrderOutbox.objects.filter(
            kind=OutboxKind.REFUND, dedupe_key=remote.our_key, order__site=context.site
        )
        .select_related("order")
        .first()
    )
    if message is None or message.order.remote_id != clean_text(remote.order_remote_id, 100):
        return False
    mirror(row, remote, context, is_new=True)
    _link(row, message)
    row.save()
    _close_announced(row, message)
    record_event(
        kind="return.posted",
        site_code=context.site.code,
        subject=message.order,
        message=f"{row} {plain(row.total)} {row.currency}",
        payload={"return": row.pk, "made_in": "erp"},
    )
    return True


def remember_own_refund(message: OrderOutbox, result: PushResult) -> ReturnOrder | None:
    """Right after our write: keep the shop's id of the refund, so that it is known when it is read."""
    remote_id = clean_text(str(result.data.get("refund_id", "")), 100)
    if not remote_id:
        return None
    order = message.order
    row, created = ReturnOrder.objects.get_or_create(
        site=order.site,
        remote_id=remote_id,
        defaults={
            "order": order,
            "order_remote_id": order.remote_id,
            "number": remote_id,
            "currency": order.currency,
            "total": Decimal(str(message.payload.get("amount", "0"))),
            "reason": clean_text(str(message.payload.get("comment", ""))),
            "created_remote": timezone.now(),
            "paid_back": bool(message.payload.get("pay_back")),
            "state": ReturnState.POSTED,
        },
    )
    if created:
        _link(row, message)
        row.save()
        _close_announced(row, message)
    return row


def _close_announced(row: ReturnOrder, message: OrderOutbox) -> None:
    """The return of the shop that the credit note was made for has its refund now."""
    announced = posted_announced(message.order.site, str(message.payload.get("return_id", "")))
    if announced is not None:
        take_over(row, announced)


def _link(row: ReturnOrder, message: OrderOutbox) -> None:
    note = SalesInvoice.objects.filter(pk=message.payload.get("document_id")).first()
    row.state, row.origin = ReturnState.POSTED, ReturnOrigin.ERP
    row.credit_note = note
    row.sales_return = note.sales_return if note else None
    row.posted_at = timezone.now()
