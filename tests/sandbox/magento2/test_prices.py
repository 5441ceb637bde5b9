from __future__ import annotations

from decimal import Decimal
from typing import Any

from sandbox.magento2 import Magento2Shop, shop_prices
from tests.sandbox.magento2.client import Api


def test_good_rows_are_saved_and_only_failures_answered(shop: Magento2Shop, api: Api) -> None:
    shop.bulk_simple(2)
    before = api.get("/products/SIM-00001").json()["updated_at"]
    shop.advance(60)
    rows = [
        {"price": 26.5, "store_id": 0, "sku": "SIM-00001"},
        {"price": 26.5, "store_id": 0, "sku": "NO-SUCH"},
        {"price": -1, "store_id": 0, "sku": "SIM-00002"},
        {"price": 5, "store_id": 9, "sku": "SIM-00002"},
    ]
    answer = api.post("/products/base-prices", {"prices": rows})
    assert answer.status_code == 200
    assert answer.json() == [
        {"message": "Invalid attribute %fieldName = %fieldValue.", "parameters": ["SKU", "NO-SUCH"]},
        {"message": "Invalid attribute %fieldName = %fieldValue.", "parameters": ["Price", "-1"]},
        {
            "message": "Requested store is not found. Row ID: SKU = SIM-00002, Store ID: 9.",
            "parameters": ["SIM-00002", "9"],
        },
    ]
    assert (shop.price_of("SIM-00001"), shop.price_of("SIM-00002")) == (Decimal("26.5"), Decimal(10))
    assert api.get("/products/SIM-00001").json()["updated_at"] == before
    assert shop.counters.batch_total("/V1/products/base-prices*") == 4


def test_what_is_no_number_fails_the_whole_call(shop: Magento2Shop, api: Api) -> None:
    shop.bulk_simple(1)
    rows = [
        {"price": 3, "store_id": 0, "sku": "SIM-00001"},
        {"price": "cheap", "store_id": 0, "sku": "SIM-00001"},
    ]
    answer = api.post("/products/base-prices", {"prices": rows})
    assert (answer.status_code, answer.json()["parameters"]) == (400, ["cheap", "float"])
    assert shop.price_of("SIM-00001") == 10
    empty = [{"price": None, "store_id": 0, "sku": "SIM-00001"}]
    assert api.post("/products/base-prices", {"prices": empty}).json()[0]["parameters"] == ["Price", ""]


def test_configurables_have_no_price_of_their_own(shop: Magento2Shop, api: Api) -> None:
    shop.add_variable("SHIRT", {"Size": ["M"]})
    row = {"price": 1, "store_id": 0, "sku": "SHIRT"}
    assert api.post("/products/base-prices", {"prices": [row]}).json()[0]["parameters"] == ["SKU", "SHIRT"]
    assert api.get("/products/SHIRT").json()["price"] == 0


def test_prices_at_a_store_before_2_4_6_hide_later_ones(shop: Magento2Shop, api: Api) -> None:
    shop.options.version = "2.4.5"
    shop.bulk_simple(1)
    api.post("/products/base-prices", {"prices": [{"price": 7, "store_id": 2, "sku": "SIM-00001"}]})
    api.post("/products/base-prices", {"prices": [{"price": 8, "store_id": 0, "sku": "SIM-00001"}]})
    assert (shop.price_of("SIM-00001"), shop.price_of("SIM-00001", 2)) == (Decimal(8), Decimal(7))
    read = api.post("/products/base-prices-information", {"skus": ["SIM-00001"]}).json()
    assert {(r["store_id"], r["price"]) for r in read} == {(0, 8), (2, 7)}


def test_prices_per_website_count_for_all_its_views(shop: Magento2Shop, api: Api) -> None:
    shop.options.price_scope = "website"
    shop.bulk_simple(1)
    api.post("/products/base-prices", {"prices": [{"price": 7, "store_id": 2, "sku": "SIM-00001"}]})
    assert [shop.price_of("SIM-00001", n) for n in (0, 1, 2)] == [10, 7, 7]


def test_an_unknown_sku_fails_the_whole_information_call(shop: Magento2Shop, api: Api) -> None:
    shop.bulk_simple(1)
    skus = {"skus": ["SIM-00001", "NONE"]}
    assert api.post("/products/base-prices-information", skus).status_code == 404
    shop.options.information_needs_all = False
    assert len(api.post("/products/base-prices-information", skus).json()) == 1


def special(**changes: Any) -> dict[str, Any]:
    return {
        "price": 8,
        "store_id": 0,
        "sku": "SIM-00001",
        "price_from": "2026-01-01 00:00:00",
        "price_to": "2026-12-31 00:00:00",
        **changes,
    }


def test_special_prices_are_kept_read_and_deleted_by_all_four_fields(shop: Magento2Shop, api: Api) -> None:
    shop.bulk_simple(1)
    assert api.post("/products/special-price", {"prices": [special()]}).json() == []
    read = api.post("/products/special-price-information", {"skus": ["SIM-00001"]}).json()
    assert read == [special()]
    missed = api.post("/products/special-price-delete", {"prices": [special(price=8.01)]}).json()
    assert missed[0]["parameters"][0] == "SIM-00001"
    assert api.post("/products/special-price-delete", {"prices": [special()]}).json() == []
    assert api.post("/products/special-price-information", {"skus": ["SIM-00001"]}).json() == []


def test_special_price_failures_name_the_row(shop: Magento2Shop, api: Api) -> None:
    shop.bulk_simple(1)
    rows = [special(sku="NONE"), special(price=-2), special(store_id=2), special(price_from="yesterday")]
    failures = api.post("/products/special-price", {"prices": rows}).json()
    assert [f["parameters"] for f in failures] == [
        ["NONE", "0", "2026-01-01 00:00:00", "2026-12-31 00:00:00"],
        ["-2", "SIM-00001", "0", "2026-01-01 00:00:00", "2026-12-31 00:00:00"],
        ["SIM-00001", "2", "2026-01-01 00:00:00", "2026-12-31 00:00:00"],
        ["Price From", "yesterday", "SIM-00001", "0", "yesterday", "2026-12-31 00:00:00"],
    ]
    assert "Could not change non global Price when price scope is global" in failures[2]["message"]
    assert failures[0]["message"].endswith(
        "Row ID: SKU = NONE, Store ID: 0, Price From: 2026-01-01 00:00:00, Price To: 2026-12-31 00:00:00."
    )


def test_commerce_wants_both_ends_and_no_overlap(shop: Magento2Shop, api: Api) -> None:
    shop.options.edition = "Commerce"
    shop.bulk_simple(1)

    def failures(row: dict[str, Any]) -> list[Any]:
        found: list[Any] = api.post("/products/special-price", {"prices": [row]}).json()
        return found

    assert failures(special(price_to=""))[0]["parameters"][0] == "Price To"
    assert failures(special()) == []
    clash = failures(special(price_from="2026-06-01 00:00:00", price_to="2027-01-01 00:00:00"))
    assert "Future Update already exists in this time range" in clash[0]["message"]


def test_the_last_day_of_a_special_price_counts_whole(shop: Magento2Shop, api: Api) -> None:
    shop.bulk_simple(1)
    api.post("/products/special-price", {"prices": [special(price_to="2026-12-31 00:00:00")]})
    product = shop.store.by_sku("SIM-00001")
    assert product is not None

    def at(moment: str) -> Decimal:
        shop.app.clock.set_to(shop.app.clock.parse(moment))
        return shop_prices.final_price(shop.store, product, 1)

    assert at("2025-12-31 23:59:59") == 10
    assert at("2026-01-01 00:00:00") == 8
    assert at("2026-12-31 23:59:59") == 8
    assert at("2027-01-01 00:00:00") == 10


def tier(**changes: Any) -> dict[str, Any]:
    return {
        "price": 7,
        "price_type": "fixed",
        "website_id": 0,
        "sku": "SIM-00001",
        "customer_group": "Wholesale",
        "quantity": 10,
        **changes,
    }


def test_tiers_are_added_replaced_and_deleted(shop: Magento2Shop, api: Api) -> None:
    shop.bulk_simple(1)
    rows = [tier(), tier(customer_group="ALL GROUPS", quantity=2, price=9)]
    assert api.post("/products/tier-prices", {"prices": rows}).json() == []
    assert api.post("/products/tier-prices", {"prices": [tier(price=6.5)]}).json() == []
    read = api.post("/products/tier-prices-information", {"skus": ["SIM-00001"]}).json()
    assert {(r["customer_group"], r["quantity"], r["price"]) for r in read} == {
        ("ALL GROUPS", 2, 9),
        ("Wholesale", 10, 6.5),
    }
    assert api.post("/products/tier-prices-delete", {"prices": [tier(price=6.51)]}).json() != []
    assert api.post("/products/tier-prices-delete", {"prices": [tier(price=6.5)]}).json() == []
    assert api.put("/products/tier-prices", {"prices": [tier(quantity=5)]}).json() == []
    shown = api.get("/products/SIM-00001").json()["tier_prices"]
    assert [(t["customer_group_id"], t["qty"], t["value"]) for t in shown] == [(2, 5, 7)]


def test_tier_failures_leave_the_placeholders_open(shop: Magento2Shop, api: Api) -> None:
    shop.bulk_simple(1)
    rows = [tier(sku="NONE"), tier(price=-1), tier(customer_group="Friends"), tier(), tier()]
    failures = api.post("/products/tier-prices", {"prices": rows}).json()
    assert failures[0] == {
        "message": "Invalid attribute SKU = %SKU. Row ID: SKU = %SKU, Website ID: %websiteId, "
        "Customer Group: %customerGroup, Quantity: %qty.",
        "parameters": ["NONE", "0", "Wholesale", "10"],
    }
    assert failures[1]["parameters"] == ["-1", "SIM-00001", "0", "Wholesale", "10"]
    assert "No such entity with Customer Group" in failures[2]["message"]
    assert "We found a duplicate website, tier price, customer group and quantity" in failures[3]["message"]
    assert len(failures) == 4


def test_single_tier_routes_and_costs(shop: Magento2Shop, api: Api) -> None:
    shop.bulk_simple(1)
    route = "/products/SIM-00001/group-prices/2/tiers"
    assert api.post(f"{route}/3/price/7.5", {}).json() is True
    assert api.get(route).json() == [{"qty": 3, "value": 7.5, "customer_group_id": 2}]
    assert api.delete(f"{route}/3").json() is True
    assert api.delete(f"{route}/3").status_code == 400
    assert (
        api.post("/products/cost", {"prices": [{"cost": 4.25, "store_id": 0, "sku": "SIM-00001"}]}).json()
        == []
    )
    read = api.post("/products/cost-information", {"skus": ["SIM-00001"]}).json()
    assert read == [{"cost": 4.25, "store_id": 0, "sku": "SIM-00001"}]


def test_shoppers_pay_the_lowest_of_base_special_and_tier(shop: Magento2Shop, api: Api) -> None:
    shop.add_product(sku="MUG", price="10.00", stock_quantity=50)
    shop.set_special("MUG", "8.00")
    shop.set_tier("MUG", "7.00", "5")
    prices = [shop.place_order([{"sku": "MUG", "quantity": n}])["items"][0]["price"] for n in (1, 5)]
    assert prices == [8, 7]
