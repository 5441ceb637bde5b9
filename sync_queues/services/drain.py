"""Work a queue off: claim, let the handler talk to the shop, record; each in its own short transaction or none."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.utils import timezone

from ecomsync.common.errors import ConfigurationError
from ecomsync.common.logs import new_trace
from sites.models import Site
from sites.services.adapters import open_adapter
from sites.services.pause import note_error
from sync_queues.inputs import RowOutcome, RowResult
from sync_queues.kinds import KINDS, Handler, Kind
from sync_queues.models import QueueLane, Request, State
from sync_queues.remedies import NO_RESULT
from sync_queues.retry import RetryPolicy
from sync_queues.services.claim import Heartbeat, claim, worker_name
from sync_queues.services.faults import Fault, settle_fault
from sync_queues.services.lanes import (
    is_resting,
    lane_of,
    note_drained,
    note_fault,
    note_success,
    only_writer,
    prolong_turn,
)
from sync_queues.services.problems import close_problems, report_problems
from sync_queues.services.record import RecordReport, put_back, record_results
from sync_queues.services.requeue import requeue_lost

logger = logging.getLogger(__name__)

TURN_SECONDS = 20.0


@dataclass
class DrainReport:
    """What one turn did. skipped: why nothing was done (inactive, paused, switched_off, resting, busy).

    done = completed; failed = refused; retried = waits again; dead = given up; superseded = a newer
    request of the key waits; lost = another worker has them.
    """

    site_id: int
    kind: str
    batches: int = 0
    claimed: int = 0
    done: int = 0
    failed: int = 0
    retried: int = 0
    dead: int = 0
    superseded: int = 0
    lost: int = 0
    skipped: str = ""
    fault: str = ""
    has_more: bool = False
    problems: dict[str, RowResult] = field(default_factory=dict)

    @property
    def adds_up(self) -> bool:
        """Whether it is known of every claimed request what became of it."""
        known = self.done + self.failed + self.retried + self.dead + self.superseded + self.lost
        return self.claimed == known

    def add(self, report: RecordReport) -> None:
        self.done += report.states[State.COMPLETED]
        self.failed += report.states[State.FAILED]
        self.retried += report.states[State.PENDING]
        self.dead += report.states[State.DEAD]
        self.superseded += report.states[State.SUPERSEDED]
        self.lost += len(report.lost)
        self.problems |= report.problems


@dataclass
class _Turn:
    """What a turn carries from batch to batch."""

    queue: Kind
    site: Site
    lane: QueueLane
    worker: str
    lease_seconds: float
    report: DrainReport
    stack: ExitStack
    policy: RetryPolicy = field(default_factory=RetryPolicy)
    handler: Handler | None = None
    heart: Heartbeat | None = None

    @property
    def batch_size(self) -> int:
        return max(1, self.queue.batch_size(self.site))

    @property
    def limit(self) -> int:
        return min(self.batch_size, self.lane.batch_limit or self.batch_size)


def drain(
    site_id: int,
    kind: str,
    *,
    max_batches: int | None = None,
    seconds: float = TURN_SECONDS,
    lease_seconds: float | None = None,
) -> DrainReport:
    """Send what is due in one queue of one site. Ends when nothing is due, after a fault, or when the turn is over."""
    report = DrainReport(site_id, kind)
    site = Site.objects.filter(pk=site_id).first()
    lane = lane_of(site_id, kind) if site else None
    report.skipped = _reason_to_skip(site, KINDS[kind], lane)
    if report.skipped or site is None or lane is None:
        return report
    started, started_at, worker = time.monotonic(), timezone.now(), worker_name()
    with ExitStack() as stack:
        alone = site.capabilities.sequential_writes
        if alone and not stack.enter_context(only_writer(site_id, worker)):
            report.skipped = "busy"
            return report
        lease = settings.LEASE_SECONDS if lease_seconds is None else lease_seconds
        turn = _Turn(KINDS[kind], site, lane, worker, lease, report, stack)
        while _next_batch(turn):
            over = time.monotonic() - started >= seconds or report.batches == max_batches
            if over or not _may_go_on(site) or (alone and not prolong_turn(site_id, worker)):
                report.has_more = over
                break
    if report.batches:
        report_problems(kind, site, report.problems)
        close_problems(kind, site)
    note_drained(lane, started_at)
    return report


def _reason_to_skip(site: Site | None, queue: Kind, lane: QueueLane | None) -> str:
    if site is None or not site.active:
        return "inactive"
    if site.paused:
        return "paused"
    if not queue.is_enabled(site):
        return "switched_off"
    return "resting" if lane is None or is_resting(lane, timezone.now()) else ""


def _may_go_on(site: Site) -> bool:
    """Staff may pause a site between two batches."""
    return Site.objects.filter(pk=site.pk, active=True, paused=False).exists()


def _next_batch(turn: _Turn) -> bool:
    """Claim, handle and record one batch. False when nothing is due or the queue must rest."""
    with new_trace():
        # Each batch is a claim of its own: its name fences its results, and its heartbeat prolongs it alone.
        worker = f"{turn.worker}/{turn.report.batches}"
        batch: list[Any] = claim(
            turn.queue.name,
            site_id=turn.site.pk,
            limit=turn.limit,
            worker=worker,
            lease_seconds=turn.lease_seconds,
        )
        if not batch:
            return False
        turn.report.batches += 1
        turn.report.claimed += len(batch)
        with _heart_of(turn).of(worker):
            fault = _work(turn, batch)
    if fault is None:
        note_success(turn.lane, batch_size=turn.batch_size)
        return True
    turn.report.fault = fault.code
    if fault.renewed:
        turn.handler = None
    note_fault(turn.lane, fault, batch_size=turn.limit, policy=turn.policy)
    return not fault.rests


def _heart_of(turn: _Turn) -> Heartbeat:
    """One for the turn, from its first batch on."""
    if turn.heart is None:
        turn.heart = turn.stack.enter_context(Heartbeat(turn.queue.name, "", turn.lease_seconds))
    return turn.heart


def _work(turn: _Turn, batch: Sequence[Request]) -> Fault | None:
    """Handle the batch and store what became of it. Returns the fault when it concerned the whole batch."""
    try:
        handler = turn.handler or _open_handler(turn)
    except Exception as error:  # outer loop of a worker: nothing was sent, so no row is to blame
        return _not_started(turn, batch, error)
    try:
        answers = {answer.request_id: answer for answer in handler.handle(batch)}
    except (
        Exception
    ) as error:  # outer loop of a worker: classified, logged, and the rows put where they belong
        fault, report = settle_fault(turn.queue.name, turn.site, batch, error, turn.policy)
        turn.report.add(report)
        requeue_lost(turn.queue.name, turn.site, report.lost)
        return fault
    results = [(row, answers.get(row.pk) or _no_answer(row)) for row in batch]
    report = record_results(turn.queue.name, results, policy=turn.policy)
    turn.report.add(report)
    requeue_lost(turn.queue.name, turn.site, report.lost)
    return None


def _open_handler(turn: _Turn) -> Handler:
    make = turn.queue.load_handler()
    adapter = turn.stack.enter_context(open_adapter(turn.site, lane=turn.queue.lane))
    turn.handler = make(turn.site, adapter)
    return turn.handler


def _not_started(turn: _Turn, batch: Sequence[Request], error: Exception) -> Fault:
    """The handler or the adapter could not be opened: the rows wait on, and the queue rests."""
    logger.error(
        "The queue %s of site %s cannot be worked: %s", turn.queue.name, turn.site.code, error, exc_info=error
    )
    if isinstance(error, ConfigurationError):
        note_error(turn.site, error)
    code = str(getattr(error, "code", "internal"))
    message = str(getattr(error, "message", "") or error)
    told = RowResult(0, RowOutcome.CONFIGURATION, code, message, str(getattr(error, "cure", "")))
    put_back(turn.queue.name, batch, result=told)
    turn.report.problems[code] = told
    return Fault(code)


def _no_answer(row: Request) -> RowResult:
    return RowResult(row.pk, RowOutcome.RETRY, NO_RESULT, "The handler gave no result for this request.")
