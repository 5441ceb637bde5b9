"""Reading returns of a shop: each on its own, so that a broken one never stops the rest."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone

from activity.services import RunReporter
from ecomsync.common.errors import EcomsyncError, PermanentError
from orders.models import ReturnOrder
from orders.services.context import ImportContext
from orders.services.historic_orders import settle_missing_order
from orders.services.read_sales import OVERLAP, SET_BACK, first_moment, lease_time
from orders.services.returns import import_return
from orders.services.withdrawn_returns import withdraw_missing
from orders.states import ImportOutcome
from platforms.base import PlatformAdapter
from platforms.types import RemoteReturn
from sites.choices import Flow
from sites.models import Site
from sites.services import cursors
from sites.services.reading_windows import note_reading, set_back_to, skew_of

logger = logging.getLogger(__name__)


def read_changed_returns(
    *, site: Site, adapter: PlatformAdapter, reporter: RunReporter, since: datetime | None = None
) -> None:
    """Returns of orders changed since the last reading, or since a day that staff chose."""
    cursors.begin(site, Flow.RETURNS, lease=lease_time())
    reading, start, problem = _Reading(site, adapter, reporter), None, ""
    try:
        position = cursors.position(site, Flow.RETURNS)
        start = since or (position - OVERLAP if position else first_moment(site))
        moves = since is None or position is None or since <= position
        reading.read(start, moves=moves)
        back = set_back_to(site=site, flow=Flow.RETURNS, skew=reading.skew)
        if back is not None and back - OVERLAP < start:
            cursors.rewind(site, Flow.RETURNS, back)
            reporter.note(SET_BACK % {"moment": f"{back:%Y-%m-%d %H:%M}"}, level="warning")
            start = max(first_moment(site), back - OVERLAP)
            reading.read(start, moves=True)
    except Exception as error:
        problem = str(error)[:500]
        raise
    finally:
        cursors.finish(site, Flow.RETURNS, error=problem)
        note_reading(
            site=site,
            flow=Flow.RETURNS,
            started_at=reading.started_at,
            read_from=start,
            read_to=cursors.position(site, Flow.RETURNS),
            seen=reading.seen,
            worked=reading.seen,
            complete=not problem,
            skew=reading.skew,
            error=problem,
        )


@dataclass(slots=True)
class _Reading:
    """A reading under way. skew: of the shop's clock at its first answer."""

    site: Site
    adapter: PlatformAdapter
    reporter: RunReporter
    started_at: datetime = field(default_factory=timezone.now)
    seen: int = 0
    skew: float | None = None

    def read(self, start: datetime, *, moves: bool) -> None:
        """moves: whether the position follows, as far as the shop's clock at the first answer."""
        context = ImportContext(self.site)
        # Where the reading of orders stands is a moment of the shop that this reading passes too: without it a shop
        # that has no returns for long would be read from ever further back.
        passed = cursors.position(self.site, Flow.ORDERS)
        clock: datetime | None = None
        for remote in self.adapter.iter_returns(modified_from=start):
            self.reporter.check_cancelled()
            self.reporter.found()
            clock = clock or self._look_at_clock()
            self.seen += 1
            passed = remote.created_at if passed is None else max(passed, remote.created_at)
            _import_and_report(self.site, remote, context, self.reporter, self.adapter)
            cursors.extend(self.site, Flow.RETURNS, lease=lease_time())
        self._look_at_clock()
        if passed is not None and moves:
            cursors.advance(
                self.site, Flow.RETURNS, cursors.bounded(passed, clock=clock, started_at=self.started_at)
            )

    def _look_at_clock(self) -> datetime | None:
        clock = self.adapter.clock()
        if self.skew is None:
            self.skew = skew_of(clock)
        return clock


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
            settled = [remote.settles for remote in remotes if remote.settles]
            gone = withdraw_missing(site=site, order_remote_id=order_id, present=present, settled=settled)
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
