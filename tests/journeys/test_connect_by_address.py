"""'Connect' where staff enter our addresses in the shop: it posts its keys, and a token is asked for with them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from activity.models import ApiCall, Event, Run
from sandbox.magento2 import Magento2Shop
from sites.models import ConnectRequest, Site
from sites.services.adapters import connection_for
from sites.services.connect import begin_by_address
from sites.services.execute_runs import execute_waiting_runs
from sites.services.pause import pause_site
from tests.orders.factories import make_shop_site

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop() -> Iterator[Magento2Shop]:
    with Magento2Shop(webhook_delay=None) as running:
        yield running


@pytest.fixture
def site(transactional_db: None, shop: Magento2Shop, live_server: Any, settings: Any) -> Site:
    """A site without keys."""
    settings.BASE_URL = live_server.url
    return make_shop_site(
        site_type="magento2", url=shop.url, username="", password="", code="MAGE", mapped=False
    )


@pytest.fixture
def staff(site: Site) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("boss", "boss@example.com", "x"))
    return client


def addresses(staff: Client, site: Site) -> tuple[str, str]:
    """What the page of 'Connect' shows: where the keys go, and where the browser goes."""
    page = staff.post(reverse("admin:ecomsites_site_action", args=[site.pk, "connect"]))
    assert page.status_code == 200
    found = re.findall(r"http://[^\s<\"]+\?token=[\w-]+", unescape(page.content.decode()))
    callback = next(address for address in found if "/callback/" in address)
    return callback, next(address for address in found if "/return/" in address)


def come_back(staff: Client, address: str) -> str:
    parts = urlsplit(address)
    answer = staff.get(f"{parts.path}?{parts.query}", follow=True)
    return " ".join(str(message) for message in answer.context["messages"])


def post(address: str, **form: str) -> requests.Response:
    keys = dict.fromkeys(("oauth_consumer_key", "oauth_consumer_secret", "oauth_verifier"), "a" * 32)
    return requests.post(address, data={"store_base_url": "http://x/", **keys, **form}, timeout=10)


def test_activation_hands_the_keys_over_and_the_browser_finishes_it(
    staff: Client, site: Site, shop: Magento2Shop
) -> None:
    pause_site(site_id=site.pk, reason="refused", code="bad_credentials")
    callback, back = addresses(staff, site)

    grant = shop.activate(callback)
    told = come_back(staff, f"{back}?oauth_consumer_key={grant.key}")

    assert "connected" in told
    site.refresh_from_db()
    assert (site.access_token, site.authorization_code) == (grant.token, "")
    assert site.last_check_ok and not site.paused
    with site.adapter_class(connection_for(site)) as adapter:
        assert adapter.shop_info().currency == shop.options.currency
    assert Event.objects.get(kind="site.connected").level == "success"
    secrets = (grant.secret, grant.token, grant.token_secret)
    assert not any(ApiCall.objects.filter(response_body__contains=text).exists() for text in secrets)
    assert parse_qs(urlsplit(callback).query)["token"][0] not in str(list(ConnectRequest.objects.values()))


def test_worker_finishes_it_where_no_browser_comes_back(
    staff: Client, site: Site, shop: Magento2Shop
) -> None:
    callback, back = addresses(staff, site)
    grant = shop.activate(callback)

    execute_waiting_runs()

    site.refresh_from_db()
    assert site.access_token == grant.token
    assert Run.objects.get(action="finish_connect").state == Run.State.FINISHED
    assert "connected" in come_back(staff, back), "and what is done is not done again"


def test_activation_of_long_ago_is_told(staff: Client, site: Site, shop: Magento2Shop) -> None:
    callback, back = addresses(staff, site)
    shop.activate(callback)
    shop.advance(301)

    told = come_back(staff, back)

    assert "expired" in told and "reauthorize" in told
    site.refresh_from_db()
    assert site.access_token == ""


def test_shop_out_of_reach_leaves_the_code_for_another_try(
    staff: Client, site: Site, shop: Magento2Shop
) -> None:
    callback, back = addresses(staff, site)
    grant = shop.activate(callback)
    shop.faults.add("http_503", path="/oauth/", count=1)

    assert "503" in come_back(staff, back)
    assert "connected" in come_back(staff, back)
    site.refresh_from_db()
    assert site.access_token == grant.token


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"token": "guessed"}, 403),
        ({"oauth_verifier": ""}, 400),
        ({"oauth_consumer_secret": "' OR 1=1"}, 400),
    ],
)
def test_wrong_hand_over_is_refused_with_cause_and_cure(
    site: Site, form: dict[str, str], status: int
) -> None:
    callback, _back = begin_by_address(site=site)
    token = form.pop("token", "")
    address = f"{callback.partition('?')[0]}?token={token}" if token else callback

    answer = post(address, **form)

    assert answer.status_code == status
    assert answer.json()["message"] and answer.json()["cure"]
    site.refresh_from_db()
    assert site.authorization_code == ""


def test_addresses_are_good_once(site: Site) -> None:
    callback, _back = begin_by_address(site=site)

    assert post(callback).status_code == 200
    assert post(callback, oauth_consumer_key="b" * 32).status_code == 403
