"""Stock out: 50 rows per call and location, all or none."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from ecomsync.common.errors import ConfigurationError
from platforms.types import Outcome
from tests.contracts.bench import quantities
from tests.platforms.zid.bench import ZidBench

D = Decimal
UPDATE = "POST /v1/locations/{id}/stock-update/"


def test_a_thousand_quantities_are_twenty_calls(bench: ZidBench) -> None:
    products = [*bench.products(800), *bench.variants(50, 4)]
    bench.shop.counters.reset()

    with bench.adapter() as adapter:
        results = adapter.push_quantities(quantities(products, 7))

    assert {result.outcome for result in results} == {Outcome.OK} and len(results) == 1000
    assert bench.calls == bench.shop.counters.calls(UPDATE) == 20
    assert bench.shop.counters.batch_total() == 1000
    assert {bench.quantity_of(product) for product in products} == {D(7)}


def test_rows_per_call_are_a_setting(bench: ZidBench) -> None:
    products = bench.products(45)
    bench.shop.counters.reset()

    with bench.adapter(options={"stock_rows": 20}) as adapter:
        assert all(result.is_ok for result in adapter.push_quantities(quantities(products, 7)))

    assert bench.calls == 3


def test_default_location_is_asked_for_once_and_remembered(bench: ZidBench) -> None:
    products = bench.products(2)
    bench.shop.counters.reset()

    with bench.adapter(options={"location_id": ""}) as adapter:
        adapter.push_quantities(quantities(products, 7))
        learned = dict(adapter.learned)
    first = bench.calls
    with bench.adapter(options={"location_id": ""}, connection={"learned": learned}) as adapter:
        adapter.push_quantities(quantities(products, 8))

    assert learned["location_id"] == bench.shop.location
    assert (first, bench.calls) == (2, 3)
    assert bench.shop.counters.calls("GET /v1/locations/") == 1
    assert bench.shop.stock_of(products[0].sku, bench.shop.location) == 8


def test_rows_go_to_their_locations(bench: ZidBench) -> None:
    second = bench.shop.add_location("جدة", "Jeddah")["id"]
    products = bench.products(60)
    here = quantities(products, 3)
    there = [replace(row, key=f"there-{row.key}", location_id=second, quantity=D(4)) for row in here]
    mixed = [row for pair in zip(here, there, strict=True) for row in pair]
    bench.shop.counters.reset()

    with bench.adapter() as adapter:
        results = adapter.push_quantities(mixed)

    assert [result.key for result in results] == [row.key for row in mixed]
    assert all(result.is_ok for result in results)
    assert bench.calls == 4  # 50 and 10 rows of each
    figures = {
        (bench.shop.stock_of(p.sku, bench.shop.location), bench.shop.stock_of(p.sku, second))
        for p in products
    }
    assert figures == {(3, 4)}


def test_location_that_is_gone_or_closed_refuses_its_rows_only(bench: ZidBench) -> None:
    closed = bench.shop.add_location("مغلق", "Closed")
    closed["is_enabled"] = False
    gone = "8ee590aa-d02d-4c50-9184-f628bb8b0001"
    (row,) = quantities(bench.products(1), 3)
    rows = [
        row,
        replace(row, key="gone", location_id=gone),
        replace(row, key="closed", location_id=closed["id"]),
        replace(row, key="typo", location_id="12"),
    ]

    with bench.adapter() as adapter:
        results = adapter.push_quantities(rows)

    assert [(result.outcome, result.code) for result in results] == [
        (Outcome.OK, ""),
        (Outcome.REJECTED, "bad_location"),
        (Outcome.REJECTED, "rejected"),
        (Outcome.REJECTED, "bad_location"),
    ]
    assert all(result.cure for result in results[1:])


def test_store_without_a_location_is_told(bench: ZidBench) -> None:
    bench.shop.store.locations[bench.shop.location]["is_enabled"] = False

    with bench.adapter(options={"location_id": ""}) as adapter, pytest.raises(ConfigurationError) as caught:
        adapter.push_quantities(quantities(bench.products(1), 1))

    assert caught.value.code == "no_location" and caught.value.cure


def test_a_bad_row_costs_twelve_more_calls_and_the_rest_is_written(bench: ZidBench) -> None:
    products = bench.products(50)
    bench.fail("refuse_rows", skus=[products[17].sku])
    bench.shop.counters.reset()

    with bench.adapter() as adapter:
        results = adapter.push_quantities(quantities(products, 9))

    assert [n for n, result in enumerate(results) if not result.is_ok] == [17]
    assert bench.calls == 13


def test_stores_with_one_inventory_set_the_quantity_of_the_product(bench: ZidBench) -> None:
    products = bench.products(60)
    bench.shop.counters.reset()

    with bench.adapter(options={"stock_mode": "simple"}) as adapter:
        results = adapter.push_quantities(quantities(products, 6))

    assert all(result.is_ok for result in results)
    assert bench.calls == bench.shop.counters.calls("PATCH /v1/products/") == 2
    assert {bench.quantity_of(product) for product in products} == {D(6)}


def test_fractions_and_figures_beyond_the_limit(bench: ZidBench) -> None:
    product = bench.products(1)[0]
    (row,) = quantities([product], 1)
    half, huge = replace(row, quantity=D("7.5")), replace(row, quantity=D(2_147_483_648))

    with bench.adapter() as adapter:
        refused = adapter.push_quantities([half, huge])
    with bench.adapter(options={"fractional_quantities": "floor"}) as adapter:
        (floored,) = adapter.push_quantities([half])

    assert [result.code for result in refused] == ["fractional_quantity", "quantity_too_large"]
    assert floored.is_ok and floored.warning
    assert bench.quantity_of(product) == D(7)
