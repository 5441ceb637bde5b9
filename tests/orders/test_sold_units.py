"""What the shop has sold and the ERP does not hold yet is never offered again: read, wait, push, the shop's figure."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from activity.models import Run
from activity.services import RunReporter, start_run
from catalog.models import SoldInShop
from catalog.selectors.stock import figures
from catalog.services.requests import request_quantities
from erp.models import Item, ItemUnit, KitComponent, SalesOrder, StockBalance
from erp.models.items import ItemType
from erp.services.sales_orders import cancel_sales_order, confirm_sales_order
from linking.models import ItemLinkerLine
from linking.services.link_line import link_line
from orders import runs
from orders.models import Order
from orders.services.cancel_order import cancel_order
from orders.services.heal import heal_due_orders, heal_orders
from orders.services.import_order import import_order
from platforms.woocommerce.adapter import WooCommerceAdapter
from sandbox.messages import Request, Response
from sandbox.woocommerce import WooShop
from sites.models import Site
from sync_queues.services.drain import drain
from tests.catalog.world import link, linker_of
from tests.erp.factories import make_unit, make_warehouse, stock_up
from tests.erp.test_concurrency import together
from tests.journeys.bad_input.world import act, changing, spoiled
from tests.orders.factories import make_item, make_remote, make_shop_site, map_payment, one
from webhooks.services.process import process_waiting
from webhooks.services.sites import cards

pytestmark = pytest.mark.django_db
D = Decimal
ON_HAND = 50


@pytest.fixture
def woo() -> Iterator[WooShop]:
    with WooShop(webhook_delay=None) as shop:
        yield shop


@pytest.fixture
def product(woo: WooShop) -> dict[str, Any]:
    return woo.add_product(sku="S1", regular_price="19.99", stock_quantity=ON_HAND)


@pytest.fixture
def site(woo: WooShop, product: dict[str, Any], db: None) -> Site:
    site = make_site(woo)
    link(site, make_item("S1", stock=ON_HAND), product["id"])
    return site


def make_site(woo: WooShop, **values: Any) -> Site:
    known: dict[str, Any] = {
        "url": woo.url,
        "username": woo.key,
        "password": woo.secret,
        "currency": woo.options.currency,
        "read_orders_from_date": datetime(2020, 1, 1, tzinfo=UTC),
        "update_quantities": True,
    }
    return make_shop_site(**{**known, **values})


def read(site: Site) -> Run:
    site.refresh_from_db()
    with RunReporter(start_run(site_code=site.code, action="read_sales")) as reporter:
        runs.read_sales(run=reporter, site=site, params={})
    reporter.run.refresh_from_db()
    return reporter.run


def publish(site: Site) -> None:
    """A full run: every linked item is told anew, whatever was sent last."""
    ItemLinkerLine.objects.update(last_sent_quantity=None)
    ids = set(ItemLinkerLine.objects.filter(site=site).values_list("item_id", flat=True))
    request_quantities(item_ids={pk for pk in ids if pk}, sites=[site], forced=True)
    push(site)


def push(site: Site) -> None:
    site.refresh_from_db()
    report = drain(site.pk, "qty")
    assert not report.fault and not report.skipped, report


def go_again() -> None:
    Order.objects.update(heal_at=timezone.now())
    heal_due_orders()


def unmap_payment(site: Site) -> Callable[[], object]:
    site.payment_methods.all().delete()
    return lambda: site.payment_methods.exists() or map_payment(site)


def want_payment(site: Site) -> Callable[[], object]:
    site.order_import_policy = "paid"
    site.save()

    def allow() -> None:
        site.order_import_policy = "always"
        site.save()

    return allow


def only_drafts(site: Site) -> Callable[[], object]:
    site.auto_confirm_documents, site.reserve_stock = False, "on_confirm"
    site.save()
    return lambda: confirm_sales_order(order=one(SalesOrder))


def unknown_customer(site: Site) -> Callable[[], object]:
    site.create_customer_if_not_exist = False
    site.save()

    def allow() -> None:
        site.create_customer_if_not_exist = True
        site.save()

    return allow


def no_rule(site: Site) -> Callable[[], object]:
    site.document_generation_info_lines.all().delete()
    return lambda: site.document_generation_info_lines.create(name="all")


WAITING = [unmap_payment, want_payment, only_drafts, unknown_customer, no_rule]


@pytest.mark.parametrize("make_wait", WAITING)
def test_units_of_a_waiting_order_are_not_offered_and_not_taken_off_twice(woo, site, make_wait):
    release = make_wait(site)
    woo.place_order([{"sku": "S1", "quantity": 3}], status="on-hold", payment_method="bacs")
    assert woo.stock_of("S1") == 47
    read(site)
    for send in (push, publish):
        send(site)
        assert woo.stock_of("S1") == 47
    release()
    go_again()
    assert one(Order).state == "imported" and one(SalesOrder).number
    assert (one(StockBalance).reserved, SoldInShop.objects.count()) == (3, 0)
    for send in (push, publish):
        send(site)
        assert woo.stock_of("S1") == 47


@pytest.mark.parametrize("how", ["cancelled", "trashed", "skipped"])
def test_units_of_a_held_order_that_is_off_are_offered_again(woo, site, how):
    unmap_payment(site)
    placed = woo.place_order([{"sku": "S1", "quantity": 3}])
    read(site)
    publish(site)
    assert woo.stock_of("S1") == 47
    if how == "cancelled":
        woo.advance(5)
        woo.set_order_status(placed["id"], "cancelled")
        read(site)
    elif how == "trashed":
        cancel_order(site=site, remote_id=str(placed["id"]))
    else:
        site.order_import_policy = "never"
        site.save()
        go_again()
    push(site)
    assert (woo.stock_of("S1"), SoldInShop.objects.count()) == (ON_HAND, 0)


def test_draft_that_staff_cancel_gives_its_units_back(woo, site):
    only_drafts(site)
    woo.place_order([{"sku": "S1", "quantity": 3}])
    read(site)
    cancel_sales_order(order=one(SalesOrder))
    push(site)
    assert woo.stock_of("S1") == ON_HAND


def test_draft_that_the_buyer_enlarges_takes_more_off(woo, site):
    only_drafts(site)
    placed = woo.place_order([{"sku": "S1", "quantity": 3}])
    read(site)
    woo.advance(5)

    def enlarge(row: dict[str, Any]) -> None:
        line = row["line_items"][0]
        line["quantity"] = 5

    with spoiled(woo, changing(placed["id"], enlarge)):
        Order.objects.update(raw_hash="x", relevant_hash="x")
        read(site)
    publish(site)
    assert woo.stock_of("S1") == 45


@pytest.mark.parametrize(
    "spoil",
    [
        lambda row: row.update(total="a lot"),
        lambda row: row["line_items"].append({"id": 9, "quantity": "many"}),
        lambda row: row.update(date_created_gmt=None),
        lambda row: row.update(shipping_total="9" * 30, total="9" * 30),
    ],
)
def test_units_of_an_order_that_cannot_be_read_are_not_offered(woo, site, spoil):
    placed = woo.place_order([{"sku": "S1", "quantity": 3}])
    with spoiled(woo, changing(placed["id"], spoil)):
        assert read(site).failed == 1
    publish(site)
    assert woo.stock_of("S1") == 47
    assert one(Order).lines.get().quantity == 3
    # trying again from the kept payload changes nothing
    go_again()
    publish(site)
    assert woo.stock_of("S1") == 47
    woo.advance(5)
    read(site)
    assert one(Order).state == "imported" and one(Order).lines.count() == 1
    publish(site)
    assert woo.stock_of("S1") == 47


def test_unreadable_order_that_is_cancelled_takes_nothing_off(woo, site):
    placed = woo.place_order([{"sku": "S1", "quantity": 3}], status="cancelled")
    with spoiled(woo, changing(placed["id"], lambda row: row.update(total="a lot"))):
        assert read(site).failed == 1
    assert not SoldInShop.objects.exists()


def test_units_of_an_order_that_broke_the_import_are_not_offered(woo, site, monkeypatch):
    woo.place_order([{"sku": "S1", "quantity": 3}])
    with monkeypatch.context() as patch:
        patch.setattr(sys.modules["orders.services.import_order"], "choose_customer", lambda *_given: 1 / 0)
        assert read(site).failed == 1
    publish(site)
    assert woo.stock_of("S1") == 47
    go_again()
    publish(site)
    assert (one(Order).state, one(Order).lines.count(), woo.stock_of("S1")) == ("imported", 1, 47)


def test_product_linked_while_its_order_waits_never_shows_the_units_sold(woo, site):
    fresh = woo.add_product(sku="NEW", regular_price="5.00", stock_quantity=9)
    woo.place_order([{"sku": "NEW", "quantity": 4}, {"sku": "S1", "quantity": 1}])
    assert read(site).held == 1
    item = make_item("ERP-NEW", stock=9)
    line = ItemLinkerLine.objects.create(
        linker=linker_of(site), site=site, remote_product_id=str(fresh["id"]), remote_sku="NEW"
    )
    link_line(line, item)
    # before the order has gone again
    publish(site)
    assert (woo.stock_of("NEW"), woo.stock_of("S1")) == (5, 49)
    go_again()
    assert one(Order).state == "imported"
    publish(site)
    assert (woo.stock_of("NEW"), woo.stock_of("S1")) == (5, 49)


def test_kit_takes_its_components_off_and_every_kit_with_them(woo, site):
    box = woo.add_product(sku="SET", regular_price="30.00", stock_quantity=10)
    part = woo.add_product(sku="CUP", regular_price="5.00", stock_quantity=21)
    kit, cup = make_item("SET", item_type=ItemType.KIT), make_item("CUP", stock=21)
    KitComponent.objects.create(kit=kit, component=cup, quantity=D(2))
    link(site, kit, box["id"])
    link(site, cup, part["id"])
    release = unmap_payment(site)
    woo.place_order([{"sku": "SET", "quantity": 3}])
    read(site)
    for _ in range(2):
        publish(site)
        assert (woo.stock_of("CUP"), woo.stock_of("SET")) == (15, 7)
        release()
        go_again()
    assert one(Order).state == "imported"


def test_packs_and_variations_take_their_own_pieces_off(woo, site):
    item, six = Item.objects.get(code="S1"), make_unit("BOX6")
    ItemUnit.objects.create(item=item, unit=six, factor_to_base=D(6))
    pack = woo.add_product(sku="S1-SIX", regular_price="100.00", stock_quantity=8)
    link(site, item, pack["id"], unit=six)
    shirt = woo.add_variable("SHIRT", {"Size": ["L", "S"]}, stock=9)
    for number, code in zip(shirt["variations"], ("SHIRT-L", "SHIRT-S"), strict=True):
        link(site, make_item(code, stock=9), number, parent_id=shirt["id"])
    release = unmap_payment(site)
    woo.place_order(
        [{"sku": "S1-SIX", "quantity": 2}, {"sku": "S1", "quantity": 1}, {"sku": "SHIRT-L", "quantity": 2}]
    )
    read(site)
    for _ in range(2):  # 50 − 12 − 1 = 37 pieces, which are 6 packs of six
        publish(site)
        shown = {sku: woo.stock_of(sku) for sku in ("S1", "S1-SIX", "SHIRT-L", "SHIRT-S")}
        assert shown == {"S1": 37, "S1-SIX": 6, "SHIRT-L": 7, "SHIRT-S": 9}
        release()
        go_again()
    assert one(Order).state == "imported"


@pytest.mark.parametrize(
    "policy,paid,left",
    [("none", True, 50), ("paid", True, 47), ("paid", False, 50), ("all", False, 47)],
)
def test_orders_in_other_statuses_count_as_the_site_says(woo, site, policy, paid, left):
    site.orders_in_other_statuses = policy
    site.remote_statuses_to_import = ["completed"]
    site.save()
    woo.place_order([{"sku": "S1", "quantity": 3}], status="processing" if paid else "pending")
    read(site)
    assert one(Order).state == "skipped"
    publish(site)
    assert woo.stock_of("S1") == left
    woo.advance(5)
    woo.set_order_status(int(one(Order).remote_id), "completed")
    read(site)
    publish(site)
    assert (one(Order).state, woo.stock_of("S1")) == ("imported", 47)


def test_held_units_are_not_offered_in_another_shop_of_the_warehouse(woo, site):
    with WooShop(webhook_delay=None) as second:
        there = make_site(second)
        other = second.add_product(sku="S1", regular_price="19.99", stock_quantity=ON_HAND)
        link(there, Item.objects.get(code="S1"), other["id"])
        far = make_site(second, url=f"{second.url}/far", default_warehouse=make_warehouse("FAR"))
        stock_up(Item.objects.get(code="S1"), make_warehouse("FAR"), 8)
        release = unmap_payment(site)
        woo.place_order([{"sku": "S1", "quantity": 3}])
        read(site)
        push(there)  # asked for by the held order itself
        assert second.stock_of("S1") == 47
        shown = figures(site=far, item_ids=[Item.objects.get(code="S1").pk])
        assert [figure.published for figure in shown.values()] == [8]
        release()
        go_again()
        push(there)
        publish(there)
        assert second.stock_of("S1") == 47


def test_where_the_platform_takes_its_own_orders_off_they_are_not_taken_off_twice(site, monkeypatch):
    """Physical stock: on hand goes out as it is, for the shop subtracts its open orders itself."""
    item = Item.objects.get(code="S1")
    physical = dataclasses.replace(WooCommerceAdapter.capabilities, stock_meaning="physical")
    shown = lambda: figures(site=site, item_ids=[item.pk])[item.pk].published  # noqa: E731
    release = unmap_payment(site)
    line = make_remote().lines[0]
    remote = make_remote(dataclasses.replace(line, sku="S1", quantity=D(3)))
    import_order(site=site, remote=remote)
    assert shown() == 47
    monkeypatch.setattr(WooCommerceAdapter, "capabilities", physical)
    assert shown() == ON_HAND
    release()
    import_order(site=site, remote=remote, force=True)
    assert one(StockBalance).reserved == 3
    assert shown() == ON_HAND
    monkeypatch.undo()
    assert shown() == 47


def test_import_between_the_reads_of_a_figure_never_shows_its_units(woo, site, monkeypatch):
    """The figure is read in several statements, and an import may commit between any two of them."""
    release = unmap_payment(site)
    woo.place_order([{"sku": "S1", "quantity": 3}])
    read(site)
    release()
    item = Item.objects.get(code="S1")
    module = sys.modules["catalog.selectors.stock"]
    before, shown = module.availability, []

    def late(**wanted: Any) -> Any:
        balances = before(**wanted)
        go_again()
        return balances

    monkeypatch.setattr(module, "availability", late)
    shown.append(figures(site=site, item_ids=[item.pk])[item.pk].published)
    monkeypatch.undo()
    assert one(Order).state == "imported"
    shown.append(figures(site=site, item_ids=[item.pk])[item.pk].published)
    assert shown == [47, 47]


@contextmanager
def quantities_sent(woo: WooShop) -> Iterator[list[int]]:
    """Every stock figure that the shop is told while it lasts."""
    answer = woo.app.answer
    told: list[int] = []

    def listening(request: Request) -> Response:
        if request.method == "POST" and request.path.endswith("/products/batch"):
            rows = json.loads(request.body).get("update", [])
            told.extend(int(row["stock_quantity"]) for row in rows if "stock_quantity" in row)
        return answer(request)

    woo.app.answer = listening  # type: ignore[method-assign]
    try:
        yield told
    finally:
        woo.app.answer = answer  # type: ignore[method-assign]


@pytest.mark.django_db(transaction=True)
def test_stock_pushed_while_held_orders_are_imported_never_offers_their_units(woo, product):
    site = make_site(woo)
    item = make_item("S1", stock=ON_HAND)
    link(site, item, product["id"])
    release = unmap_payment(site)
    for _ in range(4):
        woo.place_order([{"sku": "S1", "quantity": 3}])
    read(site)
    release()
    remotes = list(Order.objects.order_by("pk"))

    def push_all() -> None:
        for _ in range(6):
            request_quantities(item_ids=[item.pk], sites=[site], forced=True)
            drain(site.pk, "qty")

    def heal_all() -> None:
        for order in remotes:
            heal_orders(site=site, orders=[order])

    with quantities_sent(woo) as told:
        together([push_all, heal_all])
        push(site)
    assert told and max(told) <= ON_HAND - 12
    assert (woo.stock_of("S1"), one(StockBalance).reserved) == (ON_HAND - 12, 12)


@pytest.mark.parametrize("action", ["reread_orders", "reconcile_orders"])
def test_held_order_that_is_gone_from_the_shop_unnoticed_gives_its_units_back(woo, site, action):
    """Trashed, and no event came: comparing or reading again finds out."""
    unmap_payment(site)
    placed = woo.place_order([{"sku": "S1", "quantity": 3}])
    read(site)
    woo.rest("DELETE", f"/orders/{placed['id']}")
    params = {"remote_ids": [str(placed["id"])], "repair": True}
    with RunReporter(start_run(site_code=site.code, action=action)) as reporter:
        getattr(runs, action)(run=reporter, site=site, params=params)
    reporter.run.refresh_from_db()
    assert (reporter.run.updated, reporter.run.adds_up) == (1, True)
    assert (one(Order).state, SoldInShop.objects.count()) == ("cancelled", 0)


@pytest.mark.django_db(transaction=True)
def test_events_of_cancelled_and_trashed_orders_give_their_units_back(
    woo, product, live_server, settings, monkeypatch
):
    settings.BASE_URL = live_server.url
    monkeypatch.setattr("webhooks.porch.kick", lambda: None)
    cards.clear()
    site = make_site(woo, webhook_integration_enabled=True)
    link(site, make_item("S1", stock=ON_HAND), product["id"])
    act(site, "register_webhooks")
    unmap_payment(site)
    first, second = woo.buy("S1", 3), woo.buy("S1", 2)
    for left, change in (
        (45, lambda: None),
        (48, lambda: woo.set_order_status(first["id"], "cancelled")),
        (ON_HAND, lambda: woo.rest("DELETE", f"/orders/{second['id']}")),
    ):
        woo.advance(5)
        change()
        woo.flush_webhooks()
        assert process_waiting().faults == 0
        push(site)
        assert woo.stock_of("S1") == left
    assert set(Order.objects.values_list("state", flat=True)) == {"cancelled"}


def test_order_left_for_its_status_comes_in_once_the_status_is_imported(woo, site):
    site.remote_statuses_to_import = ["completed"]
    site.save()
    woo.place_order([{"sku": "S1", "quantity": 3}], status="processing")
    assert read(site).counts["skipped"] == 1
    assert read(site).unchanged == 1
    site.remote_statuses_to_import = ["completed", "processing"]
    site.save()
    with RunReporter(start_run(site_code=site.code, action="read_sales_from_date")) as reporter:
        runs.read_sales_from_date(run=reporter, site=site, params={"from_date": "2020-01-01"})
    reporter.run.refresh_from_db()
    assert (reporter.run.created, one(Order).state, SoldInShop.objects.count()) == (1, "imported", 0)


@pytest.mark.parametrize("known_alive", [False, True])
def test_units_of_an_order_cancelled_after_an_ignorant_push_are_taken_off_again(
    site: Site, woo: WooShop, product: dict[str, Any], known_alive: bool
) -> None:
    # given: a figure that is sent while a sale is not known here yet writes the sold units back
    publish(site)
    order = woo.place_order([{"sku": "S1", "quantity": 3}])
    publish(site)
    if known_alive:
        read(site)  # its new figure waits, and the order is cancelled before it is sent
    # when: the shop cancels, and puts the units back a second time
    woo.rest("PUT", f"/orders/{order['id']}", {"status": "cancelled"})
    woo.advance(60)
    assert woo.rest("GET", f"/products/{product['id']}")["stock_quantity"] == ON_HAND + 3
    read(site)
    push(site)
    # then
    assert woo.rest("GET", f"/products/{product['id']}")["stock_quantity"] == ON_HAND


def test_figures_of_an_order_that_is_gone_from_the_shop_go_again(
    site: Site, woo: WooShop, product: dict[str, Any]
) -> None:
    # given: an imported order, whose shop figure somebody else has changed since we sent it
    order = woo.place_order([{"sku": "S1", "quantity": 3}])
    read(site)
    push(site)
    woo.rest("PUT", f"/products/{product['id']}", {"stock_quantity": ON_HAND + 9})
    # when
    cancel_order(site=site, remote_id=str(order["id"]))
    push(site)
    # then
    assert woo.rest("GET", f"/products/{product['id']}")["stock_quantity"] == ON_HAND
