"""Give every site with due work its turn, several sites at a time, none starving the others."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from django.db import connection

from ecomsync.common.conf import conf
from sync_queues.selectors import lanes_with_due_work
from sync_queues.services.drain import DrainReport, drain

logger = logging.getLogger(__name__)

TURN_BATCHES = 4
ROUND_SECONDS = 30.0

#: One round per process: ticks that come while it lasts find the work in good hands.
_round = threading.Lock()


def drain_all(*, by_itself: bool = True, seconds: float = ROUND_SECONDS) -> list[DrainReport]:
    """Drain what is due, in turns of a few batches per queue, until nothing is left or the round is over.

    by_itself: keep to the intervals of the sites (a tick); False drains whatever is due.
    """
    if not _round.acquire(blocking=False):
        return []
    try:
        return _drain_in_turns(by_itself, seconds)
    finally:
        _round.release()


def _drain_in_turns(by_itself: bool, seconds: float) -> list[DrainReport]:
    end = time.monotonic() + seconds
    reports: list[DrainReport] = []
    turns = lanes_with_due_work(by_itself=by_itself)
    while turns:
        latest = _one_turn_each(turns)
        reports += latest
        more: dict[int, list[str]] = {}
        for report in latest:
            if report.has_more:
                more.setdefault(report.site_id, []).append(report.kind)
        turns = list(more.items()) if time.monotonic() < end else []
    return reports


def _one_turn_each(turns: Sequence[tuple[int, list[str]]]) -> list[DrainReport]:
    if len(turns) == 1:
        return _turn(turns[0])
    with ThreadPoolExecutor(
        max_workers=min(len(turns), conf.concurrent_sync_threads), thread_name_prefix="drain"
    ) as pool:
        return [report for reports in pool.map(_turn_in_thread, turns) for report in reports]


def _turn_in_thread(turn: tuple[int, list[str]]) -> list[DrainReport]:
    try:
        return _turn(turn)
    finally:
        connection.close()


def _turn(turn: tuple[int, list[str]]) -> list[DrainReport]:
    """Stock before prices before products: the order of KINDS. A broken queue does not stop the next one."""
    site_id, kinds = turn
    reports = []
    for kind in kinds:
        try:
            reports.append(drain(site_id, kind, max_batches=TURN_BATCHES))
        except Exception:  # outer loop of a worker: leases bring back what it held
            logger.exception("Drain of %s for site %s broke", kind, site_id)
    return reports
