"""A shop that falls silent is told of, by its own rhythm; a quiet night is no silence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from activity.models import Alert
from orders.models import Order
from sites.models import Site
from tests.webhooks.world import make_site
from webhooks.models import EventState, SiteRhythm, WebhookEvent
from webhooks.services.silence import ALARMING, expected_between, hour_of_week, learn, watch_silence

pytestmark = pytest.mark.django_db

#: A Monday.
MONDAY = datetime(2026, 5, 4, tzinfo=UTC)
WEEK = timedelta(days=7)


def fill(site: Site, moments: Sequence[datetime]) -> None:
    WebhookEvent.objects.bulk_create(
        WebhookEvent(
            site=site,
            platform="woocommerce",
            topic="order.updated",
            kind="order.updated",
            identity=f"{number}",
            occurred_at=moment,
            received_at=moment,
            last_received_at=moment,
            state=EventState.PROCESSED,
        )
        for number, moment in enumerate(moments)
    )


def office_hours(weeks: int = 3, *, per_hour: int = 4, until: datetime = MONDAY) -> list[datetime]:
    """Events on working days from 9 to 17 o'clock."""
    start = until - weeks * WEEK
    hours = (
        start + timedelta(hours=number) for number in range(int((until - start).total_seconds() // 3600))
    )
    busy = [hour for hour in hours if hour.weekday() < 5 and 9 <= hour.hour < 17]
    return [hour + timedelta(minutes=15 * number) for hour in busy for number in range(per_hour)]


def silent(now: datetime) -> list[str]:
    return [code for _site, code in watch_silence(now=now)]


def test_expected_is_the_sum_over_the_hours_of_the_week() -> None:
    hours = [0.0] * 168
    hours[hour_of_week(MONDAY + timedelta(hours=9))] = 6.0
    nine = MONDAY + timedelta(hours=9)

    assert expected_between(hours, nine, nine + timedelta(minutes=30)) == 3.0
    assert expected_between(hours, MONDAY, MONDAY + WEEK) == 6.0
    assert expected_between(hours, nine + timedelta(hours=1), MONDAY + WEEK) == 0.0
    assert expected_between(hours, nine + timedelta(minutes=30), nine + WEEK + timedelta(minutes=30)) == 6.0
    assert expected_between(hours, nine, nine) == 0.0


def test_hours_are_counted_in_utc_whatever_the_zone_of_a_moment() -> None:
    assert hour_of_week(MONDAY) == 0
    assert hour_of_week(datetime.fromisoformat("2026-05-04T01:30:00+03:00")) == 6 * 24 + 22


def test_a_night_and_a_weekend_are_no_silence_and_a_quiet_morning_is() -> None:
    site = make_site(read_orders=False)
    friday = MONDAY - timedelta(days=3)
    fill(site, office_hours())

    assert silent(friday + timedelta(hours=23)) == []
    assert silent(MONDAY + timedelta(hours=8)) == []
    assert silent(MONDAY + timedelta(hours=10)) == []
    assert silent(MONDAY + timedelta(hours=12)) == ["webhook_silence"]

    alert = Alert.objects.get()
    assert (alert.site_code, alert.level) == (site.code, "warning")
    assert "since 2026-05-01 16:45 UTC" in alert.message


def test_the_alert_is_raised_once_and_closes_with_the_next_event() -> None:
    site = make_site(read_orders=False)
    fill(site, office_hours())
    noon = MONDAY + timedelta(hours=12)
    silent(noon)
    silent(noon + timedelta(minutes=5))
    assert Alert.objects.get().count == 2

    WebhookEvent.objects.filter(identity="0").update(last_received_at=noon + timedelta(minutes=6))
    assert silent(noon + timedelta(minutes=10)) == []
    assert Alert.objects.get().acknowledged


@pytest.mark.parametrize(
    "moments",
    [
        [],
        [MONDAY - timedelta(hours=number) for number in range(20)],
        [MONDAY - timedelta(days=2, minutes=number) for number in range(500)],
    ],
    ids=["nothing", "too few", "too short"],
)
def test_what_is_not_known_for_a_week_raises_no_alarm(moments: list[datetime]) -> None:
    fill(make_site(read_orders=False), moments)

    assert silent(MONDAY + timedelta(days=3)) == []


def test_a_shop_that_sells_little_is_not_called_silent_for_a_day() -> None:
    site = make_site(read_orders=False)
    fill(site, [MONDAY - timedelta(hours=12 * number) for number in range(1, 50)])

    assert silent(MONDAY + timedelta(days=2)) == []
    assert silent(MONDAY + timedelta(days=6)) == ["webhook_silence"]


def test_an_ongoing_silence_does_not_become_the_rhythm() -> None:
    site = make_site(read_orders=False)
    fill(site, office_hours())

    before = learn(site, "events", now=MONDAY)
    after = learn(site, "events", now=MONDAY + timedelta(days=4))

    assert sum(after.hours) == pytest.approx(sum(before.hours), rel=0.25)
    assert SiteRhythm.objects.count() == 1


def test_orders_have_a_rhythm_of_their_own() -> None:
    site = make_site(webhook_integration_enabled=False)
    Order.objects.bulk_create(
        Order(site=site, remote_id=f"{number}", created_remote=moment)
        for number, moment in enumerate(office_hours())
    )

    assert silent(MONDAY + timedelta(hours=12)) == ["order_silence"]


@pytest.mark.parametrize("values", [{"silence_alarm": False}, {"paused": True}, {"active": False}])
def test_sites_that_do_not_work_or_do_not_want_it_are_left_alone(values: dict[str, Any]) -> None:
    fill(make_site(read_orders=False, **values), office_hours())

    assert silent(MONDAY + timedelta(hours=12)) == []


def test_statements_do_not_grow_with_the_sites(django_assert_max_num_queries: Any) -> None:
    for _number in range(6):
        fill(make_site(read_orders=False), office_hours(2, per_hour=1))
    watch_silence(now=MONDAY + timedelta(hours=8))

    with django_assert_max_num_queries(8 + 6):
        watch_silence(now=MONDAY + timedelta(hours=8, minutes=5))


def test_the_threshold_is_a_rare_chance() -> None:
    assert 2.718281828**-ALARMING < 1 / 5000
