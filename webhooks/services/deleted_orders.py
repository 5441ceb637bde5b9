"""An order that was deleted or put into the trash in the shop."""

from __future__ import annotations

from django.db import transaction

from catalog.services.sold_units import clear_sold_units
from orders.models import Order
from orders.services.changes import cancel_documents
from orders.services.context import ImportContext
from orders.services.holds import release_holds
from orders.states import OrderState
from platforms.types import OrderPhase
from sites.models import Site


def cancel_remote_order(*, site: Site, remote_id: str, reason: str) -> str:
    """Cancel what was made of it, by the site's rule; posted documents are only flagged. Says what was done."""
    with transaction.atomic():
        order = Order.objects.select_for_update(of=("self",)).filter(site=site, remote_id=remote_id).first()
        if order is None:
            return f"Order {remote_id} is not known here; nothing to cancel."
        if order.state == OrderState.CANCELLED:
            return f"Order {order.number or remote_id} is cancelled already."
        order.site = site
        order.phase = OrderPhase.CANCELLED.value
        if order.sales_order is not None:
            result = cancel_documents(order, order.sales_order, ImportContext(site), reason=reason)
            told = result.message or str(result.outcome)
        else:
            order.state, order.state_reason, order.heal_at = OrderState.CANCELLED, "deleted_in_shop", None
            release_holds(order)
            clear_sold_units(site=site, remote_order_id=order.remote_id[:64])
            told = "it had no documents"
        order.save()
    return f"Order {order.number or remote_id}: {told}"
