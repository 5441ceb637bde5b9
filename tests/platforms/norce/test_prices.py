"""Prices at the sandbox: price lists, quantity breaks, currencies, nothing for nothing."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from platforms.types import Outcome
from tests.contracts.bench import prices
from tests.platforms.norce.bench import PRICES, NorceBench

D = Decimal


def test_price_lists_and_quantity_breaks(bench: NorceBench) -> None:
    bench.shop.add_price_list("WHOLESALE")
    (product,) = bench.products(1)
    (plain,) = prices([product], "9.00", bench.currency)
    updates = [
        replace(plain, key="retail"),
        replace(plain, key="ten", min_quantity=D(10), price=D("8.00")),
        replace(plain, key="wholesale", price_list="WHOLESALE", price=D("7.125")),
        replace(plain, key="nowhere", price_list="NOWHERE"),
    ]
    with bench.adapter() as adapter:
        results = adapter.push_prices(updates)
        again = adapter.push_prices(updates)

    assert [r.outcome for r in results] == [Outcome.OK, Outcome.OK, Outcome.OK, Outcome.REJECTED]
    assert results[3].code == "unknown_price_list" and "WHOLESALE" in results[3].cure
    assert [r.outcome for r in again[:3]] == [Outcome.UNCHANGED] * 3
    price_of = bench.shop.price_of
    assert (price_of(product.sku), price_of(product.sku, quantity_break=10)) == (D(9), D(8))
    assert price_of(product.sku, "WHOLESALE") == D("7.125")
    assert len(bench.shop.jobs_of(PRICES)) == 1


def test_only_what_differs_goes_out(bench: NorceBench) -> None:
    products = bench.products(5)
    updates = prices(products, "10.00", bench.currency)
    updates[2] = replace(updates[2], price=D("11.00"))
    with bench.adapter() as adapter:
        results = adapter.push_prices(updates)

    assert [r.outcome for r in results].count(Outcome.UNCHANGED) == 4
    assert [row["PartNo"] for row in bench.shop.jobs_of(PRICES)[0].rows] == [products[2].sku]


def test_price_that_was_switched_off_is_switched_on_again(bench: NorceBench) -> None:
    (product,) = bench.products(1)
    bench.shop.store.prices[product.sku, "B2C", 1]["IsActive"] = False
    with bench.adapter() as adapter:
        (result,) = adapter.push_prices(prices([product], "10.00", bench.currency))

    assert result.outcome is Outcome.OK
    assert bench.shop.price_of(product.sku) == D(10)


def test_price_of_nothing_is_refused_since_norce_would_ignore_it(bench: NorceBench) -> None:
    (product,) = bench.products(1)
    with bench.adapter() as adapter:
        (result,) = adapter.push_prices(prices([product], "0.00", bench.currency))

    assert (result.outcome, result.code) == (Outcome.REJECTED, "no_price")
    assert bench.writes == 0


def test_special_price_is_told_as_not_sent(bench: NorceBench) -> None:
    (product,) = bench.products(1)
    (update,) = prices([product], "12.00", bench.currency)
    with bench.adapter() as adapter:
        (result,) = adapter.push_prices([replace(update, special=D("9.00"))])

    assert result.outcome is Outcome.OK and "campaign" in result.warning


def test_account_of_prices_acts_under_its_own_number(bench: NorceBench) -> None:
    products = bench.products(1)
    with bench.adapter(options={"account_id": 4711, "account_id_prices": 4712}) as adapter:
        adapter.push_prices(prices(products, "12.00", bench.currency))

    assert bench.shop.jobs[0].header == {
        "AccountId": 4712,
        "FullFile": False,
        "SkuPriceListFieldsThatAreSet": [3, 10],
        "IgnoreSkuPriceListFieldsWhenEmpty": [3],
        "SerializationType": 0,
    }


def test_look_ups_are_made_once_for_many_pushes(bench: NorceBench) -> None:
    products = bench.products(1)
    for price in ("11.00", "12.00", "13.00"):
        with bench.adapter() as adapter:
            adapter.push_prices(prices(products, price, bench.currency))

    assert bench.shop.counters.calls("GET *ClientPriceLists") == 1
    bench.shop.add_price_list("NEW")
    (update,) = prices(products, "5.00", bench.currency)
    with bench.adapter() as adapter:
        (result,) = adapter.push_prices([replace(update, price_list="NEW")])
    assert result.outcome is Outcome.OK
    assert bench.shop.counters.calls("GET *ClientPriceLists") == 2
