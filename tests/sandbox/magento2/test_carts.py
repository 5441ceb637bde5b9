from __future__ import annotations

from typing import Any

import pytest
import requests

from sandbox.magento2 import Magento2Shop
from tests.sandbox.magento2.client import Api, criteria

ADDRESS = {
    "firstname": "نورة",
    "lastname": "القحطاني",
    "street": ["شارع العليا 45"],
    "city": "الرياض",
    "country_id": "SA",
    "telephone": "+966500000001",
    "email": "noura@example.com",
}


class Buyer:
    """A shopper without keys."""

    def __init__(self, shop: Magento2Shop) -> None:
        self.base = f"{shop.url}/rest/default/V1/guest-carts"
        self.cart = requests.post(self.base, json={}, timeout=5).json()

    def call(self, method: str, path: str, body: Any = None) -> requests.Response:
        return requests.request(method, f"{self.base}/{self.cart}{path}", json=body, timeout=5)

    def fill(self, sku: str, quantity: int) -> requests.Response:
        return self.call("POST", "/items", {"cartItem": {"sku": sku, "qty": quantity, "quote_id": self.cart}})

    def address(self) -> requests.Response:
        information = {
            "shipping_address": ADDRESS,
            "billing_address": ADDRESS,
            "shipping_carrier_code": "flatrate",
            "shipping_method_code": "flatrate",
        }
        return self.call("POST", "/shipping-information", {"addressInformation": information})

    def place(self) -> requests.Response:
        return self.call("PUT", "/order", {"paymentMethod": {"method": "checkmo"}})


@pytest.fixture
def stocked(shop: Magento2Shop) -> Magento2Shop:
    shop.add_product(sku="MUG", price="10.00", stock_quantity=5)
    return shop


def test_placing_the_same_cart_twice_makes_one_order(stocked: Magento2Shop, api: Api) -> None:
    buyer = Buyer(stocked)
    assert buyer.place().status_code == 400
    assert buyer.fill("MUG", 2).json()["qty"] == 2
    assert buyer.address().json()["payment_methods"][0]["code"] == "checkmo"
    assert buyer.call("GET", "").json()["items_qty"] == 2
    first, second = buyer.place(), buyer.place()
    assert (first.status_code, second.status_code) == (200, 404)
    order = api.get(f"/orders/{first.json()}").json()
    assert (order["customer_email"], order["grand_total"]) == ("noura@example.com", 28.75)
    assert api.get("/orders", criteria()).json()["total_count"] == 1
    assert [int(stocked.stock_of("MUG")), int(stocked.salable_of("MUG"))] == [5, 3]


def test_more_than_can_be_sold_is_refused(stocked: Magento2Shop) -> None:
    buyer = Buyer(stocked)
    assert buyer.fill("MUG", 6).json() == {"message": "The requested qty is not available"}
    assert buyer.fill("NONE", 1).status_code == 404
    assert buyer.fill("MUG", 5).status_code == 200


def test_the_checkout_may_have_a_limit_of_its_own(stocked: Magento2Shop, api: Api) -> None:
    stocked.options.checkout_limit = 1
    statuses = []
    for _ in range(2):
        buyer = Buyer(stocked)
        buyer.fill("MUG", 1)
        buyer.address()
        last = buyer.place()
        statuses.append(last.status_code)
    assert statuses == [200, 429]
    assert last.json() == {"message": "Too Many Requests"}
    assert api.get("/orders", criteria()).status_code == 200
    stocked.advance(61)
    assert buyer.place().status_code == 200
