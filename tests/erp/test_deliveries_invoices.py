"""Deliveries, invoices, receipts, and the order state that follows them."""

from __future__ import annotations

import pytest
from django.db.models import Sum
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ecomsync.common.errors import PermanentError
from erp import signals
from erp.errors import AmountExceeded, DuplicateMismatch, IllegalState, QuantityExceeded, StockShortage
from erp.models import ItemType, KitComponent, SalesInvoice, StockMovement
from erp.selectors.customers import customer_balance
from erp.services import stock
from erp.services.deliveries import cancel_delivery, create_delivery, ship_delivery
from erp.services.invoices import cancel_draft_invoice, create_credit_note, create_invoice, issue_invoice
from erp.services.receipts import create_receipt, reverse_receipt
from erp.services.totals import assert_totals
from tests.erp.factories import (
    D,
    figures,
    line,
    make_confirmed,
    make_customer,
    make_item,
    make_method,
    make_order,
    make_warehouse,
    shipping,
    stock_up,
)

pytestmark = pytest.mark.django_db


def pay(target, amount, **values):
    return create_receipt(
        **{
            "customer": target.customer,
            "payment_method": make_method(),
            "amount": D(amount),
            "currency": "SAR",
            "paid_at": timezone.now(),
            "allocations": [(target, D(amount))],
            **values,
        }
    )


def test_shipping_consumes_the_reservation_and_issues_the_goods(riyadh, heard):
    item = make_item(standard_cost=D("12.5"))
    stock_up(item, riyadh, 10)
    order = make_confirmed(line(item, 4))
    states = heard(signals.document_state_changed)
    delivery = create_delivery(order=order)
    ship_delivery(delivery=delivery, carrier="SMSA", tracking_numbers=["T1", "T2"])
    assert (delivery.state, delivery.number, delivery.carrier) == ("shipped", "DN-000001", "SMSA")
    assert delivery.tracking_numbers == ["T1", "T2"] and delivery.shipped_at is not None
    assert figures(item, riyadh) == (D(6), D(0))
    movement = StockMovement.objects.get(movement_type="sales_issue")
    assert (movement.quantity, movement.unit_cost, movement.source_label) == (D(-4), D("12.5"), "DN-000001")
    order.refresh_from_db()
    assert order.state == "delivered"
    assert ("delivery", "shipped") in [(m["document_type"], m["new_state"]) for m in states]
    assert ("sales_order", "delivered") in [(m["document_type"], m["new_state"]) for m in states]


def test_partial_deliveries_walk_through_the_states(riyadh):
    item = make_item()
    stock_up(item, riyadh, 10)
    order = make_confirmed(line(item, 4))
    row = order.lines.get()
    ship_delivery(delivery=create_delivery(order=order, quantities={row.pk: D(1)}))
    order.refresh_from_db()
    assert (order.state, figures(item, riyadh)) == ("partially_delivered", (D(9), D(3)))
    with pytest.raises(QuantityExceeded, match="4 asked, 3 open"):
        create_delivery(order=order, quantities={row.pk: D(4)})
    ship_delivery(delivery=create_delivery(order=order))
    order.refresh_from_db()
    assert (order.state, figures(item, riyadh)) == ("delivered", (D(6), D(0)))
    with pytest.raises(PermanentError, match="nothing left to deliver"):
        create_delivery(order=order)


def test_draft_deliveries_share_what_is_open(riyadh):
    item = make_item()
    stock_up(item, riyadh, 4)
    order = make_confirmed(line(item, 4))
    row = order.lines.get()
    create_delivery(order=order, quantities={row.pk: D(3)})
    rest = create_delivery(order=order)
    assert rest.lines.get().quantity == D(1)


def test_shipping_from_another_warehouse_frees_the_reserved_one(riyadh, jeddah):
    item = make_item()
    stock_up(item, riyadh, 5)
    stock_up(item, jeddah, 5)
    order = make_confirmed(line(item, 2))
    ship_delivery(delivery=create_delivery(order=order, warehouse=jeddah))
    assert figures(item, riyadh) == (D(5), D(0))
    assert figures(item, jeddah) == (D(3), D(0))


def test_shortage_at_shipping_changes_nothing(riyadh):
    item = make_item()
    order = make_confirmed(line(item, 2))
    delivery = create_delivery(order=order)
    with pytest.raises(StockShortage):
        ship_delivery(delivery=delivery)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.number, figures(item, riyadh)) == ("draft", "", (D(0), D(2)))


def test_kit_ships_components_and_service_ships_nothing(riyadh):
    kit, part = make_item(item_type=ItemType.KIT), make_item()
    KitComponent.objects.create(kit=kit, component=part, quantity=3)
    stock_up(part, riyadh, 10)
    order = make_confirmed(line(kit, 2), line(make_item(item_type=ItemType.SERVICE)))
    delivery = create_delivery(order=order)
    assert delivery.lines.count() == 1
    ship_delivery(delivery=delivery)
    order.refresh_from_db()
    assert (figures(part, riyadh), order.state) == ((D(4), D(0)), "delivered")


def test_cancelled_shipment_comes_back_and_is_held_again(riyadh):
    item = make_item()
    stock_up(item, riyadh, 10)
    order = make_confirmed(line(item, 4))
    delivery = ship_delivery(delivery=create_delivery(order=order))
    cancel_delivery(delivery=delivery)
    order.refresh_from_db()
    assert (order.state, figures(item, riyadh)) == ("confirmed", (D(10), D(4)))
    assert stock.rebuild_balances() == []
    ship_delivery(delivery=create_delivery(order=order))
    assert figures(item, riyadh) == (D(6), D(0))


def test_draft_order_cannot_be_delivered_or_invoiced(riyadh):
    order = make_order(line(make_item()))
    with pytest.raises(IllegalState, match="Confirm the order first"):
        create_delivery(order=order)
    with pytest.raises(IllegalState, match="Confirm the order first"):
        create_invoice(order=order)


def test_full_invoice_copies_the_order_to_the_last_digit(riyadh):
    order = make_confirmed(
        line(make_item(), 3, "86.9566", "13.0434"),
        line(make_item(), 1, "50", "0", tax_code="ZERO", tax_rate=D(0)),
        charges=[shipping("20", "3")],
        header_discount_net=D(10),
        header_discount_tax=D("1.2"),
        rounding=D("-0.02"),
    )
    invoice = create_invoice(order=order)
    for name in (
        "lines_net",
        "discount_net",
        "discount_tax",
        "charges_net",
        "tax_total",
        "rounding",
        "grand_total",
    ):
        assert getattr(invoice, name) == getattr(order, name), name
    taxes = invoice.taxes.aggregate(net=Sum("taxable_amount"), tax=Sum("tax_amount"))
    assert taxes["tax"] == invoice.tax_total
    assert taxes["net"] == invoice.lines_net + invoice.charges_net - invoice.discount_net
    assert {tax.tax_code for tax in invoice.taxes.all()} == {"VAT15", "ZERO"}
    issue_invoice(invoice=invoice)
    assert (invoice.number, invoice.state, invoice.balance) == ("SI-000001", "issued", order.grand_total)
    with pytest.raises(PermanentError, match="nothing left to invoice"):
        create_invoice(order=order)


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    parts=st.lists(st.integers(1, 5), min_size=2, max_size=4),
    net=st.decimals(min_value=D("0.03"), max_value=D("999.99"), places=4),
    tax=st.decimals(min_value=D(0), max_value=D(150), places=4),
    discount=st.decimals(min_value=D(0), max_value=D("0.03"), places=2),
)
def test_partial_invoices_sum_to_the_order(parts, net, tax, discount):
    make_warehouse("RUH")
    order = make_confirmed(
        line(make_item(), sum(parts), net, tax, discount_net=discount),
        line(make_item(), 2, "10.01", "1.50"),
        charges=[shipping()],
        header_discount_net=D("5.55"),
        header_discount_tax=D("0.83"),
        rounding=D("0.01"),
    )
    first = order.lines.first()
    for part in parts[:-1]:
        issue_invoice(invoice=create_invoice(order=order, quantities={first.pk: D(part)}))
    issue_invoice(invoice=create_invoice(order=order))
    invoices = SalesInvoice.objects.filter(order=order)
    for name in (
        "lines_net",
        "discount_net",
        "discount_tax",
        "charges_net",
        "tax_total",
        "rounding",
        "grand_total",
    ):
        assert sum(getattr(row, name) for row in invoices) == getattr(order, name), name
    for row in order.lines.all():
        for name in (
            "quantity",
            "net_amount",
            "tax_amount",
            "gross_amount",
            "subtotal_net",
            "discount_amount",
        ):
            assert sum(getattr(part, name) for part in row.invoice_lines.all()) == getattr(row, name), name
    for invoice in invoices:
        assert_totals(invoice)


def test_dropped_draft_invoice_can_be_made_again_and_issued_one_stays(riyadh):
    order = make_confirmed(line(make_item()), charges=[shipping()])
    cancel_draft_invoice(invoice=create_invoice(order=order))
    invoice = issue_invoice(invoice=create_invoice(order=order))
    assert invoice.grand_total == order.grand_total
    with pytest.raises(IllegalState, match="credit note"):
        cancel_draft_invoice(invoice=invoice)


def test_invoice_numbers_have_no_gaps_when_issuing_fails(riyadh):
    orders = [make_confirmed(line(make_item())) for _ in range(3)]
    invoices = [create_invoice(order=order) for order in orders]
    issue_invoice(invoice=invoices[0])
    SalesInvoice.objects.filter(pk=invoices[1].pk).update(grand_total=1)
    with pytest.raises(PermanentError):
        issue_invoice(invoice=invoices[1])
    issue_invoice(invoice=invoices[2])
    assert [invoice.number for invoice in (invoices[0], invoices[2])] == ["SI-000001", "SI-000002"]


def test_payment_in_advance_meets_the_invoice_and_completes_the_order(riyadh):
    item = make_item()
    stock_up(item, riyadh, 1)
    order = make_confirmed(line(item))
    receipt, created = pay(order, "115", transaction_id="tx-1")
    assert created and receipt.number == "RC-000001"
    ship_delivery(delivery=create_delivery(order=order))
    invoice = issue_invoice(invoice=create_invoice(order=order))
    order.refresh_from_db()
    assert (invoice.state, invoice.balance, order.state) == ("paid", D(0), "completed")
    assert customer_balance(order.customer).balance == D(0)


def test_advance_is_split_over_partial_invoices(riyadh):
    item = make_item()
    order = make_confirmed(line(item, 2, "200", "30"))
    pay(order, "150")
    row = order.lines.get()
    first = issue_invoice(invoice=create_invoice(order=order, quantities={row.pk: D(1)}))
    second = issue_invoice(invoice=create_invoice(order=order))
    assert [(first.state, first.balance), (second.state, second.balance)] == [
        ("paid", D(0)),
        ("partially_paid", D(80)),
    ]


def test_payment_after_invoice_for_the_order_reaches_it(riyadh):
    order = make_confirmed(line(make_item()))
    invoice = issue_invoice(invoice=create_invoice(order=order))
    pay(order, "100")
    invoice.refresh_from_db()
    assert (invoice.state, invoice.balance) == ("partially_paid", D(15))
    with pytest.raises(AmountExceeded, match="20 allocated, 15"):
        pay(invoice, "20")
    pay(invoice, "15")
    invoice.refresh_from_db()
    assert invoice.state == "paid"


def test_receipts_are_idempotent_on_method_and_transaction(riyadh):
    order = make_confirmed(line(make_item()))
    first, created = pay(order, "115", transaction_id="tx-9")
    again, created_again = pay(order, "115", transaction_id="tx-9")
    assert (created, created_again, first.pk) == (True, False, again.pk)
    with pytest.raises(DuplicateMismatch):
        pay(order, "99", transaction_id="tx-9")
    other, created = pay(order, "115", transaction_id="tx-9", payment_method=make_method("WALLET"))
    assert created and other.pk != first.pk


def test_reversed_receipt_opens_the_invoice_again(riyadh):
    order = make_confirmed(line(make_item()))
    invoice = issue_invoice(invoice=create_invoice(order=order))
    receipt, _ = pay(invoice, "115")
    reverse_receipt(receipt=receipt, reason="charge back")
    invoice.refresh_from_db()
    assert (invoice.state, invoice.balance, receipt.state) == ("issued", D(115), "reversed")
    assert customer_balance(order.customer).balance == D(115)


def test_allocation_in_another_currency_is_refused(riyadh):
    order = make_confirmed(line(make_item()))
    with pytest.raises(PermanentError, match="cannot be allocated"):
        pay(order, "10", currency="USD")


def test_credit_notes_never_exceed_their_invoice(riyadh):
    order = make_confirmed(line(make_item()))
    invoice = issue_invoice(invoice=create_invoice(order=order))
    note = create_credit_note(
        customer=order.customer, invoice=invoice, lines=[line(make_item(), 1, "60", "9")], reason="damaged"
    )
    issue_invoice(invoice=note)
    invoice.refresh_from_db()
    assert (note.number, note.state, invoice.balance, invoice.state) == (
        "CN-000001",
        "paid",
        D(46),
        "partially_paid",
    )
    with pytest.raises(AmountExceeded, match="not credited yet"):
        create_credit_note(
            customer=order.customer, invoice=invoice, lines=[line(make_item(), 1, "50", "7.5")]
        )


def test_free_credit_note_counts_in_the_balance(riyadh):
    customer = make_customer()
    note = create_credit_note(customer=customer, lines=[line(make_item(), 1, "10", "1.5")], currency="SAR")
    issue_invoice(invoice=note)
    assert (customer_balance(customer).balance, note.state) == (D("-11.5"), "issued")


def test_balance_ages_open_invoices_and_counts_in_base_currency(riyadh):
    import datetime as dt

    customer = make_customer(payment_terms_days=10)
    order = make_confirmed(line(make_item()), customer=customer, currency="USD", exchange_rate=D("3.75"))
    invoice = issue_invoice(invoice=create_invoice(order=order))
    assert invoice.due_date == invoice.issue_date + dt.timedelta(days=10)
    found = customer_balance(customer, on=invoice.issue_date + dt.timedelta(days=50))
    assert (found.balance, found.ageing["31_60"], found.ageing["current"]) == (D("431.25"), D("431.25"), D(0))
