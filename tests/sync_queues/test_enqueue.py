from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from erp.models import PriceList
from sites.models import Site
from sync_queues.inputs import EnqueueResult, RequestInput
from sync_queues.kinds import KINDS
from sync_queues.models import State, UpdateItemRequest, UpdatePriceRequest, UpdateQtyRequest
from sync_queues.services.claim import claim
from sync_queues.services.enqueue import discard_older, enqueue
from tests.sync_queues.conftest import MakeItems, MakeSite


def test_changes_of_one_item_gather_in_one_waiting_request(site: Site, make_items: MakeItems) -> None:
    [item] = make_items(1)
    first = enqueue("qty", site=site, rows=[RequestInput(item_id=item.pk, quantity=Decimal(5))])
    version = UpdateQtyRequest.objects.get().version
    second = enqueue("qty", site=site, rows=[RequestInput(item_id=item.pk, quantity=Decimal(3))])
    assert (first, second) == (EnqueueResult(created=1), EnqueueResult(coalesced=1))
    row = UpdateQtyRequest.objects.get()
    assert (row.quantity_at_enqueue, row.coalesced, row.state) == (Decimal(3), 1, State.PENDING)
    assert row.version > version


def test_the_same_item_of_two_sites_or_locations_waits_apart(
    make_site: MakeSite, make_items: MakeItems
) -> None:
    [item] = make_items(1)
    for code in ("ONE", "TWO"):
        rows = [RequestInput(item_id=item.pk), RequestInput(item_id=item.pk, remote_location_id="L9")]
        enqueue("qty", site=make_site(code), rows=rows)
    assert UpdateQtyRequest.objects.count() == 4


def test_a_change_during_work_waits_as_a_row_of_its_own(site: Site, make_items: MakeItems) -> None:
    [item] = make_items(1)
    enqueue("qty", site=site, rows=[RequestInput(item_id=item.pk)])
    claim("qty", site_id=site.pk, limit=5, worker="w1")
    assert enqueue("qty", site=site, rows=[RequestInput(item_id=item.pk)]).created == 1
    assert sorted(UpdateQtyRequest.objects.values_list("state", flat=True)) == ["pending", "processing"]


def test_every_queue_keeps_its_own_columns(site: Site, make_items: MakeItems) -> None:
    [item] = make_items(1)
    prices = PriceList.objects.create(code="PL", currency="SAR")
    sheet = {"price": "10.00", "special": None}
    enqueue(
        "price",
        site=site,
        rows=[
            RequestInput(
                item_id=item.pk, price_list_id=prices.pk, price=Decimal("9.5"), sheet=sheet, forced=True
            )
        ],
        document=prices,
    )
    enqueue(
        "item",
        site=site,
        rows=[RequestInput(item_id=item.pk, action="disable", subject_type="x", subject_id=7)],
    )
    price, sent = UpdatePriceRequest.objects.get(), UpdateItemRequest.objects.get()
    assert (price.price_list, price.price_at_enqueue, price.sheet, price.forced) == (
        prices, Decimal("9.5"), sheet, True,
    )  # fmt: skip
    assert (price.document_type, price.document_id) == ("erp.pricelist", prices.pk)
    assert (sent.action, sent.subject_type, sent.subject_id) == ("disable", "x", 7)


def test_the_newest_wish_replaces_the_waiting_one_and_the_document_stays(
    site: Site, make_items: MakeItems
) -> None:
    [item] = make_items(1)
    prices = PriceList.objects.create(code="PL", currency="SAR")
    enqueue("price", site=site, rows=[RequestInput(item_id=item.pk, sheet={"price": "1"})], document=prices)
    enqueue("price", site=site, rows=[RequestInput(item_id=item.pk, price=Decimal(2))])
    row = UpdatePriceRequest.objects.get()
    assert (row.sheet, row.price_at_enqueue, row.document_id) == (None, Decimal(2), prices.pk)


@pytest.mark.parametrize("wishes", [("send", "disable"), ("disable", "send"), ("send", "disable", "send")])
def test_to_show_a_product_and_to_switch_it_off_never_wait_side_by_side(
    site: Site, make_items: MakeItems, wishes: tuple[str, ...]
) -> None:
    [item] = make_items(1)
    for action in wishes:
        enqueue("item", site=site, rows=[RequestInput(item_id=item.pk, action=action)])
    assert UpdateItemRequest.objects.get().action == wishes[-1]


def test_a_row_in_back_off_keeps_waiting_and_another_goes_sooner(site: Site, make_items: MakeItems) -> None:
    resting, planned = make_items(2)
    later = timezone.now() + timedelta(hours=1)
    rows = [RequestInput(item_id=item.pk, not_before=later) for item in (resting, planned)]
    enqueue("qty", site=site, rows=rows)
    UpdateQtyRequest.objects.filter(item=resting).update(retry_count=1)
    enqueue("qty", site=site, rows=[RequestInput(item_id=item.pk) for item in (resting, planned)])
    assert UpdateQtyRequest.objects.get(item=resting).not_before == later
    assert UpdateQtyRequest.objects.get(item=planned).not_before <= timezone.now()


def test_a_new_state_sets_failures_aside_and_forgets_attempts(site: Site, make_items: MakeItems) -> None:
    items = make_items(3)
    enqueue("qty", site=site, rows=[RequestInput(item_id=item.pk) for item in items])
    UpdateQtyRequest.objects.filter(item=items[0]).update(state=State.FAILED)
    UpdateQtyRequest.objects.filter(item=items[1]).update(state=State.DEAD)
    UpdateQtyRequest.objects.filter(item=items[2]).update(retry_count=2, error_code="network")
    result = enqueue("qty", site=site, rows=[RequestInput(item_id=item.pk) for item in items], supersede=True)
    assert result == EnqueueResult(created=2, coalesced=1)
    assert UpdateQtyRequest.objects.filter(state=State.SUPERSEDED).count() == 2
    fresh = UpdateQtyRequest.objects.filter(state=State.PENDING)
    assert set(fresh.values_list("retry_count", "error_code")) == {(0, "")}


def test_discard_older_sets_aside_what_a_full_run_did_not_ask_for(site: Site, make_items: MakeItems) -> None:
    kept, gone = make_items(2)
    enqueue("qty", site=site, rows=[RequestInput(item_id=item.pk) for item in (kept, gone)])
    began = timezone.now()
    enqueue("qty", site=site, rows=[RequestInput(item_id=kept.pk)], supersede=True)
    assert discard_older("qty", site=site, before=began) == 1
    assert UpdateQtyRequest.objects.get(item=gone).state == State.SUPERSEDED
    assert UpdateQtyRequest.objects.get(item=kept).state == State.PENDING


@pytest.mark.parametrize(("count", "statements"), [(1, 1), (500, 1), (501, 2), (1200, 3)])
def test_enqueue_takes_one_statement_per_500_rows(
    site: Site,
    make_items: MakeItems,
    django_assert_num_queries: DjangoAssertNumQueries,
    count: int,
    statements: int,
) -> None:
    rows = [RequestInput(item_id=item.pk) for item in make_items(count)]
    # Inside the test's transaction each chunk also makes and releases a savepoint.
    with django_assert_num_queries(statements * 3):
        assert enqueue("qty", site=site, rows=rows).created == count
    with django_assert_num_queries(statements * 3):
        assert enqueue("qty", site=site, rows=rows).coalesced == count


def test_two_waiting_rows_of_one_key_are_impossible(site: Site, make_items: MakeItems) -> None:
    """Whatever mix of enqueues, claims and results: one waits, one runs, versions only rise, no change is lost."""
    items = make_items(4)
    steps = st.lists(
        st.tuples(st.sampled_from(["change", "claim", "done", "retry"]), st.integers(0, 3)), max_size=25
    )

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(steps)
    def holds(plan: list[tuple[str, int]]) -> None:
        from sync_queues.inputs import RowOutcome, RowResult
        from sync_queues.retry import RetryPolicy
        from sync_queues.services.record import record_results

        UpdateQtyRequest.objects.all().delete()
        running: list[Any] = []
        changed: dict[int, int] = {}
        sent: dict[int, int] = {}
        for number, (step, index) in enumerate(plan):
            if step == "change":
                enqueue("qty", site=site, rows=[RequestInput(item_id=items[index].pk)])
                changed[items[index].pk] = UpdateQtyRequest.objects.get(
                    item=items[index], state="pending"
                ).version
            elif step == "claim":
                running += claim("qty", site_id=site.pk, limit=2, worker=f"w{number}")
            elif running:
                row = running.pop(0)
                outcome = RowOutcome.DONE if step == "done" else RowOutcome.RETRY
                policy = RetryPolicy(delay=0.0, attempts=10_000)
                report = record_results("qty", [(row, RowResult(row.pk, outcome, "conflict"))], policy=policy)
                assert not report.lost
                if outcome == RowOutcome.DONE:
                    assert row.version > sent.get(row.item_id, 0)
                    sent[row.item_id] = row.version
            for state in ("pending", "processing"):
                keys = list(UpdateQtyRequest.objects.filter(state=state).values_list("key", flat=True))
                assert len(keys) == len(set(keys))
            for item_id, version in changed.items():
                alive = UpdateQtyRequest.objects.filter(item_id=item_id, state__in=("pending", "processing"))
                assert sent.get(item_id, 0) >= version or alive.filter(version__gte=version).exists()

    holds()


def test_kinds_name_every_queue() -> None:
    assert list(KINDS) == ["qty", "price", "item"]
