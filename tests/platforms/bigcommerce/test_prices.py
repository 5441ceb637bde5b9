"""Prices out: base prices by variant, price lists with breaks, promotions of the store untouched."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from platforms.types import Outcome
from sandbox.bigcommerce import catalog
from tests.contracts.bench import prices
from tests.platforms.bigcommerce.bench import BigCommerceBench

D = Decimal
NOW = datetime.now(UTC)


def test_calls_of_a_thousand_prices(bench: BigCommerceBench) -> None:
    products = bench.products(1000)
    bench.shop.counters.reset()

    with bench.adapter() as adapter:
        results = adapter.push_prices(prices(products, "12.50", bench.currency))
        first = bench.calls
        bench.shop.counters.reset()
        again = adapter.push_prices(prices(products, "12.50", bench.currency))

    assert {result.outcome for result in results} == {Outcome.OK}
    assert first == 4 + 20  # 250 read and 50 written per call
    assert {result.outcome for result in again} == {Outcome.UNCHANGED}
    assert bench.calls == 4 and bench.writes == 0


def test_refused_row_is_named_and_the_others_are_sent_again(bench: BigCommerceBench) -> None:
    products = bench.variants(2, 3)
    bench.fail("refuse_rows", skus=[products[2].sku])

    with bench.adapter() as adapter:
        results = adapter.push_prices(prices(products, "8.00", bench.currency))

    assert [n for n, result in enumerate(results) if not result.is_ok] == [2]
    assert "refused" in results[2].message
    assert bench.price_of(products[3]) == D("8.00") and bench.price_of(products[2]) == D("10.00")


def test_special_price_is_sent_only_while_it_is_valid(bench: BigCommerceBench) -> None:
    product = bench.products(1)[0]
    (plain,) = prices([product], "10.00", bench.currency)
    later = replace(plain, special=D("8.00"), special_from=NOW + timedelta(days=2))
    now = replace(plain, special=D("8.00"), special_to=NOW + timedelta(days=2))
    over = replace(plain, special=D("8.00"), special_to=NOW - timedelta(days=2))

    with bench.adapter() as adapter:
        (first,) = adapter.push_prices([later])
        assert bench.special_of(product) is None and first.warning
        (second,) = adapter.push_prices([now])
        assert bench.special_of(product) == D("8.00") and second.warning
        (third,) = adapter.push_prices([over])

    assert third.outcome is Outcome.OK and bench.special_of(product) is None


def test_product_with_variants_has_no_price_of_its_own(bench: BigCommerceBench) -> None:
    variant = bench.variants(1, 2)[0]
    (row,) = prices([variant], "9.00", bench.currency)

    with bench.adapter() as adapter:
        (result,) = adapter.push_prices(
            [replace(row, remote_id=variant.parent_remote_id, parent_remote_id="")]
        )

    assert (result.outcome, result.code) == (Outcome.REJECTED, "price_on_variable")


def test_price_list_takes_a_thousand_rows_in_one_call(bench: BigCommerceBench) -> None:
    wholesale = bench.shop.add_price_list("Wholesale")
    products = bench.products(1000)
    updates = [replace(row, price_list="Wholesale") for row in prices(products, "7.00", bench.currency)]
    bench.shop.counters.reset()

    with bench.adapter() as adapter:
        results = adapter.push_prices(updates)
        again = adapter.push_prices(updates)

    assert {result.outcome for result in results} == {Outcome.OK}
    assert {result.outcome for result in again} == {Outcome.UNCHANGED}
    assert bench.shop.counters.calls("PUT /v3/pricelists/{id}/records") == 1
    record = bench.shop.price_record(wholesale["id"], products[0].sku, bench.currency)
    assert record is not None and record["price"] == D(7)
    assert bench.price_of(products[0]) == D("10.00")


def test_quantity_breaks_make_one_record_and_keep_those_of_the_list(bench: BigCommerceBench) -> None:
    wholesale = bench.shop.add_price_list("Wholesale")
    product = bench.products(1)[0]
    (row,) = prices([product], "9.00", bench.currency)
    base = replace(row, price_list=str(wholesale["id"]))
    ten = replace(base, key="ten", min_quantity=D(10), price=D("8.00"))
    fifty = replace(base, key="fifty", min_quantity=D(50), price=D("7.00"))

    with bench.adapter() as adapter:
        first = adapter.push_prices([base, ten])
        second = adapter.push_prices([fifty])

    assert all(result.is_ok for result in [*first, *second])
    record = bench.shop.price_record(wholesale["id"], product.sku, bench.currency)
    assert record is not None
    assert [
        (t["quantity_min"], t["quantity_max"], t["type"], t["amount"]) for t in record["bulk_pricing_tiers"]
    ] == [
        (10, 49, "fixed", D(8)),
        (50, 0, "fixed", D(7)),
    ]


def test_refused_record_keeps_the_others_of_its_call(bench: BigCommerceBench) -> None:
    wholesale = bench.shop.add_price_list("Wholesale")
    products = bench.products(5)
    bench.fail("refuse_rows", skus=[products[1].sku])

    with bench.adapter() as adapter:
        updates = [replace(row, price_list="wholesale") for row in prices(products, "7.00", bench.currency)]
        results = adapter.push_prices(updates)

    assert [n for n, result in enumerate(results) if not result.is_ok] == [1]
    assert bench.shop.price_record(wholesale["id"], products[1].sku, bench.currency) is None
    assert bench.shop.price_record(wholesale["id"], products[4].sku, bench.currency) is not None


def test_unknown_list_and_break_without_a_base_price_are_refused(bench: BigCommerceBench) -> None:
    bench.shop.add_price_list("Wholesale")
    product = bench.products(1)[0]
    (row,) = prices([product], "9.00", bench.currency)

    with bench.adapter() as adapter:
        unknown, dear, lonely, plain = adapter.push_prices(
            [
                replace(row, price_list="Retail"),
                replace(row, price_list="Wholesale", special=D("9.00")),
                replace(row, price_list="Wholesale", min_quantity=D(5)),
                replace(row, min_quantity=D(5)),
            ]
        )

    assert [r.code for r in (unknown, dear, lonely, plain)] == [
        "unknown_price_list",
        "special_not_below_price",
        "no_base_price",
        "unsupported",
    ]
    assert all(r.cure for r in (unknown, dear, lonely, plain))


def test_price_list_may_have_another_currency(bench: BigCommerceBench) -> None:
    wholesale = bench.shop.add_price_list("Export")
    product = bench.products(1)[0]

    with bench.adapter() as adapter:
        (result,) = adapter.push_prices([replace(prices([product], "3.00", "USD")[0], price_list="Export")])

    assert result.is_ok
    assert bench.shop.price_record(wholesale["id"], product.sku, "usd") is not None


def test_sale_of_a_product_is_not_ended_for_a_variant_that_shares_it(bench: BigCommerceBench) -> None:
    one, two = bench.variants(1, 2)
    product, variant = catalog.by_sku(bench.shop.store, one.sku)
    assert variant is not None
    _, own = catalog.by_sku(bench.shop.store, two.sku)
    assert own is not None
    variant["price"], own["price"] = None, D("11.00")
    product |= {"price": D("10.00"), "sale_price": D("7.00")}
    bench.shop.counters.reset()

    with bench.adapter() as adapter:
        spared, other = adapter.push_prices(prices([one, two], "12.00", bench.currency))
        (same,) = adapter.push_prices(prices([one], "10.00", bench.currency))
        (ours,) = adapter.push_prices([replace(prices([one], "12.00", bench.currency)[0], special=D("9.00"))])

    assert (spared.outcome, spared.code) == (Outcome.REJECTED, "promotion_of_product")
    assert (other.outcome, bench.price_of(two)) == (Outcome.OK, D("12.00"))
    assert same.outcome is Outcome.UNCHANGED
    assert ours.outcome is Outcome.OK and (variant["price"], variant["sale_price"]) == (D(12), D(9))
    assert bench.writes == 2


def test_refusal_of_a_record_without_its_variant_is_believed_of_no_other(bench: BigCommerceBench) -> None:
    """Whose record it was is found by halves, and what the store refused is never told as taken."""
    wholesale = bench.shop.add_price_list("Wholesale")
    products = bench.products(4)
    bench.fail("refuse_rows", skus=[products[0].sku, products[1].sku])
    inner = bench.shop.app.serve

    def serve(request: Any) -> Any:
        answer = inner(request)
        if request.method == "PUT" and answer.status == 422:
            body = json.loads(answer.body)
            body["batch_errors"][0]["data"].pop("variant_id")
            answer = replace(answer, body=json.dumps(body).encode())
        return answer

    bench.shop.app.serve = serve  # type: ignore[method-assign]
    with bench.adapter() as adapter:
        updates = [replace(row, price_list="wholesale") for row in prices(products, "7.00", bench.currency)]
        results = adapter.push_prices(updates)

    assert [result.is_ok for result in results] == [False, False, True, True]
    kept = [bench.shop.price_record(wholesale["id"], one.sku, bench.currency) for one in products]
    assert [row is not None for row in kept] == [False, False, True, True]


def test_refused_price_of_a_list_is_not_sent_along_with_its_breaks(bench: BigCommerceBench) -> None:
    wholesale = bench.shop.add_price_list("Wholesale")
    product = bench.products(1)[0]
    (row,) = prices([product], "9.00", bench.currency)
    base = replace(row, price_list=str(wholesale["id"]))
    ten = replace(base, key="ten", min_quantity=D(10), price=D("8.00"))
    dear = replace(base, key="dear", price=D("5.00"), special=D("6.00"))

    with bench.adapter() as adapter:
        adapter.push_prices([base])
        broken, refused = adapter.push_prices([ten, dear])

    record = bench.shop.price_record(wholesale["id"], product.sku, bench.currency)
    assert (broken.outcome, refused.code) == (Outcome.OK, "special_not_below_price")
    assert record is not None and record["price"] == D(9) and len(record["bulk_pricing_tiers"]) == 1


def test_price_for_one_piece_stays_while_breaks_of_the_list_need_it(bench: BigCommerceBench) -> None:
    wholesale = bench.shop.add_price_list("Wholesale")
    (product,) = bench.products(1)
    (row,) = (replace(one, price_list="Wholesale") for one in prices([product], "7.00", bench.currency))
    ten = replace(row, key="ten", min_quantity=D(10), price=D("6.00"))
    with bench.adapter() as adapter:
        adapter.push_prices([row, ten])
        (refused,) = adapter.push_prices([replace(row, remove=True)])
        gone = adapter.push_prices([replace(row, remove=True), replace(ten, remove=True)])
    assert (refused.outcome, refused.code) == (Outcome.REJECTED, "no_base_price") and refused.cure
    assert [result.outcome for result in gone] == [Outcome.OK, Outcome.OK]
    assert bench.shop.price_record(wholesale["id"], product.sku, bench.currency) is None
