"""A delivered stock file of a million lines, 1 % of them changed, beside the least that COPY and two statements need.

The floor trusts the file: it reads it into a typed table, and posts and stores what differs. The product also says
which lines cannot be, and why, and announces the changes.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from typing import IO

from django.db import connection, transaction

from benchmarks.measuring import median, python_peak, ratio
from benchmarks.reports import Report
from benchmarks.worlds import balance_items, make_items, warehouses
from erp.models import Warehouse
from erp.services.stock_files import load_stock_file

WAREHOUSES = 10


def run(*, quick: bool) -> Report:
    items, rounds = (2_000, 2) if quick else (100_000, 3)
    lines = items * WAREHOUSES
    report = Report(f"Stock file of {lines:,} lines, 1 % changed, {rounds} rounds ({connection.vendor})")
    places = warehouses(WAREHOUSES)
    make_items(items)
    balance_items(places)
    ours, floor = [], []
    for number in range(rounds):
        ours.append(_product(_file(items, places, number * 2 + 1), lines))
        if connection.vendor == "postgresql":
            floor.append(_floor(_file(items, places, number * 2 + 2), lines))
    with python_peak() as peak:
        _product(_file(items, places, rounds * 2 + 1), lines)
    report.told("product", f"{median(ours):.2f} s, {lines / median(ours):,.0f} lines/s")
    if floor:
        report.told("floor: COPY and two statements", f"{median(floor):.2f} s")
        report.at_most("against the floor", ratio(ours, floor), 1.3)
    else:
        report.skipped("against the floor", "COPY needs PostgreSQL")
    report.at_most("Python peak", peak[0], 64, " MB")
    return report


def _file(items: int, places: list[Warehouse], version: int) -> IO[bytes]:
    """Each file differs from the one before it in the same 1 % of its lines."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by whoever reads it
    file.write(b"item,warehouse,quantity\n")
    file.writelines(_lines(items, places, version))
    file.seek(0)
    return file


def _lines(items: int, places: list[Warehouse], version: int) -> Iterator[bytes]:
    count = 0
    for place in places:
        for number in range(items):
            count += 1
            quantity = 5 + version if count % 100 == 0 else 5
            yield f"B-{number:07},{place.code},{quantity}\n".encode()


def _product(file: IO[bytes], lines: int) -> float:
    with file:
        began = time.perf_counter()
        report = load_stock_file(file=file, label="benchmark")
        seconds = time.perf_counter() - began
    if (report.rows, report.changed, report.refused) != (lines, lines // 100, 0):
        raise RuntimeError(f"{report} instead of {lines} lines")
    return seconds


def _floor(file: IO[bytes], lines: int) -> float:
    with file, transaction.atomic(), connection.cursor() as cursor:
        began = time.perf_counter()
        cursor.execute(
            "CREATE TEMPORARY TABLE bench_file (item text, warehouse text, quantity numeric(18, 6)) ON COMMIT DROP"
        )
        cursor.copy_expert("COPY bench_file FROM STDIN WITH (FORMAT csv, HEADER true)", file)
        cursor.execute(
            "CREATE TEMPORARY TABLE bench_changes ON COMMIT DROP AS SELECT b.id, b.item_id, b.warehouse_id, b.on_hand, "
            "f.quantity FROM bench_file f JOIN erp_item i ON i.code = f.item JOIN erp_warehouse w ON w.code = f.warehouse "
            "JOIN erp_stockbalance b ON b.item_id = i.id AND b.warehouse_id = w.id WHERE b.on_hand <> f.quantity"
        )
        cursor.execute(
            "WITH m AS (INSERT INTO erp_stockmovement (item_id, warehouse_id, quantity, movement_type, balance_after, "
            "source_type, source_label, unit_cost, posted_at) SELECT item_id, warehouse_id, quantity - on_hand, "
            "'count_adjustment', quantity, '', '', 0, now() FROM bench_changes RETURNING id, item_id, warehouse_id) "
            "UPDATE erp_stockbalance b SET on_hand = c.quantity, last_movement_id = m.id, updated_at = now() "
            "FROM bench_changes c JOIN m ON m.item_id = c.item_id AND m.warehouse_id = c.warehouse_id WHERE b.id = c.id"
        )
        changed = cursor.rowcount
    seconds = time.perf_counter() - began
    if changed != lines // 100:
        raise RuntimeError(f"The floor changed {changed} balances.")
    return seconds
