"""Old requests make room in small steps, beside workers that go on."""

from __future__ import annotations

import itertools
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from activity.services import prune
from ecomsync.common.retention import Retention, prune_kind
from sites.models import Site
from sync_queues.inputs import RequestInput
from sync_queues.models import FINISHED_STATES, State, UpdateQtyRequest
from sync_queues.services.drain import drain
from sync_queues.services.enqueue import enqueue
from tests.sync_queues.conftest import MakeItems

OLD = timedelta(days=400)
STEP = 20


def finished_long_ago(site: Site, count: int) -> None:
    done = timezone.now() - OLD
    UpdateQtyRequest.objects.bulk_create(
        UpdateQtyRequest(site=site, key=f"old-{number}", state="completed", version=1, completed_at=done)
        for number in range(count)
    )


def rule() -> Retention:
    return Retention("requests", UpdateQtyRequest.objects.filter(state__in=FINISHED_STATES), "completed_at")


@pytest.mark.django_db(transaction=True)
def test_no_step_holds_more_rows_than_a_batch(site: Site) -> None:
    finished_long_ago(site, 3 * STEP + 5)
    steps: list[int] = []
    before = UpdateQtyRequest.objects.count()

    def look(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        found = execute(sql, params, many, context)
        if sql.startswith("DELETE"):
            assert connection.in_atomic_block
            transaction.on_commit(lambda: steps.append(UpdateQtyRequest.objects.count()))
        return found

    with connection.execute_wrapper(look):
        assert prune_kind(rule(), batch=STEP) == 3 * STEP + 5
    left = [before, *steps]
    assert [old - new for old, new in itertools.pairwise(left)] == [STEP, STEP, STEP, 5]


@pytest.mark.django_db(transaction=True)
def test_workers_drain_while_old_rows_make_room(site: Site, make_items: MakeItems) -> None:
    Site.objects.update(batch_size_quantity=5)
    finished_long_ago(site, 15 * STEP)
    items = make_items(60)
    gone: list[int] = []
    errors: list[BaseException] = []

    def clean() -> None:
        try:
            gone.append(prune([rule()], batch=STEP)["requests"])
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=clean)
    thread.start()
    for start in range(0, 60, 20):
        enqueue("qty", site=site, rows=[RequestInput(item_id=item.pk) for item in items[start : start + 20]])
        report = drain(site.pk, "qty", seconds=60)
        assert (report.done, report.lost) == (20, 0)
    thread.join(60)
    assert (errors, gone) == ([], [15 * STEP])
    assert list(UpdateQtyRequest.objects.values_list("state", flat=True)) == [State.COMPLETED] * 60


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_rows_that_somebody_holds_are_left_and_not_waited_for(site: Site) -> None:
    finished_long_ago(site, 6)
    held, over = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            list(UpdateQtyRequest.objects.select_for_update().order_by("pk")[:2])
            held.set()
            over.wait(60)
        connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    assert held.wait(60)
    assert prune_kind(rule(), batch=STEP) == 4
    over.set()
    thread.join(60)
    assert prune_kind(rule(), batch=STEP) == 2
