"""Prices out: 50 per call, promotions of the store spared, and what each push costs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from platforms.types import Outcome
from tests.contracts.bench import prices
from tests.platforms.zid.bench import ZidBench

D = Decimal
LIST, BULK = "GET /v1/products/", "PATCH /v1/products/"


def test_a_thousand_prices_are_twenty_reads_and_twenty_writes(bench: ZidBench) -> None:
    products = [*bench.products(800), *bench.variants(50, 4)]
    bench.shop.counters.reset()

    with bench.adapter() as adapter:
        results = adapter.push_prices(prices(products, "12.50", "SAR"))
        first = (bench.shop.counters.calls(LIST), bench.shop.counters.calls(BULK))
        again = adapter.push_prices(prices(products, "12.50", "SAR"))

    assert {result.outcome for result in results} == {Outcome.OK} and first == (20, 20)
    assert {result.outcome for result in again} == {Outcome.UNCHANGED}
    assert bench.shop.counters.calls(BULK) == 20
    assert {bench.price_of(product) for product in products} == {D("12.50")}


def test_noise_behind_the_cents_is_no_difference(bench: ZidBench) -> None:
    product = bench.products(1)[0]
    bench.shop.store.products[product.remote_id]["price"] = D("12.50000086523")

    with bench.adapter() as adapter:
        (result,) = adapter.push_prices(prices([product], "12.50", "SAR"))

    assert result.outcome is Outcome.UNCHANGED and bench.writes == 0


def test_price_under_a_running_sale_of_the_store_is_refused_before_it_breaks_the_batch(
    bench: ZidBench,
) -> None:
    products = bench.products(3)
    bench.start_promotion(products[1], "7.00")
    bench.shop.counters.reset()

    with bench.adapter() as adapter:
        results = adapter.push_prices(prices(products, "6.00", "SAR"))

    assert [result.code for result in results] == ["", "below_promotion", ""]
    assert bench.shop.counters.calls(BULK) == 1
    assert (bench.price_of(products[1]), bench.special_of(products[1])) == (D("10.00"), D("7.00"))


def test_both_prices_go_together_when_the_erp_owns_the_sale(bench: ZidBench) -> None:
    product = bench.products(1)[0]
    bench.start_promotion(product, "7.00")
    (row,) = prices([product], "6.00", "SAR")

    with bench.adapter() as adapter:
        (result,) = adapter.push_prices([replace(row, special=D("5.00"))])

    assert result.is_ok
    assert (bench.price_of(product), bench.special_of(product)) == (D("6.00"), D("5.00"))


def test_sale_period_goes_along_and_other_restrictions_stay(bench: ZidBench) -> None:
    product = bench.products(1)[0]
    stored = bench.shop.store.products[product.remote_id]
    stored["purchase_restrictions"] = {"max_quantity_per_cart": 3}
    begin = datetime.now(UTC).replace(microsecond=0)
    (row,) = prices([product], "10.00", "SAR")
    timed = replace(row, special=D("8.00"), special_from=begin, special_to=begin + timedelta(days=7))

    with bench.adapter() as adapter:
        first = adapter.push_prices([timed])[0]
        again = adapter.push_prices([timed])[0]
        over = adapter.push_prices([replace(timed, special_to=begin - timedelta(days=1))])[0]

    assert (first.outcome, again.outcome, over.outcome) == (Outcome.OK, Outcome.UNCHANGED, Outcome.OK)
    assert stored["purchase_restrictions"]["max_quantity_per_cart"] == 3
    assert stored["purchase_restrictions"]["sale_price_period_start"] == begin.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert bench.special_of(product) is None


def test_what_the_store_cannot_do_is_refused_by_name(bench: ZidBench) -> None:
    (row,) = prices(bench.products(1), "10.00", "SAR")
    rows = [
        replace(row, key="list", price_list="wholesale"),
        replace(row, key="break", min_quantity=D(10)),
        replace(row, key="special", special=D("10.00")),
        replace(row, key="negative", price=D(-1)),
        replace(row, key="unlinked", remote_id="17"),
    ]

    with bench.adapter() as adapter:
        results = adapter.push_prices(rows)

    assert [result.code for result in results] == [
        "unsupported",
        "unsupported",
        "special_not_below_price",
        "negative_price",
        "not_linked",
    ]
    assert bench.calls == 0 and all(result.cure for result in results)


def test_price_of_a_product_with_variants_is_refused(bench: ZidBench) -> None:
    variant = bench.variants(1, 2)[0]
    (row,) = prices(
        [replace(variant, remote_id=variant.parent_remote_id, parent_remote_id="")], "9.00", "SAR"
    )

    with bench.adapter() as adapter:
        (result,) = adapter.push_prices([row])

    assert (result.outcome, result.code) == (Outcome.REJECTED, "price_on_variable")


@pytest.mark.parametrize("listed", [True, False])
def test_variants_are_read_whether_or_not_a_list_shows_them(bench: ZidBench, listed: bool) -> None:
    bench.shop.options.list_children = listed
    variants = bench.variants(2, 3)
    bench.products(2)

    with bench.adapter() as adapter:
        found = list(adapter.iter_products())
        assert all(result.is_ok for result in adapter.push_prices(prices(variants, "11.00", "SAR")))

    ids = [product.remote_id for product in found]
    assert len(ids) == len(set(ids)) == 2 + 6 + 2
    assert {p.remote_id: p.parent_remote_id for p in found if p.kind == "variant"} == {
        variant.remote_id: variant.parent_remote_id for variant in variants
    }
