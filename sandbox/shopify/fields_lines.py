"""Fields of order lines, shipping lines, fulfilment orders, fulfilments, refunds and returns."""

from decimal import Decimal

from sandbox.shopify.calls import Call, Row, resolves
from sandbox.shopify.connections import connection, searched
from sandbox.shopify.fields_orders import application_row, tax_row
from sandbox.shopify.figures import (
    allocated,
    current_discounted,
    current_taxes,
    discounted,
    lines_of,
    places_of,
    share,
    shipping_current,
    shipping_discounted,
    shipping_of,
    till_of,
    unfulfilled,
)
from sandbox.shopify.money import ZERO, Till, rounded
from sandbox.shopify.state import number_of


def _order(call: Call, row: Row) -> Row:
    return call.store.tables["Order"][row["_order"]]


def _till(call: Call, row: Row) -> Till:
    return till_of(call.store, _order(call, row))


@resolves("Order.lineItems")
def line_items(call: Call, row: Row, args: Row) -> Row:
    return connection(lines_of(call.store, row), args, key=lambda r: number_of(r["id"]))


@resolves("Order.nonFulfillableLineItems")
def non_fulfillable(call: Call, row: Row, args: Row) -> Row:
    rows = [r for r in lines_of(call.store, row) if r["_tip"] or r["isGiftCard"] or not r["currentQuantity"]]
    return connection(rows, args, key=lambda r: number_of(r["id"]))


@resolves("Order.shippingLines")
def shipping_lines(call: Call, row: Row, args: Row) -> Row:
    rows = [r for r in shipping_of(call.store, row) if not r["isRemoved"] or args.get("includeRemovals")]
    return connection([{**r, "_order": row["id"]} for r in rows], args, key=lambda r: number_of(r["id"]))


@resolves("Order.shippingLine")
def shipping_line(call: Call, row: Row, args: Row) -> Row | None:
    found = next((r for r in shipping_of(call.store, row) if not r["isRemoved"]), None)
    return {**found, "_order": row["id"]} if found else None


@resolves("LineItem.product")
def line_product(call: Call, row: Row, args: Row) -> Row | None:
    return call.store.find(row["_product"])


@resolves("LineItem.variant")
def line_variant(call: Call, row: Row, args: Row) -> Row | None:
    return call.store.find(row["_variant"])


@resolves("LineItem.unfulfilledQuantity", "LineItem.fulfillableQuantity")
def unfulfilled_quantity(call: Call, row: Row, args: Row) -> int:
    return 0 if row["_tip"] else unfulfilled(row)


@resolves("LineItem.refundableQuantity")
def refundable_quantity(call: Call, row: Row, args: Row) -> int:
    return int(row["currentQuantity"])


@resolves("LineItem.nonFulfillableQuantity")
def non_fulfillable_quantity(call: Call, row: Row, args: Row) -> int:
    return int(row["quantity"]) if row["_tip"] else int(row["quantity"] - row["currentQuantity"])


@resolves("LineItem.fulfillmentStatus")
def line_status(call: Call, row: Row, args: Row) -> str:
    if not row["_fulfilled"]:
        return "unfulfilled"
    return "fulfilled" if not unfulfilled(row) else "partial"


@resolves("LineItem.restockable", "LineItem.merchantEditable")
def restockable(call: Call, row: Row, args: Row) -> bool:
    return not row["_tip"]


@resolves("LineItem.lineItemGroup")
def line_group(call: Call, row: Row, args: Row) -> Row | None:
    group = row["_group"]
    if not group:
        return None
    return {
        "id": f"gid://shopify/LineItemGroup/{number_of(row['_order'])}{len(group)}",
        "title": group,
        "quantity": 1,
        "productId": None,
        "variantId": None,
        "variantSku": None,
        "customAttributes": [],
    }


@resolves("LineItem.originalUnitPriceSet")
def unit_price(call: Call, row: Row, args: Row) -> Row:
    return _till(call, row).bag(row["_price"])


@resolves("LineItem.originalTotalSet")
def original_total(call: Call, row: Row, args: Row) -> Row:
    return _till(call, row).bag(row["_price"] * row["quantity"])


def _line_level(call: Call, row: Row, *, with_codes: bool) -> Decimal:
    """Allocations that belong to the line alone: not those spread from the order, codes only when asked for."""
    kinds = {d["index"]: d for d in _order(call, row)["_discounts"]}
    total = ZERO
    for one in row["_allocations"]:
        kind = kinds[one["index"]]
        is_code = kind["__typename"] == "DiscountCodeApplication"
        if (kind["allocationMethod"] != "ACROSS" and not is_code) or (with_codes and is_code):
            total += one["amount"]
    return total


@resolves("LineItem.discountedTotalSet")
def discounted_total(call: Call, row: Row, args: Row) -> Row:
    cut = _line_level(call, row, with_codes=bool(args.get("withCodeDiscounts")))
    return _till(call, row).bag(row["_price"] * row["quantity"] - cut)


@resolves("LineItem.totalDiscountSet")
def total_discount(call: Call, row: Row, args: Row) -> Row:
    return _till(call, row).bag(_line_level(call, row, with_codes=False))


@resolves("LineItem.discountedUnitPriceSet")
def discounted_unit(call: Call, row: Row, args: Row) -> Row:
    cut = _line_level(call, row, with_codes=False)
    return _till(call, row).bag(_each(call, row, row["_price"] * row["quantity"] - cut))


@resolves("LineItem.discountedUnitPriceAfterAllDiscountsSet")
def discounted_unit_after_all(call: Call, row: Row, args: Row) -> Row:
    return _till(call, row).bag(_each(call, row, discounted(row)))


def _each(call: Call, row: Row, amount: Decimal) -> Decimal:
    """An approximate price of one unit, in whole cents."""
    places = places_of(call.store, _order(call, row))
    return rounded(amount / row["quantity"], places) if row["quantity"] else ZERO


@resolves("LineItem.priceAfterAllDiscountsBeforeTaxesSet")
def net_total(call: Call, row: Row, args: Row) -> Row:
    order = _order(call, row)
    places = places_of(call.store, order)
    amount = current_discounted(row, places)
    if order["taxesIncluded"]:
        amount -= sum((tax for _, tax in current_taxes(row, places)), ZERO)
    return _till(call, row).bag(amount)


@resolves("LineItem.unfulfilledOriginalTotalSet")
def unfulfilled_original(call: Call, row: Row, args: Row) -> Row:
    return _till(call, row).bag(row["_price"] * unfulfilled(row))


@resolves("LineItem.unfulfilledDiscountedTotalSet")
def unfulfilled_discounted(call: Call, row: Row, args: Row) -> Row:
    places = places_of(call.store, _order(call, row))
    return _till(call, row).bag(share(discounted(row), unfulfilled(row), row["quantity"], places))


@resolves("LineItem.discountAllocations", "ShippingLine.discountAllocations")
def allocations(call: Call, row: Row, args: Row) -> list[Row]:
    order = _order(call, row)
    till = till_of(call.store, order)
    return [
        {
            "allocatedAmountSet": till.bag(a["amount"]),
            "discountApplication": application_row(call, order, order["_discounts"][a["index"]]),
        }
        for a in row["_allocations"]
    ]


@resolves("LineItem.taxLines", "ShippingLine.taxLines")
def line_tax_lines(call: Call, row: Row, args: Row) -> list[Row]:
    till = _till(call, row)
    return [tax_row(till, t, t["amount"]) for t in row["_taxes"]]


@resolves("LineItem.duties")
def line_duties(call: Call, row: Row, args: Row) -> list[Row]:
    till = _till(call, row)
    return [
        {
            "id": d["id"],
            "price": till.bag(d["amount"]),
            "countryCodeOfOrigin": None,
            "harmonizedSystemCode": None,
            "taxLines": [tax_row(till, t, t["amount"]) for t in d["taxes"]],
        }
        for d in row["_duties"]
    ]


@resolves("ShippingLine.originalPriceSet")
def shipping_price(call: Call, row: Row, args: Row) -> Row:
    return _till(call, row).bag(row["_price"])


@resolves("ShippingLine.discountedPriceSet")
def shipping_discounted_price(call: Call, row: Row, args: Row) -> Row:
    return _till(call, row).bag(shipping_discounted(row))


@resolves("ShippingLine.currentDiscountedPriceSet")
def shipping_current_price(call: Call, row: Row, args: Row) -> Row:
    return _till(call, row).bag(shipping_current(row))


# Fulfilment orders and fulfilments.


@resolves("Order.fulfillmentOrders")
def fulfillment_orders(call: Call, row: Row, args: Row) -> Row:
    rows = [call.store.tables["FulfillmentOrder"][gid] for gid in row["_fulfillment_orders"]]
    return connection(rows, args, key=lambda r: number_of(r["id"]))


@resolves("QueryRoot.fulfillmentOrders", scope="read_merchant_managed_fulfillment_orders")
def all_fulfillment_orders(call: Call, row: Row, args: Row) -> Row:
    rows = [
        r for r in call.store.rows("FulfillmentOrder") if args.get("includeClosed") or r["status"] != "CLOSED"
    ]
    fields = {
        "id": ("id", lambda r: r["id"]),
        "status": ("word", lambda r: r["status"]),
        "updated_at": ("time", lambda r: r["updatedAt"]),
        "assigned_location_id": ("id", lambda r: r["_location"]),
    }
    return searched(call, rows, args, fields, {"UPDATED_AT": lambda r: r["updatedAt"]})


@resolves("QueryRoot.assignedFulfillmentOrders", scope="read_merchant_managed_fulfillment_orders")
def assigned_fulfillment_orders(call: Call, row: Row, args: Row) -> Row:
    return connection([], args)


@resolves("QueryRoot.fulfillmentOrder", scope="read_merchant_managed_fulfillment_orders")
def fulfillment_order(call: Call, row: Row, args: Row) -> Row | None:
    return call.store.find(args["id"], "FulfillmentOrder")


@resolves("FulfillmentOrder.supportedActions")
def supported_actions(call: Call, row: Row, args: Row) -> list[Row]:
    actions = {
        "OPEN": ("CREATE_FULFILLMENT", "REPORT_PROGRESS", "MOVE", "HOLD", "SPLIT"),
        "IN_PROGRESS": ("CREATE_FULFILLMENT", "REPORT_PROGRESS", "HOLD", "MARK_AS_OPEN"),
        "SCHEDULED": ("MARK_AS_OPEN",),
        "ON_HOLD": ("RELEASE_HOLD", "HOLD", "MOVE"),
    }.get(row["status"], ())
    return [{"action": a, "externalUrl": None} for a in actions]


@resolves("FulfillmentOrder.assignedLocation")
def assigned_location(call: Call, row: Row, args: Row) -> Row:
    place = call.store.tables["Location"][row["_location"]]
    address = place["address"]
    return {
        "name": place["name"],
        "location": place,
        **{
            k: address[k] for k in ("address1", "address2", "city", "countryCode", "phone", "province", "zip")
        },
    }


@resolves("FulfillmentOrder.destination")
def destination(call: Call, row: Row, args: Row) -> Row | None:
    order = _order(call, row)
    found = order["_shipping"]
    if found is None:
        return None
    shown = {**found, "countryCode": found["countryCodeV2"], "email": order["email"]}
    return {**shown, "id": f"gid://shopify/FulfillmentOrderDestination/{number_of(row['id'])}"}


@resolves("FulfillmentOrder.deliveryMethod")
def delivery_method(call: Call, row: Row, args: Row) -> Row | None:
    order = _order(call, row)
    if not order["_shipping_lines"]:
        return None
    line = call.store.tables["ShippingLine"][order["_shipping_lines"][0]]
    return {
        "id": f"gid://shopify/DeliveryMethod/{number_of(row['id'])}",
        "methodType": "SHIPPING",
        "presentedName": line["title"],
        "serviceCode": line["code"],
        "sourceReference": None,
    }


@resolves("FulfillmentOrder.fulfillmentHolds")
def holds(call: Call, row: Row, args: Row) -> list[Row]:
    return list(row["_holds"])


@resolves("FulfillmentOrder.merchantRequests")
def merchant_requests(call: Call, row: Row, args: Row) -> Row:
    return connection([], args)


@resolves(
    "FulfillmentOrder.order",
    "Fulfillment.order",
    "Refund.order",
    "Return.order",
    "ReverseFulfillmentOrder.order",
)
def order_of(call: Call, row: Row, args: Row) -> Row:
    return _order(call, row)


@resolves("FulfillmentOrder.lineItems")
def fulfillment_order_lines(call: Call, row: Row, args: Row) -> Row:
    rows = [call.store.tables["FulfillmentOrderLineItem"][gid] for gid in row["_lines"]]
    return connection(rows, args, key=lambda r: number_of(r["id"]))


@resolves("FulfillmentOrder.fulfillments")
def fulfillment_order_fulfillments(call: Call, row: Row, args: Row) -> Row:
    rows = [call.store.tables["Fulfillment"][gid] for gid in row["_fulfillments"]]
    return connection(rows, args, key=lambda r: number_of(r["id"]))


@resolves("FulfillmentOrderLineItem.lineItem", "FulfillmentLineItem.lineItem", "RefundLineItem.lineItem")
def line_of(call: Call, row: Row, args: Row) -> Row:
    return call.store.tables["LineItem"][row["_line"]]


@resolves("FulfillmentOrderLineItem.variant")
def part_variant(call: Call, row: Row, args: Row) -> Row | None:
    return call.store.find(call.store.tables["LineItem"][row["_line"]]["_variant"])


@resolves("FulfillmentOrderLineItem.inventoryItemId")
def part_item(call: Call, row: Row, args: Row) -> str | None:
    found = part_variant(call, row, {})
    return found["_item"] if found else None


def _of_line(name: str):  # type: ignore[no-untyped-def]
    return lambda call, row, args: call.store.tables["LineItem"][row["_line"]][name]


for _field, _source in (
    ("sku", "sku"),
    ("productTitle", "title"),
    ("variantTitle", "variantTitle"),
    ("vendor", "vendor"),
    ("requiresShipping", "requiresShipping"),
):
    resolves(f"FulfillmentOrderLineItem.{_field}")(_of_line(_source))


@resolves("Order.fulfillments")
def fulfillments(call: Call, row: Row, args: Row) -> list[Row]:
    rows = [call.store.tables["Fulfillment"][gid] for gid in row["_fulfillments"]]
    return rows[: args["first"]] if args.get("first") is not None else rows


@resolves("Order.fulfillmentsCount")
def fulfillments_count(call: Call, row: Row, args: Row) -> Row:
    return {"count": len(row["_fulfillments"]), "precision": "EXACT"}


@resolves("QueryRoot.fulfillment", scope="read_fulfillments")
def fulfillment(call: Call, row: Row, args: Row) -> Row | None:
    return call.store.find(args["id"], "Fulfillment")


@resolves("Fulfillment.trackingInfo")
def tracking(call: Call, row: Row, args: Row) -> list[Row]:
    rows: list[Row] = row["_tracking"]
    return rows[: args["first"]] if args.get("first") is not None else rows


@resolves("Fulfillment.location")
def fulfillment_location(call: Call, row: Row, args: Row) -> Row | None:
    return call.store.find(row["_location"])


@resolves("Fulfillment.fulfillmentLineItems")
def fulfillment_lines(call: Call, row: Row, args: Row) -> Row:
    rows = [call.store.tables["FulfillmentLineItem"][gid] for gid in row["_lines"]]
    return connection(rows, args, key=lambda r: number_of(r["id"]))


@resolves("Fulfillment.fulfillmentOrders")
def fulfillment_sources(call: Call, row: Row, args: Row) -> Row:
    rows = [call.store.tables["FulfillmentOrder"][gid] for gid in row["_fulfillment_orders"]]
    return connection(rows, args, key=lambda r: number_of(r["id"]))


@resolves("Fulfillment.events")
def fulfillment_events(call: Call, row: Row, args: Row) -> Row:
    return connection(row["_events"], args, key=lambda r: number_of(r["id"]))


@resolves("Fulfillment.totalQuantity")
def fulfillment_quantity(call: Call, row: Row, args: Row) -> int:
    return sum(call.store.tables["FulfillmentLineItem"][gid]["quantity"] for gid in row["_lines"])


@resolves("Fulfillment.requiresShipping")
def fulfillment_ships(call: Call, row: Row, args: Row) -> bool:
    return True


@resolves("FulfillmentLineItem.originalTotalSet")
def shipped_original(call: Call, row: Row, args: Row) -> Row:
    line = call.store.tables["LineItem"][row["_line"]]
    return _till(call, line).bag(line["_price"] * row["quantity"])


@resolves("FulfillmentLineItem.discountedTotalSet")
def shipped_discounted(call: Call, row: Row, args: Row) -> Row:
    line = call.store.tables["LineItem"][row["_line"]]
    places = places_of(call.store, _order(call, line))
    return _till(call, line).bag(
        share(line["_price"] * line["quantity"] - allocated(line), row["quantity"], line["quantity"], places)
    )


# Refunds.


@resolves("QueryRoot.refund", scope="read_orders")
def refund(call: Call, row: Row, args: Row) -> Row | None:
    return call.store.find(args["id"], "Refund")


@resolves("Refund.return")
def refund_return(call: Call, row: Row, args: Row) -> Row | None:
    return call.store.find(row["_return"])


@resolves("Refund.totalRefundedSet")
def refund_total(call: Call, row: Row, args: Row) -> Row:
    table = call.store.tables["OrderTransaction"]
    total = sum(
        (table[gid]["_amount"] for gid in row["_transactions"] if table[gid]["status"] == "SUCCESS"), ZERO
    )
    return _till(call, row).bag(total)


@resolves("Refund.refundLineItems")
def refund_lines(call: Call, row: Row, args: Row) -> Row:
    return connection([{**r, "_order": row["_order"]} for r in row["_lines"]], args)


@resolves("Refund.refundShippingLines")
def refund_shipping(call: Call, row: Row, args: Row) -> Row:
    return connection([{**r, "_order": row["_order"]} for r in row["_shipping"]], args)


@resolves("Refund.orderAdjustments")
def adjustments(call: Call, row: Row, args: Row) -> Row:
    return connection([{**r, "_order": row["_order"]} for r in row["_adjustments"]], args)


@resolves("Refund.transactions")
def refund_transactions(call: Call, row: Row, args: Row) -> Row:
    return connection([call.store.tables["OrderTransaction"][gid] for gid in row["_transactions"]], args)


@resolves("Refund.duties")
def refund_duties(call: Call, row: Row, args: Row) -> list[Row]:
    return []


@resolves("RefundLineItem.priceSet")
def refund_price(call: Call, row: Row, args: Row) -> Row:
    return _till(call, row).bag(row["price"])


@resolves("RefundLineItem.subtotalSet")
def refund_subtotal(call: Call, row: Row, args: Row) -> Row:
    return _till(call, row).bag(row["subtotal"])


@resolves("RefundLineItem.totalTaxSet")
def refund_tax(call: Call, row: Row, args: Row) -> Row:
    return _till(call, row).bag(row["tax"])


@resolves("RefundLineItem.location")
def refund_location(call: Call, row: Row, args: Row) -> Row | None:
    return call.store.find(row["_location"])


@resolves("RefundShippingLine.shippingLine")
def refunded_shipping_line(call: Call, row: Row, args: Row) -> Row:
    return {**call.store.tables["ShippingLine"][row["_line"]], "_order": row["_order"]}


@resolves("RefundShippingLine.subtotalAmountSet")
def refund_shipping_amount(call: Call, row: Row, args: Row) -> Row:
    return _till(call, row).bag(row["amount"])


@resolves("RefundShippingLine.taxAmountSet")
def refund_shipping_tax(call: Call, row: Row, args: Row) -> Row:
    return _till(call, row).bag(row["tax"])


@resolves("OrderAdjustment.amountSet")
def adjustment_amount(call: Call, row: Row, args: Row) -> Row:
    return _till(call, row).bag(row["amount"])


@resolves("OrderAdjustment.taxAmountSet")
def adjustment_tax(call: Call, row: Row, args: Row) -> Row:
    return _till(call, row).bag(ZERO)
