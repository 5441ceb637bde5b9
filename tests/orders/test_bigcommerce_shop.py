"""The whole way with the BigCommerce adapter over real HTTP, at the sandbox store."""

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
from orders.services.push_outbox import push_outbox
from orders.services.totals import saved_figures
from sandbox.bigcommerce import BigCommerceShop
from sites.models import Site
from tests.orders.factories import count_documents, make_item, make_shop_site, map_payment, one

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def store() -> Iterator[BigCommerceShop]:
    with BigCommerceShop(webhook_delay=None) as shop:
        yield shop


@pytest.fixture
def site(store: BigCommerceShop, db: None) -> Site:
    for code in ("S1", "S2"):
        store.add_product(sku=code, price="19.99", inventory_level=50)
        make_item(code, stock=50)
    site = make_shop_site(
        site_type="bigcommerce",
        url=store.url,
        username=store.client_id,
        password=store.secret,
        access_token=store.key,
        currency=store.options.currency,
        read_orders_from_date=datetime(2020, 1, 1, tzinfo=UTC),
        update_order_status=True,
        read_returns=True,
        return_policy="stage",
    )
    map_payment(site, "gift_certificate")
    lines = site.update_order_status_to
    lines.create(document_type="delivery", document_state="shipped", remote_status="2", remote_action="ship")
    return site


def read(site: Site) -> Run:
    with RunReporter(start_run(site_code=site.code, action="read_sales")) as reporter:
        runs.read_sales(run=reporter, site=site, params={})
    reporter.run.refresh_from_db()
    return reporter.run


def test_orders_go_in_shipments_go_out_and_the_second_time_nothing_moves(
    site: Site, store: BigCommerceShop
) -> None:
    store.add_coupon("ten", "10")
    store.place_order([{"sku": "S1", "quantity": 2}, {"sku": "S2", "quantity": 1}], shipping="25.00")
    store.place_order(
        [{"sku": "S1", "quantity": 3}],
        coupons=["ten"],
        shipping="17.39",
        handling="5.00",
        fees=[{"name": "Protection", "amount": "4.00"}],
        prices_include_tax=True,
        gift_certificate="10.00",
    )
    store.place_order([{"sku": "S2", "quantity": 1}], status=0, payment_status="")

    run = read(site)
    assert (run.found, run.created, run.adds_up) == (2, 2, True), [note.message for note in run.notes.all()]
    for order in Order.objects.select_related("sales_order"):
        assert order.sales_order is not None
        shown = store.order(int(order.remote_id))
        figures = saved_figures(order.sales_order)
        assert figures["grand_total"] == D(shown["total_inc_tax"])
        assert figures["tax_total"] == D(shown["total_tax"])

    first: Any = SalesOrder.objects.order_by("id").first()
    ship_delivery(delivery=create_delivery(order=first), tracking_numbers=["TR9"])
    push_outbox()
    told = Order.objects.get(sales_order=first)
    shown = store.order(int(told.remote_id))
    (shipment,) = store.shipments_of(int(told.remote_id))
    assert (shown["status_id"], shipment["tracking_number"]) == (2, "TR9")

    before = (count_documents(), Order.objects.count(), OrderOutbox.objects.count())
    writes = store.counters.writes
    for _ in range(2):
        run = read(site)
        assert run.created == run.held == run.failed == 0
        push_outbox()
    assert (count_documents(), Order.objects.count(), OrderOutbox.objects.count()) == before
    assert store.counters.writes == writes
    assert store.counters.calls("DELETE *") == 0
    assert ApiCall.objects.filter(site_code=site.code).exists()


def test_refund_in_the_store_is_read_with_its_order(site: Site, store: BigCommerceShop) -> None:
    placed = store.place_order([{"sku": "S1", "quantity": 2}])
    read(site)
    store.advance(5)
    line = store.store.orders[placed["id"]]["_lines"][0]["id"]
    store.refund(placed["id"], {line: 1}, reason="scratched")
    read(site)

    order = one(Order)
    assert order.returns.get().state == "staged" and order.refunded_total == D("22.99")


def test_order_that_is_refunded_in_part_when_it_is_first_seen_is_imported(
    site: Site, store: BigCommerceShop
) -> None:
    placed = store.place_order([{"sku": "S1", "quantity": 3}])
    line = store.store.orders[placed["id"]]["_lines"][0]["id"]
    store.refund(placed["id"], {line: 1})

    run = read(site)

    order = one(Order)
    assert (run.created, order.status_remote, order.refunded_total) == (1, "14", D("22.99"))
    assert order.returns.get().state == "staged"


def test_order_of_an_unknown_product_waits(site: Site, store: BigCommerceShop) -> None:
    store.place_order([{"sku": "OLD-CATALOGUE-77", "quantity": 1, "price": "35.00"}])

    run = read(site)

    assert (run.found, run.held, run.adds_up) == (1, 1, True)
