"""Tax of a row at several rates: kept, shared out between invoices, and told apart in the breakdown."""

from __future__ import annotations

from decimal import Decimal

import pytest

from erp.inputs import ReturnLineInput, TaxPart
from erp.models import SalesInvoice
from erp.services.credit_notes import credit_whole_invoice
from erp.services.invoices import create_invoice, issue_invoice
from erp.services.returns import create_sales_return, credit_return, receive_return
from erp.services.tax_parts import parts_json, parts_of, share_parts
from tests.erp.factories import line, make_confirmed, make_item, make_warehouse

D = Decimal
GST, QST = TaxPart("GST", D(5), D("5.00")), TaxPart("QST", D("9.975"), D("10.47"))


def test_parts_come_back_as_they_were_kept():
    kept = parts_json([GST, QST], D("15.47"))
    assert parts_of(kept) == [GST, QST]


@pytest.mark.parametrize("parts,tax", [([GST], "5.00"), ([GST, QST], "15.48"), ([], "0")])
def test_single_rates_and_parts_that_do_not_sum_are_left_to_the_row(parts, tax):
    assert parts_json(parts, D(tax)) == []


def test_share_of_a_row_keeps_the_proportion_and_the_sum():
    kept = parts_json([GST, QST], D("15.47"))
    shared = parts_of(share_parts(kept, D("5.16"), "CAD"))
    assert [part.amount for part in shared] == [D("1.67"), D("3.49")]


@pytest.mark.django_db
def test_invoices_of_an_order_break_compound_tax_down_by_rate():
    make_warehouse()
    row = line(make_item("A1"), 3, "100.00", "15.47", tax_parts=[GST, QST], tax_code="GST+QST")
    order = make_confirmed(row)
    key = order.lines.get().pk
    for quantities in ({key: D(1)}, None):
        create_invoice(order=order, quantities=quantities)
    found = [
        {tax.tax_code: tax.tax_amount for tax in invoice.taxes.all()}
        for invoice in SalesInvoice.objects.order_by("id")
    ]
    assert found == [{"GST": D("1.67"), "QST": D("3.49")}, {"GST": D("3.33"), "QST": D("6.98")}]
    for invoice in SalesInvoice.objects.all():
        assert sum(tax.tax_amount for tax in invoice.taxes.all()) == invoice.tax_total


@pytest.mark.django_db
def test_credit_note_of_a_return_breaks_compound_tax_down_by_rate():
    make_warehouse()
    row = line(make_item("A1"), 3, "100.00", "15.47", tax_parts=[GST, QST], tax_code="GST+QST")
    order = make_confirmed(row)
    issue_invoice(invoice=create_invoice(order=order))
    sold = order.lines.get()
    given = ReturnLineInput(sold, sold.item, D(1), D("33.33"), D("5.16"))
    back, _made = create_sales_return(
        channel="SHOP", external_number="R1", customer=order.customer, order=order, lines=[given]
    )
    receive_return(sales_return=back, restock=False)
    note = credit_return(sales_return=back)
    assert {tax.tax_code: tax.tax_amount for tax in note.taxes.all()} == {"GST": D("1.67"), "QST": D("3.49")}


@pytest.mark.django_db
def test_credit_note_over_a_whole_invoice_has_its_breakdown():
    make_warehouse()
    row = line(make_item("A1"), 3, "100.00", "15.47", tax_parts=[GST, QST], tax_code="GST+QST")
    order = make_confirmed(
        row,
        header_discount_net=D("10.00"),
        header_discount_tax=D("0.50"),
        header_discount_tax_parts=[TaxPart("GST", D(5), D("0.50"))],
    )
    invoice = issue_invoice(invoice=create_invoice(order=order))
    note = credit_whole_invoice(invoice=invoice)
    for document in (invoice, note):
        found = {tax.tax_code: tax.tax_amount for tax in document.taxes.all()}
        assert found == {"GST": D("4.50"), "QST": D("10.47")}


@pytest.mark.django_db
def test_header_discount_lowers_the_base_of_each_tax_on_it_by_the_whole():
    make_warehouse()
    order = make_confirmed(
        line(make_item("A1"), 1, "100.00", "15.47", tax_parts=[GST, QST], tax_code="GST+QST"),
        header_discount_net=D("10.00"),
        header_discount_tax=D("1.55"),
        header_discount_tax_parts=[TaxPart("GST", D(5), D("0.50")), TaxPart("QST", D("9.975"), D("1.05"))],
    )
    taxes = create_invoice(order=order).taxes.values_list("tax_code", "taxable_amount", "tax_amount")
    assert list(taxes.order_by("tax_code")) == [
        ("GST", D("90.00"), D("4.50")),
        ("QST", D("90.00"), D("9.42")),
    ]
