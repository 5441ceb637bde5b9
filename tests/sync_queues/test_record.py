from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from sites.models import Site
from sync_queues.inputs import RequestInput, RowOutcome, RowResult
from sync_queues.models import State, UpdatePriceRequest, UpdateQtyRequest
from sync_queues.retry import RetryPolicy, suspect_limit
from sync_queues.services.claim import claim
from sync_queues.services.enqueue import enqueue
from sync_queues.services.record import record_results
from tests.sync_queues.conftest import MakeItems

POLICY = RetryPolicy(delay=60.0, attempts=3, jitter=lambda: 0.0)
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def _claimed(site: Site, make_items: MakeItems) -> UpdateQtyRequest:
    [item] = make_items(1)
    enqueue("qty", site=site, rows=[RequestInput(item_id=item.pk)])
    row: UpdateQtyRequest
    [row] = claim("qty", site_id=site.pk, limit=1, worker="w1")
    return row


@pytest.mark.parametrize(
    ("outcome", "state", "error_class"),
    [
        (RowOutcome.DONE, State.COMPLETED, ""),
        (RowOutcome.UNCHANGED, State.COMPLETED, ""),
        (RowOutcome.REJECTED, State.FAILED, "permanent"),
        (RowOutcome.CONFIGURATION, State.FAILED, "configuration"),
        (RowOutcome.RETRY, State.PENDING, "retryable"),
    ],
)
def test_each_outcome_has_its_state(
    site: Site, make_items: MakeItems, outcome: RowOutcome, state: State, error_class: str
) -> None:
    row = _claimed(site, make_items)
    result = RowResult(
        row.pk, outcome, "some_code", "What happened.", "What to do.", {"quantity_sent": Decimal(7)}
    )
    record_results("qty", [(row, result)], policy=POLICY)
    stored = UpdateQtyRequest.objects.get()
    assert (stored.state, stored.error_class) == (state, error_class)
    assert (stored.claimed_by, stored.claimed_until, stored.quantity_sent) == ("", None, Decimal(7))
    assert (stored.completed_at is not None) == (state == State.COMPLETED)
    if error_class:
        told = (stored.error_code, stored.error_message, stored.remedy)
        assert told == ("some_code", "What happened.", "What to do.")
    else:
        assert stored.outcome == "What happened."


def test_a_retry_waits_and_counts_until_the_attempts_are_used_up(site: Site, make_items: MakeItems) -> None:
    row = _claimed(site, make_items)
    for attempt in range(4):
        record_results(
            "qty", [(row, RowResult(row.pk, RowOutcome.RETRY, "network", "No route."))], policy=POLICY
        )
        stored = UpdateQtyRequest.objects.get()
        if attempt == 3:
            break
        assert (stored.state, stored.retry_count) == (State.PENDING, attempt + 1)
        assert stored.not_before > timezone.now() + timedelta(seconds=50 * 2**attempt)
        UpdateQtyRequest.objects.update(not_before=timezone.now())
        [row] = claim("qty", site_id=site.pk, limit=1, worker=f"w{attempt}")
    assert (stored.state, stored.retry_count, stored.error_code) == (State.DEAD, 3, "network")


def test_a_retry_gives_way_to_a_newer_request_and_hands_its_crashes_on(
    site: Site, make_items: MakeItems
) -> None:
    row = _claimed(site, make_items)
    row.crash_count = 2
    enqueue("qty", site=site, rows=[RequestInput(item_id=row.item_id)])
    record_results("qty", [(row, RowResult(row.pk, RowOutcome.RETRY, "network"))], policy=POLICY)
    assert UpdateQtyRequest.objects.get(pk=row.pk).state == State.SUPERSEDED
    newer = UpdateQtyRequest.objects.exclude(pk=row.pk).get()
    assert (newer.state, newer.crash_count) == (State.PENDING, 2)


def test_success_closes_the_earlier_failures_of_the_same_key(site: Site, make_items: MakeItems) -> None:
    first = _claimed(site, make_items)
    record_results("qty", [(first, RowResult(first.pk, RowOutcome.REJECTED, "rejected"))])
    enqueue("qty", site=site, rows=[RequestInput(item_id=first.item_id)])
    [second] = claim("qty", site_id=site.pk, limit=1, worker="w2")
    record_results("qty", [(second, RowResult(second.pk, RowOutcome.DONE))])
    states = dict(UpdateQtyRequest.objects.values_list("pk", "state"))
    assert states == {first.pk: State.SUPERSEDED, second.pk: State.COMPLETED}


def test_prices_keep_what_was_sent(site: Site, make_items: MakeItems) -> None:
    items = make_items(2)
    enqueue("price", site=site, rows=[RequestInput(item_id=item.pk) for item in items])
    rows = claim("price", site_id=site.pk, limit=9, worker="w1")
    sent: list[dict[str, Any]] = [
        {"price_sent": Decimal("9.99"), "special_sent": None},
        {"price_sent": Decimal(5), "special_sent": Decimal(4)},
    ]
    record_results(
        "price",
        [(row, RowResult(row.pk, RowOutcome.DONE, sent=one)) for row, one in zip(rows, sent, strict=True)],
    )
    stored = list(UpdatePriceRequest.objects.order_by("pk").values_list("price_sent", "special_sent"))
    assert stored == [(Decimal("9.99"), None), (Decimal(5), Decimal(4))]


@pytest.mark.parametrize(
    ("count", "retry_after", "seconds"),
    [(0, None, 60), (1, None, 120), (2, None, 240), (0, 5.0, 5), (0, 900.0, 900)],
)
def test_the_delay_doubles_and_the_shop_is_obeyed(
    count: int, retry_after: float | None, seconds: float
) -> None:
    decision = POLICY.decide(retry_count=count, code="network", now=NOW, retry_after=retry_after)
    assert decision.not_before == NOW + timedelta(seconds=seconds)
    assert decision.retry_count == count + 1


def test_jitter_stretches_the_delay_by_up_to_a_half() -> None:
    late = RetryPolicy(delay=60.0, attempts=3, jitter=lambda: 1.0)
    assert late.wait_seconds(0) == 90.0
    assert 60.0 <= RetryPolicy(delay=60.0, attempts=3).wait_seconds(0) <= 90.0


def test_obeying_a_rate_limit_uses_up_no_attempt() -> None:
    decision = POLICY.decide(retry_count=3, code="rate_limited", now=NOW, retry_after=30.0)
    assert (decision.not_before, decision.retry_count) == (NOW + timedelta(seconds=30), 3)
    assert POLICY.decide(retry_count=3, code="network", now=NOW).not_before is None


def test_suspects_are_tried_all_then_a_tenth_then_alone() -> None:
    assert [suspect_limit(crashes, 500) for crashes in range(4)] == [500, 50, 1, 1]
    assert suspect_limit(1, 5) == 1
