"""Prices: promotions of the shop stay, tiers are merged, dates are days of the shop."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from platforms.types import Outcome, PriceUpdate
from tests.contracts.bench import prices
from tests.platforms.magento1.bench import MagentoBench

D = Decimal


def test_thousand_prices_are_twenty_writes_and_five_reads(bench: MagentoBench) -> None:
    products = bench.products(1000)
    with bench.adapter() as adapter:
        adapter.push_prices(prices(products[:1], "10.00", bench.currency))  # signs in
        bench.shop.counters.reset()

        results = adapter.push_prices(prices(products, "12.50", bench.currency))
        assert bench.shop.counters.snapshot()["by_route"] == {
            "CALL /xmlrpc multiCall": 5,
            "POST /xmlrpc multiCall": 20,
        }
        again = adapter.push_prices(prices(products, "12.50", bench.currency))

    assert {result.outcome for result in results} == {Outcome.OK}
    assert {result.outcome for result in again} == {Outcome.UNCHANGED}
    assert bench.shop.counters.calls("POST *") == 20
    assert {bench.price_of(product) for product in products} == {D("12.50")}


def test_special_price_has_days_of_the_shop(bench: MagentoBench) -> None:
    product = bench.products(1)[0]
    begins = datetime.now(UTC).replace(hour=22, minute=0, second=0, microsecond=0) + timedelta(days=3)
    update = replace(
        prices([product], "10.00", bench.currency)[0],
        special=D("8.00"),
        special_from=begins,
        special_to=begins + timedelta(days=10),
    )
    with bench.adapter() as adapter:
        (result,) = adapter.push_prices([update])
        (again,) = adapter.push_prices([update])

    values = bench.shop.store.products[int(product.remote_id)].values
    # 22:00 UTC is 01:00 of the next day in Riyadh.
    assert values["special_from_date"] == (begins + timedelta(hours=3)).strftime("%Y-%m-%d")
    assert values["special_to_date"] == (begins + timedelta(days=10, hours=3)).strftime("%Y-%m-%d")
    assert (result.outcome, again.outcome) == (Outcome.OK, Outcome.UNCHANGED)


def test_special_price_that_is_over_is_cleared_and_one_that_ends_before_it_begins_is_refused(
    bench: MagentoBench,
) -> None:
    product = bench.products(1)[0]
    bench.start_promotion(product, "7.00")
    plain = prices([product], "10.00", bench.currency)[0]
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    later = datetime(2099, 1, 1, tzinfo=UTC)
    with bench.adapter() as adapter:
        (over,) = adapter.push_prices([replace(plain, special=D("8.00"), special_to=long_ago)])
        (wrong,) = adapter.push_prices(
            [replace(plain, special=D("8.00"), special_from=later + timedelta(days=2), special_to=later)]
        )

    assert over.outcome is Outcome.OK and bench.special_of(product) is None
    assert (wrong.outcome, wrong.code) == (Outcome.REJECTED, "special_window")


def test_special_price_above_the_price_is_told(bench: MagentoBench) -> None:
    product = bench.products(1)[0]
    bench.start_promotion(product, "7.00")
    with bench.adapter() as adapter:
        (result,) = adapter.push_prices(prices([product], "6.00", bench.currency))

    assert result.outcome is Outcome.OK and "7.00" in result.warning
    assert bench.special_of(product) == D("7.00")


def test_price_of_three_decimals_by_option(bench: MagentoBench) -> None:
    product = bench.products(1)[0]
    with bench.adapter(options={"price_decimals": 3}) as adapter:
        adapter.push_prices(prices([product], "1.2345", bench.currency))

    assert bench.price_of(product) == D("1.235")


def test_currency_of_three_decimals_is_kept(bench: MagentoBench) -> None:
    product = bench.products(1)[0]
    with bench.adapter(connection={"currency": "KWD"}) as adapter:
        adapter.push_prices(prices([product], "4.125", "KWD"))

    assert bench.price_of(product) == D("4.125")


def test_store_views_of_prices_get_each_a_write(bench: MagentoBench) -> None:
    products = bench.products(3)
    for attribute in bench.shop.store.attributes.values():
        if attribute.code == "price":
            attribute.scope = "website"
    with bench.adapter(options={"price_views": "default, ar"}) as adapter:
        results = adapter.push_prices(prices(products, "11.00", bench.currency))

    assert {result.outcome for result in results} == {Outcome.OK}
    product = bench.shop.store.products[int(products[0].remote_id)]
    assert (product.value("price", 1), product.value("price", 2), product.value("price")) == (
        "11.00",
        "11.00",
        "10.00",
    )
    assert bench.shop.counters.batch_total("multiCall catalog_product.update") == 6


def tier(product_id: str, group: str, quantity: str, price: str, key: str = "t") -> PriceUpdate:
    return PriceUpdate(key, product_id, D(price), "SAR", price_list=group, min_quantity=D(quantity))


def test_tiers_of_one_product_go_together_and_once(bench: MagentoBench) -> None:
    product = bench.products(1)[0]
    updates = [
        tier(product.remote_id, "Wholesale", "1", "9.00", "a"),
        tier(product.remote_id, "", "10", "8.00", "b"),
    ]
    with bench.adapter() as adapter:
        first = adapter.push_prices(updates)
        written = bench.writes
        second = adapter.push_prices(updates)

    assert [result.outcome for result in first] == [Outcome.OK, Outcome.OK]
    assert {result.outcome for result in second} == {Outcome.UNCHANGED}
    assert bench.writes == written == 1
    rows = bench.shop.rpc("product_tier_price.info", product.remote_id, "id")
    assert [(str(row["customer_group_id"]), row["qty"], row["price"]) for row in rows] == [
        ("2", "1.0000", "9.0000"),
        ("all", "10.0000", "8.0000"),
    ]


def test_tiers_of_the_staff_are_refused_or_kept(bench: MagentoBench) -> None:
    product = bench.products(1)[0]
    theirs = [{"customer_group_id": "3", "website": "all", "qty": "5", "price": "9.50"}]
    bench.shop.rpc("product_tier_price.update", product.remote_id, theirs, "id")
    update = tier(product.remote_id, "2", "1", "9.00")
    with bench.adapter() as adapter:
        (refused,) = adapter.push_prices([update])
    with bench.adapter(options={"foreign_tiers": "keep"}) as adapter:
        (kept,) = adapter.push_prices([update])

    assert (refused.outcome, refused.code) == (Outcome.REJECTED, "foreign_tiers")
    assert kept.outcome is Outcome.OK
    rows = bench.shop.rpc("product_tier_price.info", product.remote_id, "id")
    assert {(str(row["customer_group_id"]), row["price"]) for row in rows} == {
        ("3", "9.5000"),
        ("2", "9.0000"),
    }


def test_tier_of_buyers_who_are_not_signed_in_stays_theirs(bench: MagentoBench) -> None:
    """Their group has the number 0, which is not everybody."""
    product = bench.products(1)[0]
    theirs = [{"customer_group_id": 0, "website": "all", "qty": "5", "price": "3.50"}]
    bench.shop.rpc("product_tier_price.update", product.remote_id, theirs, "id")
    with bench.adapter(options={"foreign_tiers": "keep"}) as adapter:
        (kept,) = adapter.push_prices([tier(product.remote_id, "", "10", "9.00")])

    assert kept.outcome is Outcome.OK
    rows = bench.shop.rpc("product_tier_price.info", product.remote_id, "id")
    assert {(str(row["customer_group_id"]), row["price"]) for row in rows} == {
        ("0", "3.5000"),
        ("all", "9.0000"),
    }


def test_tier_of_an_unknown_group_is_refused(bench: MagentoBench) -> None:
    product = bench.products(1)[0]
    with bench.adapter() as adapter:
        (result,) = adapter.push_prices([tier(product.remote_id, "Kings", "1", "1.00")])

    assert (result.outcome, result.code) == (Outcome.REJECTED, "unknown_group")
    assert bench.writes == 0
