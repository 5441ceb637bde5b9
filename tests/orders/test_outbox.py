"""Statuses, shipments and invoices back to the shop."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.conf import settings
from django.utils import timezone

from activity.models import SiteError
from ecomsync.common.errors import BadCredentials, ConfigurationError, NetworkError, PermanentError
from erp.models import SalesOrder
from erp.services.deliveries import create_delivery, ship_delivery
from orders.models import Order, OrderOutbox
from orders.services import push_outbox as push_module
from orders.services.import_order import import_order
from orders.services.push_outbox import claim_messages, push_outbox
from orders.states import ImportOutcome, OutboxState
from platforms.types import (
    OrderPhase,
    Outcome,
    Parcel,
    PushResult,
    ShipmentNotice,
    StatusNotice,
    Token,
)
from sites.models import Site
from tests.orders.factories import count_documents, later, make_item, make_remote, make_shop_site, one
from tests.orders.shop import ShopAdapter

pytestmark = pytest.mark.django_db


@pytest.fixture
def telling(memory_site, shop):
    """A site that tells the shop of confirmed orders and shipped deliveries."""
    Site.objects.filter(pk=memory_site.pk).update(update_order_status=True)
    lines = memory_site.update_order_status_to
    lines.create(
        document_type="sales_order", document_state="confirmed", remote_status="processing", line_no=1
    )
    lines.create(
        document_type="delivery",
        document_state="shipped",
        remote_status="completed",
        remote_action="ship",
        notify_customer=True,
        comment_template="Order {order}: {carrier} {tracking} {odd}",
        line_no=2,
    )
    make_item("A1", stock=9)
    memory_site.refresh_from_db()
    return memory_site


def ship(numbers=("TR1",)):
    return ship_delivery(delivery=create_delivery(order=one(SalesOrder)), tracking_numbers=numbers)


def test_confirmed_order_is_told_with_its_erp_number(telling, shop):
    remote = make_remote(status="pending")
    import_order(site=telling, remote=remote)
    assert push_outbox() == 1
    notice = shop.told[0]
    assert isinstance(notice, StatusNotice)
    number = one(SalesOrder).number
    assert (notice.order_remote_id, notice.status, notice.metadata) == (
        remote.remote_id,
        "processing",
        {"_erp_order_no": number},
    )
    order = one(Order)
    assert (order.status_remote, order.erp_number_sent) == ("processing", number)
    assert push_outbox() == 0


def test_shipped_delivery_is_told_with_tracking_and_lines(telling, shop):
    import_order(site=telling, remote=(remote := make_remote()))
    ship()
    push_outbox()
    notice = shop.told[-1]
    assert isinstance(notice, ShipmentNotice)
    assert (notice.carrier, notice.parcels, notice.status) == ("DHL", (Parcel("TR1"),), "completed")
    assert not notice.is_partial
    assert notice.lines == ((remote.lines[0].remote_id, Decimal(1)),)
    assert notice.comment == f"Order {remote.number}: DHL TR1 {{odd}}" and notice.notify_customer
    assert {row.document_type for row in one(Order).documents.all()} == {"sales_order", "delivery"}


def test_our_write_coming_back_causes_no_import(telling, shop):
    remote = make_remote()
    import_order(site=telling, remote=remote)
    ship()
    push_outbox()
    before = (count_documents(), OrderOutbox.objects.count())
    echo = later(remote, status="completed", phase=OrderPhase.COMPLETE)
    assert import_order(site=telling, remote=echo).outcome == ImportOutcome.UNCHANGED
    assert (count_documents(), OrderOutbox.objects.count()) == before
    assert push_outbox() == 0


def test_messages_of_one_order_go_in_their_order_one_at_a_time(telling, shop):
    import_order(site=telling, remote=make_remote(status="pending"))
    ship()
    assert len(claim_messages(worker="w1", limit=10)) == 1
    assert claim_messages(worker="w2", limit=10) == []
    OrderOutbox.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    push_outbox()
    assert [type(notice) for notice in shop.told] == [StatusNotice, ShipmentNotice]


@pytest.mark.parametrize("fault", [None, BadCredentials("no")], ids=["slow", "refused"])
def test_a_message_whose_claim_lapsed_behind_slow_ones_is_left_to_who_has_it(
    telling, shop, monkeypatch, fault
):
    """Else both would send it at the same time: a refund that both look for first would be paid twice."""
    import_order(site=telling, remote=make_remote(status="pending"))
    import_order(site=telling, remote=make_remote(status="pending", remote_id="7002", number="7002"))
    first, second = OrderOutbox.objects.order_by("pk")
    send = push_module._push_one

    def slowly(row, adapter):
        lasts = timezone.now() + timedelta(seconds=1.5 * settings.LEASE_SECONDS)
        assert OrderOutbox.objects.filter(pk=row.pk, claimed_until__gt=lasts).exists()
        OrderOutbox.objects.filter(pk=second.pk).update(claimed_until=timezone.now() - timedelta(seconds=1))
        assert [taken.pk for taken in claim_messages(worker="w2", limit=10)] == [second.pk]
        if fault is not None:
            raise fault
        send(row, adapter)

    monkeypatch.setattr(push_module, "_push_one", slowly)
    push_outbox(limit=2)
    assert [notice.order_remote_id for notice in shop.told] == (
        [first.order.remote_id] if fault is None else []
    )
    second.refresh_from_db()
    assert (second.state, second.claimed_by) == (OutboxState.PROCESSING, "w2")


@pytest.mark.parametrize("fault", [NetworkError("gone"), PermanentError("no"), ConfigurationError("half")])
def test_what_another_worker_has_sent_meanwhile_is_not_reported_as_failed(telling, shop, monkeypatch, fault):
    import_order(site=telling, remote=make_remote(status="pending"))

    def too_late(message, adapter):
        monkeypatch.undo()
        OrderOutbox.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
        assert push_outbox() == 1
        raise fault

    monkeypatch.setattr(push_module, "send_message", too_late)
    push_outbox(limit=1)
    row = one(OrderOutbox)
    assert (row.state, row.error_code, row.attempts) == (OutboxState.DONE, "", 1)
    assert not SiteError.objects.filter(state="open", subject_type="orders.orderoutbox").exists()


def test_network_fault_is_tried_again_and_given_up_in_the_end(telling, shop):
    import_order(site=telling, remote=make_remote(status="pending"))
    for attempt in range(1, 4):
        shop.answers = [NetworkError("gone")]
        push_outbox()
        row = one(OrderOutbox)
        assert (row.state, row.attempts, row.error_code) == (OutboxState.PENDING, attempt, "network")
        assert row.not_before > timezone.now()
        OrderOutbox.objects.update(not_before=None)
    shop.answers = [NetworkError("gone")]
    push_outbox()
    assert one(OrderOutbox).state == OutboxState.DEAD
    assert one(SiteError).code == "network"


def test_refusal_fails_at_once_with_remedy(telling, shop):
    import_order(site=telling, remote=make_remote(status="pending"))
    shop.answers = [PushResult("", Outcome.REJECTED, "bad_status", "No such status.", "Map another one.")]
    push_outbox()
    row = one(OrderOutbox)
    assert (row.state, row.error_code, row.remedy) == (OutboxState.FAILED, "bad_status", "Map another one.")


def test_bad_keys_pause_the_site_and_the_message_waits_unharmed(telling, shop):
    import_order(site=telling, remote=make_remote(status="pending"))
    shop.answers = [BadCredentials("401")]
    push_outbox()
    telling.refresh_from_db()
    row = one(OrderOutbox)
    assert telling.paused and (row.state, row.attempts) == (OutboxState.PENDING, 0)
    OrderOutbox.objects.update(not_before=None)
    assert push_outbox() == 0


def test_a_refused_token_is_renewed_and_the_message_goes_at_once(telling, shop, monkeypatch):
    capabilities = replace(ShopAdapter.capabilities, request_token=True)
    monkeypatch.setattr(ShopAdapter, "capabilities", capabilities)
    monkeypatch.setattr(
        ShopAdapter, "refresh_token", lambda self: Token("token-2", "refresh-2"), raising=False
    )
    telling.access_token, telling.refresh_token = "token-1", "refresh-1"
    telling.save()
    import_order(site=telling, remote=make_remote(status="pending"))
    shop.answers = [BadCredentials("401")]
    assert push_outbox() == 2
    telling.refresh_from_db()
    row = one(OrderOutbox)
    assert (telling.paused, telling.access_token) == (False, "token-2")
    assert (row.state, row.attempts) == (OutboxState.DONE, 0)


def test_broken_message_does_not_stop_the_others(telling, shop):
    for _ in range(2):
        import_order(site=telling, remote=make_remote(status="pending"))
    shop.answers = [RuntimeError("bug")]
    push_outbox()
    assert sorted(OrderOutbox.objects.values_list("state", flat=True)) == ["done", "pending"]


def test_dry_run_tells_nobody(telling, shop):
    Site.objects.update(dry_run=True)
    import_order(site=telling, remote=make_remote(status="pending"))
    push_outbox()
    assert shop.told == []
    assert one(OrderOutbox).error_message.startswith("dry run")


def test_number_alone_is_written_where_no_status_changes(memory_site, shop):
    Site.objects.update(update_order_status=True)
    memory_site.refresh_from_db()
    make_item("A1", stock=9)
    import_order(site=memory_site, remote=make_remote())
    push_outbox()
    assert shop.told[0].metadata == {"_erp_order_no": one(SalesOrder).number}
    assert shop.told[0].status == ""


def test_nothing_is_queued_while_the_switch_is_off(site):
    make_item("A1", stock=9)
    site.update_order_status_to.create(
        document_type="sales_order", document_state="confirmed", remote_status="x"
    )
    import_order(site=site, remote=make_remote())
    assert not OrderOutbox.objects.exists()


def test_status_rule_with_criteria_speaks_only_for_its_orders():
    site = make_shop_site(update_order_status=True)
    make_item("A1", stock=9)
    site.update_order_status_to.create(
        document_type="sales_order",
        document_state="confirmed",
        remote_status="on-hold",
        criteria="total > 500",
    )
    import_order(site=site, remote=make_remote())
    assert [row.kind for row in OrderOutbox.objects.all()] == ["note"]
