"""What the page of a site tells while its shop refuses our keys or does not work, in both languages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from ecomsync.common.errors import BadCredentials, NetworkError
from sites.budget import SiteBudget
from sites.budget.database_store import DatabaseStore
from sites.models import RateBucket, Site
from sites.services.pause import note_error
from tests.browser.conftest import Staff

pytestmark = [pytest.mark.browser, pytest.mark.postgres]


@pytest.mark.usefixtures("company")
def test_a_refusing_and_failing_shop_is_told_with_what_happens_next(
    staff: Callable[[str], Staff], settings: Any
) -> None:
    settings.REDIS_URL = ""
    site = Site.objects.create(
        code="SHOP",
        name1="متجر",
        name2="Shop",
        site_type="woocommerce",
        url="http://127.0.0.1:9",
        currency="SAR",
    )
    note_error(site, BadCredentials("The shop refuses our keys."))
    budget = SiteBudget(site, store=DatabaseStore(site.pk), max_wait=0)
    for _time in range(5):
        with pytest.raises(NetworkError), budget.acquire():
            raise NetworkError("connection refused")
    RateBucket.objects.update(rest_until=timezone.now() + timedelta(minutes=10))

    salma = staff("salma")
    salma.open(reverse("admin:ecomsites_site_change", args=[site.pk]))
    content = salma.page.locator("#content")
    expect(content).to_contain_text("The keys are tried again by themselves, in")
    expect(content).to_contain_text("when they work, the site goes on.")
    expect(content).to_contain_text("The shop fails and is left alone for")

    salma.speak("ar")
    expect(content).to_contain_text("تُجرَّب مفاتيح الدخول تلقائيًا من جديد بعد")
    expect(content).to_contain_text("استأنف الموقع عمله")
    expect(content).not_to_contain_text("left alone")
