"""A real (sandbox) shop and the ERP are compared: each kind of difference is found, repaired, and gone the next time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from activity.models import Alert, Difference, Run
from activity.services import RunReporter, start_run
from activity.services.differences import ask_repair, follow_repairs, ignore_rows
from catalog.services.requests import request_quantities
from erp.models import Item
from linking.models import ItemLinkerLine
from linking.runs import link_items, reconcile
from linking.services import reconcile as reconcile_module
from sandbox.woocommerce import WooShop
from sites.choices import Flow
from sites.models import Site
from sites.services import cursors
from sites.services.execute_runs import claim_runs
from sites.services.repair_differences import repair_differences
from sync_queues.kinds import KINDS
from sync_queues.models import UpdateQtyRequest
from tests.catalog.world import link, make_item, make_site, work_off
from tests.erp.factories import make_warehouse, stock_up

pytestmark = pytest.mark.django_db
State = Difference.State


@pytest.fixture
def shop() -> Iterator[WooShop]:
    with WooShop(webhook_delay=None) as running:
        yield running


@pytest.fixture
def site(db: None, shop: WooShop) -> Site:
    return make_site(shop, link_items=True, create_products=True)


def pair(
    shop: WooShop, site: Site, code: str, *, stock: int = 5, price: str = "25.00", **values: Any
) -> ItemLinkerLine:
    """An item and its product, in step with each other."""
    item = make_item(code, stock=stock, sales_price=Decimal(price), **values)
    made = shop.add_product(sku=code, regular_price=price, stock_quantity=stock, name=item.name2)
    line = link(site, item, made["id"])
    for kind in KINDS:  # what making the item asked for has been sent long ago
        KINDS[kind].model._default_manager.all().delete()
    return line


def set_product(shop: WooShop, line: ItemLinkerLine, **body: Any) -> None:
    shop.rest("PUT", f"/products/{line.remote_product_id}", body)


def compare(site: Site, **params: Any) -> Run:
    run = start_run(site_code=site.code, action="reconcile")
    with RunReporter(run) as reporter:
        reconcile(run=reporter, site=site, params=params)
    run.refresh_from_db()
    assert run.state == Run.State.FINISHED and run.adds_up
    return run


def repair(site: Site) -> Run:
    """Staff choose all that is open."""
    ask_repair(Difference.objects.filter(state=State.OPEN), by="mona")
    run = start_run(site_code=site.code, action="repair_differences")
    with RunReporter(run) as reporter:
        repair_differences(run=reporter, site=site, params={})
    run.refresh_from_db()
    assert run.state == Run.State.FINISHED and run.adds_up
    return run


def told() -> set[tuple[str, str, str, str, str]]:
    rows = Difference.objects.filter(state=State.OPEN)
    return {(row.kind, row.problem, row.aspect, row.shop_value, row.erp_value) for row in rows}


def states() -> list[str]:
    return sorted(Difference.objects.values_list("state", flat=True))


# ---------------------------------------------------------------- each kind, found and repaired


def test_a_catalogue_in_step_has_no_difference_and_nothing_is_written(shop: WooShop, site: Site) -> None:
    pair(shop, site, "MUG")
    shop.add_variable("SHIRT", {"Size": ["S", "M"]}, stock=5)
    for code in ("SHIRT-S", "SHIRT-M"):
        make_item(code, stock=5, sales_price=Decimal("10.00"))
    with RunReporter(start_run(site_code=site.code, action="link_items")) as reporter:
        link_items(run=reporter, site=site, params={})
    shop.counters.reset()

    run = compare(site)

    assert told() == set()
    assert (run.found, run.unchanged, run.held) == (4, 4, 0)
    assert shop.counters.writes == 0


def test_a_different_quantity_is_found_sent_again_and_gone(shop: WooShop, site: Site) -> None:
    line = pair(shop, site, "MUG", stock=7)
    ItemLinkerLine.objects.update(last_sent_quantity=7)  # we think that the shop has it
    set_product(shop, line, stock_quantity=3)

    run = compare(site)

    assert told() == {("stock", "different", "quantity", "3", "7")}
    assert (run.held, run.counts["differences_open"]) == (1, 1)
    assert repair(site).updated == 1 and states() == ["asked"]
    work_off(site, "qty")
    assert shop.stock_of("MUG") == 7
    assert follow_repairs() == 1 and states() == ["repaired"]
    shop.counters.reset()
    assert compare(site).unchanged == 1
    assert shop.counters.writes == 0 and states() == ["repaired"]


def test_a_shop_that_stopped_keeping_the_stock_is_found_and_repaired(shop: WooShop, site: Site) -> None:
    line = pair(shop, site, "MUG", stock=7)
    set_product(shop, line, manage_stock=False)
    compare(site)
    assert told() == {("stock", "different", "stock_keeping", "", "7")}
    repair(site)
    work_off(site, "qty")
    assert shop.stock_of("MUG") == 7
    assert compare(site).unchanged == 1 and states() == ["repaired"]


def test_a_different_price_is_compared_with_the_price_in_force_not_with_what_was_sent(
    shop: WooShop, site: Site
) -> None:
    line = pair(shop, site, "MUG", price="25.00")
    set_product(shop, line, regular_price="19.00")
    ItemLinkerLine.objects.update(last_sent_price=Decimal("19.00"))
    compare(site)
    assert told() == {("price", "different", "price", "19", "25")}
    repair(site)
    work_off(site, "price")
    assert follow_repairs() == 1 and states() == ["repaired"]
    assert compare(site).unchanged == 1


@pytest.mark.parametrize(("owner", "expected"), [("erp", {("12.5", "")}), ("shop", set())])
def test_special_prices_are_compared_where_they_belong_to_the_erp(
    shop: WooShop, site: Site, owner: str, expected: set[tuple[str, str]]
) -> None:
    Site.objects.update(special_price_ownership=owner)
    site.refresh_from_db()
    line = pair(shop, site, "MUG", price="25.00")
    set_product(shop, line, sale_price="12.50")
    compare(site)
    assert {(row[3], row[4]) for row in told()} == expected
    if expected:
        repair(site)
        work_off(site, "price")
        assert shop.rest("GET", f"/products/{line.remote_product_id}")["sale_price"] == ""
    assert compare(site).unchanged == 1


def test_a_product_that_is_gone_is_marked_and_made_anew(shop: WooShop, site: Site) -> None:
    line = pair(shop, site, "MUG")
    pair(shop, site, "OTHER")
    shop.rest("DELETE", f"/products/{line.remote_product_id}", force=True)
    run = compare(site)
    assert told() == {("product", "missing", "record", "", "MUG")}
    assert (run.found, run.unchanged, run.held) == (2, 1, 1)
    assert repair(site).updated == 1
    line.refresh_from_db()
    assert line.state == "remote_missing"
    work_off(site, "item")
    assert follow_repairs() == 1 and states() == ["repaired"]
    assert shop.store.by_sku("MUG") is not None


def test_a_product_that_is_gone_is_only_marked_where_the_site_creates_none(shop: WooShop, site: Site) -> None:
    Site.objects.update(create_products=False)
    site.refresh_from_db()
    line = pair(shop, site, "MUG")
    pair(shop, site, "OTHER")
    shop.rest("DELETE", f"/products/{line.remote_product_id}", force=True)
    compare(site)
    repair(site)
    line.refresh_from_db()
    assert (line.state, states()) == ("remote_missing", ["repaired"])
    assert compare(site).unchanged == 1


def test_a_product_that_only_the_shop_has_goes_to_the_linker(shop: WooShop, site: Site) -> None:
    pair(shop, site, "MUG")
    make_item("CUP", stock=2, sales_price=Decimal(9))
    shop.add_product(sku="CUP", regular_price="9.00", stock_quantity=2)
    compare(site)
    assert told() == {("product", "extra", "record", "CUP", "")}
    repair(site)
    asked = Run.objects.get(action="link_items")
    with RunReporter(asked) as reporter:
        link_items(run=reporter, site=site, params={})
    assert follow_repairs() == 1 and states() == ["repaired"]
    assert compare(site).unchanged == 2


def test_an_item_that_the_shop_never_had_is_missing_and_made(shop: WooShop, site: Site) -> None:
    pair(shop, site, "MUG")
    make_item("NEW", stock=2, sales_price=Decimal(9))
    make_item("HOURS", item_type="service")
    make_item("OLD", active=False)
    make_item("NOT-FOR-SHOPS")
    site.update_item_for.create(expression='code != "NOT-FOR-SHOPS"')
    waiting = compare(site)
    assert (told(), waiting.found, waiting.counts["skipped"]) == (set(), 2, 1), "its request waits"
    KINDS["item"].model._default_manager.all().delete()
    run = compare(site)
    assert told() == {("product", "missing", "record", "", "NEW")}
    assert (run.found, run.unchanged, run.held) == (2, 1, 1)
    repair(site)
    work_off(site, "item")
    assert follow_repairs() == 1 and states() == ["repaired"]
    assert shop.store.by_sku("NEW") is not None
    compare(site)  # what follows a new link after the commit does not come in a test's transaction
    repair(site)
    for kind in ("qty", "price"):
        work_off(site, kind)
    assert compare(site).unchanged == 2


def test_what_staff_took_out_of_the_linker_is_no_difference(shop: WooShop, site: Site) -> None:
    Site.objects.update(create_products=False)
    site.refresh_from_db()
    line = pair(shop, site, "MUG")
    ItemLinkerLine.objects.filter(pk=line.pk).update(active=False, item=None, state="item_missing")
    assert compare(site).unchanged == 1 and told() == set()


@pytest.mark.parametrize(
    ("active", "status", "shop_value", "erp_value"),
    [(False, "publish", "visible", "hidden"), (True, "draft", "hidden", "visible")],
)
def test_visibility_that_differs_is_found_and_sent(
    shop: WooShop, site: Site, active: bool, status: str, shop_value: str, erp_value: str
) -> None:
    Site.objects.update(zero_when_inactive=False)
    site.refresh_from_db()
    line = pair(shop, site, "MUG")
    set_product(shop, line, status=status)
    Item.objects.update(active=active)
    compare(site)
    assert told() == {("product", "different", "visibility", shop_value, erp_value)}
    repair(site)
    work_off(site, "item")
    assert follow_repairs() == 1 and states() == ["repaired"]
    compare(site)
    assert told() == set()


def test_a_sku_that_the_shop_changed_is_taken_over(shop: WooShop, site: Site) -> None:
    line = pair(shop, site, "MUG")
    set_product(shop, line, sku="MUG-NEW")
    compare(site)
    assert told() == {("product", "different", "sku", "MUG-NEW", "MUG")}
    repair(site)
    line.refresh_from_db()
    assert (line.remote_sku, states()) == ("MUG-NEW", ["repaired"])
    assert compare(site).unchanged == 1


def test_the_tick_box_repairs_at_once(shop: WooShop, site: Site) -> None:
    line = pair(shop, site, "MUG", stock=7)
    set_product(shop, line, stock_quantity=3)
    shop.add_product(sku="ONLY-THERE")
    run = compare(site, repair=True)
    assert (run.updated, run.held) == (1, 1)  # what only the shop has is left to staff
    work_off(site, "qty")
    assert shop.stock_of("MUG") == 7
    assert compare(site).unchanged == 1


# ---------------------------------------------------------------- what is no difference


def test_a_figure_that_waits_in_the_queue_is_no_difference(shop: WooShop, site: Site) -> None:
    line = pair(shop, site, "MUG", stock=5)
    stock_up(Item.objects.get(code="MUG"), make_warehouse(), 4)
    request_quantities(item_ids=[line.item_id or 0], sites=[site])
    run = compare(site)
    assert (told(), run.skipped_count if hasattr(run, "skipped_count") else run.counts["skipped"]) == (
        set(),
        1,
    )
    work_off(site, "qty")
    assert compare(site).unchanged == 1


def test_a_repair_that_still_waits_is_neither_closed_nor_opened_again(shop: WooShop, site: Site) -> None:
    line = pair(shop, site, "MUG", stock=7)
    set_product(shop, line, stock_quantity=3)
    compare(site)
    repair(site)
    compare(site)
    assert states() == ["asked"]
    work_off(site, "qty")
    compare(site)
    assert states() == ["repaired"]


def test_a_repair_that_did_not_help_is_open_again(shop: WooShop, site: Site) -> None:
    line = pair(shop, site, "MUG", stock=7)
    set_product(shop, line, stock_quantity=3)
    compare(site)
    repair(site)
    work_off(site, "qty")
    set_product(shop, line, stock_quantity=2)
    ItemLinkerLine.objects.update(last_sent_quantity_at=timezone.now() - timedelta(hours=1))
    compare(site)
    assert told() == {("stock", "different", "quantity", "2", "7")} and states() == ["open"]


def test_a_repair_that_the_shop_refuses_is_open_again_and_says_why(shop: WooShop, site: Site) -> None:
    line = pair(shop, site, "MUG", stock=7)
    set_product(shop, line, stock_quantity=3)
    compare(site)
    repair(site)
    shop.rest("DELETE", f"/products/{line.remote_product_id}", force=True)
    work_off(site, "qty")
    assert follow_repairs() == 1
    row = Difference.objects.get()
    assert row.state == State.OPEN and row.message


@pytest.mark.parametrize(
    ("values", "reason"),
    [({"dry_run": True}, "dry run"), ({"update_quantities": False}, "does not send quantities")],
)
def test_a_repair_that_the_site_does_not_allow_stays_open_with_its_reason(
    shop: WooShop, site: Site, values: dict[str, Any], reason: str
) -> None:
    line = pair(shop, site, "MUG", stock=7)
    set_product(shop, line, stock_quantity=3)
    compare(site)
    Site.objects.update(**values)
    site.refresh_from_db()
    run = repair(site)
    row = Difference.objects.get()
    assert (run.held, row.state) == (1, "open") and reason in row.message
    assert not UpdateQtyRequest.objects.exists()


def test_a_sale_that_was_not_read_yet_is_no_difference(shop: WooShop, site: Site) -> None:
    pair(shop, site, "MUG", stock=7)
    pair(shop, site, "CUP", stock=7)
    cursors.advance(site, Flow.ORDERS, timezone.now() - timedelta(minutes=10))
    shop.buy("MUG", 2)
    set_product(shop, ItemLinkerLine.objects.get(remote_sku="CUP"), stock_quantity=6)
    run = compare(site)
    assert told() == {("stock", "different", "quantity", "6", "7")}
    assert (run.held, run.counts["skipped"], run.counts["differences_waiting"]) == (1, 1, 1)


def test_an_item_that_the_criteria_keep_out_is_not_compared(shop: WooShop, site: Site) -> None:
    line = pair(shop, site, "MUG", stock=7)
    set_product(shop, line, stock_quantity=3)
    site.update_qty_for.create(expression='code != "MUG"')
    assert compare(site).unchanged == 1


def test_an_ignored_difference_stays_ignored_until_it_is_gone(shop: WooShop, site: Site) -> None:
    line = pair(shop, site, "MUG", stock=7)
    set_product(shop, line, stock_quantity=3)
    compare(site)
    ignore_rows(Difference.objects.all())
    set_product(shop, line, stock_quantity=2)
    run = compare(site)
    assert (states(), run.held, run.counts["skipped"]) == (["ignored"], 0, 1)
    set_product(shop, line, stock_quantity=7)
    compare(site)
    assert states() == ["gone"]


def test_a_difference_that_went_by_itself_is_closed(shop: WooShop, site: Site) -> None:
    line = pair(shop, site, "MUG", stock=7)
    set_product(shop, line, stock_quantity=3)
    compare(site)
    set_product(shop, line, stock_quantity=7)
    run = compare(site)
    assert (states(), run.counts["differences_gone"]) == (["gone"], 1)


def test_a_product_that_a_moving_listing_left_out_is_not_missing(
    shop: WooShop, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair(shop, site, "MUG")
    pair(shop, site, "CUP")
    real = reconcile_module._pages

    def without_first(products: Any) -> Any:
        return real(row for row in products if row.sku != "MUG")

    monkeypatch.setattr(reconcile_module, "_pages", without_first)
    assert compare(site).unchanged == 2 and told() == set()


def test_a_shop_that_lists_nothing_changes_nothing(shop: WooShop, site: Site) -> None:
    line = pair(shop, site, "MUG", stock=7)
    set_product(shop, line, stock_quantity=3)
    compare(site)
    shop.rest("DELETE", f"/products/{line.remote_product_id}", force=True)
    run = start_run(site_code=site.code, action="reconcile")
    with pytest.raises(Exception, match="lists no product"), RunReporter(run) as reporter:
        reconcile(run=reporter, site=site, params={})
    assert states() == ["open"]


# ---------------------------------------------------------------- killed, large, alarmed


class Killed(BaseException):
    """The worker is gone: no handler runs, no report is written."""


def die(run: Run, site: Site) -> Run:
    """Carry the run out until it dies; what the next worker claims."""
    reporter = RunReporter(run)
    reporter.__enter__()
    with pytest.raises(Killed):
        reconcile(run=reporter, site=site, params={})
    Run.objects.filter(pk=run.pk).update(heartbeat=timezone.now() - timedelta(hours=1))
    (claimed,) = claim_runs(limit=5)
    return claimed


@pytest.mark.parametrize("stage", ["_compare", "_missing"])
def test_a_killed_comparison_is_done_again_and_adds_up(
    shop: WooShop, site: Site, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    monkeypatch.setattr(reconcile_module, "PAGE", 2)
    lines = [pair(shop, site, f"I{number}") for number in range(7)]
    for line in lines[:5]:
        shop.rest("DELETE", f"/products/{line.remote_product_id}", force=True)
    set_product(shop, lines[5], stock_quantity=1)
    shop.add_product(sku="ONLY-THERE")
    work = reconcile_module._Work
    real, calls = getattr(work, stage), []

    def dying(self: Any, *given: Any) -> None:
        calls.append(1)
        if len(calls) == 2:
            raise Killed
        real(self, *given)

    monkeypatch.setattr(work, stage, dying)
    run = die(start_run(site_code=site.code, action="reconcile"), site)
    shop.counters.reset()
    with RunReporter(run) as reporter:
        reconcile(run=reporter, site=site, params={})
    run.refresh_from_db()
    assert run.adds_up and (run.found, run.unchanged, run.held) == (8, 1, 7)
    assert Difference.objects.filter(state=State.OPEN).count() == Difference.objects.count() == 7
    assert shop.counters.writes == 0


def test_statements_grow_with_the_pages_and_not_with_what_they_hold(
    shop: WooShop, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """2,000 products, of which each tenth differs: the page of 200 costs what a page of 20 costs."""
    rows = shop.bulk_simple(2_000)
    warehouse = make_warehouse()
    items = Item.objects.bulk_create(
        [Item(code=str(row["sku"]).upper(), sales_price=Decimal(1), base_unit=None) for row in rows]
    )
    linker = link(site, items[0], rows[0]["id"]).linker
    ItemLinkerLine.objects.bulk_create(
        [
            ItemLinkerLine(
                linker=linker, site=site, item=item, remote_product_id=str(row["id"]), remote_sku=row["sku"]
            )
            for item, row in zip(items[1:], rows[1:], strict=True)
        ]
    )
    assert warehouse.pk
    costs: list[int] = []
    real = reconcile_module._Work._compare

    def counted(self: Any, page: Any, read_at: datetime) -> None:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            real(self, page, read_at)
        costs.append(len(queries))

    monkeypatch.setattr(reconcile_module._Work, "_compare", counted)
    monkeypatch.setattr(reconcile_module, "MAX_NOTED", 0)
    run = compare(site)
    assert run.found == 2_000 and len(costs) == 10
    assert run.held == 2_000
    assert max(costs) <= 60, costs  # the same as of a page of twenty; the report is written once a second


@pytest.mark.parametrize(
    ("unit", "above", "alarmed"),
    [
        ("count", 1, True),
        ("count", 2, False),
        ("percent", 49, True),
        ("percent", 50, False),
        ("count", 0, True),
    ],
)
def test_the_alarm_is_raised_above_the_limit_once_and_closes_by_itself(
    shop: WooShop, site: Site, unit: str, above: int, alarmed: bool
) -> None:
    """2 of 4 products differ."""
    Site.objects.update(reconcile_alarm_unit=unit, reconcile_alarm_above=above)
    site.refresh_from_db()
    lines = [pair(shop, site, f"I{number}", stock=7) for number in range(4)]
    for line in lines[:2]:
        set_product(shop, line, stock_quantity=3)
    compare(site)
    compare(site)
    open_alerts = Alert.objects.filter(site_code=site.code, code="catalogue_differs", acknowledged_at=None)
    assert open_alerts.count() == int(alarmed)
    if alarmed:
        assert open_alerts.get().count == 2 and "2 differences" in open_alerts.get().message
    for line in lines[:2]:
        set_product(shop, line, stock_quantity=7)
    compare(site)
    assert not open_alerts.exists()
