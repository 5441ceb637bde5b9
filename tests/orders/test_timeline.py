"""One timeline per order tells the whole story: how it came, why it waited, what was made, by whom, what was told."""

from __future__ import annotations

import json

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from activity.models import ApiCall, Event
from ecomsync.common.logs import new_trace
from erp.services.deliveries import create_delivery, ship_delivery
from orders.admin.timeline import timeline_of
from orders.models import Order, OrderOutbox, OrderVersion
from orders.services.heal import heal_due_orders
from orders.services.import_order import import_order
from orders.services.returns import import_return
from sites.models import Site
from tests.orders.factories import later, make_item, make_line, make_refund, make_remote, one, refund_line
from webhooks.models import WebhookEvent

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(db) -> User:
    return User.objects.create_superuser("boss", "boss@example.com", "pw-for-tests-1")


@pytest.fixture
def staff(client: Client, boss: User) -> Client:
    client.force_login(boss)
    return client


def story(order: Order, user: User) -> list[str]:
    request = RequestFactory().get("/")
    request.user = user
    return [
        " ".join(strip_tags(f"{moment.badge} {moment.text} {moment.detail}").split())
        for moment in timeline_of(order, request)
    ]


def in_order(told: list[str], *words: str) -> None:
    """Each of the words stands in an entry after that of the one before."""
    at = 0
    for word in words:
        places = [index for index, text in enumerate(told) if word in text and index >= at]
        assert places, (word, told[at:])
        at = places[0]


def test_story_from_held_to_refunded_is_complete(boss, memory_site, shop):
    memory_site.document_generation_info_lines.update(
        create_sales_order=True, create_invoice=True, create_receipt=True, auto_confirm=True
    )
    Site.objects.update(return_policy="credit_note")
    site = Site.objects.get(pk=memory_site.pk)
    remote = make_remote(make_line("LATE", 2, "10"))
    WebhookEvent.objects.create(
        site=site, platform="memory", topic="order.created", kind="order.created", identity="x1", resource="order",
        remote_id=remote.remote_id, occurred_at=timezone.now(), state="processed", result="Imported.",
    )  # fmt: skip
    shop.put(remote)
    import_order(site=site, remote=remote, source="webhook")
    order = one(Order)
    make_item("LATE", stock=9)
    Order.objects.update(heal_at=timezone.now())
    assert heal_due_orders() == {"created": 1}
    order.refresh_from_db()
    ship_delivery(delivery=create_delivery(order=order.sales_order))
    shop.put(newer := later(remote, status="completed"))
    import_order(site=site, remote=newer)
    import_return(site=site, remote=make_refund(remote, "11.50", refund_line(remote.lines[0])))
    OrderOutbox.objects.create(
        order=order,
        kind="status",
        state="failed",
        error_message="The shop said no.",
        dedupe_key="k",
        attempts=3,
    )
    told = story(order, boss)
    in_order(
        told,
        "Ordered in the shop",
        "order.created",
        "Held",
        "LATE",
        "Released",
        "Order imported",
        "Return posted",
    )
    text = "\n".join(told)
    for step in (
        "sales order SO-000001: confirmed",
        "invoice SI-000001: issued",
        "receipt RC-000001: posted",
    ):
        assert step in text, step
    assert "shipped" in text and "credit note" in text
    assert "The shop said no." in text and "tries: 3" in text
    assert "Mapping decisions" in text
    assert sum("Version of the shop" in entry for entry in told) == 2


def test_steps_of_documents_name_who_took_them(staff, boss, memory_site, shop):
    make_item("A1", stock=9)
    import_order(site=memory_site, remote=make_remote(make_line("A1")))
    order = one(Order)
    delivery = create_delivery(order=order.sales_order)
    staff.post(reverse("admin:erp_delivery_action", args=[delivery.pk, "ship"]), {"_confirmed": "1"})
    delivery.refresh_from_db()
    assert delivery.state == "shipped"
    events = Event.objects.filter(kind="order.documents", actor="boss")
    assert {step[0] for event in events for step in event.payload["documents"]} == {"delivery", "sales_order"}
    assert any("by boss" in entry and "shipped" in entry for entry in story(order, boss))


def test_what_staff_do_is_told_with_their_name(staff, boss, memory_site, shop):
    shop.put(remote := make_remote(make_line("NOPE")))
    import_order(site=memory_site, remote=remote)
    order = one(Order)
    staff.post(reverse("admin:orders_order_action", args=[order.pk, "import_again"]))
    assert any("Imported again by hand" in entry and "by boss" in entry for entry in story(order, boss))


def test_order_that_came_by_webhook_still_says_so_after_a_try_by_hand(staff, boss, memory_site, shop):
    shop.put(remote := make_remote(make_line("NOPE")))
    import_order(site=memory_site, remote=remote, source="webhook")
    staff.post(reverse("admin:orders_order_action", args=[one(Order).pk, "import_again"]))
    assert one(Order).source == "manual"
    versions = [entry for entry in story(one(Order), boss) if "Version of the shop" in entry]
    assert len(versions) == 1 and versions[0].startswith("webhook")


def test_calls_of_the_order_can_be_opened_masked(client, boss, memory_site, shop):
    with new_trace("t1"):
        make_item("A1", stock=9)
        import_order(site=memory_site, remote=make_remote(make_line("A1"), remote_id="77"))
    order = one(Order)
    for number, remote_id in enumerate(("77", "778")):
        ApiCall.objects.create(
            site_code=memory_site.code, trace_id=order.trace_id, method="PUT", status=200, created_at=timezone.now(),
            url=f"https://shop.example/orders/{remote_id}", route=f"/orders/{remote_id}", duration_ms=number,
            request_body='{"status": "completed"}', response_body='{"billing": {"email": "sara@example.com"}}',
        )  # fmt: skip
    full = "\n".join(story(order, boss))
    assert "/orders/77 " in full + " " and "/orders/778" not in full
    assert "completed" in full and "sara@example.com" in full
    reader = User.objects.create_user("reader", password="pw-for-tests-1", is_staff=True)
    reader.user_permissions.add(
        Permission.objects.get(codename="view_order", content_type__app_label="orders")
    )
    masked = "\n".join(story(order, User.objects.get(pk=reader.pk)))
    assert "sara@example.com" not in masked and "completed" in masked


def test_each_version_is_a_file_masked_by_permission(client, staff, memory_site, shop):
    make_item("A1", stock=9)
    import_order(site=memory_site, remote=(remote := make_remote(make_line("A1"))))
    Order.objects.update(raw={"id": remote.remote_id, "billing": {"email": "old@example.com"}})
    import_order(site=memory_site, remote=later(remote, status="completed"))
    order, version = one(Order), one(OrderVersion)
    address = reverse("admin:orders_order_version", args=[order.pk, version.pk])
    present = reverse("admin:orders_order_version", args=[order.pk, 0])
    page = staff.get(reverse("admin:orders_order_change", args=[order.pk])).content.decode()
    assert address in page and present in page
    assert json.loads(staff.get(address).content)["billing"]["email"] == "old@example.com"
    assert json.loads(staff.get(present).content)["status"] == "completed"
    reader = User.objects.create_user("reader", password="pw-for-tests-1", is_staff=True)
    reader.user_permissions.add(
        Permission.objects.get(codename="view_order", content_type__app_label="orders")
    )
    client.force_login(reader)
    assert "old@example.com" not in client.get(address).content.decode()
    assert client.get(reverse("admin:orders_order_version", args=[order.pk, 9999])).status_code == 404
    client.force_login(User.objects.create_user("nobody", password="pw-for-tests-1", is_staff=True))
    assert client.get(address).status_code == 403


def test_long_story_needs_no_more_statements(boss, memory_site, shop, django_assert_max_num_queries):
    make_item("A1", stock=99)
    import_order(site=memory_site, remote=(remote := make_remote(make_line("A1"))))
    for minutes in range(1, 12):
        import_order(site=memory_site, remote=later(remote, minutes, status=f"s{minutes}"))
    with django_assert_max_num_queries(12):
        timeline_of(one(Order))
