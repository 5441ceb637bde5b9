"""Reading returns of a shop: each on its own, so that a broken one never stops the rest."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone

from activity.services import RunReporter
from ecomsync.common.errors import EcomsyncError, PermanentError
from orders.models import ReturnOrder
from orders.services.context import ImportContext
from orders.services.historic_orders import settle_missing_order
from orders.services.read_sales import OVERLAP, first_moment, lease_time
from orders.services.returns import import_return
from orders.services.withdrawn_returns import withdraw_missing
from orders.states import ImportOutcome
from platforms.base import PlatformAdapter
from platforms.types import RemoteReturn
from sites.choices import Flow
from sites.models import Site
from sites.services import cursors
from sites.services.reading_windows import note_reading

logger = logging.getLogger(__name__)


def read_changed_returns(
    *, site: Site, adapter: PlatformAdapter, reporter: RunReporter, since: datetime | None = None
) -> None:
    """Returns of orders changed since the last reading, or since a day that staff chose."""
    cursors.begin(site, Flow.RETURNS, lease=lease_time())
    # Where the reading of orders stands is a moment of the shop that this reading passes too: without it a shop
    # that has no returns for long would be read from ever further back.
    passed = cursors.position(site, Flow.ORDERS)
    started_at, clock, start, seen, problem = timezone.now(), None, None, 0, ""
    try:
        position = cursors.position(site, Flow.RETURNS)
        start = since or (position - OVERLAP if position else first_moment(site))
        context = ImportContext(site)
        for remote in adapter.iter_returns(modified_from=start):
            reporter.check_cancelled()
            reporter.found()
            clock, seen = clock or adapter.clock(), seen + 1
            passed = remote.created_at if passed is None else max(passed, remote.created_at)
            _import_and_report(site, remote, context, reporter, adapter)
            cursors.extend(site, Flow.RETURNS, lease=lease_time())
        if passed is not None and (since is None or position is None or since <= position):
            cursors.advance(site, Flow.RETURNS, cursors.bounded(passed, clock=clock, started_at=started_at))
    except Exception as error:
        problem = str(error)[:500]
        raise
    finally:
        cursors.finish(site, Flow.RETURNS, error=problem)
        note_reading(
            site=site,
            flow=Flow.RETURNS,
            started_at=started_at,
            read_from=start,
            read_to=cursors.position(site, Flow.RETURNS),
            seen=seen,
            worked=seen,
            complete=not problem,
            clock=clock or adapter.clock(),
            error=problem,
        )


def read_returns_of_orders(
    *, site: Site, adapter: PlatformAdapter, reporter: RunReporter, order_remote_ids: Sequence[str]
) -> None:
    """Returns of chosen orders, read anew; what was deleted in the shop is withdrawn."""
    context = ImportContext(site)
    for order_id in dict.fromkeys(order_remote_ids):
        reporter.check_cancelled()
        try:
            remotes = adapter.get_returns(order_id)
        except PermanentError as error:
            reporter.found()
            reporter.failed(1, message=f"{order_id}: {error}", code=error.code)
            continue
        for remote in remotes:
            reporter.found()
            _import_and_report(site, remote, context, reporter, adapter, force=True)
        if site.capabilities.returns_in_order:
            present = [remote.remote_id for remote in remotes]
            gone = withdraw_missing(site=site, order_remote_id=order_id, present=present)
            if gone:
                reporter.found(gone)
                reporter.count("updated", gone)


def _import_and_report(
    site: Site,
    remote: RemoteReturn,
    context: ImportContext,
    reporter: RunReporter,
    adapter: PlatformAdapter,
    *,
    force: bool = False,
) -> None:
    label = f"{remote.order_remote_id}/{remote.number or remote.remote_id}"
    try:
        outcome = import_return(site=site, remote=remote, context=context, retry=force)
        if outcome == ImportOutcome.HELD and settle_missing_order(
            site=site, remote_id=remote.remote_id, adapter=adapter
        ):
            outcome = ImportOutcome.CREATED
    except EcomsyncError as error:
        reporter.failed(1, message=f"{label}: {error}", code=error.code)
        return
    except Exception as error:  # the outer loop of a worker: one broken return must not stop the others
        logger.exception("Return %s of %s broke the import", label, site.code, extra={"site": site.code})
        reporter.failed(1, message=f"{label}: {type(error).__name__}: {error}"[:500], code="internal")
        return
    if outcome == ImportOutcome.HELD:
        row = ReturnOrder.objects.filter(site=site, remote_id=remote.remote_id).first()
        code, told = (row.hold_code, row.hold_message) if row else ("", "")
        reporter.held(1, message=f"{label}: {told}", subject=row, code=code)
    else:
        reporter.count(str(outcome))
