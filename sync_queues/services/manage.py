"""What staff do with requests: retry, cancel, delete. Every verb counts what it did and what it refused."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from activity.services import record_event
from sites.models import Site
from sync_queues.kinds import KINDS, Kind
from sync_queues.models import FINISHED_STATES, PROBLEM_STATES, Request, State
from sync_queues.remedies import CANCELLED
from sync_queues.services.lanes import wake
from sync_queues.services.problems import close_problems
from sync_queues.services.reopen import ReopenReport, reopen

User = AbstractBaseUser | AnonymousUser | None
DELETE_CHUNK = 2000


@dataclass(frozen=True, slots=True)
class DeleteReport:
    """kept: rows that are at work or, unless the action says so, still unfinished."""

    deleted: int
    kept: int


def retry_selected(kind: str, ids: Iterable[int], *, user: User = None) -> ReopenReport:
    """'Retry Selected Lines': failed and dead rows go again at once, waiting ones need not wait longer."""
    queue, chosen = KINDS[kind], list(ids)
    report = reopen(queue, chosen)
    sites = (
        queue.model._default_manager.filter(pk__in=chosen[:10_000])
        .order_by()
        .values_list("site_id", flat=True)
    )
    for site in Site.objects.filter(pk__in=set(sites)):
        wake(site.pk, kind)
        close_problems(kind, site)
        _tell("queue.retried", queue, site, user, retried=report.reopened, joined=report.joined)
    return report


def cancel(kind: str, ids: Iterable[int], *, user: User = None) -> DeleteReport:
    """Set waiting, failed and dead rows aside; what is at work or finished is kept."""
    queue, chosen, now = KINDS[kind], list(ids), timezone.now()
    rows = queue.model._default_manager.filter(pk__in=chosen, state__in=(State.PENDING, *PROBLEM_STATES))
    sites = list(Site.objects.filter(pk__in=set(rows.order_by().values_list("site_id", flat=True))))
    count = rows.update(state=State.SUPERSEDED, error_code=CANCELLED, completed_at=now, updated_at=now)
    for site in sites:
        close_problems(kind, site)
        _tell("queue.cancelled", queue, site, user, cancelled=count)
    return DeleteReport(count, len(chosen) - count)


def finished(kind: str, *, site: Site | None = None) -> QuerySet[Request]:
    """Rows for 'Delete Finished …': completed and superseded."""
    rows: QuerySet[Request] = KINDS[kind].model._default_manager.filter(state__in=FINISHED_STATES)
    return rows if site is None else rows.filter(site=site)


def delete_finished(kind: str, *, site: Site | None = None, user: User = None) -> int:
    """Remove completed and superseded rows; failed, dead, waiting and running ones stay."""
    return _delete(KINDS[kind], finished(kind, site=site), site, user)


def deletable(kind: str, *, site: Site | None = None) -> QuerySet[Request]:
    """Rows for 'Delete Requests': everything but what a worker holds at this moment."""
    rows: QuerySet[Request] = KINDS[kind].model._default_manager.exclude(state=State.PROCESSING)
    return rows if site is None else rows.filter(site=site)


def delete_requests(
    kind: str, ids: Iterable[int] | None = None, *, site: Site | None = None, user: User = None
) -> DeleteReport:
    """'Delete Requests': also unfinished ones, as the name says. ids None: all of the site."""
    queue = KINDS[kind]
    if ids is None:
        rows = deletable(kind, site=site)
        running = queue.model._default_manager.filter(state=State.PROCESSING)
        kept = (running.filter(site=site) if site else running).count()
        return DeleteReport(_delete(queue, rows, site, user), kept)
    chosen = list(ids)
    deleted = 0
    for start in range(0, len(chosen), DELETE_CHUNK):
        rows = deletable(kind).filter(pk__in=chosen[start : start + DELETE_CHUNK])
        deleted += _delete(queue, rows, site, user)
    return DeleteReport(deleted, len(chosen) - deleted)


def _delete(queue: Kind, rows: QuerySet[Request], site: Site | None, user: User) -> int:
    """In short transactions, so that workers never wait long; a row that was claimed meanwhile is left."""
    affected = (
        [site]
        if site
        else list(Site.objects.filter(pk__in=rows.order_by().values_list("site_id", flat=True).distinct()))
    )
    total = 0
    while True:
        with transaction.atomic():
            ids = list(rows.order_by("id").values_list("pk", flat=True)[:DELETE_CHUNK])
            if not ids:
                break
            count, _per_model = rows.filter(pk__in=ids).delete()
        total += count
        if not count:
            break
    for one in affected:
        close_problems(queue.name, one)
        _tell("queue.deleted", queue, one, user, deleted=total)
    return total


def _tell(kind: str, queue: Kind, site: Site, user: User, **payload: Any) -> None:
    label = str(queue.model._meta.verbose_name_plural)
    record_event(
        kind=kind,
        site_code=site.code,
        subject=(queue.model._meta.label_lower, queue.name, label),
        payload={"queue": queue.name, **payload},
        actor=user,
    )
