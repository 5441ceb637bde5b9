"""Refused tokens are renewed once before a site is paused."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from activity.models import Alert
from ecomsync.common.errors import BadCredentials, MissingMapping, NetworkError
from sites.choices import Flow
from sites.models import Site, SyncCursor
from sites.services import cursors
from sites.services.renew import NOT_AGAIN_WITHIN, renew_or_note
from tests.sites.fake_platform import FakeShopAdapter

pytestmark = pytest.mark.django_db

REFUSED = BadCredentials("401 invalid token")


@pytest.fixture
def with_token(site: Site) -> Site:
    site.access_token, site.refresh_token = "token-1", "refresh-1"
    site.save()
    return site


def test_a_refused_token_is_renewed_and_the_site_goes_on(with_token: Site) -> None:
    assert renew_or_note(with_token, REFUSED)
    assert (with_token.access_token, with_token.paused) == ("token-2", False)
    assert not Alert.objects.exists()


def test_a_new_token_that_is_refused_too_pauses_the_site(with_token: Site) -> None:
    assert renew_or_note(with_token, REFUSED)
    assert not renew_or_note(with_token, REFUSED)
    with_token.refresh_from_db()
    assert with_token.paused
    assert Alert.objects.get().code == "bad_credentials"


def test_a_token_is_renewed_again_when_the_last_renewal_is_long_ago(with_token: Site) -> None:
    assert renew_or_note(with_token, REFUSED)
    SyncCursor.objects.update(last_ok_at=timezone.now() - NOT_AGAIN_WITHIN - timedelta(seconds=1))
    assert renew_or_note(with_token, REFUSED)


def test_what_another_worker_renewed_meanwhile_is_not_renewed_again(with_token: Site) -> None:
    late = Site.objects.get(pk=with_token.pk)
    assert renew_or_note(with_token, REFUSED)
    FakeShopAdapter.fault = NetworkError("Nobody may ask the shop now.")
    assert renew_or_note(late, REFUSED)
    assert late.access_token == "token-2"


def test_while_another_worker_renews_nobody_pauses(with_token: Site) -> None:
    assert cursors.begin(with_token, Flow.TOKEN)
    assert renew_or_note(with_token, REFUSED)
    with_token.refresh_from_db()
    assert (with_token.access_token, with_token.paused) == ("token-1", False)


def test_a_renewal_that_is_refused_pauses_with_one_alert(with_token: Site) -> None:
    FakeShopAdapter.fault = BadCredentials("The refresh token was revoked.")
    assert not renew_or_note(with_token, REFUSED)
    with_token.refresh_from_db()
    assert with_token.paused and "revoked" in with_token.pause_reason
    assert Alert.objects.get().count == 1


def test_a_site_without_a_token_is_paused_at_once(site: Site) -> None:
    assert not renew_or_note(site, REFUSED)
    site.refresh_from_db()
    assert site.paused


def test_other_errors_renew_nothing(with_token: Site) -> None:
    assert not renew_or_note(with_token, MissingMapping("No payment method for 'cod'."))
    with_token.refresh_from_db()
    assert (with_token.access_token, with_token.paused) == ("token-1", False)
