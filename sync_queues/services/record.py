"""Write down what became of claimed requests: one statement for all rows of a batch, fenced by the claim."""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from ecomsync.common.sql import all_or_nothing, table_of, update_columns
from sync_queues.inputs import RowOutcome, RowResult
from sync_queues.kinds import KINDS, Kind
from sync_queues.models import PROBLEM_STATES, ErrorClass, Request, State
from sync_queues.remedies import EXCEEDED
from sync_queues.retry import RetryPolicy

logger = logging.getLogger(__name__)

CHUNK = 1000
ATTEMPTS_AT_CONFLICT = 5
#: Columns that a handler may fill through RowResult.sent, per queue.
SENT_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "qty": ("quantity_sent",),
    "price": ("price_sent", "special_sent"),
    "item": (),
}
_SUCCESSES = (RowOutcome.DONE, RowOutcome.UNCHANGED)
_ID = attrgetter("id")  # of thousands; the property `pk` takes ten times as long
_COMPLETED = State.COMPLETED.value
_NO_ERROR = {"error_class": "", "error_code": "", "error_message": "", "remedy": ""}


@dataclass
class RecordReport:
    """How many rows ended in which state; `lost` are those that another worker has taken meanwhile."""

    states: Counter[str] = field(default_factory=Counter)
    problems: dict[str, RowResult] = field(default_factory=dict)
    lost: list[Request] = field(default_factory=list)


def record_results(
    kind: str,
    results: Sequence[tuple[Request, RowResult]],
    *,
    policy: RetryPolicy | None = None,
) -> RecordReport:
    """Store the results of a batch. A row whose lease went to another worker is left to that one.

    A request that goes back to wait while a newer one of its key waits already gives way to it (superseded). A
    completed one closes the earlier failures of its key.
    """
    queue, report, now = KINDS[kind], RecordReport(), timezone.now()
    for start in range(0, len(results), CHUNK):
        part = results[start : start + CHUNK]
        if all(result.outcome in _SUCCESSES for _request, result in part):
            _complete(queue, part, report, now)
            continue
        policy = policy or RetryPolicy()
        rows = [_columns(queue, request, result, policy=policy, now=now) for request, result in part]
        written = write_rows(queue, rows, [request for request, _result in part])
        report.states.update(written.values())
        for (request, result), row in zip(part, rows, strict=True):
            if row["id"] not in written:
                report.lost.append(request)
            elif row["state"] in PROBLEM_STATES:
                report.problems.setdefault(row["error_code"], result)
    return report


def _complete(
    queue: Kind, part: Sequence[tuple[Request, RowResult]], report: RecordReport, now: datetime
) -> None:
    """The usual case, a batch that went through as a whole: column by column, and only what changes."""
    shared = {
        "state": _COMPLETED,
        "completed_at": now,
        "crash_count": 0,
        **_NO_ERROR,
        **_freed(now),
    }
    columns: dict[str, list[Any]] = {
        "outcome": [result.message[:500] or str(result.outcome) for _request, result in part],
        **{
            name: [result.sent.get(name, getattr(request, name)) for request, result in part]
            for name in SENT_COLUMNS[queue.name]
            if any(name in result.sent for _request, result in part)
        },
    }
    requests = [request for request, _result in part]
    with all_or_nothing() if connection.vendor == "postgresql" else transaction.atomic():
        written = _write(queue, requests, columns, shared=shared, states={_COMPLETED})
    report.states[_COMPLETED] += len(written)
    if len(written) < len(requests):
        report.lost += [request for request in requests if request.pk not in written]


def _columns(
    queue: Kind, request: Request, result: RowResult, *, policy: RetryPolicy, now: datetime
) -> dict[str, Any]:
    """The new values of one row."""
    columns: dict[str, Any] = {
        "id": request.pk,
        "retry_count": request.retry_count,
        "crash_count": request.crash_count,
        "not_before": request.not_before,
        "completed_at": None,
        "outcome": "",
        **_NO_ERROR,
        "claimed_by": "",
        "claimed_until": None,
        "updated_at": now,
    }
    for name in SENT_COLUMNS[queue.name]:
        columns[name] = result.sent.get(name, getattr(request, name))
    outcome = result.outcome
    if outcome in _SUCCESSES:
        columns["state"], columns["completed_at"], columns["crash_count"] = _COMPLETED, now, 0
        columns["outcome"] = result.message[:500] or str(outcome)
    elif outcome == RowOutcome.REJECTED:
        columns |= {"state": State.FAILED.value, **error_columns(result, ErrorClass.PERMANENT)}
    elif outcome == RowOutcome.CONFIGURATION:
        columns |= {"state": State.FAILED.value, **error_columns(result, ErrorClass.CONFIGURATION)}
    elif outcome == RowOutcome.RETRY:
        decision = policy.decide(
            retry_count=request.retry_count, code=result.code, now=now, retry_after=result.retry_after
        )
        state = State.DEAD if decision.not_before is None else State.PENDING
        columns |= {"state": state.value, **error_columns(result, ErrorClass.RETRYABLE)}
        columns |= {
            "retry_count": decision.retry_count,
            "not_before": decision.not_before or request.not_before,
        }
    else:
        raise ValueError(f"'{outcome}' is no outcome of a request.")
    return columns


def error_columns(result: RowResult, error_class: ErrorClass) -> dict[str, str]:
    """Cause and cure as the filters and the page show them."""
    return {
        "error_class": error_class.value,
        "error_code": result.code[:60] or EXCEEDED,
        "error_message": result.message,
        "remedy": result.cure,
    }


def _freed(now: datetime) -> dict[str, Any]:
    return {"claimed_by": "", "claimed_until": None, "updated_at": now}


def write_rows(queue: Kind, rows: Sequence[Mapping[str, Any]], requests: Sequence[Request]) -> dict[int, str]:
    """Write new values to claimed rows that are still ours. Returns the ids that were, with the state they took.

    One statement, which also closes the earlier failures of the keys that are completed (on SQLite that is a second
    one).
    """
    suspects = any(row["crash_count"] and row["state"] == State.PENDING for row in rows)
    columns = {name: [row[name] for row in rows] for name in rows[0] if name != "id"}
    for attempt in range(1, ATTEMPTS_AT_CONFLICT + 1):
        try:
            with (
                all_or_nothing()
                if connection.vendor == "postgresql" and not suspects
                else transaction.atomic()
            ):
                written = _write(queue, requests, columns, states=set(columns["state"]))
                if suspects:
                    _hand_crashes_on(queue, rows, requests, written)
            return written
        except IntegrityError:
            # A newer request of one of these keys was enqueued at this very moment; now it can be seen.
            if attempt == ATTEMPTS_AT_CONFLICT:
                raise
            logger.info("Results of %s met a newer request, attempt %s", queue.name, attempt)
    raise AssertionError("unreachable")


def _write(
    queue: Kind,
    requests: Sequence[Request],
    columns: Mapping[str, list[Any]],
    *,
    shared: Mapping[str, Any] | None = None,
    states: set[str],
) -> dict[int, str]:
    """`states` are those that stand in `columns` or `shared`. Returns what `write_rows` does."""
    held = sorted({request.claimed_by for request in requests})
    table, now = table_of(queue.model), (shared or {}).get("updated_at") or columns["updated_at"][0]
    expressions, also = {}, ""
    if State.PENDING in states:  # a row goes back to wait only when no newer one of its key waits
        expressions["state"] = (
            f"CASE WHEN {{value}} = 'pending' AND EXISTS (SELECT 1 FROM {table} AS w "
            "WHERE w.site_id = t.site_id AND w.key = t.key AND w.state = 'pending') THEN 'superseded' ELSE {value} END"
        )
    if State.COMPLETED in states and connection.vendor == "postgresql":
        also = (
            f"UPDATE {table} AS t SET state = 'superseded', completed_at = %s, updated_at = %s FROM written AS d "
            "WHERE d.state = 'completed' AND t.site_id = d.site_id AND t.key = d.key AND t.state IN ('failed', 'dead')"
        )
    rows = update_columns(
        queue.model,
        list(map(_ID, requests)),
        columns,
        shared=shared,
        guard=f"t.state = 'processing' AND t.claimed_by IN ({', '.join(['%s'] * len(held))})",
        guard_values=held,
        expressions=expressions,
        returning=("state", "site_id", "key") if also else ("state",),
        also=also,
        also_values=[now, now] if also else (),
    )
    written = {row[0]: row[1] for row in rows}
    if State.COMPLETED in states and not also:
        _close_earlier_failures(queue, requests, written, now)
    return written


def _hand_crashes_on(
    queue: Kind, rows: Sequence[Mapping[str, Any]], requests: Sequence[Request], written: Mapping[int, str]
) -> None:
    """A suspect that gives way to a newer request of its key leaves its crash count to it."""
    by_crashes: dict[tuple[int, int], list[str]] = defaultdict(list)
    for row, request in zip(rows, requests, strict=True):
        if row["state"] == State.PENDING and row["crash_count"] and request.pk in written:
            by_crashes[request.site_id, row["crash_count"]].append(request.key)
    for (site_id, crashes), keys in by_crashes.items():
        waiting = queue.model._default_manager.filter(site_id=site_id, state=State.PENDING, key__in=keys)
        waiting.filter(crash_count__lt=crashes).update(crash_count=crashes)


def _close_earlier_failures(
    queue: Kind, requests: Sequence[Request], written: Mapping[int, str], now: datetime
) -> None:
    done = [request for request in requests if written.get(request.pk) == State.COMPLETED]
    for site_id in {request.site_id for request in done}:
        keys = [request.key for request in done if request.site_id == site_id]
        queue.model._default_manager.filter(site_id=site_id, key__in=keys, state__in=PROBLEM_STATES).update(
            state=State.SUPERSEDED, completed_at=now, updated_at=now
        )


def put_back(
    kind: str,
    requests: Sequence[Request],
    *,
    result: RowResult | None = None,
    not_before: datetime | None = None,
) -> set[int]:
    """Give claimed rows back without counting an attempt. `result` tells why, for the reader."""
    queue, now = KINDS[kind], timezone.now()
    reason = error_columns(result, ErrorClass.CONFIGURATION) if result else _NO_ERROR
    rows = [
        {
            "id": request.pk,
            "state": State.PENDING.value,
            "crash_count": request.crash_count,
            "not_before": not_before or request.not_before,
            **reason,
            **_freed(now),
        }
        for request in requests
    ]
    written: set[int] = set()
    for start in range(0, len(rows), CHUNK):
        written |= set(write_rows(queue, rows[start : start + CHUNK], requests[start : start + CHUNK]))
    return written
