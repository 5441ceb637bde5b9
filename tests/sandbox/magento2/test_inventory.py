from __future__ import annotations

from decimal import Decimal

import pytest
import requests

from sandbox.magento2 import Magento2Shop
from tests.sandbox.magento2.client import Api, criteria


def row(sku: str, quantity: float = 12, status: int = 1, source: str = "default") -> dict[str, object]:
    return {"sku": sku, "source_code": source, "quantity": quantity, "status": status}


def save(api: Api, *rows: dict[str, object]) -> requests.Response:
    return api.post("/inventory/source-items", {"sourceItems": list(rows)})


def test_quantities_are_absolute_and_upserted(shop: Magento2Shop, api: Api) -> None:
    shop.bulk_simple(2)
    before = api.get("/products/SIM-00001").json()["updated_at"]
    shop.advance(60)
    answer = save(api, row("SIM-00001", 12), row("SIM-00002", 0, 0))
    assert (answer.status_code, answer.json()) == (200, [])
    assert (shop.stock_of("SIM-00001"), shop.stock_of("SIM-00002")) == (Decimal(12), Decimal(0))
    assert api.get("/products/SIM-00001").json()["updated_at"] == before
    found = api.get("/inventory/source-items", criteria(("sku", "in", "SIM-00001,SIM-00002"))).json()
    assert [(i["sku"], i["quantity"], i["status"]) for i in found["items"]] == [
        ("SIM-00001", 12, 1),
        ("SIM-00002", 0, 0),
    ]
    assert shop.counters.batch_total("/V1/inventory/source-items*") == 2


def test_one_bad_row_saves_nothing(shop: Magento2Shop, api: Api) -> None:
    shop.bulk_simple(1)
    answer = save(api, row("SIM-00001", 99), row("SIM-00001", source=""))
    assert answer.status_code == 400
    assert answer.json() == {
        "message": 'Validation Failed: "source_code" can not be empty.',
        "errors": [{"message": '"%field" can not be empty.', "parameters": {"field": "source_code"}}],
    }
    assert shop.stock_of("SIM-00001") == 5


@pytest.mark.parametrize("status", [None, 2, "x"])
def test_status_must_be_sent(api: Api, status: object) -> None:
    answer = save(api, {**row("A"), "status": status})
    assert (answer.status_code, '"status" should a known status.' in answer.json()["message"]) == (400, True)


def test_empty_list_and_unknown_source(shop: Magento2Shop, api: Api) -> None:
    assert save(api).json() == {"message": "Input data is empty"}
    shop.bulk_simple(1)
    answer = save(api, row("SIM-00001", 1), row("SIM-00001", 2, source="moon"))
    assert (answer.status_code, answer.json()) == (400, {"message": "Could not save Source Item"})
    assert shop.stock_of("SIM-00001") == 5


def test_an_unknown_sku_is_saved_as_a_phantom_row(shop: Magento2Shop, api: Api) -> None:
    answer = save(api, row("GHOST", 7))
    assert (answer.status_code, answer.json()) == (200, [])
    assert shop.phantoms() == ["GHOST"]
    shop.add_product(sku="GHOST")
    assert (shop.stock_of("GHOST"), shop.phantoms()) == (Decimal(7), [])


def test_a_deadlock_looks_like_any_other_trouble(shop: Magento2Shop, api: Api) -> None:
    shop.bulk_simple(1)
    shop.faults.add("batch_fail", path="source-items", count=2)
    assert save(api, row("SIM-00001")).json() == {"message": "Could not save Source Item"}
    assert save(api, row("SIM-00001")).status_code == 400
    assert save(api, row("SIM-00001")).status_code == 200


def test_orders_reserve_and_shipments_lower_the_shelf(shop: Magento2Shop, api: Api) -> None:
    shop.add_product(sku="MUG", stock_quantity=30)
    order = shop.place_order([{"sku": "MUG", "quantity": 2}])
    assert (shop.stock_of("MUG"), shop.salable_of("MUG")) == (Decimal(30), Decimal(28))
    assert api.get("/inventory/get-product-salable-quantity/MUG/1").json() == 28
    # The physical figure is right; the ERP's available one (28) counts the order twice.
    save(api, row("MUG", 28))
    assert shop.salable_of("MUG") == 26
    save(api, row("MUG", 30))
    shop.ship(order["entity_id"])
    assert (shop.stock_of("MUG"), shop.salable_of("MUG")) == (Decimal(28), Decimal(28))


def test_cancelling_gives_the_reservation_back(shop: Magento2Shop, api: Api) -> None:
    shop.add_product(sku="MUG", stock_quantity=3)
    order = shop.place_order([{"sku": "MUG", "quantity": 3}], payment_method="checkmo")
    assert api.get("/inventory/is-product-salable/MUG/1").json() is False
    assert api.post(f"/orders/{order['entity_id']}/cancel", {}).json() is True
    assert (shop.stock_of("MUG"), shop.salable_of("MUG")) == (Decimal(3), Decimal(3))


def test_a_disabled_source_and_the_threshold_do_not_sell(shop: Magento2Shop, api: Api) -> None:
    shop.add_source("RUH")
    shop.add_product(sku="MUG", stock_quantity=5)
    save(api, row("MUG", 7, source="RUH"))
    assert shop.salable_of("MUG") == 12
    api.put("/inventory/sources/RUH", {"source": {"enabled": False}})
    assert shop.salable_of("MUG") == 5
    shop.store.by_sku("MUG").stock["min_qty"] = 2
    assert shop.salable_of("MUG") == 3


def test_sources_stocks_links_and_resolver(shop: Magento2Shop, api: Api) -> None:
    made = api.post(
        "/inventory/sources",
        {
            "source": {
                "source_code": "JED",
                "name": "Jeddah",
                "enabled": True,
                "country_id": "SA",
                "postcode": "21442",
            }
        },
    )
    assert made.json() == []
    refused = api.post("/inventory/sources", {"source": {"source_code": "X", "name": "No code"}})
    assert refused.status_code == 400
    api.post(
        "/inventory/stock-source-links", {"links": [{"stock_id": 1, "source_code": "JED", "priority": 2}]}
    )
    links = api.get("/inventory/stock-source-links", criteria(("stock_id", "eq", "1"))).json()["items"]
    assert [(link["source_code"], link["priority"]) for link in links] == [("default", 1), ("JED", 2)]
    assert [s["source_code"] for s in api.get("/inventory/sources", criteria()).json()["items"]] == [
        "default",
        "JED",
    ]
    assert api.get("/inventory/stock-resolver/website/base").json()["stock_id"] == 1
    assert api.get("/inventory/stock-resolver/website/none").status_code == 404


def test_the_low_quantity_notification_is_of_a_source(shop: Magento2Shop, api: Api) -> None:
    shop.bulk_simple(1)
    told = api.get("/inventory/low-quantity-notification/SIM-00001/default").json()
    assert (told["sku"], told["notify_stock_qty"]) == ("SIM-00001", 1)
    assert api.get("/inventory/low-quantity-notification/SIM-00001/moon").status_code == 404


def test_salable_figures_in_bulk(shop: Magento2Shop, api: Api) -> None:
    shop.bulk_simple(3)
    shop.buy("SIM-00002", 5)
    found = api.get("/inventory/export-stock-salable-qty/website/base", criteria()).json()
    assert {i["sku"]: (i["qty"], i["is_salable"]) for i in found["items"]}["SIM-00002"] == (0, False)
    pairs = [("skus[0]", "SIM-00001"), ("skus[1]", "SIM-00002"), ("stockId", "1")]
    assert [r["salable"] for r in api.get("/inventory/are-products-salable", pairs).json()] == [True, False]


def test_assign_transfer_and_unassign(shop: Magento2Shop, api: Api) -> None:
    shop.add_source("RUH")
    shop.bulk_simple(2)
    skus = ["SIM-00001", "SIM-00002"]
    assert (
        api.post("/inventory/bulk-product-source-assign", {"skus": skus, "sourceCodes": ["RUH"]}).json() == 2
    )
    moved = {
        "originSourceCode": "default",
        "destinationSourceCode": "RUH",
        "items": [{"sku": skus[0], "qty": 3}],
    }
    assert api.post("/inventory/bulk-partial-source-transfer", moved).json() == []
    assert (shop.stock_of(skus[0]), shop.stock_of(skus[0], "RUH")) == (Decimal(2), Decimal(3))
    too_much = {**moved, "items": [{"sku": skus[0], "qty": 50}]}
    assert api.post("/inventory/bulk-partial-source-transfer", too_much).status_code == 400
    whole = {
        "skus": [skus[1]],
        "originSource": "default",
        "destinationSource": "RUH",
        "unassignFromOrigin": True,
    }
    assert api.post("/inventory/bulk-product-source-transfer", whole).json() is True
    assert shop.stock_of(skus[1], "RUH") == 5
    assert (
        api.post("/inventory/bulk-product-source-unassign", {"skus": skus, "sourceCodes": ["RUH"]}).json()
        == 2
    )
    gone = api.post("/inventory/source-items-delete", {"sourceItems": [row(skus[0])]})
    assert gone.json() == []
    assert api.post("/inventory/source-items-delete", {"sourceItems": [row(skus[0])]}).status_code == 400


def test_input_limits_answer_how_many_are_allowed(shop: Magento2Shop, api: Api) -> None:
    shop.options.input_limits = True
    answer = save(api, *[row(f"S-{n}") for n in range(21)])
    assert answer.status_code == 400
    assert answer.json()["parameters"]["max"] == 20
    assert answer.json()["message"] == 'Maximum items of type "%type" is %max'
    assert save(api, *[row(f"S-{n}") for n in range(20)]).status_code == 200
    shop.options.input_limits = None
    shop.options.version = "2.4.3"
    shop.options.old_sha256 = True
    assert save(api, *[row(f"S-{n}") for n in range(21)]).status_code == 400


# The legacy stock item.


def test_quantity_without_the_flag_leaves_the_product_out_of_stock(shop: Magento2Shop, api: Api) -> None:
    product = shop.add_product(sku="MUG", stock_quantity=5)
    route = f"/products/MUG/stockItems/{product['id']}"
    assert api.put(route, {"stockItem": {"qty": 0}}).json() == product["id"]
    api.put(route, {"stockItem": {"qty": 9}})
    item = api.get("/stockItems/MUG").json()
    assert (item["qty"], item["is_in_stock"]) == (9, False)
    api.put("/products/MUG/stockItems/1", {"stockItem": {"qty": 9, "is_in_stock": True}})
    assert api.get("/stockItems/MUG").json()["is_in_stock"] is True
    assert api.put("/products/NONE/stockItems/1", {"stockItem": {"qty": 9}}).status_code == 404


def test_without_msi_orders_take_from_the_one_stock() -> None:
    with Magento2Shop(msi=False, webhook_delay=None) as shop:
        api = Api(shop)
        shop.add_product(sku="MUG", stock_quantity=3)
        assert save(api, row("MUG")).status_code == 404
        assert "Magento_InventoryApi" not in api.get("/modules").json()
        order = shop.place_order([{"sku": "MUG", "quantity": 3}], payment_method="checkmo")
        item = api.get("/stockItems/MUG").json()
        assert (item["qty"], item["is_in_stock"]) == (0, False)
        api.post(f"/orders/{order['entity_id']}/cancel", {})
        assert shop.stock_of("MUG") == Decimal(3)
