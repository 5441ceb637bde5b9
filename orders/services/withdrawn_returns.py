"""Refunds that were deleted in the shop: what is not posted goes, what is posted is flagged or taken back by documents."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction
from django.utils import timezone

from activity.services import record_event, resolve_errors
from ecomsync.common.errors import PermanentError
from ecomsync.common.logs import ensure_trace
from erp.models.columns import plain
from erp.services.receipts import reverse_receipt
from erp.services.return_reversal import reverse_return
from erp.services.returns import reject_return
from erp.states import ReceiptState, SalesOrderState
from erp.states import ReturnState as ErpReturnState
from orders.models import OrderDocument, ReturnOrder
from orders.reasons import HoldCode
from orders.services import outbox
from orders.services.return_intake import lock_return
from orders.services.returns import clear_hold, flag
from orders.states import ReturnOrigin, ReturnState
from platforms.types import OrderPhase
from sites.models import Site

_REASON = "Deleted in the shop."


def withdraw_missing(
    *, site: Site, order_remote_id: str, present: Collection[str], settled: Collection[str] = ()
) -> int:
    """Returns of an order that the shop does not name any more. Returns how many were withdrawn or flagged.

    Only for platforms whose orders name all of their returns (`returns_in_order`). settled: announced ones that it has
    refunded since; the documents of those that have some go over to the refund (`announced_returns`).
    """
    rows = ReturnOrder.objects.filter(site=site, order_remote_id=order_remote_id, withdrawn_at=None).exclude(
        remote_id__in=list(present)
    )
    rows = rows.exclude(remote_id__in=list(settled), announced=True, state=ReturnState.POSTED)
    return sum(_withdraw(row) for row in rows)


def _withdraw(row: ReturnOrder) -> bool:
    with ensure_trace(), transaction.atomic():
        row = lock_return(row)
        if row.withdrawn_at is not None:
            return False
        row.withdrawn_at = timezone.now()
        if row.state != ReturnState.POSTED or _only_requested(row):
            if row.state == ReturnState.POSTED and row.sales_return is not None:
                reject_return(sales_return=row.sales_return, reason=_REASON)
            _close(row)
        else:
            flag(row, HoldCode.RETURN_WITHDRAWN, f"{plain(row.total)} {row.currency}")
        row.save()
    return True


def _only_requested(row: ReturnOrder) -> bool:
    """A sales return that still waits for its goods, without money that moved."""
    waits = row.sales_return is not None and row.sales_return.state == ErpReturnState.REQUESTED
    return waits and not row.receipts.exists()


def _close(row: ReturnOrder) -> None:
    row.state = ReturnState.WITHDRAWN
    clear_hold(row)
    resolve_errors(site_code=row.site.code, subject=row)
    record_event(
        kind="return.withdrawn",
        site_code=row.site.code,
        subject=row.order or row,
        message=f"{row} {plain(row.total)} {row.currency}",
        payload={"return": row.pk},
    )


def reverse_documents(*, return_order: ReturnOrder) -> ReturnOrder:
    """Take the documents of a withdrawn return back, by documents: money, goods and credit, all or nothing.

    Raises PermanentError: the goods may be sold again meanwhile, or the books closed.
    """
    with ensure_trace(), transaction.atomic(), outbox.collecting():
        row = lock_return(return_order)
        if row.state != ReturnState.POSTED or row.withdrawn_at is None or row.origin != ReturnOrigin.SHOP:
            raise PermanentError(
                f"{row} is not a posted return that the shop deleted.",
                code="illegal_state",
                cure="Only such a return can be taken back here.",
            )
        _require_order(row)
        for receipt in row.receipts.filter(state=ReceiptState.POSTED):
            reverse_receipt(receipt=receipt, reason=_REASON)
        if row.sales_return is not None:
            invoice = reverse_return(
                sales_return=row.sales_return,
                reason=_REASON,
                post_entries=row.site.generate_accounting_entries,
            )
            if invoice is not None and row.order is not None:
                OrderDocument.objects.get_or_create(
                    document_type=invoice.document_type,
                    object_id=invoice.pk,
                    defaults={"order": row.order, "number": invoice.number[:60]},
                )
        _close(row)
        row.save()
    return row


def _require_order(row: ReturnOrder) -> None:
    """A refund of everything cancelled the sales order; taking only its money back would leave the buyer's order
    without documents."""
    if row.sales_return is not None or row.order is None or row.order.sales_order is None:
        return
    sales_order = row.order.sales_order
    if sales_order.state == SalesOrderState.CANCELLED and row.order.phase != OrderPhase.CANCELLED.value:
        raise PermanentError(
            f"Order {sales_order} was cancelled with this refund.",
            code="illegal_state",
            cure="Make the documents of the order by hand, then mark the return as reviewed.",
            item=str(sales_order),
        )
