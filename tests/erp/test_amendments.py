"""Confirmed orders that change: their number stays, what they said is kept, nothing that stands is touched."""

from __future__ import annotations

import dataclasses

import pytest

from erp.errors import CustomerRefused, IllegalState, QuantityExceeded
from erp.models import SalesOrder, StockReservation
from erp.services.amendments import amend_sales_order, extend_sales_order
from erp.services.deliveries import create_delivery, ship_delivery
from erp.services.invoices import create_invoice, issue_invoice
from erp.services.sales_orders import cancel_sales_order, confirm_sales_order, create_sales_order
from erp.services.stock import rebuild_balances
from erp.states import SalesOrderState
from tests.erp.factories import (
    D,
    figures,
    line,
    make_customer,
    make_item,
    order_input,
    shipping,
    stock_up,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(riyadh):
    one, two = make_item("A"), make_item("B")
    for item in (one, two):
        stock_up(item, riyadh, 10)
    data = order_input(
        line(one, 2, "200", "30", external_line_id="1"),
        line(two, 1, "50", "7.5", external_line_id="2"),
        charges=[shipping()],
    )
    order = confirm_sales_order(order=create_sales_order(data=data)[0])
    return order, data, one, two, riyadh


def test_amended_order_keeps_its_number_and_what_it_said(world):
    order, data, one, two, place = world
    number, total = order.number, order.grand_total
    wanted = dataclasses.replace(
        data,
        content_hash="h2",
        lines=[
            line(one, 3, "300", "45", external_line_id="1"),
            line(two, 4, "80", "12", external_line_id="9"),
        ],
    )
    amend_sales_order(order=order, data=wanted, reason="edited")
    order.refresh_from_db()
    assert (order.number, order.state, order.content_hash) == (number, "confirmed", "h2")
    assert order.grand_total == D("460")
    kept = order.revisions.get()
    assert (kept.revision, kept.grand_total, kept.reason) == (1, total, "edited")
    assert [row["item"] for row in kept.content["lines"]] == ["A", "B"]
    assert (figures(one, place), figures(two, place)) == ((D(10), D(3)), (D(10), D(4)))
    assert not any(rebuild_balances())


def test_order_that_did_not_hold_stock_holds_none_after_the_change(riyadh):
    item = make_item("A")
    stock_up(item, riyadh, 10)
    data = order_input(line(item, 2, external_line_id="1"))
    order = confirm_sales_order(order=create_sales_order(data=data)[0], reserve=False)
    amend_sales_order(
        order=order, data=dataclasses.replace(data, lines=[line(item, 5, external_line_id="1")])
    )
    assert figures(item, riyadh) == (D(10), D(0)) and not StockReservation.objects.exists()


def test_delivered_part_bounds_what_can_be_taken_off(world):
    order, data, one, two, place = world
    ship_delivery(delivery=create_delivery(order=order, quantities={order.lines.get(item=one).pk: D(2)}))
    less = dataclasses.replace(data, lines=[line(one, 1, external_line_id="1")])
    with pytest.raises(QuantityExceeded):
        amend_sales_order(order=order, data=less)
    gone = dataclasses.replace(data, lines=[line(two, 1, external_line_id="2")])
    with pytest.raises(QuantityExceeded):
        amend_sales_order(order=order, data=gone)
    more = dataclasses.replace(data, lines=[line(one, 5, "500", "75", external_line_id="1")])
    amend_sales_order(order=order, data=more)
    row = order.lines.get()
    assert (row.quantity, row.delivered_qty, order.state) == (5, 2, SalesOrderState.PARTIALLY_DELIVERED)
    assert (figures(one, place), figures(two, place)) == ((D(8), D(3)), (D(10), D(0)))


def test_drafts_made_from_the_old_order_are_dropped(world):
    order, data, one, _two, _place = world
    delivery, invoice = create_delivery(order=order), create_invoice(order=order)
    amend_sales_order(order=order, data=dataclasses.replace(data, lines=[line(one, 1, external_line_id="1")]))
    for document in (delivery, invoice):
        document.refresh_from_db()
    assert (delivery.state, invoice.state) == ("cancelled", "cancelled")
    assert invoice.lines.count() == 2 and invoice.grand_total > 0


def test_invoiced_order_is_extended_and_never_amended(world):
    order, data, _one, two, place = world
    issue_invoice(invoice=create_invoice(order=order))
    with pytest.raises(IllegalState):
        amend_sales_order(order=order, data=data)
    before = list(order.lines.values("id", "quantity", "net_amount", "invoiced_qty"))
    order.refresh_from_db()
    extend_sales_order(order=order, lines=[line(two, 3, "150", "22.5")], charges=[shipping("5", "0.75")])
    assert (
        list(order.lines.exclude(line_no=3).values("id", "quantity", "net_amount", "invoiced_qty")) == before
    )
    assert order.grand_total == D("310.5") + D("178.25")
    assert figures(two, place) == (D(10), D(4))
    rest = issue_invoice(invoice=create_invoice(order=order))
    assert rest.grand_total == D("178.25")
    assert (order.revisions.count(), SalesOrder.objects.count()) == (1, 1)


def test_order_of_another_currency_is_not_amended(world):
    order, data, *_rest = world
    with pytest.raises(IllegalState):
        amend_sales_order(order=order, data=dataclasses.replace(data, currency="USD"))


def test_order_that_grows_over_a_blocking_credit_limit_is_refused(riyadh):
    item = make_item("A")
    buyer = make_customer(credit_limit=D(200), credit_check="block")
    data = order_input(line(item, 1, external_line_id="1"), customer=buyer)
    order = confirm_sales_order(order=create_sales_order(data=data)[0])
    more = dataclasses.replace(data, lines=[line(item, 2, "200", "30", external_line_id="1")])
    with pytest.raises(CustomerRefused):
        amend_sales_order(order=order, data=more)


def test_cancelled_order_gives_its_shop_number_free(world):
    order, data, *_rest = world
    cancel_sales_order(order=order)
    again, is_new = create_sales_order(data=dataclasses.replace(data, content_hash="h9"))
    assert is_new and again.external_number == order.external_number


def test_delivered_order_of_a_credited_invoice_is_not_cancelled(world):
    order, *_rest = world
    ship_delivery(delivery=create_delivery(order=order))
    issue_invoice(invoice=create_invoice(order=order))
    order.refresh_from_db()
    with pytest.raises(IllegalState):
        cancel_sales_order(order=order)


def test_line_added_after_everything_was_delivered_is_held(world):
    order, data, one, two, place = world
    ship_delivery(delivery=create_delivery(order=order))
    more = dataclasses.replace(data, lines=[*data.lines, line(two, 4, "200", "30", external_line_id="3")])
    amend_sales_order(order=order, data=more)
    assert (figures(one, place), figures(two, place)) == ((D(8), D(0)), (D(9), D(4)))
    assert not any(rebuild_balances())
