"""Take waiting requests for work: one short statement, a lease, and a heartbeat that prolongs it."""

from __future__ import annotations

import logging
import os
import socket
import threading
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Self

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.utils import DatabaseError
from django.utils import timezone

from ecomsync.common.logs import current_trace_id
from ecomsync.common.sql import table_of
from sync_queues.kinds import KINDS
from sync_queues.models import Request, State
from sync_queues.retry import suspect_limit

logger = logging.getLogger(__name__)

BEATS_PER_LEASE = 4

_DUE = (
    "r.site_id = %s AND r.state = 'pending' AND r.not_before <= %s AND NOT EXISTS (SELECT 1 FROM {table} AS p "
    "WHERE p.site_id = r.site_id AND p.{key} = r.{key} AND p.state = 'processing')"
)


def worker_name() -> str:
    """A name that no other claim has: two workers never mistake each other's rows for their own."""
    host = socket.gethostname()[:60]
    return f"{host}:{os.getpid()}:{threading.get_native_id()}:{uuid.uuid4().hex[:12]}"


def claim(
    kind: str, *, site_id: int, limit: int, worker: str, lease_seconds: float | None = None
) -> list[Any]:
    """Up to `limit` due requests of the site, oldest first, now in state processing and ours until the lease ends.

    A key that is being worked on is left alone. Rows that a worker died on come in smaller groups of their own, at
    last one by one, so that a poisonous row takes no other with it. A full batch brings the companions of its rows
    along (at most as many again): a shop that takes all variations of one parent in one call gets that one call.
    A few statements, however large the table.
    """
    lease_seconds = settings.LEASE_SECONDS if lease_seconds is None else lease_seconds
    now = timezone.now()
    crashes = _crashes_of_oldest(kind, site_id, now)
    if crashes is None:
        return []
    count = min(limit, suspect_limit(crashes, limit))
    until = now + timedelta(seconds=lease_seconds)
    try:
        with transaction.atomic():
            rows = _take(kind, site_id, now=now, until=until, worker=worker, crashes=crashes, count=count)
            if len(rows) == limit > 1:
                rows += _take_companions(
                    kind, site_id, rows, now=now, until=until, worker=worker, crashes=crashes
                )
    except IntegrityError:
        # Another worker took one of these keys between our look and our write: it is at work, nothing is lost.
        logger.info("Claim of %s for site %s met another worker", kind, site_id)
        return []
    return sorted(rows, key=lambda row: (row.not_before, row.pk))


def _condition(kind: str) -> str:
    return _DUE.format(table=table_of(KINDS[kind].model), key=connection.ops.quote_name("key"))


def _crashes_of_oldest(kind: str, site_id: int, now: datetime) -> int | None:
    """Crash count of the row whose turn it is; None when nothing is due."""
    model = KINDS[kind].model
    moment = model._meta.get_field("not_before").get_db_prep_value(now, connection)
    statement = f"SELECT r.crash_count FROM {table_of(model)} AS r WHERE {_condition(kind)} ORDER BY r.not_before, r.id LIMIT 1"
    with connection.cursor() as cursor:
        cursor.execute(statement, [site_id, moment])
        row = cursor.fetchone()
    return None if row is None else int(row[0])


def _take_companions(
    kind: str, site_id: int, rows: list[Request], *, now: datetime, until: datetime, worker: str, crashes: int
) -> list[Request]:
    """Waiting rows that travel in the same call of the shop as rows of a full batch."""
    find = KINDS[kind].load_companions()
    items = {row.item_id for row in rows if row.item_id is not None}
    found = find(site_id=site_id, item_ids=items) if find is not None else []
    if not found:
        return []
    return _take(
        kind,
        site_id,
        now=now,
        until=until,
        worker=worker,
        crashes=crashes,
        count=len(rows),
        items=sorted(found),
    )


def _take(
    kind: str,
    site_id: int,
    *,
    now: datetime,
    until: datetime,
    worker: str,
    crashes: int,
    count: int,
    items: Sequence[int] = (),
) -> list[Request]:
    model = KINDS[kind].model
    times = model._meta.get_field("not_before")
    moment = times.get_db_prep_value(now, connection)
    skip_locked = (
        " FOR UPDATE OF r SKIP LOCKED" if connection.features.has_select_for_update_skip_locked else ""
    )
    # MATERIALIZED: PostgreSQL must pick (and lock) once, not once per joined row.
    materialized = "MATERIALIZED " if connection.vendor == "postgresql" else ""
    # Numbers from our own tables, written out: SQLite counts parameters, and there may be thousands.
    among = f" AND r.item_id IN ({', '.join(str(int(pk)) for pk in items)})" if items else ""
    statement = (
        f"WITH picked AS {materialized}(SELECT r.id FROM {table_of(model)} AS r WHERE {_condition(kind)} "
        f"AND r.crash_count = %s{among} ORDER BY r.not_before, r.id LIMIT %s{skip_locked}) "
        f"UPDATE {table_of(model)} SET state = 'processing', claimed_by = %s, claimed_until = %s, "
        "last_attempt_at = %s, trace_id = %s, updated_at = %s WHERE id IN (SELECT id FROM picked) RETURNING *"
    )
    values = [
        site_id,
        moment,
        crashes,
        count,
        worker,
        times.get_db_prep_value(until, connection),
        moment,
        current_trace_id(),
        moment,
    ]
    return list(model._default_manager.raw(statement, values))


def extend(kind: str, *, worker: str, lease_seconds: float | None = None) -> int:
    """Prolong the lease of all rows of this claim. Returns how many are still ours."""
    until = timezone.now() + timedelta(
        seconds=settings.LEASE_SECONDS if lease_seconds is None else lease_seconds
    )
    mine = KINDS[kind].model._default_manager.filter(claimed_by=worker, state=State.PROCESSING)
    return mine.update(claimed_until=until)


@dataclass
class Heartbeat:
    """While it is open, a thread of its own prolongs the lease; it ends with the process, and so does the lease."""

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

    def _beat(self) -> None:
        beaten = False
        while not self._over.wait(self.lease_seconds / BEATS_PER_LEASE):
            beaten = True
            try:
                if not extend(self.kind, worker=self.worker, lease_seconds=self.lease_seconds):
                    self.lost = True
                    break
            except DatabaseError:
                # The database may be back before the lease ends; if not, the rows go to another worker.
                logger.warning("The lease of %s could not be prolonged", self.worker, exc_info=True)
        if beaten:
            connection.close()
