"""Documents made side by side on one order: each reads the quantities before the other has written them."""

import threading
from typing import Any

from sandbox.magento2.call import Call, Handler
from sandbox.magento2.order_rows import Order

_FIELDS = ("invoiced", "shipped", "refunded")


def is_document(template: str) -> bool:
    return template in ("/V1/order/:id/invoice", "/V1/order/:id/ship", "/V1/order/:id/refund")


def _quantities(order: Order | None) -> dict[tuple[int, str], Any]:
    return {(i.id, f): getattr(i, f) for i in order.items for f in _FIELDS} if order else {}


def run(call: Call, handler: Handler, stopping: threading.Event, millis: int) -> Any:
    """Works on the order as it was `millis` ago: what others wrote in between is lost."""
    number = int(call.args["id"]) if call.args["id"].isdigit() else 0
    with call.store.lock:
        read = _quantities(call.store.orders.get(number))
    stopping.wait(millis / 1000)
    with call.store.lock:
        order = call.store.orders.get(number)
        before = _quantities(order)
        result = handler(call)
        for item in order.items if order else []:
            for field in _FIELDS:
                key = (item.id, field)
                setattr(item, field, read[key] + getattr(item, field) - before[key])
    return result
