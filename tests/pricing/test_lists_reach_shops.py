"""The prices of an ERP list are what the shop's list or customer group shows, and go as they come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest

from erp.inputs import ItemPriceInput
from erp.models import Item, ItemPrice
from erp.services.prices import set_item_prices
from platforms.types import Outcome, PriceUpdate
from sync_queues.models import State
from tests.catalog.world import rows_of, work_off
from tests.pricing.list_worlds import World, world_of

D = Decimal
pytestmark = pytest.mark.django_db


@pytest.fixture(params=["magento2", "shopify", "bigcommerce", "norce", "magento1"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    with world_of(request.param) as made:
        yield made


def ask(world: World, item: Item, *breaks: tuple[int, str]) -> None:
    rows = [ItemPriceInput(item, D(price), min_quantity=D(quantity)) for quantity, price in breaks]
    set_item_prices(price_list=world.wholesale, prices=rows)


def test_prices_of_a_list_come_change_stay_and_go(world: World) -> None:
    (first, shown), (second, other) = world.products(2)
    ask(world, first, (1, "8.50"), (10, "8"))
    ask(world, second, (1, "7.50"))
    report = work_off(world.site, "price")
    assert (report.done, report.batches) == (3, 1)
    assert (world.list_price(shown), world.list_price(shown, 10)) == (D("8.5"), D(8))
    assert world.list_price(other) == D("7.5")
    assert world.bench.price_of(shown) == 10

    ask(world, first, (1, "8.25"), (10, "7.75"))
    work_off(world.site, "price")
    assert (world.list_price(shown), world.list_price(shown, 10)) == (D("8.25"), D("7.75"))

    before = world.bench.calls
    ItemPrice.objects.get(item=first, min_quantity=1).save()
    assert work_off(world.site, "price").done == 2
    assert world.bench.calls == before

    ItemPrice.objects.get(item=first, min_quantity=10).delete()
    work_off(world.site, "price")
    assert (world.list_price(shown), world.list_price(shown, 10)) == (D("8.25"), None)

    ItemPrice.objects.filter(item=first).delete()
    work_off(world.site, "price")
    assert world.list_price(shown) is None
    assert world.list_price(other) == D("7.5")

    before = world.bench.calls
    ask(world, first, (1, "9"))
    ItemPrice.objects.filter(item=first).delete()
    work_off(world.site, "price")
    assert world.bench.calls == before
    assert {row.state for row in rows_of(world.site, "price")} == {State.COMPLETED}


def test_a_price_that_is_gone_already_is_taken_out_without_a_write(world: World) -> None:
    (product,) = world.bench.products(1)
    row = PriceUpdate(
        "one", product.remote_id, D(8), world.bench.currency, product.sku, price_list=world.code, remove=True
    )
    written = world.bench.writes
    with world.bench.adapter() as adapter:
        results = adapter.push_prices([row, replace(row, key="ten", min_quantity=D(10))])
    assert [result.outcome for result in results] == [Outcome.UNCHANGED, Outcome.UNCHANGED]
    if world.platform != "shopify":  # only a refused mutation says that no fixed price is there
        assert world.bench.writes == written
