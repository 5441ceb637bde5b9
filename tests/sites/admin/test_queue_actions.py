"""The queue buttons of the site page, with the real queue tables behind the dotted paths."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from activity.models import SiteError
from activity.services import report_error, resolve_errors
from sites.models import Site
from sites.panels import backlog
from sync_queues.models import Request, UpdateItemRequest, UpdatePriceRequest, UpdateQtyRequest
from tests.sites.admin.test_site_page import LIST, action_url, change_url

pytestmark = pytest.mark.django_db
CONFIRM = {"_confirmed": "1"}


def fill(site: Site) -> None:
    """One failed, one dead, one completed, one waiting and one running row in each queue."""
    for model in (UpdateQtyRequest, UpdatePriceRequest, UpdateItemRequest):
        for state in ("failed", "dead", "completed", "pending", "processing"):
            model._default_manager.create(site=site, key=f"{state}-1", state=state, version=1)


def states(model: type[Request], site: Site) -> list[str]:
    return sorted(model._default_manager.filter(site=site).values_list("state", flat=True))


def test_retry_asks_with_the_count_and_brings_failed_rows_back(
    staff: Client, make_site: Callable[..., Site]
) -> None:
    site, other = make_site(), make_site()
    fill(site)
    fill(other)
    question = staff.post(action_url(site, "retry_lines")).content.decode()
    assert "2 failed quantity requests will be tried again." in question
    assert states(UpdateQtyRequest, site).count("pending") == 1, "asking changes nothing"
    staff.post(action_url(site, "retry_lines"), CONFIRM)
    assert states(UpdateQtyRequest, site).count("pending") == 3
    assert states(UpdateQtyRequest, other).count("pending") == 1
    assert states(UpdatePriceRequest, site).count("pending") == 1


@pytest.mark.parametrize(
    ("action", "model"),
    [
        ("delete_finished_requests", UpdateQtyRequest),
        ("delete_finished_price_requests", UpdatePriceRequest),
        ("delete_finished_item_requests", UpdateItemRequest),
    ],
)
def test_delete_finished_leaves_unfinished_rows(
    staff: Client, site: Site, action: str, model: type[Request]
) -> None:
    fill(site)
    assert "1 finished" in staff.post(action_url(site, action)).content.decode()
    staff.post(action_url(site, action), CONFIRM)
    assert states(model, site) == ["dead", "failed", "pending", "processing"]


def test_delete_item_entries_takes_waiting_rows_and_leaves_the_running_one(staff: Client, site: Site) -> None:
    fill(site)
    staff.post(action_url(site, "delete_item_entries"), CONFIRM)
    assert states(UpdateItemRequest, site) == ["processing"]
    assert len(states(UpdateQtyRequest, site)) == 5


def test_delete_requests_takes_all_kinds(staff: Client, site: Site) -> None:
    fill(site)
    assert "12 requests of all kinds" in staff.post(action_url(site, "delete_requests")).content.decode()
    staff.post(action_url(site, "delete_requests"), CONFIRM)
    for model in (UpdateQtyRequest, UpdatePriceRequest, UpdateItemRequest):
        assert states(model, site) == ["processing"]


def test_delete_error_takes_resolved_problems_only(staff: Client, site: Site) -> None:
    for code in ("one", "two"):
        report_error(site_code=site.code, code=code, message=code)
    resolve_errors(site_code=site.code, code="one")
    assert "1 resolved problem" in staff.post(action_url(site, "delete_error")).content.decode()
    staff.post(action_url(site, "delete_error"), CONFIRM)
    assert SiteError.objects.get().code == "two"


def test_backlog_is_shown_with_links_that_work(staff: Client, site: Site) -> None:
    fill(site)
    report_error(site_code=site.code, code="one", message="one")
    for page in (staff.get(change_url(site)).content.decode(), staff.get(reverse(LIST)).content.decode()):
        assert "Quantities waiting: 1" in page
        assert "Quantities failed: 2" in page
        assert "Open problems: 1" in page
    for figure in site_links(site):
        assert staff.get(figure).status_code == 200, figure


def site_links(site: Site) -> list[str]:
    return [figure.url for figure in backlog([site])[site.pk]]
