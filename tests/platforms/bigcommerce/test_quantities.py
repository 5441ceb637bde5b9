"""Stock out: 2,000 rows per call, all or none, and asynchronous."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from platforms.types import Outcome
from tests.contracts.bench import quantities
from tests.platforms.bigcommerce.bench import BigCommerceBench

D = Decimal
ABSOLUTE = "PUT /v3/inventory/adjustments/absolute"


def test_a_thousand_quantities_are_one_call(bench: BigCommerceBench) -> None:
    products = [*bench.products(800), *bench.variants(50, 4)]
    bench.shop.counters.reset()

    with bench.adapter() as adapter:
        results = adapter.push_quantities(quantities(products, 7))

    assert {result.outcome for result in results} == {Outcome.OK} and len(results) == 1000
    assert bench.calls == bench.shop.counters.calls(ABSOLUTE) == 1
    assert bench.shop.counters.batch_total() == 1000
    assert {bench.quantity_of(product) for product in products} == {D(7)}


def test_more_than_two_thousand_are_two_calls_one_after_the_other(bench: BigCommerceBench) -> None:
    products = bench.products(2001)
    bench.shop.counters.reset()

    with bench.adapter() as adapter:
        assert all(result.is_ok for result in adapter.push_quantities(quantities(products, 7)))

    assert bench.calls == 2


def test_what_was_accepted_counts_a_moment_later(bench: BigCommerceBench) -> None:
    product = bench.products(1)[0]

    with bench.adapter() as adapter:
        (result,) = adapter.push_quantities(quantities([product], 3))
        at_once = adapter.find_products([product.sku])[0].quantity
        bench.shop.advance(2)
        later = adapter.find_products([product.sku])[0].quantity

    assert result.data["transaction_id"]
    assert (at_once, later) == (D(5), D(3))


def test_each_bad_row_is_named_taken_out_and_the_rest_sent_again(bench: BigCommerceBench) -> None:
    products = bench.products(30)
    bench.shop.store.products[int(products[4].remote_id)]["inventory_tracking"] = "variant"
    updates = quantities(products, 8)
    updates[9] = replace(updates[9], remote_id="424242")
    updates[4] = replace(updates[4], inventory_id="")
    bench.shop.counters.reset()

    with bench.adapter() as adapter:
        results = adapter.push_quantities(updates)

    refused = {n: result.code for n, result in enumerate(results) if not result.is_ok}
    assert refused == {4: "tracked_by_variant", 9: "rejected"}
    assert all(results[n].cure for n in refused)
    assert bench.calls == 3


def test_product_whose_stock_is_kept_by_variant_is_addressed_by_its_base_variant(
    bench: BigCommerceBench,
) -> None:
    products = bench.products(2)
    bench.shop.store.products[int(products[0].remote_id)]["inventory_tracking"] = "variant"

    with bench.adapter() as adapter:
        results = adapter.push_quantities(quantities(products, 4))

    assert [result.outcome for result in results] == [Outcome.OK, Outcome.OK]
    assert [result.remote_id for result in results] == [product.remote_id for product in products]
    assert bench.quantity_of(products[0]) == D(4)


def test_variant_of_a_product_with_one_stock_is_refused(bench: BigCommerceBench) -> None:
    variant = bench.variants(1, 2)[0]
    bench.shop.store.products[int(variant.parent_remote_id)]["inventory_tracking"] = "product"

    with bench.adapter() as adapter:
        (result,) = adapter.push_quantities(quantities([variant], 4))

    assert (result.outcome, result.code) == (Outcome.REJECTED, "tracked_by_product")
    assert "variant" in result.cure


def test_rows_go_to_their_locations(bench: BigCommerceBench) -> None:
    second = bench.shop.add_location("JED", "Jeddah")
    product = bench.products(1)[0]
    (here,) = quantities([product], 3)

    with bench.adapter() as adapter:
        results = adapter.push_quantities(
            [here, replace(here, key="there", location_id=str(second["id"]), quantity=D(4))]
        )

    assert all(result.is_ok for result in results)
    assert (bench.shop.stock_of(product.sku, 1), bench.shop.stock_of(product.sku, second["id"])) == (3, 4)


def test_fractions_and_figures_beyond_the_limit(bench: BigCommerceBench) -> None:
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
