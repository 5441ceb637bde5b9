"""Which events one worker takes: a batch across all sites, under a lease."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from sites.models import Site
from webhooks.models import WAITING_STATES, EventState, WebhookEvent
from webhooks.services.counters import CounterKey, add_counts


def lease() -> timedelta:
    """How long a claim outlives a worker that died with it; one event may take a few slow calls."""
    return timedelta(seconds=settings.LEASE_SECONDS * 2)


def claim_batch(*, worker: str, limit: int) -> list[WebhookEvent]:
    """Take up to `limit` waiting events of all sites that work, in the order of the shops' time.

    One worker per site at a time: a site of which events are being worked on is left to that worker. Critical
    events come into the batch before others; within it the shops' time counts alone. Events whose worker died are
    waiting again once their lease is over.
    """
    now = timezone.now()
    if not WebhookEvent.objects.filter(ready(now)).exists():
        return []  # the usual tick: no lock is taken
    with transaction.atomic():
        free = _free_sites(ready(now))
        if not free:
            return []
        waiting = WebhookEvent.objects.filter(ready(now), site_id__in=free)
        ids = list(waiting.order_by("-critical", "occurred_at", "id").values_list("pk", flat=True)[:limit])
        WebhookEvent.objects.filter(pk__in=ids).update(
            state=EventState.PROCESSING, claimed_by=worker, claimed_until=now + lease()
        )
        events = list(WebhookEvent.objects.filter(pk__in=ids).order_by("occurred_at", "id"))
        _count(events)
    return events


def ready(now: object) -> Q:
    """Waiting and due, or left behind by a worker that died."""
    waits = Q(state__in=WAITING_STATES, not_before__lte=now)
    return waits | Q(state=EventState.PROCESSING, claimed_until__lte=now)


def _free_sites(is_ready: Q) -> list[int]:
    """Working sites with something to do, locked for this claim; those of another worker are left out.

    The lock is one that does not hold up the porch, whose INSERT looks at the site's key.
    """
    mine = WebhookEvent.objects.filter(is_ready, site=OuterRef("pk"))
    working = Site.objects.filter(Exists(mine), active=True, paused=False, webhook_integration_enabled=True)
    locked = list(
        working.select_for_update(skip_locked=True, no_key=True).order_by("pk").values_list("pk", flat=True)
    )
    busy = set(
        WebhookEvent.objects.filter(
            site_id__in=locked, state=EventState.PROCESSING, claimed_until__gt=timezone.now()
        ).values_list("site_id", flat=True)
    )
    return [pk for pk in locked if pk not in busy]


def start_one(event: WebhookEvent, *, worker: str) -> bool:
    """Begin with one event: its attempt is counted before anything is done, so that one which kills workers is found.

    False when it is no longer ours: the lease ran out, or the shop sent it again meanwhile.
    """
    mine = WebhookEvent.objects.filter(pk=event.pk, claimed_by=worker, state=EventState.PROCESSING)
    started = mine.update(attempts=F("attempts") + 1, claimed_until=timezone.now() + lease())
    event.attempts += 1
    return bool(started)


def extend_lease(ids: Sequence[int], *, worker: str) -> None:
    """Sign of life for the events of the batch that still wait for their turn."""
    WebhookEvent.objects.filter(pk__in=ids, claimed_by=worker, state=EventState.PROCESSING).update(
        claimed_until=timezone.now() + lease()
    )


def release(ids: Sequence[int], *, worker: str) -> None:
    """Give back what was not begun."""
    WebhookEvent.objects.filter(pk__in=ids, claimed_by=worker, state=EventState.PROCESSING).update(
        state=EventState.PENDING, claimed_by="", claimed_until=None
    )


def _count(events: Sequence[WebhookEvent]) -> None:
    """Deliveries since the last claim go to the counters: the porch itself has no statement to spare."""
    sums: dict[CounterKey, dict[str, int]] = defaultdict(lambda: {"accepted": 0, "duplicates": 0})
    by_number: dict[int, list[int]] = defaultdict(list)
    for event in events:
        new = event.occurrences - event.counted
        if new <= 0:
            continue
        counts = sums[event.site_id, event.last_received_at.date()]
        first = int(event.counted == 0)
        counts["accepted"] += first
        counts["duplicates"] += new - first
        by_number[event.occurrences].append(event.pk)
    for number, ids in by_number.items():
        WebhookEvent.objects.filter(pk__in=ids).update(counted=number)
    add_counts(sums)


def count_ignored(*, limit: int = 1000) -> None:
    """Deliveries that nobody claims (error bodies) are counted too."""
    recent = timezone.now() - timedelta(days=2)
    rows = WebhookEvent.objects.filter(
        state=EventState.IGNORED, last_received_at__gte=recent, counted__lt=F("occurrences")
    )
    with transaction.atomic():
        _count(list(rows.order_by("pk")[:limit]))
