"""What adapters are given: asked before each call, taught after it."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace

from django.conf import settings

from activity.services import clear_alerts, raise_alert, record_event
from ecomsync.common.errors import CircuitOpen, NetworkError, RateLimited, UncertainOutcome
from platforms.types import Quota
from sites.budget.database_store import DatabaseStore
from sites.budget.limits import BREAKS_AT, LOWEST_RESERVE, RESERVES, limits_of, rest_after
from sites.budget.stores import CALL_LEASE, Grant, Store
from sites.models import Site

logger = logging.getLogger(__name__)

MAX_WAIT = 30.0
DEFAULT_BLOCK = 10.0
MAX_BLOCK = 3600.0
#: For platforms without a rate: how long a "go ahead" holds before it is asked for again.
OPEN_KNOWN_FOR = 1.0
#: The shop as a whole does not work. A plain 500 is not among them: it may be about one record.
DOWN_STATUSES = frozenset({502, 503, 504, 507, 508, 520, 521, 522, 523, 524, 525, 526, 527, 530})
CIRCUIT_OPEN = "circuit_open"


def store_for(site_id: int) -> Store:
    if settings.REDIS_URL:
        # Here, so that an installation without Redis does not load its client.
        from sites.budget.careful_store import CarefulStore
        from sites.budget.redis_store import RedisStore

        return CarefulStore(RedisStore(site_id, settings.REDIS_URL))
    return DatabaseStore(site_id)


class SiteBudget:
    """The budget of one site for one user of it (`platforms.base.RateBudget`)."""

    def __init__(
        self,
        site: Site,
        *,
        lane: str = "orders",
        store: Store | None = None,
        max_wait: float = MAX_WAIT,
        patient: bool = False,
    ):
        """patient: wait for a place until even those of a worker that was killed are free again."""
        self._site = site
        self._limits = limits_of(site)
        self.lane = lane
        self._store = store or store_for(site.pk)
        self._max_wait = max_wait
        self._max_wait_for_place = max(max_wait, CALL_LEASE + 5) if patient else max_wait
        self._open_until = float("-inf")
        self._faults = 0

    def acquire(self, *, lane: str = "", cost: float = 1.0) -> AbstractContextManager[None]:
        """Wait for tokens and a place, and hold the place during the call.

        A call that ends without an answer counts as a fault of the shop. Raises RateLimited, CircuitOpen.
        """
        return self._hold(lane or self.lane, cost)

    @contextmanager
    def _hold(self, lane: str, cost: float) -> Iterator[None]:
        place = self._wait(lane, cost)
        try:
            yield
        except (NetworkError, UncertainOutcome) as error:
            self._note_fault(error.message)
            raise
        finally:
            self._store.leave(place)

    def learn(
        self,
        *,
        status: int,
        headers: Mapping[str, str],
        retry_after: float | None,
        quota: Quota | None = None,
    ) -> None:
        """A shop that asks for a pause gets it from every worker; what it tells of its own bucket is taken over."""
        asks_for_pause = status == 429 or (status == 503 and retry_after)
        if status in DOWN_STATUSES and not asks_for_pause:
            self._note_fault(f"The shop answered with status {status}.")
        elif self._faults:
            self._note_well()
        if quota is not None:
            self._take_over(quota)
        if asks_for_pause:
            self._pause(retry_after)

    def _pause(self, retry_after: float | None) -> None:
        seconds = min(MAX_BLOCK, max(0.1, retry_after if retry_after is not None else DEFAULT_BLOCK))
        self._store.block(seconds)
        self._open_until = float("-inf")
        logger.info(
            "Site %s asks for a pause of %.1f s", self._site.code, seconds, extra={"site": self._site.code}
        )

    def _take_over(self, quota: Quota) -> None:
        if self._limits.rate is None and quota.per_second:
            self._limits = replace(self._limits, rate=quota.per_second)
        if quota.asked is not None and quota.cost is not None and quota.asked != quota.cost:
            self._store.give(quota.asked - quota.cost, self._limits)
        if quota.left is not None or quota.limit or quota.per_second:
            self._store.teach(quota, self._limits)
        if quota.left is not None and quota.left < 1 and quota.resets_in:
            self._store.block(min(MAX_BLOCK, quota.resets_in))

    # -- waiting ------------------------------------------------------------
    def _wait(self, lane: str, cost: float) -> str:
        """Returns the place. The tokens are taken before it, since a place is held for as long as the call lasts."""
        turn = _Turn(self, lane)
        try:
            if self._limits.rate is None:
                turn.until(self._gate)
                place = self._store.enter(self._limits)
            else:
                reserve = RESERVES.get(lane, LOWEST_RESERVE)
                place = turn.until_begun(lambda: self._store.begin(cost, self._limits, reserve))
            while not place:
                turn.rest()
                place = self._store.enter(self._limits)
            return place
        finally:
            turn.over()

    def _gate(self) -> Grant:
        now = time.monotonic()
        if now < self._open_until:
            return Grant(0.0, self._faults)
        grant = self._store.gate()
        if grant.granted and not grant.faults:
            self._open_until = now + OPEN_KNOWN_FOR
        return grant

    # -- the breaker --------------------------------------------------------
    def _note_fault(self, reason: str) -> None:
        self._open_until = float("-inf")
        self._faults = self._store.fault()
        if self._faults != BREAKS_AT:
            return
        message = (
            f"The shop of site {self._site.code} failed {BREAKS_AT} times in a row: {reason} It is left alone for "
            f"{rest_after(BREAKS_AT):.0f} seconds and longer, then one call tries whether it is back."
        )
        raise_alert(site_code=self._site.code, code=CIRCUIT_OPEN, message=message)
        record_event(
            kind="site.circuit_open",
            site_code=self._site.code,
            subject=self._site,
            message=reason,
            level="error",
        )

    def _note_well(self) -> None:
        ended, self._faults = self._store.well(), 0
        if ended >= BREAKS_AT:
            clear_alerts(site_code=self._site.code, code=CIRCUIT_OPEN)
            record_event(kind="site.circuit_closed", site_code=self._site.code, subject=self._site)


class _Turn:
    """One caller's wait, seen by all as long as it lasts."""

    def __init__(self, budget: SiteBudget, lane: str) -> None:
        self._budget = budget
        began = time.monotonic()
        self._deadline = began + budget._max_wait
        self._deadline_of_place = began + budget._max_wait_for_place
        self._lane = lane
        self._name = ""

    def until(self, ask: Callable[[], Grant]) -> None:
        while not (grant := ask()).granted:
            self.sleep(grant)
        self._budget._faults = grant.faults

    def until_begun(self, ask: Callable[[], tuple[Grant, str]]) -> str:
        while not (answer := ask())[0].granted:
            self.sleep(answer[0])
        self._budget._faults = answer[0].faults
        return answer[1]

    def sleep(self, grant: Grant) -> None:
        if time.monotonic() + grant.wait > self._deadline:
            raise self._too_long(grant)
        self._pause(grant.wait)

    def _pause(self, seconds: float) -> None:
        if not self._name:
            self._name = f"{self._lane}:{uuid.uuid4().hex[:12]}"
            self._budget._store.waits(self._name, self._budget._max_wait_for_place)
        time.sleep(min(seconds, 1.0))

    def rest(self) -> None:
        """A moment, since every place is taken."""
        if time.monotonic() > self._deadline_of_place:
            raise RateLimited(
                f"All {self._budget._limits.parallel} calls that site {self._budget._site.code} allows at a time are "
                f"taken. A worker that was killed keeps its own for up to {CALL_LEASE:.0f} seconds.",
                retry_after=self._budget._max_wait,
                site=self._budget._site.code,
            )
        self._pause(0.05)

    def over(self) -> None:
        if self._name:
            self._budget._store.waits(self._name, 0)

    def _too_long(self, grant: Grant) -> RateLimited | CircuitOpen:
        code = self._budget._site.code
        if grant.faults >= BREAKS_AT:
            return CircuitOpen(
                f"The shop of site {code} failed {grant.faults} times in a row and is left alone for "
                f"{grant.wait:.0f} seconds.",
                retry_after=grant.wait,
                site=code,
            )
        return RateLimited(
            f"The call budget of site {code} is used up for the next {grant.wait:.0f} seconds.",
            retry_after=grant.wait,
            site=code,
        )
