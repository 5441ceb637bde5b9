"""'Delete Error': take resolved entries out of the problem list of a site."""

from __future__ import annotations

from typing import Any

from activity.models import SiteError
from activity.services import record_event
from sites.models import Site


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
