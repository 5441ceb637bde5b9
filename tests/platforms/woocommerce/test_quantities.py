from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from ecomsync.common.errors import UncertainOutcome
from platforms.types import Outcome, QuantityUpdate
from platforms.woocommerce.client import BATCH_TIMEOUT
from tests.contracts.bench import quantities
from tests.platforms.woocommerce.bench import WooBench

D = Decimal


def one(remote_id: str, quantity: str, sku: str = "") -> QuantityUpdate:
    return QuantityUpdate("k", remote_id, D(quantity), sku=sku)


def test_thousand_simple_products_are_ten_calls(bench: WooBench) -> None:
    products = bench.products(1000)

    with bench.adapter() as adapter:
        results = adapter.push_quantities(quantities(products, 8))

    assert {result.outcome for result in results} == {Outcome.OK}
    assert bench.calls == 10
    assert bench.shop.counters.calls("POST /products/batch") == 10
    assert bench.quantity_of(products[999]) == 8


def test_thousand_variations_of_250_parents_are_250_calls(bench: WooBench) -> None:
    variations = bench.variants(250, 4)

    with bench.adapter() as adapter:
        results = adapter.push_quantities(quantities(variations, 8))

    assert {result.outcome for result in results} == {Outcome.OK}
    assert bench.calls == 250
    assert bench.quantity_of(variations[999]) == 8


def test_variations_and_simple_products_keep_their_order_in_the_results(bench: WooBench) -> None:
    mixed = [p for pair in zip(bench.products(4), bench.variants(2, 2), strict=True) for p in pair]

    with bench.adapter() as adapter:
        results = adapter.push_quantities(quantities(mixed, 3))

    assert [result.remote_id for result in results] == [p.remote_id for p in mixed]
    assert {bench.quantity_of(p) for p in mixed} == {D(3)}
    assert bench.calls == 3


@pytest.mark.parametrize("with_sku", [True, False])
def test_variation_whose_parent_is_unknown_is_sent_under_the_one_the_shop_names(
    bench: WooBench, with_sku: bool
) -> None:
    variations = bench.variants(2, 2)
    orphans = [
        replace(u, parent_remote_id="", sku=u.sku if with_sku else "") for u in quantities(variations, 6)
    ]

    with bench.adapter() as adapter:
        results = adapter.push_quantities(orphans)

    assert {result.outcome for result in results} == {Outcome.OK}
    assert [result.parent_remote_id for result in results] == [v.parent_remote_id for v in variations]
    assert {bench.quantity_of(v) for v in variations} == {D(6)}


def test_wrong_parent_is_found_out_before_the_shop_moves_the_variation(bench: WooBench) -> None:
    first, _, third, _ = bench.variants(2, 2)
    update = replace(quantities([first], 6)[0], parent_remote_id=third.parent_remote_id)

    with bench.adapter(options={"verify_parents": True}) as adapter:
        (result,) = adapter.push_quantities([update])

    assert result.outcome is Outcome.OK
    assert result.parent_remote_id == first.parent_remote_id
    assert str((bench.shop.by_sku(first.sku) or {})["parent_id"]) == first.parent_remote_id
    assert bench.quantity_of(first) == 6


def test_verifying_parents_costs_one_call_per_hundred(bench: WooBench) -> None:
    variations = bench.variants(30, 2)

    with bench.adapter(options={"verify_parents": True}) as adapter:
        adapter.push_quantities(quantities(variations, 6))

    assert bench.calls == 31


def test_fraction_is_refused_with_a_cure(bench: WooBench) -> None:
    product = bench.products(1)[0]

    with bench.adapter() as adapter:
        (result,) = adapter.push_quantities([one(product.remote_id, "7.5")])

    assert (result.outcome, result.code) == (Outcome.REJECTED, "fractional_quantity")
    assert "floor" in result.cure
    assert bench.calls == 0


def test_fraction_is_floored_by_option_with_a_warning(bench: WooBench) -> None:
    product = bench.products(1)[0]

    with bench.adapter(options={"fractional_quantities": "floor"}) as adapter:
        (result,) = adapter.push_quantities([one(product.remote_id, "7.9")])

    assert result.outcome is Outcome.OK
    assert result.warning == "The quantity 7.9 was published as 7."
    assert bench.quantity_of(product) == 7


def test_whole_number_written_with_decimals_is_whole(bench: WooBench) -> None:
    product = bench.products(1)[0]

    with bench.adapter() as adapter:
        (result,) = adapter.push_quantities([one(product.remote_id, "7.000000")])

    assert (result.outcome, result.warning) == (Outcome.OK, "")
    assert bench.quantity_of(product) == 7


def test_shop_without_stock_management_refuses_with_the_switch_named(bench: WooBench) -> None:
    bench.shop.options.manage_stock = False
    product = bench.products(1)[0]

    with bench.adapter() as adapter:
        (result,) = adapter.push_quantities([one(product.remote_id, "7")])

    assert (result.outcome, result.code) == (Outcome.REJECTED, "manage_stock_off")
    assert "Enable stock management" in result.cure


def test_product_without_stock_management_is_given_it(bench: WooBench) -> None:
    made = bench.shop.add_product(sku="LOOSE", regular_price="3.00", stock_status="outofstock")

    with bench.adapter() as adapter:
        (result,) = adapter.push_quantities([one(str(made["id"]), "4", sku="LOOSE")])

    product = bench.shop.product(made["id"])
    assert result.outcome is Outcome.OK
    assert (product["manage_stock"], product["stock_quantity"], product["stock_status"]) == (
        True,
        4,
        "instock",
    )


def test_sold_out_item_with_new_stock_is_in_stock_again(bench: WooBench) -> None:
    made = bench.shop.add_product(sku="GONE", regular_price="3.00", stock_quantity=0)
    assert made["stock_status"] == "outofstock"

    with bench.adapter() as adapter:
        adapter.push_quantities([one(str(made["id"]), "4")])

    assert bench.shop.product(made["id"])["stock_status"] == "instock"


def test_grouped_product_has_no_stock_of_its_own(bench: WooBench) -> None:
    made = bench.shop.add_product(sku="SET", type="grouped")

    with bench.adapter() as adapter:
        (result,) = adapter.push_quantities([one(str(made["id"]), "4")])

    assert (result.outcome, result.code) == (Outcome.REJECTED, "no_own_stock")


def test_product_in_the_trash_is_refused(bench: WooBench) -> None:
    product = bench.products(1)[0]
    bench.shop.rest("DELETE", f"/products/{product.remote_id}")

    with bench.adapter() as adapter:
        (result,) = adapter.push_quantities([one(product.remote_id, "4")])

    assert result.outcome is Outcome.REJECTED
    assert result.code in ("in_trash", "woocommerce_rest_product_invalid_id")


def test_big_batch_is_refused_nowhere(bench: WooBench) -> None:
    bench.shop.options.batch_limit = 100
    products = bench.products(101)

    with bench.adapter() as adapter:
        results = adapter.push_quantities(quantities(products, 1))

    assert {result.outcome for result in results} == {Outcome.OK}
    assert bench.calls == 2


def test_fatal_error_by_one_product_is_narrowed_down_to_it(bench: WooBench) -> None:
    products = bench.products(32)
    bench.crash_on(products[20].remote_id)

    with bench.adapter() as adapter:
        results = adapter.push_quantities(quantities(products, 2))

    assert [n for n, result in enumerate(results) if result.outcome is Outcome.RETRY] == [20]
    assert {result.outcome for n, result in enumerate(results) if n != 20} == {Outcome.OK}
    assert bench.calls <= 11


def test_variation_whose_parent_is_gone_is_refused_and_the_others_are_sent(bench: WooBench) -> None:
    gone, _, kept, _ = bench.variants(2, 2)
    bench.shop.rest("DELETE", f"/products/{gone.parent_remote_id}", force=True)

    with bench.adapter() as adapter:
        results = adapter.push_quantities(quantities([gone, kept], 6))

    assert [result.outcome for result in results] == [Outcome.REJECTED, Outcome.OK]
    assert results[0].cure


def test_fault_while_looking_for_parents_loses_no_answer(bench: WooBench) -> None:
    product, orphan = bench.products(1)[0], replace(bench.variants(1, 1)[0], parent_remote_id="")
    bench.shop.faults.add("http_503", method="GET")

    with bench.adapter() as adapter:
        results = adapter.push_quantities(quantities([product, orphan], 6))

    assert [result.outcome for result in results] == [Outcome.OK, Outcome.RETRY]


def test_batch_may_take_longer_than_a_single_call(bench: WooBench) -> None:
    """PHP works through a hundred rows within one call; giving up early would lose the answer of what was done."""
    products = bench.products(3)
    bench.shop.faults.add("slow", path="/batch", ms=1300)
    bench.shop.faults.add("slow", path=r"/orders/\d", ms=1300)
    order = bench.order()

    with bench.adapter(timeout=1.0) as adapter:
        results = adapter.push_quantities(quantities(products, 7))
        with pytest.raises(UncertainOutcome):
            adapter.get_order(order)

    assert all(result.is_ok for result in results)
    assert BATCH_TIMEOUT >= 120
