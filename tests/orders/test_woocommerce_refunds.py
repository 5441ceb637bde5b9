"""Refunds of the sandbox WooCommerce over real HTTP, both ways."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from activity.models import ApiCall, Run, SiteError
from activity.services import RunReporter, start_run
from erp.inputs import ReturnLineInput
from erp.models import Receipt, SalesInvoice, SalesOrder, SalesReturn, StockBalance, StockMovement
from erp.selectors.customers import customer_balance
from erp.services.returns import create_sales_return, credit_return, receive_return
from orders import runs
from orders.models import Order, OrderOutbox, ReturnOrder
from orders.services.heal import heal_returns
from orders.services.push_outbox import push_outbox
from orders.services.withdrawn_returns import reverse_documents
from sandbox.woocommerce import WooShop
from sites.models import Site
from tests.orders.factories import make_item, make_shop_site, one

pytestmark = pytest.mark.django_db
D = Decimal
ALL = {"create_delivery": True, "create_invoice": True, "create_receipt": True}


@pytest.fixture
def woo() -> Iterator[WooShop]:
    with WooShop(webhook_delay=None) as shop:
        shop.add_product(sku="S1", regular_price="19.99", stock_quantity=50, manage_stock=True)
        yield shop


@pytest.fixture
def site(woo: WooShop, db: None) -> Site:
    make_item("S1", stock=50)
    site = make_shop_site(
        rule=ALL,
        url=woo.url,
        username=woo.key,
        password=woo.secret,
        currency=woo.options.currency,
        read_orders_from_date=datetime(2020, 1, 1, tzinfo=UTC),
        read_returns=True,
        return_policy="credit_note",
        update_order_status=True,
    )
    site.update_order_status_to.create(
        document_type="credit_note", document_state="issued", remote_action="refund"
    )
    return site


def act(site: Site, action: str, **params: Any) -> Run:
    with RunReporter(start_run(site_code=site.code, action=action)) as reporter:
        getattr(runs, action)(run=reporter, site=site, params=params)
    reporter.run.refresh_from_db()
    assert reporter.run.adds_up, list(reporter.run.notes.values_list("message", flat=True))
    return reporter.run


def place(woo: WooShop, quantity: int = 3, **extra: Any) -> dict[str, Any]:
    return woo.place_order([{"sku": "S1", "quantity": quantity}], payment_method="moyasar", **extra)


def give_back(woo: WooShop, order: dict[str, Any], quantity: int, **extra: Any) -> dict[str, Any]:
    """Refund some pieces with their share of the tax, as the shop's page does."""
    line = order["line_items"][0]
    part = D(quantity) / line["quantity"]
    net = (D(line["total"]) * part).quantize(D("0.01"))
    taxes = [
        {"id": row["id"], "refund_total": float((D(row["total"]) * part).quantize(D("0.01")))}
        for row in line["taxes"]
    ]
    tax = sum((D(str(row["refund_total"])) for row in taxes), D(0))
    row = {"id": line["id"], "quantity": quantity, "refund_total": float(net), "refund_tax": taxes}
    woo.advance(5)
    return woo.refund(order["id"], amount=str(net + tax), line_items=[row], **extra)


def ours() -> tuple[int, ...]:
    models = (SalesReturn, SalesInvoice, Receipt, StockMovement)
    return tuple(model.objects.count() for model in models)


@pytest.mark.parametrize("restock", [True, False])
def test_refund_of_the_gateway_is_credited_restocked_as_the_shop_did_and_paid_back(site, woo, restock):
    order = place(woo)
    act(site, "read_sales")
    refund = give_back(woo, order, 1, api_refund=True, api_restock=restock)
    run = act(site, "read_returns")
    assert (run.found, run.created) == (1, 1)
    row = one(ReturnOrder)
    assert (row.state, row.total, row.proof_ok) == ("posted", D(refund["amount"]), True), row.hold_message
    assert one(StockBalance).on_hand == (48 if restock else 47)
    assert row.receipts.get().amount == row.total
    assert customer_balance(one(Order).erp_customer).balance == 0
    assert "tax_rate 15" in {entry["component"] for entry in row.proof}
    before = ours()
    assert act(site, "read_returns").unchanged == 1
    act(site, "read_sales")
    assert ours() == before


def test_refund_by_hand_is_owed_until_staff_pay_it(site, woo):
    order = place(woo)
    act(site, "read_sales")
    give_back(woo, order, 2)
    act(site, "read_sales")
    row = one(ReturnOrder)
    assert (row.paid_back, row.receipts.count()) == (False, 0)
    assert customer_balance(one(Order).erp_customer).balance == -row.total


def test_refund_deleted_in_the_shop_is_flagged_and_taken_back_by_documents(site, woo):
    order = place(woo)
    act(site, "read_sales")
    refund = give_back(woo, order, 1, api_refund=True)
    act(site, "read_sales")
    woo.advance(5)
    woo.rest("DELETE", f"/orders/{order['id']}/refunds/{refund['id']}", force=True)
    act(site, "read_sales")
    row = one(ReturnOrder)
    assert (row.state, row.hold_code) == ("posted", "return_withdrawn")
    reverse_documents(return_order=row)
    row.refresh_from_db()
    line = one(SalesOrder).lines.get()
    assert (row.state, row.sales_return.state, line.returned_qty) == ("withdrawn", "reversed", 0)
    assert one(StockBalance).on_hand == 47
    assert customer_balance(one(Order).erp_customer).balance == 0
    act(site, "read_sales")
    assert one(ReturnOrder).state == "withdrawn"


def test_refund_deleted_before_it_was_posted_just_goes(site, woo):
    Site.objects.update(return_policy="stage")
    site.refresh_from_db()
    order = place(woo)
    act(site, "read_sales")
    refund = give_back(woo, order, 1)
    act(site, "read_sales")
    woo.advance(5)
    woo.rest("DELETE", f"/orders/{order['id']}/refunds/{refund['id']}", force=True)
    run = act(site, "read_returns", orders=[str(order["id"])])
    assert (run.found, run.updated, one(ReturnOrder).state) == (1, 1, "withdrawn")


def test_order_that_was_never_imported_is_fetched_as_sold_before(site, woo):
    order = place(woo, created_gmt="2020-03-01T10:00:00")
    woo.set_order_status(order["id"], "completed")
    Site.objects.update(
        read_orders_from_date=datetime(2021, 1, 1, tzinfo=UTC),
        create_invoice_for_returns_if_invoice_not_found=True,
        restock_policy="always",
    )
    site.refresh_from_db()
    give_back(woo, order, 1, api_refund=True)
    run = act(site, "read_returns")
    row = one(ReturnOrder)
    assert (run.created, row.state) == (1, "posted"), row.hold_message
    sold = one(SalesOrder)
    assert sold.lines.get().delivered_qty == 3 and sold.grand_total == D(order["total"])
    # What was sold before never touched our stock; what comes back now does.
    assert one(StockBalance).on_hand == 51
    assert customer_balance(one(Order).erp_customer).balance == 0


def test_order_that_was_never_imported_waits_where_the_site_does_not_want_it(site, woo):
    order = place(woo, created_gmt="2020-03-01T10:00:00")
    Site.objects.update(read_orders_from_date=datetime(2021, 1, 1, tzinfo=UTC))
    site.refresh_from_db()
    give_back(woo, order, 1)
    assert act(site, "read_returns").held == 1
    assert heal_returns() == 0 and not SalesOrder.objects.exists()
    assert one(ReturnOrder).hold_code == "return_without_order"


def credit_by_staff(quantity: int) -> SalesInvoice:
    order = one(SalesOrder)
    row = order.lines.get()
    part = D(quantity) / row.quantity
    given = ReturnLineInput(
        row,
        row.item,
        D(quantity),
        (row.net_amount * part).quantize(D("0.01")),
        (row.tax_amount * part).quantize(D("0.01")),
        external_line_id=row.external_line_id,
    )
    made, _ = create_sales_return(
        channel="", external_number="", customer=order.customer, order=order, lines=[given], reason="late"
    )
    receive_return(sales_return=made, restock=True)
    return credit_return(sales_return=made)


@pytest.mark.parametrize("pay_back", [False, True])
def test_credit_note_of_staff_refunds_the_shop_once_and_its_echo_makes_nothing(site, woo, pay_back):
    site.update_order_status_to.update(pay_back=pay_back)
    order = place(woo)
    act(site, "read_sales")
    note = credit_by_staff(1)
    push_outbox()
    shown = woo.rest("GET", f"/orders/{order['id']}/refunds")
    assert [D(row["amount"]) for row in shown] == [note.grand_total]
    assert shown[0]["refunded_payment"] is pay_back
    assert len(shown[0]["line_items"]) == 1
    before, writes = ours(), woo.counters.writes
    ReturnOrder.objects.all().delete()  # as if we had died before we kept the shop's id: the key tells
    woo.advance(5)
    for _ in range(2):
        act(site, "read_sales")
        act(site, "read_returns")
        push_outbox()
    row = one(ReturnOrder)
    assert (row.state, row.origin, row.credit_note) == ("posted", "erp", note)
    assert (ours(), woo.counters.writes) == (before, writes)


def test_refund_that_the_shop_refuses_is_not_tried_again(site, woo):
    order = place(woo)
    act(site, "read_sales")
    woo.refund(order["id"], amount=order["total"])  # somebody was faster
    credit_by_staff(1)
    push_outbox()
    message = OrderOutbox.objects.get(kind="refund")
    assert message.state == "failed" and "Invalid refund amount" in message.error_message
    assert ApiCall.objects.filter(method="POST", url__contains="/refunds").count() == 1
    push_outbox()
    assert ApiCall.objects.filter(method="POST", url__contains="/refunds").count() == 1


def test_credit_note_of_a_refund_of_the_shop_is_not_sent_back(site, woo):
    order = place(woo)
    act(site, "read_sales")
    give_back(woo, order, 1)
    act(site, "read_sales")
    assert one(ReturnOrder).credit_note is not None
    assert not OrderOutbox.objects.filter(kind="refund").exists()


def test_shop_that_cannot_be_asked_for_the_order_leaves_the_return_waiting(site, woo):
    order = place(woo, created_gmt="2020-03-01T10:00:00")
    Site.objects.update(read_orders_from_date=datetime(2021, 1, 1, tzinfo=UTC))
    site.refresh_from_db()
    give_back(woo, order, 1)
    act(site, "read_returns")
    Site.objects.update(create_invoice_for_returns_if_invoice_not_found=True)
    ReturnOrder.objects.update(heal_at=datetime(2020, 1, 1, tzinfo=UTC))
    woo.faults.add("rate_limit", count=20, retry_after=1)
    assert heal_returns() == 0
    row = one(ReturnOrder)
    assert (row.state, row.hold_code) == ("held", "return_without_order")
    assert not SiteError.objects.filter(subject_type="ecomsites.site", state="open").exists()
