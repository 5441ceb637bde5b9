"""What can be done with shop orders: one file per subject; the doors of other apps are exported here."""

from orders.services.cancel_order import cancel_order
from orders.services.import_order import import_order
from orders.services.returns import import_returns

__all__ = ["cancel_order", "import_order", "import_returns"]
