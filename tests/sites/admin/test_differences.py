"""The list of differences in the hands of staff: filters, counts, repairs, roles, both languages, CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client

from activity.models import Difference, Run
from activity.services import start_run
from activity.services.differences import Found, record_differences
from sites.models import Site
from sites.roles import OPERATOR, VIEWER

LIST = "/admin/activity/difference/"
ARABIC = {"accept-language": "ar"}
State = Difference.State


@pytest.fixture
def comparison(site: Site) -> Run:
    """A run that found one of each."""
    run = start_run(site_code=site.code, action="reconcile", title="Reconcile")
    found = [
        Found("stock", "different", "11", "quantity", "3", "7", ("linking.itemlinkerline", 1, "MUG · Mug")),
        Found("price", "different", "11", "price", "19", "25", ("linking.itemlinkerline", 1, "MUG · Mug")),
        Found("product", "extra", "12", "record", "=CUP", "", ("", "", "CUP · كوب")),
        Found("order", "missing", "77", "record", "46.00 SAR", "", ("", "", "#77"), "unknown_sku"),
    ]
    record_differences(run=run, found=found)
    return run


def login(role: str) -> Client:
    user = User.objects.create_user(role, password="x-for-tests-1", is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client = Client()
    client.force_login(user)
    return client


def press(client: Client, action: str, rows: Any, **more: str) -> Any:
    keys = [str(row.pk) for row in rows]
    return client.post(LIST, {"action": action, "_selected_action": keys, **more}, follow=True)


def states() -> dict[str, str]:
    return dict(Difference.objects.values_list("kind", "state"))


@pytest.mark.parametrize(
    ("language", "direction", "words"),
    [
        ("en", "ltr", ("quantity", "different", "extra", "MUG · Mug")),
        ("ar", "rtl", ("الكمية", "مختلف", "زائد", "كوب")),
    ],
)
def test_the_list_and_a_page_open_in_both_languages(
    staff: Client, comparison: Run, language: str, direction: str, words: tuple[str, ...]
) -> None:
    page = staff.get(LIST, headers={"accept-language": language}).content.decode()
    assert f'dir="{direction}"' in page
    assert all(word in page for word in words), [word for word in words if word not in page]
    row = Difference.objects.get(kind="stock")
    shown = staff.get(f"{LIST}{row.pk}/change/", headers={"accept-language": language})
    assert shown.status_code == 200 and " style=" not in shown.content.decode()


@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        ("kind__exact=stock", {"stock"}),
        ("problem__exact=extra", {"product"}),
        ("state__exact=ignored", set()),
        ("site_code=SHOP1", {"stock", "price", "product", "order"}),
        ("site_code__exact=SHOP1&state__exact=open", {"stock", "price", "product", "order"}),
        ("q=CUP", {"product"}),
        ("aspect__exact=price", {"price"}),
    ],
)
def test_filters_and_search_narrow_the_list(
    staff: Client, comparison: Run, query: str, kinds: set[str]
) -> None:
    listing = staff.get(f"{LIST}?{query}").context["cl"]
    assert {row.kind for row in listing.queryset} == kinds


def test_counts_are_shown_by_state(staff: Client, comparison: Run) -> None:
    counts = staff.get(LIST).context["status_counts"]
    assert [(row["label"], row["count"]) for row in counts] == [("All", 4), ("open", 4)]


def test_the_report_of_a_comparison_leads_to_what_it_found(
    staff: Client, comparison: Run, site: Site
) -> None:
    other = start_run(site_code=site.code, action="reconcile_orders")
    record_differences(run=other, found=[Found("order", "missing", "78")])
    Run.objects.filter(pk=comparison.pk).update(found=4, state="finished")
    address = f"{LIST}of-run/{comparison.pk}/"
    assert address in staff.get(f"/admin/activity/run/{comparison.pk}/change/").content.decode()
    assert staff.get(address, follow=True).context["cl"].result_count == 4


def test_chosen_rows_are_marked_and_one_run_repairs_them(staff: Client, comparison: Run) -> None:
    chosen = Difference.objects.filter(kind__in=("stock", "price"))
    asked = press(staff, "repair", chosen)
    assert "says what its repair does" in asked.content.decode() and Run.objects.count() == 1
    press(staff, "repair", chosen, _confirmed="1")
    assert states() == {"stock": "asked", "price": "asked", "product": "open", "order": "open"}
    assert set(Difference.objects.exclude(asked_at=None).values_list("asked_by", flat=True)) == {"boss"}
    press(staff, "repair", Difference.objects.filter(kind="order"), _confirmed="1")
    assert Run.objects.filter(action="repair_differences").count() == 1, "the run that waits takes them along"


def test_all_of_a_run_are_repaired(staff: Client, comparison: Run) -> None:
    press(staff, "repair_run", Difference.objects.filter(kind="stock"), _confirmed="1")
    assert set(states().values()) == {"asked"}


def test_rows_of_a_paused_site_are_left_and_told(staff: Client, comparison: Run, site: Site) -> None:
    Site.objects.update(paused=True)
    answer = press(staff, "repair", Difference.objects.all(), _confirmed="1")
    assert "The site is paused" in answer.content.decode()
    assert set(states().values()) == {"open"} and Run.objects.count() == 1


def test_rows_are_ignored_and_taken_up_again(staff: Client, comparison: Run) -> None:
    rows = Difference.objects.filter(kind="product")
    press(staff, "ignore", rows)
    assert states()["product"] == "ignored"
    press(staff, "reopen", rows)
    assert states()["product"] == "open"


@pytest.mark.parametrize(("role", "may"), [(VIEWER, False), (OPERATOR, True)])
def test_roles_see_the_list_and_only_those_who_may_repair(comparison: Run, role: str, may: bool) -> None:
    client = login(role)
    page = client.get(LIST).content.decode()
    assert ("Repair selected" in page, "Ignore selected" in page) == (may, may)
    press(client, "repair", Difference.objects.filter(kind="stock"), _confirmed="1")
    assert (states()["stock"] == "asked") == may
    row = Difference.objects.get(kind="price")
    answer = client.post(f"{LIST}{row.pk}/do/ignore/", {"_confirmed": "1"})
    assert answer.status_code == (302 if may else 403)


def test_kinds_that_the_reader_may_not_push_are_left_out(
    comparison: Run, make_user: Callable[..., User]
) -> None:
    client = Client()
    client.force_login(
        make_user("activity.view_difference", "activity.resolve_difference", "ecomsites.read_sales")
    )
    answer = press(client, "repair", Difference.objects.all(), _confirmed="1")
    assert "3 differences were left out" in answer.content.decode()
    assert states() == {"stock": "open", "price": "open", "product": "open", "order": "asked"}


@pytest.fixture
def make_user(db: None) -> Callable[..., User]:
    def make(*names: str) -> User:
        user = User.objects.create_user("some", password="x-for-tests-1", is_staff=True)
        for name in names:
            app, _dot, code = name.partition(".")
            user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=code))
        return user

    return make


def test_chosen_rows_are_exported_in_the_readers_language(staff: Client, comparison: Run) -> None:
    keys = [str(pk) for pk in Difference.objects.values_list("pk", flat=True)]
    answer = staff.post(LIST, {"action": "export_csv", "_selected_action": keys}, headers=ARABIC)
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    rows = list(csv.reader(io.StringIO(text)))
    assert len(rows) == 5 and "موضع الاختلاف" in rows[0]
    assert "'=CUP" in rows[[row[5] for row in rows].index("12")], "no spreadsheet runs it"


def test_the_site_list_and_the_dashboard_count_open_differences(
    staff: Client, comparison: Run, site: Site
) -> None:
    figures = staff.get("/admin/ecomsites/site/").context["cl"].result_list[0].figures
    (figure,) = [figure for figure in figures if figure.key == "differences"]
    assert figure.count == 4
    assert staff.get(figure.url).context["cl"].result_count == 4
    tiles = staff.get("/admin/").context["dashboard"]["tiles"]
    assert {str(tile["label"]): tile["value"] for tile in tiles}["Differences open"] == 4
