"""Products, variants, stock, price lists and categories as the fact sheet has them."""

from __future__ import annotations

from sandbox.bigcommerce import BigCommerceShop
from tests.sandbox.bigcommerce.api import Api

GLOVES = {
    "name": "Gants",
    "type": "physical",
    "weight": 0.2,
    "price": 30.5,
    "sku": "GANT",
    "is_visible": True,
    "availability": "available",
    "inventory_tracking": "variant",
    "custom_fields": [{"name": "Norme", "value": "EN388"}],
    "images": [{"image_url": "https://cdn.example.test/gants.jpg", "is_thumbnail": True}],
    "variants": [
        {
            "sku": "GANT-M-NOIR",
            "upc": "3760000000011",
            "option_values": [{"option_display_name": "Taille", "label": "M"}],
        },
        {
            "sku": "GANT-L-NOIR",
            "price": 31.0,
            "option_values": [{"option_display_name": "Taille", "label": "L"}],
        },
    ],
}


def test_product_of_the_fact_sheet(api: Api) -> None:
    made = api.post("v3/catalog/products", GLOVES).json()["data"]
    shown = api.get(f"v3/catalog/products/{made['id']}", include="variants,images,options").json()["data"]

    assert made["base_variant_id"] is None
    assert [(v["sku"], v["price"], v["calculated_price"]) for v in shown["variants"]] == [
        ("GANT-M-NOIR", None, 30.5),
        ("GANT-L-NOIR", 31, 31),
    ]
    assert [value["label"] for value in shown["options"][0]["option_values"]] == ["M", "L"]
    assert shown["images"][0]["is_thumbnail"] is True


def test_what_is_asked_for_and_what_stands_once(api: Api) -> None:
    missing = api.post("v3/catalog/products", {"name": "X"})
    api.post("v3/catalog/products", GLOVES)
    same_name = api.post("v3/catalog/products", {**GLOVES, "sku": "OTHER", "variants": []})
    same_sku = api.post(
        "v3/catalog/products", {**GLOVES, "name": "Autre", "sku": "gant-m-noir", "variants": []}
    )

    assert missing.status_code == 422 and set(missing.json()["errors"]) == {"type", "weight", "price"}
    assert (same_name.status_code, same_sku.status_code) == (409, 409)


def test_batch_of_products_has_ten_rows_and_no_variants(shop: BigCommerceShop, api: Api) -> None:
    rows = shop.bulk_simple(11)
    eleven = api.put("v3/catalog/products", [{"id": row["id"], "price": 3} for row in rows])
    variants = api.put("v3/catalog/products", [{"id": rows[0]["id"], "variants": []}])
    bad = api.put(
        "v3/catalog/products", [{"id": rows[0]["id"], "price": 3}, {"id": rows[1]["id"], "price": "x"}]
    )

    assert eleven.status_code == 413
    assert eleven.json() == {
        "status": 413,
        "title": "The request payload is too large. The maximum items allowed in the array is 10.",
        "type": eleven.json()["type"],
        "errors": {},
    }
    assert variants.status_code == bad.status_code == 422
    assert str(shop.price_of(rows[0]["sku"])) == "10.00"  # the whole batch was refused


def test_batch_of_variants_names_its_bad_rows(shop: BigCommerceShop, api: Api) -> None:
    rows = shop.bulk_variable(1, 3)
    answer = api.put("v3/catalog/variants", [{"id": rows[0]["id"], "price": 3}, {"id": 999_999, "price": 3}])

    assert answer.status_code == 422
    assert [row["instance"] for row in answer.json()["batch_errors"]] == ["/999999"]
    assert str(shop.price_of(rows[0]["sku"])) == "10.00"
    assert api.put("v3/catalog/variants", [{"id": rows[0]["id"]}] * 51).status_code == 413


def test_base_variant_of_a_simple_product_is_the_product(shop: BigCommerceShop, api: Api) -> None:
    product = shop.add_product(sku="MUG", price="10.00", inventory_level=4)
    api.put("v3/catalog/variants", [{"id": product["base_variant_id"], "price": 12.5}])

    shown = api.get(f"v3/catalog/products/{product['id']}").json()["data"]
    assert shown["price"] == 12.5
    assert api.get("v3/catalog/variants", sku="MUG").json()["data"][0]["inventory_level"] == 4


def test_lists_have_operators_and_pages(shop: BigCommerceShop, api: Api) -> None:
    shop.bulk_simple(260)
    page = api.get("v3/catalog/products", limit=250, page=2).json()
    named = api.get(
        "v3/catalog/products", **{"sku:in": "BULK-00003,BULK-00009"}, include_fields="sku"
    ).json()["data"]

    assert (len(page["data"]), page["meta"]["pagination"]["total_pages"]) == (10, 2)
    assert [set(row) for row in named] == [{"id", "sku"}] * 2
    assert api.get("v3/catalog/products", include="options").json()["meta"]["pagination"]["per_page"] == 10


def test_a_day_without_time_gets_the_time_of_now(shop: BigCommerceShop, api: Api) -> None:
    shop.app.clock.set_to(1_793_620_800 + 3600)
    shop.app.clock.freeze()
    shop.add_product(sku="EARLY")
    shop.advance(3600)
    day = "2026-11-02"

    assert api.get("v3/catalog/products", **{"date_modified:min": day}).json()["data"] == []
    assert (
        len(api.get("v3/catalog/products", **{"date_modified:min": f"{day}T00:00:00Z"}).json()["data"]) == 1
    )


# ---------------------------------------------------------------- stock


def test_adjustment_is_taken_whole_and_counts_later(shop: BigCommerceShop, api: Api) -> None:
    product = shop.add_product(sku="MUG", inventory_level=4)
    item = {"location_id": 1, "product_id": product["id"], "quantity": 9}
    body = {"reason": "ERP", "items": [item]}
    route = "v3/inventory/adjustments/absolute"

    assert len(api.put(route, body).json()["transaction_id"]) == 36
    assert api.get(f"v3/catalog/products/{product['id']}").json()["data"]["inventory_level"] == 4
    shop.advance(2)
    assert api.get(f"v3/catalog/products/{product['id']}").json()["data"]["inventory_level"] == 9

    bad = api.put(route, {"items": [item, {"location_id": 1, "product_id": 999, "quantity": 1}]})
    assert bad.status_code == 422 and "product_id 999" in bad.json()["title"]
    assert api.put(route, {"items": [item] * 2001}).status_code == 413


def test_items_are_addressed_as_their_stock_is_tracked(shop: BigCommerceShop, api: Api) -> None:
    simple = shop.add_product(sku="MUG", inventory_level=4)
    shirt = shop.add_variable("SHIRT", {"Size": ["M"]})
    route = "v3/inventory/adjustments/absolute"

    def title(**item: object) -> str:
        return str(
            api.put(route, {"items": [{"location_id": 1, "quantity": 1, **item}]}).json().get("title", "")
        )

    variant = simple["base_variant_id"]
    assert (
        title(variant_id=variant)
        == f"[Item with variant_id {variant} is tracked by product, please update stock by product id]"
    )
    assert "tracked by variant" in title(product_id=shirt["id"])
    assert title(sku="SHIRT-M") == "" == title(variant_id=shirt["variants"][0]["id"])


def test_relative_adjustment_never_falls_below_nothing(shop: BigCommerceShop, api: Api) -> None:
    product = shop.add_product(sku="MUG", inventory_level=4)
    route = "v3/inventory/adjustments/relative"
    items = [{"location_id": 1, "product_id": product["id"], "quantity": -3}]

    assert api.post(route, {"items": items}).status_code == 200
    shop.settle()
    assert api.post(route, {"items": items}).status_code == 422
    assert shop.stock_of("MUG") == 1


def test_stock_list_finds_variants_by_sku(shop: BigCommerceShop, api: Api) -> None:
    shop.add_variable("SHIRT", {"Size": ["M", "L"]}, stock=7)
    (row,) = api.get("v3/inventory/items", **{"sku:in": "SHIRT-L"}).json()["data"]

    assert row["identity"]["sku"] == "SHIRT-L"
    assert row["locations"][0]["available_to_sell"] == 7


# ---------------------------------------------------------------- price lists and categories


def test_price_list_keeps_good_rows_beside_refused_ones(shop: BigCommerceShop, api: Api) -> None:
    wholesale = shop.add_price_list("W")["id"]
    shop.add_product(sku="MUG")
    rows = [{"sku": "MUG", "currency": "sar", "price": 7}, {"sku": "NOWHERE", "currency": "sar", "price": 7}]
    answer = api.put(f"v3/pricelists/{wholesale}/records", rows)
    good = api.put(f"v3/pricelists/{wholesale}/records", rows[:1])

    assert answer.status_code == 422
    assert answer.json()["batch_errors"] == [
        {
            "data": {"price_list_id": wholesale, "sku": "NOWHERE", "currency": "sar"},
            "field_errors": {"sku": "not found"},
        }
    ]
    assert good.json() == {"data": {}, "meta": {}}
    assert len(api.get(f"v3/pricelists/{wholesale}/records").json()["data"]) == 1
    assert api.post(f"v3/pricelists/{wholesale}/records", rows[:1]).status_code == 422  # it exists
    assert api.put(f"v3/pricelists/{wholesale}/records", rows[:1] * 1001).status_code == 413


def test_categories_are_made_in_part(api: Api) -> None:
    rows = [{"name": "A", "tree_id": 1}, {"name": "a", "tree_id": 1}, {"name": "x" * 51, "tree_id": 1}]
    answer = api.post("v3/catalog/trees/categories", rows)

    assert answer.status_code == 207
    assert answer.json()["meta"] == {"total": 3, "success": 1, "failed": 2}
    assert api.post("v3/catalog/trees/categories", [{"name": "B", "tree_id": 1}]).status_code == 201
