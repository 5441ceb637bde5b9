from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from sandbox.magento2 import Magento2Shop
from tests.sandbox.magento2.client import Api, criteria


def money(value: Any) -> Decimal:
    return Decimal(str(value))


def adds_up(order: dict[str, Any], extras: str = "0") -> bool:
    names = (
        "subtotal",
        "shipping_amount",
        "tax_amount",
        "discount_amount",
        "discount_tax_compensation_amount",
    )
    return sum((money(order[n]) for n in names), money(extras)) == money(order["grand_total"])


def lines_add_up(order: dict[str, Any]) -> bool:
    """Gross less discount, with tax and compensation, over the lines, and the shipping."""
    total = money(order["shipping_amount"]) + money(order["shipping_tax_amount"])
    for item in order["items"]:
        total += (
            money(item["row_total"])
            + money(item["tax_amount"])
            + money(item["discount_tax_compensation_amount"])
        )
    return total == money(order["grand_total"])


@pytest.fixture
def stocked(shop: Magento2Shop) -> Magento2Shop:
    shop.add_variable("SHIRT", {"Color": ["Red"], "Size": ["M", "L"]}, price="25.00", stock=50)
    shop.add_product(sku="MUG", price="10.00", stock_quantity=50)
    shop.add_product(sku="BOOK", price="30.00", stock_quantity=50, tax_class_id="0")
    shop.add_coupon("MAY5", "10")
    return shop


def test_the_sheets_example_to_the_cent(stocked: Magento2Shop, api: Api) -> None:
    stocked.options.tax_rate = "19"
    placed = stocked.place_order(
        [{"sku": "SHIRT-RED-M", "quantity": 2}],
        coupons=["MAY5"],
        shipping={"total": "4.90"},
        payment_method="banktransfer",
        customer={"email": "ana@example.com"},
    )
    order = api.get(f"/orders/{placed['entity_id']}").json()
    wanted = {
        "subtotal": 50,
        "subtotal_incl_tax": 59.5,
        "discount_amount": -5,
        "shipping_amount": 4.9,
        "shipping_tax_amount": 0.93,
        "shipping_incl_tax": 5.83,
        "tax_amount": 9.48,
        "grand_total": 59.38,
        "total_due": 59.38,
        "total_qty_ordered": 2,
        "total_item_count": 1,
        "customer_is_guest": 0,
        "state": "new",
        "status": "pending",
        "coupon_code": "MAY5",
    }
    assert {name: order[name] for name in wanted} == wanted
    parent, child = order["items"]
    shown = (
        "product_type",
        "sku",
        "price",
        "price_incl_tax",
        "tax_amount",
        "discount_amount",
        "row_total",
        "row_total_incl_tax",
    )
    assert [parent[n] for n in shown] == ["configurable", "SHIRT-RED-M", 25, 29.75, 8.55, 5, 45, 53.55]
    assert [child[n] for n in shown] == ["simple", "SHIRT-RED-M", 0, 0, 0, 0, 0, 0]
    assert child["parent_item_id"] == parent["item_id"] == child["parent_item"]["item_id"]
    assert "parent_item_id" not in parent
    assert "total_paid" not in order


def test_2_3_shows_rows_before_the_discount(stocked: Magento2Shop) -> None:
    stocked.options.version = "2.3.7"
    order = stocked.place_order([{"sku": "MUG", "quantity": 2}], coupons=["MAY5"])
    assert (order["items"][0]["row_total"], order["items"][0]["row_total_incl_tax"]) == (20, 23)


@pytest.mark.parametrize("includes", [False, True])
@pytest.mark.parametrize("coupons", [[], ["MAY5"], ["FIX7"], ["MAY5", "FIX7"]])
def test_totals_add_up_with_and_without_tax_in_prices(
    stocked: Magento2Shop, includes: bool, coupons: list[str]
) -> None:
    stocked.add_coupon("FIX7", "7.77", "fixed")
    order = stocked.place_order(
        [{"sku": "SHIRT-RED-M", "quantity": 3}, {"sku": "MUG", "quantity": 7}, {"sku": "BOOK"}],
        coupons=coupons,
        shipping={"total": "17.39"},
        prices_include_tax=includes,
    )
    assert adds_up(order)
    assert lines_add_up(order)
    if includes and not coupons:
        assert order["grand_total"] == 75 + 70 + 30 + 17.39
    assert {tax["percent"] for tax in order["extension_attributes"]["applied_taxes"]} == {15}
    assert sum(money(t["amount"]) for t in order["extension_attributes"]["applied_taxes"]) == money(
        order["tax_amount"]
    )


def test_bundles_bear_their_money_above_or_below(stocked: Magento2Shop) -> None:
    stocked.add_bundle("DYN", {"MUG": 2, "BOOK": 1})
    stocked.add_bundle("FIX", {"MUG": 2}, price="18.00")
    order = stocked.place_order([{"sku": "DYN"}, {"sku": "FIX"}])
    assert [(i["product_type"], i["row_total"]) for i in order["items"]] == [
        ("bundle", 0),
        ("simple", 20),
        ("simple", 30),
        ("bundle", 18),
        ("simple", 0),
    ]
    assert adds_up(order)
    assert [i["qty_ordered"] for i in order["items"]] == [1, 2, 1, 1, 2]


def test_members_of_a_group_are_lines_of_their_own(stocked: Magento2Shop) -> None:
    stocked.add_grouped("SET", {"MUG": 2, "BOOK": 1})
    order = stocked.place_order([{"sku": "SET"}])
    assert [(i["sku"], i["product_type"], i["qty_ordered"]) for i in order["items"]] == [
        ("MUG", "grouped", 2),
        ("BOOK", "grouped", 1),
    ]


def test_extras_stand_beside_the_totals_or_nowhere(stocked: Magento2Shop) -> None:
    order = stocked.place_order(
        [{"sku": "MUG", "quantity": 10}],
        gift_cards={"GIFT1": "30.00"},
        store_credit="20.00",
        rewards="5.50",
        gift_wrap="4.00",
        surcharge="3.21",
    )
    extra = order["extension_attributes"]
    assert order["grand_total"] == 115 - 30 - 20 - 5.5 + 4 + 3.21
    assert adds_up(order, "-48.29")
    assert (
        extra["gift_cards_amount"],
        extra["customer_balance_amount"],
        extra["reward_currency_amount"],
    ) == (30, 20, 5.5)
    assert extra["gift_cards"][0]["code"] == "GIFT1"
    assert extra["gw_price"] == "4.0000"
    assert "surcharge" not in str(order)


def test_another_currency_has_its_rate(stocked: Magento2Shop) -> None:
    order = stocked.place_order([{"sku": "MUG", "quantity": 3}], currency="USD")
    assert (order["base_currency_code"], order["order_currency_code"], order["base_to_order_rate"]) == (
        "SAR",
        "USD",
        0.2667,
    )
    assert order["items"][0]["price"] == 2.67
    assert order["items"][0]["base_price"] == 10.01
    assert adds_up(order)


def test_three_decimals(stocked: Magento2Shop) -> None:
    stocked.options.decimals, stocked.options.tax_rate = 3, "5"
    stocked.add_product(sku="DATE", price="1.235", stock_quantity=5)
    order = stocked.place_order([{"sku": "DATE", "quantity": 3}])
    assert (order["subtotal"], order["tax_amount"], order["grand_total"]) == (3.705, 0.185, 3.89)


@pytest.mark.parametrize("includes", [False, True])
def test_two_taxes_on_one_line_stand_apart(stocked: Magento2Shop, includes: bool) -> None:
    stocked.options.second_tax_rate = "2.5"
    order = stocked.place_order(
        [{"sku": "MUG", "quantity": 3}],
        coupons=["MAY5"],
        shipping={"total": "10.00"},
        prices_include_tax=includes,
    )
    item, extra = order["items"][0], order["extension_attributes"]
    assert item["tax_percent"] == 17.5
    product = next(row for row in extra["item_applied_taxes"] if row["type"] == "product")["applied_taxes"]
    assert [tax["percent"] for tax in product] == [15, 2.5]
    assert sum(money(tax["amount"]) for tax in product) == money(item["tax_amount"])
    assert sum(money(tax["amount"]) for tax in extra["applied_taxes"]) == money(order["tax_amount"])
    assert len({tax["code"] for tax in extra["applied_taxes"]}) == 2
    assert adds_up(order)


def test_a_fixed_product_tax_is_in_the_row_with_tax_and_in_the_total(stocked: Magento2Shop) -> None:
    order = stocked.place_order([{"sku": "MUG", "quantity": 2, "weee": "1.50"}])
    item = order["items"][0]
    assert (item["row_total"], item["row_total_incl_tax"], item["weee_tax_applied_row_amount"]) == (
        20,
        24.5,
        1.5,
    )
    assert order["grand_total"] == 24.5
    assert adds_up(order, "1.50")


def test_cron_cancels_what_was_not_paid_in_eight_hours(stocked: Magento2Shop) -> None:
    waiting = stocked.place_order([{"sku": "MUG"}], status="pending_payment")["entity_id"]
    stocked.advance(480 * 60 - 1)
    assert stocked.run_cron() == []
    stocked.advance(1)
    assert stocked.run_cron() == [waiting]
    assert (stocked.order(waiting)["state"], int(stocked.salable_of("MUG"))) == ("canceled", 50)


def test_guests_companies_views_and_virtual_orders(stocked: Magento2Shop) -> None:
    stocked.add_product(sku="CODE", price="50.00", type_id="virtual")
    order = stocked.place_order(
        [{"sku": "CODE"}],
        store="ar",
        company="شركة نجد",
        vat_number="310122393500003",
        billing={"first_name": "نورة", "address_1": "شارع العليا 45", "address_2": "شقة 3", "city": "الرياض"},
    )
    assert order["increment_id"] == "2000000001"
    assert order["store_name"].endswith("العربية")
    assert (order["customer_is_guest"], order["is_virtual"]) == (1, 1)
    assert "customer_id" not in order
    assert "shipping_assignments" not in order["extension_attributes"]
    assert order["billing_address"]["street"] == ["شارع العليا 45", "شقة 3"]
    assert (order["billing_address"]["vat_id"], order["billing_address"]["firstname"]) == (
        "310122393500003",
        "نورة",
    )
    assert order["state"] == "complete"


def test_a_deleted_product_keeps_its_line(stocked: Magento2Shop) -> None:
    order = stocked.place_order([{"sku": "OLD-77", "price": "35.00", "name": "Old"}])
    assert (order["items"][0]["sku"], order["items"][0]["price"]) == ("OLD-77", 35)
    assert stocked.phantoms() == []


# Lists.


def test_orders_are_found_by_entity_id_only(stocked: Magento2Shop, api: Api) -> None:
    placed = stocked.buy("MUG")
    assert placed["entity_id"] == 101
    assert api.get("/orders/1").status_code == 404
    assert api.get("/orders/000000001").status_code == 404
    found = api.get("/orders", criteria(("increment_id", "eq", "000000001"))).json()
    assert [o["entity_id"] for o in found["items"]] == [101]


def test_updated_since_with_pages_and_sorting(stocked: Magento2Shop, api: Api) -> None:
    stocked.app.clock.freeze()
    ids = []
    for _ in range(5):
        ids.append(stocked.buy("MUG")["entity_id"])
        stocked.advance(60)
    since = stocked.order(ids[2])["updated_at"]
    sort = (("updated_at", "ASC"), ("entity_id", "ASC"))
    pages = [
        api.get("/orders", criteria(("updated_at", "gteq", since), size=2, page=n, sort=sort)).json()
        for n in (1, 2, 3)
    ]
    assert [[o["entity_id"] for o in p["items"]] for p in pages] == [ids[2:4], ids[4:], []]
    assert {p["total_count"] for p in pages} == {3}
    stocked.options.repeats_last_page = True
    beyond = api.get("/orders", criteria(("updated_at", "gteq", since), size=2, page=9, sort=sort)).json()
    assert [o["entity_id"] for o in beyond["items"]] == ids[4:]


def test_search_criteria_are_needed_and_without_a_page_size_everything_comes(
    stocked: Magento2Shop, api: Api
) -> None:
    refused = api.get("/orders")
    assert refused.status_code == 400
    assert refused.json() == {
        "message": '"%fieldName" is required. Enter and try again.',
        "parameters": {"fieldName": "searchCriteria"},
    }
    for _ in range(3):
        stocked.buy("MUG")
    whole = api.get("/orders", criteria(size=None)).json()
    assert (len(whole["items"]), whole["total_count"]) == (3, 3)
    stocked.options.input_limits, stocked.options.default_page_size = True, 2
    assert len(api.get("/orders", criteria(size=None)).json()["items"]) == 2
    too_big = api.get("/orders", criteria(size=301))
    assert too_big.json() == {
        "message": "Maximum SearchCriteria pageSize is %max",
        "parameters": {"max": 300},
    }


def test_groups_are_anded_filters_ored_and_fields_trimmed(stocked: Magento2Shop, api: Api) -> None:
    paid, waiting = stocked.buy("MUG"), stocked.place_order([{"sku": "MUG"}], payment_method="checkmo")
    stocked.set_order_status(waiting["entity_id"], "canceled")
    either = [("state", "eq", "processing"), ("state", "eq", "canceled")]
    found = api.get("/orders", criteria(either, ("entity_id", "gt", str(paid["entity_id"])))).json()
    assert [o["entity_id"] for o in found["items"]] == [waiting["entity_id"]]
    trimmed = api.get(
        "/orders", [*criteria(either), ("fields", "items[increment_id,items[sku]],total_count")]
    ).json()
    assert trimmed == {
        "items": [{"increment_id": f"00000000{n}", "items": [{"sku": "MUG"}]} for n in (1, 2)],
        "total_count": 2,
    }
    assert api.get("/orders", criteria(("colour", "eq", "1"))).status_code == 400


def test_camel_case_criteria_and_order_items(stocked: Magento2Shop, api: Api) -> None:
    order = stocked.place_order([{"sku": "MUG"}, {"sku": "BOOK"}])
    base = "searchCriteria[filterGroups][0][filters][0]"
    pairs = [
        (f"{base}[field]", "order_id"),
        (f"{base}[value]", str(order["entity_id"])),
        (f"{base}[conditionType]", "eq"),
    ]
    assert [i["sku"] for i in api.get("/orders/items", pairs).json()["items"]] == ["MUG", "BOOK"]


# What staff and connectors do.


def test_cancel_hold_and_unhold_answer_whether_they_did(stocked: Magento2Shop, api: Api) -> None:
    order = stocked.place_order([{"sku": "MUG"}], payment_method="checkmo")["entity_id"]
    paid = stocked.buy("MUG")["entity_id"]
    assert api.post(f"/orders/{paid}/cancel", {}).json() is False
    assert api.post(f"/orders/{order}/hold", {}).json() is True
    assert api.post(f"/orders/{order}/cancel", {}).json() is False
    assert api.get(f"/orders/{order}").json()["hold_before_state"] == "new"
    assert api.post(f"/orders/{order}/unhold", {}).json() is True
    assert api.post(f"/orders/{order}/unhold", {}).json() is False
    assert api.post(f"/orders/{order}/cancel", {}).json() is True
    assert api.post(f"/orders/{order}/cancel", {}).json() is False
    shown = api.get(f"/orders/{order}").json()
    assert (shown["state"], shown["total_due"], shown["items"][0]["qty_canceled"]) == ("canceled", 0, 1)


def test_comments_carry_a_status_of_the_same_state(stocked: Magento2Shop, api: Api) -> None:
    stocked.add_status("packed", "processing")
    order = stocked.buy("MUG")["entity_id"]
    before = stocked.order(order)["updated_at"]
    stocked.advance(30)

    def comment(status: str) -> Any:
        row = {"comment": "Picked", "status": status, "is_customer_notified": 0, "is_visible_on_front": 0}
        return api.post(f"/orders/{order}/comments", {"statusHistory": row})

    assert comment("processing").json() is True
    assert stocked.order(order)["updated_at"] == before
    assert comment("packed").json() is True
    assert (stocked.order(order)["status"], stocked.order(order)["updated_at"] > before) == ("packed", True)
    refused = comment("complete")
    assert (refused.status_code, refused.json()["parameters"]) == (400, ["complete"])
    stocked.options.unknown_status_accepted = True
    assert comment("anything").json() is True
    assert [r["comment"] for r in api.get(f"/orders/{order}/comments").json()["items"]][-1] == "Picked"


def test_saving_an_order_over_may_null_what_was_not_sent(stocked: Magento2Shop, api: Api) -> None:
    order = stocked.place_order([{"sku": "MUG"}], customer_note="Ring twice")["entity_id"]
    body = {"entity": {"entity_id": order, "ext_order_id": "SO-77"}}
    assert api.post("/orders", body).json()["ext_order_id"] == "SO-77"
    assert stocked.order(order)["customer_note"] == "Ring twice"
    stocked.options.order_save_nulls = True
    api.post("/orders", body)
    assert "customer_note" not in stocked.order(order)
