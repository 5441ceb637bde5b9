"""What the repairs of all kinds share: the lines that differences are about, and how their requests ended."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext_noop as _

from activity.difference_kinds import Repair
from activity.models import Difference
from linking.models import ItemLinkerLine
from linking.selectors import linked_lines
from sites.models import Site
from sync_queues.selectors import ended_since

State = Difference.State
NOT_LINKED = _("The item is not linked with this product any more. Compare again.")
DRY_RUN = _("The site is in dry run: nothing is written to the shop.")


def linked_of(site: Site, rows: Sequence[Difference]) -> dict[int, ItemLinkerLine]:
    """Difference -> its line, where that is still linked."""
    ids = {int(row.subject_id) for row in rows if row.subject_id.isdigit()}
    lines = {line.pk: line for line in linked_lines(site=site).filter(pk__in=ids).select_related("item")}
    return {
        row.pk: lines[int(row.subject_id)]
        for row in rows
        if row.subject_id.isdigit() and int(row.subject_id) in lines
    }


def refused(rows: Sequence[Difference], message: str) -> dict[int, Repair]:
    """All of them stay open, for this reason."""
    return {row.pk: Repair(State.OPEN, message) for row in rows}


def asked(rows: Sequence[Difference], lines: dict[int, ItemLinkerLine]) -> dict[int, Repair]:
    """Rows with a line wait for their request; the others say that there is none."""
    return {
        row.pk: Repair(State.ASKED) if row.pk in lines else Repair(State.OPEN, NOT_LINKED) for row in rows
    }


def follow_requests(kind: str, *, site_code: str, rows: Sequence[Difference]) -> dict[int, Repair]:
    """The end of the request that repairs each row: sent, or refused with its reason."""
    tried = [row for row in rows if row.tried_at is not None and row.subject_id.isdigit()]
    if not tried:
        return {}
    lines = dict(
        ItemLinkerLine.objects.filter(pk__in={int(row.subject_id) for row in tried}).values_list(
            "pk", "item_id"
        )
    )
    since = min(row.tried_at for row in tried if row.tried_at is not None)
    ended = ended_since(kind, site_code=site_code, item_ids=lines.values(), since=since)
    found: dict[int, Repair] = {}
    for row in tried:
        item_id = lines.get(int(row.subject_id))
        end = ended.get(item_id) if item_id is not None else None
        if end is not None and row.tried_at is not None and end.at >= row.tried_at:
            found[row.pk] = Repair(State.REPAIRED) if end.ok else Repair(State.OPEN, end.message)
    return found
