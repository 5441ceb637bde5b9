"""Orders, documents, customers: sections 9 to 12 and 18."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from sandbox.magento1 import Magento1Shop
from tests.sandbox.magento1.client import Rpc, fault_of, soap, soap_login

D = Decimal


def placed(shop: Magento1Shop, **extra: Any) -> str:
    if shop.by_sku("A") is None:
        shop.add_product("A", price="10.00", stock=50)
    return shop.place_order(
        [{"sku": "A", "quantity": 3}], **{"shipping_amount": "5.00", **extra}
    ).increment_id


def test_list_has_headers_and_info_has_rows_all_as_text(shop: Magento1Shop, rpc: Rpc) -> None:
    number = placed(shop)
    (header,) = rpc.call("order.list", {"order_id": {"from": "1", "to": "1"}})
    record = rpc.call("order.info", number)

    assert header["increment_id"] == number and "items" not in header
    assert (record["grand_total"], record["tax_amount"], record["total_paid"]) == ("40.2500", "5.2500", None)
    (item,) = record["items"]
    assert (item["qty_ordered"], item["price"], item["row_total"], item["parent_item_id"]) == (
        "3.0000",
        "10.0000",
        "30.0000",
        None,
    )
    assert record["billing_address"]["street"] == "Hauptstr. 5\n2. OG"
    assert record["payment"]["additional_information"] == []
    assert record["status_history"][0]["status"] == "pending"


def test_virtual_order_has_an_empty_array_for_an_address(shop: Magento1Shop, rpc: Rpc) -> None:
    assert rpc.call("order.info", placed(shop, virtual=True))["shipping_address"] == []


def test_configurable_is_a_pair_of_rows_with_the_childs_sku(shop: Magento1Shop, rpc: Rpc) -> None:
    shop.add_configurable("SHIRT", {"color": ["Red"]}, price="25.00")
    number = shop.place_order([{"sku": "SHIRT-RED", "quantity": 1}]).increment_id
    first, second = rpc.call("order.info", number)["items"]

    assert (first["product_type"], first["sku"], first["row_total"]) == (
        "configurable",
        "SHIRT-RED",
        "25.0000",
    )
    assert (second["product_type"], second["sku"], second["row_total"]) == ("simple", "SHIRT-RED", "0.0000")
    assert second["parent_item_id"] == first["item_id"]


def test_discount_on_prices_with_tax_leaves_hidden_tax(shop: Magento1Shop, rpc: Rpc) -> None:
    number = placed(shop, prices_include_tax=True, coupon=("TEN", "percent", "10"), shipping_amount="0")
    record = rpc.call("order.info", number)
    names = ("subtotal", "shipping_amount", "tax_amount", "discount_amount", "hidden_tax_amount")

    assert sum(D(record[name]) for name in names) == D(record["grand_total"]) == D("27.00")
    assert D(record["hidden_tax_amount"]) == D("0.39")


def test_placing_takes_from_the_shelf_and_cancelling_gives_back(shop: Magento1Shop, rpc: Rpc) -> None:
    number = placed(shop)
    assert shop.stock_of("A") == 47
    assert rpc.call("order.cancel", number) is True
    assert shop.stock_of("A") == 50
    assert fault_of(lambda: rpc.call("order.cancel", number))[0] == 103


def test_cart_that_is_ordered_twice_makes_two_orders(shop: Magento1Shop, rpc: Rpc) -> None:
    shop.add_product("A", stock=25)
    cart = rpc.call("cart.create")
    rpc.call("cart_product.add", cart, [{"sku": "A", "qty": "2"}])

    assert [rpc.call("cart.order", cart) for _ in range(2)] == ["100000001", "100000002"]
    assert shop.stock_of("A") == 21


def test_comment_sets_any_status_unchecked(shop: Magento1Shop, rpc: Rpc) -> None:
    number = placed(shop)
    shop.advance(5)
    assert rpc.call("order.addComment", number, "gone-fishing", "hi", False) is True

    record = rpc.call("order.info", number)
    assert (record["state"], record["status"]) == ("new", "gone-fishing")
    assert record["updated_at"] > record["created_at"]
    assert fault_of(lambda: rpc.call("order.addComment", "42", "pending", "", False))[0] == 100


def test_hold_and_unhold(shop: Magento1Shop, rpc: Rpc) -> None:
    number = placed(shop)
    rpc.call("order.hold", number)
    assert rpc.call("order.info", number)["state"] == "holded"
    assert fault_of(lambda: rpc.call("order.hold", number))[0] == 103
    rpc.call("order.unhold", number)
    assert rpc.call("order.info", number)["status"] == "pending"


def test_invoice_then_shipment_completes_and_neither_twice(shop: Magento1Shop, rpc: Rpc) -> None:
    number = placed(shop)
    invoice = rpc.call("order_invoice.create", number, {}, "", False, False)
    assert rpc.call("order_invoice.info", invoice)["state"] == "2", "offline methods are paid"
    assert rpc.call("order.info", number)["state"] == "processing"
    shipment = rpc.call("order_shipment.create", number, {}, "", False, False)
    assert rpc.call("order.info", number)["state"] == "complete"

    assert fault_of(lambda: rpc.call("order_invoice.create", number, {})) == (
        102,
        "Cannot do invoice for order.",
    )
    assert fault_of(lambda: rpc.call("order_shipment.create", number, {})) == (
        102,
        "Cannot do shipment for order.",
    )
    assert fault_of(lambda: rpc.call("order_shipment.create", "42", {}))[0] == 103
    assert fault_of(lambda: rpc.call("order_shipment.addTrack", shipment, "camel", "C", "1")) == (
        102,
        "Invalid carrier specified.",
    )
    assert rpc.call("order_shipment.addTrack", shipment, "custom", "C", "1") == 1
    assert "custom" in rpc.call("order_shipment.getCarriers", number)


def test_online_invoice_stays_open_until_captured(shop: Magento1Shop, rpc: Rpc) -> None:
    number = placed(shop, payment_method="paypal_express")
    invoice = rpc.call("order_invoice.create", number, {})
    assert rpc.call("order.info", number)["total_paid"] is None
    assert rpc.call("order_invoice.capture", invoice) is True

    assert rpc.call("order.info", number)["total_paid"] == "40.2500"
    assert fault_of(lambda: rpc.call("order_invoice.capture", invoice))[0] == 104


def test_part_of_a_shipment_counts_its_rows(shop: Magento1Shop, rpc: Rpc) -> None:
    number = placed(shop)
    item = rpc.call("order.info", number)["items"][0]["item_id"]
    rpc.call("order_shipment.create", number, {item: "2"}, "", False, False)

    assert rpc.call("order.info", number)["items"][0]["qty_shipped"] == "2.0000"
    assert rpc.call("order.info", number)["state"] == "processing"


def test_credit_memo_gives_back_all_unless_rows_are_named(shop: Magento1Shop, rpc: Rpc) -> None:
    first, second = placed(shop, invoiced=True), placed(shop, invoiced=True)
    assert fault_of(lambda: rpc.call("order_creditmemo.create", placed(shop), {}))[0] == 106
    whole = rpc.call("order_creditmemo.info", rpc.call("order_creditmemo.create", first, {}))
    item = rpc.call("order.info", second)["items"][0]["item_id"]
    data = {"qtys": {item: "1"}, "shipping_amount": "0", "adjustment_negative": "1.50"}
    part = rpc.call("order_creditmemo.info", rpc.call("order_creditmemo.create", second, data))

    assert (whole["grand_total"], rpc.call("order.info", first)["state"]) == ("40.2500", "closed")
    assert (part["grand_total"], part["order_increment_id"]) == ("10.0000", second)
    assert shop.stock_of("A") == 41, "nothing goes back to the shelf by it"
    too_much = {"qtys": {item: "0"}, "shipping_amount": "0", "adjustment_positive": "99"}
    assert fault_of(lambda: rpc.call("order_creditmemo.create", second, too_much))[0] == 102
    assert (
        fault_of(lambda: rpc.call("order_creditmemo.create", second, data, "", False, False, "5"))[0] == 105
    )


def test_soap_drops_columns_of_a_record_and_keeps_them_in_lists(shop: Magento1Shop) -> None:
    number = placed(shop, coupon=("TEN", "percent", "10"))
    session = soap_login(shop)
    _, listed = soap(shop, "salesOrderList", f"<sessionId>{session}</sessionId><filters/>")
    _, record = soap(
        shop,
        "salesOrderInfo",
        f"<sessionId>{session}</sessionId><orderIncrementId>{number}</orderIncrementId>",
    )

    assert listed[0][0].findtext("coupon_code") == "TEN"
    assert record[0].find("coupon_code") is None and record[0].findtext("grand_total")
    item = record[0].find("items/item")
    assert item is not None
    assert item.find("parent_item_id") is None and item.findtext("sku") == "A"


def test_soap_filters_combine_from_and_to(shop: Magento1Shop) -> None:
    numbers = [placed(shop) for _ in range(4)]
    session = soap_login(shop)
    rows = "".join(
        f"<item><key>order_id</key><value><key>{name}</key><value>{value}</value></value></item>"
        for name, value in (("from", 2), ("to", 3))
    )
    inner = f"<sessionId>{session}</sessionId><filters><complex_filter>{rows}</complex_filter></filters>"
    _, listed = soap(shop, "salesOrderList", inner)

    assert [row.findtext("increment_id") for row in listed[0]] == numbers[1:3]


def test_customers_and_their_groups(shop: Magento1Shop, rpc: Rpc) -> None:
    data = {"email": "a@b.test", "firstname": "A", "lastname": "B", "password": "x", "group_id": "2"}
    number = rpc.call("customer.create", data)

    assert fault_of(lambda: rpc.call("customer.create", data)) == (100, "This customer email already exists")
    assert rpc.call("customer.info", number)["group_id"] == "2"
    assert "password_hash" in rpc.call("customer.list", {"email": "a@b.test"})[0]
    address = rpc.call("customer_address.create", number, {"firstname": "A", "street": ["one", "two"]})
    assert rpc.call("customer_address.list", number)[0]["street"] == "one\ntwo"
    assert rpc.call("customer_address.delete", address) is True
    assert [row["customer_group_code"] for row in rpc.call("customer_group.list")][:2] == [
        "NOT LOGGED IN",
        "General",
    ]


@pytest.mark.parametrize(
    "path", ["order.info", "order_invoice.info", "order_shipment.info", "order_creditmemo.info"]
)
def test_unknown_documents_are_fault_100(rpc: Rpc, path: str) -> None:
    assert fault_of(lambda: rpc.call(path, "42"))[0] == 100
