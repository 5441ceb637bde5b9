"""A new version of an order whose documents stand: what was posted is never rewritten."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from activity.services import record_event, resolve_errors
from ecomsync.common.errors import ConfigurationError, PermanentError
from erp.models import SalesOrder
from erp.services.sales_orders import cancel_sales_order, update_draft_sales_order
from erp.states import DocumentType, SalesOrderState
from orders.models import Order, OrderDocument
from orders.reasons import Hold, HoldCode
from orders.services.context import ImportContext
from orders.services.customers import choose_customer, settle_customer
from orders.services.documents import ProofFailed, prove, sales_order_input
from orders.services.holds import hold_order, release_holds
from orders.services.intake import hash_of_content, write_header, write_rows
from orders.services.payments import create_receipts, is_paid
from orders.services.plan import OrderPlan
from orders.services.result import ImportResult
from orders.services.rules import choose_documents
from orders.services.sold import clear_sold, state_planned
from orders.services.tax_check import check_taxes
from orders.services.totals import balance, compare, saved_figures, shop_figures
from orders.states import ImportOutcome, OrderState
from platforms.types import OrderPhase, RemoteOrder
from sites.choices import CancelPolicy, OrderChangedPolicy, ReserveStock

_UNPOSTED = (SalesOrderState.DRAFT, SalesOrderState.ON_HOLD)


def apply_version(
    *,
    order: Order,
    remote: RemoteOrder,
    context: ImportContext,
    raw_hash: str,
    source: str,
    make_plan: Callable[[], OrderPlan],
) -> ImportResult:
    """Take over status, payment, cancellation and changed content. The order's row is locked.

    Our own write comes back as a new version whose content is the same: only the header follows, no row is made.
    """
    sales_order = order.sales_order
    if sales_order is None:
        raise ValueError(f"{order} has no documents")
    content = hash_of_content(remote)
    changed = content != order.relevant_hash
    was_broken = order.heal_at is not None and order.state == OrderState.IMPORTED
    was_paid, was_cancelled = _counts_as_paid(order), order.phase == OrderPhase.CANCELLED.value
    write_header(order, remote, source=source, raw_hash=raw_hash)
    result = ImportResult(ImportOutcome.UNCHANGED, order)
    if remote.phase is OrderPhase.CANCELLED:
        if not was_cancelled:
            result = cancel_documents(
                order, sales_order, context, reason=f"Cancelled in the shop: {remote.status}."
            )
    elif sales_order.state == SalesOrderState.CANCELLED:
        if was_cancelled:
            result = _flag(order, "The order was reopened in the shop, its documents are cancelled.", context)
    elif changed:
        result = _take_content(order, sales_order, remote, context, make_plan())
    if not was_paid and is_paid(remote) and sales_order.state != SalesOrderState.CANCELLED:
        result = _take_payment(order, sales_order, remote, context, make_plan(), result)
    if changed:
        order.relevant_hash = content
    if was_broken:
        order.heal_at, order.heal_attempts = None, 0
        resolve_errors(site_code=order.site.code, code=("internal", "invalid_payload"), subject=order)
    order.save()
    return result


def _counts_as_paid(order: Order) -> bool:
    return order.financial_status in ("paid", "partly_refunded", "refunded") or not order.grand_total


def _take_content(
    order: Order, sales_order: SalesOrder, remote: RemoteOrder, context: ImportContext, plan: OrderPlan
) -> ImportResult:
    """Lines, amounts, customer or addresses differ: by the site's policy."""
    policy = context.site.order_changed_policy
    items = plan.items or [None] * len(remote.lines)
    write_rows(order, remote, items, replace=True)
    if policy == OrderChangedPolicy.UPDATE and sales_order.state in _UNPOSTED:
        return _update_draft(order, sales_order, plan, context)
    shown = compare(remote, shop_figures(remote), saved_figures(sales_order))
    order.proof, order.proof_ok = [row.as_json() for row in shown], all(row.ok for row in shown)
    message = f"The documents stand at version {_when(sales_order.created_at)}; the shop changed the order."
    return _flag(order, message, context, hold=policy == OrderChangedPolicy.HOLD)


def _update_draft(
    order: Order, sales_order: SalesOrder, plan: OrderPlan, context: ImportContext
) -> ImportResult:
    choice = choose_customer(plan, context)
    wanted = choose_documents(plan, context, customer_group=choice.group_code if choice else "")
    if plan.is_complete:
        check_taxes(plan, context, customer=choice.customer if choice else None)
        balance(plan, context.site)
    if plan.holds or choice is None or wanted is None:
        return _held_change(order, plan.holds)
    try:
        with transaction.atomic():
            customer = settle_customer(choice, plan.remote, context)
            order.relevant_hash = hash_of_content(plan.remote)
            data = sales_order_input(
                order=order, plan=plan, wanted=wanted, customer=customer, context=context
            )
            update_draft_sales_order(order=sales_order, data=data)
            proof = prove(plan, sales_order)
    except ProofFailed as error:
        order.proof, order.proof_ok = [row.as_json() for row in error.rows], False
        return _held_change(order, [Hold(error.code, message=error.message)])
    except (PermanentError, ConfigurationError) as error:
        return _held_change(order, [Hold(error.code, subject=error.item, message=str(error))])
    order.erp_customer = customer
    order.decisions = plan.decisions
    order.proof, order.proof_ok = [row.as_json() for row in proof], True
    release_holds(order)
    order.state = OrderState.IMPORTED
    if context.site.reserve_stock != ReserveStock.NO:
        state_planned(order, plan, context, warehouse=sales_order.warehouse)
    record_event(kind="order.updated", site_code=order.site.code, subject=order, message=str(sales_order))
    return ImportResult(ImportOutcome.UPDATED, order, documents=(f"sales_order {sales_order}",))


def _held_change(order: Order, holds: list[Hold]) -> ImportResult:
    hold_order(order, holds)
    order.heal_at = None  # its documents stand; staff or the next version decide
    return ImportResult(
        ImportOutcome.HELD,
        order,
        tuple(holds),
        code=holds[0].code,
        message=", ".join(hold.code for hold in holds),
    )


def _flag(order: Order, message: str, context: ImportContext, *, hold: bool = False) -> ImportResult:
    """Tell staff. hold: the order also leaves the state 'imported' until they have decided."""
    found = Hold(HoldCode.ORDER_CHANGED, message=message)
    if hold:
        return _held_change(order, [found])
    hold_order(order, [found], keep_state=True)
    record_event(
        kind="order.changed", site_code=context.site.code, subject=order, message=message, level="warning"
    )
    return ImportResult(ImportOutcome.UPDATED, order, (found,), code=found.code, message=message)


def cancel_documents(
    order: Order, sales_order: SalesOrder, context: ImportContext, *, reason: str
) -> ImportResult:
    """Cancel what is neither delivered nor invoiced; else flag it, since posted documents are only corrected."""
    found = Hold(HoldCode.CANCELLED_AFTER_POSTING, message=reason)
    if sales_order.state == SalesOrderState.CANCELLED:
        return ImportResult(ImportOutcome.UNCHANGED, order)
    if context.site.cancel_policy == CancelPolicy.CANCEL:
        try:
            with transaction.atomic():
                cancel_sales_order(order=sales_order, reason=reason)
        except PermanentError as error:
            found = Hold(HoldCode.CANCELLED_AFTER_POSTING, message=str(error))
        else:
            order.state, order.state_reason = OrderState.CANCELLED, "cancelled_in_shop"
            release_holds(order)
            clear_sold(order)
            record_event(kind="order.cancelled", site_code=context.site.code, subject=order, message=reason)
            return ImportResult(ImportOutcome.UPDATED, order, message=reason)
    hold_order(order, [found], keep_state=True)
    return ImportResult(ImportOutcome.UPDATED, order, (found,), code=found.code, message=found.message)


def _take_payment(
    order: Order,
    sales_order: SalesOrder,
    remote: RemoteOrder,
    context: ImportContext,
    plan: OrderPlan,
    result: ImportResult,
) -> ImportResult:
    """Paid after the import: the receipt that the rules want."""
    wanted = choose_documents(plan, context)
    if wanted is None or not wanted.receipt:
        return result
    invoice = sales_order.invoices.filter(kind="invoice", state__in=("issued", "partially_paid")).first()
    try:
        with transaction.atomic():
            receipts = create_receipts(
                order=order,
                payments=plan.payments,
                remote=remote,
                sales_order=sales_order,
                invoice=invoice,
                context=context,
            )
    except PermanentError as error:
        return _held_change(order, [Hold(error.code, subject=error.item, message=str(error))])
    known = set(
        order.documents.filter(document_type=DocumentType.RECEIPT).values_list("object_id", flat=True)
    )
    rows = [
        OrderDocument(
            order=order, document_type=DocumentType.RECEIPT, object_id=receipt.pk, number=receipt.number
        )
        for receipt in receipts
        if receipt.pk not in known
    ]
    OrderDocument.objects.bulk_create(rows)
    if not rows:
        return result
    names = tuple(str(row) for row in rows)
    record_event(kind="order.paid", site_code=order.site.code, subject=order, message=", ".join(names))
    return ImportResult(ImportOutcome.UPDATED, order, documents=names, message=", ".join(names))


def _when(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M")
