"""Stock changes become requests, and requests become the fewest calls."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from catalog.runs import preview_quantities, update_all_quantities
from catalog.services.sold_units import set_sold_units
from erp.models import Item
from linking.models import ItemLinkerLine
from sandbox.woocommerce import WooShop
from sites.models import Site, UpdateQtyCriterion, WarehouseLine
from sync_queues.inputs import RequestInput
from sync_queues.models import State, UpdateQtyRequest
from sync_queues.services.enqueue import enqueue
from tests.catalog.world import link, linker_of, make_item, reporter, rows_of, work_off
from tests.erp.factories import make_unit, make_warehouse, stock_up

D = Decimal
pytestmark = pytest.mark.django_db


def stocked(shop: WooShop, site: Site, code: str, *, stock: int = 0) -> Item:
    """A product of the shop with quantity 0, its item, and their link."""
    product = shop.add_product(sku=code, regular_price="10.00", stock_quantity=0)
    item = make_item(code)
    link(site, item, product["id"])
    if stock:
        stock_up(item, make_warehouse(), stock)
    return item


def test_a_movement_reaches_the_shop(shop: WooShop, site: Site) -> None:
    item = stocked(shop, site, "MUG", stock=12)
    report = work_off(site, "qty")
    assert report.done == 1
    assert shop.stock_of("MUG") == 12
    request = rows_of(site, "qty")[0]
    assert (request.state, request.quantity_sent) == (State.COMPLETED, D(12))
    assert ItemLinkerLine.objects.get(item=item).last_sent_quantity == D(12)


def test_movements_gather_in_one_request(shop: WooShop, site: Site) -> None:
    item = stocked(shop, site, "MUG", stock=1)
    for _time in range(4):
        stock_up(item, make_warehouse(), 1)
    assert len(rows_of(site, "qty")) == 1
    work_off(site, "qty")
    assert shop.stock_of("MUG") == 5


def test_what_the_shop_has_already_is_not_sent_again(shop: WooShop, site: Site) -> None:
    item = stocked(shop, site, "MUG", stock=12)
    work_off(site, "qty")
    shop.counters.reset()
    stock_up(item, make_warehouse(), 1)
    stock_up(item, make_warehouse(), -1)
    report = work_off(site, "qty")
    assert report.done == 1
    assert shop.counters.requests == 0
    assert rows_of(site, "qty")[-1].outcome == "The shop has 12 already."


def test_only_shops_that_sell_from_the_warehouse_are_asked(shop: WooShop, site: Site) -> None:
    item = stocked(shop, site, "MUG")
    stock_up(item, make_warehouse("ELSEWHERE"), 5)
    assert rows_of(site, "qty") == []


@pytest.mark.parametrize("switch", ["update_quantities", "active"])
def test_a_switched_off_site_gets_no_requests(shop: WooShop, site: Site, switch: str) -> None:
    setattr(site, switch, False)
    site.save()
    stocked(shop, site, "MUG", stock=5)
    assert rows_of(site, "qty") == []


def test_the_switch_of_the_installation_stops_all(shop: WooShop, site: Site, settings: Any) -> None:
    settings.SYSTEM_PROPERTIES = {"inventory-sync-enabled": False}
    stocked(shop, site, "MUG", stock=5)
    assert rows_of(site, "qty") == []


def test_criteria_keep_items_out(shop: WooShop, site: Site) -> None:
    UpdateQtyCriterion.objects.create(site=site, field="code", operator="starts with", value="PUB-")
    stocked(shop, site, "PUB-1", stock=5)
    stocked(shop, site, "HIDDEN", stock=5)
    assert [row.item.code for row in rows_of(site, "qty")] == ["PUB-1"]


def test_a_criterion_that_cannot_be_read_does_not_undo_the_movement(shop: WooShop, site: Site) -> None:
    UpdateQtyCriterion.objects.create(site=site, expression="no_such_field = 1")
    item = stocked(shop, site, "MUG", stock=5)
    assert item.balances.get().on_hand == 5
    assert len(rows_of(site, "qty")) == 1


def test_a_sale_in_the_shop_makes_it_forget_what_it_was_sent(shop: WooShop, site: Site) -> None:
    item = stocked(shop, site, "MUG", stock=12)
    work_off(site, "qty")
    set_sold_units(site=site, remote_order_id="5", quantities={item.pk: D(2)})
    assert ItemLinkerLine.objects.get(item=item).last_sent_quantity is None
    work_off(site, "qty")
    assert shop.stock_of("MUG") == 10


def test_a_thousand_simple_products_are_ten_calls_and_none_the_second_time(shop: WooShop, site: Site) -> None:
    products = shop.bulk_simple(1000)
    items = Item.objects.bulk_create(
        Item(code=product["sku"], name2=product["sku"], base_unit=make_unit()) for product in products
    )
    ItemLinkerLine.objects.bulk_create(
        ItemLinkerLine(
            linker=linker_of(site),
            site=site,
            item=item,
            remote_sku=item.code,
            remote_product_id=str(product["id"]),
        )
        for item, product in zip(items, products, strict=True)
    )
    for item in items[:3]:
        stock_up(item, make_warehouse(), 7)
    with reporter(site) as run:
        update_all_quantities(run=run, site=site, params={})
    run.run.refresh_from_db()
    assert (run.run.found, run.run.adds_up) == (1000, True)
    shop.counters.reset()
    work_off(site, "qty")
    assert shop.counters.calls("POST */products/batch*") == 10
    assert shop.counters.writes == 10
    assert shop.stock_of(items[0].code) == 7
    shop.counters.reset()
    with reporter(site) as again:
        update_all_quantities(run=again, site=site, params={})
    work_off(site, "qty")
    assert shop.counters.requests == 0


def test_a_full_run_sets_older_failures_aside(shop: WooShop, site: Site) -> None:
    item = stocked(shop, site, "MUG", stock=5)
    gone = make_item("GONE")
    enqueue("qty", site=site, rows=[RequestInput(item_id=gone.pk)])
    work_off(site, "qty")
    failed = UpdateQtyRequest.objects.get(item=gone)
    assert (failed.state, failed.error_code) == (State.FAILED, "not_linked")
    assert failed.remedy
    with reporter(site) as run:
        update_all_quantities(run=run, site=site, params={})
    failed.refresh_from_db()
    assert failed.state == State.SUPERSEDED
    assert UpdateQtyRequest.objects.filter(item=item, state=State.PENDING).count() == 1


def test_a_dry_run_computes_and_writes_nothing(shop: WooShop, site: Site) -> None:
    site.dry_run = True
    site.save()
    item = stocked(shop, site, "MUG", stock=5)
    shop.counters.reset()
    work_off(site, "qty")
    assert shop.counters.requests == 0
    assert rows_of(site, "qty")[0].outcome == "Dry run: would send 5."
    assert ItemLinkerLine.objects.get(item=item).last_sent_quantity is None


def test_a_preview_shows_the_sum_and_writes_nothing(shop: WooShop, site: Site) -> None:
    stocked(shop, site, "MUG", stock=5)
    before = rows_of(site, "qty")
    shop.counters.reset()
    with reporter(site) as run:
        preview_quantities(run=run, site=site, params={})
    assert shop.counters.requests == 0
    note = run.run.notes.get()
    assert "MUG: – → 5" in note.message
    assert "on hand" in note.message
    assert [row.pk for row in rows_of(site, "qty")] == [row.pk for row in before]
    run.run.refresh_from_db()
    assert run.run.adds_up


def test_a_refused_row_does_not_stop_the_others(shop: WooShop, site: Site) -> None:
    stocked(shop, site, "GOOD", stock=5)
    bad_item = make_item("BAD")
    link(site, bad_item, 999_999)
    stock_up(bad_item, make_warehouse(), 3)
    work_off(site, "qty")
    assert shop.stock_of("GOOD") == 5
    bad = UpdateQtyRequest.objects.get(item__code="BAD")
    assert bad.state == State.FAILED
    assert bad.error_message


def test_sending_costs_the_same_statements_for_few_and_many(
    shop: WooShop, site: Site, django_assert_max_num_queries: Any
) -> None:
    from catalog.handlers import QuantityHandler
    from sites.services.adapters import open_adapter

    for number in range(60):
        stocked(shop, site, f"IT{number:03}", stock=number + 1)
    requests = list(UpdateQtyRequest.objects.filter(site=site))
    with open_adapter(site, lane="stock") as adapter:
        handler = QuantityHandler(site, adapter)
        with django_assert_max_num_queries(14):
            results = handler.handle(requests)
    assert {result.outcome for result in results} == {"done"}


def test_a_link_to_a_carton_is_told_in_cartons(shop: WooShop, site: Site) -> None:
    from erp.models import ItemUnit

    product = shop.add_product(sku="BOX", regular_price="10.00", stock_quantity=0)
    carton = make_unit("CTN")
    item = make_item("MUG")
    ItemUnit.objects.create(item=item, unit=carton, factor_to_base=D(12))
    link(site, item, product["id"], unit=carton, remote_sku="BOX")
    stock_up(item, make_warehouse(), 30)
    work_off(site, "qty")
    assert shop.stock_of("BOX") == 2


def test_warehouse_lines_decide_who_is_asked(shop: WooShop, site: Site) -> None:
    west = make_warehouse("WEST")
    WarehouseLine.objects.create(site=site, warehouse=west)
    item = stocked(shop, site, "MUG")
    stock_up(item, make_warehouse(), 5)
    assert rows_of(site, "qty") == []
    stock_up(item, west, 4)
    work_off(site, "qty")
    assert shop.stock_of("MUG") == 4


def test_variations_go_one_call_per_parent(shop: WooShop, site: Site) -> None:
    for number, row in enumerate(shop.bulk_variable(25, 4)):
        item = make_item(row["sku"])
        link(site, item, row["id"], parent_id=row["parent_id"])
        stock_up(item, make_warehouse(), number + 6)
    shop.counters.reset()
    work_off(site, "qty")
    assert shop.counters.calls("POST */variations/batch*") == 25
    assert shop.counters.writes == 25
