"""Orders of the shop to documents of the ERP."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from activity.models import Event, SiteError
from catalog.models import SoldInShop
from erp.models import Customer, SalesInvoice, SalesOrder, StockBalance
from orders.models import Order, OrderHold
from orders.services.context import ImportContext
from orders.services.import_order import import_order
from orders.states import ImportOutcome, OrderState
from platforms.types import FinancialStatus, OrderPhase
from sites.models import Site
from tests.orders.factories import (
    ORDERED,
    count_documents,
    later,
    make_charge,
    make_coupon,
    make_fee,
    make_item,
    make_line,
    make_remote,
    make_service,
    make_shop_site,
    map_payment,
    map_shipping,
    one,
)

pytestmark = pytest.mark.django_db
D = Decimal
ALL = {"create_delivery": True, "create_invoice": True, "create_receipt": True, "create_reservation": True}


def take(site: Site, remote, **values):
    return import_order(site=site, remote=remote, **values)


def test_order_becomes_a_confirmed_sales_order_with_the_shops_totals(site):
    make_item("A1", stock=5)
    remote = make_remote(make_line("A1", 2, "50"))
    result = take(site, remote)
    assert result.outcome == ImportOutcome.CREATED
    order = one(Order)
    assert (order.state, order.proof_ok) == (OrderState.IMPORTED, True)
    document = order.sales_order
    assert document is not None
    assert (document.channel, document.external_number) == (site.code, remote.number)
    assert document.grand_total == remote.totals.grand_total == D("138.00")
    assert document.tax_total == remote.totals.tax_total
    assert document.state == "confirmed" and document.number
    assert document.delivery_method.code == "DHL"
    assert StockBalance.objects.get(item__code="A1").reserved == 2
    assert {row["component"] for row in order.proof if row["ok"]} == {row["component"] for row in order.proof}
    assert order.lines.get().item.code == "A1"


def test_whole_chain_of_documents_is_made_in_one_go():
    site = make_shop_site(rule=ALL)
    make_item("A1", stock=5)
    remote = make_remote(make_line("A1", 2, "50"), charges=[make_charge(), make_fee("5")])
    take(site, remote)
    order = one(Order)
    kinds = [row.document_type for row in order.documents.all()]
    assert kinds == ["sales_order", "delivery", "invoice", "receipt"]
    invoice = one(SalesInvoice)
    assert invoice.grand_total == remote.totals.grand_total
    assert invoice.state == "paid"
    order.sales_order.refresh_from_db()
    assert order.sales_order.state == "completed"
    assert StockBalance.objects.get(item__code="A1").on_hand == 3


def test_same_payload_again_changes_nothing(site):
    make_item("A1", stock=5)
    remote = make_remote()
    take(site, remote)
    before = (count_documents(), Event.objects.count(), OrderHold.objects.count())
    assert take(site, remote).outcome == ImportOutcome.UNCHANGED
    assert (count_documents(), Event.objects.count(), OrderHold.objects.count()) == before


def test_known_order_costs_no_statement_after_prefetch(site):
    make_item("A1", stock=5)
    remote = make_remote()
    take(site, remote)
    context = ImportContext(site)
    context.prefetch([remote])
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert take(site, remote, context=context).outcome == ImportOutcome.UNCHANGED
    assert len(seen) == 0


def test_older_version_never_overwrites_a_newer_one(site):
    make_item("A1", stock=5)
    remote = make_remote()
    newer = later(remote, status="completed")
    take(site, newer)
    assert take(site, remote).outcome == ImportOutcome.UNCHANGED
    assert one(Order).status_remote == "completed"


def test_unknown_sku_is_held_with_remedy_and_blocks_its_known_units(site):
    item = make_item("A1", stock=5)
    remote = make_remote(make_line("A1", 2, "10"), make_line("NOPE", 1, "10"))
    result = take(site, remote)
    assert result.outcome == ImportOutcome.HELD
    order = one(Order)
    hold = order.holds.get()
    assert (order.state, hold.code, hold.subject) == (OrderState.HELD, "unknown_sku", "NOPE")
    assert SalesOrder.objects.count() == 0 and Customer.objects.count() == 0
    sold = one(SoldInShop)
    assert (sold.item, sold.quantity) == (item, 2)
    problem = one(SiteError)
    assert problem.code == "unknown_sku" and "NOPE" in problem.message and problem.cure


def test_every_reason_is_named_at_once():
    site = make_shop_site(mapped=False)
    remote = make_remote(make_line("NOPE"))
    take(site, remote)
    codes = set(OrderHold.objects.values_list("code", flat=True))
    assert codes == {"unknown_sku", "unmapped_payment", "unmapped_shipping", "no_document_rule"}


def test_held_order_tried_again_in_vain_writes_no_new_rows(site):
    remote = make_remote(make_line("NOPE"))
    take(site, remote)
    before = (OrderHold.objects.count(), Event.objects.count(), one(SiteError).count)
    assert take(site, remote, force=True).outcome == ImportOutcome.HELD
    assert (OrderHold.objects.count(), Event.objects.count(), one(SiteError).count) == before


def test_held_order_goes_on_once_the_item_is_there(site):
    remote = make_remote(make_line("LATE"))
    take(site, remote)
    make_item("LATE", stock=3)
    assert take(site, remote, force=True).outcome == ImportOutcome.CREATED
    order = one(Order)
    assert order.state == OrderState.IMPORTED and order.lines.get().item.code == "LATE"
    assert one(OrderHold).released_at is not None
    assert one(SiteError).state == "resolved"
    assert not SoldInShop.objects.exists()


def test_wrong_total_is_held_and_nothing_is_posted(site):
    make_item("A1", stock=5)
    remote = make_remote(total_changes={"grand_total": D("200.00")})
    before = count_documents()
    assert take(site, remote).outcome == ImportOutcome.HELD
    order = one(Order)
    assert order.holds.get().code == "total_mismatch" and order.proof_ok is False
    wrong = [row for row in order.proof if not row["ok"]]
    assert [(row["component"], row["difference"]) for row in wrong] == [("grand_total", "-62.00")]
    assert count_documents() == before


@pytest.mark.parametrize(
    "component",
    ["shipping_net", "shipping_tax", "fees_net", "fees_tax", "tax_total", "discount_net", "lines_net"],
)
def test_difference_in_any_component_is_held(site, component):
    make_item("A1", stock=5)
    sound = make_remote(charges=[make_charge(), make_fee("5")])
    wrong = make_remote(
        charges=[make_charge(), make_fee("5")],
        total_changes={component: getattr(sound.totals, component) + D("1.00")},
    )
    assert take(site, wrong).outcome == ImportOutcome.HELD
    assert SalesOrder.objects.count() == 0


def test_small_difference_goes_to_the_rounding_item_where_the_site_allows():
    site = make_shop_site(total_difference_policy="rounding", rounding_item=make_service("ROUND"))
    make_item("A1", stock=5)
    remote = make_remote(total_changes={"grand_total": D("138.03")})
    assert take(site, remote).outcome == ImportOutcome.CREATED
    document = one(SalesOrder)
    assert document.grand_total == D("138.03")
    assert document.charges.get(kind="rounding").net_amount == D("0.03")
    far = make_remote(total_changes={"grand_total": D("139.00")})
    assert take(site, far).outcome == ImportOutcome.HELD


def test_tax_that_the_shop_rounds_once_stands_on_the_document_to_the_cent(site):
    make_item("A1", stock=9)
    lines = [make_line("A1", 1, "3.30"), make_line("A1", 1, "3.30"), make_line("A1", 1, "3.30")]
    # 3 x 0.50 by the lines, where 15 % of 9.90 is 1.485, rounded once 1.49.
    remote = make_remote(
        *lines, charges=[], total_changes={"tax_total": D("1.49"), "grand_total": D("11.39")}
    )
    assert take(site, remote).outcome == ImportOutcome.CREATED
    document = one(SalesOrder)
    assert (document.tax_total, document.grand_total, document.rounding) == (D("1.49"), D("11.39"), 0)


@pytest.mark.parametrize("target", ["lines", "header", "item"])
def test_coupon_goes_where_the_site_wants_and_totals_stay(target):
    site = make_shop_site(put_coupon_discount_to=target, discount_item=make_service("DISC"))
    make_item("A1", stock=9)
    lines = [make_line("A1", 2, "100", discount="30"), make_line("A1", 1, "50", discount="7.77")]
    remote = make_remote(*lines, discounts=[make_coupon("37.77", "5.67")])
    assert take(site, remote).outcome == ImportOutcome.CREATED, OrderHold.objects.values()
    document = one(SalesOrder)
    assert document.grand_total == remote.totals.grand_total
    assert document.tax_total == remote.totals.tax_total
    on_lines = sum(line.discount_amount for line in document.lines.all())
    in_item = -sum(charge.net_amount for charge in document.charges.filter(kind="discount"))
    expected = {"lines": ("37.77", "0", "0"), "header": ("0", "37.77", "0"), "item": ("0", "0", "37.77")}[
        target
    ]
    assert [on_lines, document.discount_net, in_item] == [D(figure) for figure in expected]


@pytest.mark.parametrize("split", ["no", "by_value", "by_quantity"])
def test_negative_fee_is_a_discount_of_the_order(split):
    site = make_shop_site(put_header_discount_in_line_discount=split)
    make_item("A1", stock=9)
    lines = [make_line("A1", 1, "100"), make_line("A1", 3, "10")]
    remote = make_remote(*lines, charges=[make_charge(), make_fee("-33.33", code="Loyalty")])
    assert take(site, remote).outcome == ImportOutcome.CREATED, list(OrderHold.objects.values())
    document = one(SalesOrder)
    assert document.grand_total == remote.totals.grand_total
    on_lines = sum(line.discount_amount for line in document.lines.all())
    assert (on_lines, document.discount_net) == ((0, D("33.33")) if split == "no" else (D("33.33"), 0))
    if split == "by_quantity":
        assert [line.discount_amount for line in document.lines.order_by("line_no")] == [
            D("8.33"),
            D("25.00"),
        ]


def test_order_of_nothing_to_pay_is_imported(site):
    make_item("A1", stock=5)
    remote = make_remote(
        make_line("A1", 1, "100", discount="100"),
        charges=[],
        discounts=[make_coupon("100", "15")],
        payments=(),
    )
    assert remote.totals.grand_total == 0
    assert take(site, remote).outcome == ImportOutcome.CREATED, list(OrderHold.objects.values())
    assert one(SalesOrder).grand_total == 0


def test_lines_of_quantity_zero_are_left_out_and_negative_ones_held(site):
    make_item("A1", stock=5)
    take(site, make_remote(make_line("A1"), make_line("A1", 0, "0")))
    assert one(SalesOrder).lines.count() == 1
    assert take(site, make_remote(make_line("A1", -1, "5"))).outcome == ImportOutcome.HELD
    assert one(OrderHold).code == "invalid_order"


def test_duplicate_lines_of_one_item_stay_apart(site):
    make_item("A1", stock=5)
    take(site, make_remote(make_line("A1", 1, "10"), make_line("A1", 2, "9")))
    assert [line.quantity for line in one(SalesOrder).lines.order_by("line_no")] == [1, 2]


def test_emoji_arabic_and_endless_names_fit(site):
    make_item("A1", stock=5)
    name = "قميص 🧥 " + "x" * 400
    remote = make_remote(make_line("A1", name=name), note="مرحبا 🙂\x00", number="ط-77")
    assert take(site, remote).outcome == ImportOutcome.CREATED
    line = one(SalesOrder).lines.get()
    assert line.description.startswith("قميص 🧥 ")
    assert one(Order).note == "مرحبا 🙂"


def test_point_one_and_point_two_make_point_three(site):
    make_item("A1", stock=5)
    lines = [make_line("A1", 1, "0.1", rate=0), make_line("A1", 1, "0.2", rate=0)]
    remote = make_remote(*lines, charges=[], total_changes={"grand_total": D("0.30")})
    assert take(site, remote).outcome == ImportOutcome.CREATED
    assert one(SalesOrder).grand_total == D("0.3")


@pytest.mark.parametrize("gross", [True, False])
def test_unit_price_is_in_the_tax_mode_of_the_order(site, gross):
    make_item("A1", stock=5)
    take(site, make_remote(make_line("A1", 2, "50"), prices_include_tax=gross))
    document = one(SalesOrder)
    assert document.prices_include_tax is gross
    assert document.lines.get().unit_price == (D("57.5") if gross else D("50"))


@pytest.mark.parametrize("currency,amount", [("JPY", "1000"), ("SAR", "10.55"), ("KWD", "1.125")])
def test_currencies_with_none_two_and_three_decimals(site, currency, amount):
    site.currency = currency
    make_item("A1", stock=5)
    line = make_line("A1", 1, amount, rate=0)
    line = make_line(
        "A1", 1, amount, rate=0, subtotal_net=D(amount), net=D(amount), subtotal_tax=D(0), tax=D(0)
    )
    remote = make_remote(line, charges=[], currency=currency)
    assert take(site, remote).outcome == ImportOutcome.CREATED
    assert one(SalesOrder).grand_total == D(amount)


# ---------------------------------------------------------------- policies


def test_unpaid_order_waits_quietly_and_goes_when_it_is_paid():
    site = make_shop_site(order_import_policy="paid")
    make_item("A1", stock=5)
    remote = make_remote(paid=False)
    assert take(site, remote).outcome == ImportOutcome.HELD
    assert one(Order).holds.get().code == "waiting_payment"
    assert one(SoldInShop).quantity == 1
    assert not SiteError.objects.exists()
    paid = later(remote, financial_status=FinancialStatus.PAID)
    assert take(site, paid).outcome == ImportOutcome.CREATED
    assert not SoldInShop.objects.exists()


def test_order_that_is_never_paid_is_skipped_after_the_days_to_wait():
    site = make_shop_site(order_import_policy="paid", max_wait_days=3)
    make_item("A1", stock=5)
    assert take(site, make_remote(paid=False)).outcome == ImportOutcome.SKIPPED
    order = one(Order)
    assert (order.state, order.state_reason) == (OrderState.SKIPPED, "payment_wait_over")


def test_authorised_is_enough_where_the_site_says_so():
    site = make_shop_site(order_import_policy="authorised")
    make_item("A1", stock=5)
    assert (
        take(site, make_remote(financial_status=FinancialStatus.AUTHORISED)).outcome == ImportOutcome.CREATED
    )


def test_policy_of_the_payment_method_comes_first():
    site = make_shop_site(order_import_policy="paid")
    make_item("A1", stock=5)
    map_payment(site, "card", import_policy="always")
    assert take(site, make_remote(paid=False)).outcome == ImportOutcome.CREATED


def test_policy_never_leaves_the_order_to_staff():
    site = make_shop_site(order_import_policy="never")
    make_item("A1", stock=5)
    remote = make_remote()
    assert take(site, remote).outcome == ImportOutcome.SKIPPED
    assert take(site, remote, source="manual", force=True).outcome == ImportOutcome.CREATED


def test_status_phase_and_date_decide_what_is_imported(site):
    make_item("A1", stock=5)
    Site.objects.filter(pk=site.pk).update(
        remote_statuses_to_import=["processing"], read_orders_from_date=ORDERED - timedelta(days=1)
    )
    site.refresh_from_db()
    assert take(site, make_remote(phase=OrderPhase.INCOMPLETE)).outcome == ImportOutcome.SKIPPED
    assert take(site, make_remote(created_at=ORDERED - timedelta(days=9))).outcome == ImportOutcome.SKIPPED
    assert not Order.objects.exists()
    assert take(site, make_remote(status="pending")).outcome == ImportOutcome.SKIPPED
    assert one(Order).state_reason == "status_not_imported"
    assert take(site, make_remote(phase=OrderPhase.CANCELLED)).outcome == ImportOutcome.SKIPPED
    assert Order.objects.filter(state=OrderState.CANCELLED).count() == 1
    assert SalesOrder.objects.count() == 0


def test_first_matching_rule_wins_unless_it_lets_the_next_ones_speak():
    site = make_shop_site(mapped=False)
    map_payment(site)
    map_shipping(site)
    make_item("A1", stock=9)
    rules = site.document_generation_info_lines
    rules.create(name="dear", criteria="total > 1000", create_invoice=True, line_no=1)
    rules.create(
        name="any", criteria="country = SA", create_sales_order=True, line_no=2, stop_after_match=False
    )
    rules.create(name="paid", criteria='payment_status = "paid"', create_receipt=True, line_no=3)
    rules.create(name="rest", create_delivery=True, line_no=4)
    take(site, make_remote())
    assert {row.document_type for row in one(Order).documents.all()} == {"sales_order", "receipt"}


def test_rule_that_makes_nothing_skips_the_order():
    site = make_shop_site(rule={"create_sales_order": False})
    make_item("A1", stock=9)
    assert take(site, make_remote()).outcome == ImportOutcome.SKIPPED
    assert one(Order).state_reason == "rule_makes_nothing"


def test_drafts_stay_drafts_and_keep_their_units_off_the_shop():
    site = make_shop_site(auto_confirm_documents=False)
    make_item("A1", stock=9)
    take(site, make_remote())
    assert one(SalesOrder).state == "draft"
    assert one(SoldInShop).quantity == 1


@pytest.mark.parametrize("policy,code", [("create", "NEW-1"), ("substitute", "SUBST")])
def test_unknown_items_are_created_or_replaced_where_the_site_wants(policy, code):
    site = make_shop_site(unknown_item_policy=policy, substitute_item=make_item("SUBST"))
    assert take(site, make_remote(make_line("new-1"))).outcome == ImportOutcome.CREATED
    assert one(SalesOrder).lines.get().item.code == code


def test_refusal_of_the_erp_holds_the_order_and_leaves_nothing(site):
    make_item("A1", stock=5)
    Customer.objects.create(code="C1", name1="Sara", email="sara@example.com", blocked="orders")
    assert take(site, make_remote()).outcome == ImportOutcome.HELD
    assert one(OrderHold).code == "customer_blocked"
    assert SalesOrder.objects.count() == 0


def test_statements_of_an_import_do_not_grow_with_the_table_and_are_bounded_per_line(site):
    for number in range(6):
        make_item(f"A{number}", stock=99)
    take(site, make_remote(make_line("A0")))

    def statements(*lines) -> int:
        remote = make_remote(*lines)
        context = ImportContext(site)
        context.prefetch([remote])
        (
            context.payment_line("card", ""),
            context.shipping_line("flat_rate", ""),
            context.rules(),
            context.warehouses(),
        )
        with CaptureQueriesContext(connection) as seen:
            assert take(site, remote, context=context).outcome == ImportOutcome.CREATED
        return len(seen)

    one = statements(make_line("A1"))
    for number in range(25):
        take(site, make_remote(make_line(f"A{number % 6}")))
    assert statements(make_line("A1")) == one
    five = statements(*(make_line(f"A{number}") for number in range(1, 6)))
    assert five - one <= 4, (one, five)
    assert one <= 50, one


def test_whole_chain_of_documents_stays_bounded_too():
    site = make_shop_site(rule=ALL)
    for number in range(5):
        make_item(f"A{number}", stock=99)
    take(site, make_remote(make_line("A0")))
    remote = make_remote(*(make_line(f"A{number}") for number in range(5)))
    context = ImportContext(site)
    context.prefetch([remote])
    with CaptureQueriesContext(connection) as seen:
        take(site, remote, context=context)
    assert len(seen) <= 150, len(seen)
