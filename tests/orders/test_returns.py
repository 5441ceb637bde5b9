"""Returns and refunds by policy."""

from __future__ import annotations

from decimal import Decimal

import pytest

from erp.models import SalesInvoice, SalesReturn, StockBalance
from orders.models import Order, ReturnOrder
from orders.services.heal import heal_returns
from orders.services.import_order import import_order
from orders.services.returns import import_return, post_return
from orders.states import ImportOutcome
from platforms.types import RemoteReturnLine
from tests.orders.factories import (
    make_charge,
    make_item,
    make_line,
    make_refund,
    make_remote,
    make_service,
    make_shop_site,
    one,
    refund_line,
)

pytestmark = pytest.mark.django_db
D = Decimal
SOLD = {"create_delivery": True, "create_invoice": True}


def sold(**values):
    """A delivered and invoiced order of 3 pieces."""
    site = make_shop_site(rule=SOLD, **values)
    make_item("A1", stock=9)
    remote = make_remote(make_line("A1", 3, "10"), charges=[make_charge(net="20")])
    import_order(site=site, remote=remote)
    return site, remote


@pytest.mark.parametrize("policy,state", [("ignore", "ignored"), ("stage", "staged")])
def test_return_is_kept_without_documents(policy, state):
    site, remote = sold(return_policy=policy)
    refund = make_refund(remote, "11.50", refund_line(remote.lines[0]))
    assert import_return(site=site, remote=refund) == ImportOutcome.CREATED
    assert import_return(site=site, remote=refund) == ImportOutcome.UNCHANGED
    assert one(ReturnOrder).state == state and not SalesReturn.objects.exists()


def test_partial_return_is_credited_and_restocked_to_the_cent():
    site, remote = sold(return_policy="credit_note", restock_policy="always")
    refund = make_refund(remote, "11.50", refund_line(remote.lines[0]))
    import_return(site=site, remote=refund)
    row = one(ReturnOrder)
    assert row.state == "posted", row.hold_message
    assert row.credit_note.grand_total == D("11.50")
    assert row.credit_note.original_invoice == SalesInvoice.objects.get(kind="invoice")
    assert one(StockBalance).on_hand == 7
    assert import_return(site=site, remote=refund) == ImportOutcome.UNCHANGED
    assert SalesReturn.objects.count() == 1
    kinds = {document.document_type for document in one(Order).documents.all()}
    assert {"return", "credit_note"} <= kinds


def test_amount_without_goods_is_credited_with_its_share_of_tax():
    site, remote = sold(return_policy="credit_note")
    import_return(site=site, remote=make_refund(remote, "5.00"))
    note = one(ReturnOrder).credit_note
    assert (note.grand_total, note.tax_total) == (D("5.00"), D("0.65"))
    assert one(StockBalance).on_hand == 6


def test_refunded_shipping_stands_on_its_own_item():
    site, remote = sold(return_policy="credit_note", refund_shipping_item=make_service("REFSHIP"))
    line = RemoteReturnLine("9", "", "Flat", D(0), D("20"), D("3"), kind="shipping")
    import_return(site=site, remote=make_refund(remote, "23", line))
    charge = one(ReturnOrder).credit_note.charges.get()
    assert (charge.service_item.code, charge.gross_amount) == ("REFSHIP", 23)


def test_return_order_waits_for_the_goods():
    site, remote = sold(return_policy="return_order")
    import_return(site=site, remote=make_refund(remote, "11.50", refund_line(remote.lines[0])))
    row = one(ReturnOrder)
    assert (row.state, row.sales_return.state, row.credit_note) == ("posted", "requested", None)


def test_refund_above_the_order_is_held_with_reason():
    site, remote = sold(return_policy="credit_note")
    assert import_return(site=site, remote=make_refund(remote, "60")) == ImportOutcome.HELD
    assert one(ReturnOrder).hold_code == "refund_exceeds_order"
    assert not SalesReturn.objects.exists()


@pytest.mark.parametrize("create", [True, False])
def test_missing_invoice_is_made_only_where_the_site_says_so(create):
    site = make_shop_site(return_policy="credit_note", create_invoice_for_returns_if_invoice_not_found=create)
    make_item("A1", stock=9)
    remote = make_remote(make_line("A1", 2, "10"))
    import_order(site=site, remote=remote)
    import_return(site=site, remote=make_refund(remote, "5.00"))
    row = one(ReturnOrder)
    assert row.state == ("posted" if create else "held")
    assert row.hold_code == ("" if create else "invoice_not_found")
    assert SalesInvoice.objects.filter(kind="invoice").count() == (1 if create else 0)


def test_return_of_an_order_that_is_not_here_waits_for_it():
    site = make_shop_site(
        rule=SOLD, return_policy="credit_note", create_invoice_for_returns_if_invoice_not_found=True
    )
    make_item("A1", stock=9)
    remote = make_remote(make_line("A1", 2, "10"))
    refund = make_refund(remote, "11.50", refund_line(remote.lines[0]))
    assert import_return(site=site, remote=refund) == ImportOutcome.HELD
    assert heal_returns() == 0
    import_order(site=site, remote=remote)
    assert heal_returns() == 1
    assert one(ReturnOrder).state == "posted"


def test_staff_post_a_staged_return():
    site, remote = sold(return_policy="stage")
    import_return(site=site, remote=make_refund(remote, "11.50", refund_line(remote.lines[0])))
    assert post_return(return_order=one(ReturnOrder)).state == "posted"
