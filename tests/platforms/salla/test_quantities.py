"""Quantities: ten calls per thousand, the misspelt keys, branches, rows that a refusal names."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from platforms.types import Outcome
from sandbox.salla import SallaShop
from tests.contracts.bench import quantities
from tests.platforms.salla.bench import SallaBench

D = Decimal


def test_thousand_quantities_are_ten_calls(bench: SallaBench) -> None:
    products = bench.products(1000)

    with bench.adapter() as adapter:
        results = adapter.push_quantities(quantities(products, 7))

    assert all(result.outcome is Outcome.OK for result in results)
    assert bench.shop.counters.calls("POST /products/quantities/bulk") == 10
    assert bench.calls == 10
    assert bench.shop.counters.batch_total("/products/quantities/bulk *") == 1000
    assert {bench.quantity_of(product) for product in products} == {D(7)}


def test_quantities_count_only_after_a_while(bench: SallaBench) -> None:
    (product,) = bench.products(1)

    with bench.adapter() as adapter:
        adapter.push_quantities(quantities([product], 7))

    assert bench.shop.by_sku(product.sku)["quantity"] == 5
    bench.shop.advance(bench.shop.options.bulk_delay)
    assert bench.shop.by_sku(product.sku)["quantity"] == 7


def test_each_branch_gets_its_own(bench: SallaBench) -> None:
    (product,) = bench.products(1)
    jeddah = bench.shop.add_branch("جدة")["id"]
    main = bench.shop.store.default_branch
    (plain,) = quantities([product], 3)

    with bench.adapter(connection={"learned": {"default_branch": str(main)}}) as adapter:
        results = adapter.push_quantities([plain, replace(plain, location_id=str(jeddah), quantity=D(8))])

    assert [result.outcome for result in results] == [Outcome.OK, Outcome.OK]
    assert (bench.shop.stock_of(product.sku, main), bench.shop.stock_of(product.sku, jeddah)) == (3, 8)
    assert bench.calls == 1


def test_rows_that_are_named_are_taken_out_and_the_rest_sent_in_one_call_more(bench: SallaBench) -> None:
    products = bench.products(50)
    updates = quantities(products, 9)
    updates[3] = replace(updates[3], remote_id="99999998")
    updates[40] = replace(updates[40], remote_id="99999999")

    with bench.adapter() as adapter:
        results = adapter.push_quantities(updates)

    assert [n for n, result in enumerate(results) if result.outcome is Outcome.REJECTED] == [3, 40]
    assert "غير موجود" in results[3].message and results[3].cure
    assert bench.calls == 2
    assert bench.quantity_of(products[49]) == D(9)


def test_product_with_variants_is_refused_and_its_variants_are_taken(bench: SallaBench) -> None:
    variants = bench.variants(1, 2)
    of_product = replace(
        quantities(variants[:1], 4)[0], remote_id=variants[0].parent_remote_id, parent_remote_id=""
    )

    with bench.adapter() as adapter:
        results = adapter.push_quantities([of_product, *quantities(variants, 4)])

    assert [result.outcome for result in results] == [Outcome.REJECTED, Outcome.OK, Outcome.OK]
    assert {bench.quantity_of(variant) for variant in variants} == {D(4)}


def test_fraction_is_refused_or_floored(bench: SallaBench) -> None:
    (product,) = bench.products(1)
    update = replace(quantities([product], 1)[0], quantity=D("7.5"))

    with bench.adapter() as adapter:
        (refused,) = adapter.push_quantities([update])
    with bench.adapter(options={"fractional_quantities": "floor"}) as adapter:
        (floored,) = adapter.push_quantities([update])

    assert (refused.outcome, refused.code) == (Outcome.REJECTED, "fractional_quantity")
    assert floored.outcome is Outcome.OK and "7" in floored.warning
    assert bench.quantity_of(product) == D(7)


def test_smaller_calls_by_the_option(shop: SallaShop) -> None:
    bench = SallaBench(shop)
    products = bench.products(60)

    with bench.adapter(options={"bulk_rows": 20}) as adapter:
        adapter.push_quantities(quantities(products, 2))

    assert bench.calls == 3
