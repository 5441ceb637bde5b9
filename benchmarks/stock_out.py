"""Changed quantities at a shop with a published limit and 50 ms of latency: how much of the limit is used.

The shop is a process of its own. Calls are those that it counted; what its limit allows is its burst and its rate over
the time from the first call to the last.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import requests
from django.db import connection, connections

from benchmarks.processes import process
from benchmarks.reports import Report
from benchmarks.worlds import balance_items, link_items, make_items, make_site, warehouses
from catalog.services.delta import request_changed_quantities
from sites.models import Site
from sync_queues.models import State, UpdateQtyRequest
from sync_queues.services.drain import drain
from tests.servers import free_port, wait_for_port

KEY, SECRET = "ck_" + "b" * 40, "cs_" + "b" * 40
LATENCY_MS = 50
BATCH = 100
WORKERS = 2


def run(*, quick: bool) -> Report:
    rows, rate = (2_000, 4.0) if quick else (100_000, 10.0)
    report = Report(
        f"{rows:,} changed quantities at a shop that allows {rate:.0f} calls/s and answers after {LATENCY_MS} ms "
        f"({connection.vendor}, {WORKERS} workers)"
    )
    if connection.vendor != "postgresql":
        report.skipped("stock out", "needs PostgreSQL: several workers share one queue")
        return report
    with _shop(rate) as url:
        site = make_site(
            url=url,
            username=KEY,
            password=SECRET,
            calls_per_second_cap=Decimal(str(rate)),
            batch_size_quantity=BATCH,
        )
        _stock(url, site, rows)
        _control(url, "counters/reset")
        seconds = _work_off(site, rows)
        counted = _control(url, "counters", method="GET")
    writes = counted["writes"]
    allowed = rate * 2 + rate * seconds
    report.told("time", f"{seconds:.1f} s, {rows / seconds:,.0f} quantities/s")
    report.at_least("of what the limit allows", counted["requests"] / allowed, 0.95)
    report.must("429 answers", counted["by_status"].get("429", 0), 0)
    report.must("writing calls", writes, -(-rows // BATCH))
    report.told("other calls", counted["requests"] - writes)
    return report


@contextmanager
def _shop(rate: float) -> Iterator[str]:
    port = free_port()
    faults = (
        {"kind": "slow", "ms": LATENCY_MS, "path": "/wc/"},
        {"kind": "limit", "per_second": rate, "burst": rate * 2, "path": "/wc/"},
    )
    command = [
        "-m",
        "sandbox",
        "woocommerce",
        "--seed",
        "empty",
        "--port",
        str(port),
        "--key",
        KEY,
        "--secret",
        SECRET,
    ]
    for fault in faults:
        command += ["--fault", json.dumps(fault)]
    with process([*command, "--webhook-delay", "-1"]) as started:
        wait_for_port(port, started, "the sandbox")
        yield f"http://127.0.0.1:{port}"


def _control(url: str, route: str, *, method: str = "POST", **body: Any) -> Any:
    answer = requests.request(method, f"{url}/__sandbox__/{route}", json=body, timeout=300)
    answer.raise_for_status()
    return answer.json()


def _stock(url: str, site: Site, rows: int) -> None:
    """Products of the shop with 5 pieces, and items whose stock has just become another."""
    first = 0
    for start in range(0, rows, 5_000):
        made = _control(url, "bulk", simple=min(5_000, rows - start), start=start + 1, stock=5)
        first = first or int(_rows(made)[0]["id"])
    link_items(site, make_items(rows), first_remote_id=first)
    balance_items(warehouses(1), Decimal(9))
    found = request_changed_quantities(site)
    if found.created != rows:
        raise RuntimeError(f"{found} instead of {rows} requests")


def _rows(made: Any) -> list[dict[str, Any]]:
    return (
        made if isinstance(made, list) else next(value for value in made.values() if isinstance(value, list))
    )


def _work_off(site: Site, rows: int) -> float:
    """Workers take turns until nothing waits."""

    def work() -> None:
        try:
            while UpdateQtyRequest.objects.filter(state=State.PENDING).exists():
                drain(site.pk, "qty", seconds=30)
        finally:
            connections.close_all()

    began = time.perf_counter()
    threads = [threading.Thread(target=work) for _number in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - began
    done = UpdateQtyRequest.objects.filter(state=State.COMPLETED).count()
    if done != rows:
        raise RuntimeError(f"{done} of {rows} requests were completed.")
    return seconds
