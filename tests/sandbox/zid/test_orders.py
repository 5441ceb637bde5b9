"""Orders, their statuses and returns as the fact sheet has them."""

from __future__ import annotations

from decimal import Decimal

from sandbox.zid import ZidShop
from tests.sandbox.zid.api import Api

BASE = "/v1/managers/store/orders"
BACK = "/v1/managers/store/reverse-orders"
D = Decimal


def test_only_the_default_payload_has_lines_and_there_is_no_next_page(shop: ZidShop, api: Api) -> None:
    shop.add_product(sku="MUG", price="11.50", quantity=50)
    made = [shop.buy("MUG")["id"] for _ in range(23)]

    simple = api.get(BASE).json()
    tiny = api.get(BASE, payload_type="tiny", per_page=10, page=3, sort_by="asc").json()
    default = api.get(BASE, payload_type="default", per_page=100).json()

    assert (simple["status"], simple["total_order_count"], len(simple["orders"])) == ("object", 23, 20)
    assert "products" not in simple["orders"][0] and simple["orders"][0]["id"] == made[-1]
    assert [order["id"] for order in tiny["orders"]] == made[20:]
    assert len(default["orders"]) == 23 and default["orders"][0]["products"]
    assert not {"next", "links"} & set(simple)


def test_money_is_long_text_and_tax_a_fraction(shop: ZidShop) -> None:
    shop.add_product(sku="MUG", price="10.00", quantity=50)
    order = shop.place_order(
        [{"sku": "MUG", "quantity": 3}], shipping="20.00", payment_method="zid_cod", cod_fee="10"
    )

    (line,) = order["products"]
    totals = {row["code"]: D(row["value"]) for row in order["payment"]["invoice"]}
    assert line["tax_percentage"] == 0.15 and len(line["tax_amount"].partition(".")[2]) == 14
    assert (line["price"], line["total"], line["discounts"]) == (10.0, 30.0, [])
    assert totals["taxable_amount"] == totals["sub_totals_before_vat"] + 30
    assert totals["total"] == D(order["order_total"]) == D("64.5")
    assert [row["code"] for row in order["payment"]["invoice"]][-1] == "total"
    assert order["payment_status"] == "pending"


def test_discounts_are_an_object_once_there_are_some(shop: ZidShop) -> None:
    """Recorded: line 200.00 gross, discount 1.00, tax 24 % -> discounted_total 198.76."""
    shop.options.tax_rate = "0.24"
    shop.add_product(sku="MUG", price="200.00", quantity=5)
    order = shop.place_order([{"sku": "MUG", "quantity": 1}], loyalty="1.00", shipping="20.00")

    (line,) = order["products"]
    assert line["discounts"]["loyalty_points"]["amount"] == 1.0
    assert round(line["discounted_total"], 2) == 198.76
    totals = {row["code"]: round(D(row["value"]), 2) for row in order["payment"]["invoice"]}
    assert (totals["taxable_amount"], totals["vat"], totals["total"]) == (
        D("180.29"),
        D("43.27"),
        D("223.56"),
    )
    assert totals["loyalty_redemption"] == -1


def test_dates_bear_no_zone_and_the_invoice_is_in_local_time(shop: ZidShop) -> None:
    shop.add_product(sku="MUG")
    order = shop.place_order([{"sku": "MUG"}], created=1_793_611_530)

    assert order["created_at"] == "2026-11-02 09:25:30"
    assert order["issue_date"] == "02-11-2026 | 12:25 م"
    assert "-" not in order["inventory_address"]["id"]


def test_status_and_tracking_travel_together(shop: ZidShop, api: Api) -> None:
    shop.add_product(sku="MUG", quantity=5)
    number = shop.buy("MUG", 2)["id"]
    path = f"{BASE}/{number}/change-order-status"

    sent = api.post(
        path, {"order_status": "indelivery", "tracking_number": "TR1", "tracking_url": "https://t/1"}
    )
    unknown = api.post(path, {"order_status": "gone-fishing"})
    api.post(path, {"order_status": "cancelled"})
    locked = api.post(path, {"order_status": "new"})

    assert sent.json()["order"]["shipping"]["method"]["tracking"]["number"] == "TR1"
    assert (unknown.status_code, locked.status_code) == (422, 422)
    assert unknown.json()["error"]["fields"]["order_status"]
    assert shop.stock_of("MUG") == 5  # what was cancelled is back
    assert api.get(f"{BASE}/{number}").status_code == 404  # without /view it is another path


def test_comments_are_short_and_few(shop: ZidShop, api: Api) -> None:
    shop.add_product(sku="MUG")
    path = f"{BASE}/{shop.buy('MUG')['id']}/add-order-comment"

    assert api.post(path, {"comment": "x" * 101}).status_code == 422
    assert {api.post(path, {"comment": f"c{n}"}).status_code for n in range(20)} == {200}
    assert api.post(path, {"comment": "one more"}).status_code == 422


def test_reverse_order_writes_a_credit_note_and_is_paid_at_most_once(shop: ZidShop, api: Api) -> None:
    shop.add_product(sku="MUG", price="23.00", quantity=5)
    order = shop.buy("MUG", 2)
    line = order["products"][0]["order_product_id"]
    body = {
        "order_id": order["id"], "consignee_name": "سارة", "consignee_mobile": "966500000001",
        "inventory_location_id": shop.location, "reason": [{"id": 1, "name": "Damaged"}], "is_partial": True,
        "products": [{"order_product_id": line, "quantity": 1}],
    }  # fmt: skip

    made = api.post(BACK, body).json()["order_reverse"]
    pay = {"order_reverse_id": made["id"], "amount": 23, "payment_method": "cash"}
    too_much = api.post(f"{BACK}/refund", {**pay, "amount": 24})
    paid, twice = api.post(f"{BACK}/refund", pay), api.post(f"{BACK}/refund", pay)
    rest = api.post(BACK, {**body, "products": [{"order_product_id": line, "quantity": 2}]})

    (note,) = api.get(f"{BASE}/{order['id']}/credit-notes").json()["payload"]["credit_notes"]
    assert (note["order_total"], note["issue_reason"], note["items"][0]["quantity"]) == (23.0, "Damaged", 1)
    assert [r.status_code for r in (too_much, paid, twice, rest)] == [422, 200, 422, 422]
    assert shop.order(order["id"])["order_status"]["code"] == "partially_reversed"
    assert shop.stock_of("MUG") == 4


def test_demo_has_every_kind_and_is_the_same_each_time() -> None:
    with ZidShop("demo", items=100, orders=40, webhook_delay=None) as shop:
        found = Api(shop).get("/__sandbox__/demo").json()
        totals = [order["_total"] for order in shop.store.orders.values()]
    with ZidShop("demo", items=100, orders=40, webhook_delay=None) as again:
        same = [order["_total"] for order in again.store.orders.values()]

    assert totals == same
    assert {
        "unknown_sku",
        "unmapped_payment",
        "refund_partial",
        "refund_full",
        "b2b",
        "cod",
        "additions",
    } <= set(found["kinds"])
    assert found["kinds"]["tax_included"] == found["kinds"]["tax_excluded"] == 20
    assert {"new", "reversed", "partially_reversed", "cancelled", "initial"} <= set(found["statuses"])
