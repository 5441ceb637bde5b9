from __future__ import annotations

import pytest
from django.test import Client

from activity.models import Alert, ApiCall, Event, SiteError
from activity.services import observe, raise_alert, record_event, report_error
from ecomsync.common.http import Exchange

pytestmark = pytest.mark.django_db
LISTS = ("event", "apicall", "siteerror", "alert", "run")


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("language", ["en", "ar"])
def test_lists_open_in_both_languages(
    name: str, language: str, boss_client: Client, exchange: Exchange
) -> None:
    observe("S1", "woocommerce")(exchange)
    record_event(kind="a", site_code="S1", message="m")
    report_error(site_code="S1", code="tls", message="x")
    raise_alert(code="site_paused", message="y", site_code="S1")
    answer = boss_client.get(f"/admin/activity/{name}/", headers={"accept-language": language})
    assert answer.status_code == 200
    assert f'dir="{"rtl" if language == "ar" else "ltr"}"'.encode() in answer.content


def test_pages_carry_no_inline_script_or_style(boss_client: Client, exchange: Exchange) -> None:
    observe("S1", "woocommerce")(exchange)
    error = report_error(site_code="S1", code="tls", message="x")
    call = ApiCall.objects.get()
    for path in (
        "/admin/",
        f"/admin/activity/siteerror/{error.pk}/change/",
        f"/admin/activity/apicall/{call.pk}/change/",
    ):
        page = boss_client.get(path)
        text = page.content.decode()
        assert " style=" not in text
        assert "<script>" not in text
        assert " onclick=" not in text
        assert "default-src 'self'" in page.headers["Content-Security-Policy"]
        assert "unsafe" not in page.headers["Content-Security-Policy"]


def test_personal_data_is_masked_for_most_readers(
    boss_client: Client, reader_client: Client, exchange: Exchange
) -> None:
    observe("S1", "woocommerce")(exchange)
    path = f"/admin/activity/apicall/{ApiCall.objects.get().pk}/change/"
    assert b"sara@example.com" in boss_client.get(path).content
    masked = reader_client.get(path).content
    assert b"sara@example.com" not in masked
    assert b"Sara" not in masked


def test_an_event_shows_the_calls_of_its_trace(boss_client: Client, exchange: Exchange) -> None:
    observe("S1", "woocommerce")(exchange)
    event = record_event(kind="a", trace_id="t1")
    page = boss_client.get(f"/admin/activity/event/{event.pk}/change/")
    assert b"/wp-json/wc/v3/orders" in page.content
    assert Event.objects.count() == 1


def test_machine_rows_cannot_be_edited(boss_client: Client) -> None:
    event = record_event(kind="a")
    assert boss_client.get("/admin/activity/event/add/").status_code == 403
    boss_client.post(f"/admin/activity/event/{event.pk}/change/", {"message": "forged"})
    event.refresh_from_db()
    assert event.message == ""


def test_status_chips_count_and_filter(boss_client: Client) -> None:
    report_error(site_code="S1", code="tls", message="x")
    report_error(site_code="S1", code="network", message="x")
    SiteError.objects.filter(code="tls").update(state="resolved")
    page = boss_client.get("/admin/activity/siteerror/").content.decode()
    assert "?state__exact=open" in page
    shown = boss_client.get("/admin/activity/siteerror/?state__exact=open").context["cl"]
    assert [row.code for row in shown.result_list] == ["network"]


def test_a_button_works_on_one_row_and_the_list_on_many(boss_client: Client, boss) -> None:
    rows = [report_error(site_code="S1", code=code, message="x") for code in ("tls", "network", "timeout")]
    boss_client.post(f"/admin/activity/siteerror/{rows[0].pk}/do/assign_to_me/")
    rows[0].refresh_from_db()
    assert rows[0].assigned_to == boss
    answer = boss_client.post(
        "/admin/activity/siteerror/",
        {"action": "resolve", "_selected_action": [row.pk for row in rows], "index": "0"},
        follow=True,
    )
    assert b"3 problems were resolved." in answer.content
    assert SiteError.objects.filter(state="resolved", resolved_by="boss").count() == 3


def test_rows_that_an_action_does_not_suit_are_left_out(boss_client: Client) -> None:
    rows = [report_error(site_code="S1", code=code, message="x") for code in ("tls", "network")]
    SiteError.objects.filter(pk=rows[0].pk).update(state="resolved")
    answer = boss_client.post(
        "/admin/activity/siteerror/",
        {"action": "resolve", "_selected_action": [row.pk for row in rows], "index": "0"},
        follow=True,
    )
    assert b"1 row was left out" in answer.content
    assert b"1 problem was resolved." in answer.content


def test_an_action_that_asks_and_suits_no_chosen_row_says_so(boss_client: Client) -> None:
    """Without a question, since there is nothing to do, and not in silence."""
    row = report_error(site_code="S1", code="tls", message="x")
    SiteError.objects.update(state="resolved")
    answer = boss_client.post(
        "/admin/activity/siteerror/",
        {"action": "assign", "_selected_action": [row.pk], "index": "0"},
        follow=True,
    )
    assert b"1 row was left out" in answer.content


def test_an_action_with_a_form_asks_checks_and_acts(boss_client: Client) -> None:
    row = report_error(site_code="S1", code="tls", message="x")
    address = f"/admin/activity/siteerror/{row.pk}/do/add_comment/"
    assert b'name="comment"' in boss_client.post(address).content
    assert b"This field is required." in boss_client.post(address, {"_confirmed": "1", "comment": ""}).content
    boss_client.post(address, {"_confirmed": "1", "comment": "Certificate ordered"})
    row.refresh_from_db()
    assert row.comment.endswith("boss: Certificate ordered")


def test_a_list_action_keeps_the_choice_through_the_question(boss_client: Client) -> None:
    rows = [report_error(site_code="S1", code=code, message="x") for code in ("tls", "network")]
    chosen = {"action": "delete_error", "_selected_action": [row.pk for row in rows], "index": "0"}
    asked = boss_client.post("/admin/activity/siteerror/", chosen)
    assert b"Delete 2 problems for good?" in asked.content
    assert SiteError.objects.count() == 2
    boss_client.post("/admin/activity/siteerror/", {**chosen, "_confirmed": "1"})
    assert SiteError.objects.count() == 0


def test_a_bulk_action_needs_few_statements(boss_client: Client, django_assert_max_num_queries) -> None:
    rows = [
        report_error(site_code="S1", code="tls", message="x", subject=("a.b", n, str(n))) for n in range(60)
    ]
    with django_assert_max_num_queries(18):
        boss_client.post(
            "/admin/activity/siteerror/",
            {"action": "resolve", "_selected_action": [row.pk for row in rows], "index": "0"},
        )
    assert not SiteError.objects.filter(state="open").exists()


def test_actions_need_their_permission(reader_client: Client) -> None:
    row = report_error(site_code="S1", code="tls", message="x")
    page = reader_client.get(f"/admin/activity/siteerror/{row.pk}/change/").content
    assert b"do/resolve/" not in page
    assert reader_client.post(f"/admin/activity/siteerror/{row.pk}/do/resolve/").status_code == 403
    row.refresh_from_db()
    assert row.state == "open"


def test_an_action_that_does_not_suit_the_state_is_refused_with_a_reason(boss_client: Client) -> None:
    row = report_error(site_code="S1", code="tls", message="x")
    answer = boss_client.post(f"/admin/activity/siteerror/{row.pk}/do/reopen/", follow=True)
    assert b"is not possible in the present state" in answer.content.replace(b"&#x27;", b"'")


def test_unknown_actions_and_rows_are_not_found(boss_client: Client) -> None:
    row = report_error(site_code="S1", code="tls", message="x")
    assert boss_client.post(f"/admin/activity/siteerror/{row.pk}/do/explode/").status_code == 404
    assert boss_client.post("/admin/activity/siteerror/999999/do/resolve/").status_code == 404


def test_an_alert_is_acknowledged_by_name(boss_client: Client) -> None:
    alert = raise_alert(code="site_paused", message="y", site_code="S1")
    boss_client.post(f"/admin/activity/alert/{alert.pk}/do/acknowledge/")
    alert.refresh_from_db()
    assert alert.acknowledged_by == "boss"
    assert Alert.objects.filter(acknowledged_at=None).count() == 0
