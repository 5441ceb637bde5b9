"""Tables of shop orders and returns."""

from __future__ import annotations

from orders.models.follow_up import OrderDocument, OrderHold, OrderOutbox
from orders.models.order import Order, OrderCharge, OrderDiscount, OrderLine, OrderPayment, OrderTax
from orders.models.returns import ReturnOrder, ReturnOrderLine
from orders.models.versions import OrderComparison, OrderVersion

__all__ = [
    "Order",
    "OrderCharge",
    "OrderComparison",
    "OrderDiscount",
    "OrderDocument",
    "OrderHold",
    "OrderLine",
    "OrderOutbox",
    "OrderPayment",
    "OrderTax",
    "OrderVersion",
    "ReturnOrder",
    "ReturnOrderLine",
]
