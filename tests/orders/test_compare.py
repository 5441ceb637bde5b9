"""Reading again in two steps: first what differs is shown and nothing is touched, then what was confirmed is taken."""

from __future__ import annotations

import dataclasses
from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from activity.models import Event, Run
from erp.models import NumberSeries
from orders.models import Order, OrderComparison, OrderHold, OrderOutbox, OrderVersion
from orders.services.import_order import import_order
from platforms.types import OrderReadFailure
from sites.services.execute_runs import execute_waiting_runs
from tests.orders.factories import (
    count_documents,
    later,
    make_address,
    make_fee,
    make_item,
    make_line,
    make_remote,
    one,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("boss", "boss@example.com", "pw-for-tests-1"))
    return client


@pytest.fixture
def remote(memory_site, shop):
    """An imported order of two lines."""
    make_item("A1", stock=50)
    make_item("B2", stock=50)
    found = make_remote(make_line("A1", 2, "10"), make_line("B2", 1, "5"))
    shop.put(found)
    import_order(site=memory_site, remote=found)
    return found


def reread(staff: Client, *orders: Order) -> Run:
    """Step one from the list, and the worker's part."""
    staff.post(
        reverse("admin:orders_order_changelist"),
        {"action": "reread_orders", "_selected_action": [order.pk for order in orders]},
    )
    execute_waiting_runs()
    return Run.objects.filter(action="compare_orders").latest("pk")


def page_of(run: Run) -> str:
    return reverse("admin:orders_order_comparison", args=[run.pk])


def everything() -> list[object]:
    """All that step one must leave alone."""
    rows = [
        list(model.objects.order_by("pk").values()) for model in (Order, OrderHold, OrderOutbox, OrderVersion)
    ]
    return [*rows, list(NumberSeries.objects.order_by("pk").values()), count_documents()]


def test_step_one_shows_each_change_and_writes_nothing(staff, remote, shop):
    kept = remote.lines[0]
    changed = dataclasses.replace(
        kept, quantity=Decimal(3), subtotal_net=Decimal(30), net=Decimal(30), tax=Decimal("4.50")
    )
    newer = later(
        remote,
        lines=(changed, make_line("C3", 1, "7")),
        charges=(*remote.charges, make_fee("5")),
        status="on-hold",
        shipping=make_address(city="Jeddah"),
    )
    shop.put(newer)
    before = everything()
    run = reread(staff, one(Order))
    assert everything() == before
    assert (run.state, run.found, run.adds_up) == ("finished", 1, True)
    difference = one(OrderComparison).content["difference"]
    names = {row["name"]: (row["old"], row["new"]) for row in difference["fields"]}
    assert names["status_remote"] == ("processing", "on-hold")
    assert names["shipping_address.city"] == ("Riyadh", "Jeddah")
    assert names["grand_total"] == (
        f"{remote.totals.grand_total.normalize():f}",
        f"{newer.totals.grand_total.normalize():f}",
    )
    found = {(row["kind"], row["change"], row["label"].split()[0]) for row in difference["rows"]}
    assert {
        ("line", "changed", "A1"), ("line", "added", "C3"), ("line", "removed", "B2"), ("charge", "added", "Gift"),
    } <= found  # fmt: skip
    line = next(row for row in difference["rows"] if row["change"] == "changed" and row["kind"] == "line")
    assert (line["old"]["quantity"], line["new"]["quantity"]) == ("2", "3")
    text = staff.get(page_of(run)).content.decode()
    assert "Jeddah" in text and "C3" in text and "on-hold" in text
    staff.cookies["django_language"] = "ar"
    arabic = staff.get(page_of(run)).content.decode()
    assert "أمر بيع" in arabic and "sales order" not in arabic, "what the worker kept is read in any language"


def test_step_two_takes_over_what_was_confirmed(staff, remote, shop):
    shop.put(newer := later(remote, status="completed"))
    run = reread(staff, one(Order))
    row = one(OrderComparison)
    answer = staff.post(page_of(run), {"chosen": [row.pk]})
    applied = Run.objects.get(action="reread_orders")
    assert answer["Location"] == applied.get_absolute_url()
    assert applied.params == {"expected": {remote.remote_id: row.raw_hash}}
    execute_waiting_runs()
    order = one(Order)
    assert (order.status_remote, order.updated_remote) == ("completed", newer.updated_at)
    assert Event.objects.get(kind="order.reread").actor == "boss"
    row.refresh_from_db()
    assert row.asked_at is not None
    assert 'name="chosen"' not in staff.get(page_of(run)).content.decode()


def test_version_that_changed_since_it_was_shown_is_left_alone(staff, remote, shop):
    shop.put(shown := later(remote, status="completed"))
    run = reread(staff, one(Order))
    shop.put(later(shown, status="refunded"))
    staff.post(page_of(run), {"chosen": [one(OrderComparison).pk]})
    execute_waiting_runs()
    assert one(Order).status_remote == "processing"
    applied = Run.objects.get(action="reread_orders")
    assert applied.counts["skipped"] == 1 and applied.adds_up
    assert "changed again" in applied.notes.get().message


def test_held_order_is_compared_and_then_imported(staff, memory_site, shop):
    shop.put(remote := make_remote(make_line("NOPE")))
    import_order(site=memory_site, remote=remote)
    make_item("GOOD", stock=5)
    shop.put(later(remote, lines=(make_line("GOOD"),)))
    run = reread(staff, one(Order))
    row = one(OrderComparison)
    assert (row.outcome, one(Order).state) == ("created", "held")
    staff.post(page_of(run), {"chosen": [row.pk]})
    execute_waiting_runs()
    assert one(Order).state == "imported"


def test_orders_that_are_equal_gone_or_unreadable_are_told_apart(staff, remote, memory_site, shop):
    gone = import_order(site=memory_site, remote=make_remote(make_line("A1"), remote_id="gone")).order
    broken = import_order(site=memory_site, remote=make_remote(make_line("A1"), remote_id="broken")).order
    shop.orders["broken"] = OrderReadFailure(
        "broken", "invalid_payload", "The total is missing.", "Correct it."
    )
    run = reread(staff, *Order.objects.all())
    assert (run.found, run.unchanged, run.failed, run.counts["skipped"], run.adds_up) == (3, 1, 1, 1, True)
    rows = {row.remote_id: row for row in OrderComparison.objects.all()}
    assert not rows[remote.remote_id].differs
    assert rows["gone"].order == gone and "does not exist" in rows["gone"].error
    assert rows["broken"].order == broken and "missing" in rows["broken"].error
    assert staff.get(page_of(run)).status_code == 200


def test_order_that_was_never_read_is_previewed_by_its_number(staff, memory_site, shop):
    make_item("A1", stock=5)
    shop.put(remote := make_remote(make_line("A1")))
    address = reverse("admin:ecomsites_site_action", args=[memory_site.pk, "preview_by_number"])
    staff.post(address, {"_confirmed": "1", "numbers": f"#{remote.number}"})
    execute_waiting_runs()
    assert not Order.objects.exists() and not any(
        count_documents()[name] for name in ("SalesOrder", "Customer")
    )
    row = one(OrderComparison)
    assert (row.order, row.outcome, row.content["is_new"]) == (None, "created", True)
    text = staff.get(page_of(row.run)).content.decode()
    assert "never read before" in text and "138.00" in text
    staff.post(page_of(row.run), {"chosen": [row.pk]})
    execute_waiting_runs()
    assert one(Order).state == "imported"


def test_site_action_of_reading_again_shows_the_difference_first(staff, remote, memory_site, shop):
    shop.put(later(remote, status="completed"))
    address = reverse("admin:ecomsites_site_action", args=[memory_site.pk, "reread_orders"])
    staff.post(address, {"_confirmed": "1", "numbers": remote.number})
    execute_waiting_runs()
    assert one(Order).status_remote == "processing"
    run = one(Run)
    assert run.action == "compare_orders"
    assert page_of(run) in staff.get(run.get_absolute_url()).content.decode()


def test_many_pages_can_be_taken_over_at_once(staff, memory_site, shop):
    make_item("A1", stock=99)
    remotes = [make_remote(make_line("A1")) for _ in range(27)]
    shop.put(*remotes)
    for remote in remotes:
        import_order(site=memory_site, remote=remote)
    shop.put(*(later(remote, status="completed") for remote in remotes[:26]))
    run = reread(staff, *Order.objects.all())
    assert staff.get(page_of(run) + "?page=2").status_code == 200
    staff.post(page_of(run), {"all": "1"})
    assert len(Run.objects.get(action="reread_orders").params["expected"]) == 26


def test_reader_sees_masked_differences_and_takes_nothing_over(client, staff, remote, shop):
    shop.put(later(remote, shipping=make_address(line1="Secret street 9")))
    run = reread(staff, one(Order))
    reader = User.objects.create_user("reader", password="pw-for-tests-1", is_staff=True)
    reader.user_permissions.add(
        Permission.objects.get(codename="view_order", content_type__app_label="orders")
    )
    client.force_login(reader)
    text = client.get(page_of(run)).content.decode()
    assert "Secret street" not in text and 'name="chosen"' not in text
    assert client.post(page_of(run), {"chosen": [one(OrderComparison).pk]}).status_code == 403


def test_replaced_payloads_are_kept_with_hash_source_and_time(remote, memory_site, shop):
    first = one(Order)
    import_order(site=memory_site, remote=later(remote, status="completed"), source="webhook")
    import_order(site=memory_site, remote=later(remote, 20, status="refunded"), source="manual")
    versions = list(OrderVersion.objects.order_by("id"))
    assert [row.status_remote for row in versions] == ["processing", "completed"]
    assert [row.source for row in versions] == ["poll", "webhook"]
    assert versions[0].raw == first.raw and versions[0].raw_hash == first.raw_hash
    assert versions[0].seen_at == first.last_seen_at


def test_same_payload_again_makes_no_version(remote, memory_site):
    import_order(site=memory_site, remote=remote)
    import_order(site=memory_site, remote=remote, force=True)
    assert not OrderVersion.objects.exists()
