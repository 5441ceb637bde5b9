"""The rate budget of a site: one token bucket that all workers share, with lanes and a cap on parallel calls.

With Redis the bucket is a script that runs there; without, it is a row. Orders may use the whole bucket; the
lanes below them leave a rest, so that a long price run never keeps orders waiting.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Protocol

import redis
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from ecomsync.common.errors import RateLimited
from sites.models import RateBucket, Site

logger = logging.getLogger(__name__)

# Part of the bucket that a lane must leave for those above it.
RESERVES: Mapping[str, float] = {"orders": 0.0, "stock": 0.1, "prices": 0.2, "products": 0.3}
MAX_WAIT = 30.0
DEFAULT_BLOCK = 10.0
MAX_BLOCK = 3600.0
BLOCK_KNOWN_FOR = 1.0
CALL_LEASE = 180.0


@dataclass(frozen=True, slots=True)
class Limits:
    """rate: calls per second, None = no limit. parallel: calls at the same time."""

    rate: float | None
    parallel: int

    @property
    def capacity(self) -> float:
        """A burst of two seconds, at least one call."""
        return max(1.0, (self.rate or 0) * 2)


def limits_of(site: Site) -> Limits:
    """What the platform recommends, lowered or raised by the site's own settings."""
    can = site.capabilities
    rate = float(site.calls_per_second_cap) if site.calls_per_second_cap else can.calls_per_second
    return Limits(rate=rate, parallel=site.max_parallel_calls or can.max_parallel_calls)


class Store(Protocol):
    """Where the bucket lives. Times are in seconds."""

    def take(self, cost: float, limits: Limits, reserve: float) -> float:
        """Take tokens and return 0, or take none and return how long to wait."""

    def blocked_for(self) -> float: ...

    def block(self, seconds: float) -> None: ...

    def enter(self, limits: Limits) -> str:
        """A place among the parallel calls, or "" when all are taken."""

    def leave(self, place: str) -> None: ...


# ---------------------------------------------------------------- a row and a semaphore of this process

_semaphores: dict[tuple[int, int], threading.BoundedSemaphore] = {}
_semaphores_lock = threading.Lock()


class DatabaseStore:
    """For installations without Redis. Parallel calls are counted per process, of which there is usually one."""

    def __init__(self, site_id: int) -> None:
        self._site_id = site_id

    def take(self, cost: float, limits: Limits, reserve: float) -> float:
        rate = limits.rate or 1.0
        now = timezone.now()
        with transaction.atomic():
            row = self._locked(limits, now)
            waiting = (row.blocked_until - now).total_seconds() if row.blocked_until else 0.0
            if waiting > 0:
                return waiting
            elapsed = max(0.0, (now - row.updated_at).total_seconds())
            tokens = min(limits.capacity, row.tokens + elapsed * rate)
            short = min(limits.capacity, cost + limits.capacity * reserve) - tokens
            granted = short <= 0
            row.tokens = tokens - cost if granted else tokens
            row.capacity, row.refill_per_second, row.updated_at = (
                limits.capacity,
                rate,
                max(now, row.updated_at),
            )
            row.save(update_fields=["tokens", "capacity", "refill_per_second", "updated_at"])
        return 0.0 if granted else max(0.01, short / rate)

    def _locked(self, limits: Limits, now: object) -> RateBucket:
        row = RateBucket.objects.select_for_update().filter(site_id=self._site_id).first()
        if row is None:
            defaults = {"tokens": limits.capacity, "capacity": limits.capacity, "updated_at": now}
            RateBucket.objects.get_or_create(site_id=self._site_id, defaults=defaults)
            row = RateBucket.objects.select_for_update().get(site_id=self._site_id)
        return row

    def blocked_for(self) -> float:
        until = (
            RateBucket.objects.filter(site_id=self._site_id).values_list("blocked_until", flat=True).first()
        )
        return max(0.0, (until - timezone.now()).total_seconds()) if until else 0.0

    def block(self, seconds: float) -> None:
        now = timezone.now()
        until = now + timedelta(seconds=seconds)
        with transaction.atomic():
            row = self._locked(Limits(None, 1), now)
            if row.blocked_until is None or row.blocked_until < until:
                row.blocked_until = until
                row.save(update_fields=["blocked_until"])

    def enter(self, limits: Limits) -> str:
        entered = self._semaphore(limits.parallel).acquire(timeout=0.05)
        return str(limits.parallel) if entered else ""

    def leave(self, place: str) -> None:
        self._semaphore(int(place)).release()

    def _semaphore(self, parallel: int) -> threading.BoundedSemaphore:
        with _semaphores_lock:
            return _semaphores.setdefault((self._site_id, parallel), threading.BoundedSemaphore(parallel))


# ---------------------------------------------------------------- Redis

_TAKE = """
local now = redis.call('TIME'); local t = now[1] + now[2] / 1000000
local blocked = tonumber(redis.call('HGET', KEYS[1], 'blocked') or '0')
if blocked > t then return tostring(blocked - t) end
local rate, capacity, cost, reserve = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local tokens = tonumber(redis.call('HGET', KEYS[1], 'tokens') or ARGV[2])
local at = tonumber(redis.call('HGET', KEYS[1], 'at') or tostring(t))
tokens = math.min(capacity, tokens + math.max(0, t - at) * rate)
local short = math.min(capacity, cost + capacity * reserve) - tokens
local granted = short <= 0
if granted then tokens = tokens - cost end
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at', tostring(t))
redis.call('EXPIRE', KEYS[1], 86400)
if granted then return '0' end
return tostring(math.max(0.01, short / rate))
"""
_BLOCK = """
local now = redis.call('TIME'); local t = now[1] + now[2] / 1000000
local until_ = t + tonumber(ARGV[1])
local blocked = tonumber(redis.call('HGET', KEYS[1], 'blocked') or '0')
if until_ > blocked then redis.call('HSET', KEYS[1], 'blocked', tostring(until_)) end
redis.call('EXPIRE', KEYS[1], 86400)
return 1
"""
_BLOCKED = """
local now = redis.call('TIME'); local t = now[1] + now[2] / 1000000
local blocked = tonumber(redis.call('HGET', KEYS[1], 'blocked') or '0')
return tostring(math.max(0, blocked - t))
"""
_ENTER = """
local now = redis.call('TIME'); local t = now[1] + now[2] / 1000000
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', t)
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[1]) then return 0 end
redis.call('ZADD', KEYS[1], t + tonumber(ARGV[3]), ARGV[2])
redis.call('EXPIRE', KEYS[1], 3600)
return 1
"""


@lru_cache(maxsize=2)
def _redis(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_timeout=5, socket_connect_timeout=5)


class RedisStore:
    """Shared by all machines. Places of calls are leases, so a killed worker gives its own back."""

    def __init__(self, site_id: int, url: str) -> None:
        self._client = _redis(url)
        self._bucket = f"ecomsync:budget:{site_id}"
        self._calls = f"ecomsync:calls:{site_id}"

    def take(self, cost: float, limits: Limits, reserve: float) -> float:
        return self._number(_TAKE, self._bucket, limits.rate or 1.0, limits.capacity, cost, reserve)

    def blocked_for(self) -> float:
        return self._number(_BLOCKED, self._bucket)

    def block(self, seconds: float) -> None:
        self._client.eval(_BLOCK, 1, self._bucket, str(seconds))

    def enter(self, limits: Limits) -> str:
        place = uuid.uuid4().hex
        entered = self._client.eval(_ENTER, 1, self._calls, str(limits.parallel), place, str(CALL_LEASE))
        return place if entered else ""

    def leave(self, place: str) -> None:
        self._client.zrem(self._calls, place)

    def _number(self, script: str, key: str, *values: float) -> float:
        answer = self._client.eval(script, 1, key, *(str(value) for value in values))
        return float(answer.decode() if isinstance(answer, bytes) else answer)


def store_for(site_id: int) -> Store:
    return RedisStore(site_id, settings.REDIS_URL) if settings.REDIS_URL else DatabaseStore(site_id)


# ---------------------------------------------------------------- what adapters are given


class SiteBudget:
    """Asked before each call, taught after it (`platforms.base.RateBudget`)."""

    def __init__(
        self, site: Site, *, lane: str = "orders", store: Store | None = None, max_wait: float = MAX_WAIT
    ):
        self._code = site.code
        self._limits = limits_of(site)
        self._lane = lane
        self._store = store or store_for(site.pk)
        self._max_wait = max_wait
        self._blocked_until = 0.0
        self._looked_at = float("-inf")

    def acquire(self, *, lane: str = "", cost: float = 1.0) -> AbstractContextManager[None]:
        """Wait for tokens and a place, and hold the place during the call. Raises RateLimited."""
        return self._hold(lane or self._lane, cost)

    @contextmanager
    def _hold(self, lane: str, cost: float) -> Iterator[None]:
        deadline = time.monotonic() + self._max_wait
        if self._limits.rate is None:
            self._wait_while_blocked(deadline)
        else:
            self._wait_for_tokens(deadline, cost, RESERVES.get(lane, 0.3))
        place = self._wait_for_place(deadline)
        try:
            yield
        finally:
            self._store.leave(place)

    def learn(self, *, status: int, headers: Mapping[str, str], retry_after: float | None) -> None:
        """A shop that asks for a pause gets it from every worker."""
        if status != 429 and not (status == 503 and retry_after):
            return
        seconds = min(MAX_BLOCK, max(0.1, retry_after if retry_after is not None else DEFAULT_BLOCK))
        self._store.block(seconds)
        self._blocked_until, self._looked_at = time.monotonic() + seconds, time.monotonic()
        logger.info("Site %s asks for a pause of %.1f s", self._code, seconds, extra={"site": self._code})

    def _wait_while_blocked(self, deadline: float) -> None:
        while True:
            now = time.monotonic()
            if now - self._looked_at >= BLOCK_KNOWN_FOR:
                self._blocked_until, self._looked_at = now + self._store.blocked_for(), now
            waiting = self._blocked_until - now
            if waiting <= 0:
                return
            self._sleep(waiting, deadline)

    def _wait_for_tokens(self, deadline: float, cost: float, reserve: float) -> None:
        while True:
            waiting = self._store.take(cost, self._limits, reserve)
            if waiting <= 0:
                return
            self._sleep(waiting, deadline)

    def _wait_for_place(self, deadline: float) -> str:
        while True:
            place = self._store.enter(self._limits)
            if place:
                return place
            self._sleep(0.05, deadline)

    def _sleep(self, seconds: float, deadline: float) -> None:
        if time.monotonic() + seconds > deadline:
            raise RateLimited(
                f"The call budget of site {self._code} is used up for the next {seconds:.0f} seconds.",
                retry_after=seconds,
                site=self._code,
            )
        time.sleep(min(seconds, 1.0))


def budget_figures(site: Site) -> dict[str, float | int | None]:
    """For the panel on the site page: limits, tokens left, seconds of a pause the shop asked for."""
    return budget_figures_of([site])[site.pk]


def budget_figures_of(sites: Sequence[Site]) -> dict[int, dict[str, float | int | None]]:
    """The figures of several sites by their id, read with one statement or one message to Redis."""
    read = _figures_in_redis if settings.REDIS_URL else _figures_in_database
    stored = read([site.pk for site in sites])
    found = {}
    for site in sites:
        limits = limits_of(site)
        tokens, age, blocked = stored.get(site.pk, (None, 0.0, 0.0))
        left: float | None = None
        if tokens is not None and limits.rate:
            left = min(limits.capacity, tokens + age * limits.rate)
        found[site.pk] = {
            "rate": limits.rate,
            "capacity": limits.capacity,
            "left": left,
            "parallel": limits.parallel,
            "blocked": blocked,
        }
    return found


#: site id -> (tokens when last looked at, seconds since then, seconds of a pause)
Stored = dict[int, tuple[float | None, float, float]]


def _figures_in_database(site_ids: Sequence[int]) -> Stored:
    now = timezone.now()
    return {
        row.site_id: (
            row.tokens,
            max(0.0, (now - row.updated_at).total_seconds()),
            max(0.0, (row.blocked_until - now).total_seconds()) if row.blocked_until else 0.0,
        )
        for row in RateBucket.objects.filter(site_id__in=site_ids)
    }


def _figures_in_redis(site_ids: Sequence[int]) -> Stored:
    """Empty while Redis is gone: a page must not break for want of a figure."""
    try:
        pipeline = _redis(settings.REDIS_URL).pipeline(transaction=False)
        pipeline.time()
        for site_id in site_ids:
            pipeline.hmget(f"ecomsync:budget:{site_id}", "tokens", "at", "blocked")
        (seconds, microseconds), *rows = pipeline.execute()
    except redis.RedisError:
        return {}
    now = seconds + microseconds / 1_000_000
    found: Stored = {}
    for site_id, (tokens, at, blocked) in zip(site_ids, rows, strict=True):
        found[site_id] = (
            float(tokens) if tokens is not None else None,
            max(0.0, now - float(at)) if at is not None else 0.0,
            max(0.0, float(blocked) - now) if blocked is not None else 0.0,
        )
    return found
