"""What happens to a request after an attempt: one value object decides, by the class of the error only."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ecomsync.common.conf import conf
from ecomsync.common.errors import (
    CircuitOpen,
    RateLimited,
    RetryableError,
    ShopUnavailable,
    StillAtWork,
    UncertainOutcome,
)

MAX_DELAY_SECONDS = 3600.0
MAX_CRASHES = 3
#: The other side asks for patience: obeying is no attempt of the request.
UNCOUNTED_CODES = frozenset({RateLimited.default_code, CircuitOpen.default_code, StillAtWork.default_code})
#: After these the next batch is halved: fewer rows answer sooner, and a row that breaks the shop comes to stand alone.
HALVING_ERRORS: tuple[type[RetryableError], ...] = (UncertainOutcome, ShopUnavailable)


@dataclass(frozen=True, slots=True)
class Decision:
    """not_before None: no further attempt, the request is dead."""

    not_before: datetime | None
    retry_count: int


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Exponential back-off with jitter; what the shop asks for (`retry_after`) is obeyed.

    delay: of the first retry, in seconds; it doubles each time. attempts: retries before a request is given up.
    """

    delay: float = field(default_factory=lambda: float(conf.retry_delay_seconds))
    attempts: int = field(default_factory=lambda: conf.max_retry_attempts)
    jitter: Callable[[], float] = random.random

    def decide(
        self, *, retry_count: int, code: str, now: datetime, retry_after: float | None = None
    ) -> Decision:
        """After a fault that may pass. retry_count: retries so far."""
        counted = code not in UNCOUNTED_CODES
        if counted and retry_count >= self.attempts:
            return Decision(None, retry_count)
        seconds = self.wait_seconds(retry_count, retry_after=retry_after)
        return Decision(now + timedelta(seconds=seconds), retry_count + counted)

    def wait_seconds(self, retry_count: int, *, retry_after: float | None = None) -> float:
        """Between one and one and a half times the doubled delay; never sooner than the shop asks."""
        backoff = min(self.delay * 2.0 ** min(retry_count, 20), MAX_DELAY_SECONDS)
        wished = backoff if retry_after is None else max(0.0, retry_after)
        return wished * (1.0 + self.jitter() / 2.0)


def suspect_limit(crash_count: int, batch_size: int) -> int:
    """How many rows that broke a worker are tried together: all, a tenth, then one by one."""
    if crash_count == 0:
        return batch_size
    return max(1, batch_size // 10) if crash_count == 1 else 1
