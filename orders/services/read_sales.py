"""Reading orders of a shop: pages of the adapter, batches, one bad order never stops the rest."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import OperationalError, connection
from django.utils import timezone

from activity.services import RunReporter
from ecomsync.common.conf import conf
from ecomsync.common.errors import EcomsyncError, InvalidPayload, PermanentError
from orders.models import Order
from orders.services.context import ImportContext
from orders.services.failures import fail_order
from orders.services.import_many import import_together
from orders.services.import_order import import_order, report
from orders.services.intake import hash_of_raw
from orders.services.order_returns import read_returns_of
from orders.services.result import ImportResult
from orders.services.sold import sold_lines_of
from orders.states import ImportOutcome, OrderSource
from platforms.base import OrderOrFailure, PlatformAdapter
from platforms.types import OrderPhase, OrderReadFailure, RemoteOrder
from sites.choices import Flow
from sites.models import Site
from sites.services import cursors
from sites.services.reading_windows import note_reading, set_back_to, skew_of

#: Read again what changed shortly before the last position: shops commit late and stamp whole seconds.
OVERLAP = timedelta(seconds=120)
SET_BACK = "The shop's clock was set back; what it has stamped since %(moment)s UTC is read once more."

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Reading:
    """How a reading went. `complete` is False when it stopped at a limit with more to read."""

    seen: int = 0
    worked: int = 0
    complete: bool = True
    newest: datetime | None = None
    in_order: bool = True
    started_at: datetime = field(default_factory=timezone.now)
    clock: datetime | None = None
    skew: float | None = None
    ids: set[str] = field(default_factory=set)

    def look_at_clock(self, adapter: PlatformAdapter) -> None:
        """The shop's time at its first answers."""
        if self.clock is None:
            self.clock = adapter.clock()
            self.skew = skew_of(self.clock)

    def note(self, entry: OrderOrFailure) -> None:
        self.seen += 1
        self.ids.add(entry.remote_id)
        if isinstance(entry, OrderReadFailure):
            return
        if self.newest is not None and entry.updated_at < self.newest:
            self.in_order = False
        self.newest = entry.updated_at if self.newest is None else max(self.newest, entry.updated_at)


def read_changed_orders(*, site: Site, adapter: PlatformAdapter, reporter: RunReporter) -> Reading:
    """Orders changed since the last reading, in the shop's own time. The position moves with what is done.

    At most `max_orders_per_read` orders that need work; known ones cost nothing and do not count, so that a crowd
    within the overlap never keeps the reading from moving on.
    """
    cursors.begin(site, Flow.ORDERS, lease=lease_time())
    reading, since, problem = Reading(), None, ""
    try:
        since = _since(site)
        _read_from(since, site=site, adapter=adapter, reporter=reporter, reading=reading)
        reading.look_at_clock(adapter)
        back = set_back_to(site=site, flow=Flow.ORDERS, skew=reading.skew)
        if back is not None and back - OVERLAP < since:
            _write_down(site, reading, since)  # the shop's time as it is now, by which versions are judged
            cursors.rewind(site, Flow.ORDERS, back)
            reporter.note(SET_BACK % {"moment": f"{back:%Y-%m-%d %H:%M}"}, level="warning")
            since = _since(site)
            if reading.complete:
                _read_from(since, site=site, adapter=adapter, reporter=reporter, reading=reading)
    except Exception as error:
        problem = str(error)[:500]
        raise
    finally:
        cursors.finish(site, Flow.ORDERS, error=problem)
        _write_down(site, reading, since, problem)
    return reading


def _write_down(site: Site, reading: Reading, since: datetime | None, problem: str = "") -> None:
    note_reading(
        site=site,
        flow=Flow.ORDERS,
        started_at=reading.started_at,
        read_from=since,
        read_to=cursors.position(site, Flow.ORDERS),
        seen=reading.seen,
        worked=reading.worked,
        complete=reading.complete and not problem,
        skew=reading.skew,
        error=problem,
    )


def _since(site: Site) -> datetime:
    """From where the next reading goes: a little before the position, and never before the site's first day."""
    start, position = first_moment(site), cursors.position(site, Flow.ORDERS)
    return max(start, position - OVERLAP) if position else start


def _read_from(
    since: datetime, *, site: Site, adapter: PlatformAdapter, reporter: RunReporter, reading: Reading
) -> None:
    entries = adapter.iter_orders(modified_from=since, open_orders=lambda: open_remote_ids(site))
    _work_through(
        site=site, adapter=adapter, entries=entries, reporter=reporter, flow=Flow.ORDERS, reading=reading
    )
    _advance(site, reading)


def open_remote_ids(site: Site) -> list[str]:
    """The orders that may still change, newest first; shops that cannot list what changed are asked for them."""
    rows = Order.objects.filter(site=site, phase=OrderPhase.OPEN.value).exclude(remote_id="")
    return list(rows.order_by("-pk").values_list("remote_id", flat=True))


def read_orders_created_since(
    *, site: Site, adapter: PlatformAdapter, reporter: RunReporter, created_from: datetime
) -> Reading:
    """Orders placed since a day that staff chose, all of them; the position of the polling stays where it is."""
    entries = adapter.iter_orders(created_from=created_from)
    return _work_through(site=site, adapter=adapter, entries=entries, reporter=reporter, limited=False)


def read_orders_by_id(
    *,
    site: Site,
    adapter: PlatformAdapter,
    reporter: RunReporter,
    remote_ids: Sequence[str],
    expected: Mapping[str, str] | None = None,
) -> Reading:
    """Chosen orders, read anew and tried again although nothing changed.

    expected: shop id -> payload hash that staff confirmed; another version of these is left alone and told.
    """
    left: list[str] = []
    entries = _confirmed(adapter.get_orders(remote_ids), expected or {}, left, reporter)
    reading = _work_through(
        site=site,
        adapter=adapter,
        entries=entries,
        reporter=reporter,
        limited=False,
        source=OrderSource.MANUAL,
        force=True,
    )
    reading.seen += len(left)
    reading.ids.update(left)
    return reading


def _confirmed(
    entries: Iterable[OrderOrFailure], expected: Mapping[str, str], left: list[str], reporter: RunReporter
) -> Iterator[OrderOrFailure]:
    """The versions that were confirmed; what changed since is noted in `left`."""
    for entry in entries:
        wanted = expected.get(entry.remote_id)
        if wanted and isinstance(entry, RemoteOrder) and hash_of_raw(entry) != wanted:
            left.append(entry.remote_id)
            reporter.found()
            reporter.skipped()
            reporter.note(
                f"Order {entry.number} changed again since its difference was shown; it was not taken over.",
                level="warning",
            )
        else:
            yield entry


def lease_time() -> timedelta:
    """How long a claim of the reading holds; a dead worker's lapses, and reading twice at once is only wasteful."""
    return timedelta(seconds=settings.LEASE_SECONDS)


def first_moment(site: Site) -> datetime:
    """Orders placed before are never read: the site's date, else the day the site was created."""
    if site.read_orders_from_date is not None:
        return site.read_orders_from_date
    return site.created_at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _advance(site: Site, reading: Reading) -> None:
    """Only what was surely passed is passed: an unsorted platform moves the position at the end alone."""
    if reading.newest is not None and (reading.complete or reading.in_order):
        passed = cursors.bounded(reading.newest, clock=reading.clock, started_at=reading.started_at)
        cursors.advance(site, Flow.ORDERS, passed)


def _work_through(
    *,
    site: Site,
    adapter: PlatformAdapter,
    entries: Iterable[OrderOrFailure],
    reporter: RunReporter,
    flow: str = "",
    limited: bool = True,
    source: str = OrderSource.POLL,
    force: bool = False,
    reading: Reading | None = None,
) -> Reading:
    reading = Reading() if reading is None else reading
    limit = (site.max_orders_per_read or conf.max_orders_per_read) if limited else None
    stop_at = time.monotonic() + conf.order_import_timeout / 1000
    for batch in _batches(
        entries, min(conf.order_processing_batch_size, limit or conf.order_processing_batch_size)
    ):
        reporter.check_cancelled()
        reading.look_at_clock(adapter)
        for entry in batch:
            reading.note(entry)
        reading.worked += import_batch(
            site=site, adapter=adapter, batch=batch, reporter=reporter, source=source, force=force
        )
        reporter.progress(reading.seen)
        if flow:
            cursors.extend(site, flow, lease=lease_time())
            if reading.in_order:
                _advance(site, reading)
        full = limit is not None and reading.worked >= limit
        if full or (limited and time.monotonic() > stop_at):
            reading.complete = False
            reporter.note("The limit of one reading is reached; the next one goes on from here.")
            break
    return reading


def _batches(entries: Iterable[OrderOrFailure], size: int) -> Iterator[list[OrderOrFailure]]:
    """What was read before the shop failed is worked on first; the error comes after it."""
    batch: list[OrderOrFailure] = []
    try:
        for entry in entries:
            batch.append(entry)
            if len(batch) >= size:
                yield batch
                batch = []
    except EcomsyncError:
        if batch:
            yield batch
        raise
    if batch:
        yield batch


def import_batch(
    *,
    site: Site,
    adapter: PlatformAdapter | None,
    batch: Sequence[OrderOrFailure],
    reporter: RunReporter | None = None,
    source: str = OrderSource.POLL,
    force: bool = False,
) -> int:
    """Import several orders: new ones together where they can be, the others each in its own transaction.

    Returns how many were not simply unchanged.
    """
    context = ImportContext(site)
    orders = [entry for entry in batch if isinstance(entry, RemoteOrder)]
    context.prefetch(orders)
    together = {} if force else import_together(remotes=orders, context=context, source=source)
    worked = 0
    for entry in batch:
        if reporter is not None:
            reporter.found()
        if isinstance(entry, OrderReadFailure):
            result = _keep_unreadable(site, entry)
        else:
            done = together.pop(entry.remote_id, None)
            result = done or import_safely(
                site=site, remote=entry, context=context, source=source, force=force
            )
            if adapter is not None:
                read_returns_of(site=site, adapter=adapter, remote=entry, context=context, reporter=reporter)
        if reporter is not None:
            report(reporter, result)
        worked += result.outcome != ImportOutcome.UNCHANGED
    return worked


def import_safely(
    *, site: Site, remote: RemoteOrder, context: ImportContext, source: str, force: bool = False
) -> ImportResult:
    """`import_order` for loops: whatever goes wrong becomes a failed order with its reason, and the loop goes on."""
    try:
        return _import_with_patience(site=site, remote=remote, context=context, source=source, force=force)
    except EcomsyncError as error:
        context.forget_made()
        return _failed(site, remote, error)
    except Exception as error:  # the outer loop of a worker: one broken order must not stop the others
        context.forget_made()
        logger.exception(
            "Order %s of %s broke the import", remote.remote_id, site.code, extra={"site": site.code}
        )
        fault = PermanentError(f"{type(error).__name__}: {error}"[:500], code="internal")
        return _failed(site, remote, fault)


def _failed(site: Site, remote: RemoteOrder, error: EcomsyncError) -> ImportResult:
    return fail_order(
        site=site, remote_id=remote.remote_id, error=error, raw=remote.raw, sold=sold_lines_of(remote)
    )


def _import_with_patience(
    *, site: Site, remote: RemoteOrder, context: ImportContext, source: str, force: bool
) -> ImportResult:
    """The database may choose this worker as the victim of a deadlock; everything was rolled back, so again."""
    for pause in (0.05, 0.3):
        try:
            return import_order(site=site, remote=remote, context=context, source=source, force=force)
        except OperationalError:
            if connection.in_atomic_block:
                raise
            context.forget_made()
            logger.warning("Order %s of %s: the database asks to repeat", remote.remote_id, site.code)
            time.sleep(pause)
    return import_order(site=site, remote=remote, context=context, source=source, force=force)


def _keep_unreadable(site: Site, entry: OrderReadFailure) -> ImportResult:
    error = InvalidPayload(
        entry.message, code=entry.code, cure=entry.cure, site=site.code, item=entry.remote_id
    )
    return fail_order(site=site, remote_id=entry.remote_id, error=error, raw=entry.raw, sold=entry.sold)
