"""Importing new orders of a batch together: planned in memory, written in bulk, proved as saved, all or none.

Only what is common comes this way: orders that are new, admitted, fully mapped and balanced. Anything else, and any
failure, goes the way of a single order (`import_order`), so that one bad order never takes others down.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import DatabaseError, IntegrityError, OperationalError, connection, transaction

from activity.services import record_events
from catalog.services.requests import gathering_requests
from ecomsync.common.errors import EcomsyncError
from ecomsync.common.garbage import collection_paused
from ecomsync.common.logs import ensure_trace
from ecomsync.common.sql import insert_rows, save_rows
from erp.models import CreditCheck, Customer
from orders.importing import importing
from orders.models import Order, OrderDocument, OrderOutbox
from orders.services import outbox
from orders.services.admission import admit
from orders.services.context import ImportContext
from orders.services.customer_batch import choose_together, settle_together
from orders.services.document_batch import DocumentJob, NotCommon, generate_together
from orders.services.import_order import created_result, event_of, make_plan, mark_imported
from orders.services.intake import (
    clean_text,
    hash_of_content,
    hash_of_raw,
    too_large,
    write_header,
    write_rows_of,
)
from orders.services.plan import OrderPlan
from orders.services.result import ImportResult
from orders.services.rules import Wanted, choose_documents
from orders.services.tax_check import check_taxes
from orders.services.totals import balance
from platforms.types import RemoteOrder

logger = logging.getLogger(__name__)

#: Below this nothing is won by writing together.
FEW = 2
_TRIES = 3
#: Columns of an order that are known only once its documents stand.
_LATE = ("sales_order", "erp_customer", "state", "imported_at", "proof", "proof_ok", "decisions")


@dataclass(slots=True)
class Planned:
    """A new order, planned and not written yet."""

    remote: RemoteOrder
    order: Order
    plan: OrderPlan


def import_together(
    *, remotes: Sequence[RemoteOrder], context: ImportContext, source: str
) -> dict[str, ImportResult]:
    """Import the common ones of these orders (after `context.prefetch`). Answers their results by the shop's id.

    Orders that are not answered are untouched and wait for `import_order`; of several versions of one order only
    the first comes this way.
    """
    if not _is_common_site(context):
        return {}
    first = {remote.remote_id: remote for remote in reversed(remotes)}
    chosen = [remote for remote in remotes if first.get(remote.remote_id) is remote]
    with ensure_trace(), importing(), collection_paused():
        return _attempt(
            [remote for remote in chosen if _may_be_common(remote, context)], context, source=source
        )


def _is_common_site(context: ImportContext) -> bool:
    """Where several warehouses may deliver, each order is routed by the stock that the one before it left."""
    return not context.historic and len(context.warehouses()) < 2


def _may_be_common(remote: RemoteOrder, context: ImportContext) -> bool:
    return (
        remote.remote_id not in context.known and not too_large(remote) and admit(remote, context).is_import
    )


def _attempt(
    remotes: Sequence[RemoteOrder], context: ImportContext, *, source: str
) -> dict[str, ImportResult]:
    """Together, without those that turn out to be odd; a refusal that nobody can be blamed for halves the batch."""
    waiting = list(remotes)
    for _ in range(_TRIES):
        if len(waiting) < FEW:
            return {}
        try:
            return _import(waiting, context, source=source)
        except NotCommon as odd:
            waiting = [remote for remote in waiting if remote.remote_id not in odd.remote_ids]
        except IntegrityError:  # another worker has made one of them
            known = _known_now(waiting, context)
            if not known:
                return _halves(waiting, context, source=source)
            waiting = [remote for remote in waiting if remote.remote_id not in known]
        except OperationalError:
            if connection.in_atomic_block:
                raise
            logger.warning("%s: the database asks to repeat a batch", context.site.code)
        except (EcomsyncError, DatabaseError):
            return _halves(waiting, context, source=source)
        except Exception:  # the outer loop of a worker: each order shows by itself which one it was
            logger.exception("A batch of %s broke", context.site.code, extra={"site": context.site.code})
            return {}
    return {}


def _known_now(remotes: Sequence[RemoteOrder], context: ImportContext) -> Collection[str]:
    context.prefetch(remotes)
    return {remote.remote_id for remote in remotes if remote.remote_id in context.known}


def _halves(
    remotes: Sequence[RemoteOrder], context: ImportContext, *, source: str
) -> dict[str, ImportResult]:
    middle = len(remotes) // 2
    done = _attempt(remotes[:middle], context, source=source)
    return done | _attempt(remotes[middle:], context, source=source)


def _import(
    remotes: Sequence[RemoteOrder], context: ImportContext, *, source: str
) -> dict[str, ImportResult]:
    planned = [entry for remote in remotes if (entry := _plan(remote, context, source=source)) is not None]
    if len(planned) < FEW:
        return {}
    with transaction.atomic(), gathering_requests():
        return _write(planned, context)


def _plan(remote: RemoteOrder, context: ImportContext, *, source: str) -> Planned | None:
    """None for an order that goes alone: something is to be held, or to be made, or breaks."""
    try:
        plan = make_plan(remote, context, may_create=False)
    except Exception:  # alone it fails with its reason; here it must not part the others
        logger.warning("Order %s of %s cannot be planned", remote.remote_id, context.site.code, exc_info=True)
        return None
    if plan.holds or None in plan.items:
        return None
    order = Order(site=context.site, remote_id=clean_text(remote.remote_id, 100))
    write_header(order, remote, source=source, raw_hash=hash_of_raw(remote))
    order.relevant_hash = hash_of_content(remote)
    return Planned(remote, order, plan)


def _write(planned: Sequence[Planned], context: ImportContext) -> dict[str, ImportResult]:
    """Locks are taken in one order: the orders' own rows, the customers' keys, balances, number series, requests."""
    # Inserted in the order of their ids: who meets another worker's row waits for it, and never in a circle.
    insert_rows([entry.order for entry in sorted(planned, key=lambda entry: entry.order.remote_id)])
    write_rows_of([(entry.order, entry.remote, entry.plan.items) for entry in planned])
    with outbox.collecting() as changes:
        jobs = _jobs(planned, context)
        generate_together(jobs, context)
    return _finish(jobs, changes, context)


def _jobs(planned: Sequence[Planned], context: ImportContext) -> list[DocumentJob]:
    """Customers, rules and the plan's balance, as for a single order; whoever is to be held is not common."""
    choices = choose_together([entry.plan for entry in planned], context)
    wanted: list[Wanted | None] = []
    for entry, choice in zip(planned, choices, strict=True):
        group = choice.group_code if choice else ""
        wanted.append(choose_documents(entry.plan, context, customer_group=group))
        check_taxes(entry.plan, context, customer=choice.customer if choice else None)
        balance(entry.plan, context.site)
    odd = [
        entry.remote.remote_id
        for entry, choice, documents in zip(planned, choices, wanted, strict=True)
        if choice is None or documents is None or not documents.any_document or entry.plan.holds
    ]
    if odd:
        raise NotCommon(odd)
    customers = settle_together(
        [(choice, entry.remote) for entry, choice in zip(planned, choices, strict=True) if choice], context
    )
    _refuse_limited([(entry.remote, customer) for entry, customer in zip(planned, customers, strict=True)])
    return [
        DocumentJob(entry.order, entry.plan, documents, customer)
        for entry, documents, customer in zip(planned, wanted, customers, strict=True)
        if documents is not None  # those are refused above
    ]


def _refuse_limited(buyers: Sequence[tuple[RemoteOrder, Customer]]) -> None:
    """What a customer owes changes with each of its orders, so those with a limit come one by one."""
    limited = [remote.remote_id for remote, buyer in buyers if buyer.credit_check != CreditCheck.NONE]
    if limited:
        raise NotCommon(limited)


def _finish(
    jobs: Sequence[DocumentJob], changes: Sequence[outbox.StateChange], context: ImportContext
) -> dict[str, ImportResult]:
    results: dict[str, ImportResult] = {}
    links: list[OrderDocument] = []
    messages: list[list[OrderOutbox]] = []
    by_document = {
        (row.document_type, row.object_id): job for job in jobs for row in job.documents.rows(job.order)
    }
    told: dict[int, list[outbox.StateChange]] = {job.order.pk: [] for job in jobs}
    for change in changes:
        told[by_document[change.document_type, change.document.pk].order.pk].append(change)
    for job in jobs:
        order, remote = job.order, job.plan.remote
        mine = told[order.pk]
        rows = mark_imported(order, job.plan, job.wanted, job.documents, context)
        order.decisions = job.plan.decisions
        links += rows
        messages.append(outbox.messages_of(order=order, changes=mine, context=context, remote=remote))
        results[remote.remote_id] = created_result(order, rows, mine)
    save_rows([job.order for job in jobs], _LATE)
    insert_rows(links)
    outbox.write_first_messages(messages)
    record_events([event_of(job.order, results[job.plan.remote.remote_id]) for job in jobs])
    return results
