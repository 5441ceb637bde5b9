"""Messages on which a shop moves stock of its own.

A shop that keeps physical stock lowers it when a shipment is recorded there, and raises it when a refund puts goods
back. Our figure moved before the message left, so it may be in the shop already: then the shop counts the movement
twice, and nothing of ours changes any more that would correct it. So the figures are sent once more behind the message.
"""

from __future__ import annotations

from catalog.services.requests import request_quantities
from orders.models import OrderOutbox
from orders.states import OutboxKind
from sites.services.learned import learned_of

_MOVES_STOCK = frozenset({OutboxKind.SHIP, OutboxKind.COMPLETE, OutboxKind.REFUND})


def send_stock_again(row: OrderOutbox) -> int:
    """Ask for the figures of the order's items in this shop, whatever it is known to have. Returns how many.

    Called in the transaction that ends the message, also when the shop had it already: the answer to the first try may
    have been lost.
    """
    site, order = row.order.site, row.order.sales_order
    if row.kind not in _MOVES_STOCK or order is None:
        return 0
    if site.adapter_class.stock_meaning_of(site.platform_options, learned_of(site)) != "physical":
        return 0
    item_ids = set(order.lines.filter(item__isnull=False).values_list("item_id", flat=True))
    return request_quantities(item_ids=item_ids, sites=[site], forced=True)
