"""Quantities at the sandbox: calls counted, phantom rows prevented, sources and older shops."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from platforms.magento2.adapter import Magento2Adapter
from platforms.types import Outcome, QuantityUpdate
from sandbox.magento2 import Magento2Shop
from sandbox.magento2.errors import MageError
from tests.contracts.bench import quantities
from tests.platforms.magento2.bench import MageBench

D = Decimal


@pytest.fixture
def old_shop() -> Iterator[MageBench]:
    with Magento2Shop(webhook_delay=None, version="2.2.11", msi=False) as shop:
        yield MageBench(shop)


def test_thousand_quantities_are_eight_calls(bench: MageBench) -> None:
    products = bench.products(1000)

    with bench.adapter() as adapter:
        results = adapter.push_quantities(quantities(products, 7))

    assert {result.outcome for result in results} == {Outcome.OK}
    assert bench.calls == 8
    assert bench.writes == bench.shop.counters.calls("POST /V1/inventory/source-items") == 4
    assert {bench.quantity_of(product) for product in products} == {D(7)}


def test_unknown_sku_leaves_no_phantom_row(bench: MageBench) -> None:
    products = bench.products(3)
    gone = products[1]
    bench.shop.rest("DELETE", f"/V1/products/{gone.sku}")
    before = bench.shop.phantoms()

    with bench.adapter() as adapter:
        results = adapter.push_quantities(quantities(products, 4))

    assert [result.outcome for result in results] == [Outcome.OK, Outcome.REJECTED, Outcome.OK]
    assert results[1].code == "not_found" and results[1].cure
    assert bench.shop.phantoms() == before


def test_quantity_follows_the_product_whose_sku_was_changed(bench: MageBench) -> None:
    (product,) = bench.products(1)
    with bench.shop.store.lock:
        bench.shop._product(product.sku).sku = "RENAMED"

    with bench.adapter() as adapter:
        (result,) = adapter.push_quantities(quantities([product], 4))

    assert result.is_ok
    assert bench.shop.stock_of("RENAMED") == 4


def test_physical_figure_leaves_what_is_promised_to_buyers(bench: MageBench) -> None:
    """30 lie there and 2 are sold: pushing 30 leaves 28 to sell; the order is taken off once."""
    bench.shop.add_product(sku="MUG", price="10.00", stock_quantity=5)
    bench.shop.buy("MUG", 2)
    with bench.adapter() as adapter:
        (mug,) = adapter.find_products(["MUG"])
        assert adapter.push_quantities([replace(_update(mug.remote_id), quantity=D(30))])[0].is_ok

    assert (bench.shop.stock_of("MUG"), bench.shop.salable_of("MUG")) == (D(30), D(28))


def test_what_a_quantity_means_goes_by_the_kind_of_stock() -> None:
    meaning = Magento2Adapter.stock_meaning_of

    assert Magento2Adapter.capabilities.stock_meaning == "physical"
    assert meaning({}, {}) == meaning({"stock_mode": "msi"}, {"msi": False}) == "physical"
    assert meaning({"stock_mode": "legacy"}, {}) == "salable"
    assert meaning({"stock_mode": "auto"}, {"msi": False}) == "salable"


def test_zero_is_told_as_out_of_stock_and_more_as_in_stock(bench: MageBench) -> None:
    empty, full = bench.products(2)

    with bench.adapter() as adapter:
        adapter.push_quantities([*quantities([empty], 0), *quantities([full], 2)])

    rows = bench.shop.store.source_items
    status = {row.sku: row.status for row in rows.values()}
    assert (status[empty.sku], status[full.sku]) == (0, 1)


def test_location_is_a_source_and_an_unknown_one_is_named(bench: MageBench) -> None:
    bench.shop.add_source("JED", "Jeddah")
    products = bench.products(3)
    first, second, third = quantities(products, 6)
    updates = [replace(first, location_id="JED"), replace(second, location_id="MARS"), third]

    with bench.adapter() as adapter:
        results = adapter.push_quantities(updates)

    assert [result.outcome for result in results] == [Outcome.OK, Outcome.REJECTED, Outcome.OK]
    assert results[1].code == "unknown_source"
    assert "MARS" in results[1].message and "JED" in results[1].cure
    assert bench.shop.stock_of(products[0].sku, "JED") == 6
    assert bench.shop.stock_of(products[0].sku) == 5
    assert bench.quantity_of(products[2]) == 6


def test_deadlock_is_tried_again_by_itself(bench: MageBench) -> None:
    products = bench.products(3)
    app, inner, left = bench.shop.app, bench.shop.app._run, [2]

    def lock(call: Any, route: Any) -> Any:
        if route.template == "/V1/inventory/source-items" and call.method == "POST" and left[0]:
            left[0] -= 1
            raise MageError("Could not save Source Item")
        return inner(call, route)

    app._run = lock  # type: ignore[method-assign]
    with bench.adapter() as adapter:
        results = adapter.push_quantities(quantities(products, 9))

    assert all(result.is_ok for result in results)
    assert bench.shop.counters.calls("POST /V1/inventory/source-items") == 3


def test_limit_on_arrays_is_learned_and_kept_to(bench: MageBench) -> None:
    bench.shop.options.input_limits = True
    products = bench.products(50)

    with bench.adapter() as adapter:
        results = adapter.push_quantities(quantities(products, 3))
        learned = dict(adapter.learned)

    assert all(result.is_ok for result in results)
    assert learned["array_limit"] == 20
    assert bench.shop.counters.calls("POST /V1/inventory/source-items") == 1 + 3
    with bench.adapter(connection={"learned": learned}) as adapter:
        adapter.push_quantities(quantities(products, 4))
    assert bench.shop.counters.calls("POST /V1/inventory/source-items") == 4 + 3


@pytest.mark.parametrize(
    ("policy", "kept", "outcome"),
    [("send", "7.5", Outcome.OK), ("floor", "7", Outcome.OK), ("reject", "5", Outcome.REJECTED)],
)
def test_quantity_with_a_fraction(bench: MageBench, policy: str, kept: str, outcome: Outcome) -> None:
    (product,) = bench.products(1)

    with bench.adapter(options={"fractional_quantities": policy}) as adapter:
        (result,) = adapter.push_quantities([replace(quantities([product], 7)[0], quantity=D("7.5"))])

    assert result.outcome is outcome
    assert bench.quantity_of(product) == D(kept)
    assert bool(result.warning) == (policy == "floor")


def test_container_has_no_stock_of_its_own(bench: MageBench) -> None:
    parent = bench.shop.add_variable("SHIRT", {"Size": ["M", "L"]})

    with bench.adapter() as adapter:
        (result,) = adapter.push_quantities([replace(_update(str(parent["id"])), quantity=D(4))])

    assert (result.outcome, result.code) == (Outcome.REJECTED, "no_own_stock")
    assert bench.shop.phantoms() == []


# ---------------------------------------------------------------- one stock item per product


def test_shop_without_sources_is_found_out_and_gets_stock_items(old_shop: MageBench) -> None:
    products = old_shop.products(2)

    with old_shop.adapter() as adapter:
        results = adapter.push_quantities(quantities(products, 9))
        learned = dict(adapter.learned)

    assert {result.outcome for result in results} == {Outcome.OK}
    assert learned["msi"] is False
    assert {old_shop.quantity_of(product) for product in products} == {D(9)}
    with old_shop.adapter(connection={"learned": learned}) as adapter:
        before, written = old_shop.calls, old_shop.writes
        again = adapter.push_quantities(quantities(products, 9))
    assert {result.outcome for result in again} == {Outcome.UNCHANGED}
    assert (old_shop.calls - before, old_shop.writes - written) == (1 + 2, 0)


def test_sold_out_product_comes_back_with_its_quantity(old_shop: MageBench) -> None:
    (product,) = old_shop.products(1)

    with old_shop.adapter(options={"stock_mode": "legacy"}) as adapter:
        adapter.push_quantities(quantities([product], 0))
        gone = adapter.client.get(f"stockItems/{product.sku}", lane="stock")
        adapter.push_quantities(quantities([product], 9))
        back = adapter.client.get(f"stockItems/{product.sku}", lane="stock")

    assert (gone["is_in_stock"], gone["qty"]) == (False, 0)
    assert (back["is_in_stock"], back["qty"]) == (True, 9)


def _update(remote_id: str) -> QuantityUpdate:
    return QuantityUpdate("k", remote_id, D(1))
