"""What is left of the budget while Redis is gone: slower, never unlimited."""

from __future__ import annotations

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from redis.exceptions import RedisError

from platforms.types import Quota
from sites.budget.limits import Limits
from sites.budget.redis_store import RedisStore
from sites.budget.stores import Grant

logger = logging.getLogger(__name__)

Value = TypeVar("Value")

#: While Redis is gone each process keeps to this part of the rate: nobody knows how many of them there are.
CAREFUL_PART = 0.25
#: Calls per second of a process where the platform has no known rate.
CAREFUL_RATE = 1.0
LOOK_AGAIN_AFTER = 5.0


class _ProcessBucket:
    """A bucket of this process alone: one call at a time, no burst."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.next_at = 0.0
        self.running = 0

    def take(self, cost: float, rate: float) -> float:
        with self.lock:
            now = time.monotonic()
            if self.next_at > now:
                return self.next_at - now
            self.next_at = now + cost / rate
            return 0.0


_buckets: defaultdict[str, _ProcessBucket] = defaultdict(_ProcessBucket)
_gone_until = 0.0


class CarefulStore:
    """Redis while it answers; a slow bucket of this process while it does not."""

    def __init__(self, inner: RedisStore) -> None:
        self._inner = inner
        self._own = _buckets[inner.bucket]

    def take(self, cost: float, limits: Limits, reserve: float) -> Grant:
        rate = (limits.rate or CAREFUL_RATE / CAREFUL_PART) * CAREFUL_PART
        return self._or(
            lambda: self._inner.take(cost, limits, reserve), lambda: Grant(self._own.take(1.0, rate))
        )

    def begin(self, cost: float, limits: Limits, reserve: float) -> tuple[Grant, str]:
        rate = (limits.rate or CAREFUL_RATE / CAREFUL_PART) * CAREFUL_PART

        def here() -> tuple[Grant, str]:
            grant = Grant(self._own.take(1.0, rate))
            return grant, self._enter_here() if grant.granted else ""

        return self._or(lambda: self._inner.begin(cost, limits, reserve), here)

    def gate(self) -> Grant:
        return self._or(self._inner.gate, lambda: Grant(self._own.take(1.0, CAREFUL_RATE)))

    def block(self, seconds: float) -> None:
        """The pause holds for this process at least."""
        self._or(lambda: self._inner.block(seconds), lambda: None)
        with self._own.lock:
            self._own.next_at = max(self._own.next_at, time.monotonic() + seconds)

    def teach(self, quota: Quota, limits: Limits) -> None:
        self._or(lambda: self._inner.teach(quota, limits), lambda: None)

    def give(self, tokens: float, limits: Limits) -> None:
        self._or(lambda: self._inner.give(tokens, limits), lambda: None)

    def fault(self) -> int:
        return self._or(self._inner.fault, lambda: 0)

    def well(self) -> int:
        return self._or(self._inner.well, lambda: 0)

    def enter(self, limits: Limits) -> str:
        return self._or(lambda: self._inner.enter(limits), self._enter_here)

    def _enter_here(self) -> str:
        with self._own.lock:
            if self._own.running:
                return ""
            self._own.running += 1
            return "here"

    def leave(self, place: str) -> None:
        if place == "here":
            with self._own.lock:
                self._own.running -= 1
            return
        self._or(lambda: self._inner.leave(place), lambda: None)

    def waits(self, name: str, seconds: float) -> None:
        self._or(lambda: self._inner.waits(name, seconds), lambda: None)

    def _or(self, call: Callable[[], Value], otherwise: Callable[[], Value]) -> Value:
        global _gone_until
        if time.monotonic() >= _gone_until:
            try:
                return call()
            except (RedisError, OSError) as error:
                _gone_until = time.monotonic() + LOOK_AGAIN_AFTER
                logger.warning(
                    "The budget in Redis does not answer, calls slow down: %s", type(error).__name__
                )
        return otherwise()


def forget_absence() -> None:
    """Look at Redis again at once."""
    global _gone_until
    _gone_until = 0.0


def slowed(limits: Limits) -> Limits:
    """The limits in force while Redis is gone, for the site page."""
    return replace(limits, rate=(limits.rate or CAREFUL_RATE / CAREFUL_PART) * CAREFUL_PART, parallel=1)


def is_gone() -> bool:
    return time.monotonic() < _gone_until
