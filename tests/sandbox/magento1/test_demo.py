"""The demo shop, the control API, hints, faults, keeping the shop between runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.magento1 import Magento1Shop
from sandbox.magento1.demo import summary
from sandbox.magento1.hints import signature
from tests.platforms.scripted import Say, scripted_server
from tests.sandbox.magento1.client import Rpc, fault_of, request


def control(shop: Magento1Shop, method: str, path: str, body: Any = None) -> Any:
    status, answer = request(
        shop, method, f"/__sandbox__/{path}", json.dumps(body).encode() if body is not None else b""
    )
    assert status == 200, answer
    return json.loads(answer)


def test_demo_shop_is_the_same_for_the_same_number_and_holds_every_kind() -> None:
    with Magento1Shop("demo", webhook_delay=None) as one, Magento1Shop("demo", webhook_delay=None) as two:
        told = summary(one.store)
        assert told["kinds"] == summary(two.store)["kinds"]
        first, second = ([row["grand_total"] for row in shop.headers()] for shop in (one, two))

    assert first == second and len(first) == 200
    kinds = told["kinds"]
    assert (kinds["tax_included"], kinds["tax_excluded"]) == (100, 100)
    for mark in (
        "unknown_sku", "deleted_product", "unmapped_payment", "gift_card", "store_credit", "reward", "surcharge", "gift_wrap",
        "refund_partial", "refund_full", "cancelled", "holded", "virtual", "bundle", "bundle_dynamic", "other_currency",
        "custom_status", "fixed_tax", "fixed_tax_in_tax", "fixed_tax_in_subtotal",
    ):  # fmt: skip
        assert kinds[mark] == 5, mark
    assert (kinds["b2b"], kinds["coupon"], kinds["many_lines"]) == (15, 20, 15)
    assert (kinds["cancelled_in_part"], kinds["configurable"]) == (15, 10)
    assert told["statuses"]["canceled"] == 5 and told["statuses"]["closed"] == 5


def test_demo_catalogue_has_arabic_names_in_their_view() -> None:
    with Magento1Shop("demo", items=20, orders=0, webhook_delay=None) as shop:
        told = shop.rpc("product.info", "DEMO-0001", "ar", ["name", "barcode"], "sku")

    assert told["name"] == "بن خولاني 250 غم" and told["barcode"] == "6280000000017"


def test_control_api(shop: Magento1Shop) -> None:
    control(shop, "POST", "bulk", {"simple": 3, "prefix": "X"})
    sale = control(shop, "POST", "sale", {"sku": "X-00001", "quantity": 2})
    order = control(
        shop,
        "POST",
        "orders",
        {"lines": [{"sku": "X-00002", "quantity": 1}], "coupon": ["C", "percent", "10"]},
    )
    control(shop, "POST", "orders/status", {"id": order["increment_id"], "status": "canceled"})
    control(shop, "POST", "keys", {"username": "u", "api_key": "k", "rights": ["core_store.list"]})

    assert sale["state"] == "processing"
    assert control(shop, "GET", "db/stock") == {"X-00001": "3", "X-00002": "5", "X-00003": "5"}
    assert control(shop, "GET", f"db/orders?id={order['increment_id']}")[0]["status"] == "canceled"
    assert control(shop, "GET", "db/invoices")[0]["order_id"] == sale["order_id"]
    assert Rpc(shop, "u", "k").call("store.list")
    assert control(shop, "GET", "state")["rows"]["orders"] == 2
    assert control(shop, "POST", "options", {"currency": "KWD"})["currency"] == "KWD"
    assert (
        control(shop, "POST", "rpc", {"path": "product.info", "arguments": ["X-00003"]})["sku"] == "X-00003"
    )
    assert control(shop, "POST", "sessions/end", {}) == {"ended": 1}
    assert control(shop, "POST", "reset", {})["rows"]["products"] == 0


def test_calls_are_counted_by_what_they_do(shop: Magento1Shop, rpc: Rpc) -> None:
    shop.add_product("A")
    shop.counters.reset()
    rpc.call("product.info", "A")
    rpc.multi(["product.info", ["A"]], ["product_stock.update", ["A", {"qty": "1"}]])

    assert shop.counters.snapshot()["by_route"] == {
        "CALL /xmlrpc product.info": 1,
        "POST /xmlrpc multiCall": 1,
    }
    assert shop.counters.writes == 1
    assert shop.counters.batch_total("multiCall product_stock.update") == 1


def test_faults_of_this_shop(shop: Magento1Shop, rpc: Rpc) -> None:
    shop.add_product("A")
    shop.faults.add("batch_fail", path="/api/", skus=["A"], code=102, message="No.", count=2)
    assert fault_of(lambda: rpc.call("product.update", "A", {}, None, "sku")) == (102, "No.")
    assert rpc.multi(["product_stock.update", ["1", {"qty": "1"}]])[0]["faultMessage"] == "No."
    shop.faults.add("internal_error", path="/api/", count=1)
    code, text = fault_of(lambda: rpc.call("store.list"))
    assert code == 1 and "Deadlock" in text
    shop.faults.add("expired_key", path="/api/", count=1)
    assert fault_of(lambda: rpc.call("store.list"))[0] == 5
    again = Rpc(shop)
    shop.faults.add("batch_dies", path="/api/", after=1, count=1)
    with pytest.raises(Exception, match="500"):
        again.multi(
            ["product_stock.update", ["A", {"qty": "8"}]], ["product_stock.update", ["A", {"qty": "9"}]]
        )
    assert shop.stock_of("A") == 8


def test_hints_are_signed_over_time_and_body(shop: Magento1Shop) -> None:
    shop.add_product("A")
    with scripted_server() as server:
        server.script = lambda seen: Say(202, {})
        shop.install_hints(f"{server.url}/hook", "s")
        number = shop.place_order([{"sku": "A", "quantity": 1}]).increment_id
        shop.faults.add("webhook_duplicate", count=1)
        assert len(shop.flush_webhooks()) == 2
        first, second = server.seen

    assert first.json() == {"increment_id": number, "updated_at": shop.order(number).columns["updated_at"]}
    assert first.headers["x-ecomsync-topic"] == "order.updated"
    assert first.headers["x-ecomsync-signature"] == signature(
        "s", first.headers["x-ecomsync-timestamp"], first.body
    )
    assert first.headers["x-ecomsync-delivery"] == second.headers["x-ecomsync-delivery"]


def test_shop_is_kept_between_runs(tmp_path: Path) -> None:
    file = str(tmp_path / "shop.state")
    with Magento1Shop(webhook_delay=None, state_file=file) as shop:
        shop.add_product("A", stock=7)
        number = shop.place_order([{"sku": "A", "quantity": 1}]).increment_id
    with Magento1Shop(webhook_delay=None, state_file=file) as shop:
        assert shop.stock_of("A") == 6
        assert Rpc(shop).call("order.info", number)["items"][0]["sku"] == "A"


def test_unknown_options_are_named() -> None:
    with pytest.raises(TypeError, match="colour"):
        Magento1Shop(colour="red")
    with pytest.raises(ValueError, match="seed"):
        Magento1Shop("nothing")
    assert "currency" in Magento1Shop.option_names()
