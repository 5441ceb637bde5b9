"""The problem list and sites: 'Delete Error' of resolved entries, trying a whole site again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from activity.models import SiteError
from activity.services import record_event
from sites.models import Site
from sites.runs import request_run


def delete_resolved(*, site: Site, dry_run: bool = False, user: Any = None) -> int:
    """Delete the resolved problems of a site; open ones stay. dry_run only counts. Returns how many."""
    rows = SiteError.objects.filter(site_code=site.code, state=SiteError.State.RESOLVED)
    if dry_run:
        return rows.count()
    deleted, _by_model = rows.delete()
    if deleted:
        payload = {"deleted": deleted}
        record_event(kind="problems.deleted", site_code=site.code, subject=site, payload=payload, actor=user)
    return deleted


def retry_sites(*, problems: Sequence[SiteError], user: Any) -> int:
    """The problem list's 'Try again' for a whole site: its connection is tested, which resumes it when it works."""
    keys = [int(row.subject_id) for row in problems if row.subject_id.isdigit()]
    asked = 0
    for site in Site.objects.filter(pk__in=keys, active=True):
        request_run(site=site, action="test_connection", user=user)
        asked += 1
    return asked


def standing_sites(*, problems: Sequence[SiteError]) -> set[int]:
    """Problems of sites that are active; the next call that works closes them."""
    keys = [int(row.subject_id) for row in problems if row.subject_id.isdigit()]
    active = {str(key) for key in Site.objects.filter(pk__in=keys, active=True).values_list("pk", flat=True)}
    return {row.pk for row in problems if row.subject_id in active}
