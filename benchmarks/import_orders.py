"""Orders with 5 lines through the whole import, with proof, sales order, invoice and receipt, in one process.

The floor writes the same rows with bulk inserts, 100 orders a transaction, in turns with the import.
"""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Iterator

from django.db import connection

from benchmarks import floor
from benchmarks.figures import counting_statements, newest_ids, rows_of_all_tables, table
from benchmarks.shop_orders import LINES, make_shop, orders
from ecomsync.common.conf import conf
from orders.models import Order
from orders.services.read_sales import import_batch
from orders.states import OrderState
from platforms.types import RemoteOrder
from sites.models import Site

ROUNDS = 7
ORDERS_PER_ROUND = 200


def run() -> str:
    """Measure in turns and answer the table."""
    site, source = make_shop(), orders()
    _import(site, source)  # caches, number series, the database's statistics
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    product, bottom, rows, floor_rows = [], [], 0, 0
    for _ in range(ROUNDS):
        before, newest = rows_of_all_tables(), newest_ids(floor.MODELS)
        product.append(_import(site, source))
        written = _grown(before)
        copies = floor.copy_rows(newest)
        _require_same(written, copies)
        rows += sum(written.values())
        floor_rows += sum(copy.rows for copy in copies)
        bottom.append(floor.write(copies))
    with counting_statements() as statements:
        _import(site, source)
    return _table(product, bottom, statements.count / ORDERS_PER_ROUND, rows, floor_rows)


def _import(site: Site, source: Iterator[RemoteOrder]) -> float:
    """Import a round of orders as Read Sales does, in its batches. Answers the seconds that took."""
    remotes = list(itertools.islice(source, ORDERS_PER_ROUND))
    size = conf.order_processing_batch_size
    started = time.perf_counter()
    for start in range(0, len(remotes), size):
        import_batch(site=site, adapter=None, batch=remotes[start : start + size])
    seconds = time.perf_counter() - started
    made = Order.objects.filter(
        remote_id__in=[remote.remote_id for remote in remotes], state=OrderState.IMPORTED, proof_ok=True
    )
    if made.count() != len(remotes):
        raise RuntimeError("Orders were held: the benchmark measures something else.")
    return seconds


def _grown(before: dict[floor.Model, int]) -> dict[floor.Model, int]:
    return {
        model: count - before[model]
        for model, count in rows_of_all_tables().items()
        if count != before[model]
    }


def _require_same(written: dict[floor.Model, int], copies: list[floor.Copy]) -> None:
    """The floor writes as many rows of each table as the import did."""
    counts: dict[floor.Model, int] = {}
    for copy in copies:
        for step, rows in zip(floor.STEPS, copy.steps, strict=True):
            counts[step.model] = counts.get(step.model, 0) + len(rows)
    wrong = {
        model.__name__: (written.get(model, 0), counts.get(model, 0))
        for model in {*written, *counts}
        if written.get(model, 0) != counts.get(model, 0)
    }
    if wrong:
        raise RuntimeError(f"Import and floor write different rows: {wrong}")


def _table(product: list[float], bottom: list[float], statements: float, rows: int, floor_rows: int) -> str:
    total = ROUNDS * ORDERS_PER_ROUND
    ours, theirs = statistics.median(product), statistics.median(bottom)
    ratios = [low / high for low, high in zip(bottom, product, strict=True)]
    return table(
        f"Import of orders with {LINES} lines: sales order, invoice, receipt, proof ({connection.vendor}; median of "
        f"{ROUNDS} rounds of {ORDERS_PER_ROUND} orders, in batches of {conf.order_processing_batch_size})",
        [
            ("orders per second", f"{ORDERS_PER_ROUND / ours:.0f}"),
            (f"floor, bulk inserts of {floor.ORDERS_PER_TRANSACTION}", f"{ORDERS_PER_ROUND / theirs:.0f}"),
            ("ratio (at least 0.50)", f"{statistics.median(ratios):.2f}"),
            ("ratio, worst and best round", f"{min(ratios):.2f} – {max(ratios):.2f}"),
            ("statements per order", f"{statements:.1f}"),
            ("rows per order", f"{rows / total:.1f}"),
            ("rows per order of the floor", f"{floor_rows / total:.1f}"),
        ],
    )
