from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from activity.models import Alert, Run
from activity.services import RunReporter
from ecomsync.common.errors import BadCredentials, MissingMapping
from sites import runs
from sites.models import Site
from sites.runs import ACTIONS, SiteAction, refusal, request_run
from sites.services import execute_runs

calls: list[tuple[str, dict[str, Any]]] = []


def good(*, run: RunReporter, site: Site, params: dict[str, Any]) -> None:
    calls.append((site.code, params))
    run.found(3)
    run.created(2)
    run.unchanged(1)


def refused(*, run: RunReporter, site: Site, params: dict[str, Any]) -> None:
    raise BadCredentials("The shop refuses our keys.")


def unmapped(*, run: RunReporter, site: Site, params: dict[str, Any]) -> None:
    raise MissingMapping("No warehouse is mapped.", cure="Add a warehouse line.")


def broken(*, run: RunReporter, site: Site, params: dict[str, Any]) -> None:
    raise ZeroDivisionError("a bug")


@pytest.fixture(autouse=True)
def actions(monkeypatch: pytest.MonkeyPatch) -> None:
    calls.clear()
    table = {
        name: SiteAction(name, f"tests.sites.test_runs.{name}")
        for name in ("good", "refused", "unmapped", "broken")
    }
    table["gone"] = SiteAction("gone", "tests.sites.no_such_module.function")
    monkeypatch.setattr(runs, "ACTIONS", {**ACTIONS, **table})
    monkeypatch.setattr(execute_runs, "ACTIONS", {**ACTIONS, **table})


@pytest.mark.django_db
def test_run_is_carried_out_and_adds_up(site: Site) -> None:
    run = request_run(site=site, action="good", params={"x": 1})
    assert run.state == Run.State.QUEUED
    assert execute_runs.execute_waiting_runs() == 1
    run.refresh_from_db()
    assert (run.state, run.found, run.created, run.unchanged) == (Run.State.FINISHED, 3, 2, 1)
    assert run.adds_up
    assert calls == [(site.code, {"x": 1})]
    assert execute_runs.execute_waiting_runs() == 0


@pytest.mark.django_db
def test_same_waiting_action_is_asked_for_once(site: Site) -> None:
    first = request_run(site=site, action="good")
    assert request_run(site=site, action="good") == first
    assert request_run(site=site, action="good", params={"other": 1}) != first


@pytest.mark.django_db
def test_one_run_per_site_and_action_at_a_time(make_site: Callable[..., Site]) -> None:
    site, other = make_site(), make_site()
    for params in ({}, {"n": 1}):
        request_run(site=site, action="good", params=params)
    request_run(site=other, action="good")
    claimed = execute_runs.claim_runs(limit=5)
    assert sorted(run.site_code for run in claimed) == [site.code, other.code]
    assert execute_runs.claim_runs(limit=5) == []


@pytest.mark.django_db
def test_killed_run_is_started_again_from_zero(site: Site) -> None:
    run = request_run(site=site, action="good")
    dead = timezone.now() - timedelta(minutes=5)
    Run.objects.filter(pk=run.pk).update(
        state=Run.State.RUNNING, heartbeat=dead, started_at=dead, found=99, created=98
    )
    assert execute_runs.execute_waiting_runs() == 1
    run.refresh_from_db()
    assert (run.state, run.found, run.created) == (Run.State.FINISHED, 3, 2)
    assert run.counts["restarts"] == 1
    assert "started again" in run.notes.get().message


@pytest.mark.django_db
def test_run_with_a_sign_of_life_is_left_alone(site: Site) -> None:
    run = request_run(site=site, action="good")
    Run.objects.filter(pk=run.pk).update(state=Run.State.RUNNING, heartbeat=timezone.now())
    assert execute_runs.execute_waiting_runs() == 0


@pytest.mark.django_db
def test_run_that_kills_its_worker_is_given_up(site: Site) -> None:
    run = request_run(site=site, action="good")
    dead = timezone.now() - timedelta(minutes=5)
    Run.objects.filter(pk=run.pk).update(state=Run.State.RUNNING, heartbeat=dead, counts={"restarts": 3})
    assert execute_runs.execute_waiting_runs() == 0
    run.refresh_from_db()
    assert run.state == Run.State.FAILED
    assert "died 4 times" in run.message


@pytest.mark.django_db
def test_refused_keys_fail_the_run_and_pause_the_site_with_one_alert(site: Site) -> None:
    request_run(site=site, action="refused")
    execute_runs.execute_waiting_runs()
    run = Run.objects.get()
    assert run.state == Run.State.FAILED
    assert "refuses our keys" in run.message
    site.refresh_from_db()
    assert site.paused
    assert Alert.objects.count() == 1
    assert str(refusal(site, "read_sales")) == "The site is paused. Resume it first."


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("action", "text"),
    [("unmapped", "Add a warehouse line."), ("broken", "a bug"), ("gone", "cannot be loaded")],
)
def test_failed_run_names_its_cause(site: Site, action: str, text: str) -> None:
    request_run(site=site, action=action)
    execute_runs.execute_waiting_runs()
    run = Run.objects.get()
    assert run.state == Run.State.FAILED
    assert text in run.message


@pytest.mark.django_db
def test_run_of_a_deleted_site_fails(site: Site) -> None:
    request_run(site=site, action="good")
    site.delete()
    assert execute_runs.execute_waiting_runs() == 0
    assert "no site" in Run.objects.get().message


@pytest.mark.django_db(transaction=True)
def test_several_runs_go_in_threads(make_site: Callable[..., Site]) -> None:
    for _number in range(3):
        request_run(site=make_site(), action="good")
    assert execute_runs.execute_waiting_runs() == 3
    assert set(Run.objects.values_list("state", flat=True)) == {Run.State.FINISHED}


@pytest.mark.django_db
def test_refusal_names_what_the_platform_lacks(make_site: Callable[..., Site]) -> None:
    tiny = make_site(site_type="tinyshop")
    assert "cannot do this" in str(refusal(tiny, "read_sales"))
    assert refusal(tiny, "update_all_qtys") == ""
    assert "inactive" in str(refusal(make_site(active=False), "read_sales"))


@pytest.mark.django_db(transaction=True)
def test_run_is_claimed_by_one_worker_of_many(site: Site) -> None:
    request_run(site=site, action="good")
    claimed: list[int] = []
    start = threading.Barrier(5)

    def work() -> None:
        start.wait()
        claimed.extend(run.pk for run in execute_runs.claim_runs(limit=5))
        connections.close_all()

    threads = [threading.Thread(target=work) for _number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(claimed) == 1


def stale_token(*, run: RunReporter, site: Site, params: dict[str, Any]) -> None:
    calls.append((site.access_token, params))
    if site.access_token == "token-1":
        raise BadCredentials("The token is refused.")
    run.found()
    run.unchanged()


@pytest.mark.django_db
def test_a_run_whose_token_was_refused_begins_anew_with_a_new_one(
    make_site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    table = {**ACTIONS, "stale": SiteAction("stale", "tests.sites.test_runs.stale_token")}
    monkeypatch.setattr(runs, "ACTIONS", table)
    monkeypatch.setattr(execute_runs, "ACTIONS", table)
    site = make_site(access_token="token-1", refresh_token="refresh-1")
    request_run(site=site, action="stale", params={"x": 1})
    while execute_runs.execute_waiting_runs():
        pass
    assert calls == [("token-1", {"x": 1}), ("token-2", {"x": 1})]
    first, second = Run.objects.order_by("pk")
    assert (first.state, second.state, second.adds_up) == (Run.State.FAILED, Run.State.FINISHED, True)
    assert f"run {second.pk} begins anew" in first.notes.get(level="warning").message
    site.refresh_from_db()
    assert not site.paused and not Alert.objects.exists()
