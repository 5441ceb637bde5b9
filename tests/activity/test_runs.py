from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from activity.models import Run, RunNote
from activity.services import RunReporter, cancel_runs, fail_stale_runs, start_run
from activity.services.runs import MAX_NOTES

pytestmark = pytest.mark.django_db


@pytest.fixture
def run() -> Run:
    return start_run(site_code="S1", action="read_sales", params={"from": "2026-11-01"}, title="Read Sales")


def test_a_run_that_ends_well_adds_up(run: Run) -> None:
    with RunReporter(run) as report:
        report.found(8)
        report.created(3)
        report.updated()
        report.unchanged()
        report.held(message="SKU X", subject=("orders.order", 7, "1007"), code="unknown_sku")
        report.failed(message="Broken")
        report.pushed()
    run.refresh_from_db()
    assert run.state == "finished"
    assert (run.found, run.created, run.updated, run.held, run.failed, run.counts) == (
        8,
        3,
        1,
        1,
        1,
        {"pushed": 1},
    )
    assert run.adds_up
    assert run.percent == 100
    assert [note.code for note in run.notes.all()] == ["unknown_sku", ""]


def test_a_run_with_an_unhandled_record_does_not_add_up(run: Run) -> None:
    with RunReporter(run) as report:
        report.found(2)
        report.created()
    run.refresh_from_db()
    assert not run.adds_up
    assert run.accounted == 1


def test_an_error_fails_the_run_and_goes_on(run: Run) -> None:
    with pytest.raises(ValueError, match="boom"), RunReporter(run) as report:
        report.found(4)
        report.created()
        raise ValueError("boom")
    run.refresh_from_db()
    assert (run.state, run.message, run.found) == ("failed", "boom", 4)
    assert [note.level for note in run.notes.all()] == ["error", "warning"]
    assert (run.created, run.failed) == (1, 3) and run.adds_up


def test_two_reporters_add_to_the_same_run(run: Run) -> None:
    with RunReporter(run) as one:
        two = RunReporter(run)
        one.created(2)
        two.created(3)
        two.skipped(1)
        two.flush()
        one.skipped(4)
    run.refresh_from_db()
    assert (run.created, run.counts) == (5, {"skipped": 5})


def test_counting_is_written_in_few_statements(run: Run, django_assert_max_num_queries) -> None:
    with RunReporter(run) as report, django_assert_max_num_queries(16):
        for _number in range(500):
            report.created()


def test_a_cancelled_run_stops_at_its_next_check(run: Run) -> None:
    done = 0
    with RunReporter(run) as report:
        for number in range(5):
            report.check_cancelled()
            report._asked = 0.0
            report.found(2)
            report.updated()
            done += 1
            if number == 1:
                cancel_runs(Run.objects.filter(pk=run.pk), by="boss")
    run.refresh_from_db()
    assert done == 2
    assert run.state == "cancelled"
    assert run.finished_at is not None
    assert (run.found, run.updated, run.counts) == (4, 2, {"skipped": 2}) and run.adds_up


def test_notes_beyond_the_limit_are_only_counted(run: Run) -> None:
    with RunReporter(run) as report:
        for _number in range(MAX_NOTES + 3):
            report.note("x")
    run.refresh_from_db()
    assert RunNote.objects.count() == MAX_NOTES
    assert run.counts == {"notes_left_out": 3}


def test_fail_stale_runs_ends_runs_whose_worker_died(run: Run) -> None:
    fresh = start_run(action="update_all_qtys")
    old = timezone.now() - timedelta(hours=1)
    Run.objects.filter(pk=run.pk).update(state="running", heartbeat=old, found=9, held=2)
    assert fail_stale_runs() == 1
    run.refresh_from_db()
    fresh.refresh_from_db()
    assert (run.state, fresh.state) == ("failed", "queued")
    assert (run.failed, run.notes.get().message) == (7, "7 were found and not come to before the run ended.")
    assert "start the action again" in run.message


def test_progress_is_told_as_json(run: Run, boss_client: Client, reader_client: Client) -> None:
    report = RunReporter(run).__enter__()
    report.found(10)
    report.progress(4, 10)
    report.flush()
    for client in (boss_client, reader_client):
        told = client.get(f"/api/v1/runs/{run.pk}/").json()
        assert (told["state"], told["percent"], told["found"], told["over"]) == ("running", 40, 10, False)


def test_progress_needs_the_permission(run: Run, client: Client, django_user_model) -> None:
    assert client.get(f"/api/v1/runs/{run.pk}/").status_code == 403
    client.force_login(django_user_model.objects.create_user("guest", password="x"))
    assert client.get(f"/api/v1/runs/{run.pk}/").status_code == 403


def test_the_report_page_shows_the_sum_the_notes_and_their_cure(run: Run, boss_client: Client) -> None:
    with RunReporter(run) as report:
        report.found(1)
        report.held(message="SKU X", subject=("orders.order", 7, "1007"), code="unknown_sku")
    page = boss_client.get(f"/admin/activity/run/{run.pk}/change/").content.decode()
    assert "It adds up" in page
    assert "SKU X" in page
    assert "An ordered SKU is not known here" in page


def test_cancel_asks_first_and_then_cancels(run: Run, boss_client: Client, reader_client: Client) -> None:
    address = f"/admin/activity/run/{run.pk}/do/cancel/"
    assert reader_client.post(address, {"_confirmed": "1"}).status_code == 403
    asked = boss_client.post(address)
    assert b"Cancel the run?" in asked.content
    run.refresh_from_db()
    assert run.state == "queued"
    answer = boss_client.post(address, {"_confirmed": "1"}, follow=True)
    assert b"1 run was cancelled." in answer.content
    run.refresh_from_db()
    assert run.state == "cancelled"
