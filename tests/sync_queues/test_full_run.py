"""Full runs go in pages, and go on where a killed worker had come to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from activity.models import Run
from activity.services import RunReporter, start_run
from erp.models import Item
from sites.models import Site
from sites.services.execute_runs import MAX_RESTARTS, claim_runs
from sync_queues.inputs import RequestInput
from sync_queues.models import State, UpdateQtyRequest
from sync_queues.services.enqueue import enqueue
from sync_queues.services.full_run import ask_for_all
from tests.sync_queues.conftest import MakeItems, MakeSite

pytestmark = pytest.mark.django_db


class Killed(BaseException):
    """The worker is gone: no handler runs, no report is written."""


def ask(run: Run, site: Site, *, page: int = 4, die_at: int | None = None) -> list[Sequence[int]]:
    pages: list[Sequence[int]] = []

    def requests_of(part: Sequence[int]) -> list[RequestInput]:
        if len(pages) == die_at:
            raise Killed
        pages.append(part)
        return [RequestInput(item_id=pk) for pk in part]

    reporter = RunReporter(run)
    reporter.__enter__()
    ids = Item.objects.values_list("pk", flat=True)
    ask_for_all(run=reporter, site=site, kind="qty", ids=ids, key="pk", requests_of=requests_of, page=page)
    reporter.finish()
    run.refresh_from_db()
    return pages


def start(site: Site) -> Run:
    return start_run(site_code=site.code, action="update_all_qtys")


def die_and_be_claimed(run: Run, site: Site, *, die_at: int, page: int = 4) -> Run:
    with pytest.raises(Killed):
        ask(run, site, die_at=die_at, page=page)
    Run.objects.filter(pk=run.pk).update(heartbeat=timezone.now() - timedelta(hours=1))
    (claimed,) = claim_runs(limit=5)
    return claimed


def test_every_item_is_asked_for_once_in_pages(make_site: MakeSite, make_items: MakeItems) -> None:
    site, items = make_site(), make_items(10)
    run = start(site)

    pages = ask(run, site)

    assert [len(page) for page in pages] == [4, 4, 2]
    assert UpdateQtyRequest.objects.count() == len(items)
    assert (run.found, run.created, run.adds_up, run.done, run.total) == (10, 10, True, 10, 10)


def test_an_empty_catalogue_is_a_finished_run(make_site: MakeSite) -> None:
    site = make_site()
    run = start(site)
    assert ask(run, site) == []
    assert (run.state, run.found) == (Run.State.FINISHED, 0)


def test_a_killed_run_goes_on_after_its_last_checkpoint_and_adds_up(
    make_site: MakeSite, make_items: MakeItems
) -> None:
    site = make_site()
    make_items(10)
    run = die_and_be_claimed(start(site), site, die_at=2)

    pages = ask(run, site)

    assert [len(page) for page in pages] == [2]
    assert (run.found, run.created, run.updated, run.adds_up) == (10, 10, 0, True)
    assert (run.done, run.total) == (10, 10)
    assert run.counts["restarts"] == 1
    assert UpdateQtyRequest.objects.filter(state=State.PENDING).count() == 10


def test_counts_after_the_checkpoint_are_not_counted_twice(
    make_site: MakeSite, make_items: MakeItems
) -> None:
    """Killed between the requests of a page and its checkpoint: the page is done again."""
    site = make_site()
    make_items(8)
    run = start(site)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RunReporter, "checkpoint", _die_at_second(RunReporter.checkpoint))
        with pytest.raises(Killed):
            ask(run, site)
    Run.objects.update(heartbeat=timezone.now() - timedelta(hours=1))
    (run,) = claim_runs(limit=5)

    ask(run, site)

    assert (run.found, run.adds_up, run.created + run.updated) == (8, True, 8)
    assert UpdateQtyRequest.objects.count() == 8


def _die_at_second(real: Any) -> Any:
    calls = []

    def checkpoint(self: RunReporter, **place: Any) -> None:
        calls.append(place)
        if len(calls) == 2:
            raise Killed
        real(self, **place)

    return checkpoint


def test_what_waited_before_the_run_began_is_set_aside_also_after_a_restart(
    make_site: MakeSite, make_items: MakeItems
) -> None:
    site, items = make_site(), make_items(6)
    gone = make_items(1)[0]
    enqueue("qty", site=site, rows=[RequestInput(item_id=gone.pk)])
    UpdateQtyRequest.objects.update(updated_at=timezone.now() - timedelta(minutes=1))
    Item.objects.filter(pk=gone.pk).update(active=False)
    run = die_and_be_claimed(start(site), site, die_at=1)
    # Between the two workers the shop was told of nothing, and a new change came.
    enqueue("qty", site=site, rows=[RequestInput(item_id=items[0].pk)])

    reporter = RunReporter(run)
    reporter.__enter__()
    ids = Item.objects.filter(active=True).values_list("pk", flat=True)
    ask_for_all(
        run=reporter, site=site, kind="qty", ids=ids, key="pk",
        requests_of=lambda part: [RequestInput(item_id=pk) for pk in part],
    )  # fmt: skip
    reporter.finish()

    assert UpdateQtyRequest.objects.get(item=gone).state == State.SUPERSEDED
    assert UpdateQtyRequest.objects.filter(state=State.PENDING).count() == 6


def test_a_run_that_dies_at_the_same_place_again_and_again_is_given_up(
    make_site: MakeSite, make_items: MakeItems
) -> None:
    site = make_site()
    make_items(6)
    run = die_and_be_claimed(start(site), site, die_at=1)
    for _turn in range(MAX_RESTARTS - 1):
        run = die_and_be_claimed(run, site, die_at=0)
    with pytest.raises(Killed):
        ask(run, site, die_at=0)
    Run.objects.update(heartbeat=timezone.now() - timedelta(hours=1))

    assert claim_runs(limit=5) == []
    run.refresh_from_db()
    assert run.state == Run.State.FAILED


def test_a_run_that_comes_further_each_time_is_not_given_up(
    make_site: MakeSite, make_items: MakeItems
) -> None:
    site = make_site()
    make_items(2 * (MAX_RESTARTS + 3))
    run = start(site)
    for _turn in range(MAX_RESTARTS + 2):
        run = die_and_be_claimed(run, site, die_at=1, page=2)

    ask(run, site, page=2)

    assert (run.state, run.found, run.adds_up) == (Run.State.FINISHED, 2 * (MAX_RESTARTS + 3), True)


def test_statements_grow_with_the_pages_only(make_site: MakeSite, make_items: MakeItems) -> None:
    site = make_site()
    make_items(40)
    run = start(site)
    with CaptureQueriesContext(connection) as one_page:
        ask(run, site, page=100)
    with CaptureQueriesContext(connection) as four_pages:
        ask(start(site), site, page=10)
    assert len(four_pages) - len(one_page) <= 3 * 16
