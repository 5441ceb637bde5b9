"""Orders from creation to cancellation."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ecomsync.common.errors import ConfigurationError, PermanentError
from erp import signals
from erp.errors import CustomerRefused, DuplicateMismatch, IllegalState, StockShortage, TotalMismatch
from erp.models import (
    ItemType,
    ItemUnit,
    KitComponent,
    NumberSeries,
    SalesOrder,
    SalesOrderLine,
    StockReservation,
)
from erp.services.deliveries import create_delivery, ship_delivery
from erp.services.invoices import create_invoice, issue_invoice
from erp.services.manual_documents import complete_sales_order
from erp.services.numbering import next_number
from erp.services.sales_orders import (
    assert_totals,
    cancel_sales_order,
    confirm_sales_order,
    create_sales_order,
    hold_sales_order,
    release_sales_order,
    update_draft_sales_order,
)
from tests.erp.factories import (
    D,
    figures,
    line,
    make_confirmed,
    make_customer,
    make_item,
    make_order,
    make_unit,
    order_input,
    shipping,
    stock_up,
)

pytestmark = pytest.mark.django_db


def test_create_keeps_the_given_amounts_and_sums_them(riyadh):
    order = make_order(
        line(make_item(), 3, "86.9566", "13.0434", subtotal_net=D("100"), discount_net=D("13.0434")),
        line(make_item(), 1, "50", "7.5"),
        charges=[shipping("20", "3")],
        header_discount_net=D(10),
        header_discount_tax=D("1.5"),
        rounding=D("0.01"),
    )
    first = order.lines.first()
    assert (first.net_amount, first.tax_amount, first.gross_amount) == (D("86.9566"), D("13.0434"), D(100))
    assert first.discount_percent == D("13.0434")
    assert (order.lines_net, order.charges_net, order.discount_net) == (D("136.9566"), D(20), D(10))
    assert order.tax_total == D("13.0434") + D("7.5") + D(3) - D("1.5")
    assert order.grand_total == D(100) + D("57.5") + D(23) - D("11.5") + D("0.01")
    assert order.number == ""
    assert_totals(order)


def test_create_is_idempotent_on_channel_and_number(riyadh):
    data = order_input(line(make_item()))
    first, created = create_sales_order(data=data)
    again, created_again = create_sales_order(data=data)
    assert (created, created_again, first.pk) == (True, False, again.pk)
    with pytest.raises(DuplicateMismatch, match="other content") as caught:
        create_sales_order(data=dataclasses.replace(data, content_hash="h2"))
    assert caught.value.code == "duplicate_mismatch"
    other, created = create_sales_order(data=dataclasses.replace(data, channel="SHOP2"))
    assert created and other.pk != first.pk


def test_orders_without_external_number_are_all_different(riyadh):
    data = order_input(line(make_item()), external_number="")
    assert create_sales_order(data=data)[0].pk != create_sales_order(data=data)[0].pk


@pytest.mark.parametrize(
    ("item_type", "quantity", "code"), [("template", 1, "not_sellable"), ("stock", 0, "bad_quantity")]
)
def test_unsellable_lines_are_refused_with_a_code(riyadh, item_type, quantity, code):
    given = dataclasses.replace(line(make_item(item_type=item_type)), quantity=D(quantity))
    with pytest.raises(PermanentError) as caught:
        make_order(given)
    assert caught.value.code == code
    assert SalesOrder.objects.count() == 0


def test_order_needs_a_warehouse_only_for_goods(db):
    make_order(line(make_item(item_type=ItemType.SERVICE)))
    with pytest.raises(ConfigurationError, match="no active warehouse"):
        make_order(line(make_item()))


def test_confirm_numbers_reserves_and_announces(riyadh, heard):
    item = make_item()
    stock_up(item, riyadh, 10)
    order = make_order(line(item, 4))
    states = heard(signals.document_state_changed)
    confirm_sales_order(order=order)
    assert (order.state, order.number) == ("confirmed", "SO-000001")
    assert figures(item, riyadh) == (D(10), D(4))
    assert [(m["document_type"], m["old_state"], m["new_state"]) for m in states] == [
        ("sales_order", "draft", "confirmed")
    ]
    with pytest.raises(IllegalState, match="cannot become confirmed"):
        confirm_sales_order(order=order)


def test_confirm_without_reservation_holds_nothing(riyadh):
    item = make_item()
    confirm_sales_order(order=make_order(line(item, 4)), reserve=False)
    assert figures(item, riyadh) == (D(0), D(0))


def test_confirm_remembers_what_was_short(riyadh):
    item = make_item()
    stock_up(item, riyadh, 1)
    order = make_confirmed(line(item, 4))
    assert order.lines.get().shortage_qty == D(3)


def test_rejected_shortage_leaves_order_draft_and_stock_untouched(riyadh):
    first, second = make_item(), make_item()
    stock_up(first, riyadh, 5)
    order = make_order(line(first, 2), line(second, 1))
    with pytest.raises(StockShortage):
        confirm_sales_order(order=order, on_shortage="reject")
    order.refresh_from_db()
    assert (order.state, order.number, figures(first, riyadh)) == ("draft", "", (D(5), D(0)))
    assert not StockReservation.objects.exists()


def test_kit_line_reserves_its_components_in_base_units(riyadh):
    kit, part = make_item(item_type=ItemType.KIT), make_item()
    KitComponent.objects.create(kit=kit, component=part, quantity=3)
    stock_up(part, riyadh, 10)
    make_confirmed(line(kit, 2))
    assert figures(part, riyadh) == (D(10), D(6))


def test_line_in_another_unit_reserves_base_units(riyadh):
    item, carton = make_item(), make_unit("CTN")
    ItemUnit.objects.create(item=item, unit=carton, factor_to_base=12)
    stock_up(item, riyadh, 30)
    make_confirmed(line(item, 2, unit=carton))
    assert figures(item, riyadh) == (D(30), D(24))


def test_unknown_unit_is_refused(riyadh):
    with pytest.raises(PermanentError, match="no unit BOX"):
        make_confirmed(line(make_item(), 2, unit=make_unit("BOX")))


def test_cancel_releases_exactly_what_was_reserved(riyadh):
    item = make_item()
    stock_up(item, riyadh, 10)
    kept = make_confirmed(line(item, 3))
    order = make_confirmed(line(item, 4))
    cancel_sales_order(order=order, reason="customer changed mind")
    assert (order.state, order.cancel_reason) == ("cancelled", "customer changed mind")
    assert figures(item, riyadh) == (D(10), D(3))
    assert kept.lines.get().reservations.get().state == "active"


def test_cancel_drops_drafts_and_is_refused_after_delivery_or_invoice(riyadh):
    item = make_item()
    stock_up(item, riyadh, 10)
    order = make_confirmed(line(item, 2))
    delivery, invoice = create_delivery(order=order), create_invoice(order=order)
    cancel_sales_order(order=order)
    delivery.refresh_from_db()
    invoice.refresh_from_db()
    assert (delivery.state, invoice.state) == ("cancelled", "cancelled")

    delivered = make_confirmed(line(item, 2))
    ship_delivery(delivery=create_delivery(order=delivered))
    with pytest.raises(IllegalState, match="cannot become cancelled"):
        cancel_sales_order(order=delivered)

    invoiced = make_confirmed(line(item, 2))
    issue_invoice(invoice=create_invoice(order=invoiced))
    with pytest.raises(IllegalState, match="Credit the invoice first"):
        cancel_sales_order(order=invoiced)
    assert figures(item, riyadh) == (D(8), D(2))


def test_blocked_customer_cannot_confirm(riyadh):
    order = make_order(line(make_item()), customer=make_customer(blocked="orders"))
    with pytest.raises(CustomerRefused) as caught:
        confirm_sales_order(order=order)
    assert caught.value.code == "customer_blocked"


@pytest.mark.parametrize(("check", "notice"), [("warn", True), ("none", False)])
def test_credit_limit_warns(riyadh, check, notice):
    customer = make_customer(credit_limit=200, credit_check=check)
    make_confirmed(line(make_item()), customer=customer)
    order = make_confirmed(line(make_item()), customer=customer)
    assert bool(order.notice) is notice


def test_credit_limit_blocks_on_orders_and_invoices_together(riyadh):
    customer = make_customer(credit_limit=230, credit_check="block")
    invoiced = make_confirmed(line(make_item()), customer=customer)
    issue_invoice(invoice=create_invoice(order=invoiced))
    make_confirmed(line(make_item()), customer=customer)
    with pytest.raises(CustomerRefused, match="230 passed: 345"):
        make_confirmed(line(make_item()), customer=customer)


def test_hold_and_release(riyadh):
    order = hold_sales_order(order=make_order(line(make_item())), reason="total differs")
    assert (order.state, order.hold_reason) == ("on_hold", "total differs")
    release_sales_order(order=order)
    assert (order.state, order.hold_reason) == ("draft", "")


def test_draft_can_be_replaced_and_confirmed_order_cannot(riyadh):
    item = make_item()
    data = order_input(line(item))
    order, _ = create_sales_order(data=data)
    changed = dataclasses.replace(
        data, lines=[line(item, 2, "200", "30")], charges=[shipping()], content_hash="h2"
    )
    update_draft_sales_order(order=order, data=changed)
    assert (order.grand_total, order.lines.count(), order.content_hash) == (D(253), 1, "h2")
    confirm_sales_order(order=order)
    with pytest.raises(IllegalState, match="no longer be changed"):
        update_draft_sales_order(order=order, data=changed)


def test_tampered_total_is_refused_with_all_figures(riyadh):
    order = make_order(line(make_item()), charges=[shipping()])
    SalesOrder.objects.filter(pk=order.pk).update(grand_total=D("139"))
    order.refresh_from_db()
    with pytest.raises(TotalMismatch, match=r"= 138, but the grand total is 139") as caught:
        confirm_sales_order(order=order)
    assert caught.value.code == "total_mismatch"


def test_number_series_resets_each_year_and_pads():
    series = NumberSeries.objects.create(
        code="WEB", document_type="sales_order", prefix="W-", padding=4, year_reset=True
    )
    taken = [
        next_number(document_type="sales_order", series=series, on=dt.date(year, 3, 1))
        for year in (2025, 2025, 2026, 2025)
    ]
    assert taken == ["W-2025-0001", "W-2025-0002", "W-2026-0001", "W-2026-0002"]


def _statements(count: int, riyadh) -> int:
    items = [make_item() for _ in range(count)]
    for item in items:
        stock_up(item, riyadh, 5)
    data = order_input(*[line(item) for item in items], charges=[shipping()])
    with CaptureQueriesContext(
        connection,
    ) as context:
        order, _ = create_sales_order(data=data)
        confirm_sales_order(order=order)
        ship_delivery(delivery=create_delivery(order=order))
        issue_invoice(invoice=create_invoice(order=order))
    assert order.pk
    assert SalesOrder.objects.get(pk=order.pk).state == "invoiced"
    return len(context)


def test_statements_per_order_are_bounded_per_line_and_do_not_grow_with_the_table(riyadh):
    make_confirmed(line(make_item()))  # number series and the like exist
    small = _statements(2, riyadh)
    for _ in range(8):
        _statements(1, riyadh)
    assert _statements(2, riyadh) <= small
    large = _statements(22, riyadh)
    assert large <= small + 20, (small, large)
    assert SalesOrderLine.objects.count() > 30


@pytest.mark.parametrize("currency,tax", [("KWD", "1.235"), ("SAR", "1.23"), ("JPY", "1")])
def test_tax_of_a_typed_charge_has_the_decimals_of_its_currency(riyadh, currency, tax):
    order = make_order(line(make_item()), external_number="", currency=currency, charges=[])
    order.charges.create(kind="shipping", net_amount=D("8.233"), tax_rate=D(15))
    complete_sales_order(order=order)
    assert order.charges.get().tax_amount == D(tax)
