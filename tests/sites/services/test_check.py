from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from activity.models import Event, Run
from activity.services import start_run
from ecomsync.common.errors import BadCredentials, NetworkError
from sites.budget.site_budget import MAX_WAIT, SiteBudget
from sites.choices import Flow
from sites.models import Site, SyncCursor
from sites.services.adapters import connection_for, open_adapter
from sites.services.check import check_site
from sites.services.pause import note_error, pause_site
from sites.services.tokens import refresh_due_tokens, refresh_token, request_token
from tests.sites.fake_platform import FakeShopAdapter

pytestmark = pytest.mark.django_db


def test_check_keeps_the_report_and_fills_what_is_empty(make_site: Callable[..., Site]) -> None:
    site = make_site(currency="", time_zone="")
    report = check_site(site=site)
    assert report.is_ok
    assert (site.currency, site.time_zone) == ("SAR", "Asia/Riyadh")
    assert site.last_check_ok is True
    assert site.last_check["steps"][0]["name"] == "reach"
    assert site.shop_info["payment_methods"] == [["cod", "Cash on delivery"], ["card", "Card"]]
    assert site.shop_info["prices_include_tax"] is True
    assert Event.objects.filter(kind="site.checked", site_code=site.code).exists()


def test_what_the_shop_does_not_tell_this_time_stays_known(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not knowing whether its prices include tax would send them all without it."""
    check_site(site=site)
    whole = FakeShopAdapter.shop_info
    monkeypatch.setattr(
        FakeShopAdapter,
        "shop_info",
        lambda self: replace(whole(self), prices_include_tax=None, currency="", payment_methods=()),
    )
    check_site(site=site)
    assert (site.shop_info["prices_include_tax"], site.shop_info["currency"]) == (True, "SAR")
    assert site.shop_info["payment_methods"] == []


@pytest.mark.parametrize("known", [True, False])
def test_prices_are_asked_for_anew_when_the_shop_counts_tax_in_another_way(
    make_site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch, known: bool
) -> None:
    site = make_site(update_prices=True)
    if known:
        check_site(site=site)
    else:  # prices were sent before anybody tested the connection
        start_run(site_code=site.code, action="update_all_prices")
        Run.objects.update(state=Run.State.FINISHED)
    assert not Run.objects.filter(state=Run.State.QUEUED).exists()
    whole = FakeShopAdapter.shop_info
    monkeypatch.setattr(
        FakeShopAdapter, "shop_info", lambda self: replace(whole(self), prices_include_tax=False)
    )
    check_site(site=site)
    check_site(site=site)
    assert Run.objects.get(state=Run.State.QUEUED).action == "update_all_prices"


def test_check_leaves_what_staff_entered(make_site: Callable[..., Site]) -> None:
    site = make_site(currency="AED", time_zone="Asia/Dubai")
    check_site(site=site)
    assert (site.currency, site.time_zone) == ("AED", "Asia/Dubai")


def test_check_reports_an_unreachable_shop_as_a_failed_step(site: Site) -> None:
    FakeShopAdapter.fault = NetworkError("shop1.example.com cannot be reached.")
    report = check_site(site=site)
    assert not report.is_ok
    assert report.steps[0].cure.startswith("Check the address")
    assert site.last_check_ok is False


def test_good_check_resumes_a_site_that_its_keys_had_paused(site: Site) -> None:
    note_error(site, BadCredentials("No."))
    check_site(site=site)
    site.refresh_from_db()
    assert not site.paused


def test_connection_holds_what_the_adapter_declares(make_site: Callable[..., Site]) -> None:
    site = make_site(
        request_timeout=7, platform_options={"mode": "strict", "fake_store_id": "9"}, integrator_name="ACME"
    )
    site.set_secret("fake_manager_token", "m-1")
    found = connection_for(site)
    assert found.credentials == {
        "username": "pk_1",
        "password": "sk-very-secret",
        "fake_store_id": "9",
        "fake_manager_token": "m-1",
    }
    assert found.options["mode"] == "strict"
    assert found.options["days"] == 7
    assert (found.timeout, found.user_agent_suffix) == (7.0, "ACME")
    assert found.webhook_secret == site.webhook_secret


def test_adapter_is_closed_also_after_an_error(site: Site) -> None:
    with pytest.raises(ValueError, match="boom"), open_adapter(site):
        raise ValueError("boom")
    assert FakeShopAdapter.closed == 1


def test_requested_token_is_stored_with_its_extras(site: Site) -> None:
    request_token(site=site, code="abc")
    site.refresh_from_db()
    assert site.access_token == "token-for-abc"
    assert site.refresh_token == "refresh-1"
    assert site.secrets["fake_manager_token"] == "m-1"
    assert site.scopes == ["orders"]


def test_due_token_is_refreshed_once(make_site: Callable[..., Site]) -> None:
    site = make_site()
    request_token(site=site, code="abc")
    assert refresh_due_tokens() == 0, "an hour is left"
    Site.objects.filter(pk=site.pk).update(token_expires_at="2020-01-01T00:00:00Z")
    assert refresh_due_tokens() == 1
    site.refresh_from_db()
    assert (site.access_token, site.refresh_token) == ("token-2", "refresh-2")


def test_worker_with_an_older_copy_leaves_a_renewed_token_alone(make_site: Callable[..., Site]) -> None:
    site = make_site()
    request_token(site=site, code="abc")
    site.refresh_from_db()
    stale = Site.objects.get(pk=site.pk)
    assert refresh_token(site=site)
    FakeShopAdapter.fault = BadCredentials("A refresh token was used twice.")

    assert refresh_token(site=stale), "the token was renewed already, and the shop is not asked"

    site.refresh_from_db()
    assert (site.paused, site.access_token) == (False, "token-2")


def test_token_is_renewed_as_early_as_its_platform_wants(
    make_site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    site = make_site()
    request_token(site=site, code="abc")
    monkeypatch.setattr(
        FakeShopAdapter, "capabilities", replace(FakeShopAdapter.capabilities, refresh_ahead=24 * 60)
    )
    assert refresh_due_tokens() == 1, "an hour is left, and a day is wanted"
    assert refresh_due_tokens() == 0, "a token that lives an hour is renewed after half of it"
    cursor = SyncCursor.objects.get(site=site, flow=Flow.TOKEN)
    SyncCursor.objects.filter(pk=cursor.pk).update(last_ok_at=timezone.now() - timedelta(minutes=40))
    Site.objects.filter(pk=site.pk).update(token_expires_at=timezone.now() + timedelta(minutes=20))
    assert refresh_due_tokens() == 1


def test_token_of_an_idle_shop_is_renewed_every_so_many_days_where_its_platform_wants_that(
    make_site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    site = make_site()
    request_token(site=site, code="abc")
    assert refresh_token(site=site)
    Site.objects.filter(pk=site.pk).update(token_expires_at=timezone.now() + timedelta(days=300))
    in_a_week = timezone.now() + timedelta(days=7, minutes=1)
    assert refresh_due_tokens(now=in_a_week) == 0
    wanted = replace(FakeShopAdapter.capabilities, renew_every=7)
    monkeypatch.setattr(FakeShopAdapter, "capabilities", wanted)
    assert refresh_due_tokens() == 0, "it was renewed a moment ago"
    assert refresh_due_tokens(now=in_a_week) == 1


def test_refused_refresh_pauses_the_site(site: Site) -> None:
    request_token(site=site, code="abc")
    Site.objects.filter(pk=site.pk).update(token_expires_at="2020-01-01T00:00:00Z")
    FakeShopAdapter.fault = BadCredentials("The refresh token was revoked.")
    assert refresh_due_tokens() == 0
    site.refresh_from_db()
    assert site.paused


def test_token_of_a_site_that_staff_paused_is_renewed_and_a_refusal_asked_for_once_a_day(site: Site) -> None:
    request_token(site=site, code="abc")
    pause_site(site_id=site.pk, reason="Stocktaking.")
    Site.objects.filter(pk=site.pk).update(token_expires_at="2020-01-01T00:00:00Z")
    FakeShopAdapter.fault = BadCredentials("The app is being reviewed.")
    assert refresh_due_tokens() == 0
    FakeShopAdapter.fault = None

    assert refresh_due_tokens() == 0, "it was refused a moment ago, and nobody waits for it"
    assert refresh_due_tokens(now=timezone.now() + timedelta(hours=25)) == 1

    site.refresh_from_db()
    assert (site.access_token, site.paused, site.pause_reason) == ("token-2", True, "Stocktaking.")


def test_token_of_a_site_that_its_keys_paused_waits_for_new_ones(site: Site) -> None:
    request_token(site=site, code="abc")
    note_error(site, BadCredentials("The refresh token was revoked."))
    Site.objects.filter(pk=site.pk).update(token_expires_at="2020-01-01T00:00:00Z")
    assert refresh_due_tokens() == 0
    site.refresh_from_db()
    assert site.access_token == "token-for-abc"


def test_who_waits_at_a_page_does_not_wait_for_the_places_of_a_killed_worker(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    budgets: list[SiteBudget] = []

    def budget(*args: Any, **kwargs: Any) -> SiteBudget:
        budgets.append(SiteBudget(*args, **kwargs))
        return budgets[-1]

    monkeypatch.setattr("sites.services.adapters.SiteBudget", budget)
    check_site(site=site)
    request_token(site=site, code="abc")
    site.refresh_from_db()
    assert refresh_token(site=site)  # nor who has a lease that would be over by then
    assert [made._max_wait_for_place for made in budgets] == [MAX_WAIT] * 3
