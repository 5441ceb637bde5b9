"""The orders of a real (sandbox) shop and ours are compared: each kind of difference is found, repaired, and gone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from activity.models import Alert, Difference, Run
from activity.services import RunReporter, start_run
from activity.services.differences import ask_repair
from erp.models import SalesInvoice, SalesOrder
from orders import runs
from orders.models import Order
from orders.services import reconcile as reconcile_module
from sandbox.woocommerce import WooShop
from sites.models import Site
from sites.services.execute_runs import claim_runs
from sites.services.repair_differences import repair_differences
from tests.catalog.world import link
from tests.journeys.bad_input.world import changing, spoiled
from tests.orders.factories import make_item, make_shop_site, map_payment

pytestmark = pytest.mark.django_db
State = Difference.State


@pytest.fixture
def shop() -> Iterator[WooShop]:
    with WooShop(webhook_delay=None) as running:
        yield running


@pytest.fixture
def site(db: None, shop: WooShop) -> Site:
    """Read only when it is asked for, so that nothing is on its way by itself."""
    site = make_shop_site(
        url=shop.url,
        username=shop.key,
        password=shop.secret,
        currency=shop.options.currency,
        read_orders_from_date=datetime(2020, 1, 1, tzinfo=UTC),
        orders_interval=0,
    )
    made = shop.add_product(sku="S1", regular_price="20.00", stock_quantity=500)
    link(site, make_item("S1", stock=500), made["id"])
    return site


def carry_out(action: str, function: Any, site: Site, **params: Any) -> Run:
    run = start_run(site_code=site.code, action=action)
    with RunReporter(run) as reporter:
        function(run=reporter, site=site, params=params)
    run.refresh_from_db()
    assert run.state == Run.State.FINISHED and run.adds_up
    return run


def read(site: Site) -> Run:
    return carry_out("read_sales", runs.read_sales, site)


def compare(site: Site, **params: Any) -> Run:
    return carry_out("reconcile_orders", runs.reconcile_orders, site, **params)


def repair(site: Site) -> Run:
    ask_repair(Difference.objects.filter(state=State.OPEN), by="mona")
    return carry_out("repair_differences", repair_differences, site)


def told() -> set[tuple[str, str]]:
    rows = Difference.objects.filter(state=State.OPEN, kind="order")
    return {(row.problem, row.aspect) for row in rows}


def states() -> list[str]:
    return sorted(Difference.objects.values_list("state", flat=True))


def test_orders_in_step_have_no_difference(shop: WooShop, site: Site) -> None:
    shop.buy("S1", 2)
    shop.place_order([{"sku": "S1", "quantity": 1}], status="cancelled")
    read(site)
    run = compare(site)
    assert (run.found, run.unchanged, states()) == (2, 2, [])


def test_an_order_that_was_never_read_is_missing_and_imported(shop: WooShop, site: Site) -> None:
    placed = shop.buy("S1", 2)
    run = compare(site)
    assert (told(), run.held) == ({("missing", "record")}, 1)
    row = Difference.objects.get()
    assert (row.key, row.shop_value) == (str(placed["id"]), f"{placed['total']} {placed['currency']}")
    assert repair(site).updated == 1
    assert (SalesOrder.objects.count(), states()) == (1, ["repaired"])
    assert compare(site).unchanged == 1 and states() == ["repaired"]


def test_an_order_placed_a_moment_ago_is_on_its_way(shop: WooShop, site: Site) -> None:
    Site.objects.update(orders_interval=5)
    site.refresh_from_db()
    shop.buy("S1")
    run = compare(site)
    assert (states(), run.counts["skipped"]) == ([], 1)


def test_an_order_whose_event_may_be_on_its_way_is_waited_for(shop: WooShop, site: Site) -> None:
    Site.objects.update(webhook_integration_enabled=True)
    site.refresh_from_db()
    shop.buy("S1")
    assert compare(site).counts["skipped"] == 1 and states() == []


def test_a_held_order_has_no_documents_and_goes_on_once_its_cause_is_gone(shop: WooShop, site: Site) -> None:
    site.payment_methods.all().delete()
    shop.buy("S1")
    read(site)
    compare(site)
    assert told() == {("missing", "documents")}
    assert Difference.objects.get().erp_value == "held"
    failed = repair(site)
    assert (failed.held, states()) == (1, ["open"])
    assert Difference.objects.get().message
    map_payment(site)
    assert repair(site).updated == 1 and states() == ["repaired"]


def test_a_total_and_a_status_that_changed_are_found_and_read_again(shop: WooShop, site: Site) -> None:
    placed = shop.buy("S1", 2)
    read(site)
    line = placed["line_items"][0]
    body = {"line_items": [{"id": line["id"], "quantity": 3, "subtotal": "60.00", "total": "60.00"}]}
    shop.rest("PUT", f"/orders/{placed['id']}", {**body, "status": "on-hold"})
    run = compare(site)
    assert told() == {("different", "total"), ("different", "status"), ("different", "documents")}
    assert (run.found, run.held) == (1, 1), "three differences, one order"
    assert repair(site).updated == 3
    assert states() == ["repaired"] * 3
    assert compare(site).unchanged == 1


def test_a_refund_that_we_do_not_know_is_found_and_read(shop: WooShop, site: Site) -> None:
    Site.objects.update(read_returns=True, return_policy="stage")
    site.refresh_from_db()
    placed = shop.buy("S1", 2)
    read(site)
    shop.refund(placed["id"], amount="5.00")
    compare(site)
    assert told() == {("different", "refunds")}
    row = Difference.objects.get(aspect="refunds")
    assert row.shop_value.startswith("5.00") and row.erp_value.startswith("0.00")
    repair(site)
    assert states() == ["repaired"]
    assert compare(site).unchanged == 1


def test_documents_that_say_another_sum_than_the_shop_are_found(shop: WooShop, site: Site) -> None:
    shop.buy("S1", 2)
    read(site)
    SalesOrder.objects.update(grand_total=Decimal("39.00"))
    compare(site)
    assert told() == {("different", "documents")}
    assert "39.00" in Difference.objects.get().erp_value


def test_more_invoiced_than_sold_is_found(shop: WooShop, site: Site) -> None:
    shop.buy("S1", 2)
    read(site)
    order = SalesOrder.objects.get()
    for _ in range(2):
        number = f"INV-{SalesInvoice.objects.count()}"
        SalesInvoice.objects.create(
            number=number, order=order, customer=order.customer, currency=order.currency, state="issued",
            grand_total=order.grand_total, issue_date=timezone.localdate(),
        )  # fmt: skip
    compare(site)
    assert [row.key for row in Difference.objects.all()] == [f"{Order.objects.get().remote_id}|invoices"]


def test_a_waiting_order_that_is_gone_from_the_shop_is_cancelled(shop: WooShop, site: Site) -> None:
    site.payment_methods.all().delete()
    placed = shop.buy("S1")
    read(site)
    shop.rest("DELETE", f"/orders/{placed['id']}", force=True)
    run = compare(site)
    assert (told(), run.found, run.held) == ({("extra", "record")}, 1, 1)
    repair(site)
    assert (Order.objects.get().state, states()) == ("cancelled", ["repaired"])
    assert compare(site).found == 0


def test_documents_of_an_order_that_is_gone_are_left_to_staff(shop: WooShop, site: Site) -> None:
    placed = shop.buy("S1")
    read(site)
    shop.rest("DELETE", f"/orders/{placed['id']}", force=True)
    compare(site)
    run = repair(site)
    assert (run.held, states(), SalesOrder.objects.get().state != "cancelled") == (1, ["open"], True)
    assert "has documents" in Difference.objects.get().message


def test_an_unreadable_order_is_failed_and_its_difference_stays(shop: WooShop, site: Site) -> None:
    placed = shop.buy("S1")
    compare(site)
    with spoiled(shop, changing(placed["id"], lambda row: row.update(total="a lot"))):
        run = compare(site)
    assert (run.failed, states()) == (1, ["open"])


def test_a_difference_outside_the_days_compared_is_looked_at_by_id(shop: WooShop, site: Site) -> None:
    shop.buy("S1")
    shop.buy("S1")
    compare(site)
    assert states() == ["open", "open"]
    read(site)
    tomorrow = (timezone.now() + timedelta(days=1)).isoformat()
    run = compare(site, from_date=tomorrow)
    assert (run.found, run.unchanged, states()) == (2, 2, ["gone", "gone"])


def test_the_tick_box_repairs_at_once(shop: WooShop, site: Site) -> None:
    shop.buy("S1")
    run = compare(site, repair=True)
    assert (run.updated, states(), SalesOrder.objects.count()) == (1, ["repaired"], 1)


def test_one_alert_tells_of_many_differences_and_closes_by_itself(shop: WooShop, site: Site) -> None:
    Site.objects.update(reconcile_alarm_above=1)
    site.refresh_from_db()
    for _ in range(2):
        shop.buy("S1")
    compare(site)
    compare(site)
    alert = Alert.objects.get(acknowledged_at=None)
    assert (alert.code, alert.count) == ("orders_differ", 2)
    read(site)
    compare(site)
    assert not Alert.objects.filter(acknowledged_at=None).exists()


class Killed(BaseException):
    """The worker is gone: no handler runs, no report is written."""


@pytest.mark.parametrize("stage", ["compare", "look_for_gone"])
def test_a_killed_comparison_is_done_again_and_adds_up(
    shop: WooShop, site: Site, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    monkeypatch.setattr(reconcile_module, "BATCH", 2)
    placed = [shop.buy("S1") for _ in range(5)]
    read(site)
    shop.rest("DELETE", f"/orders/{placed[0]['id']}", force=True)
    shop.buy("S1")
    real = getattr(reconcile_module._Work, stage)
    calls: list[int] = []

    def dying(self: Any, *given: Any) -> Any:
        calls.append(1)
        if len(calls) == (2 if stage == "compare" else 1):
            raise Killed
        return real(self, *given)

    monkeypatch.setattr(reconcile_module._Work, stage, dying)
    run = start_run(site_code=site.code, action="reconcile_orders")
    reporter = RunReporter(run)
    reporter.__enter__()
    with pytest.raises(Killed):
        runs.reconcile_orders(run=reporter, site=site, params={})
    Run.objects.filter(pk=run.pk).update(heartbeat=timezone.now() - timedelta(hours=1))
    (claimed,) = claim_runs(limit=5)
    with RunReporter(claimed) as again:
        runs.reconcile_orders(run=again, site=site, params={})
    run.refresh_from_db()
    assert run.adds_up and (run.found, run.unchanged, run.held) == (6, 4, 2)
    assert told() == {("missing", "record"), ("extra", "record")}


def test_statements_grow_with_the_batches(shop: WooShop, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(24):
        shop.buy("S1")
    read(site)
    Order.objects.update(grand_total=1)
    costs: dict[int, list[int]] = {}
    real = reconcile_module._Work.compare

    def counted(self: Any, batch: Any) -> None:
        with CaptureQueriesContext(connection) as queries:
            real(self, batch)
        if batch:
            costs.setdefault(len(batch), []).append(len(queries))

    monkeypatch.setattr(reconcile_module._Work, "compare", counted)
    for size in (3, 24):
        Difference.objects.all().delete()
        monkeypatch.setattr(reconcile_module, "BATCH", size)
        assert compare(site).held == 24
    assert max(costs[24]) <= max(costs[3]) + 6, costs
