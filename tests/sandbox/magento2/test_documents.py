from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest

from sandbox.magento2 import Magento2Shop
from tests.sandbox.magento2.client import Api, criteria


@pytest.fixture
def stocked(shop: Magento2Shop) -> Magento2Shop:
    shop.add_variable("SHIRT", {"Size": ["M"]}, price="25.00", stock=50)
    shop.add_product(sku="MUG", price="10.00", stock_quantity=50)
    shop.add_coupon("MAY5", "10")
    return shop


def wait_order(shop: Magento2Shop, **more: Any) -> dict[str, Any]:
    order: dict[str, Any] = shop.place_order(
        [{"sku": "SHIRT-M", "quantity": 3}, {"sku": "MUG", "quantity": 2}],
        payment_method="checkmo",
        shipping={"total": "10.00"},
        **more,
    )
    return order


def test_an_order_goes_from_new_to_complete_by_invoice_and_shipment(stocked: Magento2Shop, api: Api) -> None:
    order = wait_order(stocked)
    number, items = order["entity_id"], order["items"]
    body = {"capture": True, "items": [{"order_item_id": items[0]["item_id"], "qty": 2}], "notify": True}
    assert api.post(f"/order/{number}/invoice", body).json() == "1"
    assert stocked.order(number)["state"] == "processing"
    assert [i["qty_invoiced"] for i in stocked.order(number)["items"]] == [2, 2, 0]
    assert api.post(f"/order/{number}/invoice", {}).json() == "2"
    shown = stocked.order(number)
    assert (shown["total_due"], shown["total_paid"], shown["state"]) == (
        0,
        shown["grand_total"],
        "processing",
    )
    invoices = api.get("/invoices", criteria(("order_id", "eq", str(number)))).json()["items"]
    assert sum(Decimal(str(i["grand_total"])) for i in invoices) == Decimal(str(shown["grand_total"]))
    assert [i["state"] for i in invoices] == [2, 2]
    track = {"track_number": "1Z9", "title": "Aramex", "carrier_code": "custom"}
    ship = {"items": [{"order_item_id": items[0]["item_id"], "qty": 3}], "tracks": [track]}
    assert api.post(f"/order/{number}/ship", ship).json() == "1"
    assert [i["qty_shipped"] for i in stocked.order(number)["items"]] == [3, 3, 0]
    api.post(f"/order/{number}/ship", {"arguments": {"extension_attributes": {"source_code": "default"}}})
    assert stocked.order(number)["state"] == "complete"
    shipments = stocked.shipments(number)
    assert [t["track_number"] for t in shipments[0]["tracks"]] == ["1Z9"]
    assert shipments[0]["extension_attributes"] == {"source_code": "default"}
    assert (stocked.stock_of("SHIRT-M"), stocked.stock_of("MUG")) == (Decimal(47), Decimal(48))


def test_invoices_share_every_amount_to_the_cent(stocked: Magento2Shop, api: Api) -> None:
    order = wait_order(stocked, coupons=["MAY5"], prices_include_tax=True)
    for _ in range(3):
        body = {"items": [{"order_item_id": order["items"][0]["item_id"], "qty": 1}]}
        assert api.post(f"/order/{order['entity_id']}/invoice", body).status_code == 200
    api.post(f"/order/{order['entity_id']}/invoice", {})
    invoices = stocked.invoices(order["entity_id"])
    for name in (
        "subtotal",
        "tax_amount",
        "discount_amount",
        "discount_tax_compensation_amount",
        "grand_total",
        "shipping_amount",
    ):
        assert sum(Decimal(str(i[name])) for i in invoices) == Decimal(str(order[name])), name


def test_invoicing_or_shipping_again_is_refused_in_several_lines(stocked: Magento2Shop, api: Api) -> None:
    number = wait_order(stocked)["entity_id"]
    api.post(f"/order/{number}/invoice", {})
    api.post(f"/order/{number}/ship", {})
    for word, path in (("Invoice", "invoice"), ("Shipment", "ship")):
        answer = api.post(f"/order/{number}/{path}", {})
        lines = answer.json()["message"].split("\n")
        assert answer.status_code == 400
        assert lines[0] == f"{word} Document Validation Error(s):"
        assert len(lines) >= 3
        assert "cannot be created when an order has a status of complete" in lines[1]


def test_too_many_and_foreign_items_are_named(stocked: Magento2Shop, api: Api) -> None:
    order = wait_order(stocked)
    item = order["items"][0]["item_id"]
    many = api.post(f"/order/{order['entity_id']}/invoice", {"items": [{"order_item_id": item, "qty": 4}]})
    assert (
        'must not be greater than the unprocessed quantity for product SKU "SHIRT-M"'
        in many.json()["message"]
    )
    foreign = api.post(f"/order/{order['entity_id']}/ship", {"items": [{"order_item_id": 999, "qty": 1}]})
    assert "not part of the original order" in foreign.json()["message"]
    child = order["items"][1]["item_id"]
    below = api.post(f"/order/{order['entity_id']}/invoice", {"items": [{"order_item_id": child, "qty": 1}]})
    assert below.status_code == 400
    assert api.post("/order/9999/invoice", {}).status_code == 404


def test_shipping_more_than_lies_there_is_refused(stocked: Magento2Shop, api: Api) -> None:
    stocked.set_stock("MUG", 1)
    stocked.add_source("RUH")
    number = wait_order(stocked)["entity_id"]
    answer = api.post(f"/order/{number}/ship", {})
    assert answer.json() == {"message": "Not all of your products are available in the requested quantity."}
    named = {"arguments": {"extension_attributes": {"source_code": "RUH"}}}
    assert api.post(f"/order/{number}/ship", named).status_code == 400
    assert stocked.shipments(number) == []


def test_parts_of_bundles_are_shipped_together_or_apart(stocked: Magento2Shop, api: Api) -> None:
    stocked.add_bundle("DYN", {"MUG": 2, "SHIRT-M": 1})
    together = stocked.place_order([{"sku": "DYN", "quantity": 1}])
    top, mug, shirt = (i["item_id"] for i in together["items"])
    assert (
        api.post(
            f"/order/{together['entity_id']}/ship", {"items": [{"order_item_id": mug, "qty": 2}]}
        ).status_code
        == 400
    )
    assert (
        api.post(
            f"/order/{together['entity_id']}/ship", {"items": [{"order_item_id": top, "qty": 1}]}
        ).status_code
        == 200
    )
    assert [i["qty_shipped"] for i in stocked.order(together["entity_id"])["items"]] == [1, 2, 1]
    bundle = stocked.store.by_sku("DYN")
    assert bundle is not None
    bundle.values[0]["shipment_type"] = "1"
    apart = stocked.place_order([{"sku": "DYN", "quantity": 1}])
    top, mug, shirt = (i["item_id"] for i in apart["items"])
    api.post(f"/order/{apart['entity_id']}/ship", {"items": [{"order_item_id": mug, "qty": 2}]})
    assert [i["qty_shipped"] for i in stocked.order(apart["entity_id"])["items"]] == [0, 2, 0]
    api.post(f"/order/{apart['entity_id']}/ship", {"items": [{"order_item_id": shirt, "qty": 1}]})
    assert [i["qty_shipped"] for i in stocked.order(apart["entity_id"])["items"]] == [1, 2, 1]
    assert stocked.order(apart["entity_id"])["state"] == "complete"


def test_an_uncaptured_invoice_stays_open_at_an_online_gateway(stocked: Magento2Shop, api: Api) -> None:
    order = stocked.place_order([{"sku": "MUG"}], payment_method="braintree", status="pending")["entity_id"]
    number = api.post(f"/order/{order}/invoice", {"capture": False}).json()
    assert api.get(f"/invoices/{number}").json()["state"] == 1
    assert stocked.order(order)["total_due"] == 11.5
    assert api.post(f"/invoices/{number}/capture", {}).json() is True
    assert api.post(f"/invoices/{number}/capture", {}).status_code == 400
    assert (stocked.order(order)["total_due"], api.get(f"/invoices/{number}").json()["state"]) == (0, 2)


def test_tracks_comments_and_mails_of_documents(stocked: Magento2Shop, api: Api) -> None:
    number = wait_order(stocked)["entity_id"]
    shipment = api.post(
        f"/order/{number}/ship", {"comment": {"comment": "Left today"}, "appendComment": True}
    ).json()
    track = {
        "order_id": number,
        "parent_id": int(shipment),
        "track_number": "77",
        "title": "SMSA",
        "carrier_code": "custom",
    }
    made = api.post("/shipment/track", {"entity": track}).json()
    assert made["track_number"] == "77"
    assert len(api.get(f"/shipment/{shipment}").json()["tracks"]) == 1
    assert api.delete(f"/shipment/track/{made['entity_id']}").json() is True
    assert api.delete(f"/shipment/track/{made['entity_id']}").status_code == 404
    note = {"entity": {"parent_id": int(shipment), "comment": "At the door", "is_customer_notified": 0}}
    assert api.post(f"/shipment/{shipment}/comments", note).json()["comment"] == "At the door"
    assert api.post(f"/shipment/{shipment}/emails", {}).json() is True
    assert api.get(f"/shipment/{shipment}/label").status_code == 404
    assert stocked.order(number)["status_histories"][-1]["comment"] == "Left today"


def test_a_document_that_cannot_be_saved_says_so(stocked: Magento2Shop, api: Api) -> None:
    number = wait_order(stocked)["entity_id"]
    stocked.faults.add("batch_fail", path="/invoice", count=1)
    assert api.post(f"/order/{number}/invoice", {}).json() == {
        "message": "Could not save an invoice, see error log for details"
    }
    assert api.post(f"/order/{number}/invoice", {}).status_code == 200


def test_a_shipment_saved_by_itself_moves_nothing(stocked: Magento2Shop, api: Api) -> None:
    order = wait_order(stocked)
    rows = [{"order_item_id": order["items"][2]["item_id"], "qty": 2}]
    saved = api.post("/shipment", {"entity": {"order_id": order["entity_id"], "items": rows}}).json()
    assert saved["items"][0]["sku"] == "MUG"
    after = stocked.order(order["entity_id"])
    assert (after["state"], after["items"][2]["qty_shipped"], int(stocked.stock_of("MUG"))) == ("new", 0, 50)


# Credit memos.


def test_a_refund_needs_a_paid_invoice(stocked: Magento2Shop, api: Api) -> None:
    number = wait_order(stocked)["entity_id"]
    answer = api.post(f"/order/{number}/refund", {})
    assert answer.status_code == 400
    assert answer.json()["message"].startswith("Creditmemo Document Validation Error(s):\n")


def test_a_partial_refund_and_the_rest(stocked: Magento2Shop, api: Api) -> None:
    order = wait_order(stocked)
    number, items = order["entity_id"], order["items"]
    api.post(f"/order/{number}/invoice", {})
    api.post(f"/order/{number}/ship", {})
    body = {
        "items": [{"order_item_id": items[2]["item_id"], "qty": 1}],
        "arguments": {
            "shipping_amount": 0,
            "adjustment_positive": 0.5,
            "extension_attributes": {"return_to_stock_items": [items[2]["item_id"]]},
        },
    }
    memo = api.get(f"/creditmemo/{api.post(f'/order/{number}/refund', body).json()}").json()
    assert (memo["subtotal"], memo["tax_amount"], memo["adjustment_positive"], memo["grand_total"]) == (
        10,
        1.5,
        0.5,
        12,
    )
    assert (memo["state"], memo["items"][0]["sku"], memo["items"][0]["qty"]) == (2, "MUG", 1)
    assert stocked.stock_of("MUG") == Decimal(49)
    assert stocked.order(number)["state"] == "complete"
    api.post(f"/order/{number}/refund", {"arguments": {"adjustment_negative": 0.5}})
    shown = stocked.order(number)
    assert (shown["state"], shown["total_refunded"], shown["total_paid"]) == (
        "closed",
        shown["grand_total"],
        shown["grand_total"],
    )
    assert stocked.stock_of("MUG") == Decimal(49)


def test_refunding_too_much_is_refused(stocked: Magento2Shop, api: Api) -> None:
    order = wait_order(stocked)
    api.post(f"/order/{order['entity_id']}/invoice", {})
    rows = [{"order_item_id": order["items"][0]["item_id"], "qty": 9}]
    many = api.post(f"/order/{order['entity_id']}/refund", {"items": rows})
    assert "must not be greater than the unrefunded quantity" in many.json()["message"]
    money = api.post(f"/order/{order['entity_id']}/refund", {"arguments": {"adjustment_positive": 9999}})
    assert "The most money available to refund is" in money.json()["message"]
    shipping = api.post(f"/order/{order['entity_id']}/refund", {"arguments": {"shipping_amount": 99}})
    assert "Maximum shipping amount allowed to refund is: 10.00" in shipping.json()["message"]


def test_the_gateway_pays_back_what_it_captured(stocked: Magento2Shop, api: Api) -> None:
    online = stocked.buy("MUG")["entity_id"]
    invoice = stocked.invoices(online)[0]["entity_id"]
    memo = api.post(f"/invoice/{invoice}/refund", {"isOnline": True}).json()
    assert api.get(f"/creditmemo/{memo}").json()["invoice_id"] == invoice
    offline = wait_order(stocked)["entity_id"]
    number = api.post(f"/order/{offline}/invoice", {}).json()
    assert api.post(f"/invoice/{number}/refund", {"isOnline": True}).status_code == 400


def test_refunds_before_shipping_end_the_reservation(stocked: Magento2Shop, api: Api) -> None:
    number = wait_order(stocked)["entity_id"]
    api.post(f"/order/{number}/invoice", {})
    assert stocked.salable_of("MUG") == 48
    api.post(f"/order/{number}/refund", {})
    assert (stocked.salable_of("MUG"), stocked.stock_of("MUG"), stocked.order(number)["state"]) == (
        Decimal(50),
        Decimal(50),
        "closed",
    )


def test_credit_memos_are_listed_by_updated_at(stocked: Magento2Shop, api: Api) -> None:
    first = stocked.refund(stocked.buy("MUG")["entity_id"])
    stocked.advance(100)
    second = stocked.refund(stocked.buy("MUG")["entity_id"])
    found = api.get("/creditmemos", criteria(("updated_at", "gt", first["updated_at"]))).json()
    assert [m["entity_id"] for m in found["items"]] == [second["entity_id"]]


def test_documents_made_side_by_side_lose_quantities_where_the_shop_does(
    stocked: Magento2Shop, api: Api
) -> None:
    stocked.options.parallel_loss_ms = 60
    order = wait_order(stocked)
    item = order["items"][0]["item_id"]

    def invoice(_: int) -> int:
        body = {"items": [{"order_item_id": item, "qty": 1}]}
        return Api(stocked).post(f"/order/{order['entity_id']}/invoice", body).status_code

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(invoice, range(2))) == [200, 200]
    assert len(stocked.invoices(order["entity_id"])) == 2
    assert stocked.order(order["entity_id"])["items"][0]["qty_invoiced"] == 1
