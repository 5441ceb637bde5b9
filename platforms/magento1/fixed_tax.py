"""Fixed product taxes (recycling fees): where an order has them, and the charge that they become. Pure functions.

Each row tells its own. By version and setting the shop adds them to the subtotal, to the tax, or to nothing but the
total; here they always stand beside the rows.
"""

from __future__ import annotations

from decimal import Decimal

from ecomsync.common.money import ZERO, currency_quantum
from platforms.magento1.payloads import OrderShape
from platforms.types import ChargeKind, RemoteCharge

CODE = "weee"
TITLE = "Fixed product tax"


def fixed_tax_of(shape: OrderShape) -> Decimal:
    return sum((item.fixed_tax for item in shape.items), ZERO)


def with_fixed_tax_apart(shape: OrderShape, *, beyond: Decimal) -> OrderShape:
    """The order with its fixed taxes taken out of the column that has them. Where no column and not the total has them
    they are in the prices, and no row keeps one.

    beyond: what the total has beyond its columns.
    """
    amount = fixed_tax_of(shape)
    if not amount:
        return shape
    slack = currency_quantum(shape.order_currency_code) * (len(shape.items) + 1)
    goods = sum((item.row_total for item in shape.items), ZERO)
    if abs(shape.subtotal - goods - amount) <= slack:
        return shape.model_copy(update={"subtotal": shape.subtotal - amount})
    taxes = sum((item.tax_amount for item in shape.items), shape.shipping_tax_amount)
    if abs(shape.tax_amount - taxes - amount) <= slack:
        return shape.model_copy(update={"tax_amount": shape.tax_amount - amount})
    hidden = sum((item.hidden_tax_amount for item in shape.items), ZERO)
    if beyond - hidden >= amount - slack:
        return shape
    return shape.model_copy(
        update={"items": [item.model_copy(update={"fixed_tax": ZERO}) for item in shape.items]}
    )


def fixed_tax_charge(amount: Decimal, tax: Decimal) -> RemoteCharge:
    return RemoteCharge(CODE, ChargeKind.FEE, CODE, TITLE, amount, tax)
