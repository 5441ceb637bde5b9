"""What staff and monitors see of a budget, read for many sites at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils import timezone

from sites.budget.database_store import counts_of, effective
from sites.budget.limits import BREAKS_AT, limits_of
from sites.models import RateBucket, Site


@dataclass(frozen=True, slots=True)
class BudgetFigures:
    """rate: calls per second in force, None without limit. left of capacity: tokens. used: calls of the last minute.
    waiting: callers that wait for a turn. blocked: seconds of a pause that the shop asked for. rests: seconds for which
    a failing shop is left alone. faults: of the shop in a row. told: the limits come from the shop's own answers.
    is_known: False while Redis is gone."""

    rate: float | None
    capacity: float
    left: float | None
    parallel: int
    used: int = 0
    waiting: int = 0
    blocked: float = 0.0
    rests: float = 0.0
    faults: int = 0
    told: bool = False
    is_known: bool = True

    @property
    def circuit(self) -> str:
        """closed | open | half-open"""
        if self.faults < BREAKS_AT:
            return "closed"
        return "open" if self.rests > 0 else "half-open"


def budget_figures(site: Site) -> BudgetFigures:
    return budget_figures_of([site])[site.pk]


def budget_figures_of(sites: Sequence[Site]) -> dict[int, BudgetFigures]:
    """The figures by site id, read with one statement or one message to Redis."""
    return _from_redis(sites) if settings.REDIS_URL else _from_database(sites)


def _from_database(sites: Sequence[Site]) -> dict[int, BudgetFigures]:
    now = timezone.now()
    rows = {row.site_id: row for row in RateBucket.objects.filter(site__in=sites)}
    found = {}
    for site in sites:
        limits, row, counts = limits_of(site), rows.get(site.pk), counts_of(site.pk)
        if row is None:
            found[site.pk] = BudgetFigures(
                limits.rate, limits.capacity, None, limits.parallel, counts.used(), len(counts.waiting)
            )
            continue
        rate, capacity = effective(row, limits)
        age = max(0.0, (now - row.updated_at).total_seconds())
        is_limited = limits.rate is not None or row.told_rate is not None
        found[site.pk] = BudgetFigures(
            rate=rate if is_limited else None,
            capacity=capacity,
            left=min(capacity, row.tokens + age * rate) if is_limited else None,
            parallel=limits.parallel,
            used=counts.used(),
            waiting=len(counts.waiting),
            blocked=max(0.0, (row.blocked_until - now).total_seconds()) if row.blocked_until else 0.0,
            rests=max(0.0, (row.rest_until - now).total_seconds()) if row.rest_until else 0.0,
            faults=row.faults,
            told=bool(row.told_rate or row.told_capacity),
        )
    return found


_FIELDS = ("tokens", "at", "blocked", "rest", "faults", "rate", "capacity")


def _from_redis(sites: Sequence[Site]) -> dict[int, BudgetFigures]:
    """A page must not break because Redis is gone: then the slower limits are shown."""
    from redis.exceptions import RedisError  # not loaded where there is no Redis

    try:
        (seconds, microseconds), *answers = _ask_redis(sites)
    except (RedisError, OSError):
        return {site.pk: _unknown(site) for site in sites}
    now = seconds + microseconds / 1_000_000
    per_site = [answers[start : start + 4] for start in range(0, len(answers), 4)]
    return {site.pk: _read(site, answer, now) for site, answer in zip(sites, per_site, strict=True)}


def _ask_redis(sites: Sequence[Site]) -> list[Any]:
    from sites.budget.redis_store import client_for

    client = client_for(settings.REDIS_URL)
    now = int(client.time()[0])
    pipeline = client.pipeline(transaction=False)
    pipeline.time()
    for site in sites:
        pipeline.hmget(f"ecomsync:budget:{site.pk}", *_FIELDS)
        pipeline.zcount(f"ecomsync:waiting:{site.pk}", now, "+inf")
        for minute in (now // 60, now // 60 - 1):
            pipeline.get(f"ecomsync:used:{site.pk}:{minute}")
    return list(pipeline.execute())


def _read(site: Site, answer: Sequence[Any], now: float) -> BudgetFigures:
    stored, waiting, this_minute, last_minute = answer
    value = {name: float(raw) if raw is not None else 0.0 for name, raw in zip(_FIELDS, stored, strict=True)}
    limits = limits_of(site)
    rate = value["rate"] or limits.rate or 1.0
    if limits.cap:
        rate = min(rate, limits.cap)
    capacity = value["capacity"] or max(1.0, rate * 2)
    is_limited = limits.rate is not None or bool(value["rate"])
    is_used = stored[0] is not None and is_limited
    return BudgetFigures(
        rate=rate if is_limited else None,
        capacity=capacity,
        left=min(capacity, value["tokens"] + max(0.0, now - value["at"]) * rate) if is_used else None,
        parallel=limits.parallel,
        used=int(this_minute or 0) + round(int(last_minute or 0) * (1 - now % 60 / 60)),
        waiting=int(waiting),
        blocked=max(0.0, value["blocked"] - now),
        rests=max(0.0, value["rest"] - now),
        faults=int(value["faults"]),
        told=bool(value["rate"] or value["capacity"]),
    )


def _unknown(site: Site) -> BudgetFigures:
    from sites.budget.careful_store import slowed

    limits = slowed(limits_of(site))
    return BudgetFigures(limits.rate, limits.capacity, None, limits.parallel, is_known=False)
