"""Rows of the proof: what differs, by how much, why, and on which document."""

from __future__ import annotations

import dataclasses
from decimal import Decimal

import pytest
from django.utils.translation import override

from ecomsync.common.stored_text import in_reader_language
from erp.models import DocumentCharge, SalesInvoice, SalesOrder
from orders import labels
from orders.models import Order
from orders.services import saved_documents, totals
from orders.services.figures import COMPONENTS, document_figures, shop_figures
from orders.services.import_order import import_order
from orders.services.saved_documents import read_saved
from orders.states import ImportOutcome
from platforms.types import ChargeKind, PaymentKind, RemotePayment
from tests.orders.factories import (
    ORDERED,
    count_documents,
    make_charge,
    make_coupon,
    make_item,
    make_line,
    make_remote,
    make_service,
    make_shop_site,
    one,
)
from tests.orders.test_proof_properties import plan_of

D = Decimal


def wrong_rows(remote, **values):
    plan, site = plan_of(remote, **values)
    return {row.component: row for row in totals.mismatch_of(totals.balance(plan, site))}


@pytest.mark.parametrize(
    "changes,component,cause",
    [
        ({"grand_total": D("138.01")}, "grand_total", "rounding"),
        ({"grand_total": D("150.00")}, "grand_total", "missing_charge"),
        ({"grand_total": D("130.00")}, "grand_total", "unmapped_discount"),
        ({"grand_total": D("120.00")}, "grand_total", "tax_mode"),
        ({"grand_total": D("88.00"), "refunded_total": D("50.00")}, "grand_total", "refund_in_total"),
        ({"grand_total": D("128.00")}, "grand_total", "tender_in_total"),
        ({"tax_total": D("18.01"), "shipping_tax": D("3.05")}, "shipping_tax", "tax_differs"),
        ({"tax_total": D("25.00")}, "tax_total", "tax_differs"),
        ({"discount_net": D("10.00")}, "line_discounts", "unmapped_discount"),
        ({"shipping_net": D("25.00")}, "shipping", "missing_charge"),
        ({"shipping_net": D("15.00")}, "shipping", "charge_twice"),
        ({"lines_net": D("90.00")}, "goods_net", "rows_differ"),
    ],
)
def test_difference_names_its_probable_cause(changes, component, cause):
    gift = RemotePayment("gift", "Gift", D(10), "SAR", ORDERED, kind=PaymentKind.GIFT_CARD, is_paid=True)
    found = wrong_rows(make_remote(total_changes=changes, payments=[gift]))
    assert found[component].cause == cause


def test_every_code_of_the_proof_has_its_words_in_both_languages():
    told = {"paid", "paid_gift_cards", "paid_store_credit", "paid_rewards", "tax_rate 15", "tax_rate "}
    for language in ("en", "ar"):
        with override(language):
            names = [labels.component_label(name) for name in (*COMPONENTS, *told)]
            texts = [str(text) for pair in labels.CAUSES.values() for text in pair]
            assert all(names) and len(set(names)) == len(names)
            assert all(
                any("\u0600" <= letter <= "\u06ff" for letter in text) for text in [*names, *texts]
            ) is (language == "ar")


def test_difference_is_told_in_the_readers_language():
    row = wrong_rows(make_remote(total_changes={"grand_total": D("150.00")}))["grand_total"]
    text = f"{row.told()} · {row.told()}"
    assert row.told() == "Grand total: the shop says 150.00, the documents 138.00, a difference of -12.00."
    with override("ar"):
        shown = in_reader_language(text)
    assert shown.count("الإجمالي: المتجر 150.00، والمستندات 138.00") == 2


def test_rate_that_the_shop_lists_otherwise_is_a_difference():
    remote = make_remote(make_line("A1"), make_line("A2", 1, "40", rate=5), charges=[])
    listed = (
        dataclasses.replace(remote.lines[0].taxes[0], amount=D("16.00")),
        dataclasses.replace(remote.lines[1].taxes[0], amount=D("1.00")),
    )
    assert set(wrong_rows(dataclasses.replace(remote, taxes=listed))) == {"tax_rate 5", "tax_rate 15"}


def test_coupon_that_is_lifted_leaves_other_line_discounts_in_their_lines():
    lines = (make_line("A1", 1, "100", discount="30"), make_line("A2", 1, "100", discount="20"))
    remote = make_remote(*lines, charges=[], discounts=[make_coupon("40", "6")])
    plan, site = plan_of(remote, put_coupon_discount_to="header")
    rows = {row.component: row for row in totals.balance(plan, site)}
    assert (rows["coupons"].erp, rows["line_discounts"].erp) == (D(40), D(10))
    assert plan.header_discount_net == 40
    assert [line.subtotal_net - line.net for line in plan.lines] == [D("6.00"), D("4.00")]
    assert not plan.holds


def test_shops_list_of_coupons_may_be_older_than_its_lines():
    remote = make_remote(make_line("A1", 1, "100", discount="5"), charges=[], discounts=[make_coupon("10")])
    shop = shop_figures(remote)
    assert (shop["coupons"], shop["line_discounts"]) == (D(5), D(0))


@pytest.mark.django_db
def test_many_orders_are_read_as_saved_in_three_statements(django_assert_num_queries):
    site = make_shop_site()
    make_item("A1", stock=9), make_item("A2", stock=9)
    for _ in range(3):
        import_order(site=site, remote=make_remote(make_line("A1"), make_line("A2", 1, "40", rate=5)))
    keys = list(SalesOrder.objects.values_list("pk", flat=True))
    with django_assert_num_queries(3):
        found = read_saved(keys)
    assert sorted(found) == sorted(keys)
    shown = document_figures(found[keys[0]])
    assert (shown["tax_rate 15"], shown["tax_rate 5"], shown["shipping"]) == (D(18), D(2), D(20))


@pytest.mark.django_db
def test_invoice_that_says_something_else_holds_the_order_and_nothing_is_posted(monkeypatch):
    site = make_shop_site(rule={"create_invoice": True})
    make_item("A1", stock=9)
    before = count_documents()

    def spoil(*args, **kwargs):
        """As a faulty program between the order and its invoice would."""
        DocumentCharge.objects.filter(invoice__isnull=False).update(net_amount=D("21.00"))
        return original(*args, **kwargs)

    original = saved_documents.read_saved_invoices
    monkeypatch.setattr(totals, "read_saved_invoices", spoil)
    assert import_order(site=site, remote=make_remote()).outcome == ImportOutcome.HELD
    row = next(row for row in one(Order).proof if not row["ok"])
    assert (row["component"], row["erp"], row["invoice"], row["cause"]) == (
        "shipping",
        "20.0000",
        "21.0000",
        "document_differs",
    )
    assert count_documents() == before and not SalesInvoice.objects.exists()


@pytest.mark.django_db
def test_mixed_rates_of_a_lifted_coupon_stand_on_the_invoice_per_rate():
    site = make_shop_site(
        put_coupon_discount_to="header", rule={"create_invoice": True}, discount_item=make_service("DISC")
    )
    make_item("A1", stock=9), make_item("A2", stock=9)
    lines = (make_line("A1", 1, "100", discount="10"), make_line("A2", 1, "100", rate=5, discount="50"))
    remote = make_remote(*lines, charges=[], discounts=[make_coupon("60", "4")])
    assert import_order(site=site, remote=remote).outcome == ImportOutcome.CREATED
    taxes = {tax.rate: tax.tax_amount for tax in one(SalesInvoice).taxes.all()}
    assert taxes == {D(15): D("13.50"), D(5): D("2.50")}
    assert one(SalesInvoice).discount_tax == D("4.00")


@pytest.mark.django_db
def test_proof_of_an_import_shows_the_charge_of_the_duty_under_its_name():
    site = make_shop_site()
    make_item("A1", stock=9)
    remote = make_remote(charges=[make_charge(ChargeKind.DUTY, "8", code="Duty")])
    assert import_order(site=site, remote=remote).outcome == ImportOutcome.CREATED
    assert one(SalesOrder).charges.get().kind == "duty"
    assert {row["component"]: row["erp"] for row in one(Order).proof}["duties"] == "8.0000"
