from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from sites.models import Site
from sync_queues.inputs import RequestInput
from sync_queues.kick import kick
from sync_queues.models import State, UpdateItemRequest, UpdatePriceRequest, UpdateQtyRequest
from sync_queues.services.claim import claim
from sync_queues.services.enqueue import enqueue
from sync_queues.services.manage import cancel, delete_finished, delete_requests, retry_selected
from sync_queues.services.reopen import ReopenReport
from sync_queues.services.site_actions import delete_item_entries, retry_failed
from tests.sync_queues.conftest import MakeItems, MakeSite

MODELS = {"qty": UpdateQtyRequest, "price": UpdatePriceRequest, "item": UpdateItemRequest}
RETRY = {
    "qty": "retry_selected_lines",
    "price": "price_retry_selected_lines",
    "item": "item_retry_selected_lines",
}


@pytest.fixture
def browser(client: Client, admin_user: Any) -> Client:
    client.force_login(admin_user)
    return client


@pytest.fixture
def rows(site: Site, make_items: MakeItems) -> dict[str, UpdateQtyRequest]:
    """One quantity request in each state."""
    made: dict[str, UpdateQtyRequest] = {}
    for state, item in zip(State.values, make_items(len(State.values)), strict=True):
        enqueue("qty", site=site, rows=[RequestInput(item_id=item.pk)])
        UpdateQtyRequest.objects.filter(item=item).update(
            state=state, error_code="network" if state == "dead" else ""
        )
        made[state] = UpdateQtyRequest.objects.get(item=item)
    return made


@pytest.mark.parametrize("kind", ["qty", "price", "item"])
@pytest.mark.parametrize("language", ["en", "ar"])
def test_lists_and_pages_open_in_both_languages(
    browser: Client, site: Site, make_items: MakeItems, kind: str, language: str
) -> None:
    enqueue(kind, site=site, rows=[RequestInput(item_id=make_items(1)[0].pk)], document=site)
    row = MODELS[kind]._default_manager.get()
    MODELS[kind]._default_manager.update(
        error_code="network", error_class="retryable", error_message="No route."
    )
    name, headers = f"admin:sync_queues_{row._meta.model_name}", {"accept-language": language}
    listing = browser.get(reverse(f"{name}_changelist"), {"state__exact": "pending"}, headers=headers)
    assert listing.status_code == 200 and row.item is not None and row.item.code in listing.content.decode()
    page = browser.get(reverse(f"{name}_change", args=[row.pk]), headers=headers)
    assert page.status_code == 200 and "No route." in page.content.decode()
    assert browser.post(reverse(f"{name}_action", args=[row.pk, RETRY[kind]])).status_code == 302


def test_retry_takes_failed_dead_and_waiting_rows_and_refuses_the_others(
    browser: Client, rows: dict[str, UpdateQtyRequest]
) -> None:
    data = {"action": "retry_selected_lines", "_selected_action": [row.pk for row in rows.values()]}
    answer = browser.post(reverse("admin:sync_queues_updateqtyrequest_changelist"), data, follow=True)
    text = answer.content.decode()
    assert "3 requests go again now." in text and "3 rows were left out" in text
    states = {name: UpdateQtyRequest.objects.get(pk=row.pk).state for name, row in rows.items()}
    assert {states["failed"], states["dead"], states["pending"]} == {"pending"}
    assert (states["completed"], states["processing"]) == ("completed", "processing")


def test_delete_actions_ask_first_with_a_count_and_spare_what_is_unfinished(
    browser: Client, rows: dict[str, UpdateQtyRequest]
) -> None:
    listing = reverse("admin:sync_queues_updateqtyrequest_changelist")
    data = {"action": "delete_finished_requests", "_selected_action": [rows["pending"].pk]}
    asked = browser.post(listing, data).content.decode()
    assert "2 finished requests" in asked and UpdateQtyRequest.objects.count() == 6
    browser.post(listing, {**data, "_confirmed": "1"})
    assert set(UpdateQtyRequest.objects.values_list("state", flat=True)) == {
        "pending",
        "processing",
        "failed",
        "dead",
    }


def test_only_those_who_manage_requests_may_act(client: Client, rows: dict[str, UpdateQtyRequest]) -> None:
    user = User.objects.create_user("viewer", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_updateqtyrequest"))
    client.force_login(user)
    address = reverse(
        "admin:sync_queues_updateqtyrequest_action", args=[rows["dead"].pk, "retry_selected_lines"]
    )
    assert client.post(address).status_code == 403
    assert UpdateQtyRequest.objects.get(pk=rows["dead"].pk).state == "dead"


def test_retry_joins_the_newer_request_of_the_same_key(site: Site, make_items: MakeItems) -> None:
    [item] = make_items(1)
    ids = []
    for _time in range(3):
        enqueue("qty", site=site, rows=[RequestInput(item_id=item.pk)])
        row = UpdateQtyRequest.objects.get(state="pending")
        ids.append(row.pk)
        UpdateQtyRequest.objects.filter(pk=row.pk).update(state="dead", crash_count=3)
    assert retry_selected("qty", ids) == ReopenReport(reopened=1, joined=2)
    newest = UpdateQtyRequest.objects.get(state="pending")
    assert (newest.pk, newest.crash_count) == (ids[-1], 0)
    UpdateQtyRequest.objects.filter(pk=ids[0]).update(state="failed")
    assert retry_selected("qty", [ids[0]]) == ReopenReport(joined=1)


def test_what_a_worker_holds_is_neither_deleted_nor_cancelled(rows: dict[str, UpdateQtyRequest]) -> None:
    ids = [row.pk for row in rows.values()]
    cancelled = cancel("qty", ids)
    assert (cancelled.deleted, cancelled.kept) == (3, 3)
    report = delete_requests("qty", ids)
    assert (report.deleted, report.kept) == (5, 1)
    assert UpdateQtyRequest.objects.get().state == "processing"


def test_site_actions_count_first_and_keep_to_their_site(make_site: MakeSite, make_items: MakeItems) -> None:
    site, other = make_site("A"), make_site("B")
    [item] = make_items(1)
    for one in (site, other):
        for kind in ("qty", "item"):
            enqueue(kind, site=one, rows=[RequestInput(item_id=item.pk)])
    UpdateQtyRequest.objects.update(state="failed")
    assert retry_failed(site=site, dry_run=True, kind="qty") == 1
    assert retry_failed(site=site, dry_run=False, kind="qty") == 1
    assert sorted(UpdateQtyRequest.objects.values_list("site__code", "state")) == [
        ("A", "pending"),
        ("B", "failed"),
    ]
    assert delete_item_entries(site=site, dry_run=False) == 1
    assert UpdateItemRequest.objects.get().site == other
    assert delete_finished("qty") == 0


def test_kicks_within_a_second_publish_one_drain(
    site: Site, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    published: list[Any] = []
    monkeypatch.setattr(
        "sync_queues.kick.drain.apply_async", lambda **options: published.append(options["args"])
    )
    with django_capture_on_commit_callbacks(execute=True):
        for _time in range(5):
            kick(site.pk, "qty")
        kick(site.pk, "price")
    assert published == [(site.pk, "qty"), (site.pk, "price")]


def test_a_broker_that_is_down_does_not_break_the_page(
    site: Site, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    def refuse(**options: Any) -> None:
        raise ConnectionRefusedError("no broker")

    monkeypatch.setattr("sync_queues.kick.drain.apply_async", refuse)
    with django_capture_on_commit_callbacks(execute=True):
        kick(site.pk, "qty")
    assert claim("qty", site_id=site.pk, limit=1, worker="w") == []
