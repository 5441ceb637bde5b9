"""Echoes of notes, links, tracking and half-failed writes: nothing is imported anew and no buyer is written to twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from erp.models import SalesInvoice, SalesOrder, SalesReturn
from erp.services.deliveries import create_delivery, ship_delivery
from erp.services.invoices import create_invoice, issue_invoice
from orders.models import Order, OrderOutbox
from orders.services import push_status
from orders.services.push_outbox import push_outbox
from orders.states import OutboxState
from sandbox.woocommerce import WooShop
from sites.models import Site
from tests.erp.printing.world import make_seller
from tests.journeys.test_echo import act, deliver, sell, ship_all, shop, site
from webhooks.services.process import process_waiting

__all__ = ["shop", "site"]
pytestmark = pytest.mark.django_db(transaction=True)


def known() -> list[Any]:
    """All that an import could change."""
    orders = Order.objects.order_by("pk").values_list(
        "pk", "state", "relevant_hash", "sales_order", "grand_total"
    )
    documents = [model.objects.count() for model in (SalesOrder, SalesInvoice, SalesReturn)]
    return [list(orders), documents, OrderOutbox.objects.count()]


def notes(shop: WooShop, order_id: int) -> list[str]:
    """What buyers were written."""
    rows = shop.rest("GET", f"/orders/{order_id}/notes", type="customer")
    return [row["note"] for row in rows]


def again() -> None:
    """Messages that wait for their next try are due now."""
    OrderOutbox.objects.filter(state=OutboxState.PENDING).update(
        not_before=timezone.now() - timedelta(seconds=1)
    )
    push_outbox()


def test_echo_of_a_partial_shipment_and_its_note_imports_nothing(site: Site, shop: WooShop) -> None:
    shop.options.tracking_plugin = "shipment-tracking"
    shop.buy("S1", 3)
    deliver(shop)
    push_outbox()
    deliver(shop)
    order = SalesOrder.objects.get()
    line = order.lines.get()
    before = None
    for number, quantity in (("A1", 1), ("A2", 2)):
        ship_delivery(
            delivery=create_delivery(order=order, quantities={line.pk: line.quantity * 0 + quantity}),
            tracking_numbers=[number],
        )
        push_outbox()
        before = known()
        assert shop.flush_webhooks(), "the plugin's write is announced"
        assert process_waiting().faults == 0
        assert known() == before
    told = Order.objects.get()
    rows = shop.rest("GET", f"/wc-shipment-tracking/v3/orders/{told.remote_id}/shipment-trackings")
    assert [row["tracking_number"] for row in rows] == ["A1", "A2"]
    assert shop.order(int(told.remote_id))["status"] == told.status_remote == "completed"


def test_echo_of_an_invoice_link_costs_no_call_and_imports_nothing(
    site: Site, shop: WooShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push_status, "require_pdf", lambda: None)
    placed = sell(shop)[0]
    Site.objects.filter(pk=site.pk).update(send_invoices=True, legal_entity=make_seller())
    invoice = issue_invoice(invoice=create_invoice(order=SalesOrder.objects.get()))
    push_outbox()
    meta = {row["key"]: row["value"] for row in shop.order(placed["id"])["meta_data"]}
    assert meta["_erp_invoice_no"] == invoice.number and "/documents/" in meta["_erp_invoice_url"]
    before = known()
    shop.flush_webhooks()
    shop.counters.reset()
    process_waiting()
    assert shop.counters.requests == 0 and known() == before
    run = act(site, "read_sales")
    assert (run.created, run.updated, run.held, run.failed) == (0, 0, 0, 0)


def test_echo_that_comes_late_and_twice_undoes_nothing(site: Site, shop: WooShop) -> None:
    placed = sell(shop)[0]
    shop.faults.add("webhook_duplicate", times=2)
    ship_all(site)
    shop.advance(60)
    shop.set_order_status(placed["id"], "on-hold")
    act(site, "read_sales")
    assert Order.objects.get().status_remote == "on-hold"
    before = known()
    deliver(shop)
    deliver(shop)
    assert Order.objects.get().status_remote == "on-hold" and known() == before
    assert push_outbox() == 0


def test_real_change_between_our_write_and_its_echo_is_imported(site: Site, shop: WooShop) -> None:
    placed = sell(shop)[0]
    ship_all(site)
    shop.advance(1)
    shop.refund(placed["id"], amount="5.00", reason="scratched", api_refund=False)
    deliver(shop)
    assert Order.objects.get().refunded_total == 5


def test_note_whose_answer_was_lost_is_not_written_twice(site: Site, shop: WooShop) -> None:
    placed = sell(shop)[0]
    ship_delivery(delivery=create_delivery(order=SalesOrder.objects.get()), tracking_numbers=["TR1"])
    shop.faults.add("reset_after", method="POST", path="/notes", count=1)
    push_outbox()
    row = OrderOutbox.objects.get(kind="ship")
    assert (row.state, row.attempts) == (OutboxState.PENDING, 1)
    assert len(notes(shop, placed["id"])) == 1, "it was written"
    again()
    row.refresh_from_db()
    assert row.state == OutboxState.DONE
    assert len(notes(shop, placed["id"])) == 1
    assert shop.order(placed["id"])["status"] == "completed"
    before = known()
    deliver(shop)
    assert known() == before


def test_status_whose_answer_was_lost_is_found_set_and_its_echo_is_known(site: Site, shop: WooShop) -> None:
    placed = sell(shop)[0]
    ship_delivery(delivery=create_delivery(order=SalesOrder.objects.get()), tracking_numbers=["TR1"])
    shop.faults.add("reset_after", method="PUT", path=f"/orders/{placed['id']}", count=1)
    push_outbox()
    deliver(shop)
    assert Order.objects.get().status_remote == "completed", "the echo came before the repetition"
    writes = shop.counters.writes
    again()
    assert shop.counters.writes == writes, "what is there is not written again"
    assert OrderOutbox.objects.get(kind="ship").state == OutboxState.DONE
    assert len(notes(shop, placed["id"])) == 1
    assert SalesOrder.objects.count() == 1


def test_worker_killed_after_its_write_repeats_nothing(site: Site, shop: WooShop) -> None:
    placed = sell(shop)[0]
    ship_all(site)
    writes = shop.counters.writes
    OrderOutbox.objects.filter(kind="ship").update(
        state=OutboxState.PROCESSING, claimed_until=timezone.now() - timedelta(seconds=1), completed_at=None
    )
    assert push_outbox() == 1
    assert shop.counters.writes == writes
    assert len(notes(shop, placed["id"])) == 1


def test_same_words_for_a_later_message_reach_the_buyer_again(site: Site, shop: WooShop) -> None:
    """An older note that reads alike is not taken for our own."""
    site.update_order_status_to.update(
        remote_action="status",
        remote_status="processing",
        document_state="shipped",
        comment_template="On its way",
    )
    shop.buy("S1", 2)
    deliver(shop)
    push_outbox()
    order = SalesOrder.objects.get()
    remote_id = int(Order.objects.get().remote_id)
    line = order.lines.get()
    ship_delivery(delivery=create_delivery(order=order, quantities={line.pk: line.quantity / 2}))
    push_outbox()
    for note in shop.store.orders[remote_id].notes:
        note["created"] -= 3600
    ship_delivery(delivery=create_delivery(order=order))
    push_outbox()
    assert notes(shop, remote_id) == ["On its way", "On its way"]
