"""One take from the shared budget, in Redis and in the database, and whether four processes together keep to it."""

from __future__ import annotations

import json
import subprocess
import sys
import time

from django.conf import settings
from django.db import connection

from benchmarks.measuring import percentile
from benchmarks.processes import ROOT, environment
from benchmarks.reports import Report
from benchmarks.worlds import make_site
from sites.budget.database_store import DatabaseStore
from sites.budget.limits import Limits
from sites.budget.redis_store import RedisStore
from sites.budget.stores import Store

PROCESSES = 4
RATE = 40.0
PLENTY = Limits(rate=1_000_000.0, parallel=10)


def run(*, quick: bool) -> Report:
    takes, seconds = (200, 2.0) if quick else (5_000, 60.0)
    report = Report(f"Shared budget: {takes} takes of one process; {PROCESSES} processes for {seconds:.0f} s")
    site = make_site()
    stores: dict[str, Store] = {"database": DatabaseStore(site.pk)}
    if settings.REDIS_URL:
        stores["redis"] = RedisStore(site.pk, settings.REDIS_URL)
    else:
        report.skipped("redis", "REDIS_URL is not set")
    for name, store in stores.items():
        times = [_one(store) for _number in range(takes)]
        report.told(f"{name}: p99", f"{percentile(times, 0.99) * 1000:.2f} ms")
        report.at_most(f"{name}: one take, median", percentile(times, 0.5) * 1000, 0.5, " ms")
    for name in list(stores):
        if name == "database" and connection.vendor != "postgresql":
            report.skipped("database: exact", "several processes share PostgreSQL; SQLite has one")
            continue
        own = make_site(f"EXACT-{name}".upper()).pk
        store = DatabaseStore(own) if name == "database" else RedisStore(own, settings.REDIS_URL)
        granted, expected = _together(name, store, own, seconds)
        report.told(f"{name}: calls granted, and what the limit allows", f"{granted} of {expected:.0f}")
        report.at_most(f"{name}: off by", abs(granted - expected) / expected * 100, 2, " %")
    return report


def _one(store: Store) -> float:
    began = time.perf_counter()
    grant = store.take(1, PLENTY, 0.0)
    seconds = time.perf_counter() - began
    if not grant.granted:
        raise RuntimeError("A bucket with plenty refused.")
    return seconds


def _together(name: str, store: Store, site_id: int, seconds: float) -> tuple[int, float]:
    """What all processes were granted in the same window, and what the limit allows in it.

    They begin with an empty bucket, as soon as all are awake.
    """
    command = [sys.executable, "-m", "benchmarks.budget_taker", name, str(site_id), str(RATE), str(seconds)]
    workers = [_start(command) for _number in range(PROCESSES)]
    for worker in workers:
        if worker.stdout is None or worker.stdout.readline().strip() != b"ready":
            raise RuntimeError("A process of the benchmark did not awake.")
    while store.take(1, Limits(RATE, 10), 0.0).granted:
        pass  # the burst
    start = time.time()
    answers = [
        json.loads(worker.communicate(timeout=seconds + 120)[0]) for worker in _told_at_once(workers, start)
    ]
    return sum(answer["granted"] for answer in answers), RATE * seconds


def _start(command: list[str]) -> subprocess.Popen[bytes]:
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, env=environment(), stdin=pipe, stdout=pipe)


def _told_at_once(workers: list[subprocess.Popen[bytes]], start: float) -> list[subprocess.Popen[bytes]]:
    """All know the moment before the first answer is waited for."""
    for worker in workers:
        if worker.stdin is not None:
            worker.stdin.write(f"{start}\n".encode())
            worker.stdin.flush()
    return workers
