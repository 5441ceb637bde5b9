"""Orders that the shop cancels and takes up again: documents and money by the site's policies."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db.models import Sum

from erp.models import AccountingEntryLine, PaymentMethod, Receipt, SalesInvoice, SalesOrder, StockBalance
from erp.selectors.customers import customer_balance
from erp.services.accounting import ensure_default_accounts
from erp.services.deliveries import create_delivery, ship_delivery
from erp.services.receipts import create_receipt
from erp.services.stock import rebuild_balances
from orders.models import Order, OrderHold, OrderOutbox
from orders.services.cancel_order import cancel_order
from orders.services.import_order import import_order
from orders.states import ImportOutcome, OrderState
from platforms.types import OrderPhase, RemoteOrder
from sites.models import Site
from tests.orders.factories import later, make_item, make_remote, make_shop_site, one

pytestmark = pytest.mark.django_db
D = Decimal
BILLED = {"create_invoice": True, "create_receipt": True}


def start(rule: dict[str, bool] = BILLED, **values: object) -> tuple[Site, RemoteOrder]:
    site = make_shop_site(rule=rule, **values)
    make_item("A1", stock=5)
    remote = make_remote()
    import_order(site=site, remote=remote)
    return site, remote


def cancelled(remote: RemoteOrder) -> RemoteOrder:
    return later(remote, status="cancelled", phase=OrderPhase.CANCELLED)


def test_invoiced_order_is_flagged_where_the_site_does_not_credit():
    site, remote = start()
    import_order(site=site, remote=cancelled(remote))
    assert one(SalesOrder).state == "confirmed" and one(SalesInvoice).state == "paid"
    assert one(OrderHold).code == "cancelled_after_posting"
    assert one(Order).documents.count() == 3


def test_invoiced_order_is_credited_cancelled_and_its_stock_given_back():
    site, remote = start(cancel_policy="credit")
    result = import_order(site=site, remote=cancelled(remote))
    assert result.outcome == ImportOutcome.UPDATED
    note = SalesInvoice.objects.get(kind="credit_note")
    assert note.grand_total == remote.totals.grand_total and note.original_invoice is not None
    order = one(Order)
    assert (one(SalesOrder).state, order.state) == ("cancelled", OrderState.CANCELLED)
    assert order.documents.filter(document_type="credit_note", object_id=note.pk).exists()
    assert one(StockBalance).reserved == 0 and not any(rebuild_balances())
    assert customer_balance(order.erp_customer).balance == -remote.totals.grand_total


def test_money_of_a_cancelled_order_is_paid_back_where_the_site_says_so():
    ensure_default_accounts()
    site, remote = start(
        cancel_policy="credit", cancelled_payment_policy="refund", generate_accounting_entries=True
    )
    import_order(site=site, remote=cancelled(remote))
    refund = Receipt.objects.get(kind="refund")
    assert refund.amount == remote.totals.grand_total
    assert SalesInvoice.objects.get(kind="credit_note").balance == 0
    assert customer_balance(one(Order).erp_customer).balance == 0
    sums = AccountingEntryLine.objects.values("account__code").annotate(d=Sum("debit"), c=Sum("credit"))
    assert all(row["d"] == row["c"] for row in sums)
    assert cancel_order(site=site, remote_id=remote.remote_id).outcome == ImportOutcome.UNCHANGED
    assert Receipt.objects.count() == 2


def test_prepayment_of_a_cancelled_order_becomes_credit_of_the_customer():
    site, remote = start(rule={"create_receipt": True})
    import_order(site=site, remote=cancelled(remote))
    assert one(Receipt).unallocated == remote.totals.grand_total


def test_draft_receipt_of_a_cancelled_order_is_dropped():
    site, remote = start(rule={"create_receipt": True, "auto_confirm": False})
    assert one(Receipt).state == "draft"
    import_order(site=site, remote=cancelled(remote))
    assert not Receipt.objects.exists()
    assert not one(Order).documents.filter(document_type="receipt").exists()


def test_delivered_order_keeps_every_document_when_it_is_cancelled():
    site, remote = start(cancel_policy="credit", cancelled_payment_policy="refund")
    ship_delivery(delivery=create_delivery(order=one(SalesOrder)))
    import_order(site=site, remote=cancelled(remote))
    assert one(SalesInvoice).kind == "invoice" and one(Receipt).kind == "payment"
    hold = one(OrderHold)
    assert hold.code == "cancelled_after_posting" and "delivered" in hold.params["message"]
    assert not one(Order).documents.filter(document_type="credit_note").exists()


def test_reopened_order_is_flagged_by_default():
    site, remote = start(rule={})
    gone = cancelled(remote)
    import_order(site=site, remote=gone)
    import_order(site=site, remote=later(gone, status="processing", phase=OrderPhase.OPEN))
    assert one(SalesOrder).state == "cancelled"
    assert OrderHold.objects.get(released_at=None).code == "order_reopened"


def test_flag_of_a_reopened_order_goes_when_it_is_cancelled_again():
    site, remote = start(rule={})
    gone = cancelled(remote)
    import_order(site=site, remote=gone)
    back = later(gone, status="processing", phase=OrderPhase.OPEN)
    import_order(site=site, remote=back)
    import_order(site=site, remote=cancelled(back))
    assert one(Order).state == OrderState.CANCELLED
    assert not OrderHold.objects.filter(released_at=None).exists()


def test_flag_of_a_cancelled_delivered_order_goes_when_the_shop_goes_on_with_it():
    site, remote = start()
    gone = cancelled(remote)
    import_order(site=site, remote=gone)
    assert OrderHold.objects.get(released_at=None).code == "cancelled_after_posting"
    import_order(site=site, remote=later(gone, status="processing", phase=OrderPhase.OPEN))
    assert one(Order).state == OrderState.IMPORTED
    assert not OrderHold.objects.filter(released_at=None).exists()


def test_reopened_order_gets_new_documents_and_uses_the_money_received_before():
    site, remote = start(cancel_policy="credit", reopened_policy="remake")
    gone = cancelled(remote)
    import_order(site=site, remote=gone)
    back = later(gone, status="processing", phase=OrderPhase.OPEN)
    assert import_order(site=site, remote=back).outcome == ImportOutcome.CREATED
    first, second = SalesOrder.objects.order_by("id")
    assert (first.state, second.state) == ("cancelled", "confirmed")
    assert first.external_number == second.external_number
    order = one(Order)
    assert (order.sales_order, order.state, order.proof_ok) == (second, OrderState.IMPORTED, True)
    assert Receipt.objects.count() == 1
    assert customer_balance(order.erp_customer).balance == 0
    assert one(StockBalance).reserved == 1
    assert import_order(site=site, remote=back).outcome == ImportOutcome.UNCHANGED


def test_reopened_order_whose_money_was_paid_back_is_paid_anew():
    site, remote = start(
        rule={"create_receipt": True}, cancelled_payment_policy="refund", reopened_policy="remake"
    )
    gone = cancelled(remote)
    import_order(site=site, remote=gone)
    import_order(site=site, remote=later(gone, status="processing", phase=OrderPhase.OPEN))
    kinds = list(Receipt.objects.order_by("id").values_list("kind", flat=True))
    assert kinds == ["payment", "refund", "payment"]
    newest = SalesOrder.objects.exclude(state="cancelled").get()
    assert newest.payments.get().amount == remote.totals.grand_total


def test_order_cancelled_and_reopened_many_times_has_one_live_set():
    site, remote = start(rule={}, reopened_policy="remake")
    version = remote
    for _ in range(3):
        version = cancelled(version)
        import_order(site=site, remote=version)
        version = later(version, status="processing", phase=OrderPhase.OPEN)
        import_order(site=site, remote=version)
    assert SalesOrder.objects.exclude(state="cancelled").count() == 1
    assert SalesOrder.objects.count() == 4 and one(StockBalance).reserved == 1


@pytest.mark.parametrize("gone", ["cancelled", "deleted"])
def test_credit_note_of_what_the_shop_cancelled_asks_for_no_refund_there(gone):
    site, remote = start(cancel_policy="credit", update_order_status=True)
    site.update_order_status_to.create(
        document_type="credit_note", document_state="issued", remote_action="refund", pay_back=True
    )
    if gone == "cancelled":
        import_order(site=site, remote=cancelled(remote))
    else:
        cancel_order(site=site, remote_id=remote.remote_id)
    assert SalesInvoice.objects.get(kind="credit_note").grand_total == remote.totals.grand_total
    assert not OrderOutbox.objects.filter(kind="refund").exists()


def test_payments_without_a_transaction_of_two_cancelled_orders_are_both_paid_back():
    site, remote = start(rule={}, cancelled_payment_policy="refund")
    other = make_remote(remote_id="other", number="other")
    import_order(site=site, remote=other)
    cash = PaymentMethod.objects.create(code="CASH")
    for order in SalesOrder.objects.order_by("id"):
        receipt, _new = create_receipt(
            customer=order.customer,
            payment_method=cash,
            amount=order.grand_total,
            currency=order.currency,
            paid_at=remote.created_at,
            allocations=[(order, order.grand_total)],
        )
        Order.objects.get(sales_order=order).documents.get_or_create(
            document_type="receipt", object_id=receipt.pk
        )
    for gone in (remote, other):
        import_order(site=site, remote=cancelled(gone))
    assert Receipt.objects.filter(kind="refund").count() == 2
    assert set(Order.objects.values_list("state", flat=True)) == {OrderState.CANCELLED}
