"""What others do: one message and one task per row. `celery -A benchmarks.one_task_per_row worker`."""

from __future__ import annotations

import os
from typing import Any

import psycopg2
from celery import Celery
from django.conf import settings

_BROKER = os.environ.get("BENCH_BROKER") or settings.REDIS_URL
app = Celery("one_task_per_row", broker=_BROKER, set_as_current=False)
app.conf.task_ignore_result = True
app.conf.task_default_queue = "bench_rows"
app.conf.worker_prefetch_multiplier = 50
app.conf.broker_connection_retry_on_startup = True
_kept: list[Any] = []


@app.task(name="bench.complete")
def complete(pk: int) -> None:
    """Mark one row, on a kept connection."""
    if not _kept:
        made = psycopg2.connect(os.environ["DATABASE_URL"])
        made.autocommit = True
        _kept.append(made)
    with _kept[0].cursor() as cursor:
        cursor.execute(
            "UPDATE sync_queues_updateqtyrequest SET state = 'completed', completed_at = now() "
            "WHERE id = %s AND state = 'pending'",
            [pk],
        )
