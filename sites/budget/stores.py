"""Where a bucket lives. Times are in seconds; every verb is one statement or one message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from platforms.types import Quota
from sites.budget.limits import Limits

#: Seconds after which the place of a call is free again, whatever became of its worker.
CALL_LEASE = 180.0


@dataclass(frozen=True, slots=True)
class Grant:
    """The answer to one wish. wait 0: go ahead. faults: of the shop in a row, as all workers count them."""

    wait: float
    faults: int = 0

    @property
    def granted(self) -> bool:
        return self.wait <= 0


class Store(Protocol):
    def take(self, cost: float, limits: Limits, reserve: float) -> Grant:
        """Take tokens, or take none and tell how long to wait. An open breaker lets one call through at a time."""

    def begin(self, cost: float, limits: Limits, reserve: float) -> tuple[Grant, str]:
        """`take`, and `enter` with it: "" when there were no tokens, or tokens but no place."""

    def gate(self) -> Grant:
        """For platforms without a known rate: only pauses and the breaker."""

    def block(self, seconds: float) -> None:
        """The shop asks for a pause."""

    def teach(self, quota: Quota, limits: Limits) -> None:
        """What the platform tells of its own bucket."""

    def give(self, tokens: float, limits: Limits) -> None:
        """Put back what a call did not cost after all; negative when it cost more."""

    def fault(self) -> int:
        """The shop failed once more; how many in a row that makes."""

    def well(self) -> int:
        """The shop answered; how many faults in a row that ends."""

    def enter(self, limits: Limits) -> str:
        """A place among the parallel calls, or "" when all are taken."""

    def leave(self, place: str) -> None: ...

    def waits(self, name: str, seconds: float) -> None:
        """Somebody waits for a turn, at most so long; 0: no longer."""
