"""Figures about the queues, for pages and monitors."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, Min, OuterRef
from django.utils import timezone

from sites.models import Site
from sync_queues.kinds import KINDS
from sync_queues.models import PROBLEM_STATES, QueueLane, State

CHUNK = 500


@dataclass(frozen=True, slots=True)
class Backlog:
    """One queue of one site. oldest: since when the oldest waiting request waits."""

    kind: str
    pending: int
    processing: int
    failed: int
    dead: int
    oldest: datetime | None


def backlog(*, site: Site) -> list[Backlog]:
    """What waits and what failed in each queue of a site; two statements per queue."""
    found = []
    for kind, queue in KINDS.items():
        rows = queue.model._default_manager.filter(site=site)
        counts = dict(rows.order_by().values_list("state").annotate(number=Count("pk")))
        oldest = rows.filter(state=State.PENDING).aggregate(oldest=Min("created_at"))["oldest"]
        found.append(
            Backlog(
                kind=kind,
                pending=counts.get(State.PENDING, 0),
                processing=counts.get(State.PROCESSING, 0),
                failed=counts.get(State.FAILED, 0),
                dead=counts.get(State.DEAD, 0),
                oldest=oldest,
            )
        )
    return found


def items_on_their_way(kind: str, *, site: Site, item_ids: Iterable[int]) -> set[int]:
    """Those of the items whose main figure of this kind waits or is being sent; one statement per 500 items."""
    queue = KINDS[kind]
    open_states = (State.PENDING, State.PROCESSING)
    rows = queue.model._default_manager.filter(queue.main, site=site, state__in=open_states)
    ids = sorted(set(item_ids))
    found: set[int] = set()
    for start in range(0, len(ids), CHUNK):
        part = rows.filter(item_id__in=ids[start : start + CHUNK]).order_by()
        found.update(part.values_list("item_id", flat=True))
    return found


@dataclass(frozen=True, slots=True)
class Ended:
    """How the newest finished request of an item ended, and when."""

    at: datetime
    ok: bool
    message: str


def ended_since(kind: str, *, site_code: str, item_ids: Iterable[int], since: datetime) -> dict[int, Ended]:
    """Item -> end of the newest request of its main figure that ended since a moment; superseded ones do not count."""
    states, queue = (State.COMPLETED, *PROBLEM_STATES), KINDS[kind]
    rows = queue.model._default_manager.filter(
        queue.main, site__code=site_code, item_id__in=set(item_ids), state__in=states, updated_at__gte=since
    )
    columns = rows.values_list("item_id", "updated_at", "state", "error_message", "outcome")
    found: dict[int, Ended] = {}
    for item_id, at, state, error, outcome in columns.order_by("updated_at", "pk").iterator(chunk_size=2000):
        if item_id is not None:
            found[item_id] = Ended(at, state == State.COMPLETED, error or outcome)
    return found


def lanes_with_due_work(
    *, now: datetime | None = None, by_itself: bool = True
) -> list[tuple[int, list[str]]]:
    """Working sites with due requests and the queues concerned, longest untouched site first; two statements.

    by_itself: keep to the intervals of the sites; a retry that is due does not wait for the interval.
    """
    moment = now or timezone.now()
    sites = Site.objects.filter(active=True, paused=False)
    for kind, queue in KINDS.items():
        due = queue.model._default_manager.filter(
            site_id=OuterRef("pk"), state=State.PENDING, not_before__lte=moment
        )
        sites = sites.annotate(
            **{f"due_{kind}": Exists(due), f"retry_{kind}": Exists(due.filter(retry_count__gt=0))}
        )
    drained = {
        (site_id, kind): at
        for site_id, kind, at in QueueLane.objects.values_list("site_id", "kind", "last_drained_at")
    }
    found: list[tuple[float, int, list[str]]] = []
    for site in sites:
        kinds = [
            kind
            for kind in KINDS
            if getattr(site, f"due_{kind}")
            and (not by_itself or _is_its_time(site, kind, drained.get((site.pk, kind)), moment))
        ]
        if kinds:
            touched = [at.timestamp() for kind in kinds if (at := drained.get((site.pk, kind)))]
            found.append((min(touched) if len(touched) == len(kinds) else 0.0, site.pk, kinds))
    return [(site_id, kinds) for _touched, site_id, kinds in sorted(found, key=lambda row: row[:2])]


def _is_its_time(site: Site, kind: str, last: datetime | None, now: datetime) -> bool:
    seconds = KINDS[kind].interval_seconds(site)
    if seconds is None:
        return False
    if last is None or getattr(site, f"retry_{kind}"):
        return True
    return (now - last).total_seconds() >= seconds
