from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta

import pytest
import time_machine

from sites.choices import Flow
from sites.models import Site, SyncCursor
from sites.services import cursors

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def test_position_never_goes_back(site: Site) -> None:
    assert cursors.advance(site, Flow.ORDERS, NOON)
    assert not cursors.advance(site, Flow.ORDERS, NOON - timedelta(hours=1))
    assert not cursors.advance(site, Flow.ORDERS, NOON)
    assert cursors.position(site, Flow.ORDERS) == NOON
    assert cursors.advance(site, Flow.ORDERS, NOON + timedelta(seconds=1))


def test_only_staff_can_rewind(site: Site) -> None:
    cursors.advance(site, Flow.ORDERS, NOON)
    cursors.rewind(site, Flow.ORDERS, NOON - timedelta(days=3))
    assert cursors.position(site, Flow.ORDERS) == NOON - timedelta(days=3)


def test_site_is_due_after_its_interval(make_site: Callable[..., Site]) -> None:
    site = make_site(orders_interval=5)
    make_site(orders_interval=0)
    make_site(paused=True)
    make_site(active=False)
    make_site(read_orders=False)
    with time_machine.travel(NOON, tick=False):
        assert cursors.due(Flow.ORDERS) == [site]
        assert cursors.begin(site, Flow.ORDERS)
        cursors.finish(site, Flow.ORDERS)
        assert cursors.due(Flow.ORDERS) == []
    with time_machine.travel(NOON + timedelta(minutes=5), tick=False):
        assert cursors.due(Flow.ORDERS) == [site]


def test_longest_waiting_site_comes_first(make_site: Callable[..., Site]) -> None:
    early, late = make_site(), make_site()
    for site, minutes in ((late, 20), (early, 30)):
        SyncCursor.objects.create(
            site=site, flow=Flow.ORDERS, last_started_at=NOON - timedelta(minutes=minutes)
        )
    assert cursors.due(Flow.ORDERS, now=NOON) == [early, late]


def test_flow_is_held_by_one_worker_until_its_lease_lapses(site: Site) -> None:
    with time_machine.travel(NOON, tick=False):
        assert cursors.begin(site, Flow.ORDERS)
        assert not cursors.begin(site, Flow.ORDERS)
    with time_machine.travel(NOON + timedelta(minutes=4), tick=False):
        assert cursors.begin(site, Flow.ORDERS), "a dead worker must not block the flow"


def test_finish_notes_success_and_failure(site: Site) -> None:
    cursors.begin(site, Flow.ORDERS)
    cursors.finish(site, Flow.ORDERS, error="The shop is down.")
    row = SyncCursor.objects.get(site=site, flow=Flow.ORDERS)
    assert (row.last_error, row.last_ok_at, row.claimed_until) == ("The shop is down.", None, None)
    cursors.begin(site, Flow.ORDERS)
    cursors.finish(site, Flow.ORDERS)
    row.refresh_from_db()
    assert row.last_error == ""
    assert row.last_ok_at is not None


@pytest.mark.parametrize(
    ("first", "last", "hour_utc", "expected"),
    [(1, 5, 23, True), (1, 5, 3, False), (22, 6, 20, True), (22, 6, 12, False), (None, None, 12, True)],
)
def test_full_runs_keep_to_the_hours_of_the_shop(
    site: Site, first: int | None, last: int | None, hour_utc: int, expected: bool
) -> None:
    site.time_zone = "Asia/Riyadh"  # three hours ahead of UTC
    site.quiet_hours_from = time(first) if first is not None else None
    site.quiet_hours_to = time(last) if last is not None else None
    assert cursors.within_hours(site, NOON.replace(hour=hour_utc)) is expected


def test_full_quantity_run_must_be_wanted(make_site: Callable[..., Site]) -> None:
    make_site(update_quantities=True)
    wanted = make_site(update_quantities=True, update_all_item_qtys=True)
    assert cursors.due(Flow.QUANTITY_FULL, now=NOON) == [wanted]
