"""The journeys of every platform, walked at this one's sandbox, and the one of a kit that is sold as a bundle."""

from __future__ import annotations

from decimal import Decimal

from catalog.models import ProductConfig
from erp.models import ItemType, KitComponent, SalesOrderLine, StockReservation
from linking.models import ItemLinkerLine
from orders.models import Order
from orders.states import OrderState
from tests.contracts.journey_cases import JourneyCases, act, drain_all, make_site
from tests.orders.factories import make_item
from tests.platforms.magento2.bench import MageBench

D = Decimal


class TestJourney(JourneyCases):
    """Catalogue, stock, prices, orders, shipments, events."""

    def test_kit_is_made_as_a_bundle_sold_and_reserved_by_its_parts(self, bench: MageBench) -> None:
        site, shop = make_site(bench), bench.shop
        kit = make_item("SET", item_type=ItemType.KIT, sales_price=D("30.00"))
        for code, pieces in (("CUP", 2), ("PLATE", 1)):
            part = make_item(code, stock=10, sales_price=D("12.00"))
            KitComponent.objects.create(kit=kit, component=part, quantity=pieces)
        ProductConfig.objects.create(site=site, item=kit, product_type="bundle")

        act(site, "send_items", items=[kit.pk])
        drain_all(site, "item")
        for action in ("update_all_qtys", "update_all_prices"):
            act(site, action)
        for kind in ("qty", "price"):
            drain_all(site, kind)

        assert set(ItemLinkerLine.objects.filter(site=site).values_list("remote_sku", "remote_kind")) == {
            ("SET", "bundle"),
            ("CUP", "simple"),
            ("PLATE", "simple"),
        }
        assert (shop.price_of("SET"), shop.salable_of("CUP"), shop.phantoms()) == (D(30), D(10), [])

        shop.place_order([{"sku": "SET", "quantity": 2}])
        act(site, "read_sales")

        order = Order.objects.get(site=site)
        assert (order.state, order.proof_ok) == (OrderState.IMPORTED, True), self._why(order)
        line = SalesOrderLine.objects.get(item=kit)
        assert (line.quantity, line.unit_price) == (D(2), D(30))
        held = StockReservation.objects.values_list("item__code", "quantity")
        assert set(held) == {("CUP", D(4)), ("PLATE", D(2))}
        drain_all(site, "qty")
        assert (shop.stock_of("CUP"), shop.salable_of("CUP")) == (D(10), D(6)), (
            "the shop takes its orders off by itself"
        )
