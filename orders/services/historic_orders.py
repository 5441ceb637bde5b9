"""Orders that were sold and delivered before this ERP kept the site: fetched when a refund of them comes."""

from __future__ import annotations

import copy

from ecomsync.common.errors import NotFound
from orders.models import Order, ReturnOrder
from orders.reasons import HoldCode
from orders.services.context import ImportContext
from orders.services.read_sales import first_moment, import_safely
from orders.services.result import ImportResult
from orders.services.return_plan import wants_historic_orders
from orders.services.returns import retry_return
from orders.states import OrderSource, OrderState, ReturnState
from platforms.base import PlatformAdapter
from platforms.types import OrderPhase, RemoteOrder
from sites.choices import ReserveStock
from sites.models import Site


def fetch_historic_order(
    *, site: Site, adapter: PlatformAdapter, order_remote_id: str
) -> ImportResult | None:
    """Import an order as sold, delivered, invoiced and paid, without moving stock: its goods left long ago.

    None when the order is none of those: it waits for its own reasons, will still be read, or is gone from the shop.
    Make no call inside a transaction. Raises what concerns the whole connection.
    """
    known = Order.objects.filter(site=site, remote_id=order_remote_id).first()
    if known is not None and known.state != OrderState.SKIPPED:
        return None
    try:
        remote = adapter.get_order(order_remote_id)
    except NotFound:
        return None
    if not is_historic(site, remote):
        return None
    settings = copy.copy(site)  # never saved: its orders are confirmed, and hold no stock
    settings.reserve_stock, settings.auto_confirm_documents = ReserveStock.NO, True
    return import_safely(
        site=settings,
        remote=remote,
        context=ImportContext(settings, historic=True),
        source=OrderSource.MANUAL,
        force=True,
    )


def is_historic(site: Site, remote: RemoteOrder) -> bool:
    """Placed before the first day that the site reads, or done with in a status that it does not import."""
    if remote.phase in (OrderPhase.INCOMPLETE, OrderPhase.CANCELLED):
        return False
    if remote.created_at < first_moment(site):
        return True
    return remote.phase is OrderPhase.COMPLETE and not ImportContext(site).wants_status(remote.status)


def fetch_order_of(row: ReturnOrder, adapter: PlatformAdapter) -> bool:
    """Import the order of a return that was never imported, as sold before. True when it is in the ERP now."""
    result = fetch_historic_order(site=row.site, adapter=adapter, order_remote_id=row.order_remote_id)
    return result is not None and result.order is not None and result.order.is_imported


def settle_missing_order(*, site: Site, remote_id: str, adapter: PlatformAdapter) -> bool:
    """Right after reading: a return held for its order, where the site fetches such orders. True when it goes on."""
    row = (
        ReturnOrder.objects.filter(
            site=site, remote_id=remote_id, state=ReturnState.HELD, hold_code=HoldCode.RETURN_WITHOUT_ORDER
        )
        .select_related("site")
        .first()
    )
    if row is None or not wants_historic_orders(site) or not fetch_order_of(row, adapter):
        return False
    return retry_return(return_order=row, context=ImportContext(site)).state != ReturnState.HELD
