"""One return over several invoices, and goods that were refunded before they were invoiced."""

from __future__ import annotations

import pytest

from erp.errors import AmountExceeded
from erp.inputs import ChargeInput, ReturnLineInput
from erp.models import AccountingEntryLine, SalesInvoice
from erp.services.accounting import ensure_default_accounts
from erp.services.deliveries import create_delivery, ship_delivery
from erp.services.invoices import create_invoice, issue_invoice
from erp.services.returns import create_sales_return, credit_return, receive_return
from tests.erp.factories import D, line, make_confirmed, make_item, make_warehouse, stock_up

pytestmark = pytest.mark.django_db


@pytest.fixture
def order():
    """Four pieces at 100 + 15, two of them delivered and invoiced, then one more."""
    item = make_item()
    stock_up(item, make_warehouse(), 10)
    order = make_confirmed(line(item, 4, D(400), D(60)))
    for quantity in (2, 1):
        wanted = {order.lines.get().pk: D(quantity)}
        ship_delivery(delivery=create_delivery(order=order, quantities=wanted))
        issue_invoice(invoice=create_invoice(order=order, quantities=wanted))
    return order


def give_back(order, quantity, *charges, net=None, waive=False, number="R1", **values):
    row = order.lines.get()
    net = D(100) * quantity if net is None else D(net)
    lines = [ReturnLineInput(row, row.item, D(quantity), net, net * D("0.15"))] if quantity else []
    sales_return, _ = create_sales_return(
        channel="SHOP",
        external_number=number,
        customer=order.customer,
        order=order,
        lines=lines,
        charges=charges,
    )
    if lines:
        receive_return(sales_return=sales_return, restock=False, waive=waive)
    credit_return(sales_return=sales_return, **values)
    return sales_return


def notes_of(sales_return):
    rows = sales_return.credit_notes.order_by("original_invoice_id")
    return [(note.grand_total, sum(row.quantity for row in note.lines.all())) for note in rows]


def test_return_of_both_invoices_is_credited_by_a_note_for_each(order):
    sales_return = give_back(order, 3)
    assert notes_of(sales_return) == [(D(230), 2), (D(115), 1)]
    assert sales_return.credit_note in sales_return.credit_notes.all()
    assert {invoice.balance for invoice in order.invoices.filter(kind="invoice")} == {D(0)}


def test_return_that_one_invoice_holds_is_credited_by_one_note(order):
    assert notes_of(give_back(order, 2)) == [(D(230), 2)]


def test_money_beyond_what_an_invoice_has_left_is_taken_from_the_other(order):
    give_back(order, 0, ChargeInput("refund", "late", D(80), D(12)))  # stands on the newest invoice
    sales_return = give_back(order, 3, net=D(220), number="R2")
    assert sum(total for total, _ in notes_of(sales_return)) == D(253)
    assert sum(quantity for _, quantity in notes_of(sales_return)) == 3
    for invoice in order.invoices.filter(kind="invoice"):
        credited = sum(note.grand_total for note in invoice.credit_notes.all())
        assert credited <= invoice.grand_total


def test_more_than_all_invoices_together_is_refused(order):
    with pytest.raises(AmountExceeded):
        give_back(order, 3, ChargeInput("refund", "gift", D(10), D(0)))


def test_entries_of_shared_notes_balance(order):
    ensure_default_accounts()
    give_back(order, 3, post_entries=True)
    rows = AccountingEntryLine.objects.values_list("debit", "credit")
    assert rows and sum(debit for debit, _ in rows) == sum(credit for _, credit in rows) == D(345)


def test_waived_quantity_is_neither_credited_nor_invoiced_later(order):
    sales_return = give_back(order, 4, waive=True)
    row = order.lines.get()
    assert (row.returned_qty, row.cancelled_qty, row.waived_qty) == (D(3), D(1), D(1))
    assert sum(total for total, _ in notes_of(sales_return)) == D(345)
    assert (row.open_to_invoice, row.open_to_deliver) == (0, 0)


def test_rest_after_a_waived_quantity_is_invoiced_to_the_cent():
    make_warehouse()
    order = make_confirmed(line(make_item(), 3, D("10.00"), D("1.50")))
    row = order.lines.get()
    given = ReturnLineInput(row, row.item, D(1), D("3.33"), D("0.50"))
    sales_return, _ = create_sales_return(
        channel="SHOP", external_number="R1", customer=order.customer, order=order, lines=[given]
    )
    receive_return(sales_return=sales_return, restock=False, waive=True)
    invoice = issue_invoice(invoice=create_invoice(order=order))
    assert (invoice.lines.get().quantity, invoice.lines_net, invoice.tax_total) == (
        D(2),
        D("6.67"),
        D("1.00"),
    )
    assert not SalesInvoice.objects.filter(kind="credit_note").exists()
