"""Prices of the ERP reach the shop in the fewest calls, and never erase a promotion of the shop."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from erp.inputs import ItemPriceInput
from erp.models import Currency, ExchangeRate, Item, ItemPrice, PriceList, TaxPlan, TaxPlanLine
from erp.services.prices import set_item_prices
from linking.models import ItemLinkerLine
from pricing.runs import preview_prices, update_all_prices
from pricing.selectors.shop_prices import PriceProblem, ShopPrice, shop_prices
from sandbox.woocommerce import WooShop
from sites.models import Site
from sync_queues.models import State, UpdatePriceRequest
from tests.catalog.world import link, make_item, reporter, rows_of, work_off
from tests.erp.factories import make_entity

D = Decimal
pytestmark = pytest.mark.django_db


@pytest.fixture
def prices(site: Site) -> PriceList:
    make_entity()
    found = PriceList.objects.create(code="RETAIL", currency="SAR")
    site.price_source_list = found
    site.save()
    return found


def priced(shop: WooShop, site: Site, code: str, **body: Any) -> Item:
    product = shop.add_product(**{"sku": code, "regular_price": "10.00", **body})
    item = make_item(code)
    link(site, item, product["id"])
    return item


def set_price(prices: PriceList, item: Item, price: Any, **values: Any) -> None:
    set_item_prices(price_list=prices, prices=[ItemPriceInput(item, D(price), **values)])


def test_a_changed_price_reaches_the_shop_once(shop: WooShop, site: Site, prices: PriceList) -> None:
    item = priced(shop, site, "MUG")
    set_price(prices, item, "12.50")
    work_off(site, "price")
    assert shop.by_sku("MUG")["regular_price"] == "12.50"  # type: ignore[index]
    assert rows_of(site, "price")[0].price_sent == D("12.50")
    shop.counters.reset()
    with reporter(site) as run:
        update_all_prices(run=run, site=site, params={})
    work_off(site, "price")
    assert shop.counters.requests == 0
    run.run.refresh_from_db()
    assert run.run.adds_up


def test_a_list_that_the_shop_does_not_use_asks_nobody(shop: WooShop, site: Site, prices: PriceList) -> None:
    item = priced(shop, site, "MUG")
    set_price(PriceList.objects.create(code="OTHER", currency="SAR"), item, 9)
    assert rows_of(site, "price") == []


def test_a_parent_list_asks_the_shops_of_its_children(shop: WooShop, site: Site, prices: PriceList) -> None:
    base = PriceList.objects.create(code="BASE", currency="SAR")
    prices.parent = base
    prices.save()
    item = priced(shop, site, "MUG")
    set_price(base, item, 9)
    work_off(site, "price")
    assert shop.by_sku("MUG")["regular_price"] == "9.00"  # type: ignore[index]


def test_a_promotion_of_the_shop_survives(shop: WooShop, site: Site, prices: PriceList) -> None:
    item = priced(shop, site, "MUG", sale_price="8.00")
    set_price(prices, item, "12.00", special_price=D(5))
    work_off(site, "price")
    product = shop.by_sku("MUG")
    assert product is not None
    assert (product["regular_price"], product["sale_price"]) == ("12.00", "8.00")


def test_a_price_that_would_erase_the_promotion_is_refused_with_its_reason(
    shop: WooShop, site: Site, prices: PriceList
) -> None:
    item = priced(shop, site, "MUG", sale_price="8.00")
    set_price(prices, item, "7.00")
    work_off(site, "price")
    assert shop.by_sku("MUG")["sale_price"] == "8.00"  # type: ignore[index]
    request = rows_of(site, "price")[0]
    assert (request.state, request.error_code) == (State.FAILED, "price_below_promotion")


def test_special_prices_of_the_erp_are_set_moved_and_taken_away(
    shop: WooShop, site: Site, prices: PriceList
) -> None:
    site.special_price_ownership = "erp"
    site.save()
    item = priced(shop, site, "MUG", sale_price="9.00")
    start = timezone.now().replace(microsecond=0) - timedelta(days=1)
    set_price(
        prices,
        item,
        20,
        special_price=D(15),
        special_price_from=start,
        special_price_to=start + timedelta(days=5),
    )
    work_off(site, "price")
    assert shop.by_sku("MUG")["sale_price"] == "15.00"  # type: ignore[index]

    shop.counters.reset()
    moved = start + timedelta(days=9)
    set_price(prices, item, 20, special_price=D(15), special_price_from=start, special_price_to=moved)
    work_off(site, "price")
    assert shop.counters.writes == 1

    set_price(prices, item, 20)
    work_off(site, "price")
    assert shop.by_sku("MUG")["sale_price"] == ""  # type: ignore[index]
    assert ItemLinkerLine.objects.get(item=item).last_sent_special is None


def test_a_special_price_that_is_not_lower_is_left_out(site: Site, prices: PriceList) -> None:
    site.special_price_ownership = "erp"
    item = make_item("MUG")
    set_price(prices, item, 10, special_price=D(12))
    answer = shop_prices(site=site, item_ids=[item.pk])[item.pk]
    assert isinstance(answer, ShopPrice)
    assert (answer.special, answer.clear_special) == (None, True)
    assert "not below" in answer.note


def test_a_zero_price_is_refused(shop: WooShop, site: Site, prices: PriceList) -> None:
    item = priced(shop, site, "MUG")
    set_price(prices, item, 0)
    work_off(site, "price")
    assert rows_of(site, "price")[0].error_code == "zero_price"
    assert shop.by_sku("MUG")["regular_price"] == "10.00"  # type: ignore[index]


def rate(code: str, value: Any) -> None:
    currency = Currency.objects.get_or_create(code=code)[0]
    ExchangeRate.objects.create(currency=currency, rate_to_base=D(value), date="2020-01-01")


def test_another_currency_is_refused_or_converted_as_the_site_says(site: Site, prices: PriceList) -> None:
    dollars = PriceList.objects.create(code="USD", currency="USD")
    site.price_source_list = dollars
    item = make_item("MUG")
    ItemPrice.objects.create(price_list=dollars, item=item, price=D(10))
    # the item's own sales price is in the base currency and stands in for what cannot be converted
    Item.objects.update(sales_price=D(0))
    refused = shop_prices(site=site, item_ids=[item.pk])[item.pk]
    assert isinstance(refused, PriceProblem)
    rate("USD", "3.75")
    site.currency_conversion = "convert"
    answer = shop_prices(site=site, item_ids=[item.pk])[item.pk]
    assert isinstance(answer, ShopPrice)
    assert (answer.price, answer.currency) == (D("37.50"), "SAR")


def test_tax_is_added_or_taken_off_where_shop_and_list_differ(site: Site, prices: PriceList) -> None:
    item = make_item("MUG")
    ItemPrice.objects.create(price_list=prices, item=item, price=D(115))
    site.shop_info = {"prices_include_tax": False}
    refused = shop_prices(site=site, item_ids=[item.pk])[item.pk]
    assert isinstance(refused, PriceProblem)
    assert refused.code == "tax_mode_differs"
    plan = TaxPlan.objects.create(code="VAT")
    TaxPlanLine.objects.create(tax_plan=plan, tax_code="VAT15", rate=D(15))
    site.tax_plan = plan
    net = shop_prices(site=site, item_ids=[item.pk])[item.pk]
    assert isinstance(net, ShopPrice)
    assert net.price == D("100.00")
    PriceList.objects.update(prices_include_tax=False)
    site.price_source_list.refresh_from_db()
    site.shop_info = {"prices_include_tax": True}
    gross = shop_prices(site=site, item_ids=[item.pk])[item.pk]
    assert isinstance(gross, ShopPrice)
    assert gross.price == D("132.25")


def test_bulk_prices_cost_a_fixed_number_of_statements(
    site: Site, prices: PriceList, django_assert_num_queries: Any
) -> None:
    few = [make_item(f"F{n}").pk for n in range(2)]
    many = [make_item(f"M{n}").pk for n in range(150)]
    for pk in (*few, *many):
        ItemPrice.objects.create(price_list=prices, item_id=pk, price=D(5))
    for ids in (few, many):
        with django_assert_num_queries(3):
            assert len(shop_prices(site=site, item_ids=ids)) == len(ids)


def test_a_dry_run_and_a_preview_write_nothing(shop: WooShop, site: Site, prices: PriceList) -> None:
    item = priced(shop, site, "MUG")
    site.dry_run = True
    site.save()
    set_price(prices, item, "12.50")
    shop.counters.reset()
    work_off(site, "price")
    assert rows_of(site, "price")[0].outcome == "Dry run: would send 12.50 SAR."
    with reporter(site) as run:
        preview_prices(run=run, site=site, params={})
    assert "MUG: – → 12.50 SAR" in run.run.notes.get().message
    assert shop.counters.requests == 0
    assert ItemLinkerLine.objects.get().last_sent_price is None


def test_a_late_retry_of_a_document_does_not_bring_an_old_price_back(
    shop: WooShop, site: Site, prices: PriceList
) -> None:
    item = priced(shop, site, "MUG")
    set_price(prices, item, "20.00")
    work_off(site, "price")
    newest = ItemLinkerLine.objects.get().last_price_version
    UpdatePriceRequest.objects.create(
        site=site,
        item=item,
        key=f"{item.pk}|pl:",
        version=newest - 1,
        sheet={"price": "11.00", "currency": "SAR"},
    )
    work_off(site, "price")
    assert shop.by_sku("MUG")["regular_price"] == "20.00"  # type: ignore[index]
