"""In which order messages leave, and which are not needed any more."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from activity.models import SiteError
from ecomsync.common.errors import NetworkError
from erp.models import SalesOrder
from erp.services.deliveries import cancel_delivery, create_delivery, ship_delivery
from erp.services.invoices import create_invoice, issue_invoice
from orders.models import OrderOutbox
from orders.services.import_order import import_order
from orders.services.push_outbox import (
    can_go_again,
    cancel_messages,
    claim_messages,
    push_outbox,
    retry_messages,
)
from orders.states import OutboxState
from platforms.types import Outcome, PushResult, ShipmentNotice, StatusNotice
from sites.models import Site
from tests.orders.factories import make_item, make_remote, one

pytestmark = pytest.mark.django_db


@pytest.fixture
def site(memory_site):
    """Tells of everything: confirmed, shipped, invoiced."""
    Site.objects.filter(pk=memory_site.pk).update(update_order_status=True)
    memory_site.refresh_from_db()
    make_item("A1", stock=9)
    lines = memory_site.update_order_status_to
    lines.create(document_type="sales_order", document_state="confirmed", remote_status="confirmed")
    lines.create(document_type="sales_order", document_state="delivered", remote_status="on-the-way")
    lines.create(
        document_type="invoice", document_state="issued", remote_status="completed", remote_action="complete"
    )
    lines.create(document_type="delivery", document_state="shipped", remote_action="ship")
    return memory_site


def states():
    return dict(OrderOutbox.objects.exclude(kind="note").values_list("echo_status", "state"))


def ship():
    return ship_delivery(delivery=create_delivery(order=one(SalesOrder)), tracking_numbers=["T1"])


def test_later_state_makes_an_unsent_earlier_one_needless(site, shop):
    import_order(site=site, remote=make_remote())
    ship()
    push_outbox()
    told = [notice.status for notice in shop.told if isinstance(notice, StatusNotice)]
    assert told == ["on-the-way"]
    assert states() == {"confirmed": "superseded", "on-the-way": "done", "": "done"}
    assert shop.told[-1].metadata == {"_erp_order_no": one(SalesOrder).number}, (
        "the number is told all the same"
    )


def test_comment_that_the_buyer_was_to_read_is_sent_all_the_same(site, shop):
    site.update_order_status_to.filter(document_state="confirmed").update(
        comment_template="شكرًا", notify_customer=True
    )
    import_order(site=site, remote=make_remote())
    ship()
    push_outbox()
    assert [notice.comment for notice in shop.told if isinstance(notice, StatusNotice)] == ["شكرًا", ""]


def test_message_under_way_is_not_held_back(site, shop):
    import_order(site=site, remote=make_remote())
    claim_messages(worker="w1", limit=1)
    ship()
    assert states()["confirmed"] == "processing"
    assert claim_messages(worker="w2", limit=9) == [], "one at a time per order"


def test_shipment_goes_before_a_completion_that_waited_for_it(site, shop):
    import_order(site=site, remote=make_remote())
    push_outbox()
    shop.told.clear()
    issue_invoice(invoice=create_invoice(order=one(SalesOrder)))
    ship()
    push_outbox()
    kinds = [type(notice) for notice in shop.told]
    assert kinds.index(ShipmentNotice) < len(kinds) - 1
    assert isinstance(shop.told[-1], StatusNotice)


def test_state_reached_again_is_told_again_and_an_announcement_repeated_is_not(site, shop):
    import_order(site=site, remote=make_remote())
    delivery = ship()
    push_outbox()
    cancel_delivery(delivery=delivery)
    push_outbox()
    ship()
    push_outbox()
    statuses = [n.status for n in shop.told if isinstance(n, StatusNotice)]
    assert statuses == ["on-the-way", "confirmed", "on-the-way"]


def test_failed_message_shows_its_remedy_and_goes_again_with_fresh_attempts(site, shop):
    shop.answers = [PushResult("", Outcome.REJECTED, "bad_status", "No such status.", "Map another one.")]
    import_order(site=site, remote=make_remote())
    push_outbox()
    row = one(OrderOutbox)
    assert (row.state, row.remedy) == (OutboxState.FAILED, "Map another one.")
    assert one(SiteError).state == "open"
    assert retry_messages(OrderOutbox.objects.all()) == 1
    push_outbox()
    assert one(OrderOutbox).state == OutboxState.DONE and one(SiteError).state == "resolved"


def test_cancelled_message_is_never_sent_and_its_problem_closes(site, shop):
    shop.answers = [PushResult("", Outcome.REJECTED, "bad_status", "No such status.", "Map another one.")]
    import_order(site=site, remote=make_remote())
    push_outbox()
    assert cancel_messages(OrderOutbox.objects.all()) == 1
    assert one(OrderOutbox).state == OutboxState.CANCELLED and one(SiteError).state == "resolved"
    assert push_outbox() == 0
    assert cancel_messages(OrderOutbox.objects.all()) == 0


def test_sent_message_cannot_be_cancelled_nor_sent_twice(site, shop):
    import_order(site=site, remote=make_remote())
    push_outbox()
    assert cancel_messages(OrderOutbox.objects.all()) == 0
    assert retry_messages(OrderOutbox.objects.all()) == 0


def test_what_a_dry_run_showed_can_be_sent_afterwards(site, shop):
    Site.objects.update(dry_run=True)
    import_order(site=site, remote=make_remote())
    push_outbox()
    Site.objects.update(dry_run=False)
    assert push_outbox() == 0 and shop.told == []
    assert retry_messages(OrderOutbox.objects.all()) == 1
    push_outbox()
    assert len(shop.told) == 1


def test_paused_site_sends_nothing_and_loses_nothing(site, shop):
    Site.objects.update(paused=True)
    import_order(site=site, remote=make_remote())
    assert push_outbox() == 0
    Site.objects.update(paused=False)
    assert push_outbox() == 1


def test_repetition_says_when_the_message_was_first_tried(site, shop):
    import_order(site=site, remote=make_remote())
    before = timezone.now()
    shop.answers = [NetworkError("gone")]
    push_outbox()
    OrderOutbox.objects.update(not_before=timezone.now() - timedelta(hours=1))
    push_outbox()
    first, second = shop.told
    assert first.tried_since == second.tried_since == one(OrderOutbox).first_attempt_at
    assert before <= first.tried_since <= timezone.now()


def test_a_message_that_waits_for_its_next_attempt_can_be_sent_at_once(site, shop):
    import_order(site=site, remote=make_remote(status="pending"))
    shop.answers = [NetworkError("gone")]
    push_outbox()
    row = one(OrderOutbox)
    assert row.not_before > timezone.now() and can_go_again(row)
    assert push_outbox() == 0
    assert retry_messages(OrderOutbox.objects.all()) == 1
    assert not can_go_again(one(OrderOutbox)) and retry_messages(OrderOutbox.objects.all()) == 0
    assert push_outbox() == 1
    assert one(OrderOutbox).state == OutboxState.DONE
