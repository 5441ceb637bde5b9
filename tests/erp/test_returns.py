"""Returns, refunds, credit notes."""

from __future__ import annotations

import pytest
from django.utils import timezone

from erp.errors import AmountExceeded, DuplicateMismatch, IllegalState, QuantityExceeded
from erp.inputs import ChargeInput, ReturnLineInput, ReturnTerms
from erp.selectors.customers import customer_balance
from erp.services import stock
from erp.services.deliveries import create_delivery, ship_delivery
from erp.services.invoices import create_invoice, issue_invoice
from erp.services.receipts import create_receipt
from erp.services.returns import create_sales_return, credit_return, receive_return, reject_return
from tests.erp.factories import (
    D,
    figures,
    line,
    make_confirmed,
    make_customer,
    make_item,
    make_method,
    stock_up,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def item(riyadh):
    item = make_item()
    stock_up(item, riyadh, 10)
    return item


def sold(item, quantity=4, *, deliver=True, invoice=True):
    order = make_confirmed(line(item, quantity, D(100) * quantity, D(15) * quantity))
    if deliver:
        ship_delivery(delivery=create_delivery(order=order))
    if invoice:
        issue_invoice(invoice=create_invoice(order=order))
    order.refresh_from_db()
    return order


def send_back(order, quantity, number="R1", **values):
    row = order.lines.get()
    given = ReturnLineInput(row, row.item, D(quantity), D(100) * quantity, D(15) * quantity)
    return create_sales_return(
        channel="SHOP", external_number=number, customer=order.customer, order=order, lines=[given], **values
    )


def test_received_goods_go_back_to_stock_and_are_credited(item, riyadh):
    order = sold(item)
    sales_return, created = send_back(order, 1, reason="too small")
    assert created and sales_return.grand_total == D(115)
    receive_return(sales_return=sales_return, restock=True)
    assert (sales_return.state, sales_return.number, figures(item, riyadh)) == (
        "received",
        "RT-000001",
        (D(7), D(0)),
    )
    note = credit_return(sales_return=sales_return)
    invoice = order.invoices.get(kind="invoice")
    assert (note.kind, note.number, note.original_invoice_id) == ("credit_note", "CN-000001", invoice.pk)
    assert (note.grand_total, note.tax_total) == (D(115), D(15))
    assert (sales_return.state, sales_return.credit_note_id) == ("credited", note.pk)
    assert invoice.balance == D(345)
    row = order.lines.get()
    assert (row.returned_qty, row.open_to_return) == (D(1), D(3))
    assert stock.rebuild_balances() == []


def test_scrapped_goods_move_no_stock(item, riyadh):
    order = sold(item)
    sales_return, _ = send_back(order, 2)
    receive_return(sales_return=sales_return, restock=False)
    assert figures(item, riyadh) == (D(6), D(0))
    assert order.lines.get().returned_qty == D(2)


def test_returns_never_exceed_what_was_sold(item):
    order = sold(item)
    first, _ = send_back(order, 3)
    with pytest.raises(QuantityExceeded, match="2 returned, 1 of 4 sold"):
        send_back(order, 2, "R2")
    reject_return(sales_return=first, reason="worn")
    second, created = send_back(order, 2, "R2")
    assert created and first.state == "rejected"
    receive_return(sales_return=second, restock=True)
    with pytest.raises(QuantityExceeded):
        send_back(order, 3, "R3")


def test_create_is_idempotent(item):
    order = sold(item)
    first, _ = send_back(order, 1, terms=ReturnTerms(content_hash="a"))
    again, created = send_back(order, 1, terms=ReturnTerms(content_hash="a"))
    assert (again.pk, created) == (first.pk, False)
    with pytest.raises(DuplicateMismatch):
        send_back(order, 1, terms=ReturnTerms(content_hash="b"))


def test_refund_before_delivery_frees_the_reservation(item, riyadh):
    order = sold(item, deliver=False)
    assert figures(item, riyadh) == (D(10), D(4))
    sales_return, _ = send_back(order, 3)
    receive_return(sales_return=sales_return, restock=True)
    assert figures(item, riyadh) == (D(10), D(1))
    row = order.lines.get()
    assert (row.cancelled_qty, row.returned_qty, row.open_to_deliver) == (D(3), D(0), D(1))
    ship_delivery(delivery=create_delivery(order=order))
    assert figures(item, riyadh) == (D(9), D(0))
    assert stock.rebuild_balances() == []


def test_refund_after_partial_delivery_splits_the_quantity(item, riyadh):
    order = sold(item, deliver=False)
    ship_delivery(delivery=create_delivery(order=order, quantities={order.lines.get().pk: D(1)}))
    sales_return, _ = send_back(order, 2)
    receive_return(sales_return=sales_return, restock=True)
    row = order.lines.get()
    assert (row.returned_qty, row.cancelled_qty) == (D(1), D(1))
    assert figures(item, riyadh) == (D(10), D(2))


def test_amount_only_refund_is_credited_without_receiving(item):
    order = sold(item)
    sales_return, _ = create_sales_return(
        channel="SHOP",
        external_number="R9",
        customer=order.customer,
        order=order,
        lines=[],
        charges=[ChargeInput("refund", "goodwill", D(10), D("1.5"))],
    )
    note = credit_return(sales_return=sales_return)
    assert (note.grand_total, note.charges.get().kind) == (D("11.5"), "refund")


def test_goods_must_be_received_before_they_are_credited(item):
    sales_return, _ = send_back(sold(item), 1)
    with pytest.raises(IllegalState, match="not received"):
        credit_return(sales_return=sales_return)


def test_credit_above_the_invoice_is_refused(item):
    order = sold(item)
    sales_return, _ = create_sales_return(
        channel="SHOP",
        external_number="R9",
        customer=order.customer,
        order=order,
        lines=[],
        charges=[ChargeInput("refund", "too much", D(500), D(0))],
    )
    with pytest.raises(AmountExceeded) as caught:
        credit_return(sales_return=sales_return)
    assert caught.value.code == "credit_exceeds_invoice"
    sales_return.refresh_from_db()
    assert sales_return.state == "requested"


def test_return_of_an_uninvoiced_order_makes_a_free_credit_note(item):
    order = sold(item, invoice=False)
    sales_return, _ = send_back(order, 1)
    receive_return(sales_return=sales_return, restock=True)
    assert credit_return(sales_return=sales_return).original_invoice is None


def test_return_without_an_order_restocks_and_credits(item, riyadh):
    customer = make_customer()
    given = ReturnLineInput(None, item, D(2), D(50), D("7.5"), restock_warehouse=riyadh)
    sales_return, _ = create_sales_return(
        channel="SHOP", external_number="X1", customer=customer, lines=[given], currency="SAR"
    )
    receive_return(sales_return=sales_return, restock=True)
    credit_return(sales_return=sales_return)
    assert figures(item, riyadh) == (D(12), D(0))
    assert customer_balance(customer).balance == D("-57.5")


def test_paid_order_fully_returned_and_refunded_balances_to_zero(item):
    order = sold(item)
    money = {
        "customer": order.customer,
        "payment_method": make_method(),
        "amount": D(460),
        "currency": "SAR",
        "paid_at": timezone.now(),
        "transaction_id": "tx",
    }
    create_receipt(**money, allocations=[(order, D(460))])
    sales_return, _ = send_back(order, 4)
    receive_return(sales_return=sales_return, restock=True)
    note = credit_return(sales_return=sales_return)
    create_receipt(**money, kind="refund", allocations=[(note, D(460))])
    note.refresh_from_db()
    assert (note.state, customer_balance(order.customer).balance) == ("paid", D(0))
