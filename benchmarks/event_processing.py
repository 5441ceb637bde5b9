"""Stored events of 20 sites worked off, each by a line of its site that needs no shop: what the machinery itself costs,
and whether it depends on how many events the table holds."""

from __future__ import annotations

import time
from datetime import timedelta

from django.db import connection
from django.utils import timezone

from benchmarks.figures import counting_statements
from benchmarks.measuring import median
from benchmarks.reports import Report
from benchmarks.worlds import make_site
from platforms.types import EventKind
from sites.choices import EventAction
from sites.models import EventActionLine, Site
from webhooks.models import EventState, WebhookEvent
from webhooks.services.process import process_waiting

SITES = 20
ROUND = 1_000


def run(*, quick: bool) -> Report:
    events, few, many, rounds = (600, 500, 3_000, 1) if quick else (100_000, 10_000, 1_000_000, 3)
    size = 200 if quick else ROUND
    report = Report(f"Processing of {events:,} stored events of {SITES} sites ({connection.vendor})")
    sites = [make_site(f"EV{number}") for number in range(SITES)]
    EventActionLine.objects.bulk_create(
        EventActionLine(
            site=site,
            line_no=1,
            event_kind=EventKind.ORDER_UPDATED,
            action=EventAction.IGNORE,
            parameters={"reason": "benchmark"},
        )
        for site in sites
    )
    _store(sites, events, EventState.PENDING)
    began = time.perf_counter()
    with counting_statements() as statements:
        done = _work_off(events)
    report.told("events per second", f"{done / (time.perf_counter() - began):,.0f}")
    report.told("statements per event", f"{statements.count / done:.2f}")
    small = _with_processed(sites, few, size, rounds)
    large = _with_processed(sites, many, size, rounds)
    report.told(f"{size} events with {few:,} in the table", f"{small * 1000:.0f} ms")
    report.told(f"{size} events with {many:,} in the table", f"{large * 1000:.0f} ms")
    report.at_most(f"{many:,} events in the table against {few:,}", large / small, 1.2)
    return report


def _work_off(events: int) -> int:
    done = 0
    while done < events:
        report = process_waiting()
        if not report.taken or report.faults or report.lost:
            raise RuntimeError(f"Events were not worked off: {report}")
        done += report.processed + report.ignored
    return done


def _with_processed(sites: list[Site], count: int, size: int, rounds: int) -> float:
    WebhookEvent.objects.all().delete()
    _store(sites, count, EventState.PROCESSED)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    times = []
    for number in range(rounds + 1):
        _store(sites, size, EventState.PENDING, name=f"r{number}")
        began = time.perf_counter()
        _work_off(size)
        times.append(time.perf_counter() - began)
    return median(times[1:])


def _store(sites: list[Site], count: int, state: EventState, *, name: str = "e") -> None:
    now = timezone.now()
    for start in range(0, count, 5_000):
        WebhookEvent.objects.bulk_create(
            [
                WebhookEvent(
                    site=sites[number % len(sites)],
                    platform="woocommerce",
                    topic="order.updated",
                    kind=EventKind.ORDER_UPDATED.value,
                    identity=f"{name}{state}{number}",
                    resource="order",
                    remote_id=str(number),
                    occurred_at=now + timedelta(microseconds=number),
                    headers={},
                    body=b'{"id": 1}',
                    state=state,
                )
                for number in range(start, min(count, start + 5_000))
            ]
        )
