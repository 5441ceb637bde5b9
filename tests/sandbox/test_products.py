from __future__ import annotations

import threading
from typing import Any

import pytest

from sandbox.woocommerce import WooShop
from tests.sandbox.client import Api, Receiver


def test_put_is_partial_and_money_is_text(shop: WooShop, api: Api) -> None:
    made = api.post("/products", {"name": "Mug", "sku": "MUG", "regular_price": "26.50"})
    assert made.status_code == 201
    changed = api.put(f"/products/{made.json()['id']}", {"name": "Cup"}).json()
    assert (changed["name"], changed["regular_price"], changed["price"]) == ("Cup", "26.50", "26.50")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"stock_quantity": 7.5}, 400),
        ({"stock_quantity": "abc"}, 400),
        ({"stock_quantity": None}, 200),
        ({"stock_quantity": -3}, 200),
        ({"regular_price": 12.5}, 400),
        ({"regular_price": "12.50"}, 200),
        ({"status": "gone"}, 400),
        ({"categories": [{"id": "x"}]}, 400),
        ({"name": "n" * 400}, 200),
        ({"name": "قهوة ☕"}, 200),
    ],
)
def test_single_calls_check_types(shop: WooShop, api: Api, body: dict[str, Any], status: int) -> None:
    product = shop.add_product(sku="A", regular_price="1.00", stock_quantity=1)
    answer = api.put(f"/products/{product['id']}", body)
    assert answer.status_code == status
    if status == 400:
        assert answer.json()["code"] == "rest_invalid_param"
        assert set(answer.json()["data"]["params"]) == set(body)


def test_stock_status_follows_quantity_and_backorders(shop: WooShop, api: Api) -> None:
    product = shop.add_product(sku="A", regular_price="1.00", stock_quantity=1)
    path = f"/products/{product['id']}"
    assert api.put(path, {"stock_quantity": 0}).json()["stock_status"] == "outofstock"
    assert api.put(path, {"backorders": "notify"}).json()["stock_status"] == "onbackorder"
    assert api.put(path, {"stock_quantity": 3}).json()["stock_status"] == "instock"
    off = api.put(path, {"manage_stock": False, "stock_status": "outofstock"}).json()
    assert (off["stock_quantity"], off["backorders"], off["stock_status"]) == (None, "no", "outofstock")
    ignored = api.put(path, {"stock_quantity": 9}).json()
    assert ignored["stock_quantity"] is None


def test_global_stock_switch_off_ignores_quantities(shop: WooShop, api: Api) -> None:
    shop.options.manage_stock = False
    made = api.post("/products", {"name": "A", "manage_stock": True, "stock_quantity": 4}).json()
    assert (made["manage_stock"], made["stock_quantity"]) == (False, None)
    assert api.get("/settings/products/woocommerce_manage_stock").json()["value"] == "no"


def test_relative_stock_change(shop: WooShop, api: Api) -> None:
    product = shop.add_product(sku="A", regular_price="1.00", stock_quantity=5)
    assert api.put(f"/products/{product['id']}", {"inventory_delta": -2}).json()["stock_quantity"] == 3


def test_sale_price_not_below_regular_is_erased_also_by_a_lower_regular(shop: WooShop, api: Api) -> None:
    product = shop.add_product(sku="A", regular_price="31.00", sale_price="29.00")
    path = f"/products/{product['id']}"
    assert (product["price"], product["on_sale"]) == ("29.00", True)
    lowered = api.put(path, {"regular_price": "28.00"}).json()
    assert (lowered["sale_price"], lowered["price"], lowered["on_sale"]) == ("", "28.00", False)
    assert api.put(path, {"sale_price": "28.00"}).json()["sale_price"] == ""


def test_null_clears_nothing_and_empty_text_clears(shop: WooShop, api: Api) -> None:
    product = shop.add_product(sku="A", regular_price="31.00", sale_price="29.00")
    path = f"/products/{product['id']}"
    assert api.put(path, {"sale_price": None}).json()["sale_price"] == "29.00"
    cleared = api.put(path, {"sale_price": "", "date_on_sale_from": "", "date_on_sale_to": ""}).json()
    assert (cleared["sale_price"], cleared["price"]) == ("", "31.00")


def test_sale_window_is_used_up_by_the_job_at_shop_midnight(shop: WooShop, api: Api) -> None:
    # Shop time is UTC+3: noon in Riyadh.
    shop.app.clock.set_to(shop.app.clock.parse("2026-03-01T12:00:00"))
    product = shop.add_product(
        sku="A",
        regular_price="30.00",
        sale_price="20.00",
        date_on_sale_from="2026-03-02T00:00:00",
        date_on_sale_to="2026-03-03T23:59:59",
    )
    path = f"/products/{product['id']}"
    assert (product["on_sale"], product["price"]) == (False, "30.00")
    assert product["date_on_sale_from_gmt"] == "2026-03-01T21:00:00"
    shop.advance(86400)
    started = api.get(path).json()
    assert (started["on_sale"], started["price"], started["date_on_sale_from"]) == (True, "20.00", None)
    assert started["date_on_sale_to"] == "2026-03-03T23:59:59"
    shop.advance(2 * 86400)
    ended = api.get(path).json()
    assert (ended["price"], ended["sale_price"], ended["date_on_sale_to"]) == ("30.00", "", None)


def test_lists_replace_when_sent(shop: WooShop, api: Api) -> None:
    first, second = shop.add_category("Coffee"), shop.add_category("Tea")
    product = shop.add_product(sku="A", categories=[{"id": first["id"]}, {"id": second["id"]}])
    path = f"/products/{product['id']}"
    only = api.put(path, {"categories": [{"id": second["id"]}]}).json()
    assert [c["id"] for c in only["categories"]] == [second["id"]]
    assert [c["name"] for c in api.put(path, {"categories": []}).json()["categories"]] == ["Uncategorized"]
    assert api.get(f"/products/categories/{second['id']}").json()["count"] == 0


def test_trash_keeps_the_sku_taken_and_hides_the_product(shop: WooShop, api: Api) -> None:
    product = shop.add_product(sku="OLD", regular_price="1.00")
    path = f"/products/{product['id']}"
    trashed = api.delete(path)
    assert (trashed.status_code, trashed.json()["status"]) == (200, "publish")
    assert api.get("/products").json() == []
    assert api.get("/products", sku="OLD").json() == []
    assert [p["id"] for p in api.get("/products", sku="OLD", status="trash").json()] == [product["id"]]
    taken = api.post("/products", {"name": "New", "sku": "OLD"})
    assert (taken.status_code, taken.json()["code"]) == (400, "woocommerce_rest_product_not_created")
    assert api.delete(path).status_code == 410
    assert api.put(path, {"status": "publish"}).json()["status"] == "publish"
    assert api.delete(path, force="true").status_code == 200
    assert api.delete(path, force="true").status_code == 404
    assert api.post("/products", {"name": "New", "sku": "OLD"}).status_code == 201


def test_same_sku_created_eight_times_at_once_gets_through_once(shop: WooShop) -> None:
    statuses: list[int] = []

    def create() -> None:
        statuses.append(Api(shop).post("/products", {"name": "R", "sku": "RACE"}).status_code)

    threads = [threading.Thread(target=create) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [201, *[400] * 7]
    assert len(Api(shop).get("/products", sku="RACE").json()) == 1


def test_refused_sku_names_its_holder_also_a_variation(shop: WooShop, api: Api) -> None:
    parent = shop.add_variable("SHIRT", {"Size": ["M"]})
    answer = api.post("/products", {"name": "x", "sku": "shirt-m"})
    assert answer.json()["data"] == {
        "status": 400,
        "resource_id": parent["variations"][0],
        "unique_sku": "shirt-m-1",
    }


def test_unknown_ids_are_400_for_put_and_404_otherwise(api: Api) -> None:
    for method, status in (("GET", 404), ("PUT", 400), ("DELETE", 404)):
        answer = api(method, "/products/999", {"name": "x"} if method == "PUT" else None)
        assert (answer.status_code, answer.json()["code"]) == (status, "woocommerce_rest_product_invalid_id")
    unknown = api.get("/nothing")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "rest_no_route")


def test_meta_by_id_changes_that_row_and_by_key_leaves_one(shop: WooShop, api: Api) -> None:
    product = shop.add_product(
        sku="A", meta_data=[{"key": "a", "value": "1"}, {"key": "b", "value": [1, {"x": 2}]}]
    )
    rows = {m["key"]: m for m in product["meta_data"]}
    assert rows["b"]["value"] == [1, {"x": 2}]
    path = f"/products/{product['id']}"
    same = api.put(path, {"meta_data": [{"id": rows["a"]["id"], "value": "2"}]}).json()["meta_data"]
    assert {m["key"]: (m["id"], m["value"]) for m in same}["a"] == (rows["a"]["id"], "2")
    again = api.put(path, {"meta_data": [{"key": "a", "value": "3"}]}).json()["meta_data"]
    assert [m["value"] for m in again if m["key"] == "a"] == ["3"]
    gone = api.put(path, {"meta_data": [{"key": "a", "value": None}]}).json()["meta_data"]
    assert [m["key"] for m in gone] == ["b"]


def test_each_image_source_makes_a_new_media_entry_and_ids_use_one_again(
    shop: WooShop, api: Api, receiver: Receiver
) -> None:
    receiver.content_type, receiver.answer = "image/jpeg", b"jpeg"
    source = {"src": f"{receiver.url}/a.jpg", "alt": "A"}
    first = api.post("/products", {"name": "A", "images": [source]}).json()["images"][0]
    second = api.put("/products/" + str(first["id"] + 1), {"images": [source]}).json()["images"][0]
    assert first["id"] != second["id"]
    assert len(shop.store.media) == 2
    reused = api.post("/products", {"name": "B", "images": [{"id": first["id"]}]}).json()
    assert reused["images"][0]["src"] == first["src"]
    assert len(shop.store.media) == 2
    receiver.status = 404
    bad = api.post("/products", {"name": "C", "images": [source]})
    assert (bad.status_code, bad.json()["code"]) == (400, "woocommerce_product_image_upload_error")
    unknown = api.post("/products", {"name": "C", "images": [{"id": 9999}]})
    assert unknown.json()["code"] == "woocommerce_product_invalid_image_id"


def test_batch_answers_per_row_in_order_without_checks(shop: WooShop, api: Api) -> None:
    held = shop.add_product(sku="HELD", regular_price="10.00", stock_quantity=1)
    answer = api.post(
        "/products/batch",
        {
            "create": [{"name": "New", "sku": "NEW", "regular_price": 12.5}, {"name": "dup", "sku": "HELD"}],
            "update": [{"id": held["id"], "stock_quantity": 7.9}, {"id": 4242, "stock_quantity": 1}],
            "delete": [0, 777],
        },
    )
    body = answer.json()
    assert answer.status_code == 200
    assert body["create"][0]["regular_price"] == "12.5"
    assert (body["create"][1]["id"], body["create"][1]["error"]["code"]) == (0, "product_invalid_sku")
    assert body["update"][0]["stock_quantity"] == 7
    assert body["update"][1]["error"]["data"] == {"status": 400}
    assert [row["id"] for row in body["delete"]] == [777]
    assert shop.counters.batch_total() == 6


def test_batch_counts_all_rows_against_the_limit(api: Api) -> None:
    rows = [{"name": str(i)} for i in range(60)]
    answer = api.post("/products/batch", {"create": rows, "delete": list(range(1, 42))})
    assert (answer.status_code, answer.json()["code"]) == (413, "woocommerce_rest_request_entity_too_large")
    assert api.get("/products").json() == []


def test_batch_update_without_id_breaks_the_call_and_keeps_what_was_done(shop: WooShop, api: Api) -> None:
    product = shop.add_product(sku="A", regular_price="1.00")
    answer = api.post(
        "/products/batch",
        {"update": [{"id": product["id"], "regular_price": "2.00"}, {"regular_price": "3"}]},
    )
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_server_error")
    assert shop.product(product["id"])["regular_price"] == "2.00"


def test_hundred_rows_are_read_and_written_in_one_quick_call(shop: WooShop, api: Api) -> None:
    rows = shop.bulk_simple(1000)
    assert len(api.get("/products", per_page=100).json()) == 100
    update = [{"id": row["id"], "stock_quantity": 9} for row in rows[:100]]
    answer = api.post("/products/batch", {"update": update})
    # Generous: the aim is 0.05 s on a quiet machine.
    assert answer.elapsed.total_seconds() < 1
    assert {row["stock_quantity"] for row in answer.json()["update"]} == {9}
