"""Products, stock, tiers, pictures, attributes, categories: sections 5 to 8 and 18."""

from __future__ import annotations

import base64
import re
from decimal import Decimal
from typing import Any

import pytest

from sandbox.magento1 import Magento1Shop
from tests.sandbox.magento1.client import Rpc, fault_of, soap, soap_fault, soap_login

D = Decimal
NEW: dict[str, Any] = {
    "name": "Mug", "description": "d", "short_description": "s", "weight": "0.3", "status": "1", "visibility": "4",
    "price": "5", "tax_class_id": "2", "website_ids": ["1"],
}  # fmt: skip
PICTURE = base64.b64encode(b"\x89PNG\r\n" + b"0" * 20).decode()


def test_catalogue_calls_take_digits_for_an_id_unless_told(shop: Magento1Shop, rpc: Rpc) -> None:
    first = shop.add_product("FIRST")
    shop.add_product(str(first.id), name="Numeric")

    assert rpc.call("product.info", str(first.id))["sku"] == "FIRST"
    assert rpc.call("product.info", str(first.id), None, None, "sku")["name"] == "Numeric"
    assert rpc.call("product.info", "FIRST")["product_id"] == str(first.id)
    assert fault_of(lambda: rpc.call("product.info", "FIRST", None, None, "id")) == (
        101,
        "Product not exists.",
    )


def test_stock_calls_try_the_sku_first_and_then_the_id(shop: Magento1Shop, rpc: Rpc) -> None:
    first, second = shop.add_product("FIRST"), shop.add_product("SECOND")
    rpc.call("product_stock.update", str(second.id), {"qty": "8", "is_in_stock": "1"})
    assert shop.stock_of("SECOND") == 8
    shop.add_product(str(first.id))
    rpc.call("product_stock.update", str(first.id), {"qty": "3"})

    assert (shop.stock_of("FIRST"), shop.stock_of(str(first.id))) == (D(5), D(3))


def test_text_that_is_no_number_empties_the_shop_silently(shop: Magento1Shop, rpc: Rpc) -> None:
    shop.add_product("A")
    assert rpc.call("product_stock.update", "A", {"qty": "abc"}) is True
    (row,) = rpc.call("product_stock.list", ["A"])

    assert (row["qty"], row["is_in_stock"]) == ("0.0000", 1)


def test_zero_switches_off_and_nothing_switches_on(shop: Magento1Shop, rpc: Rpc) -> None:
    shop.add_product("A")
    seen = []
    for data in ({"qty": "0"}, {"qty": "25"}, {"qty": "25", "is_in_stock": "1"}):
        rpc.call("product_stock.update", "A", data)
        seen.append(rpc.call("product_stock.list", ["A"])[0]["is_in_stock"])

    assert seen == [0, 0, 1]


def test_stock_list_leaves_unknown_skus_out_and_update_refuses_them(shop: Magento1Shop, rpc: Rpc) -> None:
    shop.add_product("A")

    assert [row["sku"] for row in rpc.call("product_stock.list", ["NONE", "A"])] == ["A"]
    assert rpc.call("product_stock.list", ["NONE"]) == []
    assert fault_of(lambda: rpc.call("product_stock.update", "NONE", {"qty": "1"})) == (
        101,
        "Product not exists.",
    )


def test_v1_stock_moves_the_products_date_and_v2_does_not(shop: Magento1Shop, rpc: Rpc) -> None:
    shop.add_product("A")
    session = soap_login(shop)

    def updated() -> str:
        return str(rpc.call("product.info", "A")["updated_at"])

    before = updated()
    shop.advance(60)
    inner = f"<sessionId>{session}</sessionId><product>A</product><data><qty>7</qty></data>"
    _, answer = soap(shop, "catalogInventoryStockItemUpdate", inner)
    assert (answer[0].text, shop.stock_of("A"), updated()) == ("1", D(7), before)
    rpc.call("product_stock.update", "A", {"qty": "8"})
    assert updated() > before


def test_soap_stock_bundle_stops_half_way_and_keeps_what_was_saved(shop: Magento1Shop) -> None:
    for sku in ("A", "B"):
        shop.add_product(sku)
    session = soap_login(shop)

    def push(ids: str, rows: str) -> tuple[str, str]:
        inner = (
            f"<sessionId>{session}</sessionId><productIds>{ids}</productIds><productData>{rows}</productData>"
        )
        return soap_fault(soap(shop, "catalogInventoryStockItemMultiUpdate", inner)[1])

    row = "<item><qty>9</qty></item>"
    assert push("<item>A</item><item>NONE</item><item>B</item>", row * 3) == ("101", "Product not exists.")
    assert (shop.stock_of("A"), shop.stock_of("B")) == (D(9), D(5))
    assert push("<item>A</item><item>B</item>", row)[0] == "103"


def test_soap_product_bundle_goes_through_and_names_numbers_only(shop: Magento1Shop) -> None:
    for sku in ("A", "B"):
        shop.add_product(sku)
    session = soap_login(shop)
    row = "<item><price>9</price></item>"
    inner = (
        f"<sessionId>{session}</sessionId><productIds><item>A</item><item>NONE</item><item>B</item></productIds>"
        f"<productData>{row * 3}</productData><store/><identifierType>sku</identifierType>"
    )
    code, text = soap_fault(soap(shop, "catalogProductMultiUpdate", inner)[1])

    assert (code, text) == ("108", "Product ID 0:\n not_exists")
    assert [shop.store.products[n].value("price") for n in (1, 2)] == ["9", "9"]


def test_lists_have_no_pages_and_use_up_the_memory(shop: Magento1Shop, rpc: Rpc) -> None:
    shop.bulk_simple(30)
    assert len(rpc.call("product.list")) == 30
    shop.options.memory_rows = 20
    with pytest.raises(Exception, match="500"):
        rpc.call("product.list")
    assert len(rpc.call("product.list", {"product_id": {"from": "1", "to": "20"}})) == 20


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("A2", ["A2"]),
        ({"eq": "A1"}, ["A1"]),
        ({"neq": "A1"}, ["A2", "B1"]),
        ({"in": ["A1", "B1", "X"]}, ["A1", "B1"]),
        ({"in": "A1,B1"}, ["A1", "B1"]),
        ({"nin": ["A1"]}, ["A2", "B1"]),
        ({"like": "A%"}, ["A1", "A2"]),
        ({"nlike": "A%"}, ["B1"]),
        ({"regexp": "^[AB]1$"}, ["A1", "B1"]),
        ({"gt": "A1"}, ["A2", "B1"]),
        ({"lteq": "A2"}, ["A1", "A2"]),
        ({"from": "A2", "to": "B0"}, ["A2"]),
        ({"notnull": True}, ["A1", "A2", "B1"]),
        ({"null": True}, []),
        ({"eq": "A1", "like": "%"}, ["A1"]),  # only the first operator counts
        ([{"eq": "A1"}, {"eq": "B1"}], ["A1", "B1"]),  # a list means or
        ({"finset": "B1"}, ["B1"]),
    ],
)
def test_filters(shop: Magento1Shop, rpc: Rpc, condition: Any, found: list[str]) -> None:
    for sku in ("A1", "A2", "B1"):
        shop.add_product(sku)

    assert [row["sku"] for row in rpc.call("product.list", {"sku": condition})] == found


def test_filter_on_what_is_not_there(shop: Magento1Shop, rpc: Rpc) -> None:
    shop.add_product("A")
    shop.place_order([{"sku": "A", "quantity": 1}])

    assert fault_of(lambda: rpc.call("product.list", {"nope": "1"}))[0] == 0
    code, text = fault_of(lambda: rpc.call("order.list", {"nope": "1"}))
    assert code == 1 and text.startswith("SQLSTATE[42S22]") and "SELECT" in text
    rpc.call("customer.create", {"email": "a@b.test", "firstname": "A", "lastname": "B"})
    assert fault_of(lambda: rpc.call("customer.list", {"nope": "1"}))[0] == 101


def test_two_forms_of_time_in_one_product(shop: Magento1Shop, rpc: Rpc) -> None:
    shop.add_product("A")
    told = rpc.call("product.info", "A")

    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+03:00", told["created_at"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", told["updated_at"])
    assert told["price"] == "10.0000" and told["special_price"] is None


def test_product_without_stock_data_is_left_unmanaged(shop: Magento1Shop, rpc: Rpc) -> None:
    number = rpc.call("product.create", "simple", "4", "MUG", NEW, None)
    stock = shop.store.products[number].stock

    assert (stock.manage_stock, stock.use_config_manage_stock) == (False, False)


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (["simple", "4", "", NEW], 102, ""),
        (["toaster", "4", "X", NEW], 104, ""),
        (["simple", "77", "X", NEW], 105, ""),
        (["simple", "4", "X", {**NEW, "name": ""}], 102, 'The value of attribute "Name" must be set'),
        (["simple", "4", "X", {**NEW, "color": "999"}], 102, 'Attribute "color" is invalid.'),
        (["simple", "4", "TAKEN", NEW], 102, 'The value of attribute "SKU" must be unique'),
        (["simple", "4", "X", NEW, "nowhere"], 100, ""),
    ],
)
def test_creation_is_checked(
    shop: Magento1Shop, rpc: Rpc, arguments: list[Any], code: int, text: str
) -> None:
    shop.add_product("TAKEN")
    color = shop.store.attribute("color")
    assert color is not None
    color.options[49] = "Red"

    found = fault_of(lambda: rpc.call("product.create", *arguments))
    assert found[0] == code and text in found[1]


def test_null_is_ignored_and_an_empty_text_clears(shop: Magento1Shop, rpc: Rpc) -> None:
    shop.add_product("A", special_price="7.00")
    rpc.call("product.update", "A", {"special_price": None}, None, "sku")
    assert rpc.call("product.info", "A")["special_price"] == "7.0000"
    rpc.call("product.update", "A", {"special_price": ""}, None, "sku")
    assert rpc.call("product.info", "A")["special_price"] is None


def test_store_views(shop: Magento1Shop, rpc: Rpc) -> None:
    shop.add_product("A")
    rpc.call("product.update", "A", {"name": "اسم", "price": "8"}, "ar", "sku")

    assert rpc.call("product.info", "A", "ar", ["name"], "sku")["name"] == "اسم"
    assert rpc.call("product.info", "A", None, ["name"], "sku")["name"] == "Product A"
    assert rpc.call("product.info", "A", None, ["price"], "sku")["price"] == "8.0000", "prices are global"
    assert fault_of(lambda: rpc.call("product.update", "A", {}, "fr", "sku")) == (
        100,
        "Requested store view not found.",
    )


def test_tier_update_replaces_all_and_takes_unknown_websites_for_all(shop: Magento1Shop, rpc: Rpc) -> None:
    shop.add_product("A")
    tiers = [{"customer_group_id": "2", "website": "moon", "qty": "5", "price": "9"}]
    rpc.call("product_tier_price.update", "A", [{**tiers[0], "qty": "1"}], "sku")
    rpc.call("product_tier_price.update", "A", tiers, "sku")

    assert rpc.call("product_tier_price.info", "A", "sku") == [
        {"customer_group_id": 2, "website": "all", "qty": "5.0000", "price": "9.0000"}
    ]
    assert fault_of(lambda: rpc.call("product_tier_price.update", "NONE", [], "sku"))[0] == 100


def test_option_is_added_again_and_again_and_tells_no_number(shop: Magento1Shop, rpc: Rpc) -> None:
    data = {"label": [{"store_id": ["0"], "value": "Red"}], "order": 0, "is_default": 0}
    assert [rpc.call("product_attribute.addOption", "color", data) for _ in range(2)] == [True, True]

    labels = [row["label"] for row in rpc.call("product_attribute.options", "color")]
    assert labels == ["", "Red", "Red"]


def test_picture_sent_again_is_a_copy(shop: Magento1Shop, rpc: Rpc) -> None:
    shop.add_product("A")
    data = {"file": {"content": PICTURE, "mime": "image/png", "name": "Shirt"}, "types": ["image"]}
    paths = [rpc.call("product_media.create", "A", data, None, "sku") for _ in range(2)]

    assert paths == ["/s/h/shirt.png", "/s/h/shirt_1.png"]
    assert [row["types"] for row in rpc.call("product_media.list", "A", None, "sku")] == [[], ["image"]]
    assert rpc.call("product_media.remove", "A", paths[0], "sku") is True
    assert fault_of(lambda: rpc.call("product_media.remove", "A", paths[0], "sku"))[0] == 103
    bad = {"file": {"content": "!!", "mime": "image/png", "name": "x"}}
    assert fault_of(lambda: rpc.call("product_media.create", "A", bad, None, "sku"))[0] == 102


def test_category_needs_its_sorting_and_takes_use_config(shop: Magento1Shop, rpc: Rpc) -> None:
    data = {"name": "Cups", "is_active": "1", "include_in_menu": "1"}
    assert fault_of(lambda: rpc.call("category.create", "2", data)) == (
        103,
        'Attribute "available_sort_by" is required.',
    )
    full = {**data, "available_sort_by": "use_config", "default_sort_by": "use_config"}
    number = rpc.call("category.create", "2", full)

    (root,) = rpc.call("category.tree")["children"]
    assert [(row["category_id"], row["name"], row["level"]) for row in root["children"]] == [
        (str(number), "Cups", "2")
    ]
    shop.add_product("A")
    assert rpc.call("category.assignProduct", str(number), "A", 3, "sku") is True
    assert [row["sku"] for row in rpc.call("category.assignedProducts", str(number))] == ["A"]
    rpc.call("category.removeProduct", str(number), "A", "sku")
    assert fault_of(lambda: rpc.call("category.removeProduct", str(number), "A", "sku"))[0] == 106
    assert fault_of(lambda: rpc.call("category.info", "99"))[0] == 102
