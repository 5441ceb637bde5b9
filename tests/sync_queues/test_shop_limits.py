"""Queues, budget and a shop over HTTP together: late answers, a shop that is down, quotas that others use too."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from activity.models import Alert
from ecomsync.common.errors import CircuitOpen, RateLimited, ShopUnavailable
from platforms.registry import PlatformEntry, platform_entries
from sites.budget import SiteBudget, budget_figures
from sites.budget.database_store import DatabaseStore
from sites.models import RateBucket, Site
from sites.services.adapters import connection_for, open_adapter
from sync_queues.inputs import RequestInput
from sync_queues.kinds import KINDS
from sync_queues.models import QueueLane, State, UpdateQtyRequest
from sync_queues.services.drain import DrainReport, drain
from sync_queues.services.enqueue import enqueue
from sync_queues.services.sweep import sweep
from tests.sync_queues.conftest import MakeItems, MakeSite
from tests.sync_queues.scripted_shop import PresentValueHandler, ScriptedAdapter, ScriptedShop

MODULE = "tests.sync_queues.scripted_shop"


@pytest.fixture
def shop() -> Iterator[ScriptedShop]:
    with ScriptedShop() as running:
        yield running


@pytest.fixture
def site(make_site: MakeSite, shop: ScriptedShop, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Site:
    """Its budget is the row, so that a test can look into it and end a rest."""
    settings.REDIS_URL = ""
    entry = PlatformEntry("scripted", "Scripted", "Scripted", f"{MODULE}:ScriptedAdapter")
    monkeypatch.setitem(platform_entries(), "scripted", entry)
    for name in ("qty", "price", "item"):
        monkeypatch.setitem(KINDS, name, replace(KINDS[name], handler=f"{MODULE}.PresentValueHandler"))
    PresentValueHandler.present = {}
    return make_site(site_type="scripted", url=shop.url)


def ask(site: Site, kind: str, items: list[Any]) -> None:
    enqueue(kind, site=site, rows=[RequestInput(item_id=item.pk) for item in items])


def in_thread(work: Callable[[], object]) -> threading.Thread:
    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


# ---------------------------------------------------------------- the last word is the newest


@pytest.mark.django_db(transaction=True)
def test_an_older_value_that_reaches_the_shop_late_does_not_stay_there(
    site: Site, shop: ScriptedShop, make_items: MakeItems
) -> None:
    """A call hangs until its lease is lost; another worker sends the newer figure; then the old call gets through."""
    [item] = make_items(1)
    key = str(item.pk)
    PresentValueHandler.present = {key: 5}
    arrived, go_on = threading.Event(), threading.Event()

    def hold_the_first(batch: dict[str, int]) -> None:
        if batch[key] == 5:
            arrived.set()
            assert go_on.wait(60)

    shop.before = hold_the_first
    ask(site, "qty", [item])
    reports: list[DrainReport] = []
    late = in_thread(lambda: reports.append(drain(site.pk, "qty", max_batches=1)))
    assert arrived.wait(60)

    sweep(now=timezone.now() + timedelta(hours=1))
    PresentValueHandler.present = {key: 7}
    ask(site, "qty", [item])
    assert drain(site.pk, "qty").done == 1
    assert shop.figures == {key: 7}

    go_on.set()
    late.join(60)
    assert shop.figures == {key: 5}, "the old message came last"
    assert (reports[0].lost, reports[0].adds_up) == (1, True)
    assert drain(site.pk, "qty").done == 1
    assert shop.figures == {key: 7}
    assert set(UpdateQtyRequest.objects.values_list("state", flat=True)) == {State.COMPLETED}


# ---------------------------------------------------------------- a shop that is down


def open_the_breaker(site: Site, shop: ScriptedShop) -> None:
    shop.status = 502
    with open_adapter(site) as adapter:
        assert isinstance(adapter, ScriptedAdapter)
        for _time in range(5):
            with pytest.raises(ShopUnavailable):
                adapter.push({})
    shop.calls.clear()
    assert budget_figures(site).circuit == "open"


def everything_is_due() -> None:
    QueueLane.objects.update(rest_until=None)
    UpdateQtyRequest.objects.filter(state=State.PENDING).update(not_before=timezone.now())


@pytest.mark.django_db
def test_rows_wait_without_losing_attempts_while_the_breaker_is_open(
    site: Site, shop: ScriptedShop, make_items: MakeItems
) -> None:
    ask(site, "qty", make_items(3))
    open_the_breaker(site, shop)
    for _turn in range(6):  # more often than a row may be tried
        # The shop's rest is longer than a worker waits.
        RateBucket.objects.update(rest_until=timezone.now() + timedelta(minutes=10))
        report = drain(site.pk, "qty")
        assert (report.fault, report.retried) == ("circuit_open", 3)
        lane = QueueLane.objects.get(kind="qty")
        assert lane.rest_until is not None and lane.rest_until > timezone.now() + timedelta(minutes=9)
        everything_is_due()
    assert shop.calls == [], "the shop is left alone"
    assert set(UpdateQtyRequest.objects.values_list("state", "retry_count")) == {("pending", 0)}


@pytest.mark.django_db(transaction=True)
def test_after_the_rest_one_call_tries_and_then_everything_flows(
    site: Site, shop: ScriptedShop, make_items: MakeItems
) -> None:
    items = make_items(3)
    ask(site, "qty", items)
    ask(site, "price", items)
    open_the_breaker(site, shop)
    RateBucket.objects.update(rest_until=timezone.now())
    arrived, go_on = threading.Event(), threading.Event()

    def hold(_batch: dict[str, int]) -> None:
        arrived.set()
        assert go_on.wait(60)

    shop.status, shop.before = 200, hold
    probe = in_thread(lambda: drain(site.pk, "qty"))
    assert arrived.wait(60)
    assert drain(site.pk, "price").fault == "circuit_open", "another lane waits for the one that tries"
    assert shop.calls == ["stock"]

    shop.before = None
    go_on.set()
    probe.join(60)
    everything_is_due()
    KINDS["price"].model._default_manager.update(not_before=timezone.now())
    assert drain(site.pk, "price").done == 3
    assert set(UpdateQtyRequest.objects.values_list("state", flat=True)) == {State.COMPLETED}
    assert (budget_figures(site).circuit, budget_figures(site).faults) == ("closed", 0)
    assert Alert.objects.get(code="circuit_open").acknowledged


@pytest.mark.django_db
def test_a_probe_that_fails_doubles_the_rest(site: Site, shop: ScriptedShop) -> None:
    open_the_breaker(site, shop)
    RateBucket.objects.update(rest_until=timezone.now())
    with open_adapter(site) as adapter:
        assert isinstance(adapter, ScriptedAdapter)
        with pytest.raises(ShopUnavailable):
            adapter.push({})
        RateBucket.objects.update(
            rest_until=timezone.now() + timedelta(seconds=budget_figures(site).rests + 30)
        )
        with pytest.raises(CircuitOpen):
            adapter.push({})
    assert len(shop.calls) == 1
    assert 55 < budget_figures(site).rests <= 60


# ---------------------------------------------------------------- the quota


@pytest.mark.django_db
@pytest.mark.parametrize("cap", [Decimal(60), None])
def test_a_quota_that_another_program_uses_too_is_never_overdrawn(
    site: Site, shop: ScriptedShop, make_items: MakeItems, cap: Decimal | None
) -> None:
    """Whether we know a rate beforehand or not, the shop tells what is left; points that a call did not cost come back, and no call is ever refused."""
    Site.objects.update(batch_size_quantity=1, calls_per_second_cap=cap)
    shop.limit(12, 60, foreign=2.0)
    ask(site, "qty", make_items(30))
    report = drain(site.pk, "qty", seconds=60)
    assert (report.done, shop.refused, len(shop.calls)) == (30, 0, 30)
    figures = budget_figures(Site.objects.get())
    assert (figures.told, figures.capacity, figures.rate) == (True, 12, 60)
    assert figures.left is not None and figures.left <= 12


@pytest.mark.django_db
def test_a_refused_call_pauses_all_lanes_and_costs_no_attempt(
    site: Site, shop: ScriptedShop, make_items: MakeItems
) -> None:
    shop.limit(0.5, 0.001)
    ask(site, "qty", make_items(2))
    assert drain(site.pk, "qty").fault == "rate_limited"
    other = SiteBudget(site, lane="orders", max_wait=0)
    with pytest.raises(RateLimited), other.acquire():
        pass
    assert set(UpdateQtyRequest.objects.values_list("state", "retry_count")) == {("pending", 0)}


@pytest.mark.django_db
def test_a_tight_budget_serves_orders_then_stock_then_prices_then_products(
    site: Site, shop: ScriptedShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four lanes want five calls each; in each moment the lowest may ask first, and still the orders go first."""
    Site.objects.update(calls_per_second_cap=Decimal(10))
    site.refresh_from_db()
    lanes = ("products", "prices", "stock", "orders")
    clock = _Clock()
    monkeypatch.setattr(timezone, "now", clock)
    DatabaseStore(site.pk).take(20, SiteBudget(site)._limits, 0.0)  # the bucket is empty at first
    left = dict.fromkeys(lanes, 5)
    adapters = {
        lane: ScriptedAdapter(connection_for(site), budget=_OnePoint(site, lane=lane, max_wait=0))
        for lane in lanes
    }
    for _moment in range(400):
        clock.moment += timedelta(seconds=0.05)
        for lane in lanes:
            if left[lane] and _passes(adapters[lane]):
                left[lane] -= 1
    assert not any(left.values()), "no lane starves"
    assert shop.calls == ["orders"] * 5 + ["stock"] * 5 + ["prices"] * 5 + ["products"] * 5


class _Clock:
    def __init__(self) -> None:
        self.moment = timezone.now()

    def __call__(self) -> datetime:
        return self.moment


class _OnePoint(SiteBudget):
    """Each call is taken for one point."""

    def acquire(self, *, lane: str = "", cost: float = 1.0) -> Any:
        return super().acquire(lane=lane, cost=1.0)


def _passes(adapter: ScriptedAdapter) -> bool:
    try:
        adapter.push({})
    except RateLimited:
        return False
    return True
