"""Orders with 5 lines through the whole import, with proof, sales order, invoice and receipt, in one process.

The floor writes the same rows with bulk inserts, 100 orders a transaction, in turns with the import.
"""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from django.db import connection

from benchmarks import floor
from benchmarks.figures import Clock, counting_statements, newest_ids, rows_of_all_tables
from benchmarks.reports import Report
from benchmarks.shop_orders import LINES, make_shop, orders
from ecomsync.common.conf import conf
from orders.models import Order
from orders.services.read_sales import import_batch
from orders.states import OrderState
from platforms.types import RemoteOrder
from sites.models import Site

ROUNDS = 7
ORDERS_PER_ROUND = 200


@dataclass(slots=True)
class Measured:
    """What the rounds with one size of batches came to."""

    size: int
    ours: list[Clock] = field(default_factory=list)
    floor: list[Clock] = field(default_factory=list)
    rows: int = 0
    floor_rows: int = 0
    statements: int = 0


def run(*, quick: bool = False) -> Report:
    """Measure in turns and answer the figures: batches as they are set, and as large as the floor's transactions."""
    site, source = make_shop(), orders()
    sizes = dict.fromkeys((conf.order_processing_batch_size, floor.ORDERS_PER_TRANSACTION))
    measured = [Measured(size) for size in sizes]
    _import(site, _take(source), measured[0].size)  # caches, number series, the database's statistics
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    for _ in range(1 if quick else ROUNDS):
        for entry in measured:
            _round(site, source, entry)
    for entry in measured:
        with counting_statements() as statements:
            _import(site, _take(source), entry.size)
        entry.statements = statements.count
    report = Report(
        f"Import of orders with {LINES} lines: sales order, invoice, receipt, proof ({connection.vendor}; median of "
        f"{len(measured[0].ours)} rounds of {ORDERS_PER_ROUND} orders)"
    )
    for entry in measured:
        _tell(report, entry)
    return report


def _round(site: Site, source: Iterator[RemoteOrder], entry: Measured) -> None:
    before, newest, remotes = rows_of_all_tables(), newest_ids(floor.MODELS), _take(source)
    with Clock() as ours:
        _import(site, remotes, entry.size)
    _require_imported(remotes)
    written, copies = _grown(before), floor.copy_rows(newest)
    _require_same(written, copies)
    with Clock() as theirs:
        floor.write(copies)
    entry.ours.append(ours)
    entry.floor.append(theirs)
    entry.rows += sum(written.values())
    entry.floor_rows += sum(copy.rows for copy in copies)


def _take(source: Iterator[RemoteOrder]) -> list[RemoteOrder]:
    return list(itertools.islice(source, ORDERS_PER_ROUND))


def _import(site: Site, remotes: Sequence[RemoteOrder], size: int) -> None:
    """Import orders as Read Sales does, in batches."""
    for start in range(0, len(remotes), size):
        import_batch(site=site, adapter=None, batch=remotes[start : start + size])


def _require_imported(remotes: Sequence[RemoteOrder]) -> None:
    made = Order.objects.filter(
        remote_id__in=[remote.remote_id for remote in remotes], state=OrderState.IMPORTED, proof_ok=True
    )
    if made.count() != len(remotes):
        raise RuntimeError("Orders were held: the benchmark measures something else.")


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


def _tell(report: Report, entry: Measured) -> None:
    total = len(entry.ours) * ORDERS_PER_ROUND
    walls = [theirs.wall / ours.wall for ours, theirs in zip(entry.ours, entry.floor, strict=True)]
    processors = [
        theirs.processor / ours.processor for ours, theirs in zip(entry.ours, entry.floor, strict=True)
    ]
    ours = statistics.median(clock.wall for clock in entry.ours)
    theirs = statistics.median(clock.wall for clock in entry.floor)
    told = f"batches of {entry.size}:"
    report.told(f"{told} orders per second", f"{ORDERS_PER_ROUND / ours:.0f}")
    report.told(
        f"{told} floor, bulk inserts of {floor.ORDERS_PER_TRANSACTION} orders",
        f"{ORDERS_PER_ROUND / theirs:.0f}",
    )
    report.at_least(f"{told} ratio to the floor", statistics.median(walls), 0.5)
    report.told(f"{told} ratio, worst and best round", f"{min(walls):.2f} - {max(walls):.2f}")
    report.told(f"{told} ratio of processor time", f"{statistics.median(processors):.2f}")
    report.told(f"{told} statements per order", f"{entry.statements / ORDERS_PER_ROUND:.1f}")
    report.told(f"{told} rows per order", f"{entry.rows / total:.1f}")
    report.told(f"{told} rows per order of the floor", f"{entry.floor_rows / total:.1f}")
