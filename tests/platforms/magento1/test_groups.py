"""Grouped products at the sandbox: made with their members, and only what differs is written."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from platforms.magento1.prices import MEMBERS_PRICES
from platforms.types import ComponentSheet, Outcome, PriceUpdate, ProductSheet
from sandbox.magento1 import Magento1Shop
from tests.platforms.magento1.bench import MagentoBench

D = Decimal


def member(sku: str, quantity: str = "1", *, optional: bool = False) -> ComponentSheet:
    return ComponentSheet(sku, sku, D(quantity), f"Item {sku}", optional)


def group(*members: ComponentSheet, **more: Any) -> ProductSheet:
    sheet = ProductSheet("set", "SET", "grouped", name="Coffee set", active=True, components=members)
    return replace(sheet, **more)


def single_of(sku: str) -> ProductSheet:
    return ProductSheet(sku, sku, "simple", name="Fork", price=D(3))


def members_of(shop: Magento1Shop) -> dict[str, str]:
    return {row["sku"]: row["qty"] for row in shop.rpc("product_link.list", "grouped", "SET", "sku")}


@pytest.fixture
def stocked(bench: MagentoBench) -> MagentoBench:
    for sku in ("CUP", "PLATE", "SPOON"):
        bench.shop.add_product(sku, price="10.00", stock=9)
    return bench


@pytest.mark.parametrize("door", ["xmlrpc", "soap_v2"])
def test_group_is_made_with_its_members_and_not_written_again(stocked: MagentoBench, door: str) -> None:
    sheets = [
        group(member("CUP", "2"), member("TRAY")),
        ProductSheet("t", "TRAY", "simple", name="Tray", price=D(7)),
    ]
    options = {"door": door}
    with stocked.adapter(options=options) as adapter:
        first = adapter.push_products(sheets)
        written = stocked.writes
        second = adapter.push_products(sheets)

    product = stocked.shop.by_sku("SET")
    assert product is not None
    assert {result.outcome for result in first} == {Outcome.OK} and first[0].warning == ""
    assert {result.outcome for result in second} == {Outcome.UNCHANGED}
    assert stocked.writes == written
    assert (product.type, product.values["status"], product.stock.is_in_stock) == ("grouped", "1", True)
    assert members_of(stocked.shop) == {"CUP": "2.0000", "TRAY": "1.0000"}


def test_changed_members_are_set_and_others_taken_away_and_other_links_stay(stocked: MagentoBench) -> None:
    shop = stocked.shop
    with stocked.adapter() as adapter:
        adapter.push_products([group(member("CUP", "2"), member("PLATE"))])
        shop.rpc("product_link.assign", "related", "SET", "SPOON", {}, "sku")
        (result,) = adapter.push_products([group(member("CUP", "3"), member("SPOON", optional=True))])

    assert result.outcome is Outcome.OK
    assert members_of(shop) == {"CUP": "3.0000", "SPOON": "0.0000"}
    assert [row["sku"] for row in shop.rpc("product_link.list", "related", "SET", "sku")] == ["SPOON"]


def test_missing_and_unfit_members_are_named(stocked: MagentoBench) -> None:
    stocked.shop.add_configurable("SHIRT", {"color": ["Red"]})
    sheets = [
        group(member("NOWHERE")),
        group(member("SHIRT"), key="b", sku="SET-B"),
        group(member("CUP"), key="c", sku="SET-C"),
        ProductSheet("d", "SET-C", "simple", name="No group"),
    ]
    with stocked.adapter() as adapter:
        found = {result.key: result for result in adapter.push_products(sheets[:3])}
        (mismatch,) = adapter.push_products(sheets[3:])

    assert (found["set"].code, found["b"].code, found["c"].outcome) == ("no_part", "part_kind", Outcome.OK)
    assert mismatch.code == "kind_mismatch"
    assert stocked.shop.by_sku("SET") is None


def test_member_that_was_refused_holds_the_group_up(stocked: MagentoBench) -> None:
    refused = ProductSheet("f", "FORK", "simple", name="Fork", price=D(3), fields={"tax_class_id": "77"})
    with stocked.adapter() as adapter:
        results = adapter.push_products([group(member("FORK")), refused])
        (early, _) = adapter.push_products([group(member("K" * 70), sku="SET-L"), single_of("K" * 70)])

    assert (results[0].outcome, results[0].code) == (Outcome.RETRY, "part_failed")
    assert results[1].outcome is Outcome.REJECTED
    assert (early.outcome, early.code) == (Outcome.RETRY, "part_failed")
    assert stocked.shop.by_sku("SET-L") is None


def test_price_of_a_group_is_left_to_its_members(stocked: MagentoBench) -> None:
    with stocked.adapter() as adapter:
        (made,) = adapter.push_products([group(member("CUP"))])
        written = stocked.writes
        (result,) = adapter.push_prices([PriceUpdate("k", made.remote_id, D(5), stocked.currency)])

    assert (result.outcome, result.warning) == (Outcome.UNCHANGED, MEMBERS_PRICES)
    assert stocked.writes == written
