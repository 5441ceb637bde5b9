"""Which warehouse delivers an order."""

from __future__ import annotations

from decimal import Decimal

import pytest

from erp.models import Delivery, SalesOrder, StockBalance, TaxPlan, TaxPlanLine, Warehouse
from erp.services.sales_orders import cancel_sales_order
from orders.models import Order
from orders.services import import_order
from sites.models import PaymentMethodLine, ShippingItemLine, Site, WarehouseLine
from tests.erp.factories import make_warehouse, stock_up
from tests.orders.factories import make_charge, make_item, make_line, make_remote, make_shop_site, one

pytestmark = pytest.mark.django_db


@pytest.fixture
def places() -> tuple[Warehouse, Warehouse]:
    return make_warehouse("NORTH"), make_warehouse("SOUTH")


@pytest.fixture
def site(places: tuple[Warehouse, Warehouse]) -> Site:
    """Orders leave NORTH if it can, else SOUTH; WEST only publishes stock."""
    made = make_shop_site()
    made.ecommerce_warehouse_lines.all().delete()
    for priority, place in enumerate(places, start=1):
        WarehouseLine.objects.create(site=made, warehouse=place, priority=priority)
    WarehouseLine.objects.create(site=made, warehouse=make_warehouse("WEST"), priority=0, for_orders=False)
    return made


def ordered_from(site: Site, *lines: object) -> str:
    import_order(site=site, remote=make_remote(*lines))  # type: ignore[arg-type]
    warehouse = one(SalesOrder).warehouse
    return str(warehouse.code)


def test_the_first_warehouse_by_priority_delivers_when_it_has_all(
    site: Site, places: tuple[Warehouse, Warehouse]
) -> None:
    item = make_item("A1")
    for place in places:
        stock_up(item, place, Decimal(5))
    assert ordered_from(site, make_line("A1", 5)) == "NORTH"


def test_the_next_one_delivers_when_the_first_has_only_a_part(
    site: Site, places: tuple[Warehouse, Warehouse]
) -> None:
    first, second = make_item("A1"), make_item("B1")
    stock_up(first, places[0], Decimal(9))
    for item in (first, second):
        stock_up(item, places[1], Decimal(9))
    assert ordered_from(site, make_line("A1", 1), make_line("B1", 1)) == "SOUTH"


def test_the_first_one_takes_it_when_none_has_all(site: Site) -> None:
    make_item("A1")
    assert ordered_from(site, make_line("A1", 1)) == "NORTH"


def test_special_handling_of_the_payment_is_written_on_the_sales_order(site: Site) -> None:
    make_item("A1")
    PaymentMethodLine.objects.update(special_handling="Call before delivery")
    import_order(site=site, remote=make_remote(make_line("A1", 1)))
    assert one(SalesOrder).remarks == "Call before delivery"


def test_the_tax_plan_of_a_shipping_line_names_the_code_and_leaves_the_amount(site: Site) -> None:
    make_item("A1")
    plan = TaxPlan.objects.create(code="EXPORT")
    TaxPlanLine.objects.create(tax_plan=plan, tax_code="SHIP15", rate=Decimal(15))
    ShippingItemLine.objects.filter(site=site).update(tax_plan=plan)
    import_order(site=site, remote=make_remote(make_line("A1", 1), charges=(make_charge(),)))
    charge = one(SalesOrder).charges.get()
    assert charge.tax_code == "SHIP15"
    assert (charge.net_amount, charge.tax_amount) == (make_charge().net, make_charge().tax)


def test_location_that_the_shop_names_delivers_before_priority_and_stock_are_asked(
    site: Site, places: tuple[Warehouse, Warehouse]
) -> None:
    stock_up(make_item("A1"), places[0], Decimal(9))
    site.ecommerce_warehouse_lines.filter(warehouse=places[1]).update(remote_location_id="77")
    for location, code in (("77", "SOUTH"), ("unknown", "NORTH")):
        result = import_order(site=site, remote=make_remote(make_line("A1", 1), location_id=location))
        assert result.order is not None and result.order.sales_order is not None
        assert str(result.order.sales_order.warehouse) == str(Warehouse.objects.get(code=code))


def test_lines_part_only_where_the_site_lets_them_and_no_warehouse_has_all(
    site: Site, places: tuple[Warehouse, Warehouse]
) -> None:
    items = [make_item(code) for code in ("A1", "B1", "C1")]
    stock_up(items[0], places[0], Decimal(2))
    stock_up(items[1], places[1], Decimal(2))
    lines = [make_line(code, 2) for code in ("A1", "B1", "C1")]
    for routing, expected in (("whole", ["NORTH"] * 3), ("by_line", ["NORTH", "SOUTH", "NORTH"])):
        site.order_routing = routing
        site.save()
        order = import_order(site=site, remote=make_remote(*lines)).order
        assert order is not None and order.sales_order is not None
        rows = order.sales_order.lines.order_by("line_no")
        assert list(rows.values_list("warehouse__code", flat=True)) == expected
        cancel_sales_order(order=order.sales_order)


def test_two_lines_of_one_item_do_not_promise_the_same_pieces_twice(
    site: Site, places: tuple[Warehouse, Warehouse]
) -> None:
    item = make_item("A1")
    for place in places:
        stock_up(item, place, Decimal(3))
    site.order_routing = "by_line"
    site.save()
    import_order(site=site, remote=make_remote(make_line("A1", 2), make_line("A1", 2)))
    codes = one(SalesOrder).lines.order_by("line_no").values_list("warehouse__code", flat=True)
    assert list(codes) == ["NORTH", "SOUTH"]


def test_each_warehouse_gets_its_own_delivery_and_gives_its_own_stock(
    site: Site, places: tuple[Warehouse, Warehouse]
) -> None:
    first, second = make_item("A1"), make_item("B1")
    stock_up(first, places[0], Decimal(2))
    stock_up(second, places[1], Decimal(2))
    site.order_routing = "by_line"
    site.save()
    site.document_generation_info_lines.update(create_delivery=True)
    import_order(site=site, remote=make_remote(make_line("A1", 2), make_line("B1", 1)))
    deliveries = Delivery.objects.order_by("id")
    assert [delivery.state for delivery in deliveries] == ["shipped", "shipped"]
    left = StockBalance.objects.filter(on_hand__gt=0).values_list("item__code", "warehouse__code", "on_hand")
    assert list(left) == [("B1", "SOUTH", Decimal(1))]
    assert one(Order).documents.filter(document_type="delivery").count() == 2
