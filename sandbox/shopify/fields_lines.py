"""Fields of order lines, shipping lines, fulfilment orders, fulfilments, refunds and returns."""

from decimal import Decimal

from sandbox.shopify.calls import Call, Row, resolves
from sandbox.shopify.connections import connection
from sandbox.shopify.fields_totals import application_row, tax_row
from sandbox.shopify.figures import (
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


def the_order(call: Call, row: Row) -> Row:
    return call.store.tables["Order"][row["_order"]]


def the_till(call: Call, row: Row) -> Till:
    return till_of(call.store, the_order(call, row))


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
        "id": the_order(call, row)["_groups"][group],
        "title": group,
        "quantity": 1,
        "productId": None,
        "variantId": None,
        "variantSku": None,
        "customAttributes": [],
    }


@resolves("LineItem.originalUnitPriceSet")
def unit_price(call: Call, row: Row, args: Row) -> Row:
    return the_till(call, row).bag(row["_price"])


@resolves("LineItem.originalTotalSet")
def original_total(call: Call, row: Row, args: Row) -> Row:
    return the_till(call, row).bag(row["_price"] * row["quantity"])


def _line_level(call: Call, row: Row, *, with_codes: bool) -> Decimal:
    """Allocations that belong to the line alone: not those spread from the order, codes only when asked for."""
    kinds = {d["index"]: d for d in the_order(call, row)["_discounts"]}
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
    return the_till(call, row).bag(row["_price"] * row["quantity"] - cut)


@resolves("LineItem.totalDiscountSet")
def total_discount(call: Call, row: Row, args: Row) -> Row:
    return the_till(call, row).bag(_line_level(call, row, with_codes=False))


@resolves("LineItem.discountedUnitPriceSet")
def discounted_unit(call: Call, row: Row, args: Row) -> Row:
    cut = _line_level(call, row, with_codes=False)
    return the_till(call, row).bag(_each(call, row, row["_price"] * row["quantity"] - cut))


@resolves("LineItem.discountedUnitPriceAfterAllDiscountsSet")
def discounted_unit_after_all(call: Call, row: Row, args: Row) -> Row:
    return the_till(call, row).bag(_each(call, row, discounted(row)))


def _each(call: Call, row: Row, amount: Decimal) -> Decimal:
    """An approximate price of one unit, in whole cents."""
    places = places_of(call.store, the_order(call, row))
    return rounded(amount / row["quantity"], places) if row["quantity"] else ZERO


@resolves("LineItem.priceAfterAllDiscountsBeforeTaxesSet")
def net_total(call: Call, row: Row, args: Row) -> Row:
    order = the_order(call, row)
    places = places_of(call.store, order)
    amount = current_discounted(row, places)
    if order["taxesIncluded"]:
        amount -= sum((tax for _, tax in current_taxes(row, places)), ZERO)
    return the_till(call, row).bag(amount)


@resolves("LineItem.unfulfilledOriginalTotalSet")
def unfulfilled_original(call: Call, row: Row, args: Row) -> Row:
    return the_till(call, row).bag(row["_price"] * unfulfilled(row))


@resolves("LineItem.unfulfilledDiscountedTotalSet")
def unfulfilled_discounted(call: Call, row: Row, args: Row) -> Row:
    places = places_of(call.store, the_order(call, row))
    return the_till(call, row).bag(share(discounted(row), unfulfilled(row), row["quantity"], places))


@resolves("LineItem.discountAllocations", "ShippingLine.discountAllocations")
def allocations(call: Call, row: Row, args: Row) -> list[Row]:
    order = the_order(call, row)
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
    till = the_till(call, row)
    return [tax_row(till, t, t["amount"]) for t in row["_taxes"]]


@resolves("LineItem.duties")
def line_duties(call: Call, row: Row, args: Row) -> list[Row]:
    till = the_till(call, row)
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
    return the_till(call, row).bag(row["_price"])


@resolves("ShippingLine.discountedPriceSet")
def shipping_discounted_price(call: Call, row: Row, args: Row) -> Row:
    return the_till(call, row).bag(shipping_discounted(row))


@resolves("ShippingLine.currentDiscountedPriceSet")
def shipping_current_price(call: Call, row: Row, args: Row) -> Row:
    return the_till(call, row).bag(shipping_current(row))
