from __future__ import annotations

import pytest

from sandbox.woocommerce import WooShop
from tests.sandbox.client import Api


def test_variations_live_under_their_parent_and_are_found_by_sku_only(shop: WooShop, api: Api) -> None:
    parent = shop.add_variable("SHIRT", {"Color": ["Red", "Blue"], "Size": ["M", "L"]}, price="25.00")
    assert len(parent["variations"]) == 4
    assert [p["id"] for p in api.get("/products").json()] == [parent["id"]]
    found = api.get("/products", sku="SHIRT-RED-M").json()
    assert [(p["type"], p["parent_id"]) for p in found] == [("variation", parent["id"])]
    assert found[0]["permalink"].endswith("/?attribute_color=red&attribute_size=m")
    listed = api.get(f"/products/{parent['id']}/variations", per_page=100).json()
    assert {v["sku"] for v in listed} == {"SHIRT-RED-M", "SHIRT-RED-L", "SHIRT-BLUE-M", "SHIRT-BLUE-L"}


def test_parent_shows_range_and_stock_of_its_children(shop: WooShop, api: Api) -> None:
    parent = shop.add_variable("SHIRT", {"Size": ["M", "L"]}, price="25.00", stock=0)
    assert (parent["price"], parent["stock_status"]) == ("25.00", "outofstock")
    path = f"/products/{parent['id']}"
    api.put(f"{path}/variations/{parent['variations'][0]}", {"regular_price": "20.00", "stock_quantity": 2})
    shown = api.get(path).json()
    assert (shown["price"], shown["stock_status"]) == ("20.00", "instock")
    assert "&ndash;" in shown["price_html"]
    assert api.put(path, {"regular_price": "99.00"}).json()["regular_price"] == ""


def test_variation_change_moves_the_parents_date(shop: WooShop, api: Api) -> None:
    parent = shop.add_variable("SHIRT", {"Size": ["M"]})
    shop.advance(60)
    path = f"/products/{parent['id']}"
    changed = api.put(f"{path}/variations/{parent['variations'][0]}", {"stock_quantity": 5}).json()
    shown = api.get(path).json()
    assert shown["date_modified_gmt"] == changed["date_modified_gmt"] != parent["date_modified_gmt"]


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_product_routes_refuse_variations(shop: WooShop, api: Api, method: str) -> None:
    parent = shop.add_variable("SHIRT", {"Size": ["M"]})
    child = parent["variations"][0]
    answer = api(method, f"/products/{child}", {"regular_price": "1.00"})
    assert (answer.status_code, answer.json()["code"]) == (404, "woocommerce_rest_invalid_product_id")
    batch = api.post("/products/batch", {"update": [{"id": child, "regular_price": "1.00"}]}).json()
    assert batch["update"][0]["error"]["code"] == "woocommerce_rest_invalid_product_id"


def test_batch_moves_a_variation_sent_under_the_wrong_parent(shop: WooShop, api: Api) -> None:
    first = shop.add_variable("A", {"Size": ["M"]})
    second = shop.add_variable("B", {"Size": ["L"]})
    child = first["variations"][0]
    single = api.put(f"/products/{second['id']}/variations/{child}", {"stock_quantity": 1})
    assert single.status_code == 403
    assert single.json()["message"] == "Parent product does not match current variation."
    api.post(f"/products/{second['id']}/variations/batch", {"update": [{"id": child, "stock_quantity": 1}]})
    assert shop.product(first["id"])["variations"] == []
    assert child in shop.product(second["id"])["variations"]
    assert shop.product(child)["parent_id"] == second["id"]


def test_unknown_variation_in_a_batch_is_an_error_of_its_row(shop: WooShop, api: Api) -> None:
    parent = shop.add_variable("A", {"Size": ["M"]})
    rows = [{"id": parent["variations"][0], "stock_quantity": 10}, {"id": 999999, "stock_quantity": 3}]
    body = api.post(f"/products/{parent['id']}/variations/batch", {"update": rows}).json()
    assert body["update"][0]["stock_quantity"] == 10
    assert body["update"][1] == {
        "id": 999999,
        "error": {
            "code": "woocommerce_rest_product_variation_invalid_id",
            "message": "Invalid ID.",
            "data": {"status": 400},
        },
    }


def test_attribute_that_the_parent_lacks_is_dropped_silently(shop: WooShop, api: Api) -> None:
    parent = shop.add_variable("A", {"Size": ["M", "L"]})
    path = f"/products/{parent['id']}/variations"
    body = {"attributes": [{"name": "Size", "option": "L"}, {"name": "Colour", "option": "Red"}]}
    made = api.post(path, {**body, "sku": "A-X", "regular_price": "1.00"})
    assert made.status_code == 201
    assert [(a["name"], a["option"]) for a in made.json()["attributes"]] == [("Size", "L")]


def test_global_attributes_use_term_names(shop: WooShop, api: Api) -> None:
    colour = api.post("/products/attributes", {"name": "Color"}).json()
    api.post(f"/products/attributes/{colour['id']}/terms", {"name": "Dark Red"})
    parent = api.post(
        "/products",
        {
            "name": "Cap",
            "type": "variable",
            "attributes": [{"id": colour["id"], "variation": True, "visible": True, "options": ["Dark Red"]}],
        },
    ).json()
    assert parent["attributes"][0]["slug"] == "pa_color"
    made = api.post(
        f"/products/{parent['id']}/variations",
        {
            "sku": "CAP-RED",
            "regular_price": "9.00",
            "attributes": [{"id": colour["id"], "option": "Dark Red"}],
        },
    ).json()
    assert made["attributes"] == [
        {"id": colour["id"], "name": "Color", "slug": "pa_color", "option": "Dark Red"}
    ]
    line = shop.place_order([{"sku": "CAP-RED", "quantity": 1}])["line_items"][0]
    assert (line["name"], line["parent_name"], line["variation_id"]) == ("Cap - Dark Red", "Cap", made["id"])
    meta = line["meta_data"][0]
    assert (meta["key"], meta["value"]) == ("pa_color", "dark-red")
    assert (meta["display_key"], meta["display_value"]) == ("Color", "Dark Red")


def test_variation_without_own_stock_follows_its_parent(shop: WooShop, api: Api) -> None:
    parent = shop.add_variable("A", {"Size": ["M"]})
    child = parent["variations"][0]
    path = f"/products/{parent['id']}"
    api.put(path, {"manage_stock": True, "stock_quantity": 12})
    shown = api.put(f"{path}/variations/{child}", {"manage_stock": False}).json()
    assert (shown["manage_stock"], shown["stock_quantity"]) == ("parent", 12)
    shop.place_order([{"sku": "A-M", "quantity": 2}])
    assert shop.product(parent["id"])["stock_quantity"] == 10


def test_generate_makes_the_missing_combinations(shop: WooShop, api: Api) -> None:
    parent = shop.add_variable("A", {"Size": ["M"]})
    path = f"/products/{parent['id']}"
    attributes = [{"name": "Size", "variation": True, "visible": True, "options": ["M", "L", "XL"]}]
    api.put(path, {"attributes": attributes})
    assert api.post(f"{path}/variations/generate", {}).json()["count"] == 2
    assert len(api.get(path).json()["variations"]) == 3


def test_thousand_variations_of_250_parents_are_250_calls(shop: WooShop, api: Api) -> None:
    rows = shop.bulk_variable(250, 4)
    assert len(rows) == 1000
    by_parent: dict[int, list[int]] = {}
    for row in rows:
        by_parent.setdefault(row["parent_id"], []).append(row["id"])
    for parent, children in list(by_parent.items())[:10]:
        update = [{"id": child, "stock_quantity": 3} for child in children]
        api.post(f"/products/{parent}/variations/batch", {"update": update})
    assert shop.counters.calls("POST /products/<id>/variations/batch") == 10
    assert shop.counters.batch_total("/products/<id>/variations/batch update") == 40
