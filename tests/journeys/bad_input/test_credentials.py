"""Keys that the shop refuses: wrong, revoked in mid-run, read-only, of a user who may nothing."""

from __future__ import annotations

from typing import Any

import pytest

from activity.models import Alert, SiteError
from orders.models import Order
from sandbox.woocommerce import WooShop
from sites.models import Site
from sites.runs import refusal
from sites.services.check import check_site
from sync_queues.models import State, UpdateQtyRequest
from sync_queues.services.drain import drain
from sync_queues.services.site_actions import retry_failed
from tests.journeys.bad_input.world import act, failed, hurry, problem

pytestmark = pytest.mark.django_db


def steps_of(site: Site) -> dict[str, dict[str, Any]]:
    site.refresh_from_db()
    return {step["name"]: step for step in site.last_check["steps"]}


@pytest.mark.parametrize("broken", [{"username": "ck_" + "0" * 40}, {"password": "cs_" + "0" * 40}])
def test_wrong_keys_pause_the_site_with_one_alert(site: Site, woo: WooShop, broken: dict[str, str]) -> None:
    woo.place_order([{"sku": "S1", "quantity": 1}])
    Site.objects.filter(pk=site.pk).update(**broken)
    run = failed(act(site, "read_sales"), "bad_credentials")
    assert "consumer key" in run.message.lower() or "keys" in run.message.lower()
    site.refresh_from_db()
    assert site.paused
    assert site.pause_code == "bad_credentials"
    assert "consumer" in site.pause_reason
    assert "Test Connection" in site.pause_reason
    assert "paused" in str(refusal(site, "read_sales"))
    assert Alert.objects.get().code == "bad_credentials"
    assert problem(site, "bad_credentials").link.endswith(f"/{site.pk}/change/")
    assert not Order.objects.exists()
    # the connection test says the same, and does not raise another alert
    assert not check_site(site=site).is_ok
    assert steps_of(site)["authenticated"]["cure"]
    assert Alert.objects.count() == 1


def test_missing_keys_are_named_before_any_call(site: Site, woo: WooShop) -> None:
    Site.objects.filter(pk=site.pk).update(username="", password="")
    woo.counters.reset()
    run = failed(act(site, "read_sales"), "missing_credentials")
    assert "consumer key" in run.message.lower()
    assert woo.counters.requests == 0
    site.refresh_from_db()
    assert not site.paused


def test_a_key_revoked_in_mid_run_pauses_once_and_new_keys_resume(site: Site, woo: WooShop) -> None:
    act(site, "link_items")
    UpdateQtyRequest.objects.all().delete()
    act(site, "update_all_qtys")
    waiting = list(UpdateQtyRequest.objects.filter(state=State.PENDING).values_list("pk", flat=True))
    assert len(waiting) == 2
    placed = woo.place_order([{"sku": "S1", "quantity": 1}])
    # when: the key dies while orders are being read, before the page comes, and the queues go on meanwhile
    woo.revoke_key(woo.key)
    failed(act(site, "read_sales"), "bad_credentials")
    site.refresh_from_db()
    assert site.paused
    assert drain(site.pk, "qty").skipped == "paused"
    # and: a worker that had begun before the pause finds out by itself
    Site.objects.filter(pk=site.pk).update(paused=False)
    report = drain(site.pk, "qty")
    assert report.fault == "bad_credentials"
    # then: the rows wait as they did, uncounted; one alert, one open problem
    rows = UpdateQtyRequest.objects.filter(pk__in=waiting)
    assert {(row.state, row.retry_count, row.claimed_by) for row in rows} == {(State.PENDING, 0, "")}
    site.refresh_from_db()
    assert site.paused
    assert Alert.objects.filter(code="bad_credentials").count() == 1
    assert problem(site, "bad_credentials").count >= 2
    # when: staff enter new keys and test them
    key = woo.add_key()
    Site.objects.filter(pk=site.pk).update(username=key.key)
    site.refresh_from_db()
    site.password = key.secret
    site.save(update_fields=["password"])
    act(site, "test_connection")
    # then: the site works again by itself, and nothing was lost
    site.refresh_from_db()
    assert not site.paused
    assert site.last_check_ok
    assert not SiteError.objects.filter(code="bad_credentials", state="open").exists()
    assert act(site, "read_sales").created == 1
    assert Order.objects.get().remote_id == str(placed["id"])
    hurry(site, "qty")
    assert drain(site.pk, "qty").fault == ""


def test_a_key_revoked_between_two_pages_keeps_what_was_read(
    site: Site, woo: WooShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platforms.woocommerce.orders.PAGE_SIZE", 3)
    for hour in range(5):
        woo.place_order([{"sku": "S2", "quantity": 1}], created_gmt=f"2026-01-01T1{hour}:00:00")
    woo.faults.add("expired_key", method="GET", path="/orders", skip=1)
    run = failed(act(site, "read_sales"), "bad_credentials")
    assert (run.found, run.created, Order.objects.count()) == (3, 3, 3)
    site.refresh_from_db()
    assert site.paused
    woo.faults.clear()
    act(site, "test_connection")
    assert act(site, "read_sales").created == 2
    assert Order.objects.filter(state="imported").count() == 5


def test_a_read_only_key_reads_and_says_that_it_may_not_write(site: Site, woo: WooShop) -> None:
    key = woo.add_key("read")
    site.username, site.password = key.key, key.secret
    site.save(update_fields=["username", "password"])
    woo.place_order([{"sku": "S1", "quantity": 1}])
    assert act(site, "read_sales").created == 1
    act(site, "test_connection")
    step = steps_of(site)["write_products"]
    assert step["state"] == "fail"
    assert "Read/Write" in step["cure"]
    act(site, "link_items")
    act(site, "update_all_qtys")
    report = drain(site.pk, "qty")
    assert report.fault == "missing_permission" or report.problems, report
    assert problem(site, "missing_permission", "ecomsites.site").link
    assert problem(site, "missing_permission", "sync_queues.updateqtyrequest").link
    rows = UpdateQtyRequest.objects.filter(site=site)
    assert rows.exclude(state__in=(State.PENDING, State.FAILED)).count() == 0
    site.refresh_from_db()
    assert not site.paused, "reading goes on"
    # when: the key may write, the lines are retried
    woo.store.keys[key.key].permissions = "read_write"
    retry_failed(site=site, kind="qty", dry_run=False)
    act(site, "test_connection")
    hurry(site, "qty")
    assert drain(site.pk, "qty").fault == ""
    assert set(rows.values_list("state", flat=True)) == {State.COMPLETED}
    assert not SiteError.objects.filter(code="missing_permission", state="open").exists()


def test_the_key_of_a_user_without_rights_is_told_apart(site: Site, woo: WooShop) -> None:
    key = woo.add_key(role="customer")
    site.username, site.password = key.key, key.secret
    site.save(update_fields=["username", "password"])
    run = failed(act(site, "read_sales"), "missing_permission")
    assert "Shop manager" in run.message
    problem(site, "missing_permission")
