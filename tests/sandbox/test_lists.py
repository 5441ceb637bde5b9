from __future__ import annotations

import pytest

from sandbox.woocommerce import WooShop
from tests.sandbox.client import Api, query_of


def ids(answer) -> list[int]:
    return [row["id"] for row in answer.json()]


def test_pages_carry_totals_and_links_and_end_with_an_empty_list(shop: WooShop, api: Api) -> None:
    shop.bulk_simple(25)
    second = api.get("/products", per_page=10, page=2, orderby="id", order="asc")
    assert (second.headers["X-WP-Total"], second.headers["X-WP-TotalPages"]) == ("25", "3")
    links = [part.strip() for part in second.headers["Link"].split(",")]
    assert [link.rpartition("; ")[2] for link in links] == ['rel="prev"', 'rel="next"']
    assert query_of(links[1].split(">")[0])["page"] == "3"
    beyond = api.get("/products", per_page=10, page=4)
    assert (beyond.status_code, beyond.json()) == (200, [])
    assert len(api.get("/products").json()) == 10


def test_order_list_repeats_its_default_status_in_the_link(shop: WooShop, api: Api) -> None:
    shop.add_product(sku="A", regular_price="1.00")
    for _ in range(2):
        shop.place_order([{"sku": "A"}])
    link = api.get("/orders", per_page=1).headers["Link"]
    assert "status%5B0%5D=any" in link


@pytest.mark.parametrize(
    ("params", "name"),
    [
        ({"per_page": 101}, "per_page"),
        ({"per_page": 0}, "per_page"),
        ({"page": 0}, "page"),
        ({"orderby": "colour"}, "orderby"),
        ({"order": "up"}, "order"),
        ({"after": "yesterday"}, "after"),
        ({"context": "secret"}, "context"),
    ],
)
def test_bad_parameters_are_named(api: Api, params: dict, name: str) -> None:
    answer = api.get("/products", **params)
    assert (answer.status_code, answer.json()["code"]) == (400, "rest_invalid_param")
    assert list(answer.json()["data"]["params"]) == [name]
    assert name in answer.json()["data"]["details"]


def test_modified_after_is_strict_and_shop_time_unless_told_gmt(shop: WooShop, api: Api) -> None:
    product = shop.add_product(sku="A")
    stamp_gmt, stamp_local = product["date_modified_gmt"], product["date_modified"]
    clock = shop.app.clock
    assert clock.parse(stamp_local, gmt=True) - clock.parse(stamp_gmt, gmt=True) == 3 * 3600
    second_before = clock.gmt(clock.parse(stamp_gmt, gmt=True) - 1)
    assert ids(api.get("/products", modified_after=stamp_gmt, dates_are_gmt="true")) == []
    assert ids(api.get("/products", modified_after=second_before, dates_are_gmt="true")) == [product["id"]]
    assert ids(api.get("/products", modified_after=stamp_local)) == []
    assert ids(api.get("/products", modified_after=stamp_gmt)) == [product["id"]]
    assert ids(api.get("/products", modified_before=stamp_gmt, dates_are_gmt="true")) == []


def test_after_looks_at_creation(shop: WooShop, api: Api) -> None:
    shop.add_product(sku="A", regular_price="1.00")
    old = shop.place_order([{"sku": "A"}], created_gmt="2026-01-01T10:00:00")
    new = shop.place_order([{"sku": "A"}], created_gmt="2026-01-02T10:00:00")
    assert (old["date_created"], old["date_created_gmt"]) == ("2026-01-01T13:00:00", "2026-01-01T10:00:00")
    assert ids(api.get("/orders", after="2026-01-01T13:00:00")) == [new["id"]]
    assert ids(api.get("/orders", before="2026-01-01T13:00:01")) == [old["id"]]


def test_old_version_ignores_modified_after_silently(shop: WooShop, api: Api) -> None:
    shop.options.version = "3.9.1"
    shop.add_product(sku="A")
    answer = api.get("/products", modified_after="2099-01-01T00:00:00", dates_are_gmt="true")
    assert len(answer.json()) == 1
    assert api.get("/products", orderby="modified").status_code == 400
    assert "brands" not in answer.json()[0]


def test_version_between_knows_modified_after_and_cannot_sort_by_it(shop: WooShop, api: Api) -> None:
    shop.options.version = "6.5.1"
    shop.add_product(sku="A")
    assert api.get("/orders", orderby="modified").status_code == 400
    assert api.get("/products", orderby="modified").status_code == 400
    answer = api.get("/products", modified_after="2099-01-01T00:00:00", dates_are_gmt="true")
    assert answer.json() == []


def test_include_exclude_search_slug_and_sku_lists(shop: WooShop, api: Api) -> None:
    first, second = shop.add_product(name="Red Mug", sku="M1"), shop.add_product(name="Blue Cup", sku="M2")
    assert ids(api.get("/products", include=f"{first['id']},{second['id']}", orderby="include")) in (
        [first["id"], second["id"]],
        [second["id"], first["id"]],
    )
    assert ids(api.get("/products", exclude=first["id"])) == [second["id"]]
    assert ids(api.get("/products", search="mug")) == [first["id"]]
    assert ids(api.get("/products", slug="blue-cup")) == [second["id"]]
    assert set(ids(api.get("/products", sku="m1,M2"))) == {first["id"], second["id"]}
    assert set(ids(api.get("/products", search_sku="m"))) == {first["id"], second["id"]}


def test_product_filters(shop: WooShop, api: Api) -> None:
    food = shop.add_category("Food")
    coffee = shop.add_category("Coffee", parent=food["id"])
    bean = shop.add_product(
        sku="B", regular_price="30.00", sale_price="20.00", categories=[{"id": coffee["id"]}]
    )
    pen = shop.add_product(sku="P", regular_price="5.00", stock_quantity=0, status="draft")
    assert ids(api.get("/products", category=food["id"])) == [bean["id"]]
    assert ids(api.get("/products", on_sale="true")) == [bean["id"]]
    assert ids(api.get("/products", max_price="10")) == [pen["id"]]
    assert ids(api.get("/products", stock_status="outofstock")) == [pen["id"]]
    assert ids(api.get("/products", status="draft")) == [pen["id"]]
    assert ids(api.get("/products", orderby="price", order="asc")) == [pen["id"], bean["id"]]


def test_order_filters(shop: WooShop, api: Api) -> None:
    shop.add_product(sku="A", regular_price="1.00")
    one = shop.place_order([{"sku": "A"}], payment_method="bacs")
    two = shop.place_order(
        [{"sku": "A"}], billing={"last_name": "Zahrani"}, customer={"email": "z@example.com"}
    )
    assert ids(api.get("/orders", status="on-hold")) == [one["id"]]
    assert set(ids(api.get("/orders", status="on-hold,processing"))) == {one["id"], two["id"]}
    params = {"status[0]": "processing", "status[1]": "completed"}
    assert ids(api.get("/orders", **params)) == [two["id"]]
    assert ids(api.get("/orders", customer=two["customer_id"])) == [two["id"]]
    assert ids(api.get("/orders", search="zahrani")) == [two["id"]]
    assert ids(api.get("/orders", orderby="id", order="asc")) == [one["id"], two["id"]]
    assert api.get("/orders", status="lost").status_code == 400


def test_fields_trim_the_answer(shop: WooShop, api: Api) -> None:
    shop.add_product(sku="A", meta_data=[{"key": "k", "value": "v"}])
    row = api.get("/products", _fields="id,sku,meta_data.key").json()[0]
    assert row == {"id": row["id"], "sku": "A", "meta_data": [{"key": "k"}]}


def test_unknown_parameter_is_ignored(shop: WooShop, api: Api) -> None:
    shop.add_product(sku="A")
    assert len(api.get("/products", cache_buster="123").json()) == 1
