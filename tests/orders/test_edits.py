"""Orders edited in the shop after their documents were made, by the site's policy."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from activity.models import Event, SiteError
from catalog.models import SoldInShop
from erp.models import Delivery, Receipt, SalesInvoice, SalesOrder, SalesReturn, StockBalance
from erp.services.deliveries import create_delivery, ship_delivery
from erp.services.returns import credit_return, receive_return
from erp.services.stock import rebuild_balances
from orders.models import Order, OrderHold
from orders.services.chain import owed_by
from orders.services.heal import heal_due_orders
from orders.services.import_order import import_order
from orders.states import ImportOutcome, OrderState
from platforms.types import OrderPhase, RemoteOrder
from sites.models import Site
from tests.orders.factories import (
    later,
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
BILLED = {"create_invoice": True, "create_receipt": True}


def start(rule: dict[str, Any] | None = None, **values: Any) -> tuple[Site, RemoteOrder]:
    """An imported order of two lines."""
    site = make_shop_site(rule=rule or {}, **values)
    for code in ("A1", "B1", "C1"):
        make_item(code, stock=20)
    remote = make_remote(make_line("A1", 2), make_line("B1", 1, "50"))
    assert import_order(site=site, remote=remote).outcome == ImportOutcome.CREATED
    return site, remote


def paid(remote: RemoteOrder) -> RemoteOrder:
    """The buyer paid what the order costs now."""
    payment = dataclasses.replace(remote.payments[0], amount=remote.totals.grand_total)
    return dataclasses.replace(remote, payments=(payment,))


def stock(code: str) -> tuple[Decimal, Decimal]:
    row = StockBalance.objects.get(item__code=code)
    return row.on_hand, row.reserved


def open_codes() -> set[str]:
    return set(OrderHold.objects.filter(released_at=None).values_list("code", flat=True))


def test_confirmed_order_is_amended_under_its_number():
    site, remote = start()
    number = one(SalesOrder).number
    edited = later(
        remote, lines=(make_line("A1", 5, remote_id=remote.lines[0].remote_id), make_line("C1", 1, "9.99"))
    )
    assert import_order(site=site, remote=edited).outcome == ImportOutcome.UPDATED
    document, order = one(SalesOrder), one(Order)
    assert (document.number, document.state, document.grand_total) == (
        number,
        "confirmed",
        edited.totals.grand_total,
    )
    assert document.revisions.get().grand_total == remote.totals.grand_total
    assert (order.state, order.proof_ok, open_codes()) == (OrderState.IMPORTED, True, set())
    assert (stock("A1"), stock("B1"), stock("C1")) == ((D(20), D(5)), (D(20), D(0)), (D(20), D(1)))
    assert Event.objects.filter(kind="order.updated").count() == 1
    assert import_order(site=site, remote=edited).outcome == ImportOutcome.UNCHANGED
    assert not any(rebuild_balances())


def test_drafts_of_delivery_and_invoice_are_made_anew_from_the_edited_order():
    site, remote = start(rule={"create_delivery": True, "create_invoice": True, "auto_confirm": False})
    edited = later(remote, lines=(make_line("A1", 4, remote_id=remote.lines[0].remote_id),))
    import_order(site=site, remote=edited)
    assert sorted(Delivery.objects.values_list("state", flat=True)) == ["cancelled", "draft"]
    live = SalesInvoice.objects.exclude(state="cancelled").get()
    assert live.grand_total == edited.totals.grand_total
    assert one(Order).documents.filter(document_type="invoice").count() == 2


@pytest.mark.parametrize("policy", ["update", "flag"])
def test_invoiced_order_is_only_flagged_unless_it_is_to_be_corrected(policy):
    site, remote = start(rule=BILLED, order_changed_policy=policy)
    import_order(site=site, remote=later(remote, lines=(make_line("A1", 5),)))
    assert one(SalesInvoice).grand_total == one(SalesOrder).grand_total == remote.totals.grand_total
    assert open_codes() == {"order_changed"}


def test_removed_goods_of_an_invoiced_order_are_credited_and_their_stock_is_free():
    site, remote = start(rule=BILLED, order_changed_policy="correct")
    edited = later(remote, lines=(make_line("A1", 1, remote_id=remote.lines[0].remote_id), remote.lines[1]))
    assert import_order(site=site, remote=edited).outcome == ImportOutcome.UPDATED
    note = SalesInvoice.objects.get(kind="credit_note")
    assert note.grand_total == D(115)
    assert SalesInvoice.objects.get(kind="invoice").grand_total == remote.totals.grand_total
    assert stock("A1") == (D(20), D(1))
    order = one(Order)
    assert order.proof_ok and owed_by(one(SalesOrder)) == edited.totals.grand_total
    kinds = list(order.documents.order_by("id").values_list("document_type", flat=True))
    assert kinds.count("return") == kinds.count("credit_note") == 1
    assert Receipt.objects.count() == 1
    assert not any(rebuild_balances())


def test_added_goods_of_an_invoiced_order_are_ordered_invoiced_and_paid_beside_it():
    site, remote = start(rule={**BILLED, "create_delivery": True}, order_changed_policy="correct")
    before = SalesInvoice.objects.values("number", "grand_total").get()
    edited = paid(later(remote, lines=(*remote.lines, make_line("C1", 3, "10"))))
    import_order(site=site, remote=edited)
    invoices = list(SalesInvoice.objects.order_by("id"))
    assert {"number": invoices[0].number, "grand_total": invoices[0].grand_total} == before
    assert [invoice.grand_total for invoice in invoices] == [before["grand_total"], D("34.5")]
    assert [invoice.state for invoice in invoices] == ["paid", "paid"]
    assert stock("C1") == (D(17), D(0))
    assert sum(Receipt.objects.values_list("amount", flat=True)) == edited.totals.grand_total
    assert one(SalesOrder).state == "completed" and one(Order).proof_ok


def test_changed_prices_fees_and_shipping_of_an_invoiced_order_balance_to_the_cent():
    site, remote = start(rule=BILLED, order_changed_policy="correct")
    first, second = remote.lines
    cheaper = make_line("A1", 2, "93.33", remote_id=first.remote_id)
    dearer = make_line("B1", 1, "61.17", remote_id=second.remote_id)
    shipping = make_charge(net="12.5", remote_id=remote.charges[0].remote_id)
    edited = later(remote, lines=(cheaper, dearer), charges=(shipping, make_fee("4")))
    assert import_order(site=site, remote=edited).outcome == ImportOutcome.UPDATED
    again = later(edited, lines=(cheaper, make_line("B1", 4, "58", remote_id=second.remote_id)))
    assert import_order(site=site, remote=again).outcome == ImportOutcome.UPDATED
    back = later(again, lines=remote.lines, charges=remote.charges)
    assert import_order(site=site, remote=back).outcome == ImportOutcome.UPDATED
    order = one(Order)
    assert order.proof_ok and owed_by(one(SalesOrder)) == remote.totals.grand_total
    signs = {"invoice": 1, "credit_note": -1}
    billed = sum(signs[row.kind] * row.grand_total for row in SalesInvoice.objects.all())
    assert billed == remote.totals.grand_total
    assert not any(rebuild_balances())


def test_credit_of_what_went_pays_for_what_came_on_the_same_order():
    site, remote = start(rule=BILLED, order_changed_policy="correct")
    one_less = make_line("A1", 1, remote_id=remote.lines[0].remote_id)
    edited = paid(later(remote, lines=(one_less, make_line("C1", 2), remote.lines[1])))
    import_order(site=site, remote=edited)
    states = dict(SalesInvoice.objects.values_list("grand_total", "state"))
    assert states == {D("310.5"): "paid", D(230): "paid", D(115): "paid"}
    assert sum(Receipt.objects.values_list("amount", flat=True)) == edited.totals.grand_total


def test_product_exchanged_on_the_same_line_of_an_invoiced_order():
    site, remote = start(rule=BILLED, order_changed_policy="correct")
    edited = later(
        remote, lines=(make_line("C1", 2, "110", remote_id=remote.lines[0].remote_id), remote.lines[1])
    )
    assert import_order(site=site, remote=edited).outcome == ImportOutcome.UPDATED
    assert (stock("A1")[1], stock("C1")[1]) == (D(0), D(2))
    assert one(Order).proof_ok


@pytest.mark.parametrize(
    "restock,on_hand,state",
    [("as_shop", 18, "requested"), ("always", 20, "credited"), ("never", 18, "credited")],
)
def test_removed_goods_that_were_delivered_wait_for_the_warehouse_unless_the_site_decides(
    restock, on_hand, state
):
    rule = {**BILLED, "create_delivery": True}
    site, remote = start(rule=rule, order_changed_policy="correct", restock_policy=restock)
    edited = later(remote, lines=(remote.lines[1],))
    import_order(site=site, remote=edited)
    back = one(SalesReturn)
    assert (back.state, stock("A1")[0]) == (state, D(on_hand))
    assert open_codes() == ({"removed_after_delivery"} if restock == "as_shop" else set())
    if restock == "as_shop":
        receive_return(sales_return=back, restock=True, waive=True)
        credit_return(sales_return=back)
        assert open_codes() == set() and stock("A1")[0] == 20
        assert not SiteError.objects.filter(state="open").exists()


def test_of_a_partly_delivered_line_the_undelivered_part_goes_first():
    site, remote = start(rule=BILLED, order_changed_policy="correct")
    line = one(SalesOrder).lines.get(item__code="A1")
    ship_delivery(delivery=create_delivery(order=one(SalesOrder), quantities={line.pk: D(1)}))
    edited = later(remote, lines=(make_line("A1", 1, remote_id=remote.lines[0].remote_id), remote.lines[1]))
    import_order(site=site, remote=edited)
    line.refresh_from_db()
    assert (line.cancelled_qty, line.returned_qty, stock("A1")) == (1, 0, (D(19), D(0)))
    assert open_codes() == set()


def test_change_that_cannot_be_followed_keeps_its_units_off_sale_and_heals(memory_site, shop):
    for code in ("A1", "B1"):
        make_item(code, stock=20)
    remote = make_remote(make_line("A1", 2), make_line("B1", 1))
    import_order(site=memory_site, remote=remote)
    more = make_line("A1", 7, remote_id=remote.lines[0].remote_id)
    edited = later(remote, lines=(more, make_line("NEW", 1)))
    shop.put(edited)
    assert import_order(site=memory_site, remote=edited).outcome == ImportOutcome.HELD
    assert one(SalesOrder).grand_total == remote.totals.grand_total
    assert SoldInShop.objects.get(item__code="A1").quantity == 5
    make_item("NEW", stock=5)
    Order.objects.update(heal_at=datetime(2020, 1, 1, tzinfo=UTC))
    assert heal_due_orders() == {"updated": 1}
    assert one(SalesOrder).grand_total == edited.totals.grand_total
    assert (one(Order).state, open_codes()) == (OrderState.IMPORTED, set())
    assert not SoldInShop.objects.exists()


def test_held_change_that_the_shop_takes_back_is_released():
    site, remote = start()
    edited = later(remote, lines=(make_line("NOPE", 1),))
    assert import_order(site=site, remote=edited).outcome == ImportOutcome.HELD
    undone = later(edited, lines=remote.lines)
    import_order(site=site, remote=undone)
    order = one(Order)
    assert (order.state, open_codes(), order.heal_at) == (OrderState.IMPORTED, set(), None)
    assert not SoldInShop.objects.exists()


def test_edited_order_that_was_delivered_before_its_invoice_is_amended_above_what_left():
    site, remote = start(rule={"create_delivery": True}, order_changed_policy="correct")
    more = later(remote, lines=(make_line("A1", 3, remote_id=remote.lines[0].remote_id), remote.lines[1]))
    assert import_order(site=site, remote=more).outcome == ImportOutcome.UPDATED
    assert one(SalesOrder).grand_total == more.totals.grand_total and stock("A1") == (D(17), D(0))
    less = later(more, lines=(remote.lines[1],))
    assert import_order(site=site, remote=less).outcome == ImportOutcome.HELD
    assert open_codes() == {"quantity_exceeded"}
    assert one(SalesOrder).grand_total == more.totals.grand_total


def test_status_alone_changes_nothing_of_a_corrected_order():
    site, remote = start(rule=BILLED, order_changed_policy="correct")
    edited = later(remote, lines=(remote.lines[0],))
    import_order(site=site, remote=edited)
    documents = one(Order).documents.count()
    done = later(edited, status="completed", phase=OrderPhase.COMPLETE)
    assert import_order(site=site, remote=done).outcome == ImportOutcome.UNCHANGED
    assert one(Order).documents.count() == documents
    assert heal_due_orders() == {}
