"""Prices at the sandbox: base, special and tier prices by their own routes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from platforms.magento2.mapping_prices import (
    failures_by_sku,
    in_order,
    window_begin,
    window_end,
    window_is_over,
)
from platforms.types import Outcome, PriceUpdate
from tests.contracts.bench import BenchProduct, prices
from tests.platforms.magento2.bench import MageBench

D = Decimal
RIYADH = ZoneInfo("Asia/Riyadh")


def update(product: BenchProduct, amount: str, **more: object) -> PriceUpdate:
    return replace(prices([product], amount, "SAR")[0], **more)  # type: ignore[arg-type]


def test_thousand_prices_are_eight_calls_and_the_same_again_four(bench: MageBench) -> None:
    products = bench.products(1000)

    with bench.adapter() as adapter:
        results = adapter.push_prices(prices(products, "12.50", "SAR"))
        calls = bench.calls
        again = adapter.push_prices(prices(products, "12.50", "SAR"))

    assert {result.outcome for result in results} == {Outcome.OK}
    assert calls == 8
    assert bench.shop.counters.calls("POST /V1/products/base-prices") == bench.writes == 4
    assert {result.outcome for result in again} == {Outcome.UNCHANGED}
    assert bench.calls - calls == 4


def test_price_push_touches_no_promotion_and_no_tier(open_source: MageBench) -> None:
    (product,) = open_source.products(1)
    open_source.shop.set_special(product.sku, "7.00")
    open_source.shop.set_tier(product.sku, "6.50", "10", "Wholesale")

    with open_source.adapter() as adapter:
        (result,) = adapter.push_prices([update(product, "9.00")])

    assert result.outcome is Outcome.OK
    assert open_source.price_of(product) == 9
    assert open_source.special_of(product) == 7
    assert [str(tier.price) for tier in open_source.shop._product(product.sku).tiers] == ["6.50"]


def test_special_price_has_its_window_in_the_shops_own_time(open_source: MageBench) -> None:
    (product,) = open_source.products(1)
    begins = datetime(2031, 5, 1, 21, 0, tzinfo=UTC)  # midnight of 2 May in Riyadh
    ends = datetime(2031, 5, 10, 15, 0, tzinfo=UTC)
    wanted = update(product, "10.00", special=D("8.00"), special_from=begins, special_to=ends)

    with open_source.adapter() as adapter:
        (first,) = adapter.push_prices([wanted])
        (second,) = adapter.push_prices([wanted])
        (cleared,) = adapter.push_prices([update(product, "10.00", clear_special=True)])
        (nothing,) = adapter.push_prices([update(product, "10.00", clear_special=True)])

    values = [first.outcome, second.outcome, cleared.outcome, nothing.outcome]
    assert values == [Outcome.OK, Outcome.UNCHANGED, Outcome.OK, Outcome.UNCHANGED]
    assert open_source.special_of(product) is None


def test_window_as_it_is_kept(open_source: MageBench) -> None:
    (product,) = open_source.products(1)
    begins, ends = datetime(2031, 5, 1, 21, 0, tzinfo=UTC), datetime(2031, 5, 10, 15, 0, tzinfo=UTC)

    with open_source.adapter() as adapter:
        adapter.push_prices(
            [update(product, "10.00", special=D("8.00"), special_from=begins, special_to=ends)]
        )

    values = open_source.shop._product(product.sku).values[0]
    assert (values["special_from_date"], values["special_to_date"]) == (
        "2031-05-02 00:00:00",
        "2031-05-10 00:00:00",
    )


def test_changed_special_price_replaces_the_one_before(bench: MageBench) -> None:
    """Adobe Commerce refuses windows that overlap, so the old one goes first."""
    (product,) = bench.products(1)

    with bench.adapter() as adapter:
        for special in ("8.00", "7.00"):
            (result,) = adapter.push_prices([update(product, "10.00", special=D(special))])
            assert result.outcome is Outcome.OK, result.message
            bench.shop.advance(60)
        learned = dict(adapter.learned)

    assert bench.special_of(product) == 7
    assert learned["staging"] is True


def test_special_price_whose_window_is_over_is_taken_away(open_source: MageBench) -> None:
    (product,) = open_source.products(1)
    open_source.shop.set_special(product.sku, "7.00")
    over = datetime.now(UTC) - timedelta(days=3)

    with open_source.adapter() as adapter:
        (result,) = adapter.push_prices([update(product, "10.00", special=D("7.00"), special_to=over)])

    assert result.is_ok
    assert open_source.special_of(product) is None


def test_price_list_is_a_customer_group_and_leaves_the_base_price(bench: MageBench) -> None:
    (product,) = bench.products(1)
    bench.shop.set_tier(product.sku, "9.90", "50")
    rows = [
        update(product, "8.50", price_list="Wholesale", key="a"),
        update(product, "8.00", price_list="Wholesale", min_quantity=D(10), key="b"),
        update(product, "9.00", min_quantity=D(5), key="c"),
    ]

    with bench.adapter() as adapter:
        first = adapter.push_prices(rows)
        second = adapter.push_prices(rows)

    assert {result.outcome for result in first} == {Outcome.OK}
    assert {result.outcome for result in second} == {Outcome.UNCHANGED}
    tiers = {
        (tier.customer_group, tier.quantity): tier.price for tier in bench.shop._product(product.sku).tiers
    }
    assert tiers == {
        ("ALL GROUPS", D(50)): D("9.90"),
        ("Wholesale", D(1)): D("8.5"),
        ("Wholesale", D(10)): D(8),
        ("ALL GROUPS", D(5)): D(9),
    }
    assert bench.price_of(product) == 10


def test_unknown_customer_group_is_refused_by_name_and_the_rest_is_kept(bench: MageBench) -> None:
    first, second = bench.products(2)
    rows = [update(first, "8.00", price_list="Martians"), update(second, "8.00", price_list="Wholesale")]

    with bench.adapter() as adapter:
        results = adapter.push_prices(rows)

    assert [result.outcome for result in results] == [Outcome.REJECTED, Outcome.OK]
    assert "Martians" in results[0].message and results[0].cure


def test_price_per_website_goes_to_a_store_of_each(bench: MageBench) -> None:
    (product,) = bench.products(1)
    bench.shop.options.price_scope = "website"

    with bench.adapter(options={"price_websites": "base"}) as adapter:
        (result,) = adapter.push_prices([update(product, "12.00")])

    assert result.outcome is Outcome.OK
    assert (bench.shop.price_of(product.sku, 1), bench.shop.price_of(product.sku, 0)) == (D(12), D(10))


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"price": D("-1")}, "negative_price"),
        ({"special": D("11.00")}, "special_not_below_price"),
        ({"currency": "USD"}, "currency_mismatch"),
        ({"remote_id": ""}, "not_linked"),
        ({"remote_id": "99999999"}, "not_found"),
        (
            {
                "special": D("8"),
                "special_from": datetime(2031, 5, 9, tzinfo=UTC),
                "special_to": datetime(2031, 5, 1, tzinfo=UTC),
            },
            "special_window",
        ),
    ],
)
def test_bad_row_is_refused_here_and_the_rest_is_sent(
    bench: MageBench, more: dict[str, object], code: str
) -> None:
    bad, good = bench.products(2)

    with bench.adapter() as adapter:
        results = adapter.push_prices([update(bad, "10.00", **more), update(good, "11.00")])

    assert (results[0].outcome, results[0].code) == (Outcome.REJECTED, code)
    assert results[0].cure
    assert results[1].outcome is Outcome.OK and bench.price_of(good) == 11


def test_configurable_has_no_price_of_its_own(bench: MageBench) -> None:
    parent = bench.shop.add_variable("SHIRT", {"Size": ["M"]})

    with bench.adapter() as adapter:
        (result,) = adapter.push_prices([PriceUpdate("k", str(parent["id"]), D(5), "SAR")])

    assert (result.outcome, result.code) == (Outcome.REJECTED, "price_on_variable")


# ---------------------------------------------------------------- mapping


def test_failed_rows_are_found_by_their_sku() -> None:
    answers = [
        {"message": "Invalid attribute %fieldName = %fieldValue.", "parameters": ["SKU", "NO-SUCH"]},
        {"message": "Invalid attribute %fieldName = %fieldValue.", "parameters": ["Price", "-1"]},
        "noise",
    ]

    found, nameless = failures_by_sku(answers, ["NO-SUCH", "MUG"])

    assert found == {"NO-SUCH": "Invalid attribute SKU = NO-SUCH."}
    assert nameless == ["Invalid attribute Price = -1."]


def test_placeholders_take_the_values_in_their_order() -> None:
    template = "Invalid attribute SKU = %SKU. Row ID: SKU = %SKU, Website ID: %websiteId, Quantity: %qty."

    assert in_order(template, ["X", 0, 10]) == (
        "Invalid attribute SKU = X. Row ID: SKU = X, Website ID: 0, Quantity: 10."
    )
    assert in_order("100% off %1", []) == "100% off %1"


def test_last_day_of_a_window_is_sent_as_its_midnight() -> None:
    late = datetime(2031, 5, 10, 20, 59, tzinfo=UTC)  # 23:59 in Riyadh
    midnight = datetime(2031, 5, 9, 21, 0, tzinfo=UTC)  # 10 May 00:00 in Riyadh

    assert window_end(late, RIYADH) == window_end(midnight, RIYADH) == "2031-05-10 00:00:00"
    assert window_begin(midnight, RIYADH) == "2031-05-10 00:00:00"
    assert not window_is_over(late, RIYADH, late)
    assert window_is_over(late, RIYADH, late + timedelta(minutes=2))
    assert (window_begin(None, RIYADH), window_end(None, RIYADH)) == ("", "")
