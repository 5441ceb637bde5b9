"""Taxes of the shop checked against the tax plans of the ERP."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.utils import timezone
from django.utils.translation import override

from ecomsync.common.stored_text import in_reader_language
from erp.models import Customer, CustomerGroup, SalesOrder, TaxPlan
from orders.models import Order, OrderHold
from orders.services.import_order import import_order
from orders.states import ImportOutcome
from platforms.types import ChargeKind, DiscountKind, RemoteDiscount
from sites.models import Site
from tests.orders.factories import (
    count_documents,
    make_buyer,
    make_charge,
    make_fee,
    make_item,
    make_line,
    make_remote,
    make_shop_site,
    one,
)

pytestmark = pytest.mark.django_db
D = Decimal


def make_plan(code: str, rate: object, **values: object) -> TaxPlan:
    plan = TaxPlan.objects.create(code=code, name2=code)
    plan.lines.create(tax_code=code, rate=D(str(rate)), **values)
    return plan


def checked_site(**values: object) -> Site:
    return make_shop_site(tax_source="erp_checked", **values)


def test_tax_that_the_plan_asks_for_is_imported_with_the_shops_amounts():
    site = checked_site(tax_plan=make_plan("VAT15", 15))
    make_item("A1", stock=5)
    remote = make_remote(make_line("A1", 3, "3.33"), charges=[make_charge(), make_fee("5")])
    assert import_order(site=site, remote=remote).outcome == ImportOutcome.CREATED
    assert one(SalesOrder).tax_total == remote.totals.tax_total
    assert {"what": "tax", "source": "", "target": "VAT15", "why": "checked"} in one(Order).decisions


def test_line_with_another_rate_is_held_with_expected_and_found():
    site = checked_site(tax_plan=make_plan("VAT15", 15))
    make_item("A1", stock=5), make_item("B1", stock=5)
    before = count_documents()
    remote = make_remote(make_line("A1"), make_line("B1", 1, "100", rate=5), charges=[])
    assert import_order(site=site, remote=remote).outcome == ImportOutcome.HELD
    hold = OrderHold.objects.get(subject="B1")
    assert hold.code == "tax_mismatch"
    figures = D(hold.params["expected"]), D(hold.params["found"])
    assert (hold.params["line"], figures) == ("B1", (D("15.00"), D("5.00")))
    assert hold.params["message"] == (
        "The tax plan asks 15.00 SAR (VAT15 15 % of 100.00), the shop took 5.00."
    )
    assert not OrderHold.objects.filter(subject="A1").exists()
    assert count_documents() == before
    with override("ar"):
        assert in_reader_language(hold.params["message"]).startswith("خطة الضريبة تطلب 15.00 SAR")


def test_unchecked_site_takes_the_same_order():
    site = make_shop_site(tax_plan=make_plan("VAT15", 15))
    make_item("A1", stock=5)
    remote = make_remote(make_line("A1", rate=5), charges=[])
    assert import_order(site=site, remote=remote).outcome == ImportOutcome.CREATED


@pytest.mark.parametrize("found,outcome", [("15.05", "created"), ("15.06", "held"), ("14.94", "held")])
def test_difference_within_the_tolerance_passes(found, outcome):
    site = checked_site(tax_plan=make_plan("VAT15", 15), total_tolerance=D("0.05"))
    make_item("A1", stock=5)
    remote = make_remote(make_line("A1", tax=D(found)), charges=[])
    assert str(import_order(site=site, remote=remote).outcome) == outcome


def test_small_differences_of_many_lines_are_found_at_their_rate():
    site = checked_site(tax_plan=make_plan("VAT15", 15), total_tolerance=D("0.05"))
    make_item("A1", stock=99)
    remote = make_remote(*(make_line("A1", tax=D("15.04")) for _ in range(5)), charges=[])
    assert import_order(site=site, remote=remote).outcome == ImportOutcome.HELD
    hold = one(OrderHold)
    assert (hold.subject, hold.params["expected"], hold.params["found"]) == ("VAT15 15 %", "75.00", "75.20")


@pytest.mark.parametrize("tax,outcome", [(101, "created"), (102, "held")])
def test_tolerance_is_never_less_than_the_smallest_coin(tax, outcome):
    plan = make_plan("JCT", 10)
    site = checked_site(tax_plan=plan, total_tolerance=D("0.05"), currency="JPY")
    make_item("A1", stock=5)
    line = make_line("A1", 1, "1000", rate=10, tax=D(tax), subtotal_tax=D(tax))
    remote = make_remote(line, charges=[], currency="JPY")
    assert str(import_order(site=site, remote=remote).outcome) == outcome


def test_plan_of_the_item_comes_before_that_of_the_site():
    site = checked_site(tax_plan=make_plan("VAT15", 15))
    make_item("A1", stock=5), make_item("BOOK", stock=5, tax_plan=make_plan("ZERO", 0))
    remote = make_remote(make_line("A1"), make_line("BOOK", rate=0), charges=[])
    assert import_order(site=site, remote=remote).outcome == ImportOutcome.CREATED


def test_plan_of_the_customers_group_comes_first():
    site = checked_site(tax_plan=make_plan("VAT15", 15))
    make_item("A1", stock=5)
    group = CustomerGroup.objects.create(code="DIPLO", tax_plan_override=make_plan("EXEMPT", 0))
    Customer.objects.create(code="C1", name1="Sara", email="sara@example.com", customer_group=group)
    remote = make_remote(make_line("A1", rate=0), charges=[])
    assert import_order(site=site, remote=remote).outcome == ImportOutcome.CREATED


def test_country_kind_of_customer_and_day_choose_the_line_of_the_plan():
    plan = make_plan("EXPORT", 0, country="AE")
    plan.lines.create(tax_code="B2B", rate=0, customer_kind="b2b_with_tax_no", line_no=2)
    plan.lines.create(tax_code="OLD", rate=5, valid_to=timezone.now().replace(year=2020).date(), line_no=3)
    plan.lines.create(tax_code="VAT", rate=15, line_no=4)
    site = checked_site(tax_plan=plan)
    make_item("A1", stock=9)
    consumer = make_remote(make_line("A1", rate=15), charges=[])
    business = make_remote(
        make_line("A1", rate=0), charges=[], customer=make_buyer(remote_id="8", tax_number="310122393500003")
    )
    for remote in (consumer, business):
        result = import_order(site=site, remote=remote)
        assert result.outcome == ImportOutcome.CREATED, result.message


def test_shipping_has_its_own_lines_of_the_plan():
    plan = make_plan("SHIP5", 5, applies_to="shipping")
    plan.lines.create(tax_code="VAT", rate=15, applies_to="goods", line_no=2)
    site = checked_site(tax_plan=plan)
    make_item("A1", stock=9)
    wrong = make_remote(make_line("A1"), charges=[make_charge(rate=15)])
    right = make_remote(make_line("A1"), charges=[make_charge(rate=5)])
    assert import_order(site=site, remote=right).outcome == ImportOutcome.CREATED
    assert import_order(site=site, remote=wrong).outcome == ImportOutcome.HELD
    assert one(OrderHold).subject == "Flat_Rate"


def test_row_that_no_plan_fits_is_held_and_goes_once_one_does(django_capture_on_commit_callbacks):
    site = checked_site(tax_plan=make_plan("AE", 5, country="AE"))
    make_item("A1", stock=9)
    remote = make_remote(make_line("A1"), charges=[])
    assert import_order(site=site, remote=remote).outcome == ImportOutcome.HELD
    assert one(OrderHold).code == "missing_tax_plan"
    Order.objects.update(heal_at=timezone.now().replace(year=2999))
    with django_capture_on_commit_callbacks(execute=True):
        TaxPlan.objects.get().lines.create(tax_code="VAT", rate=15, line_no=2)
    assert one(Order).heal_at <= timezone.now()
    assert import_order(site=site, remote=remote, force=True).outcome == ImportOutcome.CREATED


def test_tips_without_tax_fit_a_plan_of_their_item():
    zero = make_plan("NONE", 0)
    site = checked_site(tax_plan=make_plan("VAT15", 15), fee_item=make_item("FEE", tax_plan=zero))
    make_item("A1", stock=9)
    remote = make_remote(make_line("A1"), charges=[make_charge(ChargeKind.TIP, "5", code="Tip", rate=0)])
    assert import_order(site=site, remote=remote).outcome == ImportOutcome.CREATED
    assert one(SalesOrder).charges.get().kind == "tip"


@pytest.mark.parametrize("tax,outcome", [("1.50", "created"), ("0", "held"), ("5", "held")])
def test_discount_of_the_order_lowers_the_tax_at_the_rate_of_the_goods(tax, outcome):
    site = checked_site(tax_plan=make_plan("VAT15", 15))
    make_item("A1", stock=9)
    discount = RemoteDiscount("LOYAL", DiscountKind.HEADER, D("10"), D(tax), in_lines=False)
    remote = make_remote(make_line("A1"), charges=[], discounts=[discount])
    assert str(import_order(site=site, remote=remote).outcome) == outcome
    assert list(OrderHold.objects.values_list("subject", flat=True))[:1] == (
        ["LOYAL"] if outcome == "held" else []
    )


def test_discount_of_goods_at_several_rates_is_the_shops_affair():
    site = checked_site(tax_plan=make_plan("VAT15", 15))
    make_item("A1", stock=9), make_item("BOOK", stock=9, tax_plan=make_plan("VAT5", 5))
    discount = RemoteDiscount("BOOKS", DiscountKind.COUPON, D("10"), D("0.50"), in_lines=False)
    remote = make_remote(
        make_line("A1"), make_line("BOOK", 1, "40", rate=5), charges=[], discounts=[discount]
    )
    assert import_order(site=site, remote=remote).outcome == ImportOutcome.CREATED
