"""Changed stock among a million balances, beside one hand-written statement that knows a single shop.

The floor keeps a copy of the tables that it writes to, without what the product looks at besides: criteria, kits, safety
stock of the item, links. Both find the same rows, put them into a queue of the same shape and mark them.
"""

from __future__ import annotations

import time

from django.db import connection

from benchmarks.figures import counting_statements
from benchmarks.measuring import in_turns, median, python_peak, ratio
from benchmarks.reports import Report
from benchmarks.worlds import balance_items, link_items, make_items, make_site, warehouses
from catalog.services.delta import request_changed_quantities
from sites.models import Site, WarehouseLine
from sync_queues.models import UpdateQtyRequest

WAREHOUSES = 10
_QUEUE = "sync_queues_updateqtyrequest"


def run(*, quick: bool) -> Report:
    """1 % of the balances changed in each round, by bulk SQL."""
    items, rounds = (2_000, 2) if quick else (100_000, 5)
    report = Report(
        f"Delta of {items * WAREHOUSES:,} balances, 1 % changed, {rounds} rounds ({connection.vendor})"
    )
    places = warehouses(WAREHOUSES)
    site = make_site(webhook_integration_enabled=False)
    WarehouseLine.objects.bulk_create(
        WarehouseLine(site=site, warehouse=place, for_stock=True, line_no=number)
        for number, place in enumerate(places, 1)
    )
    link_items(site, make_items(items))
    rows = balance_items(places)
    began = time.perf_counter()
    first = request_changed_quantities(site)
    report.told("first comparison, everything is new", f"{time.perf_counter() - began:.2f} s")
    report.must("balances found in it", first.changed, rows)
    _make_floor(site)
    _settle()
    ours, floor = in_turns(rounds, lambda: _product(site, rows), lambda: _floor(site, rows))
    report.told("product", f"{median(ours) * 1000:.0f} ms")
    report.told("one hand-written statement", f"{median(floor) * 1000:.0f} ms")
    report.at_most("against the statement", ratio(ours, floor), 1.3)
    _tell_memory(report, site)
    return report


def _tell_memory(report: Report, site: Site) -> None:
    _change()
    with counting_statements() as statements, python_peak() as peak:
        request_changed_quantities(site)
    report.at_most("Python peak", peak[0], 64, " MB")
    report.told("statements", statements.count)


def _change() -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE erp_stockbalance SET on_hand = on_hand + 1 WHERE id % 100 = 7")


def _product(site: Site, rows: int) -> float:
    _settle()
    _change()
    began = time.perf_counter()
    found = request_changed_quantities(site)
    seconds = time.perf_counter() - began
    if found.changed != rows // 100 or found.joined:
        raise RuntimeError(f"The comparison found {found} of {rows // 100}.")
    return seconds


def _floor(site: Site, rows: int) -> float:
    """The changes of the round before it, which the floor has not seen."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM bench_queue")
        began = time.perf_counter()
        for statement in _statements():
            cursor.execute(statement)
        seconds = time.perf_counter() - began
        cursor.execute("SELECT count(*) FROM bench_queue")
        [found] = cursor.fetchone()
    if found != UpdateQtyRequest.objects.filter(site=site).count():
        raise RuntimeError(f"The floor found {found} items, the product another number.")
    return seconds


_CHANGED = (
    "changed AS (SELECT b.item_id, b.warehouse_id, b.on_hand, b.reserved FROM erp_stockbalance b "
    "LEFT JOIN bench_sent m ON m.item_id = b.item_id AND m.warehouse_id = b.warehouse_id "
    "WHERE m.item_id IS NULL OR b.on_hand <> m.on_hand OR b.reserved <> m.reserved)"
)
_COLUMNS = (
    "site_id, item_id, key, state, version, coalesced, forced, retry_count, crash_count, not_before, claimed_by, "
    "error_class, error_code, error_message, remedy, trace_id, document_type, outcome, created_at, updated_at, "
    "remote_location_id"
)
_ASK = (
    "INSERT INTO bench_queue ({columns}) SELECT 1, item_id, CAST(item_id AS varchar(200)), 'pending', 1, 0, false, 0, 0, "
    "CURRENT_TIMESTAMP, '', '', '', '', '', '', '', '', CURRENT_TIMESTAMP, CURRENT_TIMESTAMP, '' FROM changed "
    "WHERE true GROUP BY item_id ON CONFLICT (site_id, key) WHERE state = 'pending' "
    "DO UPDATE SET version = excluded.version"
)
_SEND = (
    "INSERT INTO bench_sent (item_id, warehouse_id, on_hand, reserved) SELECT item_id, warehouse_id, on_hand, reserved "
    "FROM changed WHERE true ON CONFLICT (item_id, warehouse_id) DO UPDATE SET on_hand = excluded.on_hand, "
    "reserved = excluded.reserved"
)


def _statements() -> list[str]:
    ask = _ASK.format(columns=_COLUMNS)
    if connection.vendor == "postgresql":
        return [f"WITH {_CHANGED}, sent AS ({_SEND}) {ask}"]
    return [f"WITH {_CHANGED} {ask}", f"WITH {_CHANGED} {_SEND}"]


def _make_floor(site: Site) -> None:
    """A queue with the columns and indexes of ours, and what was sent last."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"CREATE TABLE bench_queue (LIKE {_QUEUE} INCLUDING ALL)")
            cursor.execute(
                "ALTER TABLE bench_queue ADD FOREIGN KEY (item_id) REFERENCES erp_item DEFERRABLE INITIALLY DEFERRED"
            )
        else:
            cursor.execute("SELECT sql FROM sqlite_master WHERE tbl_name = %s AND sql IS NOT NULL", [_QUEUE])
            for (statement,) in cursor.fetchall():
                copy = statement.replace(f'"{_QUEUE}"', '"bench_queue"')
                cursor.execute(copy.replace(' INDEX "', ' INDEX "bench_'))
        cursor.execute(
            "CREATE TABLE bench_sent (item_id bigint, warehouse_id bigint, on_hand numeric(18, 6), "
            "reserved numeric(18, 6), PRIMARY KEY (item_id, warehouse_id))"
        )
        cursor.execute(
            "INSERT INTO bench_sent SELECT item_id, warehouse_id, on_hand, reserved FROM erp_stockbalance"
        )


def _settle() -> None:
    """Empty queues, and statistics as autovacuum keeps them."""
    UpdateQtyRequest.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
