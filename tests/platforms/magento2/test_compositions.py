"""Bundles and grouped products at the sandbox: made of their parts, followed by orders and stock."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from platforms.magento2.quantities import FOLLOWS_PARTS
from platforms.types import (
    ComponentSheet,
    Outcome,
    PriceUpdate,
    ProductSheet,
    PushResult,
    QuantityUpdate,
    RemoteOrder,
)
from sandbox.magento2 import Magento2Shop
from tests.contracts.bench import LONG_AGO
from tests.platforms.magento2.bench import MageBench
from tests.platforms.magento2.test_mapping_orders import total_of

D = Decimal


def part(sku: str, quantity: str = "1", *, optional: bool = False) -> ComponentSheet:
    return ComponentSheet(sku, sku, D(quantity), f"Part {sku}", optional)


def whole(kind: str, *components: ComponentSheet, **more: Any) -> ProductSheet:
    sheet = ProductSheet("set", "SET", kind, name="Coffee set", price=D("30.00"), components=components)
    return replace(sheet, **more)


def single(sku: str, **more: Any) -> ProductSheet:
    return replace(
        ProductSheet(sku, sku, "simple", name=f"Item {sku}", price=D("10.00"), quantity=D(9)), **more
    )


def options_of(shop: Magento2Shop) -> list[dict[str, Any]]:
    product = shop.by_sku("SET")
    assert product is not None
    return list(product["extension_attributes"]["bundle_product_options"])


def members_of(shop: Magento2Shop) -> dict[str, float]:
    product = shop.by_sku("SET")
    assert product is not None
    return {
        row["linked_product_sku"]: row["extension_attributes"]["qty"]
        for row in product["product_links"]
        if row["link_type"] == "associated"
    }


def attribute(shop: Magento2Shop, code: str) -> str:
    rows = (shop.by_sku("SET") or {})["custom_attributes"]
    return str(next(row["value"] for row in rows if row["attribute_code"] == code))


def pushed(bench: MageBench, *sheets: ProductSheet, **options: str) -> list[PushResult]:
    with bench.adapter(options=options) as adapter:
        return adapter.push_products(list(sheets))


@pytest.fixture
def stocked(bench: MageBench) -> MageBench:
    for sku in ("CUP", "PLATE", "SPOON"):
        bench.shop.add_product(sku=sku, price="10.00", stock_quantity=9)
    return bench


# ---------------------------------------------------------------- bundles


def test_bundle_is_made_with_its_parts_in_one_call_and_not_written_again(bench: MageBench) -> None:
    """The parts of the same call are there before it, wherever they stand."""
    sheets = [whole("bundle", part("CUP", "2"), part("PLATE")), single("CUP"), single("PLATE")]

    first = pushed(bench, *sheets)
    saved = bench.shop.counters.calls("POST /V1/products")
    second = pushed(bench, *sheets)

    assert {result.outcome for result in first} == {Outcome.OK}
    assert {result.outcome for result in second} == {Outcome.UNCHANGED}, second
    assert bench.shop.counters.calls("POST /V1/products") == saved == 3
    rows = [
        (
            row["title"],
            row["required"],
            [(one["sku"], one["qty"], one["is_default"]) for one in row["product_links"]],
        )
        for row in options_of(bench.shop)
    ]
    assert rows == [("Part CUP", True, [("CUP", 2, True)]), ("Part PLATE", True, [("PLATE", 1, True)])]
    assert (attribute(bench.shop, "price_type"), attribute(bench.shop, "sku_type")) == ("1", "1")
    assert bench.shop.price_of("SET") == 30
    with bench.adapter() as adapter:
        listed = {product.sku: product for product in adapter.iter_products()}
    assert (listed["SET"].kind, listed["SET"].is_sellable) == ("bundle", False)


def test_changed_parts_keep_the_options_that_stay(stocked: MageBench) -> None:
    pushed(stocked, whole("bundle", part("CUP", "2"), part("PLATE")))
    kept = options_of(stocked.shop)[0]

    (result,) = pushed(stocked, whole("bundle", part("CUP", "3"), part("SPOON", "6")))

    assert result.outcome is Outcome.OK
    now = {row["product_links"][0]["sku"]: row for row in options_of(stocked.shop)}
    assert {sku: row["product_links"][0]["qty"] for sku, row in now.items()} == {"CUP": 3, "SPOON": 6}
    assert now["CUP"]["option_id"] == kept["option_id"]
    assert now["CUP"]["product_links"][0]["id"] == kept["product_links"][0]["id"]


def test_texts_of_a_bundle_leave_its_parts_alone(stocked: MageBench) -> None:
    pushed(stocked, whole("bundle", part("CUP")))
    before = options_of(stocked.shop)

    (named,) = pushed(stocked, whole("bundle", name="Set for one", components=None))
    (off,) = pushed(stocked, ProductSheet("k", "SET", "bundle", active=False, allow_create=False))

    assert (named.outcome, off.outcome) == (Outcome.OK, Outcome.OK)
    product = stocked.shop.by_sku("SET")
    assert product is not None and (product["name"], product["status"]) == ("Set for one", 2)
    assert options_of(stocked.shop) == before


def test_order_of_a_bundle_at_its_own_price_names_the_bundle_and_reserves_its_parts(
    stocked: MageBench,
) -> None:
    shop = stocked.shop
    pushed(stocked, whole("bundle", part("CUP", "2"), part("PLATE")))
    shop.place_order([{"sku": "SET", "quantity": 2}])

    with stocked.adapter() as adapter:
        (order,) = adapter.iter_orders(modified_from=LONG_AGO)

    assert isinstance(order, RemoteOrder)
    assert [(line.sku, line.quantity, line.subtotal_net) for line in order.lines] == [("SET", D(2), D(60))]
    assert total_of(order) == order.totals.grand_total
    assert (shop.salable_of("CUP"), shop.salable_of("PLATE")) == (D(5), D(7))


def test_bundle_with_a_part_that_may_be_left_out_costs_what_its_parts_cost(stocked: MageBench) -> None:
    (made,) = pushed(stocked, whole("bundle", part("CUP", "2"), part("PLATE", optional=True)))
    stocked.shop.place_order([{"sku": "SET", "quantity": 1}])

    with stocked.adapter() as adapter:
        (order,) = adapter.iter_orders(modified_from=LONG_AGO)

    assert made.outcome is Outcome.OK
    assert attribute(stocked.shop, "price_type") == "0"
    assert [(row["required"], row["type"]) for row in options_of(stocked.shop)] == [
        (True, "select"),
        (False, "checkbox"),
    ]
    assert isinstance(order, RemoteOrder)
    assert order.lines[0].sku == "CUP" and order.lines[0].attributes["Bundle"] == "Coffee set"
    assert total_of(order) == order.totals.grand_total


def test_quantity_of_a_bundle_is_left_to_its_parts_and_its_price_only_where_it_has_one(
    stocked: MageBench,
) -> None:
    (fixed,) = pushed(stocked, whole("bundle", part("CUP")))
    dynamic_sheet = replace(whole("bundle", part("CUP")), sku="DYN", key="dyn")
    (dynamic,) = pushed(stocked, dynamic_sheet, bundle_price="dynamic")
    ids = [fixed.remote_id, dynamic.remote_id]

    with stocked.adapter() as adapter:
        written = stocked.writes
        stock = adapter.push_quantities([QuantityUpdate(number, number, D(4)) for number in ids])
        assert stocked.writes == written
        prices = adapter.push_prices([PriceUpdate(number, number, D("28.00"), "SAR") for number in ids])

    assert [(row.outcome, row.warning) for row in stock] == [(Outcome.UNCHANGED, FOLLOWS_PARTS)] * 2
    assert [row.outcome for row in prices] == [Outcome.OK, Outcome.UNCHANGED]
    assert stocked.shop.price_of("SET") == 28
    assert stocked.shop.phantoms() == []


@pytest.mark.parametrize("kind", ["bundle", "grouped"])
def test_missing_and_unfit_parts_are_named_and_hold_up_no_other(stocked: MageBench, kind: str) -> None:
    stocked.shop.add_variable("SHIRT", {"Size": ["M"]})
    stocked.shop.faults.add("batch_fail", path="/rest/", skus=["FORK"])
    sheets = [
        whole(kind, part("NOWHERE")),
        whole(kind, part("SHIRT"), key="b", sku="SET-B"),
        whole(kind, part("FORK"), key="c", sku="SET-C"),
        whole(kind, part("CUP"), key="d", sku="SET-D"),
        single("FORK"),
    ]

    results = {result.key: result for result in pushed(stocked, *sheets)}

    assert (results["set"].code, results["b"].code, results["c"].code) == (
        "no_part",
        "part_kind",
        "part_failed",
    )
    assert "NOWHERE" in results["set"].message and results["set"].cure
    assert results["c"].outcome is Outcome.RETRY
    assert results["d"].outcome is Outcome.OK
    assert stocked.shop.by_sku("SET") is None


# ---------------------------------------------------------------- groups


def test_group_shows_its_members_and_keeps_the_links_of_the_staff(stocked: MageBench) -> None:
    shop = stocked.shop
    sheet = whole("grouped", part("CUP", "2"), part("PLATE"))
    (made,) = pushed(stocked, sheet)
    link = {
        "sku": "SET",
        "link_type": "related",
        "linked_product_sku": "SPOON",
        "linked_product_type": "simple",
    }
    product = shop.by_sku("SET")
    assert product is not None
    shop.rest("PUT", "/V1/products/SET", {"product": {"product_links": [*product["product_links"], link]}})

    (same,) = pushed(stocked, sheet)
    (changed,) = pushed(stocked, whole("grouped", part("CUP", "4"), part("SPOON", optional=True)))
    (again,) = pushed(stocked, whole("grouped", part("CUP", "4"), part("SPOON", optional=True)))

    assert [row.outcome for row in (made, same, changed, again)] == [
        Outcome.OK,
        Outcome.UNCHANGED,
        Outcome.OK,
        Outcome.UNCHANGED,
    ]
    assert members_of(shop) == {"CUP": 4, "SPOON": 0}
    linked = shop.by_sku("SET")
    assert linked is not None
    assert [
        row["linked_product_sku"] for row in linked["product_links"] if row["link_type"] == "related"
    ] == ["SPOON"]


def test_group_has_neither_price_nor_stock_and_orders_name_its_members(stocked: MageBench) -> None:
    (made,) = pushed(stocked, whole("grouped", part("CUP", "2"), part("PLATE")))
    stocked.shop.place_order([{"sku": "SET", "quantity": 1}])

    with stocked.adapter() as adapter:
        written = stocked.writes
        (stock,) = adapter.push_quantities([QuantityUpdate("k", made.remote_id, D(4))])
        (price,) = adapter.push_prices([PriceUpdate("k", made.remote_id, D(5), "SAR")])
        (order,) = adapter.iter_orders(modified_from=LONG_AGO)

    assert (stock.outcome, price.outcome, stocked.writes) == (Outcome.UNCHANGED, Outcome.UNCHANGED, written)
    assert isinstance(order, RemoteOrder)
    assert [(line.sku, line.quantity) for line in order.lines] == [("CUP", D(2)), ("PLATE", D(1))]
    assert total_of(order) == order.totals.grand_total


def test_kit_that_is_sold_as_one_thing_is_no_bundle_of_the_shop(stocked: MageBench) -> None:
    pushed(stocked, whole("bundle", part("CUP")))

    (result,) = pushed(stocked, single("SET"))

    assert (result.outcome, result.code) == (Outcome.REJECTED, "kind_mismatch")
