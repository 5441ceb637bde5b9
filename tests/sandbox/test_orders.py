"""Orders: arithmetic by hand, stock, states, and what a PUT does and does not do."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from sandbox.woocommerce import WooShop
from tests.sandbox.client import Api

FLAT = {"method_id": "flat_rate", "title": "Aramex", "total": "25.00"}


@pytest.fixture
def goods(shop: WooShop) -> WooShop:
    shop.add_product(sku="A", regular_price="9.99", stock_quantity=100)
    shop.add_product(sku="B", regular_price="10.05", stock_quantity=100)
    shop.add_product(sku="BOOK", regular_price="20.00", tax_class="zero-rate", stock_quantity=100)
    return shop


@pytest.fixture
def gross_goods() -> Iterator[WooShop]:
    with WooShop(treat_as_https=True, webhook_delay=None, prices_include_tax=True) as shop:
        shop.add_product(sku="A", regular_price="9.99", stock_quantity=100)
        shop.add_product(sku="B", regular_price="10.05", stock_quantity=100)
        yield shop


def adds_up(order: dict[str, Any]) -> bool:
    """The identity of the fact sheet: lines + shipping + fees + tax = total, all as printed."""
    net = [row["total"] for name in ("line_items", "shipping_lines", "fee_lines") for row in order[name]]
    assert Decimal(order["total_tax"]) == Decimal(order["cart_tax"]) + Decimal(order["shipping_tax"])
    return sum(map(Decimal, net), Decimal(order["total_tax"])) == Decimal(order["total"])


def figures(row: dict[str, Any], *names: str) -> list[str]:
    return [row[name] for name in names]


def test_prices_without_tax_add_it_per_line(goods: WooShop) -> None:
    order = goods.place_order([{"sku": "A", "quantity": 3}, {"sku": "B"}], shipping=FLAT)
    # 3 x 9.99 = 29.97, 15 % = 4.4955 -> 4.50; 10.05, 15 % = 1.5075 -> 1.51; 25.00 -> 3.75
    assert [figures(line, "total", "total_tax") for line in order["line_items"]] == [
        ["29.97", "4.50"],
        ["10.05", "1.51"],
    ]
    assert figures(order, "cart_tax", "shipping_total", "shipping_tax", "total_tax", "total") == [
        "6.01",
        "25.00",
        "3.75",
        "9.76",
        "74.78",
    ]
    tax = order["tax_lines"][0]
    assert (tax["rate_code"], tax["rate_percent"]) == ("SA-VAT-1", 15)
    assert figures(tax, "tax_total", "shipping_tax_total") == ["6.01", "3.75"]
    assert order["line_items"][0]["taxes"] == [{"id": 1, "total": "4.4955", "subtotal": "4.4955"}]
    assert order["line_items"][0]["price"] == 9.99
    assert adds_up(order)


def test_prices_with_tax_take_it_out_of_the_lines(gross_goods: WooShop) -> None:
    order = gross_goods.place_order([{"sku": "A", "quantity": 3}, {"sku": "B"}], shipping=FLAT)
    # 29.97 holds 3.909130 of tax: 26.060870 net; 10.05 holds 1.310870: 8.739130 net.
    assert [figures(line, "total", "total_tax") for line in order["line_items"]] == [
        ["26.06", "3.91"],
        ["8.74", "1.31"],
    ]
    # What the buyer saw: 29.97 + 10.05 + 25.00 + 3.75
    assert (order["prices_include_tax"], order["total"]) == (True, "68.77")
    assert order["line_items"][0]["price"] == 8.686956666666667  # total / 3, not rounded
    assert adds_up(order)


def test_mixed_rates_have_a_tax_line_each(goods: WooShop) -> None:
    order = goods.place_order([{"sku": "B"}, {"sku": "BOOK", "quantity": 2}])
    assert [(t["rate_percent"], t["tax_total"]) for t in order["tax_lines"]] == [(15, "1.51"), (0, "0.00")]
    assert order["line_items"][1]["tax_class"] == "zero-rate"
    assert order["total"] == "51.56"


def test_compound_rate_applies_to_amount_and_tax(shop: WooShop) -> None:
    shop.rest("PUT", "/taxes/1", {"rate": "10"})
    shop.add_tax_rate("5", name="Levy", priority=2, compound=True)
    shop.add_product(sku="C", regular_price="100.00")
    order = shop.place_order([{"sku": "C"}])
    # 100 -> 10.00; 5 % of 110 = 5.50
    assert [t["tax_total"] for t in order["tax_lines"]] == ["10.00", "5.50"]
    assert [t["compound"] for t in order["tax_lines"]] == [False, True]
    gross = shop.place_order([{"sku": "C", "price": "115.50"}], prices_include_tax=True)
    assert gross["line_items"][0]["total"] == "100.00"
    assert gross["total"] == "115.50"


def test_rounding_at_the_subtotal(goods: WooShop) -> None:
    goods.options.tax_round_at_subtotal = True
    order = goods.place_order([{"sku": "A", "quantity": 3}, {"sku": "B"}])
    # 4.4955 + 1.5075 = 6.003 -> 6.00 instead of 6.01
    assert figures(order, "cart_tax", "total") == ["6.00", "46.02"]


def test_tax_ties_are_rounded_down_when_prices_include_tax(goods: WooShop) -> None:
    fee = [{"name": "Bag", "total": "0.50"}]  # 15 % = 0.075
    up = goods.place_order([{"sku": "B"}], fees=fee)
    down = goods.place_order([{"sku": "B"}], fees=fee, prices_include_tax=True)
    assert (up["fee_lines"][0]["total_tax"], down["fee_lines"][0]["total_tax"]) == ("0.08", "0.07")


def test_percent_coupon_gives_the_odd_cent_to_the_first_line(goods: WooShop) -> None:
    goods.add_coupon("ten", "10")
    order = goods.place_order([{"sku": "A", "quantity": 3}, {"sku": "B"}], coupons=["TEN"])
    # 10 % of 29.97 = 2.997 and of 10.05 = 1.005: floors 2.99 + 1.00, whole 4.00, so one cent more
    assert [figures(line, "subtotal", "total", "total_tax") for line in order["line_items"]] == [
        ["29.97", "26.97", "4.05"],
        ["10.05", "9.05", "1.36"],
    ]
    # tax before 4.4955 + 1.5075, after 4.0455 + 1.3575: 0.60
    assert figures(order, "discount_total", "discount_tax", "total") == ["4.00", "0.60", "41.43"]
    assert figures(order["coupon_lines"][0], "code", "discount", "discount_tax") == ["ten", "4.00", "0.60"]
    assert adds_up(order)


def test_percent_coupon_on_prices_with_tax_is_a_percent_of_what_the_buyer_sees(gross_goods: WooShop) -> None:
    gross_goods.add_coupon("ten", "10")
    gross_goods.add_product(sku="C", regular_price="12.50")
    order = gross_goods.place_order([{"sku": "C", "quantity": 2}], coupons=["ten"])
    # 25.00 - 2.50 = 22.50 = 19.57 + 2.93
    assert figures(order["line_items"][0], "subtotal", "total", "total_tax") == ["21.74", "19.57", "2.93"]
    assert order["total"] == "22.50"
    assert adds_up(order)


def test_fixed_cart_coupon_is_spread_over_pieces(shop: WooShop) -> None:
    shop.add_product(sku="C", regular_price="40.00")
    shop.add_product(sku="D", regular_price="20.00")
    shop.add_coupon("fifty", "50", "fixed_cart")
    order = shop.place_order([{"sku": "C", "quantity": 2}, {"sku": "D"}], coupons=["fifty"])
    # 50.00 / 3 pieces = 16.66 each, the two cents left go to the first pieces: 33.34 + 16.66
    assert [line["total"] for line in order["line_items"]] == ["46.66", "3.34"]
    assert order["discount_total"] == "50.00"


def test_whole_discount_leaves_shipping_to_pay(goods: WooShop) -> None:
    goods.add_coupon("gift", "100")
    order = goods.place_order([{"sku": "A"}], coupons=["gift"], shipping=FLAT)
    assert figures(order, "total", "total_tax", "discount_total") == ["28.75", "3.75", "9.99"]


def test_fees_positive_negative_and_untaxed(goods: WooShop) -> None:
    fees = [
        {"name": "Cash handling", "total": "13.04"},
        {"name": "Loyalty", "total": "-8.70"},
        {"name": "Donation", "total": "5.00", "taxable": False},
    ]
    order = goods.place_order([{"sku": "B", "quantity": 2}], fees=fees)
    # 13.04 x 15 % = 1.956; 8.70 x 15 % = 1.305; 20.10 x 15 % = 3.015: 3.02 + 1.96 - 1.31 = 3.67
    assert [figures(f, "total", "total_tax") for f in order["fee_lines"]] == [
        ["13.04", "1.96"],
        ["-8.70", "-1.31"],
        ["5.00", "0.00"],
    ]
    assert figures(order, "cart_tax", "total") == ["3.67", "33.11"]
    assert adds_up(order)


def test_untaxed_shipping_and_exempt_business(goods: WooShop) -> None:
    order = goods.place_order([{"sku": "B"}], shipping={**FLAT, "taxable": False})
    assert figures(order, "shipping_tax", "total") == ["0.00", "36.56"]
    exempt = goods.place_order([{"sku": "B"}], shipping=FLAT, vat_exempt=True, vat_number="310122393500003")
    assert figures(exempt, "total_tax", "total") == ["0.00", "35.05"]
    assert {m["key"]: m["value"] for m in exempt["meta_data"]}["_billing_vat_number"] == "310122393500003"


def test_order_of_another_country_pays_no_tax(goods: WooShop) -> None:
    order = goods.place_order([{"sku": "B"}], billing={"country": "BH", "city": "Manama"})
    assert figures(order, "total_tax", "total") == ["0.00", "10.05"]
    assert order["tax_lines"] == []


def test_dp_raises_decimals(goods: WooShop) -> None:
    order = goods.place_order([{"sku": "A", "quantity": 3}], prices_include_tax=True)
    shown = Api(goods).get(f"/orders/{order['id']}", dp=6).json()
    assert figures(shown["line_items"][0], "total", "total_tax") == ["26.060870", "3.910000"]


def test_unknown_product_makes_an_empty_line_and_oversell_goes_below_zero(goods: WooShop) -> None:
    api = Api(goods)
    body: dict[str, Any] = {"line_items": [{"product_id": 987654, "quantity": 2}]}
    made = api.post("/orders", body)
    line = made.json()["line_items"][0]
    assert made.status_code == 201
    assert (line["product_id"], line["sku"], line["total"]) == (0, None, "0.00")
    first = goods.by_sku("A")
    assert first is not None
    body = {"set_paid": True, "line_items": [{"product_id": first["id"], "quantity": 1077}]}
    assert api.post("/orders", body).status_code == 201
    assert goods.stock_of("A") == -977
    nothing = api.post("/orders", {"line_items": [{"quantity": 1}]})
    assert nothing.json()["code"] == "woocommerce_rest_required_product_reference"


def test_storefront_order_with_a_sku_that_is_gone(goods: WooShop) -> None:
    lines = [{"sku": "GONE", "name": "Old", "price": "5.00"}, {"sku": "A"}]
    line = goods.place_order(lines)["line_items"][0]
    assert (line["product_id"], line["sku"], line["total"]) == (0, None, "5.00")
    order = goods.place_order([{"sku": "A"}])
    product_id = order["line_items"][0]["product_id"]
    goods.rest("DELETE", f"/products/{product_id}", force=True)
    left = goods.order(order["id"])["line_items"][0]
    assert (left["sku"], left["product_id"]) == (None, product_id)


def test_stock_goes_down_once_and_comes_back_on_cancel(goods: WooShop) -> None:
    order = goods.place_order([{"sku": "A", "quantity": 4}], status="pending")
    assert goods.stock_of("A") == 100
    for status, left in (("on-hold", 96), ("processing", 96), ("completed", 96), ("cancelled", 100)):
        shown = goods.set_order_status(order["id"], status)
        assert goods.stock_of("A") == left, status
    assert not [m for m in shown["line_items"][0]["meta_data"] if m["key"] == "_reduced_stock"]
    again = goods.set_order_status(order["id"], "processing")
    assert goods.stock_of("A") == 96
    assert again["line_items"][0]["meta_data"][0]["value"] == "4"


def test_sixteen_paid_orders_at_once_leave_the_exact_stock(goods: WooShop) -> None:
    product = goods.by_sku("A")
    assert product is not None
    body = {"set_paid": True, "line_items": [{"product_id": product["id"], "quantity": 2}]}
    threads = [threading.Thread(target=lambda: Api(goods).post("/orders", body)) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert goods.stock_of("A") == 68


def test_paid_order_moves_the_products_date(goods: WooShop) -> None:
    before = goods.by_sku("A")
    goods.advance(60)
    goods.place_order([{"sku": "A"}])
    after = goods.by_sku("A")
    assert before and after
    assert after["date_modified_gmt"] > before["date_modified_gmt"]


@pytest.mark.parametrize(
    ("method", "status", "paid"),
    [("cod", "processing", True), ("bacs", "on-hold", False), ("moyasar", "processing", True)],
)
def test_payment_method_decides_the_first_state(goods: WooShop, method: str, status: str, paid: bool) -> None:
    order = goods.place_order([{"sku": "A"}], payment_method=method)
    assert (order["status"], order["date_paid_gmt"] is not None) == (status, paid)
    assert bool(order["transaction_id"]) == (method == "moyasar")


def test_status_change_keeps_totals_and_lines_recalculate_with_todays_rates(goods: WooShop) -> None:
    api = Api(goods)
    order = goods.place_order([{"sku": "B"}])
    goods.rest("PUT", "/taxes/1", {"rate": "5"})
    path = f"/orders/{order['id']}"
    completed = api.put(path, {"status": "completed"}).json()
    assert (completed["total"], completed["status"]) == ("11.56", "completed")
    assert completed["date_completed"] is not None
    assert api.put(path, {"billing": {"city": "Abha"}}).json()["total"] == "10.55"


def test_no_op_put_moves_no_date(goods: WooShop) -> None:
    api = Api(goods)
    order = goods.place_order([{"sku": "A"}])
    goods.advance(60)
    path = f"/orders/{order['id']}"
    same = api.put(path, {"status": order["status"]}).json()
    assert same["date_modified_gmt"] == order["date_modified_gmt"]
    assert api.put(path, {"customer_note": "x"}).json()["date_modified_gmt"] > order["date_modified_gmt"]


def test_unknown_status_is_refused_alone_and_pending_in_a_batch(goods: WooShop) -> None:
    api = Api(goods)
    order = goods.place_order([{"sku": "A"}])
    assert api.put(f"/orders/{order['id']}", {"status": "shipped"}).status_code == 400
    rows = api.post("/orders/batch", {"update": [{"id": order["id"], "status": "shipped"}]}).json()
    assert rows["update"][0]["status"] == "pending"


def test_lines_are_added_changed_and_removed(goods: WooShop) -> None:
    api = Api(goods)
    order = goods.place_order([{"sku": "A"}, {"sku": "B"}])
    path = f"/orders/{order['id']}"
    first, second = (line["id"] for line in order["line_items"])
    book = goods.by_sku("BOOK")
    assert book is not None
    body = {
        "line_items": [
            {"id": first, "quantity": 0},
            {"id": second, "total": "8.00"},
            {"product_id": book["id"]},
        ]
    }
    shown = api.put(path, body).json()
    assert [(line["sku"], line["total"]) for line in shown["line_items"]] == [
        ("B", "8.00"),
        ("BOOK", "20.00"),
    ]
    assert shown["discount_total"] == "2.05"
    unknown = api.put(path, {"line_items": [{"id": 99999, "quantity": 1}]})
    assert unknown.json()["code"] == "woocommerce_rest_invalid_item_id"


def test_coupons_by_rest(goods: WooShop) -> None:
    api = Api(goods)
    goods.add_coupon("ten", "10")
    order = goods.place_order([{"sku": "B", "quantity": 10}])
    path = f"/orders/{order['id']}"
    shown = api.put(path, {"coupon_lines": [{"code": "ten"}]}).json()
    assert shown["discount_total"] == "10.05"
    read_only = api.put(path, {"coupon_lines": [{"id": shown["coupon_lines"][0]["id"], "code": "ten"}]})
    assert read_only.json()["code"] == "woocommerce_rest_coupon_item_id_readonly"
    assert (
        api.put(path, {"coupon_lines": [{"code": "no"}]}).json()["code"] == "woocommerce_rest_invalid_coupon"
    )


def test_set_paid_and_unknown_customer(goods: WooShop) -> None:
    api = Api(goods)
    order = goods.place_order([{"sku": "A"}], status="pending")
    assert order["needs_payment"]
    paid = api.put(f"/orders/{order['id']}", {"set_paid": True, "transaction_id": "T1"}).json()
    assert (paid["status"], paid["transaction_id"], paid["needs_payment"]) == ("processing", "T1", False)
    answer = api.post("/orders", {"customer_id": 4711})
    assert (answer.status_code, answer.json()["code"]) == (400, "woocommerce_rest_invalid_customer_id")


def test_trash_and_force_delete(goods: WooShop) -> None:
    api = Api(goods)
    order = goods.place_order([{"sku": "A"}])
    path = f"/orders/{order['id']}"
    assert api.delete(path).status_code == 200
    assert api.get("/orders").json() == []
    assert [o["status"] for o in api.get("/orders", status="trash").json()] == ["trash"]
    assert api.delete(path).json()["code"] == "woocommerce_rest_already_trashed"
    assert api.delete(path, force="true").status_code == 200
    missing = api.get(path)
    assert (missing.status_code, missing.json()["code"]) == (404, "woocommerce_rest_shop_order_invalid_id")


def test_notes(goods: WooShop) -> None:
    api = Api(goods)
    order = goods.place_order([{"sku": "A"}])
    path = f"/orders/{order['id']}/notes"
    made = api.post(path, {"note": "Shipped 📦", "customer_note": True})
    assert (made.status_code, made.json()["note"]) == (201, "Shipped 📦")
    assert [n["note"] for n in api.get(path, type="customer").json()] == ["Shipped 📦"]
    assert "Order status changed" in api.get(path, type="internal").json()[0]["note"]
    assert api.delete(f"{path}/{made.json()['id']}").status_code == 501
    assert api.delete(f"{path}/{made.json()['id']}", force="true").status_code == 200
    assert api.post(path, {}).json()["code"] == "rest_missing_callback_param"


def test_totals_by_status(goods: WooShop) -> None:
    goods.place_order([{"sku": "A"}])
    rows = {row["slug"]: row["total"] for row in Api(goods).get("/reports/orders/totals").json()}
    assert (rows["processing"], rows["completed"]) == (1, 0)


def test_guest_registered_and_draft(goods: WooShop) -> None:
    guest = goods.place_order([{"sku": "A"}])
    known = goods.place_order([{"sku": "A"}], customer={"email": "new@example.com"})
    again = goods.place_order([{"sku": "A"}], customer={"email": "NEW@example.com"})
    assert guest["customer_id"] == 0
    assert known["customer_id"] == again["customer_id"] > 0
    assert Api(goods).get("/customers", email="new@example.com").json()[0]["is_paying_customer"]
    draft = goods.place_order([{"sku": "A"}], status="checkout-draft")
    assert draft["status"] == "checkout-draft"
