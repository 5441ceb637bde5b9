"""What is done with kept events: order, isolation, retries, leases, action lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from activity.models import SiteError
from ecomsync.common.errors import BadCredentials, CircuitOpen, RateLimited, ShopUnavailable
from linking.models import ItemLinkerLine
from orders.models import Order
from orders.services.import_order import import_order
from orders.states import OrderState
from platforms.types import OrderReadFailure, RemoteOrder
from platforms.woocommerce.adapter import WooCommerceAdapter
from sites.choices import Flow
from sites.models import EventActionLine, Site
from sites.services import cursors
from tests.catalog.world import link, make_item, rows_of
from tests.orders.factories import make_item as stocked_item
from tests.orders.factories import make_line, make_remote
from tests.webhooks.world import deliver, make_site, order_payload
from webhooks.models import EventState, WebhookCounter, WebhookEvent
from webhooks.services.claim import claim_batch
from webhooks.services.process import ProcessReport, process_batch, process_waiting
from webhooks.services.revive import revive_events

pytestmark = pytest.mark.django_db


class Shelf:
    """The orders that the shop answers with, and what was asked of it."""

    def __init__(self) -> None:
        self.orders: dict[str, RemoteOrder | OrderReadFailure] = {}
        self.asked: list[list[str]] = []
        self.error: Exception | None = None

    def get_orders(self, ids: list[str]) -> Iterator[Any]:
        self.asked.append(list(ids))
        if self.error is not None:
            raise self.error
        yield from (self.orders[one] for one in ids if one in self.orders)


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch) -> Shelf:
    found = Shelf()
    monkeypatch.setattr(WooCommerceAdapter, "get_orders", lambda self, ids: found.get_orders(ids))
    return found


@pytest.fixture
def site() -> Site:
    stocked_item("MUG", stock=1000)
    return make_site()


def put(shelf: Shelf, number: int, **values: Any) -> None:
    shelf.orders[str(number)] = make_remote(
        make_line("MUG"), remote_id=str(number), number=str(number), **values
    )


def event(**values: Any) -> WebhookEvent:
    return WebhookEvent.objects.get(**values)


def test_an_order_event_imports_the_order_as_it_is_now(site: Site, shelf: Shelf) -> None:
    put(shelf, 7)
    deliver(site, order_payload(7))
    report = process_waiting()
    assert (report.taken, report.processed, report.adds_up) == (1, 1, True)
    assert Order.objects.get().state == OrderState.IMPORTED
    assert Order.objects.get().source == "webhook"
    done = event()
    assert (done.state, done.attempts) == (EventState.PROCESSED, 1)
    assert done.result.startswith("Order 7: created")
    assert done.actions[0]["action"] == "import_order"
    site.refresh_from_db()
    assert site.last_webhook_read_at == done.last_received_at
    assert process_waiting().taken == 0


def test_orders_of_a_batch_are_read_in_one_call_and_imported_once_each(site: Site, shelf: Shelf) -> None:
    for number in range(1, 6):
        put(shelf, number)
        deliver(site, order_payload(number), topic="order.created")
        deliver(site, order_payload(number, status="completed"))
    process_waiting()
    assert len(shelf.asked) == 1
    assert Order.objects.count() == 5
    covered = WebhookEvent.objects.filter(result__startswith="Done already").count()
    assert covered == 5


def test_events_of_all_sites_are_taken_in_the_order_of_the_shops_time(site: Site) -> None:
    other = make_site()
    moments = ["2026-05-04T10:00:03", "2026-05-04T10:00:01", "2026-05-04T10:00:02"]
    for number, (shop_site, moment) in enumerate(zip((site, other, site), moments, strict=True), 1):
        deliver(shop_site, order_payload(number, date_modified_gmt=moment))
    batch = claim_batch(worker="w", limit=300)
    assert [row.remote_id for row in batch] == ["2", "3", "1"]
    assert {(row.state, row.claimed_by) for row in batch} == {(EventState.PROCESSING, "w")}


def test_a_batch_is_bounded_and_takes_critical_events_first(site: Site) -> None:
    for number in range(4):
        deliver(site, {"id": number}, topic="product.updated")
    deliver(site, order_payload(99), topic="order.created")
    batch = claim_batch(worker="w", limit=2)
    assert len(batch) == 2
    assert "99" in {row.remote_id for row in batch}


def test_a_site_is_worked_by_one_worker_at_a_time(site: Site) -> None:
    other = make_site()
    deliver(site, order_payload(1))
    assert len(claim_batch(worker="first", limit=300)) == 1
    deliver(site, order_payload(2))
    deliver(other, order_payload(3))
    assert [row.site for row in claim_batch(worker="second", limit=300)] == [other]


@pytest.mark.parametrize(
    "values", [{"paused": True}, {"active": False}, {"webhook_integration_enabled": False}]
)
def test_events_of_a_site_that_does_not_work_wait(site: Site, values: dict[str, Any]) -> None:
    deliver(site, order_payload(1))
    Site.objects.filter(pk=site.pk).update(**values)
    assert process_waiting().taken == 0
    assert event().state == EventState.PENDING


def test_debug_needs_the_property(site: Site, shelf: Shelf, settings: Any) -> None:
    put(shelf, 7)
    deliver(site, order_payload(7))
    settings.DEBUG = True
    assert process_waiting().taken == 0
    settings.SYSTEM_PROPERTIES = {"run-ecommerce-webhook-in-debug": True}
    assert process_waiting().processed == 1


def test_one_broken_event_stops_no_other(site: Site, shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in (1, 2, 3):
        put(shelf, number)
        deliver(site, order_payload(number))
    import webhooks.services.actions as actions

    real: Callable[..., Any] = import_order

    def brittle(**values: Any) -> Any:
        if values["remote"].remote_id == "2":
            raise ZeroDivisionError("bug")
        return real(**values)

    monkeypatch.setattr(actions, "import_order", brittle)
    report = process_waiting()
    assert (report.processed, report.faults, report.adds_up) == (2, 1, True)
    broken = event(remote_id="2")
    assert (broken.state, broken.error_code) == (EventState.FAILED, "internal")
    assert broken.not_before > timezone.now()
    assert Order.objects.count() == 2
    assert SiteError.objects.get().subject_id == str(broken.pk)
    monkeypatch.undo()
    WebhookEvent.objects.update(not_before=timezone.now())
    monkeypatch.setattr(WooCommerceAdapter, "get_orders", lambda self, ids: shelf.get_orders(ids))
    assert process_waiting().processed == 1
    assert SiteError.objects.get().state == SiteError.State.RESOLVED


def test_a_shop_that_is_down_is_asked_again_and_given_up_in_the_end(site: Site, shelf: Shelf) -> None:
    shelf.error = ShopUnavailable("503", retry_after=5)
    deliver(site, order_payload(7))
    for attempt in (1, 2, 3):
        process_waiting()
        row = event()
        assert row.attempts == attempt
        assert row.state == (EventState.FAILED if attempt < 3 else EventState.DEAD)
        WebhookEvent.objects.update(not_before=timezone.now() - timedelta(seconds=1))
    assert process_waiting().taken == 0
    assert SiteError.objects.filter(code="shop_unavailable").count() == 1


def test_a_wait_that_the_shop_asks_for_is_obeyed(site: Site, shelf: Shelf) -> None:
    shelf.error = ShopUnavailable("503", retry_after=900)
    deliver(site, order_payload(7))
    process_waiting()
    assert timedelta(minutes=14) < event().not_before - timezone.now() < timedelta(minutes=16)


@pytest.mark.parametrize("answers", [True, False])
def test_what_an_outage_killed_goes_again_once_the_shop_answers(
    site: Site, shelf: Shelf, answers: bool
) -> None:
    shelf.error = ShopUnavailable("503")
    deliver(site, order_payload(7))
    while event().state != EventState.DEAD:
        process_waiting()
        if event().state != EventState.DEAD:
            WebhookEvent.objects.update(not_before=timezone.now())
    shelf.error = None
    put(shelf, 7)
    if answers:
        cursors.begin(site, Flow.ORDERS)
        cursors.finish(site, Flow.ORDERS)
    assert revive_events() == 0, "not at once"
    later = timezone.now() + timedelta(minutes=11)
    assert revive_events(now=later) == int(answers)
    assert revive_events(now=later + timedelta(days=2)) == 0
    WebhookEvent.objects.update(not_before=timezone.now())
    assert process_waiting().processed == int(answers)
    problem = SiteError.objects.get(code="shop_unavailable")
    assert problem.state == (SiteError.State.RESOLVED if answers else SiteError.State.OPEN)


@pytest.mark.parametrize(
    "error", [CircuitOpen("Left alone.", retry_after=60), RateLimited("Slow down.", retry_after=60)]
)
def test_patience_that_the_shop_needs_uses_up_no_attempt(site: Site, shelf: Shelf, error: Exception) -> None:
    put(shelf, 7)
    deliver(site, order_payload(7))
    shelf.error = error
    for _time in range(6):
        process_waiting()
        assert (event().state, event().attempts) == (EventState.FAILED, 0)
        WebhookEvent.objects.update(not_before=timezone.now())
    shelf.error = None
    assert process_waiting().processed == 1


def test_refused_keys_pause_the_site_and_the_events_wait(site: Site, shelf: Shelf) -> None:
    shelf.error = BadCredentials("401")
    deliver(site, order_payload(1))
    deliver(site, order_payload(2))
    report = process_waiting()
    assert report.adds_up
    site.refresh_from_db()
    assert site.paused
    assert set(WebhookEvent.objects.values_list("state", "attempts")) == {(EventState.PENDING, 0)}


def test_an_order_that_cannot_be_read_is_kept_as_failed(site: Site, shelf: Shelf) -> None:
    shelf.orders["7"] = OrderReadFailure(
        "7", "invalid_payload", "The order has no currency.", "Correct it.", {"id": 7}
    )
    deliver(site, order_payload(7))
    process_waiting()
    assert Order.objects.get().state == OrderState.FAILED
    assert event().state == EventState.PROCESSED
    assert "no currency" in event().result


def test_an_order_that_the_shop_does_not_know_changes_nothing(site: Site, shelf: Shelf) -> None:
    deliver(site, order_payload(7))
    process_waiting()
    assert event().state == EventState.PROCESSED
    assert "does not know order 7" in event().result


def test_a_deleted_order_cancels_its_documents(site: Site, shelf: Shelf) -> None:
    put(shelf, 7)
    deliver(site, order_payload(7))
    process_waiting()
    deliver(site, {"id": 7}, topic="order.deleted")
    process_waiting()
    order = Order.objects.get()
    assert order.state == OrderState.CANCELLED
    assert order.sales_order is not None
    assert order.sales_order.state == "cancelled"
    deliver(site, {"id": 8}, topic="order.deleted")
    process_waiting()
    assert "not known here" in event(remote_id="8").result


def test_a_worker_that_was_killed_loses_nothing(site: Site, shelf: Shelf) -> None:
    put(shelf, 7)
    deliver(site, order_payload(7))
    claim_batch(worker="killed", limit=300)
    assert process_waiting().taken == 0
    WebhookEvent.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    assert process_waiting().processed == 1


def test_an_event_that_kills_its_workers_is_given_up(site: Site) -> None:
    deliver(site, order_payload(7))
    WebhookEvent.objects.update(
        attempts=6, state=EventState.PROCESSING, claimed_until=timezone.now() - timedelta(seconds=1)
    )
    process_waiting()
    assert (event().state, event().error_code) == (EventState.DEAD, "webhook_worker_died")


def test_an_event_sent_again_while_it_is_worked_on_is_done_once_more(
    site: Site, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(shelf, 7)
    deliver(site, order_payload(7))
    import webhooks.services.actions as actions

    real: Callable[..., Any] = import_order

    def slow(**values: Any) -> Any:
        deliver(site, order_payload(7))
        monkeypatch.setattr(actions, "import_order", real)
        return real(**values)

    monkeypatch.setattr(actions, "import_order", slow)
    process_batch(limit=300, report=ProcessReport())
    assert event().state == EventState.PENDING
    assert process_waiting().processed == 1
    assert Order.objects.count() == 1


def test_unknown_topics_are_kept_and_ignored(site: Site) -> None:
    deliver(site, {"arg": 1}, topic="action.woocommerce_thing")
    report = process_waiting()
    assert report.ignored == 1
    assert event().state == EventState.IGNORED
    assert "action.woocommerce_thing" in event().result


def test_lines_of_the_site_decide(site: Site, shelf: Shelf) -> None:
    put(shelf, 7)
    line = {"site": site, "event_kind": "order.*"}
    EventActionLine.objects.create(**line, line_no=1, action="ignore", criteria="status = pending")
    EventActionLine.objects.create(
        **line,
        line_no=2,
        action="send_email",
        parameters={"to": "a@example.com, b@example.com"},
        criteria="status = processing",
    )
    EventActionLine.objects.create(**line, line_no=3, action="import_order", criteria="status = processing")
    deliver(site, order_payload(7))
    process_waiting()
    assert [entry["action"] for entry in event().actions] == ["send_email", "import_order"]
    assert mail.outbox[0].to == ["a@example.com", "b@example.com"]
    assert Order.objects.count() == 1
    deliver(site, order_payload(8, status="cancelled"))
    process_waiting()
    assert event(remote_id="8").state == EventState.IGNORED


def test_steps_that_were_done_are_not_repeated_when_a_later_one_fails(site: Site, shelf: Shelf) -> None:
    line = {"site": site, "event_kind": "order.updated"}
    EventActionLine.objects.create(**line, line_no=1, action="send_email", parameters={"to": "a@example.com"})
    EventActionLine.objects.create(**line, line_no=2, action="import_order")
    shelf.error = ShopUnavailable("503")
    deliver(site, order_payload(7))
    for _time in range(2):
        process_waiting()
        WebhookEvent.objects.update(not_before=timezone.now() - timedelta(seconds=1))
    assert len(mail.outbox) == 1
    shelf.error = None
    put(shelf, 7)
    process_waiting()
    assert event().state == EventState.PROCESSED
    assert len(mail.outbox) == 1


def test_a_line_that_cannot_be_read_says_so(site: Site) -> None:
    EventActionLine.objects.create(site=site, event_kind="*", action="import_order", criteria="nonsense = 1")
    deliver(site, order_payload(7))
    process_waiting()
    assert (event().state, event().error_code) == (EventState.FAILED, "bad_event_line")
    assert "nonsense" in event().error_message


def test_graphql_is_refused_where_the_platform_has_none(site: Site) -> None:
    EventActionLine.objects.create(site=site, event_kind="*", action="run_graphql", parameters={"name": "x"})
    deliver(site, order_payload(7))
    process_waiting()
    assert event().error_code == "graphql_not_supported"


def test_a_called_url_gets_the_event(site: Site, live_receiver: list[dict[str, Any]]) -> None:
    url = live_receiver[0]["url"]
    EventActionLine.objects.create(site=site, event_kind="*", action="call_url", parameters={"url": url})
    deliver(site, order_payload(7))
    process_waiting()
    assert event().state == EventState.PROCESSED
    assert live_receiver[1]["body"]["remote_id"] == "7"
    assert live_receiver[1]["body"]["payload"] == order_payload(7)


def test_a_product_that_was_deleted_loses_its_link(site: Site) -> None:
    link(site, make_item("CUP"), 12)
    deliver(site, {"id": 12}, topic="product.deleted")
    process_waiting()
    assert ItemLinkerLine.objects.get().state == "remote_missing"


def test_stock_is_sent_again_where_a_line_wants_it(site: Site) -> None:
    site.update_quantities = True
    site.save()
    link(site, make_item("CUP"), 12)
    EventActionLine.objects.create(site=site, event_kind="product.updated", action="refresh_stock")
    deliver(site, {"id": 12}, topic="product.updated")
    process_waiting()
    request = rows_of(site, "qty")[0]
    assert (request.item.code, request.forced) == ("CUP", True)


def test_customers_are_updated_only_where_the_site_wants_it(site: Site) -> None:
    from erp.models import Customer

    customer = Customer.objects.create(code="C-1", name1="Sara", name2="Ali", email="sara@example.com")
    payload = {"id": 5, "email": "sara@example.com", "first_name": "سارة", "last_name": "Ali"}
    deliver(site, payload, topic="customer.updated")
    process_waiting()
    assert "does not update customers" in event().result
    Site.objects.update(update_customer_if_exist=True)
    deliver(site, payload, topic="customer.updated")
    process_waiting()
    customer.refresh_from_db()
    assert customer.name1 == "سارة"


def test_deliveries_are_counted_when_they_are_claimed(site: Site, shelf: Shelf) -> None:
    deliver(site, order_payload(1))
    deliver(site, order_payload(1))
    deliver(site, order_payload(2))
    process_waiting()
    deliver(site, order_payload(1))
    process_waiting()
    counter = WebhookCounter.objects.get(scope=site.pk)
    assert (counter.accepted, counter.duplicates) == (2, 2)


def test_statements_per_event_do_not_grow(site: Site, shelf: Shelf) -> None:
    counts = []
    for size in (5, 25):
        for number in range(size):
            deliver(site, {"id": size * 100 + number}, topic="product.deleted")
        with CaptureQueriesContext(connection) as captured:
            process_waiting()
        counts.append(len(captured))
    per_event = (counts[1] - counts[0]) / 20
    assert per_event <= 6, counts


def test_a_time_without_zone_is_never_stored(site: Site) -> None:
    deliver(site, order_payload(1))
    assert event().occurred_at == datetime(2026, 5, 4, 10, 0, tzinfo=UTC)


def test_a_new_product_is_left_to_the_linker_and_costs_no_call(site: Site) -> None:
    from activity.models import Run

    site.link_items = True
    site.save()
    for number in (31, 32):
        deliver(site, {"id": number, "sku": f"NEW-{number}"}, topic="product.created")
    link(site, make_item("CUP"), 33)
    deliver(site, {"id": 33, "sku": "CUP"}, topic="product.created")
    process_waiting()
    assert Run.objects.get().action == "link_items"
    assert event(remote_id="33").result == "The product is known already."


def test_a_changed_product_renews_its_line(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    from platforms.types import RemoteProduct

    row = link(site, make_item("CUP"), 12)
    found = [RemoteProduct("12", "CUP", "Better cup", "simple")]
    monkeypatch.setattr(WooCommerceAdapter, "find_products", lambda self, skus: found)
    deliver(site, {"id": 12, "sku": "CUP"}, topic="product.updated")
    process_waiting()
    row.refresh_from_db()
    assert (row.remote_name, row.state) == ("Better cup", "linked")
    assert rows_of(site, "qty") == []


def test_old_finished_events_make_room(site: Site) -> None:
    from webhooks.services.prune import prune_events

    for number, state in enumerate((EventState.PROCESSED, EventState.DEAD, EventState.PENDING)):
        deliver(site, order_payload(number + 1))
        WebhookEvent.objects.filter(remote_id=str(number + 1)).update(
            state=state, last_received_at=timezone.now() - timedelta(days=90)
        )
    deliver(site, order_payload(9))
    assert prune_events() == {"webhooks": 1, "counters": 0}
    assert WebhookEvent.objects.count() == 3
