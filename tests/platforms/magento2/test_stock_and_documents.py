"""Physical stock from end to end: what leaves or comes back is counted once, whoever tells the shop first."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from erp.models import Item, Warehouse
from erp.services.deliveries import create_delivery, ship_delivery
from orders.models import Order, OrderOutbox
from orders.services.push_outbox import push_outbox
from orders.states import OutboxState
from sandbox.magento2 import Magento2Shop
from sites.models import Site
from tests.contracts.journey_cases import act, drain_all, make_site
from tests.erp.factories import make_warehouse, stock_up
from tests.orders.factories import make_item
from tests.platforms.magento2.bench import MageBench

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def site(shop: Magento2Shop, bench: MageBench) -> Site:
    """A shop and an ERP with 30 mugs, linked."""
    shop.add_product(sku="MUG", price="10.00", stock_quantity=1)
    found = make_site(bench)
    found.update_order_status_to.create(
        document_type="delivery", document_state="shipped", remote_action="ship"
    )
    make_item("MUG", stock=30, sales_price=D("10.00"))
    act(found, "link_items")
    act(found, "update_all_qtys")
    drain_all(found, "qty")
    return found


def sold(shop: Magento2Shop, site: Site, quantity: int) -> Order:
    made = shop.place_order([{"sku": "MUG", "quantity": quantity}])
    act(site, "read_sales")
    return Order.objects.get(site=site, remote_id=str(made["entity_id"]))


def figures_of(shop: Magento2Shop) -> tuple[Decimal, Decimal]:
    """(what lies there, what can be sold) as the shop sees it."""
    return shop.stock_of("MUG"), shop.salable_of("MUG")


def test_sold_pieces_are_taken_off_by_the_shop_alone(shop: Magento2Shop, site: Site) -> None:
    assert figures_of(shop) == (D(30), D(30))
    sold(shop, site, 2)
    drain_all(site, "qty")
    act(site, "update_all_qtys")
    drain_all(site, "qty")

    assert figures_of(shop) == (D(30), D(28))


@pytest.mark.parametrize("first", ["quantity", "shipment"])
def test_shipped_pieces_are_taken_off_once_whichever_message_comes_first(
    shop: Magento2Shop, site: Site, first: str, settings: Any
) -> None:
    order = sold(shop, site, 2)
    assert order.sales_order is not None
    ship_delivery(delivery=create_delivery(order=order.sales_order))
    if first == "quantity":
        drain_all(site, "qty")
        assert shop.stock_of("MUG") == 28
    assert push_outbox() >= 1
    assert not OrderOutbox.objects.exclude(state=OutboxState.DONE).exists()
    drain_all(site, "qty")

    assert figures_of(shop) == (D(28), D(28))


def test_goods_leave_the_source_of_their_warehouse(shop: Magento2Shop, site: Site) -> None:
    here = Warehouse.objects.get()
    there = make_warehouse("JEDDAH")
    for code, warehouse in (("default", here), ("JED", there)):
        site.ecommerce_warehouse_lines.create(remote_location_id=code, warehouse=warehouse)
    stock_up(Item.objects.get(code="MUG"), there, 10)
    drain_all(site, "qty")
    order = sold(shop, site, 2)
    assert order.sales_order is not None

    ship_delivery(delivery=create_delivery(order=order.sales_order, warehouse=there))
    assert push_outbox() >= 1
    drain_all(site, "qty")

    assert (shop.stock_of("MUG"), shop.stock_of("MUG", "JED")) == (D(30), D(8))
    assert shop.salable_of("MUG") == 38
