"""Importing one order: locked, idempotent, in one transaction with the documents it makes."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from activity.models import Event
from activity.services import RunReporter, build_event, record_event, resolve_errors
from catalog.services.requests import gathering_requests
from ecomsync.common.errors import ConfigurationError, InvalidPayload, PermanentError
from ecomsync.common.logs import ensure_trace
from orders.importing import importing
from orders.models import Order, OrderDocument
from orders.reasons import Hold, HoldCode
from orders.services import outbox
from orders.services.admission import Admission, admit, is_wanted_now
from orders.services.cancellations import reopens
from orders.services.changes import apply_version
from orders.services.charges import map_charges
from orders.services.context import ImportContext
from orders.services.customers import choose_customer, settle_customer
from orders.services.discounts import place_discounts
from orders.services.documents import Documents, ProofFailed, generate_documents
from orders.services.failures import fail_order
from orders.services.flags import flag_order
from orders.services.holds import hold_order, release_holds
from orders.services.intake import (
    clean_text,
    faults_of,
    hash_of_content,
    hash_of_raw,
    too_large,
    write_header,
    write_rows,
)
from orders.services.known_version import is_older
from orders.services.lines import map_lines
from orders.services.payments import map_payments, shortfall
from orders.services.plan import OrderPlan
from orders.services.result import ImportResult
from orders.services.rules import Wanted, choose_documents
from orders.services.sold import clear_sold, counts_when_left, note_cancelled, sold_lines_of, state_planned
from orders.services.tax_check import check_taxes
from orders.services.timeline import note_steps, steps_of
from orders.services.totals import balance
from orders.states import ImportOutcome, OrderSource, OrderState
from platforms.types import RemoteOrder
from sites.choices import ReserveStock
from sites.models import Site


def import_order(
    *,
    site: Site,
    remote: RemoteOrder,
    source: str = OrderSource.POLL,
    reporter: RunReporter | None = None,
    context: ImportContext | None = None,
    force: bool = False,
) -> ImportResult:
    """Take over one version of an order: keep it, map it, prove it, make its documents, or hold it with reasons.

    Idempotent: the same payload again is "unchanged", an older version never overwrites a newer one, and two
    workers with the same order come one after the other. Either all of its documents are saved or none.
    force: try again although nothing changed (a held order, or staff's wish); staff's wish (source 'manual') also
    sets dates, statuses and the policy 'never' aside.
    Refusals hold the order; errors of the database or the programme are raised and nothing is saved.
    """
    context = context or ImportContext(site)
    raw_hash = hash_of_raw(remote)
    with ensure_trace(), importing():
        result = _unstorable(remote, context) or (None if force else _unchanged(remote, context, raw_hash))
        if result is None:
            with transaction.atomic(), gathering_requests():
                result = _import_locked(remote, context, raw_hash, source=source, force=force)
    if reporter is not None:
        report(reporter, result)
    return result


def _unstorable(remote: RemoteOrder, context: ImportContext) -> ImportResult | None:
    """An order with figures beyond all measure is kept as its payload only."""
    faults = too_large(remote)
    if not faults:
        return None
    error = InvalidPayload(
        f"Order {remote.number} cannot be booked, a figure is too large: {'; '.join(faults[:5])}.",
        cure="Correct the order in the shop and save it; it is read again by itself.",
        site=context.site.code,
        item=remote.remote_id,
    )
    return fail_order(
        site=context.site,
        remote_id=remote.remote_id,
        error=error,
        raw=remote.raw,
        sold=sold_lines_of(remote),
    )


def report(reporter: RunReporter, result: ImportResult) -> None:
    """Count one result in the run's report."""
    subject = result.order
    if result.outcome == ImportOutcome.HELD:
        reporter.held(1, message=result.message, subject=subject, code=result.code)
    elif result.outcome == ImportOutcome.FAILED:
        reporter.failed(1, message=result.message, subject=subject, code=result.code)
    else:
        reporter.count(str(result.outcome))


def _unchanged(remote: RemoteOrder, context: ImportContext, raw_hash: str) -> ImportResult | None:
    """What is known already needs neither a lock nor a statement (only after `context.prefetch`)."""
    known = context.known.get(remote.remote_id)
    if known is None or known.state == OrderState.FAILED:
        return None
    if is_wanted_now(known.state, known.state_reason, remote, context):
        return None
    older = is_older(remote.updated_at, known=known.updated_remote, site=context.site)
    if older or known.raw_hash == raw_hash:
        return ImportResult(ImportOutcome.UNCHANGED, message="older version" if older else "")
    return None


def _import_locked(
    remote: RemoteOrder, context: ImportContext, raw_hash: str, *, source: str, force: bool
) -> ImportResult:
    order = _lock(context.site, remote.remote_id)
    if order is not None:
        if is_older(remote.updated_at, known=order.updated_remote, site=context.site):
            return ImportResult(ImportOutcome.UNCHANGED, order, message="older version")
        again = order.state == OrderState.FAILED or is_wanted_now(
            order.state, order.state_reason, remote, context
        )
        if not force and order.raw_hash == raw_hash and not again:
            return ImportResult(ImportOutcome.UNCHANGED, order)
    if order is not None and reopens(order, remote, context):
        order.sales_order = None
        record_event(
            kind="order.reopened", site_code=order.site.code, subject=order, message=clean_text(remote.status)
        )
    if order is not None and order.is_imported:
        return _take_version(order, remote, context, raw_hash, source=source)
    admission = admit(remote, context, by_hand=force and source == OrderSource.MANUAL)
    if order is None:
        if admission.verdict == "ignore":
            return ImportResult(ImportOutcome.SKIPPED, message=admission.reason)
        order = _create(context.site, remote.remote_id)
        if order.raw_hash or order.updated_remote:  # another worker made and filled it while we waited for it
            return _import_locked(remote, context, raw_hash, source=source, force=force)
    return _first_import(order, remote, context, raw_hash, source=source, admission=admission)


def _lock(site: Site, remote_id: str) -> Order | None:
    """The order's row, against other imports; not against rows that name it, since whoever holds the sales order
    writes such rows and we may wait for the sales order next."""
    rows = Order.objects.select_for_update(no_key=True)
    order = rows.filter(site=site, remote_id=clean_text(remote_id, 100)).first()
    if order is not None:
        order.site = site
    return order


def _create(site: Site, remote_id: str) -> Order:
    """The order's row, locked; when another worker makes it at this moment, we wait for that one."""
    key = clean_text(remote_id, 100)
    Order.objects.bulk_create([Order(site=site, remote_id=key)], ignore_conflicts=True)
    order = Order.objects.select_for_update(no_key=True).get(site=site, remote_id=key)
    order.site = site
    return order


def _take_version(
    order: Order, remote: RemoteOrder, context: ImportContext, raw_hash: str, *, source: str
) -> ImportResult:
    """A new version of an order whose documents stand."""
    with outbox.collecting() as changes:
        result = apply_version(
            order=order,
            remote=remote,
            context=context,
            raw_hash=raw_hash,
            source=source,
            make_plan=lambda: make_plan(remote, context),
        )
    outbox.link_documents(order, changes)
    note_steps(order, changes)
    outbox.enqueue_changes(order=order, changes=changes, context=context, remote=remote)
    return result


def _first_import(
    order: Order,
    remote: RemoteOrder,
    context: ImportContext,
    raw_hash: str,
    *,
    source: str,
    admission: Admission,
) -> ImportResult:
    had_state, had_reason = order.state, order.state_reason
    replace = bool(order.raw_hash) or had_state == OrderState.FAILED
    content = hash_of_content(remote)
    rows_stand = replace and order.relevant_hash == content
    waiting = admission.verdict == "wait"
    left_but_sold = counts_when_left(
        context.site,
        reason=admission.reason,
        phase=remote.phase.value,
        financial_status=remote.financial_status.value,
    )
    plan = (
        make_plan(remote, context, may_create=admission.is_import)
        if waiting or admission.is_import or left_but_sold
        else OrderPlan(remote)
    )
    write_header(order, remote, source=source, raw_hash=raw_hash)
    order.relevant_hash = content
    order.state_reason = ""
    if admission.is_import:
        result = _import_or_hold(order, plan, context)
    elif waiting:
        result = _hold(order, [Hold(admission.reason), *plan.holds], plan, context)
    else:
        result = _leave(order, admission)
        if order.state == OrderState.CANCELLED and had_state != OrderState.CANCELLED:
            note_cancelled(remote, context)
        if left_but_sold:
            state_planned(order, plan, context)
    order.decisions = plan.decisions
    order.save()
    if not rows_stand or result.outcome == ImportOutcome.CREATED:
        items = plan.items or [None] * len(remote.lines)
        write_rows(order, remote, items, replace=replace)
    if had_state == OrderState.FAILED:
        _close_failure(order, result, had_reason)
    _note(order, result, had_state)
    return result


def _close_failure(order: Order, result: ImportResult, code: str) -> None:
    """The order can be read again; the reasons of a hold that came instead stay open."""
    held = result.outcome == ImportOutcome.HELD
    resolve_errors(site_code=order.site.code, code=code if held else None, subject=order)


def make_plan(remote: RemoteOrder, context: ImportContext, *, may_create: bool = True) -> OrderPlan:
    """Map everything; every reason found is in `plan.holds`. Only items of the policy 'create' are written."""
    plan = OrderPlan(remote)
    faults = faults_of(remote)
    for fault in faults:
        plan.hold(HoldCode.INVALID_ORDER, message=fault, subject=clean_text(fault, 200))
    map_lines(plan, context, may_create=may_create and not faults)
    if faults:
        return plan
    place_discounts(plan, context.site)
    map_charges(plan, context)
    map_payments(plan, context)
    if context.exchange_rate(remote.currency, remote.created_at) is None:
        day = remote.created_at.date().isoformat()
        plan.hold(HoldCode.MISSING_EXCHANGE_RATE, subject=remote.currency, day=day)
    return plan


def _import_or_hold(order: Order, plan: OrderPlan, context: ImportContext) -> ImportResult:
    invalid = any(hold.code == HoldCode.INVALID_ORDER for hold in plan.holds)
    choice = None if invalid else choose_customer(plan, context)
    group = choice.group_code if choice else ""
    wanted = None if invalid else choose_documents(plan, context, customer_group=group)
    if wanted is not None and not wanted.any_document:
        return _leave(order, Admission("skip", "rule_makes_nothing"))
    if plan.is_complete:
        check_taxes(plan, context, customer=choice.customer if choice else None)
        proof = balance(plan, context.site)
        order.proof = [row.as_json() for row in proof]
        order.proof_ok = all(row.ok for row in proof)
    if plan.holds or choice is None or wanted is None:
        return _hold(order, plan.holds, plan, context)
    try:
        with transaction.atomic(), outbox.collecting() as changes:
            customer = settle_customer(choice, plan.remote, context)
            made = generate_documents(
                order=order, plan=plan, wanted=wanted, customer=customer, context=context
            )
    except ProofFailed as error:
        order.proof, order.proof_ok = [row.as_json() for row in error.rows], False
        return _hold(order, [Hold(error.code, message=error.message)], plan, context)
    except (PermanentError, ConfigurationError) as error:
        return _hold(order, [Hold(error.code, subject=error.item, message=str(error))], plan, context)
    return _imported(order, plan, wanted, made, changes, context)


def _imported(
    order: Order,
    plan: OrderPlan,
    wanted: Wanted,
    made: Documents,
    changes: Sequence[outbox.StateChange],
    context: ImportContext,
) -> ImportResult:
    rows = mark_imported(order, plan, wanted, made, context)
    OrderDocument.objects.bulk_create(rows, ignore_conflicts=True)
    outbox.enqueue_changes(order=order, changes=changes, context=context, remote=plan.remote)
    return created_result(order, rows, changes)


def mark_imported(
    order: Order, plan: OrderPlan, wanted: Wanted, made: Documents, context: ImportContext
) -> list[OrderDocument]:
    """The order stands on its documents now: its columns (not saved), its holds, what it keeps off the shop.

    Answers the links to the documents, not saved.
    """
    waited = order.state != OrderState.NEW
    order.sales_order = made.sales_order
    order.erp_customer = made.sales_order.customer
    order.state = OrderState.IMPORTED
    order.imported_at = timezone.now()
    order.proof = [row.as_json() for row in made.proof]
    order.proof_ok = True
    if waited:
        release_holds(order)
    short = shortfall(plan, made.sales_order.grand_total, plan.remote) if wanted.receipt else None
    if short is not None or (waited and wanted.receipt):
        flag_order(order, short, code=HoldCode.PAYMENT_SHORT)
    bound = made.confirmed or context.site.reserve_stock == ReserveStock.NO
    if bound and waited:
        clear_sold(order)
    elif not bound:  # a draft binds no stock: its units stay off the shop until it is confirmed or cancelled
        state_planned(order, plan, context, warehouse=made.sales_order.warehouse)
    return made.rows(order)


def created_result(
    order: Order, rows: Sequence[OrderDocument], changes: Sequence[outbox.StateChange]
) -> ImportResult:
    """The answer for an order whose documents were made."""
    documents = tuple(str(row) for row in rows)
    return ImportResult(
        ImportOutcome.CREATED,
        order,
        documents=documents,
        message=", ".join(documents),
        steps=tuple(steps_of(changes)),
    )


def _hold(order: Order, holds: Sequence[Hold], plan: OrderPlan, context: ImportContext) -> ImportResult:
    hold_order(order, holds)
    state_planned(order, plan, context)
    codes = ", ".join(dict.fromkeys(f"{hold.code} {hold.subject}".strip() for hold in holds))
    return ImportResult(ImportOutcome.HELD, order, holds=tuple(holds), code=holds[0].code, message=codes)


def _leave(order: Order, admission: Admission) -> ImportResult:
    """Kept to be seen, without documents."""
    cancelled = admission.verdict == "cancelled"
    order.state = OrderState.CANCELLED if cancelled else OrderState.SKIPPED
    order.state_reason = admission.reason
    order.heal_at = None
    release_holds(order)
    clear_sold(order)
    return ImportResult(ImportOutcome.SKIPPED, order, code=admission.reason, message=admission.reason)


def _note(order: Order, result: ImportResult, had_state: str) -> None:
    """A line of the order's story; trying a held order again in vain is none."""
    if result.outcome == ImportOutcome.HELD and had_state == OrderState.HELD:
        return
    event_of(order, result).save()


def event_of(order: Order, result: ImportResult) -> Event:
    """The line of the order's story that tells of an import; not stored yet."""
    return build_event(
        kind=f"order.{order.state}",
        site_code=order.site.code,
        subject=order,
        message=result.message,
        payload={
            "source": order.source,
            "status": order.status_remote,
            "decisions": order.decisions,
            "documents": list(result.steps),
        },
        level="warning" if result.outcome == ImportOutcome.HELD else "info",
    )
