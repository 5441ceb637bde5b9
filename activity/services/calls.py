"""Keep the calls made to outside systems, whatever happens to the work they were made for.

Calls are collected in memory and stored in bulk. They are never written deeper in a transaction than where
the recorder was made: a rollback of the work then cannot take its evidence along. Storing may fail; the main
work never does because of it.
"""

from __future__ import annotations

import logging
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import DatabaseError, connection, transaction

from activity.models import ApiCall, Run
from activity.services.subjects import clean_text
from ecomsync.common.http import Exchange, Observer
from ecomsync.common.logs import current_trace_id
from ecomsync.common.sql import insert_rows

logger = logging.getLogger(__name__)

FLUSH_EVERY = 50
MAX_KEPT = 2_000


class CallRecorder:
    """An observer for the HTTP client. Keeps at most MAX_KEPT calls while it may not write."""

    def __init__(self, *, flush_every: int, run_id: int | None = None) -> None:
        self._flush_every = flush_every
        self._run_id = run_id
        self._depth = _transaction_depth()
        self._kept: list[ApiCall] = []
        self._lock = threading.Lock()
        _recorders.add(self)

    def add(self, site_code: str, platform: str, exchange: Exchange) -> None:
        call = _call_from(exchange, site_code, platform, self._run_id)
        with self._lock:
            if len(self._kept) < MAX_KEPT:
                self._kept.append(call)
            full = len(self._kept) >= self._flush_every
        if full:
            self.flush()

    def flush(self) -> None:
        """Store what is kept, unless a transaction opened since then could roll it back."""
        if _transaction_depth() > self._depth:
            return
        with self._lock:
            calls, self._kept = self._kept, []
        if not calls:
            return
        try:
            with transaction.atomic():
                insert_rows(calls)
        except (DatabaseError, ValueError):
            logger.exception("%s calls could not be stored", len(calls))


_recorders: weakref.WeakSet[CallRecorder] = weakref.WeakSet()
_scope: ContextVar[CallRecorder | None] = ContextVar("call_recorder", default=None)


def observe(site_code: str, platform: str) -> Observer:
    """An observer that stores each call at once, or with the others of the `observe_calls` around it."""
    own = CallRecorder(flush_every=1)

    def observer(exchange: Exchange) -> None:
        (_scope.get() or own).add(site_code, platform, exchange)

    return observer


@contextmanager
def observe_calls(site_code: str, platform: str, run: Run | None = None) -> Iterator[Observer]:
    """Collect the calls of a piece of work, joined to its run, and store them in bulk (every 50, and at the end)."""
    recorder = CallRecorder(flush_every=FLUSH_EVERY, run_id=run.pk if run else None)
    token = _scope.set(recorder)

    def observer(exchange: Exchange) -> None:
        recorder.add(site_code, platform, exchange)

    try:
        yield observer
    finally:
        _scope.reset(token)
        recorder.flush()


def flush_all() -> None:
    """Store what recorders still keep; called when a request or a task ends."""
    for recorder in list(_recorders):
        recorder.flush()


def _transaction_depth() -> int:
    return len(connection.savepoint_ids) + 1 if connection.in_atomic_block else 0


def _call_from(exchange: Exchange, site_code: str, platform: str, run_id: int | None) -> ApiCall:
    return ApiCall(
        site_code=site_code,
        platform=platform,
        trace_id=exchange.trace_id or current_trace_id(),
        method=exchange.method[:10],
        url=clean_text(exchange.url),
        route=clean_text(exchange.route)[:255],
        status=exchange.status,
        duration_ms=max(0, exchange.duration_ms),
        request_headers={
            clean_text(name): clean_text(value) for name, value in exchange.request_headers.items()
        },
        request_body=clean_text(exchange.request_body),
        response_headers={
            clean_text(name): clean_text(value) for name, value in exchange.response_headers.items()
        },
        response_body=clean_text(exchange.response_body),
        error_code=_error_code(exchange),
        error=clean_text(exchange.error),
        run_id=run_id,
        created_at=exchange.started_at,
    )


def _error_code(exchange: Exchange) -> str:
    """A first guess from the status; what the failure meant for the work is told by the problem list."""
    if exchange.status is None:
        return "network"
    if exchange.status < 400:
        return "no_valid_answer" if exchange.error else ""
    named = {
        401: "bad_credentials",
        403: "missing_permission",
        404: "not_found",
        409: "conflict",
        429: "rate_limited",
    }
    return named.get(exchange.status, "shop_unavailable" if exchange.status >= 500 else "rejected")
