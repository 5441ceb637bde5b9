"""How much a site may be called: what its platform recommends, its own settings, what the platform itself tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sites.models import Site

#: Part of the bucket that a lane must leave for those above it.
RESERVES: Mapping[str, float] = {"orders": 0.0, "stock": 0.1, "prices": 0.2, "products": 0.3}
LOWEST_RESERVE = 0.3
#: Faults of the shop in a row that open the breaker.
BREAKS_AT = 5
#: First pause of an open breaker in seconds; it doubles with each probe that fails.
FIRST_REST = 15.0
LONGEST_REST = 900.0
#: How long the one call that tries a broken shop has before the next may try.
PROBE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Limits:
    """rate: calls per second, None = no limit known. parallel: calls at the same time. cap: staff's own rate, which
    nothing that the platform tells may raise."""

    rate: float | None
    parallel: int
    cap: float | None = None

    @property
    def capacity(self) -> float:
        """A burst of two seconds, at least one call."""
        return max(1.0, (self.rate or 0) * 2)


def limits_of(site: Site) -> Limits:
    """What the platform recommends, lowered or raised by the site's own settings."""
    can = site.capabilities
    cap = float(site.calls_per_second_cap) if site.calls_per_second_cap else None
    return Limits(
        rate=cap or can.calls_per_second, parallel=site.max_parallel_calls or can.max_parallel_calls, cap=cap
    )


def rest_after(faults: int) -> float:
    """Seconds for which a shop with so many faults in a row is left alone; 0 while the breaker is closed."""
    if faults < BREAKS_AT:
        return 0.0
    return float(min(LONGEST_REST, FIRST_REST * 2.0 ** min(faults - BREAKS_AT, 10)))
