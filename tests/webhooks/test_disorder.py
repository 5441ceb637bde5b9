"""Deliveries in the wrong order, twice, crosswise, replayed, and without a broker: in the end all is as in the shop."""

from __future__ import annotations

import itertools
import time

import pytest

import webhooks.kick
from erp.models import SalesOrder
from orders.models import Order
from orders.states import OrderState
from sites.models import Site
from tests.ecomsync.test_health import REFUSING, application_at
from tests.webhooks.test_process import Shelf, event, put, shelf, site
from tests.webhooks.world import deliver, order_payload
from webhooks.models import EventState, WebhookEvent
from webhooks.services.claim import claim_batch
from webhooks.services.process import process_waiting
from webhooks.services.replay import replay_events

__all__ = ["shelf", "site"]

pytestmark = pytest.mark.django_db

CREATED = order_payload(7, status="pending", date_modified_gmt="2026-05-04T10:00:00")
PAID = order_payload(7, status="processing", date_modified_gmt="2026-05-04T10:00:05")


@pytest.mark.parametrize("together", [True, False])
def test_paid_before_created_makes_one_order_as_the_shop_has_it(
    site: Site, shelf: Shelf, together: bool
) -> None:
    put(shelf, 7, status="processing")
    deliver(site, PAID, topic="order.updated")
    if not together:
        process_waiting()
    deliver(site, CREATED, topic="order.created")
    process_waiting()
    order = Order.objects.get()
    assert (order.state, order.status_remote) == (OrderState.IMPORTED, "processing")
    assert SalesOrder.objects.count() == 1
    assert set(WebhookEvent.objects.values_list("state", flat=True)) == {EventState.PROCESSED}


def test_deleted_before_created_makes_no_documents(site: Site, shelf: Shelf) -> None:
    """It is remembered as gone, whatever an old delivery tells."""
    deliver(site, {"id": 7}, topic="order.deleted")
    process_waiting()
    deliver(site, CREATED, topic="order.created")
    deliver(site, PAID, topic="order.updated")
    process_waiting()
    assert Order.objects.get().state == OrderState.CANCELLED
    assert not SalesOrder.objects.exists()
    assert "does not know order 7" in event(topic="order.created").result


def test_created_after_deleted_does_not_bring_a_cancelled_order_back(site: Site, shelf: Shelf) -> None:
    put(shelf, 7)
    deliver(site, PAID, topic="order.updated")
    process_waiting()
    del shelf.orders["7"]
    deliver(site, {"id": 7}, topic="order.deleted")
    process_waiting()
    deliver(site, CREATED, topic="order.created")
    process_waiting()
    assert Order.objects.get().state == OrderState.CANCELLED


@pytest.mark.parametrize("first", list(itertools.permutations(["order.created", "order.updated"])))
def test_duplicates_crosswise_have_one_effect(site: Site, shelf: Shelf, first: tuple[str, str]) -> None:
    """Each delivery comes twice, the second ones in the other order, and work goes on in between."""
    put(shelf, 7)
    bodies = {"order.created": CREATED, "order.updated": PAID}
    for topic in (*first, *reversed(first)):
        deliver(site, bodies[topic], topic=topic)
        process_waiting()
    assert Order.objects.count() == SalesOrder.objects.count() == 1
    assert set(WebhookEvent.objects.values_list("occurrences", "state")) == {(2, EventState.PROCESSED)}


def test_replaying_the_inbox_twice_changes_nothing(site: Site, shelf: Shelf) -> None:
    for number in range(1, 6):
        put(shelf, number)
        deliver(site, order_payload(number), topic="order.created")
    deliver(site, {"id": 3}, topic="order.deleted")
    process_waiting()

    def books() -> list[tuple[object, ...]]:
        rows = Order.objects.order_by("remote_id")
        return list(rows.values_list("remote_id", "state", "sales_order__number", "sales_order__state"))

    before, numbers = books(), SalesOrder.objects.count()
    for _time in range(2):
        assert replay_events(events=WebhookEvent.objects.all()) == 6
        report = process_waiting()
        assert (report.taken, report.faults, report.adds_up) == (6, 0, True)
        assert (books(), SalesOrder.objects.count()) == (before, numbers)


def test_a_follower_that_the_shop_sends_again_meanwhile_is_done_once_more(
    site: Site, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(shelf, 7)
    deliver(site, CREATED, topic="order.created")
    deliver(site, PAID, topic="order.updated")
    real = Shelf.get_orders

    def sent_again(self: Shelf, ids: list[str]) -> object:
        if not self.asked:
            deliver(site, PAID, topic="order.updated")
        return real(self, ids)

    monkeypatch.setattr(Shelf, "get_orders", sent_again)
    report = process_waiting()
    assert (report.taken, report.processed, report.lost, report.adds_up) == (3, 2, 1, True)
    assert len(shelf.asked) == 2, "what came after the reading is read again"
    assert set(WebhookEvent.objects.values_list("state", flat=True)) == {EventState.PROCESSED}


def test_without_a_broker_deliveries_are_taken_and_processed_by_the_next_tick(
    site: Site, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = application_at(REFUSING).signature("webhooks.tasks.process_events")
    monkeypatch.setattr("webhooks.kick.process_events", elsewhere)
    monkeypatch.setattr("webhooks.porch.kick", webhooks.kick.kick)
    began = time.monotonic()
    for number in (1, 2, 3):
        put(shelf, number)
        response = deliver(site, order_payload(number), topic="order.created")
        assert (response.status_code, response.json()) == (200, {"status": "stored"})
    assert time.monotonic() - began < 10, "nobody waits for the broker"
    assert WebhookEvent.objects.filter(state=EventState.PENDING).count() == 3
    assert process_waiting().processed == 3
    assert Order.objects.count() == 3
    assert claim_batch(worker="w", limit=300) == []
