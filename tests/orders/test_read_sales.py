"""Reading runs, healing and polling."""

from __future__ import annotations

import dataclasses
import sys
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import OperationalError
from django.utils import timezone

from activity.models import Run, SiteError
from ecomsync.common.errors import NetworkError
from erp.models import SalesOrder
from linking.signals import items_linked
from orders import runs, tasks
from orders.models import Order
from orders.services import cancel_order
from orders.services.context import ImportContext
from orders.services.heal import heal_due_orders
from orders.services.import_order import import_order
from orders.services.preview import preview_order
from orders.states import OrderState
from platforms.types import OrderPhase, OrderReadFailure
from sites.choices import Flow
from sites.models import Site
from sites.services import cursors
from tests.orders.factories import (
    ORDERED,
    count_documents,
    later,
    make_item,
    make_line,
    make_refund,
    make_remote,
    map_payment,
    one,
)

pytestmark = pytest.mark.django_db(transaction=False)


def perform(action, site, run_of, **params):
    reporter = run_of(site, action.__name__)
    with reporter:
        action(run=reporter, site=site, params=params)
    reporter.run.refresh_from_db()
    return reporter.run


def balance(run: Run) -> dict[str, int]:
    names = ("found", "created", "updated", "unchanged", "held", "failed")
    return {name: getattr(run, name) for name in names} | {"skipped": run.counts.get("skipped", 0)}


def test_run_report_adds_up_and_one_bad_order_never_stops_the_rest(memory_site, shop, run_of, monkeypatch):
    make_item("A1", stock=99)
    broken = make_remote(make_line("A1"))
    shop.put(
        make_remote(make_line("A1")), broken, make_remote(make_line("NOPE")), make_remote(make_line("A1"))
    )
    shop.unreadable = [
        OrderReadFailure("77", "invalid_payload", "Field 'total' is missing.", "Save it again.", {"id": 77})
    ]
    module = sys.modules["orders.services.import_order"]
    real = module.map_payments

    def bug(plan, context):
        if plan.remote.remote_id == broken.remote_id:
            raise ZeroDivisionError("bug")
        real(plan, context)

    monkeypatch.setattr(module, "map_payments", bug)
    run = perform(runs.read_sales, memory_site, run_of)
    assert balance(run) == {
        "found": 5,
        "created": 2,
        "updated": 0,
        "unchanged": 0,
        "held": 1,
        "failed": 2,
        "skipped": 0,
    }
    assert run.adds_up
    unreadable = Order.objects.get(remote_id="77")
    assert (unreadable.state, unreadable.raw) == (OrderState.FAILED, {"id": 77})
    assert SiteError.objects.filter(code="invalid_payload").exists()
    assert Order.objects.get(remote_id=broken.remote_id).state_reason == "internal"
    monkeypatch.setattr(module, "map_payments", real)
    again = perform(runs.read_sales, memory_site, run_of)
    assert again.created == 1 and again.adds_up  # the broken one goes; all else is known


def test_second_reading_begins_shortly_before_the_last_change(memory_site, shop, run_of):
    make_item("A1", stock=99)
    remote = make_remote()
    shop.put(remote)
    perform(runs.read_sales, memory_site, run_of)
    assert cursors.position(memory_site, Flow.ORDERS) == remote.updated_at
    run = perform(runs.read_sales, memory_site, run_of)
    assert shop.asked[-1][1] == remote.updated_at - timedelta(seconds=120)
    assert (run.found, run.unchanged) == (1, 1)


def test_limit_of_one_reading_moves_on_next_time(memory_site, shop, run_of):
    Site.objects.update(max_orders_per_read=2)
    memory_site.refresh_from_db()
    make_item("A1", stock=99)
    same_moment = ORDERED + timedelta(hours=1)
    shop.put(*(make_remote(updated_at=same_moment) for _ in range(5)))
    created = [perform(runs.read_sales, memory_site, run_of).created for _ in range(4)]
    assert created == [2, 2, 1, 0]


def test_fault_on_the_way_keeps_what_was_done_and_fails_the_run(memory_site, shop, run_of, settings):
    make_item("A1", stock=99)
    settings.SYSTEM_PROPERTIES = {**settings.SYSTEM_PROPERTIES, "order-processing-batch-size": 1}
    shop.put(*(make_remote(updated_at=ORDERED + timedelta(hours=n)) for n in range(3)))
    shop.fault, shop.fault_after = NetworkError("gone"), 2
    with pytest.raises(NetworkError):
        perform(runs.read_sales, memory_site, run_of)
    assert SalesOrder.objects.count() == 2
    assert cursors.position(memory_site, Flow.ORDERS) == ORDERED + timedelta(hours=1)
    shop.fault = None
    perform(runs.read_sales, memory_site, run_of)
    assert SalesOrder.objects.count() == 3


def test_read_from_date_leaves_the_position_alone(memory_site, shop, run_of):
    make_item("A1", stock=99)
    shop.put(make_remote(), make_remote(created_at=ORDERED - timedelta(days=30)))
    run = perform(runs.read_sales_from_date, memory_site, run_of, from_date="2026-05-01")
    assert run.created == 1
    assert cursors.position(memory_site, Flow.ORDERS) is None


def test_reread_tries_chosen_orders_again(memory_site, shop, run_of):
    remote = make_remote(make_line("LATE"))
    shop.put(remote)
    perform(runs.read_sales, memory_site, run_of)
    make_item("LATE", stock=3)
    run = perform(runs.reread_orders, memory_site, run_of, numbers=[remote.number, "404"])
    assert run.created == 1
    assert one(Order).source == "manual"
    assert any("do not exist" in note.message for note in run.notes.all())


def test_returns_named_by_an_order_are_read_with_it(memory_site, shop, run_of):
    Site.objects.update(read_returns=True, return_policy="stage")
    memory_site.refresh_from_db()
    make_item("A1", stock=99)
    remote = make_remote()
    refund = make_refund(remote, "10")
    shop.returns = [refund]
    shop.put(later(remote, returns=(refund,)))
    perform(runs.read_sales, memory_site, run_of)
    assert one(Order).returns.get().state == "staged"


def test_new_payment_mapping_releases_what_it_held(memory_site, shop, django_capture_on_commit_callbacks):
    make_item("A1", stock=9)
    memory_site.payment_methods.all().delete()
    remote = make_remote()
    shop.put(remote)
    import_order(site=memory_site, remote=remote)
    assert one(Order).state == OrderState.HELD
    assert heal_due_orders() == {}
    with django_capture_on_commit_callbacks(execute=True):
        map_payment(memory_site, "card")
    assert heal_due_orders() == {"created": 1}
    assert one(Order).state == OrderState.IMPORTED


def test_linked_item_releases_what_it_held(memory_site, shop):
    remote, other = make_remote(make_line("LATE")), make_remote(make_line("OTHER"))
    shop.put(remote, other)
    for entry in (remote, other):
        import_order(site=memory_site, remote=entry)
    item = make_item("LATE", stock=3)
    items_linked.send(sender=None, site_id=memory_site.pk, item_ids={item.pk}, skus={"LATE"})
    assert heal_due_orders() == {"created": 1}
    assert Order.objects.filter(remote_id=other.remote_id, heal_at__gt=timezone.now()).exists()


def test_held_orders_are_tried_from_time_to_time_anyway(memory_site, shop):
    remote = make_remote(make_line("LATE"))
    shop.put(remote)
    import_order(site=memory_site, remote=remote)
    make_item("LATE", stock=3)
    Order.objects.update(heal_at=timezone.now() - timedelta(seconds=1))
    tasks.heal_held_orders()
    assert one(Order).state == OrderState.IMPORTED


def test_preview_tells_all_and_writes_nothing(memory_site):
    make_item("A1", stock=9)
    before = (count_documents(), Order.objects.count())
    preview = preview_order(site=memory_site, remote=make_remote())
    assert preview.outcome == "created"
    assert preview.documents[0]["total"] == "138.0000" and preview.proof and preview.lines[0]["item"] == "A1"
    assert (count_documents(), Order.objects.count()) == before
    held = preview_order(site=memory_site, remote=make_remote(make_line("NOPE")))
    assert held.holds[0]["code"] == "unknown_sku" and Order.objects.count() == 0


def test_preview_run_adds_up_and_writes_nothing(memory_site, shop, run_of):
    make_item("A1", stock=9)
    shop.put(make_remote(), make_remote(make_line("NOPE")))
    run = perform(runs.preview_orders, memory_site, run_of)
    assert (run.found, run.created, run.held) == (2, 1, 1) and run.adds_up
    assert Order.objects.count() == 0


def test_poll_asks_for_due_sites_once(memory_site):
    tasks.poll_sites()
    tasks.poll_sites()
    assert [run.action for run in Run.objects.all()] == ["read_sales"]


def test_reconcile_names_what_is_missing_or_different_and_repairs_it(memory_site, shop, run_of):
    make_item("A1", stock=99)
    good, missing, changed = make_remote(), make_remote(), make_remote()
    for entry in (good, changed):
        import_order(site=memory_site, remote=entry)
    shop.put(good, missing, later(changed, lines=(make_line("A1", 2),)))
    run = perform(runs.reconcile_orders, memory_site, run_of, from_date="2026-05-01")
    assert (run.found, run.unchanged, run.held) == (3, 1, 2) and run.adds_up
    repaired = perform(runs.reconcile_orders, memory_site, run_of, from_date="2026-05-01", repair=True)
    assert repaired.updated == 2 and SalesOrder.objects.count() == 3


def test_version_that_broke_the_import_of_an_imported_order_is_tried_again(
    memory_site, shop, run_of, monkeypatch
):
    make_item("A1", stock=9)
    remote = make_remote()
    shop.put(remote)
    perform(runs.read_sales, memory_site, run_of)
    module = sys.modules["orders.services.import_order"]
    real = module.apply_version

    def bug(**kwargs):
        raise ZeroDivisionError("bug")

    monkeypatch.setattr(module, "apply_version", bug)
    gone = later(remote, status="cancelled", phase=OrderPhase.CANCELLED)
    shop.put(gone)
    assert perform(runs.read_sales, memory_site, run_of).failed == 1
    assert one(Order).state == OrderState.IMPORTED
    monkeypatch.setattr(module, "apply_version", real)
    Order.objects.update(heal_at=timezone.now() - timedelta(seconds=1))
    assert heal_due_orders() == {"updated": 1}
    assert one(SalesOrder).state == "cancelled"
    assert not SiteError.objects.filter(state="open").exists()


def test_deadlock_is_repeated(memory_site, shop, monkeypatch):
    calls = []

    def flaky(**kwargs):
        calls.append(1)
        if len(calls) < 3:
            raise OperationalError("deadlock detected")
        return "imported"

    module = sys.modules["orders.services.read_sales"]
    monkeypatch.setattr(module, "import_order", flaky)
    monkeypatch.setattr(module, "connection", SimpleNamespace(in_atomic_block=False))
    assert (
        module.import_safely(
            site=memory_site, remote=make_remote(), context=ImportContext(memory_site), source="poll"
        )
        == "imported"
    )
    assert len(calls) == 3


def test_read_returns_adds_up_and_moves_on_with_the_orders(memory_site, shop, run_of):
    Site.objects.update(return_policy="credit_note")
    memory_site.refresh_from_db()
    make_item("A1", stock=99)
    remote = make_remote()
    shop.put(remote)
    perform(runs.read_sales, memory_site, run_of)
    shop.returns = [make_refund(remote, "10"), make_refund(make_remote(), "5")]
    run = perform(runs.read_returns, memory_site, run_of)
    assert (run.found, run.held, run.adds_up) == (2, 2, True)
    assert cursors.position(memory_site, Flow.RETURNS) == shop.returns[0].created_at
    assert perform(runs.read_returns, memory_site, run_of).unchanged == 2


def test_deleted_order_is_cancelled_or_skipped(memory_site, shop):
    make_item("A1", stock=9)
    remote, held = make_remote(), make_remote(make_line("NOPE"))
    for entry in (remote, held):
        import_order(site=memory_site, remote=entry)
    assert cancel_order(site=memory_site, remote_id=remote.remote_id).outcome == "updated"
    assert one(SalesOrder).state == "cancelled"
    assert cancel_order(site=memory_site, remote_id=held.remote_id).outcome == "updated"
    assert set(Order.objects.values_list("state", flat=True)) == {OrderState.CANCELLED}
    assert cancel_order(site=memory_site, remote_id="none").outcome == "skipped"
    assert cancel_order(site=memory_site, remote_id=held.remote_id).outcome == "unchanged"


def test_return_that_breaks_stops_neither_its_order_nor_the_next(memory_site, shop, run_of, monkeypatch):
    Site.objects.filter(pk=memory_site.pk).update(read_returns=True)
    memory_site.refresh_from_db()
    make_item("A1", stock=9)
    first = make_remote()
    shop.put(dataclasses.replace(first, returns=(make_refund(first, "1"),)), later(make_remote()))
    monkeypatch.setattr(
        type(shop), "returns", property(lambda self: dict[str, str]()["lines"]), raising=False
    )
    run = perform(runs.read_sales, memory_site, run_of)
    assert (run.found, run.created) == (2, 2)
    note = run.notes.get(code="internal")
    assert note.level == "error" and "KeyError" in note.message
    assert cursors.position(memory_site, Flow.ORDERS) is not None
