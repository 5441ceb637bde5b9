"""A run's turn as the one writer of a site: it waits for the queues, and its long calls keep the turn."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from activity.services import RunReporter
from ecomsync.common.errors import RetryableError, ShopUnavailable, StillAtWork
from sites.models import Site
from sync_queues.services.claim import worker_name
from sync_queues.services.lanes import held_turn

Answer = TypeVar("Answer")
#: How long a run waits for the queues, and for the shop to be done with what it has taken.
PATIENCE_SECONDS = 40 * 60.0
STEP_SECONDS = 1.0
ATTEMPTS = 3
USUAL_WAIT = 20.0

pause = time.sleep


@contextmanager
def as_only_writer(run: RunReporter, site: Site) -> Iterator[None]:
    """Nobody else writes to the shop during the block. Raises ShopUnavailable when the turn never comes."""
    worker, end = f"run-{run.run.pk}/{worker_name()}"[:120], time.monotonic() + PATIENCE_SECONDS
    while True:
        with held_turn(site.pk, worker) as is_ours:
            if is_ours:
                yield
                return
        if time.monotonic() >= end:
            raise ShopUnavailable(
                "The queues of this site are still at work.",
                code="site_busy",
                cure="Start the action again once they are done.",
                site=site.code,
            )
        run.check_cancelled()
        pause(STEP_SECONDS)


def until_settled(run: RunReporter, call: Callable[[], Answer]) -> Answer:
    """The answer of the call, made again while the shop is still at work on it, and a few times after other faults
    that may pass. Raises the last of them."""
    end, attempt = time.monotonic() + PATIENCE_SECONDS, 0
    while True:
        run.check_cancelled()
        try:
            return call()
        except RetryableError as error:
            attempt += not isinstance(error, StillAtWork)
            wait = USUAL_WAIT if error.retry_after is None else error.retry_after
            if attempt >= ATTEMPTS or time.monotonic() + wait > end:
                raise
        _wait(run, wait)


def _wait(run: RunReporter, seconds: float) -> None:
    """In steps, so that somebody who cancels the run need not wait."""
    while seconds > 0:
        run.check_cancelled()
        pause(min(STEP_SECONDS, seconds))
        seconds -= STEP_SECONDS
