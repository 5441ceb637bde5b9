"""Which full runs and comparisons the intervals of a site ask for."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

import pytest
from django.utils import timezone

from activity.models import Run
from catalog.services.schedule import request_due_full_runs
from sites.models import Site, SyncCursor
from tests.catalog.world import make_site

pytestmark = pytest.mark.django_db


@pytest.fixture
def site() -> Site:
    return make_site(
        update_all_item_qtys=False,
        price_full_interval=0,
        items_interval=0,
        reconcile_interval=60,
        time_zone="UTC",
    )


def actions() -> list[str]:
    return sorted(Run.objects.values_list("action", flat=True))


def test_catalogue_and_orders_are_compared_by_the_interval(site: Site) -> None:
    assert request_due_full_runs() == 2
    assert actions() == ["reconcile", "reconcile_orders"]
    Run.objects.all().delete()
    assert request_due_full_runs() == 0
    SyncCursor.objects.update(last_started_at=timezone.now() - timedelta(minutes=61))
    assert request_due_full_runs() == 2


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"reconcile_interval": 0}, []),
        ({"read_orders": False}, ["reconcile"]),
        ({"paused": True}, []),
        ({"active": False}, []),
    ],
)
def test_what_the_site_does_not_want_is_not_compared(
    site: Site, values: dict[str, Any], expected: list[str]
) -> None:
    Site.objects.update(**values)
    request_due_full_runs()
    assert actions() == expected


def test_comparisons_keep_to_the_quiet_hours(site: Site) -> None:
    now = timezone.now()
    hour = (now + timedelta(hours=3)).hour
    Site.objects.update(quiet_hours_from=time(hour), quiet_hours_to=time((hour + 2) % 24))
    assert request_due_full_runs() == 0 and actions() == []
    Site.objects.update(quiet_hours_from=time((now.hour - 1) % 24), quiet_hours_to=time((now.hour + 2) % 24))
    assert request_due_full_runs() == 2
