"""Claiming and completing requests without any shop: beside raw SKIP LOCKED SQL on the same table, beside one Celery
task per row, and with few and many finished rows in the table."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from benchmarks.measuring import in_turns, median, ratio
from benchmarks.processes import environment, process, wait_until
from benchmarks.reports import Report
from benchmarks.worlds import make_items, make_site
from platforms.base import PlatformAdapter
from sites.models import Site
from sync_queues.inputs import RowOutcome, RowResult
from sync_queues.kinds import KINDS
from sync_queues.models import QueueLane, State, UpdateQtyRequest
from sync_queues.services.claim import claim, worker_name
from sync_queues.services.drain import drain
from sync_queues.services.record import record_results

_TABLE = UpdateQtyRequest._meta.db_table


class DoneHandler:
    """Says that the shop took everything."""

    def __init__(self, site: Site, adapter: PlatformAdapter) -> None:
        self.site = site

    def handle(self, requests: Sequence[Any]) -> list[RowResult]:
        return [RowResult(row.pk, RowOutcome.DONE) for row in requests]


def run(*, quick: bool) -> Report:
    rows, rounds = (1_000, 2) if quick else (20_000, 5)
    report = Report(f"Queue machinery, one worker, {rounds} rounds of {rows} requests ({connection.vendor})")
    site = make_site()
    make_items(rows)
    rates: dict[int, float] = {}
    for batch in (50, 500):
        rates[batch] = _against_raw(report, site, rows, rounds, batch)
    _against_tasks(report, site, 100 if quick else 2_000, rates[50])
    few, many = (1_000, 10_000) if quick else (10_000, 1_000_000)
    _flat(report, site, few, many, rounds)
    return report


# ---------------------------------------------------------------- floor


def _against_raw(report: Report, site: Site, rows: int, rounds: int, batch: int) -> float:
    raw_turn = _raw if connection.features.has_select_for_update_skip_locked else _raw_without_locks
    raw, steps, turns = in_turns(
        rounds,
        lambda: _rate(site, rows, lambda: raw_turn(site, batch)),
        lambda: _rate(site, rows, lambda: _claim_and_record(site, batch)),
        lambda: _rate(site, rows, lambda: _whole_turn(site, batch)),
    )
    report.told(f"batch {batch}: raw SQL", f"{median(raw):,.0f} rows/s")
    report.told(f"batch {batch}: claim and record", f"{median(steps):,.0f} rows/s")
    report.told(f"batch {batch}: whole turn of a worker", f"{median(turns):,.0f} rows/s")
    report.at_least(f"batch {batch}: claim and record, of raw SQL", ratio(steps, raw), 0.7)
    report.told(f"batch {batch}: whole turn, of raw SQL", f"{ratio(turns, raw):.2f}")
    return median(turns)


def _rate(site: Site, rows: int, work: Any) -> float:
    """Rows a second. The rows wait before the clock runs, and all are done after it."""
    _fill(site, rows)
    began = time.perf_counter()
    work()
    seconds = time.perf_counter() - began
    if UpdateQtyRequest.objects.filter(state=State.COMPLETED).count() != rows:
        raise RuntimeError("Not all requests were worked off: the benchmark measures something else.")
    return rows / seconds


def _fill(site: Site, rows: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {_TABLE}")
        _insert(cursor, site, State.PENDING, rows)
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    QueueLane.objects.all().delete()


def _insert(cursor: Any, site: Site, state: State, rows: int, first: int = 0) -> None:
    """Requests in one statement; the keys of finished ones do not matter."""
    series = (
        f"generate_series(1, {rows}) AS s(n)"
        if connection.vendor == "postgresql"
        else f"(WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {rows}) SELECT n FROM c) AS s"
    )
    cursor.execute(
        f"INSERT INTO {_TABLE} (site_id, item_id, key, state, version, coalesced, forced, retry_count, crash_count, "
        "not_before, claimed_by, error_class, error_code, error_message, remedy, trace_id, document_type, outcome, "
        "created_at, updated_at, remote_location_id) "
        f"SELECT %s, NULL, CAST({first} + n AS varchar(200)), %s, 1, 0, %s, 0, 0, CURRENT_TIMESTAMP, '', '', '', '', '', "
        f"'', '', '', CURRENT_TIMESTAMP, CURRENT_TIMESTAMP, '' FROM {series}",
        [site.pk, state.value, False],
    )


def _raw(site: Site, batch: int) -> None:
    take = (
        f"UPDATE {_TABLE} SET state = 'processing', claimed_by = 'raw', claimed_until = now() + interval '60 s' "
        f"WHERE id IN (SELECT id FROM {_TABLE} WHERE site_id = %s AND state = 'pending' AND not_before <= now() "
        "ORDER BY not_before, id LIMIT %s FOR UPDATE SKIP LOCKED) RETURNING id"
    )
    done = (
        f"UPDATE {_TABLE} SET state = 'completed', claimed_by = '', claimed_until = NULL, completed_at = now() "
        "WHERE id = ANY(%s)"
    )
    with connection.cursor() as cursor:
        while True:
            cursor.execute(take, [site.pk, batch])
            ids = [pk for (pk,) in cursor.fetchall()]
            if not ids:
                return
            cursor.execute(done, [ids])


def _raw_without_locks(site: Site, batch: int) -> None:
    """SQLite has one writer."""
    take = (
        f"UPDATE {_TABLE} SET state = 'processing', claimed_by = 'raw' WHERE id IN (SELECT id FROM {_TABLE} "
        "WHERE site_id = %s AND state = 'pending' ORDER BY not_before, id LIMIT %s) RETURNING id"
    )
    with connection.cursor() as cursor:
        while True:
            cursor.execute(take, [site.pk, batch])
            ids = [pk for (pk,) in cursor.fetchall()]
            if not ids:
                return
            marks = ", ".join(["%s"] * len(ids))
            cursor.execute(f"UPDATE {_TABLE} SET state = 'completed' WHERE id IN ({marks})", ids)


# ---------------------------------------------------------------- product


def _claim_and_record(site: Site, batch: int) -> None:
    while rows := claim("qty", site_id=site.pk, limit=batch, worker=worker_name()):
        record_results("qty", [(row, RowResult(row.pk, RowOutcome.DONE)) for row in rows])


def _whole_turn(site: Site, batch: int) -> None:
    """As a worker does: with heartbeat, adapter, pauses looked for, problems closed."""
    usual = KINDS["qty"]
    KINDS["qty"] = replace(
        usual, handler="benchmarks.queue_machinery.DoneHandler", batch_size=lambda _site: batch
    )
    try:
        drain(site.pk, "qty", seconds=600)
    finally:
        KINDS["qty"] = usual


# ---------------------------------------------------------------- one task per row


def _against_tasks(report: Report, site: Site, rows: int, rate: float) -> None:
    name = "against one Celery task per row"
    if not settings.REDIS_URL or connection.vendor != "postgresql":
        report.skipped(name, "needs PostgreSQL and Redis")
        return
    from benchmarks.one_task_per_row import app, complete

    command = [
        "-m",
        "celery",
        "-A",
        "benchmarks.one_task_per_row",
        "worker",
        "--pool",
        "prefork",
        "--concurrency",
        "2",
    ]
    _fill(site, rows)
    ids = list(UpdateQtyRequest.objects.values_list("pk", flat=True))
    with process([*command, "--loglevel", "ERROR"], env=environment(BENCH_BROKER=settings.REDIS_URL)):
        wait_until(lambda: app.control.ping(timeout=1), seconds=90)
        began = time.perf_counter()
        for pk in ids:
            complete.delay(pk)
        finished = UpdateQtyRequest.objects.filter(state=State.COMPLETED)
        wait_until(lambda: finished.count() == rows, seconds=300)
        seconds = time.perf_counter() - began
    report.told("one Celery task per row", f"{rows / seconds:,.0f} rows/s")
    report.at_least(f"whole turn at batch 50 {name}", rate * seconds / rows, 10)


# ---------------------------------------------------------------- flat


def _flat(report: Report, site: Site, few: int, many: int, rounds: int) -> None:
    """The same work with few and with many finished rows in the table."""
    small = _with_finished(site, few, rounds)
    large = _with_finished(site, many, rounds)
    report.told(f"1,000 requests with {few:,} finished rows", f"{small * 1000:.0f} ms")
    report.told(f"1,000 requests with {many:,} finished rows", f"{large * 1000:.0f} ms")
    report.at_most(f"{many:,} finished rows against {few:,}", large / small, 1.2)


def _with_finished(site: Site, finished: int, rounds: int) -> float:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {_TABLE}")
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL session_replication_role = replica")  # no look at each foreign key
        _insert(cursor, site, State.COMPLETED, finished, first=10_000_000)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    times = []
    for number in range(rounds + 1):
        with connection.cursor() as cursor:
            _insert(cursor, site, State.PENDING, 1_000, first=number * 1_000)
        began = time.perf_counter()
        _claim_and_record(site, 50)
        times.append(time.perf_counter() - began)
    return median(times[1:])
