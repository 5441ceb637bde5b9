"""Each kind of refund: its documents, stock, money and entries, and the proof that they say what the shop says."""

from __future__ import annotations

import dataclasses
from decimal import Decimal

import pytest

from activity.models import SiteError
from ecomsync.common.errors import PermanentError
from erp.models import (
    AccountingEntryLine,
    PaymentMethod,
    Receipt,
    SalesInvoice,
    SalesOrder,
    SalesReturn,
    StockBalance,
)
from erp.selectors.customers import customer_balance
from erp.services import stock
from erp.services.accounting import ensure_default_accounts
from erp.services.deliveries import create_delivery, ship_delivery
from erp.services.invoices import create_invoice, issue_invoice
from erp.services.receipts import create_receipt
from orders.models import Order, ReturnOrder
from orders.services.context import ImportContext
from orders.services.import_order import import_order
from orders.services.return_plan import ReturnChoices
from orders.services.return_receipts import pay_back_by_hand, still_to_pay_back
from orders.services.returns import import_return, import_returns, post_return
from orders.services.withdrawn_returns import reverse_documents, withdraw_missing
from orders.states import ImportOutcome
from platforms.types import (
    FinancialStatus,
    PaymentKind,
    RemotePayment,
    RemoteReturnLine,
    RemoteTax,
)
from tests.erp.factories import make_warehouse
from tests.orders.factories import (
    later,
    make_charge,
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
ALL = {"create_delivery": True, "create_invoice": True, "create_receipt": True}


def sold(*lines, rule=ALL, charges=None, order=None, **values):
    """An order of 3 pieces at 10, paid, delivered and invoiced; with accounting entries."""
    ensure_default_accounts()
    known = {"return_policy": "credit_note", "restock_policy": "always", "generate_accounting_entries": True}
    site = make_shop_site(rule=rule, **{**known, **values})
    lines = lines or (make_line("A1", 3, "10"),)
    for line in lines:
        make_item(line.sku, stock=9, standard_cost=D(4))
    charges = [make_charge(net="20")] if charges is None else charges
    remote = make_remote(*lines, charges=charges, **(order or {}))
    import_order(site=site, remote=remote)
    return site, remote


def back(site, refund, state="posted"):
    """Take the refund over; everything that must hold after any of them."""
    import_return(site=site, remote=refund)
    row = ReturnOrder.objects.get(remote_id=refund.remote_id)
    assert row.state == state, (row.hold_code, row.hold_message)
    if state == "posted" and row.sales_return is not None:
        assert row.proof_ok and not any(D(entry["difference"]) for entry in row.proof)
    check_books()
    return row


def check_books():
    """Entries balance, receivables are what customers owe, stock equals its ledger, nothing exceeds what was sold."""
    rows = AccountingEntryLine.objects.values_list("account__code", "debit", "credit")
    assert sum(debit for _, debit, _ in rows) == sum(credit for _, _, credit in rows)
    if rows:
        receivable = sum(debit - credit for code, debit, credit in rows if code == "1200")
        customers = {order.customer for order in SalesOrder.objects.select_related("customer")}
        assert receivable == sum(customer_balance(customer).balance for customer in customers)
    assert stock.rebuild_balances() == []
    for invoice in SalesInvoice.objects.filter(kind="invoice").exclude(state="draft"):
        assert sum(note.grand_total for note in invoice.credit_notes.all()) <= invoice.grand_total
        assert invoice.balance >= 0
    for order in SalesOrder.objects.all():
        for line in order.lines.all():
            assert line.returned_qty <= line.delivered_qty


def notes():
    return list(SalesInvoice.objects.filter(kind="credit_note").order_by("id"))


def balance():
    return customer_balance(one(Order).erp_customer).balance


def test_whole_return_takes_everything_back():
    site, remote = sold()
    line = RemoteReturnLine("", "", "Flat", D(0), D("20"), D("3"), kind="shipping")
    row = back(site, make_refund(remote, "57.50", refund_line(remote.lines[0], 3), line, paid_back=True))
    assert (row.credit_note.grand_total, one(StockBalance).on_hand) == (D("57.50"), D(9))
    assert (balance(), row.receipts.get().amount) == (0, D("57.50"))
    assert one(Order).sales_order.state == "completed"


def test_several_returns_of_one_order_add_up_and_never_exceed_it():
    site, remote = sold()
    for _ in range(3):
        back(site, make_refund(remote, "11.50", refund_line(remote.lines[0])))
    back(site, make_refund(remote, "23.00"))
    row = back(site, make_refund(remote, "0.01"), state="held")
    assert row.hold_code == "refund_exceeds_order"
    assert sum(note.grand_total for note in notes()) == one(Order).sales_order.grand_total
    assert one(Order).sales_order.lines.get().returned_qty == 3


def test_more_pieces_than_were_sold_are_refused_with_the_reason():
    site, remote = sold()
    back(site, make_refund(remote, "11.50", refund_line(remote.lines[0])))
    refund = make_refund(remote, "3.00", refund_line(remote.lines[0], 3, net=D(2), tax=D(1)))
    row = back(site, refund, state="held")
    assert row.hold_code == "quantity_exceeded" and "2 of 3 sold can still come back" in row.hold_message
    assert SalesReturn.objects.count() == 1


def test_shipping_alone_goes_back_under_the_item_it_was_sold_with():
    site, remote = sold()
    shipping = remote.charges[0]
    line = RemoteReturnLine(shipping.remote_id, "", "Flat", D(0), D("20"), D("3"), kind="shipping")
    row = back(site, make_refund(remote, "23", line))
    charge = row.credit_note.charges.get()
    assert (charge.kind, charge.service_item.code, charge.tax_rate) == ("shipping", "SHIP", 15)
    assert one(StockBalance).on_hand == 6


def test_amount_without_goods_is_split_over_the_rates_of_the_order():
    lines = (make_line("A1", 1, "100", rate="15"), make_line("B1", 1, "100", rate="0"))
    site, remote = sold(*lines, charges=[])
    row = back(site, make_refund(remote, "21.50"))
    charges = {charge.tax_rate: charge for charge in row.credit_note.charges.all()}
    assert (charges[D(15)].net_amount, charges[D(15)].tax_amount) == (D("10.00"), D("1.50"))
    assert [charge.gross_amount for rate, charge in charges.items() if rate != 15] == [D("10.00")]
    assert {(tax.rate, tax.tax_amount) for tax in row.credit_note.taxes.all()} >= {(D(15), D("1.50"))}


def test_money_for_a_line_without_its_goods_moves_no_stock():
    site, remote = sold()
    row = back(site, make_refund(remote, "2.30", refund_line(remote.lines[0], 0, net=D(2), tax=D("0.30"))))
    charge = row.credit_note.charges.get()
    assert (charge.kind, charge.tax_rate, charge.description) == ("refund", D(15), "Product A1")
    assert one(StockBalance).on_hand == 6 and not row.sales_return.lines.exists()


@pytest.mark.parametrize(
    "policy,told,on_hand",
    [
        ("as_shop", True, 7),
        ("as_shop", False, 6),
        ("as_shop", None, 6),
        ("always", False, 7),
        ("never", True, 6),
    ],
)
def test_goods_go_back_to_stock_as_the_policy_says(policy, told, on_hand):
    site, remote = sold(restock_policy=policy)
    back(site, make_refund(remote, "11.50", refund_line(remote.lines[0]), restock=told))
    assert one(StockBalance).on_hand == on_hand
    assert one(Order).sales_order.lines.get().returned_qty == 1


def test_returned_goods_go_to_the_warehouse_of_the_site():
    inspection = make_warehouse("INSPECT", sellable=False)
    site, remote = sold(restock_warehouse=inspection)
    back(site, make_refund(remote, "11.50", refund_line(remote.lines[0])))
    assert {row.warehouse.code: row.on_hand for row in StockBalance.objects.all()}["INSPECT"] == 1


def test_staff_send_damaged_goods_to_quarantine():
    site, remote = sold(return_policy="stage", restock_policy="never")
    back(site, make_refund(remote, "11.50", refund_line(remote.lines[0])), state="staged")
    quarantine = make_warehouse("QUARANTINE", sellable=False)
    row = post_return(
        return_order=one(ReturnOrder), choices=ReturnChoices(restock=True, warehouse=quarantine)
    )
    assert row.state == "posted"
    assert {row.warehouse.code: row.on_hand for row in StockBalance.objects.all()}["QUARANTINE"] == 1


def test_refunded_fee_and_goods_stand_at_their_places():
    fee = make_fee("5")
    site, remote = sold(charges=[fee], fee_item=make_service("FEE"))
    line = RemoteReturnLine(fee.remote_id, "", "Gift", D(0), D("5"), D("0.75"), kind="fee")
    row = back(site, make_refund(remote, "17.25", refund_line(remote.lines[0]), line))
    charge = row.credit_note.charges.get()
    assert (charge.kind, charge.service_item.code, charge.gross_amount) == ("fee", "FEE", D("5.75"))


def test_fee_that_the_shop_kept_waits_for_staff_who_say_so():
    site, remote = sold(fee_item=make_service("FEE"))
    row = back(site, make_refund(remote, "9.20", refund_line(remote.lines[0])), state="held")
    assert row.hold_code == "refund_below_lines" and "(-2.3)" in row.hold_message
    row = post_return(return_order=row, choices=ReturnChoices(keep_difference=True))
    charge = row.credit_note.charges.get()
    assert (charge.net_amount, charge.tax_amount, charge.service_item.code) == (D(-2), D("-0.30"), "FEE")
    assert row.credit_note.grand_total == D("9.20") and row.proof_ok
    check_books()


def test_small_difference_is_rounded_where_the_site_allows_it():
    values = {"total_difference_policy": "rounding", "total_tolerance": D("0.50")}
    site, remote = sold(rounding_item=make_service("ROUND"), **values)
    row = back(site, make_refund(remote, "11.20", refund_line(remote.lines[0])))
    assert (row.credit_note.grand_total, row.credit_note.charges.get().kind) == (D("11.20"), "rounding")


def test_cent_that_the_shop_rounds_over_all_rows_is_rounding():
    site, remote = sold()
    row = back(site, make_refund(remote, "11.51", refund_line(remote.lines[0])))
    assert (row.credit_note.grand_total, row.credit_note.rounding) == (D("11.51"), D("0.01"))


# ---------------------------------------------------------------- not delivered, not invoiced, several invoices


def test_goods_refunded_before_delivery_and_invoice_are_taken_off_the_order():
    site, remote = sold(rule={})
    before = one(StockBalance)
    assert (before.on_hand, before.reserved) == (9, 3)
    row = back(site, make_refund(remote, "23.00", refund_line(remote.lines[0], 2)))
    after = one(StockBalance)
    assert (after.on_hand, after.reserved, notes()) == (9, 1, [])
    line = row.order.sales_order.lines.get()
    assert (line.open_to_deliver, line.open_to_invoice) == (1, 1)
    order = row.order.sales_order
    ship_delivery(delivery=create_delivery(order=order))
    invoice = issue_invoice(invoice=create_invoice(order=order))
    assert invoice.grand_total == order.grand_total - row.total
    order.refresh_from_db()
    assert order.state in ("invoiced", "completed")


def test_goods_refunded_after_the_invoice_and_before_delivery_free_their_stock():
    site, remote = sold(rule={"create_invoice": True, "create_receipt": True})
    back(site, make_refund(remote, "23.00", refund_line(remote.lines[0], 2), restock=True))
    assert (one(StockBalance).on_hand, one(StockBalance).reserved) == (9, 1)
    assert [note.grand_total for note in notes()] == [D("23.00")]


def test_draft_delivery_leaves_out_what_was_refunded():
    site, remote = sold(rule={"create_invoice": True})
    delivery = create_delivery(order=one(Order).sales_order)
    back(site, make_refund(remote, "23.00", refund_line(remote.lines[0], 2)))
    assert delivery.lines.get().quantity == 1
    back(site, make_refund(remote, "11.50", refund_line(remote.lines[0], 1)))
    delivery.refresh_from_db()
    assert delivery.state == "cancelled"


@pytest.mark.parametrize("confirm", [True, False])
def test_order_refunded_whole_before_anything_left_is_cancelled(confirm):
    site, remote = sold(
        rule={"create_receipt": True}, auto_confirm_documents=confirm, reserve_stock="on_confirm"
    )
    row = back(site, make_refund(remote, "57.50", paid_back=True))
    order = one(Order).sales_order
    assert (order.state, row.sales_return, notes()) == ("cancelled", None, [])
    assert (one(StockBalance).reserved, balance()) == (0, 0)
    # A draft order has draft receipts only: no money is in the books that could go back.
    assert [receipt.kind for receipt in row.receipts.all()] == (["refund"] if confirm else [])


def test_partial_refund_of_a_draft_waits_until_it_is_confirmed():
    site, remote = sold(rule={}, auto_confirm_documents=False, reserve_stock="on_confirm")
    row = back(site, make_refund(remote, "11.50", refund_line(remote.lines[0])), state="held")
    assert row.hold_code == "order_not_confirmed"


def test_return_over_two_partial_invoices_is_credited_on_both():
    site, remote = sold(rule={})
    order = one(Order).sales_order
    for quantity in (2, 1):
        wanted = {order.lines.get().pk: D(quantity)}
        ship_delivery(delivery=create_delivery(order=order, quantities=wanted), post_entries=True)
        issue_invoice(invoice=create_invoice(order=order, quantities=wanted), post_entries=True)
    row = back(site, make_refund(remote, "34.50", refund_line(remote.lines[0], 3)))
    assert sorted(note.grand_total for note in notes()) == [D("11.50"), D("23.00")]
    assert row.order.documents.filter(document_type="credit_note").count() == 2


def test_part_that_was_invoiced_is_credited_and_the_rest_taken_off_the_order():
    site, remote = sold(rule={})
    order = one(Order).sales_order
    wanted = {order.lines.get().pk: D(1)}
    ship_delivery(delivery=create_delivery(order=order, quantities=wanted), post_entries=True)
    issue_invoice(invoice=create_invoice(order=order, quantities=wanted), post_entries=True)
    back(site, make_refund(remote, "34.50", refund_line(remote.lines[0], 3)))
    line = order.lines.get()
    assert [note.grand_total for note in notes()] == [D("11.50")]
    assert (line.returned_qty, line.cancelled_qty, line.waived_qty) == (1, 2, 2)


# ---------------------------------------------------------------- money


def test_money_that_the_shop_gave_back_is_a_refund_of_the_method_that_paid():
    site, remote = sold()
    row = back(site, make_refund(remote, "11.50", refund_line(remote.lines[0]), paid_back=True))
    receipt = row.receipts.get()
    assert (receipt.kind, receipt.payment_method.code, receipt.amount) == ("refund", "CARD", D("11.50"))
    assert receipt.allocations.get().invoice == row.credit_note
    row.credit_note.refresh_from_db()
    assert (row.credit_note.state, balance()) == ("paid", 0)


@pytest.mark.parametrize("told", [False, None])
def test_money_that_staff_must_give_back_stays_owed_until_they_do(told):
    site, remote = sold()
    row = back(site, make_refund(remote, "11.50", refund_line(remote.lines[0]), paid_back=told))
    assert not row.receipts.exists() and still_to_pay_back(row) == D("11.50")
    assert balance() == D("-11.50")
    cash = PaymentMethod.objects.create(code="CASH")
    values = {"payment_method": cash, "paid_at": remote.created_at, "context": ImportContext(site)}
    pay_back_by_hand(row=row, amount=D("11.50"), **values)
    assert still_to_pay_back(row) == balance() == 0
    check_books()
    with pytest.raises(Exception, match="0 are owed"):
        pay_back_by_hand(row=row, amount=D("1"), **values)


def test_refund_to_store_credit_is_booked_on_its_own_method():
    site, remote = sold()
    wallet = PaymentMethod.objects.create(code="WALLET", kind="wallet")
    map_payment(site, "store_credit", method=wallet)
    paid = RemotePayment("store_credit", "Store credit", D("11.50"), "SAR", kind=PaymentKind.STORE_CREDIT)
    refund = make_refund(remote, "11.50", refund_line(remote.lines[0]), paid_back=True, payments=(paid,))
    row = back(site, refund)
    assert row.receipts.get().payment_method == wallet and balance() == 0


def test_refund_by_an_unknown_method_waits_for_its_mapping():
    site, remote = sold(mapped=True)
    site.payment_methods.update(remote_code="card")
    paid = RemotePayment("points", "Points", D("11.50"), "SAR")
    refund = make_refund(remote, "11.50", refund_line(remote.lines[0]), paid_back=True, payments=(paid,))
    row = back(site, refund, state="held")
    assert row.hold_code == "unmapped_payment"


def test_payments_that_are_not_in_the_erp_are_not_given_back_there():
    site, remote = sold(rule={"create_delivery": True, "create_invoice": True})
    row = back(site, make_refund(remote, "11.50", refund_line(remote.lines[0]), paid_back=True))
    assert not Receipt.objects.exists() and not row.receipts.exists()
    assert balance() == D("46.00")  # the provider will settle the order less the refund


def part_paid():
    """An order of 57.50 of which 40.00 arrived by card."""
    paid = RemotePayment("card", "card", D("40.00"), "SAR", is_paid=True)
    site, remote = sold(order={"payments": (paid,)})
    assert one(Receipt).amount == D("40.00")
    return site, remote


@pytest.mark.parametrize("named", [True, False])
def test_refund_larger_than_was_paid_is_refused_with_the_reason_until_the_payment_is_there(named):
    site, remote = part_paid()
    told = (RemotePayment("card", "card", D("46.00"), "SAR"),) if named else ()
    refund = make_refund(remote, "46.00", paid_back=True, payments=told)
    row = back(site, refund, state="held")
    assert row.hold_code == "refund_exceeds_paid"
    assert row.hold_message == (
        "46 SAR went back to the buyer; 40 were received for the order and not given back yet."
    )
    assert Receipt.objects.count() == 1 and not notes()
    order = one(Order).sales_order
    create_receipt(
        customer=order.customer,
        payment_method=one(Receipt).payment_method,
        amount=D("17.50"),
        currency="SAR",
        paid_at=remote.created_at,
        transaction_id="rest",
        allocations=[(order, D("17.50"))],
        post_entries=True,
    )
    post_return(return_order=row)
    row.refresh_from_db()
    assert (row.state, row.receipts.get().amount) == ("posted", D("46.00"))
    check_books()


def test_what_a_provider_settles_outside_the_erp_also_goes_back_outside_it():
    parts = (("card", "40.00"), ("later", "17.50"))
    paid = tuple(RemotePayment(code, code, D(amount), "SAR", is_paid=True) for code, amount in parts)
    ensure_default_accounts()
    site = make_shop_site(rule=ALL, return_policy="credit_note", generate_accounting_entries=True)
    map_payment(site, "later", calculation_type="none")
    make_item("A1", stock=9)
    remote = make_remote(make_line("A1", 3, "10"), charges=[make_charge(net="20")], payments=paid)
    import_order(site=site, remote=remote)
    assert one(Receipt).amount == D("40.00")
    row = back(site, make_refund(remote, "57.50", paid_back=True))
    assert row.receipts.get().amount == D("40.00")


def test_refund_of_two_payments_goes_back_by_the_last_one_first():
    parts = (("card", "40.00"), ("gift", "17.50"))
    payments = tuple(
        RemotePayment(code, code, D(amount), "SAR", is_paid=True, transaction_id=code)
        for code, amount in parts
    )
    site, remote = sold(order={"payments": payments}, mapped=True)
    assert Receipt.objects.count() == 2
    row = back(site, make_refund(remote, "20.00", paid_back=True))
    assert sum(receipt.amount for receipt in row.receipts.all()) == 20 and balance() == 0


# ---------------------------------------------------------------- taxes, currency


@pytest.mark.parametrize("gross", [True, False])
def test_tax_of_each_rate_is_proved_in_both_tax_modes(gross):
    taxes = (RemoteTax("1", "VAT", D(15), D("1.50")),)
    lines = (make_line("A1", 3, "10"), make_line("B1", 2, "10", rate="5"))
    site, remote = sold(*lines, order={"prices_include_tax": gross})
    other = (RemoteTax("2", "Low", D(5), D("0.50")),)
    refund = make_refund(
        remote,
        "22.00",
        refund_line(lines[0], taxes=taxes),
        refund_line(lines[1], taxes=other),
    )
    row = back(site, refund)
    proof = {entry["component"]: entry for entry in row.proof}
    assert D(proof["tax_rate 15"]["erp"]) == D("1.50") and D(proof["tax_rate 5"]["erp"]) == D("0.50")
    assert {(tax.rate, tax.tax_amount) for tax in row.credit_note.taxes.all()} == {
        (D(15), D("1.50")),
        (D(5), D("0.50")),
    }


def test_refund_in_another_currency_waits_with_its_reason():
    site, remote = sold()
    row = back(site, make_refund(remote, "3.00", currency="USD"), state="held")
    assert row.hold_code == "refund_currency"


@pytest.mark.parametrize("currency,price,total", [("JPY", "1000", "1150"), ("KWD", "1.235", "1.420")])
def test_currencies_with_other_decimals_are_credited_to_the_last_digit(currency, price, total):
    tax = D(total) - D(price)
    line = make_line("A1", 2, price, rate="15")
    line = dataclasses.replace(
        line, subtotal_net=2 * D(price), net=2 * D(price), tax=2 * tax, subtotal_tax=2 * tax, taxes=()
    )
    site, remote = sold(
        line, charges=[], order={"currency": currency}, currency=currency, generate_accounting_entries=False
    )
    given = RemoteReturnLine(line.remote_id, "A1", "Product", D(1), D(price), tax)
    row = back(site, make_refund(remote, total, given))
    assert row.credit_note.grand_total == D(total)


# ---------------------------------------------------------------- time and repetition


def test_order_that_comes_with_its_refunds_is_credited_after_it_is_imported():
    site = make_shop_site(rule=ALL, return_policy="credit_note", restock_policy="always")
    make_item("A1", stock=9)
    remote = make_remote(make_line("A1", 2, "10"), financial_status=FinancialStatus.PARTLY_REFUNDED)
    refund = make_refund(remote, "11.50", refund_line(remote.lines[0]), paid_back=True)
    assert import_return(site=site, remote=refund) == ImportOutcome.HELD
    import_order(site=site, remote=remote)
    assert import_returns(site=site, remotes=[refund]) == {refund.remote_id: ImportOutcome.UPDATED}
    assert one(StockBalance).on_hand == 8
    assert balance() == 0


def test_same_refund_again_changes_nothing():
    site, remote = sold()
    refund = make_refund(remote, "11.50", refund_line(remote.lines[0]))
    back(site, refund)
    before = (SalesReturn.objects.count(), len(notes()), Receipt.objects.count())
    for _ in range(2):
        assert import_return(site=site, remote=refund) == ImportOutcome.UNCHANGED
    assert before == (SalesReturn.objects.count(), len(notes()), Receipt.objects.count())


def test_staged_refund_that_changes_is_kept_as_it_is_now():
    site, remote = sold(return_policy="stage")
    refund = make_refund(remote, "11.50", refund_line(remote.lines[0]))
    back(site, refund, state="staged")
    bigger = dataclasses.replace(refund, total=D("23.00"), lines=(refund_line(remote.lines[0], 2),))
    assert import_return(site=site, remote=bigger) == ImportOutcome.UPDATED
    row = one(ReturnOrder)
    assert (row.state, row.total, row.lines.get().quantity) == ("staged", D("23.00"), 2)


def test_posted_refund_that_changes_is_flagged_and_its_documents_stand():
    site, remote = sold()
    refund = make_refund(remote, "11.50", refund_line(remote.lines[0]))
    back(site, refund)
    changed = dataclasses.replace(refund, total=D("12.00"))
    assert import_return(site=site, remote=changed) == ImportOutcome.UPDATED
    assert import_return(site=site, remote=changed) == ImportOutcome.UNCHANGED
    row = one(ReturnOrder)
    assert (row.state, row.hold_code, row.total) == ("posted", "return_changed", D("11.50"))
    assert [note.grand_total for note in notes()] == [D("11.50")]


def test_refund_of_an_order_with_a_header_discount_credits_what_was_paid():
    from tests.orders.factories import make_coupon

    site, remote = sold(
        make_line("A1", 2, "10", discount="4"),
        charges=[],
        order={"discounts": (make_coupon("4", "0.60"),)},
        put_coupon_discount_to="header",
    )
    row = back(site, make_refund(remote, "9.20", refund_line(remote.lines[0])))
    assert row.credit_note.grand_total == D("9.20")
    assert later(remote).remote_id == remote.remote_id


def test_whole_refund_that_cancelled_its_order_is_not_taken_back_by_halves():
    site, remote = sold(rule={"create_receipt": True}, reserve_stock="on_confirm")
    row = back(site, make_refund(remote, "57.50", paid_back=True))
    withdraw_missing(site=site, order_remote_id=remote.remote_id, present=())
    with pytest.raises(PermanentError, match="cancelled"):
        reverse_documents(return_order=row)
    row.refresh_from_db()
    assert row.state == "posted" and row.receipts.get().state == "posted"
    check_books()


def test_refund_that_comes_back_loses_its_flag_and_cannot_be_taken_back():
    site, remote = sold()
    refund = make_refund(remote, "11.50", refund_line(remote.lines[0]), paid_back=True)
    row = back(site, refund)
    withdraw_missing(site=site, order_remote_id=remote.remote_id, present=())
    row.refresh_from_db()
    assert row.hold_code == "return_withdrawn"
    import_return(site=site, remote=refund)
    row.refresh_from_db()
    assert (row.state, row.hold_code, row.withdrawn_at) == ("posted", "", None)
    assert not SiteError.objects.filter(state="open", code="return_withdrawn").exists()
    with pytest.raises(PermanentError):
        reverse_documents(return_order=row)
