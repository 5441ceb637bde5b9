"""Deliveries over 32 connections through the whole porch, beside a bare WSGI function that does the least.

Both verify the signature and insert a row on a kept connection; the floor stores five columns and looks at nothing
else. Both under gunicorn with two sync workers, in turns; the porch under granian too, where that is installed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack

from django.db import connection
from django.db.models import Sum

from benchmarks.bare_porch import TABLE
from benchmarks.load import Load, fire
from benchmarks.measuring import median, percentile, ratio
from benchmarks.processes import database_url, environment, granian, gunicorn, has
from benchmarks.reports import Report
from benchmarks.worlds import SECRET, deliveries, make_site
from sites.models import Site
from webhooks.models import WebhookEvent

SYNC = ("--worker-class", "sync")


def run(*, quick: bool) -> Report:
    """Rounds of floor, porch, the same deliveries again, and granian."""
    rounds, count = (2, 200) if quick else (5, 4_000)
    report = Report(f"Webhook ingest, 32 connections, {rounds} rounds of {count} deliveries of 2 kB")
    if connection.vendor != "postgresql":
        report.skipped("webhook ingest", "needs PostgreSQL")
        return report
    site = make_site()
    with connection.cursor() as cursor:
        cursor.execute(TABLE)
    with ExitStack() as stack:
        bare = environment(BENCH_DATABASE=database_url(), BENCH_SECRET=SECRET)
        ports = {
            "floor": stack.enter_context(gunicorn("benchmarks.bare_porch:application", *SYNC, env=bare)),
            "porch": stack.enter_context(gunicorn("ecomsync.wsgi", *SYNC)),
        }
        if has("granian"):
            ports["granian"] = stack.enter_context(granian("ecomsync.wsgi:application"))
        warmed = _warmed(site, ports)
        sessions = _sessions()
        loads = _rounds(site, ports, rounds, count)
        opened = _sessions() - sessions
    _tell(report, loads)
    report.must("answers without a row, or rows without an answer", _unmatched(site, warmed), 0)
    report.must("database connections opened by the requests", opened, 0)
    return report


def _warmed(site: Site, ports: dict[str, int]) -> int:
    """Until each thread has its connection, which it opens when it first writes for itself or for others. Returns how
    many deliveries the porch has answered."""
    answered, quiet = 0, 0
    while quiet < 3:
        before = _sessions()
        for name, port in ports.items():
            fire(port, deliveries(site, 64))
            answered += 64 if name != "floor" else 0
        time.sleep(1.1)  # PostgreSQL tells of sessions once a second
        quiet = quiet + 1 if _sessions() == before else 0
    return answered


def _rounds(site: Site, ports: dict[str, int], rounds: int, count: int) -> dict[str, list[Load]]:
    loads: dict[str, list[Load]] = {name: [] for name in (*ports, "again")}
    for _round in range(rounds):
        new = deliveries(site, count)
        turns: list[tuple[str, Callable[[], Load]]] = [
            ("floor", lambda new=new: fire(ports["floor"], new)),  # type: ignore[misc]
            ("porch", lambda new=new: fire(ports["porch"], new)),  # type: ignore[misc]
            ("again", lambda new=new: fire(ports["porch"], new)),  # type: ignore[misc]
        ]
        if "granian" in ports:
            fresh = deliveries(site, count)
            turns.append(("granian", lambda fresh=fresh: fire(ports["granian"], fresh)))  # type: ignore[misc]
        for name, turn in turns:
            load = turn()
            if load.broken or set(load.statuses) - {200, 202}:
                raise RuntimeError(f"{name}: {load.statuses}, {load.broken} broken connections")
            loads[name].append(load)
            _answered[0] += len(load.latencies) if name != "floor" else 0
    return loads


#: Deliveries that the porch has answered with "stored", beside those of its warming up.
_answered = [0]


def _unmatched(site: Site, warmed: int) -> int:
    """Each answer stands for an event or for a further occurrence of one."""
    kept = WebhookEvent.objects.filter(site=site).aggregate(kept=Sum("occurrences"))["kept"] or 0
    return abs(int(kept) - _answered[0] - warmed)


def _sessions() -> int:
    """Sessions that the scratch database has ever seen."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_stat_clear_snapshot(), sessions FROM pg_stat_database WHERE datname = current_database()"
        )
        return int(cursor.fetchone()[1])


def _tell(report: Report, loads: dict[str, list[Load]]) -> None:
    rates = {name: [load.per_second for load in found] for name, found in loads.items() if found}
    times = {
        name: [late for load in found for late in load.latencies] for name, found in loads.items() if found
    }
    for name in rates:
        told = f"{median(rates[name]):,.0f}/s, p50 {percentile(times[name], 0.5) * 1000:.1f} ms"
        report.told(f"{_NAMES[name]}", f"{told}, p99 {percentile(times[name], 0.99) * 1000:.1f} ms")
    report.at_least("gunicorn sync 2: of the floor", ratio(rates["porch"], rates["floor"]), 0.8)
    report.at_most("gunicorn sync 2: p99", percentile(times["porch"], 0.99) * 1000, 25, " ms")
    report.at_most("a duplicate against a new one", ratio(rates["porch"], rates["again"]), 1.1)
    if "granian" in rates:
        report.at_least("granian 2x4: of the floor", ratio(rates["granian"], rates["floor"]), 1.2)
    else:
        report.skipped("granian 2x4: of the floor", "granian is not installed (extra 'fast')")


_NAMES = {
    "floor": "floor: bare WSGI, gunicorn sync 2",
    "porch": "porch, gunicorn sync 2",
    "again": "porch, the same deliveries again",
    "granian": "porch, granian 2x4",
}
