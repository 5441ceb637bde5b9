"""Orders, fulfilments, refunds, returns: chapters 10 to 12 of the fact sheet, figures to the cent."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from sandbox.shopify import ShopifyShop
from tests.sandbox.shopify.client import Admin

BAG = "{ shopMoney { amount currencyCode } presentmentMoney { amount currencyCode } }"
ORDER = f"""query($id: ID!) {{ order(id: $id) {{
  name taxesIncluded displayFinancialStatus displayFulfillmentStatus returnStatus edited discountCodes paymentGatewayNames
  currencyCode presentmentCurrencyCode
  totalPriceSet {BAG} subtotalPriceSet {BAG} totalTaxSet {BAG} totalDiscountsSet {BAG} totalShippingPriceSet {BAG}
  totalTipReceivedSet {BAG} currentTotalPriceSet {BAG} currentSubtotalPriceSet {BAG} currentTotalTaxSet {BAG}
  currentShippingPriceSet {BAG} currentTotalDutiesSet {BAG} originalTotalPriceSet {BAG} totalOutstandingSet {BAG}
  netPaymentSet {BAG} currentTotalAdditionalFeesSet {BAG}
  discountApplications(first: 5) {{ nodes {{ index allocationMethod targetSelection targetType
    value {{ ... on MoneyV2 {{ amount }} ... on PricingPercentageValue {{ percentage }} }}
    ... on DiscountCodeApplication {{ code }} }} }}
  shippingLines(first: 5) {{ nodes {{ title originalPriceSet {BAG} discountedPriceSet {BAG} currentDiscountedPriceSet {BAG}
    taxLines {{ rate priceSet {BAG} }} discountAllocations {{ allocatedAmountSet {BAG} }} }} }}
  transactions(first: 10) {{ id kind status gateway amountSet {BAG} parentTransaction {{ id }} }}
  lineItems(first: 50) {{ nodes {{ id sku name quantity currentQuantity unfulfilledQuantity isGiftCard requiresShipping
    originalUnitPriceSet {BAG} originalTotalSet {BAG} discountedTotalSet {BAG}
    discountedUnitPriceAfterAllDiscountsSet {BAG}
    withCodes: discountedTotalSet(withCodeDiscounts: true) {BAG}
    discountAllocations {{ allocatedAmountSet {BAG} discountApplication {{ index }} }}
    taxLines {{ title rate priceSet {BAG} }} duties {{ price {BAG} }} product {{ id }} variant {{ id }} }} }}
  refunds {{ id note totalRefundedSet {BAG}
    refundLineItems(first: 10) {{ nodes {{ lineItem {{ id sku }} quantity restockType subtotalSet {BAG} totalTaxSet {BAG} }} }}
    refundShippingLines(first: 5) {{ nodes {{ subtotalAmountSet {BAG} taxAmountSet {BAG} }} }}
    orderAdjustments(first: 5) {{ nodes {{ amountSet {BAG} reason }} }}
    transactions(first: 5) {{ nodes {{ id kind amountSet {BAG} }} }} }}
  fulfillmentOrders(first: 10) {{ nodes {{ id status requestStatus supportedActions {{ action }}
    lineItems(first: 50) {{ nodes {{ id remainingQuantity totalQuantity lineItem {{ id sku }} }} }} }} }}
  fulfillments {{ id name status trackingInfo {{ company number url }}
    fulfillmentLineItems(first: 10) {{ nodes {{ id quantity lineItem {{ sku }} }} }} }}
  returns(first: 5) {{ nodes {{ id status returnLineItems(first: 5) {{ nodes {{ id quantity }} }}
    reverseFulfillmentOrders(first: 5) {{ nodes {{ lineItems(first: 5) {{ nodes {{ id }} }} }} }} }} }}
}} }}"""


def read(admin: Admin, order: Any) -> Any:
    answer = admin.post(ORDER, {"id": order["id"]})
    return answer.json()["data"]["order"]


@pytest.fixture
def rich(shop: ShopifyShop) -> ShopifyShop:
    shop.options.plan = "plus"
    shop.options.bucket = 100_000
    return shop


def amount(bag: Any) -> Decimal:
    return Decimal(bag["shopMoney"]["amount"])


def rows_total(order: Any) -> Decimal:
    """What the rows of an order come to now, taken together by themselves."""
    total = Decimal(0)
    for line in order["lineItems"]["nodes"]:
        cut = sum((amount(a["allocatedAmountSet"]) for a in line["discountAllocations"]), Decimal(0))
        whole = amount(line["originalTotalSet"]) - cut
        share = Decimal(line["currentQuantity"]) / line["quantity"]
        total += (whole * share).quantize(Decimal("0.01"), "ROUND_HALF_UP")
        if not order["taxesIncluded"]:
            for tax in line["taxLines"]:
                total += (amount(tax["priceSet"]) * share).quantize(Decimal("0.01"), "ROUND_HALF_UP")
    for row in order["shippingLines"]["nodes"]:
        total += amount(row["currentDiscountedPriceSet"])
    return total


def test_tax_included_with_a_percent_code(rich, admin):
    """The example of the fact sheet: 2 x 30.50 less 10 %, 4.90 shipping, 20 % within."""
    shop = rich
    shop.options.currency, shop.options.tax_rate, shop.options.prices_include_tax = (
        "EUR",
        Decimal("0.2"),
        True,
    )
    shop.add_product(sku="GANT-L-NOIR", title="Gants", price="30.50", stock=5)
    placed = shop.place_order(
        [{"sku": "GANT-L-NOIR", "quantity": 2}],
        discounts=[{"code": "BIENVENUE10", "percent": 10}],
        shipping={"title": "Colissimo", "code": "COLI", "price": "4.90"},
    )
    order = read(admin, placed)
    (line,) = order["lineItems"]["nodes"]
    assert [
        amount(order[f"{n}Set"]) for n in ("totalPrice", "totalTax", "totalDiscounts", "totalShippingPrice")
    ] == [
        Decimal("59.8"),
        Decimal("9.97"),
        Decimal("6.1"),
        Decimal("4.9"),
    ]
    assert (amount(line["originalTotalSet"]), amount(line["discountedUnitPriceAfterAllDiscountsSet"])) == (
        Decimal("61.0"),
        Decimal("27.45"),
    )
    assert line["discountAllocations"] == [
        {
            "allocatedAmountSet": {
                "shopMoney": {"amount": "6.1", "currencyCode": "EUR"},
                "presentmentMoney": {"amount": "6.1", "currencyCode": "EUR"},
            },
            "discountApplication": {"index": 0},
        }
    ]
    assert line["taxLines"][0]["rate"] == 0.2
    assert amount(line["taxLines"][0]["priceSet"]) == Decimal("9.15")
    assert amount(order["shippingLines"]["nodes"][0]["taxLines"][0]["priceSet"]) == Decimal("0.82")
    # Code discounts stay out of a line's discounted total unless asked for; so do those of the whole order.
    assert amount(line["discountedTotalSet"]) == Decimal("61.0")
    assert amount(line["withCodes"]) == Decimal("54.9")


def test_tax_excluded_adds_up(rich, admin):
    shop = rich
    shop.add_product(sku="A", price="10.00", stock=9)
    shop.add_product(sku="B", price="3.33", stock=9)
    lines = [{"sku": "A", "quantity": 2}, {"sku": "B", "quantity": 3}]
    order = read(
        admin,
        shop.place_order(lines, shipping={"price": "25.00"}, discounts=[{"manual": "x", "amount": "5"}]),
    )
    # 29.99 - 5.00 = 24.99; tax 3.00 - .50 and so on is rounded per line: 2.50 + 1.25 + 3.75.
    assert amount(order["subtotalPriceSet"]) == Decimal("24.99")
    assert amount(order["totalPriceSet"]) == Decimal("57.49") == rows_total(order) + Decimal("3.75")
    assert order["displayFinancialStatus"] == "PAID"


def test_presentment_money_stands_beside(rich, admin):
    shop = rich
    shop.add_product(sku="A", price="100.00")
    order = read(admin, shop.place_order([{"sku": "A"}], currency="KWD", rate=Decimal("0.082")))
    assert order["totalPriceSet"]["shopMoney"] == {"amount": "115.0", "currencyCode": "SAR"}
    assert order["totalPriceSet"]["presentmentMoney"] == {"amount": "9.43", "currencyCode": "KWD"}
    assert (order["currencyCode"], order["presentmentCurrencyCode"]) == ("SAR", "KWD")


def test_shop_in_three_decimals(admin, rich):
    shop = rich
    shop.options.currency, shop.options.tax_rate = "KWD", Decimal("0.05")
    shop.add_product(sku="A", price="1.235")
    order = read(admin, shop.place_order([{"sku": "A", "quantity": 3}], shipping={"price": "0.750"}))
    # 3.705 + 0.185 (5 % of 3.705 = 0.18525) + 0.750 + 0.038 (0.0375)
    assert amount(order["totalPriceSet"]) == Decimal("4.678")


def test_gift_cards_tips_duties_and_fees(rich, admin):
    shop = rich
    shop.add_product(sku="A", price="100.00")
    placed = shop.place_order(
        [{"sku": "A"}, {"title": "Gift card", "price": "50.00", "gift_card": True}],
        payment=[{"gateway": "gift_card", "amount": "30.00"}, {"gateway": "shopify_payments"}],
        tip="10.00",
        duties="20.00",
        fees=[{"name": "Import", "amount": "5.00"}],
    )
    order = read(admin, placed)
    # 100 + 50 + 15 VAT + 10 tip + 20 duties + 3 VAT on duties + 5 fee
    assert amount(order["totalPriceSet"]) == Decimal("203.0")
    assert [(t["gateway"], amount(t["amountSet"])) for t in order["transactions"]] == [
        ("gift_card", Decimal("30.0")),
        ("shopify_payments", Decimal("173.0")),
    ]
    assert amount(order["totalTipReceivedSet"]) == Decimal("10.0")
    assert amount(order["currentTotalDutiesSet"]) == Decimal("20.0")
    lines = {line["name"]: line for line in order["lineItems"]["nodes"]}
    assert (lines["Gift card"]["isGiftCard"], lines["Gift card"]["taxLines"]) == (True, [])
    assert (lines["Tip"]["variant"], lines["Tip"]["requiresShipping"]) == (None, False)


def test_edits_keep_the_discount_of_removed_units(rich, admin):
    shop = rich
    shop.add_product(sku="A", price="10.00", stock=9)
    placed = shop.place_order([{"sku": "A", "quantity": 3}], discounts=[{"code": "TEN", "percent": 10}])
    shop.edit_order(placed["id"], {"A": 1})
    order = read(admin, placed)
    (line,) = order["lineItems"]["nodes"]
    assert (line["quantity"], line["currentQuantity"], order["edited"]) == (3, 1, True)
    assert amount(line["discountAllocations"][0]["allocatedAmountSet"]) == Decimal("3.0")
    assert (amount(order["totalPriceSet"]), amount(order["currentTotalPriceSet"])) == (
        Decimal("31.05"),
        Decimal("10.35"),
    )
    assert rows_total(order) == Decimal("10.35")
    assert amount(order["totalOutstandingSet"]) == Decimal("-20.7")
    assert shop.stock_of("A") == 8


def test_edit_by_the_api_adds_units_and_variants(rich, admin):
    shop = rich
    shop.add_product(sku="A", price="10.00", stock=9)
    added = shop.add_product(sku="B", price="4.00", stock=9)
    placed = shop.place_order([{"sku": "A"}])
    begin = "mutation($id: ID!) { orderEditBegin(id: $id) { calculatedOrder { id lineItems(first: 5) { nodes { id } } } } }"
    session = admin(begin, {"id": placed["id"]})["orderEditBegin"]["calculatedOrder"]
    admin(
        "mutation($id: ID!, $l: ID!) { orderEditSetQuantity(id: $id, lineItemId: $l, quantity: 2) { userErrors { message } } }",
        {"id": session["id"], "l": session["lineItems"]["nodes"][0]["id"]},
    )
    admin(
        "mutation($id: ID!, $v: ID!) { orderEditAddVariant(id: $id, variantId: $v, quantity: 1) { userErrors { message } } }",
        {"id": session["id"], "v": added["variant_id"]},
    )
    assert amount(read(admin, placed)["currentTotalPriceSet"]) == Decimal("11.5")
    admin("mutation($id: ID!) { orderEditCommit(id: $id) { order { id } } }", {"id": session["id"]})
    order = read(admin, placed)
    assert [(x["sku"], x["currentQuantity"]) for x in order["lineItems"]["nodes"]] == [("A", 2), ("B", 1)]
    assert amount(order["currentTotalPriceSet"]) == Decimal("27.6") == rows_total(order)
    assert amount(order["originalTotalPriceSet"]) == Decimal("11.5")


# Refunds.

REFUND = """mutation($input: RefundInput!, $k: String!) { refundCreate(input: $input) @idempotent(key: $k) {
  refund { id } order { id } userErrors { field message } } }"""


def test_refund_of_lines_and_shipping_with_money(rich, admin):
    shop = rich
    shop.add_product(sku="A", price="10.00", stock=9)
    placed = shop.place_order(
        [{"sku": "A", "quantity": 3}], shipping={"price": "20.00"}, discounts=[{"code": "X", "percent": 10}]
    )
    before = read(admin, placed)
    payment = before["transactions"][0]
    given = {
        "orderId": placed["id"],
        "note": "broken",
        "refundLineItems": [
            {
                "lineItemId": before["lineItems"]["nodes"][0]["id"],
                "quantity": 1,
                "restockType": "CANCEL",
                "locationId": next(iter(shop.store.tables["Location"])),
            }
        ],
        "shipping": {"amount": "5.00"},
        # 9.00 + 1.35 for the line, 5.00 + 0.75 for shipping
        "transactions": [
            {
                "orderId": placed["id"],
                "amount": "16.10",
                "gateway": "shopify_payments",
                "kind": "REFUND",
                "parentId": payment["id"],
            }
        ],
    }
    assert admin(REFUND, {"input": given, "k": "r1"})["refundCreate"]["userErrors"] == []
    order = read(admin, placed)
    (refund,) = order["refunds"]
    (line,) = refund["refundLineItems"]["nodes"]
    assert (
        line["quantity"],
        line["restockType"],
        amount(line["subtotalSet"]),
        amount(line["totalTaxSet"]),
    ) == (
        1,
        "CANCEL",
        Decimal("9.0"),
        Decimal("1.35"),
    )
    (shipping,) = refund["refundShippingLines"]["nodes"]
    assert (amount(shipping["subtotalAmountSet"]), amount(shipping["taxAmountSet"])) == (
        Decimal("5.0"),
        Decimal("0.75"),
    )
    assert refund["orderAdjustments"]["nodes"] == []
    assert amount(refund["totalRefundedSet"]) == Decimal("16.1")
    assert order["displayFinancialStatus"] == "PARTIALLY_REFUNDED"
    assert amount(order["currentTotalPriceSet"]) == amount(before["totalPriceSet"]) - Decimal("16.1")
    assert amount(order["totalOutstandingSet"]) == 0
    assert shop.stock_of("A") == 7
    # The same key gives the same answer and refunds nothing more.
    admin(REFUND, {"input": given, "k": "r1"})
    assert len(read(admin, placed)["refunds"]) == 1


def test_money_otherwise_than_calculated_is_an_adjustment(rich, admin):
    shop = rich
    placed = shop.place_order([{"title": "Thing", "price": "100.00"}])
    shop.refund(placed["id"], lines={}, amount="5.00")
    order = read(admin, placed)
    (adjustment,) = order["refunds"][0]["orderAdjustments"]["nodes"]
    assert (amount(adjustment["amountSet"]), adjustment["reason"]) == (Decimal("-5.0"), "REFUND_DISCREPANCY")
    assert amount(order["currentTotalPriceSet"]) == Decimal("115.0")
    shop.options.discrepancy_in_current_total = True
    assert amount(read(admin, placed)["currentTotalPriceSet"]) == Decimal("110.0")


def test_refunds_are_refused_in_the_platforms_words(rich, admin):
    shop = rich
    placed = shop.place_order([{"title": "Thing", "price": "10.00"}], tax_exempt=True)
    payment = read(admin, placed)["transactions"][0]["id"]
    row = {"orderId": placed["id"], "amount": "25.00", "gateway": "x", "kind": "REFUND", "parentId": payment}
    answer = admin(REFUND, {"input": {"orderId": placed["id"], "transactions": [row]}, "k": "1"})
    text = "Refund amount $25.00 is greater than net payment received $10.00"
    assert answer["refundCreate"]["userErrors"] == [{"field": None, "message": text}]
    answer = admin(
        REFUND, {"input": {"orderId": placed["id"], "transactions": [{**row, "parentId": None}]}, "k": "2"}
    )
    assert answer["refundCreate"]["userErrors"][0]["message"] == (
        "Transactions require a parent_id associated with the order"
    )


def test_refund_without_transactions_moves_no_money(rich, admin):
    shop = rich
    shop.add_product(sku="A", price="10.00", stock=5)
    placed = shop.place_order([{"sku": "A", "quantity": 2}])
    line = read(admin, placed)["lineItems"]["nodes"][0]["id"]
    given = {
        "orderId": placed["id"],
        "refundLineItems": [{"lineItemId": line, "quantity": 1, "restockType": "NO_RESTOCK"}],
    }
    admin(REFUND, {"input": given, "k": "1"})
    order = read(admin, placed)
    assert amount(order["refunds"][0]["totalRefundedSet"]) == 0
    assert amount(order["totalOutstandingSet"]) == Decimal("-11.5")


def test_suggested_refund_names_the_payment(rich, admin):
    shop = rich
    shop.add_product(sku="A", price="10.00", stock=5)
    placed = shop.place_order([{"sku": "A", "quantity": 2}], shipping={"price": "20.00"})
    query = """query($id: ID!) { order(id: $id) { suggestedRefund(suggestFullRefund: true) {
      amountSet { shopMoney { amount } } suggestedTransactions { gateway amountSet { shopMoney { amount } } } } } }"""
    shown = admin(query, {"id": placed["id"]})["order"]["suggestedRefund"]
    assert shown == {
        "amountSet": {"shopMoney": {"amount": "46.0"}},
        "suggestedTransactions": [
            {"gateway": "shopify_payments", "amountSet": {"shopMoney": {"amount": "46.0"}}}
        ],
    }


# Fulfilment.

SHIP = """mutation($f: FulfillmentInput!) { fulfillmentCreate(fulfillment: $f) {
  fulfillment { id status trackingInfo { company number url } } userErrors { field message } } }"""


def test_shipping_in_two_parcels(rich, admin):
    shop = rich
    shop.add_product(sku="A", price="10.00", stock=9)
    placed = shop.place_order([{"sku": "A", "quantity": 3}])
    (head,) = read(admin, placed)["fulfillmentOrders"]["nodes"]
    assert {"action": "CREATE_FULFILLMENT"} in head["supportedActions"]
    part = head["lineItems"]["nodes"][0]
    rows = [
        {"fulfillmentOrderId": head["id"], "fulfillmentOrderLineItems": [{"id": part["id"], "quantity": 1}]}
    ]
    tracking = {"company": "Aramex", "number": "123"}
    answer = admin(
        SHIP, {"f": {"lineItemsByFulfillmentOrder": rows, "trackingInfo": tracking, "notifyCustomer": True}}
    )
    (info,) = answer["fulfillmentCreate"]["fulfillment"]["trackingInfo"]
    assert info["url"] == "https://www.aramex.com/track/results?ShipmentNumber=123"
    order = read(admin, placed)
    assert (order["displayFulfillmentStatus"], order["fulfillmentOrders"]["nodes"][0]["status"]) == (
        "PARTIALLY_FULFILLED",
        "IN_PROGRESS",
    )
    admin(SHIP, {"f": {"lineItemsByFulfillmentOrder": [{"fulfillmentOrderId": head["id"]}]}})
    order = read(admin, placed)
    assert order["displayFulfillmentStatus"] == "FULFILLED"
    assert order["lineItems"]["nodes"][0]["unfulfilledQuantity"] == 0
    assert len(shop.store.mails) == 1
    again = admin(SHIP, {"f": {"lineItemsByFulfillmentOrder": [{"fulfillmentOrderId": head["id"]}]}})[
        "fulfillmentCreate"
    ]
    number = head["id"].rpartition("/")[2]
    text = f"Fulfillment order {number} has an unfulfillable status= closed."
    assert again["userErrors"] == [{"field": ["fulfillment"], "message": text}]


@pytest.mark.parametrize(("quantity", "known"), [(9, True), (1, False)])
def test_wrong_parcels_are_refused(rich, admin, quantity, known):
    shop = rich
    placed = shop.place_order([{"title": "Thing", "price": "1.00"}])
    (head,) = read(admin, placed)["fulfillmentOrders"]["nodes"]
    gid = head["id"] if known else "gid://shopify/FulfillmentOrder/1"
    part = {"id": head["lineItems"]["nodes"][0]["id"], "quantity": quantity}
    rows = [{"fulfillmentOrderId": gid, "fulfillmentOrderLineItems": [part]}]
    (error,) = admin(SHIP, {"f": {"lineItemsByFulfillmentOrder": rows}})["fulfillmentCreate"]["userErrors"]
    assert error["message"] == (
        "Invalid fulfillment order line item quantity requested."
        if known
        else "Fulfillment order does not exist."
    )


def test_parcels_of_two_orders_do_not_mix(rich, admin):
    shop = rich
    heads = [
        read(admin, shop.place_order([{"title": "Thing", "price": "1.00"}]))["fulfillmentOrders"]["nodes"][0][
            "id"
        ]
        for _ in range(2)
    ]
    rows = [{"fulfillmentOrderId": h} for h in heads]
    (error,) = admin(SHIP, {"f": {"lineItemsByFulfillmentOrder": rows}})["fulfillmentCreate"]["userErrors"]
    assert error["message"] == "All fulfillment orders must belong to the same order and location."


def test_held_orders_are_released_first(rich, admin):
    shop = rich
    placed = shop.place_order([{"title": "Thing", "price": "1.00"}])
    (head,) = read(admin, placed)["fulfillmentOrders"]["nodes"]
    hold = """mutation($id: ID!) { fulfillmentOrderHold(id: $id, fulfillmentHold: {reason: HIGH_RISK_OF_FRAUD}) {
      fulfillmentOrder { status } userErrors { message } } }"""
    admin(hold, {"id": head["id"]})
    order = read(admin, placed)
    assert order["displayFulfillmentStatus"] == "ON_HOLD"
    refused = admin(SHIP, {"f": {"lineItemsByFulfillmentOrder": [{"fulfillmentOrderId": head["id"]}]}})
    assert "unfulfillable status= on_hold" in refused["fulfillmentCreate"]["userErrors"][0]["message"]
    admin(
        "mutation($id: ID!) { fulfillmentOrderReleaseHold(id: $id) { fulfillmentOrder { status } } }",
        {"id": head["id"]},
    )
    shipped = admin(SHIP, {"f": {"lineItemsByFulfillmentOrder": [{"fulfillmentOrderId": head["id"]}]}})
    assert shipped["fulfillmentCreate"]["userErrors"] == []


def test_cancelled_parcel_opens_the_units_again(rich, admin):
    shop = rich
    shop.add_product(sku="A", stock=5)
    placed = shop.place_order([{"sku": "A", "quantity": 2}])
    made = shop.fulfill(placed["id"], number="1", company="UPS")
    cancel = (
        "mutation($id: ID!) { fulfillmentCancel(id: $id) { fulfillment { status } userErrors { message } } }"
    )
    assert admin(cancel, {"id": made["id"]})["fulfillmentCancel"]["fulfillment"]["status"] == "CANCELLED"
    order = read(admin, placed)
    assert order["displayFulfillmentStatus"] == "UNFULFILLED"
    assert [h["status"] for h in order["fulfillmentOrders"]["nodes"]] == ["CLOSED", "OPEN"]


def test_lines_go_to_the_location_that_has_them(rich, admin):
    shop = rich
    shop.add_product(sku="A", stock={"RUH": 0, "JED": 5})
    shop.add_product(sku="B", stock={"RUH": 5, "JED": 0})
    placed = shop.place_order([{"sku": "A"}, {"sku": "B"}])
    heads = read(admin, placed)["fulfillmentOrders"]["nodes"]
    assert sorted(h["lineItems"]["nodes"][0]["lineItem"]["sku"] for h in heads) == ["A", "B"]
    assert shop.by_sku("A")["stock"] == {"Riyadh warehouse": 0, "Jeddah warehouse": 4}


# Payment and cancelling.


def test_authorized_money_is_captured_and_voided(rich, admin):
    shop = rich
    placed = shop.place_order([{"title": "Thing", "price": "100.00"}], paid="authorized", tax_exempt=True)
    order = read(admin, placed)
    assert order["displayFinancialStatus"] == "AUTHORIZED"
    capture = """mutation($i: OrderCaptureInput!) { orderCapture(input: $i) { transaction { kind } userErrors { message } } }"""
    given = {"id": placed["id"], "parentTransactionId": order["transactions"][0]["id"], "amount": "60.00"}
    assert admin(capture, {"i": given})["orderCapture"]["transaction"] == {"kind": "CAPTURE"}
    assert read(admin, placed)["displayFinancialStatus"] == "PARTIALLY_PAID"
    assert "Cannot capture more" in admin(capture, {"i": given})["orderCapture"]["userErrors"][0]["message"]
    admin(capture, {"i": {**given, "amount": "40.00"}})
    assert read(admin, placed)["displayFinancialStatus"] == "PAID"


def test_manual_payment_is_marked_once(rich, admin):
    shop = rich
    placed = shop.place_order([{"title": "Thing", "price": "10.00"}], payment="Cash on Delivery (COD)")
    assert read(admin, placed)["displayFinancialStatus"] == "PENDING"
    mark = "mutation($id: ID!) { orderMarkAsPaid(input: {id: $id}) { order { displayFinancialStatus } userErrors { message } } }"
    assert admin(mark, {"id": placed["id"]})["orderMarkAsPaid"]["order"]["displayFinancialStatus"] == "PAID"
    again = admin(mark, {"id": placed["id"]})["orderMarkAsPaid"]
    assert again["userErrors"] == [{"message": "Order cannot be marked as paid."}]


CANCEL = """mutation($id: ID!) { orderCancel(orderId: $id, reason: CUSTOMER, restock: true, notifyCustomer: false,
  refundMethod: {originalPaymentMethodsRefund: true}) { job { id done } orderCancelUserErrors { field message code } } }"""


def test_cancelling_gives_money_and_goods_back(rich, admin):
    shop = rich
    shop.add_product(sku="A", price="10.00", stock=5)
    placed = shop.place_order([{"sku": "A", "quantity": 2}], shipping={"price": "20.00"})
    answer = admin(CANCEL, {"id": placed["id"]})["orderCancel"]
    assert answer["orderCancelUserErrors"] == []
    assert answer["job"]["done"] is False
    order = read(admin, placed)
    assert (order["displayFinancialStatus"], amount(order["currentTotalPriceSet"])) == (
        "REFUNDED",
        Decimal(0),
    )
    assert shop.stock_of("A") == 5
    again = admin(CANCEL, {"id": placed["id"]})["orderCancel"]
    assert (
        again["orderCancelUserErrors"][0]["message"]
        == "Cannot cancel an order that has already been canceled"
    )


def test_shipped_orders_are_not_cancelled(rich, admin):
    shop = rich
    placed = shop.place_order([{"title": "Thing", "price": "10.00"}])
    shop.fulfill(placed["id"])
    (error,) = admin(CANCEL, {"id": placed["id"]})["orderCancel"]["orderCancelUserErrors"]
    assert error["message"] == "Cannot cancel an order that has outstanding fulfillments"


def test_update_overwrites_and_tags_are_added(rich, admin):
    shop = rich
    placed = shop.place_order([{"title": "Thing", "price": "10.00"}], tags=["vip"], note="old")
    add = 'mutation($id: ID!) { tagsAdd(id: $id, tags: ["erp"]) { userErrors { message } } }'
    admin(add, {"id": placed["id"]})
    assert shop.order(placed["id"])["tags"] == ["erp", "vip"]
    update = (
        "mutation($i: OrderInput!) { orderUpdate(input: $i) { order { note tags } userErrors { message } } }"
    )
    given = {"id": placed["id"], "note": "جديد", "tags": ["x"]}
    assert admin(update, {"i": given})["orderUpdate"]["order"] == {"note": "جديد", "tags": ["x"]}


# Returns.


def test_return_is_processed_with_goods_and_money(rich, admin):
    shop = rich
    shop.add_product(sku="A", price="10.00", stock=5)
    placed = shop.place_order([{"sku": "A", "quantity": 2}])
    shop.fulfill(placed["id"])
    before = read(admin, placed)
    shipped = before["fulfillments"][0]["fulfillmentLineItems"]["nodes"][0]
    create = """mutation($i: ReturnInput!) { returnCreate(returnInput: $i) { return { id status } userErrors { code message } } }"""
    given = {
        "orderId": placed["id"],
        "returnLineItems": [{"fulfillmentLineItemId": shipped["id"], "quantity": 1}],
    }
    made = admin(create, {"i": given})["returnCreate"]["return"]
    assert made["status"] == "OPEN"
    order = read(admin, placed)
    assert order["returnStatus"] == "IN_PROGRESS"
    (row,) = order["returns"]["nodes"]
    reverse = row["reverseFulfillmentOrders"]["nodes"][0]["lineItems"]["nodes"][0]["id"]
    place = next(iter(shop.store.tables["Location"]))
    process = """mutation($i: ReturnProcessInput!) { returnProcess(input: $i) { return { status } userErrors { field message } } }"""
    disposition = {
        "reverseFulfillmentOrderLineItemId": reverse,
        "quantity": 1,
        "dispositionType": "RESTOCKED",
        "locationId": place,
    }
    money = {
        "transactionAmount": {"amount": "11.50", "currencyCode": "SAR"},
        "parentId": order["transactions"][0]["id"],
    }
    answer = admin(
        process,
        {
            "i": {
                "returnId": made["id"],
                "returnLineItems": [
                    {
                        "id": row["returnLineItems"]["nodes"][0]["id"],
                        "quantity": 1,
                        "dispositions": [disposition],
                    }
                ],
                "financialTransfer": {"issueRefund": {"orderTransactions": [money]}},
                "notifyCustomer": False,
            }
        },
    )["returnProcess"]
    assert answer == {"return": {"status": "CLOSED"}, "userErrors": []}
    order = read(admin, placed)
    assert (order["returnStatus"], order["displayFinancialStatus"]) == ("RETURNED", "PARTIALLY_REFUNDED")
    assert (order["lineItems"]["nodes"][0]["currentQuantity"], amount(order["currentTotalPriceSet"])) == (
        1,
        Decimal("11.5"),
    )
    assert shop.stock_of("A") == 4


def test_requested_returns_wait_for_approval(rich, admin):
    shop = rich
    shop.add_product(sku="A", price="10.00", stock=5)
    placed = shop.place_order([{"sku": "A"}])
    shop.fulfill(placed["id"])
    row = shop.return_lines(placed["id"], {"A": 1}, request=True)
    assert read(admin, placed)["returnStatus"] == "RETURN_REQUESTED"
    approve = "mutation($id: ID!) { returnApproveRequest(input: {id: $id}) { return { status } userErrors { code } } }"
    assert admin(approve, {"id": row["id"]})["returnApproveRequest"]["return"]["status"] == "OPEN"
    assert (
        admin(approve, {"id": row["id"]})["returnApproveRequest"]["userErrors"][0]["code"] == "INVALID_STATE"
    )


# Lists.


def test_updated_since_in_order_of_change(rich, admin):
    shop = rich
    shop.app.clock.freeze()
    first, second = (shop.place_order([{"title": "Thing", "price": "1.00"}]) for _ in range(2))
    shop.advance(60)
    since = shop.store.now()
    shop.touch_order(first["id"])
    query = "query($q: String!) { orders(first: 10, sortKey: UPDATED_AT, query: $q) { nodes { id } } }"
    found = admin(query, {"q": f"updated_at:>='{since}'"})["orders"]["nodes"]
    assert found == [{"id": first["id"]}]
    everything = admin(query, {"q": "status:any"})["orders"]["nodes"]
    assert everything == [{"id": second["id"]}, {"id": first["id"]}]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("financial_status:pending", ["cod"]),
        ("-financial_status:pending", ["card", "tagged"]),
        ("tag:vip OR gateway:'Cash on Delivery (COD)'", ["cod", "tagged"]),
        ("(tag:vip OR tag:x) financial_status:paid", ["tagged"]),
        ("name:#1001", ["card"]),
        ("nonsense:1", ["card", "cod", "tagged"]),
    ],
)
def test_search_language(rich, admin, text, found):
    shop = rich
    names = {
        shop.place_order([{"title": "Thing", "price": "1.00"}])["id"]: "card",
        shop.place_order([{"title": "Thing", "price": "1.00"}], payment="Cash on Delivery (COD)")[
            "id"
        ]: "cod",
        shop.place_order([{"title": "Thing", "price": "1.00"}], tags=["vip"])["id"]: "tagged",
    }
    answer = admin.post(
        "query($q: String!) { orders(first: 10, query: $q) { nodes { id } } }", {"q": text}
    ).json()
    assert sorted(names[o["id"]] for o in answer["data"]["orders"]["nodes"]) == found
    assert ("search" in answer["extensions"]) == text.startswith("nonsense")


def test_search_may_lag_behind(rich, admin):
    shop = rich
    shop.options.search_lag = 30
    placed = shop.place_order([{"title": "Thing", "price": "1.00"}])
    query = '{ orders(first: 10, query: "status:any") { nodes { id } } }'
    assert admin(query)["orders"]["nodes"] == []
    shop.advance(31)
    assert admin(query)["orders"]["nodes"] == [{"id": placed["id"]}]


# The demo shop.


def test_rows_of_every_demo_order_add_up():
    with ShopifyShop("demo", webhook_delay=None, bucket=1_000_000) as shop:
        shop.options.plan = "enterprise"
        admin = Admin(shop)
        kinds = set()
        for gid, marks in shop.store.demo_tags.items():
            kinds |= set(marks)
            answer = shop.graphql(ORDER, {"id": gid})
            assert "errors" not in answer
            order = answer["data"]["order"]
            tip = amount(order["totalTipReceivedSet"])
            lines = [x for x in order["lineItems"]["nodes"] if x["name"] != "Tip"]
            total = rows_total({**order, "lineItems": {"nodes": lines}}) + tip
            if order["currentTotalDutiesSet"]:
                total += amount(order["currentTotalDutiesSet"])
            if order["currentTotalAdditionalFeesSet"]:
                total += amount(order["currentTotalAdditionalFeesSet"])
            if not order["taxesIncluded"]:
                # Tax that stands on no goods line: that of shipping, duties and fees.
                on_goods = sum(
                    (
                        (amount(t["priceSet"]) * x["currentQuantity"] / x["quantity"]).quantize(
                            Decimal("0.01"), "ROUND_HALF_UP"
                        )
                        for x in lines
                        for t in x["taxLines"]
                    ),
                    Decimal(0),
                )
                total += amount(order["currentTotalTaxSet"]) - on_goods
            assert amount(order["currentTotalPriceSet"]) == total, (order["name"], marks)
        assert len(shop.store.demo_tags) == 200
        assert len(kinds) > 50
        assert admin("{ ordersCount { count } }")["ordersCount"]["count"] == 200


def test_duties_are_refunded_with_their_tax(rich, admin):
    shop = rich
    shop.add_product(sku="A", price="100.00")
    placed = shop.place_order([{"sku": "A"}], duties="20.00")
    before = read(admin, placed)
    line = before["lineItems"]["nodes"][0]
    duty = next(iter(shop.store.tables["LineItem"][line["id"]]["_duties"]))["id"]
    money = {
        "orderId": placed["id"],
        "amount": "23.00",  # 20.00 and 15 % on them
        "gateway": "shopify_payments",
        "kind": "REFUND",
        "parentId": before["transactions"][0]["id"],
    }
    given = {"orderId": placed["id"], "refundDuties": [{"dutyId": duty}], "transactions": [money]}
    assert admin(REFUND, {"input": given, "k": "1"})["refundCreate"]["userErrors"] == []
    order = read(admin, placed)
    assert order["refunds"][0]["orderAdjustments"]["nodes"] == []
    assert amount(order["currentTotalDutiesSet"]) == 0
    assert amount(order["currentTotalPriceSet"]) == Decimal("115.0")
    shown = admin(
        f"query($id: ID!) {{ order(id: $id) {{ refunds {{ duties {{ amountSet {BAG} }} }} }} }}",
        {"id": placed["id"]},
    )
    assert amount(shown["order"]["refunds"][0]["duties"][0]["amountSet"]) == Decimal("20.0")
