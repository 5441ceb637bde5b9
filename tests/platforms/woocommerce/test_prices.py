from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from ecomsync.common.errors import ConfigurationError
from platforms.types import Outcome, PriceUpdate, PushResult
from tests.contracts.bench import prices
from tests.platforms.woocommerce.bench import WooBench

D = Decimal
NEXT_YEAR = datetime.now(UTC).year + 1


def push(bench: WooBench, *updates: PriceUpdate, **options: object) -> list[PushResult]:
    with bench.adapter(options=dict(options)) as adapter:
        return adapter.push_prices(updates)


def shown(bench: WooBench, sku: str) -> tuple[str, str]:
    product = bench.shop.by_sku(sku) or {}
    return product["regular_price"], product["sale_price"]


def on_sale(bench: WooBench, sku: str = "PROMO", regular: str = "30.00", sale: str = "25.00") -> str:
    return str(bench.shop.add_product(sku=sku, regular_price=regular, sale_price=sale)["id"])


def update(remote_id: str, price: str, sku: str = "PROMO", **extra: object) -> PriceUpdate:
    return replace(PriceUpdate("k", remote_id, D(price), "SAR", sku=sku), **extra)  # type: ignore[arg-type]


def test_regular_price_alone_leaves_the_promotion(bench: WooBench) -> None:
    (result,) = push(bench, update(on_sale(bench), "31"))

    assert result.outcome is Outcome.OK
    assert shown(bench, "PROMO") == ("31.00", "25.00")


@pytest.mark.parametrize("price", ["25.00", "24.99"])
def test_price_that_would_erase_the_promotion_is_refused(bench: WooBench, price: str) -> None:
    (result,) = push(bench, update(on_sale(bench), price))

    assert (result.outcome, result.code) == (Outcome.REJECTED, "price_below_promotion")
    assert "25.00" in result.message and result.cure
    assert shown(bench, "PROMO") == ("30.00", "25.00")
    assert bench.writes == 0


def test_price_overwrites_the_promotion_only_by_option(bench: WooBench) -> None:
    (result,) = push(bench, update(on_sale(bench), "20"), price_below_promotion="overwrite")

    assert result.outcome is Outcome.OK
    assert shown(bench, "PROMO") == ("20.00", "")


def test_promotion_of_a_variation_is_kept_too(bench: WooBench) -> None:
    variation = bench.variants(1, 2)[0]
    path = f"/products/{variation.parent_remote_id}/variations/{variation.remote_id}"
    bench.shop.rest("PUT", path, {"sale_price": "8.00"})

    results = push(
        bench,
        update(variation.remote_id, "7", variation.sku, parent_remote_id=variation.parent_remote_id),
        update(variation.remote_id, "7", "", parent_remote_id=variation.parent_remote_id),
    )

    assert {result.code for result in results} == {"price_below_promotion"}


def test_special_price_goes_with_its_window(bench: WooBench) -> None:
    remote_id = str(bench.shop.add_product(sku="PROMO", regular_price="30.00")["id"])
    begins = datetime(NEXT_YEAR, 3, 1, tzinfo=UTC)
    ends = datetime(NEXT_YEAR, 3, 31, 12, tzinfo=UTC)
    wanted = update(remote_id, "30", special=D("19.5"), special_from=begins, special_to=ends)

    first = push(bench, wanted)[0]
    written = bench.writes
    second = push(bench, wanted)[0]

    product = bench.shop.by_sku("PROMO") or {}
    assert first.outcome is Outcome.OK
    assert product["sale_price"] == "19.50"
    assert product["date_on_sale_from_gmt"] == f"{NEXT_YEAR}-03-01T00:00:00"
    assert product["date_on_sale_to_gmt"] == f"{NEXT_YEAR}-03-31T12:00:00"
    assert (second.outcome, bench.writes) == (Outcome.UNCHANGED, written)


def test_special_price_to_a_bare_date_lasts_through_that_day_in_the_shop(bench: WooBench) -> None:
    remote_id = str(bench.shop.add_product(sku="PROMO", regular_price="30.00")["id"])
    midnight_in_riyadh = datetime(NEXT_YEAR, 3, 30, 21, tzinfo=UTC)  # 31 March, 00:00

    push(bench, update(remote_id, "30", special=D(20), special_to=midnight_in_riyadh))

    product = bench.shop.by_sku("PROMO") or {}
    assert product["date_on_sale_to"] == f"{NEXT_YEAR}-03-31T23:59:59"


def test_special_price_that_runs_is_not_sent_again_after_the_shop_emptied_its_from_date(
    bench: WooBench,
) -> None:
    remote_id = str(bench.shop.add_product(sku="PROMO", regular_price="30.00")["id"])
    begins = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)
    wanted = update(remote_id, "30", special=D(20), special_from=begins)
    push(bench, wanted)
    bench.shop.rest("PUT", f"/products/{remote_id}", {"date_on_sale_from": ""})
    written = bench.writes

    (result,) = push(bench, wanted)

    assert (result.outcome, bench.writes) == (Outcome.UNCHANGED, written)


def test_special_price_is_cleared_with_its_dates(bench: WooBench) -> None:
    remote_id = on_sale(bench)
    bench.shop.rest("PUT", f"/products/{remote_id}", {"date_on_sale_to": f"{NEXT_YEAR}-01-01T00:00:00"})

    (result,) = push(bench, update(remote_id, "28", clear_special=True))

    product = bench.shop.by_sku("PROMO") or {}
    assert result.outcome is Outcome.OK
    assert (product["regular_price"], product["sale_price"]) == ("28.00", "")
    assert product["date_on_sale_to_gmt"] is None


def test_special_price_whose_window_is_over_is_cleared(bench: WooBench) -> None:
    remote_id = on_sale(bench)
    past = datetime.now(UTC) - timedelta(days=3)

    push(bench, update(remote_id, "30", special=D(20), special_to=past))

    assert shown(bench, "PROMO") == ("30.00", "")


def test_special_price_not_below_the_price_is_refused_before_it_is_sent(bench: WooBench) -> None:
    (result,) = push(bench, update(on_sale(bench), "30", special=D("30.00")))

    assert (result.outcome, result.code) == (Outcome.REJECTED, "special_not_below_price")
    assert bench.writes == 0


def test_price_of_a_variable_parent_is_refused_with_a_cure(bench: WooBench) -> None:
    parent = bench.shop.add_variable("SHIRT", {"Size": ["S", "M"]})

    read_first, written_blindly = (
        push(bench, update(str(parent["id"]), "5", "SHIRT"))[0],
        push(bench, update(str(parent["id"]), "5", "SHIRT"), price_below_promotion="overwrite")[0],
    )

    assert (read_first.code, written_blindly.code) == ("price_on_variable", "price_on_variable")
    assert "variations" in read_first.cure


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"currency": "EUR"}, "currency_mismatch"),
        ({"price_list": "B2B"}, "unsupported"),
        ({"min_quantity": D(10)}, "unsupported"),
        ({"price": D(-1)}, "negative_price"),
        ({"remote_id": ""}, "not_linked"),
    ],
)
def test_price_that_the_shop_cannot_have_is_refused(
    bench: WooBench, changes: dict[str, object], code: str
) -> None:
    product = bench.products(1)[0]

    (result,) = push(bench, replace(prices([product], "5", "SAR")[0], **changes))  # type: ignore[arg-type]

    assert (result.outcome, result.code) == (Outcome.REJECTED, code)
    assert result.cure
    assert bench.calls == 0


@pytest.mark.parametrize(
    ("price", "decimals", "text"),
    [
        ("0.3", "", "0.30"),
        ("10", "", "10.00"),
        ("1.005", "", "1.01"),
        ("1.005", "3", "1.005"),
        ("7.5", "0", "8"),
    ],
)
def test_price_is_rounded_to_the_decimals_of_currency_or_option(
    bench: WooBench, price: str, decimals: str, text: str
) -> None:
    product = bench.products(1)[0]

    push(bench, *prices([product], price, "SAR"), price_decimals=decimals)

    assert shown(bench, product.sku)[0] == text


def test_binary_noise_does_not_reach_the_shop(bench: WooBench) -> None:
    product = bench.products(1)[0]

    push(bench, PriceUpdate("k", product.remote_id, D(0.1) + D(0.2), "SAR", sku=product.sku))

    assert shown(bench, product.sku)[0] == "0.30"


def test_thousand_prices_are_ten_reads_and_ten_writes_and_then_no_write(bench: WooBench) -> None:
    products = bench.products(1000)

    push(bench, *prices(products, "12", "SAR"))
    assert (bench.calls, bench.writes) == (20, 10)
    bench.shop.counters.reset()
    results = push(bench, *prices(products, "12", "SAR"))

    assert {result.outcome for result in results} == {Outcome.UNCHANGED}
    assert (bench.calls, bench.writes) == (10, 0)


def test_prices_without_sku_are_read_by_id(bench: WooBench) -> None:
    products = bench.products(150)
    bare = [replace(entry, sku="") for entry in prices(products, "12", "SAR")]

    results = push(bench, *bare)

    assert {result.outcome for result in results} == {Outcome.OK}
    assert (bench.calls, bench.writes) == (4, 2)


def test_parents_are_touched_by_option(bench: WooBench) -> None:
    variations = bench.variants(3, 2)
    updates = [
        replace(entry, parent_remote_id=v.parent_remote_id)
        for entry, v in zip(prices(variations, "12", "SAR"), variations, strict=True)
    ]

    push(bench, *updates, touch_parents=True)

    assert bench.shop.counters.calls("POST /products/batch") == 1
    assert bench.shop.counters.batch_total("/products/batch*") == 3


def test_unknown_time_zone_of_the_site_is_named(bench: WooBench) -> None:
    product = bench.products(1)[0]
    with (
        bench.adapter(connection={"time_zone": "Mars/Olympus"}) as adapter,
        pytest.raises(ConfigurationError, match="Mars/Olympus"),
    ):
        adapter.push_prices(prices([product], "5", "SAR"))


def test_price_of_a_variation_whose_parent_is_gone_does_not_stop_the_others(bench: WooBench) -> None:
    gone, product = bench.variants(1, 1)[0], bench.products(1)[0]
    bench.shop.rest("DELETE", f"/products/{gone.parent_remote_id}", force=True)

    lost, sent = push(
        bench,
        update(gone.remote_id, "7", gone.sku, parent_remote_id=gone.parent_remote_id),
        update(product.remote_id, "7", product.sku),
    )

    assert (lost.outcome, sent.outcome) == (Outcome.REJECTED, Outcome.OK)
