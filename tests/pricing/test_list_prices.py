"""Price lists of the ERP in lists and groups of a shop: what is asked for, what is sent, and in how many statements."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from ecomsync.common.errors import MissingPermission
from erp.inputs import ItemPriceInput
from erp.models import Currency, ExchangeRate, Item, ItemPrice, ItemUnit, PriceList, UnitOfMeasure
from erp.services.prices import set_item_prices
from platforms.magento2.adapter import Magento2Adapter
from pricing.list_handler import in_shop_units
from pricing.models import BorderLook, LineStatus, PriceUpdaterDoc, PriceUpdaterLine, SentListPrice
from pricing.receivers import on_items_linked
from pricing.runs import preview_prices, update_all_prices
from pricing.services.borders import request_due_borders
from pricing.services.documents import approve, submit
from pricing.services.process import follow, process
from sites.models import PriceListLine, Site
from sites.services.check import check_site
from sites.services.transfer import apply_import, export_settings
from sync_queues.models import State, UpdatePriceRequest
from sync_queues.selectors import ended_since, items_on_their_way
from tests.catalog.world import link, make_item, reporter, rows_of, work_off
from tests.contracts.bench import BenchProduct
from tests.pricing.list_worlds import World, world_of
from tests.sites.admin.test_site_page import open_form

D = Decimal
pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> Iterator[World]:
    with world_of("magento2") as made:
        yield made


@pytest.fixture
def pair(world: World) -> tuple[Item, BenchProduct]:
    return world.products(1)[0]


def ask(prices: PriceList, item: Item, price: str, quantity: int = 1, **values: Any) -> None:
    row = ItemPriceInput(item, D(price), min_quantity=D(quantity), **values)
    set_item_prices(price_list=prices, prices=[row])


def keys(site: Site) -> list[str]:
    return sorted(row.key for row in rows_of(site, "price") if row.state == State.PENDING)


def test_each_quantity_of_a_list_gathers_in_a_request_of_its_own(world: World) -> None:
    item = world.products(1)[0][0]
    ask(world.wholesale, item, "8", 1)
    ask(world.wholesale, item, "7", 10)
    ask(world.wholesale, item, "6", 10)
    ask(world.retail, item, "9")
    mine = world.wholesale.pk
    assert keys(world.site) == [f"{item.pk}|pl:", f"{item.pk}|pl:{mine}|q:1", f"{item.pk}|pl:{mine}|q:10"]
    waiting = UpdatePriceRequest.objects.get(min_quantity=10)
    assert (waiting.coalesced, waiting.price_list) == (1, world.wholesale)


def test_a_parent_list_speaks_for_its_children_and_the_item_does_not(
    world: World, pair: tuple[Item, BenchProduct]
) -> None:
    item, product = pair
    Item.objects.filter(pk=item.pk).update(sales_price=D(99))
    parent = PriceList.objects.create(code="TRADE", currency=world.bench.currency)
    world.wholesale.parent = parent
    world.wholesale.save()
    item.sales_price = D(98)
    item.save()
    assert keys(world.site) == [f"{item.pk}|pl:"]
    ask(parent, item, "5", 3)
    work_off(world.site, "price")
    assert (world.list_price(product), world.list_price(product, 3)) == (None, D(5))


def test_without_quantity_breaks_those_that_were_sent_are_taken_out(
    world: World, pair: tuple[Item, BenchProduct]
) -> None:
    item, product = pair
    ask(world.wholesale, item, "8")
    ask(world.wholesale, item, "7", 10)
    work_off(world.site, "price")
    world.mapping.with_quantity_breaks = False
    world.mapping.save()
    with reporter(world.site) as run:
        update_all_prices(run=run, site=world.site, params={})
    assert run.run.adds_up and run.run.found == 3
    work_off(world.site, "price")
    assert (world.list_price(product), world.list_price(product, 10)) == (D(8), None)
    assert SentListPrice.objects.get(min_quantity=10).price is None


def test_what_a_platform_cannot_take_out_is_told_as_skipped(
    world: World, pair: tuple[Item, BenchProduct], monkeypatch: pytest.MonkeyPatch
) -> None:
    item, product = pair
    ask(world.wholesale, item, "8")
    work_off(world.site, "price")
    less = replace(Magento2Adapter.capabilities, price_list_removal=False)
    monkeypatch.setattr(Magento2Adapter, "capabilities", less)
    before = world.bench.calls
    ItemPrice.objects.filter(item=item).delete()
    work_off(world.site, "price")
    told = rows_of(world.site, "price")[-1]
    assert world.bench.calls == before
    assert told.state == State.COMPLETED and told.outcome.startswith("Skipped:") and "8 " in told.outcome
    assert world.list_price(product) == D(8)


def test_statements_of_the_queue_do_not_grow_with_requests_or_lists(world: World) -> None:
    worlds = [world.products(count) for count in (1, 2, 30)]
    counts = []
    for items in worlds:
        with CaptureQueriesContext(connection) as asked:
            rows = [
                ItemPriceInput(item, D(price), min_quantity=D(quantity))
                for item, _product in items
                for quantity, price in ((1, "8"), (10, "7"))
            ]
            set_item_prices(price_list=world.wholesale, prices=rows)
        with CaptureQueriesContext(connection) as sent:
            assert work_off(world.site, "price").done == 2 * len(items)
        counts.append((len(asked), len(sent)))
    assert counts[1] == counts[2]  # the first one has opened the lane


def test_a_site_without_lists_asks_no_further_statement(
    world: World, pair: tuple[Item, BenchProduct]
) -> None:
    PriceListLine.objects.all().delete()
    row = ItemPriceInput(pair[0], D(9))
    with CaptureQueriesContext(connection) as found:
        set_item_prices(price_list=world.retail, prices=[row])
    assert not [query for query in found if 'FROM "ecomsites_pricelistline"' in query["sql"][:60]]
    assert keys(world.site) == [f"{pair[0].pk}|pl:"]


def test_base_prices_go_although_the_lists_are_refused(
    world: World, pair: tuple[Item, BenchProduct], monkeypatch: pytest.MonkeyPatch
) -> None:
    item, product = pair
    push = Magento2Adapter.push_prices

    def refusing(self: Magento2Adapter, updates: Any) -> Any:
        if any(update.price_list for update in updates):
            raise MissingPermission("No right for lists.", code="missing_permission", cure="Grant it.")
        return push(self, updates)

    monkeypatch.setattr(Magento2Adapter, "push_prices", refusing)
    ask(world.retail, item, "12")
    ask(world.wholesale, item, "8")
    work_off(world.site, "price")
    base, listed = rows_of(world.site, "price")
    assert (base.state, listed.state) == (State.COMPLETED, State.FAILED)
    assert listed.error_code == "missing_permission"
    assert world.bench.price_of(product) == 12


def test_a_full_run_sends_what_is_not_there_yet_and_a_preview_nothing(
    world: World, pair: tuple[Item, BenchProduct]
) -> None:
    item, product = pair
    ItemPrice.objects.bulk_create([ItemPrice(price_list=world.wholesale, item=item, price=D("8.5"))])
    with reporter(world.site) as run:
        preview_prices(run=run, site=world.site, params={})
    texts = [note.message for note in run.run.notes.all()]
    assert any(f"{item.code} @ Wholesale, from 1: 8.50" in text for text in texts)
    assert rows_of(world.site, "price") == [] and world.bench.calls == 0
    with reporter(world.site) as run:
        update_all_prices(run=run, site=world.site, params={})
    assert run.run.adds_up
    work_off(world.site, "price")
    assert world.list_price(product) == D("8.5")


def test_a_dry_run_says_what_it_would_do(world: World, pair: tuple[Item, BenchProduct]) -> None:
    ask(world.wholesale, pair[0], "8")
    Site.objects.update(dry_run=True)
    work_off(world.site, "price")
    assert rows_of(world.site, "price")[0].outcome == f"Dry run: would send 8.00 {world.bench.currency}."
    assert world.bench.calls == 0 and not SentListPrice.objects.exists()


@pytest.mark.parametrize(
    ("quantity", "factor", "held"),
    [(1, 6, 1), (5, 6, 1), (6, 6, 1), (7, 6, 2), (12, 6, 2), (13, 6, 3), (10, 1, 10)],
)
def test_a_quantity_is_reached_by_whole_packs(quantity: int, factor: int, held: int) -> None:
    assert in_shop_units(D(quantity), D(factor)) == held


def test_a_product_sold_in_packs_has_breaks_in_packs(world: World) -> None:
    (product,) = world.bench.products(1)
    item, carton = make_item("BOX"), UnitOfMeasure.objects.create(code="CTN")
    ItemUnit.objects.create(item=item, unit=carton, factor_to_base=D(6))
    world.link(item, product, unit=carton)
    rows = ((1, "2"), (7, "1.9"), (12, "1.5"))
    set_item_prices(
        price_list=world.wholesale,
        prices=[ItemPriceInput(item, D(price), min_quantity=D(quantity)) for quantity, price in rows],
    )
    work_off(world.site, "price")
    assert (world.list_price(product), world.list_price(product, 2)) == (D(12), D(9))
    ItemPrice.objects.get(item=item, min_quantity=12).delete()
    work_off(world.site, "price")
    assert world.list_price(product, 2) == D("11.4")


# -- windows ----------------------------------------------------------------


def test_prices_that_begin_and_end_by_date_are_asked_for_at_the_border(
    world: World, pair: tuple[Item, BenchProduct]
) -> None:
    item, product = pair
    today = timezone.localdate()
    ask(world.wholesale, item, "8")
    ask(world.wholesale, item, "7", valid_from=today, valid_to=today)
    work_off(world.site, "price")
    assert world.list_price(product) == D(7)
    noon = timezone.now()
    BorderLook.objects.create(looked_at=noon - timedelta(days=1))
    assert request_due_borders(now=noon) == 1
    assert request_due_borders(now=noon + timedelta(seconds=30)) == 0
    assert request_due_borders(now=noon + timedelta(days=1)) == 1


def test_the_first_look_asks_nobody_and_one_statement_finds_what_is_due(
    world: World, django_assert_num_queries: Any
) -> None:
    now = timezone.now()
    assert request_due_borders(now=now) == 0
    with django_assert_num_queries(4):  # the last look, the sites, what is due, the new look
        assert request_due_borders(now=now + timedelta(days=1)) == 0


def test_a_list_that_ends_takes_all_of_its_prices_out(world: World, pair: tuple[Item, BenchProduct]) -> None:
    item, product = pair
    ask(world.wholesale, item, "8")
    work_off(world.site, "price")
    now = timezone.now()
    BorderLook.objects.create(looked_at=now - timedelta(days=1))
    PriceList.objects.filter(pk=world.wholesale.pk).update(valid_to=timezone.localdate() - timedelta(days=1))
    assert request_due_borders(now=now) == 1
    work_off(world.site, "price")
    assert world.list_price(product) is None


def test_a_special_price_of_a_group_is_its_price_while_it_runs(
    world: World, pair: tuple[Item, BenchProduct]
) -> None:
    item, product = pair
    Site.objects.update(special_price_ownership="erp")
    now = timezone.now()
    ask(world.wholesale, item, "8", special_price=D(6), special_price_from=now + timedelta(hours=1))
    work_off(world.site, "price")
    assert world.list_price(product) == D(8)
    BorderLook.objects.create(looked_at=now)
    ItemPrice.objects.update(special_price_from=now - timedelta(minutes=1))  # the clock has moved
    BorderLook.objects.update(looked_at=now - timedelta(hours=1))
    assert request_due_borders(now=now) == 1
    work_off(world.site, "price")
    assert world.list_price(product) == D(6)


def test_a_special_price_of_a_shop_without_dates_comes_and_goes_at_its_border() -> None:
    with world_of("shopify") as world:
        item, product = world.products(1)[0]
        Site.objects.update(special_price_ownership="erp")
        now = timezone.now()
        BorderLook.objects.create(looked_at=now)
        begins, ends = now + timedelta(hours=1), now + timedelta(hours=3)
        ask(world.retail, item, "20", special_price=D(15), special_price_from=begins, special_price_to=ends)
        work_off(world.site, "price")
        assert (world.bench.price_of(product), world.bench.special_of(product)) == (D(20), None)
        for hours, special in ((2, D(15)), (4, None)):
            with time_machine.travel(now + timedelta(hours=hours), tick=True):
                assert request_due_borders() == 1
                assert request_due_borders() == 0
                work_off(world.site, "price")
                assert (world.bench.price_of(product), world.bench.special_of(product)) == (D(20), special)


def test_a_shop_that_keeps_dates_is_not_told_again(world: World, pair: tuple[Item, BenchProduct]) -> None:
    item, _product = pair
    Site.objects.update(special_price_ownership="erp")
    now = timezone.now()
    BorderLook.objects.create(looked_at=now)
    ask(world.retail, item, "9", special_price=D(8), special_price_from=now + timedelta(hours=1))
    work_off(world.site, "price")
    assert request_due_borders(now=now + timedelta(hours=2)) == 0


# -- documents --------------------------------------------------------------


def document_of(world: World, classification: str = "wholesale") -> PriceUpdaterDoc:
    made = PriceUpdaterDoc.objects.create(
        price_list=world.wholesale, price_classification=classification, max_change_percent=D(99)
    )
    made.sites.add(world.site)
    return made


def carry_out(document: PriceUpdaterDoc) -> None:
    submit(document=document)
    approve(document=document)
    process(document=document)


@pytest.mark.parametrize("classification", ["wholesale", "retail"])
def test_a_document_goes_to_the_list_that_shows_its_price_list(
    world: World, pair: tuple[Item, BenchProduct], classification: str
) -> None:
    item, product = pair
    document = document_of(world, classification)
    for number, (quantity, price) in enumerate(((1, "8"), (10, "7")), start=1):
        PriceUpdaterLine.objects.create(
            document=document, line_no=number, item=item, new_price=D(price), min_quantity=D(quantity)
        )
    carry_out(document)
    assert {row.price_list_id for row in rows_of(world.site, "price")} == {world.wholesale.pk}
    work_off(world.site, "price")
    follow(document=document)
    assert (world.list_price(product), world.list_price(product, 10)) == (D(8), D(7))
    assert world.bench.price_of(product) == 10
    assert set(document.details.values_list("status", flat=True)) == {LineStatus.SENT}


def test_a_document_of_a_list_that_no_shop_shows_stays_in_the_erp(
    world: World, pair: tuple[Item, BenchProduct]
) -> None:
    PriceListLine.objects.all().delete()
    document = document_of(world)
    PriceUpdaterLine.objects.create(document=document, line_no=1, item=pair[0], new_price=D(8))
    carry_out(document)
    line = document.details.get()
    assert line.status == LineStatus.SKIPPED and "no shop" in line.remote_answer
    assert rows_of(world.site, "price") == []


def test_a_late_retry_of_a_document_does_not_bring_an_old_list_price_back(
    world: World, pair: tuple[Item, BenchProduct]
) -> None:
    item, product = pair
    ask(world.wholesale, item, "8")
    work_off(world.site, "price")
    UpdatePriceRequest.objects.create(
        site=world.site,
        item=item,
        price_list=world.wholesale,
        key=f"{item.pk}|pl:{world.wholesale.pk}|q:1",
        version=SentListPrice.objects.get().version - 1,
        sheet={"price": "5.00", "currency": world.bench.currency},
    )
    work_off(world.site, "price")
    assert world.list_price(product) == D(8)


def test_the_queue_says_of_which_list_a_request_is(world: World, admin_client: Client) -> None:
    item = world.products(1)[0][0]
    ask(world.wholesale, item, "7", 10)
    page = admin_client.get(reverse("admin:sync_queues_updatepricerequest_changelist"))
    assert "WHOLESALE ≥ 10" in page.content.decode()


# -- settings ---------------------------------------------------------------


def test_a_list_in_another_currency_is_refused_at_save_unless_the_site_converts(world: World) -> None:
    dollars = PriceList.objects.create(code="USD", currency="USD")
    line = PriceListLine(site=world.site, price_list=dollars, remote_code="Retailer")
    with pytest.raises(ValidationError, match="USD"):
        line.full_clean()
    world.site.currency_conversion = "convert"
    line.full_clean()


def test_a_list_that_cannot_be_converted_is_told_and_nothing_is_taken_out(
    world: World, pair: tuple[Item, BenchProduct]
) -> None:
    item, product = pair
    dollars = PriceList.objects.create(code="USD", currency="USD")
    Site.objects.update(currency_conversion="convert")
    PriceListLine.objects.update(price_list=dollars)
    rate = ExchangeRate.objects.create(
        currency=Currency.objects.get_or_create(code="USD")[0], rate_to_base=D("3.75"), date="2020-01-01"
    )
    ask(dollars, item, "2")
    work_off(world.site, "price")
    shown = world.list_price(product)
    rate.delete()
    ask(dollars, item, "3")
    work_off(world.site, "price")
    assert shown == D("7.5") and world.list_price(product) == shown
    assert rows_of(world.site, "price")[-1].error_code == "no_exchange_rate"


def test_a_platform_without_lists_refuses_the_line(site: Site) -> None:
    prices = PriceList.objects.create(code="W", currency="SAR")
    with pytest.raises(ValidationError, match="no price lists"):
        PriceListLine(site=site, price_list=prices, remote_code="x").full_clean()
    PriceListLine(site=site, price_list=prices, remote_code="x", active=False).full_clean()


def test_the_lists_travel_with_the_settings_of_the_site(world: World) -> None:
    content = export_settings(site=world.site)
    assert content["lines"]["price_list_lines"][0]["price_list"] == "WHOLESALE"
    content["lines"]["price_list_lines"][0]["with_quantity_breaks"] = False
    apply_import(site=world.site, content=content)
    assert not PriceListLine.objects.get().with_quantity_breaks


def test_newly_linked_items_ask_for_their_list_prices_too(world: World) -> None:
    item = make_item("LATE")
    ask(world.wholesale, item, "8")
    assert keys(world.site) == []
    (product,) = world.bench.products(1)
    link(world.site, item, product.remote_id)
    on_items_linked(Site, world.site.pk, {item.pk})
    assert keys(world.site) == [f"{item.pk}|pl:", f"{item.pk}|pl:{world.wholesale.pk}|q:1"]


def page_of(client: Client, site: Site) -> tuple[dict[str, Any], str]:
    client.force_login(User.objects.create_superuser(f"staff-{site.code}"))
    return open_form(client, reverse("admin:ecomsites_site_change", args=[site.pk]))


def test_the_page_offers_the_lists_that_the_shop_told_and_refuses_a_wrong_currency(
    world: World, client: Client
) -> None:
    check_site(site=world.site)
    assert ["Wholesale", "Wholesale", ""] in world.site.shop_info["price_lists"]
    data, html = page_of(client, world.site)
    offered = html.split('id="offered-price_lists"')[1].split("</datalist>")[0]
    assert 'value="ALL GROUPS"' in offered and 'value="Wholesale"' in offered

    dollars = PriceList.objects.create(code="USD", currency="USD")
    row = {"price_list": dollars.pk, "remote_code": "Retailer", "active": "on", "site": world.site.pk}
    data |= {f"price_list_lines-1-{name}": value for name, value in row.items()}
    data["price_list_lines-TOTAL_FORMS"] = 2
    address = reverse("admin:ecomsites_site_change", args=[world.site.pk])
    answer = client.post(address, data)
    assert "The price list is in USD" in answer.content.decode()
    data["price_list_lines-1-price_list"] = world.wholesale.pk
    assert client.post(address, data).status_code == 302
    assert PriceListLine.objects.count() == 2


def test_the_page_of_a_platform_without_lists_has_no_such_table(site: Site, client: Client) -> None:
    data, _html = page_of(client, site)
    assert not [name for name in data if name.startswith("price_list_lines")]


def test_a_list_request_does_not_answer_for_the_base_price(
    world: World, pair: tuple[Item, BenchProduct]
) -> None:
    item = pair[0]
    since = timezone.now()
    ask(world.wholesale, item, "8")
    assert items_on_their_way("price", site=world.site, item_ids=[item.pk]) == set()
    work_off(world.site, "price")
    assert ended_since("price", site_code=world.site.code, item_ids=[item.pk], since=since) == {}
    ask(world.retail, item, "9")
    assert items_on_their_way("price", site=world.site, item_ids=[item.pk]) == {item.pk}
