"""Repairs what a comparison found about orders: what is missing or different is read again, what is gone is cancelled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext_noop as _

from activity.difference_kinds import Repair
from activity.models import Difference
from activity.services import RunReporter
from activity.services.differences import told
from orders.models import Order
from orders.services.cancel_order import cancel_order
from orders.services.context import ImportContext
from orders.services.judge_order import judge, read_held
from orders.services.order_returns import read_returns_of
from orders.services.read_sales import import_safely
from orders.states import ImportOutcome, OrderSource
from platforms.base import PlatformAdapter
from platforms.types import OrderReadFailure, RemoteOrder
from sites.models import Site
from sites.services.adapters import open_adapter

BATCH = 100
Problem, State = Difference.Problem, Difference.State
HAS_DOCUMENTS = _(
    "The order has documents and is gone from the shop. Cancel them in the ERP, or ignore this."
)
NOT_IN_SHOP = _("The shop has no such order any more.")


def repair_orders(*, run: RunReporter, site_code: str, rows: Sequence[Difference]) -> dict[int, Repair]:
    """Orders are asked for by id, in the fewest calls."""
    site = Site.objects.get(code=site_code)
    results: dict[int, Repair] = {}
    with open_adapter(site, lane="orders", run=run.run) as adapter:
        for start in range(0, len(rows), BATCH):
            part = rows[start : start + BATCH]
            remotes: dict[str, RemoteOrder] = {}
            unread: dict[str, str] = {}
            for entry in adapter.get_orders(sorted({_order_of(row) for row in part})):
                if isinstance(entry, OrderReadFailure):
                    unread[entry.remote_id] = entry.message
                else:
                    remotes[entry.remote_id] = entry
            results |= {
                row.pk: Repair(State.OPEN, unread[_order_of(row)]) for row in part if _order_of(row) in unread
            }
            left = [row for row in part if row.pk not in results]
            results |= repair_with(site=site, adapter=adapter, remotes=remotes, rows=left)
    return results


def repair_with(
    *,
    site: Site,
    adapter: PlatformAdapter,
    remotes: Mapping[str, RemoteOrder],
    rows: Sequence[Difference],
) -> dict[int, Repair]:
    """remotes: the shop's present orders by id; one that is not there is gone. Judged once more after the import."""
    wanted = {_order_of(row): remotes[_order_of(row)] for row in rows if _order_of(row) in remotes}
    answers = _import(site, adapter, list(wanted.values()))
    context = ImportContext(site)
    held = read_held(context, list(wanted))
    still = {entry.key: entry for remote in wanted.values() for entry in judge(remote, held, context)}
    results: dict[int, Repair] = {}
    for row in rows:
        remote_id = _order_of(row)
        if remote_id not in wanted:
            results[row.pk] = _cancel(site, remote_id)
        elif row.key in still:
            results[row.pk] = Repair(State.OPEN, answers.get(remote_id) or told(still[row.key]))
        else:
            results[row.pk] = Repair(State.REPAIRED)
    return results


def _import(site: Site, adapter: PlatformAdapter, remotes: Sequence[RemoteOrder]) -> dict[str, str]:
    """Shop id -> why an order could not be imported."""
    context = ImportContext(site)
    context.prefetch(remotes)
    answers: dict[str, str] = {}
    for remote in remotes:
        result = import_safely(
            site=site, remote=remote, context=context, source=OrderSource.MANUAL, force=True
        )
        read_returns_of(site=site, adapter=adapter, remote=remote, context=context)
        if result.outcome in (ImportOutcome.HELD, ImportOutcome.FAILED, ImportOutcome.SKIPPED):
            reasons = [hold.message or hold.code for hold in result.holds]
            answers[remote.remote_id] = result.message or "; ".join(reasons) or result.code
    return answers


def _cancel(site: Site, remote_id: str) -> Repair:
    """Gone from the shop: what waits here is cancelled, so that its units are for sale again; documents are staff's."""
    row = Order.objects.filter(site=site, remote_id=remote_id).defer("raw").first()
    if row is None:
        return Repair(State.REPAIRED, NOT_IN_SHOP)
    if row.is_imported:
        return Repair(State.OPEN, HAS_DOCUMENTS)
    cancel_order(site=site, remote_id=remote_id, reason="Gone from the shop.")
    return Repair(State.REPAIRED)


def _order_of(row: Difference) -> str:
    return row.key.partition("|")[0]
