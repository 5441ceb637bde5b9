"""What staff do with problems (assign, comment, resolve, try again), and how those whose cause is gone close."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import QuerySet
from django.utils import timezone

from activity.models import Event, SiteError
from activity.problem_kinds import KINDS, kind_of, missing_subjects
from activity.services.problems import close_rows
from activity.services.subjects import clean_text
from ecomsync.common.errors import EcomsyncError
from ecomsync.common.logs import current_trace_id

logger = logging.getLogger(__name__)

CHUNK = 500


@dataclass(slots=True)
class RetryReport:
    """again: records that go again. left: problems that nothing can be tried for. refused: the reader may not.

    errors: what stood in the way of a whole kind.
    """

    again: int = 0
    left: int = 0
    refused: int = 0
    errors: list[EcomsyncError] = field(default_factory=list)


def assign_rows(rows: QuerySet[SiteError], *, to: AbstractBaseUser | None, by: str) -> int:
    """Give the problems to somebody, or to nobody."""
    found = list(rows)
    SiteError.objects.filter(pk__in=[row.pk for row in found]).update(assigned_to=to)
    tell_subjects(found, "problem.assigned", by=by, message=to.get_username() if to else "")
    return len(found)


def comment_rows(rows: QuerySet[SiteError], *, text: str, by: str) -> int:
    """Add a line with name and time to each."""
    line = f"{timezone.localtime():%Y-%m-%d %H:%M} {by}: {clean_text(text).strip()}"
    found = list(rows)
    for row in found:
        row.comment = f"{row.comment}\n{line}".strip()
    SiteError.objects.bulk_update(found, ["comment"], batch_size=200)
    tell_subjects(found, "problem.commented", by=by, message=clean_text(text).strip())
    return len(found)


def resolve_rows(rows: QuerySet[SiteError], *, by: str) -> int:
    """Staff say that it is settled."""
    found = list(rows.filter(state=SiteError.State.OPEN))
    count = close_rows(SiteError.objects.filter(pk__in=[row.pk for row in found]), by=by)
    tell_subjects(found, "problem.resolved", by=by)
    return count


def retry_rows(rows: Iterable[SiteError], *, user: Any) -> RetryReport:
    """Try the subjects again, kind by kind; a kind that breaks stops no other."""
    report = RetryReport()
    by_type: dict[str, list[SiteError]] = defaultdict(list)
    for row in rows:
        if kind_of(row) is None:
            report.left += 1
        else:
            by_type[row.subject_type].append(row)
    for label, problems in by_type.items():
        kind = KINDS[label]
        if not user.has_perm(kind.permission):
            report.refused += len(problems)
            continue
        try:
            again = kind.retrier()(problems=problems, user=user)
        except EcomsyncError as error:
            report.errors.append(error)
            continue
        report.again += again
        report.left += 0 if again else len(problems)
        tell_subjects(problems, "problem.retried", by=user.get_username())
    return report


def tell_subjects(rows: Sequence[SiteError], kind: str, *, by: str, message: str = "") -> None:
    """The story of each record shows what staff did about it."""
    trace = current_trace_id()
    Event.objects.bulk_create(
        [
            Event(
                kind=kind,
                site_code=row.site_code,
                subject_type=row.subject_type,
                subject_id=row.subject_id,
                subject_label=row.subject_label,
                message=message,
                payload={"problem": row.pk, "code": row.code},
                actor=by[:150],
                trace_id=trace,
            )
            for row in rows
            if row.subject_type
        ],
        batch_size=200,
    )


def close_gone() -> int:
    """Close open problems whose record is gone or whose cause is: whatever was forgotten elsewhere. Returns how many."""
    opened = SiteError.objects.filter(state=SiteError.State.OPEN).exclude(subject_type="")
    closed = 0
    for label in opened.order_by().values_list("subject_type", flat=True).distinct():
        last = 0
        while rows := list(opened.filter(subject_type=label, pk__gt=last).order_by("pk")[:CHUNK]):
            last = rows[-1].pk
            closed += close_rows(SiteError.objects.filter(pk__in=_gone(label, rows)), by="")
    return closed


def _gone(label: str, rows: Sequence[SiteError]) -> set[int]:
    missing = missing_subjects(rows)
    kind = KINDS.get(label)
    left = [row for row in rows if row.pk not in missing]
    if kind is None or not left:
        return missing
    try:
        standing = kind.judge()(problems=left)
    except Exception:  # the outer loop of a worker: a broken kind must not keep the others open
        logger.exception("Problems of %s could not be judged", label)
        return missing
    return missing | {row.pk for row in left if row.pk not in standing}
