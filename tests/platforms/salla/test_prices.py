"""Prices: bulk for products, one by one for variants, sales that end, calls counted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from platforms.types import Outcome
from tests.contracts.bench import prices
from tests.platforms.salla.bench import SallaBench

D = Decimal


def test_two_hundred_prices_are_two_calls_and_the_pages_of_the_store(bench: SallaBench) -> None:
    products = bench.products(200)

    with bench.adapter() as adapter:
        first = adapter.push_prices(prices(products, "12.50", "SAR"))
        calls = bench.calls
        second = adapter.push_prices(prices(products, "12.50", "SAR"))

    assert {result.outcome for result in first} == {Outcome.OK}
    assert {result.outcome for result in second} == {Outcome.UNCHANGED}
    assert bench.shop.counters.calls("POST /products/prices/bulkPrice") == 2
    assert calls == 4 + 2  # four pages of 50, two bulk calls
    assert bench.writes == 2


def test_variants_cost_one_call_each_and_their_product_one_to_read(bench: SallaBench) -> None:
    variants = bench.variants(1, 3)

    with bench.adapter() as adapter:
        results = adapter.push_prices(prices(variants, "11.00", "SAR"))

    assert {result.outcome for result in results} == {Outcome.OK}
    assert bench.shop.counters.calls("PUT /products/variants/{id}") == 3
    assert bench.calls == 1 + 3


@pytest.mark.parametrize("store_takes", ["null", "zero"])
def test_sale_of_ours_is_ended_whichever_way_the_store_takes(bench: SallaBench, store_takes: str) -> None:
    bench.shop.options.ends_sale_with = store_takes
    (product,), (variant, *_) = bench.products(1), bench.variants(1, 2)
    updates = prices([product, variant], "10.00", "SAR")

    with bench.adapter() as adapter:
        adapter.push_prices([replace(update, special=D("8.00")) for update in updates])
        assert bench.special_of(product) == bench.special_of(variant) == D("8.00")
        adapter.push_prices([replace(update, clear_special=True) for update in updates])

    assert bench.special_of(product) is None and bench.special_of(variant) is None


def test_end_of_a_sale_is_a_day_of_the_store_and_its_beginning_is_waited_for(bench: SallaBench) -> None:
    product, later = bench.products(2)
    end = datetime(2031, 12, 1, 22, 0, tzinfo=UTC)
    (update, other) = prices([product, later], "10.00", "SAR")
    begins = datetime.now(UTC) + timedelta(days=3)

    with bench.adapter() as adapter:
        sale = replace(update, special=D("8.00"), special_to=end)
        results = adapter.push_prices([sale, replace(other, special=D("8.00"), special_from=begins)])
        (again,) = adapter.push_prices([sale])

    assert bench.shop.by_sku(product.sku)["sale_end"] == "2031-12-02"  # 01:00 in Riyadh
    assert bench.special_of(later) is None and "later" in results[1].warning
    assert again.outcome is Outcome.UNCHANGED


def test_promotion_of_the_store_wins_where_that_is_wished(bench: SallaBench) -> None:
    (product,) = bench.products(1)
    bench.start_promotion(product, "7.00")
    update = replace(prices([product], "10.00", "SAR")[0], special=D("8.00"))

    with bench.adapter(options={"promotions_win": True}) as adapter:
        (result,) = adapter.push_prices([update])
    assert bench.special_of(product) == D("7.00") and "7" in result.warning

    with bench.adapter() as adapter:
        adapter.push_prices([update])
    assert bench.special_of(product) == D("8.00")


def test_product_that_is_gone_and_product_with_variants_are_refused(bench: SallaBench) -> None:
    (variant, *_) = bench.variants(1, 2)
    (product,) = bench.products(1)
    gone, of_parent, good = prices([product, product, product], "9.00", "SAR")

    with bench.adapter() as adapter:
        results = adapter.push_prices(
            [
                replace(gone, remote_id="99999999"),
                replace(of_parent, remote_id=variant.parent_remote_id),
                good,
            ]
        )

    assert [result.code for result in results] == ["not_found", "price_on_variable", ""]
    assert bench.price_of(product) == D("9.00")
