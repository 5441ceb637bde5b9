"""Quantities: exactly what is meant, on the product that is meant, in the fewest calls."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from platforms.magento1.quantities import quantity_text
from platforms.types import Outcome, QuantityUpdate
from sandbox.magento1 import Magento1Shop
from tests.contracts.bench import quantities
from tests.platforms.magento1.bench import MagentoBench

D = Decimal


def stock(shop: Magento1Shop, sku: str) -> tuple[Decimal, bool]:
    product = shop.by_sku(sku)
    assert product is not None
    return product.stock.qty, product.stock.is_in_stock


def test_thousand_quantities_are_twenty_calls(bench: MagentoBench) -> None:
    products = bench.products(1000)
    with bench.adapter() as adapter:
        adapter.push_quantities(quantities(products[:1], 1))  # signs in
        bench.shop.counters.reset()

        results = adapter.push_quantities(quantities(products, 7))

    assert {result.outcome for result in results} == {Outcome.OK}
    assert bench.shop.counters.snapshot()["by_route"] == {"POST /xmlrpc multiCall": 20}
    assert bench.shop.counters.batch_total("multiCall catalog_product.update") == 1000
    assert {bench.quantity_of(product) for product in products} == {D(7)}


def test_adapters_of_one_process_share_a_session(bench: MagentoBench) -> None:
    products = bench.products(1)
    for figure in (1, 2, 3):
        with bench.adapter() as adapter:
            adapter.push_quantities(quantities(products, figure))

    assert bench.shop.counters.calls("CALL /xmlrpc login") == 1
    assert bench.shop.counters.requests == 4


def test_item_that_was_sold_out_is_on_sale_again_with_its_quantity(bench: MagentoBench) -> None:
    product = bench.products(1)[0]
    with bench.adapter() as adapter:
        adapter.push_quantities(quantities([product], 0))
        assert stock(bench.shop, product.sku) == (D(0), False)
        (result,) = adapter.push_quantities(quantities([product], 25))

    assert stock(bench.shop, product.sku) == (D(25), True)
    assert (result.outcome, result.warning, result.data["quantity"]) == (Outcome.OK, "", "25")


def test_quantity_alone_would_leave_it_off(bench: MagentoBench) -> None:
    """The quirk that the rule above is for."""
    product = bench.products(1)[0]
    bench.shop.rpc("product_stock.update", product.sku, {"qty": "0"})
    bench.shop.rpc("product_stock.update", product.sku, {"qty": "25"})

    assert stock(bench.shop, product.sku) == (D(25), False)


@pytest.mark.parametrize(
    ("quantity", "text"),
    [
        ("7", "7"),
        ("100", "100"),
        ("1E+2", "100"),
        ("7.5", "7.5"),
        ("0.12345", "0.1234"),
        ("0", "0"),
        ("1E-9", "0"),
    ],
)
def test_quantity_leaves_in_plain_digits(quantity: str, text: str) -> None:
    assert quantity_text(D(quantity)) == text


@pytest.mark.parametrize("quantity", ["NaN", "Infinity", "1E+9"])
def test_what_is_no_quantity_is_refused_before_the_shop_makes_zero_of_it(
    bench: MagentoBench, quantity: str
) -> None:
    product = bench.products(1)[0]
    with bench.adapter() as adapter:
        (result,) = adapter.push_quantities(
            [QuantityUpdate("k", product.remote_id, D(quantity), sku=product.sku)]
        )

    assert (result.outcome, result.code) == (Outcome.REJECTED, "bad_quantity")
    assert stock(bench.shop, product.sku) == (D(5), True)
    assert bench.calls == 0


def test_numeric_sku_hits_no_other_product(bench: MagentoBench) -> None:
    """The stock calls would take the SKU of a product that is gone for the id of another one."""
    victim = bench.products(1)[0]
    gone = QuantityUpdate("k", "999", D(77), sku=victim.remote_id)
    with bench.adapter() as adapter:
        (result,) = adapter.push_quantities([gone])

    assert (result.outcome, result.code) == (Outcome.REJECTED, "product_not_found")
    assert stock(bench.shop, victim.sku) == (D(5), True)
    bench.shop.rpc("product_stock.update", victim.remote_id, {"qty": "77", "is_in_stock": "1"})
    assert stock(bench.shop, victim.sku) == (D(77), True), "the trap is there"


def test_product_whose_sku_is_the_id_of_another_gets_its_own_quantity(bench: MagentoBench) -> None:
    first = bench.products(1)[0]
    tricky = bench.shop.add_product(first.remote_id)
    with bench.adapter() as adapter:
        adapter.push_quantities([QuantityUpdate("k", first.remote_id, D(9), sku=first.sku)])
        adapter.push_quantities([QuantityUpdate("k", str(tricky.id), D(3), sku=tricky.sku)])

    assert (bench.shop.stock_of(first.sku), bench.shop.stock_of(tricky.sku)) == (D(9), D(3))


def test_product_with_a_gap_in_its_attributes_takes_the_stock_call(bench: MagentoBench) -> None:
    products = bench.products(3)
    bench.shop.store.products[int(products[1].remote_id)].values["short_description"] = None
    with bench.adapter() as adapter:
        results = adapter.push_quantities(quantities(products, 8))

    assert {result.outcome for result in results} == {Outcome.OK}
    assert {bench.quantity_of(product) for product in products} == {D(8)}
    assert bench.shop.counters.calls("CALL /xmlrpc product_stock.list") == 1
    assert bench.shop.counters.batch_total("multiCall product_stock.update") == 1


def test_stock_call_is_not_used_where_the_sku_is_not_proven(bench: MagentoBench) -> None:
    products = bench.products(2)
    bench.shop.store.products[int(products[1].remote_id)].values["short_description"] = None
    update = replace(quantities([products[1]], 8)[0], sku=products[0].sku)  # a stale SKU of the link
    with bench.adapter() as adapter:
        (result,) = adapter.push_quantities([update])

    assert (result.outcome, result.code) == (Outcome.REJECTED, "data_invalid")
    assert {bench.quantity_of(product) for product in products} == {D(5)}


def test_zero_stays_on_sale_by_option_and_stock_is_managed_by_option(bench: MagentoBench) -> None:
    product = bench.products(1)[0]
    kept = bench.shop.store.products[int(product.remote_id)].stock
    kept.backorders, kept.manage_stock, kept.use_config_manage_stock, kept.min_qty = 1, False, False, D(-100)
    with bench.adapter(options={"sell_at_zero": True, "manage_stock": True}) as adapter:
        adapter.push_quantities(quantities([product], 0))

    now = bench.shop.store.products[int(product.remote_id)].stock
    assert (now.qty, now.is_in_stock, now.manage_stock) == (D(0), True, True)


def test_fraction_and_threshold_are_told(bench: MagentoBench) -> None:
    first, second = bench.products(2)
    bench.shop.store.products[int(second.remote_id)].stock.min_qty = D(10)
    with bench.adapter() as adapter:
        one, two = adapter.push_quantities(
            [
                QuantityUpdate("a", first.remote_id, D("7.5"), sku=first.sku),
                QuantityUpdate("b", second.remote_id, D(4), sku=second.sku),
            ]
        )

    assert stock(bench.shop, first.sku) == (D("7.5"), True) and one.warning == ""
    assert "out of stock" in two.warning and two.outcome is Outcome.OK


def test_session_that_ends_in_the_middle_is_renewed_and_no_row_is_lost(bench: MagentoBench) -> None:
    products = bench.products(120)
    bench.shop.faults.add("expired_key", path="/api/", method="POST", skip=1, count=1)
    with bench.adapter() as adapter:
        results = adapter.push_quantities(quantities(products, 6))

    assert {result.outcome for result in results} == {Outcome.OK}
    assert bench.shop.counters.calls("CALL /xmlrpc login") == 2
    assert bench.shop.counters.calls("POST /xmlrpc multiCall") == 4  # three bundles, one of them twice
    assert {bench.quantity_of(product) for product in products} == {D(6)}


def test_bundle_in_which_php_dies_is_narrowed_down_or_tried_again(bench: MagentoBench) -> None:
    products = bench.products(10)
    bench.shop.faults.add("batch_dies", path="/api/", method="POST", after=4, count=1)
    with bench.adapter() as adapter:
        results = adapter.push_quantities(quantities(products, 6))

    assert {result.outcome for result in results} == {Outcome.OK}  # halves pass
    assert {bench.quantity_of(product) for product in products} == {D(6)}
