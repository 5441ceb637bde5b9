"""Clocks of shops that are wrong, far away or moved: no order is missed, none hides another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from activity.models import RunNote
from activity.services import RunReporter, start_run
from ecomsync.common.errors import NetworkError
from orders.models import Order, ReturnOrder
from orders.services.known_version import is_older
from orders.services.read_returns import read_changed_returns
from orders.services.read_sales import OVERLAP, read_changed_orders
from sandbox.woocommerce import WooShop
from sites.choices import Flow
from sites.models import ReadingWindow, Site, SyncCursor
from sites.services import cursors
from sites.services.adapters import open_adapter
from sites.services.reading_windows import note_reading, prune_windows, reading_history
from tests.orders.factories import make_shop_site

pytestmark = pytest.mark.django_db


@contextmanager
def open_shop(zone: str = "+03:00", *, version: str = "9.9.5", ahead: int = 0) -> Iterator[WooShop]:
    with WooShop(webhook_delay=None, time_zone=zone, version=version) as shop:
        shop.add_product(sku="CUP", regular_price="10.00")
        shop.advance(ahead)
        yield shop


def site_of(shop: WooShop, **values: Any) -> Site:
    return make_shop_site(
        url=shop.url, username=shop.key, password=shop.secret, currency=shop.options.currency, **values
    )


def order(shop: WooShop) -> str:
    return str(shop.place_order([{"sku": "CUP", "quantity": 1}])["id"])


def read(site: Site) -> None:
    with (
        RunReporter(start_run(site_code=site.code, action="read_sales")) as reporter,
        open_adapter(site) as adapter,
    ):
        read_changed_orders(site=site, adapter=adapter, reporter=reporter)


def read_returns(site: Site) -> None:
    with (
        RunReporter(start_run(site_code=site.code, action="read_returns")) as reporter,
        open_adapter(site) as adapter,
    ):
        read_changed_returns(site=site, adapter=adapter, reporter=reporter)


def known() -> set[str]:
    return set(Order.objects.values_list("remote_id", flat=True))


@pytest.mark.parametrize("version", ["3.9.1", "9.9.5"])
@pytest.mark.parametrize("zone", ["-11:00", "+03:00", "+14:00"])
def test_orders_of_the_last_two_hours_are_never_missed_for_their_zone(version: str, zone: str) -> None:
    with open_shop(zone, version=version) as shop:
        site = site_of(shop)
        placed = {order(shop)}
        read(site)
        for _hour in range(4):
            shop.advance(1800)
            placed.add(order(shop))
            read(site)
            assert known() == placed


@pytest.mark.parametrize("ahead", [-7200, -90, 90, 7200])
def test_a_shop_whose_clock_is_wrong_is_read_by_its_own_clock(ahead: int) -> None:
    with open_shop(ahead=ahead) as shop:
        site = site_of(shop, read_orders_from_date=datetime(2020, 1, 1, tzinfo=UTC))
        placed = {order(shop)}
        read(site)
        shop.advance(60)
        placed.add(order(shop))
        read(site)

    assert known() == placed
    window = ReadingWindow.objects.first()
    assert window is not None
    assert window.skew_seconds == pytest.approx(ahead + 60, abs=30)


@pytest.mark.parametrize("hours", [-11, -1, 14])
def test_a_clock_that_is_moved_and_set_right_again_hides_no_order(hours: int) -> None:
    with open_shop() as shop:
        site = site_of(shop, read_orders_from_date=datetime(2020, 1, 1, tzinfo=UTC))
        placed = {order(shop)}
        read(site)
        shop.advance(hours * 3600)
        placed.add(order(shop))
        read(site)
        assert known() == placed
        placed.add(order(shop))
        read(site)
        shop.advance(-hours * 3600)
        placed.add(order(shop))
        read(site)
        assert known() == placed
        calls = shop.counters.requests
        read(site)
        assert shop.counters.requests - calls == 1  # read once more only when the clock has moved

    warned = RunNote.objects.filter(message__startswith="The shop's clock was set back")
    assert warned.count() == 1
    position = cursors.position(site, Flow.ORDERS)
    assert position is not None and abs(position - timezone.now()) < timedelta(minutes=5)


def test_returns_are_read_once_more_when_the_clock_was_set_back() -> None:
    with open_shop() as shop:
        site = site_of(
            shop,
            read_orders_from_date=datetime(2020, 1, 1, tzinfo=UTC),
            return_policy="stage",
            read_returns=True,
        )
        placed = [order(shop) for _number in range(2)]
        read(site)
        shop.advance(7200)
        shop.refund(int(placed[0]), amount="1.00")
        read_returns(site)
        shop.advance(-7200)
        shop.refund(int(placed[1]), amount="1.00")
        read_returns(site)
        assert set(ReturnOrder.objects.values_list("order_remote_id", flat=True)) == set(placed)


def test_a_change_after_the_clock_was_set_right_is_not_taken_for_an_older_version() -> None:
    with open_shop() as shop:
        site = site_of(shop, read_orders_from_date=datetime(2020, 1, 1, tzinfo=UTC))
        read(site)
        shop.advance(5 * 3600)
        placed = order(shop)
        read(site)
        shop.advance(-5 * 3600)
        shop.set_order_status(int(placed), "cancelled")
        read(site)
    row = Order.objects.get(remote_id=placed)
    assert (row.status_remote, row.phase) == ("cancelled", "cancelled")
    assert row.updated_remote is not None and row.updated_remote < timezone.now() + timedelta(minutes=5)


def test_of_two_versions_from_the_same_wrong_clock_the_older_stays_older() -> None:
    site, now = make_shop_site(), timezone.now()
    ahead = now + timedelta(hours=5)
    assert is_older(ahead - timedelta(seconds=1), known=ahead, site=site)
    assert not is_older(now, known=ahead, site=site)
    assert is_older(now - timedelta(seconds=1), known=now, site=site)
    assert not is_older(now, known=None, site=site)
    note_reading(site=site, flow=Flow.ORDERS, started_at=now, read_from=now, read_to=now, skew=5 * 3600)
    assert is_older(now, known=ahead, site=site)  # its clock is ahead all the time


def test_an_order_stamped_in_the_future_hides_no_later_one() -> None:
    with open_shop() as shop:
        site = site_of(shop)
        shop.advance(86_400)
        placed = {order(shop)}
        shop.advance(-86_400)
        read(site)
        shop.advance(600)
        placed.add(order(shop))
        read(site)

        position = cursors.position(site, Flow.ORDERS)
        assert known() == placed
        assert position is not None
        assert position <= timezone.now() + timedelta(seconds=660)


def test_a_position_never_passes_the_moment_at_which_the_reading_began() -> None:
    began = timezone.now()
    clock = began - timedelta(hours=3)
    late = began + timedelta(days=1)

    assert cursors.bounded(late, clock=clock, started_at=began) == clock
    assert cursors.bounded(late, clock=None, started_at=began) == began + cursors.TOLERATED_SKEW
    assert cursors.bounded(clock - OVERLAP, clock=clock, started_at=began) == clock - OVERLAP


def test_the_same_second_is_read_twice_rather_than_not_at_all() -> None:
    """`modified_after` is strict and knows whole seconds only."""
    with open_shop() as shop:
        site = site_of(shop)
        shop.app.clock.freeze()
        first = order(shop)
        read(site)
        second = order(shop)
        read(site)

    assert known() == {first, second}


# ---------------------------------------------------------------- the history


def at(minute: int) -> datetime:
    return datetime(2026, 5, 4, 10, minute, tzinfo=UTC)


def note(site: Site, started: int, read_from: int, read_to: int, **values: Any) -> None:
    note_reading(
        site=site,
        flow=Flow.ORDERS,
        started_at=at(started),
        read_from=at(read_from),
        read_to=at(read_to),
        **values,
    )
    ReadingWindow.objects.filter(started_at=at(started)).update(finished_at=at(started))


def test_the_history_shows_gaps_and_silence() -> None:
    site = make_shop_site()
    note(site, 0, 0, 5)
    note(site, 5, 3, 10)
    note(site, 6, 10, 10, error="down")
    note(site, 40, 15, 20)
    note(site, 41, 18, 22)

    rows = reading_history(site=site, flow=Flow.ORDERS, interval=timedelta(minutes=5))

    assert [(row.gap, row.silence) for row in rows] == [
        (None, None),
        (timedelta(minutes=5), timedelta(minutes=34)),
        (None, None),
        (None, None),
        (None, None),
    ]


def test_a_failed_reading_covers_nothing() -> None:
    site = make_shop_site()
    note(site, 0, 0, 5)
    note(site, 1, 3, 30, error="broke off")
    note(site, 2, 20, 31)

    newest = reading_history(site=site, flow=Flow.ORDERS, interval=None)[0]
    assert newest.gap == timedelta(minutes=15)


def test_each_reading_is_written_down_the_failed_ones_too() -> None:
    with open_shop() as shop:
        site = site_of(shop)
        order(shop)
        read(site)
    with pytest.raises(NetworkError):
        read(site)

    failed, good = ReadingWindow.objects.all()
    assert (good.seen, good.complete, good.error) == (1, True, "")
    assert (failed.seen, failed.complete, bool(failed.error)) == (0, False, True)


@pytest.mark.parametrize(
    ("language", "word"), [("en", "gap of 0:05:00 before it"), ("ar", "فجوة قبلها مقدارها 0:05:00")]
)
def test_the_page_of_a_cursor_shows_its_history(client: Client, language: str, word: str) -> None:
    site = make_shop_site()
    note(site, 0, 0, 5)
    note(site, 1, 10, 15)
    cursor = SyncCursor.objects.create(site=site, flow=Flow.ORDERS, position=at(15))
    client.force_login(User.objects.create_superuser("boss", "boss@example.com", "a-long-password"))
    url = reverse("admin:ecomsites_synccursor_change", args=[cursor.pk])

    page = client.get(url, headers={"accept-language": language}).content.decode()

    assert word in page


def test_readings_of_long_ago_make_room() -> None:
    site = make_shop_site()
    note(site, 0, 0, 5)
    ReadingWindow.objects.update(finished_at=timezone.now() - timedelta(days=31))
    note_reading(site=site, flow=Flow.ORDERS, started_at=timezone.now(), read_from=None, read_to=None)

    assert prune_windows() == {"readings": 1}
    assert ReadingWindow.objects.count() == 1
