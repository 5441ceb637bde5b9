"""New versions of orders whose documents stand."""

from __future__ import annotations

import pytest

from activity.models import Event
from erp.models import Receipt, SalesOrder, StockBalance
from erp.services.deliveries import create_delivery, ship_delivery
from orders.models import Order, OrderHold
from orders.services.import_order import import_order
from orders.states import ImportOutcome, OrderState
from platforms.types import FinancialStatus, OrderPhase
from tests.orders.factories import (
    count_documents,
    later,
    make_item,
    make_line,
    make_remote,
    make_shop_site,
    map_payment,
    one,
)

pytestmark = pytest.mark.django_db


def test_our_own_status_coming_back_makes_no_row():
    site = make_shop_site()
    make_item("A1", stock=5)
    remote = make_remote()
    import_order(site=site, remote=remote)
    before = (count_documents(), Event.objects.count())
    echo = later(remote, status="completed", phase=OrderPhase.COMPLETE)
    assert import_order(site=site, remote=echo).outcome == ImportOutcome.UNCHANGED
    assert (count_documents(), Event.objects.count()) == before
    order = one(Order)
    assert (order.status_remote, order.updated_remote) == ("completed", echo.updated_at)


def test_changed_draft_follows_the_shop():
    site = make_shop_site(auto_confirm_documents=False)
    make_item("A1", stock=5), make_item("B1", stock=5)
    remote = make_remote(make_line("A1"))
    import_order(site=site, remote=remote)
    edited = later(remote, lines=(make_line("A1", 2), make_line("B1", 1, "9.99")))
    assert import_order(site=site, remote=edited).outcome == ImportOutcome.UPDATED
    document = one(SalesOrder)
    assert document.grand_total == edited.totals.grand_total
    assert [line.item.code for line in document.lines.order_by("line_no")] == ["A1", "B1"]
    assert one(Order).lines.count() == 2


def test_changed_draft_that_no_longer_balances_is_held_and_stays_as_it_was():
    site = make_shop_site(auto_confirm_documents=False)
    make_item("A1", stock=5)
    remote = make_remote(make_line("A1"))
    import_order(site=site, remote=remote)
    total = one(SalesOrder).grand_total
    edited = later(remote, lines=(make_line("NOPE", 2),))
    assert import_order(site=site, remote=edited).outcome == ImportOutcome.HELD
    assert one(SalesOrder).grand_total == total
    assert OrderHold.objects.filter(released_at=None).get().code == "unknown_sku"


@pytest.mark.parametrize("policy,state", [("flag", "imported"), ("hold", "held")])
def test_confirmed_documents_stand_where_the_site_only_tells(policy, state):
    site = make_shop_site(order_changed_policy=policy)
    make_item("A1", stock=5)
    remote = make_remote(make_line("A1"))
    import_order(site=site, remote=remote)
    total = one(SalesOrder).grand_total
    import_order(site=site, remote=later(remote, lines=(make_line("A1", 3),)))
    order = one(Order)
    assert one(SalesOrder).grand_total == total
    assert order.state == state and order.holds.get().code == "order_changed"
    assert order.proof_ok is False and order.heal_at is None


def test_order_cancelled_in_the_shop_gives_its_stock_back():
    site = make_shop_site()
    make_item("A1", stock=5)
    remote = make_remote()
    import_order(site=site, remote=remote)
    assert one(StockBalance).reserved == 1
    gone = later(remote, status="cancelled", phase=OrderPhase.CANCELLED)
    assert import_order(site=site, remote=gone).outcome == ImportOutcome.UPDATED
    assert one(SalesOrder).state == "cancelled"
    assert one(StockBalance).reserved == 0
    assert one(Order).state == OrderState.CANCELLED
    again = later(gone, note="x")
    assert import_order(site=site, remote=again).outcome == ImportOutcome.UNCHANGED


def test_order_cancelled_after_delivery_is_flagged():
    site = make_shop_site()
    make_item("A1", stock=5)
    remote = make_remote()
    import_order(site=site, remote=remote)
    ship_delivery(delivery=create_delivery(order=one(SalesOrder)))
    import_order(site=site, remote=later(remote, status="cancelled", phase=OrderPhase.CANCELLED))
    assert one(SalesOrder).state == "delivered"
    assert one(OrderHold).code == "cancelled_after_posting"


def test_cancel_policy_flag_leaves_documents_alone():
    site = make_shop_site(cancel_policy="flag")
    make_item("A1", stock=5)
    remote = make_remote()
    import_order(site=site, remote=remote)
    import_order(site=site, remote=later(remote, status="cancelled", phase=OrderPhase.CANCELLED))
    assert one(SalesOrder).state == "confirmed"
    assert one(OrderHold).code == "cancelled_after_posting"


def test_held_order_cancelled_in_the_shop_is_done_with():
    site = make_shop_site()
    remote = make_remote(make_line("NOPE"))
    import_order(site=site, remote=remote)
    import_order(site=site, remote=later(remote, status="cancelled", phase=OrderPhase.CANCELLED))
    order = one(Order)
    assert order.state == OrderState.CANCELLED and not order.holds.filter(released_at=None).exists()


def test_order_paid_later_gets_its_receipt_once():
    site = make_shop_site(rule={"create_receipt": True})
    make_item("A1", stock=5)
    remote = make_remote(paid=False)
    import_order(site=site, remote=remote)
    assert Receipt.objects.count() == 0
    paid = later(remote, financial_status=FinancialStatus.PAID)
    assert import_order(site=site, remote=paid).outcome == ImportOutcome.UPDATED
    assert one(Receipt).amount == remote.totals.grand_total
    import_order(site=site, remote=later(paid, status="completed", phase=OrderPhase.COMPLETE))
    assert Receipt.objects.count() == 1


@pytest.mark.parametrize(
    "kind,value,expected",
    [("full_total", 0, "138"), ("percent", 50, "69"), ("fixed", 10, "10"), ("none", 0, None)],
)
def test_receipt_follows_the_calculation_type_of_the_payment(kind, value, expected):
    site = make_shop_site(rule={"create_receipt": True})
    map_payment(site, "card", calculation_type=kind, value=value)
    make_item("A1", stock=5)
    import_order(site=site, remote=make_remote())
    amounts = [f"{receipt.amount.normalize():f}" for receipt in Receipt.objects.all()]
    assert amounts == ([] if expected is None else [expected])


def test_cash_on_delivery_makes_no_receipt():
    site = make_shop_site(rule={"create_receipt": True})
    map_payment(site, "card", settles_immediately=False)
    make_item("A1", stock=5)
    import_order(site=site, remote=make_remote())
    assert Receipt.objects.count() == 0
