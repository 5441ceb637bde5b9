"""Pages of orders, returns and messages, in both languages."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from activity.models import Run
from orders.models import Order, OrderOutbox, ReturnOrder
from orders.services.import_order import import_order
from orders.services.returns import import_return
from platforms.types import OrderPhase
from tests.orders.factories import later, make_item, make_line, make_refund, make_remote, one, refund_line

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("boss", "boss@example.com", "pw-for-tests-1"))
    return client


@pytest.fixture
def world(memory_site, shop):
    """An imported order with a message and a staged return, and a held one."""
    memory_site.update_order_status = True
    memory_site.return_policy = "stage"
    memory_site.save()
    make_item("A1", stock=9)
    good, held = make_remote(make_line("A1", 2)), make_remote(make_line("NOPE"))
    shop.put(good, held)
    for remote in (good, held):
        import_order(site=memory_site, remote=remote)
    import_return(site=memory_site, remote=make_refund(good, "115.00", refund_line(good.lines[0])))
    return memory_site


def page(name: str, *args) -> str:
    return reverse(f"admin:orders_{name}", args=args)


@pytest.mark.parametrize("language", ["en", "ar"])
def test_every_list_and_page_opens(staff, world, language, django_assert_max_num_queries):
    staff.cookies["django_language"] = language
    for model, rows in (("order", Order), ("returnorder", ReturnOrder), ("orderoutbox", OrderOutbox)):
        assert staff.get(page(f"{model}_changelist")).status_code == 200
        for row in rows.objects.all():
            with django_assert_max_num_queries(60):
                assert staff.get(page(f"{model}_change", row.pk)).status_code == 200
    filters = "?hold=unknown_sku&state__exact=held"
    assert b"NOPE" in staff.get(page("order_changelist") + filters).content
    assert staff.get(page("order_changelist") + "?q=sara").status_code == 200


def test_list_of_orders_costs_the_same_for_many(staff, world, django_assert_max_num_queries):
    for _ in range(12):
        import_order(site=world, remote=make_remote())
    with django_assert_max_num_queries(22):
        staff.get(page("order_changelist"))


def test_held_order_shows_reason_cure_and_link(staff, world):
    held = Order.objects.get(state="held")
    text = staff.get(page("order_change", held.pk)).content.decode()
    assert "NOPE" in text and "item linker" in text
    assert "linking/itemlinkerline" in text or "ecomsites/site" in text


def test_difference_stands_out_in_the_proof(staff, world):
    import_order(site=world, remote=make_remote(total_changes={"grand_total": Decimal("999")}))
    wrong = Order.objects.get(proof_ok=False)
    text = staff.get(page("order_change", wrong.pk)).content.decode()
    assert "chip-bad" in text and "differs" in text


def test_import_again_button_imports_a_held_order(staff, world):
    held = Order.objects.get(state="held")
    make_item("NOPE", stock=3)
    answer = staff.post(page("order_action", held.pk, "import_again"), follow=True)
    assert answer.status_code == 200
    held.refresh_from_db()
    assert held.state == "imported" and held.source == "manual"


def test_import_again_says_in_words_why_an_order_stays_held(staff, world):
    held = Order.objects.get(state="held")
    text = staff.post(page("order_action", held.pk, "import_again"), follow=True).content.decode()
    assert "held · An ordered SKU is not known here: NOPE" in text
    assert "unknown_sku NOPE" not in text


def test_preview_says_why_an_order_would_be_skipped(staff, world, shop):
    gone = make_remote(status="cancelled", phase=OrderPhase.CANCELLED)
    shop.put(gone)
    import_order(site=world, remote=gone)
    row = Order.objects.get(remote_id=gone.remote_id)
    text = staff.post(page("order_action", row.pk, "preview")).content.decode()
    assert "The import would end in: skipped (It was cancelled in the shop)" in text


def test_reread_compares_the_chosen_orders_first(staff, world):
    staff.post(
        page("order_changelist"),
        {"action": "reread_orders", "_selected_action": [order.pk for order in Order.objects.all()]},
    )
    run = one(Run)
    assert run.action == "compare_orders" and len(run.params["remote_ids"]) == 2


def test_preview_shows_the_plan_and_writes_nothing(staff, world):
    held = Order.objects.get(state="held")
    make_item("NOPE", stock=3)
    answer = staff.post(page("order_action", held.pk, "preview"))
    assert answer.status_code == 200 and "138.00" in answer.content.decode()
    held.refresh_from_db()
    assert held.state == "held"


def test_payload_is_masked_for_those_who_may_not_see_personal_data(client, world, shop):
    order = Order.objects.filter(state="imported").get()
    Order.objects.filter(pk=order.pk).update(raw={"id": "1", "billing": {"email": "sara@example.com"}})
    user = User.objects.create_user("viewer", password="pw-for-tests-1", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_order", content_type__app_label="orders"))
    client.force_login(user)
    answer = client.post(page("order_action", order.pk, "download_payload"))
    assert answer["Content-Disposition"].startswith("attachment")
    assert json.loads(answer.content)["id"] == "1"
    assert "sara@example.com" not in answer.content.decode()
    assert "sara@example.com" not in client.get(page("order_change", order.pk)).content.decode()
    assert client.post(page("order_action", order.pk, "import_again")).status_code == 403


def test_flagged_order_is_marked_as_reviewed(staff, world, shop):
    order = Order.objects.get(state="imported")
    remote = shop.orders[order.remote_id]
    import_order(site=world, remote=later(remote, lines=(make_line("A1", 1),)))
    answer = staff.post(page("order_action", order.pk, "mark_reviewed"), {"_confirmed": "1"})
    assert answer.status_code == 302
    assert not order.holds.filter(released_at=None).exists()


def test_staged_return_is_posted_by_staff(staff, world):
    row = one(ReturnOrder)
    staff.post(page("returnorder_action", row.pk, "post"), {"_confirmed": "1", "policy": "return_order"})
    row.refresh_from_db()
    assert row.state == "posted" and row.sales_return is not None


def test_failed_message_goes_again(staff, world):
    OrderOutbox.objects.update(state="failed", attempts=4)
    staff.post(page("orderoutbox_action", one(OrderOutbox).pk, "retry"))
    row = one(OrderOutbox)
    assert (row.state, row.attempts) == ("pending", 0)


def test_preview_of_a_return_is_masked_for_those_who_may_not_see_personal_data(client, world):
    row = one(ReturnOrder)
    customer = str(row.order.erp_customer)
    user = User.objects.create_user("viewer", password="pw-for-tests-1", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_returnorder"))
    client.force_login(user)
    asked = {"_confirmed": "1", "policy": "credit_note"}
    shown = client.post(page("returnorder_action", row.pk, "preview"), asked).content.decode()
    assert "Nothing was written" in shown and customer not in shown
    user.user_permissions.add(Permission.objects.get(codename="view_personal_data"))
    assert customer in client.post(page("returnorder_action", row.pk, "preview"), asked).content.decode()
