"""What the queues of quantities and items call."""

from catalog.handlers.items import ItemHandler
from catalog.handlers.quantities import QuantityHandler

__all__ = ["ItemHandler", "QuantityHandler"]
