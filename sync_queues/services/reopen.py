"""Let requests that failed, died or wait for their turn go now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Exists, Max, OuterRef, QuerySet
from django.utils import timezone

from sync_queues.kinds import Kind
from sync_queues.models import PROBLEM_STATES, Request, State
from sync_queues.services.enqueue import version_now

CHUNK = 500
ATTEMPTS_AT_CONFLICT = 5


@dataclass(frozen=True, slots=True)
class ReopenReport:
    """reopened: wait again. joined: a newer request of the same key waits already. refused: nothing to retry."""

    reopened: int = 0
    joined: int = 0
    refused: int = 0


def reopen(queue: Kind, ids: Iterable[int], *, retry_count: int = 0) -> ReopenReport:
    """Failed and dead rows wait again from now on; waiting ones need not wait longer; others are refused.

    Of several rows of one key the newest goes, and none where a newer one waits: there they are set aside.
    """
    keys = sorted(set(ids))
    reopened = joined = 0
    for start in range(0, len(keys), CHUNK):
        part = keys[start : start + CHUNK]
        opened, aside = _reopen_part(queue, part, retry_count)
        reopened, joined = reopened + opened, joined + aside
    return ReopenReport(reopened, joined, len(keys) - reopened - joined)


def _reopen_part(queue: Kind, ids: Sequence[int], retry_count: int) -> tuple[int, int]:
    for attempt in range(1, ATTEMPTS_AT_CONFLICT + 1):
        try:
            with transaction.atomic():
                return _reopen_once(queue, ids, retry_count)
        except IntegrityError:
            # A newer request of one of these keys came at this very moment; the next look sees it.
            if attempt == ATTEMPTS_AT_CONFLICT:
                raise
    raise AssertionError("unreachable")


def _reopen_once(queue: Kind, ids: Sequence[int], retry_count: int) -> tuple[int, int]:
    now = timezone.now()
    rows: QuerySet[Request] = queue.model._default_manager.filter(pk__in=ids)
    waiting = rows.filter(state=State.PENDING).update(not_before=now, retry_count=retry_count, updated_at=now)
    problems = rows.filter(state__in=PROBLEM_STATES)
    twins = queue.model._default_manager.filter(
        site_id=OuterRef("site_id"), key=OuterRef("key"), state=State.PENDING
    )
    joined = problems.filter(Exists(twins)).update(state=State.SUPERSEDED, completed_at=now, updated_at=now)
    newest = (
        problems.order_by()
        .values("site_id", "key")
        .annotate(newest=Max("pk"))
        .values_list("newest", flat=True)
    )
    chosen = list(newest)
    joined += problems.exclude(pk__in=chosen).update(state=State.SUPERSEDED, completed_at=now, updated_at=now)
    opened = problems.filter(pk__in=chosen).update(**_afresh(now, retry_count))
    return waiting + opened, joined


def _afresh(now: datetime, retry_count: int) -> dict[str, object]:
    """A second life; its version is new since the present value is what will be sent."""
    return {
        "state": State.PENDING,
        "retry_count": retry_count,
        "crash_count": 0,
        "not_before": now,
        "completed_at": None,
        "version": version_now(),
        "updated_at": now,
    }
