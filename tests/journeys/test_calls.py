"""How many calls and statements the flows cost, counted at the shop and at the database."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from activity.models import Run
from activity.services import RunReporter
from ecomsync.demo.company import create_site
from ecomsync.demo.processes import SandboxControl
from erp.inputs import MovementInput
from erp.models import Item, MovementType, StockBalance, UnitOfMeasure, Warehouse
from erp.services.stock import post_movements
from orders.models import Order
from sandbox.woocommerce import WooShop
from sites.models import Site
from sites.runs import ACTIONS, load, request_run
from sync_queues.models import State, UpdateQtyRequest
from sync_queues.services.drain import drain

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]


class StatementCounter:
    """Counts what goes to the database; Django's own log stops at 9,000."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        self.count += 1
        return execute(sql, params, many, context)


@contextmanager
def counted_statements() -> Iterator[StatementCounter]:
    counter = StatementCounter()
    with connection.execute_wrapper(counter):
        yield counter


@pytest.fixture
def empty_shop() -> Iterator[WooShop]:
    with WooShop(seed="empty", webhook_delay=None) as shop:
        yield shop


@pytest.fixture
def company() -> None:
    from django.core.management import call_command

    call_command("load_demo_company", verbosity=0)


def act(site: Site, action: str, params: dict[str, Any] | None = None) -> Run:
    """Carry out an action of the site here and now."""
    run = request_run(site=site, action=action, params=params)
    with RunReporter(run) as reporter:
        load(ACTIONS[action].path)(run=reporter, site=site, params=params or {})
    run.refresh_from_db()
    assert run.state == Run.State.FINISHED, run.message
    assert run.adds_up
    return run


def make_items(shop: WooShop, skus: list[str]) -> list[Item]:
    """An ERP item with 100 pieces in Riyadh for each SKU of the shop."""
    unit = UnitOfMeasure.objects.get(code="PCS")
    items = Item.objects.bulk_create(
        [Item(code=sku, name2=sku, base_unit=unit, sales_price=Decimal("10.00")) for sku in skus]
    )
    receive(items, Decimal(100))
    return items


def receive(items: list[Item], quantity: Decimal) -> None:
    warehouse = Warehouse.objects.get(code="RUH")
    post_movements(
        movements=[MovementInput(item, warehouse, quantity, MovementType.RECEIPT) for item in items]
    )


def drain_quantities(site: Site) -> None:
    while UpdateQtyRequest.objects.filter(site=site, state=State.PENDING).exists():
        drain(site.pk, "qty")


def test_a_thousand_changed_simple_quantities_are_ten_calls(empty_shop: WooShop, company: None) -> None:
    empty_shop.bulk_simple(1000, prefix="BULK-", stock=1)
    skus = [product["sku"] for product in empty_shop.rest("GET", "/products", per_page=100)]
    skus = sorted(p.sku for p in empty_shop.store.products.values())
    items = make_items(empty_shop, skus)
    site = create_site(SandboxControl(empty_shop.url))
    act(site, "link_items")
    UpdateQtyRequest.objects.all().delete()
    # when: every one of them changes
    random.Random(3).shuffle(items)
    receive(items, Decimal(7))
    empty_shop.counters.reset()
    drain_quantities(site)
    # then: ten calls of a hundred rows, and nothing else
    assert empty_shop.counters.snapshot()["by_route"] == {"POST /products/batch": 10}
    assert {empty_shop.stock_of(sku) for sku in skus} == {107}
    # and: the same figures again are no call at all
    act(site, "update_all_qtys")
    empty_shop.counters.reset()
    drain_quantities(site)
    assert empty_shop.counters.requests == 0


def test_a_thousand_variations_of_250_parents_are_250_calls(empty_shop: WooShop, company: None) -> None:
    empty_shop.bulk_variable(250, 4, prefix="VAR-", stock=1)
    skus = sorted(p.sku for p in empty_shop.store.products.values() if p.type == "variation")
    assert len(skus) == 1000
    items = make_items(empty_shop, skus)
    site = create_site(SandboxControl(empty_shop.url))
    act(site, "link_items")
    UpdateQtyRequest.objects.all().delete()
    random.Random(4).shuffle(items)
    # in several movements, so that the requests of one parent do not stand beside each other
    for start in range(0, 1000, 100):
        receive(items[start : start + 100], Decimal(5))
    empty_shop.counters.reset()
    drain_quantities(site)
    assert empty_shop.counters.snapshot()["by_route"] == {"POST /products/<id>/variations/batch": 250}
    assert {empty_shop.stock_of(sku) for sku in skus} == {105}


def test_statements_per_order_do_not_grow_with_the_table(company: None) -> None:
    with WooShop(seed="demo", items=120, orders=0, webhook_delay=None) as shop:
        site = create_site(SandboxControl(shop.url))
        act(site, "link_items")
        skus = sorted(p.sku for p in shop.store.products.values() if p.type == "simple")[:4]

        def place(count: int) -> None:
            for _ in range(count):
                shop.place_order([{"sku": sku, "quantity": 1} for sku in skus])

        place(5)
        act(site, "read_sales")
        costs = []
        for size in (20, 60, 20):
            place(size)
            with counted_statements() as statements:
                run = act(site, "read_sales")
            assert run.created == size
            costs.append(statements.count / size)
        assert Order.objects.count() == 105
        assert costs[2] <= costs[0] * 1.1, f"statements per order grew: {costs}"
        assert costs[1] <= 160, f"too many statements per order: {costs}"


def test_statements_per_line_stay_bounded(company: None) -> None:
    with WooShop(seed="demo", items=120, orders=0, webhook_delay=None) as shop:
        site = create_site(SandboxControl(shop.url))
        act(site, "link_items")
        skus = sorted(p.sku for p in shop.store.products.values() if p.type == "simple")
        costs = []
        for lines in (1, 31):
            shop.place_order([{"sku": sku, "quantity": 1} for sku in skus[:lines]])
            with counted_statements() as statements:
                assert act(site, "read_sales").created == 1
            costs.append(statements.count)
        assert (costs[1] - costs[0]) / 30 <= 1.0, f"{costs} statements for 1 and 31 lines"


def test_every_flow_twice_changes_nothing_the_second_time(company: None) -> None:
    with WooShop(seed="demo", items=120, orders=60, webhook_delay=None) as shop:
        site = create_site(SandboxControl(shop.url))
        flows = (
            "link_items",
            "read_sales",
            "read_returns",
            "send_categories",
            "update_all_qtys",
            "update_all_prices",
        )

        def everything() -> None:
            from orders.services.push_outbox import push_outbox

            for flow in flows:
                act(site, flow)
            for kind in ("qty", "price", "item"):
                drain(site.pk, kind)
            while push_outbox():
                pass

        everything()
        everything()
        before = table_sizes()
        shop.counters.reset()
        everything()
        assert shop.counters.writes == 0, shop.counters.snapshot()["by_route"]
        assert table_sizes() == before


def table_sizes() -> dict[str, int]:
    """Rows of every document table."""
    from django.apps import apps

    names = (
        "SalesOrder",
        "SalesOrderLine",
        "Delivery",
        "SalesInvoice",
        "Receipt",
        "SalesReturn",
        "StockMovement",
    )
    return {name: apps.get_model("erp", name)._default_manager.count() for name in names} | {
        "Order": Order.objects.count(),
        "StockBalance": StockBalance.objects.count(),
    }
