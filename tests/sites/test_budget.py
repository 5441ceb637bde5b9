from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings as django_settings
from django.db import connections
from django.utils import timezone

from activity.models import Alert, Event
from ecomsync.common.errors import CircuitOpen, NetworkError, RateLimited
from platforms.types import Quota
from sites.budget import Grant, Limits, SiteBudget, Store, budget_figures, limits_of
from sites.budget.careful_store import CarefulStore, forget_absence
from sites.budget.database_store import DatabaseStore
from sites.budget.limits import BREAKS_AT, FIRST_REST, PROBE_SECONDS
from sites.budget.redis_store import RedisStore, client_for
from sites.models import RateBucket, Site

LIMITS = Limits(rate=2.0, parallel=2)


@pytest.fixture(params=["database", pytest.param("redis", marks=pytest.mark.redis)])
def store(request: pytest.FixtureRequest, site: Site) -> Iterator[Store]:
    if request.param == "database":
        yield DatabaseStore(site.pk)
        return
    client_for(django_settings.REDIS_URL).flushdb()
    yield RedisStore(site.pk, django_settings.REDIS_URL)
    client_for(django_settings.REDIS_URL).flushdb()


@pytest.mark.django_db
def test_bucket_gives_its_burst_and_then_tells_how_long_to_wait(store: Store) -> None:
    assert [store.take(1, LIMITS, 0.0).wait for _number in range(4)] == [0.0] * 4
    assert 0 < store.take(1, LIMITS, 0.0).wait <= 0.5


@pytest.mark.django_db
def test_tokens_and_place_are_taken_together(store: Store) -> None:
    first, second, third = (store.begin(1, LIMITS, 0.0) for _number in range(3))
    assert all(grant.granted for grant, _place in (first, second, third))
    assert first[1]
    assert second[1]
    assert third[1] == ""  # the tokens are there, the place is not
    store.leave(first[1])
    place = store.enter(LIMITS)
    assert store.take(1, LIMITS, 0.0).granted
    grant, none = store.begin(1, LIMITS, 0.0)
    assert (grant.wait > 0, none) == (True, "")
    store.leave(place)
    store.leave(second[1])


@pytest.mark.django_db
def test_a_refusal_costs_nothing(store: Store) -> None:
    while store.take(1, LIMITS, 0.0).granted:
        pass
    waits = [store.take(1, LIMITS, 0.0).wait for _number in range(20)]
    assert all(later <= sooner for sooner, later in itertools.pairwise(waits))


@pytest.mark.django_db
def test_a_take_is_one_statement(site: Site, django_assert_num_queries: Any) -> None:
    store = DatabaseStore(site.pk)
    store.take(1, LIMITS, 0.0)
    with django_assert_num_queries(1):
        assert store.take(1, LIMITS, 0.0).granted


@pytest.mark.redis
@pytest.mark.django_db
def test_redis_that_was_started_anew_learns_the_script_again(site: Site) -> None:
    store = RedisStore(site.pk, django_settings.REDIS_URL)
    assert store.begin(1, LIMITS, 0.0)[0].granted
    client_for(django_settings.REDIS_URL).script_flush()
    assert store.begin(1, LIMITS, 0.0)[0].granted
    client_for(django_settings.REDIS_URL).flushdb()


@pytest.mark.django_db
def test_lower_lanes_leave_a_reserve_for_orders(store: Store) -> None:
    granted = 0
    while store.take(1, LIMITS, 0.3).granted:
        granted += 1
    assert granted == 2
    assert store.take(1, LIMITS, 0.0).granted


@pytest.mark.django_db
def test_smallest_bucket_serves_every_lane(store: Store) -> None:
    assert store.take(1, Limits(rate=0.1, parallel=1), 0.3).granted


@pytest.mark.django_db
def test_call_dearer_than_the_bucket_is_served_when_it_is_full(store: Store) -> None:
    assert store.take(50, LIMITS, 0.0).granted
    assert store.take(1, LIMITS, 0.0).wait > 5


@pytest.mark.django_db
def test_pause_asked_for_by_the_shop_holds_for_all(store: Store) -> None:
    store.block(30)
    store.block(5)
    assert 29 < store.gate().wait <= 30
    assert store.take(1, LIMITS, 0.0).wait > 29


@pytest.mark.django_db
def test_parallel_calls_are_bounded(store: Store) -> None:
    first, second = store.enter(LIMITS), store.enter(LIMITS)
    assert first
    assert second
    assert store.enter(LIMITS) == ""
    store.leave(first)
    third = store.enter(LIMITS)
    assert third
    store.leave(second)
    store.leave(third)


@pytest.mark.django_db
@pytest.mark.redis
@pytest.mark.django_db
def test_places_of_a_killed_worker_are_waited_for_by_those_who_can(
    site: Site, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sites.budget.redis_store.CALL_LEASE", 1.0)
    killed = RedisStore(site.pk, settings.REDIS_URL)
    limits = limits_of(site)
    assert all(killed.enter(limits) for _ in range(limits.parallel))  # and nobody ever leaves
    hasty = SiteBudget(site, store=RedisStore(site.pk, settings.REDIS_URL), max_wait=0.1)
    with (
        pytest.raises(RateLimited, match="calls that site SHOP1 allows at a time are taken"),
        hasty.acquire(),
    ):
        pass
    patient = SiteBudget(site, store=RedisStore(site.pk, settings.REDIS_URL), max_wait=0.1, patient=True)
    with patient.acquire():
        assert killed.enter(replace(limits, parallel=1)) == ""


@pytest.mark.redis
@pytest.mark.django_db
def test_a_place_whose_answer_was_lost_is_the_same_place_when_asked_again(
    site: Site, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client of Redis sends a message again whose answer did not come in time."""
    limits = Limits(rate=5.0, parallel=1)
    store = RedisStore(site.pk, settings.REDIS_URL)
    asked = UUID(int=7)
    monkeypatch.setattr("sites.budget.redis_store.uuid.uuid4", lambda: asked)
    assert [store.enter(limits), store.enter(limits)] == [asked.hex, asked.hex]
    store.leave(asked.hex)
    assert [store.begin(1, limits, 0)[1], store.begin(1, limits, 0)[1]] == [asked.hex, asked.hex]
    monkeypatch.setattr("sites.budget.redis_store.uuid.uuid4", lambda: UUID(int=8))
    assert store.enter(limits) == ""


def test_limits_come_from_the_platform_and_the_site_overrides_them(make_site: Callable[..., Site]) -> None:
    assert limits_of(make_site(site_type="tinyshop")) == Limits(rate=5.0, parallel=1)
    capped = make_site(calls_per_second_cap=Decimal("1.50"), max_parallel_calls=4)
    assert limits_of(capped) == Limits(rate=1.5, parallel=4, cap=1.5)
    assert limits_of(make_site()).rate is None


@pytest.mark.django_db
def test_site_without_limit_makes_no_statement_per_call(site: Site, django_assert_num_queries: Any) -> None:
    budget = SiteBudget(site, store=DatabaseStore(site.pk))
    with budget.acquire(lane="stock"):
        pass
    with django_assert_num_queries(0), budget.acquire(lane="stock"):
        pass


@pytest.mark.django_db
def test_retry_after_is_learnt_and_told(site: Site, settings: Any) -> None:
    settings.REDIS_URL = ""
    budget = SiteBudget(site, store=DatabaseStore(site.pk), max_wait=0.05)
    budget.learn(status=200, headers={}, retry_after=None)
    with budget.acquire(lane="orders"):
        pass
    budget.learn(status=429, headers={}, retry_after=20)
    other = SiteBudget(site, store=DatabaseStore(site.pk), max_wait=0.05)
    with pytest.raises(RateLimited) as caught, other.acquire(lane="orders"):
        pass
    assert caught.value.retry_after is not None
    assert 18 < caught.value.retry_after <= 20
    assert 18 < budget_figures(site).blocked <= 20


@pytest.mark.django_db
def test_budget_waits_for_tokens(make_site: Callable[..., Site]) -> None:
    site = make_site(calls_per_second_cap=Decimal(50))
    RateBucket.objects.create(
        site=site, tokens=0, capacity=100, refill_per_second=50, updated_at=timezone.now()
    )
    began = time.monotonic()
    with SiteBudget(site, store=DatabaseStore(site.pk)).acquire(lane="orders"):
        pass
    assert time.monotonic() - began < 5


@pytest.mark.django_db(transaction=True)
def test_workers_together_never_take_more_than_the_bucket_holds(make_site: Callable[..., Site]) -> None:
    site = make_site()
    limits = Limits(rate=0.001, parallel=4)  # refills one token in a quarter of an hour
    RateBucket.objects.create(
        site=site, tokens=1, capacity=1, refill_per_second=0.001, updated_at=timezone.now()
    )
    granted: list[float] = []
    start = threading.Barrier(6)

    def work() -> None:
        start.wait()
        waits = [DatabaseStore(site.pk).take(1, limits, 0.0).wait for _number in range(5)]
        granted.extend(wait for wait in waits if wait == 0.0)
        connections.close_all()

    threads = [threading.Thread(target=work) for _number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(granted) == 1


# ---------------------------------------------------------------- what the platform tells


@pytest.mark.django_db
def test_other_programs_that_use_the_quota_are_allowed_for(store: Store) -> None:
    store.teach(Quota(left=1), LIMITS)
    assert store.take(1, LIMITS, 0.0).granted
    assert not store.take(1, LIMITS, 0.0).granted


@pytest.mark.django_db
def test_more_left_than_we_think_gives_nothing_away(store: Store) -> None:
    """Calls that are under way are not in the platform's figure yet."""
    for _number in range(4):
        store.take(1, LIMITS, 0.0)
    store.teach(Quota(left=4), LIMITS)
    assert not store.take(1, LIMITS, 0.0).granted


@pytest.mark.django_db
def test_what_is_left_of_a_bucket_larger_than_we_thought_can_be_used_at_once(store: Store) -> None:
    """A first connection would wait for the reserve of the other lanes to fill up, though the shop's bucket is full."""
    assert store.take(1, LIMITS, 0.3).granted
    store.teach(Quota(left=990, limit=1000, per_second=50), LIMITS)
    assert store.take(600, LIMITS, 0.3).granted
    store.teach(Quota(left=990, limit=1000, per_second=50), LIMITS)
    assert not store.take(600, LIMITS, 0.3).granted  # told before the others were answered


def test_the_platforms_own_limits_replace_ours_but_not_staffs_cap(store: Store) -> None:
    store.teach(Quota(limit=100, per_second=50), LIMITS)
    assert store.take(1, LIMITS, 0.0).granted
    waits = [store.take(40, LIMITS, 0.0).wait for _number in range(3)]
    assert waits[0] > 0  # the bucket grows with time, not at once
    capped = Limits(rate=2.0, parallel=2, cap=2.0)
    assert store.take(100, capped, 0.0).wait > 40


@pytest.mark.django_db
def test_points_that_a_call_did_not_cost_come_back(store: Store) -> None:
    for _number in range(4):
        store.take(1, LIMITS, 0.0)
    store.give(3, LIMITS)
    assert [store.take(1, LIMITS, 0.0).granted for _number in range(4)] == [True, True, True, False]
    store.give(-2, LIMITS)
    assert store.take(1, LIMITS, 0.0).wait > 1


@pytest.mark.django_db
def test_a_window_that_is_used_up_is_waited_for(make_site: Callable[..., Site], settings: Any) -> None:
    settings.REDIS_URL = ""
    site = make_site(calls_per_second_cap=Decimal(10))
    budget = SiteBudget(site, store=DatabaseStore(site.pk), max_wait=0.05)
    budget.learn(status=200, headers={}, retry_after=None, quota=Quota(left=0, limit=60, resets_in=12))
    with pytest.raises(RateLimited) as caught, budget.acquire():
        pass
    assert 11 < (caught.value.retry_after or 0) <= 12
    figures = budget_figures(site)
    assert (figures.told, figures.capacity, round(figures.left or 0)) == (True, 60, 0)


# ---------------------------------------------------------------- the breaker


def fail(store: Store, times: int) -> int:
    return [store.fault() for _number in range(times)][-1]


@pytest.mark.django_db
def test_a_shop_that_fails_again_and_again_is_left_alone(store: Store) -> None:
    assert fail(store, BREAKS_AT - 1) == BREAKS_AT - 1
    assert store.take(1, LIMITS, 0.0).granted
    assert fail(store, 1) == BREAKS_AT
    grant = store.take(1, LIMITS, 0.0)
    assert (FIRST_REST - 1 < grant.wait <= FIRST_REST, grant.faults) == (True, BREAKS_AT)
    assert FIRST_REST - 1 < store.gate().wait <= FIRST_REST


@pytest.mark.django_db
def test_after_the_rest_one_call_tries_and_the_others_wait(store: Store) -> None:
    fail(store, BREAKS_AT)
    end_rest(store)
    assert store.gate().granted
    assert PROBE_SECONDS - 1 < store.gate().wait <= PROBE_SECONDS
    assert store.take(1, LIMITS, 0.0).wait > PROBE_SECONDS - 1

    assert store.fault() == BREAKS_AT + 1
    assert 2 * FIRST_REST - 1 < store.gate().wait <= 2 * FIRST_REST
    end_rest(store)
    assert store.take(1, LIMITS, 0.0).granted
    assert store.well() == BREAKS_AT + 1
    assert store.gate() == Grant(0.0)
    assert store.well() == 0


def end_rest(store: Store) -> None:
    """The rest of an open breaker is over at once."""
    if isinstance(store, RedisStore):
        client_for(django_settings.REDIS_URL).hdel(store.bucket, "rest")
    else:
        RateBucket.objects.update(rest_until=timezone.now())


@pytest.mark.django_db
def test_the_breaker_raises_one_alert_and_closes_it_when_the_shop_answers(site: Site, settings: Any) -> None:
    settings.REDIS_URL = ""
    budget = SiteBudget(site, store=DatabaseStore(site.pk), max_wait=0.05)
    for _number in range(BREAKS_AT):
        with pytest.raises(NetworkError), budget.acquire():
            raise NetworkError("connection refused")

    with pytest.raises(CircuitOpen) as caught, budget.acquire():
        pass
    assert FIRST_REST - 1 < (caught.value.retry_after or 0) <= FIRST_REST
    assert budget_figures(site).circuit == "open"
    alert = Alert.objects.get()
    assert (alert.code, alert.acknowledged) == ("circuit_open", False)
    assert "connection refused" in alert.message

    RateBucket.objects.update(rest_until=timezone.now())
    assert budget_figures(site).circuit == "half-open"
    with budget.acquire():
        pass
    budget.learn(status=200, headers={}, retry_after=None)
    alert.refresh_from_db()
    assert alert.acknowledged
    assert budget_figures(site).circuit == "closed"
    assert [event.kind for event in Event.objects.order_by("pk")] == [
        "site.circuit_open",
        "site.circuit_closed",
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(("status", "faults"), [(503, 1), (502, 1), (500, 0), (429, 0), (404, 0)])
def test_only_what_is_wrong_with_the_whole_shop_counts(
    site: Site, settings: Any, status: int, faults: int
) -> None:
    settings.REDIS_URL = ""
    budget = SiteBudget(site, store=DatabaseStore(site.pk))
    budget.learn(status=status, headers={}, retry_after=None)
    assert budget_figures(site).faults == faults


@pytest.mark.django_db
def test_a_good_answer_between_faults_of_other_workers_starts_the_count_anew(
    site: Site, settings: Any
) -> None:
    settings.REDIS_URL = ""
    store = DatabaseStore(site.pk)
    fail(store, BREAKS_AT - 1)
    other = SiteBudget(site, store=store)
    with other.acquire():
        pass
    other.learn(status=200, headers={}, retry_after=None)
    assert budget_figures(site).faults == 0


# ---------------------------------------------------------------- shown, and without Redis


@pytest.mark.django_db
def test_used_and_waiting_calls_are_shown(store: Store, site: Site, settings: Any) -> None:
    if isinstance(store, DatabaseStore):
        settings.REDIS_URL = ""
    before = budget_figures(site).used
    places = [store.enter(LIMITS), store.enter(LIMITS)]
    store.waits("orders:a", 30)
    store.waits("stock:b", 30)
    store.waits("orders:a", 0)

    figures = budget_figures(site)

    assert (figures.used - before, figures.waiting) == (2, 1)
    store.waits("stock:b", 0)
    for place in places:
        store.leave(place)


@pytest.mark.django_db
def test_without_redis_calls_are_slower_and_never_unlimited(site: Site, settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    forget_absence()
    store = CarefulStore(RedisStore(site.pk, settings.REDIS_URL))
    try:
        assert store.gate().granted
        assert 0 < store.gate().wait <= 1.0
        assert [store.take(1, LIMITS, 0.0).granted for _number in range(2)] == [False, False]
        place = store.enter(LIMITS)
        assert place
        assert store.enter(LIMITS) == ""
        store.leave(place)
        store.block(30)
        assert store.take(1, LIMITS, 0.0).wait > 29
        figures = budget_figures(site)
        assert (figures.is_known, figures.parallel) == (False, 1)
    finally:
        forget_absence()


@pytest.mark.redis
@pytest.mark.django_db
def test_redis_is_used_again_once_it_is_back(site: Site) -> None:
    forget_absence()
    lost = CarefulStore(RedisStore(site.pk, "redis://127.0.0.1:1/0"))
    lost.gate()
    forget_absence()
    back = CarefulStore(RedisStore(site.pk, django_settings.REDIS_URL))
    back.block(20)
    assert 19 < RedisStore(site.pk, django_settings.REDIS_URL).gate().wait <= 20
    client_for(django_settings.REDIS_URL).flushdb()
