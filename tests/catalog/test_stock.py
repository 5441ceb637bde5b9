"""The published figure: each part, and that many items cost no more statements than few."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from catalog.selectors.stock import figures
from catalog.services.sold_units import clear_sold_units, set_sold_units
from erp.models import Item, KitComponent, StockBalance
from erp.models.items import ItemType
from platforms.base import Capabilities
from platforms.woocommerce.adapter import WooCommerceAdapter
from sites.models import Site, WarehouseLine
from tests.catalog.world import make_item, make_site
from tests.erp.factories import line as order_line
from tests.erp.factories import make_confirmed, make_warehouse, stock_up

D = Decimal
pytestmark = pytest.mark.django_db


@pytest.fixture
def site() -> Site:
    return make_site()


def published(site: Site, item: Item) -> Decimal:
    return figures(site=site, item_ids=[item.pk])[item.pk].published


def test_figure_is_on_hand_less_reserved_less_safety_less_buffer_less_sold(site: Site) -> None:
    item = make_item("MUG", stock=100, safety_stock=D(5))
    make_confirmed(order_line(item, quantity=10), warehouse=make_warehouse())
    site.channel_buffer_qty = D(3)
    site.channel_buffer_percent = D(10)
    site.save()
    set_sold_units(site=site, remote_order_id="7", quantities={item.pk: D(2)})

    figure = figures(site=site, item_ids=[item.pk])[item.pk]

    # 100 on hand − 10 reserved − 5 safety = 85; − 3 − 8.5 buffer − 2 sold = 71.5, down to 71
    assert figure.published == D(71)
    assert {part.code: part.amount for part in figure.parts} == {
        "on_hand": D(100),
        "reserved": D(-10),
        "safety": D(-5),
        "buffer": D("-11.5"),
        "sold": D(-2),
        "rounding": D("-0.5"),
    }
    assert sum(part.amount for part in figure.parts) == figure.published


def test_figure_explains_itself_line_by_line(site: Site) -> None:
    item = make_item("MUG", stock=4)
    lines = figures(site=site, item_ids=[item.pk])[item.pk].explain()
    assert lines == ["+ 4  on hand (RUH)", "= 4 to be shown in the shop"]


@pytest.mark.parametrize(
    ("left_out", "expected"),
    [("reserved", 90), ("safety_stock", 85), ("channel_buffer", 83), ("unimported_orders", 82)],
)
def test_a_part_that_the_site_leaves_out_is_not_taken_off(site: Site, left_out: str, expected: int) -> None:
    """100 − 10 reserved − 5 safety − 3 buffer − 2 sold = 80 when everything is taken off."""
    item = make_item("MUG", stock=100, safety_stock=D(5))
    make_confirmed(order_line(item, quantity=10), warehouse=make_warehouse())
    set_sold_units(site=site, remote_order_id="7", quantities={item.pk: D(2)})
    site.channel_buffer_qty = D(3)
    assert published(site, item) == D(80)
    site.qty_formula = [part for part in site.qty_formula if part != left_out]
    assert published(site, item) == D(expected)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"channel_buffer_qty": D(50)}, 0),
        ({"max_published_qty": D(3)}, 3),
        ({"qty_rounding": "nearest", "channel_buffer_qty": D("0.4")}, 7),
        ({"qty_rounding": "exact", "channel_buffer_qty": D("0.4")}, "7.1"),
        ({"qty_rounding": "down"}, 7),
    ],
)
def test_limits_of_the_site_bound_the_figure(site: Site, values: dict[str, Any], expected: Any) -> None:
    item = make_item("OIL", stock="7.5")
    for name, value in values.items():
        setattr(site, name, value)
    assert published(site, item) == D(str(expected))


def test_an_inactive_item_is_shown_as_zero_only_where_the_site_says_so(site: Site) -> None:
    item = make_item("OLD", stock=9, sellable=False)
    assert published(site, item) == D(0)
    site.zero_when_inactive = False
    assert published(site, item) == D(9)


def test_warehouse_lines_share_and_keep_back(site: Site) -> None:
    near, far, shut = make_warehouse("NEAR"), make_warehouse("FAR"), make_warehouse("SHUT")
    item = make_item("MUG")
    for place, quantity in ((near, 10), (far, 20), (shut, 500)):
        stock_up(item, place, quantity)
    WarehouseLine.objects.create(site=site, warehouse=near, buffer=D(2))
    WarehouseLine.objects.create(site=site, warehouse=far, share_percent=D(50))
    WarehouseLine.objects.create(site=site, warehouse=shut, for_stock=False)
    assert published(site, item) == D(18)  # (10 − 2) + 20 × 50 %


def test_safety_stock_of_one_warehouse_never_eats_the_stock_of_another(site: Site) -> None:
    full, empty = make_warehouse("FULL"), make_warehouse("EMPTY")
    item = make_item("MUG", safety_stock=D(5))
    stock_up(item, full, 20)
    StockBalance.objects.create(item=item, warehouse=empty)
    for place in (full, empty):
        WarehouseLine.objects.create(site=site, warehouse=place)
    assert published(site, item) == D(15)


def test_a_kit_has_what_its_scarcest_component_makes_and_loses_what_that_lost(site: Site) -> None:
    kit = make_item("SET", item_type=ItemType.KIT)
    cup, plate = make_item("CUP", stock=20), make_item("PLATE", stock=9)
    KitComponent.objects.create(kit=kit, component=cup, quantity=D(2))
    KitComponent.objects.create(kit=kit, component=plate, quantity=D(1))
    assert published(site, kit) == D(9)
    set_sold_units(site=site, remote_order_id="1", quantities={plate.pk: D(4)})
    assert published(site, kit) == D(5)
    set_sold_units(site=site, remote_order_id="2", quantities={kit.pk: D(1)})
    assert published(site, kit) == D(4)
    assert published(site, cup) == D(18)


def test_services_and_templates_have_no_stock(site: Site) -> None:
    service = make_item("DELIVERY", item_type=ItemType.SERVICE)
    assert published(site, service) == D(0)


def test_units_sold_elsewhere_count_only_when_the_shops_share_the_warehouse(site: Site) -> None:
    other, place = make_site(), make_warehouse()
    item = make_item("MUG", stock=10)
    set_sold_units(site=other, remote_order_id="1", quantities={item.pk: D(1)})
    assert published(site, item) == D(10)
    set_sold_units(site=other, remote_order_id="2", quantities={item.pk: D(2)}, warehouse_id=place.pk)
    assert published(site, item) == D(8)


def test_sold_units_are_replaced_and_cleared_and_are_safe_to_repeat(site: Site) -> None:
    item = make_item("MUG", stock=10)
    for _time in range(2):
        set_sold_units(site=site, remote_order_id="1", quantities={item.pk: D(4)})
    assert published(site, item) == D(6)
    set_sold_units(site=site, remote_order_id="1", quantities={item.pk: D(1)})
    assert published(site, item) == D(9)
    for _time in range(2):
        clear_sold_units(site=site, remote_order_id="1")
    assert published(site, item) == D(10)


def test_a_platform_that_shows_physical_stock_takes_its_own_orders_off_itself(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = make_item("MUG", stock=100)
    own = {"channel": site.code, "warehouse": make_warehouse()}
    make_confirmed(order_line(item, quantity=10), **own)
    make_confirmed(order_line(item, quantity=5), warehouse=make_warehouse())
    set_sold_units(site=site, remote_order_id="7", quantities={item.pk: D(2)})
    assert published(site, item) == D(83)
    physical = Capabilities(push_quantities=True, stock_meaning="physical")
    monkeypatch.setattr(WooCommerceAdapter, "capabilities", physical)
    assert published(site, item) == D(95)


def test_statements_do_not_grow_with_the_items(site: Site, django_assert_num_queries: Any) -> None:
    for place in (make_warehouse("A"), make_warehouse("B")):
        WarehouseLine.objects.create(site=site, warehouse=place)
    few = [make_item(f"FEW{n}").pk for n in range(2)]
    many = [make_item(f"MANY{n}", stock=n, warehouse=make_warehouse("A")).pk for n in range(1, 120)]
    for ids in (few, many):
        with django_assert_num_queries(5):
            assert len(figures(site=site, item_ids=ids)) == len(ids)
