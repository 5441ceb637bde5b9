"""The page of a WooCommerce site against the sandbox shop, over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from activity.models import ApiCall
from sandbox.woocommerce import WooShop
from sites.models import Site
from tests.sites.admin.test_site_page import ADD, action_url, change_url, form_data

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Iterator[WooShop]:
    with WooShop(webhook_delay=None) as shop:
        yield shop


def add_site(staff: Client, shop: WooShop, **values: str) -> Site:
    url = f"{reverse(ADD)}?site_type=woocommerce"
    data = form_data(staff.get(url))
    typed = {"code": "WOO", "url": shop.url, "username": shop.key, "password": shop.secret, **values}
    response = staff.post(url, {**data, **typed})
    assert response.status_code == 302, response.context["adminform"].form.errors
    return Site.objects.get()


def test_site_is_added_and_its_connection_works(staff: Client, shop: WooShop) -> None:
    site = add_site(staff, shop)
    page = staff.post(action_url(site, "test_connection")).content.decode()
    site.refresh_from_db()
    assert site.last_check_ok, site.last_check
    assert "The connection works." in page
    assert site.currency == shop.options.currency
    assert site.time_zone
    assert site.shop_info["payment_methods"]
    assert ApiCall.objects.filter(site_code="WOO").exists()
    page = staff.get(change_url(site)).content.decode()
    for secret in (shop.secret, site.webhook_secret):
        assert secret not in page
    stored = "".join(
        f"{call.url}{call.request_headers}{call.response_body}" for call in ApiCall.objects.all()
    )
    assert shop.secret not in stored


def test_wrong_key_is_a_failed_step_with_its_cure(staff: Client, shop: WooShop) -> None:
    site = add_site(staff, shop, password="cs_wrong")
    page = staff.post(action_url(site, "test_connection")).content.decode()
    site.refresh_from_db()
    assert site.last_check_ok is False
    assert "chip-bad" in page
    assert "does not work yet" in page


def test_page_speaks_arabic_from_right_to_left(staff: Client, shop: WooShop, admin_user: User) -> None:
    site = add_site(staff, shop)
    page = staff.get(change_url(site), headers={"accept-language": "ar"}).content.decode()
    assert 'dir="rtl"' in page
    assert "مفتاح المستهلك" in page
