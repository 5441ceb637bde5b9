from __future__ import annotations

import pytest

from sandbox.woocommerce import WooShop
from tests.sandbox.client import Api


def test_categories_form_a_tree_by_parent(api: Api) -> None:
    food = api.post("/products/categories", {"name": "طعام"}).json()
    coffee = api.post("/products/categories", {"name": "Coffee", "parent": food["id"]}).json()
    assert coffee["parent"] == food["id"]
    listed = api.get("/products/categories", per_page=100).json()
    assert [c["name"] for c in listed] == ["Coffee", "Uncategorized", "طعام"]
    assert [c["id"] for c in api.get("/products/categories", parent=food["id"]).json()] == [coffee["id"]]
    assert list(coffee) == [
        *["id", "name", "slug", "parent", "description", "display", "image", "menu_order", "count", "_links"]
    ]


def test_same_name_under_one_parent_is_refused_with_the_holder(api: Api) -> None:
    first = api.post("/products/categories", {"name": "Coffee"}).json()
    answer = api.post("/products/categories", {"name": "coffee"})
    assert answer.status_code == 400
    assert answer.json() == {
        "code": "term_exists",
        "message": "A term with the name provided already exists with this parent.",
        "data": {"status": 400, "resource_id": first["id"]},
    }
    other = api.post("/products/categories", {"name": "Coffee", "parent": first["id"]})
    assert (other.status_code, other.json()["slug"]) == (201, "coffee-2")


def test_category_deletion_needs_force_and_gives_products_the_default(shop: WooShop, api: Api) -> None:
    made = api.post("/products/categories", {"name": "Coffee"}).json()
    product = shop.add_product(sku="A", categories=[{"id": made["id"]}])
    path = f"/products/categories/{made['id']}"
    assert api.delete(path).json()["code"] == "woocommerce_rest_trash_not_supported"
    assert api.delete(path, force="true").json()["count"] == 1
    assert [c["slug"] for c in shop.product(product["id"])["categories"]] == ["uncategorized"]
    assert api.get(path).json() == {
        "code": "woocommerce_rest_term_invalid",
        "message": "Resource does not exist.",
        "data": {"status": 404},
    }


def test_attributes_and_terms(shop: WooShop, api: Api) -> None:
    size = api.post("/products/attributes", {"name": "Size", "slug": "size"}).json()
    assert size["slug"] == "pa_size"
    path = f"/products/attributes/{size['id']}/terms"
    rows = api.post(f"{path}/batch", {"create": [{"name": "M"}, {"name": "L"}, {"name": "m"}]}).json()[
        "create"
    ]
    assert rows[2]["error"]["code"] == "term_exists"
    assert rows[2]["error"]["data"]["resource_id"] == rows[0]["id"]
    assert [t["name"] for t in api.get(path).json()] == ["L", "M"]
    product = shop.add_product(
        sku="A", type="variable", attributes=[{"id": size["id"], "variation": True, "options": ["M"]}]
    )
    before = product["date_modified_gmt"]
    shop.advance(60)
    api.put(f"{path}/{rows[0]['id']}", {"name": "Medium"})
    shown = shop.product(product["id"])
    assert shown["attributes"][0]["options"] == ["Medium"]
    assert shown["date_modified_gmt"] == before
    assert api.get("/products/attributes/99/terms").json()["code"] == "woocommerce_rest_taxonomy_invalid"
    assert api.post("/products/attributes", {"name": "Size"}).status_code == 400


@pytest.mark.parametrize("route", ["tags", "shipping_classes"])
def test_tags_and_shipping_classes(api: Api, route: str) -> None:
    made = api.post(f"/products/{route}", {"name": "Heavy"}).json()
    assert made["slug"] == "heavy"
    assert api.put(f"/products/{route}/{made['id']}", {"name": "Light"}).json()["name"] == "Light"
    assert api.post(f"/products/{route}", {}).json()["code"] == "rest_missing_callback_param"


def test_customers(shop: WooShop, api: Api) -> None:
    body = {"email": "a@example.com", "first_name": "Ana", "billing": {"city": "Abha"}}
    made = api.post("/customers", body).json()
    assert (made["username"], made["role"], made["billing"]["city"]) == ("a", "customer", "Abha")
    again = api.post("/customers", {"email": "A@example.com"})
    assert (again.status_code, again.json()["code"]) == (400, "registration-error-email-exists")
    shop.store.customers[made["id"]].role = "wholesale_customer"
    assert api.get("/customers").json() == []
    assert [c["id"] for c in api.get("/customers", role="all").json()] == [made["id"]]
    path = f"/customers/{made['id']}"
    assert api.put(path, {"last_name": "Weber"}).json()["last_name"] == "Weber"
    assert api.delete(path).status_code == 501
    assert api.delete(path, force="true").status_code == 200
    assert api.get(path).status_code == 404


def test_coupons(api: Api) -> None:
    made = api.post("/coupons", {"code": "TEN", "amount": "10", "discount_type": "percent"}).json()
    assert (made["code"], made["amount"]) == ("ten", "10.00")
    again = api.post("/coupons", {"code": "ten"})
    assert again.json()["code"] == "woocommerce_rest_coupon_code_already_exists"
    assert [c["id"] for c in api.get("/coupons", code="ten").json()] == [made["id"]]
    api.put(f"/coupons/{made['id']}", {"date_expires": "2020-01-01T00:00:00"})
    expired = api.post("/orders", {"coupon_lines": [{"code": "ten"}]})
    assert (expired.status_code, expired.json()["message"]) == (400, "This coupon has expired.")
    assert api.delete(f"/coupons/{made['id']}", force="true").status_code == 200


def test_bootstrap_routes(shop: WooShop, api: Api) -> None:
    gateways = {g["id"]: g["enabled"] for g in api.get("/payment_gateways").json()}
    assert gateways["cod"]
    assert not gateways["cheque"]
    assert {m["id"] for m in api.get("/shipping_methods").json()} == {
        "flat_rate",
        "free_shipping",
        "local_pickup",
    }
    zones = api.get("/shipping/zones").json()
    assert [z["id"] for z in zones] == [0, 1]
    assert next(m["method_id"] for m in api.get("/shipping/zones/1/methods").json()) == "flat_rate"
    assert [t["rate"] for t in api.get("/taxes").json()] == ["15.0000", "0.0000"]
    assert [c["slug"] for c in api.get("/taxes/classes").json()] == ["standard", "reduced-rate", "zero-rate"]
    assert api.get("/data/currencies/current").json()["code"] == "SAR"
    setting = "/settings/tax/woocommerce_prices_include_tax"
    assert api.get(setting).json()["value"] == "no"
    assert api.put(setting, {"value": "yes"}).json()["value"] == "yes"
    assert shop.options.prices_include_tax
    status = api.get("/system_status").json()
    assert status["environment"]["version"] == "9.9.5"
    assert status["settings"]["HPOS_enabled"] is True
    general = {row["id"]: row["value"] for row in api.get("/settings/general").json()}
    assert general["woocommerce_currency"] == "SAR"
    assert api.get("/settings/nothing").status_code == 404


def test_taxes_are_written(shop: WooShop, api: Api) -> None:
    made = api.post("/taxes", {"country": "AE", "rate": "5", "name": "VAT", "class": "reduced-rate"}).json()
    assert (made["rate"], made["class"], made["shipping"]) == ("5.0000", "reduced-rate", True)
    assert [t["id"] for t in api.get("/taxes", **{"class": "reduced-rate"}).json()] == [made["id"]]
    assert api.delete(f"/taxes/{made['id']}", force="true").status_code == 200
    assert api.post("/taxes/classes", {"name": "Food"}).json()["slug"] == "food"
    assert api.delete("/taxes/classes/food", force="true").status_code == 200


def test_shipment_tracking_plugin_is_switchable(shop: WooShop, api: Api) -> None:
    shop.add_product(sku="A", regular_price="1.00")
    order = shop.place_order([{"sku": "A"}])
    path = f"/wc-shipment-tracking/v3/orders/{order['id']}/shipment-trackings"
    assert api.get(path).json()["code"] == "rest_no_route"
    shop.options.tracking_plugin = "shipment-tracking"
    index = api.session.get(f"{shop.url}/wp-json/", timeout=10).json()
    assert "wc-shipment-tracking/v3" in index["namespaces"]
    assert "Aramex" in api.get(f"{path}/providers").json()["Saudi Arabia"]
    body = {"tracking_provider": "DHL", "tracking_number": "0034", "date_shipped": "2026-05-02"}
    made = api.post(path, body)
    assert made.status_code == 201
    assert len(made.json()["tracking_id"]) == 32
    assert made.json()["tracking_link"] == "https://www.dhl.com/track?tracking-id=0034"
    custom = {
        "custom_tracking_provider": "X",
        "custom_tracking_link": "https://x.example/%1$s",
        "tracking_number": "7",
    }
    assert api.post(path, custom).json()["tracking_link"] == "https://x.example/7"
    assert len(api.get(path).json()) == 2
    assert api.delete(f"{path}/{made.json()['tracking_id']}").status_code == 200
    assert len(api.get(path).json()) == 1


def test_advanced_tracking_completes_the_order(shop: WooShop, api: Api) -> None:
    shop.options.tracking_plugin = "ast"
    shop.add_product(sku="A", regular_price="1.00")
    order = shop.place_order([{"sku": "A"}])
    path = f"/wc-ast/v3/orders/{order['id']}/shipment-trackings"
    api.post(path, {"tracking_provider": "SMSA", "tracking_number": "1", "status_shipped": 1})
    assert shop.order(order["id"])["status"] == "completed"
