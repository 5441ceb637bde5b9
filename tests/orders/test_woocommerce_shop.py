"""The whole way with the WooCommerce adapter over real HTTP, at the sandbox shop."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from activity.models import ApiCall, Run
from activity.services import RunReporter, start_run
from erp.models import SalesOrder
from erp.services.deliveries import create_delivery, ship_delivery
from orders import runs
from orders.models import Order, OrderOutbox
from orders.services.heal import heal_due_orders
from orders.services.push_outbox import push_outbox
from orders.services.totals import saved_figures
from sandbox.woocommerce import WooShop
from sites.models import Site
from tests.orders.factories import count_documents, make_item, make_shop_site, one

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def woo() -> Iterator[WooShop]:
    with WooShop(webhook_delay=None) as shop:
        yield shop


@pytest.fixture
def site(woo: WooShop, db: None) -> Site:
    for code in ("S1", "S2"):
        woo.add_product(sku=code, regular_price="19.99", stock_quantity=50)
        make_item(code, stock=50)
    site = make_shop_site(
        url=woo.url,
        username=woo.key,
        password=woo.secret,
        currency=woo.options.currency,
        read_orders_from_date=datetime(2020, 1, 1, tzinfo=UTC),
        update_order_status=True,
        read_returns=True,
        return_policy="stage",
    )
    lines = site.update_order_status_to
    lines.create(
        document_type="delivery", document_state="shipped", remote_status="completed", remote_action="ship"
    )
    return site


def read(site: Site) -> Run:
    with RunReporter(start_run(site_code=site.code, action="read_sales")) as reporter:
        runs.read_sales(run=reporter, site=site, params={})
    reporter.run.refresh_from_db()
    return reporter.run


def test_orders_go_in_statuses_go_out_and_the_second_time_nothing_moves(site, woo):
    woo.add_coupon("ten", "10")
    woo.place_order([{"sku": "S1", "quantity": 2}, {"sku": "S2", "quantity": 1}])
    woo.place_order(
        [{"sku": "S1", "quantity": 3}],
        coupons=["ten"],
        fees=[{"name": "Gift", "total": "4.00"}, {"name": "Loyal", "total": "-1.50"}],
    )
    run = read(site)
    assert (run.found, run.created, run.adds_up) == (2, 2, True), [note.message for note in run.notes.all()]
    for order in Order.objects.select_related("sales_order"):
        assert order.sales_order is not None
        shown = woo.order(int(order.remote_id))
        figures = saved_figures(order.sales_order)
        assert figures["grand_total"] == D(shown["total"])
        assert figures["tax_total"] == D(shown["total_tax"])
        assert figures["shipping"] == D(shown["shipping_total"])
        assert figures["shipping_tax"] == D(shown["shipping_tax"])

    first: Any = SalesOrder.objects.order_by("id").first()
    ship_delivery(delivery=create_delivery(order=first), tracking_numbers=["TR9"])
    push_outbox()
    told = Order.objects.get(sales_order=first)
    shown = woo.order(int(told.remote_id))
    assert shown["status"] == "completed"
    assert {row["key"]: row["value"] for row in shown["meta_data"]}["_erp_order_no"] == first.number

    before = (count_documents(), Order.objects.count(), OrderOutbox.objects.count())
    writes = woo.counters.writes
    for _ in range(2):
        run = read(site)
        assert run.created == run.updated == run.held == run.failed == 0
        push_outbox()
    assert (count_documents(), Order.objects.count(), OrderOutbox.objects.count()) == before
    assert woo.counters.writes == writes
    assert ApiCall.objects.filter(site_code=site.code).exists()


def test_refund_in_the_shop_is_read_with_its_order(site, woo):
    placed = woo.place_order([{"sku": "S1", "quantity": 2}])
    read(site)
    woo.advance(5)
    woo.refund(placed["id"], amount="5.00", reason="scratched", api_refund=False)
    read(site)
    order = one(Order)
    assert order.returns.get().state == "staged" and order.refunded_total == 5


def test_order_of_an_unknown_product_waits_and_heals(site, woo):
    woo.add_product(sku="FRESH", regular_price="5.00", stock_quantity=9)
    woo.place_order([{"sku": "FRESH", "quantity": 1}])
    assert read(site).held == 1
    make_item("FRESH", stock=9)
    Order.objects.update(heal_at=datetime(2020, 1, 1, tzinfo=UTC))
    calls = woo.counters.requests
    assert heal_due_orders() == {"created": 1}
    assert woo.counters.requests == calls


def test_old_shop_tells_of_a_late_change_of_an_open_order(site, woo):
    woo.options.version = "3.9.1"
    order = woo.place_order([{"sku": "S1", "quantity": 1}])
    assert read(site).created == 1
    woo.advance(90 * 86_400)
    woo.place_order([{"sku": "S2", "quantity": 1}])
    read(site)
    woo.advance(60)
    woo.set_order_status(order["id"], "completed")

    assert read(site).adds_up

    assert Order.objects.get(remote_id=str(order["id"])).status_remote == "completed"
