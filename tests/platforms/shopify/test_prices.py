"""Prices: sales of the shop stay, price lists, and bulk operations that are taken up again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from ecomsync.common.errors import Rejected
from platforms.shopify.ids import number_of
from platforms.shopify.mapping_prices import Shown, wanted_price
from platforms.types import Outcome, PriceUpdate
from tests.contracts.bench import prices
from tests.platforms.shopify.bench import ShopifyBench

D = Decimal
NOW = datetime(2026, 11, 2, tzinfo=UTC)
PLAIN, SALE = Shown(D("10.00"), None), Shown(D("7.00"), D("10.00"))


def update(price: str, special: str | None = None, **more: Any) -> PriceUpdate:
    return PriceUpdate("k", "1", D(price), "SAR", special=None if special is None else D(special), **more)


def wanted(change: PriceUpdate, shown: Shown, *, overwrite: bool = False) -> tuple[Decimal, Decimal | None]:
    found = wanted_price(change, shown, currency="SAR", now=NOW, overwrite=overwrite)
    return found.price, found.compare_at


class TestWanted:
    def test_plain_price_strikes_nothing_through(self) -> None:
        assert wanted(update("12"), PLAIN) == (D("12.00"), None)

    def test_sale_of_the_shop_stays_and_the_struck_price_moves(self) -> None:
        assert wanted(update("12"), SALE) == (D("7.00"), D("12.00"))

    def test_sale_of_the_shop_ends_where_the_site_says_so(self) -> None:
        assert wanted(update("12"), SALE, overwrite=True) == (D("12.00"), None)

    def test_price_at_or_below_the_sale_is_refused(self) -> None:
        with pytest.raises(Rejected) as caught:
            wanted(update("7"), SALE)

        assert caught.value.code == "price_below_promotion"

    def test_special_price_strikes_the_price_through(self) -> None:
        assert wanted(update("10", "8"), PLAIN) == (D("8.00"), D("10.00"))

    def test_special_price_outside_its_window_is_not_shown(self) -> None:
        later, past = NOW + timedelta(days=1), NOW - timedelta(days=1)

        assert wanted(update("10", "8", special_from=later), PLAIN) == (D("10.00"), None)
        assert wanted(update("10", "8", special_to=past), PLAIN) == (D("10.00"), None)
        assert wanted(update("10", "8", special_from=past, special_to=later), PLAIN) == (
            D("8.00"),
            D("10.00"),
        )

    def test_clearing_ends_any_sale(self) -> None:
        assert wanted(update("10", clear_special=True), SALE) == (D("10.00"), None)

    def test_special_price_must_be_below(self) -> None:
        with pytest.raises(Rejected):
            wanted(update("8", "8"), PLAIN)

    def test_three_decimals_stay(self) -> None:
        found = wanted_price(
            PriceUpdate("k", "1", D("1.2345"), "KWD"),
            Shown(None, None),
            currency="KWD",
            now=NOW,
            overwrite=False,
        )

        assert found.price == D("1.235")

    def test_compare_at_price_that_strikes_nothing_is_taken_off(self) -> None:
        """Else a lower price would look like a sale that nobody made."""
        assert wanted(update("8"), Shown(D("10.00"), D("10.00"))) == (D("8.00"), None)


class TestPush:
    def test_a_refused_row_leaves_its_sisters(self, bench: ShopifyBench) -> None:
        variants = bench.variants(1, 3)
        bench.fail("refuse_rows", skus=[variants[1].sku])

        with bench.adapter() as adapter:
            results = adapter.push_prices(prices(variants, "12.00", bench.currency))

        assert [result.outcome for result in results] == [Outcome.OK, Outcome.REJECTED, Outcome.OK]
        assert [bench.price_of(variant) for variant in variants] == [D("12.00"), D("10.00"), D("12.00")]

    def test_quantity_break_without_a_price_list_is_refused(self, bench: ShopifyBench) -> None:
        row = replace(prices(bench.products(1), "9.00", bench.currency)[0], min_quantity=D(10))

        with bench.adapter() as adapter:
            (result,) = adapter.push_prices([row])

        assert (result.outcome, result.code) == (Outcome.REJECTED, "unsupported")

    def test_variant_that_is_gone_is_refused(self, bench: ShopifyBench) -> None:
        rows = prices(bench.products(2), "9.00", bench.currency)
        rows[0] = replace(rows[0], remote_id="99999999", parent_remote_id="99999998")

        with bench.adapter() as adapter:
            results = adapter.push_prices(rows)

        assert [result.outcome for result in results] == [Outcome.REJECTED, Outcome.OK]


class TestPriceLists:
    def test_prices_of_a_market_are_fixed_prices_of_its_list(self, bench: ShopifyBench) -> None:
        products = bench.products(3)
        made = bench.shop.add_price_list("UAE", "AED")
        rows = [replace(row, price_list=number_of(made["id"])) for row in prices(products, "11.00", "AED")]

        with bench.adapter() as adapter:
            results = adapter.push_prices(rows)
        shown = bench.shop.graphql(
            "query($id: ID!) { priceList(id: $id) { fixedPricesCount } }", {"id": made["id"]}
        )

        assert {result.outcome for result in results} == {Outcome.OK}
        assert shown["data"]["priceList"]["fixedPricesCount"] == 3
        assert bench.calls == 1
        assert {bench.price_of(product) for product in products} == {D("10.00")}

    def test_fractional_break_is_refused_and_not_cut(self, bench: ShopifyBench) -> None:
        made = bench.shop.add_price_list("B2B", bench.currency)
        (row,) = prices(bench.products(1), "9.00", bench.currency)
        half = replace(row, price_list=number_of(made["id"]), min_quantity=D("2.5"))

        with bench.adapter() as adapter:
            (result,) = adapter.push_prices([half])

        assert result.code == "fractional_quantity" and "2.5" in result.message and bench.calls == 0

    def test_wrong_currency_is_refused_row_by_row(self, bench: ShopifyBench) -> None:
        products = bench.products(2)
        made = bench.shop.add_price_list("UAE", "AED")
        rows = [replace(row, price_list=number_of(made["id"])) for row in prices(products, "11.00", "AED")]
        rows[0] = replace(rows[0], currency="SAR")

        with bench.adapter() as adapter:
            results = adapter.push_prices(rows)

        assert [result.outcome for result in results] == [Outcome.REJECTED, Outcome.OK]
        assert results[0].code == "price_list_currency_mismatch" and results[0].cure

    def test_unknown_list_is_refused_without_a_call(self, bench: ShopifyBench) -> None:
        row = replace(prices(bench.products(1), "11.00", "AED")[0], price_list="retail")

        with bench.adapter() as adapter:
            (result,) = adapter.push_prices([row])

        assert result.code == "unknown_price_list"
        assert bench.calls == 0

    def test_quantity_breaks_of_a_list(self, bench: ShopifyBench) -> None:
        product = bench.products(1)[0]
        made = bench.shop.add_price_list("B2B", bench.currency)
        plain = replace(prices([product], "9.00", bench.currency)[0], price_list=number_of(made["id"]))
        row = replace(plain, key="ten", price=D("8.00"), min_quantity=D(10))

        with bench.adapter() as adapter:
            results = adapter.push_prices([plain, row])

        assert [result.outcome for result in results] == [Outcome.OK, Outcome.OK]


class TestBulk:
    def test_bulk_operation_starts_at_the_threshold(self, bench: ShopifyBench) -> None:
        products = bench.products(6)
        with bench.adapter(options={"bulk_threshold": 6}) as adapter:
            adapter.push_prices(prices(products[:5], "11.00", bench.currency))
            assert bench.shop.counters.calls("POST /graphql/productVariantsBulkUpdate") == 5
            results = adapter.push_prices(prices(products, "12.00", bench.currency))

        assert {result.outcome for result in results} == {Outcome.OK}
        assert bench.shop.counters.calls("POST /graphql/productVariantsBulkUpdate") == 5
        assert bench.shop.counters.calls("POST /graphql/bulkOperationRunMutation") == 1

    def test_refused_row_of_a_bulk_operation_stands_alone(self, bench: ShopifyBench) -> None:
        products = bench.products(6)
        bench.fail("refuse_rows", skus=[products[2].sku])

        with bench.adapter(options={"bulk_threshold": 2}) as adapter:
            results = adapter.push_prices(prices(products, "12.00", bench.currency))

        assert [n for n, result in enumerate(results) if not result.is_ok] == [2]

    def test_operation_that_takes_long_is_taken_up_by_the_next_push(self, bench: ShopifyBench) -> None:
        bench.shop.options.async_polls = 30
        products = bench.products(4)
        rows = prices(products, "12.00", bench.currency)

        with bench.adapter(options={"bulk_threshold": 2, "bulk_wait": 0}) as adapter:
            first = adapter.push_prices(rows)
            learned = adapter.learned
        bench.shop.options.async_polls = 1
        with bench.adapter(options={"bulk_threshold": 2}, connection={"learned": learned}) as adapter:
            second = adapter.push_prices(rows)

        assert {(result.outcome, result.code) for result in first} == {(Outcome.RETRY, "bulk_running")}
        assert all(result.is_ok for result in second)
        assert {bench.price_of(product) for product in products} == {D("12.00")}
        assert bench.shop.counters.calls("POST /graphql/bulkOperationRunMutation") == 1

    def test_answer_to_the_start_that_is_lost_starts_nothing_twice(self, bench: ShopifyBench) -> None:
        bench.shop.options.async_polls = 5
        products = bench.products(4)
        rows = prices(products, "12.00", bench.currency)
        bench.shop.faults.add("timeout_after", path="bulkOperationRunMutation", ms=2500, count=1)

        with bench.adapter(timeout=1.0, options={"bulk_threshold": 2}) as adapter:
            with pytest.raises(Exception, match="did not answer"):
                adapter.push_prices(rows)
            again = adapter.push_prices(rows)

        assert all(result.is_ok for result in again)
        assert bench.shop.counters.calls("POST /graphql/bulkOperationRunMutation") == 1

    def test_never_where_the_site_says_so(self, bench: ShopifyBench) -> None:
        with bench.adapter(options={"bulk_threshold": 0}) as adapter:
            adapter.push_prices(prices(bench.products(45), "12.00", bench.currency))

        assert bench.shop.counters.calls("POST /graphql/productVariantsBulkUpdate") == 45
