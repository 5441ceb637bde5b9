"""Shipping of the shop on the documents: every cost calculation, and what is left goes to the fee item."""

from __future__ import annotations

from decimal import Decimal

import pytest

from erp.models import SalesOrder
from orders.models import Order, OrderHold
from orders.services.import_order import import_order
from orders.states import ImportOutcome
from tests.orders.factories import (
    make_charge,
    make_item,
    make_remote,
    make_service,
    make_shop_site,
    map_shipping,
    one,
)

pytestmark = pytest.mark.django_db
D = Decimal


def charges() -> list[tuple[str, Decimal, Decimal]]:
    rows = one(SalesOrder).charges.order_by("line_no")
    return [(row.service_item.code, row.net_amount, row.tax_amount) for row in rows]


@pytest.mark.parametrize(
    "calculation,value,expected",
    [
        ("as_charged", 0, [("SHIP", D(20), D(3))]),
        ("free", 0, [("FEE", D(20), D(3))]),
        ("fixed", 12, [("SHIP", D(12), D("1.80")), ("FEE", D(8), D("1.20"))]),
        ("fixed", 25, [("SHIP", D(25), D("3.75")), ("FEE", D(-5), D("-0.75"))]),
        ("percent", "33.33", [("SHIP", D("6.67"), D("1.00")), ("FEE", D("13.33"), D("2.00"))]),
    ],
)
def test_shipping_item_bears_what_the_row_says_and_the_sum_stays_the_shops(calculation, value, expected):
    site = make_shop_site(fee_item=make_service("FEE"))
    make_item("A1", stock=5)
    map_shipping(site, "flat_rate", cost_calculation=calculation, value=value)
    remote = make_remote()
    assert import_order(site=site, remote=remote).outcome == ImportOutcome.CREATED
    assert charges() == expected
    assert one(SalesOrder).grand_total == remote.totals.grand_total and one(Order).proof_ok


def test_rest_of_the_shipping_without_a_fee_item_is_held():
    site = make_shop_site()
    make_item("A1", stock=5)
    map_shipping(site, "flat_rate", cost_calculation="free")
    assert import_order(site=site, remote=make_remote()).outcome == ImportOutcome.HELD
    assert one(OrderHold).code == "missing_fee_item"


def test_two_ways_of_shipping_on_one_order_each_have_their_row():
    site = make_shop_site()
    make_item("A1", stock=5)
    pickup = map_shipping(site, "pickup")
    pickup.service_item = make_service("PICK")
    pickup.save()
    two = (make_charge(net="20", code="courier"), make_charge(net="3", code="pickup"))
    import_order(site=site, remote=make_remote(charges=two))
    assert [row[0] for row in charges()] == ["SHIP", "PICK"]
    assert one(Order).proof_ok


def test_shipping_that_nobody_mapped_is_held():
    site = make_shop_site()
    make_item("A1", stock=5)
    site.shipping_items.all().delete()
    map_shipping(site, "pickup")
    assert import_order(site=site, remote=make_remote()).outcome == ImportOutcome.HELD
    assert (one(OrderHold).code, one(OrderHold).subject) == ("unmapped_shipping", "flat_rate")
