"""Products, variants, stock and categories as the fact sheet has them."""

from __future__ import annotations

from typing import Any

import requests

from sandbox.zid import ZidShop
from tests.sandbox.zid.api import Api


def test_pages_tell_the_next_one(shop: ZidShop, api: Api) -> None:
    shop.bulk_simple(25)

    first = api.get("/v1/products/").json()
    last = api.get("/v1/products/", page=3).json()

    assert (first["count"], len(first["results"]), first["previous"]) == (25, 10, None)
    assert "page=2" in first["next"]
    assert (len(last["results"]), last["next"]) == (5, None)
    assert len(api.get("/v1/products/", page_size=500).json()["results"]) == 25


def test_bulk_takes_fifty_rows_by_id_or_sku_all_or_none(shop: ZidShop, api: Api) -> None:
    rows = shop.bulk_simple(3)

    good = api.patch(
        "/v1/products/", [{"id": rows[0]["id"], "price": 20}, {"sku": rows[1]["sku"], "price": 30}]
    )
    bad = api.patch(
        "/v1/products/", [{"id": rows[0]["id"], "price": 40}, {"id": rows[2]["id"], "sale_price": 99}]
    )
    many = api.patch("/v1/products/", [{"id": rows[0]["id"], "price": 1}] * 51)

    assert [row["price"] for row in good.json()] == [20, 30]
    assert (bad.status_code, bad.json()) == (400, {"sale_price": ["must be lower than price"]})
    assert many.status_code == 400
    assert [str(shop.price_of(row["sku"])) for row in rows] == ["20", "30", "10.00"]


def test_attributes_and_presets_come_before_variants_which_begin_as_drafts(shop: ZidShop, api: Api) -> None:
    parent = shop.add_product(sku="SHIRT", price="25", quantity=9)
    body: dict[str, Any] = {
        "variants": [{"sku": "SHIRT-L", "price": 26, "attributes": [{"slug": "size", "value": {"en": "L"}}]}]
    }
    path = f"/v1/products/{parent['id']}/variants/"
    assert api.post(path, body).status_code == 400
    attribute = api.post(
        "/v1/attributes/", {"name": {"en": "Size"}, "slug": "size", "is_enabled": True}
    ).json()
    assert api.post(path, body).status_code == 400
    assert api.post(f"/v1/attributes/{attribute['id']}/presets/", {"value": {"en": "L"}}).status_code == 201

    made = api.post(path, body).json()

    assert (made["structure"], made["quantity"]) == ("parent", 0)
    (child,) = made["variants"]
    assert (child["structure"], child["parent_id"]) == ("child", parent["id"])
    assert (child["is_draft"], child["is_published"]) == (True, False)
    assert made["options"][0]["choices"] == [{"en": "L"}]
    gone = api.post(path, {"variants": [{"id": child["id"], "is_deleted": True}]}).json()
    assert gone["variants"] == []


def test_sku_is_made_when_absent_and_stands_once(shop: ZidShop, api: Api) -> None:
    made = api.post("/v1/products/", {"name": "قهوة", "price": 10}).json()
    again = api.post("/v1/products/", {"name": "x", "price": 1, "sku": made["sku"]})

    assert made["sku"] and made["name"] == {"ar": "قهوة"}
    assert again.json() == {"sku": ["product with this sku already exists."]}


def test_stock_of_one_location_for_many_products(shop: ZidShop, api: Api) -> None:
    jeddah = shop.add_location("جدة", "Jeddah")["id"]
    rows = shop.bulk_simple(2, stock=5)
    path = f"/v1/locations/{jeddah}/stock-update/"
    row = {"product_id": rows[0]["id"], "available_quantity": 14, "is_infinite": False}

    answer = api.post(path, [row])
    bad = api.post(path, [{**row, "available_quantity": 1}, {**row, "product_id": "unknown"}])
    many = api.post(path, [row] * 51)

    assert (answer.status_code, answer.text) == (200, "")
    assert (bad.status_code, many.status_code) == (400, 400)
    assert (shop.stock_of(rows[0]["sku"], jeddah), shop.stock_of(rows[0]["sku"])) == (14, 19)
    shop.store.locations[jeddah]["is_enabled"] = False
    assert api.post(path, [row]).status_code == 400


def test_stock_on_a_parent_does_nothing(shop: ZidShop, api: Api) -> None:
    parent = shop.add_variable("SHIRT", {"Size": ["M", "L"]}, stock=3)
    row = {"product_id": parent["id"], "available_quantity": 14, "is_infinite": False}

    assert api.post(f"/v1/locations/{shop.location}/stock-update/", [row]).status_code == 200
    assert shop.by_sku("SHIRT")["quantity"] == 0
    assert shop.stock_of("SHIRT-M") == 3


def test_stock_of_one_product_must_be_there_to_be_changed(shop: ZidShop, api: Api) -> None:
    jeddah = shop.add_location("جدة", "Jeddah")["id"]
    product = shop.add_product(sku="MUG", quantity=5)
    path = f"/v1/products/{product['id']}/stocks/"
    row = {"location": jeddah, "available_quantity": 2, "is_infinite": False}

    assert api.patch(path, [row]).status_code == 400
    assert api.post(path, row).status_code == 201
    assert api.patch(path, [{**row, "is_infinite": True, "available_quantity": None}]).status_code == 204
    shown = {stock["location"]["id"]: stock["available_quantity"] for stock in shop.by_sku("MUG")["stocks"]}
    assert shown == {shop.location: 5, jeddah: None}


def test_categories_are_a_tree_written_by_forms(shop: ZidShop, api: Api) -> None:
    base = "/v1/managers/store/categories"

    def form(path: str, **fields: str) -> requests.Response:
        return api.session.post(f"{api.root}{base}{path}", data=fields, timeout=10)

    top = form("/add", **{"name[ar]": "قهوة", "name[en]": "Coffee"}).json()["category"]
    below = form("/add", **{"name[ar]": "بن", "parent_id": str(top["id"])}).json()["category"]
    form(f"/{below['id']}/update", **{"_method": "put", "name[en]": "Beans"})
    hidden = api("PUT", f"{base}/{below['id']}/publishing", {"is_published": "0"})

    tree = api.get(base).json()["categories"]
    assert [row["id"] for row in tree] == [top["id"]]
    assert tree[0]["sub_categories"][0]["names"] == {"ar": "بن", "en": "Beans"}
    assert hidden.json()["category"]["is_published"] is False
    assert (
        api.get(f"{base}/{top['id']}/view").json()["categories"]["id"] == top["id"]
    )  # plural key, one object


def test_categories_of_a_product_are_text_there(shop: ZidShop, api: Api) -> None:
    first, second = (shop.add_category({"ar": name})["id"] for name in ("أ", "ب"))
    product = shop.add_product(sku="MUG")
    path = f"/v1/products/{product['id']}/categories/"

    assert api.patch(f"{path}bulk-add/", {"ids": [first, second]}).status_code == 200
    assert api("DELETE", f"{path}{first}/").status_code == 204
    assert [row["id"] for row in api.get(f"/v1/products/{product['id']}/").json()["categories"]] == [
        str(second)
    ]
