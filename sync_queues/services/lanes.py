"""How a queue of a site fares: batch size learnt from time-outs, rest after faults, one writer where needed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import Q
from django.utils import timezone

from sync_queues.models import QueueLane
from sync_queues.retry import RetryPolicy
from sync_queues.services.faults import Fault

MAX_REST_SECONDS = 900.0


def lane_of(site_id: int, kind: str) -> QueueLane:
    """The row of this queue; made at first use."""
    found = QueueLane.objects.filter(site_id=site_id, kind=kind).first()
    if found is None:
        QueueLane.objects.bulk_create([QueueLane(site_id=site_id, kind=kind)], ignore_conflicts=True)
        found = QueueLane.objects.get(site_id=site_id, kind=kind)
    return found


def is_resting(lane: QueueLane, now: datetime) -> bool:
    return lane.rest_until is not None and lane.rest_until > now


def note_success(lane: QueueLane, *, batch_size: int) -> None:
    """A batch went through: the lane is well, and a halved batch grows back."""
    grown = None if lane.batch_limit is None or lane.batch_limit * 2 >= batch_size else lane.batch_limit * 2
    if lane.faults or lane.rest_until or lane.batch_limit != grown:
        lane.faults, lane.rest_until, lane.batch_limit = 0, None, grown
        lane.save(update_fields=["faults", "rest_until", "batch_limit"])


def note_fault(lane: QueueLane, fault: Fault, *, batch_size: int, policy: RetryPolicy) -> None:
    """A whole batch failed: rest before the next one, so that an outage uses up the attempts of few rows only."""
    lane.faults += 1
    if fault.halve:
        lane.batch_limit = max(1, min(batch_size, lane.batch_limit or batch_size) // 2)
    if fault.rests:
        wait = policy.wait_seconds(lane.faults - 1, retry_after=fault.retry_after)
        if fault.retry_after is None:
            wait = min(wait, MAX_REST_SECONDS)
        lane.rest_until = timezone.now() + timedelta(seconds=wait)
    lane.save(update_fields=["faults", "rest_until", "batch_limit"])


def wake(site_id: int, kind: str) -> None:
    """Staff want it now: forget the rest, and do not wait for the interval."""
    QueueLane.objects.filter(site_id=site_id, kind=kind).update(rest_until=None, last_drained_at=None)


def note_drained(lane: QueueLane, started_at: datetime) -> None:
    lane.last_drained_at = started_at
    lane.save(update_fields=["last_drained_at"])


@contextmanager
def only_writer(site_id: int, worker: str) -> Iterator[bool]:
    """Hold the site alone while it lasts; False when another worker holds it. A dead holder's turn lapses."""
    lane = lane_of(site_id, "")
    if not prolong_turn(site_id, worker):
        yield False
        return
    try:
        yield True
    finally:
        QueueLane.objects.filter(pk=lane.pk, holder=worker).update(holder="", held_until=None)


@contextmanager
def held_turn(site_id: int, worker: str) -> Iterator[bool]:
    """`only_writer` for one long call: a thread prolongs the turn, and it ends with the process."""
    over = threading.Event()

    def keep() -> None:
        while not over.wait(settings.LEASE_SECONDS / 2):
            prolong_turn(site_id, worker)
        connection.close()

    with only_writer(site_id, worker) as is_ours:
        if not is_ours:
            yield False
            return
        thread = threading.Thread(target=keep, name=f"turn-{site_id}", daemon=True)
        thread.start()
        try:
            yield True
        finally:
            over.set()
            thread.join(timeout=5)


def prolong_turn(site_id: int, worker: str) -> bool:
    """Take or keep the site's turn."""
    now = timezone.now()
    free = Q(holder="") | Q(holder=worker) | Q(held_until__lt=now)
    rows = QueueLane.objects.filter(free, site_id=site_id, kind="")
    return bool(rows.update(holder=worker, held_until=now + timedelta(seconds=2 * settings.LEASE_SECONDS)))
