"""The queue's entries in the problem list: one per site, queue and code; closed when no row has the code any more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse

from activity.models import SiteError
from activity.services import report_error
from activity.services.problems import close_rows
from sites.models import Site
from sync_queues.inputs import RowResult
from sync_queues.kinds import KINDS, Kind
from sync_queues.models import PROBLEM_STATES, State
from sync_queues.services.lanes import wake
from sync_queues.services.reopen import reopen


def _subject(queue: Kind) -> tuple[str, str, str]:
    return queue.model._meta.label_lower, queue.name, str(queue.model._meta.verbose_name_plural)


def link_to_rows(queue: Kind, site: Site, code: str) -> str:
    """The list of the rows with this code."""
    query = urlencode({"site__id__exact": site.pk, "error_code": code})
    try:
        return f"{reverse(f'admin:sync_queues_{queue.model._meta.model_name}_changelist')}?{query}"
    except NoReverseMatch:
        return ""


def report_problems(kind: str, site: Site, problems: Mapping[str, RowResult]) -> None:
    """Open, or count again, one problem per code."""
    queue = KINDS[kind]
    for code, result in problems.items():
        report_error(
            site_code=site.code,
            code=code,
            message=result.message or code,
            cure=result.cure,
            subject=_subject(queue),
            link=link_to_rows(queue, site, code),
        )


def close_problems(kind: str, site: Site) -> int:
    """Close those whose last row has passed, been retried or removed."""
    queue = KINDS[kind]
    label, key, _name = _subject(queue)
    opened = SiteError.objects.filter(
        site_code=site.code, subject_type=label, subject_id=key, state=SiteError.State.OPEN
    )
    if not opened.exists():
        return 0
    rows = queue.model._default_manager.filter(site=site, state__in=(State.PENDING, *PROBLEM_STATES))
    present = list(rows.exclude(error_code="").order_by().values_list("error_code", flat=True).distinct())
    return close_rows(opened.exclude(code__in=present), by="")


def retry_problems(*, problems: Sequence[SiteError], user: Any) -> int:
    """The problem list's 'Try again': all failed and dead rows of the queue with this code."""
    again = 0
    for problem in problems:
        queue = KINDS.get(problem.subject_id)
        if queue is None:
            continue
        rows = queue.model._default_manager.filter(
            site__code=problem.site_code, error_code=problem.code[:60], state__in=PROBLEM_STATES
        )
        again += reopen(queue, rows.values_list("pk", flat=True)).reopened
        site = Site.objects.filter(code=problem.site_code).first()
        if site is not None:
            wake(site.pk, queue.name)
            close_problems(queue.name, site)
    return again


def standing_problems(*, problems: Sequence[SiteError]) -> set[int]:
    """Those of which a row still has the code."""
    standing = set()
    for problem in problems:
        queue = KINDS.get(problem.subject_id)
        if queue is None:
            continue
        rows = queue.model._default_manager.filter(
            site__code=problem.site_code, state__in=(State.PENDING, State.PROCESSING, *PROBLEM_STATES)
        )
        if rows.filter(error_code=problem.code[:60]).exists():
            standing.add(problem.pk)
    return standing
