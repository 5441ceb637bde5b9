"""Hooks and deliveries as the fact sheet has them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.bigcommerce import BigCommerceShop
from sandbox.bigcommerce.delivery import RETRY_AFTER, sign
from tests.sandbox.bigcommerce.api import Api
from tests.sandbox.client import Receiver


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


def hook(api: Api, receiver: Receiver, scope: str = "store/order/*") -> dict[str, Any]:
    body = {
        "scope": scope,
        "destination": f"{receiver.url}/hooks/bc",
        "is_active": True,
        "headers": {"X-Erp-Key": "3b1f"},
    }
    made: dict[str, Any] = api.post("v3/hooks", body).json()["data"]
    return made


def test_delivery_holds_ids_and_both_proofs(shop: BigCommerceShop, api: Api, receiver: Receiver) -> None:
    hook(api, receiver)
    shop.add_product(sku="MUG", inventory_level=5)
    order = shop.buy("MUG")
    shop.flush_webhooks()

    (got,) = receiver.got
    body = json.loads(got.body)
    assert body["scope"] == "store/order/created" and body["data"] == {"type": "order", "id": order["id"]}
    assert body["producer"] == f"stores/{shop.options.store_hash}" and len(body["hash"]) == 40
    assert got.headers["X-Erp-Key"] == "3b1f"
    wanted = sign(shop.secret, got.headers["webhook-id"], got.headers["webhook-timestamp"], got.body)
    assert got.headers["webhook-signature"] == wanted


def test_status_change_tells_both_statuses(shop: BigCommerceShop, api: Api, receiver: Receiver) -> None:
    hook(api, receiver, "store/order/statusUpdated")
    shop.add_product(sku="MUG", inventory_level=5)
    shop.set_order_status(int(shop.buy("MUG")["id"]), 2)
    shop.flush_webhooks()

    (got,) = receiver.got
    assert json.loads(got.body)["data"]["status"] == {"previous_status_id": 11, "new_status_id": 2}


def test_stock_of_variants_and_products_have_topics_of_their_own(
    shop: BigCommerceShop, api: Api, receiver: Receiver
) -> None:
    hook(api, receiver, "store/product/inventory/updated")
    hook(api, receiver, "store/sku/inventory/updated")
    mug, shirt = shop.add_product(sku="MUG", inventory_level=5), shop.add_variable("S", {"Size": ["M"]})
    items = [
        {"location_id": 1, "product_id": mug["id"], "quantity": 1},
        {"location_id": 1, "variant_id": shirt["variants"][0]["id"], "quantity": 2},
    ]
    api.put("v3/inventory/adjustments/absolute", {"items": items})
    shop.flush_webhooks()
    assert receiver.got == []
    shop.advance(2)
    shop.flush_webhooks()

    assert [json.loads(got.body)["scope"] for got in receiver.got] == [
        "store/product/inventory/updated",
        "store/sku/inventory/updated",
    ]
    assert json.loads(receiver.got[1].body)["data"]["inventory"]["value"] == 2


def test_registration_refuses_doubles_and_plain_http(
    api: Api, receiver: Receiver, shop: BigCommerceShop
) -> None:
    hook(api, receiver)
    body = {"scope": "store/order/*", "destination": f"{receiver.url}/hooks/bc"}
    shop_alone = Api(shop, shop.add_key().token)

    assert api.post("v3/hooks", body).status_code == 422
    for destination in ("http://erp.example.test/", "https://erp.example.test:8443/"):
        assert api.post("v3/hooks", {**body, "destination": destination}).status_code == 422
    assert api.post("v3/hooks", {**body, "scope": "store/moon"}).status_code == 422
    assert shop_alone.get("v3/hooks").json()["data"] == []  # of its own account only


def test_failed_delivery_comes_again_for_two_days_and_then_the_hook_is_off(
    shop: BigCommerceShop, api: Api, receiver: Receiver
) -> None:
    made = hook(api, receiver, "store/order/created")
    receiver.status = 500
    shop.add_product(sku="MUG", inventory_level=5)
    shop.buy("MUG")
    shop.flush_webhooks()
    for wait in RETRY_AFTER:
        assert shop.store.hooks[made["id"]]["is_active"]
        shop.advance(wait)
        shop.flush_webhooks()

    assert len(receiver.got) == 1 + len(RETRY_AFTER) == 12
    assert len({got.body for got in receiver.got}) == 1
    assert not shop.store.hooks[made["id"]]["is_active"]


def test_domain_that_fails_too_much_is_left_alone(
    shop: BigCommerceShop, api: Api, receiver: Receiver
) -> None:
    hook(api, receiver, "store/order/created")
    receiver.status = 500
    shop.add_product(sku="MUG", inventory_level=500)
    for _ in range(101):
        shop.buy("MUG")
    shop.flush_webhooks()
    assert len(receiver.got) == 100  # the hundredth failure blocks the domain

    receiver.status = 200
    shop.advance(61)
    shop.flush_webhooks()
    assert len(receiver.got) == 100
    shop.advance(181)
    shop.flush_webhooks()
    assert len(receiver.got) == 201


def test_idle_hook_is_switched_off(shop: BigCommerceShop, api: Api, receiver: Receiver) -> None:
    hook(api, receiver)
    shop.advance(91 * 86_400)

    assert [row["is_active"] for row in api.get("v3/hooks").json()["data"]] == [False]


def test_faults_of_deliveries(shop: BigCommerceShop, api: Api, receiver: Receiver) -> None:
    hook(api, receiver, "store/order/created")
    shop.add_product(sku="MUG", inventory_level=50)
    for kind in ("webhook_duplicate", "webhook_drop", "webhook_wrong_signature"):
        shop.faults.add(kind, count=1)
        shop.buy("MUG")
        shop.flush_webhooks()

    assert len(receiver.got) == 2 + 0 + 1
    first, second, wrong = receiver.got
    assert first.body == second.body and first.headers["webhook-id"] == second.headers["webhook-id"]
    good = sign(shop.secret, wrong.headers["webhook-id"], wrong.headers["webhook-timestamp"], wrong.body)
    assert wrong.headers["webhook-signature"] != good and wrong.headers["X-Erp-Key"] == "wrong"


def test_deleted_account_takes_its_hooks_with_it(shop: BigCommerceShop, receiver: Receiver) -> None:
    key = shop.add_key()
    hook(Api(shop, key.token), receiver)

    assert shop.revoke_key(key.token) and shop.store.hooks == {}
