"""Receipts: every calculation type, several payments, more and less than asked, fees withheld, cash on delivery."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Sum

from erp.models import (
    AccountingEntry,
    AccountingEntryLine,
    Currency,
    ExchangeRate,
    PaymentMethod,
    Receipt,
    SalesInvoice,
    SalesOrder,
)
from erp.selectors.customers import customer_balance
from erp.services.accounting import ensure_default_accounts
from orders.models import Order, OrderHold
from orders.services.import_order import import_order
from orders.states import ImportOutcome, OrderState
from platforms.types import (
    ChargeKind,
    FinancialStatus,
    OrderPhase,
    PaymentKind,
    RemoteOrder,
    RemotePayment,
)
from sites.models import DocumentGenerationLine, PaymentMethodLine, Site
from tests.orders.factories import (
    ORDERED,
    later,
    make_charge,
    make_item,
    make_remote,
    make_service,
    make_shop_site,
    map_payment,
    one,
)

pytestmark = pytest.mark.django_db
D = Decimal
TOTAL = D(138)  # of `make_remote()`: 100 + 20 net at 15 %


@pytest.fixture
def site() -> Site:
    make_item("A1", stock=9)
    return make_shop_site(rule={"create_invoice": True, "create_receipt": True})


def payment(code: str, amount: Any, **values: Any) -> RemotePayment:
    known = {
        "title": code,
        "currency": "SAR",
        "paid_at": ORDERED,
        "transaction_id": f"tx-{code}",
        "is_paid": True,
    }
    return RemotePayment(code=code, amount=D(amount), **{**known, **values})


def amounts() -> list[Decimal]:
    return list(Receipt.objects.order_by("id").values_list("amount", flat=True))


def method(code: str) -> PaymentMethod:
    return PaymentMethod.objects.get_or_create(code=code)[0]


@pytest.mark.parametrize(
    "kind,value,expected",
    [
        ("full_total", 0, [TOTAL]),
        ("remaining", 0, [TOTAL]),
        ("percent", "33.33", [D("46.00")]),
        ("fixed", 10, [D(10)]),
        ("fixed", 999, [TOTAL]),
        ("none", 0, []),
    ],
)
def test_receipt_is_as_the_calculation_type_says(site, kind, value, expected):
    map_payment(site, "card", calculation_type=kind, value=value)
    assert import_order(site=site, remote=make_remote()).outcome == ImportOutcome.CREATED
    assert amounts() == expected
    assert one(SalesInvoice).balance == TOTAL - sum(expected)


def test_code_wins_over_title_and_title_over_the_row_for_every_other(site):
    map_payment(site, "card", method=method("BY-CODE"))
    map_payment(site, "Visa", method=method("BY-TITLE"))
    for code, title in (("CARD", "Visa"), ("new", "visa"), ("new", "else")):
        paid = payment(code, TOTAL, title=title)
        import_order(site=site, remote=make_remote(payments=(paid,)))
    codes = list(Receipt.objects.order_by("id").values_list("payment_method__code", flat=True))
    assert codes == ["BY-CODE", "BY-TITLE", "CARD"]


def test_gift_card_and_card_each_pay_their_part_with_their_own_method(site):
    map_payment(site, "gift_card", method=method("GIFT"))
    map_payment(site, "card", method=method("CARD"), calculation_type="remaining")
    payments = (payment("gift_card", 50, kind=PaymentKind.GIFT_CARD), payment("card", 88))
    import_order(site=site, remote=make_remote(payments=payments))
    assert amounts() == [D(50), D(88)]
    assert one(SalesInvoice).state == "paid" and one(Order).proof_ok


def test_half_paid_order_gets_the_rest_when_it_is_paid(site):
    unpaid = payment("transfer", 100, is_paid=False, paid_at=None)
    map_payment(site, "transfer", method=method("BANK"))
    first = make_remote(payments=(payment("card", 38), unpaid), financial_status=FinancialStatus.UNPAID)
    import_order(site=site, remote=first)
    assert amounts() == [D(38)] and one(SalesInvoice).state == "partially_paid"
    paid = (payment("card", 38), payment("transfer", 100))
    whole = later(first, payments=paid, financial_status=FinancialStatus.PAID)
    assert import_order(site=site, remote=whole).outcome == ImportOutcome.UPDATED
    assert amounts() == [D(38), D(100)] and one(SalesInvoice).state == "paid"
    assert import_order(site=site, remote=later(whole, note="x")).outcome == ImportOutcome.UPDATED
    assert Receipt.objects.count() == 2


def test_payments_told_in_another_order_or_with_a_late_transaction_are_not_booked_twice(site):
    map_payment(site, "gift_card", method=method("GIFT"))
    first = make_remote(payments=(payment("card", 138, transaction_id=""),))
    import_order(site=site, remote=first)
    told = (payment("gift_card", 0, is_paid=False), payment("card", 138, transaction_id="pi_123"))
    import_order(site=site, remote=later(first, payments=told))
    assert amounts() == [TOTAL]


def test_what_is_paid_too_much_stays_credit_of_the_customer(site):
    import_order(site=site, remote=make_remote(payments=(payment("card", 150),)))
    receipt = one(Receipt)
    assert (receipt.amount, receipt.unallocated, one(SalesInvoice).balance) == (D(150), D(12), D(0))
    assert customer_balance(one(Order).erp_customer).balance == D(-12)


def test_credit_of_an_order_pays_for_what_is_added_to_it(site):
    first = make_remote(payments=(payment("card", 150),))
    import_order(site=site, remote=first)
    site.order_changed_policy = "correct"
    site.save()
    dearer = later(first, charges=(*first.charges, make_charge(ChargeKind.FEE, "10", code="wrap", rate=0)))
    import_order(site=site, remote=dearer)
    assert amounts() == [D(150)]
    assert one(Receipt).unallocated == 2
    assert [invoice.state for invoice in SalesInvoice.objects.order_by("id")] == ["paid", "paid"]


def test_payment_short_within_the_tolerance_is_full_and_the_rest_a_settlement_difference(site):
    ensure_default_accounts()
    site.generate_accounting_entries = True
    site.save()
    fee = make_service("GATEWAY")
    map_payment(site, "card", settlement_tolerance="0.05", fee_item=fee)
    remote = make_remote(payments=(payment("card", "137.97"),))
    assert import_order(site=site, remote=remote).outcome == ImportOutcome.CREATED
    receipt = one(Receipt)
    assert (receipt.amount, receipt.withheld, receipt.fee_item) == (TOTAL, D("0.03"), fee)
    assert one(SalesInvoice).state == "paid" and not OrderHold.objects.exists()
    sums = dict(AccountingEntryLine.objects.values_list("account__code").annotate(Sum("debit")))
    assert (sums["1100"], sums["5800"]) == (D("137.97"), D("0.03"))


def test_fee_that_the_provider_withheld_is_booked_beside_the_money(site):
    map_payment(site, "card", fee_item=make_service("GATEWAY"))
    import_order(site=site, remote=make_remote(payments=(payment("card", TOTAL, fee=D("4.15")),)))
    assert (one(Receipt).amount, one(Receipt).withheld, one(SalesInvoice).balance) == (TOTAL, D("4.15"), 0)


def test_payment_short_beyond_the_tolerance_is_flagged_and_the_flag_goes_with_the_rest(site):
    map_payment(site, "card", settlement_tolerance="0.05")
    short = make_remote(payments=(payment("card", 130),))
    import_order(site=site, remote=short)
    assert one(OrderHold).code == "payment_short" and one(Order).state == OrderState.IMPORTED
    assert (amounts(), one(SalesInvoice).balance) == ([D(130)], D(8))
    import_order(site=site, remote=later(short, payments=(payment("card", 138),)))
    assert amounts() == [D(130), D(8)] and one(SalesInvoice).state == "paid"
    assert not OrderHold.objects.filter(released_at=None).exists()


def test_authorised_money_is_not_received(site):
    site.order_import_policy = "authorised"
    site.save()
    held = payment("card", TOTAL, is_paid=False, is_authorised=True, paid_at=None)
    first = make_remote(payments=(held,), financial_status=FinancialStatus.AUTHORISED)
    assert import_order(site=site, remote=first).outcome == ImportOutcome.CREATED
    assert (amounts(), one(SalesInvoice).state) == ([], "issued")
    captured = later(first, payments=(payment("card", TOTAL),), financial_status=FinancialStatus.PAID)
    import_order(site=site, remote=captured)
    assert amounts() == [TOTAL]


@pytest.mark.parametrize("on_line", [True, False])
def test_cash_on_delivery_is_received_when_the_order_is_complete(site, on_line):
    cash = method("COD")
    cash.settles_immediately = on_line
    cash.save()
    map_payment(site, "cod", method=cash, settles_immediately=False if on_line else None)
    first = make_remote(payments=(payment("cod", TOTAL, is_paid=False),), paid=False)
    import_order(site=site, remote=first)
    assert (amounts(), one(SalesInvoice).state) == ([], "issued")
    early = later(first, financial_status=FinancialStatus.PAID)
    import_order(site=site, remote=early)
    assert amounts() == []
    done = later(early, phase=OrderPhase.COMPLETE, status="completed")
    assert import_order(site=site, remote=done).outcome == ImportOutcome.UPDATED
    assert (amounts(), one(SalesInvoice).state) == ([TOTAL], "paid")
    import_order(site=site, remote=later(done, status="completed"))
    assert amounts() == [TOTAL]


def test_fee_of_the_payment_method_goes_to_its_item(site):
    item = make_service("COD-FEE")
    map_payment(site, "card", fee_item=item)
    remote = make_remote(charges=(make_charge(ChargeKind.PAYMENT_FEE, "5", code="cod fee"),))
    import_order(site=site, remote=remote)
    assert one(SalesOrder).charges.get().service_item == item


def test_draft_receipts_wait_for_staff_and_are_not_made_again(site):
    DocumentGenerationLine.objects.update(auto_confirm=False)
    remote = make_remote()
    import_order(site=site, remote=remote)
    assert one(Receipt).state == "draft"
    import_order(site=site, remote=later(remote, phase=OrderPhase.COMPLETE))
    assert one(Receipt).state == "draft"


def test_receipts_in_another_currency_bear_the_rate_of_the_order(site):
    usd = Currency.objects.get_or_create(code="USD")[0]
    ExchangeRate.objects.create(currency=usd, date=ORDERED.date(), rate_to_base="3.75")
    ensure_default_accounts()
    site.generate_accounting_entries = True
    site.save()
    import_order(site=site, remote=make_remote(currency="USD"))
    assert one(Receipt).exchange_rate == D("3.75")
    assert customer_balance(one(Order).erp_customer).balance == 0
    for entry in AccountingEntry.objects.all():
        total = entry.lines.aggregate(debit=Sum("debit"), credit=Sum("credit"))
        assert total["debit"] == total["credit"] > 0
    receivable = AccountingEntryLine.objects.filter(account__code="1200")
    found = receivable.aggregate(debit=Sum("debit"), credit=Sum("credit"))
    assert found["debit"] == found["credit"]


def test_payments_told_in_another_currency_share_what_the_order_costs(site):
    two = (payment("card", 10, currency="USD"), payment("wallet", "26.80", currency="USD"))
    assert import_order(site=site, remote=make_remote(payments=two)).outcome == ImportOutcome.CREATED
    assert amounts() == [D("37.50"), D("100.50")]
    assert one(SalesInvoice).state == "paid" and not OrderHold.objects.exists()


def test_unmapped_method_holds_and_inactive_rows_do_not_count(site):
    PaymentMethodLine.objects.update(active=False)
    assert import_order(site=site, remote=make_remote()).outcome == ImportOutcome.HELD
    assert one(OrderHold).code == "unmapped_payment"


def test_order_that_cost_nothing_has_no_receipt(site):
    free = make_remote(charges=())
    lines = tuple(dataclasses.replace(line, net=D(0), tax=D(0), taxes=()) for line in free.lines)
    remote: RemoteOrder = later(free, lines=lines, charges=(), payments=())
    import_order(site=site, remote=remote)
    assert amounts() == []
