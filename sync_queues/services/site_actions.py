"""The queue actions of the site page: `action(*, site, dry_run, user, kind) -> rows`. dry_run only counts."""

from __future__ import annotations

from sites.models import Site
from sync_queues.kinds import KINDS
from sync_queues.models import PROBLEM_STATES
from sync_queues.services.manage import (
    User,
    deletable,
    finished,
    retry_selected,
)
from sync_queues.services.manage import delete_finished as _delete_finished
from sync_queues.services.manage import delete_requests as _delete_requests


def retry_failed(*, site: Site, dry_run: bool, user: User = None, kind: str) -> int:
    """All failed and dead requests of one queue go again."""
    rows = KINDS[kind].model._default_manager.filter(site=site, state__in=PROBLEM_STATES)
    if dry_run:
        return rows.count()
    return retry_selected(kind, rows.values_list("pk", flat=True), user=user).reopened


def delete_finished(*, site: Site, dry_run: bool, user: User = None, kind: str) -> int:
    """Completed and superseded requests of one queue."""
    if dry_run:
        return finished(kind, site=site).count()
    return _delete_finished(kind, site=site, user=user)


def delete_requests(*, site: Site, dry_run: bool, user: User = None, kind: str = "") -> int:
    """Every request, also unfinished ones; without a kind in all three queues. Running ones are kept."""
    kinds = [kind] if kind else list(KINDS)
    if dry_run:
        return sum(deletable(name, site=site).count() for name in kinds)
    return sum(_delete_requests(name, site=site, user=user).deleted for name in kinds)


def delete_item_entries(*, site: Site, dry_run: bool, user: User = None) -> int:
    """'Delete Item Entries': all entries of the item queue."""
    return delete_requests(site=site, dry_run=dry_run, user=user, kind="item")
