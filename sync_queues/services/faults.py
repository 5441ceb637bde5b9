"""What a fault of a whole batch means for its rows and for the queue of the site."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from ecomsync.common.errors import (
    BadCredentials,
    ConfigurationError,
    EcomsyncError,
    PermanentError,
    RetryableError,
    UnsupportedFeature,
)
from ecomsync.common.logs import current_trace_id
from sites.models import Site
from sites.services.renew import renew_or_note
from sync_queues.inputs import RowOutcome, RowResult
from sync_queues.kinds import KINDS
from sync_queues.models import ErrorClass, Request, State
from sync_queues.remedies import POISON
from sync_queues.retry import HALVING_ERRORS, MAX_CRASHES, RetryPolicy
from sync_queues.services.record import (
    RecordReport,
    error_columns,
    put_back,
    record_results,
    write_rows,
)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Fault:
    """code: for the report. halve: the next batch is smaller. rests: the queue of the site waits a while. renewed: the
    keys are new, so the shop is to be opened anew."""

    code: str
    halve: bool = False
    rests: bool = True
    retry_after: float | None = None
    renewed: bool = False


def settle_fault(
    kind: str, site: Site, batch: Sequence[Request], error: Exception, policy: RetryPolicy
) -> tuple[Fault, RecordReport]:
    """Put the rows of a failed batch where they belong, by the class of the error."""
    if isinstance(error, RetryableError):
        report = _all(kind, batch, error, RowOutcome.RETRY, policy, retry_after=error.retry_after)
        return Fault(error.code, isinstance(error, HALVING_ERRORS), retry_after=error.retry_after), report
    if isinstance(error, BadCredentials):
        if renew_or_note(site, error):
            put_back(kind, batch)
            return Fault(error.code, rests=False, renewed=True), RecordReport()
        put_back(kind, batch, result=_result(0, RowOutcome.CONFIGURATION, error))
        return Fault(error.code), RecordReport()
    if isinstance(error, ConfigurationError | UnsupportedFeature):
        renew_or_note(site, error)
        outcome = RowOutcome.CONFIGURATION if isinstance(error, ConfigurationError) else RowOutcome.REJECTED
        return Fault(error.code), _all(kind, batch, error, outcome, policy)
    if isinstance(error, PermanentError) and len(batch) == 1:
        return Fault(error.code, rests=False), _all(kind, batch, error, RowOutcome.REJECTED, policy)
    if isinstance(error, EcomsyncError):
        logger.warning("A batch of %s was refused as a whole: %s", kind, error, extra={"site": site.code})
        return Fault(error.code, rests=False), isolate(kind, batch, error)
    logger.error("A handler of %s broke", kind, exc_info=error, extra={"site": site.code, "kind": kind})
    return Fault("internal", rests=False), isolate(kind, batch, error)


def _all(
    kind: str,
    batch: Sequence[Request],
    error: EcomsyncError,
    outcome: RowOutcome,
    policy: RetryPolicy,
    *,
    retry_after: float | None = None,
) -> RecordReport:
    results = [(row, _result(row.pk, outcome, error, retry_after=retry_after)) for row in batch]
    return record_results(kind, results, policy=policy)


def _result(
    request_id: int, outcome: RowOutcome, error: EcomsyncError, *, retry_after: float | None = None
) -> RowResult:
    return RowResult(request_id, outcome, error.code, error.message, error.cure, retry_after=retry_after)


def isolate(kind: str, batch: Sequence[Request], error: Exception) -> RecordReport:
    """One row of the batch breaks it and nobody knows which: all come again in smaller groups, at last alone.

    A row that broke its worker MAX_CRASHES times is dead; the others pass as soon as they stand apart from it.
    """
    if isinstance(error, EcomsyncError):
        told = RowResult(0, RowOutcome.RETRY, error.code, error.message, error.cure)
    else:
        text = f"{type(error).__name__}: {error} (trace {current_trace_id() or '-'})"
        told = RowResult(0, RowOutcome.RETRY, "internal", text)
    return suspect(kind, batch, told, died=False)


def suspect(kind: str, batch: Sequence[Request], told: RowResult, *, died: bool) -> RecordReport:
    """Count a crash on each row and let it wait, or give it up. died: its worker did, instead of reporting."""
    queue, policy, now, report = KINDS[kind], RetryPolicy(), timezone.now(), RecordReport()
    rows = [_suspect_columns(row, told, policy, now) for row in batch]
    written = write_rows(queue, rows, batch)
    for request, row in zip(batch, rows, strict=True):
        if request.pk in written:
            report.states[written[request.pk]] += 1
            if row["state"] == State.DEAD:
                report.problems.setdefault(
                    row["error_code"], RowResult(0, "retry", row["error_code"], told.message)
                )
        elif not died:
            report.lost.append(request)
    return report


def _suspect_columns(request: Request, told: RowResult, policy: RetryPolicy, now: datetime) -> dict[str, Any]:
    crashes = request.crash_count + 1
    dead = crashes >= MAX_CRASHES
    code = POISON if dead and told.code in ("worker_lost", "internal") else told.code
    columns = error_columns(RowResult(0, told.outcome, code, told.message, told.cure), ErrorClass.INTERNAL)
    wait = 0.0 if crashes < 2 else policy.wait_seconds(0) / 10
    return {
        "id": request.pk,
        "state": State.DEAD.value if dead else State.PENDING.value,
        "crash_count": crashes,
        "not_before": datetime.fromtimestamp(now.timestamp() + wait, tz=now.tzinfo),
        "claimed_by": "",
        "claimed_until": None,
        "updated_at": now,
        **columns,
    }
