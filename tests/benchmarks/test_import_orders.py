"""The benchmark of the import measures what it says; how fast we are is no test."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks import __main__, import_orders
from erp.models import Receipt, SalesInvoice, SalesOrder

pytestmark = pytest.mark.django_db


def test_floor_writes_the_rows_of_the_import_and_the_table_has_all_figures(monkeypatch: Any) -> None:
    monkeypatch.setattr(import_orders, "ROUNDS", 1)
    monkeypatch.setattr(import_orders, "ORDERS_PER_ROUND", 10)
    told = str(import_orders.run())
    for name in ("orders per second", "floor", "ratio to the floor", "statements per order"):
        assert told.count(name) >= 2, told
    # Both sizes of batches: a round, its floor, and one to count the statements; and one to begin with.
    made = 10 * (1 + 2 * 3)
    assert {SalesOrder.objects.count(), SalesInvoice.objects.count(), Receipt.objects.count()} == {made}


def test_benchmarks_are_found_by_name() -> None:
    assert {"import_orders", "stock_delta", "webhook_ingest"} <= set(__main__.names())
    assert not {"figures", "floor", "load", "reports"} & set(__main__.names())
    assert __main__.main(["nonsense"]) == 2
