"""Compare the orders of the shop with ours: missing, different, all well."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from activity.services import RunReporter
from orders.models import Order
from orders.services.admission import admit
from orders.services.cancel_order import cancel_order
from orders.services.context import ImportContext
from orders.services.read_sales import import_safely
from orders.states import ImportOutcome, OrderSource, OrderState
from platforms.base import PlatformAdapter
from platforms.types import OrderReadFailure, RemoteOrder
from sites.models import Site

BATCH = 100


def reconcile_orders(
    *,
    site: Site,
    adapter: PlatformAdapter,
    reporter: RunReporter,
    created_from: datetime,
    repair: bool = False,
) -> None:
    """Go through the shop's orders since a day, by id and total; then through ours that the shop has not.

    repair: import what is missing or different, and cancel what waits here and is gone there.
    """
    batch: list[RemoteOrder] = []
    seen: set[str] = set()
    for entry in adapter.iter_orders(created_from=created_from):
        reporter.found()
        seen.add(entry.remote_id)
        if isinstance(entry, OrderReadFailure):
            reporter.failed(1, message=f"{entry.remote_id}: {entry.message}", code=entry.code)
            continue
        batch.append(entry)
        if len(batch) >= BATCH:
            _compare(site, batch, reporter, repair=repair)
            batch = []
            reporter.check_cancelled()
    _compare(site, batch, reporter, repair=repair)
    known = Order.objects.filter(site=site, created_remote__gte=created_from)
    ours = known.exclude(state=OrderState.CANCELLED).values_list("remote_id", flat=True)
    extra = [remote_id for remote_id in ours.iterator(chunk_size=2000) if remote_id not in seen]
    for start in range(0, len(extra), BATCH):
        reporter.check_cancelled()
        reporter.found(len(extra[start : start + BATCH]))
        settle_gone(
            site=site,
            adapter=adapter,
            reporter=reporter,
            remote_ids=extra[start : start + BATCH],
            repair=repair,
        )


def settle_gone(
    *, site: Site, adapter: PlatformAdapter, reporter: RunReporter, remote_ids: Sequence[str], repair: bool
) -> None:
    """Orders of ours that a listing of the shop did not name: asked for by id, and gone when it has them not.

    repair: what waits without documents is cancelled, so that its units are for sale again; staff decide over the rest.
    """
    there = {entry.remote_id for entry in adapter.get_orders(remote_ids)}
    rows = Order.objects.filter(site=site, remote_id__in=remote_ids).defer("raw")
    known = {row.remote_id: row for row in rows}
    for remote_id in remote_ids:
        row = known.get(remote_id)
        if remote_id in there:
            reporter.unchanged()
        elif row is None or row.state == OrderState.CANCELLED:
            reporter.skipped()
            reporter.note(f"{remote_id}: the shop has no such order.", level="warning")
        elif repair and not row.is_imported:
            cancel_order(site=site, remote_id=remote_id, reason="Gone from the shop.")
            reporter.updated()
        else:
            reporter.held(1, message=f"{row.number}: extra: we have it, the shop has not", subject=row)


def _compare(site: Site, batch: Sequence[RemoteOrder], reporter: RunReporter, *, repair: bool) -> None:
    context = ImportContext(site)
    rows = Order.objects.filter(site=site, remote_id__in=[remote.remote_id for remote in batch])
    known = {row.remote_id: row for row in rows.select_related("sales_order").defer("raw")}
    if repair:
        context.prefetch(batch)
    for remote in batch:
        row = known.get(remote.remote_id)
        problem = _problem(remote, row, context)
        if not problem:
            reporter.unchanged()
            continue
        if repair:
            result = import_safely(
                site=site, remote=remote, context=context, source=OrderSource.MANUAL, force=True
            )
            if result.outcome in (ImportOutcome.CREATED, ImportOutcome.UPDATED):
                reporter.updated()
                continue
        reporter.held(1, message=f"{remote.number}: {problem}", subject=row)


def _problem(remote: RemoteOrder, row: Order | None, context: ImportContext) -> str:
    """What is wrong with an order, "" when nothing is. Orders that are not to be imported are not missing."""
    if row is None:
        return "missing: the shop has it, we do not" if admit(remote, context).is_import else ""
    if row.grand_total != remote.totals.grand_total:
        return f"different: the shop says {remote.totals.grand_total}, we hold {row.grand_total}"
    sales_order = row.sales_order
    if sales_order is None:
        return (
            f"no documents: {row.state} {row.state_reason}".strip()
            if admit(remote, context).is_import
            else ""
        )
    if sales_order.grand_total != remote.totals.grand_total:
        return f"different: the shop says {remote.totals.grand_total}, document {sales_order} {sales_order.grand_total}"
    return ""
