"""'Connect' with a shop that sends the browser back with a code: exchanged for a token, once, and renewed before it lapses."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from activity.models import ApiCall, Event
from ecomsync.common.errors import BadCredentials
from sandbox.shopify import ShopifyShop
from sites.models import ConnectRequest, Site
from sites.services.pause import pause_site
from sites.services.renew import can_renew, renew_or_note
from sites.services.tokens import refresh_due_tokens, request_token
from tests.orders.factories import make_shop_site

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop() -> Iterator[ShopifyShop]:
    with ShopifyShop(webhook_delay=None) as running:
        yield running


@pytest.fixture
def site(transactional_db: None, shop: ShopifyShop, live_server: Any, settings: Any) -> Site:
    """A site with the app's keys and no token."""
    settings.BASE_URL = live_server.url
    shop.options.callback_hosts = (*shop.options.callback_hosts, urlsplit(live_server.url).hostname or "")
    return make_shop_site(
        site_type="shopify", url=shop.url, username=shop.client_id, password=shop.secret, mapped=False
    )


@pytest.fixture
def staff(site: Site) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("boss", "boss@example.com", "x"))
    return client


def approve(staff: Client, site: Site) -> str:
    """Press 'Connect' and approve in the shop; the address to which the browser is sent back."""
    answer = staff.get(reverse("sites:connect_start", args=[site.pk]))
    assert answer.status_code == 302
    sent = requests.get(str(answer["Location"]), timeout=10, allow_redirects=False)
    assert sent.status_code == 302, sent.text
    return sent.headers["Location"]


def come_back(staff: Client, address: str) -> str:
    parts = urlsplit(address)
    answer = staff.get(f"{parts.path}?{parts.query}", follow=True)
    assert answer.status_code == 200
    return " ".join(str(message) for message in answer.context["messages"])


def test_code_becomes_a_token_is_tested_and_resumes_the_site(staff: Client, site: Site) -> None:
    pause_site(site_id=site.pk, reason="refused", code="bad_credentials")

    told = come_back(staff, approve(staff, site))
    site.refresh_from_db()

    assert "connected" in told
    assert site.access_token and site.refresh_token
    assert site.token_expires_at is not None
    assert timedelta(minutes=58) < site.token_expires_at - timezone.now() < timedelta(minutes=61)
    assert "read_orders" in site.scopes
    assert site.last_check_ok and not site.paused
    assert Event.objects.get(kind="site.connected").level == "success"
    assert not ApiCall.objects.filter(response_body__contains=site.access_token).exists()


def test_code_is_good_once(staff: Client, site: Site) -> None:
    address = approve(staff, site)
    come_back(staff, address)
    site.refresh_from_db()
    token = site.access_token

    told = come_back(staff, address)
    site.refresh_from_db()

    assert "used before" in told
    assert site.access_token == token


def test_approval_that_nobody_asked_for_gives_nothing(staff: Client, site: Site) -> None:
    address = approve(staff, site)
    ConnectRequest.objects.all().delete()

    assert "Nobody here asked" in come_back(staff, address)
    site.refresh_from_db()
    assert site.access_token == ""


def test_address_that_was_changed_gives_nothing_and_uses_nothing_up(staff: Client, site: Site) -> None:
    address = approve(staff, site)

    assert "not signed" in come_back(staff, address.replace("code=", "code=x"))
    assert "connected" in come_back(staff, address)


def test_token_is_renewed_before_it_lapses_and_both_tokens_change(
    staff: Client, site: Site, shop: ShopifyShop
) -> None:
    come_back(staff, approve(staff, site))
    site.refresh_from_db()
    before = (site.access_token, site.refresh_token)

    assert refresh_due_tokens(now=timezone.now() + timedelta(minutes=35)) == 1
    site.refresh_from_db()

    assert site.access_token != before[0] and site.refresh_token != before[1]


def test_token_by_the_apps_keys_is_asked_for_anew(site: Site, shop: ShopifyShop) -> None:
    """There is no refresh token, and none is needed."""
    kept = request_token(site=site)
    assert kept.refresh_token == "" and can_renew(kept)
    first = kept.access_token

    assert refresh_due_tokens(now=timezone.now() + timedelta(hours=23, minutes=45)) == 1
    kept.refresh_from_db()
    assert kept.access_token != first


def test_token_that_the_shop_refuses_is_renewed_once(site: Site, shop: ShopifyShop) -> None:
    kept = request_token(site=site)
    stale = kept.access_token
    shop.revoke_token(stale)

    assert renew_or_note(kept, BadCredentials("refused", site=site.code))
    assert kept.access_token != stale


def test_token_that_was_entered_by_hand_has_nothing_to_renew_it_by(site: Site) -> None:
    site.access_token = "shpat_by_hand"
    site.save()

    assert not can_renew(site)
    assert refresh_due_tokens(now=timezone.now() + timedelta(days=400)) == 0
