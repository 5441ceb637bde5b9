"""Calls per thousand changed rows, counted at the shop."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from tests.contracts.bench import LONG_AGO, prices, quantities
from tests.platforms.shopify.bench import ShopifyBench


def test_a_thousand_quantities_are_four_calls(bench: ShopifyBench) -> None:
    """Each compared with what is there."""
    products = bench.products(1000)
    updates = [replace(update, expected=Decimal(5)) for update in quantities(products, 7)]
    with bench.adapter() as adapter:
        results = adapter.push_quantities(updates)

    assert {result.outcome.value for result in results} == {"ok"}
    assert bench.shop.counters.calls("POST /graphql/inventorySetQuantities") == 4
    assert bench.calls == 4


def test_the_default_location_is_asked_for_once_and_remembered(bench: ShopifyBench) -> None:
    products = bench.products(3)
    with bench.adapter(options={"location_id": ""}) as adapter:
        adapter.push_quantities(quantities(products, 7))
        assert bench.calls == 2
        learned = adapter.learned
    with bench.adapter(options={"location_id": ""}, connection={"learned": learned}) as adapter:
        adapter.push_quantities(quantities(products, 8))

    assert bench.calls == 3
    assert learned["location_id"] == bench.location


def test_rows_without_inventory_item_cost_one_call_more_per_250(bench: ShopifyBench) -> None:
    updates = quantities(bench.products(300), 7)
    bare = [
        type(update)(update.key, update.remote_id, update.quantity, parent_remote_id=update.parent_remote_id)
        for update in updates
    ]
    with bench.adapter() as adapter:
        assert all(result.is_ok for result in adapter.push_quantities(bare))

    assert bench.calls == 2 + 2


def test_a_thousand_prices_are_four_reads_and_one_bulk_operation(bench: ShopifyBench) -> None:
    """One product per call would be a thousand calls."""
    products = bench.products(1000)
    with bench.adapter() as adapter:
        results = adapter.push_prices(prices(products, "12.50", bench.currency))

    assert {result.outcome.value for result in results} == {"ok"}
    assert bench.shop.counters.calls("QUERY /graphql/nodes") == 4
    assert bench.shop.counters.calls("POST /graphql/bulkOperationRunMutation") == 1
    assert bench.shop.counters.calls("POST /graphql/productVariantsBulkUpdate") == 0
    assert bench.calls <= 12
    assert {bench.price_of(product) for product in products} == {
        prices(products[:1], "12.50", "SAR")[0].price
    }


def test_prices_of_one_product_are_one_call(bench: ShopifyBench) -> None:
    variants = bench.variants(2, 40)
    with bench.adapter() as adapter:
        results = adapter.push_prices(prices(variants, "12.50", bench.currency))

    assert {result.outcome.value for result in results} == {"ok"}
    assert bench.calls == 1 + 2


def test_a_thousand_orders_are_four_pages_with_their_lines(bench: ShopifyBench) -> None:
    for _ in range(1000):
        bench.order()
    with bench.adapter() as adapter:
        orders = list(adapter.iter_orders(modified_from=LONG_AGO))

    assert len(orders) == 1000
    assert {len(order.lines) for order in orders} == {1}
    assert bench.shop.counters.calls("QUERY /graphql/orders") == 4
    assert bench.calls == 4
