"""Hooks: one event each, https, no update; deliveries without a signature; the circuit breaker."""

from __future__ import annotations

import base64
import json
from typing import Any

import requests

from sandbox.zid import ZidShop
from tests.sandbox.client import Receiver
from tests.sandbox.zid.api import Api

PATH = "/v1/managers/webhooks"


def hook(url: str, **more: Any) -> dict[str, Any]:
    return {
        "event": "order.create", "target_url": url, "original_id": 3699, "subscriber": "erp", "conditions": None,
        "username": "erp", "password": "s3cret", **more,
    }  # fmt: skip


def test_registration_is_checked_and_told_without_its_password(api: Api) -> None:
    made = api.post(PATH, hook("https://erp.example.test/h"))

    assert made.status_code == 201 and "s3cret" not in made.text
    assert (made.json()["store_id"], made.json()["original_id"]) == ("90210", "3699")
    assert api.post(PATH, hook("https://erp.example.test/h")).status_code == 409
    assert api.post(PATH, hook("http://erp.example.test/h")).status_code == 422
    assert api.post(PATH, hook("https://erp.example.test/h", event="moon")).status_code == 422
    assert api.post(PATH, hook("https://erp.example.test/x", conditions=[])).status_code == 422
    assert [row["health_status"] for row in api.get(PATH).json()["data"]] == ["healthy"]


def test_deletion_takes_all_hooks_of_an_app(api: Api) -> None:
    for n in range(2):
        api.post(PATH, hook(f"https://erp.example.test/{n}"))
    api.post(PATH, hook("https://other.example.test/", original_id=1))

    assert api("DELETE", PATH).status_code == 422
    api("DELETE", PATH, original_id="3699")

    assert [row["original_id"] for row in api.get(PATH).json()["data"]] == ["1"]


def test_delivery_is_the_object_itself_with_user_and_password(shop: ZidShop, api: Api) -> None:
    shop.add_product(sku="MUG")
    with Receiver() as receiver:
        api.post(PATH, hook(receiver.url))
        order = shop.buy("MUG")
        shop.flush_webhooks()
        shop.options.envelope, shop.options.send_basic = "order", False
        shop.buy("MUG")
        shop.flush_webhooks()

    first, second = receiver.got
    assert json.loads(first.body)["id"] == order["id"]
    assert first.headers["Authorization"] == f"Basic {base64.b64encode(b'erp:s3cret').decode()}"
    assert not [name for name in first.headers if "signature" in name.lower()]
    assert "Authorization" not in second.headers and "order" in json.loads(second.body)


def test_conditions_choose_by_status(shop: ZidShop, api: Api) -> None:
    shop.add_product(sku="MUG")
    with Receiver() as receiver:
        api.post(PATH, hook(receiver.url, event="order.status.update", conditions={"status": "inDelivery"}))
        number = shop.buy("MUG")["id"]
        shop.set_order_status(number, "preparing")
        shop.set_order_status(number, "indelivery")
        shop.flush_webhooks()

    assert [json.loads(got.body)["order_status"]["code"] for got in receiver.got] == ["indelivery"]


def test_thirty_failures_break_a_hook_and_its_events_are_gone(shop: ZidShop, api: Api) -> None:
    shop.add_product(sku="MUG")
    states = []
    with Receiver() as receiver:
        receiver.status = 500
        api.post(PATH, hook(receiver.url))
        for _ in range(32):
            shop.buy("MUG")
            shop.flush_webhooks()
            states.append(shop.hooks[0]["health_status"])
        receiver.status = 200
        shop.buy("MUG")
        lost = shop.flush_webhooks()

    assert (states[8], states[9], states[28], states[29]) == ("healthy", "degraded", "degraded", "broken")
    assert len(receiver.got) == 30 and lost == []
    assert shop.hooks[0]["broken_at"]


def test_one_success_and_a_quiet_hour_set_the_count_back(shop: ZidShop, api: Api) -> None:
    api.post(PATH, hook("https://erp.example.test/h"))
    (row,) = shop.store.hooks.values()
    judge = shop.app.queue.judge
    for _ in range(12):
        judge(row, 0)
    judge(row, 429)
    degraded = row["health_status"]
    shop.advance(3601)
    judge(row, 500)
    quiet = row["health_status"]
    for _ in range(9):
        judge(row, 500)
    judge(row, 204)

    assert (degraded, quiet, row["health_status"]) == ("degraded", "healthy", "healthy")


def test_control_api_shows_and_moves_the_store(shop: ZidShop) -> None:
    url = shop.control_url
    made = requests.post(f"{url}/bulk", json={"simple": 2}, timeout=10).json()["made"]
    sold = requests.post(f"{url}/sale", json={"sku": made[0]["sku"], "quantity": 2}, timeout=10).json()
    requests.post(f"{url}/options", json={"rate_limit": 60}, timeout=10)

    state = requests.get(f"{url}/state", timeout=10).json()
    assert (state["platform"], state["rows"]["products"], state["rows"]["orders"]) == ("zid", 2, 1)
    assert requests.get(f"{url}/db/stock", timeout=10).json()[made[0]["sku"]] == 3
    assert requests.get(f"{url}/db/orders", timeout=10).json()[0]["id"] == sold["id"]
    assert shop.options.rate_limit == 60
    assert requests.post(f"{url}/options", json={"moon": 1}, timeout=10).status_code == 400
