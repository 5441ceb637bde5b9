"""Sites that their keys had paused are tried again by themselves, carefully; those that staff paused are not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from activity.models import Alert, Event, SiteError
from ecomsync.common.errors import BadCredentials
from platforms.base import PlatformAdapter
from platforms.types import CheckReport
from sites.models import Site
from sites.services.pause import note_error, pause_site
from sites.services.probe import FIRST_WAIT, LONGEST_WAIT, next_probe_at, probe_paused_sites
from tests.sites.fake_platform import FakeShopAdapter

pytestmark = pytest.mark.django_db

REFUSED = BadCredentials("The shop refuses our keys.")
SECOND = timedelta(seconds=1)


@pytest.fixture
def tries(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The sites whose connection was tested."""
    found: list[str] = []
    real = FakeShopAdapter.check

    def check(self: PlatformAdapter) -> CheckReport:
        found.append(self.connection.site_code)
        return real(self)  # type: ignore[arg-type]

    monkeypatch.setattr(FakeShopAdapter, "check", check)
    return found


def paused_at(site: Site) -> datetime:
    site.refresh_from_db()
    assert site.paused_at is not None
    return site.paused_at


def test_keys_that_work_again_resume_the_site_and_close_its_alert(site: Site, tries: list[str]) -> None:
    note_error(site, REFUSED)
    since = paused_at(site)
    assert probe_paused_sites(now=since + FIRST_WAIT - SECOND) == []
    assert tries == [], "not before its time"

    assert probe_paused_sites(now=since + FIRST_WAIT + SECOND) == [site.code]

    site.refresh_from_db()
    assert (site.paused, site.pause_code, tries) == (False, "", [site.code])
    assert Alert.objects.get().acknowledged_at is not None
    assert SiteError.objects.get().state == "resolved"
    assert Event.objects.filter(kind="site.resumed", site_code=site.code).exists()


def test_a_shop_that_still_refuses_is_tried_ever_more_rarely(site: Site, tries: list[str]) -> None:
    note_error(site, REFUSED)
    FakeShopAdapter.fault = REFUSED
    moment = since = paused_at(site)
    tried_at = []
    while moment < since + timedelta(hours=24):
        moment += timedelta(minutes=5)
        before = len(tries)
        probe_paused_sites(now=moment)
        # The test of the connection stamps the real clock; the ticks of this test stand for the day.
        if len(tries) > before:
            tried_at.append(moment)
            Site.objects.filter(pk=site.pk).update(last_check_at=moment)
    minutes = [round((at - since).total_seconds() / 60) for at in tried_at]
    assert minutes == [5, 10, 20, 40, 80, 160, 320, 640, 1000, 1360]
    assert Alert.objects.get().count == 1, "one alert, however often it is tried"
    site.refresh_from_db()
    assert site.paused and timedelta(minutes=360) == LONGEST_WAIT


def test_a_site_that_is_paused_again_and_again_waits_longer_each_time(site: Site) -> None:
    """Reading works and writing is refused: the test of the connection alone cannot see it."""
    waits = []
    for _time in range(4):
        note_error(site, REFUSED)
        since = paused_at(site)
        due = next_probe_at(site)
        assert due is not None
        waits.append(round((due - since) / FIRST_WAIT))
        probe_paused_sites(now=due + SECOND)
        site.refresh_from_db()
        assert not site.paused
    assert waits == [1, 2, 4, 8]


def test_a_pause_by_staff_never_ends_by_itself(site: Site, tries: list[str]) -> None:
    pause_site(site_id=site.pk, reason="Stock taking")
    site.refresh_from_db()
    assert next_probe_at(site) is None
    assert probe_paused_sites(now=timezone.now() + timedelta(days=30)) == []
    site.refresh_from_db()
    assert site.paused and tries == []


def test_inactive_sites_are_left_alone(site: Site, tries: list[str]) -> None:
    note_error(site, REFUSED)
    Site.objects.update(active=False)
    assert probe_paused_sites(now=timezone.now() + timedelta(days=30)) == [] and tries == []


def test_a_renewed_token_resumes_the_site(site: Site) -> None:
    site.access_token, site.refresh_token = "token-1", "refresh-1"
    site.save()
    note_error(site, REFUSED)
    assert probe_paused_sites(now=paused_at(site) + FIRST_WAIT + SECOND) == [site.code]
    site.refresh_from_db()
    assert (site.access_token, site.paused) == ("token-2", False)
    assert Alert.objects.get().acknowledged_at is not None


def test_one_broken_site_stops_no_other(
    make_site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    sites = [make_site(), make_site()]
    for site in sites:
        note_error(site, REFUSED)
    real = FakeShopAdapter.check

    def check(self: PlatformAdapter) -> CheckReport:
        if self.connection.site_code == sites[0].code:
            raise ValueError("bug")
        return real(self)  # type: ignore[arg-type]

    monkeypatch.setattr(FakeShopAdapter, "check", check)
    assert probe_paused_sites(now=timezone.now() + timedelta(hours=1)) == [sites[1].code]


def test_two_workers_do_not_try_a_site_at_once(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    note_error(site, REFUSED)
    later = timezone.now() + timedelta(hours=1)
    inner: list[list[str]] = []
    real = FakeShopAdapter.check

    def check(self: PlatformAdapter) -> CheckReport:
        inner.append(probe_paused_sites(now=later))
        return real(self)  # type: ignore[arg-type]

    monkeypatch.setattr(FakeShopAdapter, "check", check)
    assert probe_paused_sites(now=later) == [site.code]
    assert inner == [[]]


def test_nothing_paused_costs_one_statement(site: Site, django_assert_num_queries: object) -> None:
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert probe_paused_sites() == []
