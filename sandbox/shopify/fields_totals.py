"""Totals, taxes and discounts of orders."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from sandbox.shopify.calls import Call, Row, resolves
from sandbox.shopify.connections import connection
from sandbox.shopify.figures import (
    Figures,
    shipping_of,
    till_of,
)
from sandbox.shopify.money import ZERO, money

# Totals: field -> what of the figures.

_BAGS: dict[str, Callable[[Figures], Decimal]] = {
    "totalPriceSet": Figures.total,
    "subtotalPriceSet": Figures.subtotal,
    "totalTaxSet": Figures.tax,
    "totalDiscountsSet": Figures.discounts,
    "totalShippingPriceSet": Figures.shipping_total,
    "totalTipReceivedSet": Figures.tip,
    "totalReceivedSet": Figures.received,
    "totalRefundedSet": Figures.refunded,
    "totalOutstandingSet": Figures.outstanding,
    "totalCapturableSet": Figures.capturable,
    "netPaymentSet": Figures.net_payment,
    "cartDiscountAmountSet": Figures.cart_discounts,
    "currentCartDiscountAmountSet": Figures.current_cart_discounts,
    "currentTotalPriceSet": Figures.current_total,
    "currentSubtotalPriceSet": Figures.current_subtotal,
    "currentTotalTaxSet": Figures.current_tax,
    "currentTotalDiscountsSet": Figures.current_discounts,
    "currentShippingPriceSet": Figures.current_shipping,
    "refundDiscrepancySet": Figures.adjustments,
    "originalTotalPriceSet": lambda f: f.order["_original_total"],
}
#: Null while there is nothing of the kind.
_RARE: dict[str, Callable[[Figures], tuple[Decimal, bool]]] = {
    "originalTotalDutiesSet": lambda f: (f.duties(), bool(f.duties())),
    "currentTotalDutiesSet": lambda f: (f.current_duties(), bool(f.duties())),
    "originalTotalAdditionalFeesSet": lambda f: (f.fees(), bool(f.order["_fees"])),
    "currentTotalAdditionalFeesSet": lambda f: (f.fees(), bool(f.order["_fees"])),
}


def _bag_of(amount: Callable[[Figures], Decimal]) -> Callable[[Call, Row, Row], Row]:
    return lambda call, row, args: till_of(call.store, row).bag(amount(Figures(call.store, row)))


def _rare_of(amount: Callable[[Figures], tuple[Decimal, bool]]) -> Callable[[Call, Row, Row], Row | None]:
    def show(call: Call, row: Row, args: Row) -> Row | None:
        value, there = amount(Figures(call.store, row))
        return till_of(call.store, row).bag(value) if there else None

    return show


for _name, _amount in _BAGS.items():
    resolves(f"Order.{_name}")(_bag_of(_amount))
for _name, _pair in _RARE.items():
    resolves(f"Order.{_name}")(_rare_of(_pair))


@resolves("Order.totalRefundedShippingSet")
def refunded_shipping(call: Call, row: Row, args: Row) -> Row:
    amount = sum((line["_refunded"] for line in shipping_of(call.store, row)), ZERO)
    return till_of(call.store, row).bag(amount)


@resolves("Order.totalCashRoundingAdjustment")
def cash_rounding(call: Call, row: Row, args: Row) -> Row:
    bag = till_of(call.store, row).bag(ZERO)
    return {"paymentSet": bag, "refundSet": bag}


@resolves("Order.additionalFees")
def additional_fees(call: Call, row: Row, args: Row) -> list[Row]:
    till = till_of(call.store, row)
    return [
        {
            "id": fee["id"],
            "name": fee["name"],
            "price": till.bag(fee["amount"]),
            "taxLines": [tax_row(till, t, t["amount"]) for t in fee["taxes"]],
        }
        for fee in row["_fees"]
    ]


# Taxes and discounts.


def tax_row(till: Any, tax: Row, amount: Decimal) -> Row:
    return {
        "title": tax["title"],
        "rate": float(tax["rate"]),
        "ratePercentage": float(tax["rate"] * 100),
        "priceSet": till.bag(amount),
        "channelLiable": False,
        "source": "Shopify",
    }


def _summed(call: Call, order: Row, pairs: list[tuple[Row, Decimal]]) -> list[Row]:
    """One row for each title and rate."""
    till = till_of(call.store, order)
    groups: dict[tuple[str, Decimal], tuple[Row, Decimal]] = {}
    for tax, amount in pairs:
        key = (tax["title"], tax["rate"])
        groups[key] = (tax, groups.get(key, (tax, ZERO))[1] + amount)
    return [tax_row(till, tax, amount) for tax, amount in groups.values()]


@resolves("Order.taxLines")
def tax_lines(call: Call, row: Row, args: Row) -> list[Row]:
    figures = Figures(call.store, row)
    rows = [(t, t["amount"]) for line in (*figures.goods, *figures.shipping) for t in line["_taxes"]]
    rows += [(t, t["amount"]) for fee in row["_fees"] for t in fee["taxes"]]
    rows += [(t, t["amount"]) for line in figures.goods for d in line["_duties"] for t in d["taxes"]]
    return _summed(call, row, rows)


@resolves("Order.currentTaxLines")
def current_tax_lines(call: Call, row: Row, args: Row) -> list[Row]:
    return _summed(call, row, Figures(call.store, row).current_tax_rows())


def application_row(call: Call, order: Row, row: Row) -> Row:
    if row["_percent"] is not None:
        value: Row = {"__typename": "PricingPercentageValue", "percentage": float(row["_percent"])}
    else:
        value = money(row["_amount"], order["_currency"])
    return {**row, "value": value}


@resolves("Order.discountApplications")
def discount_applications(call: Call, row: Row, args: Row) -> Row:
    return connection([application_row(call, row, d) for d in row["_discounts"]], args)
