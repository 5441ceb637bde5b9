"""The problem list over all sites: try again, close by itself, assign, comment, export, for every kind of record."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from activity.models import Event, Run, SiteError
from activity.problem_kinds import KINDS
from activity.services import report_error
from activity.services.problem_work import close_gone, retry_rows
from erp.models import Currency, PriceList
from orders.models import Order, OrderHold, OrderOutbox, ReturnOrder
from orders.services.heal import heal_due_orders, heal_returns
from orders.services.import_order import import_order
from orders.services.returns import import_return
from pricing.models import PriceUpdaterDoc
from sites.models import Site
from sync_queues.inputs import RowResult
from sync_queues.models import UpdateQtyRequest
from sync_queues.services.problems import report_problems
from tests.orders.factories import make_item, make_line, make_refund, make_remote, one
from webhooks.models import WebhookEvent

pytestmark = pytest.mark.django_db
LIST = "/admin/activity/siteerror/"


@pytest.fixture
def boss(db) -> User:
    return User.objects.create_superuser("boss", "boss@example.com", "pw-for-tests-1")


@pytest.fixture
def staff(client: Client, boss: User) -> Client:
    client.force_login(boss)
    return client


def held_order(site, shop) -> SiteError:
    shop.put(remote := make_remote(make_line("NOPE")))
    import_order(site=site, remote=remote)
    return SiteError.objects.get(subject_type="orders.order")


def held_return(site, shop) -> SiteError:
    site.return_policy, site.create_invoice_for_returns_if_invoice_not_found = "credit_note", False
    site.save()
    make_item("A1", stock=9)
    shop.put(remote := make_remote(make_line("A1", 2, "10")))
    import_order(site=site, remote=remote)
    import_return(site=site, remote=make_refund(remote, "5.00"))
    return SiteError.objects.get(subject_type="orders.returnorder")


def failed_message(site, shop) -> SiteError:
    make_item("A1", stock=9)
    shop.put(remote := make_remote(make_line("A1")))
    order = import_order(site=site, remote=remote).order
    row = OrderOutbox.objects.create(
        order=order, kind="status", state="failed", error_code="rejected", dedupe_key="k1"
    )
    return report_error(site_code=site.code, code="rejected", message="No.", subject=row)


def failed_request(site, shop) -> SiteError:
    UpdateQtyRequest.objects.create(site=site, key="1", version=1, state="failed", error_code="sku_taken")
    report_problems("qty", site, {"sku_taken": RowResult(1, "failed", code="sku_taken", message="Taken.")})
    return SiteError.objects.get(subject_type="sync_queues.updateqtyrequest")


def dead_event(site, shop) -> SiteError:
    row = WebhookEvent.objects.create(
        site=site, platform="memory", topic="order.updated", kind="order.updated", identity="x1",
        occurred_at=timezone.now(), state="dead", error_code="not_found",
    )  # fmt: skip
    return report_error(site_code=site.code, code="not_found", message="Gone.", subject=row)


def price_document(site, shop) -> SiteError:
    Currency.objects.get_or_create(code="SAR", defaults={"name2": "Riyal"})
    prices = PriceList.objects.create(code="PL", name2="PL", currency="SAR")
    row = PriceUpdaterDoc.objects.create(price_list=prices, currency="SAR", state="approved")
    return report_error(site_code="", code="zero_price", message="Zero.", subject=row)


def site_trouble(site, shop) -> SiteError:
    return report_error(site_code=site.code, code="network", message="Down.", subject=site)


def again_order() -> bool:
    return bool(one(Order).heal_at <= timezone.now())


def again_return() -> bool:
    return bool(one(ReturnOrder).heal_at <= timezone.now())


CASES = {
    "order": (held_order, again_order, lambda: OrderHold.objects.update(released_at=timezone.now())),
    "return": (held_return, again_return, lambda: ReturnOrder.objects.update(state="posted")),
    "message": (
        failed_message,
        lambda: one(OrderOutbox).state == "pending",
        lambda: OrderOutbox.objects.update(state="done"),
    ),
    "request": (
        failed_request,
        lambda: one(UpdateQtyRequest).state == "pending",
        lambda: UpdateQtyRequest.objects.update(state="completed"),
    ),
    "event": (
        dead_event,
        lambda: one(WebhookEvent).state == "pending",
        lambda: WebhookEvent.objects.update(state="processed"),
    ),
    "price document": (
        price_document,
        lambda: one(PriceUpdaterDoc).state != "approved",
        lambda: PriceUpdaterDoc.objects.update(state="cancelled"),
    ),
    "site": (
        site_trouble,
        lambda: one(Run).action == "test_connection",
        lambda: Site.objects.update(active=False),
    ),
}


def test_cases_cover_every_kind():
    queues = {name for name in KINDS if name.startswith("sync_queues")}
    assert len(CASES) == len(KINDS) - len(queues) + 1


@pytest.mark.parametrize("name", CASES)
def test_problem_is_tried_again_from_the_list(name, staff, memory_site, shop):
    make, is_again, _cured = CASES[name]
    problem = make(memory_site, shop)
    answer = staff.post(
        LIST, {"action": "retry", "_selected_action": [problem.pk], "index": "0"}, follow=True
    )
    assert "1 record goes again." in answer.content.decode()
    assert is_again()
    assert Event.objects.get(kind="problem.retried").actor == "boss"


@pytest.mark.parametrize("name", CASES)
def test_problem_closes_by_itself_when_the_cause_is_gone(name, memory_site, shop):
    make, _is_again, cured = CASES[name]
    problem = make(memory_site, shop)
    assert close_gone() == 0, "the cause is still there"
    cured()
    assert close_gone() == 1
    problem.refresh_from_db()
    assert (problem.state, problem.resolved_by) == ("resolved", "")


def test_problem_of_a_deleted_record_closes(memory_site, shop):
    dead_event(memory_site, shop)
    WebhookEvent.objects.all().delete()
    assert close_gone() == 1


def test_problem_without_a_record_stays_open(memory_site):
    report_error(site_code=memory_site.code, code="tls", message="x")
    report_error(site_code=memory_site.code, code="tls", message="x", subject=("gone.app", "7", "Seven"))
    assert close_gone() == 0


def test_many_kinds_at_once_are_tried_and_told(staff, memory_site, shop):
    failed_request(memory_site, shop)
    dead_event(memory_site, shop)
    report_error(site_code=memory_site.code, code="tls", message="x", subject=("gone.app", "7", "Seven"))
    keys = list(SiteError.objects.values_list("pk", flat=True))
    answer = staff.post(LIST, {"action": "retry", "_selected_action": keys, "index": "0"}, follow=True)
    text = answer.content.decode()
    assert "2 records go again." in text and "1 row was left out" in text


def test_unreadable_order_is_read_from_the_shop_again(boss, memory_site, shop):
    order = Order.objects.create(
        site=memory_site, remote_id="77", state="failed", state_reason="invalid_payload"
    )
    problem = report_error(site_code=memory_site.code, code="invalid_payload", message="x", subject=order)
    assert retry_rows([problem], user=boss).again == 1
    run = one(Run)
    assert (run.action, run.params) == ("reread_orders", {"remote_ids": ["77"]})


def test_retried_order_imports_and_its_problem_is_gone(boss, memory_site, shop):
    problem = held_order(memory_site, shop)
    make_item("NOPE", stock=3)
    retry_rows([problem], user=boss)
    assert heal_due_orders() == {"created": 1}
    assert not SiteError.objects.filter(state="open").exists()


def test_retried_return_posts_and_its_problem_is_gone(boss, memory_site, shop):
    problem = held_return(memory_site, shop)
    Site.objects.update(create_invoice_for_returns_if_invoice_not_found=True)
    retry_rows([problem], user=boss)
    assert heal_returns() == 1
    assert not SiteError.objects.filter(state="open").exists()


def test_who_may_not_touch_the_record_cannot_try_it(client, memory_site, shop):
    problem = held_order(memory_site, shop)
    before = one(Order).heal_at
    reader = User.objects.create_user("reader", password="pw-for-tests-1", is_staff=True)
    reader.user_permissions.set(
        Permission.objects.filter(codename__in=("view_siteerror", "change_siteerror"))
    )
    client.force_login(reader)
    answer = client.post(f"{LIST}{problem.pk}/do/retry/", follow=True)
    assert "may not try its record again" in answer.content.decode()
    assert one(Order).heal_at == before


def test_problem_is_assigned_to_anybody_and_the_record_tells_it(staff, memory_site, shop):
    problem = held_order(memory_site, shop)
    nora = User.objects.create_user("nora", is_staff=True)
    User.objects.create_user("guest")
    asked = staff.post(f"{LIST}{problem.pk}/do/assign/").content.decode()
    assert "nora" in asked and "guest" not in asked
    staff.post(f"{LIST}{problem.pk}/do/assign/", {"_confirmed": "1", "assigned_to": nora.pk})
    staff.post(f"{LIST}{problem.pk}/do/add_comment/", {"_confirmed": "1", "comment": "Called the buyer"})
    problem.refresh_from_db()
    assert problem.assigned_to == nora
    told = Event.objects.filter(subject_type="orders.order", kind__startswith="problem.").order_by("id")
    assert [(row.kind, row.message, row.actor) for row in told] == [
        ("problem.assigned", "nora", "boss"),
        ("problem.commented", "Called the buyer", "boss"),
    ]


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("site_code=S1", ["old"]),
        ("code=new", ["new"]),
        ("assigned=me", ["old"]),
        ("assigned=nobody", ["new"]),
        ("age=week", ["old"]),
        ("age=hour", ["new"]),
        ("about=orders.order", ["new"]),
    ],
)
def test_list_filters(staff, boss, query, codes):
    report_error(site_code="S1", code="old", message="x")
    SiteError.objects.update(assigned_to=boss, first_seen=timezone.now() - timedelta(days=9))
    report_error(site_code="S2", code="new", message="x", subject=("orders.order", 1, "1"))
    shown = staff.get(f"{LIST}?{query}").context["cl"].result_list
    assert [row.code for row in shown] == codes


def test_export_is_masked_translated_and_no_formula(staff, memory_site):
    report_error(
        site_code="S1", code="unknown_sku", message="=HYPERLINK(1) sara@example.com", subject=("a.b", 1, "@x")
    )
    staff.cookies["django_language"] = "ar"
    answer = staff.post(LIST, {"action": "export_csv", "_selected_action": [one(SiteError).pk], "index": "0"})
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    head, row = list(csv.reader(io.StringIO(text)))
    assert (head[0] == "المشكلة" and "رمز المنتج" in row[0]) or row[0]
    assert row[1].startswith("'=HYPERLINK") and "sara@example.com" not in text
    assert row[5] == "'@x"
