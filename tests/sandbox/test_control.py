from __future__ import annotations

from typing import Any

import pytest
import requests

from sandbox.woocommerce import WooShop
from tests.sandbox.client import Api, Receiver


class Control:
    def __init__(self, shop: WooShop) -> None:
        self.base = shop.control_url

    def get(self, path: str, **params: Any) -> Any:
        answer = requests.get(f"{self.base}/{path}", params=params, timeout=20)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: Any = None, status: int = 200) -> Any:
        answer = requests.post(f"{self.base}/{path}", json=body or {}, timeout=20)
        assert answer.status_code == status, answer.text
        return answer.json()


@pytest.fixture
def control(shop: WooShop) -> Control:
    return Control(shop)


def test_counters_count_calls_by_route_and_rows_but_not_the_control_api(
    shop: WooShop, api: Api, control: Control
) -> None:
    control.post("bulk", {"simple": 3})
    ids = [row["id"] for row in control.get("db/products")]
    api.get("/products")
    api.get(f"/products/{ids[0]}")
    api.put(f"/products/{ids[0]}", {"stock_quantity": 3})
    api.post("/products/batch", {"update": [{"id": i, "stock_quantity": 1} for i in ids]})
    counters = control.get("counters")
    assert counters["by_route"] == {
        "GET /products": 1,
        "GET /products/<id>": 1,
        "POST /products/batch": 1,
        "PUT /products/<id>": 1,
    }
    assert (counters["requests"], counters["writes"]) == (4, 2)
    assert counters["batch_rows"] == {"/products/batch update": 3}
    assert counters["by_status"] == {"200": 4}
    control.post("counters/reset")
    assert control.get("counters")["requests"] == 0


def test_log_hides_secrets(shop: WooShop, api: Api, control: Control) -> None:
    api.get("/products", consumer_key=shop.key, consumer_secret=shop.secret)
    assert shop.secret not in str(control.get("log"))
    assert control.get("log")[0]["status"] == 200


def test_state_names_keys_and_rows(shop: WooShop, control: Control) -> None:
    state = control.get("state")
    assert state["keys"][0]["consumer_key"] == shop.key
    assert state["rows"]["products"] == 0
    assert state["clock"]["zone"] == "Asia/Riyadh"


def test_faults_over_http(api: Api, control: Control) -> None:
    made = control.post("faults", {"kind": "http_503", "count": 1, "method": "GET"})
    assert api.get("/products").status_code == 503
    assert control.get("faults")["faults"][0]["fired"] == 1
    control.post("faults", {"clear": True})
    assert control.get("faults")["faults"] == []
    assert made["id"] == 1
    refused = control.post("faults", {"kind": "earthquake"}, status=400)
    assert "Unknown fault" in refused["error"]


def test_clock_is_moved_set_and_frozen(shop: WooShop, api: Api, control: Control) -> None:
    control.post("clock", {"set": "2026-06-01T09:00:00", "freeze": True})
    made = api.post("/products", {"name": "x"}).json()
    assert made["date_created_gmt"][:16] == "2026-06-01T09:00"
    assert made["date_created"][:16] == "2026-06-01T12:00"
    control.post("clock", {"advance": 3600})
    assert control.get("clock")["now_gmt"][:16] == "2026-06-01T10:00"
    control.post("clock", {"unfreeze": True})
    assert control.get("clock")["now_gmt"][:16] == "2026-06-01T10:00"


def test_orders_sales_and_status_over_http(shop: WooShop, control: Control) -> None:
    control.post("bulk", {"simple": 1, "prefix": "S", "stock": 9})
    order = control.post(
        "orders",
        {
            "lines": [{"sku": "S-00001", "quantity": 2}],
            "fees": [{"name": "Gift", "total": "5.00"}],
            "payment_method": "cod",
            "vat_number": "310122393500003",
            "company": "شركة نجد",
            "customer": {"email": "b2b@example.com"},
        },
    )
    assert (order["billing"]["company"], order["payment_method"]) == ("شركة نجد", "cod")
    assert order["customer_id"]
    control.post("sale", {"sku": "S-00001", "quantity": 3})
    assert control.get("db/stock") == {"S-00001": 4}
    done = control.post("orders/status", {"id": order["id"], "status": "completed"})
    assert done["status"] == "completed"
    assert [o["id"] for o in control.get("db/orders", id=order["id"])] == [order["id"]]
    assert "No product has the SKU" in control.post("sale", {"sku": "NO"}, status=400)["error"]


def test_webhooks_are_flushed_and_listed(
    shop: WooShop, api: Api, control: Control, receiver: Receiver
) -> None:
    control.post("bulk", {"simple": 1})
    api.post("/webhooks", {"topic": "order.created", "delivery_url": receiver.url, "secret": "x"})
    control.post("sale", {"sku": "SIM-00001"})
    sent = control.post("webhooks/flush")["sent"]
    assert [row["topic"] for row in sent] == ["order.created"]
    topics = [row["topic"] for row in control.get("webhooks")["deliveries"]]
    assert sorted(topics) == ["order.created", "ping"]


def test_options_keys_cron_reset_and_unknown_routes(shop: WooShop, api: Api, control: Control) -> None:
    assert control.post("options", {"version": "3.9.1"})["version"] == "3.9.1"
    assert "Unknown option" in control.post("options", {"colour": "red"}, status=400)["error"]
    key = control.post("keys", {"permissions": "read"})
    assert Api(shop, (key["consumer_key"], key["consumer_secret"])).get("/orders").status_code == 200
    control.post("keys/revoke", {"key": key["consumer_key"]})
    assert Api(shop, (key["consumer_key"], key["consumer_secret"])).get("/orders").status_code == 401
    assert control.post("cron") == {"sales_changed": [], "sent": []}
    control.post("bulk", {"variable": 2, "variations": 3})
    assert len(control.get("db/products")) == 8
    assert control.post("reset")["rows"]["products"] == 0
    assert api.get("/products").status_code == 200
    assert requests.get(f"{shop.control_url}/nothing", timeout=5).status_code == 404
    assert requests.get(f"{shop.control_url}/db/nothing", timeout=5).status_code == 404


def test_every_table_can_be_dumped(shop: WooShop, api: Api, control: Control) -> None:
    shop.add_product(sku="A", regular_price="1.00", sale_price="0.50")
    shop.add_coupon("ten", "10")
    order = shop.place_order([{"sku": "A"}], customer={"email": "x@example.com"})
    shop.refund(order["id"], amount="0.10")
    for table in ("products", "orders", "customers", "coupons", "categories", "refunds"):
        assert len(control.get(f"db/{table}")) == 1, table
    assert control.get("db/prices") == {"A": ["1.00", "0.50"]}
    assert control.get("db/products", sku="A")[0]["sku"] == "A"


def test_staff_of_the_shop_make_rest_calls_that_are_neither_counted_nor_spoiled(control: Control) -> None:
    control.post("bulk", {"simple": 1})
    order = control.post("orders", {"lines": [{"sku": "S-00001", "quantity": 2}]})
    control.post("faults", {"kind": "http_503"})
    counted = control.get("counters")["requests"]

    edited = control.post(
        "rest", {"method": "PUT", "path": f"/orders/{order['id']}", "body": {"customer_note": "Ring twice"}}
    )

    assert edited["customer_note"] == "Ring twice"
    assert control.get("counters")["requests"] == counted
    refused = control.post("rest", {"method": "PUT", "path": "/orders/9999", "body": {}}, status=400)
    assert "Invalid ID" in refused["error"]
