"""A shop with several locations: each shows its own warehouses, and together never more than the shop may sell."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from catalog.handlers.quantities import QuantityHandler
from catalog.selectors.stock import StockFigure, figures
from catalog.services.sold_units import clear_sold_units, set_sold_units
from erp.models import Item
from linking.models import ItemLinkerLine
from platforms.types import Outcome, PushResult, QuantityUpdate
from platforms.woocommerce.adapter import WooCommerceAdapter
from sites.models import Site
from sync_queues.inputs import RowOutcome
from sync_queues.models import UpdateQtyRequest
from tests.catalog.world import link, make_item, make_site
from tests.erp.factories import make_warehouse, stock_up

D = Decimal
pytestmark = pytest.mark.django_db
NORTH, SOUTH = "loc-1", "loc-2"


class Shop:
    """Takes what it is told; `refuses` names locations that do not now, `lacks` those that it has not."""

    def __init__(self, site: Site) -> None:
        self.capabilities = site.capabilities
        self.told: list[QuantityUpdate] = []
        self.refuses: set[str] = set()
        self.lacks: set[str] = set()

    def push_quantities(self, updates: Sequence[QuantityUpdate]) -> list[PushResult]:
        self.told += updates
        return [PushResult(u.key, self._outcome(u.location_id), "later", "Later.") for u in updates]

    def _outcome(self, location_id: str) -> Outcome:
        if location_id in self.lacks:
            return Outcome.REJECTED
        return Outcome.RETRY if location_id in self.refuses else Outcome.OK


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.setattr(
        WooCommerceAdapter, "capabilities", replace(WooCommerceAdapter.capabilities, locations=True)
    )
    site = make_site()
    for number, (place, code) in enumerate(((NORTH, "N"), (SOUTH, "S")), start=1):
        site.ecommerce_warehouse_lines.create(
            line_no=number, remote_location_id=place, warehouse=make_warehouse(code)
        )
    return site


def stocked(north: int, south: int, **values: Any) -> Item:
    item = make_item("MUG", **values)
    for code, quantity in (("N", north), ("S", south)):
        if quantity:
            stock_up(item, make_warehouse(code), quantity)
    return item


def figure_of(site: Site, item: Item) -> StockFigure:
    return figures(site=site, item_ids=[item.pk])[item.pk]


def test_each_location_shows_what_lies_there(site: Site) -> None:
    figure = figure_of(site, stocked(4, 3))
    assert (figure.published, figure.places) == (D(7), ((NORTH, D(4)), (SOUTH, D(3))))


def test_what_is_kept_back_is_missing_from_the_last_location(site: Site) -> None:
    item = stocked(4, 3)
    site.channel_buffer_qty = D(2)
    site.save()
    set_sold_units(site=site, remote_order_id="7", quantities={item.pk: D(2)})
    figure = figure_of(site, item)
    assert (figure.published, figure.places) == (D(3), ((NORTH, D(3)), (SOUTH, D(0))))


def test_an_oversold_warehouse_shows_nothing_and_takes_from_the_others(site: Site) -> None:
    item = stocked(0, 10)
    stock_up(item, make_warehouse("N"), 0)
    site.max_published_qty = D(6)
    site.save()
    figure = figure_of(site, item)
    assert (figure.published, figure.places) == (D(6), ((NORTH, D(0)), (SOUTH, D(6))))


@pytest.mark.parametrize(
    ("north", "south", "buffer"), [("2.5", "2.5", 0), ("0.4", "0.4", 0), ("7.9", "1.2", 3)]
)
def test_parts_are_whole_and_never_more_than_the_whole(
    site: Site, north: str, south: str, buffer: int
) -> None:
    item = make_item("MUG")
    stock_up(item, make_warehouse("N"), D(north))
    stock_up(item, make_warehouse("S"), D(south))
    site.channel_buffer_qty = D(buffer)
    site.save()
    figure = figure_of(site, item)
    parts = [quantity for _place, quantity in figure.places]
    assert all(part == part.to_integral_value() and part >= 0 for part in parts)
    assert sum(parts) <= figure.published


def test_a_line_without_a_location_counts_for_the_first(site: Site) -> None:
    site.ecommerce_warehouse_lines.create(line_no=3, warehouse=make_warehouse("EXTRA"))
    item = stocked(4, 3)
    stock_up(item, make_warehouse("EXTRA"), 5)
    assert figure_of(site, item).places == ((NORTH, D(9)), (SOUTH, D(3)))


def test_a_shop_without_locations_is_told_one_figure(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        WooCommerceAdapter, "capabilities", replace(WooCommerceAdapter.capabilities, locations=False)
    )
    assert figure_of(site, stocked(4, 3)).places == ()


def test_an_item_that_is_not_for_sale_shows_nothing_anywhere(site: Site) -> None:
    assert figure_of(site, stocked(4, 3, sellable=False)).places == ((NORTH, D(0)), (SOUTH, D(0)))


class TestSending:
    def send(self, site: Site, shop: Shop, item: Item, **values: Any) -> list[RowOutcome]:
        request = UpdateQtyRequest(pk=1, site=site, item=item, version=values.pop("version", 1), **values)
        handler = QuantityHandler(site, shop)  # type: ignore[arg-type]
        return [result.outcome for result in handler.handle([request])]

    def test_a_row_per_location_and_nothing_the_second_time(self, site: Site) -> None:
        item, shop = stocked(4, 3), Shop(site)
        line = link(site, item, "11")
        assert self.send(site, shop, item) == [RowOutcome.DONE]
        assert [(u.location_id, u.quantity, u.expected) for u in shop.told] == [
            (NORTH, D(4), None),
            (SOUTH, D(3), None),
        ]
        line.refresh_from_db()
        assert (line.last_sent_quantity, json.loads(line.last_sent_places)) == (
            D(7),
            {NORTH: "4", SOUTH: "3"},
        )
        assert self.send(site, shop, item, version=2) == [RowOutcome.UNCHANGED]
        assert len(shop.told) == 2

    def test_goods_that_move_between_locations_are_told_though_the_sum_is_the_same(self, site: Site) -> None:
        item, shop = stocked(4, 3), Shop(site)
        link(site, item, "11")
        self.send(site, shop, item)
        stock_up(item, make_warehouse("N"), 1)
        site.ecommerce_warehouse_lines.filter(remote_location_id=SOUTH).update(buffer=D(1))
        self.send(site, shop, item, version=2)
        assert [(u.location_id, u.quantity, u.expected) for u in shop.told[2:]] == [
            (NORTH, D(5), D(4)),
            (SOUTH, D(2), D(3)),
        ]

    def test_only_the_location_that_did_not_take_its_part_is_told_again(self, site: Site) -> None:
        item, shop = stocked(4, 3), Shop(site)
        line = link(site, item, "11")
        shop.refuses = {SOUTH}
        assert self.send(site, shop, item) == [RowOutcome.RETRY]
        line.refresh_from_db()
        assert (line.last_sent_quantity, json.loads(line.last_sent_places)) == (None, {NORTH: "4"})
        shop.refuses = set()
        assert self.send(site, shop, item, version=2) == [RowOutcome.DONE]
        assert [u.location_id for u in shop.told] == [NORTH, SOUTH, SOUTH]

    def test_a_location_that_is_no_longer_mapped_sells_no_longer_and_is_forgotten(self, site: Site) -> None:
        item, shop = stocked(4, 3), Shop(site)
        line = link(site, item, "11")
        self.send(site, shop, item)
        site.ecommerce_warehouse_lines.filter(remote_location_id=SOUTH).delete()
        shop.refuses = {SOUTH}
        assert self.send(site, shop, item, version=2) == [RowOutcome.RETRY]
        line = ItemLinkerLine.objects.get(pk=line.pk)
        assert (line.last_sent_quantity, json.loads(line.last_sent_places)) == (
            D(7),
            {NORTH: "4", SOUTH: "3"},
        )
        shop.refuses = set()
        stock_up(item, make_warehouse("N"), 1)
        assert self.send(site, shop, item, version=3) == [RowOutcome.DONE]
        line = ItemLinkerLine.objects.get(pk=line.pk)
        assert (line.last_sent_quantity, json.loads(line.last_sent_places)) == (D(5), {NORTH: "5"})
        assert [(u.location_id, u.quantity, u.expected) for u in shop.told[2:]] == [
            (SOUTH, D(0), D(3)),
            (NORTH, D(5), D(4)),
            (SOUTH, D(0), D(3)),
        ]
        assert self.send(site, shop, item, version=4) == [RowOutcome.UNCHANGED]

    def test_a_location_is_emptied_though_the_shop_has_sold_since_and_it_is_mapped_no_longer(
        self, site: Site
    ) -> None:
        item, shop = stocked(4, 3), Shop(site)
        line = link(site, item, "11")
        self.send(site, shop, item)
        set_sold_units(site=site, remote_order_id="7", quantities={item.pk: D(1)})
        line = ItemLinkerLine.objects.get(pk=line.pk)
        assert (line.last_sent_quantity, line.sent_places) == (None, {NORTH: None, SOUTH: None})
        site.ecommerce_warehouse_lines.filter(remote_location_id=SOUTH).delete()
        assert self.send(site, shop, item, version=2) == [RowOutcome.DONE]
        assert [(u.location_id, u.quantity, u.expected) for u in shop.told[2:]] == [
            (NORTH, D(3), None),
            (SOUTH, D(0), None),
        ]
        line = ItemLinkerLine.objects.get(pk=line.pk)
        assert (line.last_sent_quantity, line.sent_places) == (D(3), {NORTH: "3"})

    def test_a_location_whose_figure_is_known_in_part_goes_again_after_a_sale(self, site: Site) -> None:
        item, shop = stocked(4, 3), Shop(site)
        line = link(site, item, "11")
        shop.refuses = {SOUTH}
        self.send(site, shop, item)
        set_sold_units(site=site, remote_order_id="7", quantities={item.pk: D(1)})
        clear_sold_units(site=site, remote_order_id="7")
        assert self.send(site, shop, item, version=2) == [RowOutcome.RETRY]
        assert [(u.location_id, u.quantity) for u in shop.told[-2:]] == [(NORTH, D(4)), (SOUTH, D(3))]
        line = ItemLinkerLine.objects.get(pk=line.pk)
        assert (line.last_sent_quantity, line.sent_places) == (None, {NORTH: "4"})

    def test_a_location_that_the_shop_has_no_longer_is_forgotten_after_one_refusal(self, site: Site) -> None:
        item, shop = stocked(4, 3), Shop(site)
        line = link(site, item, "11")
        self.send(site, shop, item)
        site.ecommerce_warehouse_lines.filter(remote_location_id=SOUTH).delete()
        shop.lacks = {SOUTH}
        assert self.send(site, shop, item, version=2) == [RowOutcome.REJECTED]
        line = ItemLinkerLine.objects.get(pk=line.pk)
        assert (line.last_sent_quantity, json.loads(line.last_sent_places)) == (D(4), {NORTH: "4"})
        assert self.send(site, shop, item, version=3) == [RowOutcome.UNCHANGED]

    def test_the_queue_tells_the_whole_and_not_the_part_of_one_location(self, site: Site) -> None:
        item, shop = stocked(4, 3), Shop(site)
        link(site, item, "11")
        request = UpdateQtyRequest(pk=1, site=site, item=item, version=1)
        handler = QuantityHandler(site, shop)  # type: ignore[arg-type]
        site.dry_run = True
        assert [result.message for result in handler.handle([request])] == ["Dry run: would send 7."]
        site.dry_run = False
        assert [result.sent for result in handler.handle([request])] == [{"quantity_sent": D(7)}]
        request = UpdateQtyRequest(pk=2, site=site, item=item, version=2)
        assert [result.message for result in handler.handle([request])] == ["The shop has 7 already."]
