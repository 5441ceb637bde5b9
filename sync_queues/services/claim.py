"""Take waiting requests for work: one short statement, a lease, and a heartbeat that prolongs it."""

from __future__ import annotations

import logging
import os
import socket
import threading
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from operator import attrgetter
from types import TracebackType
from typing import Any, Self

from django.conf import settings
from django.db import IntegrityError, connection
from django.db.utils import DatabaseError
from django.utils import timezone

from ecomsync.common.logs import current_trace_id
from ecomsync.common.sql import all_or_nothing, prepared_column, read_returned, table_of
from sync_queues.kinds import KINDS
from sync_queues.models import Request, State
from sync_queues.retry import suspect_limit

logger = logging.getLogger(__name__)

BEATS_PER_LEASE = 4
_HOST = socket.gethostname()[:60]


def worker_name() -> str:
    """A name that no other claim has: two workers never mistake each other's rows for their own."""
    return f"{_HOST}:{os.getpid()}:{threading.get_native_id()}:{uuid.uuid4().hex[:12]}"


def claim(
    kind: str, *, site_id: int, limit: int, worker: str, lease_seconds: float | None = None
) -> list[Any]:
    """Up to `limit` due requests of the site, oldest first, now in state processing and ours until the lease ends.

    A key that is being worked on is left alone. Rows that a worker died on come in smaller groups of their own, at
    last one by one, so that a poisonous row takes no other with it. A full batch brings the companions of its rows
    along (at most as many again): a shop that takes all variations of one parent in one call gets that one call.
    One statement where no suspect waits, a few otherwise, however large the table.
    """
    lease_seconds = settings.LEASE_SECONDS if lease_seconds is None else lease_seconds
    now = timezone.now()
    mark = _Mark(now, now + timedelta(seconds=lease_seconds), worker, current_trace_id())
    rows: list[Any] = []
    try:
        rows = _take(kind, site_id, mark, count=limit)
        crashes = None if rows else _crashes_of_oldest(kind, site_id, now)
        if crashes is not None:
            rows = _take(kind, site_id, mark, count=suspect_limit(crashes, limit), crashes=crashes)
        if len(rows) == limit > 1:
            rows += _take_companions(kind, site_id, mark, rows, crashes=crashes or 0)
    except IntegrityError:
        # Another worker took one of these keys between our look and our write: it is at work, nothing is lost.
        logger.info("Claim of %s for site %s met another worker", kind, site_id)
    return sorted(rows, key=attrgetter("not_before", "id"))


@dataclass(frozen=True, slots=True)
class _Mark:
    """What a claim writes into its rows."""

    now: datetime
    until: datetime
    worker: str
    trace_id: str

    @property
    def columns(self) -> dict[str, Any]:
        return {
            "state": State.PROCESSING.value,
            "claimed_by": self.worker,
            "claimed_until": self.until,
            "last_attempt_at": self.now,
            "trace_id": self.trace_id,
            "updated_at": self.now,
        }


def _due(alias: str) -> str:
    """Condition over `alias`: its turn has come. Takes the site and the time."""
    return f"{alias}.site_id = %s AND {alias}.state = 'pending' AND {alias}.not_before <= %s"


def _free(model: type[Request], alias: str) -> str:
    """Condition over `alias`: of no key that is being worked on. Takes the site.

    Not correlated, so that the keys at work are looked up once and not once per waiting row.
    """
    key = connection.ops.quote_name("key")
    return (
        f"{alias}.{key} NOT IN (SELECT p.{key} FROM {table_of(model)} AS p "
        "WHERE p.site_id = %s AND p.state = 'processing')"
    )


def _crashes_of_oldest(kind: str, site_id: int, now: datetime) -> int | None:
    """Crash count of the row whose turn it is; None when nothing is due."""
    model = KINDS[kind].model
    [moment] = prepared_column(model, "not_before", [now])
    statement = (
        f"SELECT r.crash_count FROM {table_of(model)} AS r WHERE {_due('r')} AND {_free(model, 'r')} "
        "ORDER BY r.not_before, r.id LIMIT 1"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [site_id, moment, site_id])
        row = cursor.fetchone()
    return None if row is None else int(row[0])


def _take_companions(
    kind: str, site_id: int, mark: _Mark, rows: Sequence[Request], *, crashes: int
) -> list[Request]:
    """Waiting rows that travel in the same call of the shop as rows of a full batch."""
    find = KINDS[kind].load_companions()
    items = {row.item_id for row in rows if row.item_id is not None}
    found = find(site_id=site_id, item_ids=items) if find is not None and items else []
    if not found:
        return []
    try:
        return _take(kind, site_id, mark, count=len(rows), crashes=crashes, items=sorted(found))
    except IntegrityError:
        return []  # as in `claim`; the batch itself is ours


def _take(
    kind: str,
    site_id: int,
    mark: _Mark,
    *,
    count: int,
    crashes: int | None = None,
    items: Sequence[int] = (),
) -> list[Request]:
    """crashes None: rows without crashes, as long as no suspect stands at the head of the queue."""
    model, columns = KINDS[kind].model, mark.columns
    cells = [prepared_column(model, name, [value])[0] for name, value in columns.items()]
    moment = cells[-1]
    # Numbers from our own tables, written out: SQLite counts parameters, and there may be thousands.
    among = f" AND r.item_id IN ({', '.join(str(int(pk)) for pk in items)})" if items else ""
    statement = _taking(
        model,
        connection.vendor,
        tuple(columns),
        crashes is None,
        KINDS[kind].repeats_do_no_harm and not connection.in_atomic_block,
    )
    head = [site_id, moment] if crashes is None else []
    values = [site_id, moment, site_id, crashes or 0, *head, count, *cells]
    with all_or_nothing():
        return read_returned(model, statement.replace("{among}", among), values, known=columns)


@lru_cache(maxsize=32)
def _taking(
    model: type[Request], vendor: str, columns: tuple[str, ...], looks_at_head: bool, may_be_lost: bool
) -> str:
    """may_be_lost: the claim alone, and not in a transaction, whose other statements would not wait for the disk either."""
    head = (
        f" AND 0 = (SELECT f.crash_count FROM {table_of(model)} AS f WHERE {_due('f')} "
        "ORDER BY f.not_before, f.id LIMIT 1)"
    )
    skip_locked = (
        " FOR UPDATE OF r SKIP LOCKED" if connection.features.has_select_for_update_skip_locked else ""
    )
    materialized, unsaved, chosen = "", "", "id IN (SELECT id FROM picked)"
    if vendor == "postgresql":
        # It must pick (and lock) once, not once per joined row.
        materialized, chosen = "MATERIALIZED ", "id = ANY(ARRAY(SELECT id FROM picked))"
        # A claim that a crash of the database forgets is like a lease that ran out: the results find it lost, and the
        # rows are asked for again. So it need not wait for the disk; its results do. Others may take the rows at once
        # then, while the call of the first is still under way.
        unsaved = " AND (SELECT set_config('synchronous_commit', 'off', true)) = 'off'" if may_be_lost else ""
    return (
        f"WITH picked AS {materialized}(SELECT r.id FROM {table_of(model)} AS r WHERE {_due('r')} "
        f"AND {_free(model, 'r')} AND r.crash_count = %s{head if looks_at_head else ''}{unsaved}{{among}} "
        f"ORDER BY r.not_before, r.id LIMIT %s{skip_locked}) "
        f"UPDATE {table_of(model)} SET {', '.join(f'{name} = %s' for name in columns)} "
        f"WHERE {chosen} RETURNING {{columns}}"
    )


def extend(kind: str, *, worker: str, lease_seconds: float | None = None) -> int:
    """Prolong the lease of all rows of this claim. Returns how many are still ours."""
    until = timezone.now() + timedelta(
        seconds=settings.LEASE_SECONDS if lease_seconds is None else lease_seconds
    )
    mine = KINDS[kind].model._default_manager.filter(claimed_by=worker, state=State.PROCESSING)
    return mine.update(claimed_until=until)


@dataclass
class Heartbeat:
    """While it is open, a thread of its own prolongs the lease; it ends with the process, and so does the lease.

    worker: whose lease; a turn of many batches names one after the other (`of`), so that not each needs a thread.
    """

    kind: str
    worker: str
    lease_seconds: float
    lost: bool = False
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._beat, name=f"lease-{self.kind}", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        if self._thread is not None:
            self._thread.join(timeout=5)

    @contextmanager
    def of(self, worker: str) -> Iterator[None]:
        """Prolong this lease during the block."""
        self.worker, self.lost = worker, False
        try:
            yield
        finally:
            self.worker = ""

    def _beat(self) -> None:
        beaten = False
        while not self._over.wait(self.lease_seconds / BEATS_PER_LEASE):
            worker = self.worker
            if not worker:
                continue
            beaten = True
            try:
                held = extend(self.kind, worker=worker, lease_seconds=self.lease_seconds)
                # A batch that has just been recorded holds nothing any more, and that is no loss.
                self.lost = self.lost or (not held and self.worker == worker)
            except DatabaseError:
                # The database may be back before the lease ends; if not, the rows go to another worker.
                logger.warning("The lease of %s could not be prolonged", worker, exc_info=True)
                # Django keeps a broken connection outside of requests, and this one serves a whole turn.
                connection.close()
        if beaten:
            connection.close()
