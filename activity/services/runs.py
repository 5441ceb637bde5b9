"""Runs: started by a door, carried out by a task, reported while they work."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from types import TracebackType
from typing import Any, Self

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from activity.models import Level, Run, RunNote
from activity.models.runs import OUTCOMES
from activity.services.subjects import Subject, SubjectLike, clean_text, subject_of
from ecomsync.common.errors import EcomsyncError
from ecomsync.common.logs import current_trace_id, new_trace

FLUSH_SECONDS = 1.0
FLUSH_EVENTS = 200
MAX_NOTES = 2_000
COUNTERS = ("total", "done", "found", *OUTCOMES)


class RunCancelled(EcomsyncError):
    """Somebody cancelled the run; what was done until then stays done."""

    default_code = "run_cancelled"


def start_run(
    *,
    site_code: str = "",
    action: str,
    params: Mapping[str, Any] | None = None,
    user: AbstractBaseUser | AnonymousUser | None = None,
    title: str = "",
    total: int = 0,
) -> Run:
    """A queued run; the caller publishes the task that carries it out."""
    with new_trace(current_trace_id()) as trace_id:
        return Run.objects.create(
            site_code=site_code,
            action=action[:64],
            title=str(title)[:200],
            params=dict(params or {}),
            total=total,
            started_by_id=getattr(user, "pk", None),
            trace_id=trace_id,
        )


class RunReporter:
    """Counts what a run does and tells the page about it, about once a second.

    Use as a context: it marks the run as running, and on leaving as finished, or as failed with the error's
    message (the error goes on). Counts are added by UPDATE, so several workers may report to the same run.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self._added: Counter[str] = Counter()
        self._extra: Counter[str] = Counter()
        self._set: dict[str, int] = {}
        self._notes: list[RunNote] = []
        self._note_count = 0
        self._pending = 0
        self._flushed = time.monotonic()
        self._asked = 0.0
        self._cancelled = False
        self._over = False
        #: Where an earlier worker of this run had come to; empty for a run that begins.
        self.resumed_from: dict[str, Any] = {}

    def __enter__(self) -> Self:
        now = timezone.now()
        waiting = Run.objects.filter(pk=self.run.pk, state=Run.State.QUEUED)
        waiting.update(state=Run.State.RUNNING, started_at=now, heartbeat=now)
        self.run.refresh_from_db()
        self.resumed_from = dict(self.run.checkpoint.get("place") or {})
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if error is None:
            self.finish()
        elif isinstance(error, RunCancelled):
            self._end(Run.State.CANCELLED, error.message)
            return True
        else:
            self.note(str(error), level=Level.ERROR, code=getattr(error, "code", "internal"))
            self._end(Run.State.FAILED, str(error))
        return False

    def found(self, count: int = 1) -> None:
        self._add("found", count)

    def created(self, count: int = 1) -> None:
        self._add("created", count)

    def updated(self, count: int = 1) -> None:
        self._add("updated", count)

    def unchanged(self, count: int = 1) -> None:
        self._add("unchanged", count)

    def held(
        self, count: int = 1, message: str = "", subject: SubjectLike | Subject = None, code: str = ""
    ) -> None:
        if message:
            self.note(message, level=Level.WARNING, subject=subject, code=code)
        self._add("held", count)

    def failed(
        self, count: int = 1, message: str = "", subject: SubjectLike | Subject = None, code: str = ""
    ) -> None:
        if message:
            self.note(message, level=Level.ERROR, subject=subject, code=code)
        self._add("failed", count)

    def count(self, name: str, count: int = 1) -> None:
        """Any other figure; 'pushed' and 'skipped' take part in the balance, others are only shown."""
        if name == "found" or name in OUTCOMES:
            self._add(name, count)
            return
        self._extra[name] += count
        self._touch()

    def pushed(self, count: int = 1) -> None:
        self.count("pushed", count)

    def skipped(self, count: int = 1) -> None:
        self.count("skipped", count)

    def progress(self, done: int, total: int | None = None) -> None:
        self._set["done"] = done
        if total is not None:
            self._set["total"] = total
        self._touch()

    def note(
        self, message: str, *, level: str = Level.INFO, subject: SubjectLike | Subject = None, code: str = ""
    ) -> None:
        """A line of the report. After MAX_NOTES lines the rest is only counted."""
        self._note_count += 1
        if self._note_count > MAX_NOTES:
            self._extra["notes_left_out"] += 1
            return
        about = subject_of(subject).as_columns()
        self._notes.append(
            RunNote(run=self.run, level=level, code=code[:64], message=clean_text(message), **about)
        )
        self._touch()

    @property
    def cancelled(self) -> bool:
        """Whether somebody cancelled the run; asks the database at most once a second."""
        now = time.monotonic()
        if not self._cancelled and now - self._asked >= FLUSH_SECONDS:
            self._asked = now
            state = Run.objects.filter(pk=self.run.pk).values_list("state", flat=True).first()
            self._cancelled = state in (None, Run.State.CANCELLED)
        return self._cancelled

    def check_cancelled(self) -> None:
        """Raise RunCancelled between two pieces of work when the run was cancelled."""
        if self.cancelled:
            raise RunCancelled("The run was cancelled.")

    def checkpoint(self, **place: Any) -> None:
        """From here another worker can go on: keep the place (JSON values), and the counts as they are at this point."""
        self.flush()
        with transaction.atomic():
            row = Run.objects.select_for_update().only(*COUNTERS, "counts").get(pk=self.run.pk)
            kept = {name: getattr(row, name) for name in COUNTERS}
            Run.objects.filter(pk=row.pk).update(
                checkpoint={"place": place, "counters": kept, "counts": row.counts}
            )

    def finish(self, message: str = "") -> None:
        self._end(Run.State.FINISHED, message)

    def fail(self, message: str) -> None:
        self._end(Run.State.FAILED, message)

    def flush(self) -> None:
        """Write what was counted since the last time."""
        added: dict[str, Any] = {name: F(name) + count for name, count in self._added.items()}
        with transaction.atomic():
            rows = Run.objects.filter(pk=self.run.pk)
            rows.update(heartbeat=timezone.now(), **added, **self._set)
            if self._extra:
                counts = rows.select_for_update().values_list("counts", flat=True).first() or {}
                rows.update(counts=dict(Counter(counts) + self._extra))
            RunNote.objects.bulk_create(self._notes, batch_size=200)
        self._added.clear()
        self._extra.clear()
        self._set.clear()
        self._notes.clear()
        self._pending = 0
        self._flushed = time.monotonic()

    def _add(self, name: str, count: int) -> None:
        self._added[name] += count
        self._touch()

    def _touch(self) -> None:
        self._pending += 1
        if self._pending >= FLUSH_EVENTS or time.monotonic() - self._flushed >= FLUSH_SECONDS:
            self.flush()

    def _end(self, state: str, message: str) -> None:
        if self._over:
            return
        self._over = True
        self.flush()
        now = timezone.now()
        rows = Run.objects.filter(pk=self.run.pk)
        rows.filter(state__in=(Run.State.QUEUED, Run.State.RUNNING)).update(
            state=state, message=clean_text(message), finished_at=now, started_at=self.run.started_at or now
        )
        rows.filter(state=Run.State.CANCELLED).update(finished_at=now)
        account_for_rest(rows)
        self.run.refresh_from_db()


def cancel_runs(rows: QuerySet[Run], *, by: str) -> int:
    """Cancel runs that wait or work. A working one stops at its next check; what it did stays done."""
    running = rows.filter(state__in=(Run.State.QUEUED, Run.State.RUNNING))
    return running.update(
        state=Run.State.CANCELLED, finished_at=timezone.now(), message=clean_text(f"Cancelled by {by}.")
    )


def fail_stale_runs(*, silent_minutes: int = 15, queued_hours: int = 24) -> int:
    """Close runs whose worker died (no sign of life) or that nobody ever took. Returns how many."""
    now = timezone.now()
    dead = Q(state=Run.State.RUNNING, heartbeat__lt=now - timedelta(minutes=silent_minutes))
    forgotten = Q(state=Run.State.QUEUED, created_at__lt=now - timedelta(hours=queued_hours))
    closed = list(Run.objects.filter(dead | forgotten).values_list("pk", flat=True))
    count = Run.objects.filter(dead | forgotten, pk__in=closed).update(
        state=Run.State.FAILED,
        finished_at=now,
        message="The worker stopped before the run was over; start the action again, nothing is done twice.",
    )
    account_for_rest(Run.objects.filter(pk__in=closed))
    return count


@transaction.atomic
def account_for_rest(rows: QuerySet[Run]) -> None:
    """A run that ended early still adds up: what it had found and not come to is failed, or skipped where somebody
    cancelled it. A finished run is left as it is: what it does not account for is a mistake of ours to be seen."""
    ended = rows.filter(state__in=(Run.State.FAILED, Run.State.CANCELLED))
    for run in ended.select_for_update().only("state", *COUNTERS, "counts"):
        rest = run.found - run.accounted
        if rest <= 0:
            continue
        if run.state == Run.State.FAILED:
            run.failed += rest
        else:
            run.counts = {**run.counts, "skipped": int(run.counts.get("skipped", 0)) + rest}
        run.save(update_fields=["failed", "counts"])
        RunNote.objects.create(
            run=run, level=Level.WARNING, message=f"{rest} were found and not come to before the run ended."
        )
