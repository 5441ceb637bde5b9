"""Pages of shop orders, returns and messages to the shop."""

from orders.admin.orders import OrderAdmin
from orders.admin.outbox import OrderOutboxAdmin
from orders.admin.returns import ReturnOrderAdmin

__all__ = ["OrderAdmin", "OrderOutboxAdmin", "ReturnOrderAdmin"]
