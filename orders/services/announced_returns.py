"""Returns that a shop announced before it gave anything for them: when it does, the refund takes their place."""

from __future__ import annotations

from decimal import Decimal

from django.utils import timezone

from activity.services import record_event, report_error, resolve_errors
from ecomsync.common.remedies import remedy_for
from erp.models.columns import plain
from orders.models import OrderDocument, ReturnOrder
from orders.reasons import HoldCode, settings_link
from orders.services.context import ImportContext
from orders.services.return_intake import lock_return, mirror
from orders.services.return_receipts import create_refund_receipts, credit_notes_of
from orders.states import ReturnState
from platforms.types import RemoteReturn
from sites.models import Site


def settle_announced(row: ReturnOrder, remote: RemoteReturn, context: ImportContext, *, is_new: bool) -> bool:
    """A refund of the shop for a return that has documents already: they become the refund's, with receipts for what the
    shop paid back. False when there are none, or when the shop gave something else; then the return is flagged.

    row: the refund, locked and without documents. Raises PermanentError for money that cannot be booked.
    """
    announced = posted_announced(context.site, remote.settles)
    if announced is None:
        return False
    if not _is_same(announced, remote):
        _flag(announced, remote)
        return False
    mirror(row, remote, context, is_new=is_new)
    take_over(row, announced)
    row.state, row.posted_at = ReturnState.POSTED, timezone.now()
    row.save()
    if not row.receipts.exists() and row.order is not None and row.order.sales_order is not None:
        made = create_refund_receipts(
            row=row, sales_order=row.order.sales_order, notes=credit_notes_of(row), context=context
        )
        row.receipts.set(made)
        OrderDocument.objects.bulk_create(
            [
                OrderDocument(
                    order=row.order, document_type="receipt", object_id=receipt.pk, number=receipt.number[:60]
                )
                for receipt in made
            ],
            ignore_conflicts=True,
        )
    record_event(
        kind="return.posted",
        site_code=context.site.code,
        subject=row.order or row,
        message=f"{row} {plain(row.total)} {row.currency}",
        payload={"return": row.pk, "announced": announced.pk},
    )
    return True


def posted_announced(site: Site, remote_id: str) -> ReturnOrder | None:
    """The announced return under this number, locked, if it has documents."""
    row = ReturnOrder.objects.filter(
        site=site, remote_id=remote_id, announced=True, state=ReturnState.POSTED
    ).first()
    return lock_return(row) if row is not None and remote_id else None


def take_over(row: ReturnOrder, announced: ReturnOrder) -> None:
    """The documents of an announced return become those of its refund; the announced one is over."""
    row.sales_return = row.sales_return or announced.sales_return
    row.credit_note = row.credit_note or announced.credit_note
    row.save()
    row.receipts.add(*announced.receipts.all())
    announced.receipts.clear()
    announced.sales_return = announced.credit_note = None
    announced.state, announced.withdrawn_at = ReturnState.WITHDRAWN, timezone.now()
    announced.hold_code = announced.hold_subject = announced.hold_message = ""
    announced.heal_at, announced.heal_attempts = None, 0
    announced.save()
    resolve_errors(site_code=announced.site.code, subject=announced)


def _is_same(announced: ReturnOrder, remote: RemoteReturn) -> bool:
    """Whether the refund is for the same goods and the same money."""
    kept = announced.lines.filter(kind="line").values_list("order_line_id", "quantity")
    return announced.total == remote.total and _counted(list(kept)) == _counted(
        [(line.order_line_id, line.quantity) for line in remote.lines if line.kind == "line"]
    )


def _counted(rows: list[tuple[str, Decimal]]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for line, quantity in rows:
        found[line] = found.get(line, Decimal(0)) + quantity
    return found


def _flag(announced: ReturnOrder, remote: RemoteReturn) -> None:
    """Documents stand, and the shop gave something else."""
    announced.hold_code = HoldCode.RETURN_CHANGED
    announced.hold_message = (
        f"Posted with {plain(announced.total)}; the shop gave back {plain(remote.total)} {remote.currency}."
    )
    announced.save()
    report_error(
        site_code=announced.site.code,
        code=HoldCode.RETURN_CHANGED,
        message=announced.hold_message,
        cure=str(remedy_for(HoldCode.RETURN_CHANGED).cure),
        subject=announced,
        link=settings_link(HoldCode.RETURN_CHANGED, site_id=announced.site_id),
    )
