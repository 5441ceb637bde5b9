from __future__ import annotations

import pytest

from sandbox.woocommerce import WooShop
from tests.sandbox.client import Api


@pytest.fixture
def paid(shop: WooShop) -> dict:
    shop.add_product(sku="A", regular_price="10.00", stock_quantity=10)
    return shop.place_order(
        [{"sku": "A", "quantity": 3}],
        shipping={"method_id": "flat_rate", "title": "Aramex", "total": "20.00"},
        payment_method="cod",
    )


def test_partial_refund_of_lines_restocks_and_keeps_the_status(shop: WooShop, api: Api, paid: dict) -> None:
    line = paid["line_items"][0]
    body = {
        "api_refund": False,
        "line_items": [
            {
                "id": line["id"],
                "quantity": 1,
                "refund_total": 10.0,
                "refund_tax": [{"id": 1, "refund_total": 1.5}],
            }
        ],
    }
    shop.advance(60)
    made = api.post(f"/orders/{paid['id']}/refunds", body)
    refund = made.json()
    assert (made.status_code, refund["amount"], refund["refunded_payment"]) == (201, "11.50", False)
    returned = refund["line_items"][0]
    assert (returned["quantity"], returned["total"], returned["total_tax"]) == (-1, "-10.00", "-1.50")
    assert (returned["meta_data"][0]["key"], returned["meta_data"][0]["value"]) == (
        "_refunded_item_id",
        str(line["id"]),
    )
    assert refund["tax_lines"][0]["tax_total"] == "-1.50"
    assert shop.stock_of("A") == 8
    order = api.get(f"/orders/{paid['id']}").json()
    assert order["status"] == "processing"
    assert order["refunds"] == [{"id": refund["id"], "reason": "", "total": "-11.50"}]
    assert order["date_modified_gmt"] > paid["date_modified_gmt"]
    assert order["line_items"][0]["meta_data"][0]["value"] == "2"


def test_whole_refund_makes_the_order_refunded(shop: WooShop, api: Api, paid: dict) -> None:
    shop.refund(paid["id"], amount="20.00")
    shop.refund(paid["id"], amount="37.50")
    assert api.get(f"/orders/{paid['id']}").json()["status"] == "refunded"


def test_status_refunded_by_hand_makes_the_refund(shop: WooShop, api: Api, paid: dict) -> None:
    order = shop.set_order_status(paid["id"], "refunded")
    assert order["refunds"][0]["total"] == "-57.50"


@pytest.mark.parametrize(
    ("path", "amount", "code", "data"),
    [
        ("/orders/{id}/refunds", "1000.00", "woocommerce_rest_cannot_create_order_refund", 500),
        ("/orders/{id}/refunds", "-1.00", "woocommerce_rest_invalid_order_refund", 400),
        ("/orders/999/refunds", "1.00", "woocommerce_rest_invalid_order_id", 404),
    ],
)
def test_refusals_come_as_500_with_a_bare_number(
    api: Api, paid: dict, path: str, amount: str, code: str, data: int
) -> None:
    answer = api.post(path.format(id=paid["id"]), {"amount": amount, "api_refund": False})
    assert (answer.status_code, answer.json()["code"], answer.json()["data"]) == (500, code, data)


def test_money_goes_back_through_the_gateway_unless_told_not_to(shop: WooShop, api: Api, paid: dict) -> None:
    refused = api.post(f"/orders/{paid['id']}/refunds", {"amount": "5.00"})
    assert (refused.status_code, refused.json()["data"]) == (500, 500)
    assert "does not support automatic refunds" in refused.json()["message"]
    card = shop.place_order([{"sku": "A"}], payment_method="moyasar")
    assert api.post(f"/orders/{card['id']}/refunds", {"amount": "5.00"}).json()["refunded_payment"] is True
    assert shop.store.gateway_refunds == [{"order_id": card["id"], "amount": "5.00", "reason": ""}]


def test_refund_of_shipping(api: Api, paid: dict) -> None:
    charge = paid["shipping_lines"][0]
    row = {"id": charge["id"], "refund_total": "20.00", "refund_tax": [{"id": 1, "refund_total": "3.00"}]}
    refund = api.post(f"/orders/{paid['id']}/refunds", {"api_refund": False, "line_items": [row]}).json()
    assert (refund["amount"], refund["shipping_lines"][0]["total"]) == ("23.00", "-20.00")


def test_listing_and_cancelling_refunds(shop: WooShop, api: Api, paid: dict) -> None:
    refund = shop.refund(paid["id"], amount="5.00")
    path = f"/orders/{paid['id']}/refunds"
    assert [r["id"] for r in api.get(path).json()] == [refund["id"]]
    assert [r["parent_id"] for r in api.get("/refunds").json()] == [paid["id"]]
    assert api.delete(f"{path}/{refund['id']}").status_code == 501
    assert api.delete(f"{path}/{refund['id']}", force="true").status_code == 200
    assert api.get(f"/orders/{paid['id']}").json()["refunds"] == []


def test_refunds_across_orders_are_unknown_before_9_0(shop: WooShop, api: Api) -> None:
    shop.options.version = "8.2.0"
    assert api.get("/refunds").json()["code"] == "rest_no_route"
