"""Orders, shipments and refunds as the fact sheet has them."""

from __future__ import annotations

from decimal import Decimal

from sandbox.bigcommerce import BigCommerceShop
from tests.sandbox.bigcommerce.api import Api

D = Decimal


def placed(shop: BigCommerceShop, quantity: int = 2, **extra: object) -> dict[str, object]:
    if "mug" not in shop.store.skus:
        shop.add_product(sku="MUG", price="27.45", inventory_level=50)
    return shop.place_order([{"sku": "MUG", "quantity": quantity}], **extra)


def test_money_of_the_fact_sheet_with_a_coupon_and_tax_in_the_prices(api: Api, shop: BigCommerceShop) -> None:
    """Section 16: two at 27.45 with 20 %, shipping 4.90, 6.10 off."""
    shop.options.tax_rate = "20"
    shop.add_coupon("BIENVENUE", "6.10", 2)
    order = placed(shop, prices_include_tax=True, coupons=["BIENVENUE"], shipping="4.90")
    (line,) = api.get(f"v2/orders/{order['id']}/products").json()

    wanted = {
        "subtotal_ex_tax": "45.7500",
        "subtotal_inc_tax": "54.9000",
        "subtotal_tax": "9.1500",
        "shipping_cost_ex_tax": "4.0833",
        "shipping_cost_inc_tax": "4.9000",
        "total_ex_tax": "44.7500",
        "total_inc_tax": "53.7000",
        "total_tax": "8.9500",
        "coupon_discount": "6.1000",
    }
    assert {name: order[name] for name in wanted} == wanted
    assert (line["total_inc_tax"], line["discounted_total_inc_tax"]) == ("54.9000", "48.8000")
    assert line["applied_discounts"] == [
        {
            "id": "total-coupon",
            "amount": "6.1000",
            "name": "BIENVENUE",
            "code": "BIENVENUE",
            "target": "order",
        }
    ]


def test_lists_apart_are_empty_without_a_body(api: Api, shop: BigCommerceShop) -> None:
    assert api.get("v2/orders").status_code == 204
    order = placed(shop)

    for part in ("coupons", "shipments", "fees"):
        answer = api.get(f"v2/orders/{order['id']}/{part}")
        assert (answer.status_code, answer.content) == (204, b"")
    assert api.get("v2/orders", page=2).status_code == 204
    assert "url" in api.get(f"v2/orders/{order['id']}").json()["products"]


def test_lines_come_fifty_to_a_page_and_folded_ones_end_there(api: Api, shop: BigCommerceShop) -> None:
    for number in range(60):
        shop.add_product(sku=f"P{number}", inventory_level=5)
    order = shop.place_order([{"sku": f"P{number}", "quantity": 1} for number in range(60)])
    folded = api.get(
        f"v2/orders/{order['id']}", include="consignments.line_items", consignment_structure="object"
    ).json()

    assert len(api.get(f"v2/orders/{order['id']}/products").json()) == 50
    assert len(api.get(f"v2/orders/{order['id']}/products", page=2).json()) == 10
    assert len(folded["consignments"]["shipping"][0]["line_items"]) == 50
    assert folded["items_total"] == 60


def test_orders_are_filtered_and_sorted(api: Api, shop: BigCommerceShop) -> None:
    first = placed(shop)
    shop.advance(100)
    second = placed(shop)
    shop.advance(100)
    shop.edit_order(int(str(first["id"])), staff_notes="x")

    def listed(**params: object) -> list[object]:
        return [row["id"] for row in api.get("v2/orders", **params).json()]

    assert listed(sort="date_modified:asc") == [second["id"], first["id"]]
    moment = api.get(f"v2/orders/{first['id']}").json()["date_modified"]
    assert listed(min_date_modified=moment) == [first["id"]]
    assert listed(min_id=second["id"]) == [second["id"]]
    assert api.get("v2/orders", sort="mood:asc").status_code == 400


def test_archived_orders_are_in_no_list(api: Api, shop: BigCommerceShop) -> None:
    order = placed(shop)
    other = placed(shop)
    assert api("DELETE", f"v2/orders/{order['id']}").status_code == 204
    assert [row["id"] for row in api.get("v2/orders").json()] == [other["id"]]
    assert api.get(f"v2/orders/{order['id']}").json()["is_deleted"] is True

    api("DELETE", "v2/orders")
    assert api.get("v2/orders").status_code == 204 and shop.store.archived_all


def test_stock_is_taken_by_real_orders_and_comes_back_with_a_cancellation(shop: BigCommerceShop) -> None:
    left = placed(shop, status=0)
    assert shop.stock_of("MUG") == 50
    shop.set_order_status(int(str(left["id"])), 11)
    assert shop.stock_of("MUG") == 48
    shop.set_order_status(int(str(left["id"])), 5)
    assert shop.stock_of("MUG") == 50


def test_shipment_of_an_address_never_beyond_what_was_ordered(api: Api, shop: BigCommerceShop) -> None:
    order = placed(shop, quantity=3)
    (line,) = api.get(f"v2/orders/{order['id']}/products").json()
    body = {
        "order_address_id": line["order_address_id"],
        "items": [{"order_product_id": line["id"], "quantity": 2}],
        "tracking_number": "6A12345678901",
    }
    route = f"v2/orders/{order['id']}/shipments"

    assert api.post(route, body).status_code == 201
    assert api.get(f"v2/orders/{order['id']}").json()["status_id"] == 3
    assert api.post(route, body).status_code == 400
    assert api.post(route, {**body, "order_address_id": 1}).status_code == 400
    assert api.post(route, {**body, "tracking_number": "x" * 51}).status_code == 400


def test_refund_in_two_steps(api: Api, shop: BigCommerceShop) -> None:
    order = placed(shop, quantity=2)
    (line,) = api.get(f"v2/orders/{order['id']}/products").json()
    items = [{"item_type": "PRODUCT", "item_id": line["id"], "quantity": 1}]
    route = f"v3/orders/{order['id']}/payment_actions"
    quote = api.post(f"{route}/refund_quotes", {"items": items}).json()["data"]
    way = quote["refund_methods"][0][0]
    wrong = api.post(f"{route}/refunds", {"items": items, "payments": [{**way, "amount": 1}]})
    done = api.post(f"{route}/refunds", {"items": items, "payments": [way]})

    assert D(str(quote["total_refund_amount"])) == D("31.57")  # 27.45 and 15 %
    assert (wrong.status_code, done.status_code) == (422, 201)
    assert api.get(f"v2/orders/{order['id']}").json()["status_id"] == 14
    assert api.get(f"v2/orders/{order['id']}").json()["refunded_amount"] == "0.0000"
    assert len(api.get(f"{route}/refunds").json()["data"]) == 1
    assert len(api.get("v3/orders/payment_actions/refunds").json()["data"]) == 1


def test_money_and_lines_cannot_be_written(api: Api, shop: BigCommerceShop) -> None:
    order = placed(shop)
    wrong: list[dict[str, object]] = [{"total_inc_tax": "1.0000"}, {"products": []}, {"status_id": 77}]
    for body in wrong:
        assert api.put(f"v2/orders/{order['id']}", body).status_code == 400


def test_demo_shop_has_orders_of_every_kind() -> None:
    with BigCommerceShop("demo", items=200, orders=120, webhook_delay=None) as shop:
        summary = Api(shop).session.get(f"{shop.control_url}/demo", timeout=20).json()
        kinds = summary["kinds"]
        stock = Api(shop).session.get(f"{shop.control_url}/db/stock", timeout=20).json()

    assert kinds["tax_included"] == kinds["tax_excluded"] == 60
    assert {
        name: kinds[name] for name in ("unknown_sku", "refund_full", "incomplete", "archived", "store_credit")
    } == {
        "unknown_sku": 3,
        "refund_full": 3,
        "incomplete": 3,
        "archived": 3,
        "store_credit": 3,
    }
    assert summary["statuses"]["0"] == 3 and len(stock) >= 200
    assert sum(summary["statuses"].values()) == 120
