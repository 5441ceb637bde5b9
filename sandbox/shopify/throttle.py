"""The leaky bucket of cost points: per app and shop, by the plan."""

import threading
from collections.abc import Callable

from sandbox.shopify.calls import Row
from sandbox.shopify.options import PLANS, Options

MOST_FOR_ONE = 1000
LIMITS_PAGE = "https://shopify.dev/api/usage/rate-limits"


class Bucket:
    """clock: seconds, moved by tests; the shop's own clock moves in whole seconds."""

    def __init__(self, options: Options, clock: Callable[[], float]) -> None:
        self._options = options
        self._clock = clock
        self._lock = threading.Lock()
        self._level: float | None = None
        self._at = clock()

    @property
    def size(self) -> int:
        return self._options.bucket or PLANS[self._options.plan][0]

    @property
    def restore(self) -> float:
        return self._options.restore or PLANS[self._options.plan][1]

    def available(self) -> float:
        with self._lock:
            return self._now()

    def _now(self) -> float:
        now = self._clock()
        level = self.size if self._level is None else self._level
        passed = max(0.0, now - self._at)
        self._at = now
        self._level = min(float(self.size), level + passed * self.restore)
        return self._level

    def admit(self, requested: float) -> bool:
        """Whether the bucket holds the requested cost; it is taken at once, and settled after the run."""
        with self._lock:
            if self._now() < requested:
                return False
            self._level = (self._level or 0.0) - requested
            return True

    def give_back(self, points: float) -> None:
        with self._lock:
            self._now()
            self._level = min(float(self.size), (self._level or 0.0) + points)

    def empty(self, level: float = 0.0) -> None:
        """Sets what is left, for tests."""
        with self._lock:
            self._now()
            self._level = level

    def status(self) -> Row:
        return {
            "maximumAvailable": float(self.size),
            "currentlyAvailable": int(self.available()),
            "restoreRate": float(self.restore),
        }
