"""Accounting entries of whole chains: balanced one by one, and the customer's account as the documents say."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Sum

from erp.models import AccountingEntry, AccountingEntryLine, Currency, ExchangeRate
from erp.selectors.customers import customer_balance
from erp.services.accounting import ensure_default_accounts
from orders.models import Order
from orders.services.import_order import import_order
from orders.services.returns import import_return
from orders.states import ImportOutcome
from platforms.types import ChargeKind, FinancialStatus, OrderPhase, RemoteOrder
from sites.models import Site
from tests.orders.factories import (
    ORDERED,
    later,
    make_charge,
    make_coupon,
    make_fee,
    make_item,
    make_line,
    make_refund,
    make_remote,
    make_service,
    make_shop_site,
    map_payment,
    one,
    refund_line,
)

pytestmark = pytest.mark.django_db
D = Decimal
CHAIN = {"create_delivery": True, "create_invoice": True, "create_receipt": True}


def world(**values: Any) -> Site:
    ensure_default_accounts()
    for code in ("A1", "B1"):
        make_item(code, stock=50, standard_cost=D("31.33"))
    rate = Currency.objects.get_or_create(code="USD")[0]
    ExchangeRate.objects.create(currency=rate, date=ORDERED.date(), rate_to_base="3.7531")
    return make_shop_site(rule=CHAIN, generate_accounting_entries=True, **values)


def balance(code: str) -> Decimal:
    found = AccountingEntryLine.objects.filter(account__code=code).aggregate(d=Sum("debit"), c=Sum("credit"))
    return (found["d"] or D(0)) - (found["c"] or D(0))


def check(least: int = 3) -> None:
    """Every entry balances, and what the ledger says of the customers is what their documents say."""
    entries = AccountingEntry.objects.annotate(debit=Sum("lines__debit"), credit=Sum("lines__credit"))
    assert len(entries) >= least
    for entry in entries:
        assert entry.debit == entry.credit > 0, entry
    owed = customer_balance(one(Order).erp_customer).balance
    assert abs(balance("1200") - owed) <= D("0.05")  # each posting is rounded to the base currency


def chains() -> dict[str, RemoteOrder]:
    coupon_line = make_line("A1", 3, "33.33", discount="10.01")
    beside = make_coupon("7.77", "1.17", in_lines=False)
    return {
        "plain": make_remote(make_line("A1", 2), make_line("B1", 1, "9.99")),
        "discount in lines": make_remote(coupon_line, discounts=(make_coupon("10.01"),)),
        "discount beside": make_remote(make_line("A1", 3, "33.33"), discounts=(beside,)),
        "fees": make_remote(
            charges=(make_charge(), make_fee("4.35"), make_charge(ChargeKind.PAYMENT_FEE, "2"))
        ),
        "negative fee": make_remote(charges=(make_charge(), make_fee("-3.10"))),
        "foreign currency": make_remote(make_line("A1", 3, "33.33"), currency="USD"),
        "no tax": make_remote(make_line("A1", 1, "99.99", rate=0), charges=()),
    }


@pytest.mark.parametrize("name", sorted(chains()))
def test_chain_of_documents_posts_balanced_entries_and_settles_the_customer(name):
    site = world(fee_item=make_service("FEE"))
    assert import_order(site=site, remote=chains()[name]).outcome == ImportOutcome.CREATED
    check()
    assert abs(balance("1200")) <= D("0.05")
    assert balance("5000") == -balance("1300") > 0


@pytest.mark.parametrize("with_item", [True, False])
def test_rounding_of_the_tolerance_is_posted(with_item):
    item = make_service("ROUND") if with_item else None
    site = world(total_difference_policy="rounding", rounding_item=item)
    remote = make_remote(total_changes={"grand_total": D("138.02")})
    assert import_order(site=site, remote=remote).outcome == ImportOutcome.CREATED
    check()
    assert balance("4100" if with_item else "5900") != 0


def test_cash_on_delivery_leaves_the_customer_owing_until_the_money_is_in():
    site = world()
    map_payment(site, "card", settles_immediately=False)
    first = make_remote(paid=False)
    import_order(site=site, remote=first)
    assert balance("1200") == first.totals.grand_total
    done = later(first, financial_status=FinancialStatus.PAID, phase=OrderPhase.COMPLETE)
    import_order(site=site, remote=done)
    check()
    assert (balance("1200"), balance("1100")) == (D(0), first.totals.grand_total)


def test_refund_posts_the_other_way_round():
    site = world(return_policy="credit_note", restock_policy="always")
    remote = make_remote(make_line("A1", 2))
    import_order(site=site, remote=remote)
    cost = balance("5000")
    assert (
        import_return(site=site, remote=make_refund(remote, "115.00", refund_line(remote.lines[0])))
        == "created"
    )
    check(5)
    assert balance("5000") == cost / 2 and balance("4000") == -100


def test_edit_and_cancellation_post_their_corrections_and_nothing_is_rewritten():
    site = world(order_changed_policy="correct", restock_policy="always", cancel_policy="credit")
    site.document_generation_info_lines.update(create_delivery=False)
    remote = make_remote(make_line("A1", 2), make_line("B1", 1, "9.99"))
    import_order(site=site, remote=remote)
    before = list(AccountingEntry.objects.order_by("id").values("id", "number", "description"))
    edited = later(
        remote, lines=(make_line("A1", 1, remote_id=remote.lines[0].remote_id), make_line("B1", 2))
    )
    assert import_order(site=site, remote=edited).outcome == ImportOutcome.UPDATED
    kept = list(AccountingEntry.objects.order_by("id").values("id", "number", "description"))
    assert kept[: len(before)] == before and len(kept) > len(before)
    check(4)
