from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from activity.models import Alert, SiteError
from ecomsync.common.errors import (
    BadCredentials,
    Conflict,
    InvalidPayload,
    MissingPermission,
    NetworkError,
    RateLimited,
    ShopUnavailable,
    UncertainOutcome,
    UnsupportedFeature,
)
from sites.models import Site
from sync_queues.inputs import RequestInput, RowOutcome, RowResult
from sync_queues.kinds import KINDS
from sync_queues.models import QueueLane, Request, State, UpdateQtyRequest
from sync_queues.selectors import backlog, lanes_with_due_work
from sync_queues.services.drain import drain
from sync_queues.services.drain_all import drain_all
from sync_queues.services.enqueue import enqueue
from sync_queues.services.lanes import lane_of, only_writer
from tests.sync_queues.conftest import MakeItems, MakeSite
from tests.sync_queues.fake_shop import ScriptedHandler, all_done, answer, failing

Handler = type[ScriptedHandler]


@pytest.fixture
def ask(site: Site, make_items: MakeItems) -> Any:
    def make(count: int) -> None:
        enqueue("qty", site=site, rows=[RequestInput(item_id=item.pk) for item in make_items(count)])

    return make


def _states() -> dict[str, int]:
    found: dict[str, int] = {}
    for state in UpdateQtyRequest.objects.values_list("state", flat=True):
        found[state] = found.get(state, 0) + 1
    return found


def test_everything_due_is_sent_in_batches_of_the_site(site: Site, ask: Any, handler: Handler) -> None:
    Site.objects.update(batch_size_quantity=4)
    ask(10)
    report = drain(site.pk, "qty")
    assert (report.batches, report.claimed, report.done) == (3, 10, 10)
    assert [len(batch) for batch in handler.batches] == [4, 4, 2]
    assert _states() == {"completed": 10}
    assert drain(site.pk, "qty").batches == 0


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"paused": True}, "paused"),
        ({"active": False}, "inactive"),
        ({"update_quantities": False}, "switched_off"),
    ],
)
def test_a_site_that_may_not_send_is_left_alone(
    site: Site, ask: Any, handler: Handler, fields: dict[str, bool], reason: str
) -> None:
    ask(1)
    Site.objects.update(**fields)
    assert drain(site.pk, "qty").skipped == reason
    assert _states() == {"pending": 1} and not handler.batches


def test_pausing_between_two_batches_stops_the_turn(site: Site, ask: Any, handler: Handler) -> None:
    Site.objects.update(batch_size_quantity=2)
    ask(6)

    def pause(site: Site, rows: Sequence[Request]) -> list[RowResult]:
        Site.objects.update(paused=True)
        return all_done(site, rows)

    handler.script = staticmethod(pause)
    assert drain(site.pk, "qty").batches == 1
    assert _states() == {"completed": 2, "pending": 4}


@pytest.mark.parametrize("error", [NetworkError("No route."), ShopUnavailable("502."), Conflict("Changed.")])
def test_a_fault_that_may_pass_makes_the_rows_wait_and_the_queue_rest(
    site: Site, ask: Any, handler: Handler, error: Exception
) -> None:
    ask(3)
    handler.script = staticmethod(failing(error))
    report = drain(site.pk, "qty")
    assert (report.retried, report.batches) == (3, 1)
    row = UpdateQtyRequest.objects.all()[0]
    assert (row.state, row.retry_count, row.error_class) == ("pending", 1, "retryable")
    assert row.not_before > timezone.now() + timedelta(seconds=50)
    assert drain(site.pk, "qty").skipped == "resting"


def test_an_outage_ends_dead_after_the_documented_attempts(site: Site, ask: Any, handler: Handler) -> None:
    ask(1)
    handler.script = staticmethod(failing(NetworkError("No route.")))
    for _attempt in range(4):
        drain(site.pk, "qty")
        UpdateQtyRequest.objects.filter(state=State.PENDING).update(not_before=timezone.now())
        QueueLane.objects.update(rest_until=None)
    assert _states() == {"dead": 1}
    problem = SiteError.objects.get()
    assert (problem.code, problem.site_code, problem.state) == ("network", "SHOP", "open")
    assert "error_code=network" in problem.link


def test_a_rate_limit_is_obeyed_and_costs_no_attempt(site: Site, ask: Any, handler: Handler) -> None:
    ask(2)
    handler.script = staticmethod(failing(RateLimited("Slow down.", retry_after=300)))
    drain(site.pk, "qty")
    row = UpdateQtyRequest.objects.all()[0]
    lane = QueueLane.objects.get(kind="qty")
    assert row.retry_count == 0 and row.not_before > timezone.now() + timedelta(seconds=290)
    assert lane.rest_until is not None and lane.rest_until > timezone.now() + timedelta(seconds=290)
    assert lane.batch_limit is None


def test_a_timeout_halves_the_next_batch_and_success_lets_it_grow(
    site: Site, ask: Any, handler: Handler
) -> None:
    Site.objects.update(batch_size_quantity=8)
    ask(8)
    handler.script = staticmethod(failing(UncertainOutcome("No answer.")))
    for expected in (4, 2):
        drain(site.pk, "qty")
        assert QueueLane.objects.get(kind="qty").batch_limit == expected
        UpdateQtyRequest.objects.update(not_before=timezone.now())
        QueueLane.objects.update(rest_until=None)
    handler.script = None
    drain(site.pk, "qty")
    assert [len(batch) for batch in handler.batches] == [8, 4, 2, 4, 2]
    assert QueueLane.objects.get(kind="qty").batch_limit is None
    assert _states() == {"completed": 8}


def test_bad_credentials_pause_the_site_and_count_nothing(site: Site, ask: Any, handler: Handler) -> None:
    ask(2)
    handler.script = staticmethod(failing(BadCredentials("401.")))
    drain(site.pk, "qty")
    site.refresh_from_db()
    assert site.paused and site.pause_code == "bad_credentials"
    assert set(UpdateQtyRequest.objects.values_list("state", "retry_count", "crash_count")) == {
        ("pending", 0, 0)
    }
    assert Alert.objects.filter(site_code="SHOP", code="bad_credentials").count() == 1


@pytest.mark.parametrize("helps", [True, False])
def test_a_refused_token_is_renewed_once_and_the_same_rows_go_on(
    make_site: MakeSite, make_items: MakeItems, handler: Handler, helps: bool
) -> None:
    site = make_site(site_type="tokenshop", access_token="token-1", refresh_token="refresh-1")
    enqueue("qty", site=site, rows=[RequestInput(item_id=item.pk) for item in make_items(3)])
    tokens: list[str] = []

    def only_new_tokens(site: Site, rows: Sequence[Request]) -> list[RowResult]:
        tokens.append(site.access_token)
        if not helps or site.access_token == "token-1":
            raise BadCredentials("401.")
        return all_done(site, rows)

    handler.script = staticmethod(only_new_tokens)
    report = drain(site.pk, "qty")
    site.refresh_from_db()
    assert tokens == ["token-1", "token-2"]
    assert (site.paused, report.done) == ((False, 3) if helps else (True, 0))
    assert Alert.objects.count() == (0 if helps else 1)
    assert set(UpdateQtyRequest.objects.values_list("state", "retry_count")) == {
        ("completed" if helps else "pending", 0)
    }


@pytest.mark.parametrize(
    ("error", "error_class"),
    [(MissingPermission("No right."), "configuration"), (UnsupportedFeature("Cannot."), "permanent")],
)
def test_what_only_staff_can_change_fails_at_once(
    site: Site, ask: Any, handler: Handler, error: Exception, error_class: str
) -> None:
    ask(2)
    handler.script = staticmethod(failing(error))
    drain(site.pk, "qty")
    assert set(UpdateQtyRequest.objects.values_list("state", "error_class")) == {("failed", error_class)}
    assert SiteError.objects.filter(site_code="SHOP", state="open").exists()


@pytest.mark.parametrize("error", [ValueError("bug"), InvalidPayload("Half an answer.")])
def test_one_poisonous_row_takes_no_other_with_it(
    site: Site, ask: Any, handler: Handler, error: Exception, make_items: MakeItems
) -> None:
    """The batch breaks as a whole: it is tried in smaller groups until the bad row stands alone."""
    Site.objects.update(batch_size_quantity=50)
    ask(30)
    bad = UpdateQtyRequest.objects.order_by("pk")[17].pk

    def break_on_it(site: Site, rows: Sequence[Request]) -> list[RowResult]:
        if bad in [row.pk for row in rows]:
            raise error
        return all_done(site, rows)

    handler.script = staticmethod(break_on_it)
    for _turn in range(6):
        drain(site.pk, "qty")
        UpdateQtyRequest.objects.filter(state=State.PENDING).update(not_before=timezone.now())
    poisoned = UpdateQtyRequest.objects.get(pk=bad)
    assert poisoned.state in (State.DEAD, State.FAILED)
    assert str(error).split(" ")[0] in poisoned.error_message
    assert _states() == {"completed": 29, poisoned.state: 1}


def test_a_row_without_an_answer_is_tried_again(site: Site, ask: Any, handler: Handler) -> None:
    ask(2)
    handler.script = staticmethod(lambda site, rows: all_done(site, rows[:1]))
    drain(site.pk, "qty")
    assert sorted(UpdateQtyRequest.objects.values_list("state", "error_code")) == [
        ("completed", ""), ("pending", "no_result"),
    ]  # fmt: skip


def test_a_broken_handler_blames_no_row(
    site: Site, ask: Any, monkeypatch: pytest.MonkeyPatch, make_items: MakeItems
) -> None:
    ask(2)
    enqueue("item", site=site, rows=[RequestInput(item_id=make_items(1)[0].pk)])
    monkeypatch.setitem(KINDS, "qty", replace(KINDS["qty"], handler="nowhere.Handler"))
    reports = {report.kind: report for report in drain_all()}
    assert reports["qty"].fault == "internal" and reports["item"].done == 1
    assert set(UpdateQtyRequest.objects.values_list("state", "retry_count", "crash_count")) == {
        ("pending", 0, 0)
    }
    assert SiteError.objects.filter(subject_id="qty", state="open").exists()


def test_rows_of_a_batch_end_each_in_its_own_state(site: Site, ask: Any, handler: Handler) -> None:
    ask(4)

    def each(_site: Site, rows: Sequence[Request]) -> list[RowResult]:
        outcomes = [RowOutcome.DONE, RowOutcome.UNCHANGED, RowOutcome.REJECTED, RowOutcome.RETRY]
        return [
            RowResult(row.pk, what, "sku_taken", "Taken.") for row, what in zip(rows, outcomes, strict=True)
        ]

    handler.script = staticmethod(each)
    report = drain(site.pk, "qty")
    assert (report.done, report.failed, report.retried, report.claimed) == (2, 1, 1, 4)
    assert SiteError.objects.get().code == "sku_taken"


def test_a_problem_closes_by_itself_when_its_last_row_has_passed(
    site: Site, ask: Any, handler: Handler
) -> None:
    ask(1)
    handler.script = staticmethod(answer(RowOutcome.REJECTED, code="sku_taken", message="Taken."))
    drain(site.pk, "qty")
    assert SiteError.objects.filter(state="open").count() == 1
    handler.script = None
    enqueue("qty", site=site, rows=[RequestInput(item_id=UpdateQtyRequest.objects.get().item_id)])
    drain(site.pk, "qty")
    assert SiteError.objects.filter(state="open").count() == 0


def test_a_lost_lease_asks_for_the_present_value_once_more(site: Site, ask: Any, handler: Handler) -> None:
    ask(1)

    def slow(site: Site, rows: Sequence[Request]) -> list[RowResult]:
        UpdateQtyRequest.objects.update(claimed_by="another worker")
        return all_done(site, rows)

    handler.script = staticmethod(slow)
    assert drain(site.pk, "qty", max_batches=1).lost == 1
    fresh = UpdateQtyRequest.objects.get(state=State.PENDING)
    assert fresh.forced and UpdateQtyRequest.objects.filter(state=State.PROCESSING).count() == 1


def test_a_platform_that_wants_one_writer_gets_one(make_site: MakeSite, make_items: MakeItems) -> None:
    site = make_site("ONE", site_type="onewriter")
    enqueue("qty", site=site, rows=[RequestInput(item_id=make_items(1)[0].pk)])
    with only_writer(site.pk, "another") as held:
        assert held
        assert drain(site.pk, "qty").skipped == "busy"
    assert drain(site.pk, "qty").done == 1
    QueueLane.objects.filter(kind="").update(holder="dead", held_until=timezone.now() - timedelta(seconds=1))
    with only_writer(site.pk, "next") as held:
        assert held


def test_a_tick_keeps_to_the_interval_of_the_site_and_lets_retries_go(
    site: Site, make_items: MakeItems
) -> None:
    first, second = make_items(2)
    enqueue("qty", site=site, rows=[RequestInput(item_id=first.pk)])
    assert [report.done for report in drain_all()] == [1]
    enqueue("qty", site=site, rows=[RequestInput(item_id=second.pk)])
    assert drain_all() == []
    assert lanes_with_due_work(by_itself=False) == [(site.pk, ["qty"])]
    UpdateQtyRequest.objects.filter(item=second).update(retry_count=1)
    assert lanes_with_due_work() == [(site.pk, ["qty"])]
    UpdateQtyRequest.objects.filter(item=second).update(retry_count=0)
    QueueLane.objects.update(last_drained_at=timezone.now() - timedelta(minutes=5, seconds=1))
    assert [report.done for report in drain_all()] == [1]


def test_the_interval_comes_from_the_site_else_from_the_system_property(site: Site, settings: Any) -> None:
    interval = KINDS["qty"].interval_seconds
    assert interval(site) == 300
    settings.SYSTEM_PROPERTIES = {"inventory-sync-interval": 20}
    assert interval(site) == 20
    site.quantity_delta_interval = 2
    assert interval(site) == 120
    site.quantity_delta_interval = 0
    assert interval(site) is None


@pytest.mark.django_db(transaction=True)
def test_a_greedy_site_does_not_starve_the_others(
    make_site: MakeSite, make_items: MakeItems, handler: Handler
) -> None:
    greedy, modest = make_site("GREEDY", batch_size_quantity=5), make_site("MODEST")
    items = make_items(60)
    enqueue("qty", site=greedy, rows=[RequestInput(item_id=item.pk) for item in items])
    enqueue("qty", site=modest, rows=[RequestInput(item_id=items[0].pk)])
    reports = drain_all()
    assert sum(report.done for report in reports) == 61
    assert {report.site_id for report in reports[:2]} == {greedy.pk, modest.pk}
    assert max(report.batches for report in reports) == 4


def test_backlog_counts_what_waits_and_what_failed(site: Site, ask: Any) -> None:
    ask(3)
    UpdateQtyRequest.objects.filter(pk=UpdateQtyRequest.objects.all()[0].pk).update(state=State.DEAD)
    figures = {row.kind: row for row in backlog(site=site)}
    assert (figures["qty"].pending, figures["qty"].dead, figures["price"].pending) == (2, 1, 0)
    assert figures["qty"].oldest is not None and figures["item"].oldest is None
    assert lane_of(site.pk, "qty") == lane_of(site.pk, "qty")
