from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from django.utils.module_loading import import_string

from activity.services import observe, raise_alert, report_error, start_run
from ecomsync.common.http import Exchange
from ecomsync.dashboard import DASHBOARD_PROVIDERS, Window
from ecomsync.dashboard.cards import duration_text
from ecomsync.dashboard.charts import Series, bar_chart, buckets, nice_top
from orders.models import Order
from sites.models import Site
from sync_queues.models import UpdateQtyRequest

pytestmark = pytest.mark.django_db


def make_site(number: int) -> Site:
    return Site.objects.create(
        code=f"S{number}",
        name2=f"Store {number}",
        site_type="woocommerce",
        url=f"https://shop{number}.example",
    )


def test_every_provider_can_be_loaded() -> None:
    for provider in DASHBOARD_PROVIDERS:
        assert callable(import_string(provider.path))


def test_an_empty_installation_is_welcomed(boss_client: Client) -> None:
    page = boss_client.get("/admin/").content.decode()
    assert "No site yet" in page
    assert "No open problem." in page


def test_a_card_tells_health_backlog_and_held_orders(boss_client: Client) -> None:
    site = make_site(1)
    UpdateQtyRequest.objects.create(site=site, key="a", version=1)
    UpdateQtyRequest.objects.create(site=site, key="b", state="failed", version=2)
    Order.objects.create(site=site, remote_id="1", state="held")
    now = timezone.now()
    Order.objects.create(
        site=site,
        remote_id="2",
        state="imported",
        created_remote=now - timedelta(minutes=10),
        imported_at=now,
    )
    card = boss_client.get("/admin/").context["dashboard"]["sites"][0]
    assert (card["held"], card["orders_today"], card["lead_time"]) == (1, 2, "10 min")
    assert [(queue["waiting"], queue["failed"]) for queue in card["queues"]] == [(1, 1)]
    assert "needs attention" in card["health"]
    assert any(not item["done"] for item in card["checklist"])


def test_a_paused_site_comes_first_with_its_reason(boss_client: Client) -> None:
    make_site(1)
    paused = make_site(2)
    Site.objects.filter(pk=paused.pk).update(paused=True, pause_code="bad_credentials", pause_reason="401")
    answer = boss_client.get("/admin/")
    assert answer.context["dashboard"]["sites"][0]["site"] == paused
    assert b"The shop refuses our keys" in answer.content


def test_queries_do_not_grow_with_the_sites(boss_client: Client, django_assert_max_num_queries) -> None:
    for number in range(30):
        make_site(number)
    with django_assert_max_num_queries(100):  # six checklists of some ten statements each are in it
        boss_client.get("/admin/")


def test_problems_alerts_causes_and_runs_are_listed(boss_client: Client) -> None:
    report_error(site_code="S1", code="unknown_sku", message="x", subject=("orders.order", 1, "1001"))
    raise_alert(code="site_paused", message="The site S1 was paused.", site_code="S1")
    start_run(site_code="S1", action="read_sales", title="Read Sales")
    page = boss_client.get("/admin/").content.decode()
    for text in ("An ordered SKU is not known here", "The site S1 was paused.", "Read Sales"):
        assert text in page


@pytest.mark.parametrize("name", ["24h", "7d", "nonsense"])
def test_the_call_chart_counts_both_colours(boss_client: Client, name: str) -> None:
    for status in (200, 200, 500):
        observe("S1", "woocommerce")(
            Exchange(
                method="GET", url="u", route="r", trace_id="", started_at=datetime.now(UTC), status=status
            )
        )
    chart = boss_client.get(f"/admin/?window={name}").context["dashboard"]["call_chart"]
    assert [sum(line.values) for line in chart["series"]] == [2, 1]
    assert 'class="bar-bad"' in chart["svg"]
    assert "style=" not in chart["svg"]


def test_a_reader_without_permissions_sees_no_figures(client: Client) -> None:
    client.force_login(User.objects.create_user("guest", password="x", is_staff=True))
    dashboard = client.get("/admin/").context["dashboard"]
    assert set(dashboard) == {"window", "windows"}


def test_buckets_end_with_the_present_hour_or_day() -> None:
    now = timezone.now()
    hours = buckets(Window("24h", now - timedelta(hours=24), now))
    days = buckets(Window("7d", now - timedelta(days=7), now))
    assert (len(hours), len(days)) == (24, 7)
    assert hours[-1] <= now < hours[-1] + timedelta(hours=1)


def test_a_chart_of_nothing_is_drawn() -> None:
    now = timezone.now()
    svg = bar_chart("Empty", [now], [Series("a", "good", [0])], hourly=True)
    assert "<svg" in svg
    assert 'class="bar-good"' not in svg


@pytest.mark.parametrize(
    ("value", "top"), [(0, 4), (4, 4), (7, 8), (13, 20), (61, 80), (101, 200), (999, 1000)]
)
def test_nice_top_is_even_and_not_below(value: int, top: int) -> None:
    assert nice_top(value) == top


@pytest.mark.parametrize(("seconds", "text"), [(None, "–"), (45, "45 s"), (600, "10 min"), (7200, "2.0 h")])
def test_duration_text_takes_the_fitting_unit(seconds: float | None, text: str) -> None:
    assert duration_text(seconds) == text
