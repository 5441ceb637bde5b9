"""Entries: balanced, optional, never in a closed period."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db.models import Sum
from django.utils import timezone

from ecomsync.common.errors import MissingMapping
from erp.errors import EntryUnbalanced, PeriodLocked
from erp.inputs import ReturnLineInput
from erp.models import (
    Account,
    AccountingEntry,
    AccountingEntryLine,
    AccountingRule,
    PeriodLock,
)
from erp.services.accounting import ensure_default_accounts, write_entry
from erp.services.deliveries import create_delivery, ship_delivery
from erp.services.invoices import create_invoice, issue_invoice
from erp.services.receipts import create_receipt, reverse_receipt
from erp.services.returns import create_sales_return, credit_return, receive_return
from tests.erp.factories import (
    D,
    line,
    make_confirmed,
    make_customer,
    make_entity,
    make_item,
    make_method,
    shipping,
    stock_up,
)

pytestmark = pytest.mark.django_db


def balance(code):
    found = AccountingEntryLine.objects.filter(account__code=code).aggregate(
        debit=Sum("debit"), credit=Sum("credit")
    )
    return (found["debit"] or D(0)) - (found["credit"] or D(0))


def assert_balanced():
    for entry in AccountingEntry.objects.all():
        total = entry.lines.aggregate(debit=Sum("debit"), credit=Sum("credit"))
        assert total["debit"] == total["credit"] > 0


def test_whole_sale_posts_balanced_entries(riyadh):
    make_entity()
    ensure_default_accounts()
    item = make_item(standard_cost=D(40))
    stock_up(item, riyadh, 10)
    order = make_confirmed(
        line(item, 2, "200", "30"),
        charges=[shipping()],
        header_discount_net=D(10),
        header_discount_tax=D("1.5"),
        rounding=D("0.01"),
    )
    ship_delivery(delivery=create_delivery(order=order), post_entries=True)
    invoice = issue_invoice(invoice=create_invoice(order=order), post_entries=True)
    receipt, _ = create_receipt(
        customer=order.customer,
        payment_method=make_method(),
        amount=invoice.grand_total,
        currency="SAR",
        paid_at=timezone.now(),
        allocations=[(invoice, invoice.grand_total)],
        post_entries=True,
    )
    assert_balanced()
    assert balance("1200") == 0
    assert (balance("4000"), balance("4100"), balance("4900")) == (D(-200), D(-20), D(10))
    assert (balance("2200"), balance("5000"), balance("1300")) == (D("-31.5"), D(80), D(-80))
    assert balance("1100") == invoice.grand_total
    reverse_receipt(receipt=receipt)
    assert (balance("1100"), balance("1200")) == (D(0), invoice.grand_total)
    row = order.lines.get()
    sales_return, _ = create_sales_return(
        channel="SHOP",
        external_number="R1",
        customer=order.customer,
        order=order,
        lines=[ReturnLineInput(row, item, D(1), D(100), D(15))],
    )
    receive_return(sales_return=sales_return, restock=True, post_entries=True)
    credit_return(sales_return=sales_return, post_entries=True)
    assert_balanced()
    assert (balance("4000"), balance("5000"), balance("2200")) == (D(-100), D(40), D("-16.5"))


def test_entries_are_in_the_base_currency(riyadh):
    make_entity(base_currency="SAR")
    ensure_default_accounts()
    order = make_confirmed(line(make_item(), 1, "33.33", "5"), currency="USD", exchange_rate=D("3.75"))
    issue_invoice(invoice=create_invoice(order=order), post_entries=True)
    assert balance("4000") == D("-124.99")
    assert AccountingEntryLine.objects.filter(account__code="4000").get().amount_currency == D("-33.33")
    assert_balanced()


def test_nothing_is_posted_unless_asked_for(riyadh):
    issue_invoice(invoice=create_invoice(order=make_confirmed(line(make_item()))))
    assert not AccountingEntry.objects.exists()


def test_missing_rule_is_named_and_nothing_is_issued(riyadh):
    invoice = create_invoice(order=make_confirmed(line(make_item())))
    with pytest.raises(MissingMapping, match="invoice: items, net"):
        issue_invoice(invoice=invoice, post_entries=True)
    invoice.refresh_from_db()
    assert (invoice.state, invoice.number) == ("draft", "")


def test_closed_period_is_refused(riyadh):
    ensure_default_accounts()
    PeriodLock.objects.create(locked_until=timezone.localdate() + dt.timedelta(days=1))
    invoice = create_invoice(order=make_confirmed(line(make_item())))
    with pytest.raises(PeriodLocked, match="closed until"):
        issue_invoice(invoice=invoice, post_entries=True)


def test_more_specific_rule_in_front_wins(riyadh):
    ensure_default_accounts()
    special = Account.objects.create(code="1150", account_type="asset")
    method, debtors = make_method("COD"), Account.objects.get(code="1200")
    AccountingRule.objects.create(
        line_no=0, event="receipt", payment_method=method, debit_account=special, credit_account=debtors
    )
    for chosen in (method, make_method("CARD")):
        create_receipt(
            customer=make_customer(),
            payment_method=chosen,
            amount=D(10),
            currency="SAR",
            paid_at=timezone.now(),
            post_entries=True,
        )
    assert (balance("1150"), balance("1100")) == (D(10), D(10))


def test_unbalanced_entry_is_refused():
    ensure_default_accounts()
    account = Account.objects.get(code="1200")
    entry = AccountingEntry(source_type="test", source_id=1, description="crooked")
    lines = [
        AccountingEntryLine(account=account, debit=D(10), currency="SAR"),
        AccountingEntryLine(account=account, credit=D(9), currency="SAR"),
    ]
    with pytest.raises(EntryUnbalanced, match="debit 10, credit 9"):
        write_entry(entry, lines)
    assert not AccountingEntry.objects.exists()
