"""Calls from 20 and 50 threads to a server that takes 50 ms, through our HTTP client with budget, log and address check.

The ceiling is threads / 0.05 s. Nothing waits for the budget; it is asked and taught as for a shop.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

from django.conf import settings
from django.db import connection

from activity.models import ApiCall
from activity.services import observe_calls
from benchmarks.measuring import cpu_seconds
from benchmarks.processes import process
from benchmarks.reports import Report
from benchmarks.slow_server import SECONDS
from benchmarks.worlds import make_site
from ecomsync.common.http import HttpClient
from sites.budget import SiteBudget
from tests.servers import free_port, wait_for_port

BODY = {"stock_quantity": 5, "manage_stock": True, "filling": "x" * 1_900}


def run(*, quick: bool) -> Report:
    per_thread = 25 if quick else 100
    report = Report(
        f"HTTP fan-out to a server that takes {SECONDS * 1000:.0f} ms, {per_thread} calls per thread"
    )
    # The database store holds one connection per thread; what is measured here is the budget that workers share.
    if not settings.REDIS_URL:
        report.skipped("fan-out", "needs Redis")
        return report
    site = make_site(calls_per_second_cap=90_000, max_parallel_calls=200)
    port = free_port()
    with process(["-m", "benchmarks.slow_server", str(port)]) as server:
        wait_for_port(port, server, "the slow server")
        for threads in (20, 50):
            _measure(report, site.code, SiteBudget(site, lane="stock"), port, threads, per_thread)
    return report


def _measure(report: Report, code: str, budget: SiteBudget, port: int, threads: int, per_thread: int) -> None:
    url, calls = f"http://127.0.0.1:{port}/wp-json/wc/v3/products/1", threads * per_thread
    before = ApiCall.objects.count()
    with observe_calls(code, "woocommerce") as observer:
        client = HttpClient(pool_size=threads, allow_private=True, observer=observer)

        def call(_number: int) -> None:
            for _time in range(per_thread):
                with budget.acquire(lane="stock"):
                    answer = client.request("POST", url, json_body=BODY, route="/products/<id>")
                budget.learn(status=answer.status, headers=answer.headers, retry_after=None)
            connection.close()

        opened = client.request("GET", url).json()["opened"]
        used, began = cpu_seconds(), time.perf_counter()
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(call, range(threads)))
        seconds, used = time.perf_counter() - began, cpu_seconds() - used
        opened = client.request("GET", url).json()["opened"] - opened
        client.close()
    report.told(f"{threads} threads", f"{calls / seconds:,.0f} calls/s")
    report.at_least(f"{threads} threads: of threads / latency", calls / seconds / (threads / SECONDS), 0.85)
    report.at_most(f"{threads} threads: processor per call", used / calls * 1000, 1.0, " ms")
    report.at_least(f"{threads} threads: connections reused", (1 - opened / calls) * 100, 95, " %")
    report.must(f"{threads} threads: calls in the log", ApiCall.objects.count() - before, calls + 2)
