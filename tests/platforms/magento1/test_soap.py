"""The same work through SOAP v2: one call per row, with the columns that its WSDL names."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from ecomsync.common.errors import BadCredentials, NotFound
from platforms.types import (
    CategorySheet,
    ImageSheet,
    InvoiceNotice,
    Outcome,
    Parcel,
    ProductSheet,
    RefundNotice,
    RemoteOrder,
    ShipmentNotice,
    StatusNotice,
)
from sandbox.magento1 import Magento1Shop
from tests.contracts.bench import LONG_AGO, prices, quantities
from tests.platforms.magento1.bench import MagentoBench
from tests.platforms.magento1.test_orders import rows_total
from tests.platforms.magento1.test_products import PNG

D = Decimal
SOAP: dict[str, Any] = {"options": {"door": "soap_v2"}}


@pytest.mark.parametrize("status", [200, 500])
def test_faults_are_read_whatever_status_they_come_with(bench: MagentoBench, status: int) -> None:
    bench.shop.options.soap_fault_status = status
    with bench.adapter(**SOAP) as adapter, pytest.raises(NotFound):
        adapter.get_order("99999999")
    with (
        bench.adapter(credentials=bench.wrong_credentials(), **SOAP) as adapter,
        pytest.raises(BadCredentials),
    ):
        adapter.get_order("1")


@pytest.mark.parametrize("namespace", ["urn:Magento", "urn:OpenMage"])
def test_namespace_is_read_from_the_wsdl(bench: MagentoBench, namespace: str) -> None:
    bench.shop.options.namespace = namespace
    number = bench.order()
    with bench.adapter(**SOAP) as adapter:
        assert adapter.get_order(number).number == number
        assert adapter.get_order(number).number == number

    assert bench.shop.counters.calls("GET /api/v2_soap*") == 1


def test_session_is_renewed(bench: MagentoBench) -> None:
    number = bench.order()
    with bench.adapter(**SOAP) as adapter:
        adapter.get_order(number)
        bench.shop.advance(4000)
        adapter.get_order(number)

    assert bench.shop.counters.calls("CALL /soap login") == 2


def test_orders_of_the_demo_shop_sum_to_their_totals() -> None:
    with (
        Magento1Shop("demo", items=120, orders=40, webhook_delay=None) as shop,
        MagentoBench(shop).adapter(**SOAP) as adapter,
    ):
        found = list(adapter.iter_orders(modified_from=LONG_AGO))

    assert len(found) == 40
    for order in found:
        assert isinstance(order, RemoteOrder)
        assert rows_total(order) == order.totals.grand_total, (
            order.remote_id,
            shop.order(order.remote_id).marks,
        )


def test_stock_and_prices_row_by_row(bench: MagentoBench) -> None:
    products = bench.products(3)
    updates = [*quantities(products, 8)]
    with bench.adapter(**SOAP) as adapter:
        results = adapter.push_quantities(updates)
        bench.fail("refuse_rows", skus=[products[1].sku])
        refused = adapter.push_quantities(quantities(products, 9))
        bench.heal()
        priced = adapter.push_prices(prices(products, "12.00", bench.currency))
        again = adapter.push_prices(prices(products, "12.00", bench.currency))

    assert {one.outcome for one in results} == {Outcome.OK}
    assert [one.outcome for one in refused] == [Outcome.OK, Outcome.REJECTED, Outcome.OK]
    assert [bench.quantity_of(product) for product in products] == [D(9), D(8), D(9)]
    assert {one.outcome for one in priced} == {Outcome.OK}
    assert {one.outcome for one in again} == {Outcome.UNCHANGED}


def test_thousand_quantities_are_forty_calls_and_no_row_is_guessed(bench: MagentoBench) -> None:
    products = bench.products(1000)
    with bench.adapter(**SOAP) as adapter:
        adapter.get_orders([])
        results = adapter.push_quantities(quantities(products, 8))
    counted = bench.shop.counters.snapshot()["by_route"]

    assert {one.outcome for one in results} == {Outcome.OK}
    assert {bench.quantity_of(product) for product in products} == {D(8)}
    assert counted.pop("CALL /soap login") == counted.pop("GET /api/v2_soap/") == 1
    assert counted == {
        "CALL /soap cataloginventory_stock_item.list": 20,
        "POST /soap cataloginventory_stock_item.multiUpdate": 20,
    }


def test_rows_that_cross_zero_or_prove_nothing_go_by_the_product(bench: MagentoBench) -> None:
    products = bench.products(5)
    updates = quantities(products, 8)
    updates[1] = replace(updates[1], quantity=D(0))
    updates[2] = replace(updates[2], sku=products[3].sku)  # a stale SKU of the link
    updates[3] = replace(updates[3], remote_id="999")
    with bench.adapter(**SOAP) as adapter:
        results = adapter.push_quantities(updates)

    assert [one.outcome.value for one in results] == ["ok", "ok", "ok", "rejected", "ok"]
    assert [bench.quantity_of(product) for product in products] == [D(8), D(0), D(8), D(5), D(8)]
    assert bench.shop.counters.calls("POST /soap catalog_product.update") == 3


def test_shop_that_goes_down_in_the_middle_loses_no_answer(bench: MagentoBench) -> None:
    products = bench.products(4)
    with bench.adapter(**SOAP) as adapter:
        bench.shop.faults.add("http_503", path="/api/", method="POST", skip=2)
        results = adapter.push_quantities(quantities(products, 0))  # all cross zero

    assert [one.outcome for one in results] == [Outcome.OK, Outcome.OK, Outcome.RETRY, Outcome.RETRY]


def test_what_goes_back_to_an_order(bench: MagentoBench) -> None:
    bench.shop.add_product("A", stock=9)
    order = bench.shop.place_order([{"sku": "A", "quantity": 2}])
    number = order.increment_id
    with bench.adapter(**SOAP) as adapter:
        invoice = adapter.push_invoice(InvoiceNotice("i", number, "INV-1"))
        parts = (Parcel("1Z"),)
        shipment = adapter.push_shipment(
            ShipmentNotice("s", number, lines=((order.items[0]["item_id"], D(1)),), parcels=parts)
        )
        again = adapter.push_shipment(
            ShipmentNotice("s", number, lines=((order.items[0]["item_id"], D(1)),), parcels=parts)
        )
        refund = adapter.push_refund(RefundNotice("r", number, D("3.00")))
        held = adapter.push_status(StatusNotice("h", number, "holded"))
        (entry,) = adapter.get_returns(number)

    assert {invoice.outcome, shipment.outcome, refund.outcome, held.outcome} == {Outcome.OK}
    assert again.outcome is Outcome.UNCHANGED
    assert (entry.total, entry.our_key) == (D(3), "r")
    assert order.items[0]["qty_shipped"] == D(1)
    assert order.columns["status"] == "holded"


def test_products_pictures_and_categories(bench: MagentoBench) -> None:
    image = ImageSheet("", "ab" * 32, is_main=True, filename="mug.png", content=PNG)
    one = ProductSheet(
        "p", "MUG", "simple", name="كوب", price=D(5), quantity=D(3), barcode="628", images=(image,)
    )
    with bench.adapter(options={"door": "soap_v2", "barcode_attribute": "barcode"}) as adapter:
        (first,) = adapter.push_products([one])
        (category,) = adapter.push_categories([CategorySheet("c", "أكواب")])
        found = list(adapter.iter_products())
        tree = [row.name for row in adapter.iter_categories()]

    product = bench.shop.by_sku("MUG")
    assert product is not None and first.outcome is Outcome.OK
    assert (product.values["barcode"], product.stock.qty, product.stock.is_in_stock) == ("628", D(3), True)
    assert len(product.images) == 1
    assert [(row.sku, row.price, row.quantity) for row in found] == [("MUG", D(5), D(3))]
    assert category.outcome is Outcome.OK and tree == ["أكواب"]
