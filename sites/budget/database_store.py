"""The bucket as a row, for installations without Redis."""

from __future__ import annotations

import threading
import time
from collections import defaultdict, deque
from datetime import datetime, timedelta
from functools import lru_cache

from django.db import connection, transaction
from django.utils import timezone

from ecomsync.common.sql import prepared_column, table_of
from platforms.types import Quota
from sites.budget.limits import BREAKS_AT, PROBE_SECONDS, Limits, rest_after
from sites.budget.stores import Grant
from sites.models import RateBucket


class ProcessCounts:
    """Parallel calls, waiting callers and calls of the last minute of one site in this process.

    An installation without Redis has one process, so these are the site's own.
    """

    def __init__(self) -> None:
        self.lock = threading.Condition()
        self.running = 0
        self.waiting: set[str] = set()
        self.calls: deque[float] = deque(maxlen=100_000)

    def used(self) -> int:
        """Calls of the last minute."""
        since = time.monotonic() - 60
        with self.lock:
            while self.calls and self.calls[0] < since:
                self.calls.popleft()
            return len(self.calls)


_counts: defaultdict[int, ProcessCounts] = defaultdict(ProcessCounts)


def counts_of(site_id: int) -> ProcessCounts:
    return _counts[site_id]


class DatabaseStore:
    """One row per site."""

    def __init__(self, site_id: int) -> None:
        self._site_id = site_id
        self._counts = counts_of(site_id)

    def take(self, cost: float, limits: Limits, reserve: float) -> Grant:
        """One statement when there is enough; a second one tells how long to wait."""
        now = timezone.now()
        faults = self._taken(cost, limits, reserve, now)
        if faults is not None:
            return Grant(0.0, faults)
        row = RateBucket.objects.filter(site_id=self._site_id).first()
        if row is None:
            self._make(limits, now)
            return self.take(cost, limits, reserve)
        closed = _closed_for(row, now)
        if closed > 0:
            return Grant(closed, row.faults)
        rate, capacity = effective(row, limits)
        short = min(capacity, cost + capacity * reserve) - _tokens_now(row, rate, capacity, now)
        return Grant(max(0.01, short / rate), row.faults)

    def begin(self, cost: float, limits: Limits, reserve: float) -> tuple[Grant, str]:
        grant = self.take(cost, limits, reserve)
        return grant, self.enter(limits) if grant.granted else ""

    def _taken(self, cost: float, limits: Limits, reserve: float, now: datetime) -> int | None:
        """The faults of the shop so far when the tokens were there and are taken, else None."""
        [moment] = prepared_column(RateBucket, "updated_at", [now])
        [probed] = prepared_column(RateBucket, "updated_at", [now + timedelta(seconds=PROBE_SECONDS)])
        statement = _taking(connection.vendor, limits.rate or 1.0, limits.cap, not connection.in_atomic_block)
        named = {"site": self._site_id, "now": moment, "probed": probed, "cost": cost, "reserve": reserve}
        with connection.cursor() as cursor:
            cursor.execute(statement, named)
            row = cursor.fetchone()
        return None if row is None else int(row[0])

    def gate(self) -> Grant:
        now = timezone.now()
        row = RateBucket.objects.filter(site_id=self._site_id).first()
        if row is None:
            return Grant(0.0)
        closed = _closed_for(row, now)
        if closed <= 0 and row.faults >= BREAKS_AT and not self._take_probe(row, now):
            closed = PROBE_SECONDS
        return Grant(max(0.0, closed), row.faults)

    def _take_probe(self, row: RateBucket, now: datetime) -> bool:
        """Of many who see the same row one may try."""
        mine = RateBucket.objects.filter(pk=row.pk, probe_until=row.probe_until, faults=row.faults)
        return bool(mine.update(probe_until=now + timedelta(seconds=PROBE_SECONDS)))

    def block(self, seconds: float) -> None:
        now = timezone.now()
        until = now + timedelta(seconds=seconds)
        with transaction.atomic():
            row = self._locked(Limits(None, 1), now)
            if row.blocked_until is None or row.blocked_until < until:
                row.blocked_until = until
                row.save(update_fields=["blocked_until"])

    def teach(self, quota: Quota, limits: Limits) -> None:
        now = timezone.now()
        with transaction.atomic():
            row = self._locked(limits, now)
            is_larger = quota.limit is not None and quota.limit > (row.told_capacity or 0)
            row.told_capacity = quota.limit or row.told_capacity
            row.told_rate = quota.per_second or row.told_rate
            rate, capacity = effective(row, limits)
            tokens = _tokens_now(row, rate, capacity, now)
            if quota.left is not None:
                # What was counted in a bucket taken for a smaller one says nothing of this one.
                tokens = min(capacity, quota.left) if is_larger else min(tokens, quota.left)
            row.tokens = tokens
            row.capacity, row.refill_per_second, row.updated_at = capacity, rate, max(now, row.updated_at)
            row.save()

    def give(self, tokens: float, limits: Limits) -> None:
        now = timezone.now()
        with transaction.atomic():
            row = self._locked(limits, now)
            _rate, capacity = effective(row, limits)
            row.tokens = min(capacity, row.tokens + tokens)
            row.save(update_fields=["tokens"])

    def fault(self) -> int:
        now = timezone.now()
        with transaction.atomic():
            row = self._locked(Limits(None, 1), now)
            row.faults += 1
            row.probe_until = None
            rest = rest_after(row.faults)
            if rest:
                row.rest_until = now + timedelta(seconds=rest)
            row.save(update_fields=["faults", "probe_until", "rest_until"])
        return row.faults

    def well(self) -> int:
        with transaction.atomic():
            row = self._locked(Limits(None, 1), timezone.now())
            ended = row.faults
            row.faults, row.probe_until, row.rest_until = 0, None, None
            row.save(update_fields=["faults", "probe_until", "rest_until"])
        return ended

    def enter(self, limits: Limits) -> str:
        counts = self._counts
        with counts.lock:
            if counts.running >= limits.parallel:
                counts.lock.wait(0.05)
            if counts.running >= limits.parallel:
                return ""
            counts.running += 1
            counts.calls.append(time.monotonic())
        return "here"

    def leave(self, place: str) -> None:
        with self._counts.lock:
            self._counts.running -= 1
            self._counts.lock.notify()

    def waits(self, name: str, seconds: float) -> None:
        with self._counts.lock:
            if seconds:
                self._counts.waiting.add(name)
            else:
                self._counts.waiting.discard(name)

    def _locked(self, limits: Limits, now: datetime) -> RateBucket:
        row = RateBucket.objects.select_for_update().filter(site_id=self._site_id).first()
        if row is None:
            self._make(limits, now)
            row = RateBucket.objects.select_for_update().get(site_id=self._site_id)
        return row

    def _make(self, limits: Limits, now: datetime) -> None:
        defaults = {"tokens": limits.capacity, "capacity": limits.capacity, "updated_at": now}
        RateBucket.objects.get_or_create(site_id=self._site_id, defaults=defaults)


@lru_cache(maxsize=256)
def _taking(vendor: str, own_rate: float, cap: float | None, alone: bool) -> str:
    """The UPDATE that takes tokens where there are enough: `effective`, `_tokens_now` and `_closed_for` in SQL.

    A row that another worker has just changed is looked at again by the database, so two never take the same token.
    alone: outside of a transaction.
    """
    is_postgres = vendor == "postgresql"
    larger, smaller = ("GREATEST", "LEAST") if is_postgres else ("MAX", "MIN")
    rate = f"COALESCE(NULLIF(told_rate, 0), {own_rate!r})"
    if cap:
        rate = f"{smaller}({rate}, {cap!r})"
    capacity = f"COALESCE(NULLIF(told_capacity, 0), {larger}(1.0, {rate} * 2))"
    elapsed = (
        "CAST(EXTRACT(EPOCH FROM CAST(%(now)s AS timestamptz) - updated_at) AS double precision)"
        if is_postgres
        else "(julianday(%(now)s) - julianday(updated_at)) * 86400.0"
    )
    tokens = f"{smaller}({capacity}, tokens + {larger}(0.0, {elapsed}) * {rate})"
    # Tokens that a crash of the database forgets have come back by the time it is up again: no need to wait for the disk.
    unsaved = (
        " AND (SELECT set_config('synchronous_commit', 'off', true)) = 'off'" if is_postgres and alone else ""
    )
    return (
        f"UPDATE {table_of(RateBucket)} SET tokens = {tokens} - %(cost)s, capacity = {capacity}, "
        f"refill_per_second = {rate}, updated_at = {larger}(updated_at, %(now)s), "
        f"probe_until = CASE WHEN faults >= {BREAKS_AT} THEN %(probed)s ELSE probe_until END "
        "WHERE site_id = %(site)s AND (blocked_until IS NULL OR blocked_until <= %(now)s) "
        "AND (rest_until IS NULL OR rest_until <= %(now)s) "
        f"AND (faults < {BREAKS_AT} OR probe_until IS NULL OR probe_until <= %(now)s) "
        f"AND {tokens} >= {smaller}({capacity}, %(cost)s + {capacity} * %(reserve)s){unsaved} RETURNING faults"
    )


def effective(row: RateBucket, limits: Limits) -> tuple[float, float]:
    """(rate, capacity) in force: what the platform tells goes before what we know of it, staff's cap before both."""
    rate = row.told_rate or limits.rate or 1.0
    if limits.cap:
        rate = min(rate, limits.cap)
    capacity = row.told_capacity or max(1.0, rate * 2)
    return rate, capacity


def _tokens_now(row: RateBucket, rate: float, capacity: float, now: datetime) -> float:
    elapsed = max(0.0, (now - row.updated_at).total_seconds())
    return min(capacity, row.tokens + elapsed * rate)


def _closed_for(row: RateBucket, now: datetime) -> float:
    """Seconds of the shop's own pause, of an open breaker, or of a probe that is under way."""
    until = [moment for moment in (row.blocked_until, row.rest_until) if moment]
    if row.faults >= BREAKS_AT and row.probe_until:
        until.append(row.probe_until)
    return max(((moment - now).total_seconds() for moment in until), default=0.0)
