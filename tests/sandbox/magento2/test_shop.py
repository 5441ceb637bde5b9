"""Store information, categories, customers, the shop window, faults and the control API."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
import requests

from sandbox.magento2 import Magento2Shop
from tests.sandbox.magento2.client import Api, criteria


def test_bootstrap_reads(shop: Magento2Shop, api: Api) -> None:
    assert [w["code"] for w in api.get("/store/websites").json()] == ["admin", "base"]
    assert [(v["code"], v["is_active"]) for v in api.get("/store/storeViews").json()] == [
        ("admin", 1),
        ("default", 1),
        ("ar", 1),
    ]
    assert [g["root_category_id"] for g in api.get("/store/storeGroups").json()] == [0, 2]
    configs = api.get("/store/storeConfigs").json()
    assert [(c["locale"], c["base_currency_code"], c["timezone"]) for c in configs] == [
        ("en_US", "SAR", "Asia/Riyadh"),
        ("ar_SA", "SAR", "Asia/Riyadh"),
    ]
    assert api.get("/store/storeConfigs", [("storeCodes[]", "ar")]).json()[0]["code"] == "ar"
    assert {"Magento_InventoryApi", "Magento_TwoFactorAuth"} <= set(api.get("/modules").json())
    shop.options.version, shop.options.old_sha256 = "2.3.7", True
    assert "Magento_TwoFactorAuth" not in api.get("/modules").json()


def test_store_codes_in_the_address(shop: Magento2Shop, api: Api) -> None:
    for code in ("all", "default", "ar", ""):
        assert api.get("/modules", store=code).status_code == 200
    assert api.get("/modules", store="fr").status_code == 404
    assert requests.get(f"{shop.url}/index.php/rest/V1/modules", timeout=5).status_code == 401
    shop.options.index_php = True
    lost = requests.get(f"{shop.url}/rest/V1/modules", timeout=5)
    assert (lost.status_code, lost.headers["Content-Type"][:9]) == (404, "text/html")


# Categories.


def test_categories_tree_move_and_delete(shop: Magento2Shop, api: Api) -> None:
    row = {"parent_id": 2, "name": "Shirts", "is_active": True, "position": 10}
    made = api.post(
        "/categories",
        {"category": {**row, "custom_attributes": [{"attribute_code": "url_key", "value": "shirts"}]}},
    ).json()
    assert (made["id"], made["path"], made["level"]) == (3, "1/2/3", 2)
    assert api.post("/categories", {"category": row}).json() == {
        "message": "URL key for specified store already exists."
    }
    child = api.post("/categories", {"category": {"parent_id": 3, "name": "Polo", "is_active": True}}).json()
    tree = api.get("/categories", [("rootCategoryId", "2"), ("depth", "1")]).json()
    assert [(c["name"], c["children_data"]) for c in tree["children_data"]] == [("Shirts", [])]
    api.put("/categories/3", {"category": {"name": "قمصان"}}, store="ar")
    assert (api.get("/categories/3").json()["name"], api.get("/categories/3", store="ar").json()["name"]) == (
        "Shirts",
        "قمصان",
    )
    assert api.put(f"/categories/{child['id']}/move", {"parentId": 2, "afterId": 3}).json() is True
    assert api.get(f"/categories/{child['id']}").json()["path"] == "1/2/4"
    assert api.put("/categories/2/move", {"parentId": 3}).status_code == 400
    api.put(f"/categories/{child['id']}/move", {"parentId": 3})
    assert api.delete("/categories/3").json() is True
    assert api.get("/categories/4").status_code == 404
    assert api.get("/categories/99").json()["parameters"] == {"fieldName": "id", "fieldValue": "99"}


def test_products_of_categories(shop: Magento2Shop, api: Api) -> None:
    shop.bulk_simple(2)
    shop.add_category("Cups")
    link = {"productLink": {"sku": "SIM-00001", "position": 4, "category_id": "3"}}
    assert api.post("/categories/3/products", link).json() is True
    assert api.get("/categories/3/products").json() == [
        {"sku": "SIM-00001", "position": 4, "category_id": "3"}
    ]
    listed = api.get("/categories/list", criteria(("name", "eq", "Cups"))).json()
    assert [c["id"] for c in listed["items"]] == [3]
    assert api.delete("/categories/3/products/SIM-00001").json() is True
    assert api.delete("/categories/3/products/SIM-00001").status_code == 400


# Customers.


def customer(**changes: Any) -> dict[str, Any]:
    address = {
        "firstname": "Ana",
        "lastname": "Weber",
        "street": ["Hauptstr. 5"],
        "city": "Berlin",
        "telephone": "1",
        "country_id": "DE",
    }
    row = {
        "email": "ana@example.com",
        "firstname": "Ana",
        "lastname": "Weber",
        "taxvat": "DE1",
        "addresses": [address],
        **changes,
    }
    return {"customer": row}


def test_customers_are_replaced_by_put_but_for_their_addresses(shop: Magento2Shop, api: Api) -> None:
    made = api.post("/customers", customer()).json()
    assert (made["group_id"], made["taxvat"], len(made["addresses"])) == (1, "DE1", 1)
    twice = api.post("/customers", customer(email="ANA@example.com"))
    assert (twice.status_code, "same email address already exists" in twice.json()["message"]) == (400, True)
    bare = {k: v for k, v in customer()["customer"].items() if k not in ("taxvat", "addresses")}
    put = api.put(f"/customers/{made['id']}", {"customer": bare}).json()
    assert ("taxvat" in put, len(put["addresses"])) == (False, 1)
    assert (
        api.put(f"/customers/{made['id']}", {"customer": {**bare, "addresses": []}}).json()["addresses"] == []
    )
    missing = api.put(f"/customers/{made['id']}", {"customer": {"email": "a@b.c"}})
    assert missing.json()["message"] == "One or more input exceptions have occurred."
    assert [e["parameters"]["fieldName"] for e in missing.json()["errors"]] == ["firstname", "lastname"]
    found = api.get("/customers/search", criteria(("email", "eq", "ana@example.com"))).json()
    assert found["total_count"] == 1
    groups = api.get("/customerGroups/search", criteria()).json()["items"]
    assert [(g["id"], g["code"]) for g in groups][:2] == [(0, "NOT LOGGED IN"), (1, "General")]
    assert api.delete(f"/customers/{made['id']}").json() is True


# GraphQL.


def ask(shop: Magento2Shop, query: str, store: str = "", **variables: Any) -> Any:
    headers = {"Store": store} if store else {}
    return requests.post(
        f"{shop.url}/graphql", json={"query": query, "variables": variables}, headers=headers, timeout=5
    ).json()


def test_graphql_shows_what_a_shopper_sees(shop: Magento2Shop) -> None:
    shop.add_product(sku="MUG", price="10.00", stock_quantity=1)
    shop.set_special("MUG", "8.00")
    shop.add_variable("SHIRT", {"Size": ["M", "L"]}, price="25.00")
    shop.add_product(sku="OFF", status=2)
    query = """
      query Seen($skus: [String!]!) {  # a comment
        found: products(filter: {sku: {in: $skus}}, pageSize: 10) {
          total_count
          page_info { total_pages }
          items {
            __typename sku stock_status
            price_range { minimum_price { ...price } }
            ... on ConfigurableProduct { variants { product { sku } attributes { code label } } }
          }
        }
      }
      fragment price on ProductPrice { regular_price { value currency } final_price { value } discount { percent_off } }
    """
    data = ask(shop, query, skus=["MUG", "SHIRT", "SHIRT-M", "OFF"])["data"]["found"]
    assert (data["total_count"], data["page_info"]["total_pages"]) == (2, 1)
    mug, shirt = data["items"]
    price = mug["price_range"]["minimum_price"]
    assert (price["regular_price"], price["final_price"]["value"], price["discount"]["percent_off"]) == (
        {"value": 10, "currency": "SAR"},
        8,
        20,
    )
    assert [v["product"]["sku"] for v in shirt["variants"]] == ["SHIRT-M", "SHIRT-L"]
    assert shirt["variants"][0]["attributes"] == [{"code": "size", "label": "M"}]
    assert mug["stock_status"] == "IN_STOCK"
    shop.buy("MUG")
    seen = ask(shop, '{ products(filter: {sku: {eq: "MUG"}}) { items { stock_status } } }')
    assert seen["data"]["products"]["items"] == [{"stock_status": "OUT_OF_STOCK"}]


def test_graphql_refusals_and_store_header(shop: Magento2Shop) -> None:
    assert ask(shop, "{ storeConfig { store_code locale } }", "ar")["data"] == {
        "storeConfig": {"store_code": "ar", "locale": "ar_SA"}
    }
    assert "Requested store" in ask(shop, "{ storeConfig { locale } }", "xx")["errors"][0]["message"]
    assert "Cannot query field" in ask(shop, "{ orders { total_count } }")["errors"][0]["message"]
    assert "Syntax Error" in ask(shop, "{ products(")["errors"][0]["message"]
    assert "input argument is required" in ask(shop, "{ products { total_count } }")["errors"][0]["message"]


# Faults.


@pytest.mark.parametrize(
    ("kind", "status", "html"),
    [
        ("rate_limit", 429, True),
        ("http_503", 503, True),
        ("waf_403", 403, True),
        ("html_200", 200, True),
        ("internal_error", 500, False),
    ],
)
def test_faults_of_hosts(shop: Magento2Shop, api: Api, kind: str, status: int, html: bool) -> None:
    shop.bulk_simple(1)
    shop.faults.add(kind, count=1, retry_after=3)
    answer = api.put("/products/SIM-00001", {"product": {"status": 2}})
    assert (answer.status_code, answer.headers["Content-Type"].startswith("text/html")) == (status, html)
    if kind == "rate_limit":
        assert answer.headers["Retry-After"] == "3"
    if kind == "internal_error":
        assert answer.json()["message"].startswith(
            "Internal Error. Details are available in Magento log file. Report ID: webapi-"
        )
    # An HTML page with 200 may stand for work that was done.
    assert shop.by_sku("SIM-00001")["status"] == (2 if kind == "html_200" else 1)  # type: ignore[index]


def test_limits_and_fatal_errors_of_magento_itself(shop: Magento2Shop, api: Api) -> None:
    shop.faults.add("rate_limit", json=True, count=1)
    limited = api.get("/modules")
    assert (limited.status_code, limited.json()) == (429, {"message": "Too Many Requests"})
    shop.faults.add("internal_error", fatal=True, count=1)
    fatal = api.get("/modules")
    assert (fatal.status_code, fatal.json()["messages"]["error"][0]["code"]) == (500, 500)
    long = api.get("/products", criteria(("sku", "in", ",".join(f"SKU-{n:06d}" for n in range(900)))))
    assert (long.status_code, long.headers["Content-Type"][:9]) == (414, "text/html")


def test_the_shop_describes_itself_to_whom_it_knows(shop: Magento2Shop, api: Api) -> None:
    url = f"{shop.url}/rest/all/schema?services=all"
    stranger = requests.get(url, timeout=5).json()["paths"]
    assert "/V1/integration/admin/token" in stranger
    assert "/V1/orders" not in stranger
    token = shop.admin_token()
    known = requests.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=5).json()["paths"]
    assert set(known["/V1/products/{sku}"]) == {"get", "put", "delete"}


def test_another_website_has_its_own_stock_products_and_prices(shop: Magento2Shop, api: Api) -> None:
    shop.options.price_scope = "website"
    shop.bulk_simple(1)
    shop.add_source("DXB")
    website = shop.add_website("uae", "Emirates", sources=("DXB",))
    assert api.get("/inventory/stock-resolver/website/uae").json()["stock_id"] == 2
    assert api.get("/products", criteria(), store="uae_en").json()["total_count"] == 0
    link = {"productWebsiteLink": {"sku": "SIM-00001", "website_id": website.id}}
    assert api.post("/products/SIM-00001/websites", link).json() is True
    view = next(v["id"] for v in api.get("/store/storeViews").json() if v["code"] == "uae_en")
    api.post("/products/base-prices", {"prices": [{"sku": "SIM-00001", "store_id": view, "price": 12}]})
    shop.set_stock("SIM-00001", 4, "DXB")
    order = shop.place_order([{"sku": "SIM-00001", "quantity": 3}], store="uae_en")
    assert (order["increment_id"], order["subtotal"]) == (f"{view}000000001", 36)
    assert [shop.salable_of("SIM-00001", n) for n in (1, 2)] == [Decimal(9), Decimal(1)]
    shop.ship(order["entity_id"])
    assert (shop.stock_of("SIM-00001", "DXB"), shop.stock_of("SIM-00001")) == (Decimal(1), Decimal(5))


def test_silence_before_and_after_the_work(shop: Magento2Shop, api: Api) -> None:
    shop.bulk_simple(1)
    shop.faults.add("error_after", count=1)
    answer = api.put("/products/SIM-00001", {"product": {"name": "Cup"}})
    assert (answer.status_code, answer.headers["Content-Type"][:9]) == (504, "text/html")
    assert (shop.by_sku("SIM-00001") or {})["name"] == "Cup"
    for kind, status in (("reset", 1), ("reset_after", 2)):
        shop.faults.add(kind, count=1)
        with pytest.raises(requests.ConnectionError):
            api.put("/products/SIM-00001", {"product": {"status": 2}})
        assert shop.by_sku("SIM-00001")["status"] == status  # type: ignore[index]


def test_rows_of_prices_are_refused_one_by_one(shop: Magento2Shop, api: Api) -> None:
    shop.bulk_simple(2)
    shop.faults.add("batch_fail", skus=["SIM-00001"])
    rows = [{"sku": f"SIM-0000{n}", "store_id": 0, "price": 3} for n in (1, 2)]
    failures = api.post("/products/base-prices", {"prices": rows}).json()
    assert [f["parameters"] for f in failures] == [["SKU", "SIM-00001"]]
    assert [shop.price_of("SIM-00001"), shop.price_of("SIM-00002")] == [Decimal(10), Decimal(3)]


def test_php_may_die_among_the_rows_and_fields_may_be_missing(shop: Magento2Shop, api: Api) -> None:
    shop.bulk_simple(3)
    shop.faults.add("batch_dies", after=2, count=1)
    rows = [{"sku": f"SIM-0000{n}", "store_id": 0, "price": 3} for n in (1, 2, 3)]
    assert api.post("/products/base-prices", {"prices": rows}).status_code == 500
    assert [int(shop.price_of(f"SIM-0000{n}")) for n in (1, 2, 3)] == [3, 3, 10]
    shop.faults.add("drop_fields", fields=["sku", "total_count"], count=1)
    found = api.get("/products", criteria(size=1)).json()
    assert ("total_count" in found, "sku" in found["items"][0], found["items"][0]["id"]) == (False, False, 1)


# The control API.


def test_control_api(shop: Magento2Shop, api: Api) -> None:
    def post(path: str, body: Any = None, status: int = 200) -> Any:
        answer = requests.post(f"{shop.control_url}/{path}", json=body or {}, timeout=5)
        assert answer.status_code == status, answer.text
        return answer.json()

    def get(path: str) -> Any:
        answer = requests.get(f"{shop.control_url}/{path}", timeout=5)
        assert answer.status_code == 200, answer.text
        return answer.json()

    assert len(post("bulk", {"simple": 2, "variable": 1, "variations": 2, "stock": 7})["made"]) == 4
    assert get("db/stock")["SIM-00001"] == 7
    order = post("orders", {"lines": [{"sku": "SIM-00001", "quantity": 2}], "payment_method": "checkmo"})
    assert get("db/salable")["SIM-00001"] == 5
    assert post("orders/status", {"id": order["entity_id"], "status": "complete"})["state"] == "complete"
    assert post("sale", {"sku": "VAR-00001-01"})["items"][0]["product_type"] == "configurable"
    assert [len(get(f"db/{name}")) for name in ("orders", "invoices", "shipments", "products")] == [
        2,
        2,
        1,
        5,
    ]
    assert post("options", {"version": "2.4.7"})["version"] == "2.4.7"
    assert "Unknown option" in post("options", {"colour": 1}, 400)["error"]
    key = post("keys", {"resources": ["Magento_Backend::store"]})
    keys = (key["consumer_key"], key["consumer_secret"], key["access_token"], key["access_token_secret"])
    assert Api(shop, keys=keys).get("/modules").status_code == 200
    post("keys/revoke", {"key": key["consumer_key"]})
    assert Api(shop, keys=keys).get("/modules").status_code == 401
    edited = post(
        "rest", {"method": "PUT", "path": "/V1/products/SIM-00001", "body": {"product": {"name": "Cup"}}}
    )
    assert edited["name"] == "Cup"
    refused = post("rest", {"method": "GET", "path": "/V1/products/NONE"}, 400)
    assert "doesn't exist" in refused["error"]
    state = get("state")
    assert (state["platform"], state["rows"]["orders"], state["counters"]["by_route"]) == (
        "magento2",
        2,
        {"GET /V1/modules": 2},
    )
    assert post("reset")["rows"]["products"] == 0
    assert api.get("/modules").status_code == 200
    assert requests.get(f"{shop.control_url}/nothing", timeout=5).status_code == 404


def test_counters_know_the_routes(shop: Magento2Shop, api: Api) -> None:
    shop.bulk_simple(1)
    api.get("/products/SIM-00001")
    api.get("/products", criteria())
    api.post("/products/base-prices", {"prices": []})
    assert shop.counters.snapshot()["by_route"] == {
        "GET /V1/products": 1,
        "GET /V1/products/:sku": 1,
        "POST /V1/products/base-prices": 1,
    }
    assert (shop.counters.requests, shop.counters.writes) == (3, 1)
