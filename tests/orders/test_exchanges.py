"""Goods for goods: by hand on the page of a return, and as a platform tells of it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from ecomsync.common.errors import PermanentError
from erp.models import SalesOrder, StockBalance
from erp.selectors.customers import customer_balance
from orders.models import Order, ReturnOrder
from orders.services.context import ImportContext
from orders.services.exchanges import ExchangeGoods, exchange_by_hand
from orders.services.import_order import import_order
from orders.services.returns import import_return
from tests.orders.factories import (
    make_item,
    make_line,
    make_refund,
    make_remote,
    make_shop_site,
    one,
    refund_line,
)

pytestmark = pytest.mark.django_db
D = Decimal
SOLD = {"create_delivery": True, "create_invoice": True, "create_receipt": True}


@pytest.fixture
def world(db):
    """A site, an order of two pieces of M at 100 + 15, and the item L."""

    def build(**values):
        site = make_shop_site(rule=SOLD, return_policy="credit_note", restock_policy="always", **values)
        make_item("M", stock=9)
        other = make_item("L", stock=5)
        remote = make_remote(make_line("M", 2, "100"), charges=[])
        import_order(site=site, remote=remote)
        return site, remote, other

    return build


def sent_back(site, remote, *wanted):
    refund = make_refund(remote, "115", refund_line(remote.lines[0]), exchange_lines=wanted)
    import_return(site=site, remote=refund)
    return one(ReturnOrder)


def exchange_order():
    return SalesOrder.objects.exclude(pk=one(Order).sales_order_id).get()


def test_staff_make_the_order_of_an_exchange_once(world):
    site, remote, other = world()
    row = sent_back(site, remote)
    goods = [ExchangeGoods(other, D(1), unit_price=D(115))]
    order = exchange_by_hand(row=row, context=ImportContext(site), goods=goods)
    assert (order.state, order.grand_total, order.lines.get().tax_amount) == ("confirmed", D(115), D(15))
    assert order.customer == one(Order).erp_customer
    assert StockBalance.objects.get(item=other).reserved == 1
    with pytest.raises(PermanentError, match="already"):
        exchange_by_hand(row=row, context=ImportContext(site), goods=goods)
    assert SalesOrder.objects.count() == 2
    # The credit note meets what will be invoiced.
    assert customer_balance(order.customer).balance == D(-115)


def test_price_list_of_the_erp_counts_where_staff_name_no_price(world):
    site, remote, other = world()
    other.sales_price = D("92.00")
    other.save()
    order = exchange_by_hand(
        row=sent_back(site, remote), context=ImportContext(site), goods=[ExchangeGoods(other, D(2))]
    )
    assert order.grand_total == order.lines.get().gross_amount > 0
    assert order.lines.get().quantity == 2


@pytest.mark.parametrize(
    "policy,state,orders", [("order", "posted", 2), ("stage", "staged", 1), ("ignore", "posted", 1)]
)
def test_exchange_that_the_shop_tells_of_follows_the_policy(world, policy, state, orders):
    site, remote, _other = world(exchange_policy=policy)
    row = sent_back(site, remote, make_line("L", 1, "100"))
    assert (row.state, SalesOrder.objects.count()) == (state, orders), row.hold_message
    if policy == "order":
        order = exchange_order()
        assert (row.exchange_order, order.grand_total) == (order, D(115))
        assert order.external_number == f"{one(Order).number}-X{row.number or row.remote_id}"


def test_exchange_for_an_unknown_product_holds_the_return_whole(world):
    site, remote, _other = world(exchange_policy="order")
    row = sent_back(site, remote, make_line("NOPE", 1, "100"))
    assert (row.state, row.hold_code, row.hold_subject) == ("held", "unknown_sku", "NOPE")
    assert row.sales_return is None and SalesOrder.objects.count() == 1


def test_page_of_the_return_makes_the_exchange(world, client):
    site, remote, other = world()
    row = sent_back(site, remote)
    client.force_login(User.objects.create_superuser("boss", "boss@example.com", "pw-for-tests-1"))
    page = reverse("admin:orders_returnorder_action", args=[row.pk, "exchange"])
    wrong = client.post(page, {"_confirmed": "1", "goods": "NOPE 1"})
    assert "NOPE" in wrong.content.decode() and SalesOrder.objects.count() == 1
    client.post(page, {"_confirmed": "1", "goods": "l 1 115"})
    assert exchange_order().lines.get().item == other
    shown = client.get(reverse("admin:orders_returnorder_change", args=[row.pk])).content.decode()
    assert exchange_order().number in shown


def test_policy_only_the_return_offers_no_exchange(world, client):
    site, remote, _other = world(exchange_policy="ignore")
    row = sent_back(site, remote)
    client.force_login(User.objects.create_superuser("boss", "boss@example.com", "pw-for-tests-1"))
    page = reverse("admin:orders_returnorder_action", args=[row.pk, "exchange"])
    client.post(page, {"_confirmed": "1", "goods": "L 1 115"})
    assert SalesOrder.objects.count() == 1
