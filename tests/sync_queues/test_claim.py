from __future__ import annotations

import threading
import time
from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from sites.models import Site
from sync_queues.inputs import RequestInput, RowOutcome, RowResult
from sync_queues.models import Request, State, UpdateQtyRequest
from sync_queues.services.claim import Heartbeat, claim, extend
from sync_queues.services.enqueue import enqueue
from sync_queues.services.record import record_results
from tests.sync_queues.conftest import MakeItems, MakeSite


def _ask(site: Site, make_items: MakeItems, count: int) -> None:
    enqueue("qty", site=site, rows=[RequestInput(item_id=item.pk) for item in make_items(count)])


def test_claim_takes_the_oldest_due_rows_of_the_site(make_site: MakeSite, make_items: MakeItems) -> None:
    site, other = make_site("A"), make_site("B")
    items = make_items(4)
    now = timezone.now()
    for minutes, item in zip((1, 3, 2, -5), items, strict=True):
        moment = now - timedelta(minutes=minutes)
        enqueue("qty", site=site, rows=[RequestInput(item_id=item.pk, not_before=moment)])
    enqueue("qty", site=other, rows=[RequestInput(item_id=items[0].pk)])
    rows = claim("qty", site_id=site.pk, limit=2, worker="w1")
    assert [row.item_id for row in rows] == [items[1].pk, items[2].pk]
    assert {(row.state, row.claimed_by) for row in rows} == {(State.PROCESSING, "w1")}
    assert all(row.claimed_until is not None and row.claimed_until > now for row in rows)
    rest = claim("qty", site_id=site.pk, limit=9, worker="w2")
    assert [row.item_id for row in rest] == [items[0].pk]
    assert claim("qty", site_id=site.pk, limit=9, worker="w3") == []


def test_a_key_at_work_is_not_claimed_again(site: Site, make_items: MakeItems) -> None:
    [item] = make_items(1)
    enqueue("qty", site=site, rows=[RequestInput(item_id=item.pk)])
    [first] = claim("qty", site_id=site.pk, limit=5, worker="w1")
    enqueue("qty", site=site, rows=[RequestInput(item_id=item.pk)])
    assert claim("qty", site_id=site.pk, limit=5, worker="w2") == []
    record_results("qty", [(first, RowResult(first.pk, RowOutcome.DONE))])
    assert len(claim("qty", site_id=site.pk, limit=5, worker="w2")) == 1


def test_suspects_come_in_ever_smaller_groups(site: Site, make_items: MakeItems) -> None:
    _ask(site, make_items, 40)
    UpdateQtyRequest.objects.update(crash_count=1)
    assert len(claim("qty", site_id=site.pk, limit=40, worker="w1")) == 4
    UpdateQtyRequest.objects.filter(state=State.PENDING).update(crash_count=2)
    assert len(claim("qty", site_id=site.pk, limit=40, worker="w2")) == 1


def test_a_suspect_goes_alone_when_its_turn_comes_and_holds_nobody_up_before(
    site: Site, make_items: MakeItems
) -> None:
    now = timezone.now()
    items = make_items(3)
    for minutes, item in zip((3, 2, 1), items, strict=True):
        moment = now - timedelta(minutes=minutes)
        enqueue("qty", site=site, rows=[RequestInput(item_id=item.pk, not_before=moment)])
    UpdateQtyRequest.objects.filter(item_id=items[1].pk).update(crash_count=2)
    assert [row.item_id for row in claim("qty", site_id=site.pk, limit=1, worker="w1")] == [items[0].pk]
    assert [row.item_id for row in claim("qty", site_id=site.pk, limit=9, worker="w2")] == [items[1].pk]
    assert [row.item_id for row in claim("qty", site_id=site.pk, limit=9, worker="w3")] == [items[2].pk]


def test_a_suspect_whose_key_is_at_work_leaves_the_turn_to_the_others(
    site: Site, make_items: MakeItems
) -> None:
    first, second = make_items(2)
    enqueue("qty", site=site, rows=[RequestInput(item_id=first.pk)])
    assert len(claim("qty", site_id=site.pk, limit=9, worker="w1")) == 1
    enqueue("qty", site=site, rows=[RequestInput(item_id=first.pk)])
    UpdateQtyRequest.objects.filter(state=State.PENDING).update(crash_count=1)
    enqueue("qty", site=site, rows=[RequestInput(item_id=second.pk)])
    assert [row.item_id for row in claim("qty", site_id=site.pk, limit=9, worker="w2")] == [second.pk]
    assert claim("qty", site_id=site.pk, limit=9, worker="w3") == []


@pytest.mark.parametrize("kind", ["qty", "price", "item"])
def test_claimed_rows_are_what_the_table_holds(site: Site, make_items: MakeItems, kind: str) -> None:
    [item] = make_items(1)
    wish = RequestInput(
        item_id=item.pk, quantity=Decimal("1.5"), price=Decimal("9.99"), sheet={"price": "9.99"}
    )
    enqueue(kind, site=site, rows=[wish])
    [row] = claim(kind, site_id=site.pk, limit=9, worker="w1")
    stored = type(row).objects.get(pk=row.pk)
    for field in row._meta.concrete_fields:
        mine, theirs = getattr(row, field.attname), getattr(stored, field.attname)
        assert (mine, type(mine)) == (theirs, type(theirs)), field.name
    assert (row == stored, row.site, row._state.adding) == (True, site, False)
    row.outcome = "seen"
    row.save(update_fields=["outcome"])
    assert type(row).objects.get().outcome == "seen"


@pytest.mark.django_db(transaction=True)
def test_a_claim_in_a_transaction_of_others_does_not_make_it_forgettable(
    make_site: MakeSite, make_items: MakeItems, is_postgres: bool
) -> None:
    if not is_postgres:
        pytest.skip("only PostgreSQL can be told not to wait for the disk")
    site = make_site()
    _ask(site, make_items, 1)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = on")
        assert len(claim("qty", site_id=site.pk, limit=9, worker="w1")) == 1
        cursor.execute("SHOW synchronous_commit")
        assert cursor.fetchone() == ("on",)


@pytest.mark.parametrize("count", [3, 300])
def test_claim_and_record_take_the_same_statements_for_any_batch(
    site: Site, make_items: MakeItems, is_postgres: bool, count: int
) -> None:
    _ask(site, make_items, count)
    with CaptureQueriesContext(connection) as claiming:
        rows = claim("qty", site_id=site.pk, limit=count, worker="w1")
    assert len(rows) == count
    with CaptureQueriesContext(connection) as recording:
        record_results("qty", [(row, RowResult(row.pk, RowOutcome.DONE)) for row in rows])

    def real(queries: CaptureQueriesContext) -> list[str]:
        return [one["sql"] for one in queries.captured_queries if "SAVEPOINT" not in one["sql"]]

    assert len(real(claiming)) == 2  # the batch, the parents of a full batch
    assert len(real(recording)) == (1 if is_postgres else 2)  # the results, and failures that they close
    assert UpdateQtyRequest.objects.filter(state=State.COMPLETED).count() == count


@pytest.mark.django_db(transaction=True)
def test_workers_in_parallel_never_hold_the_same_row_or_key(
    make_site: MakeSite, make_items: MakeItems
) -> None:
    """Four workers drain while a fifth keeps changing the same items; every key has one holder at a time."""
    site, items = make_site(), make_items(30)
    enqueue("qty", site=site, rows=[RequestInput(item_id=item.pk) for item in items])
    held: Counter[str] = Counter()
    clashes: list[str] = []
    done: Counter[int] = Counter()
    lock, over = threading.Lock(), threading.Event()
    errors: list[BaseException] = []

    def work(name: str) -> None:
        number = 0
        try:
            while not over.is_set():
                number += 1
                rows = claim("qty", site_id=site.pk, limit=7, worker=f"{name}/{number}")
                if not rows:
                    time.sleep(0.005)
                    continue
                with lock:
                    for row in rows:
                        held[row.key] += 1
                        if held[row.key] > 1:
                            clashes.append(row.key)
                        done[row.pk] += 1
                time.sleep(0.002)
                with lock:
                    for row in rows:
                        held[row.key] -= 1
                report = record_results("qty", [(row, RowResult(row.pk, RowOutcome.DONE)) for row in rows])
                assert not report.lost
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(f"w{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    last: dict[int, int] = {}
    for _round in range(25):
        enqueue("qty", site=site, rows=[RequestInput(item_id=item.pk) for item in items])
        time.sleep(0.004)
    deadline = time.monotonic() + 30
    while UpdateQtyRequest.objects.filter(state__in=("pending", "processing")).exists():
        assert time.monotonic() < deadline and not errors, errors
        time.sleep(0.02)
    over.set()
    for thread in threads:
        thread.join(timeout=10)
    assert not errors and not clashes and not last
    assert set(done.values()) == {1}
    assert set(UpdateQtyRequest.objects.values_list("state", flat=True)) == {"completed"}
    assert set(UpdateQtyRequest.objects.values_list("item_id", flat=True)) == {item.pk for item in items}


@pytest.mark.django_db(transaction=True)
def test_many_threads_enqueueing_the_same_keys_make_one_row_each(
    make_site: MakeSite, make_items: MakeItems
) -> None:
    site, items = make_site(), make_items(50)
    results: list[int] = []
    errors: list[BaseException] = []
    start = threading.Barrier(6)

    def ask(reverse: bool) -> None:
        try:
            start.wait()
            rows = [RequestInput(item_id=item.pk) for item in (reversed(items) if reverse else items)]
            results.extend(enqueue("qty", site=site, rows=rows).created for _round in range(5))
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=ask, args=(number % 2 == 0,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not errors
    assert sum(results) == 50 == UpdateQtyRequest.objects.count()
    assert set(UpdateQtyRequest.objects.values_list("coalesced", flat=True)) == {29}


@pytest.mark.django_db(transaction=True)
def test_the_heartbeat_prolongs_the_lease_and_notices_its_loss(
    make_site: MakeSite, make_items: MakeItems
) -> None:
    site = make_site()
    _ask(site, make_items, 2)
    rows = claim("qty", site_id=site.pk, limit=2, worker="w1", lease_seconds=0.4)
    with Heartbeat("qty", "w1", lease_seconds=0.4) as heart:
        time.sleep(0.7)
        row = UpdateQtyRequest.objects.get(pk=rows[0].pk)
        assert row.claimed_until is not None and row.claimed_until > timezone.now()
        UpdateQtyRequest.objects.update(claimed_by="somebody else")
        time.sleep(0.3)
    assert heart.lost
    assert extend("qty", worker="w1") == 0


@pytest.mark.django_db(transaction=True)
def test_the_heartbeat_finds_the_database_again_when_its_connection_broke(
    make_site: MakeSite, make_items: MakeItems, is_postgres: bool
) -> None:
    """A heart beats for a whole turn: a session that the server or a pooler closed must not end all leases."""
    if not is_postgres:
        pytest.skip("SQLite has no sessions that could break")
    site = make_site()
    _ask(site, make_items, 1)
    [row] = claim("qty", site_id=site.pk, limit=1, worker="w1", lease_seconds=0.4)
    own = connection.connection.info.backend_pid
    with Heartbeat("qty", "w1", lease_seconds=0.4):
        time.sleep(0.15)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                "WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> %s",
                [own],
            )
            # At least the heart's: a thread of an earlier test may not have closed its session yet.
            assert cursor.fetchone() >= (1,)
        broken_at = timezone.now()
        time.sleep(0.35)
        row.refresh_from_db()
    assert row.claimed_until is not None
    assert row.claimed_until - timedelta(seconds=0.4) > broken_at + timedelta(seconds=0.1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("kind", "waits"), [("qty", False), ("price", False), ("item", True)])
def test_a_claim_of_products_waits_for_the_disk(
    make_site: MakeSite, is_postgres: bool, kind: str, waits: bool
) -> None:
    """A figure may be sent twice, but a product that two workers make at once is there twice."""
    if not is_postgres:
        pytest.skip("only PostgreSQL can be told not to wait for the disk")
    site = make_site()
    with CaptureQueriesContext(connection) as claiming:
        claim(kind, site_id=site.pk, limit=9, worker="w1")
    assert any("synchronous_commit" in query["sql"] for query in claiming) is not waits


def test_results_of_a_lost_lease_are_not_written(site: Site, make_items: MakeItems) -> None:
    _ask(site, make_items, 1)
    [row] = claim("qty", site_id=site.pk, limit=1, worker="w1")
    UpdateQtyRequest.objects.update(claimed_by="w2")
    report = record_results("qty", [(row, RowResult(row.pk, RowOutcome.DONE))])
    assert [lost.pk for lost in report.lost] == [row.pk]
    assert UpdateQtyRequest.objects.get().state == State.PROCESSING


def test_rows_are_requests() -> None:
    assert issubclass(UpdateQtyRequest, Request)
