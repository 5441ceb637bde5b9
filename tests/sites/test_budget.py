from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connections
from django.utils import timezone

from ecomsync.common.errors import RateLimited
from sites.budget import DatabaseStore, Limits, RedisStore, SiteBudget, Store, budget_figures, limits_of
from sites.models import RateBucket, Site

LIMITS = Limits(rate=2.0, parallel=2)


@pytest.fixture(params=["database", pytest.param("redis", marks=pytest.mark.redis)])
def store(request: pytest.FixtureRequest, site: Site) -> Iterator[Store]:
    if request.param == "database":
        yield DatabaseStore(site.pk)
        return
    made = RedisStore(site.pk + 900_000, django_settings.REDIS_URL)
    made._client.delete(made._bucket, made._calls)
    yield made
    made._client.delete(made._bucket, made._calls)


@pytest.mark.django_db
def test_bucket_gives_its_burst_and_then_tells_how_long_to_wait(store: Store) -> None:
    assert [store.take(1, LIMITS, 0.0) for _number in range(4)] == [0.0] * 4
    assert 0 < store.take(1, LIMITS, 0.0) <= 0.5


@pytest.mark.django_db
def test_lower_lanes_leave_a_reserve_for_orders(store: Store) -> None:
    granted = 0
    while store.take(1, LIMITS, 0.3) == 0.0:
        granted += 1
    assert granted == 2
    assert store.take(1, LIMITS, 0.0) == 0.0


@pytest.mark.django_db
def test_smallest_bucket_serves_every_lane(store: Store) -> None:
    assert store.take(1, Limits(rate=0.1, parallel=1), 0.3) == 0.0


@pytest.mark.django_db
def test_call_dearer_than_the_bucket_is_served_when_it_is_full(store: Store) -> None:
    assert store.take(50, LIMITS, 0.0) == 0.0
    assert store.take(1, LIMITS, 0.0) > 5


@pytest.mark.django_db
def test_pause_asked_for_by_the_shop_holds_for_all(store: Store) -> None:
    store.block(30)
    store.block(5)
    assert 29 < store.blocked_for() <= 30
    assert store.take(1, LIMITS, 0.0) > 29


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
def test_limits_come_from_the_platform_and_the_site_overrides_them(make_site: Callable[..., Site]) -> None:
    assert limits_of(make_site(site_type="tinyshop")) == Limits(rate=5.0, parallel=1)
    capped = make_site(calls_per_second_cap=Decimal("1.50"), max_parallel_calls=4)
    assert limits_of(capped) == Limits(rate=1.5, parallel=4)
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
    assert 18 < (budget_figures(site)["blocked"] or 0) <= 20


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
        waits = [DatabaseStore(site.pk).take(1, limits, 0.0) for _number in range(5)]
        granted.extend(wait for wait in waits if wait == 0.0)
        connections.close_all()

    threads = [threading.Thread(target=work) for _number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(granted) == 1
