"""The whole way with the Shopify adapter over real HTTP: linked, sold, shipped, stocked, priced, with nothing done twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from activity.models import Run
from activity.services import RunReporter, start_run
from catalog.services.requests import request_items, request_quantities
from erp.models import Item, ItemAttributeValue, SalesOrder
from erp.models.items import ItemType
from erp.services.deliveries import create_delivery, ship_delivery
from linking.models import ItemLinkerLine
from linking.runs import link_items
from orders import runs
from orders.models import Order, OrderOutbox
from orders.services.push_outbox import push_outbox
from orders.services.totals import saved_figures
from platforms.shopify.ids import gid, number_of
from sandbox.shopify import ShopifyShop
from sites.models import Site
from sites.services.check import check_site
from sync_queues.models import State, UpdateItemRequest
from tests.catalog.world import linker_of, rows_of, work_off
from tests.orders.factories import count_documents, make_item, make_shop_site

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def shop() -> Iterator[ShopifyShop]:
    with ShopifyShop(webhook_delay=None) as running:
        yield running


@pytest.fixture
def site(shop: ShopifyShop, db: None) -> Site:
    for code in ("S1", "S2"):
        shop.add_product(sku=code, price="19.99", stock=50)
        make_item(code, stock=50)
    site = make_shop_site(
        site_type="shopify",
        url=shop.url,
        username=shop.client_id,
        password=shop.secret,
        access_token=shop.token,
        currency=shop.options.currency,
        languages=["en"],
        read_orders_from_date=datetime(2020, 1, 1, tzinfo=UTC),
        update_order_status=True,
        update_quantities=True,
        update_prices=True,
        send_items_to_magento=True,
        create_products=True,
        read_returns=True,
        return_policy="stage",
    )
    site.update_order_status_to.create(
        document_type="delivery", document_state="shipped", remote_status="closed", remote_action="ship"
    )
    linker_of(site)
    return site


def run_of(site: Site, action: str, function: Any) -> Run:
    with RunReporter(start_run(site_code=site.code, action=action)) as reporter:
        function(run=reporter, site=site, params={})
    reporter.run.refresh_from_db()
    return reporter.run


def test_connection_fills_in_what_staff_left_empty(site: Site) -> None:
    site.currency = ""
    site.save()

    assert check_site(site=site).is_ok
    site.refresh_from_db()
    assert site.currency == "SAR"


def test_orders_go_in_shipments_go_out_and_the_second_time_nothing_moves(
    site: Site, shop: ShopifyShop
) -> None:
    shop.place_order(
        [{"sku": "S1", "quantity": 2}, {"sku": "S2", "quantity": 1}],
        shipping={"title": "Post", "price": "20.00"},
    )
    shop.place_order(
        [{"sku": "S1", "quantity": 3}],
        discounts=[{"code": "TEN", "percent": 10}],
        tip="5.00",
        prices_include_tax=True,
    )
    run = run_of(site, "read_sales", runs.read_sales)
    assert (run.found, run.created, run.adds_up) == (2, 2, True), [note.message for note in run.notes.all()]
    for order in Order.objects.select_related("sales_order"):
        assert order.sales_order is not None
        own = shop.totals(gid("Order", order.remote_id))
        figures = saved_figures(order.sales_order)
        assert figures["grand_total"] == own["total"]
        assert figures["tax_total"] == own["tax"]

    first: Any = SalesOrder.objects.order_by("id").first()
    ship_delivery(delivery=create_delivery(order=first), tracking_numbers=["TR9"])
    push_outbox()
    told = Order.objects.get(sales_order=first)
    shown = shop.order(gid("Order", told.remote_id))
    assert shown["fulfillment_status"] == "FULFILLED"
    assert shown["closed_at"]

    before = (count_documents(), Order.objects.count(), OrderOutbox.objects.count())
    writes = shop.counters.writes
    for _ in range(2):
        run = run_of(site, "read_sales", runs.read_sales)
        assert run.created == run.held == run.failed == 0
        push_outbox()
    assert (count_documents(), Order.objects.count(), OrderOutbox.objects.count()) == before
    assert shop.counters.writes == writes


def test_refund_in_the_shop_is_read_with_its_order(site: Site, shop: ShopifyShop) -> None:
    placed = shop.place_order([{"sku": "S1", "quantity": 2}])
    run_of(site, "read_sales", runs.read_sales)
    shop.advance(5)
    shop.refund(placed["id"], lines={"S1": 1})
    run_of(site, "read_sales", runs.read_sales)

    order = Order.objects.get()
    assert order.returns.get().state == "staged"
    assert order.sales_order is not None


def test_catalogue_is_linked_and_its_stock_pushed_in_one_call(site: Site, shop: ShopifyShop) -> None:
    run_of(site, "link_items", link_items)
    lines = {line.remote_sku: line for line in ItemLinkerLine.objects.filter(site=site)}
    row = shop.by_sku("S1") or {}

    assert {line.state for line in lines.values()} == {"linked"}
    assert (
        lines["S1"].remote_product_id,
        lines["S1"].remote_variant_id,
        lines["S1"].remote_inventory_id,
    ) == (
        number_of(row["_product"]),
        number_of(row["id"]),
        number_of(row["_item"]),
    )
    shop.set_stock("S1", 1)
    shop.counters.reset()
    request_quantities(item_ids={line.item_id for line in lines.values()}, sites=[site], forced=True)
    work_off(site, "qty")

    assert {entry.state for entry in rows_of(site, "qty")} == {State.COMPLETED}
    assert (shop.stock_of("S1"), shop.stock_of("S2")) == (50, 50)
    assert shop.counters.calls("POST /graphql/inventorySetQuantities") == 1


def test_new_item_is_created_and_linked_as_the_catalogue_would(site: Site, shop: ShopifyShop) -> None:
    """Else 'Link Items' would make a second line of it."""
    item = make_item("MUG")
    request_items(item_ids=[item.pk])
    work_off(site, "item")
    line = ItemLinkerLine.objects.get(site=site, item=item)
    row = shop.by_sku("MUG") or {}

    assert (line.remote_product_id, line.remote_variant_id) == (
        number_of(row["_product"]),
        number_of(row["id"]),
    )
    assert line.remote_inventory_id == number_of(row["_item"])
    run_of(site, "link_items", link_items)
    assert ItemLinkerLine.objects.filter(site=site, remote_sku="MUG").count() == 1

    writes = shop.counters.writes
    request_items(item_ids=[item.pk])
    work_off(site, "item")
    assert shop.counters.writes == writes


def test_template_and_its_variants_become_one_product(site: Site, shop: ShopifyShop) -> None:
    template = make_item("SHIRT", item_type=ItemType.TEMPLATE)
    for size in ("S", "M"):
        variant = make_item(f"SHIRT-{size}", variant_of=template)
        ItemAttributeValue.objects.create(item=variant, attribute="Size", value=size)
    UpdateItemRequest.objects.all().delete()
    request_items(item_ids=list(Item.objects.filter(variant_of=template).values_list("pk", flat=True)))
    work_off(site, "item")

    assert {row.state for row in rows_of(site, "item")} == {State.COMPLETED}
    small, medium = shop.by_sku("SHIRT-S") or {}, shop.by_sku("SHIRT-M") or {}
    assert small["_product"] == medium["_product"]
    lines = ItemLinkerLine.objects.filter(site=site, remote_product_id=number_of(small["_product"]))
    assert sorted(lines.values_list("remote_variant_id", flat=True)) == sorted(
        ["", number_of(small["id"]), number_of(medium["id"])]
    )
