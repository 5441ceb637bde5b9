"""Which price applies, and announcing changes."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from ecomsync.common.errors import PermanentError
from erp import signals
from erp.inputs import ItemPriceInput
from erp.models import Currency, CustomerGroup, ExchangeRate, ItemPrice, ItemUnit, PriceList
from erp.services.prices import prices_for_items, resolve_price, set_item_prices, set_sales_prices
from tests.erp.factories import D, make_customer, make_entity, make_item, make_unit

pytestmark = pytest.mark.django_db


def make_list(code="RETAIL", currency="SAR", **values):
    return PriceList.objects.create(code=code, currency=currency, **values)


def price(price_list, item, amount, **values):
    set_item_prices(price_list=price_list, prices=[ItemPriceInput(item=item, price=D(amount), **values)])


def test_resolution_goes_from_customer_to_item_and_names_its_rule():
    make_entity()
    item = make_item(sales_price=10)
    channel, of_group, of_customer = make_list("WEB"), make_list("GROUP"), make_list("VIP")
    group = CustomerGroup.objects.create(code="G", price_list=of_group)
    customer = make_customer(customer_group=group)

    def found():
        answer = resolve_price(item=item, customer=customer, price_list=channel)
        return answer.price, answer.rule

    assert found() == (D(10), "sales price of the item")
    price(channel, item, 9)
    assert found() == (D(9), "price list WEB")
    price(of_group, item, 8)
    assert found() == (D(8), "price list GROUP")
    customer.price_list = of_customer
    price(of_customer, item, 7)
    assert found() == (D(7), "price list VIP")
    price(channel, item, 6, customer=customer)
    assert found() == (D(6), "customer price in WEB")
    assert resolve_price(item=item, price_list=channel).price == D(9)


def test_parent_list_fills_gaps():
    item = make_item(sales_price=10)
    parent = make_list("BASE")
    child = make_list("WEB", parent=parent)
    price(parent, item, 8)
    found = resolve_price(item=item, price_list=child)
    assert (found.price, found.rule) == (D(8), "price list BASE, parent of WEB")


def test_quantity_and_dates_choose_the_row():
    item, web = make_item(), make_list("WEB")
    today = timezone.localdate()
    price(web, item, 10)
    price(web, item, 8, min_quantity=D(12))
    price(web, item, 9, valid_from=today - dt.timedelta(days=1))
    price(web, item, 5, valid_from=today + dt.timedelta(days=1))
    price(web, item, 1, valid_from=today - dt.timedelta(days=9), valid_to=today - dt.timedelta(days=8))
    for quantity, expected in ((1, 9), (11, 9), (12, 8)):
        assert resolve_price(item=item, price_list=web, quantity=D(quantity)).price == D(expected)
    later = today + dt.timedelta(days=2)
    assert resolve_price(item=item, price_list=web, on=later).price == D(5)


def test_special_price_keeps_its_window_and_drops_when_past():
    now = timezone.now()
    item = make_item(
        sales_price=10, special_price=8, special_price_from=now + dt.timedelta(hours=1), special_price_to=None
    )
    found = resolve_price(item=item)
    assert (found.special_price, found.special_from) == (D(8), item.special_price_from)
    assert (found.at(now), found.at(now + dt.timedelta(hours=2))) == (D(10), D(8))
    item.special_price_from, item.special_price_to = None, now - dt.timedelta(hours=1)
    assert resolve_price(item=item).special_price is None


def test_discount_percent_is_taken_off():
    item, web = make_item(), make_list("WEB")
    price(web, item, "9.99", discount_percent=D(10))
    assert resolve_price(item=item, price_list=web).price == D("8.99")


def test_other_currency_is_passed_over_unless_converted():
    make_entity(base_currency="SAR")
    usd = Currency.objects.create(code="USD")
    ExchangeRate.objects.create(currency=usd, date=dt.date(2020, 1, 1), rate_to_base=D("3.75"))
    item, web = make_item(sales_price=0), make_list("WEB", "SAR")
    price(web, item, 75)
    with pytest.raises(PermanentError) as caught:
        resolve_price(item=item, price_list=web, currency="USD")
    assert caught.value.code == "no_price"
    found = resolve_price(item=item, price_list=web, currency="USD", convert=True)
    assert (found.price, found.currency) == (D(20), "USD")
    assert "converted from SAR" in found.rule
    assert prices_for_items(item_ids=[item.pk], price_list=web, currency="USD") == {}


def test_bulk_prices_equal_single_ones_in_constant_statements(django_assert_num_queries):
    make_entity()
    parent = make_list("BASE")
    web = make_list("WEB", parent=parent)
    items = [make_item(sales_price=n) for n in range(1, 41)]
    for item in items[:10]:
        price(web, item, 100)
    for item in items[10:20]:
        price(parent, item, 200)
    for count in (3, 40):
        with django_assert_num_queries(3):
            found = prices_for_items(item_ids=[item.pk for item in items[:count]], price_list=web)
    for item in items:
        assert found[item.pk] == resolve_price(item=item, price_list=web)


def test_set_item_prices_writes_and_announces_only_changes(heard):
    items, web = [make_item() for _ in range(3)], make_list("WEB")
    messages = heard(signals.price_changed)
    rows = [ItemPriceInput(item=item, price=D(5)) for item in items]
    assert set_item_prices(price_list=web, prices=rows) == (3, 0)
    assert set_item_prices(price_list=web, prices=rows) == (0, 0)
    changed = [ItemPriceInput(item=items[0], price=D(6)), *rows[1:]]
    assert set_item_prices(price_list=web, prices=changed) == (0, 1)
    assert messages == [
        {"item_ids": {item.pk for item in items}, "price_list_id": web.pk},
        {"item_ids": {items[0].pk}, "price_list_id": web.pk},
    ]


def test_sales_prices_are_set_in_bulk_and_announced_once(heard):
    items = [make_item(sales_price=1) for _ in range(3)]
    messages = heard(signals.price_changed)
    assert set_sales_prices(prices={items[0].pk: D(1), items[1].pk: D(2)}) == {items[1].pk}
    assert messages == [{"item_ids": {items[1].pk}, "price_list_id": None}]


def test_a_price_exists_once_per_key():
    item, web = make_item(), make_list("WEB")
    ItemPrice.objects.create(price_list=web, item=item, price=1)
    with pytest.raises(ValidationError, match="There is a price"):
        ItemPrice(price_list=web, item=item, price=2, min_quantity=1).full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        ItemPrice.objects.create(price_list=web, item=item, price=2)


def test_lists_cannot_make_a_circle():
    first = make_list("A")
    second = make_list("B", parent=first)
    first.parent = second
    with pytest.raises(ValidationError, match="circle"):
        first.full_clean()


def test_negative_price_is_refused():
    with pytest.raises(PermanentError, match="below zero"):
        price(make_list(), make_item(), -1)


def test_price_of_a_unit_wins_over_base_price_times_factor():
    item, carton, web = make_item(sales_price=2), make_unit("CTN"), make_list("WEB")
    with pytest.raises(PermanentError, match="no unit CTN"):
        resolve_price(item=item, unit=carton)
    ItemUnit.objects.create(item=item, unit=carton, factor_to_base=12)
    assert resolve_price(item=item, unit=carton).price == D(24)
    price(web, item, "1.50", min_quantity=D(24))
    assert resolve_price(item=item, price_list=web, unit=carton, quantity=D(1)).price == D(24)
    assert resolve_price(item=item, price_list=web, unit=carton, quantity=D(2)).price == D(18)
    price(web, item, 17, unit=carton)
    found = resolve_price(item=item, price_list=web, unit=carton)
    assert (found.price, found.rule) == (D(17), "price list WEB")
    assert resolve_price(item=item, price_list=web, unit=item.base_unit).price == D(2)
