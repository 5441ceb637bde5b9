"""'Connect': staff approve in the shop, and its keys arrive by themselves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
import requests
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from activity.models import ApiCall, Event
from ecomsync.common.errors import ConfigurationError
from sandbox.woocommerce import WooShop
from sites.models import ConnectRequest, Site
from sites.services.connect import begin_connect
from sites.services.pause import pause_site
from tests.orders.factories import make_shop_site

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop() -> Iterator[WooShop]:
    with WooShop(webhook_delay=None) as running:
        yield running


@pytest.fixture
def site(transactional_db: None, shop: WooShop, live_server: Any, settings: Any) -> Site:
    """A site without keys."""
    settings.BASE_URL = live_server.url
    return make_shop_site(url=shop.url, username="", password="", mapped=False)


@pytest.fixture
def staff(site: Site) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("boss", "boss@example.com", "x"))
    return client


def start_address(site: Site) -> str:
    return reverse("sites:connect_start", args=[site.pk])


def go(staff: Client, site: Site) -> str:
    """Press the button, follow its link; returns the address in the shop."""
    button = reverse("admin:ecomsites_site_action", args=[site.pk, "connect"])
    page = staff.post(button)
    assert page.status_code == 200
    assert start_address(site) in page.content.decode()
    answer = staff.get(start_address(site))
    assert answer.status_code == 302
    return str(answer["Location"])


def decide(address: str, *, approve: bool = True) -> str:
    """What the shop's administrator does; returns the address to which the browser is sent."""
    assert "ecomsync" in requests.get(address, timeout=10).text
    send = requests.post if approve else requests.get
    answer = send(address.replace("/authorize?", "/access_granted?"), timeout=10, allow_redirects=False)
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"]


def come_back(staff: Client, address: str) -> str:
    """The browser's way back; returns what staff read on the site's page."""
    parts = urlsplit(address)
    answer = staff.get(f"{parts.path}?{parts.query}", follow=True)
    assert answer.status_code == 200
    return " ".join(str(message) for message in answer.context["messages"])


def hand_over(platform: str = "woocommerce", **values: Any) -> Any:
    payload = {
        "key_id": 1,
        "user_id": "token",
        "consumer_key": "ck_" + "a" * 40,
        "consumer_secret": "cs_" + "b" * 40,
        "key_permissions": "read_write",
        **values,
    }
    return post(json.dumps(payload), platform)


def post(body: Any, platform: str = "woocommerce") -> Any:
    address = reverse("sites:connect_callback", args=[platform])
    return Client(enforce_csrf_checks=True).post(address, body, content_type="application/json;charset=UTF-8")


def token_of(address: str) -> str:
    return parse_qs(urlsplit(address).query)["user_id"][0]


def test_keys_arrive_are_tested_and_resume_the_site(staff: Client, site: Site, shop: WooShop) -> None:
    pause_site(site_id=site.pk, reason="refused", code="bad_credentials")
    address = go(staff, site)
    query = dict(parse_qsl(urlsplit(address).query))
    assert address.startswith(f"{shop.url}/wc-auth/v1/authorize?")
    assert query["scope"] == "read_write"
    told = come_back(staff, decide(address))
    assert "connected" in told
    site.refresh_from_db()
    issued = [key for key in shop.store.keys.values() if key.key != shop.key]
    assert [(key.key, key.secret) for key in issued] == [(site.username, site.password)]
    assert site.last_check_ok
    assert not site.paused
    # the secret is encrypted at rest, and the token is a hash
    raw = Site.objects.filter(pk=site.pk).extra(select={"raw": "password"}).values_list("raw", flat=True)
    assert site.password not in str(raw[0])
    assert token_of(address) not in str(list(ConnectRequest.objects.values()))
    assert not ApiCall.objects.filter(response_body__contains=site.password).exists()
    assert Event.objects.get(kind="site.connected").level == "success"


def test_a_refusal_changes_nothing(staff: Client, site: Site) -> None:
    told = come_back(staff, decide(go(staff, site), approve=False))
    assert "try again" in told
    site.refresh_from_db()
    assert (site.username, site.password) == ("", "")


def test_keys_that_did_not_arrive_are_told(staff: Client, site: Site) -> None:
    token = token_of(go(staff, site))
    address = reverse("sites:connect_return", args=[site.pk])
    assert "did not arrive" in come_back(staff, f"{address}?success=1&user_id={token}")


def test_a_token_works_once_and_only_for_its_time(staff: Client, site: Site) -> None:
    token = token_of(go(staff, site))
    ConnectRequest.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    late = hand_over(user_id=token)
    assert (late.status_code, late.json()["status"]) == (403, "connect_expired")
    assert "15 minutes" in late.json()["cure"]
    ConnectRequest.objects.update(expires_at=timezone.now() + timedelta(minutes=15))
    assert hand_over(user_id=token).status_code == 200
    again = hand_over(user_id=token, consumer_key="ck_" + "e" * 40)
    assert again.status_code == 403
    site.refresh_from_db()
    assert site.username == "ck_" + "a" * 40


def test_starting_again_makes_the_earlier_token_void(staff: Client, site: Site) -> None:
    first, second = token_of(go(staff, site)), token_of(go(staff, site))
    assert first != second
    assert len(first) >= 40
    assert hand_over(user_id=first).status_code == 403
    assert hand_over(user_id=second).status_code == 200


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"user_id": "guessed"}, 403),
        ({"user_id": None}, 403),
        ({"user_id": "\ud800"}, 403),
        ({"consumer_key": None}, 400),
        ({"consumer_secret": "cs_x' OR 1=1"}, 400),
        ({"consumer_key": ["ck_" + "a" * 40]}, 400),
        ({"key_permissions": "read"}, 400),
        ({"platform": "nobody"}, 404),
    ],
)
def test_a_wrong_hand_over_is_refused_with_cause_and_cure(
    site: Site, values: dict[str, Any], status: int
) -> None:
    answer = hand_over(**values)
    assert answer.status_code == status
    assert answer.json()["message"]
    assert answer.json()["cure"]
    site.refresh_from_db()
    assert site.username == ""


@pytest.mark.parametrize("body", ["", "<html>", "[1]", "null", "[" * 10_000])
def test_a_hand_over_that_is_no_json_object(site: Site, body: str) -> None:
    answer = post(body)
    assert answer.status_code == 400
    assert answer.json()["cure"]
    assert post(b"x" * 20_000).status_code == 413
    assert Client().get(reverse("sites:connect_callback", args=["woocommerce"])).status_code == 405


def test_only_staff_with_the_right_may_start_and_come_back(site: Site) -> None:
    user = User.objects.create_user("clerk", password="x", is_staff=True)
    client = Client()
    assert client.get(start_address(site)).status_code == 302
    assert not ConnectRequest.objects.exists(), "the visitor was sent to the login page"
    client.force_login(user)
    assert client.get(start_address(site)).status_code == 403
    assert client.get(reverse("sites:connect_return", args=[site.pk])).status_code == 403
    user.user_permissions.add(Permission.objects.get(codename="manage_connection"))
    assert client.get(start_address(site)).status_code == 302
    assert ConnectRequest.objects.get().asked_by == user


def test_an_installation_without_https_is_told_before_anybody_is_sent_away(
    staff: Client, site: Site, settings: Any
) -> None:
    settings.BASE_URL = "http://erp.example.com"
    with pytest.raises(ConfigurationError, match="https addresses only"):
        begin_connect(site=site)
    answer = staff.get(start_address(site), follow=True)
    assert any(
        "BASE_URL" in str(message) or "https" in str(message) for message in answer.context["messages"]
    )
    assert not ConnectRequest.objects.exists()
