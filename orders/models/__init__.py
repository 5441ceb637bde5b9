"""Tables of shop orders and returns."""

from __future__ import annotations

from orders.models.follow_up import OrderDocument, OrderHold, OrderOutbox
from orders.models.order import Order, OrderCharge, OrderDiscount, OrderLine, OrderPayment, OrderTax
from orders.models.returns import ReturnOrder, ReturnOrderLine

__all__ = [
    "Order",
    "OrderCharge",
    "OrderDiscount",
    "OrderDocument",
    "OrderHold",
    "OrderLine",
    "OrderOutbox",
    "OrderPayment",
    "OrderTax",
    "ReturnOrder",
    "ReturnOrderLine",
]
