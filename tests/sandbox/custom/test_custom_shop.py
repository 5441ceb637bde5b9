"""The custom shop: its switches, its arithmetic, its refusals."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import urllib3

from sandbox.custom import CustomShop
from sandbox.custom.state import AUTHS, PAGINGS

D = Decimal
http = urllib3.PoolManager()


def _get(shop: CustomShop, path: str, **headers: str) -> tuple[int, Any]:
    sent = {"Authorization": f"Bearer {shop.key}", **headers}
    reply = http.request("GET", f"{shop.url}/api/v1{path}", headers=sent)
    return reply.status, json.loads(reply.data)


def _send(shop: CustomShop, method: str, path: str, body: Any) -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {shop.key}", "Content-Type": "application/json"}
    reply = http.request(method, f"{shop.url}/api/v1{path}", body=json.dumps(body).encode(), headers=headers)
    return reply.status, json.loads(reply.data)


@pytest.mark.parametrize("included", [False, True])
def test_totals_add_up_with_tax_included_and_not(included: bool) -> None:
    with CustomShop(webhook_delay=None) as shop:
        shop.add_product(sku="A", price="10.33", quantity=9)
        shop.add_product(sku="B", price="7.77", quantity=9, tax_class="zero-rate")
        order = shop.place_order(
            [{"sku": "A", "quantity": 3}, {"sku": "B"}],
            prices_include_tax=included,
            discount_percent="10",
            shipping="25.00",
            fee="5.00",
        )
        rows = [*order["lines"], *order["shipping"], *order["fees"]]
        assert sum(D(row["total"]) + D(row["tax"]) for row in rows) == D(order["total"])
        assert sum(D(row["tax"]) for row in rows) == D(order["tax_total"])
        assert shop.stock_of("A") == 6


def test_every_demo_order_adds_up_but_for_what_is_rounded() -> None:
    with CustomShop("demo", items=40, orders=50, webhook_delay=None) as shop:
        for number, tags in shop.store.demo_tags.items():
            order = shop.order(number)
            rows = [*order["lines"], *order["shipping"], *order["fees"]]
            rest = D(order["total"]) - sum(D(row["total"]) + D(row["tax"]) for row in rows)
            assert abs(rest) <= (D("0.025") if "rounded" in tags else D(0)), (number, tags)
            assert sum(D(row["amount"]) for row in order["payments"]) == D(order["total"])


def test_same_seed_same_orders() -> None:
    with CustomShop("demo", items=20, orders=12) as one, CustomShop("demo", items=20, orders=12) as two:
        assert [one.order(n)["total"] for n in one.store.orders] == [
            two.order(n)["total"] for n in two.store.orders
        ]


def test_wrong_keys_rights_and_routes_are_refused_in_words() -> None:
    with CustomShop(webhook_delay=None) as shop:
        assert _get(shop, "/orders", Authorization="Bearer wrong")[0] == 401
        reader = shop.add_key("read")
        assert _get(shop, "/orders", Authorization=f"Bearer {reader.token}")[0] == 200
        nobody = shop.add_key("none")
        status, told = _get(shop, "/orders", Authorization=f"Bearer {nobody.token}")
        assert (status, told["error"]["code"]) == (403, "FORBIDDEN")
        assert _get(shop, "/moon")[1]["error"]["code"] == "NO_ROUTE"
        assert _get(shop, "/orders/99")[0] == 404


def test_rows_of_a_batch_are_answered_one_by_one() -> None:
    with CustomShop(webhook_delay=None) as shop:
        made = shop.add_product(sku="A", quantity=5)
        rows = [
            {"id": made["id"], "quantity": 7},
            {"id": 999, "quantity": 1},
            {"id": made["id"], "quantity": -1},
        ]
        status, told = _send(shop, "PUT", "/stock", {"rows": rows})
        assert status == 200
        assert [row["ok"] for row in told["results"]] == [True, False, False]
        assert shop.stock_of("A") == 7


def test_more_is_neither_shipped_nor_given_back_than_there_is() -> None:
    with CustomShop(webhook_delay=None) as shop:
        shop.add_product(sku="A", price="10.00", quantity=5)
        order = shop.place_order([{"sku": "A", "quantity": 2}])
        line = order["lines"][0]["id"]
        parcel = {"tracking": "T1", "lines": [{"line_id": line, "quantity": 2}]}
        assert _send(shop, "POST", f"/orders/{order['id']}/shipments", parcel)[0] == 200
        assert _send(shop, "POST", f"/orders/{order['id']}/shipments", parcel)[0] == 422
        assert _send(shop, "POST", f"/orders/{order['id']}/refunds", {"amount": "23.00"})[0] == 200
        assert _send(shop, "POST", f"/orders/{order['id']}/refunds", {"amount": "0.01"})[0] == 422
        assert shop.order(order["id"])["payment_status"] == "refunded"


def test_signed_calls_are_refused_when_changed_or_old() -> None:
    with CustomShop(auth="hmac", webhook_delay=None) as shop:
        key, stamp = shop.store.keys[0], str(int(time.time()))
        signed = hmac.new(
            key.secret.encode(), f"GET/api/v1/orders{stamp}".encode(), hashlib.sha256
        ).hexdigest()
        headers = {"X-Api-User": key.user, "X-Timestamp": stamp, "X-Signature": signed}
        assert _get(shop, "/orders", **headers)[0] == 200
        assert _get(shop, "/products", **headers)[0] == 401
        shop.advance(3600)
        assert _get(shop, "/orders", **headers)[0] == 401


def test_deliveries_go_to_loopback_only() -> None:
    with CustomShop(webhook_delay=None) as shop:
        hook = {"topic": "order.created", "url": "https://erp.example.com/x", "secret": "s"}
        assert _send(shop, "POST", "/hooks", hook)[0] == 200
        shop.add_product(sku="A", quantity=5)
        shop.place_order([{"sku": "A"}])
        (sent,) = shop.flush_webhooks()
        assert (sent["status"], "loopback" in sent["problem"]) == (0, True)


def test_a_shop_is_kept_between_runs(tmp_path: Path) -> None:
    file = str(tmp_path / "shop.state")
    with CustomShop("demo", items=10, orders=5, state_file=file) as shop:
        totals = [shop.order(number)["total"] for number in shop.store.orders]
    with CustomShop("demo", state_file=file) as again:
        assert [again.order(number)["total"] for number in again.store.orders] == totals


def test_switches_that_do_not_exist_are_named() -> None:
    with pytest.raises(ValueError, match=", ".join(AUTHS)):
        CustomShop(auth="trust")
    with pytest.raises(ValueError, match=", ".join(PAGINGS)):
        CustomShop(paging="spiral")
    with pytest.raises(TypeError, match="colour"):
        CustomShop(colour="red")
