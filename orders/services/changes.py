"""A new version of an order whose documents stand: what was posted is never rewritten."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from django.utils.translation import gettext_noop

from activity.services import record_event, resolve_errors
from ecomsync.common.errors import ConfigurationError, PermanentError
from erp.models import Receipt, SalesOrder
from erp.states import DocumentType, SalesOrderState
from orders.models import Order
from orders.reasons import FLAG_CODES, Hold, HoldCode
from orders.services import outbox
from orders.services.cancellations import cancel_documents, flag_reopened
from orders.services.chain import owed_by
from orders.services.context import ImportContext
from orders.services.documents import confirms
from orders.services.edits import hold_change, take_content
from orders.services.flags import flag_order, release_flag
from orders.services.intake import hash_of_content, write_header
from orders.services.payment_proof import payment_rows
from orders.services.payments import (
    counting_receipts,
    payments_changed,
    shortfall,
    take_payments,
    write_payments,
)
from orders.services.plan import OrderPlan
from orders.services.result import ImportResult
from orders.services.rules import choose_documents
from orders.services.shipments import shipments_to_take, take_shipments
from orders.services.sold import note_cancelled
from orders.states import ImportOutcome, OrderState
from platforms.types import OrderPhase, RemoteOrder

CANCELLED = gettext_noop("Cancelled in the shop: %(status)s.")


def apply_version(
    *,
    order: Order,
    remote: RemoteOrder,
    context: ImportContext,
    raw_hash: str,
    source: str,
    make_plan: Callable[[], OrderPlan],
) -> ImportResult:
    """Take over status, payments, shipments, cancellation and changed content. The order's row is locked.

    Our own write comes back as a new version whose content is the same: only the header follows, no row is made.
    """
    sales_order = order.sales_order
    if sales_order is None:
        raise ValueError(f"{order} has no documents")
    changed = hash_of_content(remote) != order.relevant_hash
    paid_otherwise = payments_changed(order, remote)
    was_broken = order.heal_at is not None and order.state == OrderState.IMPORTED
    was_held = _curable_holds(order)
    was_cancelled = order.phase == OrderPhase.CANCELLED.value
    write_header(order, remote, source=source, raw_hash=raw_hash)
    result = ImportResult(ImportOutcome.UNCHANGED, order)
    if remote.phase is OrderPhase.CANCELLED:
        if not was_cancelled:
            reason = CANCELLED % {"status": remote.status}
            result = cancel_documents(order, sales_order, context, reason=reason)
            note_cancelled(remote, context)
    elif sales_order.state == SalesOrderState.CANCELLED:
        if was_cancelled:
            result = flag_reopened(order, context)
    else:
        if was_cancelled:
            release_flag(order, HoldCode.CANCELLED_AFTER_POSTING)  # the shop goes on, and so do the documents
        money = paid_otherwise or bool(was_held)
        result = _take(order, sales_order, remote, context, make_plan, changed=changed, money=money)
        if was_held and result.outcome != ImportOutcome.HELD:
            _release(order, was_held)
    if paid_otherwise:
        write_payments(order, remote)
    if was_broken:
        order.heal_at, order.heal_attempts = None, 0
        resolve_errors(site_code=order.site.code, code=("internal", "invalid_payload"), subject=order)
    if order.state == OrderState.HELD and not _curable_holds(order):
        order.heal_at = None  # it waits for a decision of staff
    order.save()
    return result


def _curable_holds(order: Order) -> list[str]:
    """The reasons for which a change was not followed, and which may go by themselves."""
    if order.state != OrderState.HELD:
        return []
    codes = order.holds.filter(released_at=None).values_list("code", flat=True)
    return sorted({code for code in codes if code not in FLAG_CODES})


def _release(order: Order, codes: Collection[str]) -> None:
    """The documents say what the shop says; flags that stand beside stay."""
    for code in codes:
        release_flag(order, code)
    order.state, order.heal_at = OrderState.IMPORTED, None


def _take(
    order: Order,
    sales_order: SalesOrder,
    remote: RemoteOrder,
    context: ImportContext,
    make_plan: Callable[[], OrderPlan],
    *,
    changed: bool,
    money: bool,
) -> ImportResult:
    """Content first, then money and goods by the documents as they are then."""
    result = ImportResult(ImportOutcome.UNCHANGED, order)
    shipped = shipments_to_take(order, remote, context)
    if not (changed or money or shipped):
        return result
    plan = make_plan()
    if changed:
        result = take_content(order, sales_order, remote, context, plan)
    if result.outcome == ImportOutcome.HELD:
        return result
    if changed or money:
        result = _take_payment(order, sales_order, plan, context, result)
    if shipped:
        result = take_shipments(order, sales_order, shipped, context, result)
    return result


def _prove_payments(order: Order, plan: OrderPlan, new: Sequence[Receipt]) -> None:
    """The rows of the proof about money received, anew; the others stand."""
    rows = payment_rows(plan, [*counting_receipts(order), *new], wanted=True)
    kept = [row for row in order.proof if not str(row["component"]).startswith("paid")]
    order.proof = [*kept, *(row.as_json() for row in rows)]
    order.proof_ok = all(row["ok"] for row in order.proof)


def _take_payment(
    order: Order, sales_order: SalesOrder, plan: OrderPlan, context: ImportContext, result: ImportResult
) -> ImportResult:
    """Paid after the import, or more than before: the receipts that the rules want."""
    wanted = choose_documents(plan, context)
    if wanted is None or not wanted.receipt:
        return result
    try:
        with outbox.attempt():
            owed = owed_by(sales_order)
            receipts = take_payments(
                order=order,
                plan=plan,
                sales_order=sales_order,
                context=context,
                confirm=confirms(wanted, context.site, DocumentType.RECEIPT),
                owed=owed,
            )
    except (PermanentError, ConfigurationError) as error:
        return hold_change(order, [Hold(error.code, subject=error.item, message=str(error))])
    flag_order(order, shortfall(plan, owed, plan.remote), code=HoldCode.PAYMENT_SHORT)
    _prove_payments(order, plan, receipts)
    if not receipts:
        return result
    names = tuple(f"{DocumentType.RECEIPT} {receipt}" for receipt in receipts)
    record_event(kind="order.paid", site_code=order.site.code, subject=order, message=", ".join(names))
    return ImportResult(
        ImportOutcome.UPDATED,
        order,
        holds=result.holds,
        documents=(*result.documents, *names),
        code=result.code,
        message=", ".join(part for part in (result.message, *names) if part),
    )
