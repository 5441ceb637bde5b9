"""Money beyond a document, money withheld, drafts, and money set free."""

from __future__ import annotations

import pytest
from django.db.models import Sum
from django.utils import timezone

from erp.models import AccountingEntryLine, Receipt
from erp.selectors.customers import customer_balance
from erp.services.accounting import ensure_default_accounts
from erp.services.invoices import create_invoice, issue_invoice
from erp.services.receipts import allocate_credit, create_receipt, free_prepayments, post_receipt
from erp.services.sales_orders import cancel_sales_order
from tests.erp.factories import D, line, make_confirmed, make_customer, make_entity, make_item, make_method

pytestmark = pytest.mark.django_db


def pay(order, amount, **values) -> Receipt:
    return create_receipt(
        customer=order.customer,
        payment_method=make_method(),
        amount=D(amount),
        currency="SAR",
        paid_at=timezone.now(),
        **values,
    )[0]


def test_what_is_paid_beyond_the_order_stays_credit_of_the_customer(riyadh):
    order = make_confirmed(line(make_item()))
    receipt = pay(order, 150, allocations=[(order, D(115))])
    invoice = issue_invoice(invoice=create_invoice(order=order))
    assert (receipt.unallocated, invoice.balance) == (D(35), D(0))
    assert customer_balance(order.customer).balance == D(-35)


def test_credit_is_used_for_the_next_order_and_pays_its_invoice(riyadh):
    buyer = make_customer()
    first, second = (make_confirmed(line(make_item()), customer=buyer) for _ in range(2))
    receipt = pay(first, 200, allocations=[(first, D(115))])
    invoice = issue_invoice(invoice=create_invoice(order=second))
    assert allocate_credit(receipt=receipt, order=second, amount=D(115)) == D(85)
    invoice.refresh_from_db()
    assert (invoice.balance, receipt.unallocated) == (D(30), D(0))
    assert allocate_credit(receipt=receipt, order=second, amount=D(30)) == 0


def test_prepayment_of_a_cancelled_order_is_set_free(riyadh):
    order = make_confirmed(line(make_item()))
    receipt = pay(order, 115, allocations=[(order, D(115))])
    cancel_sales_order(order=order)
    assert free_prepayments(order=order) == [receipt]
    assert receipt.unallocated == D(115)


def test_withheld_fee_is_booked_beside_the_money(riyadh):
    make_entity()
    ensure_default_accounts()
    order = make_confirmed(line(make_item()))
    pay(order, 115, withheld=D("2.30"), allocations=[(order, D(115))], post_entries=True)

    def balance(code):
        rows = AccountingEntryLine.objects.filter(account__code=code)
        found = rows.aggregate(debit=Sum("debit"), credit=Sum("credit"))
        return (found["debit"] or 0) - (found["credit"] or 0)

    assert (balance("1100"), balance("5800"), balance("1200")) == (D("112.70"), D("2.30"), D(-115))


def test_draft_receipt_counts_only_once_it_is_posted(riyadh):
    order = make_confirmed(line(make_item()))
    receipt = pay(order, 115, allocations=[(order, D(115))], post=False)
    assert (receipt.state, receipt.number, customer_balance(order.customer).paid) == ("draft", "", D(0))
    post_receipt(receipt=receipt)
    assert receipt.number and customer_balance(order.customer).paid == 115
