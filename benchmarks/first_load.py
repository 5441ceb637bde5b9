"""The first load of a shop: its whole catalogue linked with the items of the ERP, and every quantity asked for."""

from __future__ import annotations

import time
from decimal import Decimal
from typing import Any

from django.db import connection

from activity.services import RunReporter, start_run
from benchmarks.figures import counting_statements
from benchmarks.measuring import python_peak
from benchmarks.reports import Report
from benchmarks.stock_out import KEY, SECRET, _control, _shop
from benchmarks.worlds import balance_items, make_items, make_site, warehouses
from catalog.runs import update_all_quantities
from erp.models import Item
from linking.models import ItemLinkerLine, LinkState
from linking.services.link_catalogue import link_site
from sites.models import Site
from sync_queues.models import UpdateQtyRequest


def run(*, quick: bool) -> Report:
    sizes = (200, 1_000) if quick else (10_000, 100_000)
    report = Report(
        f"First load of {sizes[1]:,} products: linked, and all quantities asked for ({connection.vendor})"
    )
    peaks = [_load(report, size) for size in sizes]
    told = f"peak memory, {sizes[1]:,} products against {sizes[0]:,}"
    report.at_most(told, max(peaks[1], 16) / max(peaks[0], 16), 1.5)
    return report


def _load(report: Report, size: int) -> float:
    with _shop(10_000.0) as url:
        for start in range(0, size, 5_000):
            _control(url, "bulk", simple=min(5_000, size - start), start=start + 1, prefix="B", stock=5)
        site = make_site(
            f"LOAD{size}", url=url, username=KEY, password=SECRET, calls_per_second_cap=Decimal(5_000)
        )
        _items(size)
        _control(url, "counters/reset")
        began = time.perf_counter()
        with python_peak() as peak, counting_statements() as statements:
            link_site(site=site, reporter=_reporter(site, "link_items"))
            update_all_quantities(run=_reporter(site, "update_all_qtys"), site=site, params={})
        seconds = time.perf_counter() - began
        counted: dict[str, Any] = _control(url, "counters", method="GET")
    linked = ItemLinkerLine.objects.filter(site=site, state=LinkState.LINKED).count()
    if (linked, UpdateQtyRequest.objects.filter(site=site).count()) != (size, size):
        raise RuntimeError(f"{linked} of {size} products were linked.")
    report.told(f"{size:,}: time (memory watched)", f"{seconds:.1f} s")
    report.told(
        f"{size:,}: calls, products per call", f"{counted['requests']}, {size / counted['requests']:.0f}"
    )
    report.told(f"{size:,}: statements per 100 products", f"{statements.count / size * 100:.1f}")
    report.told(f"{size:,}: Python peak", f"{peak[0]:.1f} MB")
    return peak[0]


def _items(size: int) -> None:
    """Items whose codes are the SKUs of the shop."""
    if Item.objects.exists():
        from erp.models import StockBalance

        StockBalance.objects.all().delete()
        ItemLinkerLine.objects.all().delete()
        Item.objects.all().delete()
    make_items(size)
    items = list(Item.objects.order_by("pk"))
    for number, item in enumerate(items, start=1):
        item.code = f"B-{number:05d}"
    Item.objects.bulk_update(items, ["code"], batch_size=1_000)
    balance_items(warehouses(1))


def _reporter(site: Site, action: str) -> RunReporter:
    return RunReporter(start_run(site_code=site.code, action=action))
